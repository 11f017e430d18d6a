"""A result told: as JSON, line by line, as a diff; and a run: as totals, and as a page (`cleaner.report.page`)."""

from cleaner.report.changes import diff
from cleaner.report.explanation import explain
from cleaner.report.record import SCHEMA, as_written, beside, from_json, from_record, read_back, spell_out, to_json
from cleaner.report.totals import Totals

__all__ = [
    "SCHEMA",
    "Totals",
    "as_written",
    "beside",
    "diff",
    "explain",
    "from_json",
    "from_record",
    "read_back",
    "spell_out",
    "to_json",
]
