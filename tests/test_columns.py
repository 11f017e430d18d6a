from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cleaner
from cleaner.columns import COLUMNS, from_batch, to_batch

CHROME = (
    "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\n"
    "It was a” total mess” from the start.\n\nLeave a reply"
)
UNREPAIRED = cleaner.Cleaner(off=["encoding/*"])


@pytest.fixture(scope="module")
def made() -> cleaner.Cleaner:
    return cleaner.Cleaner(metadata=True, markdown=True)


def results(made: cleaner.Cleaner) -> list[cleaner.Result]:
    page = "<html><head><title>On mayors</title></head><body><nav>Home</nav><p>The mayor resigned on Monday.</p></body></html>"
    return [
        made.clean(CHROME, id="text"),
        made.clean(page, "text/html", id="page"),
        made.clean("", id="empty"),
        made.clean(None, id="bad"),  # type: ignore[arg-type]
    ]


def test_results_go_through_columns_and_back_with_their_originals(made: cleaner.Cleaner) -> None:
    batch = to_batch(results(made))
    assert batch.schema == COLUMNS
    assert list(from_batch(batch)) == results(made)


def test_results_go_through_a_parquet_file(made: cleaner.Cleaner, tmp_path: Path) -> None:
    pa.parquet.write_table(pa.Table.from_batches([to_batch(results(made))]), f"{tmp_path}/x.parquet")
    assert list(from_batch(pa.parquet.read_table(f"{tmp_path}/x.parquet"))) == results(made)


@given(text=st.text(st.characters(), max_size=60))
@pytest.mark.parametrize("clean", [cleaner.clean, UNREPAIRED.clean])
def test_any_text_goes_through_columns(clean: Callable[[str], cleaner.Result], text: str) -> None:
    result = clean(f"{text}\\\ud83d\ude00\n\nLeave a reply")
    assert list(from_batch(to_batch([result]))) == [result]


def test_no_column_is_a_map() -> None:
    assert "map<" not in str(COLUMNS)


def test_no_results_are_a_batch_without_rows() -> None:
    assert to_batch([]).schema == COLUMNS
    assert list(from_batch(to_batch([]))) == []


def test_other_columns_are_refused(made: cleaner.Cleaner) -> None:
    with pytest.raises(ValueError, match="no column schema"):
        from_batch(pa.RecordBatch.from_pylist([{"text": "A text."}]))
    batch = to_batch(results(made)).set_column(0, "schema", pa.array([99] * 4))
    with pytest.raises(ValueError, match="schema 99"):
        list(from_batch(batch))
