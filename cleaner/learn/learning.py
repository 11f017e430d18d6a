"""From the documents of a folder to a rule file."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from cleaner import rulecheck
from cleaner.learn import blocks, headlines, judging, slots, swaps
from cleaner.learn.pages import Reader
from cleaner.learn.proposals import Proposal
from cleaner.learn.recurring import Collection, Recurring
from cleaner.learn.sampling import Kept, Sample, Site
from cleaner.learn.stories import stories
from cleaner.learn.testing import Silence, Tester
from cleaner.learn.writing import name, rule_file
from cleaner.records import Unreadable
from cleaner.report.characters import counted
from cleaner.rules import Problem, RuleError, Ruleset
from cleaner.text import Document

MAX_RULES = 2_000
"""So many rules are proposed, those seen on most pages."""


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned from a folder."""

    rule_file: str
    """The proposed rules as TOML; empty where there are none."""
    rules: int
    documents: int
    """How many were read."""
    different: int
    """How many different texts of them were looked at."""
    sites: int
    """How many sites URLs or ids tell."""
    unreadable: tuple[Unreadable, ...]
    """The first that could not be read."""
    failed: int
    """How many could not."""
    empty: int
    """How many hold no text."""
    known: int
    """How many lines that recur were left out since rules take them already."""
    untested: int
    """How many proposals were left out since no tests could be found that hold."""
    beyond: int
    """How many were left out as more than `MAX_RULES`."""
    kinds: dict[str, int]
    """How many rules there are of each kind."""
    lines: int
    """How many different lines those of the kind ``lines`` take, which have several each."""
    reason: str = ""
    """Why there are none."""


class _Learning:
    """Goes through the samples of a folder."""

    def __init__(self, sample: Sample, ruleset: Ruleset, shipped: Ruleset, told: Callable[[str], None]) -> None:
        self._sample = sample
        self._ruleset = ruleset
        self._reader = Reader(ruleset)
        self._silence = Silence(shipped)
        self._told = told
        self._general: frozenset[str] = frozenset()
        self.known = 0
        self.untested = 0

    def proposals(self) -> list[Proposal]:
        """All that is proposed and has tests: what applies everywhere first, then site by site."""
        found = list(self._of(self._collection(self._sample.across(), None)))
        self._general = frozenset(key for proposal in found for key in proposal.keys)
        for site in self._sample.sites():
            if site.name and site.documents > 1:
                self._told(site.name)
                found += self._of(self._collection(self._sample.of(site), site))
        self._told("versions of one story")
        return [*found, *swaps.proposals(self._sample, self._ruleset, self._silence)]

    def _collection(self, documents: Iterable[Kept], site: Site | None) -> Collection:
        pages = [self._reader.read(kept) for kept in documents]
        groups = stories(pages)
        keys = [page.keys for page in pages]
        free = slots.freed(keys, groups, _rare(keys, groups))
        if free:  # what is no chrome with a slot may be without
            chosen = {one.key for one in judging.chrome(Collection(pages, groups, _with(keys, free), site))}
            free = [one for one in free if one.key in chosen]
        return Collection(pages, groups, _with(keys, free), site)

    def _of(self, collection: Collection) -> Iterator[Proposal]:
        if len(collection.pages) < 2:
            return
        chosen = [self._seen(one) for one in judging.chrome(collection)]
        self.known += sum(one.known for one in chosen)
        tester = Tester(collection, self._silence)
        untested: set[int] = set()
        for proposal in (*blocks.proposals(collection, chosen), *headlines.proposals(collection)):
            # What refers to another rule falls with it.
            if id(proposal.after) in untested or not tester.tested(proposal):
                untested.add(id(proposal))
                self.untested += 1
            else:
                yield proposal

    def _seen(self, one: Recurring) -> Recurring:
        known = one.known or one.key in self._general
        return msgspec.structs.replace(one, known=known)


def _with(keys: Sequence[Sequence[str]], templates: Iterable[slots.Freed]) -> list[list[str]]:
    """The keys of all lines, with those of some templates in place of their own."""
    found = [list(of_page) for of_page in keys]
    for template in templates:
        for page, line in template.places:
            found[page][line] = template.key
    return found


