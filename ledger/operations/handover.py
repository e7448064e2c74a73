"""Shows a witness how the log got its current key (:mod:`..witness.handover`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...domain.register_acts import LogKeyAnnounced, LogKeySucceeded
from ..entries.entry import REGISTER_STREAM, Entry, read_entry
from ..errors import NotFound
from ..log.log import Head
from ..log.positions import index_of
from ..standards.checkpoint import open_checkpoint
from ..standards.cosignature import log_key
from ..standards.merkle import consistency_proof, inclusion_proof
from ..standards.note import encode_base64
from ..witness.handover import MAX_STEPS, Handover, Shown, Step

if TYPE_CHECKING:
    from ..ledger import Ledger


class NotFollowed(NotFound):
    """No witness can follow the log to its current key: its operator must be told the key."""


def handover_since(ledger: Ledger, head: Head, old: int) -> Handover | None:
    """Every change of the log's key after its first ``old`` entries; None if there was none.

    Raises:
        NotFollowed: no witness can follow one of them, or there are too many.
    """
    steps: list[Step] = []
    known, announced = ledger.log_keys()[0], None
    for index, entry in _register(ledger, head):
        if isinstance(entry.act, LogKeyAnnounced):
            announced = (index, entry, entry.act.log_key)
        elif isinstance(entry.act, LogKeySucceeded):
            if index >= old:
                last = open_checkpoint(entry.act.handover.encode(), known).size
                if announced is None or announced[2] != entry.act.log_key or announced[0] >= last:
                    raise _by_hand(index, "the key before it did not announce it")
                if announced[1].key != entry.key:
                    raise _by_hand(index, "another officer's key announced it")
                steps.append(_step(ledger, head, announced[:2], (index, entry), last))
            known, announced = log_key(entry.act.log_key), None
    if len(steps) > MAX_STEPS:
        raise NotFollowed(f"the log's key has changed {len(steps)} times since; a witness follows {MAX_STEPS} at once")
    return Handover(steps=tuple(steps)) if steps else None


def _step(ledger: Ledger, head: Head, announced: tuple[int, Entry], succeeded: tuple[int, Entry], last: int) -> Step:
    officer = next(grant for grant in ledger.register().grants if grant.key == succeeded[1].key)
    return Step(
        announcement=_shown(ledger, *announced, last),
        succession=_shown(ledger, *succeeded, head.size),
        officer=officer.public_key,
        consistency=_written(consistency_proof(last, head.size, ledger.log.node)),
    )


def _shown(ledger: Ledger, index: int, entry: Entry, size: int) -> Shown:
    path = _written(inclusion_proof(index, size, ledger.log.node))
    return Shown(entry=entry.raw.decode(), index=index, path=path)


def _written(hashes: list[bytes]) -> tuple[str, ...]:
    return tuple(encode_base64(each) for each in hashes)


def _register(ledger: Ledger, head: Head) -> Iterator[tuple[int, Entry]]:
    """The register's entries under the head, each with its index in the log."""
    for row in ledger.streams.stream(REGISTER_STREAM):
        position = ledger.streams.position(REGISTER_STREAM, row.originator_version)
        if position > head.position:
            return
        entry = read_entry(row.envelope)
        if isinstance(entry.act, LogKeyAnnounced | LogKeySucceeded):
            yield index_of(ledger.log, head, position, row.envelope), entry


def _by_hand(index: int, why: str) -> NotFollowed:
    return NotFollowed(
        f"entry {index} gives the log another key, and {why}: the witness's operator has to be told "
        "(inblue witness watch)"
    )
