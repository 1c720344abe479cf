"""What templates call: figures as one language and as many write them, and the choices of a list."""

from __future__ import annotations

import pytest
from django.test import override_settings

from accounts.templatetags.pilotlight import figure, options


@pytest.mark.parametrize("many_languages", [False, True])
@pytest.mark.parametrize(
    ("value", "unit", "decimals", "written"),
    [
        (27, "%", 0, "27\N{NARROW NO-BREAK SPACE}%"),
        (1_234_567.891, "", 2, "1,234,567.89"),
        (-1_200, "€", None, "−€1,200"),
        (0.00042, "", 1, "0.0"),
        (6.25, "days", 4, "6.2500\N{NO-BREAK SPACE}days"),
    ],
)
def test_a_figure_is_written_the_same_once_there_are_more_languages(
    value: float, unit: str, decimals: int | None, written: str, *, many_languages: bool
) -> None:
    with override_settings(USE_I18N=many_languages):
        assert figure(value, unit, decimals) == written


def test_choices_are_escaped_and_one_of_them_is_chosen() -> None:
    told = options([(7, "Ada <b>Berg</b>"), ("x\"'", "Sven & Co")], "7")
    assert told == (
        '<option value="7" selected>Ada &lt;b&gt;Berg&lt;/b&gt;</option>'
        '<option value="x&quot;&#x27;">Sven &amp; Co</option>'
    )
