"""What is seen in a document, and nothing done about it: all detectors, in their order."""

import functools
import itertools
import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from cleaner import chrome, encoding, garble, markdown, markup
from cleaner.edits import EDITING, Edit, Finding, OffsetMap, apart, apply
from cleaner.garble import Sibling
from cleaner.garble.deep import Detector
from cleaner.garble.deep import Judged as JudgedWords
from cleaner.hostile import why_empty
from cleaner.language import Detection, detect, known
from cleaner.markdown import Links, Markdown
from cleaner.matcher import Matcher
from cleaner.rules import Problem, Rule, RuleError, Ruleset
from cleaner.signals import Survey, find_lines
from cleaner.text import Document, Elements, Line, cut_lines

MAIN_CONTENT = "main-content"
SITE_CHROME = "site-chrome"
NO_TEXT = "no-text"
PAGE_AS_TEXT = "page-as-text"
LINK_MARK = "link-mark"
MISSING_CHARACTER = "missing-character"
GUESSED_CHARSET = "guessed-charset"
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
        MISSING_CHARACTER,
        GUESSED_CHARSET,
        WRONG_DECLARATION,
        SIBLINGS,
    }
)
"""The names that a rule's `detector` may have."""

MODEL, TRAFILATURA = "model", "trafilatura"
"""Who chooses the main content of an HTML page."""

_HTML = ("text/html", "application/xhtml+xml")
# A text with links is read as Markdown, whichever of the two it is called.
_MEDIA_TYPES = ("text/plain", "text/markdown", *_HTML)
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
    """The Markdown that it was; None for a text without links."""
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
    page: bool
    """Whether it saw the elements of an HTML page."""


