"""What a delegation and the registrar type (docs/how-to/delegation.md), in two folders, with files sent each way."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE, ROOT

PAGE = ROOT / "docs" / "how-to" / "delegation.md"
REGISTRARS = ("delegation admit", "vote blank", "vote cast", "receipt acknowledge")


def printed() -> tuple[list[list[str]], list[list[str]]]:
    """What the delegation types, and what the registrar does."""
    lines = re.findall(r"^\$ (inblue .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    words = [shlex.split(line, comments=True) for line in lines]
    theirs = [each for each in words if " ".join(each[1:3]) in REGISTRARS]
    return [each for each in words if each not in theirs], theirs


@pytest.mark.long
def test_what_both_type_works_as_it_is_printed(tmp_path: Path) -> None:
    ours, theirs = printed()
    registrar, outside = tmp_path / "registrar", tmp_path / "delegation"
    registrar.mkdir()
    outside.mkdir()
    own = outside / "lva"

    def run(at: Path, words: list[str], **more: str) -> str:
        env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", **more}
        done = call([INBLUE, *words[1:]], env=env, cwd=at)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def by_registrar(words: list[str]) -> None:
        run(registrar, words, INBLUE_LEDGER="council.db")

    def sent(file: str, start: Path, end: Path) -> None:
        shutil.copy(start / file, end / file)

    (registrar / "policy").write_text("quorum none\n")
    by_registrar(["inblue", "init", "--origin", "example.org/votes"])
    run(outside, ours[0])
    (registrar / "lva").mkdir()  # the page names the files as they lie with the delegation
    sent("lva.request", own, registrar / "lva")
    by_registrar(theirs[0])
    sent("lva.welcome", registrar / "lva", own)
    run(own, ours[1])
    by_registrar(["inblue", "draft", "circulate", "S/2026/900", "--simulated"])
    by_registrar(["inblue", "letter", "send", "opening", "--roster", "unsc-2026"])
    by_registrar(theirs[1])
    sent("blank.json", registrar, own)
    run(own, ours[2])
    sent("lva.ballot", own, registrar)
    by_registrar(theirs[2])
    by_registrar(theirs[3])
    by_registrar(["inblue", "export", "vote.zip", "--include-open"])
    sent("lva.receipt", registrar, own)
    sent("vote.zip", registrar, own)
    assert "Your vote is in." in run(own, ours[3])
    run(own, ours[4])
    assert "Your vote is in." in run(own, ours[5])
    assert (own / "lva.html").stat().st_size > 10_000
    assert (len(ours), len(theirs)) == (6, 4)
