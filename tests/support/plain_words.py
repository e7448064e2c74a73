"""Phrases to avoid (CONTRIBUTING.md, "Plain words"), counted in code, docs, messages and tests.

``python tests/support/plain_words.py [REVISION]`` prints a table for the working tree, or for a revision of it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Phrase(NamedTuple):
    """A phrase to avoid, what to write instead, and the pattern that finds it."""

    avoided: str
    instead: str
    pattern: re.Pattern[str]


def _phrase(avoided: str, instead: str, pattern: str) -> Phrase:
    return Phrase(avoided, instead, re.compile(pattern, re.IGNORECASE))


PHRASES = (
    _phrase("behind (of order)", "after", r"\b(is|are|was|were|stands?|what is|each|one|entry|entries) behind\b"),
    _phrase("in its one form", "canonical", r"\b(in|of|has) (its|their|one|a) (one )?form\b"),
    _phrase("held against", "checked against, compared with", r"\b(held|holds?|holding)\b[^.,;:\n]{0,40} against\b"),
    _phrase("stands (in, at, for)", "is, is in", r"\b(stands?|stood|standing)\b(?! (by|aside|out|alone))"),
    _phrase("anew", "again", r"\banew\b"),
    _phrase("in other hands", "compromised", r"\b(been|be|was|were|is) in other hands\b"),
    _phrase("is no X", "is not an X; no X does", r"\b(is|are|was|were) no (?!longer\b|more\b|less\b|matter\b|one\b)"),
    _phrase("there is no X that", "no X does", r"\bthere (is|are|was|were) no\b"),
    _phrase("is not taken, takes", "rejected, accepts", r"\b(is|are|was|were) not taken\b|\bnot taken (for|in|up)\b"),
    _phrase("who was faster", "which came first", r"\b(was|were|is) faster\b"),
    _phrase("by the clock", "wall-clock time, local time", r"\bby the clock\b"),
    _phrase("so many", "this number of; the parameter's name", r"\bso many\b"),
    _phrase("a crew", "workers", r"\bcrew\b"),
    _phrase("surfaced, folded, remembered", "the thing's own name", r"\b(surfaced|remembered)\b"),
)

WRONG = {
    "in its one form": r"\b(in|of) (its|their) one form\b",
    "held against": r"\b(held|holds?)\b[^.,;:\n]{0,40} against\b",
    "anew": r"(?<![-`])\banew\b(?!\s*[=:,)]| else\b)",
    "by the clock": r"\bby the clock\b(?! (of|on))",
    "a crew": r"\b(a|the) crew\b",
    "was faster": r"\b(was|were) faster\b",
    "in other hands": r"\b(been|be|was|were) in other hands\b",
}
"""Phrases that are always wrong: narrower than in :data:`PHRASES`, which also counts places that are right."""

_SAID = "the text of a problem, kept word for word in tests/ledger/audit/said.jsonl"
ALLOWED = {
    ("in its one form", "ledger/entries/entry.py"): _SAID,
    ("in its one form", "ledger/evidence/attestations.py"): _SAID,
    ("in its one form", "ledger/standards/cms.py"): _SAID,
    **dict.fromkeys(
        ((phrase, "CONTRIBUTING.md") for phrase in WRONG if phrase != "in other hands"), "the table of phrases"
    ),
}
"""Where one of :data:`WRONG` stays, by phrase and file, and why."""

TEXTS = {
    "code": ("domain", "ledger", "cli", "__init__.py"),
    "docs": ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs"),
    "messages": ("cli/language/locales/inblue.pot",),
    "tests": ("tests", "examples", "benchmarks", "conformance"),
}
"""The texts that developers, readers, users and contributors see."""

SUFFIXES = {"code": (".py",), "docs": (".md",), "messages": (".pot",), "tests": (".py", ".md", ".mjs", ".sh")}
HERE = "tests/support/plain_words.py"
KEPT = ("tests/compat/", "tests/vectors/", "docs/api/", HERE)
"""Files that are not counted: stored bytes, generated pages, and the phrases themselves."""


def names(kind: str, revision: str = "") -> list[str]:
    """The files of one kind that git keeps, in the working tree or in ``revision``."""
    asked = ["ls-tree", "-r", "--name-only", revision, "--"] if revision else ["ls-files", "--"]
    listed = subprocess.run(["git", *asked, *TEXTS[kind]], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if name.endswith(SUFFIXES[kind]) and not name.startswith(KEPT)]


def lines(kind: str, revision: str = "") -> Iterator[tuple[str, int, str]]:
    """File, number and text of each line of one kind; of a catalogue, the messages alone."""
    for name in names(kind, revision):
        if revision:
            shown = subprocess.run(["git", "show", f"{revision}:{name}"], cwd=ROOT, capture_output=True, check=True)
            text = shown.stdout.decode()
        else:
            path = ROOT / name
            text = path.read_text(encoding="utf-8") if path.exists() else ""
        for number, line in enumerate(text.splitlines(), 1):
            if kind != "messages" or line.startswith(('"', "msgid")):
                yield name, number, line


def found(kind: str, revision: str = "") -> dict[str, list[str]]:
    """The places of each phrase, as ``file:number: line``."""
    places: dict[str, list[str]] = {each.avoided: [] for each in PHRASES}
    for name, number, line in lines(kind, revision):
        for each in PHRASES:
            places[each.avoided] += [f"{name}:{number}: {line.strip()}"] * len(each.pattern.findall(line))
    return places


def faults() -> dict[tuple[str, str], list[str]]:
    """The places of each phrase of :data:`WRONG` in code, docs and messages, by phrase and file."""
    patterns = {phrase: re.compile(pattern, re.IGNORECASE) for phrase, pattern in WRONG.items()}
    places: dict[tuple[str, str], list[str]] = {}
    for kind in ("code", "docs", "messages"):
        for name, number, line in lines(kind):
            for phrase, pattern in patterns.items():
                if pattern.search(line):
                    places.setdefault((phrase, name), []).append(f"{name}:{number}: {line.strip()}")
    return places


if __name__ == "__main__":
    revision = sys.argv[1] if len(sys.argv) > 1 else ""
    counted = {kind: found(kind, revision) for kind in TEXTS}
    print(f"{'':30}" + "".join(f"{kind:>10}" for kind in TEXTS))
    for phrase in PHRASES:
        print(f"{phrase.avoided:30}" + "".join(f"{len(counted[kind][phrase.avoided]):>10}" for kind in TEXTS))
    print(f"{'in all':30}" + "".join(f"{sum(map(len, counted[kind].values())):>10}" for kind in TEXTS))
