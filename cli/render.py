"""What a person sees. It fits 80 columns, in a terminal and in a pipe; colour only says again what words say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from io import TextIOWrapper
from shutil import get_terminal_size
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..domain.finding import Finding
from ..domain.instant import Span, format_local
from ..domain.procedure import Procedure
from ..domain.register import Register
from ..domain.state import Reply, VoteState
from ..domain.tally import Tally
from ..domain.wording import count, duration, words
from ..ledger.record import Record, ReplyRecord
from ..ledger.rollcall import HistoryStep, RollCall
from ..ledger.verification import NAMES, Verification

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
_UNKNOWN = "not known"
_NOT_YET = "no reply yet"


def print_roll_call(call: RollCall, *, moment: bool = False) -> None:
    """The roll call: heading, clock, and a line per member; of a large roster, only those who replied."""
    out, state = _console(), call.state
    _heading(out, state)
    _facts(out, [("phase", _phase(call, moment=moment)), *_window_facts(state), *_result_facts(call)])
    if call.untimed:
        said = f"{count(call.untimed, 'act')} of this history cannot be placed before or after this moment"
        out.print(Text(said, style="yellow"))
    large = len(call.seats) > 40
    table = _table("", "member", "position", "received", "acknowledged")
    table.columns[3].no_wrap = table.columns[4].no_wrap = True
    for seat in call.seats:
        if large and not seat.replies:
            continue
        shown = seat.reply or (seat.replies[-1] if seat.replies else None)
        position = words(seat.position) if seat.position else _silence(call, seat.replies)
        table.add_row(
            "*" if seat.permanent else "",
            f"{seat.member} {_short(seat.name)}",
            Text(position, style=_STYLES.get(seat.position or "", "dim")),
            _received(state, shown) if shown else "",
            _acknowledged(shown) if shown and state.procedure.acknowledgement else "",
        )
    for reply in call.others:
        name = _short(state.procedure.names.get(reply.member, ""))
        acknowledged = _acknowledged(reply) if state.procedure.acknowledgement else ""
        off = Text("off the roster", style="red")
        table.add_row("", f"{reply.member} {name}", off, _received(state, reply), acknowledged)
    if table.row_count:
        out.print(table)
    notes = ["* permanent member"] if any(seat.permanent for seat in call.seats) else []
    if large:
        quiet = sum(not seat.replies for seat in call.seats)
        notes.append(f"{count(quiet, 'member')} of {len(call.seats)} silent, and not listed")
    if call.owed:
        owed = ", ".join(f"{r.member}{f' (reply {r.ordinal})' if r.ordinal > 1 else ''}" for r in call.owed)
        notes.append(f"acknowledgement owed to: {owed}")
    notes.append(f"times in {state.procedure.zone}")
    for note in notes:
        _hang(out, Text(), Text(note, style="dim"))


def print_votes(calls: Sequence[RollCall]) -> None:
    """A line per vote."""
    out = _console()
    if not calls:
        out.print("no votes yet")
        return
    table = _table("vote", "phase", "outcome", "counts", "times")
    for call in calls:
        counts = _counts(call.state, call.tally, unheard=_unheard(call), all_of_them=False)
        table.add_row(call.state.symbol, call.phase, words(call.tally.outcome), counts, _times(call.state))
    out.print(table)


def print_history(steps: Sequence[HistoryStep]) -> None:
    """Every act on a line, with its clock and the time left."""
    out = _console()
    if not steps:
        return
    _heading(out, steps[-1].after.state)
    table = _table("#", "when", "left", "act")
    for step in steps:
        table.add_row(str(step.recorded.number), _when(step), _left(step.after), step.text + _entered(step))
    out.print(table)
    _closing_line(out, steps[-1].after)


def print_step(step: HistoryStep, number: int, total: int) -> None:
    """One act, and the vote right after it."""
    out, call = _console(), step.after
    if number == 1:
        _heading(out, call.state)
    line = Text(f"{number:>3}/{total}  ", style="dim")
    line.append(_when(step), style="not dim cyan")
    if left := _left(call):
        line.append(f"  {left} left" if not left.startswith("over") else f"  {left}")
    out.print(line)
    _hang(out, Text(" " * 9), Text(step.text + _entered(step), style="bold"))
    counts = _counts(call.state, call.tally, unheard=_unheard(call))
    _hang(out, Text(" " * 9), Text(counts if call.seats else "voting is not open", style="dim"))


def print_record(record: Record) -> None:
    """The record of a vote: outcome and why, a verdict per reply, findings, and what is not proved."""
    out, state = _console(), record.state
    _heading(out, state)
    _facts(out, _window_facts(state))
    out.print()
    out.print(Text("Outcome", style="bold"))
    for reason in record.tally.reasons:
        _hang(out, Text("  "), Text(reason))
    _hang(out, Text("  "), Text(_counts(state, record.tally)))
    if record.replies:
        table = _table("member", "position", "counted", "placement", "strength", "margin", "findings")
        table.columns[0].no_wrap = True
        for each in record.replies:
            act, verdict = each.reply.act, each.verdict
            table.add_row(
                _whose(each.reply),
                Text(words(act.position) if act.position else "none", style=_STYLES.get(act.position or "", "")),
                "yes" if each.counted else Text("no", style="red"),
                Text(verdict.placement, style=_STYLES.get(verdict.placement, "")),
                verdict.strength,
                _margin(verdict.margin),
                _ids(each.findings),
            )
        out.print(table)
    _print_findings(out, record)
    _print_not_proved(out, record)


def print_verification(name: str, found: Verification) -> None:
    """The result of the checks, and what they do not prove."""
    out = _console()
    size = f"{count(found.entries, 'entry', 'entries')}, {count(found.votes, 'vote')}"
    if found.holds:
        out.print(Text(f"holds: {name}, {size}: every check passed", style="green"))
    else:
        total = count(len(found.problems), "problem")
        out.print(Text(f"DOES NOT HOLD: {name}, {size}: {total}; the first comes first", style="bold red"))
        for problem in found.problems[:20]:
            where = f", entry {problem.entry}" if problem.entry is not None else ""
            lead = Text(f"  check {problem.check} {NAMES[problem.check - 1]}{where}: ", style="bold")
            out.print(lead + Text(problem.text, style="not bold"))
        if len(found.problems) > 20:
            out.print(Text(f"  ... and {len(found.problems) - 20} more; --json has all", style="dim"))
    if found.checkpoint is not None:
        checkpoint = found.checkpoint
        _facts(out, [("log", checkpoint.origin), ("head", f"size {checkpoint.size}"), ("root", checkpoint.root.hex())])
    if found.witnesses:
        named = ", ".join(f"{witness.name} (size {witness.size})" for witness in found.witnesses)
        enough = "enough" if found.witnessed else "not enough"
        _facts(out, [("witnesses", f"{named}: {enough}, by the policy of the trust file")])
    if found.uncovered:
        behind = count(found.uncovered, "entry is", "entries are")
        out.print(Text(f"{behind} recorded behind the head and not covered by it yet", style="yellow"))
    out.print(Text("Not proved:", style="bold"))
    for text in found.not_proved:
        _hang(out, Text("- "), Text(text, style="dim"))


def print_strengths(records: Iterable[Record]) -> None:
    """How strongly the replies of each vote are evidenced, once timestamps count."""
    out = _console()
    for record in records:
        counted = Counter(each.verdict.strength for each in record.replies)
        said = ", ".join(f"{number} {strength}" for strength, number in counted.items()) or "none"
        out.print(Text(f"{record.state.symbol}: replies {said}"))


def print_short(wanted: str, short: Iterable[tuple[str, ReplyRecord]]) -> None:
    """The replies that are evidenced less strongly than was asked for."""
    out = _console()
    out.print(Text(f"LESS THAN {wanted.upper()}:", style="bold red"))
    for symbol, each in short:
        _hang(
            out,
            Text(f"- {symbol}, {_whose(each.reply)}: "),
            Text(f"{each.verdict.strength}. {each.verdict.not_proved}"),
        )


def print_keys(register: Register, names: dict[str, str]) -> None:
    """The keys of the register, then those in the folder that are not enrolled."""
    out = _console()
    table = _table("key", "name here", "office", "in force")
    for grant in register.grants:
        office = grant.office + (f" of {grant.member}" if grant.member else "")
        since = f"from {_day_or_instant(grant.valid_from, 'UTC')} " if grant.valid_from else ""
        until = f"until {_day_or_instant(grant.valid_until, 'UTC')}" if grant.valid_until else ""
        force = "revoked" if grant.key in register.revoked else (since + until).strip() or "yes"
        table.add_row(grant.key[:16], names.get(grant.key, ""), office, force)
    enrolled = {grant.key for grant in register.grants}
    for key, name in names.items():
        if key not in enrolled:
            table.add_row(key[:16], name, *_role_in_log(key, register))
    out.print(table)


def _role_in_log(key: str, register: Register) -> tuple[str, str]:
    """What a key that acts for nobody does for the log, and whether it does now."""
    from ..ledger.cosignature import log_key
    from ..ledger.keys import key_id
    from ..ledger.note import Verifier

    def is_of(vkey: str) -> bool:
        verifier = log_key(vkey)
        return isinstance(verifier, Verifier) and key_id(verifier.public) == key

    if register.next_log_key and is_of(register.next_log_key):
        return "signs checkpoints next", "announced"
    if not any(is_of(vkey) for vkey in register.log_keys):
        return "not enrolled", ""
    return "signs checkpoints", "yes" if is_of(register.log_keys[-1]) else "replaced"


def print_procedure(rules: Procedure) -> None:
    """A procedure, clause by clause."""
    out = _console()
    out.print(Text(rules.title, style="bold"))
    out.print(Text(f"{rules.id}, SHA-256 {rules.sha256}", style="dim"))
    out.print(Text(rules.source))
    out.print()
    for clause in rules.clauses:
        effect = f"  [{clause.effect}]" if clause.effect else ""
        out.print(Text(clause.id, style="bold") + Text(effect, style=_STYLES.get(clause.effect or "", "")))
        _hang(out, Text("  "), Text(clause.text))
        _hang(out, Text("  "), Text(clause.source, style="dim"))


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


def _heading(out: Console, state: VoteState) -> None:
    draft = state.draft.act
    if draft.times == "simulated":
        out.print(Text(" SIMULATED: the times, persons and letters of this vote are made up ", style="reverse bold"))
    title = Text(state.symbol, style="bold")
    if draft.title:
        title.append(f"  {draft.title}")
    out.print(title)
    by = f"; sponsors: {', '.join(draft.sponsors)}" if draft.sponsors else ""
    _hang(out, Text(), Text(f"{state.procedure.title}; a {draft.question} question{by}"))
    if draft.times == "documented":
        out.print(Text("times as documented: what print does not say stays unknown", style="italic"))


def _facts(out: Console, facts: Sequence[tuple[str, str]]) -> None:
    for name, text in facts:
        _hang(out, Text(f"{name:11}", style="dim"), Text(text))


def _hang(out: Console, lead: Text, body: Text) -> None:
    """A line whose continuation stands under its body, not under its lead."""
    lines = body.wrap(out, out.width - lead.cell_len)
    for line in lines:
        line.rstrip()
    out.print(lead + Text("\n" + " " * lead.cell_len).join(lines), soft_wrap=True)


def _phase(call: RollCall, *, moment: bool) -> str:
    clock = (
        f" at {_day_or_instant(call.at, call.state.procedure.zone)}" if moment or call.phase in {"open", "due"} else ""
    )
    left = call.time_left
    if call.phase == "open" and left is None:
        return f"opened{clock}; whether it was still open is not known"
    if call.phase == "open" and left is not None:
        return f"open{clock}: {duration(left)} left"
    if call.phase == "due" and left is not None:
        return f"due{clock}: the window has been over for {duration(left)}; voting is not closed yet"
    return call.phase + (f", as of{clock.removeprefix(' at')}" if clock else "")


def _window_facts(state: VoteState) -> list[tuple[str, str]]:
    if state.opening is None:
        return []
    window, where = state.window, state.procedure.zone
    return [("opens", _span(window.opens, where)), ("closes", _span(window.closes, where))]


def _result_facts(call: RollCall) -> list[tuple[str, str]]:
    facts = [("counts", _counts(call.state, call.tally, unheard=_unheard(call)))] if call.seats else []
    if call.tally.outcome != "open":
        facts.append(("outcome", call.tally.reasons[-1]))
    result = call.state.result
    if result is not None:
        number = f" as resolution {result.act.resolution}" if result.act.resolution else ""
        when = _day_or_instant(result.act.announced_at, call.state.procedure.zone)
        facts.append(("announced", f"{when}{number}"))
    return facts


def _closing_line(out: Console, call: RollCall) -> None:
    _facts(out, _result_facts(call))
    out.print(Text(f"times in {call.state.procedure.zone}", style="dim"))


def _print_findings(out: Console, record: Record) -> None:
    """Findings that say the same of several replies stand on one line."""
    out.print(Text("Findings", style="bold"))
    if not record.findings:
        out.print(Text("  none"))
        return
    grouped: dict[tuple[str | None, str, str], list[tuple[str, Finding]]] = {}
    for fid, finding in record.findings:
        grouped.setdefault((finding.clause, finding.severity, finding.text), []).append((fid, finding))
    for severity in ("reject", "flag", "note"):
        for (clause, grade, text), found in grouped.items():
            if grade != severity:
                continue
            line = Text(f"{clause or 'observed'}: ", style="bold")
            members = [_about(f) for _, f in found if f.member and f.member not in f.text]
            if members:
                line.append(f"{', '.join(members)}: ", style="not bold")
            line.append(text, style="not bold")
            line.append(f" ({_ids([fid for fid, _ in found])})", style="not bold dim")
            _hang(out, Text(f"  {severity:7}", style=_STYLES[severity]), line)


def _print_not_proved(out: Console, record: Record) -> None:
    grouped: dict[str, list[str]] = {}
    for each in record.replies:
        grouped.setdefault(each.verdict.not_proved, []).append(_whose(each.reply))
    if not record.replies and not record.silent:
        return
    out.print(Text("Not proved", style="bold"))
    everyone = len(record.replies)
    for text, members in grouped.items():
        whose = "every reply" if len(members) == everyone and everyone > 1 else ", ".join(members)
        _hang(out, Text("  "), Text(f"{whose}: {text}"))
    if record.silent:
        shown = record.silent if len(record.silent) <= 15 else (*record.silent[:15], "...")
        means = words(record.state.procedure.silence.means)
        quiet = f"silent, counted as {means}" if record.state.is_closed else "no reply yet"
        silent = f"{quiet} ({len(record.silent)}): {', '.join(shown)}. "
        _hang(out, Text("  "), Text(silent + (record.silence_not_proved if record.state.is_closed else "")))
    out.print()


def _counts(state: VoteState, tally: Tally, *, unheard: str = _NOT_YET, all_of_them: bool = True) -> str:
    """The counts; until voting is closed, silence is not said to mean anything yet."""
    silence = state.procedure.silence.means
    named = {silence: words(silence) if state.is_closed else unheard}
    counts = ((name, number) for name, number in tally.counts.items() if number or all_of_them)
    return " · ".join(f"{named.get(name, words(name))} {number}" for name, number in counts)


def _unheard(call: RollCall) -> str:
    """What can be said of a member of whom nothing is known at this moment."""
    return _UNKNOWN if call.untimed else _NOT_YET


def _silence(call: RollCall, replies: tuple[Reply, ...]) -> str:
    if replies:
        return f"{words(replies[-1].act.position or 'no position')}, not counted"
    if call.state.is_closed:
        return words(call.state.procedure.silence.means)
    return _unheard(call)


def _received(state: VoteState, reply: Reply) -> str:
    return _day_or_instant(reply.act.received_at, state.procedure.zone)


def _whose(reply: Reply) -> str:
    """The member, with the number of its reply where that is not the first."""
    return _numbered(reply.member, reply.ordinal)


def _about(finding: Finding) -> str:
    return _numbered(finding.member or "", finding.reply or 1)


def _numbered(member: str, reply: int) -> str:
    return member + (f" ({reply})" if reply > 1 else "")


def _acknowledged(reply: Reply) -> str:
    return "yes" if reply.acknowledged is not None else "no"


def _span(span: Span, where: str) -> str:
    if span.instant is not None:
        return _day_or_instant(span.instant, where)
    first = f"not before {_day_or_instant(span.earliest, where)}" if span.earliest else ""
    last = f"not after {_day_or_instant(span.latest, where)}" if span.latest else ""
    known = ", ".join(part for part in (first, last) if part)
    return f"hour {_UNKNOWN}" + (f"; {known}" if known else "")


def _when(step: HistoryStep) -> str:
    act = step.recorded.act
    moment = getattr(act, act.when)
    if moment is None and step.after.state.documented:
        dated = getattr(act, "dated", None)
        return f"dated {dated}" if dated else _UNKNOWN
    return _day_or_instant(moment or step.recorded.recorded_at, step.after.state.procedure.zone)


def _entered(step: HistoryStep) -> str:
    """When an act was entered, where that was later than the procedure's registration lag."""
    state, act = step.after.state, step.recorded.act
    moment = getattr(act, act.when)
    if state.documented or not isinstance(moment, datetime):
        return ""
    late = (step.recorded.recorded_at - moment).total_seconds() > state.procedure.recording.lag_seconds
    return f" [entered {_day_or_instant(step.recorded.recorded_at, state.procedure.zone)}]" if late else ""


def _left(call: RollCall) -> str:
    left = call.time_left
    if left is None or call.state.documented or call.state.is_closed:
        return ""
    return duration(left) if left.total_seconds() >= 0 else f"over {duration(left)}"


def _margin(margin: Any) -> str:
    if margin is None:
        return ""
    return ("-" if margin.total_seconds() < 0 else "") + duration(margin)


def _day_or_instant(moment: datetime | date | None, where: str) -> str:
    return _UNKNOWN if moment is None else format_local(moment, where)


def _times(state: VoteState) -> str:
    return {"simulated": "SIMULATED", "documented": "as documented", "live": "live"}[state.draft.act.times]


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
