"""A member's receipt shows whether a ledger or bundle still holds its reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from courier import Courier
from ledgers import OPENED, SEATLESS, SMALL, cast, small
from paths import REAL_CASE, case_file
from signers import LOG, REGISTRAR, SECOND
from tamper import History, in_time, left_out, turned

from inblue.domain.acts import DraftCirculated
from inblue.domain.ballot import SignedBallot
from inblue.domain.errors import Malformed
from inblue.domain.register_acts import PresidencyAssigned, RegisterStated, StreamStated
from inblue.ledger.audit import whole_ledger
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import RECEIPT
from inblue.ledger.audit.entry_checks import EntryChecks, Place
from inblue.ledger.audit.receipt_checks import Surfaced, hold_against_receipts, read_surfaced
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.entries.files import MemoryFiles
from inblue.ledger.errors import NotFound
from inblue.ledger.evidence.receipt import LogProof, Receipt
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export, issue_receipt
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import leaf_hash
from inblue.ledger.standards.note import NoteSigner, split_note
from inblue.ledger.stores.streams import open_streams


@pytest.fixture(scope="module")
def receipt() -> Receipt:
    """Of the reply of China, under the checkpoint that followed it."""
    return issue_receipt(small(change=lambda history: history[:4]), SMALL, "CHN")


def held(ledger: Ledger, *receipts: Receipt) -> Verification:
    return verify(ledger.streams, ledger.log, ledger.files, against=Surfaced(receipts))


def answers(found: Verification) -> list[str]:
    return [each.found for each in found.against]


def found_in(ledger: Ledger, *receipts: Receipt) -> list[str]:
    found = held(ledger, *receipts)
    assert {problem.check for problem in found.problems} <= {RECEIPT}
    return [problem.text for problem in found.problems]


def test_a_receipt_holds_against_the_ledger_it_is_from_however_it_goes_on(receipt: Receipt, tmp_path: Path) -> None:
    ledger = small()
    assert found_in(ledger, receipt, issue_receipt(ledger, SMALL, "EST")) == []
    bundle = export(ledger, tmp_path / "b.zip", vote=SMALL).path
    assert verify_bundle(bundle, against=Surfaced((receipt,))).problems == ()


@pytest.mark.parametrize("change", [left_out, turned])
def test_who_rewrites_with_every_key_is_given_away_by_the_receipt(receipt: Receipt, change: object) -> None:
    (problem,) = found_in(small(change=change), receipt)  # type: ignore[arg-type]
    assert problem == "the receipt of CHN for S/1 shows another act 2 than there is here: one contradicts the other"


def against_late(history: History) -> History:
    """The late reply, with another position."""
    return [(at, cast("EST", 25, "against")) if at == 25 else (at, act) for at, act in history]


def test_what_was_rewritten_after_its_checkpoint_the_receipt_does_not_show(receipt: Receipt) -> None:
    assert found_in(small(change=against_late), receipt) == []


def test_what_was_rewritten_under_its_checkpoint_the_receipt_shows() -> None:
    (problem,) = found_in(small(change=against_late), issue_receipt(small(), SMALL, "CHN"))
    assert problem == (
        "the receipt of CHN for S/1 shows that the log signed other entries: its first 10 are not those here"
    )


def test_an_older_copy_that_has_the_entry_is_said_to_be_one() -> None:
    found = held(small(change=in_time), issue_receipt(small(), SMALL, "CHN"))
    assert found.problems == ()
    assert any("is of a log of 10 entries; this is one of 9" in said for said in found.not_proved)


def test_an_older_copy_lacks_the_entry(receipt: Receipt) -> None:
    (problem,) = found_in(small(change=lambda history: history[:2]), receipt)
    assert problem == "the receipt of CHN for S/1 shows an entry at 4, and this is a state of 4"


def pushed_back(ledger: Ledger) -> None:
    """Unrelated entries, so that the vote's are at other places in the log."""
    for month in range(1, 13):
        assigned = PresidencyAssigned(body="Security Council", member="CHN", month=f"2026-{month:02}")
        ledger.keep_register(assigned, signer=REGISTRAR)


def rotated(ledger: Ledger) -> None:
    """The log has another key before the receipt's checkpoint, properly announced."""
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)


