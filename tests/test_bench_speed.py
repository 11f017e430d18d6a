"""The task `speed`, on little: its figures are there, and its made rules hit where they were put and nowhere else."""

import os

import pytest

from cleaner.bench import cases, run, speed
from cleaner.bench.cases import Data, Page
from cleaner.bench.systems import Settings
from cleaner.matcher import Matcher

TEXTS = ["\n\n".join(text.paragraph for text in cases.texts().values() if len(text.paragraph.split()) > 40)] * 3


@pytest.mark.parametrize("make", [speed._line_rules, speed._phrase_rules], ids=["lines", "phrases"])
def test_made_rules_hit_once_in_a_thousand_words_where_that_is_wanted_and_else_never(make: object) -> None:
    assert callable(make)
    words = speed._made_words(40)
    assert len(set(words)) == 40
    matcher = Matcher(make(words))
    text = "\n\n".join(TEXTS)
    assert speed._find(matcher, text) == []
    sparse = speed._with_hits(text, words[:10])
    hits = speed._find(matcher, sparse)
    number = len(text.split())
    assert number / 1_200 - 1 <= len(hits) <= number / 1_000
    assert len(hits) >= 3


def test_the_texts_are_drawn_without_regard_to_their_order_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [f"text {number} " * 50 for number in range(20)]
    drawn = speed._drawn([*contents, " "])
    assert drawn == speed._drawn([*contents, " "])
    assert sorted(drawn) == sorted(contents) != drawn
    monkeypatch.setattr(speed, "MOST_MB", 0.005)
    assert 0 < sum(map(speed._megabytes, speed._drawn(contents))) <= 0.005


def test_every_figure_is_there_and_is_told_with_its_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SYSTEMS": ("ftfy", "cleaner balanced"),
        "PASSES": 1,
        "SYSTEM_SECONDS": 0.2,
        "MOST_MB": 0.02,
        "RULE_COUNTS": (10, 20),
        "SHIPPED_DRAWS": 1,
        "SCALING_KB": (100,),
    }.items():
        monkeypatch.setattr(speed, name, value)
    before = os.environ["CLEANER_CACHE_DIR"]
    data = Data(name="x", pages=(Page(id="x", html="", content=cases.texts()["en"].paragraph * 9, page_type="forum"),))
    result = run.run(data, run.Options(tasks=("speed",)), Settings())
    assert os.environ["CLEANER_CACHE_DIR"] == before
    assert result.tasks == ()
    figures = result.speed
    assert all(value >= 0 for value in figures.values())
    for name in (
        *("other: ftfy, MB/s", "other: cleaner balanced, MB/s", "other: ftfy, ms/document", "other: text, MB"),
        *("cleaner balanced, a document of 100 kB, MB/s", "cleaner balanced, a document of 100 kB, peak memory, MB"),
    ):
        assert figures[name] > 0, name
    assert {"line rules, no hit: cost of 20 / of 10", "20 phrases: compiled in, s", "20 phrases: automata, MB"} <= set(figures)
    shipped = [name for name in figures if name.startswith("shipped rules, ")]
    assert [name.partition(": cost")[0] for name in shipped] == [
        "shipped rules, matching of texts told to be en",
        "shipped rules, matching of texts in a language not told",
        "shipped rules, whole cleaning",
    ]
    assert all(figures[name] > 0 for name in shipped)
    assert not any(name.startswith("article") for name in figures)
    assert figures["other: cleaner balanced / ftfy"] == pytest.approx(
        figures["other: cleaner balanced, MB/s"] / figures["other: ftfy, MB/s"], rel=0.05, abs=0.01
    )


def test_a_document_that_takes_too_long_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "SCALING_KB", (1_000,))
    monkeypatch.setattr(speed, "SCALING_SECONDS", 0.01)
    assert speed._scaling(TEXTS, Settings()) is not None
