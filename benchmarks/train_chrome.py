"""Train the models that tell site chrome from content, on labelled pages.

    python benchmarks/train_chrome.py DATA --out cleaner/models              # on all pages; writes weights and chrome.json
    python benchmarks/train_chrome.py DATA --out FOLDER --leave-out 3        # without the pages of fold 3
    python benchmarks/train_chrome.py DATA --out FOLDER --cross-validate     # five times, and measure each on its own fold

DATA is what `cleaner bench run --data` takes; the published weights come from the 1,497 pages of WCXB's development split.
Needs the extra ``train``. The same data give the same weights.
"""

import argparse
import functools
import hashlib
import json
import multiprocessing
import pickle
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from boosting import grown
from rich.console import Console
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression, SGDClassifier

from cleaner import chrome, markup
from cleaner.bench import cases, results, run, scores, systems, table
from cleaner.bench import page as report_page
from cleaner.bench.alignment import CONTENT_SHARE, aligned
from cleaner.bench.cases import FOLDS, Page
from cleaner.bench.systems import Settings
from cleaner.config import Config
from cleaner.detection import rule_evidence
from cleaner.pipeline import Cleaner
from cleaner.text import Document, Elements, cut_lines
from cleaner.trees import Trees

_WORD = re.compile(r"\w+")

MEASURED = (
    *("trafilatura", "resiliparse", "readability-lxml", "justext", "resiliparse dump", "inscriptis", "html-text", "w3m"),
    "*cleaner *",
)
DUMPERS = ("resiliparse dump", "inscriptis", "html-text", "w3m")
EXTRACTORS = ("trafilatura", "resiliparse", "readability-lxml")
TREES, DEPTH, RATE = 200, 6, 0.12
# One in so many texts is learned from a second time with its words made illegible.
ONE_IN = 4
OTHER_WORDS, BLIND = 0x15A5A, "in other words"
# The parts of the data that see each other only from outside while a model is fitted.
PARTS = 3
# Clean articles may lose this share of their words in the profile `balanced`; some room is left below the promised 0.3%.
BALANCED_LOSS = 0.002

Floats = npt.NDArray[np.float32]


class Example(msgspec.Struct, eq=False):
    """One text made from a page, its lines labelled."""

    page: str
    source: str
    fold: int
    page_type: str
    made: chrome.LineFeatures
    evidence: Floats
    elements: Elements | None
    matched: Floats
    """For each line how many of its words are aligned with the label."""
    label_words: int
    trained_on: bool = True
    """Whether it is used for more than measuring: neighbouring texts of one page say much the same."""

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
    parser.add_argument("--leave-out", type=int, choices=range(FOLDS))
    parser.add_argument("--cross-validate", action="store_true")
    parser.add_argument("--kinds", default="html,text")
    options = parser.parse_args()
    examples = labelled_lines(options.data, options.cache)
    left_out = range(FOLDS) if options.cross_validate else [options.leave_out]
    for fold in left_out:
        out = options.out / f"fold-{fold}" if options.cross_validate else options.out
        out.mkdir(parents=True, exist_ok=True)
        for kind in options.kinds.split(","):
            train_one(kind, examples, fold, out, options.data)
    if options.cross_validate:
        del examples
        measure_folds(options.data, options.out)


def measure_folds(path: Path, models: Path) -> None:
    """Measure each fold with the model that has not seen it, by the benchmark; one result of all."""
    data = cases.load(path)
    options = run.Options(tasks=("html", "dump", "after", "loss"), systems=MEASURED, workers=2, shown=20)
    parts = []
    for fold in range(FOLDS):
        settings = Settings(config=Config(models=str((models / f"fold-{fold}").resolve())))
        parts.append(run.run(data.part([fold]), options, settings))
    result = run.merged(parts, options)
    results.write(result, models / "folds.json")
    report_page.write(result, models / "folds.html")
    for part in table.tables(result):
        Console(width=200, highlight=False).print(part)


