"""A rule drafted from one line of a text."""

import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cleaner import markdown, rulecheck
from cleaner.learn.slots import SLOTS, masked, parts
from cleaner.pipeline import default_cleaner
from cleaner.records import InputError, whole_file
from cleaner.rules import Problem, RuleError, Ruleset
from cleaner.rules.writing import rule_file, slug
from cleaner.text import Document, cut_lines

# What is written in more than one way, and what stands for it.
_WRITTEN_OTHERWISE = re.compile(
    r"""
    (?P<quote>['’‘ʼ])
    |(?P<quotes>["“”„«»])
    |(?P<dots>\.\.\.|…)
    |(?P<dash>[-‐‑‒–—])
    |(?P<space>\s+)
    """,
    re.VERBOSE,
)
_STANDS_FOR = {
    "quote": "['’‘ʼ]",
    "quotes": '["“”„«»]',
    "dots": r"(?:\.\.\.|…)",
    "dash": "[-‐‑‒–—]",
    "space": r"\s{1,4}",
}
_LAST_MARKS = re.compile(r"[\s:.!…»›→▶>|*]+$")
_AFTER_LAST = r"[\s:.!…»›→▶>|*]{0,4}"
# So many words of a line make the name of its rule.
_NAME_WORDS = 4


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What its author says of a line that should go, or be flagged."""

    line: str
    seen: str = ""
    """Where: a URL or a note. The host of a URL becomes the rule's domain where `on_site_only`."""
    on_site_only: bool = False
    unlike: tuple[str, ...] = ()
    """Honest texts that look like it."""
    action: str = "drop"
    edge: str = ""
    """``head``, ``tail`` or ``either``; empty for anywhere."""
    language: str = ""
    name: str = ""
    safe: bool = False


def as_seen(line: str) -> str:
    """A line as rules are shown it: as a reader of Markdown sees it, and without marks of style."""
    text = markdown.seen(line)
    lines = markdown.without_style(text, cut_lines(text))
    return text[lines[0].start : lines[-1].end] if lines else ""


def quoted(line: str) -> str:
    """An honest sentence with a line in it, for a counterexample."""
    return f"Whoever reads “{line}” in the middle of a sentence reads an article."


def pattern_of(line: str) -> str:
    """A regular expression for lines like this: in any case, with other numbers, dates, links, addresses, quotes and spaces."""
    body = _LAST_MARKS.sub("", line.strip()) or line.strip()
    key = masked(body)
    pieces = parts(key) if key else [("", body)]
    return f"(?i){''.join(SLOTS[slot] if slot else _loosely(text) for slot, text in pieces)}{_AFTER_LAST}"


def _loosely(text: str) -> str:
    """Literal text in a pattern, with other quotes, dashes and spaces."""
    written, end = [], 0
    for match in _WRITTEN_OTHERWISE.finditer(text):
        written += [re.escape(text[end : match.start()]), _STANDS_FOR[match.lastgroup or ""]]
        end = match.end()
    return f"{''.join(written)}{re.escape(text[end:])}"


def name_of(line: str, taken: Collection[str] = ()) -> str:
    """A name in kebab-case from a line's first words, unlike those that are `taken`."""
    name = "-".join(slug(line).split("-")[:_NAME_WORDS])
    name = name if re.search("[a-z]", name) else "line"  # of another script nothing is left but numbers
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def rule_of(draft: Draft, taken: Collection[str] = ()) -> dict[str, Any]:
    """The table of a rule for the draft, with its tests. Where nothing `unlike` it is given, it is quoted in a sentence.

    Raises `ValueError` for a line that is none.
    """
    line = as_seen(draft.line)
    if not line or len(line.splitlines()) > 1:
        raise ValueError("a rule is drafted from one line with text in it")
    table: dict[str, Any] = {"name": draft.name or name_of(line, taken), "summary": f"Line like “{line[:80]}”", "unit": "line"}
    if draft.language:
        table["languages"] = [draft.language]
    host = urlsplit(draft.seen).hostname if "://" in draft.seen else None
    if draft.on_site_only:
        if not host:
            raise ValueError("for a rule of one site the URL is needed where the line was seen")
        table["domains"] = [f"*.{host.removeprefix('www.')}"]
    if draft.edge:
        table["position"] = {"edge": draft.edge, "within": 8}
    table |= {
        "max_words": len(line.split()) + 4,
        "pattern": pattern_of(line),
        "action": draft.action,
        "safety": "safe" if draft.safe else "unsafe",
        "status": "stable",
    }
    if draft.seen:
        table["source"] = draft.seen
    found = {"find": [line]} if draft.action == "flag" else {"result": ""}
    table["example"] = [{"text": line, **found}]
    table["counterexample"] = [{"text": text} for text in draft.unlike or (quoted(line),)]
    return table


def added(draft: Draft, file: Path | None) -> tuple[str, list[Problem]]:
    """Write the rule of a draft to the end of `file`, if any; gives its text, and what speaks against it.

    Where anything does, nothing is written; nor is half a rule where the writing is interrupted.
    Raises `ValueError` for a line that is none and a file that is none or not UTF-8, `RuleError` where the file's own rules
    cannot be used, and `OSError`.
    """
    taken = [rule.name for rule in Ruleset.load([file])] if file and _says_anything(_content(file)) else []
    text = rule_file([rule_of(draft, taken)])
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "draft.toml"
        alone.write_text(text, encoding="utf-8")
        problems = list(_against(alone))
    if file and not problems:
        before = _content(file)  # as it is now: the tests have taken a while
        apart = "" if not before else "\n" if before.endswith("\n") else "\n\n"
        _replace(file, f"{before}{apart}{text}")
    return text, problems


def _replace(file: Path, content: str) -> None:
    """Give a file other content as a whole. A link stays one, and a file keeps its mode."""
    target = Path(os.path.realpath(file))
    with whole_file(target) as whole:
        if target.exists():
            shutil.copymode(target, whole.name)
        whole.write(content.encode("utf-8"))
        whole.flush()
        os.fsync(whole.fileno())  # what is not on the disk must not take the place of what is


def _content(file: Path) -> str:
    """What stands in a rule file; nothing where it is not there yet."""
    if not file.exists():
        return ""
    if not file.is_file():
        raise InputError(f"{file} is no file")
    try:
        return file.read_bytes().decode("utf-8")  # its line breaks as they are
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8: byte {error.start}") from error


def _says_anything(text: str) -> bool:
    """Whether there is more in a rule file than comments."""
    try:
        return bool(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return True


def _against(file: Path) -> Iterator[Problem]:
    try:
        ruleset, own = Ruleset.beside_shipped(file)
    except RuleError as error:
        found = error.problems
    else:
        ids = [rule.id for rule in own]
        found = (*rulecheck.run_tests(ruleset, ids), *rulecheck.lint(ruleset, ids))
    yield from (msgspec.structs.replace(problem, file="the draft") for problem in found)


def taken_by(line: str) -> list[str]:
    """The ids of the shipped rules that drop such a line already, or would where they are believed."""
    text = as_seen(line)
    found = default_cleaner().detect(Document(text=text)).findings
    return sorted({finding.rule for finding in found if finding.action == "drop" and finding.original.strip() == text})
