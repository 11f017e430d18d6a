"""Spun articles against their originals: what `cleaner.garble.siblings` finds of the swapped words, and what else it flags.

    python benchmarks/siblings.py FOLDER wcxb-dev.parquet

FOLDER holds what the makers of spun text swap by (see spinning.py). Prints a row for each maker and share of swapped words:
how many of them are flagged; how many of those flags have the right word; flags elsewhere; and flags on the originals when they
are the suspects, for each 10,000 words.
"""

import sys
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
from spinning import Resources, Spun, makers

from cleaner.edits import Finding
from cleaner.garble.siblings import compare

SHARES = (0.03, 0.1, 0.2, 0.4)
FEWEST_WORDS, MOST_WORDS = 300, 1_500
ARTICLES, EVERY = 40, 7


class Counts:
    """What was found in some spun articles."""

    def __init__(self) -> None:
        self.words = self.swapped = self.flagged = self.right = self.elsewhere = self.on_originals = 0

    def add(self, original: str, spun: Spun) -> None:
        found = compare(spun.text, original)
        changes = [(change, _at(found, change.start, change.end)) for change in spun.changed]
        self.words += len(original.split())
        self.swapped += len(changes)
        self.flagged += sum(flag is not None for _, flag in changes)
        self.right += sum(
            flag is not None and change.original.lower() in (flag.suggestion or "").lower().split() for change, flag in changes
        )
        self.elsewhere += sum(not any(flag.start < one.end and flag.end > one.start for one in spun.changed) for flag in found)
        self.on_originals += len(compare(original, spun.text))

    def row(self, name: str) -> str:
        recall, right = self.flagged / max(self.swapped, 1), self.right / max(self.flagged, 1)
        elsewhere, originals = (10_000 * count / max(self.words, 1) for count in (self.elsewhere, self.on_originals))
        return f"| {name} | {self.swapped:,} | {recall:.2f} | {right:.3f} | {elsewhere:.2f} | {originals:.2f} |"


def _at(found: list[Finding], start: int, end: int) -> Finding | None:
    return next((flag for flag in found if flag.start < end and flag.end > start), None)


def articles(file: Path) -> list[str]:
    """Some articles of middle length."""
    table = pq.read_table(file, filters=[("page_type", "=", "article")], columns=["main_content"])
    texts = table.column("main_content").to_pylist()
    return [text for text in texts if text and FEWEST_WORDS <= len(text.split()) <= MOST_WORDS][::EVERY][:ARTICLES]


def main(folder: Path, data: Path) -> None:
    print(
        "| maker, share | swapped | flagged | right word | elsewhere | on the original |\n| --- | --- | --- | --- | --- | --- |"
    )
    totals: dict[str, Counts] = defaultdict(Counts)
    for maker in makers(Resources(folder)):
        for share in SHARES:
            name = f"{maker.name}, {share:.0%}"
            for seed, text in enumerate(articles(data)):
                spun = maker.spin(text, share, seed, misplace_quotes=seed % 2 == 0)
                totals[name].add(text, spun)
                totals[f"all, {share:.0%}"].add(text, spun)
            print(totals[name].row(name), flush=True)
    for name, counts in totals.items():
        if name.startswith("all"):
            print(counts.row(name))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
