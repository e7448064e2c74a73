"""The roll call of one vote, and a line each of several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console

from ...domain.acts import VoteCast
from ...domain.describe import position_said
from ...domain.findings import beside_the_outcome, moves_said
from ...domain.happening import Happening
from ...domain.next_acts import NextAct, next_acts
from ...domain.phrase import Local, Number, Said, Value
from ...domain.recorded import Reply
from ...domain.roster import NOT_ON_RECORD
from ...domain.said_counts import said_count
from ...domain.state import VoteState
from ...domain.tally import Tally
from ...domain.what_if import WhatIf
from ...ledger.projections.roll_call import RollCall, SeatLine
from ..language.english import ENGLISH, Language
from ..language.phrases import said_end, said_outcome, said_phase, said_position, said_vote
from .optional_facts import decided_fact, print_sections, with_answers
from .tables import STYLES, console, new_table, print_facts, print_hanging, print_heading
from .wrap import Text

_LONG = re.compile(
    r"(?: \(| of Great Britain| de Grande-Bretagne| de Gran Bretaña| Великобритании| لبريطانيا).*|^大不列颠及北爱尔兰"
)
_UNKNOWN = Said.of("not known")
_NOT_YET = Said.of("no reply yet")


def print_roll_call(call: RollCall, lang: Language = ENGLISH, *, moment: bool = False) -> None:
    """The roll call: heading, clock, and a line per member; of a large roster, only those who replied."""
    out, state, say = console(lang), call.state, lang.say
    print_what_if(out, call.what_if, lang)
    print_heading(out, state, lang)
    facts = [*window_facts(state, lang), *result_facts(call, lang)]
    print_facts(out, [(say("phase"), phase_said(call, lang, moment=moment)), *facts])
    _print_axis(out, call, lang)
    print_sections(out, state, call.tally, lang)
    large = len(call.seats) > 40
    # Otherwise no acknowledgement is required.
    acknowledged = bool(state.procedure.names or state.procedure.acknowledgement)
    table = new_table(
        "", say("member"), say("position"), say("received"), *([say("acknowledged")] if acknowledged else [])
    )
    for column in table.columns[3:]:
        column.no_wrap = True
    for seat in (*call.seats, *call.advisory):
        if large and not seat.replies and not call.open_of(seat.member):
            continue
        shown = seat.reply or (seat.replies[-1] if seat.replies else None)
        position = lang.word(seat.position) if seat.position else _silence(call, seat, lang)
        if (open_ := call.open_of(seat.member)) and seat.reply is None:
            position = _perhaps(open_, lang)
        if seat.reply is not None and seat.reply.act.by is not None:
            position = said_position(seat.reply, state, lang)
        if seat.advisory:
            position = say("{position} (advisory)", position=position)
        cells: list[str | Text] = [
            "*" if seat.permanent else "",
            _called(seat.member, state, lang),
            Text(with_answers(position, call, seat.member, lang), style=STYLES.get(seat.position or "", "dim")),
            _received(state, shown, lang) if shown else "",
            _acknowledged(shown, lang) if shown and state.procedure.acknowledgement else "",
        ]
        table.add_row(*cells[: len(table.columns)])
    for reply in call.others:
        received = _acknowledged(reply, lang) if state.procedure.acknowledgement else ""
        off = Text(say("off the roster"), style="red")
        if state.roster is None:  # an opening that was voided left no roster
            off = Text(said_position(reply, state, lang), style="dim")
        cells = ["", _called(reply.member, state, lang), off, _received(state, reply, lang), received]
        table.add_row(*cells[: len(table.columns)])
    if table.row_count:
        out.print(table)
    notes = [say("* permanent member")] if any(seat.permanent for seat in call.seats) else []
    if large:
        unheard = [seat for seat in call.seats if not seat.replies]
        unknown = sum(not seat.known for seat in unheard)
        if unknown:
            notes.append(
                lang.plural(
                    "{number} member of {all} not on record, and not listed",
                    "{number} members of {all} not on record, and not listed",
                    unknown,
                    all=len(call.seats),
                )
            )
        if len(unheard) > unknown or not unknown:
            notes.append(
                lang.plural(
                    "{number} member of {all} silent, and not listed",
                    "{number} members of {all} silent, and not listed",
                    len(unheard) - unknown,
                    all=len(call.seats),
                )
            )
    if call.owed:
        notes.append(say("acknowledgement owed to: {members}", members=tuple(_owed(r, state) for r in call.owed)))
    notes.append(say("times in {zone}", zone=state.procedure.zone))
    for note in notes:
        print_hanging(out, Text(), Text(note, style="dim"))


def _called(member: str, state: VoteState, lang: Language) -> str:
    """A member by its id, and by its name where it has one."""
    names = state.procedure.names
    return f"{member} {_short(lang.member(member, names))}" if member in names else member


def print_votes(calls: Sequence[RollCall], lang: Language = ENGLISH) -> None:
    """A line per vote."""
    out, say = console(lang), lang.say
    if not calls:
        out.print(say("no votes yet"))
        return
    table = new_table(say("vote"), say("phase"), say("outcome"), say("counts"), say("times"))
    for call in calls:
        counts = counts_of(call.state, call.tally, lang, unheard=said_of_unheard(call), all_of_them=False)
        over = call.state.annulled is not None or call.state.withdrawn is not None
        phase, outcome = (
            lang.again(said_phase(call)),
            "" if over else said_outcome(call.state, call.tally.outcome, lang),
        )
        table.add_row(said_vote(call.state, lang), phase, outcome, counts, times_said(call.state, lang))
    out.print(table)


def print_what_if(out: Console, what_if: WhatIf | None, lang: Language) -> None:
    """The warning of a what-if."""
    if what_if is None:
        return
    label = lang.say(
        "WHAT IF: judged by {procedure}, not by {own}", procedure=what_if.procedure.id, own=what_if.instead_of
    )
    out.print(Text(f" {label} ", style="reverse bold"))
    said = lang.say("This is not the record of the vote. The acts are the same; another procedure judges them.")
    print_hanging(out, Text(), Text(said, style="bold"))
    if what_if.left_out:
        acts: tuple[Value, ...] = tuple(Number(number) for number in what_if.left_out)
        said = lang.plural(
            "Left out is act {acts}, a rejection by the vote's own procedure.",
            "Left out are acts {acts}, rejections by the vote's own procedure.",
            len(acts),
            acts=acts,
        )
        print_hanging(out, Text(), Text(said, style="dim"))


def _print_axis(out: Console, call: RollCall, lang: Language) -> None:
    """The axis on which a moment is shown, and what cannot be placed before or after it."""
    if call.axis == "known":
        said = lang.say("as the ledger knew it: what was recorded by then")
        print_hanging(out, Text(), Text(said, style="dim"))
    elif call.axis == "happened":
        said = lang.say("as it had happened by then, with all that is on record today")
        print_hanging(out, Text(), Text(said, style="dim"))
    if call.perhaps:
        said = lang.plural(
            "{number} act may have happened: it did so some time before or after this moment",
            "{number} acts may have happened: they did so some time before or after this moment",
            len(call.perhaps),
        )
        print_hanging(out, Text(), Text(said, style="yellow"))
    if call.unknown:
        said = lang.plural(
            "{number} act cannot be placed before or after this moment: nothing gives it a time",
            "{number} acts cannot be placed before or after this moment: nothing gives them a time",
            len(call.unknown),
        )
        print_hanging(out, Text(), Text(said, style="yellow"))


def _perhaps(open_: Sequence[Happening], lang: Language) -> str:
    """The words for a seat whose reply may have come by then."""
    reply = open_[0].recorded.act
    if not isinstance(reply, VoteCast) or not any(each.timed for each in open_):
        return lang.again(_UNKNOWN)
    return lang.say("perhaps {position}", position=position_said(reply))


def phase_said(call: RollCall, lang: Language, *, moment: bool = False) -> str:
    """The phase, and how much time is left."""
    left, at = call.time_left, Local(call.at, call.state.zone)
    if call.phase == "open" and call.state.window.awaits is not None:
        return lang.say("open at {at}", at=at)
    if call.phase == "open" and left is None:
        return lang.say("opened at {at}; whether it was still open is not known", at=at)
    if call.phase == "open" and left is not None:
        return lang.say("open at {at}: {length} left", at=at, length=left)
    if call.phase == "scheduled" and (opens := call.state.window.opens.earliest) is not None:
        return lang.say("scheduled at {at}: the window opens in {length}", at=at, length=opens - call.at)
    if call.phase == "due" and left is not None:
        return lang.say(
            "due at {at}: the window has been over for {length}; voting is not closed yet", at=at, length=left
        )
    phase = said_phase(call)
    return lang.say("{phase}, as of {at}", phase=phase, at=at) if moment else lang.again(phase)


def window_facts(state: VoteState, lang: Language) -> list[tuple[str, str]]:
    if state.opening is None:
        return []
    window, where = state.window, state.zone
    return [
        (lang.say("opens"), lang.span(window.opens, where)),
        (lang.say("closes"), said_end(state, lang)),
        *(("", lang.again(text)) for text in moves_said(state)),
    ]


def result_facts(call: RollCall, lang: Language) -> list[tuple[str, str]]:
    say, counts = lang.say, counts_said(call, lang)
    facts = [(say("counts"), counts)] if call.seats else []
    if call.tally.outcome != "open":
        facts.append((say("outcome"), lang.again(call.tally.reasons[-1])))
    facts += decided_fact(call, lang)
    result = call.state.result
    if result is not None:
        moment, number, where = result.act.announced_at, result.act.resolution, call.state.zone
        text = lang.moment(moment, where)
        if number:
            at = Local(moment, where) if isinstance(moment, datetime) else moment or _UNKNOWN
            text = say("{at} as resolution {resolution}", at=at, resolution=number)
        facts.append((say("announced"), text))
    facts += (("", lang.again(text)) for text in beside_the_outcome(call.state))
    return facts


def counts_of(
    state: VoteState,
    tally: Tally,
    lang: Language,
    *,
    unheard: Said = _NOT_YET,
    all_of_them: bool = True,
    hidden: bool = False,
) -> str:
    """The counts; until voting is closed, silence has no meaning yet.

    ``hidden``: it is not known whether the seats that are not on record had replied.
    """
    silence = state.procedure.silence.means
    named = {} if state.is_closed else {silence: lang.again(unheard)}
    if hidden:
        named[NOT_ON_RECORD] = lang.again(_UNKNOWN)
    shown = {
        name for name, number in tally.counts.items() if number or (all_of_them and not (hidden and name == silence))
    }
    counts = ((name, number) for name, number in tally.counts.items() if name in shown)
    return " · ".join(
        f"{named[name]} {number}" if name in named else lang.again(said_count(name, number)) for name, number in counts
    )


def counts_said(call: RollCall, lang: Language) -> str:
    """The counts at a moment."""
    return counts_of(call.state, call.tally, lang, unheard=said_of_unheard(call), hidden=bool(call.hidden))


def said_of_unheard(call: RollCall) -> Said:
    """The words for a member whose reply has not come by this moment, nor perhaps."""
    return _UNKNOWN if call.state.documented and call.untimed and not call.hidden else _NOT_YET


def _silence(call: RollCall, seat: SeatLine, lang: Language) -> str:
    if seat.uncounted is not None:
        return lang.again(seat.uncounted)
    if call.state.is_closed:
        return lang.word(call.state.procedure.silence.means)
    return lang.again(said_of_unheard(call))


def _received(state: VoteState, reply: Reply, lang: Language) -> str:
    return lang.moment(reply.act.received_at, state.zone)


def _owed(reply: Reply, state: VoteState) -> Value:
    member = state.procedure.said(reply.member)
    return Said.of("{member} (reply {reply})", member=member, reply=reply.ordinal) if reply.ordinal > 1 else member


def _acknowledged(reply: Reply, lang: Language) -> str:
    return lang.say("yes") if reply.acknowledged is not None else lang.say("no")


def times_said(state: VoteState, lang: Language) -> str:
    """Where the times of a vote come from."""
    match state.draft.act.times:
        case "simulated":
            return lang.say("SIMULATED")
        case "documented":
            return lang.say("as documented")
        case _:
            return lang.word("live")


def _short(name: str) -> str:
    """A member's name without brackets and what follows, so that it fits on a line."""
    return _LONG.sub("", name)


