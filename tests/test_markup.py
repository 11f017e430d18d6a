import time
import zlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import cpu_seconds, odd_text

from cleaner import Cleaner
from cleaner.markup import Page, metadata, read_page
from cleaner.text import Elements, Origin, cut_lines


def lines_of(page: Page) -> list[str]:
    return [page.text[line.start : line.end] for line in page.lines]


def read_lines(source: str) -> list[str]:
    return lines_of(read_page(source))


def tags(page: Page) -> list[int]:
    """The hashed tag of each element; of the page itself, which has none, -1."""
    elements = page.elements
    return [-1, *elements.tokens[elements.token_starts[elements.sorts[1:]]].tolist()]


def element(page: Page, tag: str) -> int:
    """The number of the only element of a tag."""
    (found,) = (number for number, hashed in enumerate(tags(page)) if hashed == zlib.crc32(f"<{tag}>".encode()))
    return found


def kinds(page: Page, number: int) -> set[str]:
    return {name for bit, name in enumerate(Elements.KINDS) if page.elements.kinds[number] >> bit & 1}


def inside(page: Page, number: int) -> list[str]:
    return lines_of(page)[page.elements.first_line[number] : page.elements.end_line[number]]


# --- text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One<br>two</p>", "One\ntwo"),
        (
            "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/><script src='a.js'/></head><p>On<a id=x />e<br/>two",
            "One\ntwo",
        ),
        ("One<br><br>two<br>&nbsp;<br />three<br><b>four</b><br><ul><li>five<br></ul>", "One\n\ntwo\n\nthree\nfour\n\nfive"),
        ("<ul><li>One</li><li>Two</li></ul><p>Three", "One\nTwo\n\nThree"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
        ("<table><tr><td></td><th>Q1</th></tr><tr><th>Sales</th><td></td><td>3</td></tr></table>", "\tQ1\nSales\t\t3"),
        ("<table><tr><td><p>a</p></td><td>b</td></tr></table>", "a\n\nb"),
        ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\tc"),
        ("<p>One <b>bold</b> and <a href='x'>linked</a> text.</p>", "One bold and linked text."),
        ("<p>  many \n\t blanks  </p>", "many blanks"),
        ("<pre>one\n  two  2\n\nthree</pre>four", "one\n  two  2\n\nthree\n\nfour"),
        ("<p>a &amp; b &lt;c&gt; &#8220;d&#8221;</p>", "a & b <c> “d”"),
        (
            "<p>Here <math alttext='E=mc^{2}'><mi>E</mi></math> is energy <math><mi>E</mi></math>.</p>",
            "Here E=mc^{2} is energy E.",
        ),
        (
            "<p>A <math><semantics><mi>s</mi><annotation encoding='application/x-tex'>\\sum</annotation></semantics></math>.",
            r"A \sum.",
        ),
        (
            "<p>A <math><semantics><mi>b</mi><annotation encoding='StarMath'>bold b</annotation></semantics></math>.</p>",
            "A b.",
        ),
        (  # as KaTeX writes it
            "<p>It is <span class=katex><span><math><mi>e</mi></math></span><span aria-hidden=true>e<i></i></span></span>.</p>",
            "It is e.",
        ),
        (  # as MathJax does
            "<p>It is <span><nobr aria-hidden=true><i>e</i></nobr><span><math><mi>e</mi></math></span></span>.</p>",
            "It is e.",
        ),
        ("<p>It is <span><span aria-hidden=true>e</span></span>.</p>", "It is e."),
        ("<p>One.</p><math alttext='x'></math><p>Two.</p><math alttext></math>", "One.\n\nx\n\nTwo."),
        ("<script>var x = 1;</script><style>p {}</style><p>Seen.</p><template><p>Unseen.</p></template>", "Seen."),
        (
            "<i><template shadowrootmode=open>It <b><template shadowrootmode=open>is</template></b>.</template></i><p>B</p>",
            "It is.\n\nB",
        ),
        ("<template shadowrootmode='open'></template><p>Seen.</p>", "Seen."),
        ("<math><template shadowrootmode=open></template></math><p>Seen.</p>", "Seen."),
        (
            "<p><ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>で<ruby>桜<rt>さくら</rt></ruby>が咲く。</p>",
            "東京で桜が咲く。",
        ),
        ("<p>10<sup>6</sup> m<sup>2</sup>, 10<sup>−3</sup>, x<sup>n</sup>, a<sup>[2]</sup></p>", "10⁶ m², 10⁻³, xn, a[2]"),
        ("<p><sup>1</sup> See there; <a href='/b'>this<sup>2</sup></a></p>", "1 See there; this²"),
        ("<p>It is <q>only a <q>quote</q></q>.</p>", "It is “only a “quote””."),
        ("<noscript><p>For readers without scripts.</p></noscript>", "For readers without scripts."),
        ('<noscript><iframe src="//t.example/ns" /></noscript><p>And all after it.</p>', "And all after it."),
        ("<p>One<!-- a comment -->two</p>", "Onetwo"),
        ("<svg><text>drawn</text></svg><p>Seen.</p>", "Seen."),
        ("<title>Head</title><p>Body.</p>", "Body."),
        ("no markup at all", "no markup at all"),
        ("<div><div><div>deep</div></div>beside</div>", "deep\n\nbeside"),
        ("<p>a\0b</p>", "ab"),
        ("", ""),
    ],
)
def test_a_page_reads_as_its_reader_sees_it(source: str, text: str) -> None:
    assert read_page(source).text == text


