"""``inblue replay``: a vote act by act, or at any moment."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from ..desk.desk import reading, which_vote
from ..desk.options import MOMENT, json_option, lang_option, ledger_option, vote_option
from ..desk.output import print_json

if TYPE_CHECKING:
    from ..language.english import Language


@click.command()
@ledger_option
@vote_option
@click.option("--at", type=MOMENT, metavar="T", help="Show the roll call at this instant, or at the end of this date.")
@click.option("--step", is_flag=True, help="Stop after each act; Enter goes on, q stops.")
@lang_option
@json_option
def replay(
    ledger: str | None, vote: str | None, at: datetime | date | None, step: bool, lang: Language, as_json: bool
) -> None:
    """Replay a vote act by act, or show it at any moment.

    Each act stands with its time, and with the time that was then left.
    """
    from ...domain.instant import format_local
    from ...ledger.projections.roll_call import history, history_json, roll_call_at, status_json

    with reading(ledger) as book:
        symbol = which_vote(book, vote)
        state = book.vote(symbol)
        acts = list(book.acts(symbol))
        if at is not None:
            latest = state.span(at).latest
            call = roll_call_at(acts, book.documents, latest) if latest is not None else None
            if call is None:
                when = format_local(at, state.zone)
                raise click.UsageError(f"the draft {symbol} was not circulated yet at {when}")
            if as_json:
                print_json({"format": "inblue-status/1", "votes": [status_json(call)]})
            else:
                from ..terminal.roll_call import print_roll_call

                print_roll_call(call, lang, moment=True)
            return
        steps = list(history(acts, book.documents))
    if as_json:
        told = {
            "draft": state.symbol,
            "round": state.round,
            "procedure": state.procedure.id,
            "times": state.draft.act.times,
        }
        print_json({"format": "inblue-replay/1", "votes": [{**told, "steps": [history_json(each) for each in steps]}]})
        return
    from ..terminal.history import print_history, print_step

    if step:
        for number, each in enumerate(steps, start=1):
            print_step(each, number, len(steps), lang)
            if number < len(steps) and not _go_on():
                return
    else:
        print_history(steps, lang)


def _go_on() -> bool:
    if not sys.stdin.isatty():
        return True
    while True:
        key = click.getchar()
        if key in "\r\n ":
            return True
        if key in "qQ\x1b":
            return False
