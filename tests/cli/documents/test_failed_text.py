"""What page, paper and compendium say of a text that failed, and of a statement by a State without a seat."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE, REAL_CASE

FORMULA = "ot adopted owing to the negative vote of a permanent member of the Council: CHN"
OUTSIDER = "Statement of Norway, which is not on the roster of this vote"


def said(folder: Path, *words: str) -> str:
    given = {"INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": str(folder / "x.db")}
    done = call([INBLUE, *words], env={"PATH": os.environ["PATH"], **given})
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def text_of(page: Path) -> str:
    plain = re.sub("[\u2066-\u2069]", "", re.sub("<[^>]+>", "", page.read_text(encoding="utf-8")))
    return " ".join(plain.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real vote, had China voted against, with a statement of Norway."""
    folder = tmp_path_factory.mktemp("failed")
    case = json.loads(REAL_CASE.read_text(encoding="utf-8"))
    acts = [act for act in case["acts"] if act["act"] != "co_sponsorship_announced"]
    del case["draft"]["files"]
    for act in acts:
        act.pop("file", None)
        if act["act"] == "vote_cast" and act["member"] == "CHN":
            act["position"] = "against"
        if act["act"] == "result_announced":
            act.update(outcome="vetoed", resolution=None)
    case["acts"] = [*acts, {"act": "explanation_filed", "member": "NOR"}]
    (folder / "case.json").write_text(json.dumps(case))
    said(folder, "play", str(folder / "case.json"))
    said(folder, "report", "--output", str(folder / "page.html"))
    said(folder, "compendium", "--output", str(folder / "letter.html"))
    return folder


def test_the_councils_words_are_in_every_output(folder: Path) -> None:
    for text in (said(folder, "status"), said(folder, "audit"), text_of(folder / "page.html")):
        assert FORMULA in text
    whole = FORMULA.removesuffix(": CHN")
    assert f"The draft S/2020/240: n{whole}. The result was announced on" in text_of(folder / "letter.html")
    assert f"result announced: n{whole}" in said(folder, "replay")


def test_a_statement_of_a_state_without_a_seat_is_headed_as_one(folder: Path) -> None:
    assert OUTSIDER in text_of(folder / "letter.html")
    assert "statement of NOR, which is not on the roster of this vote" in said(folder, "audit")