@pytest.mark.parametrize(
    ("source", "text", "marks"),
    [
        ("<p>Founded.<sup><a href='#n1'>[1]</a></sup> Then</p>", "Founded.[1] Then", ["[1]"]),
        (
            "<p>Founded <a href='x.html#n1'><sup>1</sup></a> there, <sup><a href='#n2'>*</a></sup></p>",
            "Founded 1 there, *",
            [" 1", " *"],
        ),
        ("<p>Founded<sup> <a href='#n1'>1</a>, <a href='#n2'>2</a> </sup>in</p>", "Founded 1, 2 in", [" 1, 2"]),
        ("<p>a<sup>\0<a href='#n'>[<i>b</i>]</a></sup></p>", "a[b]", ["[b]"]),
        ("<table><tr><td>Ab<sup><a href='#a'>a</a></sup></td><td>12</td></tr></table>", "Aba\t12", ["a"]),
        ("<p>Founded<sup><a href='#n1'>[1]</a><a href='#n2'>[2]</a></sup></p>", "Founded[1][2]", ["[1][2]"]),
        (
            "<p>Salt<a class='footnote-anchor' href='#n1'>1</a> rose. <a href='#fnref1'>↩\ufe0e</a></p>",
            "Salt1 rose. ↩\ufe0e",
            ["1", " ↩\ufe0e"],
        ),
        ("<p>As told [<a href='#r1' rel='footnote' class='footnote'>1</a>]</p>", "As told [1]", []),
        ("<h2>In C#<a href='#c'>#</a></h2><h3><a href='/x#t'>§</a> Tests</h3>", "In C##\n\n§ Tests", ["#", "§ "]),
        (
            "<h2>Tests <a href='#t'><i>\uf0c1</i></a>, old<sup><a href='#n'>1</a></sup></h2>",
            "Tests \uf0c1, old1",
            [" \uf0c1", "1"],
        ),
        ("<h2><a href='#one'>1</a> One <a href='#C'>C#</a></h2><p>In C<a href='#c'>#</a></p>", "1 One C#\n\nIn C#", []),
        # What begins a line is the footnote itself; what is raised need not be a link, nor what is a link be raised.
        ("<p><sup><a href='#back'>1</a></sup> Meyer.</p>", "1 Meyer.", []),
        ("<p>40 m<sup>2</sup>, the 3<sup>rd</sup> in <a href='#1'>1</a></p>", "40 m², the 3rd in 1", []),
        ("<p>See <a href='#area'>as m<sup>2</sup></a>, <sup><a href='/one'>1</a></sup></p>", "See as m², ¹", []),
        ("<p>See <sup><a href='#a'>all of it</a></sup> <a href='#b'><sup>the</sup></a></p>", "See all of it the", []),
        ("<p>One<sup><a href='#a'>1<br>2</a></sup></p>", "One1\n2", []),
    ],
)
def test_marks_that_are_links_are_told_from_other_links_and_raised_text(source: str, text: str, marks: list[str]) -> None:
    page = read_page(source)
    assert page.text == text
    assert [page.text[start:end] for start, end in page.marks] == marks


