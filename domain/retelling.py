"""A vote as it was after some of its acts had happened, by what is on record today.

Acts are processed in the order in which they happened, which may differ from that of the record. So nothing is judged
again: each part of the whole vote is added when it happened, and left out until then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from .acts import (
    Act,
    CoSponsorshipAnnounced,
    DraftWithdrawn,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    ReplyRejected,
    VoteCast,
    WindowChanged,
)
from .ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from .first_reply import begins_with_reply, begun_after
from .lasting import NOTHING, Row, Table
from .on_record import voided_after_close
from .optional_acts import ElectorateChanged, FactRecorded, WindowResumed, WindowSuspended
from .recorded import Moved, Recorded, Reply
from .state import VoteState

A = TypeVar("A", bound=Act)

_ONES = (
    *("withdrawn", "annulled", "opening", "snapshot", "moved_to", "begun", "closed", "at_close", "result"),
    "tally_circulated",
)
_ROWS = (
    *(
        "letters",
        "facts",
        "seat_changes",
        "moves",
        "suspensions",
        "replies",
        "explanations",
        "co_sponsorships",
        "tallies",
        "corrected_results",
    ),
    "voided",
)
_OF_RECORDING = ("contradictions", "clock_steps")


class Retelling:
    """The vote ``whole`` from its circulation on, as its acts happen one by one.

    ``unknown`` are the replies, by the number of their acts, whose seat's position is not on record: it is not known
    whether they had arrived by then, or their effect was voided.
    """

    def __init__(self, whole: VoteState) -> None:
        nothing = {**dict.fromkeys(_ONES), **dict.fromkeys((*_ROWS, *_OF_RECORDING), NOTHING)}
        tables: dict[str, Any] = {"by_member": Table(), "rejected_in": Table(), "taken_back": Table()}
        self.state = whole.after({**nothing, **tables})
        self.unknown: set[int] = set()
        self._whole = whole
        self._places: dict[int, int] = {}
        self._voided = voided_after_close(whole)

    def happened(self, recorded: Recorded[Act]) -> None:
        """One more act has happened. An act without effect in the whole vote has none here."""
        if changed := self._effect(recorded):
            before, self.state = self.state, self.state.after(changed)
            if begins_with_reply(before):
                self.state = self.state.after({"begun": begun_after(before, recorded, self.state)})

    def perhaps(self, acts: Iterable[Recorded[Act]]) -> None:
        """It is not known whether ``acts`` had happened: the position of a reply among them is not on record."""
        for recorded in acts:
            reply = self._whole.reply_in(recorded.number) if isinstance(recorded.act, VoteCast) else None
            if reply is not None and reply.voided is None and reply.act.position is not None:
                self.state = self.state.after(self._unknown(reply))

    def _effect(self, recorded: Recorded[Act]) -> dict[str, Any]:
        whole, state, act, number = self._whole, self.state, recorded.act, recorded.number
        match act:
            case VoteCast():
                return self._reply(number)
            case ReceiptAcknowledged() | ReplyRejected():
                return self._on_reply(act, number)
            case LetterSent():
                letters = _plus(state.letters, whole.letters, number, "letters")
                if letters and whole.opening is not None and whole.opening.number == number:
                    letters |= {"opening": whole.opening, "snapshot": whole.snapshot}
                return letters
            case WindowChanged():
                at = whole.moves.place_of(number, lambda move: move.by.number)
                if at is None:
                    return {}
                moved = Moved(whole.moves[at].by, state.window.closes_at)
                return {"moved_to": act.closes_at, "moves": state.moves.plus(moved)}
            case FactRecorded():
                return _plus(state.facts, whole.facts, number, "facts")
            case ElectorateChanged():
                return _plus(state.seat_changes, whole.seat_changes, number, "seat_changes")
            case WindowSuspended() | WindowResumed():
                return self._suspension(number)
            case VotingClosed() if whole.closed is not None and whole.closed.number == number:
                return {"closed": whole.closed, "at_close": whole.at_close}
            case DraftWithdrawn() if whole.withdrawn is not None and whole.withdrawn.number == number:
                return {"withdrawn": whole.withdrawn}
            case VoteAnnulled() if whole.annulled is not None and whole.annulled.number == number:
                return {"annulled": whole.annulled}
            case ResultAnnounced():
                return self._result(number)
            case TallyCirculated():
                tallies = _plus(state.tallies, whole.tallies, number, "tallies")
                return {**tallies, "tally_circulated": tallies["tallies"][-1]} if tallies else {}
            case ExplanationFiled():
                return _plus(state.explanations, whole.explanations, number, "explanations")
            case CoSponsorshipAnnounced():
                return _plus(state.co_sponsorships, whole.co_sponsorships, number, "co_sponsorships")
            case _:
                return {}

    def _suspension(self, number: int) -> dict[str, Any]:
        """The window after an act that suspended or resumed it."""
        for place, each in enumerate(self._whole.suspensions):
            if each.begun.number == number:
                return {"suspensions": self.state.suspensions.plus(each._replace(ended=None))}
            if each.ended is not None and each.ended.number == number and place < len(self.state.suspensions):
                return {"suspensions": self.state.suspensions.put(place, each)}
        return {}

    def _reply(self, number: int) -> dict[str, Any]:
        reply = self._whole.reply_in(number)
        if reply is None:
            return {}
        if reply.voided is not None:
            return self._unknown(reply) if reply.member in self._voided else {}
        self.unknown.discard(number)
        return self._one_more(reply._replace(acknowledged=None, rejections=()))

    def _unknown(self, reply: Reply) -> dict[str, Any]:
        nothing = {"position": None, "says": "not_on_record", "received_at": None, "ballot": None}
        self.unknown.add(reply.entered.number)
        act = reply.act.model_copy(update=nothing)
        return self._one_more(reply._replace(act=act, acknowledged=None, rejections=(), voided=None))

    def _one_more(self, reply: Reply) -> dict[str, Any]:
        state, number = self.state, reply.entered.number
        if (place := self._places.get(number)) is not None:  # it is known now
            return {"replies": state.replies.put(place, reply)}
        self._places[number] = place = len(state.replies)
        places = state.by_member.get(reply.member) or Row[int]()
        by_member = state.by_member.plus(reply.member, places.plus(place))
        return {"replies": state.replies.plus(reply), "by_member": by_member}

    def _on_reply(self, act: ReceiptAcknowledged | ReplyRejected, number: int) -> dict[str, Any]:
        """The reply that an acknowledgement or a rejection names, after that act, if the reply has happened."""
        meant = self._whole.reply(act.member, act.reply)
        at = None if meant is None else self._places.get(meant.entered.number)
        if meant is None or at is None or meant.entered.number in self.unknown:
            return {}
        here = self.state.replies[at]
        if isinstance(act, ReceiptAcknowledged):
            return {"replies": self.state.replies.put(at, here._replace(acknowledged=meant.acknowledged))}
        mine = tuple(each for each in meant.rejections if each.number == number)
        replies = self.state.replies
        return {"replies": replies.put(at, here._replace(rejections=(*here.rejections, *mine)))} if mine else {}

    def _result(self, number: int) -> dict[str, Any]:
        whole, state = self._whole, self.state
        results = (*whole.corrected_results, *((whole.result,) if whole.result is not None else ()))
        mine = next((each for each in results if each.number == number), None)
        if mine is None:
            return {}
        before = state.corrected_results
        return {"result": mine, "corrected_results": before if state.result is None else before.plus(state.result)}


def _plus(here: Row[Recorded[A]], whole: Row[Recorded[A]], number: int, name: str) -> dict[str, Any]:
    """``here`` with the act of that number, if ``whole`` has it."""
    at = whole.place_of(number, lambda each: each.number)
    return {} if at is None else {name: here.plus(whole[at])}
