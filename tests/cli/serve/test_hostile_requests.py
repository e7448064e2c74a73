"""Whatever is asked: no write, no trace, one line of problem, and a server that goes on."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from asking import Asker, listening
from many_votes import founded, vote

import inblue
from inblue.ledger.witness.listening import Limits

POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def ask() -> Iterator[Asker]:
    ledger = founded()
    vote(ledger, 0)
    with listening(inblue.web_app(ledger), Limits(header=1.0, body=1.0)) as asker:
        yield asker


def raw(ask: Asker, sent: bytes, *, wait: float = 5.0) -> bytes:
    place = urlsplit(ask.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=wait) as connection:
        connection.sendall(sent)
        got = b""
        try:
            while piece := connection.recv(65_536):
                got += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return got


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "MKCOL", "FROB"])
def test_no_route_changes_anything(ask: Asker, method: str) -> None:
    paths = ["/", "/votes", "/audit", "/entries", "/checkpoint", "/tile/0/000.p/1", "/events", "/openapi.json"]
    for path in paths if method == "POST" else [*paths, "/search", "/lookup"]:
        answered = ask(path, method, b"x=1")
        assert answered.status == 405, path
        assert answered.headers["content-type"] == "application/problem+json"
        assert "GET" in answered.headers["allow"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/votes?limit=51", 400),
        ("/votes?limit=0", 400),
        ("/votes?limit=1e3", 400),
        ("/votes?limit=%D9%A3", 400),
        ("/votes?start=-1", 400),
        ("/votes?start=1&start=2", 400),
        ("/votes?start=999999999999999", 200),
        ("/votes?nothing=1", 400),
        ("/audit", 400),
        ("/audit?vote=" + "S" * 301, 400),
        ("/audit?vote=%00", 404),
        ("/audit?vote=../../etc/passwd", 404),
        ("/audit?vote=%FF", 400),
        ("/audit?vote=%E2%80%AEevil", 404),
        ("/audit?vote=SIM/0%230", 400),
        ("/status?vote=SIM/0&at=2026-13-45", 400),
        ("/status?vote=SIM/0&at=9999-12-31T23:59:59Z", 400),
        ("/status?vote=SIM/0&at=8999-12-31T23:59:59Z", 200),
        ("/status?vote=SIM/0&as=felt", 400),
        ("/page?vote=SIM/0&lang=xx", 400),
        ("/lookup?digest=" + "A" * 64, 400),
        ("/proof/inclusion?entry=0&digest=" + "a" * 64, 400),
        ("/proof/inclusion?entry=0&size=0", 400),
        ("/proof/consistency?first=99999", 400),
        ("/tile/0/000", 404),
        ("/tile/0/000.p/0", 404),
        ("/tile/0/x000/001", 404),
        ("/tile/64/000.p/1", 404),
        ("/tile/0/000.p/001", 404),
        ("/tile/-1/000.p/1", 404),
        ("/tile/0/../../checkpoint", 404),
        ("/data/files/" + "a" * 64, 404),
        ("/data/files/../../etc/passwd", 404),
        ("/data/files/%2e%2e%2fkeys", 404),
        ("/votes/", 404),
        ("//votes", 404),
        ("/.git/config", 404),
        ("/events?after=-1", 400),
        ("/search?q=" + "a" * 9_000, 400),
    ],
)
def test_what_is_not_of_its_form_is_a_problem_in_one_line(ask: Asker, path: str, status: int) -> None:
    answered = ask(path)
    assert answered.status == status, answered.body
    if status != 200:
        assert answered.headers["content-type"] == "application/problem+json"
        assert b"\n" not in answered.body
        assert set(answered.json) == {"type", "title", "status", "detail"}
        assert answered.json["status"] == status
        assert b"Traceback" not in answered.body
        assert {name: answered.headers[name] for name in HEADERS} == HEADERS


def test_what_is_pasted_is_shown_as_text(ask: Asker) -> None:
    for answered in (
        ask("/search", q=SCRIPT),
        ask("/search", "POST", f"q={SCRIPT}".encode(), {"content-type": "application/x-www-form-urlencoded"}),
    ):
        assert answered.status == 200
        assert b"a digest has 64 hex digits" in answered.body
        assert SCRIPT.encode() not in answered.body
        policy = answered.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "script" not in policy


def test_bodies_are_bounded_and_of_one_type(ask: Asker) -> None:
    kind = {"content-type": "application/json"}
    assert ask("/lookup", "POST", b"{}", {"content-type": "text/xml"}).status == 415
    assert ask("/lookup", "POST", b"{}").status == 415
    assert ask("/lookup", "POST", b"{", kind).status == 400
    assert ask("/lookup", "POST", b'{"a":1,"a":2}', kind).status == 400
    assert ask("/lookup", "POST", b"[" * 100_000, kind).status == 400
    assert ask("/lookup", "POST", b"1e999", kind).status == 400
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ask("/search", "POST", b"&".join([b"q=1"] * 100), form).status == 400
    assert ask("/search", "POST", b"q=%FF", form).status == 400
    long = b"POST /lookup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n"
    assert b" 413 " in raw(ask, long + b" " * 2_100_000)[:40]


def test_slow_headers_and_bodies_are_left_and_others_are_answered(ask: Asker) -> None:
    place = urlsplit(ask.url)
    slow = [socket.create_connection((place.hostname or "", place.port or 0), timeout=5) for _ in range(20)]
    for each in slow[:10]:
        each.sendall(b"GET /votes HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    for each in slow[10:]:
        each.sendall(
            b"POST /lookup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
    began = time.monotonic()
    assert ask("/votes").status == 200
    for each in slow:
        with contextlib.suppress(ConnectionResetError):
            each.recv(1_000)
        each.close()
    assert time.monotonic() - began < 4
    assert not raw(ask, b"GET /votes HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000).startswith(b"HTTP/1.1 200")
    assert ask("/votes").status == 200


def test_the_openapi_document_names_every_route_and_no_other(ask: Asker) -> None:
    told = ask("/openapi.json").json
    assert told["openapi"] == "3.1.0"
    given = {(path, method) for path, methods in told["paths"].items() for method in methods}
    assert {method for _, method in given} == {"get", "post"}
    assert {path for path, method in given if method == "post"} == {"/lookup"}
    for path in told["paths"]:
        asked = ask(path.replace("{digest}", "0" * 64).replace("{path}", "0/000.p/1"), "HEAD")
        assert asked.status in {200, 400, 404}, path
    assert "securitySchemes" not in json.dumps(told)