def test_where_code_stands_is_known_as_far_as_it_has_an_ampersand() -> None:
    page = read_page(
        "<p>Write <code>&amp;lt;</code> and <kbd>a &amp;\n b</kbd> or <code>x</code> &amp; go"
        "<pre>one\n two &amp;amp;\nthree</pre>"
    )
    assert [page.text[start:end] for start, end in page.code] == ["&lt;", "a & b", "two &amp;"]


@pytest.mark.parametrize("profile", ["careful", "balanced"])
def test_entities_in_code_are_not_read_a_second_time(profile: str) -> None:
    page = "<p>Fish &amp;amp; chips: for a sign write <code>&amp;lt;</code> in your source, so it shows.<pre>&amp;amp;</pre>"
    made = Cleaner(profile)
    text = made.clean(f"<main>{page * 3}</main>", media_type="text/html").text
    assert text.count("Fish & chips: for a sign write &lt; in your source") == text.count("\n\n&amp;") == 3
    fenced = "Fish &amp; chips, the guide says.\n\n```\ntext = '<p>' &amp; more\n```\n"
    assert made.clean(fenced).text == fenced.replace("&amp;", "&", 1)


@pytest.mark.parametrize("mark", ["i", "[1]", "**"])
def test_many_marks_in_one_link_are_read_in_linear_time(mark: str) -> None:
    started = time.process_time()
    page = read_page(f"<p>Built in 1830.<sup><a href='#fn1'>{','.join([mark] * 20_000)}!</a></sup></p>")
    assert page.marks == []
    assert time.process_time() - started < 5


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "<p>",
                    "</p>",
                    "<br>",
                    "<sup>",
                    "</sup>",
                    "<a href='#'>",
                    "</a>",
                    "<table>",
                    "1",
                    "<li>",
                    "<pre>",
                    "</pre>",
                    "<td>",
                    "<b>",
                ]
            ),
            odd_text(max_size=6),
        )
    )
)
def test_the_lines_of_a_page_are_the_lines_of_its_text(pieces: list[str]) -> None:
    page = read_page("".join(pieces).encode("utf-8", "replace").decode())
    assert [(line.start, line.end) for line in page.lines] == [(line.start, line.end) for line in cut_lines(page.text)]
    gaps = [page.text[one.end : other.start] for one, other in pairwise(page.lines)]
    assert all(gap.startswith("\n") and gap.isspace() for gap in gaps)  # line breaks, and the indent of code
    assert not page.text or page.lines[-1].end == len(page.text)


def test_a_line_knows_the_elements_that_it_begins_in() -> None:
    page = read_page("<nav><ul><li><a href='/'>Home</a> page</li></ul></nav><article><p>Text with <b>bold</b>.</p></article>")
    assert [line.origin for line in page.lines] == [Origin("html/body/nav/ul/li/a", 0.444), Origin("html/body/article/p", 0.0)]


def test_of_a_deep_path_the_innermost_elements_are_named() -> None:
    page = read_page("<div>" * 40 + "<p>text</p>")
    assert page.lines[0].origin is not None
    assert page.lines[0].origin.path == "/".join(["div"] * 15 + ["p"])
    assert page.elements.depth[page.elements.of_line[0]] == 43


@pytest.mark.parametrize("tag", ["div", "p", "b", "blockquote"])
def test_a_page_that_nests_without_end_is_read(tag: str) -> None:
    assert read_lines(f"<{tag}>" * 50_000 + "text" + f"</{tag}>" * 50_000) == ["text"]


