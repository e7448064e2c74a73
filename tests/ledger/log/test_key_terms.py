"""The life of the log's key: announced, replaced, lost, compromised; and what each leaves unproved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from ledgers import MlDsaSigner, past_the_rules, rewrite
from paths import EXAMPLES, REAL_CASE
from signers import REGISTRAR, SECOND

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, LogKeyAnnounced, LogKeySucceeded
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import LOG, TRUST
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.entry import REGISTER_STREAM
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.bundle import FOLDER, LOG_JSON, LogPart
from inblue.ledger.evidence.container import Container
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import advance
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.cosignature import MlDsaVerifier, log_key
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import NoteSigner, encode_base64

FIRST, THIRD = (Ed25519Signer.from_seed(letter * 32) for letter in (b"1", b"3"))
ORIGIN = "example.org/votes"
REAL = REAL_CASE
SINCE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def vkey(signer: Ed25519Signer) -> str:
    return str(NoteSigner(ORIGIN, signer).verifier)


def founded() -> Ledger:
    return Ledger.create(None, signer=REGISTRAR, log_signer=FIRST, origin=ORIGIN)


def act(ledger: Ledger, symbol: str = "S/1") -> None:
    procedure = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure)
    ledger.perform(symbol, draft, signer=REGISTRAR)


def rotated() -> Ledger:
    ledger = founded()
    act(ledger, "S/1")
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    act(ledger, "S/2")
    assert ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    act(ledger, "S/3")
    return ledger


def held(ledger: Ledger, key: Ed25519Signer) -> Verification:
    return verify(ledger.streams, ledger.log, ledger.files, trust=Trust(log_key=vkey(key)))


def problems(found: Verification) -> list[tuple[int, int | None]]:
    return [(problem.check, problem.entry) for problem in found.problems]


def test_a_rotation_that_was_announced_leaves_nothing_open() -> None:
    ledger = rotated()
    before = founded().verify().not_proved
    assert (ledger.verify().problems, ledger.verify().not_proved) == ((), before)
    assert [str(key) for key in ledger.log_keys()] == [vkey(FIRST), vkey(SECOND)]
    assert open_checkpoint(ledger.log.head().note, NoteSigner(ORIGIN, SECOND).verifier).size == 7  # type: ignore[union-attr]
    assert held(ledger, FIRST).holds
    assert held(ledger, SECOND).holds
    assert problems(held(ledger, THIRD)) == [(TRUST, None)]


def test_a_rotation_goes_to_the_key_announced_and_never_back() -> None:
    ledger = founded()
    with pytest.raises(Refused, match="announced"):
        ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    act(ledger)  # the present key goes on signing
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.announce_log_key(THIRD.public_key, signer=REGISTRAR)
    with pytest.raises(Refused, match="announced"):
        ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    assert ledger.replace_log_key(THIRD, cause="rotation", signer=REGISTRAR)
    with pytest.raises(Refused, match="already"):
        ledger.replace_log_key(FIRST, cause="loss", signer=REGISTRAR)
    assert ledger.verify().holds


def test_the_log_and_the_officers_share_no_key() -> None:
    ledger = founded()
    with pytest.raises(Malformed, match="acts for nobody"):
        ledger.announce_log_key(REGISTRAR.public_key, signer=REGISTRAR)
    grant = KeyGrant(key=FIRST.key_id, public_key=FIRST.public_key.hex(), office="president")
    with pytest.raises(Malformed, match="acts for nobody"):
        ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    with pytest.raises(Malformed, match="weak"):
        ledger.announce_log_key(bytes(32), signer=REGISTRAR)


def test_a_lost_key_that_had_no_announced_successor_leaves_it_to_the_registrar() -> None:
    ledger = founded()
    act(ledger)
    ledger.log_signer = None
    assert not ledger.replace_log_key(SECOND, cause="loss", signer=REGISTRAR)
    found = ledger.verify()
    assert found.holds
    assert any(
        "Entry 3 gives the log another key, for which only the registrar vouches" in said for said in found.not_proved
    )
    assert problems(held(ledger, FIRST)) == [(TRUST, 3)]
    assert held(ledger, SECOND).holds


def test_a_lost_key_whose_successor_was_announced_is_followed_from_the_old_one() -> None:
    ledger = founded()
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.log_signer = None
    assert ledger.replace_log_key(SECOND, cause="loss", signer=REGISTRAR)
    assert held(ledger, FIRST).holds
    assert not any("only the registrar" in said for said in ledger.verify().not_proved)


def test_a_compromised_key_is_reported_with_the_time_since_when() -> None:
    ledger = founded()
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="compromise", signer=REGISTRAR, compromised_since=SINCE)
    (said,) = [text for text in ledger.verify().not_proved if "compromised" in text]
    assert said == (
        "Before entry 2 the log's key was compromised, since 2026-03-01T09:00:00Z: others could sign with it too."
    )
    with pytest.raises(Malformed, match="compromise"):
        ledger.replace_log_key(THIRD, cause="loss", signer=REGISTRAR, compromised_since=SINCE)


def test_a_process_with_the_old_key_signs_nothing_more_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=FIRST, origin=ORIGIN) as old:
        act(old)
        with Ledger.open(path, log_signer=FIRST) as other:
            other.replace_log_key(SECOND, cause="loss", signer=REGISTRAR)
        before = old.verify().entries
        with pytest.raises(Refused, match="not the one"):
            act(old, "S/2")
        assert (old.verify().entries, old.verify().holds) == (before, True)


def signs(ledger: Ledger, signer: Ed25519Signer, *former: Ed25519Signer) -> None:
    advance(
        ledger.log,
        ledger.streams,
        ledger.streams.look,
        NoteSigner(ORIGIN, signer),
        [NoteSigner(ORIGIN, f).verifier for f in former],
    )


def test_whoever_is_between_the_entry_and_its_checkpoint_cannot_sign_with_the_old_key() -> None:
    ledger = founded()
    head = ledger.log.head()
    assert head is not None
    succession = LogKeySucceeded(log_key=vkey(SECOND), cause="loss", handover=head.note.decode())
    past_the_rules(ledger, succession, 1)
    with pytest.raises(Refused, match="was replaced"):
        signs(ledger, FIRST)
    assert ledger.log.head() == head
    signs(ledger, SECOND, FIRST)
    assert ledger.verify().holds
    past_the_rules(ledger, LogKeyAnnounced(log_key=vkey(THIRD)), 2)
    with pytest.raises(Refused, match="was replaced"):  # although no later entry says so
        signs(ledger, FIRST, SECOND)
    with pytest.raises(Broken, match="any known key"):  # nor does a reader without the second key
        signs(ledger, FIRST)


def _head(ledger: Ledger) -> str:
    head = ledger.log.head()
    assert head is not None
    return head.note.decode()


def _stranger(ledger: Ledger) -> str:
    """A checkpoint over true entries, by a key that is not the log's."""
    checkpoint = ledger.checkpoint()
    return checkpoint.sign(NoteSigner(ORIGIN, THIRD)).decode()


