"""The data of the benchmark: pages with their labelled main content, and texts whose language or damage is known.

Three published layouts are read, and a folder of one's own; nothing is fetched. The built-in set was written for this
project and comes with the package.
"""

import functools
import gzip
import hashlib
import random
import tomllib
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from cleaner import encoding, markup
from cleaner.records import InputError

# A page is a page, not a disk image: what unpacks to more is left out.
MAX_PAGE_BYTES = 50_000_000
FOLDS = 5

WHERE_TO_GET = (
    "  WCXB: https://github.com/Murrough-Foley/web-content-extraction-benchmark (give its folder, or dev/ in it)\n"
    "  Scrapinghub: https://github.com/scrapinghub/article-extraction-benchmark (give its folder)\n"
    "  your own: a folder with NAME.html and, beside each, its main content in NAME.txt"
)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A web page and what should be left of it."""

    id: str
    html: str
    """The decoded source: every system gets the same."""
    content: str
    """The labelled main content."""
    url: str | None = None
    page_type: str = "page"
    language: str | None = None
    wanted: tuple[str, ...] = ()
    """Snippets that must come out."""
    unwanted: tuple[str, ...] = ()
    """Snippets of chrome that must not."""

    @property
    def fold(self) -> int:
        """Which of `FOLDS` parts the page belongs to; all pages of one site share theirs."""
        return int.from_bytes(hashlib.sha256((_site(self.url) or self.id).encode()).digest()[:8]) % FOLDS


class Text(msgspec.Struct, frozen=True):
    """Clean text in a known language, in three lengths."""

    phrase: str
    sentence: str
    paragraph: str


class Clean(msgspec.Struct, frozen=True):
    """Clean text that looks damaged."""

    text: str


class EncodingTexts(msgspec.Struct, frozen=True):
    """Texts for the tasks about encoding."""

    text: dict[str, Text]
    """By language (ISO 639-1)."""
    clean: tuple[Clean, ...]


class Phrase(msgspec.Struct, frozen=True):
    """A garbled phrase in a sentence, and an honest sentence of much the same words."""

    garbled: str
    original: str
    sentence: str
    honest: str


class Spun(msgspec.Struct, frozen=True):
    """A text, and the same as a synonym spinner leaves it."""

    honest: str
    garbled: str
    level: str
    """How much was swapped: ``heavy`` or ``light``."""


class Lookalike(msgspec.Struct, frozen=True):
    """Honest prose that a careless detector would flag."""

    text: str


class Garbled(msgspec.Struct, frozen=True):
    """Garbled English and honest English that looks like it."""

    phrase: tuple[Phrase, ...]
    document: tuple[Spun, ...]
    lookalike: tuple[Lookalike, ...]


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is measured on."""

    name: str
    pages: tuple[Page, ...]
    left_out: tuple[str, ...] = ()
    """Pages that cannot be scored, each with the reason."""

    def part(self, folds: Collection[int] = (), sample: int | None = None) -> "Data":
        """The pages of some folds alone, or so many drawn at random; the same in every run."""
        pages = [page for page in self.pages if not folds or page.fold in folds]
        if sample is not None and sample < len(pages):
            pages = random.Random(0).sample(pages, sample)  # noqa: S311 (no secrets here)
        if not pages:
            raise InputError(f"{self.name}: no pages in these folds")
        return msgspec.structs.replace(self, pages=tuple(pages))

    @property
    def checksum(self) -> str:
        """Changes with any page, label or built-in text."""
        digest = hashlib.sha256()
        for page in sorted(self.pages, key=lambda page: page.id):
            digest.update(msgspec.json.encode(page))
        for name in ("languages.toml", "encoding.toml", "garbled.toml"):
            digest.update((folder() / name).read_bytes())
        return digest.hexdigest()[:16]


