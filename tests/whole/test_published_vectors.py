"""What others published to test such code with, run against ours; origins and licences in vectors/published/README.md.

Where ours takes less than a vector allows, the test says why, and asserts the refusal.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paths import VECTORS

from inblue.domain.canonical import Json, canonical, parse_json
from inblue.domain.errors import Malformed
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.receipt import LogProof
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner, cosigned_text, cosigners, log_key, witness_key
from inblue.ledger.standards.ed25519 import (
    Ed25519Signer,
    check_public_key,
    key_id,
    parse_public_pem,
    public_pem,
    verify,
)
from inblue.ledger.standards.merkle import (
    NodeId,
    append,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from inblue.ledger.standards.note import (
    NoteSigner,
    Verifier,
    decode_base64,
    encode_base64,
    open_note,
    read_vkey,
    sign,
    split_note,
    write_vkey,
)
from inblue.ledger.standards.witness_policy import parse_policy, read_policy
from inblue.ledger.witness.configuration import WatchedLog
from inblue.ledger.witness.request import read_request, write_request
from inblue.ledger.witness.witness import WitnessState

PUBLISHED = VECTORS / "published"


def load(name: str) -> Any:
    return json.loads((PUBLISHED / name).read_bytes())


def b64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def proof_of(case: dict[str, Any]) -> list[bytes]:
    return [b64(each) for each in case["proof"] or ()]


# --- Merkle proofs: transparency-dev/merkle ---------------------------------------------------------------------------

INCLUSION = {each["file"].removeprefix("testdata/"): each["case"] for each in load("merkle-inclusion.json")["cases"]}
CONSISTENCY = {
    each["file"].removeprefix("testdata/"): each["case"] for each in load("merkle-consistency.json")["cases"]
}
SINGLE = load("merkle-single-entry.json")
TREE = load("merkle-tree.json")
NODES: dict[NodeId, bytes] = {}
for _size, _leaf in enumerate(TREE["leaves"]):
    NODES.update(append(_size, leaf_hash(bytes.fromhex(_leaf)), NODES.__getitem__))


def included(case: dict[str, Any]) -> bool:
    index = case["leafIdx"] if "leafIdx" in case else case["leafIndex"]  # the "additional" files say leafIndex
    return verify_inclusion(b64(case["leafHash"]), index, case["treeSize"], proof_of(case), b64(case["root"]))


@pytest.mark.parametrize("case", INCLUSION.values(), ids=INCLUSION)
def test_an_inclusion_proof_holds_just_when_it_should(case: dict[str, Any]) -> None:
    assert included(case) is not case["wantErr"]


@pytest.mark.parametrize("case", CONSISTENCY.values(), ids=CONSISTENCY)
def test_a_consistency_proof_holds_just_when_it_should(case: dict[str, Any]) -> None:
    first, second = case["size1"], case["size2"]
    holds = verify_consistency(first, second, b64(case["root1"]), b64(case["root2"]), proof_of(case))
    # Ours is stricter at size 0: any tree extends the empty one, so nothing is shown, and a yes could be misread.
    assert holds is (not case["wantErr"] and first > 0)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=f"root={case['root']},leaf={case['leaf']}",
        )
        for case in SINGLE["cases"]
    ],
)
def test_the_only_leaf_of_a_tree_is_its_root(case: dict[str, Any]) -> None:
    values = {"hash": leaf_hash(SINGLE["data"].encode()), "emptyHash": b""}
    assert verify_inclusion(values[case["leaf"]], 0, 1, [], values[case["root"]]) is not case["wantErr"]


def test_the_roots_of_the_published_leaves() -> None:
    roots = [root(size, NODES.__getitem__).hex() for size in range(1, len(TREE["leaves"]) + 1)]
    assert roots == TREE["roots"]


@pytest.mark.parametrize("name", [name for name, case in INCLUSION.items() if not case["wantErr"]])
def test_the_inclusion_proofs_we_make_are_the_published_ones(name: str) -> None:
    case = INCLUSION[name]
    assert inclusion_proof(case["leafIdx"], case["treeSize"], NODES.__getitem__) == proof_of(case)
    assert b64(case["leafHash"]) == NODES[0, case["leafIdx"]]


@pytest.mark.parametrize("name", [name for name in CONSISTENCY if name.endswith("/happy-path.json")])
def test_the_consistency_proofs_we_make_are_the_published_ones(name: str) -> None:
    case = CONSISTENCY[name]
    assert consistency_proof(case["size1"], case["size2"], NODES.__getitem__) == proof_of(case)


# --- Signed notes: golang.org/x/mod/sumdb/note ------------------------------------------------------------------------

NOTES = load("notes.json")
PETER, ENOCH = Verifier.parse(NOTES["peterKey"]), Verifier.parse(NOTES["enochKey"])
TEXT, PETER_SIG, ENOCH_SIG = NOTES["text"], NOTES["peterSig"], NOTES["enochSig"]
BAD_MESSAGES = {
    "no empty line": TEXT.encode(),
    "no signature line": f"{TEXT}\n".encode(),
    "no final line feed": f"{TEXT}\n{PETER_SIG[:-1]}".encode(),
    "a control character": f"\x01{TEXT}\n{PETER_SIG}".encode(),
    "not UTF-8": b"\xff" + f"{TEXT}\n{PETER_SIG}".encode(),
    "a name with a space": f"{TEXT}\n{NOTES['badNameSig']}".encode(),
    "another line behind": f"{TEXT}\n{PETER_SIG}Unexpected line.\n".encode(),
}


def with_abcd(line: str) -> str:
    """The line as the Go tests spoil it, ABCD put in at byte 60."""
    raw = line.encode()
    return (raw[:60] + b"ABCD" + raw[60:]).decode()


@pytest.mark.parametrize(
    ("known", "verified"), [((PETER,), (PETER,)), ((PETER, ENOCH), (PETER, ENOCH))], ids=["one known", "both known"]
)
def test_a_go_note_is_verified_by_the_known_keys(known: tuple[Verifier, ...], verified: tuple[Verifier, ...]) -> None:
    note = open_note(f"{TEXT}\n{PETER_SIG}{ENOCH_SIG}".encode(), known)
    assert (note.text, note.verified) == (TEXT, verified)


def test_a_go_note_without_a_known_key_is_refused() -> None:
    with pytest.raises(Broken, match="not signed by any known key"):
        open_note(f"{TEXT}\n{PETER_SIG}{ENOCH_SIG}".encode(), [])


def test_one_key_given_twice_is_one_key() -> None:
    """Go calls it ambiguous; ours refuses only two different keys of one name and id: equal ones cannot disagree."""
    assert open_note(f"{TEXT}\n{ENOCH_SIG}".encode(), [ENOCH, PETER, ENOCH]).verified == (ENOCH,)
    assert open_note(f"{TEXT}\n{PETER_SIG}".encode(), [ENOCH, PETER, ENOCH]).verified == (PETER,)


@pytest.mark.parametrize("known", [[PETER], []], ids=["known", "unknown"])
def test_101_signatures_are_too_many(known: list[Verifier]) -> None:
    with pytest.raises(Malformed, match="101 signature lines"):
        open_note(f"{TEXT}\n{PETER_SIG * 101}".encode(), known)


def test_a_spoilt_signature_of_a_known_key_is_refused() -> None:
    with pytest.raises(Broken, match=r"PeterNeumann\+c74f20a3 does not hold"):
        open_note(f"{TEXT}\n{with_abcd(PETER_SIG)}".encode(), [PETER])


def test_repeated_lines_count_once_and_unknown_ones_not_at_all() -> None:
    spoilt = with_abcd(ENOCH_SIG)
    assert spoilt.split(" ")[2] == NOTES["enochABCD"] + "\n"
    raw = f"{TEXT}\n{PETER_SIG}{PETER_SIG}{ENOCH_SIG}{ENOCH_SIG}{spoilt}".encode()
    assert open_note(raw, [PETER]).verified == (PETER,)


@pytest.mark.parametrize("raw", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
def test_what_is_not_a_note_to_go_is_not_one_to_us(raw: bytes) -> None:
    with pytest.raises(Malformed, match="note: "):
        open_note(raw, [PETER])


@pytest.mark.parametrize(("old", "new"), [("PeterNeumann", "CarmenSandiego"), ("x08g", "xxxx")], ids=["name", "id"])
def test_a_line_under_another_name_or_id_is_not_peters(old: str, new: str) -> None:
    with pytest.raises(Broken, match="not signed by any known key"):
        open_note(f"{TEXT}\n{PETER_SIG.replace(old, new)}".encode(), [PETER])


def test_every_mangled_go_key_is_refused() -> None:
    """All proper parts of Peter's key, and the key with one byte raised by one, as the Go tests make them."""
    key = NOTES["peterKey"]
    ends = range(len(key) + 1)
    mangled = [key[i:j] for i in ends for j in ends[i + 1 :] if j - i < len(key)]
    mangled += [key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))]
    mangled += [bad["key"] for bad in NOTES["badKeys"]]
    for each in mangled:
        with pytest.raises(Malformed):
            Verifier.parse(each)


