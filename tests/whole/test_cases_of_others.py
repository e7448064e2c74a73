"""Histories of other people, played as they are, against the value that is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE, ROOT

CASES = Path(__file__).parent / "cases"
SCHEMAS = ROOT / "cli" / "schemas"


def played(name: str, tmp_path: Path) -> dict[str, Any]:
    """The audit of the case ``name``, valid by its schema."""
    env = {"INBLUE_LEDGER": str(tmp_path / "x.db"), "INBLUE_PASSPHRASE": "four words nobody says", "COLUMNS": "80"}
    done = call([INBLUE, "play", str(CASES / f"{name}.json")], env=env)
    assert done.returncode == 0, done.stderr
    audit = json.loads(call([INBLUE, "audit", "--json"], env=env).stdout)
    Draft202012Validator(json.loads((SCHEMAS / "audit.json").read_text())).validate(audit)
    (vote,) = audit["votes"]
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
