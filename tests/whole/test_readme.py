"""The README: short, and each of its three examples runs as it is printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT
from snippets import blocks, differs, run, typed

README = ROOT / "README.md"


def test_it_is_short_and_names_the_two_commands() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert "\nmake demo " in text
    assert "\nmake test " in text


def test_the_embedders_example_prints_what_it_says(tmp_path: Path) -> None:
    (program,) = [block.text for block in blocks(README) if block.language == "python"]
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"It prints `{done.stdout.strip()}`." in README.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_auditors_example_and_the_replay_run_in_the_demo(tmp_path: Path) -> None:
    every = [each for block in blocks(README) if block.language == "sh" for each in typed(block)]
    assert len(every) >= 7
    came = run(["inblue demo --no-open >demo.out", *every], tmp_path)
    assert {each.typed.command: wrong for each in came if (wrong := differs(each))} == {}
