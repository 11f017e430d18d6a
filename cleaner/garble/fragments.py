"""What a machine translation or a careless rewriting leaves of a sentence: stray ends and swapped quotation marks.

Only running text is looked at: headlines, lists, captions and dialogue are full of honest fragments. So a line must be a
paragraph, and a noun on its own must be its end, behind a long sentence: where the text goes on, the noun is a heading that
runs into it ("Methods. We searched …"), minutes, or style.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from cleaner.garble.lexicon import FUNCTION_WORDS, STRONG, Lexicon
from cleaner.text import Line

Kind = Literal["stray-fragment", "broken-order"]

# A line with fewer words than this is no running text.
PARAGRAPH_WORDS = 20
# The sentence before a noun on its own has at least so many words: after a short one it is style. ("No rain. Nothing.")
SENTENCE_WORDS = 14
# Of the uses of a word that could end a sentence by itself, so many are as a noun.
NOUN_SHARE = 0.5


class Fragment(NamedTuple):
    """A place where a sentence is broken. Offsets are code points."""

    kind: Kind
    start: int
    end: int
    reason: str
    suggestion: str | None = None


# "… as our two countries disagree. areas,” said …": a small letter after the end of a sentence, then the end of a
# quotation that has not begun.
_CUT_QUOTATION = re.compile(r"(?<=[a-z]{3}[.!?]) ([a-z]+(?: [a-z]+)?[,.]”)(?= [\w’]+)")
# "… Foreign Minister Wang Yi. Meeting.": one or two words between two full stops, the first with a capital letter. Nothing goes
# on behind them: of 46 honest tails of a paragraph such as "Silence. Nobody moved." 38 were flagged where something could.
_ALONE = re.compile(r"(?<=[.!?”’)\]] )([A-Z][a-z]+(?: [a-z]+)?)\.\s*$")
# "… the end of the war “cold,” Blinken said": one quoted word behind the word that it belongs before.
_QUOTED_AFTER = re.compile(r"\b([a-z]+) “([a-z]+),?”")
# What ends in a full stop and ends no sentence ("Dr. Parr.", "my hon. Friend.", "Sen. Bernie Sanders").
_ABBREVIATED = frozenset(
    "adm brig capt cllr co col comdr corp dept det dr ed fr gen gov hon inc insp jr lieut lt ltd maj messrs mr mrs ms mt no "
    "pres prof prop rep reps rev sec sen sens sgt sr st supt vol".split()
)
# Nouns by the dictionary that are a sentence by themselves.
_INTERJECTIONS = frozenset(
    "amen bravo cheers congratulations encore farewell goodbye hallelujah hello hooray hurrah jackpot nonsense thanks welcome "
    "wow".split()
)
_CLOSING = "”’)]"
_SENTENCE_END = re.compile(r"[.!?][”’\")\]]*\s")


def find(text: str, lines: Sequence[Line], words: Lexicon) -> list[Fragment]:
    """The broken sentences of `text`, by place."""
    found: list[Fragment] = []
    for line in lines:
        if line.end - line.start < 2 * PARAGRAPH_WORDS:
            continue
        paragraph = text[line.start : line.end]
        if paragraph.count(" ") < PARAGRAPH_WORDS:
            continue
        for kind, start, end, reason, suggestion in _in_paragraph(paragraph, words):
            found.append(Fragment(kind, line.start + start, line.start + end, reason, suggestion))
    return found


def _in_paragraph(paragraph: str, words: Lexicon) -> Iterator[Fragment]:
    if "”" in paragraph:
        open_quotations = counted = 0
        for match in _CUT_QUOTATION.finditer(paragraph):
            part = counted, match.start()
            open_quotations += paragraph.count("“", *part) - paragraph.count("”", *part)
            counted = match.start()
            if open_quotations <= 0:
                yield Fragment("stray-fragment", *match.span(1), "the end of a quotation that never began")
    if "“" in paragraph:
        for match in _QUOTED_AFTER.finditer(paragraph):
            if _belongs_before(words, match[2], match[1]):
                reason = f"“{match[2]}” belongs before “{match[1]}”: “{match[2]} {match[1]}” is a fixed term"
                yield Fragment("broken-order", *match.span(), reason, f"“{match[2]}” {match[1]}")
    yield from _alone(paragraph, words)


def _belongs_before(words: Lexicon, first: str, second: str) -> bool:
    return words.is_term(first, second) and words.collocation(first, second) > max(words.collocation(second, first), 0) + STRONG


def _alone(paragraph: str, words: Lexicon) -> Iterator[Fragment]:
    """A noun that is a paragraph's last sentence, behind a long one: what is left of a heading or a cut clause."""
    match = _ALONE.search(paragraph)
    if match is None or match[1].lower() in _ABBREVIATED | _INTERJECTIONS:
        return
    end = match.start() - 1  # one blank stands between the two
    *_, sentence = _SENTENCE_END.split(paragraph[:end])
    if (
        not _ends_sentence(paragraph, end)
        or sentence.count(" ") + 1 < SENTENCE_WORDS
        or sentence.count("“") != sentence.count("”")
    ):
        return
    if _is_noun_phrase(match[1].lower().split(), words):
        yield Fragment("stray-fragment", match.start(), match.end(1) + 1, "a noun without a sentence")


def _ends_sentence(paragraph: str, end: int) -> bool:
    """Whether a sentence ends at `end`, where a blank stands, and not an abbreviation or a number."""
    while end > 1 and paragraph[end - 1] in _CLOSING:
        end -= 1
    word = paragraph[paragraph.rfind(" ", 0, end) + 1 : end - 1].lower()
    return paragraph[end - 1] in ".!?" and len(word) > 1 and word[-2:].isalpha() and word not in _ABBREVIATED


def _is_noun_phrase(parts: Sequence[str], words: Lexicon) -> bool:
    if not FUNCTION_WORDS.isdisjoint(parts):
        return False
    numbers = [words.number(part) for part in parts]
    noun, verb = words.uses[numbers[-1], :2]
    # A participle ("Meeting.") is no more a sentence than a noun is.
    if noun < NOUN_SHARE and not (parts[-1].endswith("ing") and noun + verb >= NOUN_SHARE):
        return False
    return len(parts) == 1 or bool(words.uses[numbers[0], 0] + words.uses[numbers[0], 2] >= NOUN_SHARE)
