"""A host program: another procedure tool that keeps its votes in an inblue ledger.

It opens a ledger in memory, runs a short vote on a clock of its own, and reads the roll call and the record. A real
host would pass a path, no clock, and keys of its own: anything with ``public_key`` and ``sign``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import inblue


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
    """Run the vote and print the result."""
    clock = HostClock(datetime(2026, 11, 2, 15, 0, tzinfo=UTC))
    registrar, log = inblue.Ed25519Signer.generate(), inblue.Ed25519Signer.generate()
    procedure = inblue.built_in_procedure("unsc-2020-253")
    roster = inblue.built_in_roster("unsc-2026")
    symbol = "HOST/2026/1"

    with inblue.Ledger.create(None, signer=registrar, log_signer=log, clock=clock) as ledger:
        ledger.adopt_procedure(procedure, signer=registrar)
        vote = ledger.at(symbol, signer=registrar)
        with vote.together(key="begin") as acts:
            acts.circulate(procedure, times="simulated")
            acts.open(roster, programme_of_work=True)

        for member in roster.ids:
            clock.advance(minutes=90)
            paper = inblue.Instrument(
                form="letter", office="permanent_representative", signed=True, addressee="president"
            )
            position = "abstention" if member in {"CHN", "RUS"} else "in_favour"
            vote.reply(member, position, paper, key=f"reply-of-{member}")
            vote.acknowledge(member)

        try:
            vote.close()
        except inblue.Refused as refusal:
            print(f"refused: {refusal}")
        clock.advance(hours=2)
        print(f"due: {', '.join(each.vote for each in ledger.due())}")
        ledger.close_due(signer=registrar)
        vote.announce()

        for seat in inblue.roll_call(vote.state, clock()).seats:
            print(f"{seat.member}  {seat.position or 'no reply'}")
        record = inblue.record_of(vote.state)
        print(record.tally.outcome, record.tally.counts)
        late = [each.reply.member for each in record.replies if each.verdict.placement != "inside"]
        print(f"outside the window: {', '.join(late) or 'nobody'}")
        print(f"findings: {len(record.findings)}")
        print(f"verifies: {ledger.verify().holds}")


if __name__ == "__main__":
    main()
