"""The signals of a text: each by hand in five scripts, and on whatever else comes along."""

import json
import math
import random
import time
import tracemalloc
from collections import Counter
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import odd_text

from cleaner.signals import ALWAYS, DEFINITIONS, LINE_DEFINITIONS, Survey, counts, measure, measure_all, measure_lines, surveys
from cleaner.signals.stopwords import STOP_WORDS
from cleaner.signals.survey import UNITS
from cleaner.text import cut_lines

# By language three words of 3, 5 and 4 letters, and two stop words.
WORDS = {
    "en": ("cat", "house", "tree", "the", "of"),
    "ru": ("кот", "домик", "лист", "и", "в"),
    "el": ("ναι", "δρόμο", "φύλα", "και", "το"),
    "ar": ("قلم", "مدرسة", "كتاب", "في", "من"),
    "he": ("בית", "ספריה", "ילדה", "של", "את"),
}
CASED = {"en", "ru", "el"}

# Twelve different tokens, of 3, 5, 4, 8, 8, 7, 7, 9, 9, 6, 10 and 8 letters.
TWELVE = "① ② ③ ①② ②① ③① ①③ ②③ ③② ①① ②② ③③"


def twice(number: int) -> str:
    """So many of the twelve, a digit, and the same once more."""
    part = " ".join(TWELVE.split()[:number])
    return f"{part} 7 {part}"


# Signal, text and value. ① ② ③ stand for the words of 3, 5 and 4 letters, ④ ⑤ for the stop words.
BY_HAND = [
    ("words", "① ②\n③", 3),
    ("lines", "①\n\n ② \n", 2),
    ("characters", "① ②", 9),
    ("tokens", "① ②, ③.", 5),
    ("tokens", "(①-②) ③! 5km", 9),
    ("word_tokens", "① ②, ③.", 3),
    ("sentences", "① ②. ③ ①! ②\n③", 4),
    ("sentences", "① ②.) ③… ①?", 2),
    ("paragraphs", "①\n②\n\n③\n \n①", 3),
    ("mean_word_length", "① ②, ③.", 4),
    ("median_word_length", "① ② ②.", 5),
    ("median_word_length", "① ③", 3.5),
    ("longest_word", "①-② ③", 9),
    ("alphabetic_share", "① 12 ② !", Fraction(1, 2)),
    ("hashes_per_token", "# ① ② #", Fraction(1, 2)),
    ("ellipses_per_token", "①... ② …", Fraction(1, 2)),
    ("symbol_share", "① ☺ ② #", Fraction(2, 10)),
    ("digit_share", "① 12 ②", Fraction(2, 10)),
    ("whitespace_share", "① ②\n", Fraction(2, 10)),
    ("bracket_share", "(①) ②", Fraction(2, 10)),
    ("stop_words", "④ ① ⑤ ④ ②", 2),
    ("stop_words", "① ② ③ ④", 1),
    ("stop_word_share", "④ ① ⑤ ④ ②", Fraction(3, 5)),
    ("bullet_line_share", "• ①\n- ②\n③\n①", Fraction(1, 2)),
    ("ellipsis_line_share", "①...\n②…\n③..\n①", Fraction(1, 2)),
    ("end_mark_line_share", "①.\n②! \n③\n①,", Fraction(1, 2)),
    ("short_line_share", "①\n②②②②②②\n②②②②②②①", Fraction(2, 3)),  # 3, 30 and 33 characters
    ("line_breaks_per_token", "①\r\n\n②\n③ ①\n", 1),
    ("duplicate_line_share", "①\n②\n①\n①", Fraction(1, 2)),
    ("duplicate_line_character_share", "①\n②\n①\n①", Fraction(6, 17)),
    ("duplicate_paragraph_share", "①\n②\n\n③\n\n①\n②", Fraction(1, 3)),
    ("duplicate_paragraph_character_share", "①\n②\n\n③\n\n①\n②", Fraction(9, 26)),
    ("near_duplicate_paragraph_share", f"{TWELVE}\n\n{TWELVE} ③", Fraction(1, 2)),
    ("near_duplicate_paragraph_share", f"{TWELVE}\n\n③ ① ② ③ ① ② ③ ① ② ③ ① ② ③ ① ② ③ ① ②", 0),
    ("top_2_gram_share", "① ② ③ ① ②", Fraction(2 * 9, 24)),
    ("top_3_gram_share", "① ② ③ ① ② ③", Fraction(2 * 14, 29)),
    ("top_4_gram_share", "① ② ③ ① 1 ① ② ③ ①", Fraction(2 * 18, 39)),
    ("duplicate_5_gram_share", twice(5), Fraction(28, 67)),
    ("duplicate_6_gram_share", twice(6), Fraction(35, 83)),
    ("duplicate_7_gram_share", twice(7), Fraction(42, 99)),
    ("duplicate_8_gram_share", twice(8), Fraction(51, 119)),
    ("duplicate_9_gram_share", twice(9), Fraction(60, 139)),
    ("duplicate_10_gram_share", twice(10), Fraction(66, 153)),
    ("policy_lines", "① Privacy Policy\n②\ruse cookies, use of cookies", 2),
    ("javascript_lines", "① JavaScript javascript\n②\njavascript", 2),
    ("lorem_ipsum", "① Lorem Ipsum ②", 1),
    ("braces", "① { ② } {", 2),
    ("urls", "http://x.org ① www.y.org https://www.z.org", 3),
]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(("signal", "text", "value"), BY_HAND)
def test_each_signal_is_what_it_is_by_hand_in_five_scripts(
    signal: str, text: str, value: float | Fraction, language: str
) -> None:
    for placeholder, word in zip("①②③④⑤", WORDS[language], strict=True):
        text = text.replace(placeholder, word)
    assert measure(text, language)[signal] == pytest.approx(float(value))


