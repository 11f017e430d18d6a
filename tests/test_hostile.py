"""Pages that parsers choke on, and pages without text: what is made of them, and that it takes no longer than their length."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

import cleaner
from cleaner import hostile
from cleaner.hostile import flattened, why_empty
from cleaner.markup import read_page

NO_TEXT = "boilerplate/page/no-text"
SHELL, MARKUP = "script-only application shell", "nothing but markup"

NAMES = (
    "div span p a b i font li ul dd dt dl table tr td th tbody caption option select optgroup button form h1 h2 svg math g mi "
    "foreignObject desc title style script textarea template object noscript x-y rt rp ruby details dialog nobr pre center xmp"
).split()
ATTRIBUTES = ("", "", "", " id=1", " id='2'", ' title="a>b"', " t='<b>'", " a=it's", ' ="x>', "/")
TEXTS = (
    *("x", "y z", "<", "a < b", "&amp;", "\n", "<!-- <div> -->", "<!-->"),
    *("<![CDATA[ <p>q ]]>", "<?x>", "</>", "<!doctype x>"),
)
TAG = st.builds(
    lambda end, name, rest: f"<{end}{name}{rest}>",
    st.sampled_from(["", "", "/"]),
    st.sampled_from(NAMES),
    st.sampled_from(ATTRIBUTES),
)
SOUP = st.lists(st.one_of(TAG, TAG, TAG, st.sampled_from(TEXTS)), max_size=40)
WELL_FORMED = st.recursive(
    st.sampled_from(["one ", "two ", "three ", "four "]),
    lambda inner: st.builds(
        lambda name, rest, parts: f"<{name}{rest}>{''.join(parts)}</{name}>",
        st.sampled_from(["div", "span", "b", "i", "section", "blockquote", "em", "h2", "x-y"]),
        st.sampled_from(["", ' title="a>b"', " t='<b>'", " a=it's"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=30,
)


UNSEEN = frozenset(
    "script style template head svg annotation annotation-xml iframe object embed canvas audio video select datalist".split()
)
APART = frozenset(
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre section summary table tbody td tfoot th thead "
    "tr ul".split()
)


def walked(page: str, unseen: Collection[str] = ()) -> Iterator[tuple[int, str, str]]:
    """The depth, tag and text of each node of the parser's tree of `page`, as it is; where an element ends, ``/`` and its tag.

    What stands inside of `unseen` is passed over.
    """
    node, depth = LexborHTMLParser(page).root, 0
    while node is not None:
        tag = node.tag or ""
        yield depth, tag, (node.text_content or "") if tag == "-text" else ""
        if tag not in unseen and node.child is not None:
            node, depth = node.child, depth + 1
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
            if node is None or depth <= 0:
                return
            yield depth, f"/{node.tag}", ""
        node = node.next if node is not None else None


def seen_text(page: str) -> str:
    """The words of `page`, apart where lines or cells are."""
    nodes = walked(page, UNSEEN)
    return " ".join("".join(text or ("\n" if tag.removeprefix("/") in APART else "") for _, tag, text in nodes).split())


def size(page: str) -> tuple[int, int]:
    """How deep the parser's tree of `page` is, and of how many nodes."""
    depths = [depth for depth, tag, _ in walked(page) if not tag.startswith("/")]
    return max(depths, default=0), len(depths)


