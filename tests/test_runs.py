"""Runs over folders: what is written, what is done again, and what is kept apart."""

import gzip
import json
import os
import random
import shutil
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from running import clean, records, rules, snapshot, write_lines

from cleaner.columns import from_batch
from cleaner.pipeline import Cleaner
from cleaner.records import InputError, read, scan
from cleaner.report import from_json, to_json
from cleaner.runs import (
    BusyError,
    Folder,
    Settings,
    Shard,
    Siblings,
    StaleEpochError,
    clean_folder,
    clean_shard,
    folder,
    parts,
    plan,
    read_account,
    read_results,
    shards,
    unique_ids,
)
from cleaner.runs.manifest import Manifest
from cleaner.runs.parts import read_part, written_lines
from cleaner.text import Document

TEXT = "The mayor resigned on Monday, her office said."
CHROME = f"{TEXT}\n\nLeave a reply\n"


@pytest.fixture(scope="module")
def cleaner(tmp_path_factory: pytest.TempPathFactory) -> Cleaner:
    return Cleaner("careful", [rules(tmp_path_factory.mktemp("rules"))])


def many(number: int) -> list[str]:
    return [f"{TEXT} It was resignation number {one}.\n\nLeave a reply" for one in range(number)]


# ---- what is written


@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst"])
def test_nothing_of_many_long_records_is_lost_in_an_archive(tmp_path: Path, name: str) -> None:
    draw = random.Random(1)
    lines = [f'{{"id":"{number}","text":"{draw.randbytes(30_000).hex()}"}}\n'.encode() for number in range(200)]
    with ExitStack() as open_files:
        file = written_lines((tmp_path / name).open("wb"), name, open_files)
        for line in lines:
            file.write(line)
    assert [json.loads(line) for line in lines] == list(read_part(tmp_path / name))


@pytest.mark.parametrize("output_format", ["jsonl", "jsonl.gz", "jsonl.zst"])
def test_all_documents_are_one_file_of_json_lines_which_give_the_originals_back(
    cleaner: Cleaner, tmp_path: Path, output_format: str
) -> None:
    write_lines(tmp_path / "x.jsonl", many(100))
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", output_format)
    found = [from_json(json.dumps(record)) for record in read_part(tmp_path / "out" / f"documents.{output_format}")]
    assert sorted(result.revert() for result in found) == sorted(many(100))
    assert all("Leave a reply" not in result.text for result in found)
    assert [result.id for result in found] == sorted(result.id for result in found)


def test_parquet_holds_findings_as_columns_and_gives_the_originals_back(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", many(50), title="On mayors", tags=["a", "b"])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "parquet")
    table = pq.read_table(tmp_path / "out" / "documents.parquet")
    assert [result.revert() for result in from_batch(table)] == many(50)
    assert table.column("title").to_pylist() == ["On mayors"] * 50
    assert table.column("tags").to_pylist() == [["a", "b"]] * 50


def test_other_fields_travel_from_lines_to_lines_and_none_hides_one_of_the_result(cleaner: Cleaner, tmp_path: Path) -> None:
    other = {"title": "On mayors", "language": "xx", "source_language": "yy", "error": 5, "deep": {"a": [1, None, 2.5]}}
    write_lines(tmp_path / "x.jsonl", [CHROME], **other)
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    [record] = records(tmp_path / "out" / "documents.jsonl")
    assert record["title"] == "On mayors"
    assert record["deep"] == {"a": [1, None, 2.5]}
    assert record["source_language"] == "yy"
    assert record["source_source_language"] == "xx"
    assert record["source_error"] == 5
    assert (record["language"], record["error"]) == ("en", None)
    assert from_json(json.dumps(record)).revert() == CHROME


def test_columns_travel_from_parquet_to_parquet(cleaner: Cleaner, tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": [CHROME, TEXT],
            "n": [1, None],
            "share": [float("inf"), 0.5],
            "when": pa.array([0, 1], pa.timestamp("us")),
            "raw": [b"\xff", b""],
            "nested": [{"a": 1, "b": ["x"]}, None],
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    clean(cleaner, tmp_path / "x.parquet", tmp_path / "out", "parquet")
    out = pq.read_table(tmp_path / "out" / "documents.parquet")
    for name in ("n", "share", "when", "raw", "nested"):
        assert out.column(name).to_pylist() == table.column(name).to_pylist()


def test_columns_travel_from_parquet_to_lines(cleaner: Cleaner, tmp_path: Path) -> None:
    columns = {
        "text": [CHROME],
        "when": pa.array([0], pa.timestamp("ns", "UTC")),
        "raw": [b"\xff"],
        "price": pa.array(["1.50"]).cast(pa.decimal128(5, 2)),
        "took": pa.array([1_500], pa.duration("ms")),
        "pairs": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    clean(cleaner, tmp_path / "x.parquet", tmp_path / "out")
    [record] = records(tmp_path / "out" / "documents.jsonl")
    assert record["error"] is None
    assert record["when"].startswith("1970-01-01")
    assert (record["raw"], record["price"], record["took"], record["pairs"]) == ("/w==", "1.50", "PT1.5S", [["a", 1]])


def test_a_field_that_fits_no_column_is_kept_as_json(cleaner: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "FIRST_DOCUMENTS", 2)
    monkeypatch.setattr(folder, "SINGLE_FILE_BYTES", 0)
    values: list[Any] = [1, 2, "three", 4, {"five": 5}, None, {}, "\ud83d"]
    lines = [json.dumps({"id": f"d{n}", "text": TEXT, "mixed": value}) for n, value in enumerate(values)]
    lines.append(json.dumps({"id": "late", "text": TEXT, "new": [1]}))
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "parquet")
    rows = pq.read_table(tmp_path / "out" / "documents").to_pylist()  # all parts have the same columns
    seen = {row["id"]: row["mixed"] if row["mixed"] is not None else json.loads(row["other_fields"] or "{}") for row in rows}
    in_column = {"d0": 1, "d1": 2, "d3": 4, "d5": {}}
    as_json = {"d2": "three", "d4": {"five": 5}, "d6": {}, "d7": "\ud83d"}
    assert seen == {**in_column, **{name: {"mixed": value} for name, value in as_json.items()}, "late": {"new": [1]}}


def test_fields_whose_names_or_depth_no_column_can_have_are_kept_as_json(cleaner: Cleaner, tmp_path: Path) -> None:
    deep = '{"a": ' * 60 + "[[[]]]" + "}" * 60
    lists = "[" * 60 + "1" + "]" * 60
    line = f'{{"id": "a", "text": "{TEXT}", "\\udcff": 1, "deep": {deep}, "lists": {lists}, "other_fields": {{"n": 5}}}}'
    (tmp_path / "x.jsonl").write_text(line)
    given = {name: value for name, value in json.loads(line).items() if name not in ("id", "text", "other_fields")}
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "parquet", "parquet")
    [row] = pq.read_table(tmp_path / "parquet" / "documents.parquet").to_pylist()
    assert (json.loads(row["other_fields"]), row["source_other_fields"], row["error"]) == (given, {"n": 5}, None)
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "lines")
    [record] = records(tmp_path / "lines" / "documents.jsonl")
    assert (record["text"], record["error"], record["\\udcff"]) == (TEXT, None, 1)
    assert from_json(json.dumps(record)).text == TEXT


