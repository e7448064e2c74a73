"""The signed head of a ledger's log, for a host, and the successive keys that sign it."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Literal

from ...domain.register_acts import REGISTRAR, EntryDisowned, LogKeyAnnounced, RegisterAct
from ..edge.face import face_of
from ..errors import NotFound
from ..log.key_terms import succession
from ..log.log import Head, LogStore
from ..recorder import Recorder
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.ed25519 import Signer
from ..standards.note import NoteKey, Verifier
from ..standards.signing import CheckedSigner
from .keeping import KeepsRegister


@face_of
class LogKeys(KeepsRegister):
    """The part of a ledger that handles the signed head of its log."""

    log: LogStore
    log_signer: Signer | None
    _recorder: Recorder

    @abstractmethod
    def _pen(self, signer: Signer) -> CheckedSigner:
        """``signer``, checked, if this ledger may be written."""

    @abstractmethod
    def _keep_register(
        self, act: RegisterAct, pen: CheckedSigner, office: str, key: str | None, log_signer: Signer | None = None
    ) -> None: ...

    def log_keys(self) -> tuple[NoteKey, ...]:
        """Every key that the log has had, from the register; the last one signs now.

        >>> [key.public == log.public_key for key in ledger.log_keys()]
        [True]

        Raises:
            NotFound: the ledger was never founded.
        """
        return self._recorder.log_keys()

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint, its signature checked.

        >>> ledger.checkpoint().size
        11

        Raises:
            NotFound: there is none yet.
        """
        head = self.log.head()
        if head is None:
            raise NotFound("the ledger has no checkpoint yet")
        return open_checkpoint(head.note, *self.log_keys())

    def sequence(self) -> Head:
        """Bring the log up to the last entry and sign its head, which a crash may have left undone.

        >>> ledger.sequence().size == ledger.checkpoint().size
        True

        Raises:
            Refused: this ledger was opened without the log's key, or with a key that the log no longer has.
            Broken: the store has lost entries that the log covers.
        """
        with self._recorder.turn:
            return self._recorder.sequence(self.log_signer)

    def disown(self, stream: str, index: int, *, reason: str) -> EntryDisowned:
        """The act that disowns act ``index`` of ``stream``, for :meth:`keep_register`; raises Refused if not allowed.

        >>> ledger.disown("vote:S/2026/1", 0, reason="nobody in office signed it")
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        return self._recorder.disowning(stream, index, reason)

    def announce_log_key(self, public_key: bytes, *, signer: Signer) -> None:
        """Name the key that will sign checkpoints next, so that the current one vouches for it.

        >>> ledger.announce_log_key(inblue.Ed25519Signer.generate().public_key, signer=registrar)

        Raises:
            Refused: not the registrar, or a key that the log has or had.
            Malformed: a weak key, or an officer's.
        """
        vkey = str(Verifier(self.log_keys()[-1].name, public_key))
        self.keep_register(LogKeyAnnounced(log_key=vkey), signer=signer)

    def replace_log_key(
        self,
        successor: Signer,
        *,
        cause: Literal["rotation", "loss", "compromise"],
        signer: Signer,
        compromised_since: datetime | None = None,
    ) -> bool:
        """Let ``successor`` sign checkpoints from now on, even without the key before it.

        Returns whether it was the announced key.

        >>> successor = inblue.Ed25519Signer.generate()
        >>> ledger.announce_log_key(successor.public_key, signer=registrar)
        >>> ledger.replace_log_key(successor, cause="rotation", signer=registrar)
        True

        Raises:
            Refused: not the registrar, a key that the log has or had, or a rotation to a key not announced.
            Malformed: a weak key, an officer's, or compromised_since without a compromise.
        """
        pen, key = self._pen(signer), self._pen(successor).public_key
        with self._recorder.turn:
            head = self.log.head()
            if head is None:
                raise NotFound("the ledger has no checkpoint yet")
            vkey = str(Verifier(self.log_keys()[-1].name, key))
            act = succession(vkey, cause, head.note, compromised_since)
            announced = self.register().next_log_key == act.log_key
            self._keep_register(act, pen, REGISTRAR, None, log_signer=successor)
            self.log_signer = successor
            return announced
