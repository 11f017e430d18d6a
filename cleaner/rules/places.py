"""Where in a rule file something stands. The parser of TOML does not say, so the file is walked once more, on an error only."""

import functools
import re
from typing import NamedTuple

import msgspec

MAX_SHOWN = 100
"""A longer line is shown in part."""

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
    |(?P<text>'{3}[\s\S]*?'{3,5}|\"{3}(?:\\.|[^\\])*?\"{3,5}|'[^'\n]*'|"(?:\\.|[^"\\\n])*")
    |(?P<end>\n)
    |(?P<mark>[\[\]{}=,.])
    |(?P<bare>[^\s\[\]{}=,.#'"]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_LAST_STEP = re.compile(r"(?:^|\.)[^.\[]+$|\[\d+\]$")


class Place(msgspec.Struct, frozen=True):
    """A stretch of one line of a file; `line` and `column` count from 1."""

    line: int
    column: int
    width: int
    text: str
    """The line."""

    def __str__(self) -> str:
        """The line, or a window of it, with carets below the stretch."""
        low = max(self.column - 1 - MAX_SHOWN // 2, 0) if len(self.text) > MAX_SHOWN else 0
        shown = self.text[low : low + MAX_SHOWN].replace("\t", " ")
        at = self.column - 1 - low
        return f"{self.line:>5} | {shown}\n      | {' ' * at}{'^' * max(min(self.width, len(shown) - at), 1)}"


class _Value(NamedTuple):
    key: int
    key_end: int
    start: int
    end: int


Table = dict[str, _Value]
"""The places of what a table holds, by paths such as ``cues[1].weight``; the table itself under ``""``."""


def place(source: str, start: int, end: int) -> Place:
    """The place of the characters from `start` to `end`; what lies on further lines is left out."""
    line_start = source.rfind("\n", 0, start) + 1
    text = source[line_start:].split("\n", 1)[0].rstrip("\r")
    width = min(end - start, line_start + len(text) - start)
    return Place(source.count("\n", 0, start) + 1, start - line_start + 1, width, text)


def find(source: str, rule: int | str | None, field: str = "", offset: int | None = None, *, key: bool = False) -> Place | None:
    """The place of a field of a rule: of its value, and there of the character at `offset`, or of its `key`.

    `rule` is its number in the file, from 0, or its name; None for what stands in no rule. None is the answer where there is
    no such rule. Where the field is missing, it is the place of the table that should hold it.
    """
    rules, others = _walk(source)
    if isinstance(rule, str):
        named = (number for number, fields in enumerate(rules) if _literal(source, fields.get("name")) == rule)
        rule = max(named, default=-1)  # of two of one name, the second is the one too many
    if rule is not None and not 0 <= rule < len(rules):
        return None
    fields = others if rule is None else rules[rule]
    path = field
    while path and path not in fields:
        path = _LAST_STEP.sub("", path)
    found = fields[path]
    if path != field or key or not field:
        return place(source, found.key, found.key_end)
    if offset is None:
        return place(source, found.start, found.end)
    quoted = source[found.start : found.end]
    opening = 3 if quoted.startswith(("'''", '"""')) else 1
    opening += quoted.startswith(("'''\n", '"""\n'))  # TOML leaves out a first line break
    if quoted.startswith('"') and "\\" in quoted:  # an escape is longer than what it stands for
        return place(source, found.start, found.end)
    return place(source, found.start + opening + offset, found.start + opening + offset + 1)


def _literal(source: str, value: _Value | None) -> str | None:
    return source[value.start : value.end].strip("'\"") if value else None


@functools.lru_cache(maxsize=1)  # of one file many a place is asked for
def _walk(source: str) -> tuple[list[Table], Table]:
    """The rules of a file, and what stands in no rule."""
    rules: list[Table] = []
    others = table = {"": _Value(0, 0, 0, 0)}
    prefix = ""
    counts: dict[str, int] = {}
    tokens = [match for match in _TOKEN.finditer(source) if match.lastgroup != "comment"]
    at = 0
    while at < len(tokens):
        if tokens[at][0] == "[":
            line_end = next((index for index in range(at, len(tokens)) if tokens[index].lastgroup == "end"), len(tokens))
            names = [token[0].strip("'\"") for token in tokens[at:line_end] if token.lastgroup in ("bare", "text")]
            first, last = tokens[at].start(), tokens[line_end - 1].end()
            whole = _Value(first, last, first, last)
            if names == ["rule"]:
                table, prefix, counts = {"": whole}, "", {}
                rules.append(table)
            elif names[:1] == ["rule"]:
                prefix = ".".join(names[1:])
                if tokens[at + 1][0] == "[":
                    counts[prefix] = counts.get(prefix, -1) + 1
                    prefix = f"{prefix}[{counts[prefix]}]"
                table[prefix] = whole
            else:
                table, prefix = others, ".".join(names)
                table[prefix] = whole
            at = line_end + 1
        elif tokens[at].lastgroup == "end":
            at += 1
        else:
            at = _pair(tokens, at, prefix, table)
    return rules, others


def _pair(tokens: list[re.Match[str]], at: int, prefix: str, table: Table) -> int:
    """Note ``key = value`` at `at`, and all that lies inside the value; gives where the next token stands."""
    key_at, names = at, []
    while at < len(tokens) and tokens[at][0] != "=" and tokens[at].lastgroup != "end":
        if tokens[at].lastgroup in ("bare", "text"):
            names.append(tokens[at][0].strip("'\""))
        at += 1
    path = ".".join([prefix, *names] if prefix else names)
    if at + 1 >= len(tokens) or tokens[at][0] != "=":
        return at + 1
    end = _value(tokens, at + 1, path, table)
    table[path] = _Value(tokens[key_at].start(), tokens[at - 1].end(), tokens[at + 1].start(), tokens[end - 1].end())
    return end


def _value(tokens: list[re.Match[str]], at: int, path: str, table: Table) -> int:
    """Note what lies inside the value at `at`, whose path is `path`; gives where the token after it stands."""
    opening = tokens[at][0]
    if opening not in ("[", "{"):
        at += 1
        while at < len(tokens) and tokens[at][0] not in (",", "]", "}") and tokens[at].lastgroup != "end":
            at += 1  # 1.5 is three tokens
        return at
    at, index = at + 1, 0
    while at < len(tokens) and tokens[at][0] not in ("]", "}"):
        if tokens[at].lastgroup == "end" or tokens[at][0] == ",":
            index += tokens[at][0] == ","
            at += 1
        elif opening == "{":
            at = _pair(tokens, at, path, table)
        else:
            end = _value(tokens, at, f"{path}[{index}]", table)
            first, last = tokens[at].start(), tokens[end - 1].end()
            table[f"{path}[{index}]"] = _Value(first, last, first, last)
            at = end
    return min(at + 1, len(tokens))
