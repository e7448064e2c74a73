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

from inblue.domain.canonical import Json, canonical, parse_json
from inblue.domain.errors import MalformedError
from inblue.ledger.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.cosignature import log_key
from inblue.ledger.errors import VerificationError
from inblue.ledger.keys import check_public_key, key_id, parse_public_pem, public_pem, verify
from inblue.ledger.merkle import (
    NodeId,
    append,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from inblue.ledger.note import Verifier, decode_base64, open_note

PUBLISHED = Path(__file__).parent / "vectors" / "published"


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
    with pytest.raises(VerificationError, match="not signed by any known key"):
        open_note(f"{TEXT}\n{PETER_SIG}{ENOCH_SIG}".encode(), [])


def test_one_key_given_twice_is_one_key() -> None:
    """Go calls it ambiguous; ours refuses only two different keys of one name and id: equal ones cannot disagree."""
    assert open_note(f"{TEXT}\n{ENOCH_SIG}".encode(), [ENOCH, PETER, ENOCH]).verified == (ENOCH,)
    assert open_note(f"{TEXT}\n{PETER_SIG}".encode(), [ENOCH, PETER, ENOCH]).verified == (PETER,)


@pytest.mark.parametrize("known", [[PETER], []], ids=["known", "unknown"])
def test_101_signatures_are_too_many(known: list[Verifier]) -> None:
    with pytest.raises(MalformedError, match="101 signature lines"):
        open_note(f"{TEXT}\n{PETER_SIG * 101}".encode(), known)


def test_a_spoilt_signature_of_a_known_key_is_refused() -> None:
    with pytest.raises(VerificationError, match=r"PeterNeumann\+c74f20a3 does not hold"):
        open_note(f"{TEXT}\n{with_abcd(PETER_SIG)}".encode(), [PETER])


def test_repeated_lines_count_once_and_unknown_ones_not_at_all() -> None:
    spoilt = with_abcd(ENOCH_SIG)
    assert spoilt.split(" ")[2] == NOTES["enochABCD"] + "\n"
    raw = f"{TEXT}\n{PETER_SIG}{PETER_SIG}{ENOCH_SIG}{ENOCH_SIG}{spoilt}".encode()
    assert open_note(raw, [PETER]).verified == (PETER,)


@pytest.mark.parametrize("raw", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
def test_what_is_no_note_to_go_is_none_to_us(raw: bytes) -> None:
    with pytest.raises(MalformedError, match="note: "):
        open_note(raw, [PETER])


@pytest.mark.parametrize(("old", "new"), [("PeterNeumann", "CarmenSandiego"), ("x08g", "xxxx")], ids=["name", "id"])
def test_a_line_under_another_name_or_id_is_not_taken_for_peter(old: str, new: str) -> None:
    with pytest.raises(VerificationError, match="not signed by any known key"):
        open_note(f"{TEXT}\n{PETER_SIG.replace(old, new)}".encode(), [PETER])


def test_every_mangled_go_key_is_refused() -> None:
    """All proper parts of Peter's key, and the key with one byte raised by one, as the Go tests make them."""
    key = NOTES["peterKey"]
    ends = range(len(key) + 1)
    mangled = [key[i:j] for i in ends for j in ends[i + 1 :] if j - i < len(key)]
    mangled += [key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))]
    mangled += [bad["key"] for bad in NOTES["badKeys"]]
    for each in mangled:
        with pytest.raises(MalformedError):
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
    with pytest.raises(MalformedError, match=WHY_REFUSED[desc]):
        Checkpoint.parse(UNSIGNED[desc]["m"])


@pytest.mark.parametrize("desc", [desc for desc, case in UNSIGNED.items() if not case["wantErr"]])
def test_a_valid_checkpoint_text_with_a_real_root_would_be_read(desc: str) -> None:
    """The published three lines, their stand-in for a root exchanged for its SHA-256, give the published fields."""
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
    with pytest.raises(VerificationError, match=r"'go\.sum database tree', signed by the key of 'sum\.golang\.org'"):
        open_checkpoint(raw, key)
    with pytest.raises(VerificationError, match="does not hold"):
        open_note(raw.replace(b"tree\n1", b"tree\n2").replace(b"tree\n3", b"tree\n4"), [key])


@pytest.mark.parametrize("case", SIGSUM, ids=[case["file"].rpartition("/")[2] for case in SIGSUM])
def test_a_sigsum_checkpoint_is_opened(case: dict[str, str]) -> None:
    raw = case["note"].encode()
    origin, size, digest = case["note"].split("\n")[:3]
    key = Verifier(origin, bytes.fromhex(case["key"]))
    assert open_checkpoint(raw, key) == Checkpoint(origin, int(size), b64(digest))
    with pytest.raises(VerificationError, match="does not hold"):
        open_checkpoint(raw.replace(b"\n1\n", b"\n2\n"), key)


def test_an_ml_dsa_44_checkpoint_is_opened() -> None:
    raw, key = ML_DSA["note"].encode(), log_key(ML_DSA["vkey"])
    origin, size, digest = ML_DSA["note"].split("\n")[:3]
    assert open_checkpoint(raw, key) == Checkpoint(origin, int(size), b64(digest))
    with pytest.raises(VerificationError, match="does not hold"):
        open_checkpoint(raw.replace(b"\n1\n", b"\n2\n"), key)


@pytest.mark.parametrize("name", LOG_KEYS)
def test_a_log_key_is_read_or_refused(name: str) -> None:
    vkey = LOG_KEYS[name]["pubK"]
    # Type 0x04 is a witness's alone: C2SP has no log sign with it, and ours takes only logs' keys here.
    if LOG_KEYS[name]["wantErr"] or "CosignatureV1" in name:
        with pytest.raises(MalformedError, match="note key: "):
            log_key(vkey)
    else:
        assert str(log_key(vkey)) == vkey


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
    except MalformedError:
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
        with pytest.raises(MalformedError, match=OUTSIDE_OUR_PROFILE[name]):
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
        with pytest.raises(MalformedError, match="weak Ed25519 public key"):
            check_public_key(bytes.fromhex(public))
    else:
        check_public_key(bytes.fromhex(public))
        assert parse_public_pem(public_pem(bytes.fromhex(public))).hex() == public


@pytest.mark.parametrize("public", KEYS)
def test_the_key_files_are_the_published_ones(public: str) -> None:
    group = KEYS[public]
    assert public_pem(bytes.fromhex(public)) == group["publicKeyPem"].encode()
    assert key_id(bytes.fromhex(public)) == hashlib.sha256(bytes.fromhex(group["publicKeyDer"])).hexdigest()
