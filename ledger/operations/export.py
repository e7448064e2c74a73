"""Writes bundles, of the whole ledger or of the range with one vote, and receipts."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.acts import VoteCast
from ...domain.errors import Refused
from ...domain.messages import INTAKE, MessageObserved
from ...domain.register_acts import REGISTRAR, RegisterStated, StreamStated
from ...domain.state import VoteState
from .. import durable
from ..audit.attestation_checks import signed_by_log
from ..audit.bundle import derive, verify_bundle
from ..audit.entry_checks import EntryChecks
from ..audit.message_checks import MessagesOf
from ..audit.shown_state import as_of
from ..edge.face import face
from ..entries.entry import REGISTER_STREAM, StoredEntry, entry_digest, read_entry
from ..entries.streams import vote_stream
from ..errors import Broken, Busy, NotFound, UnusableError
from ..evidence.attestations import COSIGNED, TIMESTAMPS, CosignedLine, StampLine
from ..evidence.bundle import (
    CHECKPOINT,
    CLAIMS,
    ENTRIES,
    FILE_PREFIX,
    FOLDER,
    LOG_JSON,
    REGISTER,
    Handover,
    LogPart,
    RecalledEntry,
    digested,
)
from ..evidence.container import write_container
from ..evidence.receipt import LogProof, Receipt
from ..log.log import Head, cosigned_head
from ..log.positions import index_of, position_of
from ..projections.as_of import AsOf
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.ed25519 import Signer
from ..standards.merkle import consistency_proof, inclusion_proof, range_proof
from ..standards.note import encode_base64

if TYPE_CHECKING:
    from ..ledger import Ledger

_PAGE = 500
_COPY = 1 << 16


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the entries from ``start`` to ``end``, the size in bytes, and the votes in it."""

    path: Path
    size: int
    start: int
    end: int
    about: tuple[str, ...]
    others: tuple[str, ...]
    as_of: AsOf


def state_acts(
    ledger: Ledger, vote: str, *, signer: Signer, office: str = REGISTRAR, include_open: bool = False
) -> None:
    """Record in the register how many acts a vote has, so that a bundle of it shows that none came later.

    Raises:
        Refused: not the registrar, others are recording in the vote, or it is not over and ``include_open`` is not set.
        NotFound: no such vote.
    """
    state = ledger.vote(vote)
    if _is_open(state) and not include_open:
        raise _not_over(vote)
    stated = StreamStated(stream=vote_stream(vote), acts=state.version)
    ledger.keep_register(RegisterStated(votes=(stated,)), signer=signer, office=office)


@face
def export(
    ledger: Ledger, path: Path | str, *, vote: str | None = None, include_open: bool = False, current: bool = False
) -> Exported:
    """Write a bundle of one vote, or of the whole ledger, and verify it before it is renamed into place.

    The same state of a ledger gives the same bytes. With ``current``, it must show the votes as of the checkpoint.

    >>> inblue.export(ledger, "vote.zip", vote="S/2026/0").about
    ('S/2026/0',)

    Raises:
        Refused: a vote in the range is not over, and ``include_open`` is not set.
        Refused: ``path`` exists.
        NotFound: no checkpoint, or no such vote.
        Busy: others have recorded since :func:`state_acts`.
        Broken: the ledger does not verify, or no space is left; nothing was written.
    """
    path = Path(path)
    if path.exists():
        raise Refused(None, f"{path}: something is there already; nothing was changed")
    head = ledger.log.head()
    if head is None:
        raise NotFound("the ledger has no checkpoint yet")
    size = open_checkpoint(head.note, *ledger.log_keys()).size
    start, end, recalled = _range(ledger, vote, size)
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".inblue-") as folder:
            of = ledger.votes() if vote is None else (vote,)
            draft = _Draft(ledger, Path(folder), cosigned_head(ledger.log, head), start, end, size, recalled, of)
            checks = draft.collect()
            checkpoint = signed_by_log(checks, head.note)
            problems = checks.result.problems
            if checkpoint is None or problems:
                fault = problems[0].text if problems else "its head is not signed"
                raise Broken(f"the ledger does not verify, and is not exported: {fault}; run inblue verify")
            about = {s: state for s, state in checks.votes.states.items() if state is not None and vote in {None, s}}
            others = tuple(symbol for symbol in checks.votes.states if symbol not in about)
            going_on = [s for s in checks.votes.states if _is_open(ledger.vote(s))]
            if going_on and not include_open:
                raise _not_over(going_on[0])
            written = draft.write(checks, checkpoint, about)
            verified = verify_bundle(written)
            if not verified.holds or verified.as_of is None:
                raise Broken(f"the bundle would not verify: {verified.problems[0].text}")
            if current and not verified.current:
                raise Busy("others have recorded at the same time; nothing was written. Export again")
            try:
                durable.link(written, path)
            except FileExistsError:
                raise Refused(None, f"{path}: something is there already; nothing was changed") from None
            return Exported(path, path.stat().st_size, start, end, tuple(about), others, verified.as_of)
    except OSError as error:
        raise UnusableError(f"{path}: cannot be written: {error.strerror}") from None


