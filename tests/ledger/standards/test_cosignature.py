"""Cosignatures by other people's hands, both ways; what is refused; and a witness's file, which nobody can spoil."""

from __future__ import annotations

import base64
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import SMALL, MlDsaSigner, small
from signers import LOG, REGISTRAR
from tlog_scales import tlog
from tlog_scales.signing import MLDSA44CosignatureSigner, Vkey

from inblue.domain.errors import Malformed
from inblue.domain.roster import built_in_roster
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.receipt_checks import read_surfaced
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export, issue_receipt
from inblue.ledger.standards.checkpoint import MAX_SIZE, Checkpoint
from inblue.ledger.standards.cosignature import (
    CosignatureSigner,
    CosignatureVerifier,
    MlDsaVerifier,
    cosigned_text,
    cosigners,
    subtree_message,
    witness_key,
)
from inblue.ledger.standards.ed25519 import Ed25519Signer, public_pem
from inblue.ledger.standards.merkle import EMPTY_ROOT, NodeId, append, consistency_proof, leaf_hash, root
from inblue.ledger.standards.note import NoteKey, NoteSigner, Verifier, encode_base64, split_note
from inblue.ledger.witness.configuration import WatchedLog
from inblue.ledger.witness.request import Answer, write_request
from inblue.ledger.witness.witness import WitnessState

ORIGIN = "example.org/log"
LOG_SIGNER = NoteSigner(ORIGIN, LOG)
WITNESS = CosignatureSigner("example.org/witness", Ed25519Signer.from_seed(b"w" * 32))
ML_DSA = MlDsaSigner(b"m" * 32, "example.org/ml-dsa")
NOW = 1_774_800_000
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))
NOTE = CHECKPOINT.sign(LOG_SIGNER)