class _Read(NamedTuple):
    """A document as text, and what is to be said of how it was got."""

    text: str
    decoded: encoding.Decoded | None
    findings: list[Finding]
    markdown: Markdown | None = None
    page: markup.Page | None = None
    extracted: Sequence[bool] | None = None
    metadata: dict[str, str] | None = None


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
        self._chrome_in_text = chrome_in_text
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

    def finding(self, detector: str, text: str, start: int, end: int, suggestion: str | None = None) -> Finding:
        """What the rule with a `detector` says of a span of `text`."""
        return self._by_name[detector].finding(text, start, end, suggestion)

    def detect(self, document: Document, siblings: Sequence[Sibling] = ()) -> Detected:
        """What all rules in force see in a document, compared with its `siblings`.

        Raises `TypeError` for what is no document, `ValueError` for a language or media type that is not known, and what the
        detectors raise.
        """
        language = known(document.language)
        read = self._read(document)
        lines: Sequence[Line]
        if read.page is not None:
            lines, code = read.page.lines, read.page.code
        else:
            lines = _lines(read.text)
            code = [(line.start, line.end) for line in lines if line.origin is not None]
        mended = encoding.mend(read.text, self._repairs, code)
        if mended.edits:
            lines = _lines(mended.text)
        host = host_of(document)
        chrome_asked = read.page is None and self._chrome_in_text
        links = _links(read.markdown, lines, mended.edits) if read.markdown and chrome_asked else None
        detected = self._in_mended(mended, lines, language, host, links, chrome_asked=chrome_asked)
        judged = self._judged_page(detected, mended.edits, read.page) if read.page is not None else None
        content = _likely_content(detected, mended.edits, judged, read)
        detected = self._with_garbled(detected, content, sum(edit.rule == encoding.QUOTES for edit in mended.edits))
        if mended.edits:
            detected = self._in_original(detected, mended.edits, read.text)
        if siblings:
            detected = self._beside(detected, content, siblings, host)
        if read.page is not None:
            detected = self._on_page(detected, read.page)
        return replace(
            detected,
            findings=(*read.findings, *detected.findings),
            judged=judged or detected.judged,
            decoded=read.decoded,
            markdown=read.markdown,
            page=read.page,
            extracted=read.extracted,
            metadata=read.metadata or {},
        )

    def _read(self, document: Document) -> _Read:
        if bare_media_type(document) not in _MEDIA_TYPES:
            raise ValueError(f"no media type {document.media_type!r}; there are {', '.join(_MEDIA_TYPES)}")
        source, decoded = decode(document)
        findings = self._about_bytes(decoded) if decoded else []
        if not is_page(document):
            if PAGE_AS_TEXT in self and markup.looks_like_page(source):
                finding = self.finding(PAGE_AS_TEXT, "", 0, 0)
                findings.append(replace(finding, message=f"{finding.message}: {_SAY_HTML}"))
            written = markdown.read(source)
            return _Read(written.text if written else source, decoded, findings, markdown=written)
        page = markup.read_page(source)
        if not page.text and NO_TEXT in self:
            finding = self.finding(NO_TEXT, "", 0, 0)
            findings.append(replace(finding, message=f"{finding.message}: {why_empty(source)}"))
        if LINK_MARK in self:
            findings += (self.finding(LINK_MARK, page.text, start, end) for start, end in page.marks)
        asked = self._extractor == TRAFILATURA and MAIN_CONTENT in self
        extracted = markup.main_content(source, page, document.url) if asked else None
        metadata = markup.metadata(source, document.url) if self._metadata else {}
        return _Read(page.text, decoded, findings, page=page, extracted=extracted, metadata=metadata)

    def _in_mended(
        self,
        mended: encoding.Mended,
        lines: Sequence[Line],
        language: str | None,
        host: str | None,
        links: Links | None,
        *,
        chrome_asked: bool,
    ) -> Detected:
        """What is seen in a text after its repairs, with offsets into that."""
        text = mended.text
        forms = encoding.in_one_form(text)
        read = apply(text, forms)
        detection = detect(read) if language is None else Detection(language, 1.0)
        read_lines = _lines(read) if forms else lines
        seen = _found(self._matcher, read, read_lines, detection.language, host)
        offsets = OffsetMap(forms)
        found = [_moved(finding, offsets, read, text) for finding in seen] if forms else seen
        judged = self._judged(text, lines, found, links=links) if chrome_asked and SITE_CHROME in self else None
        if judged and len(read_lines) == len(lines):
            nearer = self._nearer(read, read_lines, judged, seen, detection.language, host)
            found = [*found, *(_moved(finding, offsets, read, text) for finding in nearer)]
        found += (self.finding(one.name, text, one.start, one.end, one.suggestion) for one in mended.doubts)
        if self._line_limits:
            limits = [rule for rule in self._line_limits if rule.applies(detection.language, host)]
            found += find_lines(limits, Survey(text))[0]
        if MISSING_CHARACTER in self and "\ufffd" in text:
            found += (self.finding(MISSING_CHARACTER, text, *match.span()) for match in _MISSING.finditer(text))
        return Detected(text, lines, tuple(found), detection, judged=judged)

    def _nearer(
        self, text: str, lines: Sequence[Line], judged: Judged, seen: Sequence[Finding], language: str | None, host: str | None
    ) -> list[Finding]:
        """What rules for a place near an edge have not seen, since lines stand there that are surely chrome.

        A byline below a long menu is at the head of the article all the same; cleaned again, the text would lose it.
        """
        verdict = judged.verdict
        sure = chrome.cut(verdict, html=False, only_sure=True, models=self._models)
        goes = (judged.evidence == 1) | ((verdict.content < sure) & ~verdict.headline)
        if not goes.any():
            return []
        known = {(one.rule, one.start) for one in seen}
        stay = [line for line, gone in zip(lines, goes.tolist(), strict=True) if not gone]
        found = _found(self._near_edges, text, stay, language, host)
        return [one for one in found if (one.rule, one.start) not in known]

    def _in_original(self, detected: Detected, repairs: Sequence[Edit], text: str) -> Detected:
        """What was seen after the repairs as seen in the original `text`, and the repairs themselves."""
        offsets = OffsetMap(repairs)
        lines = [Line(offsets.start(line.start), offsets.end(line.end), line.origin) for line in detected.lines]
        judged = replace(detected.judged, lines=lines) if detected.judged else None
        told = (self.finding(edit.rule, text, edit.start, edit.end, edit.replacement) for edit in repairs)
        moved = (_moved(finding, offsets, detected.text, text) for finding in detected.findings)
        return replace(detected, text=text, lines=lines, findings=(*told, *moved), judged=judged)

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

    def _on_page(self, detected: Detected, page: markup.Page) -> Detected:
        """With what the elements of the page say of its lines."""
        findings = self._in_elements(detected.findings, page)
        return replace(detected, findings=findings, lines=_with_origins(detected.lines, page.lines))

    def _in_elements(self, findings: Iterable[Finding], page: markup.Page) -> tuple[Finding, ...]:
        return tuple(_in_one_element(one, page) if one.rule in self._blocks else one for one in findings)

    def _judged_page(self, detected: Detected, repairs: Sequence[Edit], page: markup.Page) -> Judged | None:
        """What the chrome model holds of the lines of a page, which it reads as they came; None where it is not asked."""
        if MAIN_CONTENT not in self or self._extractor != MODEL:
            return None
        findings: Iterable[Finding] = detected.findings
        if repairs:
            offsets = OffsetMap(repairs)
            findings = (_moved(one, offsets, detected.text, page.text) for one in findings)
        return self._judged(page.text, page.lines, self._in_elements(findings, page), page.elements)

    def _about_bytes(self, decoded: encoding.Decoded) -> list[Finding]:
        """What there is to say of the charset."""
        told = []
        if GUESSED_CHARSET in self and decoded.by == "detection":
            finding = self.finding(GUESSED_CHARSET, "", 0, 0, decoded.charset)
            message = f"{finding.message}: {decoded.charset} by its spelling, {decoded.certainty:.0%} certain"
            told.append(replace(finding, message=message, score=decoded.certainty))
        if WRONG_DECLARATION in self and decoded.disbelieved:
            finding = self.finding(WRONG_DECLARATION, "", 0, 0, decoded.charset)
            message = f"{finding.message}: {decoded.charset}, not {decoded.disbelieved}"
            told.append(replace(finding, message=message, score=decoded.certainty))
        return told

    def _with_garbled(self, detected: Detected, content: Sequence[bool] | None, quotes: int) -> Detected:
        """With what garbled phrases, words and sentences there are in its lines of `content` (None: in all), and a score.

        So many `quotes` stood on the wrong side of a space. Of the phrases that stand on a list those stay that are worth
        telling; where one stands, it speaks alone.
        """
        language = detected.language.language
        if language != garble.LANGUAGE or self._by_name.keys().isdisjoint(garble.DETECTORS):
            return detected
        text, lines = detected.text, detected.lines
        if content is not None:
            text, lines = _only(text, lines, content), list(itertools.compress(lines, content))
        listed = [one for one in detected.findings if self._rules[one.rule].phrases and one.label == "garbled"]
        examined = garble.examine(text, lines, listed, quotes)
        silent = {*map(id, listed)} - {*map(id, examined.listed)}
        kept = [one for one in detected.findings if id(one) not in silent]
        for seen in examined.seen:
            # The neural layer knows better which words are out of place.
            if seen.detector in self and not (self.deep and seen.detector == garble.WORD_OUT_OF_PLACE):
                flag = self.finding(seen.detector, text, seen.start, seen.end, seen.suggestion)
                kept.append(replace(flag, message=f"{flag.message}: {seen.reason}", score=seen.score))
        words = self._words(text, language)
        score = self.deep.together(examined.score, words.score) if self.deep and words else examined.score
        kept += self._out_of_place(text, words, score, [one for one in kept if one.label == "garbled"])
        if garble.DOCUMENT in self and score >= garble.GARBLED_FROM:
            flag = self.finding(garble.DOCUMENT, text, 0, 0)
            kept.append(replace(flag, score=score))
        return replace(detected, findings=tuple(kept), garbled=score)

    def _words(self, text: str, language: str | None) -> JudgedWords | None:
        """What the neural layer holds of the words; None where it has no say."""
        if self.deep is None or language not in self._by_name[garble.WORD_OUT_OF_PLACE].languages:
            return None
        judged = self.deep.judge(text)
        return judged if judged.words else None

    def _out_of_place(self, text: str, words: JudgedWords | None, garbled: float, phrases: Sequence[Finding]) -> list[Finding]:
        """The words that the neural layer holds to be out of place; of those in phrases, the phrases tell more."""
        flags = self.deep.flags(words, prior=garbled) if self.deep and words else []
        return [
            replace(self.finding(garble.WORD_OUT_OF_PLACE, text, flag.start, flag.end), score=flag.score)
            for flag in apart(flags, phrases)
        ]

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
        return Judged(lines, verdict, evidence, page=elements is not None)


