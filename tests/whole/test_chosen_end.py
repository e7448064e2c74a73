"""A window that ends as voting is closed: which timestamps prove what came before, and what no false hour lets in."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from authority import Tsa
from desks import BELGIUM, OPENED, SYMBOL, Desk, opened, trust
from ledgers import Members, clock_unchecked, members_of, rewrite
from other_windows import CLOSING, rules_with
from signers import REGISTRAR

from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.evidence.attestations import TIMESTAMPS
from inblue.ledger.operations.export import export
from inblue.ledger.projections.record import Record, record_of, short_of

RULES = rules_with(CLOSING)
ATTESTED = ("inside", "attested")
PROVEN = ("inside", "proven")


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return Tsa.make(tmp_path_factory.mktemp("tsa") / "one", "one")


def close(desk: Desk) -> None:
    desk.ledger.perform(SYMBOL, VotingClosed(), signer=REGISTRAR)


def announce(desk: Desk) -> None:
    desk.ledger.perform(SYMBOL, ResultAnnounced(announced_at=desk.now), signer=REGISTRAR)


def record(desk: Desk, *tsas: Tsa) -> Record:
    found = verify(desk.ledger.streams, desk.ledger.log, desk.ledger.files, trust=trust(*tsas))
    assert found.problems == ()
    return _record(found)


def _record(found: Verification) -> Record:
    return record_of(found.states[SYMBOL], found.bounds.get(SYMBOL))


def verdicts(found: Record) -> dict[str, tuple[str, str]]:
    return {each.reply.member: (each.verdict.placement, each.verdict.strength) for each in found.replies}


def not_proved(found: Record, member: str) -> str:
    return next(str(each.verdict.not_proved) for each in found.replies if each.reply.member == member)


def honest(tsa: Tsa) -> Desk:
    """Two replies that the closing entry's timestamps cover, one that they do not, and one that is late."""
    desk = opened(tsa, rules=RULES)
    desk.at(2).cast("CHN", file=b"China votes in favour.")
    desk.at(74)
    paper = blank_of(desk.ledger.vote(SYMBOL), desk.ledger.register())
    assert (paper.closes_at, paper.rule) == (None, "window")
    desk.cast("BEL", ballot=sign(paper.ballot("BEL", "in_favour"), BELGIUM))
    desk.stamp()
    desk.at(80).cast("NER", file=b"Niger votes in favour.")
    close(desk.at(81))
    desk.at(81.1).stamp()
    desk.at(82).cast("FRA", file=b"France votes in favour.")
    announce(desk)
    desk.stamp()
    return desk


def test_proven_is_what_a_timestamp_covers_that_the_closing_entry_names(tsa: Tsa) -> None:
    desk = honest(tsa)
    found = record(desk, tsa)
    late = ("late", "documented")  # read after the close and its lag
    assert verdicts(found) == {"CHN": PROVEN, "BEL": PROVEN, "NER": ATTESTED, "FRA": late}
    assert "names no timestamp that covers the reply" in not_proved(found, "NER")
    assert [each.reply.member for each in short_of(found, "proven")] == ["NER"]
    assert verdicts(record(desk)) == {"CHN": ATTESTED, "BEL": ATTESTED, "NER": ATTESTED, "FRA": late}


def test_no_timestamp_by_its_hour_alone_proves_what_came_before_a_chosen_end(tsa: Tsa) -> None:
    """All of them are earlier than the instant of the close, and none is named by its entry."""
    desk = opened(tsa, rules=RULES)
    desk.at(74).cast("CHN", file=b"China votes in favour.")
    close(desk.at(81))
    desk.stamp(at=OPENED + timedelta(hours=75))
    announce(desk)
    assert verdicts(record(desk, tsa)) == {"CHN": ATTESTED}


def test_before_voting_is_closed_nothing_is_proven(tsa: Tsa) -> None:
    desk = opened(tsa, rules=RULES)
    desk.at(2).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    desk.at(3).cast("BEL")
    found = record(desk, tsa)
    assert verdicts(found) == {"CHN": ATTESTED, "BEL": ATTESTED}
    assert "voting is not closed" in not_proved(found, "CHN")


