"""Refusals of the domain: a rule said no. Each has words for the person who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from metrics.models import Metric


class RefusedError(Exception):
    """A verb that is not possible now; ``str()`` is the reason in plain words."""


class SignalError(RefusedError):
    """A count of learning was to be the metric of a pilot."""

    def __init__(self, metric: Metric) -> None:
        super().__init__(
            _(
                "%(metric)s counts what people did in learning. That supports a result and is none: choose a number "
                "that the business would look at even if there were no training."
            )
            % {"metric": metric}
        )


class GateClosedError(RefusedError):
    """Launch was asked for while lines of the gate are open; ``lines`` names them."""

    def __init__(self, lines: list[str], words: str) -> None:
        super().__init__(words)
        self.lines = lines
