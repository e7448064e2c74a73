"""What is fuzzed: one function for each parser of bytes from outside, by name.

Each takes any bytes and returns, or raises on a finding: an assertion that failed, or an exception that the parser's
documentation does not name. None of them needs atheris.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TypeAlias, TypeVar

from inblue.domain.canonical import Json, canonical, parse_json, reencode
from inblue.domain.case import Case
from inblue.domain.errors import InblueError, Malformed
from inblue.domain.instant import (
    format_instant,
    format_local,
    format_moment,
    parse_day,
    parse_instant,
    parse_moment,
    span_of,
)
from inblue.domain.procedure import Procedure
from inblue.domain.roster import Roster
from inblue.domain.zone import alike, read_zone, zone, zone_file
from inblue.ledger.audit.attestation_checks import Attestations, check_trust
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.entries.entry import read_entry
from inblue.ledger.evidence.bundle import FOLDER, README, entries_of
from inblue.ledger.evidence.container import Container
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import log_key, subtree_message
from inblue.ledger.standards.dsse import PAYLOAD_TYPE, open_envelope, seal
from inblue.ledger.standards.ed25519 import check_public_key, parse_public_pem, public_pem
from inblue.ledger.standards.note import Verifier, decode_base64, encode_base64, open_note

from . import certificates, given, intake, mail, outside, own_rules, printed, published, seeds
from .oracle import accepted, base64_of, checked, head, is_line, printable, same, written, zipped

Target: TypeAlias = Callable[[bytes], None]
Read = TypeVar("Read")


def json_text(data: bytes) -> None:
    """What parses has one canonical form, which parses to the same value and is its own canonical form."""
    for value in accepted(Malformed, lambda: parse_json(data)):
        form = canonical(value)
        assert form == reencode(value)
        assert canonical(parse_json(form)) == form
        assert json.loads(form) == json.loads(data)


def envelope(data: bytes) -> None:
    """Another encoder writes the value as the same bytes."""
    for read in accepted(Malformed, lambda: open_envelope(data)):
        signature = {"keyid": read.key_id, "sig": base64_of(read.signature)}
        whole = {"payload": base64_of(read.payload), "payloadType": PAYLOAD_TYPE, "signatures": [signature]}
        assert json.dumps(whole, separators=(",", ":")).encode() == data
        assert not read.verify(bytes(32))


def entry(data: bytes) -> None:
    """Reading gives back the payload that was signed."""
    for read in accepted(Malformed, lambda: read_entry(data)):
        whole: dict[str, Json] = {
            "act": read.act.json_value(),
            "actor": {"key": read.key, "office": read.office},
            "format": "inblue-entry/1" if read.register is None else "inblue-entry/2",
            "index": read.index,
            "kind": read.kind,
            "recorded_at": format_instant(read.recorded_at),
            "seen": {"root": base64_of(read.seen.root), "size": read.seen.size, "tokens": list(read.seen.tokens)},
            "stream": read.stream,
        }
        added = {"register": read.register, "idempotency_key": read.idempotency_key}
        whole |= {name: value for name, value in added.items() if value is not None}
        assert canonical(whole) == read.envelope.payload


def entry_payload(data: bytes) -> None:
    """As :func:`entry`, of a payload that the registrar has signed."""
    for raw in accepted(Malformed, lambda: seal(data, seeds.signers()[0])):
        sealed = open_envelope(raw)
        assert sealed.payload == data
        assert sealed.verify(seeds.signers()[0].public_key)
        entry(raw)


def note(data: bytes) -> None:
    """Nothing but what the known key has signed comes out of a note."""
    for read in accepted(InblueError, lambda: open_note(data, [seeds.log_signer().verifier])):
        assert read.text in seeds.NOTE_TEXTS
        assert data.startswith(read.text.encode() + b"\n")


def vkey(data: bytes) -> None:
    """A key of signed notes is printed as it was read."""
    text = data.decode("utf-8", "surrogateescape")
    for key in accepted(Malformed, lambda: log_key(text)):
        assert str(key) == text
    for verifier in accepted(Malformed, lambda: Verifier.parse(text)):
        assert str(verifier) == text


def base64(data: bytes) -> None:
    """One text for each string of bytes, and another decoder reads it alike."""
    text = data.decode("utf-8", "surrogateescape")
    for read in accepted(Malformed, lambda: decode_base64(text, where="here")):
        assert encode_base64(read) == text
        assert binascii.a2b_base64(data, strict_mode=True) == read


def checkpoint(data: bytes) -> None:
    """What is read writes the same text again."""
    text = data.decode("utf-8", "replace")
    for read in accepted(Malformed, lambda: Checkpoint.parse(text)):
        assert read.text() == text
        accepted(Malformed, partial(subtree_message, "example.org/witness", 0, read))


def trust(data: bytes) -> None:
    """A trust file says what its JSON says, and whatever it says, a bundle can be checked against it."""
    for read in accepted(Malformed, lambda: Trust.read(data, where="trust")):
        said = parse_json(data)
        assert isinstance(said, dict)
        lists = ("registrar", "checkpoints", "authorities")  # null says of them what an empty one does
        same(read, canonical({name: each for name, each in said.items() if each is not None or name not in lists}))
        checks = checked()
        known, attested = len(checks.result.problems), Attestations(checks)
        check_trust(checks, head(), read)
        if read.policy is not None:
            attested.known_cosigned(head().size, seeds.small_members()["data/checkpoint.txt"])
            attested.hear(read.policy)
        printable(checks.result.problems[known:])
        assert not attested.witnessed_size


def container(data: bytes) -> None:
    """A zip that is read to its end is, byte for byte, what is written of its members."""

    def read() -> dict[str, bytes]:
        with Container.open(path) as opened:
            members = {name: b"".join(opened.chunks(name)) for name in opened.members}
            for name, content in members.items():
                assert opened.read(name, limit=len(data)) == content
                for lines in accepted(Malformed, partial(_lines, opened, name)):
                    assert b"".join(line + b"\n" for line in lines) == content
        return members

    path = written(data)
    for members in accepted(Malformed, read):
        assert zipped(members) == data


def bundle(data: bytes) -> None:
    """No bytes but those of the true bundle hold."""
    assert not _holds(data) or data == seeds.small_bundle(), "other bytes hold"


def bundle_member(data: bytes) -> None:
    """No other content of a member holds, with every manifest rewritten: its number in the first byte.

    But for the README, which may be any text.
    """
    members = dict(seeds.small_members())
    name = sorted(members)[data[0] % len(members)] if data else ""
    if name:
        members[name] = data[1:]
    seeds.manifests(members)
    holds = _holds(zipped({FOLDER + each: content for each, content in members.items()}))
    assert not holds or members == seeds.small_members() or name == README, f"another {name} holds"
    if holds and name == README:
        members[name].decode()


def bundle_signed(data: bytes) -> None:
    """For all that a holder of every key signs, an auditor gets an answer and no crash: see :func:`seeds.signed`."""
    members, readable = seeds.signed(data)
    path = written(zipped({FOLDER + each: content for each, content in members.items()}))
    if not readable:
        accepted(Malformed, lambda: verify_bundle(path))
        return
    try:
        found = verify_bundle(path)
    except Malformed as error:
        raise AssertionError(f"a bundle that can be read gets no verdict: {error}") from None
    printable(found.problems)


def case(data: bytes) -> None:
    """A case file says what its JSON says, and its acts are read or refused."""
    for read in accepted(Malformed, lambda: Case.read(data, where="case")):
        same(read, data)
        accepted(Malformed, read.the_roster)
        for steps in accepted(Malformed, partial(read.steps, "ab" * 32)):
            for step in steps:
                assert type(step.act).of(step.act.json_value(), where=step.where) == step.act
                assert step.recorded_at is None or step.recorded_at.tzinfo is not None


def procedure(data: bytes) -> None:
    """A procedure says what its JSON says, and every rule of it has its clause."""
    for read in accepted(Malformed, lambda: Procedure.read(data, where="procedure")):
        same(read, data)
        assert read.sha256 == hashlib.sha256(data).hexdigest()  # known by the bytes as given
        assert Procedure.read(read.canonical(), where="procedure") == read
        for _, rule in read.rules():
            assert read.effect(rule)
        read.knows("CHN")
        span_of(date(2020, 3, 29), zone(read.zone))


def roster(data: bytes) -> None:
    """A roster says what its JSON says."""
    for read in accepted(Malformed, lambda: Roster.read(data, where="roster")):
        same(read, data)
        assert read.permanent <= set(read.ids)


def moment(data: bytes) -> None:
    """An instant or day has a canonical form, which reads as the same; a day is the whole of it, in every zone."""
    text = data.decode("utf-8", "surrogateescape")
    for instant in accepted(Malformed, lambda: parse_instant(text)):
        form = format_instant(instant)
        assert parse_instant(form) == instant
        assert format_instant(parse_instant(form)) == form
    for day in accepted(Malformed, lambda: parse_day(text)):
        assert day.isoformat() == text
        for name in ZONES:
            latest = span_of(day, zone(name)).latest
            if latest is None:
                noon = datetime.combine(day, time(12), zone(name))
                assert noon.astimezone(UTC).astimezone(zone(name)).date() != day, f"{day} in {name} is a day"
                continue
            later = [(latest + timedelta(minutes=each)).astimezone(zone(name)) for each in (1, 30, 59, 120)]
            assert all(each.date() != day for each in later), f"{day} in {name} ends later than {latest}"
    for read in accepted(Malformed, lambda: parse_moment(text)):
        assert parse_moment(format_moment(read)) == read
        for name in ZONES:
            span = span_of(read, zone(name))
            if span.earliest is not None and span.latest is not None:
                assert span.earliest <= span.latest, f"{read} in {name} has no span of time"
            assert is_line(format_local(read, zone(name)))


def zone_bytes(data: bytes) -> None:
    """A zone gives every instant a time of day, and every time of day an instant, whatever bytes it was made of."""
    for read in accepted(Malformed, lambda: read_zone(data, "x")):
        for year in (1000, 1900, 1970, 2037, 2500, 8999):
            for month in (1, 4, 7, 10):
                at = datetime(year, month, 15, 12, tzinfo=UTC)
                assert at.astimezone(read).astimezone(UTC) == at
                span = span_of(at.date(), read)
                assert span.earliest is None or span.latest is None or span.earliest <= span.latest
        assert alike(data, data, at, at)
        alike(data, zone_file("UTC"), at - timedelta(days=9), at)


def pem(data: bytes) -> None:
    """A public key's file is written as it was read, but for ends of lines; checking its strength does not crash."""
    for public in accepted(Malformed, lambda: parse_public_pem(data)):
        plain = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
        assert plain in {public_pem(public), public_pem(public)[:-1]}
        accepted(Malformed, partial(check_public_key, public))


