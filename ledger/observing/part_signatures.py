"""Signatures inside a message: S/MIME over a part of it (RFC 8551), PDF in an attachment (ISO 32000-2, section 12.8).

The library reads PDF and CMS and compares the signature. :mod:`..certificates` says which algorithms are believed and
where a certificate leads, at the instant of checking and with the reader's roots. No network is used, and revocation is
not checked.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ...domain.errors import InblueError, Malformed
from ...domain.mail_observation import MAX_SIGNATURES, Chain, PartSignature, Signer, Why
from ..certificates import der
from ..certificates.algorithms import HASHES, Used, hash_name, scheme_of
from ..certificates.certificate import DIGITAL_SIGNATURE, NON_REPUDIATION, Certificate, read_certificate
from ..certificates.chain import FOR_LETTERS, chain_to_root
from ..standards.timestamp import BELIEVED
from .header import said
from .parts import Part

if TYPE_CHECKING:
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

MAX_CMS_BYTES = 1_000_000
"""The most bytes of a signature, without what it covers."""

_DETACHED = {"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"}
_PDF_MARK, _MARK_WITHIN = b"%PDF-", 1024
_HEX = re.compile(rb"<[0-9A-Fa-f]*>")
_MOST_ADDRESSES, _MAIL_ADDRESS = 20, 0x81


class Found(NamedTuple):
    """Signatures of a message, and how many more were not examined."""

    signatures: tuple[PartSignature, ...]
    left_out: int


class _Bad(Exception):
    """Why a signature is not verified."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def check_parts(root: Part, roots: Sequence[Certificate], at: datetime) -> Found:
    """Every S/MIME and PDF signature in a message, in the order of its parts."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    found: list[PartSignature] = []
    left_out = 0
    for part in root.walk():
        for signature in _of_part(part, roots, at):
            if len(found) == MAX_SIGNATURES:
                left_out += 1
            else:
                found.append(signature)
    return Found(tuple(found), left_out)


def _of_part(part: Part, roots: Sequence[Certificate], at: datetime) -> Iterator[PartSignature]:
    if part.kind == "multipart/signed" and "pkcs7-signature" in part.says("protocol"):
        yield _smime_detached(part, roots, at)
    elif part.kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"}:
        if part.says("smime-type") in {"", "signed-data"}:
            yield _smime_opaque(part, roots, at)
    elif not part.children and (content := _pdf_in(part)) is not None:
        yield from _pdf(content, part.path, roots, at)


def _pdf_in(part: Part) -> bytes | None:
    """The content of a PDF attachment, whatever its name."""
    content = part.content()
    return content if _PDF_MARK in content[:_MARK_WITHIN] else None


def _smime_detached(part: Part, roots: Sequence[Certificate], at: datetime) -> PartSignature:
    path = part.path or "0"
    if len(part.children) != 2:
        return PartSignature(kind="smime", path=path, verdict="not_checked", why="unreadable")
    signed = re.sub(rb"\r?\n", b"\r\n", part.children[0].raw)
    return _smime(part.children[1].content(), signed, path, roots, at)


def _smime_opaque(part: Part, roots: Sequence[Certificate], at: datetime) -> PartSignature:
    return _smime(part.content(), None, part.path, roots, at)


def _smime(raw: bytes, signed: bytes | None, path: str, roots: Sequence[Certificate], at: datetime) -> PartSignature:
    made = PartSignature(kind="smime", path=path, verdict="verified")
    try:
        data, content = _signed_data(raw)
        over = content if signed is None else signed
        if over is None:
            raise _Bad("unreadable")
        made = made.model_copy(update={"covered": len(over), "bytes": len(over)})
        return _judged(made, data, over, roots, at)
    except _Bad as bad:
        return _not_verified(made, bad.why)


def _signed_data(raw: bytes) -> tuple[Any, bytes | None]:
    """The SignedData, and its content, if any."""
    from asn1crypto import cms

    try:
        info = cms.ContentInfo.load(raw, strict=True)
        if info["content_type"].native != "signed_data":
            raise _Bad("unreadable")
        data = info["content"]
        inside = data["encap_content_info"]["content"]
        content = inside.native if inside.native is not None else None
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        raise _Bad("unreadable") from None
    if content is not None and not isinstance(content, bytes):
        raise _Bad("unreadable")
    if len(raw) - len(content or b"") > MAX_CMS_BYTES:
        raise _Bad("too_large")
    return data, content


def _judged(
    made: PartSignature, data: Any, over: bytes | Sequence[bytes], roots: Sequence[Certificate], at: datetime
) -> PartSignature:
    """The result for a signature whose content is ``over``."""
    from pyhanko.sign.general import extract_signer_info
    from pyhanko.sign.validation.generic_cms import (
        extract_certs_for_validation,
        extract_self_reported_ts,
        validate_sig_integrity,
    )

    try:
        info = extract_signer_info(data)
        certificates = extract_certs_for_validation(data)
        certificate = read_certificate(certificates.signer_cert.dump(), where="signer")
        others = [each for each in map(_certificate, certificates.other_certs[:64]) if each is not None]
        claimed = made.claimed_at or _instant(extract_self_reported_ts(info))
        digest_name = info["digest_algorithm"]["algorithm"].native
        algorithm = f"{info['signature_algorithm']['algorithm'].native} {digest_name}"
    except Exception:  # noqa: BLE001 - asn1crypto and pyhanko raise many types, one for each thing that can be wrong
        raise _Bad("unreadable") from None
    chain, root = _leads(certificate, others, roots, at)
    made = made.model_copy(
        update={
            "claimed_at": claimed,
            "signer": _signer(certificate),
            "chain": chain,
            "root": root,
            "algorithm": said(algorithm.encode(), most=80),
        }
    )
    try:
        _believed(info, certificate)
        if not info["signed_attrs"]:
            raise _Bad("unreadable")
        hashed = hashlib.new(HASHES_BY_NAME[digest_name])
        for piece in [over] if isinstance(over, bytes) else over:
            hashed.update(piece)
        intact, valid = validate_sig_integrity(info, certificates.signer_cert, "data", hashed.digest())
    except _Bad as bad:
        return _not_verified(made, bad.why)
    except Exception:  # noqa: BLE001 - as above
        return _not_verified(made, "unreadable")
    if not (intact and valid):
        return _not_verified(made, "signature_wrong" if intact else "content_changed")
    return made


HASHES_BY_NAME = {name: name for name in HASHES.values()}
"""The accepted hashes, by the library's names, which are ``hashlib``'s."""


def _believed(info: Any, certificate: Certificate) -> None:
    """Check that the signature's algorithms are believed, and that the certificate is for signing such documents."""
    try:
        digest = hash_name(der.read_one(info["digest_algorithm"].dump(), der.SEQUENCE, where="digest"), where="digest")
        algorithm = der.read_one(info["signature_algorithm"].dump(), der.SEQUENCE, where="signature")
        used = {*scheme_of(algorithm, where="signature", beside=digest).used, Used(digest)}
    except Malformed:
        raise _Bad("unreadable") from None
    except InblueError:
        raise _Bad("weak_algorithm") from None
    try:
        key = certificate.key.used
    except InblueError:
        raise _Bad("unknown_algorithm") from None
    if not all(any(each.covers(one, _ANY_TIME) for each in BELIEVED) for one in used):
        raise _Bad("weak_algorithm")
    if not any(each.covers(key, _ANY_TIME) for each in BELIEVED) or key.bits > 16_384:
        raise _Bad("weak_key")


