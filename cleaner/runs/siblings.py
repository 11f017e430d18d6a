"""The siblings among the documents of a run: versions of one story."""

import tempfile
from collections.abc import Iterable
from typing import IO, Self

from cleaner.garble import Sibling
from cleaner.garble.sketches import Sketch, siblings, sketch
from cleaner.intake import text_of
from cleaner.records import Unreadable
from cleaner.text import Document

SMALL_FOLDER = 200
"""Up to so many documents are compared with their siblings without being asked: it takes longer than all else."""
# Texts of a folder are kept for comparison in memory up to so many bytes, and beyond in a temporary file.
TEXTS_IN_MEMORY = 64_000_000


class Siblings:
    """Which documents of a run may share passages, and their texts: in memory stays 1 kB of each.

    A context manager, since it holds a file.
    """

    def __init__(self, documents: Iterable[Document | Unreadable]) -> None:
        """Read all `documents` once."""
        self._texts: IO[bytes] = tempfile.SpooledTemporaryFile(TEXTS_IN_MEMORY)  # noqa: SIM115 (closed by `__exit__`)
        self._places: dict[str, tuple[int, int]] = {}
        sketches: dict[str, Sketch | None] = {}
        for document in documents:
            if isinstance(document, Unreadable):
                continue
            text = text_of(document)
            written = text.encode("utf-8", "surrogatepass")
            self._places[document.id] = self._texts.tell(), len(written)
            self._texts.write(written)
            sketches[document.id] = sketch(text)
        self._siblings = siblings(sketches)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._texts.close()

    def of(self, document_id: str) -> list[Sibling]:
        """The siblings of a document, those it shares most with first."""
        return [Sibling(name, self._text(name)) for name in self._siblings.get(document_id, ())]

    def _text(self, name: str) -> str:
        start, size = self._places[name]
        self._texts.seek(start)
        return self._texts.read(size).decode("utf-8", "surrogatepass")
