"""The tray: which messages wait for a person, and what was done with the others.

The ledger says what was recorded. Messages set aside, or that are not replies, are noted beside the ledger, in files
that only the owner can access: if they are lost, those messages wait again, and nothing else is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...domain.acts import VoteCast
from ...domain.errors import InblueError, Malformed
from ...domain.instant import Instant
from ...domain.messages import INTAKE, Received
from ...domain.payload import Digest, Model, Text
from .. import durable
from ..errors import NotFound, UnusableError
from ..outside import read_outside

if TYPE_CHECKING:
    from datetime import datetime

    from ..ledger import Ledger

_MOST = 65_536


class PutAside(Model):
    """A person's decision on a message that is not recorded as a reply."""

    format: Literal["inblue-put-aside/1"] = "inblue-put-aside/1"
    message: int
    digest: Digest
    decided: Literal["set_aside", "no_reply"]
    reason: Text | None = None
    at: Instant


class Recorded(NamedTuple):
    """The act made from a message: the vote's name, the act's number, and the member of the reply."""

    vote: str
    act: int
    member: str


class Waiting(NamedTuple):
    """A message, and what was done with it, if anything."""

    message: Received
    recorded: tuple[Recorded, ...]
    aside: PutAside | None

    @property
    def waits(self) -> bool:
        """Whether it still waits for a person."""
        return not self.recorded and self.aside is None


class Tray:
    """The messages of a ledger, by what was done with them; ``folder`` stores the decisions."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._ledger, self._folder = ledger, folder

    def messages(self) -> Iterator[Waiting]:
        """Every message on record, in order of arrival."""
        recorded = self._recorded()
        for stored in self._ledger.streams.stream(INTAKE):
            number = stored.originator_version - 1
            try:
                message = self._ledger.message(number)
            except NotFound:  # an observation, or one without effect
                continue
            yield Waiting(message, tuple(recorded.get(number, ())), self._aside(message))

    def one(self, number: int) -> Waiting:
        """The message with that number.

        Raises:
            NotFound: none was received so.
        """
        message = self._ledger.message(number)
        return Waiting(message, tuple(self._recorded().get(number, ())), self._aside(message))

    def put_aside(
        self, message: Received, decided: Literal["set_aside", "no_reply"], reason: str | None, at: datetime
    ) -> None:
        """Store a person's decision.

        Raises:
            UnusableError: it cannot be written.
        """
        aside = PutAside(message=message.number, digest=message.digest, decided=decided, reason=reason or None, at=at)
        place = self._place(message)
        try:
            durable.make_private(self._folder)
            durable.replace(place, aside.canonical() + b"\n", mode=durable.PRIVATE)
        except OSError as error:
            raise UnusableError(f"{place}: cannot be written: {error.strerror}") from None

    def take_back(self, message: Received) -> None:
        """Make a message wait again."""
        self._place(message).unlink(missing_ok=True)

    def _recorded(self) -> dict[int, list[Recorded]]:
        found: dict[int, list[Recorded]] = {}
        for name in self._ledger.votes():
            for reply in self._ledger.vote(name).replies:
                act = reply.entered.act
                if isinstance(act, VoteCast) and act.message is not None and reply.voided is None:
                    recorded = Recorded(name, reply.entered.number, act.member)
                    found.setdefault(act.message.received, []).append(recorded)
        return found

    def _aside(self, message: Received) -> PutAside | None:
        place = self._place(message)
        try:
            aside = PutAside.read(read_outside(place, _MOST), where=str(place))
        except FileNotFoundError:
            return None
        except (OSError, InblueError) as error:
            raise Malformed(
                f"{place}: cannot be read ({error}); remove it, and message {message.number} waits again"
            ) from None
        return aside if aside.digest == message.digest else None

    def _place(self, message: Received) -> Path:
        return self._folder / f"{message.number}.json"
