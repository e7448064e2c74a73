"""What is PostgreSQL's own: roles, triggers, privileges, lost connections, what the environment may not change."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from command_line import call
from ledgers import cut_off
from paths import REAL_CASE
from seats import FILE_2021
from server import Database, Server, address
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.errors import Broken, NotFound
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import covering
from inblue.ledger.stores.postgres import LedgerPostgresFactory
from inblue.ledger.stores.postgres_log import insert
from inblue.ledger.stores.postgres_schema import roles_sql
from inblue.ledger.stores.store import DATABASE_ERRORS

TABLES = ("events", "node", "stamp", "cosignature", "head", "tracking", "ledger")


@pytest.fixture
def place(postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    text = postgres.fresh()
    with Ledger.create(address(text), signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    return text


def circulate(ledger: Ledger, symbol: str = "S/2026/1") -> None:
    procedure = built_in_procedure("unsc-2020-253").sha256
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure)
    ledger.perform(symbol, draft, signer=REGISTRAR)


def test_what_others_recorded_is_followed_without_one_more_question(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that their head extends the known one comes with it, before the lock and under it."""
    with (
        Ledger.open(address(place), log_signer=LOG) as one,
        Ledger.open(address(place), log_signer=LOG) as other,
        Ledger.open(address(place), log_signer=LOG) as third,
    ):
        for ledger in (one, other, third):
            circulate(ledger, f"S/{id(ledger)}")
        asked, append, number = list[object](), one.streams.append, 0

        def overtaken(*given: object) -> int:
            for _ in range(number % 5):
                circulate(third, f"T/{third.checkpoint().size}")
            return append(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(one.log, "nodes", asked.append)
        monkeypatch.setattr(one.log, "node", asked.append)
        monkeypatch.setattr(one.streams, "append", overtaken)
        for number in range(40):
            for n in range(number % 7):
                circulate(other, f"O/{number}/{n}")
            circulate(one, f"S/{number}")
        assert asked == []
        monkeypatch.undo()
        assert one.verify().holds


@pytest.fixture
def roles(postgres: Database, place: str) -> Iterator[dict[str, str]]:
    """Addresses of the ledger for two users who hold the two roles, and for one who holds none."""
    tag, schema = secrets.token_hex(4), address(place).schema
    names = {role: f'{role}"{tag}' for role in ("writer", "reader")}
    postgres.execute(roles_sql(schema, writer=names["writer"], reader=names["reader"]))
    users = {role: f"{role}_{tag}" for role in ("writer", "reader", "stranger")}
    for role, user in users.items():
        postgres.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'p@ss word'")
        if role in names:
            postgres.execute(f'GRANT "{role}""{tag}" TO {user}')
    query = place.partition("?")[2]
    yield {role: f"{postgres.of(user, 'p@ss word').partition('?')[0]}?{query}" for role, user in users.items()}
    for name in (*names.values(), *users.values()):
        quoted = '"' + name.replace('"', '""') + '"'
        postgres.execute(f"DROP OWNED BY {quoted} CASCADE")
        postgres.execute(f"DROP ROLE {quoted}")


def test_a_writer_records_and_changes_nothing(roles: dict[str, str]) -> None:
    with Ledger.open(address(roles["writer"]), log_signer=LOG) as ledger:
        circulate(ledger)
        assert ledger.verify().holds
        assert ledger.checkpoint().size == 3
    s = address(roles["writer"]).schema
    with psycopg.connect(address(roles["writer"]).uri, autocommit=True) as connection:
        for table in TABLES:
            forbidden = [
                f"DELETE FROM {s}.inblue_{table}",
                f"TRUNCATE {s}.inblue_{table}",
                f"DROP TABLE {s}.inblue_{table}",
            ]
            forbidden += [f"ALTER TABLE {s}.inblue_{table} DISABLE TRIGGER ALL", f"VACUUM FULL {s}.inblue_{table}"]
            if table in {"events", "node", "stamp", "cosignature"}:
                column = {"events": "topic", "node": "hash", "stamp": "token", "cosignature": "note"}[table]
                forbidden += [f"UPDATE {s}.inblue_{table} SET {column} = NULL"]
            for query in forbidden:
                if query.startswith("VACUUM"):
                    connection.execute(query)  # only warns, and skips what is not one's own
                    continue
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(query)
        for back in ("size = 1, position = 1", "note = ''", "size = size - 1"):
            with pytest.raises(psycopg.Error, match="only moves forward"):
                connection.execute(f"UPDATE {s}.inblue_head SET {back}")
        with connection.transaction(), pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"LOCK TABLE {s}.inblue_events IN EXCLUSIVE MODE")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"INSERT INTO {s}.inblue_events VALUES ('register', 99, '', '')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"CREATE TABLE {s}.mine (x int)")


