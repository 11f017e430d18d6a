"""Profiles: what is done about the findings.

Detectors only say what they saw. Here, in one place, it is decided which findings become edits, by this order:

1. What an `unsafe` rule would do, or a `preview` one, is only flagged unless the profile trusts it.
2. Protected lines and the caller's keep patterns stop a drop.
3. The governor stops drops that would take too large a share of the document.
4. Where edits overlap, a drop beats a replacement and absorbs what lies inside it; then the longest wins, then the
   earliest, then the first rule id. Of a repair that leaves nothing the rest is done.
5. Last, when the text is as it will be, rules for documents say by its signals whether it is flagged or rejected.

What was stopped is kept, with the reason.

`profiles` says how much is believed and how much may go; `keep`, `protection`, `overlaps` and `gaps` are what the second to
the fourth step ask. Before all these `content` tells which lines go by what models and extractors hold of them; after them
`source` says of Markdown what was decided about its text.
"""

import sys
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence

import msgspec
import regex

from cleaner.edits import EDITING, Finding, by_place, edits_of
from cleaner.policy.content import Wanted, likely_chrome, outside_content, outside_extracted
from cleaner.policy.decision import Decision, Skipped
from cleaner.policy.gaps import with_gaps
from cleaner.policy.keep import keep_pattern, why_kept
from cleaner.policy.overlaps import settled, without_overlaps
from cleaner.policy.profiles import PROFILES, Profile
from cleaner.policy.protection import protection
from cleaner.policy.source import in_source, placed
from cleaner.rules import Rule
from cleaner.signals import Signals, broken
from cleaner.text import Line

__all__ = [
    "PROFILES",
    "Decision",
    "Profile",
    "Skipped",
    "Wanted",
    "decide",
    "in_source",
    "judge",
    "keep_pattern",
    "likely_chrome",
    "outside_content",
    "outside_extracted",
    "placed",
]


def decide(
    text: str,
    lines: Sequence[Line],
    findings: Sequence[Finding],
    rules: Mapping[str, Rule],
    profile: Profile,
    keep: Sequence["regex.Pattern[str]"] = (),
    unbound: Collection[str] = (),
    likely: Sequence[tuple[int, int]] = (),
) -> Decision:
    """Turn `findings` about `text` into edits.

    `keep` are the caller's patterns for lines that must stay; `unbound` the ids of rules that neither protection nor
    governor binds (the choice of a page's main content, and rules that the caller asked for by name); `likely` the
    spans, by place, that the chrome model holds for chrome rather than content: an `unsafe` rule that says so too is believed.
    Raises `TimeoutError` for a keep pattern that backtracks without end.
    """
    believed, flags = _told_apart(findings, rules, profile, unbound, likely)
    dropped = {offset for finding in believed if finding.action == "drop" for offset in (finding.start, finding.end)}
    skipped: list[Skipped] = []
    wanted: list[Finding] = []
    for finding in believed:
        rule, is_unbound = rules[finding.rule], finding.rule in unbound
        # The rule's action: one that drops may put back what a repair had put there. The choice of a page's main content has
        # asked the keep patterns itself, line by line.
        drops = rule.action == "drop" and not (rule.detector and is_unbound)
        removes = drops or (finding.action == "replace" and not finding.replacement)
        reason = why_kept(finding, keep) if removes else ""
        if drops and not reason and profile.protect and not is_unbound:
            reason = protection(text, lines, finding, rule, dropped)
        if reason:
            skipped.append(Skipped(finding, reason))
        else:
            wanted.append(finding)
    wanted = settled(len(text), wanted, skipped, profile, unbound)
    done = without_overlaps(with_gaps(text, lines, wanted), skipped)
    told = sorted([*done, *_outside_drops(flags, done, skipped)], key=by_place)
    return Decision(edits_of(done), tuple(told), tuple(skipped))


def judge(signals: Signals, rules: Sequence[Rule], profile: Profile) -> list[Finding]:
    """What `rules` for documents say of a cleaned text with these `signals`: findings without a place, by rule."""
    findings = []
    for rule in rules:
        if told := broken(rule, signals):
            reason, score = told
            finding = Finding(rule.id, rule.action, 0, 0, rule.label, f"{rule.summary}: {reason}", "", score=score)
            findings.append(_flagged(finding) if rule.status == "preview" and not profile.trust_preview else finding)
    return sorted(findings, key=lambda finding: finding.rule)


def _told_apart(
    findings: Sequence[Finding],
    rules: Mapping[str, Rule],
    profile: Profile,
    unbound: Collection[str],
    likely: Sequence[tuple[int, int]],
) -> tuple[list[Finding], list[Finding]]:
    """What is to be done, as far as the profile trusts its rule; and what is only told."""
    believed: list[Finding] = []
    flags: list[Finding] = []
    for finding in findings:
        rule = rules[finding.rule]
        if rule.status == "preview" and not profile.trust_preview:
            flags.append(_flagged(finding))
        elif finding.action not in EDITING:
            flags.append(finding)
        elif rule.safety == "safe" or _is_backed(finding, profile, unbound, likely):
            believed.append(finding)
        else:
            flags.append(_flagged(finding))
    return believed, flags


def _is_backed(finding: Finding, profile: Profile, unbound: Collection[str], likely: Sequence[tuple[int, int]]) -> bool:
    """Whether what an `unsafe` rule would do has the profile behind it, the caller, or the chrome model."""
    if profile.unsafe == "apply" or finding.rule in unbound:
        return True
    at = bisect_right(likely, (finding.start, sys.maxsize)) - 1
    return finding.action == "drop" and at >= 0 and finding.end <= likely[at][1]


def _flagged(finding: Finding) -> Finding:
    return finding if finding.action == "flag" else msgspec.structs.replace(finding, action="flag")


def _outside_drops(flags: Sequence[Finding], done: Sequence[Finding], skipped: list[Skipped]) -> list[Finding]:
    """The flags without those of rules that would have dropped what has been dropped anyway."""
    drops = [finding for finding in done if finding.action == "drop"]
    starts = [finding.start for finding in drops]
    kept = []
    for flag in flags:
        at = bisect_right(starts, flag.start) - 1
        if flag.suggestion is None and at >= 0 and flag.end <= drops[at].end and flag.label == "boilerplate":
            skipped.append(Skipped(flag, f"inside what {drops[at].rule} drops"))
        else:
            kept.append(flag)
    return kept
