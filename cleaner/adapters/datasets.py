"""Hugging Face datasets: a dataset in, the same dataset with its documents cleaned; and the function for `Dataset.map`."""

from typing import Any, TypeVar

from cleaner import __version__
from cleaner.extras import ExtraMissingError
from cleaner.pipeline import Cleaner, default_cleaner

try:
    import pyarrow as pa
    from datasets import Dataset, DatasetDict, IterableDataset, IterableDatasetDict
except ImportError as error:
    raise ExtraMissingError(__name__, "datasets", error) from error

from cleaner.adapters.arrow import DEFAULT, Columns, clean_batch, output_schema

AnyDataset = TypeVar("AnyDataset", Dataset, DatasetDict, IterableDataset, IterableDatasetDict)


def clean(dataset: AnyDataset, cleaner: Cleaner | None = None, columns: Columns = DEFAULT, **options: Any) -> AnyDataset:
    """The dataset with its documents cleaned, and the account of each in one more column; in Python's format.

    A document that fails keeps its text and has ``account["error"]``. `cleaner` None is the one of `cleaner.clean`; `options`
    go to `Dataset.map`, among them ``batch_size`` and ``num_proc``. Raises `ValueError` for columns that do not fit (see
    `cleaner.adapters.arrow.output_schema`); a streamed dataset, when it is read.
    """
    return dataset.with_format("arrow").map(CleanBatch(cleaner, columns), batched=True, **options).with_format(None)


class CleanBatch:
    """A function for ``dataset.with_format("arrow").map(..., batched=True)``.

    Arrow's format carries the type of the account, which cannot be guessed from documents in which nothing was found.
    `datasets` names its cache after the pickled function: here after rules, settings and this toolkit's version.
    """

    def __init__(self, cleaner: Cleaner | None = None, columns: Columns = DEFAULT) -> None:
        self.cleaner = cleaner or default_cleaner()
        self.columns = columns
        self.version = __version__

    def __call__(self, table: pa.Table) -> pa.Table:
        """Raises `TypeError` for a batch in another format, and what `clean_batch` does."""
        if not isinstance(table, pa.Table):
            raise TypeError(f'a batch in Arrow\'s format is wanted, not {type(table).__name__}: dataset.with_format("arrow")')
        batches = [clean_batch(batch, self.cleaner, self.columns) for batch in table.to_batches()]
        return pa.Table.from_batches(batches, schema=output_schema(table.schema, self.columns))
