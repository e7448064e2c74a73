"""The compendium of a vote: the President's letter and its annexes, from the record, in the form of S/2020/268.

Annex I is the letter that opened the vote, with the draft enclosed; then come the replies of the members entitled to
vote, in the English alphabetical order of their names; then the statements filed, in the same order. Annex numbers do
not show the order of arrival. What the record lacks is missing here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ...domain.acts import CoSponsorshipAnnounced, ExplanationFiled, LetterSent
from ...domain.errors import Refused
from ...domain.instrument import Instrument
from ...domain.procedure import Procedure, Procedure2
from ...domain.recorded import Recorded, Reply
from ...domain.state import VoteState
from ..entries.files import Files
from ..entries.messages import message_in
from ..errors import NotFound

_BODIES = frozenset({"United Nations Security Council", "United Nations General Assembly"})


class Paper(NamedTuple):
    """A paper by digest. ``content`` is None if its bytes are not kept here; both are None for a paper not on record.
    ``language`` is that of the bytes, as entered, None if not on record; ``translated`` says that they are a
    translation and not the paper itself.
    """

    sha256: str | None
    media_type: str | None
    language: str | None
    content: bytes | None
    translated: bool = False


class Annex(NamedTuple):
    """``number`` counts from 1. A reply's annex has ``reply``, a statement's ``statement``; annex I has neither."""

    number: int
    kind: Literal["opening", "reply", "statement"]
    paper: Paper
    reply: Reply | None = None
    statement: Recorded[ExplanationFiled] | None = None


@dataclass(frozen=True, slots=True)
class Compendium:
    """The compendium of one vote.

    ``letter`` is the compendium letter on record, ``cover`` its paper. ``enclosure`` are the texts of the draft.
    ``outsiders`` are replies of members not on the roster: received, but without an annex. ``co_sponsorships`` may
    share a paper with a statement.
    """

    state: VoteState
    letter: Recorded[LetterSent] | None
    cover: Paper
    enclosure: tuple[Paper, ...]
    annexes: tuple[Annex, ...]
    outsiders: tuple[Reply, ...]
    co_sponsorships: tuple[Recorded[CoSponsorshipAnnounced], ...]

    def letter_of(self, kind: Literal["procedure", "outcome"]) -> LetterSent | None:
        """The latest letter of that kind on record."""
        return next((each.act for each in reversed(self.state.letters) if each.act.kind == kind), None)

    def of(self, kind: Literal["reply", "statement"]) -> tuple[Annex, ...]:
        """The annexes of that kind, in order."""
        return tuple(annex for annex in self.annexes if annex.kind == kind)


def has_compendium(state: VoteState) -> bool:
    """Whether the body publishes one: its procedure requires the letter, one is on record, or it is one of the United
    Nations' organs with this practice. For a vote of another body a plain report of the decision is made.
    """
    rule = state.procedure.compendium_letter if isinstance(state.procedure, Procedure2) else None
    sent = any(letter.act.kind == "compendium" for letter in state.letters)
    return rule is not None or sent or state.procedure.body in _BODIES


def compendium_of(state: VoteState, files: Files) -> Compendium:
    """The compendium of a vote that is closed: a draft, until its result is announced.

    Raises:
        Refused: voting is not closed, or the vote was annulled before anything was announced.
        Broken: a stored paper does not match its digest.
    """
    if not state.is_closed:
        raise Refused(None, f"voting on {state.name} is not closed; its compendium comes after that")
    if state.result is None and state.annulled is not None:
        raise Refused(None, f"the vote on {state.name} was annulled; it has no compendium")
    place = _alphabetical(state.procedure)
    roster = state.roster
    standing = [reply for reply in state.replies if reply.voided is None]  # a voided entry has no paper of its own
    members = [reply for reply in standing if roster is None or reply.member in roster]
    replies = sorted(members, key=lambda reply: (*place(reply.member), reply.ordinal))
    statements = sorted(state.explanations, key=lambda each: (*place(each.act.member), each.number))
    letters = [each for each in state.letters if each.act.kind == "compendium"]
    opening = state.opening.act if state.opening else None
    annexes: list[Annex] = []
    if opening is not None:
        annexes.append(Annex(1, "opening", _paper(files, opening, opening.language)))
    for reply in replies:
        first, now = reply.entered.act.instrument, reply.act.instrument
        sheet = first if first.sha256 is not None else now  # the member's own, whatever an older correction names
        paper = _paper(files, sheet, sheet.language)
        if paper.sha256 is None and reply.act.message is not None:
            paper = _message(files, reply.act.message.digest)
        annexes.append(Annex(len(annexes) + 1, "reply", paper, reply=reply))
    for statement in statements:
        act = statement.act
        language = act.languages[0] if len(act.languages) == 1 else None
        annexes.append(Annex(len(annexes) + 1, "statement", _paper(files, act, language), statement=statement))
    letter = letters[-1] if letters else None
    draft = state.draft.act
    return Compendium(
        state,
        letter,
        _paper(files, letter.act, letter.act.language) if letter else _NO_PAPER,
        tuple(
            _kept(files, digest, None, language, translated=draft.original not in {None, language})
            for language, digest in draft.texts.items()
        ),
        tuple(annexes),
        tuple(reply for reply in standing if reply not in members),
        tuple(state.co_sponsorships),
    )


class _Alphabetical(NamedTuple):
    places: dict[str, int]

    def __call__(self, member: str) -> tuple[int, str]:
        return self.places.get(member, len(self.places)), member


def _alphabetical(procedure: Procedure) -> _Alphabetical:
    """A member's sort key: its place in the English list of the procedure's members, else its id."""
    return _Alphabetical({member: number for number, member in enumerate(procedure.names)})


_NO_PAPER = Paper(None, None, None, None)


def _paper(files: Files, of: LetterSent | Instrument | ExplanationFiled, language: str | None) -> Paper:
    """The paper of an act with the original in that language."""
    translation = of.translation
    return _kept(files, of.sha256, of.media_type, translation or language, translated=translation is not None)


def _message(files: Files, salted: str) -> Paper:
    """The message that a reply came in, if it is itself the paper; identified by its salted digest."""
    kept = _kept(files, salted, "message/rfc822", None, translated=False)
    return kept if kept.content is None else kept._replace(content=message_in(kept.content))


def _kept(files: Files, sha256: str | None, media_type: str | None, language: str | None, *, translated: bool) -> Paper:
    content = None
    if sha256 is not None:
        try:
            content = files.get(sha256)
        except NotFound:
            content = None
    return Paper(sha256, media_type, language, content, translated)
