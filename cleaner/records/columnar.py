"""The rows of a Parquet file. Needs pyarrow, from the extra ``parquet``."""

from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

# Rows in memory at a time: so many, or so many bytes by what their row group says, and one at least.
_ROWS = 32
_ROWS_BYTES = 16_000_000
# Columns are read through a buffer as they are needed, and not whole.
_BUFFER_BYTES = 1 << 20


def read(content: IO[bytes]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The names of the columns, and the rows. Raises `OSError` for what is not a whole Parquet file."""
    try:
        file = pq.ParquetFile(content, buffer_size=_BUFFER_BYTES)
        names = file.schema_arrow.names
    except UnicodeDecodeError as error:
        raise OSError(f"the name of a column is not UTF-8: {error}") from error
    except pa.ArrowException as error:
        raise OSError(f"not a whole Parquet file: {error}") from error
    return names, _rows(file)


def _rows(file: pq.ParquetFile) -> Iterator[dict[str, Any]]:
    try:
        for group in range(file.num_row_groups):
            told = file.metadata.row_group(group)
            rows = min(_ROWS, max(1, _ROWS_BYTES * told.num_rows // max(1, told.total_byte_size)))
            for batch in file.iter_batches(rows, [group], use_threads=False):
                yield from _rows_of(batch)
    except pa.ArrowException as error:
        raise OSError(f"a damaged Parquet file: {error}") from error


def _rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    columns = [values(column) for column in batch.columns]
    return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def values(column: pa.Array) -> list[Any]:
    """What Python has for the values of a column: bytes for a string that is not UTF-8, and so on (`_value`)."""
    try:
        plain: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):  # one value is enough
        plain = [_value(cell) for cell in column]
    return plain


def _value(cell: pa.Scalar) -> Any:
    """Bytes for a string that is not UTF-8, which Arrow does not check; the stored number for a time beyond the year 9999."""
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        string = cell.value if isinstance(cell, pa.DictionaryScalar) else cell
        is_string = isinstance(string, pa.StringScalar)  # of all kinds
        return string.as_buffer().to_pybytes() if is_string else None
    except (ValueError, OverflowError):
        return getattr(cell, "value", None)
