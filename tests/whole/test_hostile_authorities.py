"""What a timestamp authority or a witness can answer to do harm: it is refused in one line that a terminal can show."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import odd
import pytest
from fuzz import stamping
from ledgers import members_of, rewrite, small
from signers import REGISTRAR
from soak import failing

from inblue.domain.canonical import canonical, parse_json
from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import DERIVED, STAMPS
from inblue.ledger.certificates import der
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.attestations import TIMESTAMPS
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.authorities import Source
from inblue.ledger.operations.cosign import cosign_head
from inblue.ledger.operations.export import export
from inblue.ledger.operations.timestamps import stamp_head
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.timestamp import Authority, request, token_of, verify_token
from inblue.ledger.standards.witness_policy import parse_policy

MESSAGE = b"what was stamped"
QUERY = request(MESSAGE, 99)
INFO = stamping.info(MESSAGE, 99, datetime(2026, 3, 28, 12, tzinfo=UTC))
WITNESS = CosignatureSigner("example.org/w", Ed25519Signer.from_seed(b"w" * 32)).verifier


def verified(token: bytes) -> None:
    verify_token(token, MESSAGE, stamping.authority(), query=QUERY)


def der_whole(raw: bytes) -> bool:
    """Whether an element of a set can be told from the others."""
    try:
        return len(der.read_all(raw, where="here")) == 1
    except Malformed:
        return False


def test_the_true_token_holds() -> None:
    verified(token_of(stamping.response(stamping.token(INFO)), QUERY))


@pytest.mark.parametrize(
    "certificate",
    [
        stamping.with_extensions(lambda listed: listed * 2),
        stamping.with_extensions(
            lambda listed: [der.encode(der.SEQUENCE, b"\x06\x03\x55\x1d\x25", b"\x04\x01\x00"), *listed[:1]]
        ),
        stamping.with_extensions(lambda _: [b"\x30\x00"]),
        stamping.unit().raw.replace(b"fuzz root", b"fuzz \xff\xffot"),
        stamping.unit().raw[:-1],
        b"\x30\x00",
    ],
    ids=["extensions twice", "an extension of junk", "an empty extension", "a name not UTF-8", "cut off", "empty"],
)
def test_a_malformed_certificate_does_not_crash(certificate: bytes) -> None:
    with pytest.raises((Malformed, Broken)):
        verified(stamping.token(INFO, certificates=[certificate]))
    if der_whole(certificate):  # it is not the signer's
        verified(stamping.token(INFO, certificates=[stamping.unit().raw, certificate]))


def test_a_root_of_a_key_that_no_library_knows_proves_nothing() -> None:
    roots = stamping.strange_roots()
    pinned = {**stamping.authority().json_value(), "certificates": [roots["curve"]]}
    with pytest.raises(Broken, match="the certificate of fuzz root has a key that is not known here"):
        verify_token(stamping.token(INFO), MESSAGE, Authority.of(pinned, where="authority"), query=QUERY)
    with pytest.raises(Malformed, match="certificates: not a certificate"):
        Authority.of({**pinned, "certificates": [roots["version"]]}, where="authority")


@pytest.mark.parametrize(
    ("kind", "check", "says"),
    [("curve", DERIVED, "claims.json"), ("version", STAMPS, "certificates: not a certificate")],
)
def test_a_bundle_that_claims_such_a_root_gets_a_verdict(kind: str, check: int, says: str, tmp_path: Path) -> None:
    ledger = small()
    head = ledger.log.head()
    assert head is not None
    query, claim = request(head.note, 1), stamping.authority().canonical().decode()
    token = stamping.token(stamping.info(head.note, 1, datetime(2026, 3, 28, 12, tzinfo=UTC)))
    ledger.log.keep_stamp(Stamp(head.size, claim, head.note, query, token))
    path = export(ledger, tmp_path / "b.zip", include_open=True).path
    assert verify_bundle(path).holds

    def claims_another(members: dict[str, bytes]) -> None:
        line = parse_json(members[TIMESTAMPS].rstrip())
        assert isinstance(line, dict)
        assert isinstance(line["authority"], dict)
        line["authority"]["certificates"] = [stamping.strange_roots()[kind]]
        members[TIMESTAMPS] = canonical(line) + b"\n"

    rewrite(path, claims_another)
    assert members_of(path)[TIMESTAMPS]
    (problem,) = verify_bundle(path).problems
    assert (problem.check, says in problem.text) == (check, True), problem.text


@pytest.mark.parametrize("tag", [0x85, 0xA5, 0x31, 0x04])
def test_a_field_that_no_content_has_is_refused(tag: int) -> None:
    fields = [each.raw for each in der.read_all(der.read_one(INFO, der.SEQUENCE, where="i").content, where="i")]
    for place in (5, len(fields)):
        strange = [*fields[:place], der.encode(tag, b""), *fields[place:]]
        with pytest.raises(Malformed, match="a field that is unknown, or out of order"):
            verified(stamping.token(der.encode(der.SEQUENCE, *strange)))


def refusal(text: bytes) -> bytes:
    said = der.encode(der.SEQUENCE, der.encode(der.UTF8, text))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(2), said))


@pytest.mark.parametrize("text", [b"\x1b[2Jgone", "\u202eenog".encode(), b"a\nb\r\0c", b"\xff\xfe", b"x" * 5000])
def test_what_an_authority_says_cannot_act_on_a_terminal(text: bytes) -> None:
    with pytest.raises(Broken, match="the authority refused: status 2") as refused:
        token_of(refusal(text), QUERY)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A server that gives the same answer to every request; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(raw)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("how", ["late", "drips", "drips its header"])
def test_a_server_that_is_slow_costs_the_seconds_given_and_no_more(how: str) -> None:
    ledger: Ledger = small()
    with failing(how) as address:
        for ask in (
            lambda: stamp_head(ledger, [Source(authority=stamping.authority(), url=address)], seconds=0.3),
            lambda: cosign_head(ledger, parse_policy(f"witness w {WITNESS} {address}\nquorum none"), seconds=0.3),
        ):
            begun = time.monotonic()
            (asked,) = ask()
            assert (asked.fault or "").endswith(("no complete answer within 0.3 s", "timed out"))
            assert time.monotonic() - begun < 2


def test_a_command_that_leaves_its_output_to_another_costs_the_seconds_given_and_no_more() -> None:
    source = Source(authority=stamping.authority(), command=("sh", "-c", "sleep 20; true"))
    begun = time.monotonic()
    (fetched,) = stamp_head(small(), [source], seconds=0.3)
    assert "no answer within 0.3 s" in (fetched.fault or "")
    assert time.monotonic() - begun < 5


ANSWERS = {
    "no HTTP": b"\x1b[2J\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 abc\r\n\r\n",
    "a reason that steers the terminal": b"HTTP/1.1 500 \x1b[2Jgone\r\nContent-Length: 0\r\n\r\n",
    "a body that steers the terminal": b"HTTP/1.1 403 no\r\nContent-Length: 8\r\n\r\n\x1b[2Jgone",
    "less than it says": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nx",
    "a header without end": b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000,
    "nothing": b"",
}


@pytest.mark.parametrize("raw", ANSWERS.values(), ids=ANSWERS)
def test_what_a_server_answers_is_a_fault_in_one_line(raw: bytes) -> None:
    ledger: Ledger = small()
    with answering(raw) as address:
        (fetched,) = stamp_head(ledger, [Source(authority=stamping.authority(), url=address)], seconds=5)
        (asked,) = cosign_head(ledger, parse_policy(f"witness w {WITNESS} {address}\nquorum none"), seconds=5)
    for fault in (fetched.fault, asked.fault):
        assert fault
        assert fault.isprintable()
    assert (fetched.timestamp, asked.size) == (None, None)
    ledger.adopt_procedure(ledger.vote("S/1").procedure, signer=REGISTRAR)


@pytest.mark.parametrize("year", [2020, 2044])
def test_a_token_of_another_year_proves_nothing_of_what_it_covers(year: int, tmp_path: Path) -> None:
    ledger = small()
    head = ledger.log.head()
    assert head is not None
    at = datetime(year, 1, 1, tzinfo=UTC)
    token, query = odd.token(odd.info(head.note, at=at, nonce=der.encode_integer(1))), request(head.note, 1)
    ledger.log.keep_stamp(Stamp(head.size, odd.authority().canonical().decode(), head.note, query, token))
    path = export(ledger, tmp_path / "b.zip", include_open=True).path
    found = verify_bundle(path, Trust(authorities=(odd.authority(),)))
    assert found.holds
    bounds = [each for replies in found.bounds.values() for each in replies.values()]
    assert bounds
    assert all((each.not_after is None) is (year == 2020) for each in bounds)
    assert all((each.contradiction is not None) is (year == 2020) for each in bounds)
    assert all(each.not_after is None or each.not_after.year == year for each in bounds)
