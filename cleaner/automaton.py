"""Many expressions as one automaton (Hyperscan), compiled once, cached on disk, shared between threads.

The automaton reports candidates: which expression may match, and where such a match would end. It is linear in the
text, whatever the number of expressions.
"""

import contextlib
import functools
import platform
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import hyperscan
import numpy as np
import numpy.typing as npt

from cleaner import cache
from cleaner.text import encode

CASELESS = hyperscan.HS_FLAG_CASELESS
UTF8 = hyperscan.HS_FLAG_UTF8
ONCE = hyperscan.HS_FLAG_SINGLEMATCH
"""Of an expression only the first candidate is reported."""
_EXPRESSION_FLAGS = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_PREFILTER

_INDEX_BITS = 28
# More candidates than this in one document, and a pattern says "maybe" at every other character: no answer is then
# better than memory without bound. The shipped rules give about 60 in 1,000 words of English.
MAX_CANDIDATES = 4_000_000


class TooManyCandidatesError(RuntimeError):
    """A document in which the expressions report more places than they may."""


class Candidates(NamedTuple):
    """Where expressions may match, by place."""

    ends: npt.NDArray[np.int64]
    """Byte offsets of the ends, ascending."""
    indices: npt.NDArray[np.int64]
    """For each the index of the expression."""


_NOTHING = Candidates(np.empty(0, np.int64), np.empty(0, np.int64))


class Automaton:
    """Immutable; may be shared between threads, pickled, and used after fork or spawn."""

    def __init__(self, expressions: Sequence[tuple[str, int]], *, literal: bool = False) -> None:
        """Compile `expressions`, each with its flags: of `CASELESS` (in ASCII), `UTF8` (about characters, not bytes), `ONCE`.

        Those that are `literal` stand for themselves, without `UTF8` and NUL; they compile many times as fast.
        Raises `hyperscan.error` for one that is none.
        """
        self._expressions = tuple(expressions)
        self._literal = literal
        self._database = _load_or_compile(self._expressions, literal=literal) if expressions else None
        self._local = threading.local()

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Automaton, literal=self._literal), (self._expressions,)

    @property
    def size(self) -> int:
        """Bytes of memory that the compiled automaton takes."""
        return self._database.size() if self._database else 0

    def scan(self, data: bytes, most: int = MAX_CANDIDATES) -> Candidates:
        """All candidates in `data`, which is valid UTF-8.

        Raises `TooManyCandidatesError` for more than `most`.
        """
        if self._database is None or not data:
            return _NOTHING
        found: list[int] = []
        append = found.append

        def on_match(index: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            append(end << _INDEX_BITS | index)  # one number is sorted many times as fast as two
            return len(found) > most

        try:
            self._database.scan(data, match_event_handler=on_match, scratch=self._scratch())
        except hyperscan.ScanTerminated as error:
            raise TooManyCandidatesError(f"more than {most} candidate places") from error
        if not found:
            return _NOTHING
        both = np.array(found, np.int64)
        both.sort()
        return Candidates(both >> _INDEX_BITS, both & ((1 << _INDEX_BITS) - 1))

    def _scratch(self) -> hyperscan.Scratch:
        """Working memory, one for each thread."""
        try:
            scratch: hyperscan.Scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


def _load_or_compile(expressions: tuple[tuple[str, int], ...], *, literal: bool) -> hyperscan.Database:
    name = _cache_name(expressions, literal=literal)
    if serialized := cache.read(name):
        with contextlib.suppress(hyperscan.error):  # made for another engine
            return hyperscan.loadb(serialized, hyperscan.HS_MODE_BLOCK)
    database = _compile(expressions, literal=literal)
    cache.write(name, hyperscan.dumpb(database))
    return database


def _compile(expressions: Sequence[tuple[str, int]], *, literal: bool) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[encode(expression) for expression, _ in expressions],
        ids=list(range(len(expressions))),
        flags=[flags if literal else _EXPRESSION_FLAGS | flags for _, flags in expressions],
        literal=literal,
    )
    return database


@functools.cache
def _platform_key() -> str:
    """Engine and CPU: a database holds code paths for the processor that it was compiled on."""
    probe = hyperscan.Database()
    probe.compile(expressions=[b"probe"], ids=[0], flags=[0])
    features = ""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        features = platform.processor()
    version = hyperscan.__version__  # type: ignore[attr-defined]  # there, but not in its stubs
    return f"{version} {probe.info()!r} {platform.system()} {platform.machine()} {features}"


def _cache_name(expressions: tuple[tuple[str, int], ...], *, literal: bool) -> str:
    kind = "literal" if literal else str(_EXPRESSION_FLAGS)
    told = "\0".join([_platform_key(), kind, *(f"{flags}\0{expression}" for expression, flags in expressions)])
    return cache.name_of("hsdb", encode(told))
