"""What is seen in a document, and nothing done about it: all detectors, in their order."""

import functools
import itertools
import operator
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from cleaner import chrome, encoding, garble, markdown, markup
from cleaner.detection.original import Edited, Original
from cleaner.edits import Finding, apart, apply, moved_to
from cleaner.garble import Sibling
from cleaner.garble.deep import Detector
from cleaner.hostile import why_empty
from cleaner.intake import MEDIA_TYPES, Read, bare_media_type, host_of, read
from cleaner.language import Detection, detect, iso_code
from cleaner.markdown import Links, Markdown
from cleaner.markdown.code import with_code
from cleaner.matcher import Matcher
from cleaner.rules import Problem, Rule, RuleError, Ruleset
from cleaner.signals import Survey, find_lines
from cleaner.text import Document, Elements, Line, cut_lines

MAIN_CONTENT = "main-content"
SITE_CHROME = "site-chrome"
NO_TEXT = "no-text"
PAGE_AS_TEXT = "page-as-text"
LINK_MARK = "link-mark"
RAW_MARKUP = "raw-markup"
MISSING_CHARACTER = "missing-character"
GUESSED_CHARSET = "guessed-charset"
MIXED_CHARSETS = "mixed-charsets"
WRONG_DECLARATION = "wrong-declaration"
SIBLINGS = "siblings"
DETECTORS = frozenset(
    {
        *encoding.REPAIRS,
        *encoding.DOUBTS,
        *garble.DETECTORS,
        MAIN_CONTENT,
        SITE_CHROME,
        NO_TEXT,
        PAGE_AS_TEXT,
        LINK_MARK,
        RAW_MARKUP,
        MISSING_CHARACTER,
        GUESSED_CHARSET,
        MIXED_CHARSETS,
        WRONG_DECLARATION,
        SIBLINGS,
    }
)
"""The names that a rule's `detector` may have."""

MODEL, TRAFILATURA = "model", "trafilatura"
"""Who chooses the main content of an HTML page."""

_SAY_HTML = 'to have it read as HTML, say media_type="text/html", --html-field or --stdin html, or name its file .html'
_MISSING = re.compile("\ufffd+")


class Detected(msgspec.Struct, frozen=True):
    """What was seen in a document. Offsets are code points into `text`."""

    text: str
    """The decoded document; of HTML, the page's text; of Markdown, what a reader sees."""
    lines: Sequence[Line]
    findings: tuple[Finding, ...]
    language: Detection
    decoded: encoding.Decoded | None = None
    """How the text was got, where the document was bytes."""
    judged: "Judged | None" = None
    """What the chrome model holds of the lines, where it was asked."""
    garbled: float = 0.0
    """The chance, 0 to 1, that a machine has garbled the document; 0 in a language without data."""
    markdown: Markdown | None = None
    """The Markdown that it was; None for a text without links or raw markup."""
    raw: tuple[Finding, ...] = ()
    """The raw markup in it. Offsets are code points into `markdown.source`."""
    page: markup.Page | None = None
    """The HTML page that it was."""
    extracted: Sequence[bool] | None = None
    """Which lines of that page trafilatura takes for its main content, where it was asked."""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    """What that page says of itself, where asked for."""


class Judged(msgspec.Struct, frozen=True):
    """Lines, and what the chrome model holds of them. Offsets as in `Detected`."""

    lines: Sequence[Line]
    verdict: chrome.Verdict
    evidence: npt.NDArray[np.float32]
    """What rules hold of the lines; see `rule_evidence`."""


class _Seen(NamedTuple):
    """What is seen in a text after its repairs. Offsets are code points into that."""

    findings: list[Finding]
    language: Detection
    judged: Judged | None


