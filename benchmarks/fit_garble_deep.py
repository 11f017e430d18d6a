"""Fit what weighs the answers of the model of words out of place, and measure it: cleaner/models/garble-deep.npz.

    python benchmarks/fit_garble_deep.py wcxb-dev.parquet RESOURCES PROSE WORK --out cleaner/models

The network is at --out (`train_garble_deep.py`); RESOURCES is the folder of `spinning.py`, PROSE that of `prose.py`, WORK that
of `train_garble_context.py`. Sites and works are split: what is fitted comes from the fold `CALIBRATION`, the figures from
`TEST`; the networks have learned from neither. The score of the other layers has learned from all.
Needs the extras ``deep`` and ``train``. The same files give the same bytes. Due as well when the other layers have changed.
"""

import argparse
import functools
import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from boosting import grown, narrow
from build_garble import FOLDS
from msgspec.structs import asdict
from prose import CALIBRATION, TEST, Article, chosen
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from spinning import HELD_OUT, Maker, Resources, Spun, any_share, makers, mixed

from cleaner.bench import cases
from cleaner.garble import GARBLED_FROM, deep, document, evidence
from cleaner.garble.context import Context
from cleaner.garble.deep import TREES, Detector, Floats, Settings
from cleaner.pipeline import Cleaner
from cleaner.text import Document
from cleaner.trees import Trees

PROSE_STEP = 3
"""Of the prose of a fold one text in so many is fitted on, or measured."""
# Of 400 trees of depth 6 no more came.
TREE_COUNT, DEPTH, RATE = 200, 5, 0.1
# Trees learn from texts of so many characters, each clean and spun so often.
LEARNED_CHARACTERS, LEARNED_TIMES = 6_000, 2
# What thresholds are for: false flags for each word of clean text, false documents, and documents that are long enough.
FALSE_FLAGS, FALSE_DOCUMENTS, LONG = 2e-4, 0.01, 300
# A text that is rather clean may hold no more of these than a quarter: on the test sites they came to three times what they
# were on those that the threshold is chosen on.
FLAGS_IN_CLEAN = FALSE_FLAGS / 4
LENGTHS = 700, 1_500, 3_000, 6_000
"""Characters of the texts that thresholds are chosen on."""
MEASURED_CHARACTERS = 3_000
"""What is measured of each text: some 500 words."""
TEST_SHARES = 0.03, 0.05, 0.1, 0.2, 0.4
UNFITTED = Settings((0.0,) * 5, 0.0, (0.0, 1.0, 0.0), 0.0, 0.0)
_WORD = re.compile(r"\w+")


class Rows(msgspec.Struct):
    """A text's judged words: a row of `evidence.FEATURES` for each, and which were swapped."""

    features: Floats
    swapped: npt.NDArray[np.bool_]


class Scored(msgspec.Struct):
    """The log-odds of a text's judged words, and which of them were swapped."""

    odds: Floats
    swapped: npt.NDArray[np.bool_]
    layers: float
    """How likely the other layers hold the text to be spun."""


def rows(detector: Detector, spun: Spun) -> Rows:
    """What is known of the words of a text."""
    found = list(deep.windows(spun.text, detector.vocabulary))
    if not found:
        return Rows(np.zeros((0, len(evidence.FEATURES)), np.float32), np.zeros(0, bool))
    swapped = spun.swapped([start for window in found for start, _ in window.spans])
    return Rows(detector.evidence(spun.text, found), np.array(swapped))


def learned(detector: Detector, clean: Sequence[str], made: Sequence[Maker], rng: random.Random) -> Trees:
    """Trees that tell swapped words, from texts clean and spun."""
    texts = [text[:LEARNED_CHARACTERS] for text in clean]
    known = [rows(detector, Spun(text)) for text in texts]
    known += [rows(detector, spun_anew(text, made, rng)) for text in texts for _ in range(LEARNED_TIMES)]
    features, swapped = np.concatenate([one.features for one in known]), np.concatenate([one.swapped for one in known])
    return grown(features, swapped, iterations=TREE_COUNT, depth=DEPTH, learning_rate=RATE)


def spun_anew(text: str, made: Sequence[Maker], rng: random.Random) -> Spun:
    """A text spun by one of several makers."""
    share = any_share(rng)
    return rng.choice(made).spin(text, share, rng.getrandbits(32))


def scored(detector: Detector, spun: Spun, trees: Trees) -> Scored:
    """What trees hold of a text's words."""
    known = rows(detector, spun)
    layers = _layers().detect(Document(text=spun.text, language="en")).garbled
    return Scored(trees.score(known.features), known.swapped, layers)


