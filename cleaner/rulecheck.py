"""Rules held to their word: their own tests, and what they cost."""

import functools
import time
from collections.abc import Iterator, Sequence

import msgspec

from cleaner.detection import SITE_CHROME, Detected
from cleaner.edits import Finding, apply
from cleaner.garble import WORD_OUT_OF_PLACE, Sibling
from cleaner.garble.deep import installed
from cleaner.patterns import compile_regex, parse
from cleaner.pipeline import Cleaner
from cleaner.policy import Profile, decide
from cleaner.rules import Counterexample, Example, Problem, Rule, Ruleset
from cleaner.text import Document

TESTING = Profile(name="testing", unsafe="apply", trust_preview=True, protect=False)
"""Acts on whatever a rule says, so that an example shows the rule and not the profile."""
WITH_CHROME = msgspec.structs.replace(TESTING, chrome="best")
"""Asks the chrome model, too, which looks at documents as wholes: the tests of other rules are too short for it."""

# A pattern must get through this much hostile text, made from its own examples, in this time (seconds); a line rule through
# a line as long as it ever sees.
HOSTILE_CHARACTERS = 4_000
HOSTILE_SECONDS = 0.5
# Candidates for each 1,000 characters of the rules' own counterexamples, which hold far more of the words of site chrome
# than other prose does. The shipped rules stay below 3.5; a rule that looks for "the" has 12.
MAX_CANDIDATES = 5.0


def run_tests(ruleset: Ruleset, only: Sequence[str] = ()) -> Iterator[Problem]:
    """What does not hold of the rules' own tests; of the rules whose ids are in `only`, if any.

    Each example's result is exact and no longer triggers the rule, and on a counterexample every stable rule is silent. Rules
    that look at documents as wholes, and sets of quality rules, speak of most short texts: their tests are for them alone.
    """
    yield from map(ruleset.located, _failures(ruleset, only))


def _failures(ruleset: Ruleset, only: Sequence[str]) -> Iterator[Problem]:
    others = Ruleset(rule for rule in ruleset if not _stands_alone(rule))
    cleaner_of = functools.cache(functools.partial(Cleaner, rules=others))  # few rules want both of them
    for rule in ruleset:
        if rule.status == "deprecated" or (only and rule.id not in only):
            continue
        if _stands_alone(rule):
            yield from _tested_alone(rule, ruleset)
            continue
        if rule.detector == WORD_OUT_OF_PLACE:
            if not installed():  # what is not installed is not tested
                continue
            cleaner = Cleaner(TESTING, ruleset, deep=True)
        else:
            cleaner = cleaner_of(WITH_CHROME if rule.detector == SITE_CHROME else TESTING)
        for field, test in rule.tests:
            if isinstance(test, Example):
                yield from _example(cleaner, rule, field, test)
                continue
            for finding in _seen(cleaner, _document(rule, test.text), test.sibling)[1]:
                if ruleset.by_id[finding.rule].status == "stable" or finding.rule == rule.id:
                    yield Problem("", rule.id, field, f"{finding.rule} acts on {finding.original[:80]!r}")


def _stands_alone(rule: Rule) -> bool:
    return bool(rule.limits or rule.quality_set)


def _tested_alone(rule: Rule, ruleset: Ruleset) -> Iterator[Problem]:
    """What does not hold of the tests of a rule when only it acts, or for a whole document it and the rules of its file."""
    family = [one for one in ruleset if one.id.rpartition("/")[0] == rule.id.rpartition("/")[0]]
    together = Ruleset(family if rule.unit == "document" else [rule])
    cleaner = Cleaner(TESTING, together, quality=[rule.quality_set] if rule.quality_set else ())
    for field, test in rule.tests:
        text = test.text * test.times
        result = cleaner.clean_document(_document(rule, text))
        if result.error:
            yield Problem("", rule.id, field, result.error)
            continue
        own = [finding for finding in result.findings if finding.rule == rule.id]
        if isinstance(test, Counterexample):
            yield from (Problem("", rule.id, field, f"acts: {finding.message}") for finding in own)
        elif not own:
            yield Problem("", rule.id, field, "does not act")
        elif rule.unit != "document":
            yield from _example(cleaner, rule, field, msgspec.structs.replace(test, text=text))


def _document(rule: Rule, text: str, media_type: str = "text/plain", charset: str | None = None) -> Document:
    """A test's text, in the first language and from the first domain that the rule is meant for; as bytes in `charset`."""
    url = f"https://{rule.domains[0].removeprefix('*.')}/" if rule.domains else None
    language = rule.languages[0] if rule.languages else None
    source = text.strip("\n").encode(charset, "replace") if charset else text.strip("\n")
    return Document(text=source, media_type=media_type, url=url, language=language)


