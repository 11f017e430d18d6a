"""A run: scores, means and groups, references, what is kept, and its file."""

import json
import re
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from test_bench_apart import OBEDIENT, install

from cleaner.bench import cases, results, run, systems
from cleaner.bench.cases import Data, Page
from cleaner.bench.results import Row, RuleEffect, RunResult, SystemResult, TaskResult
from cleaner.bench.run import Options
from cleaner.bench.scores import difference_interval, mean_interval, word_scores, words
from cleaner.bench.systems import Answer, Settings
from cleaner.bench.tasks import TASKS
from cleaner.config import Config
from cleaner.edits import EDITING, Finding
from cleaner.records import InputError

Action = Literal["drop", "replace", "flag"]
SETTINGS = Settings()
NAMES = ("html-text", "cleaner balanced", "html-text > cleaner balanced")


@pytest.fixture(scope="module")
def data() -> Data:
    return cases.load(None).part(sample=3)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, str, int, int]]:
    return []


@pytest.fixture(scope="module")
def result(data: Data, told: list[tuple[str, str, int, int]]) -> RunResult:
    options = Options(tasks=("html",), systems=(*NAMES, "magic-html"), shown=1)
    return run.run(data, options, SETTINGS, lambda *progress: told.append(progress), command="cleaner bench run")


@pytest.fixture
def html(result: RunResult) -> TaskResult:
    [task] = result.tasks
    return task


def system(task: TaskResult, name: str) -> SystemResult:
    return next(one for one in task.systems if one.name == name)


def made(name: str, **fields: object) -> SystemResult:
    return msgspec.structs.replace(SystemResult(name=name), **fields)


def test_a_run_says_what_it_was_run_on(result: RunResult, data: Data) -> None:
    assert (result.data, result.pages, result.checksum) == ("built-in", 3, data.checksum)
    assert result.command == "cleaner bench run"
    assert result.settings["profile"] == "balanced"
    assert result.speed == {}
    assert result.task("html") is result.tasks[0]
    assert result.task("loss") is None


def test_every_system_is_scored_on_every_document(html: TaskResult, data: Data) -> None:
    ids = [page.id for page in data.pages]
    assert [document.id for document in html.documents] == ids
    for name in NAMES:
        assert [row.id for row in system(html, name).rows] == ids
    run_here = systems.load("html-text", SETTINGS)
    for case, row in zip(TASKS["html"].cases(data), system(html, "html-text").rows, strict=True):
        expected = word_scores(run_here(case.document).text, case.wanted.content)
        assert {key: row.scores[key] for key in expected} == pytest.approx(expected)


def test_means_and_their_interval_are_those_of_the_documents(html: TaskResult) -> None:
    for name in NAMES:
        one = system(html, name)
        values = [row.scores["f1"] for row in one.rows]
        assert one.scores["f1"] == pytest.approx(sum(values) / 3)
        assert one.interval == mean_interval(values)
        assert one.milliseconds == pytest.approx(sum(row.milliseconds for row in one.rows) / 3)
        assert one.milliseconds > 0
        precision, recall = one.scores["shingle_precision"], one.scores["shingle_recall"]
        assert one.scores["shingle_f1"] == pytest.approx(2 * precision * recall / (precision + recall))


def test_groups_divide_the_documents(html: TaskResult, data: Data) -> None:
    for name in NAMES:
        one = system(html, name)
        assert set(one.groups) == {"page type", "language"}
        for groups in one.groups.values():
            assert sum(group["documents"] for group in groups.values()) == 3
            mean = sum(group["f1"] * group["documents"] for group in groups.values()) / 3
            assert mean == pytest.approx(one.scores["f1"])
        assert set(one.groups["page type"]) == {page.page_type for page in data.pages}


def test_a_system_that_is_not_installed_is_named_with_what_to_do(html: TaskResult) -> None:
    lacking = system(html, "magic-html")
    if not lacking.missing:
        pytest.skip("it is installed")
    assert "--interpreter" in lacking.missing
    assert lacking.rows == ()


