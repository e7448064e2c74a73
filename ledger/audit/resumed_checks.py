"""The entry checks of a published log, continued from where its last audit ended.

Older entries are read from the tiles when needed, and proved to be in the saved tree. Votes are folded again from the
tiles on demand.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ...domain.errors import InblueError, Malformed
from ...domain.messages import INTAKE
from ..entries.entry import REGISTER_STREAM, Entry, StoredEntry
from ..entries.kinds import is_vote_act
from ..entries.streams import vote_in, vote_stream
from ..errors import Broken, UnreachableError
from ..published.source import AbsentError, fetch_entries
from ..published.tree import TileTree
from ..standards.checkpoint import Checkpoint
from ..standards.tiles import WIDTH, Tile, tile_of
from .checked_tree import CheckedTree, Roots
from .checks import LOG
from .entry_checks import EntryChecks
from .finish import Reader
from .kept_files import KeptFiles
from .last_audit import Kept, Place, Remembered
from .message_checks import MessagesOf
from .opened import Opened, open_entries
from .published_files import SourceFiles
from .reply_bounds import Proofs
from .result import Result

_KEPT_TILES = 8


class TileRoots:
    """What the tiles show of the log before the part being read, under the checkpoint that is ``known``."""

    def __init__(self, result: Result, tree: CheckedTree, tiles: TileTree, known: Checkpoint) -> None:
        self._result = result
        self._tree = tree
        self._tiles = tiles
        self._known = known
        self._older: dict[int, bytes | None] = {}

    def root_at(self, size: int) -> bytes | None:
        """See :class:`.Roots`."""
        if size >= self._tree.start:
            return self._tree.root_at(size)
        if size not in self._older:
            try:
                self._older[size] = self._tiles.earlier_root(size, self._known)
            except (AbsentError, Malformed, Broken) as error:
                self._older[size] = None
                self._result.problem(LOG, None, str(error))
        return self._older[size]

    def leaf_at(self, index: int) -> bytes | None:
        """See :class:`.Roots`."""
        if not 0 <= index < self._tree.start:
            return self._tree.leaf_at(index)
        try:
            leaf = self._tiles.node((0, index))
            if self._tiles.stands(leaf, index, self._known):
                return leaf
            self._result.problem(LOG, index, "the tiles do not show what stands here in the log")
        except (AbsentError, Malformed) as error:
            self._result.problem(LOG, index, str(error))
        return None


class ResumedChecks:
    """Entry checks that know the places of the register's entries and of each vote's entries in the tiles.

    ``checks`` are the entry checks themselves; ``kept`` and ``places`` are what the next audit needs. With a state
    ``before`` they continue from it.
    """

    def __init__(self, tiles: TileTree, reader: Reader, before: Remembered | None) -> None:
        self.kept: list[Kept] = []
        self.places = {vote_stream(place.draft): place for place in before.votes} if before else {}
        self._tiles = tiles
        self._known = before.known if before else None
        self._read = lru_cache(_KEPT_TILES)(self._opened)
        self._result = Result()
        start = self._known.size if self._known else 0
        peaks = before.tree(start).peaks if before else ()
        tree = CheckedTree(self._result, start, peaks, tiles.leaves)
        roots: Roots = TileRoots(self._result, tree, tiles, self._known) if self._known else tree
        files = KeptFiles(SourceFiles(tiles.source), self._result, collect=False, remote=True)
        proofs = Proofs(reader.trust, self._rows, roots.leaf_at)
        self.checks = EntryChecks(
            self._result,
            tree,
            roots,
            files,
            proofs,
            earlier=self._verified_before,
            reread=self._rows,
            places=reader.places,
            messages=MessagesOf.NONE,
        )
        for each in before.recalled if before else ():
            self._recall(each)
        if before is not None and before.counting_from is not None:
            self.checks.count.counting_from(before.counting_from)

    def take(self, opened: Opened) -> None:
        """Check the next entry, and note its place."""
        index = self.checks.size
        self.checks.take(opened)
        if opened.entry is not None:  # an entry without effect has its place too
            self._note(index, opened.entry)

    def _recall(self, each: Kept) -> None:
        raw = each.entry.encode()
        self.checks.recall(each.index, raw, verified=True)
        self.kept.append(each)

    def _note(self, index: int, entry: Entry) -> None:
        stream = entry.stream
        if is_vote_act(entry.act) and (name := vote_in(stream)):
            place = self.places.get(stream)
            first, number = (place.first, place.entries) if place else (index, 0)
            self.places[stream] = Place(draft=name, entries=number + 1, first=first, last=index)
        elif stream in {REGISTER_STREAM, INTAKE} and not is_vote_act(entry.act):
            self.kept.append(Kept(entry=entry.raw.decode(), index=index))

    def _verified_before(self, stream: str, _version: int) -> int:
        """How many acts of a stream the last audit verified; its vote is then loaded as of that audit."""
        place = self.places.get(stream)
        if place is None:
            return 0
        try:
            self._fold(stream, place)
        except UnreachableError:
            raise
        except InblueError as error:
            self.checks.votes.states.put(place.draft, None, place.first, b"")
            self._result.problem(LOG, None, f"of {place.draft} what was verified before cannot be read again: {error}")
        return place.entries

    def _fold(self, stream: str, place: Place) -> None:
        assert self._known is not None  # noqa: S101 - only then do earlier places exist
        votes, number = self.checks.votes, 0
        for index, opened, entry in self._placed(stream, place):
            number += 1
            if not self._tiles.stands(opened.leaf, index, self._known):
                raise Broken(f"entry {index} is not the one that stood here")
            assert is_vote_act(entry.act)  # noqa: S101 - its leaf was found to hold one before
            if opened.leaf.hex() in self.checks.register.state.disowned:
                votes.pass_over(entry)
            else:
                votes.recall(place.draft, index, opened.leaf, entry, entry.act)
        if number != place.entries:
            raise Broken(f"it had {place.entries} entries, and {number} are there")

    def _rows(self, stream: str) -> Iterator[StoredEntry]:
        """Re-read the entries of a vote."""
        for _, opened, entry in self._placed(stream, self.places[stream]):
            yield StoredEntry(stream, entry.index + 1, entry.kind, opened.raw)

    def _placed(self, stream: str, place: Place) -> Iterator[tuple[int, Opened, Entry]]:
        for number in range(place.first // WIDTH, place.last // WIDTH + 1):
            tile = tile_of(self._tiles.size, None, number)
            for index, opened in enumerate(self._read(tile), start=number * WIDTH):
                entry = opened.entry
                if place.first <= index <= place.last and entry is not None and entry.stream == stream:
                    yield index, opened, entry

    def _opened(self, tile: Tile) -> list[Opened]:
        return open_entries(fetch_entries(self._tiles.source, tile))
