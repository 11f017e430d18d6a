"""A run over many documents: read, clean, write, and go on where an earlier run stopped."""

import json
import math
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from cleaner.garble import Sibling, siblings_digest
from cleaner.garble.sketches import Sketch, siblings, sketch
from cleaner.pipeline import Cleaner, Result
from cleaner.records import MODIFIED, Unreadable, output_path, whole_file, write_text
from cleaner.report import Totals, to_json
from cleaner.text import Document

Format = Literal["txt", "jsonl"]

FINDINGS_FILE = "findings.jsonl"
DOCUMENTS_FILE = "documents.jsonl"

_worker: Cleaner


SMALL_FOLDER = 200
"""Up to so many documents are compared with their siblings without being asked: it takes longer than all else."""
# Texts of a folder are kept for comparison in memory up to so many bytes, and beyond in a temporary file.
TEXTS_IN_MEMORY = 64_000_000


class Siblings:
    """Which documents of a run may share passages, and their texts: in memory stays 1 kB of each.

    A context manager, since it holds a file.
    """

    def __init__(self, cleaner: Cleaner, documents: Iterable[Document | Unreadable]) -> None:
        """Read all `documents` once."""
        self._texts: IO[bytes] = tempfile.SpooledTemporaryFile(TEXTS_IN_MEMORY)  # noqa: SIM115 (closed by `__exit__`)
        self._places: dict[str, tuple[int, int]] = {}
        sketches: dict[str, Sketch | None] = {}
        for document in documents:
            if isinstance(document, Unreadable):
                continue
            text = cleaner.text_of(document)
            written = text.encode("utf-8", "surrogatepass")
            self._places[document.id] = self._texts.tell(), len(written)
            self._texts.write(written)
            sketches[document.id] = sketch(text)
        self._siblings = siblings(sketches)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._texts.close()

    def of(self, document_id: str) -> list[Sibling]:
        """The siblings of a document, those it shares most with first."""
        return [Sibling(name, self._text(name)) for name in self._siblings.get(document_id, ())]

    def _text(self, name: str) -> str:
        start, size = self._places[name]
        self._texts.seek(start)
        return self._texts.read(size).decode("utf-8", "surrogatepass")


def clean_all(
    cleaner: Cleaner, documents: Iterable[Document | Unreadable], workers: int, siblings: Siblings | None = None
) -> Iterator[Result]:
    """The results of `documents`, in their order, by so many processes; 1 for this one alone.

    With `siblings`, made of the same documents, each is also compared with its own.
    """
    if workers <= 1:
        yield from (_clean(cleaner, document, _siblings_of(document, siblings)) for document in documents)
        return
    with ProcessPoolExecutor(workers, initializer=_start_worker, initargs=(cleaner,)) as pool:
        waiting: deque[Future[Result]] = deque()
        for document in documents:
            waiting.append(pool.submit(_clean_in_worker, document, _siblings_of(document, siblings)))
            if len(waiting) >= 8 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _start_worker(cleaner: Cleaner) -> None:
    global _worker  # noqa: PLW0603 (one cleaner for each process: loading it for every document would cost more than cleaning)
    _worker = cleaner


def _siblings_of(document: Document | Unreadable, siblings: Siblings | None) -> list[Sibling]:
    return siblings.of(document.id) if siblings else []


def _clean_in_worker(document: Document | Unreadable, siblings: Sequence[Sibling]) -> Result:
    return _clean(_worker, document, siblings)


def _clean(cleaner: Cleaner, document: Document | Unreadable, siblings: Sequence[Sibling]) -> Result:
    if isinstance(document, Unreadable):
        return Result(id=document.id, original="", text="", ruleset=cleaner.digest, error=document.error)
    return cleaner.clean_document(document, siblings)


class Output:
    """A folder of results.

    Format ``txt``: a text file for each document, and what was done to them in ``findings.jsonl``. Format ``jsonl``: all in
    ``documents.jsonl``. While a run goes on its records gather in a hidden file, which gets its name when all is done; a
    run that finds such a file, or the finished one, takes over what it holds.
    """

    def __init__(
        self, folder: Path, output_format: Format, ruleset: str, *, overwrite: bool, siblings: Siblings | None = None
    ) -> None:
        """Raises `OSError` where the folder cannot be used."""
        self.folder = folder
        self.format = output_format
        self.ruleset = ruleset
        self.siblings = siblings
        self.path = folder / (FINDINGS_FILE if output_format == "txt" else DOCUMENTS_FILE)
        self._partial = folder / f".{self.path.name}.partial"
        folder.mkdir(parents=True, exist_ok=True)
        self._done = {} if overwrite else dict(self._earlier())

    def _earlier(self) -> Iterator[tuple[str, bytes]]:
        """The records of earlier runs with the same rules and siblings, by document id."""
        for path in (self.path, self._partial):
            if not path.exists():
                continue
            with path.open("rb") as file:
                for line in file:
                    try:
                        record = json.loads(line)
                    except ValueError:
                        continue  # the line that a killed run was writing
                    if record.get("ruleset") == self.ruleset and not record.get("error") and self._same_siblings(record):
                        yield record["id"], line

    def _same_siblings(self, record: dict[str, Any]) -> bool:
        """Whether a record was made with the siblings that its document has now."""
        now = siblings_digest(self.siblings.of(record["id"])) if self.siblings else ""
        then: str = record["signals"].get("siblings", "")
        return then == now

    def has(self, document: Document | Unreadable) -> bool:
        """Whether an earlier run with the same rules and siblings did this document, and its file has not changed since."""
        if isinstance(document, Unreadable) or document.id not in self._done:
            return False
        modified = document.metadata.get(MODIFIED, math.inf)
        if self.format == "txt":
            made = output_path(self.folder, document.id)
        else:
            made = self.path if self.path.exists() else self._partial
        return made.exists() and made.stat().st_mtime >= modified

    def write(
        self,
        cleaner: Cleaner,
        documents: Iterable[Document | Unreadable],
        workers: int,
        progress: Callable[[Result | None], None],
    ) -> Totals:
        """Clean and write all documents that are not done yet; `progress` is told each result, None for one skipped."""
        totals = Totals()
        with ExitStack() as stack:
            partial = stack.enter_context(self._partial.open("ab"))
            new = self._new(documents, partial, progress)
            for result in clean_all(cleaner, new, workers, self.siblings):
                if self.format == "txt" and not _nothing_to_write(result):
                    path = output_path(self.folder, result.id)
                    write_text(path, result.text)
                    if result.markdown is not None:
                        write_text(path.with_suffix(".md"), result.markdown)
                partial.write(to_json(result, with_text=self.format == "jsonl") + b"\n")
                partial.flush()
                totals.add(result)
                progress(result)
        self._finish()
        return totals

    def _new(
        self,
        documents: Iterable[Document | Unreadable],
        partial: IO[bytes],
        progress: Callable[[Result | None], None],
    ) -> Iterator[Document | Unreadable]:
        for document in documents:
            if self.has(document):
                partial.write(self._done[document.id])
                progress(None)
            else:
                yield document

    def _finish(self) -> None:
        """Give the records their name, the last of each document, in the order of their ids."""
        records: dict[str, bytes] = {}
        with self._partial.open("rb") as file:
            for line in file:
                try:
                    records[json.loads(line)["id"]] = line
                except (ValueError, KeyError):
                    continue
        with whole_file(self.path) as file:
            file.writelines(records[name] for name in sorted(records))
        self._partial.unlink()


def _nothing_to_write(result: Result) -> bool:
    """Whether a document could not even be read: then there is no text, and an empty file would look like one."""
    return result.error is not None and not result.text
