"""What is in files of each kind, whole and damaged."""

import bz2
import csv
import gzip
import io
import json
import os
import struct
import threading
import uuid
import zipfile
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastwarc.stream_io import ZstdWriter
from making import cpu_seconds

from cleaner.extras import ExtraMissingError
from cleaner.records import (
    InputError,
    ReadOptions,
    UniqueIds,
    Unreadable,
    columnar,
    count,
    formats,
    read,
    separated,
    streams,
    total_bytes,
)
from cleaner.runs import unique_ids
from cleaner.text import Document

LINES = b'{"id": "a", "text": "One."}\n{"id": "b", "text": "Two.", "title": "Second"}\n'


def read_all(*inputs: str | Path, **options: Any) -> list[Document | Unreadable]:
    return list(read([str(one) for one in inputs], options=ReadOptions(**options)))


def texts(*inputs: str | Path, **options: Any) -> list[str | bytes]:
    found = read_all(*inputs, **options)
    assert all(isinstance(one, Document) for one in found), found
    return [one.text for one in found if isinstance(one, Document)]


def errors(found: list[Document | Unreadable]) -> list[tuple[str, str]]:
    return [(one.id, one.error) for one in found if isinstance(one, Unreadable)]


def zstandard(data: bytes) -> bytes:
    archive = io.BytesIO()
    writer = ZstdWriter(archive)
    writer.write(data)
    writer.close()
    return archive.getvalue()


def warc_record(kind: str, url: str, body: bytes, http: str = "", media_type: str = "text/plain") -> bytes:
    block = (http.encode() + b"\r\n\r\n" if http else b"") + body
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}>\r\n"
        f"WARC-Date: 2024-05-01T00:00:00Z\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: {'application/http; msgtype=response' if http else media_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def response(url: str, body: bytes, headers: str = "Content-Type: text/html") -> bytes:
    return warc_record("response", url, body, f"HTTP/1.1 200 OK\r\n{headers}")


# ---- compression


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard)])
def test_every_kind_may_be_compressed(tmp_path: Path, suffix: str, compress: Any) -> None:
    (tmp_path / f"a.txt{suffix}").write_bytes(compress(b"A text."))
    (tmp_path / f"b.html{suffix}").write_bytes(compress(b"<p>A page.</p>"))
    (tmp_path / f"c.jsonl{suffix}").write_bytes(compress(LINES))
    (tmp_path / f"d.warc{suffix}").write_bytes(compress(response("http://a.example/", b"<p>Crawled.</p>")))
    assert texts(tmp_path) == [b"A text.", b"<p>A page.</p>", "One.", "Two.", b"<p>Crawled.</p>"]


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard)])
def test_archives_of_several_members_are_read_to_the_end(tmp_path: Path, suffix: str, compress: Any) -> None:
    (tmp_path / f"x.jsonl{suffix}").write_bytes(b"".join(compress(line + b"\n") for line in LINES.splitlines()))
    assert texts(tmp_path) == ["One.", "Two."]


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard)])
def test_half_an_archive_gives_what_is_whole_and_says_where_it_ends(tmp_path: Path, suffix: str, compress: Any) -> None:
    lines = [json.dumps({"id": f"d{number}", "text": os.urandom(300).hex()}).encode() for number in range(2_000)]
    whole = compress(b"\n".join(lines))
    (tmp_path / f"x.jsonl{suffix}").write_bytes(whole[: len(whole) // 2])
    found = read_all(tmp_path)
    [(place, error)] = errors(found)
    good = [one for one in found if isinstance(one, Document)]
    assert 100 < len(good) < 1_999
    assert [one.id for one in good] == [f"d{number}" for number in range(len(good))]
    assert found[-1].id == place == f"x.jsonl{suffix}:{len(good) + 1}"
    assert "from here on the file cannot be read" in error


def test_values_that_python_does_not_have_are_no_reason_to_stop(tmp_path: Path) -> None:
    offsets, content = pa.py_buffer(struct.pack("<3i", 0, 3, 7)), pa.py_buffer(b"One" + "Łódź".encode("iso-8859-2"))
    texts = pa.Array.from_buffers(pa.string(), 2, [None, offsets, content])
    times = pa.array([0, 2**60], pa.timestamp("ms"))
    pq.write_table(pa.table({"text": texts, "when": times}), tmp_path / "x.parquet")
    first, second = read_all(tmp_path)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.text, second.text) == ("One", "Łódź".encode("iso-8859-2"))
    assert (first.metadata["when"].year, second.metadata["when"]) == (1970, 2**60)


@pytest.mark.parametrize("name", ["x.txt.gz", "x.jsonl.zst", "x.warc.gz", "x.parquet"])
def test_what_is_not_what_its_name_says_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bz2.compress(b"something else") * 20)
    [(place, error)] = errors(read_all(tmp_path))
    assert place == name
    assert "cannot be read" in error


