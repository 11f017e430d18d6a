"""spaCy: texts cleaned on their way into a pipeline, or marked by a component inside it.

A `Doc` cannot lose text once it is tokenised. So there are two doors: `pipe` cleans texts before spaCy sees them, and the
component ``cleaner`` leaves the text as it is and marks what would go. Either way ``doc._.cleaner`` is the result.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cleaner.edits import OffsetMap, edits_of
from cleaner.extras import ExtraMissingError
from cleaner.pipeline import Cleaner, Result, default_cleaner
from cleaner.report import from_json, to_json

try:
    from spacy.language import Language
    from spacy.tokens import Doc, Span
except ImportError as error:
    raise ExtraMissingError(__name__, "spacy", error) from error

NAME = "cleaner"
"""Of the component, of its extension attribute, of its group of spans, and of its key in ``doc.user_data``."""


def pipe(nlp: Language, texts: Iterable[str | bytes], cleaner: Cleaner | None = None, **options: Any) -> Iterator[Doc]:
    """The documents that `nlp` makes of the cleaned texts, in their order; a text that fails is analysed as it came.

    `cleaner` None is the one of `cleaner.clean`; `options` go to ``nlp.pipe``, among them ``batch_size`` and ``n_process``.
    """
    cleaner = cleaner or default_cleaner()
    results = (cleaner.clean(text) for text in texts)
    for doc, written in nlp.pipe(((one.text, to_json(one).decode()) for one in results), as_tuples=True, **options):
        doc.user_data[NAME] = written
        yield doc


def in_original(span: Span) -> tuple[int, int]:
    """Where a span of a cleaned document stands in the original: code points into ``doc._.cleaner.original``, half-open.

    Raises `ValueError` where the document has not been cleaned.
    """
    written = span.doc.user_data.get(NAME)
    if written is None:
        raise ValueError("the document of this span has not been cleaned")
    result, offsets, deletions = _read(written)
    if span.doc.text == result.original:
        return span.start_char, span.end_char
    start = offsets.start(span.start_char)
    while start in deletions:  # which stand before the span, not in it
        start = deletions[start]
    return start, max(start, offsets.end(span.end_char))


@Language.factory(
    NAME,
    assigns=[f"doc._.{NAME}", "doc.spans"],
    default_config={"profile": "balanced", "rules": None, "off": (), "keep": ()},
)
class CleanerComponent:
    """The component ``cleaner``: marks in a document what cleaning would drop or repair, and what it flags.

    Each finding is a span in ``doc.spans["cleaner"]``, widened to whole tokens, its label the rule, in the order of the
    findings; findings about no place have none.
    """

    def __init__(  # spaCy hands over the first two
        self,
        nlp: Language,  # noqa: ARG002
        name: str,  # noqa: ARG002
        profile: str,
        rules: Sequence[str] | None,
        off: Sequence[str],
        keep: Sequence[str],
    ) -> None:
        self.cleaner = Cleaner(profile, rules, off=off, keep=keep)

    def __call__(self, doc: Doc) -> Doc:
        result = self.cleaner.clean(doc.text)
        doc.user_data[NAME] = to_json(result).decode()
        spans = (doc.char_span(one.start, one.end, label=one.rule, alignment_mode="expand") for one in result.findings)
        doc.spans[NAME] = [span for span in spans if span is not None and len(span)]
        return doc


def _result(doc: Doc) -> Result | None:
    """What ``doc._.cleaner`` gives: plain JSON is kept in the document, so that it can be sent to processes and saved."""
    written = doc.user_data.get(NAME)
    return _read(written)[0] if written is not None else None


@functools.lru_cache(maxsize=16)  # whoever asks for one span of a document asks for many
def _read(written: str) -> tuple[Result, OffsetMap, Mapping[int, int]]:
    result = from_json(written)
    edits = edits_of(result.findings)
    return result, OffsetMap(edits), {edit.start: edit.end for edit in edits if not edit.replacement}


Doc.set_extension(NAME, getter=_result, force=True)
Span.set_extension("in_original", getter=in_original, force=True)
