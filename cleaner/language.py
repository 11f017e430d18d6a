"""Which language a text is in: a fast first answer, and langdetect's profiles where that is unsure or the text is short.

The first answer is resiliparse's n-gram rank (about 0.02 ms), taken where the best language is near and well ahead of the
second, in a sample or in a longer one. Else the n-grams of its longest lines are looked up in langdetect's profiles. langdetect
itself draws n-grams at random until a language has won, seven times over (3 to 23 ms); here all of them are counted at once, as
naive Bayes has it, which answers alike (of 42 headlines both name 39), always the same, and in a tenth of the time.
"""

import functools
import re
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner import cache

# Characters of the text that are looked at, and how many more where these do not tell: cheaper than asking langdetect.
SAMPLE_CHARACTERS = 800
LONGER_SAMPLE_CHARACTERS = 6_000
# Of so many characters langdetect's profiles name the language in 99 of 100 cases.
PROFILED_CHARACTERS = 300
# Fewer letters than this say nothing reliable.
MIN_LETTERS = 6
# resiliparse's rank of the best language, and its lead over the second: at these values the two detectors agreed on all
# of 1,344 English main contents of WCXB; below them resiliparse took lists of products for Latin or Swedish.
SURE_RANK = 500
SURE_LEAD = 24
SURE_CHARACTERS = 200
# Letters from Greek to Georgian, of India and its neighbours, of East Asia, and presentation forms; IPA is Latin.
_OTHER_SCRIPT = re.compile("[\u0370-\u1cff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufefc]")
_LATIN = re.compile("[A-Za-z]+")
_ASCII = bytes(range(128))
_LATIN_BYTES = bytes(byte for byte in _ASCII if chr(byte).isalpha())
# Smoothing of langdetect's profiles, which is its own.
SMOOTHING = 0.5 / 10_000
# Percent of web sites by language, rounded from W3Techs' survey of content languages: what is likely before a word is read.
_BY_SHARE = (
    *((49, "en"), (6, "es de"), (5, "ja"), (4.5, "fr"), (4, "pt ru"), (3, "it"), (2, "nl pl tr"), (1.2, "fa zh vi id cs")),
    *((0.8, "ko ar"), (0.6, "hu uk el ro sv"), (0.4, "da fi sk th bg"), (0.2, "he hr lt no ca"), (0.1, "et lv sl")),
)
WEB_SHARES = {language: share for share, languages in _BY_SHARE for language in languages.split()}
OTHER_SHARE = 0.05
# Each character is in three n-grams, so naive Bayes is too sure of itself. With its logarithms halved, 1 to 3% of the answers
# with a certainty of .9 and more are wrong, be they about one word or eight (texts of the benchmark in 29 languages).
TEMPERATURE = 2.0
LEAST_CERTAINTY = 0.9

# resiliparse's profiles without those of small or constructed languages, which attract names and numbers.
_FAST_LANGUAGES = (
    "af ar az be bg bn ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk "
    "ml mn mr my ne nl no pa pl pt ro ru si sk sl so sq sr sv sw ta te th tl tr uk ur uz vi zh"
).split()


class Detection(msgspec.Struct, frozen=True):
    """An answer: `language` is ISO 639-1, or None where nothing can be said."""

    language: str | None
    certainty: float


_NOTHING = Detection(None, 0.0)


