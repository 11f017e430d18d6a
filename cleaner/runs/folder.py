"""The output folder of a run.

What a user sees appears when the run is done: one file of records where the output is small, else a folder of parts (texts,
in the format ``txt``, appear as their shards are done). Everything else is in a hidden folder::

    OUT/.cleaner/manifest.sqlite    what is done; locked by the run at work
    OUT/.cleaner/parts/             the records of each shard, under the shard's identity
    OUT/.cleaner/work/              what workers of this run are writing
"""

import os
import re
import shutil
import socket
import stat
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import msgspec

import cleaner
from cleaner.records import STANDARD_INPUT, Entry, ReadOptions, Reference, Unreadable, whole_file, writing
from cleaner.records.streams import is_url, without_scheme
from cleaner.records.writing import HIDDEN, RUN_FILE
from cleaner.report import Totals
from cleaner.runs.manifest import BusyError, Manifest, Published
from cleaner.runs.parts import Format, LargePartsError, UnlikePartsError, columns_of, concatenate, suffix, write_in_order
from cleaner.runs.shards import Shard
from cleaner.runs.tasks import MAIN, REJECTED, Kept, Piece, Place, Task, media_type, text_places
from cleaner.text import Document

SINGLE_FILE_BYTES = 32_000_000
"""Up to so many bytes of records, all parts together and decompressed, become one file; of archives as they lie an eighth."""
NAMES_TOLD = 10
"""So many of the texts that were removed are named."""
_PART = re.compile(r"part-\d{5,}\.(?:jsonl|jsonl\.gz|jsonl\.zst|parquet)")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the records of a run depend on, beside its documents."""

    ruleset: str
    """`Cleaner.digest`."""
    format: Format = "txt"
    options: ReadOptions = ReadOptions()
    version: str = cleaner.__version__

    @property
    def digest(self) -> str:
        """A name for exactly these settings."""
        return msgspec.json.encode(self).decode()


class Folder:
    """An output folder, held by one run at a time; a context manager.

    For each shard of `cleaner.runs.shards.plan`: where it is not `done`, make a `task` of it, have it carried out anywhere
    (`cleaner.runs.tasks.clean_shard`) and `publish` what came of it; in the end `finish`.

    Until the first of these it leaves the account of the run before as it is: inputs that are not there must not cost it.
    """

    def __init__(self, path: Path, settings: Settings, *, overwrite: bool = False) -> None:
        """Raises `BusyError` where another run is at work in the folder, and `OSError` where it cannot be used.

        Raises `ValueError` where something that no run made has the name of a file of the run; `overwrite` replaces it, but no
        folder by a file, nor a file by a folder.
        """
        self.path = path
        self.settings = settings
        self._hidden = path / HIDDEN
        self._parts = self._hidden / "parts"
        self._parts.mkdir(parents=True, exist_ok=True)
        try:
            self._manifest = Manifest(self._hidden / "manifest.sqlite")
        except BusyError as error:
            raise BusyError(f"{error} ({self._owner()})") from error
        facts = self._manifest.facts()
        self._overwrite = overwrite
        self._work = self._hidden / "work" / str(self._manifest.epoch)
        try:
            self._refuse_others(facts)
            self._make_work()
        except BaseException:
            self._manifest.close()
            raise
        self.changed = _changes(facts.get("settings"), settings)
        """What differs from the settings of the run before, in words; empty where nothing does."""
        self.held_others = "settings" not in facts and any(one != self._hidden for one in path.iterdir())
        """Whether something lies in the folder that no run has made, since this is the first."""
        self._resumed = not overwrite and not self.changed and "settings" in facts
        self.shown: list[str] = []
        """Files and folders of records that `finish` has put into sight."""
        self.gone = 0
        """Of how many documents `finish` has dropped what an earlier run made of them: they are not among the inputs now."""
        self.removed = 0
        """How many texts of earlier runs `finish` has removed: this run has none there."""
        self.removed_names: list[str] = []
        """The first of them."""
        self.left = 0
        """How many texts of runs over other inputs are still there, without a record."""
        self._columns = bytes.fromhex(facts["columns"]) if self._resumed and facts.get("columns") else None
        self._begun = False

    def _make_work(self) -> None:
        """An empty folder for the shards, and a note of who is at work."""
        shutil.rmtree(self._hidden / "work", ignore_errors=True)  # workers of a run that was killed may still write there
        self._work.parent.mkdir(mode=0o700, exist_ok=True)  # shards are pickled there: nobody else may put one in
        self._work.mkdir()
        owner = {"process": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
        self._owner_file.write_bytes(msgspec.json.encode(owner))

    def _begin(self) -> None:
        """What the run before has done is taken for done no longer where it had other settings, nor its account for true."""
        if self._begun:
            return
        self._begun = True
        if self._overwrite or self.changed:
            self._manifest.forget()
        self._manifest.note({"settings": self.settings.digest})
        (self.path / RUN_FILE).unlink(missing_ok=True)  # it says that a run is done

    def _refuse_others(self, facts: Mapping[str, str]) -> None:
        """Raises `ValueError` where something stands in the place of the run's own files that no run has made."""
        own = {*_noted(facts), *([RUN_FILE] if "settings" in facts else [])}
        for name in (RUN_FILE, *self._names()):
            path = self.path / name
            if os.path.lexists(path) and _is_folder(path) == bool(path.suffix):
                wrong = "a folder, and a run makes a file" if path.suffix else "a file or a link, and a run makes a folder"
                raise ValueError(f"{path} is {wrong} of that name; rename it, or give the results another folder")
            # Beside one file of records a folder of that name may stand that holds no parts.
            is_there = bool(parts_in(path)) if path.is_dir() and not path.suffix else os.path.lexists(path)
            if is_there and name not in own and not self._overwrite:
                raise ValueError(f"{path} is there, and no run in this folder has made it; --overwrite replaces it")

    def _names(self) -> list[str]:
        """What the files, and the folders in their place, of records may be called."""
        end = suffix(self.settings.format)
        return [name for output in (MAIN, REJECTED) for name in (f"{self._name(output)}.{end}", self._name(output))]

    def _name(self, output: str) -> str:
        if output == REJECTED:
            return writing.REJECTED
        return writing.FINDINGS if self.settings.format == "txt" else writing.DOCUMENTS

    @property
    def _owner_file(self) -> Path:
        return self._hidden / "owner.json"

    def _owner(self) -> str:
        try:
            owner = msgspec.json.decode(self._owner_file.read_bytes())
            return f"process {owner['process']} on {owner['host']}, since {owner['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "it does not say which"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._hidden / "work", ignore_errors=True)
        self._manifest.close()

    @property
    def epoch(self) -> int:
        """The number of this run among those of the folder."""
        return self._manifest.epoch

    def new_stem(self) -> str:
        """A path in the folder's place of work that nobody else writes to."""
        return str(self._work / uuid.uuid4().hex)

    def done(self, shard: Shard) -> Published | None:
        """The shard as it was published before, if nothing of it failed and all its files are there."""
        self._begin()
        published = self._manifest.find(shard.identity)
        if published is None or published.failed or not self._is_whole(published):
            return None
        if self.settings.format == "txt" and not self._texts_stand(shard):
            return None
        self._manifest.plan(shard)
        return published

    def _is_whole(self, published: Published) -> bool:
        sizes = {MAIN: published.bytes, REJECTED: published.rejected_bytes}
        return all(_size(self._part(published.identity, output)) == size for output, size in sizes.items())

    def _texts_stand(self, shard: Shard) -> bool:
        """Whether all texts are there, and are of this shard: a run that was stopped may have put others in their place."""
        records = list(self._manifest.records_of(shard))
        return len(records) == len(shard.entries) and all(
            part == shard.identity and (place.output == REJECTED or self._text_stands(shard.entries[position].id, part))
            for position, part, place in records
        )

    def _text_stands(self, document_id: str, part: str) -> bool:
        """Whether the text that belongs to a record in `part` is there, and the Markdown if there was some."""
        text, markdown = text_places(document_id)
        if self._manifest.text_of(text) != part or not (self.path / text).exists():
            return False
        return self._manifest.text_of(markdown) != part or (self.path / markdown).exists()

    def guarded(self, entries: Iterable[Entry], *, markdown: bool) -> Iterator[Entry]:
        """`entries`, but as `Unreadable` those whose text would take the place of a file that no run has made.

        With `markdown` that of pages is looked after, too. A run that was killed has noted its texts before they were there.
        """
        for entry in entries:
            text, marked = text_places(entry.id)
            why = self._in_the_way(text)
            if not why and markdown and media_type(entry) == "text/html":
                why = self._in_the_way(marked)
            fields = {} if isinstance(entry, Reference) else entry.metadata
            yield Unreadable(entry.id, why, fields) if why else entry

    def _in_the_way(self, place: str) -> str | None:
        """Why a text cannot be written there; None where it can."""
        path = self.path / place
        if not self._is_inside(path):
            return f"{path} cannot be written: a link leads from there out of {self.path}"
        try:
            is_folder = _is_folder(path)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            is_folder = True
        if is_folder:
            return f"{path} cannot be written: a file or folder of somebody else is in the way"
        if self._overwrite or self._manifest.text_of(place) is not None:
            return None
        return f"{path} is there, and no run in this folder has made it; --overwrite replaces it"

    def _is_inside(self, path: Path) -> bool:
        """Whether a file is where its path says, and not, by a link to a folder, among somebody else's: inputs, for one."""
        return Path(os.path.realpath(path.parent)).is_relative_to(os.path.realpath(self.path))

    def task(self, shard: Shard) -> Task:
        """How the shard is to be done: what has not changed since an earlier run is taken over."""
        self._begin()
        return Task(
            stem=self.new_stem(),
            format=self.settings.format,
            options=self.settings.options,
            columns=self._columns_for(shard),
            kept=dict(self._kept(shard)) if self._resumed else {},
        )

    def _kept(self, shard: Shard) -> Iterator[tuple[int, Kept]]:
        whole: dict[str, bool] = {}
        for position, part, place in self._manifest.records_of(shard):
            if part not in whole:
                published = self._manifest.find(part)
                whole[part] = published is not None and self._is_whole(published)
            needs_text = self.settings.format == "txt" and place.output == MAIN
            if whole[part] and (not needs_text or self._text_stands(shard.entries[position].id, part)):
                yield position, Kept(str(self._part(part, place.output)), place.row, place.output)

    def _columns_for(self, shard: Shard) -> bytes | None:
        """The columns of the other fields: those of the first shard, for all parts of the run.

        None where the fields are not known before the file is read: then each part has its own.
        """
        files = any(isinstance(entry, Reference) and not entry.single for entry in shard.entries)
        if self.settings.format == "parquet" and self._columns is None and not files:
            self._columns = columns_of([entry.metadata for entry in shard.entries if isinstance(entry, Document)])
            self._manifest.note({"columns": self._columns.hex()})
        return self._columns

    def publish(self, shard: Shard, pieces: Sequence[Piece]) -> Totals:
        """Put what came of a shard into the output: one piece for all of it, or several, in the order of their documents.

        Returns what it counts. Raises `cleaner.runs.manifest.StaleEpochError` where this run is no longer the one that may.
        """
        self._manifest.check_epoch()
        for output in (MAIN, REJECTED):
            self._publish_part(shard, [piece.task.part(output) for piece in pieces], output)
        texts = {target: staged for piece in pieces for staged, target in piece.texts}
        for other in self._manifest.claim(shard.identity, texts):
            if not (self.path / other).is_dir() and self._is_inside(self.path / other):
                (self.path / other).unlink(missing_ok=True)
        for target, staged in texts.items():
            path = self.path / target
            path.parent.mkdir(parents=True, exist_ok=True)
            Path(staged).replace(path)
        totals = Totals()
        for piece in pieces:
            totals.merge(piece.totals)
        sizes = {output: _size(self._part(shard.identity, output)) for output in (MAIN, REJECTED)}
        kept = [path for piece in pieces for path in piece.texts_kept]
        without = [path for piece in pieces for path in piece.without_text]
        self._manifest.publish(shard, totals, _places(pieces), sizes, kept, without)
        for piece in pieces:
            shutil.rmtree(piece.task.texts, ignore_errors=True)
            piece.task.note.unlink(missing_ok=True)
        return totals

    def _publish_part(self, shard: Shard, written: Sequence[Path], output: str) -> None:
        target = self._part(shard.identity, output)
        there = [path for path in written if path.exists()]
        if not there:
            target.unlink(missing_ok=True)
        elif len(there) == 1:
            there[0].replace(target)
        else:
            with whole_file(target) as file:
                concatenate(there, file)
            for path in there:
                path.unlink()

    def _part(self, identity: str, output: str) -> Path:
        return self._parts / f"{identity}.{output}.{suffix(self.settings.format)}"

    def totals_of(self, published: Published) -> Totals:
        """What a published shard has counted."""
        return self._manifest.totals_of(published)

    def totals(self) -> Totals:
        """What all shards of the run have counted so far."""
        return self._manifest.totals()

    def finish(
        self, account: Mapping[str, Any] | None = None, inputs: Sequence[str] = (), others: Totals | None = None
    ) -> None:
        """Show the output, drop what does not belong to it, and write `RUN_FILE` with `account` and the totals.

        `others` is what was counted beside the shards.

        Texts without a record stay where not all `inputs` of the last run are named again: somebody who cleans one input after
        the other into one folder would be left with the last.
        """
        self._begin()
        self.gone = self._manifest.drop_others()
        shards = list(self._manifest.shards())
        current = {self._part(shard.identity, output) for shard in shards for output in (MAIN, REJECTED)}
        for path in self._parts.iterdir():
            if path not in current:
                path.unlink()
        before = {*_noted(self._manifest.facts()), *(self._names() if self._overwrite else [])}
        # Before they are there: a run that goes on after this one was killed must know them for its own.
        self._manifest.note({"shown": msgspec.json.encode(sorted({*before, *self._names()})).decode()})
        self.shown = [path.name for output in (MAIN, REJECTED) for path in self._show(shards, output)]
        for name in before - {*self.shown}:
            _remove(self.path / name)
        self._manifest.note({"shown": msgspec.json.encode(self.shown).decode()})
        self.left = self._manifest.settle_texts(leave=not self._are_named_again(inputs))
        self._remove_texts()
        self._manifest.note({"inputs": msgspec.json.encode(sorted(map(_named, inputs))).decode()})
        totals = self.totals()
        totals.merge(others or Totals())
        told = {
            **msgspec.to_builtins(self.settings),
            **(account or {}),
            "shards": len(shards),
            "output": self.shown,
            "totals": msgspec.to_builtins(totals),
        }
        with whole_file(self.path / RUN_FILE) as file:
            file.write(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")

    def _are_named_again(self, inputs: Sequence[str]) -> bool:
        """Whether the inputs of the last run are all among these; of standard input nobody knows what it was."""
        before = msgspec.json.decode(self._manifest.facts().get("inputs", "[]"), type=set[str])
        return before <= {_named(one) for one in inputs} and STANDARD_INPUT not in before

    def _remove_texts(self) -> None:
        """Remove the texts of earlier runs that this one does not have, and the folders that are empty without them."""
        for name in self._manifest.texts_of_nobody():
            path = self.path / name
            if not path.is_file() or not self._is_inside(path):
                continue
            path.unlink()
            self.removed += 1
            self.removed_names += [name] * (self.removed <= NAMES_TOLD)
            with suppress(OSError):  # something else is in it
                for folder in Path(name).parents[:-1]:
                    (self.path / folder).rmdir()
        self._manifest.drop_texts_of_nobody()

    def _show(self, shards: Sequence[Published], output: str) -> Iterator[Path]:
        """Give the records of all shards their place in sight; yields the file or folder."""
        parts = [(shard, part) for shard in shards if (part := self._part(shard.identity, output)).exists()]
        if not parts and output == REJECTED:
            return
        name = self._name(output)
        end = suffix(self.settings.format)
        file, folder = self.path / f"{name}.{end}", self.path / name
        if _as_one_file([part for _, part in parts], file, end):
            yield file
            return
        folder.mkdir(exist_ok=True)
        names = set()
        for shard, part in parts:
            target = folder / f"part-{shard.number:05}.{end}"
            names.add(target.name)
            _link(part, target)
        for path in parts_in(folder):
            if path.name not in names:
                path.unlink()
        yield folder


def parts_in(folder: Path) -> list[Path]:
    """The parts of records in a folder of an output, in their order, and nothing else that may be there."""
    return sorted(path for path in folder.iterdir() if _PART.fullmatch(path.name))


def _as_one_file(parts: Sequence[Path], file: Path, end: str) -> bool:
    """Write all parts as one file, where they are small enough and alike; whether that was so."""
    most = SINGLE_FILE_BYTES // 8 if end.endswith((".gz", ".zst")) else SINGLE_FILE_BYTES
    if sum(part.stat().st_size for part in parts) > most:
        return False
    try:
        with whole_file(file) as written:
            write_in_order(parts, written, end, SINGLE_FILE_BYTES)
    except (LargePartsError, UnlikePartsError):
        return False
    return True


def _places(pieces: Sequence[Piece]) -> list[Place | None]:
    """Where the records of a shard's documents stand once its pieces are one part."""
    before = {MAIN: 0, REJECTED: 0}
    places: list[Place | None] = []
    for piece in pieces:
        places += (place and Place(place.output, place.row + before[place.output]) for place in piece.places)
        for output in before:
            before[output] += piece.records[output]
    return places


def _changes(before: str | None, now: Settings) -> str:
    """What differs between the settings of the run before and those of this one, in words."""
    if before is None:
        return ""
    try:
        earlier = msgspec.json.decode(before, type=Settings)
    except msgspec.MsgspecError:
        return "the settings"
    words = {"ruleset": "the rules or settings", "format": "the format", "options": "the fields", "version": "the version"}
    return ", ".join(told for name, told in words.items() if getattr(earlier, name) != getattr(now, name))


def _named(name: str) -> str:
    """An input by a name that does not depend on the working directory."""
    name = without_scheme(name)
    return name if is_url(name) or name == STANDARD_INPUT else os.path.realpath(name)


def _noted(facts: Mapping[str, str]) -> list[str]:
    """The files and folders of records that runs have put into sight."""
    return msgspec.json.decode(facts.get("shown", "[]"), type=list[str])


def _is_folder(path: Path) -> bool:
    """Whether a folder is there, and no link to one. Raises `OSError` where nothing is."""
    return stat.S_ISDIR(path.lstat().st_mode)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _link(source: Path, target: Path) -> None:
    """Show `source` as `target`, too: as a hard link where the file system has them, else as a copy."""
    if target.exists() and target.samefile(source):
        return
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    temporary.replace(target)


def _remove(path: Path) -> None:
    """Remove a file or folder of an earlier run's records."""
    if path.is_dir():
        for part in parts_in(path):
            part.unlink()
        with suppress(OSError):  # something of somebody else's is in it
            path.rmdir()
    else:
        path.unlink(missing_ok=True)
