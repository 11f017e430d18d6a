"""Words out of place, by a small neural model: a word is judged by all that stands around it.

The model is an encoder of four layers (its card: ``cleaner/models/garble-deep.md``), one ONNX file that holds weights and
word pieces; onnxruntime runs it (extra ``deep``). A text is cut into windows of whole sentences. Each window is run alone,
since an int8 model takes the range of its activations from all that is run together: so what the model holds of a word
depends on its window and on nothing else. Boosted trees then weigh that against what the lexicon knows of the word and its
neighbours (`cleaner.garble.evidence`). English only: windows with few English function words are not judged.
"""

import functools
import hashlib
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cleaner.extras import ExtraMissingError
from cleaner.garble import GARBLED_FROM, as_read, context, evidence, least_sure
from cleaner.garble.context import Context
from cleaner.garble.document import MOST_ODDS, summary
from cleaner.garble.lexicon import lexicon
from cleaner.garble.tokens import cut_words
from cleaner.trees import Trees

MODEL = Path(__file__).parent.parent / "models" / "garble-deep.onnx"
"""The network; what weighs its answers is beside it, as ``garble-deep.npz``."""
TREES = "trees_"
"""What the names of the trees' arrays begin with."""

ROOM = 126
"""Word pieces in a window, beside its two marks: what the model was trained with."""
MOST_WINDOWS = 1_000
"""Some 80,000 words: what stands behind them is not judged, so that no document takes more than half a minute."""
LONGEST_PIECED = 100
"""Longer words are one unknown piece, as in BERT."""
LEAST_LETTERS = 3
FEWEST_JUDGED = 100
"""Fewer judged words, about half of all, say less of a text: otherwise one in six honest ones of 100 words, from trades, verses
and old novels, is taken for garbled."""
# Of running English, 35 to 50% of the words are on the list below; of headlines a quarter, of lists and tables less, of
# other languages hardly any.
LEAST_FUNCTION_WORDS = 0.2

FUNCTION_WORDS = frozenset(
    """a about above after again against all also although always am among an and another any anybody anyone anything are
    around as at away be became because become been before behind being below beneath beside besides between beyond both but
    by can cannot could despite did do does doing done down during each either else enough even ever every everybody everyone
    everything except few for from further had has have having he hence her here hers herself him himself his how however if
    in indeed inside instead into is it its itself just least less many may me might mine more most much must my myself
    near neither never nevertheless no nobody none nor not nothing now of off often on once one ones only onto or other others
    otherwise ought our ours ourselves out outside over own per perhaps quite rather same several shall she should since so some
    somebody someone something such than that the their theirs them themselves then there therefore these they this those though
    through throughout thus till to together too toward towards two under unless until up upon us very was we were what whatever
    when whenever where whereas wherever whether which while who whoever whom whose why will with within without would yes yet
    you your yours yourself yourselves""".split()
)

_UNIT = re.compile(r"[^\W_]+|[^\w\s]|_")
_SENTENCE_ENDS = frozenset(".!?")

Floats = npt.NDArray[np.float32]


class Settings(msgspec.Struct, frozen=True):
    """What was fitted on the finished model's own output."""

    document: tuple[float, ...]
    """Weights of `cleaner.garble.document.summary` in the log-odds that a document is spun.

    Even where one clean document in a hundred has more.
    """
    together: float
    """What is added to the log-odds that a document is spun by either, these words or the other layers, to the same end."""
    word: tuple[float, float, float]
    """Weights of 1, a word's own log-odds and its document's in the log-odds that the word is out of place."""
    threshold: float
    """The log-odds from which on a word is flagged in a text that is rather clean than spun."""
    threshold_in_spun: float
    """The same in one that is rather spun."""


class Word(msgspec.Struct, frozen=True, gc=False):
    """A judged word. `start` and `end` are code points of the text."""

    start: int
    end: int
    odds: float
    """The log-odds that it is out of place, by its window and what is known of it; the document is not asked."""


class Judged(msgspec.Struct, frozen=True):
    """What the model holds of a text."""

    words: tuple[Word, ...]
    """The content words of English prose, by place."""
    score: float
    """How likely the text is spun, from 0 to 1."""


class Flag(msgspec.Struct, frozen=True):
    """One word out of place, or several in a row. `start` and `end` are code points of the text."""

    start: int
    end: int
    score: float
    """How likely it is out of place, from 0 to 1."""


