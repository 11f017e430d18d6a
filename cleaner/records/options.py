"""How inputs are to be read, and how a record becomes a document."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from cleaner.records import streams
from cleaner.records.streams import TooLargeError
from cleaner.text import Document

Kind = Literal["text", "html", "jsonl", "json", "csv", "parquet", "warc", "unknown"]
"""What a file holds; ``unknown``: its name does not say, and it is text unless its first bytes say that it is HTML."""


def _spelt(*names: str) -> tuple[str, ...]:
    """Each name in small letters, with a capital, and in capitals, as people write them over the columns of a table."""
    return tuple(spelling for name in names for spelling in (name, name.capitalize(), name.upper()))


# The fields of a record, the likeliest first.
TEXT_FIELDS = _spelt("text", "content", "body", "article", "raw_content", "maintext")
HTML_FIELDS = _spelt("html", "raw_html", "page")
# What crawlers write beside the page that it was, which says more.
MARKDOWN_FIELD = "markdown"
ID_FIELDS = _spelt("id", "doc_id", "_id", "url", "uri")
URL_FIELDS = (*_spelt("url", "uri", "source_url", "link"), "metadata.sourceURL", "metadata.url")
SHOWN_FIELDS = 8
"""So many fields of a record an error names."""
MOST_LEVELS = 128
"""So deep may lists and objects of a record stand in one another, as serde_json has it: whoever copies or writes one that is
deeper runs into Python's own limit, in this process or another."""
TOO_DEEP = f"its fields are nested deeper than {MOST_LEVELS} levels"


class Unreadable(msgspec.Struct, frozen=True):
    """A document that could not be read, and why."""

    id: str
    error: str
    metadata: Mapping[str, Any] = {}
    """The fields of its record, where that could be read."""


class ReadOptions(msgspec.Struct, frozen=True):
    """How inputs are to be read.

    `text`, `html`, `id` and `url` name the fields of a record (JSON, JSON lines, CSV, Parquet) that hold these; None: the
    likeliest that is there, be it called ``text``, ``Text`` or ``TEXT``. A name with dots (``metadata.url``) reaches into
    objects where no field has that very name.
    """

    text: str | None = None
    html: str | None = None
    id: str | None = None
    url: str | None = None
    standard_input: Kind = "unknown"
    """What comes from standard input, which has no name that says so."""

    def to_clean(self) -> tuple[Sequence[str], Sequence[str]]:
        """The fields that may hold text, and those that may hold HTML: only the named ones, where any is named."""
        if self.text or self.html:
            return (self.text,) if self.text else (), (self.html,) if self.html else ()
        return (*TEXT_FIELDS, MARKDOWN_FIELD), HTML_FIELDS

    def told_to_clean(self) -> Sequence[str]:
        """The fields of `to_clean` as messages name them: those that nobody has named in small letters alone."""
        names = itertools.chain(*self.to_clean())
        return [one for one in names if self.text or self.html or one.islower()]

    def document(self, record: Mapping[str, Any], place: str) -> Document | Unreadable:
        """The document that a record is; its other fields travel along as `Document.metadata`.

        `place` is its id where it has none of its own.
        """
        texts, pages = self.to_clean()
        ids = (self.id,) if self.id else ID_FIELDS
        id_field = next((one for one in ids if _is_id(_value(record, one))), None)
        document_id = str(_value(record, id_field)) if id_field else place
        held = {one: value for one in (*texts, *pages) if (value := _text(record, one)) is not None}
        there = list(held) if self.text else sorted(held, key=MARKDOWN_FIELD.__eq__)
        if _deeper(record.values(), MOST_LEVELS):
            return Unreadable(document_id, TOO_DEEP)
        field = next((one for one in there if held[one]), next(iter(there), None))  # an empty text may stand beside a page
        others = record
        for taken in {field, id_field} if self.id or (id_field or "").lower() == "id" else {field}:
            others = others if taken is None else _without(others, taken)
        if field is None:
            at = "" if document_id == place else f"{place}: "
            return Unreadable(document_id, f"{at}{self._why_no_text(record)}", others)
        if len(held[field]) > streams.MAX_DOCUMENT_BYTES:
            return Unreadable(document_id, str(TooLargeError()), others)
        urls = (self.url,) if self.url else URL_FIELDS
        url = next((value for one in urls if isinstance(value := _value(record, one), str)), None)
        media_type = "text/plain" if field in texts else "text/html"
        return Document(id=document_id, text=held[field], media_type=media_type, url=url, metadata=others)

    def _why_no_text(self, record: Mapping[str, Any]) -> str:
        for name in itertools.chain(*self.to_clean()):
            if has_field(record, name):
                return f"the field {name} holds {_KINDS.get(type(_value(record, name)), 'something else')}, not text"
        told = f"no text in {_named(self.told_to_clean())}; the record has {_shown(record)}"
        return told if self.text or self.html else f"{told}; say by --text-field which it is"


_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


def has_field(record: Mapping[str, Any], name: str) -> bool:
    """Whether a record has a field of that name, or in objects what a name with dots says, be it null."""
    if name in record:
        return True
    first, _, rest = name.partition(".")
    inner = record.get(first) if rest else None
    return isinstance(inner, dict) and has_field(inner, rest)


def _text(record: Mapping[str, Any], name: str) -> str | bytes | None:
    """The text in a field, None where it holds none. A null is an empty text: so tools write that they found nothing."""
    value = _value(record, name)
    if isinstance(value, str | bytes):
        return value
    return "" if value is None and has_field(record, name) else None


def _value(record: Mapping[str, Any], name: str) -> Any:
    """What a field holds, by its very name or, where there are dots in that, in objects; None where there is none."""
    if name in record:
        return record[name]
    first, _, rest = name.partition(".")
    inner = record.get(first) if rest else None
    return _value(inner, rest) if isinstance(inner, dict) else None


def _without(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A record without a field that it has, by a name as of `_value`."""
    if name in record:
        return {key: value for key, value in record.items() if key != name}
    first, _, rest = name.partition(".")
    return {**record, first: _without(record[first], rest)}


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _shown(record: Mapping[str, Any]) -> str:
    names = [f"{name:.40}" for name in itertools.islice(record, SHOWN_FIELDS)]
    return ", ".join([*names, *(["…"] if len(record) > SHOWN_FIELDS else [])]) or "no field"


def _deeper(values: Iterable[Any], levels: int) -> bool:
    """Whether lists and objects stand in one another in more than so many levels."""
    nested = [one for one in values if isinstance(one, dict | list | tuple)]
    while nested and levels:
        inner = itertools.chain.from_iterable(one.values() if isinstance(one, dict) else one for one in nested)
        nested = [one for one in inner if isinstance(one, dict | list | tuple)]
        levels -= 1
    return bool(nested)


def _named(fields: Sequence[str]) -> str:
    return f"the field {fields[0]}" if len(fields) == 1 else f"any of the fields {', '.join(fields)}"
