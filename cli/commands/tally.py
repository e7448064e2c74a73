"""``inblue tally``: circulate the tally."""

from __future__ import annotations

from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.recording import perform, recording_desk, recording_options


@click.group()
def tally() -> None:
    """Circulate the tally."""


@tally.command(name="circulate")
@recording_options
def circulate_tally(vote: str | None, **given: Any) -> None:
    """Record that the ledger's count was circulated."""
    from ...domain.ending_acts import TallyCirculated
    from ...domain.tally import tally as count

    with recording_desk(given) as at:
        symbol = which_vote(at.ledger, vote)
        counts = count(at.ledger.vote(symbol)).counts
        perform(at, symbol, TallyCirculated(counts=counts, circulated_at=at.ledger.clock(), **given))
