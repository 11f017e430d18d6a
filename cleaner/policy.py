"""Profiles: what is done about the findings.

Detectors only say what they saw. Here, in one place, it is decided which findings become edits, by this order:

1. What an `unsafe` rule would do, or a `preview` one, is only flagged unless the profile trusts it.
2. Protected lines and the caller's keep patterns stop a drop.
3. The governor stops drops that would take too large a share of the document.
4. Where edits overlap, a drop beats a replacement and absorbs what lies inside it; then the longest wins, then the
   earliest, then the first rule id.
5. Last, when the text is as it will be, rules for documents say by its signals whether it is flagged or rejected.

What was stopped is kept, with the reason.
"""

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec
import regex

from cleaner.edits import Edit, Finding, by_place, edits_of, moved_to
from cleaner.rules import Rule
from cleaner.signals import Signals, broken
from cleaner.text import Line, raw_lines

# A keep pattern that takes longer on one line backtracks without end.
KEEP_SECONDS = 1.0


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How much is believed, and how much may go."""

    name: str
    """What messages call it."""
    unsafe: Literal["ignore", "flag", "apply"] = "flag"
    """What becomes of what `unsafe` rules would do: nothing; a flag, unless the chrome model agrees; what they say."""
    trust_preview: bool = False
    """Whether `preview` rules act; otherwise they only flag."""
    max_dropped_share: float = 1.0
    """The share of a document's characters that rules may drop, 0 to 1."""
    free_characters: int = 0
    """How many characters may always be dropped, however short the document."""
    protect: bool = True
    """Whether quotations and, in HTML, headings and quoted blocks are kept against rules."""
    chrome: Literal["ignore", "sure", "best"] = "ignore"
    """What the chrome model may take from plain text: nothing; lines of which it is sure; all outside the main content."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a value that there is not."""
        for name, values in (("unsafe", ("ignore", "flag", "apply")), ("chrome", ("ignore", "sure", "best"))):
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is one of {', '.join(values)}, not {getattr(self, name)!r}")
        if not 0 <= self.max_dropped_share <= 1:
            raise ValueError(f"max_dropped_share is from 0 to 1, not {self.max_dropped_share!r}")


# In the labelled pages of WCXB, site furniture takes 30% of the characters of a typical whole-page dump and under 5% of
# an extracted article; a rule that wants more than a third of a text has more likely met an unusual text.
PROFILES: Mapping[str, Profile] = {
    "careful": Profile(name="careful", unsafe="ignore", max_dropped_share=0.35, free_characters=1_500),
    "balanced": Profile(name="balanced", max_dropped_share=0.5, free_characters=2_000, chrome="sure"),
    "strict": Profile(name="strict", unsafe="apply", protect=False, chrome="best"),
}


class Skipped(msgspec.Struct, frozen=True):
    """A finding that was not acted upon, and why."""

    finding: Finding
    """What would have been done."""
    reason: str
    """What stopped it: a keep pattern, a protection, the cap (``governor``), or another finding in the same place."""


class Decision(msgspec.Struct, frozen=True):
    """What is to be done: `edits` and `findings` agree, both ordered by place."""

    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]


