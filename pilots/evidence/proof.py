"""Whether an evidence file is as it was made: read without a database, and the first thing that does not hold is named."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_datetime

from accounts.canonical import sha256, sha256_of
from accounts.models.ledger import START, Event, EventDetail, salted
from pilots.evidence.archive import FORMAT, MANIFEST, SEAL, zipped
from pilots.evidence.seal import fingerprint, is_sealed, public_key

_LARGEST: Final = 200 * 1024 * 1024
_FIRST: Final = ("pilot.json", "plan-versions.json", "answers.json", "sign-offs.json", "events.json")
# Which files each format holds. Files of an earlier one stay provable.
_JSON: Final = {
    "pilotlight-evidence/1": _FIRST,
    FORMAT: (*_FIRST, "amendments.json", "delegations.json"),
}


class EvidenceError(Exception):
    """What in the file was changed, or why it cannot be read; ``str()`` names the place."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven. ``ours``: sealed by this installation, so that the events' keyed digests were checked too."""

    title: str
    organisation: str
    made_at: str
    versions: int
    answers: int
    sign_offs: int
    amendments: int
    events: int
    erased: int
    fingerprint: str
    ours: bool


def prove(data: bytes) -> Proof:
    """Check everything that can be checked. Raises ``EvidenceError`` at the first thing that does not hold."""
    files = _unpacked(data)
    key, names = _check_manifest(files)
    facts = {name: json.loads(files[name]) for name in names}
    about, events = facts["pilot.json"], facts["events.json"]
    ours = key == public_key()
    versions = _check_versions(facts["plan-versions.json"])
    erased = _check_events(about["chain"], events, keyed=ours)
    _check_answers(facts["answers.json"], events)
    _check_amendments(facts.get("amendments.json", []), events, versions)
    _check_delegations(facts.get("delegations.json", []), events)
    _check_sign_offs(facts["sign-offs.json"], events, versions)
    return Proof(
        title=about["title"],
        organisation=about["organisation"],
        made_at=about["made_at"],
        versions=len(versions),
        answers=len(facts["answers.json"]),
        sign_offs=len(facts["sign-offs.json"]),
        amendments=len(facts.get("amendments.json", [])),
        events=len(events),
        erased=erased,
        fingerprint=fingerprint(key),
        ours=ours,
    )


