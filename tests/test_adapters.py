"""What holds of all adapters; those of heavier engines are held to it in `tests/engines`."""

import importlib
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
import spacy
from agreeing import CLEANER, DOCUMENTS, as_bytes, expected
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from cleaner.adapters.arrow import clean_batch, results
from cleaner.adapters.datatrove import Clean, result_of
from cleaner.adapters.sklearn import TextCleaner
from cleaner.adapters.spacy import pipe
from cleaner.extras import ExtraMissingError


def table(names: list[str]) -> pa.Table:
    return pa.table({"id": names, "text": [DOCUMENTS[name] for name in names]})


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
@pytest.mark.parametrize("workers", [1, 2])
def test_arrow_gives_the_same_bytes_whatever_batch_size_order_and_workers(batch_size: int, workers: int) -> None:
    names = random.Random(batch_size).sample(sorted(DOCUMENTS), len(DOCUMENTS))
    batches = table(names).to_batches(max_chunksize=batch_size)
    if workers == 1:
        made = [clean_batch(batch, CLEANER) for batch in batches]
    else:
        with ProcessPoolExecutor(workers) as pool:
            made = list(pool.map(partial(clean_batch, cleaner=CLEANER), batches))
    assert {one.id: as_bytes(one) for batch in made for one in results(batch)} == expected()


@pytest.mark.parametrize("workers", [1, 2])
def test_datatrove_gives_the_same_bytes_whatever_order_and_workers(workers: int, tmp_path: Path) -> None:
    names = [name for name, text in DOCUMENTS.items() if text]  # datatrove's reader leaves out what is empty
    random.Random(workers).shuffle(names)
    source = [Document(text=DOCUMENTS[name], id=name) for name in names]
    with JsonlWriter(f"{tmp_path}/in", compression=None) as writer:
        for number, document in enumerate(source):
            writer.write(document, number % 3)
    steps = [JsonlReader(f"{tmp_path}/in"), Clean(CLEANER), JsonlWriter(f"{tmp_path}/out", compression=None)]
    LocalPipelineExecutor(steps, tasks=3, workers=workers, logging_dir=f"{tmp_path}/logs").run()
    made = map(result_of, JsonlReader(f"{tmp_path}/out").run())
    assert {one.id: as_bytes(one) for one in made} == {name: expected()[name] for name in names}


@pytest.mark.parametrize(("workers", "batch_size"), [(1, 1), (2, 7)])
def test_spacy_is_given_the_same_texts(workers: int, batch_size: int) -> None:
    docs = pipe(spacy.blank("xx"), DOCUMENTS.values(), CLEANER, n_process=workers, batch_size=batch_size)
    cleaned = [CLEANER.clean(text) for text in DOCUMENTS.values()]
    for doc, result in zip(docs, cleaned, strict=True):
        assert (doc.text, as_bytes(doc._.cleaner)) == (result.text, as_bytes(result))


def test_scikit_learn_gives_the_same_texts() -> None:
    made = TextCleaner().transform(DOCUMENTS.values())
    assert list(made) == [CLEANER.clean(text).text for text in DOCUMENTS.values()]


@pytest.mark.parametrize(
    ("adapter", "engine", "extra"),
    [
        ("arrow", "pyarrow", "arrow"),
        ("datasets", "datasets", "datasets"),
        ("datatrove", "datatrove.data", "datatrove"),
        ("sklearn", "sklearn.base", "sklearn"),
        ("spacy", "spacy.language", "spacy"),
        ("spark", "pyspark.sql", "spark"),
    ],
)
def test_a_missing_engine_is_told_with_the_extra_that_installs_it(
    adapter: str, engine: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, engine, None)
    monkeypatch.delitem(sys.modules, f"cleaner.adapters.{adapter}", raising=False)
    with pytest.raises(ExtraMissingError, match=rf"pip install 'cleaner-text\[{extra}\]'"):
        importlib.import_module(f"cleaner.adapters.{adapter}")
