"""A page out of blocks: one file that asks for nothing, runs nothing, and holds every text as text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.inert import inert
from ..language.english import Language
from .blocks import Block

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def html_of(title: str, blocks: Sequence[Block], language: Language) -> bytes:
    """The page. Its style is the only thing that its content security policy lets in, beside images inside it."""
    sheets = ["blocks.css", *(["tables.css"] if any(block["kind"] == "table" for block in blocks) else [])]
    style = "".join((_TEMPLATES / sheet).read_text(encoding="utf-8") for sheet in sheets)
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = templates(language.direction == "rtl").get_template("blocks.html")
    return page.render(
        title=title, blocks=blocks, lang=language.code, direction=language.direction, style=style, allowed=allowed
    ).encode()


@cache
def templates(marked: bool, *, trim_blocks: bool = True) -> Environment:
    """The templates, compiled once a process: that takes longer than to render a page.

    Whatever they put in is escaped and inert; ``marked`` is a language that is written to the left.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        return inert(value, marked=marked) if isinstance(value, str) and not isinstance(value, Markup) else value

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=trim_blocks,
        finalize=finalize,
    )
