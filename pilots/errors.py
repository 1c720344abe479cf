"""Refusals of the domain: a rule said no. Each has words for the person who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from metrics.coach import Advice
    from metrics.models import Metric


class RefusedError(Exception):
    """A verb that is not possible now; ``str()`` is the reason in plain words."""


class NewerFiguresError(Exception):
    """Figures came since the page was opened, and say something else than what was decided on."""


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


class UnfitNameError(RefusedError):
    """The name of a number says that no pilot can be judged by it; ``advice`` is the coach's."""

    def __init__(self, advice: Advice) -> None:
        super().__init__(
            _("“%(name)s” cannot judge a pilot. %(reason)s") % {"name": advice.name, "reason": advice.reason}
        )
        self.advice = advice


def refuse_unfit(metric: Metric) -> None:
    """Raise where no pilot can be judged by this metric: it counts learning, or is two measures in one."""
    if metric.is_signal:
        raise SignalError(metric)
    from metrics.coach import coach

    advice = coach(metric.name)
    if not advice.serves:
        raise UnfitNameError(advice)


class GateClosedError(RefusedError):
    """Launch was asked for while lines of the gate are open; ``lines`` names them."""

    def __init__(self, lines: list[str], words: str) -> None:
        super().__init__(words)
        self.lines = lines
