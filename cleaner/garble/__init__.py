"""Which phrases and documents a machine has garbled: the face of the folder's layers.

`examine` looks at one document with all layers that need nothing but the text and what ships with the package. It changes
nothing and decides nothing but what is worth telling; what is told is flags, never edits.
"""

import functools
import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cleaner.edits import Finding, apart
from cleaner.garble import context, document, fragments, phrases
from cleaner.garble.judge import judge
from cleaner.garble.lexicon import LANGUAGE, MODELS, Floats, Lexicon, lexicon
from cleaner.garble.siblings import Sibling, against
from cleaner.garble.siblings import digest as siblings_digest
from cleaner.garble.tokens import Tokens, cut_words
from cleaner.text import Line

__all__ = [
    "DETECTORS",
    "DOCUMENT",
    "LANGUAGE",
    "MODELS",
    "WORD_OUT_OF_PLACE",
    "Examined",
    "Lexicon",
    "Seen",
    "Sibling",
    "against",
    "as_read",
    "digest",
    "examine",
    "least_sure",
    "lexicon",
    "repeated",
    "siblings_digest",
]

DOCUMENT, SYNONYM_SWAP, STRAY_FRAGMENT, BROKEN_ORDER = "garbled-document", "synonym-swap", "stray-fragment", "broken-order"
WORD_OUT_OF_PLACE = "word-out-of-place"
DETECTORS = frozenset({DOCUMENT, SYNONYM_SWAP, STRAY_FRAGMENT, BROKEN_ORDER, WORD_OUT_OF_PLACE})
"""The names that a rule's `detector` may have."""

# The score from which on a document is flagged; the score is calibrated, so this is "more likely than not".
GARBLED_FROM = 0.5
# Before a word is read, one document in twenty is taken to be garbled (as a logarithm of odds); what is read counts in full
# from so many words on, which those had that the weights were calibrated on.
UNTOLD, FEWEST_WORDS = -3.0, 300
# What a hit needs, as the logarithm of its odds given the document. See cleaner/models/garble.md for what it costs.
SHOWN_FROM = 0.5
# Of broken sentences found in clean articles and in machine-translated ones, about half are real.
FRAGMENT_SCORE = 0.5
# The original is named where one word was put back, the best reading has four fifths of the weight of all (a decimal
# logarithm), and the hit is this sure: of those, half are the very words that makers of spun text had replaced.
SURE_READING, SURE_HIT = 0.1, 0.65
# A list's row needs this weight in a text that is otherwise clean; in a garbled one any row is shown.
SURE_ROW = 0.7
# What a word needs that is in no hit, in a garbled document: the chance that it stands in the place of another, if the document
# is garbled; or that it does and the document is. So weaker evidence is told where a document is plainly garbled, as few of the
# clean texts are held to be that are taken for garbled at all.
SURE_WORD, SURE_WORD_AND_DOCUMENT = 0.8, 0.6
# Of a longer document this much is looked at: some 40 bytes of memory for each character.
MOST_CHARACTERS = 5_000_000
# A word in so many is told of at most, the surest ones: poems, lists of products and other languages must not flood. In a
# garbled document there is more to tell: at 12 a quarter of what is sure enough in spun pages is left out, at 3 there is hardly
# more than at 4, and at each of them 92 in 100 flags are swapped words.
WORDS_PER_FLAG, WORDS_PER_FLAG_IN_GARBLED = 12, 4
FEWEST_FLAGS = 4
MOST_FLAGS = 400


class Seen(NamedTuple):
    """Something that looks garbled. Offsets are code points."""

    detector: str
    start: int
    end: int
    reason: str
    suggestion: str | None
    score: float
    """How sure it is, 0 to 1."""


class Examined(NamedTuple):
    """What was seen in a document."""

    score: float
    """The chance, 0 to 1, that the document is garbled."""
    seen: tuple[Seen, ...]
    """By place; the document as a whole is not among them."""
    listed: tuple[Finding, ...]
    """The hits of lists of phrases that are worth telling."""


