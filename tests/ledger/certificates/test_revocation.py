"""What CRLs and OCSP responses say, and whom they are believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import odd
import pytest
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags, ocsp

from inblue.domain.ballot import OwnTimestamp, SignedBallot
from inblue.ledger.audit.reply_bounds import Proofs
from inblue.ledger.certificates.certificate import read_certificate
from inblue.ledger.certificates.revocation import Revocations, request_for
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.standards.cms import answers_in, with_revocation
from inblue.ledger.standards.note import encode_base64
from inblue.ledger.standards.timestamp import request, revocations_by, verify_token

STAMPED = b"what was stamped"
DAY = timedelta(days=1)
BEFORE, AFTER = odd.NOW - DAY, odd.NOW + DAY
PATH = tuple(map(read_certificate, (odd.unit().raw, odd.root().raw)))


def knowing(*answers: bytes) -> Revocations:
    found = revocations_by()
    found.add(answers)
    return found


def response(
    *,
    by: odd.Held | None = None,
    of: odd.Held | None = None,
    issuer: odd.Held | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    since: datetime | None = None,
    reason: ReasonFlags | None = None,
    at: datetime = odd.NOW,
    carried: tuple[odd.Held, ...] = (),
) -> bytes:
    signer = by or odd.root()
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=(of or odd.unit()).certificate,
        issuer=(issuer or odd.root()).certificate,
        algorithm=SHA1(),  # noqa: S303 - it only says which
        cert_status=status,
        this_update=at,
        next_update=None,
        revocation_time=since,
        revocation_reason=reason,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, signer.certificate)
    if carried:
        builder = builder.certificates([each.certificate for each in carried])
    return builder.sign(signer.key, SHA256()).public_bytes(Encoding.DER)


def revoked_response(since: datetime, reason: ReasonFlags | None) -> bytes:
    return response(status=ocsp.OCSPCertStatus.REVOKED, since=since, reason=reason)


def revoked_list(since: datetime, reason: ReasonFlags | None) -> bytes:
    return odd.revocation_list((odd.unit(), since, reason))


@pytest.mark.parametrize("made", [revoked_list, revoked_response])
@pytest.mark.parametrize(
    ("since", "reason", "spoils"),
    [
        (BEFORE, ReasonFlags.superseded, True),
        (AFTER, ReasonFlags.superseded, False),
        (AFTER, ReasonFlags.cessation_of_operation, False),
        (AFTER, ReasonFlags.affiliation_changed, False),
        (AFTER, ReasonFlags.key_compromise, True),
        (AFTER, ReasonFlags.ca_compromise, True),
        (AFTER, None, True),  # RFC 3161, section 4: without a reason, none of its tokens is good
    ],
)
def test_a_revocation_spoils_what_came_after_it_and_for_some_reasons_all(
    made: Callable[[datetime, ReasonFlags | None], bytes], since: datetime, reason: ReasonFlags | None, spoils: bool
) -> None:
    answer = made(since, reason)
    found = knowing(answer).spoilt(PATH, odd.NOW)
    assert (found is not None) is spoils
    token = with_revocation(odd.token(odd.info(STAMPED)), [answer])
    if found is None:
        assert verify_token(token, STAMPED, odd.authority())
        return
    assert (found.certificate, found.revoked.since) == ("unit", since)
    with pytest.raises(Broken, match=r"^the certificate of unit was revoked at 2026-03-2\dT12:00:00Z \("):
        verify_token(token, STAMPED, odd.authority())


@pytest.mark.parametrize("good", [odd.revocation_list(), response()])
def test_what_is_not_revoked_is_said_up_to_the_answers_time(good: bytes) -> None:
    assert knowing(good).good_until(PATH) == odd.NOW
    assert knowing().good_until(PATH) is None
    assert knowing(good, revoked_list(BEFORE, None)).spoilt(PATH, odd.NOW)


def test_a_responder_is_believed_if_the_issuer_has_made_it_one() -> None:
    for_answers = {"purposes": ("1.3.6.1.5.5.7.3.9",), "ca": False, "usage": ("digital_signature",)}
    own = odd.certified("responder", odd.root(), **for_answers)
    another = odd.certified("responder of another", odd.certified("another root"), **for_answers)
    expired = odd.certified("old responder", odd.root(), ends=BEFORE, **for_answers)
    assert knowing(response(by=own, carried=(own,))).good_until(PATH) == odd.NOW
    for by in (another, expired, odd.unit()):
        assert knowing(response(by=by, carried=(by,))).good_until(PATH) is None
    assert knowing(response(by=own)).good_until(PATH) is None  # its certificate is not there


def test_what_another_signed_or_over_sha1_says_nothing() -> None:
    other = odd.certified("another root")
    lists = [
        odd.revocation_list((odd.unit(), BEFORE, None), issuer=other),
        odd.revocation_list((odd.unit(), BEFORE, None), digest="sha1"),
        odd.revocation_list((odd.unit(), BEFORE, None))[:-3],
        b"",
        b"\x30\x00",
        b"\x30\x03\x0a\x01\x06",
    ]
    responses = [response(of=odd.unit(), issuer=other, by=other), response(status=ocsp.OCSPCertStatus.UNKNOWN)]
    known = knowing(*lists, *responses)
    assert known.spoilt(PATH, odd.NOW) is None
    assert known.good_until(PATH) is None


def test_every_changed_byte_of_an_answer_says_nothing_or_the_same() -> None:
    for answer in (revoked_list(BEFORE, ReasonFlags.superseded), revoked_response(BEFORE, ReasonFlags.superseded)):
        true = knowing(answer).of(*PATH)
        for at in range(len(answer)):
            changed = answer[:at] + bytes([answer[at] ^ (1 << at % 8)]) + answer[at + 1 :]
            said = knowing(changed).of(*PATH)
            assert said == true or (said.revoked, said.good_until) == ((), None), at


def test_the_request_is_what_another_library_reads() -> None:
    asked = ocsp.load_der_ocsp_request(request_for(*PATH))
    assert asked.serial_number == odd.unit().certificate.serial_number
    made = ocsp.OCSPRequestBuilder().add_certificate(odd.unit().certificate, odd.root().certificate, SHA1()).build()  # noqa: S303
    assert (asked.issuer_key_hash, asked.issuer_name_hash) == (made.issuer_key_hash, made.issuer_name_hash)


def test_answers_are_kept_in_the_token_and_change_nothing_else_of_it() -> None:
    plain = odd.token(odd.info(STAMPED), spelling="open lengths")
    longer = with_revocation(with_revocation(plain, [odd.revocation_list()]), [response(), odd.revocation_list()])
    assert len(answers_in(longer)) == 2
    assert verify_token(longer, STAMPED, odd.authority()) == verify_token(plain, STAMPED, odd.authority())
    assert answers_in(b"junk") == answers_in(plain) == ()


def test_an_issuer_that_may_sign_no_lists_still_answers_for_its_own() -> None:
    """Which RFC 6960, section 4.2.2.2 lets it, whatever certificates come along; a list of its own says nothing."""
    issuer = odd.certified("issuer", odd.root(), usage=("key_cert_sign",))
    unit = odd.certified("unit under it", issuer, ca=False, unit=True)
    path = tuple(read_certificate(each.raw) for each in (unit, issuer, odd.root()))
    revoked = response(by=issuer, of=unit, issuer=issuer, status=ocsp.OCSPCertStatus.REVOKED, since=BEFORE, reason=None)
    assert knowing(revoked).spoilt(path, odd.NOW)
    assert knowing(odd.revocation_list((unit, BEFORE, None), issuer=issuer)).spoilt(path, odd.NOW) is None


def test_a_members_own_token_that_tells_of_its_own_revocation_shows_nothing() -> None:
    envelope = "what a member signed"
    query = request(envelope.encode(), 5)
    shown = []
    for answers in ([], [revoked_list(BEFORE, None)]):
        token = with_revocation(odd.token(odd.info(envelope.encode(), nonce=b"\x02\x01\x05")), answers)
        own = OwnTimestamp(query=encode_base64(query), token=encode_base64(token))
        proofs = Proofs(Trust(authorities=(odd.authority(),)))
        shown.append(len(list(proofs.own_timestamps(SignedBallot(envelope=envelope, timestamps=(own,))))))
    assert shown == [1, 0]
