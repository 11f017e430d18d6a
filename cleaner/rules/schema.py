"""The rule format as a JSON Schema, for editors that complete and check TOML by one."""

import inspect
from collections.abc import Collection
from typing import Any

import msgspec

from cleaner.rules.parts import TABLE as PARTS
from cleaner.rules.rule import Rule

DRAFT = "https://json-schema.org/draft/2020-12/schema"

PART_OF_RULES = "removed_share"
"""A signal that may be followed by a dot and the beginning of rule ids."""

MEANINGS = {
    "name": "kebab-case; names the defect, not the cure",
    "summary": "one line for a reader; the finding's message",
    "pattern": "a way to match: a regular expression",
    "phrases": "a way to match: a table, found = likely original, or the name of a `.tsv` file beside the rule file",
    "cues": "a way to match: weighted patterns, whose weights are added",
    "detector": "a way to match: the name of a detector written in Python",
    "signal": "a way to match: a figure about the document (or the line), with `min` and `max`",
    "all": "a way to match: several limits of signals, all of which must be broken",
    "any": "a way to match: several limits of signals, one of which must be broken",
    "action": "`drop`, `replace`, `flag` or `reject` (the whole document)",
    "inflected": "for `phrases`: the last word may also have the ending of a plural or a genitive, and the suggestion too",
    "unit": "`line`, `span`, `block` or `document`",
    "safety": "`safe`: at least 98% of its hits are chrome, shown on data; otherwise `unsafe`",
    "status": "`stable`; `preview`: only flags, unless `--preview`; `deprecated`: never matches",
    "languages": "applies only to documents in one of these languages (ISO 639-1), or of unknown language",
    "domains": "applies only to documents whose URL's host fits one of these (`*.example.org`)",
    "position": '`{ edge = "head" | "tail" | "either", within = N }`: among the first or last `N` non-empty lines; '
    "with `share = S` among no more than such a share of all lines",
    "after": "a rule (name in this file, or a full id): only right after a line it matched",
    "before": "a rule (name in this file, or a full id): only right before a line it matched",
    "repeats": "as `position`: the same line already stands earlier in the document, at this position",
    "may_be_title": "whether what it drops may be a title: kept above a paragraph, a question or numbered sections",
    "min_words": "the least number of white-space separated words of the matched line or block",
    "max_words": "the greatest number of words; a line of more than 25 characters for each of them is too long in any case",
    "until": "for `block`: the pattern of the first line that is no longer part of it; else the end of the document",
    "max_lines": "for `block`: a block of more non-empty lines is no hit",
    "min": "for `signal`: the least value that is all right",
    "max": "for `signal`: the greatest value that is all right",
    "threshold": "for `cues`: the least sum of weights",
    "replacement": "for `replace` (and as the suggestion of a `flag`): literal text; `\\1` is a group of the pattern",
    "label": "`boilerplate`, `encoding`, `quotes`, `garbled` or `quality`; else that of the top folder",
    "source": "where such text was seen, or who says so",
    "example": "a text, and what the rule makes of it: its `result`, or for a `flag` what it is to `find`; at least one",
    "counterexample": "a text, as much like a hit as honest text gets, on which no rule may act; at least one",
}
"""What each field of a rule means."""
PARTS_MEANING = "parts of patterns, by name: a pattern of this file says `{name}`"


def schema(detectors: Collection[str] = (), signals: Collection[str] = ()) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a rule file.

    The types say what they can: that one way to match is needed, that patterns are sound and the rest that loading checks is
    not in it. `detectors` and `signals` are the names that those fields may have; without them any text is allowed.
    """
    (rule,), parts = msgspec.json.schema_components([Rule], ref_template="#/$defs/{name}")
    definitions = {name: _as_written(part) for name, part in parts.items()}
    table = definitions["Rule"]
    del table["properties"]["id"]
    table["required"] = [name for name in table["required"] if name not in ("id", "label")]
    table["properties"]["phrases"] = {
        "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]
    }
    del definitions["Phrase"]
    for name, meaning in MEANINGS.items():
        table["properties"][name]["description"] = meaning
    if detectors:
        table["properties"]["detector"]["enum"] = sorted(detectors)
    if signals:
        known = {"anyOf": [{"enum": sorted(signals)}, {"pattern": rf"^{PART_OF_RULES}\."}]}
        table["properties"]["signal"] |= known
        definitions["Limit"]["properties"]["signal"] |= known
    return {
        "$schema": DRAFT,
        "title": "A rule file",
        "type": "object",
        "properties": {
            "rule": {"type": "array", "items": rule},
            PARTS: {"type": "object", "description": PARTS_MEANING, "additionalProperties": {"type": "string"}},
        },
        "additionalProperties": False,
        "$defs": definitions,
    }


def _as_written(part: Any) -> Any:
    """A part of the schema of the types, less what a file cannot say: TOML has no null, and a default need not be written."""
    if isinstance(part, str):
        return inspect.cleandoc(part)  # docstrings are indented by some versions of msgspec
    if isinstance(part, list):
        return [_as_written(one) for one in part]
    if not isinstance(part, dict):
        return part
    if {"type": "null"} in part.get("anyOf", ()):
        (part,) = (one for one in part["anyOf"] if one != {"type": "null"})
    return {key: _as_written(value) for key, value in part.items() if key != "default" or value not in (None, [], "")}
