"""What is fuzzed of a published log, and the true inputs: see :mod:`.targets`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from ledgers import small
from shelf import Shelf

from inblue.domain.errors import InblueError, Malformed
from inblue.ledger.audit.last_audit import Fork, Remembered
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.place import WORKING
from inblue.ledger.standards.tiles import HASH, read_bundle, read_tile, write_bundle

from .oracle import accepted, folder, printable, same
from .seeds import Seeds, numbered


@cache
def public() -> dict[str, bytes]:
    """The small vote, published: its files by name; not to be changed."""
    with tempfile.TemporaryDirectory() as place:
        publish(small(), Path(place) / "public")
        files = (path for path in (Path(place) / "public").rglob("*") if path.is_file() and path.parent.name != WORKING)
        return {str(path.relative_to(Path(place) / "public")): path.read_bytes() for path in sorted(files)}


@cache
def _state() -> bytes:
    state = folder() / "audited.json"
    assert verify_tiles(Shelf(public()), state=state).holds
    return state.read_bytes()


def bundle_entries(data: bytes) -> None:
    """An entry bundle is written as it was read; its width in the first byte, less one."""
    width, raw = (data[0] + 1 if data else 1), data[1:]
    for entries in accepted(Malformed, lambda: read_bundle(raw, width)):
        assert len(entries) == width
        assert write_bundle(entries) == raw
    for hashes in accepted(Malformed, lambda: read_tile(raw, width)):
        assert b"".join(hashes) == raw
        assert {len(each) for each in hashes} == {HASH}


def published(data: bytes) -> None:
    """No other content of one file holds, but for lines that may be left out: its number in the first byte."""
    names = list(public())
    name = names[data[0] % len(names)] if data else names[0]
    other = data[1:]
    for found in accepted(InblueError, lambda: verify_tiles(Shelf({**public(), name: other}))):
        printable(found.problems)
        assert not found.holds or other == public()[name], f"another {name} holds"


def remembered(data: bytes) -> None:
    """A state says what its JSON says; whatever it says, an audit that goes on from it has an end."""
    for read in accepted(Malformed, lambda: Remembered.read(data, where="state")):
        same(read, data)
        state = folder() / "state.json"
        state.write_bytes(data)
        for found in accepted(InblueError, partial(verify_tiles, Shelf(public()), state=state)):
            printable(found.problems)
        for each in folder().glob("state*.json"):
            each.unlink()
    for fork in accepted(Malformed, lambda: Fork.read(data, where="fork")):
        same(fork, data)


def _published() -> Seeds:
    return {name: bytes([number]) + content for number, (name, content) in enumerate(public().items())}


def _bundles() -> Seeds:
    files = public()
    entries = next(content for name, content in files.items() if name.startswith("tile/entries"))
    hashes = next(content for name, content in files.items() if name.startswith("tile/0"))
    width = len(hashes) // HASH
    odd = [b"", b"\x00", b"\x00\x00", b"\x00\x00\x00", b"\x01\x00\x01a\x00\x02bc"]
    return {"entries": bytes([width - 1]) + entries, "hashes": bytes([width - 1]) + hashes, **numbered(odd)}


def _states() -> Seeds:
    return {"state": _state()}


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "bundle_entries": bundle_entries,
    "published": published,
    "remembered": remembered,
}
SEEDS: Mapping[str, Callable[[], Seeds]] = {
    "bundle_entries": _bundles,
    "published": _published,
    "remembered": _states,
}
