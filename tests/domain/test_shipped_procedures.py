"""Every procedure that is shipped: its examples, each of its thresholds, and each number that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import pytest
from shipped_votes import START, electorate, ended, least, mutations, opened, without_examples

from inblue.domain.acts import ExplanationFiled
from inblue.domain.decision_rules import Condition
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.example_votes import count_example, count_examples
from inblue.domain.judged import Measured
from inblue.domain.optional_rules import Example
from inblue.domain.procedure import Procedure, Procedure2, built_in_procedure
from inblue.domain.roster import Roster, Seat, built_in_roster, shipped_names
from inblue.domain.seats import unfit_seats
from inblue.domain.tally import Tally
from inblue.domain.threshold import Threshold

NAMES = shipped_names("procedures")
FIVE = built_in_roster("unsc-2020").permanent


def council(outcome: str, in_favour: int, against: int = 0, question: str = "substantive", veto: int = 0) -> Example:
    """An example of the Council, whose document has none; ``veto`` permanent members are against."""
    seats = [{"member": f"P{n}", "permanent": True} for n in range(5)] + [{"member": f"E{n}"} for n in range(10)]
    positions = {f"P{n}": "against" for n in range(veto)}
    rest = [str(seat["member"]) for seat in seats[veto:]]
    positions |= dict.fromkeys(rest[:in_favour], "in_favour")
    positions |= dict.fromkeys(rest[in_favour : in_favour + against], "against")
    told = {"title": f"{in_favour} to {against}", "seats": seats, "positions": positions, "outcome": outcome}
    return Example.of({**told, "question": question}, where="example")


def assembly(outcome: str, objections: int) -> Example:
    told = {"title": f"{objections} object", "seats": 193, "counts": {"objection": objections}, "outcome": outcome}
    return Example.of(told, where="example")


OF_THE_FIRST_TWO: dict[str, tuple[Example, ...]] = {
    "unsc-2020-253": (
        council("adopted", 9, 1),
        council("not_adopted", 8),
        council("adopted", 10),
        council("vetoed", 9, veto=1),
        council("vetoed", 13, veto=2),
        council("not_adopted", 8, veto=1),
        council("adopted", 9, question="procedural", veto=1),
    ),
    "unga-74-544": (assembly("adopted", 0), assembly("not_adopted", 1), assembly("not_adopted", 193)),
}
"""Examples of the two whose documents are older than examples are."""


def examples(procedure: Procedure) -> tuple[Example, ...]:
    assert isinstance(procedure, Procedure2)
    return procedure.examples + OF_THE_FIRST_TWO.get(procedure.id, ())


@pytest.mark.parametrize("name", NAMES)
def test_every_example_comes_out_as_it_was_counted_by_hand(name: str) -> None:
    procedure = built_in_procedure(name)
    told = examples(procedure)
    assert len(told) >= 3
    for example in told:
        assert count_example(procedure, example).outcome == example.outcome, example.title
    assert all(counted.as_wanted for counted in count_examples(procedure))
    assert {example.outcome for example in told} == set(procedure.decision.outcomes)
    assert isinstance(procedure, Procedure2)
    assert {example.question for example in told} >= {kind.id for kind in procedure.question_kinds}


def measured(name: str) -> Iterator[tuple[Condition, Threshold, Measured]]:
    """Each threshold of a procedure as it came out in each example that reached it."""
    procedure = built_in_procedure(name)
    for example in examples(procedure):
        made: Tally = count_example(procedure, example)
        for judged in made.conditions:
            for threshold, each in zip(judged.condition.any_of, judged.thresholds, strict=False):
                yield judged.condition, threshold, each


def bound(threshold: Threshold, each: Measured) -> Fraction:
    return Fraction(threshold.number or 0) if threshold.share is None else Fraction(threshold.share) * (each.base or 0)


@pytest.mark.parametrize("name", NAMES)
def test_every_threshold_is_met_and_missed_at_under_and_over_its_bound(name: str) -> None:
    sides: dict[tuple[str, int], set[int]] = {}
    met: dict[tuple[str, int], set[bool | None]] = {}
    for condition, threshold, each in measured(name):
        key, limit = (condition.id, condition.any_of.index(threshold)), bound(threshold, each)
        sides.setdefault(key, set()).add((each.counted > limit) - (each.counted < limit))
        met.setdefault(key, set()).add(each.met)
    conditions = {each.id: each for each in built_in_procedure(name).decision.conditions}
    assert {name for name, _ in sides} == set(conditions)
    for (of, place), found in sides.items():
        nothing = conditions[of].any_of[place].number == 0  # nothing is under it
        assert found >= ({0, 1} if nothing else {-1, 0, 1}), (of, place)
        assert met[of, place] == {True, False}, (of, place)


Asked: TypeAlias = Callable[[Procedure], Any]


class Row(NamedTuple):
    """One thing that a procedure is asked, and the answer."""

    what: str
    ask: Asked
    answer: Any


def _or_refused(ask: Asked) -> Asked:
    """What is asked, and the clause if it is refused."""

    def asked(procedure: Procedure) -> Any:
        try:
            return ask(procedure)
        except Refused as refused:
            return f"refused: {refused.clause}"

    return asked


def deadline(opens: str, closes: str) -> Row:
    """That a window which opens then closes then, where the procedure says so itself."""
    at = datetime.fromisoformat(opens)
    return Row(f"opens {opens}", lambda p: opened(p, at=at).state.window.closes_at, datetime.fromisoformat(closes))


def a_letter(*, after: timedelta, fixes: bool) -> Row:
    """That a letter fixes such a deadline, or that its deadline is refused."""
    closes = START + after

    def ask(procedure: Procedure) -> datetime | None:
        return opened(procedure, closes_at=closes).state.window.closes_at

    return Row(f"a deadline after {after}", _or_refused(ask), closes if fixes else "refused: window")


def a_close(*, after: timedelta, clause: str | None = None) -> Row:
    """That voting may be closed this long after the opening, or is refused by that clause."""

    def ask(procedure: Procedure) -> bool:
        story = opened(procedure)
        story.now = START + after
        story.do(VotingClosed())
        return story.state.is_closed

    return Row(f"closed after {after}", _or_refused(ask), True if clause is None else f"refused: {clause}")


def entered(*, after: timedelta, late: bool) -> Row:
    """Whether a reply that is entered this long after it came is entered late."""

    def ask(procedure: Procedure) -> bool:
        story = opened(procedure)
        story.now = START + timedelta(minutes=1) + after
        story.reply(story.roster.ids[0], procedure.choices[0], received_at=START + timedelta(minutes=1))
        return "entered_late" in {finding.kind for finding in story.raised()}

    return Row(f"entered {after} after", ask, late)


def lag(**of: float) -> tuple[Row, Row]:
    allowed = timedelta(**of)
    return entered(after=allowed, late=False), entered(after=allowed + timedelta(microseconds=1), late=True)


def a_roster(number: int, *, fits: bool) -> Row:
    """Whether this number of seats, with the five permanent ones, is the roster that the procedure names."""
    listed = tuple(Seat(member=f"M{n}") for n in range(number - len(FIVE)))

    def ask(procedure: Procedure) -> bool:
        assert isinstance(procedure, Procedure2)
        named = procedure.seats.permanent if procedure.seats else ()
        others = listed + tuple(Seat(member=f"N{n}") for n in range(len(FIVE) - len(named)))
        seats = tuple(Seat(member=member, permanent=True) for member in named) + others
        clauses = {unfit.clause for unfit in unfit_seats(procedure, Roster(name="x", members=seats))}
        return not clauses

    return Row(f"{number} seats", ask, fits)


def within(kind: str, **hours: float) -> Row:
    """Whether the result, or a statement, comes too late if it comes this long after the close."""

    def ask(procedure: Procedure) -> bool:
        story = opened(procedure)
        closes = story.state.window.closes_at
        assert closes is not None
        story.now = ended(story)
        story.do(VotingClosed(closed_at=story.now))
        story.now = closes + timedelta(**hours)
        if kind == "statement_late":
            story.do(ExplanationFiled(member=story.roster.ids[0], filed_at=story.now))
        else:
            story.do(ResultAnnounced(announced_at=story.now))
        return kind in {finding.kind for finding in story.raised()}

    return Row(f"{kind} {hours}", ask, "seconds" in hours)


LEAST = timedelta(microseconds=1)
HOUR, DAY = {"hours": 1}, {"days": 1}
ANY_DEADLINE = a_letter(after=timedelta(minutes=1), fixes=True)
ANY_CLOSE = a_close(after=timedelta(minutes=1))
AN_HOUR = timedelta(hours=1)
THREE_DAYS = timedelta(hours=72)
A_YEAR = timedelta(days=365)
ROWS: dict[str, tuple[Row, ...]] = {
    "unsc-2020-253": (
        deadline("2026-03-02T09:00Z", "2026-03-03T09:00Z"),
        *lag(minutes=15),
        *(a_roster(number, fits=number == 15) for number in (14, 15, 16)),
        *(within("statement_late", **late) for late in ({"hours": 3}, {"hours": 3, "seconds": 1})),
        *(within("announced_late", **late) for late in ({"hours": 12}, {"hours": 12, "seconds": 1})),
    ),
    "unga-74-544": (
        a_letter(after=THREE_DAYS, fixes=True), a_letter(after=THREE_DAYS - LEAST, fixes=False), *lag(**HOUR)
    ),
    "ecosoc-2020-205": (
        a_letter(after=THREE_DAYS, fixes=True), a_letter(after=THREE_DAYS - LEAST, fixes=False), *lag(**HOUR),
        *(a_roster(number, fits=number == 54) for number in (53, 54, 55)),
    ),
    **dict.fromkeys(
        ("eu-council-12-2", "osce-pc-silence"),
        (a_letter(after=AN_HOUR, fixes=True), a_letter(after=AN_HOUR - LEAST, fixes=False), *lag(**HOUR)),
    ),
    "uk-ca-2006-written-resolution": (
        # beginning with the circulation date, to the end of the last day, on which clocks change
        deadline("2026-03-02T16:00Z", "2026-03-29T22:59:59.999999Z"),
        deadline("2026-03-03T00:00Z", "2026-03-30T22:59:59.999999Z"),
        *lag(**HOUR),
    ),
    "iso-dis": (ANY_DEADLINE, *lag(**DAY)),
    "iesg-ballot": (ANY_CLOSE, *lag(**DAY)),
    "iesg-alternate-ballot": (ANY_CLOSE, *lag(**DAY)),
    "imo-solas-viii-b": (
        a_letter(after=A_YEAR, fixes=True), a_letter(after=A_YEAR - LEAST, fixes=False), *lag(**DAY)
    ),
    "iab-rfc-2850": (ANY_CLOSE, *lag(**DAY)),
    "oci-maintainers": (ANY_DEADLINE, *lag(**DAY)),
    "apache-voting": (
        a_close(after=THREE_DAYS), a_close(after=THREE_DAYS - LEAST, clause="window"), *lag(**DAY)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_windows_lags_and_seats_are_as_the_clauses_say(name: str) -> None:
    procedure = built_in_procedure(name)
    for row in ROWS[name]:
        assert row.ask(procedure) == row.answer, row.what


def is_noticed(mutant: Procedure, procedure: Procedure) -> bool:
    """Whether an example or a row comes out otherwise under the mutant."""
    if any(count_example(mutant, example).outcome != example.outcome for example in examples(procedure)):
        return True
    for row in ROWS[procedure.id]:
        try:
            if row.ask(mutant) != row.answer:
                return True
        except (Malformed, AssertionError):
            return True
    return False


@pytest.mark.parametrize("name", NAMES)
def test_no_number_can_be_another_without_an_example_or_a_row_that_fails(name: str) -> None:
    procedure, tried = built_in_procedure(name), 0
    for where, document in mutations(without_examples(procedure)):
        tried += 1
        try:
            mutant = Procedure.of(document, where="mutant")
        except Malformed:
            continue
        assert is_noticed(mutant, procedure), where
    assert tried >= 4


def test_the_electorate_of_these_tests_fits_every_procedure() -> None:
    for name in NAMES:
        procedure = built_in_procedure(name)
        assert list(unfit_seats(procedure, electorate(procedure))) == []
        assert opened(procedure).state.opening is not None
        assert least(procedure, START).tzinfo is UTC or least(procedure, START) >= START
