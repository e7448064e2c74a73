"""Verifies a bundle: every check, using only the file (docs/bundle.md describes the format)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...domain.canonical import parse_json, reencode
from ...domain.errors import InblueError, Malformed
from ...domain.messages import INTAKE, MessageObserved
from ...domain.phrase import Said
from ...domain.state import VoteState
from ..edge.face import face
from ..entries.entry import REGISTER_STREAM, Entry, read_entry
from ..evidence.attestations import COSIGNED, MAX_LINE, TIMESTAMPS, cosigned_lines, stamp_lines
from ..evidence.bundle import (
    CHECKPOINT,
    CLAIMS,
    DERIVED_PAYLOAD,
    ENTRIES,
    EVIDENCE,
    FILE_PREFIX,
    FOLDER,
    LOG_JSON,
    MAX_README,
    README,
    RECORD,
    REGISTER,
    TAGS,
    BundleFiles,
    Derivation,
    LogPart,
    digested,
    read_part,
)
from ..evidence.container import Container
from ..evidence.trust import MAX_TRUST_BYTES, Trust
from ..projections.as_of import AsOf
from ..projections.record_facts import DERIVATION
from ..standards.checkpoint import Checkpoint
from ..standards.dsse import MAX_ENTRY_BYTES
from ..standards.merkle import leaf_hash, verify_consistency, verify_inclusion
from ..standards.note import MAX_NOTE_BYTES, decode_base64
from ..standards.timestamp import Authority
from .attestation_checks import Cosigned, Stamped, signed_by_log
from .checks import CONTAINER, DERIVED, FILES, FOUNDED, LOG
from .entry_checks import EntryChecks
from .finish import Against, Finish, Reader
from .message_checks import MessagesOf
from .result import Verification
from .shown_state import as_of

_MAX_RECORD = 64_000_000


@face
def verify_bundle(path: Path | str, trust: Trust | None = None, *, against: Against | None = None) -> Verification:
    """Run every check over a bundle, using only the bundle (and a trust file, if given).

    ``against`` is as in :func:`.whole_ledger.verify`.

    >>> bundle = inblue.export(ledger, "vote.zip", vote="S/2026/0").path
    >>> inblue.verify_bundle(bundle).holds
    True

    Raises:
        Malformed: ``path`` is not a bundle's zip, or lacks a member that is needed to read it.
    """
    with Container.open(Path(path)) as container:
        return _Bundle(container).verify(Reader(trust, against))


class _Bundle:
    def __init__(self, container: Container) -> None:
        self.container = container
        self.part = read_part(container)
        self.claimed: list[Authority] = []
        self.messages: list[tuple[int, int]] = []
        """The entries of messages outside the range: the index in the log, and the number in their stream."""

    def verify(self, reader: Reader) -> Verification:
        part, trusted = self.part, reader.knows_keys
        checks = EntryChecks.over(
            BundleFiles(self.container),
            start=part.start,
            peaks=_hashes(part.before),
            trust=reader.trust,
            places=reader.places,
            messages=MessagesOf.SOME_VOTES,
            about=part.votes,
        )
        result, finish = checks.result, Finish(checks, reader, of_bundle=True)
        last = self._read(checks)
        note = self.container.read(FOLDER + CHECKPOINT, limit=MAX_NOTE_BYTES)
        if checks.register.state.founded is None:
            result.problem(FOUNDED, None, "the bundle does not hold the founding of the ledger")
        if result.hopeless:
            result.stop()
            return finish.stopped(trusted=trusted)
        checkpoint = signed_by_log(checks, note)
        if checkpoint is not None:
            self._against_checkpoint(checks, checkpoint)
            finish.attested(self._timestamps(checks, checkpoint), self._cosigned(checks, checkpoint))
            finish.witnessed_head(checkpoint, note)
        self._members(checks)
        votes = self._votes(checks)
        state = as_of(checks, checkpoint.size, last, votes) if checkpoint is not None and last is not None else None
        if checkpoint is not None and last is not None and state is not None and result.holds:
            self._derived(checks, checkpoint, last, votes, state)
        checks.messages.hold_observations()
        found = finish.finished(checkpoint, checkpoint.size if checkpoint else None)
        aside = tuple(name for name in checks.votes.states if name not in votes)
        return replace(found, as_of=state, states=votes, votes=len(votes), aside=aside)

    def _votes(self, checks: EntryChecks) -> Mapping[str, VoteState]:
        """The votes with verdicts, as far as they can be read: those that the bundle is about.

        Entries of other votes may be shown too, perhaps not all. A bundle of the first format does not say which votes
        it gives verdicts on.
        """
        whole = checks.votes.states.whole()
        return whole if self.part.first else {symbol: whole[symbol] for symbol in self.part.votes if symbol in whole}

    def _read(self, checks: EntryChecks) -> Entry | None:
        """Check every entry in the order of the log; return the last one of the range."""
        lines = self.container.lines(FOLDER + REGISTER, limit=MAX_ENTRY_BYTES)
        self.recalled: list[bytes] = []
        before, behind = (
            [placed.index for placed in self.part.recalled if (placed.index < self.part.start) == is_before]
            for is_before in (True, False)
        )
        self._recall(checks, before, lines)
        last = self._entries(checks)
        self._recall(checks, behind, lines)
        for place, number in self.messages:
            if number not in checks.messages.used:
                what = f"{REGISTER} holds the entry of a message that no reply of these votes names"
                checks.result.problem(CONTAINER, place, what)
        if next(lines, None) is not None or len(self.recalled) != len(self.part.recalled):
            checks.result.problem(CONTAINER, None, f"{REGISTER} does not hold the entries that {LOG_JSON} places")
        return last

    def _recall(self, checks: EntryChecks, places: Iterable[int], lines: Iterator[bytes]) -> None:
        for place, raw in zip(places, lines, strict=False):  # in this order: the other order reads one line too many
            signed = checks.recall(place, raw)
            entry = read_entry(raw) if signed else None
            if entry is not None and entry.stream == INTAKE:
                about = entry.act.message if isinstance(entry.act, MessageObserved) else entry.index
                self.messages.append((place, about))
            elif entry is not None and entry.stream != REGISTER_STREAM:
                checks.result.problem(CONTAINER, place, f"{REGISTER} holds an entry that is not one of the register")
            self.recalled.append(leaf_hash(raw))

    def _entries(self, checks: EntryChecks) -> Entry | None:
        last: bytes | None = None
        for raw in self.container.lines(FOLDER + ENTRIES, limit=MAX_ENTRY_BYTES):
            if checks.size == self.part.end:
                checks.result.problem(CONTAINER, None, f"{ENTRIES} holds more entries than {LOG_JSON} says")
                break
            if checks.result.hopeless:
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
            checks.result.problem(LOG, checks.size, f"an entry is missing here: {what}")
            return
        try:
            rooted = checks.tree.root_with(checkpoint.size, _hashes(part.after))
        except Malformed as error:
            checks.result.problem(LOG, None, str(error))
            return
        if rooted != checkpoint.root:
            checks.result.problem(
                LOG, None, "the entries, with the hashes beside them, do not give the root that was signed"
            )
        for leaf, placed in zip(self.recalled, part.recalled, strict=False):
            path = _hashes(placed.path)
            if not verify_inclusion(leaf, placed.index, checkpoint.size, path, checkpoint.root):
                checks.result.problem(LOG, placed.index, "no proof shows that this entry of the register is in the log")
        if [entry for entry, _ in checks.register.handovers] != [shown.entry for shown in part.handovers]:
            checks.result.problem(LOG, None, f"{LOG_JSON} does not show that the checkpoints handed over are true")
            return
        for (entry, earlier), shown in zip(checks.register.handovers, part.handovers, strict=True):
            if not verify_consistency(
                earlier.size, checkpoint.size, earlier.root, checkpoint.root, _hashes(shown.path)
            ):
                checks.result.problem(
                    LOG, entry, "the checkpoint that this entry hands over is no earlier state of the log"
                )

    def _timestamps(self, checks: EntryChecks, checkpoint: Checkpoint) -> Iterator[Stamped]:
        for line in stamp_lines(self.container.lines(FOLDER + TIMESTAMPS, limit=MAX_LINE), with_paths=True):
            path = _hashes(line.path)
            self.claimed.append(line.authority)
            yield Stamped(line.stamp(), partial(_is_earlier, checks, checkpoint, path))

    def _cosigned(self, checks: EntryChecks, checkpoint: Checkpoint) -> Iterator[Cosigned]:
        lines = self.container.lines(FOLDER + COSIGNED, limit=MAX_LINE)
        for line in cosigned_lines(lines, with_paths=True, below=checkpoint.size):
            is_earlier = partial(_is_earlier, checks, checkpoint, _hashes(line.path))
            yield Cosigned(line.size, line.note.encode(), is_earlier)

    def _members(self, checks: EntryChecks) -> None:
        """Check that a bundle may have every member; every file matches its digest and is named by an entry."""
        known = {FOLDER + name for name in (*EVIDENCE, *DERIVED_PAYLOAD, *TAGS)}
        for name in self.container.members:
            if name in known:
                continue
            sha256 = name.removeprefix(FOLDER + FILE_PREFIX)
            if not name.startswith(FOLDER + FILE_PREFIX) or sha256 not in checks.files.cited:
                checks.result.problem(CONTAINER, None, f"{name} has no place in this bundle")
                continue
            try:
                checks.files.store.get(sha256)
            except InblueError as error:
                checks.result.problem(FILES, None, str(error))

    def _derived(
        self, checks: EntryChecks, checkpoint: Checkpoint, last: Entry, votes: Mapping[str, VoteState], state: AsOf
    ) -> None:
        if self.part.votes != tuple(s for s in checks.votes.states if s in self.part.votes):
            checks.result.problem(
                DERIVED, None, f"{LOG_JSON} names votes that the entries do not hold, or in another order"
            )
            return
        about = {symbol: votes[symbol] for symbol in self.part.votes if symbol in votes}
        if len(about) != len(self.part.votes):
            checks.result.problem(DERIVED, None, f"{LOG_JSON} names a vote that begins before the range")
            return
        derivation = derive(self.part, checks, checkpoint, about, last, self.claimed, state)
        if derivation is None:
            return
        try:
            payload = derivation.payload()
        except Malformed as error:
            checks.result.problem(DERIVED, None, f"no record can be derived from the entries: {error}")
            return
        self._compare_claims(checks, derivation.trust)
        for name, content in payload.items():
            self._compare(checks, name, content)
        if not checks.result.holds:  # the manifests follow from the payload
            return
        members = sorted(name for name in self.container.members if name.startswith(FOLDER + "data/"))
        listed = [digested(name.removeprefix(FOLDER), self.container.chunks(name)) for name in members]
        readme = None if self.part.first else self._readme(checks)
        for name, content in derivation.tags(listed, readme).items():
            self._compare(checks, name, content)

    def _other_derivation(self) -> int | None:
        """The version of the record's derivation, if it is a later one, with rules not known here."""
        size = self.container.members[FOLDER + RECORD].size
        if self.part.first or size > _MAX_RECORD:
            return None
        raw = self.container.read(FOLDER + RECORD, limit=_MAX_RECORD)
        try:
            value = parse_json(raw, limit=_MAX_RECORD)
        except Malformed:
            return None
        if not isinstance(value, dict) or reencode(value) + b"\n" != raw:
            return None
        named, number = value.get("format"), value.get("derivation")
        is_record = isinstance(named, str) and named.startswith("inblue-record/")
        return number if is_record and type(number) is int and number not in {0, DERIVATION} else None

    def _readme(self, checks: EntryChecks) -> bytes:
        """The README: any text, which the manifests must match."""
        try:
            raw = self.container.read(FOLDER + README, limit=MAX_README)
            raw.decode()
        except (Malformed, UnicodeDecodeError):
            checks.result.problem(DERIVED, None, f"{README} is not a text of at most {MAX_README:,} bytes (UTF-8)")
            return b""
        return raw

    def _compare_claims(self, checks: EntryChecks, wanted: Trust) -> None:
        """Compare contents, not bytes: a trust file may have fields and a version unknown to the writer."""
        try:
            raw = self.container.read(FOLDER + CLAIMS, limit=MAX_TRUST_BYTES)
            claims = Trust.read(raw, where=CLAIMS).model_copy(update={"format": wanted.format})
            same = claims == wanted and reencode(parse_json(raw)) + b"\n" == raw
        except Malformed:
            same = False
        if not same:
            checks.result.problem(DERIVED, None, f"{CLAIMS} is not what the entries give")

    def _compare(self, checks: EntryChecks, name: str, wanted: bytes) -> None:
        member = FOLDER + name
        same_size = self.container.members[member].size == len(wanted)  # otherwise it is not even read
        if same_size and self.container.read(member, limit=len(wanted)) == wanted:
            return
        if name != RECORD or (other := self._other_derivation()) is None:
            checks.result.problem(DERIVED, None, f"{name} is not what the entries give")
            return
        text = Said.of(
            "{name} was not compared: it is of derivation {number}, which this version does not know. What is said "
            "here is derived from the entries.",
            name=RECORD,
            number=other,
        )
        checks.result.not_checked(text)


