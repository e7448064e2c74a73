"""The terminal's alternate screen: reads keys as they are pressed, and writes only changed lines.

rich's ``Live`` rewrites the whole screen each time and reads no keys; a screen that is watched for a day should not
flicker.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
import tty
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_QUIT = "q"


class Screen:
    """The terminal of standard input and output. ``width`` and ``height`` are what it has now."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._stopped = False

    def __enter__(self) -> Self:
        self._in, self._out = sys.stdin.fileno(), sys.stdout.fileno()
        self._before = termios.tcgetattr(self._in)
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._waker.fileno())
        self._handlers: dict[signal.Signals, Any] = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGWINCH, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        tty.setcbreak(self._in)
        quiet = termios.tcgetattr(self._in)
        quiet[6][termios.VSUSP] = b"\0"  # a job stopped on the alternate screen would hide the main one
        termios.tcsetattr(self._in, termios.TCSANOW, quiet)
        self._write(_ENTER)
        self._measure()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, termios.error):  # the terminal may be gone
            self._write(_LEAVE)
            termios.tcsetattr(self._in, termios.TCSAFLUSH, self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._woken.close()
        self._waker.close()

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines, and nothing else; lines that are on the screen already are not written again."""
        wanted = list(lines[: self.height])
        written = []
        for row in range(max(len(wanted), len(self._shown))):
            line = wanted[row] if row < len(wanted) else ""
            if row >= len(self._shown) or line != self._shown[row]:
                written.append(f"\x1b[{row + 1};1H{line}\x1b[0m\x1b[K")
        if written:
            self._write("".join(written))
        self._shown = wanted

    def wait(self, seconds: float) -> bool:
        """Wait this long, or until the terminal has changed; False once the user wants to leave."""
        try:
            ready, _, _ = select.select([self._in, self._woken], [], [], seconds)
        except InterruptedError:
            ready = []
        if self._woken in ready:
            self._woken.recv(4096)
            self._measure()
        if self._in in ready:
            keys = os.read(self._in, 1024)
            if not keys or _QUIT in keys.decode(errors="replace").lower():
                return False
        return not self._stopped

    def _measure(self) -> None:
        size = os.get_terminal_size(self._out)
        self.width, self.height = max(size.columns, 1), max(size.lines, 1)
        self._shown = []
        self._write("\x1b[2J")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as signal.signal has it
        if number != signal.SIGWINCH:
            self._stopped = True

    def _write(self, text: str) -> None:
        data = text.encode(sys.stdout.encoding or "utf-8", errors="replace")
        while data:
            data = data[os.write(self._out, data) :]
