"""Train the networks that tell words out of place by their neighbours: cleaner/models/garble/context.npz.

    python benchmarks/train_garble_context.py WORK tortured-dev.tsv wcxb-dev.parquet SPINNING PROSE --out cleaner/models/garble

The lexicon is at --out. WORK has a folder for each fold (benchmarks/build_garble.py `--work`), into which a network goes that
has seen neither the sites nor the phrases of that fold, for benchmarks/train_garble.py to learn and to measure with. SPINNING
is the folder of benchmarks/spinning.py, PROSE that of benchmarks/prose.py. The same files give the same networks. Needs the
extra ``train``.
"""

import argparse
import functools
import math
import multiprocessing
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import convolution
import numpy as np
import numpy.typing as npt
import torch
from build_garble import FOLDS, Garbled, fold_of, read_phrases
from msgspec.structs import asdict
from prose import WANTED, Article, chosen
from spinning import HELD_OUT, Maker, Resources, Spun, any_share, learned, makers, mixed
from train_garble import articles

from cleaner.garble import context
from cleaner.garble.context import Context
from cleaner.garble.deep import Vocabulary
from cleaner.garble.lexicon import UNKNOWN, Lexicon
from cleaner.garble.tokens import Tokens, cut_words

PLAN = convolution.Plan(width=32, layers=2, epochs=3, dropped=0.1, batch=8, sampled=60)
# Of a text a part is taken, of any length between a sentence and an article: as many up to 1,000 characters as beyond.
SHORTEST, LONGEST = 120, 8_000
# How often a text is shown as it is and spun: those of sites, and those of other prose.
OF_SITES, OF_PROSE = (6, 13), (2, 4)
# How often each maker is asked. The words replaced in garbled phrases are one more, asked once for each text.
WEIGHTS = {"wordnet": 0.25, "relatives": 0.15, "moby": 0.17, "neighbours": 0.17, "mixed": 0.26}
LEARNED = "learned"
"""The maker that swaps what garbled phrases have swapped."""
# More letters than this say nothing more of a word.
MOST_LETTERS = 15


class Words:
    """The words of one text, as `convolution.Example`: what they are is looked up when it is asked for."""

    def __init__(self, tokens: Tokens, words: Lexicon, swapped: npt.NDArray[np.bool_], known: torch.Tensor) -> None:
        self._known = known
        self._ids = torch.from_numpy(tokens.id.astype(np.int32))
        self._rows = torch.from_numpy(context.features(tokens, words).astype(np.float16))
        self.labels = torch.from_numpy(swapped.astype(np.float32))
        self.counts = torch.from_numpy(context.judged(tokens, words).astype(np.float32))
        self.share = torch.full((len(swapped),), 1 / max(len(swapped), context.FEWEST_WORDS))

    @property
    def features(self) -> torch.Tensor:
        return torch.cat([self._rows.float(), self._known[self._ids]], 1)


class Made(NamedTuple):
    """A text to learn from, and which networks do."""

    spun: Spun
    folds: frozenset[int | None]


def word_table(words: Lexicon, resources: Resources) -> npt.NDArray[np.float32]:
    """What is known of each word by itself, a row for each and one for those that the lexicon does not hold.

    What it stands for in garbled phrases (`Lexicon.swapped_in`) is left out: the trees that judge phrases have it.
    """
    company = [np.pad(vectors, ((0, UNKNOWN + 1 - len(vectors)), (0, 0))) for vectors in (words.left, words.right)]
    letters, unknown = np.minimum(words.lengths, MOST_LETTERS), np.arange(UNKNOWN + 1) == UNKNOWN
    counted = np.stack([words.frequency, words.spun, words.technical, words.content, letters, unknown], 1)
    return np.concatenate([*company, meanings(words, resources), words.uses, counted], 1, dtype=np.float32)


def meanings(words: Lexicon, resources: Resources) -> npt.NDArray[np.float32]:
    """For each word the mean of MiniLM's input embeddings of its pieces."""
    vocabulary, embeddings = Vocabulary(resources.vocabulary), resources.embeddings
    found = np.zeros((UNKNOWN + 1, embeddings.shape[1]), np.float32)
    for number, word in enumerate(words.words(np.arange(UNKNOWN))):
        if word:
            found[number] = embeddings[list(vocabulary.cut(word))].mean(0)
    return found


