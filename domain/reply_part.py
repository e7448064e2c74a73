"""A part of a message as it was read: the places of its text, and the positions that it takes."""

from __future__ import annotations

from typing import NamedTuple

from .message_contents import Part
from .proposal import Passage
from .reply_marks import MemberNames
from .reply_positions import Taken, taken
from .reply_text import Letter, letter_of

MOST = 20
"""The most passages reported for one thing."""
_QUOTED = 100


class ReadPart(NamedTuple):
    """A part, the places of its text, and the positions that it takes."""

    part: Part
    letter: Letter
    taken: list[Taken]

    def passage(self, start: int, end: int) -> Passage:
        """A range of the folded text, as a passage of the original."""
        return self.original(*self.letter.own.original(start, end))

    def original(self, first: int, last: int) -> Passage:
        """A range of the text."""
        text = " ".join(self.letter.original[first : min(last, first + _QUOTED)].split())
        return Passage(part=self.part.path, start=first, end=last, page=self.part.page_of(first), text=text)


def read_part(part: Part, names: MemberNames) -> ReadPart:
    """What was read from a part that has text."""
    letter = letter_of(part.text or "")
    return ReadPart(part, letter, taken(letter, names))
