"""Siblings in a folder run: found, told, and minded when a run goes on."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cleaner import records, runs
from cleaner.cli import main

STORIES = sorted((Path(__file__).parent / "siblings").glob("*.toml"))
RULE = "garbled/siblings/word-unlike-sibling"


def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
    """The command, in this process: what is loaded once serves all."""
    return CliRunner().invoke(main, [*map(str, arguments)], input=stdin)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    source.mkdir()
    for path in STORIES[:2]:
        story = tomllib.loads(path.read_text())
        for version in ("story", "spun"):
            (source / f"{path.stem}-{version}.txt").write_text(story[version])
    return source


def read(out: Path) -> dict[str, Any]:
    lines = (out / "findings.jsonl").read_text().splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def flags(record: dict[str, Any]) -> int:
    return sum(finding["rule"] == RULE for finding in record["findings"])


def test_in_a_small_folder_spun_versions_are_flagged_against_their_stories(folder: Path, tmp_path: Path) -> None:
    assert run("clean", folder, "-o", tmp_path / "out").exit_code == 0
    made = read(tmp_path / "out")
    assert {name for name, record in made.items() if flags(record)} == {f"{path.stem}-spun.txt" for path in STORIES[:2]}
    assert all(record["signals"]["siblings"] for record in made.values())
    [one, *_] = [finding for finding in made["chips-spun.txt"]["findings"] if finding["rule"] == RULE]
    assert "chips-story.txt has" in one["message"]


def test_they_are_left_out_where_that_is_asked(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("clean", folder, "-o", tmp_path / "out", "--no-siblings")
    assert not any(flags(record) or "siblings" in record["signals"] for record in read(tmp_path / "out").values())
    settings = tmp_path / "cleaner.toml"
    settings.write_text("siblings = false\n")
    monkeypatch.chdir(tmp_path)
    run("clean", folder, "-o", tmp_path / "set")
    settings.unlink()
    assert not any(map(flags, read(tmp_path / "set").values()))
    run("clean", folder, "-o", tmp_path / "off", "--off", "garbled/siblings/*")
    assert not any(map(flags, read(tmp_path / "off").values()))


def test_standard_input_has_no_siblings() -> None:
    assert run("clean", "-", "-o", "-", stdin=b"The mayor resigned.").exit_code == 0
    asked = run("clean", "-", "-o", "-", "--siblings", stdin=b"The mayor resigned.")
    assert asked.exit_code == 2
    assert "standard input" in asked.stderr


def test_explain_on_a_folder_shows_them(folder: Path) -> None:
    told = run("explain", folder).stdout
    assert RULE in told
    assert "chips-story.txt has" in told
    assert RULE not in run("explain", folder / "chips-spun.txt").stdout


def test_json_lines_are_compared_when_asked(folder: Path, tmp_path: Path) -> None:
    lines = [json.dumps({"id": file.name, "text": file.read_text()}) for file in sorted(folder.iterdir())]
    (tmp_path / "all.jsonl").write_text("\n".join(lines))
    run("clean", tmp_path / "all.jsonl", "-o", tmp_path / "out")
    assert not any(map(flags, read(tmp_path / "out").values()))
    run("clean", tmp_path / "all.jsonl", "-o", tmp_path / "out", "--siblings")
    assert sum(map(flags, read(tmp_path / "out").values()))


def test_the_same_command_again_does_nothing_and_a_changed_sibling_has_its_siblings_done_again(
    folder: Path, tmp_path: Path
) -> None:
    run("clean", folder, "-o", tmp_path / "out")
    before = read(tmp_path / "out")
    assert "4 documents done before" in run("clean", folder, "-o", tmp_path / "out").stderr
    assert read(tmp_path / "out") == before

    shutil.copy(folder / "chips-spun.txt", folder / "chips-story.txt")
    again = run("clean", folder, "-o", tmp_path / "out")
    assert "2 documents done before" in again.stderr  # those of the other story
    assert not flags(read(tmp_path / "out")["chips-spun.txt"])


def test_an_added_sibling_has_the_others_done_again_and_the_result_is_that_of_a_fresh_run(folder: Path, tmp_path: Path) -> None:
    story = (folder / "chips-story.txt").read_text()
    (folder / "chips-story.txt").unlink()
    run("clean", folder, "-o", tmp_path / "out")
    assert not flags(read(tmp_path / "out")["chips-spun.txt"])
    (folder / "chips-story.txt").write_text(story)
    run("clean", folder, "-o", tmp_path / "out")
    run("clean", folder, "-o", tmp_path / "fresh")
    assert (tmp_path / "out" / "findings.jsonl").read_bytes() == (tmp_path / "fresh" / "findings.jsonl").read_bytes()


def test_two_workers_and_another_order_of_inputs_give_the_same(folder: Path, tmp_path: Path) -> None:
    run("clean", folder, "-o", tmp_path / "one")
    run("clean", folder, "-o", tmp_path / "two", "--workers", "2")
    run("clean", *sorted(folder.iterdir(), reverse=True), "-o", tmp_path / "three")
    first, second, third = ((tmp_path / name / "findings.jsonl").read_bytes() for name in ("one", "two", "three"))
    assert first == second == third


def test_texts_beyond_what_is_kept_in_memory_are_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with runs.Siblings(records.read([str(folder)])) as in_memory:
        monkeypatch.setattr("cleaner.runs.siblings.TEXTS_IN_MEMORY", 1)
        with runs.Siblings(records.read([str(folder)])) as on_disk:
            for document in records.read([str(folder)]):
                assert on_disk.of(document.id) == in_memory.of(document.id) != []


def test_a_document_that_cannot_be_read_has_no_siblings_and_spoils_none(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.jsonl").write_text("{not json\n")
    (folder / "binary.txt").write_bytes(b"\x00\x01\x02\xff" * 100)
    done = run("clean", folder, "-o", tmp_path / "out", "--siblings")
    assert done.exit_code == 1
    assert flags(read(tmp_path / "out")["chips-spun.txt"])
