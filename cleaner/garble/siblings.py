"""A text against its siblings: other versions of the same story, whose passages it shares.

Where two texts share a passage and one word in it differs, either somebody edited it or a machine did. A machine leaves a
word that may stand for the other one somewhere but does not belong here: "take ways" beside "take steps". So each
difference inside a shared frame is weighed by what speaks for a machine, and flagged on the side that reads worse:

* the frame: how many words stand the same on both sides of it;
* the thesaurus: whether the one word may stand for the other at all;
* the collocation: how much better the sibling's word goes with its neighbours;
* quotation marks: what stands within them, editors leave alone;
* further siblings that read the same;
* the document: how garbled the suspect is by what the other layers see of it;
* the pair as a whole: which of the two texts has the worse reading where they differ.

Figures, dates, names, spellings and inflections are nobody's garbling and never flagged, and neither is a reading that
fits its place as well as the sibling's.
"""

import functools
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from cleaner.edits import Finding, common_ends
from cleaner.garble.differences import SHORT_LETTERS, Difference, Words, differences, read_words
from cleaner.garble.lexicon import lexicon

RULE = "garbled/siblings/word-unlike-sibling"
"""The rule that a finding of this layer names, unless the caller says otherwise."""

# So many flags on one document tell all there is to tell; the surest stay.
MAX_FLAGS = 200


class Lexicon(Protocol):
    """What is known of words, each in lower-case ASCII letters; `cleaner.garble.lexicon` has it of English."""

    def __hash__(self) -> int:
        """What is looked up is kept for the next text."""

    def collocation(self, first: str, second: str) -> float:
        """How much more often than by chance `second` follows `first`: a decimal logarithm, 0 where the pair is unknown."""

    def stand_ins(self, word: str) -> Mapping[str, float]:
        """The words that a spinner may have replaced by `word`, with the chance (0 to 1) that it does so with each."""


class Sibling(msgspec.Struct, frozen=True, gc=False):
    """Another document that shares passages with the one at hand."""

    id: str
    """What findings call it."""
    text: str
    """As the offsets of findings count: decoded; of HTML, the page's text."""


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A difference with what speaks for a machine."""

    difference: Difference
    reading: str
    """The sibling's words, as they stand there."""
    sibling: str
    """The sibling's id."""
    related: float
    """How readily the suspect's word stands for the sibling's, 0 to 1."""
    fit: float
    """How much the suspect's word is at home beside the neighbours that both have: a collocation, 0 to `MAX_FIT`."""
    other_fit: float
    """How much the sibling's word is."""
    quoted: bool
    """Whether it stands in a quotation."""

    @property
    def gain(self) -> float:
        """How much more the sibling's word is at home: below 0 the suspect's is."""
        return self.other_fit - self.fit

    @property
    def two_sided(self) -> bool:
        """Whether the words right before and right after are the same."""
        return self.difference.left and self.difference.right

    @property
    def tells(self) -> bool:
        """Whether it says of the two words, related or not, which belongs here."""
        framed = self.difference.framed and self.difference.frame >= FRAME_ALONE
        return (framed and max(self.fit, self.other_fit) >= FIT_ALONE) or (self.two_sided and self.related > 0)


# ---- what speaks for a machine

# Points of evidence. There are no labelled pairs of honest versions to learn them from. They were set so that nothing in the
# honest versions of tests/siblings/ is flagged, where "mussel farms" beside "oyster farms" comes nearest, with 5.6 points; what
# that finds of spun articles is in benchmarks/README.md.
RELATED = 2.0  # the suspect's word may stand for the sibling's
UNRELATED = 1.5  # against it: no thesaurus knows of it
BETTER = 1.6  # for each factor 10 by which the sibling's word is at home where it stands
WORSE = 4.6  # and, against it, by which the suspect's is
NOT_AT_HOME = 0.45  # a collocation (decimal logarithm) of less is chance: "the senior" has 0.4
MAX_FIT = 1.75
FRAME = 0.5  # for each word of the frame
MAX_FRAME_COUNT = 4.0
QUOTED = 1.0  # an editor leaves quotations alone
VOTE = 0.7  # for each further sibling with the same reading
MAX_VOTES = 2
ONE_SIDED = 1.0  # against it: beside the end of a shared passage a sentence goes its own way
LEAN_DOUBT, MAX_LEAN = 1.0, 4.0  # how sure the pair must be of its worse half before that counts, and what it counts at most
GARBLED = 1.5  # the other layers are sure that the suspect is garbled
# Against it, for each factor 10 in the odds: they hold it to be cleaner than a text of which nothing is known. Of 19 flags on
# pages that share a site's template that takes 4, of the swapped words one in 100 of those that are told where 3% are swapped.
CLEAN, UNTOLD_CHANCE, MOST_CLEAN = 1.0, 0.05, 1.5
GAIN_SPREAD = 0.65  # standard deviation of the gains between honest versions, decimal logarithms
ENOUGH = 5.75
# Unrelated words that stand for each other so often are what the two texts are about: "camping tents", "sleeping bags".
SUBJECTS = 3
# A sibling's word that is so much more at home, in a frame of so many words, needs no thesaurus: "take ways", "take steps".
FIT_ALONE, FRAME_ALONE = 1.3, 2.5
# The chances of a stand-in that count as nothing and in full; what lies between counts by its logarithm.
LEAST_CHANCE, LIKELY_CHANCE = 0.001, 0.1