# --- Checkpoints: transparency-dev/formats, sum.golang.org, sigsum and ML-DSA logs of torchwood -----------------------

UNSIGNED = {case["desc"]: case for case in load("checkpoints-unsigned.json")["cases"]}
# Ours takes no root but SHA-256's, where the vectors have words, and no extension lines, which C2SP advises against.
WHY_REFUSED = {
    "valid one": "a root of 7 bytes, not 32",
    "valid with different origin": "a root of 37 bytes, not 32",
    "valid with trailing data": "not exactly three lines",
    "valid with multiple trailing data lines": "not exactly three lines",
    "valid with trailing newlines": "not exactly three lines",
    "invalid - insufficient lines": "not exactly three lines",
    "invalid - empty header": "the origin is not one line",
    "invalid - missing newline on roothash": "not exactly three lines",
    "invalid size - not a number": "'bananas' is not a tree size",
    "invalid size - negative": "'-34' is not a tree size",
    "invalid size - too large": "is not a tree size",
    "invalid roothash - not base64": "the root: not standard base64",
}
SUM_GOLANG = load("checkpoints-sum-golang-org.json")
SIGSUM = load("checkpoints-sigsum.json")["cases"]
ML_DSA = load("cosignature-mldsa-checkpoint.json")
LOG_KEYS = {case["name"]: case for case in load("cosignature-v1.json")["vkeys"]["cases"]}


