"""Signed mails for tests: keys, certificates, DKIM, S/MIME, PDF. All of it is made here, under example.* names."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime, timedelta
from functools import cache

import dkim
import pikepdf
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from inblue.domain.mail_observation import CheckedBy, DnsAnswer, MailObservation
from inblue.ledger.observing.dns_answers import answer
from inblue.ledger.observing.look import given, look

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
SELECTOR, DOMAIN, OWN = "letters", "mission.example.org", "mx.example.net"
KEY_NAME = f"{SELECTOR}._domainkey.{DOMAIN}"
BY = CheckedBy(office="intake", key="ab" * 32)
PLAIN = (
    b"From: The Mission <pr@mission.example.org>\r\nTo: votes@example.net\r\nSubject: S/2026/1\r\n"
    b"Date: Sun, 29 Nov 2026 07:58:00 +0000\r\nMessage-ID: <1@mission.example.org>\r\n\r\nWe vote in favour.\r\n"
)
HOP = (
    b"Received: from out.mission.example.org (out.mission.example.org [192.0.2.7])\r\n"
    b"\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
    b"\tby mx.example.net (Postfix) with ESMTPS id 4Xabc\r\n"
    b"\tfor <votes@example.net>; Sun, 29 Nov 2026 07:59:30 +0000 (UTC)\r\n"
)


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key, made once."""
    return _rsa_key(bits)


@cache
def _rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem_of(key: rsa.RSAPrivateKey) -> bytes:
    """As dkimpy reads it."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def record_of_key(bits: int = 2048, more: str = "") -> bytes:
    """Its record in DNS."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    raw = rsa_key(bits).public_key().public_bytes(serialization.Encoding.DER, form)
    return f"v=DKIM1; k=rsa; {more}p={base64.b64encode(raw).decode()}".encode()


def dns(*records: bytes) -> tuple[DnsAnswer, ...]:
    """A resolver that gives this answer."""
    return (answer(KEY_NAME, records),)


def dkim_signed(message: bytes = PLAIN, *, bits: int = 2048, **options: object) -> bytes:
    """A message with a signature on top, by today's clock: a test that asks for its hours gives ``NOW`` itself."""
    signed: bytes = dkim.sign(message, SELECTOR.encode(), DOMAIN.encode(), pem_of(rsa_key(bits)), **options)
    return signed + message


def observed(
    raw: bytes,
    *,
    answers: tuple[DnsAnswer, ...] | None = None,
    hosts: tuple[str, ...] = (OWN,),
    roots: str = "",
    at: datetime | None = None,
) -> MailObservation:
    """What is seen in a message; by today's clock where no instant is given."""
    known = dns(record_of_key()) if answers is None else answers
    return look(raw, given(at or datetime.now(UTC).replace(microsecond=0), BY, hosts=hosts, roots=roots, dns=known))


class Mission:
    """A root and a signer under it, with a key for letters; ``days`` is how long its certificate is in force."""

    def __init__(self, name: str = "Letters of a mission", *, days: int = 30) -> None:
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = _certificate("Root of tests", self._root_key, None, None, days=days + 1000)
        self.certificate = _certificate(name, rsa_key(), self.root, self._root_key, days=days)

    @property
    def roots(self) -> str:
        """The root, as a reader names it."""
        return self.root.public_bytes(serialization.Encoding.PEM).decode()

    def smime(self, text: bytes = b"We vote in favour.\r\n", *, opaque: bool = False) -> bytes:
        """A signed mail."""
        part = b"Content-Type: text/plain\r\n\r\n" + text
        made = pkcs7.PKCS7SignatureBuilder().set_data(part).add_signer(self.certificate, rsa_key(), hashes.SHA256())
        options = [] if opaque else [pkcs7.PKCS7Options.DetachedSignature]
        return b"From: pr@mission.example.org\r\n" + made.sign(serialization.Encoding.SMIME, options)

    def sign_pdf(self, pdf: bytes, field: str = "Signature1") -> bytes:
        """The PDF, with a signature added."""
        key = rsa_key().private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signer = signers.SimpleSigner(
            signing_cert=asn1_x509.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER)),
            signing_key=asn1_keys.PrivateKeyInfo.load(key),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call] # the library's
        )
        out = io.BytesIO()
        metadata = signers.PdfSignatureMetadata(field_name=field)
        signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=signer, output=out)
        return out.getvalue()


def empty_pdf() -> bytes:
    """A page with nothing on it."""
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(out)
    return out.getvalue()


def with_pdf(pdf: bytes) -> bytes:
    """A mail with a letter attached."""
    head = (
        b'From: pr@mission.example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x1"\r\n\r\n'
        b"--x1\r\nContent-Type: text/plain\r\n\r\nThe letter is attached.\r\n--x1\r\n"
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head + base64.encodebytes(pdf).replace(b"\n", b"\r\n") + b"--x1--\r\n"


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey | None,
    *,
    days: int,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=60)
    made = x509.CertificateBuilder(
        issuer_name=issuer.subject if issuer else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=start + timedelta(days=60 + days),
    ).add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
    if issuer is not None:
        names = x509.SubjectAlternativeName([x509.RFC822Name("pr@mission.example.org")])
        made = made.add_extension(names, critical=False)
    signing = issuer_key or key
    return made.sign(signing, hashes.SHA256())
