"""``inblue status``: the roll call now, once or as it goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..desk.desk import chosen_votes, clock_of, reading, which_vote
from ..desk.options import json_option, lang_option, ledger_option, vote_option
from ..desk.output import print_json

if TYPE_CHECKING:
    from ..language.english import Language


@click.command()
@ledger_option
@vote_option
@click.option("--watch", "live", is_flag=True, help="Go on showing it, until q or Ctrl-C.")
@lang_option
@json_option
def status(ledger: str | None, vote: str | None, live: bool, lang: Language, as_json: bool) -> None:
    """Show the roll call now.

    Who has replied, who is missing, how much time is left. A simulated vote is shown at the last instant of its own
    clock.
    """
    from ...ledger.projections.roll_call import roll_call, status_json

    if live:
        _watch(ledger, vote, lang, as_json)
        return
    with reading(ledger) as book:
        symbols = chosen_votes(book, vote)
        states = [book.vote(symbol) for symbol in symbols]
        calls = [roll_call(state, clock_of(state, book)) for state in states]
    if as_json:
        print_json({"format": "inblue-status/1", "votes": [status_json(call) for call in calls]})
        return
    from ..terminal.roll_call import print_roll_call, print_votes

    if len(calls) == 1:
        print_roll_call(calls[0], lang)
    else:
        print_votes(calls, lang)


def _watch(ledger: str | None, vote: str | None, lang: Language, as_json: bool) -> None:
    if as_json:
        raise click.UsageError("--watch is for people; without it, --json prints the roll call once")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("--watch needs a terminal; without it, the roll call is printed once")
    from ..terminal.watch import watch

    with reading(ledger) as book:
        watch(book, which_vote(book, vote), lang)
