"""Train the model that tells words out of place, on clean text that makers of spun text have spun.

    python benchmarks/train_garble_deep.py DATA RESOURCES --out cleaner/models

DATA is what `cleaner bench run --data` takes: the labelled main contents of its pages are the clean text; the published
weights come from the 1,497 pages of WCXB's development split. RESOURCES is the folder that `spinning.py` describes; its
MiniLM is what the training starts from. Needs the extra ``train-deep``. One thread; the same data give the same weights
on the same machine. Sites are split: `TEST` and `CALIBRATION` folds are not trained on.

When the other layers have changed, `--settings` fits how they and the model go together.
"""

import argparse
import functools
import json
import math
import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import int8_encoder
import msgspec
import numpy as np
import numpy.typing as npt
import onnx
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from spinning import HELD_OUT, Maker, Resources, Spun, makers, mixed
from torch import nn
from transformers import BertConfig, BertModel

from cleaner.bench import cases
from cleaner.garble import deep
from cleaner.garble.deep import Detector, Settings, Vocabulary, Window
from cleaner.pipeline import Cleaner
from cleaner.text import Document

UNFITTED = Settings((0.0,) * 5, (0.0, 0.0, 1.0), (0.0, 1.0, 0.0), 0.0)
CALIBRATION, TEST = 3, 4
"""The folds of sites that thresholds are chosen on, and that figures are taken from."""
LAYERS = 3
BATCH = 16
RATE, HEAD_RATE, WARM_UP = 1.5e-4, 1e-3, 0.06
WINDOWS = 14_000
"""Windows that are trained on: 1.3 million words."""
# Texts are long: of one page no more than this is used, so that no site outweighs the others.
MOST_CHARACTERS = 20_000
CLEAN, QUOTES = 0.3, 0.15
"""Shares of documents left as they are, and of documents whose quotation marks are misplaced."""
SHARES = 0.03, 0.4
WEIGHTS = {"wordnet": 0.3, "relatives": 0.15, "learned": 0.1, "neighbours": 0.2, "mixed": 0.25}
"""How often each maker is asked. All at once is `mixed`."""
# What thresholds are for: false flags for each word of clean text, false documents, and documents that are long enough.
FALSE_FLAGS, FALSE_DOCUMENTS, LONG = 2e-4, 0.01, 300
# On the test sites false flags came to more than three times what they were on those that the threshold is chosen on.
CALIBRATED_FLAGS = FALSE_FLAGS / 4
LENGTHS = 700, 1_500, 3_000, 6_000
"""Characters of the texts that thresholds are chosen on."""
MEASURED_CHARACTERS = 3_000
"""What is measured of each text: some 500 words."""
TEST_SHARES = 0.03, 0.05, 0.1, 0.2, 0.4
LARGEST_ODDS = math.log((1 - deep.LEAST_PRIOR) / deep.LEAST_PRIOR)
_WORD = re.compile(r"\w+")

Floats = npt.NDArray[np.float32]


class Example(msgspec.Struct):
    """A window and which of its judged words were swapped."""

    window: Window
    labels: Floats


class Scored(msgspec.Struct):
    """What the finished model says of a text's judged words, and which of them were swapped."""

    logits: Floats
    labels: npt.NDArray[np.bool_]
    layers: float
    """How likely the other layers hold the text to be spun."""


