"""What the tasks give to systems, and how they score answers."""

import html
import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import pytest

from cleaner.bench import cases
from cleaner.bench.cases import Data, Page
from cleaner.bench.systems import Answer
from cleaner.bench.tasks import TASKS, Case
from cleaner.bench.tasks.damages import DAMAGES, LOSSES
from cleaner.edits import Finding

BUILT_IN = cases.load(None)
CASES = {name: list(task.cases(BUILT_IN)) for name, task in TASKS.items()}
TEXTS = [text.paragraph for text in cases.encoding_texts().text.values()]
ONCE = {
    **{charset: ("utf-8", charset) for charset in ("latin-1", "windows-1250", "windows-1251", "windows-1252")},
    **{charset: ("utf-8", charset) for charset in ("mac-roman", "cp437", "koi8-r")},
}
READ = {
    **{f"utf-8 read as {charset}": pair for charset, pair in ONCE.items()},
    "windows-1251 read as windows-1252": ("windows-1251", "windows-1252"),
    "koi8-r read as windows-1251": ("koi8-r", "windows-1251"),
    "iso-8859-7 read as windows-1252": ("iso-8859-7", "windows-1252"),
    "windows-1250 read as windows-1252": ("windows-1250", "windows-1252"),
}


def perfect(name: str, case: Case) -> Answer:
    """The answer that deserves everything."""
    if name in ("html", "dump", "after"):
        return Answer(text=case.wanted.content)
    if name == "language":
        return Answer(language=case.wanted)
    if name == "lost-bytes":
        return Answer(text=case.wanted.text)
    if name != "garbled":
        told = (flagged(case.wanted[:1], 0),) if name == "loss" else ()  # a flag changes nothing
        return Answer(text=case.wanted, findings=told)
    phrase = case.wanted.phrase
    if phrase is None:
        return Answer(signals={"garbled": float(case.wanted.kind == "garbled document")})
    start = str(case.document.text).index(phrase.garbled)
    return Answer(findings=(flagged(phrase.garbled, start, phrase.original),))


def flagged(
    original: str, start: int, suggestion: str | None = None, label: Literal["garbled", "quality", "boilerplate"] = "garbled"
) -> Finding:
    return Finding("a/b/c", "flag", start, start + len(original), label, "", original, suggestion)


def undone(text: str, read: str) -> bytes:
    """The bytes of a text that was read in the charset `read`, where what it leaves undefined became control characters."""
    encoded = bytearray()
    for char in text:
        try:
            encoded += char.encode(read)
        except UnicodeEncodeError:
            encoded.append(ord(char))
    return bytes(encoded)


def case_of(name: str, **groups: str) -> Case:
    return next(case for case in CASES[name] if groups.items() <= case.groups.items())


def derived(name: str, each: Sequence[dict[str, float]]) -> dict[str, float]:
    """What a task makes of scores, as a run asks it to."""
    keys = {key for one in each for key in one}
    means = {}
    for key in keys:
        values = [one[key] for one in each if key in one]
        means[key] = sum(values) / len(values)
    return TASKS[name].derive(means, each)


@pytest.mark.parametrize("name", TASKS)
def test_the_perfect_answer_has_every_point(name: str) -> None:
    for case in CASES[name]:
        scores = TASKS[name].score(case, perfect(name, case))
        assert scores[TASKS[name].main] == 1, case.document.id
        lacking = {key: value for key, value in scores.items() if key in TASKS[name].columns and value not in (0, 1)}
        assert lacking == {}, case.document.id


@pytest.mark.parametrize("name", sorted({*TASKS} - {"garbled"}))
def test_no_answer_has_no_point(name: str) -> None:
    for case in CASES[name]:
        assert TASKS[name].score(case, Answer())[TASKS[name].main] == 0, case.document.id


def test_no_answer_finds_nothing_garbled_and_flags_nothing_honest() -> None:
    for case in CASES["garbled"]:
        assert TASKS["garbled"].score(case, Answer())["right"] == float("honest" in case.wanted.kind)


