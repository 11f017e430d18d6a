"""The way of one document: detect, decide, edit."""

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import regex

from cleaner import encoding, garble, markup
from cleaner.edits import EDITING, Finding, OffsetMap, apply, revert
from cleaner.language import Detection, detect
from cleaner.matcher import Matcher
from cleaner.patterns import PatternError, compile_regex
from cleaner.policy import PROFILES, Decision, Profile, Skipped, decide
from cleaner.rules import Problem, Rule, RuleError, Ruleset
from cleaner.signals import Signals, measure
from cleaner.text import Document, Line, cut_lines

MAIN_CONTENT = "main-content"
MISSING_CHARACTER = "missing-character"
DETECTORS = frozenset({*encoding.REPAIRS, MAIN_CONTENT, MISSING_CHARACTER})
"""The names that a rule's `detector` may have."""

_HTML = ("text/html", "application/xhtml+xml")
_MISSING = re.compile("\ufffd+")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A cleaned document and the account of what was done."""

    id: str
    original: str
    """The decoded input; of HTML, the page's text. All offsets are code points into it."""
    text: str
    """The cleaned text."""
    findings: tuple[Finding, ...] = ()
    """By place; those with the action ``drop`` or ``replace`` have been done, in exactly their span."""
    skipped: tuple[Skipped, ...] = ()
    """What would have been done but was not, and why."""
    signals: Signals = msgspec.field(default_factory=dict)
    """Figures about the document, among them ``words``, ``lines``, ``garbled`` (0 to 1) and ``page_kind``."""
    language: str | None = None
    """ISO 639-1; None where the text does not tell."""
    ruleset: str = ""
    """Digest of the rules and settings in force."""
    error: str | None = None
    """Why the document came back unchanged; None where all went well."""

    def revert(self) -> str:
        """The original, rebuilt from `text` and `findings` alone."""
        return revert(self.text, self.findings)


class Detected(msgspec.Struct, frozen=True):
    """What was seen in a document. Offsets are code points into `text`."""

    text: str
    """The decoded document; of HTML, the page's text."""
    lines: Sequence[Line]
    findings: tuple[Finding, ...]
    language: Detection
    charset: str


