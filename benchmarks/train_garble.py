"""Train and measure what judges garbled phrases and documents: cleaner/models/garble/judge.npz.

    python benchmarks/train_garble.py WORK tortured-dev.tsv wcxb-dev.parquet SPINNING PROSE --out cleaner/models/garble

The lexicon and the network of words out of place are at --out; WORK holds such for each fold, without its original phrases and
its sites (benchmarks/build_garble.py `--work`, then benchmarks/train_garble_context.py); SPINNING is the folder of
benchmarks/spinning.py, PROSE that of benchmarks/prose.py. Whatever is measured is measured on originals, sites, works and, for
documents, makers of spun text that the judge has not learned from. The networks know all makers but the one that is held out.
"""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from boosting import grown, narrow
from build_garble import FOLDS, Garbled, fold_of, read_phrases
from msgspec.structs import asdict
from prose import WANTED, Article, chosen
from sklearn.linear_model import LogisticRegression
from spinning import HELD_OUT, Maker, Resources, Spun, makers, with_curly_quotes

from cleaner import garble
from cleaner.bench.cases import load
from cleaner.encoding import QUOTES, REPAIRS, mend
from cleaner.garble import context, document, fragments, phrases
from cleaner.garble.context import Context
from cleaner.garble.judge import DOCUMENT_TREES, DOCUMENTS, FILE, HITS, MARKS, Documents, Judge, bent
from cleaner.garble.lexicon import Lexicon
from cleaner.garble.tokens import cut_words
from cleaner.text import cut_lines
from cleaner.trees import Trees

# A garbled phrase is shown to the judge where a noun and its modifier stood in a clean sentence: words of which half of the
# uses are such.
LIKELY = 0.5
CONTEXT = 70
SHARES = (0.04, 0.08, 0.15, 0.25, 0.4)
LENGTHS = (60, 150, 300, 600, 10**9)
FEWEST_WORDS = 120
LONG = 300
FALSE_DOCUMENTS = 0.01
FALSE_FLAGS = 2
TREES, DEPTH, RATE = 400, 5, 0.06
OF_DOCUMENTS, DOCUMENT_DEPTH = 300, 4
KEPT = 0.3
# Each phrase is shown in so many places, so that what stands around it is told from what it is.
PLACES = 3
SPUN_STEP = 16
RATES = (1, 2, 3, 5, 10)


class Texts(NamedTuple):
    """Hits of the detector with their labels."""

    features: np.ndarray
    garbled: np.ndarray
    fold: np.ndarray
    group: list[tuple[int, int]]
    """Which phrase it belongs to; -1 for none."""
    named: np.ndarray
    """Whether what was put back is part of the original."""
    kind: np.ndarray
    """Which kind of page or prose it stands in; empty for a planted phrase."""


def articles(path: Path) -> list[Article]:
    """The main contents of English pages of all kinds: articles, and what looks least like them."""
    found = []
    for page in load(path).pages:
        text = page.content
        words = text.split()
        if len(words) >= FEWEST_WORDS and {"the", "and", "of"} <= set(words):
            found.append(Article(text, page.fold % FOLDS, page.page_type))
    return found


def places(texts: Sequence[Article], words: Lexicon, rng: random.Random) -> dict[int, list[tuple[str, str]]]:
    """By fold, what stands before and behind what may be a noun and its modifier, in clean text."""
    found: dict[int, list[tuple[str, str]]] = {fold: [] for fold in range(FOLDS)}
    modifier, noun = words.uses[:, 0] + words.uses[:, 2] >= LIKELY, words.uses[:, 0] >= LIKELY
    for one in texts:
        tokens = cut_words(one.text, words)
        usual = words.content[tokens.id] & ~tokens.capital
        first = usual & modifier[tokens.id] & tokens.joined
        second = usual & noun[tokens.id]
        for at in np.flatnonzero(first[:-1] & second[1:]):
            start, end = int(tokens.start[at]), int(tokens.end[at + 1])
            before = one.text[max(start - CONTEXT, 0) : start].partition(" ")[2]
            behind = one.text[end : end + CONTEXT].rpartition(" ")[0]
            found[one.fold].append((before, behind))
    for each in found.values():
        rng.shuffle(each)
    return found


