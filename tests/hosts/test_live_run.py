"""A vote on the real clock, whose window is over in seconds: a real authority over HTTP, and two witness processes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from authority import Tsa
from paths import INBLUE
from seats import COUNCIL_2020
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import SignedBallot
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.authorities import Source
from inblue.ledger.operations.cosign import cosign_head
from inblue.ledger.operations.export import export
from inblue.ledger.operations.timestamps import stamp_behind, stamp_head
from inblue.ledger.projections.record import record_of
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.witness_policy import parse_policy

BELGIUM = Ed25519Signer.from_seed(b"b" * 32)
WINDOW = timedelta(seconds=15)


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[str]:
    """Two witnesses of the log, as a policy that asks for both."""
    running, lines = [], []
    with Ledger.create(tmp_path / "live.db", signer=REGISTRAR, log_signer=LOG, origin="example.org/live") as ledger:
        (log_key,) = map(str, ledger.log_keys())
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}
    try:
        for name in ("one", "two"):
            folder = str(tmp_path / name)
            init = [INBLUE, "witness", "init", folder, "--name", f"{name}.example", "--log-key", log_key]
            said = subprocess.run(init, env=env, capture_output=True, text=True, check=True).stdout
            serve = [INBLUE, "witness", "serve", folder]
            running.append(subprocess.Popen(serve, env=env, stdout=subprocess.PIPE, text=True))
            out = running[-1].stdout
            assert out is not None
            lines.append(f"witness {name} {said.split()[-1]} {out.readline().split(' at ')[1].strip()}")
        yield "\n".join([*lines, "group both all one two", "quorum both"])
    finally:
        for process in running:
            process.terminate()
            process.wait()


def test_a_vote_of_seconds_is_proven_from_both_sides(tmp_path: Path, witnesses: str) -> None:
    tsa, policy = Tsa.make(tmp_path / "tsa", "one"), parse_policy(witnesses)
    given = built_in_procedure("unsc-2020-253").json_value()
    given = {**given, "window": {"clause": "window", "fixed_by": "letter", "hours": 0}}
    rules = Procedure.of(given, where="rules")

    def cast(member: str, *, file: bytes | None = None, ballot: str | None = None) -> VoteCast:
        paper = Instrument(
            form="letter",
            office="permanent_representative",
            signed=True,
            addressee="president",
            sha256=ledger.attach(file) if file else None,
        )
        signed = SignedBallot(envelope=ballot) if ballot else None
        return VoteCast(
            member=member, position="in_favour", received_at=ledger.clock(), instrument=paper, ballot=signed
        )

    with Ledger.open(tmp_path / "live.db", log_signer=LOG) as ledger, tsa.serve() as url:
        sources = [Source(authority=tsa.authority, url=url)]

        def prove() -> None:
            assert [each.fault for each in stamp_head(ledger, sources)] == [None]
            assert [each.fault for each in cosign_head(ledger, policy)] == [None, None]

        grant = KeyGrant(
            key=BELGIUM.key_id, public_key=BELGIUM.public_key.hex(), office="permanent_representative", member="BEL"
        )
        ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
        procedure = ledger.adopt_procedure(rules, signer=REGISTRAR)
        draft = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=procedure)
        ledger.perform("S/1", draft, signer=REGISTRAR)
        opens = datetime.now(UTC)
        opening = LetterSent(kind="opening", opens_at=opens, closes_at=opens + WINDOW)
        ledger.perform("S/1", opening, signer=REGISTRAR, roster=COUNCIL_2020)
        stamped = list(stamp_behind(ledger, sources, opens, time.sleep))
        assert [each.fault for each in stamped] == [None, None]
        ballot = sign(blank_of(ledger.vote("S/1"), ledger.register()).ballot("BEL", "in_favour"), BELGIUM)
        ledger.perform("S/1", cast("BEL", ballot=ballot), signer=REGISTRAR)
        prove()
        ledger.perform("S/1", cast("CHN", file=b"China votes in favour."), signer=REGISTRAR)
        prove()
        time.sleep(max(0.0, (opens + WINDOW - datetime.now(UTC)).total_seconds()) + 0.01)
        ledger.perform("S/1", cast("EST", file=b"Estonia votes in favour."), signer=REGISTRAR)
        ledger.perform("S/1", VotingClosed(closed_at=ledger.clock()), signer=REGISTRAR)
        ledger.perform("S/1", ResultAnnounced(announced_at=ledger.clock()), signer=REGISTRAR)
        prove()
        bundle = export(ledger, tmp_path / "live.zip", vote="S/1").path

    found = verify_bundle(bundle, Trust(authorities=(tsa.authority,), policy=witnesses))
    assert found.problems == ()
    assert found.witnessed
    record = record_of(found.states["S/1"], found.bounds["S/1"])
    verdicts = {each.reply.member: each.verdict for each in record.replies}
    assert {member: (v.placement, v.strength) for member, v in verdicts.items()} == {
        "BEL": ("inside", "proven"),
        "CHN": ("inside", "proven"),
        "EST": ("late", "attested"),
    }
    for member in ("BEL", "CHN"):
        verdict = verdicts[member]
        assert verdict.not_before is not None
        assert verdict.not_after is not None
        assert opens <= verdict.not_before < verdict.not_after <= opens + WINDOW
        assert verdict.margin == opens + WINDOW - verdict.not_after
