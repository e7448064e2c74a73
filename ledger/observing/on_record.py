"""Observations in a ledger: made from a recorded message, recorded beside it, and re-checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from ...domain.canonical import digest
from ...domain.errors import InblueError
from ...domain.mail_observation import CheckedBy, MailObservation
from ...domain.messages import INTAKE, NamedMessage
from ...domain.observed import Observed
from ..entries.files import Files
from ..entries.messages import message_in
from ..ledger import Ledger
from ..projections.record import Record
from ..standards.ed25519 import Signer, key_id
from .again import Comes, Differs, NotCompared, look_again
from .aside import look_aside
from .dns_answers import answers_of, ask_dns
from .look import given, names_to_ask


class Recorded(NamedTuple):
    """A recorded observation: the number of its act in the stream of messages, and its content."""

    number: int
    found: MailObservation


def observe(
    ledger: Ledger,
    number: int,
    *,
    signer: Signer,
    hosts: Iterable[str] = (),
    roots: str = "",
    known: Mapping[str, tuple[bytes, ...]] | None = None,
    server: str | None = None,
) -> Recorded:
    """Examine message ``number`` of a ledger, and record the results; ``signer`` has a key of the office ``intake``.

    ``hosts`` are the receiver's own, ``roots`` certificates in PEM. DNS, the system's or the ``server``, is queried
    once for each key; with ``known`` answers it is not queried.

    Raises:
        NotFound: no such message was received, or it is not kept here.
        Malformed: a host, a root or the server is not valid.
        Refused: the key is not one of the office ``intake``.
    """
    raw = ledger.message_bytes(number)
    now, key = ledger.clock().replace(microsecond=0), key_id(signer.public_key)
    rests_on = given(now, CheckedBy(office=INTAKE, key=key), hosts=hosts, roots=roots)
    ledger.register().authority(key, INTAKE, now)
    names = names_to_ask(raw)
    answers = ask_dns(names, server=server) if known is None else answers_of(names, known)
    found = look_aside(raw, rests_on._replace(dns=answers))
    return Recorded(ledger.observe_message(number, found.raw, signer=signer), found)


Unread: TypeAlias = Literal["document", "message", "other_message"]
"""What cannot be read here: the document of an observation, or the message; or the document is about another one."""


class Again(NamedTuple):
    """A re-checked observation: of which reply, in which message, and the result.

    ``unread`` is why nothing was checked; None if it was.
    """

    vote: str
    member: str
    reply: int
    message: int
    act: int
    unread: Unread | None
    comes: tuple[Comes, ...]

    @property
    def holds(self) -> bool:
        """Whether everything compared agrees."""
        return self.unread is None and not any(isinstance(each, Differs) for each in self.comes)


def again(records: Iterable[Record], files: Files) -> Iterator[Again]:
    """Re-check each observation of the messages that replies of these votes came in, without a network."""
    for record in records:
        for each in record.replies:
            if (message := each.reply.act.message) is None:
                continue
            whose = (record.state.name, each.reply.member, each.reply.ordinal, message.received)
            for observed in each.observed:
                yield Again(*whose, observed.number, *_comes(message, observed, files))


def _comes(message: NamedMessage, observed: Observed, files: Files) -> tuple[Unread | None, tuple[Comes, ...]]:
    """The result for an observation, or why it cannot be checked."""
    try:
        raw = message_in(files.get(message.digest))
    except InblueError:
        return "message", ()
    try:
        found = MailObservation.read(message_in(files.get(observed.kept)), where="observation")
    except InblueError:
        return "document", ()
    if found.raw != found.canonical():
        return "document", ()
    if found.message != digest(raw):
        return "other_message", ()
    by = CheckedBy(office=observed.office, key=observed.key)
    signed = [] if found.checked_by == by else [Differs("checked_by", _by(found.checked_by), _by(by))]
    return None, (*signed, *look_again(raw, found, look_aside))


def _by(checked: CheckedBy) -> str:
    return f"{checked.office} {checked.key[:16]}"


def again_json(each: Again) -> dict[str, Any]:
    """An item of the list ``mail`` of ``inblue-audit/1``."""
    return {
        "vote": each.vote,
        "member": each.member,
        "reply": each.reply,
        "act": each.act,
        "read": each.unread is None,
        "unread": each.unread,
        "holds": each.holds,
        "differs": [one._asdict() for one in each.comes if isinstance(one, Differs)],
        "not_compared": [one.where for one in each.comes if isinstance(one, NotCompared)],
    }
