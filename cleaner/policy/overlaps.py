"""Which drops and replacements remain where they overlap, and where they are too much of a document."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence

import msgspec

from cleaner.edits import Finding
from cleaner.policy.decision import Skipped
from cleaner.policy.profiles import Profile


def settled(
    characters: int, wanted: Sequence[Finding], skipped: list[Skipped], profile: Profile, unbound: Collection[str]
) -> list[Finding]:
    """The findings that remain after governor and overlaps, by place.

    What the governor stops changes nothing, so it is taken out before overlaps are settled anew: what lies inside it acts.
    """
    while True:
        losers: list[Skipped] = []
        remaining = without_overlaps(wanted, losers)
        stopped = _over_share(characters, remaining, profile, unbound)
        if not stopped:
            skipped += losers
            return remaining
        skipped += stopped
        out = {id(one.finding) for one in stopped}
        wanted = [finding for finding in wanted if id(finding) not in out]


def without_overlaps(wanted: Sequence[Finding], skipped: list[Skipped]) -> list[Finding]:
    """The findings that remain where overlaps are settled, by place."""
    taken: list[Finding] = []
    group: list[Finding] = []  # each begins in what those before it reach
    reach = 0
    for finding in sorted(wanted, key=lambda f: (f.start, f.end)):
        if group and finding.start >= reach and finding.start > group[-1].start:
            taken += _settled_group(group, skipped)
            group = []
        group.append(finding)
        reach = max(reach, finding.end)
    return taken + _settled_group(group, skipped)


def _settled_group(wanted: Sequence[Finding], skipped: list[Skipped]) -> list[Finding]:
    """Of findings that hang together those that remain, by place."""
    if len(wanted) == 1:
        return list(wanted)
    by_rank = sorted(wanted, key=lambda f: (f.action != "drop", f.start - f.end, f.start, f.rule, f.suggestion or ""))
    taken: list[Finding] = []  # by place; none overlaps another
    starts: list[int] = []
    for finding in by_rank:
        at = bisect_right(starts, finding.start)
        left = taken[at - 1] if at else None
        right = taken[at] if at < len(taken) else None
        rival = _overlapping(finding, left, right)
        rest = [finding] if rival is None else _rest(finding, taken[max(at - 1, 0) : bisect_left(starts, finding.end)])
        if rival and not rest:
            skipped.append(Skipped(finding, f"inside what {rival.rule} changes"))
        for part in rest:
            at = bisect_right(starts, part.start)
            taken.insert(at, part)
            starts.insert(at, part.start)
    return taken


def _rest(finding: Finding, near: Sequence[Finding]) -> list[Finding]:
    """What of a finding none of those `near` it has, where it is a repair that leaves nothing: code between lines that go."""
    if finding.action != "replace" or finding.replacement:
        return []
    starts = [finding.start, *(max(one.end, finding.start) for one in near)]
    ends = [*(one.start for one in near), finding.end]
    return [
        msgspec.structs.replace(
            finding, start=start, end=end, original=finding.original[start - finding.start : end - finding.start]
        )
        for start, end in zip(starts, ends, strict=True)
        if start < end
    ]


def _overlapping(finding: Finding, left: Finding | None, right: Finding | None) -> Finding | None:
    """Which of the neighbours has characters of a finding, or is at the very same place."""
    if left and (finding.start < left.end or (finding.start, finding.end) == (left.start, left.end)):
        return left
    return right if right and right.start < finding.end else None


def _over_share(characters: int, wanted: Sequence[Finding], profile: Profile, unbound: Collection[str]) -> list[Skipped]:
    """The drops that the governor stops: the shortest go first, as long as their sum is allowed."""
    allowed = max(profile.max_dropped_share * characters, profile.free_characters)
    drops = [finding for finding in wanted if finding.action == "drop" and finding.rule not in unbound]
    reason = f"governor: more than {profile.max_dropped_share:.0%} of the document would go"
    stopped = []
    total = 0
    for finding in sorted(drops, key=lambda f: (f.end - f.start, f.start)):
        total += finding.end - finding.start
        if total > allowed:
            stopped.append(Skipped(finding, reason))
    return stopped
