"""What was found and decided about Markdown as a reader sees it, said of the Markdown itself."""

import msgspec

from cleaner.edits import EDITING, Finding, by_place, edits_of, moved_to
from cleaner.markdown import Markdown
from cleaner.policy.decision import Decision, Skipped


def in_source(decision: Decision, markdown: Markdown) -> Decision:
    """What was decided about Markdown as a reader sees it, as edits of the Markdown itself."""
    findings: list[Finding] = []
    skipped = [msgspec.structs.replace(one, finding=placed(one.finding, markdown)[0]) for one in decision.skipped]
    end = 0
    for one in decision.findings:
        finding, whole = placed(one, markdown)
        if one.action in EDITING:
            # A repair that leaves nothing takes what is no text, such as code, in which brackets are no links.
            if not whole and (one.action == "drop" or one.replacement):
                skipped.append(Skipped(finding, "protected: it has one end of a link and not the other"))
                continue
            if finding.start < end:  # syntax that stands between two edits goes with the first
                finding = moved_to(finding, markdown.source, end, max(end, finding.end))
            end = finding.end
        findings.append(finding)
    findings.sort(key=by_place)
    return Decision(edits_of(findings), tuple(findings), tuple(skipped))


def placed(finding: Finding, markdown: Markdown) -> tuple[Finding, bool]:
    """A finding about what a reader sees as one about the Markdown, and whether it may be edited there."""
    removes = finding.action in EDITING and not finding.replacement
    find = markdown.place_of_whole if removes else markdown.place
    place = find(finding.start, finding.end)
    return moved_to(finding, markdown.source, place.start, place.end), place.whole
