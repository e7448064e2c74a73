"""``inblue result``: announce the result."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.drafting import say_if_ours
from ..desk.options import MOMENT
from ..desk.recording import file_option, offered_president, perform, recording_desk, recording_options


@click.group()
def result() -> None:
    """Announce the result."""


@result.command(name="announce")
@click.option("--resolution", help="The number of the resolution, if adopted.")
@click.option("--by", metavar="MEMBER", help="The member that announced it (default: the key's member).")
@click.option("--announced-at", type=MOMENT, help="When it was announced (default: now).")
@click.option(
    "--corrects", type=click.IntRange(0), metavar="ACT", help="The number of the act with the wrong announcement."
)
@file_option
@recording_options
def announce_result(vote: str | None, announced_at: datetime | date | None, file: Path | None, **given: Any) -> None:
    """Record the announcement of the result.

    You do not give the outcome: it follows from the votes by the rules. To correct a wrong announcement, record another
    one with --corrects; both stay visible. --file is the announcement as it was sent or read out. When the command asks
    before it signs, it fills in the member that presides according to the register, unless you give --by.
    """
    from ...domain.ending_acts import ResultAnnounced
    from ..letters.words import day_of

    with recording_desk(given) as at:
        name = which_vote(at.ledger, vote)
        if given["by"] is None:
            given["by"] = offered_president(at, name, announced_at)
        act = ResultAnnounced(announced_at=announced_at or at.ledger.clock(), **given)
        before = at.ledger.vote(name)
        if perform(at, name, act, file=file):
            day = day_of(act.announced_at, before.zone)
            say_if_ours(file, before, at.ledger.files, "announcement", resolution=act.resolution, dated=day)
