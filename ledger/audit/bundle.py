"""The evidence bundle, ``inblue-bundle/1``: a range of the log with all that is needed to check it (docs/bundle.md).

A BagIt 1.0 bag (RFC 8493) in a zip of one form (:mod:`..evidence.container`)::

    inblue-bundle/
      README.txt  bagit.txt  bag-info.txt  manifest-sha256.txt  manifest-sha512.txt  tagmanifest-sha256.txt
      data/checkpoint.txt     the log's signed checkpoint
      data/claims.json        a trust file, as the bundle claims it
      data/cosigned.jsonl     earlier checkpoints that witnesses have cosigned, one a line
      data/entries.jsonl      every entry of the range, one envelope a line
      data/files/<sha256>     what the entries name by digest
      data/log.json           the range, and the hashes that tie it to the checkpoint
      data/record.json        the record of each vote that the bundle is about
      data/register.jsonl     the register's entries from before the range and from behind it
      data/timestamps.jsonl   timestamps over the log's checkpoints, one a line

Entries, checkpoint, hashes and files are evidence. Everything else is derived from them: it is derived again when the
bundle is verified, and compared byte for byte, so that nothing a person reads can say other than what was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...domain.canonical import Json, canonical, parse_json
from ...domain.errors import InblueError, MalformedError
from ...domain.instant import format_instant
from ...domain.model import Line, Model, SignedNote
from ...domain.state import VoteState
from ...domain.tally import tally
from ...domain.wording import count, words
from ..entries.entry import Entry, read_entry
from ..entries.files import MAX_FILE_BYTES
from ..errors import LedgerError, VerificationError
from ..evidence.container import Container
from ..evidence.trust import Trust
from ..log.log import Stamp
from ..projections.record import audit_json, record_of
from ..standards.checkpoint import Checkpoint
from ..standards.dsse import MAX_ENTRY_BYTES
from ..standards.merkle import leaf_hash, verify_consistency, verify_inclusion
from ..standards.note import MAX_NOTE_BYTES, decode_base64, encode_base64, split_note
from ..standards.timestamp import Authority
from .attestation_checks import check_cosigned, check_stamp, hear_witnesses, hold_against, signed_by_log
from .checks import CONTAINER, DERIVED, FILES, FOUNDED, LOG, STAMPS, WITNESS, Verification
from .entry_checks import STOPPED, EntryChecks

FOLDER = "inblue-bundle/"
ENTRIES = "data/entries.jsonl"
REGISTER = "data/register.jsonl"
CHECKPOINT = "data/checkpoint.txt"
LOG_JSON = "data/log.json"
TIMESTAMPS = "data/timestamps.jsonl"
COSIGNED = "data/cosigned.jsonl"
RECORD = "data/record.json"
CLAIMS = "data/claims.json"
FILE_PREFIX = "data/files/"
README = "README.txt"
EVIDENCE = (CHECKPOINT, COSIGNED, ENTRIES, LOG_JSON, REGISTER, TIMESTAMPS)
DERIVED_PAYLOAD = (CLAIMS, RECORD)
TAGS = (README, "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt")

_MAX_LOG_JSON = 8_000_000
_MAX_STAMP = 500_000
_MAX_COSIGNED = 500_000

Hash = Annotated[str, Field(min_length=44, max_length=44)]


class RecalledEntry(Model):
    """Where an entry of the register stands outside the range, and its inclusion proof under the checkpoint."""

    index: Annotated[int, Field(ge=0)]
    path: tuple[Hash, ...] = Field(max_length=64)


class Handover(Model):
    """Shows that the checkpoint which ``entry`` hands over is an earlier state of the log: a consistency proof."""

    entry: Annotated[int, Field(ge=0)]
    path: tuple[Hash, ...] = Field(max_length=128)


class LogPart(Model):
    """``log.json``: the entries ``start`` to ``end`` (exclusive), and what ties them to the checkpoint.

    ``before`` are the peaks of the tree of ``start`` entries; ``after`` the subtrees that follow the range, left to
    right. ``recalled`` places the lines of ``register.jsonl``, in the order of the log. ``handovers`` are for entries
    that carry a checkpoint whose size lies outside the range. ``votes`` are the symbols of the votes that the bundle is
    about; of a whole ledger, all of them.
    """

    format: Literal["inblue-bundle/1"] = "inblue-bundle/1"
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    before: tuple[Hash, ...] = Field(max_length=64)
    after: tuple[Hash, ...] = Field(max_length=64)
    recalled: tuple[RecalledEntry, ...] = Field(max_length=10_000)
    handovers: tuple[Handover, ...] = Field(max_length=1_000)
    votes: tuple[Line, ...]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise MalformedError("the range is empty")
        places = [placed.index for placed in self.recalled]
        if places != sorted(set(places)) or any(self.start <= place < self.end for place in places):
            raise MalformedError("recalled: entries out of order, or in the range themselves")
        return self


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
    """What a bundle says of its evidence, from the evidence alone."""

    part: LogPart
    checkpoint: Checkpoint
    votes: Mapping[str, VoteState]
    others: tuple[str, ...]
    last: Entry
    trust: Trust

    def payload(self) -> dict[str, bytes]:
        """The derived members of the payload."""
        record: dict[str, Json] = {
            "format": "inblue-audit/1",
            "votes": [audit_json(record_of(state)) for state in self.votes.values()],
        }
        return {CLAIMS: self.trust.canonical() + b"\n", RECORD: canonical(record) + b"\n"}

    def tags(self, payload: Iterable[Digested]) -> dict[str, bytes]:
        """The tag files of the bag, given the digests of its whole payload in the order of names."""
        listed = list(payload)
        oxum = f"{sum(each.size for each in listed)}.{len(listed)}"
        tags = {
            "README.txt": self.readme(sum(each.size for each in listed)).encode(),
            "bag-info.txt": (
                f"Bagging-Date: {format_instant(self.last.recorded_at)[:10]}\n"
                f"Bundle-Format: {self.part.format}\n"
                f"External-Identifier: {self.checkpoint.origin}, entries {self.part.start} to {self.part.end - 1}\n"
                f"Payload-Oxum: {oxum}\n"
            ).encode(),
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "manifest-sha256.txt": "".join(f"{each.sha256}  {each.name}\n" for each in listed).encode(),
            "manifest-sha512.txt": "".join(f"{each.sha512}  {each.name}\n" for each in listed).encode(),
        }
        lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(tags.items()))
        return {**tags, "tagmanifest-sha256.txt": "".join(lines).encode()}

    def readme(self, payload_bytes: int) -> str:
        """What a person needs who has none of our software."""
        part, checkpoint = self.part, self.checkpoint
        about = "\n".join(f"  {_vote_line(state)}" for state in self.votes.values()) or "  none"
        disclosed = ""
        if self.others:
            disclosed = "\nIt also discloses entries of other votes, which stand in the same range:\n" + "".join(
                f"  {symbol}\n" for symbol in self.others
            )
        return f"""EVIDENCE BUNDLE ({part.format})

