"""The page of a run: its figures, what it holds of documents, what hostile ones do to it; and looked at in a browser."""

import base64
import json
import re
import time
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lxml.html  # type: ignore[import-untyped]
import pytest
from browsing import browser_on, needs_browser

import cleaner
from cleaner.edits import Finding
from cleaner.pipeline import default_cleaner
from cleaner.policy import Skipped
from cleaner.report import Totals, page
from cleaner.report.account import Account, LimitInForce
from cleaner.report.figures import Distribution, Figures
from cleaner.report.marks import cut, marks
from cleaner.report.page.documents import PART_CHARACTERS
from cleaner.report.page.plots import WIDTH, histogram

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

CHROME = (
    "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\n"
    "It was a” total mess” from the start.\n\nThe believe container met on Tuesday.\n\nLeave a reply"
)
EVIL = "</script><script>alert('x')</script><img src=x onerror=alert(1)><!--"
LIMITS = (LimitInForce(rule="quality/gopher/too-few-words", action="reject", signal="word_tokens", min=50),)


def cleaned(text: Any, id: str = "") -> cleaner.Result:  # noqa: A002 (as `Cleaner.clean` has it)
    return default_cleaner().clean(text, id=id)


def account(results: Sequence[cleaner.Result], **changes: Any) -> Account:
    totals = Totals()
    for result in results:
        totals.add(result, "text/plain")
    told = {"ruleset": "0123", "format": "jsonl", "version": "1.0", "output": ("documents.jsonl",), "totals": totals}
    return Account(**{**told, **changes})


def written(folder: Path, results: Sequence[cleaner.Result], *, most: int = 1000, **changes: Any) -> Path:
    path = folder / "report.html"
    page.write(path, "articles", account(results, **changes), results, most, 100)
    return path


def held(path: Path) -> dict[str, Any]:
    """What the page holds, by the ids of its blocks."""
    found = re.findall(rb'<script type="text/plain" id="([^"]*)">([A-Za-z0-9+/=]*)</script>', path.read_bytes())
    return {name.decode(): json.loads(zlib.decompress(base64.b64decode(packed))) for name, packed in found}


def finding(start: int, end: int, text: str, action: Any = "drop", **changes: Any) -> Finding:
    told = {"rule": "boilerplate/web/banner", "label": "boilerplate", "message": "A banner", "original": text[start:end]}
    return Finding(**{**told, "action": action, "start": start, "end": end, **changes})


# ---- what is told of a result


def test_marks_are_by_place_and_tell_what_was_kept_from_what_another_rule_had_changed() -> None:
    text = "Head\nSubscribe now\nBody text\nShare"
    done = finding(5, 19, text)
    inside = Skipped(finding(5, 14, text, rule="boilerplate/web/call"), "inside what boilerplate/web/banner changes")
    stopped = Skipped(finding(29, 34, text, rule="boilerplate/web/share"), "keep pattern Share")
    result = cleaner.Result(id="a", original=text, text="Head\nBody text\nShare", findings=(done,), skipped=(stopped, inside))
    told = [(mark.finding.rule.rpartition("/")[2], mark.verb, mark.line) for mark in marks(result)]
    assert told == [("call", "also", 2), ("banner", "drop", 2), ("share", "kept", 4)]


@pytest.mark.parametrize(("end", "kept"), [(28, "Read this"), (18, None), (19, None)])
def test_of_what_reaches_past_a_stronger_drop_only_what_stays_is_told_as_kept(end: int, kept: str | None) -> None:
    text = "Head\nSubscribe now\nRead this\nShare"
    done = finding(5, 18, text)
    skipped = Skipped(finding(4, end, text, rule="boilerplate/web/call"), "inside what boilerplate/web/banner changes")
    result = cleaner.Result(id="a", original=text, text="Head\n\nRead this\nShare", findings=(done,), skipped=(skipped,))
    told = [(mark.finding.original, mark.line) for mark in marks(result) if mark.verb == "kept"]
    assert told == ([(kept, 3)] if kept else [])


def test_a_text_is_cut_where_marks_begin_and_end_and_nothing_of_it_is_lost() -> None:
    text = "0123456789"
    findings = (finding(2, 6, text), finding(4, 5, text, "flag"), finding(8, 8, text, "replace", suggestion="x"))
    result = cleaner.Result(id="a", original=text, text="01678x9", findings=findings)
    pieces = [(text[piece.start : piece.end], piece.marks) for piece in cut(len(text), marks(result), [7])]
    assert pieces == [("01", ()), ("23", (0,)), ("4", (0, 1)), ("5", (0,)), ("6", ()), ("7", ()), ("", (2,)), ("89", ())]


