"""Two PostgreSQL servers that Debian's Patroni watches over, with Debian's etcd: it decides which one is written."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from typing import Any
from urllib.request import urlopen

from server import Server
from standbys import alive, children, until

_SETTINGS = """
scope: votes
name: {name}
restapi: {{listen: '127.0.0.1:{rest}', connect_address: '127.0.0.1:{rest}'}}
etcd3: {{host: '127.0.0.1:{etcd}'}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 3
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql: {{use_pg_rewind: true, parameters: {{wal_log_hints: 'on'}}}}
  initdb: [{{encoding: UTF8}}, {{auth: trust}}]
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust", "local all all trust"]
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {folder}/{name}
  bin_dir: {home}/bin
  pgpass: {folder}/{name}.pgpass
  authentication:
    replication: {{username: postgres}}
    superuser: {{username: postgres}}
    rewind: {{username: postgres}}
  parameters: {{unix_socket_directories: '{folder}'}}
"""


class Watched(Server):
    """The two, ``one`` and ``two``; programs of the wheel's, in a folder of their own."""

    def __init__(self, version: int = 16) -> None:
        self._install(version)
        self.user = self.user or pwd.getpwuid(os.geteuid()).pw_name
        os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, pwd.getpwnam(self.user).pw_gid)
        self.etcd, peer = free_port(), free_port()
        self.ports = {"one": free_port(), "two": free_port()}
        self.rest = {"one": free_port(), "two": free_port()}
        self.started: dict[str, subprocess.Popen[bytes]] = {}
        here, there = f"http://127.0.0.1:{self.etcd}", f"http://127.0.0.1:{peer}"
        self._begin(
            "etcd",
            *(
                "etcd",
                "--data-dir",
                f"{self.folder}/etcd",
                "--listen-client-urls",
                here,
                "--advertise-client-urls",
                here,
            ),
            *("--listen-peer-urls", there, "--initial-advertise-peer-urls", there),
            *("--initial-cluster", f"default={there}"),
        )
        until(lambda: is_open(self.etcd))
        for name in self.ports:
            given = {"folder": self.folder, "home": self.home, "etcd": self.etcd, "port": self.ports[name]}
            (self.folder / f"{name}.yml").write_text(_SETTINGS.format(name=name, rest=self.rest[name], **given))
            self.begin(name)
        until(self.is_whole, 120)

    @property
    def uri(self) -> str:
        """The first database of whichever is written now."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports.values())
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    def begin(self, name: str) -> None:
        """Start one of them, again."""
        self._begin(name, "patroni", f"{self.folder}/{name}.yml")

    def members(self) -> dict[str, dict[str, Any]]:
        """What Patroni says of both."""
        for port in self.rest.values():
            with suppress(OSError, ValueError), urlopen(f"http://127.0.0.1:{port}/cluster", timeout=5) as answer:
                return {each["name"]: each for each in json.load(answer)["members"]}
        return {}

    def leader(self) -> str | None:
        """Which is written."""
        return next((name for name, each in self.members().items() if each["role"] == "leader"), None)

    def is_whole(self) -> bool:
        """Whether one is written and the other is its synchronous standby."""
        return {each["role"] for each in self.members().values()} == {"leader", "sync_standby"}

    def lose(self, name: str) -> None:
        """One of them, with its Patroni: SIGKILL to all of it, as with its machine."""
        process = self.started.pop(name)
        family = [process.pid]
        with suppress(FileNotFoundError):
            server = int((self.folder / name / "postmaster.pid").read_text().split("\n")[0])
            family += [server, *children(server)]
        for each in family:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        process.wait()
        until(lambda: not any(alive(each) for each in family[1:]))

    def remove(self) -> None:
        """Stop all, and leave nothing."""
        for name in ("one", "two"):
            if name in self.started:
                self.lose(name)
        for process in self.started.values():
            process.kill()
            process.wait()
        shutil.rmtree(self.folder)

    def _begin(self, name: str, *command: str) -> None:
        env = {"PATH": os.environ["PATH"] + ":/usr/bin", "LC_ALL": "C.UTF-8"}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.started[name] = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, cwd=self.folder, env=env, start_new_session=True
            )


def free_port() -> int:
    """A free port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
