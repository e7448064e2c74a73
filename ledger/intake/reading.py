"""Reads a message in a child process with limits, and the child's answer as strictly as any document from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from threading import Thread, Timer
from typing import NamedTuple

from ...domain.errors import Malformed
from ...domain.message_contents import Contents
from .in_child import MAX_MESSAGE, PLAIN, READ

_SECONDS = 60.0
_MOST_ANSWERED = 8 * 1024 * 1024


def read_message(raw: bytes) -> Contents:
    """The contents of a message, whatever its bytes are. Unreadable parts are lines among its faults.

    A document that kills the child, by memory or time, is left out on a second try.
    """
    if len(raw) > MAX_MESSAGE:
        return Contents(faults=(f"not read: it has more than {MAX_MESSAGE:,} bytes",))
    for how in (READ, PLAIN):
        answer = ask_child(raw, how)
        if answer.status == 0:
            try:
                return Contents.read(answer.content, where="the answer of the child", limit=_MOST_ANSWERED)
            except Malformed:
                answer = Answer(1, b"", "its reader gives no answer that can be read")
    return Contents(faults=(f"not read: {answer.why}",))


class Answer(NamedTuple):
    """A child's answer: 0 and the content, or why it gave none."""

    status: int
    content: bytes
    why: str


def ask_child(raw: bytes, how: str, *, module: str = f"{__package__}.in_child", most: int = _MOST_ANSWERED) -> Answer:
    """The child's answer; the child is killed if it takes too long or answers too much.

    ``module`` is run with ``how`` and confines itself (:func:`.in_child.confine`) before it reads ``raw``.
    """
    pipe = subprocess.PIPE
    child = subprocess.Popen(  # noqa: S603 - this interpreter
        _command(how, module),
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd=os.sep,
        start_new_session=True,
    )
    assert child.stdin is not None  # noqa: S101 - both are pipes
    assert child.stdout is not None  # noqa: S101
    late = Timer(_SECONDS, child.kill)
    writing = Thread(target=_write, args=(child, raw), daemon=True)
    late.start()
    writing.start()
    try:
        content = child.stdout.read(most + 1)
        if len(content) > most:
            child.kill()
        status = child.wait()
    finally:
        in_time = late.is_alive()
        late.cancel()
        child.kill()
        child.stdout.close()
        writing.join()
        child.wait()
    if len(content) > most:
        return Answer(1, b"", "it has more in it than is read")
    if not in_time:
        return Answer(1, b"", f"it takes longer than {_SECONDS:g} s")
    return Answer(status, content, "it takes more memory or time than it may" if status < 0 else "it stops its reader")


def _command(how: str, module: str) -> list[str]:
    return [sys.executable, "-I", "-B", "-m", module, how]


_ENVIRONMENT = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
"""An environment without ours; Windows needs its own variables to start a process."""


def _write(child: subprocess.Popen[bytes], raw: bytes) -> None:
    with suppress(OSError):  # a child that has exited reads no more
        child.stdin.write(raw)  # type: ignore[union-attr]
    with suppress(OSError):
        child.stdin.close()  # type: ignore[union-attr]
