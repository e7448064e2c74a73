"""A timestamping unit that is revoked: asked for, kept in tokens, bound by entries, handed over, and judged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import odd
import pytest
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ReasonFlags, ocsp
from ledgers import rewrite, small
from signers import REGISTRAR

from inblue.domain.roster import built_in_roster
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.result import Verification
from inblue.ledger.certificates import der
from inblue.ledger.entries.entry import read_entry
from inblue.ledger.evidence.attestations import TIMESTAMPS
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.authorities import Source
from inblue.ledger.operations.export import export
from inblue.ledger.operations.timestamps import stamp_head
from inblue.ledger.projections.record import record_of
from inblue.ledger.standards.cms import answers_in, read_request
from inblue.ledger.standards.timestamp import request


def stamped(*answers: bytes, named: bool = True) -> Ledger:
    """The small vote, each head stamped by one unit; the last token carries the answers, and an entry may name it."""
    last: list[datetime] = []

    def keep(ledger: Ledger, now: datetime, revocation: tuple[bytes, ...] = ()) -> None:
        head = ledger.log.head()
        assert head is not None
        query, claim = request(head.note, 1), odd.authority().canonical().decode()
        token = odd.token(odd.info(head.note, at=now, nonce=der.encode_integer(1)), revocation=revocation)
        ledger.log.keep_stamp(Stamp(head.size, claim, head.note, query, token))
        last.append(now)

    ledger = small(after=keep)
    keep(ledger, last[-1], answers)
    if named:
        ledger.adopt_roster(built_in_roster("unsc-2020").model_copy(update={"name": "again"}), signer=REGISTRAR)
    return ledger


def verdict(ledger: Ledger, folder: Path) -> Verification:
    path = export(ledger, folder / f"{len(list(folder.iterdir()))}.zip", include_open=True).path
    found = verify_bundle(path, Trust(authorities=(odd.authority(),)))
    assert found.holds
    return found


def proven(found: Verification) -> int:
    """How many replies have an upper bound."""
    return sum(1 for replies in found.bounds.values() for bounds in replies.values() if bounds.not_after is not None)


def test_a_unit_revoked_for_its_key_proves_nothing_earlier_either_and_the_verdict_says_so(tmp_path: Path) -> None:
    plain = verdict(stamped(), tmp_path)
    assert proven(plain) > 0
    assert "nothing that entries name says it" in " ".join(map(str, plain.not_proved))
    late = odd.NOW + timedelta(days=30)
    for reason, tokens in ((ReasonFlags.key_compromise, True), (ReasonFlags.superseded, False)):
        listed = odd.revocation_list((odd.unit(), late, reason), at=late)
        found = verdict(stamped(listed), tmp_path)
        said = " ".join(map(str, found.not_proved))
        assert (proven(found) == 0) is tokens
        assert ("certificate of unit was revoked at 2026-04-27T12:00:00Z (keyCompromise)" in said) is tokens


def test_a_revocation_that_no_entry_names_is_said_and_nothing_rests_on_it(tmp_path: Path) -> None:
    """A courier could leave it out: it must not make the verdict weaker than without it (law 1)."""
    late = odd.NOW + timedelta(days=30)
    listed = odd.revocation_list((odd.unit(), late, ReasonFlags.key_compromise), at=late)
    found, without = verdict(stamped(listed, named=False), tmp_path), verdict(stamped(named=False), tmp_path)
    assert found.bounds.keys() == without.bounds.keys()
    assert proven(found) == proven(without) > 0
    assert "An answer that no entry names says that the certificate of unit was revoked" in " ".join(
        map(str, found.not_proved)
    )


def test_what_is_not_revoked_is_not_doubted(tmp_path: Path) -> None:
    found = verdict(stamped(odd.revocation_list()), tmp_path)
    assert proven(found) > 0
    assert "revoked" not in " ".join(map(str, found.not_proved))


def test_answers_that_an_entry_has_named_cannot_be_left_out_unseen(tmp_path: Path) -> None:
    ledger = stamped(odd.revocation_list())
    assert [bool(answers_in(each.token)) for each in ledger.log.stamps()].count(True) == 1
    path = export(ledger, tmp_path / "b.zip", include_open=True).path

    rewrite(path, without_the_longest)
    found = verify_bundle(path, Trust(authorities=(odd.authority(),)))
    assert "1 timestamp that an entry names is not handed over" in " ".join(map(str, found.not_proved))


def test_to_leave_out_a_revocation_that_an_entry_names_makes_nothing_stronger(tmp_path: Path) -> None:
    """Law 1: the token that it is in may tell of any other that it is revoked, also of those before."""
    late = odd.NOW + timedelta(days=30)
    ledger = stamped(odd.revocation_list((odd.unit(), late, ReasonFlags.key_compromise), at=late))
    path = export(ledger, tmp_path / "b.zip", include_open=True).path
    trust = Trust(authorities=(odd.authority(),))
    whole = strengths(verify_bundle(path, trust))
    rewrite(path, without_the_longest)
    less = strengths(verify_bundle(path, trust))
    order = ("none", "documented", "attested", "proven")
    assert {name: order.index(each) <= order.index(whole[name]) for name, each in less.items()} == dict.fromkeys(
        whole, True
    )


def strengths(found: Verification) -> dict[str, str]:
    """How strongly each reply is evidenced, by draft and member."""
    return {
        f"{draft} {each.reply.member}": each.verdict.strength
        for draft, state in found.states.items()
        for each in record_of(state, found.bounds.get(draft)).replies
    }


def without_the_longest(members: dict[str, bytes]) -> None:
    lines = members[TIMESTAMPS].splitlines(keepends=True)
    members[TIMESTAMPS] = b"".join(line for line in lines if len(line) < max(map(len, lines)))


@contextmanager
def serving(answers: Mapping[str, Callable[[bytes], bytes]], asked: list[str]) -> Iterator[str]:
    """A server of answers by path, which notes what it was asked; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            asked.append(self.path)
            answer = answers[self.path](body) if self.path in answers else None
            self.send_response(404 if answer is None else 200)
            self.send_header("Content-Length", str(len(answer or b"")))
            self.end_headers()
            self.wfile.write(answer or b"")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def pointing_at(address: str, *, responder: bool) -> odd.Held:
    """A unit whose certificate says where its revocation may be asked for."""
    list_at, responder_at = (der.encode(0x86, f"{address}/{path}".encode()) for path in ("list", "responder"))
    points = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(0xA0, der.encode(0xA0, list_at))))
    kind = der.encode_object_identifier("1.3.6.1.5.5.7.48.1")
    access = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, kind, responder_at))
    extra = (("2.5.29.31", False, points), *([("1.3.6.1.5.5.7.1.1", False, access)] if responder else []))
    return odd.certified(f"unit at {address} {responder}", odd.root(), ca=False, unit=True, extra=extra)


