"""``inblue seat``: seats that begin or end while voting is open, where the procedure allows it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.options import FILE, MOMENT
from ..desk.recording import perform, recording_desk, recording_options

_REASON = click.option("--reason", required=True, help="Why, in the words that go on record.")
_AT = click.option("--at", "changed_at", type=MOMENT, help="When (default: now).")
_PAPER = click.option("--file", type=FILE, required=True, help="Attach the paper that says so.")


@click.group()
def seat() -> None:
    """Begin or end a seat while voting is open, where that is allowed."""


@seat.command()
@click.argument("member")
@click.option("--permanent", is_flag=True, help="A permanent seat.")
@click.option("--weight", "weights", multiple=True, metavar="NAME=WEIGHT", help="Its weight by this measure.")
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="A group that the seat belongs to.")
@click.option("--advisory", is_flag=True, help="The seat replies, and is not counted.")
@click.option("--alternate", "alternates", multiple=True, metavar="MEMBER", help="Who may reply for the seat.")
@_REASON
@_AT
@_PAPER
@recording_options
def begin(weights: tuple[str, ...], **given: Any) -> None:
    """Record that the seat of MEMBER begins unexpectedly."""
    from ..procedures.seats import read_weight

    _change("begins", weights=dict(read_weight(each) for each in weights), **given)


@seat.command()
@click.argument("member")
@_REASON
@_AT
@_PAPER
@recording_options
def end(**given: Any) -> None:
    """Record that the seat of MEMBER ends unexpectedly."""
    _change("ends", **given)


def _change(change: Any, vote: str | None, file: Path, changed_at: datetime | date | None, **given: Any) -> None:
    from ...domain.optional_acts import ElectorateChanged

    with recording_desk(given) as at:
        act = ElectorateChanged(change=change, changed_at=changed_at or at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act, file=file)
