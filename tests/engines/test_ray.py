"""Ray, run here on two cores."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from agreeing import CLEANER, DOCUMENTS, as_bytes, expected

ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'cleaner-text[ray]'")

from cleaner import Cleaner, Document, Result  # noqa: E402
from cleaner.adapters.arrow import clean_batch, results  # noqa: E402
from cleaner.adapters.ray import RayTasks, clean_folder  # noqa: E402
from cleaner.garble import Sibling  # noqa: E402
from cleaner.report import from_json  # noqa: E402
from cleaner.runs import Folder, Settings  # noqa: E402
from cleaner.runs import clean_folder as clean_here  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # Ray's processes cannot import this file
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def articles(tmp_path: Path) -> str:
    """The documents as JSON lines in three files, which say in their ids where they stand in the output."""
    for part in range(3):
        lines = [json.dumps({"id": name, "text": text}) for name, text in DOCUMENTS.items() if int(name) % 3 == part]
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{part}.jsonl").write_text("\n".join(lines))
    return f"{tmp_path}/in"


def records(out: Path) -> dict[str, Result]:
    made = [from_json(line) for line in (out / "documents.jsonl").read_bytes().splitlines()]
    assert len(made) == len({one.id for one in made})
    return {one.id: one for one in made}


@pytest.mark.parametrize("by_file", [False, True])
def test_ray_writes_the_bytes_that_a_run_on_this_machine_writes(articles: str, tmp_path: Path, *, by_file: bool) -> None:
    clean_folder([articles], tmp_path / "ray", CLEANER, by_file=by_file)
    with Folder(tmp_path / "here", Settings(ruleset=CLEANER.digest, format="jsonl")) as folder:
        clean_here(CLEANER, [articles], folder)
    written = (tmp_path / "ray" / "documents.jsonl").read_bytes()
    assert written == (tmp_path / "here" / "documents.jsonl").read_bytes()
    assert {name: as_bytes(one) for name, one in records(tmp_path / "ray").items()} == expected()


def test_what_ray_has_done_is_not_done_again_here_nor_the_other_way_round(articles: str, tmp_path: Path) -> None:
    assert clean_folder([articles], tmp_path / "out", CLEANER).before == 0
    with Folder(tmp_path / "out", Settings(ruleset=CLEANER.digest, format="jsonl")) as folder:
        assert clean_here(CLEANER, [articles], folder).before == len(DOCUMENTS)
    assert clean_folder([articles], tmp_path / "out", CLEANER).before == len(DOCUMENTS)
    assert clean_folder([articles], tmp_path / "out", CLEANER, overwrite=True).before == 0


def test_parquet_and_texts_are_written_too(articles: str, tmp_path: Path) -> None:
    clean_folder([articles], tmp_path / "parquet", CLEANER, output_format="parquet")
    assert pa.parquet.read_table(tmp_path / "parquet" / "documents.parquet").num_rows == len(DOCUMENTS)
    clean_folder([articles], tmp_path / "texts", CLEANER, output_format="txt")
    assert (tmp_path / "texts" / "00.txt").read_bytes().decode() == CLEANER.clean(DOCUMENTS["00"]).text


def test_texts_need_records_one_by_one(articles: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not by file"):
        clean_folder([articles], tmp_path / "out", CLEANER, output_format="txt", by_file=True)


class Dangerous(Cleaner):
    """A cleaner in whose hands some documents end or block the process, or raise; ``once`` does so the first time only."""

    def __init__(self, marks: str) -> None:
        super().__init__("careful", off=("garbled*",))
        self._marks = marks

    def __reduce__(self) -> tuple[Any, ...]:
        return Dangerous, (self._marks,)

    def clean_document(self, document: Document, siblings: Sequence[Sibling] = ()) -> Result:
        match document.text:
            case "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hangs":
                time.sleep(300)
            case "raises":
                raise RuntimeError("raised")
            case "once":
                mark = Path(self._marks, document.id)
                if not mark.exists():
                    mark.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
        return Result(id=document.id, original=str(document.text), text=str(document.text), ruleset=self.digest)


@pytest.mark.parametrize("by_file", [False, True])
def test_documents_that_die_hang_or_raise_are_three_errors_and_all_others_are_done(tmp_path: Path, *, by_file: bool) -> None:
    texts = {f"{number:02}": "An article." for number in range(40)} | {
        "07": "dies",
        "20": "hangs",
        "21": "raises",
        "33": "once",
    }
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps({"id": name, "text": text}) for name, text in texts.items()))
    dangerous = Dangerous(str(tmp_path))
    with Folder(tmp_path / "out", Settings(ruleset=dangerous.digest, format="jsonl")) as folder:
        clean_here(dangerous, [f"{tmp_path}/in.jsonl"], folder, RayTasks(dangerous, seconds=5), by_file=by_file)
    made = records(tmp_path / "out")
    assert {name: one.text for name, one in made.items() if one.error is None} == {
        name: text for name, text in texts.items() if name not in ("07", "20", "21")
    }
    errors = {name: one.error for name, one in made.items() if one.error is not None}
    assert errors.keys() == {"07", "20", "21"}
    assert "ended its process" in str(errors["07"])
    assert "took longer than 5 seconds" in str(errors["20"])
    assert "raised" in str(errors["21"])


def test_what_goes_wrong_but_for_documents_stops_the_run(articles: str, tmp_path: Path) -> None:
    class Failing(RayTasks):
        def _submit(self, stretch: Any) -> None:
            task = type(stretch.task)(stem="/nowhere/x", format="jsonl")
            super()._submit(type(stretch)(shard=stretch.shard, task=task))

    with (
        Folder(tmp_path / "out", Settings(ruleset=CLEANER.digest, format="jsonl")) as folder,
        pytest.raises(FileNotFoundError),
    ):
        clean_here(CLEANER, [articles], folder, Failing(CLEANER))


@pytest.mark.parametrize("batch_size", [1, 7])
def test_ray_data_maps_batches_by_the_arrow_adapter(batch_size: int) -> None:
    source = ray.data.from_arrow(pa.table({"id": list(DOCUMENTS), "text": list(DOCUMENTS.values())}))

    def clean_table(table: pa.Table) -> pa.Table:
        return pa.Table.from_batches([clean_batch(batch, CLEANER) for batch in table.to_batches()])

    made = source.map_batches(clean_table, batch_format="pyarrow", batch_size=batch_size)
    tables = ray.get(made.to_arrow_refs())
    assert {one.id: as_bytes(one) for table in tables for one in results(table)} == expected()
