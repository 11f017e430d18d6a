"""Train the models that tell site chrome from content, on labelled pages.

    python benchmarks/train_chrome.py DATA --out cleaner/models              # on all pages; writes weights and chrome.json
    python benchmarks/train_chrome.py DATA --out FOLDER --cross-validate     # and measures, each site by models without it

DATA is what `cleaner bench run --data` takes; the published weights come from the 1,497 pages of WCXB's development split.
Needs the extra ``train``. The same data give the same weights.
"""

import argparse
import functools
import hashlib
import json
import math
import multiprocessing
import pickle
import random
import re
import textwrap
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import convolution
import hashed_weights
import long_texts
import msgspec
import numpy as np
import numpy.typing as npt
import other_scripts
from boosting import grown
from bs4 import BeautifulSoup
from dumps import made_by
from rich.console import Console
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from cleaner import encoding, markdown, markup
from cleaner.bench import cases, results, run, table
from cleaner.bench import page as report_page
from cleaner.bench.alignment import CONTENT_SHARE, aligned
from cleaner.bench.cases import FOLDS, Page
from cleaner.bench.systems import Settings
from cleaner.chrome import with_lost_breaks
from cleaner.chrome.headline import headline_features
from cleaner.chrome.lines import WORD_WEIGHTS, LineFeatures, line_features
from cleaner.chrome.model import (
    ELEMENT_WEIGHTS,
    Model,
    best_cut,
    element_tokens,
    logistic,
    model_features,
    odds,
    page_vector,
)
from cleaner.chrome.surroundings import own_features
from cleaner.config import Config
from cleaner.detection import rule_evidence
from cleaner.network import Network
from cleaner.pipeline import Cleaner
from cleaner.text import Document, Elements, Line, cut_lines
from cleaner.trees import Trees

_WORD = re.compile(r"\w+")

DUMPERS = ("resiliparse dump", "inscriptis", "html-text", "w3m")
# Of each page one of these in turn is dumped as well: numbers before links, strings without their lines.
FURTHER_DUMPERS = ("lynx", "all strings", "one line")
EXTRACTORS = ("trafilatura", "resiliparse", "readability-lxml")
# The browser and pandoc are left out: they take a second a page and more.
MEASURED = ("cleaner careful", "cleaner balanced", "trafilatura > cleaner b*", "[!bp]*> cleaner strict", *DUMPERS, *EXTRACTORS)
TREES, DEPTH, RATE = 200, 6, 0.12
# Of one page nine plain texts are made, so that the network need not see each as often, nor each tree each line.
EPOCHS = {"html": 8, "text": 5}
SAMPLED = {"html": 0.7, "text": 0.5}
# Of each page there are four dumps, each of which counts so much for the network; all other texts count one.
DUMP_COUNT = 0.5
# One in so many texts is learned from a second time with its words made illegible, and one in so many in another script.
ONE_IN = 4
OTHER_WORDS = 0x15A5A
# Excerpts have up to so many lines outside and inside of the content; it begins and ends with a line of so many words.
EXCERPT_LINES, RUNNING_WORDS = 14, 12
# One page in so many is learned from a second time with paragraphs of other pages of its part, so many characters: as text, and
# half of these as pages (all of them cost other pages .001).
ONE_IN_LONG, ONE_IN_LONG_PAGE, LONG = 10, 20, (20_000, 300_000)
# In the profile `balanced` so many clean articles may lose a line or more to the model.
TOUCHED = 0.0125

Floats = npt.NDArray[np.float32]
LineLinks = Sequence[tuple[float, int]]


class Example(msgspec.Struct, eq=False):
    """One text made from a page, its lines labelled."""

    page: str
    source: str
    fold: int
    page_type: str
    made: LineFeatures
    evidence: Floats
    elements: Elements | None
    matched: Floats
    """For each line how many of its words are aligned with the label."""
    label_words: int
    legible: bool = True
    """Whether its words are those of a language; where not, linear models do not learn from it."""
    headline: npt.NDArray[np.bool_] | None = None
    """Which of its lines are the headline of its page, where that was looked for."""
    further: bool = False
    """Whether it is one more dump of its page: the network alone learns from it."""

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        return (self.matched >= CONTENT_SHARE * np.maximum(self.made.words, 1)).astype(np.int64)

    @property
    def weights(self) -> Floats:
        return np.log1p(self.made.words) + np.float32(0.2)

    def f1(self, keep: npt.NDArray[np.bool_]) -> float:
        """Word F1 of the kept lines, after the alignment."""
        kept = float(self.made.words[keep].sum())
        if not self.label_words:
            return float(kept == 0)
        return 2 * float(self.matched[keep].sum()) / (kept + self.label_words)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the models that tell site chrome from content.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="file that keeps the labelled lines between calls")
    parser.add_argument("--cross-validate", action="store_true", help="measure each site with a model that has not seen it")
    parser.add_argument("--kinds", default="html,text")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    examples = labelled_lines(options.data, options.cache)
    for kind in options.kinds.split(","):
        train_one(kind, examples, options.out, parts=options.cross_validate)
    if options.cross_validate:
        del examples
        measure_parts(options.data, options.out)