def decide(
    text: str,
    lines: Sequence[Line],
    findings: Sequence[Finding],
    rules: Mapping[str, Rule],
    profile: Profile,
    keep: Sequence["regex.Pattern[str]"] = (),
    unbound: Collection[str] = (),
    likely_chrome: Sequence[tuple[int, int]] = (),
) -> Decision:
    """Turn `findings` about `text` into edits.

    `keep` are the caller's patterns for lines that must stay; `unbound` the ids of rules that neither protection nor
    governor binds (the choice of a page's main content, and rules that the caller asked for by name); `likely_chrome` the
    spans, by place, that the chrome model holds for chrome rather than content: an `unsafe` rule that says so too is believed.
    Raises `TimeoutError` for a keep pattern that takes longer than `KEEP_SECONDS` on a line.
    """
    skipped: list[Skipped] = []
    flags: list[Finding] = []
    believed: list[Finding] = []
    for finding in findings:
        rule = rules[finding.rule]
        if rule.status == "preview" and not profile.trust_preview:
            flags.append(_flagged(finding))
        elif finding.action in ("flag", "reject"):
            flags.append(finding)
        elif rule.safety == "unsafe" and not _believed(finding, profile, unbound, likely_chrome):
            flags.append(_flagged(finding))
        else:
            believed.append(finding)
    dropped = {offset for finding in believed if finding.action == "drop" for offset in (finding.start, finding.end)}
    wanted: list[Finding] = []
    for finding in believed:
        rule = rules[finding.rule]  # one that drops may put back what a repair had put there
        if rule.action == "drop" and (reason := _kept(text, finding, rule, lines, dropped, profile, keep, unbound)):
            skipped.append(Skipped(finding, reason))
        else:
            wanted.append(finding)
    wanted = _settled(len(text), wanted, skipped, profile, unbound)
    done = _without_overlaps(_with_gaps(text, lines, wanted), skipped)
    told = sorted([*done, *_outside_drops(flags, done, skipped)], key=by_place)
    return Decision(edits_of(done), tuple(told), tuple(skipped))


def judge(signals: Signals, rules: Sequence[Rule], profile: Profile) -> list[Finding]:
    """What `rules` for documents say of a cleaned text with these `signals`: findings without a place, by rule."""
    findings = []
    for rule in rules:
        if told := broken(rule, signals):
            reason, score = told
            finding = Finding(rule.id, rule.action, 0, 0, rule.label, f"{rule.summary}: {reason}", "", score=score)
            findings.append(_flagged(finding) if rule.status == "preview" and not profile.trust_preview else finding)
    return sorted(findings, key=lambda finding: finding.rule)


def _believed(finding: Finding, profile: Profile, unbound: Collection[str], likely_chrome: Sequence[tuple[int, int]]) -> bool:
    if profile.unsafe == "apply" or finding.rule in unbound:
        return True
    at = bisect_right(likely_chrome, (finding.start, sys.maxsize)) - 1
    return finding.action == "drop" and at >= 0 and finding.end <= likely_chrome[at][1]


def _flagged(finding: Finding) -> Finding:
    return finding if finding.action == "flag" else msgspec.structs.replace(finding, action="flag")


def _outside_drops(flags: Sequence[Finding], done: Sequence[Finding], skipped: list[Skipped]) -> list[Finding]:
    """The flags without those of rules that would have dropped what has been dropped anyway."""
    drops = [finding for finding in done if finding.action == "drop"]
    starts = [finding.start for finding in drops]
    kept = []
    for flag in flags:
        at = bisect_right(starts, flag.start) - 1
        if flag.suggestion is None and at >= 0 and flag.end <= drops[at].end and flag.label == "boilerplate":
            skipped.append(Skipped(flag, f"inside what {drops[at].rule} drops"))
        else:
            kept.append(flag)
    return kept


_QUOTATION = re.compile(r"[“„«\"‘].*[”“»\"’][.,;!?]?", re.DOTALL)
# A line that goes on behind a quotation says something of it; one with a verb of speech is what somebody said.
_BEGUN_BY_QUOTATION = re.compile(r"[“„«»\"「『]\s?\w[^\n]{1,120}?[”“»«\"」』],?\s?\w")
_SPEECH = re.compile(
    r"""[,،”“»«"’]\s(?:
    (?:he|she|they|it|the\s\w+|[A-Z]\w+)\s(?:said|says|wrote|asked|told|added|recalled)|(?:said|says|wrote|asked)\s\w
    |(?:lui\s)?(?:disait|écrivit|avait\snoté|répond(?:it|ait)|répétait|précisait|murmura|lança|dit(?:-elle|-il|\sl[ae]))\b
    |(?:le\s)?(?:dijo|decía|escribió|leyó|pidió|murmuró)\b|(?:disse|diz|dizia|pediu|escreveu)\b
    |(?:gli\s)?(?:disse|diceva|scrisse|chiese|recita|rispose)\b
    |(?:sagte|sagt|schrieb|stand|las\sder|meinte|fragte|warnte)\b|(?:zei|zegt|las\sde|schreef|stond|beloofde)\b
    |(?:sade|säger|skrev|stod|läste|sagde|siger|læste|sier|sto\sde[rt]|sa\sh[aou]n)\b|(?:sanoi|sanoo|kirjoitti|luki)\b
    |(?:powiedział|mówi|napisał|stwierdził|głosił|řekl|říká|napsal|mondta|írta|állt|kérte|îi\srăspunde|spuse|spunea|scri)a?\b
    |(?:είπε|έγραψε|έγραφε|έλεγε|гласила|говорила?|говорит|сказала?|написала?|сказав|казала?|каже|написав|пише)\b
    |(?:dedi|diyor|yazdı|yazıyordu|قال|قالت|كتب|قرأ|kata|ujar|tulis|(?:ông|bà|nhạc\ssĩ)\snói)\b)
    |[，、][^，。]{0,8}(?:说|說|写道|寫道|言う|言った|話した|述べた)|고\s[^.]{0,8}(?:말했|했다|적었)|कहा|कहते""",
    re.VERBOSE,
)
_QUOTED_ELEMENTS = {"blockquote", "q"}
# What goes whole must not have been in one of these; a part of a headline, such as a mark to link it with, may go.
_GUARDED_ELEMENTS = {*_QUOTED_ELEMENTS, "h1", "pre"}


