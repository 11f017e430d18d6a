"""The task ``speed``: MB/s side by side, what many rules cost, and whether the cost grows with the text alone.

All figures are CPU time of one process, from one run; compare ratios rather than rates.
"""

import functools
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cleaner import cache
from cleaner.bench import apart, systems
from cleaner.bench.cases import Data, texts
from cleaner.bench.systems import MissingError, Settings
from cleaner.edits import Finding
from cleaner.language import detect
from cleaner.matcher import Matcher
from cleaner.pipeline import Cleaner
from cleaner.rules import Ruleset
from cleaner.text import Document, cut_lines

SYSTEMS = ("ftfy", "plsfix", "datatrove", "cleaner careful", "cleaner balanced", "cleaner strict")
REFERENCE = "ftfy"
ARTICLE = "article"
PASSES = 5
# A slow system is stopped after this many seconds; its rate is then that of the documents it has done.
SYSTEM_SECONDS = 6.0
MOST_MB = 10.0
RULE_COUNTS = (10, 100, 1_000, 10_000)
# On texts in this language, the shipped rules are held against so many of them, drawn at random so many times.
SHIPPED_LANGUAGE, SHIPPED_COUNT, SHIPPED_DRAWS = "en", 80, 3
SCALING_KB = (1, 10, 100, 1_000, 10_000, 100_000)
SCALING_SYSTEM = "cleaner balanced"
# 100 MB in one document take a while.
SCALING_SECONDS = 300.0
HIT_EVERY_WORDS = 1_000
# Syllables of which words are made that stand in no text: a synthetic rule is found only where one was put.
SYLLABLES = ("zu", "qo", "vex", "jaf", "kwi", "xyl", "bzo", "fjo", "wux", "gyq")

Progress = Callable[[str, str, int, int], None]
"""Told of each document, or of each step: task, system, how many are done, how many there are."""


def measure(data: Data, settings: Settings, progress: Progress = lambda *_: None) -> dict[str, float]:
    """The figures by name; the name says the unit."""
    articles = _drawn(page.content for page in data.pages if page.page_type == ARTICLE)
    others = _drawn(
        [page.content for page in data.pages if page.page_type != ARTICLE] + [one.paragraph for one in texts().values()]
    )
    documents = articles + others
    figures: dict[str, float] = {}
    steps: list[Callable[[], dict[str, float]]] = [
        *(functools.partial(_rates, kind, part, settings) for kind, part in ((ARTICLE, articles), ("other", others)) if part),
        functools.partial(_many_rules, documents),
        functools.partial(_shipped_rules, documents),
        functools.partial(_scaling, documents, settings),
    ]
    for done, step in enumerate(steps, 1):
        figures |= step()
        progress("speed", "", done, len(steps))
    return figures


def _drawn(texts: Iterable[str]) -> list[str]:
    """Those that are not empty in a random order that is the same in every run, `MOST_MB` at the most."""
    contents = [text for text in texts if text.strip()]
    random.Random(0).shuffle(contents)  # noqa: S311 (no secrets here)
    chosen: list[str] = []
    size = 0.0
    for text in contents:
        size += _megabytes(text)
        if size > MOST_MB:
            break
        chosen.append(text)
    return chosen


def _megabytes(text: str) -> float:
    return len(text.encode(errors="replace")) / 1e6


def _rates(kind: str, texts: Sequence[str], settings: Settings) -> dict[str, float]:
    figures = {f"{kind}: documents": float(len(texts)), f"{kind}: text, MB": round(sum(map(_megabytes, texts)), 3)}
    rates: dict[str, float] = {}
    for name in SYSTEMS:
        try:
            systems.version(name, settings)
        except MissingError:
            continue
        rates[name], milliseconds = _rate(name, texts, settings)
        figures[f"{kind}: {name}, MB/s"] = round(rates[name], 3)
        figures[f"{kind}: {name}, ms/document"] = round(milliseconds, 3)
    if REFERENCE in rates:
        reference = rates.pop(REFERENCE)
        figures |= {f"{kind}: {name} / {REFERENCE}": round(rate / reference, 2) for name, rate in rates.items()}
    return figures