# Codes that ISO 639-1 has withdrawn and that software still gives, as Java did for decades.
_WITHDRAWN = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}
_CODE = re.compile("([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)


def iso_code(language: str | None) -> str | None:
    """The ISO 639-1 code, where there is one, of what a caller names: ``en`` for ``EN``, ``en_GB``, ``eng`` and ``eng_Latn``.

    None where none is named: for an empty string and ``und``, too. Raises `ValueError` for what is no code of a language.
    """
    if language is None or language == "":
        return None
    match = _CODE.fullmatch(language) if isinstance(language, str) else None
    if match is None:
        raise ValueError(f"no language {language!r}; give its code by ISO 639, as in en, eng, en-US")
    code = match[1].lower()
    if len(code) == 3:
        from babel.core import get_global

        shorter: str = get_global("language_aliases").get(code, code)
        code = shorter if len(shorter) == 2 else code  # CLDR prefers other codes of three letters to a few
    return None if code == "und" else _WITHDRAWN.get(code, code)


def detect(text: str) -> Detection:
    """The language of `text`. Deterministic; raises nothing."""
    from resiliparse.parse.lang import detect_fast

    text = _without_names(text[:LONGER_SAMPLE_CHARACTERS])
    sample = text[:SAMPLE_CHARACTERS]
    if sum(map(str.isalpha, sample[: 4 * MIN_LETTERS])) < MIN_LETTERS and sum(map(str.isalpha, sample)) < MIN_LETTERS:
        return _NOTHING
    if len(sample) >= SURE_CHARACTERS:
        # The second look is longer and leaves the odd languages out, which itself takes as long as the first look.
        for seen, languages in ((sample, None), (text, _FAST_LANGUAGES)):
            answers = detect_fast(_encodable(seen), n_results=2, langs=languages)
            best, second = (*answers, ("", 9_999), ("", 9_999))[:2]
            if best[0] in _FAST_LANGUAGES and best[1] <= SURE_RANK and second[1] - best[1] >= SURE_LEAD:
                return Detection(best[0], 1.0)
    return _by_profiles(_encodable(_longest_lines(text)))


def _without_names(text: str) -> str:
    """`text` without its Latin letters, where it is in another script: names, addresses, and what a site says in English.

    That is where the other has more bytes of UTF-8: a letter of Hindi or Chinese says as much as two or three Latin ones.
    """
    if text.isascii():
        return text
    coded = text.encode("utf-8", "replace")
    latin = len(coded) - len(coded.translate(None, delete=_LATIN_BYTES))
    if len(coded.translate(None, delete=_ASCII)) <= latin or len("".join(_OTHER_SCRIPT.findall(text)).encode()) <= latin:
        return text
    return "\n".join(_LATIN.sub(" ", line) for line in text.splitlines() if _OTHER_SCRIPT.search(line))


def _longest_lines(text: str) -> str:
    """So much of the longest lines as is looked up: prose rather than a menu."""
    chosen: list[str] = []
    missing = PROFILED_CHARACTERS
    for line in sorted(text.splitlines(), key=len, reverse=True):
        chosen.append(line[:missing])
        missing -= len(line)
        if missing <= 0:
            break
    return "\n".join(chosen)


def _encodable(text: str) -> str:
    """`text` with question marks for lone surrogates, which resiliparse cannot take."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class _Profiles(NamedTuple):
    """What langdetect knows of n-grams of one to three characters."""

    factory: Any
    """Makes what cuts a text into n-grams; only those in `rows`."""
    rows: dict[str, int]
    logarithms: npt.NDArray[np.float32]
    """Of the probability of an n-gram in a language: a row for each of the `rows`, a column for each of the `languages`."""
    languages: tuple[str, ...]
    prior: npt.NDArray[np.float32]
    """The logarithm of what is likely beforehand; a language with two profiles has it by halves."""


# Without these a text in Chinese characters is Chinese, whatever its n-grams are like.
_OWN_LETTERS = {"ko": re.compile("[가-힣]"), "ja": re.compile("[ぁ-ヿ]")}
_lock = threading.Lock()


class _Read(msgspec.Struct, frozen=True, array_like=True):
    """What is read from langdetect's files."""

    languages: list[str]
    grams: list[str]
    probabilities: bytes
    """Of each n-gram in each language, as 32-bit floats."""


@functools.cache
def _profiles() -> _Profiles:
    from langdetect.detector_factory import DetectorFactory

    read = _read_profiles()
    factory = DetectorFactory()
    factory.langlist = read.languages
    # Which n-grams there are is all that is asked of it; their probabilities as lists would take 60 MB.
    rows = factory.word_lang_prob_map = {gram: row for row, gram in enumerate(read.grams)}
    table = np.frombuffer(read.probabilities, np.float32).reshape(len(rows), -1)
    languages = [one.split("-")[0] for one in read.languages]
    prior = np.array([WEB_SHARES.get(one, OTHER_SHARE) / languages.count(one) for one in languages], np.float32)
    return _Profiles(factory, rows, np.log(table + np.float32(SMOOTHING)), tuple(languages), np.log(prior))


def _read_profiles() -> _Read:
    """What langdetect makes of its files; kept for the next start, as it takes a second."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
    from langdetect.utils.lang_profile import LangProfile

    paths = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith(".") and path.is_file())
    contents = [path.read_bytes() for path in paths]
    name = cache.name_of("languages", *contents)
    if kept := cache.read(name):
        with suppress(msgspec.DecodeError):
            return msgspec.msgpack.decode(kept, type=_Read)
    factory = DetectorFactory()
    # Not by its `load_profile`, to which a request to end the process is a mistake in a profile.
    for index, content in enumerate(contents):
        factory.add_profile(LangProfile(**msgspec.json.decode(content)), index, len(paths))
    probabilities = np.array(list(factory.word_lang_prob_map.values()), np.float32)
    read = _Read(factory.langlist, list(factory.word_lang_prob_map), probabilities.tobytes())
    cache.write(name, msgspec.msgpack.encode(read))
    return read


def _by_profiles(sample: str) -> Detection:
    with _lock:  # loading takes 0.3 s and must happen once
        factory, rows, logarithms, languages, prior = _profiles()
    detector = factory.create()
    detector.append(sample)
    detector.cleaning_text()
    grams = [rows[gram] for gram in detector._extract_ngrams()]  # noqa: SLF001 (its public way goes on to draw from them)
    if not grams:
        return _NOTHING
    scores = (logarithms[grams].sum(axis=0, dtype=np.float64) + prior) / TEMPERATURE
    for language, letters in _OWN_LETTERS.items():
        if not letters.search(sample):
            scores[[one == language for one in languages]] = -np.inf
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    best = int(chances.argmax())
    certainty = round(float(sum(chance for chance, one in zip(chances, languages, strict=True) if one == languages[best])), 4)
    return Detection(languages[best] if certainty >= LEAST_CERTAINTY else None, certainty)
