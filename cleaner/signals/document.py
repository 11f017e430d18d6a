"""The signals of a document and of its lines: what the field's filters look at, each by one stated definition."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cleaner.signals.characters import Kind
from cleaner.signals.phrases import POLICY_PHRASES, Phrases
from cleaner.signals.repetition import DUPLICATE_SIZES, TOP_SIZES, repetition
from cleaner.signals.stopwords import stop_words
from cleaner.signals.survey import (
    CAPITAL,
    CONTENT,
    IDEOGRAPH,
    LETTER,
    SMALL,
    STOP,
    UNSPACED,
    Column,
    Survey,
    numbers_of,
    shares,
    sizes,
)

Signals = dict[str, float | int | str]

BEFORE = "before."
"""Stands in results before the names of signals of the text as it came."""
SHORT_LINE_WIDTH = 30
"""FineWeb's: a line of at most so many characters is short."""
BULLETS = "•‣◦▪▫■□●○▶◀-*"
"""What begins a line that is an item of a list; datatrove knows the first and the hyphen, RedPajama most of the others."""

_GOPHER = "Gopher, Rae et al. 2021, arXiv 2112.11446"
_C4 = "C4, Raffel et al. 2020, arXiv 1910.10683"
_FINEWEB = "FineWeb, Penedo et al. 2024, arXiv 2406.17557"
_REFINEDWEB = "RefinedWeb, Penedo et al. 2023, arXiv 2306.01116"
_REDPAJAMA = "RedPajama-V2, Weber et al. 2024, arXiv 2411.12372"
_CCNET = "CCNet, Wenzek et al. 2020, arXiv 1911.00359"
_OURS = "this toolkit"

ALWAYS: Mapping[str, str] = {
    "words": f"what stands between white space ({_OURS})",
    "lines": f"lines that are not blank ({_OURS})",
    "characters": f"code points, white space included ({_OURS})",
}
"""What is counted in every document, with what it means."""

DEFINITIONS: Mapping[str, str] = {
    **ALWAYS,
    "tokens": f"words and marks, cut as spaCy cuts them; see `cleaner.signals.survey` for scripts without spaces ({_GOPHER})",
    "word_tokens": f"tokens with anything but punctuation in them ({_GOPHER}: number of words)",
    "sentences": f"sentence ends (a full stop or another end mark as a token of its own) and ends of lines ({_C4})",
    "paragraphs": f"runs of lines with no blank line between them ({_GOPHER})",
    "mean_word_length": f"mean width of word tokens, Han, kana and Hangul as two; not of scripts without spaces ({_GOPHER})",
    "median_word_length": f"the median of the same ({_OURS})",
    "longest_word": f"characters of the longest word between white space ({_C4})",
    "alphabetic_share": f"tokens with a letter in them, of all tokens ({_GOPHER})",
    "hashes_per_token": f"number signs (#) for each token ({_GOPHER})",
    "ellipses_per_token": f"... and … for each token ({_GOPHER})",
    "symbol_share": f"symbols (Unicode's S, and #) of the characters that are not white space ({_OURS})",
    "digit_share": f"digits of the characters that are not white space ({_REDPAJAMA})",
    "uppercase_share": f"capitals of all letters ({_REFINEDWEB})",
    "uppercase_token_share": f"tokens of two characters and more whose letters are capitals, of all tokens ({_REDPAJAMA})",
    "whitespace_share": f"white space of all characters ({_OURS})",
    "bracket_share": f"opening and closing brackets of the characters that are not white space ({_OURS})",
    "stop_words": f"different stop words of its language, in small letters; not where none are known ({_GOPHER})",
    "stop_word_share": f"stop words of all tokens, capitalised ones included ({_REDPAJAMA})",
    "bullet_line_share": f"lines that begin with a bullet, a hyphen or an asterisk ({_GOPHER})",
    "ellipsis_line_share": f"lines that end with ... or … ({_GOPHER})",
    "end_mark_line_share": f"lines that end with a mark that ends sentences (Unicode's Sentence_Terminal) ({_FINEWEB})",
    "short_line_share": f"lines of a width of {SHORT_LINE_WIDTH} or less, Han, kana and Hangul as two ({_FINEWEB})",
    "line_breaks_per_token": f"line breaks for each token ({_FINEWEB})",
    "duplicate_line_share": f"lines that have stood before, of all lines ({_GOPHER})",
    "duplicate_line_character_share": f"their characters, of all ({_GOPHER}, {_FINEWEB})",
    "duplicate_paragraph_share": f"paragraphs that have stood before, of all paragraphs ({_GOPHER})",
    "duplicate_paragraph_character_share": f"their characters, of all ({_GOPHER})",
    "near_duplicate_paragraph_share": "paragraphs of which 80% of the 4-grams, 8 at least, stand in earlier ones "
    "(containment, Broder 1997)",
    **{
        f"top_{size}_gram_share": f"characters of the most frequent sequence of {size} tokens, of all ({_GOPHER})"
        for size in TOP_SIZES
    },
    **{
        f"duplicate_{size}_gram_share": f"characters in sequences of {size} tokens that have stood before, of all ({_GOPHER})"
        for size in DUPLICATE_SIZES
    },
    "policy_lines": f"lines with one of the phrases {', '.join(map(repr, POLICY_PHRASES))}, in any case ({_C4})",
    "javascript_lines": f"lines with the word “javascript”, in any case ({_C4})",
    "lorem_ipsum": f"how often “lorem ipsum” stands there, in any case ({_C4})",
    "braces": f"opening curly brackets ({_C4})",
    "urls": f"addresses: `://`, and `www.` without it ({_OURS})",
}
"""What every signal of a text means, and whose it is."""

