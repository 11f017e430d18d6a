"""How fast texts are repaired, beside ftfy and plsfix: clean English, and text that is all mojibake.

    pip install 'cleaner-text[bench]'
    python benchmarks/encoding_speed.py wcxb-dev.parquet [--articles 400]

CPU time of one process, the best of three.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import ftfy
import plsfix
import pyarrow.parquet as pq
from resiliparse.parse.lang import detect_fast

from cleaner.bench.cases import texts
from cleaner.encoding import DOUBTS, REPAIRS, mend

SYSTEMS: dict[str, Callable[[str], object]] = {
    "cleaner": lambda text: mend(text, [*REPAIRS, *DOUBTS]),
    "ftfy": ftfy.fix_text,
    "plsfix": plsfix.fix_text,
}
LEAST_CHARACTERS = 1_500


def seconds(run: Callable[[str], object], documents: Sequence[str]) -> float:
    def once() -> float:
        started = time.process_time()
        for document in documents:
            run(document)
        return time.process_time() - started

    return min(once() for _ in range(3))


def misread(text: str) -> str:
    """Every line with something outside of ASCII, read as windows-1252."""
    lines = (line.replace("'", "’").replace(", ", " — ") + " café “x”" for line in text.splitlines() if line.strip())
    return "\n".join(lines).encode().decode("windows-1252", "replace")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=400)
    arguments = parser.parse_args()
    found = pq.read_table(arguments.data, columns=["main_content"])["main_content"].to_pylist()
    english = [text for text in found if len(text) >= LEAST_CHARACTERS and detect_fast(text)[0] == "en"][: arguments.articles]
    many = "\n".join(text.paragraph for text in texts().values()).encode().decode("latin-1")
    sets = {
        f"clean English, {len(english)} articles": english,
        "English, every line mojibake": [misread(text) for text in english[: len(english) // 6]],
        f"{len(texts())} languages, every line mojibake": [many] * 20,
    }
    for name, documents in sets.items():
        size = sum(len(document.encode()) for document in documents) / 1e6
        rates = {system: size / seconds(run, documents) for system, run in SYSTEMS.items()}
        told = ", ".join(f"{system} {rate:.1f} MB/s" for system, rate in rates.items())
        print(f"{name}, {size:.1f} MB: {told}; {rates['cleaner'] / rates['ftfy']:.2f} times ftfy")


if __name__ == "__main__":
    main()
