import math
import random
import re
import time
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from making import cpu_seconds, odd_text, toy_models
from test_text import SCRIPTS

from cleaner import chrome, markdown
from cleaner.chrome.lines import N_PAGE, N_PLACE, N_SHAPE, WORD_WEIGHTS, line_features, quantile, word_hashes
from cleaner.chrome.model import (
    ELEMENT_WEIGHTS,
    NETWORK_MOST,
    NETWORK_SHARE,
    _in_group,
    best_cut,
    element_linear,
    element_tokens,
    linear,
    logistic,
    model_features,
    odds,
)
from cleaner.chrome.surroundings import _layout, context, own_features
from cleaner.markdown.code import with_code
from cleaner.markup import read_page
from cleaner.text import Elements, Line, cut_lines

# --- the lines of a text, counted one by one -----------------------------------------------------------------------

END, COMMA = ".!?…。！？؟।۔", ",;:，、；：،؛"
QUOTES = "\"'“”‘’«»„‟‹›「」『』()（）[]"
UNSPACED = ((0x0E00, 0x0EFF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
SIGNS = "|•·/\\>←→-–—_*#+=~^©®™@&%$€£"


def kind_of(char: str) -> str:
    """What a character counts as."""
    category = unicodedata.category(char)
    if ord(char) > 0xFFFF:
        return "sign"
    if char.isspace():
        return "space"
    if category[0] in "LM":
        unspaced = any(low <= ord(char) <= high for low, high in UNSPACED)
        return "ideograph" if unspaced else {"Lu": "upper", "Lt": "upper", "Ll": "lower"}.get(category, "letter")
    if category[0] == "N":
        return "digit"
    for marks, kind in ((END, "end"), (COMMA, "comma"), (QUOTES, "quote"), (SIGNS, "sign")):
        if char in marks:
            return kind
    return "sign" if category in ("Sm", "So", "Sk", "Sc") else "symbol"


def words_of(line: str) -> list[str]:
    """The words of a line; a character of a script without spaces is one by itself."""
    words: list[str] = []
    goes_on = False
    for char in line:
        kind = kind_of(char)
        if kind == "ideograph":
            words.append(char)
            goes_on = False
        elif kind in ("upper", "lower", "letter", "digit"):
            words[-1:] = [words[-1] + char] if goes_on else [*words[-1:], char]
            goes_on = True
        else:
            goes_on = False
    return words


def folded(word: str) -> str:
    """A word as it is told from others: without case, and all digits one."""
    return "".join(
        "0" if unicodedata.category(char) == "Nd" else char.lower() if len(char.lower()) == 1 else char for char in word
    )


def naive_shape(line: str, before: Sequence[str], lines: Sequence[str]) -> dict[str, float]:
    kinds = [kind_of(char) for char in line]
    words = words_of(line)
    per_character, per_word = 1 / len(line), 1 / max(len(words), 1)
    of_words = sum(kind in ("upper", "lower", "letter", "digit", "ideograph") for kind in kinds)
    first_of_words = [kind_of(word[0]) for word in words]
    marks = sum(kind in ("end", "comma", "quote") for kind in kinds)
    closing = kinds[-2] if kinds[-1] == "quote" and len(kinds) > 1 else kinds[-1]
    alike = [tuple(map(folded, words_of(other))) for other in lines].count(tuple(map(folded, words)))
    seen = [tuple(map(folded, words_of(other))) for other in before].count(tuple(map(folded, words)))
    return {
        "characters": math.log1p(len(line)) / 6,
        "words": math.log1p(len(words)) / 4,
        "letters a word": of_words * per_word / 8,
        **{f"{kind} share": kinds.count(kind) * per_character for kind in ("upper", "lower", "digit")},
        "marks": marks * per_character * 4,
        **{f"{kind} share": kinds.count(kind) * per_character for kind in ("sign", "symbol", "ideograph")},
        **{f"{kind} count": math.log1p(kinds.count(kind)) for kind in ("end", "comma", "quote", "sign")},
        "capitalised words": first_of_words.count("upper") * per_word,
        "short words": sum(len(word) <= 3 and kind_of(word[0]) == "lower" for word in words) * per_word,
        "long words": sum(len(word) >= 8 for word in words) * per_word,
        "begins with a capital": kinds[0] == "upper",
        "begins with a digit": kinds[0] == "digit",
        "begins with a sign": kinds[0] in ("quote", "sign", "symbol"),
        "ends a sentence": closing == "end",
        "ends with a colon": line[-1] == ":",
        "ends with a digit": closing == "digit",
        "sentences": kinds.count("end") > 1,
        "long": len(line) >= 80,
        "very long": len(line) >= 200,
        "repeats": min(alike - 1, 5) / 2,
        "seen before": min(seen, 5) / 2,
    }


def naive_place(text: str, lines: Sequence[Line], number: int) -> dict[str, float]:
    pieces = [text[line.start : line.end] for line in lines]
    counts = [len(words_of(piece)) for piece in pieces]
    running = [
        count if len(piece) >= 80 and any(kind_of(char) in ("end", "comma") for char in piece) else 0
        for count, piece in zip(counts, pieces, strict=True)
    ]
    gaps = [2, *(len(re.findall("\r\n|[\n\r\u2028\u2029]", text[a.end : b.start])) for a, b in pairwise(lines)), 2]
    return {
        "gap before": min(gaps[number], 4) / 2,
        "gap after": min(gaps[number + 1], 4) / 2,
        "share of lines": number / max(len(lines) - 1, 1),
        "lines before": math.log1p(number) / 6,
        "lines after": math.log1p(len(lines) - 1 - number) / 6,
        "share of words": sum(counts[: number + 1]) / max(sum(counts), 1),
        "running text before": sum(running[: number + 1]) / max(sum(running), 1),
        "running text after": (max(sum(running), 1) - sum(running[: number + 1])) / max(sum(running), 1),
    }


def naive_page(text: str, lines: Sequence[Line]) -> dict[str, float]:
    pieces = [text[line.start : line.end] for line in lines]
    counts = [len(words_of(piece)) for piece in pieces]
    running = sum(
        count
        for count, piece in zip(counts, pieces, strict=True)
        if len(piece) >= 80 and any(kind_of(char) in ("end", "comma") for char in piece)
    )
    ordered = sorted(counts)
    median = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return {
        "lines": math.log1p(len(lines)) / 7,
        "words of the page": math.log1p(max(sum(counts), 1)) / 8,
        "running share": running / max(sum(counts), 1),
        "median words": median / 20,
    }


def assert_features_are_as_counted(text: str) -> None:
    lines = cut_lines(text)
    made = line_features(text, lines)
    assert made.shape.shape == (len(lines), N_SHAPE + N_PLACE + N_PAGE)
    assert np.isfinite(made.shape).all()
    pieces = [text[line.start : line.end] for line in lines]
    for number, piece in enumerate(pieces):
        expected = naive_shape(piece, pieces[:number], pieces) | naive_place(text, lines, number) | naive_page(text, lines)
        got = dict(zip(expected, made.shape[number].tolist(), strict=True))
        assert got == pytest.approx({name: float(value) for name, value in expected.items()}, abs=1e-5), piece
        assert made.words[number] == len(words_of(piece))


@settings(max_examples=400)
@given(odd_text(max_size=60))
def test_of_any_text_the_features_are_what_counting_gives(text: str) -> None:
    assert_features_are_as_counted(text)


PIECES = st.sampled_from(
    [
        *("Skip to content", "12 May 2024, 14:05", "• Sport | Weather", "Read more", "“Stay.”", "***", "---", "(1)", "Teil 2:"),
        *("Home", "HOME", "home", "Page 1", "Page 2", "\U0001f600", "𝒜𝓃", "a", "1", "”", '"'),
        "The council met on Tuesday to discuss the bridge over the river; it will not meet again before the summer break.",
        "大桥于周一通车，市长表示，工程师们在过去的十一个月里一直在努力工作，以便在春天到来之前完成这项工程，并感谢所有的市民的耐心和支持，尤其是老城区的居民们，他们忍受了噪音和灰尘。大桥将于下周一正式开放。",
        *SCRIPTS.values(),
    ]
)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(PIECES, st.sampled_from(["\n", "\n\n", "\n \n\n", "\r\n\r\n", "\u2028", "\r\r", "\n\n\n\n\n\n"])), max_size=14
    )
)
def test_of_lines_in_any_script_the_features_are_what_counting_gives(pieces: list[tuple[str, str]]) -> None:
    assert_features_are_as_counted("".join(piece + gap for piece, gap in pieces))


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\u2028", "\u2029"])
def test_whatever_ends_a_line_its_features_are_the_same(ending: str) -> None:
    text = "Home\n\nThe council met on Tuesday.\n\n\nShare this\nTweet"
    other = text.replace("\n", ending)
    assert line_features(other, cut_lines(other)).shape.tolist() == line_features(text, cut_lines(text)).shape.tolist()


