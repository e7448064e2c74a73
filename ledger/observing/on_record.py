"""Observations of a ledger: made of a message that is on record, recorded beside it, and looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

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
    """An observation that was recorded: the number of its act in the stream of messages, and what it says."""

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
    """Look at message ``number`` of a ledger, and record what was seen; ``signer`` has a key of the office ``intake``.

    ``hosts`` are the receiver's own, ``roots`` certificates in PEM. DNS is asked, the system's or the ``server``, for
    each key once; with ``known`` answers it is not asked.

    Raises:
        NotFound: no such message was received, or it is not kept here.
        Malformed: a host, a root or the server is none.
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


class Again(NamedTuple):
    """An observation that was looked at again: of which reply, and what comes of it. ``read``: it could be."""

    vote: str
    member: str
    reply: int
    act: int
    read: bool
    comes: tuple[Comes, ...]

    @property
    def holds(self) -> bool:
        """Whether all that was compared comes out as it says."""
        return self.read and not any(isinstance(each, Differs) for each in self.comes)


def again(records: Iterable[Record], files: Files) -> Iterator[Again]:
    """Each observation of the messages that replies of these votes came in, looked at again; nothing is asked."""
    for record in records:
        for each in record.replies:
            message = each.reply.act.message
            for observed in each.observed if message is not None else ():
                comes = _comes(message, observed, files) if message is not None else None
                whose = (record.state.name, each.reply.member, each.reply.ordinal)
                yield Again(*whose, observed.number, comes is not None, comes or ())


def _comes(message: NamedMessage, observed: Observed, files: Files) -> tuple[Comes, ...] | None:
    """What comes of an observation; None where it, or its message, cannot be read here."""
    if observed.found is None:
        return None
    try:
        raw = message_in(files.get(message.digest))
    except InblueError:
        return None
    return look_again(raw, observed.found, look_aside)


def again_json(each: Again) -> dict[str, Any]:
    """One of the list ``mail`` of ``inblue-audit/1``."""
    return {
        "vote": each.vote,
        "member": each.member,
        "reply": each.reply,
        "act": each.act,
        "read": each.read,
        "holds": each.holds,
        "differs": [one._asdict() for one in each.comes if isinstance(one, Differs)],
        "not_compared": [one.where for one in each.comes if isinstance(one, NotCompared)],
    }
