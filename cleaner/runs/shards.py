"""How inputs become shards: some documents that are cleaned together and whose records are one part of the output.

Shards are cut in the order of the inputs, by what is in them alone, so that the same inputs give the same shards whoever
cleans them. The first are small, that all workers have something to do; they grow, that many documents do not become many
files.
"""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from cleaner.garble import Sibling, siblings_digest
from cleaner.records import Entry, Reference, Unreadable
from cleaner.runs.siblings import Siblings
from cleaner.text import Document

FIRST_DOCUMENTS = 32
DOUBLINGS = 6
"""How often the size is doubled: up to 2,048 documents."""
SHARDS_OF_A_SIZE = 8
"""So many shards are cut of each size before it is doubled."""
# A shard is in memory as a whole, in the worker that cleans it and once in the process that cuts it.
BYTES_FOR_A_DOCUMENT = 8_000
_DIGEST_BYTES = 16


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """Some documents, to be cleaned together. Can be pickled, and is small enough to be sent around."""

    number: int
    """Its place in the order of the inputs, from 0."""
    identity: str
    """A name for exactly these documents, their siblings, and the settings of the run: 32 hexadecimal digits."""
    size: int
    """Bytes of its files, and of its documents with all their fields."""
    keys: tuple[bytes, ...]
    """For each entry a digest of its id."""
    identities: tuple[bytes, ...]
    """For each entry a digest of all that its result depends on."""
    entries: tuple[Entry, ...] = ()
    siblings: tuple[tuple[Sibling, ...], ...] = ()
    """For each entry its siblings; empty in a run that compares none."""

    def outline(self) -> "Shard":
        """The same without its documents, for who keeps account of it."""
        return msgspec.structs.replace(self, entries=(), siblings=())


def plan(
    entries: Iterable[Entry], settings: str, siblings: Siblings | None = None, *, by_file: bool = False
) -> Iterator[Shard]:
    """Cut `entries` (of `cleaner.records.scan`) into shards.

    Args:
        entries: documents, and files that hold them, with unique ids.
        settings: a name for the rules and settings of the run, which enters the identities.
        siblings: where documents are to be compared, made of the same ones.
        by_file: a shard for each entry: what `cleaner.records.scan` gives for a cluster is files of many records.
    """
    cut = _Cut(settings, siblings)
    for entry in entries:
        if cut.full(by_file=by_file):
            yield cut.shard()
        cut.add(entry)
    if cut.entries:
        yield cut.shard()


class _Cut:
    """The shard that is being filled."""

    def __init__(self, settings: str, siblings: Siblings | None) -> None:
        self._settings = settings.encode()
        self._compared = siblings
        self._number = 0
        self._empty()

    def _empty(self) -> None:
        self.entries: list[Entry] = []
        self._siblings: list[tuple[Sibling, ...]] = []
        self._keys: list[bytes] = []
        self._identities: list[bytes] = []
        self._size = 0

    def full(self, *, by_file: bool) -> bool:
        documents = 1 if by_file else FIRST_DOCUMENTS * 2 ** min(self._number // SHARDS_OF_A_SIZE, DOUBLINGS)
        return len(self.entries) >= documents or self._size >= documents * BYTES_FOR_A_DOCUMENT

    def add(self, entry: Entry) -> None:
        siblings = tuple(self._compared.of(entry.id)) if self._compared else ()
        self.entries.append(entry)
        if self._compared:
            self._siblings.append(siblings)
        told = _told(entry)
        self._keys.append(_digest(entry.id.encode("utf-8", "surrogatepass")))
        self._identities.append(_digest(told, siblings_digest(siblings).encode(), self._settings))
        self._size += entry.size if isinstance(entry, Reference) else len(told)

    def shard(self) -> Shard:
        """The shard that is full; the next begins."""
        shard = Shard(
            number=self._number,
            identity=_digest(*self._keys, *self._identities).hex(),
            size=self._size,
            keys=tuple(self._keys),
            identities=tuple(self._identities),
            entries=tuple(self.entries),
            siblings=tuple(self._siblings),
        )
        self._number += 1
        self._empty()
        return shard


def _digest(*parts: bytes) -> bytes:
    """A digest of `parts`, each with its length, so that no two ways to cut the same bytes are alike."""
    hashed = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        hashed.update(len(part).to_bytes(8, "little"))
        hashed.update(part)
    return hashed.digest()


def _told(entry: Entry) -> bytes:
    """All of an entry that its result depends on."""
    match entry:
        case Reference():
            return msgspec.json.encode(["file", entry.kind, entry.stamp])
        case Unreadable():
            return msgspec.json.encode(["unreadable", _encodable(entry.error)])
        case Document():
            text = entry.text if isinstance(entry.text, bytes) else entry.text.encode("utf-8", "surrogatepass")
            other = [entry.media_type, entry.language, entry.url, entry.metadata]
            return repr(other).encode("utf-8", "surrogatepass") + b"\0" + text


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