@pytest.mark.parametrize("text", ["", " \n\t\n", "\u2028"])
def test_a_text_without_lines_has_no_features(text: str) -> None:
    made = line_features(text, cut_lines(text))
    assert made.shape.shape == (0, N_SHAPE + N_PLACE + N_PAGE)
    assert (len(made.words), len(made.tokens), len(made.starts), len(made.hashes)) == (0, 0, 0, 0)


@pytest.mark.parametrize("text", ["---", "\ud800", "\U0001f600\n\U00020000", "*\n**\n”", "\0"])
def test_lines_without_words_have_features_and_a_token_each(text: str) -> None:
    lines = cut_lines(text)
    made = line_features(text, lines)
    assert np.isfinite(made.shape).all()
    assert made.words.tolist() == [0] * len(lines)
    assert made.starts.tolist() == list(range(len(lines)))


@given(odd_text(max_size=80))
def test_the_hashed_words_are_the_words_by_place(text: str) -> None:
    lines = cut_lines(text)
    made = line_features(text, lines)
    expected = [(number, word) for number, line in enumerate(lines) for word in words_of(text[line.start : line.end])]
    assert made.word_line.tolist() == [number for number, _ in expected]
    assert made.hashes.tolist() == [word_hashes(word)[0] for _, word in expected]


