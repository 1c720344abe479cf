"""Every form of the product, and where somebody meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote_from_bytes, quote_plus

from allauth.account import forms as sign_in
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT
from django.urls import reverse
from django_scopes import scope

from accounts.forms import password, people, plain
from accounts.forms.tokens import TokenForm
from accounts.links import code_for
from accounts.models import Bucket
from config.styleguide import Example
from metrics.forms.backfill import BackfillForm
from metrics.forms.metric import MetricForm, ScheduleForm
from metrics.forms.population import PopulationForm
from metrics.forms.typing import MetricsOwnForm, PastingForm, TypingForm
from metrics.models import Metric
from metrics.sources.bucket import BucketForm
from metrics.sources.file import FileForm
from metrics.sources.folder import FolderForm
from metrics.sources.http_json import HttpJsonForm
from metrics.sources.key_fields import ClientFields, KeyFields
from metrics.sources.mapping_form import MappingForm as ColumnMappingForm
from metrics.sources.recipes import QuestionsForm
from metrics.sources.sql import SqlForm
from metrics.sources.web_table import WebTableForm
from metrics.sources.xapi import XapiForm
from pilots.forms import agreement, charter, content, library, outcome, plan, safeguards, step, work
from pilots.forms import people as pilot_people
from pilots.forms.news import ChannelForm, NewsForm, SharedChannelForm
from pilots.models import Answer, SharedLink, SigningCode, StakeholderLink
from tests.access.house import Answered, Form, House, address, form_of
from tests.cast import NOW, TODAY, csv_of, make_metric, noise, sign

# Not met by anybody: what others are made from, the example of the style guide, and signing up, which is closed. The
# questions of a recipe are asked by GET, and a template for slides is a file alone: both have tests of their own.
UNMET: Final = {
    plain.PlainForm, plain.PlainModelForm, plain.VersionedForm, step.StepForm, ColumnMappingForm, MetricsOwnForm, KeyFields, ClientFields,
    QuestionsForm, library.SlideTemplateForm, pilot_people.NamedForm, Example, sign_in.SignupForm, sign_in.ResetPasswordForm,
}  # fmt: skip

_MAPPING: Final = {
    "rows": "series", "date_column": "date", "value_column": "value", "numerator_column": "", "denominator_column": "",
    "outcome_column": "", "outcome": "yes_no", "threshold": "", "who_column": "", "group_column": "", "group_value": "",
    "comparison_value": "", "filter_column": "",
    "filter_value": "", "day_order": "", "decimal_mark": "", "schedule": "daily", "weekday": "0", "at": "06:00",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One form: its class, the route that takes it, who fills it in, and how it is filled in rightly."""

    form: type[forms.BaseForm]
    route: str
    caller: str = "administrator"
    arguments: Callable[[House], dict[str, Any]] = lambda house: {}
    filled_in: Callable[[House], Form] | None = None
    prepare: Callable[[House, Client], str] | None = None  # answers the path, when it is not the route's
    taken: int = 302  # how a form that is filled in rightly is answered
    is_met_elsewhere: bool = False  # the same form, at a second route

    def __str__(self) -> str:
        return f"{self.form.__name__} at {self.route}"

    @property
    def is_sent_elsewhere(self) -> bool:
        """The very form that ``tests/access/test_twice.py`` sends."""
        return not (self.filled_in or self.prepare or self.route.startswith("account_"))

    @property
    def refusals(self) -> set[int]:
        """How a form that cannot be taken is answered. The sign-in library answers 200."""
        return {200} if self.route.startswith("account_") else {422, 409}

    def right(self, house: House) -> dict[str, Any]:
        """Every field of the form (and of the one beside it), filled in rightly."""
        given = self.filled_in(house) if self.filled_in else form_of(self.route, house.ours)
        return {**dict.fromkeys(self.form.base_fields, ""), **given}  # type: ignore[attr-defined]

    def path(self, house: House, browser: Client) -> str:
        if self.prepare:
            return self.prepare(house, browser)
        return address(self.route, house.ours, **self.arguments(house))


