"""``inblue receipt``: acknowledge a reply, write the member's receipt, show one in words, check it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..delegation.own import delegation_option
from ..desk.desk import reading, which_vote
from ..desk.drafting import say_if_ours
from ..desk.files import refuse_existing, write_new
from ..desk.options import FILE, json_option, lang_option, ledger_option, trust_option, vote_option
from ..desk.output import answering, print_json, tell
from ..desk.recording import file_option, is_asked, perform, recording_desk, recording_options, reply_option

if TYPE_CHECKING:
    from ...domain.state import VoteState
    from ...ledger.ledger import Ledger
    from ..language.english import Language


@click.group()
def receipt() -> None:
    """Acknowledge a reply; show and check a receipt."""


@receipt.command()
@click.argument("member", required=False)
@click.option("--all", "every", is_flag=True, help="Acknowledge every reply that is owed it, in one go.")
@click.option("--write", "written", type=FILE, metavar="FILE", help="Write the member's receipt to this file.")
@reply_option
@file_option
@recording_options
def acknowledge(
    member: str | None,
    every: bool,
    reply: int,
    written: Path | None,
    file: Path | None,
    vote: str | None,
    **given: Any,
) -> None:
    """Record that the receipt of MEMBER's reply was acknowledged.

    With --all, it acknowledges every reply that is owed an acknowledgement (inblue status names them); so it does
    without MEMBER when it asks before it signs.

    Give the file that --write makes to the member: inblue verify --against FILE shows whether a ledger or bundle still
    holds the reply. --file is the acknowledgement as it was sent (inblue letter draft makes one).
    """
    from ...domain.acts import ReceiptAcknowledged

    every = every or (member is None and is_asked())
    if every == (member is not None) or (every and (written or file)):
        raise click.UsageError("give MEMBER, or --all without --write and --file; inblue receipt write writes one")
    if written is not None:
        refuse_existing(written)
    with recording_desk(given) as at:
        symbol, now = which_vote(at.ledger, vote), at.ledger.clock()
        before = at.ledger.vote(symbol)
        whose = _owed(before, now) if member is None else [(member, reply)]
        if not whose:
            tell(f"{symbol}: no acknowledgement is owed")
            return
        acts = [ReceiptAcknowledged(member=of, reply=nth, acknowledged_at=now, **given) for of, nth in whose]
        if not perform(at, symbol, *acts, file=file) or member is None:
            return
        if written is not None:
            at.seek_proof()  # the receipt includes it
            _write_receipt(at.ledger, symbol, member, reply, written)
        say_if_ours(file, before, at.ledger.files, "acknowledgement", member=member, reply=reply)


def _owed(state: VoteState, now: datetime) -> list[tuple[str, int]]:
    """The members that are owed an acknowledgement, and for which reply."""
    from ...ledger.projections.roll_call import roll_call

    return [(each.member, each.ordinal) for each in roll_call(state, now).owed]


@receipt.command()
@click.argument("member")
@click.argument("file", type=FILE)
@reply_option
@ledger_option
@vote_option
def write(member: str, file: Path, reply: int, ledger: str | None, vote: str | None) -> None:
    """Write the receipt of a reply to FILE.

    It proves the reply under the log's latest checkpoint.
    """
    refuse_existing(file)
    with reading(ledger) as book:
        _write_receipt(book, which_vote(book, vote), member, reply, file)


_AGAINST = click.option(
    "--against",
    metavar="SOURCE",
    help="A ledger, a bundle or a published log: is the reply there, and was it rejected or voided?",
)


@receipt.command()
@click.argument("file", type=FILE)
@_AGAINST
@trust_option
@delegation_option
@click.option("--html", "page", type=FILE, metavar="PAGE", help="Write it as one HTML page that checks itself.")
@lang_option
def show(
    file: Path, against: str | None, trust: Path | None, delegation: Path | None, page: Path | None, lang: Language
) -> int:
    """Say in words what a receipt proves, and what it does not.

    FILE is the receipt. Its signatures are checked with the keys in --trust, in SOURCE, or of the delegation in whose
    folder you are; the command says so if it knows no key. Exit status 1 if something in the receipt does not hold.
    """
    from ..delegation.looked import looked_at
    from ..delegation.receipt import print_receipt
    from ..delegation.receipt_page import receipt_page

    if page is not None:
        refuse_existing(page)
    with looked_at(file, against, trust, delegation) as looked:
        said = looked.words(lang)
        if page is not None:
            write_new(page, receipt_page(looked, lang).encode())
            tell(f"wrote {page}")
        else:
            print_receipt(said, lang)
        return 1 if looked.fails else 0


@receipt.command()
@click.argument("file", type=FILE)
@_AGAINST
@trust_option
@delegation_option
@lang_option
@json_option
def check(
    file: Path, against: str | None, trust: Path | None, delegation: Path | None, lang: Language, as_json: bool
) -> int:
    """Check the receipt in FILE, by itself or against SOURCE.

    Exit status 0 if nothing in it is wrong, and SOURCE, if given, holds and has the reply in its place; 1 if not; 2 if
    FILE is not a receipt, or is one of another log. The command says what it could not check because it knows no key
    for it.
    """
    from ..delegation.looked import looked_at, receipt_json
    from ..delegation.receipt import print_checks

    with looked_at(file, against, trust, delegation) as looked:
        said = looked.words(lang)
        with answering():
            if as_json:
                print_json(receipt_json(looked, said))
            else:
                print_checks(said, lang)
        return 1 if looked.fails else 0


def _write_receipt(book: Ledger, symbol: str, member: str, reply: int, file: Path) -> None:
    """Write a receipt; never replace a file."""
    from ...ledger.operations.export import issue_receipt

    write_new(file, issue_receipt(book, symbol, member, reply).canonical() + b"\n", private=True)
    tell(f"wrote {file}: the receipt of {member}")
