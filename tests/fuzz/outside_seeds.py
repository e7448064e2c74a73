"""Where fuzzing starts for what comes from witnesses, authorities and members; see :mod:`.seeds`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from cryptography.hazmat.primitives.serialization import Encoding
from ledgers import OPENED, ROSTER, SEATLESS, SMALL, Members, MlDsaSigner, members_of, small
from ledgers import cast as cast_vote
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.ballot import FirstBallot, OwnTimestamp, SignedBallot
from inblue.domain.canonical import canonical
from inblue.domain.errors import Malformed
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked
from inblue.domain.roster import built_in_roster
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.result import Verification
from inblue.ledger.certificates import der
from inblue.ledger.entries.ballot import Blank, SecondBlank, blank_of, sign
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS
from inblue.ledger.evidence.receipt import LogProof
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.authorities import Source, Sources
from inblue.ledger.operations.cosign import request_for
from inblue.ledger.operations.export import export, issue_receipt
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT, NodeId, append, consistency_proof, leaf_hash, root
from inblue.ledger.standards.note import decode_base64, encode_base64
from inblue.ledger.standards.timestamp import Timestamp, request, verify_token
from inblue.ledger.standards.witness_policy import Policy
from inblue.ledger.witness.request import write_request

from . import stamping
from .seeds import ORIGIN, Seeds, log_signer, numbered, signers

MESSAGE = b"what was stamped"
QUERY = request(MESSAGE, 1234567890123456789)
STAMPED_AT = datetime(2026, 3, 28, 12, 0, 0, 742_000, tzinfo=UTC)
WITNESS_SIGNER = CosignatureSigner("example.org/witness", Ed25519Signer.from_seed(b"w" * 32))
ML_DSA_WITNESS = MlDsaSigner(b"w" * 32, "example.org/other-witness")


class PublicKey(Protocol):
    """A key of signed notes of whatever type."""

    public: bytes


def keys_of(policy: object) -> list[PublicKey]:
    """Every key in a policy."""
    read = cast("Policy", policy)
    return cast("list[PublicKey]", [*read.logs, *(each.key for each in read.witnesses)])


def info() -> bytes:
    """The true content of a token over :data:`MESSAGE`."""
    return stamping.info(MESSAGE, 1234567890123456789, STAMPED_AT)


@cache
def true_stamp() -> Timestamp:
    """What the true token says."""
    return verify_token(stamping.token(info()), MESSAGE, stamping.authority(), query=QUERY)


def payload_of(envelope: str) -> str:
    """The payload in an envelope, by another reader of JSON."""
    return decode_base64(json.loads(envelope)["payload"], where="payload").decode()


def encode_oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER (X.690, 8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        digits = [arc >> shift & 0x7F for shift in range(0, max(arc.bit_length(), 1), 7)][::-1]
        content += bytes([digit | 0x80 for digit in digits[:-1]] + digits[-1:])
    return der.encode(der.OID, content)


def split_values(raw: bytes) -> list[bytes]:
    """DER values as they lie one after the other; if they are none, all of it as one."""
    try:
        return [value.raw for value in der.read_all(raw, where="here")] or [raw]
    except Malformed:
        return [raw]


def signed_request(chunk: bytes) -> bytes:
    """A request in which ``@log@`` is the log's signature line over the note that precedes it."""
    before, found, behind = chunk.partition(b"@log@\n")
    text = before.partition(b"\n\n")[2].rpartition(b"\n")[0]
    try:
        line = log_signer().line(text.decode()) if found else ""
    except UnicodeDecodeError:
        line = ""
    return before + line.encode() + behind


@cache
def stamped_ledger() -> Ledger:
    """The small vote, its heads stamped and cosigned; and one more entry, so that not all of it is."""
    ledger = small()
    for number in range(3):
        _stamp(ledger, number)
        _cosign(ledger, number)
        ledger.adopt_roster(
            built_in_roster("unsc-2020").model_copy(update={"name": f"again {number}"}), signer=REGISTRAR
        )
    ledger.checkpoint()
    return ledger


