"""The webhook example: every entry arrives, in order, whatever is killed; only the one under way may arrive twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from many_votes import ENTRIES_OF_A_VOTE, founded, vote
from paths import EXAMPLES
from server import Server
from signers import LOG, REGISTRAR

import inblue


class Receiver(ThreadingHTTPServer):
    """Accepts posts; answers with the statuses that the test set, then with 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[int, dict[str, object]]] = []
        self.statuses: list[int] = []
        self.arrived = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def wait_for(self, number: int) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= number, timeout=120)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.arrived:
            status = self.server.statuses.pop(0) if self.server.statuses else 200
            self.server.got.append((int(self.headers["Idempotency-Key"]), {**body, "status": status}))
            self.server.arrived.notify_all()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def started(ledger: Path, url: str, cursor: Path) -> subprocess.Popen[str]:
    words = [sys.executable, str(EXAMPLES / "webhook.py"), str(ledger), url, str(cursor)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    if child.stdout.readline() != "following\n":
        raise AssertionError(child.communicate()[1])
    return child


def test_every_entry_is_told_whatever_is_killed_and_only_the_one_under_way_twice(
    tmp_path: Path, receiver: Receiver
) -> None:
    place, cursor = tmp_path / "ledger.db", tmp_path / "cursor"
    ledger = founded(place)
    child = started(place, receiver.url, cursor)
    for number in range(6):
        vote(ledger, number)
        receiver.wait_for(2 + number * ENTRIES_OF_A_VOTE + 5)
        child.kill()  # at whatever step it is
        child.communicate()
        child = started(place, receiver.url, cursor)
    size = ledger.checkpoint().size
    with receiver.arrived:
        assert receiver.arrived.wait_for(lambda: receiver.got[-1][0] == size - 1, timeout=120)
    child.send_signal(signal.SIGTERM)
    assert (child.wait(timeout=60), child.communicate()[1]) == (0, "")
    keys = [key for key, _ in receiver.got]
    assert sorted(set(keys)) == list(range(size))
    assert all(later - earlier in {0, 1} for earlier, later in pairwise(keys))
    assert int(cursor.read_text()) == size - 1
    told = dict(receiver.got)
    assert [told[index]["entry"] for index in range(size)] == [leaf.hex() for leaf in ledger.log.leaves(0, size)]
    ledger.close()


WITH_SHORT_WAITS = """
import sys, inblue, webhook
from pathlib import Path
inblue.set_limits(wait=0.5)
webhook.main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
"""


def test_where_the_database_is_gone_for_a_while_it_says_so_and_goes_on(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    server = Server()
    try:
        with inblue.Ledger.create(server.uri, signer=REGISTRAR, log_signer=LOG) as ledger:
            ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        words = [sys.executable, "-c", WITH_SHORT_WAITS, server.uri, receiver.url, str(tmp_path / "cursor")]
        pipe, env = subprocess.PIPE, {**os.environ, "PYTHONPATH": str(EXAMPLES)}
        child = subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, env=env)
        receiver.wait_for(2)
        server.stop("immediate")
        assert child.stderr is not None
        assert "for 0.5 s; try again" in child.stderr.readline()
        server.start()
        with inblue.Ledger.open(server.uri, log_signer=LOG) as ledger:
            vote(ledger, 0)
        receiver.wait_for(2 + ENTRIES_OF_A_VOTE)
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=60) == 0
        assert "Traceback" not in child.communicate()[1]
        assert [key for key, _ in receiver.got] == list(range(2 + ENTRIES_OF_A_VOTE))
    finally:
        server.remove()


def test_what_is_not_accepted_is_sent_again_before_anything_else(tmp_path: Path, receiver: Receiver) -> None:
    place, cursor = tmp_path / "ledger.db", tmp_path / "cursor"
    founded(place).close()
    receiver.statuses = [500, 302, 503]
    child = started(place, receiver.url, cursor)
    receiver.wait_for(5)
    child.send_signal(signal.SIGTERM)
    assert (child.wait(timeout=60), child.communicate()[1]) == (0, "")
    assert [(key, body["status"]) for key, body in receiver.got] == [(0, 500), (0, 302), (0, 503), (0, 200), (1, 200)]


def test_where_nobody_listens_it_ends_when_it_is_told_to_and_begins_there_again(
    tmp_path: Path, receiver: Receiver
) -> None:
    place, cursor = tmp_path / "ledger.db", tmp_path / "cursor"
    founded(place).close()
    child = started(place, "http://127.0.0.1:9/", cursor)
    child.send_signal(signal.SIGTERM)
    assert (child.wait(timeout=60), child.communicate()[1]) == (0, "")
    assert not cursor.exists()
    child = started(place, receiver.url, cursor)
    receiver.wait_for(2)
    child.kill()
    child.communicate()
    assert [key for key, _ in receiver.got] == [0, 1]
