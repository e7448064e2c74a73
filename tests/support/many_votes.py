"""Large ledgers of simulated votes: drafts, openings, replies, acknowledgements, closes, results; they say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from seats import COUNCIL_2020
from signers import LOG, REGISTRAR

from inblue.domain.acts import Act, DraftCirculated, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.ledger import Ledger

ORIGIN = "example.org/simulated"
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENTRIES_OF_A_VOTE = 34


def founded(path: Path | None = None) -> Ledger:
    """A ledger without a vote, in a file or in memory; the one in the file if there is one."""
    if path is not None and path.exists():
        return Ledger.open(path, log_signer=LOG)
    ledger = Ledger.create(path, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN, clock=lambda: BEGAN)
    ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    return ledger


def vote(ledger: Ledger, number: int, *, position: str = "in_favour", until: int = ENTRIES_OF_A_VOTE) -> str:
    """Record the whole of a vote in one go, or its first acts; return the symbol."""
    symbol, acts = acts_of(ledger, number, position)
    ledger.record_all([(symbol, acts[:until])], signer=REGISTRAR, office="registrar")
    return symbol


def acts_of(ledger: Ledger, number: int, position: str = "in_favour") -> tuple[str, list[tuple[Act, datetime]]]:
    """A vote's symbol, and its acts with their instants."""
    procedure, roster = built_in_procedure("unsc-2020-253"), COUNCIL_2020
    opened, symbol = BEGAN + timedelta(hours=2 * number), f"SIM/{number}"
    given = {"question": "substantive", "times": "simulated", "procedure": procedure.sha256}
    snapshot = ledger.keep_snapshot(ledger.snapshot(procedure, roster, "CHN", opened))
    acts: list[tuple[Act, datetime]] = [
        (DraftCirculated.of({"symbol": symbol, **given}, where="draft"), opened - timedelta(hours=1)),
        (LetterSent(kind="opening", opens_at=opened, snapshot=snapshot), opened),
    ]
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    for minute, member in enumerate(roster.ids, start=1):
        at = opened + timedelta(minutes=minute)
        acts.append((VoteCast(member=member, position=position, received_at=at, instrument=paper), at))
        acts.append((ReceiptAcknowledged(member=member, reply=1), at + timedelta(seconds=30)))
    closed = opened + timedelta(hours=24)
    acts.append((VotingClosed(closed_at=closed), closed))
    acts.append((ResultAnnounced(announced_at=closed), closed))
    return symbol, acts


def finish(ledger: Ledger, number: int, done: int) -> None:
    """Record the rest of a vote of which ``done`` acts are recorded."""
    held = founded()
    vote(held, number)
    acts = [(each.act, each.recorded_at) for each in held.acts(f"SIM/{number}")]
    ledger.record_all([(f"SIM/{number}", acts[done:])], signer=REGISTRAR, office="registrar")


def with_votes(votes: int, path: Path | None = None, **given: str) -> Ledger:
    """A ledger of this number of votes."""
    ledger = founded(path)
    for number in range(votes):
        vote(ledger, number, **given)  # type: ignore[arg-type]
    return ledger
