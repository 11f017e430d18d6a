"""Pages that crawlers have written as Markdown: judged as a reader sees them, changed as they are written."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import cpu_seconds, rule

import cleaner
from cleaner import Cleaner, markdown
from cleaner.intake import text_of
from cleaner.markdown.code import with_code
from cleaner.markdown.raw import LONGEST_LINK
from cleaner.rules import Ruleset
from cleaner.text import Document, cut_lines

PROFILES = ("balanced", "careful", "strict")
cleaner_of = functools.cache(Cleaner)

PAGE = """\
[Skip to content](#main)

[![The Gazette](/logo.png)](/)

* [Home](/ "Home")
* [Log in](/login)

# Old mill becomes a library

By [Ann Author](/ann) | May 3, 2024 | [3 Comments](#comments)

The old mill on [Canal Street](/canal_(street)) will open as a **library** in June, the council said in a statement on Monday.

The building cost 4.2 million, most of which came from a [fund for rural towns](/fund), and took nine years to restore.

[Share on Facebook](https://facebook.example/?u=x)[Share on Twitter](https://twitter.example/?x)

## Related Articles

* [Bridge closed again](/b)
* [Ten years of waiting](/c)

[Privacy Policy](/p) | [Terms of Service](/t) | [Contact Us](/c)
"""

PIECES = (
    *("[", "](", "](x)", '](/a "t")', "](a-\nb)", "]", "![", "(", ")", "[edit]"),
    *("[https://a.b/c]", " [/d]", "**", "__", "\\", "\\\n", "* ", "  - ", " ", "\n", "\r\n", "\n\n", "a", "é"),
    *("Advertisement", "Share on Facebook", "Log in", "© 2024 All rights reserved", "donâ€™t"),
)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("see [the fund](/fund) and", "see the fund and"),
        ('[a](/x "title")[b](<c d>)[c]()', "abc"),
        ("[a](/x_(y)) [[1]](#note-1) [x] (y)", "a [1] [x] (y)"),
        ("![alt](data:image/png;base64,AAAA) [![logo](/l.png)](/)", "alt logo"),
        ("**Share this** [a](/b) 2**3 __init__", "Share this a 2**3 init"),
        (
            "Home [https://a.b/]» News [/news]\n * Help [#]\n[https://a.b/c.png]https://d.e",
            "Home » News \n * Help \nhttps://d.e",
        ),
        ("see [https://a.b](https://a.b), [sic] and [1]", "see https://a.b, [sic] and [1]"),
        (r"1\. \[edit\] [a\]](/b) C:\x", r"1. [edit] a] C:\x"),
        ("[**Title**\\\n\\\nWhat it is about.](/card)", "Title\n\\\nWhat it is about."),
        ("[a](https://site.example/of-\nwords-in-it) b", "a\n b"),
        ("![](/a.png)\n[](/b)\n[text](/c)", ")\n)\ntext"),
        ("[a](/b\n[c](/d)", "[a](/b\nc"),
        ("# [a](/b)\n* [c](/d)\n  - ![e](/f) g\n- h", "# a\nc\n  e g\n- h"),
    ],
)
def test_what_a_reader_sees(written: str, seen: str) -> None:
    read = markdown.read(written)
    assert read is not None
    assert read.text == seen


@pytest.mark.parametrize("text", ["", "plain **bold** text", "f(x)[0]", "](x)", "a](b", r"**a** \[b\](c) 50\%"])
def test_a_text_without_links_is_read_as_it_is(text: str) -> None:
    assert markdown.read(text) is None


def test_a_bracket_left_open_begins_no_link() -> None:
    text = f"[ {'word ' * LONGEST_LINK} ](/x)"
    assert markdown.read(text) is None


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.data())
def test_places_have_what_a_reader_sees_there(text: str, data: st.DataObject) -> None:
    read = markdown.read(text)
    if read is None:
        return
    hidden = {offset for mark in read.marks for offset in range(mark.start, mark.end)}
    shown = [offset for offset in range(len(text)) if offset not in hidden]
    assert "".join(text[offset] for offset in shown) == read.text
    start = data.draw(st.integers(0, len(read.text)))
    end = data.draw(st.integers(start, len(read.text)))
    for find in (read.place, read.place_of_whole):
        place = find(start, end)
        assert 0 <= place.start <= place.end <= len(text)
        there = "".join(text[offset] for offset in shown if place.start <= offset < place.end)
        assert there.strip() == read.text[start:end].strip()


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_both_have_the_same_lines(text: str) -> None:
    read = markdown.read(text)
    if read is None:
        return
    for seen, written in zip(cut_lines(read.text), cut_lines(text), strict=True):
        place = read.place_of_whole(seen.start, seen.end)
        cut = any(low < seen.start < high or low < seen.end < high for low, high in read.links)
        assert place.whole or cut  # of a link without text that goes on in the next line
        assert (place.start, place.end) == (written.start, written.end)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(PROFILES))
def test_the_markdown_comes_back(text: str, profile: str) -> None:
    result = cleaner_of(profile).clean(text)
    assert result.error is None
    assert result.original == text
    assert cleaner.revert(result.text, result.findings) == text


def test_chrome_goes_with_its_syntax_and_text_stays_as_it_is_written() -> None:
    result = cleaner.clean(PAGE)
    body = PAGE[PAGE.index("The old mill on") : PAGE.index("[Share on")]
    assert result.text.strip() == "# Old mill becomes a library\n\n" + body.strip()
    assert cleaner.revert(result.text, result.findings) == PAGE
    assert all(finding.original == PAGE[finding.start : finding.end] for finding in result.findings)


def test_markdown_and_the_same_text_without_links_lose_the_same_lines() -> None:
    read = markdown.read(PAGE)
    assert read is not None
    assert [finding.rule for finding in cleaner.clean(PAGE).findings] == [
        finding.rule for finding in cleaner.clean(read.text).findings
    ]


def test_addresses_in_brackets_hide_no_line_from_rules_and_go_with_it() -> None:
    text = (
        "Log in [https://gazette.example/login]\n\nThe mill [https://gazette.example/mill] reopens, the council said on Monday."
    )
    assert cleaner_of("careful").clean(text).text == text.partition("\n\n")[2]


def test_what_goes_from_within_a_line_takes_its_link_along() -> None:
    text = "## History [[edit](/w/index.php)]\n\nThe mill was built in 1830, as the [parish records](/records) say.\n"
    result = cleaner_of("careful").clean(text)
    assert result.text.startswith("## History\n\nThe mill was built in 1830, as the [parish records](/records) say.")


def test_the_text_of_a_link_is_repaired_and_its_target_is_not() -> None:
    result = cleaner.clean("They donâ€™t say [what itâ€™s for](/donâ€™t), the council told the paper.")
    assert result.text == "They don’t say [what it’s for](/donâ€™t), the council told the paper."


def test_half_a_link_stays() -> None:
    rules = Ruleset([rule(pattern="council said", action="drop", safety="safe", unit="span")])
    result = Cleaner("strict", rules).clean("It opens, [the council](/c) said on Monday. The council said so on Tuesday.")
    assert result.text == "It opens, [the council](/c) said on Monday. The  so on Tuesday."
    assert [one.reason for one in result.skipped] == ["protected: it has one end of a link and not the other"]


def test_words_are_counted_as_a_reader_sees_them() -> None:
    assert cleaner.clean("The mill is on [Canal Street](/canal street), near [the lock](/lock).").signals["words"] == 10


def test_siblings_are_compared_as_a_reader_sees_them() -> None:
    suspect = "We will take [bold ways](/ways) to protect the river, the minister said on Monday in the capital."
    findings = cleaner.compare(suspect, suspect.replace("[bold ways](/ways)", "[bold steps](/steps)"))
    assert all(finding.original == suspect[finding.start : finding.end] for finding in findings)


@pytest.mark.parametrize("piece", ["[", "](", "](x(", '](x "', "[a](b)", "**", "\\", "](a-\n", "[](x)\n", "](<", "]( ", " "])
def test_cost_grows_with_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        return cpu_seconds(lambda: markdown.read("[a](" + piece * (length // len(piece)) + "[a](b)"))

    assert seconds(400_000) < 10 * max(seconds(100_000), 0.005)


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown; charset=utf-8"])
def test_it_may_be_called_what_it_is(media_type: str) -> None:
    assert cleaner.clean(PAGE.encode(), media_type).text == cleaner.clean(PAGE).text


def test_text_of_a_document_is_what_a_reader_sees() -> None:
    assert text_of(Document(text="[a](/b) c")) == "a c"


PROSE = "The council met on Tuesday and voted for the flood wall after a long debate in the hall of the old school.\n"


def test_an_item_of_a_list_takes_its_indent_along() -> None:
    text = PROSE + "\n  * [Share on Facebook](https://f.example/)\n  * It holds [water](/w) for a week.\n"
    assert cleaner.clean(text).text == PROSE + "\n  * It holds [water](/w) for a week.\n"


@pytest.mark.parametrize("heading", ["Share this\n----------", "Leave a Reply\n=====", "[Share this](/s)\n---"])
def test_a_heading_takes_its_underline_along(heading: str) -> None:
    text = f"{PROSE}{heading}\n\n{PROSE}"
    assert cleaner.clean(text).text == f"{PROSE}\n{PROSE}"


def test_what_goes_at_the_end_leaves_the_link_before_whole() -> None:
    text = f"{PROSE}\n* [How ticks are tested in the town of Lyme](/t)\n\nLeave a Reply\n"
    assert cleaner.clean(text).text == f"{PROSE}\n* [How ticks are tested in the town of Lyme](/t)\n"


def test_a_rule_between_paragraphs_is_no_underline() -> None:
    text = f"{PROSE}\nShare this\n\n----------\n\n{PROSE}"
    assert cleaner.clean(text).text == f"{PROSE}\n----------\n\n{PROSE}"


@pytest.mark.parametrize("line", ["### Leave a Reply", "**Share this:**", "_Leave a comment_", "#### **Leave a Reply**"])
@pytest.mark.parametrize("before", ["", "See the [minutes](/m) of the day.\n\n"])
def test_rules_know_their_words_as_headings_and_emphasised(line: str, before: str) -> None:
    text = f"{before}{PROSE}\n{line}\n\n{PROSE}"
    result = cleaner.clean(text)
    assert result.text == f"{before}{PROSE}\n{PROSE}"
    assert result.revert() == text


LINKS_OVER_LINES = """\
# Flood wall

See the [minutes](https://x.example/m) for more of what was said there by those who had come.

[Read more\\
\\
**Branching 2.0 is out of beta**](https://x.example/b)
"""


@pytest.mark.parametrize("profile", PROFILES)
def test_a_link_over_several_lines_goes_or_stays_as_a_whole(profile: str) -> None:
    text = cleaner_of(profile).clean(LINKS_OVER_LINES).text
    assert ("[Read more" in text) == ("beta**](https://x.example/b)" in text)


def test_blanks_inside_the_brackets_of_a_link_are_no_text() -> None:
    assert (
        markdown.seen("[ Skip to content ](#main)\n[ Home ](/)[ About ](/a) x\na[ b](/c)")
        == "Skip to content\nHome About x\na b"
    )


def test_code_goes_or_stays_as_a_whole() -> None:
    code = "```sql\nSELECT name FROM streets\nShare this\n```\n"
    text = f"{PROSE}\n{code}\nCopy\n\n{PROSE}\n[Edit this page](/e)\n"
    for profile in PROFILES:
        cleaned = cleaner_of(profile).clean(text).text
        assert code in cleaned or "```" not in cleaned
    assert code in cleaner_of("balanced").clean(text).text


def test_a_fence_that_is_never_closed_is_text() -> None:
    text = f"```\n{PROSE}\nShare this\n"
    assert "Share this" not in cleaner.clean(text).text


@pytest.mark.parametrize("piece", ["```\n", "**a**\n", "# a\n", "[a\n\nb](c)\n"])
def test_cost_of_its_lines_grows_with_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        return cpu_seconds(lambda: markdown.without_style(text, with_code(text, cut_lines(text))))

    assert seconds(400_000) < 10 * max(seconds(100_000), 0.005)


def test_headings_with_underlines_go_together_with_what_follows() -> None:
    text = f"{PROSE}\nLeave a Reply\n-----\n\nShare this\n=====\n\nLeave a comment\n\n{PROSE}"
    assert cleaner.clean(text).text == f"{PROSE}\n{PROSE}"


@pytest.mark.parametrize("bullet", ["* ", "- ", "+ ", "  * "])
@pytest.mark.parametrize("label", ["Privacy Policy", "Log in", "Leave a reply", "Skip to content"])
def test_rules_know_the_words_of_items(bullet: str, label: str) -> None:
    story = "The council met on Tuesday to talk about the library.\n\n* The roof leaks.\n* The door sticks.\n"
    assert cleaner.clean(f"{story}\n{bullet}{label}\n").text.rstrip() == story.rstrip()


@pytest.mark.parametrize("profile", ["careful", "balanced"])
def test_items_that_a_sentence_announces_are_no_menu(profile: str) -> None:
    told = "The reading app has four buttons at the foot of each page, and this is what they are for:"
    text = f"{told}\n\n* Search\n* Share\n* Print\n* About us\n\nThe last one was added in spring.\n"
    assert cleaner_of(profile).clean(text).text == text


def test_signals_are_of_what_a_reader_sees_of_the_text_that_is_written() -> None:
    # The drop would take one end of each link, and is held back.
    result = Cleaner().clean("[Skip to content\nThe council](http://x.example/y) met on Tuesday.\n\n" * 60, "text/markdown")
    assert result.text == result.original
    assert result.signals["words"] == result.signals["before.words"] == len(markdown.seen(result.text).split())
