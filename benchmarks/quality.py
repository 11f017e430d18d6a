"""Quality rules beside datatrove's filters: the same verdicts, at what cost, and what cleaning does to them.

    python benchmarks/quality.py wcxb-dev.parquet [agreement|speed|effect]...

`agreement`: the verdicts of each set of rules and of the filter that it follows, on the labelled main contents and on
whole-page dumps by resiliparse; each disagreement is named with both reasons. `speed`: CPU time of one process, side by side,
on the labelled articles. `effect`: how many dumps each set rejects before and after cleaning. Without a word all three.
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from datatrove.data import Document as Record
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.formatters import FTFYFormatter
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from cleaner.pipeline import Cleaner, Result
from cleaner.policy import PROFILES, judge
from cleaner.rules import Ruleset
from cleaner.signals import find_lines, measure, measure_all, surveys

SETS = ("gopher", "gopher-repetition", "c4", "fineweb", "refinedweb")
FILTERS: dict[str, Callable[[], Any]] = {
    "gopher": GopherQualityFilter,
    "gopher-repetition": GopherRepetitionFilter,
    "c4": C4QualityFilter,
    "fineweb": FineWebQualityFilter,
}
LANGUAGE = "en"  # what datatrove's filters are told, too
ARTICLES, EVERY, PASSES = 60, 7, 3
LEAST_SECONDS = 1
CAREFUL = PROFILES["careful"]


def texts(data: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, id and text: the main content and the dump of every page."""
    for row in pq.read_table(data, columns=["id", "html", "main_content"]).to_pylist():
        yield "contents", row["id"], row["main_content"] or ""
        yield "dumps", row["id"], extract_plain_text(bytes_to_str(row["html"], detect_encoding(row["html"])))


def alone(*names: str) -> Cleaner:
    """A cleaner with these sets of quality rules and nothing else."""
    return Cleaner(CAREFUL, Ruleset(rule for rule in Ruleset.load() if rule.quality_set in names), quality=names)


def reasons(result: Result) -> list[str]:
    return [finding.rule.rpartition("/")[2] for finding in result.findings if finding.action == "reject"]


def verdict(filter_: Any, text: str) -> str:
    """Why datatrove's filter drops a text; empty where it keeps it."""
    answer = filter_.filter(Record(text=text, id=""))
    return "" if answer is True else answer[1]


