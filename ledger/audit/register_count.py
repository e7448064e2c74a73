"""Check 18: the stated number of entries of the register before each entry is the actual number.

So the last entries of the register cannot be left out of an export: later entries count them. Entries of
``inblue-entry/1`` do not count; once an entry does, all later ones must.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...domain.phrase import Said
from ..entries.entry import REGISTER_STREAM, Entry
from .checks import REGISTER
from .result import Result


class Formats(NamedTuple):
    """The place of the first entry that counts the register, and of the last one that does not."""

    counting: int | None = None
    not_counting: int | None = None

    @property
    def mixed(self) -> bool:
        """Whether an entry that does not count comes after one that does."""
        return self.counting is not None and self.not_counting is not None and self.counting < self.not_counting

    @classmethod
    def together(cls, parts: Iterable[Formats]) -> Formats:
        """Combine the values of ``parts``, each of which saw some entries of a log."""
        counting, not_counting = zip(*parts, strict=True)
        return cls(
            min((at for at in counting if at is not None), default=None),
            max((at for at in not_counting if at is not None), default=None),
        )


class RegisterCount:
    """The running count over entries in the order of the log, which include all of the register's.

    ``start`` is where the complete part begins; some of the register's entries before it may be missing.
    """

    def __init__(self, result: Result, start: int = 0) -> None:
        self.formats = Formats()
        self._result = result
        self._start = start
        self._before = 0
        self._last = 0  # the founding belongs to the register, and precedes everything examined

    def check(self, index: int, entry: Entry) -> None:
        """Check the count of the entry at ``index``.

        Only the first problem is reported: later ones have the same cause.
        """
        counting, not_counting = self.formats
        if entry.register is None:
            self.formats = Formats(counting, index)
            if self.formats.mixed:
                what = "is of inblue-entry/1, and one of inblue-entry/2 comes before it"
                self._result.once(REGISTER, index, what)
            return
        if counting is None:
            self.formats = Formats(index, not_counting)
        if entry.register != self._before:
            what = f"says that {entry.register} entries of the register come before it, and there are {self._before}"
            self._result.once(REGISTER, index, what)

    def passed(self, index: int, stream: str) -> None:
        """Note that the entry at ``index``, of ``stream``, was examined."""
        if stream == REGISTER_STREAM:
            self._before += 1
            self._last = index

    def counting_from(self, index: int) -> None:
        """The entry at ``index``, not examined here, counts the register: all later ones must."""
        self.formats = Formats(index, self.formats.not_counting)

    def last_before(self, entry: Entry) -> None:
        """Use the last entry before the part, once the register's entries before the part are known."""
        if entry.register is None:
            return
        self.counting_from(self._start - 1)
        if entry.register + (entry.stream == REGISTER_STREAM) != self._before:
            what = f"{entry.register} entries of the register come before it, and not as many are there"
            self._result.once(REGISTER, self._start - 1, f"says that {what}")

    def not_proved(self) -> Said | None:
        """A sentence on what is unproved if no entry counts the register's entries before the part."""
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
