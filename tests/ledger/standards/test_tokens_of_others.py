"""Tokens of real authorities, and odd ones: what is spelled oddly and signed validly is read, the rest named."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import odd
import pytest
from cryptography.x509 import Name, NameAttribute
from cryptography.x509.oid import NameOID

from inblue.domain.errors import InblueError, Malformed
from inblue.ledger.certificates import algorithms, der
from inblue.ledger.certificates.certificate import read_certificate
from inblue.ledger.certificates.pem import certificates_in, pem_certificate
from inblue.ledger.entries.authorities import AuthorityDocument
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.standards.timestamp import Authority, Timestamp, request, token_of, verify_token

TOKENS = Path(__file__).parent / "tokens"
QUERY, MESSAGE = (TOKENS / "request.tsq").read_bytes(), (TOKENS / "message.txt").read_bytes()
MADE_POLICY = "1.3.6.1.4.1.99999.7"
IMPRINTS = {
    "d-trust-pss-2018": "d9b5f58f0b38198293971865a14074f59eba3e82595becbe86ae51f1d9f1f65e 0.4.0.2023.1.1",
    "digicert-2024": "bdd93e06af887dcafa9f341adc2739c7c7516678a3a90316831ff5c683f8cfd9 2.16.840.1.114412.7.1",
    "ica-attribute-certificate-2012": "14979ed7a913a9f24367ba154939a56531475387aa4b261a6fe393608f897793 "
    "1.3.6.1.4.1.23624.1.1.50.3.0",
    "luxtrust-2012": "d43bc46ab75d7429896a925e92379ab80629188912617615c93fb8df3a83eaff"
    "46f50070b2e72c0c74c5629938b2a7021429aa4b2288dc76b25b1bf9f0d8ab1d 1.3.171.1.1.10.8.1.1",
    "sectigo-qualified-3-2024": "02b10c155920fa6e9dd804fc38d34c55f1beb395b3989260955862cf59d97a71"
    "1adf6b88fb6c57550347a1b47cbbb015e35e8979a6e1f4a40d96a7f684e298b5 0.4.0.2023.1.1",
}
"""Of each real token the imprint and the policy."""
STAMPED = b"what was stamped"


def pinning(name: str, policy: str = MADE_POLICY) -> Authority:
    """What a reader with these certificates as one PEM text pins."""
    return Authority(
        name="pinned",
        certificates=tuple(pem_certificate(each) for each in certificates_in((TOKENS / name).read_text(), where=name)),
        policies=(policy,),
        accuracy_microseconds=1_000_000,
    )


def of_response(name: str, root: str = "tsa-root.pem") -> Timestamp:
    token = token_of((TOKENS / f"{name}.tsr").read_bytes(), QUERY)
    return verify_token(token, MESSAGE, pinning(root), query=QUERY)


class Imprint:
    """The digest of a message that is not at hand."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def digest(self) -> bytes:
        return self._digest


def of_real(monkeypatch: pytest.MonkeyPatch, name: str, root: str) -> Timestamp:
    digest, policy = IMPRINTS[name].split()
    new = hashlib.new

    def with_imprint(algorithm: str, data: bytes = b"") -> object:
        return Imprint(bytes.fromhex(digest)) if data == STAMPED else new(algorithm, data)

    monkeypatch.setattr("inblue.ledger.standards.timestamp.hashlib.new", with_imprint)
    return verify_token((TOKENS / f"real-{name}.tst").read_bytes(), STAMPED, pinning(root, policy))


@pytest.mark.parametrize(
    "name", ["plain", "ext-false", "attr-cert", "pss", "granted-mods", "neg-serial-cert", "past", "future"]
)
def test_made_tokens_that_hold(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert of_response(name).policy == MADE_POLICY


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("md5", "the token's own signature rests on MD5, which never proves anything"),
        ("sha1", "the token's own signature rests on SHA-1, which never proves anything"),
    ],
)
def test_made_tokens_over_a_broken_digest_prove_nothing(name: str, says: str) -> None:
    with pytest.raises(Broken, match=f"^{says}$"):
        of_response(name)


