"""Proposed rules as a rule file."""

from collections.abc import Iterable, Iterator, Sequence

from cleaner.learn.proposals import Proposal, Trial
from cleaner.rules.writing import comment, pairs, slug

_NAME_LENGTH = 60


def name(proposals: Iterable[Proposal]) -> None:
    """Give each proposal a name of its own, made of its site and its words."""
    taken: dict[str, int] = {}
    for proposal in proposals:
        words = proposal.words if slug(proposal.words) else proposal.kind
        stem = slug(f"{proposal.seen.domain} {words}")[:_NAME_LENGTH].strip("-")
        taken[stem] = taken.get(stem, 0) + 1
        proposal.name = stem if taken[stem] == 1 else f"{stem}-no-{taken[stem]}"


def rule_file(proposals: Iterable[Proposal], heading: Sequence[str]) -> str:
    """The rule file with these rules, `heading` standing above as comments."""
    lines = [comment(line) for line in heading]
    for proposal in proposals:
        lines += ["", *_table(proposal)]
    return "\n".join(lines) + "\n"


def _table(proposal: Proposal) -> Iterator[str]:
    yield comment(proposal.evidence)
    yield "[[rule]]"
    yield from pairs(
        {
            "name": proposal.name,
            "summary": proposal.summary,
            "domains": [f"*.{proposal.seen.domain}"] if proposal.seen.domain else None,
            "after": proposal.after.name if proposal.after else None,
            **proposal.fields,
            "action": proposal.action,
            "label": proposal.label,
            "status": "preview",
            "source": proposal.seen.source,
        }
    )
    if proposal.phrases:
        yield "[rule.phrases]"
        yield from pairs(proposal.phrases)
    for kind, test in (("example", proposal.example), ("counterexample", proposal.counterexample)):
        if test:
            yield from _test(kind, test)


def _test(kind: str, test: Trial) -> Iterator[str]:
    if test.why:
        yield comment(f"{test.why[0].upper()}{test.why[1:]}.")
    yield f"[[rule.{kind}]]"
    yield from pairs(
        {
            "text": _text(test.lines),
            "result": None if test.result is None else _text(test.result),
            "find": None if test.find is None else list(test.find),
        }
    )


def _text(lines: Sequence[str]) -> str:
    """Lines as the text of a test: one stands alone, several begin on a line of their own."""
    return lines[0] if len(lines) == 1 else "".join(f"{line}\n" for line in lines)
