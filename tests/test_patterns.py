"""Where `regex` hits, the automaton reports a candidate: in every script, for every construct of the common subset."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from making import REPO, findings, rule

from cleaner.folding import fold, without_case
from cleaner.matcher import Matcher
from cleaner.patterns import PatternError, check, compile_regex, parse
from cleaner.rules import MAX_SPAN_CHARACTERS, Ruleset
from cleaner.text import LINE_SEPARATORS, cut_lines

WORDS = (
    *(
        "Skip to content",
        "Read more",
        "kiosk",
        "Straße",
        "ﬁle",
        "Æther",
        "naïve",
        "Ångström",
        "c++ & co.",
        "24/7",
        "a-b",
        "[x]",
        "#top",
        "É",
    ),
    *(
        "Читайте также",
        "Подписаться",
        "ёлка",
        "Їжак",
        "Διαβάστε",
        "ΟΔΟΣ",
        "σχόλιο",
        "İptal",
        "ılık",
        "SIĞINAK",
        "diş",
        "ĳs",
        "µm",
    ),
    *(
        "続きを読む",
        "广告",
        "댓글",
        "إعلان",
        "فُتِحَ",
        "פרסומת",
        "विज्ञापन",
        "โฆษณา",
        "e\u0301te\u0301",
        "a\u0308rger",
        "\U00010414\U0001043c",
        "ß",
        "ẞ",
    ),
)
CLASSES = {
    r"\d": "0٣७",
    r"\w": "aЖλ中_9é",
    r"\s": " \t\u00a0",
    r"\W": ".- •",
    r"\S": "aÉ.",
    r"\D": "ax",
    ".": "a -中\U0001f600",
    r"\p{L}": "aßЖ中",
    r"\p{Lu}": "AÉЖ",
    r"\p{Greek}": "λΩ",
    r"[a-z]": "amz",
    "[^.]": "a Ж",
    "[а-яё]": "жё",
    "[’']": "’'",
    "[à-ü]": "éÜ",
    r"[\w.-]": "a.-é",
    r"[\s|•»›>-]": " |•»-",
    "[sSkK]": "sk",
    "[İıIi]": "İıIi",
    r"[\]\\^-]": "]\\^-",
    "[0-9A-F]": "09AF",
}
LEADS = ("", "", "", "• ", "[", "» ", "— ", "\u201c", "| ", "(", "* ", "✖ ", "1. ", "-")
TRAILS = ("", "", "", ".", " …", " |", " »", ":", "]", " →", "!", " -", "\u00a0", " ✕")
# What takes the place of a character where case is ignored, and what folding makes equal.
LOOKALIKES = {
    "s": "ſ",
    "S": "ſ",
    "k": "\u212a",
    "K": "\u212a",
    "i": "İı",
    "I": "İı",
    "σ": "ςΣ",
    "ß": "ẞ",
    "å": "Å",
    "µ": "μΜ",
    " ": "\u00a0\t\u2003-‐",
}

# A piece of a pattern, and a text that it matches.
Piece = tuple[str, str]


def literal(text: str) -> Piece:
    return regex.escape(text, special_only=True).replace("#", r"\#"), text


@st.composite
def atoms(draw: st.DrawFn) -> Piece:
    kind = draw(st.integers(0, 5))
    if kind == 0:
        source = draw(st.sampled_from(sorted(CLASSES)))
        return source, draw(st.sampled_from(CLASSES[source]))
    if kind == 1:
        chars = draw(st.sampled_from(WORDS)).replace(" ", "")[:6]
        return "[" + "".join("\\" + char if char in r"\]^-[" else char for char in chars) + "]", draw(st.sampled_from(chars))
    return literal(draw(st.sampled_from(WORDS)))


def together(pieces: list[Piece]) -> Piece:
    return "".join(source for source, _ in pieces), "".join(text for _, text in pieces)


@st.composite
def repeated(draw: st.DrawFn, inner: st.SearchStrategy[Piece]) -> Piece:
    source, text = draw(inner)
    least, most = draw(st.sampled_from([(0, 1), (0, 2), (1, 2), (2, 2), (1, 4), (0, 8), (3, 5)]))
    written = {(0, 1): "?"}.get((least, most), f"{{{least},{most}}}" if least != most else f"{{{least}}}")
    return f"(?:{source}){written}{draw(st.sampled_from(['', '?']))}", text * draw(st.integers(least, most))


@st.composite
def alternatives(draw: st.DrawFn, inner: st.SearchStrategy[Piece]) -> Piece:
    choices = draw(st.lists(inner, min_size=2, max_size=3))
    opening = draw(st.sampled_from(["(?:", "(", "(?P<n>"]))
    opening = "(" if any("(?P<n>" in source for source, _ in choices) else opening
    return opening + "|".join(source for source, _ in choices) + ")", draw(st.sampled_from(choices))[1]


@st.composite
def asserted(draw: st.DrawFn, inner: st.SearchStrategy[Piece]) -> Piece:
    source, text = draw(inner)
    before = draw(st.sampled_from(["", r"\b", "(?<!q)", "(?<![0-9])", "(?!zz)", "(?=.)", "^", r"(?<=\s)"]))
    after = draw(st.sampled_from(["", "", r"\b", "(?!q)", r"(?=\W)", "$", r"(?![\w-])"]))
    return f"{before}{source}{after}", text


def pieces(inner: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
    sequence = st.lists(inner, min_size=1, max_size=3).map(together)
    return st.one_of(sequence, repeated(inner), alternatives(inner), asserted(inner))


PIECES = st.recursive(atoms(), pieces, max_leaves=8).filter(lambda piece: piece[0].count("(?P<n>") < 2)


@st.composite
def variants(draw: st.DrawFn, text: str) -> str:
    """`text` in another case, or with characters that folding takes for the same."""
    return "".join(draw(st.sampled_from(forms)) if len(forms) > 1 else forms for forms in map(_forms, text))


def _forms(char: str) -> str:
    return (
        char * 3
        + "".join(form for form in (char.upper(), char.lower(), char.title()) if len(form) == 1)
        + LOOKALIKES.get(char, "")
    )


@st.composite
def line_cases(draw: st.DrawFn) -> tuple[str, str]:
    """A pattern for a whole line, and a text."""
    source, example = draw(PIECES)
    if draw(st.booleans()):
        source = r"[\s•»|\[(*-]{0,3}" + source + r"[\s:.…»›>|\])→-]{0,4}"
    flags = draw(st.sampled_from(["(?i)", "(?i)", "", "(?is)", "(?im)"]))
    lines = [draw(st.sampled_from(LEADS)) + draw(variants(example)) + draw(st.sampled_from(TRAILS)) for _ in range(3)]
    lines += [draw(st.sampled_from(WORDS)), "The council met on Tuesday.", example + example, example]
    separator = draw(st.sampled_from(["\n", "\r\n", "\n\n  ", "\u2028"]))
    return flags + source, separator.join(draw(st.permutations(lines)))


@st.composite
def span_cases(draw: st.DrawFn) -> tuple[str, str]:
    """A pattern for a span, and a text."""
    source, example = draw(PIECES)
    flags = draw(st.sampled_from(["(?i)", "(?i)", ""]))
    stretches = [draw(variants(example)) for _ in range(3)] + ["The council met.", draw(st.sampled_from(WORDS)), example]
    gaps = st.sampled_from([" ", "", ", ", ". ", "—", "\n", "\n\n", "x"])
    return flags + source, "".join(stretch + draw(gaps) for stretch in draw(st.permutations(stretches)))


def spans_of(pattern: str, unit: str, text: str) -> set[tuple[int, int]]:
    """Where the matcher says that a rule with `pattern` hits; the rule must be one that loads."""
    try:
        matcher = Matcher(Ruleset([rule(pattern=pattern, unit=unit)]))
    except ValueError as error:
        raise AssertionError(f"{pattern!r}: {error}") from error
    return {(finding.start, finding.end) for finding in findings(matcher, text)}


def loads(pattern: str, unit: str) -> bool:
    parsed = parse(pattern, whole_line=unit == "line")
    return bool(parsed.literals) and (unit == "line" or parsed.max_width <= MAX_SPAN_CHARACTERS)


@settings(max_examples=300)
@given(line_cases())
def test_a_line_rule_hits_exactly_the_lines_that_regex_matches_as_a_whole(case: tuple[str, str]) -> None:
    pattern, text = case
    assume(loads(pattern, "line"))
    compiled = compile_regex(pattern)
    expected = {(line.start, line.end) for line in cut_lines(text) if compiled.fullmatch(text[line.start : line.end])}
    assert spans_of(pattern, "line", text) == expected


@settings(max_examples=300)
@given(span_cases())
def test_a_span_rule_hits_exactly_where_regex_finds_it(case: tuple[str, str]) -> None:
    pattern, text = case
    assume(loads(pattern, "span"))
    assert spans_of(pattern, "span", text) == {match.span() for match in compile_regex(pattern).finditer(text) if match[0]}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("form", [str.upper, str.lower, str.title, str.swapcase, str.casefold])
def test_no_case_of_a_word_is_missed_in_any_script(word: str, form: Callable[[str], str]) -> None:
    pattern = "(?i)zq" + literal(word)[0]
    text = "zq" + form(word)
    assert spans_of(pattern, "line", text) == ({(0, len(text))} if regex.fullmatch(pattern, text) else set())


@pytest.mark.parametrize(
    "word", [*WORDS, "ιστορία", "ΣΧΟΛΙΑ και", "μουσική", "ίδιοι", "Ǆungla", "ǆ", "ﬆ", "ΐ", "ი", "Ⴀ", "ꭰ", "ⅷ", "ⓐ"]
)
@pytest.mark.parametrize("form", [str, str.upper, str.lower, str.title, str.swapcase])
def test_no_case_of_a_word_is_missed_as_a_line_of_its_own(word: str, form: Callable[[str], str]) -> None:
    pattern = f"(?i){literal(word)[0]}"
    texts = [form(word), f"{form(word)}."]
    if loads(pattern, "line"):
        for text in texts:
            hit = regex.fullmatch(pattern, text)
            assert spans_of(pattern, "line", f"x\n{text}\ny") == ({(2, 2 + len(text))} if hit else set())


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
def test_every_character_that_regex_takes_for_an_ascii_letter_is_folded_to_it(letter: str) -> None:
    same = set(regex.findall(f"(?i){letter}", all_characters())) - {letter, letter.upper()}
    assert {char for char in same if fold(char) != letter} == set()


def test_every_white_space_inside_a_line_is_folded_to_a_space() -> None:
    white = set(regex.findall(r"\s", all_characters())) | {char for char in all_characters() if char.isspace()}
    assert {char for char in white - set(LINE_SEPARATORS) if fold(char) != " "} == set()


@cache
def all_characters() -> str:
    return "".join(chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)


def test_no_cased_character_of_unicode_is_missed_in_any_of_its_cases() -> None:
    cased = [char for char in all_characters() if char.casefold() != char or char.upper() != char or char.lower() != char]
    text = "".join(cased)
    others = {char: {other for other in regex.findall(f"(?i){regex.escape(char)}", text) if other != char} for char in cased}
    asked = {char: same for char, same in others.items() if same and not char.isascii()}
    assert len(asked) > 2_000
    rules = [rule(f"u{ord(char):x}", pattern=f"(?i)zqx{char}") for char in asked]
    lines = "\n".join(f"zqx{char}" for char in sorted(set().union(*asked.values())))
    hits: dict[str, set[str]] = {}
    for finding in findings(Matcher(Ruleset(rules)), lines):
        hits.setdefault(chr(int(finding.rule.rsplit("/u", 1)[1], 16)), set()).add(finding.original[-1])
    assert {char: same - hits.get(char, set()) for char, same in asked.items() if same - hits.get(char, set())} == {}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"Read\s{1,3}more about it", "Read \t more about it"),
        (r"(?i)[\s•»]{0,3}skip to content\b.{0,20}", "» SKIP\u00a0TO‑CONTENT"),
        (r"(?x) Share \s this  # with friends", "Share this"),
        (r"(?:Teilen|Partager)(?: auf)? \p{Lu}\w+", "Partager Facebook"),
        (r"\(?© \d{4} Harbour [^.]{2,20}\)?", "(© 2024 Harbour Post)"),
        (r"Tags?: .+", "Tags: ships, tolls"),
        (r"[Ll]oading\.{3}", "loading..."),
        (r"\x41dvertisement\u002e", "Advertisement."),
        (r"«Vorige|Nächste»", "Nächste»"),
        (r"kiosk", "kiosk"),
        (r"(?i)kiosk", "\u212aio\u017f\u212a"),
        (r"(?=Share)Share(?<=are) now", "Share now"),
        (r"By(?: \|){1,3} Published", "By | | Published"),
        ("\\x00\0{1,2}Read\0more", "\0\0Read\0more"),
    ],
)
def test_patterns_of_every_day_are_found_as_lines(pattern: str, text: str) -> None:
    assert bool(compile_regex(pattern).fullmatch(text)) == (spans_of(pattern, "line", f"x\n{text}\ny") == {(2, 2 + len(text))})
    assert loads(pattern, "line")


REFUSED = {
    "backreference": (r"(a)b\1", 4),
    "named backreference": (r"(?P<a>x)(?P=a)", 8),
    "group reference": (r"(a)\g<1>", 3),
    "keep out": (r"ab\Kc", 2),
    "any line break": (r"a\Rb", 1),
    "grapheme": (r"a\Xb", 1),
    "possessive star": ("ab*+c", 2),
    "possessive count": ("a{2,3}+", 1),
    "atomic group": ("a(?>b)", 1),
    "fuzzy": ("(?:abcd){e<=1}", 8),
    "fuzzy insertions": ("abc{i}", 3),
    "named character": (r"\N{DASH}", 0),
    "scoped flags": ("a(?i:b)", 1),
    "flags in the middle": ("a(?i)b", 1),
    "unknown flag": ("(?u)abc", 2),
    "conditional": ("(a)?(?(1)b|c)", 4),
    "recursion": ("a(?R)?", 1),
    "call of a group": ("(a)(?1)", 3),
    "branch reset": ("(?|a|b)", 0),
    "comment group": ("a(?#note)", 1),
    "bare brace": ("a{x}", 1),
    "brace at the start": ("{2}", 0),
    "huge count": ("a{99999}", 1),
    "huge upper count": ("ab{2,100000}", 2),
    "nothing to repeat": ("*a", 0),
    "nothing to repeat in a group": ("a(?:+b)", 4),
    "missing bracket": ("ab[cd", 2),
    "missing parenthesis": ("ab(cd", 2),
    "stray parenthesis": ("ab)cd", 2),
    "trailing backslash": ("ab\\", 2),
    "property without a name": (r"a\p{}", 1),
    "code point without digits": (r"a\uxyzw", 1),
    "short code point": (r"a\u12", 3),
    "nested set": ("[a[b]]", 2),
    "word boundary in a class": (r"[a\b]", 2),
    "unknown escape": (r"a\y", 1),
    "search anchor": (r"\Gab", 0),
    "whole word fuzzy flag": ("(?b)abc", 2),
}


@pytest.mark.parametrize(("pattern", "position"), REFUSED.values(), ids=REFUSED)
def test_what_the_engines_do_not_share_is_refused_at_its_place(pattern: str, position: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse(pattern)
        check(pattern)
    assert caught.value.position == position
    assert str(caught.value)


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    for depth in (50, 5_000):
        with pytest.raises(PatternError) as caught:
            parse("(" * depth + "a" + ")" * depth)
        assert 0 < caught.value.position < depth


def test_a_pattern_that_is_too_long_is_refused() -> None:
    with pytest.raises(PatternError, match="longer than"):
        parse("a" * 20_001)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the memory of a process")
@pytest.mark.parametrize("pattern", ["(?:a{9999}){9999}", "(?:(?:(?:a{999}){99}){99}){99}"])
def test_counts_that_multiply_without_bound_are_refused_before_they_take_the_memory(pattern: str) -> None:
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from cleaner.patterns import PatternError, parse
try:
    parse({pattern!r})
except PatternError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=REPO)
    assert "count" in run.stdout


@pytest.mark.parametrize("pattern", ["(?:a|b|c|d){9999}", "(?:(?:a{9}){9}){9}", ".{0,9999}a"])
def test_counts_within_reason_cost_nothing(pattern: str) -> None:
    assert 729 <= parse(pattern).max_width <= 10_000


@pytest.mark.parametrize(
    "pattern", [r"\p{Nonsense}", r"a\p{Greekk}", "[z-a]", r"(?P<1a>x)", "(?<a>x)(?<b", r"\p{Script=Klingon}"]
)
def test_what_regex_itself_refuses_is_a_pattern_error(pattern: str) -> None:
    with pytest.raises(PatternError):
        check(pattern)


@given(
    st.lists(
        st.sampled_from([*"ab()[]{}|?*+^$\\.-,:=!<>#'1 \n", r"\b", r"\p{L}", "(?", "{2,3}", "é", "\ud800", "\0"]), max_size=12
    )
)
@settings(max_examples=1_000)
def test_any_text_is_a_pattern_or_a_pattern_error(tokens: list[str]) -> None:
    source = "".join(tokens)
    try:
        pattern = parse(source)
    except PatternError as error:
        position = error.position
    else:
        assert pattern.caseless == parse(source, whole_line=True).caseless
        position = 0
    assert 0 <= position <= len(source)


@given(line_cases())
def test_one_literal_at_least_stands_in_every_match(case: tuple[str, str]) -> None:
    pattern, text = case
    parsed = parse(pattern)
    assume(parsed.literals)
    for match in _matches(pattern, text):
        seen = as_seen(match, caseless=parsed.caseless)
        for literals in (parsed.literals, parsed.whole_literals):
            assert any(as_seen(one, caseless=parsed.caseless) in seen for one in literals)


def as_seen(text: str, *, caseless: bool) -> str:
    seen = without_case(fold(text))
    return seen.lower() if caseless else seen


def _matches(pattern: str, text: str) -> Iterator[str]:
    return (match[0] for match in compile_regex(pattern).finditer(text))


@pytest.mark.parametrize(
    ("pattern", "width", "lookahead"),
    [
        ("abc", 3, 0),
        ("a{2,5}b?", 6, 0),
        ("a*", float("inf"), 0),
        ("(?:ab|cde)(?=fg)", 3, 2),
        (r"ab\b", 2, 1),
        ("(?<=abc)d", 1, 0),
    ],
)
def test_the_widest_match_and_how_far_it_looks_are_known(pattern: str, width: float, lookahead: float) -> None:
    assert parse(pattern).max_width == width
    assert parse(pattern).max_lookahead == lookahead


@pytest.mark.parametrize(
    ("pattern", "width"),
    [("abc", 3), ("a{2,5}b?", 2), ("a*", 0), ("(?:ab|cde)(?=fg)", 2), (r"(?i)\s(?:tv|news\b){4,30}", 9), ("(?:ab){0}c", 1)],
)
def test_the_narrowest_match_is_known(pattern: str, width: int) -> None:
    assert parse(pattern).min_width == width


@pytest.mark.parametrize("pattern", ["(a+)+$", "(?:a*b*)*", "(?:a|b+)*c", "((?:ab)+)+"])
def test_one_unbounded_repeat_inside_another_is_noticed(pattern: str) -> None:
    assert parse(pattern).nested_repeat


@pytest.mark.parametrize("pattern", ["a+b+", "(?:ab){1,3}", "(?:a{1,9})+", "(?:a+b){2,3}"])
def test_repeats_that_are_bounded_or_side_by_side_are_not_nested(pattern: str) -> None:
    assert not parse(pattern).nested_repeat


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"council\s{1,6}meeting", "the council \n\n meeting"),
        (r"council\smeeting", "council\u2028meeting"),
        (r"council\nmeeting", "council\nmeeting"),
        (r"council\r\nmeeting", "the council\r\nmeeting"),
        (r"council\n\nmeeting", "the council\n\nmeeting"),
        (r"(?s)council.meeting", "council\nmeeting"),
        (r"(?m)council$", "council\nmeeting"),
        (r"(?m)^meeting", "council\nmeeting"),
    ],
)
def test_a_span_pattern_may_cross_line_breaks(pattern: str, text: str) -> None:
    assert spans_of(pattern, "span", text) == {match.span() for match in compile_regex(pattern).finditer(text)} != set()