# --- elements ------------------------------------------------------------------------------------------------------

PAGE = """<html><head><title>Bridge widened</title></head><body>
<header><h1>Harbour Post</h1></header>
<nav><ul><li><a href="/">Home</a></li><li><a href="/s">Sport</a></li></ul></nav>
<main><article><h2>Council widens the bridge</h2>
<p>The work begins in <a href="/spring">spring</a> or <a href="/later">later</a>.</p>
<table><tr><td>Cost</td><td>3</td></tr></table><pre>one
two</pre></article></main>
<aside><form>Search</form></aside>
<footer>© 2024</footer></body></html>"""


@pytest.mark.parametrize(
    ("tag", "lines", "told"),
    [
        ("header", ["Harbour Post"], {"header"}),
        ("h1", ["Harbour Post"], {"header", "heading"}),
        ("nav", ["Home", "Sport"], {"nav"}),
        ("ul", ["Home", "Sport"], {"nav", "list"}),
        (
            "main",
            ["Council widens the bridge", "The work begins in spring or later.", "Cost\t3", "one", "two"],
            {"main"},
        ),
        ("p", ["The work begins in spring or later."], {"main", "article"}),
        ("h2", ["Council widens the bridge"], {"main", "article", "heading"}),
        ("table", ["Cost\t3"], {"main", "article", "table"}),
        ("tr", ["Cost\t3"], {"main", "article", "table"}),
        ("pre", ["one", "two"], {"main", "article", "pre"}),
        ("aside", ["Search"], {"aside"}),
        ("form", ["Search"], {"aside", "form"}),
        ("footer", ["© 2024"], {"footer"}),
    ],
)
def test_an_element_knows_its_lines_and_what_it_stands_in(tag: str, lines: list[str], told: set[str]) -> None:
    page = read_page(PAGE)
    assert inside(page, element(page, tag)) == lines
    assert kinds(page, element(page, tag)) == told


def test_items_are_of_a_list_and_the_page_is_of_no_kind() -> None:
    page = read_page("<dl><dt>Term</dt><dd>Meaning</dd></dl><ol><li>First</li></ol>")
    for tag in ("dt", "dd", "li"):
        assert kinds(page, element(page, tag)) == {"list", "item"}
    assert kinds(page, 0) == kinds(page, element(page, "body")) == set()
    assert inside(page, 0) == ["Term", "Meaning", "First"]


def test_the_page_itself_is_the_first_element() -> None:
    elements = read_page(PAGE).elements
    assert (elements.parent[0], elements.depth[0], elements.token_starts[0]) == (-1, 0, 0)
    assert (elements.first_line[0], elements.end_line[0]) == (0, len(elements.of_line))
    assert (elements.parent[1:] >= 0).all()


def test_elements_of_the_same_tag_and_attributes_are_of_one_sort() -> None:
    elements = read_page("<p class=a>One<p class=b>Two<p class=a>Three<div class=a>Four<p class=a hidden>Five").elements
    one, two, three, four, five = elements.sorts[elements.of_line].tolist()
    assert one == three
    assert len({one, two, four, five}) == 4


def test_links_are_counted_and_weighed_by_line() -> None:
    page = read_page(PAGE)
    by_line = dict(
        zip(lines_of(page), zip(page.elements.links.tolist(), page.elements.link_share.tolist(), strict=True), strict=True)
    )
    assert by_line["Home"] == by_line["Sport"] == (1, 1.0)
    assert by_line["The work begins in spring or later."] == (2, pytest.approx(11 / 35, abs=1e-3))
    assert by_line["Cost\t3"] == by_line["Harbour Post"] == (0, 0.0)


def test_a_linked_block_is_a_link_of_its_line() -> None:
    page = read_page("<a href='/a'><h2>Council widens the bridge</h2></a>The mayor is glad.<p>See <a>all</a> <a>news</a></p>")
    assert page.elements.link_share[:2].tolist() == [1.0, 0.0]
    assert page.elements.links.tolist() == [1, 0, 2]


