"""Words that two documents of one story have otherwise, where one of them reads worse: candidates for garbled phrases."""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from cleaner.garble import LANGUAGE, Sibling, against
from cleaner.garble.differences import SHORT_LETTERS
from cleaner.garble.sketches import VALUES, Sketch, siblings, sketch
from cleaner.language import detect
from cleaner.learn.proposals import Proposal, Seen, Trial, shown
from cleaner.learn.sampling import Sample
from cleaner.learn.slots import UNUTTERABLE
from cleaner.learn.stories import firsts
from cleaner.learn.testing import Silence
from cleaner.rules import Ruleset

MAX_SKETCHES = 50_000
"""So many documents are looked at, 1 kB of each in memory: those whose first hash is lowest, which versions of one story share
as often as they share passages."""
MAX_COMPARED = 5_000
"""So many of them are compared with their siblings."""
# Nearly the same words: a tenth of the pairs of long words. Where a machine has swapped two words of five it is a fifth.
_NEARLY = VALUES // 10
_MOST_SIBLINGS = 3
# Running text.
_LONG_LINE = 60
# A swap is proposed that was seen in several stories, or whose original is clear: `garble.against` is so sure of it.
_SEVERAL = 2
_CLEAR = 0.95
# What stands more often in a text is what it is about: where pages are made alike, it is a slot.
_MOST_TIMES = 2
MAX_PHRASES = 1_000
_SHOWN = 300


class _Swap(msgspec.Struct, frozen=True, order=True):
    """A phrase in one document, and what stands in its place in a sibling."""

    score: float
    id: str
    story: str
    line: str
    sibling_line: str


def proposals(sample: Sample, known: Ruleset, silence: Silence) -> Iterator[Proposal]:
    """The rule for all garbled phrases that the documents of a folder tell of each other; none where there are none."""
    listed = {phrase.found.casefold() for rule in known for phrase in rule.phrases}
    found: dict[tuple[str, str], list[_Swap]] = defaultdict(list)
    for phrase, swap in _swaps(sample):
        if phrase[0] not in listed:
            found[phrase].append(swap)
    kept = {
        phrase: sorted(swaps)
        for phrase, swaps in sorted(found.items())
        if len({swap.story for swap in swaps}) >= _SEVERAL or max(swap.score for swap in swaps) >= _CLEAR
    }
    best = sorted(kept, key=lambda phrase: (-len(kept[phrase]), -max(one.score for one in kept[phrase]), phrase))[:MAX_PHRASES]
    phrases = _one_original(sorted(best), kept)
    for phrase in best:
        if phrases.get(phrase[0]) == phrase[1] and (tests := _tests(phrase, kept[phrase], phrases, silence)):
            swaps = [one for found_as, original in phrases.items() for one in kept[found_as, original]]
            ids = sorted({one.id for one in swaps})
            yield Proposal(
                kind="phrases",
                words="words unlike another version",
                summary="Words that read worse than those of another version of the same text",
                fields={"languages": [LANGUAGE]},
                action="flag",
                label="garbled",
                phrases=phrases,
                seen=Seen("", f"{len(ids)} documents beside versions of the same story: {shown(ids)}"),
                groups=len({one.story for one in swaps}),
                evidence=f"{len(phrases)} phrases, each seen in {_SEVERAL} stories or with a clear original",
                example=tests[0],
                counterexample=tests[1],
            )
            return


def _one_original(ordered: Sequence[tuple[str, str]], kept: Mapping[tuple[str, str], Sequence[_Swap]]) -> dict[str, str]:
    """For each phrase the original that was seen most."""
    phrases: dict[str, str] = {}
    for found, original in ordered:
        if found not in phrases or len(kept[found, original]) > len(kept[found, phrases[found]]):
            phrases[found] = original
    return phrases


def _tests(
    phrase: tuple[str, str], swaps: Sequence[_Swap], phrases: Mapping[str, str], silence: Silence
) -> tuple[Trial, Trial] | None:
    """An example and a counterexample, the same passage in two versions; None where other rules speak of it."""
    found, original = phrase
    for swap in swaps:
        example, counter = _around(swap.line, found), _around(swap.sibling_line, original)
        hits = _hits(example, phrases)
        if hits and counter and not _hits(counter, phrases) and silence.holds([counter], "", LANGUAGE):
            return (
                Trial(lines=(example,), find=tuple(hits)),
                Trial(lines=(counter,), why="the same passage in the other version"),
            )
    return None


