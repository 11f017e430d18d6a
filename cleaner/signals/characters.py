"""What kind of character stands at each place of a text: the arrays that all signals are counted on."""

import functools

import numpy as np
import numpy.typing as npt
import regex

# Of longer texts the kinds are looked up in blocks of so many characters, since a look-up takes eight bytes for each.
BLOCK_CHARACTERS = 1 << 18
# From here on planes hold ideographs, and behind them nothing but tags, variation selectors and private characters.
_IDEOGRAPHS, _BEYOND = 0x20000, 0x40000


class Kind:
    """The kinds: white space, what words are made of (the letters from `LOWER` to `UNSPACED` among it), marks from `PERIOD` on.

    Plain numbers, since an `Enum` is slow to look up.
    """

    SPACE = 0
    BREAK = 1
    """What ends a line, as `cleaner.text` has it."""
    OTHER = 2
    """Control, private and unassigned characters."""
    LOWER = 3
    UPPER = 4
    LETTER = 5
    """Of an alphabet without case."""
    SYLLABLE = 6
    """Hangul, twice as wide as other letters."""
    IDEOGRAPH = 7
    """Han and kana: twice as wide, and without spaces between words."""
    UNSPACED = 8
    """A letter of Thai, Lao, Khmer or Burmese, which put no spaces between words."""
    COMBINING = 9
    DIGIT = 10
    NUMBER = 11
    """A number that is no digit, such as ½."""
    PERIOD = 12
    END = 13
    """Any other mark that ends a sentence."""
    ELLIPSIS = 14
    COMMA = 15
    COLON = 16
    """A colon, < or >."""
    EQUALS = 17
    SLASH = 18
    HYPHEN = 19
    DASH = 20
    APOSTROPHE = 21
    QUOTE = 22
    OPEN = 23
    CLOSE = 24
    HASH = 25
    CURRENCY = 26
    PLUS = 27
    AT = 28
    PUNCTUATION = 29
    INNER = 30
    """A mark that is split off neither at the start nor at the end of a word."""
    SYMBOL = 31


KINDS = 32

# Later ones win.
_PATTERNS = {
    Kind.LETTER: r"\p{L}",
    Kind.LOWER: r"\p{Ll}",
    Kind.UPPER: r"[\p{Lu}\p{Lt}]",
    Kind.COMBINING: r"[\p{M}\u200c\u200d]",
    Kind.DIGIT: r"\p{Nd}",
    Kind.NUMBER: r"[\p{Nl}\p{No}]",
    Kind.PUNCTUATION: r"[\p{P}`´]",
    Kind.INNER: r"[\\¶†‡\p{Sm}\p{Sk}--[`´]]",
    Kind.SYMBOL: r"\p{So}",
    Kind.CURRENCY: r"\p{Sc}",
    Kind.OPEN: r"\p{Ps}",
    Kind.CLOSE: r"\p{Pe}",
    Kind.HYPHEN: r"[-\u2010\u2011~]",
    Kind.DASH: r"[–—―]",
    Kind.QUOTE: r"[\"\p{Pi}\p{Pf}„]",
    Kind.APOSTROPHE: r"['’]",
    Kind.COMMA: r"[,،、，]",
    Kind.COLON: r"[:<>：]",
    Kind.EQUALS: r"=",
    Kind.PLUS: r"\+",
    Kind.AT: r"@",
    Kind.SLASH: r"/",
    Kind.HASH: r"#",
    Kind.END: r"\p{STerm}",
    Kind.ELLIPSIS: r"…",
    Kind.PERIOD: r"\.",
    Kind.SYLLABLE: r"[\p{Hangul}&&\p{L}]",
    Kind.IDEOGRAPH: r"[[\p{Han}\p{Hiragana}\p{Katakana}ー]&&\p{L}]",
    Kind.UNSPACED: r"[[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]&&\p{L}]",
    Kind.SPACE: r"[\s\x1c-\x1f]",  # as `str.split` has it
    Kind.BREAK: r"[\n\r\u2028\u2029]",
}


@functools.cache
def _table() -> npt.NDArray[np.uint8]:
    """The kind of each code point up to U+40000, and of all beyond in the last place."""
    table = np.full(_BEYOND + 1, Kind.OTHER, np.uint8)
    characters = "".join(map(chr, range(_IDEOGRAPHS)))
    for kind, pattern in _PATTERNS.items():
        for match in regex.finditer(f"{pattern}+", characters, regex.VERSION1):
            table[match.start() : match.end()] = kind
    table[_IDEOGRAPHS:_BEYOND] = Kind.IDEOGRAPH
    return table


@functools.cache
def _latin() -> bytes:
    return _table()[:256].tobytes()


def read(text: str) -> tuple[npt.NDArray[np.unsignedinteger], npt.NDArray[np.uint8]]:
    """The code points of `text` and their kinds, an element for each."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        kinds = np.empty(len(codes), np.uint8)
        for start in range(0, len(codes), BLOCK_CHARACTERS):
            block = slice(start, start + BLOCK_CHARACTERS)
            np.take(_table(), codes[block], mode="clip", out=kinds[block])
        return codes, kinds
    return np.frombuffer(data, np.uint8), np.frombuffer(data.translate(_latin()), np.uint8)
