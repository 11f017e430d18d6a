"""Train the model that tells where the line breaks of a text stood that has lost them.

    python benchmarks/train_line_breaks.py wcxb-dev.parquet --out cleaner/models/line-breaks.npz
    python benchmarks/train_line_breaks.py wcxb-dev.parquet --out FOLDER --cross-validate    # by sites that it has not seen

Learned from are the lines of the pages of WCXB as three dumpers and this project's reader write them, joined by spaces: all of
a page, some lines in a row, and long lines by themselves, in which no line begins. Needs the extra ``train``. The same data
give the same weights.
"""

import argparse
import multiprocessing
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import convolution
import hashed_weights
import msgspec
import numpy as np
import numpy.typing as npt
import other_scripts
from dumps import made_by
from scipy.sparse import csr_matrix
from sklearn.metrics import average_precision_score

from cleaner import markup
from cleaner.bench import cases
from cleaner.bench.cases import FOLDS, Page
from cleaner.chrome.line_breaks import HASHED, LIKELY, LONG_TEXT, Model, Words, features, gap_hashes, words_of

DUMPERS = ("resiliparse dump", "inscriptis", "html-text")
# Of a text of a page so many words at most, and so many runs of lines, and lines by themselves.
MOST_WORDS, RUNS, ALONE = 3_000, 4, 3
LONGEST_RUN = 30
# One text in so many is learned from a second time with its words made illegible.
ONE_IN = 4
OTHER_WORDS = np.uint32(0x15A5A)
_BULLET = re.compile(r"(?:[*•·◦▪+-]|\d+\.)\s+(?=\S)")

Floats = npt.NDArray[np.float32]


