"""The evidence bundle, ``inblue-bundle/2``: a range of the log with everything needed to check it (docs/bundle.md).

A BagIt 1.0 bag (RFC 8493) in a canonical zip (:mod:`.container`)::

    inblue-bundle/
      README.txt  bagit.txt  bag-info.txt  manifest-sha256.txt  manifest-sha512.txt  tagmanifest-sha256.txt
      data/checkpoint.txt     the log's signed checkpoint
      data/claims.json        the trust file that the bundle claims
      data/cosigned.jsonl     earlier checkpoints cosigned by witnesses, one per line
      data/entries.jsonl      every entry of the range, one envelope per line
      data/files/<sha256>     the files that entries name by digest
      data/log.json           the range, and the hashes that connect it to the checkpoint
      data/record.json        the record of each vote that the bundle is about
      data/register.jsonl     the register's entries from before and after the range
      data/timestamps.jsonl   timestamps over the log's checkpoints, one per line

Entries, checkpoint, hashes and files are evidence. Everything else except the README is derived from them: verification
derives it again and compares byte for byte. :mod:`.first_bundle` has the differences of ``inblue-bundle/1``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...domain.canonical import canonical, parse_json
from ...domain.clocks import BY_TIMESTAMPS
from ...domain.errors import Malformed, Refused
from ...domain.inert import inert
from ...domain.instant import format_instant
from ...domain.observed import Observations, nothing_observed
from ...domain.payload import Line, Model
from ...domain.state import VoteState
from ...domain.verdict import Bounds
from ...domain.wording import count
from ..entries.entry import Entry
from ..entries.files import MAX_FILE_BYTES
from ..errors import Broken, NotFound
from ..projections.as_of import AsOf
from ..projections.record import record_of
from ..projections.record_facts import record_bytes
from ..standards.checkpoint import Checkpoint
from ..standards.dsse import MAX_ENTRY_BYTES
from .attestations import COSIGNED, TIMESTAMPS, Hash
from .container import Container
from .first_bundle import FORMAT as FIRST
from .first_bundle import first_readme, first_record, vote_line
from .trust import Trust

FOLDER = "inblue-bundle/"
ENTRIES = "data/entries.jsonl"
REGISTER = "data/register.jsonl"
CHECKPOINT = "data/checkpoint.txt"
LOG_JSON = "data/log.json"
RECORD = "data/record.json"
CLAIMS = "data/claims.json"
FILE_PREFIX = "data/files/"
README = "README.txt"
EVIDENCE = (CHECKPOINT, COSIGNED, ENTRIES, LOG_JSON, REGISTER, TIMESTAMPS)
DERIVED_PAYLOAD = (CLAIMS, RECORD)
TAGS = (README, "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt")

MAX_README = 1_000_000
"""The most bytes of README.txt, whose text is free."""

_MAX_LOG_JSON = 8_000_000


class RecalledEntry(Model):
    """The place of an entry of the register outside the range, and its inclusion proof under the checkpoint."""

    index: Annotated[int, Field(ge=0)]
    path: tuple[Hash, ...] = Field(max_length=64)


class Handover(Model):
    """A consistency proof that the handover checkpoint in ``entry`` is an earlier state of the log."""

    entry: Annotated[int, Field(ge=0)]
    path: tuple[Hash, ...] = Field(max_length=128)


class LogPart(Model):
    """``log.json``: the entries ``start`` to ``end`` (exclusive), and what connects them to the checkpoint.

    ``before`` are the peaks of the tree of ``start`` entries; ``after`` the subtrees that follow the range, left to
    right. ``recalled`` places the lines of ``register.jsonl``, in the order of the log. ``handovers`` are for entries
    that carry a checkpoint whose size is outside the range. ``votes`` are the symbols of the votes that the bundle is
    about; for a whole ledger, all of them.
    """

    format: Literal["inblue-bundle/1", "inblue-bundle/2"] = "inblue-bundle/2"
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    before: tuple[Hash, ...] = Field(max_length=64)
    after: tuple[Hash, ...] = Field(max_length=64)
    recalled: tuple[RecalledEntry, ...] = Field(max_length=10_000)
    handovers: tuple[Handover, ...] = Field(max_length=1_000)
    votes: tuple[Line, ...]

    @property
    def first(self) -> bool:
        """Whether it has the first format, whose record and README are compared as sentences."""
        return self.format == FIRST

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise Malformed("the range is empty")
        places = [placed.index for placed in self.recalled]
        if places != sorted(set(places)) or any(self.start <= place < self.end for place in places):
            raise Malformed("recalled: entries out of order, or in the range themselves")
        return self


@dataclass(frozen=True, slots=True)
class Digested:
    """A payload member's name, size in bytes and digests in hex."""

    name: str
    size: int
    sha256: str
    sha512: str


