"""A page out of blocks: one file that asks for nothing, runs nothing, and holds every text as text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..language.english import Language
from .blocks import Block

_TEMPLATES = Path(__file__).parent / "templates"


def html_of(title: str, blocks: Sequence[Block], language: Language) -> bytes:
    """The page. Its style is the only thing that its content security policy lets in, beside images inside it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (_TEMPLATES / "blocks.css").read_text(encoding="utf-8")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.get_template("blocks.html").render(
        title=title, blocks=blocks, lang=language.code, direction=language.direction, style=style, allowed=allowed
    )
    return page.encode()