def _rate(name: str, texts: Sequence[str], settings: Settings) -> tuple[float, float]:
    """MB/s, the median of up to `PASSES` passes, and mean milliseconds for a document."""
    documents = [Document(id=str(number), text=text) for number, text in enumerate(texts)]
    outcomes = apart.run(name, settings, (document for _ in range(PASSES) for document in documents))
    passes: list[float] = []
    size = seconds = total = 0.0
    seen = 0
    for outcome in outcomes:
        size += _megabytes(texts[seen % len(texts)])
        seconds += outcome.seconds
        total += outcome.seconds
        seen += 1
        if seen % len(texts) == 0:
            passes.append(size / max(seconds, 1e-9))
            size = seconds = 0.0
        if total > SYSTEM_SECONDS:
            break
    return statistics.median(passes or [size / max(seconds, 1e-9)]), 1e3 * total / max(seen, 1)


def _many_rules(texts: Sequence[str]) -> dict[str, float]:
    """What many rules cost more than few, where equally much is found: nothing, and one hit in 1,000 words."""
    figures: dict[str, float] = {}
    words = _made_words(max(RULE_COUNTS))
    sparse = _with_hits("\n\n".join(texts), words[: min(RULE_COUNTS)]).split("\n\n")
    for kind, make in (("line rules", _line_rules), ("phrases", _phrase_rules)):
        seconds: dict[tuple[int, str], float] = {}
        for count in RULE_COUNTS:
            ruleset = make(words[:count])
            with _empty_cache():
                start = time.process_time()
                matcher = Matcher(ruleset)
                compiled = time.process_time() - start
            if count == max(RULE_COUNTS):
                figures[f"{count:,} {kind}: compiled in, s"] = round(compiled, 2)
                figures[f"{count:,} {kind}: automata, MB"] = round(matcher.size / 1e6, 2)
            for hits, documents in (("no hit", texts), ("1 hit in 1,000 words", sparse)):
                seconds[count, hits] = _seconds(functools.partial(_find, matcher), documents)
        for hits in ("no hit", "1 hit in 1,000 words"):
            for count in RULE_COUNTS[1:]:
                cost = seconds[count, hits] / max(seconds[RULE_COUNTS[0], hits], 1e-9)
                figures[f"{kind}, {hits}: cost of {count:,} / of {RULE_COUNTS[0]}"] = round(cost, 2)
    return figures


def _shipped_rules(texts: Sequence[str]) -> dict[str, float]:
    """What all shipped rules with a pattern, phrases or cues cost more than a few of them, on texts in one language.

    The few are drawn from the rules for that language, since those of others say nothing on these texts. Beside it the same
    where the language is not told and the few are drawn from all, and how much longer a whole cleaning takes.
    """
    texts = [text for text in texts if detect(text).language == SHIPPED_LANGUAGE]
    if not texts:
        return {}
    ruleset = Ruleset.load()
    matched = [rule for rule in ruleset if rule.sought]
    figures: dict[str, float] = {}
    for language, told in ((SHIPPED_LANGUAGE, f"told to be {SHIPPED_LANGUAGE}"), (None, "in a language not told")):
        ids = [rule.id for rule in matched if rule.applies(language, None)]
        few = _draws(ids)
        find = [functools.partial(_find, Matcher(ruleset, chosen), language=language) for chosen in (ids, *few)]
        times = [_seconds(one, texts) for one in find]
        cost = times[0] / max(statistics.mean(times[1:]), 1e-9)
        figures[f"shipped rules, matching of texts {told}: cost of all {len(ids)} / of {SHIPPED_COUNT}"] = round(cost, 2)
    few = _draws([rule.id for rule in matched if rule.applies(SHIPPED_LANGUAGE, None)])
    others = [rule.id for rule in matched if rule.id not in few[0]]
    whole, part = (_seconds(Cleaner(rules=ruleset, off=off).clean, texts) for off in ((), others))
    figures[f"shipped rules, whole cleaning: cost with all {len(matched)} / with {SHIPPED_COUNT}"] = round(whole / part, 2)
    return figures