def _kept(
    text: str,
    finding: Finding,
    rule: Rule,
    lines: Sequence[Line],
    dropped: Collection[int],
    profile: Profile,
    keep: Sequence["regex.Pattern[str]"],
    unbound: Collection[str],
) -> str:
    """Why the text of a drop must stay; empty where it need not."""
    if rule.detector and rule.id in unbound:
        return ""  # it has looked at the keep patterns itself, line by line
    kept_lines = [finding.original[start:end] for start, end in raw_lines(finding.original)] if keep else []
    for pattern in keep:
        if any(pattern.search(line, timeout=KEEP_SECONDS) for line in kept_lines):
            return f"keep pattern {pattern.pattern}"
    if not profile.protect or rule.id in unbound:
        return ""
    if not rule.detector and (whole := _woven_in(text, finding, rule, lines, dropped)):
        return f"protected: inside {whole}"
    return _protected(finding, lines)


def _protected(finding: Finding, lines: Sequence[Line]) -> str:
    """What a drop would take that must stay: a quotation, a headline; empty for other text."""
    told = finding.original.strip()
    if _QUOTATION.fullmatch(told) or _BEGUN_BY_QUOTATION.match(told):
        return "protected: quotation"
    if "\n" not in told and _SPEECH.search(told):
        return "protected: reported speech"
    at = bisect_left(lines, finding.start, key=lambda line: line.end)
    while at < len(lines) and lines[at].start < finding.end:
        if origin := lines[at].origin:
            whole = finding.start <= lines[at].start and lines[at].end <= finding.end
            guarded = _GUARDED_ELEMENTS if whole else _QUOTED_ELEMENTS
            if element := guarded.intersection(origin.path.split("/")):
                return f"protected: inside <{min(element)}>"
        at += 1
    return ""


_SECTION = "the section that it heads"
_HEADINGS = {"h2", "h3", "h4", "h5", "h6", "dt"}
# The title of a section is a few words; who wrote a post and when, which is a heading, too, has numbers.
_TITLE = re.compile(r"[^\d\s]+(?:\s[^\d\s]+){0,3}(?<![.!?…])")
# The paragraph that follows has so many words, and ends as sentences do.
_HEADED_WORDS = 12
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]?\Z")
# What a line can only end with, or begin with, where it is not whole. A slash is not: it stands between the links of a menu.
_GOES_ON = re.compile(r"[(\[{_=]\Z")
_WENT_ON = re.compile(r"[,;:)\]}](?!\w)|\.(?![\w.])|\(\)|[\"'’]\Z")
# A line that ends so is the first part of a sentence, if the line behind the finding begins with a small letter.
_OPEN_END = re.compile(r"[^\W_],?\Z")
# With fewer words on both sides they may as well be the links of a menu that is all in small letters.
_SENTENCE_WORDS = 5
# A turn of a dialogue, and one that is a whole sentence.
_TURN = re.compile(r"[-–—]\s?\w")
_WHOLE_TURN = re.compile(_TURN.pattern + r".*[.!?…][\"'”’»]?", re.DOTALL)


