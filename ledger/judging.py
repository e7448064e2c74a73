"""Decides whether acts may be recorded: the register says who may act, the current vote which acts are allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeAlias

from ..domain.acts import Act, DraftCirculated, LetterSent, ReplyRejected, VoteCast
from ..domain.ending_acts import ResultAnnounced
from ..domain.errors import Malformed, Refused
from ..domain.naming import name_of, read_name
from ..domain.procedure import Procedure
from ..domain.recorded import Documents, Recorded
from ..domain.register import Register
from ..domain.register_acts import REGISTRAR, RegisterStated
from ..domain.roster import Roster
from ..domain.rules_of import known_member, presiding
from ..domain.snapshot import Snapshot
from ..domain.state import VoteState
from ..domain.vote import decide, evolve
from ..domain.window import Counted
from ..domain.wording import count
from .entries.ballot import check_ballot, check_deadline, check_new_ballot
from .entries.entry import Entry, StoredEntry
from .entries.files import Files, keep_snapshot
from .entries.kinds import AnyAct
from .errors import NotFound
from .reading import Messages

Pin: TypeAlias = Callable[[Procedure, datetime, Counted | None], str]
"""Stores what an opening at an instant pins, under a procedure, with the letter's counting; returns the digest."""

Timed: TypeAlias = tuple[Act, datetime]
"""An act, and the instant at which it is recorded."""


