"""``inblue export``: write an evidence bundle, or the tables of the votes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..desk.files import refuse_existing
from ..desk.options import signing_options, trust_option
from ..desk.output import echo, tell
from ..desk.place import Named, as_ledger, checked, named_place
from ..desk.recording import recording_desk

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("path", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--csv", "csv", metavar="FOLDER", type=_FOLDER, help="Write four tables to FOLDER instead, as CSV files.")
@click.option("--parquet", metavar="FOLDER", type=_FOLDER, help="The same, as Parquet files (needs inblue[tables]).")
@signing_options
@click.option(
    "--vote",
    metavar="SYMBOL[#ROUND]",
    help="The range of the log that holds this vote; of tables, this vote's rows (default: the whole ledger).",
)
@trust_option
@click.option("--include-open", is_flag=True, help="Go on even if this discloses a vote that is not over.")
@click.option(
    "--current",
    is_flag=True,
    help="First record, with the registrar's key, how many acts the vote has: then the bundle shows that there are no "
    "more.",
)
def export(
    path: Path | None,
    csv: Path | None,
    parquet: Path | None,
    vote: str | None,
    trust: Path | None,
    include_open: bool,
    current: bool,
    **given: Any,
) -> None:
    """Write a bundle that verifies by itself, or tables for analysts.

    The bundle is a zip FILE with the entries, the proofs, the files that the entries name, and the record. The same
    state of a ledger gives the same bytes. Without --current nothing is recorded, and no key is needed.

    --csv and --parquet write a new FOLDER with four tables for analysts (votes, seats, replies and findings) and
    about.json, which says what they rest on. The whole log is verified first. For a vote that is not over, only its
    symbol and deadline are written. --ledger may then also be a bundle, or a published log in a folder or at an
    address.
    """
    wanted = [each for each in (path, csv, parquet) if each is not None]
    if len(wanted) != 1:
        raise click.UsageError("give one of FILE (a bundle), --csv FOLDER and --parquet FOLDER")
    if path is None:
        if current:
            raise click.UsageError("--current goes with a bundle; tables are always as of the last entry")
        named = named_place(None, given["ledger"])
        _tables(wanted[0], named, vote, trust, include_open, as_csv=csv is not None)
        return
    if trust is not None:
        raise click.UsageError("--trust goes with --csv and --parquet; whoever reads a bundle checks it")
    _bundle(path, vote, include_open, current, given)


def _bundle(path: Path, vote: str | None, include_open: bool, current: bool, given: dict[str, Any]) -> None:
    from ...domain.register_acts import REGISTRAR
    from ...domain.wording import count
    from ...ledger.operations.export import export as write
    from ...ledger.operations.export import state_acts

    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: no such folder: {path.absolute().parent}")
    if current and vote is None:
        raise click.UsageError("--current goes with --vote; a bundle of the whole ledger shows all that there is")
    refuse_existing(path)
    named = named_place(None, given["ledger"])
    if named.kind == "bundle":
        raise click.UsageError(f"{named.text} is a bundle already; --csv and --parquet make tables of it")
    if current and named.kind == "published":
        raise click.UsageError("--current records an entry, and nothing is recorded in a published log")
    if current and vote is not None:
        with recording_desk(given) as at:
            state_acts(at.ledger, vote, signer=at.signer, office=at.office or REGISTRAR, include_open=include_open)
    with as_ledger(named) as book:
        done = write(book, path, vote=vote, include_open=include_open, current=current)
    entries = count(done.end - done.start, "entry", "entries")
    tell(f"wrote {path}: {done.size:,} bytes, {entries} ({done.start} to {done.end - 1}), verified")
    echo(str(done.as_of.said()))
    if done.others:
        echo(f"it also discloses entries of {', '.join(done.others)}")


def _tables(
    folder: Path, named: Named, vote: str | None, trust: Path | None, include_open: bool, *, as_csv: bool
) -> None:
    from ...domain.wording import count
    from ...ledger.evidence.trust import read_trust
    from ...ledger.tables.write import write_tables
    from ..terminal.verification import print_unchecked

    refuse_existing(folder)
    with checked(named, read_trust(trust) if trust is not None else None) as (found, _, _):
        if vote is not None and found.holds and vote not in found.states:
            where = "here" if named.kind != "ledger" else "on record"
            raise click.UsageError(f"no vote on {vote!r} is {where}; there is {', '.join(found.states) or 'none yet'}")
        done = write_tables(found, folder, "csv" if as_csv else "parquet", vote=vote, include_open=include_open)
    rows = ", ".join(f"{name} {number:,}" for name, number in done.rows.items())
    tell(f"wrote {folder}: {rows} (rows), and about.json; the log was verified")
    if done.as_of is not None:
        echo(str(done.as_of.said()))
    if done.not_disclosed:
        number, names = len(done.not_disclosed), ", ".join(each.vote for each in done.not_disclosed[:10])
        left = f" and {number - 10:,} more" if number > 10 else ""
        votes = count(number, "vote is", "votes are")
        echo(f"{votes} not over, and not in the tables: {names}{left}; --include-open writes them too")
    print_unchecked(found, given=trust is not None)
