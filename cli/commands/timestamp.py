"""``inblue timestamp``: fetch the timestamps that the latest checkpoint lacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.desk import ledger_address, open_ledger
from ..desk.options import authorities_option, ledger_option
from ..desk.output import echo

if TYPE_CHECKING:
    from ...ledger.operations.timestamps import Fetched


@click.command()
@ledger_option
@authorities_option
@click.option(
    "--anew", is_flag=True, help="Ask even if there is a timestamp already: it shows that the next entry is later."
)
@click.option(
    "--revocation/--no-revocation",
    default=True,
    help="Ask whether the authorities' certificates are revoked (default: ask).",
)
def timestamp(ledger: str | None, authorities: Path | None, anew: bool, revocation: bool) -> int:
    """Fetch the timestamps that the latest checkpoint lacks.

    A token of a timestamp authority (RFC 3161) shows that every entry under the checkpoint existed by its time. Where
    INBLUE_AUTHORITIES is set, commands that record ask for one by themselves; this command asks again for what is
    missing. It also asks, where the authorities' certificates name a place to ask, whether they are revoked, and keeps
    the answers in the tokens. Exit status 1 if a timestamp is still missing.
    """
    from ...ledger.operations.authorities import read_sources
    from ...ledger.operations.timestamps import stamp_head

    if authorities is None:
        raise click.UsageError("no timestamp authorities are named; give --authorities FILE or set INBLUE_AUTHORITIES")
    sources = read_sources(authorities)
    with open_ledger(ledger_address(ledger)) as book:
        fetched = {each.authority: each for each in stamp_head(book, sources, anew=anew, revocation=revocation)}
        size = book.checkpoint().size
    for source in sources:
        name = source.authority.name
        echo(f"{name}: {_told(fetched.get(name))} (size {size})")
        for said in fetched[name].unknown if name in fetched else ():
            echo(f"{name}: {said}")
    return 1 if any(each.fault for each in fetched.values()) else 0


def _told(fetched: Fetched | None) -> str:
    from ...domain.instant import format_instant

    if fetched is None or fetched.was_there:
        return "is there already"
    if fetched.timestamp is None:
        return f"no timestamp: {fetched.fault}"
    return (
        f"{format_instant(fetched.timestamp.gen_time)}, give or take {fetched.timestamp.accuracy.total_seconds():g} s"
    )
