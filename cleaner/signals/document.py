"""The signals of a document and of its lines: what the field's filters look at, each by one stated definition."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from cleaner.signals.characters import Kind
from cleaner.signals.repetition import DUPLICATE_SIZES, TOP_SIZES, repetition
from cleaner.signals.stopwords import stop_words
from cleaner.signals.survey import CAPITAL, CONTENT, IDEOGRAPH, LETTER, SMALL, STOP, UNSPACED, Survey

Signals = dict[str, float | int | str]

SHORT_LINE_WIDTH = 30
"""FineWeb's: a line of at most so many characters is short."""
BULLETS = "•‣◦▪▫■□●○▶◀-*"
"""What begins a line that is an item of a list; datatrove knows the first and the hyphen, RedPajama most of the others."""
POLICY_PHRASES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
"""C4's, from its code."""

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
    "garbled": f"chance that a machine has garbled the text, 0 to 1; 0 in languages without data ({_OURS})",
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


def measure(text: str | Survey, language: str | None = None) -> Signals:
    """The signals of `DEFINITIONS`, of any text. Time and memory are linear: 25 bytes for each character of prose, at most 150.

    Shares are 0 to 1, and 0 where there is nothing that they could be a share of; those of the most frequent sequences go
    beyond 1 where occurrences overlap. Left out are those that do not apply: lengths of words in a text all in scripts without
    spaces, and stop words of a `language`, ISO 639-1, that has no list.
    """
    return dict(_signals(text if isinstance(text, Survey) else Survey(text), language))


def _signals(survey: Survey, language: str | None) -> Iterator[tuple[str, float | int]]:
    lines = max(len(survey.lines.starts), 1)
    yield "words", len(survey.word_starts)
    yield "lines", len(survey.lines.starts)
    yield "characters", len(survey.text)
    yield "paragraphs", len(survey.paragraph_lines)
    yield "sentences", _sentences(survey)
    yield from _words(survey)
    yield from _characters(survey)
    yield from stop_words(survey, language)
    yield "bullet_line_share", _count(_BULLET.take(survey.codes[survey.lines.starts], mode="clip")) / lines
    yield "ellipsis_line_share", _count(_ellipsis_ends(survey)) / lines
    last = survey.kinds[survey.lines.ends - 1]
    yield "end_mark_line_share", _count((last == Kind.PERIOD) | (last == Kind.END)) / lines
    yield "short_line_share", _count(survey.widths(survey.lines.starts, survey.lines.ends) <= SHORT_LINE_WIDTH) / lines
    yield from repetition(survey)
    yield from _phrases(survey.text)


_BULLET = np.zeros(max(map(ord, BULLETS)) + 2, np.bool_)
_BULLET[list(map(ord, BULLETS))] = True


def _count(values: npt.NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(values))


def _words(survey: Survey) -> Iterator[tuple[str, float | int]]:
    bits = survey.token_bits
    content = (bits & CONTENT) > 0
    tokens = survey.weight()
    most = max(tokens, 1)
    yield "tokens", int(tokens)
    yield "word_tokens", int(survey.weight(content))
    spaced = content & (bits & (IDEOGRAPH | UNSPACED) == 0) if survey.has_unspaced else content
    lengths = survey.widths(survey.token_starts[spaced], survey.token_ends[spaced])
    if len(lengths):
        middle = [(len(lengths) - 1) // 2, len(lengths) // 2]
        yield "mean_word_length", float(lengths.mean())
        yield "median_word_length", float(np.partition(lengths, middle)[middle].sum()) / 2
    elif not content.any():
        yield from (("mean_word_length", 0.0), ("median_word_length", 0.0))
    words = survey.word_ends - survey.word_starts
    yield "longest_word", int(words.max()) if len(words) else 0
    yield "alphabetic_share", survey.weight((bits & LETTER) > 0) / most
    yield "hashes_per_token", int(survey.counts[Kind.HASH]) / most
    yield "ellipses_per_token", (int(survey.counts[Kind.ELLIPSIS]) + survey.text.count("...")) / most
    capitals = ((bits & (CAPITAL | SMALL)) == CAPITAL) & (survey.token_ends - survey.token_starts > 1)
    yield "uppercase_token_share", survey.weight(capitals) / most
    yield "line_breaks_per_token", int(survey.counts[Kind.BREAK]) / most


def _characters(survey: Survey) -> Iterator[tuple[str, float]]:
    def number(*kinds: int) -> int:
        return int(survey.counts[list(kinds)].sum())

    white = number(Kind.SPACE, Kind.BREAK)
    inked = max(len(survey.text) - white, 1)
    letters = number(Kind.LOWER, Kind.UPPER, Kind.LETTER, Kind.SYLLABLE, Kind.IDEOGRAPH, Kind.UNSPACED)
    yield "symbol_share", number(Kind.SYMBOL, Kind.INNER, Kind.CURRENCY, Kind.EQUALS, Kind.PLUS, Kind.HASH) / inked
    yield "digit_share", number(Kind.DIGIT) / inked
    yield "uppercase_share", number(Kind.UPPER) / max(letters, 1)
    yield "whitespace_share", white / max(len(survey.text), 1)
    yield "bracket_share", number(Kind.OPEN, Kind.CLOSE) / inked


def _sentences(survey: Survey) -> int:
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
    return len(line_starts) + (1 + _count(inner[1:] != inner[:-1]) if len(inner) else 0)


def _ellipsis_ends(survey: Survey) -> npt.NDArray[np.bool_]:
    ends, kinds = survey.lines.ends, survey.kinds
    period = kinds[ends - 1] == Kind.PERIOD
    dots = period & (kinds[ends - 2] == Kind.PERIOD) & (kinds[np.maximum(ends - 3, 0)] == Kind.PERIOD)
    result: npt.NDArray[np.bool_] = (kinds[ends - 1] == Kind.ELLIPSIS) | dots
    return result


def _phrases(text: str) -> Iterator[tuple[str, int]]:
    data = text.encode("utf-8", "surrogatepass").lower()  # of the ASCII letters, which is all that is sought
    for separator in ("\r", "\u2028", "\u2029"):
        if separator in text:
            data = data.replace(separator.encode(), b"\n")
    yield "policy_lines", _lines_with(data, *map(str.encode, POLICY_PHRASES))
    yield "javascript_lines", _lines_with(data, b"javascript")
    yield "lorem_ipsum", data.count(b"lorem ipsum")
    yield "braces", data.count(b"{")
    yield "urls", data.count(b"://") + data.count(b"www.") - data.count(b"://www.")


def _lines_with(data: bytes, *phrases: bytes) -> int:
    """How many lines have one of the phrases in them."""
    ends: set[int] = set()
    for phrase in phrases:
        at = data.find(phrase)
        while at >= 0:
            end = data.find(b"\n", at)
            ends.add(end)
            at = data.find(phrase, end) if end >= 0 else -1
    return len(ends)


def measure_lines(text: str | Survey) -> Mapping[str, npt.NDArray[np.float64]]:
    """The signals of `LINE_DEFINITIONS`, each with an element for every line that is not blank, in order."""
    survey = text if isinstance(text, Survey) else Survey(text)
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