def test_a_landmark_is_known_by_its_role_where_its_tag_does_not_say() -> None:
    page = read_page("<div role=navigation><b>Home</b></div><nav role=main><i>News</i></nav><div role=button><u>More</u></div>")
    assert [kinds(page, element(page, tag)) for tag in ("b", "i", "u")] == [{"nav"}, {"nav"}, set()]


def test_each_line_of_a_linked_block_stands_in_the_link() -> None:
    page = read_page("<a href='/a'><h2>Council widens the bridge</h2><p>Work begins</p></a><p>The mayor is glad.</p>")
    assert page.elements.links.tolist() == [1, 1, 0]


def test_a_hidden_element_is_known_for_one() -> None:
    def tokens(attributes: str) -> set[int]:
        page = read_page(f"<div{attributes}>text</div>")
        return set(page.elements.tokens.tolist())

    for attributes in (" hidden", " style='display: none'", " aria-hidden=true"):
        assert tokens(attributes) == tokens(" hidden") != tokens("")


def test_the_line_begins_in_its_innermost_element() -> None:
    page = read_page("<div> <p> <b>Bold</b> text <i>and</i> more</p> plain <em>text</em></div>")
    assert lines_of(page) == ["Bold text and more", "plain text"]
    assert page.elements.of_line.tolist() == [element(page, "b"), element(page, "div")]


def test_an_inline_element_holds_the_line_that_it_stands_in() -> None:
    page = read_page("<p>One</p><p>Two <b>bold</b> and <i>slanted</i></p><p>Three</p>")
    assert inside(page, element(page, "b")) == inside(page, element(page, "i")) == ["Two bold and slanted"]


def test_an_inline_element_around_blocks_holds_their_lines_alone() -> None:
    page = read_page("<p>One</p><span><div>Two</div><div>Three</div></span><h1>Four</h1>")
    assert inside(page, element(page, "span")) == ["Two", "Three"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("<p>One</p><span> </span><p>Two</p>", []),
        ("<p>One</p><span><h1>Two</h1>\n</span><p>Three</p>", ["Two"]),
        ("<p>One</p><span>\n<h1>Two</h1>\n</span>\n<p>Three</p>", ["Two"]),
    ],
)
def test_white_space_at_the_end_of_an_inline_element_takes_no_line_along(source: str, lines: list[str]) -> None:
    page = read_page(source)
    assert inside(page, element(page, "span")) == lines


def test_elements_without_text_hold_no_lines() -> None:
    page = read_page("<p>One</p><ul><li><b></b></li></ul><footer> </footer><p>Two</p>")
    assert inside(page, element(page, "ul")) == inside(page, element(page, "footer")) == []


BLOCKS = ("div", "p", "ul", "section", "article", "footer")
TREE = st.recursive(
    st.tuples(st.just(""), st.sampled_from(["Home", "The council met.", "a"])),
    lambda inner: st.tuples(st.sampled_from(BLOCKS[:1] + BLOCKS[2:]), st.lists(inner, max_size=4)),
    max_leaves=20,
)


@settings(max_examples=300)
@given(st.lists(TREE, max_size=4))
def test_blocks_hold_exactly_the_lines_written_in_them(trees: list[tuple[str, object]]) -> None:
    sources: list[str] = []
    expected: list[tuple[str, list[str]]] = []

    def write(tree: tuple[str, object]) -> list[str]:
        tag, inner = tree
        if isinstance(inner, str):
            sources.append(f"<p>{inner}</p>")
            expected.append(("p", [inner]))
            return [inner]
        assert isinstance(inner, list)
        place = len(expected)
        expected.append((tag, []))
        sources.append(f"<{tag}>")
        lines = [line for one in inner for line in write(one)]
        sources.append(f"</{tag}>")
        expected[place] = (tag, lines)
        if not inner:
            expected.pop(place)  # an element without anything in it is not there
        return lines

    for tree in trees:
        write(tree)
    page = read_page("<body><p>First</p>" + "".join(sources))
    if page.lines:
        first = element(page, "body") + 2
        held = [(hashed, inside(page, number)) for number, hashed in enumerate(tags(page)) if number >= first]
        assert held == [(zlib.crc32(f"<{tag}>".encode()), lines) for tag, lines in expected]