FROM_CLEANING: Mapping[str, str] = {
    "language_certainty": f"the language detector's certainty, 0 to 1 ({_CCNET})",
    "garbled": f"chance that a machine has garbled the main content, 0 to 1; 0 in languages without data ({_OURS})",
    "chrome_share": f"characters on lines that the chrome model holds for site chrome; not where it was not asked ({_OURS})",
    "removed_share": f"words that cleaning dropped, of all ({_OURS})",
}
"""What every signal of a document means that is no signal of its text alone; `removed_share.ID` counts what the rules dropped
whose ids begin so, of the words that all other rules left."""

LINE_DEFINITIONS: Mapping[str, str] = {
    "words": f"what stands between white space ({_C4})",
    "characters": f"code points ({_OURS})",
    "longest_word": f"characters of the longest word ({_C4})",
    "uppercase_share": f"capitals of all letters ({_REFINEDWEB})",
    "digit_share": f"digits of the characters that are neither white space nor marks ({_REFINEDWEB})",
    "ends_sentence": f"1 where it ends with an end mark or a quotation mark and not with an ellipsis, else 0 ({_C4})",
}
"""What every signal of a line means, and whose it is."""


def counts(text: str, lines: int) -> Signals:
    """The signals of `ALWAYS`; `lines` is how many there are."""
    return {"words": len(text.split()), "lines": lines, "characters": len(text)}


def measure(text: str, language: str | None = None) -> Signals:
    """The signals of `DEFINITIONS`, of any text. Time and memory are linear: 30 bytes for each character of prose, at most 160.

    Shares are 0 to 1, and 0 where there is nothing that they could be a share of; those of the most frequent sequences go
    beyond 1 where occurrences overlap. Left out are those that do not apply: lengths of words in a text all in scripts without
    spaces, and stop words of a `language`, ISO 639-1, that has no list.
    """
    return measure_all(Survey(text), [language])[0]


def measure_all(survey: Survey, languages: Sequence[str | None]) -> list[Signals]:
    """As `measure`, of each text of the survey, with the language of each."""
    columns = list(_signals(survey, languages))
    texts = range(len(survey.texts))
    return [{name: value for name, column in columns if (value := column[number]) is not None} for number in texts]


