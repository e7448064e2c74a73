"""Check an evidence bundle with third-party tools and no code of inblue (docs/verifying.md, section 4).

    pip install bagit securesystemslib[crypto] tlog-scales
    unzip vote.zip && python other_hands.py inblue-bundle [POLICY]

What it checks: manifests (bagit), every signature, ballots too (securesystemslib), checkpoints and proofs
(tlog-scales), that no entry of the range is missing (RFC 9162, twelve lines below), as of which entry of the log that
is (docs/bundle.md), each timestamp (``openssl ts``), and, with a C2SP policy file, the lines of the witnesses that it
names (tlog-scales). It does not judge who may do what, nor derive the record again: that takes the rules of the
procedure. Whose the keys are, and the roots of the authorities, which the bundle only claims, the reader must know from
elsewhere.
"""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bagit
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
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
    """The hash over leaves ``low`` to ``high``: those of the range, and the given hashes for the rest."""
    if high <= start:
        return next(before)
    if low >= start + len(leaves):
        return next(after)
    if high - low == 1:
        return leaves[low - start]
    middle = low + (1 << (high - low - 1).bit_length() - 1)
    left = root(low, middle, start, leaves, before, after)
    return hashlib.sha256(b"\1" + left + root(middle, high, start, leaves, before, after)).digest()


@dataclass
class Keys:
    """Whose keys are whose, as the entries say: officers' and members' by id, the log's by the entry that gives it."""

    holders: dict[str, tuple[SSlibKey, str | None]] = field(default_factory=dict)
    log: list[tuple[int, Vkey]] = field(default_factory=list)
    vkeys: list[str] = field(default_factory=list)
    registered: int = 0
    last_registered: int = -1
    acts: dict[str, int] = field(default_factory=dict)
    stated: tuple[int, dict[str, int]] = (-1, {})

    def signed(self, note: str) -> Checkpoint:
        """A checkpoint signed by the key that the log had at its size."""
        checkpoint = Checkpoint.from_text(note)
        checkpoint.verify([key for index, key in self.log if index < checkpoint.size][-1])
        return checkpoint


def check_entry(index: int, raw: bytes, keys: Keys) -> Checkpoint | None:
    """Check an entry's signature, and that of the ballot in it; return the checkpoint that it hands over, if any."""
    envelope = Envelope.from_dict(json.loads(raw))
    payload: dict[str, Any] = json.loads(envelope.payload)
    act, handover = payload["act"], None
    if payload.get("register", keys.registered) != keys.registered:
        raise SystemExit(f"entry {index} counts {payload['register']} entries of the register, not {keys.registered}")
    keys.acts[payload["stream"]] = payload["index"] + 1
    if payload["stream"] == "register":
        if payload["index"] != keys.registered:
            raise SystemExit(f"an entry of the register is missing before entry {index}")
        keys.registered, keys.last_registered = keys.registered + 1, index
    if payload["kind"] == "register-stated@1":
        keys.stated = (index, {each["stream"]: each["acts"] for each in act["votes"]})
    if payload["kind"] in {"ledger-founded@1", "key-enrolled@1"}:
        grant = act["registrar"] if index == 0 else act["grant"]
        public = SSlibKey(grant["key"], "ed25519", "ed25519", {"public": grant["public_key"]})
        keys.holders[grant["key"]] = (public, grant["member"])
    if payload["kind"] == "log-key-succeeded@1":
        handover = keys.signed(act["handover"])
    if payload["kind"] in {"ledger-founded@1", "log-key-succeeded@1"}:
        keys.log.append((index, Vkey.from_string(act["log_key"])))
        keys.vkeys.append(act["log_key"])
    envelope.verify([keys.holders[payload["actor"]["key"]][0]], 1)
    if act.get("ballot"):
        check_ballot(act, keys)
    return handover


def check_ballot(act: dict[str, Any], keys: Keys) -> None:
    """A ballot is signed by a key of the member that replies, and says what the reply says."""
    envelope = Envelope.from_dict(json.loads(act["ballot"]["envelope"]))
    ballot = json.loads(envelope.payload)
    (key_id,) = envelope.signatures
    key, member = keys.holders[key_id]
    envelope.verify([key], 1)
    position = ballot["replies"][0]["position"] if ballot["format"] == "inblue-ballot/2" else ballot["position"]
    if member != act["member"] or (ballot["member"], position) != (act["member"], act["position"]):
        raise SystemExit(f"the ballot of {act['member']} is another's, or says something else")