def test_a_chain_is_measured_against_its_beginning_and_the_others_against_the_first_that_ran(html: TaskResult) -> None:
    assert [system(html, name).reference for name in NAMES] == ["", "html-text", "html-text"]
    chain, alone = system(html, NAMES[2]), system(html, NAMES[0])
    ours, theirs = ([row.scores["f1"] for row in one.rows] for one in (chain, alone))
    assert chain.difference[0] == pytest.approx(chain.scores["f1"] - alone.scores["f1"])
    assert chain.difference[1:] == difference_interval(ours, theirs)
    assert chain.difference[1] <= chain.difference[0] <= chain.difference[2]


def test_this_toolkit_is_in_focus_and_of_it_only_so_many_outputs_are_kept(html: TaskResult) -> None:
    assert html.focus == "cleaner balanced"
    kept = [(one.name, row.id) for one in html.systems for row in one.rows if row.output is not None]
    worst = min(system(html, "cleaner balanced").rows, key=lambda row: row.scores["f1"])
    assert kept == [("cleaner balanced", worst.id)]
    assert [document.id for document in html.documents if document.wanted is not None] == [worst.id]


@pytest.mark.parametrize(
    ("names", "profile", "focus"),
    [
        (("ftfy", "cleaner careful", "cleaner strict", "cleaner balanced"), "strict", "cleaner strict"),
        (("ftfy > cleaner balanced", "cleaner careful", "ftfy"), "balanced", "ftfy > cleaner balanced"),
        (("cleaner careful", "cleaner strict", "ftfy"), "balanced", "cleaner strict"),
        (("plsfix", "ftfy"), "balanced", "ftfy"),
        ((), "balanced", ""),
    ],
)
def test_the_focus_is_on_the_profile_in_force_or_else_on_the_last(names: tuple[str, ...], profile: str, focus: str) -> None:
    found = [made(name) for name in names] + [made("cleaner balanced", missing="not installed")]
    assert run._focus(found, Settings(config=Config(profile=profile))) == focus


def test_the_effects_of_the_rules_add_up_to_what_the_cleaner_did(html: TaskResult, data: Data) -> None:
    cleaner = Config().cleaner()
    seen = 0
    for case, row in zip(TASKS["html"].cases(data), system(html, "cleaner balanced").rows, strict=True):
        by_hand = cleaner.clean_document(case.document)
        edits = [finding for finding in by_hand.findings if finding.action in EDITING]
        assert sum(effect.findings for effect in row.rules.values()) == len(edits)
        assert set(row.rules) == {finding.rule for finding in edits}
        lacking = (words(case.wanted.content) - words(by_hand.text)).total()
        assert sum(effect.wanted_words for effect in row.rules.values()) <= lacking
        assert all(0 <= effect.wanted_words <= effect.words for effect in row.rules.values())
        seen += len(edits)
    assert seen


def test_a_word_is_charged_to_the_first_rule_that_took_it_and_only_if_it_is_lacking() -> None:
    page = Page(id="x", html="", content="keep these these words")
    [case] = TASKS["html"].cases(Data(name="x", pages=(page,)))

    def edit(rule: str, original: str, suggestion: str | None = None, action: Action = "drop") -> Finding:
        return Finding(rule, action, 0, len(original), "boilerplate", "", original, suggestion)

    answer = Answer(
        text="keep words",
        findings=(
            edit("first", "these menu"),
            edit("second", "these these words"),
            edit("second", "Words menu", "words", "replace"),
            edit("third", "these", action="flag"),
        ),
    )
    assert run._effects(TASKS["html"], case, answer) == {"first": RuleEffect(1, 2, 1), "second": RuleEffect(2, 4, 1)}


def test_progress_is_told_document_for_document(result: RunResult, told: list[tuple[str, str, int, int]]) -> None:
    assert result
    for name in NAMES:
        assert [progress[2:] for progress in told if progress[:2] == ("html", name)] == [(1, 3), (2, 3), (3, 3)]


