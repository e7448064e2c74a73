"""Tokens of a real authority hold, and nothing that only looks like one does."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from authority import OTHER_POLICY, POLICY, STATED, VERSION_2, Tsa, openssl

from inblue.domain.errors import InblueError, Malformed
from inblue.domain.instant import format_instant
from inblue.ledger.certificates import der
from inblue.ledger.errors import Broken
from inblue.ledger.standards.cms import read_signed_data
from inblue.ledger.standards.timestamp import (
    BELIEVED,
    Algorithm,
    Authority,
    Timestamp,
    request,
    token_of,
    verify_token,
)

MESSAGE = b"example.org/votes\n12\nroot\n"
QUERY = request(MESSAGE, 2**63 + 5)
ACCURACY = timedelta(seconds=1, milliseconds=500, microseconds=100)
PAST = datetime(2026, 3, 27, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return Tsa.make(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def token(tsa: Tsa) -> bytes:
    return token_of(tsa.answer(QUERY), QUERY)


def with_options(tsa: Tsa, tmp_path: Path, options: str, unit: str = "tsa") -> Tsa:
    """The same authority, answering otherwise."""
    folder = tmp_path / "other"
    shutil.copytree(tsa.folder, folder)
    other = Tsa(folder, tsa.name)
    other.configure(options, unit)
    return other


def test_a_token_holds_and_bounds_the_message_from_both_sides(tsa: Tsa, token: bytes) -> None:
    found = verify_token(token, MESSAGE, tsa.authority, query=QUERY)
    assert (found.authority, found.policy, found.accuracy, found.ordering) == ("test_one", POLICY, ACCURACY, True)
    assert found.not_after - found.gen_time == found.gen_time - found.not_before == ACCURACY
    assert abs(found.gen_time - datetime.now(UTC)) < timedelta(minutes=1)


def test_openssl_accepts_what_is_accepted_here(tsa: Tsa, token: bytes) -> None:
    assert tsa.accepts(token, MESSAGE)
    assert not tsa.accepts(token, MESSAGE + b"x")


def test_openssl_makes_the_same_request(tsa: Tsa, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(MESSAGE)
    made = openssl("ts", "-query", "-data", tmp_path / "m", "-sha256", "-cert", "-no_nonce", folder=tmp_path)
    ours = request(MESSAGE, 1)
    assert ours.replace(b"\x02\x01\x01\x01\x01\xff", b"\x01\x01\xff")[2:] == made[2:]
    assert tsa.accepts(token_of(tsa.answer(ours), ours), MESSAGE)


def test_the_fraction_of_the_second_is_kept(tsa: Tsa) -> None:
    fractions = {
        verify_token(token_of(tsa.answer(QUERY), QUERY), MESSAGE, tsa.authority).gen_time.microsecond for _ in range(3)
    }
    assert fractions - {0}


def test_a_token_of_another_hour_is_of_that_hour(tsa: Tsa) -> None:
    found = verify_token(token_of(tsa.answer(QUERY, PAST), QUERY), MESSAGE, tsa.authority)
    assert timedelta(0) <= found.gen_time - PAST < timedelta(seconds=1)


def test_before_the_certificates_were_in_force_it_does_not_hold(tsa: Tsa) -> None:
    early = datetime(2001, 1, 1, tzinfo=UTC)
    with pytest.raises((InblueError, RuntimeError)):
        verify_token(token_of(tsa.answer(QUERY, early), QUERY), MESSAGE, tsa.authority)


def test_where_no_accuracy_is_stated_that_of_the_authority_counts_or_nothing_is_proved(
    tsa: Tsa, tmp_path: Path
) -> None:
    silent = with_options(tsa, tmp_path, VERSION_2)
    token = token_of(silent.answer(QUERY), QUERY)
    with pytest.raises(Broken, match="states no accuracy"):
        verify_token(token, MESSAGE, tsa.authority)
    known = tsa.authority.model_copy(update={"accuracy_microseconds": 60_000_000})
    assert verify_token(token, MESSAGE, known).accuracy == timedelta(minutes=1)


@pytest.mark.parametrize("options", [STATED, f"{STATED}\n{VERSION_2}", f"{STATED}\ness_cert_id_alg = sha512"])
def test_the_signers_certificate_may_be_named_under_either_version(tsa: Tsa, tmp_path: Path, options: str) -> None:
    other = with_options(tsa, tmp_path, options)
    assert verify_token(token_of(other.answer(QUERY), QUERY), MESSAGE, tsa.authority).policy == POLICY


@pytest.mark.parametrize("order", ["int root", "root int"])
def test_certificates_in_any_order_are_read(tsa: Tsa, tmp_path: Path, order: str) -> None:
    other = with_options(tsa, tmp_path, f"{STATED}\n{VERSION_2}\ncerts = $dir/chain.pem")
    (other.folder / "chain.pem").write_text("".join((tsa.folder / f"{n}.pem").read_text() for n in order.split()))
    token = token_of(other.answer(QUERY), QUERY)
    assert verify_token(token, MESSAGE, tsa.authority).policy == POLICY
    alone = tsa.authority.model_copy(update={"certificates": tsa.authority.certificates[:1]})
    assert verify_token(token, MESSAGE, alone).policy == POLICY  # what is in the token may lead to a pinned root


def test_another_message_nonce_or_policy_does_not_hold(tsa: Tsa, token: bytes) -> None:
    with pytest.raises(Broken, match="something else"):
        verify_token(token, MESSAGE + b"x", tsa.authority)
    with pytest.raises(Broken, match="nonce"):
        verify_token(token, MESSAGE, tsa.authority, query=request(MESSAGE, 5))
    other = tsa.authority.model_copy(update={"policies": (OTHER_POLICY,)})
    with pytest.raises(Broken, match="policy"):
        verify_token(token, MESSAGE, other)


def test_a_refusal_is_told_in_words(tsa: Tsa, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(MESSAGE)
    query = openssl("ts", "-query", "-data", tmp_path / "m", "-sha1", folder=tmp_path)
    with pytest.raises(Broken, match=r"refused: status 2 .*badAlg"):
        token_of(tsa.answer(query), query)
    query = openssl("ts", "-query", "-data", tmp_path / "m", "-sha256", "-tspolicy", "1.2.3.4", folder=tmp_path)
    with pytest.raises(Broken, match="unacceptedPolicy"):
        token_of(tsa.answer(query), query)


def test_only_what_was_granted_as_asked_is_taken(tsa: Tsa) -> None:
    reply = tsa.answer(QUERY)
    granted = bytes.fromhex("3003020100")
    assert granted in reply
    changed = reply.replace(granted, bytes.fromhex("3003020101"), 1)
    assert token_of(changed, QUERY) == token_of(reply, QUERY)  # granted with changes, of which none matters here
    with pytest.raises(Broken, match="status 2"):
        token_of(reply.replace(granted, bytes.fromhex("3003020102"), 1), QUERY)
    for query in (request(MESSAGE, 6), request(MESSAGE + b"x", 2**63 + 5)):
        with pytest.raises(Broken):
            token_of(reply, query)
    for wrong in (reply + b"\0", reply[:-1], b"", b"<html>", reply[:40]):
        with pytest.raises(Malformed):
            token_of(wrong, QUERY)


def test_a_longer_hash_is_taken_and_a_broken_one_is_not(tsa: Tsa, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(MESSAGE)
    for name in ("sha384", "sha512"):
        query = openssl("ts", "-query", "-data", tmp_path / "m", f"-{name}", "-cert", folder=tmp_path)
        assert verify_token(token_of(tsa.answer(query), query), MESSAGE, tsa.authority, query=query)


# Forgeries


def test_an_attackers_chain_with_the_same_names_does_not_hold(tsa: Tsa, tmp_path: Path) -> None:
    attacker = Tsa.make(tmp_path / "evil", tsa.name)
    attacker.configure(f"{STATED}\n{VERSION_2}\ncerts = $dir/chain.pem")
    (attacker.folder / "chain.pem").write_text(
        "".join((attacker.folder / f"{n}.pem").read_text() for n in ("int", "root"))
    )
    forged = token_of(attacker.answer(QUERY, PAST), QUERY)
    assert verify_token(forged, MESSAGE, attacker.authority)
    with pytest.raises(InblueError):
        verify_token(forged, MESSAGE, tsa.authority)


def test_a_unit_that_signs_its_own_certificate_does_not_hold(tsa: Tsa, tmp_path: Path) -> None:
    attacker = Tsa.make(tmp_path / "evil", tsa.name)
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf", "-days", "900")
    made = ("req", "-x509", *new, "-keyout", "tsa.key", "-out", "tsa.pem", "-subj", f"/O=Test/CN={tsa.name} tsa")
    openssl(*made, "-extensions", "tsa_ext", folder=attacker.folder)
    forged = token_of(attacker.answer(QUERY), QUERY)
    with pytest.raises(InblueError):
        verify_token(forged, MESSAGE, tsa.authority)


@pytest.mark.parametrize("extensions", ["tsa_ext", "both_ext", "uncritical_ext", "int_ext"])
def test_only_a_certificate_that_is_critically_for_timestamping_alone_signs_tokens(
    tmp_path: Path, token: bytes, extensions: str
) -> None:
    unit = Tsa.make(tmp_path / "unit", extensions=extensions)
    signed = unit.sign(read_signed_data(token).content)
    if extensions == "tsa_ext":
        assert verify_token(signed, MESSAGE, unit.authority, query=QUERY).accuracy == ACCURACY
    else:
        with pytest.raises(Broken, match="timestamping"):
            verify_token(signed, MESSAGE, unit.authority)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"\x02\x01\x01\x06", b"\x02\x01\x02\x06", "version 1"),
        (b"Z\x30", b"0\x30", "genTime"),
        (b"\x80\x02\x01\xf4", b"\x80\x02\x07\xf4", "out of range"),
    ],
)
def test_what_a_pinned_unit_signs_must_be_a_tst_info(tsa: Tsa, token: bytes, old: bytes, new: bytes, says: str) -> None:
    info = read_signed_data(token).content
    with pytest.raises(Malformed, match=says):
        verify_token(tsa.sign(replaced(info, old, new)), MESSAGE, tsa.authority)


def its_year(token: bytes) -> bytes:
    """The head of genTime up to the year; the time is longer or shorter by the fraction of its second."""
    found = re.search(rb"\x18[\x0f-\x13]20\d\d", token)
    assert found is not None
    return found[0]


def replaced(token: bytes, old: bytes, new: bytes) -> bytes:
    assert old in token
    assert len(old) == len(new)
    return token.replace(old, new)


@pytest.mark.parametrize(
    "forge",
    [
        lambda t: replaced(t, hashlib.sha256(MESSAGE).digest(), hashlib.sha256(b"another").digest()),
        lambda t: replaced(t, its_year(t), its_year(t)[:2] + b"2025"),
        lambda t: replaced(t, bytes.fromhex("0609608648016503040201"), bytes.fromhex("0609608648016503040202")),
    ],
    ids=["imprint", "year", "algorithm"],
)
def test_what_the_authority_signed_cannot_be_changed(tsa: Tsa, token: bytes, forge: Callable[[bytes], bytes]) -> None:
    forged = forge(token)
    with pytest.raises(InblueError):
        verify_token(forged, b"another", tsa.authority)
    with pytest.raises(InblueError):
        verify_token(forged, MESSAGE, tsa.authority)


def test_every_flipped_byte_is_refused_or_changes_nothing(tsa: Tsa, token: bytes) -> None:
    true, unharmed = verify_token(token, MESSAGE, tsa.authority), 0
    for at in range(len(token)):
        flipped = token[:at] + bytes([token[at] ^ (1 << at % 8)]) + token[at + 1 :]
        try:
            found: Timestamp | None = verify_token(flipped, MESSAGE, tsa.authority)
        except InblueError as error:
            assert "\n" not in str(error)  # noqa: PT017
            continue
        assert found == true
        unharmed += 1
    assert unharmed < 40  # what nobody has signed: the set of digests, how the signer is named beside its hash


def test_every_truncation_is_refused(tsa: Tsa, token: bytes) -> None:
    for at in range(0, len(token), 3):
        with pytest.raises(InblueError):
            verify_token(token[:at], MESSAGE, tsa.authority)
    with pytest.raises(Malformed):
        verify_token(token + b"\0", MESSAGE, tsa.authority)


def test_an_authority_needs_a_root_that_it_pins(tsa: Tsa) -> None:
    given = tsa.authority.json_value()
    _, intermediate = tsa.authority.certificates
    for certificates in ([], [intermediate], ["no certificate"]):
        with pytest.raises(Malformed):
            Authority.of({**given, "certificates": certificates}, where="authority")
    for policies in ([], ["1"], ["1.2.x"]):
        with pytest.raises(Malformed):
            Authority.of({**given, "policies": policies}, where="authority")


@pytest.mark.parametrize(
    "raw",
    ["30", "3080", "308100", "30820001", "1f0100", "020200ff02", "30840000000100", "3003020201"],
)
def test_what_is_not_der_is_refused(raw: str) -> None:
    with pytest.raises(Malformed):
        der.integer(der.read_one(bytes.fromhex(raw), der.INTEGER, where="x"), where="x")


def test_object_identifiers_are_read_only_if_canonical() -> None:
    for dotted, raw in (("1.2.840.113549", "06062a864886f70d"), ("2.999.3", "0603883703"), ("0.9", "060109")):
        assert der.object_identifier(der.read_one(bytes.fromhex(raw), der.OID, where="x"), where="x") == dotted
        assert der.encode_object_identifier(dotted).hex() == raw
    for wrong in ("0600", "060180", "06028001", "060288"):
        with pytest.raises(Malformed):
            der.object_identifier(der.read_one(bytes.fromhex(wrong), der.OID, where="x"), where="x")


# Algorithms


def algorithms(**changed: dict[str, Any] | None) -> list[Algorithm]:
    """The built-in ones, by name, some of them changed or left out."""
    listed = {each.algorithm: each.json_value() for each in BELIEVED} | changed
    return [Algorithm.of({"algorithm": name, **each}, where="a") for name, each in listed.items() if each is not None]


@pytest.mark.parametrize("algorithm", ["sha256", "p256"])
def test_what_a_token_rests_on_must_be_believed_at_its_time(tsa: Tsa, token: bytes, algorithm: str) -> None:
    at = verify_token(token, MESSAGE, tsa.authority, algorithms=algorithms()).gen_time
    for until in (at, at + timedelta(days=1)):
        told = algorithms(**{algorithm: {"until": format_instant(until)}})
        assert verify_token(token, MESSAGE, tsa.authority, algorithms=told).gen_time == at
    for told in (
        algorithms(**{algorithm: None}),
        algorithms(**{algorithm: {"until": format_instant(at - timedelta(microseconds=1))}}),
    ):
        with pytest.raises(Broken, match=f"rests on {algorithm}, which is not believed at that time"):
            verify_token(token, MESSAGE, tsa.authority, algorithms=told)


def test_a_second_line_of_an_algorithm_may_believe_more(tsa: Tsa, token: bytes) -> None:
    past = Algorithm.of({"algorithm": "p256", "until": "2000-01-01T00:00:00Z"}, where="a")
    assert verify_token(token, MESSAGE, tsa.authority, algorithms=[past, *BELIEVED])


def rsa_unit(tsa: Tsa, folder: Path, bits: int) -> Tsa:
    """The same authority with a unit of an RSA key, under its own intermediate."""
    shutil.copytree(tsa.folder, folder)
    unit = Tsa(folder, tsa.name)
    unit.configure()
    new = ("-newkey", f"rsa:{bits}", "-nodes", "-config", "tsa.cnf", "-keyout", "tsa.key", "-out", "tsa.csr")
    openssl("req", "-new", *new, "-subj", f"/O=Test/CN={tsa.name} tsa", folder=folder)
    signed = ("-CA", "int.pem", "-CAkey", "int.key", "-CAcreateserial", "-extfile", "tsa.cnf", "-extensions", "tsa_ext")
    openssl("x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", "-days", "900", *signed, folder=folder, at=PAST)
    return unit


def test_a_short_modulus_is_not_believed_unless_the_reader_says_so(tsa: Tsa, tmp_path: Path) -> None:
    for bits in (1024, 2048):
        unit = rsa_unit(tsa, tmp_path / str(bits), bits)
        token = token_of(unit.answer(QUERY), QUERY)
        assert verify_token(token, MESSAGE, tsa.authority, algorithms=algorithms(rsa={"bits": 1024}))
        if bits == 2048:
            assert verify_token(token, MESSAGE, tsa.authority)
            continue
        with pytest.raises(Broken, match="rests on rsa of 1024 bits"):
            verify_token(token, MESSAGE, tsa.authority)


@pytest.mark.long
@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_a_signature_over_a_broken_digest_is_never_believed(
    tsa: Tsa, tmp_path: Path, token: bytes, digest: str
) -> None:
    unit, info = rsa_unit(tsa, tmp_path / "rsa", 2048), read_signed_data(token).content
    assert verify_token(unit.sign(info), MESSAGE, tsa.authority)
    signed = unit.sign(info, digest)
    with pytest.raises(Broken, match=r"rests on (MD5|SHA-1), which never proves"):
        verify_token(signed, MESSAGE, tsa.authority)
    for algorithm in ({"algorithm": digest}, {"algorithm": "rsa"}, {"algorithm": "p256", "bits": 256}):
        with pytest.raises(Malformed):
            Algorithm.of(algorithm, where="a")


def test_a_certificate_on_the_way_to_the_root_counts_too(tsa: Tsa, tmp_path: Path) -> None:
    other = with_options(tsa, tmp_path, f"{STATED}\n{VERSION_2}")
    signed = (
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key",
        "-CAcreateserial",
        "-extfile",
        "tsa.cnf",
        "-extensions",
        "int_ext",
    )
    openssl("x509", "-req", "-in", "int.csr", "-out", "int.pem", "-days", "900", "-sha1", *signed, folder=other.folder)
    token = token_of(other.answer(QUERY), QUERY)
    assert verify_token(token, MESSAGE, tsa.authority)
    with pytest.raises(Broken, match="rests on SHA-1 with"):
        verify_token(token, MESSAGE, other.authority)


def test_the_same_authority_is_known_by_its_roots_whatever_it_is_called(tsa: Tsa, tmp_path: Path) -> None:
    root, _ = tsa.authority.certificates
    alone = tsa.authority.model_copy(update={"name": "other", "certificates": (root,)})
    assert alone.roots() == tsa.authority.roots()
    assert Tsa.make(tmp_path / "evil", tsa.name).authority.roots().isdisjoint(alone.roots())
