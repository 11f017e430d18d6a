"""What becomes of findings: what is done, what is told, and what was stopped."""

import msgspec

from cleaner.edits import Edit, Finding


class Skipped(msgspec.Struct, frozen=True):
    """A finding that was not acted upon, and why."""

    finding: Finding
    """What would have been done."""
    reason: str
    """What stopped it: a keep pattern, a protection, the cap (``governor``), or another finding in the same place."""


class Decision(msgspec.Struct, frozen=True):
    """What is to be done: `edits` and `findings` agree, both ordered by place."""

    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
