"""Documents in files: reading text, HTML, JSON, JSON lines, CSV, Parquet, WARC and WET, and writing what became of them.

Whatever cannot be read becomes an `Unreadable` in its place, so that no input is silently missing from the output. A file is
written under a temporary name and renamed when it is whole.
"""

from cleaner.records.ids import UniqueIds
from cleaner.records.options import ReadOptions, Unreadable
from cleaner.records.reading import Entry, Reference, count, load, read, scan, total_bytes
from cleaner.records.streams import STANDARD_INPUT, InputError
from cleaner.records.writing import output_path, whole_file, write_text

__all__ = [
    "STANDARD_INPUT",
    "Entry",
    "InputError",
    "ReadOptions",
    "Reference",
    "UniqueIds",
    "Unreadable",
    "count",
    "load",
    "output_path",
    "read",
    "scan",
    "total_bytes",
    "whole_file",
    "write_text",
]