def weigh(found: Iterable[Difference], suspect: Words, sibling: Words, name: str, lexicon: Lexicon) -> list[Weighed]:
    """The differences that may be garbling, with what speaks for each; `name` is the sibling's id."""
    weighed = []
    for difference in _without_edits(found, suspect, sibling):
        place, other, size = difference.place, difference.other, difference.size
        chances = [_chance(lexicon, suspect.plain[place + index], sibling.plain[other + index]) for index in range(size)]
        weighed.append(
            Weighed(
                difference=difference,
                reading=sibling.text[sibling.spans[other][0] : sibling.spans[other + size - 1][1]],
                sibling=name,
                related=_related(max(chances)),
                fit=_fit(suspect, place, difference, lexicon),
                other_fit=_fit(sibling, other, difference, lexicon),
                quoted=_in_quotation(sibling, other) and _near_quotation(suspect, place),
            )
        )
    return weighed


def _without_edits(found: Iterable[Difference], suspect: Words, sibling: Words) -> Iterator[Difference]:
    """The differences that no editor explains; two words one by one where they are no phrase, or one of them is an edit."""
    for difference in found:
        place, other = difference.place, difference.other
        kept = [index for index in range(difference.size) if not _is_edit(suspect, place + index, sibling, other + index)]
        if difference.size == 1:
            if kept:
                yield difference
        elif len(kept) == 2 and _side_by_side(suspect, place) and _side_by_side(sibling, other):
            yield difference
        else:
            for index in kept:
                left, right = difference.left and index == 0, difference.right and index == 1
                yield Difference(place + index, other + index, 1, difference.frame, left, right, framed=False)


def _related(chance: float) -> float:
    """The chance of a stand-in as a figure from 0 to 1, by its logarithm."""
    if chance <= LEAST_CHANCE:
        return 0.0
    return min(math.log(chance / LEAST_CHANCE) / math.log(LIKELY_CHANCE / LEAST_CHANCE), 1.0)


def _fit(words: Words, place: int, difference: Difference, lexicon: Lexicon) -> float:
    """How much a word, or the two at `place`, is at home: as much as beside the best of the neighbours that tell."""
    first = place - 1 if difference.left else place
    last = place + difference.size - (0 if difference.right else 1)
    pairs = [at for at in range(first, last) if _side_by_side(words, at)]
    return max(0.0, min(MAX_FIT, max((_collocation(lexicon, *words.plain[at : at + 2]) for at in pairs), default=0.0)))


# No word that a lexicon knows is longer.
LONGEST_WORD = 40


def _is_plain(*words: str) -> bool:
    return all(len(word) <= LONGEST_WORD and word.isascii() and word.isalpha() for word in words)


def _collocation(lexicon: Lexicon, first: str, second: str) -> float:
    return _known_collocation(lexicon, first, second) if _is_plain(first, second) else 0.0


def _chance(lexicon: Lexicon, word: str, other: str) -> float:
    """The chance that a spinner puts `word` for `other`."""
    return _known_chance(lexicon, word, other) if _is_plain(word, other) else 0.0


@functools.lru_cache(maxsize=100_000)
def _known_collocation(lexicon: Lexicon, first: str, second: str) -> float:
    return lexicon.collocation(first, second)


@functools.lru_cache(maxsize=100_000)
def _known_chance(lexicon: Lexicon, word: str, other: str) -> float:
    return lexicon.stand_ins(word).get(other, 0.0)


_BETWEEN = re.compile(r"""[\s"“”'‘’]{0,4}""")


def _side_by_side(words: Words, place: int) -> bool:
    """Whether nothing but white space and quotation marks stands between a word and the next."""
    if not 0 <= place < len(words.spans) - 1:
        return False
    return _BETWEEN.fullmatch(words.text, words.spans[place][1], words.spans[place + 1][0]) is not None


