"""A ledger: open or create one, perform acts, read votes, verify. What an embedding tool uses.

Signers and the clock are arguments. An act is acknowledged when it is durable and under a signed checkpoint of the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from ..domain.acts import Act
from ..domain.errors import Refused
from ..domain.procedure import Procedure
from ..domain.register import Register
from ..domain.register_acts import (
    REGISTRAR,
    EntryDisowned,
    LogKeyAnnounced,
    RegisterAct,
)
from ..domain.roster import Roster
from ..domain.snapshot import Snapshot
from ..domain.state import Documents, Recorded, VoteState
from ..domain.window import Counted
from .clock import Clock, system_clock
from .consideration import Consideration, Trial
from .edge.face import face_of, instant
from .entries.files import Files, FolderFiles, MemoryFiles, StoredDocuments, keep_snapshot
from .entries.founding import check_founders, founding_entry
from .errors import NotFound
from .following.follow import CanBeFollowed
from .host.adopting import Adopting
from .host.votes import Votes
from .judging import Opening, snapshot_by
from .log.key_terms import succession
from .log.log import Head, LogStore
from .log.sequencer import in_turn
from .recorder import Recorder, Signers
from .standards.checkpoint import Checkpoint, open_checkpoint
from .standards.ed25519 import Signer
from .standards.note import NoteKey, Verifier
from .standards.signing import SIGNER_SECONDS, CheckedSigner, check_seconds, checked
from .stores.address import Address, address_of, beside
from .stores.streams import Streams, memory_streams, new_streams, open_streams

if TYPE_CHECKING:
    from .audit.result import Verification


@face_of
class Ledger(Votes, Adopting, CanBeFollowed):
    """One ledger: its streams, its log and its files. ``log_signer`` signs its checkpoints; None to read only.

    Threads may share it: they act one after the other, and each sees all that was recorded before. Signers are waited
    for ``signer_seconds`` each, 15 at most; what records or signs raises SignerFailed where one gives no signature that
    holds, and nothing is changed.
    """

    def __init__(
        self,
        streams: Streams,
        files: Files,
        *,
        clock: Clock,
        log_signer: Signer | None,
        signer_seconds: float = SIGNER_SECONDS,
        read_only: bool = False,
    ) -> None:
        check_seconds(signer_seconds)
        self.closed: bool = False
        self.files: Files = files
        self.clock: Clock = clock
        self.streams: Streams = streams
        self.log: LogStore = streams.construct_log()
        self.log_signer: Signer | None = log_signer
        self._signer_seconds = signer_seconds
        self._read_only = read_only
        self._documents = StoredDocuments(files)
        self._recorder = Recorder(streams, self.log, files, self._documents, signer_seconds=signer_seconds)
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
        signer_seconds: float = SIGNER_SECONDS,
    ) -> Self:
        """Found a ledger: in a file, in a database, or (None) in memory. ``files`` as in :meth:`open`.

        ``signer`` is the registrar's first key and ``log_signer`` the key that signs checkpoints; ``origin`` names the
        log to the world (default: ``inblue/`` and 16 random hex digits).

        Raises:
            Refused: something is at ``address`` already.
            Malformed: a weak key, one key for both, or an origin that no checkpoint can carry.
            SignerFailed: one of them gives no signature that holds; nothing is there then.
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
        signer_seconds: float = SIGNER_SECONDS,
    ) -> Self:
        """Open the ledger at ``address``. Without ``log_signer`` it can be read and verified, not written.

        ``files`` is the folder of its files, where it is not the one of :func:`.stores.address.beside`.

        Raises:
            NotFound, Broken: no ledger there, or not one of this version.
            Malformed: ``signer_seconds`` is not above 0, or more than 15.
        """
        check_seconds(signer_seconds)
        place = address_of(address)
        streams = open_streams(place, read_only=read_only)
        folder = FolderFiles(Path(files or beside(place, "files")))
        return cls(
            streams, folder, clock=clock, log_signer=log_signer, signer_seconds=signer_seconds, read_only=read_only
        )

    def close(self) -> None:
        """Close the database; whatever is asked of the ledger afterwards is Refused."""
        if not self.closed:
            self.closed = True
            self.streams.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def documents(self) -> Documents:
        """The procedures and snapshots that acts name by digest."""
        return self._documents

    def register(self) -> Register:
        """The register as it stands; Broken as :meth:`vote`."""
        return self._recorder.register()

    def log_keys(self) -> tuple[NoteKey, ...]:
        """Every key that the log has had, as the register names them; the last one signs now.

        Raises:
            NotFound: the ledger was never founded.
        """
        return self._recorder.log_keys()

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint, its signature checked.

        Raises:
            NotFound: there is none yet.
        """
        head = self.log.head()
        if head is None:
            raise NotFound("the ledger has no checkpoint yet")
        return open_checkpoint(head.note, *self.log_keys())

    def votes(self) -> tuple[str, ...]:
        """The name of each vote, in the order of circulation: a symbol, or ``SYMBOL#ROUND`` in a later round."""
        return self._recorder.votes()

    def has_vote(self, symbol: str) -> bool:
        """Whether anything is on record of a vote of that symbol; nothing else is read for it."""
        return self._recorder.has_vote(symbol)

    def acts(self, symbol: str, *, after: int = 0) -> Iterator[Recorded[Act]]:
        """The acts of a vote that have an effect, from number ``after`` on; NotFound, Broken as :meth:`vote`."""
        self.vote(symbol)
        return self._recorder.acts(symbol, after=after)

    def vote(self, symbol: str) -> VoteState:
        """A vote as it stands.

        Raises:
            NotFound: no draft of that symbol was circulated.
            Broken: an entry is not what it was when it was signed, or no key in authority has signed it.
        """
        state = self._recorder.vote(symbol)
        if state is None:
            raise NotFound(f"no vote on {symbol!r} is on record")
        return state

    def verify(self) -> Verification:
        """Every check of docs/verifying.md, over the whole ledger."""
        from .audit.whole_ledger import verify  # reading a vote needs none of the checks

        return verify(self.streams, self.log, self.files)

    def attach(self, content: bytes) -> str:
        """Keep the bytes of an instrument or text beside the log; gives the digest that an act then names."""
        return self.files.put(content)

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
        """Record ``acts`` in the vote on ``symbol``, and what follows from them by the rules; gives what was recorded.

        Several are recorded together or not at all, each judged after the ones before it. An opening letter needs the
        ``roster``; ``president`` defaults to what the register says. With an ``idempotency_key``, 1 to 64 of
        ``[A-Za-z0-9._:-]``, they are recorded in their vote once: given again, this gives what was recorded then. What
        they set is compared, not what was added.

        Raises:
            Refused: the procedure forbids it, the key does not hold the office, or the idempotency key is another's.
            Malformed: it names something that the procedure cannot know.
            Busy: others keep recording into this vote at the same time.
        """
        pen, recorder = self._pen(signer), self._recorder
        pin = Opening(self.files, self.register, roster, president).keep

        def record() -> tuple[Recorded[Act], ...]:
            with recorder.turn:  # the hour is that of the thread's turn, not of when it began to wait for it
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
        """What :meth:`perform` would record now, signed with the key of that id, and what the rules would make of it.

        Nothing is signed, recorded or kept. ``procedure`` is taken for adopted.

        Raises:
            Refused, Malformed: as :meth:`perform`.
        """
        with self._recorder.turn:
            trial = Trial(self.files, self._recorder.look(symbol), instant(self.clock), self._recorder.vote)
            return trial.consider(symbol, acts, key, office, (roster, president), procedure)

    def keep_register(
        self, act: RegisterAct, *, signer: Signer, office: str = REGISTRAR, idempotency_key: str | None = None
    ) -> None:
        """Record ``act`` in the register; ``idempotency_key`` is as in :meth:`perform`.

        Raises:
            Refused: not the registrar, the register as it is does not allow it, or the idempotency key is another's.
            Malformed: a weak key, one whose id is another key's, or one that is both the log's and an officer's.
        """
        self._keep_register(act, self._pen(signer), office, idempotency_key)

    def disown(self, stream: str, index: int, *, reason: str) -> EntryDisowned:
        """The act that disowns act ``index`` of ``stream``, for :meth:`keep_register`; Refused where it may not be."""
        return self._recorder.disowning(stream, index, reason)

    def announce_log_key(self, public_key: bytes, *, signer: Signer) -> None:
        """Name the key that will sign checkpoints next, so that the present one vouches for it.

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
        """Have ``successor`` sign checkpoints from now on, also without the key before it.

        Gives whether it was the key announced.

        Raises:
            Refused: not the registrar, a key that the log has or had, or a rotation to a key not announced.
            Malformed: a weak key, an officer's, or compromised_since of what is no compromise.
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

    def sequence(self) -> Head:
        """Bring the log up to the last entry and sign its head: what a crash may have left undone.

        Raises:
            Refused: this ledger was opened without the log's key, or with one that the log has no more.
            Broken: the store has lost entries that the log covers.
        """
        with self._recorder.turn:
            return self._recorder.sequence(self.log_signer)

    def snapshot(
        self, procedure: Procedure, roster: Roster, president: str | None, at: datetime, counting: Counted | None = None
    ) -> Snapshot:
        """What an opening at ``at`` pins; ``counting`` is the one that its letter announces, where it does.

        Raises:
            Malformed: a seat of the roster, or the president, is no member that the procedure can know.
        """
        return snapshot_by(self.register(), procedure, roster, president, at, counting)

    def keep_snapshot(self, snapshot: Snapshot) -> str:
        """Keep what an opening then names, and the zone it pins as the ``tzdata`` package has it; gives the digest."""
        return keep_snapshot(self.files, snapshot)

    def record_all(
        self, votes: Iterable[tuple[str, Iterable[tuple[Act, datetime]]]], *, signer: Signer, office: str
    ) -> None:
        """Record the acts of many votes, each with its instant, in one transaction under one checkpoint: all or none.

        Each is judged as :meth:`perform` would at its instant, and what follows from it by the rules is recorded after
        it, unless it is the next act given. An opening names its snapshot. Meanwhile nobody else can record.

        Raises:
            Refused: the procedure forbids one, or the key does not hold the office; it names symbol and number.
            Malformed: one names something that the procedure cannot know, or carries a ballot; as above.
            Busy: others recorded into one of these votes, or into the register, meanwhile.
        """
        pen, recorder = self._pen(signer), self._recorder
        register = recorder.look()
        given = [(symbol, list(acts)) for symbol, acts in votes]  # outside the turn: whoever gives them may need one
        with recorder.turn:
            recorder.record_all(given, signers=Signers(pen, self.log_signer), office=office, judged_by=register)

    def _passing(self, symbol: str) -> VoteState:
        state = self._recorder.passing(symbol)
        if state is None:
            raise NotFound(f"no vote on {symbol!r} is on record")
        return state

    def _pen(self, signer: Signer) -> CheckedSigner:
        if self._read_only:
            raise Refused(None, "this ledger was opened to be read only")
        return checked(signer, seconds=self._signer_seconds)

    def _keep_register(
        self, act: RegisterAct, pen: CheckedSigner, office: str, key: str | None, log_signer: Signer | None = None
    ) -> None:
        def record() -> None:
            with self._recorder.turn:
                signers = Signers(pen, log_signer or self.log_signer)
                self._recorder.keep_register(act, signers=signers, office=office, now=instant(self.clock), key=key)

        in_turn(record)

    def _found(self, registrar: CheckedSigner, log: CheckedSigner, origin: str | None, holder: str | None) -> None:
        self.streams.append([founding_entry(registrar, log, origin=origin, holder=holder, at=instant(self.clock))])
        self.sequence()
