"""Papers within a document: the words of one that is text, another as a file, a description of what is not kept."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator, Sequence

from ...ledger.projections.compendium import Paper
from ..language.english import Language
from .blocks import Block, quote, signature, text

_MAX_EMBEDDED = 16 * 1024 * 1024
_MAX_TEXT = 1024 * 1024
_MAX_PIXELS = 50_000_000
_ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "message/rfc822": "eml",
    "text/plain": "txt",
}
_BEGINNINGS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_TEXTS = frozenset({"text/plain", "text/markdown"})


class Papers:
    """Embeds papers. ``attached`` are those that stand as files, by name."""

    def __init__(self, language: Language) -> None:
        self.language, self.say = language, language.say
        self.attached: dict[str, bytes] = {}

    def blocks(
        self, paper: Paper, name: str, heading: str = "", signed: Sequence[str] = (), signatory: str | None = None
    ) -> Iterator[Block]:
        """The paper itself where it is kept, else what is known of it; then the block with which it is ``signed``.

        A text that begins with the ``heading``, or ends with the signature block, has them but once; one that the
        reader can read and that names the ``signatory`` gets no other block.
        """
        if paper.sha256 is None:
            yield text(
                self.say("The paper is not on record: the ledger holds neither its text nor its digest."), "small"
            )
            if signed:
                yield signature(signed)
            return
        kind = paper.media_type or _kind_of(paper.content)
        words = _text_of(paper.content) if kind in _TEXTS else None
        if words is not None:
            language = paper.language if re.fullmatch("[a-z]{2}", paper.language or "") else None
            words, ended = _without(words, heading, signed)
            yield quote(words, language, signed if ended else ())
            named = language == self.language.code and signatory is not None and signatory in words
            if signed and not ended and not named:
                yield signature(signed)
        elif paper.content is None:
            yield text(self.say("The paper is not kept here; its digest is on record."), "small")
        elif len(paper.content) > _MAX_EMBEDDED:
            yield text(self.say("The paper is kept in the ledger, and too large to stand here."), "small")
        else:
            yield self._file(paper.content, kind, f"{name}-{paper.sha256[:8]}")
        if words is None and signed:
            yield signature(signed)

    def is_picture(self, paper: Paper) -> bool:
        """Whether the paper is shown as a picture, which fills a page."""
        content = paper.content
        return content is not None and _is_picture(content, paper.media_type or _kind_of(content))

    def known(self, paper: Paper) -> list[tuple[str, ...]]:
        """Rows that say what is kept of a paper."""
        if paper.sha256 is None:
            return []
        kind = paper.media_type or _kind_of(paper.content)
        rows: list[tuple[str, ...]] = [(self.say("kind"), kind)] if kind else []
        if paper.translated and paper.language:
            said = self.say("a translation, {language}", language=self.language.tongue(paper.language))
            rows.append((self.say("text"), said))
        return [*rows, (self.say("SHA-256"), paper.sha256, "fixed")]

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


def _kind_of(content: bytes | None) -> str:
    """What a paper seems to be that was entered without saying so."""
    known = next((kind for start, kind in _BEGINNINGS.items() if (content or b"").startswith(start)), None)
    return known or ("text/plain" if _text_of(content) is not None else "")


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


def _without(words: str, heading: str, signed: Sequence[str]) -> tuple[str, bool]:
    """A text without the heading that it begins with, and without the lines that it ends with; whether it ends so."""
    lines = words.split("\n")
    if heading and _same(lines[0], heading):
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
    """Whether it may be shown: an image by its first bytes too, and of a size that can be drawn."""
    if kind == "image/jpeg":
        return content.startswith(b"\xff\xd8\xff")
    if kind != "image/png" or not content.startswith(b"\x89PNG\r\n\x1a\n") or len(content) < 24:
        return False
    width, height = struct.unpack(">II", content[16:24])
    return 0 < int(width) * int(height) <= _MAX_PIXELS