@functools.cache
def _layers() -> Cleaner:
    """The other layers of garbled text."""
    return Cleaner()


def calibrated(detector: Detector, clean: Sequence[str], made: Sequence[Maker], rng: random.Random) -> Settings:
    """Thresholds and weights by which words and documents are told apart, for texts of all lengths.

    What a text's words are held to be is told by trees that have learned from the other half of the sites.
    """
    halves = [learned(detector, clean[half::2], made, rng) for half in (1, 0)]
    cut = [text[: rng.choice(LENGTHS)] for text in clean]
    texts = [*map(Spun, cut), *(spun_anew(text, made, rng) for text in cut)]
    words = sum(len(_WORD.findall(text)) for text in cut)
    all_scored = [scored(detector, one, halves[at % len(clean) % 2]) for at, one in enumerate(texts)]
    found = [one for one in all_scored if len(one.odds)]
    is_spun = np.array([at >= len(clean) for at, one in enumerate(all_scored) if len(one.odds)])

    summaries = np.stack([document.summary(one.odds) for one in found])
    weights = LogisticRegression(fit_intercept=False, max_iter=2_000).fit(summaries, is_spun).coef_[0]
    # More likely spun than not is what no more than so many clean documents may be; the other layers' score keeps to that, too.
    weights[0] -= np.quantile((summaries @ weights)[~is_spun], 1 - FALSE_DOCUMENTS)
    settings = msgspec.structs.replace(UNFITTED, document=_rounded(weights))
    told = Detector(None, detector.vocabulary, detector.near, halves[0], settings, "")
    # As if they counted in full in short texts, too: these are the more careful for it.
    by_both = np.array([deep.log_odds(told.together(one.layers, deep.chance(told.in_full(one.odds)))) for one in found])
    shift = -float(np.quantile(by_both[~is_spun], 1 - FALSE_DOCUMENTS))
    priors = by_both + shift

    own = [np.column_stack([one.odds, np.full(len(one.odds), prior)]) for one, prior in zip(found, priors, strict=True)]
    word = LogisticRegression(max_iter=2_000).fit(np.concatenate(own), np.concatenate([one.swapped for one in found]))
    of_clean = np.concatenate([column for column, spun in zip(own, is_spun, strict=True) if not spun])
    falsely = np.sort(word.decision_function(of_clean))[::-1]
    weights = _rounded([word.intercept_[0], *word.coef_[0]])
    thresholds = [round(float(falsely[int(flags * words)]), 4) for flags in (FLAGS_IN_CLEAN, FALSE_FLAGS)]
    return Settings(settings.document, round(shift, 5), weights, *thresholds)


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)


def write(trees: Trees, settings: Settings, file: Path) -> None:
    """Write what `deep.read` reads beside the network."""
    arrays = {TREES + name: narrow(np.asarray(value)) for name, value in asdict(trees).items()}
    np.savez_compressed(file, **arrays, **{name: np.array(value) for name, value in asdict(settings).items()})
    deep.read.cache_clear()


def other_prose(folder: Path, fold: int) -> list[Article]:
    """Texts that neither network has learned from, the small one of the fold."""
    return [one for one in chosen(folder) if one.fold == fold % FOLDS][::PROSE_STEP]


def blind(file: Path, work: Path, fold: int, trees: Trees, settings: Settings) -> Detector:
    """The model with the small network that has not seen a fold of sites."""
    return Detector(*deep.network(file.read_bytes()), Context.load(work / f"fold{fold % FOLDS}"), trees, settings, "")


def told_of_prose(detector: Detector, trees: Trees, texts: Sequence[Article]) -> dict[str, str]:
    """What would be told of clean prose, by kind."""
    found = {}
    for kind in dict.fromkeys(one.kind for one in texts):
        mine = [one.text[:MEASURED_CHARACTERS] for one in texts if one.kind == kind]
        whole = [scored(detector, Spun(text), trees) for text in mine]
        words = sum(len(_WORD.findall(text)) for text in mine)
        flagged = sum(int(flags(detector, one).sum()) for one in whole)
        documents = sum(both(detector, one) >= GARBLED_FROM for one in whole)
        found[kind] = f"{documents} of {len(mine)} documents, {1e4 * flagged / words:.1f} words in 10,000"
    return found


