"""Checkpoints: three lines, read back only as written, and only from the log that they name."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.ledger.errors import Broken
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner, sign

LOG = NoteSigner("log.example/inblue", Ed25519Signer.from_seed(bytes(32)))
WITNESS = NoteSigner("witness.example", Ed25519Signer.from_seed(bytes(31) + b"\x01"))
ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()
CHECKPOINT = Checkpoint(LOG.name, 1234, ROOT)


def test_the_text_is_three_lines() -> None:
    assert CHECKPOINT.text() == f"log.example/inblue\n1234\n{ROOT_TEXT}\n"


def test_the_empty_tree() -> None:
    empty = Checkpoint(LOG.name, 0, EMPTY_ROOT)
    assert empty.text() == "log.example/inblue\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert open_checkpoint(empty.sign(LOG), LOG.verifier) == empty


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1),
    st.integers(1, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_round_trip(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_signed_round_trip(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(LOG.name, size, root)
    assert open_checkpoint(checkpoint.sign(LOG), LOG.verifier) == checkpoint


@given(st.text(max_size=120))
def test_whatever_is_read_is_what_would_be_written(text: str) -> None:
    try:
        checkpoint = Checkpoint.parse(text)
    except Malformed:
        return
    assert checkpoint.text() == text


@pytest.mark.parametrize(
    "size",
    [
        *("", "+1", "-1", " 1", "1 ", "1_0", "01", "00", "0x1", "1.0", "1e3", "٣", "１", "²", "-0", "\t1", "1\r"),
        *(str(2**63), "9" * 19, "1" * 20, "1" * 5000),
    ],
)
def test_sizes_that_int_would_take_or_no_tree_has(size: str) -> None:
    with pytest.raises(Malformed, match="size"):
        Checkpoint.parse(f"log.example/inblue\n{size}\n{ROOT_TEXT}\n")


@pytest.mark.parametrize(
    "root",
    [
        "",
        ROOT_TEXT.rstrip("="),
        ROOT_TEXT + "=",
        ROOT_TEXT[:-2] + chr(ord(ROOT_TEXT[-2]) + 1) + "=",
        " " + ROOT_TEXT,
        ROOT_TEXT + " ",
        ROOT_TEXT[:10] + "!" + ROOT_TEXT[10:],
        ROOT_TEXT[:10] + "é" + ROOT_TEXT[11:],
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
        base64.urlsafe_b64encode(b"\xff" * 32).decode(),
        ROOT.hex(),
    ],
)
def test_roots_that_are_not_the_base64_of_32_bytes(root: str) -> None:
    with pytest.raises(Malformed, match="root"):
        Checkpoint.parse(f"log.example/inblue\n7\n{root}\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n\n",
        CHECKPOINT.text()[:-1],
        CHECKPOINT.text() + "\n",
        CHECKPOINT.text() + "extension\n",
        CHECKPOINT.text() + "extension",
        "\n" + CHECKPOINT.text(),
        CHECKPOINT.text().replace("\n", "\r\n"),
        CHECKPOINT.text().replace("\n", "\u2028"),
        CHECKPOINT.text().replace("log.example/inblue", ""),
        CHECKPOINT.text().replace("1234\n", ""),
        CHECKPOINT.text().replace("1234", "0"),
    ],
)
def test_other_texts_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, ROOT), ("a\nb", 1, ROOT), ("a", -1, ROOT), ("a", 2**63, ROOT), ("a", 1, ROOT[:-1]), ("a", 0, ROOT)],
)
def test_no_such_checkpoint_can_be_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(Malformed):
        Checkpoint(origin, size, root)


def test_the_origin_must_be_the_name_of_the_key() -> None:
    foreign = sign(Checkpoint("other.example/log", 1234, ROOT).text(), LOG)
    with pytest.raises(Broken, match=r"other\.example/log"):
        open_checkpoint(foreign, LOG.verifier)


def test_only_the_log_itself_signs_first() -> None:
    for signers in ((), (WITNESS,), (WITNESS, LOG)):
        with pytest.raises(Malformed, match="own key must sign first"):
            CHECKPOINT.sign(*signers)


def test_lines_of_others_are_ignored_and_the_log_line_is_needed() -> None:
    assert open_checkpoint(CHECKPOINT.sign(LOG, WITNESS), LOG.verifier) == CHECKPOINT
    with pytest.raises(Broken, match="not signed by any known key"):
        open_checkpoint(sign(CHECKPOINT.text(), WITNESS), LOG.verifier)


def test_another_key_of_the_same_name_is_not_the_log() -> None:
    impostor = NoteSigner(LOG.name, WITNESS.signer)
    with pytest.raises(Broken, match="not signed by any known key"):
        open_checkpoint(CHECKPOINT.sign(impostor), LOG.verifier)


def test_a_signed_extension_line_is_refused() -> None:
    with pytest.raises(Malformed, match="three lines"):
        open_checkpoint(sign(CHECKPOINT.text() + "extension\n", LOG), LOG.verifier)


def test_every_flipped_bit_and_every_truncation_is_refused() -> None:
    raw = CHECKPOINT.sign(LOG)
    damaged = bytearray(raw)
    for bit in range(8 * len(raw)):
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Malformed, Broken)):
            open_checkpoint(bytes(damaged), LOG.verifier)
        damaged[bit // 8] ^= 1 << bit % 8
    for end in range(len(raw)):
        with pytest.raises((Malformed, Broken)):
            open_checkpoint(raw[:end], LOG.verifier)
