"""Reads X.509 certificates (RFC 5280, section 4), as far as chains and revocation need. Nothing is verified.

They are read here instead of by a library because verdicts must not change with its version: libraries refuse real
authorities' certificates for harmless encoding details, and each release refuses other ones (docs/adr/0024).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple, TypeAlias

from ...domain.errors import Malformed
from ...domain.wording import shown
from . import der
from .algorithms import Key, public_key

SUBJECT_KEY, KEY_USAGE, ALTERNATIVE_NAMES = "2.5.29.14", "2.5.29.15", "2.5.29.17"
BASIC_CONSTRAINTS, NAME_CONSTRAINTS = "2.5.29.19", "2.5.29.30"
AUTHORITY_KEY, EXTENDED_USAGE = "2.5.29.35", "2.5.29.37"
DISTRIBUTION_POINTS, AUTHORITY_ACCESS = "2.5.29.31", "1.3.6.1.5.5.7.1.1"
DIGITAL_SIGNATURE, NON_REPUDIATION, CERT_SIGN, CRL_SIGN = 0, 1, 5, 6
DIRECTORY_NAME = 0xA4

MAX_CERTIFICATE = 20_000
"""The most bytes of a certificate."""

_COMMON_NAME, _ORGANIZATION = "2.5.4.3", "2.5.4.10"
_TEXTS = {0x0C: "utf-8", 0x13: "latin-1", 0x14: "latin-1", 0x16: "latin-1", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_TIMES = {_UTC_TIME: re.compile(rb"\d{10}(\d\d)?Z"), _GENERALIZED_TIME: re.compile(rb"\d{14}(\.\d{1,9})?Z")}

NameKey: TypeAlias = tuple[frozenset[tuple[str, str]], ...]
"""A name for comparison: case, blanks and the encoding of its texts do not matter (RFC 5280, section 7.1)."""


class Extension(NamedTuple):
    """An extension: whether it is critical, and its content."""

    critical: bool
    content: bytes


class Name(NamedTuple):
    """A distinguished name: its form for comparison, its text, and its DER."""

    key: NameKey
    said: str
    raw: bytes


@dataclass(frozen=True)
class Certificate:
    """A certificate.

    ``signed`` are the bytes under its ``signature`` by ``algorithm``; ``key_info`` is its key, in DER.
    """

    raw: bytes
    signed: bytes
    serial: int
    issuer: Name
    subject: Name
    not_before: datetime
    not_after: datetime
    key_info: bytes
    algorithm: der.Value
    signature: bytes
    extensions: Mapping[str, Extension] = field(repr=False)

    def __str__(self) -> str:
        """Its name in messages."""
        return f"the certificate of {self.subject.said}"

    def __hash__(self) -> int:
        """Hash of its bytes."""
        return hash(self.raw)

    def __eq__(self, other: object) -> bool:
        """Whether the bytes are the same."""
        return isinstance(other, Certificate) and other.raw == self.raw

    @cached_property
    def sha256(self) -> str:
        """The digest by which it is pinned."""
        return hashlib.sha256(self.raw).hexdigest()

    @cached_property
    def key(self) -> Key:
        """Its public key.

        Raises:
            Broken: one that is not known.
        """
        return public_key(self.key_info, where=str(self))

    @property
    def key_bytes(self) -> bytes:
        """The bits of its key, from which identifiers are made (RFC 5280, section 4.2.1.2)."""
        return der.bits(der.sequence(self.key_info, where=str(self))[1], where=str(self))

    @property
    def is_root(self) -> bool:
        """Whether it names itself as its issuer. A root's own signature proves nothing, and is not checked."""
        own, issuers = self.subject_key_id, self.authority_key_id
        return self.subject.key == self.issuer.key and (own is None or issuers is None or own == issuers)

    @property
    def is_ca(self) -> bool:
        """Whether it may issue certificates (``cA`` of its basic constraints)."""
        return self.basic_constraints[0]

    @cached_property
    def basic_constraints(self) -> tuple[bool, int | None]:
        """Whether it is a CA's, and how many other CA certificates may be below it."""
        where, found = str(self), self.extensions.get(BASIC_CONSTRAINTS)
        fields = der.sequence(found.content, where=where) if found else []
        is_ca = bool(fields) and fields[0].tag == der.BOOLEAN and der.boolean(fields.pop(0), where=where)
        return is_ca, der.integer(fields[0], where=where) if fields else None

    @cached_property
    def key_usage(self) -> frozenset[int] | None:
        """The bits of its key usage, None if it does not say."""
        where, found = str(self), self.extensions.get(KEY_USAGE)
        return der.flag_bits(der.read_one(found.content, der.BITS, where=where), where=where) if found else None

    @cached_property
    def extended_usage(self) -> tuple[str, ...] | None:
        """The purposes of its extended key usage, None if it does not say."""
        where, found = str(self), self.extensions.get(EXTENDED_USAGE)
        if found is None:
            return None
        return tuple(der.object_identifier(each, where=where) for each in der.sequence(found.content, where=where))

    @cached_property
    def subject_key_id(self) -> bytes | None:
        """Its identifier for its own key, if any."""
        found = self.extensions.get(SUBJECT_KEY)
        return der.octets(der.first_value(found.content, where=str(self)), where=str(self)) if found else None

    @cached_property
    def authority_key_id(self) -> bytes | None:
        """Its identifier for its issuer's key, if any."""
        where, found = str(self), self.extensions.get(AUTHORITY_KEY)
        fields = der.sequence(found.content, where=where) if found else []
        return next((each.content for each in fields if each.tag == 0x80), None)

    @cached_property
    def alternative_names(self) -> tuple[der.Value, ...]:
        """Its subject's other names, each a GeneralName."""
        found = self.extensions.get(ALTERNATIVE_NAMES)
        return tuple(der.sequence(found.content, where=str(self))) if found else ()

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Where its revocation status may be fetched:

        ``ocsp`` or ``crl``, and the address, as the certificate gives it.
        """
        where = str(self)
        if (access := self.extensions.get(AUTHORITY_ACCESS)) is not None:
            for each in der.sequence(access.content, where=where):
                parts = der.read_all(each.content, where=where)
                is_ocsp = len(parts) == 2 and der.object_identifier(parts[0], where=where) == "1.3.6.1.5.5.7.48.1"
                if is_ocsp and parts[1].tag == 0x86:
                    yield "ocsp", parts[1].content.decode("ascii", "replace")
        if (points := self.extensions.get(DISTRIBUTION_POINTS)) is not None:
            for point in der.sequence(points.content, where=where):
                for part in der.read_all(point.content, where=where):
                    full = [each for each in der.read_all(part.content, where=where) if part.tag == each.tag == 0xA0]
                    for name in (name for each in full for name in der.read_all(each.content, where=where)):
                        if name.tag == 0x86:
                            yield "crl", name.content.decode("ascii", "replace")


def read_certificate(raw: bytes, *, where: str = "certificate") -> Certificate:
    """Read a certificate.

    Raises:
        Malformed: not one, or over 20,000 bytes.
    """
    if len(raw) > MAX_CERTIFICATE:
        raise Malformed(f"{where}: {len(raw):,} bytes; at most {MAX_CERTIFICATE:,} are read")
    outer = der.sequence(raw, where=where)
    if len(outer) != 3 or [each.tag for each in outer] != [der.SEQUENCE, der.SEQUENCE, der.BITS]:
        raise Malformed(f"{where}: not a certificate")
    fields = der.read_all(outer[0].content, where=where)
    version = 1
    if fields and fields[0].tag == 0xA0:
        number = der.read_one(fields.pop(0).content, der.INTEGER, where=where)
        version = der.integer(number, where=where) + 1
    tags = [each.tag for each in fields]
    wanted = [der.INTEGER, *[der.SEQUENCE] * 5]
    if (
        version not in {1, 2, 3}
        or tags[:6] != wanted
        or tags[6:] != sorted(set(tags[6:]) & {0x81, 0x82, 0xA1, 0xA2, 0xA3})
    ):
        raise Malformed(f"{where}: not a certificate")
    if fields[1].raw != outer[1].raw:
        raise Malformed(f"{where}: it names two ways in which it is signed")
    validity = der.read_all(fields[3].content, where=where)
    if len(validity) != 2:
        raise Malformed(f"{where}: not a certificate")
    return Certificate(
        raw,
        outer[0].raw,
        der.integer(fields[0], where=where, signed=True),
        read_name(fields[2].raw, where=where),
        read_name(fields[4].raw, where=where),
        read_time(validity[0], where=where),
        read_time(validity[1], where=where),
        fields[5].raw,
        outer[1],
        der.bits(outer[2], where=where),
        read_extensions(fields[-1].content, where=where) if fields[-1].tag == 0xA3 else {},
    )


def read_extensions(raw: bytes, *, where: str) -> dict[str, Extension]:
    """Extensions by their OIDs.

    Raises:
        Malformed: they are none, or one is there twice.
    """
    found: dict[str, Extension] = {}
    for each in der.sequence(raw, where=where):
        parts = der.read_all(each.content, where=where)
        if not 2 <= len(parts) <= 3:
            raise Malformed(f"{where}: a malformed extension")
        oid = der.object_identifier(parts[0], where=where)
        if oid in found:
            raise Malformed(f"{where}: the extension {oid} twice")
        critical = len(parts) == 3 and der.boolean(parts[1], where=where)
        found[oid] = Extension(critical, der.octets(parts[-1], where=where))
    return found


def read_name(raw: bytes, *, where: str) -> Name:
    """A distinguished name.

    Raises:
        Malformed: it is none.
    """
    key: list[frozenset[tuple[str, str]]] = []
    texts: dict[str, str] = {}
    for relative in der.sequence(raw, where=where):
        pairs: set[tuple[str, str]] = set()
        for each in der.read_all(relative.content, where=where):
            parts = der.read_all(each.content, where=where)
            if len(parts) != 2:
                raise Malformed(f"{where}: a malformed name")
            oid = der.object_identifier(parts[0], where=where)
            text = _text(parts[1])
            pairs.add((oid, f"#{parts[1].raw.hex()}" if text is None else " ".join(text.casefold().split())))
            texts[oid] = f"#{parts[1].content.hex()}" if text is None else text
        key.append(frozenset(pairs))
    said = texts.get(_COMMON_NAME) or texts.get(_ORGANIZATION) or next(reversed(texts.values()), "")
    return Name(tuple(key), shown(said)[:80] or "nobody", raw)


def _text(value: der.Value) -> str | None:
    encoding = _TEXTS.get(value.tag)
    try:
        return value.content.decode(encoding) if encoding else None
    except UnicodeDecodeError:
        return None


def read_time(value: der.Value, *, where: str) -> datetime:
    """A Time: UTCTime (to 2049) or GeneralizedTime, in UTC.

    Raises:
        Malformed: it is none.
    """
    form = _TIMES.get(value.tag)
    if form is None or not form.fullmatch(value.content):
        raise Malformed(f"{where}: a malformed time")
    text = value.content[:-1].decode("ascii")
    if value.tag == _UTC_TIME:
        text = ("19" if text >= "50" else "20") + text.ljust(12, "0")
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed(f"{where}: a malformed time") from None
