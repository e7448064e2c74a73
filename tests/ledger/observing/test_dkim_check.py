"""DKIM: what verifies, what holds and shows nothing, and what does not hold. Keys and mails are made here."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta

import pytest
from signed_mail import BY, DOMAIN, KEY_NAME, PLAIN, SELECTOR, dkim_signed, dns, observed, record_of_key

from inblue.domain.mail_observation import DkimSignature, DnsAnswer
from inblue.ledger.observing.look import given, look, names_to_ask


def seen(raw: bytes, *answers: DnsAnswer, at: datetime | None = None) -> DkimSignature:
    return observed(raw, answers=answers or None, at=at).dkim[0]


def outcome(found: DkimSignature) -> tuple[str, str | None]:
    return found.verdict, found.why


@pytest.mark.parametrize("canonical", [("simple", "simple"), ("relaxed", "relaxed"), ("relaxed", "simple")])
def test_a_signature_says_whose_it_is_and_what_it_covers(canonical: tuple[str, str]) -> None:
    raw = dkim_signed(canonicalize=tuple(each.encode() for each in canonical))
    found = seen(raw)
    assert outcome(found) == ("verified", None)
    assert (found.domain, found.selector, found.algorithm, found.key_bits) == (DOMAIN, SELECTOR, "rsa-sha256", 2048)
    assert {"from", "subject", "date"} <= set(found.headers)
    assert found.body_covered == found.body_bytes == len(b"We vote in favour.\r\n")
    assert found.of_sender is True
    assert seen(raw.replace(b"\r\n", b"\n")) == found


@pytest.mark.parametrize("first", [b"From pr@mission.example.org Mon Mar  2 15:00:00 2026\r\n", b" goes on\r\n"])
def test_a_header_that_does_not_begin_with_a_field_is_not_read(first: bytes) -> None:
    found = observed(first + dkim_signed())
    assert {(each.what, each.why) for each in found.not_checked} >= {("received", "unreadable"), ("dkim", "unreadable")}
    assert (found.hops, found.dkim) == ((), ())


def test_a_body_or_a_field_that_was_changed_is_seen() -> None:
    raw = dkim_signed()
    assert outcome(seen(raw.replace(b"in favour", b"against"))) == ("failed", "body_changed")
    assert outcome(seen(raw.replace(b"S/2026/1", b"S/2026/2"))) == ("failed", "signature_wrong")


def test_a_signature_over_a_part_of_the_body_says_over_how_much() -> None:
    raw = dkim_signed(length=True)
    assert outcome(seen(raw)) == ("verified", None)
    found = seen(raw + b"And we do not.\r\n")
    assert outcome(found) == ("part_only", "part_of_body")
    assert (found.body_covered, found.body_bytes) == (20, 36)


def test_a_field_put_above_a_signed_one_is_seen() -> None:
    assert outcome(seen(b"Subject: S/2026/2\r\n" + dkim_signed())) == ("part_only", "header_added")
    assert outcome(seen(b"From: x@example.com\r\n" + dkim_signed())) == ("failed", "signature_wrong")


def test_a_message_sent_again_to_others_verifies_and_its_hour_and_sender_are_not_of_this_sending() -> None:
    hop = b"Received: from evil (evil [198.51.100.9]) by mx.example.net with ESMTP; Mon, 30 Nov 2026 09:00:00 +0000\r\n"
    found = observed(hop + dkim_signed())
    assert outcome(found.dkim[0]) == ("verified", None)
    assert found.arrival is not None
    assert found.arrival.seen == "198.51.100.9"
    assert "received" not in found.dkim[0].headers


@pytest.mark.parametrize(
    ("records", "wanted"),
    [
        ((), ("failed", "no_key")),
        ((b"v=DKIM1; p=",), ("failed", "key_revoked")),
        ((b"v=DKIM1; p=AAAA",), ("failed", "unfit_key")),
        ((b"not a key",), ("failed", "unfit_key")),
        ((b"v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(32)),), ("failed", "unfit_key")),
        ((record_of_key(more="h=sha1; "),), ("failed", "unfit_key")),
        ((record_of_key(more="s=other; "),), ("not_believed", "not_for_mail")),
        ((record_of_key(more="t=y; "),), ("not_believed", "testing")),
        ((record_of_key(), record_of_key()), ("not_believed", "several_keys")),
        ((record_of_key(3072),), ("failed", "signature_wrong")),
    ],
)
def test_what_dns_answers_decides(records: tuple[bytes, ...], wanted: tuple[str, str]) -> None:
    assert outcome(seen(dkim_signed(), *dns(*records))) == wanted


def test_without_an_answer_nothing_is_checked() -> None:
    unanswered = DnsAnswer(name=KEY_NAME, status="not_answered")
    assert outcome(seen(dkim_signed(), unanswered)) == ("not_checked", "not_answered")


def test_short_keys_and_broken_algorithms_verify_nothing() -> None:
    weak = seen(dkim_signed(bits=1024), *dns(record_of_key(1024)))
    assert (outcome(weak), weak.key_bits) == (("not_believed", "weak_key"), 1024)
    old = dkim_signed(signature_algorithm=b"rsa-sha1")
    assert outcome(seen(old)) == ("not_believed", "weak_algorithm")
    assert outcome(seen(dkim_signed().replace(b"rsa-sha256", b"rsa-sha999"))) == ("not_checked", "unknown_algorithm")


def test_ed25519_is_known() -> None:
    import nacl.signing

    key = nacl.signing.SigningKey.generate()
    seed, public = base64.b64encode(bytes(key)), base64.b64encode(bytes(key.verify_key))
    import dkim

    raw = dkim.sign(PLAIN, SELECTOR.encode(), DOMAIN.encode(), seed, signature_algorithm=b"ed25519-sha256") + PLAIN
    known = dns(b"v=DKIM1; k=ed25519; p=" + public)
    assert outcome(seen(raw, *known)) == ("verified", None)
    assert outcome(seen(raw.replace(b"S/2026/1", b"S/2026/2"), *known)) == ("failed", "signature_wrong")


def test_an_hour_of_expiry_is_compared_with_the_instant_of_checking_and_with_no_clock() -> None:
    signed = dkim_signed()
    now = datetime.now(UTC).replace(microsecond=0)
    assert outcome(seen(signed, at=now + timedelta(days=9000))) == ("verified", None)
    assert outcome(seen(signed, at=now - timedelta(days=1))) == ("not_believed", "signed_in_the_future")
    expires = int(time.time()) + 3600
    raw = _signed_with(b"x=%d; " % expires)
    at = datetime.fromtimestamp(expires, UTC)
    assert outcome(seen(raw, at=at)) == ("verified", None)
    assert outcome(seen(raw, at=at + timedelta(seconds=1))) == ("not_believed", "expired")


def _signed_with(tag: bytes) -> bytes:
    """As the library signs, with one more tag, which it cannot be told."""
    import dkim
    from signed_mail import pem_of, rsa_key

    class WithTag(dkim.DKIM):  # type: ignore[misc] # it ships no types
        def gen_header(self, fields: list[tuple[bytes, bytes]], *given: object, **named: object) -> bytes:
            name, value = tag.rstrip(b"; ").split(b"=")
            return bytes(super().gen_header([*fields[:-1], (name, value), fields[-1]], *given, **named))

    signer = WithTag(PLAIN)
    return bytes(signer.sign(SELECTOR.encode(), DOMAIN.encode(), pem_of(rsa_key()))) + PLAIN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"v=1", b"v=2"),
        (b"d=mission", b"d=-"),
        (b"s=letters", b"s=a/b"),
        (b"i=@mission", b"i=@other"),
        (b"bh=", b"xx="),
    ],
)
def test_a_field_that_is_not_a_signature_is_not_read_as_one(old: bytes, new: bytes) -> None:
    raw = dkim_signed()
    assert old in raw
    found = seen(raw.replace(old, new, 1))
    assert outcome(found) == ("failed", "not_a_signature")
    assert found.domain is None


def test_a_signature_that_leaves_the_sender_out_is_none() -> None:
    raw = dkim_signed()
    assert outcome(seen(raw.replace(b"h=from", b"h=fro", 1))) in {
        ("failed", "from_not_signed"),
        ("failed", "signature_wrong"),
    }


def test_of_hundreds_of_signatures_a_few_are_looked_at_and_the_others_counted() -> None:
    field = dkim_signed()[: -len(PLAIN)]
    found = observed(field * 900 + PLAIN)
    assert len(found.dkim) == 16
    assert found.dkim_left_out == 884
    assert len(names_to_ask(field * 900 + PLAIN)) == 1


@pytest.mark.parametrize(
    "hostile",
    [
        b"DKIM-Signature: v=1; b=" + b" \r\n" * 300 + b"\r\n",
        b"DKIM-Signature: " + b"a=b; " * 4000 + b"\r\n",
        b"DKIM-Signature: " + b"\t\r\n" * 200_000 + b" v=1\r\n",
    ],
)
def test_a_field_made_to_cost_much_is_not_read_as_a_signature(hostile: bytes) -> None:
    assert outcome(seen(hostile + PLAIN)) == ("failed", "not_a_signature")


def test_a_body_of_blanks_costs_no_more_than_another() -> None:
    raw = dkim_signed(canonicalize=(b"relaxed", b"relaxed")) + b" " * 2_000_000 + b"x\r\n"
    assert outcome(seen(raw)) == ("failed", "body_changed")


_TWO = b"a@a.example\r\nFrom: b@b.example"


def test_no_domain_is_known_of_a_sender_that_cannot_be_told() -> None:
    for sender in (
        b"a@a.example, b@b.example",
        b"nobody",
        b"<a@a.example> <b@b.example>",
        _TWO,
    ):
        raw = PLAIN.replace(b"The Mission <pr@mission.example.org>", sender)
        assert look(raw, given(datetime(2026, 1, 1, tzinfo=UTC), BY)).sender is None
    assert observed(PLAIN).sender == "pr@mission.example.org"