def _woven_in(text: str, finding: Finding, rule: Rule, lines: Sequence[Line], dropped: Collection[int]) -> str:
    """What a finding is a line of, by the lines around it: a sentence (or code), a dialogue, a section; empty for a line alone.

    A text may have each link and each word of its own style on a line of its own: "See the", "login", "page for more." Lines
    that are dropped, too (`dropped` has their starts and ends), tell nothing. HTML has its elements: there it is headings.
    """
    at = bisect_left(lines, finding.start, key=lambda line: line.start)
    if at == len(lines) or (lines[at].start, lines[at].end) != (finding.start, finding.end):
        return ""
    after = "" if at + 1 == len(lines) or lines[at + 1].start in dropped else text[lines[at + 1].start : lines[at + 1].end]
    is_prose = len(after.split()) >= _HEADED_WORDS and _SENTENCE_END.search(after)
    if origin := lines[at].origin:
        is_title = not _HEADINGS.isdisjoint(origin.path.split("/")) and _TITLE.fullmatch(finding.original)
        return _SECTION if is_title and is_prose else ""
    before = "" if at == 0 or lines[at - 1].end in dropped else text[lines[at - 1].start : lines[at - 1].end]
    if _TURN.match(finding.original) and _WHOLE_TURN.fullmatch(before) and _WHOLE_TURN.fullmatch(after):
        return "a dialogue"
    # A blank line ends a sentence.
    if before and len(_BREAK.findall(text, lines[at - 1].end, finding.start)) > 1:
        before = ""
    if after and len(_BREAK.findall(text, finding.end, lines[at + 1].start)) > 1:
        among_chrome = at > 0 and lines[at - 1].end in dropped
        if rule.may_be_title and is_prose and not before and not among_chrome and _TITLE.fullmatch(finding.original):
            return _SECTION
        after = ""
    if _GOES_ON.search(before) or _WENT_ON.match(after) or (after and finding.original.endswith(",")):
        return "a sentence"
    words = len(before.split()) + len(after.split())
    both = words >= _SENTENCE_WORDS and _OPEN_END.search(before) and after[:1].islower()
    return "a sentence" if both else ""


def _settled(
    characters: int, wanted: Sequence[Finding], skipped: list[Skipped], profile: Profile, unbound: Collection[str]
) -> list[Finding]:
    """The findings that remain after governor and overlaps, by place.

    What the governor stops changes nothing, so it is taken out before overlaps are settled anew: what lies inside it acts.
    """
    while True:
        losers: list[Skipped] = []
        settled = _without_overlaps(wanted, losers)
        stopped = _over_share(characters, settled, profile, unbound)
        if not stopped:
            skipped += losers
            return settled
        skipped += stopped
        out = {id(one.finding) for one in stopped}
        wanted = [finding for finding in wanted if id(finding) not in out]


def _without_overlaps(wanted: Sequence[Finding], skipped: list[Skipped]) -> list[Finding]:
    """The findings that remain where overlaps are settled, by place."""
    taken: list[Finding] = []
    group: list[Finding] = []  # each begins in what those before it reach
    reach = 0
    for finding in sorted(wanted, key=lambda f: (f.start, f.end)):
        if group and finding.start >= reach and finding.start > group[-1].start:
            taken += _settled_group(group, skipped)
            group = []
        group.append(finding)
        reach = max(reach, finding.end)
    return taken + _settled_group(group, skipped)


def _settled_group(wanted: Sequence[Finding], skipped: list[Skipped]) -> list[Finding]:
    """Of findings that hang together those that remain, by place."""
    if len(wanted) == 1:
        return list(wanted)
    by_rank = sorted(wanted, key=lambda f: (f.action != "drop", f.start - f.end, f.start, f.rule, f.suggestion or ""))
    taken: list[Finding] = []  # by place; none overlaps another
    starts: list[int] = []
    for finding in by_rank:
        at = bisect_right(starts, finding.start)
        left = taken[at - 1] if at else None
        right = taken[at] if at < len(taken) else None
        if rival := _overlapping(finding, left, right):
            skipped.append(Skipped(finding, f"inside what {rival.rule} changes"))
        else:
            taken.insert(at, finding)
            starts.insert(at, finding.start)
    return taken


