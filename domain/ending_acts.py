"""The acts that end a vote: the close, the circulated count, the result, and an annulment without a result."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from .act import ActNumber, VoteAct
from .errors import Malformed
from .instant import Moment
from .payload import Digest, Line, MemberId, Name, Since, Text


class VotingClosed(VoteAct):
    """Voting is closed: the deadline has passed, or the procedure lets it close early."""

    kind_name = "voting_closed"
    when = "closed_at"
    act: Literal["voting_closed"] = "voting_closed"
    closed_at: Moment | None = None


class TallyCirculated(VoteAct):
    """The registrar circulates the count, by choice and by what silence means.

    ``sha256`` is the digest of the list of votes as it was sent."""

    kind_name = "tally_circulated"
    since: ClassVar[Since] = Since({"sha256": 2, "media_type": 2})
    when = "circulated_at"
    act: Literal["tally_circulated"] = "tally_circulated"
    counts: dict[Name, Annotated[int, Field(ge=0, le=100_000)]]
    circulated_at: Moment | None = None
    sha256: Digest | None = None
    media_type: Line | None = None


class ResultAnnounced(VoteAct):
    """The result is announced, ``by`` the member that presides. ``outcome`` is what was announced, which the record
    compares with the tally. ``corrects`` is the announcement before, if that was wrong. ``sha256`` is the digest of the
    announcement as it was sent or read out."""

    kind_name = "result_announced"
    since: ClassVar[Since] = Since({"by": 2, "corrects": 3, "sha256": 4, "media_type": 4})
    named: ClassVar[tuple[str, ...]] = ("resolution",)
    when = "announced_at"
    act: Literal["result_announced"] = "result_announced"
    announced_at: Moment | None = None
    resolution: Line | None = None
    outcome: Name | None = None
    by: MemberId | None = None
    corrects: ActNumber | None = None
    sha256: Digest | None = None
    media_type: Line | None = None

    @model_validator(mode="after")
    def _numbered_only_if_adopted(self) -> Self:
        if self.resolution is not None and self.outcome in {"not_adopted", "vetoed"}:
            raise Malformed("only an adopted text gets a resolution number")
        if self.outcome == "open":
            raise Malformed("outcome: open is none: so a vote is called that has no result yet")
        return self


class VoteAnnulled(VoteAct):
    """A vote that was opened is ended without a result, before the close. The paper that says so is attached."""

    kind_name = "vote_annulled"
    when = "annulled_at"
    act: Literal["vote_annulled"] = "vote_annulled"
    reason: Text
    annulled_at: Moment | None = None
    by: MemberId | None = None
    sha256: Digest | None = None
    media_type: Line | None = None
