"""Checks 13, 14 and 16: what the reader knows from elsewhere, timestamps, and the cosignatures of witnesses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ...domain.errors import InblueError
from ...domain.said import Said
from ..evidence.trust import Trust
from ..log.log import Stamp
from ..standards.checkpoint import Checkpoint
from ..standards.cosignature import cosigners
from ..standards.witness_policy import parse_policy
from .checks import LOG, STAMPS, TRUST, WITNESS, Witnessed
from .entry_checks import EntryChecks
from .timeline import Dated

_YEAR_9999 = 253_370_764_800


def check_stamp(checks: EntryChecks, stamp: Stamp, is_earlier: Callable[[Checkpoint], bool] | None = None) -> None:
    """Check 14, and take the token into the timeline if an authority that the reader trusts has signed it.

    ``is_earlier`` says whether a checkpoint is an earlier state of the log; by default the entries at hand say it.
    """
    try:
        stamped = checks.log_keys.open(stamp.note)
    except InblueError as error:
        checks.problem(STAMPS, None, f"what was timestamped is no checkpoint of this log: {error}")
        return
    holds = is_earlier(stamped) if is_earlier else checks.root_at(stamped.size) == stamped.root
    if stamped.size != stamp.size or not holds:
        checks.problem(STAMPS, None, f"the timestamped checkpoint of size {stamp.size} is no state of this log")
        return
    found = checks.proofs.believed(stamp.token, stamp.note, stamp.query)
    if found is None:
        checks.proofs.undated += 1
    else:
        checks.proofs.dated.append(Dated(stamped.size, stamp.sha256, found))


def check_cosigned(
    checks: EntryChecks, size: int, note: bytes, is_earlier: Callable[[Checkpoint], bool] | None = None
) -> None:
    """Check 16, of a checkpoint with the lines of witnesses; who they are is asked later (:func:`hear_witnesses`).

    ``is_earlier`` is as in :func:`check_stamp`.
    """
    try:
        cosigned = checks.log_keys.open(note)
    except InblueError as error:
        checks.problem(WITNESS, None, f"what was cosigned is no checkpoint of this log: {error}")
        return
    holds = is_earlier(cosigned) if is_earlier else checks.root_at(cosigned.size) == cosigned.root
    if cosigned.size != size or not holds:
        checks.problem(WITNESS, None, f"the cosigned checkpoint of size {size} is no state of this log")
        return
    checks.cosigned.append((size, note))


def hear_witnesses(checks: EntryChecks, text: str) -> None:
    """Check 16, of the witnesses' lines: which of those that the policy names have cosigned, and up to which size."""
    policy = parse_policy(text)
    terms = {str(term.key) for term in checks.log_keys.terms}
    if policy.logs and terms.isdisjoint(str(key) for key in policy.logs):
        checks.problem(TRUST, None, "the policy does not name this log's key")
        return
    named = {witness.key: witness.name for witness in policy.witnesses}
    latest: dict[str, Witnessed] = {}
    for size, note in sorted(checks.cosigned):
        try:
            times = cosigners(note, named)
        except InblueError as error:
            checks.problem(WITNESS, None, f"at size {size}: {error}")
            continue
        for key, at in times.items():
            latest[named[key]] = Witnessed(named[key], size, _calendar(at))
        if policy.quorum is not None and policy.met([named[key] for key in times]):
            checks.witnessed_size = size
    checks.witnesses = tuple(latest[witness.name] for witness in policy.witnesses if witness.name in latest)
    checks.heard = True


def _calendar(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _YEAR_9999 else None


def hold_against(checks: EntryChecks, checkpoint: Checkpoint | None, trust: Trust) -> None:
    """Check 13: hold what was checked against what the reader knows."""
    founded = checks.register.founded
    if founded is None or checkpoint is None:
        return
    if trust.origin is not None and trust.origin != founded.origin:
        checks.problem(TRUST, None, f"this is the log {founded.origin}, not {trust.origin}")
    if trust.log_key is not None:
        _hold_against_key(checks, trust.log_key)
    if trust.registrar and founded.registrar.key not in trust.registrar:
        checks.problem(TRUST, None, "the key that founded the ledger is not one the trust file names")
    for note in trust.checkpoints:
        _hold_against_checkpoint(checks, checkpoint, note)


def _hold_against_key(checks: EntryChecks, vkey: str) -> None:
    terms = checks.log_keys.terms
    known = next((number for number, term in enumerate(terms) if str(term.key) == vkey), None)
    if known is None:
        checks.problem(TRUST, None, "the log never had the key that the trust file names")
        return
    for term in terms[known + 1 :]:
        if not term.handed_over:
            what = "this entry gives the log another key, which the one of the trust file does not vouch for"
            checks.problem(TRUST, term.entry, what)
            return


def _hold_against_checkpoint(checks: EntryChecks, checkpoint: Checkpoint, note: str) -> None:
    known = signed_by_log(checks, note.encode(), check=TRUST)
    if known is None:
        return
    held = checkpoint.root if known.size == checkpoint.size else checks.root_at(known.size)
    covered = max(checks.size, checkpoint.size)
    if held is None and known.size > covered:
        checks.problem(TRUST, None, f"the log had {known.size} entries already; this is a state of {covered}")
    elif held is None:
        text = Said.of("The trusted checkpoint of size {size} lies outside these entries.", size=known.size)
        checks.unchecked.append(text)
    elif held != known.root:
        checks.problem(TRUST, None, f"the first {known.size} entries are not those of the trusted checkpoint")


def signed_by_log(checks: EntryChecks, note: bytes, *, check: int = LOG) -> Checkpoint | None:
    """The checkpoint in ``note``, if it is signed by the key that the log had at that size; else a problem."""
    if not checks.log_keys.terms:
        return None
    try:
        return checks.log_keys.open(note)
    except InblueError as error:
        checks.problem(check, None, f"the checkpoint is not signed by the log's key: {error}")
        return None
