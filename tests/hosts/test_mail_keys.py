"""Keys of DKIM signatures, asked of a real DNS server, on this machine: answers, none of them, errors, silence."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from signed_mail import HOP, KEY_NAME, dkim_signed, observed, record_of_key

from inblue.domain.errors import Malformed
from inblue.ledger.observing import dns_answers
from inblue.ledger.observing.again import look_again
from inblue.ledger.observing.dns_answers import ask_dns
from inblue.ledger.observing.look import look, names_to_ask


class Server(socketserver.UDPServer):
    """Answers with the TXT records that it has; a name with None it never answers, one with an error with that."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.records: dict[str, list[bytes] | int | None] = {}
        self.asked: list[str] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        data, socket = self.request
        query = dns.message.from_wire(data)
        name = query.question[0].name
        self.server.asked.append(str(name).removesuffix("."))
        known = self.server.records.get(str(name).removesuffix("."), dns.rcode.NXDOMAIN)
        if known is None:
            return
        response = dns.message.make_response(query)
        if isinstance(known, int):
            response.set_rcode(dns.rcode.Rcode(known))
        else:
            texts = [
                " ".join(f'"{record.decode()[at : at + 255]}"' for at in range(0, len(record), 255)) for record in known
            ]
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *texts))
        wire = response.to_wire()
        if len(wire) > 512:
            wire = response.to_wire(max_size=4096)
        socket.sendto(wire, self.client_address)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_key_is_asked_for_once_and_what_was_answered_is_enough_for_ever(server: Server) -> None:
    server.records[KEY_NAME] = [record_of_key()]
    raw = HOP + dkim_signed()
    seen = observed(raw, answers=ask_dns(names_to_ask(raw), server=server.place))
    assert (seen.dkim[0].verdict, server.asked) == ("verified", [KEY_NAME])
    server.records.clear()
    assert look_again(raw, seen, look) == ()
    assert server.asked == [KEY_NAME]


def test_no_record_and_several_are_told_from_silence(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_answers, "SECONDS", 1.0)
    server.records |= {"two.example": [b"b", b"a"], "silent.example": None, "fails.example": int(dns.rcode.SERVFAIL)}
    found = ask_dns(["none.example", "two.example", "silent.example", "fails.example"], server=server.place)
    assert [each.status for each in found] == ["no_record", "answered", "not_answered", "not_answered"]
    assert found[1].records == ("YQ==", "Yg==")


@pytest.mark.parametrize("place", ["", "dns.example.org", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1:99999", "[::1"])
def test_a_server_is_an_address(place: str) -> None:
    with pytest.raises(Malformed):
        ask_dns([], server=place)
