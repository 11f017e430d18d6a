"""What a drop must not take: quotations, reported speech, headlines, and a line that is part of something."""

import re
from bisect import bisect_left
from collections.abc import Sequence, Set

from cleaner.edits import Finding
from cleaner.rules import Rule
from cleaner.text import LINE_BREAK, Line

_QUOTATION = re.compile(r"[“„«\"‘].*[”“»\"’][.,;!?]?", re.DOTALL)
# A line that goes on behind a quotation says something of it; one with a verb of speech is what somebody said.
_BEGUN_BY_QUOTATION = re.compile(r"[“„«»\"「『]\s?\w[^\n]{1,120}?[”“»«\"」』],?\s?\w")
_SPEECH = re.compile(
    r"""[,،”“»«"’]\s(?:
    (?:he|she|they|it|the\s\w+|[A-Z]\w+)\s(?:said|says|wrote|asked|told|added|recalled)|(?:said|says|wrote|asked)\s\w
    |(?:lui\s)?(?:disait|écrivit|avait\snoté|répond(?:it|ait)|répétait|précisait|murmura|lança|dit(?:-elle|-il|\sl[ae]))\b
    |(?:le\s)?(?:dijo|decía|escribió|leyó|pidió|murmuró)\b|(?:disse|diz|dizia|pediu|escreveu)\b
    |(?:gli\s)?(?:disse|diceva|scrisse|chiese|recita|rispose)\b
    |(?:sagte|sagt|schrieb|stand|las\sder|meinte|fragte|warnte)\b|(?:zei|zegt|las\sde|schreef|stond|beloofde)\b
    |(?:sade|säger|skrev|stod|läste|sagde|siger|læste|sier|sto\sde[rt]|sa\sh[aou]n)\b|(?:sanoi|sanoo|kirjoitti|luki)\b
    |(?:powiedział|mówi|napisał|stwierdził|głosił|řekl|říká|napsal|mondta|írta|állt|kérte|îi\srăspunde|spuse|spunea|scri)a?\b
    |(?:είπε|έγραψε|έγραφε|έλεγε|гласила|говорила?|говорит|сказала?|написала?|сказав|казала?|каже|написав|пише)\b
    |(?:dedi|diyor|yazdı|yazıyordu|قال|قالت|كتب|قرأ|kata|ujar|tulis|(?:ông|bà|nhạc\ssĩ)\snói)\b)
    |[，、][^，。]{0,8}(?:说|說|写道|寫道|言う|言った|話した|述べた)|고\s[^.]{0,8}(?:말했|했다|적었)|कहा|कहते""",
    re.VERBOSE,
)
_QUOTED_ELEMENTS = {"blockquote", "q"}
# What goes whole must not have been in one of these; a part of a headline, such as a mark to link it with, may go.
_GUARDED_ELEMENTS = {*_QUOTED_ELEMENTS, "h1", "pre"}


def protection(text: str, lines: Sequence[Line], finding: Finding, rule: Rule, dropped: Set[int]) -> str:
    """What keeps the text of a drop; empty where nothing does. `dropped` has the starts and ends of all drops."""
    if not rule.detector and (whole := _woven_in(text, finding, rule, lines, dropped)):
        return f"protected: inside {whole}"
    return _protected(finding, lines)


def _protected(finding: Finding, lines: Sequence[Line]) -> str:
    """What a drop would take that must stay: a quotation, a headline; empty for other text."""
    told = finding.original.strip()
    if _QUOTATION.fullmatch(told) or _BEGUN_BY_QUOTATION.match(told):
        return "protected: quotation"
    if "\n" not in told and _SPEECH.search(told):
        return "protected: reported speech"
    at = bisect_left(lines, finding.start, key=lambda line: line.end)
    while at < len(lines) and lines[at].start < finding.end:
        if origin := lines[at].origin:
            whole = finding.start <= lines[at].start and lines[at].end <= finding.end
            guarded = _GUARDED_ELEMENTS if whole else _QUOTED_ELEMENTS
            if element := guarded.intersection(origin.path.split("/")):
                return f"protected: inside <{min(element)}>"
        at += 1
    return ""


_SECTION = "the section that it heads"
_HEADINGS = {"h2", "h3", "h4", "h5", "h6", "dt"}
# The title of a section is a few words; who wrote a post and when, which is a heading, too, has numbers.
_TITLE = re.compile(r"(?![*•·&-])[^\d\s]+(?:\s[^\d\s]+){0,3}(?<![.!?…])")
# The paragraph that follows has so many words, or characters of a script without spaces, and ends as sentences do; of a
# question less is enough.
_HEADED_WORDS, _QUESTION_WORDS, _CHARACTERS_OF_WORD = 12, 4, 2
_SENTENCE_END = re.compile(r"[.!?…。！？।؟][\"'”’»」』)）]?\Z")
_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
# What a line can only end with, or begin with, where it is not whole. A slash is not: it stands between the links of a menu.
_GOES_ON = re.compile(r"[(\[{_=]\Z")
_WENT_ON = re.compile(r"[,;:)\]}](?!\w)|\.(?![\w.])|\(\)|[\"'’]\Z")
# A line that ends so is the first part of a sentence, if the line behind the finding begins with a small letter.
_OPEN_END = re.compile(r"[^\W_],?\Z")
# With fewer words on both sides they may as well be the links of a menu that is all in small letters.
_SENTENCE_WORDS = 5
# A line that may be a comment, or one of a patch; and what code has in the line above or below.
_COMMENT = re.compile(r"(?:[-+]|#|--|//)\s?\w")
_CODE = re.compile(r"[;{}]\Z|\w\([^()]*\)[:;]?\Z|\A[\w.]+(?:\[[^\]]*\])?\s?[-+:]?=\s?\S|\A(?:@@\s|\+[A-Za-z]|import\s[\w.]+\Z|pass\Z|return\b)")
# A turn of a dialogue, and one that is a whole sentence.
_TURN = re.compile(r"[-–—]\s?\w")
_WHOLE_TURN = re.compile(_TURN.pattern + r".*[.!?…][\"'”’»]?", re.DOTALL)