def test_elements_without_text_before_the_first_line_hold_no_lines() -> None:
    page = read_page("<ul><li></li></ul><p>One</p>")
    assert inside(page, element(page, "ul")) == []


SCRAPS = (
    *("<div>", "</div>", "<p class='lead'>", "</p>", "<a href='x'>", "</a>", "<ul id=menu>", "<li>", "</ul>", "<b>", "</b>"),
    *(
        "<br>",
        "<pre>",
        "</pre>",
        "<td>",
        "<table>",
        "</table>",
        "<nav role=menu>",
        "</nav>",
        "<h1>",
        "</h1>",
        "<script>",
        "<!--",
    ),
    *("\n", " ", "Home", "The council met.", "-->", "<form>", "<body>", "</body>", "</html>", "<svg>", "<title>", "&nbsp;"),
)


@settings(max_examples=400)
@given(st.lists(st.one_of(st.sampled_from(SCRAPS), odd_text(max_size=3)), max_size=40))
def test_of_any_page_the_arrays_agree_with_each_other_and_the_lines(pieces: list[str]) -> None:
    page = read_page("".join(pieces).encode("utf-8", "replace").decode())
    elements = page.elements
    number, lines = len(elements.parent), len(page.lines)
    for array in (elements.depth, elements.kinds, elements.first_line, elements.end_line, elements.sorts):
        assert array.shape == (number,)
    assert elements.of_line.shape == elements.link_share.shape == elements.links.shape == (lines,)
    later = np.arange(1, number)
    assert elements.parent[0] == -1
    assert (elements.parent[1:] < later).all()
    assert (elements.parent[1:] >= 0).all()
    assert (elements.depth[1:] == elements.depth[elements.parent[1:]] + 1).all()
    assert (elements.kinds[1:] & elements.kinds[elements.parent[1:]] == elements.kinds[elements.parent[1:]]).all()
    assert ((elements.first_line >= 0) & (elements.first_line <= elements.end_line) & (elements.end_line <= lines)).all()
    assert (elements.first_line[1:] >= elements.first_line[elements.parent[1:]]).all()
    assert (elements.end_line[1:] <= elements.end_line[elements.parent[1:]]).all()
    assert ((elements.of_line >= 0) & (elements.of_line < number)).all()
    assert (elements.first_line[elements.of_line] <= np.arange(lines)).all()
    assert (elements.end_line[elements.of_line] > np.arange(lines)).all()
    assert ((elements.link_share >= 0) & (elements.link_share <= 1)).all()
    assert (elements.links >= 0).all()
    assert set(elements.sorts.tolist()) == set(range(len(elements.token_starts)))
    assert (np.diff(np.append(elements.token_starts, len(elements.tokens)))[1:] > 0).all()
    assert elements.link_share.tolist() == pytest.approx([line.origin.link_density for line in page.lines if line.origin])
    assert lines_of(page) == [page.text[line.start : line.end] for line in cut_lines(page.text)] or set(page.text) & set(
        "\u2028\u2029"
    )


# --- what elements say of themselves -------------------------------------------------------------------------------


def tokens_of(source: str) -> set[int]:
    page = read_page(f"<body>{source}text")
    sort = page.elements.sorts[-1]
    assert sort == len(page.elements.token_starts) - 1
    return set(page.elements.tokens[page.elements.token_starts[sort] :].tolist())


