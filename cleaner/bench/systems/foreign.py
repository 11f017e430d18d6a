"""Extractors that need another Python than the toolkit: run by it as a program, or imported where they are installed.

As a program it imports nothing but the standard library and the one extractor, reads a page in a line of JSON and writes a
line of JSON. It ends when its input ends, and is ended by an alarm when a page takes longer than the limit.
"""

import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable

Extract = Callable[[str, str | None], str]


def rs_trafilatura() -> Extract:
    """The main content as text."""
    import rs_trafilatura as package

    return lambda html, url: package.extract(html, url=url).main_content or ""


def magic_html() -> Extract:
    """The main content as HTML: the package gives nothing else."""
    from magic_html import GeneralExtractor

    extractor = GeneralExtractor()
    return lambda html, url: extractor.extract(html, base_url=url or "").get("html") or ""


EXTRACTORS = {"rs-trafilatura": rs_trafilatura, "magic-html": magic_html}


def serve(name: str, seconds: float) -> None:
    """Answer pages from standard input until it ends."""
    # What an extractor prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    extract = EXTRACTORS[name]()
    for line in sys.stdin.buffer:
        page = json.loads(line)
        if hasattr(signal, "alarm"):
            signal.alarm(math.ceil(seconds) + 1)
        start = time.process_time()
        try:
            answer: dict[str, str | float] = {"text": extract(page["html"], page["url"])}
        except Exception as error:  # noqa: BLE001 (anything that an extractor raises is its answer)
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["seconds"] = time.process_time() - start
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1], float(sys.argv[2]))
