"""The page's check says of each vector what it said before: which problems, of which entry, and what is not checked."""

from __future__ import annotations

import pytest
from node import MISSING, NODE
from page_said import SAID, page_said


@pytest.mark.skipif(NODE is None, reason=MISSING)
def test_of_each_vector_the_page_says_what_it_said_before() -> None:
    """Written anew by tests/support/page_said.py, and the difference read, where other words are meant."""
    assert page_said() == SAID.read_text(encoding="utf-8").splitlines(keepends=True)