def test_an_archive_that_inflates_without_end_is_refused_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_DOCUMENT_BYTES", 1_000_000)
    taken: list[int] = []
    whole = gzip.GzipFile.read

    def counted(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        data = whole(self, size)
        taken.append(len(data))
        return data

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    (tmp_path / "bomb.txt.gz").write_bytes(gzip.compress(b" " * 50_000_000))
    assert errors(read_all(tmp_path)) == [("bomb.txt.gz", "larger than 1 MB")]
    assert sum(taken) <= 2_100_000


def test_a_line_that_is_too_long_is_left_out_and_the_next_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_DOCUMENT_BYTES", 100)
    long = json.dumps({"text": "x" * 5_000_000}).encode()
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(LINES + long + b"\n" + LINES))
    found = read_all(tmp_path)
    assert errors(found) == [("x.jsonl.gz:3", "larger than 0.0001 MB")]
    assert [one.id for one in found] == ["a", "b", "x.jsonl.gz:3", "a~2", "b~2"]


@pytest.mark.parametrize("name", ["page.php", "page", "page.gz"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "windows-1251"])
def test_a_file_whose_name_says_nothing_is_a_page_where_it_begins_as_one(tmp_path: Path, name: str, charset: str) -> None:
    data = "<!-- Газета -->\n<!DOCTYPE html><p>Мост открыт.</p>".encode(charset)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    [document] = read_all(tmp_path / name)
    assert isinstance(document, Document)
    assert (document.text, document.media_type) == (data, "text/html")


def test_a_file_whose_name_says_nothing_is_else_a_text(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("How to write <html>.")
    (tmp_path / "page.txt").write_text("<html><p>Named a text.</p></html>")
    found = read_all(tmp_path / "README", tmp_path / "page.txt")
    assert [one.media_type for one in found if isinstance(one, Document)] == ["text/plain", "text/plain"]


@pytest.mark.parametrize(
    ("data", "told"), [(b"%PDF-1.7\n1 0 obj", "a PDF"), (b"PK\x03\x04rest", ".docx"), (b"\x1f\x8b\x08", "gzip")]
)
@pytest.mark.parametrize("name", ["x", "x.pdf", "x.txt", "x.html"])
def test_a_file_of_another_kind_is_told_whatever_its_name(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(data)
    [(place, error)] = errors(read_all(tmp_path / name))
    assert place == name
    assert error.startswith("neither text nor HTML, but ")
    assert told in error


# ---- JSON lines


def test_the_fields_of_a_record_can_be_named(tmp_path: Path) -> None:
    record = {"text": "not this", "story": "But this.", "key": 7, "where": "https://example.org/7", "url": "other", "n": [1, 2]}
    (tmp_path / "x.jsonl").write_text(json.dumps(record))
    [document] = read_all(tmp_path / "x.jsonl", text="story", id="key", url="where")
    assert isinstance(document, Document)
    assert (document.text, document.id, document.url) == ("But this.", "7", "https://example.org/7")
    assert document.metadata == {key: record[key] for key in ("text", "where", "url", "n")}
    has = "the record has text, story, key, where, url, n"
    told = f"x.jsonl:1: no text in the field tale; {has}"
    assert errors(read_all(tmp_path / "x.jsonl", text="tale")) == [("other", told)]
    (tmp_path / "x.jsonl").write_text('{"id": "a", "text": 5, "year": 2024}\n{"text": "", "html": "<p>Page.</p>"}')
    without, page = read_all(tmp_path / "x.jsonl")
    assert (type(without), without.id, without.metadata) == (Unreadable, "a", {"text": 5, "year": 2024})
    assert isinstance(page, Document)
    assert (page.text, page.media_type) == ("<p>Page.</p>", "text/html")


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_a_null_is_an_empty_text(tmp_path: Path, suffix: str) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "text": None, "html": None, "at": {"story": None}},
        {"id": "b", "text": None, "html": "<p>Page.</p>", "at": {"story": "Told."}},
        {"id": "c", "text": "", "html": None, "at": {"story": ""}},
    ]
    path = tmp_path / f"x{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text(json.dumps(rows) if suffix == ".json" else "\n".join(map(json.dumps, rows)))
    found = read_all(path)
    assert errors(found) == []
    assert [one.text for one in found if isinstance(one, Document)] == ["", "<p>Page.</p>", ""]
    assert found[0].metadata == {"html": None, "at": {"story": None}}  # the text is not told of twice
    assert texts(path, text="at.story") == ["", "Told.", ""]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_name_with_dots_reaches_into_objects_where_no_field_has_it(tmp_path: Path, suffix: str) -> None:
    record = {"a.b": "Named so.", "data": {"story": "One.", "key": 7, "at": {"url": "https://example.org/7"}, "n": 1}}
    path = tmp_path / f"x{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([record]), path)
    else:
        path.write_text(json.dumps(record))
    [document] = read_all(path, text="data.story", id="data.key", url="data.at.url")
    assert isinstance(document, Document)
    assert (document.text, document.id, document.url) == ("One.", "7", "https://example.org/7")
    assert document.metadata == {"a.b": "Named so.", "data": {"at": {"url": "https://example.org/7"}, "n": 1}}
    assert texts(path, text="a.b") == ["Named so."]
    assert errors(read_all(path, text="a.b", id="data.nope"))[-1][1] == "no record has a field data.nope (--id-field)"


