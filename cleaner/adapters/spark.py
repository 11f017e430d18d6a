"""Spark: a data frame in, the same data frame with its documents cleaned.

By `mapInArrow`, so that rows cross into Python as Arrow batches. Cleaning is a function of the row alone: a task that Spark
tries again, or runs twice to be faster, gives the same rows, and the writer's committer keeps those of one attempt.
"""

from collections.abc import Callable, Iterable, Iterator

from cleaner.adapters import ExtraMissingError
from cleaner.pipeline import Cleaner, default_cleaner

try:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    from pyspark.sql.types import StructField, StructType
except ImportError as error:
    raise ExtraMissingError("spark", error) from error

from cleaner.adapters.arrow import DEFAULT, Columns, clean_batch, output_schema


def clean(frame: DataFrame, cleaner: Cleaner | None = None, columns: Columns = DEFAULT) -> DataFrame:
    """The data frame with its documents cleaned, and the account of each in one more column.

    Lazy, like all of Spark; a document that fails keeps its text and has `account.error`. `cleaner` None is the one of
    `cleaner.clean`. Raises `ValueError` for columns that do not fit (see `cleaner.adapters.arrow.output_schema`).
    """
    made = from_arrow_schema(output_schema(to_arrow_schema(frame.schema), columns))
    kept = {field.name: field for field in frame.schema if field.name != (columns.into or columns.text)}
    # Spark's own fields for what stays as it was: Arrow knows neither their metadata nor all of their types.
    schema = StructType([kept.get(field.name, StructField(field.name, field.dataType)) for field in made])
    return frame.mapInArrow(_mapper(cleaner or default_cleaner(), columns), schema)


def _mapper(cleaner: Cleaner, columns: Columns) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def clean_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (clean_batch(batch, cleaner, columns) for batch in batches)

    return clean_batches
