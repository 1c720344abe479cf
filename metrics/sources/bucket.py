"""A table in a bucket that speaks S3: one key, or the newest below a prefix.

The library (boto3, an extra) signs the requests and reads the answers. It opens no connection of its own: each request
goes through our own door, which connects to the address that it checked.
"""

import functools
import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import IO, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import addresses, credentials, http, tables
from .base import Ask, SourceError
from .cells import Table, shown
from .downloads import Download
from .key_fields import check_url, secret_field
from .mapping_form import MappingForm
from .placeholders import Days
from .source_kind import SourceKind
from .statuses import check_status

# They write what is signed, and with it the access key, into the log.
for _name in ("boto3", "botocore", "s3transfer"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_LIST_PAGES = 20  # of 1,000 names each


class BucketForm(MappingForm):
    secret_fields: ClassVar[tuple[str, ...]] = ("access_key", "secret_key")

    endpoint = forms.CharField(
        label=gettext_lazy("Address of the storage"),
        required=False,
        max_length=addresses.MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("Empty for Amazon itself. Other storage has an address of its own."),
    )
    region = forms.RegexField(
        r"\A[a-z0-9-]+\Z",
        label=gettext_lazy("Region"),
        required=False,
        max_length=40,
        error_messages={"invalid": gettext_lazy("A region is written like “eu-central-1”.")},
        help_text=gettext_lazy("As in “eu-central-1”. Empty means “us-east-1”."),
    )
    bucket = forms.RegexField(
        r"\A[a-z0-9][a-z0-9.-]+[a-z0-9]\Z",
        label=gettext_lazy("Bucket"),
        max_length=63,
        error_messages={
            "invalid": gettext_lazy("A bucket is written with small letters, digits, points and hyphens.")
        },
    )
    key = forms.CharField(
        label=gettext_lazy("File, or what its name begins with"),
        max_length=900,
        help_text=gettext_lazy("As in “sales/2026.csv”, or “sales/” for the newest file there."),
    )
    newest = forms.BooleanField(
        label=gettext_lazy("Take the newest file whose name begins so"),
        required=False,
        help_text=gettext_lazy("For storage into which another system writes a new file each time."),
    )
    access_key = secret_field(gettext_lazy("Access key"))
    secret_key = secret_field(gettext_lazy("Secret key"))
    field_order = ("endpoint", "region", "bucket", "key", "newest", "access_key", "secret_key")

    def clean_endpoint(self) -> str:
        endpoint = str(self.cleaned_data["endpoint"])
        if endpoint:
            check_url(endpoint)
        return endpoint

    def clean_access_key(self) -> str:
        return self._checked("access_key")

    def clean_secret_key(self) -> str:
        return self._checked("secret_key")

    def _checked(self, name: str) -> str:
        key = str(self.cleaned_data[name])
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise forms.ValidationError(_("A key has no spaces and no special letters."))
        return key


class BucketKind(SourceKind):
    name = "bucket"
    label = gettext_lazy("Storage bucket (S3)")
    description = gettext_lazy(
        "A table that another system writes into storage of the kind that Amazon S3 is."
    )
    form_class = BucketForm

    def keys_are_for(self, settings: Mapping[str, Any]) -> str:
        return addresses.origins(settings.get("endpoint"))

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        with tempfile.TemporaryFile() as file:
            understood = _Bucket.opened(ask).fetch_into(file)
            table = tables.read(file)
            yield [replace(table, understood=(*understood, *table.understood))]


@dataclass(frozen=True, slots=True)
class _Bucket:
    client: Any
    door: "_Door"
    name: str
    key: str
    newest: bool

    @classmethod
    def opened(cls, ask: Ask) -> "_Bucket":
        settings, secrets = ask.settings, ask.secrets
        if not secrets.get("access_key") or not secrets.get("secret_key"):
            raise SourceError(_("Access key and secret key are missing."), field="access_key")
        endpoint = str(settings.get("endpoint") or "")
        if endpoint:
            with credentials.about("endpoint"):
                endpoint = str(addresses.target(endpoint).url)
        door = _Door(http.Visit())
        region = str(settings.get("region") or "us-east-1")
        client = _client(endpoint, region, secrets["access_key"], secrets["secret_key"])
        client.meta.events.register("before-send.s3", door.send)
        key = Days.of(ask).fill(str(settings.get("key") or ""))
        return cls(client, door, str(settings.get("bucket") or ""), key, bool(settings.get("newest")))

    def fetch_into(self, file: IO[bytes]) -> tuple[str, ...]:
        """What is said of the choice, where there was one."""
        key = self._newest() if self.newest or self.key.endswith("/") else self.key
        self.door.download = Download(file, self.door.visit.clock)
        self._call("get_object", Key=key)
        if not file.tell():
            raise SourceError(_("The file is empty."), retry=True)
        file.seek(0)
        return () if key == self.key else (_("The newest file is “%(name)s”") % {"name": shown(key, 120)},)

    def _newest(self) -> str:
        found: list[tuple[Any, str]] = []
        more: dict[str, str] = {}
        for _page in range(_LIST_PAGES):
            answer = self._call("list_objects_v2", Prefix=self.key, **more)
            if "IsTruncated" not in answer and "Name" not in answer:
                raise _unreadable()
            found += [(one["LastModified"], one["Key"]) for one in answer.get("Contents", []) if one["Size"]]
            if not answer.get("IsTruncated"):
                break
            more = {"ContinuationToken": answer["NextContinuationToken"]}
        else:
            raise SourceError(
                _("Too many files begin so. Please give more of the name, as in “sales/2026/”."), field="key"
            )
        if not found:
            raise SourceError(_("No file in the bucket begins so yet."), retry=True, field="key")
        return max(found)[1]

    def _call(self, operation: str, **parameters: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self.client, operation)(Bucket=self.name, **parameters)
        except ClientError as error:
            raise self._refusal(error.response) from error
        except (BotoCoreError, ValueError, KeyError) as error:
            raise _unreadable() from error

    def _refusal(self, response: Any) -> SourceError:
        code = response.get("Error", {}).get("Code", "")
        status = self.door.status  # what came; the library has its own idea of an answer that it cannot read
        if code == "NoSuchBucket":
            return SourceError(_("There is no bucket of this name."), field="bucket")
        if code in ("NoSuchKey", "404"):
            return SourceError(_("There is no such file in the bucket."), retry=True, field="key")
        if code in (
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "InvalidToken",
            "AuthorizationHeaderMalformed",
        ):
            return SourceError(_("The storage refused the access key or the secret key."), field="access_key")
        if status in (301, 307) or code in ("PermanentRedirect", "IllegalLocationConstraintException"):
            return SourceError(_("The bucket belongs to another region. Please name it."), field="region")
        try:
            check_status(status, self.door.retry_after)
        except SourceError as error:
            error.field = "endpoint" if error.field == "url" else error.field
            return error
        return _unreadable()


@dataclass(slots=True)
class _Door:
    """Takes each request that the library has signed, and hands back what came."""

    visit: http.Visit
    download: Download | None = None
    status: int = 0
    retry_after: str = ""

    def send(self, request: Any, **about: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        answer = _Answer()
        headers = {name: _text(value) for name, value in request.headers.items()}
        with credentials.about("endpoint"):
            reply = self.visit.exchange(
                request.method,
                request.url,
                headers,
                request.body or None,
                lambda status: (self.download if status == 200 else None) or answer.keep,
            )
        if request.method != "HEAD":  # by which the library asks after the region, once it was sent on
            self.status, self.retry_after = reply.status, reply.headers.get("retry-after", "")
        return AWSResponse(request.url, reply.status, dict(reply.headers), answer)


@dataclass(slots=True)
class _Answer:
    """A list of names or a refusal, in the form in which the library reads it. A table goes elsewhere."""

    content: bytearray = field(default_factory=bytearray)

    def keep(self, chunk: bytes) -> None:
        self.content += chunk
        if len(self.content) > http.MAX_BYTES:
            raise _unreadable()

    def stream(self) -> Iterator[bytes]:
        yield bytes(self.content)


def _unreadable() -> SourceError:
    return SourceError(_("The storage answered in a way that cannot be read."), field="endpoint")


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


# Only one client is made at a time: what they share is not for several threads.
_making = threading.Lock()


@functools.cache
def _session() -> Any:
    """What the library knows of S3, set up and read from its own files once: that takes longer than a request.

    Neither files nor environment of this machine: they belong to the installation, not to who asks.
    """
    from botocore.session import Session

    nothing = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return Session(session_vars={**nothing, "profile": (None, None, None, None)})


def _client(endpoint: str, region: str, access_key: str, secret_key: str) -> Any:
    try:
        from botocore.config import Config
    except ImportError as error:
        raise SourceError(
            _(
                "This installation cannot read buckets yet. The people who run Pilotlight can add it (the extra “s3”)."
            )
        ) from error
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "auto"},
        retries={"total_max_attempts": 1},  # the next try is the pull's
        ignore_configured_endpoint_urls=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with _making:
        return _session().create_client(
            "s3", region_name=region, endpoint_url=endpoint or None, config=config,
            aws_access_key_id=access_key, aws_secret_access_key=secret_key,
        )  # fmt: skip