def _another_history(ledger: Ledger) -> str:
    return Checkpoint(ORIGIN, ledger.checkpoint().size, bytes(32)).sign(NoteSigner(ORIGIN, FIRST)).decode()


def _later(ledger: Ledger) -> str:
    return Checkpoint(ORIGIN, 99, bytes(32)).sign(NoteSigner(ORIGIN, FIRST)).decode()


@pytest.mark.parametrize("handover", [_stranger, _another_history, _later])
def test_what_is_handed_over_must_be_a_true_checkpoint_of_the_key_before(handover: Callable[[Ledger], str]) -> None:
    ledger = founded()
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    past_the_rules(ledger, LogKeySucceeded(log_key=vkey(SECOND), cause="loss", handover=handover(ledger)), 2)
    signs(ledger, SECOND, FIRST)
    assert (LOG, 2) in problems(ledger.verify())


def test_an_announcement_that_the_key_before_never_signed_over_hands_nothing_over() -> None:
    """What the registrar's key alone can do: announce and replace, but not make the old key vouch."""
    ledger = founded()
    earlier = _head(ledger)
    past_the_rules(ledger, LogKeyAnnounced(log_key=vkey(SECOND)), 1)
    past_the_rules(ledger, LogKeySucceeded(log_key=vkey(SECOND), cause="rotation", handover=earlier), 2)
    signs(ledger, SECOND, FIRST)
    assert ledger.verify().holds
    assert any("only the registrar" in said for said in ledger.verify().not_proved)
    assert problems(held(ledger, FIRST)) == [(TRUST, 2)]


