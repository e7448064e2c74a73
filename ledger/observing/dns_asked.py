"""Asking DNS for the keys of DKIM signatures: each name once, and what was answered is kept."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.errors import Malformed
from ...domain.mail_observation import DnsAnswer
from .dns_text import MAX_RECORDS, answer
from .received import host_of

SECONDS = 10.0
"""How long an answer is waited for, each name by itself."""

_LONGEST = 6_000


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
    address, colon, port = text.rpartition(":") if text.count(":") == 1 or text.startswith("[") else (text, "", "")
    host = host_of(address.strip("[]") if colon else text)
    number = int(port) if colon and port.isdecimal() and port.isascii() and len(port) < 6 else 53
    if host is None or (colon and not port.isdecimal()) or not 0 < number < 65536:
        raise Malformed(f"DNS server: {text[:60]!r} is not an address; write 192.0.2.53 or 192.0.2.53:53")
    return [host], number
