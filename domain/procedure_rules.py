"""The clauses and rules of a procedure, each a frozen value; :mod:`.procedure` combines them."""

import re
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from .errors import Malformed
from .instant import Day
from .messages import INTAKE
from .payload import Line, MemberId, Model, Name, Text

Effect: TypeAlias = Literal["reject", "flag", "note"]
Outcome: TypeAlias = str
"""The outcome of a vote:

``adopted``, ``not_adopted`` or ``vetoed``, unless the procedure defines its own names; or ``open``.
"""
Question: TypeAlias = str
"""A kind of question: ``substantive`` or ``procedural``, unless the procedure defines its own names."""
OPEN = "open"
KINDS_OF_QUESTION = ("substantive", "procedural")
OUTCOMES = ("adopted", "not_adopted", "vetoed")


class Clause(Model):
    """One provision: its text, its source, and the effect of an offence against it on a reply."""

    id: Name
    text: Text
    source: Text
    basis: Literal["text", "practice", "not_found"] = "text"
    effect: Effect | None = None


class Clause2(Clause):
    """A clause of the second format: ``unjudged`` says why nothing is judged by it, if no rule names it."""

    unjudged: Text | None = None

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_nulls(whole(self), {"unjudged"})


def without_nulls(value: dict[str, Any], gained: set[str]) -> dict[str, Any]:
    """``value``, without empty ``gained`` fields."""
    return {name: each for name, each in value.items() if each is not None or name not in gained}


class Rule(Model):
    """A rule names its clause by id."""

    clause: Name


class AllowedRule(Rule):
    """One of the listed values is required: forms, offices or addressees of an instrument."""

    allowed: tuple[Name, ...] = Field(min_length=1)


class WithinRule(Rule):
    """Something is due within a number of hours after the close."""

    hours: int = Field(gt=0, le=24 * 366)


class Seats(Rule):
    """How many seats there are, and whose are permanent: what the roster of an opening must agree with."""

    number: int = Field(ge=1, le=1000)
    permanent: tuple[MemberId, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.permanent)) != len(self.permanent):
            raise Malformed("one of the permanent members is listed twice")
        if len(self.permanent) > self.number:
            raise Malformed("there are more permanent members than seats")
        return self


class Validity(Rule):
    """Between which days a vote may be opened: ``until`` is the day after the last one, null if unknown.
    ``known_until`` is the last day on which a source shows the procedure in use, if no source says when it ended.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(serialize_by_alias=True)

    since: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    known_until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.known_until is not None:
            raise Malformed("known_until is given only where until is not known")
        last = self.until or self.known_until
        if self.since and last and last < self.since:
            raise Malformed("until, or known_until, must be after from")
        return self


class Formulas(Rule):
    """How the body says that a text was not adopted, by outcome; general words are used for the others."""

    not_adopted: Line | None = None
    vetoed: Line | None = None

    def words_for(self, outcome: Outcome) -> str | None:
        """The body's own words for ``outcome``, if any."""
        return {"not_adopted": self.not_adopted, "vetoed": self.vetoed}.get(outcome)


class ResolutionNumber(Rule):
    """The form of a resolution's number: every ``N`` and ``Y`` in it is a digit. ``example`` has that form."""

    form: Line
    example: Line

    @model_validator(mode="after")
    def _as_the_example(self) -> Self:
        if not self.fits(self.example):
            raise Malformed(f"the example {self.example!r} has not the form {self.form}")
        return self

    def fits(self, number: str) -> bool:
        """Whether ``number`` has the form."""
        pattern = "".join("[0-9]" if char in "NY" else re.escape(char) for char in self.form)
        return re.fullmatch(pattern, number) is not None


class Reading(Rule):
    """A text may be adopted although seats took one of ``choices``: a reading of the decision, noted where it matters.

    ``among`` limits it to the permanent members or another group, ``questions`` to those kinds of question.
    """

    choices: tuple[Name, ...] = Field(min_length=1)
    among: Name = "all"
    questions: tuple[Name, ...] | None = None

    def applies_to(self, question: Question) -> bool:
        """Whether it applies to that kind of question."""
        return self.questions is None or question in self.questions


class SecondReply(Rule):
    """Which reply of a member stands when it sends another: ``last`` if a vote may be changed."""

    stands: Literal["first", "last"]


class ReplyWithdrawal(Rule):
    """Whether a member may withdraw its reply: its seat is then as if it had sent none."""

    allowed: bool


class Silence(Rule):
    """What a missing reply means, as a key of the tally: ``absent``, ``consent``, ..."""

    means: Name


class Transmission(Rule):
    """Where replies are to be sent."""

    to: Text


class Recording(Rule):
    """How soon after arrival a reply must be entered for the registrar's clock to vouch for the arrival."""

    lag_seconds: int = Field(ge=0, le=7 * 86400)


class Corrections(Rule):
    """What may be corrected, and until when. A ``position`` needs a new instrument."""

    fields: tuple[Line, ...]
    until: Literal["announcement", "always"]


class Recorders(Rule):
    """Which offices may record which acts (``*``: every act not named)."""

    offices: dict[Annotated[str, Field(pattern=r"^(\*|[a-z][a-z_]*)$")], tuple[Name, ...]]

    def may_record(self, act: str, office: str) -> bool:
        """Whether ``office`` may record ``act`` (``vote_cast``, ...); the office of messages may not record any."""
        return office != INTAKE and office in self.offices.get(act, self.offices.get("*", ()))


class EarlyClose(Rule):
    """Voting may close before the deadline once the tally, silence counted as silence, gives one of ``on``."""

    on: tuple[Literal["adopted", "not_adopted"], ...] = Field(min_length=1)