def measured(detector: Detector, trees: Trees, clean: Sequence[str], made: Mapping[Maker, Sequence[float]]) -> dict[str, Any]:
    """How well words and documents are told apart on texts of sites that were not seen, by maker and share."""
    clean = [text[:MEASURED_CHARACTERS] for text in clean]
    sizes = np.array([len(_WORD.findall(text)) for text in clean])
    whole = [scored(detector, Spun(text), trees) for text in clean]
    false = np.array([detector.score(one.odds) for one in whole])[sizes >= LONG]
    false_by_both = np.array([both(detector, one) for one in whole])[sizes >= LONG]
    cut, cut_by_both = (float(np.quantile(some, 1 - FALSE_DOCUMENTS)) for some in (false, false_by_both))
    allowed = int(FALSE_FLAGS * sizes.sum())
    alone = np.sort(np.concatenate([one.odds for one in whole]))[::-1][allowed]
    of_clean = np.sort(np.concatenate([in_document(detector, one) for one in whole]))[::-1]
    flagged = sum(int(flags(detector, one).sum()) for one in whole)
    found: dict[str, Any] = {
        "words": int(sizes.sum()),
        "documents": len(false),
        "clean documents more likely spun than not": (false_by_both >= 0.5).mean(),
        "false per 10,000 at the thresholds": 1e4 * flagged / sizes.sum(),
    }
    for maker, share in ((maker, share) for maker, shares in made.items() for share in shares):
        spun = [scored(detector, maker.spin(text, share, seed), trees) for seed, text in enumerate(clean)]
        odds, swapped = np.concatenate([one.odds for one in spun]), np.concatenate([one.swapped for one in spun])
        together = np.concatenate([in_document(detector, one) for one in spun])
        scores = np.array([detector.score(one.odds) for one in spun])[sizes >= LONG]
        by_both = np.array([both(detector, one) for one in spun])[sizes >= LONG]
        over = np.concatenate([flags(detector, one) for one in spun])
        found[f"{maker.name} {share:.0%}"] = {
            "word AUC": roc_auc_score(swapped, odds),
            "found at 2 per 10,000, document not asked": (odds[swapped] > alone).mean(),
            "found at 2 per 10,000, with the document": (together[swapped] > of_clean[allowed]).mean(),
            "found at the thresholds": over[swapped].mean(),
            "precision at the thresholds": swapped[over].mean(),
            "document AUC": roc_auc_score(np.repeat([0, 1], [len(false), len(scores)]), np.concatenate([false, scores])),
            "documents found at 1% false": (scores > cut).mean(),
            "documents found at 1% false, by all layers": (by_both > cut_by_both).mean(),
            "documents more likely spun than not, by all layers": (by_both >= 0.5).mean(),
        }
    return found


def in_document(detector: Detector, one: Scored) -> Floats:
    """The log-odds by which words are flagged."""
    return detector.odds(one.odds, both(detector, one))


def flags(detector: Detector, one: Scored) -> npt.NDArray[np.bool_]:
    """Which words are flagged."""
    flagged: npt.NDArray[np.bool_] = in_document(detector, one) >= detector.bar(both(detector, one))
    return flagged


def both(detector: Detector, one: Scored) -> float:
    """How likely a text is spun by all layers."""
    return detector.together(one.layers, detector.score(one.odds))


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit what weighs the answers of the model of words out of place.")
    parser.add_argument("data", type=Path)
    parser.add_argument("resources", type=Path)
    parser.add_argument("prose", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    file = options.out / "garble-deep.onnx"
    made = makers(Resources(options.resources))
    known = [one for one in made if one.name != HELD_OUT]
    known.append(mixed(known))
    pages = cases.load(options.data).pages
    calibration, test = ([page.content for page in pages if page.fold == fold] for fold in (CALIBRATION, TEST))
    calibration += [one.text for one in other_prose(options.prose, CALIBRATION)]

    nothing = np.zeros((0, 0), np.float32)
    detector = blind(file, options.work, CALIBRATION, Trees(nothing, nothing, nothing, nothing, 0.0), UNFITTED)
    rng = random.Random(1)
    settings = calibrated(detector, calibration, known, rng)
    trees = learned(detector, calibration, known, rng)
    write(trees, settings, file.with_suffix(".npz"))
    held_out = {one: TEST_SHARES for one in made if one.name == HELD_OUT} | {known[-1]: (0.1,)}
    fitted = blind(file, options.work, TEST, trees, settings)
    told = {"told of clean prose": told_of_prose(fitted, trees, other_prose(options.prose, TEST))}
    figures = {"settings": asdict(settings), **told, **measured(fitted, trees, test, held_out)}
    print(json.dumps(figures, indent=1, default=lambda value: round(float(value), 4)))


if __name__ == "__main__":
    main()
