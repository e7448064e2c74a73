"""The outbox of a host, by SQLAlchemy and by Django: whatever is killed, what was committed is recorded once.

``make test-hosts`` kills before each line of the ledger's recorder too (INBLUE_TEST_DEPTH=recorder).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from paths import EXAMPLES, ROOT
from server import Database

DEPTH = os.environ.get("INBLUE_TEST_DEPTH", "example")


def killed(kind: str, database: str, ledger: str, home: Path) -> dict[str, Any]:
    words = [sys.executable, str(ROOT / "tests" / "support" / "outbox_kills.py"), kind, database, ledger, DEPTH]
    env = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(EXAMPLES)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("kind", ["sqlalchemy", "django"])
def test_what_a_host_committed_is_on_the_ledger_once_and_answered_wherever_it_was_killed(
    kind: str, tmp_path: Path
) -> None:
    told = killed(kind, f"sqlite:///{tmp_path}/host.db", str(tmp_path / "ledger.db"), tmp_path)
    assert told["kills"] > 20
    assert 0 < told["committed"] < told["wanted"]
    assert told["answered rightly"] == told["replies"] == told["committed"]
    assert told["holds"]


def test_so_it_is_with_a_host_and_a_ledger_in_one_postgresql_database(postgres: Database, tmp_path: Path) -> None:
    host = postgres.uri.replace("postgresql://", "postgresql+psycopg://", 1)
    told = killed("sqlalchemy", host, postgres.fresh(), tmp_path)
    assert told["answered rightly"] == told["replies"] == told["committed"]
    assert told["holds"]
