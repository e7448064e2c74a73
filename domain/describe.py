"""An act in one line, for a history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

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
from .describe_optional_acts import describe_optional
from .ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from .phrase import Local, Said, Value, Word
from .recorded import Recorded, Reply
from .said_counts import said_counts
from .state import VoteState
from .titles import failing_said, outcome_said, question_said
from .window_said import end_said


def describe(act: Act, state: VoteState) -> Said:
    """What ``act`` did, given the state of the vote after it; for a letter and an announcement also by whom."""
    by = act.sender if isinstance(act, LetterSent) else act.by if isinstance(act, ResultAnnounced) else None
    what = _described(act, state)
    return what if by is None else Said.of("{member}: {what}", what=what, member=state.procedure.said(by))


def _described(act: Act, state: VoteState) -> Said:
    said = state.procedure.said
    match act:
        case DraftCirculated():
            symbol = vote_said(state)
            question, sponsors = (
                question_said(act.question, state.procedure),
                tuple(said(sponsor) for sponsor in act.sponsors),
            )
            if not sponsors:
                return Said.of("draft {symbol} circulated: {question}", symbol=symbol, question=question)
            return Said.of(
                "draft {symbol} circulated by {sponsors}: {question}",
                symbol=symbol,
                sponsors=sponsors,
                question=question,
            )
        case DraftWithdrawn():
            return Said.of("draft withdrawn")
        case LetterSent(kind="opening"):
            closes = state.window.closes_at
            if (end := end_said(state)) is not None:
                return Said.of("opening letter: {end}", end=end)
            if closes is None:
                return Said.of("opening letter: the window opens; its hour is not known")
            until, opens, recorded = Local(closes, state.zone), state.window.opens_at, state.last_recorded_at
            if opens is not None and recorded is not None and recorded < opens:
                opening = Local(opens, state.zone)
                return Said.of(
                    "opening letter: the window opens {opens} and closes {closes}", opens=opening, closes=until
                )
            return Said.of("opening letter: the window opens; it closes {closes}", closes=until)
        case LetterSent():
            return _letter_sent(act)
        case VoteCast():
            entered = next((each for each in reversed(state.replies_of(act.member)) if each.entered.act == act), None)
            return _vote_cast(act, state, entered.ordinal if entered else 1)
        case ReplyRejected():
            return Said.of(
                "{member}: reply {reply} does not count: {reason} (clause {clause})",
                member=said(act.member),
                reply=act.reply,
                reason=act.reason,
                clause=act.clause,
            )
        case ReceiptAcknowledged(reply=1):
            return Said.of("{member}: receipt acknowledged", member=said(act.member))
        case ReceiptAcknowledged():
            return Said.of("{member}: receipt acknowledged, reply {reply}", member=said(act.member), reply=act.reply)
        case ExplanationFiled() if state.roster is not None and act.member not in state.roster:
            return Said.of(
                "{member}, which is not on the roster of this vote: statement filed", member=said(act.member)
            )
        case ExplanationFiled(languages=()):
            return Said.of("{member}: statement filed", member=said(act.member))
        case ExplanationFiled():
            languages: tuple[Value, ...] = act.languages
            return Said.of("{member}: statement filed ({languages})", member=said(act.member), languages=languages)
        case CoSponsorshipAnnounced():
            return Said.of("{member}: announces that it co-sponsors", member=said(act.member))
        case WindowChanged():
            return Said.of("deadline moved to {closes}", closes=Local(act.closes_at, state.zone))
        case VotingClosed():
            return Said.of("voting closed")
        case TallyCirculated():
            return Said.of("tally circulated: {counts}", counts=said_counts(act.counts))
        case ResultAnnounced(corrects=int()):
            announced = _described(act.model_copy(update={"corrects": None}), state)
            return Said.of("{announcement}, in place of act {number}", announcement=announced, number=act.corrects or 0)
        case ResultAnnounced():
            outcome: Value = outcome_said(state.procedure, act.outcome) if act.outcome else Said.of("not stated")
            if act.outcome and (formula := failing_said(state.procedure, act.outcome)):
                outcome = formula
            if not act.resolution:
                return Said.of("result announced: {outcome}", outcome=outcome)
            number = act.resolution
            return Said.of("result announced: {outcome} as resolution {resolution}", outcome=outcome, resolution=number)
        case ClericalErrorCorrected():
            return Said.of(
                "{member}: {field} corrected: {reason}", member=said(act.member), field=act.field, reason=act.reason
            )
        case DraftCorrected():
            return Said.of("draft: {field} corrected: {reason}", field=act.field, reason=act.reason)
        case EntryVoided():
            return Said.of("act {number} voided: {reason}", number=act.number, reason=act.reason)
        case VoteAnnulled():
            return Said.of("vote annulled: {reason}", reason=act.reason)
        case _:
            return describe_optional(act, state)


def vote_said(state: VoteState) -> str:
    """The name of a vote in text: the draft's symbol, and the round if the draft was put before."""
    if state.round == 1:
        return state.symbol
    return Said.of("{symbol}, round {round}", symbol=state.symbol, round=state.round)


