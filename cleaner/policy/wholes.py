"""What a line is part of, by the lines around it: a sentence, verse, a dialogue, code, a list, a table, a glossary, a section.

A text may have each link and each word of its own style on a line of its own ("See the", "login", "page for more."), and words
of a site are also terms, titles and items. HTML has its elements: there it is headings alone.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from cleaner.edits import Finding
from cleaner.rules import Rule
from cleaner.text import LINE_BREAK, Line

# So many lines above and below are looked at for the same line.
_AROUND = 200


class _Place(msgspec.Struct, frozen=True):
    """A line that a rule would drop, and what is around it."""

    text: str
    lines: Sequence[Line]
    at: int
    """The number of the line."""
    rule: Rule
    dropped: Collection[int]
    """Starts and ends of all lines that would be dropped: these tell nothing."""

    def is_dropped(self, number: int) -> bool:
        return self.lines[number].start in self.dropped

    def shown(self, number: int) -> str:
        """What stands on a line."""
        return self.text[self.lines[number].start : self.lines[number].end]

    def line(self, number: int) -> str:
        """What stands on a line; nothing where there is none, or where it would be dropped, too."""
        return self.shown(number) if 0 <= number < len(self.lines) and not self.is_dropped(number) else ""

    @property
    def own(self) -> str:
        return self.shown(self.at)

    @property
    def before(self) -> str:
        return self.line(self.at - 1)

    @property
    def after(self) -> str:
        return self.line(self.at + 1)

    @property
    def beside(self) -> tuple[str, str]:
        """The lines before and after, unless a blank line stands between."""
        return "" if self.is_apart(self.at) else self.before, "" if self.is_apart(self.at + 1) else self.after

    def stands_again(self) -> bool:
        """Whether one of the lines around says the same."""
        around = range(max(self.at - _AROUND, 0), min(self.at + _AROUND, len(self.lines)))
        return sum(self.shown(number) == self.own for number in around) > 1

    def is_apart(self, number: int) -> bool:
        """Whether there is a blank line, which ends a sentence, between a line and the one before."""
        if not 0 < number < len(self.lines):
            return False
        return len(LINE_BREAK.findall(self.text, self.lines[number - 1].end, self.lines[number].start)) > 1


def whole_around(text: str, finding: Finding, rule: Rule, lines: Sequence[Line], dropped: Collection[int]) -> str:
    """What the line of a finding is part of; empty for a line alone, and for a finding that is not just one line.

    `dropped` has the starts and ends of all drops.
    """
    at = bisect_left(lines, finding.start, key=lambda line: line.start)
    if at == len(lines) or (lines[at].start, lines[at].end) != (finding.start, finding.end):
        return ""
    place = _Place(text, lines, at, rule, dropped)
    wholes = _WHOLES if lines[at].origin is None else {_SECTION: _is_heading}
    return next((name for name, holds in wholes.items() if holds(place)), "")


_HEADINGS = {"h2", "h3", "h4", "h5", "h6", "dt"}
# The title of a section is a few words; who wrote a post and when, which is a heading, too, has numbers.
_TITLE = re.compile(r"(?![*•·&-])[^\d\s]+(?:\s[^\d\s]+){0,3}(?<![.!?…])")
# The paragraph that follows has so many words, or characters of a script without spaces, and ends as sentences do; of a
# question less is enough, of its answer, and of what a glossary says of a term.
_HEADED_WORDS, _QUESTION_WORDS, _ANSWER_WORDS, _DEFINING_WORDS, _CLAUSE_WORDS, _CHARACTERS_OF_WORD = 12, 4, 2, 3, 5, 2
_ASKING = ("?", "？", "؟")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟][\"'”’»」』)）]?\Z")
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


# Marks of a heading, or of emphasis around all of a line, in Markdown.
_STYLE = re.compile(r"#{1,6}\s+|(?P<mark>\*\*|__)(?=\S.*\S(?P=mark)\Z)")


def _may_be_title(line: str) -> bool:
    style = _STYLE.match(line)
    bare = line[style.end() : len(line) - len(style["mark"] or "")] if style else line
    return _TITLE.fullmatch(bare) is not None


def _is_sentence(line: str, least: int) -> bool:
    words = max(len(line.split()), len(_WITHOUT_SPACES.findall(line)) // _CHARACTERS_OF_WORD)
    return words >= least and _SENTENCE_END.search(line) is not None


# The number and title of a section, as in contracts and manuals: ``1. Who we are``, ``Article 3``, ``§ 4 Haftung``.
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,2}[.)]|\d{1,2}\.\d{1,2})\s\s?[^\W\d_][^\n]{1,60}(?<![.!?…:,;])"
    r"|(?:§|art(?:icle|ikel|ículo|icolo|igo)?\.?|section|clause)\s?\d{1,2}[.:]?(?:\s[^\n]{1,60})?",
    re.IGNORECASE,
)


def _is_prose(line: str) -> bool:
    return _is_sentence(line, _QUESTION_WORDS if line.endswith(_ASKING) else _HEADED_WORDS)


def _is_heading(place: _Place) -> bool:
    origin = place.lines[place.at].origin
    is_title = origin and not _HEADINGS.isdisjoint(origin.path.split("/")) and _TITLE.fullmatch(place.own)
    return bool(is_title) and _is_prose(place.after)


def _is_title(place: _Place) -> bool:
    """The title of a text or of a section: apart from both its neighbours, or from neither; not below what is dropped."""
    at = place.at
    if not place.rule.may_be_title or not _may_be_title(place.own):
        return False
    heads_sections = _NUMBERED.fullmatch(place.after) and _is_sentence(place.line(place.at + 2), _CLAUSE_WORDS)
    if not heads_sections and not _is_prose(place.after):
        return False
    return at == 0 or (place.is_apart(at) == place.is_apart(at + 1) and not place.is_dropped(at - 1))


def _has_like(place: _Place, holds: Callable[[str, str], bool]) -> bool:
    """Whether something holds of a line and what stands below it, and of the one two lines above or below, which stays."""
    numbers = (place.at - 2, place.at + 2)
    others = ((place.line(number), place.line(number + 1)) for number in numbers)
    return holds(place.own, place.after) and any(holds(line, below) for line, below in others)


def _is_short_section(place: _Place) -> bool:
    """The title of a section of one sentence, next to another such section."""
    return place.rule.may_be_title and _has_like(
        place, lambda line, below: _may_be_title(line) and _is_sentence(below, _CLAUSE_WORDS)
    )


def _is_question(place: _Place) -> bool:
    """A question with its answer below, next to another one: a form asks as well, and goes on with a button."""
    return _has_like(
        place, lambda line, below: line.endswith(_ASKING) and _is_sentence(below, _ANSWER_WORDS) and not below.endswith(_ASKING)
    )


def _is_clause(place: _Place) -> bool:
    """A sentence below the number and title of a section."""
    return _is_sentence(place.own, _CLAUSE_WORDS) and bool(_NUMBERED.fullmatch(place.before))


# A turn of a dialogue, and one that is a whole sentence.
_TURN = re.compile(r"[-–—]\s?[\"'“„«‘]?\w")
_WHOLE_TURN = re.compile(_TURN.pattern + r".*[.!?…।؟][\"'”’»]?", re.DOTALL)


def _is_turn(place: _Place) -> bool:
    """A turn between two others, or the answer to a question."""
    if not (_TURN.match(place.own) and _WHOLE_TURN.fullmatch(place.before)):
        return False
    return place.before.rstrip("\"'”’»").endswith(_ASKING) or _WHOLE_TURN.fullmatch(place.after) is not None


_TIME_CODE = re.compile(r"\d\d:\d\d(?::\d\d)?[,.]\d{3}\s-->\s\d.*")


def _is_subtitle(place: _Place) -> bool:
    """What stands below the times of a subtitle, in its first line or the second."""
    return any(_TIME_CODE.fullmatch(place.line(place.at - above)) for above in (1, 2))


# A row of a table in Markdown, and the one that rules off its head. A single cell has two bars.
_ROW, _RULED, _BARS_OF_CELL = re.compile(r"\|.*\|"), re.compile(r"[|\s:=-]+"), 2


def _is_row(place: _Place) -> bool:
    """A row of a table in Markdown, next to another with as many cells, which stays."""
    bars = place.own.count("|")

    def is_row(line: str) -> bool:
        return bool(_ROW.fullmatch(line)) and not _RULED.fullmatch(line) and line.count("|") == bars > _BARS_OF_CELL

    return is_row(place.own) and (is_row(place.before) or is_row(place.after))


# A line that may be a comment, or one of a patch; what code has in the line above or below; and what is set to a value.
_COMMENT = re.compile(r"(?:[-+]|#|--|//)\s?\w")
_CODE = re.compile(
    r"[;{}]\Z|\w\([^()]*\)[:;]?\Z|\A[\w.]+(?:\[[^\]]*\])?\s?[-+:]?=\s?\S"
    r"|\A(?:@@\s|\+[A-Za-z]|import\s[\w.]+\Z|pass\Z|return\b)"
)
_ASSIGNED = re.compile(r"[a-z][\w.]{0,30}\s?=\s?\S")


def _is_comment(place: _Place) -> bool:
    """A comment or a line of a patch beside code, or what is set to a value itself."""
    if _ASSIGNED.match(place.own):
        return True
    return bool(_COMMENT.match(place.own) and (_CODE.search(place.before) or _CODE.search(place.after)))


# So many items are looked at, of less than so many words; and a sentence that announces them has more words than that.
_MOST_ITEMS, _ITEM_WORDS, _ANNOUNCING_WORDS = 12, 5, 4


def _is_announced(place: _Place) -> bool:
    """One of several that a sentence with a colon announces: ``The dialog has these buttons:``.

    A label alone may as well stand between such a sentence and what it announces.
    """

    def is_item(number: int) -> bool:
        line = place.lines[number]
        is_short = place.text.count(" ", line.start, line.end) + 1 < _ITEM_WORDS and place.text[line.end - 1] != ":"
        is_first = place.text[place.lines[number - 1].end - 1] == ":"
        return is_short and (place.is_dropped(number) or is_first or not place.is_apart(number))

    above = place.at
    while above > 0 and place.at - above < _MOST_ITEMS and is_item(above):
        above -= 1
    is_alone = above == place.at - 1 and not (place.at + 1 < len(place.lines) and is_item(place.at + 1))
    line = place.lines[above]
    announces = place.text[line.end - 1] == ":" and place.text.count(" ", line.start, line.end) >= _ANNOUNCING_WORDS
    return above < place.at and announces and not is_alone


_TERMS = 3
_COOKIES = re.compile("(?i)cookie|tracking tech")


def _is_term(place: _Place) -> bool:
    """A term of a glossary: one of three different ones in a row, each with a sentence below it.

    So does a window of consent explain its kinds of cookies.
    """
    for first in (place.at - 4, place.at - 2, place.at):
        behind = first + 2 * _TERMS
        if first < 0 or behind > len(place.lines):
            continue
        terms = {place.shown(number) for number in range(first, behind, 2)}
        told = [place.line(number) for number in range(first + 1, behind, 2)]
        are_terms = len(terms) == _TERMS and all(map(_may_be_title, terms))
        are_told = are_terms and all(_is_sentence(one, _DEFINING_WORDS) for one in told)
        if are_told and not any(map(_COOKIES.search, (*terms, *told))):
            return True
    return False


# A list of words has so many at least, of which one in three is no word of a site.
_LISTED_WORDS, _OTHER_SHARE = 6, 1 / 3
_SMALL_WORDS = re.compile(r"(?:[-*•]\s)?(?:[^\W\d_]|['’-])+(?:\s(?:[^\W\d_]|['’-])+){0,2}")


def _is_word(place: _Place) -> bool:
    """One of a list of words in small letters, as the vocabulary of a lesson; below each post of a forum are buttons."""

    def is_word(number: int) -> bool:
        words = place.shown(number)
        return words.islower() and _SMALL_WORDS.fullmatch(words) is not None

    if not is_word(place.at):
        return False
    first = end = place.at
    while first > 0 and place.at - first < _MOST_ITEMS and is_word(first - 1):
        first -= 1
    while end < len(place.lines) and end - place.at < _MOST_ITEMS and is_word(end):
        end += 1
    others = sum(not place.is_dropped(number) for number in range(first, end))
    return end - first >= _LISTED_WORDS and others >= _OTHER_SHARE * (end - first) and not place.stands_again()


# A sentence has so many words at most that stands by itself between two of `_CLAUSE_WORDS`. A label has no full stop.
_SAID_WORDS = 5
_FULL_STOP = re.compile(r"[^.][.。।]\Z")


def _is_said(place: _Place) -> bool:
    """A short sentence between two others: ``Follow me.`` in a story, ``Log out.`` among what is to be done."""
    is_short = _FULL_STOP.search(place.own) is not None and not _is_sentence(place.own, _SAID_WORDS + 1)
    return is_short and _is_sentence(place.before, _CLAUSE_WORDS) and _is_sentence(place.after, _CLAUSE_WORDS)


# What a line can only end with, or begin with, where it is not whole. A slash is not: it stands between the links of a menu.
_GOES_ON = re.compile(r"[(\[{_=]\Z")
_WENT_ON = re.compile(r"[,;:)\]}](?!\w)|\.(?![\w.])|\(\)|[\"'’]\Z")
# A line that ends so is the first part of a sentence, if the line behind begins with a small letter.
_OPEN_END = re.compile(r"[^\W_],?\Z")
# With fewer words on both sides they may as well be the links of a menu that is all in small letters.
_SENTENCE_WORDS = 5


def _is_verse(place: _Place) -> bool:
    """A line of verse: it goes on behind a comma in small letters, or the next says it again and goes on."""
    before, after = place.beside
    goes_on = before.endswith((",", "،")) and place.own[:1].isalpha() and not place.own[:1].isupper()
    said = place.own.rstrip(".,!?… ").casefold()
    return goes_on or after.casefold().startswith((f"{said}, ", f"{said}،"))


def _is_piece(place: _Place) -> bool:
    """A piece of a sentence, or of code."""
    before, after = place.beside
    if _GOES_ON.search(before) or _WENT_ON.match(after) or (after and place.own.endswith(",")):
        return True
    if place.own[-1:].isalpha() and after[:1].islower() and _is_sentence(after, _CLAUSE_WORDS):
        return True
    words = len(before.split()) + len(after.split())
    return words >= _SENTENCE_WORDS and bool(_OPEN_END.search(before)) and after[:1].islower()


_SECTION = "the section that it heads"
_WHOLES: Mapping[str, Callable[[_Place], bool]] = {
    "a dialogue": _is_turn,
    "a subtitle": _is_subtitle,
    "a table": _is_row,
    "code": _is_comment,
    _SECTION: _is_title,
    "short sections": _is_short_section,
    "questions and answers": _is_question,
    "a numbered section": _is_clause,
    "a list that a sentence announces": _is_announced,
    "a glossary": _is_term,
    "a list of words": _is_word,
    "a text of sentences": _is_said,
    "verse": _is_verse,
    "a sentence": _is_piece,
}
