"""What an opening needs: a procedure clause by clause, a roster seat by seat, and the built-in rosters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ...domain.phrase import Number
from ...domain.procedure import Procedure
from ...domain.procedure_rules import Clause2
from ...domain.roster import Roster, Seat
from ..language.english import ENGLISH, Language
from ..terminal.tables import STYLES, console, new_table, print_hanging
from ..terminal.wrap import Text


def print_rosters(rosters: Sequence[Roster], lang: Language = ENGLISH) -> None:
    """A line per roster: its name, how many seats there are, how many of them permanent, and when they are in force."""
    out, say = console(lang), lang.say
    table = new_table(say("roster"), say("seats"), say("permanent"), say("in force"))
    for roster in rosters:
        counts = (lang.number(len(roster.ids)), lang.number(len(roster.permanent)))
        table.add_row(roster.name, *counts, _term(roster.term, lang))
    out.print(table)


def print_roster(roster: Roster, rules: Procedure | None = None, lang: Language = ENGLISH) -> None:
    """A roster, seat by seat; ``rules`` are those that it was checked against."""
    out, say = console(lang), lang.say
    out.print(Text(roster.name, style="bold"))
    seats, permanent = len(roster.ids), len(roster.permanent)
    out.print(Text(say("seats: {seats}; permanent: {permanent}", seats=Number(seats), permanent=Number(permanent))))
    if roster.source:
        print_hanging(out, Text(), Text(lang.written(roster.source), style="dim"))
    out.print()
    columns = [
        [seat.member for seat in roster.members],
        [lang.member(seat.member, rules.names if rules else None) for seat in roster.members],
        [_in_force(seat, lang) for seat in roster.members],
        [_weights(seat) for seat in roster.members],
        [", ".join(seat.groups) for seat in roster.members],
        [say("advisory") if seat.advisory else "" for seat in roster.members],
        [", ".join(seat.alternates) for seat in roster.members],
    ]
    headings = ("", say("member"), say("in force"), say("weights"), say("groups"), say("vote"), say("alternates"))
    shown = [(heading, column) for heading, column in zip(headings, columns, strict=True) if any(column)]
    table = new_table(*(heading for heading, _ in shown))
    for row in zip(*(column for _, column in shown), strict=True):
        table.add_row(*row)
    out.print(table)
    if rules is not None:
        out.print()
        print_hanging(out, Text(), Text(say("it fits the procedure {id}", id=rules.id)))


def _in_force(seat: Seat, lang: Language) -> str:
    said = (lang.say("permanent") if seat.permanent else "", _term((seat.since, seat.until), lang))
    return lang.join(each for each in said if each)


def _term(term: tuple[date | None, date | None], lang: Language) -> str:
    """The first and the last day."""
    first, last = term[0], term[1] and term[1] - timedelta(days=1)
    if first and last:
        return lang.say("{first} to {last}", first=first, last=last)
    if first:
        return lang.say("from {first}", first=first)
    return lang.say("to {last}", last=last) if last else ""


def _weights(seat: Seat) -> str:
    return ", ".join(f"{name} {weight}" for name, weight in seat.weights.items())


def print_procedure(rules: Procedure, lang: Language = ENGLISH) -> None:
    """A procedure, clause by clause."""
    out = console(lang)
    out.print(Text(lang.written(rules.title), style="bold"))
    out.print(Text(f"{rules.id}, SHA-256 {rules.sha256}", style="dim"))
    out.print(Text(lang.written(rules.source)))
    out.print()
    judging: dict[str, list[str]] = {}
    for name, rule in rules.rules():
        judging.setdefault(rule.clause, []).append(name)
    for clause in rules.clauses:
        effect = f"  [{lang.word(clause.effect)}]" if clause.effect else ""
        out.print(Text(clause.id, style="bold") + Text(effect, style=STYLES.get(clause.effect or "", "")))
        print_hanging(out, Text("  "), Text(lang.written(clause.text)))
        print_hanging(out, Text("  "), Text(lang.written(clause.source), style="dim"))
        if names := judging.get(clause.id):
            print_hanging(out, Text("  "), Text(lang.say("rule: {names}", names=lang.join(names)), style="dim"))
        elif isinstance(clause, Clause2) and clause.unjudged is not None:
            why = lang.written(clause.unjudged)
            print_hanging(out, Text("  "), Text(lang.say("noted, not judged: {why}", why=why), style="dim"))
