"""``inblue result``: announce the result."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.options import MOMENT
from ..desk.recording import file_option, perform, recording_desk, recording_options
from ..letters.drafting import say_if_ours


@click.group()
def result() -> None:
    """Announce the result."""


@result.command(name="announce")
@click.option("--resolution", help="The number of the resolution, if adopted.")
@click.option("--by", metavar="MEMBER", help="The member that announced it (default: the key's, if it has one).")
@click.option("--announced-at", type=MOMENT, help="When it was announced (default: now).")
@click.option("--corrects", type=click.IntRange(0), metavar="ACT", help="The announcement that was wrong, by its act.")
@file_option
@recording_options
def announce_result(vote: str | None, announced_at: datetime | date | None, file: Path | None, **given: Any) -> None:
    """Record the announcement of the result.

    The outcome is not asked for: it is what the rules make of the votes. An announcement that was wrong is corrected by
    another one, with --corrects; both stay in view. --file is the announcement as it was sent or read out.
    """
    from ...domain.ending_acts import ResultAnnounced
    from ..letters.words import day_of

    with recording_desk(given) as at:
        act = ResultAnnounced(announced_at=announced_at or at.ledger.clock(), **given)
        name = which_vote(at.ledger, vote)
        before = at.ledger.vote(name)
        if perform(at, name, act, file=file):
            day = day_of(act.announced_at, before.zone)
            say_if_ours(file, before, at.ledger.files, "announcement", resolution=act.resolution, dated=day)
