"""Templates of letters: the shipped ones, and a body's own, which may use only what a letter needs.

A template is text with names in double braces, conditions, and one loop over a list. It calls nothing but ``say`` and
``plural``, calculates nothing and reads no file; so it ends, and what it writes grows with its own length and that of
the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.errors import Malformed
from ..language.english import Language
from .markup import Sentence, put_in

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.nodes import Node

SHIPPED = Path(__file__).parent / "templates"
MAX_TEMPLATE_BYTES = 64 * 1024
MAX_LETTER = 8 * 1024 * 1024
_CALLS = frozenset({"say", "plural"})
_SAY = re.compile(r'\{\{ say\("((?:[^"\\]|\\.)*)"((?:, \w+=\w+)*)\) \}\}')
_FIELD = re.compile(r"\{(\w+)\}")


def rendered(kind: str, values: Mapping[str, Any], language: Language, folder: Path | None = None) -> str:
    """The text of a letter, by the template in ``folder`` if it has one for it, else by the shipped one.

    Raises:
        Malformed: a template of the folder is too large, asks for what no template may, or for what is not there.
    """
    where, source = _template(kind, language, folder)
    from jinja2.exceptions import TemplateError

    one_of, one_of_several = language.say, language.plural  # whose literals are those of the templates

    def say(message: str, /, **given: Any) -> Sentence:
        return Sentence(one_of(message, **given))

    def plural(one: str, many: str, number: int, /, **given: Any) -> Sentence:
        return Sentence(one_of_several(one, many, number, **given))

    def finalize(value: Any) -> Any:
        if isinstance(value, Sentence):
            return put_in(value)
        return put_in(language.apart(value)) if isinstance(value, str) else value

    environment = _environment().overlay(finalize=finalize)
    try:
        tree = environment.parse(source)
        _check(tree, where, {*values, *_CALLS})
        template = environment.from_string(tree)
        parts, length = list[str](), 0
        for part in template.generate(**values, say=say, plural=plural):
            parts.append(part)
            length += len(part)
            if length > MAX_LETTER:
                raise Malformed(f"{where}: the letter gets longer than {MAX_LETTER:,} characters")
    except Malformed:
        raise
    except TemplateError as error:
        number = getattr(error, "lineno", None)
        line = f", line {number}" if number else ""
        raise Malformed(f"{where}{line}: {error.message}") from None
    except (KeyError, TypeError, ValueError, LookupError) as error:
        if language_is_strict(error):
            raise
        raise Malformed(f"{where}: {type(error).__name__}: {error}") from None
    return "".join(parts)


def language_is_strict(error: Exception) -> bool:
    """Whether the error is that a strict language lacks a message."""
    return isinstance(error, LookupError) and str(error).startswith(("'not translated", "not translated"))


def _template(kind: str, language: Language, folder: Path | None) -> tuple[str, str]:
    """The template's name in messages, and its text."""
    if folder is not None:
        if not folder.is_dir():
            raise Malformed(f"{folder}: no such folder of templates")
        for name in (f"{kind}.{language.code}.j2", f"{kind}.j2"):
            if (folder / name).exists():
                return str(folder / name), _read(folder / name)
    return kind, _shipped(kind)


def _read(path: Path) -> str:
    from ...ledger.outside import read_outside

    try:
        return read_outside(path, MAX_TEMPLATE_BYTES).decode()
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Malformed(f"{path}: a template is text in UTF-8") from None


@cache
def _shipped(kind: str) -> str:
    return (SHIPPED / f"{kind}.j2").read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        autoescape=False,  # the output is text; its marks are in markup.py
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,  # an expression is not computed before it is checked
        keep_trailing_newline=True,
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    return environment


def _check(tree: Node, where: str, names: Iterable[str]) -> None:
    """Check every node of a template; refuse what is not known to be harmless, with its line."""
    from jinja2 import nodes

    allowed = (
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.Keyword),
        *(nodes.If, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Call),
    )
    known = set(names)

    def wrong(node: Node, text: str) -> Malformed:
        return Malformed(f"{where}, line {node.lineno}: {text}")

    def visit(node: Node, bound: frozenset[str]) -> None:
        if not isinstance(node, allowed):
            raise wrong(node, f"a template of a letter cannot have this here: {type(node).__name__}")
        match node:
            case nodes.Name(name=name) if name not in known and name not in bound:
                raise wrong(node, f"{name[:60]!r} is not among the names of this letter")
            case nodes.Call():
                called = node.node.name if isinstance(node.node, nodes.Name) else ""
                if called not in _CALLS or node.dyn_args is not None or node.dyn_kwargs is not None:
                    raise wrong(node, "only say and plural can be called")
                for message in node.args[: 1 if called == "say" else 2]:
                    if not isinstance(message, nodes.Const) or re.search("[{}]", _FIELD.sub("", str(message.value))):
                        raise wrong(node, "say and plural take a text with only plain fields in it, like {symbol}")
            case nodes.For():
                target = node.target
                if bound or node.recursive or node.test is not None or not isinstance(target, nodes.Name):
                    raise wrong(node, "one plain loop is allowed, and none within another")
                if not isinstance(node.iter, nodes.Name):
                    raise wrong(node, "a loop goes over a list of this letter, by its name")
                visit(node.iter, bound)
                for each in (*node.body, *node.else_):
                    visit(each, bound | {target.name})
                return
        for child in node.iter_child_nodes():
            visit(child, bound)

    visit(tree, frozenset())


def written_out(kind: str, language: Language) -> str:
    """The shipped template of a letter for a body to change, with the sentences of one language in it."""

    def sentence(found: re.Match[str]) -> str:
        given = dict(pair.split("=") for pair in found[2].removeprefix(", ").split(", ") if pair)
        message = found[1].replace('\\"', '"')
        said = _said(language, message, given)
        return _FIELD.sub(lambda field: f"{{{{ {given[field[1]]} }}}}", said) if given else said

    return _SAY.sub(sentence, _shipped(kind))


def _said(language: Language, message: str, given: Mapping[str, str]) -> str:
    """A message in a language, its fields still open."""
    from ...domain.phrase import Said

    made = Said.of
    return language.template(made(message, **given))


def files_of(language: Language, kinds: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The shipped templates as files, by name."""
    for kind in kinds:
        yield f"{kind}.{language.code}.j2", written_out(kind, language).encode()
