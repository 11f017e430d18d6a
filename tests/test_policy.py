import random
import time
from collections.abc import Sequence

import msgspec
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from making import as_findings, rule

from cleaner.edits import Finding, apply, revert
from cleaner.policy import PROFILES, Decision, Profile, decide
from cleaner.rules import Rule
from cleaner.text import Line, Origin, cut_lines

RULES = {
    one.id: one
    for one in (
        rule("safe", action="drop", safety="safe"),
        rule("second", action="drop", safety="safe"),
        rule("unsafe", action="drop", safety="unsafe"),
        rule("preview", action="drop", safety="safe", status="preview"),
        rule("mend", folder="encoding/web", action="replace", safety="safe", label="encoding"),
        rule("other", folder="encoding/web", action="replace", safety="safe", label="encoding"),
        rule("unsafe-mend", folder="encoding/web", action="replace", label="encoding"),
        rule("flag", folder="garbled/web", action="flag", label="garbled"),
        rule("reject", folder="quality/web", action="reject", label="quality"),
    )
}
SAFE, SECOND, UNSAFE, PREVIEW = (f"boilerplate/web/{name}" for name in ("safe", "second", "unsafe", "preview"))
MEND, OTHER, UNSAFE_MEND = (f"encoding/web/{name}" for name in ("mend", "other", "unsafe-mend"))
FLAG, REJECT = "garbled/web/flag", "quality/web/reject"
FREE = Profile(name="free", unsafe="apply")


