"""Mends a store: entries that no signed head covers and no key in authority signed are moved into a file.

A user with write access to a database but without a key can insert rows; no head is signed over them, and verification
reports them, but nothing more can be recorded until they are gone. The owner of the store removes them here. Only the
log decides what goes: an entry stays if it is under the signed head, or if it is after the head and passes every check
of an audit. So nothing signed is lost, and that is proved before anything is deleted: the leaf hashes of the remaining
entries give the root that the log's key signed.

If the head itself was overwritten, perhaps with an earlier one, the largest timestamped or cosigned checkpoint replaces
it; later entries are in the store, signed by their officers, and the log's key signs a new head over them. If the store
lacks anything that the log's key provably signed, nothing is removed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ...domain.canonical import Json, canonical
from ...domain.errors import InblueError
from ...domain.instant import format_instant
from ...domain.wording import count
from .. import durable
from ..audit.checks import FILES, PINS
from ..entries.entry import REGISTER_STREAM, StoredEntry, entry_digest
from ..entries.files import Files
from ..errors import Broken, UnusableError
from ..evidence.attestations import StampLine
from ..log.log import Head, LogStore
from ..reading import KnownRegister
from ..standards.checkpoint import Checkpoint, open_signed
from ..standards.cosignature import log_key
from ..standards.merkle import Tree, leaf_hash
from ..standards.note import NoteKey, split_note
from ..stores.address import Address
from ..stores.mending import Mender, Removal, mender
from ..stores.streams import Streams, open_streams
from .store_view import StoreView, leaves_of, rows_of

FORMAT = "inblue-mended/1"
_PAGE = 500
_MOST_ONE_BY_ONE = 50
_MOST_NODES = 1_000_000


class MovedOut(NamedTuple):
    """A row that is moved out: what it is, where it was, why it goes, and its bytes, which identify it."""

    kind: str
    where: str
    why: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The digest of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def json(self, *, whole: bool) -> dict[str, Any]:
        """As listed; with ``whole``, including its bytes, as saved."""
        listed = {"kind": self.kind, "sha256": self.sha256, "where": self.where, "why": self.why}
        return {**listed, "base64": base64.b64encode(self.content).decode()} if whole else listed


@dataclass
class Mending:
    """What will be done to a store, and the basis for it.

    ``entries`` stay; the log's key signed the first ``signed`` of them in ``checkpoint``, None if no checkpoint of the
    log was found. ``head_lost``: the log's key must sign again. ``rebuilt`` nodes of the index are recomputed. ``last``
    is the position of the last entry and ``head`` the head, as found.
    """

    entries: int
    signed: int
    checkpoint: Checkpoint | None
    moved: list[MovedOut] = field(default_factory=list)
    head_lost: bool = False
    rebuilt: int = 0
    head: Head | None = None
    last: int = 0
    removal: Removal = field(default_factory=Removal)

    @property
    def needed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.moved or self.rebuilt or self.head_lost)


def plan(address: Address, files: Files, witnesses: Sequence[NoteKey] = ()) -> Mending:
    """Plan what to move out of the ledger at ``address``; nothing is changed.

    Lines under the names of ``witnesses`` that these did not sign are included.

    Raises:
        NotFound: no ledger there.
        Broken: entries that the log's key signed are not in the store: a copy is needed.
    """
    with open_streams(address, read_only=True) as streams:
        return _Plan(streams, streams.construct_log(), mender(address), files, witnesses).made()


def mend(address: Address, mending: Mending, kept: Path, at: datetime) -> Path | None:
    """Carry out a plan: save what goes in a new file in the folder ``kept``, and remove it; return the file.

    Raises:
        Busy: others have written since.
        UnusableError: the file cannot be written, or the caller is not the owner of the store.
    """
    place = _keep(mending, kept, at) if mending.moved else None
    mender(address).remove(mending.removal, mending.head, mending.last)
    return place


def mending_json(mending: Mending, file: Path | None, *, done: bool) -> dict[str, Any]:
    """``inblue-mending/1``."""
    return {
        "format": "inblue-mending/1",
        "done": done,
        "entries": mending.entries,
        "signed": mending.signed,
        "root": None if mending.checkpoint is None else base64.b64encode(mending.checkpoint.root).decode(),
        "head_lost": mending.head_lost,
        "rebuilt_nodes": mending.rebuilt,
        "moved": [each.json(whole=False) for each in mending.moved],
        "file": None if file is None else str(file),
    }


def _keep(mending: Mending, folder: Path, at: datetime) -> Path:
    note = mending.head.note.decode("utf-8", "replace") if mending.head else None
    value: dict[str, Json] = {
        "format": FORMAT,
        "at": format_instant(at),
        "entries": mending.entries,
        "head": note,
        "moved": [each.json(whole=True) for each in mending.moved],
        "signed": mending.signed,
    }
    content = canonical(value) + b"\n"
    place = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        durable.replace(place, content)
    except OSError as error:
        raise UnusableError(f"{place}: cannot be written: {error.strerror}; nothing was taken out") from None
    return place


class _Line:
    """Rows of a store in one order, as leaves of a tree: their places, and the register among them."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.positions: list[int] = []
        self.known = KnownRegister()
        self._readable = True

    def add(self, row: StoredEntry) -> None:
        self.tree.add(leaf_hash(row.envelope))
        self.positions.append(row.cursor)
        if row.originator_id == REGISTER_STREAM and self._readable:
            try:
                self.known.take([row])
            except InblueError:
                self._readable = False

    def has_disowned(self, row: StoredEntry) -> bool:
        """Whether the registrar has disowned the entry: then an earlier head has covered it."""
        named = self.known.now.disowned.get(entry_digest(row.envelope))
        return named is not None and (named.stream, named.index) == (row.originator_id, row.originator_version - 1)

    def keys(self) -> list[NoteKey]:
        """Every key that the log has had, by the register."""
        return [log_key(vkey) for vkey in self.known.now.log_keys]

    def opened(self, note: bytes) -> Checkpoint | None:
        """The checkpoint in a note, if a key of the log signed it."""
        try:
            return open_signed(note, self.keys())[0]
        except (InblueError, UnicodeError):
            return None

    def has(self, checkpoint: Checkpoint) -> bool:
        """Whether it is a checkpoint of this tree."""
        return 0 < checkpoint.size <= self.tree.size and self.tree.root(checkpoint.size) == checkpoint.root


