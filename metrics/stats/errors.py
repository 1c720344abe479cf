"""The one error that the maths raises on purpose."""


class StatsError(ValueError):
    """The question cannot be asked this way; the message says why, in plain words."""
