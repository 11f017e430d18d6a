"""`cleaner bench`, as it is called."""

import json
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from cleaner.bench import gate, results
from cleaner.cli import main


def bench(*arguments: str | int | Path) -> Result:
    return CliRunner().invoke(main, ["bench", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def ran(folder: Path) -> Result:
    return bench(
        *("run", "--sample", 2, "--task", "html", "--system", "cleaner balanced", "--json", folder / "run.json"),
        *("--html", folder / "run.html"),
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that holds what is measured at once."""
    monkeypatch.setattr(gate, "HELD", {"language": ("cleaner language", ("right", "wrong"))})


def test_a_run_writes_its_page_and_its_figures(ran: Result, folder: Path) -> None:
    assert ran.exit_code == 0, ran.stderr
    assert "cleaner balanced" in ran.stdout
    assert "built-in: 2 pages" in ran.stdout
    written = results.read(folder / "run.json")
    assert written.pages == 2
    [task] = written.tasks
    assert [one.name for one in task.systems] == ["cleaner balanced"]
    assert 0.3 < task.systems[0].scores["f1"] <= 1
    page = (folder / "run.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 2
    assert all(row.id in page for row in task.systems[0].rows)


def test_a_run_is_compared_with_a_later_one(ran: Result, folder: Path) -> None:
    assert ran.exit_code == 0
    before = results.read(folder / "run.json")
    [task] = before.tasks
    [one] = task.systems
    rows = (msgspec.structs.replace(one.rows[0], scores={**one.rows[0].scores, "f1": 0.01}), *one.rows[1:])
    after = msgspec.structs.replace(task, systems=(msgspec.structs.replace(one, rows=rows),))
    results.write(msgspec.structs.replace(before, tasks=(after,)), folder / "after.json")
    done = bench("compare", folder / "run.json", folder / "after.json")
    assert done.exit_code == 0, done.stderr
    assert "of 2 documents 0 won, 1 lost" in done.stdout
    assert one.rows[0].id in done.stdout
    assert one.rows[1].id not in done.stdout
    other = bench("compare", folder / "run.json", folder / "after.json", "--system", "goose3")
    assert other.exit_code == 2
    assert "no task in common in which 'goose3' has run" in other.stderr


def test_runs_on_different_data_are_not_compared(ran: Result, folder: Path) -> None:
    assert ran.exit_code == 0
    other = msgspec.structs.replace(results.read(folder / "run.json"), checksum="0123456789abcdef")
    results.write(other, folder / "other.json")
    done = bench("compare", folder / "run.json", folder / "other.json")
    assert done.exit_code == 2
    assert "different data" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--task", "htlm"],
            "no task 'htlm'; there are html, dump, after, loss, encoding, lost-bytes, charset, garbled, language, speed, all",
        ),
        (["--task", "html", "--system", "no-such"], "no system 'no-such' in these tasks; there are:\n  html: trafilatura"),
        (["--data", "nowhere"], "nowhere: no such file or folder; pages to measure on can be had here"),
        (["--data", __file__], "holds no pages in a layout that is known"),
        (["--fold", "7"], "7 is not in the range 0<=x<=4"),
        (["--sample", "0"], "--sample"),
        (["--seconds", "0"], "--seconds"),
        (["--profile", "no-such"], "no-such"),
        (["--rules", "no-such.toml"], "no-such.toml"),
    ],
)
def test_a_mistake_in_the_call_is_told_at_once(arguments: list[str], message: str) -> None:
    done = bench("run", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
    assert isinstance(done.exception, SystemExit)


def test_what_is_no_run_is_not_compared(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    done = bench("compare", tmp_path / "a.json", tmp_path / "a.json")
    assert done.exit_code == 2
    assert "a.json: is not the JSON of a benchmark run" in done.stderr
    assert bench("compare", tmp_path / "b.json", tmp_path / "a.json").exit_code == 2


def test_without_its_packages_the_benchmark_says_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    import cleaner.bench

    monkeypatch.setitem(sys.modules, "altair", None)
    for name in ("page", "charts"):
        monkeypatch.delitem(sys.modules, f"cleaner.bench.{name}", raising=False)
        monkeypatch.delattr(cleaner.bench, name, raising=False)
    done = bench("run", "--sample", 1)
    assert done.exit_code == 2
    assert "altair is not installed: pip install 'cleaner-text[bench]'" in done.stderr


@pytest.mark.usefixtures("quick")
def test_a_floor_that_is_too_high_fails_and_is_named_and_may_only_be_lowered_by_word(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    made = bench("gate", "--baseline", baseline, "--update")
    assert made.exit_code == 0, made.stderr
    assert bench("gate", "--baseline", baseline).exit_code == 0
    held = json.loads(baseline.read_text())
    baseline.write_text(json.dumps({**held, "floors": {"language": {**held["floors"]["language"], "right": 1.0}}}))
    failed = bench("gate", "--baseline", baseline)
    assert failed.exit_code == 1
    assert "language: right is 0." in failed.stderr
    assert "the floor is 1.000" in failed.stderr
    assert "wrong" not in failed.stderr
    refused = bench("gate", "--baseline", baseline, "--update")
    assert refused.exit_code == 2
    assert "floors fall only with --lower" in refused.stderr
    assert json.loads(baseline.read_text())["floors"]["language"]["right"] == 1.0
    assert bench("gate", "--baseline", baseline, "--update", "--lower").exit_code == 0
    assert json.loads(baseline.read_text()) == held


@pytest.mark.parametrize("content", [None, "{}"])
def test_a_gate_without_a_baseline_does_not_open(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "baseline.json").write_text(content)
    done = bench("gate", "--baseline", tmp_path / "baseline.json")
    assert done.exit_code == 2
    assert "baseline.json: " in done.stderr