def _signals(survey: Survey, languages: Sequence[str | None]) -> Iterator[tuple[str, Column]]:
    """Each signal with its value for each text; None where it does not apply."""
    bounds = survey.line_bounds.tolist()
    lines = sizes(bounds)
    phrases = [Phrases(text) for text in survey.texts]
    yield "words", sizes(survey.bounds(survey.word_starts).tolist())
    yield "lines", lines
    yield "characters", [len(text) for text in survey.texts]
    yield "paragraphs", sizes(survey.bounds(survey.lines.starts[survey.paragraph_lines]).tolist())
    yield "sentences", _sentences(survey)
    yield from _words(survey, phrases)
    yield from _characters(survey)
    yield from stop_words(survey, languages)
    last = survey.kinds[survey.lines.ends - 1]
    for name, wanted in {
        "bullet_line_share": _BULLET.take(survey.codes[survey.lines.starts], mode="clip"),
        "ellipsis_line_share": _ellipsis_ends(survey),
        "end_mark_line_share": (last == Kind.PERIOD) | (last == Kind.END),
        "short_line_share": survey.widths(survey.lines.starts, survey.lines.ends) <= SHORT_LINE_WIDTH,
    }.items():
        yield name, shares(numbers_of(wanted, bounds), lines)
    yield from repetition(survey)
    yield from _phrases(phrases)


_BULLET = np.zeros(max(map(ord, BULLETS)) + 2, np.bool_)
_BULLET[list(map(ord, BULLETS))] = True


def _words(survey: Survey, phrases: Sequence[Phrases]) -> Iterator[tuple[str, Column]]:
    bits = survey.token_bits
    content = (bits & CONTENT) > 0
    tokens = survey.weights()
    yield "tokens", [int(number) for number in tokens]
    yield "word_tokens", [int(number) for number in survey.weights(content)]
    yield from _word_lengths(survey, content)
    yield "alphabetic_share", shares(survey.weights((bits & LETTER) > 0), tokens)
    yield "hashes_per_token", shares([of_text[Kind.HASH] for of_text in survey.counts], tokens)
    ellipses = [counts[Kind.ELLIPSIS] + of_text.number("...") for counts, of_text in zip(survey.counts, phrases, strict=True)]
    yield "ellipses_per_token", shares(ellipses, tokens)
    capitals = ((bits & (CAPITAL | SMALL)) == CAPITAL) & (survey.token_ends - survey.token_starts > 1)
    yield "uppercase_token_share", shares(survey.weights(capitals), tokens)
    yield "line_breaks_per_token", shares([of_text[Kind.BREAK] for of_text in survey.counts], tokens)