def _overlapping(finding: Finding, left: Finding | None, right: Finding | None) -> Finding | None:
    """Which of the neighbours has characters of a finding, or is at the very same place."""
    if left and (finding.start < left.end or (finding.start, finding.end) == (left.start, left.end)):
        return left
    return right if right and right.start < finding.end else None


def _over_share(characters: int, wanted: Sequence[Finding], profile: Profile, unbound: Collection[str]) -> list[Skipped]:
    """The drops that the governor stops: the shortest go first, as long as their sum is allowed."""
    allowed = max(profile.max_dropped_share * characters, profile.free_characters)
    drops = [finding for finding in wanted if finding.action == "drop" and finding.rule not in unbound]
    reason = f"governor: more than {profile.max_dropped_share:.0%} of the document would go"
    stopped = []
    total = 0
    for finding in sorted(drops, key=lambda f: (f.end - f.start, f.start)):
        total += finding.end - finding.start
        if total > allowed:
            stopped.append(Skipped(finding, reason))
    return stopped


def _with_gaps(text: str, lines: Sequence[Line], wanted: Sequence[Finding]) -> list[Finding]:
    """Dropped lines widened to their line breaks, so that one gap remains where two were.

    Of the line breaks before and after a run of dropped lines the more numerous stay; at the start of the document those
    before, at its end those after. White space behind the line before and the indent of the line after are not the run's.
    """
    starts = [line.start for line in lines]
    ends = [line.end for line in lines]
    done = list(wanted)
    number = 0
    while number < len(done):
        first = _line_at(starts, done[number].start) if done[number].action == "drop" else None
        last = _line_at(ends, done[number].end) if first is not None else None
        if first is None or last is None:
            number += 1
            continue
        run = [number]
        number += 1
        last = _underline(text, lines, last)
        while number < len(done) and last + 1 < len(lines):
            if done[number].action != "drop" and done[number].end <= starts[last + 1]:
                number += 1  # a repair in the gap: it goes with the gap, or stays
                continue
            next_last = _line_at(ends, done[number].end)
            if done[number].action != "drop" or done[number].start != starts[last + 1] or next_last is None:
                break
            last = _underline(text, lines, next_last)
            run.append(number)
            number += 1
        low, high = _widened(text, lines, first, last)
        for place, index in enumerate(run):
            end = done[run[place + 1]].start if place + 1 < len(run) else high
            done[index] = moved_to(done[index], text, low, end)
            low = end
    return done


def _underline(text: str, lines: Sequence[Line], line: int) -> int:
    """The line that makes a heading of this one, in Markdown, or this one; alone it would make one of what comes before."""
    if line + 1 == len(lines):
        return line
    following = lines[line + 1]
    signs = _UNDERLINE.fullmatch(text, following.start, following.end)
    return line + 1 if signs and len(_BREAK.findall(text, lines[line].end, following.start)) == 1 else line


_UNDERLINE = re.compile("=+|-+")


def _widened(text: str, lines: Sequence[Line], first: int, last: int) -> tuple[int, int]:
    """What goes with the lines `first` to `last`."""
    at_end = last + 1 == len(lines)
    before = (lines[first - 1].end if first else 0, lines[first].start)
    after = (lines[last].end, len(text) if at_end else lines[last + 1].start)
    breaks_before = list(_BREAK.finditer(text, *before))
    breaks_after = list(_BREAK.finditer(text, *after))
    if not at_end and (first == 0 or len(breaks_before) >= len(breaks_after)):
        low = breaks_before[-1].end() if breaks_before else lines[first].start if first else 0
        return low, breaks_after[-1].end() if breaks_after else after[1]
    low = breaks_before[0].start() if breaks_before and first else before[0]
    return low, breaks_after[0].start() if breaks_after else after[1]


_BREAK = re.compile("\r\n|[\n\r\u2028\u2029]")


def _line_at(offsets: Sequence[int], offset: int) -> int | None:
    at = bisect_left(offsets, offset)
    return at if at < len(offsets) and offsets[at] == offset else None
