"""A written vote as a fold: ``evolve`` applies an act, ``decide`` says whether it may be recorded.

Commands are proposed acts: a request has the same shape as what is recorded. ``decide`` completes it and adds the acts
that the rules derive from it: a reply that offends a rejecting clause is recorded, followed by the act that rejects it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from .acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    DraftCirculated,
    DraftCorrected,
    DraftWithdrawn,
    EntryVoided,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    ReplyRejected,
    VoteCast,
    WindowChanged,
)
from .close import tally_at_close
from .corrections import check_same_paper, corrected, corrected_draft, naming_its_paper, the_reply
from .ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from .errors import Malformed, Refused
from .first_reply import begins_with_reply, begun_after
from .instant import CLOCKS_APART, Span, span_of
from .lasting import NOTHING, Table
from .naming import check_symbol, name_of
from .optional_act_rules import optional_effect
from .phrase import Said
from .pins import check_pins, pins_of
from .procedure import Procedure
from .reach import check_in_use
from .recorded import Contradiction, Documents, Moved, Recorded, Reply
from .rules import check, check_entry_of_opening, check_new, check_round
from .rules_of import known_member, known_question
from .seats import at_opening, check_seats, check_terms
from .state import VoteState
from .tally import tally
from .validity import Offence, offences, rejecting, standing_of
from .voiding import replaced, succeeding, voiding, with_reply
from .zone import zone

MAX_ACTS = 50_000
"""The most acts of a vote; checked when one is recorded, and in every audit."""

A = TypeVar("A", bound=Act)


def evolve(state: VoteState | None, recorded: Recorded[Act], documents: Documents) -> VoteState:
    """The vote after one more act, whose number is the next.

    Raises:
        Malformed: it has another number, the idempotency key of another act, or as :func:`evolve_with_gaps`.
    """
    awaited = state.version if state else 0
    while awaited in recorded.passed:
        awaited += 1
    if recorded.number != awaited:  # applied twice, or without one before it, it would give a vote that nobody recorded
        raise Malformed(f"act {recorded.number} ({recorded.act.act}) is out of order; act {awaited} comes next")
    key = recorded.idempotency_key
    if state is not None and key is not None and key in state.keys:
        raise Malformed(f"act {recorded.number} has the idempotency key {key}, which act {state.keys[key]} has")
    return evolve_with_gaps(state, recorded, documents)


def evolve_with_gaps(state: VoteState | None, recorded: Recorded[Act], documents: Documents) -> VoteState:
    """The same as :func:`evolve`, but acts may be missing in between: for an audit, which reports each missing one.

    An act that was recorded although the procedure forbids it is kept as a contradiction; if it would open voting
    twice, move the deadline, close before it, announce before the close or reject a reply without a ground, it has no
    other effect. In a documented history the record decides: there an opening is valid whatever deadline it names.

    Raises:
        Malformed: the act cannot be in this stream (no draft before it, a reply that does not exist).
    """
    act, key = recorded.act, recorded.idempotency_key
    if state is None:
        if not isinstance(act, DraftCirculated):
            raise Malformed("a vote begins with the circulation of its draft")
        name_of(act.symbol, act.round)
        if act.round > 1 and act.after is None:
            raise Malformed("a later round names the entry that ended the one before, and this one does not")
        procedure = documents.procedure(act.procedure)
        known_question(procedure, act.question)
        keys: Table[str, int] = Table({} if key is None else {key: recorded.number})
        draft, at = _as(DraftCirculated, recorded._replace(passed=())), recorded.recorded_at
        return VoteState(draft, procedure, recorded.number + 1, at, at, disowned=recorded.passed, keys=keys)
    for number in recorded.passed:
        state = passed_over(state, number)
    recorded = recorded._replace(passed=()) if recorded.passed else recorded  # it belongs to the vote, not to the act
    latest = state.latest_recorded_at or recorded.recorded_at
    if recorded.recorded_at < latest - CLOCKS_APART:
        recorded = recorded._replace(behind=latest)
    contradiction: Contradiction | None = None
    pins = pins_of(state, act, documents)
    pinned = state.after(pins) if pins else state
    try:
        check(pinned, act, _when(pinned, act, recorded.recorded_at))
    except Refused as refusal:
        if refusal.clause is None:
            raise Malformed(f"act {recorded.number} ({act.act}): {refusal}") from None
        contradiction = Contradiction(recorded.number, refusal.clause, _recorded_all_the_same(refusal))
    changed = _effect(state, recorded, pins, forbidden=contradiction is not None)
    changed["version"], changed["last_recorded_at"] = recorded.number + 1, recorded.recorded_at
    changed["latest_recorded_at"] = max(latest, recorded.recorded_at)
    if state.at_close is None and (at_close := state.at_close_before(recorded.recorded_at)) is not None:
        changed.setdefault("at_close", at_close)  # a voided opening has no close
    if key is not None:
        changed["keys"] = state.keys if key in state.keys else state.keys.plus(key, recorded.number)
    if contradiction is not None:
        changed["contradictions"] = state.contradictions.plus(contradiction)
    if state.last_recorded_at is not None and recorded.recorded_at < state.last_recorded_at:
        changed["clock_steps"] = state.clock_steps.plus(recorded.number)
    after = state.after(changed)
    if begins_with_reply(state) and (first := begun_after(state, recorded, after)) != state.begun:
        return after.after({"begun": first})
    return after


def passed_over(state: VoteState, number: int) -> VoteState:
    """The vote after act ``number``, which no key in authority has signed: it keeps its number but has no effect."""
    if number in state.disowned:
        return state
    return state.after({"version": max(state.version, number + 1), "disowned": (*state.disowned, number)})


def decide(
    state: VoteState | None,
    act: Act,
    *,
    now: datetime,
    office: str,
    documents: Documents,
    before: VoteState | None = None,
) -> tuple[Act, ...]:
    """The acts to record when ``office`` proposes ``act`` at ``now``: the act itself, and those that follow from it.

    ``before`` is the vote on the same draft in the round before, where ``act`` begins a later one.

    Raises:
        Refused: the procedure forbids it.
        Malformed: it names something that the procedure does not know, or a name that people may mistake for another.
    """
    if state is None:
        if not isinstance(act, DraftCirculated):
            raise Refused(None, "there is no such vote; circulate its draft first")
        check_symbol(act.symbol)
        check_round(act, before)
        procedure = documents.procedure(act.procedure)
        known_question(procedure, act.question)
        for member in act.sponsors:
            known_member(procedure, member)
    else:
        procedure = state.procedure
        if state.version >= MAX_ACTS:
            raise Refused(None, f"a vote has at most {MAX_ACTS:,} acts")
    if not procedure.recorders.may_record(act.kind_name, office):
        raise Refused(procedure.recorders.clause, f"the office {office} may not record {act.kind_name}")
    times = act.times if isinstance(act, DraftCirculated) else state.draft.act.times if state else "live"
    if times != "documented":
        _not_ahead(act, now, state.zone if state else zone(procedure.zone))
    _check_begun(act, procedure)
    if state is None:
        return (act,)
    if isinstance(act, ClericalErrorCorrected):
        act = naming_its_paper(state, act)
    pins = pins_of(state, act, documents)
    pinned = state.after(pins) if pins else state
    try:
        check(pinned, act, _when(pinned, act, now))
    except Refused as refusal:
        if refusal.clause is None or not state.documented:
            raise
    if pins:
        opening = _as(LetterSent, Recorded(act, state.version, now, office))
        if not state.documented:
            if pinned.snapshot is not None:
                check_seats(procedure, pinned.snapshot.roster, at_opening(pinned.after({"opening": opening})))
                if times == "live":
                    check_terms(procedure, pinned.snapshot.roster, pinned.span(opening.act.opens_at), pinned.zone)
            check_entry_of_opening(pinned, opening.act, now)
        check_pins(pinned, opening, documents)
    if isinstance(act, VoteCast) and not state.documented:
        check_new(state, act)
    if isinstance(act, ClericalErrorCorrected) and not state.documented:
        check_same_paper(state, act)
    if isinstance(act, ResultAnnounced) and act.outcome is None and not state.documented:
        decided = tally(state)  # if a reply was voided after the close, perhaps none
        outcome = decided.outcome if decided.outcome != "open" else (tally_at_close(state) or decided).outcome
        act = ResultAnnounced.of({**act.json_value(), "outcome": outcome}, where="result")
    acts: tuple[Act, ...] = (act,)
    if isinstance(act, VoteCast) and not state.documented:
        after = evolve(state, Recorded(act, state.version, now, office), documents)
        acts = (act, *(_rejection(reply, grave, now) for reply, grave in _newly_offending(state, after)))
    return acts


def fold(acts: Iterable[Recorded[Act]], documents: Documents) -> VoteState | None:
    """The state after all of ``acts``, or None if there are none."""
    state: VoteState | None = None
    for recorded in acts:
        state = evolve(state, recorded, documents)
    return state


def _effect(state: VoteState, recorded: Recorded[Act], pins: Mapping[str, Any], *, forbidden: bool) -> dict[str, Any]:
    """The fields of the state that an act changes, besides the count of acts and the clock."""
    act = recorded.act
    match act:  # most frequent first
        case VoteCast():
            places = state.by_member.get(act.member, NOTHING)
            entered = _as(VoteCast, recorded)
            old, reply = replaced(state, act), Reply(act, entered, len(places) + 1)
            known = state.replies
            if old is not None:
                known = with_reply(state, old._replace(replaced_by=recorded.number))
                reply = succeeding(old, reply)
            by_member = state.by_member.plus(act.member, places.plus(len(state.replies)))
            return {"replies": known.plus(reply), "by_member": by_member}
        case ReceiptAcknowledged():
            receipt = _as(ReceiptAcknowledged, recorded)
            return _with_reply(state, act, lambda r: r._replace(acknowledged=receipt))
        case DraftCirculated():
            return {}
        case DraftWithdrawn():
            return {} if forbidden else {"withdrawn": _as(DraftWithdrawn, recorded)}
        case LetterSent():
            letter = _as(LetterSent, recorded)
            letters = {"letters": state.letters.plus(letter)}
            void = forbidden and not (state.documented and state.opening is None and state.withdrawn is None)
            if act.kind != "opening" or void:
                return letters
            if act.snapshot is None:
                raise Malformed(f"act {recorded.number}: an opening pins a snapshot, and this one does not")
            return {**letters, "opening": letter, **pins}
        case ReplyRejected():
            if forbidden and not state.documented:
                return {}
            rejection, at = _as(ReplyRejected, recorded), state.by_member[act.member][act.reply - 1]
            rejected = _with_reply(state, act, lambda r: r._replace(rejections=(*r.rejections, rejection)))
            return {**rejected, "rejected_in": state.rejected_in.plus(recorded.number, at)}
        case ClericalErrorCorrected():
            if forbidden:
                return {}
            note = _as(ClericalErrorCorrected, recorded)
            return _with_reply(
                state, act, lambda r: r._replace(act=corrected(r, act), corrections=r.corrections.plus(note))
            )
        case ExplanationFiled():
            return {"explanations": state.explanations.plus(_as(ExplanationFiled, recorded))}
        case CoSponsorshipAnnounced():
            return {"co_sponsorships": state.co_sponsorships.plus(_as(CoSponsorshipAnnounced, recorded))}
        case WindowChanged():
            moves = state.moves.plus(Moved(_as(WindowChanged, recorded), state.window.closes_at))
            return {} if forbidden else {"moved_to": act.closes_at, "moves": moves}
        case VotingClosed():
            return {} if forbidden else {"closed": _as(VotingClosed, recorded)}
        case TallyCirculated():
            circulated = _as(TallyCirculated, recorded)
            tallies = {"tallies": state.tallies.plus(circulated)}
            return tallies if forbidden and state.tally_circulated else {**tallies, "tally_circulated": circulated}
        case ResultAnnounced():
            if forbidden and state.closed is None and not state.documented:
                return {}
            announced = _as(ResultAnnounced, recorded)
            if state.result is None:
                return {} if forbidden and state.annulled is not None else {"result": announced}
            if act.corrects != state.result.number:
                return {}
            return {"result": announced, "corrected_results": state.corrected_results.plus(state.result)}
        case DraftCorrected():
            if forbidden:
                return {}
            corrections = state.draft_corrections.plus(_as(DraftCorrected, recorded))
            draft = state.draft._replace(act=corrected_draft(state.draft.act, act))
            return {"draft": draft, "draft_corrections": corrections}
        case EntryVoided():
            return {} if forbidden else voiding(state, _as(EntryVoided, recorded))
        case VoteAnnulled():
            return {} if forbidden and not state.documented else {"annulled": _as(VoteAnnulled, recorded)}
        case _:
            return {} if forbidden else optional_effect(state, recorded)


def _with_reply(
    state: VoteState,
    act: ReplyRejected | ReceiptAcknowledged | ClericalErrorCorrected,
    changed: Callable[[Reply], Reply],
) -> dict[str, Any]:
    old = the_reply(state, act.member, act.reply)
    return {"replies": with_reply(state, changed(old))}


def _newly_offending(before: VoteState, after: VoteState) -> Iterator[tuple[Reply, Offence]]:
    """The new reply, and the one that it displaces, if they offend a rejecting clause."""
    new = after.replies[-1]
    seat = standing_of(before, new.member)
    displaced = None if seat is None else after.reply(new.member, seat.reply.ordinal)
    for reply in (displaced, new):
        if reply is not None and (reply is new or (seat is not None and reply is seat.reply)):
            grave = rejecting([offence for offence in offences(after, reply) if offence.in_time])
            if grave is not None and grave.clause not in {each.act.clause for each in reply.rejections}:
                yield reply, grave


def _rejection(reply: Reply, grave: Offence, now: datetime) -> ReplyRejected:
    return ReplyRejected(
        member=reply.member, reply=reply.ordinal, clause=grave.clause, reason=str(grave.text), rejected_at=now
    )


def _recorded_all_the_same(refusal: Refused) -> Said:
    return Said.of("{refusal}; recorded all the same", refusal=refusal.text)


def _when(state: VoteState, act: Act, now: datetime) -> Span:
    """When the act happened: the clock's time; in a documented history only what print says."""
    return state.span(getattr(act, act.when)) if state.documented else Span(now, now)


def _check_begun(act: Act, procedure: Procedure) -> None:
    """Check the names in an act and, if it begins or opens a vote, that its procedure is in use."""
    act.check_names()
    if isinstance(act, DraftCirculated) or (isinstance(act, LetterSent) and act.kind == "opening"):
        check_in_use(procedure)


def _not_ahead(act: Act, now: datetime, where: ZoneInfo) -> None:
    """Refuse an act with a stated instant or day that the clock has not reached."""
    moment = getattr(act, act.when)
    earliest = span_of(moment, where).earliest
    if earliest is not None and earliest > now:
        text = Said.of("{field} {moment} lies ahead of the clock, {now}", field=act.when, moment=moment, now=now)
        raise Refused(None, text)


def _as(kind: type[A], recorded: Recorded[Act]) -> Recorded[A]:
    """``recorded``, known to hold an act of ``kind``."""
    assert isinstance(recorded.act, kind)  # noqa: S101 - narrows the type; the caller matched on it
    return cast("Recorded[A]", recorded)
