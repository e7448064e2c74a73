"""Where fuzzing starts: for each target some true inputs, and the true bundle that changed ones are told from."""

from __future__ import annotations

import binascii
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias

from ledgers import OPENED, ROSTER, SMALL, Members, cast, members_of, small
from paths import CASES, VECTORS
from signers import LOG, REGISTRAR

from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    DraftCirculated,
    DraftWithdrawn,
    LetterSent,
    ReceiptAcknowledged,
    WindowChanged,
)
from inblue.domain.canonical import Json, canonical
from inblue.domain.ending_acts import TallyCirculated
from inblue.domain.errors import Malformed
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register_acts import (
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    LedgerFounded,
    LogKeyAnnounced,
    LogKeySucceeded,
    PresidencyAssigned,
    ProcedureAdopted,
    RosterAdopted,
)
from inblue.domain.roster import shipped, shipped_names
from inblue.domain.snapshot import Snapshot
from inblue.domain.zone import zone_file
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.bundle import LogPart
from inblue.ledger.evidence.container import write_container
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import MlDsaVerifier
from inblue.ledger.standards.dsse import seal
from inblue.ledger.standards.ed25519 import Ed25519Signer, public_pem
from inblue.ledger.standards.merkle import EMPTY_ROOT, Frontier, leaf_hash
from inblue.ledger.standards.note import NoteSigner, encode_base64, sign

Seeds: TypeAlias = Mapping[str, bytes]

ORIGIN = "example.org/small"
NOTE_TEXTS = (
    f"{ORIGIN}\n0\n{encode_base64(EMPTY_ROOT)}\n",
    f"{ORIGIN}\n7\n{encode_base64(bytes(32))}\n",
    "Any text\n\nwith an empty line — and a dash\n",
)

_FILE = re.compile(rb"@(\d)@")


@cache
def signers() -> tuple[Ed25519Signer, Ed25519Signer]:
    """The registrar's key, and one that may be enrolled."""
    return REGISTRAR, Ed25519Signer.from_seed(b"s" * 32)


@cache
def log_signer(successor: bool = False) -> NoteSigner:
    """The log's key, and the one that may follow it."""
    return NoteSigner(ORIGIN, Ed25519Signer.from_seed(b"m" * 32) if successor else LOG)


@cache
def small_bundle() -> bytes:
    """The bundle of the small vote."""
    with tempfile.TemporaryDirectory() as folder:
        return export(small(), Path(folder) / "b.zip", vote=SMALL, include_open=True).path.read_bytes()


