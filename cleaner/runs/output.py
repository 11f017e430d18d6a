"""The output of a run, read back: what it says of itself, and its results with their originals.

The folder is not trusted: names and links in it stay inside it, and a record that does not fit its text is told as an error.
"""

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cleaner.extras import needed
from cleaner.pipeline import Result
from cleaner.records import InputError, output_path
from cleaner.records.streams import DAMAGED
from cleaner.records.writing import RUN_FILE
from cleaner.report import as_written, from_record
from cleaner.report.account import Account
from cleaner.runs.folder import parts_in
from cleaner.runs.parts import Record, read_part


def read_account(folder: Path) -> Account:
    """What the run says of itself whose output is in `folder`.

    Raises `cleaner.records.InputError` where no run has ended there.
    """
    path = folder / RUN_FILE
    try:
        _refuse_others(path, folder)
        return msgspec.json.decode(path.read_bytes(), type=Account)
    except FileNotFoundError as error:
        message = f"{folder}: no {RUN_FILE}, which stands there when `cleaner clean IN -o {folder}` has come to its end"
        raise InputError(message) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def read_results(folder: Path, account: Account) -> Iterator[Result]:
    """The results of a run, their originals rebuilt; one after another, so that memory holds a document or a few rows.

    First those that are kept, then the rejected ones. A document whose text is gone or was changed since comes with an `error`
    that says so; a change is known by the findings, which no longer fit, or by the length. Raises `cleaner.records.InputError`
    for files of records that are gone or damaged.
    """
    for name in account.output:
        if name != Path(name).name or name in (".", ".."):
            raise InputError(f"{folder / RUN_FILE}: {name!r} is no name of a file beside it")
        path = folder / name
        for part in parts_in(path) if path.is_dir() else [path]:
            try:
                _refuse_others(part, folder)
                for record in read_part(part):
                    yield _result(record, folder, part)
            except (*DAMAGED, ValueError, RecursionError) as error:
                raise InputError(f"{part}: {error}") from error


def _result(record: Record, folder: Path, part: Path) -> Result:
    """The result that a record is of. Raises `ValueError` for what is no record at all."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise ValueError("not a record of this toolkit")  # noqa: TRY004 (the file is wrong, not the caller)
    try:
        if part.suffix == ".parquet":
            return needed("cleaner.columns", "Parquet", "parquet").from_row(record)  # type: ignore[no-any-return]
        record = as_written(record)
        if "text" in record:
            return from_record(record)
        text = None if record.get("error") else _text(folder, record)  # at its place may be a file of somebody else's
    except (OSError, ValueError, TypeError, KeyError) as error:
        unread = isinstance(error, OSError) and f"its text cannot be read: {error.strerror or error}"
        return _unlike(record, unread or f"its record does not hold: {error}")
    if text is None:
        return _unlike(record, record.get("error") or "its text is no longer there")
    try:
        result = from_record(record, text)
    except ValueError as error:
        return _unlike(record, f"its text was changed since the run: {error}", text)
    is_whole = record.get("text_characters", len(text)) == len(text)  # records of earlier versions do not say
    return result if is_whole else _unlike(record, "its text was changed since the run", text)


def _text(folder: Path, record: Record) -> str | None:
    """The text of a document that stands in a file of its own; None where there is none."""
    path = output_path(folder, record["id"])
    try:
        _refuse_others(path, folder)
        return path.read_bytes().decode("utf-8", "surrogatepass")
    except FileNotFoundError:
        return None


def _refuse_others(path: Path, folder: Path) -> None:
    """Raises `OSError` for what is no file (a pipe would be waited for without end), and for one that is not in the folder."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("not a file")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise OSError("a link that leads out of the folder")


def _unlike(record: Record, error: str, text: str = "") -> Result:
    """A document of which no more is known."""
    return Result(id=record["id"], original=text, text=text, ruleset=str(record.get("ruleset", "")), error=error)
