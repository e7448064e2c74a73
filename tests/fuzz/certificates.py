"""What is fuzzed of certificates, chains and answers on revocation, and the true inputs: see :mod:`.targets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    CertificateRevocationListBuilder,
    CRLReason,
    ReasonFlags,
    RevokedCertificateBuilder,
    load_der_x509_certificate,
    ocsp,
)

from inblue.domain.errors import InblueError, Malformed
from inblue.ledger.certificates.certificate import Certificate, read_certificate
from inblue.ledger.certificates.chain import chain_to_root
from inblue.ledger.certificates.pem import certificates_in, pem_certificate
from inblue.ledger.certificates.revocation import Said
from inblue.ledger.standards.timestamp import revocations_by

from . import stamping
from .oracle import accepted, is_line
from .seeds import Seeds, numbered

_AT = datetime(2026, 3, 28, 12, tzinfo=UTC)
_REAL = Path(__file__).parents[1] / "ledger" / "standards" / "tokens"


def certificate(data: bytes) -> None:
    """Every certificate gets one line, reads as in another library, and leads to no pinned root."""
    for read in accepted(Malformed, lambda: read_certificate(data, where="here")):
        assert read.raw == data
        assert is_line(str(read))
        _ask_all(read)
        _as_others_read(read)
        roots = [_root()]
        for path in accepted(InblueError, partial(chain_to_root, read, [], roots, _AT, lambda _: True)):
            assert path[0].raw in {_root().raw, stamping.unit().raw}, "another certificate is believed"


def _ask_all(read: Certificate) -> None:
    """Everything in it can be read, or is refused in one line."""
    asks: tuple[Callable[[], object], ...] = (
        lambda: read.is_root,
        lambda: read.basic_constraints,
        lambda: read.key_usage,
        lambda: read.extended_usage,
        lambda: read.alternative_names,
        lambda: list(read.addresses()),
        lambda: read.key,
    )
    for ask in asks:
        accepted(InblueError, ask)


def pem_certificates(data: bytes) -> None:
    """Certificates in a text are written again as the same ones."""
    text = data.decode("utf-8", "replace")
    for found in accepted(Malformed, lambda: certificates_in(text, where="here")):
        assert certificates_in("".join(map(pem_certificate, found)), where="here") == found


def revocation(data: bytes) -> None:
    """Nothing but the true answers says anything of the true certificates."""
    known = revocations_by()
    known.add([data])
    said = known.of(read_certificate(stamping.unit().raw), _root())
    assert said in _true(), "another answer is believed"


@cache
def _root() -> Certificate:
    return read_certificate(stamping.root().raw)


@cache
def _answers() -> list[bytes]:
    root, unit = stamping.root(), stamping.unit()
    listed = CertificateRevocationListBuilder().issuer_name(root.certificate.subject).last_update(_AT)
    listed = listed.next_update(_AT + timedelta(days=9))
    entry = RevokedCertificateBuilder().serial_number(unit.certificate.serial_number).revocation_date(_AT)
    entry = entry.add_extension(CRLReason(ReasonFlags.superseded), critical=False)
    lists = [listed, listed.add_revoked_certificate(entry.build())]
    made = [each.sign(root.key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER) for each in lists]
    for status, since in ((ocsp.OCSPCertStatus.GOOD, None), (ocsp.OCSPCertStatus.REVOKED, _AT)):
        response = ocsp.OCSPResponseBuilder().add_response(
            unit.certificate,
            root.certificate,
            SHA1(),  # noqa: S303 - it only says which
            status,
            _AT,
            None,
            since,
            ReasonFlags.superseded if since else None,
        )
        response = response.responder_id(ocsp.OCSPResponderEncoding.NAME, root.certificate)
        made.append(response.sign(root.key, SHA256()).public_bytes(Encoding.DER))
    return made


@cache
def _true() -> frozenset[Said]:
    found = {Said((), None)}
    for answer in _answers():
        known = revocations_by()
        known.add([answer])
        found.add(known.of(read_certificate(stamping.unit().raw), _root()))
    assert len(found) == 3
    return frozenset(found)


def _as_others_read(read: Certificate) -> None:
    try:
        other = load_der_x509_certificate(read.raw)
        number, start, end = other.serial_number, other.not_valid_before_utc, other.not_valid_after_utc
    except Exception:  # noqa: BLE001 - it reads DER only, and fewer spellings
        return
    assert (read.serial, read.not_before, read.not_after) == (number, start, end)
    assert read.signed == other.tbs_certificate_bytes
    assert read.signature == other.signature


def _certificates() -> Seeds:
    made = [stamping.root().raw, stamping.unit().raw, stamping.with_extensions(lambda listed: listed * 2)]
    for path in sorted(_REAL.glob("*.pem")):
        made += certificates_in(path.read_text(), where="here")
    return numbered(list(dict.fromkeys(made)))


def _texts() -> Seeds:
    one = pem_certificate(stamping.root().raw)
    texts = [one, one + "between\n" + one, "\ufeff" + one.replace("\n", "\r\n"), one[:-60]]
    return numbered([text.encode() for text in texts])


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "certificate": certificate,
    "pem_certificates": pem_certificates,
    "revocation": revocation,
}
SEEDS: Mapping[str, Callable[[], Seeds]] = {
    "certificate": _certificates,
    "pem_certificates": _texts,
    "revocation": lambda: numbered([*_answers(), b"\x30\x00", b"\x30\x03\x0a\x01\x06"]),
}
