"""The page of a run: whole in itself, escaped, ordered; and looked at in a browser."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import lxml.html  # type: ignore[import-untyped]
import msgspec
import pytest
from browsing import browser_on, needs_browser

from cleaner.bench import charts, page, table
from cleaner.bench.results import Labelled, Row, RuleEffect, RunResult, SystemResult, TaskResult

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

EVIL = "<script>alert('x')</script>"
OURS = "cleaner balanced"


def system(name: str, scores: tuple[float, ...], milliseconds: float, *, shown: bool = False) -> SystemResult:
    rows = tuple(
        Row(
            id=f"doc-{number}",
            scores={"f1": score, "unwanted": 0.25},
            milliseconds=milliseconds,
            output=f"Kept line {number} of the story.\nLog in to comment {EVIL}" if shown else None,
            rules={f"a/b/{EVIL}": RuleEffect(2, 7, 1)} if shown else {},
            failure=f"ValueError: {EVIL}" if shown and number == 1 else "",
        )
        for number, score in enumerate(scores)
    )
    mean = sum(scores) / len(scores)
    kinds = {"article": {"f1": scores[0], "documents": 1.0}, "forum": {"f1": sum(scores[1:]) / 2, "documents": 2.0}}
    return SystemResult(
        name=name,
        version="1.0",
        rows=rows,
        scores={"f1": mean, "unwanted": 0.25},
        groups={"page type": kinds, "language": {"en": {"f1": mean, "documents": 3.0}}},
        interval=(mean - 0.1, min(mean + 0.1, 1.0)),
        reference="" if name == "goose3" else "goose3",
        difference=(0.1, -0.05, 0.2),
        milliseconds=milliseconds,
        failures={"ValueError": 1} if shown else {},
    )


def made(**changes: object) -> RunResult:
    documents = tuple(
        Labelled(
            id=f"doc-{number}",
            groups={"page type": "article" if number == 0 else "forum", "language": "en"},
            url=f"https://news.example/{EVIL}",
            wanted=f"Kept line {number} of the story.\nThis line was lost {EVIL} on the way.",
        )
        for number in range(3)
    )
    systems = (
        system("goose3", (0.5, 0.6, 0.7), 12),
        system(OURS, (0.9, 0.2, 0.8), 3, shown=True),
        system("trafilatura", (0.95, 0.85, 0.75), 40),
        SystemResult(name="magic-html", missing=f"not installed {EVIL}"),
    )
    task = TaskResult(
        name="html",
        summary="A page in",
        main="f1",
        columns=("f1", "unwanted"),
        systems=systems,
        documents=documents,
        focus=OURS,
    )
    run = RunResult(
        version="1.2",
        python="3.11",
        command=f"cleaner bench run {EVIL}",
        data=f"made {EVIL}",
        checksum="c0ffee",
        pages=3,
        left_out=(f"broken {EVIL}: no ground truth",),
        tasks=(task,),
        speed={f"ftfy {EVIL}, MB/s": 1234.5},
    )
    return msgspec.structs.replace(run, **changes)


@pytest.fixture(scope="module")
def source() -> str:
    return page.html(made())


@pytest.fixture(scope="module")
def tree(source: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(source)


def test_the_page_loads_nothing_and_runs_nothing(source: str, tree: lxml.html.HtmlElement) -> None:
    assert tree.xpath("//script | //link | //iframe | //object | //embed | //img | //*[local-name()='image']") == []
    assert [value for value in tree.xpath("//@href | //@src | //@*[local-name()='xlink:href']") if value[0] != "#"] == []
    assert [name for element in tree.iter() for name in element.attrib if str(name).startswith("on")] == []
    assert not re.search(r"url\(|@import", source)


def test_whatever_the_data_says_is_text(tree: lxml.html.HtmlElement) -> None:
    shown = " ".join(tree.text_content().split())
    for place in (
        f"Cleaning benchmark: made {EVIL}",
        f"cleaner bench run {EVIL}",
        f"broken {EVIL}: no ground truth",
        f"https://news.example/{EVIL}",
        f"a/b/{EVIL}",
        f"Log in to comment {EVIL}",
        f"This line was lost {EVIL} on the way.",
        f"ValueError: {EVIL}",
        f"not installed {EVIL}",
        f"ftfy {EVIL}, MB/s",
    ):
        assert place in shown


def test_names_of_systems_groups_and_documents_are_text_too() -> None:
    run = made()
    [task] = run.tasks
    bad = system(f"x{EVIL}", (0.1, 0.2, 0.3), 5)
    groups = {"page type": {EVIL: {"f1": 0.1, "documents": 1.0}, "b": {"f1": 0.1, "documents": 2.0}}}
    rows = tuple(msgspec.structs.replace(row, id=f"{row.id}{EVIL}", output="text") for row in bad.rows)
    systems = (msgspec.structs.replace(bad, groups=groups, rows=rows, version=EVIL),)
    changed = msgspec.structs.replace(task, name="html", summary=EVIL, systems=systems, focus=bad.name)
    found = lxml.html.document_fromstring(page.html(msgspec.structs.replace(run, tasks=(changed,))))
    assert found.xpath("//script") == []
    assert found.text_content().count(EVIL) > 6


def test_the_best_system_comes_first_and_ours_is_marked(tree: lxml.html.HtmlElement) -> None:
    rows = tree.xpath("//section[@id='html']//div[@class='wide'][1]/table/tbody/tr")
    assert [row.xpath("string(td[1])") for row in rows[:3]] == ["trafilatura", OURS, "goose3"]
    assert [row.get("class") for row in rows[:3]] == [None, "ours", None]
    assert [cell.text for cell in rows[0].xpath("td")[1:3]] == ["0.850", "0.250"]


def test_documents_stand_worst_first_with_what_was_lost_and_what_should_have_been(tree: lxml.html.HtmlElement) -> None:
    documents = tree.xpath("//details[contains(@class, 'document')]")
    assert [details.xpath("string(summary)").split()[:2] for details in documents] == [
        *(["0.200", "doc-1"], ["0.800", "doc-2"], ["0.900", "doc-0"]),
    ]
    [first, *_] = documents
    assert [line.text_content() for line in first.xpath(".//*[contains(@class, 'text') and contains(@class, 'lost')]/p")] == [
        f"This line was lost {EVIL} on the way."
    ]
    lines = first.xpath(".//div[@class='text']/p")
    assert [(line.text_content(), line.get("class")) for line in lines] == [
        ("Kept line 1 of the story.", None),
        (f"Log in to comment {EVIL}", "chrome"),
    ]


def test_groups_are_shown_where_there_is_more_than_one(tree: lxml.html.HtmlElement) -> None:
    titles = [title.text for title in tree.xpath("//section[@id='html']/h3")]
    assert "f1 by page type" in titles
    assert "f1 by language" not in titles
    [best] = tree.xpath("//tr[td[1]='trafilatura']/td[@class='best'][1]")[:1]
    assert best.text == "0.950"


def test_each_chart_has_a_mark_for_every_system_that_ran(tree: lxml.html.HtmlElement) -> None:
    for chart, mark in (("bars", "mark-rect"), ("scatter", "mark-symbol")):
        [figure] = tree.xpath(f"//figure[@class='{chart}']")
        marks = figure.xpath(f".//*[contains(@class, '{mark}') and contains(@class, 'role-mark')]/*")
        assert len(marks) == 3
        assert {name for name in ("goose3", OURS, "trafilatura") if name in figure.text_content()} == {
            *("goose3", OURS, "trafilatura"),
        }


def test_the_longest_bar_is_of_the_best_system_and_each_bar_is_as_long_as_its_score() -> None:
    [task] = made().tasks
    paths = re.findall(
        r'aria-label="[^"]*system: ([^;"]+)[^"]*" role="graphics-symbol" aria-roledescription="bar" d="M0,[^h]*h([\d.]+)',
        charts.bars(task),
    )
    lengths = {name: float(length) / charts.WIDTH for name, length in paths}
    assert lengths == pytest.approx({"trafilatura": 0.85, OURS: 1.9 / 3, "goose3": 0.6}, abs=1e-3)


def test_labels_of_points_that_lie_on_each_other_do_not() -> None:
    values = [
        {"ms": 10.0, "score": 0.5},
        {"ms": 10.0, "score": 0.5},
        {"ms": 10.1, "score": 0.4999},
        {"ms": 5000.0, "score": 0.1},
    ]
    charts._place_labels(values)
    labels = [value["label"] for value in values]
    assert labels[0] == 0.5
    assert labels[3] == 0.1
    apart = 0.4 * charts.LABEL_HEIGHT / charts.SCATTER_HEIGHT * 0.98
    assert labels[0] - labels[1] > apart
    assert labels[1] - labels[2] > apart


@pytest.mark.parametrize("scores", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)])
def test_scores_without_spread_and_times_of_nothing_can_be_drawn(scores: tuple[float, ...]) -> None:
    [task] = made().tasks
    flat = msgspec.structs.replace(task, systems=(system("a", scores, 0), system("b", scores, 0)))
    assert "NaN" not in charts.bars(flat) + charts.scatter(flat)


def test_a_run_without_anything_that_ran_still_makes_a_page() -> None:
    [task] = made().tasks
    none = msgspec.structs.replace(task, systems=(SystemResult(name="magic-html", missing="not installed"),), focus="")
    assert "Not run: magic-html (not installed)" in page.html(made(tasks=(none,), left_out=(), speed={}))
    assert "<section" not in page.html(made(tasks=(), speed={}))


def test_the_terminal_is_told_the_same() -> None:
    from rich.console import Console

    console = Console(width=220)
    with console.capture() as capture:
        for part in table.tables(made()):
            console.print(part)
    told = capture.get()
    assert re.search(r"trafilatura +0\.850 +0\.250", told)
    assert told.index("trafilatura ") < told.index(f"{OURS} ") < told.index("goose3 ")
    for line in (f"left out broken {EVIL}", f"not run magic-html: not installed {EVIL}", "1 × ValueError", "first on doc-1"):
        assert line in " ".join(told.split())
    assert "1,234.5" in told


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Chrome]":
    file = tmp_path_factory.mktemp("profile") / "page.html"
    page.write(made(), file)
    with browser_on(file) as driver:
        yield driver


@needs_browser
class TestInABrowser:
    def test_the_plots_are_visible_with_a_mark_for_every_system(self, browser: "Chrome") -> None:
        for chart, mark in ((".bars", ".mark-rect"), (".scatter", ".mark-symbol")):
            [svg] = browser.find_elements("css selector", f"figure{chart} svg")
            assert svg.is_displayed()
            assert svg.rect["width"] > 300
            assert svg.rect["height"] > 50
            marks = browser.find_elements("css selector", f"figure{chart} {mark}.role-mark path")
            assert len(marks) == 3
            for one in marks:
                assert one.rect["width"] > 2
                assert one.rect["height"] > 2
                assert svg.rect["x"] <= one.rect["x"] <= svg.rect["x"] + svg.rect["width"]

    def test_the_fastest_stands_left_and_the_best_on_top(self, browser: "Chrome") -> None:
        points = browser.find_elements("css selector", "figure.scatter .mark-symbol.role-mark path")
        trafilatura, ours, goose = (point.rect for point in points)  # as they are ranked
        assert ours["x"] < goose["x"] < trafilatura["x"]
        assert trafilatura["y"] < ours["y"] < goose["y"]

    def test_a_click_on_a_document_opens_its_text(self, browser: "Chrome") -> None:
        [first, *others] = browser.find_elements("css selector", "details.document")
        text = first.find_element("css selector", ".text:not(.lost)")
        assert not text.is_displayed()
        first.find_element("css selector", "summary").click()
        assert text.is_displayed()
        assert "Kept line 1 of the story." in text.text
        assert EVIL in text.text
        assert not others[0].find_element("css selector", ".text").is_displayed()

    def test_nothing_was_fetched_or_run_and_nothing_complained(self, browser: "Chrome") -> None:
        assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
        assert browser.execute_script("return document.scripts.length") == 0
        assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
