"""What rules hit on labelled pages, counted, and told on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from making import rule

from cleaner.bench import rulestats
from cleaner.bench.alignment import aligned
from cleaner.bench.cases import Data, Page
from cleaner.bench.rulestats import RuleStats
from cleaner.cli import main
from cleaner.rules import Ruleset

FERRY = Page(
    id="ferry",
    html="<p>Print this page</p><p>The ferry sails at nine.</p><p>Read more about ferries</p><p>Share the boat</p>"
    "<p>Read more about boats</p><p>Contact</p>",
    content="The ferry sails at nine. Read more about ferries Read more about boats",
    language="en",
)
HARBOUR = Page(
    id="harbour", html="<p>Read more about us</p><p>The harbour is shut.</p>", content="The harbour is shut.", language="en"
)
DATA = Data(name="made", pages=(FERRY, HARBOUR))
READ_MORE = rule("read-more", pattern="Read more about .{2,20}", action="drop", safety="safe")
PRINT = rule("print", pattern="Print this page", action="drop", status="preview")
RULES = Ruleset([READ_MORE, PRINT])

SAFE_TOML = """
[[rule]]
name = "read-more"
summary = "Link to more"
pattern = 'Read more about .{2,20}'
action = "drop"
safety = "safe"
example = [{ text = "Read more about us", result = "" }]
counterexample = [{ text = "She read more about us." }]
"""


def counted(*rules: str, ruleset: Ruleset = RULES, examples: int = 0, workers: int = 1) -> dict[str, RuleStats]:
    found = rulestats.count(DATA, ruleset, rules, examples=examples, workers=workers)
    return {one.rule.rpartition("/")[2]: one for one in found}


def stats(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["rules", "stats", *map(str, arguments)])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data in a folder of its own, with rules beside it."""
    folder = tmp_path_factory.mktemp("data")
    for page in DATA.pages:
        (folder / f"{page.id}.html").write_text(page.html)
        (folder / f"{page.id}.txt").write_text(page.content)
    (folder / "mine.toml").write_text(SAFE_TOML)
    return folder


def test_words_are_aligned_with_the_label_in_order() -> None:
    assert aligned("skip a b skip c".split(), "a b c".split()).tolist() == [False, True, True, False, True]
    assert not aligned(["a"], []).any()
    assert not len(aligned([], ["a"]))


def test_hits_on_content_are_told_from_those_on_chrome() -> None:
    one = counted()["read-more"]
    assert (one.hits, one.pages, one.on_content) == (3, 2, 2)
    assert one.precision == pytest.approx(1 / 3)
    assert one.below_safe


def test_rules_on_trial_are_asked_too_and_are_not_called_safe() -> None:
    one = counted()["print"]
    assert (one.hits, one.on_content, one.status) == (1, 0, "preview")
    assert not one.below_safe


@pytest.mark.parametrize(("hits", "on_content", "below"), [(2, 1, False), (100, 6, False), (100, 7, True), (10_000, 240, True)])
def test_a_few_hits_on_content_may_be_chance(hits: int, on_content: int, below: bool) -> None:  # noqa: FBT001 (pytest names it)
    assert RuleStats(rule="a", safety="safe", status="stable", hits=hits, on_content=on_content).below_safe is below


def test_a_rule_without_a_hit_is_counted_without_a_precision() -> None:
    one = counted(ruleset=Ruleset([rule("silent", pattern="Ahoy", action="drop", safety="safe")]))["silent"]
    assert (one.hits, one.precision, one.below_safe) == (0, None, False)


def test_position_and_language_of_a_rule_hold() -> None:
    last = {"edge": "tail", "within": 1}
    rules = Ruleset(
        [
            rule("tail", pattern="Read more about .{2,20}", action="drop", position=last),
            rule("german", pattern="Read more about .{2,20}", action="drop", languages=["de"]),
        ]
    )
    assert {name: one.hits for name, one in counted(ruleset=rules).items()} == {"tail": 0, "german": 0}


def test_a_hit_on_part_of_a_line_is_judged_by_its_own_words() -> None:
    rules = Ruleset([rule("ferry", phrases={"ferry sails": "boat", "the boat": "the ship"})])
    one = counted(ruleset=rules)["ferry"]
    assert (one.hits, one.on_content) == (2, 1)


def test_examples_are_kept_with_their_neighbours() -> None:
    one = counted(examples=1)["read-more"]
    [content], [chrome] = one.content, one.chrome
    assert (content.page, content.text) == ("ferry", "Read more about ferries")
    assert (content.before, content.after) == ("The ferry sails at nine.", "Share the boat")
    assert (chrome.page, chrome.before) == ("harbour", "")


def test_an_id_with_a_star_names_several_rules_and_one_that_fits_none_is_an_error() -> None:
    assert set(counted("*/print")) == {"print"}
    assert set(counted("boilerplate/*")) == {"print", "read-more"}
    with pytest.raises(ValueError, match="no rule with a pattern, phrases or cues fits 'boilerplate/web/prin'"):
        counted("boilerplate/web/prin")


def test_several_workers_count_the_same() -> None:
    assert counted(examples=2, workers=2) == counted(examples=2)


def test_the_command_shows_figures_and_hits_and_checks_the_safe_rules(pages: Path) -> None:
    arguments = ("mine/read-more", "--no-shipped-rules", "--rules", pages / "mine.toml", "--data", pages)
    shown = stats(*arguments, "--examples", "1")
    assert shown.exit_code == 0, shown.stderr
    assert "33.3%" in shown.stdout
    assert "content ferry: Read more about ferries" in shown.stdout
    assert "1 rules, 0 without a hit; safe ones below 98%: 1: mine/read-more" in shown.stdout
    assert stats(*arguments, "--check").exit_code == 1
    [one] = json.loads(stats(*arguments, "--json").stdout)
    assert (one["rule"], one["hits"], one["on_content"]) == ("mine/read-more", 3, 2)


def test_the_command_says_which_name_fits_nothing(pages: Path) -> None:
    wrong = stats("boilerplate/navigation/skiplink", "--data", pages)
    assert wrong.exit_code == 2
    assert "fits 'boilerplate/navigation/skiplink'" in wrong.stderr
