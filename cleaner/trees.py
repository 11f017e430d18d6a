"""Boosted trees over arrays: what the learned judgements of lines and of garbled phrases are made of."""

from collections.abc import Mapping
from typing import Any, Self, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[Any]
Integers: TypeAlias = npt.NDArray[Any]


class Trees(msgspec.Struct, frozen=True, eq=False):
    """Boosted symmetric trees: all nodes of a level ask the same question, so that an answer is a number in binary."""

    features: Integers
    """For each tree and level the feature that is asked for."""
    borders: Floats
    """For each tree and level: the answer is yes above this."""
    leaves: Floats
    """For each tree the values of its leaves, in which the first level's answer is the lowest bit."""
    means: Floats
    """For each tree the mean value below each inner node, as in a heap; leaves included. See `Trees.reasons`."""
    bias: float

    @classmethod
    def read(cls, arrays: Mapping[str, Any], prefix: str = "") -> Self:
        """The trees whose fields are among some `arrays`, under their names behind a prefix."""
        return cls(**{field: arrays[prefix + field] for field in cls.__struct_fields__})

    def score(self, features: Floats) -> Floats:
        """The log-odds for each row."""
        by_feature = np.ascontiguousarray(features.T)
        leaf = np.zeros((len(self.leaves), len(features)), np.uint8)
        for level in range(self.features.shape[1]):
            answers = by_feature.take(self.features[:, level], 0) > self.borders[:, level, None]
            leaf |= answers.view(np.uint8) << np.uint8(level)
        first_leaf = np.arange(self.leaves.size, step=self.leaves.shape[1])[:, None]
        return (self.leaves.take(first_leaf + leaf).sum(0) + np.float32(self.bias)).astype(np.float32)

    def reasons(self, features: Floats, groups: Integers, count: int) -> Floats:
        """How much each of `count` groups of features moved the log-odds of each row; `groups` has the group of each feature.

        Each question is charged with the change of the mean value below it (Saabas 2014).
        """
        answers = features[:, self.features] > self.borders
        first_node = np.arange(self.means.size, step=self.means.shape[1])
        first_cell = np.arange(len(features) * count, step=count)[:, None]
        node = np.zeros(answers.shape[:2], np.int64)
        charged = np.zeros(len(features) * count)
        before = self.means[:, 0]
        for level in range(self.features.shape[1]):
            node = 2 * node + 1 + answers[:, :, level]
            after = self.means.take(first_node + node)
            cell = first_cell + groups[self.features[:, level]]
            charged += np.bincount(cell.ravel(), (after - before).ravel(), len(charged))
            before = after
        return charged.reshape(len(features), count).astype(np.float32)