def test_flags_that_all_overlap_cost_no_more_than_others() -> None:
    text = "x" * 20_000
    flags = tuple(finding(at, len(text) - at, text, "flag", original="") for at in range(9_000))
    result = cleaner.Result(id="a", original=text, text=text, findings=flags)
    started = time.process_time()
    assert max(len(piece.marks) for piece in cut(len(text), marks(result))) <= 8
    assert time.process_time() - started < 5


# ---- figures


def test_figures_count_hits_characters_documents_and_reasons_by_rule() -> None:
    results = [cleaned(CHROME, id="a"), cleaned(CHROME.replace("Monday", "Friday"), id="b")]
    figures = Figures(account(results))
    for result in results:
        figures.add(result, marks(result))
    skip_link = figures.rules["boilerplate/navigation/skip-link"]
    assert (skip_link.hits, skip_link.documents, skip_link.characters) == (2, 2, 2 * len("Skip to content\n\n"))
    assert [(example.document, example.text) for example in skip_link.examples] == [("a", "Skip to content")]
    assert {name: characters for name, _, characters in figures.families()}["boilerplate"] == sum(
        len(one.original) - len(one.text) for one in results
    )


def test_documents_outside_a_limit_are_counted_exactly() -> None:
    results = [cleaner.Result(id=str(n), original="", text="", signals={"word_tokens": n}) for n in (49, 49.9999, 50, 51)]
    figures = Figures(account(results, limits=LIMITS))
    for result in results:
        figures.add(result, [])
    assert figures.outside[LIMITS[0]] == 2


@pytest.mark.parametrize(
    "values",
    [
        [0],
        [1],
        [0, 0, 1],
        [0.25] * 3,
        [-5, 5],
        [3, 4, 5],
        list(range(1000)),
        [1] * 99 + [10**9],
        [1e-9, 1e-8],
        [1e300, -1e300],
        [1e308, -1e308],
        [1e300],
        [5e-324],
    ],
)
def test_a_histogram_holds_every_value_once(values: list[float]) -> None:
    distribution = Distribution()
    for value in values:
        distribution.add(value, rejected=False)
    drawn = histogram(distribution, {LIMITS[0]: 0})
    assert sum(one.kept for one in distribution.bins(distribution.axis())) == len(values)
    assert all(-1 <= place <= WIDTH + 1 for place, _ in drawn.ticks)
    assert 1 <= len(drawn.ticks) <= 10


def test_a_limit_near_the_values_has_its_place_in_the_plot_and_a_far_one_is_told() -> None:
    distribution = Distribution()
    for value in range(60, 100):
        distribution.add(value, rejected=False)
    near, far = (LimitInForce(rule=f"quality/{n}", action="reject", signal="w", min=n) for n in (50, -5_000))
    [(place, _), (nowhere, told)] = histogram(distribution, {near: 0, far: 0}).limits
    assert place == 0
    assert nowhere is None
    assert told.endswith("beyond the plot")


def test_a_limit_below_zero_has_no_place_among_logarithms() -> None:
    distribution = Distribution()
    for value in (*[1] * 99, 1000):
        distribution.add(value, rejected=False)
    below = LimitInForce(rule="quality/mine", action="reject", signal="w", min=-3)
    [(_, told)] = histogram(distribution, {below: 0}).limits
    assert told.endswith("beyond the plot")


def test_memory_of_a_distribution_is_bounded_by_its_digits() -> None:
    distribution = Distribution()
    for number in range(20_000):
        distribution.add(number / 19_999, rejected=False)
    assert len(distribution.kept) < 4_000


# ---- what the page holds


def test_the_page_holds_the_original_and_what_makes_the_clean_text_of_it(tmp_path: Path) -> None:
    result = cleaned(CHROME, id="page")
    told = held(written(tmp_path, [result]))
    [document] = told["block-0"]
    pieces = [piece if isinstance(piece, list) else [piece] for part in document["parts"] for piece in part]
    assert "".join(text for text, *_ in pieces) == result.original
    done: set[int] = set()
    clean = ""
    for text, *numbers in pieces:
        edit = next((number for number in numbers if document["findings"][number]["verb"] in ("drop", "replace")), None)
        if edit is None:
            clean += text
        elif edit not in done:
            clean += document["findings"][edit].get("suggestion") or ""
            done.add(edit)
    assert clean == result.text
    assert told["index"]["documents"][0][:5] == [0, "page", 0, 0, "changed"]


