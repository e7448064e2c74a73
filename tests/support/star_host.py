"""A host program that takes the whole face by a star: type checkers and Python must know the same names."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_type

from inblue import *

signer, log_signer = Ed25519Signer.generate(), Ed25519Signer.generate()
with (
    TemporaryDirectory() as folder,
    Ledger.create(Path(folder) / "host.db", signer=signer, log_signer=log_signer) as ledger,
):
    rules = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=signer)
    draft = DraftCirculated(
        symbol="S/1", question="substantive", times="live", procedure=rules, circulated_at=datetime.now(UTC)
    )
    ledger.perform("S/1", draft, signer=signer)
    call = roll_call(ledger.vote("S/1"), datetime.now(UTC))
    assert_type(call, RollCall)
    bundle = Path(folder) / "host.zip"
    export(ledger, bundle, include_open=True)
    found = verify_bundle(bundle)
    assert_type(found, Verification)
    assert_type(found.problems, tuple[Problem, ...])
    print(f"S/1 is {call.phase}; verifies: {found.holds}")
