"""A receipt that a command looks at: checked by the keys that the reader knows, and compared with a source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...ledger.entries.streams import name_in
from ...ledger.evidence.receipt import read_receipt
from ...ledger.evidence.receipt_alone import AloneReceipt, KnownKeys, check_alone
from ..desk.files import read_file
from ..desk.place import source_named
from ..desk.verifying import audited, read_known, verified
from ..terminal.progress import progress
from .own import delegation_of
from .receipt import ReceiptWords, Standing, words_of

if TYPE_CHECKING:
    from ...ledger.audit.result import Verification
    from ...ledger.delegation.folder import DelegationFolder
    from ...ledger.evidence.trust import Trust
    from ..language.english import Language


@dataclass(frozen=True, slots=True)
class Looked:
    """A receipt as read, what was found about it alone and by which keys, and what a source says about it."""

    raw: bytes
    alone: AloneReceipt
    keys: KnownKeys
    claimed: bool
    standing: Standing | None = None

    def words(self, lang: Language) -> ReceiptWords:
        """Its words."""
        return words_of(self.alone, lang, standing=self.standing, claimed=self.claimed)

    @property
    def fails(self) -> bool:
        """Whether something does not hold, or the reply is not in its place in the source that was named."""
        standing = self.standing
        return not self.alone.holds or (
            standing is not None and (standing.compared.found != "there" or not standing.holds)
        )


@contextmanager
def looked_at(file: Path, against: str | None, trust: Path | None, folder: Path | None) -> Iterator[Looked]:
    """Look at the receipt in ``file``; the source's vote is read while this is open."""
    raw = read_file(file)
    receipt = read_receipt(raw, where=str(file))
    own = delegation_of(folder)
    if trust is None and own is not None and own.known.log_key is not None:
        trust = own.trust_file
    if against is None:
        known, _ = read_known(trust)
        keys = _own_keys(own).believing(known)
        yield Looked(raw, check_alone(receipt, keys, known), keys, claimed=False)
        return
    with _compared(against, trust, file) as (found, known):
        keys = KnownKeys.of_register(found.register).believing(known)
        standing = Standing(receipt.act, found.against[0], found.holds, found.states.get(name_in(receipt.stream)))
        yield Looked(raw, check_alone(receipt, keys, known), keys, not found.trusted, standing)


@contextmanager
def _compared(source: str, trust: Path | None, file: Path) -> Iterator[tuple[Verification, Trust | None]]:
    named = source_named(source)
    known, against = read_known(trust, (file,))
    if named.address is None:
        with progress() as shown:
            found = audited(named.text, known, against, shown, None, whole=True, only_reading=True)
        yield found, known
    else:
        with verified(named.address, known, against) as found:
            yield found, known


def _own_keys(own: DelegationFolder | None) -> KnownKeys:
    """What a delegation knows: the log's key, the founder's, its own."""
    from ...ledger.standards.ed25519 import key_id

    if own is None or own.known.log_key is None or own.known.founder is None:
        return KnownKeys()
    public = own.keys.public(own.key)
    mine = {key_id(public): (own.known.member, public.hex())}
    return KnownKeys((own.known.log_key,), {key_id(bytes.fromhex(own.known.founder)): own.known.founder}, mine)


def receipt_json(looked: Looked, said: ReceiptWords) -> dict[str, Any]:
    """``inblue-receipt-check/1``."""
    alone, standing = looked.alone, looked.standing
    return {
        "format": "inblue-receipt-check/1",
        "holds": said.state != "broken",
        "whole": said.state == "holds",
        "member": alone.receipt.member,
        "vote": name_in(alone.receipt.stream),
        "act": alone.receipt.act,
        "entry": alone.index,
        "log": alone.checkpoint.origin,
        "size": alone.checkpoint.size,
        "text": said.lead,
        "checks": [{"name": each.name, "found": each.found} for each in alone.checks],
        "against": None
        if standing is None
        else {"found": standing.compared.found, "holds": standing.holds, "text": standing.compared.said},
        "proves": list(said.proves),
        "not_proved": list(said.not_proved),
    }
