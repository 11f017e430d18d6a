"""The JSON form of a result: one object, from which the original can be rebuilt."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec

from cleaner.edits import Finding, revert
from cleaner.pipeline import Result

SCHEMA = 1
"""Version of the JSON form; it changes when a reader of the old form would misread the new one."""


def to_json(result: Result, *, with_text: bool = True, fields: Mapping[str, Any] | None = None) -> bytes:
    """A result as one line of JSON, without its original: `from_json` rebuilds that from text and findings.

    Without its text, the record says how long that is, in code points.

    `fields` are those of the input's record that travel along; see `beside`. What JSON has no form for is written as `str`
    gives it, bytes in base 64, and NaN and infinities, which JSON leaves out of its numbers, as null.
    """
    record: dict[str, Any] = {"schema": SCHEMA, "id": result.id}
    if with_text:
        record["text"] = result.text
    else:
        record["text_characters"] = len(result.text)
    record |= {
        "language": result.language,
        "signals": result.signals,
        "findings": result.findings,
        "skipped": result.skipped,
        "ruleset": result.ruleset,
        "error": result.error,
    }
    if result.metadata:
        record["metadata"] = result.metadata
    if result.markdown is not None and with_text:
        record["markdown"] = result.markdown
    if fields:
        record |= beside(fields)
    try:
        return msgspec.json.encode(record, enc_hook=str)
    except UnicodeEncodeError:
        # Lone surrogates. JSON can escape one, but two side by side would be read back as one character: spelt out.
        return msgspec.json.encode(spell_out({"escaped": True, **msgspec.to_builtins(record, enc_hook=str)}))


RECORD_FIELDS = frozenset(
    {
        "schema",
        "id",
        "text",
        "text_characters",  # where the text stands apart
        "language",
        "signals",
        "findings",
        "skipped",
        "ruleset",
        "error",
        "metadata",
        "markdown",
        "escaped",
        "other_fields",  # in Parquet, for the input's fields that have no column
    }
)
"""The names that a result's record has for itself."""


def beside(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an input's record that travel along with its result: under their names, or ``source_`` before them.

    The latter where the result's record has a field of that name itself.
    """
    named = {}
    for name, value in fields.items():
        free = name
        while free in RECORD_FIELDS or (free != name and free in fields):
            free = f"source_{free}"
        named[free] = value
    return named


def spell_out(value: Any) -> Any:
    """Plain data with each lone surrogate in its strings written as backslash, ``u`` and four digits; backslashes too."""
    return _in_all_strings(lambda text: _SPELT.sub(lambda match: f"\\u{ord(match[0]):04x}", text), value)


def as_written(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with its lone surrogates, as before `to_json` spelt them out."""
    written = read_back(record) if record.get("escaped") else record
    return {name: value for name, value in written.items() if name != "escaped"}


def read_back(value: Any) -> Any:
    """The plain data that `spell_out` was given."""
    return _in_all_strings(lambda text: _WRITTEN.sub(lambda match: chr(int(match[1], 16)), text), value)


_SPELT = re.compile(r"[\ud800-\udfff\\]")
_WRITTEN = re.compile(r"\\u([0-9a-f]{4})")


def _in_all_strings(change: Callable[[str], str], value: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _in_all_strings(change, one) for key, one in value.items()}
    return [_in_all_strings(change, one) for one in value] if isinstance(value, list | tuple) else value


class _Record(msgspec.Struct):
    """The JSON form of a result."""

    text: str
    schema: int
    id: str
    language: str | None
    # Whole numbers as others have them, too: a greater one is no number for who counts and plots.
    signals: dict[str, float | Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | str]
    findings: tuple[Finding, ...]
    skipped: tuple[Any, ...]
    ruleset: str
    error: str | None
    metadata: dict[str, str] = {}
    markdown: str | None = None


def from_json(line: bytes | str) -> Result:
    """The result that `to_json` wrote, its original rebuilt.

    Raises `ValueError` for anything else.
    """
    return from_record(json.loads(line))


def from_record(read: Any, text: str | None = None) -> Result:
    """The result that an object of JSON is the record of, its original rebuilt.

    `text` is that of the document, where it stands apart from the record. Raises `ValueError` for what is no record of a
    result, and where record and text do not belong together.
    """
    try:
        if isinstance(read, dict):
            # Names of the input's other fields may hold lone surrogates, which msgspec does not take.
            read = {name: value for name, value in read.items() if name in RECORD_FIELDS}
            read = as_written(read) | ({} if text is None else {"text": text})
        record = msgspec.convert(read, _Record)
    except msgspec.ValidationError as error:
        raise ValueError(f"not a record of this toolkit: {error}") from error
    if record.schema != SCHEMA:
        raise ValueError(f"schema {record.schema} is not known, only {SCHEMA}")
    return msgspec.convert({**msgspec.structs.asdict(record), "original": revert(record.text, record.findings)}, Result)