WORDS = ["Bridge", "Brücke", "Мост", "Γέφυρα", "Kilmarnock", "Ősz", "Điện", "a", "Ж", "Jahresrückblick", "x" * 40]


@pytest.mark.parametrize("word", WORDS)
@given(odd_text(max_size=10), odd_text(max_size=10))
def test_a_word_has_one_hash_wherever_it_stands_and_whatever_its_case(word: str, before: str, after: str) -> None:
    alone = word_hashes(word).tolist()
    assert len(alone) == 1
    assert word_hashes(word.upper()).tolist() == word_hashes(word.lower()).tolist() == alone
    assert alone[0] in word_hashes(f"{before} {word} {after}").tolist()


@pytest.mark.parametrize(("one", "other"), [("2023", "1999"), ("12a", "98A"), ("٣٤", "12"), ("Mai2024", "MAI1897")])
def test_digits_are_one_to_the_hash_of_a_word(one: str, other: str) -> None:
    assert word_hashes(one).tolist() == word_hashes(other).tolist()


def test_different_words_have_different_hashes() -> None:
    words = {folded("".join(letters)) for letters in zip("abcdefgh" * 40, "ijklm" * 64, "éжλ1" * 80, strict=True)}
    words |= {word.lower() for text in SCRIPTS.values() for word in words_of(text)} | set(map(str.lower, WORDS))
    hashes = {folded(word): word_hashes(word).tolist()[0] for word in words if len(words_of(word)) == 1}
    assert len(set(hashes.values())) == len(hashes)


@given(st.lists(PIECES, min_size=1, max_size=8), st.integers(0, 7))
def test_the_tokens_of_a_line_do_not_depend_on_other_lines(pieces: list[str], number: int) -> None:
    assume(number < len(pieces))
    text = "\n".join(pieces)
    made = line_features(text, cut_lines(text))
    assert len(made.starts) == len(pieces)
    alone = line_features(pieces[number], cut_lines(pieces[number]))
    end = made.starts[number + 1] if number + 1 < len(pieces) else len(made.tokens)
    assert made.tokens[made.starts[number] : end].tolist() == alone.tokens.tolist()


