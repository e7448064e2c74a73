"""Envelopes: DSSE as others read it, and one template of which no other spelling is taken."""

from __future__ import annotations

import base64
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as OracleEnvelope
from securesystemslib.exceptions import VerificationError as OracleError
from securesystemslib.signer._key import SSlibKey

from inblue.domain.canonical import canonical
from inblue.domain.errors import Malformed
from inblue.ledger.standards.dsse import MAX_ENTRY_BYTES, PAYLOAD_TYPE, Envelope, open_envelope, pae, seal
from inblue.ledger.standards.ed25519 import Ed25519Signer

SIGNER = Ed25519Signer.from_seed(bytes(32))
PAYLOAD = b'{"kind":"reply","position":"in favour"}'
RAW = seal(PAYLOAD, SIGNER)

LARGEST_PAYLOAD = 48_960  # in base64, with the fixed 253 bytes around it, the last to fit


def test_the_vector_of_the_protocol() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_pae_counts_bytes_not_characters() -> None:
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "
    assert pae("", b"a b") == b"DSSEv1 0  3 a b"


def test_the_template_byte_for_byte() -> None:
    encoded, signature = (base64.b64encode(x).decode() for x in (PAYLOAD, SIGNER.sign(pae(PAYLOAD_TYPE, PAYLOAD))))
    assert RAW.decode() == (
        f'{{"payload":"{encoded}","payloadType":"application/vnd.inblue.entry+json",'
        f'"signatures":[{{"keyid":"{SIGNER.key_id}","sig":"{signature}"}}]}}'
    )


@given(st.binary(max_size=300))
def test_round_trip(payload: bytes) -> None:
    raw = seal(payload, SIGNER)
    assert raw == canonical(json.loads(raw))
    envelope = open_envelope(raw)
    assert (envelope.payload, envelope.key_id) == (payload, SIGNER.key_id)
    assert envelope.verify(SIGNER.public_key)


@given(st.binary(max_size=300))
def test_securesystemslib_agrees(payload: bytes) -> None:
    oracle = OracleEnvelope.from_dict(json.loads(seal(payload, SIGNER)))
    key = SSlibKey(SIGNER.key_id, "ed25519", "ed25519", {"public": SIGNER.public_key.hex()})
    assert oracle.payload == payload
    assert oracle.pae() == pae(PAYLOAD_TYPE, payload)
    assert set(oracle.verify([key], 1)) == {SIGNER.key_id}
    oracle.payload += b"x"
    with pytest.raises(OracleError):
        oracle.verify([key], 1)


def test_every_flipped_bit_is_malformed_or_does_not_verify() -> None:
    damaged = bytearray(RAW)
    for bit in range(8 * len(RAW)):
        damaged[bit // 8] ^= 1 << bit % 8
        _refused(bytes(damaged))
        damaged[bit // 8] ^= 1 << bit % 8


def test_every_truncation_and_every_missing_or_added_byte_is_refused() -> None:
    for at in range(len(RAW)):
        _refused(RAW[:at])
        _refused(RAW[at + 1 :])
        _refused(RAW[:at] + RAW[at + 1 :])
        for extra in (b" ", b"A", b"=", b"\n", b'"', b"}"):
            _refused(RAW[:at] + extra + RAW[at:])


@pytest.mark.parametrize("junk", [b"\n", b" ", b"\0", b"}", b"x", RAW])
def test_junk_after_or_before_is_malformed(junk: bytes) -> None:
    for raw in (RAW + junk, junk + RAW):
        with pytest.raises(Malformed):
            open_envelope(raw)


def test_other_spellings_of_the_same_envelope_are_malformed() -> None:
    whole = json.loads(RAW)
    sig, keyid = whole["signatures"][0]["sig"], whole["signatures"][0]["keyid"]
    spellings = [
        json.dumps(whole),
        json.dumps(whole, indent=1),
        _compact({"payloadType": whole["payloadType"], "payload": whole["payload"], "signatures": whole["signatures"]}),
        _compact(whole | {"signatures": [{"sig": sig, "keyid": keyid}]}),
        _compact(whole | {"signatures": [{"sig": sig}]}),
        _compact(whole | {"signatures": [{"keyid": "", "sig": sig}]}),
        _compact(whole | {"signatures": [{"keyid": keyid.upper(), "sig": sig}]}),
        _compact(whole | {"signatures": [{"keyid": keyid, "sig": sig, "x": 1}]}),
        _compact(whole | {"signatures": whole["signatures"] * 2}),
        _compact(whole | {"signatures": []}),
        _compact(whole | {"signatures": [{"keyid": keyid, "sig": ""}]}),
        _compact(whole | {"payloadType": PAYLOAD_TYPE.upper()}),
        _compact(whole | {"payloadType": "application/vnd.inblue.ballot+json"}),
        _compact(whole | {"zzz": None}),
        _compact([whole]),
        _compact(whole).replace("{", "{ ", 1),
        _compact(whole).replace("/", "\\/", 1),
        _compact(whole).replace("payload", "\\u0070ayload", 1),
        _compact(whole).replace('{"payload":', '{"payload":"","payload":', 1),
        _compact(whole).replace('"sig":', f'"sig":"{sig}","sig":', 1),
        "\ufeff" + _compact(whole),
        "",
        "null",
        "{}",
        "x" * 252,
        "x" * 253,
        "x" * 257,
    ]
    for spelling in spellings:
        with pytest.raises(Malformed):
            open_envelope(spelling.encode())


TEMPLATE = re.compile(
    rb'\{"payload":"(.*)","payloadType":"application/vnd\.inblue\.entry\+json",'
    rb'"signatures":\[\{"keyid":"[0-9a-f]{64}","sig":"(.{88})"\}\]\}',
    re.DOTALL,
)


def built_again(raw: bytes) -> bool:
    """Whether the bytes are of the template, with base64 in it that is the same when it is decoded and encoded."""
    found = TEMPLATE.fullmatch(raw)
    if found is None:
        return False
    try:
        payload, signature = (base64.b64decode(each) for each in found.groups())
    except ValueError:
        return False
    return len(signature) == 64 and (base64.b64encode(payload), base64.b64encode(signature)) == found.groups()


CHARS = st.sampled_from([bytes([each]) for each in b'=A/+z-_ \n"\x80{},:0'])


@given(st.binary(max_size=7), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), st.lists(CHARS, max_size=3))))
@example(b"", [(11, 1, [])])
@example(b"ab", [(15, 1, [b"=", b"="])])
def test_it_takes_what_is_the_same_when_built_again_and_nothing_else(
    payload: bytes, changes: list[tuple[int, int, list[bytes]]]
) -> None:
    raw = seal(payload, SIGNER)
    assert built_again(raw)
    for where, without, put in changes:
        at = where % len(raw)
        raw = raw[:at] + b"".join(put) + raw[at + without :]
    try:
        open_envelope(raw)
    except Malformed:
        assert not built_again(raw)
    else:
        assert built_again(raw)


