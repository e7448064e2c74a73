"""Hosts under load on a PostgreSQL whose connections are killed and which restarts; ``make load`` goes on longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from load import run


@pytest.mark.skipif("INBLUE_TEST_SERVERS" not in os.environ, reason="takes half a minute: make test-hosts")
def test_no_act_is_lost_or_repeated_and_a_follower_has_every_entry(tmp_path: Path) -> None:
    counts = run(15, processes=4, threads=8, seed=1, folder=tmp_path)
    assert counts["acts acknowledged"] > 100
    assert counts["connections killed"] > 0
    assert counts["followed"] == counts["entries"]