def examine(text: str, lines: Sequence[Line], listed: Sequence[Finding], quotes: int, models: Path = MODELS) -> Examined:
    """Look at an English document, or at the first `MOST_CHARACTERS` of a longer one.

    Args:
        text: the document.
        lines: its lines, in the same coordinates.
        listed: the hits of phrase lists in it.
        quotes: how many of its quotation marks stand on the wrong side of a space.
        models: the folder of the lexicon and the weights.
    """
    words, weights = lexicon(models), judge(models)
    if len(text) > MOST_CHARACTERS:
        text, lines = text[:MOST_CHARACTERS], [line for line in lines if line.end <= MOST_CHARACTERS]
    tokens = cut_words(text, words)
    out_of_place = context.read(models).odds(tokens, words)
    hits = phrases.find(tokens, words, weights.worth)
    certainties = weights.certainties(hits.features)
    broken = fragments.find(text, lines, words)
    marks = document.Marks(sum(1.0 if one.score is None else one.score for one in listed), quotes, len(broken))
    row = document.features(text, tokens, words, out_of_place, certainties, hits.suspicion, repeated(hits, tokens), marks)
    odds = as_read(weights.document(row), len(tokens.id))
    shown = weights.in_document(certainties, odds)
    score = round(_chance(odds), 4)
    most = _most_flags(len(tokens.id), garbled=score >= GARBLED_FROM)
    seen = [Seen(one.kind, one.start, one.end, one.reason, one.suggestion, FRAGMENT_SCORE) for one in broken[:most]]
    surest = np.argsort(-shown, kind="stable")[: most - len(seen)]
    chosen = [int(hit) for hit in np.sort(surest) if shown[hit] >= SHOWN_FROM]
    kept = tuple(one for one in listed if one.score is None or one.score >= SURE_ROW or score >= GARBLED_FROM)
    seen += apart(_phrases(tokens, words, hits, chosen, shown), kept)
    if score >= GARBLED_FROM:
        chances = np.where(context.judged(tokens, words), weights.words(out_of_place), 0)
        seen += apart(_words(tokens, chances, least_sure(score), most - len(seen)), (*kept, *seen))
    seen.sort(key=lambda one: (one.start, one.end))
    return Examined(score, tuple(seen), kept)


def as_read(odds: float, words: int, fewest: int = FEWEST_WORDS) -> float:
    """The logarithm of the odds that a text is garbled, of which its words say `odds`, in full from `fewest` of them on."""
    return UNTOLD + (odds - UNTOLD) * min(words / fewest, 1.0)


def least_sure(score: float, alone: float = SURE_WORD) -> float:
    """The chance that a word needs in a document that is garbled with the chance `score`; `alone` is the most that is asked."""
    return min(alone, SURE_WORD_AND_DOCUMENT / score)


@functools.cache
def digest(models: Path = MODELS) -> str:
    """A name for exactly these word statistics and weights."""
    files = sorted(models.glob("*.np[yz]"))
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()[:16]


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _most_flags(words: int, *, garbled: bool) -> int:
    per_flag = WORDS_PER_FLAG_IN_GARBLED if garbled else WORDS_PER_FLAG
    return min(max(words // per_flag, FEWEST_FLAGS), MOST_FLAGS)


def repeated(hits: phrases.Hits, tokens: Tokens) -> list[int]:
    """For each hit how often the same two words have been hit before."""
    before: Counter[tuple[int, int]] = Counter()
    found = []
    for pair in zip(tokens.id[hits.at].tolist(), tokens.id[hits.at + 1].tolist(), strict=True):
        found.append(before[pair])
        before[pair] += 1
    return found


def _phrases(tokens: Tokens, words: Lexicon, hits: phrases.Hits, chosen: Sequence[int], shown: Floats) -> list[Seen]:
    """The chosen hits; those that share a word become one where they agree on it, else the surer one stays."""
    groups: list[list[int]] = []
    for hit in chosen:
        last = groups[-1][-1] if groups else -1
        if last < 0 or hits.at[hit] != hits.at[last] + 1:
            groups.append([hit])
        elif hits.first[hit] == hits.second[last]:
            groups[-1].append(hit)
        elif shown[hit] > shown[last]:
            groups[-1].pop()
            groups = [group for group in groups if group]
            groups.append([hit])
    found = []
    for group in groups:
        first, last = int(hits.at[group[0]]), int(hits.at[group[-1]]) + 1
        reason = "; ".join(dict.fromkeys(phrases.reason(tokens, words, hits, hit) for hit in group))
        was = words.words([*(hits.first[hit] for hit in group), hits.second[group[-1]]])
        score = round(_chance(float(max(shown[hit] for hit in group))), 3)
        sure = score >= SURE_HIT and (hits.feature("readings")[group] < SURE_READING).all()
        named = bool(sure and not hits.feature("both_replaced")[group].any())
        suggestion, reason = (" ".join(was), reason) if named else (None, f"perhaps {reason}")
        found.append(Seen(SYNONYM_SWAP, int(tokens.start[first]), int(tokens.end[last]), reason, suggestion, score))
    return found


def _words(tokens: Tokens, chances: Floats, least: float, most: int) -> list[Seen]:
    """The words that are out of place with a chance of `least`, the `most` surest of them; neighbours become one."""
    surest = np.argsort(-chances, kind="stable")[: max(most, 0)]
    runs: list[list[int]] = []
    for at in sorted(int(at) for at in surest if chances[at] >= least):
        if runs and at == runs[-1][-1] + 1 and tokens.joined[at - 1]:
            runs[-1].append(at)
        else:
            runs.append([at])
    reason = "its neighbours do not go with it"
    return [
        Seen(
            WORD_OUT_OF_PLACE,
            int(tokens.start[run[0]]),
            int(tokens.end[run[-1]]),
            reason,
            None,
            round(float(chances[run].max()), 3),
        )
        for run in runs
    ]
