"""Windows of other people's votes, played as they were told: weekends, printed deadlines, hours that nobody knows."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from command_line import call
from paths import INBLUE, ROOT
from seats import FILE_2021

from inblue.cli.language.english import ENGLISH
from inblue.cli.terminal.watch import Watched, lines_of
from inblue.ledger.ledger import Ledger

CASES = Path(__file__).parent / "cases"
COUNCIL = json.loads((ROOT / "domain" / "procedures" / "unsc-2020-253.json").read_text())
COUNCIL["window"]["countings"] = ["elapsed", "working_days"]
READING = "if Saturday and Sunday count; not if they do not"
Case = dict[str, Any]


def said(tmp_path: Path, *words: str, status: int = 0) -> str:
    env = {"INBLUE_LEDGER": str(tmp_path / "x.db"), "INBLUE_PASSPHRASE": "four words nobody says", "PATH": "/usr/bin"}
    done = call([INBLUE, *words], env=env)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def opening(case: Case) -> dict[str, Any]:
    return next(act for act in case["acts"] if act.get("kind") == "opening")


def played(name: str, tmp_path: Path, change: Callable[[Case], None] = lambda _: None) -> dict[str, Any]:
    """The audit of the case; one under the Council's rules may have its hours counted without weekends."""
    case = json.loads((CASES / f"{name}.json").read_text())
    change(case)
    shutil.copytree(CASES, tmp_path / "cases")
    if case["procedure"] == "unsc-2020-253":
        case["procedure"] = "council.procedure.json"
        (tmp_path / "cases" / "council.procedure.json").write_text(json.dumps(COUNCIL))
    (tmp_path / "cases" / "case.json").write_text(json.dumps(case))
    said(tmp_path, "play", str(tmp_path / "cases" / "case.json"))
    (vote,) = json.loads(said(tmp_path, "audit", "--json"))["votes"]
    return dict(vote)


def placements(vote: dict[str, Any]) -> set[str]:
    return {reply["placement"] for reply in vote["replies"]}


