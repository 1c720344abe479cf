"""Examples that hypothesis draws: import ``given``, ``settings`` and strategies from here.

It would read all our files first, for constants to draw now and then: a second in each process, for numbers such as ports and
widths that mean nothing to what is drawn for.
"""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

__all__ = ["example", "given", "settings", "st"]

_NONE = providers.Constants()
providers._get_local_constants = lambda: _NONE
