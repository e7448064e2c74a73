"""Check 9: every file that an entry names, or what it pins, is kept, with the bytes of its digest."""

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
    """The files that entries name. With ``collect``, ``cited`` has the digests of all of them.

    With ``remote`` a file that could not be asked for says nothing of the log: UnreachableError is raised.
    """

    def __init__(self, store: Files, result: Result, *, collect: bool = True, remote: bool = False) -> None:
        self.store = store
        self.cited: set[str] = set()
        self._result = result
        self._collect = collect
        self._remote = remote
        self._found: dict[str, None] = {}

    def named(self, index: int, sha256: str) -> bool:
        """The entry at ``index`` names a file; gives whether it is kept."""
        if self._collect:
            self.cited.add(sha256)
        if sha256 in self._found:
            return True
        try:
            self.store.get(sha256)
        except InblueError as error:
            if self._remote and isinstance(error, UnreachableError):
                raise
            self._result.problem(FILES, index, str(error))
            return False
        self._found[sha256] = None
        if len(self._found) > _REMEMBERED:
            del self._found[next(iter(self._found))]
        return True


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
        InblueError: the snapshot cannot be had, or is not one.
    """
    if not isinstance(act, LetterSent) or act.snapshot is None or (zone := snapshot(act.snapshot).zone) is None:
        return ()
    return (zone.sha256,)


@cache
def _naming_files(kind: type[Act]) -> tuple[Callable[[object], object], ...]:
    """What reads the fields of a kind of act that name a file; to ask for one that it has not takes long."""
    fields = ("procedure", "snapshot", "sha256", "instrument.sha256")
    return tuple(attrgetter(each) for each in fields if each.partition(".")[0] in kind.model_fields)