_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def _leads(
    certificate: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], at: datetime
) -> tuple[Chain, str | None]:
    """Where a signer's certificate leads at that instant, and the digest of the root."""
    if not roots:
        return "no_root_named", None
    if at > certificate.not_after:
        return "expired", None
    if at < certificate.not_before:
        return "not_yet_in_force", None
    try:
        usage, purposes = certificate.key_usage, certificate.extended_usage
        if usage is not None and usage.isdisjoint({DIGITAL_SIGNATURE, NON_REPUDIATION}):
            return "leads_to_no_root", None
        if purposes is not None and FOR_LETTERS.isdisjoint(purposes):
            return "leads_to_no_root", None
        path = chain_to_root(
            certificate,
            others,
            roots,
            at,
            lambda used: any(each.covers(used, at) for each in BELIEVED),
            purposes=FOR_LETTERS,
        )
    except InblueError:
        return "leads_to_no_root", None
    return "leads_to_root", path[-1].sha256


def _signer(certificate: Certificate) -> Signer:
    try:
        names = [each.content for each in certificate.alternative_names if each.tag == _MAIL_ADDRESS]
    except InblueError:
        names = []
    addresses = [address for address in map(said, names[:_MOST_ADDRESSES]) if address is not None]
    return Signer(
        subject=said(certificate.subject.said.encode()) or "nobody",
        issuer=said(certificate.issuer.said.encode()) or "nobody",
        sha256=certificate.sha256,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        addresses=tuple(addresses),
    )


