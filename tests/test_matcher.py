import multiprocessing
import pickle
import random
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import cpu_seconds, findings, found, odd_text, rule
from msgspec import structs

from cleaner.bench import cases
from cleaner.edits import Finding
from cleaner.matcher import Matcher, MatchTimeoutError
from cleaner.matcher import document as matching
from cleaner.rules import Rule, RuleError, Ruleset

FILLER = "The council met on Tuesday to discuss the bridge."


def lines(*contents: str) -> str:
    return "\n".join(contents)


def prose(count: int) -> list[str]:
    return [f"Paragraph {number} of the report is about the river." for number in range(count)]


# --- units ---------------------------------------------------------------------------------------------------------


def test_a_line_rule_matches_whole_lines_only() -> None:
    menu = rule(pattern="Skip to content")
    assert (
        found(menu, lines("Skip to content", "  Skip to content \t", "Skip to content now", "Never Skip to content"))
        == ["Skip to content"] * 2
    )


def test_a_line_finding_leaves_out_the_white_space_around_the_line() -> None:
    (finding,) = findings(Matcher(Ruleset([rule(pattern="Skip to content")])), "a\n\t Skip to content  \nb")
    assert (finding.start, finding.end, finding.original) == (4, 19, "Skip to content")


def test_a_finding_names_rule_action_label_message_and_place() -> None:
    one = rule(pattern="Skip to content", action="drop", label="boilerplate", summary="Link of the page's frame")
    (finding,) = findings(Matcher(Ruleset([one])), "é\nSkip to content")
    assert finding == Finding(
        "boilerplate/web/found", "drop", 2, 17, "boilerplate", "Link of the page's frame", "Skip to content", None, None
    )


def test_a_span_rule_matches_inside_the_text_wherever_it_stands() -> None:
    assert found(rule(unit="span", pattern=r"\[edit[^\]]{0,9}\]"), "Roads[edit] and [edit 2]\n[edit]") == [
        "[edit]",
        "[edit 2]",
        "[edit]",
    ]


def test_a_span_rule_without_case_finds_capitals_outside_ascii() -> None:
    assert found(rule(unit="span", pattern="(?i)подробнее"), "ПОДРОБНЕЕ, Подробнее") == ["ПОДРОБНЕЕ", "Подробнее"]


BLOCK = {"unit": "block", "pattern": "Related stories"}


def test_a_block_runs_to_the_line_before_its_end() -> None:
    text = lines(FILLER, "Related stories", "Bridge opens", "", "Tolls gone", "Comments (3)", FILLER)
    assert found(rule(**BLOCK, until=r"Comments.*"), text) == [lines("Related stories", "Bridge opens", "", "Tolls gone")]


def test_a_block_without_an_end_runs_to_the_end_of_the_document() -> None:
    assert found(rule(**BLOCK), lines(FILLER, "Related stories", "One", "Two", "")) == [lines("Related stories", "One", "Two")]


def test_a_block_whose_end_does_not_come_runs_to_the_end_of_the_document() -> None:
    assert found(rule(**BLOCK, until="Comments"), lines("Related stories", "One")) == [lines("Related stories", "One")]


@pytest.mark.parametrize(("length", "hit"), [(4, True), (5, False)])
def test_a_block_longer_than_max_lines_is_no_hit(length: int, *, hit: bool) -> None:
    text = lines(FILLER, "Related stories", *["An older story"] * (length - 1))
    assert bool(found(rule(**BLOCK, max_lines=4), text)) == hit


@pytest.mark.parametrize(("length", "hit"), [(4, True), (5, False)])
def test_a_block_whose_end_is_further_than_max_lines_is_no_hit(length: int, *, hit: bool) -> None:
    text = lines("Related stories", *["An older story"] * (length - 1), "Comments", *prose(20))
    assert bool(found(rule(**BLOCK, until="Comments", max_lines=4), text)) == hit


def test_blocks_of_one_rule_do_not_overlap() -> None:
    text = lines("Related stories", "Related stories", "One", "Comments", "Related stories", "Two")
    assert found(rule(**BLOCK, until="Comments"), text) == [
        lines("Related stories", "Related stories", "One"),
        lines("Related stories", "Two"),
    ]


