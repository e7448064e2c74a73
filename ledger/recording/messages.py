"""The messages on record, as far as they were read: each checked for its place and its signer's authority."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Self

from ...domain.acts import VoteCast
from ...domain.errors import Refused
from ...domain.messages import INTAKE, IntakeAct, MessageReceived, NamedMessage, Received, check_received
from ...domain.observed import Observed
from ..entries.entry import StoredEntry, entry_digest
from ..entries.files import Files
from ..entries.kinds import is_intake_act
from ..entries.messages import check_paper, observation_in
from ..entries.stored import place_of
from ..errors import Broken, UnauthorisedError
from ..reading import KnownRegister


class _Found(NamedTuple):
    """A message, and the position of its entry in the store."""

    message: Received
    position: int


class _Looked(NamedTuple):
    """An observation, as its entry says."""

    recorded_at: datetime
    office: str
    key: str
    digest: str


class KnownMessages:
    """The stream of messages; ``stream`` gives a stream's entries from a version on.

    A single message is read on demand. To record another, all are read once.
    """

    def __init__(self, register: KnownRegister, stream: Callable[..., Iterable[StoredEntry]], files: Files) -> None:
        self.version = 0
        """How many entries of the stream were read in order."""
        self._register = register
        self._stream = stream
        self._files = files
        self._found: dict[int, _Found] = {}
        self._numbers: dict[IntakeAct, int] = {}
        self._looked: dict[int, dict[int, _Looked]] = {}
        self._refused: dict[str, UnauthorisedError] = {}

    def received(self, number: int, before: int | None = None) -> Received | None:
        """The message with that number, if its entry is ``before`` that position of the store; None otherwise."""
        if number not in self._found:
            stored = next(iter(self._stream(INTAKE, after=number)), None)
            if stored is None or stored.originator_version != number + 1:
                return None
            if before is not None and stored.cursor >= before:
                return None
            try:
                self._take(stored)
            except UnauthorisedError:
                return None
        found = self._found.get(number)
        return None if found is None or (before is not None and found.position >= before) else found.message

    def check_named(self, act: VoteCast, before: int | None = None) -> None:
        """See :class:`..reading.Messages`."""
        if act.message is not None:
            check_received(act.message, act.received_at, self.received(act.message.received, before))

    def check_carried(self, act: VoteCast) -> None:
        """See :class:`..reading.Messages`."""
        self.check_named(act)
        if act.message is not None:
            check_paper(act, self._files.get(act.message.digest))

    def take(self) -> Self:
        """Read the next entries; the register up to them was read before.

        Raises:
            Broken: one is not an entry, is not in its place, or receives a message that was received before.
            UnauthorisedError: no key in authority has signed one, and the registrar has not disowned it.
        """
        for stored in self._stream(INTAKE, after=self.version):
            if stored.originator_version != self.version + 1:
                raise Broken(f"{place_of(stored)}: it stands where act {self.version} should; run inblue verify")
            try:
                act = self._take(stored)
            except UnauthorisedError as refused:
                self._refused[entry_digest(stored.envelope)] = refused
            else:
                if isinstance(act, MessageReceived) and act in self._numbers:
                    what = f"receives again what act {self._numbers[act]} received"
                    raise Broken(f"{place_of(stored)}: it {what}; run inblue verify")
                self._check(act)
                self._numbers.setdefault(act, self.version)
            self.version += 1
        for digest, why in self._refused.items():
            if digest not in self._register.now.disowned:
                raise why
        return self

    def every(self) -> tuple[Received, ...]:
        """Every message that was received, as far as was read, in order."""
        return tuple(found.message for _, found in sorted(self._found.items()))

    @property
    def acts(self) -> int:
        """How many messages and observations were read in order."""
        return len(self._numbers)

    def salted(self, after: int) -> tuple[str, ...]:
        """The salted digests of messages and observations, as far as read, after the first ``after``."""
        acts = islice(self._numbers, after, None)
        return tuple(act.digest if isinstance(act, MessageReceived) else act.observation for act in acts)

    def observed(self, message: NamedMessage) -> tuple[Observed, ...]:
        """What was observed in a message, as far as was read, in order."""
        looked = self._looked.get(message.received, {})
        return tuple(
            Observed(
                number,
                each.recorded_at,
                each.office,
                each.key,
                each.digest,
                observation_in(self._files, message, each.digest),
            )
            for number, each in sorted(looked.items())
        )

    def number_of(self, act: IntakeAct) -> int | None:
        """The earlier act of the stream that says the same, as far as was read; None if there is none.

        Raises:
            Refused: it is about a message that was not received.
        """
        if act not in self._numbers:
            self._check(act)
        return self._numbers.get(act)

    def _check(self, act: IntakeAct) -> None:
        if not isinstance(act, MessageReceived) and act.message not in self._found:
            raise Refused(None, f"act {act.message} of {INTAKE} receives no message")

    def _take(self, stored: StoredEntry) -> IntakeAct:
        entry, _ = self._register.opened(stored)
        act = entry.act
        assert is_intake_act(act)  # noqa: S101 - it was checked to be in its stream
        if isinstance(act, MessageReceived):
            number = entry.index
            self._found[number] = _Found(Received(number, act.digest, entry.recorded_at), stored.cursor)
        else:
            looked = _Looked(entry.recorded_at, entry.office, entry.key, act.observation)
            self._looked.setdefault(act.message, {})[entry.index] = looked
        return act
