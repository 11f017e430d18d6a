"""What breaks a worker costs itself alone, and a run that is stopped goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path

import pytest
from pebble import ProcessPool
from running import BreakableCleaner, clean, records, rules, snapshot, write_lines

from cleaner.pipeline import Cleaner
from cleaner.records import scan
from cleaner.runs import Task, clean_all, clean_shard, plan, start_early, tasks
from cleaner.runs.stretches import WorkerError
from cleaner.runs.workers import Workers
from cleaner.text import Document

resource = pytest.importorskip("resource", reason="signals and limits of POSIX")

TEXT = "The mayor resigned on Monday, her office said."


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Cleaner:
    return BreakableCleaner("careful", [rules(tmp_path_factory.mktemp("rules"))])


def errors(out: Path) -> dict[str, str]:
    return {record["id"]: record["error"] for record in records(out / "documents.jsonl") if record["error"]}


def test_documents_that_hang_raise_crash_or_end_their_process_are_error_records_and_all_others_are_done(
    breakable: Cleaner, tmp_path: Path
) -> None:
    texts = [f"{TEXT} Number {number}." for number in range(100)]
    for number, asked in {3: "hang", 40: "raise", 41: "exit", 60: "end", 61: "leave", 77: "crash"}.items():
        texts[number] = asked
    write_lines(tmp_path / "x.jsonl", texts)
    progress = clean(breakable, tmp_path / "x.jsonl", tmp_path / "out", workers=2, seconds=6.0)
    assert progress.totals.documents == 100
    assert errors(tmp_path / "out") == {
        "d3": "the document took longer than 6 seconds",
        "d40": "RuntimeError: asked to",
        "d41": "the document ended its process: exit status 7",
        "d60": "the document ended its process: exit status 0",
        "d61": "SystemExit: 0",
        "d77": "the document ended its process: signal SIGSEGV",
    }
    done = {record["id"]: record["text"] for record in records(tmp_path / "out" / "documents.jsonl") if not record["error"]}
    assert done == {f"d{number}": text for number, text in enumerate(texts) if number not in (3, 40, 41, 60, 61, 77)}


def test_a_document_that_is_given_up_has_no_time_to_keep_to(
    breakable: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms: list[float] = []
    monkeypatch.setattr(tasks, "_alarm", alarms.append)
    [shard] = plan(scan([str(write_lines(tmp_path / "x.jsonl", ["hang", TEXT]))]), "")
    task = Task(stem=str(tmp_path / "x"), format="jsonl", seconds=0.5, failed={0: "the document took too long"})
    assert clean_shard(breakable, shard, task).totals.failed == 1
    assert [round(one, 1) for one in alarms] == [0, 0.5, 0]


@pytest.mark.parametrize("output_format", ["txt", "parquet"])
def test_a_shard_in_pieces_gives_what_it_gives_whole(breakable: Cleaner, tmp_path: Path, output_format: str) -> None:
    texts = [f"{TEXT} Number {number}." for number in range(30)]
    write_lines(tmp_path / "x.jsonl", [*texts[:10], "exit", *texts[10:20], "Page not found", *texts[20:]])
    write_lines(tmp_path / "y.jsonl", [*texts[:10], "raise", *texts[10:20], "Page not found", *texts[20:]])
    clean(breakable, tmp_path / "x.jsonl", tmp_path / "pieces", output_format)
    clean(breakable, tmp_path / "y.jsonl", tmp_path / "whole", output_format)
    if output_format == "txt":
        pieces, whole = snapshot(tmp_path / "pieces"), snapshot(tmp_path / "whole")
        # The text that failed comes back unchanged, and is not the same.
        assert {**pieces, "findings.jsonl": b"", "d10.txt": b""} == {**whole, "findings.jsonl": b"", "d10.txt": b""}
    # A second run takes over what the first has done: the places of the records in the joined part are known.
    texts[0] = "Changed."
    write_lines(tmp_path / "x.jsonl", [*texts[:10], "Mended.", *texts[10:20], "Page not found", *texts[20:]])
    again = clean(breakable, tmp_path / "x.jsonl", tmp_path / "pieces", output_format)
    fresh = clean(breakable, tmp_path / "x.jsonl", tmp_path / "fresh", output_format)
    assert again.before == 30
    assert again.totals == fresh.totals
    assert snapshot(tmp_path / "pieces") == snapshot(tmp_path / "fresh")


def test_a_worker_that_is_killed_from_outside_costs_nothing(breakable: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [f"slow {TEXT} Number {number}." for number in range(150)])
    with killing_workers(tmp_path / "out"):
        clean(breakable, tmp_path / "x.jsonl", tmp_path / "out", workers=2)
    assert errors(tmp_path / "out") == {}
    assert len(records(tmp_path / "out" / "documents.jsonl")) == 150


# Kills from time to time a worker that has a document in hand, told by the notes in the folder.
KILLER = """
import os, pathlib, random, signal, struct, sys, time
while True:
    time.sleep(random.uniform(0.3, 1))
    notes = [path.read_bytes() for path in pathlib.Path(sys.argv[1]).glob(".cleaner/work/*/*.note")]
    if workers := [struct.unpack("<qq", note)[1] for note in notes if len(note) == 16]:
        try:
            os.kill(random.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            pass
"""


@contextmanager
def killing_workers(out: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", KILLER, str(out)], stderr=subprocess.DEVNULL) as killer:
        try:
            yield
        finally:
            killer.kill()


def test_workers_that_cannot_be_kept_alive_end_the_run_with_a_message(breakable: Cleaner, tmp_path: Path) -> None:
    class Unloadable(BreakableCleaner):
        def __reduce__(self) -> tuple[object, ...]:
            return os._exit, (3,)

    write_lines(tmp_path / "x.jsonl", [TEXT])
    with pytest.raises(WorkerError, match="cannot be kept alive"):
        clean(Unloadable("careful", breakable.ruleset), tmp_path / "x.jsonl", tmp_path / "out")


def test_a_pool_that_cannot_be_started_is_told_in_words(
    breakable: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: ProcessPool) -> bool:
        raise BrokenProcessPool  # as where the process that starts the workers has just been killed

    monkeypatch.setattr(ProcessPool, "active", property(broken))
    write_lines(tmp_path / "x.jsonl", [TEXT])
    with pytest.raises(WorkerError, match="the one that starts them was ended"):
        clean(breakable, tmp_path / "x.jsonl", tmp_path / "out")
    with pytest.raises(WorkerError, match="the one that starts them was ended"):
        list(clean_all(breakable, [Document(id="a", text=TEXT)], 2))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux")
def test_an_interruption_from_the_terminal_is_for_the_process_that_was_called() -> None:
    start_early()
    status = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read_text()  # type: ignore[attr-defined]
    [blocked] = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigBlk:")]
    assert blocked & 1 << signal.SIGINT - 1
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_queue_that_a_killed_worker_has_locked_is_made_anew(
    breakable: Cleaner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleaner.runs.workers.STALL_SECONDS", 2.0)
    new_pool = Workers._new_pool
    made = []

    def locked_at_first(self: Workers) -> ProcessPool:
        pool = new_pool(self)
        made.append(pool)
        if len(made) == 1:
            channel = pool._pool_manager.worker_manager.workers_channel
            assert channel
            channel.mutex.reader_mutex.acquire()
        return pool

    monkeypatch.setattr(Workers, "_new_pool", locked_at_first)
    write_lines(tmp_path / "x.jsonl", [TEXT] * 3)
    clean(breakable, tmp_path / "x.jsonl", tmp_path / "out")
    assert len(made) >= 2  # more where a busy machine takes longer than that to start one
    assert len(records(tmp_path / "out" / "documents.jsonl")) == 3


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("output_format", ["txt", "jsonl.zst"])
def test_the_number_of_workers_changes_nothing(breakable: Cleaner, tmp_path: Path, workers: int, output_format: str) -> None:
    write_lines(tmp_path / "x.jsonl", [f"{TEXT} Number {number}.\n\nLeave a reply" for number in range(200)])
    clean(breakable, tmp_path / "x.jsonl", tmp_path / "out", output_format, workers=workers)
    clean(breakable, tmp_path / "x.jsonl", tmp_path / "one", output_format, workers=1)
    assert snapshot(tmp_path / "out") == snapshot(tmp_path / "one")


def test_results_without_a_folder_survive_a_document_that_ends_its_worker(breakable: Cleaner) -> None:
    documents = [Document(id=text, text=text) for text in ("One.", "exit", "Two.", "raise")]
    results = list(clean_all(breakable, documents, 2))
    assert [result.id for result in results] == ["One.", "exit", "Two.", "raise"]
    assert [bool(result.error) for result in results] == [False, True, False, True]
    assert [result.text for result in results] == ["One.", "exit", "Two.", "raise"]


def test_a_document_that_no_process_can_be_sent_is_one_that_failed(breakable: Cleaner) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    given: list[dict[str, object]] = [{}, {"deep": deep}, {"call": lambda: None}, {}]
    documents = [Document(id=f"d{number}", text=TEXT, metadata=fields) for number, fields in enumerate(given)]
    results = list(clean_all(breakable, documents, 2))
    assert [bool(result.error) for result in results] == [False, True, True, False]
    assert [result.text for result in results] == [TEXT] * 4


def test_a_document_that_takes_too_long_comes_back_unchanged_without_a_folder(breakable: Cleaner) -> None:
    documents = [Document(id=text, text=text) for text in ("One.", "hang", "Two.")]
    results = list(clean_all(breakable, documents, 1, seconds=1))
    assert [result.error for result in results] == [None, "the document took too long", None]
    assert [result.text for result in results] == ["One.", "hang", "Two."]


# ---- stopped runs, by the command


def command(source: Path, out: Path, *options: str) -> list[str]:
    rule_file = rules(out.parent)
    few = ["--no-shipped-rules", "--rules", str(rule_file)]
    return [sys.executable, "-m", "cleaner", "clean", str(source), "-o", str(out), *few, *options]


def parts(out: Path) -> int:
    folder = out / ".cleaner" / "parts"
    return len(list(folder.iterdir())) if folder.exists() else 0


def started(arguments: list[str], out: Path, until: int) -> subprocess.Popen[bytes]:
    """The command, once it has published so many parts, or is done."""
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while parts(out) < until and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    return process


@pytest.fixture(scope="module")
def long_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred documents that take a while."""
    words = random.Random(1).choices(f"{TEXT} Flood walls, schools and roads were the subject.".split(), k=4_000)
    texts = [" ".join(words[number:]) + "\n\nLeave a reply" for number in range(600)]
    return write_lines(tmp_path_factory.mktemp("long") / "x.jsonl", texts)


@pytest.fixture(scope="module")
def undisturbed(long_lines: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    subprocess.run(command(long_lines, out, "--format", "txt"), check=True, capture_output=True, timeout=120)
    return snapshot(out)


def test_a_run_whose_parent_is_killed_three_times_and_workers_at_random_gives_every_document_once(
    long_lines: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    arguments = command(long_lines, tmp_path / "out", "--format", "txt", "--workers", "2")
    for time_around in range(3):
        with killing_workers(tmp_path / "out"):
            process = started(arguments, tmp_path / "out", parts(tmp_path / "out") + 3)
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL, time_around
        assert not (tmp_path / "out" / "run.json").exists()
    with killing_workers(tmp_path / "out"):
        last = subprocess.run(arguments, capture_output=True, check=False, timeout=240)
    assert last.returncode == 0, last.stderr
    assert b"done before" in last.stderr
    assert snapshot(tmp_path / "out") == undisturbed
    assert len(undisturbed) == 601


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_end_exits_with_130_and_goes_on_later(
    long_lines: Path, undisturbed: dict[str, bytes], tmp_path: Path, number: signal.Signals
) -> None:
    arguments = command(long_lines, tmp_path / "out", "--format", "txt", "--workers", "2")
    process = started(arguments, tmp_path / "out", 3)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert b"interrupted" in told
    assert b"Traceback" not in told
    assert not (tmp_path / "out" / "findings.jsonl").exists()
    assert not list((tmp_path / "out" / ".cleaner").glob("work/*"))
    later = subprocess.run(arguments, capture_output=True, check=True, timeout=120)
    assert b"done before" in later.stderr
    assert snapshot(tmp_path / "out") == undisturbed


@pytest.mark.parametrize("limit", [30_000, 400_000])
def test_a_disk_that_is_full_in_the_middle_is_told_and_the_run_goes_on_when_there_is_room(tmp_path: Path, limit: int) -> None:
    write_lines(tmp_path / "x.jsonl", [f"{TEXT} Number {number}." * 40 for number in range(400)])
    arguments = command(tmp_path / "x.jsonl", tmp_path / "out", "--format", "jsonl")

    def full() -> None:  # no file may grow beyond this: writing fails as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(arguments, capture_output=True, preexec_fn=full, check=False, timeout=60)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"what was written before is whole" in done.stderr
    assert not (tmp_path / "out" / "documents.jsonl").exists()
    subprocess.run(arguments, capture_output=True, check=True, timeout=60)
    found = [json.loads(line)["id"] for line in (tmp_path / "out" / "documents.jsonl").read_bytes().splitlines()]
    assert sorted(found) == sorted(f"d{number}" for number in range(400))


def running(pids: list[int]) -> Iterator[int]:
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        yield pid


def test_workers_of_a_killed_run_end_themselves(breakable: Cleaner, tmp_path: Path) -> None:
    write_lines(tmp_path / "x.jsonl", [f"{TEXT} Number {number}." * 200 for number in range(2_000)])
    process = started(command(tmp_path / "x.jsonl", tmp_path / "out", "--format", "jsonl"), tmp_path / "out", 1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [int(one) for child in children for one in Path(f"/proc/{child}/task/{child}/children").read_text().split()]
    process.kill()
    process.communicate()
    assert workers
    deadline = time.monotonic() + 20
    while list(running(workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list(running(workers))