def _certificate(given: Any) -> Certificate | None:
    try:
        return read_certificate(given.dump())
    except (InblueError, ValueError, TypeError):
        return None


def _pdf(raw: bytes, path: str, roots: Sequence[Certificate], at: datetime) -> Iterator[PartSignature]:
    """The signatures in a PDF that its form lists; unlisted ones are not found."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    number = 0
    try:
        reader = PdfFileReader(io.BytesIO(raw), strict=False)
        for name, value, field in enumerate_sig_fields(reader, filled_status=True):
            number += 1
            made = PartSignature(
                kind="pdf", path=path, verdict="verified", field=said(str(name).encode()), bytes=len(raw)
            )
            if number > MAX_SIGNATURES:  # counted, but not examined
                yield _not_verified(made, "too_costly")
                continue
            kind = str(value.get_object().get("/SubFilter", ""))
            if kind == "/ETSI.RFC3161":
                yield made.model_copy(update={"verdict": "not_checked", "why": "a_timestamp"})
            elif kind not in _DETACHED:
                why = "weak_algorithm" if "sha1" in kind else "unknown_algorithm"
                yield made.model_copy(update={"verdict": "not_checked", "why": why})
            else:
                yield _pdf_signature(EmbeddedPdfSignature(reader, field, name), made, raw, roots, at)
    except Exception:  # noqa: BLE001 - a PDF that cannot be read; the library raises many types
        if b"/ByteRange" in raw:
            yield PartSignature(kind="pdf", path=path, verdict="not_checked", why="unreadable", bytes=len(raw))


def _pdf_signature(
    signature: EmbeddedPdfSignature, made: PartSignature, raw: bytes, roots: Sequence[Certificate], at: datetime
) -> PartSignature:
    try:
        pieces = _covered(signature, raw)
        covered = sum(map(len, pieces))
        whole = len(pieces[0]) + len(pieces[1]) + _gap(signature) == len(raw)
        made = made.model_copy(update={"covered": covered, "claimed_at": _pdf_hour(signature)})
        if len(signature.pkcs7_content) > MAX_CMS_BYTES:
            raise _Bad("too_large")
        found = _judged(made, signature.signed_data, pieces, roots, at)
    except _Bad as bad:
        return _not_verified(made, bad.why)
    if found.verdict == "verified" and not whole:
        return found.model_copy(update={"verdict": "part_only", "why": "added_after"})
    return found


def _covered(signature: EmbeddedPdfSignature, raw: bytes) -> list[bytes]:
    """The signed bytes: the file from its beginning, without only the signature itself."""
    numbers = [int(each) for each in signature.byte_range]
    if len(numbers) != 4 or numbers[0] != 0 or min(numbers) < 0:
        raise _Bad("unreadable")
    _, first, second, rest = numbers
    if not (first < second and second + rest <= len(raw) and _HEX.fullmatch(raw, first, second)):
        raise _Bad("unreadable")
    if bytes.fromhex(raw[first + 1 : second - 1].decode() + "0" * ((second - first) % 2)) != signature.pkcs7_content:
        raise _Bad("unreadable")
    return [raw[:first], raw[second : second + rest]]


def _gap(signature: EmbeddedPdfSignature) -> int:
    return int(signature.byte_range[2]) - int(signature.byte_range[1])


def _pdf_hour(signature: EmbeddedPdfSignature) -> datetime | None:
    try:
        return _instant(signature.self_reported_timestamp)
    except Exception:  # noqa: BLE001 - not a date
        return None


def _instant(value: Any) -> datetime | None:
    """A stated time, to the second; None if it has no zone, or an impossible year."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        at = value.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return at if 1970 <= at.year < 9000 else None


def _not_verified(made: PartSignature, why: Why) -> PartSignature:
    """The same, with the reason why it is not verified."""
    verdict = {
        "weak_algorithm": "not_believed",
        "weak_key": "not_believed",
        "unknown_algorithm": "not_checked",
        "unreadable": "not_checked",
        "too_large": "not_checked",
        "too_costly": "not_checked",
    }.get(why, "failed")
    return made.model_copy(update={"verdict": verdict, "why": why})
