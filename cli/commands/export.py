"""``inblue export``: write an evidence bundle."""

from __future__ import annotations

from pathlib import Path

import click

from ..desk.desk import reading
from ..desk.options import ledger_option


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@ledger_option
@click.option("--vote", metavar="SYMBOL", help="The range of the log that holds this vote (default: the whole ledger).")
@click.option("--include-open", is_flag=True, help="Also if it discloses a vote that is not over.")
def export(path: Path, ledger: str | None, vote: str | None, include_open: bool) -> None:
    """Write an evidence bundle: one file that verifies by itself.

    The zip FILE takes the entries, the proofs, the files that the entries name, and the record. The same state of a
    ledger gives the same bytes.
    """
    from ...domain.wording import count
    from ...ledger.operations.export import export as write

    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: there is no folder {path.absolute().parent}")
    with reading(ledger) as book:
        done = write(book, path, vote=vote, include_open=include_open)
    entries = count(done.end - done.start, "entry", "entries")
    click.echo(f"wrote {path}: {done.size:,} bytes, {entries} ({done.start} to {done.end - 1}), verified")
    if done.others:
        click.echo(f"it also discloses entries of {', '.join(done.others)}")