def hashed(*names: str) -> set[int]:
    return {zlib.crc32(name.encode()) for name in names}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("<div>", ["<div>"]),
        ("<div class='main-menu topMenus'>", ["<div>", "main", "menu", "top", "menus"]),
        ("<div id='site_FOOTER2'>", ["<div>", "site", "footer"]),
        ("<nav role='navigation'>", ["<nav>", "navigation", "role=navigation"]),
        ("<p itemprop='articleBody'>", ["<p>", "article", "body", "itemprop=articlebody"]),
        ("<div itemtype='https://schema.org/NewsArticle'>", ["<div>", "itemtype=newsarticle"]),
        ("<div style='display: none'>", ["<div>", "hidden"]),
        ("<div style='color: red'>", ["<div>"]),
        ("<div aria-hidden=true>", ["<div>", "hidden"]),
        ("<div aria-hidden=false>", ["<div>"]),
        ("<div aria-label='Share this' data-testid='related'>", ["<div>", "share", "this", "related"]),
        ("<div class>", ["<div>"]),
        ("<div class='a1 b2 --'>", ["<div>"]),
    ],
)
def test_an_element_is_known_by_its_tag_and_the_words_of_its_attributes(source: str, told: list[str]) -> None:
    assert tokens_of(source) == hashed(*told)


def test_of_very_many_names_an_element_keeps_a_few() -> None:
    assert (
        len(
            tokens_of(
                f"<div class='{' '.join('name' + 'abcdefghijklmnop'[n % 16] * 3 + 'xy' * (n // 16) for n in range(4_000))}'>"
            )
        )
        <= 30
    )


def test_elements_without_anything_inside_are_not_kept() -> None:
    assert len(read_page("<body><img src=x><hr><br><p>text</p>").elements.parent) == len(
        read_page("<body><p>text</p>").elements.parent
    )


# --- the head ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "headline"),
    [
        ("<title>A bridge | Gazette</title><h1>Gazette</h1><p>Text.</p><h1>A bridge</h1>", ["A bridge"]),
        (
            "<title>A  BRIDGE: Gazette</title><h1><a>A bridge</a><br>Gazette</h1><p>Text.</p><h1>Gazette</h1>",
            ["A bridge", "Gazette"],
        ),
        ("<title>Bridges of the town</title><h1>A bridge</h1><p>Text.</p>", ["A bridge"]),
        ("<title>Bridges of the town</title><h1>A bridge</h1><p>Text.</p><h1>Another</h1>", []),
        ("<h1>***</h1><p>Text.</p><h1>***</h1>", []),
        ("<title>A bridge</title><h2>A bridge</h2>", []),
    ],
)
def test_the_headline_is_what_the_title_repeats_or_the_only_one(source: str, headline: list[str]) -> None:
    page = read_page(source)
    assert lines_of(page)[page.headline()] == headline


def test_title_and_description_of_a_page_are_read_from_its_head() -> None:
    elements = read_page(
        "<head><title> Bridge &amp; ferry </title><meta name=description content='On the bridge.'>"
        "<meta property=og:description content='On the ferry.'><meta name=keywords content=no></head><p>text</p>"
    ).elements
    assert elements.title.strip() == "Bridge & ferry"
    assert elements.description == "On the bridge. On the ferry."


def test_a_description_that_is_given_twice_is_told_once() -> None:
    elements = read_page(
        "<meta name=description content='The same.'><meta property=og:description content='The same.'>"
    ).elements
    assert elements.description == "The same."


@pytest.mark.parametrize(
    "source", ["<p>text</p>", "", "<title></title>", "<meta name=description>", "<script type=application/ld+json>"]
)
def test_a_page_may_say_nothing_of_itself(source: str) -> None:
    elements = read_page(source).elements
    assert (elements.title, elements.description, elements.structured) == ("", "", "")


@pytest.mark.parametrize(
    ("json_ld", "told"),
    [
        (
            '{"@type": "NewsArticle", "articleBody": "The council met.\\nIt rose.", "headline": "no"}',
            "The council met.\nIt rose.",
        ),
        ('[{"text" : "One."}, {"reviewBody": "Two."}, {"description": "Three."}]', "One. Two. Three."),
        ('{"articleBody": "a \\"quoted\\" word, \\u00e9"}', 'a "quoted" word, é'),
        ('{"articleBody": "<p>With <b>markup</b>.</p>"}', " With  markup . "),
        ('{"articleBody": 12, "text": null, "description": ["no"]}', ""),
        ('{"articleBody": "bad \\x escape", "text": "good"}', "good"),
        ('{"articleBody": "raw\nline break"}', "raw\nline break"),
        ('{"articleBody": "never closed', ""),
        ("not JSON", ""),
    ],
)
def test_the_text_for_machines_is_read_where_it_can_be(json_ld: str, told: str) -> None:
    assert read_page(f"<script type='application/ld+json'>{json_ld}</script><p>text</p>").elements.structured == told


