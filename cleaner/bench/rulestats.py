"""How often each rule hits on labelled pages, and how often what it hits is content.

The texts are dumps of whole pages, by resiliparse: all that a page says, its HTML lost. Every rule with a pattern, phrases or
cues is asked, whatever its safety and status, and nothing else: no profile, no chrome model. Each rule is judged alone, as if
no other had taken the line before.
"""

import math
import multiprocessing
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import msgspec
from rich.markup import escape
from rich.table import Table

from cleaner.bench import systems
from cleaner.bench.alignment import CONTENT_SHARE, aligned
from cleaner.bench.cases import Data, Page
from cleaner.bench.systems import Settings
from cleaner.intake import host_of
from cleaner.language import detect
from cleaner.matcher import Matcher
from cleaner.rules import Rule, Ruleset
from cleaner.tables import plain_table
from cleaner.text import Document, Line, cut_lines

DUMPER = "resiliparse dump"
# What `safe` means (rules/FORMAT.md): so much of what such a rule hits is chrome. A rule is below it where so many hits on
# content would be a chance of one in a hundred, were it not: one of two hits says little, ten of a hundred much. Some three
# hundred rules have hits, so that at one in twenty sound ones would be among those below.
SAFE_PRECISION = 0.98
CHANCE = 0.01
SHOWN_CHARACTERS = 160

_WORD = re.compile(r"\w+")


class Dump(msgspec.Struct, frozen=True, kw_only=True):
    """All text of a page, and which of its words are content."""

    id: str
    text: str
    host: str | None
    language: str | None
    starts: tuple[int, ...]
    """Where in the text its words start."""
    content: tuple[int, ...]
    """How many words before each of them, and before the end, are content."""

    def is_content(self, start: int, end: int) -> bool:
        """Whether at least half of the words from `start` to `end` are content; a span without words is not."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        return last > first and self.content[last] - self.content[first] >= CONTENT_SHARE * (last - first)


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a rule hit."""

    page: str
    content: bool
    text: str
    before: str
    """The line before, empty at the start of the page; these three are cut to `SHOWN_CHARACTERS`."""
    after: str


class RuleStats(msgspec.Struct, frozen=True, kw_only=True):
    """A rule on the pages."""

    rule: str
    safety: str
    status: str
    hits: int = 0
    pages: int = 0
    """On how many pages it hit."""
    on_content: int = 0
    """How many of the hits are content."""
    content: tuple[Hit, ...] = ()
    """Some of those."""
    chrome: tuple[Hit, ...] = ()
    """Some of the others."""

    @property
    def precision(self) -> float | None:
        """The share of the hits that are chrome; None without a hit."""
        return 1 - self.on_content / self.hits if self.hits else None

    @property
    def below_safe(self) -> bool:
        """Whether it is called safe and is not, by these pages: a one-sided binomial test."""
        return self.safety == "safe" and self.on_content > 0 and _at_least(self.on_content, self.hits) < CHANCE


def _at_least(content: int, hits: int) -> float:
    """The chance of at least so many hits on content, where `SAFE_PRECISION` is what holds."""
    wrong, right = math.log(1 - SAFE_PRECISION), math.log(SAFE_PRECISION)
    ways = (math.lgamma(hits + 1) - math.lgamma(one + 1) - math.lgamma(hits - one + 1) for one in range(content))
    return 1 - sum(math.exp(way + one * wrong + (hits - one) * right) for one, way in enumerate(ways))


def asked(ruleset: Ruleset, ids: Iterable[str]) -> list[Rule]:
    """The rules that can be counted: those that `ids` name (``*`` stands for any text), of the boilerplate ones if none does.

    Raises `ValueError` where a name fits none.
    """
    matched = [rule for rule in ruleset if rule.sought]
    fitting = {name: {*ruleset.fitting(name)} for name in ids}
    for name, named in fitting.items():
        if named.isdisjoint(rule.id for rule in matched):
            raise ValueError(f"no rule with a pattern, phrases or cues fits {name!r}")
    if not fitting:
        return [rule for rule in matched if rule.label == "boilerplate"]
    wanted = set().union(*fitting.values())
    return [rule for rule in matched if rule.id in wanted]