def test_numbers_that_json_does_not_have_are_null_in_lines_and_stay_in_parquet(cleaner: Cleaner, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(f'{{"id": "a", "text": "{TEXT}", "nan": NaN, "inf": Infinity, "huge": -1e400}}')
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "lines")
    [record] = records(tmp_path / "lines" / "documents.jsonl")
    assert (record["nan"], record["inf"], record["huge"]) == (None, None, None)
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "parquet", "parquet")
    [row] = pq.read_table(tmp_path / "parquet" / "documents.parquet").to_pylist()
    assert (str(row["nan"]), row["inf"], row["huge"], row["other_fields"]) == ("nan", float("inf"), float("-inf"), None)


def test_what_json_has_no_form_for_is_written_in_other_fields_as_in_lines(cleaner: Cleaner, tmp_path: Path) -> None:
    mixed = [{"raw": b"\xff", "share": float("nan"), "big": 10**30, "half": "\ud83d"}, float("inf"), "three"]
    entries = tuple(Document(id=f"d{number}", text=TEXT, metadata={"mixed": one}) for number, one in enumerate(mixed))
    settings = Settings(ruleset=cleaner.digest, format="parquet")
    with Folder(tmp_path, settings) as opened:
        [shard] = plan(entries, settings.digest)
        opened.publish(shard, [clean_shard(cleaner, shard, opened.task(shard))])
        opened.finish()

    def refused(name: str) -> None:
        pytest.fail(f"{name} is no JSON")

    rows = pq.read_table(tmp_path / "documents.parquet").column("other_fields").to_pylist()
    found = [json.loads(row, parse_constant=refused)["mixed"] for row in rows]
    assert found == [{"raw": "/w==", "share": None, "big": 10**30, "half": "\ud83d"}, None, "three"]