class Tagger(nn.Module):
    """The encoder and one linear layer: a logit for each word piece."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        config = BertConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        self.encoder = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False)
        self.encoder.encoder.layer = self.encoder.encoder.layer[:LAYERS]
        self.encoder.embeddings.word_embeddings.weight.requires_grad = False
        self.head = nn.Linear(config.hidden_size, 1)

    def forward(self, ids: torch.Tensor, capitals: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        hidden = self.encoder(ids, token_type_ids=capitals, attention_mask=mask).last_hidden_state
        return self.head(hidden).squeeze(-1)


def texts(data: Path) -> dict[int, list[str]]:
    """The clean texts by fold."""
    found: dict[int, list[str]] = {}
    for page in cases.load(data).pages:
        found.setdefault(page.fold, []).append(page.content[:MOST_CHARACTERS])
    return found


def examples(spun: Spun, vocabulary: Vocabulary) -> list[Example]:
    """The windows of a text that was spun, or was not."""
    swapped = {at for change in spun.changed for at in range(change.start, change.end)}
    return [
        Example(window, np.array([start in swapped for start, _ in window.spans], np.float32))
        for window in deep.windows(spun.text, vocabulary)
    ]


def stream(clean: Sequence[str], made: Sequence[Maker], vocabulary: Vocabulary) -> Iterator[list[Example]]:
    """Batches without end, each text spun anew each time that it is met."""
    rng = random.Random(0)
    by_name = {maker.name: maker for maker in (*made, mixed(made))}
    names = [name for name in WEIGHTS if name in by_name]
    held: list[Example] = []
    while True:
        for text in rng.sample(clean, len(clean)):
            name = rng.choices(names, [WEIGHTS[name] for name in names])[0]
            share = math.exp(rng.uniform(*map(math.log, SHARES)))
            is_clean, seed, quotes = rng.random() < CLEAN, rng.getrandbits(32), rng.random() < QUOTES
            spun = Spun(text) if is_clean else by_name[name].spin(text, share, seed, misplace_quotes=quotes)
            held += examples(spun, vocabulary)
            if len(held) >= 64 * BATCH:
                rng.shuffle(held)
                ready, held = held[: 48 * BATCH], held[48 * BATCH :]
                ready.sort(key=lambda one: len(one.window.ids))
                batches = [ready[at : at + BATCH] for at in range(0, len(ready), BATCH)]
                rng.shuffle(batches)
                yield from batches


def tensors(batch: Sequence[Example]) -> tuple[torch.Tensor, ...]:
    """Ids, capitals, mask, and of the judged words: row, place and label."""
    longest = max(len(one.window.ids) for one in batch)
    ids, capitals, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    for row, one in enumerate(batch):
        size = len(one.window.ids)
        ids[row, :size] = torch.from_numpy(one.window.ids)
        capitals[row, :size] = torch.from_numpy(one.window.capitals)
        mask[row, :size] = 1
    rows = torch.cat([torch.full((len(one.labels),), row) for row, one in enumerate(batch)])
    at = torch.from_numpy(np.concatenate([one.window.at for one in batch]))
    labels = torch.from_numpy(np.concatenate([one.labels for one in batch]))
    return ids, capitals, mask, rows, at, labels


def train(model: Tagger, batches: Iterator[list[Example]], total: int) -> None:
    """Train on `total` windows."""
    head = list(model.head.parameters())
    body = [value for value in model.encoder.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW([{"params": body, "lr": RATE}, {"params": head, "lr": HEAD_RATE}], weight_decay=0.01)
    steps = total // BATCH
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (WARM_UP * steps)) * max(0.0, 1 - step / steps)
    )
    model.train()
    began, losses, words = time.monotonic(), [], 0
    for step in range(1, steps + 1):
        ids, capitals, mask, rows, at, labels = tensors(next(batches))
        logits = model(ids, capitals, mask)[rows, at]
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(body, 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        words += len(labels)
        if step % 25 == 0:
            print(step, steps, f"loss {np.mean(losses[-100:]):.4f}", f"{time.monotonic() - began:.0f} s", words, flush=True)


def finish(texts: Mapping[int, Sequence[str]], made: Sequence[Maker], file: Path) -> dict[str, Any]:
    """Fit the settings of the model in `file` on what it says of the calibration fold; the figures."""
    known = [one for one in made if one.name != HELD_OUT]
    settings = calibrated(Detector.load(file), texts[CALIBRATION], [*known, mixed(known)])
    detector = with_settings(settings, file)
    measured_with = {one: TEST_SHARES for one in made if one.name == HELD_OUT} | {mixed(known): (0.1,)}
    return {
        "settings": msgspec.to_builtins(settings),
        "bytes": file.stat().st_size,
        **measured(detector, texts[TEST], measured_with),
    }


def write(state: Mapping[str, Floats], vocabulary: Vocabulary, file: Path) -> None:
    """Write the model's file, with settings that `finish` has yet to fit."""
    metadata = {"pieces": "\n".join(vocabulary.numbers), "settings": msgspec.json.encode(UNFITTED).decode()}
    file.write_bytes(int8_encoder.write(state, LAYERS, deep.ROOM + 2, metadata))
    deep.read.cache_clear()


