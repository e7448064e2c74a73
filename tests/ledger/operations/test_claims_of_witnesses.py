"""What a witness answers without a signature is told as what it says; only the log's own signature proves a loss."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ledgers import SMALL, cast, small
from signers import REGISTRAR, SECOND
from tamper import turned
from witnesses import ORIGIN, SIGNS, asked, policy_of, served, watching

from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.cosign import cosign_head, keep_lines, last_cosigned
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner, cosigned_text
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import NoteSigner, write_line
from inblue.ledger.standards.witness_policy import parse_policy


@contextmanager
def liar(status: int, body: bytes | Callable[[], bytes], shows: bytes | None = None) -> Iterator[str]:
    """An attacker in the middle who answers for a witness; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(status, body if isinstance(body, bytes) else body())

        def do_GET(self) -> None:
            self.answer(404 if shows is None else 200, shows or b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def said(ledger: Ledger, url: str) -> str:
    (answer,) = cosign_head(ledger, policy_of(url), anew=True)
    assert answer.fault is not None
    return answer.fault


@pytest.mark.long
@pytest.mark.parametrize("size", [11, 999_999, 10**18])
def test_a_size_that_nobody_has_signed_is_what_the_witness_says(size: int) -> None:
    ledger = small()
    false = Checkpoint(ORIGIN, size, bytes(32)).sign(NoteSigner(ORIGIN, SECOND))
    for shows in (None, b"nothing", false, b"x" * 2_000_000):
        with liar(409, b"%d\n" % size, shows) as url:
            fault = said(ledger, url)
        assert fault == (
            f"{url}: it says that it has cosigned {size:,} entries, and this ledger has 10. "
            "It shows no checkpoint of this log that would prove it"
        )


def test_an_older_checkpoint_of_this_log_does_not_prove_that_there_is_a_later_one() -> None:
    ledger = small()
    with liar(409, b"11\n", asked(ledger, 0, 6).split(b"\n\n", 1)[1]) as url:
        assert said(ledger, url).endswith("and this ledger has 10. The checkpoint that it shows does not prove it")


def test_what_the_logs_own_key_has_signed_is_proof() -> None:
    older, later, fork = small(change=lambda history: history[:4]), small(), small(change=turned)
    for ledger, shown, wanted in (
        (
            older,
            later,
            "this log's own key has signed a checkpoint of 10 entries: entries were lost, or this is an older copy",
        ),
        (small(), fork, "this log's own key has signed another history of 10 entries"),
    ):
        with liar(409, b"10\n", asked(shown, 0).split(b"\n\n", 1)[1]) as url:
            assert said(ledger, url).endswith(f"It shows that {wanted}")


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (409, b"10\n", "it says that it has cosigned 10 entries with another history than this ledger's"),
        (422, b"no\n", "it says that this log does not extend what it has cosigned. It shows no checkpoint"),
        (409, b"-1\n", "it answers 409: -1"),
        (409, b"1" * 30 + b"\n", "it answers 409: 1"),
        (403, b"who are you\x1b[2J\n", "it answers 403: who are you"),
        (503, b"\xff\n", "it answers 503: "),
        (200, b"\n", "its answer holds no cosignature of one.example/witness over the log's head"),
    ],
)
def test_every_other_answer_is_told_as_one(status: int, body: bytes, wanted: str) -> None:
    ledger = small()
    with liar(status, body) as url:
        (answer,) = cosign_head(ledger, policy_of(url))
    assert wanted in (answer.fault or "")
    assert "entries were lost" not in (answer.fault or "")
    assert (answer.fault or "").isprintable()
    assert ledger.log.cosigned() == []


def test_sizes_that_change_with_each_answer_come_to_an_end() -> None:
    sizes = iter([b"%d\n" % size for size in (3, 5, 7, 9)])
    with liar(409, lambda: next(sizes)) as url:
        (answer,) = cosign_head(small(), policy_of(url))
    assert (answer.fault or "").endswith("it says another size each time that it is asked")
    assert next(sizes) == b"9\n"


def test_one_liar_stops_neither_the_vote_nor_the_other_witnesses(tmp_path: Path) -> None:
    ledger = small()
    other = CosignatureSigner("liar.example/w", Ed25519Signer.from_seed(b"o" * 32))
    with served(watching(tmp_path / "w")) as honest, liar(409, b"999999\n") as url:
        policy = parse_policy(
            f"witness liar {other.verifier} {url}\nwitness one {SIGNS.verifier} {honest}\n"
            "group g any liar one\nquorum g\n"
        )
        ledger.perform(SMALL, cast("VNM", 27), signer=REGISTRAR)
        answers = {each.witness: each.fault for each in cosign_head(ledger, policy)}
    assert answers["one"] is None
    assert "it says that it has cosigned 999,999 entries" in (answers["liar"] or "")
    assert last_cosigned(ledger, policy.witnesses[1]) == ledger.checkpoint().size


def test_a_witness_with_a_time_out_of_range_is_not_kept() -> None:
    ledger = small()
    text, time = ledger.checkpoint().text(), 2**63
    signature = SIGNS.signer.sign(cosigned_text(text, time))
    line = write_line(SIGNS.name, SIGNS.verifier.note_id, struct.pack(">Q", time) + signature)
    (witness,) = policy_of("http://127.0.0.1:1").witnesses
    with pytest.raises(Broken, match=r"does not hold|holds no cosignature"):
        keep_lines(ledger, witness, line.encode())
    assert keep_lines(ledger, witness, SIGNS.line(text, 2**63 - 1).encode()) == 10


def test_a_false_line_under_a_witness_name_stops_no_cosigning(tmp_path: Path) -> None:
    """A writer of the store can put one in."""
    ledger = small()
    head = ledger.log.head()
    assert head is not None
    with served(watching(tmp_path / "w")) as url:
        policy = policy_of(url)
        key = policy.witnesses[0].key
        ledger.log.keep_cosignature(head.size, head.note, write_line(key.name, key.note_id, b"x" * 72))
        assert [each.fault for each in cosign_head(ledger, policy)] == [None]
