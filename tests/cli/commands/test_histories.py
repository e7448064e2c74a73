"""What the commands say of the three histories in examples/, as text and as JSON."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import GOLDEN, INBLUE, REAL_CASE, case_file

PASSPHRASE = "four words nobody says"
REAL, SIMULATED, SILENCE = "S/2020/240", "SIM/2026/1", "SIM/A/74/L.1"
COUNCIL = ["BEL", "CHN", "DOM", "EST", "FRA", "DEU", "IDN", "NER", "RUS", "VCT", "ZAF", "TUN", "GBR", "USA", "VNM"]


def environment(ledger: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": PASSPHRASE}


def ok(ledger: Path, *words: object) -> str:
    done = call([INBLUE, *map(str, words)], env=environment(ledger))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def ledger(histories: Path) -> Path:
    return histories


@pytest.fixture(scope="module")
def records(ledger: Path) -> dict[str, Any]:
    return {vote["draft"]: vote for vote in json.loads(ok(ledger, "audit", "--json"))["votes"]}


def raised(vote: Any, clause: str | None) -> set[str | None]:
    """The members on whom a finding of that clause was raised."""
    return {finding["member"] for finding in vote["findings"] if finding["clause"] == clause}


def on(vote: Any, member: str, *, apart_from: str = "acknowledgement") -> list[str | None]:
    """The clauses of the findings on a member's replies."""
    return [f["clause"] for f in vote["findings"] if f["member"] == member and f["reply"] and f["clause"] != apart_from]


# The real vote


def test_the_real_vote_is_counted_as_it_was_announced(records: dict[str, Any]) -> None:
    vote = records[REAL]
    assert list(vote["tally"].items()) == [("in_favour", 15), ("against", 0), ("abstention", 0), ("absent", 0)]
    assert (vote["outcome"], vote["unanimous"], vote["vetoed_by"]) == ("adopted", True, [])
    assert (vote["times"], vote["silent"]) == ("documented", [])
    assert vote["announced"] == {
        "announced_at": "2020-03-30",
        "resolution": "2518 (2020)",
        "outcome": "adopted",
        "by": None,
    }


def test_no_hour_is_made_up_for_the_real_vote(records: dict[str, Any]) -> None:
    vote = records[REAL]
    assert (vote["window"]["opens_at"], vote["window"]["closes_at"]) == (None, None)
    assert [reply["member"] for reply in vote["replies"]] == COUNCIL
    for reply in vote["replies"]:
        assert (reply["placement"], reply["strength"]) == ("indeterminate", "documented"), reply["member"]
        assert (reply["received_at"], reply["margin_seconds"], reply["not_before"], reply["not_after"]) == (None,) * 4
        assert (reply["counted"], reply["acknowledged"], reply["rejected"]) == (True, False, [])


def test_the_findings_on_the_real_vote(records: dict[str, Any]) -> None:
    vote = records[REAL]
    assert raised(vote, "dated") == {"IDN", "DEU", "FRA", "GBR", "VCT", "VNM"}
    assert raised(vote, "form") == {"NER"}
    assert raised(vote, "office") == {"DOM", "DEU"}
    assert raised(vote, "addressee") == {"USA"}
    assert raised(vote, "signature") == set()
    assert on(vote, "NER") == ["form"]
    assert on(vote, "BEL") == []
    (unsaid,) = [f for f in vote["findings"] if f["clause"] == "acknowledgement"]
    assert (unsaid["kind"], unsaid["severity"], unsaid["member"]) == ("unsaid_by_the_source", "note", None)
    assert unsaid["text"] == "the source carries no acknowledgements: not judged for 15 replies"
    assert {f["severity"] for f in vote["findings"] if f["clause"] == "addressee"} == {"note"}


