"""Systems that read bytes whose charset nobody has told."""

from collections.abc import Callable

from cleaner.bench.systems.system import Answer, Run, Settings, System
from cleaner.text import Document


def _by(read: Callable[[bytes], str]) -> Run:
    def run(document: Document) -> Answer:
        if not isinstance(document.text, bytes):
            raise TypeError("these systems read bytes")
        return Answer(text=read(document.text))

    return run


def _decoded(data: bytes, charset: str | None) -> str:
    return data.decode(charset or "windows-1252", "replace")


def _cleaner(_settings: Settings) -> Run:
    from cleaner.encoding import read_bytes

    return _by(lambda data: read_bytes(data).text)


def _charset_normalizer(_settings: Settings) -> Run:
    import charset_normalizer

    return _by(lambda data: str(charset_normalizer.from_bytes(data).best() or ""))


def _chardet(_settings: Settings) -> Run:
    import chardet

    return _by(lambda data: _decoded(data, chardet.detect(data)["encoding"]))


def _cchardet(_settings: Settings) -> Run:
    import cchardet

    return _by(lambda data: _decoded(data, cchardet.detect(data)["encoding"]))


def _resiliparse(_settings: Settings) -> Run:
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    return _by(lambda data: bytes_to_str(data, detect_encoding(data) or "windows-1252"))


SYSTEMS = (
    System(name="cleaner charset", package="cleaner-text", load=_cleaner),
    System(name="charset-normalizer", package="charset-normalizer", load=_charset_normalizer),
    System(name="chardet", package="chardet", load=_chardet),
    System(name="faust-cchardet", package="faust-cchardet", load=_cchardet),
    System(name="resiliparse charset", package="resiliparse", load=_resiliparse),
)
