"""Rules that decide by signals: on documents and on lines, in every profile, and what becomes of their verdicts."""

import functools
import json
import pickle
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from making import rule

from cleaner.pipeline import Cleaner, Result
from cleaner.policy import PROFILES, judge
from cleaner.report import Totals, explain, from_json, to_json
from cleaner.rulecheck import run_tests
from cleaner.rules import RuleError, Ruleset, shipped_rules
from cleaner.signals import DEFINITIONS, FROM_CLEANING, Survey, broken, find_lines

STORY = (
    "The council met on Monday evening to talk about the new bridge over the river.\n\n"
    "Most of those who had come were in favour of the plan, and only two asked that the work be put off until spring.\n\n"
    "After an hour the mayor thanked all speakers and said that the builders would begin in May.\n"
)
FEW = rule("few", folder="quality/mine", signal="words", min=50, unit="document", action="reject", label="quality")
SETS = ("c4", "fineweb", "gopher", "gopher-repetition", "refinedweb")


@functools.cache
def shipped(profile: str = "balanced", **options: Any) -> Cleaner:
    """A cleaner with the shipped rules, made once."""
    return Cleaner(profile, _shipped(), **options)


_shipped = functools.cache(Ruleset.load)


def of_documents(result: Result) -> list[str]:
    return [finding.rule for finding in result.findings if finding.action == "reject"]


# Limits


def test_a_document_is_rejected_by_a_value_outside_of_the_limits_and_not_at_them() -> None:
    one = rule("a", signal="words", min=3, max=5, unit="document", action="reject")
    assert [bool(broken(one, {"words": number})) for number in range(2, 7)] == [True, False, False, False, True]
    assert broken(one, {"words": 2}) == ("words 2, below 3", 2)
    assert broken(one, {"words": 6}) == ("words 6, above 5", 6)


def test_all_wants_every_limit_broken_and_any_wants_one() -> None:
    limits = [{"signal": "words", "min": 3}, {"signal": "urls", "max": 0}]
    every = rule("a", all=limits, unit="document", action="reject")
    some = rule("b", any=limits, unit="document", action="reject")
    for words, urls in ((1, 1), (1, 0), (5, 1), (5, 0)):
        signals: dict[str, float | int | str] = {"words": words, "urls": urls}
        assert bool(broken(every, signals)) == (words < 3 and urls > 0)
        assert bool(broken(some, signals)) == (words < 3 or urls > 0)
    assert broken(every, {"words": 1, "urls": 2}) == ("words 1, below 3 and urls 2, above 0", 1)


def test_a_signal_that_a_document_does_not_have_breaks_no_limit() -> None:
    limits = [{"signal": "words", "min": 3}, {"signal": "stop_words", "min": 2}]
    assert broken(rule("a", signal="stop_words", min=2, unit="document", action="reject"), {"words": 9}) is None
    assert broken(rule("b", all=limits, unit="document", action="reject"), {"words": 1}) is None


def test_lines_are_found_by_their_signals_and_their_place() -> None:
    text = "MENU\n\nThe mayor said YES.\n  HOME  \nEND"
    shouting = rule("a", signal="uppercase_share", max=0.5, unit="line", action="drop")
    at_head = rule("b", signal="words", min=2, unit="line", action="flag", position={"edge": "head", "within": 1})
    (found,) = find_lines([shouting, at_head], Survey(text))
    assert [(one.rule[-1], one.original) for one in found] == [("a", "MENU"), ("a", "HOME"), ("a", "END"), ("b", "MENU")]
    assert all(text[one.start : one.end] == one.original for one in found)
    together = find_lines([shouting, at_head], Survey("", text, "NO\n", text))
    assert together[1] == together[3] == found
    assert [[one.original for one in of_text] for of_text in together[::2]] == [[], ["NO", "NO"]]


def test_a_preview_rule_only_flags_a_document() -> None:
    trial = rule("a", signal="words", min=3, unit="document", action="reject", status="preview")
    (finding,) = judge({"words": 1}, [trial], PROFILES["balanced"])
    assert finding.action == "flag"
    (finding,) = judge({"words": 1}, [trial], msgspec.structs.replace(PROFILES["balanced"], trust_preview=True))
    assert finding.action == "reject"


# In the pipeline


@pytest.mark.parametrize("profile", PROFILES)
def test_a_rejected_document_comes_back_cleaned_with_the_reason(profile: str) -> None:
    result = shipped(profile, quality=("gopher",)).clean(f"Skip to content\n\n{STORY[:79]}", language="en")
    assert result.rejected
    assert result.error is None
    assert result.text == STORY[:78] or "council" in result.text
    first = result.findings[0]
    assert (first.rule, first.action, first.label, first.start, first.end) == (
        "quality/gopher/too-few-words",
        "reject",
        "quality",
        0,
        0,
    )
    assert first.message == "Fewer than 50 words: word_tokens 15, below 50"
    assert first.score == 15
    assert result.revert() == result.original