def measure_parts(path: Path, models: Path) -> None:
    """Measure each part of the data with the models that have not seen it, by the benchmark; one result of all."""
    data = cases.load(path)
    options = run.Options(tasks=("html", "dump", "after", "loss"), systems=MEASURED, workers=2, shown=20)
    measured_parts = []
    for part in range(FOLDS):
        # What is garbled is flagged alone, which changes no figure here and takes most of the time.
        config = Config(models=str((models / f"part-{part}").resolve()), off=("garbled*",))
        measured_parts.append(run.run(data.part([part]), options, Settings(config=config)))
    result = run.merged(measured_parts, options)
    results.write(result, models / "parts.json")
    report_page.write(result, models / "parts.html")
    for shown in table.tables(result):
        Console(width=200, highlight=False).print(shown)


def train_one(kind: str, examples: Sequence[Example], out: Path, *, parts: bool) -> None:
    """Train one model, choose its thresholds on pages that its own parts have not seen, and write both.

    With `parts` also the models that have not seen one part of the data, with thresholds chosen without it.
    """
    of_kind = [one for one in examples if (one.elements is not None) == (kind == "html")]
    trained = [one for one in of_kind if not one.further]
    legible = [one for one in trained if one.legible]
    trained += [_in_other_words(one) for one in legible[::ONE_IN]]
    trained += [one for one in of_kind if one.further]
    models, content = fit(trained)
    for part, model in models.items():
        if part is not None and not parts:
            continue
        folder = out if part is None else out / f"part-{part}"
        folder.mkdir(exist_ok=True)
        sure = 0.0 if kind == "html" else threshold(trained, content, without=part)
        save(msgspec.structs.replace(model, sure=sure), folder / f"chrome-{kind}.npz")
        if part is None:
            settings = {"sure": round(sure, 4), "out_of_fold": measured(trained, content)}
            file = out / "chrome.json"
            known = json.loads(file.read_text()) if file.exists() else {}
            file.write_text(json.dumps({**known, kind: settings}, indent=1) + "\n")
            print(kind, json.dumps(settings), flush=True)


def labelled_lines(data: Path, cache: Path | None) -> list[Example]:
    """All texts made from all pages."""
    if cache and cache.exists():
        return pickle.loads(cache.read_bytes())  # noqa: S301 (our own file)
    pages = cases.load(data).pages
    tasks = [(page, _further_paragraphs(page, pages)) for page in pages]
    with multiprocessing.Pool() as pool:
        examples = [one for made in pool.imap(_examples_of, tasks, chunksize=8) for one in made]
    if cache:
        cache.write_bytes(pickle.dumps(examples))
    return examples


@functools.cache
def _cleaner() -> Cleaner:
    return Cleaner("strict", off=["boilerplate/page/*", "garbled*"])


def _further_paragraphs(page: Page, pages: Sequence[Page]) -> list[str]:
    """For one page in so many what makes it long; no text of a page that is of another part."""
    if zlib.crc32(page.id.encode()) % ONE_IN_LONG:
        return []
    chosen = random.Random(page.id)
    known = [one for one in pages if one.fold == page.fold and one.page_type in ("article", "documentation") and one.content]
    size = round(math.exp(chosen.uniform(*map(math.log, LONG))))
    return long_texts.paragraphs_of(long_texts.joined(known, size, chosen))


def _examples_of(task: tuple[Page, Sequence[str]]) -> list[Example]:
    page, paragraphs = task
    return [*examples_of(page), *(_long_examples(page, paragraphs) if paragraphs else ())]