Entries {part.start} to {part.end - 1} of the log {checkpoint.origin}, every one of them, with what is needed to check
them without a network, without the software that made this, and without trusting whoever handed it over.
{count(part.end - part.start, "entry", "entries")}, {payload_bytes:,} bytes.

Votes:
{about}
{disclosed}
data/entries.jsonl   the entries, one a line: signed envelopes (DSSE, Ed25519) around JSON
data/register.jsonl  entries before and behind these that say whose keys are whose
data/checkpoint.txt  the log's size and root, signed by the log (C2SP checkpoint)
data/log.json        the hashes that tie the entries to the root (RFC 9162)
data/timestamps.jsonl  timestamps over checkpoints of the log (RFC 3161), with what was asked for
data/cosigned.jsonl  earlier checkpoints with the lines of witnesses (C2SP cosignatures)
data/files/          procedures, snapshots and papers, each named by its SHA-256
data/record.json     the record of each vote, derived from the entries
data/claims.json     the log's name and keys, as this bundle claims them

With the program: inblue verify FILE, or inblue verify FILE --trust claims.json once you have the claims from
somebody you trust. Without it, in this folder:

  sha256sum --check --quiet manifest-sha256.txt
  sed -n 1p data/entries.jsonl | jq -r .payload | base64 -d | jq .

Signatures, checkpoint and hashes are checked with other people's tools as docs/verifying.md describes.

