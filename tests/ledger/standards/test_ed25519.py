"""Ed25519 keys: ids, signatures against RFC 8032, and the weak keys that may not be enrolled."""

from __future__ import annotations

import hashlib
import json
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import VECTORS
from signers import over_identity, shifted

from inblue.domain.errors import Malformed
from inblue.ledger.standards.cosignature import CosignatureVerifier, cosigned_text
from inblue.ledger.standards.dsse import PAYLOAD_TYPE, Envelope, pae
from inblue.ledger.standards.ed25519 import (
    Ed25519Signer,
    Signer,
    check_public_key,
    is_strict,
    key_id,
    parse_public_pem,
    public_pem,
    verify,
    verify_among_many,
)
from inblue.ledger.standards.note import Verifier, among_many

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493

# RFC 8032 section 7.1: TEST 1, 2, 3 and SHA(abc); seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
            "3dca179c138ac17ad9bef1177331a704"
        ),
    ),
]

# The eight points whose order divides 8, and every second encoding of one of them (y + p where it fits in 255 bits, and
# the sign bit on x = 0): "Taming the Many EdDSAs", table 1.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
]
NOT_CANONICAL = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_rfc_8032_vectors(seed: str, public: str, message: str, signature: str) -> None:
    signer = Ed25519Signer.from_seed(bytes.fromhex(seed))
    assert signer.public_key.hex() == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature
    assert verify(signer.public_key, bytes.fromhex(signature), bytes.fromhex(message))
    check_public_key(signer.public_key)


def test_key_id_is_what_openssl_and_sha256sum_say(tmp_path: Path) -> None:
    signer = Ed25519Signer.generate()
    pem = tmp_path / "k.pub"
    pem.write_bytes(public_pem(signer.public_key))
    command = ["openssl", "pkey", "-pubin", "-in", str(pem), "-outform", "DER"]
    der = subprocess.run(command, check=True, capture_output=True).stdout
    assert hashlib.sha256(der).hexdigest() == key_id(signer.public_key) == signer.key_id
    command = ["openssl", "pkey", "-pubin", "-in", str(pem), "-pubout"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == pem.read_bytes()


def test_the_signer_meets_the_protocol_and_never_shows_its_key() -> None:
    seed = bytes(range(32))
    signer: Signer = Ed25519Signer.from_seed(seed)
    assert repr(signer) == f"<Ed25519Signer {key_id(signer.public_key)}>"
    assert seed.hex() not in repr(signer) + str(signer)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Malformed, match="a seed is 32 bytes"):
        Ed25519Signer.from_seed(bytes(length))


def test_every_flipped_bit_of_a_signature_fails() -> None:
    signer, message = Ed25519Signer.generate(), b"in favour"
    signature = bytearray(signer.sign(message))
    assert verify(signer.public_key, bytes(signature), message)
    for bit in range(512):
        signature[bit // 8] ^= 1 << bit % 8
        assert not verify(signer.public_key, bytes(signature), message)
        signature[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_is_a_plain_no(length: int) -> None:
    signer = Ed25519Signer.generate()
    assert not verify(signer.public_key, (signer.sign(b"x") * 2)[:length], b"x")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_public_key_of_another_length_verifies_nothing(length: int) -> None:
    signer = Ed25519Signer.generate()
    assert not verify((signer.public_key * 2)[:length], signer.sign(b"x"), b"x")


def test_a_second_signature_cannot_be_made_of_the_first() -> None:
    """S + L is the same scalar: a verifier that takes it would let anybody respell an entry."""
    signer = Ed25519Signer.generate()
    signature = signer.sign(b"x")
    respelt = int.from_bytes(signature[32:], "little") + L
    assert not verify(signer.public_key, signature[:32] + respelt.to_bytes(32, "little"), b"x")


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_points_of_small_order_are_refused(encoding: str) -> None:
    with pytest.raises(Malformed, match="weak"):
        check_public_key(bytes.fromhex(encoding))


@pytest.mark.parametrize("encoding", NOT_CANONICAL)
def test_second_encodings_of_a_point_are_refused(encoding: str) -> None:
    with pytest.raises(Malformed, match="canonical"):
        check_public_key(bytes.fromhex(encoding))


def test_no_value_of_y_from_p_on_is_taken() -> None:
    for y in range(P, 2**255):
        for sign in (0, 1 << 255):
            with pytest.raises(Malformed, match="canonical"):
                check_public_key((y | sign).to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33, 44])
def test_a_public_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Malformed, match="is 32 bytes"):
        check_public_key(bytes(length))


def test_half_of_all_encodings_are_not_a_point() -> None:
    refused = 0
    for y in range(2, 66):
        try:
            check_public_key(y.to_bytes(32, "little"))
        except Malformed as error:
            refused += "no point of the curve" in str(error)
    assert 16 < refused < 48


def test_keys_with_a_small_part_mixed_in_are_refused() -> None:
    """A good key plus a point of order 2, 4 or 8, by affine arithmetic that shares nothing with the module."""
    good = Ed25519Signer.generate().public_key
    check_public_key(good)
    for encoding in SMALL_ORDER[1:]:
        mixed = _encode(_affine_add(_affine(good), _affine(bytes.fromhex(encoding))))
        assert mixed != good
        with pytest.raises(Malformed, match="small or mixed order"):
            check_public_key(mixed)
    same = _encode(_affine_add(_affine(good), _affine(bytes.fromhex(SMALL_ORDER[0]))))
    check_public_key(same)
    assert same == good


