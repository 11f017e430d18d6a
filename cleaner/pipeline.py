"""The way of one document: detect, decide, edit."""

import functools
import hashlib
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
import numpy as np
import numpy.typing as npt
import regex

from cleaner import chrome, encoding, garble, markup
from cleaner.edits import EDITING, Finding, OffsetMap, apply, revert
from cleaner.garble import Sibling
from cleaner.garble.deep import Detector
from cleaner.garble.deep import Judged as JudgedWords
from cleaner.hostile import why_empty
from cleaner.language import Detection, detect
from cleaner.matcher import Matcher
from cleaner.patterns import PatternError, compile_regex
from cleaner.policy import KEEP_SECONDS, PROFILES, Decision, Profile, Skipped, decide, judge
from cleaner.rules import Problem, Rule, RuleError, Ruleset
from cleaner.signals import REMOVED, Signals, Survey, counts, find_lines, measure, removed, unknown_signals
from cleaner.text import Document, Elements, Line, cut_lines

MAIN_CONTENT = "main-content"
SITE_CHROME = "site-chrome"
NO_TEXT = "no-text"
MISSING_CHARACTER = "missing-character"
GUESSED_CHARSET = "guessed-charset"
WRONG_DECLARATION = "wrong-declaration"
WORD_OUT_OF_PLACE = "word-out-of-place"
SIBLINGS = "siblings"
DETECTORS = frozenset(
    {
        *encoding.REPAIRS,
        *encoding.DOUBTS,
        *garble.DETECTORS,
        MAIN_CONTENT,
        SITE_CHROME,
        NO_TEXT,
        MISSING_CHARACTER,
        GUESSED_CHARSET,
        WRONG_DECLARATION,
        WORD_OUT_OF_PLACE,
        SIBLINGS,
    }
)
"""The names that a rule's `detector` may have."""

MODEL, TRAFILATURA = "model", "trafilatura"
"""Who chooses the main content of an HTML page."""

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
    """Figures about the document, among them ``words``, ``lines``, ``garbled`` (0 to 1) and ``page_kind``.

    Those of the text are of the cleaned one; with ``before.`` before their names, of the text as it came.
    """
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    """What an HTML page says of itself, where asked for; see `cleaner.markup.metadata`."""
    markdown: str | None = None
    """The cleaned text of an HTML page as Markdown, where asked for."""
    language: str | None = None
    """ISO 639-1; None where the text does not tell."""
    ruleset: str = ""
    """Digest of the rules and settings in force."""
    error: str | None = None
    """Why the document came back unchanged; None where all went well."""

    @property
    def rejected(self) -> bool:
        """Whether a rule would reject the document; the findings with the action ``reject`` say which, and why."""
        return any(finding.action == "reject" for finding in self.findings)

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
    decoded: encoding.Decoded | None
    """How the text was got, where the document was bytes."""
    judged: "Judged | None" = None
    """What the chrome model holds of the lines, where it was asked."""
    garbled: float = 0.0
    """The chance, 0 to 1, that a machine has garbled the document; 0 in a language without data."""
    page: markup.Page | None = None
    """The HTML page that it was."""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    """What that page says of itself, where asked for."""
    survey: Survey | None = None
    """The parts of `text`, where they are known."""


class Judged(msgspec.Struct, frozen=True):
    """Lines, and what the chrome model holds of them. Offsets as in `Detected`."""

    lines: Sequence[Line]
    verdict: chrome.Verdict
    evidence: npt.NDArray[np.float32]
    """What rules hold of the lines; see `rule_evidence`."""
    page: bool
    """Whether it saw the elements of an HTML page."""


