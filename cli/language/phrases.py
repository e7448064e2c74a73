"""Phrases that screen, page and paper share: members, reasons, moments, spans, and where a vote is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from ...domain.describe import position_said, vote_said
from ...domain.finding import Finding
from ...domain.instant import Span
from ...domain.phrase import Said, Word
from ...domain.procedure import Procedure2
from ...domain.recorded import Reply
from ...domain.state import VoteState
from ...domain.titles import outcome_title
from ...domain.window_said import end_said
from ...ledger.projections.roll_call import RollCall
from .english import Language


def said_vote(state: VoteState, language: Language) -> str:
    """The name of a vote: the draft's symbol, and the round if the draft was put before."""
    said = vote_said(state)
    return language.again(said) if isinstance(said, Said) else said


def said_members(members: Iterable[str], state: VoteState, language: Language) -> str:
    """Members by name, as a list."""
    return language.join(language.member(each, state.procedure.names) for each in members)


def said_about(replies: Sequence[tuple[str, int]], names: Mapping[str, str], language: Language) -> str:
    """The members whose replies findings are about: each reply with its number if it is not the member's first."""
    said = ((language.member(member, names), reply) for member, reply in replies)
    return language.join(name if reply == 1 else f"{name} ({reply})" for name, reply in said)


def said_ids(found: Sequence[str]) -> str:
    """``F1 F2 F3 F7`` as ``F1-F3 F7``."""
    numbers = sorted(int(fid[1:]) for fid in found)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(f"F{run[0]}" if len(run) == 1 else f"F{run[0]}-F{run[-1]}" for run in runs)


def said_reason(reason: str, found: Iterable[Finding], language: Language) -> str:
    """The reason of a rejection as it was entered; in this language if a finding says the same, word for word."""
    said = next((each.text for each in found if each.text == reason), None)
    return language.written(reason) if said is None else language.again(said)


def said_position(reply: Reply, state: VoteState, language: Language) -> str:
    """The position that a reply takes, or what it says instead; who cast it, and whether its entry was voided."""
    position: Said | Word = position_said(reply.act)
    if reply.act.by is not None:
        by = state.procedure.said(reply.act.by)
        position = Said.of("{position}, cast by {by}", position=position, by=by)
    if reply.voided is not None:
        position = Said.of("{position}, voided", position=position)
    return language.again(position) if isinstance(position, Said) else language.word(position.name)


def said_voided(reply: Reply) -> Said | None:
    """By which act a reply was voided, and why; None if it was not voided."""
    if reply.voided is None:
        return None
    return Said.of("voided by act {number}: {reason}", number=reply.voided.number, reason=reply.voided.act.reason)


def said_moment(moment: datetime | date | None, state: VoteState, language: Language) -> str:
    """An instant in the time of the procedure's zone, or a day, or that neither is on record."""
    if moment is None:
        return language.say("not on record")
    return language.instant(moment, state.zone) if isinstance(moment, datetime) else language.day(moment)


def said_span(span: Span, state: VoteState, language: Language) -> str:
    """What is known about when something happened."""
    return language.span(span, state.zone)


def said_end(state: VoteState, language: Language) -> str:
    """What is known about when the window closes; without a deadline, what it waits for."""
    end = end_said(state)
    return said_span(state.window.closes, state, language) if end is None else language.again(end)


def said_outcome(state: VoteState, outcome: str, language: Language) -> str:
    """An outcome in a word or two: the body's own name for it, if there is one."""
    title = outcome_title(state.procedure, outcome)
    return language.word(outcome) if title is None else language.again(title)


def kind_said(state: VoteState) -> Said | None:
    """The kind of question that a draft is, by the body's own name; None if there is no such name."""
    kinds = state.procedure.question_kinds if isinstance(state.procedure, Procedure2) else ()
    title = next((each.title for each in kinds if each.id == state.draft.act.question), None)
    return None if title is None else Said.of("Kind of question: {kind}.", kind=Said.written(title))


def said_phase(call: RollCall) -> Said:
    """The phase of a vote."""
    return call.phase_said
