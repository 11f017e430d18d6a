"""What several test modules make their inputs with."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

from cleaner.chrome.headline import N_HEADLINE
from cleaner.chrome.lines import WORD_WEIGHTS, line_features
from cleaner.chrome.model import ELEMENT_WEIGHTS
from cleaner.chrome.surroundings import N_OWN_OF_PAGE, N_OWN_OF_TEXT, context
from cleaner.edits import Edit, Finding
from cleaner.markup import read_page
from cleaner.matcher import Matcher
from cleaner.network import Network
from cleaner.rules import Rule, Ruleset
from cleaner.text import cut_lines
from cleaner.trees import Trees

REPO = Path(__file__).parent.parent
SEEDS = REPO / "seeds"

ODD = (
    *(
        "\n",
        "\r",
        "\r\n",
        "\u2028",
        "\u2029",
        "\x85",
        "\x0b",
        "\x0c",
        "\t",
        " ",
        "\u00a0",
        "\u3000",
        "\0",
        "\x08",
        "\x1b[31m",
        "\ufeff",
    ),
    *(
        "\ud800",
        "\udfff",
        "\U0001f600",
        "e\u0301",
        "\u200d",
        "\ufffd",
        "ſ",
        "\u212a",
        "İ",
        "ı",
        "ß",
        "ﬁ",
        "“",
        "”",
        "’",
        "‘",
        "„",
    ),
    *("Ã©", "â€œ", "&amp;", "&#39;", "<b>", "é", "ж", "λ", "中", "ア", "ش", "א", "क", "ก", "a", "B", "1"),
)


def odd_text(*, max_size: int = 40, low_surrogates: bool = True) -> st.SearchStrategy[str]:
    """Any `str`, with more than its share of what breaks programs."""
    last = 0x10FFFF if low_surrogates else 0xDBFF
    any_character = st.characters(max_codepoint=last)
    odd = [piece for piece in ODD if low_surrogates or "\udfff" not in piece]
    return st.lists(st.one_of(any_character, st.sampled_from(odd)), max_size=max_size).map("".join)


@st.composite
def edits_of(draw: st.DrawFn, text: str, *, rule: str = "a/b/c", most: int = 6) -> list[Edit]:
    """Edits of `text` that do not overlap, insertions and deletions among them."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=2 * most)))
    if len(cuts) % 2:
        cuts.pop()
    replacement = st.one_of(st.just(""), odd_text(max_size=4, low_surrogates=False))
    return [Edit(start, end, draw(replacement), rule) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]


def as_findings(text: str, edits: list[Edit]) -> list[Finding]:
    """The account of `edits`."""
    return [
        Finding(
            edit.rule,
            "replace" if edit.replacement else "drop",
            edit.start,
            edit.end,
            "boilerplate",
            "",
            text[edit.start : edit.end],
            edit.replacement or None,
        )
        for edit in edits
    ]


def cpu_seconds(done: Callable[[], object], times: int = 3) -> float:
    """The least CPU time that it takes, of so many times."""
    spent = []
    for _ in range(times):
        started = time.process_time()
        done()
        spent.append(time.process_time() - started)
    return min(spent)


def rule(name: str = "found", folder: str = "boilerplate/web", **fields: Any) -> Rule:
    """A rule as a rule file would give it, with what the test is not about filled in."""
    tests = {"example": [{"text": "x", "result": "x", "find": []}], "counterexample": [{"text": "y"}]}
    values = {
        "name": name,
        "id": f"{folder}/{name}",
        "summary": "A defect",
        "action": "flag",
        "label": "boilerplate",
        **tests,
        **fields,
    }
    for key in ("after", "before"):
        if key in values and "/" not in values[key]:
            values[key] = f"{folder}/{values[key]}"
    if "phrases" in values:
        values["unit"] = "span"
        if isinstance(values["phrases"], dict):
            values["phrases"] = [{"found": found, "original": original} for found, original in values["phrases"].items()]
    return msgspec.convert(values, Rule)


