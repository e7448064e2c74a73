"""``inblue co-sponsorship``: announce a co-sponsorship."""

from __future__ import annotations

from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.recording import perform, recording_desk, recording_options


@click.group()
def co_sponsorship() -> None:
    """Announce a co-sponsorship."""


@co_sponsorship.command(name="announce")
@click.argument("member")
@recording_options
def announce_co_sponsorship(member: str, vote: str | None, **given: Any) -> None:
    """Record that MEMBER co-sponsors the text."""
    from ...domain.acts import CoSponsorshipAnnounced

    with recording_desk(given) as at:
        act = CoSponsorshipAnnounced(member=member, announced_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)