def with_settings(settings: Settings, file: Path) -> Detector:
    """The model in `file` with other settings, there as well."""
    model = onnx.load(file)
    properties = {one.key: one.value for one in model.metadata_props} | {"settings": msgspec.json.encode(settings).decode()}
    onnx.helper.set_model_props(model, properties)
    file.write_bytes(model.SerializeToString(deterministic=True))
    deep.read.cache_clear()
    return Detector.load(file)


def scored(detector: Detector, spun: Spun) -> Scored:
    """What the finished model says of a text."""
    found = examples(spun, detector.vocabulary)
    none = np.zeros(0, np.float32)
    logits = np.concatenate([none, *(detector.logits(one.window) for one in found)])
    layers = _layers().detect(Document(text=spun.text, language="en")).garbled
    return Scored(logits, np.concatenate([none, *(one.labels for one in found)]) > 0, layers)


@functools.cache
def _layers() -> Cleaner:
    """The other layers of garbled text."""
    return Cleaner()


def calibrated(detector: Detector, clean: Sequence[str], made: Sequence[Maker]) -> Settings:
    """Thresholds and weights by which words and documents are told apart, for texts of all lengths."""
    rng = random.Random(1)
    texts = [Spun(text[: rng.choice(LENGTHS)]) for text in clean]
    words = sum(len(_WORD.findall(one.text)) for one in texts)
    shares = [math.exp(rng.uniform(*map(math.log, SHARES))) for _ in texts]
    texts += [rng.choice(made).spin(one.text, share, rng.getrandbits(32)) for one, share in zip(texts, shares, strict=True)]
    found = [scored(detector, one) for one in texts]
    is_spun = np.arange(len(texts)) >= len(clean)
    told = np.array([len(one.logits) > 0 for one in found])

    rows = np.stack([deep.summary(one.logits) for one, some in zip(found, told, strict=True) if some])
    document = LogisticRegression(fit_intercept=False, max_iter=2_000).fit(rows, is_spun[told])
    weights = _rounded(document.coef_[0])
    by_words = np.clip(rows @ np.array(weights), -LARGEST_ODDS, LARGEST_ODDS)

    kept = [one for one in found if len(one.logits)]
    columns = np.column_stack([[deep.log_odds(one.layers) for one in kept], by_words])
    joint = LogisticRegression(max_iter=2_000).fit(columns, is_spun[told])
    by_both = joint.decision_function(columns)
    # More likely spun than not is what no more than so many clean documents may be.
    shift = float(np.quantile(by_both[~is_spun[told]], 1 - FALSE_DOCUMENTS))
    together = (round(_weights(joint)[0] - shift, 5), *_weights(joint)[1:])
    priors = np.clip(by_both - shift, -LARGEST_ODDS, LARGEST_ODDS)

    columns = [np.column_stack([one.logits, np.full(len(one.logits), prior)]) for one, prior in zip(kept, priors, strict=True)]
    word = LogisticRegression(max_iter=2_000).fit(np.concatenate(columns), np.concatenate([one.labels for one in kept]))
    of_clean = [column for column, spun in zip(columns, is_spun[told], strict=True) if not spun]
    fitted = Settings(weights, together, _weights(word), 0.0)
    falsely = np.sort(np.concatenate(of_clean) @ np.array(fitted.word[1:]) + fitted.word[0])[::-1]
    return msgspec.structs.replace(fitted, threshold=round(float(falsely[int(CALIBRATED_FLAGS * words)]), 4))


def _weights(model: LogisticRegression) -> tuple[float, ...]:
    return _rounded([model.intercept_[0], *model.coef_[0]])


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)


