"""``inblue fact``: record facts that bear on a vote, and list what is on record of them."""

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
    """Record facts that bear on a vote, and list them."""


@fact.command()
@click.argument("fact")
@click.option("--present", "status", flag_value="present", default="present", help="It is so (default).")
@click.option("--missing", "status", flag_value="missing", help="It is found not to be so.")
@click.option("--at", "established_at", type=MOMENT, help="When it came about, or was found missing (default: now).")
@click.option("--by", help="Who says so.")
@file_option
@recording_options
def record(
    fact: str, status: Any, established_at: datetime | date | None, vote: str | None, file: Path | None, **given: Any
) -> None:
    """Record whether FACT is present or missing.

    inblue fact list has those facts. What an act on record says is overtaken by one about a later time.
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
    """List the facts that bear on a vote, and what is on record of each."""
    from ..procedures.facts import print_facts

    with reading(ledger) as book:
        print_facts(book.vote(which_vote(book, vote)), lang)