class Cleaner:
    """Rules and settings made ready; immutable. One serves many threads, and can be pickled.

    Args:
        profile: ``careful``, ``balanced`` or ``strict``, or a `Profile` of your own.
        rules: folders or files of rules; ``"shipped"`` stands for the package's own. None: those alone.
        off: ids of rules to turn off; ``*`` stands for any text (``boilerplate/sharing/*``).
        keep: regular expressions; a line in which one is found is never dropped.
        preview: let rules with the status ``preview`` act.

    Raises `cleaner.rules.RuleError` where a rule file cannot be used, and `ValueError` for an unknown profile, a bad keep
    pattern, or an `off` that fits no rule.
    """

    def __init__(
        self,
        profile: str | Profile = "balanced",
        rules: Sequence[str | Path] | Ruleset | None = None,
        *,
        off: Sequence[str] = (),
        keep: Sequence[str] = (),
        preview: bool = False,
    ) -> None:
        self.profile = _profile(profile, preview=preview)
        self.ruleset = rules if isinstance(rules, Ruleset) else Ruleset.load(rules)
        self.off = tuple(off)
        self.keep = tuple(keep)
        self._keep = tuple(_keep_pattern(pattern) for pattern in keep)
        silent = {rule_id for pattern in off for rule_id in _fitting(pattern, self.ruleset)}
        active = [rule for rule in self.ruleset if rule.id not in silent and self._may_act(rule)]
        self._detectors = _by_detector(active, self.ruleset.files)
        self._unbound = frozenset(rule.id for name, rule in self._detectors.items() if name == MAIN_CONTENT)
        self._repairs = frozenset(self._detectors) & frozenset(encoding.REPAIRS)
        self._matcher = Matcher(self.ruleset, {rule.id for rule in active})

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.profile, self.ruleset, self.off, self.keep)

    def _may_act(self, rule: Rule) -> bool:
        ignored = rule.safety == "unsafe" and self.profile.unsafe == "ignore" and rule.action in EDITING
        return rule.status != "deprecated" and not ignored

    @functools.cached_property
    def digest(self) -> str:
        """A name for exactly these rules and settings."""
        settings = msgspec.json.encode([self.ruleset.digest, self.profile, self.off, self.keep])
        return hashlib.sha256(settings).hexdigest()[:16]

    def clean(
        self,
        text: str | bytes,
        media_type: str = "text/plain",
        *,
        url: str | None = None,
        id: str = "",  # noqa: A002 (what callers say)
        language: str | None = None,
    ) -> Result:
        """Clean one document. Never raises: one that fails comes back unchanged, with `Result.error`.

        Args:
            text: the document; bytes are decoded (see `cleaner.encoding.decode`).
            media_type: ``text/plain`` or ``text/html``.
            url: where it came from, for rules that are bound to a site.
            id: what the caller calls it.
            language: ISO 639-1 where the caller knows it; otherwise it is detected.
        """
        return self.clean_document(Document(id=id, text=text, media_type=media_type, url=url, language=language))

    def clean_document(self, document: Document) -> Result:
        """As `clean`, for a `Document`."""
        try:
            return self._clean(document)
        except Exception as error:  # noqa: BLE001 (the promise of `clean`: nothing raises, and a failure is told)
            message = f"{type(error).__name__}: {error}"
            original = _unchanged(document)
            return Result(id=document.id, original=original, text=original, ruleset=self.digest, error=message)

    def detect(self, document: Document) -> Detected:
        """What all rules in force see in a document, and nothing done about it.

        Raises what `clean` turns into `Result.error`.
        """
        text, charset = _decoded(document)
        findings: list[Finding] = []
        origins: list[Line] = []
        if _is_page(document):
            page = text
            text, origins = markup.page_text(page)
            findings += self._outside_main_content(page, text, origins, document.url)
        repairs = encoding.repair(text, self._repairs) if self._repairs else []
        repaired = apply(text, repairs)
        lines = cut_lines(repaired)
        detection = detect(repaired) if document.language is None else Detection(document.language, 1.0, "nobody")
        host = urlsplit(document.url).hostname if document.url else None
        found = self._matcher.find(repaired, lines, detection.language, host)
        if MISSING_CHARACTER in self._detectors and "\ufffd" in repaired:
            found += (self._finding(MISSING_CHARACTER, repaired, *match.span()) for match in _MISSING.finditer(repaired))
        if repairs:
            offsets = OffsetMap(repairs)
            found = [_moved(finding, offsets, repaired, text) for finding in found]
            lines = [Line(offsets.start(line.start), offsets.end(line.end)) for line in lines]
            findings += (self._finding(edit.rule, text, edit.start, edit.end, edit.replacement) for edit in repairs)
        return Detected(text, _with_origins(lines, origins), (*findings, *found), detection, charset)

    def decide(self, detected: Detected) -> Decision:
        """What the profile makes of the findings."""
        rules = self.ruleset.by_id
        return decide(detected.text, detected.lines, detected.findings, rules, self.profile, self._keep, self._unbound)

    def _clean(self, document: Document) -> Result:
        detected = self.detect(document)
        decision = self.decide(detected)
        text = detected.text
        cleaned = apply(text, decision.edits)
        before = measure(text, detected.lines)
        signals = measure(cleaned, cut_lines(cleaned)) if decision.edits else dict(before)
        signals["before.words"] = before["words"]
        signals["garbled"] = garble.score(decision.findings, int(signals["words"]))
        signals["page_kind"] = "unknown"
        signals["language_certainty"] = detected.language.certainty
        if detected.charset:
            signals["charset"] = detected.charset
        return Result(
            id=document.id,
            original=text,
            text=cleaned,
            findings=decision.findings,
            skipped=decision.skipped,
            signals=signals,
            language=detected.language.language,
            ruleset=self.digest,
        )

    def _outside_main_content(self, page: str, text: str, lines: Sequence[Line], url: str | None) -> list[Finding]:
        if MAIN_CONTENT not in self._detectors:
            return []
        spans = markup.outside_main_content(page, text, lines, url)
        return [self._finding(MAIN_CONTENT, text, start, end) for start, end in spans]

    def _finding(self, detector: str, text: str, start: int, end: int, suggestion: str | None = None) -> Finding:
        rule = self._detectors[detector]
        return Finding(rule.id, rule.action, start, end, rule.label, rule.summary, text[start:end], suggestion)


