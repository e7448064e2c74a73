"""Rules that a procedure may have: each says one thing, and none depends on another.

What a body votes on, and by which names; who may reply for a seat, and when seats change; what a reply must carry;
which facts bear on a vote; when it is decided.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from .ballot import DRAFT
from .errors import Malformed
from .length import Length
from .payload import Document, Line, MemberId, Model, Name, Text
from .procedure_rules import Question, Rule, without_nulls

Due: TypeAlias = Literal["opening", "close", "announcement", "after"]
When: TypeAlias = Literal["at_close", "when_reached", "when_certain"]
"""When an outcome is decided: at the close; when the replies so far give it; or when nothing more can change it."""

MANY = 50
_OF_POSITIONS = {"reasons", "later", "lapses", "questions"}


class Named(Model):
    """Something that the body has its own name for: a kind of question, a group of seats, an outcome.

    ``title`` is that name, in the language of its source; ``clause`` the clause that it is from, if any.
    """

    id: Name
    title: Line
    clause: Name | None = None

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_nulls(whole(self), {"clause"})


class QuestionPut(Rule):
    """A question that is put beside the draft, and answered by the same reply.

    ``silence`` is the choice of a missing answer.
    """

    id: Name
    title: Line
    choices: tuple[Name, ...] = Field(min_length=1, max_length=32)
    silence: Name

    @model_validator(mode="after")
    def _all_differ(self) -> Self:
        if self.id == DRAFT:
            raise Malformed(f"{DRAFT} is the question that every draft puts: its choices are those of the procedure")
        if len({*self.choices, self.silence}) != len(self.choices) + 1:
            raise Malformed(f"questions_put.{self.id}: choices and silence must all differ")
        return self


class FactRule(Rule):
    """A fact that bears on a vote: something done or given elsewhere.

    It is ``due`` before the opening, the close, the announcement, or after it; it is present or missing once an act
    says so, and unknown until then. What it ``does``:

    * ``forbids``: the act that it is due before is refused until it is present;
    * ``flags``: a finding if it is missing or unknown;
    * ``decides``: if it is ``if_it_is`` (missing, or present), the outcome is ``outcome``;
    * ``overrides``: if it is present, the conditions with those ids do not apply.

    ``questions`` limits it to those kinds of question; votes on others do not need it.
    """

    id: Name
    title: Line
    due: Due
    does: Literal["forbids", "flags", "decides", "overrides"] = "flags"
    if_it_is: Literal["present", "missing"] | None = None
    outcome: Name | None = None
    conditions: tuple[Name, ...] | None = None
    questions: tuple[Name, ...] | None = None

    def applies_to(self, question: Question) -> bool:
        """Whether it bears on votes on that kind of question."""
        return self.questions is None or question in self.questions

    @model_validator(mode="after")
    def _with_what_it_needs(self) -> Self:
        decides = self.if_it_is is not None and self.outcome is not None
        if (self.does == "decides") != decides or (self.if_it_is is None) != (self.outcome is None):
            raise Malformed(f"facts.{self.id}: a fact that decides, and no other, has if_it_is and outcome")
        if (self.does == "overrides") != bool(self.conditions):
            raise Malformed(f"facts.{self.id}: a fact that overrides, and no other, names conditions")
        if self.does == "forbids" and self.due == "after":
            raise Malformed(f"facts.{self.id}: nothing comes after the announcement that it could forbid")
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_nulls(whole(self), {"if_it_is", "outcome", "conditions", "questions"})


class Electorate(Rule):
    """Which seats vote if seats begin and end while voting is open.

    ``fixed`` is the instant that fixes the electorate: the seats in force at the opening, or at the close. ``former``
    says what becomes of a reply that a member gave whose seat had ended by the close: it ``stands``, or ``falls``.
    ``changes`` is the clause by which an unforeseen change may be entered while voting is open; without it none may be.
    """

    fixed: Literal["opening", "close"] = "opening"
    former: Literal["stands", "falls"] = "falls"
    changes: Name | None = None

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_nulls(whole(self), {"changes"})


class OnBehalf(Rule):
    """The rule on a reply that another member cast; ``by``: anybody, or only the alternates of the member's seat."""

    by: Literal["anybody", "alternates"] | None = None

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_nulls(whole(self), {"by"})


class Lapse(Model):
    """A position becomes another after some time."""

    after: Length
    to: Name


class PositionRule(Rule):
    """What a position requires, or becomes.

    ``reasons``: it needs reasons; without them the effect of the clause applies. ``later``: it may take effect later
    than it was given. ``lapses``: it becomes another after some time. ``questions`` limits the rule to those kinds of
    question.
    """

    choice: Name
    reasons: bool = False
    later: bool = False
    lapses: Lapse | None = None
    questions: tuple[Name, ...] | None = None

    def applies_to(self, question: Question) -> bool:
        """Whether it applies to that kind of question."""
        return self.questions is None or question in self.questions

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = whole(self)
        return {name: each for name, each in value.items() if each or name not in _OF_POSITIONS}


class Tie(Rule):
    """If a count is exactly its bound, the one seat of the group ``casting`` decides by its position."""

    casting: Name


class ExampleSeat(Model):
    """A seat of an example, as in a roster."""

    member: MemberId
    permanent: bool = False
    weights: dict[Name, int] = Field(default_factory=dict)
    groups: tuple[Name, ...] = ()
    advisory: bool = False


class Example(Model):
    """A vote with a known outcome, to test a procedure with.

    ``seats`` is a number of members, named ``S1``, ``S2``, ..., or a list; ``positions`` and ``answers`` are by member,
    or numbers of seats by choice, assigned in the order of the choices; ``facts`` are by id. ``note`` is where the
    example is from.
    """

    title: Line
    seats: Annotated[int, Field(ge=1, le=1000)] | tuple[ExampleSeat, ...]
    question: Name | None = None
    positions: dict[Line, Name] | None = None
    counts: dict[Name, int] | None = None
    answers: dict[Name, dict[Line, Name]] = Field(default_factory=dict)
    facts: dict[Name, Literal["present", "missing"]] = Field(default_factory=dict)
    outcome: Name
    note: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.positions is None) == (self.counts is None):
            raise Malformed(f"examples: {self.title}: give positions by member, or counts by choice")
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = whole(self)
        optional = {"answers", "facts"}
        return {name: each for name, each in value.items() if each or (each is not None and name not in optional)}


class OptionalRules(Document):
    """The optional rules of a procedure. ``language`` is the one that its clauses are written in."""

    language: Line | None = None
    question_kinds: tuple[Named, ...] = Field(default=(), max_length=MANY)
    questions_put: tuple[QuestionPut, ...] = Field(default=(), max_length=19)
    groups: tuple[Named, ...] = Field(default=(), max_length=MANY)
    outcomes: tuple[Named, ...] = Field(default=(), max_length=MANY)
    facts: tuple[FactRule, ...] = Field(default=(), max_length=MANY)
    electorate: Electorate | None = None
    positions: tuple[PositionRule, ...] = Field(default=(), max_length=32)
    examples: tuple[Example, ...] = Field(default=(), max_length=1000)
