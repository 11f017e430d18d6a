"""A text against its siblings: stories with an honest rewriting, a later version and a spun one, and bad input."""

import random
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cleaner
from cleaner.edits import Finding
from cleaner.garble import Sibling, siblings_digest
from cleaner.garble.siblings import MAX_FLAGS, RULE, against, compare
from cleaner.garble.sketches import MAX_SIBLINGS, siblings, sketch

STORIES = sorted((Path(__file__).parent / "siblings").glob("*.toml"))
HONEST = ("story", "other", "later")


@pytest.fixture(params=STORIES, ids=lambda path: path.stem)
def story(request: pytest.FixtureRequest) -> dict[str, Any]:
    return tomllib.loads(request.param.read_text())


class Words:
    """A lexicon of a few words, so that a test says what it rests on."""

    collocations: Mapping[tuple[str, str], float] = {
        ("take", "steps"): 1.7,
        ("climate", "change"): 1.7,
        ("sleeping", "bags"): 1.7,
    }
    may_stand_for: Mapping[str, Mapping[str, float]] = {"ways": {"steps": 0.2}, "big": {"large": 0.5}, "large": {"big": 0.5}}

    def collocation(self, first: str, second: str) -> float:
        return self.collocations.get((first, second), 0.0)

    def stand_ins(self, word: str) -> Mapping[str, float]:
        return self.may_stand_for.get(word, {})


BEFORE = "The harbour board said on Tuesday that it was prepared to take {} against the owners of the abandoned trawlers."


def flagged(suspect: str, reference: str) -> list[tuple[str, str | None]]:
    return [(finding.original, finding.suggestion) for finding in compare(suspect, reference, words=Words())]


def test_a_word_that_the_sibling_has_better_is_flagged_with_the_siblings_word() -> None:
    suspect = BEFORE.format("ways")
    [finding] = compare(suspect, BEFORE.format("steps"), "001.txt", Words())
    assert suspect[finding.start : finding.end] == finding.original == "ways"
    assert finding.suggestion == "steps"
    assert (finding.action, finding.label) == ("flag", "garbled")
    assert "001.txt has “steps”" in finding.message
    assert finding.score is not None
    assert 0.5 <= finding.score < 1


def test_the_better_reading_is_not_flagged() -> None:
    assert flagged(BEFORE.format("steps"), BEFORE.format("ways")) == []


def test_synonyms_that_fit_alike_are_an_edit() -> None:
    for one, other in (("big", "large"), ("large", "big")):
        assert flagged(f"They live in a {one} house near the river.", f"They live in a {other} house near the river.") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("steps on Monday", "steps on Tuesday"),
        ("14 boats", "12 boats"),
        ("two boats", "three boats"),
        ("the centre of town", "the center of town"),
        ("organised labour", "organized labor"),
        ("talks with Solheim", "talks with Dutton"),
        ("a “climate” debate", "a climate debate"),
        ("it demands answers", "it demanded answers"),
    ],
)
def test_figures_dates_names_spellings_and_quotation_marks_are_edits(one: str, other: str) -> None:
    text = "The board of the harbour said that {} were what the town had talked about in the last few weeks."
    assert compare(text.format(one), text.format(other)) == []
    assert compare(text.format(other), text.format(one)) == []


def test_passages_are_found_wherever_they_stand_and_in_any_order() -> None:
    filler = [f"Sentence {number} is about the {word}." for number, word in enumerate("cod herring eel sole ling pike".split())]
    suspect = " ".join([*filler, BEFORE.format("ways"), "It rained."])
    reference = " ".join([BEFORE.format("steps"), *reversed(filler)])
    assert flagged(suspect, reference) == [("ways", "steps")]


def test_offsets_are_code_points_of_the_suspect() -> None:
    suspect = "😀 “Señor” " + BEFORE.format("ways")
    [finding] = compare(suspect, BEFORE.format("steps"), words=Words())
    assert suspect[finding.start : finding.end] == "ways"


def test_equal_and_empty_texts_have_no_findings() -> None:
    text = BEFORE.format("ways")
    for suspect, reference in ((text, text), ("", text), (text, ""), ("", ""), ("one", "two")):
        assert compare(suspect, reference, words=Words()) == []


def test_what_the_sibling_has_too_is_not_flagged_for_what_it_has_elsewhere() -> None:
    reference = f"{BEFORE.format('ways')} Later he said it was prepared to take steps against the owners of the trawlers."
    assert flagged(BEFORE.format("ways"), reference) == []