def responded(unit: odd.Held) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=unit.certificate,
        issuer=odd.root().certificate,
        algorithm=SHA1(),  # noqa: S303 - it only says which
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=odd.NOW,
        next_update=None,
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, odd.root().certificate)
    return builder.sign(odd.root().key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("answering", "way", "unknown"),
    [
        ({"responder"}, ["/responder"], 0),
        ({"list"}, ["/responder", "/list"], 0),
        (set[str](), ["/responder", "/list"], 1),
        ({"long list"}, ["/responder", "/list"], 1),
        ({"junk"}, ["/responder", "/list"], 1),
        ({"revoked"}, ["/responder", "/list"], 0),
    ],
)
def test_what_is_asked_is_kept_in_the_token_and_what_fails_is_a_line(
    answering: set[str], way: list[str], unknown: int
) -> None:
    ledger, asked, units = small(), list[str](), list[odd.Held]()
    head = ledger.log.head()
    assert head is not None

    def stamp(query: bytes) -> bytes:
        nonce = der.encode_integer(read_request(query).nonce or 0)
        return odd.response(odd.token(odd.info(head.note, at=ledger.clock(), nonce=nonce), by=units[0]))

    answers: dict[str, Callable[[bytes], bytes]] = {"/tsa": stamp}
    if "responder" in answering:
        answers["/responder"] = lambda _: responded(units[0])
    if "list" in answering:
        answers["/list"] = lambda _: odd.revocation_list()
    if "long list" in answering:
        answers["/list"] = lambda _: odd.revocation_list() + bytes(60_000)
    if "junk" in answering:
        answers |= {"/list": lambda _: b"<html>", "/responder": lambda _: odd.revocation_list()}
    if "revoked" in answering:
        revoked = (odd.NOW, ReasonFlags.key_compromise)
        answers["/list"] = lambda _: odd.revocation_list((units[0], *revoked))
    with serving(answers, asked) as address:
        units.append(pointing_at(address, responder=True))
        source = Source(authority=odd.authority(), url=f"{address}/tsa")
        (fetched,) = stamp_head(ledger, [source], seconds=5, revocation=True)
        assert asked == ["/tsa", *way]
        assert len(fetched.unknown) == unknown
        assert all("whether it is revoked is not known: the certificate of unit at" in each for each in fetched.unknown)
        (kept,) = ledger.log.stamps(head.size)
        assert len(answers_in(kept.token)) == 1 - unknown
        assert (fetched.timestamp is None) is ("revoked" in answering)
        if "revoked" in answering:
            assert "was revoked at 2026-03-28T12:00:00Z (keyCompromise); the token is kept" in (fetched.fault or "")
        before = len(asked)
        again = list(stamp_head(ledger, [source], seconds=5, revocation=True))
        assert all(each.was_there for each in again)
        assert len(asked) == before + (len(way) if unknown else 0)  # the token is there; what was not known is asked


def test_a_token_that_came_without_answers_gets_a_second_with_them_that_entries_name() -> None:
    ledger, asked, units = small(), list[str](), list[odd.Held]()
    head = ledger.log.head()
    assert head is not None
    with serving({"/list": lambda _: odd.revocation_list()}, asked) as address:
        units.append(pointing_at(address, responder=False))
        source = Source(authority=odd.authority(), url=f"{address}/tsa")
        query, claim = request(head.note, 1), source.authority.canonical().decode()
        token = odd.token(odd.info(head.note, at=ledger.clock(), nonce=der.encode_integer(1)), by=units[0])
        ledger.log.keep_stamp(Stamp(head.size, claim, head.note, query, token))
        assert not list(stamp_head(ledger, [source], seconds=5))
        (fetched,) = stamp_head(ledger, [source], seconds=5, revocation=True)
    assert (fetched.fault, asked) == (None, ["/list"])
    plain, longer = ledger.log.stamps(head.size)
    assert (answers_in(plain.token), answers_in(longer.token)) == ((), answers_in(longer.token))
    ledger.adopt_roster(built_in_roster("unsc-2020").model_copy(update={"name": "again"}), signer=REGISTRAR)
    *_, last = ledger.streams.page(0, 1000)
    assert read_entry(last.envelope).seen.tokens == (longer.sha256,)
