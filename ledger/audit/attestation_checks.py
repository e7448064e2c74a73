"""Checks 13, 14 and 16: what the reader already knows, timestamps, and the cosignatures of witnesses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias, TypeVar

from ...domain.errors import InblueError, Malformed
from ...domain.phrase import Said
from ..evidence.container import UnendedError
from ..evidence.trust import Trust
from ..log.log import Stamp
from ..standards.checkpoint import Checkpoint
from ..standards.cosignature import cosigners
from ..standards.note import NoteKey, split_note
from ..standards.witness_policy import parse_policy
from .checks import LOG, STAMPS, TRUST, WITNESS
from .entry_checks import EntryChecks
from .result import Witnessed

IsEarlier: TypeAlias = Callable[[Checkpoint], bool]
"""Tells whether a checkpoint is an earlier state of the log; if None, the entries at hand decide it."""

T = TypeVar("T")

_YEAR_9999 = 253_370_764_800


class Stamped(NamedTuple):
    """A timestamp supplied with the log, and what shows that it is over an earlier state of the log."""

    stamp: Stamp
    is_earlier: IsEarlier | None = None


class Cosigned(NamedTuple):
    """A checkpoint of ``size`` with witnesses' lines, and what shows that it is an earlier state of the log."""

    size: int
    note: bytes
    is_earlier: IsEarlier | None = None


class Attestations:
    """The evidence of third parties: checks 14 and 16, after the entries were read.

    ``witnesses`` are those of the reader's policy that cosigned, ``witnessed_size`` how many entries enough of them
    cosigned; ``heard`` is whether a policy said who counts.
    """

    def __init__(self, checks: EntryChecks) -> None:
        self.witnesses: tuple[Witnessed, ...] = ()
        self.witnessed_size = 0
        self.heard = False
        self._checks = checks
        self._cosigned: list[tuple[int, bytes]] = []

    @property
    def cosigned(self) -> tuple[tuple[int, bytes], ...]:
        """The valid checkpoints with witnesses' lines, and their sizes."""
        return tuple(self._cosigned)

    def stamps(self, handed_over: Iterable[Stamped]) -> None:
        """Check 14 for each timestamp. A line that cannot be read (``Malformed``) ends the check, and is a problem."""
        for stamp, is_earlier in self._readable(handed_over, STAMPS):
            stamped = self._opened(stamp.note, STAMPS, "timestamped")
            if stamped is None:
                continue
            if len(split_note(stamp.note)[1]) != 1:
                what = "has further signature lines; what is timestamped has the log's and no other"
                self._checks.result.problem(STAMPS, None, f"the timestamped checkpoint of size {stamp.size} {what}")
                continue
            if stamped.size != stamp.size or not self._holds(stamped, is_earlier):
                what = f"the timestamped checkpoint of size {stamp.size} is no state of this log"
                self._checks.result.problem(STAMPS, None, what)
                continue
            self._checks.proofs.stamped(stamp, stamped.size)

    def cosignatures(self, handed_over: Iterable[Cosigned]) -> None:
        """Check 16 for each checkpoint; :meth:`hear` finds whose lines they are. Unreadable lines as above."""
        for size, note, is_earlier in self._readable(handed_over, WITNESS):
            cosigned = self._opened(note, WITNESS, "cosigned")
            if cosigned is None:
                continue
            if cosigned.size != size or not self._holds(cosigned, is_earlier):
                what = f"the cosigned checkpoint of size {size} is no state of this log"
                self._checks.result.problem(WITNESS, None, what)
                continue
            self.known_cosigned(size, note)

    def known_cosigned(self, size: int, note: bytes) -> None:
        """A checkpoint with witnesses' lines that is already known to be a state of the log."""
        self._cosigned.append((size, note))

    def hear(self, text: str) -> None:
        """Check 16 for the witnesses' lines: which witnesses of the policy ``text`` cosigned, and up to which size."""
        policy, result = parse_policy(text), self._checks.result
        terms = {str(term.key) for term in self._checks.register.log_keys.terms}
        if policy.logs and terms.isdisjoint(str(key) for key in policy.logs):
            result.problem(TRUST, None, "the policy does not name this log's key")
            return
        register = self._checks.register
        own = {*register.publics.values(), *(_public(term.key) for term in register.log_keys.terms)}
        for witness in policy.witnesses:
            if _public(witness.key) in own:
                what = "a key of the log itself, or one that acts for somebody in it"
                result.problem(TRUST, None, f"the policy names as the witness {witness.name} {what}")
                return
        named = {witness.key: witness.name for witness in policy.witnesses}
        latest: dict[str, Witnessed] = {}
        for size, note in sorted(self._cosigned):
            try:
                times = cosigners(note, named)
            except InblueError as error:
                result.problem(WITNESS, None, f"at size {size}: {error}")
                continue
            for key, at in times.items():
                latest[named[key]] = Witnessed(named[key], size, _calendar(at))
            if policy.quorum is not None and policy.met([named[key] for key in times]):
                self.witnessed_size = size
        self.witnesses = tuple(latest[witness.name] for witness in policy.witnesses if witness.name in latest)
        self.heard = True

    def _readable(self, handed_over: Iterable[T], check: int) -> Iterator[T]:
        try:
            yield from handed_over
        except UnendedError:
            raise
        except Malformed as error:
            self._checks.result.problem(check, None, str(error))

    def _opened(self, note: bytes, check: int, what: str) -> Checkpoint | None:
        try:
            return self._checks.register.log_keys.open(note)
        except InblueError as error:
            self._checks.result.problem(check, None, f"what was {what} is no checkpoint of this log: {error}")
            return None

    def _holds(self, earlier: Checkpoint, is_earlier: IsEarlier | None) -> bool:
        return is_earlier(earlier) if is_earlier else self._checks.roots.root_at(earlier.size) == earlier.root


