"""A witness cosigns what extends what it cosigned, and nothing else: by answer, across kills, and between processes."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from ledgers import SMALL, cast, small
from paths import INBLUE
from signers import LOG, REGISTRAR, Elsewhere
from tamper import turned

from inblue.domain.errors import Malformed, Refused
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.cosign import cosign_head, keep_lines, last_cosigned, request_for
from inblue.ledger.standards.checkpoint import Checkpoint, open_signed
from inblue.ledger.standards.cosignature import CosignatureSigner, CosignatureVerifier, cosigners
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT, consistency_proof
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.standards.witness_policy import Policy, parse_policy
from inblue.ledger.witness.request import SIZE_TYPE, write_request
from inblue.ledger.witness.server import WitnessServer
from inblue.ledger.witness.witness import WitnessState

NOW = 1_772_913_600
NAME = "one.example/witness"
SEED = b"w" * 32
SIGNS = CosignatureSigner(NAME, Ed25519Signer.from_seed(SEED))
ORIGIN = "example.org/small"
LOG_KEY = str(NoteSigner(ORIGIN, LOG).verifier)


@pytest.fixture
def state(tmp_path: Path) -> WitnessState:
    witness = WitnessState.create(tmp_path / "w", NAME, ())
    witness.watch(LOG_KEY)
    return witness


def ask(ledger: Ledger, old: int, size: int | None = None) -> bytes:
    """The request to go from ``old`` to an earlier or the present size of the log, with a true proof."""
    size = size or ledger.checkpoint().size
    note = Checkpoint(ORIGIN, size, root_of(ledger, size)).sign(NoteSigner(ORIGIN, LOG))
    return write_request(old, tuple(consistency_proof(old, size, ledger.log.node)) if old else (), note)


def root_of(ledger: Ledger, size: int) -> bytes:
    from inblue.ledger.standards.merkle import root

    return root(size, ledger.log.node)


def status(state: WitnessState, request: bytes) -> int:
    return state.add_checkpoint(request, SIGNS, NOW).status


def test_the_first_checkpoint_is_cosigned_and_then_whatever_extends_it(state: WitnessState) -> None:
    ledger = small()
    for old, size in ((0, 3), (3, 7), (7, 7), (7, 10)):
        answer = state.add_checkpoint(ask(ledger, old, size), SIGNS, NOW)
        assert answer.status == 200
        note = state.latest(ORIGIN)
        assert note is not None
        assert note.decode().endswith(answer.body)
        assert cosigners(note, [SIGNS.verifier]) == {SIGNS.verifier: NOW}
        assert open_signed(note, state.keys_of(ORIGIN) or [])[0].size == size


def test_each_answer_has_its_status_and_nothing_is_cosigned_but_with_200(state: WitnessState) -> None:
    ledger, fork = small(), small(change=turned)
    stranger = NoteSigner(ORIGIN, Ed25519Signer.from_seed(b"x" * 32))
    good = ask(ledger, 0, 5)
    unsigned = write_request(0, (), Checkpoint(ORIGIN, 5, root_of(ledger, 5)).sign(stranger))
    foreign = write_request(0, (), Checkpoint("example.org/x", 5, bytes(32)).sign(NoteSigner("example.org/x", LOG)))
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT).sign(NoteSigner(ORIGIN, LOG))
    lied = empty.replace(b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", b"A" * 43 + b"=")
    for request, wanted in (
        (b"", 400),
        (b"old 0\n\n", 400),
        (good.replace(b"old 0", b"old 00"), 400),
        (good.replace(b"old 0", b"old +0"), 400),
        (good.replace(b"old 0", b"new 0"), 400),
        (good.replace(b"old 0\n", b"old 0\nAAAA\n"), 400),
        (good.replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n" * 1), 422),
        (b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + good[6:], 400),
        (foreign, 404),
        (unsigned, 403),
        (good[:-20] + b"AAAA" + good[-16:], 403),
        (write_request(6, (), good.split(b"\n\n", 1)[1]), 400),
        (write_request(3, (), good.split(b"\n\n", 1)[1]), 409),
        (b"x" * 70_000, 400),
        (write_request(0, (), lied), 403),
    ):
        answer = state.add_checkpoint(request, SIGNS, NOW)
        assert (answer.status, answer.body.count("\n")) == (wanted, 1), request[:80]
        assert state.latest(ORIGIN) is None
    assert status(state, good) == 200
    kept = state.latest(ORIGIN)
    for request, wanted in (
        (ask(ledger, 0, 7), 409),
        (ask(ledger, 4, 7), 409),
        (write_request(5, (), ask(ledger, 0, 7).split(b"\n\n", 1)[1]), 422),
        (write_request(5, (bytes(32),) * 3, ask(ledger, 0, 7).split(b"\n\n", 1)[1]), 422),
        (ask(fork, 5), 422),
        (write_request(5, (), ask(fork, 0, 5).split(b"\n\n", 1)[1]), 409),
    ):
        answer = state.add_checkpoint(request, SIGNS, NOW)
        assert answer.status == wanted
        assert state.latest(ORIGIN) == kept
        if wanted == 409:
            assert (answer.body, answer.kind) == ("5\n", SIZE_TYPE)


def test_an_empty_log_is_cosigned_and_one_that_lies_about_being_empty_is_not(state: WitnessState) -> None:
    empty = write_request(0, (), Checkpoint(ORIGIN, 0, EMPTY_ROOT).sign(NoteSigner(ORIGIN, LOG)))
    assert status(state, empty) == 200
    assert status(state, empty.replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n")) == 422
    text = f"{ORIGIN}\n0\n{'A' * 43}=\n"
    lied = (text + "\n" + NoteSigner(ORIGIN, LOG).line(text)).encode()
    assert status(state, write_request(0, (), lied)) == 422
    assert status(state, ask(small(), 0, 3)) == 200


def test_the_key_that_the_operator_names_is_the_only_one_from_then_on(state: WitnessState) -> None:
    ledger, thief, successor = small(), small(change=lambda history: history[:6]), Ed25519Signer.from_seed(b"2" * 32)
    assert status(state, ask(ledger, 0, 8)) == 200
    ledger.announce_log_key(successor.public_key, signer=REGISTRAR)
    ledger.replace_log_key(successor, cause="rotation", signer=REGISTRAR)
    assert status(state, ledger_request(ledger, 8)) == 403
    thief.perform(SMALL, cast("VNM", 26), signer=REGISTRAR)
    assert state.watch(str(NoteSigner(ORIGIN, successor).verifier)) == "next"
    assert status(state, ask(thief, 8)) == 403
    assert state.watch(LOG_KEY) == "replaced"
    assert status(state, ask(thief, 8)) == 403
    assert status(WitnessState(state.folder), ledger_request(ledger, 8)) == 200
    assert [len(log.keys) for log in WitnessState(state.folder).configuration.logs] == [2]
    assert state.watch(LOG_KEY, again=True) == "next"
    assert state.watch(LOG_KEY) == "known"


def ledger_request(ledger: Ledger, old: int) -> bytes:
    """As :func:`ask` for the whole log, signed by its present signer."""
    head = ledger.log.head()
    assert head is not None
    return write_request(old, tuple(consistency_proof(old, head.size, ledger.log.node)) if old else (), head.note)


def test_a_witness_is_not_made_twice_nor_from_a_bad_name_or_key(state: WitnessState, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is a witness already"):
        WitnessState.create(state.folder, NAME, ())
    with pytest.raises(Malformed):
        WitnessState.create(tmp_path / "x", "with a blank", ())
    with pytest.raises(Malformed, match=r"name: U\+200B"):
        WitnessState.create(tmp_path / "x", "example.org/w\u200b", ())
    assert not (tmp_path / "x").exists()
    with pytest.raises(Malformed):
        state.watch("no key")
    with pytest.raises(Broken, match="No such file"):
        WitnessState(tmp_path / "nowhere")


@pytest.mark.parametrize("how", ["zeros", "other", "raises", "nothing"])
def test_a_line_that_does_not_hold_is_neither_kept_nor_sent(state: WitnessState, how: str) -> None:
    ledger, key = small(), Elsewhere(Ed25519Signer.from_seed(SEED), how)
    signs = CosignatureSigner(NAME, key)
    for old, size in ((0, 5), (5, 7)):
        key.how, kept = how, state.latest(ORIGIN)
        answer = state.add_checkpoint(ask(ledger, old, size), signs, NOW)
        assert (answer.status, answer.body.count("\n")) == (503, 1)
        assert state.latest(ORIGIN) == kept
        key.how = "well"
        assert state.add_checkpoint(ask(ledger, old, size), signs, NOW).status == 200


# Killed, and raced


CHILD = """
import os, signal, sys
from pathlib import Path
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.witness.witness import WitnessState
state = WitnessState(Path(sys.argv[1]))
when = sys.argv[2]
write = state._write
def killed(path, content):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if when == "half":
        path.with_suffix(".new").write_bytes(content[:30])
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, content)
    if when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
