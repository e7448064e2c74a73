"""The recorder of a ledger: it takes in what others recorded, judges an act by it, signs it, and appends it.

What it took in it keeps, so that an act costs one look at what is new (docs/adr/0020). Every method tries once;
:func:`in_turn` tries again, on what is then there, where others were faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import wraps
from threading import RLock
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar, get_args

from ..domain.acts import Act
from ..domain.naming import is_name
from ..domain.register import Register, check_reassigned, decide_register, evolve_register
from ..domain.register_acts import (
    KeyEnrolled,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    RegisterAct,
    RegisterStated,
)
from ..domain.state import Documents, Recorded, VoteState
from ..domain.vote import evolve
from .entries.enrolment import check_apart, check_grant
from .entries.entry import REGISTER_STREAM, Entry, StoredEntry, sign_entry
from .entries.kinds import AnyAct, is_vote_act
from .entries.placing import Placed, draft_all, in_order
from .entries.stored import check_signed, opened
from .entries.streams import name_in, vote_stream
from .errors import ConflictError, LedgerError, VerificationError
from .judging import Judge, Pin, Timed, check_stated, recorded_before
from .log.log import Head, LogStore, Look, Outlook
from .log.sequencer import Tip, advance, check_tail, covering, follows, latest_tokens, pause, seen, tip_of
from .standards.cosignature import log_key
from .standards.ed25519 import Signer
from .standards.merkle import NodeId
from .standards.note import NoteKey, NoteSigner, among_many
from .standards.signing import SIGNER_SECONDS, CheckedSigner, checked
from .stores.store import DATABASE_ERRORS
from .stores.streams import Streams

P = ParamSpec("P")
T = TypeVar("T")

_ATTEMPTS = 50
_FEW = 50  # signatures, from which on libsodium, which verifies them in half the time, has paid for being loaded


def in_turn(record: Callable[[], T]) -> T:
    """Do ``record`` again, on what is then there, for as long as somebody else records first, within reason.

    Raises:
        ConflictError: others were faster each time.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return record()
        except ConflictError:
            pause(attempt)
    return record()


class Signers(NamedTuple):
    """Who signs: ``act`` the entry of an act, ``log`` the head over it. Without ``log`` nothing can be recorded."""

    act: CheckedSigner
    log: Signer | None


