"""DKIM's lists of tags (RFC 6376): the signature in a header field, and the key in DNS. Nothing is verified."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from ...domain.errors import Malformed
from ..standards.note import decode_base64
from .header import unfolded

MAX_FIELD_BYTES, MAX_RECORD_BYTES = 16_000, 6_000
MAX_TAGS = 60

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}")
_NAME = re.compile(r"[0-9a-z_](?:[0-9a-z_-]{0,61}[0-9a-z_])?(?:\.[0-9a-z_](?:[0-9a-z_-]{0,61}[0-9a-z_])?)*")
_HEADER = re.compile(r"[!-9;-~]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,12}")
_LONG_BLANK = re.compile(rb"[ \t\r\n]{200}")
_CANONICAL = frozenset(f"{header}/{body}" for header in ("simple", "relaxed") for body in ("simple", "relaxed"))


class Signature(NamedTuple):
    """The content of a ``DKIM-Signature`` field. ``body_length`` is None if it covers the whole body."""

    tags: Mapping[str, str]
    algorithm: str
    domain: str
    selector: str
    headers: tuple[str, ...]
    canonical: str
    signature: bytes
    body_hash: bytes
    body_length: int | None
    signed_at: datetime | None
    expires_at: datetime | None

    @property
    def key_name(self) -> str:
        """The DNS name of its key."""
        return f"{self.selector}._domainkey.{self.domain}"


class KeyRecord(NamedTuple):
    """A key record in DNS. ``key`` is empty if it was revoked."""

    kind: str
    key: bytes
    hashes: frozenset[str] | None
    services: frozenset[str]
    flags: frozenset[str]


def read_tags(text: str, *, where: str) -> dict[str, str]:
    """A list of tags: each once, its value without surrounding blanks (RFC 6376, section 3.2).

    Raises:
        Malformed: it is not one.
    """
    pieces = text.split(";")
    if not pieces[-1].strip(" \t"):
        pieces.pop()
    if len(pieces) > MAX_TAGS:
        raise Malformed(f"{where}: over {MAX_TAGS} tags")
    found: dict[str, str] = {}
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip(" \t")
        if not equals or not _TAG.fullmatch(name):
            raise Malformed(f"{where}: a malformed tag")
        if name in found:
            raise Malformed(f"{where}: the tag {name} twice")
        found[name] = value.strip(" \t")
    return found


def read_signature(value: bytes) -> Signature:
    """Read the value of a ``DKIM-Signature`` field.

    Raises:
        Malformed: it is not one, or it is too large.
    """
    where = "DKIM-Signature"
    if len(value) > MAX_FIELD_BYTES or _LONG_BLANK.search(value):
        raise Malformed(f"{where}: over {MAX_FIELD_BYTES:,} bytes, or blanks without end")
    tags = read_tags(unfolded(value), where=where)
    missing = [name for name in ("v", "a", "b", "bh", "d", "h", "s") if name not in tags]
    if missing or tags["v"] != "1":
        raise Malformed(f"{where}: no {missing[0]}=" if missing else f"{where}: not of version 1")
    domain, selector = tags["d"].lower(), tags["s"].lower()
    if not _NAME.fullmatch(domain) or not _NAME.fullmatch(selector) or len(domain) + len(selector) > 200:
        raise Malformed(f"{where}: d= or s= is not a name")
    _check_identity(tags, domain)
    canonical = tags.get("c", "simple/simple")
    canonical = canonical if "/" in canonical else f"{canonical}/simple"
    if canonical not in _CANONICAL:
        raise Malformed(f"{where}: c= is not known")
    if "dns/txt" not in _listed(tags.get("q", "dns/txt")):
        raise Malformed(f"{where}: q= is not known")
    headers = _listed(tags["h"].lower())
    if not headers or len(headers) > 200 or not all(map(_HEADER.fullmatch, headers)):
        raise Malformed(f"{where}: h= does not list header fields")
    signed_at, expires_at = _instant(tags, "t"), _instant(tags, "x")
    if signed_at and expires_at and expires_at < signed_at:
        raise Malformed(f"{where}: x= is before t=")
    return Signature(
        tags,
        tags["a"].lower(),
        domain,
        selector,
        headers,
        canonical,
        _base64(tags["b"], f"{where}: b="),
        _base64(tags["bh"], f"{where}: bh="),
        _number(tags, "l"),
        signed_at,
        expires_at,
    )


def read_key_record(record: bytes) -> KeyRecord:
    """Read a key record from DNS, the strings of a TXT record joined (RFC 6376, section 3.6.1).

    Raises:
        Malformed: it is not one.
    """
    where = "DKIM key record"
    if len(record) > MAX_RECORD_BYTES:
        raise Malformed(f"{where}: over {MAX_RECORD_BYTES:,} bytes")
    text = record.decode("ascii", "replace")
    if not text.replace("\t", " ").isprintable() or "\ufffd" in text:
        raise Malformed(f"{where}: bytes that are not printable ASCII")
    tags = read_tags(text, where=where)
    if tags.get("v", "DKIM1") != "DKIM1" or ("v" in tags and next(iter(tags)) != "v"):
        raise Malformed(f"{where}: not of version DKIM1")
    if "p" not in tags:
        raise Malformed(f"{where}: no p=")
    hashes = frozenset(_listed(tags["h"])) if "h" in tags else None
    services, flags = frozenset(_listed(tags.get("s", "*"))), frozenset(_listed(tags.get("t", "")))
    return KeyRecord(tags.get("k", "rsa"), _base64(tags["p"], f"{where}: p="), hashes, services, flags)


def _check_identity(tags: Mapping[str, str], domain: str) -> None:
    """Check that ``i=`` is in the domain, or in a subdomain."""
    if "i" not in tags:
        return
    at = tags["i"].lower().rpartition("@")[2]
    if "@" not in tags["i"] or not (at == domain or at.endswith(f".{domain}")):
        raise Malformed("DKIM-Signature: i= is not of the domain d=")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip(" \t") for each in text.split(":"))


def _base64(text: str, where: str) -> bytes:
    return decode_base64("".join(text.split()), where=where)


def _number(tags: Mapping[str, str], name: str) -> int | None:
    if name not in tags:
        return None
    if not _NUMBER.fullmatch(tags[name]):
        raise Malformed(f"DKIM-Signature: {name}= is not a number that is read")
    return int(tags[name])


def _instant(tags: Mapping[str, str], name: str) -> datetime | None:
    seconds = _number(tags, name)
    if seconds is None:
        return None
    if seconds > 220_000_000_000:
        raise Malformed(f"DKIM-Signature: {name}= is out of any sensible range")
    return datetime.fromtimestamp(seconds, UTC)
