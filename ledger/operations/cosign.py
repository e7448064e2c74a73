"""Asks witnesses for their cosignatures over the log's head (C2SP tlog-witness, add-checkpoint).

A witness that cannot be reached, or does not cosign, stops nothing: the act is recorded, and the witness is asked again
later. A cosignature is stored only after it was verified. Any other answer of a witness is unsigned and is reported as
its claim. Only a checkpoint signed by the log's own key is proof against this ledger.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ...domain.errors import InblueError, Malformed, Refused
from ...domain.wording import shown
from ..errors import Broken, NotFound, UnreachableError
from ..log.log import Head
from ..process import limits
from ..standards.checkpoint import open_checkpoint
from ..standards.cosignature import cosigners
from ..standards.merkle import consistency_proof, root
from ..standards.note import MAX_NOTE_BYTES
from ..standards.witness_policy import Policy, Witness
from ..witness.handover import write_handover
from ..witness.request import write_request
from .handover import handover_since
from .http import get, post

if TYPE_CHECKING:
    from ..ledger import Ledger

_MAX_ANSWER = 65_536
_TYPE = "application/octet-stream"
_ATTEMPTS = 3
_RECENT = 100
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class Asked(NamedTuple):
    """The result of asking a witness: the size it cosigned, or why it did not.

    ``disputed``: it says that it cosigned something that this log does not have.
    """

    witness: str
    size: int | None
    fault: str | None
    disputed: bool = False


def cosign_head(ledger: Ledger, policy: Policy, *, anew: bool = False, seconds: float | None = None) -> Iterator[Asked]:
    """Ask each witness of the policy that has an address and has not cosigned the log's head to cosign it.

    ``anew`` also asks those that have: a witness that cosigned more than this ledger holds then says so, which shows
    that entries were lost, or that this is an older copy.

    Raises:
        NotFound: there is no checkpoint yet.
    """
    head, seconds = _head(ledger), limits().witness if seconds is None else seconds
    for witness in policy.witnesses:
        known = last_cosigned(ledger, witness) == head.size
        if witness.url is None or (known and not anew):
            continue
        try:
            yield Asked(witness.name, _ask(ledger, head, witness, seconds, keep=not known), None)
        except InblueError as error:
            yield Asked(witness.name, None, str(error), isinstance(error, Broken))


def newest_by_witnesses(ledger: Ledger, policy: Policy, *, seconds: float = 10.0) -> bytes:
    """The log's head, if enough witnesses now say that they have cosigned nothing beyond it.

    Raises:
        Refused: too few do, or one says that it cosigned something that this log does not have.
        NotFound: there is no checkpoint yet.
    """
    if policy.quorum is None:
        raise Refused(None, "the policy needs no witness, so that none can show that this log is the newest")
    asked = list(cosign_head(ledger, policy, anew=True, seconds=seconds))
    if disputed := [f"{each.witness}: {each.fault}" for each in asked if each.disputed]:
        raise Refused(None, f"{disputed[0]}. Nothing is recorded here")
    if not policy.met([each.witness for each in asked if each.size is not None]):
        why = [f"{each.witness}: {each.fault}" for each in asked if each.fault] or ["none has an address"]
        raise Refused(None, f"too few witnesses have cosigned this log as it is here ({why[0]})")
    return _head(ledger).note


def last_cosigned(ledger: Ledger, witness: Witness) -> int:
    """The largest size that this witness cosigned, among the last hundred cosigned states; 0 for none.

    If that is not its last one, the witness says so itself.
    """
    return max((size for size, note in ledger.log.cosigned(last=_RECENT) if _has_cosigned(witness, note)), default=0)


def _has_cosigned(witness: Witness, note: bytes) -> bool:
    """Whether its line is in a note; if a false one is too, the witness is asked again, and verification reports it."""
    with suppress(Malformed, Broken):
        return bool(cosigners(note, [witness.key]))
    return False


def request_for(ledger: Ledger, old: int, *, handover: bool = True) -> bytes:
    """The request to cosign the log's head, for a witness that last cosigned ``old`` entries.

    If the log's key has changed after them, it includes the handovers, unless ``handover`` is False, for a witness
    whose operator was told the key.

    Raises:
        NotFollowed: no witness can follow the log to its key.
        NotFound, Refused: there is no checkpoint yet, or the log has fewer entries.
    """
    head = _head(ledger)
    asked = _request(ledger, head, old)
    steps = handover_since(ledger, head, old) if old and handover else None
    return write_handover(steps, asked) if steps else asked


def keep_lines(ledger: Ledger, witness: Witness, answer: bytes) -> int:
    """Store the lines of ``witness`` over the log's head from an answer; return the size cosigned.

    Raises:
        Malformed, Broken: none of them is its cosignature over the head.
    """
    return _keep(ledger, _head(ledger), witness, answer)


def _head(ledger: Ledger) -> Head:
    ledger.checkpoint()
    head = ledger.log.head()
    if head is None:
        raise NotFound("the ledger has no checkpoint yet")
    return head


def _request(ledger: Ledger, head: Head, old: int) -> bytes:
    if old > head.size:
        raise Refused(None, f"the log has {head.size:,} entries, and it is said to have cosigned {old:,}")
    return write_request(old, tuple(consistency_proof(old, head.size, ledger.log.node)) if old else (), head.note)


def _ask(ledger: Ledger, head: Head, witness: Witness, seconds: float, *, keep: bool) -> int:
    url = witness.url or ""
    if not re.match(r"https?://[^/]", url):
        raise Malformed(f"{url}: not an http or https address")
    known, way, refused = last_cosigned(ledger, witness), "add-checkpoint", ""
    old = known
    for _ in range(_ATTEMPTS):
        asked = _request(ledger, head, old)
        if way != "add-checkpoint":
            steps = handover_since(ledger, head, known)
            if steps is None:
                raise Refused(None, f"{url}: {refused}")
            asked = write_handover(steps, asked)
        status, body = post(f"{url}/{way}", asked, _TYPE, seconds=seconds, limit=_MAX_ANSWER)
        if status == 200:
            return _keep(ledger, head, witness, body) if keep else head.size
        found = _SIZE.fullmatch(body) if status == 409 else None
        refused = f"it answers {status}: {shown(body.decode('utf-8', 'replace'))}"
        if status == 403 and way == "add-checkpoint" and len(ledger.log_keys()) > 1:
            way = "follow-log-key"
        elif found is None and status != 422:
            raise Refused(None, f"{url}: {refused}")
        elif found is None or int(found[1]) == old or int(found[1]) > head.size:
            raise Broken(_claim(ledger, head, url, seconds, None if found is None else int(found[1])))
        else:
            old = int(found[1])
    raise UnreachableError(f"{url}: it says another size each time that it is asked")


def _claim(ledger: Ledger, head: Head, url: str, seconds: float, size: int | None) -> str:
    """The error for a witness that says it cosigned ``size`` entries that are not, or not all, in this log."""
    keys = ledger.log_keys()
    if size is None:
        said = "it says that this log does not extend what it has cosigned"
    elif size > head.size:
        said = f"it says that it has cosigned {size:,} entries, and this ledger has {head.size:,}"
    else:
        said = f"it says that it has cosigned {size:,} entries with another history than this ledger's"
    try:
        path = f"{hashlib.sha256(keys[0].name.encode()).hexdigest()}/checkpoint"
        shows = open_checkpoint(get(f"{url}/{path}", seconds=seconds, limit=MAX_NOTE_BYTES)[1], *keys)
    except InblueError:
        return f"{url}: {said}. It shows no checkpoint of this log that would prove it"
    if shows.size > head.size:
        proved = f"this log's own key has signed a checkpoint of {shows.size:,} entries"
        return f"{url}: {said}. It shows that {proved}: entries were lost, or this is an older copy"
    if root(shows.size, ledger.log.node) != shows.root:
        proved = f"this log's own key has signed another history of {shows.size:,} entries"
        return f"{url}: {said}. It shows that {proved}"
    return f"{url}: {said}. The checkpoint that it shows does not prove it"


def _keep(ledger: Ledger, head: Head, witness: Witness, answer: bytes) -> int:
    if len(answer) > _MAX_ANSWER:
        raise Malformed(f"an answer of more than {_MAX_ANSWER:,} bytes")
    for line in answer.splitlines(keepends=True):
        try:
            holds = cosigners(head.note + line, [witness.key])
        except Malformed:
            continue
        if holds:
            ledger.log.keep_cosignature(head.size, head.note, line.decode())
            return head.size
    raise Broken(f"its answer holds no cosignature of {witness.key.name} over the log's head")