@face
def issue_receipt(ledger: Ledger, draft: str, member: str, reply: int = 1) -> Receipt:
    """The receipt of a member's reply, under the log's latest checkpoint.

    >>> inblue.issue_receipt(ledger, "S/2026/0", "COL").member
    'COL'

    Raises:
        NotFound: no such reply.
    """
    found = next((r for r in ledger.vote(draft).replies if (r.member, r.ordinal) == (member, reply)), None)
    head = ledger.log.head()
    if found is None or head is None:
        raise NotFound(f"no reply {reply} of {member} to {draft} is on record")
    stream, act = vote_stream(draft), found.entered.number
    index, raw = _place(ledger, head, stream, act + 1)
    path = tuple(inclusion_proof(index, head.size, ledger.log.node))
    note = cosigned_head(ledger.log, head)
    stamps = tuple(StampLine.of_stamp(stamp, ()) for stamp in ledger.log.stamps(head.size))
    proof = LogProof(index, path, note).text()
    return Receipt(
        stream=stream,
        act=act,
        digest=entry_digest(raw),
        member=member,
        entry=raw.decode(),
        proof=proof,
        timestamps=stamps,
    )


def _range(ledger: Ledger, vote: str | None, size: int) -> tuple[int, int, list[tuple[int, bytes]]]:
    """The range with a vote, and the register's entries outside it, by index."""
    if vote is None:
        return 0, size, []
    head = ledger.log.head()
    places = [index for index, _ in placed_entries(ledger, head, vote_stream(vote), size)]
    if not places:
        raise NotFound(f"no vote on {vote!r} is on record")
    first, last = places[0], places[-1]
    outside = [*placed_entries(ledger, head, REGISTER_STREAM, size), *_named_messages(ledger, vote, size)]
    return first, last + 1, sorted((index, raw) for index, raw in outside if not first <= index <= last)


def _named_messages(ledger: Ledger, vote: str, size: int) -> Iterator[tuple[int, bytes]]:
    """The entries of the messages with a vote's replies, and of observations on them, with indices."""
    replies = (each.act for each in ledger.acts(vote) if isinstance(each.act, VoteCast))
    named = {act.message.received for act in replies if act.message is not None}
    if named and (head := ledger.log.head()) is not None:
        for index, raw in placed_entries(ledger, head, INTAKE, size):
            entry = read_entry(raw)
            if (entry.act.message if isinstance(entry.act, MessageObserved) else entry.index) in named:
                yield index, raw


def placed_entries(ledger: Ledger, head: Head | None, stream: str, size: int) -> Iterator[tuple[int, bytes]]:
    """The entries of a stream among the first ``size`` of the log, each with its index."""
    for row in ledger.streams.stream(stream):
        position = ledger.streams.position(stream, row.originator_version)
        if head is None or position > head.position:
            return
        index = index_of(ledger.log, head, position, row.envelope)
        if index < size:
            yield index, row.envelope


def _entries(ledger: Ledger, after: int) -> Iterator[StoredEntry]:
    while page := ledger.streams.page(after, _PAGE):
        yield from page
        after = page[-1].cursor


def _place(ledger: Ledger, head: Head, stream: str, version: int) -> tuple[int, bytes]:
    """The index of an entry in the log, and its bytes."""
    position = ledger.streams.position(stream, version)
    row = next(iter(ledger.streams.stream(stream, after=version - 1)))
    return index_of(ledger.log, head, position, row.envelope), row.envelope


def _not_over(symbol: str) -> Refused:
    what = f"the vote on {symbol} is not over, and would be disclosed; --include-open allows it"
    return Refused(None, what)


def _is_open(state: VoteState) -> bool:
    return state.ended is None