@pytest.mark.parametrize("name", TASKS)
def test_every_case_has_an_id_of_its_own_and_the_same_groupings(name: str) -> None:
    assert len({case.document.id for case in CASES[name]}) == len(CASES[name]) > 0
    assert len({tuple(case.groups) for case in CASES[name]}) == 1
    assert all(isinstance(case.document.text, bytes if name == "charset" else str) for case in CASES[name])


@pytest.mark.parametrize("name", ["html", "dump", "after"])
def test_a_system_sees_the_page_and_not_its_label(name: str) -> None:
    for case, page in zip(CASES[name], BUILT_IN.pages, strict=True):
        assert case.document.text == page.html
        assert case.document.media_type == "text/html"
        assert page.content not in repr(case.document)


def test_a_system_sees_the_damaged_text_alone() -> None:
    for case in CASES["encoding"]:
        assert (case.wanted in str(case.document.text)) == (case.groups["damage"] == "none"), case.document.id
        assert case.document.language is None


def test_a_system_is_not_told_the_language() -> None:
    assert {case.document.language for case in CASES["language"]} == {None}
    assert {case.wanted for case in CASES["language"]} == set(cases.texts())


@pytest.mark.parametrize("damage", sorted({*DAMAGES} - {"none"}))
def test_every_damage_changes_some_text_and_is_among_the_cases(damage: str) -> None:
    assert any(DAMAGES[damage].do(text) not in (None, text) for text in TEXTS)
    found = [case for case in CASES["encoding"] if case.groups["damage"] == damage]
    assert found
    assert all(case.document.text != case.wanted for case in found)


@pytest.mark.parametrize("damage", READ)
def test_a_misreading_is_undone_by_writing_it_back(damage: str) -> None:
    written, read = READ[damage]
    found = [case for case in CASES["encoding"] if case.groups["damage"] == damage]
    assert found
    for case in found:
        assert undone(str(case.document.text), read).decode(written) == case.wanted, case.document.id


@pytest.mark.parametrize("charset", ["latin-1", "windows-1252"])
def test_a_double_misreading_is_undone_by_writing_it_back_twice(charset: str) -> None:
    for text in TEXTS:
        damaged = DAMAGES[f"twice as {charset}"].do(text)
        assert damaged is not None
        assert undone(undone(damaged, charset).decode(), charset).decode() == text


def test_entities_are_undone_by_reading_them() -> None:
    for text in TEXTS:
        assert html.unescape(str(DAMAGES["entities"].do(text))) == text
        assert html.unescape(html.unescape(str(DAMAGES["entities of entities"].do(text)))) == text


@pytest.mark.parametrize(("loss", "mark"), [("U+FFFD", "\ufffd"), ("question mark", "?")])
def test_a_lost_byte_leaves_its_mark(loss: str, mark: str) -> None:
    text = "\u201ccaf\u00e9\u201d, \u00cdsafj\u00f6r\u00f0ur"
    whole, lost = str(DAMAGES["utf-8 read as windows-1252"].do(text)), str(LOSSES[loss].do(text))
    assert len(lost) == len(whole)
    assert {new for old, new in zip(whole, lost, strict=True) if old != new} == {mark}


def test_of_lost_bytes_words_are_counted_that_came_back_and_that_were_made_up() -> None:
    case = case_of("lost-bytes", loss="U+FFFD", language="en")
    score = TASKS["lost-bytes"].score
    assert score(case, Answer(text=case.wanted.text)) == {"recovered": 1, "made_up": 0}
    assert score(case, Answer(text=case.wanted.damaged)) == {"recovered": 0, "made_up": 0}
    made_up = score(case, Answer(text=" ".join("x" for _ in case.wanted.text.split())))
    assert made_up == {"recovered": 0, "made_up": 1}


