"""The JSON Schema that editors complete rule files by."""

import tomllib
from pathlib import Path

import jsonschema
import msgspec
import pytest
from making import REPO

from cleaner import rulebook
from cleaner.rules import Rule, schema, shipped_rules

VALIDATOR = jsonschema.Draft202012Validator(msgspec.json.decode(rulebook.format_schema()))
FILES = sorted(shipped_rules().rglob("*.toml"))


def test_the_committed_schema_is_that_of_the_types() -> None:
    assert (REPO / "rules" / "schema.json").read_text(encoding="utf-8") == rulebook.format_schema()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_shipped_file_is_right_by_the_schema(file: Path) -> None:
    assert not list(VALIDATOR.iter_errors(tomllib.loads(file.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "slug",
    [
        *("bad-action", "bad-edge", "bad-safety", "bad-unit", "empty-summary", "languages-not-a-list"),
        "max-words-not-a-number",
        *("missing-action", "missing-counterexample", "missing-example", "missing-name", "missing-summary", "not-tables"),
        *("phrases-not-a-table", "position-without-within", "signal-unknown", "unknown-detector", "unknown-field"),
        *("unknown-field-in-cue", "unknown-field-in-position", "unknown-key", "within-zero"),
    ],
)
def test_an_editor_sees_what_loading_would_refuse(slug: str) -> None:
    wrong = tomllib.loads((REPO / "tests" / "rule_errors" / f"{slug}.toml").read_text(encoding="utf-8"))
    assert list(VALIDATOR.iter_errors(wrong))


def test_every_field_has_its_meaning_in_the_schema_and_in_the_manual() -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(Rule)} - {"id"}
    assert set(schema.MEANINGS) == fields
    manual = (REPO / "rules" / "FORMAT.md").read_text(encoding="utf-8")
    assert [name for name in fields if f"`{name}`" not in manual] == []
