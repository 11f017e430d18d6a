"""What was worked out from rules and tables, kept on disk for the next start.

A cache is only ever a shortcut: what cannot be read, is not whole or was made by another version is worked out anew, and
a folder that cannot be written to makes every start slower, nothing else.
"""

import functools
import hashlib
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

_CHECKSUM_BYTES = 32
# Files of one kind may take so much together; those go that nobody has read for longest. What ships needs 50 MB in all.
MOST_BYTES = 200_000_000
_log = logging.getLogger(__name__)


@functools.cache
def folder() -> Path:
    """The user's own cache, or what `CLEANER_CACHE_DIR` names; another user's files are never read."""
    return Path(os.environ.get("CLEANER_CACHE_DIR") or platformdirs.user_cache_dir("cleaner", appauthor=False))


def name_of(kind: str, *made_from: bytes | memoryview) -> str:
    """The name of what was made from exactly these, such as data, code and versions."""
    digests = b"".join(hashlib.sha256(one).digest() for one in made_from)
    return f"{hashlib.sha256(digests).hexdigest()[:32]}.{kind}"


def read(name: str) -> bytes | None:
    """What was kept under `name`; None where there is nothing, or nothing whole."""
    try:
        content = (folder() / name).read_bytes()
    except OSError:
        return None
    with suppress(OSError):  # a cache that may only be read serves as well
        os.utime(folder() / name)
    checksum, kept = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
    if hashlib.sha256(kept).digest() == checksum:
        return kept
    _log.warning("%s is corrupt and will be made anew", folder() / name)
    return None


def write(name: str, data: bytes) -> None:
    """Keep `data` under `name`, whole or not at all."""
    path = folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink()
            raise
        _make_room(path.suffix)
    except OSError as error:
        _log.info("%s could not be kept: %s", path, error)


def _make_room(suffix: str) -> None:
    """Remove what has not been read for longest where the files of one kind take too much."""
    files = [(file.stat(), file) for file in folder().glob(f"*{suffix}")]
    taken = 0
    for status, file in sorted(files, key=lambda told: told[0].st_mtime, reverse=True):
        taken += status.st_size
        if taken > MOST_BYTES:
            file.unlink(missing_ok=True)
