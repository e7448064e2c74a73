"""A vote act by act: all of them in a table, or one at a time; and what changed between two moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Console

from ...domain.phrase import Local, Said
from ...ledger.projections.changes import Changes
from ...ledger.projections.replay import HistoryStep
from ...ledger.projections.roll_call import RollCall
from ..language.english import ENGLISH, Language
from .roll_call import counts_said, print_what_if, result_facts
from .tables import console, new_table, print_facts, print_hanging, print_heading
from .wrap import Prose, Text


def print_history(steps: Sequence[HistoryStep], lang: Language = ENGLISH) -> None:
    """Every act on a line, with its time and the time left."""
    out, say = console(lang), lang.say
    if not steps:
        return
    print_what_if(out, steps[-1].after.what_if, lang)
    print_heading(out, steps[-1].after.state, lang)
    happened = steps[-1].after.axis == "happened"
    if happened:
        print_hanging(out, Text(), Text(_in_which_order(lang), style="dim"))
        table = new_table("#", "", say("when"), say("act"))
        for step in steps:
            act = Prose(lang.again(step.text))
            table.add_row(str(step.recorded.number), _order(step), _happened(step, lang), act)
    else:
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
        print_what_if(out, call.what_if, lang)
        print_heading(out, call.state, lang)
        if step.happening is not None:
            print_hanging(out, Text(), Text(lang.say("acts in the order in which they happened"), style="dim"))
    lead = Text(f"{number:>3}/{total}  ", style="dim")
    if step.happening is not None:
        print_hanging(out, lead, Text(_happened(step, lang), style="cyan"))
        if step.happening.undetermined:
            said = lang.say("it is not known whether it happened before or after the act above")
            print_hanging(out, Text(" " * 9), Text(said, style="yellow"))
    else:
        line = lead
        line.append(_when(step, lang), style="not dim cyan")
        if left := _left(call, lang):
            line.append("  " + (lang.say("{length} left", length=left) if call.phase == "open" else left))
        out.print(line)
    text = _with_entry(step) if step.happening is None else step.text
    print_hanging(out, Text(" " * 9), Text(lang.again(text), style="bold"))
    counts = counts_said(call, lang) if call.seats else lang.say("voting is not open")
    print_hanging(out, Text(" " * 9), Text(counts, style="dim"))


def print_changes(changes: Changes, lang: Language = ENGLISH) -> None:
    """The heading, the two moments, the sentences, and the acts in between."""
    out, say, state = console(lang), lang.say, changes.replay.whole
    shown = changes.after or changes.before
    print_what_if(out, changes.replay.what_if, lang)
    print_heading(out, shown.state if shown is not None else state, lang)
    moments = {"start": Local(changes.start, state.zone), "end": Local(changes.end, state.zone)}
    if changes.axis == "known":
        said = say("What the ledger came to know after {start}, up to {end}:", **moments)
    else:
        said = say("What happened after {start}, up to {end}, as far as that is certain:", **moments)
    print_hanging(out, Text(), Text(said, style="bold"))
    for sentence in changes.said():
        print_hanging(out, Text("- "), Text(lang.again(sentence)))
    if changes.acts:
        out.print(Text(say("acts"), style="bold"))
    for act in changes.acts:
        print_hanging(out, Text(f"{act.number:>4}  ", style="dim"), Text(lang.again(changes.replay.said(act))))
    if changes.open:
        print_hanging(out, Text(), Text(say("perhaps in between, or before, or after:"), style="bold yellow"))
    for each in changes.open:
        said = lang.again(changes.replay.said(each.recorded))
        print_hanging(out, Text(f"{each.recorded.number:>4}  ", style="dim"), Text(said))
    out.print(Text(say("times in {zone}", zone=state.procedure.zone), style="dim"))


def _in_which_order(lang: Language) -> str:
    return lang.say(
        "acts in the order in which they happened; an act marked ? may have happened before or after the one above"
    )


def _order(step: HistoryStep) -> Text:
    return Text("?" if step.happening is not None and step.happening.undetermined else "", style="yellow")


def _happened(step: HistoryStep, lang: Language) -> str:
    """When an act happened, as far as that is known."""
    each, zone = step.happening, step.after.state.zone
    if each is None:
        return _when(step, lang)
    span = each.span
    if each.moment is not None and span == step.after.state.span(each.moment):
        return lang.moment(each.moment, zone)
    first = span.earliest and Local(span.earliest, zone)
    last = span.latest and Local(span.latest, zone)
    if not each.timed:
        return lang.say("not known; by {latest}", latest=last) if last else lang.say("not known")
    if first and last:
        return lang.say("between {earliest} and {latest}", earliest=first, latest=last)
    return lang.span(span, zone)


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
    """What an act did, and when it was entered if that was later than the procedure's registration lag."""
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
