"""Examines a message: everything in an observation, from its bytes and the given inputs, without a network.

The same bytes and inputs give the same document, except for libraries that are not installed: what needs them is
reported as not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, NamedTuple

from ...domain.canonical import digest
from ...domain.errors import Malformed
from ...domain.mail_observation import (
    MAX_DKIM,
    MAX_HOPS,
    MAX_ROOTS,
    CheckedBy,
    DnsAnswer,
    MailObservation,
    NotChecked,
    Why,
)
from ..certificates.certificate import Certificate, read_certificate
from ..certificates.pem import certificates_in, pem_certificate
from .dkim_check import check_dkim, key_names, sender_of
from .header import Message, split_message
from .part_signatures import check_parts
from .parts import read_parts
from .received import arrived, own_hosts, read_hops

TOOLS = ("inblue", "dkimpy", "dnspython", "pyhanko", "pyhanko-certvalidator", "asn1crypto", "cryptography", "pynacl")
"""The packages whose versions an observation names."""

What = Literal["received", "dkim", "smime", "pdf"]


class Given(NamedTuple):
    """All inputs of an observation besides the message. ``roots`` are PEM texts, each of one certificate."""

    checked_at: datetime
    checked_by: CheckedBy
    own_hosts: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    dns: tuple[DnsAnswer, ...] = ()


def given(
    checked_at: datetime,
    checked_by: CheckedBy,
    *,
    hosts: Iterable[str] = (),
    roots: str = "",
    dns: Iterable[DnsAnswer] = (),
) -> Given:
    """A desk's input: the names of its own hosts, and a text with the certificates that it trusts as roots.

    Raises:
        Malformed: an invalid host, or a certificate that cannot be read or is not a root.
    """
    pems: list[str] = []
    for raw in certificates_in(roots, where="roots") if roots else ():
        if not read_certificate(raw, where="roots").is_root:
            raise Malformed(f"roots: {read_certificate(raw)} is not a root: another has issued it")
        pems.append(pem_certificate(raw))
    if len(pems) > MAX_ROOTS:
        raise Malformed(f"roots: {len(pems)} certificates; at most {MAX_ROOTS} are named")
    return Given(checked_at, checked_by, own_hosts(hosts), tuple(dict.fromkeys(pems)), tuple(dns))


def names_to_ask(raw: bytes) -> tuple[str, ...]:
    """The names of DKIM keys to look up in DNS; empty if the header cannot be read."""
    try:
        return key_names(split_message(raw))
    except Malformed:
        return ()


def look(raw: bytes, rests_on: Given, *, parts: Why | None = None) -> MailObservation:
    """What a message shows. With ``parts``, the signatures inside it are not checked, for that reason."""
    made = MailObservation(
        message=digest(raw),
        size=len(raw),
        checked_at=rests_on.checked_at,
        checked_by=rests_on.checked_by,
        tools=_tools(),
        own_hosts=rests_on.own_hosts,
        roots=rests_on.roots,
        dns=rests_on.dns,
    )
    said: dict[str, Any] = {}
    not_checked: list[NotChecked] = []
    try:
        said |= _of_header(split_message(raw), rests_on, not_checked)
    except Malformed:
        not_checked += [NotChecked(what=what, why="unreadable") for what in _HEADER]
    said |= _of_parts(raw, rests_on, not_checked, parts)
    said |= {"not_checked": tuple(not_checked)}
    return MailObservation(**{name: getattr(made, name) for name in MailObservation.model_fields} | said)


_HEADER: tuple[What, ...] = ("received", "dkim")
_INSIDE: tuple[What, ...] = ("smime", "pdf")


def _of_header(message: Message, rests_on: Given, not_checked: list[NotChecked]) -> dict[str, Any]:
    lines, signatures = message.named(b"received"), message.named(b"dkim-signature")
    hops = read_hops(lines, rests_on.own_hosts)
    found: dict[str, Any] = {
        "sender": sender_of(message)[0],
        "hops": hops,
        "hops_left_out": max(0, len(lines) - MAX_HOPS),
        "arrived": arrived(hops),
    }
    if _version("dkimpy") is None:
        not_checked.append(NotChecked(what="dkim", why="not_installed"))
        return found
    checked = check_dkim(message, rests_on.dns, rests_on.checked_at)
    return {**found, "dkim": checked, "dkim_left_out": max(0, len(signatures) - MAX_DKIM)}


def _of_parts(raw: bytes, rests_on: Given, not_checked: list[NotChecked], parts: Why | None) -> dict[str, Any]:
    reason: Why | None = parts or (None if _version("pyhanko") else "not_installed")
    if reason is None:
        try:
            found = check_parts(read_parts(raw), roots_of(rests_on.roots), rests_on.checked_at)
        except Malformed:
            reason = "too_costly"
        else:
            return {"signatures": found.signatures, "signatures_left_out": found.left_out}
    not_checked += [NotChecked(what=what, why=reason) for what in _INSIDE]
    return {}


def roots_of(pems: Iterable[str]) -> list[Certificate]:
    """The certificates that a reader names as roots.

    Raises:
        Malformed: one cannot be read.
    """
    return [read_certificate(raw, where="roots") for pem in pems for raw in certificates_in(pem, where="roots")]


def _tools() -> dict[str, str]:
    found = {name.replace("-", "_"): _version(name) for name in TOOLS}
    return {name: each for name, each in found.items() if each is not None}


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


Looks = Callable[[bytes, Given], MailObservation]
"""Examines a message: here, or in a separate process."""
