"""The data of the benchmark: the built-in set, and the layouts that are read."""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cleaner.bench import cases
from cleaner.bench.cases import Data, Page
from cleaner.records import InputError

HTML = "<html><head><title>T</title></head><body><p>Caf\u00e9 nets were mended.</p></body></html>"
URL = "https://www.nets.example/one"


@pytest.fixture(scope="module")
def built_in() -> Data:
    return cases.load(None)


def label(**fields: Any) -> dict[str, Any]:
    """A record of WCXB."""
    truth = {"main_content": "Caf\u00e9 nets were mended.", "with": ["nets were"], "without": ["Log in"]}
    return {
        "url": URL,
        "language": "en",
        "_internal": {"page_type": {"primary": "forum"}},
        "ground_truth": truth,
        **fields,
    }


def wcxb(folder: Path, labels: Mapping[str, Any], pages: Mapping[str, bytes]) -> Path:
    """WCXB's layout: labels by id, pages by the name of the file."""
    for name in ("ground-truth", "html"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, record in labels.items():
        text = record if isinstance(record, str) else json.dumps(record)
        (folder / "ground-truth" / f"{name}.json").write_text(text)
    for name, page in pages.items():
        (folder / "html" / name).write_bytes(page)
    return folder


def scrapinghub(folder: Path, labels: Any) -> Path:
    (folder / "html").mkdir()
    (folder / "html" / "one.html.gz").write_bytes(gzip.compress(HTML.encode()))
    (folder / "ground-truth.json").write_text(json.dumps(labels))
    return folder


def parquet(path: Path, **columns: list[Any]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


def with_a_good_page(folder: Path, record: Any) -> Path:
    """A folder with one page that is all right and one that has `record` for its label."""
    return wcxb(folder, {"bad": record, "good": label()}, {"bad.html": HTML.encode(), "good.html": HTML.encode()})


def pages_of(*urls: str | None) -> Data:
    return Data(name="made", pages=tuple(Page(id=str(n), html="", content="", url=url) for n, url in enumerate(urls)))


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_the_built_in_set_is_broad_enough(built_in: Data) -> None:
    assert len(built_in.pages) >= 40
    assert len({page.page_type for page in built_in.pages}) >= 8
    assert len({page.language for page in built_in.pages}) >= 6
    assert len({page.id for page in built_in.pages}) == len(built_in.pages)
    assert all(page.url and page.content.strip() for page in built_in.pages)


def test_every_built_in_label_has_its_page_and_every_page_its_label(built_in: Data) -> None:
    assert built_in.left_out == ()
    folder = cases.folder() / "pages"
    labels = {path.stem for path in (folder / "ground-truth").iterdir()}
    assert labels == {path.stem for path in (folder / "html").iterdir()} == {page.id for page in built_in.pages}


def test_the_built_in_snippets_agree_with_the_labels_and_all_come_from_the_page(built_in: Data) -> None:
    from html_text import extract_text

    for page in built_in.pages:
        content = squeezed(page.content)
        assert page.wanted, page.id
        assert page.unwanted, page.id
        assert [snippet for snippet in page.wanted if squeezed(snippet) not in content] == [], page.id
        assert [snippet for snippet in page.unwanted if squeezed(snippet) in content] == [], page.id
        shown = squeezed(extract_text(page.html, guess_layout=False))
        assert [snippet for snippet in page.unwanted if squeezed(snippet) not in shown] == [], page.id


def test_no_two_built_in_pages_are_of_one_site(built_in: Data) -> None:
    assert len({cases._site(page.url) for page in built_in.pages}) == len(built_in.pages)


@pytest.mark.parametrize(
    "file", [{"one.html": HTML.encode()}, {"one.html.gz": gzip.compress(HTML.encode())}], ids=["plain", "gzip"]
)
@pytest.mark.parametrize("below", ["", "dev"])
def test_wcxb_is_read_plain_and_packed_and_from_the_folder_above(tmp_path: Path, file: dict[str, bytes], below: str) -> None:
    wcxb(tmp_path / below, {"one": label()}, file)
    assert cases.load(tmp_path).pages == (
        Page(
            id="one",
            html=HTML,
            content="Caf\u00e9 nets were mended.",
            url=URL,
            page_type="forum",
            language="en",
            wanted=("nets were",),
            unwanted=("Log in",),
        ),
    )


def test_a_parquet_file_gives_the_pages_of_the_folder(tmp_path: Path) -> None:
    folder = wcxb(tmp_path / "wcxb", {"one": label()}, {"one.html": HTML.encode()})
    file = parquet(
        tmp_path / "wcxb.parquet",
        id=["one"],
        html=[HTML],
        main_content=["Caf\u00e9 nets were mended."],
        url=[URL],
        page_type=["forum"],
        language=["en"],
        must_have=[["nets were"]],
        must_not_have=[["Log in"]],
    )
    assert cases.load(file).pages == cases.load(folder).pages
    assert cases.load(file).checksum == cases.load(folder).checksum


def test_all_layouts_give_equal_pages_where_they_say_the_same(tmp_path: Path) -> None:
    content = "Caf\u00e9 nets were mended."
    bare = {"ground_truth": {"main_content": content}, "_internal": {"page_type": {"primary": "article"}}}
    hub, pairs = tmp_path / "hub", tmp_path / "pairs"
    hub.mkdir()
    pairs.mkdir()
    (pairs / "one.html").write_text(HTML)
    (pairs / "one.txt").write_text(content)
    [from_wcxb] = cases.load(wcxb(tmp_path / "wcxb", {"one": bare}, {"one.html": HTML.encode()})).pages
    [from_hub] = cases.load(scrapinghub(hub, {"one": {"articleBody": content}})).pages
    [from_pairs] = cases.load(pairs).pages
    [from_parquet] = cases.load(parquet(tmp_path / "a.parquet", id=["one"], html=[HTML], main_content=[content])).pages
    assert from_wcxb == from_hub
    assert from_pairs == from_parquet
    assert from_wcxb == msgspec.structs.replace(from_pairs, page_type="article")


def test_a_page_is_decoded_as_it_declares(tmp_path: Path) -> None:
    page = '<meta charset="windows-1251"><p>\u041d\u0435\u0432\u0430'
    data = cases.load(wcxb(tmp_path, {"one": label()}, {"one.html": page.encode("windows-1251")}))
    assert data.pages[0].html == page


def test_the_name_of_the_data_is_that_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = wcxb(tmp_path / "mine", {"one": label()}, {"one.html": HTML.encode()})
    assert cases.load(folder).name == "mine"
    monkeypatch.chdir(folder)
    assert cases.load(Path()).name == "mine"


def missing(folder: Path) -> Path:
    return folder / "nowhere"


def empty(folder: Path) -> Path:
    return folder


def a_text(folder: Path) -> Path:
    (folder / "a.txt").write_text("text")
    return folder / "a.txt"


def no_label(folder: Path) -> Path:
    (folder / "a.html").write_text(HTML)
    return folder


def no_parquet(folder: Path) -> Path:
    (folder / "a.parquet").write_bytes(b"PAR1 or not")
    return folder / "a.parquet"


def narrow_parquet(folder: Path) -> Path:
    return parquet(folder / "a.parquet", id=["one"], html=[HTML])


def empty_parquet(folder: Path) -> Path:
    import pyarrow as pa

    none = pa.array([], pa.string())
    return parquet(folder / "a.parquet", id=none, html=none, main_content=none)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (missing, "no such file or folder"),
        (empty, "no pages in a layout that is known"),
        (a_text, "no pages in a layout that is known"),
        (no_label, "no page that can be scored\n  a: no ground truth"),
        (no_parquet, "cannot be read"),
        (narrow_parquet, "lacks the column main_content"),
        (empty_parquet, "no page that can be scored"),
        (lambda folder: scrapinghub(folder, ["one"]), "is not a JSON object"),
    ],
)
def test_data_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path, make: Callable[[Path], Path], told: str) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError, match=re.escape(told)) as error:
        cases.load(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("make", [missing, empty])
def test_who_has_no_data_is_told_where_to_get_it(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(InputError, match="Murrough-Foley/web-content-extraction-benchmark"):
        cases.load(make(tmp_path))


@pytest.mark.parametrize(
    ("labels", "pages", "told"),
    [
        ({"a": label()}, {}, "a: no page that can be read"),
        ({}, {"a.html": HTML.encode()}, "a: no ground truth"),
        ({}, {"a.html.gz": gzip.compress(b"<p>")}, "a: no ground truth"),
        ({"a": label()}, {"a.html.gz": b"no gzip at all"}, "a: no page that can be read"),
        ({"a": label()}, {"a.html.gz": gzip.compress(HTML.encode() * 99)[:-20]}, "a: no page that can be read"),
        ({"a": label()}, {"a.html.gz": gzip.compress(HTML.encode())[:12] + bytes(40)}, "a: no page that can be read"),
        ({"a": "[]"}, {"a.html": b"<p>"}, "a: no ground truth in a.json"),
        ({"a": "{"}, {"a.html": b"<p>"}, "a: no ground truth in a.json"),
        ({"a": "[" * 100_000}, {"a.html": b"<p>"}, "a: no ground truth in a.json"),
        ({"a": {"ground_truth": []}}, {"a.html": b"<p>"}, "a: no ground truth in a.json"),
        ({"a": {"ground_truth": {}}}, {"a.html": b"<p>"}, "a: no ground truth"),
        ({"a": {"ground_truth": {"main_content": None}}}, {"a.html": b"<p>"}, "a: no ground truth"),
        ({"a": label()}, {"a.html": b"\0\1\2\xff" * 99}, "a: binary data, not text: it holds NUL bytes"),
    ],
)
def test_a_page_that_cannot_be_scored_is_left_out_and_named(
    tmp_path: Path, labels: dict[str, Any], pages: dict[str, bytes], told: str
) -> None:
    data = cases.load(wcxb(tmp_path, {**labels, "good": label()}, {**pages, "good.html": HTML.encode()}))
    assert [page.id for page in data.pages] == ["good"]
    [reason] = data.left_out
    assert reason.startswith(told)


def test_a_page_that_unpacks_to_too_much_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MAX_PAGE_BYTES", 1_000)
    bomb = gzip.compress(b"<p>" + b" " * 5_000)
    data = cases.load(wcxb(tmp_path, {"a": label(), "b": label()}, {"a.html.gz": bomb, "b.html": HTML.encode()}))
    assert data.left_out == ("a: larger than 1,000 bytes",)


@pytest.mark.parametrize(
    "record",
    [
        label(_internal=None),
        label(_internal={"page_type": "forum"}),
        label(_internal={"page_type": {"primary": 3}}),
        label(ground_truth={"main_content": "x", "with": 5}),
        label(ground_truth={"main_content": "x", "with": [5, None]}),
        label(ground_truth={"main_content": "x", "without": "Log in"}),
        label(url=5),
        label(url="http://[bad"),
        label(language=5),
        '{"ground_truth": {"main_content": "half a \\ud83d"}}',
    ],
    ids=[
        *("internal-null", "type-no-object", "type-number", "with-number", "with-numbers", "without-string"),
        *("url-number", "url-bad", "language-number", "surrogate"),
    ],
)
def test_a_label_of_another_form_does_not_take_the_others_along(tmp_path: Path, record: Any) -> None:
    data = cases.load(with_a_good_page(tmp_path, record))
    assert "good" in [page.id for page in data.pages]
    assert {page.fold for page in data.pages} <= set(range(cases.FOLDS))
    assert data.checksum
    assert msgspec.convert(msgspec.to_builtins(data.pages), tuple[Page, ...]) == data.pages  # of the types that are declared
    for page in data.pages:
        assert page.unwanted in ((), ("Log in",))  # a string is no list of its letters


def test_a_row_of_parquet_that_cannot_be_scored_is_left_out_and_named(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {
        "id": [1, 2, 3],
        "html": [HTML.encode(), None, HTML.encode()],
        "main_content": ["x", "x", None],
    }
    data = cases.load(parquet(tmp_path / "a.parquet", **columns, must_have=[None, ["x"], ["x"]], url=[None, URL, URL]))
    assert [(page.id, page.html, page.wanted, page.url) for page in data.pages] == [("1", HTML, (), None)]
    assert [reason.split(":")[0] for reason in data.left_out] == ["2", "3"]


@pytest.mark.parametrize("truth", [[1], "text", 7, {"articleBody": "x", "url": 5}], ids=["list", "string", "number", "url"])
def test_a_scrapinghub_label_of_another_form_does_not_take_the_others_along(tmp_path: Path, truth: Any) -> None:
    folder = scrapinghub(tmp_path, {"one": {"articleBody": "x"}, "two": truth})
    (folder / "html" / "two.html.gz").write_bytes(gzip.compress(HTML.encode()))
    data = cases.load(folder)
    assert "one" in [page.id for page in data.pages]
    assert {page.fold for page in data.pages} <= set(range(cases.FOLDS))


def test_a_text_that_is_not_utf_8_leaves_out_its_page_alone(tmp_path: Path) -> None:
    for name, content in (("bad", b"caf\xe9"), ("good", b"fine")):
        (tmp_path / f"{name}.html").write_text(HTML)
        (tmp_path / f"{name}.txt").write_bytes(content)
    data = cases.load(tmp_path)
    assert [page.id for page in data.pages] == ["good"]
    assert [reason.split(":")[0] for reason in data.left_out] == ["bad"]


def test_labels_without_a_folder_of_pages_are_an_error_and_no_traceback(tmp_path: Path) -> None:
    wcxb(tmp_path, {"one": label()}, {})
    (tmp_path / "html").rmdir()
    with pytest.raises(InputError, match="one: no page that can be read"):
        cases.load(tmp_path)


def test_an_id_may_hold_the_ending_of_its_page(tmp_path: Path) -> None:
    data = cases.load(wcxb(tmp_path, {"site.html_one": label()}, {"site.html_one.html": HTML.encode()}))
    assert [page.id for page in data.pages] == ["site.html_one"]
    assert data.left_out == ()


def test_pages_of_one_registered_domain_share_their_fold() -> None:
    data = pages_of(*(f"https://{host}.example.co.uk/{n}" for n, host in enumerate(["a", "b", "www", "x.y", "c-d"])))
    assert len({page.fold for page in data.pages}) == 1
    others = pages_of(*(f"https://site{n}.co.uk/" for n in range(60)))
    assert {page.fold for page in others.pages} == set(range(cases.FOLDS))


def test_hosts_without_a_domain_and_pages_without_an_address_are_spread_too() -> None:
    assert {page.fold for page in pages_of(*[None] * 60).pages} == set(range(cases.FOLDS))
    local = pages_of("http://localhost/a", "http://localhost/b")
    assert local.pages[0].fold == local.pages[1].fold


def test_the_folds_are_disjoint_and_cover_everything(built_in: Data) -> None:
    parts = [{page.id for page in built_in.part([fold]).pages} for fold in range(cases.FOLDS)]
    assert sum(map(len, parts)) == len(built_in.pages)
    assert set.union(*parts) == {page.id for page in built_in.pages}
    assert {page.id for page in built_in.part([0, 3]).pages} == parts[0] | parts[3]


def test_a_fold_without_pages_is_an_error() -> None:
    data = pages_of("https://one.example/")
    with pytest.raises(InputError, match="no pages in these folds"):
        data.part([(data.pages[0].fold + 1) % cases.FOLDS])


def test_a_sample_is_drawn_and_always_the_same(built_in: Data) -> None:
    ids = [page.id for page in built_in.part(sample=7).pages]
    assert ids == [page.id for page in built_in.part(sample=7).pages]
    assert len(set(ids)) == 7
    assert ids != [page.id for page in built_in.pages[:7]]
    assert built_in.part(sample=1_000) == built_in


def test_the_checksum_changes_with_a_label_and_not_with_the_order() -> None:
    one, other = Page(id="1", html="<p>a", content="a"), Page(id="2", html="<p>b", content="b")
    checksum = Data(name="x", pages=(one, other)).checksum
    assert Data(name="y", pages=(other, one), left_out=("3: no ground truth",)).checksum == checksum
    changes = {"content": "c", "html": "<p>c", "wanted": ("c",), "unwanted": ("c",), "page_type": "c", "language": "de"}
    checksums = {
        Data(name="x", pages=(msgspec.structs.replace(one, **{name: value}), other)).checksum for name, value in changes.items()
    }
    assert len(checksums | {checksum}) == len(changes) + 1


def test_the_built_in_texts_grow_from_phrase_to_paragraph() -> None:
    assert len(cases.texts()) >= 40
    for language, text in cases.texts().items():
        assert len(text.phrase) < len(text.sentence) < len(text.paragraph), language