class Cleaner:
    """Rules and settings made ready; immutable. One serves many threads, and can be pickled.

    Args:
        profile: ``careful``, ``balanced`` or ``strict``, or a `Profile` of your own.
        rules: folders or files of rules; ``"shipped"`` stands for the package's own. None: those alone.
        off: ids of rules to turn off; ``*`` stands for any text (``boilerplate/sharing/*``).
        keep: regular expressions; a line in which one is found is never dropped.
        preview: let rules with the status ``preview`` act.
        extractor: who chooses the main content of an HTML page, ``model`` or ``trafilatura``.
        models: a folder with weights of your own (see `benchmarks/train_chrome.py`).
        deep: also look for words out of place, by a small neural model (`cleaner.garble.deep`; needs the extra ``deep``).
        metadata: read title, author, date, language and site of HTML pages into `Result.metadata`; takes as long as all else.
        markdown: write what is left of HTML pages as Markdown too, into `Result.markdown`.
        quality: sets of quality rules to hold documents to, such as ``fineweb``: rule files in a folder ``quality``.
        signals: measure all that `cleaner.signals.DEFINITIONS` names, before and after cleaning, also without quality rules.

    Raises `cleaner.rules.RuleError` where a rule file cannot be used, and `ValueError` for an unknown profile or quality set, a
    bad keep pattern, or an `off` that fits no rule; `cleaner.garble.deep.DeepExtraMissingError` where the extra ``deep`` is
    missing.
    """

    def __init__(
        self,
        profile: str | Profile = "balanced",
        rules: Sequence[str | Path] | Ruleset | None = None,
        *,
        off: Sequence[str] = (),
        keep: Sequence[str] = (),
        preview: bool = False,
        extractor: Literal["model", "trafilatura"] = "model",
        models: str | Path | None = None,
        deep: bool = False,
        metadata: bool = False,
        markdown: bool = False,
        quality: Sequence[str] = (),
        signals: bool = False,
    ) -> None:
        if extractor not in (MODEL, TRAFILATURA):
            raise ValueError(f"no extractor {extractor!r}; there are {MODEL}, {TRAFILATURA}")
        self.extractor = extractor
        self.metadata = metadata
        self.markdown = markdown
        self.models = Path(models) if models else chrome.MODELS
        self.profile = _profile(profile, preview=preview)
        self.ruleset = rules if isinstance(rules, Ruleset) else Ruleset.load(rules)
        self.off = tuple(off)
        self.keep = tuple(keep)
        self._keep = tuple(_keep_pattern(pattern) for pattern in keep)
        self.quality = _known_sets(quality, self.ruleset)
        self.signals = signals
        silent = {rule_id for pattern in off for rule_id in _fitting(pattern, self.ruleset)}
        active = [rule for rule in self.ruleset if rule.id not in silent and self._may_act(rule)]
        self._detectors = _by_detector(active, self.ruleset.files)
        self._unbound = frozenset(rule.id for rule in active if rule.quality_set or rule.detector == MAIN_CONTENT)
        if problems := list(unknown_signals(self.ruleset.rules, self.ruleset.files)):
            raise RuleError(problems)
        self._line_limits = tuple(rule for rule in active if rule.limits and rule.unit == "line")
        self._document_limits = tuple(rule for rule in active if rule.limits and rule.unit == "document")
        self._repairs = frozenset(self._detectors) & {*encoding.REPAIRS, *encoding.DOUBTS}
        self._matcher = Matcher(self.ruleset, {rule.id for rule in active})
        self.deep = deep
        self._deep = Detector.load() if deep and WORD_OUT_OF_PLACE in self._detectors else None

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.digest, self.profile, self.ruleset, {**self._options, "models": self.models})

    @property
    def _options(self) -> dict[str, Any]:
        """What beside profile, rules and models changes a result."""
        names = ("off", "keep", "extractor", "metadata", "markdown", "deep", "quality", "signals")
        return {name: getattr(self, name) for name in names}

    def _may_act(self, rule: Rule) -> bool:
        if rule.quality_set:
            return rule.quality_set in self.quality and rule.status != "deprecated"
        ignored = rule.safety == "unsafe" and self.profile.unsafe == "ignore" and rule.action in EDITING
        return rule.status != "deprecated" and not ignored

    @functools.cached_property
    def digest(self) -> str:
        """A name for exactly these rules and settings."""
        models = [chrome.digest(self.models), garble.digest(), self._deep.digest if self._deep else ""]
        settings = [self.ruleset.digest, self.profile, self._options, models]
        return hashlib.sha256(msgspec.json.encode(settings)).hexdigest()[:16]

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
            text: the document; bytes are decoded (see `cleaner.encoding.read_bytes`).
            media_type: ``text/plain`` or ``text/html``; also with the server's charset (``text/html; charset=koi8-r``).
            url: where it came from, for rules that are bound to a site.
            id: what the caller calls it.
            language: ISO 639-1 where the caller knows it; otherwise it is detected.
        """
        return self.clean_document(Document(id=id, text=text, media_type=media_type, url=url, language=language))

    def clean_document(self, document: Document, siblings: Sequence[Sibling] = ()) -> Result:
        """As `clean`, for a `Document`; against `siblings`, other versions of its text (see `cleaner.garble.siblings`)."""
        try:
            return self._clean(document, siblings)
        except Exception as error:  # noqa: BLE001 (the promise of `clean`: nothing raises, and a failure is told)
            message = f"{type(error).__name__}: {error}"
            original = _unchanged(document)
            return Result(id=document.id, original=original, text=original, ruleset=self.digest, error=message)

    @property
    def compares_siblings(self) -> bool:
        """Whether a document's siblings can make any difference."""
        return SIBLINGS in self._detectors

    def text_of(self, document: Document) -> str:
        """The text that the findings of a document would be about; empty where there is none."""
        try:
            text = _decoded(document)[0]
            return markup.read_page(text).text if _is_page(document) else text
        except Exception:  # noqa: BLE001 (cleaning the document tells what is wrong with it)
            return ""

    def detect(self, document: Document, siblings: Sequence[Sibling] = ()) -> Detected:
        """What all rules in force see in a document, and nothing done about it.

        Raises what `clean` turns into `Result.error`.
        """
        text, decoded = _decoded(document)
        findings: list[Finding] = self._about_bytes(decoded) if decoded else []
        page: markup.Page | None = None
        metadata: dict[str, str] = {}
        if _is_page(document):
            source = text
            page = markup.read_page(source)
            if self.metadata:
                metadata = markup.metadata(source, document.url)
            text = page.text
            if not text and NO_TEXT in self._detectors:
                finding = self._finding(NO_TEXT, text, 0, 0)
                findings.append(msgspec.structs.replace(finding, message=f"{finding.message}: {why_empty(source)}"))
            if self.extractor == TRAFILATURA:
                findings += self._outside_main_content(source, page, document.url)
        mended = encoding.mend(text, self._repairs)
        repairs, repaired = mended.edits, mended.text
        lines: Sequence[Line] = cut_lines(repaired)
        detection = detect(repaired) if document.language is None else Detection(document.language, 1.0, "nobody")
        host = _host(document)
        found = self._matcher.find(repaired, lines, detection.language, host)
        judged = self._judged(repaired, lines, found) if page is None else None
        quotes = sum(edit.rule == encoding.QUOTES for edit in repairs)
        words = self._words(repaired, detection.language)
        garbled, found = self._garbled(repaired, lines, found, detection.language, quotes, words)
        found += self._out_of_place(repaired, words, garbled)
        found += (self._finding(one.name, repaired, one.start, one.end, one.suggestion) for one in mended.doubts)
        survey = Survey(repaired) if self._line_limits else None
        found += self._by_signals(survey, lines, detection.language, host)
        if MISSING_CHARACTER in self._detectors and "\ufffd" in repaired:
            found += (self._finding(MISSING_CHARACTER, repaired, *match.span()) for match in _MISSING.finditer(repaired))
        if repairs:
            survey = None
            offsets = OffsetMap(repairs)
            found = [_moved(finding, offsets, repaired, text) for finding in found]
            lines = [Line(offsets.start(line.start), offsets.end(line.end)) for line in lines]
            findings += (self._finding(edit.rule, text, edit.start, edit.end, edit.replacement) for edit in repairs)
            if judged:
                judged = msgspec.structs.replace(judged, lines=lines)
        if siblings and (rule := self._detectors.get(SIBLINGS)) and rule.applies(detection.language, host):
            told = garble.against(text, siblings, rule.id, garbled=garbled)
            found = self._without_guesses(found, told)
            findings += told
        if page is not None:
            judged = self._judged(text, page.lines, found, page.elements)
            lines = _with_origins(lines, page.lines)
        return Detected(text, lines, (*findings, *found), detection, decoded, judged, garbled, page, metadata, survey)

    def _about_bytes(self, decoded: encoding.Decoded) -> list[Finding]:
        """What there is to say of the charset."""
        told = []
        if GUESSED_CHARSET in self._detectors and decoded.by == "detection":
            finding = self._finding(GUESSED_CHARSET, "", 0, 0, decoded.charset)
            message = f"{finding.message}: {decoded.charset} by its spelling, {decoded.certainty:.0%} certain"
            told.append(msgspec.structs.replace(finding, message=message, score=decoded.certainty))
        if WRONG_DECLARATION in self._detectors and decoded.disbelieved:
            finding = self._finding(WRONG_DECLARATION, "", 0, 0, decoded.charset)
            message = f"{finding.message}: {decoded.charset}, not {decoded.disbelieved}"
            told.append(msgspec.structs.replace(finding, message=message, score=decoded.certainty))
        return told

    def _garbled(
        self,
        text: str,
        lines: Sequence[Line],
        found: list[Finding],
        language: str | None,
        quotes: int,
        words: JudgedWords | None,
    ) -> tuple[float, list[Finding]]:
        """How garbled a document is, and what was found with what its garbled phrases and sentences add.

        Of the phrases that stand on a list those stay that are worth telling; where one stands, it speaks alone.
        """
        if language != garble.LANGUAGE or self._detectors.keys().isdisjoint(garble.DETECTORS):
            return 0.0, found
        rules = self.ruleset.by_id
        listed = [one for one in found if rules[one.rule].phrases and one.label == "garbled"]
        examined = garble.examine(text, lines, listed, quotes)
        silent = {*map(id, listed)} - {*map(id, examined.listed)}
        kept = [one for one in found if id(one) not in silent]
        for seen in examined.seen:
            if seen.detector in self._detectors:
                flag = self._finding(seen.detector, text, seen.start, seen.end, seen.suggestion)
                kept.append(msgspec.structs.replace(flag, message=f"{flag.message}: {seen.reason}", score=seen.score))
        score = self._deep.together(examined.score, words.score) if self._deep and words else examined.score
        if garble.DOCUMENT in self._detectors and score >= garble.GARBLED_FROM:
            flag = self._finding(garble.DOCUMENT, text, 0, 0)
            kept.append(msgspec.structs.replace(flag, score=score))
        return score, kept

    def _by_signals(
        self, survey: Survey | None, lines: Sequence[Line], language: str | None, host: str | None
    ) -> list[Finding]:
        """What rules for lines say that look at signals; `survey` is of the text, and there where there are such rules."""
        rules = [rule for rule in self._line_limits if rule.applies(language, host)]
        return list(find_lines(rules, survey, lines)) if survey else []

    def _without_guesses(self, found: Sequence[Finding], told: Sequence[Finding]) -> list[Finding]:
        """`found` without what is guessed of phrases where a sibling tells what stood there."""
        guess = self._detectors.get(garble.SYNONYM_SWAP)
        return [
            one
            for one in found
            if guess is None or one.rule != guess.id or not any(one.start < flag.end and flag.start < one.end for flag in told)
        ]

    def _words(self, text: str, language: str | None) -> JudgedWords | None:
        """What the neural layer holds of the words; None where it has no say."""
        if self._deep is None or language not in self._detectors[WORD_OUT_OF_PLACE].languages:
            return None
        judged = self._deep.judge(text)
        return judged if judged.words else None

    def _out_of_place(self, text: str, words: JudgedWords | None, garbled: float) -> list[Finding]:
        flags = self._deep.flags(words, prior=garbled) if self._deep and words else []
        found = (self._finding(WORD_OUT_OF_PLACE, text, flag.start, flag.end) for flag in flags)
        return [msgspec.structs.replace(one, score=flag.score) for one, flag in zip(found, flags, strict=True)]

    def _judged(
        self, text: str, lines: Sequence[Line], found: Sequence[Finding], elements: Elements | None = None
    ) -> Judged | None:
        """What the chrome model holds of the lines, if it has a say."""
        if elements is None:
            asked = SITE_CHROME in self._detectors and self.profile.chrome != "ignore"
        else:
            asked = MAIN_CONTENT in self._detectors and self.extractor == MODEL
        if not asked or not 0 < len(lines) <= chrome.MAX_LINES:
            return None
        evidence = rule_evidence(found, lines, self.ruleset.by_id)
        verdict = chrome.judge(text, lines, evidence, elements, self.models)
        return Judged(lines, verdict, evidence, page=elements is not None)

    def decide(self, detected: Detected) -> Decision:
        """What the profile makes of the findings."""
        rules = self.ruleset.by_id
        findings = [*detected.findings, *self.chrome_findings(detected)]
        likely: list[tuple[int, int]] = []
        if detected.judged and self.profile.unsafe == "flag":
            likely = _runs(detected.judged.lines, detected.judged.verdict.content < chrome.LIKELY)
        return decide(detected.text, detected.lines, findings, rules, self.profile, self._keep, self._unbound, likely)

    def chrome_findings(self, detected: Detected) -> list[Finding]:
        """The runs of lines that the chrome model takes for chrome, as surely as the profile wants it."""
        judged = detected.judged
        if judged is None:
            return []
        verdict = judged.verdict
        only_sure = not judged.page and self.profile.chrome == "sure"
        cut = chrome.cut(verdict, html=judged.page, only_sure=only_sure, models=self.models)
        content = verdict.content >= cut
        if self._keep:
            content |= np.array([self._kept(detected.text[line.start : line.end]) for line in judged.lines])
        if judged.page and not content.any():
            return []
        if not judged.page:
            content |= judged.evidence == 1  # a rule says more of its lines than the model does
        runs = _numbered_runs(~content)
        surest = [int(first + np.argmin(verdict.content[first:end])) for first, end in runs]
        told = chrome.reasons(verdict, surest, html=judged.page, models=self.models)
        detector = MAIN_CONTENT if judged.page else SITE_CHROME
        found = []
        for (first, end), reason in zip(runs, told, strict=True):
            finding = self._finding(detector, detected.text, judged.lines[first].start, judged.lines[end - 1].end)
            score = round(1 - float(verdict.content[first:end].max()), 3)
            found.append(msgspec.structs.replace(finding, message=f"{finding.message}: by {reason}", score=score))
        return found

    def _kept(self, line: str) -> bool:
        return any(pattern.search(line, timeout=KEEP_SECONDS) for pattern in self._keep)

    def _clean(self, document: Document, siblings: Sequence[Sibling]) -> Result:
        detected = self.detect(document, siblings)
        decision = self.decide(detected)
        text = detected.text
        cleaned = apply(text, decision.edits)
        signals = self._measured(detected, decision, cleaned)
        if siblings:
            signals["siblings"] = garble.siblings_digest(siblings)
        if detected.decoded:
            signals["charset"] = detected.decoded.charset
            signals["charset_certainty"] = detected.decoded.certainty
        language, host = detected.language.language, _host(document)
        verdicts = judge(signals, [rule for rule in self._document_limits if rule.applies(language, host)], self.profile)
        return Result(
            id=document.id,
            original=text,
            text=cleaned,
            findings=(*verdicts, *decision.findings),
            skipped=decision.skipped,
            signals=signals,
            metadata=detected.metadata,
            markdown=markup.markdown(detected.page, decision.edits) if detected.page and self.markdown else None,
            language=language,
            ruleset=self.digest,
        )

    def _measured(self, detected: Detected, decision: Decision, cleaned: str) -> Signals:
        """The signals of a document: few, and all that there are where the caller or a rule wants them.

        Both texts measured in full take a quarter as long as all else that ``balanced`` does, and as long as a profile with
        little to do; whoever asks for no verdict does not pay for that.
        """
        language = detected.language.language
        text = detected.text
        in_full = self.signals or self._document_limits
        if in_full:
            before = measure(detected.survey or text, language)
            signals = measure(cleaned, language) if decision.edits else dict(before)
            names = {limit.signal for rule in self._document_limits for limit in rule.limits}
            wanted = {name for name in names if name.startswith(f"{REMOVED}.")}
            signals |= removed(decision.findings, int(signals["words"]), wanted)
            signals |= _chrome_share(detected)
            signals |= {f"before.{name}": value for name, value in before.items()}
        else:
            signals = counts(cleaned, len(cut_lines(cleaned)) if decision.edits else len(detected.lines))
            signals["before.words"] = len(text.split()) if decision.edits else signals["words"]
        signals["garbled"] = detected.garbled
        signals["page_kind"] = detected.judged.verdict.kind if detected.judged else "unknown"
        signals["language_certainty"] = detected.language.certainty
        return signals

    def _outside_main_content(self, source: str, page: markup.Page, url: str | None) -> list[Finding]:
        if MAIN_CONTENT not in self._detectors:
            return []
        spans = markup.outside_main_content(source, page.text, page.lines, url)
        return [self._finding(MAIN_CONTENT, page.text, start, end) for start, end in spans]

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