@pytest.mark.parametrize("desc", UNSIGNED)
def test_a_checkpoint_text_is_refused_for_its_own_reason(desc: str) -> None:
    with pytest.raises(Malformed, match=WHY_REFUSED[desc]):
        Checkpoint.parse(UNSIGNED[desc]["m"])


@pytest.mark.parametrize("desc", [desc for desc, case in UNSIGNED.items() if not case["wantErr"]])
def test_a_valid_checkpoint_text_with_a_real_root_would_be_read(desc: str) -> None:
    """The published three lines, their placeholder for a root replaced by its SHA-256, give the published fields."""
    want = UNSIGNED[desc]["want"]
    origin, size, stand_in = UNSIGNED[desc]["m"].split("\n")[:3]
    assert decode_base64(stand_in, where="root") == want["Hash"].encode()
    digest = hashlib.sha256(want["Hash"].encode()).digest()
    read = Checkpoint.parse(f"{origin}\n{size}\n{base64.b64encode(digest).decode()}\n")
    assert read == Checkpoint(want["Origin"], want["Size"], digest)


@pytest.mark.parametrize("note", [case["note"] for case in SUM_GOLANG["cases"]], ids=lambda note: note.split("\n")[1])
def test_the_go_checksum_database_signs_as_we_read(note: str) -> None:
    raw, key = note.encode(), Verifier.parse(SUM_GOLANG["vkey"]["value"])
    text = open_note(raw, [key]).text
    assert Checkpoint.parse(text).text() == text
    # Its origin line is not its key's name, as C2SP only advises; ours asks for it, lest one log pass as another.
    with pytest.raises(Broken, match=r"'go\.sum database tree', signed by the key of 'sum\.golang\.org'"):
        open_checkpoint(raw, key)
    with pytest.raises(Broken, match="does not hold"):
        open_note(raw.replace(b"tree\n1", b"tree\n2").replace(b"tree\n3", b"tree\n4"), [key])


@pytest.mark.parametrize("case", SIGSUM, ids=[case["file"].rpartition("/")[2] for case in SIGSUM])
def test_a_sigsum_checkpoint_is_opened(case: dict[str, str]) -> None:
    raw = case["note"].encode()
    origin, size, digest = case["note"].split("\n")[:3]
    key = Verifier(origin, bytes.fromhex(case["key"]))
    assert open_checkpoint(raw, key) == Checkpoint(origin, int(size), b64(digest))
    with pytest.raises(Broken, match="does not hold"):
        open_checkpoint(raw.replace(b"\n1\n", b"\n2\n"), key)