def train_one(kind: str, examples: Sequence[Example], left_out: int | None, out: Path, data: Path) -> None:
    """Train one model, choose its thresholds on pages that its own parts have not seen, and write both."""
    chosen = [one for one in examples if (one.elements is not None) == (kind == "html")]
    trained = [one for one in chosen if one.fold != left_out and one.trained_on]
    model, content = fit(trained)
    settings = {**thresholds(kind, trained, content), "benchmark": benchmarked(data, trained, content)}
    model = msgspec.structs.replace(model, sure=1 - settings.get("sure", 1.0))
    save(model, out / f"chrome-{kind}.npz")
    chrome.load.cache_clear()
    if left_out is not None:
        held_out = [one for one in chosen if one.fold == left_out]
        settings["held_out"] = measured(held_out, judged(held_out, model))
    file = out / "chrome.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**known, kind: settings}, indent=1) + "\n")
    print(out, kind, json.dumps(settings), flush=True)


def labelled_lines(data: Path, cache: Path | None) -> list[Example]:
    """All texts made from all pages."""
    if cache and cache.exists():
        return pickle.loads(cache.read_bytes())  # noqa: S301 (our own file)
    pages = cases.load(data).pages
    with multiprocessing.Pool() as pool:
        examples = [one for made in pool.imap(examples_of, pages, chunksize=8) for one in made]
    if cache:
        cache.write_bytes(pickle.dumps(examples))
    return examples


@functools.cache
def _system(name: str) -> Callable[[Document], Any]:
    return systems.load(name, Settings())


@functools.cache
def _cleaner() -> Cleaner:
    return Cleaner("strict", off=["boilerplate/page/*"])


def examples_of(page: Page) -> list[Example]:
    """The page itself, dumps of it, what extractors make of it, and its label; and some of these laid out otherwise."""
    document = Document(id=page.id, text=page.html, media_type="text/html", url=page.url)
    made: list[Example] = []
    texts: dict[str, str] = {"label": page.content}
    for name in (*DUMPERS, *EXTRACTORS):
        try:
            texts[name] = _system(name)(document).text
        except Exception as error:  # noqa: BLE001 (one extractor fails on one page)
            print(page.id, name, error)
    read = markup.read_page(page.html)
    texts["page text"] = read.text
    if read.lines:
        made.append(_example(page, "page", read.text, read.lines, read.elements))
    number = int.from_bytes(hashlib.sha256(page.id.encode()).digest()[:4])
    dumpers = [DUMPERS[(number + step) % len(DUMPERS)] for step in range(2)]
    texts["wrapped"] = _wrapped(texts.get(dumpers[0], ""))
    texts["without blank lines"] = "\n".join(filter(str.strip, texts.get(dumpers[1], "").splitlines()))
    other = ("page text", "wrapped", "without blank lines")[number % 3]
    trained_on = {dumpers[0], EXTRACTORS[number % len(EXTRACTORS)], other, "label"}
    for name, text in texts.items():
        if lines := cut_lines(text):
            made.append(msgspec.structs.replace(_example(page, name, text, lines, None), trained_on=name in trained_on))
    return made


def _wrapped(text: str, columns: int = 78) -> str:
    """`text` as mail programs lay it out."""
    return "\n".join("\n".join(textwrap.wrap(line, columns)) if len(line) > columns else line for line in text.splitlines())


def _example(page: Page, source: str, text: str, lines: Sequence[Any], elements: Elements | None) -> Example:
    made = chrome.line_features(text, lines)
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


def fit(examples: Sequence[Example]) -> tuple[chrome.Model, list[Floats]]:
    """A model, and for each example what parts of it that have not seen its site hold of its lines.

    The trees of the second pass learn from what the first ones say of pages that these have not seen, and those from what
    linear models say of pages that these have not seen.
    """
    legible = len(examples)
    examples = [*examples, *map(_in_other_words, examples[::ONE_IN])]
    folds = sorted({_part(one) for one in examples})
    words = _out_of_fold(examples, folds, _fit_words, lambda one, weights: _linear(weights, one.made.tokens, one.made.starts))
    by_elements: list[Floats | None] = [None] * len(examples)
    element_weights = np.zeros(1, np.float32)
    if examples[0].elements is not None:
        found = _out_of_fold(
            examples, folds, _fit_elements, lambda one, w: chrome.logistic(chrome.element_linear(w, one.elements))
        )
        by_elements, element_weights = list(found[0]), found[1]
    columns = [
        chrome.context(one.made, word, one.evidence, one.elements, element)
        for one, word, element in zip(examples, words[0], by_elements, strict=True)
    ]
    tables = [one.joined()[0] for one in columns]
    first, first_trees = _boosted(examples, tables, folds)
    for column, one, score in zip(columns, examples, first, strict=True):
        chrome.add_first_pass(column, one.made, score, one.elements)
    tables = [one.joined()[0] for one in columns]
    second, second_trees = _boosted(examples, tables, folds)
    kinds, kind_weights = _kinds(examples, tables, second)
    model = chrome.Model(words[1], element_weights, first_trees, second_trees, kinds, kind_weights)
    return model, second[: len(second) - len(range(0, legible, ONE_IN))]


