"""Two runs compared, and the floors of the gate."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from cleaner.bench import compare, gate, results
from cleaner.bench.gate import Baseline
from cleaner.bench.results import Labelled, Row, RuleEffect, RunResult, SystemResult, TaskResult
from cleaner.records import InputError

OURS = "cleaner balanced"
NAV = "boilerplate/navigation/bar"


def task(*runs: SystemResult, name: str = "html", focus: str = OURS) -> TaskResult:
    documents = tuple(Labelled(id=row.id, groups={}) for row in runs[0].rows)
    return TaskResult(name=name, summary="", main="f1", columns=("f1",), systems=runs, documents=documents, focus=focus)


def system(
    scores: Mapping[str, float], name: str = OURS, rules: Mapping[str, dict[str, RuleEffect]] | None = None
) -> SystemResult:
    rows = tuple(Row(id=key, scores={"f1": value}, rules=(rules or {}).get(key, {})) for key, value in scores.items())
    return SystemResult(name=name, rows=rows)


def stored(path: Path, *tasks: TaskResult, checksum: str = "same") -> Path:
    run = RunResult(version="1", python="3", command="", data="made", checksum=checksum, pages=3, tasks=tasks)
    results.write(run, path)
    return path


def text_of(found: compare.Comparison) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        for line in compare.lines(found):
            console.print(line)
    return capture.get()


def test_winners_losers_and_rules_are_named(tmp_path: Path) -> None:
    old = {"a": {NAV: RuleEffect(1, 5, 0)}, "b": {NAV: RuleEffect(2, 7, 1), "x/y/same": RuleEffect(1, 1, 1)}}
    new = {"a": {"x/y/same": RuleEffect(1, 1, 1), "x/y/new": RuleEffect(4, 90, 3)}, "c": {NAV: RuleEffect(1, 2, 0)}}
    first = stored(tmp_path / "1.json", task(system({"a": 0.5, "b": 0.9, "c": 0.2, "d": 0.6}, rules=old)))
    second = stored(tmp_path / "2.json", task(system({"a": 0.75, "b": 0.8, "c": 0.2, "d": 0.3}, rules=new)))
    [found] = compare.compare(first, second, None, None, None)
    assert found.moved == (("d", 0.6, 0.3), ("b", 0.9, 0.8), ("a", 0.5, 0.75))
    assert found.documents == 4
    assert found.means == pytest.approx((0.55, 0.5125))
    assert found.difference[0] < -0.0375 < found.difference[1]
    assert found.rules == (
        ("x/y/new", RuleEffect(0, 0, 0), RuleEffect(4, 90, 3)),
        (NAV, RuleEffect(3, 12, 1), RuleEffect(1, 2, 0)),
    )
    told = text_of(found)
    assert "of 4 documents 1 won, 2 lost" in told
    lost, won = told.index("lost 0.600 → 0.300 d"), told.index("won  0.500 → 0.750 a")
    assert lost < told.index("lost 0.900 → 0.800 b") < won
    assert "0 → 90" in told
    assert "x/y/same" not in told


def test_a_run_does_not_differ_from_itself(tmp_path: Path) -> None:
    path = stored(tmp_path / "1.json", task(system({"a": 0.1 + 0.2, "b": 0.9}, rules={"a": {NAV: RuleEffect(1, 5, 0)}})))
    [found] = compare.compare(path, path, None, None, None)
    assert (found.moved, found.rules, found.difference) == ((), (), (0, 0))
    assert "0 won, 0 lost" in text_of(found)


def test_only_documents_that_both_have_are_compared(tmp_path: Path) -> None:
    first = stored(tmp_path / "1.json", task(system({"a": 0.5, "b": 0.5})))
    second = stored(tmp_path / "2.json", task(system({"b": 0.7, "c": 0.1})))
    [found] = compare.compare(first, second, None, None, None)
    assert found.documents == 1
    assert found.means == (0.5, 0.7)


def test_one_system_is_compared_with_another(tmp_path: Path) -> None:
    path = stored(tmp_path / "1.json", task(system({"a": 0.5}), system({"a": 0.75}, "goose3")))
    [found] = compare.compare(path, path, "html", "goose3", OURS)
    assert found.systems == (OURS, "goose3")
    assert found.means == (0.5, 0.75)
    assert f"{OURS} → goose3" in text_of(found)
    [alone] = compare.compare(path, path, None, "goose3", None)
    assert alone.systems == ("goose3", "goose3")


def test_names_of_documents_are_no_markup(tmp_path: Path) -> None:
    first = stored(tmp_path / "1.json", task(system({"[red]a[/nothing]": 0.5})))
    second = stored(tmp_path / "2.json", task(system({"[red]a[/nothing]": 0.7})))
    assert "[red]a[/nothing]" in text_of(compare.compare(first, second, None, None, None)[0])


def test_runs_on_different_data_are_not_compared(tmp_path: Path) -> None:
    first = stored(tmp_path / "1.json", task(system({"a": 0.5})), checksum="one")
    second = stored(tmp_path / "2.json", task(system({"a": 0.5})), checksum="other")
    with pytest.raises(InputError, match="different data: checksums one and other"):
        compare.compare(first, second, None, None, None)


@pytest.mark.parametrize(("wanted", "name"), [("dump", None), ("html", "no-such"), (None, "goose3")])
def test_nothing_in_common_is_an_error(tmp_path: Path, wanted: str | None, name: str | None) -> None:
    lacking = SystemResult(name="goose3", missing="not installed")
    path = stored(tmp_path / "1.json", task(system({"a": 0.5}), lacking))
    with pytest.raises(InputError, match="no task in common"):
        compare.compare(path, path, wanted, name, None)


def measured(**changes: float) -> RunResult:
    """A run with every held figure: 0.5, or as `changes` say, by task and score."""
    tasks = []
    for name, (held_system, held) in gate.HELD.items():
        figures = {score: changes.get(f"{name}_{score}", 0.5) for score in held}
        tasks.append(task(SystemResult(name=held_system, scores={**figures, "other": 0.1}), name=name))
    return RunResult(version="1", python="3", command="", data="built-in", checksum="same", pages=1, tasks=tuple(tasks))


def on_other_cases(**changes: float) -> RunResult:
    return msgspec.structs.replace(measured(**changes), checksum="other")


def floors(**changes: float) -> Baseline:
    return Baseline("same", gate.figures(measured(**changes)))


def test_floors_hold_at_what_was_measured_and_above() -> None:
    assert gate.broken(floors(), measured()) == []
    assert gate.broken(floors(), measured(html_f1=0.9, html_unwanted=0.1, language_wrong=0.0)) == []


def test_floors_hold_within_the_slack_and_no_further() -> None:
    assert gate.broken(floors(), measured(html_f1=0.5 - gate.SLACK * 0.9, html_unwanted=0.5 + gate.SLACK * 0.9)) == []
    assert gate.broken(floors(), measured(html_f1=0.5 - gate.SLACK * 1.5)) == ["html: f1 is 0.495, the floor is 0.500"]
    rates = floors(garbled_false_flags_per_10000_words=2.0)
    assert gate.broken(rates, measured(garbled_false_flags_per_10000_words=2.09)) == []
    assert gate.broken(rates, measured(garbled_false_flags_per_10000_words=2.2)) == [
        "garbled: false_flags_per_10000_words is 2.20, the floor is 2.00"
    ]


@pytest.mark.parametrize("score", ["html_unwanted", "loss_touched", "language_wrong"])
def test_a_score_that_is_better_when_low_may_not_rise(score: str) -> None:
    name, _, figure = score.partition("_")
    assert gate.broken(floors(), measured(**{score: 0.4})) == []
    [complaint] = gate.broken(floors(), measured(**{score: 0.6}))
    assert complaint == f"{name}: {figure} is 0.600, the floor is 0.500"


def test_every_score_that_fell_is_told() -> None:
    complaints = gate.broken(floors(), measured(html_f1=0.4, after_recall=0.4, garbled_found=0.1))
    assert [complaint.split(" is ")[0] for complaint in complaints] == ["html: f1", "after: recall", "garbled: found"]


def test_a_figure_without_a_floor_is_told() -> None:
    baseline = Baseline("same", {**floors().floors, "loss": {}})
    assert "loss: kept has no floor yet: --update" in gate.broken(baseline, measured())


def test_other_cases_are_told_and_nothing_else() -> None:
    [complaint] = gate.broken(floors(), on_other_cases(html_f1=0.1))
    assert "the cases have changed (checksum same, now other)" in complaint


def test_a_system_that_could_not_run_is_an_error_and_no_zero() -> None:
    run = measured()
    without = tuple(
        msgspec.structs.replace(one, systems=(SystemResult(name=OURS, missing="not installed: pip install it"),))
        if one.name == "html"
        else one
        for one in run.tasks
    )
    with pytest.raises(InputError, match="cleaner balanced could not be run: not installed: pip install it"):
        gate.broken(floors(), msgspec.structs.replace(run, tasks=without))
    with pytest.raises(InputError, match="could not be run"):
        gate.figures(msgspec.structs.replace(run, tasks=run.tasks[:2]))


def test_an_update_raises_floors() -> None:
    new = gate.updated(floors(), measured(html_f1=0.75, html_unwanted=0.25), lower=False)
    assert new.floors["html"]["f1"] == 0.75
    assert new.floors["html"]["unwanted"] == 0.25
    assert new.floors["loss"] == floors().floors["loss"]
    assert gate.updated(None, measured(), lower=False) == floors()


@pytest.mark.parametrize(("change", "told"), [({"html_f1": 0.4}, "f1"), ({"html_unwanted": 0.6}, "unwanted")])
def test_an_update_lets_no_floor_fall_unless_it_is_told_to(change: dict[str, float], told: str) -> None:
    fallen = measured(**change)
    with pytest.raises(InputError, match=f"floors fall only with --lower:\n  html: {told} would fall from 0.500 to"):
        gate.updated(floors(), fallen, lower=False)
    assert gate.updated(floors(), fallen, lower=True).floors == gate.figures(fallen)


def test_many_small_updates_do_not_let_a_floor_sink_below_its_slack() -> None:
    baseline = floors()
    with pytest.raises(InputError, match="fall only with --lower"):
        for step in range(1, 6):
            baseline = gate.updated(baseline, measured(html_f1=0.5 - step * gate.SLACK * 0.9), lower=False)
    assert baseline.floors["html"]["f1"] == 0.5


def test_an_update_on_other_cases_takes_their_checksum() -> None:
    assert gate.updated(floors(), on_other_cases(), lower=False).checksum == "other"


def test_a_baseline_goes_through_its_file(tmp_path: Path) -> None:
    baseline = floors(html_f1=0.12345)
    gate.write(baseline, tmp_path / "baseline.json")
    assert gate.read(tmp_path / "baseline.json") == baseline
    assert (tmp_path / "baseline.json").read_text().count("\n") > 20  # its changes are read in diffs


@pytest.mark.parametrize("junk", [b"", b"[]", b'{"checksum": 1, "floors": {}}', b'{"checksum": "\xff"}'])
def test_what_is_no_baseline_is_refused_by_name(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "baseline.json").write_bytes(junk)
    with pytest.raises(InputError, match="baseline.json"):
        gate.read(tmp_path / "baseline.json")
    with pytest.raises(InputError, match="nowhere.json: cannot be read"):
        gate.read(tmp_path / "nowhere.json")


def test_the_shipped_floors_are_of_the_built_in_cases_and_hold_everything_that_is_held() -> None:
    from making import REPO

    from cleaner.bench import cases

    baseline = gate.read(REPO / "benchmarks" / "baseline.json")
    assert baseline.checksum == cases.load(None).checksum
    assert {name: set(held) for name, held in baseline.floors.items()} == {
        name: set(scores) for name, (_, scores) in gate.HELD.items()
    }