def test_an_ml_dsa_44_checkpoint_is_opened() -> None:
    raw, key = ML_DSA["note"].encode(), log_key(ML_DSA["vkey"])
    origin, size, digest = ML_DSA["note"].split("\n")[:3]
    assert open_checkpoint(raw, key) == Checkpoint(origin, int(size), b64(digest))
    with pytest.raises(Broken, match="does not hold"):
        open_checkpoint(raw.replace(b"\n1\n", b"\n2\n"), key)


@pytest.mark.parametrize("name", LOG_KEYS)
def test_a_log_key_is_read_or_refused(name: str) -> None:
    vkey = LOG_KEYS[name]["pubK"]
    # Type 0x04 is a witness's alone: C2SP has no log sign with it, and ours takes only logs' keys here.
    if LOG_KEYS[name]["wantErr"] or "CosignatureV1" in name:
        with pytest.raises(Malformed, match="note key: "):
            log_key(vkey)
    else:
        assert str(log_key(vkey)) == vkey


# --- Witnesses: tlog-scales, torchwood, and the texts of C2SP ---------------------------------------------------------

COSIGNED = {case["test"]: case for case in load("cosignatures-witnesses.json")["cases"]}
REQUESTS = load("witness-requests.json")
ZERO_SIZE = {case["name"]: case for case in REQUESTS["zero_size"]["cases"]}
EXAMPLES = load("c2sp-examples.json")
NOW = 1_786_689_302
WITNESS = CosignatureSigner("example.com/witness", Ed25519Signer.from_seed(b"w" * 32))


@pytest.mark.parametrize("test", COSIGNED)
def test_a_witness_of_the_public_network_has_cosigned(test: str) -> None:
    """Ed25519 over a checkpoint of a CT log, and ML-DSA-44 over another one's."""
    note, (vkey,) = COSIGNED[test]["note"].encode(), COSIGNED[test]["witnesses"]
    key = witness_key(vkey)
    (time,) = cosigners(note, [key]).values()
    assert 1_700_000_000 < time < 1_800_000_000
    with pytest.raises(Broken, match="does not hold"):  # the change that the published tests make too
        cosigners(note.replace(note.split(b"\n")[1], b"42", 1), [key])


def test_the_log_itself_has_signed_what_was_cosigned() -> None:
    case = COSIGNED["TestCheckpointVerification"]
    checkpoint = open_checkpoint(case["note"].encode(), log_key(case["log"]))
    assert (checkpoint.origin, checkpoint.size) == ("arche2025h1.staging.ct.transparency.dev", 1_432_088_532)


def test_the_time_in_a_cosignature_is_the_published_one() -> None:
    cases = load("cosignature-v1.json")["timestamps"]["cases"]
    works = next(case for case in cases if case["name"] == "works")
    blob = b64(works["sig"])
    assert int.from_bytes(blob[4:12], "big") == works["wantTime"]
    assert len(blob) == 4 + 8 + 64


def test_the_message_of_the_specification_is_the_one_cosigned() -> None:
    example = EXAMPLES["cosigned_message"]
    text = example["message"].split("\n", 2)[2]
    assert cosigned_text(text, example["timestamp"]) == example["message"].encode()
    ((name, _, signature),) = split_note(f"{text}\n{example['line']}".encode())[1]
    assert (name, int.from_bytes(signature[:8], "big")) == ("witness.example.com/w1", example["timestamp"])


def test_the_request_of_the_specification_is_read() -> None:
    body = EXAMPLES["witness_request"]["body"].encode()
    request = read_request(body)
    assert (request.old, len(request.proof)) == (20852014, 4)
    assert write_request(*request) == body
    assert Checkpoint.parse(split_note(request.note)[0]).size == 20852163


@pytest.fixture
def witness(tmp_path: Path) -> WitnessState:
    """A witness of torchwood's log, and of one whose key is ours, as the published one was made at random."""
    ours = NoteSigner(REQUESTS["zero_size"]["origin"], Ed25519Signer.from_seed(b"l" * 32)).verifier
    theirs = Verifier(REQUESTS["origin"], bytes.fromhex(REQUESTS["key"]))
    logs = [WatchedLog(origin=key.name, keys=(str(key),)) for key in (ours, theirs)]
    return WitnessState.create(tmp_path / "witness", WITNESS.name, logs)


