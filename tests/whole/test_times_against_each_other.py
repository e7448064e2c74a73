"""The recorder's clock, timestamps and the log's order against each other: what contradicts is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from authority import Tsa
from command_line import call
from desks import OPENED, SYMBOL, Desk, opened, trust
from ledgers import clock_unchecked
from paths import INBLUE
from signers import REGISTRAR

from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.operations.export import export
from inblue.ledger.projections.record import Record, ReplyRecord, record_of, short_of


@pytest.fixture(scope="module")
def tsas(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tsa, Tsa]:
    folder = tmp_path_factory.mktemp("tsa")
    return Tsa.make(folder / "one", "one"), Tsa.make(folder / "two", "two")


def ended(desk: Desk, hours: float = 50) -> Desk:
    desk.at(hours).ledger.perform(SYMBOL, VotingClosed(closed_at=desk.now), signer=REGISTRAR)
    desk.ledger.perform(SYMBOL, ResultAnnounced(announced_at=desk.now), signer=REGISTRAR)
    return desk


def checked(desk: Desk, known: Trust | None) -> Verification:
    found = verify(desk.ledger.streams, desk.ledger.log, desk.ledger.files, trust=known)
    assert found.problems == ()
    return found


def record(desk: Desk, known: Trust | None) -> Record:
    found = checked(desk, known)
    return record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))


def reply(desk: Desk, known: Trust | None, member: str = "CHN") -> ReplyRecord:
    return next(each for each in record(desk, known).replies if each.reply.member == member)


def disproved(found: Record) -> list[str]:
    return [str(finding.text) for _, finding in found.findings if finding.kind == "clock_disproved"]


def exit_status(desk: Desk, known: Trust, folder: Path, *words: str) -> tuple[int, dict[str, object]]:
    bundle = export(desk.ledger, folder / "b.zip", vote=SYMBOL).path
    (folder / "trust.json").write_bytes(known.canonical() + b"\n")
    command = [INBLUE, "verify", str(bundle), "--trust", str(folder / "trust.json"), "--json", *words]
    done = call(command, env={})
    return done.returncode, json.loads(done.stdout)


def set_back(tsas: tuple[Tsa, Tsa]) -> Desk:
    """The registrar's clock shows hour 23 while it is hour 26; the entry names tokens of 25 hours."""
    desk = opened(*tsas)
    desk.at(25).stamp()
    with clock_unchecked():
        desk.at(23).cast("CHN", file=b"written at 26 hours")
    desk.at(26).stamp()
    desk = ended(desk)
    desk.stamp()
    return desk


def set_forward(tsas: tuple[Tsa, Tsa]) -> Desk:
    """Closed and announced one hour after the opening, by a clock that is 50 hours ahead; tokens show it."""
    desk = opened(*tsas)
    desk.at(50).ledger.perform(SYMBOL, VotingClosed(closed_at=desk.now), signer=REGISTRAR)
    desk.stamp(at=OPENED + timedelta(hours=1))
    desk.ledger.perform(SYMBOL, ResultAnnounced(announced_at=desk.now), signer=REGISTRAR)
    desk.stamp(at=OPENED + timedelta(hours=1, minutes=5))
    return desk


def test_a_clock_set_back_and_proved_false_is_a_finding_and_attests_nothing(
    tsas: tuple[Tsa, Tsa], tmp_path: Path
) -> None:
    desk = set_back(tsas)
    found = record(desk, trust(*tsas))
    (text,) = disproved(found)
    assert text.startswith(
        "act 2: Its hour is in doubt: recorded at 2026-03-28T17:00:00Z, and made after 2026-03-28T18:59"
    )
    chn = reply(desk, trust(*tsas))
    assert (chn.verdict.strength, chn.findings[-1]) == ("documented", found.findings[-1][0])
    assert [each.reply.member for each in short_of(found, "attested")] == ["CHN"]
    assert text in [str(said) for said in found.beside_the_outcome]
    status, told = exit_status(desk, trust(*tsas), tmp_path, "--require", "attested")
    assert (status, [each["member"] for each in told["disproved"]]) == (1, ["CHN"])  # type: ignore[attr-defined]


