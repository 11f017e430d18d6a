"""Scripts and style sheets of a page in its text."""

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import cpu_seconds
from selectolax.lexbor import LexborHTMLParser

import cleaner
from cleaner.edits import apply
from cleaner.encoding import PAGE_CODE, mend
from cleaner.encoding.nesting import Spans, nesting
from cleaner.encoding.page_code import pieces, without_page_code

SCRIPT = """window.dataLayer = window.dataLayer || [];
function gtag(){dataLayer.push(arguments);} gtag('js', new Date()); gtag('config', 'G-1A2B3C4D5E', {'anonymize_ip': true});
(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});\
var f=d.getElementsByTagName(s)[0],j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;j.src='https://tags.example/gtm.js?id='+i+dl;\
f.parentNode.insertBefore(j,f);})(window,document,'script','dataLayer','GTM-FERRY');"""
STYLE = ".site-header{display:flex;margin:0 auto;max-width:72rem}.site-header a:hover{color:#123456;text-decoration:none}" * 3
DATA = (
    '{"@context":"https://schema.org","@type":"NewsArticle","headline":"The ferry runs","author":{"@type":"Person","name":"A"}}'
)
SENTENCES = [
    "The ferry to the island runs again, the harbour office said on Monday.",
    "It had lain at the quay since the storm of January, with a hole in its side that nobody would pay for.",
    "“We are glad,” said the mayor, who lives on the island; “now the children need not row to school.”",
]
PAGE = f"""<html><head><title>The ferry runs again</title><script>{SCRIPT}</script><style>{STYLE}</style>
<script type="application/ld+json">{DATA}</script></head><body><h1>The ferry runs again</h1>
{"".join(f"<p>{sentence}</p>" for sentence in SENTENCES)}
<script>var wpcf7 = {{"api":{{"root":"https://ferry.example/wp-json/","namespace":"contact-form-7/v1"}},"cached":"1"}};</script></body>"""


def text_content(page: str) -> str:
    return LexborHTMLParser(page).text()


def all_text(page: str) -> str:
    return LexborHTMLParser(page).text(separator="\n", strip=True)


def without_tags(page: str) -> str:
    return re.sub("<[^>]+>", " ", page)


@pytest.mark.parametrize("dumped", [text_content, all_text, without_tags])
@pytest.mark.parametrize("line_end", ["\n", " "])
def test_code_of_a_page_goes_and_its_text_stays(dumped: Callable[[str], str], line_end: str) -> None:
    text = dumped(PAGE.replace("\n", line_end))
    result = cleaner.Cleaner("careful").clean(text)
    assert result.error is None
    assert all(sentence in result.text for sentence in SENTENCES)
    assert "gtag" not in result.text
    if line_end == "\n":  # a piece of a line that holds text as well stays
        assert not re.search("function|display:flex|@context|wpcf7", result.text)
    assert result.revert() == text
    assert {finding.rule for finding in result.findings if finding.action == "replace"} == {"encoding/conversion/page-code"}


ARTICLE = " ".join(SENTENCES * 8)
FLIGHT = (
    "(self.__next_f=self.__next_f||[]).push([0])"
    + "".join(f"self.__next_f.push([1,{json.dumps(part)}])" for part in (DATA, f"1a:T4f2,{ARTICLE}", f'{{"body":"{ARTICLE}"}}'))
    + "window.pageReady=function(){document.body.className='ready'};"
)


@pytest.mark.parametrize(
    "script",
    [
        FLIGHT,
        f"window.__STATE__ = {json.dumps([{'id': 7, 'headline': 'The ferry runs', 'articleBody': ARTICLE}] * 3)};",
        json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", "articleBody": ARTICLE}, indent=2),
        f"{STYLE}\n/* {' '.join(SENTENCES)} See https://ferry.example/css */\n{STYLE}",
    ],
)
def test_what_reads_like_text_in_strings_and_comments_of_a_page_goes_with_its_code(script: str) -> None:
    last = "The next ferry leaves at noon, and the one after that at six in the evening."
    text = "\n".join(["News", SCRIPT, script, SENTENCES[0], SENTENCES[1], last, SCRIPT])
    result = cleaner.Cleaner("careful").clean(text)
    assert result.text.split("\n") == ["News", SENTENCES[0], SENTENCES[1], last, ""]
    assert result.revert() == text


