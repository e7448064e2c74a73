"""Where a ledger is kept, each kind in turn, and a signer of its log that is elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from server import Database
from signers import LOG, Elsewhere

from inblue.ledger.stores.address import Address, read_address


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Address | None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if request.param == "postgres":
        database: Database = request.getfixturevalue("postgres")
        return read_address(database.fresh())
    return tmp_path / "ledger.db" if request.param == "sqlite" else None


@pytest.fixture
def log() -> Elsewhere:
    return Elsewhere(LOG)
