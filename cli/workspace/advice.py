"""What there is to say of a workspace: a line each, how much it matters, and the command that mends it."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Matter: TypeAlias = Literal["missing", "unsafe", "ages", "note"]
"""``note`` is what may be so on purpose; every other is to be mended."""


class Advice(NamedTuple):
    """One thing; ``check`` is a name that does not change."""

    check: str
    matter: Matter
    text: str
    mend: str