def test_code_goes_from_markdown_links_and_all() -> None:
    menu = "var menu=[['News','[all](/news)'],['Sport','[all](/sport)']];"
    text = f"[Home](/)\n\n{SCRIPT}\n{menu}\n\n{SENTENCES[0]} See [more](/more).\n"
    result = cleaner.Cleaner("careful").clean(text)
    assert not re.search("gtag|var menu", result.text)
    assert f"{SENTENCES[0]} See [more](/more).\n" in result.text
    assert result.revert() == text


def test_brackets_of_code_are_no_ends_of_links_that_keep_it() -> None:
    text = f"{SENTENCES[0]} [Sport\n{STYLE}\n{SCRIPT}\nvar menu='](/sport)';\n{SENTENCES[1]} See [more](/more).\n"
    result = cleaner.Cleaner("careful").clean(text)
    assert result.text == f"{SENTENCES[0]} [Sport\n{SENTENCES[1]} See [more](/more).\n"
    assert result.revert() == text


def test_who_wants_code_keeps_it() -> None:
    text = all_text(PAGE)
    result = cleaner.Cleaner("careful", off=["encoding/conversion/page-code"]).clean(text)
    assert "gtag('js'" in result.text


TUTORIAL = """To count visits, put this into the head of each page:

<script>
  window.dataLayer = window.dataLayer || [];
  function gtag() { dataLayer.push(arguments); }
  gtag("js", new Date());
</script>

Then give the header its colours:

.site-header {
  display: flex;
  margin: 0 auto;
}

The server answers with JSON:

{
  "id": 7,
  "name": "ferry",
  "open": true
}
"""


def test_code_that_a_text_shows_stays() -> None:
    assert mend(TUTORIAL, [PAGE_CODE]).edits == []


POLICY = json.dumps({"allow": ["sail", "moor"] * 12})
FERRIES = [{"ferryId": f"f-{number:08}", "policy": POLICY, "open": True} for number in range(9)]
MANUAL = f"""list-ferries
============

**To list the ferries of a harbour**

The following ``list-ferries`` example shows what is known of the ferries of one harbour. ::

    ferry-cli list-ferries --harbour north

Output::

    {json.dumps({"ferries": FERRIES}, indent=4)}

For more information, see the chapter on harbours in the *User Guide*.
"""


def test_data_that_a_manual_shows_stay() -> None:
    assert without_page_code(MANUAL) == []


def test_code_that_a_page_shows_stays() -> None:
    page = (
        f"<p>{SENTENCES[0]}</p><p>Put this into the head of each page:</p><pre><code>{SCRIPT}</code></pre><p>{SENTENCES[1]}</p>"
    )
    assert "gtm.start" in cleaner.Cleaner("careful").clean(page, "text/html").text


def test_a_page_that_nobody_calls_one_stays_whole() -> None:
    source = f"<!doctype html>{PAGE}"
    result = cleaner.Cleaner("careful").clean(source)
    assert "gtm.start" in result.text
    assert "boilerplate/page/page-as-text" in {finding.rule for finding in result.findings}


def test_fenced_code_stays() -> None:
    text = f"{SENTENCES[0]}\n\n```js\n{SCRIPT}\n```\n\n{SENTENCES[1]} See [the manual](https://ferry.example/manual).\n"
    assert cleaner.Cleaner("careful").clean(text).text == text


@given(st.lists(st.sampled_from((SCRIPT, STYLE, DATA, *SENTENCES, "Home", "a.b", "}", "\n", " ")), max_size=12))
def test_sentences_amid_code_stay(parts: list[str]) -> None:
    text = "".join(parts)
    left = apply(text, without_page_code(text))
    assert all(sentence in left for sentence in SENTENCES if f" {sentence} " in text or f"\n{sentence}\n" in text)


