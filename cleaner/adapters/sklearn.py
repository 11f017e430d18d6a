"""scikit-learn: a transformer that cleans texts, as the first step of a pipeline."""

import functools
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cleaner.extras import ExtraMissingError
from cleaner.pipeline import Cleaner

try:
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils import Tags
except ImportError as error:
    raise ExtraMissingError(__name__, "sklearn", error) from error


class TextCleaner(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Texts in, cleaned texts out, one for each. Stateless: `fit` learns nothing and need not be called.

    Args:
        profile, rules, off, keep: as those of `cleaner.Cleaner`.
        media_type: what the texts are, ``text/plain`` or ``text/html``.
    """

    def __init__(
        self,
        *,
        profile: str = "balanced",
        rules: Sequence[str] | None = None,
        off: Sequence[str] = (),
        keep: Sequence[str] = (),
        media_type: str = "text/plain",
    ) -> None:
        self.profile = profile
        self.rules = rules
        self.off = off
        self.keep = keep
        self.media_type = media_type

    def fit(self, X: Iterable[str | bytes], y: object = None) -> Self:  # noqa: ARG002, N803 (scikit-learn's)
        """Raises what `cleaner.Cleaner` does for its arguments."""
        self._cleaner()
        return self

    def transform(self, X: Iterable[str | bytes]) -> npt.NDArray[np.object_]:  # noqa: N803 (scikit-learn's)
        """The cleaned texts. A text that fails stays as it is, and a warning says how many did and why the first.

        Raises `ValueError` where something is neither `str` nor `bytes`, and what `cleaner.Cleaner` does.
        """
        cleaner = self._cleaner()
        texts = _texts(X)
        results = [cleaner.clean(text, self.media_type) for text in texts]
        if errors := [result.error for result in results if result.error]:
            warnings.warn(f"{len(errors)} of {len(results)} texts could not be cleaned: {errors[0]}", stacklevel=2)
        cleaned = np.empty(len(results), dtype=object)
        cleaned[:] = [result.text for result in results]
        return cleaned

    def _cleaner(self) -> Cleaner:
        return _cleaner(self.profile, *map(_hashable, (self.rules, self.off, self.keep)))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags


@functools.lru_cache(maxsize=8)  # an estimator is its parameters alone: it stays small when it is pickled or cloned
def _cleaner(profile: str, rules: Sequence[str] | None, off: Sequence[str], keep: Sequence[str]) -> Cleaner:
    return Cleaner(profile, rules, off=off, keep=keep)


def _hashable(setting: Sequence[str] | None) -> Any:
    """A list as a tuple. One string, which is no list of settings, stays one: `Cleaner` says so."""
    return setting if setting is None or isinstance(setting, str) else tuple(setting)


def _texts(given: Any) -> list[str | bytes]:
    if isinstance(given, str | bytes):
        raise ValueError("a list of texts is wanted, not one text")
    if getattr(given, "ndim", 1) != 1:
        raise ValueError(f"one text for each sample is wanted, not an array of shape {given.shape}")
    texts = list(given)
    for text in texts:
        if not isinstance(text, str | bytes):
            raise ValueError(f"{text!r} is neither str nor bytes")
    return texts
