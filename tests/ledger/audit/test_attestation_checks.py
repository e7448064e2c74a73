"""What witnesses and timestamps say of a log in a store: what counts, what is wrong with the rest; all is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledgers import SMALL, small
from signers import LOG, REGISTRAR, SECOND
from stamped import Kept

from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import STAMPS, TRUST, WITNESS
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.export import export
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import root
from inblue.ledger.standards.note import NoteSigner, Verifier

ONE, TWO = (CosignatureSigner(name, Ed25519Signer.from_seed(name.encode() * 8)) for name in ("one.", "two."))
AT = 1_774_800_000
BOTH = f"witness one {ONE.verifier}\nwitness two {TWO.verifier}\ngroup both all one two\nquorum both\n"
EITHER = BOTH.replace("all one two", "any one two")


def checkpoint(ledger: Ledger, size: int) -> Checkpoint:
    return Checkpoint(ledger.checkpoint().origin, size, root(size, ledger.log.node))


def cosign(ledger: Ledger, size: int, *by: CosignatureSigner, at: int = AT, other: bool = False) -> None:
    true = checkpoint(ledger, size)
    signed = Checkpoint(true.origin, size, bytes(32)) if other else true
    note = signed.sign(NoteSigner(true.origin, LOG))
    for each in by:
        ledger.log.keep_cosignature(size, note, each.line(signed.text(), at))


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


def test_what_is_witnessed_up_to_a_line_of_the_register_is_not_witnessed_with_it(tmp_path: Path) -> None:
    ledger = small()
    vote_ends = ledger.checkpoint().size
    ledger.keep_register(PresidencyAssigned(body="Security Council", member="CHN", month="2026-03"), signer=REGISTRAR)
    rewritten = {}
    for size in (vote_ends, vote_ends + 1):
        cosign(ledger, size, ONE, TWO)
        bundle = export(ledger, tmp_path / f"{size}.zip", vote=SMALL).path
        shown = verify_bundle(bundle, Trust(policy=BOTH))
        assert (shown.start + shown.entries, shown.witnessed_size) == (vote_ends, size)
        rewritten[size] = [text for text in shown.not_proved if "have been rewritten" in text]
    both = f"one (size {vote_ends}), two (size {vote_ends})"
    assert rewritten[vote_ends] == [
        f"Only together with {both} could the log have been rewritten before entry {vote_ends}."
    ]
    both = both.replace(str(vote_ends), str(vote_ends + 1))
    assert rewritten[vote_ends + 1] == [f"Only together with {both} could the log have been rewritten."]


FIRST, LAST = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "at"), [(0, None), (1, FIRST), (253_370_764_799, LAST), (253_370_764_800, None), (2**62, None)]
)
def test_a_time_that_no_calendar_has_is_none_and_the_line_counts(seconds: int, at: datetime | None) -> None:
    ledger = small()
    cosign(ledger, 9, ONE, TWO, at=seconds)
    assert [each.at for each in found(ledger).witnesses] == [at, at]
    assert found(ledger).witnessed_size == 9


def test_what_is_no_state_of_the_log_is_named_and_the_others_are_read() -> None:
    ledger = small()
    origin = ledger.checkpoint().origin
    cosign(ledger, 2, ONE, other=True)
    ledger.log.keep_cosignature(3, b"no note", "no line")
    stranger = checkpoint(ledger, 4).sign(NoteSigner(origin, SECOND))
    ledger.log.keep_cosignature(4, stranger, ONE.line(checkpoint(ledger, 4).text(), AT))
    moved = checkpoint(ledger, 5).sign(NoteSigner(origin, LOG))
    ledger.log.keep_cosignature(6, moved, ONE.line(checkpoint(ledger, 5).text(), AT))
    larger = checkpoint(ledger, 9).sign(NoteSigner(origin, LOG))
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
    text, note = checkpoint(ledger, 3).text(), checkpoint(ledger, 3).sign(NoteSigner(ledger.checkpoint().origin, LOG))
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


def test_of_each_timestamp_is_said_what_is_wrong_with_what_it_is_over() -> None:
    ledger = small()
    origin = ledger.checkpoint().origin
    true, text = checkpoint(ledger, 4).sign(NoteSigner(origin, LOG)), checkpoint(ledger, 4).text()
    notes = [
        (2, Checkpoint(origin, 2, bytes(32)).sign(NoteSigner(origin, LOG))),
        (4, true + ONE.line(text, AT).encode()),
        (4, checkpoint(ledger, 4).sign(NoteSigner(origin, SECOND))),
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
