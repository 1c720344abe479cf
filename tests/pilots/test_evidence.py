"""One file proves what was agreed, without a database, and any byte that was changed is named."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

import pytest
import pytest_django
from django.core.management import CommandError, call_command
from django.db import transaction
from django_scopes import scope

from accounts.links import code_for
from accounts.models import EventDetail, Organisation
from pilots.evidence import EvidenceError, pack, prove
from pilots.evidence.archive import MANIFEST, SEAL, readable, zipped
from pilots.evidence.seal import seal
from pilots.models import Delegation, Pilot, SigningCode, Stakeholder
from tests.cast import NOW, Cast, make_cast, make_pilot
from tests.links import newest_link
from tests.pages.tagged import complaints

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def evidence(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> bytes:
    """Made once: proving it reads nothing else."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        with scope(organisation=cast.organisation):
            packed = pack(make_pilot(cast, "ready"), at=NOW)
        transaction.set_rollback(True)
    return packed


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sealed_anew(files: dict[str, bytes]) -> bytes:
    """As somebody would who has the key but not the past: every hash and the seal fit what they wrote."""
    from accounts.canonical import sha256_of

    manifest = json.loads(files[MANIFEST])
    manifest["files"] = {name: sha256_of(files[name]) for name in manifest["files"]}
    files = {**files, MANIFEST: readable(manifest)}
    return zipped({**files, SEAL: seal(files[MANIFEST]).hex().encode()})


def test_it_holds_without_a_database(
    evidence: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = prove(evidence)
    assert (proof.versions, proof.answers, proof.sign_offs, proof.ours) == (1, 1, 1, True)
    assert proof.events >= 8
    (file := tmp_path / "evidence.zip").write_bytes(evidence)
    call_command("verify_evidence", str(file))
    told = capsys.readouterr().out
    assert "Objection coach" in told and proof.fingerprint in told


@pytest.mark.parametrize("which", ["evidence", "storied"])
def test_the_pdf_for_reading_is_for_everybody(which: str, request: pytest.FixtureRequest) -> None:
    """PDF/UA-1, as far as a machine can tell: who hears it reads the same as who sees it."""
    assert complaints(files_of(request.getfixturevalue(which))["evidence.pdf"]) == []


def test_the_same_records_make_the_same_file(scoped: Cast, monday: object, bell: object) -> None:
    pilot = make_pilot(scoped, "ready")
    one, other = files_of(pack(pilot, at=NOW)), files_of(pack(pilot, at=NOW))
    assert {n: c for n, c in one.items() if n.endswith(".json") and n != MANIFEST} == {
        n: c for n, c in other.items() if n.endswith(".json") and n != MANIFEST
    }


def test_any_byte_that_was_changed_is_found(evidence: bytes) -> None:
    chance = random.Random(7)
    for place in [0, 4, 10, 30, len(evidence) - 1, *(chance.randrange(len(evidence)) for _try in range(150))]:
        changed = bytearray(evidence)
        changed[place] ^= 1 << chance.randrange(8)
        with pytest.raises(EvidenceError):
            prove(bytes(changed))


@pytest.mark.parametrize("name", ["answers.json", "events.json", "evidence.pdf", "sign-offs.json"])
def test_the_file_that_was_changed_is_named(evidence: bytes, name: str) -> None:
    files = files_of(evidence)
    with pytest.raises(EvidenceError, match=name):
        prove(zipped({**files, name: files[name].replace(b"e", b"3", 1)}))


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("answers.json", "Reps stop giving discounts.", "Reps like the course.", "answer of Sven Holm"),
        (
            "sign-offs.json",
            '"typed_name": "Sven Holm"',
            '"typed_name": "Sven Home"',
            "signature of Sven Holm",
        ),
        ("plan-versions.json", "Reps lose deals", "Reps lost deals", "Plan version 1"),
        ("events.json", '"verb": "pilot.planned"', '"verb": "pilot.renamed"', "Event 1"),
    ],
)
def test_a_forgery_that_fits_its_own_hashes_is_still_found(
    evidence: bytes, name: str, old: str, new: str, fault: str
) -> None:
    files = files_of(evidence)
    assert old in files[name].decode()
    with pytest.raises(EvidenceError, match=fault):
        prove(sealed_anew({**files, name: files[name].decode().replace(old, new, 1).encode()}))


def test_a_cut_tail_is_found(evidence: bytes) -> None:
    files = files_of(evidence)
    events = json.loads(files["events.json"])
    with pytest.raises(EvidenceError, match="events were recorded"):
        prove(sealed_anew({**files, "events.json": readable(events[:-1])}))


