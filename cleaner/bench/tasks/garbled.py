"""The task ``garbled``: phrases that a synonym swapper left, and documents; and how much honest prose is flagged."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from cleaner.bench.cases import Data, Phrase, garbled
from cleaner.bench.scores import words
from cleaner.bench.systems import Answer
from cleaner.bench.tasks.task import Case, Scores, Task
from cleaner.text import Document

LABEL = "garbled"
SIGNAL = "garbled"
# The score of a document from which on it counts as garbled: the middle of its range.
GARBLED_FROM = 0.5


class _Wanted(msgspec.Struct, frozen=True):
    kind: Literal["phrase", "honest", "garbled document", "honest document"]
    phrase: Phrase | None = None


def _cases(data: Data) -> list[Case]:
    built_in = garbled()
    cases = []
    for number, phrase in enumerate(built_in.phrase):
        cases.append(_case(f"phrase-{number:03}", phrase.sentence, _Wanted("phrase", phrase)))
        cases.append(_case(f"phrase-{number:03}-honest", phrase.honest, _Wanted("honest")))
    for number, spun in enumerate(built_in.document):
        cases.append(_case(f"document-{number:03}", spun.garbled, _Wanted("garbled document"), spun.level))
        cases.append(_case(f"document-{number:03}-honest", spun.honest, _Wanted("honest document")))
    cases += (_case(f"lookalike-{n:03}", one.text, _Wanted("honest document")) for n, one in enumerate(built_in.lookalike))
    cases += (
        _case(page.id, page.content, _Wanted("honest document"), page.page_type)
        for page in data.pages
        if page.content.strip() and page.language in (None, "en")
    )
    return cases


def _case(name: str, text: str, wanted: _Wanted, level: str = "") -> Case:
    groups = {"kind": f"{wanted.kind}, {level}" if level else wanted.kind}
    return Case(document=Document(id=name, text=text, language="en"), wanted=wanted, groups=groups)


def _score(case: Case, answer: Answer) -> Scores:
    wanted: _Wanted = case.wanted
    found = [finding for finding in answer.findings if finding.label == LABEL]
    if wanted.phrase:
        start = str(case.document.text).index(wanted.phrase.garbled)
        here = [finding for finding in found if finding.start < start + len(wanted.phrase.garbled) and finding.end > start]
        named = any((finding.suggestion or "").casefold() == wanted.phrase.original.casefold() for finding in here)
        return {"found": float(bool(here)), "named": float(named), "right": float(bool(here))}
    score = float(answer.signals.get(SIGNAL, 0.0))
    if wanted.kind == "garbled document":
        caught = float(score >= GARBLED_FROM)
        return {"caught": caught, "garbled_score": score, "right": caught}
    clean = {"false_flags": float(len(found)), "words": float(words(str(case.document.text)).total())}
    if wanted.kind == "honest document":
        clean |= {"honest_score": score, "falsely_caught": float(score >= GARBLED_FROM)}
    return {**clean, "right": float(not found)}


def _derive(means: Scores, each: Sequence[Scores]) -> Scores:
    honest = [scores["honest_score"] for scores in each if "honest_score" in scores]
    spun = [scores["garbled_score"] for scores in each if "garbled_score" in scores]
    won = sum((high > low) + (high == low) / 2 for high in spun for low in honest)
    return {
        "false_flags_per_10000_words": 1e4 * means["false_flags"] / means["words"],
        "document_auc": won / (len(spun) * len(honest)) if spun and honest else 0.0,
    }


TASK = Task(
    name="garbled",
    summary="Machine-garbled phrases and documents, and false flags in honest prose",
    systems=("cleaner careful", "cleaner balanced"),
    cases=_cases,
    score=_score,
    main="right",
    columns=("found", "named", "caught", "falsely_caught", "document_auc", "false_flags_per_10000_words"),
    derive=_derive,
    text=lambda case: str(case.document.text),
)
