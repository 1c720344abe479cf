"""Slides that stay editable: native text and native charts, on the organisation's template if it gave one.

Only ``deck`` knows the library that writes them, and imports it when a slide is made.
"""
