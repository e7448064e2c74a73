"""What recording costs with one writer and with eight, on SQLite and on PostgreSQL, as ratios in one run.

``make bench-writers``. Each writer is a process that records acts into votes of its own, each act acknowledged: durable
and under a signed head. The stores take turns, and medians are compared. Afterwards every act is counted, and the
ledger verified.
"""

from __future__ import annotations

import contextlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from inblue.domain.procedure import built_in_procedure
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.stores.address import Address, read_address

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))
from server import database

ROUNDS = int(os.environ.get("INBLUE_BENCH_ROUNDS", "5"))
ACTS = int(os.environ.get("INBLUE_BENCH_ACTS", "160"))
WRITERS = (1, 2, 8)
REGISTRAR, LOG = Ed25519Signer.from_seed(b"r" * 32), Ed25519Signer.from_seed(b"l" * 32)

WRITER = """
import sys
from pathlib import Path
from inblue.domain.acts import DraftCirculated
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.stores.address import read_address
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.ledger import Ledger
registrar, log = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
procedure = built_in_procedure("unsc-2020-253").sha256
with Ledger.open(read_address(sys.argv[1]), log_signer=log, files=Path(sys.argv[2])) as ledger:
    ledger.register()
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[4])):
        own = f"{sys.argv[3]}/{number}"
        draft = DraftCirculated(symbol=own, question="substantive", times="live", procedure=procedure)
        ledger.perform(own, draft, signer=registrar)
"""


def rate(text: str, files: Path, writers: int) -> float:
    """Acts a second that ``writers`` processes record together, in a ledger made for it at the address ``text``."""
    place: Address = read_address(text)
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG, files=files) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    each = ACTS // writers
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, text, str(files), f"W{number}", str(each)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(writers)
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    begin = time.perf_counter()
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.wait()
    taken = time.perf_counter() - begin
    assert all(child.returncode == 0 for child in children)
    with Ledger.open(place, read_only=True, files=files) as ledger:
        found = ledger.verify()
        assert (found.holds, found.uncovered, found.entries) == (True, 0, each * writers + 2)
    return each * writers / taken


def main() -> None:
    """Measure, and print a table."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(database())
        ((version,),) = server.execute("SHOW server_version")
        rates: dict[tuple[str, int], list[float]] = {}
        for round_ in range(ROUNDS):
            for writers in WRITERS:
                for kind in ("SQLite", "PostgreSQL"):
                    name = str(folder / f"{round_}-{writers}.db") if kind == "SQLite" else server.fresh()
                    rates.setdefault((kind, writers), []).append(rate(name, folder / "files", writers))
    median = {case: statistics.median(found) for case, found in rates.items()}
    base = median["SQLite", 1]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version};")
    print(f"{ACTS} acts a round, {ROUNDS} rounds, medians [lowest .. highest]")
    print(f"{'store':12}{'writers':>8}{'acts/s':>9}{'':3}{'':16}{'to SQLite, 1':>13}{'to its own 1':>14}")
    for (kind, writers), found in sorted(rates.items(), key=lambda item: (item[0][0] != "SQLite", item[0][1])):
        spread = f"[{min(found):.0f} .. {max(found):.0f}]"
        rate_, own = median[kind, writers], median[kind, writers] / median[kind, 1]
        print(f"{kind:12}{writers:8}{rate_:9.0f}   {spread:16}{rate_ / base:13.2f}{own:14.2f}")


if __name__ == "__main__":
    main()