def test_of_an_expired_unit_the_line_says_so() -> None:
    with pytest.raises(Broken, match=r"^the certificate of Unit had expired, at 2020-01-01T00:00:00Z$"):
        of_response("expired", "expired-root.pem")


def test_under_another_root_the_line_says_whose_it_is_not() -> None:
    with pytest.raises(
        Broken,
        match=r"^the certificate of Unit was issued by Root, which is neither pinned nor in the token$",
    ):
        of_response("plain", "GlobalSign_Root_CA.pem")


@pytest.mark.parametrize("name", [name for name in IMPRINTS if name != "luxtrust-2012"])
def test_tokens_of_real_authorities_hold(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert of_real(monkeypatch, name, f"real-{name}.pinned.pem").gen_time.year >= 2012


def test_a_token_holds_by_either_root_that_its_certificates_lead_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_cross = of_real(monkeypatch, "digicert-2024", "DigiCert_Assured_ID_Root_CA.pem")
    monkeypatch.undo()
    every = certificates_in((TOKENS / "real-digicert-2024.pinned.pem").read_text(), where="here")
    (own,) = [raw for raw in every if (c := read_certificate(raw)).is_root and "G4" in c.subject.said]
    shutil.copytree(TOKENS, tmp_path / "t")
    (tmp_path / "t" / "g4.pem").write_text(pem_certificate(own))
    monkeypatch.setattr(f"{__name__}.TOKENS", tmp_path / "t")
    assert of_real(monkeypatch, "digicert-2024", "g4.pem") == by_cross


def test_a_real_token_over_sha1_is_read_and_refused_for_that_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """LuxTrust's of 2012 writes DEFAULT values out, and is signed over SHA-1: openssl ts takes it, we say why not."""
    with pytest.raises(Broken, match=r"^the token's own signature rests on SHA-1, which never proves"):
        of_real(monkeypatch, "luxtrust-2012", "real-luxtrust-2012.pinned.pem")


@pytest.mark.parametrize("name", ["DigiCert_Assured_ID_Root_CA.pem", "GlobalSign_Root_CA.pem"])
def test_a_pinned_root_is_one_whatever_it_is_signed_with_itself(name: str) -> None:
    found = pinning(name)
    assert len(found.roots()) == 1
    assert Trust(authorities=(found,)).authorities == (found,)
    (raw,) = certificates_in((TOKENS / name).read_text(), where=name)
    with pytest.raises(Broken, match="SHA-1 with RSA"):
        algorithms.scheme_of(read_certificate(raw).algorithm, where="its signature")


# Odd ones: what is spelled oddly


def holds(token: bytes, *pinned: odd.Held) -> Timestamp:
    return verify_token(token, STAMPED, odd.authority(*pinned))


EXTENSION = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x03"
ATTRIBUTE_CERTIFICATE, JUNK = der.encode(0xA1, b"\x30\x03\x02\x01\x01"), der.encode(der.SEQUENCE, b"\x02\x01\x01")


@pytest.mark.parametrize(
    "content",
    [
        odd.info(STAMPED, ordering=b"\x01\x01\x00"),
        odd.info(STAMPED, extension=der.encode(der.SEQUENCE, EXTENSION, b"\x01\x01\x00", b"\x04\x02\x30\x00")),
        odd.info(STAMPED, extension=der.encode(der.SEQUENCE, EXTENSION, b"\x04\x02\x30\x00")),
        odd.info(STAMPED, serial=b"\x02\x02\xff\x01"),
        odd.info(STAMPED, nonce=b"\x02\x02\xff\x01"),
        odd.info(STAMPED, time=b"20260328120000.500Z"),
        odd.info(STAMPED, time=b"20260328120000.000Z"),
        odd.info(STAMPED, tsa=odd.named("UNIT ")),
    ],
    ids=["false", "extension false", "extension", "serial", "nonce", "noughts", "only noughts", "case"],
)
def test_content_that_is_spelled_oddly_is_read(content: bytes) -> None:
    assert abs(holds(odd.token(content)).gen_time - odd.NOW) < timedelta(seconds=1)


@pytest.mark.parametrize("spelling", ["long lengths", "open lengths", "parts", "open parts"])
def test_ber_is_read(spelling: str) -> None:
    assert holds(odd.token(odd.info(STAMPED), spelling=spelling))  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ["kept otherwise", "signed otherwise"])
