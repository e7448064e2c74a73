"""The checks, numbered. Documentation, messages and JSON use the same numbers (docs/verifying.md).

1. founded    the log begins with the founding of a ledger, by a key that signs it
2. form       each entry is in its one form: envelope, payload, known kind, well-formed act
3. signature  each entry is signed by the key it names, and each ballot in one by a key of its member
4. place      stream, index and kind inside an entry are where it stands; no stream has a gap
5. log        the entries hash to the root that the log's key signed; none is missing, none stands elsewhere
6. seen       the checkpoint an entry says its recorder had seen is a true earlier state of this log
7. authority  the key held the office at that instant, and the office may record that act
8. pins       procedures and snapshots are those the register and the opening name, by digest
9. files      every digest named is kept, with those bytes
10. acts      each stream can be read as a vote, act by act

Of a bundle, also:

11. container every member is one that a bundle has, and is read to its end
12. derived   what is rendered or listed (record, README, manifests, claims) is what the entries give, byte for byte

With a trust file, also:

13. trust     origin, log key, founder and earlier checkpoints are those that the reader knows from elsewhere

Where there are timestamps, also:

14. stamps    what a timestamp is over is an earlier state of this log, signed by its key

Against receipts, also:

15. receipt   an entry that a member's receipt shows in the log stands here, in its place

Where witnesses have cosigned, also:

16. witness   what is cosigned is an earlier state of this log; the line of a witness that the policy names holds

Of a log that was published and audited before, also:

17. remembered what was verified at the last audit is an earlier state of what is served now

What they cannot see: a whole older copy of a ledger is a true state of it. Whoever holds a later checkpoint can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ...domain.instant import format_instant
from ...domain.register import Register
from ...domain.said import Said
from ...domain.state import VoteState
from ...domain.verdict import Bounds
from ..standards.checkpoint import Checkpoint
from ..standards.note import encode_base64
from .timeline import Dated

NAMES = (
    "founded",
    "form",
    "signature",
    "place",
    "log",
    "seen",
    "authority",
    "pins",
    "files",
    "acts",
    "container",
    "derived",
    "trust",
    "stamps",
    "receipt",
    "witness",
    "remembered",
)
FOUNDED, FORM, SIGNATURE, PLACE, LOG, SEEN, AUTHORITY, PINS = range(1, 9)
FILES, ACTS, CONTAINER, DERIVED, TRUST, STAMPS, RECEIPT, WITNESS, REMEMBERED = range(9, 18)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: the number of the check, the entry's index in the log if it is one's, and what."""

    check: int
    entry: int | None
    text: str


class Witnessed(NamedTuple):
    """A witness that the policy names: the largest size of the log that it has cosigned, and when by its own clock.

    ``at`` is None where it gives no time that a calendar has.
    """

    name: str
    size: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What the checks found. ``problems`` come in the order of the log, the first thing that does not hold first."""

    entries: int
    votes: int
    checkpoint: Checkpoint | None
    uncovered: int
    problems: tuple[Problem, ...]
    not_proved: tuple[Said, ...]
    start: int = 0
    trusted: bool = False
    states: Mapping[str, VoteState] = field(default_factory=dict, repr=False)
    bounds: Mapping[str, Mapping[int, Bounds]] = field(default_factory=dict, repr=False)
    """By draft and number of the act: what timestamps prove of when a reply was entered."""
    witnesses: tuple[Witnessed, ...] = ()
    witnessed_size: int = 0
    """How many entries of the log as many witnesses have cosigned as the reader's policy asks for."""
    register: Register = field(default_factory=Register, repr=False)
    timestamps: tuple[Dated, ...] = field(default=(), repr=False)
    """Those of authorities that the reader trusts."""

    @property
    def witnessed(self) -> bool:
        """Whether enough witnesses stand behind every entry that was checked."""
        return 0 < self.start + self.entries <= self.witnessed_size

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems


def verification_json(found: Verification) -> dict[str, Any]:
    """``inblue-verify/1``."""
    checkpoint = found.checkpoint
    return {
        "format": "inblue-verify/1",
        "holds": found.holds,
        "entries": found.entries,
        "votes": found.votes,
        "uncovered": found.uncovered,
        "checkpoint": None
        if checkpoint is None
        else {"origin": checkpoint.origin, "size": checkpoint.size, "root": encode_base64(checkpoint.root)},
        "problems": [
            {"check": p.check, "name": NAMES[p.check - 1], "entry": p.entry, "text": p.text} for p in found.problems
        ],
        "start": found.start,
        "trusted": found.trusted,
        "witnesses": [
            {"name": w.name, "size": w.size, "at": format_instant(w.at) if w.at else None} for w in found.witnesses
        ],
        "witnessed_size": found.witnessed_size,
        "witnessed": found.witnessed,
        "not_proved": list(found.not_proved),
    }
