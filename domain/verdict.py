"""The verdict on a reply: where its arrival falls, how strong the evidence is, and what is not proved.

Placement and strength are separate. Strength says what evidence shows that the reply had arrived by the deadline:
``proven`` by a third party's timestamp, ``attested`` by the registrar's own signed clock, ``documented`` by print or by
a later entry, or ``none``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

from .arrival_order import hour_entered
from .close import read_after_close
from .messages import NamedMessage
from .phrase import Said, Word
from .recorded import Reply
from .state import VoteState
from .validity import placement as placement_of
from .window import Placement

Strength: TypeAlias = Literal["proven", "attested", "documented", "none"]


class Evidence(NamedTuple):
    """One ground of a verdict: its kind, and what it says."""

    kind: Literal[
        "instrument_date",
        "sent",
        "received",
        "message",
        "recorded",
        "instrument_bytes",
        "observation",
        "acknowledgement",
        "ballot",
        "on_behalf",
        "timestamp",
    ]
    text: Said


class Bounds(NamedTuple):
    """What timestamps prove about when an entry was made: not before one instant, not after another.

    ``grounds`` says what each authority vouches for. ``contradiction`` names a timestamp that is earlier than possible;
    it is not used as a bound. ``ballot_void`` and ``entry_void`` say why the signature on the ballot, or on the entry,
    may be somebody else's: the key was compromised, and nothing shows that the signature is older. ``doubt`` says why
    the entry is documented at most; ``clock``, why an act of any kind cannot have been recorded when it says.
    ``disowned`` are times of acts that are not used as bounds; if there are any, ``behind`` is the latest other time of
    an earlier act that the entry was recorded before. ``before_close``: a timestamp that the closing entry names, or an
    earlier one, covers the entry. ``lacking`` are the needed authorities that do not show when it existed, if some do.
    For a reply that came in a message, the bounds are those of the message's entry, and ``read_by`` is the instant by
    which the reply's own entry existed.
    """

    not_before: datetime | None
    not_after: datetime | None
    grounds: tuple[Said, ...]
    contradiction: Said | None = None
    ballot_void: Said | None = None
    entry_void: Said | None = None
    doubt: Said | None = None
    lacking: Said | None = None
    clock: Said | None = None
    disowned: tuple[datetime, ...] = ()
    behind: datetime | None = None
    before_close: bool = False
    read_by: datetime | None = None


class Verdict(NamedTuple):
    """``not_before`` and ``not_after`` are bounds proved by timestamps; None without any.

    ``margin`` is how long before the close it arrived, negative if after: the close minus ``not_after``, or, if nothing
    is proved, minus the arrival as entered; ``margin_basis`` says which. ``read_after_close``: a paper reply that was
    entered, or whose position was, after the close and its lag; it is documented at most, and fails any required
    strength.
    """

    placement: Placement
    strength: Strength
    evidence: tuple[Evidence, ...]
    not_proved: Said
    not_before: datetime | None = None
    not_after: datetime | None = None
    margin: timedelta | None = None
    margin_basis: Literal["not_after", "received_at"] | None = None
    read_after_close: bool = False


def judge(state: VoteState, reply: Reply, bounds: Bounds | None = None) -> Verdict:
    """The verdict on ``reply`` in the current state; ``bounds`` are those of its entry, if timestamps are trusted."""
    window = state.window
    placement = placement_of(state, reply)
    if state.opening is None and not state.documented:
        placement = "early"
    proven = bounds is not None and _is_proven(state, reply, bounds)
    if proven and bounds is not None and _is_two_sided(state, bounds):
        placement = "inside"
    strength: Strength = "proven" if proven else _strength(state, reply)
    doubted = bounds is not None and (bounds.entry_void or bounds.doubt)
    if strength == "attested" and (doubted or _behind(reply, bounds) is not None):
        strength = "documented"
    late_reading = reply.act.ballot is None and read_after_close(state, reply)
    weakened = late_reading and strength in {"proven", "attested"}
    if weakened:
        strength, proven = "documented", False
    end = bounds.not_after if proven and bounds is not None else reply.act.received_at
    margin = window.closes_at - end if isinstance(end, datetime) and window.closes_at is not None else None
    return Verdict(
        placement,
        strength,
        _evidence(state, reply) + tuple(Evidence("timestamp", ground) for ground in (bounds.grounds if bounds else ())),
        _read_late(placement) if weakened else _not_proved(state, reply, placement, strength, bounds),
        not_before=bounds.not_before if bounds else None,
        not_after=bounds.not_after if bounds else None,
        margin=margin,
        margin_basis=None if margin is None else "not_after" if proven else "received_at",
        read_after_close=late_reading,
    )


_WHOSE = Said.of("Who wrote the instrument, which the registrar entered, is not proved.")
_WHO_SENT = Said.of("Who wrote the instrument, and who sent the message that it came in, is not proved.")
_KEY = Said.of("That the member's key was in the member's hands is not proved.")
_EARLY = Said.of("That it came after the window opened is not proved.")


_LATE = Said.of("It rests on the registrar's own clock: that it did not arrive earlier is not proved.")


READ_LATE = Said.of("It was read after the close: nothing made by then vouches for what it says.")
"""What is not proved about a paper reply that was read after the close."""


def _read_late(placement: Placement) -> Said:
    return _LATE if placement == "late" else READ_LATE


def _is_proven(state: VoteState, reply: Reply, bounds: Bounds) -> bool:
    """Whether a third party vouches that the content of the entry existed by the deadline."""
    closes, not_after = state.window.closes.earliest, bounds.not_after
    if closes is None or not_after is None or bounds.doubt is not None or state.opened_late is not None:
        return False
    if state.procedure.window.fixed_by == "closing":  # its end depends on the closing act, not on a time
        if not (state.end_chosen and bounds.before_close):
            return False
        closes = max(closes, not_after)
    lag = timedelta(seconds=state.procedure.recording.lag_seconds)
    came_in_message = reply.act.message is not None and reply.act.ballot is None
    if came_in_message and (bounds.read_by is None or bounds.read_by > closes + lag):
        return False
    if reply.act.ballot is not None and bounds.ballot_void is None:
        return not_after <= closes
    entered, now = reply.paper_entered.act, reply.act.instrument  # a correction may have brought other bytes
    bound = entered.instrument
    reread = any(each.act.field in {"position", "says", "by"} for each in reply.corrections)
    kept = bound.is_kept or entered.message is not None
    whole = kept and bound.sha256 == now.sha256 and not reread and bounds.entry_void is None
    return not_after <= closes and whole


_AFTER_CLOSE = Said.of(
    "That it came before voting was closed: it was entered after the entry by which the registrar chose the end."
)
_UNNAMED = Said.of(
    "That it was on record when voting was closed: the entry that closed it names no timestamp that covers the reply."
)


_BEFORE_CLOSE = Said.of(
    "It rests on the registrar's own clock: no third party vouches that it had arrived before voting was closed."
)
_OPEN = Said.of("That it came in time: voting is not closed, and no deadline is set.")


def entered_after_close(state: VoteState, reply: Reply) -> bool:
    """Whether a reply has a stated arrival before the close that the registrar chose, but was entered after it."""
    if not state.end_chosen or state.closed is None or reply.paper_entered.number < state.closed.number:
        return False
    return placement_of(state, reply) != "late"


def _behind(reply: Reply, bounds: Bounds | None) -> datetime | None:
    """The time of an earlier act that is later than the time of the entry of the reply, or of its paper."""
    if bounds is not None and bounds.behind is not None:
        return bounds.behind
    disowned = bounds.disowned if bounds is not None else ()
    hours = (reply.entered.behind, reply.paper_entered.behind)
    return next((hour for hour in hours if hour is not None and hour not in disowned), None)


def _is_two_sided(state: VoteState, bounds: Bounds) -> bool:
    opens = state.window.opens.latest
    return opens is not None and bounds.not_before is not None and bounds.not_before >= opens


def silence_not_proved(state: VoteState) -> Said:
    """What the silence of a member does not prove."""
    return Said.of(
        "The log holds no reply of a member counted as {means}. It cannot show a letter that reached the registrar "
        "and was never entered; only the member's own receipt or timestamp could.",
        means=Word(state.procedure.silence.means),
    )


def bounds_of(reply: Reply, bounds: Mapping[int, Bounds]) -> Bounds | None:
    """What timestamps prove about a reply, from the ``bounds`` of a vote's replies by number of the act.

    If an earlier entry recorded its paper, that shows when the paper existed, and the first entry with the same reading
    shows when it was read so. The later of the two holds, or its own entry, which shows both; and every doubt of any of
    them applies.
    """
    own = bounds.get(reply.entered.number)
    if reply.first_entered is None:
        return own
    paper, reading = bounds.get(reply.first_entered.number), bounds.get(reply.read_first.number)
    found = [each for each in (paper, reading, own) if each is not None]
    if not found:
        return None
    by = [own.not_after] if own is not None and own.not_after is not None else []
    if paper is not None and reading is not None and paper.not_after is not None and reading.not_after is not None:
        by.append(max(paper.not_after, reading.not_after))
    return (paper or found[0])._replace(
        not_before=paper.not_before if paper is not None else None,
        not_after=min(by, default=None),
        ballot_void=next((each.ballot_void for each in found if each.ballot_void), None),
        entry_void=next((each.entry_void for each in found if each.entry_void), None),
        doubt=next((each.doubt for each in found if each.doubt), None),
        contradiction=next((each.contradiction for each in found if each.contradiction), None),
        behind=max((each.behind for each in found if each.behind), default=None),
        before_close=_before_close(own, paper, reading),
        read_by=min((at for each in (own, reading) if each and (at := each.read_by or each.not_after)), default=None),
    )


def _before_close(own: Bounds | None, paper: Bounds | None, reading: Bounds | None) -> bool:
    """Whether a timestamp that the closing entry names covers both the paper of a reply and its reading."""
    if own is not None and own.before_close:
        return True
    return paper is not None and reading is not None and paper.before_close and reading.before_close


def _strength(state: VoteState, reply: Reply) -> Strength:
    received, recorded = reply.act.received_at, reply.paper_entered.recorded_at
    if reply.act.message is not None and isinstance(received, datetime):
        recorded = min(recorded, received)  # its message was recorded then
    if not state.documented:
        closes = state.window.closes.earliest
        in_time = closes is not None and recorded <= closes
        lag = timedelta(seconds=state.procedure.recording.lag_seconds)
        at_once = isinstance(received, datetime) and received <= recorded and hour_entered(reply) - received <= lag
        if entered_after_close(state, reply):
            in_time = at_once = False
        if state.opened_late is None and (in_time or at_once or state.opening is None):
            return "attested"
    if received is not None or reply.act.instrument.dated is not None:
        return "documented"
    return "none"


def _evidence(state: VoteState, reply: Reply) -> tuple[Evidence, ...]:
    paper, found = reply.act.instrument, []
    if paper.dated is not None:
        text = Said.of("the {form} is dated {dated}", form=Word(paper.form), dated=paper.dated)
        found.append(Evidence("instrument_date", text))
    if reply.act.sent_at is not None:
        found.append(Evidence("sent", Said.of("sent {at}, by what it says", at=reply.act.sent_at)))
    if (message := reply.act.message) is not None and isinstance(reply.act.received_at, datetime):
        found.append(Evidence("message", message_said(message, reply.act.received_at)))
    elif reply.act.received_at is not None:
        found.append(Evidence("received", Said.of("entered as received {at}", at=reply.act.received_at)))
    when, office = reply.entered.recorded_at, Word(reply.entered.office)
    text = Said.of("recorded {at} by the {office}, and signed", at=when, office=office)
    found.append(Evidence("recorded", text))
    if (first := reply.first_entered) is not None:
        text = Said.of(
            "the same paper was recorded {at}, in act {number}, voided since", at=first.recorded_at, number=first.number
        )
        found.append(Evidence("recorded", text))
    if reply.act.ballot is not None:
        text = Said.of("signed by {member} itself, with a key of its own", member=state.procedure.said(reply.member))
        found.append(Evidence("ballot", text))
    if (by := reply.act.by) is not None:
        said = state.procedure.said
        text = Said.of("cast by {by} on behalf of {member}", by=said(by), member=said(reply.member))
        found.append(Evidence("on_behalf", text))
    if paper.sha256 is not None:
        kept = Said.of("the instrument is kept: SHA-256 {sha256}", sha256=paper.sha256)
        text = kept if paper.is_kept else Said.of("a translation of it is kept: SHA-256 {sha256}", sha256=paper.sha256)
        found.append(Evidence("instrument_bytes", text))
    if reply.acknowledged is not None:
        moment = reply.acknowledged.act.acknowledged_at
        unknown = Said.of("acknowledged at an unknown time")
        text = Said.of("acknowledged {at}", at=moment) if moment else unknown
        found.append(Evidence("acknowledgement", text))
    return tuple(found)


def message_said(message: NamedMessage, at: datetime) -> Said:
    """Which message a reply came in, and when the message was recorded."""
    if message.part is None:
        return Said.of(
            "it is message {number}, recorded as it came at {at}: salted SHA-256 {sha256}; what its header says is not "
            "proved",
            number=str(message.received),
            at=at,
            sha256=message.digest,
        )
    return Said.of(
        "it is part {part} of message {number}, recorded as it came at {at}: salted SHA-256 {sha256}; what its header "
        "says is not proved",
        number=str(message.received),
        part=message.part,
        at=at,
        sha256=message.digest,
    )


def _not_proved(
    state: VoteState, reply: Reply, placement: Placement, strength: Strength, bounds: Bounds | None
) -> Said:
    if strength == "proven" and bounds is not None:
        ballot = reply.act.ballot is not None and bounds.ballot_void is None
        whose = _KEY if ballot else _WHOSE if reply.act.message is None else _WHO_SENT
        return whose if _is_two_sided(state, bounds) else Said.of("{first} {second}", first=_EARLY, second=whose)
    if bounds is not None and (void := bounds.ballot_void or bounds.entry_void) is not None:
        unproved = Said.of("Whose reply it is, and when it came, is not proved.")
        return Said.of("{first} {second}", first=void, second=unproved)
    if bounds is not None and bounds.doubt is not None:
        return bounds.doubt
    if (behind := _behind(reply, bounds)) is not None:
        return Said.of("Its hour is in doubt: an earlier act of the vote was recorded at {at}.", at=behind)
    if (late := state.opened_late) is not None:
        return Said.of("The opening was entered {late} late: nothing made at that time vouches for it.", late=late)
    if bounds is not None and bounds.contradiction is not None:
        return Said.of("Nothing by timestamps: {contradiction}.", contradiction=bounds.contradiction)
    if bounds is not None and bounds.lacking is not None and placement == "inside":
        return bounds.lacking
    if entered_after_close(state, reply):
        return _AFTER_CLOSE
    if bounds is not None and bounds.not_after is not None and placement == "inside":
        closes, chosen = state.window.closes.earliest, state.procedure.window.fixed_by == "closing"
        if bounds.before_close if chosen else closes is not None and bounds.not_after <= closes:
            if reply.act.message is not None:
                return Said.of("That its message was read in time: no timestamp shows the reply to be as old as that.")
            return Said.of(
                "What arrived: the entry is timestamped in time, but binds neither a ballot nor the instrument's bytes."
            )
        if chosen:
            return _UNNAMED if state.end_chosen else _OPEN
        return Said.of(
            "That it had arrived by the deadline: the first timestamp over it vouches for {at} only.",
            at=bounds.not_after,
        )
    if strength == "attested":
        if placement == "inside" and state.procedure.window.fixed_by == "closing":
            return _BEFORE_CLOSE
        if placement == "inside":
            return Said.of(
                "It rests on the registrar's own clock: no third party vouches that it had arrived by the deadline."
            )
        if placement == "late":
            return _LATE
        return Said.of("It rests on the registrar's own clock: no third party vouches for when it arrived.")
    if (unknown := _unknown(state, reply)) is not None:
        within = Said.of("That it came within the window is not proved.")
        if reply.act.instrument.dated:
            drafted = Said.of("The date on it shows when it was drafted, not when it arrived.")
            within = Said.of("{first} {second}", first=drafted, second=within)
        return Said.of("{first} {second}", first=unknown, second=within)
    if not isinstance(reply.act.received_at, datetime):
        return Said.of("Only the day of arrival is on record, not the hour.")
    after = reply.entered.recorded_at - reply.act.received_at
    return Said.of("The arrival was entered {late} later: nothing made at that time vouches for it.", late=after)


def _unknown(state: VoteState, reply: Reply) -> Said | None:
    """Which of the two instants compared by a verdict is not on record."""
    match state.window.opens_at is None, reply.act.received_at is None:
        case True, True:
            return Said.of("Not on record: the hour at which the window opened and when the reply arrived.")
        case True, False:
            return Said.of("Not on record: the hour at which the window opened.")
        case False, True:
            return Said.of("Not on record: when the reply arrived.")
        case _:
            return None