def fit_worth(work: Path, pairs: Sequence[Garbled], texts: Sequence[Article]) -> np.ndarray:
    """What tells pairs of words that are worth trying: `KEPT` of those in clean text pass."""
    contexts = places(texts, Lexicon(work / "fold0"), random.Random(0))
    rows, labels = [], []
    for fold in range(FOLDS):
        words = Lexicon(work / f"fold{fold}")
        text, spans = planted(pairs, fold, contexts[fold])
        inside = np.zeros(len(text) + 1, bool)
        for start, end, _ in spans:
            inside[start:end] = True
        for source, garbled in [(text, True), *((one.text, False) for one in texts if one.fold == fold)]:
            tokens = cut_words(source, words)
            suspected = phrases.suspects(tokens, words)
            if garbled:
                at = tokens.pairs.at[suspected]
                suspected = suspected[inside[tokens.start[at]] & inside[tokens.end[at + 1] - 1]]
            rows.append(phrases.suspect_features(tokens, words, suspected))
            labels.append(np.full(len(suspected), garbled))
    features, label = np.concatenate(rows), np.concatenate(labels)
    model = LogisticRegression(C=1.0, max_iter=1_000, fit_intercept=False).fit(features, label)
    weights = model.coef_[0].copy()
    odds = features @ weights
    limit = np.quantile(odds[~label], 1 - KEPT)
    passed = (odds[label] > limit).mean()
    print(f"worth trying: {KEPT:.0%} of {(~label).sum():,} pairs in clean text, {passed:.1%} of {label.sum():,} garbled")
    weights[0] -= limit
    return weights


def planted(pairs: Sequence[Garbled], fold: int, contexts: Sequence[tuple[str, str]]) -> tuple[str, list[tuple[int, int, str]]]:
    """The phrases of a fold in clean surroundings, each in `PLACES`, and where each stands, with its original."""
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = 0
    mine = [pair for pair in pairs if fold_of(pair[1]) == fold and len(pair[0]) > 1]
    for number, (found, original) in enumerate(mine * PLACES):
        before, behind = contexts[number % len(contexts)]
        phrase = " ".join(found)
        start = length + len(before)
        spans.append((start, start + len(phrase), " ".join(original)))
        parts.append(f"{before}{phrase}{behind}\n\n")
        length += len(parts[-1])
    return "".join(parts), spans


def phrase_hits(worth: np.ndarray, work: Path, pairs: Sequence[Garbled], texts: Sequence[Article]) -> Iterator[Texts]:
    """For each fold the hits in its phrases, which its lexicon has not seen, and in clean text of its sites."""
    contexts = places(texts, Lexicon(work / "fold0"), random.Random(0))
    for fold in range(FOLDS):
        words = Lexicon(work / f"fold{fold}")
        text, spans = planted(pairs, fold, contexts[fold])
        yield _hits_in(Article(text, fold, ""), words, worth, spans)
        for one in texts:
            if one.fold == fold:
                yield _hits_in(one, words, worth, [])


def _hits_in(one: Article, words: Lexicon, worth: np.ndarray, spans: Sequence[tuple[int, int, str]]) -> Texts:
    fold = one.fold
    tokens = cut_words(one.text, words)
    hits = phrases.find(tokens, words, worth)
    starts = np.array([start for start, _, _ in spans])
    keep, group, named = [], [], []
    for number, at in enumerate(hits.at):
        if not spans:
            keep.append(number)
            group.append((fold, -1))
            named.append(False)
            continue
        span = int(np.searchsorted(starts, tokens.end[at + 1])) - 1
        start, end, original = spans[max(span, 0)]
        if start <= tokens.start[at] and tokens.end[at + 1] <= end:
            was = " ".join(words.words([hits.first[number], hits.second[number]]))
            keep.append(number)
            group.append((fold, span))
            named.append(f" {was} " in f" {original} ")
    count = len(keep)
    label = np.full(count, bool(spans))
    return Texts(
        hits.features[keep], label, np.full(count, fold), group, np.array(named, bool), np.full(count, one.kind, "U20")
    )


