"""How much of the log is public: up to the first entry of an open vote, as in publishing (docs/tiles.md).

A vote is open from its circulation until its result is announced, its draft withdrawn, or it is annulled. Entries are
checked as by a follower. A log cannot be shown under a head that covers an open vote, since that would reveal how many
acts it has: the head shown is the latest stored one that covers no open vote. Timestamped and cosigned heads are in the
store; others are known only if they were seen while this was running.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple

from ...domain.acts import DraftWithdrawn, EntryVoided
from ...domain.ending_acts import ResultAnnounced, VoteAnnulled
from ...domain.errors import InblueError
from ..audit.kept_files import digests_of
from ..edge.face import unreadable
from ..errors import UnusableError
from ..following.reader import Followed, Reader
from ..ledger import Ledger
from ..log.log import Head
from ..log.positions import position_of
from ..operations.publish import files_named_by
from ..process import Turn, limits
from ..standards.checkpoint import open_checkpoint
from ..standards.merkle import root
from ..stores.store import DATABASE_ERRORS
from .view import ledger_until

_SECONDS = 5.0
"""How long one look reads new entries; the next continues from there."""


class OpenVote(NamedTuple):
    """All that is shown of an open vote. ``closes_at`` is None before the opening, or if it is not known."""

    name: str
    closes_at: datetime | None


class Horizon:
    """The public part of a ledger; :meth:`look` updates it.

    ``view`` is the public part as a ledger, ``size`` the number of its entries; its head may cover fewer. Threads may
    share it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.view, self._until = ledger_until(ledger)
        self.size = 0
        self.named: dict[str, int] = {}
        """The entry of each digest: its leaf hash, or the SHA-256 of a file that it is the first to name."""
        self.documents: set[str] = set()
        """Those of the files that votes are judged by; the others are attached papers and texts."""
        self._reader = Reader(ledger.streams, ledger.log, ledger.documents, None)
        self._turn = Turn(limits().wait)
        self._open: dict[str, int] = {}
        self._over: dict[str, int] = {}
        self._looked = 0.0

    @property
    def read(self) -> int:
        """How many entries were read and checked, including those of open votes."""
        return self._reader.size

    def look(self, *, every: float = 0.0) -> None:
        """Read new entries, unless that was done less than ``every`` seconds ago.

        Raises:
            Broken: an entry is not valid, or the log was rolled back. Then nothing more is shown.
            Busy: another thread has been at it for too long, or the database gave no answer.
        """
        if self.ledger.closed:
            raise UnusableError("this ledger is closed; open it again")
        if every and time.monotonic() - self._looked < every:
            return
        with self._turn:
            until = time.monotonic() + _SECONDS
            more = True
            while more and time.monotonic() < until:
                try:
                    found, more = self._reader.read()
                except DATABASE_ERRORS as error:
                    raise unreadable(error) from None
                for each in found:
                    self._take(each)
            self._grow()
            self._looked = time.monotonic()

    def open_votes(self) -> tuple[OpenVote, ...]:
        """The votes that are open, in the order of the log."""
        names = [name for name, _ in sorted(self._open.items(), key=lambda each: each[1])]
        return tuple(OpenVote(name, self.ledger.vote(name).window.closes_at) for name in names)

    def open_vote(self, name: str) -> OpenVote | None:
        """The vote of that name, if it is open."""
        return OpenVote(name, self.ledger.vote(name).window.closes_at) if name in self._open else None

    def votes(self) -> tuple[str, ...]:
        """The votes that are over, in the order in which they ended."""
        return tuple(self._over)

    def book(self, name: str) -> Ledger | None:
        """The ledger to read a finished vote from; None for any other name.

        It is :attr:`view` if it includes everything recorded in the vote; otherwise the whole ledger, of which only
        this vote may be shown.
        """
        last = self._over.get(name)
        if last is None:
            return None
        return self.view if last < self.size else self.ledger

    def covers(self, name: str) -> bool:
        """Whether the public head covers everything recorded in a finished vote."""
        signed, last = self._until.signed, self._over.get(name)
        return signed is not None and last is not None and last < signed.size

    def _take(self, each: Followed) -> None:
        self.named.setdefault(each.entry, each.index)
        judged_by = {getattr(each.act, field, None) for field in ("procedure", "snapshot")}
        papers = set(digests_of(each.act))
        for sha256 in files_named_by(each.act, self.ledger.documents):
            self.named.setdefault(sha256, each.index)
            if each.vote is None or sha256 in judged_by or sha256 not in papers:
                self.documents.add(sha256)
        if each.vote is None:
            return
        if each.vote in self._over:
            self._over[each.vote] = each.index
        else:
            self._open.setdefault(each.vote, each.index)
        if isinstance(each.act, (ResultAnnounced, DraftWithdrawn, VoteAnnulled, EntryVoided)):
            if (self._reader.vote(each.vote) or self.ledger.vote(each.vote)).ended is not None:
                self._open.pop(each.vote, None)
                self._over[each.vote] = each.index
            else:
                self._over.pop(each.vote, None)
                self._open.setdefault(each.vote, each.index)

    def _grow(self) -> None:
        size = min(self._open.values(), default=self._reader.size)
        head = self.ledger.log.head()
        if head is None or size < self.size:
            return
        before = self._until.signed
        known = before.size if before is not None else 0
        if head.size <= size:
            signed = head if head.size > known else before
        elif size > self.size or before is None:
            signed = self._kept(head, known, size) or before
        else:
            signed = before
        self._until.grow(self._position(head, size - 1) if size > self.size else self._until.last, signed)
        self.size = size

    def _kept(self, head: Head, known: int, size: int) -> Head | None:
        """The largest cosigned or timestamped head over more than ``known`` and at most ``size`` entries."""
        log = self.ledger.log
        notes = {at: note for at, note, _ in log.cosignatures() if known < at <= size}
        notes |= {stamp.size: stamp.note for stamp in log.stamps() if known < stamp.size <= size}
        keys = self.ledger.log_keys()
        for at, note in sorted(notes.items(), reverse=True):
            try:
                checkpoint = open_checkpoint(note, *keys)
            except InblueError:
                continue  # another party's line, or a key that is not the log's: verification reports it
            if (checkpoint.size, checkpoint.root) == (at, root(at, log.node)):
                return Head(at, self._position(head, at - 1), note)
        return None

    def _position(self, head: Head, index: int) -> int:
        return position_of(self.ledger.streams, self.ledger.log, head, index)
