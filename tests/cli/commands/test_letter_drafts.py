"""``inblue letter draft``: from the opening to the announcement, and what was sent is recorded with its bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from command_line import call
from paths import EXAMPLES, INBLUE

from inblue.ledger.evidence.receipt import read_receipt
from inblue.ledger.ledger import Ledger

Run = Callable[..., str]
S = "S/2026/910"


def env_in(folder: Path) -> dict[str, str]:
    secret = {"INBLUE_PASSPHRASE": "four words nobody says"}
    return {"INBLUE_LEDGER": str(folder / "l.db"), "HOME": str(folder), "PATH": "/usr/bin:/bin", **secret}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    env = {
        "INBLUE_LEDGER": str(tmp_path / "l.db"),
        "INBLUE_PASSPHRASE": "four words nobody says",
        "HOME": str(tmp_path),
    }

    def run(*words: object, status: int = 0) -> str:
        done = call([INBLUE, *map(str, words)], env=env, cwd=tmp_path)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_a_vote_goes_out_letter_by_letter_and_what_was_sent_is_recorded_with_its_bytes(
    run: Run, tmp_path: Path
) -> None:
    opens = datetime.now().astimezone().replace(microsecond=0) + timedelta(minutes=5)
    dated = opens.date().isoformat()
    (tmp_path / "text.txt").write_text("The Security Council,\n1. Decides.\n")
    (tmp_path / "bel.txt").write_text("Belgium votes in favour.\n")
    run("init")
    run("draft", "circulate", S, "--title", "A text", "--sponsor", "FRA", "--text", "en=text.txt")
    on_it = ("--dated", dated, "--opens-at", opens.isoformat(), "--sender", "LBR", "--signatory", "A. B.")
    run("letter", "draft", "opening", *on_it, "--to", "all@example.org", "-o", "opening.eml")
    message = message_from_bytes((tmp_path / "opening.eml").read_bytes(), policy=default)
    assert [part.get_filename() for part in message.iter_attachments()] == ["deadline.ics", "S-2026-910.en.txt"]
    said = run("letter", "send", "opening", *on_it, "--roster", "unsc-2026", "--file", "opening.eml", "--yes")
    assert "opening.eml: the draft that inblue makes of this record, unchanged (en)" in said
    again = run("letter", "draft", "opening", *on_it, status=2)
    assert "this letter is on record, as act 1" in again
    run("vote", "cast", "BEL", "in_favour", "--form", "letter", "--dated", dated, "--file", "bel.txt", "--yes")
    run("letter", "draft", "acknowledgement", "--member", "BEL", "--lang", "fr", "-o", "bel.eml")
    message = message_from_bytes((tmp_path / "bel.eml").read_bytes(), policy=default)
    (part,) = message.iter_attachments()
    assert read_receipt(part.get_content(), where="the e-mail").member == "BEL"
    assert "unchanged (fr)" in run("receipt", "acknowledge", "BEL", "--file", "bel.eml", "--yes")
    assert "not closed" in run("letter", "draft", "votes", status=2)
    with Ledger.open(tmp_path / "l.db", read_only=True) as book:
        reply, letter = book.vote(S).replies[0], book.vote(S).opening
        assert reply.acknowledged is not None
        assert letter is not None
        assert book.files.get(reply.acknowledged.act.sha256 or "") == (tmp_path / "bel.eml").read_bytes()
        assert book.files.get(letter.act.sha256 or "") == (tmp_path / "opening.eml").read_bytes()
        assert reply.acknowledged.act.media_type == "message/rfc822"
    assert "every check passed" in run("verify")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    for words in (("init",), ("play", EXAMPLES / "simulated.case.json"), ("export", folder / "vote.zip")):
        call([INBLUE, *map(str, words)], env=env_in(folder), cwd=folder, check=True)
    return folder


def asked(folder: Path, *words: object) -> tuple[int, str]:
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = call([INBLUE, "letter", *map(str, words)], env=env, cwd=folder)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.long
def test_a_ledger_and_its_bundle_give_the_same_letters(simulated: Path) -> None:
    for kind in ("opening", "votes", "announcement", "outcome", "compendium"):
        assert asked(simulated, "draft", kind, "l.db", "--lang", "ar") == asked(
            simulated, "draft", kind, "vote.zip", "--lang", "ar"
        )
    assert asked(simulated, "draft", "opening", "vote.zip", "-o", "of-bundle.ics")[0] == 0
    assert asked(simulated, "draft", "opening", "l.db", "-o", "of-ledger.ics")[0] == 0
    made = (simulated / "of-bundle.ics").read_bytes()
    assert made == (simulated / "of-ledger.ics").read_bytes()
    assert b"DTSTART:20260308T190000Z\r\n" in made


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("acknowledgement", "l.db"), "give --member MEMBER"),
        (("acknowledgement", "l.db", "--member", "DOM"), "no reply 1 of DOM"),
        (("votes", "l.db", "-o", "x.doc"), "must end in one of .txt, .pdf, .eml, .ics"),
        (("votes", "l.db", "-o", "x.ics"), "goes with an opening letter only"),
        (("votes", "l.db", "-o", "l.db"), "must end in one of"),
        (("votes", "l.db", "--dated", "2026-03-08"), "is not on a letter of the kind votes"),
        (("outcome", "l.db", "--opens-at", "2026-03-08T10:00:00Z"), "belongs to an opening letter only"),
        (("opening", "l.db", "--zone", "Mars/Olympus"), "no time zone is named"),
        (("opening", "l.db", "--to", "a@b\nBcc: c@d"), "is not a mail address"),
        (("announcement", "l.db", "--resolution", "2 (2026)"), "the result is announced"),
        (("opening", "l.db", "--templates", "nowhere"), "no such folder of templates"),
        (("ballot", "l.db"), "ballot"),
    ],
)
def test_what_cannot_be_drafted_is_one_line(simulated: Path, words: tuple[str, ...], why: str) -> None:
    status, said = asked(simulated, "draft", *words)
    assert (status, said.count("\n") == 1 or "Usage" in said) == (2, True), said
    assert why in said


def test_a_bodys_own_templates_are_written_changed_and_used(simulated: Path) -> None:
    assert asked(simulated, "templates", "--write", "own", "--lang", "fr")[0] == 0
    template = simulated / "own" / "votes.fr.j2"
    template.write_text(template.read_text().replace("Le vote sur", "Le scrutin sur"))
    own = ("--lang", "fr", "--templates", "own")
    assert "Le scrutin sur SIM/2026/1" in asked(simulated, "draft", "votes", "l.db", *own)[1]
    assert asked(simulated, "templates", "--write", "own", "--lang", "fr")[0] == 2
    template.write_text("{{ nobody }}\n")
    status, said = asked(simulated, "draft", "votes", "l.db", *own)
    wrong = "own/votes.fr.j2, line 1: 'nobody' is not among the names of this letter"
    assert (status, said) == (2, f"inblue: {wrong} (see inblue letter draft --help)\n")


def test_a_case_file_has_the_papers_that_were_sent(tmp_path: Path, run: Run) -> None:
    case = json.loads((EXAMPLES / "simulated.case.json").read_text())
    (tmp_path / "list.txt").write_text("The votes are as follows.\n")
    for act in case["acts"]:
        if act["act"] == "tally_circulated":
            act["file"] = "list.txt"
    (tmp_path / "own.case.json").write_text(json.dumps(case))
    run("init")
    run("play", "own.case.json")
    with Ledger.open(tmp_path / "l.db", read_only=True) as book:
        (act,) = (each.act for each in book.vote("SIM/2026/1").tallies)
        assert book.files.get(act.sha256 or "") == b"The votes are as follows.\n"
        assert act.kind_and_version() == "tally-circulated@2"
