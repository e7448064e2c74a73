"""Acts of votes whose procedure has an optional rule for them: facts, seats that change, a window that is suspended."""

from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from .act import VoteAct
from .errors import Malformed
from .instant import Moment
from .payload import Digest, Line, MemberId, Name, Text
from .roster import Seat, Weight


class FactRecorded(VoteAct):
    """Whether a fact that bears on the vote is ``present`` or ``missing``; a later act about the same one counts.

    ``established_at`` is when it came about, or was found missing; ``by`` who says so. ``sha256`` is the digest of the
    paper that shows it.
    """

    kind_name = "fact_recorded"
    when = "established_at"
    act: Literal["fact_recorded"] = "fact_recorded"
    fact: Name
    status: Literal["present", "missing"]
    established_at: Moment | None = None
    by: Line | None = None
    sha256: Digest | None = None
    media_type: Line | None = None


class ElectorateChanged(VoteAct):
    """A seat begins or ends while voting is open, which was not foreseen at the opening. The paper that says so is
    attached.

    For a seat that begins, ``permanent``, ``weights``, ``groups``, ``advisory`` and ``alternates`` are as in a roster.
    """

    kind_name = "electorate_changed"
    when = "changed_at"
    act: Literal["electorate_changed"] = "electorate_changed"
    member: MemberId
    change: Literal["begins", "ends"]
    reason: Text
    permanent: bool = False
    weights: dict[Name, Weight] = Field(default_factory=dict)
    groups: tuple[Name, ...] = ()
    advisory: bool = False
    alternates: tuple[MemberId, ...] = ()
    changed_at: Moment | None = None
    sha256: Digest | None = None
    media_type: Line | None = None

    @model_validator(mode="after")
    def _a_seat_that_begins(self) -> Self:
        seat = self.seat
        if self.change == "ends" and seat != Seat(member=self.member):
            raise Malformed("of a seat that ends the roster of the opening says what it is: give the member alone")
        return self

    @property
    def seat(self) -> Seat:
        """The seat as a roster would list it."""
        return Seat(
            member=self.member,
            permanent=self.permanent,
            weights=self.weights,
            groups=self.groups,
            advisory=self.advisory,
            alternates=self.alternates,
        )


class WindowSuspended(VoteAct):
    """The window is suspended, such as for a hold ``by`` a member, until it is resumed; its end moves by as long."""

    kind_name = "window_suspended"
    when = "suspended_at"
    act: Literal["window_suspended"] = "window_suspended"
    reason: Text
    suspended_at: Moment | None = None
    by: MemberId | None = None
    sha256: Digest | None = None
    media_type: Line | None = None


class WindowResumed(VoteAct):
    """A suspended window resumes."""

    kind_name = "window_resumed"
    when = "resumed_at"
    act: Literal["window_resumed"] = "window_resumed"
    resumed_at: Moment | None = None


OptionalAct: TypeAlias = FactRecorded | ElectorateChanged | WindowSuspended | WindowResumed
"""An act for which a procedure has an optional rule."""
