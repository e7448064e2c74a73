"""Check 7 for entries that no key in authority has signed, and for entries by which the registrar disowns them.

Such an entry has no effect, disowned or not. It is a problem until an entry of the register names it: then the problem
is withdrawn, and the verification says instead that the entry is there and has no effect. An entry signed by a key in
authority cannot be disowned: naming it is a problem of the entry that does.
"""

from __future__ import annotations

from typing import NamedTuple

from ...domain.phrase import Said
from ...domain.register_acts import EntryDisowned
from ..entries.entry import Entry
from .checks import AUTHORITY
from .result import Result


class _Refused(NamedTuple):
    at: int
    check: int
    stream: str
    number: int


class DisownedChecks:
    """The entries without effect, in the order in which they are read."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._refused: dict[str, _Refused] = {}

    def refused(self, index: int, leaf: bytes, entry: Entry, check: int, text: str) -> None:
        """Note that ``check`` found no key in authority behind the entry at ``index``."""
        self._result.problem(check, index, text)
        self._refused[leaf.hex()] = _Refused(index, check, entry.stream, entry.index)

    def disown(self, index: int, act: EntryDisowned, *, shown: bool) -> None:
        """The entry at ``index`` disowns another, which is ``shown`` if it is in the log."""
        found = self._refused.get(act.digest)
        if found is not None and (found.stream, found.number) == (act.stream, act.index):
            self._result.withdraw(found.check, found.at)
        elif shown:
            what = (
                f"disowns act {act.index} of {act.stream}, which is not there, or which a key in authority has signed"
            )
            self._result.problem(AUTHORITY, index, what)
        else:
            said = Said.of(
                "Entry {entry} disowns act {number} of {stream}, which is not shown here: it was not checked "
                "whether a key in authority signed that.",
                entry=index,
                number=act.index,
                stream=act.stream,
            )
            self._result.not_checked(said)
