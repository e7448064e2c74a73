"""The tree of an audit, whose older leaves are asked for again: what then cannot be shown is said, and not raised."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from inblue.domain.errors import Malformed
from inblue.ledger.audit.checked_tree import CheckedTree
from inblue.ledger.audit.checks import LOG
from inblue.ledger.audit.result import Result
from inblue.ledger.errors import Broken
from inblue.ledger.standards.merkle import Frontier, leaf_hash

SIZE = 1 << 17  # from which on the first half is not kept
LEAVES = [leaf_hash(b"%d" % number) for number in range(SIZE)]


def again(start: int, limit: int) -> Sequence[bytes]:
    return LEAVES[start : start + limit]


def others(start: int, limit: int) -> Sequence[bytes]:
    return [bytes(32), *LEAVES[start + 1 : start + limit]]


def fewer(start: int, limit: int) -> Sequence[bytes]:
    return LEAVES[start : start + limit - 1]


def refusing(error: Exception) -> Callable[[int, int], Sequence[bytes]]:
    def refuse(_start: int, _limit: int) -> Sequence[bytes]:
        raise error

    return refuse


def tree_with(leaves: Callable[[int, int], Sequence[bytes]]) -> tuple[CheckedTree, Result]:
    result = Result()
    tree = CheckedTree(result, leaves=leaves)
    for leaf in LEAVES:
        tree.add(leaf)
    return tree, result


def test_every_earlier_root_and_leaf_is_known() -> None:
    tree, result = tree_with(again)
    frontier = Frontier()
    for leaf in LEAVES[:1_000]:
        frontier.add(leaf)
    assert tree.root_at(1_000) == frontier.root()
    assert [tree.leaf_at(at) for at in (0, 999, SIZE - 1)] == [LEAVES[0], LEAVES[999], LEAVES[-1]]
    assert (tree.leaf_at(SIZE), tree.leaf_at(-1), tree.root_at(SIZE + 1)) == (None, None, None)
    assert result.holds


@pytest.mark.parametrize("leaves", [others, fewer, refusing(Broken("gone")), refusing(Malformed("no hash"))])
def test_leaves_that_are_not_given_again_as_they_were_are_a_problem_and_nothing_is_shown_by_them(
    leaves: Callable[[int, int], Sequence[bytes]],
) -> None:
    tree, result = tree_with(leaves)
    assert (tree.root_at(1_000), tree.leaf_at(3)) == (None, None)
    ((check, entry),) = [(each.check, each.entry) for each in result.problems]
    assert (check, entry) == (LOG, None)
    assert result.problems[0].text.startswith("what was read cannot be read again: ")


def test_of_a_part_of_a_log_only_what_was_added_or_recalled_is_known() -> None:
    frontier = Frontier()
    for leaf in LEAVES[:6]:
        frontier.add(leaf)
    tree = CheckedTree(Result(), 6, frontier.peaks)
    tree.add(LEAVES[6])
    assert (tree.start, tree.size) == (6, 7)
    assert (tree.leaf_at(5), tree.leaf_at(6), tree.root_at(5)) == (None, LEAVES[6], None)
    tree.recall(5, LEAVES[5])
    assert tree.leaf_at(5) == LEAVES[5]
    frontier.add(LEAVES[6])
    assert (tree.root_at(7), tree.peaks) == (frontier.root(), frontier.peaks)
