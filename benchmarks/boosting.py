"""Trees grown by CatBoost, as the arrays that `cleaner.trees` walks. Needs the extra ``train``."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from catboost import CatBoostClassifier, Pool

from cleaner.trees import Floats, Trees


def grown(features: Floats, labels: npt.NDArray[Any], weights: Floats | None = None, *, depth: int, **settings: Any) -> Trees:
    """Symmetric trees that tell rows labelled 1 from the others; `settings` are CatBoost's. The same rows, the same trees."""
    model = CatBoostClassifier(depth=depth, l2_leaf_reg=5, random_seed=0, verbose=0, allow_writing_files=False, **settings)
    model.fit(Pool(features, labels, weight=weights))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        model.save_model(str(file), format="json")
        return _as_arrays(json.loads(file.read_text()), depth)


def narrow(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers of 64 bits in 32, as they are stored."""
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _as_arrays(model: dict[str, Any], depth: int) -> Trees:
    trees = [_filled(tree, depth) for tree in model["oblivious_trees"]]
    features = np.array([[split["float_feature_index"] for split in tree["splits"]] for tree in trees], np.int16)
    borders = np.array([[split["border"] for split in tree["splits"]] for tree in trees], np.float32)
    leaves = np.array([tree["leaf_values"] for tree in trees], np.float32)
    weights = np.array([tree["leaf_weights"] for tree in trees], np.float64) + 1e-6
    scale, bias = model["scale_and_bias"]
    return Trees(features, borders, leaves * np.float32(scale), _means(leaves * scale, weights, depth), float(bias[0]))


def _filled(tree: dict[str, Any], depth: int) -> dict[str, Any]:
    """The tree, which may have stopped early, with questions that are always answered no, up to the full depth."""
    missing = depth - len(tree["splits"])
    unreached = [0.0] * (2**depth - len(tree["leaf_values"]))
    return {
        "splits": tree["splits"] + missing * [{"float_feature_index": 0, "border": np.inf}],
        "leaf_values": tree["leaf_values"] + unreached,
        "leaf_weights": tree["leaf_weights"] + unreached,
    }


def _means(leaves: npt.NDArray[Any], weights: npt.NDArray[Any], depth: int) -> Floats:
    """For each tree the mean value below each inner node, the leaves included, as in a heap from the root.

    The first question is the lowest bit of a leaf's number, so the node after answers a, b, … holds the leaves whose number
    ends with …ba.
    """
    means = np.zeros((len(leaves), 2 ** (depth + 1) - 1), np.float32)
    number = np.arange(2**depth)
    node = np.zeros(2**depth, np.int64)
    for level in range(depth + 1):
        for one in np.unique(node):
            below = node == one
            means[:, one] = (leaves[:, below] * weights[:, below]).sum(1) / weights[:, below].sum(1)
        if level < depth:
            node = 2 * node + 1 + ((number >> level) & 1)
    return means
