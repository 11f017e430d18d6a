"""Build what `cleaner.encoding` knows of how languages are spelt: cleaner/models/spelling.npz.

    pip download --no-deps lingua-language-detector==1.3.5 -d LINGUA
    python benchmarks/build_encoding.py LINGUA/lingua_language_detector-1.3.5-py3-none-any.whl --out cleaner/models/spelling.npz

The same inputs give the same bytes. What the input is, its licence and the figures are in cleaner/models/spelling.md.
"""

import argparse
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import brotli
import numpy as np
import numpy.typing as npt

from cleaner.encoding.spelling import FOURS_BITS, SCRIPTS, STEP, places

# The languages that were written in charsets of 256 characters, by script.
LANGUAGES = {
    "Latin": "af ca cs cy da de en es et eu fi fr ga hr hu is id it lt lv nb nl nn pl pt ro sk sl sq sv sw tl tr vi",
    "Cyrillic": "be bg mk ru sr uk kk",
    "Greek": "el",
    "Hebrew": "he",
    "Arabic": "ar fa ur",
    "Thai": "th",
}
# A letter that makes up less of a language is foreign to it; a triple below this chance is rare, and not told.
LEAST_LETTER = 2e-6
LEAST_TRIPLE = 0.003
# How often a triple must stand among all letters.
LEAST_WEIGHT = 1e-5

# So many runs of four letters are kept of a language.
MOST_FOURS = 40_000
# In texts from the web some letters are others, misread: õ for Hungarian ő, in one case of three. Letters in whose place a
# language's own charset has a more frequent one are left out.
HOMES = {
    "windows-1250": "cs hr hu pl ro sk sl",
    "windows-1254": "tr",
    "windows-1257": "et lt lv",
}

Chances = dict[str, float]


def chances(wheel: zipfile.ZipFile, language: str, order: str) -> Chances:
    """How often the last letter of a sequence follows those before it."""
    packed = wheel.read(f"lingua/language-models/{language}/{order}.json.br")
    read = json.loads(brotli.decompress(packed))["ngrams"]
    return {one: float(Fraction(share)) for share, found in read.items() for one in found.split(" ")}


def misread(language: str, single: Chances) -> set[str]:
    """The letters of a language's corpus that stand for others."""
    found = set()
    for charset, languages in HOMES.items():
        if language in languages.split():
            for byte in range(0xA0, 0x100):
                read = bytes([byte]).decode("windows-1252").lower()
                meant = bytes([byte]).decode(charset, "ignore").lower()
                if read != meant and single.get(read, 0.0) < single.get(meant, 0.0):
                    found.add(read)
    return found


def quantized(chance: float) -> int:
    """A chance in steps of `STEP` nats below certainty, from 1; 0 is kept for what was never seen."""
    return min(255, 1 + round(-np.log(chance) / STEP))


def tables(wheel: zipfile.ZipFile, script: str, languages: list[str]) -> dict[str, npt.NDArray[np.generic]]:
    inside = SCRIPTS[script]
    singles = [chances(wheel, language, "unigrams") for language in languages]
    letters = sorted({one for table in singles for one, chance in table.items() if inside(one) and chance >= LEAST_LETTER})
    number = {letter: index for index, letter in enumerate(letters)}
    size = len(letters)
    single = np.zeros((size, len(languages)), np.uint8)
    double = np.zeros((size, size, len(languages)), np.uint8)
    triples: dict[int, npt.NDArray[np.uint8]] = {}
    for column, language in enumerate(languages):
        wrong = misread(language, singles[column])
        for one, chance in singles[column].items():
            if one in number and chance >= LEAST_LETTER and one not in wrong:
                single[number[one], column] = quantized(chance)
        pairs = chances(wheel, language, "bigrams")
        for pair, chance in pairs.items():
            if all(letter in number and single[number[letter], column] for letter in pair):
                double[number[pair[0]], number[pair[1]], column] = quantized(chance)
        for triple, chance in chances(wheel, language, "trigrams").items():
            if chance < LEAST_TRIPLE or not all(letter in number and single[number[letter], column] for letter in triple):
                continue
            # How often its first two letters stand together; what hardly ever does is not worth a row.
            weight = singles[column][triple[0]] * pairs.get(triple[:2], 0.0) * chance
            if weight < LEAST_WEIGHT:
                continue
            key = (number[triple[0]] * size + number[triple[1]]) * size + number[triple[2]]
            row = triples.setdefault(key, np.zeros(len(languages), np.uint8))
            row[column] = quantized(chance)
    keys = np.array(sorted(triples), np.uint32)
    return {
        f"{script}.letters": np.array([ord(letter) for letter in letters], np.uint32),
        f"{script}.languages": np.array(languages),
        f"{script}.single": single,
        f"{script}.double": double,
        f"{script}.keys": keys,
        f"{script}.triple": np.array([triples[int(key)] for key in keys], np.uint8).reshape(len(keys), len(languages)),
    }


def fours(wheel: zipfile.ZipFile, language: str, inside: Callable[[str], bool]) -> list[str]:
    """The commonest runs of four letters of a language, as far as a letter of them can get lost: is outside of ASCII."""
    single, double, triple = (chances(wheel, language, order) for order in ("unigrams", "bigrams", "trigrams"))
    wrong = misread(language, single)
    weighed = []
    for four, chance in chances(wheel, language, "quadrigrams").items():
        if not four.isascii() and all(map(inside, four)) and wrong.isdisjoint(four):
            weight = single[four[0]] * double.get(four[:2], 0.0) * triple.get(four[:3], 0.0) * chance
            weighed.append((-weight, four))
    return [four for _, four in sorted(weighed)[:MOST_FOURS]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    with zipfile.ZipFile(arguments.wheel) as wheel:
        seen: set[str] = set()
        for script, languages in LANGUAGES.items():
            arrays |= tables(wheel, script, languages.split())
            for language in languages.split():
                seen.update(fours(wheel, language, SCRIPTS[script]))
    arrays["fours"] = bloom(seen)
    print(f"{len(seen)} runs of four letters, {np.unpackbits(arrays['fours'].view(np.uint8)).mean():.2f} of the filter set")
    save(arguments.out, arrays)
    for name, array in arrays.items():
        print(f"{name:20} {array.shape}")


def bloom(seen: Iterable[str]) -> npt.NDArray[np.uint8]:
    bits = np.zeros(FOURS_BITS, np.uint8)
    for four in seen:
        bits[list(places(four))] = 1
    return np.packbits(bits)


def save(path: Path, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """As `numpy.savez_compressed`, without the time of day in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.save(data, array, allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), data.getvalue(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
