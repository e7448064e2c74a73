"""What a person sees. It fits 80 columns, in a terminal and in a pipe; colour only says again what words say."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import TextIOWrapper
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..domain.finding import Finding
from ..domain.procedure import Procedure
from ..domain.register import Register
from ..domain.said import Local, Said, Value, Word
from ..domain.state import Reply, VoteState
from ..domain.tally import Tally, question_said
from ..ledger.projections.record import Record, ReplyRecord
from ..ledger.projections.roll_call import HistoryStep, RollCall
from .language.english import ENGLISH, Language
from .language.phrases import said_phase
from .lines import Prose, wrapped

if TYPE_CHECKING:
    from ..ledger.audit.result import Verification

_STYLES = {
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
_UNKNOWN = Said.of("not known")
_NOT_YET = Said.of("no reply yet")


def print_roll_call(call: RollCall, lang: Language = ENGLISH, *, moment: bool = False) -> None:
    """The roll call: heading, clock, and a line per member; of a large roster, only those who replied."""
    out, state, say = _console(), call.state, lang.say
    _heading(out, state, lang)
    facts = [*_window_facts(state, lang), *_result_facts(call, lang)]
    _facts(out, [(say("phase"), _phase(call, lang, moment=moment)), *facts])
    if call.untimed:
        said = lang.plural(
            "{number} act of this history cannot be placed before or after this moment",
            "{number} acts of this history cannot be placed before or after this moment",
            call.untimed,
        )
        _hang(out, Text(), Text(said, style="yellow"))
    large = len(call.seats) > 40
    table = _table("", say("member"), say("position"), say("received"), say("acknowledged"))
    table.columns[3].no_wrap = table.columns[4].no_wrap = True
    for seat in call.seats:
        if large and not seat.replies:
            continue
        shown = seat.reply or (seat.replies[-1] if seat.replies else None)
        position = lang.word(seat.position) if seat.position else _silence(call, seat.replies, lang)
        table.add_row(
            "*" if seat.permanent else "",
            f"{seat.member} {_short(lang.member(seat.member, state.procedure.names))}",
            Text(position, style=_STYLES.get(seat.position or "", "dim")),
            _received(state, shown, lang) if shown else "",
            _acknowledged(shown, lang) if shown and state.procedure.acknowledgement else "",
        )
    for reply in call.others:
        known = reply.member in state.procedure.names
        name = _short(lang.member(reply.member, state.procedure.names)) if known else ""
        acknowledged = _acknowledged(reply, lang) if state.procedure.acknowledgement else ""
        off = Text(say("off the roster"), style="red")
        table.add_row("", f"{reply.member} {name}", off, _received(state, reply, lang), acknowledged)
    if table.row_count:
        out.print(table)
    notes = [say("* permanent member")] if any(seat.permanent for seat in call.seats) else []
    if large:
        quiet = sum(not seat.replies for seat in call.seats)
        notes.append(
            lang.plural(
                "{number} member of {all} silent, and not listed",
                "{number} members of {all} silent, and not listed",
                quiet,
                all=len(call.seats),
            )
        )
    if call.owed:
        notes.append(say("acknowledgement owed to: {members}", members=tuple(_owed(r, state) for r in call.owed)))
    notes.append(say("times in {zone}", zone=state.procedure.zone))
    for note in notes:
        _hang(out, Text(), Text(note, style="dim"))


def print_votes(calls: Sequence[RollCall], lang: Language = ENGLISH) -> None:
    """A line per vote."""
    out, say = _console(), lang.say
    if not calls:
        out.print(say("no votes yet"))
        return
    table = _table(say("vote"), say("phase"), say("outcome"), say("counts"), say("times"))
    for call in calls:
        counts = _counts(call.state, call.tally, lang, unheard=_unheard(call), all_of_them=False)
        phase, outcome = lang.again(said_phase(call)), lang.word(call.tally.outcome)
        table.add_row(call.state.symbol, phase, outcome, counts, _times(call.state, lang))
    out.print(table)


def print_history(steps: Sequence[HistoryStep], lang: Language = ENGLISH) -> None:
    """Every act on a line, with its clock and the time left."""
    out, say = _console(), lang.say
    if not steps:
        return
    _heading(out, steps[-1].after.state, lang)
    table = _table("#", say("when"), say("left"), say("act"))
    for step in steps:
        left = _left(step.after, lang)
        table.add_row(str(step.recorded.number), _when(step, lang), left, Prose(lang.again(_with_entry(step))))
    out.print(table)
    _closing_line(out, steps[-1].after, lang)


def print_step(step: HistoryStep, number: int, total: int, lang: Language = ENGLISH) -> None:
    """One act, and the vote right after it."""
    out, call = _console(), step.after
    if number == 1:
        _heading(out, call.state, lang)
    line = Text(f"{number:>3}/{total}  ", style="dim")
    line.append(_when(step, lang), style="not dim cyan")
    if left := _left(call, lang):
        over = call.time_left is not None and call.time_left < timedelta(0)
        line.append("  " + (left if over else lang.say("{length} left", length=left)))
    out.print(line)
    _hang(out, Text(" " * 9), Text(lang.again(_with_entry(step)), style="bold"))
    counts = _counts(call.state, call.tally, lang, unheard=_unheard(call))
    _hang(out, Text(" " * 9), Text(counts if call.seats else lang.say("voting is not open"), style="dim"))


def print_record(record: Record, lang: Language = ENGLISH) -> None:
    """The record of a vote: outcome and why, a verdict per reply, findings, and what is not proved."""
    out, state, say = _console(), record.state, lang.say
    _heading(out, state, lang)
    _facts(out, _window_facts(state, lang))
    out.print()
    out.print(Text(say("Outcome"), style="bold"))
    for reason in record.tally.reasons:
        _hang(out, Text("  "), Text(lang.again(reason)))
    _hang(out, Text("  "), Text(_counts(state, record.tally, lang)))
    if record.replies:
        judged = (say("counted"), say("placement"), say("strength"), say("margin"), say("findings"))
        table = _table(say("member"), say("position"), *judged)
        table.columns[0].no_wrap = True
        for each in record.replies:
            act, verdict = each.reply.act, each.verdict
            table.add_row(
                _whose(each.reply),
                Text(lang.word(act.position or "none"), style=_STYLES.get(act.position or "", "")),
                say("yes") if each.counted else Text(say("no"), style="red"),
                Text(lang.word(verdict.placement), style=_STYLES.get(verdict.placement, "")),
                lang.word(verdict.strength),
                "" if verdict.margin is None else lang.margin(verdict.margin),
                _ids(each.findings),
            )
        out.print(table)
    _print_findings(out, record, lang)
    _print_not_proved(out, record, lang)


def print_verification(name: str, found: Verification, lang: Language = ENGLISH) -> None:
    """The result of the checks, and what they do not prove; what does not hold is said in English alone."""
    from ..ledger.audit.checks import NAMES  # most that is shown needs no check

    out, say = _console(), lang.say
    about = {
        "name": name,
        "entries": Said.counted("{number} entry", "{number} entries", found.entries),
        "votes": Said.counted("{number} vote", "{number} votes", found.votes),
    }
    if found.holds:
        text = say("holds: {name}, {entries}, {votes}: every check passed", **about)
        out.print(Text(text, style="green"))
    else:
        problems = Said.counted("{number} problem", "{number} problems", len(found.problems))
        text = say(
            "DOES NOT HOLD: {name}, {entries}, {votes}: {problems}; the first comes first", problems=problems, **about
        )
        out.print(Text(text, style="bold red"))
        for problem in found.problems[:20]:
            name, where = lang.word(NAMES[problem.check - 1]), problem.entry
            lead = say("check {check} {name}: ", check=problem.check, name=name)
            if where is not None:
                lead = say("check {check} {name}, entry {entry}: ", check=problem.check, name=name, entry=where)
            out.print(Text(f"  {lead}", style="bold") + Text(problem.text, style="not bold"))
        if len(found.problems) > 20:
            more = say("... and {number} more; --json has all", number=len(found.problems) - 20)
            out.print(Text(f"  {more}", style="dim"))
    if found.checkpoint is not None:
        checkpoint = found.checkpoint
        head = (say("head"), say("size {size}", size=checkpoint.size))
        _facts(out, [(say("log"), checkpoint.origin), head, (say("root"), checkpoint.root.hex())])
    if found.witnesses:
        sizes = tuple(Said.of("{witness} (size {size})", witness=w.name, size=w.size) for w in found.witnesses)
        enough = say("{witnesses}: enough, by the policy of the trust file", witnesses=sizes)
        few = say("{witnesses}: not enough, by the policy of the trust file", witnesses=sizes)
        _facts(out, [(say("witnesses"), enough if found.witnessed else few)])
    if found.uncovered:
        behind = lang.plural(
            "{number} entry is recorded behind the head and not covered by it yet",
            "{number} entries are recorded behind the head and not covered by it yet",
            found.uncovered,
        )
        out.print(Text(behind, style="yellow"))
    out.print(Text(say("Not proved:"), style="bold"))
    for each in found.not_proved:
        _hang(out, Text("- "), Text(lang.again(each), style="dim"))


def print_strengths(counted: Mapping[str, Mapping[str, int]], lang: Language = ENGLISH) -> None:
    """How many replies of each vote are evidenced how strongly, once timestamps count."""
    out = _console()
    for symbol, counts in counted.items():
        strengths = tuple(Said.of("{number} {strength}", number=n, strength=Word(name)) for name, n in counts.items())
        said = strengths or Word("none")
        out.print(Text(lang.say("{symbol}: replies {strengths}", symbol=symbol, strengths=said)))


def print_short(wanted: str, short: Iterable[tuple[str, ReplyRecord]], more: int = 0, lang: Language = ENGLISH) -> None:
    """The replies that are evidenced less strongly than was asked for; ``more`` that are not shown."""
    out = _console()
    out.print(Text(lang.say("LESS THAN {strength}:", strength=lang.word(wanted).upper()), style="bold red"))
    for symbol, each in short:
        strength = Said.of("{strength}.", strength=Word(each.verdict.strength))
        body = lang.say("{first} {second}", first=strength, second=each.verdict.not_proved)
        _hang(out, Text(f"- {symbol}, {_whose(each.reply)}: "), Text(body))
    if more:
        out.print(Text("  " + lang.say("... and {number} more; --json has all", number=more), style="dim"))


def print_unwitnessed(lang: Language = ENGLISH) -> None:
    """That fewer witnesses than the policy asks for have cosigned all of it."""
    text = lang.say("NOT WITNESSED: too few witnesses, by the policy of the trust file, have cosigned all of it")
    _hang(_console(), Text(), Text(text, style="bold red"))


def print_keys(register: Register, names: dict[str, str]) -> None:
    """The keys of the register, then those in the folder that are not enrolled."""
    out = _console()
    table = _table("key", "name here", "office", "in force")
    for grant in register.grants:
        office = grant.office + (f" of {grant.member}" if grant.member else "")
        since = f"from {ENGLISH.instant(grant.valid_from, 'UTC')} " if grant.valid_from else ""
        until = f"until {ENGLISH.instant(grant.valid_until, 'UTC')}" if grant.valid_until else ""
        force = "revoked" if grant.key in register.revoked else (since + until).strip() or "yes"
        table.add_row(grant.key[:16], names.get(grant.key, ""), office, force)
    enrolled = {grant.key for grant in register.grants}
    for key, name in names.items():
        if key not in enrolled:
            table.add_row(key[:16], name, *_role_in_log(key, register))
    out.print(table)


def _role_in_log(key: str, register: Register) -> tuple[str, str]:
    """What a key that acts for nobody does for the log, and whether it does now."""
    from ..ledger.standards.cosignature import log_key
    from ..ledger.standards.ed25519 import key_id
    from ..ledger.standards.note import Verifier

    def is_of(vkey: str) -> bool:
        verifier = log_key(vkey)
        return isinstance(verifier, Verifier) and key_id(verifier.public) == key

    if register.next_log_key and is_of(register.next_log_key):
        return "signs checkpoints next", "announced"
    if not any(is_of(vkey) for vkey in register.log_keys):
        return "not enrolled", ""
    return "signs checkpoints", "yes" if is_of(register.log_keys[-1]) else "replaced"


def print_procedure(rules: Procedure, lang: Language = ENGLISH) -> None:
    """A procedure, clause by clause."""
    out = _console()
    out.print(Text(lang.written(rules.title), style="bold"))
    out.print(Text(f"{rules.id}, SHA-256 {rules.sha256}", style="dim"))
    out.print(Text(lang.written(rules.source)))
    out.print()
    for clause in rules.clauses:
        effect = f"  [{lang.word(clause.effect)}]" if clause.effect else ""
        out.print(Text(clause.id, style="bold") + Text(effect, style=_STYLES.get(clause.effect or "", "")))
        _hang(out, Text("  "), Text(lang.written(clause.text)))
        _hang(out, Text("  "), Text(lang.written(clause.source), style="dim"))


@contextmanager
def verifying(stream: TextIO) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("verifying", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("verifying", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line; rich would exit with status 1, which says that something does not hold."""
        raise BrokenPipeError


