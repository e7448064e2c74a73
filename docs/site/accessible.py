"""What the theme leaves to be desired by readers with a keyboard or a screen reader, mended in the pages that it made.

Headings of the side have a level, the two sides have names, what scrolls can be reached by the keyboard, a search has a
heading, and a table without words in its head has no head.
"""

from __future__ import annotations

import re
from pathlib import Path

_NO_WORDS = r'<th class="head[^"]*"><p></p></th>'
_MENDED = (
    (re.compile(r'<p class="caption" role="heading">'), '<p class="caption" role="heading" aria-level="2">'),
    (re.compile(r'<aside class="sidebar-drawer">'), '<aside class="sidebar-drawer" aria-label="All pages">'),
    (re.compile(r'<aside class="(toc-drawer[^"]*)">'), r'<aside class="\1" aria-label="This page">'),
    (re.compile(r"<pre>"), '<pre tabindex="0">'),
    (re.compile(r'<div class="(table-wrapper[^"]*)">'), r'<div class="\1" tabindex="0">'),
    (re.compile(rf"<thead>\s*<tr[^>]*>(\s*{_NO_WORDS}\s*)+</tr>\s*</thead>"), ""),
    (re.compile(_NO_WORDS), '<td class="head"></td>'),
    (re.compile(r'(<div id="search-results">)'), r"<h1>Search</h1>\n\1"),
)


def mend(folder: Path) -> None:
    """Mend every page in ``folder``."""
    for page in sorted(folder.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        for what, instead in _MENDED:
            text = what.sub(instead, text)
        page.write_text(text, encoding="utf-8")
