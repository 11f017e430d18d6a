"""How fast the toolkit is, all figures from one run on one core.

python benchmarks/speed.py [--data FILE.parquet] [--json]

Without ``--data`` (a parquet file with the columns ``main_content`` and ``page_type``; articles are used) the text is made
on the spot from the counterexamples of the shipped rules: prose that looks like what the rules are after.
"""

import argparse
import functools
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ftfy

import cleaner
from cleaner.edits import Finding
from cleaner.language import detect
from cleaner.matcher import Matcher
from cleaner.rules import Ruleset
from cleaner.text import cut_lines

RUNS = 5
MADE_DOCUMENTS = 400
WORDS_IN_DOCUMENT = 1_000
RULE_COUNTS = (100, 10_000)
SCALING_KB = (1, 10, 100, 1_000, 10_000)
# Syllables of which words are made that stand in no text: a synthetic rule is found only where one was put.
SYLLABLES = ("zu", "qo", "vex", "jaf", "kwi", "xyl", "bzo", "fjo", "wux", "gyq")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed of `cleaner`, all in one run on one core.")
    parser.add_argument("--data", type=Path, help="parquet file with main_content and page_type; articles are used")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    texts = read_articles(options.data) if options.data else made_articles()
    figures = {
        "megabytes": round(megabytes(texts), 3),
        **against_ftfy(texts),
        **many_rules(texts),
        **scaling(texts),
    }
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            print(f"{name:<52} {value:>12,}")


def read_articles(path: Path) -> list[str]:
    """The main contents of the articles in a parquet file."""
    import pyarrow.parquet as pq  # noqa: PLC0415 (needed for --data alone)

    rows = pq.read_table(path, columns=["main_content", "page_type"]).to_pylist()
    return [row["main_content"] for row in rows if row["page_type"] == "article" and row["main_content"]]


def made_articles() -> list[str]:
    """Articles of paragraphs from the counterexamples of the shipped rules, the same in every run."""
    paragraphs = [one.text.strip() for rule in Ruleset.load() for one in rule.counterexamples]
    paragraphs = [paragraph for paragraph in paragraphs if len(paragraph) > 80] or paragraphs
    random.seed(0)
    articles = []
    for _ in range(MADE_DOCUMENTS):
        article: list[str] = []
        while sum(len(paragraph.split()) for paragraph in article) < WORDS_IN_DOCUMENT:
            article.append(" ".join(random.choices(paragraphs, k=4)))  # noqa: S311 (no secrets here)
        articles.append("\n\n".join(article))
    return articles


def megabytes(texts: Sequence[str]) -> float:
    return sum(len(text.encode(errors="replace")) for text in texts) / 1e6


def seconds(function: Callable[[str], Any], texts: Sequence[str], runs: int = RUNS) -> float:
    """CPU time for all `texts`: the median of several runs, after a first that does not count."""
    times = []
    for _ in range(runs + 1):
        start = time.process_time()
        for text in texts:
            function(text)
        times.append(time.process_time() - start)
    return statistics.median(times[1:])


def against_ftfy(texts: Sequence[str]) -> dict[str, float]:
    """The profile ``careful``, with the shipped rules and the language answer, and `ftfy.fix_text` alone."""
    size = megabytes(texts)
    careful = size / seconds(cleaner.Cleaner("careful").clean, texts)
    plain_ftfy = size / seconds(ftfy.fix_text, texts)
    asked = sum(detect(text).by == "langdetect" for text in texts)
    return {
        "careful, MB/s": round(careful, 2),
        "ftfy.fix_text, MB/s": round(plain_ftfy, 2),
        "careful / ftfy.fix_text": round(careful / plain_ftfy, 2),
        "documents for which langdetect was asked, share": round(asked / len(texts), 4),
    }


