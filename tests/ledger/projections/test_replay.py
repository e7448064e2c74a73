"""A vote replayed on both axes, between two moments, and as a what-if."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from paths import CASES, ROOT
from signers import LOG, REGISTRAR
from stories import OPENING, Story

from inblue.domain.acts import EntryVoided
from inblue.domain.errors import InblueError, Malformed
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.projections.changes import changes_between, changes_json
from inblue.ledger.projections.replay import Replay, replay_json
from inblue.ledger.projections.roll_call import RollCall, roll_call, status_json

FAR = datetime(2999, 1, 1, tzinfo=UTC)
CASES = sorted([*CASES, *(ROOT / "tests" / "whole" / "cases").glob("*.json")])


def told(vote: Story, **given: Any) -> Replay:
    return Replay(vote.recorded, vote.documents, **given)


def shown(call: RollCall | None) -> RollCall:
    assert call is not None
    return call


def positions(call: RollCall | None) -> dict[str, str]:
    return {seat.member: seat.position for seat in shown(call).seats if seat.position}


@pytest.fixture(scope="module")
def replays() -> dict[str, Replay]:
    """Every case that can be played by itself."""
    found: dict[str, Replay] = {}
    for path in CASES:
        with Ledger.create(None, signer=REGISTRAR, log_signer=LOG) as ledger:
            try:
                play(ledger, read_case(path), path.parent, signer=REGISTRAR)
            except InblueError:  # a procedure, or a case that is to be refused
                continue
            for name in ledger.votes():
                found[f"{path.name} {name}"] = Replay(tuple(ledger.acts(name)), ledger.documents)
    assert len(found) > 20
    return found


def apart_from_the_moment(call: RollCall | None) -> dict[str, Any]:
    """A past moment has no next acts."""
    return {name: value for name, value in status_json(shown(call)).items() if name not in {"at", "axis", "next_acts"}}


def test_when_all_has_happened_and_is_known_both_axes_show_the_vote_as_it_is(replays: dict[str, Replay]) -> None:
    for name, replay in replays.items():
        stands = apart_from_the_moment(roll_call(replay.whole, FAR))
        assert apart_from_the_moment(replay.at(FAR, "known")) == stands, name
        assert apart_from_the_moment(replay.at(FAR, "happened")) == stands, name
        assert replay_json(replay, "happened")["steps"][-1]["tally"] == stands["tally"], name


def test_each_act_is_a_step_once_on_either_axis(replays: dict[str, Replay]) -> None:
    for name, replay in replays.items():
        recorded, happened = (
            [step["act"] for step in replay_json(replay, axis)["steps"]] for axis in ("known", "happened")
        )
        assert sorted(happened) == recorded == sorted(recorded), name


def test_judged_by_its_own_procedure_a_vote_comes_to_what_it_came_to(replays: dict[str, Replay]) -> None:
    for name, replay in replays.items():
        same = Replay(replay.acts, replay.documents, procedure=replay.whole.procedure)
        was, now = (shown(each.at(FAR, "known")).tally for each in (replay, same))
        assert (now.positions, now.outcome) == (was.positions, was.outcome), name


def test_what_the_ledger_knew_and_what_had_happened_are_two_things(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.at(hours=6)
    vote.reply("FRA", received_at=OPENING + timedelta(hours=2))  # entered four hours late
    replay = told(vote)
    noon = OPENING + timedelta(hours=3)
    known, happened = replay.at(noon, "known"), shown(replay.at(noon, "happened"))
    assert positions(known) == {"BEL": "in_favour"}
    assert positions(happened) == {"BEL": "in_favour", "FRA": "not_on_record"}
    assert [each.recorded.act.act for each in happened.perhaps] == ["vote_cast"]
    assert happened.tally.counts["in_favour"] == 1
    assert positions(replay.at(vote.now, "happened")) == {"BEL": "in_favour", "FRA": "in_favour"}
    assert replay.at(noon) is not None
    assert shown(replay.at(noon)).axis == "known"


def test_a_reply_without_a_time_is_unknown_until_something_shows_that_it_had_come(story: Callable[..., Story]) -> None:
    vote = story(times="documented", replies="complete").opens()
    vote.now = OPENING + timedelta(days=2000)
    vote.reply("BEL", received_at=None)
    vote.reply("FRA", received_at=date(2020, 3, 28))
    call = shown(told(vote).at(OPENING + timedelta(hours=12)))
    assert call.axis == "happened"
    assert [each.recorded.number for each in call.unknown] == [2]
    assert [each.recorded.number for each in call.perhaps] == [3]
    assert not call.seats[0].replies
    assert {seat.member for seat in call.seats if seat.position} == {"BEL", "FRA"}
    assert call.tally.counts["not_on_record"] == 2
    (belgium,) = [seat for seat in status_json(call)["seats"] if seat["member"] == "BEL"]
    assert (belgium["position"], belgium["replies"]) == ("not_on_record", [])


def test_what_was_recorded_had_happened_by_then(story: Callable[..., Story]) -> None:
    vote = story(times="documented").opens()
    vote.now = OPENING + timedelta(days=2000)
    vote.reply("BEL", received_at=None)
    before, after = (shown(told(vote).at(vote.now + timedelta(seconds=s))) for s in (-1, 0))
    assert (before.untimed, after.untimed) == (1, 0)


def test_no_absence_is_made_of_a_reply_that_may_have_come(story: Callable[..., Story]) -> None:
    """The one that decides arrived before the close, by what was typed nine hours later."""
    vote = story().opens().at(hours=1)
    for member in ("CHN", "FRA", "RUS", "GBR", "USA", "BEL", "DOM", "EST"):
        vote.reply(member)
    vote.closes()
    vote.at(hours=33)
    vote.reply("DEU", received_at=OPENING + timedelta(hours=23))
    call = shown(told(vote).at(OPENING + timedelta(hours=25), "happened"))
    assert (call.phase, call.tally.outcome, call.tally.derived) == ("closed", "open", False)
    assert call.tally.counts == {"in_favour": 8, "against": 0, "abstention": 0, "absent": 6, "not_on_record": 1}
    (step,) = [each for each in told(vote).steps("happened") if each.recorded.act.act == "voting_closed"]
    assert step.after.tally.counts["not_on_record"] == 1
    *_, last = told(vote).steps("happened")
    assert last.after.hidden == frozenset()
    (germany,) = [seat for seat in last.after.seats if seat.member == "DEU"]
    assert (germany.position, len(germany.replies)) == ("in_favour", 1)


def test_what_was_voided_since_did_not_happen(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("FRA", "against")
    vote.do(EntryVoided(number=2, reason="a forged letter", voided_at=vote.now))
    vote.at(hours=2)
    vote.reply("FRA")
    replay = told(vote)
    early = OPENING + timedelta(hours=1, minutes=30)
    assert positions(replay.at(early, "happened")) == {}
    assert positions(replay.at(vote.now, "happened")) == {"FRA": "in_favour"}


def test_a_seat_whose_reply_was_voided_after_the_close_is_never_absent(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("FRA", "against")
    vote.closes()
    vote.at(hours=30)
    vote.do(EntryVoided(number=2, reason="a slip", voided_at=vote.now))
    call = shown(told(vote).at(OPENING + timedelta(hours=26), "happened"))
    assert positions(call) == {"FRA": "not_on_record"}


def test_nothing_is_shown_of_a_vote_before_its_draft(story: Callable[..., Story]) -> None:
    vote = story().opens()
    assert told(vote).at(OPENING - timedelta(days=2), "known") is None
    documented = story(times="documented").opens()
    assert told(documented).at(OPENING - timedelta(days=2), "known") is None


# Between two moments


def test_the_difference_is_said_in_sentences(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.at(hours=2)
    vote.reply("FRA", "against")
    vote.closes()
    changes = changes_between(told(vote), OPENING + timedelta(hours=1), OPENING + timedelta(hours=30))
    assert [act.number for act in changes.acts] == [3, 4]
    assert [str(said) for said in changes.said()] == [
        "It was open, and is closed.",
        "FRA: against; before: no reply.",
        (
            "Counts were: in favour 1, against 0, abstentions 0. "
            "They are: in favour 1, against 1, abstentions 0, absent 13."
        ),
        "The outcome was open, and is not adopted.",
    ]


def test_where_nothing_changed_that_is_said(story: Callable[..., Story]) -> None:
    vote = story().opens()
    changes = changes_between(told(vote), OPENING + timedelta(hours=1), OPENING + timedelta(hours=2))
    assert [str(said) for said in changes.said()] == ["Nothing changed."]


def test_what_only_perhaps_happened_in_between_is_kept_apart(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=9)
    vote.reply("BEL", received_at=OPENING + timedelta(hours=2))
    replay, hour = told(vote), timedelta(hours=1)
    known = changes_between(replay, OPENING + hour, OPENING + 3 * hour, "known")
    happened = changes_between(replay, OPENING + hour, OPENING + 3 * hour, "happened")
    until = changes_between(replay, OPENING + hour, OPENING + 10 * hour, "happened")
    assert (known.acts, known.open) == ((), ())
    assert ([act.number for act in happened.acts], [each.recorded.number for each in happened.open]) == ([], [2])
    # by the tenth hour it had come, and nobody knows whether that was before the first
    assert ([act.number for act in until.acts], [each.recorded.number for each in until.open]) == ([], [2])
    assert "BEL: in favour; before: not known." in [str(said) for said in until.said()]


def test_before_the_opening_too_nobody_is_said_not_to_have_replied_of_whom_that_is_not_known(
    story: Callable[..., Story],
) -> None:
    vote = story(times="documented", replies="complete").opens()
    vote.now = OPENING + timedelta(days=2000)
    vote.reply("BEL", received_at=None)
    changes = changes_between(told(vote), OPENING - timedelta(days=1), vote.now)
    assert changes_json(changes)["seats"] == [{"member": "BEL", "was": "not_on_record", "now": "in_favour"}]
    assert "BEL: in favour; before: not known." in [str(said) for said in changes.said()]


def test_before_the_draft_there_was_nothing(story: Callable[..., Story]) -> None:
    vote = story().opens()
    changes = changes_between(told(vote), OPENING - timedelta(days=1), OPENING + timedelta(hours=1))
    assert changes_json(changes)["before"] is None
    assert next(str(said) for said in changes.said()) == "The draft was circulated in between."


def test_the_later_moment_comes_after_the_earlier(story: Callable[..., Story]) -> None:
    with pytest.raises(Malformed, match="is not after"):
        changes_between(told(story().opens()), OPENING, OPENING)


# What if


def other(**changed: Any) -> Procedure:
    document = json.loads((ROOT / "domain" / "procedures" / "unsc-2020-253.json").read_text())
    return Procedure.read(json.dumps({**document, "id": "another", **changed}).encode(), where="another")


def without_veto() -> Procedure:
    document = json.loads((ROOT / "domain" / "procedures" / "unsc-2020-253.json").read_text())
    conditions = [each for each in document["decision"]["conditions"] if each["failing"] != "vetoed"]
    return other(decision={**document["decision"], "conditions": conditions})


def test_the_same_acts_are_judged_by_another_procedure(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=1)
    for member in vote.roster.ids:
        vote.reply(member, "against" if member == "FRA" else "in_favour")
    vote.closes()
    what_if = told(vote, procedure=without_veto())
    assert shown(told(vote).at(FAR)).tally.outcome == "vetoed"
    call = shown(what_if.at(FAR))
    assert call.tally.outcome == "adopted"
    marked = {"procedure": "another", "instead_of": "unsc-2020-253", "left_out": []}
    documents: tuple[Any, ...] = (
        status_json(call),
        replay_json(what_if),
        replay_json(what_if, "happened"),
        changes_json(changes_between(what_if, OPENING, FAR)),
    )
    for document in documents:
        assert {name: document["what_if"][name] for name in marked} == marked


def test_what_the_votes_own_procedure_rejected_the_other_one_judges_itself(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=30)
    vote.reply("BEL")  # late: rejected at once
    assert [each.act.act for each in vote.recorded][-1] == "reply_rejected"
    hours = {**json.loads(vote.rules.raw)["window"], "hours": 48}
    what_if = told(vote, procedure=other(window=hours))
    assert positions(told(vote).at(FAR)) == {}
    assert positions(what_if.at(FAR)) == {"BEL": "in_favour"}
    assert what_if.what_if is not None
    assert what_if.what_if.left_out == (3,)
    assert [step.recorded.number for step in what_if.steps()] == [0, 1, 2]


def test_a_procedure_that_cannot_know_the_acts_says_which_it_does_not(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    with pytest.raises(Malformed, match=r"unga-74-544 cannot judge act 1 \(letter_sent\) of this vote: closes_at"):
        told(vote, procedure=built_in_procedure("unga-74-544"))
    with pytest.raises(Malformed, match=r"another cannot judge act 2 \(vote_cast\) of this vote: .*in_favour"):
        told(vote, procedure=yes_and_no())


def yes_and_no() -> Procedure:
    text = (ROOT / "domain" / "procedures" / "unsc-2020-253.json").read_text().replace('"in_favour"', '"yes"')
    return Procedure.read(json.dumps({**json.loads(text), "id": "another"}).encode(), where="another")


def test_a_replay_needs_an_act(story: Callable[..., Story]) -> None:
    with pytest.raises(Malformed, match="no act of a vote"):
        Replay((), story().documents)