def test_every_finding_on_a_reply_is_named_by_the_reply(records: dict[str, Any]) -> None:
    for vote in records.values():
        known = {finding["id"]: finding for finding in vote["findings"]}
        assert list(known) == [f"F{n}" for n in range(1, len(known) + 1)]
        for reply in vote["replies"]:
            mine = [i for i, f in known.items() if (f["member"], f["reply"]) == (reply["member"], reply["reply"])]
            assert reply["findings"] == mine


@pytest.mark.parametrize("name", ["status", "audit", "replay"])
def test_the_real_vote_as_text_is_what_was_approved(ledger: Path, name: str) -> None:
    """Ignores blanks at the ends of lines. INBLUE_UPDATE_GOLDEN=1 in the environment accepts the present output."""
    said = "".join(line.rstrip() + "\n" for line in ok(ledger, name, "--vote", REAL).splitlines())
    approved = GOLDEN / f"s-2020-240.{name}.txt"
    if os.environ.get("INBLUE_UPDATE_GOLDEN"):
        approved.write_text(said, encoding="utf-8")
    assert said == approved.read_text(encoding="utf-8")


# The simulated day


def test_the_simulated_day_is_counted_by_the_rules(records: dict[str, Any]) -> None:
    vote = records[SIMULATED]
    assert vote["tally"] == {"in_favour": 11, "against": 1, "abstention": 1, "absent": 2}
    assert (vote["outcome"], vote["unanimous"], vote["vetoed_by"]) == ("adopted", False, [])
    assert vote["window"]["opens_at"] == "2026-03-07T19:00:00Z"
    assert vote["window"]["closes_at"] == "2026-03-08T19:00:00Z"  # 24 hours elapsed, though the clocks went forward
    assert vote["silent"] == ["DOM"]


def test_what_does_not_count_does_not_for_its_clause(records: dict[str, Any]) -> None:
    rejected = {
        (reply["member"], reply["reply"]): [each["clause"] for each in reply["rejected"]]
        for reply in records[SIMULATED]["replies"]
        if not reply["counted"]
    }
    assert rejected == {("NOR", 1): ["roster"], ("BEL", 2): ["second_reply"], ("NER", 1): ["late"]}


def test_the_verdicts_on_the_simulated_day(records: dict[str, Any]) -> None:
    replies = {(reply["member"], reply["reply"]): reply for reply in records[SIMULATED]["replies"]}
    verdicts = {key: (reply["placement"], reply["strength"]) for key, reply in replies.items()}
    assert verdicts.pop(("VNM", 1)) == ("inside", "documented")
    assert verdicts.pop(("NER", 1)) == ("late", "attested")
    assert set(verdicts.values()) == {("inside", "attested")}
    margins = {member: replies[member, 1]["margin_seconds"] for member in ("BEL", "VCT", "GBR", "NER", "VNM")}
    hour, minute = 3600, 60
    assert margins == {
        "BEL": 23 * hour + 18 * minute,
        "VCT": 12 * hour + 10 * minute,
        "GBR": 11 * hour + 50 * minute,
        "NER": -7 * minute,
        "VNM": 20 * minute,
    }
    assert raised(records[SIMULATED], "registration") == {"VNM"}
    assert raised(records[SIMULATED], "acknowledgement") == {"VCT"}


@pytest.mark.parametrize(
    "words", [("status",), ("audit",), ("replay",), ("replay", "--step"), ("replay", "--at", "2026-03-08")]
)
@pytest.mark.parametrize("vote", [SIMULATED, SILENCE])
def test_made_up_times_are_shown_as_made_up(ledger: Path, words: tuple[str, ...], vote: str) -> None:
    if vote == SILENCE and "--at" in words:
        words = ("replay", "--at", "2026-04-16")
    assert "SIMULATED" in ok(ledger, *words, "--vote", vote).splitlines()[0]
    if "--step" not in words:
        assert json.loads(ok(ledger, *words, "--vote", vote, "--json"))["votes"][0]["times"] == "simulated"


