"""What can go wrong, as types. Each message is one line for a person: what, where, the mend.

::

    InblueError
    ├── Malformed      a value or bytes that are not of the form they must have; a ValueError too
    ├── Refused        what the rules, or what is there already, do not allow; .clause names the rule
    ├── NotFound       no such ledger, vote, reply, key or file
    ├── Busy           somebody else was first, or a wait ran out: it may go well when it is tried again
    ├── Broken         what is stored or handed over is not what was signed, or cannot be read or kept
    └── SignerFailed   a key gave no signature that holds; nothing was stored

Nothing else comes out of the names of ``inblue``: ``except inblue.InblueError`` is enough. The four that a vote alone
cannot raise are in :mod:`inblue.ledger.errors`.
"""

from __future__ import annotations


class InblueError(Exception):
    """Base of every error this package raises."""


class Malformed(InblueError, ValueError):
    """Bytes or a value from outside that is not of the form it must have.

    A ``ValueError`` too, so that raised inside a pydantic validator it names the field.
    """


class Refused(InblueError):
    """What cannot be done as things are: the procedure or the register forbids it, or something is there already.

    ``clause`` is the id of the clause that forbids it, or None where no clause is needed to see that it cannot be.
    ``text`` is a :class:`.phrase.Said` wherever a record may come to say it.
    """

    def __init__(self, clause: str | None, text: str) -> None:
        super().__init__(f"{text} (clause {clause})" if clause else text)
        self.clause = clause
        self.text = text
