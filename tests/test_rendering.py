"""What is left of a page, as Markdown."""

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import odd_text

from cleaner import Cleaner
from cleaner.edits import Edit, apply
from cleaner.markup import markdown, read_page
from cleaner.text import cut_lines

CODE = """<pre>def double(x):
    return 2 * x

double(2)</pre>"""


def rendered(source: str) -> str:
    return markdown(read_page(source), [])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("<h1>Bridge</h1><p>It is <b>open</b>.</p>", "# Bridge\n\nIt is open.\n"),
        ("<h3>Cost</h3>", "### Cost\n"),
        ("<p>One<br>two</p><p>three</p>", "One\\\ntwo\n\nthree\n"),
        ("<ul><li>One</li><li>Two</li></ul><p>Three", "- One\n- Two\n\nThree\n"),
        ("<ol><li>One</li><li>Two<ul><li>deep</ul></li><li>Three</ol>", "1. One\n2. Two\n    - deep\n3. Three\n"),
        ("<ul><li><p>One</p><p>goes on</p></li></ul>", "- One\n\n    goes on\n"),
        ("<ul><li>One<br>goes on</li></ul>", "- One\\\n    goes on\n"),
        ("<ol><li><p>One<ul><li>deep</ul><p>goes on<li>Two</ol>", "1. One\n    - deep\n\n    goes on\n2. Two\n"),
        ("<ul><li>One</ul><ul><li>Other</ul>", "- One\n\n- Other\n"),
        (
            "<table><tr><td></td><th>a|b</th></tr><tr><td>1</td><td>2</td><td>3</td></tr></table>",
            "|  | a\\|b |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n",
        ),
        (
            "<table><tr><td>1</td><td>2</td><td>3</td></tr><tr><td>a</td><td>b</td></tr></table>",
            "| 1 | 2 | 3 |\n| --- | --- | --- |\n| a | b |\n",
        ),
        ("<table><tr><td>laid out</td></tr></table>", "laid out\n"),
        (CODE, "```\ndef double(x):\n    return 2 * x\n\ndouble(2)\n```\n"),
        ("<pre>a ``` b</pre>", "````\na ``` b\n````\n"),
        ("<p>a*b* *c* _d_ e_f_g <i>*</i> 2 * 3</p>", "a\\*b\\* \\*c\\* \\_d\\_ e_f_g * 2 * 3\n"),
        ("<h2>The &lt;q> element and `x`</h2>", "## The \\<q> element and \\`x\\`\n"),
        ("<ul><li>&amp;amp; is [one](x), a < b</ul>", "- \\&amp; is [one\\](x), a < b\n"),
        ("<p>*one* \\* a\\b</p>", "\\*one\\* \\\\\\* a\\b\n"),
        ("<blockquote><p>One.</p><p>Two.</p></blockquote><p>She said.", "> One.\n>\n> Two.\n\nShe said.\n"),
        ("<blockquote><ul><li>One<li>Two</ul></blockquote>", "> - One\n> - Two\n"),
    ],
)
def test_headings_lists_tables_code_and_quotations_are_written_as_such(source: str, text: str) -> None:
    assert rendered(source) == text


@pytest.mark.parametrize(
    "line", ["# 1 in the charts", "- 5 degrees", "> 30 days", "1. FC Union", "12) and so on", "---", "| a |"]
)
def test_a_paragraph_that_looks_like_something_else_is_escaped(line: str) -> None:
    text = rendered(f"<p>{line.replace('>', '&gt;')}</p>").rstrip("\n")
    assert text != line
    assert text.replace("\\", "") == line


@pytest.mark.parametrize("line", ["#hashtag or not", "1.5 million", "2 * 3 < 7", "snake_case & co", "-5 degrees", "A | B"])
def test_other_paragraphs_stand_as_they_are(line: str) -> None:
    assert rendered(f"<p>{escape(line)}</p>") == f"{line}\n"


def test_what_was_dropped_or_replaced_is_so_in_markdown_too() -> None:
    page = read_page("<ul><li>Home</li><li>Sport</li></ul><h1>Bridge</h1><p>It is opne.</p><p>Share</p>")
    edits = [
        Edit(0, page.text.index("Bridge"), "", "menu"),
        Edit(page.text.index("opne"), page.text.index("opne") + 4, "open", "typo"),
        Edit(page.text.index("\n\nShare"), len(page.text), "", "sharing"),
    ]
    assert markdown(page, edits) == "# Bridge\n\nIt is open.\n"


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["<p>", "<ul>", "<li>", "<ol>", "</ol>", "<pre>", "</pre>", "<tr>", "<td>", "<h2>", "<blockquote>"]
            ),
            odd_text(max_size=6),
        )
    ),
    st.data(),
)
def test_no_word_of_the_cleaned_text_is_lost_or_added(pieces: list[str], data: st.DataObject) -> None:
    page = read_page("".join(pieces))
    ends = sorted(data.draw(st.lists(st.integers(0, len(page.text)), max_size=6)))
    edits = [Edit(start, end, "", "r") for start, end in zip(ends[::2], ends[1::2], strict=False)]
    cleaned = apply(page.text, edits)
    letters = re.compile(r"[^\W\d_]")
    assert letters.findall(markdown(page, edits)) == letters.findall(cleaned)


def test_a_cleaner_writes_markdown_and_metadata_where_asked() -> None:
    source = "<html lang=en><title>Bridge</title><h1>Bridge</h1><p>The council opened it on Tuesday, said the mayor.</p>"
    plain = Cleaner("careful").clean(source, "text/html")
    assert (plain.markdown, plain.metadata) == (None, {})
    asked = Cleaner("careful", markdown=True, metadata=True).clean(source, "text/html")
    assert asked.text == plain.text
    assert asked.markdown is not None
    assert cut_lines(asked.markdown)
    assert asked.metadata["title"] == "Bridge"
    assert Cleaner("careful", markdown=True).clean("Plain text.").markdown is None
    assert len({Cleaner("careful", **{name: True}).digest for name in ("preview", "markdown", "metadata")}) == 3  # type: ignore[arg-type]
