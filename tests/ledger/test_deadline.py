"""What may hang is asked in another thread, which stays: if it ended, a fork could find a C library's lock held."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import pytest

from inblue.ledger import process
from inblue.ledger.errors import SignerFailed, UnreachableError
from inblue.ledger.operations.http import post
from inblue.ledger.process import ask_within
from inblue.ledger.standards.signing import within


def asked(question: Callable[[], Any] = threading.get_ident) -> Any:
    answer, failed = ask_within(30, question)
    assert failed is None
    return answer[0]


def test_one_thread_answers_one_caller_and_does_not_end() -> None:
    threads = {asked(threading.current_thread) for _ in range(50)}
    assert len(threads) == 1
    [thread] = threads
    assert (thread.is_alive(), thread.daemon) == (True, True)


def test_as_many_threads_are_made_as_ask_at_once() -> None:
    together = threading.Barrier(8)

    def question() -> int:
        together.wait(30)
        return threading.get_ident()

    with ThreadPoolExecutor(8) as pool:
        first, second = ({*pool.map(lambda _: asked(question), range(8))} for _ in range(2))
    assert first == second
    assert len(first) == 8


def test_one_that_hangs_is_not_asked_again_until_it_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_idle", [])
    released, thread = threading.Event(), asked()

    def hangs() -> None:
        released.wait(30)

    assert ask_within(0.01, hangs) == ((), None)
    other = asked()
    released.set()
    until = time.monotonic() + 30
    while len(process._idle) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert {*asked(lambda: (threading.get_ident(), asked()))} == {thread, other}


def test_what_is_raised_is_given_back_and_the_thread_goes_on() -> None:
    thread, error = asked(), KeyboardInterrupt()

    def raises() -> None:
        raise error

    assert ask_within(30, raises) == ((), error)
    assert asked() == thread


def test_it_has_the_context_of_its_caller() -> None:
    name: ContextVar[str] = ContextVar("name")
    for value in ("a", "b"):
        name.set(value)
        assert asked(name.get) == value


def test_nothing_of_a_question_stays_when_it_is_answered() -> None:
    class Secret:
        def __call__(self) -> None: ...

    secret = Secret()
    seen = weakref.ref(secret)
    asked(secret)
    del secret
    asked()  # the same thread: it has let go of the question before
    assert seen() is None


def test_a_forked_child_has_threads_of_its_own() -> None:
    asked()
    child = os.fork()
    if child == 0:
        os._exit(0 if ask_within(30, os.getpid) == ((os.getpid(),), None) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread waits for a question, and none can be started."""

    def none(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(process, "_idle", [])
    monkeypatch.setattr(threading.Thread, "start", none)


@pytest.mark.usefixtures("no_threads")
def test_where_no_thread_can_be_started_it_says_so() -> None:
    answer, failed = ask_within(30, os.getpid)
    assert (answer, str(failed)) == ((), "can't start new thread")


@pytest.mark.usefixtures("no_threads")
def test_a_signer_or_an_authority_that_no_thread_can_ask_is_one_line_of_ours() -> None:
    with pytest.raises(SignerFailed, match=r"\Athe token failed \(RuntimeError\)"):
        within(1, os.getpid, whose="the token")
    with pytest.raises(UnreachableError, match=r"\Ahttps://tsa\.example: not asked: can't start new thread\Z"):
        post("https://tsa.example", b"", "application/timestamp-query", seconds=1, limit=9)
