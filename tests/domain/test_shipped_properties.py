"""What holds of shipped procedures whatever is replied: support never harms; silence is broken by what breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.procedure import Procedure, Procedure2, built_in_procedure
from inblue.domain.roster import Roster, Seat, shipped_names
from inblue.domain.tally import decide_by

BREAKS = {
    "unga-74-544": {"objection"},
    "ecosoc-2020-205": {"objection"},
    "eu-council-12-2": {"objection"},
    "osce-pc-silence": {"objection", "amendment"},
}
"""What breaks silence, by procedure; one seat is enough."""
SUPPORT = {
    "unsc-2020-253": "in_favour",
    "uk-ca-2006-written-resolution": "agree",
    "iso-dis": "in_favour",
    "iesg-ballot": "yes",
    "iesg-alternate-ballot": "yes",
    "iab-rfc-2850": "concur",
    "oci-maintainers": "lgtm",
    "apache-voting": "plus_one",
}
"""The position that can only help a text, by procedure."""
HARM = {
    "imo-solas-viii-b": "objection",
    **dict.fromkeys(BREAKS, "objection"),
    "unsc-2020-253": "against",
    "iso-dis": "against",
    "iesg-alternate-ballot": "no",
    "iab-rfc-2850": "dissent",
    "oci-maintainers": "reject",
    "apache-voting": "minus_one",
}
"""The position than which none is worse for a text, where there is one."""


def a_roster(draw: st.DrawFn, procedure: Procedure2) -> Roster:
    number = draw(st.integers(1, 18))
    weights = {test.weight for each in procedure.decision.conditions for test in each.any_of if test.weight}
    groups = tuple(group.id for group in procedure.groups)

    def a_seat(place: int) -> Seat:
        inside = draw(st.booleans())
        return Seat(
            member=f"M{place}",
            permanent=inside,
            weights={name: draw(st.integers(0, 60)) for name in sorted(weights)},
            groups=groups if inside else (),
        )

    return Roster(name="drawn", members=tuple(map(a_seat, range(number))))


@st.composite
def a_vote(draw: st.DrawFn, name: str) -> tuple[Procedure2, Roster, str, dict[str, str | None]]:
    procedure = built_in_procedure(name)
    assert isinstance(procedure, Procedure2)
    roster = a_roster(draw, procedure)
    choices = st.sampled_from((None, *procedure.choices))
    return (
        procedure,
        roster,
        draw(st.sampled_from(procedure.kinds_of_question)),
        {member: draw(choices) for member in roster.ids},
    )


def passes(procedure: Procedure, roster: Roster, question: str, positions: dict[str, str | None]) -> bool:
    return decide_by(procedure, roster, question, positions).outcome == procedure.decision.passing


def test_of_every_procedure_something_is_said_here() -> None:
    assert {*SUPPORT, *HARM} == set(shipped_names("procedures"))


@pytest.mark.parametrize("name", sorted(BREAKS))
@given(data=st.data())
def test_silence_is_broken_by_exactly_what_its_clause_names(name: str, data: Any) -> None:
    procedure, roster, question, positions = data.draw(a_vote(name))
    broken = any(position in BREAKS[name] for position in positions.values())
    assert passes(procedure, roster, question, positions) is not broken


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(SUPPORT))
@given(data=st.data())
def test_another_position_turned_into_support_never_defeats_a_text(name: str, data: Any) -> None:
    procedure, roster, question, positions = data.draw(a_vote(name))
    turned = data.draw(st.sampled_from(roster.ids))
    if passes(procedure, roster, question, positions):
        assert passes(procedure, roster, question, {**positions, turned: SUPPORT[name]})


@pytest.mark.parametrize("name", sorted(HARM))
@given(data=st.data())
def test_support_or_silence_turned_into_the_worst_never_carries_a_text(name: str, data: Any) -> None:
    procedure, roster, question, positions = data.draw(a_vote(name))
    turned = data.draw(st.sampled_from(roster.ids))
    if name == "oci-maintainers" and positions[turned] is None:
        return  # a REJECT of a seat that was silent may make the quorum: that is an example in its document
    if not passes(procedure, roster, question, positions):
        assert not passes(procedure, roster, question, {**positions, turned: HARM[name]})
