"""What a vote has under optional rules of its procedure, as lines for a terminal."""

from __future__ import annotations

from rich.console import Console

from ...domain.phrase import Said, Word
from ...domain.state import VoteState
from ...domain.tally import Tally
from ...ledger.projections.roll_call import RollCall
from ..language.english import Language
from ..language.optional_said import decided_said, reply_rows, sections_of
from .tables import print_hanging
from .wrap import Text


def print_sections(out: Console, state: VoteState, counted: Tally, lang: Language) -> None:
    """The sections that are not empty; questions are numbered, as the roll call cites them."""
    for section in sections_of(state, counted):
        out.print(Text(lang.again(section.title), style="bold"))
        for number, (name, said) in enumerate(section.rows, start=1):
            lead = f"  {number} " if section.anchor == "questions" else "  "
            line = lang.say("{name}: {value}", name=name, value=said)
            print_hanging(out, Text(lead, style="dim"), Text(line))


def print_replies(out: Console, state: VoteState, counted: Tally, lang: Language) -> None:
    """What single replies have under such rules, a line for each reply that has something."""
    for reply in state.replies:
        rows = tuple(
            Said.of("{name}: {value}", name=name, value=said) for name, said in reply_rows(state, reply, counted)
        )
        if rows and reply.voided is None:
            lead = reply.member + (f" ({reply.ordinal})" if reply.ordinal > 1 else "")
            print_hanging(out, Text(f"  {lead}{lang.colon}"), Text(lang.join(map(lang.again, rows))))


def decided_fact(call: RollCall, lang: Language) -> list[tuple[str, str]]:
    """When the outcome was decided, as a fact with its name."""
    said = decided_said(call.state, call.tally)
    return [] if said is None else [(lang.say("decided"), lang.again(said))]


def with_answers(position: str, call: RollCall, member: str, lang: Language) -> str:
    """A position, and the answers of its seat to the questions put beside the draft, by number."""
    for number, question in enumerate(call.tally.questions, start=1):
        silence = next(each.silence for each in call.state.procedure.asked if each.id == question.question)
        given = question.answers.get(member)
        if given is not None or call.state.is_closed:
            position = lang.say(
                "{position}; {number}: {answer}", position=position, number=number, answer=Word(given or silence)
            )
    return position
