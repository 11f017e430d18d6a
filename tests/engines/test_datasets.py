"""Hugging Face datasets, run here."""

import os
import random
import subprocess
import sys
from typing import Any

import pytest
from agreeing import CLEANER, DOCUMENTS, as_bytes, expected

datasets = pytest.importorskip("datasets", reason="datasets is not installed: pip install 'cleaner-text[datasets]'")

from cleaner.adapters.arrow import Columns, results  # noqa: E402
from cleaner.adapters.datasets import CleanBatch, clean  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    datasets.disable_progress_bars()


def dataset(seed: int = 0) -> Any:
    names = random.Random(seed).sample(sorted(DOCUMENTS), len(DOCUMENTS))
    return datasets.Dataset.from_dict({"id": names, "text": [DOCUMENTS[name] for name in names], "tags": [["x"]] * len(names)})


@pytest.mark.parametrize(("processes", "batch_size"), [(None, 1000), (None, 1), (2, 3)])
def test_datasets_gives_the_same_bytes_whatever_batch_size_order_and_processes(processes: int | None, batch_size: int) -> None:
    made = clean(dataset(batch_size), CLEANER, num_proc=processes, batch_size=batch_size)
    assert made.column_names == ["id", "text", "tags", "cleaner"]
    assert made[0]["tags"] == ["x"]
    assert {one.id: as_bytes(one) for one in results(made.with_format("arrow")[:])} == expected()


@pytest.mark.parametrize("batch_size", [1, 1000])
def test_a_streamed_dataset_gives_the_same_texts(batch_size: int) -> None:
    made = clean(dataset().to_iterable_dataset(), CLEANER, batch_size=batch_size)
    assert {row["id"]: row["text"] for row in made} == {name: CLEANER.clean(text).text for name, text in DOCUMENTS.items()}


def test_all_splits_are_cleaned() -> None:
    made = clean(datasets.DatasetDict(train=dataset(), test=dataset()), CLEANER)
    assert made["train"][:] == made["test"][:]
    assert "cleaner" in made["test"].column_names


def test_batches_in_another_format_are_refused_with_the_way_out() -> None:
    with pytest.raises(TypeError, match='with_format\\("arrow"\\)'):
        dataset().map(CleanBatch(CLEANER), batched=True)


def test_columns_that_do_not_fit_are_told() -> None:
    with pytest.raises(ValueError, match="no column 'body'"):
        clean(dataset(), CLEANER, Columns(text="body"))


def test_no_rows_are_no_rows() -> None:
    assert clean(dataset().select([]), CLEANER).num_rows == 0


def test_what_is_in_the_cache_is_found_by_another_process_and_not_for_other_settings() -> None:
    script = (
        "import sys; from datasets.fingerprint import Hasher; from cleaner import Cleaner; "
        "from cleaner.adapters.datasets import CleanBatch; print(Hasher.hash(CleanBatch(Cleaner(sys.argv[1]))))"
    )
    names = [
        subprocess.run(
            [sys.executable, "-c", script, profile],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for profile, seed in (("balanced", "1"), ("balanced", "2"), ("careful", "1"))
    ]
    assert names[0] == names[1] != names[2]
