"""A clock earlier than the last entry, or than a believed token, records nothing; and the way out of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from authority import Tsa
from desks import OPENED, SYMBOL, Desk, opened
from ledgers import clock_unchecked
from signers import REGISTRAR

from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Refused
from inblue.domain.register_acts import ClockDisowned, PresidencyAssigned
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.authorities import AuthorityDocument
from inblue.ledger.hours import false_hour
from inblue.ledger.operations.authorities import adopt_authority, retire_authority
from inblue.ledger.operations.export import export
from inblue.ledger.projections.record import Record, record_of


def presides(desk: Desk, month: int = 3) -> None:
    act = PresidencyAssigned(body="Security Council", member="CHN", month=f"2026-{month:02}")
    desk.ledger.keep_register(act, signer=REGISTRAR)


def casts(desk: Desk) -> None:
    desk.cast("CHN", file=b"China votes in favour.")


@pytest.fixture
def ahead() -> Desk:
    """A ledger whose last entry is of the year 2079, by a clock that was false for a moment."""
    desk = opened()
    desk.now = OPENED.replace(year=2079)
    presides(desk)
    return desk.at(2)


@pytest.mark.parametrize("record", [presides, casts])
def test_a_clock_earlier_than_the_last_entry_records_nothing(ahead: Desk, record: Callable[[Desk], None]) -> None:
    before = ahead.ledger.checkpoint()
    with pytest.raises(Refused, match=r"act 3 of register\) was recorded at 2079-03-27T18:00:00Z.*clock disown"):
        record(ahead)
    assert ahead.ledger.checkpoint() == before


def test_a_minute_between_two_clocks_is_let_be() -> None:
    desk = opened()
    desk.at(2)
    casts(desk)
    desk.now -= timedelta(seconds=60)
    desk.cast("EST", file=b"Estonia votes in favour.")
    desk.now -= timedelta(seconds=61)
    with pytest.raises(Refused, match="the clock says"):
        desk.cast("FRA", file=b"France votes in favour.")


def disown(desk: Desk, **which: object) -> ClockDisowned:
    act = false_hour(desk.ledger.streams, "the machine began in 2079", **which)  # type: ignore[arg-type]
    desk.ledger.keep_register(act, signer=REGISTRAR)
    return act


def test_once_the_hour_is_disowned_the_ledger_goes_on(ahead: Desk) -> None:
    disowned = disown(ahead)
    assert (disowned.stream, disowned.index) == ("register", 3)
    casts(ahead)
    presides(ahead, 4)
    assert verify(ahead.ledger.streams, ahead.ledger.log, ahead.ledger.files).holds
    with pytest.raises(Refused, match="is disowned already"):
        disown(ahead, act=3)


def test_an_hour_is_disowned_only_of_an_entry_that_says_it(ahead: Desk) -> None:
    act = false_hour(ahead.ledger.streams, "wrong")
    for changed, said in (
        ({"index": 9}, "there is no act 9"),
        ({"recorded_at": OPENED}, "was recorded at 2079-03-27"),
    ):
        with pytest.raises(Refused, match=said):
            ahead.ledger.keep_register(act.model_copy(update=changed), signer=REGISTRAR)


def record(desk: Desk) -> Record:
    found = verify(desk.ledger.streams, desk.ledger.log, desk.ledger.files)
    assert found.problems == ()
    return record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))


def test_a_reply_whose_hour_is_disowned_is_documented_and_those_after_it_are_attested(tmp_path: Path) -> None:
    desk = opened()
    desk.at(20)
    casts(desk)
    desk.at(2)
    with clock_unchecked():
        desk.cast("EST", file=b"Estonia votes in favour.")
    before = {each.reply.member: each.verdict.strength for each in record(desk).replies}
    assert before == {"CHN": "attested", "EST": "documented"}
    disown(desk, vote=SYMBOL, act=2)
    after = record(desk)
    assert {each.reply.member: each.verdict.strength for each in after.replies} == {
        "CHN": "documented",
        "EST": "attested",
    }
    (said,) = [finding.text for _, finding in after.findings if finding.kind == "clock_disproved"]
    assert said == "act 2: Its hour, 2026-03-28T14:00:00Z, was disowned: the machine began in 2079."
    desk.at(50).ledger.perform(SYMBOL, VotingClosed(closed_at=desk.now), signer=REGISTRAR)
    desk.ledger.perform(SYMBOL, ResultAnnounced(announced_at=desk.now), signer=REGISTRAR)
    export(desk.ledger, tmp_path / "b.zip", vote=SYMBOL)  # which verifies what it wrote


def test_a_clock_earlier_than_a_believed_token_records_nothing_until_the_authority_is_retired(tmp_path: Path) -> None:
    tsa = Tsa.make(tmp_path / "one", "one")

    def adopt(desk: Desk) -> None:
        document = AuthorityDocument.of({**tsa.authority.json_value(), "format": "inblue-authority/1"}, where="a")
        adopt_authority(desk.ledger, document, signer=REGISTRAR)

    desk = opened(tsa, before=adopt)
    desk.at(1).stamp(at=OPENED + timedelta(hours=3))
    with pytest.raises(Refused, match=r"a timestamp of one was made after 2026-03-27T20:59:5.*authority retire one"):
        casts(desk)
    retire_authority(desk.ledger, "one", "its clock is wrong", signer=REGISTRAR)
    casts(desk)


def test_a_simulated_history_on_a_clock_of_its_own_bounds_nothing(tmp_path: Path) -> None:
    desk = opened()
    desk.now = OPENED.replace(year=2031)
    draft = desk.ledger.vote(SYMBOL).draft.act.model_copy(update={"symbol": "S/2", "times": "simulated"})
    desk.ledger.perform("S/2", draft, signer=REGISTRAR)
    desk.at(2)
    casts(desk)


def test_a_token_of_another_authority_under_an_adopted_name_bounds_nothing(tmp_path: Path) -> None:
    """A writer of the store can put in answers of their own authority, under any name."""
    tsa, false = Tsa.make(tmp_path / "one", "one"), Tsa.make(tmp_path / "two", "one")

    def adopt(desk: Desk) -> None:
        document = AuthorityDocument.of({**tsa.authority.json_value(), "format": "inblue-authority/1"}, where="a")
        adopt_authority(desk.ledger, document, signer=REGISTRAR)

    desk = opened(false, before=adopt)
    desk.at(1).stamp(at=OPENED + timedelta(hours=3))
    casts(desk)


def test_an_hour_that_is_disowned_hides_no_other_hour() -> None:
    desk = opened()
    for hours, member in ((10, "CHN"), (20, "FRA")):
        desk.at(hours)
        desk.cast(member, file=member.encode())
    desk.at(2)
    with clock_unchecked():
        desk.cast("EST", file=b"Estonia votes in favour.")
    disown(desk, vote=SYMBOL, act=3)
    strengths = {each.reply.member: each.verdict.strength for each in record(desk).replies}
    assert strengths == {"CHN": "attested", "FRA": "documented", "EST": "documented"}
    (said,) = [each.verdict.not_proved for each in record(desk).replies if each.reply.member == "EST"]
    assert "2026-03-28T04:00:00Z" in str(said)
    disown(desk, vote=SYMBOL, act=2)
    strengths = {each.reply.member: each.verdict.strength for each in record(desk).replies}
    assert strengths == {"CHN": "documented", "FRA": "documented", "EST": "attested"}
