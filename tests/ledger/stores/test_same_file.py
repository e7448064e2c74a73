"""A host that is an eventsourcing application itself: beside a ledger, and by mistake in the ledger's own file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from many_votes import founded, vote
from signers import LOG

from inblue.ledger.ledger import Ledger

MEETINGS = '''
"""The host's own model: meetings, kept by eventsourcing."""
from uuid import UUID, uuid4
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

class Meeting(Aggregate):
    def __init__(self, name: str) -> None:
        self.name, self.items = name, []

    @event("Added")
    def add(self, item: str) -> None:
        self.items.append(item)

class Meetings(Application[UUID]):
    def call(self, name: str) -> UUID:
        meeting = Meeting(name)
        self.save(meeting)
        return meeting.id

    def add(self, id: UUID, item: str) -> list[str]:
        meeting = self.repository.get(id)
        meeting.add(item)
        self.save(meeting)
        return meeting.items
'''

HOST = """
from domain.meetings import Meetings
print(Meetings().call("council"))
"""

BOTH = """
import sys
from pathlib import Path
import cli, domain.meetings
assert cli.NAME == "the host's"
app = domain.meetings.Meetings()
meeting = app.call("council")
import inblue
registrar, log = inblue.Ed25519Signer.generate(), inblue.Ed25519Signer.generate()
with inblue.Ledger.create(Path(sys.argv[1]), signer=registrar, log_signer=log) as ledger:
    sha256 = ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
    draft = inblue.DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=sha256)
    ledger.perform("S/1", draft, signer=registrar)
    assert app.add(meeting, "S/1") == ["S/1"]
    assert ledger.verify().holds
import domain, cli
print(domain.__file__, cli.__file__, len(app.repository.get(meeting).items))
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A folder with packages named ``domain`` and ``cli``, as many a program has them."""
    folder = tmp_path / "host"
    (folder / "domain").mkdir(parents=True)
    (folder / "cli").mkdir()
    (folder / "domain" / "__init__.py").write_text("")
    (folder / "domain" / "meetings.py").write_text(MEETINGS)
    (folder / "cli" / "__init__.py").write_text('NAME = "the host\'s"\n')
    return folder


def run(host: Path, database: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the host's, which is configured by the environment, as eventsourcing's applications are."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(host), "PERSISTENCE_MODULE": "eventsourcing.sqlite"}
    env |= {"SQLITE_DBNAME": str(database), "COMPRESSOR_TOPIC": "zlib"}
    given = [sys.executable, "-c", program, *words]
    return subprocess.run(given, capture_output=True, text=True, check=False, env=env, cwd=host)


@pytest.mark.parametrize("votes", [0, 2], ids=["fresh", "with votes"])
@pytest.mark.parametrize("open_meanwhile", [False, True])
def test_a_host_pointed_at_the_ledger_s_file_is_refused_and_the_ledger_goes_on(
    host: Path, tmp_path: Path, votes: int, open_meanwhile: bool
) -> None:
    place = tmp_path / "ledger.db"
    ledger = founded(place)
    for number in range(votes):
        vote(ledger, number)
    if not open_meanwhile:
        ledger.close()
    done = run(host, place, HOST)
    assert done.returncode == 1
    assert "IntegrityError: this file is a ledger of inblue and takes no events of others" in done.stderr
    if not open_meanwhile:
        ledger = Ledger.open(place, log_signer=LOG)
    vote(ledger, votes)
    assert ledger.verify().holds
    assert len(ledger.votes()) == votes + 1
    ledger.close()


def test_a_ledger_that_was_made_before_there_was_the_guard_gets_it_when_it_is_opened_to_be_written(
    host: Path, tmp_path: Path
) -> None:
    place = tmp_path / "ledger.db"
    founded(place).close()
    with sqlite3.connect(place) as database:
        database.execute("DROP TRIGGER stored_events_ours")
        database.execute("DROP TRIGGER tracking_ours")
    Ledger.open(place, read_only=True).close()
    with sqlite3.connect(place) as database:
        guards = "SELECT count(*) FROM sqlite_master WHERE name LIKE '%_ours'"
        assert database.execute(guards).fetchone() == (0,)
        Ledger.open(place, log_signer=LOG).close()
        assert database.execute(guards).fetchone() == (2,)
    assert "takes no events of others" in run(host, place, HOST).stderr
    with Ledger.open(place, log_signer=LOG) as ledger:
        vote(ledger, 0)
        assert ledger.verify().holds


@pytest.mark.parametrize(
    "row",
    [
        "'5f2', 1, 'domain.meetings:Meeting.Created'",
        "'vote:S/1', 1, 'votes:Cast'",
        "NULL, 1, 'a@1'",
        "'vote:', 1, 'a@1'",
    ],
)
def test_no_stream_and_no_kind_of_others_goes_in(tmp_path: Path, row: str) -> None:
    founded(tmp_path / "ledger.db").close()
    with sqlite3.connect(tmp_path / "ledger.db") as database, pytest.raises(sqlite3.IntegrityError, match="of others"):
        database.execute(f"INSERT INTO stored_events VALUES ({row}, x'00')")
    with sqlite3.connect(tmp_path / "ledger.db") as database, pytest.raises(sqlite3.IntegrityError, match="of others"):
        database.execute("INSERT INTO tracking VALUES ('meetings', 1)")


def test_a_host_with_packages_named_domain_and_cli_and_a_database_of_its_own_lives_beside_a_ledger(
    host: Path, tmp_path: Path
) -> None:
    done = run(host, tmp_path / "host.db", BOTH, str(tmp_path / "ledger.db"))
    assert done.stderr == ""
    assert done.stdout.split() == [str(host / "domain" / "__init__.py"), str(host / "cli" / "__init__.py"), "1"]
