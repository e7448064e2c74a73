"""Windows without a deadline, as a host works with them: nothing is due, and each moment is told as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from other_windows import CLOSING, FIRST_REPLY, HOLDS, THREE, rules_with
from signers import LOG, REGISTRAR

from inblue.domain.errors import Refused
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure
from inblue.domain.window_said import end_said
from inblue.ledger.host.votes import OnVote
from inblue.ledger.ledger import Ledger
from inblue.ledger.projections.replay import Replay

OPENED = datetime(2026, 3, 2, 10, tzinfo=UTC)
PAPER = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")


class Desk:
    """A ledger whose clock is set by hand, and the vote on S/1 in it."""

    def __init__(self, rules: Procedure) -> None:
        self.now = OPENED
        self.ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, clock=lambda: self.now)
        self.ledger.adopt_procedure(rules, signer=REGISTRAR)
        self.vote.circulate(rules)
        self.vote.open(THREE)

    @property
    def vote(self) -> OnVote:
        return self.ledger.at("S/1", signer=REGISTRAR)

    def at(self, hours: float) -> Desk:
        self.now = OPENED + timedelta(hours=hours)
        return self


def test_a_vote_without_a_deadline_is_never_due_and_a_host_closes_it() -> None:
    desk = Desk(rules_with(CLOSING)).at(100)
    assert desk.ledger.due() == ()
    assert desk.ledger.close_due(signer=REGISTRAR) == ()
    done = desk.vote.close()
    assert done.state.window.closes_at == desk.now
    assert done.recorded[0].act.json_value()["closed_at"] is None
    desk.vote.announce(outcome="not_adopted")


def test_a_host_types_no_end_that_the_closing_entry_gives() -> None:
    desk = Desk(rules_with(CLOSING)).at(100)
    with pytest.raises(Refused, match="not typed"):
        desk.vote.close(at=OPENED + timedelta(hours=90))


def test_a_host_closes_once_by_its_key_where_the_end_is_chosen() -> None:
    desk = Desk(rules_with(CLOSING)).at(100)
    first = desk.vote.close(key="close-1")
    again = desk.at(101).vote.close(key="close-1")
    assert again.recorded == first.recorded


def test_a_window_begun_by_a_reply_is_due_when_it_is_over() -> None:
    desk = Desk(rules_with(FIRST_REPLY)).at(24 * 100)
    assert desk.ledger.due() == ()
    desk.vote.reply("EST", "in_favour", PAPER)
    assert desk.at(24 * 159).ledger.due() == ()
    assert [due.vote for due in desk.at(24 * 162).ledger.due()] == ["S/1"]
    assert [closed.fault for closed in desk.ledger.close_due(signer=REGISTRAR)] == [None]


def test_a_suspended_window_is_not_due_before_it_went_on_and_ended() -> None:
    desk = Desk(rules_with(HOLDS)).at(20)
    desk.vote.suspend("a hold", by="EST", key="hold-1")
    assert desk.at(90).ledger.due() == ()
    desk.vote.resume()
    assert desk.at(93.9).ledger.due() == ()
    assert [due.closed_at for due in desk.at(94.1).ledger.due()] == [OPENED + timedelta(hours=94)]


@pytest.mark.parametrize("axis", ["recorded", "happened"])
def test_a_replay_tells_of_each_moment_what_the_end_waited_for(axis: str) -> None:
    desk = Desk(rules_with(HOLDS)).at(20)
    desk.vote.suspend("a hold", by="EST")
    desk.at(30).vote.resume()
    desk.at(35).vote.close()
    replay = Replay(tuple(desk.ledger.acts("S/1")), desk.ledger.documents)
    before, during, after = (replay.at(OPENED + timedelta(hours=hours), axis) for hours in (10, 25, 34))  # type: ignore[arg-type]
    assert before is not None
    assert during is not None
    assert after is not None
    assert before.state.window.closes_at == OPENED + timedelta(hours=24)
    assert "suspended" in str(end_said(during.state))
    assert after.state.window.closes_at == OPENED + timedelta(hours=34)


@pytest.mark.parametrize("axis", ["recorded", "happened"])
def test_a_replay_tells_when_the_window_began_and_when_it_was_closed(axis: str) -> None:
    first = Desk(rules_with(FIRST_REPLY)).at(5)
    first.vote.reply("EST", "in_favour", PAPER)
    replay = Replay(tuple(first.ledger.acts("S/1")), first.ledger.documents)
    ends = [replay.at(OPENED + timedelta(hours=hours), axis) for hours in (4, 6)]  # type: ignore[arg-type]
    assert [call is not None and call.state.window.awaits for call in ends] == ["first_reply", None]
    chosen = Desk(rules_with(CLOSING)).at(80)
    chosen.vote.close()
    replay = Replay(tuple(chosen.ledger.acts("S/1")), chosen.ledger.documents)
    calls = [replay.at(OPENED + timedelta(hours=hours), axis) for hours in (79, 81)]  # type: ignore[arg-type]
    assert [call is not None and call.phase for call in calls] == ["open", "closed"]
