"""Histories in which who has a seat, or what it weighs, decides: played as an officer would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from paths import INBLUE

CASES = Path(__file__).parent / "cases"
MARKED = ("CHN", "FRA", "GBR", "RUS", "USA")


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    address = str(folder / "x.db")
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": address}
    return call([INBLUE, *map(str, words)], env=env)


def refused(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not (folder / "x.db").exists()
    return done.stderr


def played(folder: Path, case: dict[str, Any]) -> dict[str, Any]:
    path = folder / "case.json"
    path.write_text(json.dumps(case))
    done = run(folder, "play", path)
    assert done.returncode == 0, done.stderr
    (vote,) = json.loads(run(folder, "audit", "--json").stdout)["votes"]
    return dict(vote)


def the(name: str) -> dict[str, Any]:
    return dict(json.loads((CASES / f"{name}.json").read_text()))


def test_roster_without_permanent_members(tmp_path: Path) -> None:
    says = refused(tmp_path, "play", CASES / "ro1-no-permanent.json")
    assert "the roster has no permanent seat of CHN, FRA, GBR, RUS, USA: list it and mark it as permanent" in says
    case = the("ro1-no-permanent")
    for seat in case["roster"]:
        seat["permanent"] = seat["member"] in MARKED
    vote = played(tmp_path, case)
    assert (vote["outcome"], vote["tally"]["against"]) == ("vetoed", 1)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "weight", "advice", "said"),
    [
        ("k2-weights-2p53", "tokens", "an integer is out of range", "9,007,199,254,740,993 in favour"),
        ("k3-fraction", "share", "the number 12.5 is not an integer", "12.5 in favour by share, needed more than 1/2"),
    ],
)
def test_weights_are_exact(tmp_path: Path, name: str, weight: str, advice: str, said: str) -> None:
    """A number that JSON cannot keep is refused with how it is written; so written it counts to the last digit."""
    shutil.copytree(CASES, tmp_path, dirs_exist_ok=True)
    says = refused(tmp_path, "play", tmp_path / f"{name}.json")
    assert f"{advice}; where the format allows it, write it as text, in quotes" in says
    run(tmp_path, "procedure", "translate", tmp_path / f"{name}.procedure.json", "--output", tmp_path / "second.json")
    case = {**the(name), "procedure": "second.json"}
    for seat in case["roster"]:
        seat["weights"][weight] = str(seat["weights"][weight])
    vote = played(tmp_path, case)
    assert vote["outcome"] == "adopted"
    assert any(said in reason for reason in vote["reasons"])


def test_weight_mistyped(tmp_path: Path) -> None:
    shutil.copytree(CASES, tmp_path, dirs_exist_ok=True)
    run(
        tmp_path,
        "procedure",
        "translate",
        tmp_path / "k3-fraction.procedure.json",
        "--output",
        tmp_path / "second.json",
    )
    case = {**the("k3-fraction"), "procedure": "second.json"}
    case["roster"] = [{"member": "A", "weights": {"share": 11}}, {"member": "B", "weights": {"shaer": 65}}]
    (tmp_path / "case.json").write_text(json.dumps(case))
    says = refused(tmp_path, "play", tmp_path / "case.json")
    assert "counts the weight share, which a seat lacks: B; give it, be it 0, under this name" in says


def test_objection_of_somebody_without_a_seat(tmp_path: Path) -> None:
    vote = played(tmp_path, the("g1b-covid-russia-1-eu"))
    (observer,) = (reply for reply in vote["replies"] if reply["member"] == "EU")
    assert not observer["counted"]
    assert (vote["outcome"], vote["tally"]["objection"]) == ("not_adopted", 2)
    assert "EU is not on the roster of this vote" in [each["text"] for each in vote["findings"]]