def _draws(ids: Sequence[str]) -> list[list[str]]:
    draw = random.Random(0)  # noqa: S311 (no secrets here)
    return [draw.sample(ids, min(SHIPPED_COUNT, len(ids))) for _ in range(SHIPPED_DRAWS)]


def _seconds(function: Callable[[str], object], texts: Sequence[str]) -> float:
    """CPU time for all `texts`: the median of some passes, after a first that does not count."""
    times = []
    for _ in range(PASSES + 1):
        start = time.process_time()
        for text in texts:
            function(text)
        times.append(time.process_time() - start)
    return statistics.median(times[1:])


def _find(matcher: Matcher, text: str, language: str | None = None) -> list[Finding]:
    return matcher.find(text, cut_lines(text), language)


@contextmanager
def _empty_cache() -> Iterator[None]:
    """The compiled rules of the user's own cache would hide what compiling costs."""
    before = os.environ.get("CLEANER_CACHE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLEANER_CACHE_DIR"] = folder
        cache.folder.cache_clear()
        try:
            yield
        finally:
            cache.folder.cache_clear()
            if before is None:
                del os.environ["CLEANER_CACHE_DIR"]
            else:
                os.environ["CLEANER_CACHE_DIR"] = before


def _made_words(count: int) -> list[str]:
    """Words that no text holds, all different."""
    base = len(SYLLABLES)
    return ["".join(SYLLABLES[number // base**place % base] for place in range(4)) for number in range(count)]


def _with_hits(text: str, words: Sequence[str]) -> str:
    """`text` with a line of one of the `words` behind about every 1,000 words."""
    lines: list[str] = []
    seen = 0
    for line in text.split("\n"):
        lines.append(line)
        seen += len(line.split())
        if seen >= HIT_EVERY_WORDS:
            lines.append(f"follow {words[len(lines) % len(words)]} today")
            seen = 0
    return "\n".join(lines)


def _line_rules(words: Sequence[str]) -> Ruleset:
    return _loaded(
        "\n".join(
            f"[[rule]]\nname = 'line-{number}'\nsummary = 'made'\naction = 'drop'\n"
            f"pattern = '(?i)follow {word} (?:today|now)[.!]{{0,3}}'\n{_tests(word)}"
            for number, word in enumerate(words)
        )
    )


def _phrase_rules(words: Sequence[str]) -> Ruleset:
    phrases = "\n".join(f'"follow {word}" = "follow us"' for word in words)
    return _loaded(
        f"[[rule]]\nname = 'phrases'\nsummary = 'made'\naction = 'flag'\n"
        f"{_tests(words[0], find=True)}[rule.phrases]\n{phrases}\n"
    )


def _tests(word: str, *, find: bool = False) -> str:
    example = f"find = ['follow {word}']" if find else "result = ''"
    return f"example = [{{ text = 'follow {word} today', {example} }}]\ncounterexample = [{{ text = 'follow him' }}]\n"


def _loaded(toml: str) -> Ruleset:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.toml"
        path.write_text(toml, encoding="utf-8")
        return Ruleset.load([path])


def _scaling(texts: Sequence[str], settings: Settings) -> dict[str, float]:
    """MB/s over documents of 1 kB to 100 MB, which hardly changes where the cost is linear; and the memory that one takes."""
    patient = msgspec.structs.replace(settings, seconds=SCALING_SECONDS)
    whole = "\n\n".join(texts)
    figures = {}
    for size in SCALING_KB:
        characters = size * 1_000
        text = (whole * (characters // len(whole) + 1))[:characters]
        documents = [Document(id=str(number), text=text) for number in range(max(300 // size, 1))]
        outcomes = list(apart.run(SCALING_SYSTEM, patient, documents))
        seconds = sum(outcome.seconds for outcome in outcomes)
        name = f"{size // 1_000:,} MB" if size >= 1_000 else f"{size} kB"
        megabytes = sum(_megabytes(text) for outcome in outcomes if outcome.answer)
        figures[f"{SCALING_SYSTEM}, a document of {name}, MB/s"] = round(megabytes / max(seconds, 1e-9), 2)
        figures[f"{SCALING_SYSTEM}, a document of {name}, peak memory, MB"] = round(max(one.peak_mb for one in outcomes))
    return figures