class Vocabulary:
    """BERT's word pieces: how a word is cut into the longest that are known, from the left."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.numbers = {piece: number for number, piece in enumerate(pieces)}
        self.unknown, self.first, self.last = (self.numbers[mark] for mark in ("[UNK]", "[CLS]", "[SEP]"))
        self.cut = functools.lru_cache(maxsize=50_000)(self._cut)

    def _cut(self, word: str) -> tuple[int, ...]:
        """The numbers of the pieces of a word or mark, whatever its case and accents."""
        if len(word) > LONGEST_PIECED:
            return (self.unknown,)
        plain = "".join(char for char in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(char) != "Mn")
        found: list[int] = []
        at = 0
        while at < len(plain):
            end = len(plain)
            while (number := self.numbers.get(("##" if at else "") + plain[at:end])) is None:
                end -= 1
                if end == at:
                    return (self.unknown,)
            found.append(number)
            at = end
        return tuple(found)


class Unit(msgspec.Struct, frozen=True, gc=False):
    """A word or a mark. `start` and `end` are code points of the text."""

    start: int
    end: int
    pieces: tuple[int, ...]
    kind: str
    """``function`` or ``content`` for English words of each kind, ``word`` for other words, ``mark``."""
    capital: bool
    last: bool
    """Whether a sentence or line ends with it."""


class Window(msgspec.Struct, frozen=True):
    """What is run at once."""

    ids: npt.NDArray[np.int64]
    capitals: npt.NDArray[np.int64]
    """1 for the pieces of a capitalised word: the vocabulary knows no case."""
    at: npt.NDArray[np.int64]
    """Where the first pieces of the judged words stand in `ids`."""
    spans: tuple[tuple[int, int], ...]
    """Where the judged words stand in the text."""


def units(text: str, vocabulary: Vocabulary) -> Iterator[Unit]:
    """The words and marks of a text."""
    matches = _UNIT.finditer(text)
    match = next(matches, None)
    while match is not None:
        following = next(matches, None)
        word = match[0]
        kind = _kind(word)
        gap = text[match.end() : following.start()] if following else "\n"
        last = "\n" in gap or (word in _SENTENCE_ENDS and bool(gap))
        yield Unit(match.start(), match.end(), vocabulary.cut(word), kind, word[0].isupper(), last)
        match = following


def _kind(word: str) -> str:
    if not word[0].isalnum():
        return "mark"
    if word.lower() in FUNCTION_WORDS:
        return "function"
    return "content" if len(word) >= LEAST_LETTERS and word.isascii() and word.isalpha() else "word"


def windows(text: str, vocabulary: Vocabulary) -> Iterator[Window]:
    """The windows of a text that are English prose: whole sentences, as many as there is room for."""
    held: list[Unit] = []
    size = ended = ended_size = made = 0
    for unit in units(text, vocabulary):
        while held and size + len(unit.pieces) > ROOM:
            if ended_size < ROOM // 2:  # a sentence longer than there is room for
                ended, ended_size = len(held), size
            if window := _window(held[:ended], vocabulary):
                yield window
                made += 1
                if made == MOST_WINDOWS:
                    return
            held = held[ended:]
            size -= ended_size
            ended = ended_size = 0
        held.append(unit)
        size += len(unit.pieces)
        if unit.last:
            ended, ended_size = len(held), size
    if window := _window(held, vocabulary):
        yield window


def _window(held: Sequence[Unit], vocabulary: Vocabulary) -> Window | None:
    """The window of some units; None where they hold nothing to judge or are no English prose."""
    words = sum(unit.kind != "mark" for unit in held)
    function = sum(unit.kind == "function" for unit in held)
    if not words or function < LEAST_FUNCTION_WORDS * words:
        return None
    ids, capitals, at, spans = [vocabulary.first], [0], [], []
    for unit in held:
        if unit.kind == "content":
            at.append(len(ids))
            spans.append((unit.start, unit.end))
        ids += unit.pieces
        capitals += [int(unit.capital)] * len(unit.pieces)
    ids.append(vocabulary.last)
    capitals.append(0)
    if not at:
        return None
    return Window(np.array(ids, np.int64), np.array(capitals, np.int64), np.array(at, np.int64), tuple(spans))


class Detector:
    """The model, loaded. It serves many threads."""

    def __init__(
        self, session: Any, vocabulary: Vocabulary, near: Context, trees: Trees, settings: Settings, digest: str
    ) -> None:
        self._session = session
        self.vocabulary = vocabulary
        self.near = near
        """The small network of the other layers, which the trees hear, too."""
        self._trees = trees
        self.settings = settings
        self.digest = digest
        """Names the model's files by their content."""

    @staticmethod
    def load(path: Path = MODEL) -> "Detector":
        """The model in a file, read once in a process. Raises `ExtraMissingError` where the extra is not installed."""
        return read(path.resolve())

    def logits(self, window: Window) -> Floats:
        """For each judged word of a window how much it is out of place."""
        inputs = {"ids": window.ids, "capitals": window.capitals, "at": window.at}
        logits: Floats = self._session.run(None, inputs)[0]
        return logits

    def judge(self, text: str) -> Judged:
        """What the model holds of each content word of a text, and of the text."""
        found = list(windows(text, self.vocabulary))
        if not found:
            return Judged((), 0.0)
        spans = [span for window in found for span in window.spans]
        odds = self._trees.score(self.evidence(text, found))
        words = tuple(Word(start, end, one) for (start, end), one in zip(spans, odds.tolist(), strict=True))
        return Judged(words, self.score(odds))

    def evidence(self, text: str, found: Sequence[Window]) -> Floats:
        """A row of `cleaner.garble.evidence.FEATURES` for each judged word of the windows of a text."""
        starts = np.array([start for window in found for start, _ in window.spans])
        known = lexicon()
        # What stands far behind the last window, in a text with more of them than are judged, need not be read.
        tokens = cut_words(text[: found[-1].spans[-1][1] + LONGEST_PIECED], known)
        logits = [self.logits(window) for window in found]
        return evidence.features(tokens, known, starts, logits, self.near.odds(tokens, known))

    def score(self, odds: Floats) -> float:
        """How likely a text is spun whose words have these log-odds, from 0 to 1."""
        return round(chance(as_read(self.in_full(odds), len(odds), FEWEST_JUDGED)), 4) if len(odds) else 0.0

    def in_full(self, odds: Floats) -> float:
        """The log-odds that a text is spun, however few its words."""
        return float(summary(odds) @ np.array(self.settings.document))

    def flags(self, judged: Judged, prior: float | None = None) -> list[Flag]:
        """The words out of place, by place; neighbours make one flag.

        `prior` (0 to 1) says how likely the text is spun where more is known than its own `Judged.score`: in a text that is
        plainly spun, weaker evidence is shown; in a clean one only strong.
        """
        prior = judged.score if prior is None else prior
        odds = self.odds(np.array([word.odds for word in judged.words], np.float32), prior)
        most = min(MOST_FLAGS, math.ceil(MOST_SHARE * len(odds)))
        surest = np.argsort(-odds, kind="stable")[:most]
        chosen = np.sort(surest[odds[surest] >= self.bar(prior)]).tolist()
        return _joined(judged.words, chosen, odds)

    def together(self, layers: float, words: float) -> float:
        """How likely a text is spun, 0 to 1, of which the other layers say `layers` and its `Judged.score` is `words`.

        Either may see what the other is blind to. Weights for a sum of both would trust the network as far as it knows the
        spinners that they are fitted on, which it has learned from.
        """
        either = 1 - (1 - layers) * (1 - words)
        return round(chance(log_odds(either) + self.settings.together), 4)

    def odds(self, own: Floats, prior: float) -> Floats:
        """The log-odds of words, by their own, in a document that is spun with this chance."""
        base, weight, of_document = self.settings.word
        return np.float32(base + of_document * log_odds(prior)) + np.float32(weight) * own

    def bar(self, prior: float) -> float:
        """The log-odds from which on a word is flagged in a document that is spun with this chance."""
        if prior < GARBLED_FROM:
            return self.settings.threshold
        return log_odds(least_sure(prior, alone=chance(self.settings.threshold_in_spun)))