What it does not prove: that the keys are whose they claim to be; that the log holds nothing of these votes after
entry {part.end - 1}; that nobody holding every key of the log has rewritten it; and for each reply what record.json
says under "not_proved".
"""


class BundleFiles:
    """The files of a bundle (:class:`..entries.files.Files`, for reading)."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def put(self, content: bytes) -> str:
        """Nothing is added to a bundle.

        Raises:
            LedgerError: always.
        """
        raise LedgerError(f"a bundle is not written to ({len(content)} bytes)")

    def get(self, sha256: str) -> bytes:
        """See :meth:`..entries.files.Files.get`."""
        name = f"{FOLDER}{FILE_PREFIX}{sha256}"
        if name not in self._container.members:
            raise LedgerError(f"the file {sha256[:16]} is not in the bundle")
        content = self._container.read(name, limit=MAX_FILE_BYTES)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise VerificationError(f"the file {sha256[:16]} has other bytes than its digest says")
        return content


def verify_bundle(
    path: Path, trust: Trust | None = None, *, against: Callable[[EntryChecks, int], None] | None = None
) -> Verification:
    """Run every check over a bundle, with nothing but the bundle (and a trust file, if there is one).

    ``against`` is as in :func:`.whole_ledger.verify`.

    Raises:
        MalformedError: ``path`` is no bundle's zip, or lacks what a bundle needs to be read at all.
    """
    with Container.open(path) as container:
        return _Bundle(container).verify(trust, against)


def leaves_of(path: Path) -> tuple[int, list[bytes]]:
    """Where a bundle's range starts, and the leaf hash of each entry in it, for comparing. Nothing is verified.

    Raises:
        MalformedError: not a bundle.
    """
    with Container.open(path) as container:
        start = _Bundle(container).part.start
        return start, [leaf_hash(raw) for raw in container.lines(FOLDER + ENTRIES, limit=MAX_ENTRY_BYTES)]