class Example(NamedTuple):
    """One line that was several."""

    source: str
    fold: int
    words: Words
    begins: npt.NDArray[np.bool_]
    """Which words began a line."""
    legible: bool
    """Whether its words are those of a language; where not, the linear model does not learn from it."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the model that tells where lost line breaks stood.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cross-validate", action="store_true", help="measure each part of the sites with a model without it")
    options = parser.parse_args()
    pages = cases.load(options.data).pages
    with multiprocessing.Pool() as pool:
        examples = [one for made in pool.imap(examples_of, pages, chunksize=8) for one in made]
    hashed = {part: fit_linear([one for one in examples if one.fold != part]) for part in (None, *range(FOLDS))}
    if not options.cross_validate:
        save(fit(examples, hashed, None), options.out)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    for part in range(FOLDS):
        model = fit(examples, hashed, part)
        save(model, options.out / f"line-breaks-{part}.npz")
        measure(model, [one for one in examples if one.fold == part])


def examples_of(page: Page) -> list[Example]:
    """Lines of a page, joined in several ways."""
    chosen = random.Random(page.id)
    dumps: dict[str, Callable[[], str]] = {name: lambda name=name: made_by(name, page) for name in DUMPERS}  # type: ignore[misc]
    dumps["page text"] = lambda: markup.read_page(page.html).text
    name = chosen.choice(sorted(dumps))
    lines = [" ".join(line.split()) for line in dumps[name]().splitlines() if line.strip()]
    if chosen.random() < 0.5:
        lines = [_BULLET.sub("", line, count=1) or line for line in lines]
    content = [" ".join(line.split()) for line in page.content.splitlines() if line.strip()]
    return [*_joined_in_ways(page, name, lines, chosen), *_joined_in_ways(page, "label", content, chosen)]


def _joined_in_ways(page: Page, source: str, lines: Sequence[str], chosen: random.Random) -> Iterator[Example]:
    """All lines, some in a row, and long ones alone; one in four of these texts as no language is written, too."""
    if not lines:
        return
    texts = [(source, lines)]
    for _ in range(RUNS):
        first = chosen.randrange(len(lines))
        texts.append((f"{source}, some", lines[first : first + chosen.randint(2, LONGEST_RUN)]))
    long = [line for line in lines if len(line) >= LONG_TEXT]
    texts += [(f"{source}, one", [line]) for line in chosen.sample(long, min(ALONE, len(long)))]
    for name, some in texts:
        yield from _joined(page, name, some, chosen, legible=True)
        if chosen.random() < 1 / ONE_IN:
            yield from _joined(page, f"{name}, illegible", chosen.choice(WAYS)(some, chosen), chosen, legible=False)


def _with_capitals(lines: Sequence[str], _chosen: random.Random) -> Sequence[str]:
    """Capitals inside sentences, as German has them."""
    return [_LONG_WORD.sub(lambda match: match[0].title() if len(match[0]) % 3 == 0 else match[0], line) for line in lines]


_LONG_WORD = re.compile(r"\b[a-z]{4,}\b")


def _small(lines: Sequence[str], _chosen: random.Random) -> Sequence[str]:
    return [line.lower() for line in lines]


def _in_script(lines: Sequence[str], chosen: random.Random) -> Sequence[str]:
    script = other_scripts.SCRIPTS[chosen.choice(sorted(other_scripts.SCRIPTS))]
    return [other_scripts.in_script(line, script) for line in lines]


WAYS: Sequence[Callable[[Sequence[str], random.Random], Sequence[str]]] = (
    lambda lines, _: lines,
    _with_capitals,
    _small,
    _in_script,
)


def _joined(page: Page, source: str, lines: Sequence[str], chosen: random.Random, *, legible: bool) -> Iterator[Example]:
    """Lines in one; in some texts most line breaks leave wider gaps, or none. Where not legible, no word is known."""
    gaps = chosen.choices([" ", "wide", ""], [0.7, 0.15, 0.15])[0]
    parts: list[str] = []
    places: list[int] = []
    length = 0
    for line in lines:
        gap = gaps if chosen.random() < 0.8 else " "
        gap = "" if not parts else " " * chosen.randint(2, 4) if gap == "wide" else gap
        parts += (gap, line)
        places.append(length + len(gap))
        length += len(gap) + len(line)
    words = words_of("".join(parts))
    begins = np.isin(words.starts, places)
    if not legible:
        words = words._replace(hashes=words.hashes ^ OTHER_WORDS)
    if len(begins) > 1:
        first = slice(MOST_WORDS)
        yield Example(source, page.fold, Words(*(part[first] for part in words)), begins[first], legible)


def fit_linear(examples: Sequence[Example]) -> Floats:
    """The weights of what stands around a gap, as they will be read again."""
    learned = [one for one in examples if one.legible]
    table = np.concatenate([gap_hashes(one.words.hashes) for one in learned])
    width = table.shape[1]
    values = np.full(table.size, 1 / width, np.float32)
    rows = csr_matrix((values, table.ravel(), np.arange(0, table.size + 1, width)), shape=(len(table), HASHED))
    return hashed_weights.fitted(rows, np.concatenate([one.begins for one in learned]), alpha=1e-6, epochs=4)


def fit(examples: Sequence[Example], hashed: dict[int | None, Floats], without: int | None) -> Model:
    """The model that has not seen one part; its network learns from what linear models say of parts that they have not seen."""
    documents = [
        convolution.Document(
            features(one.words, hashed[one.fold]),
            one.begins,
            np.full(len(one.begins), (1_000 / len(one.begins)) ** 0.5, np.float32),
            np.ones(len(one.begins), np.float32),
        )
        for one in examples
        if one.fold != without
    ]
    plan = convolution.Plan(width=32, layers=4, epochs=2, dropped=0.15, batch=6, sampled=7)
    return Model(hashed[without], convolution.learned(documents, plan))


def measure(model: Model, unseen: Sequence[Example]) -> None:
    """Print for each source how many of the words that began lines are told, and how many of those told did."""
    by_source: dict[str, list[Example]] = {}
    for one in unseen:
        by_source.setdefault(one.source, []).append(one)
    print("| source | words | begin a line | average precision | told | of those told |\n| --- | --- | --- | --- | --- | --- |")
    for source, ones in sorted(by_source.items()):
        begins = np.concatenate([one.begins[1:] for one in ones])
        chance = np.concatenate([model.begins(one.words)[1:] for one in ones])
        told = chance > LIKELY
        right = (told & begins).sum()
        figures: list[Any] = [len(begins), f"{begins.mean():.3f}"]
        if begins.any():
            figures += [f"{average_precision_score(begins, chance):.3f}", f"{right / begins.sum():.3f}"]
        else:
            figures += ["", ""]
        print("|", " | ".join(map(str, [source, *figures, f"{right}/{told.sum()}"])), "|", flush=True)


def save(model: Model, file: Path) -> None:
    """Write the weights."""
    network = {f"network_{field}": value for field, value in msgspec.structs.asdict(model.network).items()}
    np.savez_compressed(file, **hashed_weights.as_arrays("hashed", model.hashed), **network)


if __name__ == "__main__":
    main()
