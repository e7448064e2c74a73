"""Each vector that shows a whole log, verified in every other way there is: all find what is found of the bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from every_way import differing, showing_whole_logs
from paths import VECTORS

HERE = VECTORS / "bundles"
CASES: list[dict[str, Any]] = json.loads((HERE / "wanted.json").read_text(encoding="utf-8"))
WHOLE = showing_whole_logs(CASES, HERE)


@pytest.mark.parametrize("case", WHOLE, ids=[case["name"] for case in WHOLE])
def test_what_is_found_of_a_bundle_is_found_in_every_way(case: dict[str, Any], tmp_path: Path) -> None:
    assert differing(HERE / case["bundle"], tmp_path) is None


def test_most_vectors_show_a_whole_log() -> None:
    assert len(WHOLE) > 200
