"""Bytes to text, and repairs of damaged text: misread charsets, left-over escapes, invisible characters, misplaced quotes.

`charset` turns bytes into text, those in two charsets with `partly_utf8`; `ranking` says which charsets are likely. `mending`
runs the repairs, which `repairs` lists. Most are functions from line to line: `escapes`, `utf8`, `lost`, `mixups`,
`characters`; `page_code`, `numbered_links`, `primes`, `quotes` and `lines` look at whole texts; `doubts` only tells. Which
reading of bytes is the right one, `spelling` knows. `gate` finds in one scan the lines that any repair could change; all others
cost nothing.
"""

from cleaner.encoding.characters import in_one_form
from cleaner.encoding.charset import Decoded, UndecodableError, read_bytes
from cleaner.encoding.doubts import DOUBTS
from cleaner.encoding.mending import Mended, UnsettledError, mend
from cleaner.encoding.page_code import PAGE_CODE
from cleaner.encoding.primes import PRIMES
from cleaner.encoding.quotes import QUOTES
from cleaner.encoding.repairs import CHARACTER_REPAIRS, REPAIRS

__all__ = [
    "CHARACTER_REPAIRS",
    "DOUBTS",
    "PAGE_CODE",
    "PRIMES",
    "QUOTES",
    "REPAIRS",
    "Decoded",
    "Mended",
    "UndecodableError",
    "UnsettledError",
    "in_one_form",
    "mend",
    "read_bytes",
]