ZONES = ("America/New_York", "Europe/London", "UTC", "America/St_Johns", "Pacific/Apia")
TARGETS: Mapping[str, Target] = {
    "json": json_text,
    "envelope": envelope,
    "entry": entry,
    "entry_payload": entry_payload,
    "note": note,
    "vkey": vkey,
    "base64": base64,
    "checkpoint": checkpoint,
    "trust": trust,
    "container": container,
    "bundle": bundle,
    "bundle_member": bundle_member,
    "bundle_signed": bundle_signed,
    "case": case,
    "procedure": procedure,
    "roster": roster,
    "moment": moment,
    "zone": zone_bytes,
    "pem": pem,
    **outside.TARGETS,
    **published.TARGETS,
    **certificates.TARGETS,
    **own_rules.TARGETS,
    **mail.TARGETS,
    **intake.TARGETS,
    **given.TARGETS,
    **printed.TARGETS,
}


def _lines(opened: Container, name: str) -> list[bytes]:
    return list(opened.lines(name, limit=1000))


def _holds(data: bytes) -> bool:
    """Whether these bytes are a bundle that holds."""
    path = written(data)
    accepted(Malformed, lambda: entries_of(path))
    for found in accepted(Malformed, lambda: verify_bundle(path)):
        printable(found.problems)
        return found.holds
    return False
