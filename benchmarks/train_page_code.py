"""Train the model that tells a page's scripts, style sheets and data in a text from what the page says.

    python benchmarks/train_page_code.py wcxb-dev.parquet --out cleaner/models/page-code.npz

Learned from are the pages of WCXB as three ways of dumping leave their code in them, their HTML itself, what resiliparse and
markdownify make of them, which is without code, their labels, and the READMEs of packages that are installed. Also measures,
by parts of the data that it has not seen, and on the files of `--prose`. Needs the extra ``train``. The same data give the same
weights.
"""

import argparse
import multiprocessing
import random
import re
import zlib
from collections.abc import Iterator, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

import lxml.html
import msgspec
import numpy as np
import numpy.typing as npt
from boosting import grown, narrow
from dumps import made_by

from cleaner import markdown
from cleaner.bench import cases
from cleaner.bench.cases import FOLDS, Page
from cleaner.encoding.nesting import nesting
from cleaner.encoding.page_code import features_of, pieces, without_page_code
from cleaner.trees import Floats, Trees

# In private use, so that no page has them: where code begins and ends.
_BEGIN, _END = "\ue000", "\ue001"
_EDGE = re.compile(f"([{_BEGIN}{_END}])")
_CODE_ELEMENT = re.compile(r"(?is)(<(script|style)\b[^>]*>)(.*?)(</\2)")
# A piece with so much of it code may go; one with less than the other has text in it, and has to stay.
_CODE, _MIXED = 0.97, 0.85
PIECES_OF_A_TEXT, MOST_PIECES = 250, 6_000
# Pieces of texts without code count double: to take one of these is worse.
CLEAN_COUNTS = 2
# Of the part that is not learned from one page in so many is measured.
MEASURED_EVERY = 8
# Against fewer characters of text nothing is measured.
SHORTEST_TEXT = 50


class Text(NamedTuple):
    """A text, and which of its characters are code."""

    source: str
    text: str
    code: npt.NDArray[np.bool_]


class Rows(NamedTuple):
    """Some pieces of a text, as they are learned from."""

    source: str
    fold: int
    features: Floats
    labels: npt.NDArray[np.bool_]
    lengths: npt.NDArray[np.int64]


def texts_of(page: Page) -> Iterator[Text]:
    """A page with its code, in one of four ways, and without."""
    dumped = list(_with_code(page))
    if dumped:
        yield _labelled(*dumped[zlib.crc32(page.id.encode()) % len(dumped)])
    for name in ("resiliparse dump", "markdownify"):
        if text := made_by(name, page):
            yield _labelled(name, markdown.seen(text))
    yield _labelled("label", page.content)


def _with_code(page: Page) -> Iterator[tuple[str, str]]:
    try:
        parser = lxml.html.HTMLParser(encoding="utf8", huge_tree=True)
        tree = lxml.html.fromstring(page.html.encode("utf8", "replace"), parser=parser)
    except Exception as error:  # noqa: BLE001 (others' code)
        print(page.id, error)
        return
    for element in tree.xpath("//script|//style"):
        if element.text:
            element.text = f"{_BEGIN}{element.text}{_END}"
    yield "text_content", tree.text_content()
    yield "//text()", "\n".join(text.strip() for text in tree.xpath("//body//text()"))
    without_comments = re.sub(r"(?s)<!--.*?-->", "", page.html)
    marked = _CODE_ELEMENT.sub(lambda match: f"{match[1]}{_BEGIN}{match[3]}{_END}{match[4]}", without_comments)
    yield "tags by pattern", re.sub(r"<[^>]+>", "", marked)
    yield "source", marked


def _labelled(source: str, marked: str) -> Text:
    parts: list[str] = []
    is_code: list[npt.NDArray[np.bool_]] = []
    inside = False
    for part in _EDGE.split(marked):
        if part in (_BEGIN, _END):
            inside = part == _BEGIN
        else:
            parts.append(part)
            is_code.append(np.full(len(part), inside))
    return Text(source, "".join(parts), np.concatenate(is_code))


