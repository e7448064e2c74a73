"""The recorder of a ledger: it takes in what others recorded, judges an act by it, signs it, and appends it.

What it took in it keeps, so that an act costs one look at what is new (docs/adr/0020). Every method tries once;
:func:`.log.sequencer.in_turn` tries again, on what is then there, where others were faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial, wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from ..domain.acts import Act, DraftCirculated
from ..domain.errors import Refused
from ..domain.naming import is_name
from ..domain.recorded import Recorded
from ..domain.register import Register, check_reassigned, decide_register
from ..domain.register_acts import (
    EntryDisowned,
    KeyEnrolled,
    LogKeyAnnounced,
    LogKeySucceeded,
    RegisterAct,
    RegisterStated,
)
from ..domain.state import VoteState
from .edge.face import refused_to_record
from .entries.enrolment import check_apart, check_grant
from .entries.entry import REGISTER_STREAM, StoredEntry, sign_entry
from .entries.files import Files, StoredDocuments
from .entries.kinds import AnyAct
from .entries.placing import Placed, draft_all, in_order
from .entries.stored import opened
from .entries.streams import name_in, vote_in, vote_stream
from .errors import Busy, UnauthorisedError
from .hours import KnownHours
from .judging import Judge, Pin, Timed, check_stated, recorded_before
from .log.log import Head, LogStore, Look, Outlook
from .log.sequencer import Tip, advance, check_tail, covering, follows, latest_tokens, seen, tip_of
from .process import Turn, limits
from .reading import KnownRegister, KnownVotes, check_disowned, disowning, recorded_in
from .standards.cosignature import log_key
from .standards.ed25519 import Signer
from .standards.merkle import NodeId
from .standards.note import NoteKey, NoteSigner, among_many
from .standards.signing import CheckedSigner, checked
from .stores.mapper import entry_in
from .stores.store import DATABASE_ERRORS
from .stores.streams import Streams

P = ParamSpec("P")
T = TypeVar("T")

_FEW = 50  # signatures, from which on libsodium, which verifies them in half the time, has paid for being loaded


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

    Whatever reads raises Broken where an entry is not what it was when it was signed; whatever records or
    signs, SignerFailed where a signer gives no signature that holds within ``signer_seconds``: nothing is changed then.
    """

    def __init__(
        self, streams: Streams, log: LogStore, files: Files, documents: StoredDocuments, *, signer_seconds: float
    ) -> None:
        self._streams, self._log = streams, log
        self._files = files
        self._documents = documents
        self._signer_seconds = signer_seconds
        self.turn = Turn(limits().wait)
        self._known = KnownRegister()
        self._votes = KnownVotes(self._known, documents, held=limits().votes)
        self._hours = KnownHours(streams, log, documents)
        self._tip: Tip | None = None
        self._signs: tuple[Signer, str, bool, NoteSigner] | None = None
        self._signed = 0
        self._stamps: tuple[int, ...] = ()
        self._tokens: tuple[str, ...] = ()

    @_in_own_turn
    def register(self) -> Register:
        """The register, with what is new in it; UnauthorisedError where nobody has disowned what has no effect."""
        self._read_register()
        if self._known.refused is not None:
            raise self._known.refused
        return self._known.now

    @_in_own_turn
    def log_keys(self) -> tuple[NoteKey, ...]:
        """As :meth:`.reading.KnownRegister.log_keys`, with what is new."""
        self._read_register()
        return self._known.log_keys()

    @_in_own_turn
    def votes(self) -> tuple[str, ...]:
        """The name of each vote, in the order of circulation."""
        found: dict[str, None] = {}
        after = 0
        select = partial(self._streams.recorder.select_notifications, limit=100, topics=DraftCirculated.kinds())
        while page := select(after, inclusive_of_start=False):
            self._read_register()
            for row in page:
                stored = entry_in(row.id, str(row.originator_id), row.originator_version, row.topic, row.state)
                if self._votes.has_effect(stored):
                    found[name_in(self._known.opened(stored)[0].stream)] = None
            after = page[-1].id
        return tuple(found)

    @_in_own_turn
    def has_vote(self, name: str) -> bool:
        """Whether there is a vote of that name, by its first entry that has an effect; nothing else is checked."""
        rows = list(self._streams.stream(vote_stream(name))) if is_name(name) else []
        self._read_register()  # behind them, so that it has what comes before them
        first = next((row for row in rows if self._votes.has_effect(row)), None)
        return first is not None and bool(self._known.opened(first))

    @_in_own_turn
    def acts(self, name: str, *, after: int) -> Iterator[Recorded[Act]]:
        """The acts of a vote in order, from number ``after`` on, without those that have no effect."""
        self.vote(name)
        return iter(list(self._votes.acts(name, list(self._streams.stream(vote_stream(name), after=after)))))

    @_in_own_turn
    def vote(self, name: str) -> VoteState | None:
        """A vote, with what is new in it; None where there is none of that name."""
        news = list(self._streams.stream(vote_stream(name), after=self._votes.version(name)))
        if news:  # the register before them can be read by now
            self._read_register()
        return self._votes.follow(name, news)

    @_in_own_turn
    def passing(self, name: str) -> VoteState | None:
        """As :meth:`vote`; one that was not read before is not kept."""
        if name in self._votes:
            return self.vote(name)
        rows = list(self._streams.stream(vote_stream(name)))
        self._read_register()
        return KnownVotes(self._known, self._documents, held=1).follow(name, rows)

    @_in_own_turn
    def sequence(self, log_signer: Signer | None) -> Head:
        """Bring the log up to the last entry and sign its head.

        Raises:
            Refused: without the log's key, or with one that the log has no more.
            Broken: the store has lost entries that the log covers.
        """
        *former, present = self.log_keys()
        signer = self._note_signer(str(present), log_signer)
        self._tip = advance(self._log, self._streams, self._streams.look, signer, former, self._tip, vouch=self._vouch)
        return self._tip.head

    @_in_own_turn
    def keep_register(
        self, act: RegisterAct, *, signers: Signers, office: str, now: datetime, key: str | None = None
    ) -> None:
        """Record ``act`` in the register, unless it was recorded there with that idempotency ``key``.

        Raises:
            Refused: the key does not hold the office, the register does not allow it, a vote has not the acts that it
                says, or another act was recorded with that idempotency key.
            Malformed: it names a key that may not be enrolled.
            Busy: others recorded first.
        """
        register = self.look(tolerant=isinstance(act, EntryDisowned))
        if key is not None and key in register.keys:
            recorded_before([act], map(opened, self._streams.stream(REGISTER_STREAM, after=register.keys[key])))
            self._streams.settle()
            return
        self._hours.check(now, register, self._tip, self._tokens, [act])
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
        if isinstance(act, EntryDisowned):
            self._check_disowned(act)
        placed = Placed(REGISTER_STREAM, self._known.version, decided, now, key)
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
            Refused: the procedure forbids it, the key does not hold the office, or another act was recorded with that
                idempotency key.
            Malformed: it names something that the procedure cannot know.
            Busy: others recorded first.
        """
        register = self.look(name)
        state = self._votes.get(name)
        if state is not None and key is not None and key in state.keys:
            since = list(self._streams.stream(vote_stream(name), after=state.keys[key]))
            entries = (entry for entry, _ in self._votes.entries(name, since))
            before = tuple(map(recorded_in, recorded_before(acts, entries)))
            self._streams.settle()  # a server that was stopped while it committed need not have acknowledged it
            return before
        self._hours.check(now, register, self._tip, self._tokens, acts)
        office = (judge := Judge.of(register, self._documents, signers.act.key_id, office)).office
        timed = ((each, now) for each in judge.decide_together(name, state, acts, now, pin, self.vote))
        placed = in_order(vote_stream(name), self._votes.version(name), timed, key)
        return self._add(name, placed, self._write(placed, signers, office, register), office)

    @_in_own_turn
    def record_all(
        self, votes: Sequence[tuple[str, Sequence[Timed]]], *, signers: Signers, office: str, judged_by: Register
    ) -> None:
        """Record acts of many votes, each with its instant, and what follows from them by the rules; all or none.

        ``judged_by`` is the register as it was before they were made, which may have taken long.

        Raises:
            Refused: the procedure forbids one, or the key does not hold the office; it names vote and number.
            Malformed: one names something that the procedure cannot know, or carries a ballot; as above.
            Busy: others recorded into one of these votes, or into the register, meanwhile.
        """
        register = self.look()
        if register is not judged_by:
            raise Busy("the register has changed meanwhile")
        judge = Judge(register, self._documents, signers.act.key_id, office)
        states: dict[str, VoteState | None] = {}
        placed: list[Placed] = []

        def vote(name: str) -> VoteState | None:
            return states[name] if name in states else self.vote(name)

        for name, acts in votes:
            state = vote(name)
            version = state.version if state else self._votes.version(name)
            decided, states[name] = judge.decide_all(name, state, acts, vote)
            placed += in_order(vote_stream(name), version, decided)
        written = self._write(placed, signers, office, register) if placed else []
        known = {vote_stream(name): name for name in states if name in self._votes}
        for each, entry in zip(placed, written, strict=True):
            if (given := known.get(each.stream)) is not None:  # others are read when they are asked for, if ever
                self._add(given, [each], [entry], office)

    def _add(
        self, name: str, placed: Sequence[Placed], written: Sequence[StoredEntry], office: str
    ) -> tuple[Recorded[Act], ...]:
        """Take in what was just written, which need not be read then for the next act; gives it."""
        added = tuple(each.recorded(entry, office) for each, entry in zip(placed, written, strict=True))
        for each in added:
            self._votes.took(name, each)
        return added

    def _pen(self, signer: Signer) -> CheckedSigner:
        pen = checked(signer, seconds=self._signer_seconds)
        return pen.among_many() if self._signed > _FEW else pen

    @_in_own_turn
    def look(self, name: str | None = None, *, tolerant: bool = False) -> Register:
        """Take in, by one read, what others have recorded: in the register, in the log, and in a vote.

        Before the lock, since to judge, compose and sign takes longest; :meth:`_append` sees to what it misses.
        ``tolerant`` of entries of the register that no key in authority has signed: for what takes them out of effect.

        Raises:
            Broken: it is not what was signed, or is older than what was there before.
        """
        versions = {REGISTER_STREAM: self._known.version}
        if name is not None:
            versions[vote_stream(name)] = self._votes.version(name)
        found = self._streams.look(versions, self._tip.head if self._tip else None)
        check_tail(self._take(found), found.last)
        if found.stamps != self._stamps:
            self._stamps, self._tokens = found.stamps, latest_tokens(self._log, self._tip, self._known.log_keys())
        if self._known.refused is not None and not tolerant:
            raise self._known.refused
        if name is not None:
            self._votes.follow(name, (stored for stored in found.behind if stored.originator_id != REGISTER_STREAM))
        return self._known.now

    def _read_register(self) -> None:
        self._known.take(self._streams.stream(REGISTER_STREAM, after=self._known.version))

    def _vouch(self, head: Head | None) -> None:
        from .audit.since import check_behind  # seldom is anything there

        check_behind(self._streams, self._log, self._files, head)

    def _take(self, found: Outlook) -> Tip | None:
        self._known.take(stored for stored in found.behind if stored.originator_id == REGISTER_STREAM)
        keys = self._known.log_keys()
        if self._tip is not None:  # somebody records beside us, so that this is not the last head to check
            keys = tuple(map(among_many, keys))
        self._tip = tip_of(found.edge, keys, self._log.nodes, self._tip)
        return self._tip

    @_in_own_turn
    def disowning(self, stream: str, index: int, reason: str) -> EntryDisowned:
        """The act that disowns act ``index`` of ``stream``; Refused where it may not be disowned."""
        self.look(tolerant=True)
        act = disowning(stream, index, reason, next(iter(self._streams.stream(stream, after=index)), None))
        self._check_disowned(act)
        return act

    def _check_disowned(self, act: EntryDisowned) -> None:
        if (name := vote_in(act.stream)) is not None:
            with suppress(UnauthorisedError):  # then the vote is known up to the first such entry
                self.vote(name)
        stored = next(iter(self._streams.stream(act.stream, after=act.index)), None)
        covered = self._tip.head.position if self._tip else 0
        check_disowned(act, stored, covered, self._known, self._votes)

    def _write(self, acts: Sequence[Placed], signers: Signers, office: str, judged_by: Register) -> list[StoredEntry]:
        if self._known.now is not judged_by:  # read again since: whoever signs may have been revoked there
            raise Busy("the register has changed meanwhile")
        successors = [log_key(each.act.log_key) for each in acts if isinstance(each.act, LogKeySucceeded)]
        self._note_signer(str([*self._known.log_keys(), *successors][-1]), signers.log)
        try:
            latest, register = seen(self._tip, self._tokens), self._known.version
            drafts = draft_all(acts, register=register, key=signers.act.key_id, office=office, seen=latest)
            self._signed += len(drafts)
            pen = self._pen(signers.act)
            entries = [sign_entry(draft, pen) for draft in drafts]
            self._tip = self._hours.after(acts[-1], self._append(entries, signers.log, [each.act for each in acts]))
            return entries
        except DATABASE_ERRORS as error:
            raise refused_to_record(error) from None

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
                before = self._known.version
                self._take(look({} if ours else {REGISTER_STREAM: before}, self._tip.head if self._tip else None))
                # A vote that has changed failed the insert by its version already; the register is another stream.
                if self._known.version != before:  # whether the act may be recorded was judged by the old one
                    raise Busy("the register has changed meanwhile")
                for stated in (act for act in acts if isinstance(act, RegisterStated)):  # of votes it says more
                    check_stated(stated, self._streams.stream)
            signer = self._note_signer(str([*self._known.log_keys(), *successors][-1]), log_signer)
            nodes, grown = covering(self._log, self._streams, signer, stored, self._tip, vouch=self._vouch)
            return nodes, grown.head

        self._streams.append(entries, cover)
        return grown

    def _note_signer(self, vkey: str, log_signer: Signer | None) -> NoteSigner:
        if log_signer is None:
            raise Refused(None, "the log's key is needed to record an act and to sign the checkpoint over it")
        kept, many = self._signs, self._signed > _FEW
        if kept is None or kept[0] is not log_signer or kept[1:3] != (vkey, many):
            signer = NoteSigner(log_key(vkey).name, self._pen(log_signer))
            if str(signer.verifier) != vkey:
                raise Refused(None, "the key given for the log is not the one that the register names")
            kept = self._signs = log_signer, vkey, many, signer
        return kept[3]
