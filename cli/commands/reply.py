"""``inblue reply``: reject a reply that offends a clause."""

from __future__ import annotations

from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.recording import perform, recording_desk, recording_options, reply_option


@click.group()
def reply() -> None:
    """Reject a reply that offends a clause."""


@reply.command()
@click.argument("member")
@click.option("--clause", required=True, help="The clause that the reply offends; see inblue procedure show.")
@click.option("--reason", required=True, help="Why, in the words that go on record.")
@reply_option
@recording_options
def reject(member: str, reply: int, vote: str | None, **given: Any) -> None:
    """Record that a reply does not count. What the rules reject by themselves needs no command."""
    from ...domain.acts import ReplyRejected

    with recording_desk(given) as at:
        act = ReplyRejected(member=member, reply=reply, rejected_at=at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act)
