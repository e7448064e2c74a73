"""The text of a PDF document, page by page, read in a restricted child process.

Run as a program, this module is the child.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import NoReturn

from ...domain.canonical import parse_json
from ...domain.errors import Malformed
from ..errors import needed
from .in_child import MAX_MESSAGE, confine
from .reading import ask_child

_MOST_PAGES = 400
_MOST_TEXT = 2_000_000
_MOST_ANSWERED = 16 * 1024 * 1024


def text_of_pdf(content: bytes, where: str) -> str:
    """The text, with a form feed between pages.

    Raises:
        Malformed: it has none, or cannot be read.
    """
    answer = ask_child(content, "text", module=__spec__.name, most=_MOST_ANSWERED)
    if answer.status != 0:
        raise Malformed(f"{where}: the PDF cannot be read: {answer.why}")
    said = parse_json(answer.content, where=where, limit=_MOST_ANSWERED)
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        why = said.get("why") if isinstance(said, dict) else None
        raise Malformed(f"{where}: the PDF cannot be read: {why if isinstance(why, str) else 'its reader stops'}")
    return str(said["text"])


def _read(content: bytes) -> dict[str, str]:
    try:
        from pypdf import PdfReader
    except ImportError:
        return {"why": needed("mail", "the text of a PDF")}
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        return {"why": "it is encrypted"}
    if len(reader.pages) > _MOST_PAGES:
        return {"why": f"it has more than {_MOST_PAGES} pages"}
    pages: list[str] = []
    size = 0
    for page in reader.pages:
        pages.append(page.extract_text().replace("\f", "\n"))
        size += len(pages[-1])
        if size > _MOST_TEXT:
            return {"why": f"it has more than {_MOST_TEXT:,} characters"}
    return {"text": "\f".join(pages)} if size else {"why": "it has no text, as a scanned page has none"}


def main() -> NoReturn:
    """Run as the child."""
    import logging

    confine()
    logging.disable(logging.CRITICAL)  # its warnings are discarded
    try:
        said = _read(sys.stdin.buffer.read(MAX_MESSAGE))
    except Exception as error:  # noqa: BLE001 - whatever a library raises for hostile bytes
        said = {"why": f"it is broken ({type(error).__name__})"}
    sys.stdout.buffer.write(json.dumps(said).encode("ascii"))
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