def _woven_in(text: str, finding: Finding, rule: Rule, lines: Sequence[Line], dropped: Set[int]) -> str:
    """What a finding is a line of, by the lines around it: a sentence (or code), a dialogue, a section; empty for a line alone.

    A text may have each link and each word of its own style on a line of its own: "See the", "login", "page for more." Lines
    that are dropped, too (`dropped` has their starts and ends), tell nothing. HTML has its elements: there it is headings.
    """
    at = bisect_left(lines, finding.start, key=lambda line: line.start)
    if at == len(lines) or (lines[at].start, lines[at].end) != (finding.start, finding.end):
        return ""
    after = "" if at + 1 == len(lines) or lines[at + 1].start in dropped else text[lines[at + 1].start : lines[at + 1].end]
    is_prose = _is_prose(after)
    if origin := lines[at].origin:
        is_title = not _HEADINGS.isdisjoint(origin.path.split("/")) and _TITLE.fullmatch(finding.original)
        return _SECTION if is_title and is_prose else ""
    before = "" if at == 0 or lines[at - 1].end in dropped else text[lines[at - 1].start : lines[at - 1].end]
    if _TURN.match(finding.original) and _WHOLE_TURN.fullmatch(before) and _WHOLE_TURN.fullmatch(after):
        return "a dialogue"
    if _COMMENT.match(finding.original) and (_CODE.search(before) or _CODE.search(after)):
        return "code"
    above = at > 0 and _is_apart(text, lines[at - 1].end, finding.start)
    below = at + 1 < len(lines) and _is_apart(text, finding.end, lines[at + 1].start)
    may_head = rule.may_be_title and is_prose and (at == 0 or (above == below and lines[at - 1].end not in dropped))
    if may_head and _TITLE.fullmatch(finding.original):
        return _SECTION
    if _is_announced(text, lines, at, dropped):
        return "a list that a sentence announces"
    if _is_defined(text, lines, at, dropped):
        return "a glossary"
    before, after = "" if above else before, "" if below else after
    if _GOES_ON.search(before) or _WENT_ON.match(after) or (after and finding.original.endswith(",")):
        return "a sentence"
    words = len(before.split()) + len(after.split())
    both = words >= _SENTENCE_WORDS and _OPEN_END.search(before) and after[:1].islower()
    return "a sentence" if both else ""


def _is_prose(line: str) -> bool:
    """Whether a line is a sentence or more, as may stand below a title."""
    least = _QUESTION_WORDS if line.endswith(("?", "？", "؟")) else _HEADED_WORDS
    return _words(line) >= least and _SENTENCE_END.search(line) is not None


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether there is a blank line between two lines, which ends a sentence."""
    return len(LINE_BREAK.findall(text, start, end)) > 1


def _is_announced(text: str, lines: Sequence[Line], at: int, dropped: Set[int]) -> bool:
    """Whether a line is one of several that a sentence with a colon announces: ``The dialog has these buttons:``.

    A label alone may as well stand between such a sentence and what it announces.
    """

    def is_item(number: int) -> bool:
        line = lines[number]
        is_short = text.count(" ", line.start, line.end) < _ITEM_WORDS and text[line.end - 1] != ":"
        return is_short and (line.start in dropped or not _is_apart(text, lines[number - 1].end, line.start))

    above = at
    while above > 0 and at - above < _MOST_ITEMS and is_item(above):
        above -= 1
    is_alone = above == at - 1 and not (at + 1 < len(lines) and is_item(at + 1))
    line = lines[above]
    is_sentence = text[line.end - 1] == ":" and text.count(" ", line.start, line.end) >= _ANNOUNCING_WORDS
    return above < at and is_sentence and not is_alone


_MOST_ITEMS, _ITEM_WORDS, _ANNOUNCING_WORDS = 12, 4, 4


def _is_defined(text: str, lines: Sequence[Line], at: int, dropped: Set[int]) -> bool:
    """Whether a line is a term of a glossary: one of three different ones in a row, each with a sentence below it.

    So does a window of consent explain its kinds of cookies.
    """
    for first in (at - 4, at - 2, at):
        run = lines[first : first + 6] if first >= 0 else ()
        shown = [text[line.start : line.end] for line in run]
        terms, told = shown[::2], shown[1::2]
        is_glossary = len(told) == len({*terms}) == _TERMS and all(map(_TITLE.fullmatch, terms)) and all(map(_is_sentence, told))
        if is_glossary and dropped.isdisjoint(line.start for line in run[1::2]) and not any(map(_COOKIES.search, shown)):
            return True
    return False


def _is_sentence(line: str) -> bool:
    return _words(line) >= _DEFINING_WORDS and _SENTENCE_END.search(line) is not None


def _words(line: str) -> int:
    return max(len(line.split()), len(_WITHOUT_SPACES.findall(line)) // _CHARACTERS_OF_WORD)


_TERMS, _DEFINING_WORDS = 3, 3
_COOKIES = re.compile("(?i)cookie|tracking tech")