def measured(detector: Detector, clean: Sequence[str], made: Mapping[Maker, Sequence[float]]) -> dict[str, Any]:
    """How well words and documents are told apart on texts of sites that were not seen, by maker and share."""
    clean = [text[:MEASURED_CHARACTERS] for text in clean]
    sizes = np.array([len(_WORD.findall(text)) for text in clean])
    whole = [scored(detector, Spun(text)) for text in clean]
    false = np.array([detector.score(one.logits) for one in whole])[sizes >= LONG]
    false_by_both = np.array([both(detector, one) for one in whole])[sizes >= LONG]
    cut, cut_by_both = (float(np.quantile(some, 1 - FALSE_DOCUMENTS)) for some in (false, false_by_both))
    allowed = int(FALSE_FLAGS * sizes.sum())
    alone = np.sort(np.concatenate([one.logits for one in whole]))[::-1][allowed]
    of_clean = np.sort(np.concatenate([odds(detector, one) for one in whole]))[::-1]
    flagged = int((of_clean >= detector.settings.threshold).sum())
    found: dict[str, Any] = {
        "words": int(sizes.sum()),
        "documents": len(false),
        "clean documents more likely spun than not": (false_by_both >= 0.5).mean(),
        "false per 10,000 at the threshold": 1e4 * flagged / sizes.sum(),
    }
    for maker, share in ((maker, share) for maker, shares in made.items() for share in shares):
        spun = [scored(detector, maker.spin(text, share, seed)) for seed, text in enumerate(clean)]
        logits, labels = np.concatenate([one.logits for one in spun]), np.concatenate([one.labels for one in spun])
        together = np.concatenate([odds(detector, one) for one in spun])
        scores = np.array([detector.score(one.logits) for one in spun])[sizes >= LONG]
        by_both = np.array([both(detector, one) for one in spun])[sizes >= LONG]
        over = together >= detector.settings.threshold
        found[f"{maker.name} {share:.0%}"] = {
            "word AUC": roc_auc_score(labels, logits),
            "found at 2 per 10,000, window alone": (logits[labels] > alone).mean(),
            "found at 2 per 10,000, with the document": (together[labels] > of_clean[allowed]).mean(),
            "found at the threshold": over[labels].mean(),
            "precision at the threshold": labels[over].mean(),
            "document AUC": roc_auc_score(np.repeat([0, 1], [len(false), len(scores)]), np.concatenate([false, scores])),
            "documents found at 1% false": (scores > cut).mean(),
            "documents found at 1% false, by all layers": (by_both > cut_by_both).mean(),
            "documents more likely spun than not, by all layers": (by_both >= 0.5).mean(),
        }
    return found


def odds(detector: Detector, one: Scored) -> Floats:
    """The log-odds by which words are flagged."""
    return detector.odds(one.logits, both(detector, one))


def both(detector: Detector, one: Scored) -> float:
    """How likely a text is spun by all layers."""
    return detector.together(one.layers, detector.score(one.logits))


def named_as_exported(model: Tagger) -> dict[str, Floats]:
    """The weights, without the prefix that the encoder has here."""
    return {name.removeprefix("encoder."): value.detach().numpy() for name, value in model.state_dict().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the model that tells words out of place.")
    parser.add_argument("data", type=Path)
    parser.add_argument("resources", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=WINDOWS)
    parser.add_argument("--settings", action="store_true", help="fit the settings of the model at --out again, and measure it")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    resources = Resources(options.resources)
    vocabulary = Vocabulary(resources.vocabulary)
    made = makers(resources)
    by_fold = texts(options.data)
    clean = [text for fold, found in sorted(by_fold.items()) if fold not in (CALIBRATION, TEST) for text in found]
    file = options.out / "garble-deep.onnx"
    if not options.settings:
        model = Tagger(options.resources / "minilm")
        known = [one for one in made if one.name != HELD_OUT]
        train(model, stream(clean, known, vocabulary), options.windows)
        write(named_as_exported(model), vocabulary, file)
    figures = finish(by_fold, made, file)
    print(json.dumps(figures, indent=1, default=lambda value: round(float(value), 4)))


if __name__ == "__main__":
    main()