def test_base64_has_one_spelling() -> None:
    signer = Ed25519Signer.from_seed(bytes(31) + b"\x01")
    for payload in (b"\xfb\xff", b"\xff\xff\xfe\x01", b"?>?", b"a"):
        raw = seal(payload, signer)
        encoded = base64.b64encode(payload)
        wrong = [
            encoded.replace(b"+", b"-").replace(b"/", b"_"),
            encoded.rstrip(b"="),
            encoded + b"=",
            encoded + b"====",
            encoded[:2] + b"\n" + encoded[2:],
            encoded[:1] + b"!" + encoded[1:],
            encoded.replace(b"=", b"%3D"),
            b"=" + encoded,
        ]
        if encoded.endswith(b"="):  # the bits that the padding leaves spare
            last = encoded.rstrip(b"=")[-1:]
            wrong.append(encoded.replace(last + b"=", bytes([last[0] + 1]) + b"="))
        for other in wrong:
            if other != encoded:
                with pytest.raises(Malformed):
                    open_envelope(raw.replace(b'"' + encoded + b'"', b'"' + other + b'"', 1))
    sig = json.loads(RAW)["signatures"][0]["sig"]
    spare = sig[:-3] + chr(ord(sig[-3]) + 1) + "=="
    assert base64.b64decode(spare, validate=True) == base64.b64decode(sig)
    with pytest.raises(Malformed):
        open_envelope(RAW.replace(sig.encode(), spare.encode()))


@pytest.mark.parametrize("length", [65, 66])
def test_a_longer_signature_of_as_many_base64_characters_is_malformed(length: int) -> None:
    sig = json.loads(RAW)["signatures"][0]["sig"].encode()
    longer = base64.b64encode((base64.b64decode(sig) + bytes(2))[:length])
    assert len(longer) == len(sig)
    with pytest.raises(Malformed):
        open_envelope(RAW.replace(sig, longer))


def test_the_key_must_be_the_one_named() -> None:
    other = Ed25519Signer.generate()
    assert not open_envelope(RAW).verify(other.public_key)
    renamed = RAW.replace(SIGNER.key_id.encode(), other.key_id.encode())
    assert not open_envelope(renamed).verify(SIGNER.public_key)  # the signature would hold; the name does not
    assert not open_envelope(renamed).verify(other.public_key)


def test_a_signature_over_the_payload_alone_or_as_another_type_does_not_hold() -> None:
    for message in (PAYLOAD, pae("application/vnd.inblue.ballot+json", PAYLOAD)):
        envelope = Envelope(PAYLOAD, SIGNER.key_id, SIGNER.sign(message))
        assert not envelope.verify(SIGNER.public_key)


def test_the_largest_entry_fits_and_the_next_does_not() -> None:
    raw = seal(b"x" * LARGEST_PAYLOAD, SIGNER)
    assert len(raw) <= MAX_ENTRY_BYTES < len(raw) + 4
    assert open_envelope(raw).verify(SIGNER.public_key)
    with pytest.raises(Malformed, match=r"65,53\d bytes; at most 65,535 fit"):
        seal(b"x" * (LARGEST_PAYLOAD + 1), SIGNER)


def test_an_entry_over_the_limit_is_not_even_decoded() -> None:
    encoded = base64.b64encode(PAYLOAD)
    larger = RAW.replace(encoded, base64.b64encode(b"x" * (LARGEST_PAYLOAD + 1)))
    with pytest.raises(Malformed, match="at most 65,535 are read"):
        open_envelope(larger)
    with pytest.raises(Malformed, match="at most 65,535 are read"):
        open_envelope(bytes(10_000_000))


def _refused(raw: bytes) -> None:
    """Not of the template, or of it with another payload, key or signature, which then does not verify."""
    try:
        envelope = open_envelope(raw)
    except Malformed:
        return
    assert raw != RAW
    assert not envelope.verify(SIGNER.public_key)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
