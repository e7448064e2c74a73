"""Keeps secrets from child processes and memory dumps, and limits what the ledgers of a process may use, and its waits.

What may hang, such as a signer, is asked in another thread, with a deadline. The threads stay, and are used again. A C
library such as OpenSSL frees what it keeps for a thread when the thread ends, which is after its answer was given: a
fork at that moment would leave the library's lock held in the child for ever.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import RLock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from ..domain.errors import Malformed
from .edge.face import face
from .errors import UnreachableError, UnusableError

if TYPE_CHECKING:
    import subprocess

T = TypeVar("T")

OURS = ("INBLUE_", "PG")
"""Prefixes of environment variables for this program and its database: passphrases, addresses with passwords."""

_PR_SET_DUMPABLE = 4  # Linux, prctl(2)


class Limits(NamedTuple):
    """The resources that the ledgers of one process may use, and their waits in seconds; set by :func:`set_limits`.

    ``connections`` to one PostgreSQL database, shared by all open ledgers of the process; ``votes`` that each ledger
    holds in memory. Waits: ``wait`` for another thread of the process, or for one of its connections; ``lock`` for
    another process that records; ``connect`` for a database server to accept a connection; ``signer`` for a key to
    sign; ``authority`` for a timestamp, and ``witness`` for a cosignature, per request.

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
_LEAST = {"connections": 2, "votes": 2}  # one thread records, and reads over a second connection
_set = [Limits()]


def limits() -> Limits:
    """The limits of this process."""
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
    """Set limits for ledgers that this process opens from now on; omitted ones stay. Returns all of them.

    >>> inblue.set_limits(votes=1000, authority=30).votes
    1000

    Raises:
        Malformed: fewer than 2 connections (one records, and reads over a second) or 2 votes; a wait that is not above
        0 seconds and at most a day; or a signer limit over half of ``lock``: a writer that waits for a hanging signer
        must still get its turn.
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
    """Make sure that this is the process with that id: connections, locks and cached data do not survive a fork.

    Raises:
        Broken: it is a child of that one.
    """
    if os.getpid() != opened_in:
        raise UnusableError(
            f"this ledger was opened by process {opened_in}, before a fork, and this is process {os.getpid()}: "
            "open it again in each process that is to use it"
        )


class Turn:
    """A reentrant lock for the threads of a process, with a limit on the wait in seconds."""

    def __init__(self, seconds: float) -> None:
        self._lock, self._seconds, self._process = RLock(), seconds, os.getpid()

    def __enter__(self) -> None:
        check_process(self._process)  # a lock that another thread held at the fork would never be released
        if not self._lock.acquire(timeout=self._seconds):
            said = f"other threads have used this ledger for over {self._seconds:g} s; nothing was done. Try again"
            raise UnreachableError(said)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()


Answer: TypeAlias = tuple[Sequence[T], BaseException | None]
"""The one result, or none; and what was raised instead of it. Neither is there if there was no answer in time."""


def ask(question: Callable[[], T]) -> Answer[T]:
    """The answer to ``question``, asked in this thread, without a deadline."""
    try:
        return (question(),), None
    except BaseException as error:  # noqa: BLE001 - the caller's thread raises it, or reports that there was one
        return (), error


def ask_within(seconds: float, question: Callable[[], T]) -> Answer[T]:
    """The answer to ``question`` within that time, asked in another thread; it has the caller's context variables.

    The thread is a daemon: if it hangs, it keeps neither a lock nor the interpreter.
    """
    answers: SimpleQueue[Answer[T]] = SimpleQueue()
    context = copy_context()

    def answered_by(asker: _Asker) -> None:
        answer = context.run(ask, question)
        _idle.append(asker)  # first, so that who asks next finds it
        answers.put(answer)

    try:
        _asker().questions.put(answered_by)
        return answers.get(timeout=seconds)  # a late one stays in a queue that nobody reads
    except Empty:
        return (), None
    except RuntimeError as error:  # no further thread can be started
        return (), error


class _Asker:
    """A thread that waits for the next question."""

    __slots__ = ("questions",)

    def __init__(self) -> None:
        self.questions: SimpleQueue[Callable[[_Asker], None]] = SimpleQueue()
        Thread(target=self._ask, name="inblue-asker", daemon=True).start()

    def _ask(self) -> None:
        while True:
            self.questions.get()(self)  # without a name: a question may hold a PIN, and is not to stay


_idle: list[_Asker] = []


def _asker() -> _Asker:
    try:
        return _idle.pop()
    except IndexError:
        return _Asker()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # the threads stayed in the parent


def start(command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
    """Start an operator's command in its own session, with pipes to and from it.

    It gets the environment without :data:`OURS`, and the variables in ``more``.

    Raises:
        OSError: it cannot be started.
    """
    import subprocess  # late: few keys are asked for in this way

    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - the operator's own
        command, stdin=pipe, stdout=pipe, stderr=null, env=without_secrets(os.environ) | more, start_new_session=True
    )


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the variables that are only for this program."""
    return {name: value for name, value in environment.items() if not name.startswith(OURS)}


def leave_no_dump() -> None:
    """From now on a crash writes no memory to disk, and on Linux only root can read the memory or the environment.

    On systems without these features nothing happens.
    """
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