def _kinds(examples: Sequence[Example], tables: Sequence[Floats], content: Sequence[Floats]) -> tuple[Any, Floats]:
    """A linear model of the kind of page."""
    whole = [number for number, one in enumerate(examples) if one.source in ("page", *DUMPERS)]
    vectors = np.stack([chrome.page_vector(tables[n], content[n], examples[n].made.words) for n in whole])
    mean, scale = vectors.mean(0), vectors.std(0) + 1e-3
    mean[-1], scale[-1] = 0.0, 1.0
    model = LogisticRegression(C=0.02, max_iter=300, fit_intercept=False)
    model.fit((vectors - mean) / scale, [examples[n].page_type for n in whole])
    weights = (model.coef_ / scale).astype(np.float32)
    weights[:, -1] -= weights @ mean
    return np.array(model.classes_, np.str_), weights


def _part(example: Example) -> int:
    """The parts that the data are split into while a model is fitted: whole folds, and so whole sites."""
    return example.fold % PARTS


def _in_other_words(example: Example) -> Example:
    """The same text in a language that nobody has heard, so that the trees learn to do without words."""
    made = msgspec.structs.replace(example.made, tokens=example.made.tokens ^ OTHER_WORDS)
    return msgspec.structs.replace(example, made=made, source=BLIND)


def _linear(weights: Floats, tokens: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> Floats:
    return chrome.logistic(chrome.linear(weights, tokens, starts))


def _out_of_fold(
    examples: Sequence[Example],
    folds: Sequence[int],
    fit_weights: Callable[[Sequence[Example]], Floats],
    score: Callable[[Example, Floats], Floats],
) -> tuple[list[Floats], Floats]:
    """For each example the scores of weights fitted without its fold; and the weights fitted on all."""
    legible = [one for one in examples if one.source != BLIND]
    by_fold = {fold: fit_weights([one for one in legible if _part(one) != fold]) for fold in folds}
    return [score(one, by_fold[_part(one)]) for one in examples], fit_weights(legible)


def _fit_words(examples: Sequence[Example]) -> Floats:
    return _fit_linear(examples, [(one.made.tokens, one.made.starts) for one in examples], chrome.WORD_WEIGHTS)


def _fit_elements(examples: Sequence[Example]) -> Floats:
    return _fit_linear(
        examples, [chrome.element_tokens(one.elements) for one in examples if one.elements], chrome.ELEMENT_WEIGHTS
    )


def _fit_linear(examples: Sequence[Example], tokens: Sequence[tuple[Any, Any]], size: int) -> Floats:
    rows = []
    for ids, starts in tokens:
        counts = np.diff(np.append(starts, len(ids)))
        values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
        rows.append(csr_matrix((values, ids, np.append(starts, len(ids))), shape=(len(starts), size)))
    model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=8, tol=None, random_state=0, fit_intercept=False)
    table = vstack(rows).tocsr()
    table.sum_duplicates()
    model.fit(table, _labels(examples), sample_weight=_weights(examples))
    return _quantised(model.coef_[0].astype(np.float32))[0]