def test_another_installations_file_is_told_as_such(
    evidence: bytes, settings: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.LEDGER_KEY = "another key"  # type: ignore[attr-defined]
    (file := tmp_path / "evidence.zip").write_bytes(evidence)
    call_command("verify_evidence", str(file))
    assert "not the key of this installation" in capsys.readouterr().out
    with pytest.raises(CommandError, match="sealed by another key"):
        call_command("verify_evidence", str(file), fingerprint="0000 0000")


def test_names_that_were_erased_leave_a_file_that_holds(scoped: Cast, monday: object, bell: object) -> None:
    pilot = make_pilot(scoped, "ready")
    EventDetail.objects.get(event__chain=pilot.chain, event__number=1).erase(at=NOW)
    assert prove(pack(pilot, at=NOW)).erased == 1


def test_words_that_no_font_can_show_still_make_a_document(
    scoped: Cast, monday: object, bell: object
) -> None:
    pilot = make_pilot(scoped, "ready", title="Ziel 🙂 النجاح #eval(1) $x$ *b* `c` @d")
    assert files_of(pack(pilot, at=NOW))["evidence.pdf"].startswith(b"%PDF")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no zip at all", zipped({}), zipped({"manifest.json": b"{"})]
)
def test_what_is_no_evidence_file_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    (file := tmp_path / "evidence.zip").write_bytes(content)
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_evidence", str(file))


@pytest.fixture(scope="module")
def storied(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> bytes:
    """Of a pilot whose plan was amended, by the hand of a deputy who typed a code."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        Organisation.objects.update(code_at_signing="off")
        with scope(organisation=cast.organisation):
            pilot = make_pilot(cast, "running")
            Organisation.objects.update(code_at_signing="everyone")
            cast.organisation.refresh_from_db()
            pilot.amend(reason="Two teams left.", target=19.5, by=cast.manager, at=NOW)
            sven = Stakeholder.objects.get()
            Delegation.objects.hand_on(
                newest_link(sven), name="Ines Prado", email="ines@customer.example", at=NOW
            )
            link = newest_link(sven)
            given = {"decision": "approve", "typed_name": "Ines Prado", "seen": link.plan_version.sha256}  # type: ignore[union-attr]
            code = SigningCode.objects.send(link, given=given, at=NOW)
            code.sign(typed=code_for("signing", code.key.hex), at=NOW)
            packed = pack(Pilot.objects.get(), at=NOW)
        transaction.set_rollback(True)
    return packed


def test_amendments_deputies_codes_and_receipts_are_in_it(storied: bytes) -> None:
    files = {
        name: json.loads(content) for name, content in files_of(storied).items() if name.endswith(".json")
    }
    assert prove(storied).amendments == 1
    assert files["amendments.json"][0]["reason"] == "Two teams left."
    assert files["delegations.json"][0]["name"] == "Ines Prado"
    signed = files["sign-offs.json"][-1]
    assert signed["printed_name"] == "Ines Prado for Sven Holm"
    assert set(signed["code"]) == {"id", "sent_at", "used_at"}
    verbs = [event["verb"] for event in files["events.json"]]
    assert {"receipt.sent", "sign_off.code_sent", "sign_off.delegated", "plan.amended"} <= set(verbs)


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        (
            "amendments.json",
            "Two teams left.",
            "All is well.",
            "The amendment of version 2 is not what was recorded",
        ),
        (
            "amendments.json",
            '"in_force_at": "2026',
            '"in_force_at": null, "x": "2026',
            "whether it is in force",
        ),
        ("delegations.json", "ines@customer", "mia@customer", "That Sven Holm asked Ines Prado"),
        ("sign-offs.json", '"delegation": ', '"delegation": 9', "by another delegation"),
        ("sign-offs.json", '"code": {', '"code": null, "x": {', "by another code"),
    ],
)
def test_a_forged_story_is_found_too(storied: bytes, name: str, old: str, new: str, fault: str) -> None:
    files = files_of(storied)
    text = files[name].decode()
    assert old in text
    head, _old, tail = text.rpartition(old)
    with pytest.raises(EvidenceError, match=fault):
        prove(sealed_anew({**files, name: (head + new + tail).encode()}))


def test_a_file_of_the_first_format_stays_provable(evidence: bytes) -> None:
    """As it was made before there were amendments: without their files."""
    files = {
        name: content
        for name, content in files_of(evidence).items()
        if name not in {"amendments.json", "delegations.json"}
    }
    manifest = json.loads(files[MANIFEST])
    manifest["format"] = "pilotlight-evidence/1"
    manifest["files"] = {name: digest for name, digest in manifest["files"].items() if name in files}
    assert prove(sealed_anew({**files, MANIFEST: readable(manifest)})).sign_offs == 1
