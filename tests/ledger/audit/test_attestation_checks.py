"""What witnesses and timestamps say of a log in a store: what counts, what is wrong with the rest; all is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cosigned import AT, BOTH, EITHER, ONE, ORIGIN, TWO, checkpoint, cosign
from ledgers import rewrite, small
from signers import LOG, REGISTRAR, SECOND
from stamped import Kept

from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import NAMES, STAMPS, TRUST, WITNESS
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.evidence.bundle import CHECKPOINT
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.export import export
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.note import NoteSigner, Verifier


def found(ledger: Ledger, policy: str = BOTH) -> Verification:
    return verify(ledger.streams, ledger.log, ledger.files, trust=Trust(policy=policy))


def said(verification: Verification) -> Sequence[tuple[int, str]]:
    return [(each.check, each.text) for each in verification.problems]


def test_the_largest_size_counts_that_as_many_have_cosigned_as_the_policy_asks_for() -> None:
    ledger = small()
    cosign(ledger, 4, ONE, TWO)
    cosign(ledger, 6, TWO)
    cosign(ledger, 7, ONE, TWO, at=AT + 60)
    cosign(ledger, 9, ONE, at=AT + 120)
    both, either = found(ledger), found(ledger, EITHER)
    assert (both.problems, both.witnessed_size, either.witnessed_size) == ((), 7, 9)
    assert [(each.name, each.size) for each in both.witnesses] == [("one", 9), ("two", 7)]
    assert [each.at for each in both.witnesses] == [datetime.fromtimestamp(AT + late, UTC) for late in (120, 60)]


def test_a_policy_that_needs_nobody_makes_no_log_a_witnessed_one() -> None:
    ledger = small()
    cosign(ledger, 9, ONE, TWO)
    verification = found(ledger, BOTH.replace("quorum both", "quorum none"))
    assert (verification.problems, verification.witnessed_size, verification.witnessed) == ((), 0, False)
    assert [each.name for each in verification.witnesses] == ["one", "two"]


FIRST, LAST = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "at"), [(0, None), (1, FIRST), (253_370_764_799, LAST), (253_370_764_800, None), (2**62, None)]
)
def test_a_time_that_no_calendar_has_is_none_and_the_line_counts(seconds: int, at: datetime | None) -> None:
    ledger = small()
    cosign(ledger, 9, ONE, TWO, at=seconds)
    assert [each.at for each in found(ledger).witnesses] == [at, at]
    assert found(ledger).witnessed_size == 9


def test_what_is_not_a_state_of_the_log_is_named_and_the_others_are_read() -> None:
    ledger = small()
    cosign(ledger, 2, ONE, other=True)
    ledger.log.keep_cosignature(3, b"no note", "no line")
    stranger = checkpoint(ledger, 4).sign(NoteSigner(ORIGIN, SECOND))
    ledger.log.keep_cosignature(4, stranger, ONE.line(checkpoint(ledger, 4).text(), AT))
    moved = checkpoint(ledger, 5).sign(NoteSigner(ORIGIN, LOG))
    ledger.log.keep_cosignature(6, moved, ONE.line(checkpoint(ledger, 5).text(), AT))
    larger = checkpoint(ledger, 9).sign(NoteSigner(ORIGIN, LOG))
    ledger.log.keep_cosignature(8, larger, ONE.line(checkpoint(ledger, 9).text(), AT))
    cosign(ledger, 7, ONE, TWO)
    verification = found(ledger)
    checks, texts = zip(*said(verification), strict=True)
    assert set(checks) == {WITNESS}
    assert texts[0] == "the cosigned checkpoint of size 2 is no state of this log"
    assert texts[1].startswith("what was cosigned is no checkpoint of this log: ")
    assert texts[2].startswith("what was cosigned is no checkpoint of this log: ")
    assert texts[3:] == tuple(f"the cosigned checkpoint of size {size} is no state of this log" for size in (6, 8))
    assert verification.witnessed_size == 7


def test_a_line_that_does_not_hold_is_named_with_its_size_and_the_others_are_heard() -> None:
    ledger = small()
    text, note = checkpoint(ledger, 3).text(), checkpoint(ledger, 3).sign(NoteSigner(ORIGIN, LOG))
    ledger.log.keep_cosignature(3, note, ONE.line(text.replace("\n3\n", "\n2\n"), AT))
    cosign(ledger, 7, ONE, TWO)
    verification = found(ledger)
    ((check, what),) = said(verification)
    assert (check, what[:11]) == (WITNESS, "at size 3: ")
    assert verification.witnessed_size == 7


@pytest.mark.parametrize(
    ("policy", "what"),
    [
        (f"log {Verifier('example.org/other', LOG.public_key)}\n{BOTH}", "the policy does not name this log's key"),
        (
            BOTH.replace(str(TWO.verifier), str(CosignatureSigner("two.", REGISTRAR).verifier)),
            "as the witness two a key",
        ),
        (BOTH.replace(str(TWO.verifier), str(CosignatureSigner("two.", LOG).verifier)), "as the witness two a key"),
    ],
    ids=["of another log", "the registrar's key", "the log's key"],
)
def test_a_policy_of_another_log_or_of_no_third_party_is_a_problem_and_nothing_counts(policy: str, what: str) -> None:
    ledger = small()
    cosign(ledger, 9, ONE, TWO)
    verification = found(ledger, policy)
    ((check, text),) = said(verification)
    assert check == TRUST
    assert what in text
    assert (verification.witnesses, verification.witnessed_size) == ((), 0)


@pytest.mark.parametrize(
    "trust", [Trust(origin="example.org/other"), Trust(log_key=str(Verifier("x.", LOG.public_key)))]
)
def test_what_a_reader_knows_is_compared_with_a_log_that_has_signed_its_checkpoint(
    tmp_path: Path, trust: Trust
) -> None:
    """Of a witness that did not cosign, nothing else is known."""
    ledger = small()
    bundle = export(ledger, tmp_path / "bundle.zip").path
    other = Checkpoint(ORIGIN, 2, bytes(32)).sign(NoteSigner(ORIGIN, LOG))
    known = trust.model_copy(update={"checkpoints": (other.decode(),)})
    assert {check for check, _ in said(verify_bundle(bundle, known))} == {TRUST}
    head = checkpoint(ledger, ledger.checkpoint().size)
    rewrite(bundle, lambda members: members.update({CHECKPOINT: head.sign(NoteSigner(ORIGIN, SECOND))}))
    ((check, text),) = said(verify_bundle(bundle, known))
    assert (NAMES[check - 1], "not signed by the log's key" in text) == ("log", True)


def test_of_each_timestamp_is_said_what_is_wrong_with_what_it_is_over() -> None:
    ledger = small()
    true, text = checkpoint(ledger, 4).sign(NoteSigner(ORIGIN, LOG)), checkpoint(ledger, 4).text()
    notes = [
        (2, Checkpoint(ORIGIN, 2, bytes(32)).sign(NoteSigner(ORIGIN, LOG))),
        (4, true + ONE.line(text, AT).encode()),
        (4, checkpoint(ledger, 4).sign(NoteSigner(ORIGIN, SECOND))),
        (5, true),
        (3, true),
    ]
    authority = next(iter(Kept.read().authorities.values())).canonical().decode()
    for number, (size, note) in enumerate(notes):
        ledger.log.keep_stamp(Stamp(size, authority, note, b"q", bytes([number])))
    verification = found(ledger)
    assert {each.check for each in verification.problems} == {STAMPS}
    texts = sorted(each.text for each in verification.problems)
    assert texts[0] == "the timestamped checkpoint of size 2 is no state of this log"
    assert texts[1] == "the timestamped checkpoint of size 3 is no state of this log"
    assert texts[2].startswith("the timestamped checkpoint of size 4 has further signature lines;")
    assert texts[3] == "the timestamped checkpoint of size 5 is no state of this log"
    assert texts[4].startswith("what was timestamped is no checkpoint of this log: ")