def test_a_block_may_be_one_line() -> None:
    assert found(rule(**BLOCK, until="Comments"), lines("Related stories", "Comments")) == ["Related stories"]


# --- conditions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edge", "within", "places"),
    [
        ("head", 2, [0, 1]),
        ("tail", 2, [28, 29]),
        ("either", 1, [0, 29]),
        ("head", 20, [*range(20)]),
        ("tail", 20, [*range(10, 30)]),
    ],
)
def test_position_counts_lines_that_are_not_blank_from_its_edge(edge: str, within: int, places: list[int]) -> None:
    text = "\n\n \n".join(f"Share this story {number}" for number in range(30))
    hits = found(rule(pattern=r"Share this story \d+", position={"edge": edge, "within": within}), text)
    assert hits == [f"Share this story {place}" for place in places]


def test_a_pattern_without_fixed_letters_works_near_an_edge() -> None:
    name = rule(pattern=r"\p{Lu}\w+ \p{Lu}\w+", position={"edge": "tail", "within": 2})
    assert found(name, lines("Ada Byron", *prose(4), "Orla Tennant")) == ["Orla Tennant"]


LABEL, NAME = rule("label", pattern="Published by:?"), r"[\p{Lu}][\w.'’-]+(?: \p{Lu}[\w.'’-]+){1,3}"


def test_after_holds_only_right_after_a_hit_of_the_other_rule() -> None:
    text = lines("Orla Tennant", "Published by:", "", "Orla Tennant", "Ada Byron")
    assert found([LABEL, rule("name", pattern=NAME, after="label")], text) == ["Published by:", "Orla Tennant"]


def test_before_holds_only_right_before_a_hit_of_the_other_rule() -> None:
    text = lines("Ada Byron", "Orla Tennant", "", "Published by", "Orla Tennant")
    assert found([LABEL, rule("name", pattern=NAME, before="label")], text) == ["Orla Tennant", "Published by"]


def test_after_and_before_together_need_both() -> None:
    both = rule("name", pattern=NAME, after="label", before="end")
    text = lines("Published by", "Ada Byron", "Published by", "Orla Tennant", "End of story")
    assert found([both, LABEL, rule("end", pattern="End of story")], text)[2:] == ["Orla Tennant", "End of story"]


def test_rules_form_chains_in_any_order_of_the_file() -> None:
    chain = [
        rule("date", pattern=r"\p{Lu}\w+ \d{1,2}, \d{4}", after="date-label"),
        rule("date-label", pattern="Published on:", after="name"),
        rule("name", pattern=NAME, after="label"),
        LABEL,
    ]
    text = lines("Published by:", "Orla Tennant", "Published on:", "April 21, 2024", "April 22, 2024")
    assert found(chain, text) == text.split("\n")[:4]
    assert found(chain[::-1], text) == text.split("\n")[:4]


def test_after_a_block_means_after_its_last_line() -> None:
    box = rule("box", **BLOCK, until="Comments")
    text = lines("Related stories", "One", "Comments", "Related stories", "Two")
    assert found([box, rule("next", pattern=r"\w+", after="box")], text) == [
        lines("Related stories", "One"),
        "Comments",
        lines("Related stories", "Two"),
    ]


def test_after_a_rule_with_phrases_is_refused() -> None:
    with pytest.raises(RuleError, match="matches spans, not lines"):
        Ruleset([rule("words", phrases={"push conference": "press conference"}), rule("name", pattern=NAME, after="words")])


def test_repeats_hits_every_copy_but_the_first() -> None:
    headline = rule(pattern=r".{10,200}", repeats={"edge": "head", "within": 2}, min_words=4)
    text = lines(
        "Share", "Mayor quits after the vote", *prose(3), "Mayor quits after the vote", "x", "Mayor quits after the vote"
    )
    hits = findings(Matcher(Ruleset([headline])), text)
    assert [hit.original for hit in hits] == ["Mayor quits after the vote"] * 2
    assert hits[0].start > text.index("Paragraph 2")


def test_a_short_text_is_not_all_edge() -> None:
    tail = rule(pattern=r"Share this story \d+", position={"edge": "tail", "within": 30, "share": 0.5})
    lines = [f"Share this story {number}" for number in range(8)]
    assert found(tail, "\n".join(lines)) == lines[4:]
    assert found(tail, "\n".join(lines[:1])) == lines[:1]
    assert found(tail, "\n".join(lines * 10)) == (lines * 10)[-30:]