def position_said(act: VoteCast) -> Said | Word:
    """The position that a reply takes, or what it says instead."""
    match act.says:
        case "withdraws":
            return Said.of("withdraws its reply")
        case "dissociates":
            return Said.of("dissociates itself, without objecting")
        case "not_on_record":
            return Said.of("position not on record")
        case _:
            return Word(act.position) if act.position else Said.of("no position")


def letter_said(kind: str) -> Said:
    """A kind of letter, as a phrase."""
    match kind:
        case "procedure":
            return Said.of("procedure letter")
        case "opening":
            return Said.of("opening letter")
        case "outcome":
            return Said.of("outcome letter")
        case _:
            return Said.of("compendium letter")


def _letter_sent(act: LetterSent) -> Said:
    letter = letter_said(act.kind)
    if act.symbol and act.dated:
        return Said.of("{letter} {symbol} dated {dated}", letter=letter, symbol=act.symbol, dated=act.dated)
    if act.symbol:
        return Said.of("{letter} {symbol}", letter=letter, symbol=act.symbol)
    return Said.of("{letter} dated {dated}", letter=letter, dated=act.dated) if act.dated else letter


def entry_said(recorded: Recorded[Any], state: VoteState) -> Said:
    """What an entry of this vote did, in words that stay true if ``state`` is a much later one."""
    act, reply = recorded.act, state.reply_in(recorded.number)
    if reply is not None:
        return reply_said(reply, state)
    if isinstance(act, LetterSent) and act.kind == "opening" and isinstance(act.opens_at, datetime):
        return Said.of("opening letter: the window opens {opens}", opens=Local(act.opens_at, state.zone))
    return letter_said(act.kind) if isinstance(act, LetterSent) else describe(act, state)


def reply_said(reply: Reply, state: VoteState) -> Said:
    """What the entry of ``reply`` did, as :func:`describe`."""
    return _vote_cast(reply.entered.act, state, reply.ordinal)


def _vote_cast(act: VoteCast, state: VoteState, nth: int) -> Said:
    member, form, dated = state.procedure.said(act.member), Word(act.instrument.form), act.instrument.dated
    position: Value = position_said(act)
    if act.by is not None:
        position = Said.of("{position}, cast by {by}", position=position, by=state.procedure.said(act.by))
    if answers := tuple(_answers_said(act, state)):
        position = Said.of("{position}; {answers}", position=position, answers=answers)
    if dated and nth > 1:
        return Said.of(
            "{member}: {position} ({form} dated {dated}, reply {reply})",
            member=member,
            position=position,
            form=form,
            dated=dated,
            reply=nth,
        )
    if dated:
        return Said.of(
            "{member}: {position} ({form} dated {dated})", member=member, position=position, form=form, dated=dated
        )
    if nth > 1:
        return Said.of(
            "{member}: {position} ({form}, reply {reply})", member=member, position=position, form=form, reply=nth
        )
    return Said.of("{member}: {position} ({form})", member=member, position=position, form=form)


def _answers_said(act: VoteCast, state: VoteState) -> Iterator[Said]:
    """A reply's answers to the questions put beside the draft."""
    titles = {each.id: Said.written(each.title) for each in state.procedure.asked}
    for answer in act.answers:
        question = titles.get(answer.question, Word(answer.question))
        yield Said.of("{question}: {answer}", question=question, answer=Word(answer.position))