def digested(name: str, pieces: Iterable[bytes]) -> Digested:
    """Size and digests of a member."""
    size, sha256, sha512 = 0, hashlib.sha256(), hashlib.sha512()
    for piece in pieces:
        size += len(piece)
        sha256.update(piece)
        sha512.update(piece)
    return Digested(name, size, sha256.hexdigest(), sha512.hexdigest())


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a bundle states about its evidence, derived only from the evidence."""

    part: LogPart
    checkpoint: Checkpoint
    votes: Mapping[str, VoteState]
    others: tuple[str, ...]
    last: Entry
    trust: Trust
    as_of: AsOf
    bounds: Mapping[str, Mapping[int, Bounds]]
    """What is known of replies without trusting any authority: what compromised keys put in doubt."""
    observations: Observations = nothing_observed
    """What was observed in the messages that replies came in."""

    def payload(self) -> dict[str, bytes]:
        """The derived members of the payload, except the claims (:attr:`trust`)."""
        if self.part.first:
            return {RECORD: first_record(self.votes.values())}
        judged = ((state, self.bounds.get(symbol, {})) for symbol, state in self.votes.items())
        seen = self.observations
        records = (
            (record_of(state, bounds, leaving_out=BY_TIMESTAMPS, observations=seen), bounds) for state, bounds in judged
        )
        return {RECORD: record_bytes(records, self.as_of)}

    def tags(self, payload: Iterable[Digested], readme: bytes | None = None) -> dict[str, bytes]:
        """The tag files of the bag, given the digests of its whole payload in the order of names.

        ``readme`` is the existing README, if it need not be ours.
        """
        listed = list(payload)
        total = sum(each.size for each in listed)
        tags = {
            README: self.readme(total) if readme is None else readme,
            "bag-info.txt": (
                f"Bagging-Date: {format_instant(self.last.recorded_at)[:10]}\n"
                f"Bundle-Format: {self.part.format}\n"
                f"External-Identifier: {self.checkpoint.origin}, entries {self.part.start} to {self.part.end - 1}\n"
                f"Payload-Oxum: {total}.{len(listed)}\n"
            ).encode(),
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "manifest-sha256.txt": "".join(f"{each.sha256}  {each.name}\n" for each in listed).encode(),
            "manifest-sha512.txt": "".join(f"{each.sha512}  {each.name}\n" for each in listed).encode(),
        }
        lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(tags.items()))
        return {**tags, "tagmanifest-sha256.txt": "".join(lines).encode()}

    def readme(self, payload_bytes: int) -> bytes:
        """The README for a person without our software."""
        part, origin = self.part, self.checkpoint.origin
        if part.first:
            return first_readme(origin, part.start, part.end, self.votes.values(), self.others, payload_bytes)
        about = "\n".join(f"  {vote_line(state)}" for state in self.votes.values()) or "  none"
        disclosed = "".join(f"  {symbol}\n" for symbol in self.others)
        if disclosed:
            disclosed = f"\nIt also discloses entries of other votes, which are in the same range:\n{disclosed}"
        return inert(f"""EVIDENCE BUNDLE ({part.format})

