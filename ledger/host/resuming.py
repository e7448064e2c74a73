"""Continues in a database that replaces another: a replica, or a promoted or restored one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from ...domain.errors import InblueError, Malformed, Refused
from ..edge.face import face_of
from ..errors import Broken
from ..log.log import LogStore
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.merkle import root
from ..standards.note import NoteKey
from ..stores.streams import Streams


@face_of
class Resuming(ABC):
    """The part of a ledger that handles replicas and replacement databases."""

    streams: Streams
    log: LogStore
    _read_only: bool
    _turn: AbstractContextManager[object]

    @abstractmethod
    def log_keys(self) -> tuple[NoteKey, ...]:
        """Every key that the log has had."""

    @abstractmethod
    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint."""

    def is_replica(self) -> bool:
        """Whether its database is a replica, which is read-only and may lag. Its data are as of its checkpoint.

        >>> ledger.is_replica()
        False
        """
        return self.streams.is_replica()

    def resume(self, known: bytes) -> Checkpoint:
        """Continue recording in a promoted or restored database, if it holds all that ``known`` covers.

        ``known`` is the newest checkpoint of this log that anybody holds: a note as ``inblue checkpoint`` prints it,
        with or without lines of witnesses. Returns the ledger's own, which extends it.

        >>> note = ledger.log.head().note
        >>> ledger.resume(note) == ledger.checkpoint()
        True

        Raises:
            Refused: it does not hold all of it, or is another history: continuing would sign a fork.
            Malformed: it is not a checkpoint of this log.
            Broken: the log's index does not match the signed head.
            Busy: the database is a replica.
        """
        if self._read_only:
            raise Refused(None, "this ledger was opened to be read only")
        try:
            shown = open_checkpoint(known, *self.log_keys())
        except InblueError as error:
            raise Malformed(f"the checkpoint given is not one that this log's key has signed ({error})") from None
        with self._turn:
            head = self.checkpoint()
            if root(head.size, self.log.node) != head.root:
                raise Broken("the log's index is not what was signed; run inblue verify")
            if shown.size > head.size:
                raise Refused(
                    None,
                    f"entries are missing here: the log had {shown.size:,} by the checkpoint given, and this database "
                    f"holds {head.size:,}. Nothing is recorded in it; bring back a server or a copy that holds them",
                )
            if root(shown.size, self.log.node) != shown.root:
                raise Refused(None, "this database holds another history of the log; nothing is recorded in it")
            self.streams.take_up(shown.size)
        return head
