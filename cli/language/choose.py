"""Choosing a language by its code."""

from __future__ import annotations

from ...domain.errors import Malformed
from ...ledger.errors import needs
from .english import ENGLISH, LANGUAGES, Language


def language(code: str | None, *, strict: bool = False) -> Language:
    """The language with this code, ``None`` meaning English. A ``strict`` one refuses what is not translated.

    Raises:
        Malformed: not one of the six.
        NotFound: the packages that the other five need are not installed.
    """
    if code in {None, "en"}:
        return ENGLISH
    if code not in LANGUAGES:
        raise Malformed(f"no language has the code {code!r:.40}; there are {', '.join(LANGUAGES)}")
    with needs("languages", ENGLISH.tongue(code)):
        from .translation import translation

    return translation(code, strict=strict)
