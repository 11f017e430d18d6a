"""Rules written as TOML, in the form that people write: patterns in single quotes, tests in tables of their own."""

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from cleaner.rules.parts import TABLE as PARTS
from cleaner.rules.parts import used

_TESTS = ("example", "counterexample")
# A rule in its file, with the comments right above it.
_BEGINS_RULE = re.compile(r"^(?:#.*\n)*\[\[rule\]\]", re.MULTILINE)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# What TOML allows in a literal string is any character but control characters, tabs excepted.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_REPLACED = "\ufffd"


def rule_file(tables: Iterable[Mapping[str, Any]], heading: str = "") -> str:
    """A rule file with these tables, each as the format names its fields, below a `heading` written as comments.

    Lone surrogates, which no file in UTF-8 can hold, become U+FFFD.
    """
    parts = ["".join(f"{comment(line)}\n" for line in heading.split("\n"))] if heading else []
    return "\n".join(parts + [_rule(table) for table in tables])


def as_written(name: str, file: Path) -> str:
    """The rule of that name as it stands in a rule file, with its comments, behind the parts that its patterns use."""
    source = file.read_text(encoding="utf-8")
    content = tomllib.loads(source)
    rule = _piece(name, source) or rule_file(table for table in content["rule"] if table["name"] == name)
    parts = used(content.get(PARTS, {}), rule)
    return "\n".join([f"[{PARTS}]", *pairs(parts), "", rule]) if parts else rule


def _piece(name: str, source: str) -> str:
    """The piece of a rule file in which that rule stands; empty where none can be cut out."""
    bounds = [*(found.start() for found in _BEGINS_RULE.finditer(source)), len(source)]
    for start, end in pairwise(bounds):
        with suppress(tomllib.TOMLDecodeError):  # a text in the file looks like the beginning of a rule
            if [table["name"] for table in tomllib.loads(source[start:end])["rule"]] == [name]:
                return source[start:end].rstrip() + "\n"
    return ""


def comment(text: str) -> str:
    """`text` as one line of comment."""
    return f"# {' '.join(_CONTROL.sub(' ', _SURROGATE.sub(_REPLACED, text)).split())}".rstrip()


def slug(text: str) -> str:
    """What of `text` can stand in a name: small letters of ASCII and digits, joined by hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_NAMES.sub("-", plain).strip("-")


def _rule(table: Mapping[str, Any]) -> str:
    lines = ["[[rule]]", *pairs({key: value for key, value in table.items() if key not in _TESTS})]
    for kind in _TESTS:
        for test in table.get(kind, ()):
            lines += [f"[[rule.{kind}]]", *pairs(test)]
    return "\n".join(lines) + "\n"


def pairs(table: Mapping[str, Any]) -> list[str]:
    """The lines ``key = value`` of a table; what is None is left out."""
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None]


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"{{ {', '.join(pairs(value))} }}" if value else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _text(text: str) -> str:
    """A string in the form that needs the fewest marks: literal where it holds anything that would be escaped."""
    text = _SURROGATE.sub(_REPLACED, text)
    if _CONTROL.search(text):
        return _quoted(text)
    if "\n" in text:
        return _quoted(text) if "'''" in text or text.endswith("'") else f"'''\n{text}'''"
    if "\\" not in text and '"' not in text:
        return f'"{text}"'
    return _quoted(text) if "'" in text else f"'{text}'"


def _quoted(text: str) -> str:
    return json.dumps(_SURROGATE.sub(_REPLACED, text), ensure_ascii=False).replace("\x7f", "\\u007f")
