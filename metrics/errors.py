"""Refusals of this room: a rule said no. Each has words for the person who asked."""


class RefusedError(Exception):
    """A verb that is not possible now; ``str()`` is the reason in plain words."""
