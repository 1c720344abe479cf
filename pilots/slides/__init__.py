"""Slides that stay editable: native text and native charts, on the organisation's template if it gave one.

Only ``deck`` and its ``charts`` know the library that writes them, and import it when a slide is made.
"""
