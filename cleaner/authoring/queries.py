"""Boolean queries, as search engines for papers take them: quoted phrases with AND, OR, NOT and brackets."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# A query may grow to so many alternatives, and its brackets nest so deep; real ones have a handful.
MAX_ALTERNATIVES = 64
MAX_DEPTH = 20
MAX_CHARACTERS = 5_000

_TOKEN = re.compile(
    r'\s*(?:(?P<mark>[()])|(?P<word>AND|OR|NOT)(?![\w-])|"(?P<quoted>[^"]*)"(?P<near>[~^]\S*)?|(?P<bare>[^\s()"]+))'
)
_TYPED_QUOTES = str.maketrans("“”„«»", '"""""')


class Alternative(NamedTuple):
    """One way for a text to fit a query: it holds all of `wanted` and none of `unwanted`."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


class _Token(NamedTuple):
    kind: str
    text: str


def alternatives(query: str) -> tuple[Alternative, ...]:
    """The ways for a text to fit `query`. Words side by side without an operator are one phrase.

    Raises `ValueError` for wildcards, distances and fields, which phrases cannot say, and for what is no query.
    """
    if len(query) > MAX_CHARACTERS:
        raise ValueError(f"longer than {MAX_CHARACTERS:,} characters")
    parser = _Parser(list(_tokens(query.translate(_TYPED_QUOTES))))
    found = parser.either(0)
    if parser.left:
        raise ValueError(f"{parser.left[0].text!r} is one too many")
    return tuple(one for one in dict.fromkeys(found) if one.wanted)


def _tokens(query: str) -> Iterator[_Token]:
    at = 0
    while at < len(query.rstrip()):
        match = _TOKEN.match(query, at)
        if not match:
            raise ValueError("a quotation mark is missing")
        if match["near"]:
            raise ValueError(f"a distance or weight ({match['near']}) cannot be said of a phrase")
        if match["mark"] or match["word"]:
            yield _Token(match["mark"] or match["word"], match[0].strip())
        else:
            text = match["quoted"] if match["quoted"] is not None else match["bare"]
            if re.search(r"[*?]", text):
                raise ValueError(f"wildcards ({text}) cannot be said of a phrase")
            yield _Token("quoted" if match["quoted"] is not None else "bare", " ".join(text.split()))
        at = match.end()


class _Parser:
    """Recursive descent over a query, into its alternatives."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.left = tokens

    def either(self, depth: int) -> list[Alternative]:
        if depth > MAX_DEPTH:
            raise ValueError(f"brackets nest deeper than {MAX_DEPTH}")
        found = self.together(depth)
        while self._next("OR"):
            found += self.together(depth)
        return _few(found)

    def together(self, depth: int) -> list[Alternative]:
        found = self.one(depth)
        while True:
            if self._next("AND"):
                negated = self._next("NOT")
            elif self._next("NOT"):
                negated = True
            elif self.left and self.left[0].kind in ("(", "quoted"):  # side by side: both are wanted
                negated = False
            else:
                return found
            other = self.one(depth)
            found = _without(found, other) if negated else _few([_joined(a, b) for a in found for b in other])

    def one(self, depth: int) -> list[Alternative]:
        if self._next("("):
            found = self.either(depth + 1)
            if not self._next(")"):
                raise ValueError("a closing bracket is missing")
            return found
        if self._next("NOT"):
            return _without([Alternative((), ())], self.one(depth + 1))
        if not self.left or self.left[0].kind not in ("quoted", "bare"):
            raise ValueError(
                f"a phrase is missing before {self.left[0].text!r}" if self.left else "a phrase is missing at the end"
            )
        token = self.left.pop(0)
        words = [token.text]
        while token.kind == "bare" and self.left and self.left[0].kind == "bare":
            words.append(self.left.pop(0).text)
        phrase = " ".join(filter(None, words))
        if not phrase:
            raise ValueError("a phrase is empty")
        return [Alternative((phrase,), ())]

    def _next(self, kind: str) -> bool:
        if self.left and self.left[0].kind == kind:
            self.left.pop(0)
            return True
        return False


def _joined(one: Alternative, other: Alternative) -> Alternative:
    return Alternative(tuple(dict.fromkeys(one.wanted + other.wanted)), tuple(dict.fromkeys(one.unwanted + other.unwanted)))


def _without(found: list[Alternative], other: list[Alternative]) -> list[Alternative]:
    """`found`, and nothing that `other` fits; of `other`, only phrases and alternatives of phrases can be denied."""
    if any(len(one.wanted) != 1 or one.unwanted for one in other):
        raise ValueError("NOT before several phrases at once cannot be said of phrases")
    return [_joined(one, Alternative((), tuple(denied.wanted[0] for denied in other))) for one in found]


def _few(found: list[Alternative]) -> list[Alternative]:
    if len(found) > MAX_ALTERNATIVES:
        raise ValueError(f"more than {MAX_ALTERNATIVES} alternatives")
    return found
