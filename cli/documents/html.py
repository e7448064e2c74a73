"""A page made of blocks: one file that loads nothing, runs nothing, and holds every text as text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.inert import inert
from ..language.english import Language
from .blocks import Block

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"
_LONG = 2_000
"""Characters of a text that fit on half a page, where they are Chinese."""


def html_of(title: str, blocks: Sequence[Block], language: Language) -> bytes:
    """The page. Its content security policy allows only its own style and the images inside it."""
    sheets = ["blocks.css", *(["tables.css"] if any(block["kind"] == "table" for block in blocks) else [])]
    style = "".join((_TEMPLATES / sheet).read_text(encoding="utf-8") for sheet in sheets)
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = templates(language.direction == "rtl").get_template("blocks.html")
    return page.render(
        title=title,
        blocks=blocks,
        long=set(_long_sections(blocks)),
        lang=language.code,
        direction=language.direction,
        style=style,
        allowed=allowed,
    ).encode()


def _long_sections(blocks: Sequence[Block]) -> Iterator[int]:
    """The headings of sections that may not fit on a printed page: these may be broken anywhere."""
    begins = [number for number, block in enumerate(blocks) if block["kind"] == "heading" and block["level"] == 2]
    for first, end in pairwise([*begins, len(blocks)]):
        if sum(len(block["text"]) for block in blocks[first:end] if block["kind"] == "quote") > _LONG:
            yield first


@cache
def templates(marked: bool, *, trim_blocks: bool = True) -> Environment:
    """The templates, compiled once per process: that takes longer than rendering a page.

    All values are escaped and inert; ``marked`` is for a language written from right to left.
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


_WHEN = re.compile(
    r"\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?|\d{4}年\d{1,2}月\d{1,2}日"
    r"|\d{1,2} (?:de )?[^\W\d]{1,12}\.?(?: [^\W\d]{1,12})?(?:/[^\W\d]{1,12})? (?:de )?\d{4}(?: года)?(?!\w)"
    r"|\d\d:\d\d:\d\d(?:\.\d+)?(?: ?(?:UTC|GMT|غرينتش))?(?:\u2066?[+\u2212-]\d\d(?::\d\d)?\u2069?)?"
)


def unbroken(html: str) -> str:
    """A page in which no line ends within a date or a time.

    What is before the body, and after the first script, does not change.
    """
    body, script = html.index("<body"), html.find("<script", html.index("<body"))
    script = len(html) if script < 0 else script
    pieces = _TAGS.split(html[body:script])
    for number in range(0, len(pieces), 2):  # between them are tags
        pieces[number] = _WHEN.sub(r'<span class="when">\g<0></span>', pieces[number])
    return html[:body] + "".join(pieces) + html[script:]


_TAGS = re.compile(r"(<(?:pre|svg|textarea)\b.*?</(?:pre|svg|textarea)>|<[^>]*>)", re.DOTALL)


def page_policy(style: str, script: str) -> str:
    """The Content-Security-Policy of a page that runs one script, and loads nothing."""
    allowed = (f"'{_hash(each)}'" for each in (style, script))
    return "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'".format(*allowed)


def in_script(value: Any) -> Markup:
    """JSON that cannot end the element that it is in."""
    from markupsafe import Markup

    text = json.dumps(value, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