@cache
def small_members() -> Members:
    """What is in it; not to be changed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.zip"
        path.write_bytes(small_bundle())
        return members_of(path)


def manifests(members: Members) -> None:
    """Write every manifest again."""
    payload = sorted(name for name in members if name.startswith("data/"))
    for kind in ("sha256", "sha512"):
        listed = (f"{hashlib.new(kind, members[name]).hexdigest()}  {name}\n" for name in payload)
        members[f"manifest-{kind}.txt"] = "".join(listed).encode()
    tags = sorted(name for name in members if not name.startswith(("data/", "tagmanifest")))
    listed = (f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in tags)
    members["tagmanifest-sha256.txt"] = "".join(listed).encode()


def signed(data: bytes) -> tuple[Members, bool]:
    """The bundle of a log whose every entry is signed, and whether it can be read at all.

    A line ``+...`` is a file; each other line is an entry's payload. ``@0@`` to ``@9@`` are the digests of the
    files, ``@note@`` for a checkpoint, signed by the log, of the entries before.
    """
    digests: list[bytes] = []
    files: dict[str, bytes] = {}
    entries: list[bytes] = []
    votes: dict[str, None] = {}
    tree = Frontier()

    def named(found: re.Match[bytes]) -> bytes:
        at = int(found[1])
        return digests[at] if at < len(digests) else found[0]

    for line in data.split(b"\n"):
        whole = _FILE.sub(named, line)
        if line[:1] == b"+":
            name = hashlib.sha256(whole[1:]).hexdigest()
            files[name] = whole[1:]
            digests.append(name.encode())
            continue
        if b"@note@" in whole:
            note = Checkpoint(ORIGIN, tree.size, tree.root()).sign(log_signer(), log_signer(successor=True)).decode()
            whole = whole.replace(b"@note@", json.dumps(note, ensure_ascii=False)[1:-1].encode())
        key, symbol = _key_and_symbol(whole)
        try:
            entries.append(seal(whole, signers()[key]))
        except Malformed:
            continue
        tree.add(leaf_hash(entries[-1]))
        if symbol is not None and symbol.isprintable() and symbol == symbol.strip() and 0 < len(symbol) <= 300:
            votes[symbol] = None
    log_json, readable = _log_json(len(entries), list(votes))
    pinned = b"\n".join(files.values())
    files |= {sha256: raw for sha256, raw in _zones().items() if sha256.encode() in pinned}
    cited = b"\n".join(binascii.a2b_base64(each[12 : each.index(b'"', 12)]) for each in entries)
    members = {
        "README.txt": b"",
        "bag-info.txt": b"",
        "bagit.txt": b"",
        "data/checkpoint.txt": Checkpoint(ORIGIN, tree.size, tree.root()).sign(
            log_signer(), log_signer(successor=True)
        ),
        "data/claims.json": b"",
        "data/cosigned.jsonl": b"",
        "data/entries.jsonl": b"".join(each + b"\n" for each in entries),
        "data/log.json": log_json,
        "data/record.json": b"",
        "data/register.jsonl": b"",
        "data/timestamps.jsonl": b"",
        **{
            f"data/files/{name}": content
            for name, content in files.items()
            if name.encode() in cited or name in _zones()
        },
    }
    manifests(members)
    return members, readable


@cache
def _zones() -> dict[str, bytes]:
    """The zones that a snapshot may pin, by digest: bytes of their own, which no line of the seeds can hold."""
    zones = map(zone_file, ("America/New_York", "Europe/London"))
    return {hashlib.sha256(raw).hexdigest(): raw for raw in zones}


def _key_and_symbol(payload: bytes) -> tuple[int, str | None]:
    """Which of the keys an entry says it is signed with, and of which vote it is, if it begins one."""
    try:
        said = json.loads(payload)
        key = int(said["actor"]["key"] == signers()[1].key_id)
        stream = said["stream"]
        begins = said["kind"] == "draft-circulated@1" and isinstance(stream, str) and stream.startswith("vote:")
    except (ValueError, LookupError, TypeError, RecursionError):
        return 0, None
    return key, stream.removeprefix("vote:") if begins else None


def _log_json(end: int, votes: list[str]) -> tuple[bytes, bool]:
    empty: list[str] = []
    part: dict[str, Json] = {"after": empty, "before": empty, "end": end, "format": "inblue-bundle/1"}
    try:
        raw = canonical({**part, "handovers": empty, "recalled": empty, "start": 0, "votes": votes}) + b"\n"
        LogPart.read(raw, where="log.json")
    except Malformed:
        return b"{}\n", False
    return raw, True


def seeds_of(target: str) -> Seeds:
    """True inputs of a target, by a name for each."""
    from . import certificates, given, intake, mail, own_rules, printed, published  # these build on this module
    from .outside_seeds import SEEDS

    found = {
        **_SEEDS,
        **SEEDS,
        **published.SEEDS,
        **certificates.SEEDS,
        **own_rules.SEEDS,
        **mail.SEEDS,
        **intake.SEEDS,
        **given.SEEDS,
        **printed.SEEDS,
    }[target]()
    assert found, f"{target} has no seeds"
    return found


def _json() -> Seeds:
    files = [*CASES, *VECTORS.glob("published/jcs/*put/*.json")]
    odd = [b'{"a":[1,-0,2.5,1e3,null]}', b'"\\ud83d\\ude00"', b'{"":{"":{}}}', b"9007199254740991", b"[[[[[[]]]]]]"]
    return {**{path.parent.name + path.name: path.read_bytes() for path in files}, **numbered(odd)}


def _envelopes() -> Seeds:
    """One entry of each kind."""
    found: dict[str, bytes] = {}
    for line in (line for text in _signed().values() for line in _entry_lines(text)):
        found.setdefault(_kind(line), line)
    return found


def _entry_lines(text: bytes) -> list[bytes]:
    return signed(text)[0]["data/entries.jsonl"].splitlines()


def _kind(envelope: bytes) -> str:
    kind: str = json.loads(_payload(envelope))["kind"]
    return kind


def _payload(envelope: bytes) -> bytes:
    return binascii.a2b_base64(json.loads(envelope)["payload"])


def _payloads() -> Seeds:
    made = {kind: _payload(envelope) for kind, envelope in _envelopes().items()}
    keyed, kept = json.loads(made["vote-cast@1"]), {"register", "idempotency_key"}
    first = {name: value for name, value in keyed.items() if name not in kept}
    made["first"] = canonical({**first, "format": "inblue-entry/1"})
    made["keyed"] = canonical({**keyed, "idempotency_key": "letter-17"})
    return made


def _notes() -> Seeds:
    other = NoteSigner("example.org/witness", signers()[1])
    notes = [sign(text, *by) for text in NOTE_TEXTS for by in ([log_signer()], [log_signer(), other], [other])]
    return numbered(notes)


def _vkeys() -> Seeds:
    mldsa = MlDsaVerifier(ORIGIN, bytes(n % 256 for n in range(1312)))
    return numbered([str(log_signer().verifier).encode(), str(mldsa).encode()])


def _base64() -> Seeds:
    return numbered([encode_base64(bytes(range(n))).encode() for n in (0, 1, 2, 3, 32, 64)])


def _checkpoints() -> Seeds:
    return numbered([*(text.encode() for text in NOTE_TEXTS), Checkpoint("é", 2**63 - 1, bytes(32)).text().encode()])


def _trusts() -> Seeds:
    claims = json.loads(small_members()["data/claims.json"])
    note = small_members()["data/checkpoint.txt"].decode()
    watched = {**claims, "checkpoints": [note, sign(NOTE_TEXTS[1], log_signer()).decode()]}
    from .outside_seeds import trusts  # as above

    return numbered([*(canonical(each) for each in (claims, watched, {"format": "inblue-trust/1"})), *trusts()])


def _zips() -> Seeds:
    made = [{}, {"a": b""}, {"a": b"x\ny\n", "b/c.txt": b"z" * 40}, {f"n/{n}": b"%d\n" % n for n in range(12)}]
    return {"bundle": small_bundle(), **numbered([_zip(members) for members in made])}


def _zip(members: Mapping[str, bytes]) -> bytes:
    with tempfile.TemporaryFile() as out:
        write_container(out, ((name, [content]) for name, content in sorted(members.items())))
        out.seek(0)
        return out.read()


def _bundle() -> Seeds:
    return {"small": small_bundle()}


def _members() -> Seeds:
    members = small_members()
    return {name.replace("/", "-"): bytes([at]) + members[name] for at, name in enumerate(sorted(members))}


@cache
def _signed() -> Seeds:
    """Whole logs for :func:`signed`: the examples, each in a ledger of its own; the small vote; acts of every kind."""
    from .outside_seeds import balloted  # it builds on this module

    found = {
        "ballot": _as_text(balloted()),
        "small": _as_text(small()),
        "every": b"\n".join(_every_kind()),
        "withdrawn": b"\n".join(_withdrawn()),
    }
    for path in CASES:
        ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN)
        play(ledger, read_case(path), path.parent, signer=REGISTRAR)
        found[path.name] = _as_text(ledger)
    return found


def _as_text(ledger: Ledger) -> bytes:
    """A ledger as :func:`signed` reads it."""
    payloads = [_payload(stored.envelope) for stored in ledger.streams.page(0, 500)]
    files: dict[str, bytes] = {}
    for name in re.findall(rb'"([0-9a-f]{64})"', b"".join(payloads)):
        try:
            files.setdefault(name.decode(), ledger.files.get(name.decode()))
        except Exception:  # noqa: BLE001, S112 - a key's id, not a file's
            continue
    order = sorted(files, key=lambda name: b"inblue-snapshot/" in files[name])  # it names the procedure
    lines = [b"+" + files[name].replace(b"\n", b" ") for name in order]
    for payload in payloads:
        said = {**json.loads(payload), "seen": {"root": encode_base64(EMPTY_ROOT), "size": 0, "tokens": []}}
        lines.append(canonical(said))
    for at, name in enumerate(order):
        lines = [line.replace(name.encode(), b"@%d@" % at) for line in lines]
    return b"\n".join(lines)


def _every_kind() -> Iterator[bytes]:
    registrar, second = (
        KeyGrant(key=each.key_id, public_key=each.public_key.hex(), office="registrar") for each in signers()
    )
    old, new = (str(log_signer(each).verifier) for each in (False, True))
    rules = {
        **json.loads(shipped("procedures", "unsc-2020-253")),
        "id": "open",
        "seats": None,
        "window": {"clause": "window", "fixed_by": "letter", "hours": 24, "extendable": True},
    }
    procedure = Procedure.of(rules, where="rules")
    pinned = Snapshot.pinning(procedure, ROSTER, keys=(second,), president="CHN").canonical()
    yield b"+" + procedure.canonical()
    yield b"+" + pinned.replace(procedure.sha256.encode(), b"@0@")
    yield b"+" + ROSTER.canonical()
    register: list[AnyAct] = [
        LedgerFounded(origin=ORIGIN, log_key=old, registrar=registrar),
        KeyEnrolled(grant=second, replaces=registrar.key),
        KeyRevoked(key=registrar.key, reason="replaced", compromised_since=OPENED),
        LogKeyAnnounced(log_key=new),
        LogKeySucceeded(log_key=new, cause="rotation", handover="@note@"),
        ProcedureAdopted(id="open", sha256="a" * 64),
        RosterAdopted(name="three", sha256="b" * 64),
        PresidencyAssigned(body="the Council", member="CHN", month="2026-03"),
    ]
    for at, act in enumerate(register):
        yield _line(act, "register", at, signers()[at > 2])
    draft = DraftCirculated(symbol=SMALL, question="substantive", times="simulated", procedure="a" * 64)
    acts: list[tuple[float, Act]] = [
        (-2, draft),
        (-1, CoSponsorshipAnnounced(member="VNM", announced_at=OPENED)),
        (0, LetterSent(kind="opening", opens_at=OPENED, closes_at=OPENED + timedelta(hours=72), snapshot="c" * 64)),
        (1, cast("CHN", 1)),
        (2, ReceiptAcknowledged(member="CHN", acknowledged_at=OPENED + timedelta(hours=2))),
        (3, WindowChanged(closes_at=OPENED + timedelta(hours=96), changed_at=OPENED + timedelta(hours=3))),
        (4, ClericalErrorCorrected(member="CHN", field="position", was="in_favour", now="against", reason="typed")),
        (5, TallyCirculated(counts={"in_favour": 1}, circulated_at=OPENED + timedelta(hours=5))),
    ]
    for at, (hours, act) in enumerate(acts):
        yield _line(act, vote_stream(SMALL), at, signers()[1], hours, len(register))


def _withdrawn() -> Iterator[bytes]:
    grant = KeyGrant(key=REGISTRAR.key_id, public_key=REGISTRAR.public_key.hex(), office="registrar")
    yield b"+" + built_in_procedure("unsc-2020-253").canonical()
    key = str(log_signer().verifier)
    yield _line(LedgerFounded(origin=ORIGIN, log_key=key, registrar=grant), "register", 0, REGISTRAR)
    yield _line(ProcedureAdopted(id="unsc-2020-253", sha256="a" * 64), "register", 1, REGISTRAR)
    draft = DraftCirculated(symbol=SMALL, question="procedural", times="live", procedure="a" * 64)
    yield _line(draft, vote_stream(SMALL), 0, REGISTRAR, register=2)
    yield _line(DraftWithdrawn(withdrawn_at=OPENED), vote_stream(SMALL), 1, REGISTRAR, register=2)


def _line(act: AnyAct, stream: str, index: int, signer: Ed25519Signer, hours: float = -3, register: int = 0) -> bytes:
    """A payload in which ``aaa...`` means the first file, ``bbb...`` the third, ``ccc...`` the second."""
    raw = canonical(
        {
            "act": act.json_value(),
            "actor": {"key": signer.key_id, "office": "registrar"},
            "format": "inblue-entry/2",
            "index": index,
            "kind": act.kind_and_version(),
            "recorded_at": f"{OPENED + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}",
            "register": index if stream == "register" else register,
            "seen": {"root": encode_base64(EMPTY_ROOT), "size": 0, "tokens": []},
            "stream": stream,
        }
    )
    for letter, at in ((b"a", 0), (b"b", 2), (b"c", 1)):
        raw = raw.replace(b'"' + letter * 64 + b'"', b'"@%d@"' % at)
    return raw


def _cases() -> Seeds:
    return {path.name: path.read_bytes() for path in CASES}


def _procedures() -> Seeds:
    return {name: shipped("procedures", name) for name in shipped_names("procedures")}


def _rosters() -> Seeds:
    return {**{name: shipped("rosters", name) for name in shipped_names("rosters")}, "small": ROSTER.canonical()}


def _zone_files() -> Seeds:
    names = ("UTC", "America/New_York", "America/Asuncion", "Africa/Casablanca", "Australia/Lord_Howe")
    return {name.replace("/", "-"): zone_file(name) for name in names}


def _moments() -> Seeds:
    texts = [
        "2020-03-27",
        "1000-01-01",
        "8999-12-31",
        "2020-02-29",
        "2020-03-27T14:00:00-04:00",
        "2020-03-27T18:00:00Z",
        "2016-12-31T23:59:60Z",
        "2020-03-27T18:00:00.000001+23:59",
        "1000-01-01T00:00:00Z",
        "8999-12-31T23:59:59.999999Z",
        "2011-12-30",
    ]
    return numbered([text.encode() for text in texts])


def _pems() -> Seeds:
    small_order = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
    return numbered([public_pem(each) for each in (REGISTRAR.public_key, bytes(32), b"\xff" * 32, small_order)])


def numbered(found: list[bytes]) -> Seeds:
    """Inputs that have no better name."""
    return {f"{number:02}": each for number, each in enumerate(found)}


_SEEDS: Mapping[str, Callable[[], Seeds]] = {
    "json": _json,
    "envelope": _envelopes,
    "entry": _envelopes,
    "entry_payload": _payloads,
    "note": _notes,
    "vkey": _vkeys,
    "base64": _base64,
    "checkpoint": _checkpoints,
    "trust": _trusts,
    "container": _zips,
    "bundle": _bundle,
    "bundle_member": _members,
    "bundle_signed": _signed,
    "case": _cases,
    "procedure": _procedures,
    "roster": _rosters,
    "moment": _moments,
    "zone": _zone_files,
    "pem": _pems,
}
