"""What can go wrong, as types. Each message is one line for a person: what, where, the mend."""

from __future__ import annotations


class InblueError(Exception):
    """Base of every error this package raises on purpose."""


class MalformedError(InblueError, ValueError):
    """Bytes or a value from outside that is not of the form it must have.

    A ``ValueError`` too, so that raised inside a pydantic validator it names the field.
    """


class Refusal(InblueError):
    """A command that cannot be carried out in the vote as it stands.

    ``clause`` is the id of the clause that forbids it, or None where no clause is needed to see that it cannot be.
    ``text`` is a :class:`.phrase.Said` wherever a record may come to say it.
    """

    def __init__(self, clause: str | None, text: str) -> None:
        super().__init__(f"{text} (clause {clause})" if clause else text)
        self.clause = clause
        self.text = text
