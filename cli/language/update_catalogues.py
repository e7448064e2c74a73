"""The catalogues' upkeep (``make messages``): extract what is to be translated, update, compile.

What is extracted (docs/languages.md):

* in Python, the literals given to ``Said.of``, ``Said.counted``, and to ``say`` and ``plural`` of a language;
* in templates (Jinja), those given to ``say`` and ``plural``;
* of procedures, the titles, what clauses say, the formulas, and every identifier, as a word;
* the identifiers in :data:`IDENTIFIERS`, as words.

A call that gives them anything but literals is refused, because extraction could not find it. Use ``again`` for what
the record says, and ``written`` for texts from a ledger or a procedure; both accept any value. The same sources give
the same files, to the byte.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from inblue.cli.language.english import LANGUAGES
from inblue.cli.language.translation import WORD
from inblue.domain.act import Times
from inblue.domain.instrument import Explanation
from inblue.domain.procedure_rules import OPEN, OUTCOMES, Effect
from inblue.domain.verdict import Strength
from inblue.domain.window import Counted, Placement
from inblue.domain.window_rules import Weekday
from inblue.domain.wording import words
from inblue.ledger.audit.checks import NAMES

SOURCES = ("domain", "ledger", "cli")
TRANSLATED = tuple(code for code in LANGUAGES if code != "en")
IDENTIFIERS = (
    *(
        name
        for literal in (Placement, Counted, Weekday, Strength, Effect, Explanation, Times)
        for name in get_args(literal)
    ),
    *OUTCOMES,
    OPEN,
    *NAMES,
    *("not_on_record", "voided", "procedural", "substantive"),
    *("permanent_representative", "charge_d_affaires", "deputy_permanent_representative", "representative"),
    *("special_envoy", "permanent_mission", "registrar", "president", "director_scad"),
    *("secretary_general_of_the_security_council", "letter", "note_verbale", "secretary_general"),
    "permanent_representatives_of_members",
)
"""Identifiers shown to people that no procedure lists: the domain's own, and those of the shipped cases."""

_PASSED_ON = "cli/language/english.py"  # where what say and plural are given becomes a Said
_CALLS = {"say": 1, "of": 1, "counted": 2, "plural": 2}
_NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # the date in a catalogue's head is fixed: git records what changed when


class NotLiteral(ValueError):
    """A text that no extraction can find."""


class Found(NamedTuple):
    """A message, its plural if it has one, its context, and the file it was found in."""

    one: str
    many: str | None
    context: str | None
    where: str


def extract(root: Path) -> Catalog:
    """The template: every message of the sources under ``root``, the repository.

    Raises:
        NotLiteral: a message is not given as a literal.
    """
    catalog = Catalog(project="inblue", charset="utf-8", creation_date=_NO_TIME, revision_date=_NO_TIME)
    catalog.header_comment = "# What inblue says to people. Written by make messages; see docs/languages.md."
    for found in _found(root):
        message = found.one if found.many is None else (found.one, found.many)
        catalog.add(message, locations=[(found.where, 0)], context=found.context)
    return catalog