@settings(max_examples=30)
@given(st.binary(min_size=32, max_size=32))
def test_every_real_key_is_fit(seed: bytes) -> None:
    check_public_key(Ed25519Signer.from_seed(seed).public_key)


@given(st.binary(min_size=32, max_size=32))
def test_public_pem_round_trip(public: bytes) -> None:
    assert parse_public_pem(public_pem(public)) == public


def test_every_damaged_public_pem_is_refused() -> None:
    pem = public_pem(Ed25519Signer.from_seed(bytes(32)).public_key)
    public = parse_public_pem(pem)
    for spelled in (pem[:-1], pem.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + pem.replace(b"\n", b"\r\n")[:-2]):
        assert parse_public_pem(spelled) == public  # as mail and editors leave it
    for at in range(len(pem)):
        for damaged in {pem[:at], pem[:at] + pem[at + 1 :], pem[:at] + b"\n" + pem[at:]} - {pem[:-1]}:
            with pytest.raises(Malformed, match="PEM"):
                parse_public_pem(damaged)
        flipped = pem[:at] + bytes([pem[at] ^ 1]) + pem[at + 1 :]
        try:  # a flip within the base64 of the key itself is another key, and nothing else is
            assert parse_public_pem(flipped) != public
        except Malformed:
            continue
        assert b"\n" not in pem[len("-----BEGIN PUBLIC KEY-----\n") : at]
        assert at >= len("-----BEGIN PUBLIC KEY-----\n") + 16
    for junk in (pem + b"\n", pem + pem, b" " + pem, pem.replace(b"\n", b"\r"), b""):
        with pytest.raises(Malformed, match="PEM"):
            parse_public_pem(junk)


def _affine(encoded: bytes) -> tuple[int, int]:
    d = -121665 * pow(121666, -1, P)
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == x2
    return (x if x & 1 == sign else -x % P), y


def _affine_add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    d = -121665 * pow(121666, -1, P)
    product = d * a[0] * b[0] * a[1] * b[1]
    return (
        (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, P) % P,
        (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P,
    )


def _encode(point: tuple[int, int]) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40))
@settings(max_examples=20)
def test_a_signature_is_strict_with_s_below_l_and_an_r_that_hides_the_key(seed: bytes, message: bytes) -> None:
    signer = Ed25519Signer.from_seed(seed)
    plain, telling = signer.sign(message), over_identity(seed, message)
    assert [is_strict(each) for each in (plain, telling, shifted(plain))] == [True, False, False]
    for check in (verify, verify_among_many):
        held = [check(signer.public_key, each, message) for each in (plain, telling, shifted(plain))]
        assert held == [True, False, False]
    # OpenSSL takes it, which is why it has to be asked:
    Ed25519PrivateKey.from_private_bytes(seed).public_key().verify(telling, message)


@pytest.mark.parametrize("name", ["speccheck", "small-r"])
def test_every_verifier_gives_one_answer_to_signatures_on_which_others_differ(name: str) -> None:
    for each in json.loads((VECTORS / "ed25519" / f"{name}.json").read_text()):
        public, signature, message = (bytes.fromhex(each[field]) for field in ("public", "signature", "message"))
        found = [check(public, signature, message) for check in (verify, verify_among_many)]
        assert found == [each["holds"]] * 2, each["id"]
        if "enrolled" in each:
            with nullcontext() if each["enrolled"] else pytest.raises(Malformed):
                check_public_key(public)


def test_every_spelling_of_a_point_of_small_order_is_known() -> None:
    """The points on the curve that give the identity when multiplied by eight, and what others read as one of them."""
    y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
    message, good = b"m", Ed25519Signer.from_seed(b"k" * 32)
    for y in (0, 1, P - 1, y8, P - y8, P, P + 1):
        for sign in (0, 1):
            spelt = (y | sign << 255).to_bytes(32, "little")
            twice = _affine((y % P | sign << 255).to_bytes(32, "little"))
            for _ in range(3):
                twice = _affine_add(twice, twice)
            assert twice == (0, 1)
            assert not is_strict(spelt + bytes(32))
            assert not verify(spelt, good.sign(message), message)


def test_neither_an_entry_nor_a_note_nor_a_cosignature_holds_over_the_identity() -> None:
    """Every signature must pass what ballots must: such a signature gives the private key away."""
    seed = b"h" * 32
    public, text = Ed25519Signer.from_seed(seed).public_key, "example.org/x\n0\nAAAA\n"
    entry = Envelope(b"{}", key_id(public), over_identity(seed, pae(PAYLOAD_TYPE, b"{}")))
    assert not any(entry.verify(public, check) for check in (verify, verify_among_many))
    note = Verifier("example.org/x", public)
    assert not any(key.holds(text, over_identity(seed, text.encode())) for key in (note, among_many(note)))
    cosigned = over_identity(seed, cosigned_text(text, 7))
    assert not CosignatureVerifier("example.org/w", public).holds(text, (7).to_bytes(8, "big") + cosigned)
