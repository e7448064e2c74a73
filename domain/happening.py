"""When acts happened, as far as that is certain: the second axis of a replay, beside the order of recording.

It uses all that is on record today: a reply has its corrected position, and what was voided did not happen. No time is
made up. In a live vote the typed instant is believed if it was recorded within the lag that the procedure allows; if it
was typed in later, all that is known is that the act had happened by its recording. In a documented history it is as
printed. Dependent acts bound each other: an acknowledgement comes after its reply, an announcement after the replies
that it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

from .acts import Act, ClericalErrorCorrected, EntryVoided, LetterSent, ReceiptAcknowledged, ReplyRejected, VoteCast
from .arrival_order import arrival_for_order
from .ending_acts import ResultAnnounced, VotingClosed
from .instant import Span
from .recorded import Recorded, Reply
from .state import VoteState
from .validity import standing

Placed: TypeAlias = Literal["by_then", "perhaps", "unknown", "later"]
"""Whether an act had happened by a moment: certainly; perhaps (its span includes it); unknown (no time); or not yet."""

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


class Happening(NamedTuple):
    """An act, the span of instants in which it happened, and whether anything gives it a time of its own (``timed``).

    ``moment`` is the instant or day on record for it, believed or not; ``undetermined``: it may have happened before
    the act that :func:`in_order_of_happening` puts before it.
    """

    recorded: Recorded[Act]
    span: Span
    timed: bool
    moment: datetime | date | None
    undetermined: bool = False

    def placed(self, at: datetime) -> Placed:
        """Whether it had happened by ``at``."""
        if self.span.latest is not None and self.span.latest <= at:
            return "by_then"
        if self.span.earliest is not None and self.span.earliest > at:
            return "later"
        return "perhaps" if self.timed else "unknown"


def happenings(state: VoteState, acts: Iterable[Recorded[Act]]) -> tuple[Happening, ...]:
    """Each of ``acts``, the acts of ``state``, in the order of the record, with its span."""
    counted = {reply.entered.number for reply in standing(state).values()}
    found = [_happening(state, recorded) for recorded in acts]
    places = {each.recorded.number: place for place, each in enumerate(found)}
    spans = [each.span for each in found]
    after = [_comes_after(state, each.recorded, places) for each in found]
    announced = state.first_result
    if announced is not None and announced.number in places:  # what it counts had come by then
        end = spans[places[announced.number]].latest
        for number in counted & places.keys():
            spans[places[number]] = spans[places[number]].not_after(end)
    for place in reversed(range(len(found))):
        for earlier in after[place]:
            spans[earlier] = spans[earlier].not_after(spans[place].latest)
    for place in range(len(found)):
        for earlier in after[place]:
            spans[place] = spans[place].not_before(spans[earlier].earliest)
    return tuple(each._replace(span=span) for each, span in zip(found, spans, strict=True))


def in_order_of_happening(state: VoteState, every: Sequence[Happening]) -> tuple[Happening, ...]:
    """The result of :func:`happenings`, in the order in which the acts happened, as far as that is known.

    If two may have happened in either order, the one that was certain first comes first, then the one recorded first;
    the later one says that its order is ``undetermined``. The circulation always comes first, since it begins the vote.
    """
    places = {each.recorded.number: place for place, each in enumerate(every)}
    after = [{every[place].recorded.number for place in _comes_after(state, each.recorded, places)} for each in every]
    waits = dict(zip((each.recorded.number for each in every), after, strict=True))
    announced = state.first_result.number if state.first_result is not None else None
    counted = {reply.entered.number for reply in standing(state).values()}
    ordered = sorted(
        every,
        key=lambda each: (
            each.recorded.number != 0,
            each.span.latest or _LAST,
            each.span.earliest or _FIRST,
            each.recorded.number,
        ),
    )
    found: list[Happening] = []
    for each in ordered:
        number = each.recorded.number
        known = waits[number] | (counted if number == announced else set())
        before = next((earlier for earlier in reversed(found) if earlier.recorded.number not in known), None)
        open_ = before is not None and before.recorded.number != 0 and not _surely_before(before, each)
        found.append(each._replace(undetermined=open_))
    return tuple(found)


def _surely_before(before: Happening, each: Happening) -> bool:
    """Whether the order of two is certain: by their spans, or, of one instant, as they were recorded."""
    if before.span.certainly_before(each.span):
        return True
    instant = before.span.instant
    return instant is not None and each.span.instant == instant and before.recorded.number < each.recorded.number


def _happening(state: VoteState, recorded: Recorded[Act]) -> Happening:
    act, by = recorded.act, recorded.recorded_at
    if isinstance(act, VoteCast) and (reply := state.reply_in(recorded.number)) is not None:
        return _arrival(state, recorded, reply)
    moment = getattr(act, act.when)
    if moment is None and isinstance(act, VotingClosed) and state.end_chosen:
        moment = by  # the window ended when it was recorded
    if moment is None and isinstance(act, LetterSent) and act.dated is not None:
        moment = act.dated  # a letter is judged at its own date
    span = state.span(moment)
    if not state.documented and span.latest is not None:
        late = by - span.latest > timedelta(seconds=state.procedure.recording.lag_seconds)
        span = Span() if late else span
    return Happening(recorded, span.not_after(by), moment is not None, moment)


def _arrival(state: VoteState, recorded: Recorded[Act], reply: Reply) -> Happening:
    """The arrival of a reply. The date on its paper at best says when it was written, so it is not used as a bound."""
    span, moment = arrival_for_order(state, reply), reply.act.received_at
    return Happening(recorded, span.not_after(recorded.recorded_at), moment is not None, moment)


def _comes_after(state: VoteState, recorded: Recorded[Act], places: dict[int, int]) -> list[int]:
    """The places of the acts that ``recorded`` depends on, and so happened after."""
    act, numbers = recorded.act, [0] if recorded.number else []
    match act:
        case ReplyRejected() | ReceiptAcknowledged() | ClericalErrorCorrected():
            reply = state.reply(act.member, act.reply)
            numbers += [reply.entered.number] if reply is not None else []
        case EntryVoided():
            numbers.append(act.number)
        case ResultAnnounced() if act.corrects is not None:
            numbers.append(act.corrects)
        case _:
            pass
    return [places[number] for number in numbers if number in places and number < recorded.number]