def test_a_checkpoint_by_the_key_of_another_time_is_not_the_logs() -> None:
    ledger = rotated()
    now = ledger.checkpoint()
    late = now.sign(NoteSigner(ORIGIN, FIRST)).decode()
    early = Checkpoint(ORIGIN, 2, bytes(32)).sign(NoteSigner(ORIGIN, SECOND)).decode()
    for note in (late, early):
        found = verify(ledger.streams, ledger.log, ledger.files, trust=Trust(checkpoints=(note,)))
        assert problems(found) == [(TRUST, None)]
        assert "another signed" in found.problems[0].text


@pytest.mark.parametrize("name", ["example.org/other", "weak"])
def test_a_successor_must_be_a_key_of_this_log(name: str) -> None:
    ledger = founded()
    wrong = str(NoteSigner(name, SECOND).verifier) if name != "weak" else "x+00000000+AA=="
    past_the_rules(ledger, LogKeySucceeded(log_key=wrong, cause="loss", handover=_head(ledger)), 1)
    with pytest.raises(Refused, match="was replaced"):
        signs(ledger, FIRST)
    assert problems(ledger.verify())[0] == (LOG, 1)


# Bundles: what a range of the log carries of it


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """A vote before the rotation, one around it and one after it."""
    ledger = founded()
    play(ledger, read_case(REAL), REAL.parent, signer=REGISTRAR)
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    act(ledger, "S/AROUND")
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    play(ledger, read_case(EXAMPLES / "unga-74-544.case.json"), EXAMPLES, signer=REGISTRAR)
    ledger.announce_log_key(THIRD.public_key, signer=REGISTRAR)
    return ledger


def part_of(bundle: Path) -> LogPart:
    with Container.open(bundle) as container:
        return LogPart.read(container.read(FOLDER + LOG_JSON, limit=1_000_000), where=LOG_JSON)


@pytest.mark.parametrize(("vote", "handovers", "behind"), [("S/2020/240", 1, 5), ("SIM/A/74/L.1", 1, 1), (None, 0, 0)])
def test_a_bundle_carries_the_keys_from_before_and_after(
    ledger: Ledger, tmp_path: Path, vote: str | None, handovers: int, behind: int
) -> None:
    bundle = export(ledger, tmp_path / "b.zip", vote=vote, include_open=True).path
    part = part_of(bundle)
    assert len(part.handovers) == handovers
    assert sum(placed.index >= part.end for placed in part.recalled) == behind
    for key in (FIRST, SECOND):
        assert verify_bundle(bundle, Trust(log_key=vkey(key))).problems == ()
    assert problems(verify_bundle(bundle, Trust(log_key=vkey(THIRD)))) == [(TRUST, None)]


def no_handover(part: LogPart) -> LogPart:
    return part.model_copy(update={"handovers": ()})


def other_proof(part: LogPart) -> LogPart:
    (shown,) = part.handovers
    path = (encode_base64(bytes(32)), *shown.path[1:])
    return part.model_copy(update={"handovers": (shown.model_copy(update={"path": path}),)})


def fewer_recalled(part: LogPart) -> LogPart:
    return part.model_copy(update={"recalled": part.recalled[:-1]})


