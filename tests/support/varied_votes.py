"""Large ledgers of votes that differ: positions, hours of arrival, days without an hour; simulated, and they say so."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from many_votes import BEGAN, founded
from seats import COUNCIL_2020
from signers import REGISTRAR

from inblue.domain.acts import Act, DraftCirculated, LetterSent, VoteCast
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.ledger import Ledger

TOGETHER = 20
HERE = ZoneInfo("America/New_York")  # by whose days the procedure counts
PAPER = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")


def acts_of(ledger: Ledger, number: int) -> tuple[str, list[tuple[Act, datetime]]]:
    """A vote's symbol, and its acts with their instants. Every third has a veto; one member in seven is silent."""
    procedure, roster = built_in_procedure("unsc-2020-253"), COUNCIL_2020
    opened, symbol = BEGAN + timedelta(hours=2 * number), f"SIM/{number}"
    given = {"question": "substantive", "times": "simulated", "procedure": procedure.sha256}
    snapshot = ledger.keep_snapshot(ledger.snapshot(procedure, roster, "CHN", opened))
    acts: list[tuple[Act, datetime]] = [
        (DraftCirculated.of({"symbol": symbol, **given}, where="draft"), opened - timedelta(hours=1)),
        (LetterSent(kind="opening", opens_at=opened, snapshot=snapshot), opened),
    ]
    for place, member in enumerate(roster.ids):
        if (number + place) % 7 == 3:
            continue
        position = (
            "against" if number % 3 == 0 and member == "RUS" else "abstention" if place == number % 5 else "in_favour"
        )
        at = opened + timedelta(minutes=place + (23 * 60 + 15 if (number + place) % 4 == 0 else 0))
        received = at.astimezone(HERE).date() if (number + place) % 11 == 0 else at
        acts.append((VoteCast(member=member, position=position, received_at=received, instrument=PAPER), at))
    acts.sort(key=lambda act: act[1])
    closed = opened + timedelta(hours=24)
    acts += [(VotingClosed(closed_at=closed), closed), (ResultAnnounced(announced_at=closed), closed)]
    return symbol, acts


def with_votes(votes: int, path: Path) -> Ledger:
    """A ledger of ``votes`` votes, in a file."""
    ledger = founded(path)
    for first in range(0, votes, TOGETHER):
        made = [acts_of(ledger, number) for number in range(first, min(votes, first + TOGETHER))]
        ledger.record_all(made, signer=REGISTRAR, office="registrar")
    return ledger
