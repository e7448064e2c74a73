"""``inblue entry``: correct a clerical error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.recording import file_option, perform, recording_desk, recording_options, reply_option


@click.group()
def entry() -> None:
    """Correct a clerical error."""


@entry.command()
@click.argument("member")
@click.option("--field", required=True, help="Such as instrument.signatory; the procedure lists what may be corrected.")
@click.option("--was", help="The value on record; leave out for none.")
@click.option("--now", "value", help="The right value; leave out for none.")
@click.option("--reason", required=True, help="How the error came about, as it should stand in the record.")
@reply_option
@file_option
@recording_options
def correct(
    member: str,
    reply: int,
    was: str | None,
    value: str | None,
    vote: str | None,
    file: Path | None,
    **given: Any,
) -> None:
    """Correct what was entered wrongly of MEMBER's reply. The old value stays in view."""
    from ...domain.acts import ClericalErrorCorrected

    with recording_desk(given) as at:
        act = ClericalErrorCorrected(
            member=member, reply=reply, was=_scalar(was), now=_scalar(value), corrected_at=at.ledger.clock(), **given
        )
        perform(at, which_vote(at.ledger, vote), act, file)


def _scalar(text: str | None) -> str | bool | None:
    return {"true": True, "false": False}.get(text, text) if text is not None else None