# A document without end, or one that is garbled from end to end (another language, a list), is not flagged word by word.
MOST_FLAGS, MOST_SHARE = 200, 0.2
# Nothing is known of a document for sure.
LEAST_PRIOR = 0.001


def _joined(words: Sequence[Word], chosen: Sequence[int], odds: Floats) -> list[Flag]:
    """The flags of the chosen words; of neighbours with one space between them, one."""
    flags: list[Flag] = []
    for at in chosen:
        word, score = words[at], round(chance(float(odds[at])), 3)
        if flags and word.start == flags[-1].end + 1:
            flags[-1] = Flag(flags[-1].start, word.end, max(flags[-1].score, score))
        else:
            flags.append(Flag(word.start, word.end, score))
    return flags


def log_odds(chance: float) -> float:
    """The logarithm of the odds of a chance, which is never taken to be quite 0 or 1."""
    likely = min(max(chance, LEAST_PRIOR), 1 - LEAST_PRIOR)
    return math.log(likely / (1 - likely))


def chance(odds: float) -> float:
    """The chance of what has these log-odds."""
    return 1 / (1 + math.exp(-max(-MOST_ODDS, min(MOST_ODDS, odds))))


def installed() -> bool:
    """Whether the extra ``deep`` is."""
    return find_spec("onnxruntime") is not None


@functools.cache
def read(path: Path) -> Detector:
    """As `Detector.load`."""
    answers, judgement = path.read_bytes(), path.with_suffix(".npz").read_bytes()
    session, vocabulary = network(answers)
    with np.load(io.BytesIO(judgement), allow_pickle=False) as arrays:
        trees = Trees.read(arrays, TREES)
        settings = msgspec.convert({name: arrays[name].tolist() for name in Settings.__struct_fields__}, Settings)
    digest = hashlib.sha256(answers + judgement).hexdigest()[:16]
    return Detector(session, vocabulary, context.read(), trees, settings, digest)


def network(model: bytes) -> tuple[Any, Vocabulary]:
    """The network of an ONNX file, ready to run, and its word pieces. Raises `ExtraMissingError` without the extra."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ExtraMissingError("the neural layer of garbled text", "deep", error) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session, Vocabulary(session.get_modelmeta().custom_metadata_map["pieces"].split("\n"))
