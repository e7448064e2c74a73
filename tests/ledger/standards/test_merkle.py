"""The Merkle tree against RFC 9162's recursive definition and the reference vectors of Certificate Transparency."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.ledger.standards.merkle import (
    EMPTY_ROOT,
    Frontier,
    NodeId,
    Tree,
    append,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_proof,
    root,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots of the reference implementation of Certificate Transparency (merkle_tree_test).
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Store:
    """The stored nodes, which refuses to be written twice and counts what is read."""

    def __init__(self) -> None:
        self.nodes: dict[NodeId, bytes] = {}
        self.reads: list[NodeId] = []
        self.size = 0

    def read(self, node: NodeId) -> bytes:
        self.reads.append(node)
        return self.nodes[node]

    def add(self, leaf: bytes) -> None:
        for node, value in append(self.size, leaf, self.read):
            assert node not in self.nodes, "a complete node was written twice"
            self.nodes[node] = value
        self.size += 1


def mth(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word for word, over entries."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def test_the_reference_vectors() -> None:
    store, frontier = Store(), Frontier()
    assert EMPTY_ROOT.hex() == CT_ROOTS[0]
    for size, leaf in enumerate(CT_LEAVES):
        assert root(size, store.read).hex() == frontier.root().hex() == CT_ROOTS[size]
        store.add(leaf_hash(bytes.fromhex(leaf)))
        frontier.add(leaf_hash(bytes.fromhex(leaf)))
    assert root(8, store.read).hex() == frontier.root().hex() == CT_ROOTS[8]


def test_the_seven_leaves_of_the_rfc() -> None:
    """The figure of RFC 9162 section 2.1.5: root = (((a b)(c d)) ((e f) j)), each part built by hand."""
    d = [b"d%d" % i for i in range(7)]
    a, b, c, d3, e, f, j = (hashlib.sha256(b"\x00" + x).digest() for x in d)

    def h(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    frontier = Frontier()
    for entry in d:
        frontier.add(leaf_hash(entry))
    assert frontier.root() == h(h(h(a, b), h(c, d3)), h(h(e, f), j))


def test_every_size_to_300_has_the_root_of_the_definition() -> None:
    entries = [i.to_bytes(2, "big") for i in range(300)]
    store, frontier = Store(), Frontier()
    for size in range(301):
        expected = mth(entries[:size])
        assert root(size, store.read) == frontier.root() == expected
        assert frontier.size == size
        if size < 300:
            store.add(leaf_hash(entries[size]))
            frontier.add(leaf_hash(entries[size]))
    for size in range(301):  # earlier roots stay within reach of the stored nodes
        assert root(size, store.read) == mth(entries[:size])


def test_every_stored_node_is_the_root_of_its_leaves() -> None:
    entries = [b"%d" % i for i in range(100)]
    store = Store()
    for entry in entries:
        store.add(leaf_hash(entry))
    expected = {
        (level, index): mth(entries[index << level : (index + 1) << level])
        for level in range(7)
        for index in range(100 >> level)
    }
    assert store.nodes == expected


def test_appending_reads_only_the_left_children_it_needs() -> None:
    store = Store()
    for size in range(260):
        store.reads.clear()
        store.add(leaf_hash(b"%d" % size))
        trailing = (~size & (size + 1)).bit_length() - 1  # 1 bits at the end of size
        assert store.reads == [(level, (size >> level) - 1) for level in range(trailing)]


def test_a_root_reads_one_node_per_peak() -> None:
    store = Store()
    for size in range(1, 200):
        store.add(leaf_hash(b"%d" % size))
        store.reads.clear()
        root(size, store.read)
        assert len(store.reads) == size.bit_count()


def test_the_root_of_a_very_large_tree_needs_no_more_than_its_peaks() -> None:
    reads: list[NodeId] = []

    def read(node: NodeId) -> bytes:
        reads.append(node)
        return bytes(32)

    root(2**40 + 5, read)
    assert reads == [(40, 0), (2, 2**38), (0, 2**40 + 4)]


LEVELS = [leaf_hash(b"the same entry")]
for _ in range(40):
    LEVELS.append(node_hash(LEVELS[-1], LEVELS[-1]))


@pytest.mark.parametrize("size", [2**40, 2**40 - 1, 2**40 + 1, 10**12 + 7])
def test_a_proof_over_a_trillion_entries_reads_some_dozens_of_nodes_and_holds(size: int) -> None:
    """In a log whose entries are all alike, each complete node is known without storing any."""
    reads: list[NodeId] = []

    def read(node: NodeId) -> bytes:
        reads.append(node)
        return LEVELS[node[0]]

    def most(steps: int) -> bool:
        """Each step of a proof may have to put a hash together from the peaks to its right."""
        few, reads[:] = len(reads) <= steps * 40, []
        return few

    rooted = root(size, read)
    assert most(1)
    for index in (0, 1, size // 3, size // 2, size - 2, size - 1):
        path = inclusion_proof(index, size, read)
        assert most(2)
        assert verify_inclusion(LEVELS[0], index, size, path, rooted)
        assert not verify_inclusion(leaf_hash(b"another"), index, size, path, rooted)
    for first in (1, 2**39, size // 3, size - 1):
        earlier = root(first, read)
        reads.clear()
        proof = consistency_proof(first, size, read)
        assert most(2)
        assert verify_consistency(first, size, earlier, rooted, proof)
        assert not verify_consistency(first, size, LEVELS[1], rooted, proof) or earlier == LEVELS[1]
    for start in (0, 1, size // 3, size - 3):
        before, after = range_proof(start, start + 3, size, read)
        assert most(3)
        frontier = Frontier.resumed(start, before)
        for _ in range(3):
            frontier.add(LEVELS[0])
        assert frontier.root_with(size, after) == rooted


def test_every_proof_of_every_small_tree_holds_and_a_changed_one_does_not() -> None:
    entries = [bytes([n]) for n in range(33)]
    leaves = [leaf_hash(entry) for entry in entries]
    nodes: dict[tuple[int, int], bytes] = {}
    for n, leaf in enumerate(leaves):
        nodes.update(append(n, leaf, nodes.__getitem__))
    for size in range(1, len(leaves) + 1):
        rooted = mth(entries[:size])
        assert root(size, nodes.__getitem__) == rooted
        for index in range(size):
            path = inclusion_proof(index, size, nodes.__getitem__)
            assert verify_inclusion(leaves[index], index, size, path, rooted)
            assert not verify_inclusion(leaves[index], index, size, [*path, rooted], rooted)
            assert not verify_inclusion(leaves[index], index + 1, size, path, rooted)
            if path:
                assert not verify_inclusion(leaves[index], index, size, path[:-1], rooted)
                assert not verify_inclusion(leaves[index], index, size, [bytes(32), *path[1:]], rooted)
        for first in range(1, size + 1):
            path = consistency_proof(first, size, nodes.__getitem__)
            assert verify_consistency(first, size, mth(entries[:first]), rooted, path)
            assert not verify_consistency(first, size, bytes(32), rooted, path)
            assert not verify_consistency(first, size, mth(entries[:first]), rooted, [*path, bytes(32)])
        for start in range(size):
            for end in range(start + 1, size + 1):
                before, after = range_proof(start, end, size, nodes.__getitem__)
                frontier = Frontier.resumed(start, before)
                for leaf in leaves[start:end]:
                    frontier.add(leaf)
                assert frontier.root_with(size, after) == rooted


def test_a_leaf_cannot_pass_as_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"\x01" + left + right) != node_hash(left, right)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=40), st.data())
def test_any_change_of_the_leaves_changes_the_root(entries: list[bytes], data: st.DataObject) -> None:
    def tree(leaves: list[bytes]) -> bytes:
        frontier = Frontier()
        for entry in leaves:
            frontier.add(leaf_hash(entry))
        return frontier.root()

    at = data.draw(st.integers(0, len(entries) - 1))
    whole = tree(entries)
    assert whole == mth(entries)
    assert tree(entries[:at] + entries[at + 1 :]) != whole
    assert tree([*entries[:at], entries[at] + b"x", *entries[at + 1 :]]) != whole
    assert tree([*entries[:at], b"new", *entries[at:]]) != whole
    other = data.draw(st.integers(0, len(entries) - 1))
    if entries[at] != entries[other]:
        swapped = list(entries)
        swapped[at], swapped[other] = swapped[other], swapped[at]
        assert tree(swapped) != whole


def test_an_absent_node_is_not_papered_over() -> None:
    store = Store()
    for size in range(7):
        store.add(leaf_hash(b"%d" % size))
    del store.nodes[(1, 2)]
    with pytest.raises(KeyError):
        root(7, store.read)
    with pytest.raises(KeyError):
        append(7, leaf_hash(b"7"), store.read)


LEAVES = [leaf_hash(b"%d" % number) for number in range(3_000)]


def grown(tree: Tree, leaves: list[bytes]) -> Tree:
    for leaf in leaves:
        tree.add(leaf)
    return tree


def roots(leaves: list[bytes]) -> list[bytes]:
    edge, found = Frontier(), [EMPTY_ROOT]
    for leaf in leaves:
        edge.add(leaf)
        found.append(edge.root())
    return found


def test_a_tree_has_every_earlier_root() -> None:
    tree, wanted = grown(Tree(), LEAVES[:600]), roots(LEAVES[:600])
    assert [tree.root(size) for size in range(601)] == wanted
    assert [tree.leaf(index) for index in range(600)] == LEAVES[:600]
    assert (tree.root(601), tree.leaf(600), tree.leaf(-1)) == (None, None, None)


def test_a_tree_that_lets_leaves_go_has_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inblue.ledger.standards.merkle._KEPT", 512)
    asked: list[int] = []

    def again(start: int, count: int) -> list[bytes]:
        asked.append(start)
        return LEAVES[start : start + count]

    tree, wanted = grown(Tree(again=again), LEAVES), roots(LEAVES)
    assert not asked
    assert sum(len(level) for level in tree._levels) < 32 * 2 * 1_024 + 32 * 16
    assert [tree.root(size) for size in range(len(LEAVES) + 1)] == wanted
    assert [tree.leaf(index) for index in range(len(LEAVES))] == LEAVES
    assert max(asked) < len(LEAVES) - 512
    assert len(set(asked)) >= len(LEAVES) // 256 - 4


def test_leaves_that_are_others_the_second_time_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inblue.ledger.standards.merkle._KEPT", 512)
    for wrong in ([LEAVES[1], LEAVES[0], *LEAVES[2:256]], LEAVES[:255], [], LEAVES[:257]):
        tree = grown(Tree(again=lambda *_, wrong=wrong: wrong), LEAVES)
        with pytest.raises(Malformed, match="not those that were read before"):
            tree.root(3)
        assert tree.root(2_900) == roots(LEAVES[:2_900])[-1]


def test_a_tree_that_goes_on_from_peaks_has_the_roots_after_them() -> None:
    for start in (1, 255, 256, 300):
        begun = Frontier()
        for leaf in LEAVES[:start]:
            begun.add(leaf)
        tree, wanted = grown(Tree(start, begun.peaks), LEAVES[start:700]), roots(LEAVES[:700])
        assert [tree.root(size) for size in range(start, 701)] == wanted[start:]
        assert (tree.root(start - 1), tree.leaf(start - 1), tree.leaf(start)) == (None, None, LEAVES[start])
        assert tree.peaks == grown(Tree(), LEAVES[:700]).peaks
