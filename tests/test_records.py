import json
import os
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.records import InputError, Unreadable, count, output_path, read, whole_file, write_text
from cleaner.text import Document


def ids(inputs: list[Path], exclude: Path | None = None) -> list[str]:
    return [document.id for document in read([str(path) for path in inputs], exclude)]


def test_a_folder_is_searched_through_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.html", "a/b.md", "a/.hidden.txt", "picture.png", ".git/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("text")
    assert ids([tmp_path]) == ["b.txt", "a/b.md", "a/c.html"]


def test_the_output_folder_inside_the_input_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "done.txt").write_text("text")
    (tmp_path / "new.txt").write_text("text")
    assert ids([tmp_path], exclude=tmp_path / "out") == ["new.txt"]


@pytest.mark.parametrize("name", ["", "one.txt", "documents.jsonl"])
def test_what_the_results_would_overwrite_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "one.txt").write_text("text")
    (tmp_path / "documents.jsonl").write_text('{"text": "text"}')
    with pytest.raises(InputError, match="the same place"):
        ids([tmp_path / name], exclude=tmp_path)
    assert ids([tmp_path / name], exclude=tmp_path / "out")


@pytest.mark.parametrize(
    "name", ["p", "p/x.txt", "p/x.md", "documents/part-00000.jsonl", ".cleaner/parts/x.jsonl", "Findings.jsonl"]
)
@pytest.mark.parametrize("scheme", ["", "file://", "local://"])
def test_nothing_is_read_out_of_the_output_folder_that_a_run_might_write_there(tmp_path: Path, name: str, scheme: str) -> None:
    for one in ("p/x.txt", "p/x.md", "p/p/x.txt", "documents/part-00000.jsonl", ".cleaner/parts/x.jsonl", "Findings.jsonl"):
        (tmp_path / one).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / one).write_text('{"text": "text"}')
    with pytest.raises(InputError, match="the same place"):
        list(read([f"{scheme}{tmp_path / name}"], tmp_path))


def test_the_output_folder_inside_the_input_is_left_out_of_a_url_of_this_machine_too(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "done.txt").write_text("text")
    (tmp_path / "new.txt").write_text("text")
    assert [one.id for one in read([f"file://{tmp_path}"], tmp_path / "out")] == ["new.txt"]
    assert count([f"local://{tmp_path}"], tmp_path / "out") == 1


