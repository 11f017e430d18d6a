import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import odd_text

from cleaner.text import LINE_SEPARATORS, code_points, cut_lines, encode

SCRIPTS = {
    "latin": "Die Brücke über die Weser – für 3,5 Mio. € – öffnet im März.",
    "turkish": "İstanbul’da ılık bir akşam; ŞIK ışıklar.",
    "vietnamese": "Cây cầu mới được thông xe vào thứ Hai.",
    "cyrillic": "Мост через Днепр открыт; ёжик Їжак.",
    "greek": "Η γέφυρα άνοιξε τη Δευτέρα, ΟΔΟΣ.",
    "arabic": "فُتِحَ الجسرُ يومَ الاثنين",
    "hebrew": "הגשר נפתח ביום שני",
    "devanagari": "पुल सोमवार को खुला।",
    "thai": "สะพานเปิดวันจันทร์",
    "chinese": "大桥于周一通车。",
    "japanese": "橋は月曜日に開通した。",
    "korean": "다리가 월요일에 개통되었다.",
    "emoji": "👩‍👩‍👧 👍🏽 🇪🇺 ok",
    "combining": "e\u0301 a\u0308 n\u0303 z\u0335\u0321",
    "astral": "𝒜𝓃 𐍈 𓀀 𠜎",
}


@given(odd_text())
def test_lines_are_what_stands_between_separators_without_outer_white_space(text: str) -> None:
    expected = [piece.strip() for piece in re.split("\r\n|[\n\r\u2028\u2029]", text)]
    assert [text[line.start : line.end] for line in cut_lines(text)] == [piece for piece in expected if piece]


@given(odd_text())
def test_lines_ascend_without_overlap(text: str) -> None:
    places = [place for line in cut_lines(text) for place in (line.start, line.end)]
    assert places == sorted(set(places))


@pytest.mark.parametrize("separator", [*LINE_SEPARATORS, "\r\n"])
def test_every_line_separator_ends_a_line(separator: str) -> None:
    assert [(line.start, line.end) for line in cut_lines(f"ab{separator}cd")] == [
        (0, 2),
        (2 + len(separator), 4 + len(separator)),
    ]


@pytest.mark.parametrize("char", ["\x0b", "\x0c", "\x85", "\t", "\u00a0"])
def test_other_white_space_does_not_end_a_line(char: str) -> None:
    assert [(line.start, line.end) for line in cut_lines(f"ab{char}cd")] == [(0, 5)]


@pytest.mark.parametrize("text", ["", " ", "\n\n\r\n", "\u2028\t\u2029", "\x0c\x85"])
def test_blank_text_has_no_lines(text: str) -> None:
    assert cut_lines(text) == []


def test_a_line_of_one_character_is_a_line() -> None:
    assert [(line.start, line.end) for line in cut_lines("\n x \n")] == [(2, 3)]


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_code_points_agree_with_str_arithmetic(text: str) -> None:
    data = text.encode()
    boundaries = [len(text[:place].encode()) for place in range(len(text) + 1)]
    assert list(code_points(data, boundaries)) == list(range(len(text) + 1))


@given(odd_text(), st.lists(st.integers(0, 10_000), max_size=8))
def test_code_points_count_the_characters_that_begin_before_an_offset(text: str, places: list[int]) -> None:
    data = encode(text)
    starts = [len(encode(text[:place])) for place in range(len(text))]
    offsets = sorted(place % (len(data) + 1) for place in places)
    assert list(code_points(data, offsets)) == [sum(start < offset for start in starts) for offset in offsets]


@given(odd_text())
def test_encoded_text_is_valid_utf8_of_the_same_characters(text: str) -> None:
    assert encode(text).decode() == re.sub("[\ud800-\udfff]", "\ufffd", text)
