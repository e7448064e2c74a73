"""A vote act by act: all of them in a table, or one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Console

from ...domain.phrase import Local, Said
from ...ledger.projections.roll_call import HistoryStep, RollCall
from ..language.english import ENGLISH, Language
from .roll_call import counts_of, result_facts, said_of_unheard
from .tables import console, new_table, print_facts, print_hanging, print_heading
from .wrap import Prose, Text


def print_history(steps: Sequence[HistoryStep], lang: Language = ENGLISH) -> None:
    """Every act on a line, with its clock and the time left."""
    out, say = console(lang), lang.say
    if not steps:
        return
    print_heading(out, steps[-1].after.state, lang)
    table = new_table("#", say("when"), say("left"), say("act"))
    for step in steps:
        left = _left(step.after, lang)
        table.add_row(str(step.recorded.number), _when(step, lang), left, Prose(lang.again(_with_entry(step))))
    out.print(table)
    _closing_line(out, steps[-1].after, lang)


def print_step(step: HistoryStep, number: int, total: int, lang: Language = ENGLISH) -> None:
    """One act, and the vote right after it."""
    out, call = console(lang), step.after
    if number == 1:
        print_heading(out, call.state, lang)
    line = Text(f"{number:>3}/{total}  ", style="dim")
    line.append(_when(step, lang), style="not dim cyan")
    if left := _left(call, lang):
        line.append("  " + (lang.say("{length} left", length=left) if call.phase == "open" else left))
    out.print(line)
    print_hanging(out, Text(" " * 9), Text(lang.again(_with_entry(step)), style="bold"))
    counts = counts_of(call.state, call.tally, lang, unheard=said_of_unheard(call))
    print_hanging(out, Text(" " * 9), Text(counts if call.seats else lang.say("voting is not open"), style="dim"))


def _closing_line(out: Console, call: RollCall, lang: Language) -> None:
    print_facts(out, result_facts(call, lang))
    out.print(Text(lang.say("times in {zone}", zone=call.state.procedure.zone), style="dim"))


def _when(step: HistoryStep, lang: Language) -> str:
    act = step.recorded.act
    moment = getattr(act, act.when)
    if moment is None and step.after.state.documented:
        dated = getattr(act, "dated", None)
        return lang.say("dated {dated}", dated=dated) if dated else lang.say("not known")
    return lang.moment(moment or step.recorded.recorded_at, step.after.state.zone)


def _with_entry(step: HistoryStep) -> Said:
    """What an act did, and when it was entered where that was later than the procedure's registration lag."""
    state, act, recorded_at = step.after.state, step.recorded.act, step.recorded.recorded_at
    moment = getattr(act, act.when)
    if state.documented or not isinstance(moment, datetime):
        return step.text
    if (recorded_at - moment).total_seconds() <= state.procedure.recording.lag_seconds:
        return step.text
    return Said.of("{act} [entered {at}]", act=step.text, at=Local(recorded_at, state.zone))


def _left(call: RollCall, lang: Language) -> str:
    left = call.time_left
    if call.phase == "scheduled" and (opens := call.state.window.opens.earliest) is not None:
        return lang.say("opens in {length}", length=opens - call.at)
    if left is None or call.state.documented or call.state.is_closed:
        return ""
    return lang.duration(left) if left >= timedelta(0) else lang.say("over {length}", length=left)