def text_of(document: Document) -> str:
    """The text that the findings of a document would be about; empty where there is none."""
    try:
        text = decode(document)[0]
        return markup.read_page(text).text if is_page(document) else markdown.seen(text)
    except Exception:  # noqa: BLE001 (cleaning the document tells what is wrong with it)
        return ""


def is_page(document: Document) -> bool:
    """Whether a document is HTML."""
    return bare_media_type(document) in _HTML


def bare_media_type(document: Document) -> str:
    """The media type of a document, its parameters left out."""
    return str(document.media_type).split(";")[0].strip().lower()


def host_of(document: Document) -> str | None:
    """The site that a document came from, for rules that are bound to one; None where its address is not one."""
    try:
        return urlsplit(document.url).hostname if document.url else None
    except ValueError:
        return None


def decode(document: Document) -> tuple[str, encoding.Decoded | None]:
    """The text of a document, or the source of a page; and how its bytes were read, if it was bytes."""
    if isinstance(document.text, str):
        return document.text, None
    if not isinstance(document.text, bytes | bytearray | memoryview):
        raise TypeError(f"a document is str or bytes, not {type(document.text).__name__}")
    data = bytes(document.text)
    # What the server says goes before what the page says of itself (HTML standard, 13.2.3.2).
    charset = _CHARSET_PARAMETER.search(str(document.media_type))
    declared = charset[1] if charset else markup.declared_charset(data) if is_page(document) else None
    decoded = encoding.read_bytes(data, declared)
    return decoded.text, decoded