def seen(text: str, part: str, rule_id: str = SAFE, suggestion: str | None = None, nth: int = 0) -> Finding:
    """A finding of a rule about the nth place where `part` stands in `text`."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(part, start + 1)
    one: Rule = RULES[rule_id]
    return Finding(rule_id, one.action, start, start + len(part), one.label, one.summary, part, suggestion)


def decided(
    text: str,
    findings: Sequence[Finding],
    profile: str | Profile = FREE,
    keep: Sequence[str] = (),
    unbound: Sequence[str] = (),
    likely: Sequence[tuple[int, int]] = (),
) -> Decision:
    chosen = PROFILES[profile] if isinstance(profile, str) else profile
    return decide(text, cut_lines(text), findings, RULES, chosen, [regex.compile(one) for one in keep], unbound, likely)


def cleaned(text: str, *parts: str) -> str:
    """`text` after the lines `parts` were dropped."""
    decision = decided(text, [seen(text, part) for part in parts])
    result = apply(text, decision.edits)
    assert revert(result, decision.findings) == text
    return result


# --- profiles ------------------------------------------------------------------------------------------------------

PAGE = "Share this\n" + "The council met on Tuesday.\n" * 20


@pytest.mark.parametrize(
    ("rule_id", "profile", "action"),
    [
        (SAFE, "careful", "drop"),
        (SAFE, "balanced", "drop"),
        (SAFE, "strict", "drop"),
        (UNSAFE, "careful", "flag"),
        (UNSAFE, "balanced", "flag"),
        (UNSAFE, "strict", "drop"),
        (PREVIEW, "careful", "flag"),
        (PREVIEW, "balanced", "flag"),
        (PREVIEW, "strict", "flag"),
        (UNSAFE_MEND, "careful", "flag"),
        (UNSAFE_MEND, "strict", "replace"),
        (FLAG, "strict", "flag"),
        (REJECT, "strict", "reject"),
    ],
)
def test_what_becomes_of_a_finding_follows_from_its_rule_and_the_profile(rule_id: str, profile: str, action: str) -> None:
    decision = decided(PAGE, [seen(PAGE, "Share this", rule_id, "x" if "mend" in rule_id else None)], profile)
    assert [finding.action for finding in decision.findings] == [action]
    assert len(decision.edits) == (action in ("drop", "replace"))
    assert decision.skipped == ()


def test_trusted_preview_rules_act() -> None:
    profile = msgspec.structs.replace(PROFILES["balanced"], trust_preview=True)
    assert [finding.action for finding in decided(PAGE, [seen(PAGE, "Share this", PREVIEW)], profile).findings] == ["drop"]


def test_nothing_seen_is_nothing_done() -> None:
    assert decided(PAGE, []) == Decision((), (), ())


def test_a_flag_inside_a_drop_is_still_told() -> None:
    decision = decided(PAGE, [seen(PAGE, "Share this"), seen(PAGE, "this", FLAG, "that")])
    assert sorted(finding.action for finding in decision.findings) == ["drop", "flag"]
    assert decision.skipped == ()


def test_careful_does_at_most_what_balanced_does_and_balanced_at_most_what_strict_does() -> None:
    findings = [seen(PAGE, "Share this", rule_id) for rule_id in (SAFE, UNSAFE, PREVIEW)]
    findings += [seen(PAGE, "council", UNSAFE_MEND, "Council"), seen(PAGE, "met", MEND, "sat")]
    done = [
        {(edit.start, edit.end) for edit in decided(PAGE, findings, profile).edits}
        for profile in ("careful", "balanced", "strict")
    ]
    assert done[0] <= done[1] <= done[2]
    assert len(done[0]) < len(done[2])


# --- what the chrome model supports --------------------------------------------------------------------------------

MENU = "Home\nSport\nWeather\n" + "The council met on Tuesday.\n" * 20


@pytest.mark.parametrize(
    ("part", "likely", "action"),
    [
        ("Sport", [(0, 18)], "drop"),
        ("Sport", [(5, 10)], "drop"),
        ("Home\nSport", [(0, 18)], "drop"),
        ("Home\nSport", [(0, 10)], "drop"),
        ("Sport", [(0, 4), (5, 10), (30, 40)], "drop"),
        ("Sport", [(0, 4), (11, 18)], "flag"),
        ("Home\nSport", [(0, 4), (11, 18)], "flag"),
        ("Home\nSport", [(5, 18)], "flag"),
        ("Sport\nWeather", [(0, 10)], "flag"),
        ("Sport", [], "flag"),
    ],
)
def test_balanced_believes_an_unsafe_drop_where_all_of_it_is_likely_chrome(
    part: str, likely: list[tuple[int, int]], action: str
) -> None:
    decision = decided(MENU, [seen(MENU, part, UNSAFE)], "balanced", likely=likely)
    assert [finding.action for finding in decision.findings] == [action]
    assert revert(apply(MENU, decision.edits), decision.findings) == MENU


def test_likely_chrome_supports_drops_alone_and_no_rule_on_trial() -> None:
    everything = [(0, len(MENU))]
    for rule_id, suggestion in ((PREVIEW, None), (UNSAFE_MEND, "Sports"), (FLAG, "Sports")):
        decision = decided(MENU, [seen(MENU, "Sport", rule_id, suggestion)], "balanced", likely=everything)
        assert [finding.action for finding in decision.findings] == ["flag"]
        assert decision.edits == ()


def test_keep_patterns_protection_and_governor_bind_what_likely_chrome_supports() -> None:
    everything = [(0, len(MENU))]
    kept = decided(MENU, [seen(MENU, "Sport", UNSAFE)], "balanced", keep=["Sport"], likely=everything)
    assert [skipped.reason for skipped in kept.skipped] == ["keep pattern Sport"]
    quoted = "“Stay.”\n" + MENU
    assert decided(quoted, [seen(quoted, "“Stay.”", UNSAFE)], "balanced", likely=[(0, 7)]).edits == ()
    long = MENU * 20
    half = long[: len(long) * 2 // 3].strip()
    stopped = decided(long, [seen(long, half, UNSAFE)], "balanced", likely=[(0, len(long))])
    assert stopped.edits == ()
    assert stopped.skipped[0].reason.startswith("governor")


def test_careful_flags_an_unsafe_finding_that_nobody_asked_the_model_about() -> None:
    assert [finding.action for finding in decided(MENU, [seen(MENU, "Sport", UNSAFE)], "careful").findings] == ["flag"]


# --- protection ----------------------------------------------------------------------------------------------------


def test_a_line_with_a_keep_pattern_stays_and_the_reason_is_told() -> None:
    decision = decided(PAGE, [seen(PAGE, "Share this")], keep=["nothing", r"(?i)SHARE"])
    assert decision.edits == ()
    assert [skipped.reason for skipped in decision.skipped] == ["keep pattern (?i)SHARE"]
    assert decision.skipped[0].finding == seen(PAGE, "Share this")


def test_a_keep_pattern_protects_a_block_by_any_of_its_lines() -> None:
    block = "Share this\nThe council met on Tuesday."
    assert decided(PAGE, [seen(PAGE, block)], keep=["^The council"]).edits == ()


@pytest.mark.parametrize("damage", ["\v", "\f", "\x1c", "\x85"])
def test_a_keep_pattern_sees_a_line_with_a_damaged_character_as_one(damage: str) -> None:
    line = f"Share{damage}this"
    text = f"{line}\nThe council met on Tuesday."
    assert decided(text, [seen(text, line)], keep=["^Share.this$"]).edits == ()
    assert decided(text, [seen(text, line)], keep=["^this"]).edits != ()


def test_a_keep_pattern_stops_no_repair() -> None:
    assert len(decided(PAGE, [seen(PAGE, "Share", MEND, "share")], keep=["Share"]).edits) == 1


@pytest.mark.parametrize(
    "line",
    [
        *(
            "All rights reserved, the contract said.",
            "Alle Rechte vorbehalten, schrieb er.",
            "Log in om verder te lezen, zei hij.",
        ),
        *("Все права защищены, сказал сторож.", "未经授权禁止转载，老人说。", "로그인하세요, 라고 그는 말했다"),
        "—Reservados todos los derechos —dijo el maestro sin mirarlo.",
        "– Alla rättigheter förbehållna, sa mästaren och spottade.",
        "– Mọi quyền được bảo lưu, ông thợ cả nói rồi nhổ vào bồn.",
    ],
)
def test_reported_speech_is_protected(line: str) -> None:
    text = PAGE + line
    assert [skipped.reason for skipped in decided(text, [seen(text, line)]).skipped] == ["protected: reported speech"]
    assert decided(text, [seen(text, line)], "strict").edits


@pytest.mark.parametrize(
    "line",
    ["All rights reserved, Harbour Post", '"*" indicates required fields', "Las cookies, las nuestras", "– Home – About us"],
)
def test_what_only_looks_like_speech_is_not_protected(line: str) -> None:
    text = PAGE + line
    assert decided(text, [seen(text, line)]).edits


@pytest.mark.parametrize(
    "line",
    [
        "“Read more books,” she said",
        "“Read more”, stood there",
        "“We stay.”",
        "„Wir bleiben.“",
        "«Restons», dit-il, «ici.»",
        '"We stay",',
        "‘No.’",
    ],
)
@pytest.mark.parametrize("profile", ["careful", "balanced", "strict"])
def test_a_quotation_is_protected_unless_the_profile_is_strict(line: str, profile: str) -> None:
    text = PAGE + line
    decision = decided(text, [seen(text, line)], profile)
    assert bool(decision.edits) == (profile == "strict")
    assert [skipped.reason for skipped in decision.skipped] == ([] if decision.edits else ["protected: quotation"])


@pytest.mark.parametrize(
    ("path", "part", "kept"),
    [
        ("html/body/blockquote/p", "Share this", True),
        ("html/body/blockquote/p", " this", True),
        ("html/body/h1", "Share this", True),
        ("html/body/h1", " this", False),
        ("html/body/div", "Share this", False),
    ],
)
def test_in_html_quoted_blocks_are_protected_and_headlines_as_wholes(path: str, part: str, *, kept: bool) -> None:
    lines = [Line(line.start, line.end, Origin(path, 0.0)) for line in cut_lines(PAGE)]
    decision = decide(PAGE, lines, [seen(PAGE, part)], RULES, PROFILES["balanced"])
    assert bool(decision.skipped) == kept
    if kept:
        assert decision.skipped[0].reason.startswith("protected: inside <")


@pytest.mark.parametrize(
    "text",
    [
        "For the rest of it, see the\nShare this\npage of the manual.",
        "If there is anything else to tell, please\nShare this\nwith us.",
        "The button is called\nShare this\n. It stands at the top.",
        "There are two buttons (\nShare this\n), both at the top.",
        "buttons = [\nShare this\n]",
        "receipt_\nShare this\nnullable string",
        "def\nShare this\n():",
        'name = "\nShare this\n"',
        "Icon\nShare this\n: a button at the top.",
        "Share this\nwith all that you know by name.",
    ],
)
def test_a_line_that_is_a_piece_of_a_sentence_or_of_code_stays_unless_the_profile_is_strict(text: str) -> None:
    for name, profile in PROFILES.items():
        decision = decided(text, [seen(text, "Share this")], profile)
        assert bool(decision.edits) == (name == "strict")
        assert [skipped.reason for skipped in decision.skipped] == ([] if decision.edits else ["protected: inside a sentence"])


def test_a_line_that_ends_in_a_comma_goes_on_and_so_does_verse() -> None:
    for text, line in (
        ("Share this,\nif you can.", "Share this,"),
        ("share that,\nshare this\nFor ever.", "share this"),
        ("Share this.\nShare this, said the miller", "Share this."),
    ):
        assert decided(text, [seen(text, line)], "careful").edits == ()


@pytest.mark.parametrize(
    "text",
    [
        "The council met on Tuesday.\nShare this\nand that was all",
        "the council,\nShare this\nthe mayor,",
        "The council met on Tuesday and\n\nShare this\n\nwent home at once.",
        "about us\nShare this\ncontact us",
        "The council met\nShare this\nThe mayor went home.",
        "The council met\nShare this",
        "Share this\nwith all of your friends",
        "Home /\nShare this\n/ Contact",
        ".NET\nShare this\n.NET 8 is here",
    ],
)
def test_a_line_beside_whole_lines_is_no_piece_of_a_sentence(text: str) -> None:
    assert decided(text, [seen(text, "Share this")], "careful").skipped == ()


def test_a_turn_of_a_dialogue_stays_between_two_that_are_sentences() -> None:
    text = "– What does it say?\n\n– Share this\n\n– Then do."
    assert [skipped.reason for skipped in decided(text, [seen(text, "– Share this")], "careful").skipped] == [
        "protected: inside a dialogue"
    ]
    for answer in ("– What does it say?\n– Share this\nThe end", "– ماذا يقول؟\n– Share this"):
        assert len(decided(answer, [seen(answer, "– Share this")], "careful").skipped) == 1
    for menu in ("– Home\n\n– Share this\n\n– Then do.", "– Share this\n\n– Then do.", "She:\n– Share this\n– So."):
        assert decided(menu, [seen(menu, "– Share this")], "careful").skipped == ()


@pytest.mark.parametrize("line", ["- Share this", "Share this"])
def test_what_stands_below_the_times_of_a_subtitle_stays(line: str) -> None:
    text = f"12\n00:00:36,100 --> 00:00:38,000\n{line}\n- I cannot.\n\nHome"
    assert [skipped.reason for skipped in decided(text, [seen(text, line), seen(text, "Home")], "careful").skipped] == [
        "protected: inside a subtitle"
    ]


def test_a_row_of_a_table_stays_next_to_one_that_does() -> None:
    text = "| Wording | Liked |\n|---|---|\n| Share this | 1 of 11 |\n| Share the report | 9 of 11 |"
    row = [seen(text, "| Share this | 1 of 11 |")]
    assert [skipped.reason for skipped in decided(text, row, "careful").skipped] == ["protected: inside a table"]
    for other in (text.replace("| 9 of 11 |", ""), text.rpartition("\n")[0]):
        assert decided(other, row, "careful").skipped == ()


def test_a_short_sentence_stays_between_two_others() -> None:
    text = "In May a second sign appeared.\n\nShare this.\n\nNobody knew who had put it there."
    asked = [seen(text, "Share this.")]
    assert [skipped.reason for skipped in decided(text, asked, "careful").skipped] == ["protected: inside a text of sentences"]
    for other in (
        text.replace("appeared.", "appeared"),
        text.replace("this.", "this"),
        text.replace("Nobody", "Home\n\nNobody"),
    ):
        assert decided(other, [seen(other, "Share this")], "careful").skipped == ()


def test_words_in_small_letters_are_a_list_where_some_are_no_words_of_a_site() -> None:
    text = "vocabulary\nkeyboard\nshare\nmouse\nhome page\nmouse pad\nscreen"
    asked = [seen(text, "share"), seen(text, "home page")]
    assert {skipped.reason for skipped in decided(text, asked, "careful").skipped} == {"protected: inside a list of words"}
    for other in (text.replace("mouse pad", "Mouse Pad"), f"{text}\nshare\nhome page"):
        assert decided(other, [seen(other, "share"), seen(other, "home page")], "careful").skipped == ()


@pytest.mark.parametrize(("between", "kept"), [("\n", True), ("\n\n", True), ("\nThe first of them is known to all.\n", False)])
def test_items_that_a_sentence_with_a_colon_announces_stay(between: str, *, kept: bool) -> None:
    announced = "The footer of every page must have these links:"
    text = f"{announced}{between}Share this\nSend this\nPages without them are sent back."
    items = [seen(text, "Share this"), seen(text, "Send this")]
    reasons = {skipped.reason for skipped in decided(text, items, "careful").skipped}
    assert reasons == ({"protected: inside a list that a sentence announces"} if kept else set())
    for other in (text.replace(announced, "On every page:"), text.replace("Send this\n", "")):
        found = [seen(other, line) for line in ("Share this", "Send this") if line in other]
        assert decided(other, found, "careful").skipped == ()


def test_terms_of_a_glossary_stay_each_above_its_sentence() -> None:
    told = "What that is, and for whom."
    for style in ("{}", "**{}**", "## {}"):
        text = "\n".join(f"{style.format(term)}\n{told}" for term in ("Archive", "Share this", "Sitemap"))
        asked = [seen(text, style.format("Share this"))]
        reasons = [skipped.reason for skipped in decided(text, asked, "careful").skipped]
        assert reasons == ["protected: inside a glossary"]
    text = "\n".join(f"{term}\n{told}" for term in ("Archive", "Share this", "Sitemap"))
    for other in (
        text.replace("Sitemap", "Share this"),
        text.replace(told, "Kept"),
        text.replace("Sitemap", "Cookies"),
        "\n".join(text.splitlines()[:4]),
    ):
        assert decided(other, [seen(other, "Share this")], "careful").skipped == ()


def test_a_question_above_its_answer_stays_next_to_another() -> None:
    text = "Forgot your password?\nAsk at the desk.\nCan I renew by phone?\nYes, on weekdays."
    asked = [seen(text, "Forgot your password?")]
    assert [skipped.reason for skipped in decided(text, asked, "careful").skipped] == [
        "protected: inside questions and answers"
    ]
    both = [*asked, seen(text, "Can I renew by phone?")]
    assert decided(text, both, "careful").skipped == ()
    for other in (
        text.replace("Yes, on weekdays.", "Sign up"),
        text.replace("by phone?", "by phone"),
        text.split("Can", maxsplit=1)[0],
    ):
        assert decided(other, asked, "careful").skipped == ()


def test_the_title_of_a_short_section_stays_next_to_another() -> None:
    text = "Contact us\nWrite to the harbour office by post.\nOpening hours\nThe hall is open from nine to five."
    title = msgspec.structs.replace(RULES[SAFE], may_be_title=True)
    for told, one, kept in (
        (text, title, True),
        (text, RULES[SAFE], False),
        (text.replace("Opening hours", "Open from 9 to 5"), title, False),
        (text.replace(" from nine to five.", ""), title, False),
    ):
        found = decide(told, cut_lines(told), [seen(told, "Contact us")], {SAFE: one}, PROFILES["careful"])
        assert [skipped.reason for skipped in found.skipped] == ["protected: inside short sections"] * kept


@pytest.mark.parametrize("number", ["2. Cookies", "Article 3", "§ 4 Haftung", "3.1 Sharing"])
def test_a_sentence_below_the_number_of_its_section_stays(number: str) -> None:
    said = "Share this with whoever wants to read it."
    for heading, kept in ((number, True), ("2 days ago", False), ("2. We met on Tuesday.", False)):
        text = f"{heading}\n{said}\nThat is all."
        reasons = [skipped.reason for skipped in decided(text, [seen(text, said)], "careful").skipped]
        assert reasons == ["protected: inside a numbered section"] * kept


@pytest.mark.parametrize(
    ("text", "line", "kept"),
    [
        ("shared = Share this page with all\nNo more.", "shared = Share this page with all", True),
        ("share = 1\n# Share this\nprint(share)", "# Share this", True),
        ("SELECT 1;\n-- Share this\nFROM table", "-- Share this", True),
        ("@@ -1,2 +1,2 @@\n-Share this\n+Send this", "-Share this", True),
        ("The mill is open.\n# Share this\nThe café is not.", "# Share this", False),
        ("- Home\n- Share this\n- News", "- Share this", False),
    ],
)
def test_comments_of_code_and_lines_of_a_patch_stay(text: str, line: str, *, kept: bool) -> None:
    reasons = [skipped.reason for skipped in decided(text, [seen(text, line)], "careful").skipped]
    assert reasons == ["protected: inside code"] * kept


def test_lines_that_are_dropped_too_make_no_sentence() -> None:
    text = "posted by a guest of the house\nShare this\nedited by a guest of the house"
    assert len(decided(text, [seen(text, "Share this")], "careful").skipped) == 1
    around = [seen(text, line) for line in text.split("\n")]
    assert decided(text, around[:2], "careful").skipped == decided(text, around[1:], "careful").skipped == ()


def test_lines_that_are_flagged_alone_count_as_text() -> None:
    text = "For the rest of it, see the\nShare this\npage of the manual and so on."
    alone, with_flag = (
        decided(text, [seen(text, "Share this"), *more], "careful")
        for more in ((), [seen(text, "page of the manual and so on.", UNSAFE)])
    )
    assert len(alone.skipped) == len([one for one in with_flag.skipped if one.finding.rule == SAFE]) == 1


def test_in_html_the_elements_tell_what_is_a_line() -> None:
    text = "For the rest of it, see the\nShare this\npage of the manual."
    lines = [Line(line.start, line.end, Origin("html/body/p", 0.0)) for line in cut_lines(text)]
    assert decide(text, lines, [seen(text, "Share this")], RULES, PROFILES["careful"]).skipped == ()


def test_neither_protection_nor_governor_nor_trust_binds_what_is_unbound() -> None:
    text = "“A quotation all through.”\n" * 500
    decision = decided(text, [seen(text, text.strip(), UNSAFE)], "careful", unbound=[UNSAFE])
    assert len(decision.edits) == 1
    assert decision.skipped == ()


# --- governor ------------------------------------------------------------------------------------------------------


def test_the_governor_stops_what_would_take_too_large_a_share() -> None:
    text = "\n".join([f"Share this {number:04}" for number in range(600)] + ["The council met."] * 400)
    findings = [seen(text, f"Share this {number:04}") for number in range(600)]
    profile = Profile(name="p", max_dropped_share=0.25)
    decision = decided(text, findings, profile)
    dropped = sum(len(finding.original.strip()) for finding in decision.findings)
    assert 0.2 * len(text) < dropped <= 0.25 * len(text)
    assert len(decision.findings) + len(decision.skipped) == 600
    assert {skipped.reason for skipped in decision.skipped} == {"governor: more than 25% of the document would go"}


def test_the_governor_lets_the_shortest_drops_pass_first() -> None:
    long, short = "A very long line of site furniture. " * 20, "Share this"
    text = f"{long.strip()}\n{short}\n" + "The council met.\n" * 20
    decision = decided(text, [seen(text, long.strip()), seen(text, short)], Profile(name="p", max_dropped_share=0.3))
    assert [finding.original.strip() for finding in decision.findings] == [short]
    assert [skipped.finding.original for skipped in decision.skipped] == [long.strip()]


@pytest.mark.parametrize(("free", "dropped"), [(10, 1), (9, 0)])
def test_a_few_characters_may_go_from_however_short_a_document(free: int, dropped: int) -> None:
    text = "Share this\nOn."
    assert (
        len(decided(text, [seen(text, "Share this")], Profile(name="p", max_dropped_share=0.1, free_characters=free)).edits)
        == dropped
    )


def test_the_governor_does_not_count_repairs() -> None:
    text = "cafÃ© " * 100
    findings = [seen(text, "Ã©", MEND, "é", nth) for nth in range(100)]
    assert len(decided(text, findings, Profile(name="p", max_dropped_share=0.0)).edits) == 100


def test_a_repair_inside_a_drop_that_the_governor_stopped_is_made() -> None:
    text = "Share cafÃ© now\nOn."
    decision = decided(
        text, [seen(text, "Share cafÃ© now"), seen(text, "Ã©", MEND, "é")], Profile(name="p", max_dropped_share=0.0)
    )
    assert apply(text, decision.edits) == "Share café now\nOn."


# --- overlaps ------------------------------------------------------------------------------------------------------

TEXT = "abcdefghij\nklmno"


@pytest.mark.parametrize(
    ("findings", "winners"),
    [
        ([("cd", MEND), ("abcdefghij", SAFE)], [SAFE]),
        ([("abcdef", MEND), ("fg", SAFE)], [SAFE]),
        ([("abc", SAFE), ("cdefg", SECOND)], [SECOND]),
        ([("abc", SAFE), ("cde", SECOND)], [SAFE]),
        ([("abc", SECOND), ("abc", SAFE)], [SAFE]),
        ([("abc", MEND), ("bcdef", OTHER)], [OTHER]),
        ([("abc", OTHER), ("abc", MEND)], [MEND]),
        ([("abc", MEND), ("cde", OTHER), ("efg", MEND)], [MEND, MEND]),
        ([("abc", MEND), ("def", OTHER), ("ghi", SAFE)], [MEND, OTHER, SAFE]),
    ],
    ids=[
        *(
            "a drop absorbs a repair",
            "a drop beats a longer repair",
            "the longest",
            "the earliest",
            "the first id",
            "the longest repair",
        ),
        *("the first id of repairs", "a loser stops nobody", "neighbours"),
    ],
)
def test_overlaps_are_settled_by_one_order(findings: list[tuple[str, str]], winners: list[str]) -> None:
    made = [seen(TEXT, part, rule_id, "x" if rule_id in (MEND, OTHER) else None) for part, rule_id in findings]
    for order in (made, made[::-1]):
        decision = decided(TEXT, order)
        assert [edit.rule for edit in decision.edits] == winners
        assert len(decision.skipped) == len(findings) - len(winners)
        assert all(skipped.reason.startswith("inside what ") for skipped in decision.skipped)


def test_the_reason_names_the_rule_that_won() -> None:
    decision = decided(TEXT, [seen(TEXT, "cd", MEND, "x"), seen(TEXT, "abcdefghij")])
    assert [skipped.reason for skipped in decision.skipped] == [f"inside what {SAFE} changes"]


@pytest.mark.parametrize(
    ("drops", "rest"),
    [
        (["ab"], ["cdefgh"]),
        (["gh"], ["abcdef"]),
        (["cd"], ["ab", "efgh"]),
        (["ab", "de", "ghi"], ["c", "f"]),
        (["abcdefghij"], []),
    ],
)
def test_of_a_repair_that_leaves_nothing_the_rest_is_done(drops: list[str], rest: list[str]) -> None:
    made = [seen(TEXT, "abcdefgh", MEND, ""), *(seen(TEXT, drop) for drop in drops)]
    for order in (made, made[::-1]):
        decision = decided(TEXT, order)
        assert [finding.original for finding in decision.findings if finding.rule == MEND] == rest
        assert [skipped.finding.rule for skipped in decision.skipped] == ([] if rest else [MEND])
        assert revert(apply(TEXT, decision.edits), decision.findings) == TEXT


def test_two_insertions_at_one_place_do_not_both_happen() -> None:
    made = [Finding(rule_id, "replace", 3, 3, "encoding", "", "", "x") for rule_id in (OTHER, MEND)]
    assert [edit.rule for edit in decided(TEXT, made).edits] == [MEND]


@given(st.data())
def test_whatever_is_found_edits_agree_with_findings_and_revert(data: st.DataObject) -> None:
    text = data.draw(st.text("ab \n\r\u2028", min_size=1, max_size=30))
    found = []
    for _ in range(data.draw(st.integers(0, 8))):
        start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
        one = RULES[data.draw(st.sampled_from([SAFE, SECOND, MEND, OTHER, FLAG]))]
        suggestion = data.draw(st.sampled_from(["", "x", "yy"])) if one.action == "replace" else None
        found.append(Finding(one.id, one.action, start, end, one.label, "", text[start:end], suggestion))
    chrome = [line for line in cut_lines(text) if data.draw(st.booleans())]
    found += [Finding(SAFE, "drop", line.start, line.end, "boilerplate", "", text[line.start : line.end]) for line in chrome]
    decision = decided(text, found)
    result = apply(text, decision.edits)
    assert revert(result, decision.findings) == text
    assert as_findings(text, list(decision.edits)) == [
        msgspec.structs.replace(
            finding,
            label="boilerplate",
            message="",
            action="replace" if finding.suggestion else "drop",
            suggestion=finding.suggestion or None,
        )
        for finding in decision.findings
        if finding.action != "flag"
    ]
    shuffled = found[:]
    random.Random(1).shuffle(shuffled)
    assert apply(text, decided(text, shuffled).edits) == result


# --- gaps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("X\n\nOne\n\nTwo", "One\n\nTwo"),
        ("X\nOne\nTwo", "One\nTwo"),
        ("\n\nX\n\nOne", "\n\nOne"),
        ("One\n\nX\n\nTwo", "One\n\nTwo"),
        ("One\nX\nTwo", "One\nTwo"),
        ("One\n\nX\nTwo", "One\n\nTwo"),
        ("One\nX\n\nTwo", "One\n\nTwo"),
        ("One\n\n\n\nX\n\nTwo", "One\n\n\n\nTwo"),
        ("One\n\nX", "One"),
        ("One\n\nX\n", "One\n"),
        ("One\nX\n\n\n", "One\n\n\n"),
        ("One\r\n\r\nX\r\n\r\nTwo\r\n", "One\r\n\r\nTwo\r\n"),
        ("One\r\nX\r\n\r\nTwo", "One\r\n\r\nTwo"),
        ("X\r\nOne", "One"),
        ("One\rX\rTwo", "One\rTwo"),
        ("One\u2028X\u2028Two", "One\u2028Two"),
        ("One\u2029X\nTwo", "One\u2029Two"),
        ("X", ""),
        ("X\n", "\n"),
        ("\n X \n", "\n"),
        ("  One\n  X\n  Two", "  One\n  Two"),
        ("One\n    X\nTwo", "One\nTwo"),
        ("One\nX\n    Two", "One\n    Two"),
        ("One  \nX\nTwo", "One  \nTwo"),
        ("One  \nX  \n\nTwo", "One  \n\nTwo"),
        ("X\n   One", "   One"),
        ("One  \nX", "One  "),
        ("One\n\n\tX\t\n\n\tTwo", "One\n\n\tTwo"),
    ],
)
def test_one_gap_remains_where_two_were(before: str, after: str) -> None:
    assert cleaned(before, "X") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("X\nY\nOne", "One"),
        ("One\n\nX\n\nY\n\nTwo", "One\n\nTwo"),
        ("One\nX\n\nY\nTwo", "One\nTwo"),
        ("One\n\nX\nY\nTwo", "One\n\nTwo"),
        ("One\n\nX\n\nY\n", "One\n"),
        ("X\n\nOne\n\nY", "One"),
        ("One\n\nX\n\nTwo\n\nY\n\nThree", "One\n\nTwo\n\nThree"),
        ("X\n\nY\n", "\n"),
        ("One\r\n\r\nX\r\nY\r\n\r\nTwo", "One\r\n\r\nTwo"),
    ],
)
def test_several_dropped_lines_leave_one_gap(before: str, after: str) -> None:
    assert cleaned(before, "X", "Y") == after


def test_a_drop_inside_a_line_takes_no_white_space() -> None:
    assert cleaned("One [edit] two\n[edit] three", "[edit]") == "One  two\n[edit] three"


def test_a_repair_in_the_gap_of_a_dropped_line_goes_with_it() -> None:
    text = "One\n\nX\n\x08\nTwo"
    decision = decide(text, [Line(0, 3), Line(5, 6), Line(9, 12)], [seen(text, "X"), seen(text, "\x08", MEND, "")], RULES, FREE)
    assert apply(text, decision.edits) == "One\n\nTwo"
    assert [skipped.reason for skipped in decision.skipped] == [f"inside what {SAFE} changes"]
    assert revert(apply(text, decision.edits), decision.findings) == text


@pytest.mark.parametrize("gap", ["\n\x08\n", "\n\n\x08\n\x08\n", "\x08\n", "\n\x08"])
@pytest.mark.parametrize("before", ["\n", "\n\n\n"])
@pytest.mark.parametrize("after", ["\n", "\n\n\n\n"])
def test_dropped_lines_with_a_repaired_gap_between_them_are_one_run(before: str, gap: str, after: str) -> None:
    text = f"One{before}X{gap}Y{after}Two"
    lines = [Line(text.index(part), text.index(part) + len(part)) for part in ("One", "X", "Y", "Two")]
    mended = [seen(text, "\x08", MEND, "", nth) for nth in range(gap.count("\x08"))]
    decision = decide(text, lines, [seen(text, "X"), seen(text, "Y"), *mended], RULES, FREE)
    assert apply(text, decision.edits) == f"One{max(before, after)}Two"
    assert revert(apply(text, decision.edits), decision.findings) == text


def test_a_line_break_that_was_an_entity_is_a_gap_too() -> None:
    text = "One&#10;X\n\nTwo"
    lines = [Line(0, 3), Line(8, 9), Line(11, 14)]
    decision = decide(text, lines, [seen(text, "X"), seen(text, "&#10;", MEND, "\n")], RULES, FREE)
    assert apply(text, decision.edits) == "One\n\nTwo"


def test_what_lies_inside_a_drop_that_the_governor_stopped_is_judged_by_itself() -> None:
    text = "Share this\nA long line of site furniture\nOn."
    block = text[: text.index("\nOn.")]
    decision = decided(text, [seen(text, block), seen(text, "Share this", SECOND)], Profile(name="p", max_dropped_share=0.4))
    assert apply(text, decision.edits) == "A long line of site furniture\nOn."
    assert [(skipped.finding.rule, skipped.reason[:8]) for skipped in decision.skipped] == [(SAFE, "governor")]


@given(
    st.lists(st.tuples(st.sampled_from(["\n", "\n\n", "\r\n", "\n  ", " \n", "\u2028"]), st.booleans()), min_size=1, max_size=8)
)
def test_the_kept_lines_stay_as_they_were_with_a_break_between_them(pieces: list[tuple[str, bool]]) -> None:
    text = "".join(f"line{number}{gap}" for number, (gap, _) in enumerate(pieces))
    drops = [f"line{number}" for number, (_, drop) in enumerate(pieces) if drop]
    kept = [f"line{number}" for number, (_, drop) in enumerate(pieces) if not drop]
    result = cleaned(text, *drops)
    assert [result[line.start : line.end] for line in cut_lines(result)] == kept


def test_deciding_is_linear_in_the_number_of_findings() -> None:
    text = "Share this\n" * 100_000
    lines = [Line(line.start, line.end, Origin("html/body/div", 0.0)) for line in cut_lines(text)]
    found = [Finding(SAFE, "drop", line.start, line.end, "boilerplate", "", "Share this") for line in lines]
    started = time.monotonic()
    assert len(decide(text, lines, found, RULES, PROFILES["balanced"]).findings) > 10_000
    assert time.monotonic() - started < 5


def test_the_rests_of_a_chain_of_repairs_and_drops_cost_no_more_for_its_length() -> None:
    text = "Share this\nlet a = 1;\n" * 20_000
    lines = cut_lines(text)
    found = [Finding(SAFE, "drop", line.start, line.end, "boilerplate", "", "Share this") for line in lines[::2]]
    for line in lines[1:-1:2]:
        start, end = line.start - 3, line.end + 3  # each has an end in the drop before it and in the one behind
        found.append(Finding(MEND, "replace", start, end, "encoding", "", text[start:end], ""))
    started = time.monotonic()
    decision = decide(text, lines, found, RULES, FREE)
    assert time.monotonic() - started < 10
    assert apply(text, decision.edits).strip() == "let a = 1;"