def test_signed_attributes_in_another_order_are_read(order: str) -> None:
    assert holds(odd.token(odd.info(STAMPED), order=order))  # type: ignore[arg-type]


def test_what_else_is_in_the_unsigned_sets_does_not_matter() -> None:
    certificates = [odd.unit().raw, ATTRIBUTE_CERTIFICATE, JUNK, odd.root().raw]
    answers = [odd.revocation_list(), JUNK, der.encode(0xA1, b"\x06\x08\x2b\x06\x01\x05\x05\x07\x10\x02", JUNK)]
    assert holds(odd.token(odd.info(STAMPED), certificates=certificates, revocation=answers))
    with pytest.raises(Malformed, match="at most 64 are read"):
        holds(odd.token(odd.info(STAMPED), certificates=[odd.unit().raw, *[JUNK] * 64]))


def test_the_signer_may_be_named_by_its_key_or_under_sha1_and_sign_by_pss() -> None:
    assert holds(odd.token(odd.info(STAMPED), by_key_id=True, version=3))
    assert holds(odd.token(odd.info(STAMPED), named_as="sha1"))
    assert holds(odd.token(odd.info(STAMPED), pss="sha256"))
    assert holds(odd.token(odd.info(STAMPED), digest="sha3_256", pss="sha3_256"))


def test_granted_with_changes_is_granted_and_refused_is_not() -> None:
    query = request(STAMPED, 5)
    stamped = odd.token(odd.info(STAMPED, nonce=der.encode_integer(5)))
    assert holds(token_of(odd.response(stamped, 1), query))
    with pytest.raises(Broken, match="refused: status 2"):
        token_of(odd.response(stamped, 2), query)


# Odd ones: what proves nothing


CA_UNIT = odd.certified("unit that is a ca", odd.root(), unit=True, usage=("digital_signature", "key_cert_sign"))
NO_CA = odd.certified("no ca", odd.root(), ca=False)
MIDDLE = odd.certified("middle", odd.root())


def under(issuer: odd.Held, common: str, **how: object) -> bytes:
    """A token by a unit under that issuer."""
    unit = odd.certified(common, issuer, ca=False, unit=True, **how)
    certificates = [unit.raw] if issuer == odd.root() else [unit.raw, issuer.raw]
    return odd.token(odd.info(STAMPED), by=unit, certificates=certificates)