def test_the_address_that_a_crawler_writes_in_its_metadata_comes_after_the_usual_names(tmp_path: Path) -> None:
    crawled: list[dict[str, Any]] = [
        {"metadata": {"url": "u", "sourceURL": "s"}},
        {"metadata": {"url": "u"}},
        {"metadata": {"url": "u"}, "link": "l"},
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps({"text": "One.", **one}) for one in crawled))
    assert [one.url for one in read_all(tmp_path) if isinstance(one, Document)] == ["s", "u", "l"]


def test_a_page_says_more_than_the_markdown_that_a_crawler_made_of_it(tmp_path: Path) -> None:
    crawled = [{"markdown": "[Two](/2).", "html": "<p>Two.</p>"}, {"markdown": "[Two](/2).", "links": ["/2"]}]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, crawled)))
    page, text = read_all(tmp_path / "x.jsonl")
    assert isinstance(page, Document)
    assert isinstance(text, Document)
    assert (page.text, page.media_type) == ("<p>Two.</p>", "text/html")
    assert (text.text, text.media_type) == ("[Two](/2).", "text/plain")


def test_a_record_without_text_names_some_of_its_fields(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{}\n" + json.dumps({"x" * 1_000: 1} | {f"f{number}": number for number in range(8)}))
    (_, bare), (place, error) = errors(read_all(tmp_path / "x.jsonl"))
    assert "the record has no field;" in bare
    assert place == "x.jsonl:2"
    assert error.startswith("no text in any of the fields text, content,")
    assert f"the record has {'x' * 40}, f0, f1, f2, f3, f4, f5, f6, …;" in error


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_field_that_is_named_and_stands_in_no_record_is_told_behind_them(tmp_path: Path, suffix: str) -> None:
    rows = [{"text": "One.", "key": "a"}, {"text": "Two.", "key": None}]
    path = tmp_path / f"x{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text('{"text": "One."}\nno JSON\n{"text": "Two.", "key": "b"}')
    assert not [error for _, error in errors(read_all(path, id="key")) if "no record" in error]  # it may be missing from some
    found = read_all(path, id="nope", url="where")
    assert [one.text for one in found if isinstance(one, Document)] == ["One.", "Two."]
    assert errors(found)[-1] == (path.name, "no record has a field nope (--id-field) or where (--url-field)")
    assert found[-1].id == path.name


def test_a_named_field_of_html_is_read_as_a_page(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(json.dumps({"text": "shown", "source": "<p>Page.</p>"}))
    [document] = read_all(tmp_path / "x.jsonl", html="source")
    assert isinstance(document, Document)
    assert (document.text, document.media_type) == ("<p>Page.</p>", "text/html")


@pytest.mark.parametrize(
    "line",
    [
        *(b'{"text": "One', b"[1, 2]", b"null", b'{"title": "no text"}', b'{"text": 5}', b'{"text": NaN}'),
        *(b"\xff\xfe{", b"[" * 100_000, b'{"text": "One", "deep": ' + b"[" * 129 + b"]" * 129 + b"}"),
    ],
)
def test_a_line_that_is_no_document_is_told_and_the_others_are_read(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "x.jsonl").write_bytes(LINES + line + b"\n" + LINES)
    found = read_all(tmp_path)
    assert [place for place, _ in errors(found)] == ["x.jsonl:3"]
    assert [one.id for one in found] == ["a", "b", "x.jsonl:3", "a~2", "b~2"]


def test_numbers_and_halves_of_characters_that_only_python_writes_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'{"text": "half \\ud83d", "score": NaN, "big": 100000000000000000000000000}\n')
    [document] = read_all(tmp_path)
    assert isinstance(document, Document)
    assert document.text == "half \ud83d"
    assert document.metadata["big"] == 10**26


def test_a_record_may_be_nested_so_deep_and_no_deeper(tmp_path: Path) -> None:
    lines = (f'{{"id": "{levels}", "text": "One.", "deep": {"[0, " * levels}1{"]" * levels}}}\n' for levels in (127, 128, 600))
    (tmp_path / "x.jsonl").write_text("".join(lines))
    found = read_all(tmp_path)
    assert [one.id for one in found] == ["127", "128", "600"]
    assert errors(found) == [("600", "its fields are nested deeper than 128 levels")]


# ---- JSON


CRAWLED = {"markdown": "One.", "metadata": {"title": "First", "sourceURL": "https://example.org/1"}}


@pytest.mark.parametrize(
    "value", [CRAWLED, [CRAWLED], {"success": True, "data": CRAWLED}, {"status": "completed", "total": 1, "data": [CRAWLED]}]
)
@pytest.mark.parametrize(("suffix", "compress"), [("", bytes), (".gz", gzip.compress), (".zst", zstandard)])
def test_the_objects_in_a_file_of_json_are_its_records(tmp_path: Path, value: Any, suffix: str, compress: Any) -> None:
    (tmp_path / f"x.json{suffix}").write_bytes(compress(json.dumps(value, indent=2).encode()))
    [document] = read_all(tmp_path)
    assert isinstance(document, Document)
    assert (document.id, document.text, document.url) == (f"x.json{suffix}:1", "One.", "https://example.org/1")
    assert document.metadata == {"metadata": CRAWLED["metadata"]}


def test_a_field_data_that_holds_no_objects_is_a_field(tmp_path: Path) -> None:
    for number, data in enumerate(([1], "x", None, [{"text": "no"}, 5])):
        (tmp_path / f"{number}.json").write_text(json.dumps({"text": "One.", "data": data}))
    assert texts(tmp_path) == ["One."] * 4


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"text": "One.",', "not JSON: "),
        (b'{"text": "One."}\n{"text": "Two."}', "one object a line is JSON lines (.jsonl)"),
        (b"5", "not a JSON object"),
        (b"[" * 100_000, "nested deeper than"),
        (b'{"text": "One.", "data": "' + b"x" * 1_000 + b'"}', "larger than 0.001 MB, and JSON is read as a whole"),
    ],
)
def test_a_file_of_json_that_cannot_be_read_is_a_record_that_failed(
    tmp_path: Path, data: bytes, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_JSON_BYTES", 1_000 if b"xxx" in data else 1_000_000)
    (tmp_path / "x.json").write_bytes(data)
    [(place, error)] = errors(read_all(tmp_path))
    assert (place, told in error) == ("x.json:1", True)


def test_what_is_no_object_in_an_array_is_told_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[{"text": "One."}, 5, {"id": "c", "text": "Three."}]')
    found = read_all(tmp_path)
    assert [one.id for one in found] == ["x.json:1", "x.json:2", "c"]
    assert errors(found) == [("x.json:2", "not a JSON object")]


# ---- CSV


def test_the_rows_of_a_table_in_a_text_file_are_documents_and_other_columns_travel_along(tmp_path: Path) -> None:
    rows = [["id", "title", "text"], ["a", 'A "first"', "One.\n\nTwo, three."], ["b", "", ""], ["c", "C; d", "She said “no”."]]
    with (tmp_path / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    found = [one for one in read_all(tmp_path) if isinstance(one, Document)]
    assert [[one.id, one.metadata["title"], one.text] for one in found] == rows[1:]
    assert [one.metadata for one in found] == [{"title": title} for _, title, _ in rows[1:]]


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.csv.gz"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_values_are_separated_by_what_separates_the_names(tmp_path: Path, name: str, separator: str) -> None:
    data = f'n{separator}"text"{separator}url\r\n\r\n1{separator}"One, two; three"{separator}http://a.example/\r\n'.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    [document] = read_all(tmp_path)
    assert isinstance(document, Document)
    assert (document.text, document.url, document.metadata["n"]) == ("One, two; three", "http://a.example/", "1")


def test_a_table_may_begin_with_a_mark_and_have_a_name_twice(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("\ufefftext,n,n\nOne.,2,3\n", "utf-8")
    [document] = read_all(tmp_path)
    assert (document.metadata, texts(tmp_path)) == ({"n": "2", "n_2": "3"}, ["One."])


def test_a_name_that_comes_again_takes_no_other_column_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("n,n,n_2,n,text\n1,2,3,4,One.\n")
    [document] = read_all(tmp_path)
    assert document.metadata == {"n": "1", "n_3": "2", "n_2": "3", "n_4": "4"}


@pytest.mark.parametrize(("names", "metadata"), [("ID;Title;Text", {"Title": "T"}), ("ID;TITLE;CONTENT", {"TITLE": "T"})])
def test_columns_may_be_named_in_capitals(tmp_path: Path, names: str, metadata: dict[str, str]) -> None:
    (tmp_path / "x.csv").write_text(f"{names}\na;T;One.\n")
    [document] = read_all(tmp_path)
    assert isinstance(document, Document)
    assert (document.id, document.text, document.metadata) == ("a", "One.", metadata)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_spreadsheet_may_be_told_what_separates_values(tmp_path: Path, separator: str) -> None:
    table = "\ufeffsep=;\r\nn, as counted;text\r\n1;One, two, three.\r\n".replace(";", separator)
    (tmp_path / "x.csv").write_bytes(table.encode())
    [document] = read_all(tmp_path)
    assert (document.metadata, texts(tmp_path)) == ({"n, as counted": "1"}, ["One, two, three."])


def test_blank_lines_may_stand_above_a_table(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("\ufeff\r\n\r\nn;text\r\n1;One.\r\n".encode())
    assert texts(tmp_path) == ["One."]


def test_many_columns_of_one_name_take_time_in_proportion_to_their_number() -> None:
    few, many = (["a"] * count for count in (20_000, 80_000))
    assert cpu_seconds(lambda: separated._names(many)) < 8 * cpu_seconds(lambda: separated._names(few))


def test_of_a_table_in_another_charset_the_names_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("id;prénom;größe;text\n1;André;2;One.\n".encode("windows-1252"))
    [document] = read_all(tmp_path)
    assert document.metadata == {"prénom": "André", "größe": "2"}


def test_values_of_a_row_may_be_in_two_charsets(tmp_path: Path) -> None:
    place = "Genève, à côté de l’église\noù les élèves étaient allés"
    row = b'1,Andr\xe9 Lef\xe8vre,"' + place.encode() + b'",One.\n'
    (tmp_path / "x.csv").write_bytes(b"id,who,place,text\n" + row)
    [document] = read_all(tmp_path)
    assert document.metadata == {"who": "André Lefèvre", "place": place}


def test_of_a_table_in_another_charset_texts_stay_bytes_and_the_rest_is_read(tmp_path: Path) -> None:
    text = "Le café était fermé hier soir, dit-il."
    (tmp_path / "x.csv").write_bytes(f"id;text;place\né1;{text};Besançon\n2;One.;Rome\n".encode("windows-1252"))
    first, second = read_all(tmp_path)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.id, first.text, first.metadata) == ("é1", text.encode("windows-1252"), {"place": "Besançon"})
    assert (second.text, second.metadata) == ("One.", {"place": "Rome"})


def test_no_charset_is_guessed_for_what_stays_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_bytes("text;place\nLe café était fermé.;Rome\n".encode("windows-1252"))
    monkeypatch.setattr(separated, "read_bytes", pytest.fail)
    [document] = read_all(tmp_path)
    assert isinstance(document, Document)
    assert (document.text, document.metadata) == ("Le café était fermé.".encode("windows-1252"), {"place": "Rome"})


def test_a_row_that_is_none_is_a_failed_document_and_the_next_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('text,n\nOne.,1\nTwo.\n"Three" x,3\nFour.,4\n')
    found = read_all(tmp_path)
    assert [one.text for one in found if isinstance(one, Document)] == ["One.", "Four."]
    assert [place for place, _ in errors(found)] == ["x.csv:2", "x.csv:3"]
    assert errors(found)[0][1] == "a row of 1 values, where the first row has 2"
    assert errors(found)[1][1].startswith("not a row of the table: ")


def test_how_many_lines_an_open_quotation_mark_has_swallowed_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('n,text\n1,"One.\n2,Two.\n3,"Three" x\n4,Four.\n')
    found = read_all(tmp_path)
    assert [one.text for one in found if isinstance(one, Document)] == ["Four."]
    [(place, error)] = errors(found)
    assert (place, error.endswith(", in 3 lines from here on")) == ("x.csv:1", True)


def test_what_an_open_quotation_mark_swallows_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_DOCUMENT_BYTES", 10_000)
    (tmp_path / "x.csv").write_text('text\nOne.\n"Two.\n' + "Three.\n" * 100_000)
    found = read_all(tmp_path)
    assert isinstance(found[0], Document)
    assert errors(found) == [("x.csv:2", "from here on the file cannot be read: a row is larger than 0.01 MB")]
    (tmp_path / "x.csv").write_text('text\nOne.\n"Two.\n')
    assert errors(read_all(tmp_path)) == [("x.csv:2", "not a row of the table: unexpected end of data")]


def test_a_table_of_figures_is_left_out_unless_one_of_its_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("year,tons\n2023,7\n")
    (tmp_path / "y.csv").write_text("")
    left_out: list[str] = []
    assert list(read([str(tmp_path)], leave_out=left_out.append)) == []
    assert left_out == ["table without a column of text, as --text-field would name it"]
    assert texts(tmp_path, text="tons") == ["7"]
    assert errors(read_all(tmp_path, text="story")) == [("x.csv", "no column story; there are year, tons")]


@pytest.mark.parametrize("data", ["text,n\nOne.,1\n".encode("utf-16"), b'"text\nOne.\n'])
def test_what_is_no_table_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    [(place, error)] = errors(read_all(tmp_path))
    assert place == "x.csv"
    assert "cannot be read" in error


# ---- Parquet


def test_the_rows_of_a_parquet_file_are_documents_and_other_columns_travel_along(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "One.", "tags": ["x", "y"], "n": 1}, {"id": "b", "text": "Two.", "tags": None, "n": None}]
    pq.write_table(pa.Table.from_pylist(rows * 50), tmp_path / "x.parquet", row_group_size=7)
    found = read_all(tmp_path)
    assert len(found) == 100
    assert isinstance(found[0], Document)
    assert (found[0].text, found[0].metadata) == ("One.", {"tags": ["x", "y"], "n": 1})


def test_of_large_rows_few_are_in_memory_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    of_batch = columnar._rows_of

    def counted(batch: pa.RecordBatch) -> list[dict[str, Any]]:
        sizes.append(batch.num_rows)
        return of_batch(batch)

    monkeypatch.setattr(columnar, "_rows_of", counted)
    monkeypatch.setattr(columnar, "_ROWS_BYTES", 50_000)
    with pq.ParquetWriter(tmp_path / "x.parquet", pa.schema([("text", pa.string())]), use_dictionary=False) as writer:
        for characters in (20, 10_000, 200_000):
            writer.write_table(pa.table({"text": ["x" * characters] * 40}))
    assert [len(one.text) for one in read_all(tmp_path) if isinstance(one, Document)] == [20] * 40 + [10_000] * 40 + [
        200_000
    ] * 40
    assert sizes == [32, 8, *[4] * 10, *[1] * 40]


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".zst", zstandard)])
def test_a_compressed_parquet_file_is_read_by_a_temporary_one_of_bounded_size(
    tmp_path: Path, suffix: str, compress: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"text": ["One.", "Two."]}), tmp_path / "x.parquet")
    whole = (tmp_path / "x.parquet").read_bytes()
    path = tmp_path / f"x.parquet{suffix}"
    path.write_bytes(compress(whole))
    assert texts(path) == ["One.", "Two."]
    monkeypatch.setattr(streams, "MAX_SPOOLED_BYTES", len(whole) - 1)
    assert "larger than" in errors(read_all(path))[0][1]


