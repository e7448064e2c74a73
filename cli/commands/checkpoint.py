"""``inblue checkpoint``: print the log's latest signed checkpoint."""

from __future__ import annotations

import click

from ..desk.desk import reading
from ..desk.options import ledger_option
from ..desk.output import echo_text


@click.command()
@ledger_option
def checkpoint(ledger: str | None) -> None:
    """Print the log's latest signed checkpoint.

    It is a C2SP signed note of the log's name, size and root, with the signatures of the witnesses that cosigned it.
    Give a copy to someone else: it shows later whether the ledger still holds the same entries.
    """
    from ...ledger.errors import NotFound
    from ...ledger.log.log import cosigned_head

    with reading(ledger) as book:
        book.checkpoint()
        head = book.log.head()
        if head is None:
            raise NotFound("the ledger has no checkpoint yet")
        echo_text(cosigned_head(book.log, head))
