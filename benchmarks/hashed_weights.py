"""Linear models over hashed features, whose weights are stored in 255 steps."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

Floats = npt.NDArray[np.float32]


def fitted(table: csr_matrix, labels: npt.NDArray[Any], *, alpha: float, epochs: int, counts: Floats | None = None) -> Floats:
    """The weights by which the rows of a table are told apart, as they will be read again; `counts` is what each row counts."""
    table.sum_duplicates()
    model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=epochs, tol=None, random_state=0, fit_intercept=False)
    stored, step = _in_steps(model.fit(table, labels, sample_weight=counts).coef_[0].astype(np.float32))
    return stored * step


def as_arrays(name: str, weights: Floats) -> dict[str, Any]:
    """The weights as they are stored under a name."""
    stored, step = _in_steps(weights)
    return {name: stored, f"{name}_scale": step}


def _in_steps(weights: Floats) -> tuple[npt.NDArray[np.int8], np.float32]:
    """Weights in steps, and how large a step is."""
    step = np.float32(np.abs(weights).max(initial=1e-6) / 127)
    return np.round(weights / step).astype(np.int8), step