def test_a_line_has_a_token_for_each_word_and_pair_for_its_last_word_and_for_all_of_it() -> None:
    made = line_features("a b c\n---", cut_lines("a b c\n---"))
    assert np.diff(np.append(made.starts, len(made.tokens))).tolist() == [3 + 3 + 1 + 1, 1]
    assert made.tokens.min() >= 0
    assert made.tokens.max() < WORD_WEIGHTS


# --- linear models -------------------------------------------------------------------------------------------------


def counted_weights(size: int) -> Any:
    return np.random.default_rng(7).normal(size=size).astype(np.float32)


@given(odd_text(max_size=80))
def test_a_linear_score_is_the_sum_of_weights_over_the_root_of_their_number(text: str) -> None:
    weights = counted_weights(WORD_WEIGHTS)
    made = line_features(text, cut_lines(text))
    bounds = [*made.starts.tolist(), len(made.tokens)]
    expected = [
        sum(float(weights[token]) for token in made.tokens[one:end]) / math.sqrt(end - one) for one, end in pairwise(bounds)
    ]
    assert linear(weights, made.tokens, made.starts).tolist() == pytest.approx(expected, abs=1e-4)


PAGE = (
    """<html><body class="site"><nav id="main-menu" role="navigation"><ul><li><a href="/">Home</a></li><li>Sport</li></ul></nav>
<div class="wrap"><div class="content"><article itemprop="articleBody"><h1>Council widens <em>the bridge</em></h1><p>First
paragraph.</p><blockquote><p>Quoted.</p></blockquote></article></div></div><footer>© 2024</footer>"""
    + "<div>" * 12
    + "deep"
)


def naive_element_tokens(elements: Elements, line: int) -> list[int]:
    """The tokens of the ten elements around a line, those of one group of levels told apart from the others."""
    groups = [0, 1, 2, 2, 3, 3, 3, 3, 3, 3]
    ends = [*elements.token_starts.tolist()[1:], len(elements.tokens)]
    found: list[int] = []
    element = int(elements.of_line[line])
    for group in groups:
        if element < 0:
            break
        sort = elements.sorts[element]
        own = elements.tokens[elements.token_starts[sort] : ends[sort]]
        found += _in_group(own, group).tolist()
        element = int(elements.parent[element])
    return found


def test_ancestors_are_the_ten_elements_around_each_line_from_the_innermost_on() -> None:
    elements = read_page(PAGE).elements
    around = elements.around
    assert around.shape == (len(elements.of_line), 10)
    for line, row in enumerate(around.tolist()):
        expected = []
        element = int(elements.of_line[line])
        while element >= 0:
            expected.append(element)
            element = int(elements.parent[element])
        assert row == (expected + [-1] * 10)[:10]


def test_element_tokens_are_those_of_the_elements_around_each_line() -> None:
    elements = read_page(PAGE).elements
    tokens, starts = element_tokens(elements)
    for line, (first, end) in enumerate(pairwise([*starts.tolist(), len(tokens)])):
        assert sorted(tokens[first:end].tolist()) == sorted(naive_element_tokens(elements, line))


def test_an_element_score_is_the_sum_of_weights_over_the_root_of_their_number() -> None:
    weights = counted_weights(ELEMENT_WEIGHTS)
    elements = read_page(PAGE).elements
    expected = []
    for line in range(len(elements.of_line)):
        tokens = naive_element_tokens(elements, line)
        expected.append(sum(float(weights[token]) for token in tokens) / math.sqrt(max(len(tokens), 1)))
    assert element_linear(weights, elements).tolist() == pytest.approx(expected, abs=1e-4)


TAGS = [
    "<div>",
    "</div>",
    "<p class='lead'>",
    "</p>",
    "<a href='x'>",
    "</a>",
    "<ul id=menu>",
    "<li>",
    "</ul>",
    "<b>",
    "</b>",
    "<br>",
]
ODD_PAGES = st.lists(st.one_of(st.sampled_from([*TAGS, "Home", "Sport news", " ", "The council met."]), odd_text(max_size=4)))


@given(ODD_PAGES)
def test_what_element_tokens_give_is_what_the_element_score_sums(pieces: list[str]) -> None:
    elements = read_page("".join(pieces)).elements
    weights = counted_weights(ELEMENT_WEIGHTS)
    assume(len(elements.of_line))
    tokens, starts = element_tokens(elements)
    summed = linear(weights, tokens, starts)
    assert summed.tolist() == pytest.approx(element_linear(weights, elements).tolist(), abs=1e-4)