@pytest.mark.parametrize("before", [pushed_back, rotated])
@pytest.mark.parametrize("change", [left_out, turned])
def test_no_other_place_and_no_other_key_takes_a_rewritten_reply_past_its_receipt(
    receipt: Receipt, tmp_path: Path, change: object, before: Callable[[Ledger], None]
) -> None:
    """The bundle alone shows the vote whole, and the receipt's index and checkpoint lie outside it."""
    ledger = small(change=change, before=before)  # type: ignore[arg-type]
    wanted = "the receipt of CHN for S/1 shows another act 2 than there is here: one contradicts the other"
    bundle = export(ledger, tmp_path / "b.zip", vote=SMALL).path
    for found in (held(ledger, receipt), verify_bundle(bundle, against=Surfaced((receipt,)))):
        assert [(problem.check, problem.text) for problem in found.problems] == [(RECEIPT, wanted)]


def test_the_same_act_in_another_place_is_another_history(receipt: Receipt) -> None:
    """Which only who lets entries say what they like can write: they name what was seen, and count the register."""
    checks = EntryChecks.over(MemoryFiles(), places=[("vote:S/1", 2)])
    for row in small().streams.page(0, 4):
        checks.add(row.envelope, row)
    checks.at("vote:S/1", 2, 9, leaf_hash(receipt.entry.encode()))
    hold_against_receipts(checks, 10, [receipt])
    assert checks.result.problems[-1].text == (
        "the receipt of CHN for S/1 shows act 2 as entry 4 of the log, and here it is entry 9"
    )


def test_a_key_that_the_log_has_later_signs_no_receipt_of_an_earlier_state(receipt: Receipt) -> None:
    """A receipt under the wrong key proves nothing: anyone with a key of the log could have made it."""
    ledger = small()
    proof = LogProof.parse(receipt.proof)
    rotated(ledger)
    note = Checkpoint.parse(split_note(proof.note)[0]).sign(NoteSigner("example.org/small", SECOND))
    late = receipt.model_copy(update={"proof": replace(proof, note=note).text()})
    assert found_in(ledger, receipt) == []
    found = held(ledger, late)
    assert (found.problems, answers(found), found.known_size) == ((), ["undecided"], 0)
    assert (
        "The receipt of CHN agrees with what is here, and proves nothing: at size 6 the log's key is that of entry 0, "
        "and another signed."
    ) in found.not_proved


def test_a_key_that_the_log_had_proves_only_where_the_one_after_it_was_handed_over(receipt: Receipt) -> None:
    """The announcement vouched for the next key; anybody may have a lost key."""

    def lost(ledger: Ledger) -> None:
        ledger.replace_log_key(SECOND, cause="loss", signer=REGISTRAR)

    proved = held(small(change=turned, before=rotated), receipt)
    assert ([each.check for each in proved.problems], answers(proved)) == ([RECEIPT], ["another"])
    doubtful = held(small(change=turned, before=lost), receipt)
    assert (doubtful.problems, answers(doubtful)) == ((), ["undecided"])
    assert any("contradicts what is here, and does not prove it" in said for said in doubtful.not_proved)


def test_a_log_of_the_same_name_under_other_keys_contradicts_and_is_not_disproved(receipt: Receipt) -> None:
    found = held(small(log=SECOND, change=turned), receipt)
    assert (found.problems, answers(found)) == ((), ["undecided"])


