"""Paper: a typst template and data in, an archival PDF out.

PDF/A-2a and PDF/UA-1, so tagged, with every font embedded; PDF/A-3a where files are attached, which PDF/A-2 does not
allow. Data reaches a template as JSON and is never read as markup. The typesetter sees one folder, made for it, and no
network; what it makes depends on the data, the fonts and its version alone.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.errors import InblueError
from ...domain.inert import inert
from ...ledger.errors import needs
from ..language.english import Language

if TYPE_CHECKING:
    import typst

_TEMPLATES = Path(__file__).parent / "templates"
_LATIN = "Libertinus Serif"  # the typesetter carries it: Latin, Greek and Cyrillic
_ARABIC, _CHINESE = "Noto Naskh Arabic", "Noto Serif CJK SC"
_PACKAGES = {_ARABIC: "fonts-noto-core", _CHINESE: "fonts-noto-cjk"}
_OWN = {"ar": _ARABIC, "zh": _CHINESE}
_SCRIPTS = {"ARABIC": _ARABIC, "CJK": _CHINESE, "HIRAGANA": _CHINESE, "KATAKANA": _CHINESE, "HANGUL": _CHINESE}
_REST = re.compile(r"Noto (Serif|Sans)( (?!CJK|Mono|Display)[A-Z].*)?")
_UNSHOWN = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,6})\}|\\(.)")
_ROUNDS = 8


class PaperError(InblueError):
    """The paper cannot be set here: a font is missing, or the data cannot be set."""


def typeset(
    template: str,
    data: Mapping[str, Any],
    language: Language,
    *,
    made_at: datetime,
    attached: Mapping[str, bytes] | None = None,
    fonts: typst.Fonts | None = None,
) -> bytes:
    """The PDF that ``template`` makes of ``data``, dated ``made_at``; ``attached`` are files by name.

    A character that no font here has, or that no font should have, appears as ``<U+E000>``. ``fonts`` are those of the
    machine.

    Raises:
        MissingExtraError: no typesetter here.
        PaperError: no font for the language or for a script in the data; it names what to install.
    """
    with needs("paper", "a PDF"):
        import typst
    fonts = fonts or typst.Fonts()
    shown = _inert(dict(data), marked=language.direction == "rtl")
    families = _families(fonts.families(), language, _characters(shown))
    look = {
        "lang": language.code,
        "dir": language.direction,
        "fonts": families,
        "date": [made_at.year, made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second],
    }
    made_at = made_at.replace(microsecond=0)
    standards: list[Any] = ["a-3a" if attached else "a-2a", "ua-1"]
    with tempfile.TemporaryDirectory(prefix="inblue-") as folder:
        root = Path(folder)
        for source in _TEMPLATES.glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        for number, content in enumerate((attached or {}).values()):
            (root / f"attached-{number}").write_bytes(content)
        compiler = typst.Compiler(root=folder, font_paths=fonts, package_path=folder, package_cache_path=folder)
        lacking: frozenset[str] = frozenset()
        for _ in range(_ROUNDS):
            value = _spell(shown, lacking) if lacking else shown
            (root / "data.json").write_text(json.dumps({"look": look, "data": value}), encoding="utf-8")
            try:
                pdf = compiler.compile(str(root / template), format="pdf", pdf_standards=standards, timestamp=made_at)
            except typst.TypstError as error:
                more = _unshown(error.diagnostic) - lacking
                if not more:
                    raise PaperError(f"the paper cannot be set: {error.message}") from None
                lacking |= more
                continue
            assert isinstance(pdf, bytes)  # noqa: S101 - one file is asked for
            return pdf
    raise PaperError("the paper cannot be set: too many of its characters are in no font here")


def _families(found: Iterable[str], language: Language, characters: frozenset[str]) -> list[Any]:
    """The fonts to use, in order of preference, by name alone, so that the machine's own order does not matter."""
    here = set(found)
    own = _OWN.get(language.code)
    wanted = {family for c in characters if (family := _family_of(c))}
    for family in sorted(wanted | ({own} if own else set())):
        if family not in here:
            raise PaperError(f"the font {family} is missing; install it (Debian: {_PACKAGES[family]})")
    first: list[Any] = [{"name": _LATIN, "covers": "latin-in-cjk"}, _CHINESE] if own == _CHINESE else []
    known = [_LATIN, _ARABIC, _CHINESE, "Noto Serif", "Noto Sans", "DejaVu Sans Mono", "New Computer Modern Math"]
    rest = sorted(family for family in here if _REST.fullmatch(family))
    return [*first, *dict.fromkeys(family for family in (*known, *rest) if family in here)]


def _family_of(character: str) -> str | None:
    if character < "\u0600":
        return None
    return _SCRIPTS.get(unicodedata.name(character, "").partition(" ")[0])


def _characters(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value)
    if isinstance(value, Mapping):  # the alternative text of a picture needs no font
        return _characters([each for name, each in value.items() if name != "alt"])
    inner = value if isinstance(value, (list, tuple)) else ()
    return frozenset[str]().union(*map(_characters, inner))


def _inert(value: Any, *, marked: bool) -> Any:
    """``value`` with every text in it made safe to show."""
    if isinstance(value, str):
        return inert(value, marked=marked)
    if isinstance(value, Mapping):
        return {name: _inert(each, marked=marked) for name, each in value.items()}
    return [_inert(each, marked=marked) for each in value] if isinstance(value, (list, tuple)) else value


def _spell(value: Any, lacking: frozenset[str]) -> Any:
    """``value`` with each character that no font has replaced by its number."""
    if isinstance(value, str):
        return "".join(f"<U+{ord(c):04X}>" if c in lacking else c for c in value)
    if isinstance(value, Mapping):
        return {name: _spell(each, lacking) for name, each in value.items()}
    return [_spell(each, lacking) for each in value] if isinstance(value, list) else value


def _unshown(diagnostic: str) -> frozenset[str]:
    """The characters that the typesetter reports as missing from all fonts."""
    texts = (_ESCAPE.sub(_unescaped, found) for found in _UNSHOWN.findall(diagnostic))
    return frozenset(c for text in texts for c in text if c > "\x7f")


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]