@given(st.lists(st.floats(-1e6, 1e6, width=32)))
def test_a_logistic_is_a_probability_that_rises_with_the_score(scores: list[float]) -> None:
    found = logistic(np.array(sorted(scores), np.float32))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= 0).all()
    assert logistic(np.zeros(1)).tolist() == [0.5]


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40), st.sampled_from([0.5, 0.9]))
def test_a_quantile_is_what_numpy_says(scores: list[float], share: float) -> None:
    values = np.array(scores, np.float32)
    assert quantile(values, share) == np.quantile(values, share)


# --- where to cut --------------------------------------------------------------------------------------------------


def expected_f1(content: Sequence[float], words: Sequence[int], kept: Sequence[bool]) -> float:
    gained = sum(p * n for p, n, keep in zip(content, words, kept, strict=True) if keep)
    taken = sum(n for n, keep in zip(words, kept, strict=True) if keep)
    return 2 * gained / max(taken + sum(p * n for p, n in zip(content, words, strict=True)), 1e-9)


SCORED_LINES = st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(0, 60)), min_size=1, max_size=9)


@settings(max_examples=400)
@given(SCORED_LINES)
def test_the_best_cut_is_as_good_as_any_choice_of_lines(scored: list[tuple[float, int]]) -> None:
    content = [probability for probability, _ in scored]
    words = [number for _, number in scored]
    cut = best_cut(np.array(content, np.float32), np.array(words, np.float32))
    assert 0 <= cut <= 1
    kept = [probability >= cut for probability in content]
    best = max(
        expected_f1(content, words, [bool(choice >> line & 1) for line in range(len(scored))])
        for choice in range(1 << len(scored))
    )
    assert expected_f1(content, words, kept) == pytest.approx(best, abs=1e-5)


def test_lines_that_are_all_alike_are_all_kept() -> None:
    for probability in (0.01, 0.5, 1.0):
        content = np.full(7, probability, np.float32)
        assert best_cut(content, np.full(7, 3, np.float32)) <= probability


def test_no_lines_and_lines_without_words_need_no_cut() -> None:
    assert best_cut(np.zeros(0, np.float32), np.zeros(0, np.float32)) == 0
    assert best_cut(np.full(3, 0.2, np.float32), np.zeros(3, np.float32)) == 0


# --- whole documents -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_models(tmp_path_factory.mktemp("models"))


def judged(text: str, models: Path, evidence: float = 0) -> chrome.Verdict:
    lines = cut_lines(text)
    return chrome.judge(text, lines, np.full(len(lines), evidence, np.float32), None, models)


LINKED = """\
* [Home](/) [Log in](/login)

# The mill

The mill on [Canal Street](/c) will open in June, the council said.

![A view of the mill](/mill.jpg)

[A card

of two lines](/b)
"""


def judged_markdown(written: str, models: Path) -> chrome.Verdict:
    read = markdown.read(written)
    assert read
    lines = cut_lines(read.text)
    links = read.links_of([(line.start, line.end) for line in lines])
    return chrome.judge(read.text, lines, np.zeros(len(lines), np.float32), None, models, links)


def test_links_are_seen_where_they_are_known(models: Path) -> None:
    plain, linked = judged(markdown.seen(LINKED), models), judged_markdown(LINKED, models)
    assert set(plain.features[:, plain.groups == chrome.REASONS.index("its links")].ravel()) == {-1}
    share, number = linked.features[:, linked.groups == chrome.REASONS.index("its links")].T
    assert share.tolist() == pytest.approx([10 / 11, 0, 12 / 61, 1, 1, 1])
    assert number.tolist() == pytest.approx(np.log1p([2, 0, 1, 1, 1, 1]).tolist())


