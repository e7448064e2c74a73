"""``inblue roster``: list, show and write rosters; find a member's id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import the_procedure, the_roster
from ..desk.files import write_new
from ..desk.options import FILE, json_option, lang_option
from ..desk.output import echo, print_json, tell
from ..procedures.seats import of_member, read_weight, seats_in_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ...domain.procedure import Procedure
    from ...domain.roster import Roster, Seat
    from ..language.english import Language


_COUNCIL = click.option(
    "--procedure", default="unsc-2020-253", show_default=True, help="A built-in name, or a file (.json, .toml)."
)


@click.group()
def roster() -> None:
    """List, show and write rosters; find a member's id."""


@roster.command(name="list")
@lang_option
def list_rosters(lang: Language) -> None:
    """List the built-in rosters."""
    from ...domain.roster import built_in_roster, shipped_names
    from ..procedures.opened_by import print_rosters

    print_rosters([built_in_roster(name) for name in shipped_names("rosters")], lang)


@roster.command()
@click.argument("name")
@click.option("--procedure", help="Also check it against this: a built-in name, or a file (.json, .toml).")
@lang_option
@json_option
def show(name: str, procedure: str | None, lang: Language, as_json: bool) -> None:
    """Show a roster seat by seat.

    NAME is a built-in roster, or a JSON file.
    """
    seats = the_roster(name)
    rules = the_procedure(procedure) if procedure is not None else None
    if rules is not None:
        _check(rules, seats)
    if as_json:
        print_json(seats.json_value())
    else:
        from ..procedures.opened_by import print_roster

        print_roster(seats, rules, lang)


@roster.command()
@click.argument("file", type=FILE)
@click.option("--copy", metavar="NAME|FILE", help="Start with the seats of this roster.")
@click.option("--without", multiple=True, metavar="MEMBER", help="Leave this seat out. May be given several times.")
@click.option("--member", "members", multiple=True, metavar="MEMBER", help="Add a seat. May be given several times.")
@click.option("--seats", type=FILE, help="Add the seats of a table: CSV with a column member, and others as below.")
@click.option("--permanent", multiple=True, metavar="MEMBER", help="Add a permanent seat, or mark one as permanent.")
@click.option(
    "--advisory",
    multiple=True,
    metavar="MEMBER",
    help="Add an advisory seat, which has no vote, or mark one as advisory.",
)
@click.option(
    "--from", "since", multiple=True, metavar="MEMBER=DATE", help="The first day on which a seat is in force."
)
@click.option("--until", multiple=True, metavar="MEMBER=DATE", help="The day after the last one.")
@click.option("--weight", multiple=True, metavar="MEMBER:NAME=WEIGHT", help="A seat's weight by this measure.")
@click.option("--group", multiple=True, metavar="MEMBER=GROUP", help="A group of the procedure that a seat belongs to.")
@click.option("--alternate", multiple=True, metavar="MEMBER=MEMBER", help="Who may reply for a seat.")
@click.option("--source", help="The printed source for who has a seat.")
@_COUNCIL
def new(file: Path, copy: str | None, procedure: str, source: str | None, **given: Any) -> None:
    """Write a roster to FILE.

    Use it with inblue letter send opening --roster FILE. It is checked against the procedure first. Its seats are in
    the order in which the procedure lists its members. Terms, weights and groups come from the roster that is copied,
    or from the options; you may also edit the file.

    A table has a heading with member, and any of permanent, from, until, groups, advisory, alternates (several are
    separated by spaces) and weight:NAME.
    """
    rules = the_procedure(procedure)
    made = _made(rules, the_roster(copy) if copy is not None else None, file.stem, source, **given)
    _check(rules, made)
    write_new(file, json.dumps(made.json_value(), ensure_ascii=False, indent=2).encode() + b"\n")
    tell(f"wrote {file}: {len(made.ids)} seats, {len(made.permanent)} permanent")


@roster.command()
@click.argument("text", default="")
@_COUNCIL
@lang_option
def members(text: str, procedure: str, lang: Language) -> None:
    """List the members that a procedure can know, with their ids.

    With TEXT, only those whose id or name contains it, in any of the six languages.
    """
    from ...domain.errors import Malformed
    from ...domain.member_search import find_members

    rules = the_procedure(procedure)
    found = find_members(text, rules.known)
    if not found:
        raise Malformed(rules.unknown(text))
    for member in found:
        name = lang.member(member, rules.names)
        echo(f"{member:5}{name}" if name != member else member)


def _check(rules: Procedure, seats: Roster) -> None:
    from ...domain.rules_of import known_member
    from ...domain.seats import check_seats

    for member in seats.ids:
        known_member(rules, member)
    check_seats(rules, seats)


def _made(
    rules: Procedure, copied: Roster | None, name: str, source: str | None, seats: Path | None, **given: tuple[str, ...]
) -> Roster:
    from ...domain.roster import Roster, Seat

    listed = {seat.member: seat for seat in copied.members} if copied is not None else {}
    for member in given["without"]:
        if listed.pop(member, None) is None:
            raise click.UsageError(f"--without {member}: no such seat to leave out")
    for seat in seats_in_table(seats) if seats is not None else ():
        if seat.member in listed:
            raise click.UsageError(f"--seats {seats}: the roster has a seat of {seat.member} already")
        listed[seat.member] = seat
    for member in given["members"]:
        if member in listed:
            raise click.UsageError(f"--member {member}: the roster has this seat already")
        listed[member] = Seat(member=member)
    for mark in ("permanent", "advisory"):
        for member in given[mark]:
            listed[member] = listed.get(member, Seat(member=member)).model_copy(update={mark: True})
    if not listed:
        raise click.UsageError(
            "a roster has at least one seat; give --copy, --member or --permanent, or a table with --seats"
        )
    found = sorted(_filled(listed, given).values(), key=_in_order(rules))
    if source is None and copied is not None and tuple(found) == copied.members:
        source = copied.source
    made = Roster(name=name, source=source, members=tuple(found))
    return Roster.read(made.canonical(), where=name)


def _in_order(rules: Procedure) -> Callable[[Seat], int]:
    """In the order of the procedure's members; those that it does not list keep their order."""
    order = {member: number for number, member in enumerate(rules.known)}
    return lambda seat: order.get(seat.member, len(order))


def _filled(seats: dict[str, Seat], given: Mapping[str, tuple[str, ...]]) -> dict[str, Seat]:
    """The seats, with the options for single ones applied."""
    from ...domain.roster import Seat

    def of(option: str) -> Iterator[tuple[dict[str, Any], str]]:
        for text in given[option]:
            member, value = of_member(text)
            member, _, name = member.partition(":")
            if member not in told:
                raise click.UsageError(
                    f"--{'from' if option == 'since' else option} {text}: the roster has no seat of {member}"
                )
            yield told[member], f"{name}={value}" if name else value

    told = {member: dict(seat.json_value()) for member, seat in seats.items()}
    for option, field in (("since", "from"), ("until", "until")):
        for seat, day in of(option):
            seat[field] = day
    for option, field in (("group", "groups"), ("alternate", "alternates")):
        for seat, value in of(option):
            seat[field] = [*seat.get(field, []), value]
    for seat, weight in of("weight"):
        seat["weights"] = {**seat["weights"], **dict([read_weight(weight)])}
    return {member: Seat.of(seat, where=f"the seat of {member}") for member, seat in told.items()}
