"""The record of a vote: its outcome, a verdict on each reply, findings, and what is not proved."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from ...domain.finding_groups import summary
from ...domain.phrase import Said, Word
from ...domain.state import Reply
from ...ledger.projections.record import Record
from ...ledger.projections.shared_papers import SharedPaper
from ..language.english import ENGLISH, Language
from ..language.phrases import said_ids, said_position
from .roll_call import counts_of, window_facts
from .tables import STYLES, console, new_table, print_facts, print_hanging, print_heading
from .wrap import Text

_MANY = 15
"""Members at most that a line lists."""


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
    if record.replies:
        judged = (say("counted"), say("placement"), say("strength"), say("margin"), say("findings"))
        table = new_table(say("member"), say("position"), *judged)
        table.columns[0].no_wrap = True
        for each in record.replies:
            act, verdict = each.reply.act, each.verdict
            table.add_row(
                whose_reply(each.reply),
                Text(
                    said_position(each.reply, state, lang),
                    style="" if each.reply.voided else STYLES.get(act.position or "", ""),
                ),
                say("yes") if each.counted else Text(say("no"), style="red"),
                Text(lang.word(verdict.placement), style=STYLES.get(verdict.placement, "")),
                lang.word(verdict.strength),
                "" if verdict.margin is None else lang.margin(verdict.margin),
                said_ids(each.findings),
            )
        out.print(table)
    _print_findings(out, record, lang)
    _print_not_proved(out, record, lang)


def print_shared_papers(papers: Sequence[SharedPaper], lang: Language = ENGLISH) -> None:
    """The papers that are replies in several of the votes shown, if there are any."""
    if papers:
        out = console(lang)
        out.print(Text(lang.say("Papers in several votes"), style="bold"))
        for paper in papers:
            print_hanging(out, Text("  "), Text(lang.again(paper.said())))
        out.print()


def _print_findings(out: Console, record: Record, lang: Language) -> None:
    """Findings that say one thing are on one line; what bears on the outcome comes first."""
    heading, groups = Text(lang.say("Findings"), style="bold"), record.groups
    if not groups:
        out.print(heading)
        out.print(Text("  " + lang.word("none")))
        return
    counted = lang.say("{name}: {value}", name=lang.say("Findings"), value=summary(groups))
    out.print(Text(counted, style="bold"))
    width = max(7, *(cell_len(lang.word(severity)) + 1 for severity in ("reject", "flag", "note")))
    for group in groups:
        line = Text(f"{group.clause or lang.say('observed')}: ", style="bold")
        if group.about and not group.named:
            line.append(f"{_about(group.about)}: ", style="not bold")
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
        print_hanging(out, Text("  "), Text(f"{whose}: {lang.again(text)}"))
    if record.silent:
        print_hanging(out, Text("  "), Text(_silent(record, lang)))
    if record.not_on_record:
        number, unknown = len(record.not_on_record), _first(record.not_on_record)
        said = lang.say("position not on record ({number}): {members}.", number=number, members=unknown)
        print_hanging(out, Text("  "), Text(said))
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
    """The member, with the number of its reply where that is not the first."""
    return _numbered(reply.member, reply.ordinal)


def _about(replies: Sequence[tuple[str, int]]) -> str:
    """The replies, the first 15 of them, and how many there are where they are several."""
    listed = [_numbered(*each) for each in replies[:_MANY]]
    listed += ["..."] if len(replies) > _MANY else []
    return ", ".join(listed) + (f" ({len(replies)})" if len(replies) > 1 else "")


def _numbered(member: str, reply: int) -> str:
    return member + (f" ({reply})" if reply > 1 else "")
