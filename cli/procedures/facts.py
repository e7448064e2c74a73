"""The facts that a vote depends on, in a table."""

from __future__ import annotations

from ...domain.facts import facts_of, on_record
from ...domain.state import VoteState
from ..language.english import ENGLISH, Language
from ..terminal.tables import console, new_table


def print_facts(state: VoteState, lang: Language = ENGLISH) -> None:
    """A line per fact: its id, what it is, when it is due, and what is on record about it."""
    out, say = console(lang), lang.say
    rules, known = facts_of(state), on_record(state)
    if not rules:
        out.print(say("the procedure {id} asks for no facts", id=state.procedure.id))
        return
    table = new_table(say("fact"), say("what"), say("due"), say("on record"))
    for rule in rules:
        recorded = known.get(rule.id)
        status = say("unknown") if recorded is None else lang.word(recorded.act.status)
        table.add_row(rule.id, lang.written(rule.title), lang.word(rule.due), status)
    out.print(table)
