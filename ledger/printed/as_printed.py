"""The heading and the signature block in a text, if they agree with the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...domain.errors import Malformed
from .chinese import Chinese
from .english import English
from .grammar import Grammar
from .papers import read_paper
from .place import Line, read_lines

_GRAMMARS: dict[str, type[Grammar]] = {"zh": Chinese, "en": English}


class AsPrinted(NamedTuple):
    """A text in parts: ``heading`` is None and ``signature`` empty if none agrees with the record."""

    heading: str | None
    words: str
    signature: tuple[str, ...]


def as_printed(
    words: str, language: str | None, known: Mapping[str, object], *, with_heading: bool = True
) -> AsPrinted:
    """Divide a text in that language. ``known`` is what the record has of ``form``, ``dated``, ``member``, ``office``,
    ``addressees`` and ``signatory``. Without ``with_heading`` that stays within the words.
    """
    grammar = _GRAMMARS[language]() if language in _GRAMMARS else None
    if grammar is None:
        return AsPrinted(None, words, ())
    try:
        lines = read_lines(words, "paper")
    except Malformed:
        return AsPrinted(None, words, ())
    paper = read_paper(lines, grammar, before=0)
    heading = None
    if with_heading and paper.heading is not None and paper.original is None and _agree(_said(paper.heading), known):
        heading = (" " if grammar.blanks else "").join(" ".join(line.text.split()) for line in paper.headed)
    block = {name: each.value for name, each in paper.block.items()}
    at_the_end = bool(paper.signed) and all(not line.text.strip() for line in lines[paper.signed[-1].number :])
    signed = paper.signed if at_the_end and "signatory" in block and _agree(block, known) else ()
    first = paper.headed[-1].number if heading is not None else 0
    last = signed[0].number - 1 if signed else len(lines)
    return AsPrinted(heading, _between(lines, first, last), tuple(" ".join(line.text.split()) for line in signed))


def _said(heading: Mapping[str, object]) -> dict[str, object]:
    values = {name: getattr(each, "value", None) for name, each in heading.items()}
    addressees = tuple(values.pop(name) for name in ("a0", "a1") if name in values)
    return {**values, **({"addressees": addressees} if addressees else {})}


def _agree(said: Mapping[str, object], known: Mapping[str, object]) -> bool:
    return all(said[name] == known[name] for name in said.keys() & known.keys() if known[name] not in {None, ()})


def _between(lines: tuple[Line, ...], first: int, last: int) -> str:
    return "\n".join(line.text for line in lines[first:last]).strip("\n")
