"""A host program: another procedure tool that keeps its votes in an inblue ledger.

It opens a ledger in memory, runs a short vote on a clock of its own, and reads the roll call and the record. A real
host would pass a path, no clock, and keys of its own: anything with ``public_key``, ``key_id`` and ``sign``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import inblue
from inblue import (
    DraftCirculated,
    Instrument,
    LetterSent,
    ReceiptAcknowledged,
    ResultAnnounced,
    VoteCast,
    VotingClosed,
)


class HostClock:
    """The host's clock, which the ledger asks for every instant it records."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


def main() -> None:
    """Run the vote and say what came of it."""
    clock = HostClock(datetime(2026, 11, 2, 15, 0, tzinfo=UTC))
    registrar, log = inblue.Ed25519Signer.generate(), inblue.Ed25519Signer.generate()
    procedure = inblue.built_in_procedure("unsc-2020-253")
    roster = inblue.built_in_roster("unsc-2026")
    symbol = "HOST/2026/1"

    with inblue.Ledger.create(None, signer=registrar, log_signer=log, clock=clock) as ledger:
        sha256 = ledger.adopt_procedure(procedure, signer=registrar)
        draft = DraftCirculated(
            symbol=symbol, question="substantive", times="simulated", procedure=sha256, circulated_at=clock()
        )
        ledger.perform(symbol, draft, signer=registrar)
        opening = LetterSent(kind="opening", opens_at=clock(), sent_at=clock(), programme_of_work=True)
        ledger.perform(symbol, opening, signer=registrar, roster=roster)

        for member in roster.ids:
            clock.advance(minutes=90)
            paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
            position = "abstention" if member in {"CHN", "RUS"} else "in_favour"
            cast = VoteCast(member=member, position=position, received_at=clock(), instrument=paper)
            ledger.perform(symbol, cast, signer=registrar)
            receipt = ReceiptAcknowledged(member=member, acknowledged_at=clock())
            ledger.perform(symbol, receipt, signer=registrar)

        try:
            ledger.perform(symbol, VotingClosed(), signer=registrar)
        except inblue.Refused as refusal:
            print(f"refused: {refusal}")
        clock.advance(hours=2)
        ledger.perform(symbol, VotingClosed(closed_at=clock()), signer=registrar)
        ledger.perform(symbol, ResultAnnounced(announced_at=clock()), signer=registrar)

        state = ledger.vote(symbol)
        for seat in inblue.roll_call(state, clock()).seats:
            print(f"{seat.member}  {seat.position or 'no reply'}")
        record = inblue.record_of(state)
        print(record.tally.outcome, record.tally.counts)
        late = [each.reply.member for each in record.replies if each.verdict.placement != "inside"]
        print(f"outside the window: {', '.join(late) or 'nobody'}")
        print(f"findings: {len(record.findings)}")
        print(f"verifies: {ledger.verify().holds}")


if __name__ == "__main__":
    main()