def test_a_reply_that_is_not_shown_is_missing_where_the_log_says_how_many_acts_there_are(tmp_path: Path) -> None:
    """The last act of the vote was left out, and the bundle says that at the log's end the vote has no more acts."""
    kept = issue_receipt(small(change=lambda history: history[:5]), SMALL, "EST")  # act 4

    def shorter(history: History) -> History:
        return history[:4]

    ledger = small(change=shorter)
    stated = RegisterStated(votes=(StreamStated(stream=f"vote:{SMALL}", acts=4),))
    ledger.keep_register(stated, signer=REGISTRAR)
    pushed_back(ledger)
    bundle = export(ledger, tmp_path / "a.zip", vote=SMALL, include_open=True).path
    found = verify_bundle(bundle, against=Surfaced((kept,)))
    assert (found.problems, answers(found)) == ((), ["undecided"])  # more may have come after the range
    other = DraftCirculated(symbol="Z", question="substantive", times="live", procedure=SEATLESS.sha256)
    ledger.perform("Z", other, signer=REGISTRAR)
    ledger.keep_register(RegisterStated(votes=(StreamStated(stream="vote:Z", acts=1),)), signer=REGISTRAR)
    bundle = export(ledger, tmp_path / "z.zip", vote=SMALL, include_open=True).path
    found = verify_bundle(bundle, against=Surfaced((kept,)))
    assert (found.problems, answers(found)) == ((), ["undecided"])  # nor does what is said of another vote settle it
    ledger.keep_register(stated, signer=REGISTRAR)
    bundle = export(ledger, tmp_path / "b.zip", vote=SMALL, include_open=True).path
    found = verify_bundle(bundle, against=Surfaced((kept,)))
    wanted = "the receipt of EST for S/1 shows act 4, and the log says here that its vote has 4"
    assert ([each.text for each in found.problems], answers(found)) == ([wanted], ["missing"])


def test_several_processes_find_the_act_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_ledger, "FEWEST", 1)
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        play(ledger, read_case(REAL_CASE), REAL_CASE.parent, signer=REGISTRAR)
        given = Surfaced((issue_receipt(ledger, "S/2020/240", "BEL"),))
        asked: list[EntryChecks] = []
        against = Asking(given, asked)
        reopen = partial(open_streams, path, read_only=True)
        found = verify(ledger.streams, ledger.log, ledger.files, against=against, jobs=2, reopen=reopen)
    assert found.holds
    assert list(asked[0].found) == list(given.places)


@dataclass
class Asking:
    """Receipts, and the checks that they were compared with."""

    given: Surfaced
    asked: list[EntryChecks]

    @property
    def places(self) -> frozenset[Place]:
        return self.given.places

    def hold_against(self, checks: EntryChecks, size: int) -> None:
        self.asked.append(checks)
        self.given.hold_against(checks, size)


def test_a_receipt_of_another_log_is_not_evidence_against_this_one(receipt: Receipt) -> None:
    other = Ledger.create(None, signer=REGISTRAR, log_signer=Ed25519Signer.from_seed(b"x" * 32), origin="example.org/x")
    with pytest.raises(Malformed, match="is not a receipt of this log: note: not signed by any known key"):
        found_in(other, receipt)


def test_outside_the_range_of_a_bundle_it_cannot_be_decided(tmp_path: Path) -> None:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG)
    for name in ("unga-74-544", "s-2020-268"):
        play(ledger, read_case(case_file(name)), case_file(name).parent, signer=REGISTRAR)
    bundle = export(ledger, tmp_path / "b.zip", vote="S/2020/240").path
    receipt = issue_receipt(ledger, "SIM/A/74/L.1", "MLT")
    found = verify_bundle(bundle, against=Surfaced((receipt,)))
    assert (found.problems, any("receipt of MLT lies outside" in text for text in found.not_proved)) == ((), True)
    assert (answers(found), found.all_there) == (["undecided"], False)


@pytest.mark.parametrize("field", ["member", "stream", "act", "digest", "entry", "proof"])
def test_a_receipt_that_was_tampered_with_proves_nothing(receipt: Receipt, field: str) -> None:
    given = {
        "member": "EST",
        "stream": "vote:S/2",
        "act": 3,
        "digest": "0" * 64,
        "entry": issue_receipt(small(), SMALL, "EST").entry,
        "proof": receipt.proof.replace("index 4", "index 3"),
    }
    with pytest.raises(Malformed, match=r"not a receipt of this log: .*(is of another reply|does not prove)"):
        found_in(small(), receipt.model_copy(update={field: given[field]}))


def test_what_is_not_on_record_has_no_receipt() -> None:
    for member, reply in (("VNM", 1), ("CHN", 2)):
        with pytest.raises(NotFound, match="on record"):
            issue_receipt(small(), SMALL, member, reply)


def test_the_file_is_read_back(receipt: Receipt, tmp_path: Path) -> None:
    path = tmp_path / "chn.receipt"
    path.write_bytes(receipt.canonical())
    assert read_surfaced([path]).receipts == (receipt,)
    for wrong in (b"", b"{}", receipt.canonical().replace(b"receipt/2", b"receipt/3"), b"[" * 9999):
        path.write_bytes(wrong)
        with pytest.raises(Malformed):
            read_surfaced([path])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"none\.receipt: No such file or directory"):
        read_surfaced([tmp_path / "none.receipt"])