def test_no_quality_rule_acts_unless_asked_for() -> None:
    result = shipped().clean("Skip to content\n\nShort.", language="en")
    assert not result.rejected
    assert not any(finding.label == "quality" for finding in result.findings)


def test_a_page_is_judged_by_its_main_content() -> None:
    paragraphs = "".join(f"<p>{part}</p>" for part in STORY.split("\n\n"))
    menu = "".join(f"<li><a href='/{number}'>Menu {number}</a></li>" for number in range(60))
    page = f"<html><body><nav><ul>{menu}</ul></nav><article><h1>New bridge</h1>{paragraphs}</article></body></html>"
    for extractor in ("model", "trafilatura"):
        result = shipped(quality=("fineweb", "gopher"), extractor=extractor).clean(page, media_type="text/html")
        assert of_documents(result) == []
        assert result.signals["before.short_line_share"] > result.signals["short_line_share"]  # type: ignore[operator]
    rejected = shipped(quality=("gopher",)).clean("<p>One short paragraph and no more.</p>", media_type="text/html")
    assert rejected.rejected


def test_rules_for_documents_see_what_rules_for_lines_have_left() -> None:
    text = STORY.replace("\n\n", "\nRead this, too\nWeather\n")
    result = shipped(quality=("c4",)).clean(text, language="en")
    assert "Weather" not in result.text
    assert of_documents(result) == ["quality/c4/few-sentences"]  # three are left
    assert result.signals["before.sentences"] == 7
    assert result.signals["sentences"] == 3
    assert result.revert() == text


@pytest.mark.parametrize("profile", PROFILES)
def test_lines_go_in_every_profile_but_not_those_that_the_caller_keeps(profile: str) -> None:
    text = "\n".join(["Weather", *STORY.split("\n\n"), "Sports"] * 3)
    cleaner = shipped(profile, quality=("c4",), keep=("^Sports$",))
    result = cleaner.clean(text, language="en")
    assert "Weather" not in result.text
    if profile != "strict":  # which asks the chrome model for whole documents
        assert result.text.count("Sports") == 3


def test_the_share_that_cleaning_removed_is_counted_in_words() -> None:
    result = shipped("careful", signals=True).clean(f"Skip to content\n\n{STORY}", language="en")
    left = len(STORY.split())
    assert result.signals["removed_share"] == pytest.approx(3 / (left + 3))
    assert set(result.signals) >= {*DEFINITIONS, *(f"before.{name}" for name in DEFINITIONS), "garbled", "language_certainty"}
    balanced = shipped(signals=True).clean(STORY, language="en")
    assert set(balanced.signals) >= set(FROM_CLEANING)
    assert balanced.signals["chrome_share"] == pytest.approx(0, abs=0.5)


def test_the_share_that_one_set_removed_leaves_other_cleaning_aside() -> None:
    menu = "Skip to content\n\n" * 20
    kept = shipped(quality=("refinedweb",)).clean(menu + STORY, language="en")
    assert kept.signals["removed_share"] > 0.3  # type: ignore[operator]
    assert kept.signals["removed_share.quality/refinedweb"] == 0
    assert not kept.rejected
    lost = shipped(quality=("refinedweb",)).clean(STORY + "\nONE TWO THREE FOUR FIVE", language="en")
    assert of_documents(lost) == ["quality/refinedweb/many-lines-removed"]
    assert lost.signals["removed_share.quality/refinedweb"] == pytest.approx(5 / (len(STORY.split()) + 5))


def test_without_quality_rules_only_the_cheap_signals_are_recorded() -> None:
    assert set(shipped().clean(STORY).signals) == {
        "words",
        "lines",
        "characters",
        "before.words",
        "garbled",
        "page_kind",
        "language_certainty",
    }


def test_the_verdict_survives_json_and_pickle() -> None:
    cleaner = pickle.loads(pickle.dumps(shipped(quality=("gopher",))))
    result = cleaner.clean(STORY[:79], language="en")
    again = from_json(to_json(result))
    assert again.rejected == result.rejected is True
    assert again.signals == result.signals
    json.loads(to_json(result))


def test_rules_of_other_languages_do_not_speak() -> None:
    german = rule("few", folder="quality/mine", signal="words", min=500, unit="document", action="reject", languages=["de"])
    cleaner = Cleaner("careful", Ruleset([german]), quality=["mine"])
    assert cleaner.clean(STORY, language="de").rejected
    assert not cleaner.clean(STORY, language="en").rejected


def test_sets_enter_the_digest_and_unknown_ones_are_an_error() -> None:
    ruleset = Ruleset([FEW])
    assert Cleaner("careful", ruleset, quality=["mine"]).digest != Cleaner("careful", ruleset).digest
    with pytest.raises(ValueError, match="no quality rules 'finewed'; there are c4, fineweb, gopher"):
        shipped(quality=("finewed",))