# Words that editors put for each other as grammar and style want it, beside those of up to `SHORT_LETTERS`.
_FUNCTION_WORDS = frozenset(
    "about above after again against although always among another because been before behind being below between both could "
    "does done down during each either even ever every from have having here however into just least less like many might "
    "more most much must neither never none nothing often once only onto other others otherwise over perhaps quite rather "
    "same shall should since some someone something soon still such than that their them then there therefore these they "
    "this those though through thus till together toward towards under unless unlike until upon very well were what when "
    "where whether which while whom whose will with within without would your".split()
)
# English for now, as the lexicon is; figures, and names by their capitals, are known in any language.
_COUNTED = frozenset(
    "one two three four five six seven eight nine ten eleven twelve hundred thousand million billion first second third "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september "
    "october november december today yesterday tomorrow day days week weeks month months year years".split()
)


def _is_edit(suspect: Words, place: int, sibling: Words, other: int) -> bool:
    """Whether the difference is of a kind that editors make: a figure, a date, a name, a spelling, a form, a function word."""
    pair = suspect.plain[place], sibling.plain[other]
    if any(len(word) <= SHORT_LETTERS or word in _COUNTED or word in _FUNCTION_WORDS for word in pair):
        return True
    return any(map(str.isdigit, "".join(pair))) or _is_name(suspect, place) or _same_stem(*pair)


_SENTENCE_START = re.compile(r"""(?:^|[.!?:;\n“"‘—–-])[\s“"‘]*$""")


def _is_name(words: Words, place: int) -> bool:
    """Whether a word is written with a capital that no start of a sentence accounts for."""
    start = words.spans[place][0]
    return words.text[start].isupper() and not _SENTENCE_START.search(words.text[max(start - 4, 0) : start])


def _same_stem(word: str, other: str) -> bool:
    """Whether two words are one in another form or spelling: talks and talk, centre and center, organised and organized."""
    head, tail = common_ends(word, other)
    rest = max(len(word), len(other)) - head
    return (head >= 3 and rest <= 3) or (head + tail >= 4 and rest - tail <= 2 and head >= 1)


# So far before a word its quotation mark is looked for, in characters.
_QUOTED_WITHIN = 600


def _in_quotation(words: Words, place: int) -> bool:
    """Whether the word stands within quotation marks of its line, as far as they are set right."""
    before = _line_before(words, place)
    return before.rfind("“") > before.rfind("”") or before.count('"') % 2 == 1


def _near_quotation(words: Words, place: int) -> bool:
    """Whether any quotation mark stands before the word in its line, right or wrong way round: spinners turn them."""
    return any(mark in _line_before(words, place) for mark in '“”"')


def _line_before(words: Words, place: int) -> str:
    start = words.spans[place][0]
    low = max(start - _QUOTED_WITHIN, 0)
    return words.text[max(low, words.text.rfind("\n", low, start) + 1) : start]


def lean(weighed: Sequence[Weighed]) -> list[float]:
    """For each difference which of the two texts reads worse in all others: above 0 the suspect, below 0 its sibling.

    That is the sum of the gains over what chance would make of it, as honest versions read better now here, now there, in
    points.
    """
    gains = [one.gain if one.tells else 0.0 for one in weighed]
    total, number = sum(gains), sum(one.tells for one in weighed)
    leaning = []
    for one, gain in zip(weighed, gains, strict=True):
        others = number - one.tells
        sureness = (total - gain) / (GAIN_SPREAD * math.sqrt(others)) if others else 0.0
        leaning.append(math.copysign(max(min(abs(sureness) - LEAN_DOUBT, MAX_LEAN), 0.0), sureness))
    return leaning


def points(one: Weighed, votes: int, leaning: float, garbled: float | None) -> float:
    """How much speaks for a machine, `ENOUGH` being enough.

    Args:
        one: the difference.
        votes: how many siblings have the reading.
        leaning: as of `lean`.
        garbled: how likely the suspect is garbled by what other layers see, 0 to 1; None where none was asked.
    """
    one_sided = 0.0 if one.two_sided else ONE_SIDED / 2 if one.difference.framed else ONE_SIDED
    return (
        RELATED * one.related
        + BETTER * one.other_fit
        - WORSE * max(one.fit - NOT_AT_HOME, 0.0)
        + FRAME * min(one.difference.frame, MAX_FRAME_COUNT)
        + QUOTED * one.quoted
        + VOTE * min(votes - 1, MAX_VOTES)
        - one_sided
        - UNRELATED * (one.related <= 0 and not (one.tells and one.fit < NOT_AT_HOME))
        + leaning
        + _by_others(garbled)
    )


