"""Votes of bodies that are not the United Nations': an example in a procedure's own document, played as a live vote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Literal, TypeAlias

from signers import LOG, REGISTRAR

from inblue.domain.act import Times
from inblue.domain.acts import Act, DraftCirculated, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.ballot import Answer
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.optional_acts import FactRecorded
from inblue.domain.optional_rules import Example, ExampleSeat
from inblue.domain.procedure import Procedure2
from inblue.domain.roster import Roster, Seat
from inblue.domain.state import VoteState
from inblue.domain.tally import tally
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Signer

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
SYMBOL = "WR/2026/1"


Status: TypeAlias = Literal["present", "missing"]


@dataclass
class Played:
    """A ledger whose clock is set by hand, with one vote of ``procedure`` in it."""

    procedure: Procedure2
    path: Path | None = None
    symbol: str = SYMBOL
    times: Times = "live"
    now: datetime = OPENED - timedelta(hours=2)
    signer: Signer = REGISTRAR
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger.create(
            self.path, signer=REGISTRAR, log_signer=LOG, origin="example.org/votes", clock=lambda: self.now
        )

    @property
    def state(self) -> VoteState:
        return self.ledger.vote(self.symbol)

    def do(self, act: Act, roster: Roster | None = None) -> None:
        self.ledger.perform(self.symbol, act, signer=self.signer, roster=roster)

    def circulate(self, question: str, title: str = "The first item of business") -> None:
        adopted = self.ledger.adopt_procedure(self.procedure, signer=REGISTRAR)
        self.do(
            DraftCirculated(
                symbol=self.symbol,
                title=title,
                question=question,
                times=self.times,
                procedure=adopted,
                circulated_at=self.now,
            )
        )

    def establish(self, due: str, known: Mapping[str, Status]) -> None:
        """Record the facts that are due before that act: as they are known, else present."""
        for rule in self.procedure.facts:
            if rule.due == due and rule.applies_to(self.state.draft.act.question):
                status = known.get(rule.id)
                if status is None and rule.does == "forbids":
                    status = "present"
                if status is not None:
                    self.do(FactRecorded(fact=rule.id, status=status, established_at=self.now))

    def open(self, roster: Roster) -> None:
        window = self.procedure.window
        closes_at = None
        if window.fixed_by == "letter":
            least = window.length.end(self.now, self.state.zone, window.days_off) if window.length else self.now
            closes_at = max(least, self.now + timedelta(hours=window.hours or 0)) + timedelta(days=7)
        self.do(LetterSent(kind="opening", opens_at=self.now, sent_at=self.now, closes_at=closes_at), roster)

    def reply(
        self, member: str, position: str | None, answers: Mapping[str, str] | None = None, **given: object
    ) -> None:
        """A reply, in a form that the procedure accepts, and its receipt where that is asked for."""
        self.now += timedelta(minutes=7)
        forms = self.procedure.form.allowed if self.procedure.form else ("e_mail",)
        form = "e_mail" if "e_mail" in forms else forms[0]
        offices = self.procedure.office.allowed if self.procedure.office else (None,)
        addressees = self.procedure.addressee.allowed if self.procedure.addressee else (None,)
        paper = Instrument(
            form=form, office=offices[0], addressee=addressees[0], signed=True, dated=self.now.date(), language="en"
        )
        put = tuple(Answer(question=question, position=each) for question, each in (answers or {}).items())
        act = VoteCast(member=member, position=position, received_at=self.now, instrument=paper, answers=put)
        self.do(act.model_copy(update=given))
        if self.procedure.acknowledgement is not None:
            self.do(ReceiptAcknowledged(member=member, acknowledged_at=self.now))

    def close(self) -> None:
        closes = self.state.window.closes_at
        if closes is None:
            hours = self.procedure.window.hours or 0
            self.now = max(self.now, OPENED + timedelta(hours=hours)) + timedelta(days=1)
        else:
            self.now = max(self.now, closes) + timedelta(minutes=1)
        chosen = self.procedure.window.fixed_by == "closing"
        self.do(VotingClosed(closed_at=None if chosen else self.now))

    def announce(self) -> None:
        self.now += timedelta(hours=1)
        self.do(ResultAnnounced(announced_at=self.now, outcome=tally(self.state).outcome))


def played(procedure: Procedure2, path: Path | None = None, example: int = 0, times: Times = "live") -> Played:
    """The example of that number as a vote that is over."""
    told, vote = procedure.examples[example], Played(procedure, path, times=times)
    vote.circulate(told.question or procedure.kinds_of_question[0])
    vote.establish("opening", told.facts)
    vote.now = OPENED
    vote.open(Roster(name="as in the example", members=seats_of(told, procedure)))
    for member, position in positions_of(told, procedure).items():
        answers = {question: given[member] for question, given in told.answers.items() if member in given}
        reasons = {rule.choice: rule.reasons for rule in procedure.positions}
        vote.reply(member, position, answers, reasons=True if reasons.get(position or "") else None)
    vote.establish("close", told.facts)
    vote.close()
    vote.establish("announcement", told.facts)
    vote.announce()
    vote.establish("after", told.facts)
    return vote


def seats_of(told: Example, procedure: Procedure2) -> tuple[Seat, ...]:
    """The seats of an example."""
    numbered = range(told.seats) if isinstance(told.seats, int) else ()
    listed = tuple(ExampleSeat(member=f"S{n + 1}") for n in numbered) if isinstance(told.seats, int) else told.seats
    known = iter(procedure.known) if procedure.members is not None else None
    return tuple(
        Seat(
            member=each.member if known is None else next(known),
            permanent=each.permanent,
            weights=dict(each.weights),
            groups=each.groups,
            advisory=each.advisory,
        )
        for each in listed
    )


def positions_of(told: Example, procedure: Procedure2) -> dict[str, str]:
    """The members that reply in an example, each with its reply."""
    names = [seat.member for seat in seats_of(told, procedure)]
    if told.positions is not None:
        of = dict(zip((f"S{n}" for n in count(1)), names, strict=False)) if procedure.members is not None else {}
        return {of.get(member, member): each for member, each in told.positions.items() if each in procedure.choices}
    taken = (choice for choice, n in (told.counts or {}).items() if choice in procedure.choices for _ in range(n))
    return dict(zip(names, taken, strict=False))