state._write = killed
signer = CosignatureSigner("one.example/witness", Ed25519Signer.from_seed(b"w" * 32))
answer = state.add_checkpoint(sys.stdin.buffer.read(), signer, 1)
print(answer.status)
"""


def child(folder: Path, when: str, request: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", CHILD, str(folder), when]
    return subprocess.run(command, input=request, capture_output=True, check=False)


@pytest.mark.parametrize(("when", "size"), [("before", 0), ("half", 0), ("after", 5), ("never", 5)])
def test_killed_between_deciding_and_answering_it_cosigns_no_fork(state: WitnessState, when: str, size: int) -> None:
    ledger, fork = small(), small(change=turned)
    done = child(state.folder, when, ask(ledger, 0, 5))
    assert done.returncode == (0 if when == "never" else -signal.SIGKILL), done.stderr
    stored = state.latest(ORIGIN)
    assert (open_signed(stored, state.keys_of(ORIGIN) or [])[0].size if stored else 0) == size
    forked = status(state, ask(fork, 0, 6))
    assert forked == (409 if size else 200)
    assert status(state, write_request(size, (), ask(fork, 0, 6).split(b"\n\n", 1)[1])) == (422 if size else 409)
    if size:  # it keeps to its decision: a client that missed the answer asks again
        assert status(state, ask(ledger, 5, 5)) == 200
        assert status(state, ask(ledger, 5)) == 200


@pytest.mark.long
def test_of_two_histories_offered_at_once_by_many_it_cosigns_one(tmp_path: Path) -> None:
    for turn in range(3):
        state = WitnessState.create(tmp_path / str(turn), NAME, ())
        state.watch(LOG_KEY)
        offers = [ask(ledger, 0, size) for ledger in (small(), small(change=turned)) for size in (5, 6, 7)]
        running = [
            subprocess.Popen(
                [sys.executable, "-c", CHILD, str(state.folder), "never"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in offers
        ]
        answers = [b""] * len(offers)

        def offer(number: int) -> None:
            answers[number] = running[number].communicate(offers[number])[0]  # noqa: B023

        threads = [threading.Thread(target=offer, args=(number,)) for number in range(len(offers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [b"200\n"] + [b"409\n"] * (len(offers) - 1)


# Over HTTP


@contextmanager
def serving(state: WitnessState) -> Iterator[tuple[str, WitnessServer]]:
    with WitnessServer(state, SIGNS, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.url, server
        finally:
            server.shutdown()
            thread.join()


def http_status(
    url: str, method: str, path: str, body: bytes = b"", length: str | None = None
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request(method, path, body, {} if length is None else {"Content-Length": length})
    answer = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read()


def test_the_protocol_over_http(state: WitnessState) -> None:
    ledger, digest = small(), hashlib.sha256(ORIGIN.encode()).hexdigest()
    with serving(state) as (url, _):
        assert http_status(url, "GET", f"/{digest}/checkpoint")[0] == 404
        assert http_status(url, "POST", "/add-checkpoint", ask(ledger, 0, 5))[0] == 200
        said = http_status(url, "POST", "/add-checkpoint", ask(ledger, 0, 7))
        assert said == (409, "text/x.tlog.size", b"5\n")
        assert http_status(url, "GET", f"/{digest}/checkpoint")[::2] == (200, state.latest(ORIGIN))
        for method, path in (("GET", "/"), ("GET", "/../witness.json"), ("POST", "/x"), ("GET", f"/{digest}/x")):
            assert http_status(url, method, path)[0] == 404
        assert http_status(url, "POST", "/add-checkpoint", b"x" * 70_000)[0] == 413
        assert http_status(url, "POST", "/add-checkpoint", length="x")[0] == 400
        assert http_status(url, "POST", "/add-checkpoint", b"nothing")[0] == 400


def policy_of(*urls: str) -> Policy:
    lines = [f"witness w{n} {_signer(n).verifier} {url}" for n, url in enumerate(urls)]
    return parse_policy("\n".join([*lines, "quorum none"]))


def _signer(number: int) -> CosignatureSigner:
    return SIGNS if number == 0 else CosignatureSigner(f"w{number}", Ed25519Signer.from_seed(bytes([number]) * 32))


def test_a_ledger_asks_its_witness_and_goes_on_from_what_that_has_cosigned(state: WitnessState) -> None:
    ledger = small(change=lambda history: history[:4])
    with serving(state) as (url, _):
        policy = policy_of(url)
        assert [each.size for each in cosign_head(ledger, policy)] == [6]
        assert list(cosign_head(ledger, policy)) == []
        ledger.perform(SMALL, cast("VNM", 2), signer=REGISTRAR)
        assert [each.size for each in cosign_head(ledger, policy)] == [7]
        forgetful = small(change=lambda history: history[:4])  # it knows nothing of what was cosigned
        (refused,) = cosign_head(forgetful, policy)
        assert "it says that it has cosigned 7 entries, and this ledger has 6. It shows that" in (refused.fault or "")
    (gone,) = [each for each in cosign_head(small(), policy) if each.fault]
    assert "Connection refused" in (gone.fault or "")
    assert last_cosigned(ledger, policy.witnesses[0]) == 7


def test_two_ledgers_of_one_log_cannot_both_be_cosigned(state: WitnessState) -> None:
    with serving(state) as (url, _):
        assert [each.size for each in cosign_head(small(change=lambda history: history[:5]), policy_of(url))] == [8]
        (forked,) = cosign_head(small(change=turned), policy_of(url))
        assert "does not extend what it has cosigned. It shows that this log's own key has signed" in str(forked.fault)


def test_an_answer_without_a_cosignature_of_the_witness_is_not_kept(state: WitnessState) -> None:
    ledger = small()
    answer = state.add_checkpoint(request_for(ledger, 0), SIGNS, NOW).body.encode()
    (known,) = policy_of("http://127.0.0.1:1").witnesses
    other = Ed25519Signer.from_seed(b"o" * 32)
    for wrong in (b"", b"nothing\n", CosignatureSigner(NAME, other).line("x\n1\nx\n", 1).encode(), b"x" * 70_000):
        with pytest.raises((Broken, Malformed)):
            keep_lines(ledger, known, wrong)
        assert ledger.log.cosigned() == []
    assert keep_lines(ledger, known, answer) == 10
    assert [size for size, _ in ledger.log.cosigned()] == [10]


def test_a_witness_whose_address_is_a_file_is_not_asked() -> None:
    (file,) = parse_policy(f"witness w {SIGNS.verifier} file:///etc/passwd\nquorum none").witnesses
    assert [each.fault for each in cosign_head(small(), Policy(witnesses=(file,)))] == [
        "file:///etc/passwd: not an http or https address"
    ]


# Killed at random while many ask


@pytest.mark.long
def test_served_and_killed_at_random_all_that_it_ever_cosigned_is_one_history(tmp_path: Path) -> None:
    from inblue.ledger.keystore import KeyStore

    folder, chance = tmp_path / "w", random.Random(2020)
    state = WitnessState.create(folder, NAME, ())
    public = KeyStore(folder / "keys").new("witness", b"four words nobody says").public_key
    state.watch(LOG_KEY)
    histories = {"true": small(), "turned": small(change=turned)}
    cosigned: set[tuple[str, int]] = set()
    command = [INBLUE, "witness", "serve", str(folder)]
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}
    for _ in range(4):
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        address = process.stdout.readline().split(" at ")[1].strip()
        timer = threading.Timer(chance.uniform(0.02, 0.2), process.kill)
        timer.start()
        with suppress(OSError, http.client.HTTPException):
            while True:
                name, size = chance.choice(list(histories)), chance.randint(5, 10)
                note = state.latest(ORIGIN)
                old = open_signed(note, state.keys_of(ORIGIN) or [])[0].size if note else 0
                if old <= size:
                    request = ask(histories[name], old, size)
                    if http_status(address, "POST", "/add-checkpoint", request)[0] == 200:
                        cosigned.add((name, size))
        timer.join()
        process.wait()
    assert len({name for name, _ in cosigned}) == 1
    latest = state.latest(ORIGIN)
    assert latest is not None
    assert [key.name for key in cosigners(latest, [CosignatureVerifier(NAME, public)])] == [NAME]


def test_a_restored_older_copy_is_shown_to_be_one_by_a_witness_that_is_asked_again(state: WitnessState) -> None:
    later, older = small(), small(change=lambda history: history[:4])
    with serving(state) as (url, _):
        policy = policy_of(url)
        assert [each.size for each in cosign_head(older, policy)] == [6]
        assert [each.size for each in cosign_head(later, policy)] == [10]
        assert list(cosign_head(older, policy)) == []
        (refused,) = cosign_head(older, policy, anew=True)
        assert "it says that it has cosigned 10 entries, and this ledger has 6" in (refused.fault or "")
        assert (refused.fault or "").endswith("entries were lost, or this is an older copy")
        assert [each.size for each in cosign_head(later, policy, anew=True)] == [10]
    assert len(list(later.log.cosignatures())) == 1
