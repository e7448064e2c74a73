"""Check 9: every file that an entry, or a document it pins, names is kept and matches its digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter

from ...domain.acts import Act, DraftCirculated, LetterSent
from ...domain.errors import InblueError
from ...domain.snapshot import Snapshot
from ..entries.files import Files
from ..entries.kinds import AnyAct
from ..errors import UnreachableError
from .checks import FILES
from .result import Result

_REMEMBERED = 1_000
"""Digests that are not looked up again."""


class KeptFiles:
    """The files that entries name. With ``collect``, ``cited`` has all their digests.

    With ``remote`` a file that could not be fetched says nothing about the log: UnreachableError is raised.
    """

    def __init__(self, store: Files, result: Result, *, collect: bool = True, remote: bool = False) -> None:
        self.store = store
        self.cited: set[str] = set()
        self._result = result
        self._collect = collect
        self._remote = remote
        self._found: dict[str, None] = {}

    def named(self, index: int, sha256: str) -> bool:
        """The entry at ``index`` names a file; returns whether it is kept."""
        if sha256 not in self._found:
            return self.content(index, sha256) is not None
        if self._collect:
            self.cited.add(sha256)
        return True

    def content(self, index: int, sha256: str) -> bytes | None:
        """What is in a file that the entry at ``index`` names; None where it is not kept, which is a problem."""
        if self._collect:
            self.cited.add(sha256)
        try:
            content = self.store.get(sha256)
        except InblueError as error:
            if self._remote and isinstance(error, UnreachableError):
                raise
            self._result.problem(FILES, index, str(error))
            return None
        self._found[sha256] = None
        if len(self._found) > _REMEMBERED:
            del self._found[next(iter(self._found))]
        return content


def digests_of(act: AnyAct) -> Iterator[str]:
    """Every file digest that an act names, procedure and snapshot included."""
    for read in _naming_files(type(act)):
        found = read(act)
        if isinstance(found, str):
            yield found
    if isinstance(act, DraftCirculated):
        yield from act.texts.values()


def pinned_by(act: AnyAct, snapshot: Callable[[str], Snapshot]) -> tuple[str, ...]:
    """The files that an opening's ``snapshot``, found by its digest, names in turn: the zone.

    Raises:
        InblueError: the snapshot cannot be read, or is not one.
    """
    if not isinstance(act, LetterSent) or act.snapshot is None or (zone := snapshot(act.snapshot).zone) is None:
        return ()
    return (zone.sha256,)


@cache
def _naming_files(kind: type[Act]) -> tuple[Callable[[object], object], ...]:
    """A getter of the fields that name a file in a kind of act; testing for absent fields is slow."""
    fields = ("procedure", "snapshot", "sha256", "instrument.sha256")
    return tuple(attrgetter(each) for each in fields if each.partition(".")[0] in kind.model_fields)