@pytest.mark.parametrize("language", WORDS)
def test_capitals_are_counted_where_a_script_has_them(language: str) -> None:
    first, second, third, *_ = WORDS[language]
    found = measure(f"{first.upper()} {second} {third} 12", language)
    assert found["uppercase_share"] == pytest.approx(3 / 12 if language in CASED else 0)
    assert found["uppercase_token_share"] == pytest.approx(1 / 4 if language in CASED else 0)


def test_every_signal_has_a_case_by_hand() -> None:
    by_hand = {signal for signal, *_ in BY_HAND} | {"uppercase_share", "uppercase_token_share"}
    assert by_hand == set(DEFINITIONS)
    assert set(measure("A word.", "en")) == set(DEFINITIONS)


def test_scripts_without_spaces_count_words_by_their_characters() -> None:
    chinese = measure("今天天气很好。我们去公园。", "zh")
    assert chinese["words"] == 1
    assert chinese["word_tokens"] == 5  # 11 ideographs, a half each
    assert chinese["tokens"] == 7  # and two full stops
    assert chinese["sentences"] == 2
    assert chinese["alphabetic_share"] == pytest.approx(5.5 / 7.5)
    assert "mean_word_length" not in chinese
    assert "stop_words" not in chinese
    thai = measure("วันนี้อากาศดี", "th")
    assert thai["word_tokens"] == 3  # nine letters, a third each; vowels above and below belong to them
    assert measure("ひらがな漢字", "ja")["word_tokens"] == 3
    assert measure("東京 Tokyo", "ja")["mean_word_length"] == 5  # of the words that spaces part


def test_wide_characters_count_as_two_in_lengths() -> None:
    assert measure("한국어 문장", "ko")["mean_word_length"] == 5  # three and two syllables
    assert measure("漢" * 15 + "\n" + "漢" * 16, "zh")["short_line_share"] == 0.5


def test_repetition_is_seen_in_scripts_without_spaces_wherever_it_begins() -> None:
    sentence = "我们今天一起去公园看花"
    assert measure(f"{sentence}啊{sentence}", "zh")["duplicate_10_gram_share"] == pytest.approx(10 / 23)


def test_lengths_of_words_and_shares_are_nought_where_there_is_nothing() -> None:
    for text in ("", " \n\t", "!!! ???"):
        found = measure(text, "en")
        assert found["mean_word_length"] == found["alphabetic_share"] == found["stop_words"] == 0
        assert set(found) == set(DEFINITIONS)


