"""Three questions to the tables of a ledger, with DuckDB over Parquet or pandas over CSV. Copy what you need.

    inblue export --parquet TABLES      then      python analysis.py TABLES
    inblue export --csv TABLES

Needs duckdb or pandas. What is not known is counted apart: a day without an hour is a span, and a span across a limit
is on neither side of it. docs/tables.md has every column.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple, TypeAlias

Rows: TypeAlias = list[tuple[str | int, ...]]


class Answers(NamedTuple):
    """What the tables say."""

    last_hour: Rows
    """Of the replies that count, how many certainly came in the last hour, certainly earlier, or cannot be told."""
    weakest: Rows
    """By outcome at the close: how strongly the weakest reply that counts is evidenced, and of how many votes."""
    alike: Rows
    """The two members that voted alike most often: in how many votes, of how many in which both are known."""


_LAST_HOUR = """
SELECT CASE WHEN v.closes_earliest IS NULL OR r.arrival_latest IS NULL THEN 'cannot be told'
            WHEN r.arrival_latest < v.closes_earliest - INTERVAL 1 HOUR THEN 'earlier'
            WHEN r.arrival_earliest >= v.closes_latest - INTERVAL 1 HOUR THEN 'in the last hour'
            ELSE 'cannot be told' END AS came, count(*)
FROM replies r JOIN votes v USING (vote) WHERE r.counted GROUP BY came ORDER BY came
"""
_WEAKEST = """
WITH weakest AS (
  SELECT vote, max(list_position(['proven', 'attested', 'documented', 'none'], strength)) AS place
  FROM replies WHERE counted GROUP BY vote)
SELECT v.outcome_at_close, ['proven', 'attested', 'documented', 'none'][w.place], count(*)
FROM votes v JOIN weakest w USING (vote) WHERE v.outcome_at_close IS NOT NULL GROUP BY ALL ORDER BY ALL
"""
_ALIKE = """
WITH known AS (SELECT vote, member, counted_as FROM seats WHERE counted_as NOT IN ('not_on_record', 'voided'))
SELECT a.member, b.member, count(*) FILTER (a.counted_as = b.counted_as) AS alike, count(*)
FROM known a JOIN known b ON a.vote = b.vote AND a.member < b.member
GROUP BY a.member, b.member ORDER BY alike DESC, a.member, b.member LIMIT 1
"""


def by_duckdb(folder: Path) -> Answers:
    """The answers from Parquet files, which DuckDB reads without loading them."""
    import duckdb

    with duckdb.connect() as database:
        for name in ("votes", "seats", "replies"):
            database.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
        found = [database.sql(query).fetchall() for query in (_LAST_HOUR, _WEAKEST, _ALIKE)]
    return Answers(*found)


def by_pandas(folder: Path) -> Answers:
    """The answers from CSV files. An empty cell means none, ``unknown`` means not known: neither has an hour."""
    import pandas as pd

    def read(name: str, *columns: str) -> pd.DataFrame:
        return pd.read_csv(folder / f"{name}.csv", usecols=list(columns), dtype=str, keep_default_na=False)

    votes = read("votes", "vote", "closes_earliest", "closes_latest", "outcome_at_close")
    replies = read("replies", "vote", "arrival_earliest", "arrival_latest", "strength", "counted")
    seats = read("seats", "vote", "member", "counted_as")
    counted = replies[replies["counted"] == "true"].merge(votes, on="vote")

    at = {
        name: pd.to_datetime(counted[name].replace("unknown", ""), utc=True, format="ISO8601", errors="coerce")
        for name in ("arrival_earliest", "arrival_latest", "closes_earliest", "closes_latest")
    }
    hour = pd.Timedelta(hours=1)
    came = pd.Series("cannot be told", index=counted.index)
    came[at["arrival_earliest"] >= at["closes_latest"] - hour] = "in the last hour"
    came[at["arrival_latest"] < at["closes_earliest"] - hour] = "earlier"

    order = ["proven", "attested", "documented", "none"]
    place = counted["strength"].map(order.index).groupby(counted["vote"]).max()
    closed = votes[votes["outcome_at_close"] != ""].set_index("vote")["outcome_at_close"]
    weakest = place.map(lambda at: order[at]).to_frame("weakest").join(closed, how="inner")

    known = seats[~seats["counted_as"].isin(["not_on_record", "voided"])]
    table = known.pivot_table(index="vote", columns="member", values="counted_as", aggfunc="first")
    pairs = [
        (int(((table[a] == table[b]) & table[a].notna()).sum()), a, b, int((table[a].notna() & table[b].notna()).sum()))
        for a in table.columns
        for b in table.columns
        if a < b
    ]
    most = sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))[:1]
    return Answers(
        [(str(name), int(number)) for name, number in came.value_counts().sort_index().items()],
        [
            (*map(str, key), int(number))
            for key, number in weakest.groupby(["outcome_at_close", "weakest"]).size().items()
        ],
        [(one, other, alike, both) for alike, one, other, both in most],
    )


def main(folder: Path) -> None:
    """Print the answers, after what the tables rest on."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    rows = {table["name"]: table["rows"] for table in about["tables"]}
    as_of = about["as_of"]
    print(f"{rows['votes']:,} votes, {rows['replies']:,} replies, as of entry {as_of['entry']:,} of {as_of['of']:,}")
    for left_out in about["not_disclosed"]:
        print(f"not over, and not in the tables: {left_out['vote']}")
    answers = by_duckdb(folder) if (folder / "votes.parquet").exists() else by_pandas(folder)
    for question, found in zip(
        ("When did the replies that count come?", "How well is the weakest of them evidenced?", "Who votes alike?"),
        answers,
        strict=True,
    ):
        print(question)
        for row in found:
            print("  ", *row)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
