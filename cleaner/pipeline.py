"""The way of one document: detect, decide, edit."""

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from cleaner import chrome, garble, markdown, markup
from cleaner.detection import (
    MAIN_CONTENT,
    MODEL,
    SIBLINGS,
    SITE_CHROME,
    TRAFILATURA,
    Detected,
    Detectors,
)
from cleaner.edits import EDITING, Finding, apply, revert
from cleaner.garble import Sibling
from cleaner.intake import host_of, read, unchanged
from cleaner.policy import (
    PROFILES,
    Decision,
    Profile,
    Skipped,
    Wanted,
    decide,
    in_source,
    judge,
    keep_pattern,
    likely_chrome,
    outside_content,
    outside_extracted,
    placed,
)
from cleaner.rules import Rule, RuleError, Ruleset
from cleaner.signals import BEFORE, REMOVED, Signals, counts, measure_all, removed, surveys, unknown_signals
from cleaner.text import Document, cut_lines


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A cleaned document and the account of what was done."""

    id: str
    """As the caller gave it; empty where none was given."""
    original: str
    """The decoded input; of HTML, the page's text, or its source where `error` is set. All offsets are code points into it.

    Markdown is what it was: what rules say of the text of its links is said of the links.
    """
    text: str
    """The cleaned text; the original where `error` is set."""
    findings: tuple[Finding, ...] = ()
    """What was done and seen, by place; those with the action ``drop`` or ``replace`` have been done, in exactly their span."""
    skipped: tuple[Skipped, ...] = ()
    """What would have been done but was not, and why."""
    signals: Signals = msgspec.field(default_factory=dict)
    """Numbers and short strings about the document, by name.

    Among them ``words`` and ``lines``, counts in the cleaned text, of Markdown in what a reader sees of it;
    ``before.words``, the same of the text as it came; ``garbled``, the chance that a machine has garbled it, 0 to 1. Those that
    rules may look at are defined in ``rules/README.md``. The others are ``page_kind``, what the chrome model takes it for, such
    as ``article`` or ``forum`` (``unknown`` where it was not asked), which is a guess for anything but whole pages; of bytes,
    ``charset`` and ``charset_certainty``, 0 to 1; and ``siblings``, a digest of the versions that the text was compared with.
    """
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    """What an HTML page says of itself, where asked for and as far as it does.

    ``title``, ``author``, ``date`` (of publication, YYYY-MM-DD), ``language``, ``site``, ``description``, ``url`` (canonical);
    ``error``, where the page cannot be read so.
    """
    markdown: str | None = None
    """The cleaned text of an HTML page as Markdown, where asked for."""
    language: str | None = None
    """ISO 639-1; None where the text does not tell."""
    ruleset: str = ""
    """Digest of the rules and settings in force; see `Cleaner.digest`."""
    error: str | None = None
    """Why the document came back unchanged; None where all went well."""

    @property
    def rejected(self) -> bool:
        """Whether a rule would reject the document; the findings with the action ``reject`` say which, and why."""
        return any(finding.action == "reject" for finding in self.findings)

    def revert(self) -> str:
        """The original, rebuilt from `text` and `findings` alone; see `cleaner.revert`."""
        return revert(self.text, self.findings)


class Cleaner:
    """Rules and settings made ready; immutable. One serves many threads, and can be pickled.

    Args:
        profile: ``careful``, ``balanced`` or ``strict``, or a `Profile` of your own.
        rules: folders or files of rules, ``"shipped"`` among them for the package's own; or a `Ruleset`. None: those alone.
        off: ids of rules to turn off; ``*`` stands for any text (``boilerplate/sharing/*``).
        keep: regular expressions; a line in which one is found is never dropped.
        preview: let rules with the status ``preview`` act.
        extractor: who chooses the main content of an HTML page, ``model`` or ``trafilatura``.
        models: a folder with weights of your own (see `benchmarks/train_chrome.py`).
        headline: keep the headline of an HTML page, whatever the extractor says of it, and in ``strict`` that of a text.
        deep: also look for words out of place, by a small neural model; needs the extra ``deep``.
        metadata: read title, author, date, language and site of HTML pages into `Result.metadata`; takes as long as all else.
        markdown: write what is left of HTML pages as Markdown too, into `Result.markdown`.
        quality: sets of quality rules to hold documents to, such as ``fineweb``: rule files in a folder ``quality``.
        signals: measure all signals, before and after cleaning, also without quality rules.

    Raises `cleaner.RuleError` where a rule file cannot be used, and `ValueError` for an unknown profile or quality set, a
    bad keep pattern, a folder of `models` without any, or an `off` that fits no rule; `TypeError` for one string where a list
    of them is wanted; `cleaner.extras.ExtraMissingError` where the extra ``deep`` is missing.
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
        headline: bool = False,
        metadata: bool = False,
        markdown: bool = False,
        quality: Sequence[str] = (),
        signals: bool = False,
    ) -> None:
        for name, value in (("rules", rules), ("off", off), ("keep", keep), ("quality", quality)):
            if isinstance(value, str | Path):
                raise TypeError(f"{name} is a list, and so [{str(value)!r}]")
        if extractor not in (MODEL, TRAFILATURA):
            raise ValueError(f"no extractor {extractor!r}; there are {MODEL}, {TRAFILATURA}")
        self.extractor = extractor
        self.headline = headline
        self.metadata = metadata
        self.markdown = markdown
        self.models = Path(models) if models else chrome.MODELS
        if not any(self.models.glob("chrome-*.npz")):
            raise ValueError(f"{self.models}: no weights of the chrome model there")
        self.profile = _profile(profile, preview=preview)
        self.ruleset = rules if isinstance(rules, Ruleset) else Ruleset.load(rules)
        self.off = tuple(off)
        self.keep = tuple(keep)
        self._keep = tuple(keep_pattern(pattern) for pattern in self.keep)
        self.quality = _known_sets(quality, self.ruleset)
        self.signals = signals
        silent = {rule_id for pattern in self.off for rule_id in _fitting(pattern, self.ruleset)}
        active = [rule for rule in self.ruleset if rule.id not in silent and self._may_act(rule)]
        self._detectors = Detectors(
            self.ruleset,
            active,
            extractor=extractor,
            models=self.models,
            chrome_in_text=self.profile.chrome != "ignore",
            metadata=metadata,
            deep=deep,
        )
        self._unbound = frozenset(rule.id for rule in active if rule.quality_set or rule.detector == MAIN_CONTENT)
        if problems := list(unknown_signals(self.ruleset.rules, self.ruleset.files)):
            raise RuleError(problems)
        self.document_rules = tuple(rule for rule in active if rule.limits and rule.unit == "document")
        """The rules in force that judge a whole document by its signals."""
        self.deep = deep

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.digest, self.profile, self.ruleset, {**self._options, "models": self.models})

    @property
    def _options(self) -> dict[str, Any]:
        """What beside profile, rules and models changes a result."""
        names = ("off", "keep", "extractor", "headline", "metadata", "markdown", "deep", "quality", "signals")
        return {name: getattr(self, name) for name in names}

    def _may_act(self, rule: Rule) -> bool:
        if rule.quality_set:
            return rule.quality_set in self.quality and rule.status != "deprecated"
        ignored = rule.safety == "unsafe" and self.profile.unsafe == "ignore" and rule.action in EDITING
        return rule.status != "deprecated" and not ignored

    @functools.cached_property
    def digest(self) -> str:
        """A name for exactly these rules and settings, 16 hexadecimal digits; equal digests give equal results."""
        models = [chrome.digest(self.models), garble.digest(), self._detectors.deep.digest if self._detectors.deep else ""]
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
            text: the document. Bytes are decoded by their mark, as UTF-8, as declared, or by how they are spelt.
            media_type: ``text/plain`` or ``text/markdown``, ``text/html`` or ``application/xhtml+xml``; also with the server's
                charset (``text/html; charset=koi8-r``).
            url: where it came from, for rules that are bound to a site.
            id: what the caller calls it.
            language: its code by ISO 639 (``en``, ``eng``, ``en-US``) where the caller knows it; otherwise it is detected.
        """
        return self.clean_document(Document(id=id, text=text, media_type=media_type, url=url, language=language))

    def clean_document(self, document: Document, siblings: Sequence[Sibling] = ()) -> Result:
        """As `clean`, for a `Document`; words that read worse than in `siblings`, other versions of its text, are flagged."""
        try:
            return self._clean(document, siblings)
        except Exception as error:  # noqa: BLE001 (the promise of `clean`: nothing raises, and a failure is told)
            return self.failed(document.id, f"{type(error).__name__}: {error}", unchanged(document))

    def failed(self, document_id: str, error: str, text: str = "") -> Result:
        """What becomes of a document that could not be cleaned: its `text`, as far as there is any, as it is."""
        return Result(id=document_id, original=text, text=text, ruleset=self.digest, error=error)

    @property
    def compares_siblings(self) -> bool:
        """Whether siblings can make any difference: not where the rule about them is turned off."""
        return SIBLINGS in self._detectors

    def detect(self, document: Document, siblings: Sequence[Sibling] = ()) -> Detected:
        """What all rules in force see in a document, and nothing done about it.

        Raises what `clean` turns into `Result.error`.
        """
        return self._detectors.detect(document, siblings)

    def decide(self, detected: Detected) -> Decision:
        """What the profile makes of the findings.

        Raises `TimeoutError` for a keep pattern that backtracks without end, which `clean` turns into `Result.error`.
        """
        rules = self.ruleset.by_id
        findings = [*detected.findings, *self.chrome_findings(detected)]
        likely: list[tuple[int, int]] = []
        if detected.judged and self.profile.unsafe == "flag":
            likely = likely_chrome(detected.judged.lines, detected.judged.verdict)
        return decide(detected.text, detected.lines, findings, rules, self.profile, self._keep, self._unbound, likely)

    def chrome_findings(self, detected: Detected) -> list[Finding]:
        """The runs of lines that the chrome model takes for chrome, as surely as the profile wants it; or trafilatura does."""
        text, page, judged = detected.text, detected.page, detected.judged
        wanted = Wanted(self._keep, self.headline, page.headline() if page and self.headline else slice(0))
        if page and detected.extracted:
            runs = outside_extracted(text, page.lines, detected.extracted, wanted)
        elif judged:
            runs = outside_content(text, judged.lines, judged.verdict, judged.evidence, self.profile, wanted)
        else:
            return []
        detector = MAIN_CONTENT if page else SITE_CHROME
        return [self._detectors.finding(detector, text, run.start, run.end, why=run.why, score=run.score) for run in runs]

    def _clean(self, document: Document, siblings: Sequence[Sibling]) -> Result:
        detected = self.detect(document, siblings)
        decision = self.decide(detected)
        text = detected.markdown.source if detected.markdown else detected.text
        if detected.markdown:
            raw = decide(text, (), detected.raw, self.ruleset.by_id, self.profile, self._keep)
            decision = in_source(decision, detected.markdown, raw)
        cleaned = apply(text, decision.edits)
        signals = self._measured(detected, decision, cleaned)
        if siblings:
            signals["siblings"] = garble.siblings_digest(siblings)
        if detected.decoded:
            signals["charset"] = detected.decoded.charset
            signals["charset_certainty"] = detected.decoded.certainty
        language, host = detected.language.language, host_of(document)
        verdicts = judge(signals, [rule for rule in self.document_rules if rule.applies(language, host)], self.profile)
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

        Of Markdown they are about what a reader sees, of the text that came and of the one `cleaned`.

        Both texts measured in full take a quarter as long as all else that ``balanced`` does, and as long as a profile with
        little to do; whoever asks for no verdict does not pay for that.
        """
        language = detected.language.language
        text = seen = detected.text
        if decision.edits:
            seen = markdown.seen(cleaned) if detected.markdown else cleaned
        in_full = self.signals or self.document_rules
        if in_full:
            texts = [text, seen] if decision.edits else [text]
            measured = [one for part in surveys(texts) for one in measure_all(part, [language] * len(part.texts))]
            before, signals = measured[0], dict(measured[-1])
            names = {limit.signal for rule in self.document_rules for limit in rule.limits}
            wanted = {name for name in names if name.startswith(f"{REMOVED}.")}
            signals |= removed(decision.findings, int(signals["words"]), wanted)
            signals |= _chrome_share(detected)
            signals |= {f"{BEFORE}{name}": value for name, value in before.items()}
        else:
            signals = counts(seen, len(cut_lines(seen)))
            signals[f"{BEFORE}words"] = len(text.split()) if decision.edits else signals["words"]
        signals["garbled"] = detected.garbled
        signals["page_kind"] = detected.judged.verdict.kind if detected.judged else "unknown"
        signals["language_certainty"] = detected.language.certainty
        return signals


@functools.cache
def default_cleaner() -> Cleaner:
    """The cleaner that `cleaner.clean` uses: shipped rules, profile ``balanced``."""
    return Cleaner()


def clean(
    text: str | bytes,
    media_type: str = "text/plain",
    *,
    url: str | None = None,
    id: str = "",  # noqa: A002 (what callers say)
    language: str | None = None,
) -> Result:
    """Clean one document with the shipped rules and the profile ``balanced``.

    Never raises; arguments and result are those of `Cleaner.clean`. The first call loads the rules, and the first text in a
    language makes those for it ready: in less than a second, and in a few where nothing is cached.
    """
    return default_cleaner().clean(text, media_type, url=url, id=id, language=language)


def compare(suspect: str, reference: str, name: str = "the reference") -> list[Finding]:
    """The words of `suspect` that `reference`, another version of its text, has otherwise and better; flags, by place.

    As a folder run does it with the texts of the folder: all shipped layers have a say in which of the two is garbled, and a
    language without a lexicon (any but English) has no findings. Offsets are into `suspect`, suggestions are the words of
    `reference`, and `name` is what messages call it. Raises what `Cleaner.clean` tells by `Result.error`.
    """
    cleaner = default_cleaner()
    detected = cleaner.detect(Document(text=suspect), [Sibling(name, read(Document(text=reference)).text)])
    told = [finding for finding in detected.findings if cleaner.ruleset.by_id[finding.rule].detector == SIBLINGS]
    return [placed(finding, detected.markdown)[0] for finding in told] if detected.markdown else told


def _rebuild(kind: type[Cleaner], digest: str, profile: Profile, ruleset: Ruleset, options: dict[str, Any]) -> Cleaner:
    """The cleaner that was pickled: one that this process has at hand, since engines send a copy with each of their tasks."""
    made = _rebuilt.get((kind, digest))
    if made is None:
        if len(_rebuilt) >= REBUILT_KEPT:
            _rebuilt.clear()
        made = _rebuilt[kind, digest] = kind(profile, ruleset, **options)
    return made


REBUILT_KEPT = 8
_rebuilt: dict[tuple[type[Cleaner], str], Cleaner] = {}


def _chrome_share(detected: Detected) -> Signals:
    """The share of the characters that stand on lines of site chrome; nothing where the chrome model was not asked."""
    judged = detected.judged
    if judged is None:
        return {}
    lengths = np.array([line.end - line.start for line in judged.lines])
    return {"chrome_share": float(lengths[judged.verdict.content < chrome.LIKELY].sum() / max(lengths.sum(), 1))}


def _profile(profile: str | Profile, *, preview: bool) -> Profile:
    if isinstance(profile, Profile):
        chosen = profile
    elif profile in PROFILES:
        chosen = PROFILES[profile]
    else:
        raise ValueError(f"no profile {profile!r}; there are {', '.join(PROFILES)}")
    return msgspec.structs.replace(chosen, trust_preview=True) if preview else chosen


def _fitting(pattern: str, ruleset: Ruleset) -> list[str]:
    """The ids that an `off` pattern fits; raises `ValueError` where there are none."""
    if fitting := ruleset.fitting(pattern):
        return fitting
    family = f"{pattern.rstrip('/')}/*"
    meant = f"; did you mean {family}?" if ruleset.fitting(family) else ruleset.guess(pattern)
    raise ValueError(f"no rule {pattern!r} to turn off{meant}")


def _known_sets(names: Sequence[str], ruleset: Ruleset) -> tuple[str, ...]:
    """`names` without repetition; raises `ValueError` for one that is no set of quality rules."""
    known = sorted({rule.quality_set for rule in ruleset} - {""})
    for name in names:
        if name not in known:
            raise ValueError(f"no quality rules {name!r}; there are {', '.join(known) or 'none'}")
    return tuple(dict.fromkeys(names))
