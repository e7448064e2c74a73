"""An act in one line of English, as a history tells it."""

from __future__ import annotations

from .acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    DraftCirculated,
    DraftWithdrawn,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    ReplyRejected,
    ResultAnnounced,
    TallyCirculated,
    VoteCast,
    VotingClosed,
    WindowChanged,
)
from .instant import format_local
from .state import VoteState
from .wording import words


def describe(act: Act, state: VoteState) -> str:
    """What ``act`` did, in the vote as it stands after it."""
    match act:
        case DraftCirculated():
            by = f" by {', '.join(act.sponsors)}" if act.sponsors else ""
            return f"draft {act.symbol} circulated{by}: a {act.question} question"
        case DraftWithdrawn():
            return "draft withdrawn"
        case LetterSent(kind="opening"):
            closes = state.window.closes_at
            until = f"; it closes {format_local(closes, state.procedure.zone)}" if closes else "; its hour is not known"
            return f"opening letter: the window opens{until}"
        case LetterSent():
            return f"{act.kind} letter{' ' + act.symbol if act.symbol else ''}" + (
                f" dated {act.dated}" if act.dated else ""
            )
        case VoteCast():
            position = words(act.position) if act.position else "no position"
            nth = sum(reply.member == act.member for reply in state.replies)
            again = f", reply {nth}" if nth > 1 else ""
            dated = f" dated {act.instrument.dated}" if act.instrument.dated else ""
            return f"{act.member}: {position} ({words(act.instrument.form)}{dated}{again})"
        case ReplyRejected():
            return f"{act.member}: reply {act.reply} does not count: {act.reason} (clause {act.clause})"
        case ReceiptAcknowledged():
            return f"{act.member}: receipt acknowledged" + (f", reply {act.reply}" if act.reply > 1 else "")
        case ExplanationFiled():
            return f"{act.member}: statement filed" + (f" ({', '.join(act.languages)})" if act.languages else "")
        case CoSponsorshipAnnounced():
            return f"{act.member}: announces that it co-sponsors"
        case WindowChanged():
            return f"deadline moved to {format_local(act.closes_at, state.procedure.zone)}"
        case VotingClosed():
            return "voting closed"
        case TallyCirculated():
            return "tally circulated: " + ", ".join(f"{words(name)} {number}" for name, number in act.counts.items())
        case ResultAnnounced():
            number = f" as resolution {act.resolution}" if act.resolution else ""
            return f"result announced: {words(act.outcome) if act.outcome else 'not stated'}{number}"
        case ClericalErrorCorrected():
            return f"{act.member}: {act.field} corrected: {act.reason}"
