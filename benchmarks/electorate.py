"""One vote of many seats: what status takes beside the verifying of the same entries, and whether it is linear.

``python benchmarks/electorate.py [SEATS]``: a vote with as many seats, each with a reply, its receipt, and a second
reply; then one with a tenth of them.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from made import LOG_SIGNER, SIGNER
from once import whole

from inblue.domain.acts import Act, DraftCirculated, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register_acts import REGISTRAR
from inblue.domain.roster import Roster, Seat
from inblue.ledger.entries.entry import Seen, StoredEntry, read_entry, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.roll_call import roll_call, status_json
from inblue.ledger.standards.ed25519 import verify_among_many
from inblue.ledger.standards.merkle import Frontier, leaf_hash

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SYMBOL = "ASSEMBLY/1"
ROUNDS = 3


def procedure() -> Procedure:
    """A majority of the votes cast by the members on the roster; the last reply counts."""
    document = json.loads(built_in_procedure("unga-74-544").raw)
    tests = [{"choices": ["in_favour"], "compare": "more_than", "share": "1/2", "base": ["in_favour", "against"]}]
    document |= {"members": None, "choices": ["in_favour", "against", "abstention"], "id": "measured"}
    document["silence"]["means"] = "not_voting"
    document["second_reply"]["stands"] = "last"
    document["decision"]["conditions"] = [{"id": "majority", "clause": "objection", "any_of": tests}]
    return Procedure.of(document, where="measured")


def acts(seats: int, sha256: str, snapshot: str) -> Iterator[Act]:
    """A vote in which each seat replies twice."""
    yield DraftCirculated(symbol=SYMBOL, question="substantive", times="live", procedure=sha256)
    yield LetterSent(kind="opening", opens_at=BEGIN, closes_at=BEGIN + timedelta(days=30), snapshot=snapshot)
    for position in ("against", "in_favour"):
        for number in range(seats):
            paper = Instrument(form="e_mail", signed=True, remarks=(position,))
            yield VoteCast(member=f"M{number}", position=position, received_at=BEGIN, instrument=paper)
            if position == "against":
                yield ReceiptAcknowledged(member=f"M{number}", acknowledged_at=BEGIN)


def make(path: Path, seats: int) -> None:
    """A ledger with that vote, which is still open."""
    with Ledger.create(path, signer=SIGNER, log_signer=LOG_SIGNER, clock=lambda: BEGIN) as ledger:
        rules = procedure()
        roster = Roster(name="many", members=tuple(Seat(member=f"M{number}") for number in range(seats)))
        sha256 = ledger.adopt_procedure(rules, signer=SIGNER)
        snapshot = ledger.keep_snapshot(ledger.snapshot(rules, roster, None, BEGIN))
        tree, before = Frontier(), ledger.register().version
        for stored in ledger.streams.page(0, 100):
            tree.add(leaf_hash(stored.envelope))
        batch = []
        for number, act in enumerate(acts(seats, sha256, snapshot)):
            seen = Seen(tree.size, tree.root())
            at = BEGIN + timedelta(seconds=number // 10)
            entry = write_entry(
                act, stream=vote_stream(SYMBOL), index=number, register=before, signer=SIGNER, office=REGISTRAR,
                recorded_at=at, seen=seen,
            )  # fmt: skip
            tree.add(leaf_hash(entry.envelope))
            batch.append(entry)
        for start in range(0, len(batch), 1_000):
            ledger.streams.append(batch[start : start + 1_000])
        ledger.sequence()


def taken(work: Callable[[], object]) -> float:
    """The least processor time of some rounds, in seconds."""
    return min(_once(work) for _ in range(ROUNDS))


def _once(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


class Measured(NamedTuple):
    """Entries, and the seconds to open and check each, to verify the ledger, for status, and for the record."""

    entries: int
    opened: float
    verified: float
    status: float
    record: float


def measure(path: Path) -> Measured:
    """Measure a ledger with that vote."""
    with Ledger.open(path, read_only=True) as ledger:
        stored = [each for page in _pages(ledger) for each in page]

    def opened() -> None:
        for each in stored:
            read_entry(each.envelope).envelope.verify(SIGNER.public_key, verify_among_many)

    def verified() -> None:
        with Ledger.open(path, read_only=True) as ledger:
            whole(ledger, path, 1)

    def status() -> None:
        with Ledger.open(path, read_only=True) as ledger:
            status_json(roll_call(ledger.vote(SYMBOL), BEGIN))

    def record() -> None:
        with Ledger.open(path, read_only=True) as ledger:
            record_of(ledger.vote(SYMBOL))

    return Measured(len(stored), taken(opened), taken(verified), taken(status), taken(record))


def _pages(ledger: Ledger) -> Iterator[Sequence[StoredEntry]]:
    after = 0
    while found := ledger.streams.page(after, 500):
        yield found
        after = found[-1].cursor


def main() -> None:
    """Print the table."""
    gc.set_threshold(100_000, 2, 2)  # as the command line does
    seats = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        for number in (seats // 10, seats):
            path = Path(folder) / f"{number}.db"
            make(path, number)
            found = measure(path)
            times = {"entries opened": found.opened, "verify": found.verified, "status": found.status}
            line = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in {**times, "record": found.record}.items())
            ratio = found.status / found.verified
            print(f"{number:,} seats, {found.entries:,} entries: {line}; status is {ratio:.2f} of verify")


if __name__ == "__main__":
    main()
