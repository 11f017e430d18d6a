"""Proposed rules as a rule file."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cleaner.learn.proposals import Proposal, Trial

_NAME_LENGTH = 60
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
# What TOML takes in a literal string: all but control characters, with the tab among those that it takes.
_LITERAL = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")

_IN_NO_COMMENT = re.compile(r"[\x00-\x1f\x7f]")


def name(proposals: Iterable[Proposal]) -> None:
    """Give each proposal a name of its own, made of its site and its words."""
    taken: dict[str, int] = {}
    for proposal in proposals:
        words = (
            _slug(f"{proposal.seen.domain} {proposal.words}")
            if _slug(proposal.words)
            else _slug(f"{proposal.seen.domain} {proposal.kind}")
        )
        stem = words[:_NAME_LENGTH].strip("-")
        taken[stem] = taken.get(stem, 0) + 1
        proposal.name = stem if taken[stem] == 1 else f"{stem}-no-{taken[stem]}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_NAMES.sub("-", plain).strip("-")


def rule_file(proposals: Iterable[Proposal], heading: Sequence[str]) -> str:
    """The rule file with these rules, `heading` standing above as comments."""
    lines = [_comment(line) for line in heading]
    for proposal in proposals:
        lines += ["", *_table(proposal)]
    return "\n".join(lines) + "\n"


def _table(proposal: Proposal) -> Iterator[str]:
    yield _comment(proposal.evidence)
    yield "[[rule]]"
    yield from _pairs(
        {
            "name": proposal.name,
            "summary": proposal.summary,
            "domains": [f"*.{proposal.seen.domain}"] if proposal.seen.domain else None,
            "after": proposal.after.name if proposal.after else None,
            **proposal.fields,
            "action": proposal.action,
            "label": proposal.label,
            "status": "preview",
            "source": proposal.seen.source,
        }
    )
    if proposal.phrases:
        yield "[rule.phrases]"
        yield from _pairs(proposal.phrases)
    for kind, test in (("example", proposal.example), ("counterexample", proposal.counterexample)):
        if test:
            yield from _test(kind, test)


def _test(kind: str, test: Trial) -> Iterator[str]:
    if test.why:
        yield _comment(f"{test.why[0].upper()}{test.why[1:]}.")
    yield f"[[rule.{kind}]]"
    yield from _pairs(
        {
            "text": _text(test.lines),
            "result": None if test.result is None else _text(test.result),
            "find": None if test.find is None else list(test.find),
        }
    )


def _text(lines: Sequence[str]) -> str:
    """Lines as the text of a test: one stands alone, several begin on a line of their own."""
    return lines[0] if len(lines) == 1 else "".join(f"{line}\n" for line in lines)


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _basic(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_pairs(value))} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _string(text: str) -> str:
    """A string as it is read best: literal where TOML has that, which escapes nothing, and with escapes elsewhere."""
    several = "\n" in text
    if not _LITERAL.fullmatch(text.replace("\n", "") if several else text):
        return _basic(text)
    if several:
        return f"'''\n{text}'''" if "'''" not in text and not text.endswith("'") else _basic(text)
    if "\\" in text and "'" not in text:
        return f"'{text}'"
    return _basic(text) if "'''" in text or "\\" not in text or text.endswith("'") else f"'''{text}'''"


def _basic(text: str) -> str:
    """A string with escapes: those of JSON are those of TOML, which also wants one for U+007F."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return f"# {_IN_NO_COMMENT.sub(' ', text)}"
