"""Runs over many documents: what they cost beside cleaning, what two workers gain, what they need, what survives a kill.

    python benchmarks/folders.py cost [--off 'garbled*'] [--documents 600] [--rounds 5]
    python benchmarks/folders.py memory [--off 'garbled*'] [--megabytes 1000]
    python benchmarks/folders.py kill [--documents 20000] [--off 'garbled*']

Documents are made of paragraphs of the built-in pages, in a random order that is always the same.

``cost`` measures CPU time, of all processes together, and wall-clock time for each document. What a run takes to start is
left out: a run over twice as many documents is measured, too, and the difference counts. The loop and the runs take turns in
each round; medians are printed. Wall-clock time tells something on an idle machine alone, which is why the load is printed.
``memory`` prints the largest resident set of each process, and of all together.
``kill`` kills a run three times, and its workers at random, and compares what is there in the end with an undisturbed run.
Linux alone.
"""

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cleaner.bench import cases
from cleaner.pipeline import Cleaner

PARAGRAPHS = 5, 25
_BECOME_REAPER = 36  # prctl: processes that lose their parent become children of this one, so that their time is counted


def documents(number: int) -> Iterator[str]:
    pages = [page for page in cases.load(None).pages if (page.language or "en").startswith("en")]
    paragraphs = [one for page in pages for one in page.content.split("\n") if len(one.split()) > 8]
    rng = random.Random(7)
    for _ in range(number):
        yield "\n\n".join(rng.choices(paragraphs, k=rng.randint(*PARAGRAPHS))) + "\n\nLeave a reply\n"


def write(path: Path, number: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for place, text in enumerate(documents(number)):
            file.write(json.dumps({"id": f"d{place}", "text": text, "place": place}) + "\n")


def command(source: Path, out: Path, off: Sequence[str], *options: str) -> list[str]:
    turned_off = [word for rule in off for word in ("--off", rule)]
    return [sys.executable, "-m", "cleaner", "clean", str(source), "-o", str(out), "--format", "jsonl", *turned_off, *options]


def measured(arguments: Sequence[str]) -> tuple[float, float]:
    """CPU time of a command with all its processes, and wall-clock time, in seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()  # the fork server, which has lost its parent
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def cost(folder: Path, off: Sequence[str], number: int, rounds: int) -> None:
    ctypes.CDLL(None).prctl(_BECOME_REAPER, 1)
    few, many = folder / "few.jsonl", folder / "many.jsonl"
    write(few, number)
    write(many, 2 * number)
    cleaner = Cleaner(off=off)
    texts = list(documents(number))
    for text in texts[:50]:
        cleaner.clean(text)
    seconds: dict[str, list[float]] = {}
    for turn in range(rounds):
        start = time.process_time()
        for text in texts:
            cleaner.clean(text)
        seconds.setdefault("loop, CPU", []).append((time.process_time() - start) / number)
        for workers in (1, 2):
            taken = [
                measured(command(source, folder / f"out-{turn}-{workers}-{source.stem}", off, "--workers", str(workers)))
                for source in (few, many)
            ]
            for place, name in enumerate(("CPU", "wall clock")):
                each = (taken[1][place] - taken[0][place]) / number
                seconds.setdefault(f"run with {workers} workers, {name}", []).append(each)
    print(f"{number} documents, off: {', '.join(off) or 'nothing'}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    for name, each in medians.items():
        print(f"{name:28} {1000 * each:8.3f} ms a document")
    paired = zip(seconds["run with 1 workers, CPU"], seconds["loop, CPU"], strict=True)
    print(f"cost of a run, CPU            {statistics.median(run / loop for run, loop in paired):.3f} times the loop")
    for name in ("CPU", "wall clock"):
        one, two = (seconds[f"run with {workers} workers, {name}"] for workers in (1, 2))
        gain = statistics.median(first / second for first, second in zip(one, two, strict=True))
        told = "of it, where two cores are free: twice" if name == "CPU" else "measured:"
        print(f"gain of a second worker, {told} {gain:.2f}")


def descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in (child, *descendants(child))]


def memory(folder: Path, off: Sequence[str], megabytes: int) -> None:
    source = folder / "x.jsonl"
    size = number = 0
    with source.open("w", encoding="utf-8") as file:
        while size < megabytes * 1_000_000:
            for text in documents(2_000):
                size += file.write(json.dumps({"id": f"d{number}", "text": text}) + "\n")
                number += 1
    process = subprocess.Popen(command(source, folder / "out", off), stderr=subprocess.PIPE)
    peaks: dict[int, int] = {}
    together = 0
    while process.poll() is None:
        now = 0
        for pid in (process.pid, *descendants(process.pid)):
            with contextlib.suppress(OSError, ValueError):
                told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
                peaks[pid] = max(peaks.get(pid, 0), int(told["Rss"].split()[0]))
                now += int(told["Pss"].split()[0])
        together = max(together, now)
        time.sleep(0.2)
    print(f"{number} documents, {size / 1e6:.0f} MB, exit status {process.returncode}")
    print(f"largest process {max(peaks.values()) / 1000:.0f} MB, all together {together / 1000:.0f} MB (shared pages once)")


def digest(out: Path) -> str:
    hashed = hashlib.sha256()
    for path in sorted(
        one for one in out.rglob("*") if one.is_file() and ".cleaner" not in one.parts and one.name != "run.json"
    ):
        hashed.update(path.relative_to(out).as_posix().encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


class WorkerKiller:
    """Kills a worker of a process from time to time, until it is told to stop."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._killed = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        rng = random.Random(3)
        while not self._stopped.wait(rng.uniform(3, 10)):
            workers = [worker for child in descendants(self._parent) for worker in descendants(child)]
            if workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rng.choice(workers), signal.SIGKILL)
                    self._killed += 1

    def stop(self) -> int:
        """End it; how many it has killed."""
        self._stopped.set()
        self._thread.join()
        return self._killed


def kill(folder: Path, off: Sequence[str], number: int) -> None:
    source = folder / "x.jsonl"
    write(source, number)
    start = time.monotonic()
    subprocess.run(command(source, folder / "undisturbed", off, "--workers", "2"), check=True, stderr=subprocess.DEVNULL)
    whole = time.monotonic() - start
    arguments = command(source, folder / "out", off, "--workers", "2")
    killed = 0
    for turn in range(4):
        process = subprocess.Popen(arguments, stderr=subprocess.PIPE)
        killer = WorkerKiller(process.pid)
        if turn < 3:
            threading.Timer(whole * 0.2, process.kill).start()
        _, told = process.communicate()
        killed += killer.stop()
        print(f"run {turn + 1}: exit status {process.returncode}")
    print(*told.decode().splitlines()[-3:], sep="\n")
    ids = [json.loads(line)["id"] for path in sorted((folder / "out" / "documents").iterdir()) for line in path.open("rb")]
    print(f"{killed} workers killed; {len(ids)} records, {len(set(ids))} ids")
    same = digest(folder / "out") == digest(folder / "undisturbed")
    print(f"output {'identical to' if same else 'DIFFERS FROM'} that of an undisturbed run")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["cost", "memory", "kill"])
    parser.add_argument("--off", action="append", default=[])
    parser.add_argument("--documents", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.what == "cost":
            cost(Path(folder), options.off, options.documents or 600, options.rounds)
        elif options.what == "memory":
            memory(Path(folder), options.off, options.megabytes)
        else:
            kill(Path(folder), options.off, options.documents or 20_000)


if __name__ == "__main__":
    main()
