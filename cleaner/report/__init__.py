"""A result told: as JSON, line by line, as a diff; and a run: as totals, and as a page (`cleaner.report.page`)."""

from cleaner.report.changes import diff
from cleaner.report.explanation import explain, headline
from cleaner.report.record import RECORD_FIELDS, SCHEMA, beside, from_json, from_record, read_back, spell_out, to_json
from cleaner.report.totals import SHOWN_FAILURES, Totals

__all__ = [
    "RECORD_FIELDS",
    "SCHEMA",
    "SHOWN_FAILURES",
    "Totals",
    "beside",
    "diff",
    "explain",
    "from_json",
    "from_record",
    "headline",
    "read_back",
    "spell_out",
    "to_json",
]
