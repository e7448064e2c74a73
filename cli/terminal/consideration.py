"""What acts would do, before they are signed: in words, in the record's own terms, and by the rules.

In English, like help and errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from rich.console import Console

from ...domain.acts import DraftCirculated, LetterSent, VoteCast
from ...domain.canonical import Json
from ...domain.describe import describe
from ...domain.tally import counts_of, outcome_of
from ...domain.verdict import judge
from ...domain.wording import count, words
from ...ledger.consideration import Consideration
from ..language.english import ENGLISH
from ..language.phrases import said_outcome
from .roll_call import window_facts
from .tables import STYLES, console, print_facts, print_hanging
from .wrap import Text

_LINES, _WIDTH = 6, 70
"""How much of an attached text is shown."""
_DIGEST = re.compile("[0-9a-f]{64}")


def print_consideration(
    symbol: str, considered: Consideration, files: Mapping[str, bytes], *, to: TextIO | None = None
) -> None:
    """What would be recorded in the vote on ``symbol``, with the first lines of ``files`` by name."""
    out = console(to=to)
    for recorded in considered.acts:
        derived = recorded.act.act == "reply_rejected" and recorded is not considered.acts[0]
        by = "by the rules" if derived else f"to be signed for {ENGLISH.word(recorded.office)}"
        out.print(Text(f"{symbol}, act {recorded.number}, {by}", style="bold"))
        print_hanging(out, Text("  "), Text(describe(recorded.act, considered.after)))
        if not derived:
            print_facts(out, [(f"  {words(name)}", text) for name, text in _told(recorded.act.json_value())])
    for name, content in files.items():
        print_file(out, name, content)
    out.print(Text("By the rules", style="bold"))
    print_facts(out, [(f"  {name}", text) for name, text in _by_the_rules(considered)])
    for finding in considered.raised:
        if finding.kind == "not_acknowledged":  # as of every reply that has just come
            continue
        lead = Text(f"  {finding.severity:<7}", style=STYLES.get(finding.severity, ""))
        whose = f"{finding.member}: " if finding.member and finding.member not in finding.text else ""
        print_hanging(out, lead, Text(f"{finding.clause or 'observed'}: {whose}{finding.text}"))


def print_register_acts(acts: Iterable[tuple[str, Mapping[str, Json]]], *, to: TextIO | None = None) -> None:
    """What the register would hold, by the kind of the act and its fields."""
    out = console(to=to)
    for kind, value in acts:
        out.print(Text(f"register, {words(kind)}, to be signed for {ENGLISH.word('registrar')}", style="bold"))
        print_facts(out, [(f"  {words(name)}", text) for name, text in _told(value)])


def consideration_json(symbol: str, considered: Consideration, *, recorded: bool) -> dict[str, Any]:
    """``inblue-consideration/1``."""
    after = considered.after
    return {
        "format": "inblue-consideration/1",
        "vote": symbol,
        "recorded": recorded,
        "acts": [
            {
                "act": each.number,
                "kind": each.act.kind_and_version(),
                "office": each.office,
                "payload": each.act.json_value(),
            }
            for each in considered.acts
        ],
        "findings": [
            {
                "kind": each.kind,
                "clause": each.clause,
                "severity": each.severity,
                "member": each.member,
                "reply": each.reply,
                "text": each.text,
            }
            for each in considered.raised
        ],
        "tally": counts_of(after) if after.roster else None,
        "outcome_if_closed": outcome_of(after) if after.roster else None,
    }


def _by_the_rules(considered: Consideration) -> Iterator[tuple[str, str]]:
    after = considered.after
    acts = [each.act for each in considered.acts]
    if any(isinstance(act, DraftCirculated) for act in acts):
        yield "procedure", after.procedure.title
        yield "times", ENGLISH.word(after.draft.act.times)
    if any(isinstance(act, LetterSent) and act.kind == "opening" for act in acts) and after.roster is not None:
        permanent = [member for member in after.roster.ids if member in after.roster.permanent]
        yield "seats", f"{count(len(after.roster.members), 'seat')} ({after.roster.name})"
        if permanent or after.procedure.names:
            yield "permanent", ", ".join(permanent) or "none"
        yield from window_facts(after, ENGLISH)
    for each in considered.acts:
        reply = after.reply_in(each.number) if isinstance(each.act, VoteCast) else None
        if reply is not None:
            verdict = judge(after, reply)
            left = "" if verdict.margin is None else f", {ENGLISH.margin(verdict.margin)} to the close"
            yield "arrival", f"{ENGLISH.word(verdict.placement)}{left}; {ENGLISH.word(verdict.strength)}"
    opened = considered.before is not None and considered.before.opening is not None
    if opened and after.roster is not None and after.annulled is None and after.withdrawn is None:
        told = {name: str(number) for name, number in counts_of(after).items()}
        if not after.is_closed:
            told = {"no reply yet" if name == after.procedure.silence.means else name: n for name, n in told.items()}
        yield "counts then", ", ".join(f"{words(name)} {number}" for name, number in told.items())
        open_yet = "" if after.is_closed else ", if no more is recorded"
        yield "outcome", f"{said_outcome(after, outcome_of(after), ENGLISH)}{open_yet}"


def _told(value: Mapping[str, Json], within: str = "") -> Iterator[tuple[str, str]]:
    """Every field that is not empty, as the entry will have it."""
    for name, each in value.items():
        if name in {"act", "snapshot", "ballot"} or each is None or each in ("", [], {}):
            continue
        if isinstance(each, Mapping):
            yield from _told(each, f"{name}.")
        else:
            shown = ", ".join(map(str, each)) if isinstance(each, list) else str(each)
            shown = f"{shown[:16]}..." if _DIGEST.fullmatch(shown) else shown
            yield f"{within}{name}".removeprefix("instrument."), {"True": "yes", "False": "no"}.get(shown, shown)


def print_file(out: Console, name: str, content: bytes) -> None:
    """The first lines of a text; the length of anything else."""
    out.print(Text(f"{name}: {count(len(content), 'byte')}", style="bold"))
    try:
        text = content[:4096].decode("utf-8", "strict" if len(content) <= 4096 else "ignore")
    except UnicodeDecodeError:
        return
    if not any(char.isprintable() for char in text) or "\0" in text:
        return
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines[:_LINES]:
        shown = "".join(char if char.isprintable() else " " for char in line)
        out.print(Text(f"  | {shown[:_WIDTH]}", style="dim"), soft_wrap=True)
    if len(lines) > _LINES:
        out.print(Text("  | ...", style="dim"))
