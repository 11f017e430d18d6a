"""Results as columns: the Arrow form, which Parquet files and the engines of `cleaner.adapters` hold.

The columns are those of the JSON form (`cleaner.report.to_json`). Signals and metadata, whose names are open, are lists of
structs: Arrow's map type is one that some engines cannot read, and a struct could not hold a name that comes later. Strings
have 64-bit offsets, so that no batch is too large for its findings.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa

from cleaner.edits import revert
from cleaner.pipeline import Result
from cleaner.report import SCHEMA, read_back, spell_out

TEXT = pa.large_string()

FINDING = pa.struct(
    [
        ("rule", TEXT),
        ("action", TEXT),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("label", TEXT),
        ("message", TEXT),
        ("original", TEXT),
        ("suggestion", TEXT),
        ("score", pa.float64()),
    ]
)
"""As `cleaner.edits.Finding`; `start` and `end` are code points into the original."""

COLUMNS = pa.schema(
    [
        ("schema", pa.int64()),
        ("id", TEXT),
        ("text", TEXT),
        ("language", TEXT),
        ("signals", pa.list_(pa.struct([("name", TEXT), ("value", pa.float64()), ("text", TEXT)]))),
        ("findings", pa.list_(FINDING)),
        ("skipped", pa.list_(pa.struct([("finding", FINDING), ("reason", TEXT)]))),
        ("metadata", pa.list_(pa.struct([("name", TEXT), ("text", TEXT)]))),
        ("markdown", TEXT),
        ("ruleset", TEXT),
        ("error", TEXT),
        ("escaped", pa.bool_()),
    ]
)
"""As `cleaner.pipeline.Result`, without the original, which `text` and `findings` give back.

A signal is a number (`value`) or a string (`text`). `escaped` says that the strings of this row hold characters that UTF-8
has not (lone surrogates), written as backslash, ``u`` and four digits, and each backslash likewise.
"""


def to_batch(results: Iterable[Result]) -> pa.RecordBatch:
    """Results as a batch with the schema `COLUMNS`, a row each, in their order."""
    return pa.RecordBatch.from_pylist([to_row(result) for result in results], schema=COLUMNS)


def from_batch(batch: pa.RecordBatch | pa.Table) -> Iterator[Result]:
    """The results that `to_batch` wrote, their originals rebuilt.

    Whole numbers among the signals are `int`. Raises `ValueError` for another schema.
    """
    if missing := [name for name in COLUMNS.names if name not in batch.schema.names]:
        raise ValueError(f"no results of this toolkit: no column {', '.join(missing)}")
    return (from_row(row) for row in batch.select(COLUMNS.names).to_pylist())


def to_row(result: Result) -> dict[str, Any]:
    """A result as plain data that `COLUMNS` takes for a row."""
    row = {
        "schema": SCHEMA,
        "id": result.id,
        "text": result.text,
        "language": result.language,
        "signals": [_signal(name, value) for name, value in result.signals.items()],
        "findings": msgspec.to_builtins(result.findings),
        "skipped": msgspec.to_builtins(result.skipped),
        "metadata": [{"name": name, "text": value} for name, value in result.metadata.items()],
        "markdown": result.markdown,
        "ruleset": result.ruleset,
        "error": result.error,
        "escaped": False,
    }
    try:
        msgspec.json.encode(row)
    except UnicodeEncodeError:
        return {**spell_out(row), "escaped": True}
    return row


def _signal(name: str, value: float | str) -> dict[str, Any]:
    return {"name": name, "text": value} if isinstance(value, str) else {"name": name, "value": float(value)}


def from_row(row: Mapping[str, Any]) -> Result:
    """The result that `to_row` was given, its original rebuilt; other columns are passed over.

    Raises `ValueError` for what is no such row.
    """
    if missing := [name for name in COLUMNS.names if name not in row]:
        raise ValueError(f"no result of this toolkit: no {', '.join(missing)}")
    if (schema := row["schema"]) != SCHEMA:
        raise ValueError(f"schema {schema} is not known, only {SCHEMA}")
    fields = {name: row[name] for name in COLUMNS.names if name not in ("schema", "escaped")}
    if row["escaped"]:
        fields = read_back(fields)
    fields["signals"] = {one["name"]: _value(one) for one in fields["signals"]}
    fields["metadata"] = {one["name"]: one["text"] for one in fields["metadata"]}
    result = msgspec.convert({**fields, "original": ""}, Result)
    return msgspec.structs.replace(result, original=revert(result.text, result.findings))


def _value(signal: dict[str, Any]) -> float | int | str:
    value = signal["value"]
    if value is None:
        return str(signal["text"])
    return int(value) if value.is_integer() else float(value)
