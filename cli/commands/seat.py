"""``inblue seat``: seats that begin or end while voting is open, where the procedure lets them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.options import FILE, MOMENT
from ..desk.recording import perform, recording_desk, recording_options

_REASON = click.option("--reason", required=True, help="Why, as it should stand in the record.")
_AT = click.option("--at", "changed_at", type=MOMENT, help="When (default: now).")
_PAPER = click.option("--file", type=FILE, required=True, help="Attach the paper that says so.")


@click.group()
def seat() -> None:
    """Begin or end a seat while voting is open, where that is allowed."""


@seat.command()
@click.argument("member")
@click.option("--permanent", is_flag=True, help="It is a permanent one.")
@click.option("--weight", "weights", multiple=True, metavar="NAME=WEIGHT", help="What it weighs, by this measure.")
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="A group that it belongs to.")
@click.option("--advisory", is_flag=True, help="It replies, and is counted nowhere.")
@click.option("--alternate", "alternates", multiple=True, metavar="MEMBER", help="Who may reply for it.")
@_REASON
@_AT
@_PAPER
@recording_options
def begin(weights: tuple[str, ...], **given: Any) -> None:
    """Say that the seat of MEMBER begins, which nobody foresaw."""
    from ..procedures.seats import read_weight

    _change("begins", weights=dict(read_weight(each) for each in weights), **given)


@seat.command()
@click.argument("member")
@_REASON
@_AT
@_PAPER
@recording_options
def end(**given: Any) -> None:
    """Say that the seat of MEMBER ends, which nobody foresaw."""
    _change("ends", **given)


def _change(change: Any, vote: str | None, file: Path, changed_at: datetime | date | None, **given: Any) -> None:
    from ...domain.optional_acts import ElectorateChanged

    with recording_desk(given) as at:
        act = ElectorateChanged(change=change, changed_at=changed_at or at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act, file=file)