def _stamp(ledger: Ledger, number: int) -> None:
    head = ledger.log.head()
    assert head is not None
    content = stamping.info(head.note, number, STAMPED_AT.replace(hour=13 + number))
    claim = stamping.authority().canonical().decode()
    ledger.log.keep_stamp(Stamp(head.size, claim, head.note, request(head.note, number), stamping.token(content)))


def _cosign(ledger: Ledger, number: int) -> None:
    head, text = ledger.log.head(), ledger.checkpoint().text()
    assert head is not None
    ledger.log.keep_cosignature(head.size, head.note, WITNESS_SIGNER.line(text, 1_774_800_000 + number))
    if number:
        ledger.log.keep_cosignature(head.size, head.note, _ml_dsa_line(text))


@cache
def _ml_dsa_line(text: str) -> str:
    return ML_DSA_WITNESS.line(text, 1_774_800_009)


@cache
def stamped_members() -> Members:
    """What is in the bundle of it; not to be changed."""
    with tempfile.TemporaryDirectory() as folder:
        return members_of(export(stamped_ledger(), Path(folder) / "b.zip").path)


@cache
def stamped() -> Verification:
    """The result for a reader who trusts authority and witnesses."""
    with tempfile.TemporaryDirectory() as folder:
        found = verify_bundle(export(stamped_ledger(), Path(folder) / "b.zip").path, trust())
    assert found.holds
    assert found.witnessed_size
    assert found.bounds[SMALL]
    return found


@cache
def trust() -> Trust:
    """A reader's own."""
    return Trust(authorities=(stamping.authority(),), policy=policy_text("any"))


def policy_text(how: str) -> str:
    """A policy of two witnesses, of either type."""
    return (
        f"# who counts\nlog {log_signer().verifier} https://log.example.org/\n"
        f"witness one {WITNESS_SIGNER.verifier} https://one.example.org/\n"
        f"witness two {ML_DSA_WITNESS.verifier}\ngroup both {how} one two\nquorum both\n"
    )


def _policies() -> Seeds:
    one = str(WITNESS_SIGNER.verifier)
    deep = f"witness g0 {one}\n" + "".join(f"group g{n + 1} any g{n}\n" for n in range(990)) + "quorum g990"
    texts = [policy_text(how) for how in ("any", "all", "2")]
    texts += [
        "quorum none",
        f"\twitness w {one}\n\n # \n quorum\tw\n",
        deep,
        f"witness all {one}\nquorum all",
        f"witness o\x9bne {one}\nquorum none",
    ]
    return numbered([text.encode() for text in texts])


def _tree(size: int, salt: str = "") -> tuple[list[bytes], dict[NodeId, bytes]]:
    """A tree whose entries from the fourth on are other ones under another ``salt``."""
    nodes: dict[NodeId, bytes] = {}
    for index in range(size):
        nodes.update(append(index, leaf_hash(f"{index}{salt if index >= 3 else ''}".encode()), nodes.__getitem__))
    return [root(index, nodes.__getitem__) if index else EMPTY_ROOT for index in range(size + 1)], nodes


def _request(old: int, size: int, salt: str = "") -> bytes:
    roots, nodes = _tree(size, salt)
    proof = "".join(f"{encode_base64(h)}\n" for h in (consistency_proof(old, size, nodes.__getitem__) if old else []))
    return f"old {old}\n{proof}\n{ORIGIN}\n{size}\n{encode_base64(roots[size])}\n\n@log@\n".encode()


def _asked() -> Iterator[list[bytes]]:
    yield [_request(0, 3), _request(3, 5), _request(5, 5), _request(5, 8)]
    yield [_request(0, 0), _request(0, 0), _request(0, 4), _request(4, 7), _request(4, 9)]
    yield [_request(0, 5), _request(3, 7, "other"), _request(5, 7, "other"), _request(5, 5, "other")]
    yield [_request(3, 5), _request(7, 9).replace(b"\n9\n", b"\n5\n"), _request(0, 1), _request(1, 2), _request(2, 130)]
    lines = "".join(f"— example.org/nobody {encode_base64(bytes([n]) * 68)}\n" for n in range(99)).encode()
    false = f"— {WITNESS_SIGNER.name} {encode_base64(WITNESS_SIGNER.verifier.note_id + bytes(72))}\n".encode()
    yield [_request(0, 3) + lines, _request(3, 5)]
    yield [_request(0, 3) + false, _request(3, 5).replace(b"@log@\n", b"@log@\n@log@\n")]
    yield [_request(0, 3).replace(ORIGIN.encode(), b"example.org/unknown"), b"old 0\n\nx\n0\n"]


