"""Check 18: how many entries of the register are before each entry, as it says, and as there are.

So nobody can leave the last lines of the register out of what is handed over: what comes after them counts them.
Entries of ``inblue-entry/1`` do not; once one does, all that follow it have to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...domain.phrase import Said
from ..entries.entry import REGISTER_STREAM, Entry
from .checks import REGISTER
from .result import Result


class Formats(NamedTuple):
    """Where in the log the first entry is that counts the register, and the last one that does not."""

    counting: int | None = None
    not_counting: int | None = None

    @property
    def mixed(self) -> bool:
        """Whether one that does not count comes after one that does."""
        return self.counting is not None and self.not_counting is not None and self.counting < self.not_counting

    @classmethod
    def together(cls, parts: Iterable[Formats]) -> Formats:
        """Those of a log of which each of ``parts`` saw some entries."""
        counting, not_counting = zip(*parts, strict=True)
        return cls(
            min((at for at in counting if at is not None), default=None),
            max((at for at in not_counting if at is not None), default=None),
        )


class RegisterCount:
    """The count, as the entries come in, in the order of the log; those of the register all of them.

    ``start`` is where the part begins that is shown whole: of the register's entries before it some may be missing.
    """

    def __init__(self, result: Result, start: int = 0) -> None:
        self.formats = Formats()
        self._result = result
        self._start = start
        self._before = 0
        self._last = 0  # the founding is of the register, and before whatever is looked at

    def check(self, index: int, entry: Entry) -> None:
        """Check what the entry at ``index`` says. Only the first problem is named: what follows has the same cause."""
        counting, not_counting = self.formats
        if entry.register is None:
            self.formats = Formats(counting, index)
            if self.formats.mixed:
                what = "is of inblue-entry/1, and one of inblue-entry/2 comes before it"
                self._result.once(REGISTER, index, what)
            return
        self.formats = Formats(index if counting is None else counting, not_counting)
        if entry.register != self._before:
            what = f"says that {entry.register} entries of the register come before it, and there are {self._before}"
            self._result.once(REGISTER, index, what)

    def passed(self, index: int, stream: str) -> None:
        """The entry at ``index``, of ``stream``, was looked at; the next one comes after it."""
        if stream == REGISTER_STREAM:
            self._before += 1
            self._last = index

    def counting_from(self, index: int) -> None:
        """The entry at ``index``, which is not looked at here, counts the register: all that follow have to."""
        self.formats = Formats(index, self.formats.not_counting)

    def last_before(self, entry: Entry) -> None:
        """Take the last entry before the part, once those of the register before the part are known."""
        if entry.register is None:
            return
        self.counting_from(self._start - 1)
        if entry.register + (entry.stream == REGISTER_STREAM) != self._before:
            what = f"{entry.register} entries of the register come before it, and not as many are there"
            self._result.once(REGISTER, self._start - 1, f"says that {what}")

    def not_proved(self) -> Said | None:
        """What it leaves unproved that no entry counts those of the register before the part, in a sentence."""
        counting, last_that_does_not = self.formats
        if counting is not None or last_that_does_not is None or last_that_does_not < self._start:
            return None
        if self._last >= self._start - 1:  # the stream has no gap
            return None
        return Said.of(
            "Entries of the register between entry {last} and entry {start} may have been left out: those that follow "
            "are of the first format, and do not count them.",
            last=self._last,
            start=self._start,
        )