def test_a_witness_answers_as_torchwood_does_when_two_requests_race(witness: WitnessState) -> None:
    """The one that comes second is told the size that was cosigned, and the log is not rolled back."""
    race = REQUESTS["race"]
    said = [witness.add_checkpoint(race[name].encode(), WITNESS, NOW) for name in ("first", "longer", "shorter")]
    assert [answer.status for answer in said] == [200, 200, 409]
    assert said[2].body == "5\n"
    kept = witness.latest(REQUESTS["origin"])
    assert kept is not None
    assert Checkpoint.parse(split_note(kept)[0]).size == 5


@pytest.mark.parametrize("name", ["shorter", "longer"])
def test_a_witness_takes_torchwoods_proofs_and_no_altered_one(witness: WitnessState, name: str) -> None:
    race = REQUESTS["race"]
    assert witness.add_checkpoint(race["first"].encode(), WITNESS, NOW).status == 200
    wrong = race[name].encode().replace(b"KgEAAAAA", b"KgFAAAAA", 1)
    assert witness.add_checkpoint(wrong, WITNESS, NOW).status == 422
    assert witness.add_checkpoint(race[name].encode(), WITNESS, NOW).status == 200


def test_64_proof_lines_are_too_many(witness: WitnessState) -> None:
    many = REQUESTS["too_many_proofs"]
    raw = REQUESTS["race"]["first"].replace("old 0\n", "old 0\n" + f"{many['hash']}\n" * many["count"])
    assert witness.add_checkpoint(raw.encode(), WITNESS, NOW).status == 400


@pytest.mark.parametrize("name", ZERO_SIZE)
def test_a_witness_answers_as_torchwood_does_at_size_0(witness: WitnessState, name: str) -> None:
    case, origin = ZERO_SIZE[name], REQUESTS["zero_size"]["origin"]
    signer = NoteSigner(origin, Ed25519Signer.from_seed(b"l" * 32))
    digests = {"empty": hashlib.sha256().digest(), "leaf": leaf_hash(b"leaf"), "zero": bytes(32)}

    def body(old: int, size: int, digest: str, proof: list[str]) -> bytes:
        text = f"{origin}\n{size}\n{encode_base64(digests[digest])}\n"
        return write_request(old, tuple(digests[each] for each in proof), sign(text, signer))

    if case["known"]:
        assert witness.add_checkpoint(body(0, 1, "leaf", []), WITNESS, NOW).status == 200
    raw = body(case["old"], case["new"], case["root"], case["proof"])
    answer = witness.add_checkpoint(raw, WITNESS, NOW)
    assert answer.status == case["status"]
    if case["status"] == 200:
        again = body(case["new"], case["new"], case["root"], [])
        assert witness.add_checkpoint(again, WITNESS, NOW).status == 200


# --- tlog-proof and tlog-policy: transparency-dev/formats, and a log of the witness network ---------------------------

PROOFS = load("tlog-proof.json")
POLICIES = load("tlog-policy.json")
REAL = load("tlog-proof-markovian-7271.json")


def test_a_proof_of_a_public_log_holds_with_five_witnesses() -> None:
    proof = LogProof.parse(REAL["proof"])
    note = open_note(proof.note, [log_key(REAL["log"])])
    checkpoint, leaf = Checkpoint.parse(note.text), REAL["leaf"].encode()
    assert (proof.text(), leaf_hash(leaf)) == (REAL["proof"], b64(REAL["leaf_hash"]))
    assert verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.path, checkpoint.root)
    times = cosigners(proof.note, [witness_key(vkey) for vkey in REAL["witnesses"]])
    assert {key.name: time for key, time in times.items()} == REAL["timestamps"]
    # As its fixture says: one flipped bit of the leaf, and only the inclusion fails.
    flipped = leaf[:365] + bytes([leaf[365] ^ 1]) + leaf[366:]
    assert not verify_inclusion(leaf_hash(flipped), proof.index, checkpoint.size, proof.path, checkpoint.root)


