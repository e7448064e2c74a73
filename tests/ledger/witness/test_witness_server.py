"""The witness's server answers honest askers whatever the others do, and none of them for longer than its limits."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from ledgers import small
from paths import INBLUE
from witnesses import LOG_KEY, ORIGIN, SIGNS, asked, served, watching

from inblue.ledger.errors import NotFound
from inblue.ledger.keystore import KeyStore
from inblue.ledger.witness.listening import Limits
from inblue.ledger.witness.server import WitnessServer
from inblue.ledger.witness.witness import WitnessState

SECRET = "four words nobody says"
DIGEST = hashlib.sha256(ORIGIN.encode()).hexdigest()
QUICK = Limits(header=0.5, body=0.5, answer=2, idle=1, connections=10)


@pytest.fixture
def state(tmp_path: Path) -> WitnessState:
    return watching(tmp_path / "w")


def host_of(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    return host, int(port)


def ask(url: str, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*host_of(url), timeout=20)
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def sent(url: str, raw: bytes) -> socket.socket:
    connection = socket.create_connection(host_of(url), timeout=20)
    connection.sendall(raw)
    return connection


def ends(connection: socket.socket, drips: bytes = b"") -> bytes:
    """Its answer until it hangs up, while it is sent a byte now and then."""
    connection.settimeout(0.05)
    heard = b""
    for _ in range(400):
        try:
            piece = connection.recv(65_536)
            if not piece:
                return heard
            heard += piece
        except TimeoutError:
            if drips:
                with suppress(OSError):
                    connection.sendall(drips)
        except ConnectionResetError:
            return heard
    raise AssertionError("it never hung up")


class Served(NamedTuple):
    """A server in a process of its own."""

    url: str
    running: subprocess.Popen[str]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Served]:
    """``inblue witness serve`` in a process of 256 descriptors."""
    folder = tmp_path / "served"
    WitnessState.create(folder, SIGNS.name, ()).watch(LOG_KEY)
    KeyStore(folder / "keys").new("witness", SECRET.encode())
    running = subprocess.Popen(
        # an interrupt is ignored by what a shell runs in the background, and so by all that it starts: not here
        [
            "sh",
            "-c",
            'ulimit -n 256; exec env --default-signal=INT "$@"',
            "sh",
            INBLUE,
            "witness",
            "serve",
            str(folder),
        ],
        env={"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": SECRET},
        stdout=subprocess.PIPE,
        stderr=(tmp_path / "err").open("w"),
        text=True,
    )
    assert running.stdout is not None
    try:
        yield Served(running.stdout.readline().split(" at ")[1].strip(), running)
        assert (tmp_path / "err").read_text() == ""
    finally:
        running.terminate()
        running.wait(20)


def test_with_256_descriptors_and_more_slow_connections_honest_askers_are_answered(process: Served) -> None:
    url, pid = process.url, process.running.pid
    ledger = small()
    slow: list[socket.socket] = []
    for kind, steps in (
        (b"POST /add-checkpoint HTTP/1.1\r\nX: ", ((0, 5), (5, 7))),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9\r\n\r\n", ((7, 8), (8, 10))),
    ):
        for _ in range(258):
            with suppress(OSError):
                slow.append(sent(url, kind))
        for old, size in steps:
            assert ask(url, "POST", "/add-checkpoint", asked(ledger, old, size))[0] == 200
            for each in slow:
                with suppress(OSError):
                    each.sendall(b"a")
        assert len(os.listdir(f"/proc/{pid}/fd")) < 200  # noqa: PTH208
    assert ask(url, "GET", f"/{DIGEST}/checkpoint")[0] == 200
    (threads,) = re.findall(r"Threads:\t(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert int(threads) < 20
    for each in slow:
        each.close()
    assert process.running.poll() is None


@pytest.mark.parametrize(
    ("begins", "drips"),
    [
        (b"", b""),
        (b"GET ", b"/"),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nX: ", b"a"),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n", b"A: b\r\n"),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 60000\r\n\r\n", b"a"),
        (b"POST /nowhere HTTP/1.1\r\nHost: w\r\nContent-Length: 60000\r\n\r\n", b"a"),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"GET /x HTTP/1.1\r\nHost: w\r\n\r\n", b""),
        (b"GET /x HTTP/1.1\r\nHost: w\r\n\r\nGET /x HTTP/1.1\r\nX: ", b"a"),
    ],
)
def test_no_request_takes_longer_than_its_time_however_its_bytes_drip(
    state: WitnessState, begins: bytes, drips: bytes
) -> None:
    with served(state, QUICK) as url:
        heard = ends(sent(url, begins), drips)
        assert heard.startswith(b"HTTP/1.1 404") or not heard
        assert ask(url, "GET", "/x")[0] == 404


def test_of_more_connections_than_there_are_places_the_slowest_gives_way(state: WitnessState) -> None:
    with served(state, Limits(header=60, body=60, idle=60, connections=10)) as url:
        slow = [sent(url, b"GET / HTTP/1.1\r\nX: ") for _ in range(25)]
        assert ask(url, "GET", "/x")[0] == 404
        assert [ends(each) for each in slow[:15]] == [b""] * 15
        for each in slow[-5:]:
            each.sendall(b"a\r\nHost: w\r\nConnection: close\r\n\r\n")
            assert ends(each).startswith(b"HTTP/1.1 404")


def dropped(connection: socket.socket) -> bool:
    for _ in range(400):
        try:
            connection.sendall(b"GET /x HTTP/1.1\r\nHost: w\r\n\r\n" * 1000)
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


@pytest.mark.long
def test_an_asker_that_does_not_read_its_answers_is_dropped(state: WitnessState) -> None:
    with served(state, QUICK) as url:
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.connect(host_of(url))
        deaf.settimeout(0.2)
        assert dropped(deaf)
        assert ask(url, "GET", "/x")[0] == 404


def test_many_requests_come_over_one_connection(state: WitnessState) -> None:
    ledger = small()
    with served(state, QUICK) as url:
        connection = http.client.HTTPConnection(*host_of(url), timeout=20)
        for old, size in ((0, 5), (5, 6), (6, 7)):
            connection.request("POST", "/add-checkpoint", asked(ledger, old, size))
            answer = connection.getresponse()
            assert (answer.status, answer.read()[:4]) == (200, b"\xe2\x80\x94 ")


def test_what_is_too_long_or_no_request_is_refused(state: WitnessState, capfd: pytest.CaptureFixture[str]) -> None:
    with served(state, QUICK) as url:
        for path, bound in (("/add-checkpoint", 65_536), ("/follow-log-key", 720_000)):
            for length in (bound + 1, bound + 500_000):
                said = (413, f"a request has at most {bound} bytes\n".encode())
                assert ask(url, "POST", path, b"x" * length) == said
            assert ask(url, "POST", path, b"x" * bound)[0] == 400
        assert ask(url, "POST", "/x", b"x" * 100_000)[0] == 404
        for raw in (b"\x00\xff\r\n\r\n", b"GET /\x1b[2J HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000):
            assert b" 400 " in ends(sent(url, raw))
        large = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200_000
        with suppress(OSError):
            assert b" 400 " in ends(sent(url, large))
    assert capfd.readouterr() == ("", "")


def test_a_lost_record_or_configuration_is_one_line_to_the_asker_and_one_to_the_operator(
    state: WitnessState, capfd: pytest.CaptureFixture[str]
) -> None:
    ledger = small()
    with served(state) as url:
        assert ask(url, "POST", "/add-checkpoint", asked(ledger, 0, 5))[0] == 200
        (state.folder / f"{DIGEST}.checkpoint").write_bytes(b"example")
        for status, body in (
            ask(url, "POST", "/add-checkpoint", asked(ledger, 5, 7)),
            ask(url, "GET", f"/{DIGEST}/checkpoint"),
        ):
            assert status == 503
            assert body.startswith(b"the record of what was cosigned last of example.org/small is lost (note: ")
        (state.folder / "witness.json").write_bytes(b"{")
        assert ask(url, "POST", "/add-checkpoint", asked(ledger, 5, 7))[0] == 503
    said = capfd.readouterr().err.splitlines()
    assert [line.startswith("inblue: ") for line in said] == [True] * 3


def test_what_is_watched_and_unwatched_is_heeded_by_a_server_that_runs(state: WitnessState) -> None:
    ledger = small()
    with served(state) as url:
        WitnessState(state.folder).unwatch(ORIGIN)
        assert ask(url, "POST", "/add-checkpoint", asked(ledger, 0, 5))[0] == 404
        WitnessState(state.folder).watch(LOG_KEY)
        assert ask(url, "POST", "/add-checkpoint", asked(ledger, 0, 5))[0] == 200


def test_without_uvicorn_a_line_says_what_to_install(state: WitnessState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(NotFound, match=r"serving needs the extra \"witness\": pip install 'inblue\[witness\]'"):
        WitnessServer(state, SIGNS, "127.0.0.1", 0)


def test_an_interrupt_stops_the_server_and_what_is_slow_does_not_hold_it(process: Served) -> None:
    slow = sent(process.url, b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9\r\n\r\n")
    process.running.send_signal(signal.SIGINT)
    assert process.running.wait(30) == 0
    assert process.running.stdout is not None
    assert process.running.stdout.read() == "stopped\n"
    slow.close()