def folder() -> Path:
    """Where the built-in cases are: inside an installed wheel, or the repository's of an editable install."""
    inside = Path(__file__).parent / "_cases"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "benchmarks" / "cases"


@functools.cache
def texts() -> Mapping[str, Text]:
    """The built-in texts by language (ISO 639-1)."""
    read = tomllib.loads((folder() / "languages.toml").read_text(encoding="utf-8"))
    return msgspec.convert(read, dict[str, Text])


@functools.cache
def encoding_texts() -> EncodingTexts:
    """The built-in texts about encoding, apart from those of `texts`, on which the repairs were developed."""
    return msgspec.convert(tomllib.loads((folder() / "encoding.toml").read_text(encoding="utf-8")), EncodingTexts)


@functools.cache
def garbled() -> Garbled:
    """The built-in garbled texts."""
    return msgspec.convert(tomllib.loads((folder() / "garbled.toml").read_text(encoding="utf-8")), Garbled)


def load(path: Path | None) -> Data:
    """The pages at `path`, or the built-in ones.

    Raises `InputError` for a path that is not there or in none of the known layouts.
    """
    name = path.resolve().name if path else "built-in"
    path = path or folder() / "pages"
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; pages to measure on can be had here:\n{WHERE_TO_GET}")
    if path.suffix == ".parquet":
        found = _parquet(path)
    elif path.is_dir() and (reader := next((reader for mark, reader in _LAYOUTS.items() if any(path.glob(mark))), None)):
        found = reader(path)
    else:
        raise InputError(f"{path}: holds no pages in a layout that is known:\n{WHERE_TO_GET}")
    pages: list[Page] = []
    left_out: list[str] = []
    for one in found:
        if isinstance(one, Page):
            pages.append(one)
        else:
            left_out.append(one)
    if not pages:
        raise InputError(f"{path}: no page that can be scored" + "".join(f"\n  {reason}" for reason in left_out[:5]))
    return Data(name=name, pages=tuple(pages), left_out=tuple(left_out))


class _Row(msgspec.Struct, frozen=True):
    """A row of WCXB as a parquet file."""

    id: str
    html: bytes
    main_content: str
    url: str | None = None
    page_type: str | None = None
    language: str | None = None
    must_have: tuple[str, ...] | None = None
    must_not_have: tuple[str, ...] | None = None


def _parquet(path: Path) -> Iterator[Page | str]:
    """WCXB as one parquet file: the columns of its ground truth, and the page in ``html``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    if missing := {"id", "html", "main_content"} - set(rows.column_names):
        raise InputError(f"{path}: lacks the column {', '.join(sorted(missing))}")
    for batch in rows.to_batches(max_chunksize=64):
        for number, read in enumerate(batch.to_pylist()):
            try:
                html = read["html"].encode() if isinstance(read["html"], str) else read["html"]
                row = msgspec.convert({**read, "id": str(read["id"]), "html": html}, _Row, builtin_types=(bytes,))
            except msgspec.ValidationError as error:
                yield f"{read.get('id', number)}: no ground truth: {error}"
                continue
            yield _page(
                row.id, row.html, row.main_content, row.url, row.page_type, row.language, row.must_have, row.must_not_have
            )


class _Truth(msgspec.Struct, frozen=True, rename={"wanted": "with", "unwanted": "without"}):
    main_content: str
    wanted: tuple[str, ...] | None = None
    unwanted: tuple[str, ...] | None = None


class _PageType(msgspec.Struct, frozen=True):
    primary: str | None = None


class _Internal(msgspec.Struct, frozen=True):
    page_type: _PageType = _PageType()


class _Label(msgspec.Struct, frozen=True, rename={"internal": "_internal"}):
    """A label of WCXB as published."""

    ground_truth: _Truth
    url: str | None = None
    language: str | None = None
    internal: _Internal = _Internal()


def _wcxb(path: Path) -> Iterator[Page | str]:
    """WCXB as published: ``ground-truth/ID.json`` and ``html/ID.html``, the latter also gzipped."""
    labels = sorted((path / "ground-truth").glob("*.json"))
    for file in labels:
        name = file.stem
        try:
            label = msgspec.json.decode(file.read_bytes(), type=_Label)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OSError) as error:
            yield f"{name}: no ground truth in {file.name}: {error}"
            continue
        truth = label.ground_truth
        kind = label.internal.page_type.primary
        source = _source(path, name)
        yield _page(name, source, truth.main_content, label.url, kind, label.language, truth.wanted, truth.unwanted)
    labelled = {file.stem for file in labels}
    for page in sorted((path / "html").glob("*.html*")):
        name = page.name.removesuffix(".gz").removesuffix(".html")
        if name not in labelled:
            yield f"{name}: no ground truth"


class _Body(msgspec.Struct, frozen=True):
    """A label of Scrapinghub's benchmark."""

    articleBody: str  # noqa: N815 (their name)
    url: str | None = None


