import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import cpu_seconds, odd_text

from cleaner import Cleaner
from cleaner.chrome import line_breaks, with_lost_breaks
from cleaner.chrome.line_breaks import LONG, LONG_TEXT, words_of
from cleaner.text import Document, Line, Origin, cut_lines

MENU = ["Skip to content", "Home", "News", "Sport", "Business", "Weather", "Sign in", "Search"]
ARTICLE = [
    "Ferry crossings resume after a week of storms",
    "Boats left the northern harbour again on Thursday morning, carrying the first passengers since the storms.",
    "Nearly four hundred people had been waiting on the island, many of them in the school, which the council had opened.",
    "“We ran out of bread on Sunday and of coffee on Monday,” said Ida Holm, who keeps the only shop near the pier.",
    "The ferry company said that it would sail every two hours until the weekend, and that tickets for last week stay valid.",
    "Forecasters expect calmer weather from Friday, although the swell may last until the end of the month.",
]
FOOTER = [
    *("Share this article", "Facebook", "Twitter", "Email", "Related stories", "Island council wants a second pier"),
    *("Subscribe to our newsletter", "About us", "Contact", "Privacy policy", "Terms of use"),
    "© 2024 The Strait Herald. All rights reserved.",
]
SITE_CHROME = "boilerplate/page/site-chrome"
SEPARATED = {"a space": " ", "wide gaps": "   ", "a tab": "\t", "nothing": ""}


@pytest.fixture(scope="module")
def strict() -> Cleaner:
    return Cleaner("strict", off=["garbled*"])


@pytest.mark.parametrize("separator", SEPARATED.values(), ids=SEPARATED)
def test_chrome_goes_from_a_text_that_has_lost_its_line_breaks(strict: Cleaner, separator: str) -> None:
    text = separator.join([*MENU, *ARTICLE, *FOOTER])
    result = strict.clean(text)
    assert all(paragraph in result.text for paragraph in ARTICLE[1:])
    assert not re.search("Weather|Sign in|Facebook|Privacy|All rights", result.text)
    assert result.revert() == text


def test_of_each_piece_is_told_why_it_went(strict: Cleaner) -> None:
    result = strict.clean(" ".join([*MENU, *ARTICLE, *FOOTER]))
    dropped = {finding.rule: finding.original for finding in result.findings if finding.action == "drop"}
    assert any(rule.startswith("boilerplate/rights/") and "All rights reserved" in text for rule, text in dropped.items())
    assert "\n" not in result.text


@pytest.mark.parametrize("profile", ["careful", "balanced", "strict"])
def test_an_article_on_one_line_stays_as_it_is(profile: str) -> None:
    text = " ".join(ARTICLE[1:])
    assert Cleaner(profile, off=["garbled*"]).clean(text).text == text


def test_careful_asks_no_model() -> None:
    text = " ".join([*MENU, *ARTICLE, *FOOTER])
    assert len(Cleaner("careful", off=["garbled*"]).detect(Document(text=text)).lines) == 1


def test_line_breaks_are_found_where_they_were() -> None:
    lines = [*MENU, *ARTICLE, *FOOTER]
    text = " ".join(lines)
    began = {text.index(line) for line in lines}
    found = [line.start for line in with_lost_breaks(text, cut_lines(text))]
    assert sum(start in began for start in found) >= 0.8 * len(found)
    assert len(found) >= 0.4 * len(lines)


@pytest.mark.parametrize("text", ["word " * (LONG_TEXT // 5 - 1), "\n".join(["a short line"] * 400), "", "\n \n"])
def test_lines_that_are_not_long_are_left_alone(text: str) -> None:
    lines = cut_lines(text)
    assert with_lost_breaks(text, lines) is lines


def test_code_is_as_long_as_it_is() -> None:
    line = Line(0, 2 * LONG, Origin("pre", 0.0))
    assert with_lost_breaks("int main; " * LONG, [line]) == [line]


@given(odd_text())
def test_pieces_are_the_text_and_nothing_else(text: str) -> None:
    line = text.strip()
    if not line:
        return
    pieces = list(line_breaks._pieces(line, Line(0, len(line))))
    assert (pieces[0].start, pieces[-1].end) == (0, len(line))
    end = 0
    for piece in pieces:
        assert end <= piece.start < piece.end
        assert not line[end : piece.start].strip()
        assert line[piece.start : piece.end] == line[piece.start : piece.end].strip()
        end = piece.end


@given(st.text(alphabet="aZ1.  \t“é中", min_size=1))
def test_words_are_parted_by_white_space_and_by_capitals_amid_letters(text: str) -> None:
    line = text.strip()
    if not line:
        return
    words = words_of(line)
    expected = [match.start() for match in re.finditer(r"(?<!\S)\S|(?<=[aé1.])Z|(?<=[aé])1", line)]
    assert words.starts.tolist() == expected
    assert np.isfinite(words.shape).all()
    assert len(words.hashes) == len(words.shape) == len(expected)


def test_the_same_words_have_the_same_hashes_whatever_marks_they_have() -> None:
    words = words_of("Home home HOME, (home) 12 34 | • |")
    assert len(set(words.hashes[:4].tolist())) == 1
    assert words.hashes[4] == words.hashes[5]
    assert words.hashes[6] == words.hashes[8] != words.hashes[7]


def test_a_long_line_is_judged_in_parts_that_see_what_is_around_them(monkeypatch: pytest.MonkeyPatch) -> None:
    words = words_of(" ".join([*MENU, *ARTICLE, *FOOTER] * 8))
    whole = line_breaks.load().begins(words)
    monkeypatch.setattr(line_breaks, "_AT_ONCE", 400)
    parts = line_breaks.load().begins(words)
    assert len(parts) == len(whole)
    assert np.abs(parts - whole).max() < 0.2  # what is the mean of all differs a little


def test_the_cost_grows_with_the_text() -> None:
    line = " ".join([*MENU, *ARTICLE, *FOOTER]) + " "
    few, many = ((text, cut_lines(text)) for text in (line * 40, line * 160))
    with_lost_breaks(*few)
    assert cpu_seconds(lambda: with_lost_breaks(*many)) < 8 * cpu_seconds(lambda: with_lost_breaks(*few))


@pytest.mark.parametrize("word", ["x", "Ab", "1 ", "A", "\u0301"], ids=["x", "capitals", "digits", "A", "marks"])
def test_odd_long_lines_come_to_an_end(strict: Cleaner, word: str) -> None:
    text = word * (600_000 // len(word))
    result = strict.clean(text, language="en")
    assert result.error is None
    assert result.revert() == text
