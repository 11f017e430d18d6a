r"""Clean scraped article text for NLP, with proof of every change.

>>> import cleaner
>>> result = cleaner.clean("Skip to content\n\nThe mayor resigned on Monday, her office said.")
>>> result.text
'The mayor resigned on Monday, her office said.'
>>> result.revert() == result.original
True

What a field of `Result`, `Finding`, `Document` or `Profile` means stands below it in the source, which
``inspect.getsource(cleaner.Result)`` shows, and in ``docs/api.md``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleaner.edits import Finding, revert
    from cleaner.garble.siblings import Sibling
    from cleaner.pipeline import Cleaner, Result, clean, compare
    from cleaner.policy import PROFILES, Profile
    from cleaner.rules import RuleError, Ruleset
    from cleaner.text import Document

__version__ = "0.1.0"

__all__ = [
    "PROFILES",
    "Cleaner",
    "Document",
    "Finding",
    "Profile",
    "Result",
    "RuleError",
    "Ruleset",
    "Sibling",
    "clean",
    "compare",
    "revert",
]

_HOMES = {
    **dict.fromkeys(("Finding", "revert"), "cleaner.edits"),
    **dict.fromkeys(("Cleaner", "Result", "clean", "compare"), "cleaner.pipeline"),
    **dict.fromkeys(("PROFILES", "Profile"), "cleaner.policy"),
    **dict.fromkeys(("RuleError", "Ruleset"), "cleaner.rules"),
    "Document": "cleaner.text",
    "Sibling": "cleaner.garble.siblings",
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when first asked for: `import cleaner` alone costs nothing."""
    if home := _HOMES.get(name):
        return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, too, for those who look around by `dir`, `help` or completion before they have asked for any."""
    return sorted({*globals(), *_HOMES})
