"""The recorder of a ledger: it reads what others recorded, judges an act, signs it, and appends it.

Every method tries once, like those of :mod:`.recording.appending`, which stores the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from ..domain.acts import Act, DraftCirculated
from ..domain.messages import INTAKE, IntakeAct, NamedMessage, Received
from ..domain.naming import is_name
from ..domain.observed import Observed
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
from .entries.enrolment import check_apart, check_grant
from .entries.entry import REGISTER_STREAM, StoredEntry
from .entries.placing import Placed, in_order
from .entries.stored import opened
from .entries.streams import name_in, vote_in, vote_stream
from .errors import Busy, UnauthorisedError
from .judging import Judge, Pin, Timed, check_stated, recorded_before
from .log.log import Head
from .log.sequencer import advance
from .reading import KnownVotes, recorded_in
from .recording.appending import Appending, Signers, in_own_turn
from .recording.disowning import check_disowned, disowning
from .recording.messages import KnownMessages
from .standards.ed25519 import Signer
from .standards.note import NoteKey
from .stores.mapper import entry_in


class Recorder(Appending):
    """Reads and records: votes, the register, and messages."""

    @in_own_turn
    def register(self) -> Register:
        """The up-to-date register; raises UnauthorisedError if it has an entry without effect that nobody disowned."""
        self._read_register()
        if self._known.refused is not None:
            raise self._known.refused
        return self._known.now

    @in_own_turn
    def log_keys(self) -> tuple[NoteKey, ...]:
        """The same as :meth:`.reading.KnownRegister.log_keys`, up to date."""
        self._read_register()
        return self._known.log_keys()

    @in_own_turn
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

    @in_own_turn
    def has_vote(self, name: str) -> bool:
        """Whether a vote with that name exists, by its first entry with an effect; nothing else is checked."""
        rows = list(self._streams.stream(vote_stream(name))) if is_name(name) else []
        self._read_register()  # after them, so that it has what comes before them
        first = next((row for row in rows if self._votes.has_effect(row)), None)
        return first is not None and bool(self._known.opened(first))

    @in_own_turn
    def acts(self, name: str, *, after: int) -> Iterator[Recorded[Act]]:
        """The acts of a vote in order, from number ``after`` on, without those that have no effect."""
        self.vote(name)
        return iter(list(self._votes.acts(name, list(self._streams.stream(vote_stream(name), after=after)))))

    @in_own_turn
    def vote(self, name: str) -> VoteState | None:
        """An up-to-date vote; None if there is none with that name."""
        news = list(self._streams.stream(vote_stream(name), after=self._votes.version(name)))
        if news:  # the register before them can be read by now
            self._read_register()
        return self._votes.follow(name, news)

    @in_own_turn
    def passing(self, name: str) -> VoteState | None:
        """The same as :meth:`vote`, but a vote that was not read before is not kept in memory."""
        if name in self._votes:
            return self.vote(name)
        rows = list(self._streams.stream(vote_stream(name)))
        self._read_register()
        return KnownVotes(self._known, self._documents, held=1, messages=self._messages).follow(name, rows)

    @in_own_turn
    def sequence(self, log_signer: Signer | None) -> Head:
        """Bring the log up to the last entry and sign its head.

        Raises:
            Refused: without the log's key, or with one that the log no longer has.
            Broken: the store has lost entries that the log covers.
        """
        *former, present = self.log_keys()
        signer = self._note_signer(str(present), log_signer)
        self._tip = advance(self._log, self._streams, self._streams.look, signer, former, self._tip, vouch=self._vouch)
        return self._tip.head

    @in_own_turn
    def keep_register(
        self,
        act: RegisterAct,
        *,
        signers: Signers,
        office: str,
        now: datetime,
        key: str | None = None,
        unless: Callable[[Register], bool] | None = None,
    ) -> None:
        """Record ``act`` in the register, unless it was recorded there with that idempotency ``key``.

        Nor if the register is such that there is nothing to do, as ``unless`` says.

        Raises:
            Refused: the key does not hold the office, the register does not allow it, a vote does not have the acts
            that it says, or another act was recorded with that idempotency key.
            Malformed: it names a key that may not be enrolled.
            Busy: others recorded first.
        """
        register = self.look(tolerant=isinstance(act, EntryDisowned))
        if key is not None and key in register.keys:
            recorded_before([act], map(opened, self._streams.stream(REGISTER_STREAM, after=register.keys[key])))
            self._streams.settle()
            return
        if unless is not None and unless(register):
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

    @in_own_turn
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
        """Record ``acts`` in the vote with that name, all or none, and what follows from them by the rules; return
        both. Acts recorded there with that idempotency ``key`` are not recorded again.

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
            self._streams.settle()  # a server that was stopped while committing may not have acknowledged it
            return before
        self._hours.check(now, register, self._tip, self._tokens, acts)
        office = (judge := Judge.of(register, self._documents, self._messages, signers.act.key_id, office)).office
        timed = ((each, now) for each in judge.decide_together(name, state, acts, now, pin, self.vote))
        placed = in_order(vote_stream(name), self._votes.version(name), timed, key)
        return self._add(name, placed, self._write(placed, signers, office, register), office)

    @in_own_turn
    def record_all(
        self, votes: Sequence[tuple[str, Sequence[Timed]]], *, signers: Signers, office: str, judged_by: Register
    ) -> None:
        """Record acts of many votes, each with its instant, and what follows from them by the rules; all or none.

        ``judged_by`` is the register before they were made, which may have taken long.

        Raises:
            Refused: the procedure forbids one, or the key does not hold the office; it names vote and number.
            Malformed: one names something that the procedure cannot know, or carries a ballot; as above.
            Busy: others recorded into one of these votes, or into the register, meanwhile.
        """
        register = self.look()
        if register is not judged_by:
            raise Busy("the register has changed meanwhile")
        judge = Judge(register, self._documents, self._messages, signers.act.key_id, office)
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
            if (given := known.get(each.stream)) is not None:  # others are read on demand, if ever
                self._add(given, [each], [entry], office)

    def _add(
        self, name: str, placed: Sequence[Placed], written: Sequence[StoredEntry], office: str
    ) -> tuple[Recorded[Act], ...]:
        """Add what was just written, so that the next act need not read it; return it."""
        added = tuple(each.recorded(entry, office) for each, entry in zip(placed, written, strict=True))
        for each in added:
            self._votes.took(name, each)
        return added

    @in_own_turn
    def disowning(self, stream: str, index: int, reason: str) -> EntryDisowned:
        """The act that disowns act ``index`` of ``stream``; raises Refused if it may not be disowned."""
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

    @property
    def known_messages(self) -> KnownMessages:
        """The known messages, for the holder of the turn."""
        return self._messages

    @in_own_turn
    def message(self, number: int) -> Received | None:
        """The message with that number; None if there is none."""
        self._read_register()
        return self._messages.received(number)

    @in_own_turn
    def messages(self) -> tuple[Received, ...]:
        """Every message that was received, in order."""
        self.look()
        return self._messages.take().every()

    @in_own_turn
    def salted(self, after: int) -> tuple[str, ...]:
        """The salted digests of messages and observations on record, after the first ``after``."""
        self.look()
        return self._messages.take().salted(after)

    @in_own_turn
    def observed(self, message: NamedMessage) -> tuple[Observed, ...]:
        """What was observed in a message, in order."""
        self.look()
        return self._messages.take().observed(message)

    @in_own_turn
    def keep_message(
        self, act: IntakeAct, *, signers: Signers, now: datetime, known: int | None
    ) -> tuple[int, bool] | None:
        """Record ``act`` in the stream of messages, unless it is recorded; return its number, and whether it was.

        It is not recorded, and None is returned, if the stream has more than ``known`` acts.

        Raises:
            Refused: the key does not hold the office for it, or no such message was received.
            Busy: others recorded first.
        """
        register = self.look()
        if (before := self._messages.take().number_of(act)) is not None:
            self._streams.settle()
            return before, True
        if known is not None and self._messages.acts > known:
            return None
        self._hours.check(now, register, self._tip, self._tokens, [act])
        register.authority(signers.act.key_id, INTAKE, now)
        placed = Placed(INTAKE, self._messages.version, act, now)
        self._write([placed], signers, INTAKE, register)
        return placed.number, False