def findings(matcher: Matcher, text: str, language: str | None = None, host: str | None = None) -> list[Finding]:
    """What `matcher` finds in `text`."""
    return matcher.find(text, cut_lines(text), language, host)


def found(rules: Rule | list[Rule], text: str, language: str | None = None, host: str | None = None) -> list[str]:
    """What stands where `rules` hit in `text`, by place."""
    matcher = Matcher(Ruleset([rules] if isinstance(rules, Rule) else rules))
    return [finding.original for finding in findings(matcher, text, language, host)]


def toy_models(folder: Path, seed: int = 0) -> Path:
    """Weights by chance, in the layout of the shipped ones: what must hold of any weights is tested on these."""
    random = np.random.default_rng(seed)
    page = read_page("<p>One line.</p>")
    folder.mkdir(parents=True, exist_ok=True)
    for kind, elements in (("html", page.elements), ("text", None)):
        made = line_features(page.text, page.lines)
        scores = np.full(len(page.lines), 0.5, np.float32)
        features, _ = context(
            made, scores, np.zeros(len(page.lines), np.float32), elements, None if elements is None else scores
        )
        width = features.shape[1]
        arrays: dict[str, Any] = {
            "words": random.integers(-127, 128, WORD_WEIGHTS).astype(np.int8),
            "elements": random.integers(-127, 128, ELEMENT_WEIGHTS).astype(np.int8),
            "words_scale": np.float32(0.01),
            "elements_scale": np.float32(0.01),
            "kinds": np.array(["article", "collection", "documentation", "forum", "listing", "product", "service"]),
            "kind_weights": random.normal(size=(7, 2 * width + 1)).astype(np.float32),
            "headline": random.normal(size=N_HEADLINE).astype(np.float32),
            "sure": 0.02,
        }
        trees = toy_trees(random, width=width)
        network = toy_network(random, width=N_OWN_OF_TEXT if elements is None else N_OWN_OF_PAGE)
        for name, part in (("trees", trees), ("network", network)):
            arrays |= {f"{name}_{field}": value for field, value in msgspec.structs.asdict(part).items()}
        np.savez_compressed(folder / f"chrome-{kind}.npz", **arrays)
    return folder


def toy_network(random: np.random.Generator, *, width: int, inside: int = 8, layers: int = 4) -> Network:
    """A network by chance that looks at `width` features."""
    return Network(
        mean=random.normal(size=width).astype(np.float32),
        deviation=random.uniform(0.5, 2, width).astype(np.float32),
        enter=random.integers(-127, 128, (width, inside)).astype(np.int8),
        enter_scale=np.array(2e-4, np.float32),
        enter_bias=random.normal(size=inside).astype(np.float32),
        layers=random.integers(-127, 128, (layers, 4, inside, inside)).astype(np.int8),
        layer_scales=np.full(layers, 2e-4, np.float32),
        layer_biases=random.normal(size=(layers, inside)).astype(np.float32),
        leave=random.normal(size=inside).astype(np.float32),
        leave_bias=np.zeros(1, np.float32),
    )


def toy_trees(random: np.random.Generator, *, width: int, number: int = 20, depth: int = 4) -> Trees:
    """Trees by chance that look at `width` features; their leaves weigh the same."""
    leaves = random.normal(size=(number, 1 << depth)).astype(np.float32)
    means = np.zeros((number, (2 << depth) - 1), np.float32)
    for level in range(depth + 1):
        for path in range(1 << level):  # the answers so far, the first one in the lowest bit
            node = 0
            for step in range(level):
                node = 2 * node + 1 + (path >> step & 1)
            below = [leaf for leaf in range(1 << depth) if leaf & ((1 << level) - 1) == path]
            means[:, node] = leaves[:, below].mean(1)
    features = random.integers(0, width, (number, depth)).astype(np.int16)
    borders = random.uniform(0, 1, (number, depth)).astype(np.float32)
    return Trees(features, borders, leaves, means, float(random.normal()))