# A ballot that surfaces


CHINA = Ed25519Signer.from_seed(b"c" * 32)


def surfaced(ledger: Ledger, tmp_path: Path, signer: Ed25519Signer = CHINA, **changed: Any) -> Verification:
    """Verify against a ballot that China says it sent."""
    blank = blank_of(ledger.vote(SMALL), ledger.register()).model_copy(update=changed)
    path = tmp_path / "ballot"
    path.write_bytes(SignedBallot(envelope=sign(blank.ballot("CHN", "in_favour"), signer)).canonical())
    return verify(ledger.streams, ledger.log, ledger.files, against=read_surfaced([path]))


def test_a_ballot_that_the_log_does_not_hold_is_said_to_have_surfaced(tmp_path: Path) -> None:
    found = surfaced(small(members={"CHN": CHINA}), tmp_path)
    assert (found.problems, answers(found)) == ((), ["missing"])
    assert any("The log does not have a ballot of CHN for S/1" in said for said in found.not_proved)


def test_a_ballot_that_was_cast_is_in_the_log(tmp_path: Path) -> None:
    ledger = small(members={"CHN": CHINA})
    (cast_one,) = [reply.act.ballot for reply in ledger.vote(SMALL).replies if reply.act.ballot is not None]
    path = tmp_path / "ballot"
    path.write_bytes(cast_one.canonical())
    found = verify(ledger.streams, ledger.log, ledger.files, against=read_surfaced([path]))
    assert (found.problems, [said for said in found.not_proved if "surfaced" in said]) == ((), [])
    assert [(each.what, each.member, each.vote, each.found, each.said) for each in found.against] == [
        ("ballot", "CHN", "S/1", "there", "act 2")
    ]


def test_a_ballot_of_nobody_here_is_a_wrong_call(tmp_path: Path) -> None:
    ledger = small(members={"CHN": CHINA})
    for changed, signer, wanted in (
        ({"log": "example.org/other"}, CHINA, "was signed for another log: example.org/other"),
        ({"rehearsal": True}, CHINA, "was signed for a rehearsal, and this is none"),
        ({}, REGISTRAR, "is not signed with a key of that member"),
    ):
        with pytest.raises(Malformed, match=wanted):
            surfaced(ledger, tmp_path, signer, **changed)
    (tmp_path / "x").write_bytes(b"[]")
    with pytest.raises(Malformed):
        read_surfaced([tmp_path / "x"])


@pytest.mark.parametrize(
    "changed",
    [
        {"opening": "0" * 64},
        {"texts": {"en": "0" * 64}},
        {"draft": "S/2"},
        {"closes_at": OPENED + timedelta(hours=24, microseconds=1)},
    ],
)
def test_a_ballot_for_another_opening_text_deadline_or_vote_than_is_here_contradicts_and_proves_nothing(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    """A registrar who rewrote the log has another opening in it; so does a member who invents a blank."""
    found = surfaced(small(members={"CHN": CHINA}), tmp_path, **changed)
    assert (found.problems, answers(found), found.all_there) == ((), ["undecided"], False)
    assert any("contradicts what is here" in said for said in found.not_proved)


def test_a_ballot_is_not_said_to_be_missing_where_the_vote_is_not_shown_to_its_end(tmp_path: Path) -> None:
    ledger = small(members={"CHN": CHINA, "EST": SECOND})
    (late,) = [each.act.ballot for each in ledger.vote(SMALL).replies if each.act.member == "EST"]
    path = tmp_path / "est.ballot"
    path.write_bytes(late.canonical())  # type: ignore[union-attr]
    courier = Courier.of(export(ledger, tmp_path / "b.zip", vote=SMALL).path)
    courier.cut(7)
    found = verify_bundle(courier.write(tmp_path / "cut.zip"), against=read_surfaced([path]))
    assert (found.problems, answers(found)) == ((), ["undecided"])
    assert verify(ledger.streams, ledger.log, ledger.files, against=read_surfaced([path])).all_there
