"""What long texts and long pages lose.

    python benchmarks/long_texts.py wcxb-dev.parquet

Pages of more than 50,000 characters are rare in the data, and mostly lists and threads; books, long reports and encyclopaedias
are content throughout. Here the labelled contents of articles and documentation are put together, as plain text, and as further
paragraphs of a page with an article.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import lxml.html
import msgspec

from cleaner import Cleaner
from cleaner.bench import cases
from cleaner.bench.cases import Page
from cleaner.bench.scores import word_scores, words
from cleaner.policy import PROFILES

LONG = 1_500
SIZES = (50_000, 100_000, 300_000)
TEXTS, PAGES = 5, 20
# A paragraph of the page behind which others can stand.
_PARAGRAPH, _KNOWN_BY = 150, 60


def joined(contents: Sequence[Page], size: int, chosen: random.Random) -> str:
    """Contents by chance, until they are so long together."""
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(chosen.choice(contents).content)
        length += len(parts[-1]) + 2
    return "\n\n".join(parts)


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a text that are more than a few words, each on one line."""
    return [" ".join(one.split()) for one in text.split("\n\n") if len(one) > _KNOWN_BY]


def page_with(page: Page, paragraphs: Sequence[str]) -> Page | None:
    """A page with further paragraphs of content behind the longest that it has; None where none is found."""
    tree = lxml.html.fromstring(page.html.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
    content = [" ".join(line.split()) for line in page.content.splitlines()]
    places = {line[:_KNOWN_BY]: number for number, line in enumerate(content)}
    found = [
        (len(text), number, element, places[text[:_KNOWN_BY]])
        for number, element in enumerate(tree.iter("p"))
        if len(text := " ".join(element.text_content().split())) > _PARAGRAPH and text[:_KNOWN_BY] in places
    ]
    if not found:
        return None
    *_, last, place = max(found, key=lambda one: one[:2])
    for paragraph in reversed(paragraphs):
        element = lxml.html.Element("p")
        element.text = "".join(char for char in paragraph if char.isprintable())
        last.addnext(element)
    content[place + 1 : place + 1] = paragraphs
    html = str(lxml.html.tostring(tree, encoding="unicode"))
    return msgspec.structs.replace(page, html=html, content="\n".join(content))


def long_pages(pages: Sequence[Page], contents: Sequence[Page], size: int) -> Iterator[Page]:
    """Pages of so many characters and more."""
    for page in pages:
        if made := page_with(page, paragraphs_of(joined(contents, size, random.Random(page.id)))):
            yield made


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what long texts and pages lose.")
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    pages = cases.load(options.data).pages
    contents = [page for page in pages if page.page_type in ("article", "documentation") and len(page.content) > LONG]
    articles = random.Random(4).sample([page for page in contents if page.page_type == "article"], PAGES)
    cleaners = {name: Cleaner(name, off=["garbled*"]) for name in PROFILES}
    print("| | characters |", " | ".join(cleaners), "|\n| --- | --- |", " --- |" * len(cleaners))
    for size in SIZES:
        texts = [joined(contents, size, random.Random(number)) for number in range(TEXTS)]
        total = sum(words(text).total() for text in texts)
        kept = [sum(words(one.clean(text).text).total() for text in texts) / total for one in cleaners.values()]
        print(f"| texts: words lost | {size:,} |", " | ".join(f"{1 - share:.4f}" for share in kept), "|", flush=True)
    for size in (0, *SIZES):
        made = list(long_pages(articles, contents, size))
        scores = [
            sum(word_scores(one.clean(page.html, "text/html").text, page.content)["f1"] for page in made)
            for one in cleaners.values()
        ]
        print(f"| pages: word F1 | {size:,} |", " | ".join(f"{score / len(made):.3f}" for score in scores), "|", flush=True)


if __name__ == "__main__":
    main()
