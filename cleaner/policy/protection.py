"""What a drop must not take: quotations, reported speech, headlines, and a line that is part of a whole."""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence

from cleaner.edits import Finding
from cleaner.policy.wholes import whole_around
from cleaner.rules import Rule
from cleaner.text import Line

_QUOTATION = re.compile(r"[“„«\"‘].*[”“»\"’][.,;!?]?", re.DOTALL)
# A line that goes on behind a quotation says something of it; one with a verb of speech is what somebody said.
_BEGUN_BY_QUOTATION = re.compile(r"[“„«»\"「『]\s?\w[^\n]{1,120}?[”“»«\"」』],?\s?\w")
_SPEECH = re.compile(
    r"""[,،”“»«"’]\s(?:
    (?:he|she|they|it|the\s\w+|[A-Z]\w+)\s(?:said|says|wrote|asked|told|added|recalled)|(?:said|says|wrote|asked)\s\w
    |(?:lui\s)?(?:disait|écrivit|avait\snoté|répond(?:it|ait)|répétait|précisait|murmura|lança|dit(?:-elle|-il|\sl[ae]))\b
    |(?:le\s)?(?:dijo|decía|escribió|leyó|pidió|murmuró)\b|(?:disse|diz|dizia|pediu|escreveu)\b
    |(?:gli\s)?(?:disse|diceva|scrisse|chiese|recita|rispose)\b
    |(?:constate|estime|affirme|explique|souligne|rappelle|afirma|explica|señala|constata|spiega|afferma|urteilt|oordeelt|diz)
        \s(?:les?|la|el|los|las|il|lo|das|der|die|het|de|o|a|l['’])\b
    |(?:sagte|sagt|schrieb|stand|las\sder|meinte|fragte|warnte)\b|(?:zei|zegt|las\sde|schreef|stond|beloofde)\b
    |(?:sade|säger|skrev|stod|läste|sagde|siger|læste|sier|sto\sde[rt]|sa\sh[aou]n)\b|(?:sanoi|sanoo|kirjoitti|luki)\b
    |(?:powiedział|mówi|napisał|stwierdził|głosił|řekl|říká|napsal|mondta|írta|állt|kérte|îi\srăspunde|spuse|spunea|scri)a?\b
    |(?:είπε|έγραψε|έγραφε|έλεγε|гласила|говорила?|говорит|сказала?|написала?|сказав|казала?|каже|написав|пише)\b
    |(?:dedi|diyor|yazdı|yazıyordu|قال|قالت|كتب|قرأ|kata|ujar|tulis|(?:ông|bà|nhạc\ssĩ)\snói)\b)
    |[，、][^，。]{0,8}(?:说|說|写道|寫道|言う|言った|話した|述べた)|고\s[^.]{0,8}(?:말했|했다|적었)|कहा|कहते""",
    re.VERBOSE,
)
# A turn of a dialogue behind a dash, with what is said of it: "– Read more, said the boy.", "—Leer más —dijo el niño."
_TOLD_TURN = re.compile(r"[–—]\s?[^\W\d_][^\n]{1,160}?(?:[,!?…]\s|\s[–—]\s?)[^\W\d_A-Z][^\n]*[.!?…]")
_QUOTED_ELEMENTS = {"blockquote", "q"}
# What goes whole must not have been in one of these; a part of a headline, such as a mark to link it with, may go.
_GUARDED_ELEMENTS = {*_QUOTED_ELEMENTS, "h1", "pre"}


def protection(text: str, lines: Sequence[Line], finding: Finding, rule: Rule, dropped: Collection[int]) -> str:
    """What keeps the text of a drop; empty where nothing does. `dropped` has the starts and ends of all drops."""
    if not rule.detector and (whole := whole_around(text, finding, rule, lines, dropped)):
        return f"protected: inside {whole}"
    return _protected(finding, lines)


def _protected(finding: Finding, lines: Sequence[Line]) -> str:
    """What a drop would take that must stay: a quotation, a headline; empty for other text."""
    told = finding.original.strip()
    if _QUOTATION.fullmatch(told) or _BEGUN_BY_QUOTATION.match(told):
        return "protected: quotation"
    if "\n" not in told and (_SPEECH.search(told) or _TOLD_TURN.fullmatch(told)):
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
