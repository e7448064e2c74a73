"""A ledger: open or create one, perform acts, read votes, verify. This is what an embedding program uses.

Signers and the clock are arguments. An act is acknowledged when it is durable and under a signed checkpoint of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from ..domain.acts import Act
from ..domain.errors import Refused
from ..domain.messages import INTAKE, IntakeAct, NamedMessage, Received
from ..domain.observed import Observed
from ..domain.procedure import Procedure
from ..domain.recorded import Recorded
from ..domain.register import Register
from ..domain.register_acts import (
    REGISTRAR,
    RegisterAct,
)
from ..domain.roster import Roster
from .clock import Clock, system_clock
from .consideration import Consideration, Trial
from .edge.face import face_of, instant
from .entries.files import Files, FolderFiles, MemoryFiles, StoredDocuments
from .entries.founding import check_founders, founding_entry
from .following.follow import CanBeFollowed
from .host.adopting import Adopting
from .host.contents import Contents
from .host.log_keys import LogKeys
from .host.messages import Messages
from .host.resuming import Resuming
from .host.salts import FolderSalts, MemorySalts, Salts
from .host.votes import Votes
from .judging import Opening
from .log.log import LogStore
from .log.sequencer import in_turn
from .recorder import Recorder
from .recording.appending import Signers
from .standards.ed25519 import Signer
from .standards.signing import CheckedSigner, checked
from .standards.signing import signer_seconds as seconds_of
from .stores.address import Address, address_of, beside
from .stores.streams import Streams, memory_streams, new_streams, open_streams


@face_of
class Ledger(Contents, LogKeys, Messages, Votes, Adopting, Resuming, CanBeFollowed):
    """One ledger: its streams, its log and its files. ``log_signer`` signs its checkpoints; None to read only.

    Threads may share it: they act one at a time, and each sees all that was recorded before. Each signer has
    ``signer_seconds`` to answer (None: as set by :func:`inblue.set_limits`); methods that record or sign raise
    SignerFailed if it gives no valid signature, and nothing is changed.

    >>> with inblue.Ledger.create("council.db", signer=registrar, log_signer=log) as book:
    ...     book.votes(), book.verify().holds
    ((), True)
    """

    def __init__(
        self,
        streams: Streams,
        files: Files,
        *,
        clock: Clock,
        log_signer: Signer | None,
        signer_seconds: float | None = None,
        read_only: bool = False,
        salts: Salts | None = None,
    ) -> None:
        self._signer_seconds: float = seconds_of(signer_seconds)
        self.closed: bool = False
        self.files: Files = files
        self._salts: Salts = salts or MemorySalts()
        self.clock: Clock = clock
        self.streams: Streams = streams
        self.log: LogStore = streams.construct_log()
        self.log_signer: Signer | None = log_signer
        self._read_only = read_only
        documents = StoredDocuments(files)
        self._documents = documents
        self._recorder = Recorder(streams, self.log, files, documents, signer_seconds=self._signer_seconds)
        self._turn: AbstractContextManager[object] = self._recorder.turn

    @classmethod
    def create(
        cls,
        address: Address | str | None,
        *,
        signer: Signer,
        log_signer: Signer,
        origin: str | None = None,
        holder: str | None = None,
        clock: Clock = system_clock,
        files: Path | str | None = None,
        signer_seconds: float | None = None,
    ) -> Self:
        """Create a ledger: in a file, in a database, or (None) in memory. ``files`` as in :meth:`open`.

        ``signer`` is the registrar's first key and ``log_signer`` the key that signs checkpoints; ``origin`` names the
        log to the world (default: ``inblue/`` and 16 random hex digits).

        >>> inblue.Ledger.create("council.db", signer=registrar, log_signer=log).checkpoint().size
        1

        Raises:
            Refused: something exists at ``address`` already.
            Malformed: a weak key, one key for both, or an origin that no checkpoint can carry.
            SignerFailed: one of them gives no valid signature; then nothing is created.
        """
        registrar, log = (checked(each, seconds=signer_seconds) for each in (signer, log_signer))
        check_founders(registrar, log, origin)
        made = partial(cls, clock=clock, log_signer=log_signer, signer_seconds=signer_seconds)
        if address is None:
            ledger = made(memory_streams(), MemoryFiles())
            ledger._found(registrar, log, origin, holder)
            return ledger
        with new_streams(address_of(address)) as streams:
            made(streams, MemoryFiles())._found(registrar, log, origin, holder)
        return cls.open(address, log_signer=log_signer, clock=clock, files=files, signer_seconds=signer_seconds)

    @classmethod
    def open(
        cls,
        address: Address | str,
        *,
        log_signer: Signer | None = None,
        clock: Clock = system_clock,
        read_only: bool = False,
        files: Path | str | None = None,
        signer_seconds: float | None = None,
    ) -> Self:
        """Open the ledger at ``address``. Without ``log_signer`` it can be read and verified but not written. ``files``
        is the folder of its files, if not the default of :func:`.stores.address.beside`.

        >>> inblue.Ledger.create("council.db", signer=registrar, log_signer=log).close()
        >>> with inblue.Ledger.open("council.db", log_signer=log) as book:
        ...     book.adopt_roster(roster, signer=registrar) == roster.sha256
        True

        Raises:
            NotFound, Broken: no ledger there, or not one of this version.
            Malformed: ``signer_seconds`` is not above 0, or more than half of the limit for the lock.
        """
        seconds = seconds_of(signer_seconds)
        place = address_of(address)
        streams = open_streams(place, read_only=read_only)
        folder = FolderFiles(Path(files or beside(place, "files")))
        salts = FolderSalts.beside(folder.folder)
        return cls(
            streams,
            folder,
            clock=clock,
            log_signer=log_signer,
            signer_seconds=seconds,
            read_only=read_only,
            salts=salts,
        )

    def close(self) -> None:
        """Close the database; every later call raises Refused.

        >>> ledger.close()
        >>> ledger.votes()
        Traceback (most recent call last):
        inblue.domain.errors.Refused: this ledger is closed; open it again
        """
        if not self.closed:
            self.closed = True
            self.streams.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def perform(
        self,
        symbol: str,
        *acts: Act,
        signer: Signer,
        office: str | None = None,
        roster: Roster | None = None,
        president: str | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[Recorded[Act], ...]:
        """Record ``acts`` in the vote on ``symbol``, and what follows from them by the rules; return what was recorded.

        Several acts are recorded together or not at all, each judged after those before it. An opening letter needs the
        ``roster``; ``president`` defaults to the one in the register. With an ``idempotency_key``, 1 to 64 of
        ``[A-Za-z0-9._:-]``, they are recorded in their vote once: a repeated call returns what was recorded then. Only
        the fields they set are compared.

        >>> reply = inblue.VoteCast(member="COL", position="in_favour", received_at=now, instrument=letter)
        >>> receipt = inblue.ReceiptAcknowledged(member="COL", acknowledged_at=now)
        >>> done = ledger.perform("S/2026/1", reply, receipt, signer=registrar, idempotency_key="mail-1")
        >>> [each.act.act for each in done]
        ['vote_cast', 'receipt_acknowledged']

        Raises:
            Refused: the procedure forbids it, the key does not hold the office, or the idempotency key is another's.
            Malformed: it names something that the procedure cannot know.
            Busy: others keep recording into this vote at the same time.
        """
        pen, recorder = self._pen(signer), self._recorder
        pin = Opening(self.files, self.register, roster, president).keep

        def record() -> tuple[Recorded[Act], ...]:
            with recorder.turn:  # the time is that of the thread's turn, not of when it began to wait
                signers, now = Signers(pen, self.log_signer), instant(self.clock)
                return recorder.perform(
                    symbol, acts, signers=signers, office=office, now=now, pin=pin, key=idempotency_key
                )

        return in_turn(record)

    def consider(
        self,
        symbol: str,
        *acts: Act,
        key: str,
        office: str | None = None,
        roster: Roster | None = None,
        president: str | None = None,
        procedure: Procedure | None = None,
    ) -> Consideration:
        """What :meth:`perform` would record now, signed with the key with that id, and its effect under the rules.
        Nothing is signed, recorded or stored. ``procedure`` is treated as adopted.

        >>> reply = inblue.VoteCast(member="FIN", position="in_favour", received_at=now, instrument=letter)
        >>> [each.act.act for each in ledger.consider("S/2026/1", reply, key=registrar.key_id).acts]
        ['vote_cast', 'reply_rejected']

        Raises:
            Refused, Malformed: as :meth:`perform`.
        """
        with self._recorder.turn:
            register, recorder = self._recorder.look(symbol), self._recorder
            trial = Trial(self.files, register, instant(self.clock), recorder.vote, recorder.known_messages)
            return trial.consider(symbol, acts, key, office, (roster, president), procedure)

    def keep_register(
        self, act: RegisterAct, *, signer: Signer, office: str = REGISTRAR, idempotency_key: str | None = None
    ) -> None:
        """Record ``act`` in the register; ``idempotency_key`` is as in :meth:`perform`.

        >>> from inblue.domain.register_acts import PresidencyAssigned
        >>> ledger.keep_register(PresidencyAssigned(body="UN", member="COL", month="2026-12"), signer=registrar)
        >>> list(ledger.register().presidencies.values())
        ['COL']

        Raises:
            Refused: not the registrar, the current register does not allow it, or the idempotency key is another's.
            Malformed: a weak key, one whose id is another key's, or one that is both the log's and an officer's.
        """
        self._keep_register(act, self._pen(signer), office, idempotency_key)

    def record_all(
        self, votes: Iterable[tuple[str, Iterable[tuple[Act, datetime]]]], *, signer: Signer, office: str
    ) -> None:
        """Record the acts of many votes, each with its instant, in one transaction under one checkpoint: all or none.

        Each is judged as :meth:`perform` would at its instant, and what follows from it by the rules is recorded after
        it, unless it is the next act given. An opening names its snapshot. Nobody else can record meanwhile.

        >>> drafts = [
        ...     inblue.DraftCirculated(symbol=f"S/2026/{n}", question="substantive", times="live", procedure=procedure)
        ...     for n in (10, 11)
        ... ]
        >>> ledger.record_all([(d.symbol, [(d, now)]) for d in drafts], signer=registrar, office="registrar")
        >>> ledger.votes()[-2:]
        ('S/2026/10', 'S/2026/11')

        Raises:
            Refused: the procedure forbids one, or the key does not hold the office; it names symbol and number.
            Malformed: one names something that the procedure cannot know, or carries a ballot; as above.
            Busy: others recorded into one of these votes, or into the register, meanwhile.
        """
        pen, recorder = self._pen(signer), self._recorder
        register = recorder.look()
        given = [(symbol, list(acts)) for symbol, acts in votes]  # outside the turn: the iterator's code may need one
        with recorder.turn:
            recorder.record_all(given, signers=Signers(pen, self.log_signer), office=office, judged_by=register)

    def _pen(self, signer: Signer) -> CheckedSigner:
        if self._read_only:
            raise Refused(None, "this ledger was opened to be read only")
        return checked(signer, seconds=self._signer_seconds)

    def _keep_register(
        self,
        act: RegisterAct,
        pen: CheckedSigner,
        office: str,
        key: str | None,
        log_signer: Signer | None = None,
        unless: Callable[[Register], bool] | None = None,
    ) -> None:
        def record() -> None:
            with self._recorder.turn:
                signers, now = Signers(pen, log_signer or self.log_signer), instant(self.clock)
                self._recorder.keep_register(act, signers=signers, office=office, now=now, key=key, unless=unless)

        in_turn(record)

    def _keep_register_unless(
        self, there: Callable[[Register], bool], act: RegisterAct, signer: Signer, office: str
    ) -> None:
        self._keep_register(act, self._pen(signer), office, None, unless=there)

    def _keep_message(self, act: IntakeAct, signer: Signer, known: int | None) -> tuple[int, bool] | None:
        pen, recorder = self._pen(signer), self._recorder

        def record() -> tuple[int, bool] | None:
            signers = Signers(pen, self.log_signer)
            with recorder.turn:
                return recorder.keep_message(act, signers=signers, now=instant(self.clock), known=known)

        return in_turn(record)

    def _check_intake(self, signer: Signer) -> None:
        self.register().authority(self._pen(signer).key_id, INTAKE, instant(self.clock))

    def messages(self) -> tuple[Received, ...]:
        """Every message on record, in order.

        >>> kept = ledger.receive_message(mail, signer=intake)
        >>> [each.number for each in ledger.messages()]
        [0]
        """
        return self._recorder.messages()

    def _salted(self, after: int) -> tuple[str, ...]:
        return self._recorder.salted(after)

    def _message(self, number: int) -> Received | None:
        return self._recorder.message(number)

    def _observed(self, message: NamedMessage) -> tuple[Observed, ...]:
        return self._recorder.observed(message)

    def _found(self, registrar: CheckedSigner, log: CheckedSigner, origin: str | None, holder: str | None) -> None:
        self.streams.append([founding_entry(registrar, log, origin=origin, holder=holder, at=instant(self.clock))])
        self.sequence()
