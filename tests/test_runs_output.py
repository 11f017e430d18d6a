"""The output of a run, read back: the same results whatever the format, and what is told where it was tampered with."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from running import clean, rules, write_lines

from cleaner.cli import main
from cleaner.pipeline import Cleaner
from cleaner.records import InputError, Unreadable
from cleaner.records import read as read_documents
from cleaner.runs import folder, read_account, read_results

TEXT = "The mayor resigned on Monday, her office said."
TEXTS = [f"{TEXT}\n\nLeave a reply", TEXT, "Page not found", "A broken \ud83d half.\r\n\r\nLeave a reply", ""]
FORMATS = ["txt", "jsonl", "jsonl.gz", "jsonl.zst", "parquet"]


@pytest.fixture(scope="module")
def cleaner(tmp_path_factory: pytest.TempPathFactory) -> Cleaner:
    return Cleaner("careful", [rules(tmp_path_factory.mktemp("rules"))])


@pytest.fixture
def given(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "in.jsonl", TEXTS)


def read(out: Path) -> list[tuple[str, str, str, bool, str | None]]:
    results = read_results(out, read_account(out))
    return [(one.id, one.original, one.text, one.rejected, one.error) for one in results]


@pytest.mark.parametrize("most_bytes", [0, 10_000_000])
@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_gives_all_results_with_their_originals(
    cleaner: Cleaner, given: Path, tmp_path: Path, output_format: str, most_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SINGLE_FILE_BYTES", most_bytes)
    clean(cleaner, given, tmp_path / "out", output_format)
    wanted = sorted((cleaner.clean(text, id=f"d{n}") for n, text in enumerate(TEXTS)), key=lambda one: one.rejected)
    assert read(tmp_path / "out") == [(one.id, one.original, one.text, one.rejected, None) for one in wanted]
    assert sum(one.rejected for one in wanted) == 1


def test_the_account_tells_profile_limits_and_what_rules_look_for(given: Path, tmp_path: Path) -> None:
    limit = '[[rule]]\nname = "few"\nsummary = "Few words"\nsignal = "words"\nmin = 5\naction = "reject"\n'
    limit += '[[rule.example]]\ntext = "One."\n[[rule.counterexample]]\ntext = "One two three four five six."\n'
    (tmp_path / "few-words.toml").write_text(limit)
    made = Cleaner("careful", [rules(tmp_path), tmp_path / "few-words.toml"])
    clean(made, given, tmp_path / "out")
    account = read_account(tmp_path / "out")
    assert account.profile == "careful"
    assert [(one.signal, one.min, one.max, one.action) for one in account.limits] == [("words", 5, None, "reject")]
    assert {summary for rule, summary in account.summaries.items() if rule.endswith("leave-a-reply")} == {
        "Prompt of a comment form"
    }


def test_a_failed_document_comes_with_its_error(cleaner: Cleaner, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(f"{json.dumps({'id': 'a', 'text': TEXT})}\nno json\n")
    for output_format in ("txt", "jsonl"):
        clean(cleaner, tmp_path / "in.jsonl", tmp_path / output_format, output_format)
        assert [(one[0], one[4] is None) for one in read(tmp_path / output_format)] == [("a", True), ("in.jsonl:2", False)]


def test_a_text_that_was_changed_or_is_gone_is_told(cleaner: Cleaner, given: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out, "txt")
    (out / "d0.txt").write_text("short")
    (out / "d1.txt").unlink()
    told = {one[0]: one for one in read(out)}
    assert told["d0"][1:3] == ("short", "short")
    assert "changed since the run" in (told["d0"][4] or "")
    assert "no longer there" in (told["d1"][4] or "")
    assert told["d3"][4] is None


def test_a_text_without_edits_that_is_longer_now_was_changed(cleaner: Cleaner, tmp_path: Path) -> None:
    texts = [
        TEXT,
        "See [the map](https://example.org/map) of the town.",
        "See [the map](https://example.org/map).\n\nLeave a reply",
    ]
    clean(cleaner, write_lines(tmp_path / "in.jsonl", texts), tmp_path / "out", "txt")
    assert [one[4] for one in read(tmp_path / "out")] == [None, None, None]
    for name in ("d0.txt", "d1.txt"):
        with (tmp_path / "out" / name).open("a") as file:
            file.write("!")
    assert ["was changed since the run" in (one[4] or "") for one in read(tmp_path / "out")] == [True, True, False]


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_links_are_not_followed_out_of_the_folder(cleaner: Cleaner, given: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out, "txt")
    (tmp_path / "secret").write_text(TEXT)
    (out / "d1.txt").unlink()
    (out / "d1.txt").symlink_to(tmp_path / "secret")
    told = {one[0]: one for one in read(out)}
    assert (told["d1"][1], "a link that leads out of the folder" in (told["d1"][4] or "")) == ("", True)
    (out / "findings.jsonl").rename(tmp_path / "findings.jsonl")
    (out / "findings.jsonl").symlink_to(tmp_path / "findings.jsonl")
    with pytest.raises(InputError, match="out of the folder"):
        read(out)


@pytest.mark.skipif(os.name == "nt", reason="pipes and links of POSIX")
def test_what_is_no_file_in_the_place_of_a_text_is_told_of_its_document(cleaner: Cleaner, given: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out, "txt")
    for name in ("d0.txt", "d1.txt", "d3.txt"):
        (out / name).unlink()
    os.mkfifo(out / "d0.txt")
    (out / "d1.txt").mkdir()
    (out / "d3.txt").symlink_to("d3.txt")
    told = {one[0]: one[4] or "" for one in read(out)}
    assert told["d0"] == told["d1"] == "its text cannot be read: not a file"
    assert told["d3"].startswith("its text cannot be read: ")
    for name in ("findings.jsonl", "run.json"):
        (out / name).unlink()
        os.mkfifo(out / name)
        with pytest.raises(InputError, match=f"{name}: not a file"):
            read(out)


@pytest.mark.parametrize("record", ["{}", "[]", "1", '{"id": 5}', '{"schema": 99}', "[" * 100_000, "no json", "\x00"])
def test_a_file_of_other_records_is_told(cleaner: Cleaner, given: Path, tmp_path: Path, record: str) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out)
    (out / "documents.jsonl").write_text(record + "\n")
    with pytest.raises(InputError, match=r"documents\.jsonl"):
        read(out)


@pytest.mark.parametrize("fields", [{}, {"schema": 99, "text": "x"}, {"text": 5}, {"findings": [{"start": -1}]}])
def test_a_record_that_does_not_hold_is_told_of_its_document(
    cleaner: Cleaner, given: Path, tmp_path: Path, fields: dict[str, object]
) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out)
    (out / "documents.jsonl").write_text(json.dumps({"id": "x", **fields}) + "\n")
    [told, *_] = read(out)
    assert (told[0], told[4] is None) == ("x", False)


def test_a_signal_that_no_number_of_the_machine_can_be_is_told_of_its_document(
    cleaner: Cleaner, given: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out)
    first, *others = (out / "documents.jsonl").read_text().splitlines()
    changed = json.dumps(json.loads(first) | {"signals": {"words": 10**400}})
    (out / "documents.jsonl").write_text("\n".join([changed, *others]) + "\n")
    assert "does not hold" in (read(out)[0][4] or "")
    assert CliRunner().invoke(main, ["report", str(out)]).exit_code == 0


@pytest.mark.parametrize("name", ["../secret.jsonl", "/etc/passwd", "..", "a/b"])
def test_names_in_the_account_stay_inside_the_folder(cleaner: Cleaner, given: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out)
    told = json.loads((out / "run.json").read_text()) | {"output": [name]}
    (out / "run.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match=r"run\.json"):
        read(out)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"totals": 3}', "\xff"])
def test_an_account_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match=r"run\.json"):
        read_account(tmp_path)


def test_an_account_with_numbers_that_cannot_be_is_told(tmp_path: Path) -> None:
    totals = {"documents": 10**400}
    told = {"ruleset": "", "format": "txt", "version": "1.0", "output": [], "totals": totals}
    (tmp_path / "run.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match=r"run\.json: a number that counts nothing - at `\$\.totals`"):
        read_account(tmp_path)


def test_the_command_writes_a_page_beside_the_output_and_a_later_run_does_not_mind(
    cleaner: Cleaner, given: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    clean(cleaner, given, out, "txt")
    done = CliRunner().invoke(main, ["report", str(out)])
    assert done.exit_code == 0, done.output
    assert "Prompt of a comment form" in (out / "report.html").read_text()
    elsewhere = CliRunner().invoke(main, ["report", str(out), "-o", str(tmp_path / "page.html"), "--documents", "2"])
    assert elsewhere.exit_code == 0
    assert "Of 5 documents the page shows" in (tmp_path / "page.html").read_text()
    assert clean(cleaner, given, out, "txt").before == 5
    assert (out / "report.html").exists()


@pytest.mark.parametrize("most_bytes", [0, 10_000_000])
@pytest.mark.parametrize("output_format", FORMATS)
def test_of_an_output_that_is_read_as_an_input_the_documents_are_read(
    cleaner: Cleaner, given: Path, tmp_path: Path, output_format: str, most_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SINGLE_FILE_BYTES", most_bytes)
    out = tmp_path / "out"
    clean(cleaner, given, out, output_format)
    (out / "report.html").write_text("<p>A page about the run.")
    found = list(read_documents([str(out)]))
    assert not any(isinstance(one, Unreadable) for one in found)
    assert sorted(one.id.removesuffix(".txt") for one in found) == ["d0", "d1", "d3", "d4"]
    (out / "run.json").write_text("{}")  # not of a run: what stands beside it may be anything
    assert len(list(read_documents([str(out)]))) > len(found)


def test_a_folder_in_which_no_run_has_ended_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", str(tmp_path)])
    assert done.exit_code == 2
    assert "no run.json" in done.output