def test_a_list_of_votes_marks_those_that_are_made_up(ledger: Path) -> None:
    for words in (("status",), ("vote", "list")):
        lines = {line.split()[0]: line for line in ok(ledger, *words).splitlines() if line.strip()}
        assert ["SIMULATED" in lines[vote] for vote in (REAL, SIMULATED, SILENCE)] == [False, True, True]
    votes = json.loads(ok(ledger, "vote", "list", "--json"))["votes"]
    assert [vote["times"] for vote in votes] == ["documented", "simulated", "simulated"]


def at(ledger: Path, moment: str, vote: str = SIMULATED) -> Any:
    return json.loads(ok(ledger, "replay", "--vote", vote, "--at", moment, "--json"))["votes"][0]


def test_replay_at_a_moment_shows_who_had_replied_by_then(ledger: Path) -> None:
    before = at(ledger, "2026-03-07T13:59:59-05:00")
    assert (before["phase"], before["seats"], before["seconds_left"]) == ("circulated", [], None)
    during = at(ledger, "2026-03-08T02:00:00-05:00")  # which is 03:00 by the clocks there, put forward just then
    heard = {seat["member"] for seat in during["seats"] if seat["position"]}
    assert heard == {"BEL", "CHN", "EST", "FRA", "TUN", "RUS", "VCT"}
    assert (during["phase"], during["seconds_left"], during["outcome"]) == ("open", 12 * 3600, "open")
    assert [reply["member"] for reply in during["off_roster"]] == ["NOR"]
    assert during["acknowledgements_owed"] == [{"member": "VCT", "reply": 1}]
    assert at(ledger, "2026-03-08T03:00:00-04:00") == during
    instant = at(ledger, "2026-03-08T15:00:00-04:00")
    assert (instant["phase"], instant["seconds_left"]) == ("open", 0)
    over = at(ledger, "2026-03-08T15:00:19-04:00")
    assert (over["phase"], over["seconds_left"]) == ("due", -19)
    closed = at(ledger, "2026-03-08T19:00:00-04:00")
    assert (closed["phase"], closed["outcome"]) == ("closed", "adopted")
    assert {seat["member"] for seat in closed["seats"] if not seat["position"]} == {"DOM", "NER", "VNM"}
    after = at(ledger, "2026-03-20")
    assert after["phase"] == "announced"
    assert {seat["member"] for seat in after["seats"] if not seat["position"]} == {"DOM", "NER"}


def test_replay_at_a_moment_says_of_which_moment_it_speaks(ledger: Path) -> None:
    said = ok(ledger, "replay", "--vote", SIMULATED, "--at", "2026-03-20")
    assert "announced, as of 2026-03-20 23:59:59-04" in said
    assert "announced  2026-03-08 23:30:00-04" in said
    assert "Norway" in said
    norway = next(line for line in said.splitlines() if "NOR " in line)
    assert norway.split()[-1] == "yes"  # acknowledged, though it does not count


def test_the_time_left_falls_from_act_to_act(ledger: Path) -> None:
    steps = json.loads(ok(ledger, "replay", "--vote", SIMULATED, "--json"))["votes"][0]["steps"]
    assert [step["act"] for step in steps] == list(range(46))
    left = [step["seconds_left"] for step in steps if step["kind"] != "vote-cast@1" or "VNM" not in step["text"]]
    assert left[0] is None
    known = [each for each in left if each is not None]
    assert known == sorted(known, reverse=True)
    assert known[0] == 24 * 3600
    assert steps[-1]["tally"] == {"in_favour": 11, "against": 1, "abstention": 1, "absent": 2}


