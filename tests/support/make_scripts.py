"""Makes the table in domain/scripts.py again, of the files of the Unicode Character Database and of UTS 39.

    python tests/support/make_scripts.py FOLDER

FOLDER has those of Debian's unicode-data, and IdentifierStatus.txt (https://www.unicode.org/Public/security/).
What is in the table is what Unicode 14.0 assigned, which every Python that is supported knows: so that two machines
never judge a name differently. A later table needs a later oldest Python.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

AGE = (14, 0)
SIGNS = (
    "\u00a7\u00b0\u00ab\u00bb\u2116\u3008\u3009\u300a\u300b\u300c\u300d\u3014\u3015"  # numbers of documents have them
)
WIDTH = 118
_TABLE = re.compile(r'(?<=_TABLE = """\\\n).*?(?=""")', re.DOTALL)


def main(folder: Path, module: Path) -> None:
    """Write the table into ``module``."""
    lines, line = [], ""
    for word in rows(folder):
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    table = "\n".join([*lines, line]) + "\n"
    module.write_text(_TABLE.sub(lambda _: table, module.read_text(encoding="utf-8"), count=1), encoding="utf-8")


def rows(folder: Path) -> Iterator[str]:
    """``FIRST-LAST:Scripts``, or ``FIRST:Scripts``, in hex: each range of one set of scripts that names may have."""
    short = {name: code for code, name in _aliases(folder)}
    script = {point: short[name] for point, name in _property(folder / "Scripts.txt")}
    more = dict(_property(folder / "ScriptExtensions.txt"))
    age = {point: tuple(map(int, value.split("."))) for point, value in _property(folder / "DerivedAge.txt")}
    ignorable = _points(folder / "DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")
    allowed = _points(folder / "IdentifierStatus.txt", "Allowed") | set(map(ord, SIGNS))
    first, last, before = 0, 0, ""
    for point in sorted(script):
        ideograph = (
            script[point] == "Hani" and unicodedata.category(chr(point)) == "Lo"
        )  # rare ones look like no others
        if point < 0x80 or point in ignorable or age[point] > AGE or not (point in allowed or ideograph):
            continue
        of = sorted(more.get(point, script[point]).split())
        named = "*" if set(of) & {"Zyyy", "Zinh"} or chr(point) in SIGNS else ",".join(of)
        if before == named and point == last + 1:
            last = point
            continue
        if before:
            yield _row(first, last, before)
        first, last, before = point, point, named
    yield _row(first, last, before)


def _row(first: int, last: int, scripts: str) -> str:
    return f"{first:x}:{scripts}" if first == last else f"{first:x}-{last:x}:{scripts}"


def _aliases(folder: Path) -> Iterator[tuple[str, str]]:
    for line in (folder / "PropertyValueAliases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("sc ;"):
            _, code, name, *_ = (part.strip() for part in line.split(";"))
            yield code, name


def _points(path: Path, wanted: str) -> set[int]:
    return {point for point, value in _property(path) if value == wanted}


def _property(path: Path) -> Iterator[tuple[int, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        points, _, value = line.partition("#")[0].partition(";")
        if value:
            first, _, last = points.strip().partition("..")
            for point in range(int(first, 16), int(last or first, 16) + 1):
                yield point, value.strip()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parents[2] / "domain" / "scripts.py")