names = st.text(st.characters(codec="utf-8", exclude_characters="+", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: not any(char.isspace() for char in text)
)
times = st.integers(0, MAX_SIZE)
unhurried = settings(deadline=None)  # whether a key is a weak one is found out in Python
checkpoints = st.builds(Checkpoint, st.just(ORIGIN), st.integers(1, MAX_SIZE), st.binary(min_size=32, max_size=32))


def theirs(note: bytes) -> tlog.Checkpoint:
    return tlog.Checkpoint.from_text(note.decode())


def cosigned(line: str, note: bytes = NOTE) -> bytes:
    return note + line.encode()


# --- By other hands ---------------------------------------------------------------------------------------------------


@unhurried
@given(checkpoints, times)
def test_an_ed25519_cosignature_holds_in_another_implementation(checkpoint: Checkpoint, time: int) -> None:
    note = cosigned(WITNESS.line(checkpoint.text(), time), checkpoint.sign(LOG_SIGNER))
    theirs(note).verify(Vkey.from_string(str(WITNESS.verifier)))
    assert cosigners(note, [WITNESS.verifier]) == {WITNESS.verifier: time}


@unhurried
@given(checkpoints, times)
def test_an_ml_dsa_cosignature_holds_in_another_implementation(checkpoint: Checkpoint, time: int) -> None:
    note = cosigned(ML_DSA.line(checkpoint.text(), time), checkpoint.sign(LOG_SIGNER))
    theirs(note).verify(Vkey.from_string(str(ML_DSA.verifier)))
    assert cosigners(note, [ML_DSA.verifier]) == {ML_DSA.verifier: time}


@unhurried
@given(checkpoints, st.binary(min_size=32, max_size=32))
def test_a_cosignature_that_others_make_holds_here(checkpoint: Checkpoint, seed: bytes) -> None:
    other = MLDSA44CosignatureSigner("example.org/other", seed)
    line = other.sign(theirs(checkpoint.sign(LOG_SIGNER))).serialize() + "\n"
    key = witness_key(str(other.vkey.serialize()))  # type: ignore[no-untyped-call] # it ships no type
    assert set(cosigners(cosigned(line, checkpoint.sign(LOG_SIGNER)), [key])) == {key}


def test_openssl_verifies_the_message_as_the_specification_writes_it(tmp_path: Path) -> None:
    (_, _, signature), *_ = split_note(cosigned(WITNESS.line(CHECKPOINT.text(), NOW)))[1][1:]
    (time,) = struct.unpack(">Q", signature[:8])
    root64 = base64.b64encode(CHECKPOINT.root).decode()
    message = f"cosignature/v1\ntime {time}\n{ORIGIN}\n7\n{root64}\n".encode()
    for name, content in (("key", public_pem(WITNESS.signer.public_key)), ("m", message), ("s", signature[8:])):
        (tmp_path / name).write_bytes(content)
    verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key", "-in", "m", "-sigfile", "s"]
    assert b"Successfully" in subprocess.run(verify, cwd=tmp_path, capture_output=True, check=True).stdout
    (tmp_path / "m").write_bytes(message.replace(b"time 1", b"time 2"))
    assert subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_message_of_ml_dsa_is_laid_out_as_the_specification_says() -> None:
    message = subtree_message("w", 5, CHECKPOINT)
    parts = (b"subtree/v1\n\0", b"\x01w", bytes([0, 0, 0, 0, 0, 0, 0, 5]), b"\x0fexample.org/log", bytes(8))
    assert message == b"".join(parts) + bytes([0, 0, 0, 0, 0, 0, 0, 7]) + CHECKPOINT.root


# --- Keys -------------------------------------------------------------------------------------------------------------


@unhurried
@given(names, st.binary(min_size=32, max_size=32))
def test_a_witness_key_is_written_as_it_was_read(name: str, seed: bytes) -> None:
    vkey = str(CosignatureSigner(name, Ed25519Signer.from_seed(seed)).verifier)
    assert str(witness_key(vkey)) == vkey
    assert Vkey.from_string(vkey).serialize() == vkey  # type: ignore[no-untyped-call] # it ships no type


@unhurried
@given(names, st.binary(min_size=1312, max_size=1312))
def test_an_ml_dsa_key_is_written_as_it_was_read(name: str, public: bytes) -> None:
    vkey = str(MlDsaVerifier(name, public))
    assert str(witness_key(vkey)) == vkey


SMALL_ORDER = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
GOOD = str(WITNESS.verifier)
BAD_KEYS = {
    "a log's": str(Verifier("example.org/w", LOG.public_key)),
    "of a weak point": str(CosignatureVerifier("w", SMALL_ORDER)),
    "another name": GOOD.replace("witness", "witless"),
    "another id": GOOD.replace("+", "+0", 1),
    "an id in capitals": GOOD.replace(GOOD.split("+")[1], GOOD.split("+")[1].upper()),
    "a key cut off": GOOD[:-4],
    "no padding": GOOD + "=",
    "no name": GOOD[GOOD.index("+") :],
    "a space in the name": GOOD.replace("witness", "wit ness"),
    "empty": "",
}


@pytest.mark.parametrize("vkey", BAD_KEYS.values(), ids=BAD_KEYS)
def test_what_is_not_a_key_of_a_witness_is_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        witness_key(vkey)


@pytest.mark.parametrize("length", [0, 31, 33, 1311, 1313])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Malformed, match="bytes, not"):
        MlDsaVerifier("w", bytes(length))


# --- Lines ------------------------------------------------------------------------------------------------------------


def altered(change: Callable[[bytes], bytes], line: str) -> bytes:
    """The note with one of its cosignatures changed after the key id."""
    _, name, encoded = line.split()
    blob = base64.b64decode(encoded)
    return cosigned(f"\N{EM DASH} {name} {encode_base64(blob[:4] + change(blob[4:]))}\n")


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "another time": lambda raw: raw[:7] + bytes([raw[7] ^ 1]) + raw[8:],
    "a time out of range": lambda raw: b"\x80" + raw[1:],
    "another signature": lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
    "a signature cut off": lambda raw: raw[:-1],
    "a signature with more behind": lambda raw: raw + b"\0",
    "no time": lambda raw: raw[8:],
    "one byte": lambda _: b"\0",
}


