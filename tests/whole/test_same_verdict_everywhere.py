"""Same bytes, same verdict (laws.md, 7): on every machine, whatever its zone files, locale, hash seed or flags.

Everything runs in child processes, since an interpreter reads these when it starts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from paths import ROOT

MADE = """
import json, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ledgers import ROSTER, cast
from plain_rules import plain
from signers import LOG, REGISTRAR
from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export

now = opened = datetime(2025, 3, 29, 17, tzinfo=UTC)  # that night clocks change in Europe, and not in Paraguay
ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/zone", clock=lambda: now)
rules = plain(built_in_procedure("unsc-2020-253"))
rules["zone"] = "America/Asuncion"
rules["window"]["countings"] = ["calendar"]
procedure = ledger.adopt_procedure(Procedure.of(rules, where="zone"), signer=REGISTRAR)
draft = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=procedure)
ledger.perform("S/1", draft, signer=REGISTRAR)
ledger.perform("S/1", LetterSent(kind="opening", opens_at=opened), signer=REGISTRAR, roster=ROSTER)
for member, hours in (("CHN", 23), ("EST", 24.5)):
    now = opened + timedelta(hours=hours)
    ledger.perform("S/1", cast(member, 0).model_copy(update={"received_at": now}), signer=REGISTRAR)
now = opened + timedelta(hours=26)
ledger.perform("S/1", VotingClosed(closed_at=now), signer=REGISTRAR)
ledger.perform("S/1", ResultAnnounced(announced_at=now), signer=REGISTRAR)
export(ledger, Path(sys.argv[1]), vote="S/1")
"""

JUDGED = """
import sys
from pathlib import Path
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.projections.as_of import AsOf
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.record_facts import record_bytes
found = verify_bundle(Path(sys.argv[1]))
state = found.states["S/1"]
print(found.holds, [(each.check, each.text) for each in found.problems], list(found.not_proved))
sys.stdout.flush()
sys.stdout.buffer.write(record_bytes([(record_of(state, found.bounds.get("S/1")), {})], AsOf(1, 1, 1)))
"""


def run(script: str, bundle: Path, *flags: str, **env: str) -> bytes:
    path = os.pathsep.join([env.pop("FIRST", ""), str(ROOT / "tests" / "support"), str(ROOT / "examples")]).strip(
        os.pathsep
    )
    environment = {**os.environ, "PYTHONPATH": path, **env}
    command = [sys.executable, *flags, "-c", script, str(bundle)]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def another_tree(folder: Path, zone: str) -> Path:
    """A tree of zone files in which the vote's zone has the rules of another, as a machine may have it."""
    with as_file(files("tzdata") / "zoneinfo") as shipped:
        (folder / "America").mkdir(parents=True)
        shutil.copy(shipped.joinpath(*zone.split("/")), folder / "America" / "Asuncion")
        shutil.copy(shipped / "UTC", folder / "UTC")
    return folder


def another_release(folder: Path, zone: str) -> Path:
    """Another release of the ``tzdata`` package, in which the vote's zone is another."""
    with as_file(files("tzdata")) as shipped:
        shutil.copytree(shipped, folder / "tzdata")
    shutil.copy(folder / "tzdata" / "zoneinfo" / zone, folder / "tzdata" / "zoneinfo" / "America" / "Asuncion")
    return folder


ELSEWHERE = {
    "another hash seed": {"PYTHONHASHSEED": "1"},
    "a third hash seed": {"PYTHONHASHSEED": "4294967295"},
    "another locale": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "no locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "an encoding of ASCII": {"PYTHONIOENCODING": "ascii:backslashreplace"},
    "another zone": {"TZ": "Pacific/Apia"},
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "b.zip"
    run(MADE, path)
    return path


@pytest.fixture(scope="module")
def judged(bundle: Path) -> bytes:
    said = run(JUDGED, bundle)
    assert said.startswith(b"True []")
    assert b'"placement":"inside"' in said
    assert b'"placement":"late"' in said
    return said


@pytest.mark.long
@pytest.mark.parametrize("how", ELSEWHERE)
def test_a_machine_that_is_set_up_otherwise_makes_the_same_bundle_and_verdict(
    bundle: Path, judged: bytes, tmp_path: Path, how: str
) -> None:
    run(MADE, tmp_path / "b.zip", **ELSEWHERE[how])
    assert (tmp_path / "b.zip").read_bytes() == bundle.read_bytes()
    assert run(JUDGED, bundle, **ELSEWHERE[how]) == judged


@pytest.mark.long
@pytest.mark.parametrize("flag", ["-O", "-OO", "-I"])
def test_an_interpreter_without_assertions_gives_the_same(bundle: Path, judged: bytes, flag: str) -> None:
    assert run(JUDGED, bundle, flag) == judged


@pytest.mark.long
@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Paris"])
def test_other_zone_files_of_the_machine_give_the_same_bundle_and_verdict(
    bundle: Path, judged: bytes, tmp_path: Path, zone: str
) -> None:
    tree = {"PYTHONTZPATH": str(another_tree(tmp_path / "tree", zone))}
    run(MADE, tmp_path / "b.zip", **tree)
    assert (tmp_path / "b.zip").read_bytes() == bundle.read_bytes()
    assert run(JUDGED, bundle, **tree) == judged


@pytest.mark.long
@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Paris"])
def test_another_release_of_the_zones_gives_the_same_verdict_since_the_opening_pins_its_own(
    bundle: Path, judged: bytes, tmp_path: Path, zone: str
) -> None:
    other = another_release(tmp_path, zone)
    asked = "import tzdata, sys; sys.stdout.write(tzdata.__file__)"
    assert str(tmp_path).encode() in run(asked, bundle, FIRST=str(other))
    assert run(JUDGED, bundle, FIRST=str(other)) == judged
