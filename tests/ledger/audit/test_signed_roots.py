"""A checkpoint that the log's own key has signed over other entries: every audit says so, whatever root it names."""

from __future__ import annotations

from pathlib import Path

import pytest
from cosigned import ORIGIN
from ledgers import SMALL, rewrite, small
from signers import LOG as LOG_KEY
from signers import REGISTRAR

from inblue.domain.acts import ExplanationFiled
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import FOUNDED, LOG, NAMES, REMEMBERED, TRUST
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.since import verify_since
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.evidence.bundle import CHECKPOINT
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Head
from inblue.ledger.operations.export import export
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.stores.memory import MemoryLog

LEAST, GREATEST = bytes(32), b"\xff" * 32
"""Roots on either side of any other: that they differ does not rest on which is the greater."""


def signed(size: int, root: bytes) -> bytes:
    return Checkpoint(ORIGIN, size, root).sign(NoteSigner(ORIGIN, LOG_KEY))


def explained(ledger: Ledger, language: str) -> None:
    ledger.perform(SMALL, ExplanationFiled(member="CHN", languages=(language,)), signer=REGISTRAR)


def of(found: Verification) -> set[str]:
    return {NAMES[each.check - 1] for each in found.problems}


class Overwritten(MemoryLog):
    """The log of a ledger with another checkpoint as its head."""

    def __init__(self, ledger: Ledger, note: bytes) -> None:
        super().__init__()
        head = ledger.log.head()
        assert head is not None
        self.node, self.leaves = ledger.log.node, ledger.log.leaves  # type: ignore[method-assign]
        self._other = Head(head.size, head.position, note)

    def head(self) -> Head:
        return self._other


@pytest.mark.parametrize("root", [LEAST, GREATEST], ids=["least", "greatest"])
def test_in_a_store(root: bytes) -> None:
    ledger = small()
    before = ledger.log.head()
    assert before is not None
    explained(ledger, "fr")
    log = Overwritten(ledger, signed(before.size + 1, root))
    assert of(verify(ledger.streams, log, ledger.files)) == {"log"}
    assert of(verify_since(before.note, ledger.streams, log, ledger.files)) == {"log"}
    other = signed(before.size, root)
    assert of(verify_since(other, ledger.streams, ledger.log, ledger.files)) == {"trust"}


@pytest.mark.parametrize("root", [LEAST, GREATEST], ids=["least", "greatest"])
@pytest.mark.parametrize("further", [0, 1])
def test_where_it_is_published(tmp_path: Path, root: bytes, further: int) -> None:
    ledger, public, state = small(), tmp_path / "public", tmp_path / "state.json"
    publish(ledger, public)
    assert verify_tiles(FolderSource(public), state=state).holds
    if further:
        explained(ledger, "fr")
        publish(ledger, public)
    (public / "checkpoint").write_bytes(signed(ledger.checkpoint().size, root))
    unaided = verify_tiles(FolderSource(public))
    assert [each.text for each in unaided.problems] == [
        "the tiles do not give the root that was signed",
        "the entries do not hash to the root that was signed",
    ]
    for whole in (False, True):
        found = verify_tiles(FolderSource(public), state=state, whole=whole)
        said = [each.check for each in found.problems]
        assert LOG in said or REMEMBERED in said
        shown = whole and further  # that the last audit's state still holds
        assert (REMEMBERED in said) == (not shown)
        assert len(list(tmp_path.glob("state.fork-*.json"))) == 1


def test_over_no_entry_where_it_is_published(tmp_path: Path) -> None:
    public = tmp_path / "public"
    publish(small(), public)
    (public / "checkpoint").write_bytes(signed(0, EMPTY_ROOT))
    found = verify_tiles(FolderSource(public))
    assert [(each.check, each.entry, each.text) for each in found.problems] == [(FOUNDED, None, "the log is empty")]


@pytest.mark.parametrize("root", [LEAST, GREATEST], ids=["least", "greatest"])
def test_in_a_bundle_and_in_a_trust_file(tmp_path: Path, root: bytes) -> None:
    ledger = small()
    size, bundle = ledger.checkpoint().size, export(ledger, tmp_path / "bundle.zip").path
    for known in (size, 2):
        found = verify_bundle(bundle, Trust(checkpoints=(signed(known, root).decode(),)))
        assert [(each.check, each.text) for each in found.problems] == [
            (TRUST, f"the first {known} entries are not those of the trusted checkpoint")
        ]
    rewrite(bundle, lambda members: members.update({CHECKPOINT: signed(size, root)}))
    assert {each.check for each in verify_bundle(bundle).problems} == {LOG}


def test_that_is_ahead_of_what_is_handed_over_or_of_what_is_before_it(tmp_path: Path) -> None:
    ledger = small()
    size, bundle = ledger.checkpoint().size, export(ledger, tmp_path / "bundle.zip", vote=SMALL).path
    for known, problems in ((size + 1, {"trust"}), (1, set[str]())):
        found = verify_bundle(bundle, Trust(checkpoints=(signed(known, LEAST).decode(),)))
        assert of(found) == problems
        outside = [said for said in found.not_proved if f"checkpoint of size {known} lies outside" in said]
        assert bool(outside) is not bool(problems)