_CHARSET_PARAMETER = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def unchanged(document: Document) -> str:
    """The text of a document that failed, of a page its source; empty for bytes that are no text."""
    try:
        return decode(document)[0]
    except (TypeError, encoding.UndecodableError):
        return ""


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
    return markdown.with_code(text, cut_lines(text))


def _links(written: Markdown, lines: Sequence[Line], repairs: Sequence[Edit]) -> Links:
    """The links in `lines` of what a reader sees of Markdown, after its `repairs`."""
    offsets = OffsetMap(repairs)
    return written.links_of([(offsets.start(line.start), offsets.end(line.end)) for line in lines])


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
        widened.append(replace(one, start=start, end=end, original=text[start:end]) if one.action == "drop" else one)
    return widened


def _moved(finding: Finding, offsets: OffsetMap, repaired: str, original: str) -> Finding:
    """A finding about the repaired text as one about the original.

    An edit that begins or ends inside what a repair put there takes the whole repair along, and so puts the rest of it back,
    unless that is white space.
    """
    start, end = offsets.start(finding.start), offsets.end(finding.end)
    moved = replace(finding, start=start, end=end, original=original[start:end])
    low, high = offsets.widened(finding.start, finding.end)
    if finding.action not in EDITING or (low, high) == (finding.start, finding.end):
        return moved
    suggestion = repaired[low : finding.start] + finding.replacement + repaired[finding.end : high]
    if finding.action == "drop" and not suggestion.strip():
        return moved
    return replace(moved, action="replace", suggestion=suggestion)


def _in_one_element(block: Finding, page: markup.Page) -> Finding:
    """A block that rules saw in the text of a page, as far as the innermost element that goes on behind its first line.

    Its lines alone do not tell a list of links that is set into an article from the paragraph behind it. What begins in a
    footer ends where they say.
    """
    lines, elements = page.lines, page.elements
    first = bisect_right(lines, block.start, key=lambda line: line.start) - 1
    element = elements.of_line[first]
    if elements.kinds[element] & (1 << elements.KINDS.index("footer")):
        return block
    while element > 0 and elements.end_line[element] <= first + 1:
        element = elements.parent[element]
    end = min(block.end, lines[elements.end_line[element] - 1].end)
    return block if end == block.end else replace(block, end=end, original=page.text[block.start : end])


def _likely_content(detected: Detected, repairs: Sequence[Edit], judged: Judged | None, read: _Read) -> Sequence[bool] | None:
    """Which lines of a document are likely its main content, as far as anybody was asked; None where nobody was.

    Menus and teasers are no prose: what they hold tells nothing of whether a machine has garbled the text, and hides it.
    """
    if read.page is None:
        return _likely(detected.judged) if detected.judged else None
    of_page = _likely(judged) if judged else read.extracted
    if of_page is None or not repairs:
        return of_page
    offsets, starts = OffsetMap(repairs), [line.start for line in read.page.lines]
    return [of_page[bisect_right(starts, offsets.start(line.start)) - 1] for line in detected.lines]


def _likely(judged: Judged) -> list[bool]:
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


def _with_origins(lines: Sequence[Line], origins: Sequence[Line]) -> Sequence[Line]:
    """`lines` with the origin of the line of the page that each lies in."""
    if not origins or lines is origins:
        return lines
    result = []
    index = 0
    for line in lines:
        while index + 1 < len(origins) and origins[index].end <= line.start:
            index += 1
        result.append(Line(line.start, line.end, origins[index].origin))
    return result
