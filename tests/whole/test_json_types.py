"""What the face gives as JSON has the types of the published schemas."""

from __future__ import annotations

import make_json_types


def test_the_types_are_those_of_the_schemas() -> None:
    mend = "run python tests/support/make_json_types.py"
    made = make_json_types.modules()
    assert {path: path.read_text(encoding="utf-8") for path in made} == made, mend