def late_reply_inside(tsa: Tsa, *, stamped_between: bool = False) -> Desk:
    """At 85 hours a reply comes; the registrar's clock says 79.5, and the closing entry is made as of 80."""
    desk = opened(tsa, rules=RULES)
    desk.at(70).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    desk.at(79.5).cast("FRA", file=b"France votes in favour.")
    if stamped_between:
        desk.stamp(at=OPENED + timedelta(hours=85))
    desk.at(80)
    with clock_unchecked():
        close(desk)
    desk.stamp(at=OPENED + timedelta(hours=85.1))
    with clock_unchecked():
        announce(desk)
    return desk


def test_a_close_backdated_over_a_late_reply_proves_nothing_of_it(tsa: Tsa) -> None:
    desk = late_reply_inside(tsa)
    found = record(desk, tsa)
    assert verdicts(found) == {"CHN": PROVEN, "FRA": ATTESTED}
    assert "names no timestamp that covers the reply" in not_proved(found, "FRA")
    assert [each.reply.member for each in short_of(found, "proven")] == ["FRA"]
    assert verdicts(record(desk)) == {"CHN": ATTESTED, "FRA": ATTESTED}


def test_a_close_backdated_before_a_timestamp_that_it_names_is_disproved_by_it(tsa: Tsa) -> None:
    desk = late_reply_inside(tsa, stamped_between=True)
    found = record(desk, tsa)
    assert [finding.kind for finding in found.clocks] == ["clock_disproved"] * len(found.clocks)
    assert found.clocks  # a vote with one is short of any requirement above documents
    assert verdicts(found)["FRA"] == PROVEN  # it was on record when voting was closed, whenever that was


def test_a_reply_that_came_after_the_close_is_not_dated_back_into_the_window(tsa: Tsa) -> None:
    desk = opened(tsa, rules=RULES)
    desk.at(70).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    close(desk.at(80))
    desk.at(79.9)
    with clock_unchecked():
        desk.cast("FRA", file=b"France votes in favour.")
    desk.stamp(at=OPENED + timedelta(hours=85))
    desk.at(86).stamp()
    announce(desk)
    for tsas in ((tsa,), ()):
        found = record(desk, *tsas)
        assert verdicts(found)["FRA"] == ("indeterminate", "documented")
        assert "entered_after_close" in {finding.kind for _, finding in found.findings}


def test_a_close_dated_back_throws_out_nothing_that_was_on_record(tsa: Tsa) -> None:
    desk = opened(tsa, rules=RULES)
    desk.at(90).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    desk.at(80)
    with clock_unchecked():
        close(desk)
    desk.at(91)
    announce(desk)
    assert verdicts(record(desk)) == {"CHN": ATTESTED}
    assert verdicts(record(desk, tsa)) == {"CHN": PROVEN}
    assert "clock_stepped_back" in {finding.kind for _, finding in record(desk).findings}


def test_a_bundle_gives_the_same_and_less_evidence_gives_no_more(tsa: Tsa, tmp_path: Path) -> None:
    desk, bundle = honest(tsa), tmp_path / "vote.zip"
    export(desk.ledger, bundle, vote=SYMBOL)
    whole = verdicts(_record(verify_bundle(bundle, trust=trust(tsa))))
    assert whole == verdicts(record(desk, tsa))
    lines = members_of(bundle)[TIMESTAMPS].splitlines(keepends=True)
    for at in range(len(lines)):
        left = b"".join(lines[:at] + lines[at + 1 :])
        rewrite(bundle, partial(_put, left))
        for member, (place, strength) in verdicts(_record(verify_bundle(bundle, trust=trust(tsa)))).items():
            assert place == whole[member][0]
            assert _ORDER.index(strength) >= _ORDER.index(whole[member][1])


def _put(lines: bytes, members: Members) -> None:
    members[TIMESTAMPS] = lines


_ORDER = ("proven", "attested", "documented", "none")