def test_repeats_needs_the_first_copy_at_its_position() -> None:
    headline = rule(pattern=r".{10,200}", repeats={"edge": "head", "within": 2})
    assert found(headline, lines(*prose(3), "Mayor quits after the vote", "x", "Mayor quits after the vote")) == []


@pytest.mark.parametrize(
    ("text", "hit"), [("Share one", False), ("Share one two", True), ("Share 1 2 3", True), ("Share 1 2 3 4", False)]
)
def test_min_and_max_words_bound_the_line(text: str, *, hit: bool) -> None:
    assert bool(found(rule(pattern="Share.{0,60}", min_words=3, max_words=4), text)) == hit


@pytest.mark.parametrize(("rest", "hit"), [("One", True), ("One two three four", False)])
def test_max_words_counts_the_whole_block(rest: str, *, hit: bool) -> None:
    assert bool(found(rule(**BLOCK, max_words=5), lines("Related stories", rest))) == hit


def test_a_line_with_more_than_25_characters_a_word_is_too_long() -> None:
    share = rule(pattern=r"Share .{0,200}", max_words=2)
    assert found(share, "Share " + "x" * 44) == ["Share " + "x" * 44]
    assert found(share, "Share " + "x" * 45) == []


@pytest.mark.parametrize(("language", "hit"), [("de", True), ("fr", True), ("en", False), (None, True)])
def test_languages_bind_a_rule_to_documents_in_them_or_of_unknown_language(language: str | None, *, hit: bool) -> None:
    rules = [
        rule(pattern="Mehr lesen", languages=["de", "fr"]),
        rule("span", unit="span", pattern="lesen", languages=["de", "fr"]),
    ]
    assert bool(found(rules, "Mehr lesen", language)) == hit


@pytest.mark.parametrize(
    ("host", "hit"),
    [
        ("example.org", True),
        ("news.example.org", True),
        ("a.b.example.org", True),
        ("badexample.org", False),
        ("example.org.evil.net", False),
        ("paper.example", True),
        ("www.paper.example", False),
        (None, False),
    ],
)
def test_domains_bind_a_rule_to_hosts(host: str | None, *, hit: bool) -> None:
    assert bool(found(rule(pattern="Read more", domains=["*.example.org", "paper.example"]), "Read more", None, host)) == hit


# --- cues ----------------------------------------------------------------------------------------------------------

BIOGRAPHY: dict[str, Any] = {
    "cues": [
        {"pattern": r"(?i)\bstaff (?:writer|reporter)\b", "weight": 2},
        {"pattern": r"(?i)\bbefore joining\b", "weight": 1.5},
        {"pattern": r"[\w.]{1,30}@[\w.]{1,30}", "weight": 1},
        {"pattern": r"(?i)\bdied\b", "weight": -3},
        {"pattern": r"“"},
    ],
    "threshold": 3,
}


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Orla is a staff writer at the Courier. Before joining it she baked.", 3.5),
        ("Orla is a staff writer. Write to orla@courier.example", 3.0),
        ("Orla is a staff writer and a staff reporter.", None),
        ("Orla is a staff writer. Before joining the Courier she nearly died.", None),
        ("Staff writer Orla died. “Before joining us,” he said: o@c.example", None),
        ("Before joining. “STAFF WRITER” a@b.c", 5.5),
        ("Nothing of the kind.", None),
    ],
)
def test_cues_hit_where_the_weights_of_those_found_reach_the_threshold(text: str, score: float | None) -> None:
    hits = findings(Matcher(Ruleset([rule(**BIOGRAPHY)])), lines(FILLER, text, FILLER))
    assert [hit.score for hit in hits] == ([] if score is None else [score])


SIGNS = ("alpha beacon", "brass kettle", "cider press", "dusty ledger", "eager falcon")


