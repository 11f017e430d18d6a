"""The shipped rules, held to their own tests and to what the project asks of them."""

import re
import tomllib
from pathlib import Path

import pytest

from cleaner import rulebook, rulecheck
from cleaner.rules import RuleError, Ruleset, shipped_rules

ROOT = Path(__file__).parent.parent

FAMILIES = {
    "navigation",
    "sharing",
    "comments",
    "bylines",
    "bios",
    "captions",
    "rights",
    "newsletter",
    "related",
    "cookies",
    "advertising",
    "paywall",
    "timestamps",
    "headlines",
}


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return Ruleset.load()


def test_every_rule_keeps_its_own_tests(shipped: Ruleset) -> None:
    assert [str(problem) for problem in rulecheck.run_tests(shipped)] == []


def test_no_rule_is_risky(shipped: Ruleset) -> None:
    assert [str(problem) for problem in rulecheck.lint(shipped)] == []


def test_there_are_at_least_80_rules_in_every_family_of_chrome(shipped: Ruleset) -> None:
    boilerplate = [rule.id for rule in shipped if rule.id.startswith("boilerplate/")]
    assert len(boilerplate) >= 80
    assert {rule_id.split("/")[1] for rule_id in boilerplate} >= FAMILIES


def test_the_generated_page_is_up_to_date(shipped: Ruleset) -> None:
    assert (ROOT / "rules" / "README.md").read_text(encoding="utf-8") == rulebook.page(shipped)


def test_no_rule_holds_a_name_or_a_sentence_of_the_seeds() -> None:
    gold = tomllib.loads((ROOT / "seeds" / "gold.toml").read_text(encoding="utf-8"))
    own_words = ("Karishma", "Kalita", "Pooja Sood", "Teilor", "thelocalreport", "Thesaxon", "nizhtimes", "Brendan Smialowski")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").rglob("*.t[os][mv]*"))).casefold()
    assert [word for word in own_words if word.casefold() in text] == []
    for name, wanted in gold.items():
        lines = (ROOT / "seeds" / name).read_text(encoding="utf-8").splitlines()
        for number in wanted["drop"]:
            line = lines[number - 1].strip().casefold()
            assert len(line) < 40 or line not in text


WEATHER = """
[[rule]]
name = "weather-widget"
summary = "Line of a weather box"
pattern = 'Weather: .{1,20}'
action = "drop"
"""


def loaded(folder: Path, content: str) -> Ruleset:
    """The rules of a file with such a content, in a folder."""
    file = folder / "rules.toml"
    file.write_text(content, encoding="utf-8")
    return Ruleset.load([file])


def test_an_example_that_does_not_hold_is_told(tmp_path: Path) -> None:
    tests = """
[[rule.example]]
text = "Weather: 12 °C"
result = "12 °C"
[[rule.counterexample]]
text = "Weather: it rained."
"""
    problems = [str(problem) for problem in rulecheck.run_tests(loaded(tmp_path, WEATHER + tests))]
    assert len(problems) == 2
    assert "example[0]" in problems[0]
    assert "counterexample[0]" in problems[1]


def test_an_example_of_a_media_type_that_there_is_not_is_told(tmp_path: Path) -> None:
    tests = """
[[rule.example]]
text = "Weather: 12 °C"
media_type = "text/hmtl"
result = ""
[[rule.counterexample]]
text = "It rained."
"""
    (problem,) = rulecheck.run_tests(loaded(tmp_path, WEATHER + tests))
    assert (problem.rule, problem.field) == ("rules/weather-widget", "example[0]")
    assert problem.message.startswith("no media type 'text/hmtl'; there are text/plain")
    assert problem.place is not None


def test_lint_refuses_a_pattern_that_backtracks_without_end(tmp_path: Path) -> None:
    endless = """
[[rule]]
name = "endless"
summary = "Backtracks without end"
pattern = 'wall(a+)+$'
action = "drop"
[[rule.example]]
text = "walla"
result = ""
[[rule.counterexample]]
text = "The wall stands."
"""
    problems = [str(problem) for problem in rulecheck.lint(loaded(tmp_path, endless))]
    assert len(problems) == 1
    assert "backtracks without end" in problems[0]


def test_a_missing_path_is_an_error() -> None:
    with pytest.raises(RuleError, match="no such|no rule|cannot be read"):
        Ruleset.load(["does-not-exist"])


def test_every_summary_is_one_line_and_names_no_cure(shipped: Ruleset) -> None:
    for rule in shipped:
        assert "\n" not in rule.summary, rule.id
        assert not re.match(r"(?:remove|drop|strip|delete)s?\b", rule.name), rule.id


def test_the_folder_of_shipped_rules_is_the_repository_s() -> None:
    assert shipped_rules() == ROOT / "rules"
