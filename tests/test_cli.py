"""The command, run as a user runs it."""

import contextlib
import json
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from cleaner.cli import main

CHROME = "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\nLeave a reply\n"
CLEAN = "The mayor resigned on Monday, her office said.\n"
ROOT = Path(__file__).parent.parent


def run(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """What the command does, in this process: one of its own would take most of its time to start."""
    with contextlib.chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(main, [*map(str, arguments)], input=stdin, prog_name="cleaner", catch_exceptions=False)
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout_bytes, done.stderr_bytes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    (source / "one.txt").write_text(CHROME)
    (source / "deep" / "two.txt").write_text(CLEAN)
    (source / "page.html").write_text(
        "<nav><a href='/'>Home</a></nav><article><h1>Flood wall holds</h1>"
        + "<p>The new flood wall along the river held through the night, the water board said on Monday morning.</p>" * 4
        + "</article>"
    )
    return source


def test_a_folder_is_cleaned_into_texts_and_findings(folder: Path, tmp_path: Path) -> None:
    done = run("clean", folder, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "one.txt").read_text() == CLEAN
    assert (tmp_path / "out" / "deep" / "two.txt").read_text() == CLEAN
    assert "Home" not in (tmp_path / "out" / "page.html.txt").read_text()
    records = [json.loads(line) for line in (tmp_path / "out" / "findings.jsonl").read_text().splitlines()]
    assert [record["id"] for record in records] == ["deep/two.txt", "one.txt", "page.html"]
    beside_text = {"schema", "id", "text_characters", "language", "signals", "findings", "skipped", "ruleset", "error"}
    assert set(records[0]) == beside_text
    assert records[0]["text_characters"] == len(CLEAN)
    assert done.stdout == b""
    assert b"3 documents" in done.stderr


def test_json_lines_carry_what_revert_needs(folder: Path, tmp_path: Path) -> None:
    done = run("clean", folder / "one.txt", "-o", tmp_path / "out", "--format", "jsonl")
    assert done.returncode == 0
    [line] = (tmp_path / "out" / "documents.jsonl").read_text().splitlines()
    from cleaner.report import from_json

    assert from_json(line).revert() == CHROME


def test_the_same_command_again_does_nothing_and_a_changed_file_is_done_again(folder: Path, tmp_path: Path) -> None:
    run("clean", folder, "-o", tmp_path / "out")
    again = run("clean", folder, "-o", tmp_path / "out")
    assert b"3 documents done before" in again.stderr
    later = time.time() + 5
    (folder / "one.txt").write_text(CHROME.replace("mayor", "warden"))
    os.utime(folder / "one.txt", (later, later))
    third = run("clean", folder, "-o", tmp_path / "out")
    assert b"1 document done before" in third.stderr  # its sibling, which shares its text, is compared with it anew
    assert "warden" in (tmp_path / "out" / "one.txt").read_text()
    assert len((tmp_path / "out" / "findings.jsonl").read_text().splitlines()) == 3


def test_names_of_folders_are_no_markup(folder: Path, tmp_path: Path) -> None:
    done = run("clean", folder, "-o", tmp_path / "out[" / "b]")
    assert done.returncode == 0
    assert b"the results are in" in done.stderr


def test_other_settings_do_everything_again(folder: Path, tmp_path: Path) -> None:
    run("clean", folder, "-o", tmp_path / "out")
    other = run("clean", folder, "-o", tmp_path / "out", "--off", "boilerplate/navigation/skip-link")
    assert b"done before" not in other.stderr
    assert b"the rules or settings changed since the last run" in other.stderr
    assert (tmp_path / "out" / "one.txt").read_text().startswith("Skip to content")


def test_the_summary_of_a_run_is_written(folder: Path, tmp_path: Path) -> None:
    done = run("clean", folder, "-o", tmp_path / "out", "--workers", "2")
    assert b"run.json" in done.stderr
    account = json.loads((tmp_path / "out" / "run.json").read_text())
    assert account["totals"]["documents"] == 3
    assert account["output"] == ["findings.jsonl"]
    assert account["workers"] == 2


def test_json_lines_from_standard_input_with_named_fields(tmp_path: Path) -> None:
    line = json.dumps({"key": 7, "story": CHROME, "text": "not this"}).encode() + b"\n"
    options = ["--stdin", "jsonl", "--text-field", "story", "--id-field", "key"]
    [record] = run("clean", "-", "-o", "-", "--format", "jsonl", *options, stdin=line).stdout.splitlines()
    assert (json.loads(record)["id"], json.loads(record)["text"]) == ("7", CLEAN)
    assert json.loads(record)["source_text"] == "not this"
    done = run("clean", "-", "-o", tmp_path / "out", "--format", "parquet", *options, stdin=line)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "documents.parquet").exists()


