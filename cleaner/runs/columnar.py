"""Parts in Parquet. Needs pyarrow, from the extra ``parquet``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from cleaner.columns import COLUMNS, TEXT, to_row
from cleaner.pipeline import Result
from cleaner.report import beside
from cleaner.runs.parts import Record, UnlikePartsError

OTHER_FIELDS = "other_fields"
"""Column for fields of the input that have no column of their own: an object of JSON."""

# A row group, which is in memory until it is written.
_ROWS = 2048
_ROW_GROUP_CHARACTERS = 16_000_000


class ParquetPart:
    """See `cleaner.runs.parts.Part`."""

    def __init__(self, path: Path, columns: bytes | None) -> None:
        self._path = path
        self._schema = None if columns is None else full_schema(pa.ipc.read_schema(pa.py_buffer(columns)))
        self._rows: list[Record] = []
        self._characters = 0
        self._file: Any = None

    def add(self, result: Result, fields: Mapping[str, Any]) -> None:
        written = _as_json(fields)  # what cannot be written at all is told now, and not later for all rows
        self._characters += len(result.original) + len(result.text) + len(written)
        self._append({**beside(fields), **to_row(result)})

    def keep(self, record: Record) -> None:
        self._append(record)

    def _append(self, row: Record) -> None:
        self._rows.append(row)
        if len(self._rows) >= _ROWS or self._characters >= _ROW_GROUP_CHARACTERS:
            self._write()

    def _write(self) -> None:
        if not self._rows:
            return
        if self._schema is None:
            self._schema = full_schema(_inferred(self._rows))
        columns, rest = _columns(self._rows, self._schema)
        table = pa.Table.from_arrays([*columns, rest], schema=self._schema)
        if self._file is None:
            self._file = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        self._file.write_table(table)
        self._rows = []
        self._characters = 0

    def close(self) -> None:
        self._write()
        if self._file is not None:
            self._file.close()


def columns_of(fields: Sequence[Mapping[str, Any]]) -> bytes:
    """The columns that the other fields of some documents need in Parquet: names and types, as Arrow writes a schema.

    A field whose values are of several types, or of one that Parquet cannot hold, gets none: it goes to `OTHER_FIELDS`.
    """
    serialized: bytes = _inferred([beside(one) for one in fields]).serialize().to_pybytes()
    return serialized


def full_schema(columns: pa.Schema) -> pa.Schema:
    """The columns of a part: those of a result, those of the input's other fields, and `OTHER_FIELDS`."""
    return pa.schema([*COLUMNS, *columns, (OTHER_FIELDS, TEXT)])


def _inferred(rows: Sequence[Record]) -> pa.Schema:
    names = dict.fromkeys(name for row in rows for name in row if name not in COLUMNS.names and name != OTHER_FIELDS)
    found = []
    for name in names:
        try:
            field = pa.field(name, pa.array([row.get(name) for row in rows]).type)
        except (pa.ArrowException, UnicodeEncodeError, OverflowError):  # of the name, too: it may hold lone surrogates
            continue
        if _storable(field.type):
            found.append(field)
    return pa.schema(found)


# Arrow refuses to read a file whose lists stand in one another some fifty times.
_LEVELS = 30


def _storable(kind: pa.DataType, levels: int = _LEVELS) -> bool:
    if pa.types.is_struct(kind):
        inner = [kind.field(index).type for index in range(kind.num_fields)]
        return len(inner) > 0 and levels > 0 and all(_storable(one, levels - 1) for one in inner)
    if pa.types.is_list(kind):
        return levels > 0 and _storable(kind.value_type, levels - 1)
    return not pa.types.is_null(kind)


def _columns(rows: Sequence[Record], schema: pa.Schema) -> tuple[list[pa.Array], pa.Array]:
    """The columns of some rows, and what does not fit into them as objects of JSON."""
    rest: list[dict[str, Any]] = [{} for _ in rows]
    columns = []
    for field in schema:
        if field.name == OTHER_FIELDS:
            continue
        values = [row.get(field.name) for row in rows]
        if field.name not in COLUMNS.names:
            values = [_fitting(value, field, left) for value, left in zip(values, rest, strict=True)]
        columns.append(pa.array(values, field.type))
    for row, left in zip(rows, rest, strict=True):
        left.update({name: value for name, value in row.items() if name not in schema.names})
    texts = [_as_json(left) if left else row.get(OTHER_FIELDS) for row, left in zip(rows, rest, strict=True)]
    return columns, pa.array(texts, TEXT)


def _as_json(fields: Mapping[str, Any]) -> str:
    """An object of JSON: with what it has no form for as in JSON lines (`cleaner.report.to_json`), and all numbers in full."""
    written = json.dumps(msgspec.to_builtins(fields, enc_hook=str))
    if "NaN" in written or "Infinity" in written:  # as Python has it, which others cannot read
        written = json.dumps(json.loads(written, parse_constant=lambda _: None))
    return written


def _fitting(value: Any, field: pa.Field, left: dict[str, Any]) -> Any:
    """`value` where the column takes it as it is; otherwise None, and it is put into `left`."""
    try:
        if value is None or (held := pa.scalar(value, field.type).as_py()) == value or held != held:  # noqa: PLR0124 (NaN)
            return value
    except (pa.ArrowException, UnicodeEncodeError, OverflowError, TypeError, ValueError):
        pass
    left[field.name] = value
    return None


def write_empty(target: IO[bytes]) -> None:
    """Write a file without rows."""
    pq.write_table(full_schema(pa.schema([])).empty_table(), target)


def concatenate(paths: Sequence[Path], target: IO[bytes]) -> None:
    """Write the rows of several parts as one file.

    Raises `UnlikePartsError` where two have a column of one name and different types.
    """
    try:
        schema = pa.unify_schemas([pq.read_schema(path) for path in paths])
    except pa.ArrowException as error:
        raise UnlikePartsError(str(error)) from error
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for path in paths:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    rows = file.read_row_group(group)
                    writer.write_table(pa.concat_tables([schema.empty_table(), rows], promote_options="default"))


def read(path: Path) -> Iterator[Record]:
    """The rows of a part."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS, use_threads=False):
            yield from batch.to_pylist()