@pytest.mark.parametrize(("needed", "enough"), [(4, True), (5, True), ("all", False), (6, False), (7, False)])
def test_a_policy_over_a_public_log_is_met_or_not(needed: int | str, enough: bool) -> None:
    """Seven witnesses of the network have cosigned; the keys of five are known, two more are put in their place."""
    keys = [*REAL["witnesses"], *(str(CosignatureSigner(f"x{n}", Ed25519Signer.from_seed(bytes([n]) * 32)).verifier)
                                  for n in (1, 2))]  # fmt: skip
    names = [f"w{number}" for number in range(len(keys))]
    lines = [f"witness {name} {vkey}" for name, vkey in zip(names, keys, strict=True)]
    text = "\n".join([f"log {REAL['log']}", *lines, f"group g {needed} {' '.join(names)}", "quorum g"])
    policy = parse_policy(text)
    times = cosigners(LogProof.parse(REAL["proof"]).note, [each.key for each in policy.witnesses])
    assert policy.met([each.name for each in policy.witnesses if each.key in times]) is enough


@pytest.mark.parametrize("case", PROOFS["marshal"], ids=lambda case: case["name"])
def test_a_proof_is_written_and_read_as_published(case: dict[str, Any]) -> None:
    path = tuple(hashlib.sha256(each.encode()).digest() for each in case["hashes_of"])
    proof = LogProof(case["index"], path, case["checkpoint"].encode())
    assert LogProof.parse(case["want"]) == proof
    lines = case["want"].split("\n")
    if case["extra"]:  # which ours passes over, as nothing vouches for it
        assert lines.pop(1) == f"extra {base64.b64encode(case['extra'].encode()).decode()}"
    assert proof.text() == "\n".join(lines)


@pytest.mark.parametrize("case", PROOFS["invalid"], ids=lambda case: case["name"])
def test_what_is_not_a_proof_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="proof: "):
        LogProof.parse(case["proof"])


def _policy_keys() -> dict[str, str]:
    """The published keys as the published test wraps them; those that it makes at random, from seeds of ours."""
    wrapped = {name: b"\x04" + read_vkey(vkey)[1][1:] for name, vkey in POLICIES["keys"].items()}
    made = {f"wit{n}": b"\x04" + Ed25519Signer.from_seed(bytes([n]) * 32).public_key for n in (4, 5, 6)}
    keys = {name: write_vkey(name.title(), key) for name, key in {**wrapped, **made}.items()}
    log = NoteSigner(POLICIES["origin"], Ed25519Signer.from_seed(b"l" * 32)).verifier
    return {
        **keys,
        "log": str(log),
        "wit1_ed25519": POLICIES["keys"]["wit1"],
        "dup": write_vkey("impostor.example.com", wrapped["wit1"]),
        "unknown": write_vkey("unknown.example.com", b"\x63" + bytes(32)),
        "ecdsa": write_vkey("ecdsa.example.com", b"\x02\x01\x02\x03"),
    }


POLICY_KEYS = _policy_keys()


NARROWER = "keywords other than none are valid names"


def test_words_that_mean_how_many_are_not_names_here_though_they_are_elsewhere() -> None:
    (case,) = [case for case in POLICIES["valid"] if case["desc"] == NARROWER]
    with pytest.raises(Malformed, match="the name 'all' is reserved"):
        parse_policy(case["policy"].format_map(POLICY_KEYS))


@pytest.mark.parametrize(
    "case", [case for case in POLICIES["valid"] if case["desc"] != NARROWER], ids=lambda case: case["desc"]
)
def test_a_published_policy_says_what_it_should(case: dict[str, Any]) -> None:
    policy, want = parse_policy(case["policy"].format_map(POLICY_KEYS)), case["want"]
    assert [str(key) for key in policy.logs] == [each.format_map(POLICY_KEYS) for each in want["logs"]]
    assert [[each.name, str(each.key), each.url] for each in policy.witnesses] == [
        [name, vkey.format_map(POLICY_KEYS), url] for name, vkey, url in want["witnesses"]
    ]
    assert {name: [needed, list(members)] for name, (needed, members) in policy.groups.items()} == want["groups"]
    assert (policy.quorum or "none") == want["quorum"]


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """The text accepts any octets, and so does the published test. Ours is in JSON, which has only text."""
    (case,) = POLICIES["valid_octets"]
    raw = bytes.fromhex(case["policy_hex"]).replace(b"{wit1}", POLICY_KEYS["wit1"].encode())
    assert b"\x80" in raw
    (tmp_path / "policy").write_bytes(raw)
    with pytest.raises(Malformed, match="not UTF-8"):
        read_policy(tmp_path / "policy")