def _scrapinghub(path: Path) -> Iterator[Page | str]:
    """The article extraction benchmark of Scrapinghub: ``ground-truth.json`` and ``html/ID.html.gz``."""
    file = path / "ground-truth.json"
    try:
        labels = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OSError) as error:
        raise InputError(f"{file}: is not a JSON object: {error}") from error
    for name, raw in sorted(labels.items()):
        try:
            label = msgspec.json.decode(raw, type=_Body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            yield f"{name}: no ground truth: {error}"
            continue
        yield _page(name, _source(path, name), label.articleBody, label.url, "article")


def _pairs(path: Path) -> Iterator[Page | str]:
    """A folder of one's own: each page beside its main content."""
    for source in sorted(path.glob("*.html")):
        label = source.with_suffix(".txt")
        try:
            content = label.read_text(encoding="utf-8")
        except FileNotFoundError:
            yield f"{source.stem}: no ground truth: {label.name} is not there"
        except (UnicodeDecodeError, OSError) as error:
            yield f"{source.stem}: no ground truth: {label.name}: {error}"
        else:
            yield _page(source.stem, source.read_bytes(), content)


# What is in a folder tells whose layout it is.
_LAYOUTS = {
    "ground-truth/*.json": _wcxb,
    "dev/ground-truth/*.json": lambda path: _wcxb(path / "dev"),
    "ground-truth.json": _scrapinghub,
    "*.html": _pairs,
}


def _page(
    name: str,
    source: bytes | None,
    content: str,
    url: str | None = None,
    page_type: str | None = None,
    language: str | None = None,
    wanted: tuple[str, ...] | None = None,
    unwanted: tuple[str, ...] | None = None,
) -> Page | str:
    if source is None:
        return f"{name}: no page that can be read"
    if len(source) > MAX_PAGE_BYTES:
        return f"{name}: larger than {MAX_PAGE_BYTES:,} bytes"
    try:
        html = encoding.read_bytes(source, markup.declared_charset(source)).text
    except encoding.UndecodableError as error:
        return f"{name}: {error}"
    return Page(
        id=name,
        html=html,
        content=content,
        url=url or None,
        page_type=page_type or "page",
        language=language or None,
        wanted=wanted or (),
        unwanted=unwanted or (),
    )


def _source(path: Path, name: str) -> bytes | None:
    """The source of a page; None where it is not there or its archive is broken."""
    plain, packed = (path / "html" / f"{name}{suffix}" for suffix in (".html", ".html.gz"))
    try:
        if plain.exists():
            return plain.read_bytes()
        with gzip.open(packed) as file:
            return file.read(MAX_PAGE_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        return None


def _site(url: str | None) -> str | None:
    """The registered domain of an address, or its host where there is none."""
    from courlan import extract_domain

    if not url:
        return None
    try:
        return extract_domain(url) or urlsplit(url).hostname
    except ValueError:  # no address at all
        return None
