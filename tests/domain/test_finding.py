"""What an auditor would raise: one finding a fact, each by its clause, and the real case to the last of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from paths import REAL_CASE

from inblue.domain.acts import Act, ClericalErrorCorrected, ExplanationFiled, LetterSent, ReplyRejected
from inblue.domain.case import Case
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated
from inblue.domain.finding import Finding
from inblue.domain.findings import findings
from inblue.domain.procedure import Procedure, built_in_procedure

Begin = Callable[..., Any]
HOUR = timedelta(hours=1)


def clauses(found: list[Finding]) -> list[str | None]:
    return [finding.clause for finding in found]


def about(found: list[Finding], text: str) -> Finding:
    (one,) = [finding for finding in found if text in finding.text]
    return one


@pytest.fixture
def real(story: Begin) -> Any:
    """The real case, read as it is, long after."""
    case = Case.read(REAL_CASE.read_bytes(), where="case")
    vote = story(case.procedure, case.the_roster(), times="documented")
    vote.now += timedelta(days=2000)
    for step in case.steps(vote.rules.sha256)[1:]:
        act: Act = step.act
        if isinstance(act, LetterSent) and act.kind == "opening":
            act = act.model_copy(update={"snapshot": vote.snapshot(case.president)})
        vote.do(act)
    return vote


def test_the_real_case_raises_exactly_what_its_annexes_show(real: Any) -> None:
    found = findings(real.state)
    assert {(finding.member, finding.clause) for finding in found if finding.reply} == {
        *((member, "dated") for member in ("IDN", "DEU", "FRA", "GBR", "VCT", "VNM")),
        *((member, "office") for member in ("DOM", "DEU")),
        ("NER", "form"),
        ("USA", "addressee"),
        ("CHN", None),
    }
    told = [(finding.clause, finding.severity, finding.text) for finding in found if not finding.reply]
    assert told == [
        ("acknowledgement", "note", "the source carries no acknowledgements: not judged for 15 replies"),
        ("statements", "note", "when the statements of CHN, IDN, RUS, VCT were filed is not on record"),
        ("window", "flag", "the hour at which the window opened is not on record"),
        ("notice", "note", "no notice is on record of the opening in the programme of work"),
        (None, "note", "the President (CHN) puts to the vote a draft that it sponsors, and votes on it"),
        ("window", "note", "no act closes the vote; the announcement implies it"),
        ("tally", "note", "no circulated tally is on record"),
        ("announcement", "note", "whether it was announced within 12 hours of the close cannot be judged"),
        ("presidency", "note", "by whom is not on record: announcement"),
    ]


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("CHN", "says that an explanation is enclosed; the enclosure is not on record; a statement was filed"),
        ("CHN", "sent to the President by the President's own delegation"),
        ("DOM", "signed as special envoy (the heading says representative); asked for: permanent representative or"),
        ("DEU", "signed as deputy permanent representative (the heading says chargé d'affaires)"),
        ("DEU", "dated 2020-03-30, after any 24 hours counted from the opening letter's date, 2020-03-27"),
        ("NER", "a note verbale, unsigned, naming no signatory; the procedure asks for a letter"),
        ("USA", "addressed to the Secretary-General of the Security Council"),
    ],
)
def test_the_quirks_of_the_real_replies_are_told(real: Any, member: str, text: str) -> None:
    assert about(real.raised(member), text).reply == 1


def test_no_fact_is_raised_twice_and_every_clause_is_the_procedures(real: Any) -> None:
    found = findings(real.state)
    assert len({(finding.member, finding.clause, finding.text) for finding in found}) == len(found)
    assert {finding.clause for finding in found} <= {clause.id for clause in real.rules.clauses} | {None}
    assert all("\n" not in finding.text for finding in found)


@pytest.mark.parametrize(
    ("paper", "raised"),
    [
        ({}, []),
        ({"form": "note_verbale"}, [("form", "flag")]),
        ({"form": "note_verbale", "signed": False, "office": None}, [("form", "flag")]),
        ({"signed": False}, [("signature", "flag")]),
        ({"signed": None}, [("signature", "note")]),
        ({"office": None}, [("office", "note")]),
        ({"office": "charge_d_affaires"}, []),
        ({"office": "deputy_permanent_representative"}, [("office", "flag")]),
        ({"addressee": "director_scad"}, []),
        ({"addressee": "pope"}, [("addressee", "note")]),
        ({"addressee": None}, []),
        ({"dated": date(2020, 3, 26)}, [("dated", "flag")]),
        ({"dated": date(2020, 3, 27)}, []),
        ({"dated": date(2020, 3, 28)}, []),
        ({"dated": date(2020, 3, 29)}, [("dated", "flag")]),
        ({"signed": False, "office": "attache"}, [("signature", "flag"), ("office", "flag")]),
    ],
)
def test_each_flaw_of_a_paper_is_one_finding(
    story: Begin, paper: dict[str, Any], raised: list[tuple[str, str]]
) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL", **paper)
    vote.acknowledge("BEL")
    assert [(finding.clause, finding.severity) for finding in vote.raised("BEL")] == raised


@pytest.mark.parametrize(
    ("after", "text"),
    [
        ({"hours": 24, "microseconds": 1}, "received less than 1 s after the window closed"),
        ({"hours": 24, "seconds": 42}, "received 42 s after the window closed"),
        ({"hours": 29, "minutes": 3}, "received 5 h 3 min after the window closed"),
        ({"hours": 72}, "received 2 d after the window closed"),
        ({"minutes": -7}, "received 7 min before the window opened"),
    ],
)
def test_how_late_or_early_is_said(story: Begin, after: dict[str, float], text: str) -> None:
    vote = story().opens()
    opened = vote.now
    vote.now = opened + max(timedelta(**after), HOUR)
    vote.reply("BEL", received_at=opened + timedelta(**after))
    (first, *_) = vote.raised("BEL")
    assert (first.text, first.severity) == (text, "reject")


def test_where_the_last_instant_is_late_it_is_said_so(story: Begin) -> None:
    data = built_in_procedure("unsc-2020-253").json_value()
    window = {"clause": "window", "fixed_by": "procedure", "hours": 24, "at_close": "late"}
    vote = story(Procedure.of({**data, "window": window}, where="test")).opens().at(hours=24)
    vote.reply("BEL")
    assert vote.verdict().placement == "late"
    assert vote.raised("BEL")[0].text == "received at the very instant of closing"


def test_entering_a_reply_long_after_it_came_is_raised_at_the_first_microsecond(story: Begin) -> None:
    vote = story().opens().at(hours=2)
    vote.reply("BEL", received_at=vote.now - timedelta(minutes=15))
    vote.reply("FRA", received_at=vote.now - timedelta(minutes=15, microseconds=1))
    assert "registration" not in clauses(vote.raised("BEL"))
    assert about(vote.raised("FRA"), "entered 15 min after it arrived; the procedure allows 15 min").severity == "flag"


def test_an_opening_entered_late_is_raised(story: Begin) -> None:
    vote = story()
    opened = vote.now
    vote.now = opened + timedelta(minutes=16)
    given = {"snapshot": vote.snapshot(), "programme_of_work": False, "sha256": "ab" * 32}
    vote.do(LetterSent(kind="opening", opens_at=opened, **given))
    assert about(vote.raised(), "the opening was entered 16 min after the instant it gives").clause == "registration"
    assert about(vote.raised(), "there was no notice of the opening").clause == "notice"


@pytest.mark.parametrize(
    ("explanation", "filed", "text"),
    [
        ("announced", False, "announces an explanation; none is on record"),
        ("none_stated", True, "states that there is no explanation; one was filed all the same"),
        ("enclosed", False, "says that an explanation is enclosed; the enclosure is not on record"),
        ("announced", True, None),
        ("none_stated", False, None),
        ("silent", True, None),
    ],
)
def test_what_a_reply_says_of_an_explanation_is_compared_with_what_was_filed(
    story: Begin, explanation: str, filed: bool, text: str | None
) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL", explanation=explanation)
    vote.acknowledge("BEL")
    if filed:
        vote.do(ExplanationFiled(member="BEL", filed_at=vote.now))
    assert [finding.text for finding in vote.raised("BEL")] == ([text] if text else [])


@pytest.mark.parametrize(("hours", "late"), [(27, False), (27.5, True)])
def test_statements_are_due_three_hours_after_the_close(story: Begin, hours: float, late: bool) -> None:
    vote = story().opens().closes(hours=26).at(hours=hours)
    vote.do(ExplanationFiled(member="BEL", filed_at=vote.now))
    assert ("statements" in clauses(vote.raised("BEL"))) == late


@pytest.mark.parametrize(("hours", "late"), [(36, False), (36.5, True)])
def test_the_result_is_due_twelve_hours_after_the_close(story: Begin, hours: float, late: bool) -> None:
    vote = story().opens().closes(hours=25).at(hours=hours).announces()
    raised = [finding for finding in vote.raised() if finding.clause == "announcement"]
    assert [finding.text for finding in raised] == (["announced 30 min after the 12 hours that were allowed"] * late)


def test_a_tally_that_the_replies_do_not_come_to_is_raised_once(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.closes()
    vote.do(TallyCirculated(counts={"in_favour": 1, "absent": 14}))
    assert not [finding for finding in vote.raised() if finding.clause == "tally"]
    vote.reply("FRA", received_at=vote.now - HOUR)
    text = "the circulated tally, in favour 1, absent 14, is not what the replies on record come to"
    assert about(vote.raised(), text).clause == "tally"
    forced = story().opens().closes()
    forced.force(TallyCirculated(counts={"in_favour": 15}))
    assert len([finding for finding in forced.raised() if "counts" in finding.text or "tally" in finding.text]) == 1


def test_a_documented_tally_or_result_against_the_replies_is_raised(story: Begin) -> None:
    vote = story(times="documented", replies="complete")
    vote.do(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=vote.snapshot()))
    vote.now += timedelta(days=2000)
    vote.reply("BEL", received_at=None)
    vote.do(ResultAnnounced(outcome="adopted", announced_at=date(2020, 3, 30)))
    vote.do(TallyCirculated(counts={"in_favour": 15}))
    assert about(vote.raised(), "announced as adopted; by the rules the outcome is not_adopted").clause == "majority"
    assert about(vote.raised(), "the circulated tally, in favour 15").clause == "tally"


def test_a_documented_late_reply_counts_unless_the_record_rejects_it(story: Begin) -> None:
    vote = story(times="documented", replies="complete")
    opened = vote.now
    pinned = vote.snapshot(counting="elapsed")
    vote.do(LetterSent(kind="opening", opens_at=opened, counting="elapsed", snapshot=pinned))
    vote.now += timedelta(days=2000)
    vote.reply("BEL", received_at=opened + 30 * HOUR)
    assert vote.tally.counts["in_favour"] == 1
    assert vote.raised("BEL")[0].text == "received 6 h after the window closed; counted on the record all the same"
    vote.reply("BEL", "against", received_at=opened + HOUR)
    assert about(vote.raised("BEL"), "a second reply of BEL, with another position; the first stands").reply == 1
    vote.do(ReplyRejected(member="BEL", clause="late", reason="it came after the 24 hours"))
    assert vote.tally.counts == {"in_favour": 0, "against": 1, "abstention": 0, "absent": 14}
    assert vote.raised("BEL")[0].text == "received 6 h after the window closed"


def test_a_documented_rejection_that_nothing_bears_out_is_raised(story: Begin) -> None:
    vote = story(times="documented")
    opened = vote.now
    vote.do(LetterSent(kind="opening", opens_at=opened, snapshot=vote.snapshot()))
    vote.now += timedelta(days=2000)
    vote.reply("BEL", received_at=opened + HOUR)
    vote.do(ReplyRejected(member="BEL", clause="late", reason="said to be late"))
    assert (
        about(vote.raised("BEL"), "rejected, for: said to be late; nothing on record bears that out").clause == "late"
    )
    assert vote.tally.counts["in_favour"] == 0


def test_a_letter_dated_within_a_window_that_opened_on_a_later_day_is_not_late(story: Begin) -> None:
    vote = story(times="documented")
    opening: Any = {"dated": date(2020, 3, 27), "opens_at": date(2020, 3, 29)}
    vote.do(LetterSent(kind="opening", snapshot=vote.snapshot(), **opening))
    vote.now += timedelta(days=2000)
    for member, day, offends in (("BEL", 29, False), ("FRA", 30, False), ("DEU", 31, True), ("EST", 28, True)):
        vote.reply(member, received_at=None, dated=date(2020, 3, day))
        assert ("dated" in clauses(vote.raised(member))) == offends, day


def test_a_correction_stays_in_view(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL", signed=False)
    slip: Any = {"field": "instrument.signed", "was": False, "now": True, "reason": "the second page was overlooked"}
    vote.do(ClericalErrorCorrected(member="BEL", corrected_at=vote.now, **slip))
    text = "instrument.signed corrected from false to true: the second page was overlooked"
    assert about(vote.raised("BEL"), text).clause is None
    assert "signature" not in clauses(vote.raised("BEL"))


def test_replies_without_an_opening_are_raised_with_it(story: Begin) -> None:
    vote = story()
    assert vote.raised() == []
    vote.reply("BEL")
    assert about(vote.raised(), "no opening letter is on record").clause == "opening"
