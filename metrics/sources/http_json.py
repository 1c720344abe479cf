"""An address that answers with JSON, on one page or on many."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import addresses, credentials, http, json_rows, paging, placeholders
from .base import Ask, SourceError
from .cells import Table
from .key_fields import WAYS_IN, ClientFields, check_url
from .mapping_form import MappingForm
from .paging import Pages, Paging, Request
from .source_kind import SourceKind

PILOT, COMPARISON = "pilot", "comparison"
# A page more than one answer may take: the deadline is for all pages, of both groups.
LIMITS = http.Limits(seconds=30.0)
PAGED = http.Limits(seconds=45.0)
_LONGEST_BODY = 10_000


def _expression(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=json_rows.LONGEST_EXPRESSION, help_text=help_text
    )


class HttpJsonForm(ClientFields, MappingForm):
    secret_fields: ClassVar[tuple[str, ...]] = ClientFields.key_secrets
    folds: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (WAYS_IN, ClientFields.ways_in),
        (gettext_lazy("What is asked: the days, a question that is sent"), ("window_days", "method", "body")),
        (
            gettext_lazy("An answer of several pages"),
            ("paging", "next_at", "page_parameter", "first_page", "page_size", "more_at"),
        ),
        (gettext_lazy("An address for each of two groups"), ("comparison_url", "comparison_body")),
    )
    seldom: ClassVar[tuple[str, ...]] = (
        *(name for _label, names in folds for name in names),
        *MappingForm.seldom,
    )

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy(
            "Where your system hands out its figures. Whoever looks after it can tell you. "
            "{since} and {until} stand for the days that are asked for."
        ),
    )
    rows_at = _expression(
        gettext_lazy("Where the list stands in the answer"),
        gettext_lazy("As in “data.items” (a JMESPath expression). Empty if the answer itself is the list."),
    )
    method = forms.ChoiceField(
        label=gettext_lazy("How the address is asked"),
        required=False,
        choices=[
            ("", gettext_lazy("It is opened, as a browser does (GET)")),
            ("POST", gettext_lazy("A question is sent to it (POST)")),
        ],
    )
    body = forms.CharField(
        label=gettext_lazy("The question that is sent"),
        required=False,
        max_length=_LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "As JSON, in curly brackets. {since}, {until}, {last} and {today} are filled in."
        ),
    )
    window_days = forms.IntegerField(
        label=gettext_lazy("Days that are asked for"),
        required=False,
        min_value=1,
        max_value=placeholders.MOST_DAYS,
        help_text=gettext_lazy(
            "Up to today, at each pull, where {since} stands in the address. Empty means 182: a baseline and six weeks."
        ),
    )
    paging = forms.ChoiceField(
        label=gettext_lazy("Pages"),
        required=False,
        choices=[
            ("", gettext_lazy("The answer has one page")),
            (paging.LINK, gettext_lazy("Each page names the next in its header (Link: rel=next)")),
            (paging.CURSOR, gettext_lazy("Each page holds the address of the next, or a mark for it")),
            (paging.PAGE, gettext_lazy("Pages have numbers")),
            (paging.OFFSET, gettext_lazy("Pages begin at the entry with a given number (offset)")),
        ],
    )
    next_at = _expression(
        gettext_lazy("Where the next page stands in the answer"),
        gettext_lazy("As in “paging.next.after”: the mark, or the whole address."),
    )
    page_parameter = forms.RegexField(
        r"\A[A-Za-z0-9_.$\[\]-]+\Z",
        label=gettext_lazy("What the mark or the number is called when it is sent"),
        required=False,
        max_length=100,
        error_messages={
            "invalid": gettext_lazy("Only letters, digits and the marks . _ - $ [ ] can stand here.")
        },
        help_text=gettext_lazy(
            "As in “page”, “offset” or “after”. Empty if the answer gives the whole address."
        ),
    )
    first_page = forms.IntegerField(
        label=gettext_lazy("Number of the first page"),
        required=False,
        min_value=0,
        max_value=1,
        help_text=gettext_lazy("Empty means 1; some systems begin with 0."),
    )
    page_size = forms.IntegerField(
        label=gettext_lazy("Entries a page"), required=False, min_value=1, max_value=100_000
    )
    more_at = _expression(
        gettext_lazy("Where the answer says that there is more"),
        gettext_lazy("As in “meta.has_more”. Empty: the pages end with the first empty one."),
    )
    comparison_url = forms.CharField(
        label=gettext_lazy("Address of the comparison group"),
        required=False,
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("Only if the two groups have an address each. It begins like the first one."),
    )
    comparison_body = forms.CharField(
        label=gettext_lazy("The question for the comparison group"),
        required=False,
        max_length=_LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("Only if the two groups differ in what is sent."),
    )
    field_order = ("url", "bearer_token", "rows_at")

    def clean_url(self) -> str:
        return self._checked_url("url")

    def clean_comparison_url(self) -> str:
        return self._checked_url("comparison_url") if self.cleaned_data["comparison_url"] else ""

    def _checked_url(self, name: str) -> str:
        url = str(self.cleaned_data[name])
        try:
            placeholders.check_filled(url, name)
        except SourceError as error:
            raise forms.ValidationError(error.message) from error
        check_url(placeholders.EXAMPLE.fill(url))
        return url

    def clean_body(self) -> str:
        return self._checked_body("body")

    def clean_comparison_body(self) -> str:
        return self._checked_body("comparison_body")

    def _checked_body(self, name: str) -> str:
        try:
            _parsed(placeholders.EXAMPLE.fill(str(self.cleaned_data[name])), name)
        except SourceError as error:
            raise forms.ValidationError(error.message) from error
        return str(self.cleaned_data[name])

    def clean_rows_at(self) -> str:
        return self._checked_expression("rows_at")

    def clean_next_at(self) -> str:
        return self._checked_expression("next_at")

    def clean_more_at(self) -> str:
        return self._checked_expression("more_at")

    def _checked_expression(self, name: str) -> str:
        expression = str(self.cleaned_data[name])
        try:
            if expression:
                json_rows.check_expression(expression)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return expression

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("body") and data.get("method") != "POST":
            self._error(
                "method", _("Only a question that is sent has a text. Please choose so, or empty the text.")
            )
        if data.get("comparison_body") and not data.get("body"):
            self._need(data, "body")
        self._clean_paging(data)
        self._clean_comparison(data)
        return data

    def _clean_paging(self, data: dict[str, Any]) -> None:
        kind = data.get("paging")
        if kind == paging.CURSOR:
            self._need(data, "next_at")
        if kind in (paging.PAGE, paging.OFFSET):
            self._need(data, "page_parameter")
            if data.get("rows_at") and json_rows.has_filter(data["rows_at"]):
                self._need(data, "more_at")  # a page that the filter empties would look like the end
        if kind == paging.OFFSET:
            self._need(data, "page_size")

    def _clean_comparison(self, data: dict[str, Any]) -> None:
        one, other = data.get("url"), data.get("comparison_url")
        if not one or not other:
            return
        targets = [addresses.target(placeholders.EXAMPLE.fill(url)) for url in (one, other)]
        if targets[0].origin != targets[1].origin:
            self._error("comparison_url", _apart())


def _apart() -> str:
    return _("Both addresses must belong to one system, because a key is for the address it was given for.")


class HttpJsonKind(SourceKind):
    name = "http_json"
    label = gettext_lazy("Web address (JSON)")
    description = gettext_lazy("A system that hands out its figures at an address on the internet.")
    form_class = HttpJsonForm

    def takes_period(self, settings: Mapping[str, Any]) -> bool:
        return placeholders.ask_for_days(str(settings.get("url", "")), str(settings.get("body", "")))

    def keys_are_for(self, settings: Mapping[str, Any]) -> str:
        return addresses.origins(
            settings.get("url"), settings.get("comparison_url"), settings.get("token_url")
        )

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        settings = ask.settings
        days, how = placeholders.Days.of(ask), Paging.from_settings(settings)
        visit = http.Visit(PAGED if how.paging else LIMITS)
        requests = {"": _request(settings, days)}
        if settings.get("comparison_url") or settings.get("comparison_body"):
            requests = {PILOT: requests[""], COMPARISON: _comparison(settings, days)}
        if len({addresses.target(request.url).origin for request in requests.values()}) > 1:
            raise SourceError(_apart(), field="comparison_url")
        keys = credentials.keys(ask, visit)
        tables = []
        for group, request in requests.items():
            with credentials.about("comparison_url" if group == COMPARISON else "url"):
                rows = Pages(visit, keys, how, str(settings.get("rows_at") or "")).read(request)
                tables.append(replace(json_rows.table(rows), group=group))
        yield tables


def _request(settings: Mapping[str, Any], days: placeholders.Days) -> Request:
    return _filled(settings, days, "url", "body")


def _comparison(settings: Mapping[str, Any], days: placeholders.Days) -> Request:
    """The address and the body of the first group, where the second has none of its own."""
    url = "comparison_url" if settings.get("comparison_url") else "url"
    body = "comparison_body" if settings.get("comparison_body") else "body"
    return _filled(settings, days, url, body)


def _filled(settings: Mapping[str, Any], days: placeholders.Days, url: str, body: str) -> Request:
    address = str(settings.get(url) or "")
    placeholders.check_filled(address, url)
    posted = settings.get("method") == "POST"
    with credentials.about(url):
        addresses.target(days.fill(address))
    return Request(
        days.fill(address).strip(),
        _parsed(days.fill(str(settings.get(body) or "")), body) if posted else None,
    )


def _parsed(text: str, field: str) -> dict[str, Any]:
    placeholders.check_filled(text, field)
    try:
        body = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise SourceError(
            _("This is not JSON. It begins and ends with a curly bracket."), field=field
        ) from error
    if not isinstance(body, dict):
        raise SourceError(_("This is not JSON. It begins and ends with a curly bracket."), field=field)
    return body
