"""``inblue export``: write an evidence bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..desk.desk import reading
from ..desk.files import refuse_existing
from ..desk.options import signing_options
from ..desk.output import echo
from ..desk.recording import recording_desk


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@signing_options
@click.option("--vote", metavar="SYMBOL", help="The range of the log that holds this vote (default: the whole ledger).")
@click.option("--include-open", is_flag=True, help="Also if it discloses a vote that is not over.")
@click.option(
    "--current",
    is_flag=True,
    help="First record, with the registrar's key, how many acts the vote has: then the bundle shows that there are no "
    "more.",
)
def export(path: Path, vote: str | None, include_open: bool, current: bool, **given: Any) -> None:
    """Write an evidence bundle: one file that verifies by itself.

    The zip FILE takes the entries, the proofs, the files that the entries name, and the record. The same state of a
    ledger gives the same bytes. Nothing is recorded without --current, and no key is needed.
    """
    from ...domain.register_acts import REGISTRAR
    from ...domain.wording import count
    from ...ledger.operations.export import export as write
    from ...ledger.operations.export import state_acts

    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: there is no folder {path.absolute().parent}")
    if current and vote is None:
        raise click.UsageError("--current goes with --vote; a bundle of the whole ledger shows all that there is")
    refuse_existing(path)
    address = given["ledger"]
    if current and vote is not None:
        with recording_desk(given) as at:
            state_acts(at.ledger, vote, signer=at.signer, office=at.office or REGISTRAR, include_open=include_open)
    with reading(address) as book:
        done = write(book, path, vote=vote, include_open=include_open, current=current)
    entries = count(done.end - done.start, "entry", "entries")
    echo(f"wrote {path}: {done.size:,} bytes, {entries} ({done.start} to {done.end - 1}), verified")
    echo(str(done.as_of.said()))
    if done.others:
        echo(f"it also discloses entries of {', '.join(done.others)}")