def test_an_output_folder_that_another_run_holds_is_left_alone(folder: Path, tmp_path: Path) -> None:
    from cleaner.runs import Folder, Settings

    with Folder(tmp_path / "out", Settings(ruleset="another")):
        done = run("clean", folder, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert b"another run is at work here" in done.stderr


def test_the_progress_of_a_run_is_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from rich.console import Console

    from cleaner.cli import clean
    from cleaner.report import Totals
    from cleaner.runs import Progress

    shown = Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(clean, "new_console", lambda *, stderr: shown)
    with clean._run_progress((str(folder),), folder / "out") as told:
        told(Progress(Totals(documents=2, failed=1, characters_in=100, characters_out=90), consumed=100))
    text = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "2 documents" in text
    assert "10.0% dropped, 1 failed" in text


def test_two_workers_give_what_one_gives(folder: Path, tmp_path: Path) -> None:
    run("clean", folder, "-o", tmp_path / "a")
    done = run("clean", folder, "-o", tmp_path / "b", "--workers", "2")
    assert done.returncode == 0, done.stderr
    for path in sorted(one for one in (tmp_path / "a").rglob("*.*") if one.suffix in {".txt", ".jsonl"}):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_an_output_folder_inside_the_input_is_not_cleaned_again(folder: Path) -> None:
    run("clean", folder, "-o", folder / "out")
    run("clean", folder, "-o", folder / "out", "--overwrite")
    assert not (folder / "out" / "out").exists()


def test_what_lies_where_the_results_go_is_not_read_and_that_is_said_once(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text(CHROME)
    assert b"not read, since the results go there" in run("clean", folder, "-o", folder / "out").stderr
    assert b"not read" not in run("clean", folder, "-o", folder / "out").stderr
    assert (folder / "out" / "mine.txt").read_text() == CHROME


def test_a_folder_is_not_cleaned_into_itself(folder: Path) -> None:
    done = run("clean", folder, "-o", folder)
    assert done.returncode == 2
    assert b"name another folder" in done.stderr
    assert (folder / "one.txt").read_text() == CHROME


@pytest.mark.parametrize("below", ["", "sub", "sub/sub"])
def test_a_file_is_no_place_for_results(folder: Path, below: str) -> None:
    done = run("clean", folder, "-o", folder / "one.txt" / below)
    assert done.returncode == 2
    assert b"is a file; the results go to a folder" in done.stderr
    assert (folder / "one.txt").read_text() == CHROME


def test_a_filter_from_standard_input_to_standard_output() -> None:
    done = run("clean", "-", "-o", "-", stdin=CHROME.encode())
    assert done.stdout.decode() == CLEAN
    assert done.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
@pytest.mark.parametrize("command", ["clean", "report"])
def test_standard_output_that_is_closed_is_told(command: str, folder: Path, tmp_path: Path) -> None:
    run("clean", folder / "one.txt", "-o", tmp_path / "out")
    source = folder / "one.txt" if command == "clean" else tmp_path / "out"
    call = [sys.executable, "-m", "cleaner", command, str(source), "-o", "-"]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *call], stderr=subprocess.PIPE, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (1, b"error: standard output is closed\n")


def test_fields_that_cannot_be_written_to_standard_output_leave_the_text(tmp_path: Path) -> None:
    from running import rules

    from cleaner.cli.clean import _as_line
    from cleaner.pipeline import Cleaner
    from cleaner.text import Document

    class Odd:
        def __str__(self) -> str:
            raise ValueError("odd")

    made = Cleaner("careful", [rules(tmp_path)])
    document = Document(id="a", text=CLEAN, metadata={"odd": Odd()})
    failed, line = _as_line(made, document, made.clean_document(document))
    assert (failed.error, json.loads(line)["text"]) == ("its other fields cannot be written: odd", CLEAN)


def test_check_diff_and_dry_run_write_nothing(folder: Path, tmp_path: Path) -> None:
    assert run("clean", folder, "--check").returncode == 1
    assert run("clean", folder / "deep", "--check").returncode == 0
    diff = run("clean", folder / "one.txt", "--diff")
    assert b"-Skip to content" in diff.stdout
    dry = run("clean", folder, "--dry-run")
    assert dry.returncode == 0
    assert b"boilerplate/navigation/skip-link" in dry.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_who_only_looks_may_name_any_format(folder: Path) -> None:
    done = run("clean", folder, "--dry-run", "--format", "parquet")
    assert done.returncode == 0, done.stderr


def test_explain_tells_what_and_why(folder: Path) -> None:
    told = run("explain", folder / "one.txt")
    assert b"boilerplate/navigation/skip-link" in told.stdout
    assert b"[-Skip to content-]" in told.stdout
    assert b"\x1b" not in told.stdout
    both = run("explain", folder / "one.txt", folder / "deep", "--json").stdout.splitlines()
    assert json.loads(both[0])["id"] == "one.txt"
    assert len(both) > 1
    record = json.loads(run("explain", folder / "one.txt", "--json").stdout)
    assert record["text"] == CLEAN


def test_what_standard_output_cannot_write_is_spelt_out(folder: Path) -> None:
    (folder / "one.txt").write_text(f"Łódź 日本 \u2014 {CHROME}", encoding="utf-8")
    command = [sys.executable, "-m", "cleaner", "explain", str(folder / "one.txt")]
    done = subprocess.run(command, env=os.environ | {"PYTHONIOENCODING": "latin-1"}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\\u0141ód\\u017a \\u65e5\\u672c \\u2014" in done.stdout.decode("latin-1")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e20", "soon"])
