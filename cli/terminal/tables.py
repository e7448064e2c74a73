"""Tables for people. They fit 80 columns, in a terminal and in a pipe; colour only repeats what words say."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from shutil import get_terminal_size
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table

from ...domain.inert import inert
from ...domain.phrase import Said
from ...domain.state import VoteState
from ...domain.titles import question_said
from ..language.english import ENGLISH, Language
from ..language.phrases import said_vote
from .wrap import Text, wrapped

STYLES = {
    "in_favour": "green",
    "against": "red",
    "objection": "red",
    "abstention": "yellow",
    "reject": "red",
    "flag": "yellow",
    "note": "dim",
    "inside": "green",
    "late": "red",
    "early": "red",
}


class Inert(Console):
    """A console that lets no text act on the terminal, except what rich itself writes.

    ``marked``: the language's own marks of direction are kept, where they turn nothing outside themselves.
    """

    def __init__(self, *, marked: bool = False, **given: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **given)
        self._marked = marked

    def render_str(self, text: str, **given: Any) -> Any:
        """As rich's."""
        made = super().render_str(inert(text, marked=self._marked), **given)
        return Text(made.plain, made.style, justify=made.justify, overflow=made.overflow)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich's; the last filter for whatever is printed."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else inert(text, marked=self._marked), style, control)

    def on_broken_pipe(self) -> None:
        """Leave this to the command line: rich would exit with status 1, which means that something does not hold."""
        raise BrokenPipeError


def console(lang: Language = ENGLISH, *, to: TextIO | None = None) -> Console:
    to = to or sys.stdout
    width = get_terminal_size().columns if to.isatty() else 80
    if isinstance(to, TextIOWrapper):
        to.reconfigure(errors="replace")  # a locale without the letter loses the letter, not the line
    return Inert(file=to, width=width, marked=lang.direction == "rtl")


def new_table(*headings: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def print_heading(out: Console, state: VoteState, lang: Language) -> None:
    draft, say = state.draft.act, lang.say
    if draft.times == "simulated":
        label = say("SIMULATED: the times, persons and letters of this vote are made up")
        out.print(Text(f" {label} ", style="reverse bold"))
    title = Text(said_vote(state, lang), style="bold")
    if draft.title:
        title.append(f"  {lang.apart(draft.title)}")
    out.print(title)
    kind = question_said(draft.question, state.procedure)
    about = {"procedure": Said.written(state.procedure.title), "question": kind}
    said = say("{procedure}; {question}", **about)
    if draft.sponsors:
        sponsors = tuple(state.procedure.said(sponsor) for sponsor in draft.sponsors)
        said = say("{procedure}; {question}; sponsors: {members}", **about, members=sponsors)
    print_hanging(out, Text(), Text(said))
    if draft.times == "documented":
        documented = say("times as documented: what print does not say stays unknown")
        print_hanging(out, Text(), Text(documented, style="italic"))


def print_facts(out: Console, facts: Sequence[tuple[str, str]]) -> None:
    width = max([11, *(cell_len(name) + 2 for name, _ in facts)])
    for name, text in facts:
        print_hanging(out, Text(set_cell_size(name, width), style="dim"), Text(text))


def print_hanging(out: Console, lead: Text, body: Text) -> None:
    """A line whose continuation is below its body, not below its lead."""
    lines = wrapped(body, out, out.width - lead.cell_len)
    for line in lines:
        line.rstrip()
    out.print(lead + Text("\n" + " " * lead.cell_len).join(lines), soft_wrap=True)
