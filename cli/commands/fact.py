"""``inblue fact``: record facts that a vote depends on, and list them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ..desk.desk import reading, which_vote
from ..desk.options import MOMENT, lang_option, ledger_option, vote_option
from ..desk.recording import file_option, perform, recording_desk, recording_options


@click.group()
def fact() -> None:
    """Record facts that a vote depends on, and list them."""


@fact.command()
@click.argument("fact")
@click.option("--present", "status", flag_value="present", default="present", help="The fact is present (default).")
@click.option("--missing", "status", flag_value="missing", help="The fact was found missing.")
@click.option("--at", "established_at", type=MOMENT, help="When it became so, or was found missing (default: now).")
@click.option("--by", help="Who says so.")
@file_option
@recording_options
def record(
    fact: str, status: Any, established_at: datetime | date | None, vote: str | None, file: Path | None, **given: Any
) -> None:
    """Record whether FACT is present or missing.

    inblue fact list names the facts. A later fact replaces an earlier one: what counts is the time that each is about.
    """
    from ...domain.optional_acts import FactRecorded

    with recording_desk(given) as at:
        act = FactRecorded(fact=fact, status=status, established_at=established_at or at.ledger.clock(), **given)
        perform(at, which_vote(at.ledger, vote), act, file=file)


@fact.command(name="list")
@ledger_option
@vote_option
@lang_option
def list_facts(ledger: str | None, vote: str | None, lang: Any) -> None:
    """List the facts that a vote depends on, with what is on record."""
    from ..procedures.facts import print_facts

    with reading(ledger) as book:
        print_facts(book.vote(which_vote(book, vote)), lang)