def _witnessings() -> Seeds:
    return numbered([b"\n--\n".join(requests) for requests in _asked()])


def _requests() -> Seeds:
    return numbered([signed_request(each) for requests in _asked() for each in requests[:2]])


def _receipts() -> Seeds:
    made = [issue_receipt(small(), SMALL, member) for member in ("CHN", "EST")]
    first = [{**each.json_value(), "format": "inblue-receipt/1", "draft": SMALL} for each in made]
    for each in first:
        for name in ("stream", "act", "digest"):
            del each[name]
    return numbered([each.canonical() for each in made] + [canonical(each) for each in first])


def _proofs() -> Seeds:
    text = issue_receipt(small(), SMALL, "CHN").proof
    note = Checkpoint(ORIGIN, 1, bytes(32)).sign(log_signer())
    given = [text, text.replace("index", "extra AAAA\nindex"), LogProof(0, (), note).text()]
    return numbered([each.encode() for each in given])


def _ballots() -> Seeds:
    bound = {"log": ORIGIN, "draft": SMALL, "round": 2, "texts": {"en": "a" * 64}, "opening": "b" * 64,
             "rehearsal": False, "questions": ["draft"]}  # fmt: skip
    said = {"title": "A text", "body": "The Council", "choices": ["in_favour", "against"], "zone": "America/New_York"}
    blanks = [Blank.of({**bound, **said, "closes_at": closes, "rule": rule}, where="blank")
              for closes, rule in (("2026-03-28T18:00:00Z", None), (None, "time_limit"))]  # fmt: skip
    made = blanks[0].ballot("CHN", "in_favour").model_copy(update={"nonce": "c" * 32})
    first = FirstBallot(
        draft=SMALL, procedure="a" * 64, opening="b" * 64, member="CHN", position="in_favour", nonce="c" * 32
    )
    stamp = OwnTimestamp(query=encode_base64(QUERY), token=encode_base64(stamping.token(info())))
    signed = [SignedBallot(envelope=sign(made, signers()[1]), timestamps=each) for each in ((), (stamp,))]
    signed.append(SignedBallot(envelope=sign(first, signers()[1])))
    second = SecondBlank.of({**bound, "closes_at": "2026-03-28T18:00:00Z", "rule": None}, where="blank")
    return numbered([each.canonical() for each in (*blanks, second, *signed)])


def _configurations() -> Seeds:
    one = Source(authority=stamping.authority(), url="https://one.example.org/")
    two = Source(authority=stamping.authority(), command=("openssl", "ts"))
    made = [Sources(sources=each).canonical() for each in ((one,), (one, two))]
    pem = stamping.root().certificate.public_bytes(Encoding.PEM).decode()
    strange = [
        made[0].replace(json.dumps(pem).encode(), json.dumps(each).encode())
        for each in stamping.strange_roots().values()
    ]
    return numbered([*made, *strange])


def _ders() -> Seeds:
    return numbered([info(), QUERY, stamping.unit().raw, stamping.token(info()), encode_oid("2.999.1.0"), b"\x30\x00"])


def _responses() -> Seeds:
    said = der.encode(der.SEQUENCE, der.encode(der.UTF8, b"no such policy"))
    fault = der.encode(der.SEQUENCE, der.encode_integer(2), said, der.encode(der.BITS, bytes([5, 0, 1, 0x20])))
    steering = der.encode(der.SEQUENCE, fault.replace(b"no such", b"\x1b[2J\nuch"))
    return numbered([stamping.response(stamping.token(info())), der.encode(der.SEQUENCE, fault), steering])


