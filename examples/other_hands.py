"""Check an evidence bundle with other people's tools and nothing of inblue (docs/verifying.md, section 4).

    pip install bagit securesystemslib[crypto] tlog-scales
    unzip vote.zip && python other_hands.py inblue-bundle

What it checks: manifests (bagit), every signature (securesystemslib), the checkpoint and the proofs (tlog-scales), and
that no entry of the range is missing (RFC 9162, twelve lines below). It does not judge who may do what, nor derive the
record again: that takes the rules of the procedure. Whose the keys are, the reader must know from elsewhere.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bagit
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined] # it is, by its __init__
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof


def lines(path: Path) -> list[bytes]:
    """The lines of a file, without their line feeds."""
    return path.read_bytes().split(b"\n")[:-1]


def hashes(texts: list[str]) -> list[bytes]:
    """Hashes as log.json writes them."""
    return [base64.b64decode(text, validate=True) for text in texts]


def leaf(entry: bytes) -> bytes:
    """RFC 9162, section 2.1.1."""
    return hashlib.sha256(b"\0" + entry).digest()


def root(
    low: int, high: int, start: int, leaves: list[bytes], before: Iterator[bytes], after: Iterator[bytes]
) -> bytes:
    """The hash over leaves ``low`` to ``high``: those of the range, and the hashes given for what lies around it."""
    if high <= start:
        return next(before)
    if low >= start + len(leaves):
        return next(after)
    if high - low == 1:
        return leaves[low - start]
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    left = root(low, middle, start, leaves, before, after)
    return hashlib.sha256(b"\1" + left + root(middle, high, start, leaves, before, after)).digest()


def main(folder: Path) -> None:
    """Check everything; an exception says what does not hold."""
    bagit.Bag(str(folder)).validate()

    log = json.loads((folder / "data/log.json").read_bytes())
    register, entries = lines(folder / "data/register.jsonl"), lines(folder / "data/entries.jsonl")
    places = [placed["index"] for placed in log["recalled"]]
    ordered = sorted(zip([*places, *range(log["start"], log["end"])], [*register, *entries], strict=True))

    keys: dict[str, SSlibKey] = {}
    log_keys: list[str] = []
    handovers: dict[int, Checkpoint] = {}
    for index, raw in ordered:
        envelope = Envelope.from_dict(json.loads(raw))
        payload: dict[str, Any] = json.loads(envelope.payload)
        act = payload["act"]
        if payload["kind"] in {"ledger-founded@1", "key-enrolled@1"}:
            grant = act["registrar"] if index == 0 else act["grant"]
            keys[grant["key"]] = SSlibKey(grant["key"], "ed25519", "ed25519", {"public": grant["public_key"]})
        if payload["kind"] == "log-key-succeeded@1":
            handovers[index] = Checkpoint.from_text(act["handover"])
            handovers[index].verify(Vkey.from_string(log_keys[-1]))
        if payload["kind"] in {"ledger-founded@1", "log-key-succeeded@1"}:
            log_keys.append(act["log_key"])
        envelope.verify([keys[payload["actor"]["key"]]], 1)

    checkpoint = Checkpoint.from_text((folder / "data/checkpoint.txt").read_text())
    checkpoint.verify(Vkey.from_string(log_keys[-1]))

    before, after = iter(hashes(log["before"])), iter(hashes(log["after"]))
    rooted = root(0, checkpoint.size, log["start"], [leaf(raw) for raw in entries], before, after)
    if rooted != checkpoint.root_hash or [*before, *after]:
        raise SystemExit("the entries do not give the root that was signed")
    for placed, raw in zip(log["recalled"], register, strict=True):
        proof = InclusionProof(placed["index"], checkpoint.size, hashes(placed["path"]))
        proof.check(leaf(raw), checkpoint.root_hash)
    for shown in log["handovers"]:
        earlier = handovers[shown["entry"]]
        path = ConsistencyProof(earlier.size, checkpoint.size, hashes(shown["path"]))
        path.check(earlier.root_hash, checkpoint.root_hash)

    print(f"entries {log['start']} to {log['end'] - 1} of {checkpoint.origin} hold under the keys the bundle carries:")
    for key in sorted(keys):
        print(f"  officer's key {key}")
    print(f"  log's key {log_keys[-1]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
