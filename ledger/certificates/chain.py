"""Builds a chain from a certificate to a pinned root (RFC 5280, section 6), at one instant, within bounds.

A pinned root is trusted because it is pinned: only its key is used, never its signature on itself. Certificate policies
are ignored, since a token's own policy says what it may be used for. A critical extension that is not known here ends
the chain, as do name constraints that cannot be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from ...domain.errors import InblueError
from ...domain.instant import format_instant
from ..errors import Broken
from . import der
from .algorithms import Used, scheme_of
from .certificate import (
    CERT_SIGN,
    DIRECTORY_NAME,
    NAME_CONSTRAINTS,
    Certificate,
    Name,
    NameKey,
    read_name,
)

Believes: TypeAlias = Callable[[Used], bool]
"""Tells whether an algorithm is believed at the instant of the chain."""

MOST_CERTIFICATES = 64
"""The most certificates examined besides the pinned ones."""

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
ANY_PURPOSE, ADOBE_DOCUMENTS = "2.5.29.37.0", "1.2.840.113583.1.1.5"
FOR_TIMESTAMPS = frozenset({TIME_STAMPING, ANY_PURPOSE, ADOBE_DOCUMENTS})
"""Purposes under which an issuer may issue units: that one, any, and Adobe's for documents, timestamps included."""

FOR_LETTERS = frozenset(
    {
        ANY_PURPOSE,
        ADOBE_DOCUMENTS,
        "1.3.6.1.5.5.7.3.2",  # showing who one is
        "1.3.6.1.5.5.7.3.4",  # mail
        "1.3.6.1.5.5.7.3.36",  # documents (RFC 9336)
        "1.3.6.1.4.1.311.10.3.12",  # documents, by Microsoft
    }
)
"""Purposes for which a certificate may sign a mail or a document, and under which an issuer may issue such ones."""

_MAIL, _MAIL_ADDRESS = 0x81, "1.2.840.113549.1.9.1"
_LONGEST, _MOST_STEPS = 8, 100
_KNOWN_CRITICAL = frozenset(
    {
        "2.5.29.14",  # subject key
        "2.5.29.15",  # key usage
        "2.5.29.16",  # private key usage period
        "2.5.29.17",  # alternative names
        "2.5.29.18",  # issuer's alternative names
        "2.5.29.19",  # basic constraints
        "2.5.29.30",  # name constraints
        "2.5.29.31",  # CRL distribution points
        "2.5.29.32",  # policies
        "2.5.29.33",  # policy mappings
        "2.5.29.35",  # authority key
        "2.5.29.36",  # policy constraints
        "2.5.29.37",  # extended key usage
        "2.5.29.54",  # inhibit any policy
        "1.3.6.1.5.5.7.1.1",  # authority access
    }
)


def in_force(certificate: Certificate, at: datetime) -> None:
    """Check that a certificate is in force at that time, and has no unknown critical extension.

    Raises:
        Broken: it is not, or has.
    """
    if at < certificate.not_before:
        when = format_instant(certificate.not_before)
        raise Broken(f"{certificate} was not in force yet: it is from {when} on")
    if at > certificate.not_after:
        raise Broken(f"{certificate} had expired, at {format_instant(certificate.not_after)}")
    for oid, extension in certificate.extensions.items():
        if extension.critical and oid not in _KNOWN_CRITICAL:
            raise Broken(f"{certificate} has a critical extension that is not known here, {oid}")


def signed_by(certificate: Certificate, issuer: Certificate, believes: Believes) -> None:
    """Check that a certificate is signed by the key of ``issuer``, with a believed algorithm.

    Raises:
        Malformed, Broken: it is not.
    """
    scheme = scheme_of(certificate.algorithm, where=str(certificate))
    for used in sorted(scheme.used):
        if not believes(used):
            raise Broken(f"{certificate} rests on {used}, which is not believed at that time")
    believed_key(issuer, believes)
    if not scheme.holds(issuer.key, certificate.signature, certificate.signed):
        raise Broken(f"{certificate} is not signed by {issuer}")


def believed_key(certificate: Certificate, believes: Believes) -> None:
    """Check that the key of a certificate is of a believed kind.

    Raises:
        Broken: it is not.
    """
    if not believes(certificate.key.used):
        raise Broken(f"{certificate} rests on {certificate.key.used}, which is not believed at that time")