def tokens(text: str) -> list[str]:
    survey = Survey(text)
    return [text[a - 1 : b - 1] for a, b in zip(survey.token_starts, survey.token_ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("don't you’re Ann's", "do n't you ’re Ann 's"),
        ("(well-known, 3-4) [x]!", "( well - known , 3 - 4 ) [ x ] !"),
        ("Dr. No of the U.S. left.", "Dr. No of the U.S. left ."),
        ("end.Next e.g. this...that…", "end . Next e.g. this ... that …"),
        ("see https://a.org/b-c?d=e, x@y.org", "see https://a.org/b-c?d=e , x@y.org"),
        ("$5.50 29+ 20% 5km", "$ 5.50 29 + 20 % 5 km"),
        ("a--b --help ---", "a -- b --help ---"),
        ("☺hi☺", "☺ hi ☺"),
        ("«Да», — сказал он.", "« Да » , — сказал он ."),
        ("abc中文。ก็", "abc 中 文 。 ก็"),
    ],
)
def test_tokens_are_cut_as_the_rules_say(text: str, cut: str) -> None:
    assert tokens(text) == cut.split(" ")


def test_tokens_of_english_prose_are_those_of_spacy() -> None:
    spacy = pytest.importorskip("spacy")
    from cleaner.bench.cases import load

    cut = spacy.blank("en")
    same = total = 0
    for page in load(None).pages:
        if page.language == "en":
            theirs = [token.text for token in cut(page.content) if not token.is_space]
            ours = tokens(page.content)
            survey = {*pairwise(ours)}
            same += sum(pair in survey for pair in pairwise(theirs))
            total += max(len(theirs) - 1, 0)
    assert total > 1_000
    assert same >= 0.99 * total


@given(st.lists(st.sampled_from("ab"), max_size=60))
def test_sequences_are_counted_as_a_plain_loop_counts_them(words: list[str]) -> None:
    text = " ".join(words)
    found = measure(text, "en")
    for size in (2, 3, 4):
        grams = [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]
        most = max(map(grams.count, grams), default=0)
        assert found[f"top_{size}_gram_share"] == pytest.approx(most * (2 * size - 1) / max(len(text), 1))
    for size in range(5, 11):
        seen: set[str] = set()
        total = at = 0
        while at + size <= len(words):
            gram = "".join(words[at : at + size])
            total += size * (gram in seen)
            at += size if gram in seen else 1
            seen.add(gram)
        assert found[f"duplicate_{size}_gram_share"] == pytest.approx(total / max(len(text), 1))


@given(odd_text(max_size=80))
def test_any_text_has_signals_that_json_can_hold(text: str) -> None:
    found = measure(text, "en")
    json.dumps(found, allow_nan=False)
    assert all(isinstance(value, int | float) and value >= 0 for value in found.values())
    assert all(float(value) <= 1 for name, value in found.items() if name.endswith("_share") and "gram" not in name)
    lines = cut_lines(text)
    assert {name: found[name] for name in ALWAYS} == counts(text, len(lines))
    survey = Survey(text)
    assert [(line.start + 1, line.end + 1) for line in lines] == list(
        zip(survey.lines.starts.tolist(), survey.lines.ends.tolist(), strict=True)
    )
    assert "".join(tokens(text)) == "".join(text.split())


@given(st.lists(odd_text(max_size=60), max_size=6), st.lists(st.sampled_from([None, "en", "fr", "zh", "xx"]), min_size=6))
def test_texts_measured_together_have_the_signals_of_each_by_itself(texts: list[str], languages: list[str | None]) -> None:
    texts = [*texts, *texts[:2]]  # what stands in two texts is no duplicate
    languages = [*languages, *languages][: len(texts)]
    alone = [measure(text, language) for text, language in zip(texts, languages, strict=True)]
    together = measure_all(Survey(*texts), languages)
    assert together == alone
    assert [[*map(type, found.values())] for found in together] == [[*map(type, found.values())] for found in alone]


def test_texts_are_surveyed_together_up_to_a_size_and_longer_ones_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.signals.survey.SURVEY_CHARACTERS", 10)
    texts = ["", "one", "three", "a text of more", "two", "no more than"]
    assert [survey.texts for survey in surveys(texts)] == [
        ("", "one", "three"),
        ("a text of more",),
        ("two",),
        ("no more than",),
    ]
    assert list(surveys([])) == []


@given(st.lists(odd_text(max_size=60), max_size=5))
def test_lines_of_texts_measured_together_are_those_of_each(texts: list[str]) -> None:
    survey = Survey(*texts)
    alone = [measure_lines(Survey(text)) for text in texts]
    for name, values in measure_lines(survey).items():
        assert values.tolist() == [value for found in alone for value in found[name].tolist()]
    assert survey.line_bounds.tolist() == [0, *accumulate(len(found["words"]) for found in alone)]


