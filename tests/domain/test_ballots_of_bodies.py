"""Votes of other bodies, counted by hand and run act by act under the procedures that are shipped or sketched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from paths import ROOT
from shipped_votes import START, ended, opened, refusal
from stories import Story

from inblue.domain.acts import WindowChanged
from inblue.domain.ballot import Answer
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.optional_acts import FactRecorded
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, Seat, built_in_roster, shipped_names
from inblue.domain.tally import outcome_of

SHIPPED = shipped_names("procedures")


def rules(name: str) -> Procedure:
    if name in SHIPPED:
        return built_in_procedure(name)
    path = ROOT / "examples" / "sketches" / f"{name}.json"
    return Procedure.read(path.read_bytes(), where=name)


def seats(*members: str, groups: dict[str, tuple[str, ...]] | None = None, **weights: list[int]) -> Roster:
    """Seats of those members, with the weights in their order, and each in the groups that name it."""
    listed = [
        Seat(
            member=member,
            weights={name: each[place] for name, each in weights.items()},
            groups=tuple(name for name, inside in (groups or {}).items() if member in inside),
        )
        for place, member in enumerate(members)
    ]
    return Roster(name="of a ballot", members=tuple(listed))


def vote(name: str, roster: Roster, question: str | None = None, **given: Any) -> Story:
    return opened(rules(name), question, roster=roster, **given)


def cast(story: Story, **positions: str | None) -> Story:
    """A reply of each member, a minute apart; None takes no position, and ``withdraws`` takes the earlier ones back."""
    for member, position in positions.items():
        story.now += timedelta(minutes=1)
        says = {"says": "withdraws"} if position == "withdraws" else {}
        story.reply(member, None if says else position, form="e_mail", reasons=None if says else True, **says)
    return story


def wait(story: Story, until: datetime) -> Story:
    story.now = until
    return story


def closed(story: Story, at: datetime | None = None) -> str:
    """The outcome once it is closed, after its window unless another instant is given."""
    story.now = at or ended(story)
    chosen = story.rules.window.fixed_by == "closing"
    story.do(VotingClosed(closed_at=None if chosen else story.now))
    return story.tally.outcome


def counted(name: str, roster: Roster, question: str | None = None, **positions: str) -> str:
    return closed(cast(vote(name, roster, question), **positions))


STATES = tuple(built_in_roster("unga-74").ids[:54])


def test_ecosoc_consents_by_silence_and_is_broken_by_one() -> None:
    assert closed(vote("ecosoc-2020-205", seats(*STATES))) == "adopted"
    broken = cast(vote("ecosoc-2020-205", seats(*STATES)), **{STATES[0]: "objection"})
    assert refusal(broken, VotingClosed(closed_at=broken.now)) == "window"
    assert closed(broken) == "not_adopted"


def test_an_amendment_breaks_silence_in_the_osce_and_the_vote_may_be_closed_at_once() -> None:
    members = seats("AUT", "BEL", "CAN", "USA")
    story = cast(vote("osce-pc-silence", members), CAN="amendment")
    assert closed(story, story.now) == "silence_broken"
    unbroken = vote("osce-pc-silence", members)
    unbroken.now += timedelta(hours=2)
    assert refusal(unbroken, VotingClosed(closed_at=unbroken.now)) == "window"
    assert closed(unbroken) == "adopted"


def test_an_ally_lifts_its_objection_within_an_extended_silence() -> None:
    story = cast(vote("nato-silence", seats("BEL", "FRA", "USA")), BEL="objection")
    later = (story.state.window.closes_at or START) + timedelta(days=1)
    story.do(WindowChanged(closes_at=later, changed_at=story.now))
    assert closed(cast(story, BEL="withdraws")) == "adopted"


POPULATIONS = {
    "DEU": 8346, "FRA": 6843, "ITA": 5897, "ESP": 4906, "POL": 3653, "ROU": 1907, "NLD": 1794, "BEL": 1180,
    "CZE": 1089, "SWE": 1055, "PRT": 1064, "GRC": 1039, "HUN": 958, "AUT": 916, "BGR": 645, "DNK": 596, "FIN": 560,
    "SVK": 542, "IRL": 534, "HRV": 386, "LTU": 286, "SVN": 212, "LVA": 187, "EST": 137, "CYP": 92, "LUX": 67,
    "MLT": 56,
}  # fmt: skip
"""Roughly, in ten thousands; from memory."""


@pytest.mark.parametrize(
    ("against", "abstaining", "outcome"),
    [
        ({"DEU", "FRA", "ITA"}, set(), "adopted"),  # three block nothing, though they have more than 35 %
        ({"DEU", "FRA", "ITA", "MLT"}, set(), "not_adopted"),
        (set(list(POPULATIONS)[14:]), set(), "not_adopted"),  # thirteen small ones
        ({"DEU", "FRA", "ITA"}, {"MLT"}, "not_adopted"),  # an abstention is not in favour
    ],
)
def test_a_qualified_majority_of_the_council(against: set[str], abstaining: set[str], outcome: str) -> None:
    roster = seats(*POPULATIONS, population=list(POPULATIONS.values()))
    story = vote("eu-council-12-1", roster, "on_a_proposal")
    for member in POPULATIONS:
        story.now += timedelta(minutes=1)
        position = "against" if member in against else "abstention" if member in abstaining else "in_favour"
        story.reply(member, position, answers=(Answer(question="use", position="agree"),))
    assert closed(story) == outcome


SHARES = seats("A", "B", "C", votes=[500, 300, 200])
UK = "uk-ca-2006-written-resolution"


def test_an_ordinary_resolution_passes_with_the_first_share_over_half() -> None:
    story = cast(vote(UK, SHARES, "ordinary"), A="agree")
    assert refusal(story, VotingClosed(closed_at=story.now)) == "window"  # exactly half is not a majority
    cast(story, C="agree")
    assert closed(story, story.now) == "passed"
    assert counted(UK, SHARES, "ordinary", A="agree") == "lapsed"


def test_a_special_resolution_passes_with_four_fifths_and_stays_passed() -> None:
    story = cast(vote(UK, SHARES, "special"), A="agree", B="agree")
    assert closed(story, story.now) == "passed"
    late = cast(vote(UK, SHARES, "special"), A="agree", B="agree")
    decided = late.now
    cast(wait(late, START + timedelta(days=20)), C="agree")
    assert closed(late) == "passed"
    span = late.tally.decided_at
    assert span is not None
    assert span.earliest == decided


def test_twenty_eight_days_begin_with_the_day_of_circulation() -> None:
    story = vote(UK, SHARES, "ordinary", at=datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    assert story.state.window.closes_at == datetime(2026, 3, 29, 22, 59, 59, 999_999, tzinfo=UTC)
    cast(story, A="agree")
    cast(wait(story, datetime(2026, 3, 30, 10, 0, tzinfo=UTC)), B="agree")
    assert story.verdict().placement == "late"
    assert closed(story, datetime(2026, 3, 30, 11, 0, tzinfo=UTC)) == "lapsed"


def test_agreement_once_signified_counts_whatever_comes_after() -> None:
    story = cast(vote(UK, SHARES, "special"), A="agree")
    cast(story, A="withdraws")
    cast(story, A=None)
    assert closed(cast(story, B="agree")) == "passed"


EUROS = seats("A", "B", "C", euro=[500, 300, 200])


def test_shareholders_of_a_gmbh_all_agree_or_agree_to_vote_in_writing() -> None:
    gmbh = "gmbhg-48-2"
    assert counted(gmbh, EUROS, "zustimmung", A="ja", B="ja", C="ja") == "angenommen"
    consent, refuse = (
        Answer(question="schriftlich", position=each) for each in ("einverstanden", "nicht_einverstanden")
    )

    def in_writing(*replies: tuple[str, str, Answer]) -> str:
        story = vote(gmbh, EUROS, "abstimmung")
        for member, position, answer in replies:
            story.now += timedelta(minutes=1)
            story.reply(member, position, form="e_mail", answers=(answer,))
        return closed(story)

    assert in_writing(("A", "ja", consent), ("B", "nein", consent), ("C", "enthaltung", consent)) == "angenommen"
    assert in_writing(("A", "ja", consent), ("B", "ja", consent)) == "abgelehnt"
    assert in_writing(("A", "ja", consent), ("B", "ja", consent), ("C", "ja", refuse)) == "abgelehnt"


P_MEMBERS = ("ANSI", "BSI", "DIN", "AFNOR", "JISC", "SAC")
BODIES = seats(*P_MEMBERS, "SIS", "NEN", "UNI", "ABNT", groups={"p_members": P_MEMBERS})


def test_a_draft_standard_needs_two_thirds_of_p_members_and_not_a_quarter_against() -> None:
    for_it = {"ANSI": "in_favour", "BSI": "in_favour"}
    assert (
        counted("iso-dis", BODIES, **for_it, DIN="against", AFNOR="abstention", SIS="in_favour") == "approved"
    )  # 2 of 3 P-members; 1 of 4 against
    assert counted("iso-dis", BODIES, **for_it, SIS="against", NEN="against") == "disapproved"


def test_a_negative_vote_without_reasons_is_excluded_by_rule() -> None:
    story = cast(vote("iso-dis", BODIES), ANSI="in_favour", BSI="in_favour")
    for member in ("DIN", "AFNOR"):
        story.now += timedelta(minutes=1)
        story.reply(member, "against", reasons=False)
    assert closed(story) == "approved"


def iso(p_for: int, p_against: int, others_for: int, others_against: int, abstaining: int = 0) -> str:
    """A ballot with these numbers of P-members and others; the sources name no member of it."""
    names = [f"P{n}" for n in range(p_for + p_against)] + [f"O{n}" for n in range(others_for + others_against)]
    names += [f"A{n}" for n in range(abstaining)]
    roster = seats(*names, groups={"p_members": tuple(n for n in names if n.startswith("P"))})
    positions = ["in_favour"] * p_for + ["against"] * p_against
    positions += ["in_favour"] * others_for + ["against"] * others_against + ["abstention"] * abstaining
    return counted("iso-dis", roster, **dict(zip(names, positions, strict=True)))


def test_dis_29500_failed_and_passed_and_dis_26000_passed_narrowly() -> None:
    """Printed counts: 24 of 32 P-members, 10 negative of 71; then 56 to 15 of P-members, 60 to 18 of all."""
    assert iso(17, 15, 34, 3) == "disapproved"
    assert iso(24, 8, 37, 2, abstaining=16) == "approved"
    assert iso(56, 15, 4, 3, abstaining=8) == "approved"
    assert iso(54, 17, 4, 3, abstaining=8) == "disapproved"  # had two of the sixty voted against


DIRECTORS = tuple(f"AD{n}" for n in range(15))


def test_a_discuss_blocks_a_document_until_it_is_cleared() -> None:
    story = cast(vote("iesg-ballot", seats(*DIRECTORS), "standards_track"), AD0="yes")
    cast(story, **dict.fromkeys(DIRECTORS[1:9], "no_objection"))
    cast(story, AD9="discuss", AD10="recuse")
    assert outcome_of(story.state) == "needs_positions"
    cast(story, AD11="no_objection")
    assert outcome_of(story.state) == "discuss"
    cast(story, AD9="no_objection")
    assert closed(story) == "enough_to_pass"


def test_a_discuss_without_text_is_a_finding_and_counts() -> None:
    story = vote("iesg-ballot", seats(*DIRECTORS), "other")
    story.now += timedelta(minutes=1)
    story.reply("AD1", "discuss", reasons=False)
    assert "discuss_text" in {finding.clause for finding in story.raised("AD1")}
    assert closed(cast(story, AD0="yes")) == "discuss"


def test_an_alternate_ballot_with_ten_of_fifteen_and_two_no() -> None:
    ten, two = dict.fromkeys(DIRECTORS[:10], "yes"), dict.fromkeys(DIRECTORS[10:12], "no")
    assert counted("iesg-alternate-ballot", seats(*DIRECTORS), **ten, **two) == "approved"


def test_an_area_director_whose_seat_ends_is_not_counted_at_the_close() -> None:
    roster = seats(*DIRECTORS)
    ends = roster.members[1].model_copy(update={"until": (START + timedelta(days=5)).date()})
    roster = roster.model_copy(update={"members": (roster.members[0], ends, *roster.members[2:])})
    story = cast(vote("iesg-alternate-ballot", roster), **dict.fromkeys(DIRECTORS[1:11], "yes"))
    assert closed(story, START + timedelta(days=10)) == "blocked"  # nine of fourteen
    in_time = cast(vote("iesg-alternate-ballot", roster), **dict.fromkeys(DIRECTORS[1:11], "yes"))
    assert closed(in_time, START + timedelta(days=2)) == "approved"  # ten of fifteen


def test_debian_has_more_than_three_to_one_also_of_nobody_against() -> None:
    for_it, against = dict.fromkeys(DIRECTORS[:10], "option"), dict.fromkeys(DIRECTORS[10:13], "further_discussion")
    assert counted("debian-gr-one-option", seats(*DIRECTORS), **for_it, **against) == "adopted"
    assert counted("debian-gr-one-option", seats(*DIRECTORS), **dict.fromkeys(DIRECTORS, "option")) == "adopted"


PMC = tuple(f"P{n}" for n in range(7))
APACHE = Roster(name="pmc", members=(*seats(*PMC).members, Seat(member="contributor", advisory=True)))


def test_an_apache_release_has_no_veto_and_a_code_modification_has() -> None:
    plus, minus = dict.fromkeys(PMC[:3], "plus_one"), dict.fromkeys(PMC[3:5], "minus_one")
    assert counted("apache-voting", APACHE, "release", **plus, **minus) == "passed"
    six = dict.fromkeys(PMC[:6], "plus_one")
    assert counted("apache-voting", APACHE, "code_modification", **six, P6="minus_one") == "vetoed"


def test_a_vote_after_eighty_hours_counts_while_the_vote_is_open() -> None:
    story = cast(vote("apache-voting", APACHE, "procedural"), P0="plus_one", P1="plus_one")
    assert closed(cast(wait(story, START + timedelta(hours=80)), P2="plus_one")) == "passed"
    release = cast(vote("apache-voting", APACHE, "release"), P0="plus_one", P1="plus_one")
    assert closed(cast(wait(release, START + timedelta(hours=80)), P2="plus_one")) == "passed"


def test_a_veto_without_a_justification_has_no_weight_and_one_can_be_withdrawn() -> None:
    story = cast(vote("apache-voting", APACHE, "code_modification"), **dict.fromkeys(PMC[:3], "plus_one"))
    story.reply("P6", "minus_one", reasons=False)
    assert closed(story) == "passed"
    story = cast(vote("apache-voting", APACHE, "code_modification"), **dict.fromkeys(PMC[:3], "plus_one"))
    assert closed(cast(cast(story, P6="minus_one"), P6="withdraws")) == "passed"
    release = cast(vote("apache-voting", APACHE, "release"), **dict.fromkeys(PMC[:3], "plus_one"))
    for member in PMC[3:6]:  # three to three: they need no reasons to count
        release.now += timedelta(minutes=1)
        release.reply(member, "minus_one", form="e_mail", reasons=False)
    assert closed(release) == "not_passed"


def test_an_advisory_vote_is_kept_and_not_counted() -> None:
    story = cast(vote("apache-voting", APACHE, "release"), P0="plus_one", P1="plus_one", contributor="plus_one")
    assert closed(story) == "not_passed"
    assert sum(story.tally.counts.values()) == len(PMC)


def test_a_review_is_changed_and_a_formal_objection_is_overruled() -> None:
    story = cast(vote("w3c-ac-review", seats(*PMC)), P1="formal_objection")
    assert closed(cast(story, P1="support")) in {"adopted", "open"}  # the Team has not decided
    for fact in ("rejected_by_the_team", "returned_by_the_team"):
        story.do(FactRecorded(fact=fact, status="missing", established_at=story.now))
    assert story.tally.outcome == "adopted"
    objected = cast(vote("w3c-ac-review", seats(*PMC)), P0="support", P1="formal_objection")
    objected.now = ended(objected)
    objected.do(VotingClosed(closed_at=objected.now))
    for fact in ("rejected_by_the_team", "returned_by_the_team"):
        objected.do(FactRecorded(fact=fact, status="missing", established_at=objected.now))
    objected.do(FactRecorded(fact="objections_overruled", status="present", established_at=objected.now))
    objected.do(ResultAnnounced(announced_at=objected.now, outcome="adopted"))
    assert objected.tally.outcome == "adopted"


TONNAGE = {"PAN": 20, "LBR": 19, "MHL": 16, "HKG": 12, "SGP": 8, "MLT": 7, "CHN": 7, "BHS": 5, "GRC": 3, "JPN": 3}
FLEETS = seats(*TONNAGE, percent_of_world_tonnage=list(TONNAGE.values()))


@pytest.mark.parametrize(
    ("objecting", "outcome"),
    [
        ("PAN LBR MHL", "not_accepted"),  # three of ten, 55 % of the tonnage
        ("JPN GRC BHS", "accepted"),
        ("JPN GRC BHS CHN", "not_accepted"),  # four of ten
    ],
)
def test_an_amendment_of_solas_falls_by_governments_or_by_tonnage(objecting: str, outcome: str) -> None:
    assert counted("imo-solas-viii-b", FLEETS, **dict.fromkeys(objecting.split(), "objection")) == outcome


def test_an_objection_to_solas_is_withdrawn_and_a_period_may_be_two_years() -> None:
    two_years = datetime(2028, 3, 2, 9, 0, tzinfo=UTC)
    story = cast(
        vote("imo-solas-viii-b", FLEETS, closes_at=two_years), PAN="objection", LBR="objection", MHL="objection"
    )
    assert closed(cast(story, PAN="withdraws")) == "accepted"


def test_two_to_one_with_an_abstention_is_a_vote_by_correspondence() -> None:
    two_to_one = {"P0": "in_favour", "P1": "in_favour", "P2": "against", "P3": "abstention"}
    assert counted("wmo-ec-correspondence", seats(*PMC), **two_to_one) == "adopted"


def test_a_hold_lapses_after_six_months_and_holidays_are_not_working_days() -> None:
    council = built_in_roster("unsc-2026")
    opens = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    story = vote("unsc-sanctions-no-objection", Roster(name="c", members=council.members), at=opens)
    assert story.state.window.closes_at == datetime(2026, 12, 2, 15, 0, tzinfo=UTC)  # without Thanksgiving: 1 December
    cast(story, USA="hold")
    longer = story.now + timedelta(days=182)
    story.do(WindowChanged(closes_at=longer, changed_at=story.now))
    assert closed(story) == "agreed"
    shorter = cast(vote("unsc-sanctions-no-objection", Roster(name="c", members=council.members), at=opens), USA="hold")
    assert closed(shorter) == "not_agreed"


COMMITTEE = seats(*(f"G{n}" for n in range(7)), *(f"B{n}" for n in range(5)))


def test_seven_of_twelve_approve_and_an_action_that_is_never_ratified_is_void() -> None:
    seven = {f"G{n}": "approve" for n in range(7)}
    story = cast(vote("fomc-272-4-b", COMMITTEE), **seven)
    assert closed(story, story.now) == "approved"
    story.do(FactRecorded(fact="ratified_where_needed", status="missing", established_at=story.now))
    assert story.tally.outcome == "null_and_void"


def test_a_director_revokes_and_consents_again() -> None:
    story = cast(vote("dgcl-141-f", seats("A", "B", "C")), A="consent", B="consent")
    cast(story, B="withdraws")
    assert outcome_of(story.state) == "not_taken"
    story.now += timedelta(minutes=1)
    story.reply("B", "consent", form="letter")
    assert closed(cast(story, C="consent"), story.now + timedelta(minutes=2)) == "taken"


def test_a_consent_takes_effect_later() -> None:
    story = cast(vote("dgcl-141-f", seats("A", "B")), A="consent")
    story.now += timedelta(minutes=1)
    story.reply("B", "consent", effective_at=story.now + timedelta(days=30))
    assert closed(story, story.now + timedelta(days=10)) == "not_taken"
    again = cast(vote("dgcl-141-f", seats("A", "B")), A="consent")
    again.now += timedelta(minutes=1)
    again.reply("B", "consent", effective_at=again.now + timedelta(days=30))
    assert closed(again, again.now + timedelta(days=31)) == "taken"
