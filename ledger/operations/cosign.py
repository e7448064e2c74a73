"""Asking witnesses for their cosignatures over the log's head (C2SP tlog-witness, add-checkpoint).

A witness that cannot be reached, or will not cosign, stops nothing: the act is recorded, and it is asked again later. A
cosignature is kept only after it was found to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ...domain.errors import InblueError
from ...domain.wording import shown
from ..errors import LedgerError, VerificationError
from ..log.log import Head
from ..standards.cosignature import cosigners
from ..standards.merkle import consistency_proof
from ..standards.witness_policy import Policy, Witness
from ..witness.witness import write_request
from .http import post

if TYPE_CHECKING:
    from ..ledger import Ledger

_MAX_ANSWER = 65_536
_TYPE = "application/octet-stream"
_ATTEMPTS = 3
_RECENT = 100
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class Asked(NamedTuple):
    """What came of asking a witness: the size it has cosigned, or why it has not."""

    witness: str
    size: int | None
    fault: str | None


def cosign_head(ledger: Ledger, policy: Policy, *, anew: bool = False, seconds: float = 10.0) -> Iterator[Asked]:
    """Ask each witness of the policy that answers somewhere, and has not cosigned the log's head, to cosign it.

    ``anew`` asks also those that have: one that has cosigned more than this ledger holds then says so, which shows that
    entries were lost, or that this is an older copy.

    Raises:
        LedgerError: there is no checkpoint yet.
    """
    head = _head(ledger)
    for witness in policy.witnesses:
        known = last_cosigned(ledger, witness) == head.size
        if witness.url is None or (known and not anew):
            continue
        try:
            yield Asked(witness.name, _ask(ledger, head, witness, seconds, keep=not known), None)
        except InblueError as error:
            yield Asked(witness.name, None, str(error))


def last_cosigned(ledger: Ledger, witness: Witness) -> int:
    """The largest size that this witness has cosigned, as far as the last hundred cosigned states show; 0 for none.

    A witness says itself what it has cosigned last, if that is not it.
    """
    recent = ledger.log.cosigned(last=_RECENT)
    return max((size for size, note in recent if cosigners(note, [witness.key])), default=0)


def request_for(ledger: Ledger, old: int) -> bytes:
    """The request to cosign the log's head, for a witness that has cosigned ``old`` entries last.

    Raises:
        LedgerError: there is no checkpoint yet, or the log has fewer entries.
    """
    return _request(ledger, _head(ledger), old)


def keep_lines(ledger: Ledger, witness: Witness, answer: bytes) -> int:
    """Keep the lines of ``witness`` over the log's head that an answer holds; gives the size cosigned.

    Raises:
        LedgerError, VerificationError: none of them is its cosignature over the head.
    """
    return _keep(ledger, _head(ledger), witness, answer)


def _head(ledger: Ledger) -> Head:
    ledger.checkpoint()
    head = ledger.log.head()
    if head is None:
        raise LedgerError("the ledger has no checkpoint yet")
    return head


def _request(ledger: Ledger, head: Head, old: int) -> bytes:
    if old > head.size:
        raise LedgerError(
            f"it has cosigned {old:,} entries, and this ledger has {head.size:,}: entries were lost, "
            "or this is an older copy"
        )
    return write_request(old, tuple(consistency_proof(old, head.size, ledger.log.node)) if old else (), head.note)


def _ask(ledger: Ledger, head: Head, witness: Witness, seconds: float, *, keep: bool) -> int:
    if not re.match(r"https?://[^/]", witness.url or ""):
        raise LedgerError(f"{witness.url}: not an http or https address")
    old = last_cosigned(ledger, witness)
    for _ in range(_ATTEMPTS):
        asked = _request(ledger, head, old)
        status, body = post(f"{witness.url}/add-checkpoint", asked, _TYPE, seconds=seconds, limit=_MAX_ANSWER)
        if status == 200:
            return _keep(ledger, head, witness, body) if keep else head.size
        found = _SIZE.fullmatch(body) if status == 409 else None
        if found is None:
            raise LedgerError(f"{witness.url}: status {status}: {shown(body.decode('utf-8', 'replace'))}")
        old = int(found[1])
    raise LedgerError(f"{witness.url}: it names another size each time")


def _keep(ledger: Ledger, head: Head, witness: Witness, answer: bytes) -> int:
    if len(answer) > _MAX_ANSWER:
        raise LedgerError(f"an answer of more than {_MAX_ANSWER:,} bytes")
    for line in answer.splitlines(keepends=True):
        if cosigners(head.note + line, [witness.key]):
            ledger.log.keep_cosignature(head.size, head.note, line.decode())
            return head.size
    raise VerificationError(f"its answer holds no cosignature of {witness.key.name} over the log's head")
