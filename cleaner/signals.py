"""Figures about a text, before and after cleaning."""

from collections.abc import Sized

Signals = dict[str, float | int | str]


def measure(text: str, lines: Sized) -> Signals:
    """`words` (white-space separated), `lines` (not blank; as cut) and `characters` (code points) of `text`."""
    return {"words": len(text.split()), "lines": len(lines), "characters": len(text)}
