"""The pages of a PDF as pictures: drawn in a process of its own, which has limits, no network and no secrets.

Archival PDF cannot hold another program's PDF as pages; it can hold pictures of them. The file is attached beside them.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from typing import NamedTuple

MOST_PAGES = 24
_MOST_BYTES = 48 * 1024 * 1024
_SECONDS = 30
_MEMORY = 3 * 1024 * 1024 * 1024
_WIDE, _HIGH = 1240, 1754  # A4 at 150 to the inch


class Page(NamedTuple):
    """A picture of a page, PNG, and its size."""

    png: bytes
    width: int
    height: int


def pages_of(content: bytes) -> list[Page] | None:
    """All pages; None where nothing here draws them, or where it is no PDF that can be, or has too many of them."""
    command = [sys.executable, "-I", "-m", __name__]
    try:
        done = subprocess.run(  # noqa: S603 - this program itself
            command, input=content, capture_output=True, timeout=2 * _SECONDS, check=False, env={}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0 or len(done.stdout) > _MOST_BYTES:
        return None
    found, at = [], 0
    while at + 12 <= len(done.stdout):
        length, width, height = struct.unpack_from(">III", done.stdout, at)
        found.append(Page(done.stdout[at + 12 : at + 12 + length], width, height))
        at += 12 + length
    return found if at == len(done.stdout) and 0 < len(found) <= MOST_PAGES else None


def _draw(content: bytes) -> None:
    """Write each page to standard output."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    if not 0 < len(document) <= MOST_PAGES:
        raise SystemExit(1)
    for number in range(len(document)):
        page = document[number]
        width, height = page.get_size()
        scale = min(_WIDE / max(width, 1), _HIGH / max(height, 1))
        bitmap = page.render(scale=scale, grayscale=True)
        picture = _png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
        sys.stdout.buffer.write(struct.pack(">III", len(picture), bitmap.width, bitmap.height) + picture)


def _png(grey: bytes, width: int, height: int, stride: int) -> bytes:
    """A grey picture, eight bits to a point (PNG, sections 5.3 and 11)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + grey[at * stride : at * stride + width] for at in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on Windows; the time is bounded there too
        return
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    _limit()
    _draw(sys.stdin.buffer.read())