def test_the_order_of_siblings_does_not_matter_and_two_weigh_more_than_one() -> None:
    suspect = BEFORE.format("ways")
    two = [Sibling("a", BEFORE.format("steps")), Sibling("b", BEFORE.format("steps") + " It rained.")]
    found = against(suspect, two, words=Words())
    assert found == against(suspect, two[::-1], words=Words())
    [alone] = against(suspect, two[:1], words=Words())
    assert (found[0].score or 0) > (alone.score or 0)


# ---- stories


def words_of(findings: list[Finding]) -> set[str]:
    return {word for finding in findings for word in finding.original.split()}


def test_two_honest_versions_of_a_story_are_not_flagged(story: dict[str, Any]) -> None:
    for one in HONEST:
        for other in HONEST:
            assert cleaner.compare(story[one], story[other]) == [], f"{one} against {other}"


def test_a_story_is_not_flagged_for_what_its_spun_version_has(story: dict[str, Any]) -> None:
    for one in HONEST:
        assert cleaner.compare(story[one], story["spun"]) == [], one


def test_of_a_spun_story_swapped_words_are_found_and_none_that_the_story_has(story: dict[str, Any]) -> None:
    found = words_of(cleaner.compare(story["spun"], story["story"]))
    swapped = set(story["swapped"])
    assert (found - swapped).isdisjoint(story["story"].split())
    assert len(found & swapped) >= 0.45 * len(swapped)  # 46% to 100%; 79% of all


# ---- bounds


def test_words_that_stand_for_each_other_throughout_are_what_the_texts_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (
        "Our guide to {0} covers what to look for before you buy. Good {0} should last you ten years if you air them after "
        "every trip. All of the {0} in this guide were lent to us by their makers. The board will take {1} against the owners."
    )
    tents, bags = page.format("camping tents", "ways"), page.format("sleeping bags", "steps")
    assert flagged(tents, bags) == [("ways", "steps")]
    monkeypatch.setattr("cleaner.garble.siblings.SUBJECTS", 4)
    assert flagged(tents, bags) == [("camping tents", "sleeping bags")] * 3 + [("ways", "steps")]


def test_a_text_that_is_clean_by_all_else_needs_more_evidence() -> None:
    suspect, reference = BEFORE.format("ways"), [Sibling("001.txt", BEFORE.format("steps"))]
    scores = [
        [flag.score for flag in against(suspect, reference, garbled=garbled, words=Words())]
        for garbled in (0.001, 0.02, None, 0.9)
    ]
    assert scores[0] == []
    assert scores[1] < scores[2] < scores[3]


def test_of_a_page_its_main_content_is_compared_with_its_siblings(story: dict[str, Any]) -> None:
    article = "".join(f"<p>{BEFORE.format('steps')} The case has the number {number}.</p>" for number in range(9))

    def page(version: str) -> str:
        links = "".join(f"<li><a href='/'>{sentence}.</a></li>" for sentence in story[version].split(". "))
        return f"<body><main><article>{article}</article></main><aside><h2>Most read</h2><ul>{links}</ul></aside></body>"

    sibling = Sibling("other", cleaner.clean(page("story"), "text/html").original)
    result = cleaner.Cleaner().clean_document(cleaner.Document(text=page("spun"), media_type="text/html"), [sibling])
    assert compare(result.original, sibling.text)
    assert not [flag for flag in result.findings if flag.rule == RULE]


def test_many_differences_are_another_wording_and_give_no_flood() -> None:
    drawn = random.Random(1)
    reference = [drawn.choice("abcdefghij") * drawn.randint(4, 9) + str(number) for number in range(5_000)]
    suspect = " ".join("ways" if number % 5 == 4 else word for number, word in enumerate(reference))
    reference = ["steps" if number % 5 == 4 else word for number, word in enumerate(reference)]
    assert len(compare(suspect, " ".join(reference), words=Words())) <= MAX_FLAGS


LINE = "Follow us on Google News and subscribe to our newsletter today.\n"
UNSPACED = "".join(random.Random(2).choices("abc", k=1_000_000))


