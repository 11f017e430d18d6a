"""The adapters side by side: the same documents through each engine, what it costs, and whether the same comes out.

    python benchmarks/adapters.py wcxb-dev.parquet [--documents 20000] [--off 'garbled*'] [--engine NAME]...

Each engine reads the same JSON lines and writes a file format of its own, in a process of its own: `loop` and `arrow` on one
core, all others with two workers. Prints CPU time with that of all processes that were started for it, and wall-clock time,
each also for no documents at all: what it takes to start. The records that come out are compared byte by byte with those of
`loop`, which calls `Cleaner.clean` for one document after another. Linux only.
"""

import argparse
import ctypes
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

from cleaner import Cleaner, Result
from cleaner.columns import to_row
from cleaner.report import from_json, to_json

WORKERS = 2
MOST_CHARACTERS = 3_000
PR_SET_CHILD_SUBREAPER = 36
ARROW_ROWS = 1000


def loop(source: Path, out: Path, cleaner: Cleaner) -> None:
    with source.open("rb") as file, (out / "documents.jsonl").open("wb") as written:
        for line in file:
            record = json.loads(line)
            written.write(to_json(cleaner.clean(record["text"], id=record["id"])) + b"\n")


def local(source: Path, out: Path, cleaner: Cleaner) -> None:
    from cleaner.runs import Folder, Settings, clean_folder

    with Folder(out, Settings(ruleset=cleaner.digest, format="jsonl")) as folder:
        clean_folder(cleaner, [str(source)], folder, WORKERS)


def arrow(source: Path, out: Path, cleaner: Cleaner) -> None:
    from cleaner.adapters.arrow import clean_batch, output_schema

    table = pa.json.read_json(source) if source.stat().st_size else empty()
    with pq.ParquetWriter(out / "documents.parquet", output_schema(table.schema)) as writer:
        for batch in table.to_batches(max_chunksize=ARROW_ROWS):
            writer.write_batch(clean_batch(batch, cleaner))


def datasets(source: Path, out: Path, cleaner: Cleaner) -> None:
    from datasets import Dataset

    from cleaner.adapters.datasets import clean

    data = Dataset.from_json(str(source), cache_dir=str(out / "cache")) if source.stat().st_size else Dataset(empty())
    made = clean(data, cleaner, num_proc=WORKERS if len(data) else None, cache_file_name=str(out / "cleaned.arrow"))
    made.to_parquet(out / "documents.parquet")


def datatrove(source: Path, out: Path, cleaner: Cleaner) -> None:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    from cleaner.adapters.datatrove import Clean

    parts = out / "in"
    parts.mkdir()
    subprocess.run(["split", "--number", f"l/{WORKERS}", "--additional-suffix", ".jsonl", source, f"{parts}/"], check=True)
    steps = [JsonlReader(str(parts)), Clean(cleaner), JsonlWriter(str(out), "${rank}.datatrove.jsonl", compression=None)]
    LocalPipelineExecutor(steps, tasks=WORKERS, workers=WORKERS, logging_dir=str(out / "logs")).run()


def ray(source: Path, out: Path, cleaner: Cleaner) -> None:
    import ray as engine

    from cleaner.adapters.ray import clean_folder

    engine.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
    clean_folder([str(source)], out, cleaner)
    engine.shutdown()


def spark(source: Path, out: Path, cleaner: Cleaner) -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    from cleaner.adapters.spark import clean

    session = SparkSession.builder.master(f"local[{WORKERS}]").config("spark.ui.enabled", "false").getOrCreate()
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", ARROW_ROWS)
    clean(session.read.schema("id string, text string").json(str(source)), cleaner).write.parquet(str(out / "parts"))
    session.stop()


ENGINES: dict[str, Callable[[Path, Path, Cleaner], None]] = {
    function.__name__: function for function in (loop, local, arrow, datasets, datatrove, ray, spark)
}


def empty() -> pa.Table:
    return pa.table({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())})


