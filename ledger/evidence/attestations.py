"""Third parties' evidence, one JSON object per line: timestamps over checkpoints, and cosigned checkpoints.

The same lines are in a bundle and in a published log, under the same names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from ...domain.canonical import parse_json, reencode
from ...domain.errors import Malformed
from ...domain.payload import Model, SignedNote
from ..log.log import Stamp
from ..standards.note import decode_base64, encode_base64
from ..standards.timestamp import Authority

TIMESTAMPS = "data/timestamps.jsonl"
COSIGNED = "data/cosigned.jsonl"
MAX_LINE = 500_000
"""The most bytes of a line."""


def _hash(text: str) -> str:
    if len(decode_base64(text, where="a hash")) != 32:
        raise Malformed("a hash is not of 32 bytes")
    return text


Hash = Annotated[str, Field(min_length=44, max_length=44), AfterValidator(_hash)]


class StampLine(Model):
    """A line of ``timestamps.jsonl``: a token over a checkpoint, its request, and a claim of whose it is.

    ``path`` is the consistency proof from ``size`` to the bundle's checkpoint, empty if the range itself shows it.
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
        """The content of the line.

        Raises:
            Malformed: request or token is not base64.
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


def stamp_lines(raws: Iterable[bytes], *, with_paths: bool) -> Iterator[StampLine]:
    """Read the lines of ``timestamps.jsonl``; ``with_paths``: as in a bundle, in which a line may carry its proof.

    Raises:
        Malformed: a line is not canonical, out of order or repeated, or has a path where none is allowed.
    """
    fault = "a line is not in its one form, or out of order" + (", or there twice" if with_paths else "")
    before = (0, "")
    for raw in raws:
        line = StampLine.read(raw, where=TIMESTAMPS, limit=MAX_LINE)
        at = (line.size, line.stamp().sha256)
        if not _is_canonical(raw) or (line.path and not with_paths) or at <= before:
            raise Malformed(f"{TIMESTAMPS}: {fault}")
        before = at
        yield line


def cosigned_lines(raws: Iterable[bytes], *, with_paths: bool, below: int | None = None) -> Iterator[CosignedLine]:
    """Read the lines of ``cosigned.jsonl``, of sizes under ``below`` if given; otherwise as above.

    Raises:
        Malformed: as :func:`stamp_lines`.
    """
    before = 0
    for raw in raws:
        line = CosignedLine.read(raw, where=COSIGNED, limit=MAX_LINE)
        in_order = before < line.size and (below is None or line.size < below)
        if not _is_canonical(raw) or (line.path and not with_paths) or not in_order:
            raise Malformed(f"{COSIGNED}: a line is not in its one form, or out of order")
        before = line.size
        yield line


def _is_canonical(raw: bytes) -> bool:
    """Whether JSON is canonical as given, whatever a later model would write."""
    return reencode(parse_json(raw, limit=MAX_LINE)) == raw
