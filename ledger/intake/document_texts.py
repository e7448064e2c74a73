"""The text of a message's documents: plain text, HTML, PDF, DOCX. Used only in the child process.

Unreadable parts are reported in a line. Each document has a share of the processor time; the process also has its own
limit.
"""

from __future__ import annotations

import io
import re
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any, NamedTuple

from ..errors import needed

_SECONDS = 10
_MAX_PAGES = 50
_MAX_HTML = 2_000_000
_MAX_UNPACKED = 64 * 1024 * 1024
_MAX_MEMBERS = 1_000
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BY_NAME = {".pdf": "application/pdf", ".docx": _DOCX, ".txt": "text/plain"}


class Text(NamedTuple):
    """A text, its format, where its pages begin, and what is wrong with it."""

    text: str | None
    read_as: str | None
    faults: tuple[str, ...]
    pages: tuple[int, ...] = ()


class _TooLongError(Exception):
    """A document took more than its share of time."""


def text_of(
    content: bytes, media_type: str, name: str | None, plain: Callable[[], tuple[str, list[str]]], documents: bool
) -> Text:
    """The text of a part. ``plain`` decodes it as a text of the part's character set."""
    if media_type == "application/octet-stream" and name:
        media_type = _BY_NAME.get(name[name.rfind(".") :].lower() if "." in name else "", media_type)
    if media_type == "application/pdf" or content[:5] == b"%PDF-":
        read: Callable[[bytes], Text] = _of_pdf
    elif media_type == _DOCX:
        read = _of_docx
    elif media_type == "text/html":
        return _guarded(lambda: _of_html(*plain()))
    elif media_type.startswith("text/") and media_type != "text/rtf":
        text, faults = plain()
        return Text(text.replace("\r\n", "\n"), "plain", tuple(faults))
    else:
        return Text(None, None, (f"not read: {media_type} has no text that is read",) if content else ())
    if not documents:
        return Text(None, None, ("not read: a document in this message stops whoever reads it",))
    return _guarded(lambda: read(content))


def _guarded(read: Callable[[], Text]) -> Text:
    try:
        with _share_of_time():
            return read()
    except _TooLongError:
        return Text(None, None, (f"not read: it takes more than {_SECONDS} s of the processor",))
    except MemoryError:
        return Text(None, None, ("not read: it takes more memory than it may",))
    except ImportError:
        return Text(None, None, (f"not read: {needed('mail', 'the text of a document')}",))
    except RecursionError:
        return Text(None, None, ("not read: it is nested too deep",))
    except Exception as error:  # noqa: BLE001 - whatever a library raises for hostile bytes
        return Text(None, None, (f"not read: it is broken ({type(error).__name__})",))


@contextmanager
def _share_of_time() -> Iterator[None]:
    def over(*_: Any) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _of_pdf(content: bytes) -> Text:
    import logging

    logging.disable(logging.CRITICAL)  # its warnings are discarded
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        return Text(None, None, ("not read: it is encrypted",))
    text, pages, faults = "", [], []
    for number, page in enumerate(reader.pages):
        if number == _MAX_PAGES:
            faults.append(f"of its pages the first {_MAX_PAGES} are read")
            break
        pages.append(len(text))
        text += page.extract_text() + "\n\n"
        if len(text) > _MAX_HTML:
            break
    if not text.strip():
        return Text(None, None, ("not read: it has no text, as a scanned page has none",))
    return Text(text, "pdf", tuple(faults), tuple(pages))


def _of_docx(content: bytes) -> Text:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > _MAX_UNPACKED:
            return Text(None, None, (f"not read: it unpacks to more than {_MAX_UNPACKED:,} bytes",))
        for member in members:  # a member's stated size is not trusted
            _unpacked(archive, member)
    from docx import Document
    from docx.oxml.ns import qn

    document = Document(io.BytesIO(content))
    lines: list[str] = []
    for section in document.sections:
        for block in (section.header, section.first_page_header):
            lines += [paragraph.text for paragraph in block.paragraphs]
    for each in document.iter_inner_content():
        if hasattr(each, "rows"):
            lines += [cell.text for row in each.rows for cell in row.cells]
        else:
            lines.append(each.text)
    faults = []
    body = document.element
    if next(body.iter(qn("w:ins"), qn("w:del"), qn("w:moveFrom"), qn("w:moveTo")), None) is not None:
        faults.append("it has tracked changes, which its text leaves out")
    if next(body.iter(qn("w:txbxContent")), None) is not None:
        faults.append("it has text boxes, which its text leaves out")
    text = "\n".join(lines)
    return (
        Text(text, "docx", tuple(faults)) if text.strip() else Text(None, None, (*faults, "not read: it has no text"))
    )


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as file:
        size = 0
        while piece := file.read(1 << 16):
            size += len(piece)
            if size > member.file_size:
                raise zipfile.BadZipFile


_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "table", "ul", "ol", "blockquote", "hr", "section", "article", "pre"}
)
_BLOCKS |= {f"h{level}" for level in range(1, 7)}
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_EMPTY = frozenset({"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "wbr"})
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?!\.)|color\s*:\s*(#f{3,6}|white)"
)


class _Shown(HTMLParser):
    """The visible text of a page, with a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hides = False
        self._open: list[tuple[str, bool, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """As the library's."""
        given = dict(attrs)
        hidden = "hidden" in given or bool(_HIDING.search((given.get("style") or "").lower()[:2000]))
        self.hides |= hidden
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag == "blockquote":
            self.pieces.append("\n> ")
        if tag not in _EMPTY and len(self._open) < 500:
            unseen, quoted = self._open[-1][1:] if self._open else (False, False)
            self._open.append((tag, unseen or hidden or tag in _UNSEEN, quoted or tag == "blockquote"))

    def handle_endtag(self, tag: str) -> None:
        """As the library's."""
        if tag in _BLOCKS:
            self.pieces.append("\n")
        while self._open and any(each[0] == tag for each in self._open[-20:]):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        """As the library's."""
        unseen, quoted = self._open[-1][1:] if self._open else (False, False)
        if not unseen:
            shown = " ".join(data.split())
            self.pieces.append(f"> {shown}\n" if quoted and shown else f"{shown} " if shown else "")


def _of_html(source: str, faults: list[str]) -> Text:
    if len(source) > _MAX_HTML:
        return Text(None, None, (*faults, "not read: it is longer than what is read of a page"))
    page = _Shown()
    page.feed(source)
    page.close()
    if page.hides:
        faults.append("it hides some of its text")
    lines = [line.strip() for line in "".join(page.pieces).splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return Text(text, "html", tuple(faults)) if text else Text(None, None, (*faults, "not read: it shows no text"))