@functools.cache
def default_cleaner() -> Cleaner:
    """The cleaner that `cleaner.clean` uses: shipped rules, profile ``balanced``."""
    return Cleaner()


def clean(text: str | bytes, media_type: str = "text/plain", *, url: str | None = None) -> Result:
    """Clean one document with the shipped rules and the profile ``balanced``; see `Cleaner.clean`."""
    return default_cleaner().clean(text, media_type, url=url)


def _rebuild(profile: Profile, ruleset: Ruleset, off: tuple[str, ...], keep: tuple[str, ...]) -> Cleaner:
    return Cleaner(profile, ruleset, off=off, keep=keep)


def _is_page(document: Document) -> bool:
    return str(document.media_type).split(";")[0].strip().lower() in _HTML


def _decoded(document: Document) -> tuple[str, str]:
    """The text of a document, or the source of a page; and the charset that its bytes were in, if it was bytes."""
    if isinstance(document.text, str):
        return document.text, ""
    if not isinstance(document.text, bytes | bytearray | memoryview):
        raise TypeError(f"a document is str or bytes, not {type(document.text).__name__}")
    data = bytes(document.text)
    return encoding.decode(data, markup.declared_charset(data) if _is_page(document) else None)


def _unchanged(document: Document) -> str:
    """The text of a document that failed; empty for bytes that are no text."""
    try:
        return _decoded(document)[0]
    except (TypeError, encoding.UndecodableError):
        return ""


def _profile(profile: str | Profile, *, preview: bool) -> Profile:
    if isinstance(profile, Profile):
        chosen = profile
    elif profile in PROFILES:
        chosen = PROFILES[profile]
    else:
        raise ValueError(f"no profile {profile!r}; there are {', '.join(PROFILES)}")
    return msgspec.structs.replace(chosen, trust_preview=True) if preview else chosen


def _keep_pattern(pattern: str) -> "regex.Pattern[str]":
    try:
        return compile_regex(pattern)
    except PatternError as error:
        raise ValueError(f"keep pattern {pattern!r}: {error}") from error


def _fitting(pattern: str, ruleset: Ruleset) -> list[str]:
    """The ids that an `off` pattern fits; raises `ValueError` where there are none."""
    expression = re.compile(".*".join(map(re.escape, pattern.split("*"))))
    if fitting := [rule.id for rule in ruleset if expression.fullmatch(rule.id)]:
        return fitting
    raise ValueError(f"no rule {pattern!r} to turn off")


def _by_detector(rules: Sequence[Rule], files: Mapping[str, str]) -> Mapping[str, Rule]:
    known = ", ".join(sorted(DETECTORS))
    problems = [
        Problem(files[rule.id], rule.id, "detector", f"no detector {rule.detector!r}", f"one of: {known}")
        for rule in rules
        if rule.detector and rule.detector not in DETECTORS
    ]
    if problems:
        raise RuleError(problems)
    return {rule.detector: rule for rule in rules if rule.detector}


def _moved(finding: Finding, offsets: OffsetMap, repaired: str, original: str) -> Finding:
    """A finding about the repaired text as one about the original.

    An edit that begins or ends inside what a repair put there takes the whole repair along, and so puts the rest of it back.
    """
    start, end = offsets.start(finding.start), offsets.end(finding.end)
    moved = msgspec.structs.replace(finding, start=start, end=end, original=original[start:end])
    low, high = offsets.widened(finding.start, finding.end)
    if finding.action not in EDITING or (low, high) == (finding.start, finding.end):
        return moved
    instead = finding.suggestion or "" if finding.action == "replace" else ""
    suggestion = repaired[low : finding.start] + instead + repaired[finding.end : high]
    return msgspec.structs.replace(moved, action="replace", suggestion=suggestion)


def _with_origins(lines: Sequence[Line], origins: Sequence[Line]) -> Sequence[Line]:
    """`lines` with the origin of the line of the page that each lies in."""
    if not origins:
        return lines
    result = []
    index = 0
    for line in lines:
        while index + 1 < len(origins) and origins[index].end <= line.start:
            index += 1
        result.append(Line(line.start, line.end, origins[index].origin))
    return result