def _unpacked(data: bytes) -> dict[str, bytes]:
    if len(data) > _LARGEST:
        raise EvidenceError("The file is too large to be an evidence file.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(about.compress_type != zipfile.ZIP_STORED for about in archive.infolist()):
                raise EvidenceError("The file was packed anew: the original is not compressed.")
            files = {about.filename: _member(archive, about) for about in archive.infolist()}
    except zipfile.BadZipFile as error:
        raise EvidenceError("This is not a complete ZIP file.") from error
    except (ValueError, NotImplementedError, RuntimeError, OSError, UnicodeError, EOFError) as error:
        raise EvidenceError("The ZIP file's directory was changed.") from error
    if zipped(files) != data:
        raise EvidenceError(
            f"The ZIP file itself was changed at byte {_first_difference(zipped(files), data)}."
        )
    return files


def _member(archive: zipfile.ZipFile, about: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(about)
    except zipfile.BadZipFile as error:
        raise EvidenceError(f"{about.filename} was changed.") from error


def _first_difference(one: bytes, other: bytes) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _check_manifest(files: Mapping[str, bytes]) -> tuple[bytes, tuple[str, ...]]:
    """That every file is the one that was sealed; the key that sealed them, and which of them hold facts."""
    if MANIFEST not in files or SEAL not in files:
        raise EvidenceError(f"{MANIFEST} or its seal is missing.")
    try:
        manifest = json.loads(files[MANIFEST])
        key, given = bytes.fromhex(manifest["public_key"]), bytes.fromhex(files[SEAL].decode())
        named: dict[str, str] = manifest["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError(f"{MANIFEST} cannot be read.") from error
    if not is_sealed(files[MANIFEST], given, key):
        raise EvidenceError(f"{MANIFEST} was changed: its seal does not hold.")
    if manifest.get("format") not in _JSON:
        raise EvidenceError(f"This is a file of another kind: {manifest.get('format')}.")
    names = _JSON[manifest["format"]]
    if set(named) | {MANIFEST, SEAL} != set(files) or not set(names) <= set(named):
        raise EvidenceError(
            f"Files were added or taken out: {', '.join(sorted(set(named) ^ (set(files) - {MANIFEST, SEAL})))}."
        )
    for name, digest in named.items():
        if sha256_of(files[name]) != digest:
            raise EvidenceError(f"{name} was changed.")
    return key, names


def _check_versions(versions: list[dict[str, Any]]) -> dict[int, str]:
    for version in versions:
        if sha256(version["content"]) != version["sha256"]:
            raise EvidenceError(f"Plan version {version['number']} is not what its SHA-256 says.")
    return {version["number"]: version["sha256"] for version in versions}


def _check_events(chain: Mapping[str, Any], told: list[dict[str, Any]], *, keyed: bool) -> int:
    """That each event follows the one before it, and that names and quotations are what it was recorded with."""
    previous, erased = START, 0
    for number, one in enumerate(told, 1):
        event = _event(chain["id"], one)
        fault = event.fault(number, previous) if keyed else _fault_without_key(event, number, previous)
        if fault:
            raise EvidenceError(f"Event {number} ({one['verb']}): {fault}.")
        previous, erased = event.digest, erased + bool(event.detail.erased_at)
    if (len(told), previous) != (chain["count"], chain["head"]):
        raise EvidenceError(f"{chain['count']} events were recorded, {len(told)} are here.")
    return erased


def _event(chain: int, told: Mapping[str, Any]) -> Event:
    kind, actor = told["actor"]
    event = Event(
        chain_id=chain, number=told["number"], verb=told["verb"], actor_kind=kind, actor_id=actor, at=_time(told["at"]),
        recorded_at=_time(told["recorded_at"]), facts=told["facts"], private_digests=told["private_digests"],
        previous=told["previous"], digest=told["digest"],
    )  # fmt: skip
    detail = told["details"]
    erased = _time(detail["erased_at"]) if detail["erased_at"] else None
    EventDetail(event=event, salt=detail["salt"], details=detail["texts"], erased_at=erased)
    return event


def _fault_without_key(event: Event, number: int, previous: str) -> str | None:
    if (event.number, event.previous) != (number, previous):
        return "it does not follow the event before it"
    return event.detail_fault()


def _check_answers(answers: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    recorded = {e["facts"]["answer"]: e for e in events if e["verb"].startswith("question.answered")}
    for answer in answers:
        _check_private(
            f"The answer of {answer['who']}", recorded.get(answer["id"]), {"answer": answer["text"]}
        )


def _check_amendments(
    told: list[dict[str, Any]], events: list[dict[str, Any]], versions: Mapping[int, str]
) -> None:
    recorded = {e["facts"]["amendment"]: e for e in events if e["verb"] == "plan.amendment_proposed"}
    in_force = {e["facts"]["amendment"] for e in events if e["verb"] == "plan.amended"}
    for one in told:
        what = f"The amendment of version {one['plan_version']}"
        _check_private(what, event := recorded.get(one["id"]), {"reason": one["reason"]})
        if {one["plan_sha256"], event and event["facts"]["sha256"]} != {versions.get(one["plan_version"])}:
            raise EvidenceError(f"{what} belongs to another text.")
        if bool(one["in_force_at"]) != (one["id"] in in_force):
            raise EvidenceError(f"{what}: whether it is in force is not what was recorded.")


def _check_delegations(told: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    recorded = {e["facts"]["delegation"]: e for e in events if e["verb"] == "sign_off.delegated"}
    for one in told:
        texts = {"name": one["name"], "email": one["email"]}
        _check_private(f"That {one['who']} asked {one['name']}", recorded.get(one["id"]), texts)


def _check_sign_offs(
    signed: list[dict[str, Any]], events: list[dict[str, Any]], versions: Mapping[int, str]
) -> None:
    recorded = {
        e["facts"]["sign_off"]: e
        for e in events
        if "sign_off" in e["facts"] and e["verb"].startswith("plan.")
    }
    for one in signed:
        what = f"The signature of {one['who']} under version {one['plan_version']}"
        _check_private(
            what, event := recorded.get(one["id"]), {"typed_name": one["typed_name"], "words": one["words"]}
        )
        bound = {
            one["plan_sha256"],
            event["facts"]["plan_sha256"] if event else None,
            versions.get(one["plan_version"]),
        }
        if len(bound) > 1:
            raise EvidenceError(f"{what} belongs to another text.")
        for name in ("delegation", "code"):
            said = (one.get("code") or {}).get("id") if name == "code" else one.get(name)
            if event and said != event["facts"].get(name):
                raise EvidenceError(f"{what} was given by another {name}.")


def _check_private(what: str, event: Mapping[str, Any] | None, texts: Mapping[str, str]) -> None:
    if event is None:
        raise EvidenceError(f"{what} was never recorded.")
    if event["details"]["erased_at"]:
        return
    salt = event["details"]["salt"]
    if any(event["private_digests"].get(name) != salted(salt, text) for name, text in texts.items()):
        raise EvidenceError(f"{what} is not what was recorded.")


def _time(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None:
        raise EvidenceError(f"{text} is not a time.")
    return moment
