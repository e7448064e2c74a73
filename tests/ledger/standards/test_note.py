"""Signed notes: Go's own vectors, and all that a note may not be."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import InblueError, Malformed
from inblue.ledger.errors import Broken
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import MAX_NOTE_BYTES, NoteSigner, Verifier, open_note, sign

# golang.org/x/mod/sumdb/note: the keys, text and lines of its tests.
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
PETER, ENOCH = Verifier.parse(PETER_KEY), Verifier.parse(ENOCH_KEY)
SIGNER = NoteSigner("log.example/inblue", Ed25519Signer.from_seed(bytes(32)))


def test_go_note_opens() -> None:
    note = open_note((TEXT + "\n" + PETER_LINE).encode(), [PETER])
    assert (note.text, note.verified) == (TEXT, (PETER,))


def test_our_note_is_byte_for_byte_go_note() -> None:
    peter = NoteSigner("PeterNeumann", Ed25519Signer.from_seed(PETER_SEED))
    assert str(peter.verifier) == PETER_KEY
    assert sign(TEXT, peter) == (TEXT + "\n" + PETER_LINE).encode()


def test_unknown_lines_are_ignored_and_known_ones_counted_once() -> None:
    raw = (TEXT + "\n" + PETER_LINE + ENOCH_LINE + PETER_LINE).encode()
    assert open_note(raw, [PETER]).verified == (PETER,)
    assert open_note(raw, [ENOCH]).verified == (ENOCH,)
    assert open_note(raw, [ENOCH, PETER, PETER]).verified == (PETER, ENOCH)
    with pytest.raises(Broken, match="not signed by any known key"):
        open_note(raw, [])


def test_a_line_is_unknown_even_if_its_name_or_its_id_alone_is_known() -> None:
    blob = PETER_LINE.split(" ")[2]
    same_id = f"— SomebodyElse {blob}"
    same_name = "— PeterNeumann " + base64.b64encode(b"\x00\x00\x00\x00" + bytes(64)).decode() + "\n"
    for line in (same_id, same_name):
        with pytest.raises(Broken, match="not signed by any known key"):
            open_note((TEXT + "\n" + line).encode(), [PETER])
        assert open_note((TEXT + "\n" + line + PETER_LINE).encode(), [PETER]).verified == (PETER,)


def test_one_failing_line_of_a_known_key_refuses_the_note() -> None:
    blob = bytearray(base64.b64decode(PETER_LINE.split(" ")[2]))
    bad_lines = []
    for length in (5, 67, 68, 69, 76):  # other lengths too are that key's lines
        wrong = bytes((blob + bytes(8))[:length])
        wrong = wrong[:-1] + bytes([wrong[-1] ^ 1])
        bad_lines.append("— PeterNeumann " + base64.b64encode(wrong).decode() + "\n")
    for bad in bad_lines:
        for lines in (bad, bad + PETER_LINE, PETER_LINE + bad, bad + ENOCH_LINE):
            with pytest.raises(Broken, match=r"signature of PeterNeumann\+c74f20a3 does not hold"):
                open_note((TEXT + "\n" + lines).encode(), [ENOCH, PETER])


def test_every_flipped_bit_is_refused() -> None:
    raw = bytearray((TEXT + "\n" + PETER_LINE).encode())
    for bit in range(8 * len(raw)):
        raw[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Malformed, Broken)):
            open_note(bytes(raw), [PETER])
        raw[bit // 8] ^= 1 << bit % 8


def test_every_truncation_and_every_missing_or_added_byte_is_refused() -> None:
    raw = (TEXT + "\n" + PETER_LINE).encode()
    for at in range(len(raw)):
        for damaged in (raw[:at], raw[at + 1 :], raw[:at] + raw[at + 1 :], raw[:at] + b"\n" + raw[at:]):
            with pytest.raises((Malformed, Broken)):
                open_note(damaged, [PETER])


@pytest.mark.parametrize(
    "raw",
    [
        TEXT,
        TEXT + "\n",
        TEXT + PETER_LINE,
        "\n" + PETER_LINE,
        PETER_LINE,
        TEXT + "\n" + PETER_LINE[:-1],
        TEXT + "\n" + PETER_LINE + "\n",
        TEXT + "\n" + PETER_LINE + "x",
        TEXT + "\n" + PETER_LINE + "Unexpected line.\n",
        TEXT + "\n" + "x" + PETER_LINE,
        TEXT + "\n" + PETER_LINE.replace("\n", "\r\n"),
        (TEXT + "\n" + PETER_LINE).replace("\n", "\r\n"),
        TEXT + "\n" + PETER_LINE.replace("— ", "- "),
        TEXT + "\n" + PETER_LINE.replace("— ", "– "),
        TEXT + "\n" + PETER_LINE.replace("— ", "—  "),
        TEXT + "\n" + PETER_LINE.replace("— ", "—"),
        TEXT + "\n" + PETER_LINE.replace("=\n", "= \n"),
        TEXT + "\n" + PETER_LINE.replace("=\n", "=\n").replace("Peter", "Pe ter"),
        TEXT + "\n" + PETER_LINE.replace("Peter", "Pe+ter"),
        TEXT + "\n" + PETER_LINE.replace("Peter", "Pe\u00a0ter"),
        TEXT + "\n" + PETER_LINE.replace("Peter", "Pe\u2028ter"),
        TEXT + "\n" + PETER_LINE.replace("PeterNeumann", ""),
        TEXT + "\n" + PETER_LINE.replace("=", ""),
        TEXT + "\n" + PETER_LINE.replace("/", "_"),
        TEXT + "\n" + PETER_LINE.replace("AM=", "AN="),  # spare bits of base64
        TEXT + "\n" + "— x AAAAAA==\n" + PETER_LINE,  # an id and no signature
        TEXT + "\n" + "— x \n" + PETER_LINE,
        TEXT + "\n" + "— x\n" + PETER_LINE,
        TEXT + "\n" + "— x AAAAé==\n" + PETER_LINE,
        "\x01" + TEXT + "\n" + PETER_LINE,
        "\t" + TEXT + "\n" + PETER_LINE,
        "\x1f" + TEXT + "\n" + PETER_LINE,
        "\0" + TEXT + "\n" + PETER_LINE,
        TEXT + "\n" + PETER_LINE * 101,
    ],
)
def test_malformed_notes(raw: str) -> None:
    with pytest.raises(Malformed):
        open_note(raw.encode(), [PETER])


@pytest.mark.parametrize("bad", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x80"])
def test_bytes_that_are_not_utf8_are_malformed(bad: bytes) -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        open_note(bad + (TEXT + "\n" + PETER_LINE).encode(), [PETER])


def test_limits() -> None:
    assert open_note((TEXT + "\n" + PETER_LINE * 100).encode(), [PETER]).verified == (PETER,)
    with pytest.raises(Malformed, match="101 signature lines"):
        open_note((TEXT + "\n" + PETER_LINE * 101).encode(), [PETER])
    room = MAX_NOTE_BYTES - len(sign("\n", SIGNER))
    assert open_note(sign("x" * room + "\n", SIGNER), [SIGNER.verifier])
    with pytest.raises(Malformed, match="1,000,001 bytes; at most"):
        sign("x" * (room + 1) + "\n", SIGNER)
    with pytest.raises(Malformed, match="1,000,001 bytes; at most"):
        open_note(bytes(MAX_NOTE_BYTES + 1), [PETER])


def test_the_note_is_split_at_its_last_empty_line() -> None:
    for text in ("\n", "\n\n", "a\n\nb\n", "a\n\n", "\n\na\n", TEXT + "\n" + PETER_LINE):
        raw = sign(text, SIGNER)
        assert open_note(raw, [SIGNER.verifier, PETER]).text == text
        assert open_note(raw, [SIGNER.verifier, PETER]).verified == (SIGNER.verifier,)


def test_line_separators_of_unicode_do_not_split() -> None:
    text = "a\u2028b\u2029c\u0085d\n"
    assert open_note(sign(text, SIGNER), [SIGNER.verifier]).text == text


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "\ta\n", "\0\n", "a\x1f\n", "\ud800\n", "a\n\x0b"])
def test_texts_that_no_note_can_hold_are_not_signed(text: str) -> None:
    with pytest.raises(Malformed):
        sign(text, SIGNER)


def test_at_least_one_and_at_most_100_sign() -> None:
    with pytest.raises(Malformed, match="0 signers"):
        sign(TEXT)
    with pytest.raises(Malformed, match="101 signers"):
        sign(TEXT, *[SIGNER] * 101)


@pytest.mark.parametrize("name", ["", " ", "a b", "a+b", "a\u2003b", "a\n", "a\tb", "a\x00", "\x1c", "\ud800"])
def test_names_that_no_line_can_hold_are_refused(name: str) -> None:
    with pytest.raises(Malformed):
        Verifier(name, PETER.public)
    with pytest.raises(Malformed):
        NoteSigner(name, SIGNER.signer)


def test_the_key_as_text() -> None:
    assert str(PETER) == PETER_KEY
    assert (PETER.name, PETER.note_id.hex()) == ("PeterNeumann", "c74f20a3")
    keys = (Verifier("x", Ed25519Signer.from_seed(bytes([i] * 32)).public_key) for i in range(100))
    with_plus = next(key for key in keys if str(key).count("+") > 2)  # base64 may hold the sign between the fields
    assert Verifier.parse(str(with_plus)) == with_plus


def test_every_damaged_key_text_is_refused() -> None:
    for start in range(len(PETER_KEY)):
        for end in range(start, len(PETER_KEY) + 1):
            if (start, end) != (0, len(PETER_KEY)):
                _bad_key(PETER_KEY[start:end])
    for at, char in enumerate(PETER_KEY):
        _bad_key(PETER_KEY[:at] + chr(ord(char) + 1) + PETER_KEY[at + 1 :])
        _bad_key(PETER_KEY[:at] + "\n" + PETER_KEY[at:])
    _bad_key(PETER_KEY + "\n")
    _bad_key(PETER_KEY.replace("c74f20a3", "C74F20A3"))
    _bad_key(PETER_KEY.replace("/", "_"))
    _bad_key("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")  # too long, its own id
    _bad_key("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")  # unknown type, its own id


def test_a_cosignature_key_is_not_accepted_as_a_log_key() -> None:
    blob = b"\x04" + PETER.public
    note_id = hashlib.sha256(b"PeterNeumann\n" + blob).digest()[:4].hex()
    with pytest.raises(Malformed, match="not an Ed25519 key"):
        Verifier.parse(f"PeterNeumann+{note_id}+{base64.b64encode(blob).decode()}")


def test_a_weak_key_is_refused() -> None:
    _bad_key(str(Verifier("x", bytes([1]) + bytes(31))))


def test_two_known_keys_of_one_name_and_id_are_refused() -> None:
    class Collides(Verifier):
        @property
        def note_id(self) -> bytes:
            return PETER.note_id

    other = Collides("PeterNeumann", ENOCH.public)
    with pytest.raises(Broken, match="two known keys"):
        open_note((TEXT + "\n" + PETER_LINE).encode(), [PETER, other])


@given(
    st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32)).map(lambda text: text + "\n"),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1),
)
def test_round_trip(text: str, name: str) -> None:
    signer = NoteSigner(name, SIGNER.signer)
    note = open_note(sign(text, SIGNER, signer), [signer.verifier, SIGNER.verifier])
    assert note.text == text
    assert note.verified == (SIGNER.verifier, signer.verifier) if signer != SIGNER else (SIGNER.verifier,)
    assert Verifier.parse(str(signer.verifier)) == signer.verifier


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_ours_only(raw: bytes) -> None:
    with pytest.raises(InblueError):
        open_note(raw, [PETER])


def _bad_key(text: str) -> None:
    with pytest.raises(Malformed):
        Verifier.parse(text)