@pytest.mark.parametrize("case", POLICIES["invalid"], ids=lambda case: case["desc"])
def test_a_published_bad_policy_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="policy"):
        parse_policy(case["policy"].format_map(POLICY_KEYS))


@pytest.mark.parametrize("case", POLICIES["satisfied"]["cases"], ids=lambda case: case["desc"])
def test_a_published_policy_is_met_just_when_it_should(case: dict[str, Any]) -> None:
    policy = parse_policy(POLICIES["satisfied"]["policy"].format_map(POLICY_KEYS))
    assert policy.met(case["signers"]) is case["satisfied"]


# --- RFC 8785: the test data of its reference implementation ----------------------------------------------------------

JCS = sorted(path.stem for path in (PUBLISHED / "jcs" / "input").iterdir())
# The profile of domain/canonical.py has no floating-point numbers and only printable ASCII in keys.
OUTSIDE_OUR_PROFILE = {
    "french": "is not printable ASCII",
    "structures": r"the number 56\.0 is not an integer",
    "values": r"the number 333333333\.33333329 is not an integer",
    "weird": "is not printable ASCII",
}


def parts(value: Json) -> Iterator[bytes]:
    """The canonical form of every part of a value that is within our profile."""
    try:
        yield canonical(value)
    except Malformed:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for each in inner:
            yield from parts(each)


def jcs(folder: str, name: str) -> bytes:
    return (PUBLISHED / "jcs" / folder / name).read_bytes()


@pytest.mark.parametrize("name", JCS)
def test_the_canonical_form_is_the_published_one(name: str) -> None:
    raw, expected = jcs("input", f"{name}.json"), jcs("output", f"{name}.json")
    assert bytes.fromhex(jcs("outhex", f"{name}.txt").decode()) == expected
    if name in OUTSIDE_OUR_PROFILE:
        with pytest.raises(Malformed, match=OUTSIDE_OUR_PROFILE[name]):
            parse_json(raw)
    else:
        assert canonical(parse_json(raw)) == expected


@pytest.mark.parametrize("name", OUTSIDE_OUR_PROFILE)
def test_what_is_within_our_profile_has_the_published_form(name: str) -> None:
    found = list(parts(json.loads(jcs("input", f"{name}.json"))))
    assert len(found) > 1
    for part in found:
        assert part in jcs("output", f"{name}.json")


# --- Ed25519: C2SP/wycheproof -----------------------------------------------------------------------------------------

GROUPS = load("wycheproof-ed25519.json")["testGroups"]
SIGNATURES = {
    f"{test['tcId']}-{test['result']}-{test['flags'][0]}": (group["publicKey"]["pk"], test)
    for group in GROUPS
    for test in group["tests"]
}
WEAK = {"SmallOrderPublicKey", "MixedOrderPublicKey"}
KEYS = {group["publicKey"]["pk"]: group for group in GROUPS}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_holds_just_when_it_should(name: str) -> None:
    public, test = SIGNATURES[name]
    key, signature, message = (bytes.fromhex(each) for each in (public, test["sig"], test["msg"]))
    if test["result"] == "acceptable":  # verifiers differ, so nobody may enrol such a key: the next test
        assert set(test["flags"]) <= WEAK
    else:
        assert verify(key, signature, message) is (test["result"] == "valid")


@pytest.mark.parametrize("public", KEYS)
def test_only_a_key_of_prime_order_can_be_enrolled(public: str) -> None:
    if WEAK & set(KEYS[public]["tests"][0]["flags"]):
        with pytest.raises(Malformed, match="weak Ed25519 public key"):
            check_public_key(bytes.fromhex(public))
    else:
        check_public_key(bytes.fromhex(public))
        assert parse_public_pem(public_pem(bytes.fromhex(public))).hex() == public


@pytest.mark.parametrize("public", KEYS)
def test_the_key_files_are_the_published_ones(public: str) -> None:
    group = KEYS[public]
    assert public_pem(bytes.fromhex(public)) == group["publicKeyPem"].encode()
    assert key_id(bytes.fromhex(public)) == hashlib.sha256(bytes.fromhex(group["publicKeyDer"])).hexdigest()
