"""A command at a terminal of its own, 80 columns wide, which is asked a question and answers it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Told(NamedTuple):
    """How a command at a terminal ended, and all that was shown there, what was typed among it."""

    status: int
    shown: str


def at_terminal(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    answers: str = "",
    after: str = "",
    then: Sequence[tuple[str, str]] = (),
    cwd: Path | None = None,
) -> Told:
    """Run the command with a pseudo-terminal as its input and output, and type ``answers``, once ``after`` is shown.

    ``then`` are further answers, each with what must be shown, after what was typed before, before it is typed.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        command, env={"TERM": "dumb", **env}, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd
    )
    os.close(theirs)
    shown, seen = b"", 0
    waiting = [*([(after, answers)] if answers else []), *then]
    while True:
        if waiting and (at := shown.find(waiting[0][0].encode(), seen)) >= 0:
            seen = at + len(waiting[0][0].encode())
            os.write(ours, waiting.pop(0)[1].encode())
        try:
            read = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read
    os.close(ours)
    return Told(process.wait(60), shown.decode().replace("\r\n", "\n"))