def _labels(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    return np.concatenate([one.labels for one in examples])


def _weights(examples: Sequence[Example]) -> Floats:
    return np.concatenate([one.weights for one in examples])


def _boosted(examples: Sequence[Example], tables: Sequence[Floats], folds: Sequence[int]) -> tuple[list[Floats], Trees]:
    """For each example the probabilities of trees grown without its fold; and trees grown on all."""
    by_fold = {}
    for fold in folds:
        chosen = [number for number, one in enumerate(examples) if _part(one) != fold]
        by_fold[fold] = _grown([examples[number] for number in chosen], [tables[number] for number in chosen])
    out = [chrome.logistic(by_fold[_part(one)].score(table)) for one, table in zip(examples, tables, strict=True)]
    return out, _grown(examples, tables)


def _grown(examples: Sequence[Example], tables: Sequence[Floats]) -> Trees:
    sampling = {"rsm": 0.5, "bootstrap_type": "Bernoulli", "subsample": 0.7, "border_count": 64}
    labels, weights = _labels(examples), _weights(examples)
    return grown(np.concatenate(tables), labels, weights, iterations=TREES, depth=DEPTH, learning_rate=RATE, **sampling)


def thresholds(kind: str, examples: Sequence[Example], content: Sequence[Floats]) -> dict[str, Any]:
    """What is decided on pages that the parts of the model have not seen."""
    chosen: dict[str, Any] = {"out_of_fold": measured(examples, content)}
    if kind == "text":
        clean = [
            (one, score)
            for one, score in zip(examples, content, strict=True)
            if one.source == "label" and one.page_type == "article"
        ]
        scores_, words = np.concatenate([score for _, score in clean]), np.concatenate([one.made.words for one, _ in clean])
        order = np.argsort(scores_)
        lost = np.cumsum(words[order]) / words.sum()
        chosen["sure"] = round(float(1 - scores_[order][np.searchsorted(lost, BALANCED_LOSS)]), 4)
    return chosen


def measured(examples: Sequence[Example], content: Sequence[Floats]) -> dict[str, float]:
    """Mean word F1 by source and kind of page, each text cut at its own best place; ``f1`` is that of pages or of all dumps."""
    found: dict[str, list[float]] = {}
    for one, score in zip(examples, content, strict=True):
        f1 = one.f1(score >= chrome.best_cut(score, one.made.words))
        found.setdefault(one.source, []).append(f1)
        if one.source in ("page", *DUMPERS):
            found.setdefault(f"kind {one.page_type}", []).append(f1)
    means = {source: round(float(np.mean(values)), 4) for source, values in found.items()}
    main_sources = [source for source in ("page", *DUMPERS) if source in means]
    return {"f1": round(float(np.mean([means[source] for source in main_sources])), 4), **means}


def benchmarked(data: Path, examples: Sequence[Example], content: Sequence[Floats]) -> dict[str, dict[str, float]]:
    """What `cleaner bench` scores of the kept lines, and of the whole text before, by source."""
    pages = {page.id: page for page in cases.load(data).pages}
    found: dict[str, dict[str, list[float]]] = {}
    for one, score in zip(examples, content, strict=True):
        if one.source not in ("page", *DUMPERS, *EXTRACTORS):
            continue
        page = pages[one.page]
        if one.source == "page":
            read = markup.read_page(page.html)
            text, lines = read.text, read.lines
        else:
            text = _system(one.source)(Document(id=page.id, text=page.html, media_type="text/html", url=page.url)).text
            lines = cut_lines(text)
        cut = chrome.best_cut(score, one.made.words)
        kept = "\n".join(text[line.start : line.end] for line, p in zip(lines, score, strict=True) if p >= cut)
        for name, output in (("", kept), ("before ", text)):
            figures = {**scores.word_scores(output, page.content), **scores.snippet_scores(output, page.wanted, page.unwanted)}
            for figure, value in figures.items():
                found.setdefault(one.source, {}).setdefault(name + figure, []).append(value)
            found[one.source].setdefault(f"{name}f1, {page.page_type}", []).append(figures["f1"])
    return {source: {name: round(float(np.mean(each)), 4) for name, each in by.items()} for source, by in found.items()}


def judged(examples: Sequence[Example], model: chrome.Model) -> list[Floats]:
    """What a whole model holds of lines."""
    tables = (chrome.second_features(model, one.made, one.evidence, one.elements)[0] for one in examples)
    return [chrome.logistic(model.second.score(table)) for table in tables]


def _quantised(weights: Floats) -> tuple[Floats, npt.NDArray[np.int8], np.float32]:
    """Weights in 255 steps: as they will be read again, and as they are stored."""
    scale = np.float32(np.abs(weights).max(initial=1e-6) / 127)
    stored = np.round(weights / scale).astype(np.int8)
    return stored * scale, stored, scale


def save(model: chrome.Model, file: Path) -> None:
    """Write the weights."""
    arrays: dict[str, Any] = {}
    for name in ("words", "elements"):
        _, stored, scale = _quantised(getattr(model, name))
        arrays |= {name: stored, f"{name}_scale": scale}
    for name in ("first", "second"):
        arrays |= {f"{name}_{field}": value for field, value in msgspec.structs.asdict(getattr(model, name)).items()}
    arrays |= {name: getattr(model, name) for name in ("kinds", "kind_weights", "sure")}
    np.savez_compressed(file, **arrays)


if __name__ == "__main__":
    main()