def test_lines_of_one_link_and_of_one_code_have_one_probability(models: Path) -> None:
    one, other = judged_markdown(LINKED, models).content[-2:]
    assert one == other
    code = f"{TEXT}\n```\nSELECT 1\n\nFROM streets\n```\n"
    lines = with_code(code, cut_lines(code))
    content = chrome.judge(code, lines, np.zeros(len(lines), np.float32), None, models).content
    assert len(set(content[-4:].tolist())) == 1


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# A mill\n\nText.\n\n## More", [0]),
        ("Menu\n\nA mill\n======\n\nText.", [1, 2]),
        ("===\nA = b\n=\n", [1, 2]),
        ("#a\n", []),
    ],
)
def test_headings_of_the_first_level_are_headlines(text: str, headings: list[int], models: Path) -> None:
    assert np.flatnonzero(judged(text, models).headline).tolist()[: len(headings)] == headings


def test_a_page_has_elements_to_tell_its_headline(models: Path) -> None:
    assert not judged_page(PAGE, models).headline.any()


def judged_page(page: str, models: Path) -> chrome.Verdict:
    read = read_page(page)
    return chrome.judge(read.text, read.lines, np.zeros(len(read.lines), np.float32), read.elements, models)


def assert_sound(verdict: chrome.Verdict, number: int) -> None:
    assert verdict.content.shape == verdict.words.shape == (number,)
    assert ((verdict.content >= 0) & (verdict.content <= 1)).all()
    assert np.isfinite(verdict.features).all()
    assert verdict.features.shape == (number, len(verdict.groups))
    assert {chrome.REASONS[group] for group in verdict.groups} <= set(chrome.REASONS)


@settings(max_examples=200)
@given(text=odd_text(max_size=80))
def test_of_any_text_each_line_gets_a_probability_and_no_feature_is_infinite(text: str, models: Path) -> None:
    number = len(cut_lines(text))
    assume(number)
    assert_sound(judged(text, models), number)


@settings(max_examples=200)
@given(pieces=ODD_PAGES)
def test_of_any_page_each_line_gets_a_probability_and_no_feature_is_infinite(pieces: list[str], models: Path) -> None:
    number = len(read_page("".join(pieces)).lines)
    assume(number)
    assert_sound(judged_page("".join(pieces), models), number)


@pytest.mark.parametrize("text", ["Home", "x", "\ud800", "---", *SCRIPTS.values()])
def test_one_line_is_judged(text: str, models: Path) -> None:
    assert_sound(judged(text, models), 1)
    assert_sound(judged_page(f"<p>{text}</p>".replace("\ud800", "?"), models), 1)


def test_no_lines_are_judged_as_nothing(models: Path) -> None:
    assert judged("", models).content.shape == (0,)
    assert judged_page("<p></p>", models).content.shape == (0,)


def test_twenty_thousand_lines_are_judged(models: Path) -> None:
    assert_sound(judged("Home\nThe council met on Tuesday.\n" * 10_000, models), 20_000)
    assert_sound(judged_page("<ul><li>Home</li></ul><p>The council met on Tuesday.</p>" * 10_000, models), 20_000)


TEXT = "\n\n".join(
    f"Council widens bridge number {number}\nThe work, which costs {number} million euros, begins next spring, the mayor said."
    for number in range(12)
)


def test_a_text_is_judged_alike_each_time_and_whatever_was_judged_before(models: Path) -> None:
    expected = judged(TEXT, models)
    on_page = judged_page(PAGE, models)
    for before in ("", *SCRIPTS.values(), PAGE):
        if cut_lines(before):
            judged(before, models)
        again = judged(TEXT, models)
        assert np.array_equal(again.content, expected.content)
        assert np.array_equal(again.features, expected.features)
        assert again.kind == expected.kind
        assert np.array_equal(judged_page(PAGE, models).content, on_page.content)


def test_what_rules_say_of_lines_is_a_feature_that_counts_as_a_rule(models: Path) -> None:
    without, with_rules = judged(TEXT, models), judged(TEXT, models, evidence=1)
    changed = {
        chrome.REASONS[without.groups[column]] for column in np.flatnonzero((without.features != with_rules.features).any(0))
    }
    assert "a rule" in changed


