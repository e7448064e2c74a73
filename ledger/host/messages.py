"""The messages of a ledger: recorded as they arrive, before anybody reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from ...domain.canonical import digest
from ...domain.errors import Malformed
from ...domain.instrument import Instrument
from ...domain.messages import IntakeAct, MessageObserved, MessageReceived, NamedMessage, Received
from ...domain.observed import Observed
from ..edge.face import face_of
from ..entries.files import Files
from ..entries.messages import SALT_BYTES, message_in, named_part, salted
from ..errors import NotFound
from ..standards.ed25519 import Signer
from .salts import Salts


class Kept(NamedTuple):
    """The result of :meth:`Messages.receive_message`: the message on record, and whether it was there before."""

    message: Received
    already: bool


class InMessage(NamedTuple):
    """A reply's paper in a message: what the reply names, the paper with its digest, and its bytes. ``content`` is None
    if the message itself is the paper.
    """

    named: NamedMessage
    received: Received
    paper: Instrument
    content: bytes | None


@face_of
class Messages(ABC):
    """The part of a ledger that handles messages."""

    files: Files
    _salts: Salts

    @abstractmethod
    def _keep_message(self, act: IntakeAct, signer: Signer, known: int | None) -> tuple[int, bool] | None:
        """Record an act of the stream of messages, once; return its number, and whether it was recorded before.

        Nothing is recorded, and the result is None, if more than ``known`` acts of the stream are on record by then.
        """

    @abstractmethod
    def _check_intake(self, signer: Signer) -> None:
        """Refuse, before anything is stored, a key that may not record messages."""

    @abstractmethod
    def _salted(self, after: int) -> tuple[str, ...]:
        """The salted digests of everything on record in the stream of messages, after the first ``after``."""

    @abstractmethod
    def messages(self) -> tuple[Received, ...]:
        """Every message on record."""

    @abstractmethod
    def _message(self, number: int) -> Received | None:
        """The message with that number."""

    @abstractmethod
    def _observed(self, message: NamedMessage) -> tuple[Observed, ...]:
        """What was observed in a message."""

    def receive_message(self, raw: bytes, *, signer: Signer) -> Kept:
        """Store a message unchanged, and record its arrival; ``signer`` has a key of the office ``intake``.

        The message is not parsed. The salt is stored first, then the file, then the entry: after an interruption it can
        be repeated, and is recorded once. The same bytes again return what is on record.

        >>> kept = ledger.receive_message(mail, signer=intake)
        >>> kept.message.number, kept.already
        (0, False)
        >>> ledger.receive_message(mail, signer=intake).already
        True

        Raises:
            Malformed: it is empty, or larger than 64 MiB less 32 bytes.
            Refused: the key is not one of the office ``intake``.
        """
        self._check_intake(signer)
        number, already = self._recorded(raw, lambda sha256: MessageReceived(digest=sha256), signer)
        return Kept(self.message(number), already)

    def observe_message(self, number: int, document: bytes, *, signer: Signer) -> int:
        """Store a document that says what was found in a message, and record it; return the number of the act.

        It is stored like a message, with its own salt, and recorded once.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> ledger.observe_message(number, b'{"format":"example/1"}', signer=intake)
        1

        Raises:
            NotFound: no such message was received.
            Refused: the key is not one of the office ``intake``.
        """
        self._check_intake(signer)
        self.message(number)
        return self._recorded(document, lambda sha256: MessageObserved(message=number, observation=sha256), signer)[0]

    def _recorded(self, raw: bytes, act: Callable[[str], IntakeAct], signer: Signer) -> tuple[int, bool]:
        """Store bytes with their salt, and record the act with the digest of both; number, and whether it was there."""
        salted(bytes(SALT_BYTES), raw)  # so that nothing is stored if the act is not possible
        while True:
            known = self._salts.take_in(self._salted, self.files.get)
            sha256 = self.files.put(salted(self._salts.of(digest(raw)), raw))
            # Another desk may have recorded the same bytes since, under a salt of its own: then its salt is taken in.
            if (found := self._keep_message(act(sha256), signer, known)) is not None:
                return found

    def message(self, number: int) -> Received:
        """The message with that number, its salted digest, and when it was recorded.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> ledger.message(number).recorded_at <= now
        True

        Raises:
            NotFound: none was received so.
        """
        found = self._message(number)
        if found is None:
            raise NotFound(f"no message {number} is on record")
        return found

    def observations(self, number: int) -> tuple[Observed, ...]:
        """What was observed in a message, in the order of the log.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> ledger.observations(number)
        ()

        Raises:
            NotFound: none was received so.
        """
        return self._observed(NamedMessage(received=number, digest=self.message(number).digest))

    def message_bytes(self, number: int) -> bytes:
        """The bytes of a message, unchanged.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> ledger.message_bytes(number) == mail
        True

        Raises:
            NotFound: none was received so, or it is not kept here.
        """
        return message_in(self.files.get(self.message(number).digest))

    def in_message(self, number: int, part: str | None, paper: Instrument) -> InMessage:
        """How a reply names a message, and ``part`` of it as its paper; None means the message itself.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> found = ledger.in_message(number, "1", letter.model_copy(update={"sha256": None}))
        >>> found.named.part, found.content
        ('1', b'A letter.')

        Raises:
            NotFound: none was received so, or it is not kept here.
            Malformed: no such part, or the paper has another digest.
        """
        found, content = self.message(number), None
        if part is not None:
            kept = named_part(self.files.get(found.digest), part)
            content, sha256 = kept.content, digest(kept.content)
            if paper.sha256 not in {None, sha256}:
                raise Malformed(f"message {number}, part {part}: the paper is another one, by its digest")
            media_type = paper.media_type or kept.media_type
            paper = paper.model_copy(update={"sha256": sha256, "media_type": media_type})
        return InMessage(NamedMessage(received=number, digest=found.digest, part=part), found, paper, content)