PLAIN_NAME = der.encode(0xA0, der.encode(der.SEQUENCE, der.encode(0xA4, odd.named("x").public_bytes())))
NO_MAIL = der.encode(0xA1, der.encode(der.SEQUENCE, der.encode(0x81, b"example.org")))
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "MD5": (lambda: odd.token(odd.info(STAMPED), digest="md5"), "own signature rests on MD5"),
    "SHA-1": (lambda: odd.token(odd.info(STAMPED), digest="sha1"), "own signature rests on SHA-1"),
    "PSS over SHA-1": (lambda: odd.token(odd.info(STAMPED), pss="sha1"), "rests on RSASSA-PSS with SHA-1"),
    "unit over SHA-1": (lambda: under(odd.root(), "u1", digest="sha1"), "of u1 rests on SHA-1 with RSA"),
    "issuer over SHA-1": (
        lambda: under(odd.certified("m1", odd.root(), digest="sha1"), "u2"),
        "of m1 rests on SHA-1 with RSA",
    ),
    "short unit": (lambda: under(odd.root(), "u3", bits=1024), "of u3 rests on rsa of 1024 bits"),
    "short issuer": (
        lambda: under(odd.certified("m2", odd.root(), bits=1024), "u4"),
        "of m2 rests on rsa of 1024 bits",
    ),
    "unit is a CA": (
        lambda: odd.token(odd.info(STAMPED), by=CA_UNIT),
        "of unit that is a ca is a CA's, which is no timestamping unit unless it is itself pinned",
    ),
    "issuer is no CA": (lambda: under(NO_CA, "u5"), "of no ca is not a CA's"),
    "issuer may not issue": (
        lambda: under(odd.certified("m3", odd.root(), usage=("crl_sign",)), "u6"),
        "of m3 may not issue others",
    ),
    "issuer for other purposes": (
        lambda: under(odd.certified("m4", odd.root(), purposes=("1.3.6.1.5.5.7.3.1",)), "u7"),
        "of m4 is not for timestamping",
    ),
    "for more than signing": (
        lambda: under(odd.root(), "u8", usage=("digital_signature", "key_encipherment")),
        "of u8 is not for signing tokens alone",
    ),
    "not yet": (lambda: under(odd.root(), "u9", born=odd.NOW + timedelta(days=1)), "of u9 was not in force yet"),
    "expired": (lambda: under(odd.root(), "u10", ends=odd.NOW - timedelta(days=1)), "of u10 had expired"),
    "issuer expired": (
        lambda: under(odd.certified("m5", odd.root(), ends=odd.NOW - timedelta(days=1)), "u11"),
        "of m5 had expired",
    ),
    "critical and unknown": (
        lambda: under(odd.root(), "u12", extra=(("1.2.3.4", True, b"\x05\x00"),)),
        "of u12 has a critical extension that is not known here, 1.2.3.4",
    ),
    "too many below": (
        lambda: odd.token(
            odd.info(STAMPED),
            by=(
                last := odd.certified(
                    "u13",
                    (low := odd.certified("low", (top := odd.certified("top", odd.root(), path_length=0)))),
                    ca=False,
                    unit=True,
                )
            ),
            certificates=[last.raw, low.raw, top.raw],
        ),
        "of top may have 0 other CAs under it, and has 1",
    ),
    "a name out of its constraints": (
        lambda: under(
            odd.certified("m6", odd.root(), extra=(("2.5.29.30", True, der.encode(der.SEQUENCE, PLAIN_NAME)),)), "u14"
        ),
        "of m6 may not give the name u14",
    ),
    "a name of a kind that is constrained and not compared": (
        lambda: under(
            odd.certified("m7", odd.root(), extra=(("2.5.29.30", True, der.encode(der.SEQUENCE, NO_MAIL)),)),
            "u15",
            extra=(("2.5.29.17", False, der.encode(der.SEQUENCE, der.encode(0x81, b"a@example.org"))),),
        ),
        "constrains names of a kind that .* of u15 has",
    ),
    "another's name": (
        lambda: odd.token(odd.info(STAMPED, tsa=odd.named("somebody else"))),
        "says that it is by somebody else, and is signed with the certificate of unit",
    ),
    "nobody's": (
        lambda: odd.token(odd.info(STAMPED), by=odd.certified("alone", ca=False, unit=True)),
        "of alone was issued by alone, which is neither pinned nor in the token",
    ),
    "the same name, another key": (
        lambda: odd.token(odd.info(STAMPED), certificates=[b"\x30\x00"]),
        "is not in it",
    ),
    "critical content": (
        lambda: odd.token(
            odd.info(STAMPED, extension=der.encode(der.SEQUENCE, EXTENSION, b"\x01\x01\x01", b"\x04\x02\x30\x00"))
        ),
        "the token has a critical extension that is not known here, 1.3.6.1.5.5.7.1.3",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_proves_nothing_is_refused_in_one_line_that_names_it(kind: str) -> None:
    made, says = REFUSED[kind]
    with pytest.raises(InblueError, match=says) as refused:
        holds(made())
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


def test_an_address_in_a_subject_is_a_name_that_constraints_are_on() -> None:
    """RFC 5280, section 4.2.1.10: of mail, also where no alternative name has it."""
    mail = Name([NameAttribute(NameOID.COMMON_NAME, "u16"), NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.org")])
    constrained = (("2.5.29.30", True, der.encode(der.SEQUENCE, NO_MAIL)),)
    for extra in ((), constrained):
        issuer = odd.certified("m8" if extra else "m9", odd.root(), extra=extra)
        unit = odd.certified("u16", issuer, ca=False, unit=True, subject=mail)
        token = odd.token(odd.info(STAMPED), by=unit, certificates=[unit.raw, issuer.raw])
        if not extra:
            assert holds(token)
            continue
        with pytest.raises(InblueError, match=r"constrains names of a kind that .* of u16 has"):
            holds(token)


def test_a_ca_that_is_itself_pinned_is_a_unit_and_an_issuer_between_is_found_in_the_token() -> None:
    assert holds(odd.token(odd.info(STAMPED), by=CA_UNIT), odd.root(), CA_UNIT)
    assert holds(under(MIDDLE, "u20"))
    for_servers = odd.certified("m4", odd.root(), purposes=("1.3.6.1.5.5.7.3.1",))
    assert holds(under(for_servers, "u7"), odd.root(), for_servers)
    for purpose in ("1.2.840.113583.1.1.5", "2.5.29.37.0", "1.3.6.1.5.5.7.3.8"):  # the first is Adobe's
        assert holds(under(odd.certified(f"m {purpose}", odd.root(), purposes=(purpose,)), f"u {purpose}"))


def test_many_certificates_of_one_name_cost_no_more_than_a_bound() -> None:
    unit = odd.certified("u21", MIDDLE, ca=False, unit=True)
    *raw, last = MIDDLE.raw
    twins = [bytes([*raw, last ^ at]) for at in range(1, 61)]  # never the true signature, whatever the key
    for many, says in ((40, "of middle is not signed by the certificate of root"), (60, "too many certificates above")):
        with pytest.raises(Broken, match=says):
            holds(odd.token(odd.info(STAMPED), by=unit, certificates=[unit.raw, *twins[:many]]))
    started = algorithms.Scheme.holds
    checked: list[int] = []

    def counted(scheme: algorithms.Scheme, *given: object) -> bool:
        checked.append(1)
        return started(scheme, *given)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(algorithms.Scheme, "holds", counted)
        with pytest.raises(Broken):
            holds(odd.token(odd.info(STAMPED), by=unit, certificates=[unit.raw, *twins]))
    assert len(checked) <= 102


def test_levels_of_open_length_are_bounded() -> None:
    for levels, says in ((10, "not what it should be"), (17, "levels of open length"), (30_000, "levels of open")):
        with pytest.raises(Malformed, match=says):
            der.read_one(b"\x30\x80" * levels + b"\0\0" * levels, der.OCTETS, where="here")


def test_openssl_takes_what_is_taken_here_of_spellings(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text(odd.root().pem)
    (tmp_path / "message").write_bytes(STAMPED)
    for made in (
        odd.token(odd.info(STAMPED, ordering=b"\x01\x01\x00")),
        odd.token(odd.info(STAMPED), spelling="open lengths"),
        odd.token(odd.info(STAMPED), spelling="open parts"),
        odd.token(odd.info(STAMPED), order="signed otherwise"),
        odd.token(odd.info(STAMPED), certificates=[odd.unit().raw, odd.root().raw], revocation=[odd.revocation_list()]),
        under(MIDDLE, "u20"),
    ):
        (tmp_path / "token").write_bytes(made)
        asked = ("-token_in", "-in", "token", "-data", "message", "-CAfile", "root.pem")
        said = subprocess.run(["openssl", "ts", "-verify", *asked], cwd=tmp_path, capture_output=True, check=False)
        assert b"Verification: OK" in said.stdout + said.stderr
        assert holds(made)


# What is pinned


def test_every_certificate_in_one_pem_is_read() -> None:
    one = odd.root().pem + "some words\n" + MIDDLE.pem
    given = {**odd.authority().json_value(), "certificates": [one]}
    assert len(Authority.of(given, where="authority").chain()) == 2
    for text in ("\ufeff" + one, one.replace("\n", "\r\n"), one.rstrip("\n")):
        assert len(Authority.of({**given, "certificates": [text]}, where="authority").chain()) == 2
        assert AuthorityDocument.of(
            {**given, "format": "inblue-authority/1", "certificates": [text]}, where="authority"
        ).roots()
    with pytest.raises(Malformed, match="not whole"):
        Authority.of({**given, "certificates": [one[:-60]]}, where="authority")


def test_a_root_of_the_year_2000_is_in_force_when_it_says() -> None:
    (raw,) = certificates_in((TOKENS / "GlobalSign_Root_CA.pem").read_text(), where="root")
    assert read_certificate(raw).not_before == datetime(1998, 9, 1, 12, tzinfo=UTC)
