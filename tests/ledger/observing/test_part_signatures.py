"""S/MIME and PDF signatures in a message: what they are over, whose they are, and what of that is only claimed."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from signed_mail import Mission, empty_pdf, observed, with_pdf

from inblue.domain.mail_observation import MailObservation, PartSignature


@cache
def mission() -> Mission:
    return Mission()


@cache
def letter() -> bytes:
    return mission().sign_pdf(empty_pdf())


def seen(raw: bytes, *, roots: str | None = None, at: datetime | None = None) -> PartSignature:
    found = observed(raw, roots=mission().roots if roots is None else roots, at=at)
    assert not found.not_checked
    return found.signatures[0]


def outcome(found: PartSignature) -> tuple[str, str | None, str | None]:
    return found.verdict, found.why, found.chain


@pytest.mark.parametrize("opaque", [False, True])
def test_a_signed_mail_says_whose_certificate_and_where_that_leads(opaque: bool) -> None:
    raw = mission().smime(opaque=opaque)
    found = seen(raw)
    assert outcome(found) == ("verified", None, "leads_to_root")
    assert found.signer is not None
    assert (found.signer.subject, found.signer.addresses) == ("Letters of a mission", ("pr@mission.example.org",))
    assert found.covered == len(b"Content-Type: text/plain\r\n\r\nWe vote in favour.\r\n")
    assert found.root is not None
    if not opaque:
        assert outcome(seen(raw.replace(b"in favour", b"against"))) == ("failed", "content_changed", "leads_to_root")
        assert seen(raw.replace(b"\r\n", b"\n")) == found


def test_openssl_says_the_same_of_a_signed_mail(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text(mission().roots)
    for raw, verdict in ((mission().smime(), "verified"), (mission().smime().replace(b"favour", b"favor"), "failed")):
        (tmp_path / "mail.eml").write_bytes(raw)
        words = ["openssl", "cms", "-verify", "-in", "mail.eml", "-CAfile", "roots.pem", "-purpose", "any"]
        done = subprocess.run([*words, "-out", os.devnull], cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode == 0) is (verdict == "verified"), done.stderr
        assert seen(raw).verdict == verdict


def test_a_certificate_under_a_root_that_nobody_named_shows_nobody() -> None:
    raw = mission().smime()
    assert outcome(seen(raw, roots="")) == ("verified", None, "no_root_named")
    assert outcome(seen(raw, roots=Mission().roots)) == ("verified", None, "leads_to_no_root")


def test_a_certificate_that_had_expired_when_it_was_checked_says_so() -> None:
    raw, now = mission().smime(), datetime.now(UTC).replace(microsecond=0)
    assert outcome(seen(raw, at=now + timedelta(days=31))) == ("verified", None, "expired")
    assert outcome(seen(raw, at=now - timedelta(days=61))) == ("verified", None, "not_yet_in_force")


def test_a_signed_letter_says_what_of_the_file_is_covered_and_which_hour_its_signer_states() -> None:
    found = seen(with_pdf(letter()))
    assert outcome(found) == ("verified", None, "leads_to_root")
    assert (found.path, found.field, found.bytes) == ("2", "Signature1", len(letter()))
    assert found.covered is not None
    assert found.covered < len(letter())
    assert found.claimed_at is not None


def test_what_was_added_to_a_letter_after_it_was_signed_is_seen() -> None:
    again = mission().sign_pdf(letter(), "Signature2")
    found = observed(with_pdf(again), roots=mission().roots).signatures
    assert [outcome(each)[:2] for each in found] == [("part_only", "added_after"), ("verified", None)]


def test_a_letter_in_a_message_that_was_forwarded_is_found_in_its_part() -> None:
    head = b'From: x@example.net\r\nContent-Type: multipart/mixed; boundary="y"\r\n\r\n--y\r\n\r\nSee below.\r\n--y\r\n'
    inner = b"Content-Type: message/rfc822\r\n\r\n" + with_pdf(letter())
    found = seen(head + inner + b"\r\n--y--\r\n")
    assert (found.path, found.verdict) == ("2.2", "verified")


def test_a_letter_that_was_changed_is_seen() -> None:
    assert outcome(seen(with_pdf(letter().replace(b"/MediaBox", b"/MediaBax"))))[:2] == ("failed", "content_changed")


def test_a_range_that_leaves_out_more_than_the_signature_is_not_one() -> None:
    start = letter().index(b"/ByteRange")
    end = letter().index(b"]", start)
    numbers = letter()[start + 12 : end].split()
    moved = b"/ByteRange [%s]" % b" ".join([numbers[0], numbers[1], numbers[2], b"%d" % (int(numbers[3]) - 1)])
    changed = letter()[:start] + moved.ljust(end + 1 - start) + letter()[end + 1 :]
    assert len(changed) == len(letter())
    assert outcome(seen(with_pdf(changed)))[0] != "verified"


def test_what_cannot_be_read_is_not_checked() -> None:
    assert outcome(seen(with_pdf(letter()[:-40])))[:2] == ("not_checked", "unreadable")
    broken = mission().smime().replace(b"MII", b"AAA", 1)
    assert outcome(seen(broken))[:2] == ("not_checked", "unreadable")


def test_a_signature_whose_algorithm_is_cut_off_is_not_checked() -> None:
    """The library reads it only when it is asked for."""
    head, text, tail = re.split(rb"(MII[A-Za-z0-9+/=\r\n]+)", mission().smime(), maxsplit=1)
    cms = base64.b64decode(text)
    before, oid, after = cms.rpartition(bytes.fromhex("06092a864886f70d01010b"))
    if not oid:
        before, oid, after = cms.rpartition(bytes.fromhex("06092a864886f70d010101"))
    raw = head + base64.encodebytes(before + b"\x06\x0d" + oid[2:] + after) + tail
    (found,) = observed(raw).signatures
    assert (found.verdict, found.why) == ("not_checked", "unreadable")


def test_an_unsigned_letter_has_no_signature() -> None:
    found = observed(with_pdf(empty_pdf()))
    assert (found.signatures, found.not_checked) == ((), ())


def _nested(depth: int) -> bytes:
    raw = b"Content-Type: text/plain\r\n\r\nx\r\n"
    for number in range(depth):
        mark = b"b%d" % number
        raw = b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n--' + mark + b"\r\n" + raw
        raw += b"\r\n--" + mark + b"--\r\n"
    return b"From: a@a.example\r\n" + raw


@pytest.mark.parametrize(
    "raw",
    [
        _nested(30),
        b'From: a@a.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 5000,
    ],
)
def test_a_tree_of_parts_without_end_is_not_looked_into(raw: bytes) -> None:
    found: MailObservation = observed(raw)
    assert {(each.what, each.why) for each in found.not_checked} == {("smime", "too_costly"), ("pdf", "too_costly")}


def test_deep_and_open_encodings_are_not_read() -> None:
    bomb = base64.encodebytes(b"\x30\x80" * 100_000)
    raw = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + bomb
    assert outcome(seen(raw))[:2] == ("not_checked", "unreadable")
