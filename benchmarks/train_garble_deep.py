"""Train the network that tells words out of place, on clean text that makers of spun text have spun.

    python benchmarks/train_garble_deep.py DATA RESOURCES PROSE --out cleaner/models
    python benchmarks/fit_garble_deep.py DATA RESOURCES PROSE WORK --out cleaner/models

DATA is what `cleaner bench run --data` takes: the labelled main contents of its pages are clean text; the published weights
come from the 1,497 pages of WCXB's development split. RESOURCES is the folder that `spinning.py` describes; its MiniLM is
what the training starts from. PROSE is what `prose.py` wrote. Needs the extra ``train-deep``, and a GPU: one
H200 took four minutes, with 15 processes that spin. Graphics cards add up in no fixed order, so weights are the same but for
noise. The folds of sites that `fit_garble_deep.py` fits and measures on are not learned from.
"""

import argparse
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import int8_encoder
import msgspec
import numpy as np
import torch
from prose import CALIBRATION, TEST, learnable
from spinning import HELD_OUT, Maker, Resources, Spun, any_share, makers, mixed
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from transformers import BertConfig, BertModel

from cleaner.bench import cases
from cleaner.garble import deep
from cleaner.garble.deep import Floats, Vocabulary, Window

LAYERS = 4
BATCH, POOL = 512, 8
"""Windows learned from at once, and how many batches are mixed with each other."""
RATE, HEAD_RATE, WARM_UP, DROPOUT = 4e-4, 1e-3, 0.03, 0.05
RUNS = {550_000: 0.7, 1_500_000: 0.3}
"""Runs by how many windows they learn from, with the weight of each in the mean that is kept.

Learning longer tells words apart better (AUC on new sites .939 for .930) and finds fewer at two false flags in 10,000 words
(.14 for .19), as rare words of clean text are then taken for swapped ones with certainty. The mean of both weights (Wortsman
et al. 2022, "Model soups") has most of either.
"""
SOURCES = {
    "pages": 0.22,
    "documentation": 0.12,
    "abstracts": 0.14,
    "news": 0.03,
    "speeches": 0.02,
    "novels": 0.02,
    "drama": 0.01,
    "generated": 0.44,
}
"""How often a text is of each kind."""
# Of a long text a part is taken, so that no site outweighs the others.
MOST_CHARACTERS, PART, PAGE = 9_000, 7_000, 40_000
CLEAN, QUOTES = 0.3, 0.15
"""Shares of texts left as they are, and of texts whose quotation marks are misplaced."""
WEIGHTS = {"wordnet": 0.22, "relatives": 0.13, "moby": 0.15, "learned": 0.1, "neighbours": 0.15, "mixed": 0.25}
"""How often each maker is asked. All at once is `mixed`."""

Batch = tuple[torch.Tensor, ...]
"""Ids, capitals, mask; of the judged words row, place and label."""


class Example(msgspec.Struct):
    """A window and which of its judged words were swapped."""

    window: Window
    labels: Floats


