"""``inblue window``: move the deadline, or suspend the window, where the procedure allows it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.options import INSTANT
from ..desk.recording import file_option, perform, recording_desk, recording_options


@click.group()
def window() -> None:
    """Move the deadline, or suspend the window and resume it."""


@window.command()
@click.argument("closes_at", type=INSTANT)
@recording_options
def change(closes_at: datetime, vote: str | None, **given: Any) -> None:
    """Move the deadline to CLOSES_AT."""
    from ...domain.acts import WindowChanged

    with recording_desk(given) as at:
        act = WindowChanged(closes_at=closes_at, changed_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)


@window.command()
@click.option("--reason", required=True, help="Why, in the words that go on record.")
@click.option("--by", metavar="MEMBER", help="The member that asked for it.")
@click.option("--at", "suspended_at", type=INSTANT, help="From when (default: now).")
@file_option
@recording_options
def suspend(vote: str | None, file: Path | None, suspended_at: datetime | None, **given: Any) -> None:
    """Suspend the window, for example for a hold. Its end moves by the same time."""
    from ...domain.optional_acts import WindowSuspended

    with recording_desk(given) as at:
        act = WindowSuspended(suspended_at=suspended_at or at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act, file=file)


@window.command()
@click.option("--at", "resumed_at", type=INSTANT, help="From when (default: now).")
@recording_options
def resume(vote: str | None, resumed_at: datetime | None, **given: Any) -> None:
    """Resume the window after it was suspended."""
    from ...domain.optional_acts import WindowResumed

    with recording_desk(given) as at:
        act = WindowResumed(resumed_at=resumed_at or at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)
