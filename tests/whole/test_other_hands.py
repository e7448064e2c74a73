"""A bundle in other people's hands: unzip, sha256sum, jq, openssl, bagit, securesystemslib, tlog-scales."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pytest
from ledgers import recorded, rewrite
from make_vectors import HERE, WANTED
from paths import EXAMPLES
from signers import REGISTRAR, SECOND

from inblue.domain.canonical import canonical
from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.evidence.bundle import CHECKPOINT, ENTRIES, FOLDER, LOG_JSON, REGISTER
from inblue.ledger.evidence.trust import read_trust
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.dsse import seal
from inblue.ledger.standards.ed25519 import Ed25519Signer

VOTES = ["S/2020/240", "SIM/A/74/L.1", "SIM/2026/1", None]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Path]:
    """A bundle of each vote, and of the whole; the log's key is rotated between the votes."""
    folder = tmp_path_factory.mktemp("bundles")
    ledger = recorded()
    ledger.announce_log_key(SECOND.public_key, signer=REGISTRAR)
    ledger.replace_log_key(SECOND, cause="rotation", signer=REGISTRAR)
    play(ledger, read_case(EXAMPLES / "simulated.case.json"), EXAMPLES, signer=REGISTRAR)
    return {vote: export(ledger, folder / f"{number}.zip", vote=vote).path for number, vote in enumerate(VOTES)}


def unzipped(bundle: Path, folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(bundle), str(folder)], check=True)
    return folder / FOLDER.rstrip("/")


