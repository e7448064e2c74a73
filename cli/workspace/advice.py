"""Advice on a workspace: a line each, how much it matters, and the command that fixes it."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Matter: TypeAlias = Literal["missing", "unsafe", "ages", "note"]
"""``note`` may be intended; every other one needs fixing."""


class Advice(NamedTuple):
    """One piece of advice; ``check`` is a name that does not change."""

    check: str
    matter: Matter
    text: str
    mend: str
