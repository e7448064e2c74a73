"""Decides which entries in a store are valid: those signed by a key in authority, in their place.

Reading, listing and recording check an entry like an audit (docs/verifying.md, checks 2, 3, 4, 7 and 18), so that
nobody acts on an entry that verification would reject. The register is read first: its entries before a place in the
log say who may act there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from ..domain.acts import Act, DraftCirculated, VoteCast
from ..domain.ballot import SignedBallot
from ..domain.errors import InblueError, Malformed, Refused
from ..domain.messages import INTAKE
from ..domain.recorded import Documents, Recorded
from ..domain.register import Register, check_register, evolve_register, passed_over
from ..domain.register_acts import (
    EntryDisowned,
    KeyEnrolled,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    RegisterAct,
)
from ..domain.state import VoteState
from ..domain.vote import evolve
from ..domain.vote import passed_over as without_act
from .entries.ballot import check_ballot, check_deadline, check_new_ballot
from .entries.enrolment import KeysApart, check_apart, check_id, check_intake, check_keeper
from .entries.entry import REGISTER_STREAM, Entry, StoredEntry, entry_digest
from .entries.kinds import is_intake_act, is_register_act, is_vote_act
from .entries.stored import WAY_OUT, check_placed, check_signed, opened, place_of
from .entries.streams import vote_in
from .errors import Broken, NotFound, UnauthorisedError
from .standards.checkpoint import open_signed
from .standards.cosignature import log_key
from .standards.ed25519 import verify, verify_among_many
from .standards.note import NoteKey

_KEPT = 16
_FEW = 500
"""How many signatures to check before loading the faster library pays off."""

_MISCOUNTS = "it counts the register's entries wrongly"


class _Taken(NamedTuple):
    """An entry of the register: its act, None if it has no effect, and its place in the store."""

    act: RegisterAct | None
    key: str | None
    position: int


class KnownRegister:
    """The register as far as it was read: as of ``now``, and before any place in the log."""

    def __init__(self) -> None:
        self.now = Register()
        self._taken: list[_Taken] = []
        self._was = {0: self.now}
        self._refused: dict[str, UnauthorisedError] = {}
        self._apart = KeysApart()
        self._opened = 0

    @property
    def version(self) -> int:
        """How many entries of the register were read."""
        return len(self._taken)

    @property
    def refused(self) -> UnauthorisedError | None:
        """Why the first entry of the register without authority has no effect, if nobody disowned it.

        Nothing can be recorded while there is one.
        """
        return next((why for digest, why in self._refused.items() if digest not in self.now.disowned), None)

    def check_next(self, stored: StoredEntry) -> None:
        """Read the next entry, in the register or in a vote, and make sure that a key in authority signed it.

        Raises:
            Broken: it is not an entry, is not in its place, or has no effect.
        """
        if stored.originator_id != REGISTER_STREAM:
            self.opened(stored)
            return
        if stored.originator_version == self.version + 1 and self.version:
            entry = opened(stored)
            check_placed(stored, entry)
            if is_register_act(entry.act):
                self._check(stored, entry, entry.act)
        self.take([stored])

    def log_keys(self) -> tuple[NoteKey, ...]:
        """Every key that the log has had; the last one signs now.

        Raises:
            NotFound: the ledger was never founded.
        """
        if not self.now.log_keys:
            raise NotFound("the ledger holds no founding entry")
        return tuple(log_key(vkey) for vkey in self.now.log_keys)

    def is_refused(self, act: EntryDisowned) -> bool:
        """Whether ``act`` names an entry of the register that no key in authority has signed."""
        return act.digest in self._refused

    def take(self, stored: Iterable[StoredEntry]) -> None:
        """Read the next entries.

        Raises:
            Broken: one is not an entry, or is not in its place.
        """
        for each in stored:
            entry = opened(each)
            check_placed(each, entry)
            act, key = entry.act, entry.idempotency_key
            if not is_register_act(act):
                raise Broken(f"{place_of(each)}: {entry.kind} does not belong there")
            if each.originator_version != self.version + 1:
                raise Broken(f"{place_of(each)}: it stands where act {self.version} should; run inblue verify")
            try:
                self._check(each, entry, act)
            except UnauthorisedError as refused:
                self._refused[entry_digest(each.envelope)] = refused
                self.now = passed_over(self.now)
                self._taken.append(_Taken(None, None, each.cursor))
                continue
            if entry.register not in {None, entry.index}:
                raise Broken(f"{place_of(each)}: it counts the register's entries wrongly; run inblue verify")
            if key is not None and key in self.now.keys:
                raise Broken(f"{place_of(each)}: its idempotency key was used before")
            self._check_rules(each, entry, act)
            self.now = evolve_register(self.now, act, key)
            self._taken.append(_Taken(act, key, each.cursor))

    def _check(self, stored: StoredEntry, entry: Entry, act: RegisterAct) -> None:
        founding = getattr(act, "registrar", None) if entry.index == 0 else None
        grants = self.now.by_key.get(entry.key, ()) if self.now.grants else ((founding,) if founding else ())
        check_signed(stored, entry, grants)
        try:
            check_keeper(self.now, entry)
        except InblueError as refusal:
            raise UnauthorisedError(f"{place_of(stored)}: {refusal}; {WAY_OUT}") from None

    def _check_rules(self, stored: StoredEntry, entry: Entry, act: RegisterAct) -> None:
        """Check what a registrar with other software could break: the rules of the register, and of keys.

        That an officer's key has full order is left to enrolment and to audits: it takes longer than all the rest.
        """
        try:
            check_register(self.now, act, office=entry.office)
            if isinstance(act, (LedgerFounded, KeyEnrolled)):
                check_id(act.registrar if isinstance(act, LedgerFounded) else act.grant, where="the id of the key")
            self._apart.take(act)
            if isinstance(act, LogKeySucceeded):
                open_signed(act.handover.encode(), [log_key(self.now.log_keys[-1])])
            if isinstance(act, (LogKeyAnnounced, LogKeySucceeded)):
                check_apart((), [act.log_key], origin=self.log_keys()[-1].name)
        except InblueError as refusal:
            raise Broken(f"{place_of(stored)}: {refusal}; run inblue verify") from None

    def before(self, position: int) -> Register:
        """The register before the entry at that position of the store."""
        count = bisect_left(self._taken, position, key=lambda each: each.position)
        if count == self.version:
            return self.now
        if count not in self._was:
            start = max(known for known in self._was if known < count)
            register = self._was[start]
            for act, key, _ in self._taken[start:count]:
                register = passed_over(register) if act is None else evolve_register(register, act, key)
            while len(self._was) >= _KEPT:
                del self._was[max(self._was, key=lambda known: (known != 0, abs(known - count)))]
            self._was[count] = register
        return self._was[count]

    def has_effect(self, stored: StoredEntry) -> bool:
        """Whether a key in authority has signed an entry of the register that was read."""
        return self._taken[stored.originator_version - 1].act is not None

    def opened(self, stored: StoredEntry) -> tuple[Entry, Register]:
        """The entry of a vote, or of messages, and the register before it, which must have been read.

        Raises:
            Broken: there is none in it, or it does not belong in its place.
            UnauthorisedError: no key in authority has signed it.
        """
        entry = opened(stored)
        check_placed(stored, entry)
        register = self.before(stored.cursor)
        of_messages = is_intake_act(entry.act)
        if is_register_act(entry.act) or of_messages != (stored.originator_id == INTAKE):
            raise Broken(f"{place_of(stored)}: {entry.kind} does not belong there")
        self._opened += 1
        check = verify if self._opened <= _FEW else verify_among_many
        check_signed(stored, entry, register.by_key.get(entry.key, ()), check)
        try:
            member = getattr(entry.act, "member", None)
            register.authority(entry.key, entry.office, entry.recorded_at, member=member)
            if of_messages:
                check_intake(register, entry)
        except InblueError as refusal:
            raise UnauthorisedError(f"{place_of(stored)}: {refusal}; {WAY_OUT}") from None
        if entry.register not in {None, register.version}:
            raise Broken(f"{place_of(stored)}: {_MISCOUNTS}; run inblue verify")
        return entry, register


class Messages(Protocol):
    """The messages on record."""

    def check_named(self, act: VoteCast, before: int | None = None) -> None:
        """Check the message that a reply names, which must be before that position of the store.

        Raises:
            Refused: it differs from the record.
        """

    def check_carried(self, act: VoteCast) -> None:
        """The same for a reply that will be recorded, and check that its paper is the named part of the message.

        Raises:
            NotFound: the message is not kept here.
            Refused: as above, or it is not.
        """


class KnownVotes:
    """Votes as far as they were read, by name, each with its record.

    A limited number of recently used ones are ``held``; others are dropped, and read again when needed.
    """

    def __init__(self, register: KnownRegister, documents: Documents, *, held: int, messages: Messages) -> None:
        self.register = register
        self._messages = messages
        self._documents = documents
        self._held = held
        self._states: OrderedDict[str, VoteState] = OrderedDict()
        self._leading: dict[str, tuple[int, ...]] = {}

    def get(self, name: str) -> VoteState | None:
        """The vote; None if nothing of it was read, or nothing with an effect."""
        return self._states.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._states

    def version(self, name: str) -> int:
        """How many acts of it were read, including those without effect."""
        state = self._states.get(name)
        return state.version if state else len(self._leading.get(name, ()))

    def took(self, name: str, recorded: Recorded[Act]) -> None:
        """Add an act that was just recorded; does nothing for a vote that was dropped."""
        state = self._states.get(name)
        if state is None and recorded.number != len(self._leading.get(name, ())):
            return
        if state is None:
            recorded = recorded._replace(passed=self._leading.pop(name, ()))
        self._hold(name, evolve(state, recorded, self._documents))

    def _hold(self, name: str, state: VoteState) -> None:
        self._states[name] = state
        self._states.move_to_end(name)
        if len(self._states) > self._held:
            self._states.popitem(last=False)

    def follow(self, name: str, stored: Iterable[StoredEntry]) -> VoteState | None:
        """Read the next acts; return the vote.

        Raises:
            Broken: a row is not an entry, is not in its place, or no key in authority has signed it and the registrar
            has not disowned it.
        """
        for each in stored:
            number = each.originator_version - 1
            try:
                self._follow(name, each)
            except UnauthorisedError:
                if not self.is_disowned(each):
                    raise
                state = self._states.get(name)
                if state is not None:
                    self._hold(name, without_act(state, number))
                else:
                    self._leading[name] = (*self._leading.get(name, ()), number)
        if (held := self._states.get(name)) is not None:
            self._states.move_to_end(name)
        return held

    def _follow(self, name: str, stored: StoredEntry) -> None:
        entry, register = self.register.opened(stored)
        if not self._may_record(name, entry):
            what = f"the office {entry.office} may not record {entry.act.kind_name}"
            raise UnauthorisedError(f"{place_of(stored)}: {what}; {WAY_OUT}")
        before = self._states.get(name)
        if isinstance(entry.act, VoteCast) and entry.act.ballot is not None and before is not None:
            _check_ballot(stored, entry, entry.act, entry.act.ballot, before, register)
        try:
            if isinstance(entry.act, VoteCast):
                self._messages.check_named(entry.act, stored.cursor)
        except Refused as error:
            raise Broken(f"{place_of(stored)}: {error}; run inblue verify") from None
        try:
            self.took(name, recorded_in(entry))
        except Malformed as error:  # about what is stored, not about an argument
            raise Broken(str(error)) from None

    def _may_record(self, name: str, entry: Entry) -> bool:
        """Whether the vote's procedure, or that of a circulation, allows the office to record the act."""
        act, state = entry.act, self._states.get(name)
        procedure = state.procedure if state is not None else None
        if procedure is None and isinstance(act, DraftCirculated):
            with suppress(InblueError):  # it is not kept, or not one: reported when the vote is folded
                procedure = self._documents.procedure(act.procedure)
        return procedure is None or procedure.recorders.may_record(act.kind_name, entry.office)

    def is_refused(self, act: EntryDisowned, stored: StoredEntry) -> bool:
        """Whether ``act`` names ``stored``, and that is an act of a vote that no key in authority has signed."""
        try:
            entry, _ = self.register.opened(stored)
        except UnauthorisedError:
            return True
        return not self._may_record(vote_in(act.stream) or "", entry)

    def is_disowned(self, stored: StoredEntry) -> bool:
        """Whether the registrar has disowned the entry in that place, if no key in authority signed it."""
        named = self.register.now.disowned.get(entry_digest(stored.envelope))
        place = (stored.originator_id, stored.originator_version - 1)
        return named is not None and (named.stream, named.index) == place

    def has_effect(self, stored: StoredEntry) -> bool:
        """Whether an act of a vote is not disowned; one signed by a key in authority never is."""
        if not self.is_disowned(stored):
            return True
        try:
            entry, _ = self.register.opened(stored)
        except UnauthorisedError:
            return False
        return self._may_record(vote_in(stored.originator_id) or "", entry)

    def entries(self, name: str, stored: Sequence[StoredEntry]) -> Iterator[tuple[Entry, tuple[int, ...]]]:
        """Entries of a followed vote, and the acts directly before each that have no effect."""
        state = self._states.get(name)
        none = frozenset(state.disowned) if state else frozenset[int]()
        passed: tuple[int, ...] = ()
        for each in stored:
            number = each.originator_version - 1
            if number in none:
                passed = (*passed, number)
            elif state is not None and number < state.version:
                yield self.register.opened(each)[0], passed
                passed = ()

    def acts(self, name: str, stored: Sequence[StoredEntry]) -> Iterator[Recorded[Act]]:
        """The acts of a followed vote, in order."""
        for entry, passed in self.entries(name, stored):
            yield recorded_in(entry)._replace(passed=passed)


def _check_ballot(
    stored: StoredEntry, entry: Entry, act: VoteCast, ballot: SignedBallot, state: VoteState, register: Register
) -> None:
    """Check a ballot as an audit does (check 3): a registrar can enter a ballot that no member signed."""
    try:
        if entry.register is not None:
            check_new_ballot(ballot)
        check_ballot(act, state, register, entry.recorded_at)
        check_deadline(ballot, state)
    except InblueError as error:
        raise Broken(f"{place_of(stored)}: {error}; run inblue verify") from None


def recorded_in(entry: Entry) -> Recorded[Act]:
    """The act of a vote in an entry that :meth:`KnownRegister.opened` has checked."""
    act = entry.act
    assert is_vote_act(act)  # noqa: S101 - narrows the type
    return entry.recorded(act)
