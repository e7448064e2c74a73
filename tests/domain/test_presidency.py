"""Who presides is asked of the month of each act, never of the opening's alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories import Documents

from inblue.domain.acts import Act, DraftCirculated, LetterSent
from inblue.domain.describe import describe
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.findings import findings
from inblue.domain.instant import parse_instant
from inblue.domain.procedure import built_in_procedure
from inblue.domain.recorded import Recorded
from inblue.domain.register import month_of
from inblue.domain.roster import built_in_roster
from inblue.domain.snapshot import Snapshot
from inblue.domain.state import VoteState
from inblue.domain.vote import fold
from inblue.domain.zone import zone_file

Begin = Callable[..., Any]
RULES, SEATS = built_in_procedure("unsc-2020-253"), built_in_roster("unsc-2020")
MONTHS = {"2020-03": "CHN", "2020-04": "DOM"}
OPENED = parse_instant("2020-03-31T14:00:00-04:00")


def opened(story: Begin, *, times: str = "live", **months: str) -> Any:
    vote = story(times=times)
    vote.now = OPENED
    snapshot = Snapshot.pinning(RULES, SEATS, president="CHN", presidencies=MONTHS)
    vote.documents.snapshots[snapshot.sha256] = snapshot
    vote.do(LetterSent(kind="opening", opens_at=OPENED, sender="CHN", sent_at=OPENED, snapshot=snapshot.sha256))
    return vote


def by_the_president(vote: Any) -> list[str]:
    return [each.member for each in vote.raised() if each.kind == "by_the_president"]


def test_the_presidents_own_delegation_is_that_of_the_month_of_its_reply(story: Begin) -> None:
    vote = opened(story)
    vote.now = OPENED + timedelta(hours=1)
    vote.reply("DOM")
    vote.now = OPENED + timedelta(hours=14)  # the next month, in New York
    vote.reply("CHN")
    assert by_the_president(vote) == []
    vote = opened(story)
    vote.now = OPENED + timedelta(hours=1)
    vote.reply("CHN")
    vote.now = OPENED + timedelta(hours=14)
    vote.reply("DOM")
    assert by_the_president(vote) == ["CHN", "DOM"]


@pytest.mark.parametrize(
    ("sender", "dated", "other"),
    [
        ("CHN", "2020-03-31", False),
        ("DOM", "2020-03-31", True),
        ("CHN", "2020-04-01", True),
        ("DOM", "2020-04-01", False),
        ("CHN", "2020-05-01", False),  # nobody is assigned to it
        (None, "2020-04-01", False),
    ],
)
def test_a_letter_is_judged_at_the_date_that_it_bears(story: Begin, sender: str, dated: str, other: bool) -> None:
    vote = opened(story, times="documented")
    vote.do(LetterSent(kind="outcome", sender=sender, dated=date.fromisoformat(dated)))
    found = [each for each in vote.raised() if each.kind == "presider_other"]
    assert [each.text for each in found] == (
        [f"outcome letter by {sender}; {MONTHS[dated[:7]]} presided then"] if other else []
    )


def test_an_announcement_by_another_is_a_finding(story: Begin) -> None:
    vote = opened(story, times="documented")
    vote.do(ResultAnnounced(announced_at=date(2020, 4, 1), by="CHN", outcome="not_adopted"))
    assert [(each.member, each.clause) for each in vote.raised() if each.kind == "presider_other"] == [
        ("CHN", "presidency")
    ]


@pytest.mark.parametrize(("hours", "president"), [(0, "CHN"), (14, "DOM")])
def test_what_bears_no_date_in_a_live_vote_is_judged_when_it_was_recorded(
    story: Begin, hours: int, president: str
) -> None:
    """An opening, and an announcement, that other software recorded for a member that presides no more."""
    for sender in ("CHN", "DOM"):
        vote = story()
        vote.now = at = OPENED + timedelta(hours=hours)
        snapshot = Snapshot.pinning(RULES, SEATS, president=president, presidencies=MONTHS)
        vote.documents.snapshots[snapshot.sha256] = snapshot
        vote.do(LetterSent(kind="opening", opens_at=at, sender=sender, snapshot=snapshot.sha256))
        other = [(each.kind, each.values["act"]) for each in vote.raised() if each.kind == "presider_other"]
        assert other == ([] if sender == president else [("presider_other", 1)])
        vote.now = parse_instant("2020-04-03T12:00:00Z")
        vote.do(VotingClosed(closed_at=vote.now))
        vote.do(ResultAnnounced(by="CHN", outcome="not_adopted"))
        assert ("CHN", "DOM") in [
            (each.member, each.values["president"]) for each in vote.raised() if each.kind == "presider_other"
        ]


def test_an_announcement_names_its_announcer_in_the_second_version_only() -> None:
    assert ResultAnnounced().kind_and_version() == "result-announced@1"
    assert "by" not in ResultAnnounced().json_value()
    assert ResultAnnounced(by="CHN").kind_and_version() == "result-announced@2"
    assert ResultAnnounced(sha256="0" * 64).kind_and_version() == "result-announced@4"


@given(
    st.dictionaries(st.sampled_from(["2020-03", "2020-04", "2020-05"]), st.sampled_from(SEATS.ids)),
    st.integers(0, 24 * 120),
)
def test_the_president_of_an_instant_is_the_one_assigned_to_its_month_and_else_unknown(
    months: dict[str, str], hours: int
) -> None:
    at = parse_instant("2020-03-01T00:00:00-05:00") + timedelta(hours=hours)
    snapshot = Snapshot.pinning(RULES, SEATS, president=months.get("2020-03"), presidencies=months)
    documents = Documents({RULES.sha256: RULES}, {snapshot.sha256: snapshot})
    assert snapshot.zone is not None
    documents.zones[snapshot.zone.sha256] = zone_file(RULES.zone)
    draft = DraftCirculated(symbol="S/1", question="substantive", times="documented", procedure=RULES.sha256)
    letter = LetterSent(kind="opening", opens_at=OPENED, snapshot=snapshot.sha256)
    state = fold([Recorded(draft, 0, OPENED, "registrar"), Recorded(letter, 1, OPENED, "registrar")], documents)
    assert isinstance(state, VoteState)
    assert state.president_in(state.span(at)) == months.get(month_of(at, state.zone))
    assert state.president_in(state.span(None)) is None


def test_what_pins_no_months_is_judged_by_who_presided_at_the_opening(story: Begin) -> None:
    vote = opened(story)
    vote.now = OPENED + timedelta(hours=14)
    vote.reply("CHN")
    vote.do(LetterSent(kind="procedure", sender="DOM", dated=OPENED.date()))
    assert {"presider_other"} <= {each.kind for each in vote.raised()}
    pinned: dict[str, Any] = {"format": "inblue-snapshot/1", "zone": None, "counting": None, "presidencies": {}}
    first = vote.state.after({"snapshot": vote.state.snapshot.model_copy(update=pinned)})
    assert [each.member for each in findings(first) if each.kind == "by_the_president"] == ["CHN"]
    assert "presider_other" not in {each.kind for each in findings(first)}


@pytest.mark.parametrize(("microseconds", "own"), [(-1, "CHN"), (0, "DOM"), (1, "DOM")])
def test_the_presidents_own_delegation_changes_at_midnight_in_new_york(
    story: Begin, microseconds: int, own: str
) -> None:
    for member in ("CHN", "DOM"):
        vote = opened(story)
        vote.now = parse_instant("2020-04-01T04:00:00Z") + timedelta(microseconds=microseconds)
        vote.reply(member)
        assert by_the_president(vote) == ([member] if member == own else [])


@pytest.mark.parametrize(("at", "president"), [("2020-04-01T03:59:59.999999Z", "CHN"), ("2020-04-01T04:00:00Z", "DOM")])
def test_presider_other_is_asked_of_the_month_of_the_act_by_the_clock_of_new_york(
    story: Begin, at: str, president: str
) -> None:
    for member in ("CHN", "DOM"):
        vote = opened(story, times="documented")
        vote.do(LetterSent(kind="outcome", sender=member, sent_at=parse_instant(at)))
        other = [each.values["president"] for each in vote.raised() if each.kind == "presider_other"]
        assert other == ([] if member == president else [president])


def test_who_opened_who_announced_and_who_signed_are_three_facts(story: Begin) -> None:
    """As of resolution 2532: the presidency passes from France to Germany inside the window."""
    vote = story(times="documented")
    vote.now = parse_instant("2020-07-10T12:00:00Z")
    snapshot = Snapshot.pinning(RULES, SEATS, president="FRA", presidencies={"2020-06": "FRA", "2020-07": "DEU"})
    vote.documents.snapshots[snapshot.sha256] = snapshot
    acts: list[Act] = [
        LetterSent(kind="opening", dated=date(2020, 6, 30), sender="FRA", snapshot=snapshot.sha256),
        ResultAnnounced(announced_at=date(2020, 7, 1), by="DEU"),
        LetterSent(kind="outcome", dated=date(2020, 7, 1), sender="DEU"),
        LetterSent(kind="compendium", dated=date(2020, 7, 2), sender="FRA"),
    ]
    for act in acts:
        vote.do(act)
    told = [describe(act, vote.state) for act in acts]
    assert [text[:5] for text in told] == ["FRA: ", "DEU: ", "DEU: ", "FRA: "]
    raised = [(each.clause, each.text) for each in vote.raised() if each.kind.startswith("presider")]
    assert raised == [("presidency", "compendium letter by FRA; DEU presided then")]
