"""The acts on one vote that need an optional rule of its procedure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from ...domain.optional_acts import ElectorateChanged, FactRecorded, WindowResumed, WindowSuspended
from ..edge.face import face_of
from .one_vote import OneVote, When, the_first_answer

R = TypeVar("R")


@face_of
class OptionalActs(OneVote[R]):
    """The acts that a procedure allows only if it says so."""

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
        """Suspend the window, such as for a hold ``by`` a member; its end moves until it is resumed. ``paper`` is the
        digest of the paper that says so.

        >>> vote.suspend("a hold was placed")  # this procedure knows no holds
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        act = WindowSuspended(reason=reason, by=by, sha256=paper, suspended_at=self._at(at, key))
        return self._record(act, key)

    @the_first_answer
    def resume(self, *, at: When = "now", key: str | None = None) -> R:
        """Resume a suspended window; its end moves by the length of the suspension.

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
        """Enter whether a fact that bears on the vote is ``present`` or ``missing``, according to ``by``.

        ``at`` is when it came about, or was found missing; ``paper`` the digest of the paper that shows it.

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
        """Begin a seat that was not foreseen when voting was opened, if the procedure allows changes of seats. It is
        described as in a roster; ``paper`` is the digest of the paper that says so.

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
        """End a seat whose end was not foreseen, if the procedure allows changes of seats. The procedure says what
        happens to a reply of its member.

        >>> vote.end_seat("COL", "resigned")
        Traceback (most recent call last):
        inblue.domain.errors.Refused: ...
        """
        act = ElectorateChanged(member=member, change="ends", reason=reason, sha256=paper, changed_at=self._at(at, key))
        return self._record(act, key)
