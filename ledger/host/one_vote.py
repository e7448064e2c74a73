"""What acts on one vote share: who records them, and answers that stay the same when repeated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeAlias, TypeVar

from ...domain.acts import Act
from ...domain.errors import Refused
from ...domain.instrument import Instrument
from ...domain.roster import Roster
from ...domain.state import VoteState
from .messages import InMessage

R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")
A = TypeVar("A", bound="OneVote[Any]")

When: TypeAlias = datetime | date | Literal["now"] | None
"""When an act happened: an instant with its zone, a day, ``"now"`` by the ledger's clock, or None if unknown."""


def the_first_answer(method: Callable[Concatenate[A, P], T]) -> Callable[Concatenate[A, P], T]:
    """``method``, retried if another caller has recorded the same under its key meanwhile.

    The retry uses their time: two simultaneous calls, each with its own clock, are one act.
    """

    @wraps(method)
    def asked(self: A, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except Refused:
            key = kwargs.get("key")
            if not isinstance(key, str) or self._before(key) is None:
                raise
        return method(self, *args, **kwargs)

    return asked


class OneVote(ABC, Generic[R]):
    """One vote, and who acts on it."""

    @abstractmethod
    def _record(
        self, act: Act, key: str | None = None, roster: Roster | None = None, president: str | None = None
    ) -> R: ...

    @abstractmethod
    def _state(self) -> VoteState: ...

    @abstractmethod
    def _now(self) -> datetime: ...

    @abstractmethod
    def _adopted(self, procedure: str) -> str: ...

    @abstractmethod
    def _in_message(self, number: int, part: str | None, paper: Instrument) -> InMessage:
        """How a reply names a message; the bytes of the part are stored as its paper."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The vote's name: a symbol, or ``SYMBOL#ROUND``."""

    @abstractmethod
    def _before(self, key: str | None) -> Act | None:
        """The act that was recorded with that key before, if this one is meant to be the same."""

    def _at(self, when: When, key: str | None) -> datetime | date | None:
        if when != "now":
            return when
        before = self._before(key)
        at = getattr(before, before.when, None) if before else None
        return at if isinstance(at, datetime) else self._now()
