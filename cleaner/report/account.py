"""What a run says of itself: the contents of its ``run.json``."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cleaner.edits import Action
from cleaner.pipeline import Cleaner
from cleaner.report.totals import Totals
from cleaner.rules import Limit


class LimitInForce(Limit, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A limit that a rule set to a signal of documents."""

    rule: str
    action: Action


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is done. What runs of earlier versions did not say is None or empty."""

    ruleset: str
    """Digest of the rules and settings in force."""
    format: str
    version: str
    output: tuple[str, ...]
    """Files and folders of records, beside the account."""
    totals: Totals
    profile: str | None = None
    limits: tuple[LimitInForce, ...] = ()
    summaries: dict[str, str] = {}
    """Of the rules that had findings, by id, what each looks for."""
    seconds: float | None = None
    """From beginning to end, of the last call alone."""
    workers: int | str | None = None
    left_out: dict[str, int] = {}
    """How many files of folders were of no kind that is read, by the suffix of their names."""


def settings_told(cleaner: Cleaner, totals: Totals) -> dict[str, Any]:
    """What an `Account` says of the settings of a run that `cleaner` has done, in which `totals` were found."""
    found = sorted({rule for rules in totals.findings.values() for rule in rules})
    return {
        "profile": cleaner.profile.name,
        "limits": list(_limits(cleaner)),
        "summaries": {rule: cleaner.ruleset.by_id[rule].summary for rule in found if rule in cleaner.ruleset.by_id},
    }


def _limits(cleaner: Cleaner) -> Iterator[LimitInForce]:
    for rule in cleaner.document_rules:
        for limit in rule.limits:
            yield LimitInForce(rule=rule.id, action=rule.action, signal=limit.signal, min=limit.min, max=limit.max)
