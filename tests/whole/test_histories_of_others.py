"""Votes of other bodies as the press and their own pages tell them: played, audited, and shown as pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from paths import EXAMPLES, INBLUE

HISTORIES = EXAMPLES / "histories"


def said(tmp_path: Path, *words: str) -> str:
    env = {"INBLUE_LEDGER": str(tmp_path / "x.db"), "INBLUE_PASSPHRASE": "four words nobody says", "PATH": "/usr/bin"}
    done = call([INBLUE, *words], env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(name: str, tmp_path: Path) -> dict[str, Any]:
    """The audit of a history."""
    said(tmp_path, "play", str(HISTORIES / f"{name}.case.json"))
    (vote,) = json.loads(said(tmp_path, "audit", "--json"))["votes"]
    return dict(vote)


def test_a_text_is_adopted_by_silence_and_not_unanimously(tmp_path: Path) -> None:
    vote = told("unga-74-270", tmp_path)
    assert (vote["outcome"], vote["unanimous"]) == ("adopted", False)
    assert vote["tally"] == {"objection": 0, "consent": 193}
    page = tmp_path / "page.html"
    said(tmp_path, "report", str(tmp_path / "x.db"), "-o", str(page))
    assert "193 members sent no reply" in page.read_text()
    assert "has not been opened" not in page.read_text()  # which a roll call of silent seats once said


def test_four_members_break_a_silence_and_an_observer_does_not_count(tmp_path: Path) -> None:
    vote = told("unga-2020-silence-broken", tmp_path)
    assert (vote["outcome"], vote["tally"]["objection"]) == ("not_adopted", 4)
    assert [reply["member"] for reply in vote["replies"] if not reply["counted"]] == ["EU"]
    assert {"off_roster", "deadline_moved", "forbidden_act"} <= {finding["kind"] for finding in vote["findings"]}


@pytest.mark.long
def test_a_ballot_fails_in_one_class_whatever_its_page_says_of_the_requirement(tmp_path: Path) -> None:
    vote = told("cabforum-sc22", tmp_path)
    assert (vote["outcome"], vote["announced"]["outcome"]) == ("failed", "failed")
    assert vote["tally"] == {"yes": 18, "no": 20, "abstain": 2, "not_voting": 0}
    assert vote["reasons"][0].startswith("two thirds of issuers: 11 yes")
    page = tmp_path / "page.html"
    said(tmp_path, "report", str(tmp_path / "x.db"), "-o", str(page))
    text = page.read_text()
    assert "11 yes" in text
    assert "Security Council" not in text
    assert "permanent member" not in text


@pytest.mark.parametrize("path", sorted(HISTORIES.glob("*.case.json")), ids=lambda path: path.name)
def test_each_names_where_its_facts_are_from(path: Path) -> None:
    case = json.loads(path.read_text())
    assert case["notes"]
    assert all(act.get("source") for act in (case["draft"], *case["acts"]))
