"""One thing done once to a ledger, in a process of its own: ``python once.py WHAT LEDGER [ARGUMENT]``.

Prints how many things were done, the seconds of wall-clock and of processor time (child processes included),
and the most memory in MB, of this process and of the largest child. What is not measured is done before the clock runs.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from made import ACTS_OF_A_VOTE, SIGNER

from inblue.ledger.audit.opened import collecting_rarely
from inblue.ledger.audit.since import verify_since
from inblue.ledger.audit.vote_cache import refold
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.entry import REGISTER_STREAM, StoredEntry
from inblue.ledger.entries.files import StoredDocuments
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.dsse import open_envelope, pae
from inblue.ledger.stores.streams import open_streams

Measured = Callable[[], int]


def rows(ledger: Ledger, page: int = 500) -> Iterator[StoredEntry]:
    """Every entry as it is stored."""
    after = 0
    while found := ledger.streams.page(after, page):
        yield from found
        after = found[-1].position or 0


def signed(ledger: Ledger) -> list[tuple[bytes, bytes]]:
    """What is signed in each entry, and the signature."""
    opened = (open_envelope(row.envelope) for row in rows(ledger))
    return [(pae(each.payload_type, each.payload), each.signature) for each in opened]


def bare(messages: list[tuple[bytes, bytes]], library: str = "cryptography") -> int:
    """Nothing but the signatures, by pyca/cryptography, or by libsodium."""
    if library == "libsodium":
        from nacl.bindings import crypto_sign_open

        for message, signature in messages:
            crypto_sign_open(signature + message, SIGNER.public_key)
    else:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = Ed25519PublicKey.from_public_bytes(SIGNER.public_key)
        for message, signature in messages:
            key.verify(signature, message)
    return len(messages)


def bare_by_two(messages: list[tuple[bytes, bytes]], pool: ProcessPoolExecutor) -> int:
    """The same in two processes, half of them each."""
    half = len(messages) // 2
    return sum(pool.map(bare, (messages[:half], messages[half:])))


def whole(ledger: Ledger, path: Path, jobs: int) -> int:
    """Full verification."""
    reopen = partial(open_streams, path, read_only=True)
    found = verify(ledger.streams, ledger.log, ledger.files, jobs=jobs, reopen=reopen)
    assert found.holds
    return found.entries


def since(ledger: Ledger, note: bytes) -> int:
    """Verification since a trusted checkpoint."""
    found = verify_since(note, ledger.streams, ledger.log, ledger.files)
    assert found.holds
    return found.entries


def rows_decoded(ledger: Ledger) -> int:
    """The same rows, base64 and json.loads, bare."""
    count = 0
    with ledger.streams.recorder.datastore.transaction(commit=False) as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"
        )
        while found := cursor.sqlite_cursor.fetchmany(500):
            for row in found:
                json.loads(base64.b64decode(json.loads(row["state"])["payload"]))
                count += 1
    return count


@collecting_rarely()
def replayed(ledger: Ledger) -> int:
    """Every entry folded into its vote, without signatures, as votes are from entries that were checked before."""
    documents = StoredDocuments(ledger.files)
    streams: dict[str, list[StoredEntry]] = {}
    count = 0
    for row in rows(ledger):
        count += 1
        if row.originator_id != REGISTER_STREAM:
            kept = streams.setdefault(row.originator_id, [])
            kept.append(row)
            if len(kept) == ACTS_OF_A_VOTE:
                refold(streams.pop(row.originator_id), documents)
    for cut_off in streams.values():
        refold(cut_off, documents)
    return count


def main(what: str, path: Path, *arguments: str) -> None:
    """Prepare, measure, print."""
    if "INBLUE_BENCH_CORES" in os.environ:
        os.sched_setaffinity(0, range(int(os.environ["INBLUE_BENCH_CORES"])))
    with Ledger.open(path, read_only=True) as ledger, ProcessPoolExecutor(2, get_context("spawn")) as pool:
        done: Measured
        match what:
            case "bare":
                done = partial(bare, signed(ledger), *arguments)
            case "bare-by-two":
                list(pool.map(bare, ([], [])))
                done = partial(bare_by_two, signed(ledger), pool)
            case "verify":
                done = partial(whole, ledger, path, int(arguments[0]))
            case "since":
                done = partial(since, ledger, Path(arguments[0]).read_bytes())
            case "rows":
                done = partial(rows_decoded, ledger)
            case "replay":
                done = partial(replayed, ledger)
            case _:
                raise SystemExit(f"unknown: {what}")
        clock, processor = time.perf_counter(), _processor()
        count = done()
        clock = time.perf_counter() - clock
    taken = _processor() - processor  # children count when they have ended
    memory = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"count": count, "clock": clock, "processor": taken, "memory": memory}))


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
