"""Refusals of the domain: a rule said no. Each has words for the person who asked."""


class RefusedError(Exception):
    """A verb that is not possible now; ``str()`` is the reason in plain words."""


class GateClosedError(RefusedError):
    """Launch was asked for while lines of the gate are open; ``lines`` names them."""

    def __init__(self, lines: list[str], words: str) -> None:
        super().__init__(words)
        self.lines = lines
