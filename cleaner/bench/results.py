"""What a run of the benchmark found out, as it is stored: everything that tables, pages, comparisons and the gate need."""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from cleaner.records import InputError, whole_file

SCHEMA = 1
"""Version of the JSON form; it changes when a reader of the old form would misread the new one."""


class RuleEffect(msgspec.Struct, frozen=True):
    """What the edits of one rule did to one document."""

    findings: int
    words: int
    """Words that they took."""
    wanted_words: int
    """How many of these the label has and the output lacks."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One document of one system."""

    id: str
    scores: dict[str, float]
    milliseconds: float = 0.0
    """CPU time."""
    failure: str = ""
    rules: dict[str, RuleEffect] = {}
    """By rule id, of this toolkit."""
    output: str | None = None
    """What came out, where it is to be shown."""


class SystemResult(msgspec.Struct, frozen=True, kw_only=True):
    """One system at one task."""

    name: str
    version: str = ""
    missing: str = ""
    """Why it could not be run at all, and what to do about it; empty where it was."""
    rows: tuple[Row, ...] = ()
    scores: dict[str, float] = {}
    """Means over documents, and what is derived from them."""
    groups: dict[str, dict[str, dict[str, float]]] = {}
    """The same for parts of the documents: by grouping (such as page type), then by group."""
    interval: tuple[float, float] = (0.0, 0.0)
    """Where the mean of the main score lies, by bootstrap (95%)."""
    reference: str = ""
    difference: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The main score less that of the reference on the same documents: mean, and the interval's ends (paired bootstrap)."""
    milliseconds: float = 0.0
    """Mean CPU time of a document."""
    peak_mb: float = 0.0
    failures: dict[str, int] = {}
    """How many documents failed, by reason; they are scored as if nothing had come out."""


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a task, and the text that was wanted."""

    id: str
    groups: Mapping[str, str]
    url: str | None = None
    wanted: str | None = None
    """Given for documents whose outputs are to be shown."""


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """All systems at one task."""

    name: str
    summary: str
    main: str
    columns: tuple[str, ...]
    systems: tuple[SystemResult, ...]
    documents: tuple[Labelled, ...]
    focus: str = ""
    """The system whose outputs are shown."""


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the benchmark."""

    schema: int = SCHEMA
    version: str
    """Of this toolkit."""
    python: str
    command: str
    data: str
    checksum: str
    pages: int
    left_out: tuple[str, ...] = ()
    settings: dict[str, object] = {}
    tasks: tuple[TaskResult, ...] = ()
    speed: dict[str, float] = {}
    """The figures of the task ``speed``, by their names, which say the unit."""

    def task(self, name: str) -> TaskResult | None:
        """The result of a task; None where it was not run."""
        return next((task for task in self.tasks if task.name == name), None)


def write(result: RunResult, path: Path) -> None:
    """Write a result as JSON; a lone surrogate, which UTF-8 cannot hold, as a question mark."""
    data = json.dumps(msgspec.to_builtins(result), ensure_ascii=False).encode("utf-8", "replace")
    with whole_file(path) as file:
        file.write(data)


def read(path: Path) -> RunResult:
    """Read a result; raises `InputError` for anything else."""
    try:
        result = msgspec.json.decode(path.read_bytes(), type=RunResult)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not the JSON of a benchmark run: {error}") from error
    if result.schema != SCHEMA:
        raise InputError(f"{path}: schema {result.schema} is not known, only {SCHEMA}; run the benchmark again")
    return result
