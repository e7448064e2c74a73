"""Which state of the log a bundle shows, and what the register states of the acts of votes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from courier import Courier
from ledgers import OPENED, SEATLESS, SMALL, first_format, past_the_rules, sign_over, small
from signers import LOG, REGISTRAR

from inblue.domain.acts import CoSponsorshipAnnounced, DraftCirculated, ExplanationFiled
from inblue.domain.errors import Malformed, Refused
from inblue.domain.register_acts import PresidencyAssigned, RegisterStated, StreamStated
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import ACTS, CONTAINER
from inblue.ledger.audit.entry_checks import EntryChecks
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.since import verify_since
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export, state_acts
from inblue.ledger.projections.as_of import AsOf
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT, range_proof

PRESIDES = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
EXPLAINS = ExplanationFiled(member="CHN", languages=("fr",))


def stated(acts: int, stream: str = vote_stream(SMALL)) -> RegisterStated:
    return RegisterStated(votes=(StreamStated(stream=stream, acts=acts),))


def checks_of(found: Verification) -> set[int]:
    return {problem.check for problem in found.problems}


def bundle_of(ledger: Ledger, folder: Path, vote: str | None = SMALL) -> Verification:
    return verify_bundle(export(ledger, folder / f"{ledger.checkpoint().size}.zip", vote=vote).path)


# What the recorder takes


def test_the_register_states_how_many_acts_a_vote_has(tmp_path: Path) -> None:
    ledger = small()
    acts = ledger.vote(SMALL).version
    for wrong in (acts - 1, acts + 1):
        with pytest.raises(Refused, match="nothing was recorded"):
            ledger.keep_register(stated(wrong), signer=REGISTRAR)
    with pytest.raises(Refused, match="fewer than 1 act"):
        ledger.keep_register(stated(1, "vote:S/2"), signer=REGISTRAR)
    size = ledger.checkpoint().size
    ledger.keep_register(stated(acts), signer=REGISTRAR)
    assert ledger.checkpoint().size == size + 1
    assert ledger.verify().problems == ()
    assert bundle_of(ledger, tmp_path, None).holds


@pytest.mark.parametrize("office", ["president", "permanent_representative"])
def test_only_the_registrar_states_it(office: str) -> None:
    ledger = small()
    with pytest.raises(Refused, match=office):
        ledger.keep_register(stated(ledger.vote(SMALL).version), signer=REGISTRAR, office=office)


@pytest.mark.parametrize(
    "votes",
    [
        [],
        [("vote:B", 1), ("vote:A", 1)],
        [("vote:A", 1), ("vote:A", 1)],
        [("register", 1)],
        [("vote:A", 0)],
        [("vote#0:A", 1)],
        [("vote:A\n", 1)],
        [(f"vote:{number:04}", 1) for number in range(1001)],
    ],
)
def test_it_has_one_form(votes: list[tuple[str, int]]) -> None:
    with pytest.raises(Malformed):
        RegisterStated.of(
            {"act": "register_stated", "votes": [{"stream": s, "acts": n} for s, n in votes]}, where="act"
        )


class Meddling:
    """A signer that lets somebody else record before it signs, once."""

    def __init__(self, signer: Ed25519Signer, other: Ledger) -> None:
        self.public_key, self.key_id = signer.public_key, signer.key_id
        self._signer, self._other = signer, other

    def sign(self, message: bytes) -> bytes:
        if self._other.vote("A").version == 1:
            self._other.perform("A", CoSponsorshipAnnounced(member="CHN"), signer=REGISTRAR)
        return self._signer.sign(message)


def test_a_number_that_somebody_makes_wrong_meanwhile_is_refused_under_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger, Ledger.open(path, log_signer=LOG) as other:
        procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
        draft = DraftCirculated(symbol="A", question="substantive", times="live", procedure=procedure)
        ledger.perform("A", draft, signer=REGISTRAR)
        before = ledger.checkpoint().size
        with pytest.raises(Refused, match="more than 1 act"):
            ledger.keep_register(stated(1, "vote:A"), signer=Meddling(REGISTRAR, other))
        assert ledger.checkpoint().size == before + 1
        ledger.keep_register(stated(2, "vote:A"), signer=Meddling(REGISTRAR, other))
        assert ledger.verify().problems == ()


# What checks find of it


@pytest.mark.parametrize("acts", [1, 7, 9, 1_000])
def test_a_wrong_number_is_named_in_a_ledger(acts: int) -> None:
    ledger = small()
    past_the_rules(ledger, stated(acts), ledger.register().version)
    sign_over(ledger)
    assert checks_of(ledger.verify()) == {ACTS}


def test_a_vote_that_is_not_there_has_no_acts() -> None:
    ledger = small()
    past_the_rules(ledger, stated(1, "vote:S/2"), ledger.register().version)
    sign_over(ledger)
    assert checks_of(ledger.verify()) == {ACTS}


def test_a_wrong_number_is_named_since_a_checkpoint_too() -> None:
    ledger = small()
    head = ledger.log.head()
    assert head is not None
    ledger.perform(SMALL, EXPLAINS, signer=REGISTRAR)
    past_the_rules(ledger, stated(8), ledger.register().version)
    sign_over(ledger)
    assert checks_of(verify_since(head.note, ledger.streams, ledger.log, ledger.files)) == {ACTS}


def test_a_bundle_shows_no_more_acts_than_are_stated(tmp_path: Path) -> None:
    ledger = small()
    past_the_rules(ledger, stated(7), ledger.register().version)
    sign_over(ledger)
    with pytest.raises(Exception, match="says that vote:S/1 had 7 acts; it had 8"):
        bundle_of(ledger, tmp_path)


def test_what_is_stated_of_a_range_without_its_vote_says_nothing_of_it(tmp_path: Path) -> None:
    ledger = small()
    state_acts(ledger, SMALL, signer=REGISTRAR)
    draft = DraftCirculated(symbol="S/2", question="substantive", times="live", procedure=SEATLESS.sha256)
    ledger.perform("S/2", draft, signer=REGISTRAR)
    found = verify_bundle(export(ledger, tmp_path / "b.zip", vote="S/2", include_open=True).path)
    assert (found.problems, found.as_of) == ((), AsOf(12, 12, 12))


# As of which entry


def test_a_whole_ledger_and_a_bundle_of_it_are_as_of_the_head(tmp_path: Path) -> None:
    ledger = small()
    ledger.keep_register(PRESIDES, signer=REGISTRAR)
    size = ledger.checkpoint().size
    for found in (ledger.verify(), bundle_of(ledger, tmp_path, None)):
        assert (found.as_of, found.current) == (AsOf(size, size, size), True)


def test_a_bundle_of_the_whole_log_is_said_to_be_a_copy_and_a_range_to_show_no_more(tmp_path: Path) -> None:
    ledger = small()
    for vote, said, unsaid in (
        (None, "A whole older copy", "before and behind"),
        (SMALL, "before and behind", "older"),
    ):
        path = export(ledger, tmp_path / f"{vote is None}.zip", vote=vote).path
        told = " ".join(verify_bundle(path).not_proved)
        assert said in told
        assert unsaid not in told


def test_of_a_range_it_is_its_end_and_the_register_is_shown_further(tmp_path: Path) -> None:
    ledger = small()
    ledger.keep_register(PRESIDES, signer=REGISTRAR)
    found = bundle_of(ledger, tmp_path)
    assert (found.as_of, found.current) == (AsOf(10, 11, 11), False)


def test_what_is_stated_counts_as_the_last_entry_of_the_log_alone(tmp_path: Path) -> None:
    ledger = small()
    state_acts(ledger, SMALL, signer=REGISTRAR)
    assert bundle_of(ledger, tmp_path).as_of == AsOf(11, 11, 11)
    ledger.keep_register(PRESIDES, signer=REGISTRAR)
    assert bundle_of(ledger, tmp_path).as_of == AsOf(10, 12, 12)
    ledger.perform(SMALL, EXPLAINS, signer=REGISTRAR)
    assert bundle_of(ledger, tmp_path).as_of == AsOf(13, 13, 13)


def test_what_is_stated_of_another_vote_does_not_count(tmp_path: Path) -> None:
    ledger = small()
    draft = DraftCirculated(symbol="S/2", question="substantive", times="live", procedure=SEATLESS.sha256)
    ledger.perform("S/2", draft, signer=REGISTRAR)
    state_acts(ledger, "S/2", signer=REGISTRAR, include_open=True)
    assert bundle_of(ledger, tmp_path).as_of == AsOf(10, 12, 12)


def test_entries_of_the_first_format_do_not_show_the_register_before_them(tmp_path: Path) -> None:
    """Nothing counts it there: up to its last entry that is shown, and no further."""
    with first_format():
        ledger = small()
        found = bundle_of(ledger, tmp_path)
    assert (found.as_of, found.current) == (AsOf(10, 10, 2), False)


def test_a_later_checkpoint_that_the_reader_knows_makes_it_outdated(tmp_path: Path) -> None:
    ledger = small()
    path = export(ledger, tmp_path / "b.zip", vote=SMALL).path
    ledger.keep_register(PRESIDES, signer=REGISTRAR)
    head = ledger.log.head()
    assert head is not None
    assert verify_bundle(path).current
    assert not verify_bundle(path, Trust(checkpoints=(head.note.decode(),))).current


def test_the_vote_itself_may_not_be_among_the_entries_of_the_register(tmp_path: Path) -> None:
    ledger = small()
    courier = Courier.of(export(ledger, tmp_path / "b.zip", vote=SMALL).path)
    courier.cut(8, moving=b'"vote:')
    assert checks_of(verify_bundle(courier.write(tmp_path / "moved.zip"))) == {CONTAINER}


def test_a_vote_begins_once_also_where_no_more_than_a_second_draft_of_it_is_shown(tmp_path: Path) -> None:
    ledger = small()
    again = write_entry(
        DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=SEATLESS.sha256),
        stream=vote_stream(SMALL),
        index=ledger.vote(SMALL).version,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=OPENED + timedelta(hours=30),
        seen=Seen(0, EMPTY_ROOT),
    )
    ledger.streams.append([again])
    sign_over(ledger)
    rows = list(ledger.streams.page(0, 100))
    before, _ = range_proof(10, 10 + 1, ledger.checkpoint().size, ledger.log.node)
    checks = EntryChecks.over(ledger.files, start=10, peaks=before)
    for index, row in enumerate(rows[:10]):
        if row.originator_id == REGISTER_STREAM:
            checks.recall(index, row.envelope)
    checks.add(again.envelope)
    assert [(each.check, each.entry) for each in checks.result.problems] == [(ACTS, 10)]
    assert SMALL not in checks.votes.states.whole()