def _long_examples(page: Page, paragraphs: Sequence[str]) -> Iterator[Example]:
    """A page with further paragraphs, its dump and its content: else all that is long would be held for lists and threads."""
    long = long_texts.page_with(page, paragraphs)
    texts = {"long content": "\n\n".join([page.content, *paragraphs])}
    if long:
        texts = {"long dump": made_by(DUMPERS[_number(page) % len(DUMPERS)], long), "long content": long.content}
    labelled = long or msgspec.structs.replace(page, content=texts["long content"])
    for source, text in texts.items():
        if lines := cut_lines(text):
            yield _example(labelled, source, text, lines, None)
    if long and zlib.crc32(page.id.encode()) % ONE_IN_LONG_PAGE == 0:
        read = markup.read_page(long.html)
        yield _example(long, "long page", read.text, read.lines, read.elements)


def _number(page: Page) -> int:
    return int.from_bytes(hashlib.sha256(page.id.encode()).digest()[:4])


def examples_of(page: Page) -> list[Example]:
    """The page itself, dumps of it, what extractors make of it, its label and parts of these; some laid out otherwise."""
    number = _number(page)
    read = markup.read_page(page.html)
    headline = "\n".join(read.text[line.start : line.end] for line in read.lines[read.headline()])
    dumps = {name: made_by(name, page) for name in DUMPERS}
    dumper, other_dumper = (DUMPERS[(number + step) % len(DUMPERS)] for step in range(2))
    layouts: dict[str, Callable[[], str]] = {
        "page text": lambda: read.text,
        "wrapped": lambda: _wrapped(dumps[dumper]),
        "without blank lines": lambda: "\n".join(filter(str.strip, dumps[other_dumper].splitlines())),
        "strings": lambda: "\n".join(BeautifulSoup(page.html, "lxml").stripped_strings),
    }
    laid_out_otherwise = [list(layouts)[(number + step) % len(layouts)] for step in (0, 1)]
    extractor = EXTRACTORS[number % len(EXTRACTORS)]
    paragraphs = [line for line in page.content.splitlines() if line.strip()] or [""]
    texts = {
        "label": page.content,
        "paragraph": paragraphs[number % len(paragraphs)],
        dumper: dumps[dumper],
        extractor: made_by(extractor, page),
        **{name: layouts[name]() for name in laid_out_otherwise},
    }
    made = [*_versions(page, "page", read.text, read.lines, read.elements)] if read.lines else []
    for name, text in texts.items():
        if lines := cut_lines(text):
            labelled = msgspec.structs.replace(page, content=text) if name == "paragraph" else page
            versions = _versions(labelled, name, text, lines, None)
            if name == dumper:
                said = np.array([text[line.start : line.end] == headline for line in lines])
                versions = (msgspec.structs.replace(one, headline=said) for one in versions)
            made += versions
    made += _in_markdown(page, made_by("markdownify", page))
    dumped = next((one for one in made if one.source == dumper and one.legible), None)
    made += _excerpts(page, dumps[dumper], dumped, number) if dumped else []
    further = FURTHER_DUMPERS[number % len(FURTHER_DUMPERS)]
    dumps[further] = encoding.mend(made_by(further, page), encoding.REPAIRS).text
    for name, text in dumps.items():
        if name != dumper and (lines := with_lost_breaks(text, cut_lines(text))):
            made.append(msgspec.structs.replace(_example(page, name, text, lines, None), further=True))
    return made


def _in_markdown(page: Page, text: str) -> Iterator[Example]:
    """The page in Markdown, and what of it is content; the links of each line are known."""
    read = markdown.read(text)
    if read is None:
        return
    lines = cut_lines(read.text)
    links = read.links_of([(line.start, line.end) for line in lines]).of_line
    whole, *in_script = _versions(page, "Markdown", read.text, lines, None, links)
    yield from (whole, *in_script)
    content = np.flatnonzero(whole.labels)
    if len(content):
        kept = "\n\n".join(read.text[lines[n].start : lines[n].end] for n in content)
        labelled = msgspec.structs.replace(page, content=kept)
        yield from _versions(labelled, "content in Markdown", kept, cut_lines(kept), None, [links[n] for n in content])


def _versions(
    page: Page, source: str, text: str, lines: Sequence[Line], elements: Elements | None, links: LineLinks | None = None
) -> Iterator[Example]:
    """A text of a page; and one in so many in a script that the data lack, too."""
    example = _example(page, source, text, lines, elements, links)
    yield example
    if zlib.crc32(f"{page.id} {source}".encode()) % ONE_IN == 0:
        chosen = zlib.crc32(f"{source} {page.id}".encode()) % len(other_scripts.SCRIPTS)
        yield _in_script(example, text, lines, list(other_scripts.SCRIPTS.values())[chosen], links)


