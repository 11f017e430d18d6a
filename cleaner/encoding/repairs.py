"""Which repairs and doubts there are, in their order, and what stands wherever each could find something."""

from collections.abc import Callable, Mapping, Sequence

from ftfy import fixes

from cleaner.edits import Edit
from cleaner.encoding import characters, doubts, escapes, lines, mixups, numbered_links, primes, quotes, sequences, utf8
from cleaner.encoding.lost import restore_lost
from cleaner.encoding.page_code import PAGE_CODE

ENTITY = "html-entity"
CHARACTER_REPAIRS: Mapping[str, Callable[[str], str]] = {
    ENTITY: escapes.html_entities,
    "backslash-escape": escapes.backslash_escapes,
    "percent-escape": escapes.percent_escapes,
    "quoted-printable": escapes.quoted_printable,
    "utf-7": escapes.utf7,
    "lost-byte": restore_lost,
    "mojibake": utf8.undo_utf8,
    "wrong-charset": mixups.undo_mixup,
    "ligature": characters.split_ligatures,
    "terminal-escape": fixes.remove_terminal_escapes,
    "control-character": characters.without_controls,
    "non-character": characters.without_noncharacters,
    "soft-hyphen": characters.without_soft_hyphens,
    "zero-width-in-word": characters.without_zero_width,
    "homoglyph": characters.unmixed,
}
"""The repairs of characters in the order in which they are made; each takes a line and gives it repaired."""

TEXT_REPAIRS: Mapping[str, Callable[[str], list[Edit]]] = {
    numbered_links.NUMBERED_LINKS: numbered_links.link_numbers,
    primes.PRIMES: primes.primes,
    quotes.QUOTES: quotes.misplaced,
    lines.BROKEN_WORD: lines.joined,
}
"""The repairs that look at whole texts."""

REPAIRS = (PAGE_CODE, *CHARACTER_REPAIRS, *TEXT_REPAIRS)

EXPRESSIONS: Mapping[str, Sequence[str]] = {
    **escapes.EXPRESSIONS,
    "lost-byte": sequences.GATE,
    "mojibake": utf8.EXPRESSIONS,
    "wrong-charset": mixups.SIGNS,
    **characters.EXPRESSIONS,
    numbered_links.NUMBERED_LINKS: numbered_links.EXPRESSIONS,
    primes.PRIMES: primes.EXPRESSIONS,
    quotes.QUOTES: quotes.EXPRESSIONS,
    lines.BROKEN_WORD: lines.EXPRESSIONS,
    **doubts.EXPRESSIONS,
}
"""For the automaton of `gate`: by repair or doubt what it could have to do with. Code of pages is looked for otherwise."""
