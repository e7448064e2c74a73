"""The examples that serve: a FastAPI service asked by many at once over HTTP, Django's admin, and a cron job."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from authority import Tsa
from paths import EXAMPLES, INBLUE, ROOT, contents

import inblue

PASSPHRASE = b"four words nobody says"
COUNCIL = inblue.built_in_roster("unsc-2026")
MEMBERS = [seat.member for seat in COUNCIL.members]


class Kept(NamedTuple):
    """A ledger as an office has it: a file, and encrypted keys beside it."""

    path: Path
    keys: Path


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    found = Kept(tmp_path / "council.db", tmp_path / "keys")
    store = inblue.KeyStore(found.keys)
    registrar, log = (store.new(name, PASSPHRASE) for name in ("registrar", "log"))
    with inblue.Ledger.create(found.path, signer=registrar, log_signer=log) as ledger:
        ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
    return found


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]


class Service(NamedTuple):
    """The FastAPI example, as it is served."""

    address: str

    def post(self, path: str, key: str, **content: object) -> Answer:
        """What is answered to a POST."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self._ask(urllib.request.Request(self.address + path, json.dumps(content).encode(), headers))  # noqa: S310

    def get(self, path: str) -> Answer:
        """What is answered to a GET."""
        return self._ask(urllib.request.Request(self.address + path))  # noqa: S310

    def reply(self, number: int, member: str, position: str = "in_favour") -> Answer:
        """Post a member's letter on the vote of that number, under a key that is the same each time."""
        letter = b64encode(f"{member} votes {position}".encode()).decode()
        vote = f"S/2026/{number}"
        return self.post("/replies", f"{number}-{member}", vote=vote, member=member, position=position, letter=letter)

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, json.load(refusal))


@contextmanager
def serving(kept: Kept, *words: str) -> Iterator[Service]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(kept.path), "INBLUE_KEYS": str(kept.keys)}
    program = [sys.executable, "-m", "uvicorn", "service_fastapi:app", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(
        [*program, *words], cwd=EXAMPLES, env=env | {"INBLUE_PASSPHRASE": PASSPHRASE.decode()},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    service, until = Service(f"http://127.0.0.1:{port}"), time.monotonic() + 60
    try:
        while True:
            try:
                service.get("/votes/none")
                break
            except OSError:
                assert server.poll() is None, server.communicate()[0]
                assert time.monotonic() < until
                time.sleep(0.05)
        yield service
    finally:
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=60)[0]
        assert PASSPHRASE.decode() not in said


servers = pytest.mark.skipif("INBLUE_TEST_SERVERS" not in os.environ, reason="make test-hosts runs it")


@servers
def test_a_web_service_takes_the_replies_of_several_votes_at_once(kept: Kept) -> None:
    """Each is posted three times, as by clients that got no answer, by twelve threads to two workers."""
    with serving(kept, "--workers", "2") as service:
        for number in (1, 2):
            first = service.post("/votes", f"open-{number}", symbol=f"S/2026/{number}", title="The situation")
            assert first.status == 201
            again = service.post("/votes", f"open-{number}", symbol=f"S/2026/{number}", title="The situation")
            assert again == first
        asked = [(number, member) for number in (1, 2) for member in MEMBERS] * 3
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda each: service.reply(*each), asked))
        assert {answer.status for answer in answers} == {201}
        assert answers[:30] == answers[30:60] == answers[60:]
        assert {(answer.body["reply"], answer.body["rejected"]) for answer in answers} == {(1, None)}
        found = service.get("/votes/S/2026/1").body
        assert (found["phase"], found["tally"]["in_favour"]) == ("open", 15)
    with inblue.Ledger.open(kept.path, read_only=True) as ledger:
        assert ledger.verify().holds
        for name in ("S/2026/1", "S/2026/2"):
            replies = ledger.vote(name).replies
            assert sorted(each.member for each in replies) == sorted(MEMBERS)
            assert all(each.acknowledged is not None for each in replies)


@servers
def test_the_web_service_says_what_is_wrong_by_status_and_in_one_line(kept: Kept) -> None:
    with serving(kept) as service:
        service.post("/votes", "open", symbol="S/2026/1", title="The situation")
        assert service.reply(1, "FIN").body["rejected"] == "roster"
        words = {"vote": "S/2026/1", "member": "COL", "position": "in_favour"}
        found = {
            "no Base64": service.post("/replies", "k", **words, letter="%"),
            "no key": service.post("/replies", "", **words, letter=""),
            "another act under that key": service.post("/closes", "1-FIN", vote="S/2026/1"),
            "too early": service.post("/closes", "close", vote="S/2026/1"),
            "no such vote": service.get("/votes/S/2026/9"),
            "no symbol": service.post("/votes", "k", symbol="", title="x"),
        }
        statuses = {what: answer.status for what, answer in found.items()}
        assert list(statuses.values()) == [422, 422, 409, 409, 404, 422], statuses
        assert found["too early"].body["clause"] == "window"
        assert "\n" not in found["too early"].body["error"]


