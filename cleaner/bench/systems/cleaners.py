"""Systems that take text and give text: this toolkit, repairers of encoding, and a pipeline of quality filters."""

import functools

import msgspec

from cleaner.bench.systems.system import Answer, Run, Settings, System, text_of
from cleaner.policy import PROFILES
from cleaner.text import Document


def _cleaner(profile: str, settings: Settings) -> Run:
    made = msgspec.structs.replace(settings.config, profile=profile).cleaner()

    def run(document: Document) -> Answer:
        result = made.clean_document(document)
        if result.error:
            raise RuntimeError(result.error)
        return Answer(text=result.text, language=result.language, findings=result.findings, signals=result.signals)

    return run


def _ftfy(_settings: Settings) -> Run:
    import ftfy

    return lambda document: Answer(text=ftfy.fix_text(text_of(document)))


def _ftfy_encoding(_settings: Settings) -> Run:
    """Without what it does to typography that is right: straightening quotes, taking ligatures and wide letters apart."""
    import ftfy

    config = ftfy.TextFixerConfig(
        uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False, fix_line_breaks=False
    )
    return lambda document: Answer(text=ftfy.fix_text(text_of(document), config=config))


def _plsfix(_settings: Settings) -> Run:
    import plsfix

    return lambda document: Answer(text=plsfix.fix_text(text_of(document)))


def _datatrove(_settings: Settings) -> Run:
    """The filters of the FineWeb recipe in its order, behind its ftfy formatter; a rejected document comes out empty."""
    from datatrove.data import Document as Record
    from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
    from datatrove.pipeline.formatters import FTFYFormatter

    formatter = FTFYFormatter()
    filters = [GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter(filter_no_terminal_punct=False)]
    filters.append(FineWebQualityFilter())

    def run(document: Document) -> Answer:
        record = Record(text=formatter.format(text_of(document)), id=document.id)
        for one in filters:
            if one.filter(record) is not True:
                return Answer()
        return Answer(text=record.text)

    return run


SYSTEMS = (
    *(
        System(name=f"cleaner {profile}", package="cleaner-text", load=functools.partial(_cleaner, profile))
        for profile in PROFILES
    ),
    System(name="ftfy", package="ftfy", load=_ftfy),
    System(name="ftfy encoding", package="ftfy", load=_ftfy_encoding),
    System(name="plsfix", package="plsfix", load=_plsfix),
    System(name="datatrove", package="datatrove", load=_datatrove),
)