class Detectors:
    """All that looks at a document: the rules that may act, and what is behind their detectors. Immutable."""

    def __init__(
        self,
        ruleset: Ruleset,
        active: Sequence[Rule],
        *,
        extractor: str,
        models: Path,
        chrome_in_text: bool,
        metadata: bool,
        deep: bool,
    ) -> None:
        """`active` are the rules of the `ruleset` that may act; the options are those of `cleaner.pipeline.Cleaner`.

        Raises `RuleError` for a detector that is not there.
        """
        self._rules = ruleset.by_id
        self._by_name = _by_detector(active, ruleset.files)
        self._blocks = frozenset(rule.id for rule in active if rule.unit == "block")
        self._line_limits = tuple(rule for rule in active if rule.limits and rule.unit == "line")
        self._repairs = frozenset(self._by_name) & {*encoding.REPAIRS, *encoding.DOUBTS}
        self._ruleset = ruleset
        self._active = tuple(active)
        self._matcher = Matcher(ruleset, {rule.id for rule in active})
        self._extractor = extractor
        self._models = models
        self._judges_text = chrome_in_text and SITE_CHROME in self._by_name
        self._metadata = metadata
        self.deep = Detector.load() if deep and garble.WORD_OUT_OF_PLACE in self._by_name else None
        """The neural layer, where it is wanted."""

    def __contains__(self, detector: str) -> bool:
        return detector in self._by_name

    @functools.cached_property
    def _near_edges(self) -> Matcher:
        """The rules that drop a line for its place, which look twice; made for the first text that needs it."""
        return Matcher(
            self._ruleset,
            {
                rule.id
                for rule in self._active
                if rule.unit == "line" and rule.action == "drop" and (rule.position or rule.repeats)
            },
        )

    def finding(
        self,
        detector: str,
        text: str,
        start: int,
        end: int,
        suggestion: str | None = None,
        *,
        why: str = "",
        score: float | None = None,
    ) -> Finding:
        """What the rule with a `detector` says of a span of `text`."""
        finding = self._by_name[detector].finding(text, start, end, suggestion, score)
        return replace(finding, message=f"{finding.message}: {why}") if why else finding

    def detect(self, document: Document, siblings: Sequence[Sibling] = ()) -> Detected:
        """What all rules in force see in a document, compared with its `siblings`.

        Raises `TypeError` for what is no document, `ValueError` for a language or media type that is not known, and what the
        detectors raise.
        """
        language = iso_code(document.language)
        if bare_media_type(document) not in MEDIA_TYPES:
            raise ValueError(f"no media type {document.media_type!r}; there are {', '.join(MEDIA_TYPES)}")
        came, host = read(document), host_of(document)
        page = came.page
        lines = _lines(came.text) if page is None else page.lines
        code = page.code if page else [(line.start, line.end) for line in lines if line.origin is not None]
        mended = encoding.mend(came.text, self._repairs_of(came), code)
        if mended.edits:
            lines = _lines(mended.text)
        if page is None:
            lines = self._with_lost_breaks(mended.text, lines)
        repaired = Edited(came.text, mended.edits, mended.text)
        seen = self._by_rules(came, repaired, lines, language, host)
        findings = [*seen.findings, *self._beside_rules(mended, seen.language.language, host)]
        original = Original(came, repaired, lines, self._blocks)
        found = original.findings(one for one in findings if one.label != "garbled")
        extracted = None
        if page is None:
            judged = replace(seen.judged, lines=original.lines) if seen.judged else None
        else:
            judged = self._judged(page.text, page.lines, found, page.elements) if self._chooses(MODEL) else None
            extracted = markup.main_content(came.source, page, document.url) if self._chooses(TRAFILATURA) else None
        content = original.by_line(_likely(judged) if judged else extracted)
        phrases = [one for one in findings if one.label == "garbled"]
        quotes = sum(edit.rule == encoding.QUOTES for edit in mended.edits)
        asked = self._asked_of_garble(seen.language.language, host)
        garbled, score = self._garbled(mended.text, lines, phrases, asked, content, quotes)
        repairs = (self.finding(edit.rule, came.text, edit.start, edit.end, edit.replacement) for edit in mended.edits)
        detected = Detected(
            text=came.text,
            lines=original.lines,
            findings=(*self._about_source(came), *repairs, *found, *original.findings(garbled)),
            language=seen.language,
            decoded=came.decoded,
            judged=judged,
            garbled=score,
            markdown=came.markdown,
            raw=tuple(self._about_markdown(came.markdown, seen.language.language, host)) if came.markdown else (),
            page=page,
            extracted=extracted,
            metadata=markup.metadata(came.source, document.url) if page and self._metadata else {},
        )
        return self._beside(detected, content, siblings, host) if siblings else detected

    def _chooses(self, extractor: str) -> bool:
        """Whether it is the `extractor` who chooses the main content of pages."""
        return extractor == self._extractor and MAIN_CONTENT in self

    def _about_source(self, came: Read) -> Iterator[Finding]:
        """What there is to say of a document as it came, beside its text."""
        if came.decoded:
            yield from self._about_bytes(came.decoded)
        page = came.page
        if page is None:
            source = came.source
            is_markdown = came.markdown is not None and came.markdown.raw
            if PAGE_AS_TEXT in self and (
                markup.looks_like_page(source) or (not is_markdown and markup.looks_like_fragment(source))
            ):
                yield self.finding(PAGE_AS_TEXT, "", 0, 0, why=_SAY_HTML)
            return
        if not page.text and NO_TEXT in self:
            yield self.finding(NO_TEXT, "", 0, 0, why=why_empty(came.source))
        if LINK_MARK in self:
            yield from (self.finding(LINK_MARK, page.text, start, end) for start, end in page.marks)

    def _about_markdown(self, came: Markdown, language: str | None, host: str | None) -> Iterator[Finding]:
        """What there is to say of Markdown that a reader does not see."""
        rule = self._by_name.get(RAW_MARKUP)
        if rule and rule.applies(language, host):
            yield from (rule.finding(came.source, start, end, "") for start, end in came.raw)

    def _about_bytes(self, decoded: encoding.Decoded) -> Iterator[Finding]:
        """What there is to say of the charset."""
        charset, certainty = decoded.charset, decoded.certainty
        if GUESSED_CHARSET in self and decoded.by == "detection":
            why = f"{charset} by its spelling, {certainty:.0%} certain"
            yield self.finding(GUESSED_CHARSET, "", 0, 0, charset, why=why, score=certainty)
        if MIXED_CHARSETS in self and (beside := decoded.beside):
            place = f"line {beside.first}" if beside.lines == 1 else f"{beside.lines} lines from line {beside.first} on"
            why = f"{charset}, and {beside.charset} by its spelling on {place}"
            yield self.finding(MIXED_CHARSETS, "", 0, 0, beside.charset, why=why)
        if WRONG_DECLARATION in self and decoded.disbelieved:
            why = f"{charset}, not {decoded.disbelieved}"
            yield self.finding(WRONG_DECLARATION, "", 0, 0, charset, why=why, score=certainty)

    def _repairs_of(self, came: Read) -> frozenset[str]:
        """The repairs for a document. Of a page's text, and of a page's source taken for text, code is a part."""
        is_source = came.page is not None or markup.looks_like_page(came.source)
        return self._repairs - {encoding.PAGE_CODE} if is_source else self._repairs

    def _with_lost_breaks(self, text: str, lines: Sequence[Line]) -> Sequence[Line]:
        """The `lines` of a text, those in pieces that were likely several, where the chrome model is to tell them apart."""
        return chrome.with_lost_breaks(text, lines) if self._judges_text else lines

    def _by_rules(self, came: Read, repaired: Edited, lines: Sequence[Line], language: str | None, host: str | None) -> _Seen:
        """What rules see in a text after its repairs, and the chrome model beside them; of a page, that is asked later."""
        text = repaired.text
        forms = encoding.in_one_form(text)
        formed = Edited(text, forms, apply(text, forms))
        detection = detect(formed.text) if language is None else Detection(language, 1.0)
        formed_lines = self._with_lost_breaks(formed.text, _lines(formed.text)) if forms else lines
        seen = _found(self._matcher, formed.text, formed_lines, detection.language, host)
        found = formed.back(seen)
        judged = None
        if came.page is None and self._judges_text:
            links = came.markdown.links_of(repaired.spans_back(lines)) if came.markdown and came.markdown.links else None
            judged = self._judged(text, lines, found, links=links)
        if judged and len(formed_lines) == len(lines):
            found += formed.back(self._nearer(formed.text, formed_lines, judged, seen, detection.language, host))
        return _Seen(found, detection, judged)

    def _beside_rules(self, mended: encoding.Mended, language: str | None, host: str | None) -> Iterator[Finding]:
        """What is seen in a text after its repairs otherwise: doubts, lines with unusual signals, missing characters."""
        text = mended.text
        yield from (self.finding(one.name, text, one.start, one.end, one.suggestion) for one in mended.doubts)
        if self._line_limits:
            yield from find_lines([rule for rule in self._line_limits if rule.applies(language, host)], Survey(text))[0]
        if MISSING_CHARACTER in self and "\ufffd" in text:
            yield from (self.finding(MISSING_CHARACTER, text, *match.span()) for match in _MISSING.finditer(text))

    def _nearer(
        self, text: str, lines: Sequence[Line], judged: Judged, seen: Sequence[Finding], language: str | None, host: str | None
    ) -> list[Finding]:
        """What rules for a place near an edge have not seen, since lines stand there that are surely chrome.

        A byline below a long menu is at the head of the article all the same; cleaned again, the text would lose it.
        """
        verdict = judged.verdict
        surely = (verdict.content < verdict.cut(only_sure=True)) & ~verdict.headline
        goes = (judged.evidence == 1) | surely
        if not goes.any():
            return []
        known = {(one.rule, one.start) for one in seen}
        stay = [line for line, gone in zip(lines, goes.tolist(), strict=True) if not gone]
        found = _found(self._near_edges, text, stay, language, host)
        return [one for one in found if (one.rule, one.start) not in known]

    def _beside(
        self, detected: Detected, content: Sequence[bool] | None, siblings: Sequence[Sibling], host: str | None
    ) -> Detected:
        """With what siblings have otherwise in its lines of `content`; that goes before what is guessed of the same words."""
        rule = self._by_name.get(SIBLINGS)
        if rule is None or not rule.applies(detected.language.language, host):
            return detected
        text = detected.text if content is None else _only(detected.text, detected.lines, content)
        told = garble.against(text, siblings, rule.id, garbled=detected.garbled)
        guess = self._by_name.get(garble.SYNONYM_SWAP)
        kept = (one for one in detected.findings if guess is None or one.rule != guess.id or apart([one], told))
        return replace(detected, findings=(*told, *kept))

    def _asked_of_garble(self, language: str | None, host: str | None) -> frozenset[str]:
        """Which detectors of garbled text a document is shown to; none where there are no data for its language."""
        if language != garble.LANGUAGE:
            return frozenset()
        known = garble.DETECTORS & self._by_name.keys()
        return frozenset(name for name in known if self._by_name[name].applies(language, host))

    def _garbled(
        self,
        text: str,
        lines: Sequence[Line],
        found: Sequence[Finding],
        asked: Collection[str],
        content: Sequence[bool] | None,
        quotes: int,
    ) -> tuple[list[Finding], float]:
        """What the detectors that are `asked` see in the lines of `content` (None: in all), and `Detected.garbled`.

        So many `quotes` stood on the wrong side of a space. Of the phrases `found` that stand on a list those stay that are
        worth telling; where one stands, it speaks alone.
        """
        if not asked:
            return [*found], 0.0
        if content is not None:
            text, lines = _only(text, lines, content), list(itertools.compress(lines, content))
        listed = [one for one in found if self._rules[one.rule].phrases]
        examined = garble.examine(text, lines, listed, quotes)
        silent = {*map(id, listed)} - {*map(id, examined.listed)}
        kept = [one for one in found if id(one) not in silent]
        kept += (
            self.finding(one.detector, text, one.start, one.end, one.suggestion, why=one.reason, score=one.score)
            for one in examined.seen
            if one.detector in asked and not (self.deep and one.detector == garble.WORD_OUT_OF_PLACE)
        )
        score = examined.score
        # The neural layer knows better which words are out of place; of those in phrases, the phrases tell more.
        if self.deep and garble.WORD_OUT_OF_PLACE in asked:
            words = self.deep.judge(text)
            if words.words:
                score = self.deep.together(score, words.score)
                flags = apart(self.deep.flags(words, prior=score), kept)
                kept += (self.finding(garble.WORD_OUT_OF_PLACE, text, one.start, one.end, score=one.score) for one in flags)
        if garble.DOCUMENT in asked and score >= garble.GARBLED_FROM:
            kept.append(self.finding(garble.DOCUMENT, text, 0, 0, score=score))
        return kept, score

    def _judged(
        self,
        text: str,
        lines: Sequence[Line],
        found: Sequence[Finding],
        elements: Elements | None = None,
        links: Links | None = None,
    ) -> Judged | None:
        """What the chrome model holds of the lines; None where there are none, or too many."""
        if not 0 < len(lines) <= chrome.MAX_LINES:
            return None
        evidence = rule_evidence(found, lines, self._rules)
        verdict = chrome.judge(text, lines, evidence, elements, self._models, links)
        return Judged(lines, verdict, evidence)


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


