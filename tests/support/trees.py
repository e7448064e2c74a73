"""A tree of 70,000 leaves and its tiles, by a slow reading of RFC 9162 and C2SP tlog-tiles."""

from __future__ import annotations

import hashlib

from inblue.ledger.standards.merkle import node_hash

LEAVES = [hashlib.sha256(b"%d" % number).digest() for number in range(70_000)]


def mth(low: int, high: int) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if high - low == 1:
        return LEAVES[low]
    split = 1
    while 2 * split < high - low:
        split *= 2
    return node_hash(mth(low, low + split), mth(low + split, high))


def by_the_text(size: int) -> dict[str, bytes]:
    """Every hash tile of a tree, by the formula of C2SP tlog-tiles."""
    found: dict[str, bytes] = {}
    level, nodes = 0, LEAVES[:size]
    while nodes:
        for index in range(0, len(nodes), 256):
            part = nodes[index : index + 256]
            number, groups = index // 256, ""
            while number >= 1000:
                number, last = divmod(number, 1000)
                groups = f"/{last:03}" if not groups else f"/x{last:03}" + groups
            place = f"{'x' if groups else ''}{number:03}{groups}"
            width = f".p/{len(part)}" if len(part) < 256 else ""
            found[f"tile/{level}/{place}{width}"] = b"".join(part)
        level += 1
        nodes = [mth(at * 256**level, (at + 1) * 256**level) for at in range(size // 256**level)]
    return found
