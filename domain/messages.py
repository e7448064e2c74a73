"""Messages: each is recorded as it arrived, before anybody reads it, and a reply names the message it came in.

A message is kept as a file: 32 random bytes of salt, then its own bytes unchanged. It is identified by the SHA-256 of
both, its *salted digest*, which reveals nothing of its content without the salt. Entries on messages are in the stream
``intake``, signed by keys of the office ``intake``, which sign nothing else.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import Field

from .act import ActNumber
from .errors import Malformed, Refused
from .instant import format_instant
from .instrument import Instrument
from .payload import Digest, InOrder, Payload

INTAKE = "intake"
"""The office whose keys put messages on record, and the stream that they record them in."""


class MessageReceived(Payload):
    """A message has arrived:

    ``digest`` is its salted digest. Its entry says when it was recorded; nothing else is stated.
    """

    kind_name: ClassVar[str] = "message_received"
    act: Literal["message_received"] = "message_received"
    digest: Digest


class MessageObserved(Payload):
    """A message was examined: ``observation`` is the salted digest of the document with the results.

    ``message`` is the act, by its number in the stream, by which the message was received.
    """

    kind_name: ClassVar[str] = "message_observed"
    act: Literal["message_observed"] = "message_observed"
    message: ActNumber
    observation: Digest


IntakeAct: TypeAlias = MessageReceived | MessageObserved
"""Any act of the stream ``intake``."""

MimePath: TypeAlias = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}(\.[1-9][0-9]{0,3}){0,15}$")]
"""A part of a message by its section number in IMAP (RFC 9051, 6.4.5.1): ``1``, ``2.1``. One without parts is ``1``."""


class NamedMessage(InOrder):
    """The message that a reply came in: the act that received it, its salted digest, and which part the paper is.

    ``part`` is null if the message itself is the paper: no other bytes of the reply are then on record.
    """

    received: ActNumber
    digest: Digest
    part: MimePath | None = None


class Received(NamedTuple):
    """A message that is on record: its number in the stream ``intake``, its salted digest, and when it was recorded."""

    number: int
    digest: str
    recorded_at: datetime


def check_as_it_came(message: NamedMessage, received_at: datetime | date | None, paper: Instrument) -> None:
    """Check that a reply's arrival and paper fit the message that it names.

    Raises:
        Malformed: it gives no instant of arrival, the bytes of a paper beside the message, or none of its part.
    """
    if not isinstance(received_at, datetime):
        raise Malformed("received_at: a reply that names a message came when that was recorded; give that instant")
    if paper.translation is not None:
        raise Malformed("instrument.translation: what came in a message is the paper itself")
    if message.part is None and paper.sha256 is not None:
        raise Malformed("message.part: say which part of the message the paper is, of which the digest is given")
    if message.part is not None and paper.sha256 is None:
        raise Malformed("instrument.sha256: the digest of the part that is named is missing")


def check_received(message: NamedMessage, received_at: datetime | date | None, found: Received | None) -> None:
    """Check the message that a reply names against the record; None means that no such message was received before it.

    Raises:
        Refused: no such message before the reply, a different one, or one recorded at another instant.
    """
    which = f"message {message.received}"
    if found is None:
        raise Refused(None, f"{which}: no such message was recorded before the reply that names it")
    if found.digest != message.digest:
        digests = f"{found.digest[:16]}, and the reply names {message.digest[:16]}"
        raise Refused(None, f"{which}: it has the digest {digests}")
    if found.recorded_at != received_at:
        at = format_instant(found.recorded_at)
        raise Refused(None, f"{which}: it was recorded at {at}, and the reply says that it arrived at another instant")