def _tokens() -> Seeds:
    other = stamping.token(stamping.info(b"something else", 5, STAMPED_AT))
    return numbered([stamping.token(info()), other])


def _signed() -> Seeds:
    certificates = [stamping.unit().raw, stamping.root().raw, stamping.with_extensions(lambda listed: listed * 2)]
    certificates += [stamping.unit().raw.replace(b"fuzz root", b"fuzz \xff\xffot")]
    attributes = b"".join(stamping.attributes(info(), stamping.unit().raw))
    return numbered([b"i" + info(), b"a" + attributes, *(b"c" + raw for raw in certificates)])


def _lines() -> Seeds:
    members = stamped_members()
    return {"timestamps": b"t" + members[TIMESTAMPS], "cosigned": b"c" + members[COSIGNED]}


def balloted() -> Ledger:
    """A vote in which a member has signed its own ballot and had it stamped."""
    now = OPENED - timedelta(hours=1)
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN, clock=lambda: now)
    holder = signers()[1]
    office = "permanent_representative"
    grant = KeyGrant(key=holder.key_id, public_key=holder.public_key.hex(), office=office, member="CHN")
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
    draft = DraftCirculated(symbol=SMALL, question="substantive", times="live", procedure=procedure)
    ledger.perform(SMALL, draft, signer=REGISTRAR)
    now = OPENED
    ledger.perform(SMALL, LetterSent(kind="opening", opens_at=OPENED), signer=REGISTRAR, roster=ROSTER)
    now = OPENED + timedelta(hours=2)
    blank = blank_of(ledger.vote(SMALL), ledger.register())
    envelope = sign(blank.ballot("CHN", "in_favour").model_copy(update={"nonce": "c" * 32}), holder)
    token = stamping.token(stamping.info(envelope.encode(), 1, now))
    stamp = OwnTimestamp(query=encode_base64(request(envelope.encode(), 1)), token=encode_base64(token))
    reply = cast_vote("CHN", 2).model_copy(update={"ballot": SignedBallot(envelope=envelope, timestamps=(stamp,))})
    ledger.perform(SMALL, reply, signer=REGISTRAR)
    ledger.keep_register(KeyRevoked(key=holder.key_id, reason="lost", compromised_since=OPENED), signer=REGISTRAR)
    return ledger


@cache
def _rotated() -> Ledger:
    ledger = small(log=LOG)
    successor = log_signer(successor=True).signer
    ledger.announce_log_key(successor.public_key, signer=signers()[0])
    ledger.replace_log_key(successor, cause="rotation", signer=signers()[0])
    return ledger


@cache
def before_handover() -> bytes:
    """The request to cosign what the log was before it announced its next key."""
    head = small(log=LOG).log.head()
    assert head is not None
    return write_request(0, (), head.note)


def _handovers() -> Seeds:
    size = small(log=LOG).checkpoint().size
    true = request_for(_rotated(), size)
    document, _, behind = true.partition(b"\n")
    (step,) = json.loads(document)["steps"]
    swapped = {**step, "announcement": step["succession"], "succession": step["announcement"]}
    steps: tuple[list[object], ...] = (
        [],
        [step, step],
        [swapped],
        [{**step, "officer": REGISTRAR.public_key.hex()[::-1]}],
    )
    others = [{"format": "inblue-log-handover/1", "steps": each} for each in steps]
    return numbered([true, behind, *(json.dumps(other).encode() + b"\n" + behind for other in others)])


SEEDS: Mapping[str, Callable[[], Seeds]] = {
    "policy": _policies,
    "witness_request": _requests,
    "witness": _witnessings,
    "handover": _handovers,
    "tlog_proof": _proofs,
    "receipt": _receipts,
    "ballot": _ballots,
    "authorities": _configurations,
    "der": _ders,
    "timestamp_response": _responses,
    "timestamp_token": _tokens,
    "timestamp_signed": _signed,
    "bundle_lines": _lines,
}


def trusts() -> list[bytes]:
    """Trust files that name authorities and witnesses."""
    return [trust().canonical(), trust().model_copy(update={"policy": policy_text("all")}).canonical()]
