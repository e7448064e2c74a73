"""The page's check says of each vector what it said before: which problems, of which entry, and what is not checked."""

from __future__ import annotations

import pytest
from node import MISSING, NODE
from page_said import SAID, page_said


@pytest.mark.long
@pytest.mark.skipif(NODE is None, reason=MISSING)
def test_of_each_vector_the_page_says_what_it_said_before() -> None:
    """tests/support/page_said.py writes it again where other words are meant; read the difference."""
    assert page_said() == SAID.read_text(encoding="utf-8").splitlines(keepends=True)
