"""A small convolutional network over rows that follow each other: what the judgement of a document's lines leans on.

Its matrices and what they are multiplied with are whole numbers. All sums of products then stay below 2^24, where floats of 32
bits are exact: the result does not depend on the order of summation, and so not on the machine's number of cores.
"""

from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[Any]

# Values are told apart in steps of a sixteenth of their standard deviation, up to almost eight of these.
STEPS, LARGEST = 16, 127
# OpenBLAS gives a product of up to 2^18 multiplications to one thread. Several would wait for each other where other documents
# are cleaned beside this one: 80 ms in place of 1 were measured.
_ROWS_AT_ONCE = 32
# Keeps the deviation of a row that is all alike from being 0.
_LEAST_VARIANCE = 1e-5


class Network(msgspec.Struct, frozen=True, eq=False):
    """Each layer adds to a row what it makes of the row, of one row at a distance on either side, and of the whole document.

    Rows are normalised before each layer (Ba, Kiros and Hinton 2016); the distance doubles from layer to layer (Yu and Koltun
    2016).
    """

    mean: Floats
    """Of each feature."""
    deviation: Floats
    enter: npt.NDArray[np.int8]
    """From features to the width of the layers."""
    enter_scale: Floats
    enter_bias: Floats
    layers: npt.NDArray[np.int8]
    """For each layer the matrices of the row above, the row itself, the row below, and the mean of all rows."""
    layer_scales: Floats
    layer_biases: Floats
    leave: Floats
    """From the width of the layers to the log-odds."""
    leave_bias: Floats

    def score(self, features: Floats, weight: Floats, entered: Floats | None = None, least: float = 0.0) -> Floats:
        """The log-odds for each row.

        Args:
            features: the rows.
            weight: what each counts in the mean of all.
            entered: what is added before the first layer: what features make of the row that are not among `features`.
            least: where all count less, the mean is nearer to that of all documents, as if such rows made up for it.
        """
        if not len(features):
            return np.zeros(0, np.float32)
        inside = _whole((features - self.mean) / self.deviation)
        state = _product(inside, self.enter.astype(np.float32)) * self.enter_scale + self.enter_bias
        state = np.maximum(state if entered is None else state + entered, 0)
        share = (weight / max(weight.sum(dtype=np.float64), least)).astype(np.float32)[:, None]
        for layer, matrices in enumerate(self.layers.astype(np.float32)):
            rows = _whole(_normalised(state))
            mean = np.rint((rows * share).sum(0))
            above, own, below = (_product(rows, matrix) for matrix in matrices[:3])
            made = own + mean @ matrices[3]
            distance = 1 << layer
            made[distance:] += above[:-distance]
            made[:-distance] += below[distance:]
            state = state + np.maximum(made * self.layer_scales[layer] + self.layer_biases[layer], 0)
        odds: Floats = (state * self.leave).sum(1) + self.leave_bias
        return odds.astype(np.float32)


def _product(rows: Floats, matrix: Floats) -> Floats:
    """`rows` times `matrix`, in pieces that are small enough for one thread."""
    pieces = -(-len(rows) // _ROWS_AT_ONCE)
    padded = np.zeros((pieces, _ROWS_AT_ONCE, rows.shape[1]), np.float32)
    padded.reshape(-1, rows.shape[1])[: len(rows)] = rows
    product: Floats = (padded @ matrix).reshape(-1, matrix.shape[1])[: len(rows)]
    return product


def _normalised(rows: Floats) -> Floats:
    centred: Floats = rows - rows.mean(1, keepdims=True)
    normalised: Floats = centred / np.sqrt(np.square(centred).mean(1, keepdims=True) + np.float32(_LEAST_VARIANCE))
    return normalised


def _whole(values: Floats) -> Floats:
    """Standard deviations as whole steps."""
    steps: Floats = np.clip(np.rint(values * np.float32(STEPS)), -LARGEST, LARGEST)
    return steps.astype(np.float32)
