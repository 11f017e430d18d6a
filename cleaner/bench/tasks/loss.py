"""The task ``loss``: text that is clean goes through, and should come out as it went in."""

from collections.abc import Sequence

from cleaner.bench.cases import Data, texts
from cleaner.bench.scores import words
from cleaner.bench.systems import Answer
from cleaner.bench.tasks.task import Case, Scores, Task
from cleaner.text import Document


def _cases(data: Data) -> list[Case]:
    pages = [
        Case(
            document=Document(id=page.id, text=page.content, url=page.url),
            wanted=page.content,
            groups={"page type": page.page_type, "language": page.language or "unknown"},
        )
        for page in data.pages
        if page.content.strip()
    ]
    prose = [
        Case(
            document=Document(id=f"text-{language}", text=text.paragraph),
            wanted=text.paragraph,
            groups={"page type": "paragraph", "language": language},
        )
        for language, text in texts().items()
    ]
    return pages + prose


def _score(case: Case, answer: Answer) -> Scores:
    before, after = words(case.wanted), words(answer.text)
    lost, total = (before - after).total(), max(before.total(), 1)
    dropped = sum(words(finding.original).total() for finding in answer.findings if finding.action == "drop")
    return {
        "kept": 1 - lost / total,
        "touched": float(answer.text.strip() != case.wanted.strip()),
        "words": float(total),
        "lost_words": float(lost),
        "new_words": float((after - before).total()),
        "dropped_words": float(dropped),
        "flags": float(sum(finding.action == "flag" for finding in answer.findings)),
    }


def _derive(means: Scores, _each: Sequence[Scores]) -> Scores:
    """All words count alike, whatever document they stand in.

    A repair loses the word that it mends: labels hold "donâ€™t" and "&quot;". What was dropped is told apart, for systems that
    tell what they did.
    """
    figures = {
        "lost_share": means["lost_words"] / means["words"],
        "flags_per_10000_words": 1e4 * means["flags"] / means["words"],
    }
    if means["flags"] or means["dropped_words"]:
        figures["dropped_share"] = means["dropped_words"] / means["words"]
    return figures


TASK = Task(
    name="loss",
    summary="Text that is already clean: words lost, documents touched",
    systems=("cleaner careful", "cleaner balanced", "cleaner strict", "ftfy", "ftfy encoding", "plsfix", "datatrove"),
    cases=_cases,
    score=_score,
    main="kept",
    columns=("kept", "lost_share", "dropped_share", "touched", "flags_per_10000_words"),
    derive=_derive,
    text=lambda case: case.wanted,
)
