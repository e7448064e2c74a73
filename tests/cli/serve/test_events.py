"""Server-sent events: what another process records comes, once and in order, also over breaks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import Asker, events, listening
from many_votes import founded
from paths import ROOT

import inblue
from inblue.ledger.ledger import Ledger

RECORDS = """
import sys
from pathlib import Path
from many_votes import founded, vote
ledger = founded(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    vote(ledger, number)
"""


def recording(path: Path, first: int, last: int) -> subprocess.Popen[bytes]:
    """Another process that records whole votes."""
    folders = ":".join(str(ROOT / "tests" / each) for each in ("", "support"))
    return subprocess.Popen(
        [sys.executable, "-c", RECORDS, str(path), str(first), str(last)],
        env={"PYTHONPATH": folders, "PATH": "/usr/bin:/bin"},
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    founded(tmp_path / "ledger.db").close()
    return tmp_path / "ledger.db"


@pytest.fixture
def ask(path: Path) -> Iterator[Asker]:
    with Ledger.open(path, read_only=True) as ledger, listening(inblue.web_app(ledger)) as asker:
        yield asker


def test_what_another_process_records_comes_once_and_in_order(ask: Asker, path: Path) -> None:
    process, found = recording(path, 0, 4), list[tuple[int, dict[str, object]]]()
    try:
        last: int | None = None
        while len(found) < 2 + 4 * 34:
            for number, each in enumerate(events(ask, last)):
                found.append(each)
                last = each[0]
                if number == 40 or len(found) == 2 + 4 * 34:
                    break  # the connection breaks
        assert process.wait(60) == 0
    finally:
        process.kill()
    assert [index for index, _ in found] == list(range(2 + 4 * 34))
    listed = []
    for after in (None, 99):
        listed += ask("/entries", **({} if after is None else {"after": after})).json["found"]
    assert [each for _, each in found] == listed


def test_a_cursor_that_is_none_is_refused(ask: Asker) -> None:
    for last in ("x", "-1", "1.5", "1,2"):
        assert ask("/events", headers={"Last-Event-ID": last}).status == 400
    assert ask("/events", "HEAD").status == 200
