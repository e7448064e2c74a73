"""The record of a vote: outcome, a verdict on each reply, findings, what is not proved; and summaries of votes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from ...domain.finding_groups import summary
from ...domain.phrase import Said, Word
from ...domain.recorded import Reply
from ...ledger.projections.record import Record
from ...ledger.projections.roll_call import RollCall
from ...ledger.projections.shared_papers import SharedPaper
from ...ledger.projections.summary import Summary
from ..language.english import ENGLISH, Language
from ..language.optional_said import numbered_answers
from ..language.phrases import said_ids, said_outcome, said_phase, said_position, said_vote
from .optional_facts import print_replies, print_sections
from .roll_call import counts_of, times_said, window_facts
from .tables import STYLES, console, new_table, print_facts, print_hanging, print_heading
from .wrap import Text

_MANY = 15
"""The most members that a line lists."""
_NAME, _OUTCOME, _NUMBER = 16, 14, 4
_WIDEST_NAME = 22
_STRENGTHS = ("proven", "attested", "documented", "none")
_SEVERITIES = ("reject", "flag", "note")


class Listed(NamedTuple):
    """A vote in a list, and whether it was certainly held on the days asked for; None if none were."""

    call: RollCall
    sum: Summary
    certainly: bool | None = None


def print_record(record: Record, lang: Language = ENGLISH) -> None:
    """The record of a vote: outcome and why, a verdict per reply, findings, and what is not proved."""
    out, state, say = console(lang), record.state, lang.say
    print_heading(out, state, lang)
    print_facts(out, window_facts(state, lang))
    out.print()
    out.print(Text(say("Outcome"), style="bold"))
    for reason in record.tally.reasons:
        print_hanging(out, Text("  "), Text(lang.again(reason)))
    print_hanging(out, Text("  "), Text(counts_of(state, record.tally, lang)))
    for beside in record.beside_the_outcome:
        print_hanging(out, Text("  "), Text(lang.again(beside), style="bold red"))
    print_sections(out, state, record.tally, lang)
    if record.replies:
        judged = (say("counted"), say("placement"), say("strength"), say("margin"), say("findings"))
        table = new_table(say("member"), say("position"), *judged)
        table.columns[0].no_wrap = True
        for each in record.replies:
            act, verdict = each.reply.act, each.verdict
            table.add_row(
                whose_reply(each.reply),
                Text(
                    numbered_answers(state, each.reply, said_position(each.reply, state, lang), lang),
                    style="" if each.reply.voided else STYLES.get(act.position or "", ""),
                ),
                say("yes") if each.counted else Text(say("no"), style="red"),
                Text(lang.word(verdict.placement), style=STYLES.get(verdict.placement, "")),
                lang.word(verdict.strength),
                "" if verdict.margin is None else lang.margin(verdict.margin),
                said_ids(each.findings),
            )
        out.print(table)
        print_replies(out, state, record.tally, lang)
    _print_findings(out, record, lang)
    _print_not_proved(out, record, lang)
    _print_observed(out, record, lang)


def print_shared_papers(papers: Sequence[SharedPaper], lang: Language = ENGLISH) -> None:
    """The papers that are replies in several of the votes shown."""
    if papers:
        out = console(lang)
        out.print(Text(lang.say("Papers in several votes"), style="bold"))
        for paper in papers:
            print_hanging(out, Text("  "), Text(lang.again(paper.said())))
        out.print()


def _print_findings(out: Console, record: Record, lang: Language) -> None:
    """Findings with the same text share a line; those that bear on the outcome come first."""
    heading, groups = Text(lang.say("Findings"), style="bold"), record.groups
    if not groups:
        out.print(heading)
        out.print(Text("  " + lang.word("none")))
        return
    counted = lang.say("{name}: {value}", name=lang.say("Findings"), value=summary(groups))
    out.print(Text(counted, style="bold"))
    width = max(7, *(cell_len(lang.word(severity)) + 1 for severity in ("reject", "flag", "note")))
    for group in groups:
        line = Text(f"{group.clause or lang.say('observed')}{lang.colon}", style="bold")
        if group.about and not group.named:
            line.append(f"{_about(group.about)}{lang.colon}", style="not bold")
        style = "bold red" if group.bears_on_outcome else "not bold"
        line.append(lang.again(group.said), style=style)
        line.append(f" ({said_ids(group.ids)})", style="not bold dim")
        grade = "  " + set_cell_size(lang.word(group.severity), width)
        print_hanging(out, Text(grade, style=STYLES[group.severity]), line)


def _print_not_proved(out: Console, record: Record, lang: Language) -> None:
    grouped: dict[Said, list[str]] = {}
    for each in record.replies:
        grouped.setdefault(each.verdict.not_proved, []).append(whose_reply(each.reply))
    if not record.replies and not record.silent and not record.not_on_record:
        return
    out.print(Text(lang.say("Not proved"), style="bold"))
    everyone = len(record.replies)
    for text, members in grouped.items():
        whose = lang.say("every reply") if len(members) == everyone and everyone > 1 else ", ".join(members)
        print_hanging(out, Text("  "), Text(f"{whose}{lang.colon}{lang.again(text)}"))
    if record.silent:
        print_hanging(out, Text("  "), Text(_silent(record, lang)))
    if record.not_on_record:
        number, unknown = len(record.not_on_record), _first(record.not_on_record)
        said = lang.say("position not on record ({number}): {members}.", number=number, members=unknown)
        print_hanging(out, Text("  "), Text(said))
    out.print()


def _print_observed(out: Console, record: Record, lang: Language) -> None:
    """The messages that replies came in, and what was observed in them."""
    found = [
        (each, evidence)
        for each in record.replies
        for evidence in each.verdict.evidence
        if evidence.kind in {"message", "observation"}
    ]
    if not found:
        return
    out.print(Text(lang.say("Messages"), style="bold"))
    for each, evidence in found:
        print_hanging(out, Text("  "), Text(f"{whose_reply(each.reply)}: {lang.again(evidence.text)}"))
    out.print()


def _first(members: Sequence[str]) -> str:
    return ", ".join(members if len(members) <= 15 else (*members[:15], "..."))


def _silent(record: Record, lang: Language) -> str:
    number, members = len(record.silent), _first(record.silent)
    if not record.state.is_closed:
        return lang.say("no reply yet ({number}): {members}. ", number=number, members=members)
    means = Word(record.state.procedure.silence.means)
    said = Said.of("silent, counted as {means} ({number}): {members}.", means=means, number=number, members=members)
    return lang.say("{first} {second}", first=said, second=record.silence_not_proved)


def whose_reply(reply: Reply) -> str:
    """The member, with the number of its reply if that is not the first."""
    return _numbered(reply.member, reply.ordinal)


def _about(replies: Sequence[tuple[str, int]]) -> str:
    """The replies, the first 15 of them, and their number if there are several."""
    listed = [_numbered(*each) for each in replies[:_MANY]]
    listed += ["..."] if len(replies) > _MANY else []
    return ", ".join(listed) + (f" ({len(replies)})" if len(replies) > 1 else "")


def _numbered(member: str, reply: int) -> str:
    return member + (f" ({reply})" if reply > 1 else "")


def print_summary_lines(summaries: Iterable[Summary], lang: Language = ENGLISH) -> None:
    """A line for each vote as it comes; none is kept in memory. Remarks on an outcome are below it."""
    out, number, simulated = console(lang), 0, False
    columns = [*((name, lang.word(name)) for name in (*_STRENGTHS, *_SEVERITIES))]
    widths = {name: max(_NUMBER, cell_len(word)) for name, word in columns}
    for number, each in enumerate(summaries, start=1):
        if number == 1:
            heads = (_right(word, widths[name]) for name, word in columns)
            head = _left(lang.say("vote"), _NAME) + _left(lang.say("outcome"), _OUTCOME) + " ".join(heads)
            out.print(Text(head, style="dim"), soft_wrap=True)
        made_up = each.state.draft.act.times == "simulated"
        simulated = simulated or made_up
        counts: dict[str, int] = {**each.strengths, **each.findings}
        figures = (_right(lang.number(counts[name]), widths[name]) for name, _ in columns)
        outcome = said_outcome(each.state, each.record.tally.outcome, lang) + (" *" if made_up else "")
        name = said_vote(each.state, lang)
        if cell_len(name) >= _NAME:
            print_hanging(out, Text(), Text(name))
            name = ""
        out.print(Text(_left(name, _NAME) + _left(outcome, _OUTCOME) + " ".join(figures)), soft_wrap=True)
        for beside in each.record.beside_the_outcome:
            print_hanging(out, Text("  "), Text(lang.again(beside), style="bold red"))
    out.print(Text(lang.plural("{number} vote", "{number} votes", number), style="dim"))
    if number:
        said = lang.say("The numbers are of replies that take effect, by strength of evidence, and of findings.")
        print_hanging(out, Text(), Text(said, style="dim"))
    if simulated:
        label = lang.say("SIMULATED: the times, persons and letters of this vote are made up")
        print_hanging(out, Text("* ", style="dim"), Text(label, style="dim"))


def print_listed(votes: Iterable[Listed], lang: Language = ENGLISH) -> None:
    """Votes in a table: the phase, outcome, evidence and findings of each."""
    out, say = console(lang), lang.say
    table = new_table(say("vote"), say("phase"), say("outcome"), say("evidence"), say("findings"), say("times"))
    beside: list[tuple[str, Said]] = []
    widest = 0
    for call, each, certainly in votes:
        over = call.state.annulled is not None or call.state.withdrawn is not None
        phase, name = lang.again(said_phase(call)), said_vote(call.state, lang)
        widest = max(widest, cell_len(name))
        if certainly is False:
            phase = say("{phase}; perhaps in those days", phase=said_phase(call))
        table.add_row(
            name,
            phase,
            "" if over else said_outcome(call.state, call.tally.outcome, lang),
            strengths_said(each.strengths, lang),
            findings_said(each.findings, lang),
            times_said(call.state, lang),
        )
        beside += ((name, said) for said in each.record.beside_the_outcome)
    if not table.row_count:
        out.print(say("no votes"))
        return
    table.columns[0].no_wrap = widest <= _WIDEST_NAME
    out.print(table)
    for name, said in beside:
        print_hanging(out, Text(f"{name}{lang.colon}"), Text(lang.again(said), style="bold red"))


def strengths_said(counts: Mapping[str, int], lang: Language) -> str:
    """The numbers of replies that take effect, by strength of evidence."""
    each = (Said.of("{number} {strength}", number=n, strength=Word(name)) for name, n in counts.items() if n)
    return lang.join(lang.again(said) for said in each) or lang.say("no reply")


def findings_said(counts: Mapping[str, int], lang: Language) -> Text:
    """The numbers of findings by severity; the gravest sets the colour."""
    said = {
        "reject": lang.plural("{number} reject", "{number} reject", counts["reject"]),
        "flag": lang.plural("{number} flag", "{number} flags", counts["flag"]),
        "note": lang.plural("{number} note", "{number} notes", counts["note"]),
    }
    found = [name for name, number in counts.items() if number]
    return Text(lang.join(said[name] for name in found), style=STYLES[found[0]] if found else "")


def _left(text: str, width: int) -> str:
    return text + " " * max(1, width - cell_len(text))


def _right(text: str, width: int) -> str:
    return " " * max(0, width - cell_len(text)) + text