def test_html_may_be_a_column_of_bytes(tmp_path: Path) -> None:
    pq.write_table(pa.table({"html": pa.array([b"<p>Page.</p>"], pa.binary())}), tmp_path / "x.parquet")
    [document] = read_all(tmp_path)
    assert isinstance(document, Document)
    assert (document.text, document.media_type) == (b"<p>Page.</p>", "text/html")


def test_a_parquet_file_without_a_text_column_is_told_with_its_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"title": ["x"], "words": [3]}), tmp_path / "x.parquet")
    [(place, error)] = errors(read_all(tmp_path))
    assert place == "x.parquet"
    assert "no column text" in error
    assert "title, words" in error


def test_a_name_of_a_column_that_is_no_text_is_told_of_its_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["One."], "caf_": [1]}), tmp_path / "x.parquet", store_schema=False)
    (tmp_path / "x.parquet").write_bytes((tmp_path / "x.parquet").read_bytes().replace(b"caf_", b"caf\xe9"))
    (tmp_path / "y.txt").write_text("A text.")
    found = read_all(tmp_path)
    assert [one.id for one in found] == ["x.parquet", "y.txt"]
    assert "not UTF-8" in errors(found)[0][1]


def test_half_a_parquet_file_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [os.urandom(50).hex() for _ in range(1_000)]}), tmp_path / "x.parquet")
    whole = (tmp_path / "x.parquet").read_bytes()
    (tmp_path / "x.parquet").write_bytes(whole[: len(whole) // 2])
    assert "not a whole Parquet file" in errors(read_all(tmp_path))[0][1]
    (tmp_path / "x.parquet").write_bytes(whole[:4] + bytes(60) + whole[64:])
    assert "cannot be read" in errors(read_all(tmp_path))[-1][1]


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    (tmp_path / "x.parquet").write_bytes(b"")
    monkeypatch.delitem(sys.modules, "cleaner.records.columnar", raising=False)
    monkeypatch.delattr("cleaner.records.columnar", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExtraMissingError, match=r"cleaner-text\[parquet\]"):
        read_all(tmp_path)


# ---- WARC and WET


def test_pages_and_texts_of_an_archive_are_documents(tmp_path: Path) -> None:
    archive = (
        warc_record("warcinfo", "http://x.example/", b"software: crawler")
        + response("http://a.example/1", b"<p>One.</p>")
        + response("http://a.example/2", gzip.compress(b"<p>Two.</p>"), "Content-Type: text/html\r\nContent-Encoding: gzip")
        + response("http://a.example/3", b"\x89PNG", "Content-Type: image/png")
        + response("http://a.example/4", "<p>Łódź.</p>".encode("iso-8859-2"), "Content-Type: text/html; charset=iso-8859-2")
        + response("http://a.example/5", b"<p>Five.</p>", "Content-Type: text/html\r\nContent-Encoding: gzip")
        + warc_record("conversion", "http://a.example/6", b"Six.")
    )
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress(archive))
    found = read_all(tmp_path)
    assert [one.text for one in found if isinstance(one, Document)] == [
        *(b"<p>One.</p>", b"<p>Two.</p>", "<p>Łódź.</p>".encode("iso-8859-2")),
        *(b"<p>Five.</p>", b"Six."),  # of the former the header lies: it was decoded when it was archived
    ]
    assert [one.media_type for one in found if isinstance(one, Document)] == [
        *("text/html", "text/html", "text/html; charset=iso-8859-2", "text/html", "text/plain")
    ]
    first = found[0]
    assert isinstance(first, Document)
    assert first.id.startswith("urn:uuid:")
    assert (first.url, first.media_type) == ("http://a.example/1", "text/html")
    assert first.metadata == {"url": "http://a.example/1", "date": "2024-05-01T00:00:00Z"}


def answered(status: str, url: str, headers: str = "Content-Type: text/html", body: bytes = b"<p>Page.</p>") -> bytes:
    return warc_record("response", url, body, f"HTTP/1.1 {status}\r\n{headers}" if headers else f"HTTP/1.1 {status}")


def test_what_is_no_page_of_an_archive_is_left_out_and_told(tmp_path: Path) -> None:
    archive = (
        answered("200 OK", "http://a.example/1")
        + answered("404 Not Found", "http://a.example/2")
        + answered("301 Moved Permanently", "http://a.example/3", "")
        + answered("200 OK", "http://a.example/robots.txt", "Content-Type: text/plain")
        + answered("404 Not Found", "http://a.example/robots.txt", "Content-Type: text/plain")
        + answered("200 OK", "http://a.example/4", "Content-Type: image/png")
        + answered("200 OK", "http://a.example/5", "Content-Type: x/made-up")
        + answered("200 OK", "http://a.example/6", "")
        + answered("203 Non-Authoritative Information", "http://a.example/about/robots.txt", "Content-Type: text/plain")
        + answered("nonsense", "http://[a.example/7")
        + warc_record("conversion", "http://a.example/robots.txt", b"User-agent: *")
    )
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress(archive))
    why: list[str] = []
    found = list(read([str(tmp_path)], leave_out=why.append))
    assert [one.url for one in found if isinstance(one, Document)] == [
        *("http://a.example/1", "http://a.example/about/robots.txt", "http://[a.example/7")
    ]
    assert errors(found) == []
    assert why == [
        *("HTTP 404", "HTTP 301", "robots.txt", "HTTP 404", "image/png", "another media type", "no media type", "robots.txt")
    ]


