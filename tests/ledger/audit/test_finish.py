"""What an audit comes to in the end: what it says of the log as a whole, and of what is not proved."""

from __future__ import annotations

from pathlib import Path

from cosigned import BOTH, ONE, TWO, cosign
from ledgers import SMALL, small
from signers import REGISTRAR

from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.operations.export import export


def test_what_is_witnessed_up_to_a_line_of_the_register_is_not_witnessed_with_it(tmp_path: Path) -> None:
    ledger = small()
    vote_ends = ledger.checkpoint().size
    ledger.keep_register(PresidencyAssigned(body="Security Council", member="CHN", month="2026-03"), signer=REGISTRAR)
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
