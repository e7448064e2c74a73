"""Who votes: which seats of the pinned roster are in force at the instant that fixes the electorate.

A procedure may fix its electorate at the opening or at the close, and let seats begin and end by act while voting is
open. Without such a rule every seat of the roster votes, except advisory ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .instant import Span, span_of
from .optional_acts import ElectorateChanged
from .optional_rules import Electorate
from .recorded import Recorded, Reply
from .roster import Roster, Seat
from .window import Window


class Term(NamedTuple):
    """A seat, and when it begins and ends; None if it began before voting was opened, or does not end."""

    seat: Seat
    begins: Span | None = None
    ends: Span | None = None

    def not_begun(self, when: Span) -> bool:
        """Whether it has certainly not begun at ``when``."""
        return self.begins is not None and when.certainly_before(self.begins)

    def ended(self, when: Span) -> bool:
        """Whether it has certainly ended at ``when``; at the instant of its end it has."""
        if self.ends is None or self.ends.latest is None or when.earliest is None:
            return False
        return self.ends.latest <= when.earliest

    def holds(self, when: Span) -> bool | None:
        """Whether it is in force at ``when``; None if that is not certain."""
        if self.not_begun(when) or self.ended(when):
            return False
        begun = self.begins is None or _by(self.begins, when)
        return True if begun and (self.ends is None or when.certainly_before(self.ends)) else None


_NONE: Mapping[str, Any] = MappingProxyType({})


class Seating(NamedTuple):
    """Who votes. ``roster`` has the seats in force at the instant that fixes the electorate, without advisory ones.

    ``terms`` are those of the seats that begin or end, or may, by member; ``former`` those of seats that have ended
    since voting was opened, if an earlier reply stands. ``undetermined`` are the members whose seats may or may not be
    in force; they are on the roster.
    """

    roster: Roster
    terms: Mapping[str, Term] = _NONE
    former: Mapping[str, Term] = _NONE
    advisory: Mapping[str, Seat] = _NONE
    undetermined: tuple[str, ...] = ()

    def seat(self, member: str) -> Seat | None:
        """The seat that ``member`` has, has had or will have in this vote, voting or advisory."""
        if (term := self.terms.get(member)) is not None:
            return term.seat
        return self.advisory.get(member) or self.roster.seat(member)

    def with_former(self, members: Iterable[str], pinned: Roster) -> Roster:
        """The roster, and the seats of those former ``members`` whose replies stand, in the order of the ``pinned``."""
        kept = tuple(self.former[member].seat for member in members)
        if not kept:
            return self.roster
        order = {member: number for number, member in enumerate(pinned.ids)}
        seats = sorted((*self.roster.members, *kept), key=lambda seat: order.get(seat.member, len(order)))
        return like(self.roster, tuple(seats))


def has_plain_seat(pinned: Roster, rule: Electorate | None, member: str) -> bool:
    """Whether ``member`` has a voting seat on the ``pinned`` roster that under ``rule`` neither begins nor ends."""
    seat = pinned.seat(member)
    if seat is None or seat.advisory:
        return False
    return rule is None or (seat.since is None and seat.until is None)


def seating(
    pinned: Roster,
    rule: Electorate | None,
    changes: Iterable[Recorded[ElectorateChanged]],
    window: Window,
    zone: ZoneInfo,
    *,
    documented: bool,
) -> Seating:
    """Who votes under ``rule`` in a vote opened with the ``pinned`` roster, after ``changes`` of its seats."""
    terms = {seat.member: _dated(seat, zone) for seat in pinned.dated} if rule is not None else {}
    fixed = window.opens if rule is not None and rule.fixed == "opening" else window.closes
    when = dict.fromkeys(terms, fixed)
    for change in in_order(changes, zone):
        member, at = change.act.member, happened(change, zone)
        if change.act.change == "begins":
            terms[member] = Term(change.act.seat, at)
        else:
            seat = pinned.seat(member) or change.act.seat
            terms[member] = terms.get(member, Term(seat))._replace(ends=at)
        when[member] = window.closes if documented else window.closes.not_before(change.recorded_at)
    if not terms and not pinned.advisory:
        return Seating(pinned)
    return _seated(pinned, rule, terms, when, window.opens)


def _seated(
    pinned: Roster, rule: Electorate | None, terms: Mapping[str, Term], when: Mapping[str, Span], opens: Span
) -> Seating:
    holds = {member: term.holds(when[member]) for member, term in terms.items()}
    begun = tuple(terms[member].seat for member in sorted(terms) if member not in pinned)
    listed = (terms[seat.member].seat if seat.member in terms else seat for seat in (*pinned.members, *begun))
    there = [seat for seat in listed if holds.get(seat.member) is not False]
    former: dict[str, Term] = {}
    if rule is not None and rule.former == "stands":
        gone = (member for member, held in holds.items() if held is False)
        former = {member: terms[member] for member in gone if _ended_since(terms[member], when[member], opens)}
    voting = tuple(seat for seat in there if not seat.advisory)
    return Seating(
        pinned if voting == pinned.members else like(pinned, voting),
        terms,
        former,
        {seat.member: seat for seat in there if seat.advisory},
        tuple(member for member, held in holds.items() if held is None),
    )


def like(roster: Roster, seats: tuple[Seat, ...]) -> Roster:
    """A roster with other ``seats``, perhaps none: a derived roster, never kept as a document."""
    return Roster.model_construct(format=roster.format, name=roster.name, source=roster.source, members=seats)


def happened(change: Recorded[ElectorateChanged], zone: ZoneInfo) -> Span:
    """When a seat changed, by the record: never after the recording."""
    return span_of(change.act.changed_at, zone).not_after(change.recorded_at)


def in_order(changes: Iterable[Recorded[ElectorateChanged]], zone: ZoneInfo) -> Iterable[Recorded[ElectorateChanged]]:
    """Changes of seats in the order in which they happened, as far as certain; otherwise in the order of the record."""
    return sorted(changes, key=lambda change: (happened(change, zone).latest or change.recorded_at, change.number))


def gave_a_reply(term: Term, replies: Iterable[Reply], zone: ZoneInfo, *, may_be_withdrawn: bool) -> bool:
    """Whether a member whose seat has ended had replied before and has not withdrawn the reply."""
    given: list[Span] = []
    taken_back: list[Span] = []
    for reply in replies:
        came = span_of(reply.act.received_at, zone).not_after(reply.paper_entered.recorded_at)
        if reply.voided is not None or reply.rejected or term.ended(came):
            continue
        if reply.act.says == "withdraws":
            taken_back.append(came)
        elif reply.act.position is not None or reply.act.says == "not_on_record" or reply.act.answers:
            given.append(came)
    last = max((came.earliest for came in taken_back if came.earliest is not None), default=None)
    if last is None or not may_be_withdrawn:
        return bool(given)
    return any(came.latest is None or came.latest >= last for came in given)


def _dated(seat: Seat, zone: ZoneInfo) -> Term:
    return Term(seat, _start(seat.since, zone), _start(seat.until, zone))


def _start(day: date | None, zone: ZoneInfo) -> Span | None:
    """The first instant of a day."""
    if day is None:
        return None
    first = span_of(day, zone).earliest
    return Span(first, first)


def _by(begins: Span, when: Span) -> bool:
    return begins.latest is not None and when.earliest is not None and begins.latest <= when.earliest


def _ended_since(term: Term, when: Span, opens: Span) -> bool:
    """Whether a seat that is not in force has ended, perhaps after voting was opened."""
    return term.ended(when) and not term.ended(opens)
