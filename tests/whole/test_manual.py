"""The manual page and the completions that the wheel installs are those of the command line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from make_manual import COMPLETIONS, SHARE, files

import inblue

MEND = "run make manual"


@pytest.fixture(scope="module")
def made() -> dict[Path, str]:
    return files()


def test_they_are_as_the_command_line_is_now(made: dict[Path, str]) -> None:
    kept = {path.relative_to(SHARE): path.read_text(encoding="utf-8") for path in SHARE.rglob("*") if path.is_file()}
    assert kept.keys() == made.keys(), MEND
    for path, text in made.items():
        assert kept[path] == text, f"share/{path}: {MEND}"


def test_the_manual_names_every_command_and_man_shows_it_without_a_warning(made: dict[Path, str]) -> None:
    page = made[Path("man/man1/inblue.1")]
    assert f'"inblue {inblue.__version__}"' in page
    for command in ("inblue audit", "inblue vote cast", "inblue witness serve", "inblue key rotate"):
        assert f".SS {command}\n" in page
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-Wbreak", "-rLL=78n"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "inblue vote cast" in done.stdout


@pytest.mark.parametrize("shell", COMPLETIONS)
def test_a_completion_is_a_script_of_its_shell(shell: str, made: dict[Path, str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n"], input=made[Path(COMPLETIONS[shell])], text=True, capture_output=True, check=True)
