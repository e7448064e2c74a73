"""The acts on one vote that its procedure allows only by an optional rule."""

from __future__ import annotations

from typing import TypeVar

from ...domain.optional_acts import WindowResumed, WindowSuspended
from ..edge.face import face_of
from .one_vote import OneVote, When, the_first_answer

R = TypeVar("R")


@face_of
class OptionalActs(OneVote[R]):
    """Those of the acts that a procedure allows only where it says so."""

    @the_first_answer
    def suspend(
        self,
        reason: str,
        *,
        by: str | None = None,
        paper: str | None = None,
        at: When = "now",
        key: str | None = None,
    ) -> R:
        """The window stands still, such as for a hold ``by`` a member; its end moves on until it is resumed.

        ``paper`` is the digest of what says so.

        >>> vote.suspend("a hold was placed")  # this procedure knows no holds
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        act = WindowSuspended(reason=reason, by=by, sha256=paper, suspended_at=self._at(at, key))
        return self._record(act, key)

    @the_first_answer
    def resume(self, *, at: When = "now", key: str | None = None) -> R:
        """The window goes on that was suspended; it ends later by as long as it stood still.

        >>> vote.resume()
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        return self._record(WindowResumed(resumed_at=self._at(at, key)), key)