def test_a_record_that_is_cut_off_is_told(tmp_path: Path) -> None:
    whole = response("http://a.example/1", b"<p>One.</p>") + response("http://a.example/2", b"<p>Two.</p>" * 20)
    (tmp_path / "x.warc").write_bytes(whole[:-100])
    found = read_all(tmp_path)
    assert [type(one) for one in found] == [Document, Unreadable]
    assert "cut off" in errors(found)[0][1]
    (tmp_path / "x.warc").unlink()
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress(whole)[:-30])
    assert [type(one) for one in read_all(tmp_path)] == [Document, Unreadable]


def test_a_record_with_a_broken_body_spoils_no_other(tmp_path: Path) -> None:
    broken = "Content-Type: text/html\r\nTransfer-Encoding: chunked"
    records = [response("http://a.example/1", b"<p>One.</p>", broken), response("http://a.example/2", b"<p>Two.</p>")]
    (tmp_path / "x.warc").write_bytes(b"".join(records))
    assert texts(tmp_path)[-1] == b"<p>Two.</p>"


@pytest.mark.parametrize("length", ["²", "9" * 5_000, "-1", ""])
def test_a_length_that_is_none_is_damage_of_its_record(tmp_path: Path, length: str) -> None:
    header = f"Content-Length: {length}\r\nX: ".encode()
    odd = response("http://a.example/2", b"<p>Two.</p>").replace(b"Content-Length: ", header)
    (tmp_path / "x.warc").write_bytes(response("http://a.example/1", b"<p>One.</p>") + odd)
    found = read_all(tmp_path)
    assert [type(one) for one in found[:2]] == [Document, Unreadable]
    assert "damaged in its header" in errors(found)[0][1]


