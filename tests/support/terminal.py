"""A command at a terminal of its own, 80 columns wide, which is asked a question and answers it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Told(NamedTuple):
    """How a command at a terminal ended, and all that was shown there, what was typed among it."""

    status: int
    shown: str


def at_terminal(command: Sequence[str], *, env: Mapping[str, str], answers: str = "", after: str = "") -> Told:
    """Run the command with a pseudo-terminal as its input and output, and type ``answers``, once ``after`` is shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(command, env={"TERM": "dumb", **env}, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, typed = b"", answers.encode()
    while True:
        if typed and after.encode() in shown:
            os.write(ours, typed)
            typed = b""
        try:
            read = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read
    os.close(ours)
    return Told(process.wait(60), shown.decode().replace("\r\n", "\n"))
