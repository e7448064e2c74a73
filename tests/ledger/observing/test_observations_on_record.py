"""Observations on record: beside the reply whose message they are of, in every output, and never in its verdict."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from mails import INTAKE, PAPER, SYMBOL, MailDesk, mail
from node import MISSING, NODE
from paths import INBLUE, ROOT
from signed_mail import KEY_NAME, OWN, dkim_signed, record_of_key
from signers import REGISTRAR

from inblue.cli.desk.schemas import schema_of
from inblue.domain.canonical import digest
from inblue.domain.errors import Refused
from inblue.domain.mail_observation import CheckedBy, MailObservation
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.entries.files import MemoryFiles
from inblue.ledger.observing import on_record
from inblue.ledger.observing.again import Differs
from inblue.ledger.observing.look import look
from inblue.ledger.observing.on_record import again, observe
from inblue.ledger.operations.export import export
from inblue.ledger.operations.publish import publish
from inblue.ledger.projections.record import audit_json, record_of

HOP = (
    b"Received: from out.mission.example.org (out.mission.example.org [192.0.2.7]) by mx.example.net with ESMTPS id 1;"
    b" Mon, 2 Mar 2026 14:59:30 +0000\r\n"
)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child process has tests of its own; here it would only take time."""
    monkeypatch.setattr(on_record, "look_aside", look)


def letter() -> bytes:
    return HOP + dkim_signed(mail().replace(b"mission@example.org", b"pr@mission.example.org"))


def seen(desk: MailDesk, number: int, **given: object) -> MailObservation:
    known = {KEY_NAME: (record_of_key(),)}
    return observe(desk.ledger, number, signer=INTAKE, hosts=[OWN], known=known, **given).found  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> MailDesk:
    """A desk with a reply that came in a message, looked at; and a message that no reply came in, looked at too."""
    desk = MailDesk(tmp_path / "votes.db")
    number = desk.receive(letter())
    other = desk.receive(HOP + mail(text="Another.\n"))
    seen(desk, number)
    desk.vote.reply("CHN", "in_favour", PAPER, message=number, part="2")
    seen(desk.later(hours=1), number)
    seen(desk, other)
    return desk


def test_what_was_observed_is_beside_the_reply_and_changes_no_verdict(desk: MailDesk) -> None:
    found = desk.ledger.verify()
    assert found.problems == ()
    record, plain = found.record(SYMBOL), record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))
    (with_it,), (without,) = record.replies, plain.replies
    assert [each.number for each in with_it.observed] == [2, 3]
    assert with_it.verdict._replace(evidence=()) == without.verdict._replace(evidence=())
    said = [each.text for each in with_it.verdict.evidence if each.kind == "observation"]
    assert said[0] == (
        "observed at 2026-03-02T15:00:00Z by the registrar's intake, which proves nothing: "
        "mx.example.net, a host of the receiver's own, stamped the message at 2026-03-02T14:59:30Z"
    )
    assert len(said) == 4
    (reply,) = audit_json(record)["replies"]
    first = reply["observations"][0]
    assert (first["arrived_by"], first["arrived_at"]) == ("mx.example.net", "2026-03-02T14:59:30Z")
    assert first["dkim"][0]["domain"] == "mission.example.org"
    assert [each.observed for each in next(desk.ledger.records()).replies] == [with_it.observed]


def test_a_bundle_has_the_observations_of_its_replies_and_of_no_other_message(desk: MailDesk, tmp_path: Path) -> None:
    path = export(desk.ledger, tmp_path / "vote.zip", vote=SYMBOL, include_open=True).path
    found = verify_bundle(path)
    assert found.problems == ()
    whole = desk.ledger.verify().record(SYMBOL)
    assert found.record(SYMBOL).replies[0].observed == whole.replies[0].observed
    with zipfile.ZipFile(path) as bundle:
        names = {Path(name).name for name in bundle.namelist()}
        record = json.loads(bundle.read("inblue-bundle/data/record.json"))
        kept = [name for name in names if len(name) == 64]
        contents = [bundle.read(f"inblue-bundle/data/files/{name}") for name in kept]
    assert len(record["votes"][0]["replies"][0]["observations"]) == 2
    assert sum(b"inblue-mail-observation/1" in content for content in contents) == 2
    assert not any(b"Another." in content for content in contents)


