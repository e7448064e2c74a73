"""Publishing the log, and auditing what others publish."""

from __future__ import annotations

import click

from ..desk.desk import reading
from ..desk.options import ledger_option
from ..desk.output import echo


@click.command()
@click.argument("folder", metavar="DIR")
@ledger_option
@click.option("--include-open", is_flag=True, help="Go on even if this discloses a vote that is not over.")
def publish(folder: str, ledger: str | None, include_open: bool) -> None:
    """Write the log as static files that anybody can audit.

    DIR gets the checkpoint, hash tiles and entry bundles (C2SP tlog-tiles), and the files that entries name. Files that
    are there already are kept: run it again after each vote. Any web server can serve DIR, and inblue verify ADDRESS
    audits it. DIR may be s3://BUCKET/PREFIX, with keys from the environment or a profile, as for AWS's tools.
    """
    from ...domain.wording import count
    from ...ledger.operations.publish import publish as write

    with reading(ledger) as book:
        done = write(book, folder, include_open=include_open)
    entries, files = count(done.size - done.before, "entry", "entries"), count(done.files, "file", "files")
    echo(f"published in {folder}: {entries} more, {done.size:,} in all; {files} written")