class _Bundle:
    def __init__(self, container: Container) -> None:
        self.container = container
        names = {name.removeprefix(FOLDER) for name in container.members}
        if missing := sorted({*EVIDENCE, *DERIVED_PAYLOAD, *TAGS} - names):
            raise MalformedError(f"not a bundle: {missing[0]} is missing")
        raw = container.read(FOLDER + LOG_JSON, limit=_MAX_LOG_JSON)
        self.part = LogPart.read(raw, where=LOG_JSON, limit=_MAX_LOG_JSON)
        if canonical(parse_json(raw, limit=_MAX_LOG_JSON)) + b"\n" != raw:
            raise MalformedError(f"{LOG_JSON}: not in its canonical form")

    def verify(self, trust: Trust | None, against: Callable[[EntryChecks, int], None] | None) -> Verification:
        part = self.part
        authorities = trust.authorities if trust else ()
        checks = EntryChecks(
            BundleFiles(self.container), start=part.start, peaks=_hashes(part.before), authorities=authorities
        )
        last = self._read(checks)
        note = self.container.read(FOLDER + CHECKPOINT, limit=MAX_NOTE_BYTES)
        if checks.register.founded is None:
            checks.problem(FOUNDED, None, "the bundle does not hold the founding of the ledger")
        if checks.hopeless:
            checks.problem(LOG, None, STOPPED)
            return checks.found(None, trusted=trust is not None, bundle=True)
        checkpoint = signed_by_log(checks, note)
        if checkpoint is not None:
            self._against_checkpoint(checks, checkpoint)
        if checkpoint is not None:
            self._timestamps(checks, checkpoint)
            self._cosigned(checks, checkpoint)
            if any(name != checkpoint.origin for name, _, _ in split_note(note)[1]):
                checks.cosigned.append((checkpoint.size, note))
        self._members(checks)
        if checkpoint is not None and last is not None and not checks.problems:
            self._derived(checks, checkpoint, last)
        if trust is not None:
            hold_against(checks, checkpoint, trust)
        if trust is not None and trust.policy is not None:
            hear_witnesses(checks, trust.policy)
        if against is not None and checkpoint is not None:
            against(checks, checkpoint.size)
        return checks.found(checkpoint, trusted=trust is not None, bundle=True)

    def _read(self, checks: EntryChecks) -> Entry | None:
        """Check every entry in the order of the log; gives the last one of the range."""
        lines = self.container.lines(FOLDER + REGISTER, limit=MAX_ENTRY_BYTES)
        self.recalled: list[bytes] = []
        before, behind = (
            [placed.index for placed in self.part.recalled if (placed.index < self.part.start) == is_before]
            for is_before in (True, False)
        )
        self._recall(checks, before, lines)
        last = self._entries(checks)
        self._recall(checks, behind, lines)
        if next(lines, None) is not None or len(self.recalled) != len(self.part.recalled):
            checks.problem(CONTAINER, None, f"{REGISTER} does not hold the entries that {LOG_JSON} places")
        return last

    def _recall(self, checks: EntryChecks, places: Iterable[int], lines: Iterator[bytes]) -> None:
        for place, raw in zip(places, lines, strict=False):  # in this order: the other takes a line too many
            checks.recall(place, raw)
            self.recalled.append(leaf_hash(raw))

    def _entries(self, checks: EntryChecks) -> Entry | None:
        last: bytes | None = None
        for raw in self.container.lines(FOLDER + ENTRIES, limit=MAX_ENTRY_BYTES):
            if checks.size == self.part.end:
                checks.problem(CONTAINER, None, f"{ENTRIES} holds more entries than {LOG_JSON} says")
                break
            if checks.hopeless:
                return None
            checks.add(raw)
            last = raw
        try:
            return None if last is None else read_entry(last)
        except InblueError:
            return None

    def _against_checkpoint(self, checks: EntryChecks, checkpoint: Checkpoint) -> None:
        part = self.part
        if checks.size != part.end:
            what = f"the range is {part.start} to {part.end - 1}, and the entries end at {checks.size - 1}"
            checks.problem(LOG, checks.size, f"an entry is missing here: {what}")
            return
        try:
            rooted = checks.tree.root_with(checkpoint.size, _hashes(part.after))
        except MalformedError as error:
            checks.problem(LOG, None, str(error))
            return
        if rooted != checkpoint.root:
            checks.problem(LOG, None, "the entries, with the hashes beside them, do not give the root that was signed")
        for leaf, placed in zip(self.recalled, part.recalled, strict=False):
            path = _hashes(placed.path)
            if not verify_inclusion(leaf, placed.index, checkpoint.size, path, checkpoint.root):
                checks.problem(LOG, placed.index, "this entry of the register is not shown to stand in the log")
        if [entry for entry, _ in checks.handovers] != [shown.entry for shown in part.handovers]:
            checks.problem(LOG, None, f"{LOG_JSON} does not show that the checkpoints handed over are true")
            return
        for (entry, earlier), shown in zip(checks.handovers, part.handovers, strict=True):
            if not verify_consistency(
                earlier.size, checkpoint.size, earlier.root, checkpoint.root, _hashes(shown.path)
            ):
                checks.problem(LOG, entry, "the checkpoint that this entry hands over is no earlier state of the log")

    def _timestamps(self, checks: EntryChecks, checkpoint: Checkpoint) -> None:
        before = (0, "")
        self.claimed: list[Authority] = []
        for raw in self.container.lines(FOLDER + TIMESTAMPS, limit=_MAX_STAMP):
            try:
                line = StampLine.read(raw, where=TIMESTAMPS, limit=_MAX_STAMP)
                stamp = line.stamp()
                if line.canonical() != raw or (stamp.size, stamp.sha256) <= before:
                    raise MalformedError(
                        f"{TIMESTAMPS}: a line is not in its one form, or out of order, or there twice"
                    )
                path = _hashes(line.path)
            except MalformedError as error:
                checks.problem(STAMPS, None, str(error))
                return
            before = (stamp.size, stamp.sha256)
            self.claimed.append(line.authority)
            check_stamp(checks, stamp, partial(_is_earlier, checks, checkpoint, path))

    def _cosigned(self, checks: EntryChecks, checkpoint: Checkpoint) -> None:
        before = 0
        for raw in self.container.lines(FOLDER + COSIGNED, limit=_MAX_COSIGNED):
            try:
                line = CosignedLine.read(raw, where=COSIGNED, limit=_MAX_COSIGNED)
                if line.canonical() != raw or not before < line.size < checkpoint.size:
                    raise MalformedError(f"{COSIGNED}: a line is not in its one form, or out of order")
                path = _hashes(line.path)
            except MalformedError as error:
                checks.problem(WITNESS, None, str(error))
                return
            before = line.size
            check_cosigned(checks, line.size, line.note.encode(), partial(_is_earlier, checks, checkpoint, path))

    def _members(self, checks: EntryChecks) -> None:
        """Every member is one a bundle has; every file has its digest and is named by an entry."""
        known = {FOLDER + name for name in (*EVIDENCE, *DERIVED_PAYLOAD, *TAGS)}
        for name in self.container.members:
            if name in known:
                continue
            sha256 = name.removeprefix(FOLDER + FILE_PREFIX)
            if not name.startswith(FOLDER + FILE_PREFIX) or sha256 not in checks.cited:
                checks.problem(CONTAINER, None, f"{name} has no place in this bundle")
                continue
            try:
                checks.files.get(sha256)
            except InblueError as error:
                checks.problem(FILES, None, str(error))

    def _derived(self, checks: EntryChecks, checkpoint: Checkpoint, last: Entry) -> None:
        if self.part.votes != tuple(s for s in checks.votes if s in self.part.votes):
            checks.problem(DERIVED, None, f"{LOG_JSON} names votes that the entries do not hold, or in another order")
            return
        votes = {symbol: state for symbol in self.part.votes if (state := checks.votes[symbol]) is not None}
        if len(votes) != len(self.part.votes):
            checks.problem(DERIVED, None, f"{LOG_JSON} names a vote that begins before the range")
            return
        derivation = derive(self.part, checks, checkpoint, votes, last, self.claimed)
        if derivation is None:
            return
        try:
            payload = derivation.payload()
        except MalformedError as error:
            checks.problem(DERIVED, None, f"no record can be derived from the entries: {error}")
            return
        for name, content in payload.items():
            self._compare(checks, name, content)
        if checks.problems:  # the manifests follow from the payload
            return
        members = sorted(name for name in self.container.members if name.startswith(FOLDER + "data/"))
        listed = [digested(name.removeprefix(FOLDER), self.container.chunks(name)) for name in members]
        for name, content in derivation.tags(listed).items():
            self._compare(checks, name, content)

    def _compare(self, checks: EntryChecks, name: str, wanted: bytes) -> None:
        member = FOLDER + name
        same_size = self.container.members[member].size == len(wanted)  # else it is not even read
        if not same_size or self.container.read(member, limit=len(wanted)) != wanted:
            checks.problem(DERIVED, None, f"{name} is not what the entries give")