RECORDS = json.dumps({"ferries": [{"id": number, "name": f"ferry{number}", "open": True} for number in range(30)]})


@pytest.mark.parametrize("text", [RECORDS, ".a{color:red;margin:0 auto;padding:3px}" * 30, f"{RECORDS}\n{RECORDS}\n"])
def test_what_is_code_alone_is_no_page(text: str) -> None:
    assert without_page_code(text) == []


def test_the_turns_of_a_chat_in_which_somebody_shows_data_stay() -> None:
    turns = ["[09:12] tom: what does it say?", "[09:14] tom: and the ferries?", "[09:15] ida: as you see"]
    text = "\n".join([turns[0], RECORDS.replace(" ", ""), *turns[1:]])
    left = apply(text, without_page_code(text))
    assert all(turn in left for turn in turns)


def test_what_is_left_needs_no_second_look() -> None:
    text = all_text(PAGE)
    once = apply(text, without_page_code(text))
    assert without_page_code(once) == []


def test_pieces_are_the_lines_or_parts_of_them() -> None:
    text = f"  one \n\n\t\r\ntwo\n{'word. ' * 400}\n{'x' * 5_000}"
    found = pieces(text, nesting(text))
    assert [text[slice(*one)] for one in found[:2]] == ["one", "two"]
    assert all(text[start:end].strip() == text[start:end] != "" and end - start <= 600 for start, end in found)
    assert "".join(text[slice(*one)] for one in found).replace(" ", "") == re.sub(r"\s", "", text)


def inside(text: str, spans: Spans) -> list[str]:
    return [text[start:end].strip() for start, end in zip(spans.starts, spans.ends, strict=True)]


LONG_STRING = json.dumps('a (smile :-) and "more" ' * 3)


@pytest.mark.parametrize(
    ("text", "outer", "quoted"),
    [
        ("Prices rise { and fall } again.", ["{ and fall }"], []),
        ("f(){ if (x) { y } } said :-} and {", ["{ if (x) { y } }"], []),
        (f"x = {{ a: {LONG_STRING} }}", [f"{{ a: {LONG_STRING} }}"], [LONG_STRING]),
        (f"She said {LONG_STRING} and left.", [], []),
        ("a = '}'; b = `${`; c = /[}]/; d = {1}", ["{1}"], []),
        ("{ // it can't } be\n}", ["{ // it can't } be\n}"], []),
        ("see https://a.example/{id}/*", ["{id}"], []),
        (".a{b:c} /* It isn't } over */ .d{e:f}", ["{b:c}", "{e:f}"], ["/* It isn't } over */"]),
    ],
)
def test_blocks_strings_and_comments_are_told_apart(text: str, outer: list[str], quoted: list[str]) -> None:
    found = nesting(text)
    assert (inside(text, found.outer), inside(text, found.quoted)) == (outer, quoted)


@given(st.text(alphabet="{}\"'`/*\\\n =(,a1", max_size=60))
def test_nesting_is_told_of_any_text(text: str) -> None:
    found = nesting(text)
    assert (found.blocks.depth(len(text)) >= 0).all()
    assert (found.outer.depth(len(text)) <= 1).all()
    assert (found.quoted.depth(len(text)) <= 1).all()


@pytest.mark.parametrize(
    "unit",
    ["{}", "a{b:", ": ", '"a":', "{ \n", "function(){};", "/*", '\\"', "='\\'", '="', "=`", "=/a", " //", "\n//a", "(  "],
)
def test_cost_grows_with_the_text(unit: str) -> None:
    def seconds(times: int) -> float:
        return cpu_seconds(lambda: without_page_code(SCRIPT + unit * times), times=1)

    seconds(100)
    assert seconds(80_000) < 40 * max(seconds(8_000), 0.01)
