"""Spark, run here: in this process' JVM, and on a cluster of two workers for what needs two hosts."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from agreeing import CLEANER, DOCUMENTS, as_bytes, expected

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'cleaner-text[spark]'")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java 17 or later", allow_module_level=True)

from pyspark.sql import DataFrame, SparkSession  # noqa: E402

from cleaner.adapters.arrow import Columns, results  # noqa: E402
from cleaner.adapters.spark import clean  # noqa: E402

# Spark warns of pandas 3, and leaves sockets open.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning")


@contextmanager
def session(master: str, **settings: str) -> Iterator[SparkSession]:
    builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
    for name, value in settings.items():
        builder = builder.config(name.replace("_", "."), value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        made = builder.getOrCreate()
        yield made
        made.stop()


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    with session("local[2,3]") as made:  # a task that fails is tried three times
        yield made


def frame(spark: SparkSession, partitions: int = 2) -> DataFrame:
    rows = [(name, text, len(text)) for name, text in DOCUMENTS.items()]
    return spark.createDataFrame(rows, "id string, text string, size int").repartition(partitions)


def in_bytes(table: pa.Table) -> dict[str, bytes]:
    made = [(one.id, as_bytes(one)) for one in results(table)]
    assert len(made) == len(dict(made))
    return dict(made)


@pytest.mark.parametrize(("partitions", "batch_size"), [(1, 1000), (2, 1), (5, 3)])
def test_spark_gives_the_same_bytes_whatever_partitions_and_batch_size(
    spark: SparkSession, partitions: int, batch_size: int
) -> None:
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", batch_size)
    made = clean(frame(spark, partitions), CLEANER).toArrow()
    assert made.column_names == ["id", "text", "size", "cleaner"]
    assert in_bytes(made) == expected()


def test_what_spark_wrote_to_parquet_gives_the_same_bytes(spark: SparkSession, tmp_path: Path) -> None:
    clean(frame(spark), CLEANER).write.parquet(f"{tmp_path}/out")
    assert in_bytes(pa.parquet.read_table(f"{tmp_path}/out")) == expected()
    assert in_bytes(spark.read.parquet(f"{tmp_path}/out").toArrow()) == expected()


def test_accounts_can_be_asked_in_sql(spark: SparkSession) -> None:
    clean(frame(spark), CLEANER).createOrReplaceTempView("cleaned")
    findings = "select explode(cleaner.findings) as finding from cleaned"
    [row] = spark.sql(f"select finding.rule, count(*) from ({findings}) group by 1 order by 2 desc, 1 limit 1").collect()
    assert tuple(row) == ("boilerplate/comments/leave-a-reply", 11)
    assert spark.sql("select id from cleaned where cleaner.error is not null").collect() == []


def test_fields_that_are_not_cleaned_keep_their_types_and_nulls_stay(spark: SparkSession) -> None:
    given = spark.sql("select cast(null as string) body, map('a', 1) tags, timestamp'2024-01-01 00:00:00' seen, 1.50 share")
    made = clean(given, CLEANER, Columns(text="body", into="clean"))
    assert made.schema.fields[:4] == given.schema.fields
    [row] = made.collect()
    assert row[:4] == given.collect()[0]
    assert row["clean"] is None
    assert row["cleaner"]["error"] is not None


def test_columns_that_do_not_fit_are_told_before_spark_runs(spark: SparkSession) -> None:
    with pytest.raises(ValueError, match="no column 'body'"):
        clean(frame(spark), CLEANER, Columns(text="body"))


def test_a_task_that_fails_half_way_is_tried_again_and_nothing_is_doubled(spark: SparkSession, tmp_path: Path) -> None:
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 2)
    attempts = tmp_path / "attempts"
    attempts.mkdir()
    cleaned = clean(frame(spark, 3), CLEANER)
    cleaned.mapInArrow(failing(attempts), cleaned.schema).write.parquet(f"{tmp_path}/out")
    assert sorted(path.name for path in attempts.iterdir()) == ["0-0", "0-1", "1-0", "2-0"]
    assert in_bytes(pa.parquet.read_table(f"{tmp_path}/out")) == expected()


def failing(attempts: Path) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Batches as they come, but for the first attempt at the first partition, which fails after its first batch."""

    def map_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        task = pyspark.TaskContext.get()
        (attempts / f"{task.partitionId()}-{task.attemptNumber()}").touch()
        for batch in batches:
            yield batch
            if task.partitionId() == task.attemptNumber() == 0:
                raise RuntimeError("this attempt was made to fail")

    return map_batches


def slow(attempts: Path) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Batches as they come, but for the first attempt at the first partition, which takes until Spark has made a second."""

    def map_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        task = pyspark.TaskContext.get()
        (attempts / f"{task.partitionId()}-{task.attemptNumber()}").touch()
        for batch in batches:
            if task.partitionId() == task.attemptNumber() == 0:
                time.sleep(60)
            yield batch

    return map_batches


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A master and two workers with hosts of their own, since Spark runs no second attempt on the host of the first."""
    home = Path(pyspark.__file__).parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    master = ["master.Master", "--host", "127.0.0.1", "--port", port, "--webui-port", "0"]
    limits = ["--cores", "1", "--memory", "1g", "--webui-port", "0"]
    workers = [
        ["worker.Worker", "--host", host, *limits, "--work-dir", str(folder / host), f"spark://127.0.0.1:{port}"]
        for host in ("127.0.0.2", "127.0.0.3")
    ]
    environment = {**os.environ, "SPARK_HOME": str(home)}
    program = str(home / "bin" / "spark-class")
    commands = [[program, f"org.apache.spark.deploy.{name}", *arguments] for name, *arguments in (master, *workers)]
    with (folder / "log").open("wb") as log:
        running = [subprocess.Popen(command, stdout=log, stderr=log, env=environment) for command in commands]
    try:
        yield f"spark://127.0.0.1:{port}"
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
def test_a_task_that_is_run_twice_to_be_faster_is_written_once(tmp_path: Path) -> None:
    attempts = tmp_path / "attempts"
    attempts.mkdir()
    speculation = {
        "spark.speculation": "true",
        "spark.speculation.multiplier": "1.1",
        "spark.speculation.quantile": "0.5",
        "spark.executor.memory": "512m",
    }
    with cluster(tmp_path) as master, session(master, **speculation) as spark:
        cleaned = clean(frame(spark, 4), CLEANER)
        cleaned.mapInArrow(slow(attempts), cleaned.schema).write.parquet(f"{tmp_path}/out")
        assert sorted(path.name for path in attempts.iterdir()) == ["0-0", "0-1", "1-0", "2-0", "3-0"]
        assert in_bytes(spark.read.parquet(f"{tmp_path}/out").toArrow()) == expected()
