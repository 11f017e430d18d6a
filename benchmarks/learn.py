"""What `cleaner learn` proposes, and what of it is right.

    python benchmarks/learn.py templates wcxb-dev.parquet    # pages made from templates.py around the articles of the data
    python benchmarks/learn.py sites wcxb-dev.parquet        # the sites of the data with several pages, as resiliparse dumps
    python benchmarks/learn.py scale wcxb-dev.parquet        # time and memory against the size of the text

Rules are matched by the real matcher. `templates` and `sites` measure on the pages learned from and on others of the same
sites; `sites` also on pages of other sites, where rules without a domain may act. Chrome lines are those of the template, or
those that recur on two of a site's pages to learn from and are no content by the labels. Needs the extra ``train``.
"""

import argparse
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from resiliparse.extract.html2text import extract_plain_text
from templates import TEMPLATES, make

from cleaner import records
from cleaner.bench import cases
from cleaner.bench.alignment import Run, runs
from cleaner.learn import Learned, learn
from cleaner.learn.sampling import site_of
from cleaner.matcher import Matcher
from cleaner.rules import Ruleset
from cleaner.text import Document, cut_lines

PAGES = 20
SHORTEST, LONGEST = 500, 4_000
# Sites of at least so many pages have every third held out.
HELD_OUT_FROM, EVERY = 3, 3
# A line of up to so many words is aligned by chance where on both sides so many words are not aligned.
SHORT, FAR = 5, 30
_WORD = re.compile(r"\w+")


class Labelled(NamedTuple):
    """A page with what is known of its lines."""

    document: Document
    lines: list[str]
    content: list[bool]


class Counts:
    """What rules take of some pages."""

    def __init__(self, rules: Ruleset, known: Ruleset) -> None:
        self._rules, self._known = Matcher(rules), Matcher(known)
        self.number = len(rules)
        self.taken: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.examples: dict[str, list[str]] = defaultdict(list)
        self.missed: list[str] = []
        self.chrome = self.proposed = self.by_shipped = 0
        self.different: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, page: Labelled, chrome: Iterable[int]) -> None:
        """Count on a page whose lines at `chrome` should be taken."""
        hits = self._hits(self._rules, page)
        known = {line for line, _ in self._hits(self._known, page)}
        for line, rule in hits:
            self.taken[rule][page.content[line]] += 1
            if page.content[line]:
                self.examples[rule].append(page.lines[line])
        taken = {line for line, _ in hits}
        for line in chrome:
            self.chrome += 1
            self.proposed += line in taken
            self.by_shipped += line in known and line not in taken
            of_line = self.different[site_of(page.document).name, page.lines[line]]
            of_line[0] += 1
            of_line[1] += line in taken
            of_line[2] += line in known and line not in taken
            if line not in taken and line not in known:
                self.missed.append(page.lines[line])

    @staticmethod
    def _hits(matcher: Matcher, page: Labelled) -> set[tuple[int, str]]:
        text = "\n".join(page.lines)
        lines = cut_lines(text)
        host = urlsplit(page.document.url).hostname if page.document.url else None
        found = matcher.find(text, lines, page.document.language, host)
        starts = {line.start: number for number, line in enumerate(lines)}
        ends = {line.end: number for number, line in enumerate(lines)}
        return {
            (line, one.rule)
            for one in found
            if one.start in starts and one.end in ends
            for line in range(starts[one.start], ends[one.end] + 1)
        }

    def row(self, name: str) -> str:
        wanted = self.chrome - self.by_shipped
        some = sum(content > 0 for _, content in self.taken.values())
        most = sum(content > other for other, content in self.taken.values())
        lines = sum(map(sum, self.taken.values()))
        bad = sum(content for _, content in self.taken.values())
        # A line of a site counts once, as it fares in most places.
        unknown = [(places, taken) for places, taken, known in self.different.values() if 2 * known < places]
        once = sum(2 * taken >= places for places, taken in unknown) / max(len(unknown), 1)
        cells = [
            name,
            f"{self.chrome:,}",
            f"{self.by_shipped / max(self.chrome, 1):.1%}",
            f"{self.proposed / max(wanted, 1):.1%}",
            f"{once:.1%}",
            f"{self.number:,}",
            f"{most / max(self.number, 1):.1%}",
            f"{some / max(self.number, 1):.1%}",
            f"{bad / max(lines, 1):.2%}",
        ]
        return f"| {' | '.join(cells)} |"