def test_fields_that_cannot_be_written_leave_the_text(
    cleaner: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(result: Any, *, with_text: bool, fields: Any) -> bytes:
        if fields:
            raise OverflowError("out of range")
        return to_json(result, with_text=with_text)

    monkeypatch.setattr(parts, "to_json", refused)
    shard = Shard(
        number=0,
        identity="x",
        size=0,
        keys=(b"", b""),
        identities=(b"", b""),
        entries=tuple(Document(id=text, text=text, metadata={"n": 1}) for text in (CHROME, "Page not found")),
    )
    with Folder(tmp_path, Settings(ruleset=cleaner.digest, format="jsonl")) as opened:
        opened.publish(shard, [clean_shard(cleaner, shard, opened.task(shard))])
        opened.finish()
    found = list(read_results(tmp_path, read_account(tmp_path)))
    assert {one.text for one in found} == {CHROME, "Page not found"}
    assert {one.error for one in found} == {"its other fields cannot be written: out of range"}


def test_a_large_output_is_a_folder_of_parts_in_the_order_of_the_inputs(
    cleaner: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(tmp_path / "x.jsonl", many(300))
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert (tmp_path / "out" / "documents.jsonl").exists()
    monkeypatch.setattr(folder, "SINGLE_FILE_BYTES", 10_000)
    again = clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert again.before == 300
    parts = sorted((tmp_path / "out" / "documents").iterdir())
    assert [path.name for path in parts] == [f"part-{number:05}.jsonl" for number in range(9)]  # eight of 32, then one of 64
    assert [record["id"] for record in records(tmp_path / "out" / "documents")] == [f"d{number}" for number in range(300)]
    assert not (tmp_path / "out" / "documents.jsonl").exists()
    monkeypatch.undo()
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert sorted(snapshot(tmp_path / "out")) == ["documents.jsonl"]


def test_what_is_small_in_archives_alone_is_not_put_in_order_in_memory(
    cleaner: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SINGLE_FILE_BYTES", 30_000)
    write_lines(tmp_path / "x.jsonl", [TEXT * 200] * 4)
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "jsonl.gz")
    assert sorted(snapshot(tmp_path / "out")) == ["documents/part-00000.jsonl.gz"]


def test_texts_keep_their_folders_and_records_with_one_id_are_all_there(cleaner: Cleaner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "a.txt").write_text(CHROME)
    lines = [{"id": name, "text": f"{TEXT} {name}"} for name in ("x", "x", "X", "x.txt", "deep/a.txt", "y.txt/z", "y")]
    (source / "records.jsonl").write_text("\n".join(map(json.dumps, lines)))
    clean(cleaner, source, tmp_path / "out", "txt")
    texts = {name: text for name, text in snapshot(tmp_path / "out").items() if name.endswith(".txt")}
    assert len(texts) == 8
    assert len({name.casefold() for name in texts}) == 8
    assert len({record["id"] for record in records(tmp_path / "out" / "findings.jsonl")}) == 8


def test_two_inputs_with_one_id_are_both_there(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [TEXT])
    write_lines(tmp_path / "y.jsonl", [CHROME])
    clean(cleaner, [str(tmp_path / "x.jsonl"), str(tmp_path / "y.jsonl")], tmp_path / "out")
    assert [record["id"] for record in records(tmp_path / "out" / "documents.jsonl")] == ["d0", "d0~2"]


@pytest.mark.parametrize("output_format", ["txt", "jsonl", "parquet"])
def test_rejected_documents_are_kept_apart_with_the_reasons_and_counted(
    cleaner: Cleaner, tmp_path: Path, output_format: str
) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME, "Page not found", TEXT])
    progress = clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", output_format)
    kept = {"txt": "findings.jsonl", "jsonl": "documents.jsonl", "parquet": "documents.parquet"}[output_format]
    rejected = "rejected.parquet" if output_format == "parquet" else "rejected.jsonl"
    assert [record["id"] for record in read_part(tmp_path / "out" / kept)] == ["d0", "d2"]
    [record] = read_part(tmp_path / "out" / rejected)
    assert (record["id"], record["text"]) == ("d1", "Page not found")
    assert [(one["rule"], one["action"]) for one in record["findings"]] == [("few/placeholder", "reject")]
    assert progress.totals.rejected_by == {"few/placeholder": 1}
    account = json.loads((tmp_path / "out" / "run.json").read_text())
    assert account["totals"]["rejected_by"] == {"few/placeholder": 1}
    assert not (tmp_path / "out" / "d1.txt").exists()


def test_the_text_of_a_document_that_is_now_rejected_is_gone(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME, TEXT])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt")
    write_lines(tmp_path / "x.jsonl", [CHROME, "Page not found"])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt")
    assert sorted(snapshot(tmp_path / "out")) == ["d0.txt", "findings.jsonl", "rejected.jsonl"]


def test_the_account_of_a_run_counts_all_that_is_in_the_output(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME, TEXT, "Page not found"])
    (tmp_path / "y.html").write_text(f"<p>{TEXT}</p>")
    (tmp_path / "z.jsonl").write_text("{no json")
    clean(cleaner, tmp_path, tmp_path / "out")
    clean(cleaner, tmp_path, tmp_path / "out")
    account = json.loads((tmp_path / "out" / "run.json").read_text())
    totals = account["totals"]
    assert (totals["documents"], totals["changed"], totals["failed"], totals["rejected"]) == (5, 1, 1, 1)
    assert totals["findings"] == {"drop": {"few/leave-a-reply": 1}, "reject": {"few/placeholder": 1}}
    assert sum(totals["languages"].values()) == 5
    assert totals["media_types"] == {"text/plain": 4, "text/html": 1}
    assert totals["failures"][0][0] == "z.jsonl:1"
    assert (account["before"], account["ruleset"], account["version"]) == (4, cleaner.digest, account["version"])


def test_ids_with_halves_of_characters_are_spelt_out_in_the_account(cleaner: Cleaner, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'{"id": "\\udcff", "foo": 1}\n')
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    [[name, error]] = json.loads((tmp_path / "out" / "run.json").read_text())["totals"]["failures"]
    assert (name, "no text in" in error) == ("\\udcff", True)
    [result] = read_results(tmp_path / "out", read_account(tmp_path / "out"))
    assert result.id == "\udcff"


# ---- what is done again


@pytest.mark.parametrize("output_format", ["txt", "jsonl", "parquet"])
def test_documents_with_halves_of_characters_count_the_same_when_they_are_taken_over(
    cleaner: Cleaner, tmp_path: Path, output_format: str
) -> None:
    broken = ["The \ud83d mayor resigned.\n\nLeave a reply", "\\ and \udcff\n\nLeave a reply"]
    write_lines(tmp_path / "x.jsonl", broken)
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", output_format)
    write_lines(tmp_path / "x.jsonl", [*broken, TEXT])
    again = clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", output_format)
    assert again.before == 2
    assert again.totals == clean(cleaner, tmp_path / "x.jsonl", tmp_path / "fresh", output_format).totals


