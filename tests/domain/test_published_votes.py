"""Article 27 against real outcomes: votes whose names and result are published, so that the oracle is not our reading.

Who voted how, the counts and what was announced are as the source named beside each prints them. The counts are printed
apart from the names, and so is whether a negative vote was a veto.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import Roster, Seat, built_in_roster
from inblue.domain.tally import decide_by

RULES = built_in_procedure("unsc-2020-253")


class Published(NamedTuple):
    """A vote as published: who did not vote in favour, the counts (for, against, abstaining), what was announced."""

    symbol: str
    source: str
    counts: tuple[int, int, int]
    announced: str
    vetoed_by: str = ""
    against: str = ""
    abstaining: str = ""
    roster: str = "unsc-2020"


WRITTEN = (
    Published("S/2020/240, resolution 2518 (2020)", "S/2020/268; SC/14153", (15, 0, 0), "adopted unanimously"),
    Published("S/2020/654", "SC/14244, 7 July 2020", (13, 2, 0), "vetoed", "CHN RUS", against="CHN RUS"),
    Published(
        *("S/2020/658", "SC/14244, 8 July 2020", (4, 7, 4), "not adopted"),
        against="BEL DEU DOM EST FRA GBR USA",
        abstaining="IDN NER TUN VCT",
    ),
    Published("S/2020/667", "SC/14246, 10 July 2020", (13, 2, 0), "vetoed", "CHN RUS", against="CHN RUS"),
    Published(
        *("S/2020/683", "SC/14246, 10 July 2020", (4, 7, 4), "not adopted"),
        against="BEL DEU DOM EST FRA GBR USA",
        abstaining="IDN NER TUN VCT",
    ),
    Published(
        *("S/2020/797", "SC/14277, 14 August 2020", (2, 2, 11), "not adopted"),
        against="CHN RUS",
        abstaining="BEL DEU EST FRA GBR IDN NER TUN VCT VNM ZAF",
    ),
    Published(
        *("S/2020/852", "What's in Blue, 30 August 2020; Sputnik, 31 August 2020", (14, 1, 0), "vetoed", "USA"),
        against="USA",
    ),
    Published(
        *("S/2020/1054", "What's in Blue, 30 October 2020", (5, 0, 10), "not adopted"),
        abstaining="BEL DEU DOM EST FRA GBR NER TUN USA VCT",
    ),
)


@pytest.mark.parametrize("vote", WRITTEN, ids=lambda vote: vote.symbol)
def test_the_published_result_follows_from_the_published_votes(vote: Published) -> None:
    seats = built_in_roster(vote.roster)
    against, abstaining = vote.against.split(), vote.abstaining.split()
    positions: dict[str, Any] = {
        **dict.fromkeys(seats.ids, "in_favour"),
        **dict.fromkeys(against, "against"),
        **dict.fromkeys(abstaining, "abstention"),
    }
    assert len(positions) == 15
    found = decide_by(RULES, seats, "substantive", positions)
    counts = tuple(found.counts[each] for each in ("in_favour", "against", "abstention"))
    assert (counts, found.counts["absent"]) == (vote.counts, 0)
    outcome = {"not_adopted": "not adopted"}.get(found.outcome, found.outcome)
    assert outcome + " unanimously" * found.unanimous == vote.announced
    assert " ".join(found.vetoed_by) == vote.vetoed_by


ELECTED = tuple(f"E{number}" for number in range(10))
IN_2022 = Roster(
    name="the permanent members, and ten others",
    members=(
        *(Seat(member=member, permanent=True) for member in ("CHN", "FRA", "GBR", "RUS", "USA")),
        *(Seat(member=member) for member in ELECTED),
    ),
)


@given(st.lists(st.sampled_from([m for m in IN_2022.ids if m != "RUS"]), min_size=3, max_size=3, unique=True))
def test_resolution_2623_was_adopted_against_a_permanent_member_since_the_question_was_procedural(
    abstaining: list[str],
) -> None:
    """11-1-3, Russia against (2022): whoever abstained, it was adopted as procedural, and else would have failed."""
    positions: dict[str, Any] = {**dict.fromkeys(IN_2022.ids, "in_favour"), **dict.fromkeys(abstaining, "abstention")}
    positions["RUS"] = "against"
    assert decide_by(RULES, IN_2022, "procedural", positions).outcome == "adopted"
    assert decide_by(RULES, IN_2022, "substantive", positions).outcome == "vetoed"