def derive(
    part: LogPart,
    checks: EntryChecks,
    checkpoint: Checkpoint,
    votes: Mapping[str, VoteState],
    last: Entry,
    authorities: Iterable[Authority],
) -> Derivation | None:
    """What a bundle says of checked entries; None if they do not hold the founding of a ledger."""
    founded = checks.register.founded
    if founded is None:
        return None
    others = tuple(symbol for symbol in checks.votes if symbol not in votes)
    claims = Trust(
        origin=founded.origin,
        log_key=checks.register.log_keys[-1],
        registrar=(founded.registrar.key,),
        authorities=tuple(
            authority for _, authority in sorted({each.canonical(): each for each in authorities}.items())
        ),
    )
    return Derivation(part, checkpoint, votes, others, last, claims)


def _is_earlier(checks: EntryChecks, checkpoint: Checkpoint, path: list[bytes], earlier: Checkpoint) -> bool:
    """Whether ``earlier`` is a state of the log before ``checkpoint``: by the range, or by the ``path`` where not."""
    held = checks.root_at(earlier.size)
    if held is not None:
        return held == earlier.root and not path
    return verify_consistency(earlier.size, checkpoint.size, earlier.root, checkpoint.root, path)


def _hashes(texts: Iterable[str]) -> list[bytes]:
    return [decode_base64(text, where=LOG_JSON) for text in texts]


def _vote_line(state: VoteState) -> str:
    counted = tally(state)
    counts = ", ".join(f"{words(name)} {number}" for name, number in counted.counts.items())
    label = {"simulated": "SIMULATED: ", "documented": "times as documented: ", "live": ""}[state.draft.act.times]
    return f"{state.symbol}: {label}{words(counted.outcome)} ({counts})"
