"""What one core does in a second, from which the time for a corpus is calculated: reading each format, cleaning each kind.

    python benchmarks/costs.py wcxb-dev.parquet

CPU time of one process, the best of three for reading and for texts; all is cleaned once before. MB are of text or HTML as it
is when read, not as it lies on disk. trafilatura reads each page right before it is cleaned, so that both meet one machine.
"""

import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import trafilatura

from cleaner import Cleaner
from cleaner.records import read

SAMPLE, TIMES = 200, 3
SETTINGS: dict[str, dict[str, Any]] = {
    "balanced": {},
    "balanced, off garbled*": {"off": ["garbled*"]},
    "careful": {"profile": "careful"},
    "careful, off garbled*": {"profile": "careful", "off": ["garbled*"]},
}


def seconds(done: Callable[[], Iterable[object]]) -> float:
    """CPU time of going through what is done."""
    started = time.process_time()
    for _ in done():
        pass
    return time.process_time() - started


def beside_trafilatura(cleaner: Cleaner, pages: list[dict[str, Any]]) -> tuple[float, float]:
    """CPU time of cleaning `pages`, and of what trafilatura takes for its choice of their main content."""
    spent = theirs = 0.0
    for page in pages:
        started = time.process_time()
        trafilatura.extract(page["html"], url=page["url"])
        read = time.process_time()
        cleaner.clean(page["html"], "text/html", url=page["url"])
        theirs += read - started
        spent += time.process_time() - read
    return spent, theirs


def warc(url: str, page: bytes) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:{url}>\r\nWARC-Date: 2024-05-01T00:00:00Z\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def write_inputs(folder: Path, texts: list[str], pages: list[dict[str, Any]]) -> dict[str, int]:
    """The same documents in each format; how many bytes of documents are in each file."""
    text_bytes = TIMES * sum(len(text.encode()) for text in texts)
    page_bytes = sum(len(page["html"]) for page in pages)
    records = [{"id": str(number), "text": text} for number, text in enumerate(texts * TIMES)]
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
    (folder / "texts.jsonl").write_bytes(lines)
    (folder / "texts.jsonl.gz").write_bytes(gzip.compress(lines, 6))
    pq.write_table(pa.Table.from_pylist(records), folder / "texts.parquet", compression="zstd")
    (folder / "pages.warc.gz").write_bytes(b"".join(gzip.compress(warc(page["url"], page["html"]), 6) for page in pages))
    return {**dict.fromkeys(("texts.jsonl", "texts.jsonl.gz", "texts.parquet"), text_bytes), "pages.warc.gz": page_bytes}


def main(data: Path) -> None:
    rows = [row for row in pq.read_table(data, columns=["html", "url", "main_content"]).to_pylist() if row["main_content"]]
    sample = random.Random(1).sample(rows, SAMPLE)
    texts = [row["main_content"] for row in sample]
    with tempfile.TemporaryDirectory() as name:
        for file, size in write_inputs(Path(name), [row["main_content"] for row in rows], sample).items():
            best = min(seconds(lambda path=f"{name}/{file}": read([path])) for _ in range(TIMES))  # type: ignore[misc]
            print(f"reading {file}: {size / best / 1e6:.0f} MB/s", flush=True)
    text_size, page_size = sum(len(text.encode()) for text in texts), sum(len(row["html"]) for row in sample)
    for name, settings in SETTINGS.items():
        cleaner = Cleaner(**settings)
        for row in sample:  # what is loaded with the first text in a language is no cost of a text
            cleaner.clean(row["html"], "text/html", url=row["url"])
            cleaner.clean(row["main_content"])
        spent = min(seconds(lambda: (cleaner.clean(text) for text in texts)) for _ in range(TIMES))  # noqa: B023 (used at once)
        print(f"texts, {name}: {text_size / spent / 1e6:.2f} MB/s, {spent / SAMPLE * 1000:.1f} ms each", flush=True)
        spent, theirs = beside_trafilatura(cleaner, sample)
        each = f"{spent / SAMPLE * 1000:.1f} ms each, {spent / theirs:.2f} of trafilatura's"
        print(f"pages, {name}: {page_size / spent / 1e6:.2f} MB/s, {each}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
