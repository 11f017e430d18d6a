import pyarrow as pa
import pytest

import cleaner
from cleaner.adapters.arrow import ACCOUNT, Columns, clean_batch, output_schema, results

CHROME = "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\nLeave a reply"
CLEANED = "The mayor resigned on Monday, her office said."
PAGE = (
    "<html><body><nav>Home | News</nav><article><p>The mayor resigned on Monday, her office said.</p></article></body></html>"
)


def batch(**columns: object) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns)


def test_texts_are_cleaned_in_their_place_and_other_columns_stay() -> None:
    made = clean_batch(batch(year=[2024, 2025], text=[CHROME, "Nothing to do here."], id=["a", "b"]))
    assert made.schema == output_schema(batch(year=[1], text=[""], id=[""]).schema)
    assert made.schema.names == ["year", "text", "id", "cleaner"]
    assert made.column("text").to_pylist() == [CLEANED, "Nothing to do here."]
    assert made.column("year").to_pylist() == [2024, 2025]


def test_the_results_come_back_with_their_originals() -> None:
    made = clean_batch(batch(text=[CHROME, "Nothing to do here."], id=["a", "b"]))
    expected = [cleaner.clean(CHROME), cleaner.clean("Nothing to do here.")]
    assert [(one.id, one.text, one.findings, one.original) for one in results(made)] == [
        (name, one.text, one.findings, one.original) for name, one in zip("ab", expected, strict=True)
    ]
    assert list(results(pa.Table.from_batches([made]))) == list(results(made))


def test_text_may_go_into_a_column_of_its_own_and_the_page_stays() -> None:
    columns = Columns(text="html", media_type="text/html", into="text", account="done")
    made = clean_batch(batch(html=[PAGE.encode()], url=["https://example.org/1"]), columns=columns)
    assert made.schema.names == ["html", "url", "text", "done"]
    assert made.column("html").to_pylist() == [PAGE.encode()]
    assert made.column("text").to_pylist() == [CLEANED]
    assert next(results(made, columns)).error is None


def test_text_may_go_into_another_column_that_is_there() -> None:
    made = clean_batch(batch(text=["old"], html=[CHROME]), columns=Columns(text="html", into="text"))
    assert made.to_pydict()["text"] == [CLEANED]
    assert made.to_pydict()["html"] == [CHROME]


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.dictionary(pa.int8(), pa.string()),
    ],
)
def test_strings_and_bytes_of_every_kind_are_read_and_nulls_stay(kind: pa.DataType) -> None:
    values = pa.array([CHROME, None], pa.string()).cast(pa.binary() if "binary" in str(kind) else pa.string()).cast(kind)
    made = clean_batch(batch(text=values))
    assert made.column("text").to_pylist() == [CLEANED, None]
    errors = made.column("cleaner").field("error").to_pylist()
    assert errors[0] is None
    assert "NoneType" in errors[1]
    assert [one.text for one in results(made)] == [CLEANED, ""]


def test_a_column_of_strings_that_are_not_utf_8_is_decoded() -> None:
    bad = pa.array([CHROME.encode(), "Café in Zürich, said the mayor of the city.".encode("cp1252")])
    strings = pa.StringArray.from_buffers(2, bad.buffers()[1], bad.buffers()[2])
    made = clean_batch(batch(text=strings, id=strings))
    assert made.column("text").to_pylist() == [CLEANED, "Café in Zürich, said the mayor of the city."]


def test_bytes_that_are_no_text_fail_alone() -> None:
    made = clean_batch(batch(text=[CHROME.encode(), b"\x00\x01\x02\xff" * 50]))
    done, failed = results(made)
    assert done.error is None
    assert failed.error is not None
    assert made.column("text").to_pylist() == [CLEANED, ""]


def test_ids_urls_and_languages_are_handed_on() -> None:
    columns = Columns(id="number", url="link", language="lang")
    made = clean_batch(
        batch(number=[7, None], link=["https://example.org", None], lang=["de", None], text=["Ja.", "Ja."]), columns=columns
    )
    assert next((one.id, one.language) for one in results(made, columns)) == ("7", "de")


def test_ids_that_python_does_not_have_are_handed_on_as_numbers() -> None:
    made = clean_batch(batch(text=[CHROME, CHROME], id=pa.array([0, 10**12], pa.timestamp("s"))))
    assert [one.id for one in results(made)] == ["1970-01-01 00:00:00", "1000000000000"]


def test_no_rows_are_no_rows() -> None:
    made = clean_batch(batch(text=pa.array([], pa.string())))
    assert made.num_rows == 0
    assert made.schema.field("cleaner").type == ACCOUNT
    assert list(results(made)) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns(text="body"), "no column 'body'; there are text, number"),
        (Columns(text="number"), "'number' holds neither strings nor bytes"),
        (Columns(url="link"), "no column 'link'"),
        (Columns(account="number"), "column 'number' already"),
        (Columns(into="cleaner"), "column 'cleaner' already"),
    ],
)
def test_columns_that_do_not_fit_are_told_before_any_document_is_touched(columns: Columns, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clean_batch(batch(text=[CHROME], number=[1]), columns=columns)


def test_two_columns_of_one_name_are_refused_where_they_hold_the_text() -> None:
    twice = pa.RecordBatch.from_arrays([pa.array([CHROME]), pa.array([CHROME])], names=["text", "text"])
    with pytest.raises(ValueError, match="several columns 'text'"):
        clean_batch(twice)


def test_a_batch_that_was_cleaned_already_needs_another_name_for_the_second_account() -> None:
    once = clean_batch(batch(text=[CHROME]))
    with pytest.raises(ValueError, match="column 'cleaner' already"):
        clean_batch(once)
    assert clean_batch(once, columns=Columns(account="again")).schema.names == ["text", "cleaner", "again"]


def test_a_batch_that_holds_no_results_is_refused() -> None:
    with pytest.raises(ValueError, match="not cleaned"):
        list(results(batch(text=[CHROME])))


def test_a_slice_is_cleaned_like_the_rows_that_it_holds() -> None:
    rows = batch(text=["Nothing to do here.", CHROME, None, CHROME])
    assert clean_batch(rows.slice(1, 2)).column("text").to_pylist() == [CLEANED, None]
