"""A small convolutional network over rows that follow each other: what the judgement of a document's lines leans on.

Its matrices and what they are multiplied with are whole numbers. All sums of products then stay below 2^24, where floats of 32
bits are exact: the result does not depend on the order of summation, and so not on the machine's number of cores.
"""

from collections.abc import Mapping
from typing import Any, Self, TypeAlias

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

    @classmethod
    def read(cls, arrays: Mapping[str, Any], prefix: str = "") -> Self:
        """The network whose fields are among some `arrays`, under their names behind a prefix."""
        return cls(**{field: arrays[prefix + field] for field in cls.__struct_fields__})

    def score(self, features: Floats, weight: Floats, entered: Floats | None = None, least: float = 0.0) -> Floats:
        """The log-odds for each row.

        Args:
            features: the rows.
            weight: what each counts in the mean of all.
            entered: what is added before the first layer: what features make of the row that are not among `features`.
            least: where all count less, the mean is nearer to that of all documents, as if such rows made up for it.
        """
        count = len(features)
        if not count:
            return np.zeros(0, np.float32)
        # Arrays are made once and written over: each step would have to wait for memory of its own. All have rows beyond the
        # last, up to a whole piece, which count for nothing.
        length = -(-count // _ROWS_AT_ONCE) * _ROWS_AT_ONCE
        inside = np.zeros((length, features.shape[1]), np.float32)
        inside[:count] = (features - self.mean) / self.deviation
        share = np.zeros((length, 1), np.float32)
        share[:count, 0] = weight / max(weight.sum(dtype=np.float64), least)
        state, rows, made, spare = np.empty((4, length, self.enter.shape[1]), np.float32)
        _product(_whole(inside), self.enter.astype(np.float32), state)
        state *= self.enter_scale
        state += self.enter_bias
        if entered is not None:
            state[:count] += entered
        np.maximum(state, 0, out=state)
        for layer, (above, own, below, all_rows) in enumerate(self.layers.astype(np.float32)):
            _whole(_normalised(state, rows, spare))
            mean = np.rint(np.multiply(rows, share, out=spare).sum(0))
            _product(rows, own, made)
            made += mean @ all_rows
            distance = min(1 << layer, count)
            _product(rows, above, spare)
            made[distance:count] += spare[: count - distance]
            _product(rows, below, spare)
            made[: count - distance] += spare[distance:count]
            made *= self.layer_scales[layer]
            made += self.layer_biases[layer]
            state += np.maximum(made, 0, out=made)
        odds: Floats = (state[:count] * self.leave).sum(1) + self.leave_bias
        return odds.astype(np.float32)


def _product(rows: Floats, matrix: Floats, into: Floats) -> None:
    """`rows` times `matrix`, in pieces that are small enough for one thread."""
    pieces = len(rows) // _ROWS_AT_ONCE
    np.matmul(rows.reshape(pieces, _ROWS_AT_ONCE, -1), matrix, out=into.reshape(pieces, _ROWS_AT_ONCE, -1))


def _normalised(state: Floats, into: Floats, spare: Floats) -> Floats:
    """Each row of `state` with a mean of 0 and a deviation of 1; written over `spare`, too."""
    np.subtract(state, state.mean(1, keepdims=True), out=into)
    variance = np.square(into, out=spare).mean(1, keepdims=True)
    into /= np.sqrt(variance + np.float32(_LEAST_VARIANCE))
    return into


def _whole(values: Floats) -> Floats:
    """Standard deviations as whole steps, in their place."""
    values *= np.float32(STEPS)
    np.rint(values, out=values)
    return np.clip(values, -LARGEST, LARGEST, out=values)
