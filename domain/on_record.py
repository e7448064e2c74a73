"""Which positions are on record and which are not: neither a source's silence nor a voided reply means absence.

A live vote is recorded by its registrar, so a member without a reply was silent. A documented history is as complete as
its source, which it states; unless it states that all replies are there, a seat without one is not on record.
"""

from __future__ import annotations

from collections.abc import Mapping

from .acts import VoteCast
from .lapses import position_of
from .phrase import Number, Said
from .procedure import Procedure1
from .roster import NOT_ON_RECORD, UNKNOWN, VOIDED
from .state import VoteState
from .validity import in_order, standing
from .voiding import successor

_MOST_NAMED = 15


def list_is_complete(state: VoteState) -> bool:
    """Whether a member without a reply on record sent none. Always true under the first format of procedures."""
    return not state.documented or isinstance(state.procedure, Procedure1) or state.draft.act.replies == "complete"


def positions_of(state: VoteState) -> dict[str, str | None]:
    """The position of every seat by its counted reply: None if it was silent, ``not_on_record``, or ``voided``."""
    complete, counted, voided = list_is_complete(state), standing(state), voided_after_close(state)
    positions: dict[str, str | None] = {}
    for member in state.roster.ids if state.roster else ():
        if (reply := counted.get(member)) is None:
            positions[member] = VOIDED if member in voided else None if complete else NOT_ON_RECORD
        else:
            positions[member] = position_of(state, reply)
    return positions


def voided_after_close(state: VoteState) -> frozenset[str]:
    """The members whose only effective reply was voided after the close, without a replacement.

    It would stand if not voided, and no other reply has its paper. In a documented history the time does not matter.
    """
    closes, now, found = state.window.closes.latest, standing(state), set()
    for entry, by in state.voided:
        late = state.documented or (closes is not None and by.recorded_at > closes)
        reply = state.reply_in(entry.number) if late and isinstance(entry.act, VoteCast) else None
        if reply is None or reply.member in now or reply.act.says == "withdraws":
            continue
        if in_order(state, reply) and successor(state, reply) is None:
            found.add(reply.member)
    return frozenset(found)


def unknown(positions: Mapping[str, str | None]) -> tuple[str, ...]:
    """The members of which it is not known how they voted, or whether they did."""
    return tuple(member for member, position in positions.items() if position in UNKNOWN)


def not_on_record(positions: Mapping[str, str | None]) -> tuple[str, ...]:
    """The members whose position no source gives."""
    return tuple(member for member, position in positions.items() if position == NOT_ON_RECORD)


def printed_counts(state: VoteState) -> Mapping[str, int] | None:
    """How many took each choice, as the source of a documented history prints it; None if it does not."""
    if not state.documented or state.tally_circulated is None:
        return None
    counts, names = state.tally_circulated.act.counts, (*state.procedure.choices, state.procedure.silence.means)
    return {name: counts[name] for name in names if name in counts}


def statements_of(state: VoteState) -> frozenset[str]:
    """The members that filed a statement."""
    found: frozenset[str] | None = state.derived.get("filed")
    if found is None:
        found = state.derived["filed"] = frozenset(statement.act.member for statement in state.explanations)
    return found


def said_of_unknown(state: VoteState) -> Said | None:
    """Whose positions are not on record, and why; None if all are."""
    positions = positions_of(state)
    if voided := [member for member, position in positions.items() if position == VOIDED]:
        members = tuple(state.procedure.said(member) for member in voided)
        return Said.of("the reply of {members} was voided after the close", members=members)
    unknown = not_on_record(positions)
    if not unknown:
        return None
    if state.roster is not None and len(unknown) == len(state.roster.members):
        shown = Said.of("who voted how is not on record")
    elif len(unknown) <= _MOST_NAMED:
        members = tuple(state.procedure.said(member) for member in unknown)
        shown = Said.of("how {members} voted is not on record", members=members)
    else:
        shown = Said.of("how {number} members voted is not on record", number=Number(len(unknown)))
    shows = state.draft.act.replies
    if shows is None and not state.replies and printed_counts(state) is not None:
        shows = "counts_only"
    match shows:
        case "secret_ballot":
            return Said.of("the ballot was secret: {unknown}", unknown=shown)
        case "counts_only":
            return Said.of("the source gives counts and no names: {unknown}", unknown=shown)
        case "incomplete":
            return Said.of("the source's list of replies is incomplete: {unknown}", unknown=shown)
        case None if not list_is_complete(state):
            return Said.of("nothing says that the source lists all replies: {unknown}", unknown=shown)
        case _:
            return shown
