"""Parts of patterns: what a rule file says once, in its table ``[parts]``, and its patterns by name, as ``{name}``.

So does flex with its definitions. A part is a group of its own wherever it is used, and takes the flags of the pattern there.
"""

import re
from collections.abc import Iterator, Mapping

from cleaner.patterns import MAX_PATTERN_CHARACTERS, PatternError

TABLE = "parts"
"""What the table of a rule file is called that holds them."""
MAX_SPELLED_OUT = 32_000_000
"""How many characters the patterns of a file may have, each part in the place of its name."""

NAME = re.compile("[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
# Escapes are passed over as a whole: \{name} and \p{name} use no part.
_USE = re.compile(rf"\\[pP]\{{[^}}]*\}}|\\.|\{{({NAME.pattern})\}}", re.DOTALL)


class Parts:
    """The parts of a rule file. A part may use those that were added before it."""

    def __init__(self) -> None:
        self._groups: dict[str, str] = {}
        self._left = MAX_SPELLED_OUT

    def add(self, name: str, part: str) -> str:
        """Let `name` stand for `part`, a pattern, which it gives spelled out. Raises `PatternError`."""
        spelled_out = self.spelled_out(part)
        self._groups[name] = f"(?:{spelled_out})"
        return spelled_out

    def spelled_out(self, pattern: str) -> str:
        """`pattern` with each part in the place of its name. Raises `PatternError`."""
        pieces: list[str] = []
        end, size = 0, len(pattern)
        for use in _uses(pattern):
            group = self._groups.get(use[1])
            if group is None:
                known = f"known: {', '.join(self._groups)}" if self._groups else "it has to stand above, in a table [parts]"
                raise PatternError(f"no part {use[1]!r}", use.start(), known)
            size += len(group)
            if size > min(MAX_PATTERN_CHARACTERS, self._left):
                raise PatternError("too long with its parts spelled out", use.start())
            pieces += (pattern[end : use.start()], group)
            end = use.end()
        self._left -= size
        return "".join([*pieces, pattern[end:]])

    def written(self, pattern: str, offset: int) -> int:
        """Where in `pattern` stands what is at `offset` of it spelled out: the name of the part for what is inside of one."""
        grown = 0
        for use in _uses(pattern):
            start, size = use.start() + grown, len(self._groups[use[1]])
            if offset < start + size:
                return min(offset - grown, use.start())
            grown += size - len(use[0])
        return offset - grown


def used(parts: Mapping[str, str], text: str) -> dict[str, str]:
    """Those of a file's `parts` that `text` names, and those that these name."""
    wanted = {use[1] for use in _uses(text)}
    for name, part in reversed(list(parts.items())):
        if name in wanted:
            wanted.update(use[1] for use in _uses(part))
    return {name: part for name, part in parts.items() if name in wanted}


def _uses(pattern: str) -> Iterator[re.Match[str]]:
    """Where a pattern names parts."""
    return (match for match in _USE.finditer(pattern) if match[1])
