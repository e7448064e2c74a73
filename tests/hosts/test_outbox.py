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
pytestmark = pytest.mark.timeout(600 if DEPTH == "example" else 3600)


def killed(kind: str, database: str, ledger: str, home: Path) -> dict[str, Any]:
    words = [sys.executable, str(ROOT / "tests" / "support" / "outbox_kills.py"), kind, database, ledger, DEPTH]
    env = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(EXAMPLES)}
    env |= {name: value for name, value in os.environ.items() if name == "INBLUE_TEST_PROGRESS"}
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


WANTS = """
import json, sys
import inblue
from sqlalchemy.orm import Session
from django.conf import settings
settings.configure(INSTALLED_APPS=["outbox_django"], USE_TZ=True, SECRET_KEY="x",
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
import outbox_sqlalchemy, outbox_django.outbox, outbox_django.models
engine, told = outbox_sqlalchemy.tables("sqlite://"), []
with Session(engine) as session:
    for want in (lambda *given: outbox_sqlalchemy.want(session, *given), outbox_django.outbox.want):
        try:
            want("S/1", "key-1", inblue.VotingClosed())
        except inblue.Malformed as error:
            told.append(str(error))
    told.append(session.query(outbox_sqlalchemy.Wish).count() + outbox_django.models.Wish.objects.count())
print(json.dumps(told))
"""


def test_what_no_worker_could_perform_is_not_written_down() -> None:
    """A wish that cannot be read again would keep every later one waiting."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(EXAMPLES)}
    done = subprocess.run([sys.executable, "-c", WANTS], capture_output=True, text=True, check=False, env=env)
    said = "key-1: an act that this host does not record; it is not in ACTS"
    assert (done.stderr, json.loads(done.stdout)) == ("", [said, said, 0])