@pytest.fixture
def past(kept: Kept) -> Kept:
    """The same with a vote of last week, whose window is over."""
    ago, store = datetime.now(UTC) - timedelta(days=7), inblue.KeyStore(kept.keys)
    kept.path.unlink()
    registrar, log = (store.open(name, PASSPHRASE) for name in ("registrar", "log"))
    with inblue.Ledger.create(kept.path, signer=registrar, log_signer=log, clock=lambda: ago) as ledger:
        ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
        vote = ledger.at("S/2026/1", signer=registrar)
        vote.circulate("unsc-2020-253", title="<script>alert(1)</script>")
        vote.open(COUNCIL, programme_of_work=True)
        letter = ledger.attach(b"a letter")
        vote.reply("COL", "in_favour", inblue.Instrument(form="letter", signed=True, sha256=letter))
    return kept


def run_cron(kept: Kept, folder: Path) -> tuple[int, str, str]:
    given = [kept.path, kept.keys, folder / "passphrase", folder / "authorities.json", folder / "www"]
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "cron.py"), *map(str, given)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_a_cron_job_closes_stamps_and_publishes_and_does_nothing_twice(past: Kept, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\n")
    tsa = Tsa.make(tmp_path / "tsa", "one")
    command = [sys.executable, str(EXAMPLES / "authority.py"), "answer", str(tsa.folder)]
    source = {"authority": tsa.authority.json_value(), "command": command}
    document = {"format": "inblue-authorities/1", "sources": [source]}
    (tmp_path / "authorities.json").write_text(json.dumps(document))
    store = inblue.KeyStore(past.keys)

    assert run_cron(past, tmp_path) == (0, "not published now: a vote goes on\n", "")
    with inblue.Ledger.open(past.path, log_signer=store.open("log", PASSPHRASE)) as ledger:
        assert ledger.vote("S/2026/1").is_closed
        assert len(ledger.log.stamps()) == 1
        ledger.at("S/2026/1", signer=store.open("registrar", PASSPHRASE)).announce()
    assert run_cron(past, tmp_path) == (0, "", "")
    with inblue.Ledger.open(past.path, read_only=True) as ledger:
        before = ledger.verify()
    published = contents(tmp_path / "www")
    with ThreadPoolExecutor(2) as pool:  # as by two machines at once
        again = list(pool.map(lambda _: run_cron(past, tmp_path), range(2)))
    assert {status for status, _, _ in again} <= {0, 1}
    assert run_cron(past, tmp_path) == (0, "", "")
    with inblue.Ledger.open(past.path, read_only=True) as ledger:
        assert ledger.verify().entries == before.entries
    assert contents(tmp_path / "www") == published
    done = subprocess.run([INBLUE, "verify", str(tmp_path / "www")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_cron_job_says_what_it_could_not_do_and_does_the_rest(past: Kept, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    tsa = Tsa.make(tmp_path / "tsa", "one")
    source = {"authority": tsa.authority.json_value(), "command": ["false"]}
    (tmp_path / "authorities.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))
    status, _, said = run_cron(past, tmp_path)
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith("no timestamp of one: ")
    with inblue.Ledger.open(past.path, read_only=True) as ledger:
        assert ledger.vote("S/2026/1").is_closed
    (tmp_path / "passphrase").write_bytes(b"another passphrase")
    status, out, said = run_cron(past, tmp_path)
    assert (status, out, said.count("\n")) == (1, "", 1)
    assert "wrong passphrase" in said


@servers
def test_djangos_admin_shows_wishes_and_votes_and_changes_none(past: Kept) -> None:
    program = [sys.executable, str(ROOT / "tests" / "support" / "admin_visits.py"), str(past.path)]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(EXAMPLES)}
    done = subprocess.run(program, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["wishes"] == 2
    seen = {who: list(visit["statuses"].values()) for who, visit in told["visits"].items()}
    assert seen == {
        "root": [200, 200, 200, 404, 200], "clerk": [200, 200, 200, 404, 200],
        "visitor": [403, 403, 403, 403, 403], "nobody": [302, 302, 302, 302, 302],
    }  # fmt: skip
    for who in ("root", "clerk", "visitor"):
        assert told["visits"][who]["written"] == [403, 403, 403, 403]
    shown = told["visits"]["clerk"]["shown"]
    assert "mail-1" in shown[""]
    assert 'href="/admin/outbox_django/wish/votes/"' in shown[""]
    assert "S/2026/1" in shown["votes/"]
    assert "<td>due</td>" in shown["votes/"]
    roll_call = shown["votes/S/2026/1/"]
    assert '<th scope="row">Colombia</th><td>in_favour</td>' in roll_call
    assert "refused, &lt;b&gt;no&lt;/b&gt; seat" in roll_call
    assert "<script>alert" not in roll_call + shown["votes/"]
