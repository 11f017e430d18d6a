"""The documents of a folder, of which as many stay as there is room for, site by site.

Nothing of a folder is in memory but one sample at a time. Texts stand in a temporary database on disk: of each site those with
the lowest hashes of their text, so that the choice hangs neither on the order of the documents nor on their names, and a text
that comes twice is one.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

import msgspec
from tld import get_fld

from cleaner import encoding
from cleaner.intake import text_of
from cleaner.text import Document, cut_lines

MAX_DOCUMENTS = 1_000
"""So many documents of a site are looked at, at most."""
MAX_SITE_BYTES = 16_000_000
"""And so many bytes of their text, as UTF-8."""
MAX_CHARACTERS = 200_000
"""Of a document the lines in its first and its last half of this many characters are looked at."""
MAX_LINE = 1_000
"""Of a line so many characters; what is longer belongs to no template."""
# Pages of 4 KiB that SQLite keeps in memory.
_CACHE_PAGES = 8_000

_HOST = re.compile(r"(?:^|(?<=[/_]))(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?=[/_:]|$)", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:\.(?:txt|text|md|x?html?|jsonl|ndjson|csv|tsv|parquet|warc|wet|gz|zstd?))+(?=:|$)", re.IGNORECASE)


class Site(msgspec.Struct, frozen=True, order=True):
    """Where documents come from."""

    name: str
    """The registered domain; empty for documents that do not tell."""
    by_url: bool
    """Whether it is their URL that tells it: rules can be bound to that, and to nothing else."""
    documents: int = 1
    """How many different texts of it came in, as far as they were looked at."""


class Kept(msgspec.Struct, frozen=True):
    """A document of the sample."""

    id: str
    site: str
    lines: tuple[str, ...]
    """Repaired, without outer white space, shortened to `MAX_LINE` characters."""


class Counts(msgspec.Struct):
    """What came in."""

    documents: int = 0
    empty: int = 0


def site_of(document: Document) -> Site:
    """The registered domain that a document comes from: by its URL, or else by the name of a host in its id."""
    if document.url and (name := _host(document.url)):
        return Site(name, by_url=True)
    for match in _HOST.finditer(_SUFFIX.sub("", document.id)):
        if name := get_fld(f"https://{match[0]}/", fail_silently=True):
            return Site(name, by_url=False)
    return Site("", by_url=False)


def _host(url: str) -> str | None:
    try:
        return get_fld(url, fail_silently=True) or urlsplit(url).hostname
    except ValueError:  # no address at all
        return None


class Sample:
    """The sample of a folder. A context manager, since it holds a file. For one thread."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._database = sqlite3.connect("", isolation_level=None)  # an empty name is a private temporary file
        for statement in (
            f"PRAGMA cache_size = {_CACHE_PAGES}",
            "PRAGMA journal_mode = OFF",
            "CREATE TABLE kept (site TEXT, hash BLOB, size INTEGER, id TEXT, text BLOB, PRIMARY KEY (site, hash))",
            "CREATE INDEX hashes ON kept (hash)",
            "CREATE TABLE sites (site TEXT PRIMARY KEY, by_url INTEGER, number INTEGER, size INTEGER, below BLOB)",
            "BEGIN",
        ):
            self._database.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(self, document: Document) -> None:
        """Take a document in; of one that holds no text only the number."""
        self.counts.documents += 1
        lines = lines_of(document)
        if not lines:
            self.counts.empty += 1
            return
        text = "\n".join(lines).encode("utf-8", "surrogatepass")
        site = site_of(document)
        self._put(site, hashlib.blake2b(text, digest_size=16).digest(), text, document.id)

    def _put(self, site: Site, digest: bytes, text: bytes, name: str) -> None:
        """Keep a text, as long as it is among those of its site with the lowest hashes that there is room for."""
        execute = self._database.execute
        execute(
            "INSERT INTO sites VALUES (?, ?, 0, 0, NULL) ON CONFLICT DO UPDATE SET by_url = min(by_url, excluded.by_url)",
            (site.name, site.by_url),
        )
        [(number, size, below)] = execute("SELECT number, size, below FROM sites WHERE site = ?", (site.name,)).fetchall()
        if below is not None and digest >= below:
            return
        shown = name.encode("utf-8", "replace").decode()
        key = (site.name, digest)
        if execute("SELECT 1 FROM kept WHERE site = ? AND hash = ?", key).fetchone():
            execute("UPDATE kept SET id = min(id, ?) WHERE site = ? AND hash = ?", (shown, *key))
            return
        execute("INSERT INTO kept VALUES (?, ?, ?, ?, ?)", (*key, len(text), shown, text))
        number, size = number + 1, size + len(text)
        while number > MAX_DOCUMENTS or size > MAX_SITE_BYTES:
            [(below, least)] = execute(
                "SELECT hash, size FROM kept WHERE site = ? ORDER BY hash DESC LIMIT 1", key[:1]
            ).fetchall()
            execute("DELETE FROM kept WHERE site = ? AND hash = ?", (site.name, below))
            number, size = number - 1, size - least
        execute("UPDATE sites SET number = ?, size = ?, below = ? WHERE site = ?", (number, size, below, site.name))

    def sites(self) -> list[Site]:
        """All sites, by name."""
        rows = self._database.execute("SELECT site, by_url, number FROM sites ORDER BY site").fetchall()
        return [Site(name, bool(by_url), number) for name, by_url, number in rows]

    def of(self, site: Site) -> Iterator[Kept]:
        """The documents of a site, by the hash of their text."""
        for name, text in self._database.execute("SELECT id, text FROM kept WHERE site = ? ORDER BY hash", (site.name,)):
            yield Kept(name, site.name, _lines(text))

    def texts(self) -> Iterator[tuple[str, Kept]]:
        """All documents, each once, with the hash of its text, by that."""
        rows = self._database.execute("SELECT hex(hash), min(id), min(site), text FROM kept GROUP BY hash ORDER BY hash")
        for digest, name, site, text in rows:
            yield digest, Kept(name, site, _lines(text))

    def text(self, digest: str) -> Kept:
        """The document whose text has this hash."""
        [(name, site, text)] = self._database.execute(
            "SELECT min(id), min(site), text FROM kept WHERE hash = ?", (bytes.fromhex(digest),)
        ).fetchall()
        return Kept(name, site, _lines(text))

    def across(self) -> Iterator[Kept]:
        """Documents of many sites, one of each, and of those that tell no site all: the lowest hashes, up to the limits."""
        rows = self._database.execute(
            "SELECT min(hash), id, site, text, size FROM kept GROUP BY site, CASE site WHEN '' THEN hash END ORDER BY 1"
        )
        room = MAX_SITE_BYTES
        for number, (_, name, site, text, size) in enumerate(rows):
            room -= size
            if number == MAX_DOCUMENTS or room < 0:
                return
            yield Kept(name, site, _lines(text))


def lines_of(document: Document) -> tuple[str, ...]:
    """The lines of a document as rules will see them, repaired; shortened, and without the middle of a very long text."""
    text = text_of(document)
    with suppress(encoding.UnsettledError):  # cleaning such a text fails, and leaves it as it is
        text = encoding.mend(text, encoding.REPAIRS).text
    lines = [text[line.start : min(line.end, line.start + MAX_LINE)].rstrip() for line in cut_lines(text)]
    head = _up_to(lines)
    return (*head, *reversed(_up_to(reversed(lines[len(head) :]))))


def _up_to(lines: Iterable[str]) -> list[str]:
    """The first lines, of half of `MAX_CHARACTERS` together."""
    taken = []
    room = MAX_CHARACTERS // 2
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        taken.append(line)
    return taken


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode("utf-8", "surrogatepass").split("\n"))