Vote: TypeAlias = Callable[[str], VoteState | None]
"""Gives the vote with a name, or None."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what the key with that id records for ``office``, under the current register."""

    register: Register
    documents: Documents
    messages: Messages
    key: str
    office: str

    @classmethod
    def of(cls, register: Register, documents: Documents, messages: Messages, key: str, office: str | None) -> Judge:
        """The judge for what the key records for ``office``, by default the first office that it holds."""
        return cls(register, documents, messages, key, office or next(iter(register.offices_of(key)), REGISTRAR))

    def check(self, name: str, act: Act, at: datetime) -> None:
        """Check that the key may record ``act`` at ``at``, and that the act belongs in the vote with that name.

        Raises:
            Refused: the key does not hold the office, or the draft's procedure is not adopted.
            Malformed: the draft is another vote's.
        """
        self.register.authority(self.key, self.office, at, member=getattr(act, "member", None))
        if not isinstance(act, DraftCirculated):
            return
        if (act.symbol, act.round) != read_name(name):
            what = f"the draft {act.symbol}" + (f", round {act.round}," if act.round > 1 else "")
            raise Malformed(f"{what} cannot be circulated in the vote on {name}")
        if act.procedure not in self.register.procedures.values():
            raise Refused(None, "the procedure is not adopted in this ledger; adopt it first")

    def decide(
        self, state: VoteState | None, act: Act, now: datetime, before: VoteState | None = None
    ) -> tuple[Act, ...]:
        """The acts to record: ``act``, whose ballot is checked, and what follows from it by the rules.

        ``before`` is the round before if ``act`` begins a later one, which then names the entry that ended it.

        Raises:
            Refused: the procedure forbids it.
            Malformed: it names something that the procedure cannot know.
        """
        if isinstance(act, VoteCast) and act.ballot is not None and state is not None:
            check_new_ballot(act.ballot)
            check_ballot(act, state, self.register, now)
            check_deadline(act.ballot, state)
        if isinstance(act, VoteCast):
            self.messages.check_carried(act)
        act = following(act, before)
        if state is not None and not state.documented:
            act = self._by_who_presides(act, state.procedure, now)
        return decide(state, act, now=now, office=self.office, documents=self.documents, before=before)

    def decide_together(
        self, name: str, state: VoteState | None, acts: Sequence[Act], now: datetime, pin: Pin, vote: Vote
    ) -> list[Act]:
        """The acts to record: ``acts`` in order and what follows from each, all at ``now``.

        ``vote`` gives other votes.

        Raises:
            NotFound: no such vote. Refused, Malformed: as above.
        """
        if state is None and acts and not isinstance(acts[0], DraftCirculated):
            raise NotFound("there is no such vote; circulate its draft first")
        found: list[Act] = []
        for left, act in zip(range(len(acts) - 1, -1, -1), acts, strict=True):
            self.check(name, act, now)
            decided = self.decide(state, pinning(act, state, now, pin), now, round_before(act, vote))
            found += decided
            for each in decided if left else ():
                recorded = Recorded(each, state.version if state else 0, now, self.office)
                state = evolve(state, recorded, self.documents)
        return found

    def _by_who_presides(self, act: Act, procedure: Procedure, now: datetime) -> Act:
        """``act``; a letter or an announcement of a result names its member, if the key is a member's.

        Raises:
            Refused: the register says that another member presides than the one that the key acts for.
        """
        if not isinstance(act, (LetterSent, ResultAnnounced)):
            return act
        announces = isinstance(act, ResultAnnounced)
        mine = self.register.authority(self.key, self.office, now).member
        if isinstance(act, LetterSent) and act.sender is None and mine is not None:
            act = act.model_copy(update={"sender": mine})
        if isinstance(act, LetterSent) and act.kind != "opening":  # judged at its own date
            return act
        presides = self.register.president(procedure, now)
        if mine is not None and presides is not None and mine != presides:
            rule = (procedure.announcement or procedure.window) if announces else procedure.opening
            what = f"{presides} presides now, by the register; the key acts for {mine}"
            raise Refused(presiding(procedure, rule).clause, what)
        if isinstance(act, ResultAnnounced) and act.by is None and mine is not None:
            return act.model_copy(update={"by": mine})
        return act

    def decide_all(
        self, name: str, state: VoteState | None, acts: Sequence[Timed], vote: Vote
    ) -> tuple[list[Timed], VoteState | None]:
        """The acts to record in the vote of that name when ``acts`` are proposed one after the other; the vote after.

        What follows from an act is recorded after it, unless it is the next of ``acts``. ``vote`` gives other votes.

        Raises:
            Refused, Malformed: as above; the message names the vote and the number of the act.
        """
        decided: list[Timed] = []
        for n, (act, at) in enumerate(acts):
            number = state.version if state else 0
            try:
                self.check(name, act, at)
                if isinstance(act, VoteCast) and act.ballot is not None:
                    raise Malformed("ballot: one that a member signed is cast by itself, with inblue vote cast")
                first, *derived = self.decide(state, act, at, round_before(act, vote))
                comes_next = acts[n + 1][0] if n + 1 < len(acts) else None
                for each in (first, *(each for each in derived if not _same(each, comes_next))):
                    recorded = Recorded(each, state.version if state else 0, at, self.office)
                    state = evolve(state, recorded, self.documents)
                    decided.append((each, at))
            except Refused as refusal:
                raise Refused(refusal.clause, f"{name}, act {number}: {refusal.text}") from None
            except Malformed as error:
                text = str(error).removeprefix(f"act {number}: ")
                raise Malformed(f"{name}, act {number}: {text}") from None
        return decided, state


def _same(derived: Act, following: Act | None) -> bool:
    """Whether the act that follows by the rules is also given: a rejection of the same reply by the same clause."""
    if isinstance(derived, ReplyRejected) and isinstance(following, ReplyRejected):
        return (derived.member, derived.reply, derived.clause) == (following.member, following.reply, following.clause)
    return derived == following


def round_before(act: Act, vote: Vote) -> VoteState | None:
    """The round before the one that ``act`` begins, if it begins a later one."""
    if not isinstance(act, DraftCirculated) or act.round == 1:
        return None
    return vote(name_of(act.symbol, act.round - 1))


def following(act: Act, before: VoteState | None) -> Act:
    """The act; if it begins a later round, it names the entry that ended the one ``before`` it.

    Raises:
        Refused: that entry is not on record yet.
    """
    if not isinstance(act, DraftCirculated) or act.after is not None or before is None or before.ended is None:
        return act
    if before.ended.entry is None:
        raise Refused(
            None, f"round {act.round} of {act.symbol} is recorded after the one before it, not together with it"
        )
    return act.model_copy(update={"after": before.ended.entry})