class _Plan:
    def __init__(
        self, streams: Streams, log: LogStore, store: Mender, files: Files, witnesses: Sequence[NoteKey]
    ) -> None:
        self._witnesses = {(key.name, key.note_id): key for key in witnesses}
        self._log, self._store, self._files, self._streams = log, store, files, streams
        self._stray = [StoredEntry(*row[1:], position=row[0]) for row in store.stray()]

    def made(self) -> Mending:
        head, last = self._log.head(), self._streams.last_position()
        line, checkpoint = self._signed(head)
        size = checkpoint.size if checkpoint else 0
        found = Mending(size, size, checkpoint, head=head, last=last)
        view = StoreView(self._streams, self._log, line.tree)
        self._entries(found, line, view)
        self._attestations(found, line)
        self._nodes(found, line)
        self._head(found, view)
        return found

    def _signed(self, head: Head | None) -> tuple[_Line, Checkpoint | None]:
        """The rows in the order of the log, and the largest checkpoint of it found here."""
        notes = {stamp.note for _, stamp in self._store.stamps()}
        notes.update(note for _, _, note, _ in self._store.cosignatures())
        if head is not None:
            notes.add(head.note)  # not only this one: an earlier one may have replaced it
        best, largest = _Line(), 0
        for line in (self._by_index(), self._as_they_lie()):
            signed = [each for note in notes if (each := line.opened(note)) is not None]
            largest = max([largest, *map(_size, signed)])
            found = max((each for each in signed if line.has(each)), key=_size, default=None)
            if found is not None and found.size == largest:
                return line, found
            if not best.keys():
                best = line
        if largest:
            raise Broken(
                f"the log's key has signed {count(largest, 'entry', 'entries')}, and the store has not all of "
                "them; nothing was taken out. Restore the ledger from a copy"
            )
        if not best.keys():
            raise UnusableError("the store holds no founding of a ledger that could be read; restore it from a copy")
        return best, None

    def _by_index(self) -> _Line:
        line, index = _Line(), leaves_of(self._log)
        wanted = next(index, None)
        for row in rows_of(self._streams):
            if wanted is not None and leaf_hash(row.envelope) == wanted:
                line.add(row)
                wanted = next(index, None)
        return line

    def _as_they_lie(self) -> _Line:
        line = _Line()
        for row in rows_of(self._streams):
            line.add(row)
        return line

    def _entries(self, found: Mending, line: _Line, view: StoreView) -> None:
        """Which rows go: foreign rows among those under the head, and later rows that an audit would reject."""
        covered = line.positions[: found.signed]
        at, edge, known = 0, covered[-1] if covered else 0, KnownRegister()
        behind: list[StoredEntry] = []
        faults: list[tuple[StoredEntry, str]] = [(row, "is before the first position") for row in self._stray]
        for row in rows_of(self._streams):
            position = row.cursor
            if at < len(covered) and position == covered[at]:
                at += 1
                if row.originator_id == REGISTER_STREAM:
                    known.take([row])
            elif position < edge:
                faults.append((row, "is among the entries under the signed head, but is not one of them"))
            elif (fault := _fault(row, known)) is not None and not line.has_disowned(row):
                faults.append((row, fault))
            elif fault is not None and row.originator_id == REGISTER_STREAM:
                known.take([row])
                behind.append(row)
            else:
                behind.append(row)
        view.without = {row.position for row, _ in faults}
        view.shown = Head(found.signed, edge, self._note(found)) if found.signed else None
        faults += self._behind(found, view, behind)
        for row, why in faults:
            where = f"position {row.position}: {row.kind}, act {row.originator_version - 1} of {row.originator_id}"
            found.moved.append(MovedOut("entry", where, why, row.envelope))
            found.removal.entries.append(row.cursor)
        found.entries = found.signed + len(behind)

    def _behind(self, found: Mending, view: StoreView, behind: list[StoredEntry]) -> Iterator[tuple[StoredEntry, str]]:
        for attempt in range(len(behind) + 1):
            problems = [each for each in view.problems(self._files) if each.check not in {FILES, PINS}]
            named = {
                p.entry - found.signed: p.text for p in problems if p.entry is not None and p.entry >= found.signed
            }
            named = {n: why for n, why in named.items() if n < len(behind)}
            if not named and all(p.entry is not None for p in problems):
                return
            chosen = sorted(named or dict.fromkeys(range(len(behind)), "the audit of what is after the head stops"))
            for n in reversed(chosen if attempt >= _MOST_ONE_BY_ONE else chosen[:1]):
                view.without.add(behind[n].position)
                yield behind.pop(n), named.get(n, "the audit of what is after the head stops")
            if not behind:
                return

    def _note(self, found: Mending) -> bytes:
        """The signed note of the checkpoint that was found."""
        notes = [found.head.note] if found.head else []
        notes += [stamp.note for _, stamp in self._store.stamps()]
        notes += [note for _, _, note, _ in self._store.cosignatures()]
        for note in notes:
            if found.checkpoint is not None and _claims(note, found.checkpoint):
                return note
        raise Broken("the signed head is not there any more; try again")

    def _attestations(self, found: Mending, line: _Line) -> None:
        for row, stamp in self._store.stamps():
            signed = line.opened(stamp.note)
            why = None if signed and signed.size == stamp.size else "is over no checkpoint of this log"
            try:
                StampLine.of_stamp(stamp, ())
            except (InblueError, UnicodeError):
                why = why or "cannot be read"
            if why is not None:
                where = f"timestamp over size {stamp.size}"
                found.moved.append(MovedOut("timestamp", where, why, stamp.token))
                found.moved.append(MovedOut("timestamp", f"{where}: its note", why, stamp.note))
                found.removal.stamps.append(row)
        for row, size, note, cosigned in self._store.cosignatures():
            signed = line.opened(note)
            whole = line.opened(note + cosigned)
            if signed is None or whole is None or signed.size != size or cosigned.count(b"\n") != 1:
                where, why = f"cosignature over size {size}", "is over no checkpoint of this log, or no line of a note"
            elif self._is_false(note + cosigned):
                where, why = f"cosignature over size {size}", "is not signed by the witness that it names"
            else:
                continue
            found.moved.append(MovedOut("cosignature", where, why, note + cosigned))
            found.removal.cosignatures.append(row)

    def _is_false(self, note: bytes) -> bool:
        """Whether a line in it has the name of a known witness but is not its own."""
        text, lines = split_note(note)
        for name, number, signature in lines:
            key = self._witnesses.get((name, number))
            with suppress(InblueError):  # lines that cannot be checked here stay
                if key is not None and not key.holds(text, signature):
                    return True
        return False

    def _nodes(self, found: Mending, line: _Line) -> None:
        """The index: nodes beyond the tree go; missing or wrong ones are recomputed."""
        removal = found.removal
        removal.nodes = list(self._log.beyond(found.signed, _MOST_NODES))
        for node, hashed in self._log.nodes([each for each in removal.nodes if 0 <= each[0] < 62]).items():
            of_the_tree = node[1] < line.tree.size >> node[0] and line.tree.node(node) == hashed
            if not of_the_tree:  # nodes after a lost head are made again when the log is signed
                why = "is beyond the signed head"
                found.moved.append(MovedOut("node", f"level {node[0]}, index {node[1]}", why, hashed))
        for level in range(found.signed.bit_length()):
            width = found.signed >> level
            for start in range(0, width, _PAGE):
                wanted = [(level, index) for index in range(start, min(width, start + _PAGE))]
                there = self._log.nodes(wanted)
                for node in wanted:
                    right = line.tree.node(node)
                    if there.get(node) != right:
                        removal.write[node] = right
        found.rebuilt = len(removal.write)

    def _head(self, found: Mending, view: StoreView) -> None:
        right = view.shown
        if found.head == right:
            return
        found.removal.replaces_head, found.removal.head = True, right
        found.head_lost = right is None or found.entries > found.signed
        if found.head is not None:
            where, why = f"head of size {found.head.size}", "is not what the log's key has signed"
            found.moved.append(MovedOut("head", where, why, found.head.note))


def _size(checkpoint: Checkpoint) -> int:
    return checkpoint.size


def _claims(note: bytes, checkpoint: Checkpoint) -> bool:
    try:
        return Checkpoint.parse(split_note(note)[0]) == checkpoint
    except (InblueError, UnicodeError):
        return False


def _fault(row: StoredEntry, known: KnownRegister) -> str | None:
    """Why a row after the head goes, as far as the row itself shows; if it stays, it is added to what is known."""
    try:
        known.check_next(row)
    except InblueError as error:
        return str(error).partition("; run inblue")[0].partition("; inblue mend")[0]
    return None