def test_an_unknown_signal_is_told_with_the_nearest_one_even_in_a_set_that_is_off() -> None:
    with pytest.raises(RuleError, match="no signal 'wrods' of a document\n  hint: did you mean 'words'"):
        Cleaner("careful", Ruleset([rule("a", folder="quality/mine", signal="wrods", min=1, unit="document", action="reject")]))


def test_signal_rules_of_the_users_own_files_act_without_being_named() -> None:
    own = rule("few", folder="mine", signal="words", min=50, unit="document", action="flag", label="quality")
    (finding,) = Cleaner("careful", Ruleset([own])).clean("Two words.").findings
    assert finding.action == "flag"
    assert finding.message == "A defect: words 2, below 50"


def test_totals_and_explanation_tell_of_rejected_documents() -> None:
    totals = Totals()
    result = Cleaner("careful", Ruleset([FEW]), quality=["mine"]).clean("Two words.", id="doc")
    totals.add(result)
    assert "[bold]1[/] rejected: 1 by quality/mine/few" in list(totals.lines())
    told = "\n".join(explain(result))
    assert "the document" in told
    assert "words 2, below 50" in told


# The shipped sets


def test_every_shipped_set_has_a_source_for_each_rule_and_names_the_field_it_is_from() -> None:
    rules = [one for one in _shipped() if one.quality_set]
    assert {one.quality_set for one in rules} == set(SETS)
    assert all(one.source for one in rules)
    assert all(one.label == "quality" for one in rules)
    for path in sorted((shipped_rules() / "quality").glob("*.toml")):
        assert "arXiv" in path.read_text(encoding="utf-8").split("[[rule]]", 1)[0], path.name


@pytest.mark.parametrize(
    ("rule_id", "limits"),
    [
        ("gopher/too-few-words", (50, None)),
        ("gopher/too-many-words", (None, 100_000)),
        ("gopher/short-words", (3, None)),
        ("gopher/long-words", (None, 10)),
        ("gopher/few-alphabetic-words", (0.8, None)),
        ("gopher-repetition/frequent-two-words", (None, 0.2)),
        ("gopher-repetition/repeated-ten-words", (None, 0.1)),
        ("fineweb/few-end-marks", (0.12, None)),
        ("fineweb/repeated-lines", (None, 0.01)),
        ("c4/few-sentences", (5, None)),
        ("refinedweb/many-lines-removed", (None, 0.05)),
    ],
)
def test_limits_are_those_of_their_sources(rule_id: str, limits: tuple[float | None, float | None]) -> None:
    one = _shipped().by_id[f"quality/{rule_id}"]
    assert (one.limits[0].min, one.limits[0].max) == limits


def test_ordinary_prose_passes_every_set() -> None:
    more = (
        "The old bridge, which was built in 1931, has been closed to lorries since a crack was found in one of its arches.\n\n"
        "“We have waited for ten years,” said a farmer from the other bank, who drives round by the next town every day.\n"
    )
    assert of_documents(shipped("careful", quality=SETS).clean(f"{STORY}\n{more}", language="en")) == []


def test_tests_of_signal_rules_are_their_own(tmp_path: Path) -> None:
    good = shipped_rules() / "quality" / "fineweb.toml"
    table = tomllib.loads(good.read_text(encoding="utf-8"))["rule"][0]
    assert table["name"] == "few-end-marks"
    folder = tmp_path / "quality"
    folder.mkdir()
    (folder / "mine.toml").write_text(good.read_text(encoding="utf-8").replace("min = 0.12", "min = 0.00"), encoding="utf-8")
    problems = [str(problem) for problem in run_tests(Ruleset.load([tmp_path]))]
    assert ["rule 'quality/mine/few-end-marks': field `example[0]`: does not act" in problem for problem in problems] == [True]


def test_verdicts_are_those_of_datatrove_on_the_built_in_pages() -> None:
    filters = pytest.importorskip("datatrove.pipeline.filters")
    from datatrove.data import Document as Record

    from cleaner.bench.cases import load

    made = {
        "gopher": filters.GopherQualityFilter(),
        "gopher-repetition": filters.GopherRepetitionFilter(),
        "c4": filters.C4QualityFilter(),
        "fineweb": filters.FineWebQualityFilter(),
    }
    texts = [page.content for page in load(None).pages if page.language == "en" and page.content]
    texts += ["\n\n".join([text, text[: len(text) // 2]]) for text in texts[:10]] + [
        text.replace(" ", "\n") for text in texts[:10]
    ]
    for name, one in made.items():
        cleaner = Cleaner("careful", Ruleset(r for r in _shipped() if r.quality_set == name), quality=[name])
        theirs = [one.filter(Record(text=text, id="")) is not True for text in texts]
        ours = [cleaner.clean(text, language="en").rejected for text in texts]
        assert any(theirs), name
        assert sum(a != b for a, b in zip(theirs, ours, strict=True)) <= 1, name
