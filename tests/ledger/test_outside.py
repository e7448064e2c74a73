"""Files that somebody names: regular ones of bounded size, never waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from inblue.domain.errors import Malformed
from inblue.ledger.outside import NoFileError, open_outside, read_outside


def test_a_file_is_read_up_to_its_limit_and_no_further(tmp_path: Path) -> None:
    (tmp_path / "seven").write_bytes(b"x" * 7)
    assert read_outside(tmp_path / "seven", 7) == b"x" * 7
    with pytest.raises(Malformed, match=r"seven: more than 6 bytes"):
        read_outside(tmp_path / "seven", 6)


def test_what_is_named_may_be_a_link_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"kept")
    (tmp_path / "link").symlink_to("kept")
    assert read_outside(tmp_path / "link", 100) == b"kept"


def test_a_file_that_says_it_is_empty_and_is_not_is_bounded_too() -> None:
    endless = Path("/proc/self/maps")
    if not endless.exists():
        pytest.skip("no /proc here")
    assert endless.stat().st_size == 0
    with pytest.raises(Malformed, match="more than 100 bytes"):
        read_outside(endless, 100)


def test_a_file_of_a_terabyte_costs_nothing(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Malformed, match="more than 1,000 bytes"):
        read_outside(tmp_path / "huge", 1_000)


def test_pipes_devices_sockets_and_folders_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path, kind in (
            (tmp_path / "pipe", "a named pipe"),
            (tmp_path / "link", "a named pipe"),
            (tmp_path / "folder", "a folder"),
            (tmp_path / "socket", "a socket"),
            (Path("/dev/zero"), "a device"),
        ):
            for read in (open_outside, lambda path: read_outside(path, 100)):
                with pytest.raises(NoFileError) as refused:
                    read(path)
                assert refused.value.strerror == f"{kind}, where a regular file is needed"


def test_what_is_put_in_a_files_place_before_it_is_opened_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("inblue.ledger.outside.check_regular", lambda _: 0)  # it was a file when it was looked at
    with pytest.raises(NoFileError, match="a named pipe"):
        read_outside(tmp_path / "pipe", 100)
