"""What an audit comes to in the end: what it says of the log as a whole, and of what is not proved."""

from __future__ import annotations

from pathlib import Path

import pytest
from cosigned import AT, BOTH, ONE, ORIGIN, TWO, cosign
from ledgers import OPENED, SMALL, past_the_rules, recorded_anyhow, small
from signers import LOG, REGISTRAR, SECOND

from inblue.domain.acts import ExplanationFiled
from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.entry import Seen
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.cosignature import CosignatureSigner

PRESIDES = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
EXPLAINS = ExplanationFiled(member="CHN", languages=("fr",))


def test_what_is_witnessed_up_to_a_line_of_the_register_is_not_witnessed_with_it(tmp_path: Path) -> None:
    ledger = small()
    vote_ends = ledger.checkpoint().size
    ledger.keep_register(PRESIDES, signer=REGISTRAR)
    rewritten = {}
    for size in (vote_ends, vote_ends + 1):
        cosign(ledger, size, ONE, TWO)
        bundle = export(ledger, tmp_path / f"{size}.zip", vote=SMALL).path
        shown = verify_bundle(bundle, Trust(policy=BOTH))
        assert (shown.start + shown.entries, shown.witnessed_size) == (vote_ends, size)
        rewritten[size] = [text for text in shown.not_proved if "have been rewritten" in text]
    both = f"one (size {vote_ends}), two (size {vote_ends})"
    assert rewritten[vote_ends] == [
        f"Only together with {both} could the log have been rewritten before entry {vote_ends}."
    ]
    both = both.replace(str(vote_ends), str(vote_ends + 1))
    assert rewritten[vote_ends + 1] == [f"Only together with {both} could the log have been rewritten."]


def test_a_log_of_one_entry_is_witnessed_too() -> None:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN, clock=lambda: OPENED)
    cosign(ledger, 1, ONE, TWO)
    found = verify(ledger.streams, ledger.log, ledger.files, trust=Trust(policy=BOTH))
    rewritten = [text for text in found.not_proved if "have been rewritten" in text]
    assert rewritten == ["Only together with one (size 1), two (size 1) could the log have been rewritten."]


@pytest.mark.parametrize("number", [1, 9, 10, 11])
def test_of_timestamps_that_are_named_and_not_handed_over_ten_are_said(number: int) -> None:
    ledger = small()
    head = ledger.checkpoint()
    tokens = [f"{each:064x}" for each in range(number)]
    for each in tokens:
        recorded_anyhow(ledger, EXPLAINS, vote_stream(SMALL), had_seen=Seen(head.size, head.root, (each,)))
    (said,) = [text for text in ledger.verify().not_proved if "not handed over" in text]
    named = [f"{each[:16]} (entry {head.size + at})" for at, each in enumerate(tokens[:10])]
    assert f": {', '.join(named)}{', ...' if number > 10 else ''}. Nothing" in said


@pytest.mark.parametrize("name", ["a.witness", "zz.witness"])
def test_the_head_as_it_is_published_counts_as_cosigned_where_somebody_else_has_signed_it(
    tmp_path: Path, name: str
) -> None:
    ledger, public = small(), tmp_path / "public"
    publish(ledger, public)
    unheard = "There are cosignatures, and no trust file says which witnesses count"
    assert not any(unheard in said for said in verify_tiles(FolderSource(public)).not_proved)
    witness = CosignatureSigner(name, SECOND)
    with (public / "checkpoint").open("a", encoding="utf-8") as note:
        note.write(witness.line(ledger.checkpoint().text(), AT))
    assert any(unheard in said for said in verify_tiles(FolderSource(public)).not_proved)
    found = verify_tiles(FolderSource(public), Trust(policy=f"witness one {witness.verifier}\nquorum one\n"))
    assert (found.problems, found.witnessed_size) == ((), ledger.checkpoint().size)


def test_how_many_entries_no_checkpoint_covers_is_never_less_than_none(tmp_path: Path) -> None:
    ledger = small()
    ledger.keep_register(PRESIDES, signer=REGISTRAR)
    found = verify_bundle(export(ledger, tmp_path / "bundle.zip", vote=SMALL).path)
    assert found.checkpoint is not None
    assert found.checkpoint.size == found.start + found.entries + 1
    assert found.uncovered == 0
    past_the_rules(ledger, PRESIDES, ledger.register().version)
    assert [found.uncovered for found in (ledger.verify(),)] == [1]