class Spinning:
    """The makers that networks learn from."""

    def __init__(self, resources: Resources, phrases: Sequence[Garbled]) -> None:
        known = [maker for maker in makers(resources) if maker.name not in (HELD_OUT, LEARNED)]
        self.makers = {maker.name: maker for maker in (*known, mixed(known))}
        pairs = [(" ".join(garbled), " ".join(original), fold_of(original)) for garbled, original in phrases]
        self.learned: dict[int | None, Maker] = {
            held: Maker(LEARNED, learned([(garbled, original) for garbled, original, fold in pairs if fold != held]))
            for held in (None, *range(FOLDS))
        }

    def made(self, number: int, one: Article) -> Iterator[Made]:
        """A text, clean and spun, for all networks that may see its site."""
        rng = random.Random(number)
        clean, spun = OF_PROSE if one.kind in WANTED else OF_SITES
        allowed: frozenset[int | None] = frozenset({None, *range(FOLDS)} - {one.fold})
        for _ in range(clean):
            yield Made(Spun(_part(one.text, rng)), allowed)
        asked = [(self.makers[name], allowed) for name in rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=spun)]
        asked += [(maker, frozenset({held})) for held, maker in self.learned.items() if held in allowed]
        for maker, folds in asked:
            yield Made(maker.spin(_part(one.text, rng), any_share(rng), rng.getrandbits(32)), folds)


def _part(text: str, rng: random.Random) -> str:
    size = round(math.exp(rng.uniform(math.log(SHORTEST), math.log(LONGEST))))
    if len(text) <= size:
        return text
    start = text.find(" ", rng.randrange(len(text) - size)) + 1
    return text[start : start + size]


@functools.cache
def _spinning(resources: Path, phrases: Path) -> Spinning:
    return Spinning(Resources(resources), read_phrases(phrases))


def _made(resources: Path, phrases: Path, numbered: tuple[int, Article]) -> list[Made]:
    return list(_spinning(resources, phrases).made(*numbered))


def trained(examples: Sequence[Words], table: npt.NDArray[np.float32]) -> Context:
    """A network, with its first layer's products for all words in the place of what is known of them."""
    network = convolution.learned(examples, PLAN)
    own = len(context.FEATURES)
    enter = network.enter.astype(np.float32) * network.enter_scale * convolution.STEPS
    limit = convolution.LARGEST / convolution.STEPS
    entered = np.clip((table - network.mean[own:]) / network.deviation[own:], -limit, limit) @ enter[own:]
    scale = np.float32(np.abs(entered).max() / convolution.LARGEST)
    of_place = {"mean": network.mean[:own], "deviation": network.deviation[:own], "enter": network.enter[:own]}
    return Context(np.round(entered / scale).astype(np.int8), scale, type(network)(**asdict(network) | of_place))


def write(made: Context, folder: Path) -> None:
    """What `Context.load` reads."""
    arrays: dict[str, Any] = asdict(made.network)
    np.savez_compressed(folder / context.FILE, table=made.table, scale=made.scale, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("work", "phrases", "pages", "spinning", "prose"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    words = Lexicon(arguments.out)
    table = word_table(words, Resources(arguments.spinning))
    known = torch.from_numpy(table)
    texts = [*articles(arguments.pages), *chosen(arguments.prose)]
    examples: dict[int | None, list[Words]] = {fold: [] for fold in (None, *range(FOLDS))}
    with multiprocessing.Pool() as pool:
        make = functools.partial(_made, arguments.spinning, arguments.phrases)
        for made in pool.imap(make, enumerate(texts), chunksize=16):
            for spun, folds in made:
                if len((tokens := cut_words(spun.text, words)).id):
                    example = Words(tokens, words, np.array(spun.swapped(tokens.start.tolist())), known)
                    for fold in folds:
                        examples[fold].append(example)
    for fold, mine in examples.items():
        print(f"{fold}: {len(mine):,} texts, {sum(len(one.labels) for one in mine):,} words", flush=True)
        write(trained(mine, table), arguments.out if fold is None else arguments.work / f"fold{fold}")


if __name__ == "__main__":
    main()