def joined(parts: Sequence[Texts]) -> Texts:
    return Texts(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.garbled for part in parts]),
        np.concatenate([part.fold for part in parts]),
        [group for part in parts for group in part.group],
        np.concatenate([part.named for part in parts]),
        np.concatenate([part.kind for part in parts]),
    )


def fit_hits(features: np.ndarray, garbled: np.ndarray) -> Trees:
    """The trees of `cleaner.garble.judge`."""
    return grown(features, garbled, iterations=TREES, depth=DEPTH, learning_rate=RATE)


def report_phrases(data: Texts, odds: np.ndarray, phrases_in: int, texts: Sequence[Article]) -> None:
    """What share of the phrases is flagged, and of these rightly named, at so many false flags in 10,000 words of articles.

    And how many false flags the other kinds of pages and prose have at the limit for `FALSE_FLAGS`.
    """
    words_in: Counter[str] = Counter()
    for one in texts:
        words_in[one.kind] += len(one.text.split())
    wrong = np.sort(odds[data.kind == "article"])[::-1]
    for rate in RATES:
        limit = float(wrong[min(int(rate * words_in["article"] / 10_000), len(wrong) - 1)])
        best: dict[tuple[int, int], int] = {}
        for hit in np.flatnonzero(data.garbled & (odds > limit)):
            if data.group[hit] not in best or odds[hit] > odds[best[data.group[hit]]]:
                best[data.group[hit]] = int(hit)
        named = sum(bool(data.named[hit]) for hit in best.values())
        right = named / max(len(best), 1)
        print(f"{rate} per 10,000 words: {len(best) / phrases_in:.3f} flagged, {right:.3f} rightly named ({limit:.2f})")
        if rate == FALSE_FLAGS:
            for kind, words in words_in.items():
                print(f"  {kind}: {10_000 * (odds[data.kind == kind] > limit).sum() / words:.1f} of {words:,} words")


class Sample(NamedTuple):
    """A clean or spun text and its hits."""

    text: str
    spun: bool
    maker: str
    share: float
    fold: int
    kind: str
    words: int
    quotes: int
    out_of_place: np.ndarray
    hits: phrases.Hits
    swapped: np.ndarray
    """Which of the hits have a word that was swapped."""
    judged: np.ndarray
    """Which words can be told to be out of place."""
    words_swapped: np.ndarray
    """Which of these are, or are part of, what was swapped in."""


def samples(
    texts: Sequence[Article], spinners: Sequence[Maker], words: Lexicon, networks: Sequence[Context], worth: np.ndarray
) -> Iterator[Sample]:
    """Each article once as it is and twice spun, all cut to the same length; `networks` by the fold that they lack.

    Half of them have curly quotation marks, of which spinners misplace some: most of the pages that were labelled have straight
    ones, much of the web has not.
    """
    rng = random.Random(1)
    for number, one in enumerate(texts):
        text = _cut(one.text, LENGTHS[number % len(LENGTHS)], rng)
        text = with_curly_quotes(text) if number % 2 else text
        yield _sample(Spun(text), "", one, words, networks[one.fold], worth)
        for maker in rng.sample(list(spinners), 2):
            spun = maker.spin(text, rng.choice(SHARES), number, misplace_quotes=rng.random() < 0.3)
            yield _sample(spun, maker.name, one, words, networks[one.fold], worth)


