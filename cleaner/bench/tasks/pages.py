"""The tasks whose label is a page's main content: ``html``, ``dump`` and ``after``.

They share cases and scores and differ in their systems: what reads the page itself, what cleans a dump of all its text, and
what cleans the output of an extractor.
"""

from collections.abc import Sequence

from cleaner import markdown
from cleaner.bench.cases import Data, Page
from cleaner.bench.scores import shingle_f1, shingle_scores, snippet_scores, word_scores
from cleaner.bench.systems import CHAIN, Answer
from cleaner.bench.tasks.task import Case, Scores, Task
from cleaner.text import Document

_EXTRACTORS = (
    *("trafilatura", "trafilatura fast", "trafilatura precision", "trafilatura recall", "rs-trafilatura", "magic-html"),
    *("resiliparse", "readability-lxml", "justext", "boilerpy3", "newspaper4k", "goose3"),
    *("resiliparse dump", "inscriptis", "html-text"),
)
_DUMPERS = (
    *("resiliparse dump", "inscriptis", "html-text", "w3m", "lynx", "browser"),
    *("markdownify", "pandoc", "all strings", "one line"),
)
_AFTER = ("trafilatura", "resiliparse", "readability-lxml", "justext")
_OURS = ("cleaner careful", "cleaner balanced", "cleaner strict")


def _cases(data: Data) -> list[Case]:
    return [
        Case(
            document=Document(id=page.id, text=page.html, media_type="text/html", url=page.url, language=page.language),
            wanted=page,
            groups={"page type": page.page_type, "language": page.language or "unknown"},
        )
        for page in data.pages
    ]


def _score(case: Case, answer: Answer) -> Scores:
    page: Page = case.wanted
    # Where links lead is no text of a page, and no label has it.
    text = markdown.seen(answer.text)
    return {
        **word_scores(text, page.content),
        **snippet_scores(text, page.wanted, page.unwanted),
        **shingle_scores(text, page.content),
    }


def _derive(means: Scores, _each: Sequence[Scores]) -> Scores:
    return {"shingle_f1": shingle_f1(means)}


def _task(name: str, summary: str, systems: Sequence[str]) -> Task:
    return Task(
        name=name,
        summary=summary,
        systems=tuple(systems),
        cases=_cases,
        score=_score,
        main="f1",
        columns=("f1", "precision", "recall", "wanted", "unwanted", "shingle_f1"),
        derive=_derive,
        text=lambda case: case.wanted.content,
    )


def _behind(makers: Sequence[str], cleaners: Sequence[str]) -> list[str]:
    return [CHAIN.join(filter(None, (maker, one))) for maker in makers for one in ("", *cleaners)]


HTML = _task("html", "A page in, its main content out", (*_EXTRACTORS, *_OURS))
DUMP = _task("dump", "All text of a page, its HTML lost, cleaned", _behind(_DUMPERS, (*_OURS, "datatrove")))
AFTER = _task("after", "The output of an extractor, cleaned", _behind(_AFTER, (*_OURS, "datatrove")))
