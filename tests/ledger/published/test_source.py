"""Reading a published log over HTTP: servers that fail, are slow or lie about lengths, and refused addresses."""

from __future__ import annotations

import gzip
import random
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from audits import audit, failed, names_of
from shelf import Handler, ShelfServer, serving

from inblue.domain.errors import Malformed
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.errors import Busy, NotFound
from inblue.ledger.published.source import FolderSource, HttpSource


def test_what_fails_and_may_pass_is_asked_for_again_and_then_given_up(server: ShelfServer) -> None:
    failures = {"left": 2}
    true = (server.folder / "tile/0/001").read_bytes()

    def flaky(handler: Handler) -> None:
        failures["left"] -= 1
        handler.say(503) if failures["left"] >= 0 else handler.give(true)

    server.otherwise["tile/0/001"] = flaky
    assert audit(server).holds
    failures["left"] = 1_000
    with pytest.raises(Busy, match="tile/0/001: answers with status 503"):
        audit(server)
    assert server.asked.count("tile/0/001") == 6


@pytest.mark.parametrize(
    ("status", "words"),
    [(301, "it has moved, and is not followed"), (302, "not followed"), (403, "status 403"), (500, "status 500")],
)
def test_a_status_that_says_nothing_of_the_log_proves_nothing(server: ShelfServer, status: int, words: str) -> None:
    server.otherwise["tile/entries/002"] = lambda handler: handler.say(status, Location=f"{server.address}/checkpoint")
    with pytest.raises(Busy, match=words):
        audit(server)
    server.otherwise = {"checkpoint": server.otherwise["tile/entries/002"]}
    with pytest.raises(Busy, match=words):
        audit(server)


def test_an_answer_that_ends_early_is_not_accepted_as_the_file(server: ShelfServer) -> None:
    true = (server.folder / "tile/entries/001").read_bytes()
    server.otherwise["tile/entries/001"] = lambda handler: handler.give(true[:5000], length=len(true))
    with pytest.raises(Busy, match="too early"):
        audit(server)


def test_no_more_is_read_than_a_file_may_have(server: ShelfServer) -> None:
    sent = {"bytes": 0}

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while sent["bytes"] < 1 << 30:
                handler.wfile.write(bytes(65_536))
                sent["bytes"] += 65_536
        except OSError:
            pass

    server.otherwise["tile/0/001"] = endless
    found = audit(server)
    assert failed(found) == {"container"}
    assert "tile/0/001: more than 8,192 bytes" in found.problems[0].text
    assert sent["bytes"] < 64 << 20
    server.otherwise = {"checkpoint": endless}
    with pytest.raises(Malformed, match="checkpoint: more than"):
        audit(server)


def test_a_server_that_dawdles_is_given_up(server: ShelfServer) -> None:
    true = (server.folder / "tile/entries/001").read_bytes()

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(true)))
        handler.end_headers()
        try:
            for at in range(len(true)):
                handler.wfile.write(true[at : at + 1])
                time.sleep(0.05)
        except OSError:
            pass

    server.otherwise["tile/entries/001"] = drip
    begun = time.monotonic()
    with pytest.raises(Busy, match="more slowly than"):
        verify_tiles(HttpSource(server.address, seconds=0.5, wait=0.01))
    server.otherwise["tile/entries/001"] = lambda _handler: time.sleep(3)
    with pytest.raises(Busy, match="timed out"):
        verify_tiles(HttpSource(server.address, seconds=0.2, wait=0.01))
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\nX-Pad: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1"],
    ids=["the status line", "a header", "a chunk's length"],
)
def test_a_server_that_drips_what_comes_before_the_file_is_given_up(beginning: bytes) -> None:
    """A byte comes before every timeout of the socket, and without an end."""
    dripped = []

    def drip(listening: socket.socket) -> None:
        with suppress(OSError):
            asking, _ = listening.accept()
            with asking:
                asking.recv(4096)
                asking.sendall(beginning)
                for _ in range(400):
                    dripped.append(asking.send(b"0"))
                    time.sleep(0.05)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        serving = threading.Thread(target=drip, args=(listening,))
        serving.start()
        source = HttpSource(f"http://127.0.0.1:{listening.getsockname()[1]}", seconds=0.5, wait=0.01)
        with pytest.raises(Busy, match="more slowly than 16,384 bytes a second"):
            source.read("checkpoint", 1_000)
        serving.join()
    assert len(dripped) < 200


def test_answers_may_be_compressed_and_are_bounded_unpacked(server: ShelfServer) -> None:
    for name in ("tile/entries/000", "tile/entries/001", "tile/0/000"):
        packed = gzip.compress((server.folder / name).read_bytes())
        server.otherwise[name] = lambda handler, packed=packed: handler.give(packed, Content_Encoding="gzip")  # type: ignore[misc]
    assert audit(server).holds
    bomb = gzip.compress(bytes(1 << 26))
    for content, encoding, words in (
        (bomb, "gzip", "more than 8,192 bytes"),
        (gzip.compress(bytes(8192))[:20], "gzip", "not a tile"),
        (bytes(8192), "br", "compressed in a way that was not asked for"),
    ):
        server.otherwise["tile/0/000"] = lambda handler, c=content, e=encoding: handler.give(c, Content_Encoding=e)  # type: ignore[misc]
        found = audit(server)
        assert failed(found) == {"container"}
        assert words in found.problems[0].text
    server.otherwise["tile/0/000"] = lambda handler: handler.give(b"junk", Content_Encoding="gzip")
    with pytest.raises(Busy):
        audit(server)


def test_a_server_that_answers_differently_each_time_is_not_believed(server: ShelfServer) -> None:
    chance = random.Random(5)
    names = [name for name in names_of(server.folder) if name.startswith("tile/")]

    def shuffled(handler: Handler) -> None:
        handler.give((server.folder / chance.choice(names)).read_bytes())

    for name in names:
        server.otherwise[name] = shuffled
    for _ in range(10):
        assert not audit(server).holds


def test_where_nobody_answers_and_where_nothing_is_published_nothing_is_checked(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Busy, match="refused"):
        verify_tiles(HttpSource(f"http://127.0.0.1:{port}", wait=0.01))
    with serving(tmp_path) as server, pytest.raises(NotFound, match="no published log"):
        audit(server)
    with pytest.raises(NotFound, match="no published log"):
        verify_tiles(FolderSource(tmp_path))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.org/log",
        "http://",
        "http:///log",
        "https://user@example.org/log",
        "https://example.org/log?x=1",
        "https://example.org/#log",
        "https://example.org/a b",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://[::1/",
        "file:///etc",
        "https://example.org/\n",
    ],
)
def test_what_is_not_an_address_is_refused(address: str) -> None:
    with pytest.raises(Malformed, match="not an address"):
        HttpSource(address)
