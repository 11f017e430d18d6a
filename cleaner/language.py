"""Which language a text is in: a fast first answer, and langdetect where that is unsure.

The first answer is resiliparse's n-gram rank (about 0.02 ms); langdetect (3 to 23 ms) is asked only where the two best
languages lie close together or the best one is far off, also in a longer sample. langdetect's random choices are seeded, so
an answer never depends on what came before.
"""

import functools
import threading
from typing import Any, Literal

import msgspec

# Characters of the text that are looked at, and how many more where these do not tell: cheaper than asking langdetect.
SAMPLE_CHARACTERS = 800
LONGER_SAMPLE_CHARACTERS = 6_000
# Fewer letters than this say nothing reliable.
MIN_LETTERS = 20
# resiliparse's rank of the best language, and its lead over the second: at these values the two detectors agreed on all
# of 1,344 English main contents of WCXB; below them resiliparse took lists of products for Latin or Swedish.
SURE_RANK = 500
SURE_LEAD = 24
SURE_CHARACTERS = 200

# resiliparse's profiles without those of small or constructed languages, which attract names and numbers.
_FAST_LANGUAGES = (
    "af ar az be bg bn ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk "
    "ml mn mr my ne nl no pa pl pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh"
).split()


class Detection(msgspec.Struct, frozen=True):
    """An answer: `language` is ISO 639-1, or None where nothing can be said; `by` is who gave it."""

    language: str | None
    certainty: float
    by: Literal["resiliparse", "langdetect", "nobody"]


_NOBODY = Detection(None, 0.0, "nobody")


def detect(text: str) -> Detection:
    """The language of `text`. Deterministic; raises nothing."""
    from resiliparse.parse.lang import detect_fast

    sample = text[:SAMPLE_CHARACTERS]
    if sum(map(str.isalpha, sample[: 4 * MIN_LETTERS])) < MIN_LETTERS and sum(map(str.isalpha, sample)) < MIN_LETTERS:
        return _NOBODY
    if len(sample) >= SURE_CHARACTERS:
        # The second look is longer and leaves the odd languages out, which itself takes as long as the first look.
        for seen, languages in ((sample, None), (text[:LONGER_SAMPLE_CHARACTERS], _FAST_LANGUAGES)):
            answers = detect_fast(_encodable(seen), n_results=2, langs=languages)
            best, second = (*answers, ("", 9_999), ("", 9_999))[:2]
            if best[0] in _FAST_LANGUAGES and best[1] <= SURE_RANK and second[1] - best[1] >= SURE_LEAD:
                return Detection(best[0], 1.0, "resiliparse")
    return _ask_langdetect(_encodable(sample))


def _encodable(text: str) -> str:
    """`text` with question marks for lone surrogates, which resiliparse cannot take."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


_lock = threading.Lock()


@functools.cache
def _factory() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.set_seed(0)
    factory.load_profile(PROFILES_DIRECTORY)
    return factory


def _ask_langdetect(sample: str) -> Detection:
    from langdetect.lang_detect_exception import LangDetectException

    with _lock:  # loading takes 0.3 s and must happen once
        factory = _factory()
    try:
        detector = factory.create()
        detector.append(sample)
        answers = detector.get_probabilities()
    except LangDetectException:
        return _NOBODY
    if not answers:
        return _NOBODY
    return Detection(answers[0].lang.split("-")[0], round(answers[0].prob, 4), "langdetect")
