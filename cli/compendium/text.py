"""The same blocks as plain text: one line for each paragraph, none broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...domain.inert import inert
from ..documents.blocks import Block, Words
from ..language.english import Language


def text_of(blocks: Sequence[Block], language: Language) -> bytes:
    """The document as text in UTF-8."""
    marked = language.direction == "rtl"
    parts = (inert("\n".join(lines), marked=marked) for block in blocks if (lines := [*_lines(block, language)]))
    return ("\n\n".join(parts) + "\n").encode()


def _lines(block: Block, language: Language) -> Iterator[str]:
    match block["kind"]:
        case "heading" | "text" | "strong" | "small" | "banner":
            yield _plain(block["text"])
        case "file" | "pages":
            yield block["text"]
        case "masthead":
            of, symbol = _plain(block["of"]), block["symbol"]
            yield f"{of} {symbol}".strip()
            small: list[str] = block["lines"]
            yield " ".join([_plain(block["body"]), *small[:1]])
            yield from small[1:]
        case "list":
            yield from (f"• {_plain(each)}" for each in block["items"])
        case "facts":
            for row in block["rows"]:
                yield language.say("{name}: {value}", name=_plain(row[0]), value=_plain(row[1]))
        case "table":
            yield " | ".join(block["head"])
            yield from (" | ".join(map(_plain, row)) for row in block["rows"])
        case "quote":
            yield block["text"]
            if block["signature"]:
                yield from ("", *block["signature"])
        case "signature":
            yield from block["lines"]


def _plain(words: Words) -> str:
    return words if isinstance(words, str) else "".join(str(each["text"]) for each in words)
