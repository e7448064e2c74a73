"""The page's check and the program take the same acts, keys and signatures: field by field, value by value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from act_forms import cases, taken
from node import MISSING, NODE, ask
from paths import VECTORS

from inblue.domain.errors import Malformed
from inblue.domain.naming import read_name
from inblue.ledger.entries.streams import vote_in
from inblue.ledger.standards.cosignature import log_key
from inblue.ledger.standards.ed25519 import Ed25519Signer, check_public_key, is_strict, verify
from inblue.ledger.standards.merkle import (
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from inblue.ledger.standards.note import write_vkey

T = TypeVar("T")

pytestmark = pytest.mark.skipif(NODE is None, reason=MISSING)


@pytest.mark.long
def test_the_page_takes_the_acts_that_the_program_takes() -> None:
    asked = list(cases())
    here = ask(["isAct", kind, body] for kind, body in asked)
    wanted = [taken(kind, body) for kind, body in asked]
    differing = [(case, mine) for case, mine, theirs in zip(asked, wanted, here, strict=True) if mine != theirs]
    assert not differing, f"{len(differing)} of {len(asked)}, the program says {differing[0][1]}: {differing[:3]}"
    assert sum(wanted) > 1_000
    assert len(wanted) - sum(wanted) > 10_000


def points() -> Iterator[bytes]:
    """Encodings of points, of small order, mixed, not canonical, none, and strong."""
    p = 2**255 - 19
    eighth = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
    for y in (0, 1, 2, 3, eighth, p - eighth, p - 1, p, p + 1, 2**255 - 1):
        for sign in (0, 1):
            yield (y | sign << 255).to_bytes(32, "little")
    for seed in range(5):
        yield Ed25519Signer.from_seed(bytes([seed]) * 32).public_key


def test_the_page_takes_the_keys_that_may_be_enrolled() -> None:
    strongest = Ed25519Signer.from_seed(bytes(32)).public_key
    keys = [*points(), b"\1" * 31, strongest + b"\0", strongest[:31]]
    here = ask(["isStrong", {"hex": key.hex()}] for key in keys)
    assert here == [is_taken(check_public_key, key) for key in keys]
    assert sum(here) >= 5


def is_taken(read: Callable[[T], object], value: T) -> bool:
    try:
        read(value)
    except Malformed:
        return False
    return True


def test_the_page_takes_the_keys_of_a_log_that_the_program_takes() -> None:
    strongest = Ed25519Signer.from_seed(bytes(32)).public_key
    keys = [bytes([kind]) + raw for kind in (0, 1, 4, 6, 7) for raw in (strongest, strongest + b"\0", strongest[:31])]
    keys += [bytes([kind]) + bytes([7]) * size for kind in (1, 6) for size in (1311, 1312, 1313)]
    vkeys = [write_vkey("example.org/log", key) for key in [*keys, b"", b"\1" + bytes(32)]]
    vkeys += [write_vkey("example org", keys[3]), vkeys[3].replace("+", "-", 1), vkeys[3][:-1]]
    wanted = [is_taken(log_key, vkey) for vkey in vkeys]
    here = [not isinstance(said, dict) or "error" not in said for said in ask(["readVkey", vkey] for vkey in vkeys)]
    assert [vkey for vkey, mine, page in zip(vkeys, wanted, here, strict=True) if mine != page] == []
    assert sum(wanted) == 2


def test_the_page_screens_signatures_of_which_implementations_may_differ() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    whole = [
        point + scalar.to_bytes(32, "little")
        for point in points()
        for scalar in (0, 1, order - 1, order, order + 1, 2**256 - 1)
    ]
    here = ask(["isStrict", {"hex": each.hex()}] for each in whole)
    wanted = [is_strict(each) for each in whole]
    assert [each.hex() for each, mine, page in zip(whole, wanted, here, strict=True) if mine != page] == []
    assert sum(wanted) >= 15


def test_the_page_says_of_published_signatures_what_the_program_says() -> None:
    published = json.loads((VECTORS / "published" / "wycheproof-ed25519.json").read_text())
    asked, wanted = [], []
    for group in published["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            signature, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            asked.append(["holds", *({"hex": each.hex()} for each in (public, signature, message))])
            wanted.append(verify(public, signature, message))
    for path in sorted((VECTORS / "ed25519").glob("*.json")):
        for case in json.loads(path.read_text()):
            asked.append(["holds", *({"hex": case[name]} for name in ("public", "signature", "message"))])
            wanted.append(case["holds"])
    assert ask(asked) == wanted
    assert sum(wanted) > 70


FIRST_BALLOT = {
    "format": "inblue-ballot/1", "draft": "S/1", "procedure": "p", "opening": "s", "member": "CHN",
    "position": "in_favour", "nonce": "n",
}  # fmt: skip
OPENED = {"round": 1, "draft": {"symbol": "S/1", "procedure": "p"}, "openings": [{"snapshot": "s", "digest": "d"}]}


@pytest.mark.parametrize(
    ("changed", "of", "bound"),
    [
        ({}, {}, True),
        ({"draft": "S/2"}, {}, False),
        ({"procedure": "q"}, {}, False),
        ({"opening": "t"}, {}, False),
        ({"log": "example.org"}, {}, False),
        ({}, {"round": 2}, False),
        ({}, {"openings": []}, False),
    ],
)
def test_a_ballot_of_the_first_format_is_bound_by_what_it_has(
    changed: dict[str, str], of: dict[str, object], bound: bool
) -> None:
    assert ask([["isBound", {**FIRST_BALLOT, **changed}, {**OPENED, **of}, "example.org", True]]) == [bound]


SECOND_BALLOT = {
    "format": "inblue-ballot/2", "log": "example.org", "draft": "S/1", "round": 2, "texts": [{"language": "en"}],
    "opening": "d", "closes_at": "2026-03-02T10:00:00Z", "rule": None, "rehearsal": False, "member": "CHN",
    "replies": [{"position": "in_favour", "question": "draft"}], "nonce": "n",
}  # fmt: skip
REOPENED: dict[str, Any] = {
    "round": 2,
    "draft": {"symbol": "S/1", "times": "live", "texts": [{"language": "en"}]},
    "openings": [{"snapshot": "s", "digest": "c"}, {"snapshot": "t", "digest": "d"}],
}
BOUND = {
    "draft": "S/2", "format": "inblue-ballot/3", "log": "example.com", "opening": "s", "rehearsal": True, "round": 1,
    "rule": "P4M", "texts": [], "closes_at": "soon",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "of", "bound"),
    [
        ({}, {}, True),
        *(({name: value}, {}, False) for name, value in BOUND.items()),
        ({"closes_at": None}, {}, False),
        ({"closes_at": None, "rule": "p4m"}, {}, True),
        ({"closes_at": None, "rule": "P4M"}, {}, False),
        ({"rule": "p4m"}, {}, False),
        ({"kind": "more"}, {}, False),
        ({}, {"draft": {**REOPENED["draft"], "times": "simulated"}}, False),
        ({"rehearsal": True}, {"draft": {**REOPENED["draft"], "times": "simulated"}}, True),
        ({}, {"openings": []}, False),
    ],
)
def test_a_ballot_of_the_second_format_is_bound_by_each_thing_that_it_has(
    changed: dict[str, object], of: dict[str, object], bound: bool
) -> None:
    assert ask([["isBound", {**SECOND_BALLOT, **changed}, {**REOPENED, **of}, "example.org", False]]) == [bound]


@pytest.mark.parametrize("name", SECOND_BALLOT)
def test_a_ballot_of_the_second_format_has_all_its_fields(name: str) -> None:
    less = {field: value for field, value in SECOND_BALLOT.items() if field != name}
    assert ask([["isBound", less, REOPENED, "example.org", False]]) == [False]


def test_the_page_takes_the_proofs_that_the_program_takes() -> None:
    asked, wanted = [], []
    for size in range(1, 10):
        tree = Tree()
        leaves = [leaf_hash(bytes([number])) for number in range(size)]
        for leaf in leaves:
            tree.add(leaf)
        top = root(size, tree.node)
        for index, leaf in enumerate(leaves):
            path = inclusion_proof(index, size, tree.node)
            paths = [path, path[:-1], [*path, leaf], path[::-1], [*path[:-1], leaf]]
            for at, length, given in [(index, size, each) for each in paths] + [(index + 1, size, path)]:
                given_hex = [{"hex": each.hex()} for each in (leaf, top)]
                asked.append(["includes", given_hex[0], at, length, [each.hex() for each in given], given_hex[1]])
                wanted.append(verify_inclusion(leaf, at, length, given, top))
    assert ask(["proved", *words[1:]] for words in asked) == wanted
    assert 40 < sum(wanted) < len(wanted) - 100


def test_the_page_takes_the_proofs_of_a_log_that_went_on_that_the_program_takes() -> None:
    tree, tops = Tree(), [leaf_hash(b"")]
    for number in range(17):
        tree.add(leaf_hash(bytes([number])))
        tops.append(root(number + 1, tree.node))
    asked, wanted = [], []
    for second in range(1, 18):
        for first in range(1, second + 1):
            path, other = consistency_proof(first, second, tree.node), tops[second - 1]
            paths = [path, path[:-1], path[1:], [*path, other], path[::-1], [*path[:-1], other]]
            for earlier, later, given in [
                *((tops[first], tops[second], each) for each in paths),
                (other, tops[second], path),
                (tops[first], other, path),
            ]:
                known = [{"hex": each.hex()} for each in (earlier, later)]
                asked.append(["extended", first, second, *known, [each.hex() for each in given]])
                wanted.append(verify_consistency(first, second, earlier, later, given))
    assert ask(asked) == wanted
    assert 150 < sum(wanted) < len(wanted) - 500


def test_the_page_finds_the_votes_that_the_program_finds() -> None:
    streams = [
        "vote:S/1", "vote#2:S/1", "vote#1:S/1", "vote#0:S/1", "vote#02:S/1", "vote#9999:S/1", "vote#10000:S/1", "vote:",
        "vote#2:S#3", "vote:S#3", "vote:S#0", "register", "votes:S/1", "vote:" + "S" * 300, "vote:" + "S" * 301,
        "vote#12:" + "S" * 297, "vote#12:" + "S" * 298, "vote:S/1\n",
    ]  # fmt: skip
    here = ask(["voteIn", stream] for stream in streams)
    wanted = [vote_in(stream) for stream in streams]
    assert [found is not None for found in here] == [name is not None for name in wanted]
    named = [(found, read_name(name)) for found, name in zip(here, wanted, strict=True) if name is not None]
    assert all((found["symbol"], found["round"]) == name for found, name in named)
    assert len(named) > 5
