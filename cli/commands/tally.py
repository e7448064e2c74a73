"""``inblue tally``: circulate the tally."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.drafting import say_if_ours
from ..desk.recording import file_option, perform, recording_desk, recording_options


@click.group()
def tally() -> None:
    """Circulate the tally."""


@tally.command(name="circulate")
@file_option
@recording_options
def circulate_tally(vote: str | None, file: Path | None, **given: Any) -> None:
    """Record that the tally was circulated.

    The tally is the ledger's own count. --file is the list of votes as it was sent (inblue letter draft votes makes
    one).
    """
    from ...domain.ending_acts import TallyCirculated
    from ...domain.tally import tally as count

    with recording_desk(given) as at:
        symbol = which_vote(at.ledger, vote)
        before = at.ledger.vote(symbol)
        counts = count(before).counts
        if perform(at, symbol, TallyCirculated(counts=counts, circulated_at=at.ledger.clock(), **given), file=file):
            say_if_ours(file, before, at.ledger.files, "votes")