def _reset_path(house: House, browser: Client) -> str:
    """The page that the link in the mail leads to."""
    person = house.ours.cast.viewer
    link = f"/accounts/password/reset/key/{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}/"
    return str(browser.get(link)["Location"])


def _set_path(house: House, browser: Client) -> str:
    person = house.ours.cast.administrator
    person.set_unusable_password()
    person.save()
    browser.force_login(person)
    return "/accounts/password/set/"


def _signal_path(house: House, browser: Client) -> str:
    """The source of a metric by which no pilot is judged: only such a one may count learning."""
    with scope(organisation=house.ours.organisation):
        metric = Metric.objects.filter(name="Coach sessions").first() or make_metric(
            house.ours.cast, name="Coach sessions"
        )
    return address("metric_source_trial", house.ours, kind="xapi", metric_id=metric.pk)


def _locked(house: House, browser: Client) -> str:
    """An outcome that was shared with a password."""
    with scope(organisation=house.ours.organisation):
        link = SharedLink.objects.filter(label="The auditors").first() or SharedLink.objects.share(
            house.ours.closed.outcome, label="The auditors", days=30, password="open sesame please",
            by=house.ours.cast.manager, at=NOW,
        )  # fmt: skip
        Bucket.objects.all().delete()
    return reverse("shared_outcome", args=[link.token])


def _tried(house: House, browser: Client) -> str:
    """What is kept was tried before."""
    form = {**_MAPPING, "path": "values.csv"}
    browser.post(address("metric_source_trial", house.ours, kind="folder"), form)
    return address("metric_source_kind", house.ours, kind="folder")


def _decided(house: House, browser: Client) -> str:
    """A decision waits for its code."""
    rooms = house.ours
    with scope(organisation=rooms.organisation):
        given = {**form_of("stakeholder_sign_off", rooms)}
        SigningCode.objects.send(StakeholderLink.objects.get(pk=rooms.sign_off_link.pk), given=given, at=NOW)
    return address("stakeholder_code", rooms)


def _code(house: House) -> Form:
    with scope(organisation=house.ours.organisation):
        waiting = SigningCode.objects.last()
    return {"code": code_for("signing", waiting.key.hex) if waiting else ""}


def _asked_for(house: House, browser: Client) -> str:
    """Somebody signed on a condition."""
    with scope(organisation=house.ours.organisation):
        sign(house.ours.stakeholder, decision="condition", words="The legal team reads it first.")
    return address("stakeholder_condition", house.ours)


def _told(house: House, browser: Client) -> str:
    """Something was just written down for them."""
    rooms = house.ours
    with scope(organisation=rooms.organisation):
        told = Answer.objects.take_down(rooms.stakeholder, text="One more.", by=rooms.cast.manager, at=NOW)
    return address("stakeholder_confirmation", rooms, answer_id=told.pk)


def _new_password(house: House) -> Form:
    return {"password1": "quite another sentence", "password2": "quite another sentence"}


def _kind(name: str) -> Callable[[House], dict[str, Any]]:
    return lambda house: {"kind": name}


