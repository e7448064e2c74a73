"""Papers within a document: the words of a text, the pages of a PDF, the contents of a mail; others as files."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...domain.errors import Malformed
from ...domain.message_contents import Part
from ...ledger.intake.reading import read_message
from ...ledger.printed.as_printed import AsPrinted, as_printed
from ...ledger.projections.compendium import Paper
from ...ledger.standards.mime import part_of
from ..language.english import Language
from .blocks import Block, heading, quote, signature, text
from .pdf_pages import Page, pages_of

_MAX_EMBEDDED = 16 * 1024 * 1024
_MAX_TEXT = 1024 * 1024
_MAX_PIXELS = 50_000_000
_MAX_PARTS = 8
_MAIL = "message/rfc822"
_ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    _MAIL: "eml",
    "text/plain": "txt",
}
_BEGINNINGS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_TEXTS = frozenset({"text/plain", "text/markdown"})
_FIRST_PAGE, _PAGE = 205, 235  # the height of a picture of a page in millimetres, at most: below its heading, and alone


class _Letter(NamedTuple):
    """What is shown of a paper: its kind, its bytes, and whether they came within a mail."""

    kind: str
    content: bytes
    from_mail: bool


class Papers:
    """Embeds papers. ``attached`` are those attached as files, by name."""

    def __init__(self, language: Language) -> None:
        self.language, self.say = language, language.say
        self.attached: dict[str, bytes] = {}

    def headed(
        self,
        paper: Paper,
        name: str,
        title: str,
        signed: Sequence[str],
        signatory: str | None,
        known: Mapping[str, object],
        *,
        level: int = 3,
    ) -> Iterator[Block]:
        """The paper below its heading, in its own words if it has them and they agree with what is ``known``."""
        tongue = paper.language or self.language.code
        own = as_printed(self._words(paper) or "", tongue, known, with_heading=tongue == self.language.code)
        yield heading(own.heading or title, level)
        yield from self.blocks(paper, name, title, signed, signatory, own=own)

    def blocks(
        self,
        paper: Paper,
        name: str,
        title: str = "",
        signed: Sequence[str] = (),
        signatory: str | None = None,
        *,
        own: AsPrinted | None = None,
    ) -> Iterator[Block]:
        """The paper itself if it is kept, else what is known about it; then the block with which it is ``signed``.

        A text that begins with the heading ``title``, or ends with the signature block, shows them only once; one that
        the reader can read and that names the ``signatory`` gets no other block; one in another language keeps its own.
        ``own`` is the text in its parts.
        """
        if paper.sha256 is None:
            yield text(
                self.say("The paper is not on record: the ledger holds neither its text nor its digest."), "small"
            )
        elif paper.content is None:
            yield text(self.say("The paper is not kept here; its digest is on record."), "small")
        elif len(paper.content) > _MAX_EMBEDDED:
            yield text(self.say("The paper is kept in the ledger, and is too large to include here."), "small")
        else:
            words = self._words(paper)
            if words is None:
                yield from self._shown(paper, f"{name}-{paper.sha256[:8]}")
            else:
                yield from self._text(paper, own or AsPrinted(None, words, ()), title, signed, signatory)
                return
        if signed:
            yield signature(signed)

    def _text(
        self, paper: Paper, own: AsPrinted, title: str, signed: Sequence[str], signatory: str | None
    ) -> Iterator[Block]:
        language = paper.language if re.fullmatch("[a-z]{2}", paper.language or "") else None
        words, ended = _without(own.words, "" if own.heading else title, () if own.signature else signed)
        block = own.signature or (signed if ended else ())
        yield quote(words, language, block)
        readable = paper.language in {None, self.language.code}
        named = language == self.language.code and signatory is not None and signatory in words
        if signed and not (block and readable) and not named:
            yield signature(signed)

    def _shown(self, paper: Paper, name: str) -> Iterator[Block]:
        """A paper that is not a text: the contents of a mail, the pages of a PDF, a file."""
        for number, letter in enumerate(_letters(paper), 1):
            words = _text_of(letter.content) if letter.kind in _TEXTS else None
            if words is not None:
                yield quote(words, None)
                continue
            own_name = f"{name}-{number}" if letter.from_mail else name
            pages = pages_of(letter.content) if letter.kind == "application/pdf" else None
            if pages is not None:
                yield self._pages(pages, own_name)
            yield self._file(letter.content, letter.kind, own_name)
        if paper.content is not None and _kind(paper) == _MAIL:
            yield self._file(paper.content, _MAIL, name)

    def is_picture(self, paper: Paper) -> bool:
        """Whether the paper is shown as pictures, which fill pages."""
        content = paper.content
        if content is None or len(content) > _MAX_EMBEDDED:
            return False
        letters = _letters(paper)
        return any(each.kind == "application/pdf" or _is_picture(each.content, each.kind) for each in letters[:1])

    def is_readable(self, paper: Paper) -> bool:
        """Whether the reader sees its own words or pages."""
        return self._words(paper) is not None or (paper.content is not None and _kind(paper) != "")

    def begins(self, paper: Paper, line: str) -> bool:
        """Whether it is a text in the reader's language that begins with this line."""
        words = self._words(paper)
        return words is not None and paper.language == self.language.code and _same(words.partition("\n")[0], line)

    def known(self, paper: Paper) -> list[tuple[str, ...]]:
        """Rows about what is kept of a paper."""
        if paper.sha256 is None:
            return []
        kind = _kind(paper)
        rows: list[tuple[str, ...]] = [(self.say("kind"), kind)] if kind else []
        if paper.translated and paper.language:
            said = self.say("a translation, {language}", language=self.language.tongue(paper.language))
            rows.append((self.say("text"), said))
        return [*rows, (self.say("SHA-256"), paper.sha256, "fixed")]

    def _words(self, paper: Paper) -> str | None:
        return _text_of(paper.content) if _kind(paper) in _TEXTS else None

    def _pages(self, pages: Sequence[Page], name: str) -> Block:
        """Pictures of the pages of a PDF, the first below a heading."""
        shown: list[dict[str, Any]] = []
        for number, page in enumerate(pages, 1):
            file = f"{name}-page-{number}.png"
            self.attached[file] = page.png
            high = min(_FIRST_PAGE if number == 1 else _PAGE, round(166 * page.height / max(page.width, 1)))
            alt = self._told(page, number, len(pages))
            href = f"data:image/png;base64,{base64.b64encode(page.png).decode()}"
            shown.append({"number": list(self.attached).index(file), "alt": alt, "high": high, "href": href})
        said = self.language.plural(
            "The paper as it was sent: {number} page, as a picture.",
            "The paper as it was sent: {number} pages, as pictures.",
            len(pages),
        )
        return {"kind": "pages", "pages": shown, "text": said}

    def _told(self, page: Page, number: int, total: int) -> str:
        """The alternative text of a picture of a page, with its words if the file has them as text."""
        if not page.text:
            return self.say("Page {number} of {total} of the paper, as a picture.", number=number, total=total)
        return self.say(
            "Page {number} of {total} of the paper, as a picture. Its text, as the file gives it: {text}",
            number=number,
            total=total,
            text=page.text,
        )

    def _file(self, content: bytes, kind: str, name: str) -> Block:
        name = f"{name}.{_ENDINGS.get(kind, 'bin')}"
        self.attached[name] = content
        mime = kind if kind in _ENDINGS else "application/octet-stream"
        said = self.language.plural(
            "Attached as {name}, {number} byte", "Attached as {name}, {number} bytes", len(content), name=name
        )
        return {
            "kind": "file",
            "number": list(self.attached).index(name),
            "name": name,
            "mime": mime,
            "text": said,
            "image": _is_picture(content, kind),
            "alt": self.say("The paper as a picture; its words are not on record as text."),
            "href": f"data:{mime};base64,{base64.b64encode(content).decode()}",
        }


