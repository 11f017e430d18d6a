"""What is wrong with a rule, told with its place."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cleaner.rules import places
from cleaner.rules.places import Place


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a rule file."""

    file: str
    rule: str
    field: str
    message: str
    hint: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        file = f"{self.file}:{self.place.line}:{self.place.column}" if self.place else self.file
        where = (file, self.rule and f"rule {self.rule!r}", self.field and f"field `{self.field}`")
        told = ": ".join(filter(None, (*where, self.message)))
        return "\n".join(filter(None, (told, str(self.place or ""), self.hint and f"  hint: {self.hint}")))

    def located(self) -> "Problem":
        """The same with its place, where it has none and the rule is found in the file."""
        if self.place or not (self.file and self.rule):
            return self
        try:
            source = Path(self.file).read_text(encoding="utf-8-sig")
        except OSError:  # rules may have been sent to where their file is not
            return self
        return msgspec.structs.replace(self, place=places.find(source, self.rule.rpartition("/")[2], self.field))


class RuleError(ValueError):
    """Rules that cannot be used; `problems` has each with file, rule, field and a hint."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problem.located() for problem in problems)
        super().__init__("\n".join(map(str, self.problems)))
