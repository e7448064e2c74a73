"""What the face gives as JSON has the types of the published schemas."""

from __future__ import annotations

import make_json_types


def test_the_types_are_those_of_the_schemas() -> None:
    mend = "run python tests/support/make_json_types.py"
    assert make_json_types.TARGET.read_text(encoding="utf-8") == make_json_types.json_types(), mend
