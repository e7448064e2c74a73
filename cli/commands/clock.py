"""``inblue clock``: disown a time that a wrong clock gave."""

from __future__ import annotations

from typing import Any

import click

from ..desk.options import agreement_options, signing_options
from ..desk.recording import keep, recording_desk


@click.group()
def clock() -> None:
    """Disown the time of an entry that a wrong clock gave."""


@clock.command()
@click.option("--vote", metavar="SYMBOL[#ROUND]", help="The vote that --act is in (default: the register).")
@click.option("--intake", is_flag=True, help="--act is in the stream of messages.")
@click.option("--act", type=click.IntRange(min=0), help="Which act, by its number (default: the log's last entry).")
@click.option("--reason", required=True, help="Why the time is wrong, in the words that go on record.")
@agreement_options
@signing_options
def disown(vote: str | None, intake: bool, act: int | None, reason: str, **given: Any) -> None:
    """Disown the time at which an entry says that it was recorded.

    The entry keeps its effect, but its time no longer limits later entries: acts can be recorded again at the right
    time. A reply whose time is disowned is documented at most.
    """
    from ...domain.instant import format_instant
    from ...ledger.hours import false_hour

    if (vote is not None or intake) and act is None:
        raise click.UsageError("--vote and --intake go with --act, the number of the act there")
    if vote is not None and intake:
        raise click.UsageError("--vote and --intake name two streams; give only one")
    with recording_desk(given) as at:
        disowned = false_hour(at.ledger.streams, reason, vote, act, of_messages=intake)
        place, hour = f"act {disowned.index} of {disowned.stream}", format_instant(disowned.recorded_at)
        keep(at, disowned, said=f"{place}: the hour {hour} is disowned")