@pytest.mark.parametrize("change", [no_handover, other_proof, fewer_recalled])
def test_a_bundle_that_does_not_show_the_handover_true_is_refused(
    ledger: Ledger, tmp_path: Path, change: Callable[[LogPart], LogPart]
) -> None:
    bundle = export(ledger, tmp_path / "b.zip", vote="SIM/A/74/L.1").path
    changed = change(part_of(bundle)).canonical() + b"\n"
    rewrite(bundle, lambda members: members.update({LOG_JSON: changed}))
    assert verify_bundle(bundle).problems


def test_hiding_the_succession_from_a_bundle_is_noticed(ledger: Ledger, tmp_path: Path) -> None:
    bundle = export(ledger, tmp_path / "b.zip", vote="S/2020/240").path
    part = part_of(bundle)
    fewer = [placed for placed in part.recalled if placed.index < part.start]
    changed = part.model_copy(update={"recalled": tuple(fewer), "handovers": ()}).canonical() + b"\n"

    def hide(members: dict[str, bytes]) -> None:
        members[LOG_JSON] = changed
        members["data/register.jsonl"] = b"".join(members["data/register.jsonl"].splitlines(True)[: len(fewer)])

    rewrite(bundle, hide)
    problem = verify_bundle(bundle).problems[0]
    assert (problem.check, "not signed by the log's key" in problem.text) == (LOG, True)


# ML-DSA-44: checked, not made


QUANTUM = MlDsaSigner(b"q" * 32, ORIGIN)


def test_a_log_may_sign_with_ml_dsa_44(tmp_path: Path) -> None:
    ledger = founded()
    play(ledger, read_case(REAL), REAL.parent, signer=REGISTRAR)
    recorded = len(list(ledger.streams.stream(REGISTER_STREAM)))
    past_the_rules(ledger, LogKeyAnnounced(log_key=str(QUANTUM.verifier)), recorded)
    signs(ledger, FIRST)
    handover = _head(ledger)
    past_the_rules(
        ledger,
        LogKeySucceeded(log_key=str(QUANTUM.verifier), cause="rotation", handover=handover),
        recorded + 1,
    )
    advance(
        ledger.log,
        ledger.streams,
        ledger.streams.look,
        cast("NoteSigner", QUANTUM),
        [NoteSigner(ORIGIN, FIRST).verifier],
    )
    assert ledger.verify().problems == ()
    assert held(ledger, FIRST).holds
    bundle = export(ledger, tmp_path / "b.zip").path
    assert verify_bundle(bundle, Trust(log_key=str(QUANTUM.verifier))).problems == ()
    other = MlDsaSigner(b"x" * 32, ORIGIN).verifier
    assert problems(verify_bundle(bundle, Trust(log_key=str(other)))) == [(TRUST, None)]


def test_an_ml_dsa_44_signature_holds_for_its_own_text_alone() -> None:
    text = Checkpoint(ORIGIN, 5, bytes(range(32))).text()
    line = QUANTUM.line(text, timestamp=1_700_000_000)
    note = (text + "\n" + line).encode()
    assert open_checkpoint(note, QUANTUM.verifier).size == 5
    other = (text.replace("\n5\n", "\n6\n") + "\n" + line).encode()
    with pytest.raises(Broken, match="does not hold"):
        open_checkpoint(other, QUANTUM.verifier)
    with pytest.raises(Broken, match="any known key"):
        open_checkpoint(note, MlDsaSigner(b"x" * 32, ORIGIN).verifier)
    assert not QUANTUM.verifier.holds(text, bytes(2428))
    assert not QUANTUM.verifier.holds(text, bytes(64))
    assert not QUANTUM.verifier.holds("no checkpoint\n", bytes(2428))


def test_the_vkey_of_an_ml_dsa_44_key_is_read_back() -> None:
    written = str(QUANTUM.verifier)
    assert log_key(written) == QUANTUM.verifier
    assert len(written) > 1_700
    with pytest.raises(Malformed):
        log_key(written.replace("+", "x", 1))
    with pytest.raises(Malformed, match="1,312"):
        MlDsaVerifier(ORIGIN, bytes(1311))
