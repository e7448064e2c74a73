"""The log: its checkpoint, tiles and lists as C2SP tlog-tiles has them, entries, proofs, and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.errors import Malformed
from ...ledger.errors import NotFound
from ...ledger.operations.publish import cosigned_of, timestamps_of
from ...ledger.showing import shelf
from ...ledger.standards.tiles import read_path
from .answers import IMMUTABLE, Answer, bounded, json_answer
from .service import Shown

_BYTES, _TEXT, _LINES = "application/octet-stream", "text/plain; charset=utf-8", "application/jsonl; charset=utf-8"


def checkpoint(shown: Shown, _: Mapping[str, Any]) -> Answer:
    """The signed checkpoint, with the lines of witnesses."""
    return Answer(shelf.checkpoint_note(shown.book), _TEXT)


def tile(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """A hash tile or an entry bundle."""
    try:
        wanted = read_path(f"tile/{given['path']}")
    except Malformed as error:
        raise NotFound(str(error)) from None
    return Answer(shelf.tile_bytes(shown.book, wanted), _BYTES, cache=IMMUTABLE)


def timestamps(shown: Shown, _: Mapping[str, Any]) -> Answer:
    """The timestamps over checkpoints of the log, one a line."""
    return bounded(Answer(timestamps_of(shown.book.log, shelf.signed_state(shown.book)[1].size), _LINES))


def cosigned(shown: Shown, _: Mapping[str, Any]) -> Answer:
    """Earlier checkpoints that witnesses have cosigned, one a line."""
    return bounded(Answer(cosigned_of(shown.book.log, shelf.signed_state(shown.book)[1].size), _LINES))


def file(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """A file that an entry names: always what votes are judged by, papers and texts only if the service serves them."""
    sha256 = given["digest"]
    index = shown.horizon.named.get(sha256)
    allowed = shown.service.with_files or sha256 in shown.horizon.documents
    if index is None or index >= shown.size or not allowed:
        raise NotFound("no file with that digest is served here")
    return bounded(Answer(shown.service.ledger.files.get(sha256), _BYTES, cache=IMMUTABLE, named=f"{sha256}.bin"))


def entries(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """The entries after an index, each checked."""
    found = shelf.entries(shown.service.ledger, given["after"], shown.size, given["limit"])
    last = found[-1]["index"] if found else given["after"]
    return json_answer(
        {
            "format": "inblue-entries/1",
            "entries": shown.size,
            "found": found,
            "next": last if found and last + 1 < shown.size else None,
        }
    )


def inclusion(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """That an entry, named by its index or digest, is in the log of some size."""
    index, digest = given["entry"], given["digest"]
    if (index is None) is (digest is None):
        raise Malformed("entry or digest is needed, one of the two")
    if index is None:
        index = shown.horizon.named.get(digest)
        if index is None or index >= shown.size:
            raise NotFound("no entry shown here has this digest")
    return json_answer({"format": "inblue-proof/1", **shelf.inclusion(shown.book, index, given["size"])})


def consistency(shown: Shown, given: Mapping[str, Any]) -> Answer:
    """That the log of some size is an earlier state of the log of a larger one."""
    return json_answer({"format": "inblue-proof/1", **shelf.consistency(shown.book, given["first"], given["second"])})