# A line that stands on pages of more groups than this share is what it is, without slots.
_RARE = 0.5


def _rare(keys: Sequence[Sequence[str]], groups: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The lines that stand on few pages as they are."""
    groups_with: dict[str, set[int]] = defaultdict(set)
    for group, of_page in zip(groups, keys, strict=True):
        for key in of_page:
            groups_with[key].add(group)
    most = _RARE * len(set(groups))
    for page, of_page in enumerate(keys):
        for line, key in enumerate(of_page):
            if key and len(groups_with[key]) <= max(most, 1):
                yield page, line


def learn(
    documents: Iterable[Document | Unreadable], ruleset: Ruleset, told: Callable[[str], None] = lambda _: None
) -> Learned:
    """Propose rules from what repeats in `documents`, which are read once.

    `ruleset` is what is known already: what its rules take is left out. `told` is called with what is being looked at.
    """
    unreadable: list[Unreadable] = []
    failed = 0
    shipped = Ruleset.load()
    with Sample() as sample:
        for document in documents:
            if isinstance(document, Unreadable):
                failed += 1
                unreadable = sorted([*unreadable, document], key=lambda one: (one.id, one.error))[:_TOLD]
            else:
                sample.add(document)
        learning = _Learning(sample, ruleset, shipped, told)
        proposals = learning.proposals()
        sites = sample.sites()
        counts = sample.counts
    wanted = {id(one) for one in sorted(proposals, key=lambda one: -one.groups)[:MAX_RULES]}
    kept = [one for one in proposals if id(one) in wanted and (one.after is None or id(one.after) in wanted)]
    name(kept)
    different = sum(site.documents for site in sites)
    named = sum(bool(site.name) for site in sites)
    heading = _heading(different, named)
    held, text = _proved(kept, shipped, heading)
    return Learned(
        rule_file=text if held else "",
        rules=len(held),
        documents=counts.documents,
        different=different,
        sites=named,
        unreadable=tuple(unreadable),
        failed=failed,
        empty=counts.empty,
        known=learning.known,
        untested=learning.untested + len(kept) - len(held),
        beyond=len(proposals) - len(kept),
        kinds=dict(Counter(one.kind for one in held)),
        lines=sum(len(one.keys) for one in held if one.kind == "lines"),
        reason="" if held else _reason(counts.documents, different),
    )


_TOLD = 20


def _heading(different: int, sites: int) -> list[str]:
    whose = f" of {counted(sites, 'site')}" if sites else ""
    return [
        f"Rules that `cleaner learn` proposes from {counted(different, 'different document')}{whose}.",
        "They only flag, unless --preview; read them, delete what is content, and set status and safety of what is not.",
    ]


def _reason(documents: int, different: int) -> str:
    if not documents:
        return "there is no document"
    if not different:
        return "no document holds any text"
    if different == 1:
        return "there is only one text" + (", however often it comes" if documents > 1 else "")
    return "nothing recurs that is surely not content"


def _proved(proposals: Sequence[Proposal], shipped: Ruleset, heading: Sequence[str]) -> tuple[list[Proposal], str]:
    """The proposals that can be loaded and whose tests hold beside the shipped rules, and their rule file."""
    held = list(proposals)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "learned.toml"
        while held:
            text = rule_file(held, heading)
            file.write_text(text, encoding="utf-8")
            wrong = {problem.rule.rpartition("/")[2] for problem in _problems(file, shipped)}
            if not wrong:
                return held, text
            while fallen := [one for one in held if one.name in wrong or (one.after and one.after.name in wrong)]:
                wrong.update(one.name for one in fallen)
                held = [one for one in held if one not in fallen]
    return [], ""


def _problems(file: Path, shipped: Ruleset) -> Iterator[Problem]:
    try:
        learned = Ruleset.load([file])
    except RuleError as error:
        yield from error.problems
        return
    together = Ruleset([*shipped, *learned])
    yield from rulecheck.run_tests(together, [rule.id for rule in learned])
    yield from rulecheck.lint(learned)
