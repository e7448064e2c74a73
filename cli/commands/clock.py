"""``inblue clock``: the way out where the ledger has an hour of a false clock."""

from __future__ import annotations

from typing import Any

import click

from ..desk.options import agreement_options, signing_options
from ..desk.recording import keep, recording_desk


@click.group()
def clock() -> None:
    """Disown the hour of an entry that a false clock gave."""


@clock.command()
@click.option("--vote", metavar="SYMBOL[#ROUND]", help="Of --act of this vote (default: of the register).")
@click.option("--intake", is_flag=True, help="Of --act of the stream of messages.")
@click.option("--act", type=click.IntRange(min=0), help="Which act, by its number (default: the log's last entry).")
@click.option("--reason", required=True, help="How the hour came to be false, as it should stand in the record.")
@agreement_options
@signing_options
def disown(vote: str | None, intake: bool, act: int | None, reason: str, **given: Any) -> None:
    """Disown the hour at which an entry says that it was recorded.

    The entry keeps its effect, and its hour bounds nothing any more: acts can be recorded again at the right hour. A
    reply whose hour is disowned is documented at most.
    """
    from ...domain.instant import format_instant
    from ...ledger.hours import false_hour

    if (vote is not None or intake) and act is None:
        raise click.UsageError("--vote and --intake go with --act, the number of the act there")
    if vote is not None and intake:
        raise click.UsageError("--vote and --intake name two streams; give one")
    with recording_desk(given) as at:
        disowned = false_hour(at.ledger.streams, reason, vote, act, of_messages=intake)
        place, hour = f"act {disowned.index} of {disowned.stream}", format_instant(disowned.recorded_at)
        keep(at, disowned, said=f"{place}: the hour {hour} is disowned")
