"""``inblue replay`` on both axes, between moments, as a what-if; ``audit --all`` and ``vote list``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from many_votes import founded, with_votes
from many_votes import vote as add_vote
from paths import INBLUE, ROOT
from rich.cells import cell_len

REAL, SIMULATED, SILENCE = "S/2020/240", "SIM/2026/1", "SIM/A/74/L.1"
LATE = "2026-03-08T16:00:00-04:00"  # when the vote was closed, and Viet Nam's reply not entered


def run(ledger: Path, *words: str) -> Any:
    return call([INBLUE, *words], env={"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger)})


def said(ledger: Path, *words: str) -> str:
    done = run(ledger, *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert max(cell_len(line) for line in done.stdout.splitlines()) <= 80 or "--json" in " ".join(words)
    return str(done.stdout)


def valid(ledger: Path, name: str, *words: str) -> list[dict[str, Any]]:
    """The votes that a command prints as JSON, which is as its schema says, and nothing that it does not describe."""
    document = json.loads(said(ledger, *words, "--json"))
    check(name, document)
    return list(document["votes"])


def check(name: str, document: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "cli" / "schemas" / f"{name}.json").read_text())
    Draft202012Validator(closed(schema)).validate(document)


def closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    return {**inner, "additionalProperties": False} if "properties" in schema else inner


def test_the_real_vote_was_not_on_record_when_it_happened(histories: Path) -> None:
    done = run(histories, "replay", "--vote", REAL, "--at", "2020-03-29", "--as", "known")
    assert done.returncode == 2
    assert "nothing of S/2020/240 was on record yet at 2020-03-29" in done.stderr
    assert "see --as happened" in done.stderr


def test_the_real_vote_has_replies_of_which_nobody_knows_when_they_came(histories: Path) -> None:
    text = said(histories, "replay", "--vote", REAL, "--at", "2020-03-29")
    assert "not known 15" in text
    assert "21 acts cannot be placed before or after this moment: nothing gives them a time" in text
    (vote,) = valid(histories, "status", "replay", "--vote", REAL, "--at", "2020-03-29")
    assert (vote["axis"], vote["untimed"], len(vote["perhaps"]), len(vote["unknown"])) == ("happened", 21, 0, 21)
    assert {seat["position"] for seat in vote["seats"]} == {"not_on_record"}


def test_long_after_all_of_the_real_vote_is_placed(histories: Path) -> None:
    (vote,) = valid(histories, "status", "replay", "--vote", REAL, "--at", "2099-12-01")
    assert (vote["untimed"], vote["phase"], vote["tally"]["in_favour"]) == (0, "announced", 15)


def test_a_reply_entered_late_had_perhaps_come(histories: Path) -> None:
    at = ("replay", "--vote", SIMULATED, "--at", LATE)
    assert "VNM Viet Nam        absent" in said(histories, *at, "--as", "known")
    text = said(histories, *at, "--as", "happened")
    assert "VNM Viet Nam        perhaps in favour" in text
    assert "1 act may have happened" in text
    assert "absent 2 · not known 1" in text
    (vote,) = valid(histories, "status", *at, "--as", "happened")
    (perhaps,) = vote["perhaps"]
    assert (perhaps["member"], perhaps["kind"], perhaps["at"]) == ("VNM", "vote-cast@1", "2026-03-08T18:40:00Z")
    assert perhaps["between"] == ["2026-03-06T21:30:00Z", "2026-03-09T00:02:00Z"]


def test_acts_can_be_gone_through_in_the_order_in_which_they_happened(histories: Path) -> None:
    text = said(histories, "replay", "--vote", REAL, "--as", "happened")
    assert re.search(r"^3 +\? +not known; by 2020-03-30 +BEL: in favour", text, re.MULTILINE)
    assert re.search(r"^19 +2020-03-30 +result announced", text, re.MULTILINE)
    steps = said(histories, "replay", "--vote", REAL, "--as", "happened", "--step")
    assert steps.count("it is not known whether it happened before or after the act above") == 22
    (vote,) = valid(histories, "replay", "replay", "--vote", SIMULATED, "--as", "happened")
    assert [step["act"] for step in vote["steps"] if step["order_undetermined"]] == [39]
    (known,) = valid(histories, "replay", "replay", "--vote", SIMULATED)
    assert {step["order_undetermined"] for step in known["steps"]} == {None}
    assert (known["axis"], known["what_if"]) == ("known", None)


@pytest.mark.parametrize("axis", ["known", "happened"])
def test_what_changed_between_two_moments_is_said_in_sentences(histories: Path, axis: str) -> None:
    words = ("replay", "--vote", SIMULATED, "--from", "2026-03-08T12:00:00-04:00", "--to", LATE, "--as", axis)
    text = said(histories, *words)
    assert "- It was open, and is closed." in text
    assert "- IDN: against; before: no reply." in text
    (vote,) = valid(histories, "changes", *words)
    assert vote["axis"] == axis
    assert {"member": "IDN", "was": None, "now": "against"} in vote["seats"]
    assert [act["act"] for act in vote["acts"]] == list(range(27, 36))
    assert [act["act"] for act in vote["perhaps"]] == ([39] if axis == "happened" else [])
    assert "It was open, and is closed." in vote["sentences"]


def test_another_procedure_is_marked_as_a_what_if_wherever_it_is_shown(histories: Path, tmp_path: Path) -> None:
    rules = json.loads((ROOT / "domain" / "procedures" / "unsc-2020-253.json").read_text())
    rules |= {"id": "twelve-hours", "window": {**rules["window"], "hours": 12}}
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    under = ("replay", "--vote", SIMULATED, "--under", str(tmp_path / "rules.json"))
    moments: list[tuple[str, ...]] = [("--at", "2026-03-20"), ("--from", "2026-03-07", "--to", "2026-03-20"), ()]
    for more in (*moments, ("--step",), ("--as", "happened")):
        first, second = said(histories, *under, *more).splitlines()[:2]
        assert first.strip() == "WHAT IF: judged by twelve-hours, not by unsc-2020-253", more
        assert second.startswith("This is not the record of the vote.")
    for name, more in zip(("status", "changes", "replay"), moments, strict=True):
        (vote,) = valid(histories, name, *under, *more)
        assert vote["what_if"]["instead_of"] == "unsc-2020-253"
        assert vote["what_if"]["left_out"] == [12, 28, 34]
    assert "counts     in favour 7" in said(histories, *under, "--at", "2026-03-20")
    done = run(histories, "replay", "--vote", SIMULATED, "--under", "unga-74-544")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "unga-74-544 cannot judge act 2" in done.stderr


def test_all_votes_come_as_lines_of_json(histories: Path) -> None:
    for name, words, votes in (
        ("replay", (), [REAL, SIMULATED, SILENCE]),
        ("replay", ("--as", "happened"), [REAL, SIMULATED, SILENCE]),
        ("status", ("--at", "2026-03-20"), [REAL, SIMULATED]),  # the third was not circulated yet
        ("changes", ("--from", "2026-03-01", "--to", "2026-05-01"), [REAL, SIMULATED, SILENCE]),
    ):
        lines = [json.loads(line) for line in said(histories, "replay", "--json-lines", *words).splitlines()]
        for line in lines:
            check(name, line)
        assert [line["votes"][0]["draft"] for line in lines] == votes, words
    done = run(histories, "replay", "--json-lines", "--under", "unsc-2020-253")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert done.stderr.startswith(f"inblue: {SILENCE} is left out: unsc-2020-253 cannot judge act")
    one = said(histories, "replay", "--json-lines", "--vote", REAL)
    assert len(one.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "2020-03-27"), "--from and --to go together"),
        (("--at", "2020-03-27", "--step"), "--at and --step do not go together"),
        (("--at", "2020-03-27", "--from", "2020-03-27", "--to", "2020-03-28"), "--at and --from do not go together"),
        (("--step", "--json"), "--step and --json do not go together"),
        (("--from", "2020-03-28", "--to", "2020-03-27"), "2020-03-27 is not after 2020-03-28"),
        (("--under", "nobody"), "nobody"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(histories: Path, words: tuple[str, ...], told: str) -> None:
    done = run(histories, "replay", "--vote", REAL, *words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert told in done.stderr


# A whole ledger


def test_a_whole_ledger_is_audited_with_one_line_for_each_vote(histories: Path) -> None:
    text = said(histories, "audit", "--all")
    assert text.startswith("As of entry 85 of 85")
    (real,) = [line for line in text.splitlines() if line.startswith(REAL)]
    assert real.split() == [REAL, "adopted", "0", "0", "15", "0", "0", "4", "17"]
    (simulated,) = [line for line in text.splitlines() if line.startswith(SIMULATED)]
    assert simulated.split() == [SIMULATED, "adopted", "*", "0", "12", "1", "0", "3", "7", "6"]
    assert "  VNM: absent at the close, in favour as amended" in text  # both outcomes, where they differ
    assert "* SIMULATED" in text
    assert "3 votes" in text


def test_the_lines_are_of_the_record_that_the_audit_gives(histories: Path) -> None:
    lines = [json.loads(line) for line in said(histories, "audit", "--all", "--json").splitlines()]
    records = json.loads(said(histories, "audit", "--json"))["votes"]
    for line, record in zip(lines, records, strict=True):
        check("audit-line", line)
        assert (line["draft"], line["outcome"], line["tally"]) == (record["draft"], record["outcome"], record["tally"])
        severities = [finding["severity"] for finding in record["findings"]]
        assert line["findings"] == {name: severities.count(name) for name in ("reject", "flag", "note")}


def test_all_and_one_vote_cannot_both_be(histories: Path) -> None:
    done = run(histories, "audit", "--all", "--vote", REAL)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_votes_are_listed_with_what_they_came_to(histories: Path) -> None:
    text = said(histories, "vote", "list")
    assert re.search(r"^S/2020/240 +announced +adopted +15 documented +4 flags", text, re.MULTILINE)
    votes = valid(histories, "votes", "vote", "list")
    assert [(vote["draft"], vote["weakest"]) for vote in votes] == [
        (REAL, "documented"),
        (SIMULATED, "documented"),
        (SILENCE, "attested"),
    ]
    assert votes[0]["strengths"] == {"proven": 0, "attested": 0, "documented": 15, "none": 0}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--body", "unga"), [SILENCE]),
        (("--body", "United Nations Security Council"), [REAL, SIMULATED]),
        (("--outcome", "not_adopted"), [SILENCE]),
        (("--member", "MLT"), [SILENCE]),
        (("--member", "IDN"), [REAL, SIMULATED]),
        (("--member", "IDN=against"), [SIMULATED]),
        (("--member", "DOM=absent"), [SIMULATED]),
        (("--from", "2026-01-01"), [SIMULATED, SILENCE]),
        (("--to", "2026-03-31"), [REAL, SIMULATED]),
        (("--from", "2026-03-08", "--to", "2026-03-08", "--outcome", "adopted"), [SIMULATED]),
        (("--member", "IDN", "--outcome", "vetoed"), []),
    ],
)
def test_votes_are_found_by_what_is_asked(histories: Path, words: tuple[str, ...], found: list[str]) -> None:
    assert [vote["draft"] for vote in valid(histories, "votes", "vote", "list", *words)] == found
    if not found:
        assert said(histories, "vote", "list", *words) == "no votes\n"


def test_a_vote_that_was_perhaps_held_then_says_so(histories: Path) -> None:
    words = ("vote", "list", "--from", "2020-03-30", "--to", "2020-03-30")
    (vote,) = valid(histories, "votes", *words)
    assert (vote["draft"], vote["certainly_in_time"]) == (REAL, False)
    assert "perhaps" in said(histories, *words)


_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def kilobytes(ledger: Path, *words: str) -> int:
    """The most memory that a process of the command had at once."""
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger)}
    command = [sys.executable, "-c", _MEASURED, INBLUE, *words]
    return int(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)


@pytest.mark.long
def test_an_audit_of_all_votes_holds_no_more_of_them_the_more_there_are(tmp_path: Path) -> None:
    """If each record were kept, a hundred more votes would take ten megabytes more; 256 are kept in any case."""
    ledger = tmp_path / "many.db"
    with_votes(260, ledger).close()
    before = kilobytes(ledger, "audit", "--all", "--json")
    with founded(ledger) as held:
        for number in range(260, 360):
            add_vote(held, number)
    assert kilobytes(ledger, "audit", "--all", "--json") - before < 5_000
