"""Spark: a data frame in, the same data frame with its documents cleaned.

By `mapInArrow`, so that rows cross into Python as Arrow batches. Cleaning is a function of the row alone: a task that Spark
tries again, or runs twice to be faster, gives the same rows, and the writer's committer keeps those of one attempt.
"""

from collections.abc import Callable, Iterable, Iterator

from cleaner.extras import ExtraMissingError
from cleaner.pipeline import Cleaner, default_cleaner

try:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import BinaryType, StringType, StructField, StructType
except ImportError as error:
    raise ExtraMissingError(__name__, "spark", error) from error

from cleaner.adapters.arrow import ACCOUNT, DEFAULT, Columns, clean_batch, output_schema


def clean(frame: DataFrame, cleaner: Cleaner | None = None, columns: Columns = DEFAULT) -> DataFrame:
    """The data frame with its documents cleaned, and the account of each in one more column.

    Lazy, like all of Spark; a document that fails keeps its text and has `account.error`. `cleaner` None is the one of
    `cleaner.clean`. Raises `ValueError` for columns that do not fit (see `cleaner.adapters.arrow.output_schema`).
    """
    made = output_schema(pa.schema([(field.name, _arrow_type(field)) for field in frame.schema]), columns)
    new = {columns.into or columns.text: StringType(), columns.account: from_arrow_type(ACCOUNT)}
    kept = {field.name: field for field in frame.schema}
    schema = StructType([StructField(name, new[name]) if name in new else kept[name] for name in made.names])
    return frame.mapInArrow(_mapper(cleaner or default_cleaner(), columns), schema)


def _arrow_type(field: StructField) -> pa.DataType:
    """The type of a field as far as it matters here: whether it holds strings or bytes."""
    if isinstance(field.dataType, StringType):
        return pa.string()
    return pa.binary() if isinstance(field.dataType, BinaryType) else pa.null()


def _mapper(cleaner: Cleaner, columns: Columns) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def clean_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (clean_batch(batch, cleaner, columns) for batch in batches)

    return clean_batches
