"""Whole texts in and out, one file each in cases/: what goes, what is mended, what is flagged, what must stay."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import cleaner

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def case(slug: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{slug}.toml").read_text(encoding="utf-8"))


def test_there_are_cases_of_clean_and_damaged_text_in_four_languages() -> None:
    assert len(CASES) >= 30
    for language in ("en", "de", "fr", "es"):
        of_language = [case(slug) for slug in CASES if slug.startswith(f"{language}-")]
        assert any(not one["findings"] for one in of_language)
        assert any(one["findings"] for one in of_language)


@pytest.mark.parametrize("slug", CASES)
def test_a_text_comes_out_as_its_case_says(slug: str) -> None:
    wanted = case(slug)
    result = cleaner.clean(wanted["text"], wanted.get("media_type", "text/plain"))
    assert result.error is None
    assert result.text == wanted["result"]
    assert [f"{finding.action} {finding.rule}" for finding in result.findings] == wanted["findings"]
    assert result.revert() == result.original
    if "media_type" not in wanted:
        assert result.original == wanted["text"]
        assert result.language == slug[:2]


@pytest.mark.parametrize("slug", CASES)
def test_what_came_out_of_a_case_stays_as_it_is(slug: str) -> None:
    assert cleaner.clean(case(slug)["result"]).text == case(slug)["result"]
