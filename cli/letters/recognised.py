"""Whether a sent file is an unchanged draft of inblue's: its bytes, or the words of an e-mail."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from ...domain.errors import InblueError
from ...domain.state import VoteState
from ...ledger.entries.files import Files
from ...ledger.errors import MissingExtraError
from ..language.choose import language
from ..language.english import LANGUAGES
from .letter import Letter, drafted
from .words import Wanted

_MOST = 8 * 1024 * 1024
_LANGUAGE = re.compile(rb"<dc:language>\s*<rdf:Bag>\s*<rdf:li>([a-z]{2})</rdf:li>")


def recognised(content: bytes, state: VoteState, wanted: Wanted, files: Files) -> str | None:
    """The language of the draft that ``content`` is; None if its words differ.

    A draft is recognised with or without the line that marks it as a draft.
    """
    if len(content) > _MOST:
        return None
    if content.startswith(b"%PDF-"):
        found = _LANGUAGE.search(content)
        codes: tuple[str, ...] = (found[1].decode(),) if found else ()
    else:
        codes, words = LANGUAGES, _words_of(content)
        if not words:
            return None
    for code in codes:
        if code not in LANGUAGES:
            continue
        try:
            lang = language(code)
        except MissingExtraError:  # no such draft can have been made here
            continue
        for receipt in (False, True) if wanted.kind == "acknowledgement" else (False,):
            try:
                letter = drafted(state, lang, wanted._replace(receipt=receipt), files)
                same = letter.pdf() == content if content.startswith(b"%PDF-") else _said(letter, words)
            except InblueError:
                return None
            if same:
                return code
    return None


def _words_of(content: bytes) -> str:
    """The text of a file, or of an e-mail."""
    try:
        if re.match(rb"[A-Za-z][A-Za-z-]*:", content):
            message = message_from_bytes(content, policy=SMTP)
            body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
            return _squeezed(str(body.get_content())) if body is not None else ""
        return _squeezed(content.decode())
    except (ValueError, LookupError, KeyError, RecursionError):
        return ""


def _said(letter: Letter, words: str) -> bool:
    text = letter.text()
    unmarked = text.partition("\n\n")[2] if text.startswith("*** ") else text
    return words in {_squeezed(text), _squeezed(unmarked)}


def _squeezed(text: str) -> str:
    return " ".join(text.split())
