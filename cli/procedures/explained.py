"""A procedure in sentences, rule by rule, with the results of its examples, its faults, and what changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from ...domain.example_votes import Counted
from ...domain.explain import Part, absent, rules_explained
from ...domain.lint import Fault
from ...domain.phrase import Said, Value
from ...domain.procedure import Procedure
from ...domain.procedure_changes import Change
from ...domain.procedure_rules import Clause, Clause2
from ...domain.titles import outcome_said
from ..language.english import ENGLISH, Language
from ..terminal.tables import console, print_hanging
from ..terminal.wrap import Text


def print_checked(rules: Procedure, counted: Sequence[Counted], faults: Sequence[Fault], lang: Language) -> None:
    """A procedure in sentences; then the results of its examples, and its faults."""
    out, say = console(lang), lang.say
    out.print(Text(lang.written(rules.title), style="bold"))
    out.print(Text(f"{rules.id}, SHA-256 {rules.sha256}", style="dim"))
    for part in rules_explained(rules):
        _print_part(out, part, lang)
    if missing := absent(rules):
        out.print()
        text = say("It has no rules on: {rules}.", rules=lang.join(missing))
        print_hanging(out, Text(), Text(text, style="dim"))
    _print_clauses(out, rules, lang)
    out.print()
    _print_examples(out, rules, counted, lang)
    _print_faults(out, faults, lang)


def _print_part(out: Console, part: Part, lang: Language) -> None:
    told = [sentence for sentence in part.sentences if sentence.field not in {"id", "title"}]  # the heading names it
    out.print()
    out.print(Text(lang.again(part.title), style="bold"))
    for sentence in told:
        print_hanging(out, Text("  - "), _with_clause(lang.again(sentence.text), sentence.clause))


def _with_clause(said: str, clause: str | None) -> Text:
    text = Text(said)
    return text.append(f" [{clause}]", "dim") if clause else text


def _print_clauses(out: Console, rules: Procedure, lang: Language) -> None:
    out.print()
    out.print(Text(lang.say("Where each clause is from"), style="bold"))
    for clause in rules.clauses:
        said = Text(f"{clause.id}: ").append(_source(clause, lang), "dim")
        if isinstance(clause, Clause2) and clause.unjudged is not None:
            why = lang.say("noted, not judged: {why}", why=Said.written(clause.unjudged))
            said.append(f"; {why}", "dim")
        print_hanging(out, Text("  - "), said)


def _source(clause: Clause, lang: Language) -> str:
    source = lang.written(clause.source)
    match clause.basis:
        case "practice" if not clause.source.startswith("practice"):
            return lang.say("practice: {source}", source=source)
        case "not_found" if not clause.source.startswith("not found"):
            return lang.say("not found: {source}", source=source)
        case _:
            return source


def _print_examples(out: Console, rules: Procedure, counted: Sequence[Counted], lang: Language) -> None:
    say = lang.say
    if not counted:
        out.print(Text(say("It has no examples."), style="dim"))
        return
    wrong = [each for each in counted if not each.as_wanted]
    said = lang.plural("{number} example: ", "{number} examples: ", len(counted))
    if not wrong:
        out.print(Text(said + say("as wanted"), style="green"))
        return
    more = lang.plural("{number} comes out differently", "{number} come out differently", len(wrong))
    out.print(Text(said + more, style="red"))
    for each in wrong:
        title, wanted = Said.written(each.example.title), outcome_said(rules, each.example.outcome)
        if each.tally is None:
            text = say("{title}: it cannot be counted: {why}", title=title, why=each.fault or "")
            print_hanging(out, Text("  - "), Text(text))
            continue
        came: Value = outcome_said(rules, each.tally.outcome)
        text = say("{title}: wanted {wanted}, and it is {outcome}", title=title, wanted=wanted, outcome=came)
        print_hanging(out, Text("  - "), Text(text))
        for reason in each.tally.reasons:
            print_hanging(out, Text("    "), Text(lang.again(reason), style="dim"))


def _print_faults(out: Console, faults: Sequence[Fault], lang: Language) -> None:
    if not faults:
        out.print(Text(lang.say("No fault was found."), style="green"))
        return
    out.print(Text(lang.plural("{number} fault was found", "{number} faults were found", len(faults)), style="red"))
    for fault in faults:
        said = lang.again(fault.text) if isinstance(fault.text, Said) else lang.written(fault.text)
        print_hanging(out, Text("  - "), _with_clause(said, fault.clause))


def print_changes(before: str, after: str, changed: Sequence[Change], lang: Language = ENGLISH) -> None:
    """What changed from one procedure to another, part by part."""
    out = console(lang)
    if not changed:
        out.print(Text(lang.say("{before} and {after} say the same.", before=before, after=after)))
        return
    out.print(Text(lang.say("From {before} to {after}", before=before, after=after), style="bold"))
    part = None
    for change in changed:
        if change.part != part:
            part = change.part
            out.print()
            out.print(Text(lang.again(part), style="bold"))
        for sign, sentence, style in (("-", change.before, "red"), ("+", change.after, "green")):
            if sentence is not None:
                print_hanging(
                    out, Text(f"  {sign} ", style=style), _with_clause(lang.again(sentence.text), sentence.clause)
                )
