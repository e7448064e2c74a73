"""Verifying a bundle: every check, with nothing but the file (docs/bundle.md has its form)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from ...domain.errors import InblueError, MalformedError
from ...domain.state import VoteState
from ..entries.entry import Entry, read_entry
from ..evidence.attestations import COSIGNED, MAX_LINE, TIMESTAMPS, CosignedLine, StampLine
from ..evidence.bundle import (
    CHECKPOINT,
    DERIVED_PAYLOAD,
    ENTRIES,
    EVIDENCE,
    FILE_PREFIX,
    FOLDER,
    LOG_JSON,
    REGISTER,
    TAGS,
    BundleFiles,
    Derivation,
    LogPart,
    digested,
    read_part,
)
from ..evidence.container import Container
from ..evidence.trust import Trust
from ..standards.checkpoint import Checkpoint
from ..standards.dsse import MAX_ENTRY_BYTES
from ..standards.merkle import leaf_hash, verify_consistency, verify_inclusion
from ..standards.note import MAX_NOTE_BYTES, decode_base64, split_note
from ..standards.timestamp import Authority
from .attestation_checks import check_cosigned, check_stamp, hear_witnesses, hold_against, signed_by_log
from .checks import CONTAINER, DERIVED, FILES, FOUNDED, LOG, STAMPS, WITNESS, Verification
from .entry_checks import STOPPED, EntryChecks


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


class _Bundle:
    def __init__(self, container: Container) -> None:
        self.container = container
        self.part = read_part(container)

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
        for raw in self.container.lines(FOLDER + TIMESTAMPS, limit=MAX_LINE):
            try:
                line = StampLine.read(raw, where=TIMESTAMPS, limit=MAX_LINE)
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
        for raw in self.container.lines(FOLDER + COSIGNED, limit=MAX_LINE):
            try:
                line = CosignedLine.read(raw, where=COSIGNED, limit=MAX_LINE)
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
