"""Which documents a call names: files, folders, standard input, and what other file systems hold."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from cleaner.records import streams
from cleaner.records.formats import SINGLE, SUFFIXES, documents, kind_of
from cleaner.records.ids import UniqueIds
from cleaner.records.options import Kind, ReadOptions, Unreadable
from cleaner.records.streams import STANDARD_INPUT, InputError, file_system, in_archive, is_url, without_scheme
from cleaner.records.writing import DOCUMENTS, PAGE_FILE, RUN_FILE, TEXT_SUFFIXES, is_own_name
from cleaner.text import Document


class Reference(msgspec.Struct, frozen=True):
    """A file whose documents have not been read yet: `load` does it, in any process that sees the file."""

    id: str
    """Of a text or page the id of its document; of other kinds the name that stands in the ids of records without one."""
    path: str
    """A local path, or a URL for `fsspec`."""
    kind: Kind
    stamp: str
    """Changes with the file; see `cleaner.records.streams.File`."""
    size: int
    """In bytes, as it lies there."""

    @property
    def single(self) -> bool:
        """Whether it is one document."""
        return self.kind in SINGLE

    @property
    def elsewhere(self) -> bool:
        """Whether other processes see it, too, and know what it is.

        Not so pipes, what is in the memory of this one, and files that have to be looked into.
        """
        return bool(self.stamp) and not self.path.startswith("memory:") and self.kind != "unknown"


Entry = Document | Reference | Unreadable
"""What `scan` gives: a document, the file that holds it, or what could not be read."""


def _untold(_: object) -> None:
    """For who does not want to be told."""


def read(
    inputs: Sequence[str],
    exclude: Path | None = None,
    options: ReadOptions | None = None,
    ids: UniqueIds | None = None,
    *,
    left_out: Counter[str] | None = None,
    leave_out: Callable[[str], None] = _untold,
) -> Iterator[Document | Unreadable]:
    """The documents in `inputs`: files, folders (searched through, links not followed), URLs, or ``-`` for standard input.

    A document's id is its path below the folder that was named, or the name of the file; of a record (JSON lines, CSV,
    Parquet, WARC) its own id, or else file and number. Ids are made unique. `exclude` is a folder that is left out, such as
    the output; `options` says which fields of a record hold what. Files of folders that are of no readable kind, and JSON
    beside a text or page of its name, are counted in `left_out`, by the suffix of their names; `leave_out` is told of each
    record of an archive that is no document, and each table without text, why not, in a word or two (``HTTP 404``).
    Raises `InputError` for an input that does not exist or has no readable kind of file, and for one that stands where the
    output would go.
    """
    for entry in scan(inputs, exclude, options, ids, left_out=left_out, leave_out=leave_out):
        if isinstance(entry, Reference):
            yield from load(entry, options, leave_out)
        else:
            yield entry


def scan(
    inputs: Sequence[str],
    exclude: Path | None = None,
    options: ReadOptions | None = None,
    ids: UniqueIds | None = None,
    *,
    by_file: bool = False,
    consumed: Callable[[int], None] = _untold,
    left_out: Counter[str] | None = None,
    leave_out: Callable[[str], None] = _untold,
) -> Iterator[Entry]:
    """As `read`, but texts and pages stay in their files, as `Reference`.

    Args:
        inputs: as of `read`.
        exclude: as of `read`.
        options: as of `read`.
        ids: what makes ids unique; a new `UniqueIds` unless given.
        by_file: leave records in their files, too, as the workers of a cluster want it, which read for themselves. Then ids
            are unique by file alone.
        consumed: told how many bytes of input files have been gone through, each time some more have.
        left_out: as of `read`.
        leave_out: as of `read`; with `by_file` it is `load` that tells.
    """
    unique = (ids or UniqueIds()).unique
    chosen = options or ReadOptions()
    for found in _found(inputs, exclude, chosen.standard_input, left_out):
        if isinstance(found, Unreadable):
            yield msgspec.structs.replace(found, id=unique(found.id))
        elif (found.single or by_file) and found.elsewhere:
            consumed(found.size)
            yield msgspec.structs.replace(found, id=unique(found.id))
        else:
            before = 0
            for document, position in documents(found.path, found.id, found.kind, chosen, leave_out):
                consumed(max(position - before, 0))
                before = max(position, before)
                yield msgspec.structs.replace(document, id=unique(document.id))
            consumed(max(found.size - before, 0))


def load(
    reference: Reference, options: ReadOptions | None = None, leave_out: Callable[[str], None] = _untold
) -> Iterator[Document | Unreadable]:
    """The documents in a file: one in a text or page, all records of other kinds; `leave_out` as of `read`.

    A text that changes while it is read is read once more, and then is `Unreadable`.
    """
    asked = reference.path, reference.id, reference.kind, options or ReadOptions(), leave_out
    if not reference.single:
        yield from (document for document, _ in documents(*asked))
        return
    for _ in range(2):
        before = _stamp(reference.path)
        [(document, _)] = documents(*asked)
        if _stamp(reference.path) == before:
            yield document
            return
    yield Unreadable(reference.id, "changes while it is being read")


def _stamp(path: str) -> str | None:
    try:
        return streams.look(path).stamp
    except OSError:
        return None  # reading it says why


def count(inputs: Sequence[str], exclude: Path | None = None, most: int | None = None) -> int | None:
    """How many documents `read` will give.

    None where that would take reading them (records, standard input), or where they are more than `most`.
    """
    total = 0
    for found in _found(inputs, exclude):
        total += 1
        many = isinstance(found, Reference) and (not found.single or not found.stamp)
        if many or (most is not None and total > most):
            return None
    return total


def total_bytes(inputs: Sequence[str], exclude: Path | None = None) -> int | None:
    """The size of all files in `inputs`, as they lie there; None where a pipe is among them."""
    total = 0
    for found in _found(inputs, exclude):
        if isinstance(found, Reference):
            if not found.stamp:
                return None
            total += found.size
    return total


def _found(
    inputs: Sequence[str],
    exclude: Path | None,
    standard_input: Kind = "unknown",
    left_out: Counter[str] | None = None,
) -> Iterator[Reference | Unreadable]:
    others = Counter[str]() if left_out is None else left_out
    inputs = [without_scheme(name) for name in inputs]
    _refuse_missing(inputs)
    if exclude:
        _refuse_overwriting(inputs, exclude)
    for name in inputs:
        if name == STANDARD_INPUT:
            yield Reference("stdin", STANDARD_INPUT, standard_input, "", 0)
        elif is_url(name):
            yield from _found_at_url(name, others)
        elif Path(name).is_dir():
            yield from _found_in_folder(Path(name), exclude, others)
        else:
            yield _referred(name, Path(name).name, may_be_pipe=True)


def _refuse_missing(inputs: Sequence[str]) -> None:
    """Raises `InputError` where one of the files and folders of this machine is not there: told before anything is cleaned."""
    for name in inputs:
        if not name:  # an unset variable of a shell; as a path it would be the working directory
            raise InputError("an empty name is no file or folder; . is the working directory")
        if name != STANDARD_INPUT and not is_url(name) and not os.path.lexists(name):
            raise InputError(f"{name}: no such file or folder")


def _refuse_overwriting(inputs: Sequence[str], output: Path) -> None:
    """Raises `InputError` where results might take the place of what is read: the originals would be lost for good.

    In the output folder a file may be read that no run would call so, and no folder: of what is in it nobody knows the ids yet.
    """
    if not output.exists():
        return
    for name in inputs:
        path = Path(os.path.realpath(name))  # unlike `resolve` it takes a link to itself
        if is_url(name) or not path.exists():
            continue
        inside = next((path.relative_to(one) for one in (path, *path.parents) if one.samefile(output)), None)
        if inside is not None and (path.is_dir() or path.name.lower().endswith(TEXT_SUFFIXES) or is_own_name(inside.parts[0])):
            raise InputError(f"{name}: the results would go to the same place; name another folder than {output} for them")


_NOTHING_HERE = f"no {', '.join(SUFFIXES)} file in this folder"


def _found_in_folder(folder: Path, exclude: Path | None, left_out: Counter[str]) -> Iterator[Reference | Unreadable]:
    """The readable kinds of files below a folder, in the order of their paths; hidden ones and `exclude` left out."""
    excluded = exclude.resolve() if exclude else None
    closed: list[OSError] = []
    empty = True
    for directory, folders, names in os.walk(folder, onerror=closed.append):
        here = Path(directory)
        own = _told_by_run(here) if RUN_FILE in names else set()
        shown = (one for one in folders if not one.startswith(".") and one not in own)
        folders[:] = sorted(one for one in shown if (here / one).resolve() != excluded)
        readable = _readable(names)
        for name in sorted(names):
            if name.startswith(".") or name in own:
                continue
            if name in readable:
                empty = False
                yield _referred(str(here / name), (here / name).relative_to(folder).as_posix())
            else:
                left_out[Path(name).suffix.lower()] += 1
    for error in closed:
        if Path(error.filename) == folder:
            raise InputError(f"{folder}: cannot be read: {error.strerror}")
        yield Unreadable(Path(error.filename).relative_to(folder).as_posix(), f"cannot be read: {error.strerror}")
    if empty and not closed:
        raise InputError(f"{folder}: {_NOTHING_HERE}")


def _readable(names: Iterable[str]) -> set[str]:
    """Of the files in folders those of a readable kind, but for JSON beside a text or page of its name.

    That says something of the text, or the same again.
    """
    kinds = {name: kind for name in names if (kind := kind_of(name))}
    documents = {Path(name).with_suffix("") for name, kind in kinds.items() if kind in SINGLE}
    return {name for name, kind in kinds.items() if kind != "json" or Path(name).with_suffix("") not in documents}


class _Account(msgspec.Struct):
    """Of what a run says of itself as much as makes it known, and where its records are."""

    ruleset: str
    output: list[str]


def _told_by_run(folder: Path) -> set[str]:
    """What a run has left in its output folder beside documents: findings, records of what it rejected, the page about it."""
    try:
        account = msgspec.json.decode((folder / RUN_FILE).read_bytes(), type=_Account)
    except (OSError, ValueError):  # somebody else calls a file so, too
        return set()
    return {RUN_FILE, PAGE_FILE, *(name for name in account.output if name.partition(".")[0] != DOCUMENTS)}


def _referred(path: str, name: str, *, may_be_pipe: bool = False) -> Reference | Unreadable:
    try:
        found = streams.look(path)
    except OSError as error:
        return Unreadable(name, f"cannot be read: {error.strerror or error}")
    if may_be_pipe and stat.S_ISFIFO(found.mode):
        return Reference(name, path, kind_of(path) or "unknown", "", 0)
    if not stat.S_ISREG(found.mode):
        return Unreadable(name, "cannot be read: not a file")
    return Reference(name, path, kind_of(path) or "unknown", found.stamp, found.size)


def _found_at_url(url: str, left_out: Counter[str]) -> Iterator[Reference | Unreadable]:
    try:
        system, path = file_system(url)
        is_file = system.isfile(path)
        names = [] if is_file else sorted(system.find(path))
        is_there = is_file or bool(names) or system.exists(path)
    except InputError:
        raise
    except Exception as error:  # each store has errors of its own
        raise InputError(f"{url}: {type(error).__name__}: {error}") from error
    if is_file:
        yield _at_url(url, path.rsplit("/", 1)[-1])
        return
    readable = _readable(names)
    left_out.update(Path(name).suffix.lower() for name in names if name not in readable)
    names = [name for name in names if name in readable]
    if not names:
        raise InputError(f"{url}: {_NOTHING_HERE if is_there else 'no such file or folder'}")
    for name in names:
        yield _at_url(system.unstrip_protocol(name) + in_archive(url)[1], name.removeprefix(path).lstrip("/"))


def _at_url(url: str, name: str) -> Reference | Unreadable:
    try:
        found = streams.look(url)
    except OSError as error:
        return Unreadable(name, f"cannot be read: {error}")
    return Reference(name, url, kind_of(in_archive(url)[0]) or "unknown", found.stamp, found.size)