# ---- where files are


def test_other_file_systems_are_read_by_url(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A text.")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(LINES))
    memory = fsspec.filesystem("memory")
    memory.pipe("/corpus/deep/a.txt", b"A text.")
    memory.pipe("/corpus/b.jsonl.gz", gzip.compress(LINES))
    assert [one.id for one in read_all(f"file://{tmp_path}")] == ["a.txt", "a", "b"]
    assert [one.id for one in read_all("memory://corpus")] == ["a", "b", "deep/a.txt"]
    assert texts("memory://corpus/deep/a.txt", f"file://{tmp_path}/a.txt") == [b"A text.", b"A text."]
    with pytest.raises(InputError, match="no such file"):
        read_all("memory://nowhere")
    with pytest.raises(InputError, match="nonsense"):
        read_all("nonsense://bucket/x")
    memory.rm("/corpus", recursive=True)


def test_archives_of_files_are_read_by_url_and_a_broken_one_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", "A text.")
        archive.writestr("deep/b.jsonl.gz", gzip.compress(LINES))
    inside = f"::file://{tmp_path}/x.zip"
    assert texts(f"zip://a.txt{inside}") == [b"A text."]
    assert texts(f"zip://deep/b.jsonl.gz{inside}") == ["One.", "Two."]
    assert [one.id for one in read_all(f"zip://{inside}")] == ["a.txt", "a", "b"]
    whole = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "y.zip").write_bytes(whole.replace(b"A text.", b"B text."))
    assert "Bad CRC" in errors(read_all(f"zip://a.txt::file://{tmp_path}/y.zip"))[0][1]
    (tmp_path / "z.zip").write_bytes(whole[:60])
    for protocol in ("zip", "tar"):
        with pytest.raises(InputError, match=f"{protocol}://a.txt"):
            read_all(f"{protocol}://a.txt::file://{tmp_path}/z.zip")


