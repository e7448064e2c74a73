"""The state that an audit leaves for the next one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import small

from inblue.domain.errors import Malformed
from inblue.ledger.audit.last_audit import MAX_STATE, Place, read_remembered, write_remembered
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.errors import UnusableError
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource


def test_a_state_of_many_votes_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    publish(small(), tmp_path / "public")
    assert verify_tiles(FolderSource(tmp_path / "public"), state=path).holds
    state = read_remembered(path)
    assert state is not None
    votes = tuple(Place(draft=f"S/2026/{n}", entries=20, first=n, last=2 * n) for n in range(20_000))
    write_remembered(path, state.model_copy(update={"votes": votes}))
    assert path.stat().st_size > 1024 * 1024
    again = read_remembered(path)
    assert again is not None
    assert again.votes == votes


def test_a_file_larger_than_any_state_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with path.open("wb") as file:
        file.truncate(MAX_STATE + 1)
    with pytest.raises((Malformed, UnusableError)) as refused:
        read_remembered(path)
    assert str(path) in str(refused.value)