Entries {part.start} to {part.end - 1} of the log {origin}, every one of them, with what is needed to check
them without a network, without the software that made this, and without trusting whoever handed it over.
{count(part.end - part.start, "entry", "entries")}, {payload_bytes:,} bytes.

This text is a help and not evidence: nothing checks what it says. What the bundle proves is what a program finds in
the files under data/. {self.as_of.said()}

Votes:
{about}
{disclosed}
data/entries.jsonl   the entries, one a line: signed envelopes (DSSE, Ed25519) around JSON
data/register.jsonl  entries before and after these that say whose keys are whose
data/checkpoint.txt  the log's size and root, signed by the log (C2SP checkpoint)
data/log.json        the hashes that tie the entries to the root (RFC 9162)
data/timestamps.jsonl  timestamps over checkpoints of the log (RFC 3161), with what was asked for
data/cosigned.jsonl  earlier checkpoints with the lines of witnesses (C2SP cosignatures)
data/files/          procedures, snapshots and papers, each named by its SHA-256
data/record.json     the record of each vote as ids and values, derived from the entries
data/claims.json     the log's name and keys, as this bundle claims them

With the program: inblue verify FILE, or inblue verify FILE --trust claims.json once you have the claims from
somebody you trust. Without it, in this folder:

  sha256sum --check --quiet manifest-sha256.txt
  sed -n 1p data/entries.jsonl | jq -r .payload | base64 -d | jq .

Signatures, checkpoint and hashes are checked with other people's tools as docs/verifying.md describes.

What it does not prove: that the keys are whose they claim to be; that nobody holding every key of the log has
rewritten it; and what the log had of these votes after the entry that is named above.
""").encode()


class BundleFiles:
    """The files of a bundle (:class:`..entries.files.Files`, for reading)."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def put(self, content: bytes) -> str:
        """Always refused: a bundle is read-only.

        Raises:
            Refused: always.
        """
        raise Refused(None, f"a bundle is not written to ({len(content)} bytes)")

    def get(self, sha256: str) -> bytes:
        """See :meth:`..entries.files.Files.get`."""
        name = f"{FOLDER}{FILE_PREFIX}{sha256}"
        if name not in self._container.members:
            raise NotFound(f"the file {sha256[:16]} is not in the bundle")
        content = self._container.read(name, limit=MAX_FILE_BYTES)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Broken(f"the file {sha256[:16]} has other bytes than its digest says")
        return content


def read_part(container: Container) -> LogPart:
    """A bundle's statement of its range, ``log.json``.

    Raises:
        Malformed: the zip lacks a member needed to read a bundle, or its ``log.json`` is not canonical.
    """
    names = {name.removeprefix(FOLDER) for name in container.members if name.startswith(FOLDER)}
    if missing := sorted({*EVIDENCE, *DERIVED_PAYLOAD, *TAGS} - names):
        raise Malformed(f"not a bundle: {missing[0]} is missing")
    raw = container.read(FOLDER + LOG_JSON, limit=_MAX_LOG_JSON)
    part = LogPart.read(raw, where=LOG_JSON, limit=_MAX_LOG_JSON)
    if canonical(parse_json(raw, limit=_MAX_LOG_JSON)) + b"\n" != raw:
        raise Malformed(f"{LOG_JSON}: not in its canonical form")
    return part


def entries_of(path: Path) -> tuple[int, list[bytes], list[tuple[int, bytes]]]:
    """Where a bundle's range starts, the entries in it, and those of the register outside it, each with its index.

    Nothing is verified.

    Raises:
        Malformed: not a bundle.
    """
    with Container.open(path) as container:
        part = read_part(container)
        entries, register = (
            list(container.lines(FOLDER + name, limit=MAX_ENTRY_BYTES)) for name in (ENTRIES, REGISTER)
        )
    return part.start, entries, list(zip((placed.index for placed in part.recalled), register, strict=False))