@given(
    st.lists(st.tuples(st.sampled_from(SIGNS), st.integers(-3, 4)), min_size=1, max_size=5, unique_by=lambda sign: sign[0]),
    st.data(),
)
def test_cues_agree_with_plain_addition(signs: list[tuple[str, int]], data: st.DataObject) -> None:
    threshold = data.draw(st.integers(1, 5))
    one = rule(cues=[{"pattern": sign, "weight": weight} for sign, weight in signs if weight], threshold=threshold)
    texts = data.draw(st.lists(st.lists(st.sampled_from(SIGNS), max_size=5), min_size=1, max_size=4))
    weights = dict(signs)
    sums = [sum(weights.get(sign, 0) for sign in set(text)) for text in texts]
    contents = [" and ".join(["then", *text]) for text in texts]
    assert found(one, lines(*contents)) == [
        content for content, total in zip(contents, sums, strict=True) if total >= threshold
    ]


# --- phrases -------------------------------------------------------------------------------------------------------

PHRASES = {"believe container": "think tank", "push conference hall": "press conference hall", "Überschall-Druck": "Hochdruck"}


@pytest.mark.parametrize(
    "text",
    [
        "believe container",
        "Believe Container",
        "BELIEVE CONTAINER",
        "believe-container",
        "believe‑container",
        "believe\u00a0container",
        "believe\tcontainer",
        "believe\ncontainer",
        "believe  \r\n   container",
        "believe\u2028container",
        "(believe container)",
        "“believe container”,",
        "push conference\nhall",
        "push\nconference hall",
        "push\n            conference\n            hall",
        "überschall druck",
        "ÜBERSCHALL-DRUCK",
    ],
)
def test_a_phrase_is_found_in_any_case_over_breaks_and_hyphens(text: str) -> None:
    (hit,) = found(rule(phrases=PHRASES), f"The Beijing-based {text} said so.")
    assert hit == text.strip("()“”,")


@pytest.mark.parametrize(
    "text",
    [
        "believed container",
        "believe containers",
        "disbelieve container",
        "believe, container",
        "believe the container",
        "believe_container",
    ],
)
def test_a_phrase_is_whole_words(text: str) -> None:
    assert found(rule(phrases=PHRASES), f"They {text} now.") == []


def test_a_phrase_suggests_its_likely_original() -> None:
    (hit,) = findings(
        Matcher(Ruleset([rule(phrases=[{"found": "believe container", "original": "think tank", "weight": 0.8}])])),
        "a believe container",
    )
    assert (hit.suggestion, hit.score, hit.start, hit.end) == ("think tank", 0.8, 2, 19)


def test_phrases_beside_each_other_are_all_found() -> None:
    both = rule(
        phrases={"believe container": "think tank", "container ship": "tank ship", "push conference": "press conference"}
    )
    assert found(both, "believe container ship. Push conference push conference") == [
        "believe container",
        "container ship",
        "Push conference",
        "push conference",
    ]


@given(st.lists(st.sampled_from(["believe", "container", "push", "conference", "hall", "x"]), max_size=12), st.data())
def test_phrases_are_found_wherever_their_words_follow_each_other(words: list[str], data: st.DataObject) -> None:
    gaps = st.sampled_from([" ", "-", "\n", ", ", "\u00a0", "\n "])
    text = "".join(word + data.draw(gaps) for word in words)
    pairs = [(a, b) for (a, b) in pairwise(words)]
    hits = found(rule(phrases={"believe container": "think tank"}), text)
    commas = [text.split("believe")[n + 1].startswith(", ") for n in range(text.count("believe"))]
    followed = [b == "container" for a, b in [*pairs, (words[-1] if words else "", "")] if a == "believe"]
    assert len(hits) == sum(joined and not comma for joined, comma in zip(followed, commas, strict=True))


# --- replacements --------------------------------------------------------------------------------------------------


def test_a_replacement_takes_groups_of_the_pattern() -> None:
    one = rule(unit="span", action="replace", pattern=r"(?i)page (\d{1,3}) of (?P<all>\d{1,3})", replacement=r"\1/\g<all>")
    assert [hit.suggestion for hit in findings(Matcher(Ruleset([one])), "Page 2 of 13 and page 3 of 13")] == ["2/13", "3/13"]


def test_a_replacement_of_a_line_rule_takes_groups_of_the_pattern() -> None:
    one = rule(action="replace", pattern=r"Title: (.+)", replacement=r"\1")
    assert [hit.suggestion for hit in findings(Matcher(Ruleset([one])), "Title: The long winter")] == ["The long winter"]


