"""A receipt as a file: its proof in another implementation, its canonical form, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import SMALL, small
from paths import ROOT
from tlog_scales.tlog import InclusionProof

from inblue.domain.errors import Malformed
from inblue.ledger.entries.entry import read_entry
from inblue.ledger.evidence.receipt import LogProof, Receipt, read_receipt
from inblue.ledger.operations.export import issue_receipt
from inblue.ledger.standards.merkle import leaf_hash


@pytest.fixture(scope="module")
def receipt() -> Receipt:
    """Of the reply of China, under the checkpoint that followed it."""
    return issue_receipt(small(change=lambda history: history[:4]), SMALL, "CHN")


def test_the_proof_holds_in_another_implementation(receipt: Receipt) -> None:
    proof = LogProof.parse(receipt.proof)
    size, root = int(proof.note.split(b"\n")[1]), proof.note.split(b"\n")[2]
    InclusionProof(proof.index, size, list(proof.path)).check(leaf_hash(receipt.entry.encode()), base64.b64decode(root))


@given(st.integers(0, 10**18), st.lists(st.binary(min_size=32, max_size=32), max_size=64).map(tuple))
def test_a_proof_is_read_as_it_was_written(index: int, path: tuple[bytes, ...]) -> None:
    proof = LogProof(index, path, "origin\n1\nroot\n\n— x AAAA\n".encode())
    assert LogProof.parse(proof.text()) == proof


WRITTEN = LogProof(3, (bytes(32),), b"origin\n4\nroot\n\nx\n").text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        WRITTEN.replace("@v1", "@v2"),
        WRITTEN.replace("index 3", "index 03"),
        WRITTEN.replace("index 3", "index +3"),
        WRITTEN.replace("index 3\n", ""),
        WRITTEN.replace("AAA=", "AAB="),
        WRITTEN.replace("AAA=", "AA=="),
        WRITTEN.replace("\n\n", "\n"),
        WRITTEN.replace("index 3", "extra !\nindex 3"),
        WRITTEN.replace("index 3", "index 3\n" + "\n".join(["A" * 43 + "="] * 70)),
    ],
)
def test_a_proof_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        LogProof.parse(text)


def test_an_extra_line_is_passed_over() -> None:
    assert LogProof.parse(WRITTEN.replace("index 3", "extra AAAA\nindex 3")).index == 3


def test_a_receipt_is_json_for_everybody(receipt: Receipt) -> None:
    value = json.loads(receipt.canonical())
    assert value.keys() == {"format", "stream", "act", "digest", "member", "entry", "proof", "timestamps"}
    assert (value["stream"], value["act"]) == ("vote:S/1", 2)
    assert value["digest"] == hashlib.sha256(b"\0" + value["entry"].encode()).hexdigest()
    assert value["proof"].startswith("c2sp.org/tlog-proof@v1\nindex 4\n")


FIRST = next((ROOT / "tests" / "compat").glob("*/bel.receipt")).read_bytes()


def test_a_receipt_of_the_first_format_is_read_as_one_of_the_second() -> None:
    value, read = json.loads(FIRST), read_receipt(FIRST, where="bel.receipt")
    assert (read.stream, read.member) == (f"vote:{value['draft']}", "BEL")
    assert read.act == read_entry(value["entry"].encode()).index
    assert read.digest == hashlib.sha256(b"\0" + value["entry"].encode()).hexdigest()
    assert (read.entry, read.proof) == (value["entry"], value["proof"])
    assert read_receipt(read.canonical(), where="again") == read


@pytest.mark.parametrize("changed", [{"act": 2}, {"entry": "{}"}, {"entry": "\ud800"}, {"draft": "x" * 301}])
def test_what_is_nearly_a_receipt_of_the_first_format_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        read_receipt(json.dumps({**json.loads(FIRST), **changed}).encode(), where="receipt")