def _cut(text: str, words: int, rng: random.Random) -> str:
    """So many words of a text from a random paragraph on."""
    parts = text.split("\n\n")
    start = rng.randrange(max(len(parts) // 2, 1)) if words < 10**6 else 0
    found, count = [], 0
    for part in parts[start:]:
        found.append(part)
        count += len(part.split())
        if count >= words:
            break
    return "\n\n".join(found)


def _sample(made: Spun, maker: str, of: Article, words: Lexicon, network: Context, worth: np.ndarray) -> Sample:
    text = made.text
    repairs = mend(text, set(REPAIRS)).edits
    quotes = sum(edit.rule == QUOTES for edit in repairs)
    tokens = cut_words(text, words)
    told = context.judged(tokens, words)
    out_of_place = network.odds(tokens, words)
    hits = phrases.find(tokens, words, worth)
    starts = {change.start for change in made.changed}
    inside = np.array(made.swapped(tokens.start.tolist()), bool)
    swapped = np.array([int(tokens.start[at]) in starts or int(tokens.start[at + 1]) in starts for at in hits.at], bool)
    count = len(text.split())
    share = len(made.changed) / max(count, 1)
    about = text, bool(maker), maker, share, of.fold, of.kind, count, quotes
    return Sample(*about, out_of_place, hits, swapped, told, inside[told])


def document_row(sample: Sample, words: Lexicon, odds: np.ndarray) -> np.ndarray:
    """What the score of a document is made of, with the hits as sure as `odds` say."""
    tokens = cut_words(sample.text, words)
    broken = fragments.find(sample.text, cut_lines(sample.text), words)
    marks = document.Marks(0.0, sample.quotes, len(broken))
    repeated = garble.repeated(sample.hits, tokens)
    return document.features(sample.text, tokens, words, sample.out_of_place, odds, sample.hits.suspicion, repeated, marks)


def fit_documents(rows: np.ndarray, spun: np.ndarray) -> Documents:
    """What tells garbled documents; spun texts count as much as clean ones in all.

    By its marks alone a text is garbled that has more of them than most, as if it were one in twenty (`garble.UNTOLD`).
    """
    counts = np.where(spun, 1.0, spun.sum() / (~spun).sum())
    trees = grown(rows, spun, counts, iterations=OF_DOCUMENTS, depth=DOCUMENT_DEPTH, learning_rate=RATE)
    mean, scale = rows.mean(0), rows.std(0) + 1e-3
    bends = LogisticRegression(C=0.1, max_iter=3_000, class_weight="balanced").fit(bent((rows - mean) / scale), spun)
    marks = LogisticRegression(C=1.0, class_weight="balanced").fit(rows[:, MARKS], spun)
    weights = (np.append(model.intercept_ + prior, model.coef_[0]) for model, prior in ((bends, 0.0), (marks, garble.UNTOLD)))
    return Documents(trees, mean, scale, *weights)


def report_documents(made: Sequence[Sample], rows: np.ndarray) -> np.ndarray:
    """Recall at 1% false on pages, each text judged by a model that has seen neither its site nor its maker; all odds."""
    spun, fold = np.array([s.spun for s in made]), np.array([s.fold for s in made])
    maker, long = np.array([s.maker for s in made]), np.array([s.words >= LONG for s in made])
    share, kind = np.array([s.share for s in made]), np.array([s.kind for s in made])
    page = ~np.isin(kind, list(WANTED))
    odds = np.zeros(len(made))
    for name in sorted(set(maker) - {""}):
        mine = np.zeros(len(made))
        for held in range(FOLDS):
            seen = (fold != held) & (maker != name) & (maker != HELD_OUT)
            mine[fold == held] = fit_documents(rows[seen], spun[seen]).odds(rows[fold == held])
        limit = float(np.quantile(mine[~spun & long & page], 1 - FALSE_DOCUMENTS))
        for low, high in ((0.0, 0.06), (0.06, 0.12), (0.12, 0.2), (0.2, 1.0), (0.0, 1.0)):
            part = long & page & (maker == name) & (share >= low) & (share < high)
            print(
                f"{name}: {low:.2f}-{high:.2f} of the words changed: recall {(mine[part] > limit).mean():.3f} of {part.sum()}"
            )
        for other in WANTED:
            of = long & (kind == other)
            caught, wrong = mine[of & (maker == name)] > limit, mine[of & ~spun] > limit
            print(f"  {other}: recall {caught.mean():.3f} of {len(caught)}, false {wrong.mean():.3f} of {len(wrong)}")
        odds[(maker == name) | (~spun & (name == HELD_OUT))] = mine[(maker == name) | (~spun & (name == HELD_OUT))]
    for name, part in (("clean", ~spun), ("spun", spun)):
        print(
            f"{name}: {(odds[part] > 0).mean():.3f} above one half; of 300 words and more {(odds[part & long] > 0).mean():.3f}"
        )
    return odds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("phrases", type=Path)
    parser.add_argument("pages", type=Path)
    parser.add_argument("spinning", type=Path)
    parser.add_argument("prose", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=10_000, help="learn from so many articles only")
    arguments = parser.parse_args()
    pairs = read_phrases(arguments.phrases)
    texts = [*articles(arguments.pages)[: arguments.articles], *chosen(arguments.prose)]
    print(f"{len(texts)} texts, {sum(len(one.text.split()) for one in texts):,} words")
    worth = fit_worth(arguments.work, pairs, texts)
    data = joined(list(phrase_hits(worth, arguments.work, pairs, texts)))
    print(f"{len(data.garbled):,} hits, {data.garbled.sum():,} of them in garbled phrases")
    # The lexicon's stand-ins come from Moby: what is spun by it would be found too easily.
    spinners = [maker for maker in makers(Resources(arguments.spinning)) if maker.name != "moby"]
    words = Lexicon(arguments.out)
    networks = [Context.load(arguments.work / f"fold{fold}") for fold in range(FOLDS)]
    made = list(samples(texts, spinners, words, networks, worth))
    # Few, so that the judge goes on to know whole phrases best; "learned" has the very replacements of the lexicon.
    spun = [sample for sample in made if sample.spun and sample.maker not in (HELD_OUT, "learned")][::SPUN_STEP]
    features = np.concatenate([data.features, *(sample.hits.features for sample in spun)])
    label = np.concatenate([data.garbled, *(sample.swapped for sample in spun)])
    fold = np.concatenate([data.fold, *(np.full(len(sample.swapped), sample.fold) for sample in spun)])

    parts = [fit_hits(features[fold != held], label[fold != held]) for held in range(FOLDS)]
    odds = np.zeros(len(data.garbled))
    for held, trees in enumerate(parts):
        odds[data.fold == held] = trees.score(data.features[data.fold == held])
    report_phrases(data, odds, PLACES * sum(len(pair[0]) > 1 for pair in pairs), texts)
    weights = {HITS + name: value for name, value in asdict(fit_hits(features, label)).items()} | {"worth": worth}

    own = [parts[sample.fold].score(sample.hits.features) for sample in made]
    rows = np.stack([document_row(sample, words, one) for sample, one in zip(made, own, strict=True)])
    of_documents = report_documents(made, rows)
    known = np.array([sample.maker != HELD_OUT for sample in made])
    documents = fit_documents(rows[known], np.array([sample.spun for sample in made])[known])
    weights |= {DOCUMENT_TREES + name: value for name, value in asdict(documents.trees).items()}
    weights |= {DOCUMENTS + name: value for name, value in documents._asdict().items() if name != "trees"}
    # A half stands where 1% of clean texts do, as if some 5 in 100 texts were spun.
    clean = np.array([not sample.spun for sample in made])
    half = float(np.quantile(of_documents[clean], 1 - FALSE_DOCUMENTS))
    weights["shift"] = np.array(half)
    of_documents -= half
    weights["together"] = fit_together(made, own, of_documents)
    weights["words"] = fit_words(made, of_documents)
    arguments.out.mkdir(parents=True, exist_ok=True)
    np.savez(arguments.out / FILE, **{name: narrow(np.asarray(value)) for name, value in weights.items()})
    report_shown(made, own, of_documents, Judge(arguments.out))


def fit_together(made: Sequence[Sample], own_odds: Sequence[np.ndarray], odds: np.ndarray) -> np.ndarray:
    """How a hit's own certainty and its document's go together: constant, own, prior.

    The constant is set so that `FALSE_FLAGS` hits in 10,000 words of clean text come out above zero.
    """
    own = np.concatenate(own_odds)
    prior = np.concatenate([np.full(len(s.swapped), value) for s, value in zip(made, odds, strict=True)])
    spun = np.concatenate([np.full(len(s.swapped), s.spun) for s in made])
    label = np.concatenate([s.swapped for s in made])
    model = LogisticRegression(C=1.0).fit(np.stack([own, prior], 1), label)
    own_weight, prior_weight = model.coef_[0]
    together = own_weight * own + prior_weight * prior
    words_in = sum(s.words for s in made if not s.spun)
    limit = float(np.sort(together[~spun])[::-1][int(FALSE_FLAGS * words_in / 10_000)])
    shown = spun & (together > limit)
    print(f"together: {own_weight:.2f} own + {prior_weight:.2f} document - {limit:.2f}; {words_in:,} clean words")
    print(f"in spun texts {shown.sum():,} hits are shown, {label[shown].mean():.2f} of them with a swapped word")
    return np.array([-limit, own_weight, prior_weight])


def fit_words(made: Sequence[Sample], odds: np.ndarray) -> np.ndarray:
    """What the odds of a word out of place are in a document that is more likely spun than not: constant and own weight."""
    seen = [sample for sample, one in zip(made, odds, strict=True) if one > 0]
    own = np.concatenate([sample.out_of_place[sample.judged] for sample in seen])
    label = np.concatenate([sample.words_swapped for sample in seen])
    held_out = np.concatenate([np.full(len(sample.words_swapped), sample.maker == HELD_OUT) for sample in seen])
    model = LogisticRegression(C=1.0).fit(own[~held_out, None], label[~held_out])
    chance = model.predict_proba(own[:, None])[:, 1]
    for least in (0.6, 0.7, 0.75, 0.8, 0.9):
        flagged = held_out & (chance >= least)
        print(
            f"words from {least}: {(chance[held_out & label] >= least).mean():.3f} of those that {HELD_OUT} swapped, "
            f"{label[flagged].mean():.3f} of the flagged ones are"
        )
    return np.array([*model.intercept_, *model.coef_[0]])


def report_shown(made: Sequence[Sample], own_odds: Sequence[np.ndarray], odds: np.ndarray, judge: Judge) -> None:
    """What would be told of clean texts, by kind: documents, and phrases and words in 10,000 words."""
    told: dict[str, list[tuple[int, int, int, int]]] = defaultdict(list)
    for sample, own, whole in zip(made, own_odds, odds, strict=True):
        if sample.spun:
            continue
        odd = garble.as_read(float(whole), sample.words)
        hits = (judge.in_document(own, odd) >= garble.SHOWN_FROM).sum()
        least = garble.least_sure(1 / (1 + np.exp(-odd))) if odd > 0 else np.inf
        words = (judge.words(sample.out_of_place[sample.judged]) >= least).sum()
        told[sample.kind].append((int(odd > 0), int(hits), int(words), sample.words))
    for kind, each in told.items():
        documents, hits, words, count = np.sum(each, 0)
        rates = f"phrases {1e4 * hits / count:.2f}, words {1e4 * words / count:.2f} in 10,000"
        print(f"told of clean {kind}: {documents} of {len(each)} documents, {rates}")


if __name__ == "__main__":
    main()