def test_a_failure_is_scored_as_if_nothing_had_come_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path, OBEDIENT)))
    pages = tuple(
        Page(id=what, html=f"{what} the nets", content=f"{what} the nets read", url=f"https://{what}.example", page_type=kind)
        for what, kind in (("one", "a"), ("raise", "a"), ("kill", "b"), ("exit", "b"), ("two", "b"))
    )
    done = run.run(Data(name="made", pages=pages), Options(tasks=("html",), systems=("rs-*",)), SETTINGS)
    [one] = done.tasks[0].systems
    assert [row.scores["f1"] for row in one.rows] == [1, 0, 0, 0, 1]
    assert one.scores["f1"] == pytest.approx(2 / 5)
    assert one.failures == {"ValueError": 1, "crash": 2}
    assert [row.failure for row in one.rows] == [
        *("", "ValueError: no body", "crash: exit status -9", "crash: exit status 7", ""),
    ]
    assert one.groups["page type"]["a"]["f1"] == pytest.approx(1 / 2)
    assert one.version == "9.9"


def test_differences_are_taken_to_the_system_that_is_asked_for() -> None:
    options = Options(tasks=("language",), systems=("cleaner language", "resiliparse language"), against="cleaner language")
    done = run.run(Data(name="none", pages=()), options, SETTINGS)
    [task] = done.tasks
    references = {one.name: one.reference for one in task.systems}
    assert references == {"cleaner language": "", "resiliparse language": "cleaner language"}
    assert system(task, "resiliparse language").difference[0] == pytest.approx(
        system(task, "resiliparse language").scores["right"] - system(task, "cleaner language").scores["right"]
    )
    assert {row.output for one in task.systems for row in one.rows} == {None}


def test_the_system_that_differences_are_taken_to_is_run_too_and_star_stands_for_any_text() -> None:
    task = TASKS["after"]
    options = Options(systems=("*cleaner strict",), against="justext")
    assert run._systems(task, options) == [
        *("trafilatura > cleaner strict", "resiliparse > cleaner strict", "readability-lxml > cleaner strict"),
        *("justext", "justext > cleaner strict"),
    ]
    assert run._systems(task, Options()) == list(task.systems)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(tasks=("html", "htlm")), "no task 'htlm'; there are html, dump"),
        (Options(systems=("no-such",)), "no system 'no-such' in these tasks; there are:\n  html: trafilatura"),
        (Options(tasks=("loss",), systems=("ftfy", "trafilatura")), "no system 'trafilatura' in these tasks"),
        (Options(tasks=("html",), systems=("trafilatura > no-such",)), "no system 'trafilatura > no-such'"),
        (Options(tasks=("html",), systems=("html-text",), against="no-such"), "no-such"),
    ],
)
def test_what_is_not_known_is_told_before_anything_runs(data: Data, options: Options, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        run.run(data, options, SETTINGS, lambda *_: pytest.fail("ran"))


def test_a_result_goes_through_its_file(result: RunResult, tmp_path: Path) -> None:
    results.write(result, tmp_path / "deep" / "run.json")
    again = results.read(tmp_path / "deep" / "run.json")
    assert msgspec.structs.replace(again, settings=result.settings) == result
    assert again.settings["profile"] == "balanced"
    assert json.loads((tmp_path / "deep" / "run.json").read_bytes())["schema"] == results.SCHEMA


def test_a_lone_surrogate_in_an_output_does_not_lose_the_result(result: RunResult, html: TaskResult, tmp_path: Path) -> None:
    rows = (Row(id="x", scores={"f1": 0.5}, output="half a \ud83d"),)
    task = msgspec.structs.replace(html, systems=(made("a", rows=rows),))
    results.write(msgspec.structs.replace(result, tasks=(task,)), tmp_path / "run.json")
    assert results.read(tmp_path / "run.json").tasks[0].systems[0].rows[0].id == "x"


@pytest.mark.parametrize(
    "junk",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": "\xff"}', b'{"version": 1}', b"[" * 50_000, b'{"schema": 99}'],
    ids=["empty", "half", "list", "null", "bytes", "no-utf-8", "types", "deep", "schema"],
)
def test_other_files_are_refused_by_name(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "run.json").write_bytes(junk)
    with pytest.raises(InputError, match="run.json"):
        results.read(tmp_path / "run.json")


def test_another_schema_and_a_file_that_is_not_there_are_refused(result: RunResult, tmp_path: Path) -> None:
    results.write(msgspec.structs.replace(result, schema=99), tmp_path / "run.json")
    with pytest.raises(InputError, match="schema 99 is not known"):
        results.read(tmp_path / "run.json")
    with pytest.raises(InputError, match="nowhere.json: cannot be read"):
        results.read(tmp_path / "nowhere.json")
