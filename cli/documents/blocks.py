"""What a paper is made of: blocks, which both the typst template and the HTML template can set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from ...domain.inert import inert
from ...domain.state import VoteState
from ..language.english import Language

Block = dict[str, Any]
"""``kind`` and what belongs to it; words are text, never markup."""

Words: TypeAlias = "str | list[dict[str, Any]]"
"""A text in the language of the document, or a list of parts: each its ``text``, and ``lang`` if it differs."""

Row: TypeAlias = tuple[Words, ...]
"""A name, its value, and perhaps how the value is set."""


def heading(text: Words, level: int = 2) -> Block:
    """A heading."""
    return {"kind": "heading", "level": level, "text": text}


def text(said: Words, kind: str = "text") -> Block:
    """A paragraph; ``kind`` may also be ``strong``, ``small`` or ``banner``."""
    return {"kind": kind, "text": said}


def quote(said: str, language: str | None, signature: Sequence[str] = ()) -> Block:
    """The text of a paper, in its own language (a two- or three-letter code) where that is known.

    ``signature`` are the lines of the block at its end, which stays with the last paragraph.
    """
    return {"kind": "quote", "text": inert(said), "lang": language, "signature": list(signature)}


def signature(lines: Sequence[str]) -> Block:
    """A signature block, which stays with what is before it."""
    return {"kind": "signature", "lines": list(lines)}


def masthead(body: Words, symbol: str, lines: Sequence[str], *, of: str = "") -> Block:
    """The head of a document: whose it is, its symbol, and what is below that; ``of`` is whose organ the body is."""
    return {"kind": "masthead", "of": of, "body": body, "symbol": symbol, "lines": list(lines)}


def facts(rows: Iterable[Row], *, small: bool = False) -> Block:
    """Names with their values; a third part asks for a monospaced font.

    ``small`` ones are a note below what they are about.
    """
    return {"kind": "facts", "rows": [list(row) for row in rows], "small": small}


def table(head: Sequence[str], rows: Sequence[Sequence[Words]], widths: Sequence[int]) -> Block:
    """A table; ``widths`` are shares of the line."""
    return {"kind": "table", "head": list(head), "rows": [list(row) for row in rows], "widths": list(widths)}


def items(listed: Iterable[Words]) -> Block:
    """A list."""
    return {"kind": "list", "items": list(listed)}


def page_break() -> Block:
    """On paper, start a new page here."""
    return {"kind": "break"}


def dated(state: VoteState) -> datetime:
    """The date of documents made from a vote: that of its last entry, so that the same record gives the same bytes."""
    return state.last_recorded_at or state.draft.recorded_at


def banners(state: VoteState, language: Language) -> list[Block]:
    """The notice at the top, if times are made up or taken from print."""
    if state.draft.act.times == "simulated":
        return [text(language.say("SIMULATED: the times, persons and letters of this vote are made up"), "banner")]
    if state.documented:
        return [text(language.say("times as documented: what print does not say stays unknown"), "banner")]
    return []