PLACES: Final = [
    Place(people.InvitationForm, "invitations"),
    Place(people.RoleForm, "membership_role"),
    Place(people.JoinForm, "invitation", "anonymous"),
    Place(people.SettingsForm, "settings"),
    Place(TokenForm, "tokens", taken=200),
    Place(NewsForm, "news", "manager"),
    Place(ChannelForm, "channel_new", "manager"),
    Place(SharedChannelForm, "channels"),
    Place(TypingForm, "metric_values"),
    Place(PastingForm, "metric_values_pasted"),
    Place(MetricForm, "metric_new"),
    Place(FileForm, "metric_source_trial", is_met_elsewhere=True, arguments=_kind("file"), filled_in=lambda house: {
        **_MAPPING, "upload": SimpleUploadedFile("values.csv", csv_of(TODAY - timedelta(days=50), noise(50))),
    }),
    Place(FolderForm, "metric_source_trial", arguments=_kind("folder"), filled_in=lambda house: {**_MAPPING, "path": "values.csv"}),
    Place(HttpJsonForm, "metric_source_trial", arguments=_kind("http_json"), filled_in=lambda house: {
        **_MAPPING, "url": "https://figures.example/v1", "bearer_token": "", "headers": "", "rows_at": "",
    }),
    Place(SqlForm, "metric_source_trial", is_met_elsewhere=True, arguments=_kind("sql"), filled_in=lambda house: {
        **_MAPPING, "database_kind": "sqlite", "host": "", "port": "", "database": "values.sqlite", "user": "", "password": "",
        "query": "select date, value from figures", "comparison_query": "", "database_url": "", "tls": "verify", "authorities": "",
    }),
    Place(WebTableForm, "metric_source_trial", is_met_elsewhere=True, arguments=_kind("web_table"), filled_in=lambda house: {
        **_MAPPING, "url": "https://figures.example/v1.csv",
    }),
    Place(BucketForm, "metric_source_trial", is_met_elsewhere=True, arguments=_kind("bucket"), filled_in=lambda house: {
        **_MAPPING, "endpoint": "https://storage.example", "bucket": "figures", "key": "sales.csv", "access_key": "a", "secret_key": "b",
    }),
    Place(XapiForm, "metric_source_trial", prepare=_signal_path, filled_in=lambda house: {
        "url": "https://lrs.example/xapi/", "username": "a", "count": "statements", "schedule": "daily", "weekday": "0", "at": "06:00",
    }),
    Place(BackfillForm, "backfills", "manager"),
    Place(ScheduleForm, "metric_source_kind", arguments=_kind("folder"), filled_in=lambda house: {**_MAPPING, "path": "values.csv"}, prepare=_tried),
    Place(PopulationForm, "metric_participants"),
    Place(plan.NewPilotForm, "pilot_new", "manager"),
    Place(plan.ProblemForm, "pilot_problem", "manager"),
    Place(plan.OwnMetricForm, "pilot_metric", "manager"),
    Place(plan.UsageForm, "pilot_usage", "manager"),
    Place(plan.DefinitionForm, "metric_definition", "manager"),
    Place(plan.WeeksForm, "pilot_weeks", "manager"),
    Place(plan.OwnersForm, "pilot_owners", "manager"),
    Place(pilot_people.StakeholderForm, "stakeholder_new", "manager"),
    Place(pilot_people.StakeholderChangeForm, "stakeholder_change", "manager"),
    Place(pilot_people.InPersonForm, "answer_in_person", "manager"),
    Place(pilot_people.ApproachForm, "approach", "manager"),
    Place(pilot_people.ConfirmationForm, "stakeholder_confirmation", "link holder", prepare=_told),
    Place(pilot_people.MappingForm, "answer_mapping", "manager"),
    Place(pilot_people.AnswerForm, "stakeholder_answer", "link holder"),
    Place(pilot_people.SignOffForm, "stakeholder_sign_off", "link holder"),
    Place(pilot_people.DeputyForm, "stakeholder_deputy", "link holder"),
    Place(pilot_people.CodeForm, "stakeholder_code", "link holder", prepare=_decided, filled_in=_code),
    Place(pilot_people.ConditionForm, "stakeholder_condition", "link holder", prepare=_asked_for),
    Place(agreement.RuleForm, "pilot_rule", "manager"),
    Place(charter.CharterForm, "charter_new"),
    Place(agreement.AmendmentForm, "amendment_new", "manager"),
    Place(content.ContentForm, "content_new", "reviewer"),
    Place(content.VersionForm, "content_version", "reviewer"),
    Place(content.ReviewForm, "review", "reviewer"),
    Place(content.ChecklistForm, "checklist"),
    Place(content.ReleaseForm, "releases", "manager"),
    Place(content.WithdrawalForm, "release_withdrawal", "manager"),
    Place(content.IncidentForm, "release_incident", "reviewer"),
    Place(safeguards.LearnerDataForm, "learner_data_new", "manager"),
    Place(safeguards.LearnerDataForm, "learner_data_row", "manager", is_met_elsewhere=True),
    Place(safeguards.DataSheetForm, "pilot_data_sheet", "manager"),
    Place(safeguards.LowChanceForm, "pilot_chance", "manager"),
    Place(safeguards.ConsultationForm, "pilot_consultation", "manager"),
    Place(safeguards.LawForm, "pilot_law", "manager"),
    Place(safeguards.LawDatesForm, "law_dates"),
    Place(library.EntryForm, "entry_new", "reviewer"),
    Place(library.MendForm, "entry_words", "manager"),
    Place(library.WithdrawalForm, "entry_withdrawal", "manager"),
    Place(library.WeighingForm, "entry_weighing", "manager"),
    Place(library.CommentForm, "entry_comments", "reviewer"),
    Place(library.TitleForm, "entry_pilot", "manager"),
    Place(library.DuplicateForm, "pilot_duplicate", "manager"),
    Place(library.OriginForm, "pilot_origin", "manager"),
    Place(work.ReasonForm, "cancel", "manager"),
    Place(work.ReasonForm, "stop", "manager", is_met_elsewhere=True),
    Place(work.AcknowledgementForm, "acknowledgement", "manager"),
    Place(work.CheckInForm, "check_in", "manager"),
    Place(work.DecisionForm, "decision", "manager"),
    Place(work.JudgementForm, "stakeholder_judgement", "link holder"),
    Place(outcome.WorthForm, "worth", "manager"),
    Place(outcome.SharingForm, "sharing", "manager"),
    Place(outcome.PasswordForm, "shared_outcome", "anonymous", prepare=_locked, filled_in=lambda house: {"password": "open sesame please"}),
    Place(sign_in.LoginForm, "account_login", "anonymous"),
    Place(sign_in.ReauthenticateForm, "account_reauthenticate"),
    Place(sign_in.ChangePasswordForm, "account_change_password"),
    Place(sign_in.SetPasswordForm, "account_set_password", filled_in=_new_password, prepare=_set_path),
    Place(password.ForgottenPasswordForm, "account_reset_password", "anonymous"),
    Place(sign_in.ResetPasswordKeyForm, "account_reset_password_from_key", "anonymous", filled_in=_new_password, prepare=_reset_path),
]  # fmt: skip


