"""Garbled text as it is met: in the main content of a page, or of its dump, among menus and teasers that nobody has spun.

    python benchmarks/spun_pages.py RESOURCES wcxb-dev.parquet [--maker round-trip] [--pages 200] [--deep]

RESOURCES is the folder that `spinning.py` describes. Of English pages whose labelled main content has 300 words and more, the
strings of that content are spun, one in 20, 10 and 5 of their words; then each page is cleaned as HTML and as resiliparse's
dump. The shipped models have learned from these pages: what counts is the difference between two states of the code.
"""

import argparse
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
from resiliparse.extract.html2text import extract_plain_text
from selectolax.lexbor import LexborHTMLParser
from spinning import HELD_OUT, Change, Maker, Resources, makers

from cleaner import Cleaner, Result
from cleaner.garble import GARBLED_FROM

SHARES = (0.0, 0.05, 0.1, 0.2)
FEWEST_WORDS = 300
SHORTEST = 20
"""Strings of fewer characters are left as they are: they stand in menus, too."""


class Count(NamedTuple):
    """What came of one page."""

    flagged: bool
    flags: int
    right: int
    """Flags that overlap a swapped word."""
    found: int
    """Swapped words that a flag overlaps."""
    swapped: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("resources", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--maker", default=HELD_OUT)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--deep", action="store_true")
    options = parser.parse_args()
    maker = {maker.name: maker for maker in makers(Resources(options.resources))}[options.maker]
    rows = pq.read_table(options.data, columns=["html", "main_content"]).to_pylist()
    random.Random(3).shuffle(rows)
    cleaner = Cleaner(deep=options.deep)
    pages = [row for row in rows if len(row["main_content"].split()) >= FEWEST_WORDS][: options.pages]
    counted: dict[tuple[str, float], list[Count]] = {}
    for number, row in enumerate(pages):
        for share in SHARES:
            html, spun = spin_page(row, maker, share, number)
            for form, text, media_type in (("html", html, "text/html"), ("dump", extract_plain_text(html), "text/plain")):
                result = cleaner.clean(text, media_type)
                if result.language == "en":
                    counted.setdefault((form, share), []).append(count(result, spun))
    print(f"{'':4} {'share':>5} {'pages':>5} {'flagged':>7} {'flags':>6} {'found':>6} {'precision':>9}")
    for (form, share), ones in sorted(counted.items()):
        flagged, flags, right, found, swapped = (sum(column) for column in zip(*ones, strict=True))
        rates = f"{found / swapped:6.3f} {right / max(flags, 1):9.3f}" if swapped else ""
        print(f"{form:4} {share:5.2f} {len(ones):5} {flagged:7} {flags:6} {rates}")


def spin_page(row: Mapping[str, bytes | str], maker: Maker, share: float, seed: int) -> tuple[str, list[tuple[str, Change]]]:
    """The source of a page with the strings of its main content spun; and each of these with what was swapped in it."""
    tree = LexborHTMLParser(row["html"])
    content = " ".join(str(row["main_content"]).split())
    spun = []
    for node in [node for node in tree.root.traverse(include_text=True) if node.tag == "-text"] if tree.root else []:
        text = " ".join(node.text().split())
        if len(text) >= SHORTEST and text in content:
            made = maker.spin(text, share, seed)
            node.replace_with(f" {made.text} ")
            spun += [(made.text, change) for change in made.changed]
    return tree.html or "", spun


def count(result: Result, spun: list[tuple[str, Change]]) -> Count:
    """What was flagged in a result, held against what had been swapped."""
    flags = [one for one in result.findings if one.label == "garbled" and one.end > one.start]
    swapped = list(places(result.original, spun))
    right = sum(any(start < flag.end and flag.start < end for start, end in swapped) for flag in flags)
    found = sum(any(start < flag.end and flag.start < end for flag in flags) for start, end in swapped)
    return Count(float(result.signals["garbled"]) >= GARBLED_FROM, len(flags), right, found, len(swapped))


def places(text: str, spun: list[tuple[str, Change]]) -> Iterator[tuple[int, int]]:
    """Where the swapped words stand in a page's text, as far as their strings stand in it as a whole, each behind the last."""
    at, last = 0, ""
    for string, change in spun:
        if string != last:
            found = text.find(string, at + len(last) if last else 0)
            if found < 0:
                continue
            at, last = found, string
        yield at + change.start, at + change.end


if __name__ == "__main__":
    main()