class Opening(NamedTuple):
    """What the opener of a vote gives besides the letter, and how its snapshot is made and stored."""

    files: Files
    register: Callable[[], Register]
    roster: Roster | None
    president: str | None

    def keep(self, procedure: Procedure, at: datetime, counting: Counted | None) -> str:
        """A :data:`Pin`.

        Raises:
            Malformed: no roster was given, or as :func:`snapshot_by`.
        """
        if self.roster is None:
            raise Malformed("roster: an opening needs the roster of those entitled to vote")
        snapshot = snapshot_by(self.register(), procedure, self.roster, self.president, at, counting)
        return keep_snapshot(self.files, snapshot)


def pinning(act: Act, state: VoteState | None, now: datetime, pin: Pin) -> Act:
    """The act; if it is an opening letter, it names what it pins.

    Raises:
        Refused: voting was opened already.
    """
    if state is None or not isinstance(act, LetterSent) or act.kind != "opening" or act.snapshot is not None:
        return act
    if state.opening is not None:
        raise Refused(state.procedure.opening.clause, f"voting on {state.name} was opened already")
    at = act.opens_at if isinstance(act.opens_at, datetime) else now
    return act.model_copy(update={"snapshot": pin(state.procedure, at, act.counting)})


def check_stated(act: RegisterStated, stream: Callable[..., Iterable[StoredEntry]]) -> None:
    """Check that each vote has exactly the acts that ``act`` says; ``stream`` gives a stream's entries after a version.

    Raises:
        Refused: one has more, or fewer.
    """
    for each in act.votes:
        last_and_more = list(islice(stream(each.stream, after=each.acts - 1), 2))
        if len(last_and_more) != 1:
            more = "more" if last_and_more else "fewer"
            raise Refused(None, f"{each.stream} has {more} than {count(each.acts, 'act')}; nothing was recorded")


def recorded_before(proposed: Sequence[AnyAct], entries: Iterable[Entry]) -> list[Entry]:
    """What was recorded with ``proposed`` under its idempotency key: the first of a stream's ``entries``, and those
    recorded together with it.

    They are the same acts if every field set by the proposer was recorded; what the recorder adds is not compared.

    Raises:
        Refused: the acts recorded with that key are others.
    """
    found: list[Entry] = []
    for entry in entries:
        if found and entry.seen != found[0].seen:  # what was recorded later has seen this one
            break
        found.append(entry)
    first, rest = found[0], iter(found)
    if not all(any(_is_proposed_again(each, entry.act) for entry in rest) for each in proposed):
        what = f"with the idempotency key {first.idempotency_key} another act was recorded, act {first.index}"
        raise Refused(None, f"{what} of {first.stream}")
    return found


def _is_proposed_again(proposed: AnyAct, recorded: AnyAct) -> bool:
    return type(proposed) is type(recorded) and all(
        getattr(proposed, name) == getattr(recorded, name)
        for name in proposed.model_fields_set
        if getattr(proposed, name) is not None or name not in _ADDED
    )


_ADDED = frozenset({"after", "by", "media_type", "outcome", "sender", "sha256", "snapshot"})
"""Fields that the recorder fills in if they are null."""


def snapshot_by(
    register: Register,
    procedure: Procedure,
    roster: Roster,
    president: str | None,
    at: datetime,
    counting: Counted | None,
) -> Snapshot:
    """What an opening at ``at`` pins, by the register; ``counting`` is the one announced by its letter, if any.

    Raises:
        Malformed: a seat of the roster, or the president, is not a member that the procedure knows.
    """
    for member in roster.ids:
        known_member(procedure, member)
    president = president or register.president(procedure, at)
    if president is not None:
        known_member(procedure, president)
    keys = register.in_force()
    adopted = tuple(register.authorities.values())
    return Snapshot.pinning(
        procedure,
        roster,
        keys=keys,
        president=president,
        counting=counting,
        authorities=adopted,
        presidencies=register.presidencies_from(procedure, at),
    )
