"""Arrow record batches: a batch of documents in, the same batch cleaned out, with the account of it in one more column.

What the adapters of Spark, Ray and datasets call. A row depends on nothing but itself.
"""

from collections.abc import Iterator, Sequence

import msgspec

from cleaner.extras import ExtraMissingError
from cleaner.pipeline import Cleaner, Result, default_cleaner
from cleaner.text import Document

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError as error:
    raise ExtraMissingError(__name__, "arrow", error) from error

from cleaner.columns import COLUMNS, TEXT, from_batch, to_batch
from cleaner.records.columnar import values

ACCOUNT = pa.struct([field for field in COLUMNS if field.name != "text"])
"""What was done to a document: `cleaner.columns.COLUMNS` but for the text, as one nested column."""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns hold what."""

    text: str = "text"
    """The documents, strings or bytes; bytes are decoded as `Cleaner.clean` does."""
    media_type: str = "text/plain"
    """What they are: ``text/plain`` or ``text/html``."""
    into: str | None = None
    """Where the cleaned text goes; None for in the place of the documents."""
    account: str = "cleaner"
    """Where the account goes, a new column of the type `ACCOUNT`; its `error` tells of a document that failed."""
    id: str | None = None
    """The ids; None for ``id``, where there is such a column."""
    url: str | None = None
    """Where the documents came from, for rules that are bound to a site; None for ``url``, where there is such a column."""
    language: str | None = None
    """Their languages by ISO 639 (``en``, ``eng``, ``en-US``), where known; None lets each be detected."""


DEFAULT = Columns()


def output_schema(schema: pa.Schema, columns: Columns = DEFAULT) -> pa.Schema:
    """The schema of what `clean_batch` makes of a batch with `schema`.

    Raises `ValueError` for a column that is not there, stands there twice, holds neither strings nor bytes, or would be
    overwritten by the account.
    """
    source = _field(schema, columns.text)
    for name in (columns.id, columns.url, columns.language):
        if name is not None:
            _index(schema, name)
    if columns.account in (*schema.names, columns.text, columns.into):
        raise ValueError(
            f"there is a column {columns.account!r} already; name another one for the account: Columns(account=...)"
        )
    target = columns.into or source.name
    field = pa.field(target, TEXT)
    schema = schema.set(_index(schema, target), field) if target in schema.names else schema.append(field)
    return schema.append(pa.field(columns.account, ACCOUNT))


def clean_batch(batch: pa.RecordBatch, cleaner: Cleaner | None = None, columns: Columns = DEFAULT) -> pa.RecordBatch:
    """The batch with its documents cleaned, row by row, and the account of each; all other columns stay as they are.

    A document that fails keeps its text, and the account's `error` says why; bytes that are no text have none, which leaves an
    empty string. A null stays null, and has an error too.
    `cleaner` None is the one of `cleaner.clean`. Raises what `output_schema` does, before any document is touched.
    """
    schema = output_schema(batch.schema, columns)
    cleaner = cleaner or default_cleaner()
    made = to_batch(cleaner.clean_document(document) for document in _documents(batch, columns))
    text = pc.if_else(batch.column(columns.text).is_valid(), made.column("text"), pa.scalar(None, TEXT))
    account = pa.StructArray.from_arrays([made.column(field.name) for field in ACCOUNT], fields=list(ACCOUNT))
    arrays = [*batch.columns, account]
    target = schema.get_field_index(columns.into or columns.text)
    arrays[target : target + (target < batch.num_columns)] = [text]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def results(batch: pa.RecordBatch | pa.Table, columns: Columns = DEFAULT) -> Iterator[Result]:
    """The results that a cleaned batch or table holds, their originals rebuilt.

    Raises `ValueError` for one that holds none.
    """
    if columns.account not in batch.schema.names:
        raise ValueError(f"no column {columns.account!r}: not cleaned by this toolkit, or with another name for the account")
    for part in batch.to_batches() if isinstance(batch, pa.Table) else [batch]:
        account = part.column(columns.account)
        text = pc.fill_null(part.column(columns.into or columns.text), "")
        flat = {name: text if name == "text" else account.field(name) for name in COLUMNS.names}
        yield from from_batch(pa.RecordBatch.from_pydict(flat))


def _documents(batch: pa.RecordBatch, columns: Columns) -> Iterator[Document]:
    texts = _values(batch, columns.text)
    ids = _values(batch, columns.id or _if_there(batch, "id"))
    urls = _values(batch, columns.url or _if_there(batch, "url"))
    languages = _values(batch, columns.language)
    for text, name, url, language in zip(texts, ids, urls, languages, strict=True):
        yield Document(
            id="" if name is None else _string(name),
            text=text,  # type: ignore[arg-type]  # None becomes a result with an error, like anything that is no text
            media_type=columns.media_type,
            url=None if url is None else _string(url),
            language=None if language is None else _string(language),
        )


def _values(batch: pa.RecordBatch, name: str | None) -> Sequence[object]:
    if name is None:
        return [None] * batch.num_rows
    return values(batch.column(name))


def _string(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _if_there(batch: pa.RecordBatch, name: str) -> str | None:
    return name if batch.schema.names.count(name) == 1 else None


def _index(schema: pa.Schema, name: str) -> int:
    if (index := schema.get_field_index(name)) < 0:
        found = "several columns" if name in schema.names else "no column"
        raise ValueError(f"{found} {name!r}; there are {', '.join(schema.names)}")
    return int(index)


def _field(schema: pa.Schema, name: str) -> pa.Field:
    field = schema.field(_index(schema, name))
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    strings = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    binaries = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    if not any(fits(kind) for fits in (*strings, *binaries)):
        raise ValueError(f"column {name!r} holds neither strings nor bytes")
    return field
