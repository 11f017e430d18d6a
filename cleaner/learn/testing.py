"""The tests that a proposed rule carries: lines of the folder that it takes, and the most similar ones that it leaves alone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec
import numpy as np
import regex

from cleaner.learn.proposals import Proposal, Trial
from cleaner.learn.recurring import Collection, Place
from cleaner.learn.slots import UNUTTERABLE, is_free
from cleaner.pipeline import Cleaner
from cleaner.rulecheck import TESTING
from cleaner.rules import Position, Ruleset
from cleaner.text import Document

# A line of content, by the chrome model; of what length it makes a test.
_CONTENT = 0.5
_SHORTEST, _LONGEST = 12, 300
# An example shows so many of the lines of a block.
_SHOWN = 6
# So many lines of content are looked through for a counterexample, so many of them with one word, and
# so many with any.
_LOOKED_THROUGH, _WITH_ONE_WORD, _COMPARED = 20_000, 40, 60
# So many are tried, the most similar first, with so much of what stands around them: what `rules lint` counts is candidates
# for each 1,000 characters of counterexamples.
_TRIED = 6
_WITH_NEIGHBOURS, _MOST_NEIGHBOURS = 400, 8

QUOTED = "The note on the door read “{}”, and nobody in the whole street could say who had written it, or for whom."
"""A counterexample where the folder has no line of content at all."""

_WORD = regex.compile(r"\w{2,}")


class Silence:
    """Tells whether the shipped rules leave a text alone, as they have to leave a counterexample."""

    def __init__(self, shipped: Ruleset) -> None:
        self._shipped = shipped

    @cached_property
    def _cleaner(self) -> Cleaner:
        """Made ready, which takes a second, where there is anything to test."""
        return Cleaner(TESTING, self._shipped)

    def holds(self, lines: Sequence[str], domain: str, language: str | None) -> bool:
        """Whether no stable rule has anything to say of these lines."""
        url = f"https://{domain}/" if domain else None
        found = self._cleaner.detect(Document(text="\n".join(lines), url=url, language=language)).findings
        return all(self._cleaner.ruleset.by_id[finding.rule].status != "stable" for finding in found)


class Tester:
    """Chooses tests for the proposals of one collection."""

    def __init__(self, collection: Collection, silence: Silence) -> None:
        self._collection = collection
        self._silence = silence

    def tested(self, proposal: Proposal) -> bool:
        """Give a proposal its tests; whether there are any."""
        compiled = regex.compile(proposal.fields["pattern"])
        if any(map(is_free, proposal.keys)) and self._takes_content(proposal, compiled):
            return False
        proposal.example = self._example(proposal, compiled)
        proposal.counterexample = self._counterexample(proposal, compiled)
        proposal.places = ()  # with what they are of, they would fill the memory
        return proposal.example is not None and proposal.counterexample is not None

    def _takes_content(self, proposal: Proposal, compiled: "regex.Pattern[str]") -> bool:
        """Whether a pattern that holds for more than it was made from takes lines of content with it."""
        own = {*proposal.places}
        where = msgspec.convert(proposal.fields.get("position"), Position | None)
        return any(
            compiled.fullmatch(there.lines[line])
            for page, there in enumerate(self._collection.pages)
            for line in np.flatnonzero(there.content >= _CONTENT).tolist()
            if (page, line) not in own and (where is None or where.holds(line, len(there.lines)))
        )

    # ---- examples

    def _example(self, proposal: Proposal, compiled: "regex.Pattern[str]") -> Trial | None:
        until = proposal.fields.get("until")
        end = regex.compile(until) if until else None
        for page, line in proposal.places[:_TRIED]:
            lines = self._collection.pages[page].lines
            if proposal.kind == "list":
                stop = self._end_of_list(lines, line, end)
                shown, taken = list(lines[line : stop + (end is not None)]), range(stop - line)
            elif proposal.kind == "value":
                shown, taken = list(lines[line - 1 : line + 1]), range(1, 2)
            else:
                stop = line + 1
                while stop < min(len(lines), line + _SHOWN) and compiled.fullmatch(lines[stop]):
                    stop += 1
                shown, taken = list(lines[line:stop]), range(stop - line)
            left = [text for number, text in enumerate(shown) if number not in taken]
            beside = self._content_beside(page, line)
            if proposal.kind == "headline":  # above, and again below
                shown = [lines[line], beside[1] if beside else "", lines[line]]
                left = shown[:-1]
            elif beside and not compiled.fullmatch(beside[1]):
                before, after = ([], [beside[1]]) if beside[0] > line else ([beside[1]], [])
                shown, left = [*before, *shown, *after], [*before, *left, *after]
            if not any(map(UNUTTERABLE.search, shown)):
                return Trial(lines=tuple(shown), result=tuple(left))
        return None

    @staticmethod
    def _end_of_list(lines: Sequence[str], first: int, end: "regex.Pattern[str] | None") -> int:
        if end is None:
            return len(lines)
        return next((line for line in range(first + 1, len(lines)) if end.fullmatch(lines[line])), len(lines))

    def _content_beside(self, page: int, line: int) -> tuple[int, str] | None:
        """The nearest line of content, after or before."""
        for other, text in sorted(self._content_of_page(page), key=lambda one: (abs(one[0] - line), one[0])):
            if not UNUTTERABLE.search(text) and text != self._collection.line((page, line)):
                return other, text
        return None

    def _content_of_page(self, page: int) -> Iterator[tuple[int, str]]:
        there = self._collection.pages[page]
        keys = self._collection.keys[page]
        for line, (text, content, key) in enumerate(zip(there.lines, there.content, keys, strict=True)):
            if content >= _CONTENT and _SHORTEST <= len(text) <= _LONGEST and key and key not in self._collection.places:
                yield line, text

    # ---- counterexamples

    def _counterexample(self, proposal: Proposal, compiled: "regex.Pattern[str]") -> Trial | None:
        for place in self._similar(proposal)[:_TRIED]:
            lines = self._with_neighbours(place)
            for text in (lines, [self._collection.line(place)]):
                # A headline's rule takes nothing that stands there once.
                taken = proposal.kind != "headline" and any(map(compiled.fullmatch, text))
                if (
                    not taken
                    and len({*text}) == len(text)
                    and self._silence.holds(text, proposal.seen.domain, self._collection.pages[place[0]].language)
                ):
                    return Trial(lines=tuple(text), why="the most similar line of content in the folder")
        quoted = QUOTED.format(self._collection.line(proposal.places[0])[:_LONGEST])
        if not compiled.fullmatch(quoted) and self._silence.holds([quoted], proposal.seen.domain, "en"):
            return Trial(lines=(quoted,), why="the folder has no line of content like it, so a sentence quotes it")
        return None

    def _similar(self, proposal: Proposal) -> list[Place]:
        """Lines of content, the most similar to what a proposal takes first."""
        sought = [self._collection.line(place) for place in proposal.places[:_TRIED]]
        words = {word for line in sought for word in _WORD.findall(line.casefold())}
        places: set[Place] = set()
        for word in sorted(words, key=lambda word: (len(self._by_word.get(word, ())), word)):  # the rarest tell most
            places.update(self._by_word.get(word, ()))
            if len(places) >= _COMPARED:
                break
        places = places or {*self._content[:_COMPARED]}
        wanted = [_trigrams(line) for line in sought]
        likeness = {place: max(_dice(_trigrams(self._collection.line(place)), one) for one in wanted) for place in places}
        return sorted(places, key=lambda place: (-likeness[place], place))

    def _with_neighbours(self, place: Place) -> list[str]:
        """A line of content and what of its page's content stands after it, or before."""
        page, line = place
        content = list(self._content_of_page(page))
        at = next(number for number, (other, _) in enumerate(content) if other == line)
        low = high = at
        room = _WITH_NEIGHBOURS - len(content[at][1])
        while room > 0 and high - low < _MOST_NEIGHBOURS and (high + 1 < len(content) or low):
            if high + 1 < len(content):
                high += 1
                room -= len(content[high][1])
            else:
                low -= 1
                room -= len(content[low][1])
        return [text for _, text in content[low : high + 1]]

    @cached_property
    def _content(self) -> list[Place]:
        found: list[Place] = []
        for page in range(len(self._collection.pages)):
            found += ((page, line) for line, _ in self._content_of_page(page))
            if len(found) > _LOOKED_THROUGH:
                break
        return found[:_LOOKED_THROUGH]

    @cached_property
    def _by_word(self) -> dict[str, list[Place]]:
        index: dict[str, list[Place]] = defaultdict(list)
        for place in self._content:
            for word in {*_WORD.findall(self._collection.line(place).casefold())}:
                if len(index[word]) < _WITH_ONE_WORD:
                    index[word].append(place)
        return index


def _trigrams(text: str) -> set[str]:
    padded = f"  {text.casefold()} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))
