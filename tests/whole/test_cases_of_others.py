"""Histories of other people, played as they are, against the value that is right."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE, ROOT

from inblue.cli.language.english import ENGLISH
from inblue.cli.terminal.watch import Watched, lines_of
from inblue.ledger.ledger import Ledger

CASES = Path(__file__).parent / "cases"
SCHEMAS = ROOT / "cli" / "schemas"


def said(tmp_path: Path, *words: str, status: int = 0) -> str:
    env = {"INBLUE_LEDGER": str(tmp_path / "x.db"), "INBLUE_PASSPHRASE": "four words nobody says", "PATH": "/usr/bin"}
    done = call([INBLUE, *words], env=env)
    assert done.returncode == status, done.stderr
    return done.stdout


def valid(tmp_path: Path, *words: str, status: int = 0) -> dict[str, Any]:
    """What a command says as JSON, valid by its schema."""
    value = json.loads(said(tmp_path, *words, "--json", status=status))
    Draft202012Validator(json.loads((SCHEMAS / f"{words[0]}.json").read_text())).validate(value)
    return dict(value)


def played(name: str, tmp_path: Path, **changed: str) -> dict[str, Any]:
    """The audit of the case ``name``; the last of its acts with some fields ``changed``."""
    case = json.loads((CASES / f"{name}.json").read_text())
    case["acts"][-1].update(changed)
    shutil.copytree(CASES, tmp_path / "cases")
    (tmp_path / "cases" / "case.json").write_text(json.dumps(case))
    said(tmp_path, "play", str(tmp_path / "cases" / "case.json"))
    (vote,) = valid(tmp_path, "audit")["votes"]
    return dict(vote)


def position(vote: dict[str, Any], member: str) -> list[str]:
    return [reply["position"] for reply in vote["replies"] if reply["member"] == member and reply["counted"]]


@pytest.mark.parametrize(
    ("name", "counted", "outcome"),
    [
        ("o1-last-out-of-order", "in_favour", "adopted"),
        ("o2-first-out-of-order", "against", "not_adopted"),
        ("o3-last-out-of-order-documented", "in_favour", "adopted"),
    ],
)
def test_first_and_last_are_by_arrival(tmp_path: Path, name: str, counted: str, outcome: str) -> None:
    vote = played(name, tmp_path)
    assert (position(vote, "ANNA"), vote["outcome"], vote["outcome_certain"]) == ([counted], outcome, True)
    assert any(finding["text"] == "entered after reply 1, and arrived before it" for finding in vote["findings"])


def test_a_correction_after_the_announcement_is_shown_to_overtake_it(tmp_path: Path) -> None:
    vote = played("r5-correction-always", tmp_path)  # at the last instant of the lag, which is of the close
    assert (vote["outcome"], vote["announced"]["outcome"], vote["settled"]) == ("adopted", "not_adopted", True)
    text = "announced as not_adopted; by the rules the outcome is adopted"
    assert text in [finding["text"] for finding in vote["findings"]]
    for command in ("status", "audit"):
        assert text in " ".join(said(tmp_path, command).split())


def test_where_the_outcomes_differ_every_output_shows_both(tmp_path: Path) -> None:
    vote = played("r5-correction-always", tmp_path, corrected_at="2026-03-06T10:00:01+01:00")
    assert (vote["outcome_at_close"], vote["outcome"], vote["settled"]) == ("not_adopted", "adopted", False)
    assert vote["amended_by"] == [7]
    (status,) = valid(tmp_path, "status")["votes"]
    assert (status["outcome_at_close"], status["outcome"], status["settled"]) == ("not_adopted", "adopted", False)
    said(tmp_path, "report", "--output", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    plain = [" ".join(said(tmp_path, command).split()) for command in ("status", "audit")]
    plain.append(re.sub("[\u2066-\u2069]", "", re.sub("<[^>]+>", "", page)))
    said(tmp_path, "report", "--pdf", "--output", str(tmp_path / "paper.pdf"))
    paper = pypdfium2.PdfDocument((tmp_path / "paper.pdf").read_bytes())
    plain.append(" ".join(" ".join(each.get_textpage().get_text_bounded() for each in paper).split()))
    said(tmp_path, "compendium", "--output", str(tmp_path / "letter.html"))
    letter = (tmp_path / "letter.html").read_text(encoding="utf-8")
    plain.append(" ".join(re.sub("[\u2066-\u2069]", "", re.sub("<[^>]+>", " ", letter)).split()))
    with Ledger.open(tmp_path / "x.db", read_only=True) as book:
        (symbol,) = book.votes()
        watched = Watched(book, symbol)
        watched.look()
        lines = lines_of(watched, datetime.now(UTC), ENGLISH, 200, 50)
        plain.append(" ".join(re.sub(r"\x1b\[[0-9;]*m", "", " ".join(lines)).split()))
    for text in plain:
        assert "at the close: not adopted (in favour 1, against 2" in text
        assert "as amended by acts 7: adopted (in favour 2, against 1" in text
        assert "CHLOE: against at the close, in favour as amended" in text
    said(tmp_path, "verify")
    failed = said(tmp_path, "verify", "--require", "settled", status=1)
    assert "NOT SETTLED:" in failed
    assert "r5-correction-always: at the close: not adopted" in failed
    (unsettled,) = valid(tmp_path, "verify", "--require", "settled", status=1)["unsettled"]
    assert (unsettled["draft"], unsettled["outcome_at_close"]) == ("r5-correction-always", "not_adopted")


def test_every_move_of_the_deadline_stays_in_view(tmp_path: Path) -> None:
    vote = played("g6-cut-short", tmp_path)
    first, second = (finding["text"] for finding in vote["findings"][:2])
    assert first.startswith("act 2 of 2020-04-21T14:00:00Z moved the deadline from 2020-04-22T16:00:00Z to 2020-04-24")
    assert second.startswith("act 3 of 2020-04-22T17:00:00Z moved the deadline from 2020-04-24T16:00:00Z to 2020-04-22")
    for command in ("status", "audit"):
        assert " ".join(said(tmp_path, command).split()).count("the deadline from") >= 2