def test_a_long_document_comes_in_parts_that_end_with_lines(tmp_path: Path) -> None:
    text = "A line of the story.\n" * 20_000
    [document] = held(written(tmp_path, [cleaner.Result(id="a", original=text, text=text)]))["block-0"]
    parts = ["".join(part) for part in document["parts"]]
    assert "".join(parts) == text
    assert all(len(part) <= PART_CHARACTERS and part.endswith("\n") for part in parts)
    assert document["lines"] == [sum(one.count("\n") for one in parts[:at]) + 1 for at in range(len(parts))]


def test_of_too_many_documents_a_sample_is_shown_and_figures_are_of_all(tmp_path: Path) -> None:
    results = [cleaner.Result(id=f"doc-{n}", original="Text.", text="Text.", language="en") for n in range(500)]
    path = written(tmp_path, results, most=50)
    shown = held(path)["index"]["documents"]
    assert 20 <= len(shown) <= 50
    assert "Of 500 documents the page shows" in path.read_text()
    again = written(tmp_path / "again", results, most=50)
    assert again.read_bytes() == path.read_bytes()


def test_a_page_of_nothing_is_a_page(tmp_path: Path) -> None:
    assert "No rule had anything to say." in written(tmp_path, []).read_text()


def test_actions_that_there_are_not_are_passed_over(tmp_path: Path) -> None:
    totals = Totals(findings={"kept": {"x/y": 1}, "drop": {"x/y": 2}})
    shown = written(tmp_path, [], totals=totals).read_text(encoding="utf-8")
    assert "<dt>passages removed</dt><dd>2</dd>" in shown


def test_the_page_loads_nothing_and_its_policy_allows_only_its_own_script_and_style(tmp_path: Path) -> None:
    tree = lxml.html.fromstring(written(tmp_path, [cleaned(CHROME)]).read_bytes())
    [policy] = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not tree.xpath("//@src | //link | //@style | //@onclick")
    assert all(link.startswith("#") for link in tree.xpath("//@href"))
    assert [script for script in tree.xpath("//script[not(@type)]") if "alert" in (script.text or "")] == []


def hostile() -> list[cleaner.Result]:
    bad = [EVIL, "\u2028\u2029", "\ud800 alone \udfff", "\u202eesrever\u202c", "nul \x00 and \x1b[31m", "a/b/../../etc/passwd"]
    results = []
    for number, one in enumerate(bad):
        text = f"{one}\n{one * 3}\nThe end {{{{ 7 * 7 }}}}."
        findings = (
            finding(0, len(one), text, rule=f"boilerplate/{one}", message=one),
            finding(len(one) + 1, len(one) + 2, text, "flag", rule=one, suggestion=one, score=float("nan")),
        )
        results.append(
            cleaner.Result(
                id=one,
                original=text,
                text=text[len(one) :],
                findings=findings,
                skipped=(Skipped(finding(len(text) - 4, len(text) - 1, text, rule=f"garbled/{one}"), one),),
                signals={one: 1.5, "words": float("inf"), "page_kind": one},
                metadata={one: one},
                language=one,
                error=one if number % 2 else None,
            )
        )
    return results


def test_nothing_of_a_hostile_document_is_markup(tmp_path: Path) -> None:
    path = written(tmp_path, hostile(), version=EVIL, profile=EVIL, ruleset=EVIL, summaries={EVIL: EVIL})
    tree = lxml.html.fromstring(path.read_bytes())
    assert not tree.xpath("//img")
    assert len(tree.xpath("//script[not(@type)]")) == 1
    assert b"\x00" not in path.read_bytes()
    assert "\u202e" not in path.read_text()


# ---- looked at


