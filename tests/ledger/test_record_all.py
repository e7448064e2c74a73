"""Many acts in one go are judged as each by itself, and recorded in one transaction under one head, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from paths import case_file
from seats import COUNCIL_2021
from server import Database
from signers import LOG, REGISTRAR, Elsewhere

from inblue.domain.acts import Act, DraftCirculated, LetterSent, ReceiptAcknowledged, ReplyRejected, VoteCast
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.errors import Busy, SignerFailed
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.stores.address import Address, read_address

OPENED = datetime(2026, 1, 5, 12, tzinfo=UTC)
PROCEDURE, ROSTER = built_in_procedure("unsc-2020-253"), COUNCIL_2021
A_MOMENT = timedelta(minutes=1)
Acts: TypeAlias = list[tuple[Act, datetime]]


@pytest.fixture
def log() -> Elsewhere:
    return Elsewhere(LOG)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def ledger(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Elsewhere
) -> Iterator[Ledger]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place: Address | None = tmp_path / "ledger.db" if request.param == "sqlite" else None
    if request.param == "postgres":
        database: Database = request.getfixturevalue("postgres")
        place = read_address(database.fresh())
    with Ledger.create(place, signer=REGISTRAR, log_signer=log, clock=lambda: OPENED) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        yield made


def draft(symbol: str) -> tuple[Act, datetime]:
    given = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
    return given, OPENED - A_MOMENT


def opening(ledger: Ledger) -> tuple[Act, datetime]:
    snapshot = ledger.keep_snapshot(ledger.snapshot(PROCEDURE, ROSTER, "NOR", OPENED))
    return LetterSent(kind="opening", opens_at=OPENED, snapshot=snapshot), OPENED


def reply(member: str, hours: float = 1) -> tuple[Act, datetime]:
    at = OPENED + timedelta(hours=hours)
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    return VoteCast(member=member, position="in_favour", received_at=at, instrument=paper), at


def record(ledger: Ledger, *votes: tuple[str, Acts]) -> None:
    ledger.record_all(votes, signer=REGISTRAR, office="registrar")


def entries(ledger: Ledger) -> list[bytes]:
    return [stored.envelope for stored in ledger.streams.page(0, 10_000)]


def kinds(ledger: Ledger, symbol: str) -> list[str]:
    return [recorded.act.act for recorded in ledger.acts(symbol)]


def test_what_the_rules_forbid_is_refused_by_symbol_and_number_and_nothing_of_it_all_is_recorded(
    ledger: Ledger,
) -> None:
    record(ledger, ("A", [draft("A")]))
    before, at = (entries(ledger), ledger.checkpoint()), OPENED + A_MOMENT
    closed = VotingClosed(closed_at=at)
    forbidden: list[tuple[Acts, str]] = [
        ([(ReceiptAcknowledged(member="KEN", reply=3), at)], "A, act 1: no reply 3 of KEN is on record"),
        ([draft("A")], "A, act 1: the draft A is circulated already"),
        ([opening(ledger), reply("KEN"), (closed, at)], r"A, act 3: .* \(clause window\)"),
        ([opening(ledger), reply("KEN"), reply("KEN")], "A, act 3: this letter of KEN is on record already"),
        ([opening(ledger), reply("KEN", hours=3), (closed, at)], r"A, act 3: .* \(clause window\)"),
        ([(LetterSent(kind="outcome"), at)], r"A, act 1: no .* \(clause window\)"),
    ]
    for acts, says in forbidden:
        with pytest.raises(Refused, match=says):
            record(ledger, ("B", [draft("B"), opening(ledger)]), ("A", acts), ("C", [draft("C")]))
        assert (entries(ledger), ledger.checkpoint()) == before
    malformed: list[tuple[Acts, str]] = [
        ([draft("D")], "A, act 1: the draft D cannot be circulated in the vote on A"),
        ([(LetterSent(kind="opening", opens_at=OPENED), at)], "A, act 1: an opening pins a snapshot"),
        ([opening(ledger), (LetterSent(kind="outcome", sender="XXX"), at)], "A, act 2: .*XXX"),
    ]
    for acts, wrong in malformed:
        with pytest.raises(Malformed, match=wrong):
            record(ledger, ("B", [draft("B")]), ("A", acts))
        assert (entries(ledger), ledger.checkpoint()) == before
    with pytest.raises(Refused, match="E, act 0: there is no such vote"):
        record(ledger, ("E", [reply("KEN")]))
    other = draft("F")[0].model_copy(update={"procedure": "0" * 64})
    with pytest.raises(Refused, match="F, act 0: the procedure is not adopted"):
        record(ledger, ("F", [(other, OPENED)]))
    assert (entries(ledger), ledger.checkpoint()) == before
    assert ledger.vote("A").version == 1
    assert ledger.verify().holds


def test_whoever_may_not_record_one_of_them_records_none(ledger: Ledger) -> None:
    key = Ed25519Signer.from_seed(b"m" * 32)
    grant = KeyGrant(key=key.key_id, public_key=key.public_key.hex(), office="permanent_representative", member="NOR")
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    record(ledger, ("A", [draft("A"), opening(ledger)]))
    before = entries(ledger)
    for member, says in (("BEL", "acts for NOR, not for BEL"), ("NOR", "may not record vote_cast")):
        with pytest.raises(Refused, match=f"A, act 2: .*{says}"):
            ledger.record_all([("A", [reply(member)])], signer=key, office="permanent_representative")
    with pytest.raises(Refused, match=r"A, act 2: .*does not hold the office registrar"):
        ledger.record_all([("A", [reply("NOR")])], signer=key, office="registrar")
    assert entries(ledger) == before


def test_what_follows_by_the_rules_is_recorded_too_unless_it_is_given(ledger: Ledger) -> None:
    late = reply("KEN", hours=25)
    record(ledger, ("A", [draft("A"), opening(ledger), reply("NOR"), late, reply("EST", hours=2)]))
    wanted = ["draft_circulated", "letter_sent", "vote_cast", "vote_cast", "reply_rejected", "vote_cast"]
    assert kinds(ledger, "A") == wanted
    ((rejection, at),) = [(r.act, r.recorded_at) for r in ledger.acts("A") if isinstance(r.act, ReplyRejected)]
    assert (rejection.member, rejection.clause, at) == ("KEN", "late", late[1])

    given = [(each.act, each.recorded_at) for each in ledger.acts("A")]
    again = [(draft("B")[0], given[0][1]), *given[1:]]
    record(ledger, ("B", again))
    assert [(each.act, each.recorded_at) for each in ledger.acts("B")][1:] == given[1:]
    words = rejection.model_copy(update={"reason": "in other words"})
    record(ledger, ("C", [draft("C"), opening(ledger), late, (words, late[1] + A_MOMENT), reply("EST", hours=26)]))
    assert kinds(ledger, "C")[2:] == ["vote_cast", "reply_rejected", "vote_cast", "reply_rejected"]
    assert [each.act for each in ledger.acts("C")][3] == words
    assert ledger.verify().holds
    one_by_one = ledger.vote("A")
    assert [r.rejected for r in ledger.vote("B").replies] == [r.rejected for r in one_by_one.replies]


def test_an_outcome_that_is_left_open_is_the_tallys(ledger: Ledger) -> None:
    over = OPENED + timedelta(hours=25)
    acts = [draft("A"), opening(ledger), *(reply(member) for member in ROSTER.ids)]
    end: Acts = [(VotingClosed(closed_at=over), over), (ResultAnnounced(announced_at=over), over)]
    record(ledger, ("A", [*acts, *end]))
    result = ledger.vote("A").result
    assert result is not None
    assert result.act.outcome == "adopted"
    wrong = (ResultAnnounced(announced_at=over, outcome="not_adopted"), over)
    with pytest.raises(Refused, match=rf"B, act {len(acts) + 1}: "):
        record(ledger, ("B", [draft("B"), *acts[1:], end[0], wrong]))


def test_acts_of_one_vote_may_be_given_in_parts(ledger: Ledger) -> None:
    record(ledger, ("A", [draft("A")]), ("B", [draft("B")]), ("A", [opening(ledger), reply("NOR")]), ("B", []))
    assert (ledger.vote("A").version, ledger.vote("B").version) == (3, 1)
    record(ledger, ("A", [reply("EST")]))
    record(ledger)
    assert [r.member for r in ledger.vote("A").replies] == ["NOR", "EST"]
    assert ledger.verify().holds


@pytest.mark.long
def test_however_many_they_are_they_are_one_transaction_under_one_head(ledger: Ledger, log: Elsewhere) -> None:
    """PostgreSQL takes a hundred in one insert, SQLite a thousand in one batch."""
    votes = [(f"S/{number}", [draft(f"S/{number}")]) for number in range(1_300)]
    before, log.asked, log.how = (entries(ledger), ledger.checkpoint()), 0, "zeros"
    with pytest.raises(SignerFailed):
        record(ledger, *votes)
    assert (entries(ledger), ledger.checkpoint(), log.asked) == (*before, 1)
    log.asked, log.how = 0, "well"
    record(ledger, *votes)
    assert (log.asked, ledger.checkpoint().size) == (1, before[1].size + len(votes))
    assert ledger.votes() == tuple(symbol for symbol, _ in votes)
    found = ledger.verify()
    assert (found.holds, found.uncovered, found.entries) == (True, 0, before[1].size + len(votes))


def test_a_place_that_is_taken_late_in_many_leaves_all_as_it_was(ledger: Ledger) -> None:
    """Others recorded into the last vote of them meanwhile."""
    other = Ledger(ledger.streams, ledger.files, clock=ledger.clock, log_signer=LOG)
    record(ledger, ("Z", [draft("Z"), opening(ledger)]))
    append, waiting = ledger.streams.append, [True]

    def overtaken(*given: object) -> int:
        if waiting:
            waiting.clear()
            other.perform("Z", reply("KEN", hours=0)[0], signer=REGISTRAR)
        return append(*given)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(ledger.streams, "append", overtaken)
        with pytest.raises(Busy):
            record(ledger, *((f"S/{n}", [draft(f"S/{n}")]) for n in range(250)), ("Z", [reply("NOR")]))
    assert ledger.votes() == ("Z",)
    record(ledger, ("Z", [reply("NOR")]))
    assert [r.member for r in ledger.vote("Z").replies] == ["KEN", "NOR"]
    assert ledger.verify().holds


def test_a_case_that_is_played_is_recorded_act_for_act_as_it_was_rehearsed(ledger: Ledger) -> None:
    for name in ("s-2020-268", "simulated", "unga-74-544"):
        path = case_file(name)
        case = read_case(path)
        done = play(ledger, case, path.parent, signer=REGISTRAR)
        again = play(ledger, case, path.parent, signer=REGISTRAR)
        assert (again.recorded, again.standing, done.standing) == (0, done.recorded, 0)
        assert len(list(ledger.acts(done.symbol))) == done.recorded
    assert ledger.verify().holds
