"""The inbox: messages are put on record as they come, and a person decides what each is before anything is signed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from letters import DRAFT, Letter, message, pdf
from paths import INBLUE, ROOT
from terminal import Told, at_terminal

GREECE, FRANCE, RUSSIA = (
    Letter(*each) for each in (("GRC", "in_favour", "zh"), ("FRA", "against", "fr"), ("RUS", "against", "ru"))
)
SCHEMA = json.loads((ROOT / "cli" / "schemas" / "inbox.json").read_text(encoding="utf-8"))


def env(folder: Path) -> dict[str, str]:
    address = str(folder / "council.db")
    return {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": address}


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *map(str, words)], env=env(folder), cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def typed(folder: Path, answers: str, after: str) -> Told:
    return at_terminal([INBLUE, "inbox", "review"], env=env(folder), answers=answers, after=after)


def listed(folder: Path) -> list[dict[str, Any]]:
    value = json.loads(ok(folder, "inbox", "list", "--all", "--json"))
    Draft202012Validator(SCHEMA).validate(value)
    return list(value["messages"])


def replies(folder: Path) -> dict[str, dict[str, Any]]:
    (vote,) = json.loads(ok(folder, "audit", "--json"))["votes"]
    return {each["member"]: each for each in vote["replies"]}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal whose voting is open, with a key for arriving messages, and three letters that came."""
    folder = tmp_path_factory.mktemp("desk")
    ok(folder, "init")
    ok(folder, "key", "new", "intake")
    ok(folder, "key", "enrol", "intake", "--office", "intake")
    ok(folder, "draft", "circulate", DRAFT, "--title", "...", "--simulated")
    ok(folder, "letter", "send", "opening", "--roster", "unsc-2026")
    mails = folder / "mails"
    mails.mkdir()
    covered = message("Please find a letter attached.")
    covered.add_attachment(pdf(GREECE.lines()), maintype="application", subtype="pdf", filename="letter.pdf")
    (mails / "0.eml").write_bytes(covered.as_bytes())
    (mails / "1.eml").write_bytes(message(FRANCE.lines()).as_bytes())
    (mails / "2.eml").write_bytes(message(RUSSIA.lines()).as_bytes())
    ok(folder, "inbox", "mails")
    return folder


@pytest.fixture
def folder(opened: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(opened, tmp_path / "desk"))


@pytest.mark.long
def test_each_message_is_recorded_once_and_said_in_a_line(folder: Path) -> None:
    (folder / "mails" / "3.eml").write_bytes(b"")
    done = run(folder, "inbox", "mails")
    assert done.returncode == 2
    assert done.stderr == "mails/3.eml: not kept: an empty message is not one\n"
    lines = done.stdout.splitlines()
    assert lines[0] == f"message 0 was on record (mails/0.eml): proposed: GRC in favour on {DRAFT}"
    assert lines[1].startswith(f"message 1 was on record (mails/1.eml): proposed: FRA against on {DRAFT}")
    assert "a person decides: RUS: no source was found for its phrase in ru" in lines[2]
    (line,) = ok(folder, "inbox", "mails/0.eml", "--json").splitlines()
    assert json.loads(line)["proposal"]["fields"]["member"]["value"] == "GRC"
    assert [each["message"] for each in listed(folder)] == [0, 1, 2]


@pytest.mark.long
def test_a_person_sees_letter_and_proposal_corrects_one_confirms_and_sets_another_aside(folder: Path) -> None:
    answers = "\ny\nmember\nDenmark\nmember\nfrance\n\ny\n\nposition\nagainst\n\nn\na\nnot clear\n"
    told = typed(folder, answers, after="Message 0:")
    assert told.status == 0, told.shown
    assert "3 recorded" not in told.shown
    assert "2 recorded, 1 set aside, 0 waiting" in told.shown
    assert [
        line for line in told.shown.splitlines() if len(line) > 80 and "Message" not in line and "[y/N]" not in line
    ] == []
    assert "part 2 p. 1: 投赞成票" in told.shown
    assert "position: a reply needs this" in told.shown
    found = replies(folder)
    assert {member: each["position"] for member, each in found.items()} == {"GRC": "in_favour", "FRA": "against"}
    assert found["GRC"]["arrival"]["strength"] == "attested" if "arrival" in found["GRC"] else True
    first, second, third = listed(folder)
    assert first["recorded"][0]["member"] == "GRC"
    assert second["recorded"][0]["member"] == "FRA"
    assert (third["recorded"], third["aside"]["decided"], third["aside"]["reason"]) == ([], "set_aside", "not clear")
    assert ok(folder, "inbox", "list") == "no message waits\n"
    ok(folder, "inbox", "set-aside", 2, "--take-back")
    assert [each["aside"] for each in listed(folder)] == [None, None, None]
    assert "every check passed" in ok(folder, "verify")


def test_a_second_letter_of_a_member_is_said_to_be_one(folder: Path) -> None:
    (folder / "again.eml").write_bytes(message(GREECE.lines(), subject="Again").as_bytes())
    ok(folder, "inbox", "again.eml")
    told = typed(folder, "\ny\nk\nk\nq\n", after="Message 0:")
    assert "a reply of GRC is on record already" in told.shown
    assert "1 recorded, 0 set aside, 3 waiting" in told.shown


def test_what_is_not_confirmed_is_not_recorded(folder: Path) -> None:
    told = typed(folder, "\nn\nq\n", after="Message 0:")
    assert "nothing was recorded" in told.shown
    assert "0 recorded, 0 set aside, 3 waiting" in told.shown
    assert replies(folder) == {}


def test_nothing_is_recorded_without_a_person_but_by_the_registrars_rule(folder: Path) -> None:
    assert "give --rule FILE" in run(folder, "inbox", "review", "--yes").stderr
    assert "a person reviews at a terminal" in run(folder, "inbox", "review").stderr
    rule = folder / "rule.json"
    rule.write_text('{"format": "inblue-intake-rule/1", "read_as": ["pdf"]}')
    done = run(folder, "inbox", "review", "--yes", "--rule", rule)
    assert done.returncode == 0
    assert "message 1 waits: no letter at hand uses its phrase" in done.stderr
    assert "message 2 waits: no source was found for its phrase in ru" in done.stderr
    assert "1 recorded, 0 set aside, 2 waiting" in done.stderr
    (reply,) = replies(folder).values()
    assert (reply["member"], reply["position"]) == ("GRC", "in_favour")
    rule.write_text('{"format": "inblue-intake-rule/1", "read_as": ["pdf"], "often": true}')
    assert "there is no such field here" in run(folder, "inbox", "review", "--yes", "--rule", rule).stderr


def test_the_paper_of_a_reply_is_the_attachment_and_can_be_written_out(folder: Path) -> None:
    ok(folder, "inbox", "show", 0, "--part", "2", "--to", "letter.pdf")
    assert (folder / "letter.pdf").read_bytes() == pdf(GREECE.lines())
    ok(folder, "inbox", "show", 0, "--to", "whole.eml")
    assert (folder / "whole.eml").read_bytes() == (folder / "mails" / "0.eml").read_bytes()
    assert "投赞成票" in ok(folder, "inbox", "show", 0)


def test_the_key_of_intake_records_nothing_else_and_no_other_key_records_messages(folder: Path) -> None:
    (folder / "4.eml").write_bytes(message("x").as_bytes())
    refused = run(folder, "inbox", "4.eml", "--intake-key", "registrar")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "intake" in refused.stderr
    done = run(folder, "vote", "cast", "GRC", "in_favour", "--message", 0, "--part", "2", "--key", "intake")
    assert done.returncode == 2
    assert replies(folder) == {}