def agreement(data: Path) -> None:
    print("| set | texts | documents | both reject | only datatrove | only these rules | same verdict |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    cleaners = {name: alone(name) for name in FILTERS}
    filters = {name: made() for name, made in FILTERS.items()}
    counts: Counter[tuple[str, str, bool, bool]] = Counter()
    apart: list[str] = []
    for kind, name, text in texts(data):
        for of, cleaner in cleaners.items():
            theirs, ours = verdict(filters[of], text), reasons(cleaner.clean(text, language=LANGUAGE))
            counts[of, kind, bool(theirs), bool(ours)] += 1
            if bool(theirs) != bool(ours):
                apart.append(f"{of}, {kind} {name}: datatrove {theirs or 'keeps it'}; here {', '.join(ours) or 'kept'}")
    for of in FILTERS:
        for kind in ("contents", "dumps", "all"):
            cells = {
                (theirs, ours): sum(counts[of, one, theirs, ours] for one in ("contents", "dumps") if kind in (one, "all"))
                for theirs in (False, True)
                for ours in (False, True)
            }
            total = sum(cells.values())
            same = (cells[True, True] + cells[False, False]) / total
            both, only_theirs, only_ours = cells[True, True], cells[True, False], cells[False, True]
            print(f"| {of} | {kind} | {total} | {both} | {only_theirs} | {only_ours} | {same:.2%} |")
    print(*apart, sep="\n")


def speed(data: Path) -> None:
    table = pq.read_table(data, filters=[("page_type", "=", "article")], columns=["main_content"])
    articles = [text for text in table.column("main_content").to_pylist() if text][::EVERY][:ARTICLES]
    megabytes = sum(len(text.encode()) for text in articles) / 1e6
    formatter, filters = FTFYFormatter(), [made() for made in FILTERS.values()]
    rules = [rule for rule in Ruleset.load() if rule.quality_set]
    of_lines = [rule for rule in rules if rule.limits and rule.unit == "line"]
    of_documents = [rule for rule in rules if rule.limits and rule.unit == "document"]
    sets = alone(*SETS)

    def chain(text: str) -> None:
        record = Record(text=formatter.format(text), id="")
        all(one.filter(record) is True for one in filters)

    def judged(*texts: str) -> None:
        for survey in surveys(texts):
            for signals in measure_all(survey, [LANGUAGE] * len(survey.texts)):
                judge(signals, of_documents, CAREFUL)
            find_lines(of_lines, survey)

    def each(run: Callable[[str], Any]) -> Callable[[], None]:
        def run_all() -> None:
            for text in articles:
                run(text)

        return run_all

    theirs = "datatrove: ftfy formatter and filters"
    systems: dict[str, Callable[[], None]] = {
        theirs: each(chain),
        "all signals, all rules of five sets judged, one by one": each(judged),
        "the same, in batches": lambda: judged(*articles),
        "the same as a cleaner, one by one: before and after, lines dropped, revertible": each(
            lambda text: sets.clean(text, language=LANGUAGE)
        ),
        **{f"{profile}": each(Cleaner(profile).clean) for profile in PROFILES},
        **{f"{profile}, signals": each(Cleaner(profile, signals=True).clean) for profile in PROFILES},
    }
    rates = {name: megabytes / seconds for name, seconds in side_by_side(systems).items()}
    print(f"\n{len(articles)} articles, {megabytes:.2f} MB\n\n| | MB/s | of datatrove's |\n| --- | --- | --- |")
    for name, rate in rates.items():
        print(f"| {name} | {rate:.3g} | {rate / rates[theirs]:.0f} |")
    for profile in PROFILES:
        print(f"time of {profile} with signals / without: {rates[profile] / rates[f'{profile}, signals']:.2f}")


def side_by_side(systems: dict[str, Callable[[], None]]) -> dict[str, float]:
    """CPU seconds of each system for all documents: the median of passes in turn, after one that does not count.

    In a pass, each runs as often as it takes for a second or more, since what is over at once measures the one before it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in systems}
    for _ in range(PASSES + 1):
        for name, run in systems.items():
            start, times = time.process_time(), 0
            while (taken := time.process_time() - start) < LEAST_SECONDS:
                run()
                times += 1
            seconds[name].append(taken / times)
    return {name: statistics.median(times[1:]) for name, times in seconds.items()}


def effect(data: Path) -> None:
    """Of the sets that only look at documents: the others take lines out first."""
    cleaners = {profile: Cleaner(profile, signals=True, off=["garbled*"]) for profile in PROFILES}
    names = ("gopher", "gopher-repetition", "fineweb")
    rules = {name: [rule for rule in Ruleset.load() if rule.quality_set == name] for name in names}
    counts: Counter[tuple[str, str]] = Counter()
    dumps = [text for kind, _, text in texts(data) if kind == "dumps"]
    for text in dumps:
        seen = {"before": measure(text, LANGUAGE)}
        seen |= {profile: cleaner.clean(text, language=LANGUAGE).signals for profile, cleaner in cleaners.items()}
        counts.update((name, when) for when, signals in seen.items() for name in names if judge(signals, rules[name], CAREFUL))
    print(f"\nRejected of {len(dumps)} dumps\n\n| set | as they came |" + "".join(f" after {one} |" for one in PROFILES))
    print("| --- | --- |" + " --- |" * len(PROFILES))
    for name in names:
        print(f"| {name} | {counts[name, 'before']} |" + "".join(f" {counts[name, one]} |" for one in PROFILES))


PARTS = {"agreement": agreement, "speed": speed, "effect": effect}

if __name__ == "__main__":
    for part in sys.argv[2:] or PARTS:
        PARTS[part](Path(sys.argv[1]))