def _word_lengths(survey: Survey, content: npt.NDArray[np.bool_]) -> Iterator[tuple[str, Column]]:
    spaced = content & (survey.token_bits & (IDEOGRAPH | UNSPACED) == 0) if survey.has_unspaced else content
    starts = survey.token_starts[spaced]
    widths = survey.widths(starts, survey.token_ends[spaced])
    means: list[float | None] = []
    medians: list[float | None] = []
    of_texts = zip(pairwise(survey.bounds(starts).tolist()), pairwise(survey.token_bounds.tolist()), strict=True)
    for (start, end), tokens in of_texts:
        if start < end:
            lengths = widths[start:end]
            middle = [(end - start - 1) // 2, (end - start) // 2]
            means.append(int(lengths.sum()) / (end - start))
            medians.append(int(np.partition(lengths, middle)[middle].sum()) / 2)
        else:
            nothing = None if content[slice(*tokens)].any() else 0.0
            means.append(nothing)
            medians.append(nothing)
    yield "mean_word_length", means
    yield "median_word_length", medians
    words = survey.word_ends - survey.word_starts
    of_words = pairwise(survey.bounds(survey.word_starts).tolist())
    yield "longest_word", [int(words[start:end].max()) if start < end else 0 for start, end in of_words]


def _characters(survey: Survey) -> Iterator[tuple[str, Column]]:
    def numbers(*kinds: int) -> list[int]:
        return [sum(of_text[kind] for kind in kinds) for of_text in survey.counts]

    white = numbers(Kind.SPACE, Kind.BREAK)
    lengths = [len(text) for text in survey.texts]
    inked = [length - number for length, number in zip(lengths, white, strict=True)]
    letters = numbers(Kind.LOWER, Kind.UPPER, Kind.LETTER, Kind.SYLLABLE, Kind.IDEOGRAPH, Kind.UNSPACED)
    symbols = numbers(Kind.SYMBOL, Kind.INNER, Kind.CURRENCY, Kind.EQUALS, Kind.PLUS, Kind.HASH)
    yield "symbol_share", shares(symbols, inked)
    yield "digit_share", shares(numbers(Kind.DIGIT), inked)
    yield "uppercase_share", shares(numbers(Kind.UPPER), letters)
    yield "whitespace_share", shares(white, lengths)
    yield "bracket_share", shares(numbers(Kind.OPEN, Kind.CLOSE), inked)


def _sentences(survey: Survey) -> list[int]:
    """Ends of lines, and inside lines the places where content follows an end mark; marks between the two do not count."""
    bits = survey.token_bits
    content = np.flatnonzero(bits & CONTENT)
    stops = np.flatnonzero((bits & (STOP | CONTENT)) == STOP)
    following = np.searchsorted(content, stops)
    stops, following = stops[following < len(content)], following[following < len(content)]
    next_content = content[following]
    starts = survey.token_starts
    line_starts = survey.lines.starts
    same = np.searchsorted(line_starts, starts[stops], "right") == np.searchsorted(line_starts, starts[next_content], "right")
    inner = next_content[same]
    inner = inner[np.diff(inner, prepend=-1) > 0]
    ends = np.searchsorted(inner, survey.token_bounds) + survey.line_bounds
    return sizes(ends.tolist())


def _ellipsis_ends(survey: Survey) -> npt.NDArray[np.bool_]:
    ends, kinds = survey.lines.ends, survey.kinds
    period = kinds[ends - 1] == Kind.PERIOD
    dots = period & (kinds[ends - 2] == Kind.PERIOD) & (kinds[np.maximum(ends - 3, 0)] == Kind.PERIOD)
    result: npt.NDArray[np.bool_] = (kinds[ends - 1] == Kind.ELLIPSIS) | dots
    return result


def _phrases(phrases: Sequence[Phrases]) -> Iterator[tuple[str, Column]]:
    yield "policy_lines", [of_text.lines_with(*POLICY_PHRASES) for of_text in phrases]
    yield "javascript_lines", [of_text.lines_with("javascript") for of_text in phrases]
    yield "lorem_ipsum", [of_text.number("lorem ipsum") for of_text in phrases]
    yield "braces", [of_text.number("{") for of_text in phrases]
    yield "urls", [of_text.number("://") + of_text.number("www.") - of_text.number("://www.") for of_text in phrases]


def measure_lines(survey: Survey) -> Mapping[str, npt.NDArray[np.float64]]:
    """The signals of `LINE_DEFINITIONS`, each with an element for every line that is not blank, in order."""
    starts, ends = survey.lines.starts, survey.lines.ends
    lengths = survey.word_ends - survey.word_starts
    first_word = np.searchsorted(survey.word_starts, starts)
    last = survey.kinds[ends - 1]
    closing = (last == Kind.PERIOD) | (last == Kind.END) | (last == Kind.QUOTE) | (last == Kind.APOSTROPHE)
    closing &= ~_ellipsis_ends(survey)
    kinds = survey.kinds
    letters = _in_lines(survey, (kinds >= Kind.LOWER) & (kinds <= Kind.UNSPACED))
    content = _in_lines(survey, (kinds >= Kind.OTHER) & (kinds < Kind.PERIOD))
    return {
        "words": survey.lines.words.astype(np.float64),
        "characters": (ends - starts).astype(np.float64),
        "longest_word": np.maximum.reduceat(lengths, first_word).astype(np.float64) if len(starts) else np.zeros(0),
        "uppercase_share": _in_lines(survey, kinds == Kind.UPPER) / np.maximum(letters, 1),
        "digit_share": _in_lines(survey, kinds == Kind.DIGIT) / np.maximum(content, 1),
        "ends_sentence": closing.astype(np.float64),
    }


def _in_lines(survey: Survey, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How many of the wanted characters, none of them white space, each line has."""
    if not len(survey.lines.starts):
        return np.zeros(0, np.int64)
    return np.add.reduceat(wanted, survey.lines.starts, dtype=np.int64)
