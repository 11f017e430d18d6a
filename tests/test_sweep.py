"""What thresholds cost: counted, told on the command line, and seen in a browser."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import browser_on, needs_browser
from click import testing
from making import rule
from rich.console import Console

from cleaner import sweep
from cleaner.cli import main
from cleaner.pipeline import Result
from cleaner.rules import Ruleset

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

EVIL = "<script>alert('x')</script>"
RULES = Ruleset([rule("few", folder="quality/mine", signal="words", min=5, unit="document", action="reject")])


def results(number: int = 10) -> list[Result]:
    return [
        Result(
            id=f"doc-{count} {EVIL}",
            original="",
            text=f"{EVIL} " + "x" * (99 - len(EVIL)),
            signals={"words": count, "before.words": 2 * count},
        )
        for count in range(1, number + 1)
    ]


def test_a_sweep_counts_documents_and_characters_on_both_sides_of_a_limit() -> None:
    found = sweep.sweep("words", results(), RULES, [8])
    assert (found.documents, found.characters, found.without) == (10, 1_000, 0)
    at = {cost.threshold: cost for cost in found.costs}
    assert at[5].rules == ("quality/mine/few",)
    assert (at[5].documents_below, at[5].characters_below, at[5].documents_above, at[5].characters_above) == (4, 400, 5, 500)
    assert (at[8].documents_below, at[8].documents_above) == (7, 2)
    assert [cost.threshold for cost in found.costs] == sorted(at)
    assert [cost.threshold for cost in found.curve] == list(range(1, 11))


def test_a_sweep_shows_the_nearest_documents_on_either_side() -> None:
    found = sweep.sweep("words", results(), RULES, examples=2)
    assert [(one.threshold, one.value) for one in found.examples] == [(5, 3), (5, 4), (5, 6), (5, 7)]
    assert not sweep.sweep("words", results(), RULES, examples=0).examples


def test_a_sweep_of_the_text_as_it_came() -> None:
    found = sweep.sweep("before.words", results(), RULES)
    assert found.curve[-1].threshold == 20


def test_documents_without_the_signal_are_counted_apart() -> None:
    failed = Result(id="bad", original="", text="", error="TypeError")
    found = sweep.sweep("words", [*results(), failed], RULES)
    assert (found.without, found.failed) == (1, 1)
    with pytest.raises(ValueError, match="none of 1 documents has the signal 'words'"):
        sweep.sweep("words", [failed], RULES)


def test_an_unknown_signal_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="no signal 'wrods'; there are words, lines"):
        sweep.sweep("wrods", results(), RULES)
    with pytest.raises(ValueError, match="'garbled' is measured by cleaning alone"):
        sweep.sweep("before.garbled", results(), RULES)


def test_what_a_document_says_of_itself_is_no_command_for_the_terminal() -> None:
    evil = Result(id="a\x1b[2J\nb", original="", text="\x9b2J text", signals={"words": 3})
    console = Console(width=200)
    with console.capture() as capture:
        console.print(*sweep.tables(sweep.sweep("words", [*results(), evil], RULES)))
    assert "a<U+001B>[2J⏎b" in capture.get()
    assert not {"\x1b", "\x9b"} & {*capture.get()}


def test_many_values_make_a_curve_of_bounded_size() -> None:
    assert len(sweep.sweep("words", results(5_000), RULES).curve) <= sweep.MOST_POINTS + 1


def test_the_command_prints_a_table_json_and_a_page(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in (2, 20, 200):
        (folder / f"{number}.txt").write_text("a word " * number)
    page = tmp_path / "page.html"

    def run(signal: str, *options: str) -> testing.Result:
        return testing.CliRunner().invoke(main, ["rules", "sweep", signal, str(folder), "--off", "garbled*", *options])

    told = run("word_tokens", "--html", str(page))
    assert told.exit_code == 0
    assert "quality/gopher/too-few-words" in told.stdout
    assert "2 (66.7%)" in told.stdout
    assert "<svg" in page.read_text(encoding="utf-8")
    assert json.loads(run("word_tokens", "--json").stdout)["documents"] == 3
    wrong = run("wrods")
    assert (wrong.exit_code, "no signal 'wrods'" in wrong.stderr) == (2, True)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Chrome]":
    from cleaner.bench import sweep_page

    file = tmp_path_factory.mktemp("profile") / "sweep.html"
    sweep_page.write(sweep.sweep("words", results(), RULES), file)
    with browser_on(file) as driver:
        yield driver


@needs_browser
class TestInABrowser:
    def test_the_plot_shows_what_is_lost_on_either_side_and_the_limit_of_the_rule(self, browser: "Chrome") -> None:
        [svg] = browser.find_elements("css selector", "figure svg")
        assert svg.is_displayed()
        assert svg.rect["width"] > 300
        lines = browser.find_elements("css selector", "figure .mark-line.role-mark path")
        assert len(lines) == 4  # documents and characters, below and above
        assert all(line.rect["width"] > 100 and line.rect["height"] > 50 for line in lines)
        [limit] = browser.find_elements("css selector", "figure .mark-rule.role-mark line")
        assert svg.rect["x"] < limit.rect["x"] < svg.rect["x"] + svg.rect["width"]
        assert "quality/mine/few" in svg.text

    def test_the_tables_show_costs_and_documents_at_the_edge(self, browser: "Chrome") -> None:
        costs = browser.find_element("css selector", "#costs").text
        assert "5 4 (40.0%) 40.0% 5 (50.0%) 50.0% quality/mine/few" in costs
        edge = browser.find_element("css selector", "#examples").text
        assert f"doc-4 {EVIL}" in edge

    def test_nothing_was_fetched_or_run_and_nothing_complained(self, browser: "Chrome") -> None:
        assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
        assert browser.execute_script("return document.scripts.length") == 0
        assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
