"""Verifying many ballots of one vote beside as many of a thousand votes: ``python ballots.py LEDGER BALLOTS VOTES``.

A thousand members have a key of their own each, and their ballots go round: ten of each in the one vote, and one of ten
of them in each of the thousand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from made import LOG_SIGNER, SIGNER
from table import Row, at_most
from verifying import ROUNDS, once

from inblue.domain.acts import Act, DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import SignedBallot
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register_acts import REGISTRAR, KeyEnrolled, KeyGrant
from inblue.domain.roster import Roster, Seat
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, StoredEntry, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer

BALLOTS, VOTES, MEMBERS = 10_000, 1_000, 1_000
_BEGIN = datetime(2026, 3, 27, 18, tzinfo=UTC)
_PAPER = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")


def rows(folder: Path) -> list[Row]:
    """The row of the table: seconds of processor time, one vote beside many."""
    one, many = folder / "one.db", folder / "many.db"
    make(one, BALLOTS, 1)
    make(many, BALLOTS, VOTES)
    taken: dict[str, list[float]] = {"one": [], "many": []}
    for _ in range(ROUNDS):
        for name, path in (("one", one), ("many", many)):
            taken[name].append(once("verify", path, "1")["processor"])
    what, beside = f"{BALLOTS:,} ballots in one vote, seconds", f"as many in {VOTES} votes"
    return [Row(what, taken["one"], beside, taken["many"], at_most(1.5), "s")]


def make(path: Path, ballots: int, votes: int) -> None:
    """Make a ledger with this number of ballots and votes."""
    names = [f"M{number}" for number in range(MEMBERS)]
    signers = {name: Ed25519Signer.from_seed(name.encode().ljust(32)) for name in names}
    rules = _rules(names)
    with Ledger.create(path, signer=SIGNER, log_signer=LOG_SIGNER, clock=lambda: _BEGIN) as ledger:
        procedure = ledger.adopt_procedure(rules, signer=SIGNER)
        start = ledger.register().version
        seen = Seen(ledger.checkpoint().size, ledger.checkpoint().root)
        _write(
            ledger, ((_enrolled(name, signers[name]), REGISTER_STREAM, start + n) for n, name in enumerate(names)), seen
        )
        roster = Roster(name="many", members=tuple(Seat(member=name, permanent=name == names[0]) for name in names))
        snapshot = ledger.keep_snapshot(ledger.snapshot(rules, roster, None, _BEGIN))
        symbols = [f"B/{number}" for number in range(votes)]
        ledger.record_all([(symbol, _opening(symbol, procedure, snapshot)) for symbol in symbols], signer=SIGNER,
                          office=REGISTRAR)  # fmt: skip
        register, seen = ledger.register(), Seen(ledger.checkpoint().size, ledger.checkpoint().root)
        each = ballots // votes
        for number, symbol in enumerate(symbols):
            blank = blank_of(ledger.vote(symbol), register)
            cast = (
                VoteCast(
                    member=name,
                    position="in_favour",
                    received_at=_BEGIN + timedelta(hours=1),
                    instrument=_PAPER,
                    ballot=SignedBallot(envelope=sign(blank.ballot(name, "in_favour"), signers[name])),
                )
                for name in (names[n % MEMBERS] for n in range(number * each, (number + 1) * each))
            )
            acts = ((act, vote_stream(symbol), 2 + n) for n, act in enumerate(cast))
            _write(ledger, acts, seen, register.version, sequence=False)
        ledger.sequence()


def _rules(names: Sequence[str]) -> Procedure:
    value: dict[str, Any] = {**built_in_procedure("unsc-2020-253").json_value(), "id": "many", "members": list(names)}
    value.pop("seats")
    return Procedure.of(value, where="the rules")


def _enrolled(name: str, signer: Ed25519Signer) -> KeyEnrolled:
    public = signer.public_key.hex()
    return KeyEnrolled(grant=KeyGrant(key=signer.key_id, public_key=public, office="delegation", member=name))


def _opening(symbol: str, procedure: str, snapshot: str) -> list[tuple[Act, datetime]]:
    draft = DraftCirculated(symbol=symbol, question="substantive", times="simulated", procedure=procedure)
    return [(draft, _BEGIN), (LetterSent(kind="opening", opens_at=_BEGIN, snapshot=snapshot), _BEGIN)]


def _write(
    ledger: Ledger,
    acts: Iterator[tuple[Any, str, int]],
    seen: Seen,
    register: int | None = None,
    *,
    sequence: bool = True,
) -> None:
    batch: list[StoredEntry] = []
    at = _BEGIN + timedelta(hours=1)
    for act, stream, index in acts:
        count = index if register is None else register
        batch.append(write_entry(act, stream=stream, index=index, register=count, signer=SIGNER, office=REGISTRAR,
                                 recorded_at=_BEGIN if register is None else at, seen=seen))  # fmt: skip
        if len(batch) == 1_000:
            ledger.streams.append(batch)
            batch = []
    if batch:
        ledger.streams.append(batch)
    if sequence:
        ledger.sequence()


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