def form_classes() -> set[type[forms.BaseForm]]:
    """Every form class of the product, and those of the sign-in library that a route shows."""
    import config.urls  # noqa: F401 - it imports every view, and each view its forms
    from tests.access import matrix

    views = (getattr(pattern.callback, "view_class", None) for _path, pattern in matrix.patterns())
    shown = {view.form_class for view in views if view and getattr(view, "form_class", None)}
    apps = ("accounts.", "metrics.", "pilots.", "config.")
    return shown | {one for one in _below(forms.BaseForm) if one.__module__.startswith(apps)}


def _below(parent: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def post(browser: Client, path: str, form: dict[str, Any]) -> Answered:
    """Post texts and raw bytes as a browser does: urlencoded, or in parts where a file goes with it."""
    if any(isinstance(value, SimpleUploadedFile) for value in form.values()):
        return browser.generic("POST", path, _parts(form), content_type=MULTIPART_CONTENT)
    return browser.post(path, encoded(form), content_type="application/x-www-form-urlencoded")


def several(form: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in form.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, one


def encoded(form: dict[str, Any]) -> str:
    return "&".join(f"{name}={_quoted(value)}" for name, value in several(form))


@lru_cache(maxsize=200)
def _quoted(value: Any) -> str:
    return quote_from_bytes(value) if isinstance(value, bytes) else quote_plus(str(value))


def _parts(form: dict[str, Any]) -> bytes:
    begin = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=".encode()
    body = b""
    for name, value in several(form):
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
            body += (
                begin
                + f'"{name}"; filename="{value.name}"\r\nContent-Type: text/csv\r\n\r\n'.encode()
                + value.read()
            )
        else:
            body += (
                begin
                + f'"{name}"\r\n\r\n'.encode()
                + (value if isinstance(value, bytes) else str(value).encode())
            )
        body += b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()