def test_of_mixed_lines_one_is_damaged_and_one_is_not() -> None:
    case = case_of("encoding", damage="mixed lines", language="fr", length="paragraph")
    damaged, whole = str(case.document.text).split("\n")
    assert case.wanted == f"{undone(damaged, 'windows-1252').decode()}\n{whole}"
    assert damaged not in case.wanted


def test_bytes_are_of_the_text_that_is_wanted() -> None:
    for case in CASES["charset"]:
        assert case.document.text == case.wanted.encode(case.groups["charset"])


def test_encoding_is_restored_exactly_or_not_and_clean_text_is_counted_apart() -> None:
    score = TASKS["encoding"].score
    damaged, clean = (
        case_of("encoding", damage=name, language="de", length="paragraph") for name in ("utf-8 read as latin-1", "none")
    )
    assert score(damaged, Answer(text=f"{damaged.wanted}\n")) == {"exact": 1, "restored": 1}
    assert score(damaged, Answer(text=damaged.wanted.replace("\u00fc", "u"))) == {"exact": 0, "restored": 0}
    assert score(clean, Answer(text=clean.wanted)) == {"exact": 1, "left_alone": 1}
    assert score(clean, Answer(text=clean.wanted.replace("\u201c", '"'))) == {"exact": 0, "left_alone": 0}


def test_every_garbled_phrase_stands_in_its_sentence_and_in_no_honest_one() -> None:
    for phrase in cases.garbled().phrase:
        assert phrase.garbled in phrase.sentence
        assert phrase.garbled.casefold() not in phrase.honest.casefold()
        assert phrase.original.casefold() != phrase.garbled.casefold()
    assert all(spun.honest != spun.garbled for spun in cases.garbled().document)


def test_a_flag_beside_the_phrase_does_not_find_it_and_another_name_does_not_name_it() -> None:
    case = case_of("garbled", kind="phrase")
    phrase: Any = case.wanted.phrase
    text = str(case.document.text)
    start = text.index(phrase.garbled)

    def score(*findings: Finding) -> dict[str, float]:
        return TASKS["garbled"].score(case, Answer(findings=findings))

    assert score(flagged(phrase.garbled, start, phrase.original.upper())) == {"found": 1, "named": 1, "right": 1}
    assert score(flagged(phrase.garbled[:4], start, "something else")) == {"found": 1, "named": 0, "right": 1}
    assert score(flagged(text[start - 3 : start], start - 3, phrase.original)) == {"found": 0, "named": 0, "right": 0}
    assert score(flagged(phrase.garbled, start, phrase.original, label="boilerplate")) == {"found": 0, "named": 0, "right": 0}


def test_flags_in_honest_prose_count_against_its_words() -> None:
    honest = [case for case in CASES["garbled"] if "honest" in case.wanted.kind][:2]
    each = [
        TASKS["garbled"].score(
            honest[0], Answer(findings=(flagged("x", 0), flagged("x", 9), flagged("x", 3, label="quality")))
        ),
        TASKS["garbled"].score(honest[1], Answer()),
    ]
    assert [one["right"] for one in each] == [0, 1]
    number = sum(len(re.findall(r"\w+", str(case.document.text))) for case in honest)
    assert derived("garbled", each)["false_flags_per_10000_words"] == pytest.approx(2 * 10_000 / number)


def test_the_area_under_the_curve_is_that_of_all_pairs() -> None:
    def area(spun: Sequence[float], honest: Sequence[float]) -> float:
        each = [{"garbled_score": value} for value in spun]
        each += [{"honest_score": value, "false_flags": 0.0, "words": 10.0} for value in honest]
        return derived("garbled", each)["document_auc"]

    assert area([0.9, 0.8], [0.1, 0.2]) == 1
    assert area([0.1], [0.9, 0.8]) == 0
    assert area([0.5, 0.5], [0.5]) == 0.5
    assert area([0.9, 0.1], [0.5, 0.1]) == (1 + 1 + 0 + 0.5) / 4


