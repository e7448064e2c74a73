"""DKIM signatures of a message (RFC 6376, 8301, 8463), each with its result. Uses no network and no clock.

The library makes the canonical forms and compares the signature. Fields are parsed here, strictly; short keys and
broken algorithms verify nothing; dates are compared with the given instant of checking.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from ...domain.errors import InblueError, Malformed
from ...domain.mail_observation import MAX_DKIM, DkimSignature, DnsAnswer, Verdict, Why
from ..certificates import der
from ..standards.ed25519 import check_public_key
from ..standards.note import decode_base64, encode_base64
from .dkim_tags import KeyRecord, Signature, read_key_record, read_signature
from .header import Field, Message, said

SHORTEST_KEY, LONGEST_KEY = 2048, 8192
"""Bits of an RSA key: a shorter one is not believed, a longer one is not tried."""

_TOO_SHORT_TO_TRY = 1024
_AHEAD = timedelta(minutes=10)
_BLANKS = re.compile(rb"[ \t]+")
_ONCE = (
    b"from",
    b"sender",
    b"reply-to",
    b"to",
    b"cc",
    b"date",
    b"subject",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
)
"""Fields that occur once in a message: readers may see a second one above the signed one."""

_SENDER = re.compile(rb"\s*(?:[^<>@]*<)?([^\s<>@,;:\"()\\]{1,64}@([0-9A-Za-z._-]{1,250}))>?\s*")

Outcome: TypeAlias = tuple[Verdict, Why]


class _Key(NamedTuple):
    kind: str
    value: Any
    bits: int
    record: KeyRecord


class _Wrong(Exception):
    """Why a signature is not verified."""

    def __init__(self, verdict: Verdict, why: Why, bits: int | None = None) -> None:
        super().__init__(why)
        self.outcome: Outcome = (verdict, why)
        self.bits = bits


def key_names(message: Message) -> tuple[str, ...]:
    """The names to look up in DNS, each once, in order: those of the signatures that are checked."""
    found: dict[str, None] = {}
    for field in message.named(b"dkim-signature")[:MAX_DKIM]:
        try:
            signature = read_signature(field.value)
        except Malformed:
            continue
        if signature.algorithm in {"rsa-sha256", "ed25519-sha256"}:
            found[signature.key_name] = None
    return tuple(found)


def sender_of(message: Message) -> tuple[str | None, str | None]:
    """The address in ``From`` and its domain, if there is exactly one; else unknown."""
    fields = message.named(b"from")
    found = _SENDER.fullmatch(fields[0].value) if len(fields) == 1 and len(fields[0].value) <= 1_000 else None
    return (said(found[1]), found[2].decode().lower()) if found else (None, None)


def check_dkim(message: Message, answers: Iterable[DnsAnswer], at: datetime) -> tuple[DkimSignature, ...]:
    """Each signature of a message and its result, given the DNS answers and the instant."""
    known = {answer.name: answer for answer in answers}
    bodies = _Bodies(message.body)
    return tuple(_checked(message, field, known, bodies, at) for field in message.named(b"dkim-signature")[:MAX_DKIM])


def _checked(
    message: Message, field: Field, answers: Mapping[str, DnsAnswer], bodies: _Bodies, at: datetime
) -> DkimSignature:
    try:
        signature = read_signature(field.value)
    except Malformed:
        return DkimSignature(verdict="failed", why="not_a_signature")
    domain = sender_of(message)[1]
    length = bodies.length(signature)
    covered = length if signature.body_length is None else min(signature.body_length, length)
    found = DkimSignature(
        verdict="verified",
        domain=signature.domain,
        selector=signature.selector,
        algorithm=said(signature.algorithm.encode(), most=60),
        headers=signature.headers,
        body_covered=covered,
        body_bytes=length,
        signed_at=signature.signed_at,
        expires_at=signature.expires_at,
        of_sender=None if domain is None else domain == signature.domain or domain.endswith(f".{signature.domain}"),
    )
    bits: int | None = None
    try:
        key = _key_for(signature, answers.get(signature.key_name))
        bits = key.bits
        _hold(message, field, signature, key, bodies)
        _believe(message, signature, key, covered < length, at)
    except _Wrong as wrong:
        verdict, why = wrong.outcome
        return found.model_copy(update={"verdict": verdict, "why": why, "key_bits": bits or wrong.bits})
    return found.model_copy(update={"key_bits": bits})


def _key_for(signature: Signature, answer: DnsAnswer | None) -> _Key:
    """The key that must have made a signature."""
    if signature.algorithm == "rsa-sha1":
        raise _Wrong("not_believed", "weak_algorithm")
    if signature.algorithm not in {"rsa-sha256", "ed25519-sha256"}:
        raise _Wrong("not_checked", "unknown_algorithm")
    if "from" not in signature.headers:
        raise _Wrong("failed", "from_not_signed")
    if answer is None or answer.status == "not_answered":
        raise _Wrong("not_checked", "not_answered")
    if not answer.records:
        raise _Wrong("failed", "no_key")
    if len(answer.records) > 1:
        raise _Wrong("not_believed", "several_keys")
    try:
        record = read_key_record(decode_base64(answer.records[0], where="dns"))
    except Malformed:
        raise _Wrong("failed", "unfit_key") from None
    kind = signature.algorithm.partition("-")[0]
    if not record.key:
        raise _Wrong("failed", "key_revoked")
    if record.kind != kind or (record.hashes is not None and "sha256" not in record.hashes):
        raise _Wrong("failed", "unfit_key")
    if record.services.isdisjoint({"*", "email"}):
        raise _Wrong("not_believed", "not_for_mail")
    if "s" in record.flags and signature.tags.get("i", "@").lower().rpartition("@")[2] not in {"", signature.domain}:
        raise _Wrong("failed", "unfit_key")
    return _rsa(record) if kind == "rsa" else _ed25519(record)


def _rsa(record: KeyRecord) -> _Key:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        loaded = load_der_public_key(_with_algorithm(record.key))
    except Exception:  # noqa: BLE001 - many kinds, one for each thing that can be wrong with a key
        raise _Wrong("failed", "unfit_key") from None
    if not isinstance(loaded, RSAPublicKey):
        raise _Wrong("failed", "unfit_key")
    numbers = loaded.public_numbers()
    if loaded.key_size > LONGEST_KEY or not 3 <= numbers.e < 2**33 or numbers.e % 2 == 0:
        raise _Wrong("failed", "unfit_key", loaded.key_size)
    if loaded.key_size < _TOO_SHORT_TO_TRY:
        raise _Wrong("not_believed", "weak_key", loaded.key_size)
    return _Key("rsa", {"modulus": numbers.n, "publicExponent": numbers.e}, loaded.key_size, record)


def _with_algorithm(key: bytes) -> bytes:
    """A SubjectPublicKeyInfo, also for an RSAPublicKey, which some publish instead."""
    try:
        bare = [each.tag for each in der.sequence(key, where="key")] == [der.INTEGER, der.INTEGER]
    except InblueError:
        return key
    algorithm = der.encode(der.SEQUENCE, der.encode_object_identifier("1.2.840.113549.1.1.1"), b"\x05\x00")
    return der.encode(der.SEQUENCE, algorithm, der.encode(der.BITS, b"\x00", key)) if bare else key


def _ed25519(record: KeyRecord) -> _Key:
    import nacl.signing

    try:
        check_public_key(record.key)
    except Malformed:
        raise _Wrong("failed", "unfit_key") from None
    return _Key("ed25519", nacl.signing.VerifyKey(record.key), 256, record)


def _hold(message: Message, field: Field, signature: Signature, key: _Key, bodies: _Bodies) -> None:
    """Check that body and fields are those signed by that key."""
    if bodies.digest(signature) != signature.body_hash:
        raise _Wrong("failed", "body_changed")
    if key.kind == "ed25519" and len(signature.signature) != 64:
        raise _Wrong("failed", "signature_wrong")
    names = frozenset(signature.headers)
    covered = [each for each in message.fields if each.name.decode().lower() in names]  # the library ignores others
    holder = _library()(covered, key)
    parts = {
        b"a": signature.algorithm.encode(),
        b"c": signature.canonical.encode(),
        b"b": encode_base64(signature.signature).encode(),
    }
    headers = [name.encode() for name in signature.headers]
    try:
        holds = holder.verify_sig_process(parts, headers, (field.name, field.value), None)
    except Exception:  # noqa: BLE001 - the library has one exception for each thing that can be wrong with a signature
        holds = False
    if not holds:
        raise _Wrong("failed", "signature_wrong")


def _believe(message: Message, signature: Signature, key: _Key, is_part: bool, at: datetime) -> None:
    """Check that a valid signature proves something, and covers all that a reader sees."""
    if key.kind == "rsa" and key.bits < SHORTEST_KEY:
        raise _Wrong("not_believed", "weak_key")
    if "y" in key.record.flags:
        raise _Wrong("not_believed", "testing")
    if signature.expires_at is not None and signature.expires_at < at:
        raise _Wrong("not_believed", "expired")
    if signature.signed_at is not None and signature.signed_at > at + _AHEAD:
        raise _Wrong("not_believed", "signed_in_the_future")
    if is_part:
        raise _Wrong("part_only", "part_of_body")
    for name in _ONCE:
        covered = signature.headers.count(name.decode())
        if covered and len(message.named(name)) > covered:
            raise _Wrong("part_only", "header_added")


class _Bodies:
    """The canonical bodies of a message for signatures, each form made once."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._forms: dict[str, bytes] = {}
        self._digests: dict[tuple[str, int | None], bytes] = {}

    def length(self, signature: Signature) -> int:
        """The bytes of the body in the form used by a signature."""
        return len(self._form(signature.canonical.partition("/")[2]))

    def digest(self, signature: Signature) -> bytes | None:
        """SHA-256 of the signed part of the body; None if it claims to cover more than there is."""
        kind, length = signature.canonical.partition("/")[2], signature.body_length
        form = self._form(kind)
        if length is not None and length > len(form):
            return None
        if (kind, length) not in self._digests:
            self._digests[kind, length] = hashlib.sha256(memoryview(form)[:length]).digest()
        return self._digests[kind, length]

    def _form(self, kind: str) -> bytes:
        if kind not in self._forms:
            from dkim.canonicalization import ALGORITHMS

            # Runs of blanks are collapsed first, as the form requires: the library takes time in the square of their
            # length.
            body = _BLANKS.sub(b" ", self._body) if kind == "relaxed" else self._body
            self._forms[kind] = ALGORITHMS[kind.encode()].canonicalize_body(body)
        return self._forms[kind]


@cache
def _library() -> Any:
    """The library's message object, with fields and a key that were parsed here."""
    import dkim

    class Holder(dkim.DKIM):  # type: ignore[misc] # it ships no types
        def __init__(self, fields: Sequence[Field], key: _Key) -> None:
            super().__init__(None)
            self.headers = [[field.name, field.value] for field in fields]
            self.pk, self.keysize, self.ktag = key.value, key.bits, key.kind.encode()

    return Holder
