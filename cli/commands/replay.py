"""``inblue replay``: a vote act by act, at any moment, between two moments, or by another procedure."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..desk.desk import the_procedure
from ..desk.options import MOMENT, json_option, lang_option, place_options, vote_option
from ..desk.output import echo, print_json, print_json_line
from ..desk.place import Place, named_place, opened

if TYPE_CHECKING:
    from ...domain.procedure import Procedure
    from ...ledger.projections.replay import Replay
    from ...ledger.projections.roll_call import Axis
    from ..language.english import Language


class Asked(NamedTuple):
    """What is to be shown of each vote."""

    at: datetime | date | None
    start: datetime | date | None
    end: datetime | date | None
    axis: Axis | None
    step: bool
    procedure: Procedure | None


@click.command()
@place_options
@vote_option
@click.option("--at", type=MOMENT, metavar="T", help="Show the roll call at this instant, or at the end of this date.")
@click.option(
    "--from", "start", type=MOMENT, metavar="T", help="Show what changed after this instant, or this date; with --to."
)
@click.option("--to", "end", type=MOMENT, metavar="T", help="Up to this instant, or the end of this date.")
@click.option(
    "--as",
    "axis",
    type=click.Choice(["known", "happened"]),
    help="What the ledger knew, by time of recording; or what had happened, by arrival and date if certain.",
)
@click.option(
    "--under",
    metavar="PROCEDURE",
    help="What if: judge the same acts by another procedure, a built-in one or a file (.json, .toml).",
)
@click.option("--step", is_flag=True, help="Stop after each act; Enter goes on, q stops.")
@lang_option
@json_option
@click.option(
    "--json-lines", "lines", is_flag=True, help="Print JSON, one line for each vote (all votes without --vote)."
)
def replay(
    source: str | None,
    ledger: str | None,
    vote: str | None,
    at: datetime | date | None,
    start: datetime | date | None,
    end: datetime | date | None,
    axis: Any,
    under: str | None,
    step: bool,
    lang: Language,
    as_json: bool,
    lines: bool,
) -> None:
    """Replay a vote act by act, or show it at any moment.

    Each act is shown with its time, and the time that was then left. SOURCE is a ledger, a bundle, or a published log
    in a folder or at an address; a bundle or published log is verified first.

    There are two ways to look at a moment. --as known shows what the ledger knew then: the acts recorded by then. --as
    happened shows what had happened by then, from all that is on record today, by arrival and date; what may have
    happened, and what cannot be told, are shown apart. Without --as, a live vote is shown as known, and a documented
    history, which was recorded long after, as happened. With --step, or without a moment, --as sets the order of the
    acts.

    With --json-lines each line is a document of its own. A vote that PROCEDURE cannot judge is left out, and the
    command says so.
    """
    asked = Asked(at, start, end, axis, step, the_procedure(under) if under is not None else None)
    _check(asked, as_json=as_json or lines)
    with opened(named_place(source, ledger)) as place:
        if lines:
            _print_lines(place, place.chosen(vote), asked)
            return
        name = place.which(vote)
        told = _replay(place, name, asked)
        if as_json:
            print_json(_with_state(_document(told, asked) or _too_early(told, asked), place))
            return
        from ..terminal.verification import print_as_of

        print_as_of(place.as_of, lang)
        _print(told, asked, lang)


def _print_lines(place: Place, names: tuple[str, ...], asked: Asked) -> None:
    """A line for each vote, except one not yet circulated or one that the other procedure cannot judge."""
    from ...domain.errors import Malformed

    for name in names:
        try:
            told = _replay(place, name, asked)
        except Malformed as error:
            if asked.procedure is None or len(names) == 1:
                raise
            echo(f"inblue: {name} is left out: {error}", err=True)
            continue
        if (document := _document(told, asked)) is not None:
            print_json_line(_with_state(document, place))


def _check(asked: Asked, *, as_json: bool) -> None:
    if (asked.start is None) is not (asked.end is None):
        raise click.UsageError("--from and --to go together")
    given = [name for name, value in (("--at", asked.at), ("--from", asked.start), ("--step", asked.step)) if value]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} do not go together")
    if asked.step and as_json:
        raise click.UsageError("--step and --json do not go together; without --step, JSON has every act")


def _replay(place: Place, name: str, asked: Asked) -> Replay:
    from ...ledger.projections.replay import Replay

    return Replay(place.acts(name), place.documents, procedure=asked.procedure)


def _document(told: Replay, asked: Asked) -> dict[str, Any] | None:
    """The document that is asked for of one vote; None where nothing of the vote was on record yet."""
    from ...ledger.projections.changes import changes_between, changes_json
    from ...ledger.projections.replay import replay_json
    from ...ledger.projections.roll_call import status_json

    if asked.start is not None and asked.end is not None:
        changes = changes_between(told, asked.start, asked.end, asked.axis)
        return {"format": "inblue-changes/1", "votes": [changes_json(changes)]}
    if asked.at is None:
        return {"format": "inblue-replay/1", "votes": [replay_json(told, asked.axis or "known")]}
    call = told.at(asked.at, asked.axis)
    return None if call is None else {"format": "inblue-status/1", "votes": [status_json(call)]}


def _with_state(document: dict[str, Any], place: Place) -> dict[str, Any]:
    from ...ledger.projections.as_of import as_of_json

    return {"format": document["format"], "as_of": as_of_json(place.as_of), "votes": document["votes"]}


def _print(told: Replay, asked: Asked, lang: Language) -> None:
    if asked.start is not None and asked.end is not None:
        from ...ledger.projections.changes import changes_between
        from ..terminal.history import print_changes

        print_changes(changes_between(told, asked.start, asked.end, asked.axis), lang)
        return
    if asked.at is not None:
        from ..terminal.roll_call import print_roll_call

        print_roll_call(told.at(asked.at, asked.axis) or _too_early(told, asked), lang, moment=True)
        return
    from ..terminal.history import print_history, print_step

    steps = list(told.steps(asked.axis or "known"))
    if not asked.step:
        print_history(steps, lang)
        return
    for number, each in enumerate(steps, start=1):
        print_step(each, number, len(steps), lang)
        if number < len(steps) and not _go_on():
            return


def _too_early(told: Replay, asked: Asked) -> Any:
    """Refuse, because nothing of the vote was on record yet.

    Raises:
        UsageError: always.
    """
    from ...domain.instant import format_local

    state = told.whole
    when = format_local(asked.at, state.zone) if asked.at is not None else ""
    if told.axis(asked.axis) == "happened":
        raise click.UsageError(f"the draft {state.name} was not circulated yet at {when}")
    first = format_local(state.draft.recorded_at, state.zone)
    what = f"the draft {state.name} was not circulated yet at {when}"
    if state.documented:
        what = f"nothing of {state.name} was on record yet at {when}, only from {first}; see --as happened"
    raise click.UsageError(what)


def _go_on() -> bool:
    if not sys.stdin.isatty():
        return True
    while True:
        key = click.getchar()
        if key in "\r\n ":
            return True
        if key in "qQ\x1b":
            return False
