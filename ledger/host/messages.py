"""The messages of a ledger: put on record as they came, before anybody reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
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
    """What :meth:`Messages.receive_message` came to: the message on record, and whether it was there before."""

    message: Received
    already: bool


class InMessage(NamedTuple):
    """A reply's paper as it came in a message: what the reply names, the paper with its digest, and its bytes.

    ``content`` is None where the message itself is the paper.
    """

    named: NamedMessage
    received: Received
    paper: Instrument
    content: bytes | None


@face_of
class Messages(ABC):
    """A ledger, as far as its messages go."""

    files: Files
    _salts: Salts

    @abstractmethod
    def _keep_message(self, act: IntakeAct, signer: Signer) -> tuple[int, bool]:
        """Record an act of the stream of messages, once; gives its number, and whether it was recorded before."""

    @abstractmethod
    def _check_intake(self, signer: Signer) -> None:
        """Refuse, before anything is kept, a key that may not put messages on record."""

    @abstractmethod
    def _salted(self) -> tuple[str, ...]:
        """The salted digests of everything that is on record in the stream of messages."""

    @abstractmethod
    def messages(self) -> tuple[Received, ...]:
        """Every message that is on record."""

    @abstractmethod
    def _message(self, number: int) -> Received | None:
        """The message of that number."""

    @abstractmethod
    def _observed(self, message: NamedMessage) -> tuple[Observed, ...]:
        """What was observed in a message."""

    def receive_message(self, raw: bytes, *, signer: Signer) -> Kept:
        """Keep a message as it came, and record that it has come; ``signer`` has a key of the office ``intake``.

        Nothing of it is read. The salt comes first, then the file, then the entry: whoever is interrupted does it
        again, and it is recorded once. The same bytes once more give what is on record.

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
        sha256 = self._kept(raw)
        number, already = self._keep_message(MessageReceived(digest=sha256), signer)
        return Kept(self.message(number), already)

    def observe_message(self, number: int, document: bytes, *, signer: Signer) -> int:
        """Keep a document that says what was found in a message, and record it; gives the number of the act.

        It is kept as messages are, under a salt of its own, and recorded once.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> ledger.observe_message(number, b'{"format":"example/1"}', signer=intake)
        1

        Raises:
            NotFound: no such message was received.
            Refused: the key is not one of the office ``intake``.
        """
        self._check_intake(signer)
        self.message(number)
        sha256 = self._kept(document)
        return self._keep_message(MessageObserved(message=number, observation=sha256), signer)[0]

    def _kept(self, raw: bytes) -> str:
        salted(bytes(SALT_BYTES), raw)  # so that nothing is kept of what cannot be
        self._salts.restore(lambda: map(self.files.get, self._salted()))
        return self.files.put(salted(self._salts.of(digest(raw)), raw))

    def message(self, number: int) -> Received:
        """The message of that number, its salted digest, and when it was recorded.

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
        """A message as it came.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> ledger.message_bytes(number) == mail
        True

        Raises:
            NotFound: none was received so, or it is not kept here.
        """
        return message_in(self.files.get(self.message(number).digest))

    def in_message(self, number: int, part: str | None, paper: Instrument) -> InMessage:
        """How a reply names a message, and ``part`` of it as its paper; None: the message itself is the paper.

        >>> number = ledger.receive_message(mail, signer=intake).message.number
        >>> found = ledger.in_message(number, "1", letter.model_copy(update={"sha256": None}))
        >>> found.named.part, found.content
        ('1', b'A letter.')

        Raises:
            NotFound: none was received so, or it is not kept here.
            Malformed: there is no such part, or the paper has another digest.
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