@dataclass
class Log:
    """What the bundle shows of the log: the range, and the hashes around it, under one checkpoint."""

    part: dict[str, Any]
    leaves: list[bytes]
    checkpoint: Checkpoint

    def check(self) -> None:
        """No entry of the range is missing."""
        before, after = iter(hashes(self.part["before"])), iter(hashes(self.part["after"]))
        rooted = root(0, self.checkpoint.size, self.part["start"], self.leaves, before, after)
        if rooted != self.checkpoint.root_hash or [*before, *after]:
            raise SystemExit("the entries do not give the root that was signed")

    def check_earlier(self, earlier: Checkpoint, path: list[str]) -> None:
        """Check that it is a state of this log: from the range where that reaches it, else by a proof."""
        start, peaks = self.part["start"], hashes(self.part["before"])
        if start < earlier.size <= self.part["end"]:
            held = root(0, earlier.size, start, self.leaves, iter(peaks), iter(()))
        elif earlier.size == start:
            held = reduce(lambda right, left: hashlib.sha256(b"\1" + left + right).digest(), reversed(peaks))
        else:
            proof = ConsistencyProof(earlier.size, self.checkpoint.size, hashes(path))
            proof.check(earlier.root_hash, self.checkpoint.root_hash)
            return
        if held != earlier.root_hash or path:
            raise SystemExit(f"the checkpoint of size {earlier.size} is not a state of this log")


def as_of(part: dict[str, Any], size: int, keys: Keys, *, counts: bool) -> str:
    """Which state of the log is shown; ``counts``: the last entry of the range counts the register's before it."""
    at, stated = keys.stated
    votes = [f"vote:{symbol}" for symbol in part["votes"]]
    whole = part["end"] == size or (at == size - 1 and all(stated.get(vote) == keys.acts[vote] for vote in votes))
    register = max(keys.last_registered + 1, part["end"] if counts or part["start"] == 0 else 0)
    return f"as of entry {size if whole else part['end']} of {size}, the register up to entry {register}"


