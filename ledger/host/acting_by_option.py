"""The acts on one vote that its procedure allows only by an optional rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from ...domain.optional_acts import ElectorateChanged, FactRecorded, WindowResumed, WindowSuspended
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

    @the_first_answer
    def record_fact(
        self,
        fact: str,
        status: Literal["present", "missing"] = "present",
        *,
        by: str | None = None,
        paper: str | None = None,
        at: When = "now",
        key: str | None = None,
    ) -> R:
        """Enter whether a fact is ``present`` or ``missing`` that bears on the vote, as ``by`` says.

        ``at`` is when it came about, or was found missing; ``paper`` the digest of what shows it.

        >>> vote.record_fact("ratification")  # this procedure asks for none
        Traceback (most recent call last):
        inblue.domain.errors.Malformed: ...
        """
        act = FactRecorded(fact=fact, status=status, established_at=self._at(at, key), by=by, sha256=paper)
        return self._record(act, key)

    @the_first_answer
    def begin_seat(
        self,
        member: str,
        reason: str,
        *,
        paper: str | None = None,
        permanent: bool = False,
        weights: Mapping[str, int | str] | None = None,
        groups: Sequence[str] = (),
        advisory: bool = False,
        alternates: Sequence[str] = (),
        at: When = "now",
        key: str | None = None,
    ) -> R:
        """A seat begins that nobody foresaw when voting was opened, where the procedure lets seats change.

        What it is is said as in a roster; ``paper`` is the digest of what says so.

        >>> vote.begin_seat("FIN", "elected today")  # this procedure lets no seat change
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        act = ElectorateChanged(
            member=member, change="begins", reason=reason, sha256=paper, changed_at=self._at(at, key),
            permanent=permanent, weights=dict(weights or {}), groups=tuple(groups), advisory=advisory,
            alternates=tuple(alternates),
        )  # fmt: skip
        return self._record(act, key)

    @the_first_answer
    def end_seat(
        self, member: str, reason: str, *, paper: str | None = None, at: When = "now", key: str | None = None
    ) -> R:
        """A seat ends that nobody foresaw would, where the procedure lets seats change.

        What becomes of a reply that its member gave is for the procedure to say.

        >>> vote.end_seat("COL", "resigned")
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        act = ElectorateChanged(member=member, change="ends", reason=reason, sha256=paper, changed_at=self._at(at, key))
        return self._record(act, key)
