from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, Final

from cryptography.fernet import InvalidToken
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext as _t

from accounts import vault
from accounts.tenancy import TenantManager
from metrics import sources, tried
from metrics.errors import RefusedError
from metrics.models.population import Population
from metrics.models.source import Source
from metrics.sources import Ask, SourceError, SourceKind
from metrics.sources.trial import Trial, try_out

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.metric import Metric

# Long enough to ask a colleague about a column.
KEPT_FOR: Final = timedelta(hours=4)


class SourceDraftManager(TenantManager["SourceDraft"]):
    def mine(self, metric: Metric, kind: str, *, by: Person, at: datetime) -> SourceDraft | None:
        """What this person tried last, unless its time is over."""
        return self.filter(metric=metric, person=by, kind=kind, expires_at__gt=at).first()

    def try_out(
        self,
        metric: Metric,
        kind: str,
        *,
        settings: Mapping[str, Any],
        by: Person,
        at: datetime,
        secrets: Mapping[str, str] | None = None,
        upload: File[bytes] | None = None,
        schedule: Mapping[str, Any] | None = None,
    ) -> SourceDraft:
        """Fetch with what was typed, and remember it for this person alone, with what came of it.

        Secrets and the upload of an earlier try stay where none are given now. Nothing of the metric changes.
        """
        draft = self.mine(metric, kind, by=by, at=at) or SourceDraft(metric=metric, person=by, kind=kind)
        draft.settings, draft.expires_at = dict(settings), at + KEPT_FOR
        draft.sealed = vault.seal({**draft.secrets, **(secrets or {})})
        if upload is not None:
            draft._take(upload)
        # The fetch may take as long as a person waits: no transaction stays open meanwhile.
        trial = draft._fetched(at)
        draft.settings = json.loads(json.dumps(trial.settings))
        draft.facts = {**tried.facts_of(trial, metric), "schedule": schedule}
        with transaction.atomic():
            metric.locked()
            # Of two that were tried at once, in two tabs, the later one stays.
            SourceDraft.objects.filter(metric=metric, person=by).exclude(pk=draft.pk).forget()
            draft.save()
        return draft


class SourceDraftQuerySet(models.QuerySet["SourceDraft"]):
    def forget(self) -> int:
        """Delete them with the files that they hold; how many there were."""
        files = [str(draft.upload.name) for draft in self if draft.upload]
        count, _each = self.delete()
        transaction.on_commit(lambda: _delete(files))
        return count

    def expired(self, at: datetime) -> SourceDraftQuerySet:
        return self.filter(expires_at__lte=at)


class SourceDraft(models.Model):
    """What somebody typed and tried, between "Try it" and "Keep": theirs alone, and gone after some hours.

    Secrets and what came back are sealed: the first rows may name people.
    """

    metric = models.ForeignKey("metrics.Metric", on_delete=models.CASCADE, related_name="drafts")
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    sealed_facts = models.TextField(blank=True)
    upload = models.FileField(upload_to="drafts/", blank=True, max_length=200)
    upload_name = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()

    tenant_path = "metric__organisation"
    objects = SourceDraftManager.from_queryset(SourceDraftQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "person"], name="one_draft_per_metric_and_person"),
        ]
        indexes = [
            # Forgetting, every few minutes: whose time is over?
            models.Index(fields=["expires_at"], name="draft_expires"),
        ]

    def __str__(self) -> str:
        return f"draft {self.pk} of metric {self.metric_id}"

    @property
    def source_kind(self) -> SourceKind:
        return sources.kind(self.kind)

    @property
    def secrets(self) -> dict[str, str]:
        try:
            return vault.unseal(self.sealed)
        except InvalidToken:
            return {}

    @property
    def facts(self) -> dict[str, Any]:
        """What came of the try, as ``metrics.tried`` wrote it down; empty when its key is gone."""
        try:
            opened = vault.unseal(self.sealed_facts).get("facts", "{}")
        except InvalidToken:
            opened = "{}"
        facts: dict[str, Any] = json.loads(opened)
        return facts

    @facts.setter
    def facts(self, facts: Mapping[str, Any]) -> None:
        self.sealed_facts = vault.seal({"facts": json.dumps(facts)})

    @transaction.atomic
    def keep(
        self,
        *,
        leave_out: bool,
        by: Person,
        at: datetime,
        agreed: Mapping[str, int] | None = None,
        **schedule: Any,
    ) -> Source:
        """Connect the metric as it was tried. Raises ``RefusedError`` while something is open.

        ``leave_out`` agrees to leave out the rows that do not fit, as many of as many as were tried; ``agreed`` is
        what was agreed before and is to go on.
        """
        facts = self.facts
        if facts.get("error") or not facts:
            raise RefusedError(_t("Nothing was understood yet, so there is nothing to keep."))
        if facts["misfits"] and not leave_out:
            raise RefusedError(_t("It was not agreed to leave rows out."))
        agreed = agreed or {"rows": facts["misfits"], "of": facts["of"]}
        with self.upload.open("rb") if self.upload else _nothing() as file:
            upload = File(file, name=self.upload_name) if file else None
            source = Source.objects.connect(
                self.metric, self.kind, settings={**self.settings, "leave_out": dict(agreed)}, secrets=self.secrets,
                upload=upload, by=by, at=at, **schedule,
            )  # fmt: skip
        type(self).objects.filter(pk=self.pk).forget()
        return source

    def _take(self, upload: File[bytes]) -> None:
        earlier = self.upload.name
        self.upload_name = (upload.name or "")[:200]
        self.upload.save("draft", upload, save=False)
        if earlier:
            default_storage.delete(earlier)

    def _fetched(self, at: datetime) -> Trial:
        organisation = self.metric.organisation
        try:
            with self._content() as (content, name):
                ask = Ask(
                    settings=self.settings, secrets=self._all_secrets(), today=organisation.day_of(at),
                    zone=organisation.zone, metric_kind=self.metric.kind, cadence=self.metric.cadence,
                    content=content, content_name=name, members=Population.members_for(self.metric),
                )  # fmt: skip
                return try_out(self.source_kind, ask)
        except SourceError as error:
            return Trial(settings=dict(self.settings), error=error)

    def _kept(self) -> Source | None:
        """What is connected now, where it is of this kind: its secrets and its file stand in for what is left empty."""
        source: Source | None = getattr(self.metric, "source", None)
        return source if source and source.kind == self.kind else None

    def _all_secrets(self) -> dict[str, str]:
        """Those typed, and those kept for just this place: a key goes to no other, whoever asks."""
        kept = self._kept()
        if kept is None or not kept.sealed:
            return self.secrets
        if not kept.keys_fit(self.kind, self.settings):
            if not self.secrets:
                raise SourceError(
                    _t(
                        "The place was changed, and a stored key goes only to the one that it was given for. "
                        "Please type the key again."
                    )
                )
            return self.secrets
        return kept._secrets(self.secrets)

    @contextmanager
    def _content(self) -> Iterator[tuple[IO[bytes] | None, str]]:
        kept = self._kept()
        holder: Any = self if self.upload else kept if kept and kept.upload else None
        if holder is None:
            yield None, ""
        else:
            with holder.upload.open("rb") as file:
                yield file, holder.upload_name


def _delete(files: list[str]) -> None:
    for name in files:
        default_storage.delete(name)


@contextmanager
def _nothing() -> Iterator[None]:
    yield None