def compare(suspect: str, reference: str, name: str = "the reference") -> list[Finding]:
    """The words of `suspect` that `reference`, another version of its text, has otherwise and better; flags, by place.

    As a folder run does it with the texts of the folder: all shipped layers have a say in which of the two is garbled, and a
    language without a lexicon has no findings. `name` is what messages call the reference.
    """
    cleaner = default_cleaner()
    found = cleaner.detect(Document(text=suspect), [Sibling(name, reference)]).findings
    return [finding for finding in found if cleaner.ruleset.by_id[finding.rule].detector == SIBLINGS]


def _rebuild(digest: str, profile: Profile, ruleset: Ruleset, options: dict[str, Any]) -> Cleaner:
    """The cleaner that was pickled: one that this process has at hand, since engines send a copy with each of their tasks."""
    if digest not in _rebuilt:
        if len(_rebuilt) >= REBUILT_KEPT:
            _rebuilt.clear()
        _rebuilt[digest] = Cleaner(profile, ruleset, **options)
    return _rebuilt[digest]


REBUILT_KEPT = 8
_rebuilt: dict[str, Cleaner] = {}


def _is_page(document: Document) -> bool:
    return str(document.media_type).split(";")[0].strip().lower() in _HTML


def _host(document: Document) -> str | None:
    return urlsplit(document.url).hostname if document.url else None


