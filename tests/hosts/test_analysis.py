"""The tables of many votes, asked by DuckDB and by pandas: both answer as the acts that were recorded do.

``make test-hosts`` asks those of 10,000 votes (INBLUE_TEST_VOTES).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import analysis
import pytest
from many_votes import founded
from paths import EXAMPLES
from seats import COUNCIL_2020
from varied_votes import acts_of, with_votes

from inblue.domain.acts import VoteCast
from inblue.domain.instant import span_of
from inblue.domain.zone import zone
from inblue.ledger.tables.write import write_tables

VOTES = int(os.environ.get("INBLUE_TEST_VOTES", "60"))
pytestmark = pytest.mark.timeout(600 + VOTES // 2)


class Made(NamedTuple):
    csv: Path
    parquet: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("analysis")
    with with_votes(VOTES, folder / "ledger.db") as ledger:
        found = ledger.verify()
        assert (
            write_tables(found, folder / "csv", "csv").rows == write_tables(found, folder / "parquet", "parquet").rows
        )
    return Made(folder / "csv", folder / "parquet")


def by_hand() -> analysis.Answers:
    """The answers from the acts as they are made, by no code of the package but the days of a zone."""
    came: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    alike: Counter[tuple[str, str]] = Counter()
    ledger, here, hour = founded(), zone("America/New_York"), timedelta(hours=1)
    for number in range(VOTES):
        acts = acts_of(ledger, number)[1]
        closes = acts[1][1] + timedelta(hours=24)
        cast = {act.member: (act, at) for act, at in acts if isinstance(act, VoteCast)}
        for act, at in cast.values():
            span = span_of(act.received_at, here)
            assert span.earliest is not None
            latest = at if not isinstance(act.received_at, datetime) else span.latest
            assert latest is not None
            early, late = latest < closes - hour, span.earliest >= closes - hour
            came["earlier" if early else "in the last hour" if late else "cannot be told"] += 1
        outcomes["vetoed" if any(act.position == "against" for act, _ in cast.values()) else "adopted"] += 1
        for pair in combinations(sorted(COUNCIL_2020.ids), 2):
            one, other = (cast[member][0].position if member in cast else "absent" for member in pair)
            alike[pair] += one == other
    most = min(alike, key=lambda pair: (-alike[pair], pair))
    return analysis.Answers(
        sorted(came.items()),
        sorted((outcome, "attested", number) for outcome, number in outcomes.items()),
        [(*most, alike[most], VOTES)],
    )


def test_duckdb_and_pandas_answer_as_the_acts_do(made: Made) -> None:
    wanted = by_hand()
    assert analysis.by_duckdb(made.parquet) == wanted
    assert analysis.by_pandas(made.csv) == wanted
    assert len(wanted.last_hour) == 3
    assert [row[0] for row in wanted.weakest] == ["adopted", "vetoed"]


def test_duckdb_reads_the_csv_with_its_types(made: Made) -> None:
    import duckdb

    at = str(made.csv / "replies.csv")
    with duckdb.connect() as database:
        typed = database.read_csv(at, na_values=["", "unknown"])
        kinds = dict(zip(typed.columns, map(str, typed.types), strict=True))
        assert (kinds["arrival_latest"], kinds["counted"], kinds["act"]) == ("TIMESTAMP", "BOOLEAN", "BIGINT") or (
            kinds["arrival_latest"] == "TIMESTAMP WITH TIME ZONE"
        )
        (rows,) = database.sql(f"SELECT count(*) FROM '{made.parquet}/replies.parquet'").fetchall()
        assert typed.aggregate("count(*)").fetchall() == [rows]


def test_the_example_runs_from_a_folder_without_anything_of_ours(made: Made, tmp_path: Path) -> None:
    said = []
    for folder in made:
        words = [sys.executable, "-I", str(EXAMPLES / "analysis.py"), str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
        said.append(done.stdout)
    assert said[0] == said[1]
    assert said[0].startswith(f"{VOTES:,} votes, ")
    about = json.loads((made.csv / "about.json").read_text())
    assert about["as_of"]["entry"] == about["as_of"]["of"]