def test_only_english_pages_are_searched_for_garbled_english() -> None:
    data = Data(
        name="x", pages=tuple(Page(id=str(code), html="", content="text", language=code) for code in ("en", "de", None))
    )
    ids = {case.document.id for case in TASKS["garbled"].cases(data)}
    assert {"en", "None"} <= ids
    assert "de" not in ids


def test_text_that_comes_out_as_it_went_in_has_lost_nothing() -> None:
    case = CASES["loss"][0]
    assert case.document.text == case.wanted
    scores = TASKS["loss"].score(case, Answer(text=case.wanted))
    assert {name: scores[name] for name in ("kept", "touched", "lost_words", "new_words", "flags")} == {
        "kept": 1,
        "touched": 0,
        "lost_words": 0,
        "new_words": 0,
        "flags": 0,
    }


def test_lost_and_new_words_are_counted_and_moved_ones_are_not() -> None:
    data = Data(name="x", pages=(Page(id="x", html="", content="one two two three", page_type="forum"),))
    [case] = [case for case in TASKS["loss"].cases(data) if case.document.id == "x"]
    scores = TASKS["loss"].score(case, Answer(text="two one four", findings=(flagged("one", 0),)))
    assert scores == {"kept": 0.5, "touched": 1, "words": 4, "lost_words": 2, "new_words": 1, "dropped_words": 0, "flags": 1}
    assert TASKS["loss"].score(case, Answer(text="three two\ntwo one."))["kept"] == 1


def test_the_share_that_is_lost_is_of_all_words_whatever_document_they_stand_in() -> None:
    each = [
        {"words": 90.0, "lost_words": 0.0, "dropped_words": 0.0, "flags": 0.0},
        {"words": 10.0, "lost_words": 10.0, "dropped_words": 5.0, "flags": 1.0},
    ]
    assert derived("loss", each) == {
        "lost_share": pytest.approx(0.1),
        "dropped_share": pytest.approx(0.05),
        "flags_per_10000_words": pytest.approx(100),
    }


def test_words_that_a_repair_mends_are_told_apart_from_those_that_are_dropped() -> None:
    data = Data(name="x", pages=(Page(id="x", html="", content="Share this\nHe canâ€™t go.", page_type="forum"),))
    [case] = [case for case in TASKS["loss"].cases(data) if case.document.id == "x"]
    drop = msgspec.structs.replace(flagged("Share this\n", 0), action="drop")
    mend = msgspec.structs.replace(flagged("â€™", 18), action="replace", suggestion="’")
    scores = TASKS["loss"].score(case, Answer(text="He can’t go.", findings=(drop, mend)))
    assert scores["lost_words"] > scores["dropped_words"] == 2
    untold = TASKS["loss"].score(case, Answer(text="He can’t go."))
    assert "dropped_share" not in derived("loss", [untold])


def test_a_language_is_right_wrong_or_not_given() -> None:
    case = case_of("language", language="de", length="phrase")
    score = TASKS["language"].score
    assert score(case, Answer(language="de")) == {"right": 1, "wrong": 0, "silent": 0, "right_phrase": 1}
    assert score(case, Answer(language="nl")) == {"right": 0, "wrong": 1, "silent": 0, "right_phrase": 0}
    assert score(case, Answer()) == {"right": 0, "wrong": 0, "silent": 1, "right_phrase": 0}


def test_chrome_in_the_output_of_a_page_costs_precision_and_shows_in_the_snippets() -> None:
    case = CASES["html"][0]
    page: Page = case.wanted
    scores = TASKS["html"].score(case, Answer(text="\n".join([page.content, *page.unwanted])))
    assert scores["recall"] == scores["wanted"] == scores["unwanted"] == 1
    assert scores["precision"] < 1


def test_every_column_is_a_score_that_some_case_has_or_that_is_derived() -> None:
    for name, task in TASKS.items():
        each = [task.score(case, perfect(name, case)) for case in CASES[name]]
        there = {key for one in each for key in one} | set(derived(name, each))
        assert {*task.columns, task.main} <= there, name
