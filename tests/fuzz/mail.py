"""What is fuzzed of mails that are looked at: lines of their header, keys in DNS, observations. See :mod:`.targets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from signed_mail import (
    BY,
    HOP,
    KEY_NAME,
    OWN,
    PLAIN,
    Mission,
    dkim_signed,
    dns,
    empty_pdf,
    observed,
    record_of_key,
    with_pdf,
)

from inblue.domain.errors import Malformed
from inblue.domain.mail_observation import MailObservation
from inblue.ledger.observing.dkim_tags import read_key_record, read_signature
from inblue.ledger.observing.dns_answers import read_dns_text
from inblue.ledger.observing.header import Field, split_message
from inblue.ledger.observing.look import Given, given, look
from inblue.ledger.observing.received import read_hop, read_hops

from .oracle import accepted, same
from .seeds import Seeds, numbered

_AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
_TRUE_HOP = f"{HOP.decode()}".replace("Received:", "", 1).encode()


def received(data: bytes) -> None:
    """A line is read or refused; and below a hop from outside it is never one of the receiver's own hosts."""
    field = Field(b"Received", data + b"\r\n")
    for hop in accepted(Malformed, lambda: read_hop(field)):
        assert hop.by is not None
        assert hop.at is not None
    top, below = read_hops([Field(b"Received", _TRUE_HOP), field], (OWN,))
    assert top.own
    assert not below.own


def dkim_tags(data: bytes) -> None:
    """A signature is read or refused, and so is a key; what is read of one has names that DNS can be asked for."""
    for signature in accepted(Malformed, lambda: read_signature(data)):
        assert signature.key_name.isascii()
        assert len(signature.key_name) < 254
        assert signature.headers
    for record in accepted(Malformed, lambda: read_key_record(data)):
        assert record.services


def dns_text(data: bytes) -> None:
    """Answers in a file are read or refused; each is of a name."""
    for found in accepted(Malformed, lambda: read_dns_text(data)):
        assert all(name and records for name, records in found.items())


def observation(data: bytes) -> None:
    """An observation says what its JSON says."""
    for read in accepted(Malformed, lambda: MailObservation.read(data, where="observation")):
        same(read, data)
        assert read.arrival is None or read.arrival.own


def mail(data: bytes) -> None:
    """Every message has an observation, the same each time; and no other bytes have the true signature."""
    found = look(data, _given())
    assert MailObservation.read(found.raw, where="again") == found
    assert look(data, _given()) == found
    if any(each.verdict == "verified" for each in found.dkim):
        assert b"We vote in favour." in split_message(data).body


def _given() -> Given:
    return given(_AT, BY, hosts=(OWN,), dns=dns(record_of_key()))


def _lines() -> Seeds:
    texts = [
        _TRUE_HOP.removesuffix(b"\r\n"),
        b" from mx.example.net by mx.example.net with LMTP id 1; Sun, 29 Nov 2026 07:59:30 +0000",
        b' by mx.example.net (a "b (c\\) d)) id "x y"; 29 Nov 2026 07:59 GMT',
        b" from x ([IPv6:2001:db8::1]) by [192.0.2.1] via tcp with SMTP Server id 1; 1 Jan 2026 00:00:00 -0000",
    ]
    return numbered(texts)


def _tags() -> Seeds:
    signed = split_message(dkim_signed(length=True)).fields[0].value
    return numbered([signed, record_of_key(), record_of_key(more="t=y:s; s=email; h=sha256; n=note; "), b"v=DKIM1; p="])


def _answers() -> Seeds:
    text = record_of_key().decode()
    line = f'{KEY_NAME}. 3600 IN TXT "{text[:200]}" "{text[200:]}"\n'
    return numbered([line.encode(), b'; none\na.example IN TXT "\\"\\\\\\255"\r\n'])


def _observations() -> Seeds:
    return numbered([look(HOP + dkim_signed(), _given()).raw, observed(with_pdf(_letter())).raw])


def _letter() -> bytes:
    return Mission().sign_pdf(empty_pdf())


def _mails() -> Seeds:
    return numbered([HOP + dkim_signed(), HOP + PLAIN, Mission().smime(), with_pdf(_letter()), b"", b"\n", b"a: b"])


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "received": received,
    "dkim_tags": dkim_tags,
    "dns_text": dns_text,
    "observation": observation,
    "mail": mail,
}
SEEDS: Mapping[str, Callable[[], Seeds]] = {
    "received": _lines,
    "dkim_tags": _tags,
    "dns_text": _answers,
    "observation": _observations,
    "mail": _mails,
}
