"""Votes under any procedure at all: seats that fit it, an opening that it allows, and acts that offend its rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from stories import Story

from inblue.domain.acts import Act, LetterSent
from inblue.domain.errors import Refused
from inblue.domain.facts import fact_rules
from inblue.domain.optional_acts import FactRecorded
from inblue.domain.procedure import Procedure, Procedure2
from inblue.domain.roster import Roster, Seat, built_in_members

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday. Clocks change in Europe on Sunday 29 March 2026."""
MEMBERS = 8


def electorate(procedure: Procedure) -> Roster:
    """Seats as the procedure asks for: as many, with its permanent members, each weight, and in every group."""
    assert isinstance(procedure, Procedure2)
    number = procedure.seats.number if procedure.seats else MEMBERS
    permanent = procedure.seats.permanent if procedure.seats else ()
    known = procedure.members
    ids = list(built_in_members(known)) if isinstance(known, str) else [f"M{n}" for n in range(1, number + 1)]
    ids = list(dict.fromkeys([*permanent, *ids]))[:number]
    weights = {test.weight for each in procedure.decision.conditions for test in each.any_of if test.weight}
    return Roster(
        name="seats that fit",
        members=tuple(
            Seat(
                member=member,
                permanent=member in permanent,
                weights=dict.fromkeys(sorted(weights), 100 // number),
                groups=tuple(group.id for group in procedure.groups),
            )
            for member in ids
        ),
    )


def circulated(
    procedure: Procedure, question: str | None = None, *, facts: bool = True, roster: Roster | None = None
) -> Story:
    """A draft that is circulated, and, where wanted, every fact without which it could not be put to the vote."""
    story = Story(procedure, roster or electorate(procedure), question=question or procedure.kinds_of_question[0])
    story.now = START
    if facts:
        for rule in fact_rules(procedure):
            if rule.does == "forbids":
                story.do(FactRecorded(fact=rule.id, status="present", established_at=story.now))
    return story


def opened(
    procedure: Procedure,
    question: str | None = None,
    *,
    at: datetime = START,
    closes_at: datetime | None = None,
    roster: Roster | None = None,
) -> Story:
    """A vote that is open; a deadline that the letter fixes is as long as the procedure wants, and ten days on."""
    story = circulated(procedure, question, roster=roster)
    if procedure.window.fixed_by == "letter" and closes_at is None:
        closes_at = least(procedure, at) + timedelta(days=10)
    story.now = at
    story.do(LetterSent(kind="opening", opens_at=at, closes_at=closes_at, snapshot=story.snapshot()))
    return story


def least(procedure: Procedure, opens: datetime) -> datetime:
    """The earliest deadline that a letter of that instant may fix."""
    story = circulated(procedure)
    return story.state.closing_of(opens)


def ended(story: Story) -> datetime:
    """An instant at which voting may be closed, a second after its window."""
    closes = story.state.window.closes_at
    return (closes or story.now + timedelta(days=10)) + timedelta(seconds=1)


def refusal(story: Story, act: Act, office: str = "registrar") -> str | None:
    """The clause by which the act is refused.

    Raises:
        AssertionError: it is not.
    """
    try:
        story.do(act, office)
    except Refused as refused:
        return refused.clause
    raise AssertionError(f"{act.kind_name} is not refused")


def clauses_raised(story: Story) -> set[str]:
    """The clauses that the findings on a vote cite."""
    return {finding.clause for finding in story.raised() if finding.clause is not None}


def without_examples(procedure: Procedure) -> dict[str, Any]:
    """The document of a procedure, but for its examples."""
    value: dict[str, Any] = procedure.json_value()
    value.pop("examples", None)
    return value


def mutations(value: Any) -> Iterator[tuple[str, Any]]:
    """Every document in which one number is one more or one less, or one share another, with what was changed."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from ((f"{name}.{where}", {**value, name: other}) for where, other in mutations(each))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from (
                (f"{place}.{where}", [*value[:place], other, *value[place + 1 :]]) for where, other in mutations(each)
            )
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from ((f"{value} as {other}", other) for other in (value - 1, value + 1))
    elif isinstance(value, str) and value.replace("/", "", 1).isdecimal() and "/" in value:
        part, whole = map(int, value.split("/"))
        others = ((part - 1, whole), (part + 1, whole), (part, whole - 1), (part, whole + 1))
        yield from ((f"{value} as {a}/{b}", f"{a}/{b}") for a, b in others)