def _in_script(
    example: Example, text: str, lines: Sequence[Line], script: other_scripts.Script, links: LineLinks | None
) -> Example:
    """The same lines in another script. Of the words of each as large a share is aligned as was."""
    parts: list[str] = []
    written: list[Line] = []
    length = end = 0
    for line in lines:
        between, inside = text[end : line.start], other_scripts.in_script(text[line.start : line.end], script)
        parts += (between, inside)
        start = length + len(between)
        end, length = line.end, start + len(inside)
        written.append(Line(start, length, line.origin))
    made = line_features("".join(parts), written, links)
    matched = example.matched / np.maximum(example.made.words, 1) * made.words
    unmatched = (example.label_words - example.matched.sum()) * made.words.sum() / max(example.made.words.sum(), 1)
    elements = example.elements
    if elements:
        told = {name: getattr(elements, name) for name in ("title", "description", "structured")}
        told = {name: other_scripts.in_script(value, script) for name, value in told.items()}
        elements = msgspec.structs.replace(elements, **told)
    label_words = round(float(matched.sum() + unmatched))
    return msgspec.structs.replace(
        example, made=made, matched=matched, elements=elements, label_words=label_words, legible=False
    )


def _excerpts(page: Page, text: str, dumped: Example, number: int) -> list[Example]:
    """A few lines of a dump from where its content begins or ends, so that the model knows short texts; of no content none."""
    lines, matched = cut_lines(text), dumped.matched
    words = [len(_WORD.findall(text[line.start : line.end])) for line in lines]
    running = [n for n in range(len(lines)) if words[n] >= RUNNING_WORDS and matched[n] >= CONTENT_SHARE * words[n]]
    if not running:
        return []
    outside, inside = 1 + number % EXCERPT_LINES, 1 + number // EXCERPT_LINES % EXCERPT_LINES
    at_head = number // EXCERPT_LINES**2 % 2
    first = running[0] - outside if at_head else running[-1] - inside
    end = running[0] + inside if at_head else running[-1] + outside + 1
    chosen = slice(max(first, 0), end)
    begin = lines[chosen][0].start
    cut = [Line(line.start - begin, line.end - begin) for line in lines[chosen]]
    # Its label is what the whole dump's alignment has there.
    made = _example(msgspec.structs.replace(page, content=""), "excerpt", text[begin : begin + cut[-1].end], cut, None)
    headline = None if dumped.headline is None else dumped.headline[chosen]
    return [msgspec.structs.replace(made, matched=matched[chosen], label_words=int(matched[chosen].sum()), headline=headline)]


def _wrapped(text: str, columns: int = 78) -> str:
    """`text` as mail programs lay it out."""
    return "\n".join("\n".join(textwrap.wrap(line, columns)) if len(line) > columns else line for line in text.splitlines())


def _example(
    page: Page, source: str, text: str, lines: Sequence[Line], elements: Elements | None, links: LineLinks | None = None
) -> Example:
    made = line_features(text, lines, links)
    found = _cleaner().detect(Document(id=page.id, text=text, url=page.url)).findings
    label = list(_WORD.findall(page.content.lower()))
    return Example(
        page=page.id,
        source=source,
        fold=page.fold,
        page_type=page.page_type,
        made=made,
        evidence=rule_evidence(found, lines, _cleaner().ruleset.by_id),
        elements=elements,
        matched=_matched(text, lines, label),
        label_words=len(label),
    )


def _matched(text: str, lines: Sequence[Any], label: Sequence[str]) -> Floats:
    """For each line how many of its words are aligned with the label."""
    words = [_WORD.findall(text[line.start : line.end].lower()) for line in lines]
    owner = np.repeat(np.arange(len(lines)), [len(of_line) for of_line in words])
    content = aligned([word for of_line in words for word in of_line], label)
    return np.bincount(owner[content], minlength=len(lines)).astype(np.float32)


