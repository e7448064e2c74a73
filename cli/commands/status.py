"""``inblue status``: the roll call now, once or continuously."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..desk.desk import open_ledger, which_vote
from ..desk.options import json_option, lang_option, place_options, vote_option
from ..desk.output import print_json
from ..desk.place import Named, named_place, opened

if TYPE_CHECKING:
    from ..language.english import Language


@click.command()
@place_options
@vote_option
@click.option("--watch", "live", is_flag=True, help="Keep showing it, until q or Ctrl-C.")
@lang_option
@json_option
def status(source: str | None, ledger: str | None, vote: str | None, live: bool, lang: Language, as_json: bool) -> None:
    """Show the roll call now.

    It shows who has replied, who has not, and how much time is left; for a ledger, also what can lawfully be done next.
    A simulated vote is shown at the last instant of its own clock. SOURCE is a ledger, a bundle, or a published log in
    a folder or at an address. A bundle or published log is verified first, and the output says as of which entry of the
    log the roll call is.
    """
    from ...ledger.projections.as_of import as_of_json
    from ...ledger.projections.roll_call import roll_call, status_json

    named = named_place(source, ledger)
    if live:
        _watch(named, vote, lang, as_json)
        return
    with opened(named) as place:
        states = [place.vote(name) for name in place.chosen(vote)]
        calls = [roll_call(state, place.time_of(state)) for state in states]
    if as_json:
        votes = [status_json(call) for call in calls]
        print_json({"format": "inblue-status/1", "as_of": as_of_json(place.as_of), "votes": votes})
        return
    from ..terminal.roll_call import print_next_acts, print_roll_call, print_votes
    from ..terminal.verification import print_as_of

    print_as_of(place.as_of, lang)
    if len(calls) == 1:
        print_roll_call(calls[0], lang)
        if named.kind == "ledger":
            print_next_acts(calls[0], lang)
    else:
        print_votes(calls, lang)


def _watch(named: Named, vote: str | None, lang: Language, as_json: bool) -> None:
    if as_json:
        raise click.UsageError(
            "--watch and --json do not go together; without --watch, --json prints the roll call once"
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("--watch needs a terminal; without it, the roll call is printed once")
    from ..terminal.watch import watch

    with open_ledger(named.ledger, read_only=True) as book:
        watch(book, which_vote(book, vote), lang)
