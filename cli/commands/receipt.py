"""``inblue receipt``: acknowledge a reply, and write the member's receipt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import reading, which_vote
from ..desk.files import refuse_existing, write_new
from ..desk.options import FILE, ledger_option, vote_option
from ..desk.output import tell
from ..desk.proof import seek_proof
from ..desk.recording import perform, recording_desk, recording_options, reply_option

if TYPE_CHECKING:
    from ...ledger.ledger import Ledger


@click.group()
def receipt() -> None:
    """Acknowledge a reply."""


@receipt.command()
@click.argument("member")
@click.option("--write", "file", type=FILE, metavar="FILE", help="Write the member's receipt to this file.")
@reply_option
@recording_options
def acknowledge(member: str, reply: int, file: Path | None, vote: str | None, **given: Any) -> None:
    """Record that the receipt of MEMBER's reply was acknowledged.

    The file that --write makes is for the member: with it, inblue verify --against FILE shows whether a ledger or
    bundle still holds the reply.
    """
    from ...domain.acts import ReceiptAcknowledged

    if file is not None:
        refuse_existing(file)
    with recording_desk(given) as at:
        symbol = which_vote(at.ledger, vote)
        act = ReceiptAcknowledged(member=member, reply=reply, acknowledged_at=at.ledger.clock(), **given)
        perform(at, symbol, act)
        seek_proof(at.ledger)
        if file is not None:
            _write_receipt(at.ledger, symbol, member, reply, file)


@receipt.command()
@click.argument("member")
@click.argument("file", type=FILE)
@reply_option
@ledger_option
@vote_option
def write(member: str, file: Path, reply: int, ledger: str | None, vote: str | None) -> None:
    """Write the receipt of a reply to FILE.

    It stands under the log's latest checkpoint.
    """
    refuse_existing(file)
    with reading(ledger) as book:
        _write_receipt(book, which_vote(book, vote), member, reply, file)


def _write_receipt(book: Ledger, symbol: str, member: str, reply: int, file: Path) -> None:
    """Write a receipt; nothing that is there is replaced."""
    from ...ledger.operations.export import issue_receipt

    write_new(file, issue_receipt(book, symbol, member, reply).canonical() + b"\n", private=True)
    tell(f"wrote {file}: the receipt of {member}")
