"""Parts of patterns: said once in a rule file, used by their names."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.patterns import PatternError
from cleaner.rules import Rule, Ruleset, shipped_rules, writing
from cleaner.rules.loading import load_file
from cleaner.rules.parts import Parts

PARTS = {"day": r"\d{1,2}", "month": "may|june", "date": "{day} {month}"}
PLACED = {"day": r"(?:\d{1,2})", "month": "(?:may|june)", "date": r"(?:(?:\d{1,2}) (?:may|june))"}
WITH_PARTS = [file for file in sorted(shipped_rules().rglob("*.toml")) if "\n[parts]\n" in file.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def parts() -> Parts:
    made = Parts()
    for name, part in PARTS.items():
        made.add(name, part)
    return made


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return Ruleset.load()


@pytest.mark.parametrize(
    ("pattern", "spelled_out"),
    [
        ("on {date}", r"on (?:(?:\d{1,2}) (?:may|june))"),
        ("{month}{0,3}", "(?:may|june){0,3}"),
        (r"\{month} \p{month} \\{month}", r"\{month} \p{month} \\(?:may|june)"),
        (r"a{2} b{,3} \p{Lu}{1,4}", r"a{2} b{,3} \p{Lu}{1,4}"),
    ],
)
def test_a_part_is_a_group_in_the_place_of_its_name(parts: Parts, pattern: str, spelled_out: str) -> None:
    assert parts.spelled_out(pattern) == spelled_out


@given(st.lists(st.sampled_from(["a", " ", r"\{", r"\p{L}", "{2}", "{day}", "{month}", "{date}"])))
def test_a_place_in_what_is_spelled_out_leads_back_to_what_was_written(parts: Parts, pieces: list[str]) -> None:
    pattern = "".join(pieces)
    spelled_out = [PLACED.get(piece.strip("{}"), piece) for piece in pieces]
    assert parts.spelled_out(pattern) == "".join(spelled_out)
    written = placed = 0
    for piece, group in zip(pieces, spelled_out, strict=True):
        for inside in range(len(group)):
            assert parts.written(pattern, placed + inside) == written + (inside if piece == group else 0)
        written, placed = written + len(piece), placed + len(group)


def test_a_file_full_of_long_patterns_is_given_up() -> None:
    parts = Parts()
    parts.add("long", "a" * 19_000)
    with pytest.raises(PatternError, match="too long"):
        for _ in range(10_000):
            parts.spelled_out("{long}")


@pytest.mark.parametrize("file", WITH_PARTS, ids=[file.stem for file in WITH_PARTS])
def test_a_rule_is_shown_with_the_parts_that_it_needs(shipped: Ruleset, file: Path, tmp_path: Path) -> None:
    names = [table["name"] for table in tomllib.loads(file.read_text(encoding="utf-8"))["rule"]]
    name, shown = next((name, text) for name in names if (text := writing.as_written(name, file)).startswith("[parts]"))
    copy = tmp_path / file.name
    copy.write_text(shown, encoding="utf-8")
    (copied,) = load_file(copy, tmp_path, proven=False)
    assert isinstance(copied, Rule)
    assert copied.pattern == shipped.by_id[f"boilerplate/{file.stem}/{name}"].pattern