def test_a_lone_surrogate_in_the_text_for_machines_does_no_harm() -> None:
    source = '<script type="application/ld+json">{"text": "\\ud800 one"}</script><p>text</p>'
    assert read_page(source).elements.structured == "\ud800 one"


@pytest.mark.parametrize(
    "scrap",
    [
        *(
            '"text":"',
            '"text":"\\',
            '{"articleBody": "',
            '<script type="application/ld+json">{"text": "a"}</script>',
            "<title>a",
        ),
        *("<a href=x>a</a> ", "<p class='a b c'>a", "<b> ", "<meta name=description content=x>", "<pre>\n", "<td>a", "<a><p>"),
    ],
)
def test_a_page_of_five_times_the_length_is_read_in_less_than_fifteen_times_the_time(scrap: str) -> None:
    def seconds(number: int) -> float:
        body = scrap * number
        source = f'<script type="application/ld+json">{body}</script>' if scrap[0] in '"{' else body
        return cpu_seconds(lambda: read_page(source), times=2)

    seconds(10)
    assert seconds(150_000) < 15 * seconds(30_000) + 0.05


# --- metadata ------------------------------------------------------------------------------------------------------

ARTICLE = """<html lang="en"><head><title>Council widens the bridge | Harbour Post</title>
<meta property="og:site_name" content="Harbour Post"><meta name="author" content="Ann Lee">
<meta property="article:published_time" content="2024-03-05T08:00:00Z">
<meta property="og:title" content="Council widens the bridge"><link rel="canonical" href="https://post.example/bridge">
</head><body><article><h1>Council widens the bridge</h1><p>The work begins in spring.</p></article></body></html>"""


def test_a_page_says_title_author_date_language_and_site() -> None:
    assert metadata(ARTICLE) == {
        "title": "Council widens the bridge",
        "author": "Ann Lee",
        "date": "2024-03-05",
        "language": "en",
        "site": "Harbour Post",
        "url": "https://post.example/bridge",
    }


@pytest.mark.parametrize(
    ("title", "body", "told"),
    [
        ("OLD MILL REOPENS – Harbour Post", "<h1>Old mill <em>reopens</em></h1>", "Old mill reopens"),
        ("Old mill becomes a library | Harbour Post", "<h1>Harbour Post</h1><h1>Most read</h1>", "Old mill becomes a library"),
        ("What the weather does next", "<h1>Most read</h1><h1>Next</h1>", "What the weather does next"),
        ("Harbour Post", "<h1>Harbour Post</h1>", "Harbour Post"),
    ],
)
def test_the_title_is_the_headline_without_the_site(title: str, body: str, told: str) -> None:
    head = f'<head><title>{title}</title><meta property="og:site_name" content="Harbour Post"></head>'
    assert metadata(f"<html>{head}<body>{body}<p>The work begins in spring.</p></body></html>")["title"] == told


@pytest.mark.parametrize("source", ["", "no markup at all", "<p>Text.</p>", "<frameset>", "\0", "<html lang>"])
def test_what_a_page_does_not_say_is_left_out(source: str) -> None:
    assert not {"author", "date", "language", "error"} & metadata(source).keys()


def test_a_hostile_page_is_asked_about_itself_in_bounded_time() -> None:
    started = time.process_time()
    assert "error" not in metadata("<div>" * 200_000 + ARTICLE)
    assert "error" not in metadata("<a b=" * 400_000)
    assert time.process_time() - started < 20


def test_a_page_that_defeats_the_reader_of_metadata_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of no use")

    monkeypatch.setattr("trafilatura.metadata.extract_metadata", fail)
    assert metadata(ARTICLE) == {"error": "ZeroDivisionError: of no use"}
