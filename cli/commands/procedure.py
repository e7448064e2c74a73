"""``inblue procedure``: list, show, write, check, compare, try and translate procedures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.desk import the_procedure, the_roster
from ..desk.files import read_file, refuse_existing, write_new
from ..desk.options import FILE, INSTANT, json_option, lang_option
from ..desk.output import answering, echo, echo_json, print_json, tell

if TYPE_CHECKING:
    from datetime import datetime

    from ...domain.procedure import Procedure
    from ..language.english import Language


@click.group()
def procedure() -> None:
    """Write, check, compare, try, list and translate procedures."""


@procedure.command(name="list")
def list_procedures() -> None:
    """List the built-in procedures."""
    from ...domain.procedure import built_in_procedure
    from ...domain.roster import shipped_names
    from ..terminal.tables import console, print_facts

    names = shipped_names("procedures")
    print_facts(console(), [(name, built_in_procedure(name).title) for name in names])


@procedure.command()
@click.argument("name")
@lang_option
@json_option
def show(name: str, lang: Language, as_json: bool) -> None:
    """Show a procedure clause by clause.

    NAME is a built-in procedure, or a file (.json, .toml).
    """
    rules = the_procedure(name)
    if as_json:
        print_json(rules.json_value())
    else:
        from ..procedures.opened_by import print_procedure

        print_procedure(rules, lang)


@procedure.command()
@click.argument("file", type=FILE)
@click.option("--like", metavar="NAME", required=True, help="The procedure to start from: a built-in name, or a file.")
@click.option("--id", "new_id", metavar="ID", help="The id of the new procedure (default: FILE's name).")
@click.option("--toml/--json", "as_toml", default=None, help="The format (default: by FILE's ending, else TOML).")
@lang_option
def new(file: Path, like: str, new_id: str | None, as_toml: bool | None, lang: Language) -> None:
    """Write a procedure of your own, starting from an existing one.

    In TOML, a comment before each rule says in a sentence what it means, and which values are possible. JSON has no
    comments: inblue procedure check FILE says the same. FILE must not exist yet.
    """
    refuse_existing(file)
    as_toml = file.suffix != ".json" if as_toml is None else as_toml
    if file.suffix != (".toml" if as_toml else ".json"):
        raise click.UsageError(f"{file}: its name must end in .toml or .json, which sets the format")
    rules = _renamed(_in_use(the_procedure(like)), new_id or file.stem)
    if as_toml:
        from ..procedures.procedure_toml import procedure_as_toml

        write_new(file, procedure_as_toml(rules, lang).encode())
    else:
        write_new(file, json.dumps(json.loads(rules.raw), ensure_ascii=False, indent=2).encode() + b"\n")
    tell(f"wrote {file}: {rules.id}, like {like}; change it, and then: inblue procedure check {file}")


def _in_use(rules: Procedure) -> Procedure:
    """A procedure in the second format: itself, or its translation."""
    from ...domain.procedure import Procedure, Procedure1
    from ...domain.procedure_translation import translated

    return Procedure.read(translated(rules), where=rules.id) if isinstance(rules, Procedure1) else rules


def _renamed(rules: Procedure, new_id: str) -> Procedure:
    from ...domain.errors import Malformed
    from ...domain.procedure import Procedure

    value: dict[str, Any] = json.loads(rules.raw)
    raw = json.dumps({**value, "id": new_id}, ensure_ascii=False).encode()
    try:
        return Procedure.read(raw, where=new_id)
    except Malformed:
        raise click.UsageError(
            f"{new_id!r} is not an id of a procedure (lower case, digits, . and -); give another with --id"
        ) from None


@procedure.command()
@click.argument("file")
@lang_option
@json_option
def check(file: str, lang: Language, as_json: bool) -> int:
    """Explain a procedure in sentences, and look for faults.

    FILE is a file (.json, .toml), or the name of a built-in procedure. The examples in it are counted. Exit status 1 if
    an example does not come out as it says, or a fault is found.
    """
    from ...domain.example_votes import count_examples
    from ...domain.lint import lint

    rules = the_procedure(file)
    counted, faults = count_examples(rules), lint(rules)
    with answering():
        if as_json:
            from ..procedures.explained_json import checked_json

            print_json(checked_json(rules, counted, faults))
        else:
            from ..procedures.explained import print_checked

            print_checked(rules, counted, faults, lang)
    return 1 if faults or not all(each.as_wanted for each in counted) else 0


@procedure.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@lang_option
@json_option
def diff(a: str, b: str, lang: Language, as_json: bool) -> None:
    """Show how procedure B differs from A, rule by rule.

    A and B are names of built-in procedures, or files (.json, .toml). One of the first format is translated before the
    comparison. The order of clauses does not matter.
    """
    from ...domain.procedure_changes import changes

    before, after = _in_use(the_procedure(a)), _in_use(the_procedure(b))
    changed = changes(before, after)
    if as_json:
        from ..procedures.explained_json import changes_json

        print_json(changes_json(before, after, changed))
    else:
        from ..procedures.explained import print_changes

        print_changes(a, b, changed, lang)


@procedure.command(name="try")
@click.argument("file")
@click.argument("ballots", type=FILE, metavar="BALLOTS.csv")
@click.option("--question", metavar="KIND", help="The kind of question (default: the first that the procedure has).")
@click.option(
    "--roster",
    metavar="NAME",
    help="Who has a seat: a built-in name or a JSON file (default: the members in BALLOTS.csv).",
)
@click.option("--opens", type=INSTANT, metavar="INSTANT", help="When voting opens, if arrival times are given.")
@click.option("--closes", type=INSTANT, metavar="INSTANT", help="The deadline of the letter, or when voting is closed.")
@click.option("--fact", "facts", multiple=True, metavar="ID=present|missing", help="What is known about a fact.")
@lang_option
@json_option
def try_it(
    file: str,
    ballots: Path,
    question: str | None,
    roster: str | None,
    opens: datetime | None,
    closes: datetime | None,
    facts: tuple[str, ...],
    lang: Language,
    as_json: bool,
) -> None:
    """Count ballots by a procedure, without a ledger.

    FILE is a file (.json, .toml), or the name of a built-in procedure. BALLOTS.csv has a row for each member, or each
    reply, with the columns member and position, and where they matter received_at, answer:QUESTION, reasons, by, says,
    effective_at, permanent, advisory, groups and weight:NAME. An empty position means none. Without received_at,
    replies arrive in time, in the order of their rows. Papers are taken to be in order.
    """
    from ...domain.trial import Trial, tried
    from ..procedures.ballots import read_ballots

    rules = _in_use(the_procedure(file))
    given = read_ballots(read_file(ballots), str(ballots), rules, the_roster(roster) if roster else None)
    if opens is None and any(reply.received_at for reply in given.replies):
        raise click.UsageError("--opens is needed: when voting opens decides which replies are in time")
    trial = Trial(
        rules,
        given.roster,
        question or rules.kinds_of_question[0],
        given.replies,
        opens,
        closes,
        dict(map(_fact, facts)),
    )
    state = tried(trial)
    rows = given.rows_in_order()
    if as_json:
        from ..procedures.explained_json import tried_json

        print_json(tried_json(state, rows))
    else:
        from ..procedures.tried import print_tried

        print_tried(state, rows, lang)


def _fact(given: str) -> tuple[str, str]:
    name, _, status = given.partition("=")
    if status not in {"present", "missing"}:
        raise click.UsageError(f"--fact {given}: write ID=present or ID=missing")
    return name, status


@procedure.command()
@click.argument("file", type=FILE)
@click.option("-o", "--output", type=FILE, help="The file to write, which must not exist (default: print it).")
def translate(file: Path, output: Path | None) -> None:
    """Translate a procedure of the first format into the second.

    FILE is an inblue-procedure/1. The result is an inblue-procedure/2 that means the same, under which votes can be
    opened.
    """
    from ...domain.procedure import Procedure
    from ...domain.procedure_translation import decided_when_reached, empty_bases, translated

    rules = Procedure.read(read_file(file), where=str(file))
    raw = translated(rules)
    for name in empty_bases(rules):
        echo(f"decision.{name}: where its base is empty, it is decided by inblue-procedure/2", err=True)
    for name in decided_when_reached(rules):
        echo(f"early_close: {name} is decided when it is reached now, and stays whatever comes later", err=True)
    if output is None:
        echo_json(raw)
    else:
        write_new(output, raw)
