"""Text from outside made safe to show: characters that act on a screen or are invisible are written out.

``<U+202E>`` replaces that code point. Written out are C0 and C1 controls (ESC begins a terminal command), marks that
change the direction of the text around them, line and paragraph separators, everything that Unicode calls
default-ignorable (zero-width characters, tags, variation selectors), private use, and noncharacters. The list is pinned
and follows Unicode 15.0's Default_Ignorable_Code_Point, which also covers code points not yet assigned, so no output
depends on the machine's Unicode.

Every medium has one function over it: :func:`inert` for the terminal, HTML and paper, :func:`inert_json` for JSON.
"""

from __future__ import annotations

import re

_RANGES = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f",
    "\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164",
    "\\ud800-\\uf8ff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff",
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U0010ffff",
    *(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 14)),
)
HOSTILE = re.compile(f"[{''.join(_RANGES)}]")
"""One code point that is never shown. Line feed and tab are shown; :func:`one_line` makes blanks of them."""

MARKS = frozenset("\u061c\u200e\u200f\u2066\u2067\u2068\u2069")
"""Characters that Arabic text needs: direction marks, and isolates, which the text that opens them must close."""

ISOLATES = frozenset("\u2066\u2067\u2068")
CLOSES = "\u2069"


def inert(text: str, *, marked: bool = False) -> str:
    """``text``, with each hostile code point written out.

    If it is ``marked``, text in a right-to-left language, its own marks stay in each line that closes all its isolates:
    they affect nothing outside. Text from outside is never marked.
    """
    if text.isascii() and text.isprintable():
        return text
    if marked and not MARKS.isdisjoint(text):
        return "\n".join(HOSTILE.sub(_kept if _is_closed(line) else _written, line) for line in text.split("\n"))
    return HOSTILE.sub(_written, text)


def inert_json(document: str) -> str:
    """A JSON document with the same values, in which hostile code points are escaped."""
    return HOSTILE.sub(_escaped, document)


def one_line(text: str) -> str:
    """``text`` in one line, inert: lines and runs of blanks become a blank."""
    return inert(" ".join(text.split()))


def _written(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"


def _kept(found: re.Match[str]) -> str:
    return found[0] if found[0] in MARKS else _written(found)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def still_open(line: str) -> str:
    """The isolates that ``line`` opens and does not close, outermost first."""
    opened: list[str] = []
    for char in line:
        if char in ISOLATES:
            opened.append(char)
        elif char == CLOSES and opened:
            opened.pop()
    return "".join(opened)


def _is_closed(line: str) -> bool:
    depth = 0
    for char in line:
        depth += (char in ISOLATES) - (char == CLOSES)
        if depth < 0:
            return False
    return depth == 0