def _example(cleaner: Cleaner, rule: Rule, field: str, example: Example) -> Iterator[Problem]:
    document = _document(rule, example.text, example.media_type, example.charset)
    try:
        detected, findings = _seen(cleaner, document, example.sibling)
    except ValueError as error:  # a media type that there is not, or bytes that are no text
        yield Problem("", rule.id, field, str(error))
        return
    own = [finding for finding in findings if finding.rule == rule.id]
    if example.find is not None:
        found = tuple(finding.original for finding in own)
        if found != example.find:
            yield Problem("", rule.id, field, f"finds {found}, not {example.find}")
        return
    outcome = _outcome(cleaner, detected, own)
    if outcome != (example.result or "").strip("\n"):
        yield Problem("", rule.id, field, f"gives {outcome!r}", f"expected {example.result!r}")
    if any(finding.rule == rule.id for finding in _seen(cleaner, _document(rule, outcome))[1]):
        yield Problem("", rule.id, field, "the result triggers the rule again")


def _seen(cleaner: Cleaner, document: Document, sibling: str | None = None) -> tuple[Detected, list[Finding]]:
    detected = cleaner.detect(document, [Sibling("sibling", sibling.strip("\n"))] if sibling else ())
    return detected, [*detected.findings, *detected.raw, *cleaner.chrome_findings(detected)]


def _outcome(cleaner: Cleaner, detected: Detected, own: Sequence[Finding]) -> str:
    text, lines = detected.text, detected.lines
    if own and detected.markdown and own == [*detected.raw]:  # which is found in the Markdown, all else in what is seen of it
        text, lines = detected.markdown.source, ()
    return apply(text, decide(text, lines, own, cleaner.ruleset.by_id, TESTING).edits)


def lint(ruleset: Ruleset, only: Sequence[str] = ()) -> Iterator[Problem]:
    """What is risky in the rules, or in those whose ids are in `only`: backtracking without end, too many a "maybe"."""
    yield from map(ruleset.located, _risks(ruleset, only))


def _risks(ruleset: Ruleset, only: Sequence[str]) -> Iterator[Problem]:
    prose = "\n".join(counterexample.text for rule in ruleset for counterexample in rule.counterexamples).casefold()
    for rule in ruleset:
        if only and rule.id not in only:
            continue
        patterns = [("pattern", rule.pattern), ("until", rule.until)]
        patterns += [(f"cues[{index}].pattern", cue.pattern) for index, cue in enumerate(rule.cues)]
        for field, source in patterns:
            if source is None:
                continue
            if parse(source, whole_line=rule.unit != "span").nested_repeat:
                hint = "bound the inner repeat, such as {1,40}"
                yield Problem("", rule.id, field, "an unbounded repeat inside another backtracks without end", hint)
            elif hostile := _hostile(rule, source):
                message = f"takes more than {HOSTILE_SECONDS} s on {len(hostile)} characters such as {hostile[:40]!r}…"
                yield Problem("", rule.id, field, message, "bound what repeats, and let no two parts match the same text")
        candidates = 1_000 * _candidates(rule, prose) / max(len(prose), 1)
        if candidates > MAX_CANDIDATES:
            message = f"{candidates:.1f} candidates in 1,000 characters of prose, over {MAX_CANDIDATES}"
            yield Problem("", rule.id, "pattern", message, "give it rarer words, or say where it stands")


def _hostile(rule: Rule, source: str) -> str:
    """A text made from the rule's examples on which the pattern takes too long; empty where there is none."""
    compiled = compile_regex(source)
    longest = int(min(rule.longest_line, HOSTILE_CHARACTERS)) if rule.unit == "line" else HOSTILE_CHARACTERS
    seeds = {line.strip() for example in rule.examples for line in example.text.splitlines() if line.strip()}
    seeds |= {"a", "a ", "Aa ", "1 ", " ", "a, "}
    for seed in sorted(seeds):
        text = (seed * (longest // len(seed) + 1))[:longest].strip() + "\x00"
        started = time.perf_counter()
        try:
            compiled.fullmatch(text, timeout=HOSTILE_SECONDS)
            compiled.search(text, timeout=HOSTILE_SECONDS)
        except TimeoutError:
            return text
        if time.perf_counter() - started > 2 * HOSTILE_SECONDS:
            return text
    return ""


def _candidates(rule: Rule, prose: str) -> int:
    if rule.anchored:
        return 0
    patterns = [rule.parsed] if rule.parsed else [parse(cue.pattern) for cue in rule.sought_cues]
    literals = [literal for pattern in patterns for literal in pattern.literals]
    literals += [phrase.literal for phrase in rule.phrases]
    return sum(prose.count(literal.casefold()) for literal in literals)
