"""The signals of what cleaning did to a document."""

from collections import Counter
from collections.abc import Collection, Iterable

from cleaner.edits import Finding
from cleaner.signals.document import Signals

REMOVED = "removed_share"


def removed(findings: Iterable[Finding], words: int, names: Collection[str]) -> Signals:
    """`removed_share`: the words that the drops among `findings` took, of these and the `words` that are left.

    And for each ``removed_share.ID`` among `names` the words that rules took whose ids are or begin with ID, of these and
    those left.
    """
    dropped: Counter[str] = Counter()
    for finding in findings:
        if finding.action == "drop":
            dropped[finding.rule] += len(finding.original.split())
    signals: Signals = {REMOVED: _share(dropped.total(), words)}
    for name in names:
        start = name.removeprefix(f"{REMOVED}.")
        taken = sum(count for rule, count in dropped.items() if f"{rule}/".startswith(f"{start}/"))
        signals[name] = _share(taken, words)
    return signals


def _share(taken: int, left: int) -> float:
    return taken / max(taken + left, 1)
