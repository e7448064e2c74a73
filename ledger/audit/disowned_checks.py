"""Check 7 of entries that no key in authority has signed, and of those by which the registrar disowns them.

Such an entry has no effect, disowned or not. It is a problem until an entry of the register names it: then what was
reported of it is withdrawn, and the verification says instead that it stands there and has no effect. What a key in
authority has signed cannot be disowned: to name it is a problem of the entry that does.
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
    """The entries without effect, as they are met."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._refused: dict[str, _Refused] = {}

    def refused(self, index: int, leaf: bytes, entry: Entry, check: int, text: str) -> None:
        """No key in authority has signed the entry at ``index``, as ``check`` has found."""
        self._result.problem(check, index, text)
        self._refused[leaf.hex()] = _Refused(index, check, entry.stream, entry.index)

    def disown(self, index: int, act: EntryDisowned, *, shown: bool) -> None:
        """The entry at ``index`` disowns another, which is ``shown`` where it is in the log."""
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
                "Entry {entry} disowns act {number} of {stream}, which is not shown here: whether a key in authority "
                "has signed that is not checked.",
                entry=index,
                number=act.index,
                stream=act.stream,
            )
            self._result.not_checked(said)