def _chrome_share(detected: Detected) -> Signals:
    """The share of the characters that stand on lines of site chrome; nothing where the chrome model was not asked."""
    judged = detected.judged
    if judged is None:
        return {}
    lengths = np.array([line.end - line.start for line in judged.lines])
    return {"chrome_share": float(lengths[judged.verdict.content < chrome.LIKELY].sum() / max(lengths.sum(), 1))}


def _decoded(document: Document) -> tuple[str, encoding.Decoded | None]:
    """The text of a document, or the source of a page; and how its bytes were read, if it was bytes."""
    if isinstance(document.text, str):
        return document.text, None
    if not isinstance(document.text, bytes | bytearray | memoryview):
        raise TypeError(f"a document is str or bytes, not {type(document.text).__name__}")
    data = bytes(document.text)
    # What the server says goes before what the page says of itself (HTML standard, 13.2.3.2).
    charset = _CHARSET_PARAMETER.search(str(document.media_type))
    declared = charset[1] if charset else markup.declared_charset(data) if _is_page(document) else None
    decoded = encoding.read_bytes(data, declared)
    return decoded.text, decoded


_CHARSET_PARAMETER = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


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


def _known_sets(names: Sequence[str], ruleset: Ruleset) -> tuple[str, ...]:
    """`names` without repetition; raises `ValueError` for one that is no set of quality rules."""
    known = sorted({rule.quality_set for rule in ruleset} - {""})
    for name in names:
        if name not in known:
            raise ValueError(f"no quality rules {name!r}; there are {', '.join(known) or 'none'}")
    return tuple(dict.fromkeys(names))


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


def _numbered_runs(wanted: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of true values, each from its first to before its end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _runs(lines: Sequence[Line], wanted: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of wanted lines, as spans of the text."""
    return [(lines[first].start, lines[end - 1].end) for first, end in _numbered_runs(wanted)]


def rule_evidence(findings: Sequence[Finding], lines: Sequence[Line], rules: Mapping[str, Rule]) -> npt.NDArray[np.float32]:
    """What rules hold of each line: 1 where a `safe` one would drop it, 0.5 where an `unsafe` or untried one would."""
    evidence = np.zeros(len(lines), np.float32)
    for finding in findings:
        rule = rules[finding.rule]
        if finding.label != "boilerplate" or rule.action != "drop":
            continue
        strength = 1.0 if rule.safety == "safe" and rule.status == "stable" else 0.5
        at = bisect_right(lines, finding.start, key=lambda line: line.end)
        while at < len(lines) and lines[at].start < finding.end:
            evidence[at] = max(evidence[at], strength)
            at += 1
    return evidence


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
