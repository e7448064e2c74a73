"""What a process leaves to its children and to a dump, which is no secret; and what its ledgers may take."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import RLock
from types import TracebackType
from typing import NamedTuple

from ..domain.errors import Malformed
from .edge.face import face
from .errors import Busy, UnusableError

OURS = ("INBLUE_", "PG")
"""What the variables begin with that are for this program and its database: passphrases, addresses with passwords."""

_PR_SET_DUMPABLE = 4  # Linux, prctl(2)


class Limits(NamedTuple):
    """What ledgers of one process may take; :func:`set_limits` sets it.

    ``connections`` to one PostgreSQL database, shared by all that is open in the process; ``votes`` that each ledger
    holds in memory; ``wait``, in seconds, for another thread of the process, or for a connection.
    """

    connections: int = 5
    votes: int = 256
    wait: float = 60.0


_DAY = 86_400
_set = [Limits()]


def limits() -> Limits:
    """Those of this process."""
    return _set[0]


@face
def set_limits(*, connections: int | None = None, votes: int | None = None, wait: float | None = None) -> Limits:
    """Set limits for ledgers that this process opens from now on; what is left out stays. Gives all of them.

    >>> inblue.set_limits(votes=1000).votes
    1000

    Raises:
        Malformed: fewer than 2 connections (one records, and reads over a second) or 2 votes, or a wait that is not
            above 0 seconds and at most a day.
    """
    now = limits()
    wanted = Limits(
        now.connections if connections is None else connections,
        now.votes if votes is None else votes,
        now.wait if wait is None else wait,
    )
    if wanted.connections < 2 or wanted.votes < 2 or not 0 < wanted.wait <= _DAY:
        raise Malformed("limits: at least 2 connections, 2 votes, and a wait of more than 0 seconds, at most a day")
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
            raise Busy(f"other threads have used this ledger for over {self._seconds:g} s; nothing was done. Try again")

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
