"""What `metrics.stats` warns of, in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _


def warnings(codes: Iterable[str]) -> list[str]:
    """The words of the codes that `metrics.stats` warns with."""
    words = _warning_words()
    return [words[code] for code in codes if code in words]


def _warning_words() -> dict[str, str]:
    return {
        "short_baseline": _(
            "The baseline is short: 42 daily or 12 weekly values are the least that is advised."
        ),
        "baseline_capped": _("Only the newest part of a long baseline is used."),
        "few_points": _("Too few values have come to judge by."),
        "constant_baseline": _(
            "The baseline shows no variation at all, so chance cannot be told from change."
        ),
        "drifting_baseline": _("It was drifting before the pilot; the range allows for that and is wider."),
        "unusual_last_points": _(
            "The last values before the start were unusual: part of the change may be a return to normal."
        ),
        "recovery_likely": _(
            "The last values before the start are unusually bad and are likely to recover by themselves. "
            "A comparison group is the cure."
        ),
        "target_out_of_range": _("The target lies outside of what this metric can be."),
        "merged_points": _("Events are so rare that days are put together."),
        "rare_events": _("Events are so rare that only the whole window can be judged, at the end."),
        "level_shift": _("The level jumped within the baseline."),
        "weekday_pattern": _("Weekdays differ; that is taken out."),
        "autocorrelated": _("Neighbouring values resemble each other, so each tells less."),
        "lag_leaves_little": _(
            "Much of the window still reports people from before the start, so little of it can show an effect."
        ),
        "ramp_leaves_little": _("The effect is still growing when the window ends."),
        "points_outside_limits": _(
            "Some values of the baseline lie outside normal variation: look at what happened."
        ),
    }