def test_a_reader_verifies_and_writes_nothing(roles: dict[str, str]) -> None:
    with Ledger.open(address(roles["reader"]), read_only=True) as ledger:
        assert ledger.verify().holds
    with Ledger.open(address(roles["reader"]), log_signer=LOG) as ledger:
        with pytest.raises(Broken, match="the database refused to record: permission denied"):
            circulate(ledger)
        assert ledger.verify().entries == 2
    s = address(roles["reader"]).schema
    with psycopg.connect(address(roles["reader"]).uri, autocommit=True) as connection:
        for query in (
            f"INSERT INTO {s}.inblue_head VALUES (1, 9, 9, '')",
            f"SELECT {s}.es_insert_events_text('{{}}')",
            f"SELECT {s}.inblue_insert('{{}}', '', 'register')",
            f"SELECT {s}.inblue_cover('{{}}', '{{}}', '', 9, 9, '', 'inblue-log')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(query)


def test_a_stranger_is_told_so_in_one_line(roles: dict[str, str]) -> None:
    with pytest.raises(Broken, match="permission denied for schema"):
        Ledger.open(address(roles["stranger"]), read_only=True)


def test_reading_commands_cannot_write_whoever_connects(place: str) -> None:
    with Ledger.open(address(place), log_signer=LOG, read_only=True) as ledger:
        with pytest.raises(Refused, match="read only"):
            circulate(ledger)
        with pytest.raises(DATABASE_ERRORS, match="read-only transaction"):  # nor past the ledger
            ledger.log.keep_cosignature(1, b"note", "line")
        assert ledger.verify().entries == 2


def test_the_owner_s_own_slip_is_refused_by_triggers(postgres: Database, place: str) -> None:
    """Also where a session says that it is a replica, in which ordinary triggers sleep."""
    s = address(place).schema
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in ("events", "node", "stamp", "cosignature"):
            for query in (f"DELETE FROM {s}.inblue_{table}", f"TRUNCATE {s}.inblue_{table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never"):
                    connection.execute(query)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changed"):
            connection.execute(f"UPDATE {s}.inblue_events SET state = ''")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never deleted"):
            connection.execute(f"DELETE FROM {s}.inblue_head")
    with Ledger.open(address(place), read_only=True) as ledger:
        assert ledger.verify().holds


@pytest.mark.parametrize(
    ("harm", "check"),
    [
        ("UPDATE {s}.inblue_events SET state = state || ' ' WHERE notification_id = 2", "entry"),
        ("UPDATE {s}.inblue_events SET originator_version = 9 WHERE notification_id = 2", "place"),
        ("DELETE FROM {s}.inblue_events WHERE notification_id = 2", "log"),
        ("UPDATE {s}.inblue_node SET hash = sha256('') WHERE level = 1", "log"),
        ("UPDATE {s}.inblue_head SET size = 1, position = 1", "log"),
    ],
)
def test_who_runs_the_server_can_change_rows_and_verification_sees_it(
    postgres: Database, place: str, harm: str, check: str
) -> None:
    s = address(place).schema
    for table in ("events", "node", "head"):
        postgres.execute(f"ALTER TABLE {s}.inblue_{table} DISABLE TRIGGER ALL")
    postgres.execute(harm.format(s=s))
    with Ledger.open(address(place), log_signer=LOG) as ledger:
        assert not ledger.verify().holds
        if check == "log":  # the next head would contradict the last one
            with pytest.raises(Broken):
                ledger.sequence()


@pytest.mark.parametrize("position", [0, 1])
def test_a_cursor_set_back_by_the_server_gets_no_second_signature(
    postgres: Database, place: str, position: int
) -> None:
    """It is stored beside the signed note, and is not signed: entries would be covered a second time."""
    s = address(place).schema
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {s}.inblue_head DISABLE TRIGGER ALL")
        connection.execute(f"UPDATE {s}.inblue_head SET position = %s", (position,))
        connection.execute(f"ALTER TABLE {s}.inblue_head ENABLE TRIGGER ALL")
    with Ledger.open(address(place), log_signer=LOG) as ledger:
        before = ledger.log.head()
        for refused in (lambda: circulate(ledger), ledger.sequence):
            with pytest.raises(Broken, match="the last entry that was signed is not there"):
                refused()
        assert (ledger.log.head(), ledger.verify().entries) == (before, 2)


def test_an_act_cut_off_before_its_head_is_there_and_the_next_one_signs_over_it(place: str) -> None:
    with Ledger.open(address(place), log_signer=LOG) as ledger:
        cut_off(ledger)
    with Ledger.open(address(place), log_signer=LOG) as ledger:
        found = ledger.verify()
        assert (found.holds, found.entries, found.uncovered) == (True, 3, 1)
        circulate(ledger)
        found = ledger.verify()
        assert (found.holds, found.entries, found.uncovered) == (True, 4, 0)


def test_numbers_left_out_by_a_refused_insert_are_not_a_gap(postgres: Database, place: str) -> None:
    s = address(place).schema
    postgres.execute(f"SELECT nextval('{s}.inblue_events_notification_id_seq') FROM generate_series(1, 1000)")
    with Ledger.open(address(place), log_signer=LOG) as ledger:
        circulate(ledger)
        assert ledger.verify().holds
        assert ledger.checkpoint().size == 3
        assert ledger.streams.last_position() > 1000


def test_who_gives_up_waiting_leaves_the_door_open(postgres: Database, place: str) -> None:
    """One waits for the table's lock, the others for the advisory lock; one that is cut off must release it."""
    s, event = address(place).schema, "ARRAY[ROW('vote:A', 1, 'k', '')::{s}.stored_event_text]"
    insert = "SELECT {s}.es_insert_events_text(" + event + ")"
    doors = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with psycopg.connect(postgres.uri) as holder, psycopg.connect(postgres.uri, autocommit=True) as first:
        holder.execute(f"LOCK TABLE {s}.inblue_events IN EXCLUSIVE MODE")
        with psycopg.connect(postgres.uri, autocommit=True) as second:
            for waiting in (first, second):
                waiting.execute("SET statement_timeout = '300ms'")
                with pytest.raises(psycopg.errors.QueryCanceled):
                    waiting.execute(insert.format(s=s))
                assert postgres.execute(doors) == [(0,)]
        holder.rollback()
    with Ledger.open(address(place), log_signer=LOG) as ledger:
        circulate(ledger)
    assert postgres.execute(doors) == [(0,)]


def test_a_door_that_somebody_blocks_holds_nobody_up_for_long(postgres: Database, place: str) -> None:
    s = address(place).schema
    with psycopg.connect(postgres.uri, autocommit=True) as rude:
        rude.execute(
            "SELECT pg_advisory_lock(x'696e626c'::int, (%s::regclass::oid::bigint %% 2147483648)::int)",
            (f"{s}.inblue_events",),
        )
        begin = time.monotonic()
        with Ledger.open(address(place), log_signer=LOG) as ledger:
            circulate(ledger)
            assert ledger.checkpoint().size == 3
        assert time.monotonic() - begin > 1  # twenty naps of 50 ms or more: it was the advisory lock


def test_an_isolation_stricter_than_ours_changes_nothing(
    postgres: Database, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head is read under the lock, and must be the present one, not that from the start of the wait."""
    postgres.execute(f"ALTER DATABASE \"{postgres.name}\" SET default_transaction_isolation = 'serializable'")
    held, go_on, inserted = Event(), Event(), []

    def slow(*given: Any, **more: Any) -> Any:
        if not held.is_set():
            held.set()
            assert go_on.wait(30)
        return covering(*given, **more)

    def counted(*given: Any) -> Any:
        inserted.append(given)
        return insert(*given)

    monkeypatch.setattr("inblue.ledger.recording.appending.covering", slow)
    monkeypatch.setattr("inblue.ledger.stores.postgres.insert", counted)
    try:
        elsewhere = address(f"{place}&application_name=other")  # as another process would, with a pool of its own
        with Ledger.open(address(place), log_signer=LOG) as one, Ledger.open(elsewhere, log_signer=LOG) as other:
            recording = [Thread(target=circulate, args=each) for each in ((one, "S/2026/A"), (other, "S/2026/B"))]
            recording[0].start()
            assert held.wait(30)
            recording[1].start()
            while postgres.execute("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
                time.sleep(0.01)
            go_on.set()
            for each in recording:
                each.join()
            assert (one.verify().holds, one.checkpoint().size) == (True, 4)
        assert len(inserted) == 2  # neither had to try again
    finally:
        postgres.execute(f'ALTER DATABASE "{postgres.name}" RESET default_transaction_isolation')


def test_the_environment_does_not_move_a_ledger_or_soften_a_commit(
    postgres: Database, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("PGHOST", "nowhere.invalid"),
        ("PGDATABASE", "other"),
        ("PGOPTIONS", "-c synchronous_commit=off -c search_path=other"),
        ("POSTGRES_DBNAME", "other"),
        ("POSTGRES_ENABLE_DB_FUNCTIONS", "y"),
        ("INBLUE_PERSISTENCE_MODULE", "eventsourcing.popo"),
    ):
        monkeypatch.setenv(name, value)
    postgres.execute(f'ALTER DATABASE "{postgres.name}" SET synchronous_commit = off')
    try:
        with Ledger.open(address(place), log_signer=LOG) as ledger:
            circulate(ledger)
            factory = ledger.streams.factory
            assert isinstance(factory, LedgerPostgresFactory)
            with factory.datastore.get_connection() as connection:
                (row,) = connection.execute("SHOW synchronous_commit").fetchall()
            assert row["synchronous_commit"] == "on"
    finally:
        postgres.execute(f'ALTER DATABASE "{postgres.name}" RESET synchronous_commit')


def test_a_founding_cut_off_leaves_no_ledger(postgres: Database) -> None:
    text = postgres.fresh()
    program = (
        "import os, sys\n"
        "from inblue.ledger.stores.address import read_address\n"
        "from inblue.ledger.stores.streams import new_streams\n"
        "with new_streams(read_address(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, text], check=False)
    assert done.returncode == -9
    with pytest.raises(NotFound, match="there is no ledger"):
        Ledger.open(address(text))
    with Ledger.create(address(text), signer=REGISTRAR, log_signer=LOG) as ledger:
        assert ledger.verify().holds
    with pytest.raises(Refused, match="there already"):
        Ledger.create(address(text), signer=REGISTRAR, log_signer=LOG)


def test_a_word_of_sql_is_refused_as_a_schema(postgres: Database) -> None:
    joint = "&" if "?" in postgres.uri else "?"
    with pytest.raises(Malformed, match="a word of SQL's"):
        Ledger.create(address(f"{postgres.uri}{joint}schema=select"), signer=REGISTRAR, log_signer=LOG)


def test_what_is_acknowledged_survives_a_crash_of_the_server_and_recording_goes_on(tmp_path: Path) -> None:
    server = Server()
    try:
        place = address(server.uri)
        with Ledger.create(place, signer=REGISTRAR, log_signer=LOG, files=tmp_path) as ledger:
            ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
            for number in range(3):
                circulate(ledger, f"A/{number}")
                server.stop("immediate")
                server.start()
            circulate(ledger, "A/3")
            assert ledger.votes() == ("A/0", "A/1", "A/2", "A/3")
            found = ledger.verify()
            assert (found.holds, found.entries, found.uncovered) == (True, 6, 0)
    finally:
        server.remove()


def test_a_dump_restored_elsewhere_is_the_ledger_and_an_old_one_is_seen_by_a_checkpoint(tmp_path: Path) -> None:
    server = Server()
    try:
        with Ledger.create(address(server.uri), signer=REGISTRAR, log_signer=LOG, files=tmp_path) as ledger:
            ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
            circulate(ledger, "A/1")
            before = ledger.log.head()
            dump = server.run("pg_dump", "--schema=inblue", server.uri)
            circulate(ledger, "A/2")
            after = ledger.log.head()
        assert before is not None
        assert after is not None
        restored = server.uri.replace("/postgres?", "/restored?")
        server.run("psql", "-q", "-c", "CREATE DATABASE restored", server.uri)
        server.run("psql", "-q", "-v", "ON_ERROR_STOP=1", restored, stdin=dump)
        with Ledger.open(address(restored), log_signer=LOG, files=tmp_path) as ledger:
            assert ledger.log.head() == before

            def known(note: bytes) -> Verification:
                trust = Trust(checkpoints=(note.decode(),))
                return verify(ledger.streams, ledger.log, ledger.files, trust=trust)

            assert known(before.note).holds
            assert [problem.check for problem in known(after.note).problems] == [13]
            with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(restored) as connection:
                connection.execute("DELETE FROM inblue.inblue_events")
            circulate(ledger, "A/3")
            assert ledger.verify().holds
    finally:
        server.remove()


def inblue(place: str, *words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    path = Path(sysconfig.get_path("scripts")) / "inblue"
    own = {"INBLUE_PASSPHRASE": "a long passphrase", "INBLUE_LEDGER": place, **env}
    environment = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": os.environ["XDG_CONFIG_HOME"], **own}
    return call([str(path), *map(str, words)], env=environment)


def test_every_step_of_a_vote_by_command(postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    place = postgres.fresh()
    letter, bundle, receipt = tmp_path / "bel.txt", tmp_path / "vote.zip", tmp_path / "bel.receipt"
    letter.write_text("A letter.")
    shown = str(address(place))
    for words, says in (
        (("init",), f"founded {shown}"),
        (("draft", "circulate", "S/2026/900", "--title", "A text"), "act 0"),
        (("letter", "send", "opening", "--roster", FILE_2021, "--programme-of-work"), "act 1"),
        (("vote", "cast", "IRL", "in_favour", "--signed", "--file", letter), "act 2"),
        (("receipt", "acknowledge", "IRL"), "act 3"),
        (("receipt", "write", "IRL", receipt), "wrote"),
        (("status",), "IRL"),
        (("replay",), "A text"),
        (("audit",), "attested"),
        (("verify",), "every check passed"),
        (("key", "list"), "registrar"),
        (("checkpoint",), "inblue/"),
        (("export", bundle, "--include-open"), "verified"),
        (("verify", bundle), "every check passed"),
        (("diff", bundle, place), "the same entries"),
        (("copy", place, tmp_path / "copy.db"), "verified them there"),
        (("diff", tmp_path / "copy.db", place), "the same entries"),
        (("roles",), "GRANT SELECT ON ALL TABLES"),
    ):
        done = inblue(place, *words)
        assert done.returncode == 0, (words, done.stderr)
        assert says in done.stdout
    twice = inblue(place, "vote", "cast", "IRL", "in_favour", "--signed", "--file", letter)
    assert (twice.returncode, twice.stderr.count("\n")) == (2, 1)
    assert "on record already, as its reply 1" in twice.stderr
    (keys,) = (tmp_path / "configuration").rglob("*.keys")
    assert keys.name == f"{address(place).schema}.keys"
    elsewhere = inblue(place, "verify", INBLUE_FILES=str(tmp_path / "nothing"))
    assert elsewhere.returncode == 1
    assert "is not kept here" in elsewhere.stdout


def test_a_history_is_played_into_a_database(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    place = postgres.fresh()
    done = inblue(place, "play", REAL_CASE)
    assert (done.returncode, done.stderr) == (0, "")
    again = inblue(place, "play", REAL_CASE)
    assert "on record already" in again.stdout
    assert "every check passed" in inblue(place, "verify").stdout


def test_a_server_that_is_not_there_is_one_line_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for query in ("", "?sslmode=verify-full", "?sslmode=nonsense", "?nonsense=1", "?sslcert=/none"):
        done = inblue(f"postgresql://clerk:hunter%2022@127.0.0.1:1/votes{query}", "status")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "hunter" not in done.stderr
        assert "postgresql://clerk@127.0.0.1:1/votes" in done.stderr


def test_a_ledger_in_a_file_costs_nothing_of_postgresql(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "ledger.db", signer=REGISTRAR, log_signer=LOG):
        pass
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from inblue.ledger.ledger import Ledger\n"
        "with Ledger.open(Path(sys.argv[1]), read_only=True) as ledger:\n"
        "    assert ledger.verify().holds\n"
        "print([name for name in sys.modules if name.startswith('psycopg')])\n"
    )
    told = subprocess.check_output([sys.executable, "-c", program, tmp_path / "ledger.db"], text=True)
    assert told == "[]\n"
