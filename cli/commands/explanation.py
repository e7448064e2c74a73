"""``inblue explanation``: file an explanation of vote."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ..desk.desk import which_vote
from ..desk.options import MOMENT
from ..desk.recording import file_option, perform, recording_desk, recording_options


@click.group()
def explanation() -> None:
    """File an explanation of vote."""


@explanation.command(name="file")
@click.argument("member")
@click.option("--filed-at", type=MOMENT, help="When it was filed (default: now).")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="May be given several times.")
@file_option
@recording_options
def file_explanation(
    member: str,
    filed_at: datetime | date | None,
    languages: tuple[str, ...],
    vote: str | None,
    file: Path | None,
    **given: Any,
) -> None:
    """Record a written statement of MEMBER."""
    from ...domain.acts import ExplanationFiled

    with recording_desk(given) as at:
        when = filed_at or at.ledger.clock()
        act = ExplanationFiled(member=member, filed_at=when, languages=languages, **given)
        perform(at, which_vote(at.ledger, vote), act, file=file)