_COMMANDS = {
    "draft_withdrawn": "draft withdraw",
    "letter_sent": "letter send {letter}",
    "vote_cast": "vote cast MEMBER POSITION",
    "receipt_acknowledged": "receipt acknowledge MEMBER",
    "window_changed": "window change INSTANT",
    "window_suspended": "window suspend",
    "window_resumed": "window resume",
    "vote_annulled": "vote annul",
    "voting_closed": "vote close",
    "tally_circulated": "tally circulate",
    "result_announced": "result announce",
}


def command_of(each: NextAct) -> str:
    """The command that records a next act."""
    return f"inblue {_COMMANDS[each.act].format(letter=each.letter)}"


def print_next_acts(call: RollCall, lang: Language) -> None:
    """What can be recorded next by the rules: the command, its times, the members it concerns, and the clause."""
    out, zone = console(lang), call.state.zone
    found = next_acts(call.state, call.at)
    if found:
        out.print(lang.say("What can lawfully be done now"))
    for each in found:
        hours = [lang.say("from {when}", when=Local(each.since, zone))] if each.since else []
        hours += [lang.say("until {when}", when=Local(each.until, zone))] if each.until else []
        clause = [f"({each.clause})"] if each.clause else []
        said = "  ".join([*hours, ", ".join(each.members), *clause]).strip()
        print_hanging(out, Text(f"  {command_of(each)}  "), Text(said, style="dim"))
