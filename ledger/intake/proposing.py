"""Makes a proposal from a recorded message, and an act from what a person confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ...domain.acts import VoteCast
from ...domain.errors import Malformed
from ...domain.instant import parse_day
from ...domain.instrument import Instrument
from ...domain.message_contents import Contents
from ...domain.payload import Model
from ...domain.proposal import FieldName, Proposal
from ...domain.reading_replies import OpenVote, propose
from .reading import read_message

if TYPE_CHECKING:
    from ...domain.state import VoteState
    from ..host.messages import InMessage
    from ..ledger import Ledger

_NEEDED: tuple[FieldName, ...] = ("vote", "member", "position", "form")


class Asked(NamedTuple):
    """The votes that a reply may be for, and the members of their procedures: English names by id."""

    votes: tuple[OpenVote, ...]
    members: Mapping[str, str]


class Read(NamedTuple):
    """A message as it was read."""

    contents: Contents
    proposal: Proposal


def asked_of(ledger: Ledger) -> Asked:
    """The current questions to members: votes that are opened and have not ended."""
    votes, members = [], {}
    for name in ledger.votes():
        state = ledger.vote(name)
        if state.opening is not None and state.ended is None and state.roster is not None:
            votes.append(_open(state, state.roster.ids))
            members.update(state.procedure.known or dict.fromkeys(state.roster.ids, ""))
    return Asked(tuple(votes), members)


def _open(state: VoteState, seats: tuple[str, ...]) -> OpenVote:
    return OpenVote(
        name=state.name,
        symbol=state.symbol,
        seats=frozenset(seats),
        choices=frozenset(state.procedure.choices),
        replied=frozenset(reply.act.member for reply in state.replies if reply.voided is None),
        symbols=frozenset(letter.act.symbol for letter in state.letters if letter.act.symbol),
    )


def read_and_propose(raw: bytes, asked: Asked) -> Read:
    """The contents of a message, and its proposal."""
    contents = read_message(raw)
    return Read(contents, propose(contents, asked.members, asked.votes))


def missing(fields: Mapping[FieldName, str | None]) -> FieldName | None:
    """The first required field of a reply that is not known."""
    return next((field for field in _NEEDED if fields.get(field) is None), None)


def paper_of(fields: Mapping[FieldName, str | None]) -> Instrument:
    """The paper that a person confirmed."""
    given: dict[str, Any] = {
        name: fields[name]
        for name in ("form", "signatory", "office", "addressee", "language")
        if fields.get(name) is not None
    }
    dated, signed = fields.get("dated"), fields.get("signed")
    return Instrument(
        dated=None if dated is None else parse_day(dated), signed=None if signed is None else signed == "yes", **given
    )


def cast_of(fields: Mapping[FieldName, str | None], found: InMessage, source: str | None = None) -> VoteCast:
    """The act of a reply that came in a message, as a person confirmed it.

    Raises:
        Malformed: a field that it needs is missing.
    """
    if (without := missing(fields)) is not None:
        raise Malformed(f"{without}: nothing is given for it, and a reply needs it")
    member, explanation = fields["member"], fields.get("explanation")
    given: dict[str, Any] = {} if explanation is None else {"explanation": explanation}
    return VoteCast(
        member=member or "",
        position=fields["position"],
        received_at=found.received.recorded_at,
        instrument=found.paper,
        message=found.named,
        source=source,
        **given,
    )


class IntakeRule(Model):
    """The registrar's rule for recording without a person: only complete proposals, from letters of these kinds.

    If ``usage`` is true, a phrase may also be one that only documents, and no known letter, use for how a member voted.
    """

    format: Literal["inblue-intake-rule/1"]
    read_as: tuple[Literal["plain", "html", "pdf", "docx"], ...]
    usage: bool = False

    def against(self, proposal: Proposal) -> str | None:
        """Why the rule leaves a proposal to a person; None if it does not."""
        for reason in proposal.reasons:
            if not (self.usage and reason.kind == "usage"):
                return reason.text
        if any(proposal.value(field) is None for field in (*_NEEDED, "dated")):
            return "not all of vote, member, position, form and date is read"
        if proposal.read_as not in self.read_as:
            return f"its letter is {proposal.read_as}, and the rule says {', '.join(self.read_as) or 'none'}"
        return None