def test_a_file_in_an_archive_that_cannot_be_unpacked_is_told_of_that_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", "A text. " * 50)
    whole = (tmp_path / "x.zip").read_bytes()
    local, central = whole.index(b"PK\x03\x04"), whole.index(b"PK\x01\x02")

    def changed(at: dict[int, int]) -> str:
        (tmp_path / "y.zip").write_bytes(bytes(at.get(place, byte) for place, byte in enumerate(whole)))
        [(_, error)] = errors(read_all(f"zip://a.txt::file://{tmp_path}/y.zip"))
        return error

    assert "encrypted" in changed({local + 6: whole[local + 6] | 1, central + 8: whole[central + 8] | 1})
    assert "not supported" in changed({local + 8: 99, central + 10: 99})
    assert "cannot be read" in changed({local + 30 + len("a.txt") + 4: 255})  # LZMA's own header


@pytest.mark.skipif(os.name == "nt", reason="named pipes")
def test_a_pipe_may_be_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    writer = threading.Thread(target=(tmp_path / "pipe.jsonl").write_bytes, args=(LINES,))
    writer.start()
    assert texts(tmp_path / "pipe.jsonl") == ["One.", "Two."]
    writer.join()


@pytest.mark.skipif(os.name == "nt", reason="named pipes")
def test_a_pipe_in_a_folder_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "x.txt").write_text("A text.")
    assert [type(one) for one in read_all(tmp_path)] == [Unreadable, Document]


