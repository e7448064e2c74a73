"""What third parties vouch for, one JSON object a line: timestamps over checkpoints, and cosigned checkpoints.

The same lines are in a bundle and in a published log, under the same names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from ...domain.model import Model, SignedNote
from ..log.log import Stamp
from ..standards.note import decode_base64, encode_base64
from ..standards.timestamp import Authority

TIMESTAMPS = "data/timestamps.jsonl"
COSIGNED = "data/cosigned.jsonl"
MAX_LINE = 500_000
"""Bytes of a line at most."""

Hash = Annotated[str, Field(min_length=44, max_length=44)]


class StampLine(Model):
    """A line of ``timestamps.jsonl``: a token over a checkpoint, what was asked, and a claim of whose it is.

    ``path`` is the consistency proof from ``size`` to the bundle's checkpoint, empty where the range itself shows it.
    """

    authority: Authority
    note: SignedNote
    path: tuple[Hash, ...] = Field(max_length=128)
    query: Annotated[str, Field(max_length=100_000)]
    size: Annotated[int, Field(ge=1)]
    token: Annotated[str, Field(max_length=100_000)]

    @classmethod
    def of_stamp(cls, stamp: Stamp, path: Iterable[bytes]) -> StampLine:
        """The line of a stamp."""
        return cls(
            authority=Authority.read(stamp.authority.encode(), where="authority"),
            note=stamp.note.decode(),
            path=tuple(encode_base64(each) for each in path),
            query=encode_base64(stamp.query),
            size=stamp.size,
            token=encode_base64(stamp.token),
        )

    def stamp(self) -> Stamp:
        """What the line holds.

        Raises:
            MalformedError: request or token is not base64.
        """
        query, token = (decode_base64(each, where=TIMESTAMPS) for each in (self.query, self.token))
        return Stamp(self.size, self.authority.canonical().decode(), self.note.encode(), query, token)


class CosignedLine(Model):
    """A line of ``cosigned.jsonl``: an earlier checkpoint of the log with the lines of the witnesses that cosigned it.

    ``path`` is as in :class:`StampLine`.
    """

    note: SignedNote
    path: tuple[Hash, ...] = Field(max_length=128)
    size: Annotated[int, Field(ge=1)]