@pytest.mark.long
def test_a_vote_closed_by_a_clock_set_forward_does_not_stand_silently(tsas: tuple[Tsa, Tsa], tmp_path: Path) -> None:
    desk = set_forward(tsas)
    found = record(desk, trust(*tsas))
    assert len(found.silent) == 15
    (text,) = disproved(found)
    assert text.startswith(
        "act 2: Its hour is in doubt: recorded at 2026-03-29T20:00:00Z, and there by 2026-03-27T19:00"
    )
    assert text in [str(said) for said in found.beside_the_outcome]
    assert any(group.kind == "clock_disproved" and group.bears_on_outcome for group in found.groups)
    status, told = exit_status(desk, trust(*tsas), tmp_path, "--require", "attested")
    assert (status, [each["member"] for each in told["disproved"]]) == (1, [None])  # type: ignore[attr-defined]
    bundle, known, page = (str(tmp_path / name) for name in ("b.zip", "trust.json", "page.html"))
    audit = call([INBLUE, "audit", "--json", "--ledger", bundle, "--trust", known], env={}, check=True).stdout
    call([INBLUE, "report", bundle, "--trust", known, "--output", page], env={}, check=True)
    for said in (audit, re.sub("<[^>]*>", "", Path(page).read_text())):
        assert "there by 2026-03-27T19:00" in said


def test_without_a_trust_file_nobody_says_that_a_clock_was_false(tsas: tuple[Tsa, Tsa]) -> None:
    assert disproved(record(set_forward(tsas), None)) == []


EARLY, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)


def of_another_year(tsas: tuple[Tsa, Tsa], year: datetime, *, named: bool) -> Desk:
    """A reply in time, and tokens over it that say another year, which the next entry names, or none does."""
    desk = opened(*tsas)
    desk.at(2).cast("CHN", file=b"China votes in favour.")
    if named:
        desk.stamp(at=year)
    desk.at(3).cast("EST", file=b"Estonia votes in favour.")
    ended(desk)
    desk.stamp(at=year)
    return desk


@pytest.mark.parametrize("year", [EARLY, FUTURE])
@pytest.mark.parametrize("named", [False, True])
def test_a_token_of_another_year_proves_nothing(tsas: tuple[Tsa, Tsa], year: datetime, named: bool) -> None:
    known = trust(*tsas)
    desk = of_another_year(tsas, year, named=named)
    assert len(checked(desk, known).timestamps) == (6 if named else 4)
    found = record(desk, known)
    assert all(each.verdict.strength != "proven" for each in found.replies)
    first = [text.partition(":")[0] for text in disproved(found)][:1]
    assert first == ([] if not named else ["act 2"] if year == EARLY else ["act 3"])
    if not named and year == EARLY:
        assert "that it existed by 2020-01-01" in reply(desk, known).verdict.not_proved


def test_a_token_from_before_the_founding_proves_nothing(tsas: tuple[Tsa, Tsa]) -> None:
    desk = of_another_year(tsas, OPENED - timedelta(hours=2), named=False)
    assert reply(desk, trust(*tsas)).verdict.strength == "attested"
    assert "that it existed by 2026-03-27T16:00" in reply(desk, trust(*tsas)).verdict.not_proved


def test_a_reply_recorded_before_an_earlier_act_of_its_vote_is_not_attested() -> None:
    """Without any timestamp: one of the two clocks is false. A minute apart two clocks may be."""
    desk = opened()
    desk.at(20).cast("EST", file=b"Estonia votes in favour.")
    desk.at(20 - 59 / 3600).cast("FRA", file=b"France votes in favour.")
    with clock_unchecked():
        desk.at(3).cast("CHN", file=b"China votes in favour.")
    desk.at(4).cast("RUS", file=b"Russia votes in favour.")
    ended(desk)
    strengths = {each.reply.member: each.verdict.strength for each in record(desk, None).replies}
    assert strengths == {"EST": "attested", "FRA": "attested", "CHN": "documented", "RUS": "documented"}
    assert "an earlier act of the vote was recorded at" in reply(desk, None).verdict.not_proved


def honest(desk: Desk) -> None:
    desk.at(2).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    desk.at(3).cast("EST", file=b"Estonia votes in favour.")
    desk.stamp()


@pytest.mark.parametrize("told", [honest])
def test_clocks_that_agree_within_a_minute_are_not_a_finding(
    tsas: tuple[Tsa, Tsa], told: Callable[[Desk], None]
) -> None:
    desk = opened(*tsas)
    told(desk)
    ended(desk).stamp()
    found = record(desk, trust(*tsas))
    assert disproved(found) == []
    assert {each.verdict.strength for each in found.replies} == {"proven"}