def test_links_that_lead_nowhere_or_to_themselves_are_told(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "x.txt").write_text("A text.")
    assert [(one.id, type(one)) for one in read_all(tmp_path)] == [
        ("gone.txt", Unreadable),
        ("loop.txt", Unreadable),
        ("x.txt", Document),
    ]
    assert [type(one) for one in read([str(tmp_path / "loop.txt")], exclude=tmp_path)] == [Unreadable]


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "x.txt").write_text("A text.")
    scandir = os.scandir

    def refused(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    found = read_all(tmp_path)
    assert errors(found) == [("closed", "cannot be read: Permission denied")]
    assert len(found) == 2


@pytest.mark.skipif(os.name == "nt", reason="names of bytes")
def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \n.txt")
    (tmp_path / name).write_text("A text.")
    [document] = read_all(tmp_path)
    assert document.id == name


def test_a_text_that_changes_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.txt").write_text("A text.")
    look = streams.look

    def changing(path: str) -> streams.File:
        with Path(path).open("a") as file:
            file.write("!")
        return look(path)

    monkeypatch.setattr(streams, "look", changing)
    assert errors(read_all(tmp_path)) == [("x.txt", "changes while it is being read")]


def test_documents_and_bytes_are_counted_where_that_needs_no_reading(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("A text.")
    (tmp_path / "y.html").write_text("A page.")
    assert count([str(tmp_path)]) == 2
    assert total_bytes([str(tmp_path)]) == 14
    (tmp_path / "z.jsonl").write_bytes(LINES)
    assert count([str(tmp_path)]) is None
    assert total_bytes([str(tmp_path)]) == 14 + len(LINES)
    assert total_bytes(["-"]) is None


# ---- ids


def test_names_of_files_that_are_shortened_are_given_once() -> None:
    ids = unique_ids("txt")
    given = [ids.unique(f"{'x' * 300}{end}") for end in ("1", "2", "1")]
    assert len(set(given)) == 3


def test_no_id_is_given_twice_even_where_one_looks_like_a_second() -> None:
    ids = UniqueIds()
    given = [ids.unique(wanted) for wanted in ("a", "a~2", "a", "a", "b", "a~2", "")]
    assert given == ["a", "a~2", "a~3", "a~4", "b", "a~2~3", ""]
    assert len(set(given)) == len(given)


def test_ids_take_bounded_memory() -> None:
    import tracemalloc

    ids = UniqueIds()
    tracemalloc.start()
    for number in range(30_000):
        ids.unique(f"a rather long identifier of a document {number}" * 5)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 1_000_000  # the pages of SQLite are not Python's, and are bounded by its own setting


@pytest.mark.parametrize(
    ("held", "told"), [("5", "a number"), ("[]", "a list"), ("true", "true or false"), ('{"a": 1}', "an object")]
)
def test_a_field_of_a_record_that_holds_no_text_says_what_it_holds(tmp_path: Path, held: str, told: str) -> None:
    (tmp_path / "x.jsonl").write_text(f'{{"text": {held}}}\n')
    (found,) = read([str(tmp_path / "x.jsonl")])
    assert isinstance(found, Unreadable)
    assert found.error == f"the field text holds {told}, not text"