def many_rules(texts: Sequence[str]) -> dict[str, float]:
    """What 10,000 rules cost more than 100, where equally much is found: nothing, and one hit in 1,000 words."""
    figures: dict[str, float] = {}
    words = made_words(max(RULE_COUNTS))
    sparse = [with_hits(text, words[: min(RULE_COUNTS)]) for text in texts]
    for kind in ("line rules", "phrases"):
        times: dict[tuple[int, str], float] = {}
        for count in RULE_COUNTS:
            ruleset = line_rules(words[:count]) if kind == "line rules" else phrase_rules(words[:count])
            start = time.process_time()
            matcher = Matcher(ruleset)
            figures[f"{count:,} {kind}: compiled in, s"] = round(time.process_time() - start, 2)
            figures[f"{count:,} {kind}: automata, MB"] = round(matcher.size / 1e6, 2)
            for hits, documents in (("no hit", texts), ("1 hit in 1,000 words", sparse)):
                times[count, hits] = seconds(functools.partial(find, matcher), documents, 3)
        for hits in ("no hit", "1 hit in 1,000 words"):
            cost = times[max(RULE_COUNTS), hits] / times[min(RULE_COUNTS), hits]
            figures[f"{kind}, {hits}: cost of 10,000 / of 100"] = round(cost, 2)
    return figures


def find(matcher: Matcher, text: str) -> list[Finding]:
    return matcher.find(text, cut_lines(text))


def made_words(count: int) -> list[str]:
    """Words that no text holds, all different."""
    base = len(SYLLABLES)
    return ["".join(SYLLABLES[number // base**place % base] for place in range(4)) for number in range(count)]


def with_hits(text: str, words: Sequence[str]) -> str:
    """`text` with a line of one of the `words` behind about every 1,000 words."""
    lines: list[str] = []
    seen = 0
    for line in text.split("\n"):
        lines.append(line)
        seen += len(line.split())
        if seen >= WORDS_IN_DOCUMENT:
            lines.append(f"follow {words[len(lines) % len(words)]} today")
            seen = 0
    return "\n".join(lines)


def line_rules(words: Sequence[str]) -> Ruleset:
    tables = [
        f"[[rule]]\nname = 'line-{number}'\nsummary = 'made'\naction = 'drop'\n"
        f"pattern = '(?i)follow {word} (?:today|now)[.!]{{0,3}}'\n{with_tests(word)}"
        for number, word in enumerate(words)
    ]
    return loaded("\n".join(tables))


def phrase_rules(words: Sequence[str]) -> Ruleset:
    phrases = "\n".join(f'"follow {word}" = "follow us"' for word in words)
    return loaded(
        f"[[rule]]\nname = 'phrases'\nsummary = 'made'\naction = 'flag'\n"
        f"{with_tests(words[0], find=True)}[rule.phrases]\n{phrases}\n"
    )


def with_tests(word: str, *, find: bool = False) -> str:
    example = f"find = ['follow {word}']" if find else "result = ''"
    return f"example = [{{ text = 'follow {word} today', {example} }}]\ncounterexample = [{{ text = 'follow him' }}]\n"


def loaded(toml: str) -> Ruleset:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.toml"
        path.write_text(toml, encoding="utf-8")
        return Ruleset.load([path])


def scaling(texts: Sequence[str]) -> dict[str, float]:
    """MB/s of `careful` over documents of 1 kB to 10 MB: it hardly changes where the cost is linear."""
    clean = cleaner.Cleaner("careful").clean
    whole = "\n\n".join(texts)
    figures = {}
    for size in SCALING_KB:
        characters = size * 1_000
        text = (whole * (characters // len(whole) + 1))[:characters]
        documents = [text] * max(1_000 // size, 1)
        figures[f"careful over documents of {size:,} kB, MB/s"] = round(megabytes(documents) / seconds(clean, documents, 1), 2)
    return figures


if __name__ == "__main__":
    # The compiled rules of the user's own cache would hide what compiling costs.
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CLEANER_CACHE_DIR"] = cache
        main()