@pytest.mark.parametrize("page", [False, True])
def test_what_is_true_of_a_line_by_itself_stands_first_among_the_features(*, page: bool) -> None:
    read = read_page("<main><p>One line, and <a href='/'>a link</a>.</p><ul><li>Two</li><li>Three</li></ul></main>")
    made = line_features(read.text, read.lines)
    number = len(read.lines)
    words, evidence, by_elements = (np.linspace(low, low + 0.3, number).astype(np.float32) for low in (0, 0.3, 0.6))
    elements = read.elements if page else None
    table, _ = context(made, words, evidence, elements, by_elements if page else None)
    expected = [made.shape, words[:, None], evidence[:, None]]
    if elements is not None:
        expected += [by_elements[:, None], _layout(elements, made.words)]
    else:
        expected.append(made.links)
    assert own_features(table, elements).tolist() == np.concatenate(expected, 1).tolist()


@pytest.mark.parametrize("html", [False, True])
def test_the_network_has_its_share_in_what_is_said_of_a_line(models: Path, *, html: bool) -> None:
    text = "Skip to content\nThe council met on Tuesday, and sat for long.\nShare this"
    read = read_page("".join(f"<p>{line}</p>" for line in text.splitlines()))
    made = line_features(read.text, read.lines)
    model = chrome.load(models, "html" if html else "text")
    elements = read.elements if html else None
    features, _ = model_features(model.words, model.elements, made, np.zeros(len(read.lines), np.float32), elements)
    trees = model.trees.score(features)
    network = model.network.score(own_features(features, elements), made.words + np.float32(0.5))
    assert len(set(network.tolist())) > 1
    heard = np.clip(network, -NETWORK_MOST, NETWORK_MOST)
    mixed = trees + (heard - trees) * NETWORK_SHARE
    assert odds(model, features, made, elements).tolist() == pytest.approx(mixed.tolist(), abs=1e-5)


def test_reasons_name_what_there_is_to_name(models: Path) -> None:
    for verdict in (judged(TEXT, models), judged_page(PAGE, models)):
        told = verdict.reasons(range(len(verdict.content)))
        assert len(told) == len(verdict.content)
        assert {reason for one in told for reason in one.split(" and ")} <= {*chrome.REASONS, "all taken together"}
        assert verdict.reasons([]) == []


def test_the_sure_cut_is_the_one_of_the_weights_and_the_other_the_best(models: Path) -> None:
    verdict = judged(TEXT, models)
    sure = chrome.load(models, "text").sure
    assert verdict.cut(only_sure=True) == sure == 0.02
    best = best_cut(verdict.content, verdict.words)
    assert verdict.cut(only_sure=False) == best


def test_a_folder_of_weights_has_a_name_by_its_bytes(models: Path, tmp_path: Path) -> None:
    toy_models(tmp_path / "same")
    toy_models(tmp_path / "other", seed=1)
    assert chrome.digest(tmp_path / "same") == chrome.digest(models) != chrome.digest(tmp_path / "other")


def test_weights_that_would_execute_something_are_not_read(tmp_path: Path) -> None:
    toy_models(tmp_path)
    with np.load(tmp_path / "chrome-text.npz") as read:
        arrays = dict(read)
    np.savez(tmp_path / "chrome-text.npz", **{**arrays, "kinds": np.array([object()], object)})
    with pytest.raises(ValueError, match="allow_pickle"):
        chrome.load(tmp_path, "text")


@pytest.mark.parametrize("page", [False, True], ids=["text", "page"])
def test_ten_times_the_lines_take_less_than_twenty_times_the_time(models: Path, *, page: bool) -> None:
    def seconds(lines: int) -> float:
        random.seed(3)
        pieces = [random.choice(["Home", "Read more", "The council met on Tuesday, the mayor said."]) for _ in range(lines)]
        text = "".join(f"<div><p>{piece}</p></div>" for piece in pieces) if page else "\n".join(pieces)
        times = []
        for _ in range(3):
            read = read_page(text) if page else None
            cut = read.lines if read else cut_lines(text)
            evidence = np.zeros(len(cut), np.float32)
            started = time.process_time()
            chrome.judge(read.text if read else text, cut, evidence, read.elements if read else None, models)
            times.append(time.process_time() - started)
        return min(times)

    seconds(10)
    assert seconds(20_000) < 20 * seconds(2_000)


def test_one_line_of_ten_times_the_length_takes_less_than_twenty_times_the_time(models: Path) -> None:
    def seconds(words: int) -> float:
        text = "council " * words
        return cpu_seconds(lambda: judged(text, models))

    seconds(10)
    assert seconds(500_000) < 20 * seconds(50_000)