def fit(examples: Sequence[Example]) -> tuple[dict[int | None, Model], list[Floats]]:
    """Models by the part of the data that they have not seen, None: the one that has seen all.

    And for each example what the model that has not seen its site holds of its lines. Trees and network learn from what linear
    models say of pages that these have not seen, and the kinds of pages from what trees and network say of such.
    """
    parts = [None, *sorted({one.fold for one in examples})]
    # An excerpt has no line that its dump has not, and a further dump hardly any.
    taught = [one for one in examples if one.legible and not one.further and one.source != "excerpt"]
    words = {part: _fit_words(_without(part, taught)) for part in parts}
    elements = {part: np.zeros(1, np.float32) for part in parts}
    if examples[0].elements is not None:
        elements = {part: _fit_elements(_without(part, taught)) for part in parts}
    tables = [model_features(words[one.fold], elements[one.fold], one.made, one.evidence, one.elements)[0] for one in examples]
    kinds = np.array(sorted({one.page_type for one in examples}), np.str_)
    models = {
        part: Model(
            words=words[part],
            elements=elements[part],
            trees=trees,
            network=network,
            kinds=kinds,
            kind_weights=np.zeros(0, np.float32),
            headline=np.zeros(0, np.float32),
        )
        for part, (trees, network) in zip(parts, _side_by_side(parts, examples, tables), strict=True)
    }
    content = [
        logistic(odds(models[one.fold], table, one.made, one.elements)) for one, table in zip(examples, tables, strict=True)
    ]
    vectors = [page_vector(table, score, one.made.words) for one, table, score in zip(examples, tables, content, strict=True)]
    for part, model in models.items():
        models[part] = msgspec.structs.replace(
            model,
            kind_weights=_fit_kinds(examples, vectors, without=part),
            headline=_fit_headline(examples, content, without=part),
        )
    return models, content


def _side_by_side(
    parts: Sequence[int | None], examples: Sequence[Example], tables: Sequence[Floats]
) -> list[tuple[Trees, Network]]:
    """Trees and network without each of the parts, learned by a process for each core; all share the examples."""
    processes = multiprocessing.get_context("fork").Pool(initializer=_give, initargs=(examples, tables), maxtasksperchild=1)
    with processes as pool:
        return pool.map(_taught, parts, chunksize=1)


def _give(examples: Sequence[Example], tables: Sequence[Floats]) -> None:
    _given[:] = (examples, tables)


_given: list[Any] = []


def _taught(without: int | None) -> tuple[Trees, Network]:
    examples, tables = _given
    return _grown(examples, tables, without), _learned(examples, tables, without)


def _kind(examples: Sequence[Example]) -> str:
    return "text" if examples[0].elements is None else "html"


def _without(part: int | None, examples: Sequence[Example]) -> list[Example]:
    return [one for one in examples if one.fold != part]


def _fit_kinds(examples: Sequence[Example], vectors: Sequence[Floats], without: int | None) -> Floats:
    """The weights of a linear model of the kind of page, a row for each kind in the order of the alphabet."""
    whole = [
        n for n, one in enumerate(examples) if one.source in ("page", *DUMPERS) and not one.further and one.fold != without
    ]
    table = np.stack([vectors[n] for n in whole])
    model = LogisticRegression(C=0.02, max_iter=300, fit_intercept=False)
    return _linear(table, [examples[n].page_type for n in whole], model)


def _fit_headline(examples: Sequence[Example], content: Sequence[Floats], without: int | None) -> Floats:
    """The weights of a linear model of which line is the headline; of pages none, which have elements."""
    tables, labels = [], []
    for one, score in zip(examples, content, strict=True):
        if one.headline is not None and one.legible and one.fold != without:
            rows, known = headline_features(one.made, score, one.evidence)
            tables.append(known)
            labels.append(one.headline[rows])
    if not tables:
        return np.zeros(0, np.float32)
    return _linear(np.concatenate(tables), np.concatenate(labels), LogisticRegression(max_iter=500, fit_intercept=False))[0]


def _linear(table: Floats, labels: Any, model: LogisticRegression) -> Floats:
    """The weights of a linear model of the columns of a table, the last of which is a constant; a row for each class."""
    mean, scale = table.mean(0), table.std(0) + 1e-3
    mean[-1], scale[-1] = 0.0, 1.0
    model.fit((table - mean) / scale, labels)
    weights = (model.coef_ / scale).astype(np.float32)
    weights[:, -1] -= weights @ mean
    return weights


def _in_other_words(example: Example) -> Example:
    """The same text in a language that nobody has heard, so that the trees learn to do without words."""
    made = msgspec.structs.replace(example.made, tokens=example.made.tokens ^ OTHER_WORDS)
    return msgspec.structs.replace(example, made=made, legible=False)


def _fit_words(examples: Sequence[Example]) -> Floats:
    return _fit_linear(examples, [(one.made.tokens, one.made.starts) for one in examples], WORD_WEIGHTS)