def by_other_hands(folder: Path, *policy: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / "other_hands.py"), str(folder), *map(str, policy)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.long
@pytest.mark.parametrize("vote", VOTES)
def test_every_bundle_holds_in_another_implementation(
    bundles: dict[str | None, Path], tmp_path: Path, vote: str | None
) -> None:
    assert verify_bundle(bundles[vote]).holds
    done = by_other_hands(unzipped(bundles[vote], tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"officer's key {REGISTRAR.key_id}" in done.stdout


def test_the_script_uses_nothing_of_ours() -> None:
    source = (EXAMPLES / "other_hands.py").read_text()
    assert not [line for line in source.splitlines() if line.startswith(("import", "from")) and "inblue" in line]


def _edit(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        assert old in members[name]
        members[name] = members[name].replace(old, new, 1)

    return change


def _drop_last(members: dict[str, bytes]) -> None:
    members[ENTRIES] = b"".join(members[ENTRIES].splitlines(keepends=True)[:-1])
    log = json.loads(members[LOG_JSON])
    log["end"] -= 1
    members[LOG_JSON] = json.dumps(log).encode()


def _grow(members: dict[str, bytes]) -> None:
    """One entry more in the checkpoint than its signature covers."""
    origin, size, *rest = members[CHECKPOINT].split(b"\n")
    members[CHECKPOINT] = b"\n".join([origin, b"%d" % (int(size) + 1), *rest])


def _resign(members: dict[str, bytes]) -> None:
    """An entry signed by a stranger under the registrar's key id."""
    first, *rest = members[ENTRIES].splitlines(keepends=True)
    envelope = json.loads(first)
    stranger = Ed25519Signer.from_seed(b"s" * 32)
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"]
    signed = stranger.sign(b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload))
    envelope["signatures"][0]["sig"] = base64.b64encode(signed).decode()
    members[ENTRIES] = b"".join([json.dumps(envelope).encode() + b"\n", *rest])


@pytest.mark.parametrize(
    "change",
    [
        _drop_last,
        _resign,
        _edit(CHECKPOINT, b"\n\n", b"\nx\n\n"),
        _grow,
        _edit(LOG_JSON, b'"path":["', b'"path":["AAAA'),
    ],
)
def test_another_implementation_refuses_what_is_changed_as_we_do(
    bundles: dict[str | None, Path], tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    bundle = tmp_path / "b.zip"
    shutil.copy(bundles["SIM/2026/1"], bundle)
    rewrite(bundle, change)
    assert by_other_hands(unzipped(bundle, tmp_path)).returncode == 1
    assert not _holds(bundle)


def _holds(bundle: Path) -> bool:
    try:
        return verify_bundle(bundle).holds
    except Malformed:
        return False


def test_a_changed_file_is_named_by_bagit(bundles: dict[str | None, Path], tmp_path: Path) -> None:
    folder = unzipped(bundles[None], tmp_path)
    entries = folder / ENTRIES
    entries.write_bytes(entries.read_bytes().replace(b"A", b"B", 1))
    done = by_other_hands(folder)
    assert (done.returncode, "BagValidationError" in done.stderr) == (1, True)


PUBLISHED = {case["name"]: case for case in json.loads(WANTED.read_text()) if case["trust"] == "trust-stamped.json"}


@pytest.mark.long
@pytest.mark.parametrize("name", PUBLISHED)
def test_timestamps_and_cosignatures_hold_or_fail_in_another_implementation_as_they_do_in_ours(
    name: str, tmp_path: Path
) -> None:
    case = PUBLISHED[name]
    policy = tmp_path / "policy.txt"
    policy.write_text(read_trust(HERE / case["trust"]).policy or "")
    folder = unzipped(HERE / case["bundle"], tmp_path)
    for wanted, known in ((case["alone"], ()), (case["trusted"], (policy,))):
        done = by_other_hands(folder, *known)
        assert (done.returncode, done.stderr == "") == ((1, False) if wanted else (0, True))


@pytest.mark.parametrize("case", [case for case in json.loads(WANTED.read_text()) if "as_of" in case])
def test_another_implementation_says_as_of_which_entry(case: dict[str, Any], tmp_path: Path) -> None:
    entry, of, register = case["as_of"]
    done = by_other_hands(unzipped(HERE / case["bundle"], tmp_path))
    assert f"  as of entry {entry} of {of}, the register up to entry {register}\n" in done.stdout


def _said(name: str, tmp_path: Path) -> list[str]:
    policy = tmp_path / "policy.txt"
    policy.write_text(read_trust(HERE / "trust-stamped.json").policy or "")
    return by_other_hands(unzipped(HERE / f"{name}.zip", tmp_path), policy).stdout.splitlines()


def test_another_implementation_says_what_each_authority_and_witness_vouches_for_and_by_whose_roots(
    tmp_path: Path,
) -> None:
    said = _said("stamped", tmp_path)
    times = [line for line in said if "existed by" in line]
    assert len(times) == 10
    assert "  entries below 8: 'first': existed by 2026-03-27 20:00:00 UTC, give or take its accuracy" in times
    assert any("roots that the bundle claims" in line for line in said)
    assert said[-2:] == ["  one has cosigned 15 of 15 entries", "  two has cosigned 15 of 15 entries"]


def test_a_token_whose_signature_is_broken_proves_nothing_in_another_implementation_either(tmp_path: Path) -> None:
    said = _said("stamps-flipped", tmp_path)
    assert not [line for line in said if "existed by" in line]
    assert len([line for line in said if "DOES NOT HOLD" in line]) == 10


def test_a_ballot_under_another_members_key_is_refused(tmp_path: Path) -> None:
    """The registrar signs a new entry around it; the ballot's key gives it away."""
    folder = unzipped(HERE / "stamped.zip", tmp_path)
    entries = folder / ENTRIES
    raw = entries.read_bytes()
    change = next(line for line in raw.splitlines() if b'"ballot":{' in base64.b64decode(json.loads(line)["payload"]))
    payload = json.loads(base64.b64decode(json.loads(change)["payload"]))
    payload["act"]["member"] = "CHN"
    envelope = seal(canonical(payload), REGISTRAR)
    entries.write_bytes(raw.replace(change, envelope))
    bag = bagit.Bag(str(folder))
    bag.save(manifests=True)
    done = by_other_hands(folder)
    assert (done.returncode, "the ballot of CHN is another's" in done.stderr) == (1, True)


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("base64")), reason="jq is not on this machine")
def test_an_entry_is_read_with_jq(bundles: dict[str | None, Path], tmp_path: Path) -> None:
    folder = unzipped(bundles["S/2020/240"], tmp_path)
    script = f"sed -n 1p {ENTRIES} | jq -r .payload | base64 -d | jq -r .act.symbol"
    assert subprocess.run(script, shell=True, cwd=folder, capture_output=True, text=True, check=True).stdout == (  # noqa: S602
        "S/2020/240\n"
    )
    canonical = f"sed -n 1p {REGISTER} | jq -r .payload | base64 -d > p && jq -cjS . p | cmp - p && echo canonical"
    done = subprocess.run(canonical, shell=True, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S602
    assert done.stdout == "canonical\n"