def _public(key: NoteKey) -> bytes | None:
    """The public key without the name: its holder can also sign under another name."""
    public = getattr(key, "public", None)
    return public if isinstance(public, bytes) else None


def _calendar(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _YEAR_9999 else None


def check_trust(checks: EntryChecks, checkpoint: Checkpoint | None, trust: Trust) -> None:
    """Check 13: compare the log with what the reader knows."""
    founded = checks.register.state.founded
    if founded is None or checkpoint is None:
        return
    if trust.origin is not None and trust.origin != founded.origin:
        checks.result.problem(TRUST, None, f"this is the log {founded.origin}, not {trust.origin}")
    if trust.log_key is not None:
        _check_trusted_key(checks, trust.log_key)
    if trust.registrar and founded.registrar.key not in trust.registrar:
        checks.result.problem(TRUST, None, "the key that founded the ledger is not one the trust file names")
    for note in trust.checkpoints:
        _check_trusted_checkpoint(checks, checkpoint, note)


def _check_trusted_key(checks: EntryChecks, vkey: str) -> None:
    terms = checks.register.log_keys.terms
    known = next((number for number, term in enumerate(terms) if str(term.key) == vkey), None)
    if known is None:
        checks.result.problem(TRUST, None, "the log never had the key that the trust file names")
        return
    for term in terms[known + 1 :]:
        if not term.handed_over:
            what = "this entry gives the log another key, which the one of the trust file does not vouch for"
            checks.result.problem(TRUST, term.entry, what)
            return


def _check_trusted_checkpoint(checks: EntryChecks, checkpoint: Checkpoint, note: str) -> None:
    known = signed_by_log(checks, note.encode(), check=TRUST)
    if known is None:
        return
    checks.result.known(known.size)
    held = checkpoint.root if known.size == checkpoint.size else checks.roots.root_at(known.size)
    covered = max(checks.size, checkpoint.size)
    if held is None and known.size > covered:
        what = f"the log had {known.size} entries already; this is a state of {covered}"
        checks.result.problem(TRUST, None, what)
    elif held is None:
        text = Said.of("The trusted checkpoint of size {size} lies outside these entries.", size=known.size)
        checks.result.not_checked(text)
    elif held != known.root:
        what = f"the first {known.size} entries are not those of the trusted checkpoint"
        checks.result.problem(TRUST, None, what)


def signed_by_log(checks: EntryChecks, note: bytes, *, check: int = LOG) -> Checkpoint | None:
    """The checkpoint in ``note``, if it is signed by the key that the log had at that size; else a problem."""
    if not checks.register.log_keys.terms:
        return None
    try:
        return checks.register.log_keys.open(note)
    except InblueError as error:
        checks.result.problem(check, None, f"the checkpoint is not signed by the log's key: {error}")
        return None