def _fit_elements(examples: Sequence[Example]) -> Floats:
    return _fit_linear(examples, [element_tokens(one.elements) for one in examples if one.elements], ELEMENT_WEIGHTS)


def _fit_linear(examples: Sequence[Example], tokens: Sequence[tuple[Any, Any]], size: int) -> Floats:
    rows = []
    for ids, starts in tokens:
        counts = np.diff(np.append(starts, len(ids)))
        values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
        rows.append(csr_matrix((values, ids, np.append(starts, len(ids))), shape=(len(starts), size)))
    return hashed_weights.fitted(vstack(rows).tocsr(), _labels(examples), alpha=3e-6, epochs=8, counts=_weights(examples))


def _labels(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    return np.concatenate([one.labels for one in examples])


def _weights(examples: Sequence[Example]) -> Floats:
    return np.concatenate([one.weights for one in examples])


def _grown(examples: Sequence[Example], tables: Sequence[Floats], without: int | None) -> Trees:
    sampling = {"rsm": 0.5, "bootstrap_type": "Bernoulli", "subsample": SAMPLED[_kind(examples)]}
    settings = {"depth": DEPTH, "learning_rate": RATE, "border_count": 64, "thread_count": 1}
    chosen = [(one, table) for one, table in zip(examples, tables, strict=True) if not one.further and one.fold != without]
    learned = [one for one, _ in chosen]
    features = np.concatenate([table for _, table in chosen])
    return grown(features, _labels(learned), _weights(learned), iterations=TREES, **settings, **sampling)


def _learned(examples: Sequence[Example], tables: Sequence[Floats], without: int | None) -> Network:
    """The network; a text counts for it with the root of what its lines count, so that long ones do not outweigh all others."""
    chosen = [(one, table) for one, table in zip(examples, tables, strict=True) if one.fold != without]
    counts = [one.weights / np.sqrt(one.weights.sum()) * (DUMP_COUNT if one.source in DUMPERS else 1) for one, _ in chosen]
    scale = np.concatenate(counts).mean()
    texts = [
        convolution.Document(own_features(table, one.elements), one.labels, count / scale, one.made.weight)
        for (one, table), count in zip(chosen, counts, strict=True)
    ]
    plan = convolution.Plan(width=64, layers=4, epochs=EPOCHS[_kind(examples)], dropped=0.45, batch=6)
    return convolution.learned(texts, plan)


def threshold(examples: Sequence[Example], content: Sequence[Floats], *, without: int | None) -> float:
    """The probability of content below which few clean articles have a line, legible or not."""
    return min(_touches_few(examples, content, legible=legible, without=without) for legible in (True, False))


def _touches_few(examples: Sequence[Example], content: Sequence[Floats], *, legible: bool, without: int | None) -> float:
    lowest = [
        score.min()
        for one, score in zip(examples, content, strict=True)
        if one.source == "label" and one.page_type == "article" and one.legible == legible and one.fold != without
    ]
    return float(np.quantile(lowest, TOUCHED))


def measured(examples: Sequence[Example], content: Sequence[Floats]) -> dict[str, float]:
    """Mean word F1 by source and kind of page, each text cut at its own best place; ``f1`` is that of pages or of all dumps."""
    found: dict[str, list[float]] = {}
    for one, score in zip(examples, content, strict=True):
        if not one.legible:
            continue
        f1 = one.f1(score >= best_cut(score, one.made.words))
        found.setdefault(one.source, []).append(f1)
        if one.source in ("page", *DUMPERS):
            found.setdefault(f"kind {one.page_type}", []).append(f1)
    means = {source: round(float(np.mean(values)), 4) for source, values in found.items()}
    main_sources = [source for source in ("page", *DUMPERS) if source in means]
    return {"f1": round(float(np.mean([means[source] for source in main_sources])), 4), **means}


def save(model: Model, file: Path) -> None:
    """Write the weights."""
    arrays: dict[str, Any] = {}
    for name in ("words", "elements"):
        arrays |= hashed_weights.as_arrays(name, getattr(model, name))
    for name in ("trees", "network"):
        arrays |= {f"{name}_{field}": value for field, value in msgspec.structs.asdict(getattr(model, name)).items()}
    arrays |= {name: getattr(model, name) for name in ("kinds", "kind_weights", "headline", "sure")}
    np.savez_compressed(file, **arrays)


if __name__ == "__main__":
    main()