def _hits(text: str, phrases: Mapping[str, str]) -> list[str]:
    """What of `phrases` stands in a text, in order."""
    places = {match.span() for found in phrases for match in re.finditer(_pattern(found), text)}
    return [text[start:end] for start, end in sorted(places)]


def _pattern(phrase: str) -> str:
    return rf"(?i)(?<!\w){re.escape(phrase)}(?!\w)"


def _around(line: str, phrase: str) -> str:
    """The phrase in its line, with whole words around it; empty where it does not stand there."""
    match = re.search(_pattern(phrase), line)
    if not match or UNUTTERABLE.search(line):
        return ""
    low, high = max(match.start() - _SHOWN, 0), min(match.end() + _SHOWN, len(line))
    low = line.find(" ", low, match.start()) + 1 if low else 0
    high = line.rfind(" ", match.end(), high) if high < len(line) and " " in line[match.end() : high] else high
    return line[low:high].strip()


def _swaps(sample: Sample) -> Iterator[tuple[tuple[str, str], _Swap]]:
    """Every swap between documents that tell one story, with the phrase and its original, both in lower case."""
    related = siblings(_sketches(sample), _NEARLY)
    story = firsts(related)
    for digest in sorted(related)[:MAX_COMPARED]:
        kept = sample.text(digest)
        text = "\n".join(kept.lines)
        if detect(text).language != LANGUAGE:
            continue
        others = {other: "\n".join(sample.text(other).lines) for other in related[digest][:_MOST_SIBLINGS]}
        for finding in against(text, [Sibling(other, of_other) for other, of_other in others.items()]):
            if text.casefold().count(finding.original.casefold()) > _MOST_TIMES:
                continue
            if phrase := _phrase(text, finding.start, finding.end, finding.suggestion or "", [*others.values()]):
                found, original, sibling_line = phrase
                yield (
                    (found, original),
                    _Swap(
                        finding.score or 0.0, kept.id, story[digest], _line_of(text, finding.start, finding.end), sibling_line
                    ),
                )


def _sketches(sample: Sample) -> dict[str, Sketch]:
    """The sketches of the running text of up to `MAX_SKETCHES` documents."""
    lowest: list[tuple[int, str, Sketch]] = []
    for digest, kept in sample.texts():
        made = sketch("\n".join(line for line in kept.lines if len(line) >= _LONG_LINE))
        if made is None:
            continue
        entry = (-int(made[0]), digest, made)
        if len(lowest) < MAX_SKETCHES:
            heapq.heappush(lowest, entry)
        elif entry[:2] > lowest[0][:2]:
            heapq.heapreplace(lowest, entry)
    return {digest: made for _, digest, made in lowest}


_WORD_BEFORE = re.compile(r"([A-Za-z’'-]+) $")
_WORD_BEHIND = re.compile(r" ([A-Za-z’'-]+)")
_MOST_WORDS = 4


def _phrase(text: str, start: int, end: int, suggestion: str, others: Sequence[str]) -> tuple[str, str, str] | None:
    """A swap with a neighbour that both versions have, and the sibling's line; None where there is none.

    One word alone is no garbled phrase: it is at home elsewhere.
    """
    found = text[start:end]
    before = _WORD_BEFORE.search(text, max(start - 40, 0), start)
    behind = _WORD_BEHIND.match(text, end)
    tried = [(found, suggestion)] if " " in found else []
    beside = [("", f" {behind[1]}")] if behind and len(behind[1]) > SHORT_LETTERS else []
    beside += [(f"{before[1]} ", "")] if before and len(before[1]) > SHORT_LETTERS else []
    tried += ((f"{left}{found}{right}", f"{left}{suggestion}{right}") for left, right in beside)
    for phrase, original in tried:
        if "\n" in phrase + original or len(phrase.split()) > _MOST_WORDS or UNUTTERABLE.search(phrase + original):
            continue
        for other in others:
            if match := re.search(_pattern(original), other):
                return phrase.casefold(), original.casefold(), _line_of(other, *match.span())
    return None


def _line_of(text: str, start: int, end: int) -> str:
    """The line, or the lines, that a span stands in."""
    behind = text.find("\n", end)
    return text[text.rfind("\n", 0, start) + 1 : behind if behind >= 0 else len(text)]
