"""Streaming replication between real PostgreSQL servers: a standby of a server, and the loss of the primary."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from server import Database, Server

NAME = "inblue_standby"


class Standby(Server):
    """A copy of a running server that streams what that one writes."""

    def __init__(self, primary: Server) -> None:
        self._install(primary.version)
        self._primary = primary
        self.follows = f"host={primary.data} user=postgres application_name={NAME}"
        self._run("pg_basebackup", "-R", "-D", self.data, "-d", self.follows, "-X", "stream", "-c", "fast")
        for lock in self.data.glob(".s.PGSQL.*"):  # the primary's, whose socket is in its folder
            lock.unlink()
        self.start()
        until(lambda: replicating(primary))

    def cut_off(self) -> None:
        """Have it receive nothing any more, as when the network between is gone."""
        admin(self, "ALTER SYSTEM SET primary_conninfo = ''")
        admin(self, "SELECT pg_reload_conf()")
        until(lambda: not replicating(self._primary))

    def promote(self) -> None:
        """Make it a primary, in a timeline of its own."""
        self._run("pg_ctl", "-w", "-D", self.data, "promote")


def admin(server: Server, query: str) -> list[tuple[object, ...]]:
    """Do anything at all to a server, in its first database."""
    import psycopg

    with psycopg.connect(server.uri, autocommit=True) as connection:
        done = connection.execute(query.encode())
        return done.fetchall() if done.description else []


def replicating(primary: Server) -> bool:
    """Whether a standby streams from it."""
    return admin(primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == [(1,)]


def synchronous(primary: Server) -> None:
    """Have it acknowledge nothing that its standby has not on disk."""
    admin(primary, f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
    admin(primary, "SELECT pg_reload_conf()")
    until(lambda: admin(primary, "SELECT sync_state FROM pg_stat_replication") == [("sync",)])


def kill(server: Server) -> None:
    """Lose it, as with its machine: SIGKILL to each of its processes, and nothing is written any more."""
    (first, *_) = (server.data / "postmaster.pid").read_text().split("\n")
    family = [int(first), *children(int(first))]
    for each in family:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    until(lambda: not any(alive(each) for each in family))
    for left in server.data.glob(".s.PGSQL.*"):
        left.unlink()


def children(process: int) -> list[int]:
    """The processes that it started."""
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def alive(process: int) -> bool:
    """Whether it still runs; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def caught_up(primary: Server, standby: Server) -> bool:
    """Whether the standby shows all that the primary has written."""
    (now,) = admin(primary, "SELECT pg_current_wal_flush_lsn()")[0]
    return admin(standby, f"SELECT pg_last_wal_replay_lsn() >= '{now}'") == [(True,)]


def replayed(standby: Server) -> bool:
    """Whether it shows all that it has received."""
    return admin(standby, "SELECT pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()") == [(True,)]


def until(done: object, seconds: float = 60) -> None:
    """Wait until something is so."""
    assert callable(done)
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not become so in time"
        time.sleep(0.02)


def either(database: Database, ledger: str, *servers: Server) -> str:
    """The address of a ledger on whichever of these servers can be written."""
    hosts = quote(",".join(str(each.data) for each in servers), safe=",")
    schema = ledger.rpartition("schema=")[2]
    return f"postgresql://postgres@/{database.name}?host={hosts}&target_session_attrs=read-write&schema={schema}"


def on(server: Server, database: Database, ledger: str) -> str:
    """The address of the same ledger on one of them."""
    schema = ledger.rpartition("schema=")[2]
    return f"postgresql://postgres@/{database.name}?host={quote(str(server.data), safe='')}&schema={schema}"