def chain_to_root(
    leaf: Certificate,
    pool: Iterable[Certificate],
    pinned: Sequence[Certificate],
    at: datetime,
    believes: Believes,
    *,
    purposes: frozenset[str] = FOR_TIMESTAMPS,
) -> tuple[Certificate, ...]:
    """The certificates from ``leaf`` to a root among the ``pinned``, in force at that time; certificates of the
    ``pool`` may be in between.

    An issuer that is not pinned and restricts its purposes must have one of these ``purposes``.

    Raises:
        Broken: no such chain; the one-line message names the certificate or rule that prevents it.
    """
    issuers: dict[NameKey, list[Certificate]] = {}
    for each in dict.fromkeys([*(each for each in pinned if each.is_root), *pinned, *pool]):
        issuers.setdefault(each.subject.key, []).append(each)
    anchors = {each for each in pinned if each.is_root}
    found_wrong: dict[tuple[Certificate, Certificate], str | None] = {}
    waiting: list[tuple[Certificate, ...]] = [(leaf,)]
    nobody: str | None = None
    wrong: str | None = None
    steps = 0
    in_force(leaf, at)
    while waiting:
        path = waiting.pop()
        last = path[-1]
        if last in anchors:
            return path
        called = [each for each in issuers.get(last.issuer.key, []) if each not in path]
        above = [each for each in called if _names_key(last, each)]
        if not above:
            which = "with another key than is" if called else "which is neither"
            nobody = (
                nobody
                or f"{last} was issued by {last.issuer.said}, {which} pinned {'or' if called else 'nor'} in the token"
            )
        if len(path) == _LONGEST:
            wrong = wrong or f"{leaf} has over {_LONGEST} certificates above it"
            continue
        higher: list[tuple[Certificate, ...]] = []
        for issuer in above:
            step = (last, issuer)
            steps += 1
            if steps > _MOST_STEPS:
                raise Broken(f"{leaf} has too many certificates above it that could be its issuers")
            if step not in found_wrong:
                found_wrong[step] = _wrong_step(last, issuer, at, believes, None if issuer in pinned else purposes)
            fault = found_wrong[step] or _wrong_place(path, issuer)
            if fault is None:
                higher.append((*path, issuer))
            else:
                wrong = wrong or fault
        waiting += reversed(higher)
    raise Broken(wrong or nobody or f"{leaf} leads to no pinned root")


def _names_key(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the certificate can be by that issuer's key, given the key identifiers of both."""
    wanted, own = certificate.authority_key_id, issuer.subject_key_id
    return wanted is None or own is None or wanted == own


def _wrong_step(
    certificate: Certificate, issuer: Certificate, at: datetime, believes: Believes, purposes: frozenset[str] | None
) -> str | None:
    """Why the certificate is not by that issuer; without ``purposes`` the issuer is a pinned one."""
    try:
        in_force(issuer, at)
        _may_issue(issuer, purposes)
        signed_by(certificate, issuer, believes)
    except InblueError as error:
        return str(error)
    return None


def _may_issue(issuer: Certificate, purposes: frozenset[str] | None) -> None:
    if not issuer.is_ca and not (purposes is None and not issuer.extensions):  # a root of version 1 cannot say so
        raise Broken(f"{issuer} is not a CA's, and has issued another")
    if issuer.key_usage is not None and CERT_SIGN not in issuer.key_usage:
        raise Broken(f"{issuer} may not issue others, by its key usage")
    own = issuer.extended_usage
    if own is not None and purposes is not None and purposes.isdisjoint(own):
        what = "timestamping" if purposes is FOR_TIMESTAMPS else "this"
        raise Broken(f"{issuer} is not for {what}, by its extended key usage")


def _wrong_place(path: Sequence[Certificate], issuer: Certificate) -> str | None:
    """Why an issuer may not be above that path: too many certificates below it, or a name that it may not issue."""
    try:
        under = sum(1 for each in path[1:] if each.subject.key != each.issuer.key)
        most = issuer.basic_constraints[1]
        if most is not None and under > most:
            return f"{issuer} may have {most} other CAs under it, and has {under}"
        if NAME_CONSTRAINTS in issuer.extensions:
            _hold_names(issuer, path)
    except InblueError as error:
        return str(error)
    return None


def _hold_names(issuer: Certificate, path: Sequence[Certificate]) -> None:
    """Name constraints (RFC 5280, section 4.2.1.10); only distinguished names are compared."""
    where = str(issuer)
    trees: dict[int, list[der.Value]] = {0xA0: [], 0xA1: []}
    for field in der.sequence(issuer.extensions[NAME_CONSTRAINTS].content, where=where):
        for tree in der.read_all(field.content, where=where):
            trees.setdefault(field.tag, []).append(der.first_value(tree.content, where=where))
    permitted, excluded = trees[0xA0], trees[0xA1]
    kinds = {each.tag for each in (*permitted, *excluded)} - {DIRECTORY_NAME}
    may = [read_name(each.content, where=where).key for each in permitted if each.tag == DIRECTORY_NAME]
    never = [read_name(each.content, where=where).key for each in excluded if each.tag == DIRECTORY_NAME]
    for each in path:
        if each is not path[0] and each.subject.key == each.issuer.key:
            continue
        called = {oid for relative in each.subject.key for oid, _ in relative}
        if any(name.tag in kinds for name in each.alternative_names) or (_MAIL in kinds and _MAIL_ADDRESS in called):
            raise Broken(f"{issuer} constrains names of a kind that {each} has and that are not compared here")
        others = [read_name(n.content, where=str(each)) for n in each.alternative_names if n.tag == DIRECTORY_NAME]
        for name in (each.subject, *others):
            if (may and not any(_under(name, tree) for tree in may)) or any(_under(name, tree) for tree in never):
                raise Broken(f"{issuer} may not give the name {name.said}, by its name constraints")


def _under(name: Name, tree: NameKey) -> bool:
    return name.key[: len(tree)] == tree
