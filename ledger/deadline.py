"""Asks something that may hang, in another thread and with a deadline.

The threads stay, and are used again. A C library such as OpenSSL frees what it keeps for a thread when the thread ends,
which is after its answer was given: a fork at that moment would leave the library's lock held in the child for ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias, TypeVar

T = TypeVar("T")

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
