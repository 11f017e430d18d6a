"""The places that messages about rule files point at."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from cleaner.rules import places, shipped_rules

FILES = sorted(shipped_rules().rglob("*.toml"))


def read_at(source: str, path: str, number: int) -> Any:
    """The value that stands where `path` of rule `number` is said to stand."""
    found = places._walk(source)[0][number][path]
    return tomllib.loads(f"value = {source[found.start : found.end]}")["value"]


def values(table: Any, path: str = "") -> dict[str, Any]:
    """All paths into a table, with what stands there."""
    if isinstance(table, dict):
        inner = [(f"{path}.{key}" if path else key, value) for key, value in table.items()]
    elif isinstance(table, list):
        inner = [(f"{path}[{index}]", value) for index, value in enumerate(table)]
    else:
        return {path: table}
    return {key: value for step, one in inner for key, value in values(one, step).items()}


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_value_of_the_shipped_files_stands_where_it_is_said_to_stand(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    for number, table in enumerate(tomllib.loads(source)["rule"]):
        for path, value in values(table).items():
            assert read_at(source, path, number) == value, path


BRACKETS = '''
[[rule]]
name = "one"
summary = """
[[rule]]
name = 'x' # ]"""
cues = [{ pattern = "]", weight = 1.5 }] # [
[[rule]]
name = "two"
summary = """a "quoted" \\""" word"""
position.within = 3
[rule.repeats]
edge = "head"
'''


def test_brackets_and_rules_inside_texts_are_texts() -> None:
    assert read_at(BRACKETS, "summary", 0) == "[[rule]]\nname = 'x' # ]"
    assert read_at(BRACKETS, "cues[0].weight", 0) == 1.5
    assert read_at(BRACKETS, "summary", 1) == 'a "quoted" """ word'
    assert read_at(BRACKETS, "position.within", 1) == 3
    assert read_at(BRACKETS, "repeats.edge", 1) == "head"


def test_a_character_of_a_pattern_is_found_in_its_line() -> None:
    source = "[[rule]]\nname = 'one'\npattern = '''\n(?x)\n  read (more\n'''\n"
    found = places.find(source, "one", "pattern", offset=len("(?x)\n  read "))
    assert found == places.Place(line=5, column=8, width=1, text="  read (more")
    assert str(found) == "    5 |   read (more\n      |        ^"


def test_where_a_pattern_has_escapes_the_whole_of_it_is_shown() -> None:
    found = places.find('[[rule]]\nname = "one"\npattern = "\\\\d("\n', "one", "pattern", offset=2)
    assert found == places.Place(line=3, column=11, width=6, text='pattern = "\\\\d("')


@pytest.mark.parametrize(
    ("field", "line", "marked"),
    [("example[1].result", 5, "[[rule.example]]"), ("unit", 1, "[[rule]]"), ("cues[3].pattern", 2, "cues")],
)
def test_what_is_missing_is_missed_where_it_should_stand(field: str, line: int, marked: str) -> None:
    source = "[[rule]]\ncues = []\n[[rule.example]]\ntext = 'a'\n[[rule.example]]\ntext = 'b'\n"
    found = places.find(source, 0, field)
    assert found is not None
    assert (found.line, found.text[found.column - 1 :][: found.width]) == (line, marked)


def test_a_long_line_is_shown_in_part() -> None:
    found = places.place("x" * 100_000 + "!" + "y" * 100_000, 100_000, 100_001)
    shown, carets = str(found).split("\n")
    assert len(shown) < 120
    assert shown[carets.index("^")] == "!"


def test_no_rule_no_place() -> None:
    assert places.find("", 0, "name") is None
    assert places.find("[[rule]]\nname = 'a'\n", "b") is None