def rule_evidence(findings: Sequence[Finding], lines: Sequence[Line], rules: Mapping[str, Rule]) -> npt.NDArray[np.float32]:
    """What rules hold of each line: 1 where a `safe` one would drop it, 0.5 where an `unsafe` or untried one would.

    Who drops a part of a line says nothing of the rest.
    """
    evidence = np.zeros(len(lines), np.float32)
    for finding in findings:
        rule = rules[finding.rule]
        if finding.label != "boilerplate" or rule.action != "drop":
            continue
        strength = 1.0 if rule.safety == "safe" and rule.status == "stable" else 0.5
        at = bisect_left(lines, finding.start, key=lambda line: line.start)
        while at < len(lines) and lines[at].end <= finding.end:
            evidence[at] = max(evidence[at], strength)
            at += 1
    return evidence


def _lines(text: str) -> Sequence[Line]:
    """The lines of a text that is no page."""
    return with_code(text, cut_lines(text))


def _found(matcher: Matcher, text: str, lines: Sequence[Line], language: str | None, host: str | None) -> list[Finding]:
    """What rules see, which are written for lines without marks of style; what drops such a line takes its marks along."""
    bare = markdown.without_style(text, lines)
    found = matcher.find(text, bare, language, host)
    styled = [(line, inside) for line, inside in zip(lines, bare, strict=True) if line is not inside]
    if not styled:
        return found
    starts = {inside.start: (inside.end, line.start) for line, inside in styled}
    ends = {inside.end: (inside.start, line.end) for line, inside in styled}
    widened = []
    for one in found:
        inside_end, line_start = starts.get(one.start, (one.end, one.start))
        inside_start, line_end = ends.get(one.end, (one.start, one.end))
        start = line_start if one.end >= inside_end else one.start
        end = line_end if one.start <= inside_start else one.end
        widened.append(moved_to(one, text, start, end) if one.action == "drop" else one)
    return widened


def _likely(judged: Judged) -> list[bool]:
    """Which lines are likely main content, and so what is looked at for garbled phrases.

    Menus and teasers are no prose: what they hold tells nothing of whether a machine has garbled the text, and hides it.
    """
    likely: list[bool] = ((judged.verdict.content >= chrome.LIKELY) & (judged.evidence < 1)).tolist()
    return likely


def _only(text: str, lines: Sequence[Line], kept: Sequence[bool]) -> str:
    """`text` with blank lines in the place of those of its `lines` that are not kept; all offsets stay."""
    parts: list[str] = []
    end = 0
    for line in itertools.compress(lines, map(operator.not_, kept)):
        parts += (text[end : line.start], "\n" * (line.end - line.start))
        end = line.end
    return "".join([*parts, text[end:]])