def test_a_vote_that_had_not_begun_is_said_in_the_zone_of_the_body(ledger: Path) -> None:
    command = [INBLUE, "replay", "--vote", SIMULATED, "--at", "2026-03-06T15:00:00Z"]
    done = subprocess.run(command, env=environment(ledger), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "not circulated yet at 2026-03-06 10:00:00-05" in done.stderr


def test_stepping_in_a_pipe_prints_every_act(ledger: Path) -> None:
    said = ok(ledger, "replay", "--vote", SIMULATED, "--step")
    assert re.findall(r"^ *(\d+)/46  ", said, re.MULTILINE) == [str(n) for n in range(1, 47)]


class Terminal:
    """The command at a terminal of its own."""

    def __init__(self, environment: dict[str, str], *words: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # else a run in the background hands on "ignore"
        self.screen, there = pty.openpty()
        command = [INBLUE, *map(str, words)]
        env = {**environment, "TERM": "xterm"}
        self.process = subprocess.Popen(
            command, stdin=there, stdout=there, stderr=there, env=env, start_new_session=True, close_fds=True
        )
        os.close(there)
        self.said = ""

    def read(self, until: str = "", *, quiet: float = 0.4, limit: float = 60) -> str:
        """Read until ``until`` is on the screen, or, without it, until nothing comes any more."""
        end = time.monotonic() + limit
        while time.monotonic() < end and not (until and until in self.plain):
            ready, _, _ = select.select([self.screen], [], [], limit if until else quiet)
            try:
                piece = os.read(self.screen, 65536) if ready else b""
            except OSError:  # how Linux says that the other end is closed
                piece = b""
            if not piece:
                break
            self.said += piece.decode(errors="replace")
        assert until in self.plain, f"{until!r} was not said in:\n{self.plain}"
        return self.plain

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    @property
    def plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.said)

    def ended(self) -> int:
        self.read(quiet=20)  # the other end closes when the command is over, however slow the machine
        status = self.process.wait(timeout=20)
        os.close(self.screen)
        return status


def test_stepping_at_a_terminal_goes_on_with_enter_and_stops_with_q(ledger: Path) -> None:
    terminal = Terminal(environment(ledger), "replay", "--vote", SIMULATED, "--step")
    terminal.read("voting is not open")
    assert "2/46" not in terminal.read()
    terminal.type("\r")
    terminal.read("2/46")
    terminal.type("x")  # any other key does nothing
    assert "3/46" not in terminal.read()
    terminal.type("\r")
    terminal.read("3/46")
    terminal.read()
    terminal.type("q")
    assert terminal.ended() == 0
    assert "4/46" not in terminal.plain


def test_verifying_at_a_terminal_shows_progress_and_leaves_the_answer(ledger: Path) -> None:
    terminal = Terminal(environment(ledger), "verify")
    assert terminal.ended() == 0
    assert "every check passed" in " ".join(terminal.plain.split())  # wherever the path of the ledger breaks the line


def test_a_passphrase_is_asked_for_and_not_echoed(ledger: Path, tmp_path: Path) -> None:
    shutil.copytree(ledger.parent, tmp_path, dirs_exist_ok=True)
    given = environment(tmp_path / ledger.name)
    del given["INBLUE_PASSPHRASE"]
    terminal = Terminal(given, "key", "new", "clerk")
    terminal.read("Passphrase for the key clerk")
    terminal.type("a secret of five words\r")
    terminal.read("epeat")
    terminal.type("a secret of five words\r")
    assert terminal.ended() == 0
    assert "made clerk" in terminal.plain
    assert "a secret" not in terminal.said


def test_an_interrupt_is_one_line(ledger: Path) -> None:
    given = environment(ledger)
    del given["INBLUE_PASSPHRASE"]
    terminal = Terminal(given, "key", "new", "nobody")
    terminal.read("Passphrase for the key nobody")
    terminal.process.send_signal(2)
    assert terminal.ended() == 130
    assert "stopped" in terminal.plain
    assert "Traceback" not in terminal.plain


# The silence procedure


def test_one_objection_breaks_the_silence(records: dict[str, Any], ledger: Path) -> None:
    vote = records[SILENCE]
    assert vote["tally"] == {"objection": 1, "consent": 192}
    assert (vote["outcome"], vote["unanimous"], vote["vetoed_by"]) == ("not_adopted", False, [])
    assert vote["window"]["closes_at"] == "2026-04-17T21:00:00Z"  # the deadline as it was moved
    assert (vote["silence"]["means"], len(vote["silent"])) == ("consent", 192)
    assert "MLT" not in vote["silent"]
    assert [(r["member"], r["placement"], r["counted"]) for r in vote["replies"]] == [("MLT", "inside", True)]
    assert "needed at most 0: not met" in ok(ledger, "audit", "--vote", SILENCE)


def test_the_deadline_that_counts_is_the_one_of_that_moment(ledger: Path) -> None:
    assert at(ledger, "2026-04-14", SILENCE)["window"]["closes_at"] == "2026-04-16T21:00:00Z"
    moved = at(ledger, "2026-04-16T18:00:00-04:00", SILENCE)
    assert (moved["phase"], moved["window"]["closes_at"]) == ("open", "2026-04-17T21:00:00Z")


# JSON and its schemas


def closed(schema: Any) -> Any:
    """The schema, with nothing let through that it does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    return {**inner, "additionalProperties": False} if "properties" in schema else inner


def undescribed(schema: Any, path: str = "") -> list[str]:
    """Every field of the schema without a description."""
    if not isinstance(schema, dict):
        return []
    fields = schema.get("properties", {})
    bare = [f"{path}.{name}" for name, field in fields.items() if not field.get("description")]
    inner = [each for name, field in fields.items() for each in undescribed(field, f"{path}.{name}")]
    return bare + inner + undescribed(schema.get("items"), f"{path}[]")


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("audit", [("audit",)]),
        ("status", [("status",), ("replay", "--vote", REAL, "--at", "2020-03-28"), ("status", "--vote", SILENCE)]),
        ("replay", [("replay", "--vote", vote) for vote in (REAL, SIMULATED, SILENCE)]),
        ("verify", [("verify",)]),
        ("votes", [("vote", "list")]),
        ("keys", [("key", "list")]),
        ("diff", [("diff", "LEDGER", "LEDGER")]),
    ],
)
def test_every_field_printed_is_described(ledger: Path, name: str, commands: list[tuple[str, ...]]) -> None:
    schema = json.loads(ok(ledger, "schema", name))
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"inblue-{name}/1"
    assert undescribed(schema) == []
    for words in commands:
        told = json.loads(ok(ledger, *[str(ledger) if word == "LEDGER" else word for word in words], "--json"))
        assert told["format"] == schema["$id"]
        Draft202012Validator(closed(schema)).validate(told)
        Draft202012Validator(schema).validate({**told, "added_later": 1})
        with pytest.raises(Exception, match="required"):
            Draft202012Validator(schema).validate({name: value for name, value in told.items() if name == "format"})


def test_many_histories_are_recorded_in_one_go(tmp_path: Path) -> None:
    cases = [case_file(name) for name in ("s-2020-268", "simulated", "unga-74-544")]
    path = tmp_path / "council.db"
    said = ok(path, "play", *cases)
    recorded = [line.split(" in ")[1].split()[0] for line in said.splitlines() if line.startswith("recorded")]
    assert recorded == [REAL, SIMULATED, SILENCE]
    assert "holds" in ok(path, "verify")
    assert said.count("on record already") == 0
    assert ok(path, "play", *cases).count("recorded 0 acts") == 3


def test_of_many_histories_none_is_recorded_if_one_is_wrong(tmp_path: Path) -> None:
    good, path = REAL_CASE, tmp_path / "council.db"
    wrong = tmp_path / "wrong.case.json"
    case = json.loads(good.read_text())
    case["acts"][0]["act"] = "voting_closed"
    wrong.write_text(json.dumps(case))
    for cases, told in (((good, wrong), "wrong.case.json"), ((good, good), "two of the cases are of the same draft")):
        done = call([INBLUE, "play", *map(str, cases)], env=environment(path))
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert told in done.stderr
        assert not path.exists()