def test_a_group_that_took_no_part_is_empty_in_the_replacement() -> None:
    one = rule(unit="span", action="replace", pattern=r"chapter (\d)?x", replacement=r"<\1>")
    assert [hit.suggestion for hit in findings(Matcher(Ruleset([one])), "chapter x")] == ["<>"]


# --- who speaks ----------------------------------------------------------------------------------------------------


def test_a_rule_outside_only_stays_silent_but_anchors_others() -> None:
    rules = Ruleset([LABEL, rule("name", pattern=NAME, after="label"), rule("more", pattern="Read more")])
    text = lines("Published by", "Orla Tennant", "Read more")
    assert [hit.original for hit in findings(Matcher(rules, {"boilerplate/web/name"}), text)] == ["Orla Tennant"]


def test_a_deprecated_rule_never_matches() -> None:
    assert found(rule(pattern="Read more", status="deprecated"), "Read more") == []


def test_a_rule_after_a_deprecated_one_has_nothing_to_follow() -> None:
    old = rule("label", pattern="Published by", status="deprecated")
    assert found([old, rule("name", pattern=NAME, after="label")], lines("Published by", "Orla Tennant")) == []


def test_no_rules_find_nothing() -> None:
    assert findings(Matcher(Ruleset([])), FILLER) == []


def test_empty_text_has_no_findings() -> None:
    rules = [
        rule("a", pattern=r".*", position={"edge": "head", "within": 3}),
        rule("b", pattern="Read more"),
        rule("c", **BLOCK),
    ]
    assert found(rules, "") == []


# --- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "line"),
    [(r"Read(?:a|aa)+$", "Read" + "a" * 60 + "ba"), (r"Read(?:a|b|ab)*c", "Read" + "ab" * 40 + "dc")],
)
def test_a_pattern_that_backtracks_without_end_is_stopped(pattern: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "CONFIRM_SECONDS", 0.2)
    started = time.monotonic()
    with pytest.raises(MatchTimeoutError, match="boilerplate/web/found"):
        found(rule(pattern=pattern), line)
    assert time.monotonic() - started < 10


def test_a_rule_that_matches_very_often_has_time_for_each_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "CONFIRM_SECONDS", 0.1)
    assert len(found(rule(unit="span", pattern=r"cook(?:ie)?s\b"), "the cooks said " * 200_000)) == 200_000


@pytest.mark.parametrize("unit", ["line", "span"])
def test_a_nested_repeat_on_a_long_line_ends(unit: str) -> None:
    started = time.monotonic()
    try:
        hits = found(rule(unit=unit, pattern="Read(?:a{1,30}){1,30}$"), "Read" + "a" * 5_000 + "ba")
    except MatchTimeoutError:
        hits = []
    assert hits == []
    assert time.monotonic() - started < 10


