"""The conformance kit: each verifier of this project agrees with the vectors, and the kit notices one that does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from node import MISSING, NODE
from paths import ROOT

KIT = ROOT / "conformance"
CLIENTS = KIT / "clients"
SECOND = ROOT / "examples" / "second-verifier"


def kit(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(KIT / "kit.py"), *map(str, words)], capture_output=True, text=True, check=False
    )


def test_the_program_agrees_with_every_vector() -> None:
    done = kit("--batch", "--", sys.executable, CLIENTS / "by_inblue.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 no" in done.stdout


@pytest.mark.skipif(NODE is None, reason=MISSING)
def test_the_page_agrees_with_every_vector_as_far_as_it_checks() -> None:
    done = kit("--batch", "--expected", CLIENTS / "page-expected.json", "--", NODE, CLIENTS / "by_page.mjs")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.skipif(not (NODE and (SECOND / "node_modules").is_dir()), reason="make test installs it, with npm")
def test_a_second_program_agrees_with_every_vector_in_each_check() -> None:
    done = kit("--batch", "--", NODE, SECOND / "main.mjs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 in the verdict, 0 not asked, 0 no" in done.stdout


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder of two vectors: one that holds and one that does not."""
    vectors = ROOT / "tests" / "vectors" / "bundles"
    cases = {case["name"]: case for case in json.loads((vectors / "wanted.json").read_text())}
    chosen = [cases["good"], cases["signature"], cases["cut"]]
    for name in {case[key] for case in chosen for key in ("bundle", "trust")}:
        (tmp_path / name).write_bytes((vectors / name).read_bytes())
    (tmp_path / "wanted.json").write_text(json.dumps(chosen))
    return tmp_path


def client(folder: Path, body: str) -> Path:
    path = folder / "client.py"
    path.write_text(body)
    return path


BELIEVER = 'print(\'{"status": "holds", "checks": [], "not_checked": []}\')'


def test_the_kit_names_every_run_in_which_a_client_that_believes_all_is_wrong(few: Path) -> None:
    done = kit("--vectors", few, "--", sys.executable, client(few, BELIEVER))
    assert done.returncode == 1
    wrong = [line.split(":")[0] for line in done.stdout.splitlines() if line.startswith("DISAGREES")]
    names = ["signature alone", "signature trusted", "cut alone", "cut trusted"]
    assert wrong == [f"DISAGREES  {name}" for name in names]


def test_a_failure_that_is_expected_is_told_and_one_that_does_not_come_is_an_error(few: Path) -> None:
    names = ["signature alone", "signature trusted", "cut alone", "cut trusted"]
    (few / "expected.json").write_text(json.dumps(dict.fromkeys(names, "it believes all")))
    words = ("--vectors", few, "--expected", few / "expected.json", "--", sys.executable)
    done = kit(*words, client(few, BELIEVER))
    assert done.returncode == 0, done.stdout
    assert "(it believes all)" in done.stdout
    (few / "expected.json").write_text(json.dumps(dict.fromkeys([*names, "good alone"], "it believes all")))
    done = kit(*words, client(few, BELIEVER))
    assert done.returncode == 1
    assert "UNEXPECTED good alone" in done.stdout


@pytest.mark.parametrize(
    "body",
    [
        "print('fine')",
        'import sys; print(\'{"status": "holds", "checks": [], "not_checked": []}\'); sys.exit(1)',
        'import sys; print(\'{"status": "fails", "checks": [], "not_checked": []}\'); sys.exit(1)',
        'print(\'{"status": "holds", "checks": [3], "not_checked": []}\')',
    ],
)
def test_an_answer_that_is_not_of_the_protocol_agrees_with_nothing(few: Path, body: str) -> None:
    done = kit("--vectors", few, "--", sys.executable, client(few, body))
    assert done.returncode == 1
    assert "0 exactly" in done.stdout


def test_a_check_that_a_client_does_not_run_does_not_count_against_it(few: Path) -> None:
    said = '{"status": "holds", "checks": [], "not_checked": [3, 5, 6]}'
    refusing = f"if 'cut' in sys.argv[2]: print('{said}'.replace('holds', 'refused')); sys.exit(2)"
    body = f"import sys\n{refusing}\nprint('{said}')"
    done = kit("--vectors", few, "--", sys.executable, client(few, body))
    assert done.returncode == 0, done.stdout


SAID = '{{"exit": 0, "status": "holds", "checks": [], "not_checked": []}}'
BATCH = f"import sys\nfor line in [*sys.stdin{{}}]: print('{SAID}')"


@pytest.mark.parametrize("batch", [(), ("--batch",)])
def test_the_first_answer_that_is_wrong_can_end_it(few: Path, batch: tuple[str, ...]) -> None:
    believer = client(few, BATCH.format("") if batch else BELIEVER)
    done = kit("--vectors", few, *batch, "--first", "--", sys.executable, believer)
    assert done.returncode == 1
    assert "DISAGREES  signature alone" in done.stdout
    assert "3 runs; agreement: 2 exactly, 0 in the verdict, 0 not asked, 1 no" in done.stdout


@pytest.mark.parametrize(("more", "answers"), [("][:4", 4), (", 1", 7)])
def test_a_batch_with_too_few_or_too_many_answers_is_said(few: Path, more: str, answers: int) -> None:
    done = kit("--vectors", few, "--batch", "--", sys.executable, client(few, BATCH.format(more)))
    assert (done.returncode, done.stderr) == (1, f"6 calls, and {answers} answers; \n")
