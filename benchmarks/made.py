"""A ledger of as many entries as asked for, made up, for measuring: votes of forty acts, five going on at a time.

Replies on paper without attached files. Every entry has seen the checkpoint over all entries before it, as at a desk
where each act is acknowledged by itself; signed heads are written every few thousand entries, or making it would take
hours.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inblue.domain.acts import Act, DraftCirculated, ExplanationFiled, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import REGISTRAR
from inblue.domain.roster import Roster, Seat, built_in_roster
from inblue.ledger.entries.entry import Seen, StoredEntry, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import Frontier, leaf_hash

SIGNER, LOG_SIGNER = Ed25519Signer.from_seed(b"r" * 32), Ed25519Signer.from_seed(b"l" * 32)
AT_A_TIME = 5
ACTS_OF_A_VOTE = 40
_BEGIN = datetime(2020, 3, 27, 18, 0, tzinfo=UTC)
_HEAD_EVERY = 5_000
_BATCH = 1_000
_MINUTE = timedelta(minutes=1)

COUNCIL = Roster(
    name="council",  # the fifteen of 2020 without their terms: the votes go on for years
    members=tuple(Seat(member=seat.member, permanent=seat.permanent) for seat in built_in_roster("unsc-2020").members),
)


def acts_of(symbol: str, procedure: str, snapshot: str, opens_at: datetime) -> Iterator[tuple[Act, datetime]]:
    """Forty acts of one vote, with the instants at which they are recorded."""
    members = COUNCIL.ids
    yield DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure), opens_at - _MINUTE
    yield LetterSent(kind="procedure", sent_at=opens_at, symbol=f"{symbol}/letter", sender="CHN"), opens_at
    yield LetterSent(kind="opening", sent_at=opens_at, opens_at=opens_at, snapshot=snapshot), opens_at
    for number, member in enumerate(members):
        at = opens_at + timedelta(minutes=30 + 60 * number)
        paper = Instrument(
            form="letter",
            dated=at.date(),
            office="permanent_representative",
            signatory=f"The Permanent Representative of {member}",
            signed=True,
            addressee="president",
            language="en",
        )
        yield VoteCast(member=member, position="in_favour", received_at=at, instrument=paper, explanation="silent"), at
        yield ReceiptAcknowledged(member=member, acknowledged_at=at + _MINUTE), at + _MINUTE
    over = opens_at + timedelta(hours=24, seconds=1)
    yield ExplanationFiled(member="DEU", filed_at=over, languages=("en",)), over
    yield ExplanationFiled(member="RUS", filed_at=over, languages=("ru",)), over
    yield VotingClosed(closed_at=over), over
    counts = {"in_favour": 15, "against": 0, "abstention": 0, "absent": 0}
    yield TallyCirculated(counts=counts, circulated_at=over), over
    yield ResultAnnounced(announced_at=over, outcome="adopted"), over
    yield LetterSent(kind="outcome", sent_at=over), over
    yield LetterSent(kind="compendium", sent_at=over), over


def make(path: Path, entries: int) -> None:
    """Make a ledger with ``entries`` entries in the file ``path``."""
    with Ledger.create(path, signer=SIGNER, log_signer=LOG_SIGNER, clock=lambda: _BEGIN) as ledger:
        rules, roster = built_in_procedure("unsc-2020-253"), COUNCIL
        procedure = ledger.adopt_procedure(rules, signer=SIGNER)
        ledger.adopt_roster(roster, signer=SIGNER)
        snapshot = ledger.keep_snapshot(ledger.snapshot(rules, roster, "CHN", _BEGIN))
        tree, before = Frontier(), ledger.register().version
        for stored in ledger.streams.page(0, 100):
            tree.add(leaf_hash(stored.envelope))
        batch: list[StoredEntry] = []
        for symbol, number, act, at in _interleaved(procedure, snapshot):
            if tree.size == entries:
                break
            entry = write_entry(
                act,
                stream=vote_stream(symbol),
                index=number,
                register=before,
                signer=SIGNER,
                office=REGISTRAR,
                recorded_at=at,
                seen=Seen(tree.size, tree.root()),
            )
            tree.add(leaf_hash(entry.envelope))
            batch.append(entry)
            if len(batch) == _BATCH:
                ledger.streams.append(batch)
                batch = []
            if tree.size % _HEAD_EVERY == 0:
                ledger.streams.append(batch) if batch else None
                batch = []
                ledger.sequence()
        if batch:
            ledger.streams.append(batch)
        ledger.sequence()


def _interleaved(procedure: str, snapshot: str) -> Iterator[tuple[str, int, Act, datetime]]:
    group = 0
    while True:
        opens_at = _BEGIN + timedelta(days=2 * group)
        symbols = [f"S/M/{group * AT_A_TIME + n + 1}" for n in range(AT_A_TIME)]
        votes = [acts_of(symbol, procedure, snapshot, opens_at) for symbol in symbols]
        for number, step in enumerate(zip(*votes, strict=True)):
            for symbol, (act, at) in zip(symbols, step, strict=True):
                yield symbol, number, act, at
        group += 1


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
