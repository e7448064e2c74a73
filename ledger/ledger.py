"""A ledger: open or create one, perform acts, read votes, verify. What an embedding tool uses.

Signers and the clock are arguments; nothing is printed. An act is acknowledged when it is durable and under a signed
checkpoint of the log.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, TypeAlias, TypeVar, get_args

from ..domain.acts import Act, DraftCirculated, LetterSent, VoteCast
from ..domain.errors import MalformedError, Refusal
from ..domain.instant import format_instant
from ..domain.procedure import Procedure
from ..domain.register import (
    REGISTRAR,
    KeyEnrolled,
    KeyGrant,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    ProcedureAdopted,
    Register,
    RegisterAct,
    RosterAdopted,
    Snapshot,
    decide_register,
    evolve_register,
)
from ..domain.roster import Roster
from ..domain.state import Documents, Recorded, VoteState, known_member
from ..domain.vote import decide, evolve
from .entries.ballot import check_ballot
from .entries.enrolment import check_apart, check_grant
from .entries.entry import (
    REGISTER_STREAM,
    VOTE_PREFIX,
    Entry,
    StoredEntry,
    draft_entry,
    read_entry,
    sign_entry,
    vote_stream,
    write_entry,
)
from .entries.files import Files, FolderFiles, MemoryFiles, StoredDocuments
from .errors import ConflictError, LedgerError, VerificationError
from .log.log import Head, Look, Outlook
from .log.sequencer import Tip, advance, check_tail, covering, follows, latest_tokens, pause, seen, tip_of
from .standards.checkpoint import Checkpoint, check_origin, open_checkpoint
from .standards.cosignature import log_key
from .standards.ed25519 import Signer, check_public_key
from .standards.merkle import NodeId
from .standards.note import NoteKey, NoteSigner, Verifier, among_many
from .stores.address import Address, beside
from .stores.store import DATABASE_ERRORS
from .stores.streams import Streams, memory_streams, new_streams, open_streams

if TYPE_CHECKING:
    from .audit.result import Verification

Clock: TypeAlias = Callable[[], datetime]
T = TypeVar("T")

_ATTEMPTS = 50


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


class Ledger:
    """One ledger: its streams, its log and its files. ``log_signer`` signs its checkpoints; None to read only.

    It is for one thread: open one for each, of the same address.
    """

    def __init__(self, streams: Streams, files: Files, *, clock: Clock, log_signer: Signer | None) -> None:
        self.files = files
        self.clock = clock
        self.streams = streams
        self.log = streams.construct_log()
        self.log_signer = log_signer
        self._register = Register()
        self._register_version = 0
        self._votes: dict[str, VoteState] = {}
        self._tip: Tip | None = None
        self._signs: tuple[Signer, str, NoteSigner] | None = None
        self._stamps: tuple[int, ...] = ()
        self._tokens: tuple[str, ...] = ()
        self._documents = StoredDocuments(files)

    @classmethod
    def create(
        cls,
        address: Address | None,
        *,
        signer: Signer,
        log_signer: Signer,
        origin: str | None = None,
        holder: str | None = None,
        clock: Clock = system_clock,
        files: Path | None = None,
    ) -> Self:
        """Found a ledger: in a file, in a database, or (None) in memory. ``files`` as in :meth:`open`.

        ``signer`` is the registrar's first key and ``log_signer`` the key that signs checkpoints; ``origin`` names the
        log to the world (default: ``inblue/`` and 16 random hex digits).

        Raises:
            LedgerError: something is at ``address`` already.
            MalformedError: a weak key, one key for both, or an origin that no checkpoint can carry.
        """
        for public in (signer.public_key, log_signer.public_key):
            check_public_key(public)
        if origin is not None:
            check_origin(origin)
        if signer.key_id == log_signer.key_id:
            raise MalformedError("the registrar and the log need a key each")
        if address is None:
            ledger = cls(memory_streams(), MemoryFiles(), clock=clock, log_signer=log_signer)
            ledger._found(signer, origin, holder)
            return ledger
        with new_streams(address) as streams:
            cls(streams, MemoryFiles(), clock=clock, log_signer=log_signer)._found(signer, origin, holder)
        return cls.open(address, log_signer=log_signer, clock=clock, files=files)

    @classmethod
    def open(
        cls,
        address: Address,
        *,
        log_signer: Signer | None = None,
        clock: Clock = system_clock,
        read_only: bool = False,
        files: Path | None = None,
    ) -> Self:
        """Open the ledger at ``address``. Without ``log_signer`` it can be read and verified, not written.

        ``files`` is the folder of its files, where it is not the one of :func:`.stores.address.beside`.

        Raises:
            LedgerError: no ledger there, or not one of this version.
        """
        streams = open_streams(address, read_only=read_only)
        folder = FolderFiles(files or beside(address, "files"))
        return cls(streams, folder, clock=clock, log_signer=log_signer)

    def close(self) -> None:
        """Close the database."""
        self.streams.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Reading

    @property
    def documents(self) -> Documents:
        """The procedures and snapshots that acts name by digest."""
        return self._documents

    def register(self) -> Register:
        """The register as it stands.

        Raises:
            VerificationError: an entry in it is not what it was when it was signed.
        """
        self._enter(self.streams.stream(REGISTER_STREAM, after=self._register_version))
        return self._register

    def log_keys(self) -> tuple[NoteKey, ...]:
        """Every key that the log has had, as the register names them; the last one signs now.

        Raises:
            LedgerError: the ledger was never founded.
        """
        return _log_keys(self.register())

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint, its signature checked.

        Raises:
            LedgerError: there is none yet.
        """
        head = self.log.head()
        if head is None:
            raise LedgerError("the ledger has no checkpoint yet")
        return open_checkpoint(head.note, *self.log_keys())

    def votes(self) -> tuple[str, ...]:
        """The symbols of every draft circulated, in order."""
        found: list[str] = []
        after = 0
        kind = (DraftCirculated.kind_and_version(),)
        while page := self.streams.recorder.select_notifications(after, 100, topics=kind, inclusive_of_start=False):
            found.extend(str(n.originator_id).removeprefix(VOTE_PREFIX) for n in page)
            after = page[-1].id
        return tuple(found)

    def has_vote(self, symbol: str) -> bool:
        """Whether anything is on record of a vote of that symbol; nothing else is read for it."""
        return symbol in self._votes or next(iter(self.streams.stream(vote_stream(symbol))), None) is not None

    def acts(self, symbol: str, *, after: int = 0) -> Iterator[Recorded[Act]]:
        """The acts of a vote in order, from number ``after`` on, each with its signature checked.

        Raises:
            VerificationError: an entry is not what it was when it was signed.
        """
        return map(self._opened, self.streams.stream(vote_stream(symbol), after=after))

    def vote(self, symbol: str) -> VoteState:
        """A vote as it stands.

        Raises:
            LedgerError: no draft of that symbol was circulated.
        """
        state = self._current(symbol)
        if state is None:
            raise LedgerError(f"no vote on {symbol!r} is on record")
        return state

    def verify(self) -> Verification:
        """Every check of docs/verifying.md, over the whole ledger."""
        from .audit.whole_ledger import verify  # reading a vote needs none of the checks

        return verify(self.streams, self.log, self.files)

    # Writing

    def attach(self, content: bytes) -> str:
        """Keep the bytes of an instrument or text beside the log; gives the digest that an act then names."""
        return self.files.put(content)

    def perform(
        self,
        symbol: str,
        act: Act,
        *,
        signer: Signer,
        office: str | None = None,
        roster: Roster | None = None,
        president: str | None = None,
    ) -> tuple[Recorded[Act], ...]:
        """Record ``act`` in the vote on ``symbol``, and what follows from it by the rules.

        An opening letter needs the ``roster``; ``president`` defaults to what the register says of the presidency.

        Raises:
            Refusal: the procedure forbids it, or the key does not hold the office.
            MalformedError: it names something that the procedure cannot know.
            ConflictError: others keep recording into this vote at the same time.
        """
        return _in_turn(lambda: self._perform(symbol, act, signer, office, roster, president))

    def keep_register(self, act: RegisterAct, *, signer: Signer, office: str = REGISTRAR) -> None:
        """Record ``act`` in the register.

        Raises:
            Refusal: not the registrar, or the register as it stands does not allow it.
            MalformedError: a weak key, one whose id is another key's, or one that is both the log's and an officer's.
        """
        _in_turn(lambda: self._keep_register(act, signer, office))

    def _keep_register(self, act: RegisterAct, signer: Signer, office: str) -> None:
        now, register = self.clock(), self._look()
        register.authority(signer.key_id, office, now)
        if isinstance(act, KeyEnrolled):
            check_grant(act.grant, where="key: the id")
            check_apart([act.grant.public_key], register.log_keys, origin=self.log_keys()[-1].name)
        if isinstance(act, (LogKeyAnnounced, LogKeySucceeded)):
            officers = [grant.public_key for grant in register.grants]
            check_apart(officers, [act.log_key], origin=self.log_keys()[-1].name)
        decided = decide_register(register, act, office=office)
        self._write([_Placed(REGISTER_STREAM, self._register_version, decided, now)], signer, office)

    def announce_log_key(self, public_key: bytes, *, signer: Signer) -> None:
        """Name the key that will sign checkpoints next, so that the present one vouches for it.

        Raises:
            Refusal: not the registrar, or a key that the log has or had.
            MalformedError: a weak key, or an officer's.
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
            Refusal: not the registrar, a key that the log has or had, or a rotation to a key not announced.
            MalformedError: a weak key, an officer's, or compromised_since of what is no compromise.
        """
        head, before = self.log.head(), self.log_signer
        if head is None:
            raise LedgerError("the ledger has no checkpoint yet")
        given = {
            "log_key": str(NoteSigner(self.log_keys()[-1].name, successor).verifier),
            "cause": cause,
            "handover": head.note.decode(),
            "compromised_since": format_instant(compromised_since) if compromised_since else None,
        }
        act = LogKeySucceeded.of(given, where="log key")
        announced = self.register().next_log_key == act.log_key
        self.log_signer = successor
        try:
            self.keep_register(act, signer=signer)
        except BaseException:
            self.log_signer = before
            raise
        return announced

    def adopt_procedure(self, procedure: Procedure, *, signer: Signer, office: str = REGISTRAR) -> str:
        """Keep a procedure and have the register adopt it, unless it is already; gives its digest."""
        sha256 = procedure.sha256
        if self.register().procedures.get(procedure.id) != sha256:
            self.files.put(procedure.canonical())
            self.keep_register(ProcedureAdopted(id=procedure.id, sha256=sha256), signer=signer, office=office)
        return sha256

    def adopt_roster(self, roster: Roster, *, signer: Signer, office: str = REGISTRAR) -> str:
        """Keep a roster and have the register adopt it, unless it is already; gives its digest."""
        content = roster.canonical()
        sha256 = self.files.put(content)
        if self.register().rosters.get(roster.name) != sha256:
            self.keep_register(RosterAdopted(name=roster.name, sha256=sha256), signer=signer, office=office)
        return sha256

    def sequence(self) -> Head:
        """Bring the log up to the last entry and sign its head: what a crash may have left undone.

        Raises:
            LedgerError: this ledger was opened without the log's key, or with one that the log has no more.
            VerificationError: the store has lost entries that the log covers.
        """
        *former, present = self.log_keys()
        signer = self._note_signer(str(present))
        self._tip = advance(self.log, self.streams, self.streams.look, signer, former, self._tip)
        return self._tip.head

    def snapshot(self, procedure: Procedure, roster: Roster, president: str | None, at: datetime) -> Snapshot:
        """What an opening at ``at`` pins.

        Raises:
            MalformedError: a seat of the roster, or the president, is no member that the procedure can know.
        """
        for member in roster.ids:
            known_member(procedure, member)
        register = self.register()
        president = president or register.president(procedure, at)
        if president is not None:
            known_member(procedure, president)
        return Snapshot(procedure=procedure.sha256, roster=roster, keys=register.in_force(), president=president)

    def record(self, symbol: str, acts: Iterable[tuple[Act, datetime]], *, signer: Signer, office: str) -> None:
        """Record acts that :func:`inblue.domain.vote.decide` has already let pass, in batches, under one checkpoint.

        Raises:
            ConflictError: others recorded into this vote meanwhile.
        """
        self.record_all([(symbol, acts)], signer=signer, office=office)

    def record_all(
        self, votes: Iterable[tuple[str, Iterable[tuple[Act, datetime]]]], *, signer: Signer, office: str
    ) -> None:
        """Record the acts of many votes, each vote's as :meth:`record` does, in one go.

        A crash may leave the first of them recorded, never one without those before it.

        Raises:
            ConflictError: others recorded into one of these votes, or into the register, meanwhile.
        """
        register = self._look()
        placed: list[_Placed] = []
        for symbol, acts in votes:
            state = self._current(symbol)
            found = _in_order(vote_stream(symbol), state.version if state else 0, acts)
            for _, _, act, at in found:
                if isinstance(act, VoteCast) and act.ballot is not None:
                    raise MalformedError("ballot: one that a member signed is cast by itself, with inblue vote cast")
                register.authority(signer.key_id, office, at, member=getattr(act, "member", None))
            placed += found
        self._look()  # it may have taken long to read them: what they rest on is to be seen
        if placed:
            self._write(placed, signer, office)

    def _perform(
        self,
        symbol: str,
        act: Act,
        signer: Signer,
        office: str | None,
        roster: Roster | None,
        president: str | None,
    ) -> tuple[Recorded[Act], ...]:
        now, register = self.clock(), self._look(symbol)
        state = self._votes.get(symbol)
        office = office or next(iter(register.offices_of(signer.key_id)), REGISTRAR)
        register.authority(signer.key_id, office, now, member=getattr(act, "member", None))
        if isinstance(act, DraftCirculated):
            if act.symbol != symbol:
                raise MalformedError(f"the draft {act.symbol} cannot be circulated in the vote on {symbol}")
            if act.procedure not in register.procedures.values():
                raise Refusal(None, "the procedure is not adopted in this ledger; adopt it first")
        if isinstance(act, LetterSent) and act.kind == "opening" and act.snapshot is None and state is not None:
            if state.opening is not None:
                raise Refusal(state.procedure.opening.clause, f"voting on {symbol} was opened already")
            if roster is None:
                raise MalformedError("roster: an opening needs the roster of those entitled to vote")
            at = act.opens_at if isinstance(act.opens_at, datetime) else now
            snapshot = self.snapshot(state.procedure, roster, president, at)
            act = act.model_copy(update={"snapshot": self.files.put(snapshot.canonical())})
        if isinstance(act, VoteCast) and act.ballot is not None and state is not None:
            check_ballot(act, state, register, now)
        decided = decide(state, act, now=now, office=office, documents=self._documents)
        version = state.version if state else 0
        self._write(_in_order(vote_stream(symbol), version, ((each, now) for each in decided)), signer, office)
        recorded = tuple(Recorded(each, version + n, now, office) for n, each in enumerate(decided))
        for each in recorded:  # what has been written need not be read for the next act
            state = self._votes[symbol] = evolve(state, each, self._documents)
        return recorded

    def _current(self, symbol: str) -> VoteState | None:
        return self._follow(symbol, self.streams.stream(vote_stream(symbol), after=self._version(symbol)))

    def _version(self, symbol: str) -> int:
        return self._votes[symbol].version if symbol in self._votes else 0

    def _look(self, symbol: str | None = None) -> Register:
        """Take in, by one read, what others have recorded: in the register, in the log, and in a vote.

        Raises:
            VerificationError: it is not what was signed, or is older than what was there before.
        """
        vote = None if symbol is None else vote_stream(symbol)
        versions = {REGISTER_STREAM: self._register_version}
        if symbol is not None and vote is not None:
            versions[vote] = self._version(symbol)
        found = self.streams.look(versions, self._tip.head if self._tip else None)
        check_tail(self._take(found), found.last)
        if found.stamps != self._stamps:
            self._stamps, self._tokens = found.stamps, latest_tokens(self.log)
        if symbol is not None:
            self._follow(symbol, (stored for stored in found.behind if stored.originator_id == vote))
        return self._register

    def _take(self, found: Outlook) -> Tip | None:
        self._enter(stored for stored in found.behind if stored.originator_id == REGISTER_STREAM)
        keys = _log_keys(self._register)
        if self._tip is not None:  # somebody records beside us, so that this is not the last head to check
            keys = tuple(map(among_many, keys))
        self._tip = tip_of(found.edge, keys, self._tip)
        return self._tip

    def _enter(self, stored: Iterable[StoredEntry]) -> None:
        for each in stored:
            entry = _opened(each)
            act = entry.act
            if not isinstance(act, get_args(RegisterAct)):
                raise VerificationError(f"register, act {entry.index}: {entry.kind} does not belong there")
            founding = act.registrar if isinstance(act, LedgerFounded) and entry.index == 0 else None
            self._check(each, entry, self._register.grants or ((founding,) if founding else ()))
            self._register = evolve_register(self._register, act)
            self._register_version = each.originator_version

    def _follow(self, symbol: str, stored: Iterable[StoredEntry]) -> VoteState | None:
        state = self._votes.get(symbol)
        for each in stored:
            state = self._votes[symbol] = evolve(state, self._opened(each), self._documents)
        return state

    def _opened(self, stored: StoredEntry) -> Recorded[Act]:
        entry = _opened(stored)
        known = any(grant.key == entry.key for grant in self._register.grants)
        self._check(stored, entry, (self._register if known else self.register()).grants)
        act = entry.act
        if not isinstance(act, get_args(Act)):
            symbol = stored.originator_id.removeprefix(VOTE_PREFIX)
            raise VerificationError(f"{symbol}, act {entry.index}: {entry.kind} does not belong there")
        return Recorded(act, entry.index, entry.recorded_at, entry.office)

    def _write(self, acts: Sequence[_Placed], signer: Signer, office: str) -> None:
        keys = _log_keys(self._register)
        successors = [log_key(act.log_key) for _, _, act, _ in acts if isinstance(act, LogKeySucceeded)]
        self._note_signer(str([*keys, *successors][-1]))
        try:
            latest = seen(self._tip, self._tokens)
            drafts = [
                draft_entry(
                    act, stream=stream, index=number, key=signer.key_id, office=office, recorded_at=at, seen=latest
                )
                for stream, number, act, at in acts
            ]
            entries = [sign_entry(draft, signer) for draft in drafts]
            for batch in self.streams.batches(entries):
                self._tip = self._append(batch, successors)
        except DATABASE_ERRORS as error:
            raise LedgerError(f"the database refused to record: {error}") from None

    def _append(self, entries: Sequence[StoredEntry], successors: Sequence[NoteKey]) -> Tip | None:
        """Store entries together with the head over them; gives that."""
        grown: Tip | None = None

        def cover(stored: Sequence[StoredEntry], look: Look) -> tuple[Mapping[NodeId, bytes], Head]:
            nonlocal grown
            if self._tip is None or not follows(stored, self._tip):  # somebody was faster
                ours = stored[0].originator_id == REGISTER_STREAM  # then the register is what we knew, and this act
                before = self._register_version
                self._take(look({} if ours else {REGISTER_STREAM: before}, self._tip.head if self._tip else None))
                if self._register_version != before:  # whether the act may be recorded was judged by the old one
                    raise ConflictError("the register has changed meanwhile")
            signer = self._note_signer(str([*_log_keys(self._register), *successors][-1]))
            nodes, grown = covering(self.log, self.streams, signer, stored, self._tip)
            return nodes, grown.head

        self.streams.append(entries, cover)
        return grown

    def _found(self, signer: Signer, origin: str | None, holder: str | None) -> None:
        origin = origin or f"inblue/{os.urandom(8).hex()}"
        if self.log_signer is None:
            raise LedgerError("a ledger is founded with the log's key")
        vkey = str(NoteSigner(origin, self.log_signer).verifier)
        grant = KeyGrant(key=signer.key_id, public_key=signer.public_key.hex(), office=REGISTRAR, holder=holder)
        act = LedgerFounded(origin=origin, log_key=vkey, registrar=grant)
        entry = write_entry(
            act,
            stream=REGISTER_STREAM,
            index=0,
            signer=signer,
            office=REGISTRAR,
            recorded_at=self.clock(),
            seen=seen(None),
        )
        self.streams.append([entry])
        self.sequence()

    def _note_signer(self, vkey: str) -> NoteSigner:
        if self.log_signer is None:
            raise LedgerError("the log's key is needed to record an act and to sign the checkpoint over it")
        if self._signs is None or self._signs[0] is not self.log_signer or self._signs[1] != vkey:
            signer = NoteSigner(log_key(vkey).name, self.log_signer)
            if str(signer.verifier) != vkey:
                raise LedgerError("the key given for the log is not the one that the register names")
            self._signs = self.log_signer, vkey, signer
        return self._signs[2]

    def _check(self, stored: StoredEntry, entry: Entry, grants: Iterable[KeyGrant]) -> None:
        where = f"{stored.originator_id}, act {stored.originator_version - 1}"
        place = (entry.stream, entry.index + 1, entry.kind)
        if place != (stored.originator_id, stored.originator_version, stored.kind):
            raise VerificationError(f"{where}: the entry says it stands elsewhere; run inblue verify")
        grant = next((grant for grant in grants if grant.key == entry.key), None)
        if grant is None or not entry.envelope.verify(bytes.fromhex(grant.public_key)):
            raise VerificationError(f"{where}: its signature does not hold; run inblue verify")


class _Placed(NamedTuple):
    """An act to record: its stream, its number there, and when it is recorded."""

    stream: str
    number: int
    act: Act | RegisterAct
    at: datetime


def _in_order(stream: str, version: int, acts: Iterable[tuple[Act, datetime]]) -> list[_Placed]:
    return [_Placed(stream, number, act, at) for number, (act, at) in enumerate(acts, start=version)]


def _log_keys(register: Register) -> tuple[NoteKey, ...]:
    if not register.log_keys:
        raise LedgerError("the ledger holds no founding entry")
    return tuple(log_key(vkey) for vkey in register.log_keys)


def _in_turn(record: Callable[[], T]) -> T:
    """Do ``record`` again, on what is then there, for as long as somebody else records first, within reason."""
    for attempt in range(_ATTEMPTS):
        try:
            return record()
        except ConflictError:
            pause(attempt)
    return record()


def _opened(stored: StoredEntry) -> Entry:
    try:
        return read_entry(stored.envelope)
    except MalformedError as error:
        where = f"{stored.originator_id}, act {stored.originator_version - 1}"
        raise VerificationError(f"{where}: it is no entry ({error}); run inblue verify") from None