@pytest.mark.skipif(NODE is None, reason=MISSING)
def test_the_check_of_the_page_takes_what_the_program_takes(desk: MailDesk, tmp_path: Path) -> None:
    path = export(desk.ledger, tmp_path / "vote.zip", vote=SYMBOL, include_open=True).path
    client = ROOT / "conformance" / "clients" / "by_page.mjs"
    done = subprocess.run([str(NODE), str(client), "verify", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (0, []), done.stderr


def test_an_observation_tells_nothing_to_whoever_has_only_the_log(desk: MailDesk) -> None:
    log = b"".join(row.envelope for row in desk.ledger.streams.stream("intake"))
    found = desk.ledger.observations(0)[0].found
    assert found is not None
    assert digest(found.raw).encode() not in log
    assert b"mission" not in log


def test_all_that_is_on_record_is_looked_at_again_offline(desk: MailDesk) -> None:
    looked = list(again([desk.ledger.verify().record(SYMBOL)], desk.ledger.files))
    assert [(each.act, each.unread, each.holds, each.comes) for each in looked] == [
        (2, None, True, ()),
        (3, None, True, ()),
    ]


def test_an_observation_that_says_what_the_message_does_not_show_is_found_out(desk: MailDesk) -> None:
    true = desk.ledger.observations(0)[0].found
    assert true is not None
    hop = true.hops[0].model_copy(update={"at": true.checked_at})
    fields = {name: getattr(true, name) for name in MailObservation.model_fields} | {"hops": (hop,)}
    desk.ledger.observe_message(0, MailObservation(**fields).raw, signer=INTAKE)
    looked = list(again([desk.ledger.verify().record(SYMBOL)], desk.ledger.files))
    assert [each.holds for each in looked] == [True, True, False]
    assert [each.where for each in looked[-1].comes] == ["hops[0].at"]


@pytest.mark.parametrize("document", [b"{}", b'{"format":"example/1"}'])
def test_a_document_of_another_kind_is_on_record_and_says_nothing(desk: MailDesk, document: bytes) -> None:
    desk.ledger.observe_message(0, document, signer=INTAKE)
    found = desk.ledger.verify()
    assert found.problems == ()
    assert found.record(SYMBOL).replies[0].observed[-1].found is None
    assert [each.unread for each in again([found.record(SYMBOL)], desk.ledger.files)] == [None, None, "document"]


def test_an_observation_of_another_message_says_nothing_of_this_one(desk: MailDesk) -> None:
    other = desk.ledger.observations(1)[0].found
    assert other is not None
    desk.ledger.observe_message(0, other.raw, signer=INTAKE)
    assert desk.ledger.observations(0)[-1].found is None
    looked = list(again([desk.ledger.verify().record(SYMBOL)], desk.ledger.files))
    assert [each.unread for each in looked] == [None, None, "other_message"]


def test_only_a_key_of_intake_observes_and_nothing_is_asked_before(desk: MailDesk) -> None:
    with pytest.raises(Refused, match="intake"):
        observe(desk.ledger, 0, signer=REGISTRAR, server="192.0.2.1")
    assert len(desk.ledger.observations(0)) == 2


def test_an_observation_by_another_key_than_it_says_is_found_out(desk: MailDesk) -> None:
    true = desk.ledger.observations(0)[0].found
    assert true is not None
    by = CheckedBy(office="intake", key=REGISTRAR.key_id)
    fields = {name: getattr(true, name) for name in MailObservation.model_fields} | {"checked_by": by}
    desk.ledger.observe_message(0, MailObservation(**fields).raw, signer=INTAKE)
    looked = list(again([desk.ledger.verify().record(SYMBOL)], desk.ledger.files))
    assert [each.holds for each in looked] == [True, True, False]
    said = f"intake {REGISTRAR.key_id[:16]}", f"intake {INTAKE.key_id[:16]}"
    assert looked[-1].comes == (Differs("checked_by", *said),)


def test_what_is_not_kept_is_not_looked_at_and_does_not_hold(desk: MailDesk) -> None:
    record, message = desk.ledger.verify().record(SYMBOL), desk.ledger.message(0).digest
    files = MemoryFiles()
    assert [each.unread for each in again([record], files)] == ["message", "message"]
    files.put(desk.ledger.files.get(message))
    looked = list(again([record], files))
    assert [(each.unread, each.holds) for each in looked] == [("document", False), ("document", False)]
    files.put(desk.ledger.files.get(record.replies[0].observed[0].kept))
    assert [each.holds for each in again([record], files)] == [True, False]


def audit(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, "audit", "--ledger", str(folder / "votes.db"), *options], env={"PATH": os.environ["PATH"]})


def test_the_command_shows_what_was_observed_and_looks_again(desk: MailDesk, tmp_path: Path) -> None:
    shown = audit(tmp_path, "--mail")
    assert shown.returncode == 0, shown.stderr
    text = " ".join(shown.stdout.split())
    assert "Messages" in text
    assert "CHN: observed at 2026-03-02T15:00:00Z by the registrar's intake, which proves nothing" in text
    assert text.count("comes out as it says") == 2
    value = json.loads(audit(tmp_path, "--mail", "--json").stdout)
    assert [each["holds"] for each in value["mail"]] == [True, True]
    Draft202012Validator(schema_of("audit")).validate(value)


def test_the_command_says_what_comes_out_otherwise_and_exits_with_1(desk: MailDesk, tmp_path: Path) -> None:
    true = desk.ledger.observations(0)[0].found
    assert true is not None
    fields = {name: getattr(true, name) for name in MailObservation.model_fields} | {"sender": "x@example.com"}
    desk.ledger.observe_message(0, MailObservation(**fields).raw, signer=INTAKE)
    shown = audit(tmp_path, "--mail", "--vote", SYMBOL)
    assert shown.returncode == 1
    said = " ".join(shown.stdout.split())
    assert "sender: it says x@example.com, but the result is pr@mission.example.org" in said


def test_the_command_says_what_cannot_be_read_and_exits_with_1(desk: MailDesk, tmp_path: Path) -> None:
    other = desk.ledger.observations(1)[0].found
    assert other is not None
    for document in (b"{}", other.raw):
        desk.ledger.observe_message(0, document, signer=INTAKE)
    shown = audit(tmp_path, "--mail", "--vote", SYMBOL)
    said = " ".join(shown.stdout.split())
    assert shown.returncode == 1
    assert "CHN: the document of observation 5 is not kept here, or cannot be read" in said
    assert "CHN: the document of observation 6 is about another message" in said
    value = json.loads(audit(tmp_path, "--mail", "--json").stdout)
    assert [each["unread"] for each in value["mail"]] == [None, None, "document", "other_message"]
    Draft202012Validator(schema_of("audit")).validate(value)


def test_a_published_log_keeps_no_message_to_look_at_again_and_says_so(desk: MailDesk, tmp_path: Path) -> None:
    publish(desk.ledger, tmp_path / "www", include_open=True)
    shown = call([INBLUE, "audit", str(tmp_path / "www"), "--mail"], env={"PATH": os.environ["PATH"]})
    assert shown.returncode == 1
    assert "CHN: message 0, which observation 2 is about, is not kept here" in " ".join(shown.stdout.split())
