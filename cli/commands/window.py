"""``inblue window``: move the deadline, where the procedure allows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.options import INSTANT
from ..desk.recording import perform, recording_desk, recording_options


@click.group()
def window() -> None:
    """Move the deadline, where the procedure allows it."""


@window.command()
@click.argument("closes_at", type=INSTANT)
@recording_options
def change(closes_at: datetime, vote: str | None, **given: Any) -> None:
    """Move the deadline to CLOSES_AT."""
    from ...domain.acts import WindowChanged

    with recording_desk(given) as at:
        act = WindowChanged(closes_at=closes_at, changed_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)
