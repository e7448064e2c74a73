"""Asking DNS for the keys of DKIM signatures: each name once, and what was answered is kept."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from ...domain.errors import Malformed
from ...domain.mail_observation import DnsAnswer
from ...domain.wording import shown
from .dns_text import MAX_RECORDS, answer

SECONDS = 10.0
"""How long an answer is waited for, each name by itself."""

_LONGEST = 6_000
_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})", re.ASCII)


def ask_dns(names: Iterable[str], *, server: str | None = None) -> tuple[DnsAnswer, ...]:
    """Ask the system's resolver, or the ``server``, ``ADDRESS`` or ``ADDRESS:PORT``. It is asked by nothing else here.

    Raises:
        Malformed: the server is not an address.
    """
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver(configure=server is None)
    except dns.exception.DNSException:
        return tuple(DnsAnswer(name=name, status="not_answered") for name in names)
    if server is not None:
        resolver.nameservers, resolver.port = _server(server)
    return tuple(_asked(resolver, name) for name in names)


def _asked(resolver: object, name: str) -> DnsAnswer:
    import dns.exception
    import dns.resolver

    assert isinstance(resolver, dns.resolver.Resolver)  # noqa: S101 - its type is the library's, which is imported late
    try:
        found = resolver.resolve(f"{name}.", "TXT", lifetime=SECONDS, search=False)
        records = [b"".join(record.strings) for record in found]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return answer(name, ())
    except (dns.exception.DNSException, OSError):
        return DnsAnswer(name=name, status="not_answered")
    if len(records) > MAX_RECORDS or any(len(record) > _LONGEST for record in records):
        return DnsAnswer(name=name, status="not_answered")
    return answer(name, sorted(records))


def _server(text: str) -> tuple[list[str], int]:
    found = _SERVER.fullmatch(text)
    address, port = (found[1] or found[2], int(found[3])) if found else (text, 53)
    try:
        host = ipaddress.ip_address(address)
    except ValueError:
        host = None
    if host is None or not 0 < port < 65536:
        raise Malformed(f"DNS server: {shown(text, most=60)!r} is not an address; write 192.0.2.53 or 192.0.2.53:53")
    return [host.compressed], port
