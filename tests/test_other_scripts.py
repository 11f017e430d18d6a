"""Texts in scripts that nobody can read, which the chrome models learn from."""

import pytest
from other_scripts import SCRIPTS, in_script

LINE = "The mayor said, “We will see.” On Monday (2 May 2023) nothing happened; see https://city.example/news for more."


@pytest.mark.parametrize("name", SCRIPTS)
def test_words_become_letters_and_the_rest_stays(name: str) -> None:
    script = SCRIPTS[name]
    written = in_script(LINE, script)
    letters = [char for char in written if script.first <= ord(char) < script.first + script.letters]
    assert "https://city.example/news" in written
    assert "2023" in written
    assert len(letters) == pytest.approx(
        script.of_letter * sum(map(str.isalpha, LINE.split("https", maxsplit=1)[0] + "formore")), rel=0.3
    )
    assert in_script(LINE, script) == written


@pytest.mark.parametrize("name", SCRIPTS)
def test_spaces_stand_between_words_where_the_script_has_them(name: str) -> None:
    spaces = in_script("the old mill on the river will open in the summer.", SCRIPTS[name]).count(" ")
    assert spaces == (10 if SCRIPTS[name].spaced else 0)


def test_marks_are_those_of_the_script() -> None:
    assert in_script("They came, they saw. Why?", SCRIPTS["Han"]).translate({ord(mark): "" for mark in "，。？"}).isalpha()
    assert in_script("They saw.", SCRIPTS["Devanagari"]).endswith("।")


def test_the_same_word_is_the_same_letters() -> None:
    first, second = in_script("News, and news", SCRIPTS["Hangul"]).replace(",", "").split()[::2]
    assert first == second


@pytest.mark.parametrize("line", ["2024", "—", ". . ."])
def test_no_line_becomes_blank(line: str) -> None:
    assert all(in_script(line, script).strip() for script in SCRIPTS.values())
