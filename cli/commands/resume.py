"""``inblue resume``: go on recording in a database that was promoted or restored."""

from __future__ import annotations

from pathlib import Path

import click

from ..desk.desk import ledger_address, open_ledger
from ..desk.files import read_file
from ..desk.options import FILE, ledger_option, policy_option
from ..desk.output import echo


@click.command()
@click.option("--known", type=FILE, metavar="NOTE", help="The newest checkpoint of the log that anyone has.")
@ledger_option
@policy_option
def resume(ledger: str | None, known: Path | None, policy: Path | None) -> None:
    """Go on recording in a database that was promoted or restored.

    A standby that lagged may lack acts that were acknowledged, and recording in it would sign a second history. So
    nothing is recorded in a promoted database until a checkpoint from elsewhere shows that nothing is missing. NOTE is
    that checkpoint: the output of inblue checkpoint, the file checkpoint of a published log, or what a witness serves.
    With a policy instead, its witnesses are asked; a quorum must have cosigned what is here, and nothing beyond it.
    """
    from ...ledger.operations.cosign import newest_by_witnesses
    from ...ledger.standards.witness_policy import read_policy

    with open_ledger(ledger_address(ledger)) as book:
        if known is not None:
            note = read_file(known)
        elif policy is not None:
            note = newest_by_witnesses(book, read_policy(policy))
        else:
            raise click.UsageError("give what shows that nothing is missing here: --known NOTE, or --policy FILE")
        size = book.resume(note).size
    echo(f"nothing of that checkpoint is missing in this database, which holds {size:,} entries; recording can go on")