def openssl(*words: str, folder: str) -> str | None:
    """What ``openssl ts`` prints, or None if it refuses."""
    command = ["openssl", "ts", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    return done.stdout if done.returncode == 0 else None


def stamped_at(line: dict[str, Any], roots: list[str], others: list[str]) -> datetime | None:
    """The time at which the authority saw the checkpoint; None if the token does not hold under these roots."""
    files = {"token": line["token"], "query": line["query"]}
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_bytes(base64.b64decode(text, validate=True))
        for name, text in {"note": line["note"], "roots": "".join(roots), "others": "".join(others)}.items():
            (Path(folder) / name).write_bytes(text.encode())
        said = openssl("-reply", "-token_in", "-in", "token", "-text", folder=folder)
        if said is None:
            return None
        month, day, clock, year, _ = said.split("Time stamp: ")[1].split("\n")[0].split()
        at = datetime.strptime(f"{month} {day} {clock.split('.')[0]} {year}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        # The chain is to hold at the time of the token: certificates expire, and what they stamped stays stamped.
        how = ["-attime", str(int(at.timestamp())), "-CAfile", "roots", *(["-untrusted", "others"] if others else [])]
        for over in (("-queryfile", "query"), ("-data", "note")):
            if openssl("-verify", "-token_in", "-in", "token", *over, *how, folder=folder) is None:
                return None
    return at


def check_timestamps(stamps: list[dict[str, Any]], keys: Keys, log: Log) -> Iterator[str]:
    """Check that each is over a state of this log; return what each authority says, if its token holds."""
    places = [(line["size"], hashlib.sha256(base64.b64decode(line["token"])).hexdigest()) for line in stamps]
    if places != sorted(set(places)):
        raise SystemExit("the timestamps are out of order, or one is there twice")
    claimed: set[str] = set()
    for line in sorted(stamps, key=lambda line: (line["size"], line["authority"]["name"])):
        stamped, authority = keys.signed(line["note"]), line["authority"]
        if stamped.size != line["size"]:
            raise SystemExit("a timestamp is over a checkpoint of another size than it says")
        log.check_earlier(stamped, line["path"])
        made = {pem: load_pem_x509_certificate(pem.encode()) for pem in authority["certificates"]}
        roots = [pem for pem, certificate in made.items() if certificate.issuer == certificate.subject]
        at = stamped_at(line, roots, [pem for pem in made if pem not in roots])
        says = f"existed by {at:%Y-%m-%d %H:%M:%S} UTC, give or take its accuracy" if at else "DOES NOT HOLD: nothing"
        yield f"  entries below {stamped.size}: {authority['name']!a}: {says}"
        claimed |= {f"  {authority['name']!a}: root {made[pem].fingerprint(SHA256()).hex()}" for pem in roots}
    if claimed:
        yield from ("under roots that the bundle claims (SHA-256); compare them:", *sorted(claimed))


def witnesses(policy: str) -> dict[str, Vkey]:
    """The keys of a policy's witness lines, by their names there."""
    named = [line.split() for line in policy.splitlines() if line.split()[:1] == ["witness"]]
    found = {words[1]: Vkey.from_string(words[2]) for words in named}
    for name, key in found.items():
        if Vkey(key.name, None, key.sig_type, key.pubkey).key_id != key.key_id:
            raise SystemExit(f"the key of the witness {name} has another id than it says")
    return found


def check_cosigned(cosigned: list[dict[str, Any]], keys: Keys, log: Log, policy: str) -> Iterator[str]:
    """Check that each is a state of this log, with its witnesses' lines; return the most that each has cosigned."""
    notes = []
    for line in cosigned:
        notes.append(keys.signed(line["note"]))
        if notes[-1].size != line["size"]:
            raise SystemExit("a cosigned checkpoint is of another size than it says")
        log.check_earlier(notes[-1], line["path"])
    for name, key in witnesses(policy).items():
        sizes = [0]
        for note in (*notes, log.checkpoint):
            if any(key.match(signature) for signature in note.signatures):
                note.verify(key)
                sizes.append(note.size)
        yield f"  {name} has cosigned {max(sizes)} of {log.checkpoint.size} entries"


def main(folder: Path, policy: str) -> None:
    """Check everything; an exception says what does not hold."""
    bagit.Bag(str(folder)).validate()

    part = json.loads((folder / "data/log.json").read_bytes())
    register, entries = lines(folder / "data/register.jsonl"), lines(folder / "data/entries.jsonl")
    places = [placed["index"] for placed in part["recalled"]]
    ordered = sorted(zip([*places, *range(part["start"], part["end"])], [*register, *entries], strict=True))
    keys = Keys()
    handed_over = {index: found for index, raw in ordered if (found := check_entry(index, raw, keys))}

    checkpoint = keys.signed((folder / "data/checkpoint.txt").read_text())
    log = Log(part, [leaf(raw) for raw in entries], checkpoint)
    log.check()
    for placed, raw in zip(part["recalled"], register, strict=True):
        proof = InclusionProof(placed["index"], checkpoint.size, hashes(placed["path"]))
        proof.check(leaf(raw), checkpoint.root_hash)
    shown = {each["entry"]: each["path"] for each in part["handovers"]}
    for index, earlier in handed_over.items():
        log.check_earlier(earlier, shown.get(index, []))
    last = json.loads(Envelope.from_dict(json.loads(entries[-1])).payload)
    stamps = [json.loads(raw) for raw in lines(folder / "data/timestamps.jsonl")]
    cosigned = [json.loads(raw) for raw in lines(folder / "data/cosigned.jsonl")]
    said = [*check_timestamps(stamps, keys, log), *check_cosigned(cosigned, keys, log, policy)]

    print(
        f"entries {part['start']} to {part['end'] - 1} of {checkpoint.origin} hold under the keys the bundle carries:"
    )
    print(f"  {as_of(part, checkpoint.size, keys, counts='register' in last)}")
    # By member, then officers: in order of the keys it would be another order in each ledger.
    for key in sorted(keys.holders, key=lambda key: (keys.holders[key][1] is None, keys.holders[key][1] or "", key)):
        holder = keys.holders[key][1]
        whose = f"key of {holder}" if holder else "officer's key"
        print(f"  {whose} {key}")
    print(f"  log's key {keys.vkeys[-1]}")
    print("\n".join(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]).read_text() if len(sys.argv) > 2 else "")
