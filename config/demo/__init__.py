"""``python -m config.demo``, what ``bin/demo`` runs: all of Pilotlight on one machine, watched over."""