def results(out: Path) -> Iterator[Result]:
    """What an engine has written, in whatever order."""
    from cleaner.adapters.arrow import results as from_arrow
    from cleaner.adapters.datatrove import Document, result_of

    for path in sorted(out.rglob("*.parquet")):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(ARROW_ROWS):
                yield from from_arrow(batch)
    for path in sorted([*out.glob("*.jsonl"), *out.glob("documents/*.jsonl")]):
        for line in path.open("rb"):
            if path.name.endswith(".datatrove.jsonl"):
                yield result_of(Document(**json.loads(line)))
            else:
                yield from_json(line)


def digest(made: Iterable[Result]) -> tuple[int, str]:
    """How many records, and a name for exactly these, whatever their order."""
    rows = sorted(hashlib.sha256(msgspec.json.encode(to_row(one))).digest() for one in made)
    return len(rows), hashlib.sha256(b"".join(rows)).hexdigest()[:16]


def write_documents(pages: Path, number: int, target: Path) -> int:
    """The heads of main contents, again and again, each between two lines of chrome. Returns their size in bytes."""
    texts = [text for text in pq.read_table(pages, columns=["main_content"]).column(0).to_pylist() if text]
    size = 0
    with target.open("w", encoding="utf-8") as file:
        for index in range(number):
            text = f"Skip to content\n\n{texts[index % len(texts)][:MOST_CHARACTERS]}\n\nLeave a reply"
            file.write(json.dumps({"id": f"{index:06}", "text": text}, ensure_ascii=False) + "\n")
            size += len(text.encode())
    return size


class CpuTime:
    """CPU time of all processes below this one, looked up every `EVERY` seconds: some engines do not wait for their own.

    What a process does between the last look and its end is missed.
    """

    EVERY = 0.05

    def __init__(self) -> None:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # who outlives its parent becomes a child of this process
        self._ticks: dict[tuple[str, str], int] = {}
        self._before = 0.0
        self.look()
        self._before = self.seconds  # of what is left of the engine before, if only its entry in /proc

    def look(self) -> None:
        """Note what all processes have used so far."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[path.parent.name] = fields
        below = {str(os.getpid())}
        while more := {process for process, fields in found.items() if fields[1] in below} - below:
            below |= more
        for process in below - {str(os.getpid())}:
            fields = found[process]
            self._ticks[process, fields[19]] = int(fields[11]) + int(fields[12])

    @property
    def seconds(self) -> float:
        """In all, since this was made."""
        return -self._before + sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")


def measured(engine: str, source: Path, out: Path, off: list[str]) -> tuple[float, float]:
    """CPU and wall-clock seconds of an engine with all its processes."""
    used, started = CpuTime(), time.perf_counter()
    command = [sys.executable, __file__, "--run", engine, str(source), str(out), *(f"--off={one}" for one in off)]
    with (out / "log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)
        while running.poll() is None:
            used.look()
            time.sleep(CpuTime.EVERY)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command)
    return used.seconds, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="?", type=Path)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--off", action="append", default=[])
    parser.add_argument("--engine", action="append", default=[], choices=ENGINES)
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        engine, source, out = given.run
        ENGINES[engine](Path(source), Path(out), Cleaner(off=given.off))
        return
    with tempfile.TemporaryDirectory() as folder:
        source, nothing = Path(folder, "documents.jsonl"), Path(folder, "nothing.jsonl")
        size = write_documents(given.pages, given.documents, source)
        nothing.touch()
        print(f"{given.documents:,} documents, {size / 1e6:.1f} MB\n")
        print("| engine | CPU s | CPU / loop | wall s | CPU s, no documents | wall s, no documents | records | their digest |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        base = 0.0
        for engine in ["loop", *(one for one in given.engine or ENGINES if one != "loop")]:
            with tempfile.TemporaryDirectory(dir=folder) as out, tempfile.TemporaryDirectory(dir=folder) as unused:
                start_cpu, start_wall = measured(engine, nothing, Path(unused), given.off)
                cpu, wall = measured(engine, source, Path(out), given.off)
                base = base or cpu
                records, name = digest(results(Path(out)))
            figures = f"{cpu:.1f} | {cpu / base:.2f} | {wall:.1f} | {start_cpu:.1f} | {start_wall:.1f}"
            print(f"| {engine} | {figures} | {records:,} | {name} |", flush=True)


if __name__ == "__main__":
    main()
