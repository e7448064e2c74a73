"""Who votes: dated seats and the instant that fixes them, former members, advisory seats, changes by act."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from committee import Committee, body, seats
from hypothesis import given
from hypothesis import strategies as st
from stories import OPENING

from inblue.domain.acts import EntryVoided, LetterSent
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import built_in_roster
from inblue.domain.tally import outcome_of
from inblue.domain.validity import standing

DAY = timedelta(days=1)
BY_CLOSE = {"clause": "seats", "fixed": "close", "changes": "changes"}
STANDS = {**BY_CLOSE, "former": "stands"}


def day(after: int) -> str:
    return (OPENING + after * DAY).date().isoformat()


def voting(vote: Committee) -> list[str]:
    assert vote.state.roster is not None
    return list(vote.state.roster.ids)


def test_without_a_rule_on_it_the_roster_is_the_very_one_that_was_pinned(story: Any) -> None:
    vote = story().opens()
    assert vote.state.snapshot is not None
    assert vote.state.roster is vote.state.snapshot.roster
    vote = Committee(body(), seats("A", "B", "C"))
    assert vote.state.roster is vote.state.snapshot.roster  # type: ignore[union-attr]
    vote = Committee(body(electorate=BY_CLOSE), seats("A", "B", "C"))
    assert vote.state.roster is vote.state.snapshot.roster  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fixed", "seat", "votes"),
    [
        ("opening", {"until": day(1)}, True),  # a member with a seat at the opening votes to the end
        ("opening", {"from": day(1)}, False),
        ("opening", {"until": day(0)}, False),
        ("opening", {"from": day(0)}, True),
        ("close", {"until": day(1)}, False),
        ("close", {"from": day(1)}, True),
        ("close", {"from": day(4)}, False),
        ("close", {"until": day(4)}, True),
        ("close", {"until": day(3)}, False),  # until is the day after the last; the window closes on that day
    ],
)
def test_the_instant_that_the_procedure_names_fixes_who_votes(fixed: str, seat: dict[str, str], votes: bool) -> None:
    vote = Committee(body(electorate={"clause": "seats", "fixed": fixed}), seats("A", "B", {"member": "C", **seat}))
    assert voting(vote) == (["A", "B", "C"] if votes else ["A", "B"])
    assert "seat_not_in_force" not in vote.kinds()


def test_a_seat_that_is_not_in_force_at_the_opening_is_refused_without_such_a_rule() -> None:
    with pytest.raises(Refused, match="not in force"):
        Committee(body(), seats("A", {"member": "B", "from": day(1)}))


def test_an_opening_where_no_seat_votes_is_refused() -> None:
    for roster in (seats({"member": "A", "advisory": True}), seats({"member": "A", "from": day(9)})):
        with pytest.raises(Refused, match="no seat of the roster has a vote"):
            Committee(body(electorate={"clause": "seats"}), roster)


@pytest.mark.parametrize(("former", "counts"), [("stands", {"yes": 2}), ("falls", {"yes": 1})])
def test_what_becomes_of_a_reply_whose_seat_ends_before_the_close_is_for_the_procedure(
    former: str, counts: dict[str, int]
) -> None:
    rules = body(electorate={**BY_CLOSE, "former": former})
    vote = Committee(rules, seats("A", "B", {"member": "C", "until": day(1)}))
    vote.cast("A").cast("C").over()
    assert vote.tally.counts["yes"] == counts["yes"]
    assert sum(vote.tally.counts.values()) == counts["yes"] + 1  # B was silent; a former seat without a reply is none
    assert vote.kinds().count("former_seat") == 1
    assert not [act for act in vote.recorded if act.act.act == "reply_rejected"]


def test_a_former_member_that_sent_nothing_while_it_had_its_seat_is_not_a_silent_seat() -> None:
    vote = Committee(body(electorate=STANDS), seats("A", "B", {"member": "C", "until": day(1)})).cast("A")
    vote.at(days=2)
    vote.cast("C", "no")
    assert vote.state.replies[-1].rejections[0].act.clause == "members"
    assert "had ended when this came" in vote.state.replies[-1].rejections[0].act.reason
    assert voting(vote.over()) == ["A", "B"]
    assert vote.tally.counts == {"yes": 1, "no": 0, "abstain": 0, "no_vote": 1}


def test_a_former_member_that_took_its_reply_back_is_not_a_silent_seat_either() -> None:
    vote = Committee(body(electorate=STANDS), seats("A", "B", {"member": "C", "until": day(1)}))
    vote.cast("C").at(hours=1)
    vote.cast("C", None, says="withdraws").over()
    assert voting(vote) == ["A", "B"]


def test_a_reply_before_the_seat_began_does_not_count() -> None:
    vote = Committee(body(electorate=BY_CLOSE), seats("A", {"member": "B", "from": day(1)})).cast("B")
    assert "had not begun" in vote.state.replies[0].rejections[0].act.reason
    assert standing(vote.state) == {}
    vote.at(days=1).cast("B")
    assert [reply.ordinal for reply in standing(vote.state).values()] == [2]


def test_advisory_seats_are_on_record_and_in_no_base() -> None:
    roster = seats("A", "B", {"member": "ADVISER", "advisory": True})
    vote = Committee(body(), roster).cast("A").cast("ADVISER", "no").over()
    assert voting(vote) == ["A", "B"]
    assert vote.tally.counts == {"yes": 1, "no": 0, "abstain": 0, "no_vote": 1}
    assert vote.kinds().count("advisory") == 1
    assert "off_roster" not in vote.kinds()
    assert vote.verdict().placement == "inside"


def test_a_seat_ends_by_act_and_another_begins() -> None:
    vote = Committee(body(electorate=BY_CLOSE), seats("A", "B", "C")).cast("A").cast("B", "no")
    vote.at(days=1).change("B", "ends").change("D", "begins", groups=[])
    vote.at(days=1, hours=1).cast("D").over()
    assert voting(vote) == ["A", "C", "D"]
    assert vote.tally.counts == {"yes": 2, "no": 0, "abstain": 0, "no_vote": 1}
    assert vote.tally.outcome == "adopted"
    assert vote.kinds().count("electorate_changed") == 2
    (rests,) = [finding for finding in vote.raised() if finding.kind == "outcome_rests_on_seats"]
    assert rests.severity == "flag"
    assert "adopted; as pinned, not_adopted" in rests.text


def test_what_was_voided_of_it_never_happened() -> None:
    vote = Committee(body(electorate=BY_CLOSE), seats("A", "B")).cast("B")
    vote.change("B", "ends")
    assert voting(vote) == ["A"]
    vote.do(EntryVoided(number=len(vote.recorded) - 1, reason="it was of another vote"))
    assert voting(vote) == ["A", "B"]
    assert list(standing(vote.state)) == ["B"]
    assert "electorate_changed" not in vote.kinds()


REFUSED: list[tuple[dict[str, Any], str, str, dict[str, Any], str]] = [
    ({}, "B", "ends", {}, "no clause of the procedure lets a seat change"),
    ({"electorate": {"clause": "seats"}}, "B", "ends", {}, "no clause"),
    ({"electorate": BY_CLOSE}, "B", "ends", {"sha256": None}, "needs the paper"),
    ({"electorate": BY_CLOSE}, "X", "ends", {}, "X has no seat"),
    ({"electorate": BY_CLOSE}, "B", "begins", {}, "B has a seat already"),
]


@pytest.mark.parametrize(("more", "member", "change", "given_", "why"), REFUSED)
def test_a_change_of_seats_needs_a_clause_a_paper_and_a_seat(
    more: dict[str, Any], member: str, change: str, given_: dict[str, Any], why: str
) -> None:
    vote = Committee(body(**more), seats("A", "B"))
    with pytest.raises(Refused, match=why):
        vote.change(member, change, **given_)


def test_no_seat_changes_before_the_opening_or_after_the_close() -> None:
    vote = Committee(body(electorate=BY_CLOSE), seats("A", "B"), opened=False)
    with pytest.raises(Refused, match="voting is not open"):
        vote.change("B", "ends")
    vote.opens(OPENING).at(hours=72, seconds=1)
    with pytest.raises(Refused, match="the window is over"):
        vote.change("B", "ends")


def test_the_changes_of_one_seat_are_entered_in_their_order() -> None:
    vote = Committee(body(electorate=BY_CLOSE), seats("A", "B")).at(days=1).change("B", "ends")
    with pytest.raises(Refused, match="changed this seat later"):
        vote.change("B", "begins", changed_at=OPENING)


def test_a_seat_that_begins_fits_the_procedure() -> None:
    test = {"choices": ["yes"], "compare": "more_than", "share": "1/2", "weight": "shares"}
    weighed = [{"id": "m", "clause": "majority", "any_of": [test]}]
    rules = body(weighed, electorate=BY_CLOSE, groups=[{"id": "banks", "title": "banks"}])
    vote = Committee(rules, seats({"member": "A", "weights": {"shares": 5}}))
    with pytest.raises(Refused, match="shares"):
        vote.change("B", "begins")
    with pytest.raises(Refused, match="groups that the procedure does not have"):
        vote.change("B", "begins", weights={"shares": 1}, groups=["bank"])
    assert voting(vote.change("B", "begins", weights={"shares": 1}, groups=["banks"])) == ["A", "B"]


def test_rosters_that_the_procedure_cannot_mean_are_refused() -> None:
    test = {"choices": ["yes"], "compare": "more_than", "share": "1/2"}
    tie = {"clause": "majority", "casting": "chair"}
    casting = [{"id": "m", "clause": "majority", "tie": tie, "any_of": [test]}]
    rules = body(casting, groups=[{"id": "chair", "title": "chair"}])
    for roster, why in (
        (seats("A", "B"), "asks for seats of the group chair"),
        (seats(*({"member": m, "groups": ["chair"]} for m in "AB")), "has 2 seats of it"),
        (seats({"member": "A", "groups": ["chair", "char"]}), "groups that the procedure does not have: char"),
    ):
        with pytest.raises(Refused, match=why):
            Committee(rules, roster)


def test_where_the_instant_is_not_certain_it_is_said_and_never_silent() -> None:
    vote = Committee(body(electorate=BY_CLOSE), seats("A", "B", "C"), "documented", opened=False).at(days=20)
    vote.do(LetterSent(kind="opening", opens_at=OPENING.date(), snapshot=vote.snapshot()))
    vote.cast("A", received_at=OPENING).change("C", "ends", changed_at=day(3), sha256=None)
    assert "seat_undetermined" not in vote.kinds()
    vote.do(ResultAnnounced(announced_at=OPENING + 9 * DAY, outcome="adopted"))
    assert "seat_undetermined" in vote.kinds()
    assert voting(vote) == ["A", "B", "C"]


def test_alternates_reply_for_their_seat_and_nobody_else_does() -> None:
    rules = body(on_behalf={"clause": "behalf", "by": "alternates"})
    vote = Committee(rules, seats({"member": "A", "alternates": ["A2"]}, "B")).cast("A", by="A2").cast("B", by="A2")
    assert [finding.member for finding in vote.raised() if finding.kind == "on_behalf"] == ["B"]
    anybody = body(on_behalf={"clause": "behalf", "by": "anybody"})
    vote = Committee(anybody, seats("A", "B")).cast("A", by="B")
    assert "on_behalf" not in vote.kinds()
    assert any(each.kind == "on_behalf" for each in vote.verdict().evidence)


MEMBERS = ("A", "B", "C", "D")


@given(
    st.lists(st.tuples(st.sampled_from(MEMBERS), st.sampled_from(["yes", "no", "abstain"])), max_size=6),
    st.lists(st.sampled_from(["yes", "no", "abstain"]), max_size=4),
)
def test_a_seat_outside_every_base_never_changes_an_outcome(replies: list[tuple[str, str]], advice: list[str]) -> None:
    advisers = [f"X{number}" for number, _ in enumerate(advice)]
    alone = Committee(body(), seats(*MEMBERS))
    beside = Committee(body(), seats(*({"member": each, "advisory": True} for each in advisers), *MEMBERS))
    for vote in (alone, beside):
        for number, (member, position) in enumerate(replies):
            vote.at(minutes=number + 1).cast(member, position)
    for adviser, position in zip(advisers, advice, strict=True):
        beside.cast(adviser, position)
    assert alone.over().tally.counts == beside.over().tally.counts
    assert alone.tally.outcome == beside.tally.outcome


CHANGES = (("B", "ends", 10), ("C", "ends", 20), ("E", "begins", 30), ("F", "begins", 5))


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
@pytest.mark.parametrize("former", ["stands", "falls"])
def test_the_order_of_typing_never_matters_for_who_votes(order: tuple[int, ...], former: str) -> None:
    def made(changes: tuple[int, ...]) -> Committee:
        vote = Committee(body(electorate={**STANDS, "former": former}), seats(*MEMBERS))
        for number, member in enumerate(MEMBERS):
            vote.at(hours=number + 8).cast(member)
        vote.at(hours=40)
        for each in changes:
            member, change, hour = CHANGES[each]
            vote.change(member, change, changed_at=OPENING + timedelta(hours=hour))
        return vote

    first, other = made((0, 1, 2, 3)), made(order)
    assert voting(first) == voting(other)
    assert first.over().tally.counts == other.over().tally.counts


def test_an_unknown_group_or_member_in_a_change_is_not_a_seat() -> None:
    with pytest.raises(Malformed, match="give the member alone"):
        Committee(body(electorate=BY_CLOSE), seats("A", "B")).change("B", "ends", permanent=True)


def test_the_council_knows_nothing_of_all_this() -> None:
    roster = built_in_roster("unsc-2020")
    assert built_in_procedure("unsc-2020-253").json_value().keys().isdisjoint({"electorate", "positions", "facts"})
    assert not roster.advisory
    assert outcome_of(Committee(body(), seats("A"), opened=False).state) == "open"
