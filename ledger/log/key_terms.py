"""The keys that sign a log's checkpoints, over its life.

The founding names the first. The others are named by an entry that announces a successor while the current key signs,
and by one that puts the successor in its place. A checkpoint of size n is signed by the key that the first n entries
name.

A successor is *handed over* if the last checkpoint of the key before it, which the entry carries, covers the
announcement of this successor: whoever trusts the first key can then trust the next. Otherwise only the registrar says
whose key it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ...domain.errors import Malformed
from ...domain.instant import format_instant
from ...domain.phrase import Said
from ...domain.register_acts import MAX_LOG_KEYS, LedgerFounded, LogKeyAnnounced, LogKeySucceeded
from ..errors import Broken
from ..standards.checkpoint import Checkpoint, open_signed
from ..standards.cosignature import log_key
from ..standards.note import NoteKey


@dataclass(frozen=True, slots=True)
class Term:
    """``key`` signs from the entry ``entry`` on. The first term has no predecessor to hand it over."""

    key: NoteKey
    entry: int
    handed_over: bool
    begun_by: LogKeySucceeded | None = None

    def not_proved(self) -> Said | None:
        """A sentence on what the change to this key leaves unproved."""
        if self.begun_by is None:
            return None
        alone = None
        if not self.handed_over:
            alone = Said.of(
                "Entry {entry} gives the log another key, for which only the registrar vouches.", entry=self.entry
            )
        if self.begun_by.cause != "compromise":
            return alone
        since = self.begun_by.compromised_since
        hands = Said.of(
            "Before entry {entry} the log's key was compromised, since an unknown time: others could sign with it too.",
            entry=self.entry,
        )
        if since:
            hands = Said.of(
                "Before entry {entry} the log's key was compromised, since {since}: others could sign with it too.",
                entry=self.entry,
                since=since,
            )
        return Said.of("{first} {second}", first=hands, second=alone) if alone else hands


def succession(
    vkey: str, cause: Literal["rotation", "loss", "compromise"], handover: bytes, compromised_since: datetime | None
) -> LogKeySucceeded:
    """The act by which the key ``vkey`` takes over after ``handover``, the last checkpoint of the key before it.

    Raises:
        Malformed: compromised_since without a compromise.
    """
    given = {
        "log_key": vkey,
        "cause": cause,
        "handover": handover.decode(),
        "compromised_since": format_instant(compromised_since) if compromised_since else None,
    }
    return LogKeySucceeded.of(given, where="log key")


class LogKeys:
    """The terms of the log's keys, built from the register's entries in order."""

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self._announced: tuple[str, int] | None = None

    def found(self, act: LedgerFounded, entry: int) -> None:
        """Set the first key.

        Raises:
            Malformed: it is not a key, or its name is not the origin.
        """
        self.terms.append(Term(_key_of(act.log_key, act.origin), entry, handed_over=True))

    def announce(self, act: LogKeyAnnounced, entry: int) -> None:
        """Set the announced successor, in place of one announced before.

        Raises:
            Malformed: it is not a key, or its name is not the log's.
        """
        self._announced = (act.log_key, entry)
        _key_of(act.log_key, self._origin)

    def succeed(self, act: LogKeySucceeded, entry: int) -> Checkpoint:
        """Begin another term; return the last checkpoint of the one before, which the log must still match.

        Raises:
            Malformed: it is not a key, or its name is not the log's.
            Broken: that checkpoint is not signed by the key before it, or covers what came after it.
        """
        key = _key_of(act.log_key, self._origin)
        if len(self.terms) >= MAX_LOG_KEYS:
            raise Broken(f"the log has had {MAX_LOG_KEYS:,} keys already")
        handed_over = False
        try:
            last = self.open(act.handover.encode())
            if not 0 < last.size <= entry:
                raise Broken(f"a checkpoint of size {last.size} cannot be the last one before entry {entry}")
            if self.terms and last.size <= self.terms[-1].entry:
                raise Broken(f"the checkpoint of size {last.size} is not one of the key before, but older")
            key_announced, announced_at = self._announced or ("", entry)
            handed_over = key_announced == act.log_key and announced_at < last.size
            return last
        finally:
            self.terms.append(Term(key, entry, handed_over, act))
            self._announced = None

    def open(self, note: bytes) -> Checkpoint:
        """Read a checkpoint that the log's key at its size signed.

        Raises:
            Malformed: not a checkpoint.
            Broken: not signed by the log, or not by its key at that size.
        """
        checkpoint, signers = self._signed(note)
        term = self.terms[self._at(checkpoint.size)]
        if term.key not in signers:
            what = f"at size {checkpoint.size} the log's key is that of entry {term.entry}, and another signed"
            raise Broken(what)
        return checkpoint

    def open_across(self, note: bytes) -> Checkpoint:
        """The same as :meth:`open`, but also accepts an earlier key, if each key after it, up to that of the size, was
        handed over.

        The holder of the earlier key then vouched for the later one, and also signed another history.

        Raises:
            Malformed, Broken: as there.
        """
        checkpoint, signers = self._signed(note)
        number = self._at(checkpoint.size)
        while self.terms[number].key not in signers and self.terms[number].handed_over and number > 0:
            number -= 1
        return checkpoint if self.terms[number].key in signers else self.open(note)

    def open_of_any_time(self, note: bytes) -> Checkpoint:
        """Read a checkpoint that any key of the log signed, whether it was the log's key at that size or not.

        Raises:
            Malformed: not a checkpoint.
            Broken: not signed by a key that the log has or had.
        """
        return self._signed(note)[0]

    def _at(self, size: int) -> int:
        """The number of the term whose key signs checkpoints of that size."""
        return max((number for number, term in enumerate(self.terms) if term.entry < size), default=0)

    def _signed(self, note: bytes) -> tuple[Checkpoint, tuple[NoteKey, ...]]:
        return open_signed(note, [term.key for term in self.terms])

    @property
    def _origin(self) -> str:
        return self.terms[0].key.name if self.terms else ""


def _key_of(vkey: str, origin: str) -> NoteKey:
    key = log_key(vkey)
    if key.name != origin:
        raise Malformed("the log's key has another name than the origin")
    return key
