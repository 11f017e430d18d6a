"""Hold that the gate of `cleaner.encoding` lets nothing through: as `tests/test_encoding.py` does, on much more text.

    python benchmarks/encoding_gate.py [--megabytes 50] [--workers 2]

Lines of many languages, most of them clean, others damaged in one way or several, are repaired with the gate and, line by line,
by every repair without it. Exits with 1 where the two differ, and prints the lines.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from test_encoding import damaged_corpus, ungated

from cleaner.edits import apply
from cleaner.encoding import CHARACTER_REPAIRS, mend

PART = 500_000


def differences(seed: int) -> tuple[int, list[str]]:
    """The bytes of one part, and its lines that come out differently."""
    text = damaged_corpus(PART, seed)
    gated = apply(text, mend(text, CHARACTER_REPAIRS).edits)
    lines = zip(text.split("\n"), gated.split("\n"), ungated(text).split("\n"), strict=True)
    wrong = [f"{was!r}: {now!r}, without gate {wanted!r}" for was, now, wanted in lines if now != wanted]
    return len(text.encode(errors="replace")), wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    seeds = range(int(arguments.megabytes * 1_000_000 / PART) + 1)
    done = 0
    wrong: list[str] = []
    with ProcessPoolExecutor(arguments.workers) as pool:
        for length, found in pool.map(differences, seeds):
            done += length
            wrong += found
            print(f"{done / 1e6:.1f} MB, {len(wrong)} lines differ", file=sys.stderr)
    print("\n".join(wrong[:100]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
