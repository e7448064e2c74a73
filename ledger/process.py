"""What a process leaves to its children and to a dump, which is no secret; and what its ledgers may take."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import RLock
from types import TracebackType
from typing import Any, NamedTuple

from ..domain.errors import Malformed
from .edge.face import face
from .errors import UnreachableError, UnusableError

OURS = ("INBLUE_", "PG")
"""What the variables begin with that are for this program and its database: passphrases, addresses with passwords."""

_PR_SET_DUMPABLE = 4  # Linux, prctl(2)


class Limits(NamedTuple):
    """What ledgers of one process may take, and how many seconds they wait; :func:`set_limits` sets it.

    ``connections`` to one PostgreSQL database, shared by all that is open in the process; ``votes`` that each ledger
    holds in memory. Waits: ``wait`` for another thread of the process, or for one of its connections; ``lock`` for
    another process that records; ``connect`` for a database server to let somebody in; ``signer`` for a key to sign;
    ``authority`` for a timestamp, and ``witness`` for a cosignature, each time that one is asked.

    >>> inblue.set_limits().lock
    30.0
    """

    connections: int = 5
    votes: int = 256
    wait: float = 60.0
    lock: float = 30.0
    connect: float = 10.0
    signer: float = 5.0
    authority: float = 10.0
    witness: float = 10.0


_DAY = 86_400
_LEAST = {"connections": 2, "votes": 2}  # one records, and reads over a second connection
_set = [Limits()]


def limits() -> Limits:
    """Those of this process."""
    return _set[0]


@face
def set_limits(
    *,
    connections: int | None = None,
    votes: int | None = None,
    wait: float | None = None,
    lock: float | None = None,
    connect: float | None = None,
    signer: float | None = None,
    authority: float | None = None,
    witness: float | None = None,
) -> Limits:
    """Set limits for ledgers that this process opens from now on; what is left out stays. Gives all of them.

    >>> inblue.set_limits(votes=1000, authority=30).votes
    1000

    Raises:
        Malformed: fewer than 2 connections (one records, and reads over a second) or 2 votes; a wait that is not
            above 0 seconds and at most a day; or a signer that may take over half of ``lock``: who waits behind one
            that hangs must still get its turn.
    """
    given: dict[str, Any] = {
        "connections": connections, "votes": votes, "wait": wait, "lock": lock, "connect": connect,
        "signer": signer, "authority": authority, "witness": witness,
    }  # fmt: skip
    wanted = limits()._replace(**{name: value for name, value in given.items() if value is not None})
    for name, value in wanted._asdict().items():
        if name in _LEAST and value < _LEAST[name]:
            raise Malformed(f"limits: {name}: at least {_LEAST[name]}")
        if name not in _LEAST and not 0 < value <= _DAY:
            raise Malformed(f"limits: {name}: more than 0 seconds, and at most a day")
    if wanted.signer > wanted.lock / 2:
        raise Malformed(f"limits: signer: at most {wanted.lock / 2:g} seconds, half of lock")
    _set[0] = wanted
    return wanted


def check_process(opened_in: int) -> None:
    """Make sure that this is the process of that id: connections, locks and what was read do not survive a fork.

    Raises:
        Broken: it is a child of that one.
    """
    if os.getpid() != opened_in:
        raise UnusableError(
            f"this ledger was opened by process {opened_in}, before a fork, and this is process {os.getpid()}: "
            "open it again in each process that is to use it"
        )


class Turn:
    """A lock that the threads of a process take in turn, each waiting so many seconds; who holds it may enter again."""

    def __init__(self, seconds: float) -> None:
        self._lock, self._seconds, self._process = RLock(), seconds, os.getpid()

    def __enter__(self) -> None:
        check_process(self._process)  # a lock that another thread held at the fork would never be free
        if not self._lock.acquire(timeout=self._seconds):
            said = f"other threads have used this ledger for over {self._seconds:g} s; nothing was done. Try again"
            raise UnreachableError(said)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


def start(command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
    """Start a command of the operator's in a session of its own, with pipes to it and from it.

    It gets the environment but for what is :data:`OURS`, and the variables in ``more``.

    Raises:
        OSError: it cannot be started.
    """
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - the operator's own
        command, stdin=pipe, stdout=pipe, stderr=null, env=without_secrets(os.environ) | more, start_new_session=True
    )


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what is for this program alone."""
    return {name: value for name, value in environment.items() if not name.startswith(OURS)}


def leave_no_dump() -> None:
    """From now on a crash writes no memory to disk, and on Linux nobody but root reads it or the environment.

    Where a system has none of this, nothing happens.
    """
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
