"""A run over many documents: read, clean, write, and go on where an earlier run stopped."""

import json
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Literal

from cleaner.pipeline import Cleaner, Result
from cleaner.records import MODIFIED, Unreadable, output_path, whole_file, write_text
from cleaner.report import Totals, to_json
from cleaner.text import Document

Format = Literal["txt", "jsonl"]

FINDINGS_FILE = "findings.jsonl"
DOCUMENTS_FILE = "documents.jsonl"

_worker: Cleaner


def clean_all(cleaner: Cleaner, documents: Iterable[Document | Unreadable], workers: int) -> Iterator[Result]:
    """The results of `documents`, in their order, by so many processes; 1 for this one alone."""
    if workers <= 1:
        yield from (_clean(cleaner, document) for document in documents)
        return
    with ProcessPoolExecutor(workers, initializer=_start_worker, initargs=(cleaner,)) as pool:
        waiting: deque[Future[Result]] = deque()
        for document in documents:
            waiting.append(pool.submit(_clean_in_worker, document))
            if len(waiting) >= 8 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _start_worker(cleaner: Cleaner) -> None:
    global _worker  # noqa: PLW0603 (one cleaner for each process: loading it for every document would cost more than cleaning)
    _worker = cleaner


def _clean_in_worker(document: Document | Unreadable) -> Result:
    return _clean(_worker, document)


def _clean(cleaner: Cleaner, document: Document | Unreadable) -> Result:
    if isinstance(document, Unreadable):
        return Result(id=document.id, original="", text="", ruleset=cleaner.digest, error=document.error)
    return cleaner.clean_document(document)


class Output:
    """A folder of results.

    Format ``txt``: a text file for each document, and what was done to them in ``findings.jsonl``. Format ``jsonl``: all in
    ``documents.jsonl``. While a run goes on its records gather in a hidden file, which gets its name when all is done; a
    run that finds such a file, or the finished one, takes over what it holds.
    """

    def __init__(self, folder: Path, output_format: Format, ruleset: str, *, overwrite: bool) -> None:
        """Raises `OSError` where the folder cannot be used."""
        self.folder = folder
        self.format = output_format
        self.ruleset = ruleset
        self.path = folder / (FINDINGS_FILE if output_format == "txt" else DOCUMENTS_FILE)
        self._partial = folder / f".{self.path.name}.partial"
        folder.mkdir(parents=True, exist_ok=True)
        self._done = {} if overwrite else dict(self._earlier())

    def _earlier(self) -> Iterator[tuple[str, bytes]]:
        """The records of earlier runs with the same rules, by document id."""
        for path in (self.path, self._partial):
            if not path.exists():
                continue
            with path.open("rb") as file:
                for line in file:
                    try:
                        record = json.loads(line)
                    except ValueError:
                        continue  # the line that a killed run was writing
                    if record.get("ruleset") == self.ruleset and not record.get("error"):
                        yield record["id"], line

    def has(self, document: Document | Unreadable) -> bool:
        """Whether an earlier run with the same rules did this document, and its file has not changed since."""
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
            for result in clean_all(cleaner, new, workers):
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