def test_texts_of_files_with_names_that_are_not_utf8_stay_when_they_are_taken_over(cleaner: Cleaner, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "caf\udce9.txt").write_text(TEXT)
    clean(cleaner, folder, out, "txt")
    (folder / "more.txt").write_text(TEXT)
    again = clean(cleaner, folder, out, "txt")
    assert again.before == 1
    assert len(list(out.glob("*.txt"))) == 2
    assert all(result.error is None for result in read_results(out, read_account(out)))


def test_characters_of_markdown_are_counted_alike_when_it_is_taken_over(cleaner: Cleaner, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "one.md").write_text("The [council](https://example.org/council) met on Tuesday.\n\nLeave a reply\n")
    clean(cleaner, folder, tmp_path / "out", "txt")
    (folder / "two.md").write_text(TEXT)
    again = clean(cleaner, folder, tmp_path / "out", "txt")
    assert again.before == 1
    assert again.totals == clean(cleaner, folder, tmp_path / "fresh", "txt").totals


def test_the_same_run_again_does_nothing(cleaner: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(tmp_path / "x.jsonl", many(100))
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    before = snapshot(tmp_path / "out")
    monkeypatch.setattr(Folder, "task", lambda *_: pytest.fail("a shard is done again"))
    assert clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out").before == 100
    assert snapshot(tmp_path / "out") == before


@pytest.mark.parametrize("output_format", ["txt", "jsonl", "jsonl.gz", "parquet"])
def test_only_what_is_new_or_has_changed_is_done_again_and_the_result_is_that_of_a_fresh_run(
    cleaner: Cleaner, tmp_path: Path, output_format: str
) -> None:
    texts = [*many(100), "Page not found"]
    write_lines(tmp_path / "x.jsonl", texts, title="On mayors")
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", output_format)
    lines = (tmp_path / "x.jsonl").read_text().splitlines()
    lines[50] = json.dumps({"id": "d50", "text": "Changed.", "title": "On mayors"})
    lines[0:0] = [json.dumps({"id": f"new{number}", "text": TEXT, "title": "On mayors"}) for number in range(5)]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    again = clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", output_format)
    assert again.before == 100  # those on the other side of a new border between shards, too
    assert again.totals.documents == 106
    fresh = clean(cleaner, tmp_path / "x.jsonl", tmp_path / "fresh", output_format)
    assert fresh.totals == again.totals
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "fresh")


def test_a_text_that_was_deleted_is_made_again(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME, TEXT])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt")
    (tmp_path / "out" / "d0.txt").unlink()
    assert clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt").before == 1
    assert (tmp_path / "out" / "d0.txt").exists()


def test_other_rules_do_everything_again_and_say_so(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", many(40))
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    other = Cleaner("careful", cleaner.ruleset, off=["few/leave-a-reply"])
    with Folder(tmp_path / "out", Settings(ruleset=other.digest, format="jsonl")) as opened:
        assert opened.changed == "the rules or settings"
    assert clean(other, tmp_path / "x.jsonl", tmp_path / "out").before == 0
    assert records(tmp_path / "out" / "documents.jsonl")[0]["text"].endswith("Leave a reply")


def test_a_call_that_is_wrong_leaves_the_run_before_as_it_is(cleaner: Cleaner, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "x.jsonl", many(40))
    clean(cleaner, source, tmp_path / "out")
    account = read_account(tmp_path / "out")
    other = Cleaner("careful", cleaner.ruleset, off=["few/leave-a-reply"])
    for wrong in ([str(source), str(tmp_path / "typo")], [str(tmp_path / "out" / "documents.jsonl")]):
        with pytest.raises(InputError):
            clean(other, wrong, tmp_path / "out")
    assert read_account(tmp_path / "out") == account
    assert clean(cleaner, source, tmp_path / "out").before == 40


def test_another_format_leaves_nothing_of_the_first(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "parquet")
    assert sorted(snapshot(tmp_path / "out")) == ["documents.parquet"]


def test_a_part_that_is_not_as_it_was_written_is_made_again(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", many(40))
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    before = snapshot(tmp_path / "out")
    part = next((tmp_path / "out" / ".cleaner" / "parts").iterdir())
    part.write_bytes(part.read_bytes()[:-10])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert snapshot(tmp_path / "out") == before


def test_what_failed_is_tried_again(cleaner: Cleaner, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "a", "text": TEXT}) + "\n{broken\n")
    assert clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out").totals.failed == 1
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "a", "text": TEXT}) + "\n" + json.dumps({"id": "b", "text": TEXT}))
    again = clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert (again.totals.failed, again.before) == (0, 1)