def _kind(paper: Paper) -> str:
    return paper.media_type or _kind_of(paper.content)


def _kind_of(content: bytes | None) -> str:
    """What a paper seems to be, if its entry does not say."""
    known = next((kind for start, kind in _BEGINNINGS.items() if (content or b"").startswith(start)), None)
    return known or ("text/plain" if _text_of(content) is not None else "")


def _letters(paper: Paper) -> list[_Letter]:
    """The contents of a paper that is a mail: the attachments, else the words; nothing if it is not a mail."""
    content, kind = paper.content or b"", _kind(paper)
    if kind != _MAIL:
        return [_Letter(kind, content, False)]
    parts = read_message(content).parts
    carried = [part for part in parts if part.attached] or [part for part in parts if part.read_as == "plain"][:1]
    return [each for part in carried[:_MAX_PARTS] if (each := _carried(content, part)) is not None]


def _carried(message: bytes, part: Part) -> _Letter | None:
    """A part of a mail; None if its bytes can be read in two ways, or are not what the reader says."""
    if part.read_as == "plain" and part.text is not None:
        return _Letter("text/plain", part.text.encode(), True)
    try:
        content = part_of(message, part.path).content
    except Malformed:
        return None
    kind = part.media_type
    return _Letter(_kind_of(content[:8]) if kind == "application/octet-stream" else kind, content, True)


def _text_of(content: bytes | None) -> str | None:
    """The words of a plain text in UTF-8."""
    if content is None or len(content) > _MAX_TEXT or b"\0" in content:
        return None
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    lines = "\n".join(line.rstrip() for line in words.expandtabs(4).splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _without(words: str, title: str, signed: Sequence[str]) -> tuple[str, bool]:
    """A text without the heading at its beginning and these lines at its end; and whether it ended with them."""
    lines = words.split("\n")
    if title and _same(lines[0], title):
        lines = lines[1:]
    said = [line for line in lines if line]
    ended = bool(signed) and len(said) > len(signed) and all(map(_same, said[-len(signed) :], signed))
    if ended:
        for _ in signed:
            while not lines[-1]:
                lines.pop()
            lines.pop()
    return "\n".join(lines).strip("\n"), ended


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _is_picture(content: bytes, kind: str) -> bool:
    """Whether it may be shown: its first bytes are those of an image, and its size can be drawn."""
    if kind == "image/jpeg":
        return content.startswith(b"\xff\xd8\xff")
    if kind != "image/png" or not content.startswith(b"\x89PNG\r\n\x1a\n") or len(content) < 24:
        return False
    width, height = struct.unpack(">II", content[16:24])
    return 0 < int(width) * int(height) <= _MAX_PIXELS
