"""Where a source does not say how hours were counted, what follows from that says under which reading it holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import REAL_CASE
from stories import OPENING, Story

from inblue.domain.acts import Act, ExplanationFiled, LetterSent
from inblue.domain.case import Case
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Refused
from inblue.domain.finding import Finding
from inblue.domain.phrase import Word
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, built_in_roster
from inblue.domain.tally import tally
from inblue.domain.window import Counted

Begin = Callable[..., Any]
READING = ", if Saturday and Sunday count; not if they do not"
FRIDAY = OPENING.date()
SUNDAY = datetime(2020, 3, 29, 12, tzinfo=UTC)
"""After 24 elapsed hours from the opening, a Friday, and before 24 hours of working days."""


def council(*countings: str, **window: Any) -> Procedure:
    rule = {"clause": "window", "fixed_by": "procedure", "hours": 24, "countings": countings, **window}
    return Procedure.of({**built_in_procedure("unsc-2020-253").json_value(), "window": rule}, where="council")


BOTH = council("elapsed", "working_days")


def of_kind(vote: Any, kind: str) -> list[Finding]:
    return [finding for finding in vote.raised() if finding.kind == kind]


def folded(rules: Procedure) -> Story:
    """The real case under other rules."""
    case = Case.read(REAL_CASE.read_bytes(), where="case")
    vote = Story(rules, case.the_roster(), times="documented")
    vote.now += timedelta(days=2000)
    for step in case.steps(rules.sha256)[1:]:
        act: Act = step.act
        if isinstance(act, LetterSent) and act.kind == "opening":
            act = act.model_copy(update={"snapshot": vote.snapshot(case.president)})
        vote.do(act)
    return vote


def test_the_six_dates_of_the_real_case_are_after_the_hours_under_one_reading() -> None:
    told = {finding.member: finding for finding in of_kind(folded(BOTH), "dated")}
    assert told.keys() == {"IDN", "DEU", "FRA", "GBR", "VCT", "VNM"}
    assert {finding.severity for finding in told.values()} == {"note"}
    text = "dated 2020-03-30, after any 24 hours counted from the opening letter's date, 2020-03-27"
    assert told["FRA"].text == text + READING
    assert not of_kind(folded(BOTH), "counted_otherwise")  # nothing of it is placed, however hours are counted


def test_where_the_procedure_knows_one_way_of_counting_the_dates_are_flags() -> None:
    told = of_kind(folded(council("elapsed")), "dated")
    assert len(told) == 6
    assert all(finding.severity == "flag" and " if " not in finding.text for finding in told)
    assert not of_kind(folded(council("working_days")), "dated")


def late(story: Begin, times: str = "documented", rules: Procedure = BOTH, **letter: Any) -> Any:
    vote = story(rules, times=times).opens(**letter)
    vote.now = SUNDAY
    vote.reply("BEL", received_at=SUNDAY)
    return vote


def test_a_reply_late_under_one_reading_counts_and_is_said_to_bear_on_the_outcome(story: Begin) -> None:
    vote = late(story)
    (found,) = of_kind(vote, "late")
    assert (found.severity, found.contested) == ("flag", True)
    assert found.text == f"received 18 h after the window closed{READING}"
    assert found.values == {
        "by": timedelta(hours=18),
        "countings": (Word("elapsed"),),
        "others": (Word("working_days"),),
    }
    assert vote.verdict().placement == "late"  # elapsed hours decide
    assert not of_kind(vote, "counted_otherwise")  # that is said already


@pytest.mark.parametrize("times", ["live", "simulated"])
def test_in_a_live_vote_elapsed_hours_decide_and_the_other_placement_is_told(story: Begin, times: str) -> None:
    vote = late(story, times)
    assert [finding.severity for finding in of_kind(vote, "late")] == ["reject"]
    assert [finding.text for finding in of_kind(vote, "counted_otherwise")] == [
        "late as the hours are counted (elapsed); inside if counted otherwise (working days)"
    ]


def test_what_the_letter_announces_is_certain(story: Begin) -> None:
    told = late(story, counting="elapsed")
    assert [finding.severity for finding in of_kind(told, "late")] == ["reject"]
    assert late(story, counting="working_days").verdict().placement == "inside"


def test_what_is_late_however_hours_are_counted_is_late(story: Begin) -> None:
    vote = story(BOTH, times="documented").opens()
    vote.now = OPENING + timedelta(days=4)
    vote.reply("BEL", received_at=vote.now)
    assert [finding.severity for finding in of_kind(vote, "late")] == ["reject"]


def test_a_weekend_of_other_days_and_holidays_are_named(story: Begin) -> None:
    rules = council("elapsed", "working_days", weekend=["friday", "saturday"], holidays=["2020-04-01"])
    vote = story(rules, times="documented").opens()
    vote.now = OPENING + timedelta(hours=30)
    vote.reply("BEL", received_at=vote.now)
    (found,) = of_kind(vote, "late")
    assert "if Friday, Saturday, holidays count; not if they do not" in found.text


def test_statements_and_announcement_are_late_under_the_same_reading(story: Begin) -> None:
    vote = late(story)
    vote.do(ExplanationFiled(member="BEL", filed_at=SUNDAY))
    vote.do(ResultAnnounced(announced_at=SUNDAY, outcome="not_adopted"))
    for kind in ("statement_late", "announced_late"):
        (found,) = of_kind(vote, kind)
        assert (found.severity, READING in found.text) == ("note", True)


@pytest.mark.parametrize(
    ("counting", "announced", "opened_by"),
    [
        ("elapsed", "2020-03-08T14:00:00+00:00", "2020-03-07T14:00:00+00:00"),
        ("calendar", "2020-03-08T14:00:00+00:00", "2020-03-07T15:00:00+00:00"),  # an hour less, as clocks went forward
        ("working_days", "2020-03-08T14:00:00+00:00", "2020-03-06T05:00:00+00:00"),
    ],
)
def test_an_announcement_bounds_the_opening_by_the_procedures_own_counting(
    story: Begin, counting: str, announced: str, opened_by: str
) -> None:
    vote = story(council(counting), times="documented")
    vote.now = datetime(2021, 1, 1, tzinfo=UTC)
    vote.do(LetterSent(kind="opening", dated=date(2020, 3, 5), snapshot=vote.snapshot()))
    vote.do(ResultAnnounced(announced_at=datetime.fromisoformat(announced)))
    assert vote.state.window.opens.latest == datetime.fromisoformat(opened_by)


# A deadline that the letter prints


def printed(story: Begin, closes: datetime, *, opens: Any = FRIDAY, rules: Procedure = BOTH) -> Any:
    vote = story(rules, times="documented")
    vote.now = OPENING + timedelta(days=30)
    vote.do(LetterSent(kind="opening", opens_at=opens, closes_at=closes, snapshot=vote.snapshot()))
    return vote


MONDAY = OPENING + timedelta(days=3)
COMPARED = "the deadline in the letter, 2020-03-30 14:00:00-04, "


@pytest.mark.parametrize(
    ("rules", "severity", "says"),
    [
        (BOTH, "flag", "if the hours are counted so: working days; not if they are counted so: elapsed"),
        (council("elapsed"), "flag", "is not the one that follows from the opening"),
        (council("working_days"), "note", "agrees with the one that follows from the opening"),
    ],
)
def test_a_printed_deadline_is_the_deadline_and_is_compared_once(
    story: Begin, rules: Procedure, severity: str, says: str
) -> None:
    vote = printed(story, MONDAY, rules=rules)
    assert vote.state.window.closes_at == MONDAY
    vote.reply("BEL", received_at=MONDAY)
    assert vote.verdict().placement == "inside"
    (found,) = of_kind(vote, "deadline_printed")
    assert (found.clause, found.severity) == ("window", severity)
    assert found.text.startswith(COMPARED)
    assert found.text.endswith(says)
    assert not vote.state.contradictions
    assert not of_kind(vote, "late")


def test_what_comes_after_a_printed_deadline_is_late_however_hours_are_counted(story: Begin) -> None:
    vote = printed(story, MONDAY)
    vote.reply("BEL", received_at=MONDAY + timedelta(microseconds=1))
    (found,) = of_kind(vote, "late")
    assert (found.severity, found.text.startswith("received less than 1 s after the window closed")) == ("reject", True)


@pytest.mark.parametrize("times", ["live", "simulated"])
def test_a_live_votes_deadline_is_never_typed(story: Begin, times: str) -> None:
    vote = story(BOTH, times=times)
    with pytest.raises(Refused, match="the deadline follows from the opening and cannot be set"):
        vote.opens(closes_at=OPENING + timedelta(hours=24))


ROSTER: Roster = built_in_roster("unsc-2020")
HOURS = st.integers(0, 24 * 9)


@given(HOURS, HOURS, st.booleans())
def test_no_reading_of_the_hours_changes_what_a_documented_history_counts(opened: int, after: int, two: bool) -> None:
    """A reading is said; who replied and what was counted stay what the record says."""
    vote = Story(BOTH if two else council("elapsed"), ROSTER, times="documented")
    opens = OPENING + timedelta(hours=opened)
    vote.opens(opens)
    vote.now = opens + timedelta(hours=after)
    vote.reply("BEL", received_at=vote.now)
    assert tally(vote.state, as_if_closed=True).counts["in_favour"] == 1
    found = {finding.kind: finding for finding in vote.raised() if finding.kind in {"late", "counted_otherwise"}}
    assert len(found) <= 1
    if vote.verdict().placement == "late":
        otherwise = vote.state.counted("working_days").window.place(vote.state.span(vote.now))
        assert found["late"].severity == ("flag" if two and otherwise != "late" else "reject")


GRADES = ("note", "flag", "reject")


@given(HOURS, HOURS)
def test_a_letter_that_is_silent_on_the_counting_makes_no_finding_graver(opened: int, after: int) -> None:
    """Less evidence, never a stronger verdict."""

    def graded(counting: Counted | None) -> dict[str, int]:
        vote = Story(BOTH, ROSTER, times="documented")
        opens = OPENING + timedelta(hours=opened)
        vote.opens(opens, counting=counting)
        vote.now = opens + timedelta(hours=after)
        vote.reply("BEL", received_at=vote.now, dated=vote.now.date())
        vote.do(ResultAnnounced(announced_at=vote.now, outcome="not_adopted"))
        about = {"late", "dated", "announced_late"}
        return {each.kind: GRADES.index(each.severity) for each in vote.raised() if each.kind in about}

    silent, said = graded(None), graded("elapsed")
    assert all(grade <= said[kind] for kind, grade in silent.items())
