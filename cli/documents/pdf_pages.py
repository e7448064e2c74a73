"""The pages of a PDF as pictures, with their text, made in a confined child process (``ledger/intake``).

Archival PDF cannot hold another program's PDF as pages; it can hold pictures of them. The file is attached beside them.
Run by itself this is the child.
"""

from __future__ import annotations

import os
import struct
import sys
import zlib
from typing import NamedTuple, NoReturn

from ...ledger.intake.in_child import MAX_MESSAGE, confine
from ...ledger.intake.reading import ask_child

MOST_PAGES = 24
_MOST_BYTES = 48 * 1024 * 1024
_WIDE, _HIGH = 1240, 1754  # A4 at 150 to the inch
_MOST_TEXT = 8_000
"""Characters of a page's text at most."""
_HEAD = struct.Struct(">IIII")
"""The header before each picture and its text: length, width, height, length of the text."""


class Page(NamedTuple):
    """A picture of a page, PNG, and its size; and the page's text in a line, as the file gives it: empty of a scan."""

    png: bytes
    width: int
    height: int
    text: str


def pages_of(content: bytes) -> list[Page] | None:
    """All pages; None if nothing here can draw them, the PDF cannot be drawn, or it has too many."""
    answer = ask_child(content, "draw", module=__spec__.name, most=_MOST_BYTES)
    found, at = [], 0
    while answer.status == 0 and at + _HEAD.size <= len(answer.content):
        length, width, height, said = _HEAD.unpack_from(answer.content, at)
        begins = at + _HEAD.size
        at = begins + length + said
        text = answer.content[begins + length : at].decode(errors="replace")
        found.append(Page(answer.content[begins : begins + length], width, height, " ".join(text.split())))
    return found if at == len(answer.content) and 0 < len(found) <= MOST_PAGES else None


def main() -> NoReturn:
    """Run as the child process."""
    import pypdfium2  # type: ignore[import-untyped,unused-ignore] # which loads its library, as nothing may any more

    confine()
    document = pypdfium2.PdfDocument(sys.stdin.buffer.read(MAX_MESSAGE))
    if not 0 < len(document) <= MOST_PAGES:
        os._exit(1)
    for number in range(len(document)):
        page = document[number]
        width, height = page.get_size()
        scale = min(_WIDE / max(width, 1), _HIGH / max(height, 1))
        bitmap = page.render(scale=scale, grayscale=True)
        picture = _png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
        text = page.get_textpage().get_text_bounded()[:_MOST_TEXT].encode(errors="replace")
        head = _HEAD.pack(len(picture), bitmap.width, bitmap.height, len(text))
        sys.stdout.buffer.write(head + picture + text)
    sys.stdout.buffer.flush()
    os._exit(0)


def _png(grey: bytes, width: int, height: int, stride: int) -> bytes:
    """A grey picture with eight bits per pixel (PNG, sections 5.3 and 11)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + grey[at * stride : at * stride + width] for at in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    main()
