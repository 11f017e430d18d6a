"""How much each word is out of place among its neighbours: a small network over what is known of words and pairs.

What a word is by itself is told by a row of a table, which stands for all that the network was trained with: its meaning, the
company that it keeps, how rare it is. What is true of the place alone (`FEATURES`) is told by numbers.
"""

import functools
import itertools
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.garble.lexicon import MODELS, UNKNOWN, Floats, Lexicon
from cleaner.garble.tokens import Tokens
from cleaner.network import Network

FILE = "context.npz"
FEATURES = (
    "capital sentence_start joined paired_before strength_before affinity_before known_before term_before "
    "paired_after strength_after affinity_after known_after term_after"
).split()

# How much more often than by chance words stand together is told apart within these; of a pair that nobody counted it is the
# first of the three.
UNCOUNTED, LEAST_STRENGTH, MOST_STRENGTH = -1.0, -3.0, 4.0
# A longer text is read in stretches of at most so many words, as equal as can be, each as if it stood alone: 20 MB of arrays.
STRETCH = 8_192
# In a text of fewer words those that are there say less of the whole.
FEWEST_WORDS = 300


class Context(msgspec.Struct, frozen=True, eq=False):
    """The table and the network."""

    table: npt.NDArray[np.int8]
    """A row for each word, in the order of the lexicon, and one for those that it does not hold."""
    scale: np.float32
    """What a step of the table is worth."""
    network: Network

    @staticmethod
    def load(folder: Path) -> "Context":
        """What is in `folder`; raises `OSError`, `KeyError` and `ValueError` where there is nothing or something else."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            network = Network.read(arrays)
            table, scale = arrays["table"], np.float32(arrays["scale"])
        if table.shape != (UNKNOWN + 1, network.enter.shape[1]):
            raise ValueError(f"{folder / FILE} has a table of {table.shape}")
        return Context(table, scale, network)

    def odds(self, tokens: Tokens, words: Lexicon) -> Floats:
        """For each word of a text the logarithm of the odds that it stands in the place of another.

        They mean something for content words in small letters alone (`judged`), which the network was trained on.
        """
        count = len(tokens.id)
        if not count:
            return np.zeros(0, np.float32)
        rows = features(tokens, words)
        stretches = -(-count // STRETCH)
        edges = [count * number // stretches for number in range(stretches + 1)]
        found = []
        for start, end in itertools.pairwise(edges):
            entered = self.table[tokens.id[start:end]] * self.scale
            found.append(self.network.score(rows[start:end], np.ones(end - start, np.float32), entered, FEWEST_WORDS))
        return np.concatenate(found)


@functools.cache
def read(folder: Path = MODELS) -> Context:
    """What is in `folder`, read once."""
    return Context.load(folder)


def judged(tokens: Tokens, words: Lexicon) -> npt.NDArray[np.bool_]:
    """Which words of a text can be told to be out of place."""
    found: npt.NDArray[np.bool_] = words.content[tokens.id] & ~tokens.capital
    return found


def features(tokens: Tokens, words: Lexicon) -> Floats:
    """A row of `FEATURES` for each word of a text."""
    rows = np.zeros((len(tokens.id), len(FEATURES)), np.float32)
    rows[:, 0], rows[:, 1], rows[:, 2] = tokens.capital, tokens.sentence_start, tokens.joined
    at, joint = tokens.pairs.at, tokens.pairs.joint
    known = np.isfinite(joint)
    strength = words.strength(tokens.id[at], tokens.id[at + 1], joint)
    strength = np.where(known, np.clip(strength, LEAST_STRENGTH, MOST_STRENGTH), np.float32(UNCOUNTED))
    of_pairs = np.stack([np.ones(len(at), np.float32), strength, tokens.pairs.affinity, known, tokens.pairs.is_term], 1)
    rows[at + 1, 3:8] = rows[at, 8:13] = of_pairs
    return rows
