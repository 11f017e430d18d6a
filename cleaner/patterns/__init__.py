r"""The pattern language of rules: the common subset of `regex` and Hyperscan, checked, and what to look for.

`regex` decides what a pattern matches. The automaton only has to report every place where it might, so from each
pattern a few *literals* are drawn, one of which stands in whatever the pattern matches (Cox 2012, "Regular expression
matching with a trigram index"; RE2's FilteredRE2). Thousands of literals make one small, fast automaton, where the patterns
themselves would keep thousands of states alive at every byte.

Wherever the two engines disagree the literals are on the safe side, by construction:

* a class takes part only where it has few members: its ASCII ones are asked of `regex` itself, others are listed;
* outside ASCII case is never looked at, and white space, hyphens and the like are one (`cleaner.folding`);
* assertions (`^`, `\b`, lookaround) take no part.

`grammar` reads a pattern into a `tree`; from that `literals` draws what to look for, by the `rarity` of strings.
"""

import contextlib
import functools
import time
from pathlib import Path

import msgspec
import regex

from cleaner import cache, folding
from cleaner.patterns.grammar import MAX_PATTERN_CHARACTERS, PatternError, compile_regex, read
from cleaner.patterns.literals import TRAILING_DECORATION, lead, literals
from cleaner.patterns.rarity import rarity, rarity_of
from cleaner.patterns.tree import nested_repeat, outermost, widths

__all__ = [
    "MAX_PATTERN_CHARACTERS",
    "TRAILING_DECORATION",
    "LineShape",
    "Pattern",
    "PatternError",
    "check",
    "compile_regex",
    "lead",
    "parse",
    "rarity",
    "rarity_of",
    "remember",
]

# Of more patterns than this the latest are kept for the next process.
MAX_REMEMBERED = 20_000
# Seconds of work that are kept: to read all that was kept and to write it again takes as long with the shipped rules.
WORTH_KEEPING = 0.1


class LineShape(msgspec.Struct, frozen=True):
    """What every line that a pattern matches begins and ends with: ASCII characters in lower case; None for any."""

    first: frozenset[str] | None
    last: frozenset[str] | None

    def admits(self, line: str) -> bool:
        """Whether a stripped line that is not empty can be one; cheaper to ask than to match."""
        first, last = line[0], line[-1]
        if self.first is not None and first.isascii() and first.lower() not in self.first:
            return False
        return self.last is None or not last.isascii() or last.lower() in self.last


class Pattern(msgspec.Struct, frozen=True):
    """What is known of a pattern that has been found good."""

    caseless: bool
    min_width: int
    """The fewest characters a match can have."""
    max_width: float
    """The most characters a match can have; `math.inf` without a bound."""
    max_lookahead: float
    """How many characters after its end a match may depend on; `math.inf` without a bound."""
    nested_repeat: bool
    """Whether one unbounded repeat stands inside another, the shape that backtracks without end."""
    shape: LineShape
    literals: tuple[str, ...]
    """Strings of which one at least stands in every match; none where they would be found everywhere.

    Of a pattern that must match a whole line, a line break in a literal is an end of that line, without the `lead` and the
    `TRAILING_DECORATION` that may stand there; otherwise one space stands for a line break and all white space around it.
    """
    whole_literals: tuple[str, ...]
    """The same with all that is known of each, not only as much as is found seldom: for patterns that begin alike."""


@functools.lru_cache(maxsize=65_536)
def parse(source: str, *, whole_line: bool = False) -> Pattern:
    """What is known of a pattern that is searched for, or must match a whole line; raises `PatternError`.

    Whether `regex` takes it is for `check` to say.
    """
    key = f"{'^' if whole_line else '-'}{source}"
    pattern = _known().get(key)
    if pattern is None:
        started = time.thread_time()
        pattern = _known()[key] = _analysed(source, whole_line=whole_line)
        _new[key] = time.thread_time() - started
    return pattern


def check(source: str) -> None:
    """Raises `PatternError` for what `regex` does not take; that takes it as long as all else that is done with a pattern."""
    key = f"={source}"
    if key not in _known():
        started = time.thread_time()
        compile_regex(source)
        _known()[key] = None
        _new[key] = time.thread_time() - started


_new: dict[str, float] = {}
"""What this process has worked out and not kept, with the seconds that it took."""


@functools.cache
def _known() -> dict[str, Pattern | None]:
    """What this process and those before it have worked out, which took them seconds for a library of rules."""
    return _read()


def _read() -> dict[str, Pattern | None]:
    if content := cache.read(_cache_name()):
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.msgpack.decode(content, type=dict[str, Pattern | None])
    return {}


@functools.cache
def _cache_name() -> str:
    """Another version of the analysis, or of the engine that finds a pattern good, has another cache."""
    modules = (*sorted(Path(__file__).parent.glob("*.py")), Path(folding.__file__))
    return cache.name_of("patterns", regex.__version__.encode(), *(module.read_bytes() for module in modules))


def remember() -> None:
    """Keep what is known of patterns for the next process, where that saves it more than it costs this one."""
    if sum(_new.values()) < WORTH_KEEPING:
        return
    _new.clear()
    kept = [*{**_read(), **_known()}.items()][-MAX_REMEMBERED:]
    with contextlib.suppress(UnicodeEncodeError):  # a pattern with lone surrogates comes from no rule file
        cache.write(_cache_name(), msgspec.msgpack.encode(dict(kept)))


def _analysed(source: str, *, whole_line: bool) -> Pattern:
    """A pattern parsed; raises `PatternError` where it leaves the common subset."""
    body, caseless, lookahead = read(source)
    shape = LineShape(outermost(body, last=False)[0], outermost(body, last=True)[0])
    sought = literals(body, whole_line=whole_line)
    return Pattern(caseless, *widths(body), lookahead, nested_repeat(body), shape, *sought)