def of_kind(vote: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [finding for finding in vote["findings"] if finding["kind"] == kind]


def test_a_deadline_that_the_letter_prints_is_the_deadline(tmp_path: Path) -> None:
    vote = played("u11b-weekend-852-with-deadline", tmp_path)
    assert vote["window"]["closes_at"] == "2020-08-31T18:00:00Z"
    assert (placements(vote), vote["outcome"]) == ({"inside"}, "vetoed")
    assert not of_kind(vote, "late")
    assert not of_kind(vote, "forbidden_act")
    (compared,) = of_kind(vote, "deadline_printed")
    assert "if the hours are counted so: working days; not if they are counted so: elapsed" in compared["text"]
    assert compared["bears_on_outcome"]


def test_a_weekend_that_nobody_says_counted_makes_late_one_reading_only(tmp_path: Path) -> None:
    vote = played("u11-weekend-852", tmp_path)
    late = of_kind(vote, "late")
    assert (len(late), vote["outcome"]) == (15, "vetoed")
    assert {finding["severity"] for finding in late} == {"flag"}
    assert all(finding["text"].endswith(READING) for finding in late)
    shown = said(tmp_path, "audit").partition("Findings: ")[2]
    first = shown.splitlines()[1:4]
    assert re.match(r"\d+ findings of \d+ kinds; 15 bear on the outcome\n", shown)
    assert " ".join(" ".join(first).split()) == (
        "flag late: BEL, CHN, DOM, EST, FRA, DEU, IDN, NER, RUS, VCT, ZAF, TUN, GBR, USA, VNM (15): "
        f"received 35 h after the window closed, {READING} [bears on the outcome] (F1-F15)"
    )
    assert len([line for line in shown.splitlines() if line.startswith("  note")]) < 12
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.long
def test_terminal_page_and_paper_group_and_count_alike(tmp_path: Path) -> None:
    played("u11-weekend-852", tmp_path)
    counted = said(tmp_path, "audit").partition("Findings: ")[2].splitlines()[0]
    said(tmp_path, "report", "--output", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    said(tmp_path, "report", "--pdf", "--output", str(tmp_path / "paper.pdf"))
    pages = pypdfium2.PdfDocument((tmp_path / "paper.pdf").read_bytes())
    paper = " ".join(" ".join(each.get_textpage().get_text_bounded() for each in pages).split())
    for shown in (" ".join(re.sub("<[^>]+>", " ", page).split()), paper):
        assert counted in shown
        late = "received 35 h after the window closed, " + READING + " [bears on the outcome]"
        assert shown.count(late) == 1
    assert all(page.count(f'id="F{number}"') == 1 for number in range(1, 16))


def test_what_print_leaves_without_an_hour_had_happened_when_it_was_recorded(tmp_path: Path) -> None:
    played("u3-s-2020-667", tmp_path)
    (then,) = json.loads(said(tmp_path, "replay", "--at", "2020-07-11T12:00:00Z", "--json"))["votes"]
    (now,) = json.loads(said(tmp_path, "replay", "--at", "2099-01-01T12:00:00Z", "--json"))["votes"]
    assert (then["untimed"], now["untimed"]) == (1, 0)
    assert (now["phase"], now["outcome"]) == ("announced", "vetoed")


def test_a_letter_that_leaves_the_weekend_out_has_replies_of_the_weekend_inside(tmp_path: Path) -> None:
    def as_announced(case: Case) -> None:
        opening(case).update(opens_at="2020-08-28T14:00:00-04:00", counting="working_days")

    vote = played("u11-weekend-852", tmp_path, as_announced)
    assert vote["window"]["closes_at"] == "2020-08-31T18:00:00Z"
    assert (placements(vote), of_kind(vote, "late")) == ({"inside"}, [])


def test_a_window_that_opens_before_its_draft_is_circulated_is_found(tmp_path: Path) -> None:
    vote = played("ci1-open-before-circulated", tmp_path)
    (found,) = of_kind(vote, "opened_before_circulation")
    assert (found["clause"], found["severity"], found["bears_on_outcome"]) == ("opening", "flag", True)


def test_the_hour_of_circulation_bounds_an_opening_that_nobody_dates(tmp_path: Path) -> None:
    vote = played("u3-s-2020-667", tmp_path)
    assert vote["window"]["opens_between"][0] == "2020-07-09T17:00:00Z"
    assert vote["window"]["closes_between"][0] == "2020-07-10T17:00:00Z"
    assert vote["outcome"] == "vetoed"


@pytest.mark.parametrize("given", ["2026-11-28 01:00", "2026-11-28T01:00", "2026-11-28 1h"])
def test_whoever_gives_an_hour_is_told_to_give_its_zone_never_to_leave_it_out(tmp_path: Path, given: str) -> None:
    told = said(tmp_path, "vote", "cast", "BEL", "in_favour", "--received-at", given, status=2)
    assert "write one like 2020-03-27T14:00:00-04:00, with its zone" in told
    assert "date" not in told


def test_a_vote_that_is_not_open_yet_says_when_it_opens_and_not_what_is_left(tmp_path: Path) -> None:
    said(tmp_path, "init")
    said(tmp_path, "draft", "circulate", "A/4")
    year = ["--roster", FILE_2021, "--opens-at", "2099-12-24T19:00:00Z"]
    said(tmp_path, "letter", "send", "opening", "--vote", "A/4", *year)
    status = said(tmp_path, "status", "--vote", "A/4")
    assert "the window opens in" in status
    assert "opens      2099-12-24 14:00:00-05" in status
    for shown in (status, said(tmp_path, "replay", "--vote", "A/4"), said(tmp_path, "replay", "--step")):
        assert " left" not in shown.replace("when                    left", "")
    with Ledger.open(tmp_path / "x.db", read_only=True) as book:
        watched = Watched(book, "A/4")
        watched.look()
        lines = " ".join(lines_of(watched, datetime.now(UTC), ENGLISH, 80, 30))
    assert "scheduled: the window opens in " in lines
    assert "time left" not in lines
    (vote,) = json.loads(said(tmp_path, "status", "--json"))["votes"]
    assert (vote["phase"], vote["seconds_left"]) == ("scheduled", None)
