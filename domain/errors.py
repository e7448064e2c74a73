"""The exceptions of this package. Each message is one line for a person: what is wrong, where, and how to fix it.

::

    InblueError
    ├── Malformed      a value or bytes that are not of the form they must have; a ValueError too
    ├── Refused        what the rules, or what is there already, do not allow; .clause names the rule
    ├── NotFound       no such ledger, vote, reply, key or file
    ├── Busy           somebody else was first, or a wait ran out: it may go well when it is tried again
    ├── Broken         what is stored or handed over is not what was signed, or cannot be read or kept
    └── SignerFailed   a key gave no signature that holds; nothing was stored

The public names of ``inblue`` raise nothing else: ``except inblue.InblueError`` is enough. The four that the domain
alone cannot raise are in :mod:`inblue.ledger.errors`.
"""

from __future__ import annotations


class InblueError(Exception):
    """Base of every error this package raises."""


class Malformed(InblueError, ValueError):
    """Bytes or a value from outside that do not have the required form.

    A ``ValueError`` too, so that raised inside a pydantic validator it names the field.
    """


class Refused(InblueError):
    """An operation that is not possible now: the procedure or the register forbids it, or something exists already.

    ``clause`` is the id of the clause that forbids it, or None if it is impossible for a reason that needs no clause.
    ``text`` is a :class:`.phrase.Said` wherever a record may quote it.
    """

    def __init__(self, clause: str | None, text: str) -> None:
        super().__init__(f"{text} (clause {clause})" if clause else text)
        self.clause = clause
        self.text = text