HEADING = (
    "| pages | chrome lines | shipped rules take | of the rest proposed | each line once | rules | mostly content ↓ "
    "| any content ↓ | lines taken that are content ↓ |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def shipped() -> Ruleset:
    """The shipped rules for chrome."""
    return Ruleset(rule for rule in Ruleset.load() if rule.label == "boilerplate" and not rule.detector and not rule.limits)


def loaded(learned: Learned) -> Ruleset:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "learned.toml"
        file.write_text(learned.rule_file, encoding="utf-8")
        return Ruleset.load([file])


def templates(data: Path) -> None:
    """Pages made from templates, around the articles of the data; slots held out."""
    articles = [page.content for page in cases.load(data).pages if page.page_type == "article"]
    articles = [text for text in articles if SHORTEST < len(text) < LONGEST]
    halves: dict[bool, list[Labelled]] = {False: [], True: []}
    for template in TEMPLATES:
        chosen = random.Random(template.name).sample(articles, 2 * PAGES)
        for held_out, texts in ((False, chosen[:PAGES]), (True, chosen[PAGES:])):
            for page in make(template, texts, held_out=held_out):
                document = Document(id=page.id, text=page.text, url=page.url)
                halves[held_out].append(Labelled(document, page.lines, [not chrome for chrome in page.chrome]))
    learned = learn([page.document for page in halves[False]], Ruleset.load())
    print(f"{len(TEMPLATES)} templates, {PAGES} pages each; rules by kind: {learned.kinds}\n\n{HEADING}")
    for name, pages in (("learned from", halves[False]), ("held out", halves[True])):
        counts = Counts(loaded(learned), shipped())
        for page in pages:
            counts.add(page, [line for line, content in enumerate(page.content) if not content])
        print(counts.row(name))
        show(counts)


def sites(data: Path, most: int | None) -> None:
    """The sites of the data with several pages."""
    by_site = dumps(data, most)
    several = {site: pages for site, pages in by_site.items() if site and len(pages) > 1}
    print(f"{len(several)} sites, {sum(map(len, several.values()))} pages\n\n{HEADING}")
    learned = learn([page.document for pages in several.values() for page in pages], Ruleset.load())
    counts = Counts(loaded(learned), shipped())
    for pages in several.values():
        for page, chrome in zip(pages, recurring(pages, pages), strict=True):
            counts.add(page, chrome)
    print(counts.row("learned from"))
    show(counts)
    general = Ruleset(rule for rule in loaded(learned) if not rule.domains)
    counts = Counts(general, shipped())
    for site, pages in by_site.items():
        if site not in several:
            for page in pages:
                counts.add(page, ())
    print(counts.row("other sites, by the rules without a domain"))
    show(counts)
    parts = {site: split(pages) for site, pages in several.items() if len(pages) >= HELD_OUT_FROM}
    learned = learn([page.document for pages, _ in parts.values() for page in pages], Ruleset.load())
    counts = Counts(loaded(learned), shipped())
    for pages, held_out in parts.values():
        for page, chrome in zip(held_out, recurring(held_out, pages), strict=True):
            counts.add(page, chrome)
    print(counts.row(f"held out, of {len(parts)} sites"))
    show(counts)


def split(pages: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """The pages to learn from, and every third, which is held out."""
    return [page for at, page in enumerate(pages) if at % EVERY], list(pages[::EVERY])


def dumps(data: Path, most: int | None) -> dict[str, list[Labelled]]:
    """The pages of the data as dumps, by site; of `most` sites with several pages where that is said."""
    grouped: dict[str, list[cases.Page]] = defaultdict(list)
    for page in cases.load(data).pages:
        grouped[site_of(Document(url=page.url)).name if page.url else ""].append(page)
    several = sorted(site for site, pages in grouped.items() if site and len(pages) > 1)
    left_out = {*several} - {*random.Random(1).sample(several, min(most or len(several), len(several)))}
    return {site: different(map(labelled, pages)) for site, pages in grouped.items() if site not in left_out}


def different(pages: Iterable[Labelled]) -> list[Labelled]:
    """These pages without those that have the same text as one before: one page under two addresses shows no template."""
    by_text: dict[str, Labelled] = {}
    for page in pages:
        by_text.setdefault(page.document.text, page)
    return list(by_text.values())


def labelled(page: cases.Page) -> Labelled:
    """A page as resiliparse dumps it. A line is content where half of its words are aligned with the label.

    Of a line of up to `SHORT` words all have to stand in the label side by side, and not far from the rest of the content, or
    menus are taken for content by chance.
    """
    text = extract_plain_text(page.html, main_content=False, alt_texts=False, preserve_formatting=True)
    lines = [text[line.start : line.end] for line in cut_lines(text)]
    words = [_WORD.findall(line.lower()) for line in lines]
    wanted = _WORD.findall(page.content.lower())
    owners = [number for number, of_line in enumerate(words) for _ in of_line]
    found = in_few_runs([word for of_line in words for word in of_line], wanted)
    befores = [-math.inf, *(run.end for run in found)]
    behinds = [*(run.start for run in found[1:]), math.inf]
    matched = [0] * len(lines)
    for run, before, behind in zip(found, befores, behinds, strict=False):
        of_run = owners[run.start : run.end]
        far = run.start - before > FAR and behind - run.end > FAR
        if far and of_run[0] == of_run[-1] and len(words[of_run[0]]) <= SHORT:
            continue
        for owner in of_run:
            matched[owner] += 1
    whole = f" {' '.join(wanted)} "
    content = [
        2 * number >= len(of_line) > 0 and (len(of_line) > SHORT or f" {' '.join(of_line)} " in whole)
        for number, of_line in zip(matched, words, strict=True)
    ]
    return Labelled(Document(id=page.id, text="\n".join(lines), url=page.url), lines, content)


def in_few_runs(words: Sequence[str], wanted: Sequence[str]) -> list[Run]:
    """The longest common subsequence of a dump's words and a label's, in few runs.

    Of alignments that are equally long the algorithm gives any: of “Gregory Baltoro” it takes the first word from a menu and
    the second from the headline, which has both. So a run is moved to where the next one goes on in the label, or to where the
    one before it stopped, if the same words stand there.
    """
    size = len(words), len(wanted)
    from_behind = _moved_on(_mirrored(runs(words, wanted), *size), words[::-1])
    return _moved_on(_mirrored(from_behind, *size), words)


def _mirrored(found: Iterable[Run], words: int, wanted: int) -> list[Run]:
    """Runs as they are with text and label, of so many words, read backwards."""
    return [Run(words - run.end, wanted - run.label - run.length, run.length) for run in found][::-1]


def _moved_on(found: Iterable[Run], words: Sequence[str]) -> list[Run]:
    """Each run joined to the one before, if that goes on in the label and its words stand behind that in the text, too."""
    moved: list[Run] = []
    for run in found:
        before = moved[-1] if moved else None
        if (
            before
            and before.label + before.length == run.label
            and words[before.end : before.end + run.length] == words[run.start : run.end]
        ):
            moved[-1] = Run(before.start, before.label, before.length + run.length)
        else:
            moved.append(run)
    return moved


def recurring(pages: Sequence[Labelled], among: Sequence[Labelled]) -> list[list[int]]:
    """For each page its chrome lines that stand on two pages at least of those `among` which they are looked for.

    What has no word, such as a brace, no alignment can tell from content: it is left out.
    """
    pages_with: dict[str, int] = defaultdict(int)
    content: dict[str, list[bool]] = defaultdict(list)
    for page in among:
        for line in {*page.lines}:
            pages_with[line] += 1
        for line, is_content in zip(page.lines, page.content, strict=True):
            content[line].append(is_content)
    chrome = {
        line
        for line, number in pages_with.items()
        if number > 1 and 2 * sum(content[line]) < len(content[line]) and _WORD.search(line)
    }
    return [[number for number, line in enumerate(page.lines) if line in chrome] for page in pages]


def show(counts: Counts, most: int = 25) -> None:
    """Some of what went wrong, on standard error."""
    pick = random.Random(0)
    for rule, lines in pick.sample(sorted(counts.examples.items()), min(most, len(counts.examples))):
        print(f"  content {counts.taken[rule]} {rule}: {lines[:3]}", file=sys.stderr)
    for line in pick.sample(counts.missed, min(most, len(counts.missed))):
        print(f"  missed {line[:100]!r}", file=sys.stderr)


def scale(data: Path) -> None:
    """Time and peak memory over one, four and sixteen times the pages, each in a process of its own."""
    articles = [page.content for page in cases.load(data).pages if page.page_type == "article" and len(page.content) > SHORTEST]
    print("| pages | MB of text | rules | CPU s | CPU s/MB | peak memory, MB |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, 4, 16):
            file = Path(folder) / f"{times}.jsonl"
            with file.open("w", encoding="utf-8") as lines:
                lines.writelines(json.dumps(record) + "\n" for record in many(articles, times))
            command = [sys.executable, __file__, "once", str(file)]
            print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="", flush=True)


def many(articles: Sequence[str], times: int) -> Iterator[dict[str, str]]:
    """So many times `PAGES` pages of each third template."""
    pick = random.Random(times)
    for template in TEMPLATES[::3]:
        for number in range(PAGES * times):
            lines = [line for text in pick.sample(articles, 2) for line in text.splitlines()]
            pick.shuffle(lines)  # no two pages tell one story
            [page] = make(template, ["\n".join(lines)], seed=number)
            yield {"id": f"{template.name}-{number}", "text": page.text, "url": page.url}


def once(file: Path) -> None:
    """Learn from the pages in a file, and tell what it took."""
    size = file.stat().st_size
    started = time.process_time()
    learned = learn(records.read([str(file)]), Ruleset.load())
    seconds = time.process_time() - started
    # What `getrusage` has of a process counts what its parent had.
    [peak] = (line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    cells = [
        f"{learned.documents:,}",
        f"{size / 1e6:.1f}",
        str(learned.rules),
        f"{seconds:.1f}",
        f"{seconds / (size / 1e6):.2f}",
        f"{int(peak) / 1e3:.0f}",
    ]
    print(f"| {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["templates", "sites", "scale", "once"])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sites", type=int, help="only so many of the sites with several pages, drawn at random")
    options = parser.parse_args()
    if options.task == "templates":
        templates(options.data)
    elif options.task == "sites":
        sites(options.data, options.sites)
    elif options.task == "scale":
        scale(options.data)
    else:
        once(options.data)


if __name__ == "__main__":
    main()
