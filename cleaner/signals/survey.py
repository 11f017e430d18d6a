"""A text cut into words, lines, paragraphs and tokens: arrays of places, made in one pass and each only when asked for.

Tokens are cut as the best-known implementations of the filters cut them, by the rules of spaCy's English tokenizer, which
splits marks off the ends of words and at some places inside; here that is done for all places at once. The differences are
few and small: "cannot", emoticons and some addresses, and of abbreviations only those of a short list keep their full stop.

Scripts that put no spaces between words are not cut into words, which takes a dictionary for each. Each of their
characters is a token of its own, so that repetition is seen wherever it begins; where tokens are *counted*, an ideograph
or kana weighs a half and a letter of Thai, Lao, Khmer or Burmese a third, which is about how many words they make.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleaner.signals.characters import KINDS, Kind, read
from cleaner.signals.hashing import Hashes, Places, among, hashes

IDEOGRAPHS_TO_A_WORD = 2
UNSPACED_TO_A_WORD = 3
# A word before a full stop that does not end a sentence.
ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof Sr Jr St Gen Gov Sen Rep Rev Hon Capt Col Lt Sgt Inc Ltd Co Corp Bros vs "
    "Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec e.g E.g i.e I.e p.m a.m Ph.D U.S U.K"
).split()
# What is a word of its own right behind a number: 5km.
UNITS = "km m dm mm cm nm ft kg g mg t lb oz mph mb MB kb KB gb GB tb TB T G M K".split()
_LONGEST_UNIT = max(map(len, UNITS))
_LONGEST_ABBREVIATION = max(map(len, ABBREVIATIONS))


# What kinds of characters can do where tokens are cut, a bit each.
_PREFIX, _SUFFIX, _BEHIND_NUMBER, _APART, _INFIX, _BEFORE_STOP, _LETTER, _SMALL, _ALNUM = (1 << bit for bit in range(9))


@functools.cache
def _abilities() -> npt.NDArray[np.uint16]:
    """By kind, what it can do."""
    letters = (Kind.LOWER, Kind.UPPER, Kind.LETTER, Kind.SYLLABLE, Kind.COMBINING)
    small = (Kind.LOWER, Kind.LETTER, Kind.SYLLABLE, Kind.COMBINING)
    suffixes = (
        *(Kind.END, Kind.ELLIPSIS, Kind.COMMA, Kind.COLON, Kind.DASH, Kind.APOSTROPHE, Kind.QUOTE, Kind.OPEN, Kind.CLOSE),
        *(Kind.HASH, Kind.PUNCTUATION, Kind.SYMBOL),
    )
    kinds = {
        # What is split off at the start of a word, at its end, and at its end behind a number.
        _PREFIX: (*suffixes, Kind.CURRENCY, Kind.EQUALS),
        _SUFFIX: suffixes,
        _BEHIND_NUMBER: (Kind.CURRENCY, Kind.PLUS),
        # What stands apart wherever it stands; what splits a word between a letter or a digit and a letter.
        _APART: (Kind.SYMBOL, Kind.ELLIPSIS),
        _INFIX: (Kind.HYPHEN, Kind.DASH, Kind.COLON, Kind.EQUALS, Kind.SLASH),
        # Behind one of these a full stop at the end of a word ends a sentence; behind a single capital it does not.
        _BEFORE_STOP: (*small, *suffixes, Kind.DIGIT, Kind.NUMBER, Kind.HYPHEN, Kind.IDEOGRAPH, Kind.UNSPACED),
        _LETTER: letters,
        _SMALL: small,
        _ALNUM: (*letters, Kind.DIGIT),
    }
    table = np.zeros(KINDS, np.uint16)
    for ability, able in kinds.items():
        table[list(able)] |= ability
    return table


_FIRST_MARK = Kind.PERIOD

LETTER, CONTENT, IDEOGRAPH, UNSPACED, STOP, CAPITAL, SMALL = (1 << bit for bit in range(7))
"""What a token may have in it, a bit each: a letter; anything but marks; a character of a script without spaces (two bits); a
mark that ends a sentence; a capital; a small letter."""


@functools.cache
def _bits() -> bytes:
    table = bytearray(256)
    for kind in range(KINDS):
        letter = kind in (Kind.LOWER, Kind.UPPER, Kind.LETTER, Kind.SYLLABLE, Kind.IDEOGRAPH, Kind.UNSPACED)
        content = letter or kind in (Kind.COMBINING, Kind.DIGIT, Kind.NUMBER, Kind.CURRENCY, Kind.SYMBOL, Kind.OTHER)
        table[kind] = LETTER * letter | CONTENT * content
        table[kind] |= IDEOGRAPH * (kind == Kind.IDEOGRAPH) | UNSPACED * (kind == Kind.UNSPACED)
        table[kind] |= STOP * (kind in (Kind.PERIOD, Kind.END))
        table[kind] |= CAPITAL * (kind == Kind.UPPER) | SMALL * (kind == Kind.LOWER)
    return bytes(table)


Column = Sequence[float | int | None]
"""A value for each text of a survey."""


class Lines(NamedTuple):
    """Lines, an element of each array for each. Places as in `Survey`."""

    starts: Places
    ends: Places
    """From `starts` to here without the white space around it."""
    whole_starts: Places
    whole_ends: Places
    """And with it, up to the line break."""
    words: Places
    """How many words it has."""
    numbers: Places
    """Its number among all lines, blank ones too."""


# Texts are cut together up to so many characters: enough that what any survey costs is little for each of them, and few enough
# for a processor's own memory.
SURVEY_CHARACTERS = 150_000


class Survey:
    """The parts of one text or of several, which are cut in one go: of short texts, that costs much less than each by itself.

    Places are code points into all texts in a row, each with a line break before and behind it.
    """

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.edges: Places = np.cumsum([0, *(len(text) + 2 for text in texts)])
        """Of each text the place of the line break before it; the last is behind all texts."""
        self.codes, self.kinds = read("\n" + "\n\n".join(texts) + "\n")
        if any("\r\n" in text for text in texts):
            pairs = np.flatnonzero((self.codes[:-1] == ord("\r")) & (self.codes[1:] == ord("\n")))
            self.kinds = self.kinds.copy()
            self.kinds[np.setdiff1d(pairs, self.edges - 2)] = Kind.SPACE  # the two are one line break
        inked = self.kinds > Kind.BREAK
        edges = np.flatnonzero(inked[1:] != inked[:-1]) + 1
        self.word_starts: Places = edges[::2]
        """Words are what stands between white space."""
        self.word_ends: Places = edges[1::2]

    def bounds(self, places: Places) -> Places:
        """How many of the ascending `places` stand before each text, and at last how many there are."""
        return np.searchsorted(places, self.edges)

    @functools.cached_property
    def counts(self) -> list[list[int]]:
        """For each text how many characters are of each kind."""
        counts = [np.bincount(self.kinds[start:end], minlength=KINDS).tolist() for start, end in pairwise(self.edges.tolist())]
        for of_text in counts:
            of_text[Kind.BREAK] -= 2
        return counts

    def _has(self, *kinds: int) -> bool:
        return any(of_text[kind] for of_text in self.counts for kind in kinds)

    @functools.cached_property
    def has_unspaced(self) -> bool:
        """Whether any of it is in a script that puts no spaces between words."""
        return self._has(Kind.IDEOGRAPH, Kind.UNSPACED)

    @functools.cached_property
    def _wide(self) -> Places | None:
        """Of each place how many wide characters stand before it; None where there is none."""
        if not self._has(Kind.IDEOGRAPH, Kind.SYLLABLE):
            return None
        wide = (self.kinds == Kind.IDEOGRAPH) | (self.kinds == Kind.SYLLABLE)
        return np.concatenate([[0], np.cumsum(wide)])

    def widths(self, starts: Places, ends: Places) -> Places:
        """The lengths of stretches of the text, in characters; a wide one (Han, kana, Hangul) counts as two."""
        lengths = ends - starts
        return lengths if self._wide is None else lengths + self._wide[ends] - self._wide[starts]

    # Lines

    @functools.cached_property
    def lines(self) -> Lines:
        """The lines that are not blank."""
        breaks = np.flatnonzero(self.kinds == Kind.BREAK)
        words_before = np.searchsorted(self.word_starts, breaks)
        numbers = np.flatnonzero(words_before[1:] > words_before[:-1])
        first, behind = words_before[numbers], words_before[numbers + 1]
        starts, ends = self.word_starts[first], self.word_ends[behind - 1]
        return Lines(starts, ends, breaks[numbers] + 1, breaks[numbers + 1], behind - first, numbers)

    @functools.cached_property
    def line_bounds(self) -> Places:
        """As `bounds`, of the lines."""
        return self.bounds(self.lines.starts)

    @functools.cached_property
    def paragraph_lines(self) -> Places:
        """Of each paragraph its first line; paragraphs are apart by blank lines."""
        numbers = self.lines.numbers
        return np.flatnonzero(np.concatenate([[True], numbers[1:] > numbers[:-1] + 1])) if len(numbers) else numbers

    # Tokens

    @functools.cached_property
    def _pieces(self) -> tuple[Places, Places]:
        """Words, and in scripts without spaces single characters with the marks that combine with them."""
        if not self.has_unspaced:
            return self.word_starts, self.word_ends
        single = np.flatnonzero((self.kinds == Kind.IDEOGRAPH) | (self.kinds == Kind.UNSPACED))
        behind = single + 1
        behind = behind[self.kinds[behind] != Kind.COMBINING]
        starts = np.zeros(len(self.kinds), np.bool_)
        starts[self.word_starts] = starts[single] = starts[behind[self.kinds[behind] > Kind.BREAK]] = True
        places = np.flatnonzero(starts)
        return places, self._ends(places)

    def _ends(self, starts: Places) -> Places:
        """Where parts of words end that begin at `starts`: where the next one begins, or where the word ends."""
        if not len(starts):
            return starts
        ends = np.append(starts[1:], self.word_ends[-1])
        ends[self.kinds[ends - 1] <= Kind.BREAK] = self.word_ends[:-1]
        return ends

    @functools.cached_property
    def _tokens(self) -> tuple[Places, Places]:
        starts, ends = self._pieces
        marks = np.flatnonzero(self.kinds >= _FIRST_MARK)
        cuts = self._cuts(marks, starts, ends) if len(marks) else marks
        units = self._units()
        if not len(cuts) and not len(units):
            return starts, ends
        places = _joined(starts, cuts, units)
        return places, self._ends(places)

    def _cuts(self, marks: Places, starts: Places, ends: Places) -> Places:
        """The places inside pieces before which a token begins, in order."""
        kinds = self.kinds
        kind, before, behind = kinds[marks], kinds[marks - 1], kinds[marks + 1]
        can, can_before, can_behind = (_abilities().take(one) for one in (kind, before, behind))
        piece = np.searchsorted(starts, marks, "right") - 1
        first, end = starts[piece], ends[piece]
        # A run of full stops is one mark; another full stop is one where it ends a word and a sentence.
        stop = kind == Kind.PERIOD
        after_stop, before_stop = stop & (before == Kind.PERIOD), stop & (behind == Kind.PERIOD)
        run = after_stop | before_stop
        two_capitals = (before == Kind.UPPER) & (kinds[marks - 2] == Kind.UPPER)
        last = (can & _SUFFIX > 0) | run | (stop & ((can_before & _BEFORE_STOP > 0) | two_capitals))
        last |= (can & _BEHIND_NUMBER > 0) & (before == Kind.DIGIT)
        leading = _unbroken((can & _PREFIX > 0) | run, marks - first, piece)
        trailing = _unbroken(last[::-1], (end - 1 - marks)[::-1], piece[::-1])[::-1]
        core = np.maximum.accumulate(np.where(leading, marks + 1, first))  # where the word itself begins
        trailing &= ~self._abbreviates(marks, core, stop & ~run & trailing)
        # Inside words.
        letter_before, letter_behind = can_before & _LETTER > 0, can_behind & _LETTER > 0
        apart = (can & _APART > 0) | run
        apart |= (can & _INFIX > 0) & (can_before & _ALNUM > 0) & letter_behind
        hyphen = kind == Kind.HYPHEN
        apart |= (hyphen | (kind == Kind.PLUS)) & (before == Kind.DIGIT) & (behind == Kind.DIGIT)
        apart |= (kind == Kind.COMMA) & letter_before & letter_behind
        apart |= stop & ((can_before & _SMALL > 0) | (before == Kind.QUOTE)) & ((behind == Kind.UPPER) | (behind == Kind.QUOTE))
        # Two hyphens are one mark.
        second = hyphen & (before == Kind.HYPHEN) & letter_behind
        second[second] = _abilities()[kinds[marks[second] - 2]] & _ALNUM > 0
        twice = np.append(second[1:], np.False_)  # the mark before the second one is the first
        apart |= second | twice
        apart &= ~self._in_address(marks, piece, can_before, can_behind)
        apart |= leading | trailing
        cuts = np.concatenate(
            [
                marks[apart & ~after_stop & ~second],
                marks[apart & ~before_stop & ~twice] + 1,
                self._contractions(marks[(kind == Kind.APOSTROPHE) & letter_before & letter_behind]),
            ]
        )
        cuts.sort()
        # What begins a piece begins a token anyway, and what begins behind one is no part of it.
        return cuts[(kinds[cuts] > Kind.BREAK) & (kinds[cuts - 1] > Kind.BREAK)]

    def _units(self) -> Places:
        """Where a unit begins right behind a number."""
        digits = self.kinds == Kind.DIGIT
        if not digits.any():
            return self.word_starts[:0]
        places = np.flatnonzero(digits[:-1] & ((self.kinds[1:] == Kind.LOWER) | (self.kinds[1:] == Kind.UPPER))) + 1
        if not len(places):
            return places
        long = np.ones(len(places), np.intp)
        for length in range(1, _LONGEST_UNIT + 1):
            behind = self.kinds[np.minimum(places + length, len(self.kinds) - 1)]
            long += (long == length) & (_abilities()[behind] & _ALNUM > 0)
        places, long = places[long <= _LONGEST_UNIT], long[long <= _LONGEST_UNIT]
        if not len(places):
            return places
        result: Places = places[among(hashes(self.codes, places, places + long), _units())]
        return result

    def _contractions(self, apostrophes: Places) -> Places:
        """Where the second word of a contraction begins: n't, 's, 'm, 'd, 're, 've, 'll."""
        codes, kinds = self.codes, self.kinds
        if not len(apostrophes):
            return apostrophes
        one, two = codes[apostrophes + 1] | 0x20, codes[np.minimum(apostrophes + 2, len(codes) - 1)] | 0x20
        one_long = _abilities()[kinds[np.minimum(apostrophes + 2, len(codes) - 1)]] & _ALNUM == 0
        two_long = ~one_long & (_abilities()[kinds[np.minimum(apostrophes + 3, len(codes) - 1)]] & _ALNUM == 0)
        negated = one_long & (one == ord("t")) & ((codes[apostrophes - 1] | 0x20) == ord("n"))
        short = one_long & ((one == ord("s")) | (one == ord("m")) | (one == ord("d")))
        long = two_long & (((one == ord("r")) | (one == ord("v"))) & (two == ord("e")) | (one == ord("l")) & (two == ord("l")))
        return np.concatenate([apostrophes[negated] - 1, apostrophes[short | long]])

    def _abbreviates(self, marks: Places, first: Places, asked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Of the full stops asked for, whether the word from `first` to it is an abbreviation or a letter."""
        lengths = marks - first
        result = asked & (lengths <= _LONGEST_ABBREVIATION)
        short = np.flatnonzero(result)
        if len(short):
            known = among(hashes(self.codes, first[short], marks[short]), _abbreviations())
            letter = (lengths[short] == 1) & (_abilities()[self.kinds[first[short]]] & _LETTER > 0)
            result[short] = known | letter
        return result

    def _in_address(
        self, marks: Places, piece: Places, can_before: npt.NDArray[np.uint16], can_behind: npt.NDArray[np.uint16]
    ) -> npt.NDArray[np.bool_] | np.bool_:
        """Whether a mark stands in an address: with two slashes, with an @ between letters, or with a full stop and a slash."""
        kind = self.kinds[marks]
        slash, at = kind == Kind.SLASH, kind == Kind.AT
        if not (slash.any() or at.any()):
            return np.False_
        tells = slash & (self.kinds[marks - 1] == Kind.SLASH) | at & (can_before & can_behind & _ALNUM > 0)
        dotted = np.zeros(piece[-1] + 1, np.bool_)
        dotted[piece[(kind == Kind.PERIOD) & (can_before & can_behind & _SMALL > 0)]] = True
        tells |= slash & dotted[piece]
        addresses = np.zeros_like(dotted)
        addresses[piece[tells]] = True
        return addresses[piece]

    @property
    def token_starts(self) -> Places:
        return self._tokens[0]

    @property
    def token_ends(self) -> Places:
        return self._tokens[1]

    @functools.cached_property
    def token_bounds(self) -> Places:
        """As `bounds`, of the tokens."""
        return self.bounds(self.token_starts)

    @functools.cached_property
    def token_bits(self) -> npt.NDArray[np.uint8]:
        """What each token has in it: `LETTER` and the other bits."""
        if not len(self.token_starts):
            return np.zeros(0, np.uint8)
        bits = np.frombuffer(self.kinds.tobytes().translate(_bits()), np.uint8)  # white space adds nothing
        return np.bitwise_or.reduceat(bits, self.token_starts)

    @functools.cached_property
    def token_hashes(self) -> Hashes:
        """A number for each token, the same for the same characters."""
        return hashes(self.codes, self.token_starts, self.token_ends)

    def weights(self, tokens: npt.NDArray[np.bool_] | None = None) -> list[float]:
        """For each text how many tokens there are, or of those chosen, scripts without spaces weighed as the module says."""
        bounds = self.token_bounds.tolist()
        numbers = sizes(bounds) if tokens is None else numbers_of(tokens, bounds)
        if not self.has_unspaced:
            return [float(number) for number in numbers]
        bits = self.token_bits if tokens is None else self.token_bits * tokens
        ideographs, unspaced = numbers_of(bits & IDEOGRAPH, bounds), numbers_of(bits & UNSPACED, bounds)
        return [
            number - two - three + two / IDEOGRAPHS_TO_A_WORD + three / UNSPACED_TO_A_WORD
            for number, two, three in zip(numbers, ideographs, unspaced, strict=True)
        ]


def sizes(bounds: Iterable[int]) -> list[int]:
    """How many elements there are between one bound and the next."""
    return [end - start for start, end in pairwise(bounds)]


def shares(parts: Iterable[float], wholes: Iterable[float]) -> list[float]:
    """What each part is of its whole; of a whole of less than 1 as of 1."""
    return [part / max(whole, 1) for part, whole in zip(parts, wholes, strict=True)]


def numbers_of(wanted: npt.NDArray[np.generic], bounds: Iterable[int]) -> list[int]:
    """How many elements between one bound and the next are wanted: true, or not zero."""
    return [int(np.count_nonzero(wanted[start:end])) for start, end in pairwise(bounds)]


def surveys(texts: Iterable[str]) -> Iterator[Survey]:
    """The texts, in order, in surveys of some `SURVEY_CHARACTERS`: a longer one by itself."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and characters + len(text) > SURVEY_CHARACTERS:
            yield Survey(*batch)
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield Survey(*batch)


def _joined(*ascending: Places) -> Places:
    """Ascending arrays as one, each value once."""
    joined = np.concatenate(ascending)
    joined.sort(kind="stable")
    return joined[np.concatenate([[True], joined[1:] != joined[:-1]])]


def _unbroken(wanted: npt.NDArray[np.bool_], distance: Places, piece: Places) -> npt.NDArray[np.bool_]:
    """Whether all characters from the edge of a piece to a mark, this included, are wanted marks.

    The marks are ordered from that edge on; `distance` is how many characters stand between it and each mark.
    """
    total = np.cumsum(wanted)
    fresh = np.concatenate([[True], piece[1:] != piece[:-1]])
    before = np.where(fresh, total - wanted, 0)
    before = np.maximum.accumulate(before)
    result: npt.NDArray[np.bool_] = wanted & (total - before == distance + 1)
    return result


def hash_words(words: list[str]) -> Hashes:
    """What `Survey.token_hashes` gives for these words."""
    survey = Survey(" ".join(words))
    return hashes(survey.codes, survey.word_starts, survey.word_ends)


@functools.cache
def _abbreviations() -> Hashes:
    return np.sort(hash_words(ABBREVIATIONS))


@functools.cache
def _units() -> Hashes:
    return np.sort(hash_words(UNITS))
