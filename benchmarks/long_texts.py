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


def page_with(page: Page, paragraphs: Sequence[str]) -> str | None:
    """A page with further paragraphs behind the longest of its content; None where none is found."""
    tree = lxml.html.fromstring(page.html.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
    content = " ".join(page.content.split())
    found = [
        (len(text), number, element)
        for number, element in enumerate(tree.iter("p"))
        if len(text := " ".join(element.text_content().split())) > _PARAGRAPH and text[:_KNOWN_BY] in content
    ]
    if not found:
        return None
    *_, last = max(found)
    for paragraph in reversed(paragraphs):
        element = lxml.html.Element("p")
        element.text = "".join(char for char in paragraph if char.isprintable())
        last.addnext(element)
    return str(lxml.html.tostring(tree, encoding="unicode"))


def long_pages(pages: Sequence[Page], contents: Sequence[Page], size: int) -> Iterator[tuple[str, str]]:
    """Pages of so many characters and more, and what their content is."""
    for page in pages:
        paragraphs = [one for one in joined(contents, size, random.Random(page.id)).split("\n\n") if len(one) > _KNOWN_BY]
        paragraphs = [" ".join(one.split()) for one in paragraphs]
        if html := page_with(page, paragraphs):
            yield html, "\n".join([page.content, *paragraphs])


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
            sum(word_scores(one.clean(html, "text/html").text, wanted)["f1"] for html, wanted in made)
            for one in cleaners.values()
        ]
        print(f"| pages: word F1 | {size:,} |", " | ".join(f"{score / len(made):.3f}" for score in scores), "|", flush=True)


if __name__ == "__main__":
    main()