def test_a_time_limit_is_a_number_of_seconds_that_clocks_know(folder: Path, tmp_path: Path, seconds: str) -> None:
    done = CliRunner().invoke(main, ["clean", str(folder), "-o", str(tmp_path / "out"), "--timeout", seconds])
    assert done.exit_code == 2
    assert "--timeout" in done.output
    assert not (tmp_path / "out").exists()


def test_documents_that_fail_are_listed_and_the_others_are_done(folder: Path, tmp_path: Path) -> None:
    (folder / "binary.txt").write_bytes(b"\x00\x01\x02" * 100)
    (folder / "empty.txt").write_bytes(b"")
    done = run("clean", folder, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert b"failed binary.txt" in done.stderr
    assert (tmp_path / "out" / "empty.txt").read_text() == ""
    assert not (tmp_path / "out" / "binary.txt").exists()
    records = [json.loads(line) for line in (tmp_path / "out" / "findings.jsonl").read_text().splitlines()]
    assert [record["id"] for record in records if record["error"]] == ["binary.txt"]


def test_a_failed_document_has_no_text_among_the_clean_ones(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": "mill", "html": f"<html><p>{'x' * 5_000}</p></html>"}))
    slow = ["--keep", "(x+x+)+y"]  # runs into its timeout
    done = run("clean", tmp_path / "x.jsonl", "-o", tmp_path / "out", *slow)
    assert done.returncode == 1, done.stderr
    assert not (tmp_path / "out" / "mill.txt").exists()
    done = run("clean", tmp_path / "x.jsonl", "-o", "-", *slow)
    assert (done.returncode, done.stdout) == (1, b"")
    told = run("explain", tmp_path / "x.jsonl", *slow).stdout
    assert b"mill: failed, and left as it came" in told
    assert b"nothing to do" not in told
    [line] = run("clean", tmp_path / "x.jsonl", "-o", "-", "--format", "jsonl", *slow).stdout.splitlines()
    assert json.loads(line)["text"].startswith("<html>")


def test_files_of_other_kinds_are_counted_in_the_summary(folder: Path, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf", "c.docx\x1b[2j", "LICENCE"):
        (folder / name).write_text("not read")
    done = run("clean", folder, "-o", tmp_path / "out")
    assert b"files of other kinds left out: 4 (.pdf, no suffix, .docx<U+001B>[2j)" in done.stderr
    assert json.loads((tmp_path / "out" / "run.json").read_text())["left_out"] == {"": 1, ".docx\x1b[2j": 1, ".pdf": 2}
    assert b"files of other kinds left out: 4" in run("clean", folder, "--dry-run").stderr


def test_records_of_archives_that_are_no_documents_are_counted_in_the_summary(tmp_path: Path) -> None:
    answers = {"a": "200 OK", "b": "404 Not Found", "c": "404 Not Found", "robots.txt": "200 OK"}
    with (tmp_path / "x.warc").open("wb") as archive:
        for name, status in answers.items():
            http = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n\r\n<p>The mayor resigned.</p>".encode()
            archive.write(b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n")
            archive.write(f"WARC-Target-URI: http://a.example/{name}\r\nContent-Length: {len(http)}\r\n\r\n".encode())
            archive.write(http + b"\r\n\r\n")
    told = b"records left out: 3 (2 HTTP 404, 1 robots.txt)"
    for _ in range(2):  # a run that goes on tells them too
        done = run("clean", tmp_path / "x.warc", "-o", tmp_path / "out", "--format", "jsonl")
        assert b"1 document," in done.stderr
        assert told in done.stderr
        totals = json.loads((tmp_path / "out" / "run.json").read_text())["totals"]
        assert totals["left_out"] == {"HTTP 404": 2, "robots.txt": 1}
    assert told in run("clean", tmp_path / "x.warc", "-o", "-").stderr


def test_a_page_from_standard_input_is_read_as_one_unless_it_is_said_to_be_text(folder: Path) -> None:
    page = b"<!doctype html>" + (folder / "page.html").read_bytes()
    assert b"<p>" not in run("clean", "-", "-o", "-", stdin=page).stdout
    told = run("explain", "-", "--stdin", "text", stdin=page).stdout
    assert b"boilerplate/page/page-as-text" in told
    assert b"--stdin html" in told


def test_commands_that_write_nothing_do_not_speak_of_what_they_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    from cleaner.cli.telling import reported

    for resumes in (True, False):
        with pytest.raises(SystemExit) as ended, reported(resumes=resumes):
            raise OSError(28, "No space left on device")
        assert ended.value.code == 1
        assert ("what was written before is whole" in capsys.readouterr().err) == resumes


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_a_failed_document(folder: Path, tmp_path: Path) -> None:
    (folder / "one.txt").chmod(0)
    done = run("clean", folder, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert b"cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["clean", "missing", "-o", "out"], b"no such file"),
        (["clean", "", "-o", "out"], b"an empty name is no file"),
        (["clean", "ftp://localhost:1/x", "-o", "-"], b"error: ftp://localhost:1/x: ConnectionRefusedError"),
        (["clean", ".", "-o", ""], b"-o is empty"),
        (["clean", ".", "-o", "out"], b"no .txt"),
        (["clean", "x.txt"], b"where to?"),
        (["clean", "x.txt", "-o", "out", "--profile", "bold"], b"no profile 'bold'"),
        (["clean", "x.txt", "-o", "out", "--rules", "nothing"], b"nothing"),
        (["clean", "x.txt", "-o", "out", "--off", "no/such"], b"no rule 'no/such'"),
        (["clean", "x.txt", "-o", "out", "--keep", "("], b"keep pattern"),
        (["clean", "x.txt", "-o", "out", "--no-shipped-rules"], b"no rule"),
        (["rules", "show", "boilerplate/navigation/skip-lonk"], b"skip-link"),
        (["rules", "show", "share-label"], b"did you mean boilerplate/sharing/share-label?"),
        (["rules", "list", "--off", "share-label"], b"No such option"),
        (["clean", "x.txt", "-o", "out", "--off", "share-labl"], b"did you mean boilerplate/sharing/share-label or"),
        (["clean", "x.txt", "-o", "out", "--off", "boilerplate"], b"did you mean boilerplate/*?"),
        (["clean", "x.txt", "-o", "s3://bucket/out"], b"a folder of this machine"),
        (["clean", "x.txt", "-o", "-", "--format", "parquet"], b"needs a folder"),
        (["nonsense"], b"nonsense"),
    ],
)
def test_a_wrong_call_is_told_and_exits_with_2(tmp_path: Path, arguments: list[str], told: bytes) -> None:
    if "." not in arguments:
        (tmp_path / "x.txt").write_text(CHROME)
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_settings_file_is_read_and_shown(tmp_path: Path) -> None:
    (tmp_path / "cleaner.toml").write_text('profile = "careful"\nkeep = ["reply"]\n')
    (tmp_path / "x.txt").write_text(CHROME)
    shown = run("config", "show", "--off", "boilerplate/sharing/*", cwd=tmp_path).stdout.decode()
    assert 'profile = "careful"' in shown
    assert 'off = ["boilerplate/sharing/*"]' in shown
    assert "digest" in shown
    assert b"Leave a reply" in run("clean", "x.txt", "-o", "-", cwd=tmp_path).stdout


def test_who_chooses_the_main_content_of_a_page_can_be_set(folder: Path) -> None:
    def shown(*options: str) -> str:
        return run("config", "show", *options, cwd=folder).stdout.decode()

    assert 'extractor = "model"' in shown()
    assert "models" not in shown()
    (folder / "cleaner.toml").write_text('extractor = "trafilatura"\n')
    assert 'extractor = "trafilatura"' in shown()
    assert 'extractor = "model"' in shown("--extractor", "model")
    digests = {shown().splitlines()[-1], shown("--extractor", "model").splitlines()[-1]}
    assert len(digests) == 2
    page = run("clean", "page.html", "-o", "-", cwd=folder).stdout
    assert b"The new flood wall" in page
    assert b"Home" not in page
    assert run("config", "show", "--extractor", "nonsense", cwd=folder).returncode == 2


def test_switches_of_the_settings_file_are_undone_by_a_call(tmp_path: Path) -> None:
    switches = ("preview", "headline", "metadata", "markdown", "signals", "siblings")
    (tmp_path / "cleaner.toml").write_text(
        "".join(f"{name} = true\n" for name in switches) + 'shipped_rules = false\nquality = ["c4"]\n'
    )
    undone = [f"--no-{name}" for name in switches]
    shown = run("config", "show", *undone, "--shipped-rules", "--quality", "c4", cwd=tmp_path)
    settings = tomllib.loads(shown.stdout.decode())
    assert [settings[name] for name in switches] == [False] * len(switches)
    assert settings["shipped_rules"] is True
    assert settings["quality"] == ["c4"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('profile = "bold"', "no profile 'bold'; there are careful, balanced, strict"),
        ('off = ["share-label"]', "no rule 'share-label' to turn off; did you mean boilerplate/sharing/share-label?"),
        ('keep = ["("]', "keep pattern '('"),
        ('quality = ["fine"]', "no quality rules 'fine'"),
        ('extractor = "x"', "no extractor 'x'; there are model, trafilatura"),
        ('rules = ["nothing"]', "nothing: cannot be read"),
    ],
)
def test_a_wrong_value_in_the_settings_file_is_told_with_the_file(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "cleaner.toml").write_text(f"{line}\n")
    done = run("config", "show", cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr.decode()
    assert b"hint: cleaner.toml says so" in done.stderr


def test_a_wrong_option_is_not_laid_to_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "cleaner.toml").write_text('keep = ["("]\n')
    done = run("config", "show", "--profile", "bold", cwd=tmp_path)
    assert b"no profile 'bold'" in done.stderr
    assert b"cleaner.toml" not in done.stderr


def test_a_wrong_settings_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "cleaner.toml").write_text("profil = 'careful'\n")
    done = run("config", "show", cwd=tmp_path)
    assert done.returncode == 2
    assert b"profil" in done.stderr
    assert b"known keys" in done.stderr


def test_rules_of_ones_own_join_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        """
[[rule]]
name = "weather-widget"
summary = "Temperature line of a weather box"
pattern = '(?i)weather in \\p{L}{2,20}: -?\\d{1,2} ?°[CF]'
action = "drop"
safety = "safe"
[[rule.example]]
text = '''
The council met on Tuesday.
Weather in Leeds: 12 °C
'''
result = '''
The council met on Tuesday.
'''
[[rule.counterexample]]
text = "The weather in Leeds: 12 °C and rain, said the umpire, was no excuse."
"""
    )
    assert b"hold: 1" in run("rules", "test", "mine.toml", cwd=tmp_path).stderr
    text = b"Skip to content\n\nThe council met.\n\nWeather in Leeds: 12 \xc2\xb0C\n"
    done = run("clean", "-", "-o", "-", "--rules", "mine.toml", stdin=text, cwd=tmp_path)
    assert done.stdout == b"The council met.\n"
    assert b"mine/weather-widget" in run("rules", "list", "--rules", "mine.toml", "--no-shipped-rules", cwd=tmp_path).stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(CHROME)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "cleaner", "clean", str(tmp_path / "x.txt"), "-o", "-"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from cleaner.cli import main; "
        "r = CliRunner().invoke(main, ['--version']); assert r.exit_code == 0 and 'cleaner' in r.output; "
        "heavy = {'regex', 'hyperscan', 'ftfy', 'trafilatura', 'msgspec', 'rich'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_rule_is_written_tried_and_used(folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "mine.toml"
    said = "The mayor resigned on Monday, her office said.\nhttps://example.org/news\n"
    done = run("rules", "new", rules, stdin=said.encode())
    assert done.returncode == 0, done.stderr
    assert b'name = "the-mayor-resigned-on"' in done.stdout
    tried = run("rules", "try", rules, folder)
    assert tried.returncode == 0, tried.stderr
    assert b"- The mayor resigned on Monday, her office said." in tried.stdout
    assert b"3 documents read; nothing was written" in tried.stderr
    assert b"unsafe: 2 hits that `balanced` only flags" in tried.stderr
    assert (folder / "one.txt").read_text() == CHROME
    assert run("clean", folder / "one.txt", "-o", "-", "--profile", "strict", "--rules", rules).stdout.strip() == b""


def test_trials_and_sweeps_say_with_their_status_that_documents_failed(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "good", "text": "Rain fell on Monday."}\nno json\n')
    run("rules", "new", tmp_path / "mine.toml", "--line", "Support the Gazette")
    for done in (
        run("rules", "try", tmp_path / "mine.toml", tmp_path / "in.jsonl"),
        run("rules", "sweep", "words", tmp_path / "in.jsonl", "--off", "garbled*"),
    ):
        assert (done.returncode, b"1 document failed" in done.stderr) == (1, True), done.stderr


def test_labels_of_rules_are_those_that_there_are() -> None:
    from cleaner.cli.rules import LABELS
    from cleaner.edits import Label

    assert get_args(Label) == LABELS
    assert CliRunner().invoke(main, ["rules", "list", "--label", "nope"]).exit_code == 2


def test_a_hyphen_is_standard_output(folder: Path, tmp_path: Path) -> None:
    drafted = run("rules", "new", "-", "--line", "Share this:", cwd=tmp_path)  # and asks no questions
    assert drafted.stdout.startswith(b"[[rule]]")
    assert b"shipped rules know such a line already: boilerplate/sharing/share-label" in drafted.stderr
    assert run("clean", folder, "-o", "out", cwd=tmp_path).returncode == 0
    page = run("report", "out", "-o", "-", cwd=tmp_path)
    assert page.stdout.lower().startswith(b"<!doctype html>")
    assert page.stderr.decode() == "3 documents\n"
    assert not (tmp_path / "-").exists()


def test_a_draft_that_cannot_be_a_rule_is_told_with_its_place(tmp_path: Path) -> None:
    done = run("rules", "new", tmp_path / "mine.toml", "--line", "1 2 3", "--seen", "")
    assert done.returncode == 1
    assert b"the draft:6:11: rule 'line'" in done.stderr
    assert b"gives nothing to look for" in done.stderr
    assert b"^^^" in done.stderr
    assert not (tmp_path / "mine.toml").exists()


def test_a_list_is_imported_and_what_cannot_be_said_is_told(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text('found,original\nbosom peril,breast cancer\n"a*",b\n')
    done = run("rules", "import", tmp_path / "list.csv", "-o", tmp_path / "pack", "--source", "ours")
    assert done.returncode == 0, done.stderr
    assert b"list.csv:3: left out: wildcards" in done.stderr
    told = done.stderr.decode()
    assert "columns: “found” is to be found, “original” is what it stands for" in told
    assert "1 row in 1 rule in " in told
    assert b"breast cancer" in run("explain", "-", "--rules", tmp_path / "pack", stdin=b"He wrote of bosom peril.").stdout
    again = run("rules", "import", tmp_path / "list.csv", "-o", tmp_path / "pack", "--source", "ours")
    assert again.returncode == 2
    assert b"is there already" in again.stderr


def test_who_waits_at_a_terminal_is_told_why_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from cleaner.cli import telling

    told: list[str] = []
    monkeypatch.setattr(telling, "say", told.append)
    monkeypatch.setattr(telling, "PATIENCE", 0.05)
    for at_terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda at_terminal=at_terminal: at_terminal)
        with telling.patient("soon done"):
            pass
        with telling.patient("a moment"):
            time.sleep(0.3)
    assert told == ["a moment"]