def test_a_document_has_a_total_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "DOCUMENT_SECONDS", 0.3)
    rules = [rule(f"r{number}", pattern=rf"Read{number}(?:a|aa)+$") for number in range(200)]
    slow = "\n".join(f"Read{number}" + "a" * 28 + "ba" for number in range(200))
    started = time.monotonic()
    with pytest.raises(MatchTimeoutError):
        found(rules, slow)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "slow",
    [
        {"pattern": "(?:[xw]{1,9}[vx]{1,9}){1,9}yzebra"},
        {"cues": [{"pattern": "(?:[xw]{1,9}[vx]{1,9}){1,9}yzebra", "weight": 1.0}], "threshold": 1.0},
        {"unit": "block", "pattern": "begin", "until": "(?:[xw]{1,9}[vx]{1,9}){1,9}yzebra"},
    ],
)
def test_one_rule_on_many_lines_has_no_more_than_that_budget(slow: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "DOCUMENT_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(MatchTimeoutError):
        found(rule(**slow), "begin\n" + "\n".join("x" * 24 + f"q{number}q yzebra" for number in range(50)))
    assert time.monotonic() - started < 10


def test_a_long_line_without_breaks_is_scanned_in_linear_time() -> None:
    rules = [
        rule("a", pattern="(?i)Read more.{0,160}"),
        rule("b", unit="span", pattern=r"page \d{1,3}"),
        rule("c", phrases=PHRASES),
    ]
    text = "read mor pag believe containe " * 100_000
    started = time.monotonic()
    assert found(rules, text) == []
    assert time.monotonic() - started < 10


def test_rules_that_begin_alike_cost_no_more_than_few() -> None:
    text = "\n".join(f"Published by the Harbour Post, section {number % 5}\n{FILLER}" for number in range(2_000))

    def seconds(count: int) -> float:
        rules = [rule(f"r{number}", pattern=f"Published by the Harbour Post, section {number}") for number in range(count)]
        matcher = Matcher(Ruleset(rules))
        assert len(findings(matcher, text)) == 2_000
        return cpu_seconds(lambda: findings(matcher, text))

    assert seconds(2_000) < 5 * seconds(5) + 0.05


# --- sharing -------------------------------------------------------------------------------------------------------


def many_rules() -> Ruleset:
    return Ruleset(
        [
            LABEL,
            rule("name", pattern=NAME, after="label"),
            rule("more", pattern="(?i)read more.{0,60}"),
            rule("bio", **BIOGRAPHY),
            rule("words", phrases=PHRASES),
            rule("box", **BLOCK, until="Comments"),
            rule("page", unit="span", pattern=r"page \d{1,3}"),
        ]
    )


def documents(count: int = 60) -> list[str]:
    pieces = [
        *(
            "Published by",
            "Orla Tennant",
            "Read more about it",
            "READ MORE",
            "the believe\ncontainer said",
            "Related stories",
            "Comments",
        ),
        *("see page 12.", FILLER, "Orla is a staff writer. Before joining us she baked.", "", "  "),
    ]
    random_source = random.Random(7)
    return ["\n".join(random_source.choices(pieces, k=random_source.randint(0, 40))) for _ in range(count)]


MANY_LANGUAGES = [
    rule("label", pattern="Published by"),
    rule("name", pattern=r"\p{Lu}\w+ \p{Lu}\w+", after="label"),
    rule("german-label", pattern="Von", languages=["de"]),
    rule("german-name", pattern=r"\p{Lu}\w+ \p{Lu}\w+", languages=["de"], after="german-label"),
    rule("any-place", pattern=r"\p{Lu}\w+", after="german-name"),
    rule("french", pattern="Lire la suite", languages=["fr", "es"]),
    rule("french-phrase", phrases={"pot de vin": "pot-de-vin"}, languages=["fr"]),
    rule("site", pattern="Mehr lesen", languages=["de"], domains=["*.example.org"]),
]
IN_MANY_LANGUAGES = "Published by\nOrla Tennant\nVon\nJan Peters\nBremen\nLire la suite\nun pot de vin\nMehr lesen"


@pytest.mark.parametrize(
    ("language", "host", "names"),
    [
        ("en", None, ["label", "name"]),
        ("de", None, ["label", "name", "german-label", "german-name", "any-place"]),
        ("de", "www.example.org", ["label", "name", "german-label", "german-name", "any-place", "site"]),
        ("es", "www.example.org", ["label", "name", "french"]),
        ("fr", None, ["label", "name", "french", "french-phrase"]),
        (None, None, ["label", "name", "german-label", "german-name", "any-place", "french", "french-phrase"]),
    ],
)
def test_a_text_is_subject_to_the_rules_of_its_language_and_in_no_known_one_to_all(
    language: str | None, host: str | None, names: list[str]
) -> None:
    hits = findings(Matcher(Ruleset(MANY_LANGUAGES)), IN_MANY_LANGUAGES, language, host)
    assert [hit.rule.rpartition("/")[2] for hit in hits] == names


def test_the_rules_of_a_language_are_compiled_when_a_text_in_it_comes_and_once() -> None:
    matcher = Matcher(Ruleset(MANY_LANGUAGES))
    sizes = []
    for language in ("en", "de", None, "fr", "en", "de", None, "fr"):
        findings(matcher, IN_MANY_LANGUAGES, language)
        sizes.append(matcher.size)
    assert 0 < sizes[0] < sizes[1] < sizes[2] < sizes[3]
    assert sizes[4:] == [sizes[3]] * 4


def test_threads_may_bring_new_languages_at_once() -> None:
    languages = ["en", "de", "fr", "es", None, "ja"] * 4
    expected = [findings(Matcher(Ruleset(MANY_LANGUAGES)), IN_MANY_LANGUAGES, language) for language in languages]
    for _ in range(5):
        matcher = Matcher(Ruleset(MANY_LANGUAGES))
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda one: findings(matcher, IN_MANY_LANGUAGES, one), languages)) == expected  # noqa: B023