def _in_own_turn(method: Callable[Concatenate[Recorder, P], T]) -> Callable[Concatenate[Recorder, P], T]:
    """``method``, which uses what a recorder has in memory, as one that a single thread is in at a time."""

    @wraps(method)
    def alone(self: Recorder, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.turn:
            return method(self, *args, **kwargs)

    return alone


class Recorder:
    """Reads and records the entries in ``streams``, with ``log`` over them.

    Threads take turns: ``turn`` is held in every method, also while it waits for the store or for a signer, and may be
    held over several by whoever calls them. It is taken before any lock of the store's and never after one, so that no
    two threads wait for each other.

    Whatever reads raises VerificationError where an entry is not what it was when it was signed; whatever records or
    signs, SignerFailed where a signer gives no signature that holds within ``signer_seconds``: nothing is changed then.
    """

    def __init__(
        self, streams: Streams, log: LogStore, documents: Documents, *, signer_seconds: float = SIGNER_SECONDS
    ) -> None:
        self._streams = streams
        self._log = log
        self._documents = documents
        self._signer_seconds = signer_seconds
        self.turn = RLock()
        self._register = Register()
        self._register_version = 0
        self._votes: dict[str, VoteState] = {}
        self._tip: Tip | None = None
        self._signs: tuple[Signer, str, bool, NoteSigner] | None = None
        self._signed = 0
        self._stamps: tuple[int, ...] = ()
        self._tokens: tuple[str, ...] = ()

    @_in_own_turn
    def register(self) -> Register:
        """The register, with what is new in it."""
        news = self._streams.stream(REGISTER_STREAM, after=self._register_version)
        self._register, self._register_version = self._entered(news)
        return self._register

    def log_keys(self) -> tuple[NoteKey, ...]:
        """Every key that the log has had, as the register names them; the last one signs now.

        Raises:
            LedgerError: the ledger was never founded.
        """
        return _log_keys(self.register())

    def has_vote(self, name: str) -> bool:
        """Whether anything is on record of a vote of that name; nothing else is read for it."""
        return is_name(name) and next(iter(self._streams.stream(vote_stream(name))), None) is not None

    def acts(self, name: str, *, after: int) -> Iterator[Recorded[Act]]:
        """The acts of a vote in order, from number ``after`` on."""
        return map(_recorded, self._entries(vote_stream(name), after=after))

    @_in_own_turn
    def vote(self, name: str) -> VoteState | None:
        """A vote, with what is new in it; None where there is none of that name."""
        return self._follow(name, self._streams.stream(vote_stream(name), after=self._version(name)))

    @_in_own_turn
    def sequence(self, log_signer: Signer | None) -> Head:
        """Bring the log up to the last entry and sign its head.

        Raises:
            LedgerError: without the log's key, or with one that the log has no more.
            VerificationError: the store has lost entries that the log covers.
        """
        *former, present = self.log_keys()
        signer = self._note_signer(str(present), log_signer)
        self._tip = advance(self._log, self._streams, self._streams.look, signer, former, self._tip)
        return self._tip.head

    @_in_own_turn
    def keep_register(
        self, act: RegisterAct, *, signers: Signers, office: str, now: datetime, key: str | None = None
    ) -> None:
        """Record ``act`` in the register, unless it was recorded there with that idempotency ``key``.

        Raises:
            Refusal: the key does not hold the office, the register does not allow it, a vote has not the acts that it
                says, or another act was recorded with that idempotency key.
            MalformedError: it names a key that may not be enrolled.
            ConflictError: others recorded first.
        """
        register = self.look()
        if key is not None and key in register.keys:
            recorded_before([act], self._entries(REGISTER_STREAM, after=register.keys[key]))
            return
        register.authority(signers.act.key_id, office, now)
        if isinstance(act, KeyEnrolled):
            check_grant(act.grant, where="key: the id")
            check_apart([act.grant.public_key], register.log_keys, origin=self.log_keys()[-1].name)
        if isinstance(act, (LogKeyAnnounced, LogKeySucceeded)):
            officers = [grant.public_key for grant in register.grants]
            check_apart(officers, [act.log_key], origin=self.log_keys()[-1].name)
        decided = decide_register(register, act, office=office)
        check_reassigned(register, decided)
        if isinstance(act, RegisterStated):
            check_stated(act, self._streams.stream)
        placed = Placed(REGISTER_STREAM, self._register_version, decided, now, key)
        self._write([placed], signers, office, register)

    @_in_own_turn
    def perform(
        self,
        name: str,
        acts: Sequence[Act],
        *,
        signers: Signers,
        office: str | None,
        now: datetime,
        pin: Pin,
        key: str | None = None,
    ) -> tuple[Recorded[Act], ...]:
        """Record ``acts`` in the vote of that name, all or none, and what follows from them by the rules; gives both.

        What was recorded there with that idempotency ``key`` is not recorded again.

        Raises:
            Refusal: the procedure forbids it, the key does not hold the office, or another act was recorded with that
                idempotency key.
            MalformedError: it names something that the procedure cannot know.
            ConflictError: others recorded first.
        """
        register = self.look(name)
        state = self._votes.get(name)
        if state is not None and key is not None and key in state.keys:
            since = self._entries(vote_stream(name), after=state.keys[key])
            return tuple(map(_recorded, recorded_before(acts, since)))
        judge = Judge.of(register, self._documents, signers.act.key_id, office)
        office = judge.office
        timed = ((each, now) for each in judge.decide_together(name, state, acts, now, pin, self.vote))
        placed = in_order(vote_stream(name), state.version if state else 0, timed, key)
        return self._add(name, state, placed, self._write(placed, signers, office, register), office)

    @_in_own_turn
    def record_all(
        self, votes: Sequence[tuple[str, Sequence[Timed]]], *, signers: Signers, office: str, judged_by: Register
    ) -> None:
        """Record acts of many votes, each with its instant, and what follows from them by the rules; all or none.

        ``judged_by`` is the register as it was before they were made, which may have taken long.

        Raises:
            Refusal: the procedure forbids one, or the key does not hold the office; it names vote and number.
            MalformedError: one names something that the procedure cannot know, or carries a ballot; as above.
            ConflictError: others recorded into one of these votes, or into the register, meanwhile.
        """
        register = self.look()
        if register is not judged_by:
            raise ConflictError("the register has changed meanwhile")
        judge = Judge(register, self._documents, signers.act.key_id, office)
        states: dict[str, VoteState | None] = {}
        placed: list[Placed] = []

        def vote(name: str) -> VoteState | None:
            return states[name] if name in states else self.vote(name)

        for name, acts in votes:
            state = vote(name)
            decided, states[name] = judge.decide_all(name, state, acts, vote)
            placed += in_order(vote_stream(name), state.version if state else 0, decided)
        written = self._write(placed, signers, office, register) if placed else []
        known = {vote_stream(name): name for name in states.keys() & self._votes.keys()}
        for each, entry in zip(placed, written, strict=True):
            if (given := known.get(each.stream)) is not None:  # others are read when they are asked for, if ever
                self._add(given, self._votes[given], [each], [entry], office)

    def _add(
        self, name: str, state: VoteState | None, placed: Sequence[Placed], written: Sequence[StoredEntry], office: str
    ) -> tuple[Recorded[Act], ...]:
        """Take in what was just written, which need not be read then for the next act; gives it."""
        added = tuple(each.recorded(entry, office) for each, entry in zip(placed, written, strict=True))
        for each in added:
            state = self._votes[name] = evolve(state, each, self._documents)
        return added

    def _pen(self, signer: Signer) -> CheckedSigner:
        pen = checked(signer, seconds=self._signer_seconds)
        return pen.among_many() if self._signed > _FEW else pen

    def _version(self, name: str) -> int:
        return self._votes[name].version if name in self._votes else 0

    @_in_own_turn
    def look(self, name: str | None = None) -> Register:
        """Take in, by one read, what others have recorded: in the register, in the log, and in a vote.

        Before the lock, since to judge, compose and sign takes longest; :meth:`_append` sees to what it misses.

        Raises:
            VerificationError: it is not what was signed, or is older than what was there before.
        """
        versions = {REGISTER_STREAM: self._register_version}
        if name is not None:
            versions[vote_stream(name)] = self._version(name)
        found = self._streams.look(versions, self._tip.head if self._tip else None)
        check_tail(self._take(found), found.last)
        if found.stamps != self._stamps:
            self._stamps, self._tokens = found.stamps, latest_tokens(self._log)
        if name is not None:
            self._follow(name, (stored for stored in found.behind if stored.originator_id != REGISTER_STREAM))
        return self._register

    def _take(self, found: Outlook) -> Tip | None:
        news = [stored for stored in found.behind if stored.originator_id == REGISTER_STREAM]
        register, version = self._entered(news)
        keys = _log_keys(register)
        if self._tip is not None:  # somebody records beside us, so that this is not the last head to check
            keys = tuple(map(among_many, keys))
        self._tip = tip_of(found.edge, keys, self._log.nodes, self._tip)
        self._register, self._register_version = register, version
        return self._tip

    def _entered(self, stored: Iterable[StoredEntry]) -> tuple[Register, int]:
        """The register with these entries, and how many it then has."""
        register, version = self._register, self._register_version
        for each in stored:
            entry = opened(each)
            act = entry.act
            if not isinstance(act, get_args(RegisterAct)):
                raise VerificationError(f"register, act {entry.index}: {entry.kind} does not belong there")
            founding = act.registrar if isinstance(act, LedgerFounded) and entry.index == 0 else None
            check_signed(each, entry, register.grants or ((founding,) if founding else ()))
            if entry.idempotency_key in register.keys:
                raise VerificationError(f"register, act {entry.index}: its idempotency key was used before")
            register, version = evolve_register(register, act, entry.idempotency_key), each.originator_version
        return register, version

    def _follow(self, name: str, stored: Iterable[StoredEntry]) -> VoteState | None:
        state = self._votes.get(name)
        for each in stored:
            state = self._votes[name] = evolve(state, _recorded(self._opened(each)), self._documents)
        return state

    def _entries(self, stream: str, *, after: int) -> Iterator[Entry]:
        return map(self._opened, self._streams.stream(stream, after=after))

    @_in_own_turn
    def _opened(self, stored: StoredEntry) -> Entry:
        entry = opened(stored)
        known = any(grant.key == entry.key for grant in self._register.grants)
        check_signed(stored, entry, (self._register if known else self.register()).grants)
        return entry

    def _write(self, acts: Sequence[Placed], signers: Signers, office: str, judged_by: Register) -> list[StoredEntry]:
        if self._register is not judged_by:  # read again since: whoever signs may have been revoked there
            raise ConflictError("the register has changed meanwhile")
        keys = _log_keys(self._register)
        successors = [log_key(each.act.log_key) for each in acts if isinstance(each.act, LogKeySucceeded)]
        self._note_signer(str([*keys, *successors][-1]), signers.log)
        try:
            latest, register = seen(self._tip, self._tokens), self._register_version
            drafts = draft_all(acts, register=register, key=signers.act.key_id, office=office, seen=latest)
            self._signed += len(drafts)
            pen = self._pen(signers.act)
            entries = [sign_entry(draft, pen) for draft in drafts]
            self._tip = self._append(entries, signers.log, [each.act for each in acts])
            return entries
        except DATABASE_ERRORS as error:
            raise LedgerError(f"the database refused to record: {error}") from None

    def _append(self, entries: Sequence[StoredEntry], log_signer: Signer | None, acts: Sequence[AnyAct]) -> Tip | None:
        """Store the entries of ``acts`` together with the head over them; gives that."""
        grown: Tip | None = None
        successors = [log_key(act.log_key) for act in acts if isinstance(act, LogKeySucceeded)]

        def cover(stored: Sequence[StoredEntry], look: Look) -> tuple[Mapping[NodeId, bytes], Head]:
            # Called with the store locked and the positions given: until the commit nobody else records or signs, so
            # that one more look, if the positions say that the last one is too old, finds all that the head must cover.
            nonlocal grown
            if self._tip is None or not follows(stored, self._tip):  # somebody was faster
                ours = stored[0].originator_id == REGISTER_STREAM  # then the register is what we knew, and this act
                before = self._register_version
                self._take(look({} if ours else {REGISTER_STREAM: before}, self._tip.head if self._tip else None))
                # A vote that has changed failed the insert by its version already; the register is another stream.
                if self._register_version != before:  # whether the act may be recorded was judged by the old one
                    raise ConflictError("the register has changed meanwhile")
                for stated in (act for act in acts if isinstance(act, RegisterStated)):  # of votes it says more
                    check_stated(stated, self._streams.stream)
            signer = self._note_signer(str([*_log_keys(self._register), *successors][-1]), log_signer)
            nodes, grown = covering(self._log, self._streams, signer, stored, self._tip)
            return nodes, grown.head

        self._streams.append(entries, cover)
        return grown

    def _note_signer(self, vkey: str, log_signer: Signer | None) -> NoteSigner:
        if log_signer is None:
            raise LedgerError("the log's key is needed to record an act and to sign the checkpoint over it")
        kept, many = self._signs, self._signed > _FEW
        if kept is None or kept[0] is not log_signer or kept[1:3] != (vkey, many):
            signer = NoteSigner(log_key(vkey).name, self._pen(log_signer))
            if str(signer.verifier) != vkey:
                raise LedgerError("the key given for the log is not the one that the register names")
            kept = self._signs = log_signer, vkey, many, signer
        return kept[3]


def _recorded(entry: Entry) -> Recorded[Act]:
    act = entry.act
    if not is_vote_act(act):
        raise VerificationError(f"{name_in(entry.stream)}, act {entry.index}: {entry.kind} does not belong there")
    return entry.recorded(act)


def _log_keys(register: Register) -> tuple[NoteKey, ...]:
    if not register.log_keys:
        raise LedgerError("the ledger holds no founding entry")
    return tuple(log_key(vkey) for vkey in register.log_keys)