@pytest.mark.parametrize(
    ("suspect", "reference"),
    [
        pytest.param(LINE * 20_000, LINE * 20_000 + "x", id="one-line-over-and-over"),
        pytest.param(UNSPACED, UNSPACED[1:], id="no-space"),
        pytest.param("a b c d e f g h " * 30_000, "a b c d e f g i " * 30_000, id="periodic"),
        pytest.param("“" + "word " * 200_000, "“" + "word " * 199_999 + "wort", id="one-long-line"),
        pytest.param(" " * 1_000_000, '"' * 1_000_000, id="no-word"),
    ],
)
def test_hostile_texts_take_bounded_time(suspect: str, reference: str) -> None:
    started = time.process_time()
    compare(suspect, reference, words=Words())
    assert time.process_time() - started < 20


def test_the_time_grows_with_the_text_and_not_with_its_square() -> None:
    drawn = random.Random(3)
    words = [f"{drawn.choice('bcdfgklmn')}{number * 7919 % 10_007:x}" for number in range(40_000)]
    times = []
    for size in (10_000, 40_000):
        suspect = [word if number % 20 else "ways" for number, word in enumerate(words[:size])]
        started = time.process_time()
        compare(" ".join(suspect), " ".join(words[:size]), words=Words())
        times.append(time.process_time() - started)
    assert times[1] < 8 * times[0] + 0.5


@given(st.text("ab \n“”\"'’.é", max_size=200), st.text("ab \n“”\"'’.é", max_size=200))
def test_no_text_breaks_it_and_every_finding_is_in_its_place(suspect: str, reference: str) -> None:
    for finding in compare(suspect, reference, words=Words()):
        assert suspect[finding.start : finding.end] == finding.original


# ---- sketches


def test_versions_of_a_story_find_each_other_before_other_stories() -> None:
    sketches = {}
    for path in STORIES:
        for version in ("story", "other", "later", "spun"):
            sketches[f"{path.stem}-{version}"] = sketch(tomllib.loads(path.read_text())[version])
    found = siblings(sketches)
    for path in STORIES:
        assert set(found[f"{path.stem}-story"][:3]) == {f"{path.stem}-{version}" for version in ("other", "later", "spun")}


def test_siblings_do_not_depend_on_the_order_of_documents() -> None:
    sketches = {path.stem + version: sketch(tomllib.loads(path.read_text())[version]) for path in STORIES for version in HONEST}
    assert siblings(sketches) == siblings(dict(reversed(sketches.items())))


def test_documents_without_text_have_no_siblings_and_no_document_has_too_many() -> None:
    assert siblings({}) == siblings({"a": sketch(""), "b": sketch("")}) == {}
    text = tomllib.loads(STORIES[0].read_text())["story"]
    found = siblings({f"{number:03}": sketch(text) for number in range(100)} | {"empty": sketch("")})
    assert len(found) == 100
    assert all(1 <= len(others) <= MAX_SIBLINGS for others in found.values())


def test_a_digest_tells_other_siblings_and_other_texts_apart_but_not_other_orders() -> None:
    one, two = Sibling("a", "x"), Sibling("b", "y")
    assert siblings_digest([]) == ""
    assert siblings_digest([one, two]) == siblings_digest([two, one])
    assert len({siblings_digest(each) for each in ([one], [two], [one, two], [Sibling("a", "z")])}) == 4


# ---- a document


def test_a_document_is_compared_with_the_siblings_it_is_given() -> None:
    story = tomllib.loads(STORIES[0].read_text())
    document = cleaner.Document(id="spun", text=story["spun"], language="en")
    made = cleaner.Cleaner()
    result = made.clean_document(document, [Sibling("other.txt", story["story"])])
    found = [finding for finding in result.findings if finding.rule == "garbled/siblings/word-unlike-sibling"]
    assert found
    assert result.signals["siblings"] == siblings_digest([Sibling("other.txt", story["story"])])
    assert result.revert() == story["spun"]
    assert "siblings" not in made.clean_document(document).signals


def test_a_language_without_a_lexicon_is_left_alone_and_the_rule_can_be_turned_off() -> None:
    story = tomllib.loads(STORIES[0].read_text())
    sibling = [Sibling("other.txt", story["story"])]
    german = cleaner.Document(text=story["spun"], language="de")
    english = cleaner.Document(text=story["spun"], language="en")
    assert not any("siblings" in finding.rule for finding in cleaner.Cleaner().clean_document(german, sibling).findings)
    off = cleaner.Cleaner(off=["garbled/siblings/*"])
    assert not off.compares_siblings
    assert not any("siblings" in finding.rule for finding in off.clean_document(english, sibling).findings)
