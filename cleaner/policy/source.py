"""What was found and decided about Markdown as a reader sees it, said of the Markdown itself."""

from collections.abc import Iterator, Sequence

import msgspec

from cleaner.edits import EDITING, Finding, by_place, edits_of, moved_to
from cleaner.markdown import Markdown
from cleaner.policy.decision import Decision, Skipped


def in_source(decision: Decision, markdown: Markdown, raw: Decision) -> Decision:
    """What was decided about Markdown as a reader sees it, as edits of the Markdown itself, and about `raw` markup in it."""
    findings: list[Finding] = []
    skipped = [msgspec.structs.replace(one, finding=placed(one.finding, markdown)[0]) for one in decision.skipped]
    end = 0
    for one in decision.findings:
        finding, whole = placed(one, markdown)
        if one.action == "drop" and not whole and "\n" in one.original:  # of several lines the rest may go
            start, after = markdown.without_half_links(one.start, one.end)
            if markdown.text[start:after].strip():
                finding, whole = placed(msgspec.structs.replace(one, start=start, end=after), markdown)
        if one.action in EDITING:
            # A repair that leaves nothing takes what is no text, such as code, in which brackets are no links.
            if not whole and (one.action == "drop" or one.replacement):
                skipped.append(Skipped(finding, "protected: it has one end of a link and not the other"))
                continue
            if finding.start < end:  # syntax that stands between two edits goes with the first
                finding = moved_to(finding, markdown.source, end, max(end, finding.end))
            end = finding.end
        findings.append(finding)
    findings += _beside(raw.findings, findings, markdown.source)
    findings.sort(key=by_place)
    return Decision(edits_of(findings), tuple(findings), (*skipped, *raw.skipped))


def _beside(findings: Sequence[Finding], others: Sequence[Finding], text: str) -> Iterator[Finding]:
    """Of `findings`, by place and apart, what the edits among the `others`, which are so, too, do not take."""
    edits = [one for one in others if one.action in EDITING]
    at = 0
    for one in findings:
        start = one.start
        while at < len(edits) and edits[at].end <= start:
            at += 1
        behind = at
        while behind < len(edits) and edits[behind].start < one.end:
            if start < edits[behind].start:
                yield moved_to(one, text, start, edits[behind].start)
            start = max(start, edits[behind].end)
            behind += 1
        if start < one.end:
            yield moved_to(one, text, start, one.end)


def placed(finding: Finding, markdown: Markdown) -> tuple[Finding, bool]:
    """A finding about what a reader sees as one about the Markdown, and whether it may be edited there."""
    removes = finding.action in EDITING and not finding.replacement
    find = markdown.place_of_whole if removes else markdown.place
    place = find(finding.start, finding.end)
    return moved_to(finding, markdown.source, place.start, place.end), place.whole
