"""The base of every act of a vote, and the types that several acts share."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from .payload import Payload, Text

Times: TypeAlias = Literal["live", "documented", "simulated"]
"""Where a vote's times come from: recorded as it happened; printed (unknown stays unknown); or made up."""

ListOfReplies: TypeAlias = Literal["complete", "incomplete", "counts_only", "secret_ballot"]
"""What a source shows of replies: all; some; only how many took each choice; or that, since the ballot was secret."""

Says: TypeAlias = Literal["withdraws", "dissociates", "not_on_record"]
"""What a reply without a position does: withdraws the member's earlier ones; dissociates the member from the text,
without objecting; or takes a position that no source gives."""

ReplyNumber: TypeAlias = Annotated[int, Field(ge=1, le=9999)]

ActNumber: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]
"""An act of the same vote, by its number there, from 0."""


class VoteAct(Payload):
    """The base of every act. ``when`` names the field with the time at which the act happened."""

    when: ClassVar[str]

    source: Text | None = None
