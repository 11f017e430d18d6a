import sys

import pytest
from hypothesis import given
from making import odd_text

from cleaner.folding import FOLDED, caseless, fold, without_case
from cleaner.text import LINE_SEPARATORS


@given(odd_text())
def test_folding_keeps_every_character_at_its_place(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert all(was == now or FOLDED[was] == now for was, now in zip(text, folded, strict=True))


@given(odd_text())
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_gives_only_ascii() -> None:
    assert all(form.isascii() and len(form) == 1 for form in FOLDED.values())


def test_folding_keeps_line_separators_and_makes_no_new_ones() -> None:
    assert {char for char, form in FOLDED.items() if form in LINE_SEPARATORS} == set(LINE_SEPARATORS) & set(FOLDED)
    assert {FOLDED.get(char, char) for char in LINE_SEPARATORS} <= set(LINE_SEPARATORS)


@given(odd_text().map(fold))
def test_taking_case_away_keeps_every_character_at_its_place_and_ascii_as_it_is(text: str) -> None:
    bare = without_case(text)
    assert len(bare) == len(text)
    assert all(was == now for was, now in zip(text, bare, strict=True) if was.isascii() or now.isascii())
    assert without_case(bare) == bare


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ÉCOLE", "éCOLE"),
        ("ΟΔΟΣ", "οδος"),
        ("οδοσ", "οδος"),
        ("ЇЖАК", "їжак"),
        ("\U00010400", "\U00010428"),
        ("Ǆ", "ǅ"),
        ("ẞ", "ß"),
    ],
)
def test_words_that_differ_in_case_outside_ascii_are_one(one: str, other: str) -> None:
    assert without_case(one) == without_case(other)


def test_every_letter_outside_ascii_is_one_with_its_upper_and_its_lower_case() -> None:
    letters = [chr(code) for code in range(0x80, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000 and chr(code) not in FOLDED]
    pairs = [(char, form) for char in letters for form in (char.upper(), char.lower(), char.title()) if len(form) == 1]
    differing = [(char, form) for char, form in pairs if char != form and without_case(char) != without_case(form)]
    assert [(char, form) for char, form in differing if form not in FOLDED and not form.isascii()] == []


def test_one_character_is_taken_for_all_its_cases_also_in_ascii() -> None:
    assert caseless("A") == caseless("a") == "a"
    assert caseless("Ж") == caseless("ж") == without_case("Ж")
    assert caseless("中") == "中"
