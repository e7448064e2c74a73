"""Check 19: messages are received once, and a reply that names one matches its arrival and content."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from ...domain.acts import VoteCast
from ...domain.errors import Refused
from ...domain.messages import (
    INTAKE,
    IntakeAct,
    MessageObserved,
    MessageReceived,
    NamedMessage,
    Received,
    check_received,
)
from ...domain.observed import Observed
from ...domain.phrase import Said
from ..entries.entry import Entry
from ..entries.kinds import AnyAct
from ..entries.messages import check_paper, observation_in
from .checks import MESSAGES, PLACE
from .kept_files import KeptFiles
from .result import Result


def kept_by(act: AnyAct) -> tuple[str, ...]:
    """The digests of the salted files, of a message or of an observation, that an act names."""
    if isinstance(act, MessageReceived):
        return (act.digest,)
    return (act.observation,) if isinstance(act, MessageObserved) else ()


class _Met(NamedTuple):
    """A message by its entry, and the place of the entry in the log."""

    index: int  # type: ignore[assignment] # in place of tuple.index
    digest: bytes
    recorded_at: datetime


class _Looked(NamedTuple):
    """An observation by its entry; ``place`` is the place of the entry in the log."""

    place: int
    number: int
    recorded_at: datetime
    office: str
    key: str
    digest: str


class MessagesOf(Enum):
    """Which messages must be stored where the checked data comes from."""

    EVERY = "every one, as in a ledger"
    SOME_VOTES = "those that replies name in the votes that it is about, as in a bundle"
    NONE = "none, as in a published log"
    CHECKED_ELSEWHERE = "those that replies name; of the others another process asks"


class MessageChecks:
    """The messages in the order of the log. ``whole``: no entry of their stream is missing.

    ``kept`` says which messages must be stored; ``about`` are the votes, if only those of some.
    """

    def __init__(
        self, result: Result, files: KeptFiles, *, whole: bool, kept: MessagesOf, about: Collection[str]
    ) -> None:
        self._result = result
        self._files = files
        self._whole = whole
        self._kept = kept
        self._about = about
        self.used: set[int] = set()
        """The messages named in the votes whose messages must be stored, by number."""
        self._named: dict[NamedMessage, None] = {}
        self._unseen = 0
        self._met: dict[int, _Met] = {}
        self._digests: dict[bytes, int] = {}
        self._looked: dict[int, list[_Looked]] = {}
        self._held: dict[NamedMessage, tuple[Observed, ...]] = {}

    def check(self, index: int, entry: Entry, act: IntakeAct, *, recalled: bool) -> None:
        """Check the act in the entry at ``index``; for a ``recalled`` one no file is read."""
        if entry.stream != INTAKE:
            self._result.problem(PLACE, index, f"{entry.kind} does not belong in {entry.stream}")
            return
        for sha256 in kept_by(act) if self._kept == MessagesOf.EVERY and not recalled else ():
            self._files.named(index, sha256)
        if not isinstance(act, MessageReceived):
            if act.message not in self._met and (self._whole or act.message >= entry.index):
                self._result.problem(MESSAGES, index, f"is about message {act.message}, and none was received so")
            looked = _Looked(index, entry.index, entry.recorded_at, entry.office, entry.key, act.observation)
            self._looked.setdefault(act.message, []).append(looked)
            if self._kept == MessagesOf.SOME_VOTES and act.message in self.used:
                self._files.named(index, act.observation)
            return
        before = self._digests.setdefault(bytes.fromhex(act.digest), entry.index)
        if before != entry.index:
            self._result.problem(MESSAGES, index, f"receives again what act {before} of {INTAKE} received")
        self._met[entry.index] = _Met(index, bytes.fromhex(act.digest), entry.recorded_at)

    def not_proved(self) -> Said | None:
        """A sentence on what was not checked about replies whose messages are not supplied here."""
        if not self._unseen:
            return None
        return Said.counted(
            "{number} reply names a message that is not handed over here: it was not checked that its paper "
            "is part of it.",
            "{number} replies name messages that are not handed over here: it was not checked that their "
            "papers are parts of them.",
            self._unseen,
        )

    def named(self, index: int, vote: str, act: VoteCast) -> None:
        """Check the message that a reply at ``index``, in the vote with that name, names."""
        if (message := act.message) is None:
            return
        met = self._met.get(message.received)
        found = None if met is None else Received(message.received, met.digest.hex(), met.recorded_at)
        here = vote in self._about if self._kept == MessagesOf.SOME_VOTES else self._kept != MessagesOf.NONE
        if found is None and not here and not self._whole:
            self._unseen += 1
            return
        try:
            check_received(message, act.received_at, found)
            if not here:
                self._unseen += 1
                return
            if self._kept == MessagesOf.SOME_VOTES and message.received not in self.used:
                for looked in self._looked.get(message.received, ()):
                    self._files.named(looked.place, looked.digest)
            self.used.add(message.received)
            self._named[message] = None
            content = self._files.content(index, message.digest)
            if content is not None:
                check_paper(act, content)
        except Refused as refusal:
            self._result.problem(MESSAGES, index, str(refusal))

    def observed(self, message: NamedMessage) -> tuple[Observed, ...]:
        """The observations on a message, in the order of the log, as far as they are kept and readable."""
        if message in self._held:
            return self._held[message]
        looked = self._looked.get(message.received, ())
        return tuple(
            Observed(
                each.number,
                each.recorded_at,
                each.office,
                each.key,
                each.digest,
                observation_in(self._files.store, message, each.digest),
            )
            for each in looked
        )

    def hold_observations(self) -> None:
        """Read the observations now, while their source is open."""
        self._held = {message: self.observed(message) for message in self._named}
