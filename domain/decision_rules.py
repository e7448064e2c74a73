"""What a decision needs: conditions, the outcomes they give, and when each outcome is decided."""

from typing import Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from .errors import Malformed
from .optional_rules import Tie, When
from .payload import Name
from .procedure_rules import OPEN, Question, Rule
from .threshold import Threshold

MAX_TESTS = 16
"""The most conditions of a decision, and thresholds of each: every announcement and correction evaluates them all."""


_GAINED = {"put", "tie", "questions"}


class Condition(Rule):
    """What the outcome ``passing`` needs: at least one of ``any_of`` holds. If none does, it is ``failing``.

    ``questions`` limits the condition to those kinds of question; conditions are read in order and the first that
    fails decides. It counts the positions on the draft, or the answers to the question ``put`` beside it.
    ``tie`` says who decides if a count is exactly its bound.
    """

    id: Name
    any_of: tuple[Threshold, ...] = Field(min_length=1, max_length=MAX_TESTS)
    questions: tuple[Name, ...] | None = None
    failing: Name = "not_adopted"
    put: Name | None = None
    tie: Tie | None = None

    def applies_to(self, question: Question) -> bool:
        """Whether it applies to that kind of question."""
        return self.questions is None or question in self.questions

    @model_validator(mode="after")
    def _an_outcome(self) -> Self:
        if self.failing == OPEN:
            raise Malformed(f"decision.{self.id}: open is not an outcome: a vote that has none yet is called so")
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = whole(self)
        return {
            name: each for name, each in value.items() if each is not None or name not in {"put", "tie", "questions"}
        }


class Decision(Rule):
    """``passing`` when every condition holds; unanimous when all seats took one of ``unanimous``.

    ``decided`` says when an outcome is decided; one that it does not name is decided at the close of the window.
    """

    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=MAX_TESTS)
    unanimous: tuple[Name, ...]
    passing: Name = "adopted"
    decided: dict[Name, When] = Field(default_factory=dict)

    @property
    def outcomes(self) -> tuple[Name, ...]:
        """The outcomes that it names, ``passing`` first."""
        return tuple(dict.fromkeys((self.passing, *(condition.failing for condition in self.conditions))))

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = whole(self)
        usual: dict[str, Any] = {"passing": "adopted", "decided": {}}
        return {name: each for name, each in value.items() if usual.get(name, ...) != each}
