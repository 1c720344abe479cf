"""Pilotlight as one installation: settings, addresses, processes."""