def count(data: Data, ruleset: Ruleset, ids: Iterable[str] = (), *, examples: int = 0, workers: int = 1) -> list[RuleStats]:
    """Count the hits of the rules that `ids` name (see `asked`), in the order of the ruleset, by `workers` processes.

    Up to so many `examples` are kept of each rule's hits on content, and as many of the others. Raises `ValueError`.
    """
    rules = asked(ruleset, ids)
    matcher = Matcher(ruleset, [rule.id for rule in rules])
    if workers == 1:
        return counted(rules, matcher, map(dumped, data.pages), examples)
    with multiprocessing.Pool(workers) as pool:
        return counted(rules, matcher, pool.imap(dumped, data.pages, chunksize=8), examples)


def dumped(page: Page) -> Dump:
    """The text of a page and the alignment of its words with the label, which take nearly all of the time."""
    document = Document(id=page.id, text=page.html, media_type="text/html", url=page.url)
    text = systems.load(DUMPER, Settings())(document).text
    matches = list(_WORD.finditer(text))
    content = aligned([match[0].lower() for match in matches], _WORD.findall(page.content.lower()))
    return Dump(
        id=page.id,
        text=text,
        host=host_of(document),
        language=page.language or detect(text).language,
        starts=tuple(match.start() for match in matches),
        content=tuple(accumulate(map(int, content), initial=0)),
    )


def counted(rules: Sequence[Rule], matcher: Matcher, dumps: Iterable[Dump], examples: int = 0) -> list[RuleStats]:
    """What the `matcher` of `rules` finds in `dumps`; each rule's hits are found in one pass with all others."""
    pages: dict[str, int] = defaultdict(int)
    hits: dict[tuple[str, bool], int] = defaultdict(int)
    kept: dict[tuple[str, bool], list[Hit]] = defaultdict(list)
    for dump in dumps:
        lines = cut_lines(dump.text)
        found = matcher.find(dump.text, lines, dump.language, dump.host)
        for rule in {finding.rule for finding in found}:
            pages[rule] += 1
        for finding in found:
            key = finding.rule, dump.is_content(finding.start, finding.end)
            hits[key] += 1
            if len(kept[key]) < examples:
                kept[key].append(_hit(dump, lines, finding.start, finding.end, content=key[1]))
    return [
        RuleStats(
            rule=rule.id,
            safety=rule.safety,
            status=rule.status,
            hits=hits[rule.id, True] + hits[rule.id, False],
            pages=pages[rule.id],
            on_content=hits[rule.id, True],
            content=tuple(kept[rule.id, True]),
            chrome=tuple(kept[rule.id, False]),
        )
        for rule in rules
    ]


def _hit(dump: Dump, lines: Sequence[Line], start: int, end: int, *, content: bool) -> Hit:
    def shown(low: int, high: int) -> str:
        return " ".join(dump.text[low:high].split())[:SHOWN_CHARACTERS]

    first = bisect_right(lines, start, key=lambda line: line.start) - 1
    after = bisect_left(lines, end, key=lambda line: line.start)
    before = shown(lines[first - 1].start, lines[first - 1].end) if first > 0 else ""
    behind = shown(lines[after].start, lines[after].end) if after < len(lines) else ""
    return Hit(page=dump.id, content=content, text=shown(start, end), before=before, after=behind)


def below_safe(found: Sequence[RuleStats]) -> list[RuleStats]:
    """The rules that are called safe and are not, by these pages."""
    return [one for one in found if one.below_safe]


def tables(found: Sequence[RuleStats]) -> Iterator[Table | str]:
    """The figures in rich's tables, the hits that were kept, and a line that sums up."""
    table = plain_table("rule", numbers=("hits", "pages", "on content", "precision"))
    table.add_column("safety")
    for one in found:
        precision = "" if one.precision is None else f"{one.precision:.1%}"
        safety = one.safety if one.status == "stable" else f"{one.safety}, {one.status}"
        mark = f"[red]{safety}, below {SAFE_PRECISION:.0%}[/]" if one.below_safe else safety
        table.add_row(one.rule, str(one.hits), str(one.pages), str(one.on_content), precision, mark)
    yield table
    for one in found:
        if one.content or one.chrome:
            yield f"[bold]{one.rule}[/]"
        for hit in (*one.content, *one.chrome):
            yield f"  {'[red]content[/]' if hit.content else 'chrome '} {escape(hit.page)}: {escape(hit.text)}"
            yield f"          between {escape(repr(hit.before))} and {escape(repr(hit.after))}"
    silent = sum(not one.hits for one in found)
    below = below_safe(found)
    told = f": {', '.join(one.rule for one in below)}" if below else ""
    yield f"{len(found)} rules, {silent} without a hit; safe ones below {SAFE_PRECISION:.0%}: {len(below)}{told}"
