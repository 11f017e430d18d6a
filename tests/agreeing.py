"""Documents that every adapter is given, and the bytes that must come out."""

import functools

from making import SEEDS

from cleaner import Cleaner, Result
from cleaner.columns import to_batch

CITIES = ("Leeds", "York", "Hull", "Derby", "Bath", "Ely", "Wells", "Ripon", "Truro", "Exeter")
# As an engine may meet them: articles, and texts with much, little or nothing in them to clean.
TEXTS = (
    *(path.read_bytes().decode() for path in sorted(SEEDS.glob("*.txt"))),
    *(f"Skip to content\n\nThe mayor of {city} resigned on Monday, her office said.\n\nLeave a reply" for city in CITIES),
    "",
    "\n \n",
    "It was a” total mess” from the start.",
    "The cafÃ© on the corner &amp; its owner.\r\n\r\nShare this:\r\nFacebook",
    "日本の首相は月曜日に辞任を表明した。\u2028コメントを残す",
    "x" * 10_000,
)
DOCUMENTS = {f"{number:02}": text for number, text in enumerate(TEXTS)}


def as_bytes(result: Result) -> bytes:
    """A result in the form that all adapters can be compared in."""
    written: bytes = to_batch([result]).serialize().to_pybytes()
    return written


CLEANER = Cleaner()


@functools.cache  # every process of a run of tests reads this module, and few need the bytes
def expected() -> dict[str, bytes]:
    return {name: as_bytes(CLEANER.clean(text, id=name)) for name, text in DOCUMENTS.items()}
