"""The tables as Parquet, through pyarrow (the extra ``tables``), row group by row group.

NULL is nothing. A column that may be unknown has a second one, ``NAME_known``: NULL with false is a value that the
record does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..errors import needs
from .columns import EVERY, FORMAT, TABLES, UNKNOWN, Cell, Column, Row

SUFFIX = ".parquet"
UNKNOWN_IN_WORDS = "NULL is nothing; NULL in NAME beside false in NAME_known is what the record does not have"

_TOGETHER, _ROW_GROUP = 1_000, 50_000
"""How many rows are held as Python values, and how many as Arrow data, which takes a fraction of the memory."""


class ParquetTables:
    """Writes the tables row by row: ``votes.parquet`` and so on in ``folder``. A context manager.

    Raises:
        NotFound: pyarrow is not installed.
    """

    def __init__(self, folder: Path) -> None:
        with needs("tables", "Parquet"):
            import pyarrow
            import pyarrow.parquet
        self._arrow, self._parquet = pyarrow, pyarrow.parquet
        self._folder = folder
        self._open = ExitStack()
        self._writers: dict[str, Any] = {}
        self._schemas: dict[str, Any] = {}
        self._rows: dict[str, list[dict[str, Cell]]] = {}
        self._kept: dict[str, list[Any]] = {}

    def __enter__(self) -> Self:
        for name in TABLES:
            self._begin(name)
        return self

    def _begin(self, name: str) -> None:
        self._rows[name], self._kept[name] = [], []
        schema = self._schemas[name] = self._schema(EVERY[name])
        path = self._folder / f"{name}{SUFFIX}"
        self._writers[name] = self._open.enter_context(self._parquet.ParquetWriter(path, schema, compression="zstd"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            for name in self._writers if error is None else ():
                self._keep(name)
                self._flush(name)

    def add(self, table: str, row: Row) -> None:
        """Write a row; an optional table is created with its first row."""
        if table not in self._writers:
            self._begin(table)
        rows = self._rows[table]
        rows.append(dict(_cells(EVERY[table], row)))
        if len(rows) == _TOGETHER:
            self._keep(table)
            if len(self._kept[table]) * _TOGETHER >= _ROW_GROUP:
                self._flush(table)

    def _keep(self, table: str) -> None:
        self._kept[table].append(self._arrow.Table.from_pylist(self._rows[table], schema=self._schemas[table]))
        self._rows[table] = []

    def _flush(self, table: str) -> None:
        self._writers[table].write_table(self._arrow.concat_tables(self._kept[table]).combine_chunks())
        self._kept[table] = []

    def _schema(self, columns: tuple[Column, ...]) -> Any:
        pa, fields = self._arrow, []
        kinds = {
            "text": pa.string(),
            "json": pa.string(),
            "integer": pa.int64(),
            "truth": pa.bool_(),
            "instant": pa.timestamp("us", "UTC"),
            "day": pa.date32(),
        }
        for column in columns:
            fields.append(pa.field(column.name, kinds[column.kind], metadata={"about": column.about}))
            if column.may_be_unknown:
                about = {"about": f"false where it is not on record what {column.name} is"}
                fields.append(pa.field(f"{column.name}_known", pa.bool_(), nullable=False, metadata=about))
        return pa.schema(fields, metadata={"format": FORMAT, "unknown": UNKNOWN_IN_WORDS})


def _cells(columns: tuple[Column, ...], row: Row) -> Iterator[tuple[str, Cell]]:
    for column in columns:
        cell = row[column.name]
        yield column.name, None if cell is UNKNOWN else cell
        if column.may_be_unknown:
            yield f"{column.name}_known", cell is not UNKNOWN