def seconds(page: str) -> float:
    """What it takes to flatten `page` and to walk what the parser makes of it."""
    start = time.process_time()
    size(flattened(page))
    return time.process_time() - start


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page is taken for a harmful one."""
    monkeypatch.setattr(hostile, "_harmful", lambda _: True)


def test_harmless_pages_come_back_as_they_are() -> None:
    page = "<ul><li>a<li>b</ul>" * 50
    assert flattened(page) is page


@settings(max_examples=200)
@given(st.lists(st.tuples(SOUP, st.integers(1, 40)), max_size=4))
def test_what_is_left_is_never_deep_nor_many(parts: list[tuple[list[str], int]]) -> None:
    page = "".join("".join(soup) * times for soup, times in parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hostile, "_harmful", lambda _: True)
        patch.setattr(hostile, "MAX_DEPTH", 8)
        after = flattened(page)
    depth, nodes = size(after)
    assert depth <= 8 * 5 + 12, after
    assert nodes <= 30 + 14 * after.count("<"), after


@settings(max_examples=200)
@given(WELL_FORMED)
def test_text_is_kept_in_order(page: str) -> None:
    expected = seen_text(page)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hostile, "_harmful", lambda _: True)
        assert seen_text(flattened(page)) == expected
        patch.setattr(hostile, "MAX_DEPTH", 2)
        assert seen_text(flattened(page)) == expected


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "page",
    [
        *("<p>a<!-- <div> -->b", "a<!-->b-->", "<!--x--!>b", "a<x", "x<", "a</ b>c", "<<span>div>x"),
        *("<p title='<b>'>x", '<p title="a>b">x', "<p a=it's>x</p>y", '<p ="x>y">z'),
        *("<textarea><b>x</textarea>y", "<title><b></title>x", "<style><div></style>x", "<plaintext>a<b>&amp;"),
        *("<script>'<div>'</script>x", "<script><!--<script></script><div>--></script>x"),
        *("<div><![CDATA[x<b>y]]></div>z", "<svg><![CDATA[<div>]]></svg>z"),
        *("<svg><title/><style /><script src=a.js /></svg>x", "<math><title/></math>x", "<svg><style a=b/>x</style></svg>y"),
    ],
)
def test_nothing_is_mistaken_for_a_tag(page: str) -> None:
    assert seen_text(flattened(page)) == seen_text(page)


@pytest.mark.usefixtures("always")
def test_what_seems_to_end_at_once_hides_no_depth() -> None:
    page = "<svg><div><style/></div></svg></style>" * 2_000  # to the parser the style ends with its end tag alone
    assert size(flattened(page))[0] < 2 * hostile.MAX_DEPTH


@pytest.mark.parametrize(
    "tag",
    ["<b id={}>", "<b title='>{}'>", "<b title='<{}>'>", "<script><b x='</script><b id={}>"],
)
def test_formatting_elements_that_differ_are_told_apart(tag: str) -> None:
    page = "".join(tag.format(number) for number in range(500)) + "<p>x" * 20_000
    assert flattened(page) is not page


@pytest.mark.usefixtures("always")
def test_leaving_tags_out_makes_no_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostile, "MAX_DEPTH", 0)
    assert seen_text(flattened("<<span>div>x")) == "<div>x"


def test_lines_stay_lines_beyond_the_limit() -> None:
    page = "<div>" * 20_000 + "<div>a</div><div>b</div>c" + "</div>" * 20_000
    assert seen_text(flattened(page)) == "a b c"
    assert read_page(page).text == "a\n\nb\n\nc"


HOSTILE: Mapping[str, Callable[[int], str]] = {
    "div": lambda number: "<div>" * number,
    "div with false ends": lambda number: "<div></span>" * (number // 2),
    "barriers": lambda number: "<div><table><td></div>" * (number // 3),
    "special": lambda number: "<span><div></span>" * (number // 3),
    "adoption": lambda number: "<b><div></b>" * (number // 3),
    "forms": lambda number: "<form><div></form>" * (number // 3),
    "dt li": lambda number: "<dt><li>" * (number // 2),
    "copies": lambda number: f"<p>{''.join(f'<b id=i{i}>' for i in range(number // 2))}" + "<p>x" * (number // 2),
    "copies by anchors in cells": lambda number: (
        "".join(f"<div><b id=i{i}></div><table><td></b></table>" for i in range(number // 14)) + "<p>x" * (number // 2)
    ),
    "options": lambda number: "<select>" + "<option selected>x" * number,
    "attributes": lambda number: f"<div {' '.join(f'a{i}' for i in range(number))}>x",
    "html": lambda number: "".join(f"<html a{i}=1>" for i in range(number)),
    "unclosed comment": lambda number: "<p>x" + "<!--" * number,
    "lists": lambda number: "<ul><li>" * (number // 2),
    "svg style": lambda number: "<svg><style>" + "<div>" * number,
    "select style": lambda number: "<select><style></select>" + "<div>" * number,
    "script": lambda number: "<div><script><!--<script></script></div></script>" * (number // 7),
    "formatting without an end": lambda number: "<html>" + "<b " * (number // 10) + "x " * (3 * number),
    "quotes": lambda number: "<a x='\"" * number,
}
"""Pages of some `number` of tags on which the parser alone takes more than time in proportion."""


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_length(page: Callable[[int], str]) -> None:
    for _ in range(3):  # other programs may have been busy
        less, more = seconds(page(25_000)), seconds(page(75_000))
        if more < 6 * less + 0.1:  # three times as long; nine times would be quadratic
            return
    pytest.fail(f"{less:.2f} s, and {more:.2f} s for three times as much")


@pytest.mark.parametrize(
    ("page", "why"),
    [
        *(("", "empty"), (" \n", "empty"), ("<!-- x -->", "empty"), ("<!-- <script> -->", "empty")),
        *(("<html><body></body></html>", MARKUP), ("<img src=x>", MARKUP), ("<body><p></p><frameset>", MARKUP)),
        ('<script type="application/ld+json">{}</script>', MARKUP),
        ('<div id="root"></div><script>x()</script>', SHELL),
        ("<script>'<frameset>'</script>", SHELL),
        ("<noscript></noscript><SCRIPT src=a></SCRIPT>", SHELL),
        ("<frameset cols=1><frame src=a></frameset>", "frameset"),
    ],
)
def test_why_a_page_is_empty(page: str, why: str) -> None:
    assert why_empty(page) == why


def test_why_a_page_is_empty_takes_linear_time() -> None:
    start = time.process_time()
    assert why_empty(f"<script {'type=' * 200_000}></script>") == SHELL
    assert time.process_time() - start < 5


def cleaned(page: str, limit: float) -> cleaner.Result:
    """What becomes of `page`, given that all goes well and takes no more than `limit` seconds."""
    start = time.process_time()
    result = cleaner.clean(page, media_type="text/html")
    assert time.process_time() - start < limit
    assert result.error is None
    assert result.revert() == result.original
    return result


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("", "empty"),
        ("<!-- <p>This comment has no end.", "empty"),
        ("<!doctype html><html><head><title>Shop</title></head></html>", MARKUP),
        ("<html><frameset cols='20%,*'><frame src=menu.html><frame src=main.html></frameset></html>", "frameset"),
        ("<body><div id=root></div><script src=/main.js></script><script>start('<p>x</p>')</script></body>", SHELL),
        ("<div>" * 200_000, MARKUP),
        ("<!--" * 200_000, "empty"),
    ],
    ids=["empty", "comment", "no body", "frameset", "shell", "nested", "comments"],
)
def test_a_page_without_text_says_why(page: str, why: str) -> None:
    result = cleaned(page, limit=30)
    assert result.original == result.text == ""
    (finding,) = result.findings
    assert (finding.rule, finding.action, finding.start, finding.end) == (NO_TEXT, "flag", 0, 0)
    assert finding.message.endswith(f": {why}")


LONG = "The mayor resigned on Monday, her office said. " * 430_000  # 20 MB
BOMB = f"<p>{''.join(f'<b id=i{i}>' for i in range(500))}" + "<p>x" * 20_000  # 2.9 GB in the parser as it is
SEEN: Mapping[str, tuple[str, str]] = {
    "no body": ("<title>Shop</title><p>Seen", "Seen"),
    "comment": ("<p>Seen<!-- <p>This comment has no end.", "Seen"),
    "comments": ("<p>Seen" + "<!-- <p>" * 100_000, "Seen"),
    "nested": ("<div>" * 200_000 + "Seen" + "</div>" * 200_000, "Seen"),
    "20 MB": (f"<body><p>{LONG}", LONG.strip()),
    "bomb": (BOMB, "\n\n".join("x" * 20_000)),
}


@pytest.mark.parametrize("name", SEEN)
def test_the_text_of_a_hostile_page_is_read_in_time(name: str) -> None:
    page, text = SEEN[name]
    result = cleaned(page, limit=30)
    same = result.original == text  # apart, lest pytest compare 20 MB line by line
    assert same, result.original[:80]
    assert NO_TEXT not in {finding.rule for finding in result.findings}


def test_formatting_elements_are_not_copied_into_every_paragraph() -> None:
    assert len(read_page(BOMB).elements.parent) < 6 * BOMB.count("<")