def test_the_shipped_rules_find_by_language_what_all_of_them_together_find() -> None:
    rules = Ruleset.load()
    together = Matcher(Ruleset(structs.replace(one, languages=()) for one in rules))
    apart = Matcher(rules)
    hits = 0
    for language, text in cases.texts().items():
        examples = [example.text for one in rules if language in one.languages for example in one.examples]
        whole = "\n".join([text.paragraph, *examples, text.sentence, *IN_MANY_LANGUAGES.split("\n"), "Skip to content"])
        expected = findings(together, whole)
        assert findings(apart, whole) == expected
        in_language = findings(apart, whole, language)
        assert in_language == [hit for hit in expected if rules.by_id[hit.rule].applies(language, None)]
        hits += len(in_language)
    assert hits > 500


def test_threads_share_one_matcher() -> None:
    matcher, texts = Matcher(many_rules()), documents()
    expected = [findings(matcher, text) for text in texts]
    assert sum(map(len, expected)) > 100
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: findings(matcher, text), texts * 5)) == expected * 5


def test_no_document_changes_what_is_found_in_the_next() -> None:
    matcher, texts = Matcher(many_rules()), documents()
    expected = {text: findings(matcher, text) for text in texts}
    shuffled = texts * 2
    random.Random(3).shuffle(shuffled)
    assert all(findings(matcher, text) == expected[text] for text in shuffled)
    assert all(findings(Matcher(many_rules()), text) == expected[text] for text in texts[:5])


def test_the_order_of_the_rules_does_not_change_what_is_found() -> None:
    rules = list(many_rules())
    backwards = Matcher(Ruleset(rules[::-1]))
    forwards = Matcher(Ruleset(rules))
    assert all(findings(forwards, text) == findings(backwards, text) for text in documents(20))


def test_a_pickled_matcher_finds_the_same() -> None:
    matcher = Matcher(many_rules(), {"boilerplate/web/name", "boilerplate/web/words"})
    copy = pickle.loads(pickle.dumps(matcher))
    assert all(findings(copy, text) == findings(matcher, text) for text in documents(20))


_shared: dict[str, Matcher] = {}


def _find_in_child(job: tuple[Matcher | None, str]) -> list[Finding]:
    matcher, text = job
    return findings(matcher or _shared["matcher"], text)


def test_a_forked_child_uses_the_matcher_of_its_parent() -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system does not fork")
    _shared["matcher"] = matcher = Matcher(many_rules())
    texts = documents(12)
    expected = [findings(matcher, text) for text in texts]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(_find_in_child, [(None, text) for text in texts])) == expected


def test_a_spawned_child_gets_the_matcher_pickled() -> None:
    matcher, texts = Matcher(many_rules()), documents(6)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_find_in_child, [(matcher, text) for text in texts])) == [
            findings(matcher, text) for text in texts
        ]


@given(odd_text(max_size=80))
def test_findings_say_what_stands_at_their_place_in_any_text(text: str) -> None:
    everything: Mapping[str, Any] = {"pattern": r"(?s).{1,300}", "position": {"edge": "either", "within": 5}}
    rules = [
        rule("a", **everything),
        rule("b", unit="span", pattern="(?i)sk|Ã©|b1|“.{0,3}”"),
        rule("c", phrases={"a b": "c", "ß": "ss"}),
    ]
    hits = findings(_matcher(rules), text)
    assert all(hit.original == text[hit.start : hit.end] != "" for hit in hits)
    assert hits == sorted(hits, key=lambda hit: (hit.start, hit.end, hit.rule))


_matchers: list[Matcher] = []


def _matcher(rules: list[Rule]) -> Matcher:
    if not _matchers:
        _matchers.append(Matcher(Ruleset(rules)))
    return _matchers[0]
