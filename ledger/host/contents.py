"""The contents of a ledger, for a host: votes and acts, register, documents and files, and verification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ...domain.acts import Act
from ...domain.procedure import Procedure
from ...domain.recorded import Documents, Recorded
from ...domain.register import Register
from ...domain.roster import Roster
from ...domain.snapshot import Snapshot
from ...domain.state import VoteState
from ...domain.window import Counted
from ..edge.face import face_of
from ..entries.files import Files, keep_snapshot
from ..errors import NotFound
from ..judging import snapshot_by
from ..log.log import LogStore
from ..recorder import Recorder
from ..stores.streams import Streams

if TYPE_CHECKING:
    from ..audit.result import Verification


@face_of
class Contents:
    """The part of a ledger that reads its contents."""

    streams: Streams
    log: LogStore
    files: Files
    _documents: Documents
    _recorder: Recorder

    @property
    def documents(self) -> Documents:
        """The procedures and snapshots that acts name by digest.

        >>> ledger.documents.procedure(ledger.register().procedures["unsc-2020-253"]).id
        'unsc-2020-253'
        """
        return self._documents

    def register(self) -> Register:
        """The current register; raises Broken like :meth:`vote`.

        >>> [grant.office for grant in ledger.register().grants]
        ['registrar']
        """
        return self._recorder.register()

    def votes(self) -> tuple[str, ...]:
        """The name of each vote, in the order of circulation: a symbol, or ``SYMBOL#ROUND`` in a later round.

        >>> ledger.votes()
        ('S/2026/0', 'S/2026/2', 'S/2026/1')
        """
        return self._recorder.votes()

    def has_vote(self, symbol: str) -> bool:
        """Whether anything is on record for a vote with that symbol; nothing else is read.

        >>> ledger.has_vote("S/2026/1"), ledger.has_vote("S/2026/99")
        (True, False)
        """
        return self._recorder.has_vote(symbol)

    def acts(self, symbol: str, *, after: int = 0) -> Iterator[Recorded[Act]]:
        """The acts of a vote that have an effect, from number ``after`` on; raises NotFound and Broken like
        :meth:`vote`.

        >>> [(each.number, each.act.act) for each in ledger.acts("S/2026/1")]
        [(0, 'draft_circulated'), (1, 'letter_sent')]
        """
        self.vote(symbol)
        return self._recorder.acts(symbol, after=after)

    def vote(self, symbol: str) -> VoteState:
        """The current state of a vote.

        >>> ledger.vote("S/2026/0").is_closed, ledger.vote("S/2026/1").is_closed
        (True, False)

        Raises:
            NotFound: no draft with that symbol was circulated.
            Broken: an entry was changed after it was signed, or no key in authority has signed it.
        """
        state = self._recorder.vote(symbol)
        if state is None:
            raise NotFound(f"no vote on {symbol!r} is on record")
        return state

    def verify(self) -> Verification:
        """Run every check of docs/verifying.md over the whole ledger.

        >>> found = ledger.verify()
        >>> found.holds, found.problems
        (True, ())
        """
        from ..audit.whole_ledger import verify  # reading a vote needs none of the checks

        return verify(self.streams, self.log, self.files)

    def attach(self, content: bytes) -> str:
        """Store the bytes of an instrument or text beside the log; return the digest for acts to name.

        >>> ledger.attach(b"a letter")
        '5bb27fb86c807b2ff46917449e038a93779fe33ceae2ffc4c843c00c718e4183'
        """
        return self.files.put(content)

    def snapshot(
        self, procedure: Procedure, roster: Roster, president: str | None, at: datetime, counting: Counted | None = None
    ) -> Snapshot:
        """What an opening at ``at`` pins; ``counting`` is the one announced by its letter, if any.

        >>> pinned = ledger.snapshot(inblue.built_in_procedure("unsc-2020-253"), roster, "COL", now)
        >>> pinned.president, len(pinned.roster.members)
        ('COL', 15)

        Raises:
            Malformed: a seat of the roster, or the president, is not a member that the procedure knows.
        """
        return snapshot_by(self.register(), procedure, roster, president, at, counting)

    def keep_snapshot(self, snapshot: Snapshot) -> str:
        """Store what an opening will name, and the zone that it pins, from the ``tzdata`` package; return the digest.

        >>> pinned = ledger.snapshot(inblue.built_in_procedure("unsc-2020-253"), roster, "COL", now)
        >>> ledger.documents.snapshot(ledger.keep_snapshot(pinned)) == pinned
        True
        """
        return keep_snapshot(self.files, snapshot)

    def _passing(self, symbol: str) -> VoteState:
        state = self._recorder.passing(symbol)
        if state is None:
            raise NotFound(f"no vote on {symbol!r} is on record")
        return state
