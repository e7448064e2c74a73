"""Procedures at the command line: the first format is shown and translated, votes are opened under the second."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE, ROOT
from seats import FILE_2020

KEPT = ROOT / "tests" / "compat" / "e795dba" / "council.db.files"
FIRST = next(path for path in KEPT.glob("*/*") if b'"unsc-2020-253"' in path.read_bytes()[:9_000])


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": "ledger.db"}
    return call([INBLUE, *map(str, words)], env=env, cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "first.json").write_bytes(FIRST.read_bytes())
    ok(tmp_path, "init", "ledger.db")
    return tmp_path


def test_a_vote_is_opened_under_the_translation_and_not_under_the_first_format(folder: Path) -> None:
    entries = json.loads(ok(folder, "verify", "--json"))["entries"]
    for words in (("draft", "circulate", "S/1", "--procedure", "first.json"), ("play", "case.json")):
        if words[0] == "play":
            case = json.loads((ROOT / "examples" / "simulated.case.json").read_text())
            (folder / "case.json").write_text(json.dumps({**case, "procedure": "first.json"}))
        refused = run(folder, *words)
        assert refused.returncode == 2, refused.stderr
        assert "translate it: inblue procedure translate FILE" in refused.stderr
    assert json.loads(ok(folder, "verify", "--json"))["entries"] == entries
    ok(folder, "procedure", "translate", "first.json", "--output", "second.json")
    assert (folder / "second.json").read_text() == ok(folder, "procedure", "translate", "first.json")
    schema = json.loads(ok(folder, "schema", "procedure"))
    for name in ("first", "second"):
        Draft202012Validator(schema).validate(json.loads((folder / f"{name}.json").read_text()))
    ok(folder, "draft", "circulate", "S/1", "--procedure", "second.json")
    ok(folder, "letter", "send", "opening", "--roster", FILE_2020, "--counting", "elapsed")
    assert "every check passed" in ok(folder, "verify").replace("\n", " ")


def test_a_translation_is_never_written_over_what_is_there_and_of_the_first_format_only(folder: Path) -> None:
    ok(folder, "procedure", "translate", "first.json", "--output", "second.json")
    assert run(folder, "procedure", "translate", "first.json", "--output", "second.json").returncode == 2
    done = run(folder, "procedure", "translate", "second.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "only inblue-procedure/1 is translated" in done.stderr


def test_where_a_base_may_be_empty_the_translation_says_so(folder: Path) -> None:
    rules: Any = json.loads(FIRST.read_bytes())
    cast = {"choices": ["in_favour"], "compare": "more_than", "share": "1/2", "base": ["in_favour", "against"]}
    rules["decision"]["conditions"][0] = {"id": "cast", "clause": "majority", "any_of": [cast]}
    (folder / "first.json").write_text(json.dumps(rules))
    done = run(folder, "procedure", "translate", "first.json")
    assert json.loads(done.stdout)["decision"] == rules["decision"]
    assert done.stderr == "decision.cast: where its base is empty, it is decided by inblue-procedure/2\n"


def test_a_counting_that_the_procedure_does_not_have_is_refused_with_the_clause(folder: Path) -> None:
    ok(folder, "draft", "circulate", "S/1")
    done = run(folder, "letter", "send", "opening", "--roster", FILE_2020, "--counting", "calendar")
    assert done.returncode == 2
    says = (
        "the procedure does not count hours in this way (calendar), only so: elapsed or working days (clause counting)"
    )
    assert says in done.stderr
    refused = run(folder, "letter", "send", "procedure", "--counting", "elapsed")
    assert "counting belongs to an opening letter only" in refused.stderr