def test_a_page_may_stand_beside_its_text(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>text")
    assert ids([tmp_path / "page.html"], exclude=tmp_path) == ["page.html"]


def test_a_link_that_leads_in_circles_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("text")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert ids([tmp_path]) == ["a/x.txt"]


def test_ids_are_made_unique(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text("text")
    assert ids([tmp_path / "one", tmp_path / "two"]) == ["x.txt", "x.txt~2"]


def test_the_media_type_follows_from_the_name(tmp_path: Path) -> None:
    (tmp_path / "x.HTM").write_text("<p>text")
    [document] = read([str(tmp_path / "x.HTM")])
    assert isinstance(document, Document)
    assert document.media_type == "text/html"


def test_json_lines_give_text_url_and_id_and_bad_lines_stay_in_place(tmp_path: Path) -> None:
    lines = [
        json.dumps({"id": "first", "text": "One.", "url": "https://example.org/1"}),
        "{broken",
        "",
        json.dumps(["no object"]),
        json.dumps({"title": "no text"}),
        json.dumps({"html": "<p>Two.</p>"}),
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    documents = list(read([str(tmp_path / "x.jsonl")]))
    assert [document.id for document in documents] == ["first", "x.jsonl:2", "x.jsonl:4", "x.jsonl:5", "x.jsonl:6"]
    assert [isinstance(document, Unreadable) for document in documents] == [False, True, True, True, False]
    first, last = documents[0], documents[-1]
    assert isinstance(first, Document)
    assert isinstance(last, Document)
    assert (first.text, first.url) == ("One.", "https://example.org/1")
    assert last.media_type == "text/html"


@pytest.mark.parametrize("name", ["missing", "missing.txt"])
def test_an_input_that_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read([str(tmp_path / name)]))


def test_that_an_input_is_not_there_is_told_before_another_is_read(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("text")
    with pytest.raises(InputError, match="no such file"):
        next(read([str(tmp_path / "one.txt"), str(tmp_path / "typo")]))


def test_a_folder_without_documents_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no .txt"):
        list(read([str(tmp_path)]))


def test_files_of_other_kinds_in_a_folder_are_counted(tmp_path: Path) -> None:
    for name in ("a.txt", "b.PDF", "c.pdf", "Makefile", ".hidden.pdf"):
        (tmp_path / name).write_text("text")
    left_out = Counter[str]()
    assert len(list(read([str(tmp_path), str(tmp_path / "c.pdf")], left_out=left_out))) == 2
    assert left_out == {".pdf": 2, "": 1}


@given(st.text())
def test_output_stays_in_its_folder_whatever_the_id(document_id: str) -> None:
    folder = Path("/somewhere/out")
    path = output_path(folder, document_id)
    assert path.is_relative_to(folder)
    assert ".." not in path.parts
    assert path.suffix == ".txt"
    assert path != folder / ".txt"


@pytest.mark.parametrize(
    ("document_id", "expected"),
    [
        ("a/b.txt", "a/b.txt"),
        ("a/b.html", "a/b.html.txt"),
        ("x.txt/y.MD/z", "x.txt%/y.MD%/z.txt"),
        ("findings.jsonl/findings/findings", "findings.jsonl%/findings/findings.txt"),
        ("Documents/x", "Documents%/x.txt"),
        ("run.json/x", "run.json%/x.txt"),
        ("report.html/report.html", "report.html%/report.html.txt"),
        (".cleaner/x", "%2Ecleaner/x.txt"),
        ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd.txt"),
        ("https://example.org/?q=1", "https%3A/example.org/%3Fq=1.txt"),
        ("", "document.txt"),
        ("etc. ..", "etc%2E%20%2E%2E.txt"),
    ],
)
def test_output_names(document_id: str, expected: str) -> None:
    assert output_path(Path("out"), document_id).as_posix() == f"out/{expected}"


def test_long_names_stay_apart() -> None:
    names = [output_path(Path(), f"{'港' * 70}{end}.txt").name for end in ("1", "2", "1~2")]
    assert len(set(names)) == 3
    assert all(len(name.encode()) <= 255 for name in names)


def test_white_space_without_end_in_a_name_is_read_in_linear_time() -> None:
    started = time.process_time()
    output_path(Path(), f"a{' ' * 1_000_000}b")
    assert time.process_time() - started < 5


def test_a_file_that_fails_half_way_leaves_nothing_and_keeps_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), whole_file(path) as file:
        file.write(b"half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="modes of files")
def test_a_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "x.txt", "text")
    finally:
        os.umask(before)
    assert (tmp_path / "x.txt").stat().st_mode & 0o777 == 0o640


def test_line_breaks_are_written_as_they_are(tmp_path: Path) -> None:
    write_text(tmp_path / "x.txt", "one\r\ntwo\rthree\u2028four")
    assert (tmp_path / "x.txt").read_bytes() == "one\r\ntwo\rthree\u2028four".encode()


def test_json_beside_a_document_of_its_name_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.html", "b.txt", "sub/c.md"):
        (tmp_path / name).write_text("One line.")
        (tmp_path / name).with_suffix(".json").write_text('{"year": 1}')
    (tmp_path / "sub" / "b.json").write_text('{"text": "Another line."}')
    for place in (str(tmp_path), f"local://{tmp_path}", f"file://{tmp_path}"):
        left_out = Counter[str]()
        documents = list(read([place], left_out=left_out))
        assert [one.id.rpartition("/")[2] for one in documents] == ["a.html", "b.txt", "b.json:1", "c.md"]
        assert left_out == {".json": 3}
