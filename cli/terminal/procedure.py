"""A procedure, clause by clause."""

from __future__ import annotations

from rich.text import Text

from ...domain.procedure import Procedure
from ...domain.procedure_rules import Clause2
from ..language.english import ENGLISH, Language
from .tables import STYLES, console, print_hanging


def print_procedure(rules: Procedure, lang: Language = ENGLISH) -> None:
    """A procedure, clause by clause."""
    out = console()
    out.print(Text(lang.written(rules.title), style="bold"))
    out.print(Text(f"{rules.id}, SHA-256 {rules.sha256}", style="dim"))
    out.print(Text(lang.written(rules.source)))
    out.print()
    judging: dict[str, list[str]] = {}
    for name, rule in rules.rules():
        judging.setdefault(rule.clause, []).append(name)
    for clause in rules.clauses:
        effect = f"  [{lang.word(clause.effect)}]" if clause.effect else ""
        out.print(Text(clause.id, style="bold") + Text(effect, style=STYLES.get(clause.effect or "", "")))
        print_hanging(out, Text("  "), Text(lang.written(clause.text)))
        print_hanging(out, Text("  "), Text(lang.written(clause.source), style="dim"))
        if names := judging.get(clause.id):
            print_hanging(out, Text("  "), Text(lang.say("rule: {names}", names=lang.join(names)), style="dim"))
        elif isinstance(clause, Clause2) and clause.unjudged is not None:
            why = lang.written(clause.unjudged)
            print_hanging(out, Text("  "), Text(lang.say("noted, not judged: {why}", why=why), style="dim"))