class Tagger(nn.Module):
    """The encoder and one linear layer: a logit for each word piece."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        config = BertConfig.from_pretrained(folder, hidden_dropout_prob=DROPOUT, attention_probs_dropout_prob=0.0)
        self.encoder = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False, dtype=torch.float32)
        self.encoder.encoder.layer = self.encoder.encoder.layer[:LAYERS]
        self.head = nn.Linear(config.hidden_size, 1)

    def forward(self, ids: torch.Tensor, capitals: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(ids, token_type_ids=capitals, attention_mask=mask).last_hidden_state
        return self.head(hidden).squeeze(-1)


class Stream(IterableDataset[Batch]):
    """Batches without end, each text spun anew each time that it is met; each process makes its own."""

    def __init__(self, clean: Mapping[str, Sequence[str]], made: Sequence[Maker], vocabulary: Vocabulary, seed: int) -> None:
        self.clean = clean
        self.makers = {maker.name: maker for maker in (*made, mixed(made))}
        self.vocabulary = vocabulary
        self.seed = seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = random.Random(f"{self.seed} {worker.id if worker else 0}")
        held: list[Example] = []
        while True:
            held += self.examples(self.spun(rng))
            if len(held) >= 3 * POOL * BATCH // 2:
                rng.shuffle(held)
                ready, held = held[: POOL * BATCH], held[POOL * BATCH :]
                ready.sort(key=lambda one: len(one.window.ids))
                batches = [ready[at : at + BATCH] for at in range(0, len(ready), BATCH)]
                rng.shuffle(batches)
                yield from map(tensors, batches)

    def spun(self, rng: random.Random) -> Spun:
        """A text of some kind, spun by some maker or left as it is."""
        kinds = [kind for kind in SOURCES if self.clean.get(kind)]
        text = rng.choice(self.clean[rng.choices(kinds, [SOURCES[kind] for kind in kinds])[0]])
        if len(text) > MOST_CHARACTERS:
            at = rng.randrange(len(text) - PART)
            at = text.rfind("\n", 0, at + 1) + 1
            text = text[at : at + PART]
        if rng.random() < CLEAN:
            return Spun(text)
        names = [name for name in WEIGHTS if name in self.makers]
        maker = self.makers[rng.choices(names, [WEIGHTS[name] for name in names])[0]]
        return maker.spin(text, any_share(rng), rng.getrandbits(32), misplace_quotes=rng.random() < QUOTES)

    def examples(self, spun: Spun) -> list[Example]:
        """The windows of a text."""
        return [
            Example(window, np.array(spun.swapped([start for start, _ in window.spans]), np.float32))
            for window in deep.windows(spun.text, self.vocabulary)
        ]


def tensors(batch: Sequence[Example]) -> Batch:
    """The examples as one batch, filled up to the longest."""
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


def trained(folder: Path, stream: Stream, windows: int, processes: int) -> dict[str, torch.Tensor]:
    """The weights after learning from so many windows."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    model = Tagger(folder).to(device).train()
    groups = [{"params": model.encoder.parameters(), "lr": RATE}, {"params": model.head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = max(windows // BATCH, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (WARM_UP * steps)) * (1 + math.cos(math.pi * step / steps)) / 2
    )
    began, losses, words = time.monotonic(), [], 0
    batches = iter(DataLoader(stream, batch_size=None, num_workers=processes))
    for step in range(1, steps + 1):
        ids, capitals, mask, rows, at, labels = (one.to(device, non_blocking=True) for one in next(batches))
        with torch.autocast(device, torch.bfloat16):
            logits = model(ids, capitals, mask)[rows, at]
        loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), labels)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.encoder.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        words += len(labels)
        if step % 20 == 0:
            losses.append(loss.item())
        if step % 500 == 0 or step == steps:
            print(step, steps, f"loss {np.mean(losses[-20:]):.4f}", f"{time.monotonic() - began:.0f} s", words, flush=True)
    return {name: value.detach().cpu() for name, value in model.state_dict().items()}


def mean(found: Sequence[Mapping[str, torch.Tensor]], shares: Sequence[float]) -> dict[str, Floats]:
    """The weighted mean of several runs' weights, named as `int8_encoder` wants them."""
    return {
        name.removeprefix("encoder."): sum(share * one[name].float() for share, one in zip(shares, found, strict=True)).numpy()
        for name in found[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the network that tells words out of place.")
    parser.add_argument("data", type=Path)
    parser.add_argument("resources", type=Path)
    parser.add_argument("prose", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=15, help="that spin texts")
    parser.add_argument("--part", type=float, default=1.0, help="of the windows, to try it out")
    options = parser.parse_args()
    resources = Resources(options.resources)
    vocabulary = Vocabulary(resources.vocabulary)
    known = [one for one in makers(resources) if one.name != HELD_OUT]
    clean = {"pages": [page.content[:PAGE] for page in cases.load(options.data).pages if page.fold not in (CALIBRATION, TEST)]}
    clean |= learnable(options.prose)
    found = [
        trained(
            options.resources / "minilm", Stream(clean, known, vocabulary, seed), int(windows * options.part), options.processes
        )
        for seed, windows in enumerate(RUNS)
    ]
    metadata = {"pieces": "\n".join(vocabulary.numbers)}
    file = options.out / "garble-deep.onnx"
    file.write_bytes(int8_encoder.write(mean(found, list(RUNS.values())), LAYERS, deep.ROOM + 2, metadata))


if __name__ == "__main__":
    main()
