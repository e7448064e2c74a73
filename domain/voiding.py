"""Voiding: which entries an officer can void, what that makes possible again, and which reply replaces a voided one.

A voided entry stays on record but has no effect. What a member signed is never voided, and a receipt once given stays
valid.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from .acts import Act, EntryVoided, LetterSent, ReplyRejected, VoteCast
from .errors import Refused
from .instant import Span
from .lasting import NOTHING, Row
from .optional_acts import WindowResumed, WindowSuspended
from .phrase import Said, Word
from .recorded import Recorded, Reply, Voided
from .register_acts import REGISTRAR
from .state import VoteState
from .suspensions import check_taken_back, may_be_taken_back, suspension_entry, without_suspension


def check_voiding(state: VoteState, act: EntryVoided, at: Span) -> None:
    """Check that an entry of this vote may be voided, ``at`` that time.

    Raises:
        Refused: no such entry, one that cannot be voided, or it is too late.
    """
    clause = state.procedure.corrections.clause
    reply = state.reply_in(act.number)
    if reply.voided if reply else act.number in state.taken_back:
        raise Refused(None, f"act {act.number} is voided already")
    if act.number >= state.version:
        raise Refused(None, f"there is no act {act.number} in the vote on {state.name}")
    if act.number == 0:
        raise Refused(clause, Said.of("a circulation is not voided: correct the draft, or withdraw it"))
    entered = _voidable(state, act.number)
    if entered is None:
        text = Said.of(
            "act {number} cannot be voided; replies, rejections, letters, statements, co-sponsorships, tallies, facts "
            "and changes of seats can",
            number=act.number,
        )
        raise Refused(clause, text)
    if not may_be_taken_back(state.suspensions, entered):
        raise Refused(clause, Said.of("the window was suspended again since: void that first"))
    if state.documented:
        return
    if state.result is not None:
        raise Refused(clause, Said.of("nothing is voided after the result is announced"))
    if entered.office != REGISTRAR:
        office = Word(entered.office)
        text = Said.of("act {number} was entered by {office}, not by the registrar", number=act.number, office=office)
        raise Refused(clause, text)
    if isinstance(entered.act, VoteCast) and entered.act.ballot is not None:
        member = state.procedure.said(entered.act.member)
        raise Refused(clause, Said.of("what {member} signed itself is not voided", member=member))
    if state.opening is not None and entered.number == state.opening.number:
        _check_opening_voidable(state, entered, at)
    if isinstance(entered.act, WindowSuspended | WindowResumed):
        check_taken_back(state, entered, at)


def replaced(state: VoteState, act: VoteCast) -> Reply | None:
    """The voided reply that ``act`` replaces, if it names one.

    Raises:
        Refused: it is not a reply, not voided, or replaced already; or the paper arrived after it was first entered.
    """
    if act.replaces is None:
        return None
    old = state.reply_in(act.replaces)
    if old is None:
        raise Refused(None, f"act {act.replaces} is no reply in the vote on {state.name}")
    if old.voided is None:
        raise Refused(None, f"act {act.replaces} is not voided; void it before another one replaces it")
    if old.replaced_by is not None:  # so that the evidence of a paper goes to one reply only
        raise Refused(None, f"act {act.replaces} is replaced already, by act {old.replaced_by}")
    received, first = state.span(act.received_at).earliest, old.paper_entered.recorded_at
    if same_paper(old, act) and received is not None and received > first and not state.documented:
        raise Refused(None, "received_at: this paper was entered before that already; give the hour at which it came")
    return old


def same_paper(old: Reply, act: VoteCast) -> bool:
    """Whether ``act`` has the paper digest of the entry of ``old``, or of the first entry of its paper."""
    first = old.paper_entered.act  # as recorded: a correction may have brought other bytes later
    if act.message is not None and act.instrument.sha256 is None:
        return act.message == first.message
    return act.instrument.sha256 is not None and act.instrument.sha256 == first.instrument.sha256


def with_reply(state: VoteState, reply: Reply) -> Row[Reply]:
    """The replies of a vote, with ``reply`` in place of the one that the same act entered."""
    return state.replies.put(state.by_member[reply.member][reply.ordinal - 1], reply)


def successor(state: VoteState, old: Reply) -> Reply | None:
    """The reply, not itself voided, that replaces ``old``, directly or through others."""
    known: dict[int, Reply | None] = state.derived.setdefault("successors", {})
    passed, by = [], old.replaced_by
    found: Reply | None = None
    while by is not None:
        if by in known:
            found = known[by]
            break
        passed.append(by)
        found = state.reply_in(by)
        by = None if found is None or found.voided is None else found.replaced_by
        if found is not None and found.voided is not None:
            found = None
    known.update(dict.fromkeys(passed, found))  # so that a chain is followed once, however often it is needed
    return found


def succeeding(old: Reply, reply: Reply) -> Reply:
    """``reply``, which replaces ``old``, with what earlier entries prove: its paper, and perhaps its reading."""
    if not same_paper(old, reply.act):
        return reply
    first, new = old.read_first.act, reply.act
    alike = (first.member, first.position, first.says, first.by) == (new.member, new.position, new.says, new.by)
    return reply._replace(first_entered=old.paper_entered, first_read=old.read_first if alike else None)


def voiding(state: VoteState, by: Recorded[EntryVoided]) -> dict[str, Any]:
    """The fields of the state that change when an entry is voided."""
    number = by.act.number
    entered = _voidable(state, number)
    assert entered is not None  # noqa: S101 - the rules have checked it
    taken_back = state.taken_back.plus(number, by.number)
    changed: dict[str, Any] = {"voided": state.voided.plus(Voided(entered, by)), "taken_back": taken_back}
    match entered.act:
        case VoteCast():
            reply = state.reply_in(number)
            assert reply is not None  # noqa: S101 - it was found so
            changed["replies"] = with_reply(state, reply._replace(voided=by))
        case ReplyRejected():
            rejected = state.replies[state.rejected_in[number]]
            left = tuple(each for each in rejected.rejections if each.number != number)
            changed["replies"] = with_reply(state, rejected._replace(rejections=left))
        case LetterSent():
            changed["letters"] = _without(state.letters, number)
            if state.opening is not None and state.opening.number == number:
                of_the_opening = ("opening", "snapshot", "pinned_zone", "moved_to", "at_close", "closed")
                changed |= dict.fromkeys((*of_the_opening, "begun", "tally_circulated"))
                changed |= {"moves": NOTHING, "suspensions": NOTHING}
        case WindowSuspended() | WindowResumed():
            changed["suspensions"] = without_suspension(state.suspensions, number)
        case _:
            for name in ("explanations", "co_sponsorships", "tallies", "facts", "seat_changes"):
                changed[name] = _without(getattr(state, name), number)
            circulated = state.tally_circulated
            if circulated is not None and circulated.number == number:
                changed["tally_circulated"] = changed["tallies"][-1] if changed["tallies"] else None
    return changed


def _voidable(state: VoteState, number: int) -> Recorded[Any] | None:
    """The entry of that number, if it exists, can be voided, and is not voided."""
    if (reply := state.reply_in(number)) is not None:
        return reply.entered if reply.voided is None else None
    others: tuple[Row[Any], ...] = (
        *(state.letters, state.explanations, state.co_sponsorships, state.tallies, state.facts, state.seat_changes),
    )
    for entries in others:
        if (at := entries.place_of(number, _number)) is not None:
            return cast("Recorded[Any]", entries[at])
    if (suspension := suspension_entry(state.suspensions, number)) is not None:
        return suspension
    rejected = state.replies[state.rejected_in[number]].rejections if number in state.rejected_in else ()
    return next((each for each in rejected if each.number == number), None)


def _check_opening_voidable(state: VoteState, opening: Recorded[Act], at: Span) -> None:
    if state.annulled is not None:
        raise Refused(state.procedure.opening.clause, Said.of("the vote was annulled"))
    opens, lag = state.window.opens.earliest, timedelta(seconds=state.procedure.recording.lag_seconds)
    until = max(opening.recorded_at + lag, opens or opening.recorded_at)
    if at.earliest is not None and at.earliest > until:
        text = Said.of(
            "an opening may be voided until {until}: until the window opens, or soon after its entry", until=until
        )
        raise Refused(state.procedure.opening.clause, text)


def _without(entries: Row[Any], number: int) -> Row[Any]:
    at = entries.place_of(number, _number)
    return entries if at is None else entries.without(at)


def _number(entry: Recorded[Any]) -> int:
    return entry.number
