"""Scores and intervals, against hand-made values and slower forms of the same."""

import random
import re
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cleaner.bench import scores

WORDS = st.lists(
    st.sampled_from(["a", "b", "B", "cat", "Stra\u00dfe", "\u0130x", "\u6f22\u5b57", "\u0436", "1st"]), max_size=12
)
TEXTS = st.lists(st.sampled_from(["a", "b", "B", "dog ", " ", "-", "\n", "\u00e9", "\u6f22", "'"]), max_size=25).map("".join)
SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=30)


def slow_word_scores(output: str, wanted: str) -> dict[str, float]:
    got, expected = (sorted(re.findall(r"\w+", text.lower())) for text in (output, wanted))
    common = 0
    for word in got:
        if word in expected:
            expected.remove(word)
            common += 1
    if not common:
        return {"f1": 0, "precision": 0, "recall": 0}
    precision, recall = common / len(got), common / (common + len(expected))
    return {"f1": 2 / (1 / precision + 1 / recall), "precision": precision, "recall": recall}


@given(output=st.one_of(TEXTS, WORDS.map(" ".join)), wanted=st.one_of(TEXTS, WORDS.map("\n".join)))
def test_word_scores_are_those_of_a_slower_count(output: str, wanted: str) -> None:
    assume(wanted.strip())
    assert scores.word_scores(output, wanted) == pytest.approx(slow_word_scores(output, wanted))


@pytest.mark.parametrize(
    ("output", "wanted", "f1", "precision", "recall"),
    [
        ("The cat sat", "the CAT, sat.", 1, 1, 1),
        ("one two three four", "one two", 2 / 3, 1 / 2, 1),
        ("one", "one two three", 1 / 2, 1, 1 / 3),
        ("one one one", "one one", 4 / 5, 2 / 3, 1),
        ("nothing shared", "other words", 0, 0, 0),
        ("", "words", 0, 0, 0),
        ("words", "", 0, 0, 0),
        ("", "", 1, 1, 1),
        (" \n", "\t", 1, 1, 1),
        ("...", "words", 0, 0, 0),
    ],
)
def test_word_scores_by_hand(output: str, wanted: str, f1: float, precision: float, recall: float) -> None:
    assert scores.word_scores(output, wanted) == pytest.approx({"f1": f1, "precision": precision, "recall": recall})


def test_snippets_are_found_across_white_space_and_only_whole() -> None:
    output = "The  nets\nwere\u00a0mended.\n\nLog in"
    assert scores.snippet_scores(output, ["nets were mended", "The nets", "absent"], [" Log\tin ", "Sign up"]) == {
        "wanted": pytest.approx(2 / 3),
        "unwanted": 0.5,
    }


def test_a_kind_of_snippet_that_is_not_given_has_no_score() -> None:
    assert scores.snippet_scores("text", [], []) == {}
    assert scores.snippet_scores("text", ["text"], []) == {"wanted": 1}
    assert scores.snippet_scores("", [], ["text"]) == {"unwanted": 0}


@pytest.mark.parametrize(
    ("output", "wanted", "expected"),
    [
        ("a b c d e", "a b c d e", (1, 1)),
        ("a b c d e", "a b c d x", (1 / 2, 1 / 2)),
        ("a b c d", "a b c d e f", (1, 1 / 3)),
        ("x a b c d", "a, b. C d", (0, 0)),
        ("a b c d a b c d", "a b c d", (1 / 5, 1)),
        ("Hi there", "Hi there", (1, 1)),
        ("Hi there", "hi there", (0, 0)),
        ("Hi there", "Hi there you", (0, 0)),
        ("a b c", "a b c d", (0, 0)),
        ("", "a b", (None, 0)),
        ("a b", "", (0, None)),
        ("", " .", (None, None)),
    ],
)
def test_shingles_by_hand(output: str, wanted: str, expected: tuple[float | None, float | None]) -> None:
    named = zip(("shingle_precision", "shingle_recall"), expected, strict=True)
    assert scores.shingle_scores(output, wanted) == pytest.approx({name: value for name, value in named if value is not None})


def test_the_shingle_f1_is_that_of_the_means() -> None:
    assert scores.shingle_f1({"shingle_precision": 0.5, "shingle_recall": 1.0}) == pytest.approx(2 / 3)
    assert scores.shingle_f1({"shingle_precision": 0.0, "shingle_recall": 0.0}) == 0
    assert scores.shingle_f1({}) == 0


@given(values=SHARES)
def test_an_interval_contains_the_mean_and_lies_among_the_values(values: list[float]) -> None:
    low, high = scores.mean_interval(values)
    assert min(values) - 1e-9 <= low <= sum(values) / len(values) + 1e-9
    assert sum(values) / len(values) - 1e-9 <= high <= max(values) + 1e-9


@given(value=st.floats(0, 1), number=st.integers(1, 50))
def test_values_that_are_all_the_same_have_an_interval_without_width(value: float, number: int) -> None:
    assert scores.mean_interval([value] * number) == pytest.approx((value, value))


@given(values=SHARES)
def test_a_list_does_not_differ_from_itself(values: list[float]) -> None:
    assert scores.difference_interval(values, values) == (0, 0)


@given(values=st.lists(st.floats(0, 0.5), min_size=1, max_size=30))
def test_a_gain_that_is_the_same_everywhere_is_certain(values: list[float]) -> None:
    gained = [value + 0.25 for value in values]
    assert scores.difference_interval(gained, values) == pytest.approx((0.25, 0.25))
    assert scores.difference_interval(values, gained) == pytest.approx((-0.25, -0.25))


def test_pairs_are_drawn_together() -> None:
    values = [number / 40 for number in range(40)]
    reference = [value + (0.01 if number % 2 else -0.01) for number, value in enumerate(values)]
    low, high = scores.difference_interval(values, reference)
    own_low, own_high = scores.mean_interval(values)
    assert high - low < (own_high - own_low) / 10


def test_an_interval_is_the_same_each_time_and_narrows_with_its_share_and_with_more_values() -> None:
    values = [(number * 37 % 101) / 101 for number in range(60)]
    low, high = scores.mean_interval(values)
    assert (low, high) == scores.mean_interval(list(values))
    narrow = scores.mean_interval(values, 0.5)
    assert low < narrow[0] < narrow[1] < high
    many = scores.mean_interval(values * 16)
    assert (high - low) / (many[1] - many[0]) == pytest.approx(4, rel=0.2)
    assert scores.mean_interval([]) == (0, 0)


def test_intervals_cover_the_true_mean_about_as_often_as_they_say() -> None:
    drawn = random.Random(1)
    hits: Counter[bool] = Counter()
    for _ in range(300):
        low, high = scores.mean_interval([drawn.random() ** 2 for _ in range(40)])
        hits[low <= 1 / 3 <= high] += 1
    assert 0.90 <= hits[True] / 300 <= 0.98
