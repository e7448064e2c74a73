"""Which language is meant: its code in, the language out."""

from __future__ import annotations

from ...domain.errors import Malformed
from .english import ENGLISH, LANGUAGES, Language


def language(code: str | None, *, strict: bool = False) -> Language:
    """The language of that code, ``None`` meaning English. A ``strict`` one refuses what is not translated.

    Raises:
        Malformed: not one of the six.
    """
    if code in {None, "en"}:
        return ENGLISH
    if code not in LANGUAGES:
        raise Malformed(f"no language has the code {code!r:.40}; there are {', '.join(LANGUAGES)}")
    from .translation import translation

    return translation(code, strict=strict)