def readmes() -> Iterator[Text]:
    """What the packages that are installed say of themselves, by name."""
    descriptions = {one.name: one.metadata.get_payload() or one.metadata["Description"] or "" for one in distributions()}
    for _, text in sorted(descriptions.items()):
        yield _labelled("README", str(text))
        yield _labelled("README", markdown.seen(str(text)))


def rows(text: Text, fold: int) -> Rows | None:
    """Some pieces of a text, with what stands around them; None of one without any."""
    nested = nesting(text.text)
    found = pieces(text.text, nested)[:MOST_PIECES]
    code = [float(text.code[start:end].mean()) for start, end in found]
    chosen = [at for at, share in enumerate(code) if share <= _MIXED or share >= _CODE]
    if not chosen:
        return None
    chosen = sorted(random.Random(len(found)).sample(chosen, min(len(chosen), PIECES_OF_A_TEXT)))
    labels = np.array([code[at] >= _CODE for at in chosen])
    lengths = np.array([found[at][1] - found[at][0] for at in chosen])
    return Rows(text.source, fold, features_of(text.text, found, nested)[chosen], labels, lengths)


def _rows_of_page(page: Page) -> list[Rows]:
    return [made for text in texts_of(page) if (made := rows(text, page.fold))]


def fit(learned: Sequence[Rows]) -> Trees:
    """The trees that tell pieces of code."""
    counts = [np.log1p(one.lengths) * (1 if one.source in CODE_SOURCES else CLEAN_COUNTS) for one in learned]
    return grown(
        np.concatenate([one.features for one in learned]),
        np.concatenate([one.labels for one in learned]).astype(np.int64),
        np.concatenate(counts).astype(np.float32),
        depth=6,
        iterations=150,
        learning_rate=0.15,
        border_count=64,
        rsm=0.3,
    )


CODE_SOURCES = ("text_content", "//text()", "tags by pattern", "source")


def measure(trees: Trees, unseen: Sequence[Text]) -> None:
    """Print how much of the code goes and how much stays beside the text, and what goes of texts: in how many, how much.

    All as means over texts; what stays is measured against the text beside it, of which there is never less than
    `SHORTEST_TEXT`, and counts as one where it is more.
    """
    found: dict[str, list[tuple[float, ...]]] = {}
    for text in unseen:
        gone = np.zeros(len(text.text), bool)
        for edit in without_page_code(text.text, trees):
            gone[edit.start : edit.end] = True
        code, rest = int(text.code.sum()), max(int((~text.code).sum()), SHORTEST_TEXT)
        stays, lost = int((text.code & ~gone).sum()), int((~text.code & gone).sum())
        figures = (1 - stays / max(code, 1), min(stays / rest, 1), float(stays > rest), float(lost > 0), lost / rest)
        found.setdefault(text.source, []).append(figures)
    for source, rows_of in sorted(found.items()):
        table = np.array(rows_of)
        (taken, beside, _, _, other), (_, _, more, touched, _) = table.mean(0), table.sum(0)
        print(
            f"| {source} | {len(table)} | {taken:.3f} | {beside:.3f} | {more:.0f} | {touched:.0f} | {other:.5f} |", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the model that tells a page's code in a text.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prose", type=Path, nargs="*", default=(), help="files of text without code of pages, to measure on")
    options = parser.parse_args()
    pages = cases.load(options.data).pages
    with multiprocessing.Pool() as pool:
        learned = [one for made in pool.imap(_rows_of_page, pages, chunksize=8) for one in made]
    learned += [one for at, text in enumerate(readmes()) if (one := rows(text, at % FOLDS))]
    print("| source | texts | code taken | stays, of the text beside | more than that | texts touched | of their text |")
    print("| --- |" + 6 * " --- |")
    for fold in range(FOLDS):
        trees = fit([one for one in learned if one.fold != fold])
        held_out = [page for page in pages if page.fold == fold][::MEASURED_EVERY]
        measure(trees, [text for page in held_out for text in texts_of(page)])
    trees = fit(learned)
    np.savez_compressed(
        options.out, **{name: narrow(np.asarray(array)) for name, array in msgspec.structs.asdict(trees).items()}
    )
    measure(trees, [_labelled(file.suffix, markdown.seen(file.read_text("utf-8", "replace"))) for file in options.prose])


if __name__ == "__main__":
    main()