def derive(
    part: LogPart,
    checks: EntryChecks,
    checkpoint: Checkpoint,
    votes: Mapping[str, VoteState],
    last: Entry,
    authorities: Iterable[Authority],
    state: AsOf,
) -> Derivation | None:
    """What a bundle claims, from checked entries; None if they do not include the founding of a ledger."""
    founded = checks.register.state.founded
    if founded is None:
        return None
    others = tuple(symbol for symbol in checks.votes.states if symbol not in votes)
    claims = Trust(
        origin=founded.origin,
        log_key=checks.register.state.log_keys[-1],
        registrar=(founded.registrar.key,),
        authorities=tuple(
            authority for _, authority in sorted({each.canonical(): each for each in authorities}.items())
        ),
    )
    register = checks.register.state
    bounds = checks.proofs.without_authorities().bounds(register.revoked, disowned=register.clocks_disowned)
    return Derivation(part, checkpoint, votes, others, last, claims, state, bounds, checks.messages.observed)


def _is_earlier(checks: EntryChecks, checkpoint: Checkpoint, path: list[bytes], earlier: Checkpoint) -> bool:
    """Whether ``earlier`` is a state of the log before ``checkpoint``: by the range if it can, else by ``path``."""
    held = checks.roots.root_at(earlier.size)
    if held is not None:
        return held == earlier.root and not path
    return verify_consistency(earlier.size, checkpoint.size, earlier.root, checkpoint.root, path)


def _hashes(texts: Iterable[str]) -> list[bytes]:
    return [decode_base64(text, where=LOG_JSON) for text in texts]