@pytest.mark.parametrize("vocabulary", [2, 60, 1_000, 100_000])
def test_sequences_of_a_long_text_are_counted_right_among_many_others(vocabulary: int) -> None:
    choose = random.Random(vocabulary)
    words = [f"{choose.randrange(vocabulary):05}" for _ in range(4_000)]
    text = " ".join(words)
    found = measure(text)
    for size in (2, 3, 4):
        most = max(Counter(zip(*(words[at:] for at in range(size)), strict=False)).values())
        assert found[f"top_{size}_gram_share"] == most * (6 * size - 1) / len(text)


@given(odd_text(max_size=80))
def test_lines_have_the_signals_of_lines(text: str) -> None:
    found = measure_lines(Survey(text))
    lines = cut_lines(text)
    assert set(found) == set(LINE_DEFINITIONS)
    assert found["words"].tolist() == [len(text[line.start : line.end].split()) for line in lines]
    assert found["characters"].tolist() == [line.end - line.start for line in lines]
    assert all(math.isfinite(value) for values in found.values() for value in values)


def test_signals_of_lines_by_hand() -> None:
    found = measure_lines(Survey("THE End.\n\n12:30 / 7\n“Yes.”\nand so on...\n漢字。"))
    assert found["words"].tolist() == [2, 3, 1, 3, 1]
    assert found["characters"].tolist() == [8, 9, 6, 12, 3]
    assert found["longest_word"].tolist() == [4, 5, 6, 5, 3]
    assert found["uppercase_share"].tolist() == pytest.approx([4 / 6, 0, 1 / 3, 0, 0])
    assert found["digit_share"].tolist() == [0, 1, 0, 0, 0]
    assert found["ends_sentence"].tolist() == [1, 0, 1, 0, 1]


HOSTILE = {
    "one line of words": "word ",
    "one word": "x",
    "short lines": "a\n",
    "blank lines": "\n",
    "no letters": "12 / 34 ",
    "emoji": "😀",
    "lone surrogates": "\ud800 \udfff",
    "from right to left": "שלום עולם ",
    "marks": "'.\"",
    "contractions": "n't's ",
    "abbreviations": "e.g. ",
    "ideographs": "中文",
    "javascript": "javascript\n",
    "combining": "a\u0301",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_take_linear_time_and_memory(piece: str) -> None:
    measure(piece, "en")
    seconds = []
    for size in (20_000, 160_000):
        text = (piece * (size // len(piece) + 1))[:size]
        start = time.process_time()
        json.dumps(measure(text, "en"), allow_nan=False)
        seconds.append(time.process_time() - start)
    assert seconds[1] < 30 * seconds[0] + 0.2
    tracemalloc.start()
    measure((piece * 40_000)[:40_000], "en")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000 * 250


def test_a_long_token_is_told_apart_by_its_beginning_and_its_length() -> None:
    start = "x" * 2_000
    survey = Survey(f"{start}a {start}b {start}bb")
    assert survey.token_hashes[0] == survey.token_hashes[1] != survey.token_hashes[2]


def test_equal_tokens_have_equal_hashes_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"word{number % 97}" for number in range(2_000)]
    text = " ".join(words)
    whole = Survey(text).token_hashes
    monkeypatch.setattr("cleaner.signals.hashing.BLOCK_CHARACTERS", 64)
    assert (Survey(text).token_hashes == whole).all()
    assert len(set(whole.tolist())) == 97


def test_stop_words_are_lists_of_different_words_that_stand_alone() -> None:
    for language, listed in STOP_WORDS.items():
        words = listed.split()
        assert len(set(words)) == len(words) >= 8, language
        assert tokens(listed) == words, language
    assert len(STOP_WORDS) >= 50


def test_a_text_of_unknown_language_is_held_to_the_english_stop_words() -> None:
    assert measure("the house of the cat")["stop_words"] == 2


def test_units_are_cut_off_numbers_alone() -> None:
    assert tokens(f"5{UNITS[0]} x{UNITS[0]} 5{UNITS[0]}x") == ["5", UNITS[0], f"x{UNITS[0]}", f"5{UNITS[0]}x"]