def _console() -> Console:
    width = get_terminal_size().columns if sys.stdout.isatty() else 80
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a locale without the letter loses the letter, not the line
    return _Console(highlight=False, markup=False, emoji=False, width=width)


def _table(*headings: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _heading(out: Console, state: VoteState, lang: Language) -> None:
    draft, say = state.draft.act, lang.say
    if draft.times == "simulated":
        label = say("SIMULATED: the times, persons and letters of this vote are made up")
        out.print(Text(f" {label} ", style="reverse bold"))
    title = Text(state.symbol, style="bold")
    if draft.title:
        title.append(f"  {draft.title}")
    out.print(title)
    about = {"procedure": Said.written(state.procedure.title), "question": question_said(draft.question)}
    said = say("{procedure}; {question}", **about)
    if draft.sponsors:
        sponsors = tuple(state.procedure.said(sponsor) for sponsor in draft.sponsors)
        said = say("{procedure}; {question}; sponsors: {members}", **about, members=sponsors)
    _hang(out, Text(), Text(said))
    if draft.times == "documented":
        documented = say("times as documented: what print does not say stays unknown")
        _hang(out, Text(), Text(documented, style="italic"))


def _facts(out: Console, facts: Sequence[tuple[str, str]]) -> None:
    width = max([11, *(cell_len(name) + 2 for name, _ in facts)])
    for name, text in facts:
        _hang(out, Text(set_cell_size(name, width), style="dim"), Text(text))


def _hang(out: Console, lead: Text, body: Text) -> None:
    """A line whose continuation stands under its body, not under its lead."""
    lines = wrapped(body, out, out.width - lead.cell_len)
    for line in lines:
        line.rstrip()
    out.print(lead + Text("\n" + " " * lead.cell_len).join(lines), soft_wrap=True)


def _phase(call: RollCall, lang: Language, *, moment: bool) -> str:
    left, at = call.time_left, Local(call.at, call.state.procedure.zone)
    if call.phase == "open" and left is None:
        return lang.say("opened at {at}; whether it was still open is not known", at=at)
    if call.phase == "open" and left is not None:
        return lang.say("open at {at}: {length} left", at=at, length=left)
    if call.phase == "due" and left is not None:
        return lang.say(
            "due at {at}: the window has been over for {length}; voting is not closed yet", at=at, length=left
        )
    phase = said_phase(call)
    return lang.say("{phase}, as of {at}", phase=phase, at=at) if moment else lang.again(phase)


def _window_facts(state: VoteState, lang: Language) -> list[tuple[str, str]]:
    if state.opening is None:
        return []
    window, where = state.window, state.procedure.zone
    return [
        (lang.say("opens"), lang.span(window.opens, where)),
        (lang.say("closes"), lang.span(window.closes, where)),
    ]


def _result_facts(call: RollCall, lang: Language) -> list[tuple[str, str]]:
    say, counts = lang.say, _counts(call.state, call.tally, lang, unheard=_unheard(call))
    facts = [(say("counts"), counts)] if call.seats else []
    if call.tally.outcome != "open":
        facts.append((say("outcome"), lang.again(call.tally.reasons[-1])))
    result = call.state.result
    if result is not None:
        moment, number, where = result.act.announced_at, result.act.resolution, call.state.procedure.zone
        text = lang.moment(moment, where)
        if number:
            at = Local(moment, where) if isinstance(moment, datetime) else moment or _UNKNOWN
            text = say("{at} as resolution {resolution}", at=at, resolution=number)
        facts.append((say("announced"), text))
    return facts


def _closing_line(out: Console, call: RollCall, lang: Language) -> None:
    _facts(out, _result_facts(call, lang))
    out.print(Text(lang.say("times in {zone}", zone=call.state.procedure.zone), style="dim"))


def _print_findings(out: Console, record: Record, lang: Language) -> None:
    """Findings that say the same of several replies stand on one line."""
    out.print(Text(lang.say("Findings"), style="bold"))
    if not record.findings:
        out.print(Text("  " + lang.word("none")))
        return
    grouped: dict[tuple[str | None, str, str], list[tuple[str, Finding]]] = {}
    for fid, finding in record.findings:
        grouped.setdefault((finding.clause, finding.severity, finding.text), []).append((fid, finding))
    grades = {severity: lang.word(severity) for severity in ("reject", "flag", "note")}
    width = max(7, *(cell_len(grade) + 1 for grade in grades.values()))
    for severity, grade in grades.items():
        for (clause, found_as, _), found in grouped.items():
            if found_as != severity:
                continue
            text = found[0][1].text
            line = Text(f"{clause or lang.say('observed')}: ", style="bold")
            members = [_about(f) for _, f in found if f.member and f.member not in f.text]
            if members:
                line.append(f"{', '.join(members)}: ", style="not bold")
            line.append(lang.again(text), style="not bold")
            line.append(f" ({_ids([fid for fid, _ in found])})", style="not bold dim")
            _hang(out, Text("  " + set_cell_size(grade, width), style=_STYLES[severity]), line)


def _print_not_proved(out: Console, record: Record, lang: Language) -> None:
    grouped: dict[Said, list[str]] = {}
    for each in record.replies:
        grouped.setdefault(each.verdict.not_proved, []).append(_whose(each.reply))
    if not record.replies and not record.silent:
        return
    out.print(Text(lang.say("Not proved"), style="bold"))
    everyone = len(record.replies)
    for text, members in grouped.items():
        whose = lang.say("every reply") if len(members) == everyone and everyone > 1 else ", ".join(members)
        _hang(out, Text("  "), Text(f"{whose}: {lang.again(text)}"))
    if record.silent:
        _hang(out, Text("  "), Text(_silent(record, lang)))
    out.print()


def _silent(record: Record, lang: Language) -> str:
    shown = record.silent if len(record.silent) <= 15 else (*record.silent[:15], "...")
    number, members = len(record.silent), ", ".join(shown)
    if not record.state.is_closed:
        return lang.say("no reply yet ({number}): {members}. ", number=number, members=members)
    means = Word(record.state.procedure.silence.means)
    said = Said.of("silent, counted as {means} ({number}): {members}.", means=means, number=number, members=members)
    return lang.say("{first} {second}", first=said, second=record.silence_not_proved)


def _counts(
    state: VoteState, tally: Tally, lang: Language, *, unheard: Said = _NOT_YET, all_of_them: bool = True
) -> str:
    """The counts; until voting is closed, silence is not said to mean anything yet."""
    silence = state.procedure.silence.means
    named = {} if state.is_closed else {silence: lang.again(unheard)}
    counts = ((name, number) for name, number in tally.counts.items() if number or all_of_them)
    return " · ".join(f"{named.get(name) or lang.word(name)} {number}" for name, number in counts)


def _unheard(call: RollCall) -> Said:
    """What can be said of a member of whom nothing is known at this moment."""
    return _UNKNOWN if call.untimed else _NOT_YET


def _silence(call: RollCall, replies: tuple[Reply, ...], lang: Language) -> str:
    if replies:
        position = replies[-1].act.position
        said = Word(position) if position else Said.of("no position")
        return lang.say("{position}, not counted", position=said)
    if call.state.is_closed:
        return lang.word(call.state.procedure.silence.means)
    return lang.again(_unheard(call))


def _received(state: VoteState, reply: Reply, lang: Language) -> str:
    return lang.moment(reply.act.received_at, state.procedure.zone)


def _whose(reply: Reply) -> str:
    """The member, with the number of its reply where that is not the first."""
    return _numbered(reply.member, reply.ordinal)


def _about(finding: Finding) -> str:
    return _numbered(finding.member or "", finding.reply or 1)


def _numbered(member: str, reply: int) -> str:
    return member + (f" ({reply})" if reply > 1 else "")


def _owed(reply: Reply, state: VoteState) -> Value:
    member = state.procedure.said(reply.member)
    return Said.of("{member} (reply {reply})", member=member, reply=reply.ordinal) if reply.ordinal > 1 else member


def _acknowledged(reply: Reply, lang: Language) -> str:
    return lang.say("yes") if reply.acknowledged is not None else lang.say("no")


def _when(step: HistoryStep, lang: Language) -> str:
    act = step.recorded.act
    moment = getattr(act, act.when)
    if moment is None and step.after.state.documented:
        dated = getattr(act, "dated", None)
        return lang.say("dated {dated}", dated=dated) if dated else lang.say("not known")
    return lang.moment(moment or step.recorded.recorded_at, step.after.state.procedure.zone)


def _with_entry(step: HistoryStep) -> Said:
    """What an act did, and when it was entered where that was later than the procedure's registration lag."""
    state, act, recorded_at = step.after.state, step.recorded.act, step.recorded.recorded_at
    moment = getattr(act, act.when)
    if state.documented or not isinstance(moment, datetime):
        return step.text
    if (recorded_at - moment).total_seconds() <= state.procedure.recording.lag_seconds:
        return step.text
    return Said.of("{act} [entered {at}]", act=step.text, at=Local(recorded_at, state.procedure.zone))


def _left(call: RollCall, lang: Language) -> str:
    left = call.time_left
    if left is None or call.state.documented or call.state.is_closed:
        return ""
    return lang.duration(left) if left >= timedelta(0) else lang.say("over {length}", length=left)


def _times(state: VoteState, lang: Language) -> str:
    match state.draft.act.times:
        case "simulated":
            return lang.say("SIMULATED")
        case "documented":
            return lang.say("as documented")
        case _:
            return lang.word("live")


def _short(name: str) -> str:
    """A member's name without what stands in brackets or after it, so that a line stays a line."""
    return name.partition(" (")[0].partition(" of Great Britain")[0]


def _ids(found: Sequence[str]) -> str:
    """``F1 F2 F3 F7`` as ``F1-F3 F7``."""
    numbers = sorted(int(fid[1:]) for fid in found)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(f"F{run[0]}" if len(run) == 1 else f"F{run[0]}-F{run[-1]}" for run in runs)