@pytest.mark.parametrize("signer", [WITNESS, ML_DSA], ids=["Ed25519", "ML-DSA-44"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_known_witness_whose_line_fails_refuses_the_whole_note(
    change: Callable[[bytes], bytes], signer: CosignatureSigner | MlDsaSigner
) -> None:
    line = signer.line(CHECKPOINT.text(), NOW)
    assert cosigners(cosigned(line), [signer.verifier]) == {signer.verifier: NOW}
    with pytest.raises(Broken, match="does not hold"):
        cosigners(altered(change, line), [signer.verifier])


@pytest.mark.parametrize("signer", [WITNESS, ML_DSA], ids=["Ed25519", "ML-DSA-44"])
@pytest.mark.parametrize(
    ("old", "new"), [(b"\n7\n", b"\n8\n"), (ORIGIN.encode(), b"example.org/lag"), (b"AAEC", b"BAEC")]
)
def test_a_cosignature_of_another_checkpoint_does_not_hold(
    old: bytes, new: bytes, signer: CosignatureSigner | MlDsaSigner
) -> None:
    note = cosigned(signer.line(CHECKPOINT.text(), NOW))
    assert old in note
    with pytest.raises(Broken, match="does not hold"):
        cosigners(note.replace(old, new, 1), [signer.verifier])


def test_unknown_witnesses_are_passed_over() -> None:
    note = cosigned(ML_DSA.line(CHECKPOINT.text(), NOW))
    assert cosigners(note, [WITNESS.verifier]) == {}
    assert cosigners(note, []) == {}


def test_one_key_under_another_name_is_another_witness() -> None:
    """The Ed25519 message does not hold the name, so that the line could be relabelled: its key id does."""
    other = CosignatureSigner("example.org/other", WITNESS.signer)
    relabelled = cosigned(WITNESS.line(CHECKPOINT.text(), NOW).replace("example.org/witness", "example.org/other"))
    assert cosigners(relabelled, [other.verifier]) == {}


def test_ml_dsa_binds_the_name() -> None:
    other = MlDsaVerifier("example.org/other", ML_DSA.verifier.public)
    _, _, encoded = ML_DSA.line(CHECKPOINT.text(), NOW).split()
    blob = other.note_id + base64.b64decode(encoded)[4:]
    with pytest.raises(Broken, match="does not hold"):
        cosigners(cosigned(f"\N{EM DASH} {other.name} {encode_base64(blob)}\n"), [other])


def test_extension_lines_are_cosigned_too() -> None:
    """The whole body, says the text; torchwood signed three lines of it until June 2025."""
    text = CHECKPOINT.text() + "extension\n"
    note = f"{text}\n".encode()
    assert cosigners(note + WITNESS.line(text, NOW).encode(), [WITNESS.verifier])
    with pytest.raises(Broken, match="does not hold"):
        cosigners(note + WITNESS.line(CHECKPOINT.text(), NOW).encode(), [WITNESS.verifier])


def test_ml_dsa_says_nothing_of_extension_lines_and_none_are_taken_under_it() -> None:
    note = f"{CHECKPOINT.text()}extension\n\n".encode() + ML_DSA.line(CHECKPOINT.text(), NOW).encode()
    with pytest.raises(Broken, match="does not hold"):
        cosigners(note, [ML_DSA.verifier])


@pytest.mark.parametrize("time", [-1, MAX_SIZE + 1])
def test_no_time_out_of_range_is_signed(time: int) -> None:
    with pytest.raises(Malformed, match="timestamp out of range"):
        WITNESS.line(CHECKPOINT.text(), time)
    with pytest.raises(Malformed, match="timestamp out of range"):
        subtree_message("w", time, CHECKPOINT)


@pytest.mark.parametrize(("time", "held"), [(MAX_SIZE, True), (MAX_SIZE + 1, False)])
def test_a_cosignature_whose_time_is_out_of_range_does_not_hold_whoever_signed_it(time: int, held: bool) -> None:
    text, stamp = CHECKPOINT.text(), struct.pack(">Q", time)
    assert WITNESS.verifier.holds(text, stamp + WITNESS.signer.sign(cosigned_text(text, time))) is held
    head, tail = subtree_message(ML_DSA.name, 0, CHECKPOINT).split(bytes(8), 1)  # its time comes before its other zeros
    assert ML_DSA.verifier.holds(text, stamp + ML_DSA.sign(head + stamp + tail)) is held


def test_no_name_of_more_than_255_bytes_is_signed() -> None:
    subtree_message("é" * 127, 0, CHECKPOINT)
    for signer, origin in (("é" * 128, ORIGIN), ("w", "o" * 256)):
        with pytest.raises(Malformed, match="more than 255 bytes"):
            subtree_message(signer, 0, Checkpoint(origin, 1, bytes(32)))


def test_a_cosignature_is_not_a_signature_of_the_log() -> None:
    """Domain separation: what a witness signs never passes for a checkpoint, nor the other way round."""
    key = Verifier(WITNESS.name, WITNESS.signer.public_key)
    signature = WITNESS.signer.sign(cosigned_text(CHECKPOINT.text(), NOW))
    assert not key.holds(CHECKPOINT.text(), signature)
    assert not WITNESS.verifier.holds(CHECKPOINT.text(), struct.pack(">Q", NOW) + LOG.sign(CHECKPOINT.text().encode()))


# --- What a witness keeps ---------------------------------------------------------------------------------------------


class Asked:
    """A witness in a folder, and a log that grows."""

    def __init__(self, folder: Path, *keys: NoteKey) -> None:
        watched = WatchedLog(origin=ORIGIN, keys=tuple(map(str, keys or (LOG_SIGNER.verifier,))))
        self.state = WitnessState.create(folder / "witness", WITNESS.name, [watched])
        self.nodes: dict[NodeId, bytes] = {}
        for index in range(9):
            self.nodes.update(append(index, leaf_hash(bytes([index])), self.nodes.__getitem__))

    def note(self, size: int, *, lines: str = "") -> bytes:
        digest = root(size, self.nodes.__getitem__) if size else EMPTY_ROOT
        return Checkpoint(ORIGIN, size, digest).sign(LOG_SIGNER) + lines.encode()

    def request(self, old: int, size: int, *more: bytes, lines: str = "") -> bytes:
        proof = consistency_proof(old, size, self.nodes.__getitem__) if old else []
        return write_request(old, (*proof, *more), self.note(size, lines=lines))

    def ask(self, old: int, size: int, *, lines: str = "") -> Answer:
        return self.send(self.request(old, size, lines=lines))

    def send(self, raw: bytes) -> Answer:
        return self.state.add_checkpoint(raw, WITNESS, NOW)


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path)


def strangers(number: int) -> str:
    return "".join(f"\N{EM DASH} example.org/s{n} {encode_base64(bytes([n]) * 68)}\n" for n in range(number))


def test_lines_of_strangers_do_not_stop_a_witness(asked: Asked) -> None:
    """Anybody can put 99 of them after the log's; with its own that would be one more than a note may have."""
    assert asked.ask(0, 3, lines=strangers(99)).status == 200
    kept = asked.state.latest(ORIGIN)
    assert kept is not None
    assert [name for name, _, _ in split_note(kept)[1]] == [ORIGIN, WITNESS.name]
    assert asked.ask(3, 5).status == 200


def test_a_false_line_under_the_witness_own_name_is_not_served(asked: Asked) -> None:
    false = f"\N{EM DASH} {WITNESS.name} {encode_base64(WITNESS.verifier.note_id + bytes(72))}\n"
    assert asked.ask(0, 3, lines=false).status == 200
    kept = asked.state.latest(ORIGIN)
    assert kept is not None
    assert cosigners(kept, [WITNESS.verifier]) == {WITNESS.verifier: NOW}


def test_the_logs_line_again_and_again_is_kept_once(asked: Asked) -> None:
    line = LOG_SIGNER.line(split_note(asked.note(3))[0])
    assert asked.ask(0, 3, lines=line * 99).status == 200
    assert asked.ask(3, 4).status == 200


def test_every_key_that_the_log_signs_with_is_kept(tmp_path: Path) -> None:
    second = MlDsaSigner(b"s" * 32, ORIGIN)
    asked = Asked(tmp_path, LOG_SIGNER.verifier, second.verifier)
    line = second.line(split_note(asked.note(3))[0])
    assert asked.ask(0, 3, lines=line).status == 200
    kept = asked.state.latest(ORIGIN)
    assert kept is not None
    assert [number for _, number, _ in split_note(kept)[1]] == [
        LOG_SIGNER.verifier.note_id,
        second.verifier.note_id,
        WITNESS.verifier.note_id,
    ]


@pytest.mark.parametrize("size", ["0", "1"])
def test_a_note_that_is_none_is_a_bad_request_whatever_its_size(asked: Asked, size: str) -> None:
    assert asked.send(f"old 0\n\n{ORIGIN}\n{size}\nroot\n\nno signature line\n".encode()).status == 400
    assert asked.send(f"old 0\n\n{ORIGIN}\n{size}\nroot\n".encode()).status == 400


# --- What a witness answers, from the text of C2SP tlog-witness -------------------------------------------------------

UNSIGNED = f"{ORIGIN}\n3\n{encode_base64(bytes(32))}\n\n"
STRANGER = NoteSigner("example.org/stranger", Ed25519Signer.from_seed(b"s" * 32))
IMPOSTOR = NoteSigner(ORIGIN, STRANGER.signer)
STRANGER_NOTE = Checkpoint(STRANGER.name, 3, bytes(32)).sign(STRANGER)
ANSWERS: dict[str, tuple[int, Callable[[Asked], bytes]]] = {
    "a log that is not watched": (404, lambda _: write_request(0, (), STRANGER_NOTE)),
    "nobody known has signed": (403, lambda _: write_request(0, (), (UNSIGNED + STRANGER.line(UNSIGNED)).encode())),
    "another key of the log's name": (
        403,
        lambda _: write_request(0, (), Checkpoint(ORIGIN, 3, bytes(32)).sign(IMPOSTOR)),
    ),
    "the log's signature of another text": (
        403,
        lambda a: write_request(0, (), a.note(3).replace(b"\n3\n", b"\n4\n", 1)),
    ),
    "unsigned, and an old size too large": (
        403,
        lambda _: write_request(9, (), (UNSIGNED + STRANGER.line("x")).encode()),
    ),
    "an old size larger than the checkpoint": (400, lambda a: write_request(4, (), a.note(3))),
    "an old size that is not the stored one": (409, lambda a: write_request(2, (bytes(32),), a.note(5))),
    "not the stored one, and no proof": (409, lambda a: write_request(0, (), a.note(5))),
    "no proof": (422, lambda a: write_request(3, (), a.note(5))),
    "a proof too long": (422, lambda a: a.request(3, 5, bytes(32))),
    "another root of the same size": (
        409,
        lambda _: write_request(3, (), Checkpoint(ORIGIN, 3, bytes(32)).sign(LOG_SIGNER)),
    ),
    "the same again": (200, lambda a: write_request(3, (), a.note(3))),
    "what extends it": (200, lambda a: a.request(3, 5)),
    "no number": (400, lambda a: write_request(3, (), a.note(5)).replace(b"old 3", b"old three")),
    "a number with a zero in front": (400, lambda a: write_request(3, (), a.note(5)).replace(b"old 3", b"old 03")),
    "carriage returns": (400, lambda a: write_request(3, (), a.note(5)).replace(b"\n", b"\r\n")),
    "a hash of 31 bytes": (400, lambda a: write_request(3, (bytes(31),), a.note(5))),
    "nothing": (400, lambda _: b""),
}


@pytest.mark.parametrize(("status", "request_of"), ANSWERS.values(), ids=ANSWERS)
def test_a_witness_of_three_entries_answers(asked: Asked, status: int, request_of: Callable[[Asked], bytes]) -> None:
    assert asked.ask(0, 3).status == 200
    before = asked.state.latest(ORIGIN)
    answer = asked.send(request_of(asked))
    assert answer.status == status
    if status == 200:
        assert answer.body.startswith(f"\N{EM DASH} {WITNESS.name} ")
    else:
        assert asked.state.latest(ORIGIN) == before
    if status == 409:
        assert (answer.body, answer.kind) == ("3\n", "text/x.tlog.size")


# --- Many witnesses ---------------------------------------------------------------------------------------------------


def test_as_many_ml_dsa_witnesses_as_a_policy_must_take_fit_everywhere(tmp_path: Path) -> None:
    """32 lines of 3,300 characters on the head, and on an earlier checkpoint: bundle and receipt carry them."""
    ledger = small()
    witnesses = [MlDsaSigner(bytes([number]) * 32, f"example.org/w{number}") for number in range(1, 33)]
    _cosign(ledger, witnesses)
    receipt = issue_receipt(ledger, SMALL, "CHN")
    ledger.adopt_roster(built_in_roster("unsc-2020"), signer=REGISTRAR)
    _cosign(ledger, witnesses)
    logs = "".join(f"log {MlDsaSigner(bytes([n]) * 32, 'l').verifier}\n" for n in range(100, 131))
    named = "".join(f"witness w{n} {each.verifier}\n" for n, each in enumerate(witnesses))
    group = f"group g all {' '.join(f'w{n}' for n in range(32))}\nquorum g\n"
    trust = Trust(policy=f"log {ledger.log_keys()[-1]}\n{logs}{named}{group}")
    found = verify_bundle(export(ledger, tmp_path / "b.zip", include_open=True).path, trust)
    assert (found.problems, found.witnessed, len(found.witnesses)) == ((), True, 32)
    (tmp_path / "receipt").write_bytes(receipt.canonical())
    assert read_surfaced([tmp_path / "receipt"]).receipts == (receipt,)


def _cosign(ledger: Ledger, witnesses: list[MlDsaSigner]) -> None:
    text, head = ledger.checkpoint().text(), ledger.log.head()
    assert head is not None
    for each in witnesses:
        ledger.log.keep_cosignature(head.size, head.note, each.line(text, NOW))