def test_a_file_that_changes_during_the_run_is_done_again_by_the_next(cleaner: Cleaner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text(CHROME)
    settings = Settings(ruleset=cleaner.digest, format="jsonl")
    with Folder(tmp_path / "out", settings) as opened:
        [shard] = plan(scan([str(source)]), settings.digest)
        (source / "a.txt").write_text("Changed after it was seen, before it was read.")
        opened.publish(shard, [clean_shard(cleaner, shard, opened.task(shard))])
        opened.finish()
    again = clean(cleaner, source, tmp_path / "out")
    assert again.before == 0
    [record] = records(tmp_path / "out" / "documents.jsonl")
    assert record["text"].startswith("Changed after")


def test_another_file_of_the_same_name_size_and_time_is_another_document(cleaner: Cleaner, tmp_path: Path) -> None:
    for name, text in (("x", "The mayor resigned."), ("y", "The mayor remained.")):
        folder_of(tmp_path / name, a=text)
        os.utime(tmp_path / name / "a.txt", ns=(10**18, 10**18))
    clean(cleaner, tmp_path / "x", tmp_path / "out", "txt")
    assert clean(cleaner, tmp_path / "x", tmp_path / "out", "txt").before == 1
    assert clean(cleaner, tmp_path / "y", tmp_path / "out", "txt").before == 0
    assert (tmp_path / "out" / "a.txt").read_text() == "The mayor remained."
    (tmp_path / "y" / "a.txt").write_text("The mayor reminded.")
    os.utime(tmp_path / "y" / "a.txt", ns=(10**18, 10**18))
    assert clean(cleaner, tmp_path / "y", tmp_path / "out", "txt").before == 0


# ---- who may publish


def test_a_second_run_in_the_same_folder_is_refused_and_says_who_is_there(cleaner: Cleaner, tmp_path: Path) -> None:
    settings = Settings(ruleset=cleaner.digest)
    with Folder(tmp_path / "out", settings), pytest.raises(BusyError, match=f"process {os.getpid()}"):
        Folder(tmp_path / "out", settings)
    with Folder(tmp_path / "out", settings) as later:
        assert later.epoch == 2


def test_a_folder_that_cannot_be_used_is_not_left_locked(tmp_path: Path) -> None:
    out, settings = tmp_path / "out", Settings(ruleset="x")
    with Folder(out, settings):
        pass
    (out / ".cleaner" / "work").write_text("in the way")
    with pytest.raises(FileExistsError) as failure:
        Folder(out, settings)
    (out / ".cleaner" / "work").unlink()
    with Folder(out, settings):  # also while the failure is looked at
        assert failure.value


def test_only_the_current_epoch_publishes(cleaner: Cleaner, tmp_path: Path) -> None:
    settings = Settings(ruleset=cleaner.digest, format="jsonl")
    write_lines(tmp_path / "x.jsonl", [CHROME])
    with Folder(tmp_path / "out", settings) as opened:
        [shard] = plan(scan([str(tmp_path / "x.jsonl")]), settings.digest)
        piece = clean_shard(cleaner, shard, opened.task(shard))
        opened._manifest.note({"epoch": "99"})
        with pytest.raises(StaleEpochError):
            opened.publish(shard, [piece])
        assert not list((tmp_path / "out" / ".cleaner" / "parts").iterdir())


def test_workers_of_a_run_that_is_gone_disturb_nothing(cleaner: Cleaner, tmp_path: Path) -> None:
    settings = Settings(ruleset=cleaner.digest, format="txt")
    write_lines(tmp_path / "x.jsonl", many(40))
    opened = Folder(tmp_path / "out", settings)
    first, second = plan(scan([str(tmp_path / "x.jsonl")]), settings.digest)
    orphaned = opened.task(first)
    opened._manifest.close()  # as when the process is killed
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt")
    before = snapshot(tmp_path / "out")
    with pytest.raises(OSError, match="No such file"):
        clean_shard(cleaner, first, orphaned)
    assert snapshot(tmp_path / "out") == before
    assert second.number == 1


@pytest.mark.parametrize("damage", [b"this is no database" * 100, b""])
def test_a_damaged_manifest_is_told_or_begun_anew(cleaner: Cleaner, tmp_path: Path, damage: bytes) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    (tmp_path / "out" / ".cleaner" / "manifest.sqlite").write_bytes(damage)
    if damage:
        with pytest.raises(ValueError, match="to start anew"):
            clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    else:
        with pytest.raises(ValueError, match="--overwrite"):
            clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
        assert clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", overwrite=True).before == 0


# ---- what is removed, and what is somebody else's


def finished(cleaner: Cleaner, source: Path, out: Path, output_format: Any = "txt") -> Folder:
    """The folder of a whole run, which says what it has removed."""
    with Folder(out, Settings(ruleset=cleaner.digest, format=output_format)) as opened:
        clean_folder(cleaner, [str(source)], opened)
    return opened


def folder_of(path: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).with_suffix(".txt").write_text(text)
    return path


def test_the_texts_of_documents_that_are_gone_are_removed_and_nothing_else(cleaner: Cleaner, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in", a=CHROME, b=TEXT, **{"deep/er/c": TEXT, "deep/d": TEXT})
    clean(cleaner, source, tmp_path / "out", "txt")
    (tmp_path / "out" / "mine.txt").write_text("mine")
    (source / "b.txt").unlink()
    shutil.rmtree(source / "deep" / "er")
    opened = finished(cleaner, source, tmp_path / "out")
    assert (opened.gone, opened.removed, opened.removed_names) == (2, 2, ["b.txt", "deep/er/c.txt"])
    assert sorted(snapshot(tmp_path / "out")) == ["a.txt", "deep/d.txt", "findings.jsonl", "mine.txt"]
    assert not (tmp_path / "out" / "deep" / "er").exists()
    opened = finished(cleaner, source, tmp_path / "out")
    assert (opened.gone, opened.removed) == (0, 0)


def test_a_run_that_does_not_come_to_its_end_removes_nothing(cleaner: Cleaner, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in", a=CHROME, b=TEXT)
    clean(cleaner, source, tmp_path / "out", "txt")
    with Folder(tmp_path / "out", Settings(ruleset=cleaner.digest, format="jsonl")):
        pass
    assert {"a.txt", "b.txt"} < {*snapshot(tmp_path / "out")}
    assert sorted(snapshot(tmp_path / "out")) == ["a.txt", "b.txt", "findings.jsonl"]


@pytest.mark.parametrize("output_format", ["txt", "jsonl"])
def test_documents_of_other_inputs_are_counted_when_they_go(cleaner: Cleaner, tmp_path: Path, output_format: str) -> None:
    clean(cleaner, folder_of(tmp_path / "x", a=CHROME, b=TEXT, c="Page not found"), tmp_path / "out", output_format)
    other = Cleaner("careful", cleaner.ruleset, off=["few/leave-a-reply"])  # nor does it matter that all is done again
    opened = finished(other, folder_of(tmp_path / "y", b=TEXT, d=TEXT), tmp_path / "out", output_format)
    assert opened.gone == 2


def test_texts_of_runs_over_other_inputs_stay_and_are_known_for_what_they_are(cleaner: Cleaner, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in", a=CHROME, b=TEXT, c=TEXT)
    out = tmp_path / "out"
    for name, left in (("a", 0), ("b", 1), ("c", 2), ("c", 2)):
        opened = finished(cleaner, source / f"{name}.txt", out)
        assert (opened.removed, opened.left) == (0, left)
    assert sorted(snapshot(out)) == ["a.txt", "b.txt", "c.txt", "findings.jsonl"]
    assert clean(cleaner, source, out, "txt").totals.failed == 0  # they are no files of somebody else
    (source / "b.txt").unlink()
    assert finished(cleaner, source, out).removed_names == ["b.txt"]
    opened = finished(cleaner, Path(os.path.relpath(source)), out)
    assert (opened.removed, opened.left) == (0, 0)


def test_a_document_that_fails_now_is_not_gone(cleaner: Cleaner, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": "x.jsonl:1", "text": "A text."}\n')
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    (tmp_path / "x.jsonl").write_text("no json\n")
    assert finished(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "jsonl").gone == 0


def test_what_another_format_or_no_markdown_leaves_no_place_for_is_removed(cleaner: Cleaner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.html").write_text(f"<p>{TEXT}</p>")
    (source / "b.txt").write_text(TEXT)
    clean(Cleaner("careful", cleaner.ruleset, markdown=True), source, tmp_path / "out", "txt")
    assert sorted(snapshot(tmp_path / "out")) == ["a.html.md", "a.html.txt", "b.txt", "findings.jsonl"]
    assert finished(cleaner, source, tmp_path / "out").removed_names == ["a.html.md"]
    opened = finished(cleaner, source, tmp_path / "out", "jsonl")
    assert (opened.gone, opened.removed_names) == (0, ["a.html.txt", "b.txt"])
    assert sorted(snapshot(tmp_path / "out")) == ["documents.jsonl"]


def test_markdown_that_was_deleted_is_made_again(cleaner: Cleaner, tmp_path: Path) -> None:
    marking = Cleaner("careful", cleaner.ruleset, markdown=True)
    (tmp_path / "a.html").write_text(f"<p>{TEXT}</p>")
    clean(marking, tmp_path / "a.html", tmp_path / "out", "txt")
    before = snapshot(tmp_path / "out")
    (tmp_path / "out" / "a.html.md").unlink()
    clean(marking, tmp_path / "a.html", tmp_path / "out", "txt")
    assert snapshot(tmp_path / "out") == before


def test_a_name_that_changes_its_capitals_is_one_file(cleaner: Cleaner, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in", Story=TEXT)
    clean(cleaner, source, tmp_path / "out", "txt")
    (source / "Story.txt").rename(source / "story.txt")
    opened = finished(cleaner, source, tmp_path / "out")
    assert (tmp_path / "out" / "story.txt").read_text() == TEXT
    assert (opened.removed, len(snapshot(tmp_path / "out"))) == (0, 2)


def test_a_file_that_no_run_made_is_replaced_only_where_that_is_asked_for(cleaner: Cleaner, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in", a=CHROME, b=TEXT, **{"c/d": TEXT})
    out = folder_of(tmp_path / "out", a="mine")
    (out / "c").write_text("mine, too")
    progress = clean(cleaner, source, out, "txt")
    assert ((out / "a.txt").read_text(), (out / "b.txt").read_text(), (out / "c").read_text()) == ("mine", TEXT, "mine, too")
    [first, second] = progress.totals.failures
    assert first[0] == "a.txt"
    assert f"{out / 'a.txt'} is there" in first[1]
    assert "--overwrite" in first[1]
    assert "in the way" in second[1]
    assert "mine" not in {one.text for one in read_results(out, read_account(out))}
    (out / "c").unlink()
    assert clean(cleaner, source, out, "txt").totals.failed == 1  # it does not become this run's own by being refused
    assert clean(cleaner, source, out, "txt", overwrite=True).totals.failed == 0
    assert (out / "a.txt").read_text() == f"{TEXT}\n"
    assert clean(cleaner, source, out, "txt").before == 3


def test_markdown_that_no_run_made_stays(cleaner: Cleaner, tmp_path: Path) -> None:
    marking = Cleaner("careful", cleaner.ruleset, markdown=True)
    source = folder_of(tmp_path / "in", a=TEXT)
    (source / "b.html").write_text(f"<p>{TEXT}</p>")
    (tmp_path / "out").mkdir()
    for name in ("a.md", "b.html.md"):
        (tmp_path / "out" / name).write_text("mine")
    progress = clean(marking, source, tmp_path / "out", "txt")
    assert [told[0] for told in progress.totals.failures] == ["b.html"]  # of a text there is no Markdown
    assert {(tmp_path / "out" / name).read_text() for name in ("a.md", "b.html.md")} == {"mine"}


@pytest.mark.parametrize("name", ["run.json", "documents.jsonl", "documents/part-00000.jsonl", "rejected.jsonl"])
def test_files_named_as_the_runs_own_that_no_run_made_are_left_alone(cleaner: Cleaner, tmp_path: Path, name: str) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME])
    (tmp_path / "out" / name).parent.mkdir(parents=True)
    (tmp_path / "out" / name).write_text("mine")
    for _ in range(2):
        with pytest.raises(ValueError, match="--overwrite"):
            clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert (tmp_path / "out" / name).read_text() == "mine"
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", overwrite=True)
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")


def test_of_a_folder_of_parts_only_parts_are_removed(cleaner: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "SINGLE_FILE_BYTES", 0)
    source = write_lines(tmp_path / "x.jsonl", many(40))
    clean(cleaner, source, tmp_path / "out")
    (tmp_path / "out" / "documents" / "part-list.txt").write_text("mine")
    write_lines(source, many(4))
    clean(cleaner, source, tmp_path / "out")
    assert sorted(snapshot(tmp_path / "out")) == ["documents/part-00000.jsonl", "documents/part-list.txt"]
    monkeypatch.undo()
    clean(cleaner, source, tmp_path / "out")
    clean(cleaner, source, tmp_path / "out")
    assert sorted(snapshot(tmp_path / "out")) == ["documents.jsonl", "documents/part-list.txt"]


@pytest.mark.parametrize("step", ["publish", "drop_others", "drop_texts_of_nobody"])
def test_a_run_that_ends_between_any_two_steps_of_publishing_is_gone_on_with(
    cleaner: Cleaner, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [CHROME, TEXT, TEXT], [CHROME, "Changed.", "Page not found"]
    write_lines(tmp_path / "x.jsonl", first)
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt")
    before = snapshot(tmp_path / "out")
    write_lines(tmp_path / "x.jsonl", second)
    monkeypatch.setattr(Manifest, step, lambda *_: (_ for _ in ()).throw(OSError("killed")))
    with pytest.raises(OSError, match="killed"):
        clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt")
    monkeypatch.undo()
    write_lines(tmp_path / "x.jsonl", first)  # of which the records are still those of the first run, but the texts are not
    assert clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", "txt").totals.failed == 0
    assert snapshot(tmp_path / "out") == before


@pytest.mark.parametrize("name", ["run.json/", "documents.jsonl/", "rejected.jsonl/", "documents"])
def test_a_folder_is_not_replaced_by_a_file_nor_a_file_by_a_folder(cleaner: Cleaner, tmp_path: Path, name: str) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME])
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    wrong = tmp_path / "out" / name
    if name.endswith("/"):
        wrong.unlink(missing_ok=True)
        wrong.mkdir()
    else:
        wrong.write_text("mine")
    with pytest.raises(ValueError, match="rename it"):
        clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out", overwrite=True)
    assert wrong.exists()


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
@pytest.mark.parametrize("name", ["a", "b"])
def test_no_text_is_written_or_removed_by_a_link_out_of_the_folder(cleaner: Cleaner, tmp_path: Path, name: str) -> None:
    source = folder_of(tmp_path / "in", **{"deep/a": CHROME, "c": TEXT})
    clean(cleaner, source, tmp_path / "out", "txt")
    shutil.rmtree(tmp_path / "out" / "deep")
    (tmp_path / "out" / "deep").symlink_to(source / "deep")
    (source / "deep" / "a.txt").rename(source / "deep" / f"{name}.txt")
    before = snapshot(source)
    progress = clean(cleaner, source, tmp_path / "out", "txt", overwrite=True)
    [(failed, why)] = progress.totals.failures
    assert (failed, "a link leads from there out of" in why) == (f"deep/{name}.txt", True)
    assert snapshot(source) == before


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_file_by_a_link_in_the_place_of_an_earlier_text_is_left_alone(cleaner: Cleaner, tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in", **{"deep/a": CHROME, "c": TEXT})
    clean(cleaner, source, tmp_path / "out", "txt")
    (tmp_path / "out" / "deep").rename(tmp_path / "elsewhere")
    (tmp_path / "out" / "deep").symlink_to(tmp_path / "elsewhere")
    shutil.rmtree(source / "deep")
    clean(cleaner, source, tmp_path / "out", "txt")
    assert (tmp_path / "elsewhere" / "a.txt").exists()


# ---- shards


def test_the_same_inputs_give_the_same_shards_and_another_document_another_identity(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "x.jsonl", many(600))
    first = [shard.outline() for shard in plan(scan([str(source)]), "settings")]
    assert [len(shard.keys) for shard in first] == [32] * 8 + [64] * 5 + [24]
    assert [shard.outline() for shard in plan(scan([str(source)]), "settings")] == first
    others = [shard.outline() for shard in plan(scan([str(source)]), "other settings")]
    assert not {shard.identity for shard in first} & {shard.identity for shard in others}


def test_shards_of_large_documents_hold_few(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "x.jsonl", ["x" * 100_000] * 10)
    assert [len(shard.keys) for shard in plan(scan([str(source)]), "")] == [3, 3, 3, 1]


def test_the_steps_of_a_run_can_be_put_together_by_another_engine_file_by_file(cleaner: Cleaner, tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    write_lines(source / "a.jsonl", many(70))
    (source / "b.jsonl.gz").write_bytes(gzip.compress(write_lines(tmp_path / "b.jsonl", many(5)).read_bytes()))
    settings = Settings(ruleset=cleaner.digest, format="jsonl")

    def run() -> list[int]:
        done = []
        with Folder(tmp_path / "out", settings) as opened:
            for shard in plan(scan([str(source)], by_file=True), settings.digest, by_file=True):
                if not opened.done(shard):
                    opened.publish(shard, [clean_shard(cleaner, shard, opened.task(shard))])
                    done.append(shard.number)
            opened.finish()
        return done

    assert run() == [0, 1]
    assert len(records(tmp_path / "out" / "documents.jsonl")) == 75
    assert run() == []
    write_lines(source / "a.jsonl", many(71))
    assert run() == [0]
    assert len(records(tmp_path / "out" / "documents.jsonl")) == 76


def test_what_the_workers_of_another_engine_leave_out_of_an_archive_is_counted_once(cleaner: Cleaner, tmp_path: Path) -> None:
    def answer(status: int) -> bytes:
        http = f"HTTP/1.1 {status} Said\r\nContent-Type: text/html\r\n\r\n<p>The mayor resigned.</p>".encode()
        head = "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
        return f"{head}Content-Length: {len(http)}\r\n\r\n".encode() + http + b"\r\n\r\n"

    (tmp_path / "x.warc").write_bytes(b"".join(map(answer, [404, 200, 500, 200, 404, 200, 302])))
    settings = Settings(ruleset=cleaner.digest, format="jsonl")
    with Folder(tmp_path / "out", settings) as opened:
        [shard] = plan(scan([str(tmp_path / "x.warc")], by_file=True), settings.digest, by_file=True)
        task = opened.task(shard)
        spans = {(0, 1): {}, (1, 2): {1: "the document ended its process"}, (2, None): {}}
        tasks = [
            msgspec.structs.replace(task, stem=opened.new_stem(), first=first, stop=stop, failed=failed)
            for (first, stop), failed in spans.items()
        ]
        opened.publish(shard, [clean_shard(cleaner, shard, one) for one in tasks])
        opened.finish()
    totals = json.loads((tmp_path / "out" / "run.json").read_text())["totals"]
    assert (totals["documents"], totals["failed"]) == (3, 1)
    assert totals["left_out"] == {"HTTP 404": 2, "HTTP 500": 1, "HTTP 302": 1}


def test_files_with_other_columns_are_one_file_of_parquet_where_they_agree_and_else_parts(
    cleaner: Cleaner, tmp_path: Path
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    settings = Settings(ruleset=cleaner.digest, format="parquet")

    def run() -> list[str]:
        with Folder(tmp_path / "out", settings) as opened:
            for shard in plan(scan([str(source)], by_file=True), settings.digest, by_file=True):
                if not opened.done(shard):
                    opened.publish(shard, [clean_shard(cleaner, shard, opened.task(shard))])
            opened.finish()
            return opened.shown

    write_lines(source / "a.jsonl", [CHROME], title="On mayors")
    write_lines(source / "b.jsonl", [CHROME], year=2024)
    assert run() == ["documents.parquet"]
    rows = pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()
    assert [(row["title"], row["year"]) for row in rows] == [("On mayors", None), (None, 2024)]
    write_lines(source / "b.jsonl", [CHROME], title=2024)
    assert run() == ["documents"]
    assert sorted(snapshot(tmp_path / "out")) == ["documents/part-00000.parquet", "documents/part-00001.parquet"]


def test_siblings_are_found_under_the_names_that_the_texts_get(cleaner: Cleaner, tmp_path: Path) -> None:
    words = " ".join(f"remarkable{chr(97 + one % 26)}{chr(97 + one // 26)}" for one in range(200))
    lines = [{"id": name, "text": f"{words} {name}"} for name in ("Story", "story")]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, lines)))
    whole = Cleaner("careful")
    with Siblings(read([str(tmp_path / "x.jsonl")], ids=unique_ids("txt"))) as siblings:
        clean(whole, tmp_path / "x.jsonl", tmp_path / "out", "txt", siblings=siblings)
    found = records(tmp_path / "out" / "findings.jsonl")
    assert [record["id"] for record in found] == ["Story", "story~2"]
    assert all("siblings" in record["signals"] for record in found)


def test_a_run_in_a_thread_is_a_run(cleaner: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [CHROME])
    thread = threading.Thread(target=clean, args=(cleaner, tmp_path / "x.jsonl", tmp_path / "out"))
    thread.start()
    thread.join()
    assert len(records(tmp_path / "out" / "documents.jsonl")) == 1


def test_without_hard_links_parts_are_copied(cleaner: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(folder, "SINGLE_FILE_BYTES", 0)
    write_lines(tmp_path / "x.jsonl", many(40))
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert len(records(tmp_path / "out" / "documents")) == 40
    shutil.rmtree(tmp_path / "out" / "documents")
    clean(cleaner, tmp_path / "x.jsonl", tmp_path / "out")
    assert len(records(tmp_path / "out" / "documents")) == 40