class Reader:
    """What somebody does with the page."""

    def __init__(self, driver: "Chrome", folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def open(self, results: Sequence[cleaner.Result], part: str = "", **changes: Any) -> float:
        """Open the page of these results; how many seconds it takes until it can be used."""
        path = written(self.folder, results, most=20_000, **changes)
        started = time.monotonic()
        self.driver.get("about:blank")
        self.driver.get(f"{path.as_uri()}#{part}")
        self.wait("return document.documentElement.dataset.ready")
        return time.monotonic() - started

    def wait(self, script: str) -> Any:
        deadline = time.monotonic() + 60
        while not (found := self.driver.execute_script(script)):
            assert time.monotonic() < deadline, script
            time.sleep(0.02)
        return found

    def press(self, keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(keys).perform()
        time.sleep(0.1)

    def all(self, selector: str) -> "list[WebElement]":
        return self.driver.find_elements("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        return [element.get_property("textContent") for element in self.all(selector)]  # type: ignore[misc]

    def choose(self, field: str, value: str) -> None:
        script = (
            "const it = document.getElementById(arguments[0]); it.value = arguments[1]; it.dispatchEvent(new Event('change'))"
        )
        self.driver.execute_script(script, field, value)
        time.sleep(0.1)

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("page")
    blank = folder / "blank.html"
    blank.write_text("<!doctype html><title>nothing</title>")
    with browser_on(blank) as driver:
        reader = Reader(driver, folder / "report")
        yield reader
        assert reader.errors() == []


def articles() -> list[cleaner.Result]:
    texts = [CHROME, "Nothing to do here, said the clerk.", f"{CHROME}\n\nA line about zebras.", None]
    return [cleaned(text, id=f"article-{number}") for number, text in enumerate(texts)]


@needs_browser
def test_findings_are_stepped_through_by_keys_from_document_to_document(reader: Reader) -> None:
    results = articles()
    reader.open(results, "documents")
    assert reader.texts("#list bdi") == [result.id for result in results]
    first = [mark for mark in marks(results[0]) if mark.verb != "also"]
    for mark in first:
        reader.press("n")
        assert mark.finding.rule in reader.texts("#findings .current")[0]
    assert {one.tag_name for one in reader.all("#text .current")} == {"del"}
    reader.press("n")
    assert reader.texts("#id") == ["article-2"]
    reader.press("p")
    assert reader.texts("#id") == ["article-0"]
    assert first[-1].finding.rule in reader.texts("#findings .current")[0]
    reader.press("]")
    assert reader.texts("#id") == ["article-1"]
    reader.press("[?")
    assert reader.texts("#id") == ["article-0"]
    assert reader.all("#help")[0].is_displayed()


@needs_browser
def test_the_original_is_shown_with_all_changes_and_the_clean_text_at_a_key(reader: Reader) -> None:
    results = articles()
    reader.open(results, "d2")
    assert reader.texts("#id") == ["article-2"]
    assert reader.texts("#text del")[0].startswith("Skip to content")
    assert " “" in reader.texts("#text ins")
    [likely] = [one.get_attribute("title") for one in reader.all("#text mark")]
    assert likely is not None
    assert "likely: think tank" in likely
    reader.press("c")
    assert "\n".join(reader.texts("#text .text-line")) == results[2].text
    reader.press("c")
    assert reader.all("#text del")


@needs_browser
def test_what_was_seen_but_kept_is_framed_and_tells_the_reason(reader: Reader) -> None:
    text = "Share this story\nThe story."
    kept = Skipped(finding(0, 16, text), "keep pattern Share")
    reader.open([cleaner.Result(id="a", original=text, text=text, skipped=(kept,))], "d0")
    assert reader.texts("#text .held") == ["Share this story"]
    assert "kept: keep pattern Share" in reader.texts("#findings li")[0]


@needs_browser
def test_documents_are_found_by_text_id_rule_and_state(reader: Reader) -> None:
    reader.open(articles(), "documents")
    [search] = reader.all("#search")
    search.send_keys("ZEBRAS")
    reader.wait("return document.querySelectorAll('#list li').length === 1")
    assert reader.texts("#id") == ["article-2"]
    search.clear()
    search.send_keys("article-1")
    reader.wait("return document.getElementById('id').textContent === 'article-1'")
    reader.all("#reset")[0].click()
    reader.wait("return document.querySelectorAll('#list li').length === 4")
    reader.choose("rule", "garbled/politics/garbled-politics-term")
    assert reader.texts("#list bdi") == ["article-0", "article-2"]
    reader.driver.execute_script("document.activeElement.blur()")
    reader.press("nn")
    assert reader.texts("#id") == ["article-2"]
    reader.all("#reset")[0].click()
    reader.choose("state", "failed")
    assert reader.texts("#list bdi") == ["article-3"]
    assert "TypeError" in reader.texts("#error")[0] or reader.texts("#error")[0]


@needs_browser
def test_what_is_copied_turns_the_rule_off(reader: Reader) -> None:
    reader.open(articles(), "d0")
    reader.all("#findings [data-off]")[0].click()
    reader.wait("return document.querySelector('#findings code')")
    settings = tomllib.loads(reader.texts("#findings code")[0])
    assert settings == {"off": ["boilerplate/navigation/skip-link"]}
    assert cleaner.Cleaner(**settings).clean(CHROME).text.startswith("Skip to content")


@needs_browser
def test_rules_are_shown_with_examples_that_lead_to_their_documents(reader: Reader) -> None:
    reader.open(articles(), "rules")
    assert "boilerplate/navigation/skip-link" in "".join(reader.texts("table.rules bdi"))
    reader.all("[data-sort=characters]")[0].click()
    removed = [int(row.get_attribute("data-characters") or 0) for row in reader.all("table.rules tbody tr")]
    assert removed == sorted(removed, reverse=True)
    [link, *_] = [one for one in reader.all("td.examples a") if one.text == "article-0"]
    link.click()
    reader.wait("return document.getElementById('id').textContent === 'article-0'")
    assert reader.all("#document")[0].is_displayed()


@needs_browser
def test_quality_shows_what_was_rejected_and_signals_with_the_limits_in_force(reader: Reader) -> None:
    judging = cleaner.Cleaner(quality=["gopher"], signals=True)
    long = " ".join(
        f"The council met on day {n} to talk about the new bridge over the river, and went home." for n in range(20)
    )
    results = [judging.clean(text, id=f"q-{n}") for n, text in enumerate([long, "Too short.", f"{long} {long}"])]
    limits = tuple(
        LimitInForce(rule=rule.id, action=rule.action, signal=limit.signal, min=limit.min, max=limit.max)
        for rule in judging.document_rules
        for limit in rule.limits
    )
    reader.open(results, "quality", limits=limits)
    assert "quality/gopher/too-few-words1 (33.3%)" in "".join(reader.texts("#rejected tr"))
    figures = {one.find_element("css selector", "h3").text: one for one in reader.all("figure.signal")}
    assert {"word_tokens", "mean_word_length", "duplicate_line_share", "garbled"} <= {*figures}
    words = figures["word_tokens"]
    assert words.is_displayed()
    assert words.find_elements("css selector", "rect.kept")
    assert words.find_elements("css selector", "rect.rejected")
    assert words.find_elements("css selector", "line.limit")
    assert words.find_elements("css selector", "polyline.before")
    assert "at least 50 (quality/gopher/too-few-words): 1 outside" in words.text
    reader.all("#rejected a")[0].click()
    reader.wait("return document.getElementById('id').textContent === 'q-1'")


@needs_browser
def test_hostile_documents_are_inert_and_shown_as_they_are(reader: Reader) -> None:
    results = hostile()
    reader.open(results, "documents")
    for result in results:
        reader.wait("return document.getElementById('text').childElementCount")
        shown = "\n".join(reader.texts("#text .text-line"))
        assert "{{ 7 * 7 }}" in shown
        assert not {"\u202e", "\u2028", "\x00"} & {*shown}
        if EVIL in result.original:
            assert EVIL in shown
        reader.press("nn]")
    for part in ("run", "rules", "quality"):
        reader.driver.execute_script("location.hash = arguments[0]", part)
    assert reader.all("img, iframe, object") == []
    assert len(reader.all("script:not([type])")) == 1
    assert reader.errors() == []


@needs_browser
def test_a_text_of_five_megabytes_in_one_line_is_leafed_through(reader: Reader) -> None:
    text = "word " * 1_000_000 + "needle"
    flag = finding(len(text) - 6, len(text), text, "flag", rule="garbled/needle")
    assert reader.open([cleaner.Result(id="long", original=text, text=text, findings=(flag,))], "d0") < 30
    assert len("".join(reader.texts("#text .text-line"))) == PART_CHARACTERS
    reader.press("n")
    assert reader.texts("#text .current") == ["needle"]
    assert reader.texts("#part-told") == ["part 101 of 101"]


@needs_browser
def test_ten_thousand_documents_open_in_bounded_time_and_with_a_small_page(reader: Reader) -> None:
    line = "The council met on Monday evening to talk about the new bridge over the river.\n"
    results = []
    for number in range(10_000):
        text = f"{number} {line * 12}Leave a reply"
        done = finding(len(text) - 13, len(text), text)
        results.append(cleaner.Result(id=f"d/{number}", original=text, text=text[:-13], findings=(done,), language="en"))
    assert reader.open(results, "documents") < 30
    assert reader.texts("#told") == ["10,000 of 10,000 documents"] or reader.texts("#told") == ["10,000 documents"]
    assert len(reader.all("#list li")) == 100
    assert reader.driver.execute_script("return document.querySelectorAll('*').length") < 3_000
    [search] = reader.all("#search")
    search.send_keys("9876 the council")
    reader.wait("return document.getElementById('id').textContent === 'd/9876'")


@needs_browser
def test_the_page_fits_a_phone(reader: Reader) -> None:
    reader.open(articles(), "d0")
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        for part in ("run", "rules", "quality", "documents"):
            reader.driver.execute_script("location.hash = arguments[0]", part)
            time.sleep(0.1)
            wide = reader.driver.execute_script("return document.documentElement.scrollWidth")
            assert wide <= 390, part
    finally:
        reader.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