@dataclass
class _Draft:
    ledger: Ledger
    folder: Path
    note: bytes
    start: int
    end: int
    size: int
    recalled: list[tuple[int, bytes]]
    about: Collection[str] = ()

    def collect(self) -> EntryChecks:
        """Run the checks over the range, and write its entries as they will be in the bundle."""
        log = self.ledger.log
        before, self.after = range_proof(self.start, self.end, self.size, log.node)
        self.before = before
        checks = EntryChecks.over(
            self.ledger.files, start=self.start, peaks=before, messages=MessagesOf.SOME_VOTES, about=self.about
        )
        for index, raw in self.recalled:
            if index < self.start:
                checks.recall(index, raw)
        self.entries = self.folder / "entries"
        head = log.head()
        before_it = position_of(self.ledger.streams, log, head, self.start - 1) if head else 0
        self.last = b""
        with self.entries.open("wb") as out:
            for stored in islice(_entries(self.ledger, before_it), self.end - self.start):
                checks.add(stored.envelope, stored)
                out.write(stored.envelope + b"\n")
                self.last = stored.envelope
        for index, raw in self.recalled:
            if index >= self.end:
                checks.recall(index, raw)
        return checks

    def write(self, checks: EntryChecks, checkpoint: Checkpoint, about: dict[str, VoteState]) -> Path:
        """Write the zip; return its path in the draft's folder."""
        log = self.ledger.log
        part = LogPart(
            start=self.start,
            end=self.end,
            before=tuple(encode_base64(each) for each in self.before),
            after=tuple(encode_base64(each) for each in self.after),
            recalled=tuple(
                RecalledEntry(
                    index=index,
                    path=tuple(encode_base64(each) for each in inclusion_proof(index, self.size, log.node)),
                )
                for index, _ in self.recalled
            ),
            handovers=tuple(
                Handover(
                    entry=entry,
                    path=tuple(encode_base64(each) for each in consistency_proof(earlier.size, self.size, log.node)),
                )
                for entry, earlier in checks.register.handovers
            ),
            votes=tuple(about),
        )
        stamps = self._stamps(checks)
        claimed = [line.authority for line in stamps]
        last = read_entry(self.last)
        derivation = derive(part, checks, checkpoint, about, last, claimed, as_of(checks, checkpoint.size, last, about))
        if derivation is None:
            raise Broken("the ledger was never founded")
        small = {
            LOG_JSON: part.canonical() + b"\n",
            CHECKPOINT: self.note,
            REGISTER: b"".join(raw + b"\n" for _, raw in self.recalled),
            TIMESTAMPS: b"".join(line.canonical() + b"\n" for line in stamps),
            COSIGNED: b"".join(line.canonical() + b"\n" for line in self._cosigned(checks)),
            CLAIMS: derivation.trust.raw + b"\n",
            **derivation.payload(),
        }
        payload = sorted([*small, ENTRIES, *(FILE_PREFIX + sha256 for sha256 in checks.files.cited)])
        tags = derivation.tags([digested(name, self._pieces(name, small)) for name in payload])
        small |= tags
        target = self.folder / "bundle.zip"
        with target.open("w+b") as out:
            names = sorted([*payload, *tags])
            write_container(out, ((FOLDER + name, self._pieces(name, small)) for name in names))
        return target

    def _stamps(self, checks: EntryChecks) -> list[StampLine]:
        """The timestamps that bear on the range: over a state within it, named in it, or the first after it."""
        lines: list[StampLine] = []
        behind: set[str] = set()
        for stamp in self.ledger.log.stamps():
            first_behind = stamp.size > self.end and stamp.authority not in behind
            if stamp.size > self.size or not (
                self.start < stamp.size <= self.end or first_behind or stamp.sha256 in checks.proofs.named
            ):
                continue
            if first_behind:
                behind.add(stamp.authority)
            checks.proofs.stamped(stamp, stamp.size)
            lines.append(StampLine.of_stamp(stamp, self._path(checks, stamp.size)))
        return sorted(lines, key=lambda line: (line.size, line.stamp().sha256))

    def _cosigned(self, checks: EntryChecks) -> Iterator[CosignedLine]:
        """The cosigned checkpoints of the range, and the last one after it; the head's lines are in its own note."""
        earlier = [(size, note) for size, note in self.ledger.log.cosigned(after=self.start) if size < self.size]
        for number, (size, note) in enumerate(earlier, start=1):
            if size <= self.end or number == len(earlier):
                path = tuple(encode_base64(each) for each in self._path(checks, size))
                yield CosignedLine(note=note.decode(), path=path, size=size)

    def _path(self, checks: EntryChecks, size: int) -> list[bytes]:
        """The proof that the log of ``size`` entries is an earlier state, unless the range itself shows it."""
        shown = checks.roots.root_at(size) is not None
        return [] if shown else list(consistency_proof(size, self.size, self.ledger.log.node))

    def _pieces(self, name: str, small: dict[str, bytes]) -> Iterator[bytes]:
        if name in small:
            yield small[name]
        elif name == ENTRIES:
            with self.entries.open("rb") as source:
                while piece := source.read(_COPY):
                    yield piece
        else:
            yield self.ledger.files.get(name.removeprefix(FILE_PREFIX))