def updated(code: str, template: Catalog, old: bytes | None) -> Catalog:
    """The catalogue of a language brought up to date with the template, without guesses; old messages are dropped."""
    from io import BytesIO

    catalog = Catalog(code) if old is None else read_po(BytesIO(old), locale=code)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.project, catalog.revision_date, catalog.creation_date = "inblue", _NO_TIME, _NO_TIME
    catalog.header_comment = "# What inblue says to people. The terms and their sources: docs/languages.md."
    catalog.last_translator, catalog.language_team = "inblue", code
    catalog.fuzzy = False
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """The catalogue as a file of text."""
    from io import BytesIO

    out = BytesIO()
    write_po(out, catalog, sort_output=False, width=120, include_lineno=False)
    return out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalogue as gettext reads it."""
    from io import BytesIO

    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main(root: Path) -> None:
    """Extract, update and compile, and report how much is not translated yet."""
    locales = root / "cli" / "language" / "locales"
    template = extract(root)
    locales.mkdir(exist_ok=True)
    (locales / "inblue.pot").write_bytes(po_bytes(template))
    for code in TRANSLATED:
        folder = locales / code / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        po = folder / "inblue.po"
        catalog = updated(code, template, po.read_bytes() if po.exists() else None)
        po.write_bytes(po_bytes(catalog))
        (folder / "inblue.mo").write_bytes(mo_bytes(catalog))
        left = sum(1 for message in catalog if message.id != "" and not _is_whole(message.string))
        print(f"{code}: {len(catalog)} messages" + (f", {left} not translated yet" if left else ""))  # noqa: T201


def _is_whole(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if string is None or isinstance(string, str) else all(string)


def _found(root: Path) -> Iterator[Found]:
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            where = path.relative_to(root).as_posix()
            if path.suffix == ".py":
                yield from _in_python(path.read_text("utf-8"), where)
            elif path.suffix in {".html", ".jinja", ".j2"}:
                yield from _in_jinja(path, where)
    for path in sorted((root / "domain" / "procedures").glob("*.json")):
        yield from _in_procedure(path.read_bytes(), path.relative_to(root).as_posix())
    for name in IDENTIFIERS:
        yield Found(words(name), None, WORD, "cli/language/update_catalogues.py")


def _in_python(source: str, where: str) -> Iterator[Found]:
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        match node.func:
            case ast.Attribute(value=ast.Name(id="Said"), attr=("of" | "counted") as name):
                pass
            case ast.Attribute(attr=("say" | "plural") as name) | ast.Name(id=("say" | "plural") as name):
                pass
            case _:
                continue
        if where == _PASSED_ON and name in {"of", "counted"}:
            continue
        given = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        yield _literal(name, given, f"{where}:{node.lineno}")


def _in_jinja(path: Path, where: str) -> Iterator[Found]:
    from jinja2 import Environment, nodes

    calls = Environment(autoescape=True).parse(path.read_text("utf-8")).find_all(nodes.Call)
    for call in sorted(calls, key=lambda call: call.lineno):
        if isinstance(call.node, nodes.Name) and call.node.name in {"say", "plural"}:
            given = [arg.value if isinstance(arg, nodes.Const) else None for arg in call.args]
            yield _literal(call.node.name, given, f"{where}:{call.lineno}")


def _literal(name: str, given: Sequence[object], where: str) -> Found:
    """The message in a call."""
    texts = [text for text in given[: _CALLS[name]] if isinstance(text, str)]
    if len(texts) != _CALLS[name]:
        raise NotLiteral(f"{where}: give {name} a literal; what the record says is said by again, or written")
    return Found(texts[0], texts[1] if len(texts) == 2 else None, None, where.partition(":")[0])


def _in_procedure(raw: bytes, where: str) -> Iterator[Found]:
    """The messages of a procedure: its identifiers, and its clauses if it names no language of its own."""
    procedure = json.loads(raw)
    yield from _identifiers(procedure, where)
    if "language" in procedure:  # then its clauses are shown as written, and marked with that language
        return
    for text in (procedure["title"], procedure["body"], procedure["source"], procedure["transmission"]["to"]):
        yield Found(text, None, None, where)
    for clause in procedure["clauses"]:
        yield Found(clause["text"], None, None, where)
        yield Found(clause["source"], None, None, where)
        if "unjudged" in clause:
            yield Found(clause["unjudged"], None, None, where)
        yield Found(words(clause["id"]), None, WORD, where)
    formulas = procedure.get("formulas", {})
    yield from (Found(formulas[name], None, None, where) for name in ("not_adopted", "vetoed") if formulas.get(name))


def _identifiers(procedure: dict[str, Any], where: str) -> Iterator[Found]:
    allowed = [name for rule in ("form", "office", "addressee") for name in procedure.get(rule, {}).get("allowed", ())]
    conditions = [condition["id"] for condition in procedure["decision"]["conditions"]]
    for name in (*procedure["choices"], procedure["silence"]["means"], *allowed, *conditions):
        yield Found(words(name), None, WORD, where)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
