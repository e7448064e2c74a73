"""DNS answers for the names of keys: queried once and kept, or from a file, for offline use.

A file has answers as printed by ``dig NAME TXT +noall +answer`` (RFC 1035, section 5.1).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping

from ...domain.errors import Malformed
from ...domain.mail_observation import DnsAnswer
from ...domain.wording import shown
from ..standards.note import encode_base64
from .received import host_of

MAX_BYTES = 200_000
MAX_RECORDS = 8
"""The most TXT records of one name, and bytes of such a file."""

SECONDS = 10.0
"""How long to wait for an answer, per name."""

_LONGEST = 6_000
_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})", re.ASCII)
_LINE = re.compile(r"([!-~]{1,255})\s+(?:[0-9]{1,10}\s+)?IN\s+TXT\s+([\x20-\x7e\t]+)", re.ASCII)
_STRING = re.compile(r"[ \t]*\"((?:[^\"\\]|\\[0-9]{3}|\\[^0-9])*)\"[ \t]*")
_ESCAPE = re.compile(r"\\([0-9]{3}|[^0-9])")


def read_dns_text(raw: bytes) -> Mapping[str, tuple[bytes, ...]]:
    """The TXT records of each name: their strings joined, in the order of the file. Comment lines are ignored.

    Raises:
        Malformed: a line is not a TXT record, or there is too much; the message begins with the line number.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed(f"DNS answers: {len(raw):,} bytes; at most {MAX_BYTES:,} are read")
    found: dict[str, list[bytes]] = {}
    for number, line in enumerate(raw.decode("ascii", "replace").split("\n"), start=1):
        text = line.removesuffix("\r").strip(" \t")
        if not text or text.startswith(";"):
            continue
        where = f"DNS answers: line {number}"
        parts = _LINE.fullmatch(text)
        if parts is None:
            raise Malformed(f'{where} is not a TXT record; write NAME. 3600 IN TXT "...", as dig +noall +answer does')
        name = host_of(parts[1])
        if name is None:
            raise Malformed(f"{where} names no host")
        records = found.setdefault(name, [])
        records.append(_strings(parts[2], where))
        if len(records) > MAX_RECORDS:
            raise Malformed(f"{where}: over {MAX_RECORDS} records of one name")
    return {name: tuple(records) for name, records in found.items()}


def answers_of(names: Iterable[str], known: Mapping[str, tuple[bytes, ...]]) -> tuple[DnsAnswer, ...]:
    """A file's answer for each of these names; a name not in the file was not queried."""
    return tuple(
        answer(name, known[name]) if name in known else DnsAnswer(name=name, status="not_answered") for name in names
    )


def answer(name: str, records: Iterable[bytes]) -> DnsAnswer:
    """The answer with these records; if empty, that no record exists."""
    kept = tuple(encode_base64(record) for record in records)
    return DnsAnswer(name=name, status="answered" if kept else "no_record", records=kept)


def _strings(text: str, where: str) -> bytes:
    joined, at = bytearray(), 0
    while at < len(text):
        found = _STRING.match(text, at)
        if found is None:
            raise Malformed(f"{where}: a text that is not in quotation marks, or has no end")
        at = found.end()
        joined += _plain(found[1], where)
    if len(joined) > _LONGEST:
        raise Malformed(f"{where}: a record of over 6,000 bytes")
    return bytes(joined)


def _plain(text: str, where: str) -> bytes:
    def one(found: re.Match[str]) -> str:
        if found[1].isdigit() and int(found[1]) > 255:
            raise Malformed(f"{where}: \\{found[1]} is not a byte")
        return chr(int(found[1])) if found[1].isdigit() else found[1]

    return _ESCAPE.sub(one, text).encode("latin-1")


def ask_dns(names: Iterable[str], *, server: str | None = None) -> tuple[DnsAnswer, ...]:
    """Query the system's resolver, or the ``server``, ``ADDRESS`` or ``ADDRESS:PORT``. Nothing else here queries DNS.

    Raises:
        Malformed: the server is not an address.
    """
    names = tuple(names)
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        return tuple(DnsAnswer(name=name, status="not_answered") for name in names)
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
