"""Messages are found where they are, whole, and nothing there is changed."""

from __future__ import annotations

import mailbox
from io import BytesIO
from pathlib import Path

import pytest
from letters import message
from paths import contents

from inblue.domain.errors import Malformed
from inblue.ledger.intake import places
from inblue.ledger.intake.places import message_in, messages_in

BEGIN = b"From a@example.org Fri Mar 27 12:00:00 2026\n"
RAWS = [message(f"number {number}\n\nFrom here on, a line\n").as_bytes() for number in range(3)]


def found(place: Path) -> list[bytes | None]:
    before = contents(place) if place.is_dir() else place.read_bytes()
    raws = [each.raw for each in messages_in(place)]
    assert before == (contents(place) if place.is_dir() else place.read_bytes())
    return raws


def test_a_file_a_folder_a_maildir_and_an_mbox_give_the_bytes_that_they_have(tmp_path: Path) -> None:
    folder, box = tmp_path / "folder", mailbox.mbox(tmp_path / "mbox")
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    folder.mkdir()
    for number, raw in enumerate(RAWS):
        (folder / f"{number}.eml").write_bytes(raw)
        maildir.add(raw)
        box.add(raw)
    box.flush()
    (folder / "notes.txt").write_text("no message")
    (tmp_path / "Maildir" / "tmp" / "half").write_bytes(b"half")
    assert found(folder) == RAWS
    assert found(folder / "1.eml") == [RAWS[1]]
    assert sorted(map(bytes, found(tmp_path / "Maildir"))) == RAWS  # type: ignore[arg-type]
    assert [raw.replace(b">From", b"From") for raw in found(tmp_path / "mbox") if raw] == RAWS
    assert message_in(BytesIO(RAWS[0])).raw == RAWS[0]


def test_a_message_that_is_too_large_is_a_line_and_the_others_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MAX_MESSAGE", 1000)
    (tmp_path / "a.eml").write_bytes(b"x" * 1001)
    (tmp_path / "b.eml").write_bytes(RAWS[0])
    first, second = messages_in(tmp_path)
    assert first.raw is None
    assert "a.eml: more than 1,000 bytes" in first.fault
    assert second.raw == RAWS[0]
    (tmp_path / "box").write_bytes(BEGIN + b"y" * 2000 + b"\n\n" + BEGIN + RAWS[0] + b"\n")
    first, second = messages_in(tmp_path / "box")
    assert "message 1: more than 1,000 bytes" in first.fault
    assert second.raw == RAWS[0]
    assert "more than" in message_in(BytesIO(b"x" * 1001)).fault


def test_a_line_within_a_message_begins_no_other(tmp_path: Path) -> None:
    quoting = RAWS[0] + b"He wrote:\n" + BEGIN + b"\nFrom here on\n"
    (tmp_path / "box").write_bytes(BEGIN + quoting + b"\n" + BEGIN + RAWS[1] + b"\n")
    assert found(tmp_path / "box") == [quoting, RAWS[1]]


def test_a_folder_that_is_neither_is_said(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"no Maildir .* no file in it ends with \.eml"):
        list(messages_in(tmp_path))
