"""Opening quotation marks behind the numbers of a measure, where nothing can open: primes were meant."""

import re

from cleaner.edits import Edit
from cleaner.text import raw_lines

PRIMES = "opening-quote-for-prime"

EXPRESSIONS = ("[0-9¼½¾][‘“]",)
"""What stands, for the automaton, in every text with such a mark."""

_FEET, _INCHES = "[‘’'′]", '[“”"″]'
_GAP = "[ \u00a0\u202f]?"
_NUMBER = rf"[0-9]{{1,4}}(?:[.,][0-9]{{1,4}}|{_GAP}[¼½¾])?"
_BELOW_12 = rf"(?:1[01]|[0-9])(?:[.,][0-9]{{1,4}}|{_GAP}[¼½¾])?"
_BELOW_60 = r"[0-5]?[0-9](?:[.,][0-9]{1,4})?"
# A single number with a mark may as well end a quotation.
_MEASURES = (
    rf"[0-9]{{1,2}}{_FEET}{_GAP}{_BELOW_12}{_INCHES}",  # 6′ 2½″
    rf"[0-9]{{1,3}}{_GAP}°{_GAP}{_BELOW_60}{_FEET}(?:{_GAP}{_BELOW_60}{_INCHES})?",  # 40° 26′ 46″
    rf"{_NUMBER}{_FEET}(?:{_GAP}[x×]{_GAP}{_NUMBER}{_FEET}){{1,2}}",  # 8′ × 10′
    rf"{_NUMBER}{_INCHES}(?:{_GAP}[x×]{_GAP}{_NUMBER}{_INCHES}){{1,2}}",  # 8″ × 10″
)
_MEASURE = re.compile(rf"(?<![\w.,‘’'])(?:{'|'.join(_MEASURES)})(?:(?!\w)|(?=[NSEW]\b))")
_CLOSING = re.compile(r"(?<!\d)”")
_LOW_QUOTE = re.compile("[„‚]")
_PRIME = {**dict.fromkeys("‘’'", "′"), **dict.fromkeys('“”"', "″")}


def primes(text: str) -> list[Edit]:
    """The marks of measures with an opening quotation mark among them, as primes.

    ``6‘2“ tall`` becomes ``6′2″ tall``; ``6’2”`` and ``6'2"``, as many write it, stay. Nothing is done where such a mark may
    have to close a quotation: on a line with another mark that nothing else closes (a ” behind a number may be one of inches),
    and in texts with „ or ‚, to which “ and ‘ are the closing marks.
    """
    if _LOW_QUOTE.search(text):
        return []
    return [edit for start, end in raw_lines(text) for edit in _on_line(text, start, end)]


def _on_line(text: str, start: int, end: int) -> list[Edit]:
    measures = [match.span() for match in _MEASURE.finditer(text, start, end) if "‘" in match[0] or "“" in match[0]]
    if not measures:
        return []
    edges = [start, *(place for span in measures for place in span), end]
    rest = "".join(text[one:other] for one, other in zip(edges[::2], edges[1::2], strict=True))
    if rest.count("“") > len(_CLOSING.findall(rest)) or rest.count('"') % 2:
        return []
    places = (place for span in measures for place in range(*span) if text[place] in _PRIME)
    return [Edit(place, place + 1, _PRIME[text[place]], PRIMES) for place in places]