def _by_others(garbled: float | None) -> float:
    """How much the chance that a document is garbled speaks for a machine."""
    if garbled is None:
        return 0.0
    odds, untold = (chance / (1 - chance) for chance in (min(max(garbled, 1e-6), 1 - 1e-6), UNTOLD_CHANCE))
    return GARBLED * garbled - CLEAN * min(max(math.log10(untold / odds), 0.0), MOST_CLEAN)


# ---- findings


def compare(suspect: str, reference: str, name: str = "the reference", words: Lexicon | None = None) -> list[Finding]:
    """Flags on the words of `suspect` that `reference`, another version of its text, has otherwise and better.

    Offsets are code points of `suspect`; `name` is what messages call the reference. Words are English unless `words` knows
    others. Texts that share nothing have no findings.
    """
    return against(suspect, [Sibling(name, reference)], words=words)


def against(
    suspect: str,
    siblings: Iterable[Sibling],
    rule: str = RULE,
    *,
    garbled: float | None = None,
    words: Lexicon | None = None,
) -> list[Finding]:
    """As `compare`, against several siblings: what more than one of them has weighs more. Their order does not matter.

    Findings are by place, at most `MAX_FLAGS`, and name `rule`. `Finding.score` is 0.5 to 1, the surer the higher. `garbled` is
    how likely the suspect is garbled by what other layers see, 0 to 1; None where none was asked.
    """
    known = words or lexicon()
    differing = [sibling for sibling in siblings if sibling.text != suspect]
    ours = read_words(suspect if differing else "")
    readings: dict[int, list[tuple[Weighed, float]]] = {}
    for sibling in differing:
        theirs = read_words(sibling.text)
        weighed = _without_subjects(weigh(differences(ours, theirs), ours, theirs, sibling.id, known), ours)
        for one, leaning in zip(weighed, lean(weighed), strict=True):
            readings.setdefault(one.difference.place, []).append((one, leaning))
    best = [_best(of_place, garbled) for of_place in readings.values()]
    sure = sorted((one for one in best if one[0] >= ENOUGH), key=lambda one: (-one[0], one[1].difference.place))[:MAX_FLAGS]
    by_place = sorted(sure, key=lambda one: one[1].difference.place)
    return [_finding(ours, one, told, rule) for told, one in _apart(by_place)]


def _apart(by_place: Iterable[tuple[float, Weighed]]) -> Iterator[tuple[float, Weighed]]:
    """Without those that begin inside the one before: a phrase and a word of it, from two siblings."""
    end = 0
    for told, one in by_place:
        if one.difference.place >= end:
            yield told, one
            end = one.difference.place + one.difference.size


def digest(siblings: Iterable[Sibling]) -> str:
    """A name for exactly these siblings and their texts, 16 hexadecimal digits; empty for none."""
    each = sorted(f"{sibling.id}\0{sibling.text}".encode("utf-8", "surrogatepass") for sibling in siblings)
    hashes = b"".join(hashlib.sha256(one).digest() for one in each)
    return hashlib.sha256(hashes).hexdigest()[:16] if hashes else ""


def _without_subjects(weighed: Sequence[Weighed], ours: Words) -> Sequence[Weighed]:
    """Without the unrelated words that stand for each other throughout."""

    def pair(one: Weighed) -> tuple[Sequence[str], str]:
        first = one.difference.place
        return tuple(ours.plain[first : first + one.difference.size]), one.reading.casefold()

    often = Counter(pair(one) for one in weighed if one.related <= 0)
    return [one for one in weighed if one.related > 0 or often[pair(one)] < SUBJECTS]


def _best(readings: Sequence[tuple[Weighed, float]], garbled: float | None) -> tuple[float, Weighed]:
    """The best of a place's readings, with its points."""
    siblings_with: dict[str, set[str]] = {}
    for one, _ in readings:
        siblings_with.setdefault(one.reading.casefold(), set()).add(one.sibling)
    told = [(points(one, len(siblings_with[one.reading.casefold()]), leaning, garbled), one) for one, leaning in readings]
    return min(told, key=lambda pair: (-pair[0], pair[1].sibling, pair[1].reading))


def _finding(words: Words, one: Weighed, told: float, rule: str) -> Finding:
    difference = one.difference
    start, end = words.spans[difference.place][0], words.spans[difference.place + difference.size - 1][1]
    score = round(1 - 0.5 * math.exp(ENOUGH - told), 3)
    return Finding(rule, "flag", start, end, "garbled", _reason(one), words.text[start:end], one.reading, score)


def _reason(one: Weighed) -> str:
    why = []
    if one.gain >= NOT_AT_HOME:
        why.append("the better collocation")
    if one.related > 0:
        why.append("a word that may stand for it")
    if one.quoted:
        why.append("inside a quotation")
    return f"{one.sibling} has “{one.reading}” in the same passage" + (f": {', '.join(why)}" if why else "")
