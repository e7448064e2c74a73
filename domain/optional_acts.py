"""Acts of votes whose procedure has an optional rule for them: facts, seats that change, a window that is suspended."""

from typing import Literal, Self, TypeAlias

from pydantic import model_validator

from .act import VoteAct
from .errors import Malformed
from .instant import Moment
from .payload import Digest, Line, MemberId, Name, Text
from .roster import Seat


class FactRecorded(VoteAct):
    """Whether a fact that bears on the vote is ``present`` or ``missing``; a later act about the same one counts.

    ``established_at`` is when it came about, or was found missing; ``by`` who says so. The paper that shows it is named
    by its digest.
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
    """A seat begins or ends while voting is open, unforeseen when it was. The paper that says so is attached.

    Of one that begins, ``seat`` is what the roster would say of it.
    """

    kind_name = "electorate_changed"
    when = "changed_at"
    act: Literal["electorate_changed"] = "electorate_changed"
    member: MemberId
    change: Literal["begins", "ends"]
    reason: Text
    seat: Seat | None = None
    changed_at: Moment | None = None
    sha256: Digest | None = None
    media_type: Line | None = None

    @model_validator(mode="after")
    def _with_its_seat(self) -> Self:
        if (self.change == "begins") != (self.seat is not None):
            raise Malformed("seat: given of a seat that begins, and of no other")
        if self.seat is not None and self.seat.member != self.member:
            raise Malformed("seat: of the member that the act names")
        return self


class WindowSuspended(VoteAct):
    """The window stands still, such as for a hold ``by`` a member, until it is resumed; its end moves on as long."""

    kind_name = "window_suspended"
    when = "suspended_at"
    act: Literal["window_suspended"] = "window_suspended"
    reason: Text
    suspended_at: Moment | None = None
    by: MemberId | None = None
    sha256: Digest | None = None
    media_type: Line | None = None


class WindowResumed(VoteAct):
    """A window that was suspended goes on."""

    kind_name = "window_resumed"
    when = "resumed_at"
    act: Literal["window_resumed"] = "window_resumed"
    resumed_at: Moment | None = None


OptionalAct: TypeAlias = FactRecorded | ElectorateChanged | WindowSuspended | WindowResumed
"""An act for which a procedure has an optional rule."""
