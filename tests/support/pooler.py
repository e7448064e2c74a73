"""A real PgBouncer, Debian's, in front of a server of the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from server import Database, Server
from standbys import until

PORT = 6432


class Pooler:
    """PgBouncer in a folder, with a socket there; ``mode`` is transaction, session or statement."""

    def __init__(self, server: Server, mode: str, connections: int = 3) -> None:
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        assert Path(program).exists(), "no pgbouncer: make test-hosts installs it where it may"
        self.folder = Path(tempfile.mkdtemp(prefix="inblue-bouncer-"))
        (self.folder / "users").write_text('"postgres" ""\n')
        (self.folder / "ini").write_text(
            f"[databases]\n* = host={server.data} port=5432\n[pgbouncer]\nunix_socket_dir = {self.folder}\n"
            f"listen_port = {PORT}\nauth_type = trust\nauth_file = {self.folder}/users\npool_mode = {mode}\n"
            f"default_pool_size = {connections}\nserver_login_retry = 1\n"
            f"max_client_conn = 200\nlogfile = {self.folder}/log\n"
        )
        self.folder.chmod(0o755)
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            os.chown(self.folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        self.process = subprocess.Popen([program, "-q", self.folder / "ini"], user=user, env={"LC_ALL": "C"})
        until((self.folder / f".s.PGSQL.{PORT}").exists)

    def at(self, database: Database, ledger: str) -> str:
        """The address of a ledger through it."""
        schema = ledger.rpartition("schema=")[2]
        place = f"host={quote(str(self.folder), safe='')}&port={PORT}"
        return f"postgresql://postgres@/{database.name}?{place}&schema={schema}"

    def remove(self) -> None:
        """Stop it, and leave nothing."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)
