"""What an audit does grows with the acts of a vote, and with the register, and not with their square.

Counted are the calls that Python makes, of its own functions and of built-in ones, which no other load on the machine
changes: twice as many further acts take twice as many. What is done within one call, such as copying a tuple, is
counted in ``tests/domain/test_lasting.py``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from ledgers import OPENED, SMALL, cast, small
from signers import REGISTRAR

from inblue.domain import vote as domain_vote
from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    EntryVoided,
    ExplanationFiled,
    ReceiptAcknowledged,
    ReplyRejected,
)
from inblue.domain.ballot import SignedBallot
from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, PresidencyAssigned
from inblue.domain.roster import Roster
from inblue.domain.vote import MAX_ACTS, fold
from inblue.ledger.audit import vote_checks
from inblue.ledger.audit.checks import ACTS
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, write_entry
from inblue.ledger.entries.files import StoredDocuments
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.roll_call import roll_call, status_json
from inblue.ledger.standards.ed25519 import Ed25519Signer

SIZES = (60, 120, 240)
MEMBER = Ed25519Signer.from_seed(b"m" * 32)
AT = OPENED + timedelta(hours=2)


def replies(count: int) -> Iterator[Act]:
    yield from (cast(("CHN", "EST", "VNM")[n % 3], 1 + n / 10_000) for n in range(count))


def acknowledged(count: int) -> Iterator[Act]:
    for number in range(count // 2):
        yield cast("CHN", 1)
        yield ReceiptAcknowledged(member="CHN", reply=number + 1)


def voided(count: int) -> Iterator[Act]:
    for number in range(count // 2):
        yield cast("CHN", 1)
        yield EntryVoided(number=2 + 2 * number, reason="typed twice")


def replaced(count: int) -> Iterator[Act]:
    """Each reply takes the place of the one before."""
    for number in range(count // 2):
        before = {"replaces": 2 * number} if number else {}
        yield cast("CHN", 1).model_copy(update=before)
        yield EntryVoided(number=2 + 2 * number, reason="typed wrongly")


def corrected(count: int) -> Iterator[Act]:
    yield cast("CHN", 1)
    for number in range(count - 1):
        was, now = ("silent", "enclosed") if number % 2 == 0 else ("enclosed", "silent")
        yield ClericalErrorCorrected(member="CHN", reply=1, field="explanation", was=was, now=now, reason="read again")


def rejected(count: int) -> Iterator[Act]:
    for number in range(count // 2):
        yield cast("CHN", 1).model_copy(update={"position": None})
        yield ReplyRejected(member="CHN", reply=number + 1, clause="choices", reason="no position")


def statements(count: int) -> Iterator[Act]:
    yield from (ExplanationFiled(member="CHN", filed_at=AT, languages=("en",)) for _ in range(count))


def statements_voided(count: int) -> Iterator[Act]:
    yield from statements(count // 2)
    yield from (EntryVoided(number=2 + number, reason="filed twice") for number in range(count // 2))


def co_sponsorships(count: int) -> Iterator[Act]:
    yield from (CoSponsorshipAnnounced(member="CHN", announced_at=AT) for _ in range(count))


def written(ledger: Ledger, acts: Iterator[Any], stream: str, first: int) -> Ledger:
    """Acts recorded by other software, which asks no rule."""
    head = ledger.checkpoint()
    known, register = Seen(head.size, head.root), ledger.register().version
    rows = [
        write_entry(
            act,
            stream=stream,
            index=first + number,
            register=register if stream != REGISTER_STREAM else first + number,
            signer=REGISTRAR,
            office="registrar",
            recorded_at=AT,
            seen=known,
            idempotency_key=f"key-{number}",
        )
        for number, act in enumerate(acts)
    ]
    for at in range(0, len(rows), 500):
        ledger.streams.append(rows[at : at + 500])
    ledger.sequence()
    return ledger


def of_a_vote(acts: Callable[[int], Iterator[Act]], count: int) -> Ledger:
    return written(small(change=lambda happened: happened[:2]), acts(count), vote_stream(SMALL), 2)


def with_ballots(count: int) -> Ledger:
    grant = KeyGrant(key=MEMBER.key_id, public_key=MEMBER.public_key.hex(), office="delegation", member="CHN")
    ledger = small(
        change=lambda happened: happened[:2],
        before=lambda ledger: ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR),
    )
    blank = blank_of(ledger.vote(SMALL), ledger.register())
    acts = (
        cast("CHN", 1).model_copy(
            update={"ballot": SignedBallot(envelope=sign(blank.ballot("CHN", "in_favour"), MEMBER))}
        )
        for _ in range(count)
    )
    return written(ledger, acts, vote_stream(SMALL), 2)


def presidencies(count: int) -> Ledger:
    ledger = small(change=lambda happened: happened[:2])
    acts = (PresidencyAssigned(body=f"body {number}", member="CHN", month="2026-01") for number in range(count))
    return written(ledger, acts, REGISTER_STREAM, ledger.register().version)


LEDGERS: dict[str, Callable[[int], Ledger]] = {
    **{
        acts.__name__: lambda count, acts=acts: of_a_vote(acts, count)  # type: ignore[misc]
        for acts in (replies, acknowledged, voided, replaced, corrected, rejected, statements, statements_voided,
                     co_sponsorships)
    },
    "ballots": with_ballots,
    "presidencies": presidencies,
}  # fmt: skip


def calls(work: Callable[[], Any]) -> tuple[int, Any]:
    """How many calls ``work`` makes, and what it gives."""
    made = 0

    def count(_frame: Any, event: str, _what: Any) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = work()
    finally:
        sys.setprofile(before)
    return made, found


def shown(found: Verification) -> None:
    """What is shown of each vote: the record, and the roll call."""
    for name, state in found.states.items():
        record_of(state, found.bounds.get(name))
        status_json(roll_call(state, AT))


def test_a_vote_of_more_acts_than_a_vote_may_have_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ACTS == 50_000
    ledger = of_a_vote(statements, 20)
    monkeypatch.setattr(vote_checks, "MAX_ACTS", 22)
    assert verify(ledger.streams, ledger.log, ledger.files).holds
    monkeypatch.setattr(vote_checks, "MAX_ACTS", 10)
    found = verify(ledger.streams, ledger.log, ledger.files)
    assert [(each.check, each.text) for each in found.problems] == [
        (ACTS, "the vote on S/1 has more than 10 acts, the most of a vote")
    ]
    assert found.states[SMALL].version == 10


def test_no_act_is_recorded_after_the_last_that_a_vote_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = small(change=lambda happened: happened[:2])
    monkeypatch.setattr(domain_vote, "MAX_ACTS", 2)
    with pytest.raises(Refused, match="a vote has at most 2 acts"):
        ledger.perform(SMALL, cast("CHN", 0), signer=REGISTRAR, office="registrar")


def test_a_roster_has_fifty_thousand_seats_and_no_more() -> None:
    seats = [{"member": f"M{number}"} for number in range(50_001)]
    value = {"format": "inblue-roster/2", "name": "many", "source": None}
    assert "M49999" in Roster.of({**value, "members": seats[:-1]}, where="roster")
    with pytest.raises(Malformed, match="members"):
        Roster.of({**value, "members": seats}, where="roster")


@pytest.mark.parametrize("many", ["conditions", "any_of"])
def test_a_decision_asks_sixteen_conditions_of_sixteen_thresholds_and_no_more(many: str) -> None:
    """Each announcement, and each that corrects one, asks for all of them."""
    for number in (16, 17):
        value = json.loads(built_in_procedure("unsc-2020-253").raw)
        conditions = value["decision"]["conditions"]
        if many == "conditions":
            conditions[:] = [{**conditions[0], "id": f"c{n}"} for n in range(number)]
        else:
            conditions[0]["any_of"] *= number
        if number == 16:
            assert Procedure.of(value, where="procedure").decision.conditions
        else:
            with pytest.raises(Malformed, match=many):
                Procedure.of(value, where="procedure")


@pytest.mark.long
@pytest.mark.parametrize("what", LEDGERS)
def test_twice_as_many_further_acts_take_twice_as_much_work(what: str) -> None:
    counted: list[tuple[int, int, int]] = []
    for number in (SIZES[0], *SIZES):  # once more at first, for what is done once
        ledger = LEDGERS[what](number)
        checking, found = calls(lambda ledger=ledger: verify(ledger.streams, ledger.log, ledger.files))  # type: ignore[misc]
        assert found.entries > number
        showing, _ = calls(lambda found=found: shown(found))  # type: ignore[misc]
        acts, documents = list(ledger.acts(SMALL)), StoredDocuments(ledger.files)
        documents.snapshot(str(acts[1].act.json_value()["snapshot"]))  # which is read once
        folding, _ = calls(lambda acts=acts, documents=documents: fold(acts, documents))  # type: ignore[misc]
        counted.append((checking, showing, folding))
    for few, more, many in zip(*counted[1:], strict=True):
        assert many - more <= 2.6 * (more - few), (what, counted)
