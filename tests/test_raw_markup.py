"""Markdown with what a converter could not write as Markdown: tags of the page, and attributes as pandoc writes them."""

import functools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import cpu_seconds

import cleaner
from cleaner import Cleaner, markdown
from cleaner.edits import Finding, apply
from cleaner.intake import text_of
from cleaner.policy import Decision, in_source
from cleaner.rules import Ruleset
from cleaner.text import Document

PROFILES = ("balanced", "careful", "strict")
RULE = "encoding/conversion/raw-markup"
cleaner_of = functools.cache(Cleaner)

TAGS = """\
<div class="page">

<div id="top" class="header" role="banner">

<a href="/" class="logo"><img src="/logo.svg" class="logo"
loading="lazy" /></a>
<a href="/login" class="item">Log in</a>
<a href="/join" class="item">Sign up</a>

</div>

<div class="story">

# Old mill becomes a library

The old mill on <a href="/canal" class="street">Canal Street</a> will open as the city’s new
<span class="name">**library**</span> in June, the council said in a statement on Monday.

- <div class="fact">

  It cost 4.2 million, and took nine years to restore.

  </div>

The roof is 3 \\< 4 metres high, and `<div class="roof">` is what the page calls it.

</div>

</div>
"""
TAGS_CLEANED = """\
# Old mill becomes a library

The old mill on Canal Street will open as the city’s new
**library** in June, the council said in a statement on Monday.

- It cost 4.2 million, and took nine years to restore.

The roof is 3 \\< 4 metres high, and `<div class="roof">` is what the page calls it.
"""
ATTRIBUTES = """\
::: {.page}
::: {#top .header role="banner"}
[![Logo](/logo.svg){.logo
loading="lazy"}](/){.home}
[Log in](/login){.item}
[Sign up](/join){.item data-page="7"
rel="help"}
:::

# Old mill becomes a library {#mill .title}

The old mill on [Canal Street](/canal_(street) "Map"){.street} will open as the city’s new [**library**]{.name} in June, the
council said in a statement on Monday.`<br />`{=html}

``` {.python .numbered}
names = {".roof": "high"}
```

-   ::: {.fact}
    It cost 4.2 million, and took nine years to restore.
    :::
:::
"""
ATTRIBUTES_CLEANED = """\
[![Logo](/logo.svg)](/)

# Old mill becomes a library

The old mill on [Canal Street](/canal_(street) "Map") will open as the city’s new **library** in June, the
council said in a statement on Monday.

``` {.python .numbered}
names = {".roof": "high"}
```

-   It cost 4.2 million, and took nine years to restore.
"""
PIECES = (
    *("<div class='a'>", '<a href="/x" class="b">', "</a>", "</div>", '<img\nclass="c">', "<!-- c -->", "<", ">", '"', "\\"),
    *("[", "](/x)", "]", "{.a}", '{#b k="v"}', "::: {.c}\n", ":::\n", "# ", "`", "```\n", " ", "\n", "\r\n", "\n\n", "    "),
    *("- ", "a", "é", "**", "Advertisement", "Share on Facebook", "© 2024 All rights reserved", "donâ€™t"),
)
# So much raw markup that what stands behind it is taken for such, too.
MUCH = TAGS + ATTRIBUTES


@pytest.mark.parametrize(("written", "cleaned"), [(TAGS, TAGS_CLEANED), (ATTRIBUTES, ATTRIBUTES_CLEANED)])
def test_raw_markup_goes_and_text_code_and_markdown_stay(written: str, cleaned: str) -> None:
    result = cleaner.clean(written)
    assert _without_blank_ends(result.text) == _without_blank_ends(cleaned)
    assert cleaner.revert(result.text, result.findings) == written
    assert all(one.original == written[one.start : one.end] for one in result.findings)


@pytest.mark.parametrize("written", [TAGS, ATTRIBUTES])
def test_rules_and_models_see_what_a_reader_sees(written: str) -> None:
    seen = text_of(Document(text=written))
    assert not re.search(r"class=|role=|\{\.(?!python)|:::", seen.replace('`<div class="roof">`', ""))
    assert "Log in" in [line.strip() for line in seen.splitlines()]
    shares = markdown.read(written).links_of([(0, len(seen))]).of_line  # type: ignore[union-attr]
    assert shares[0][1] >= 4


@pytest.mark.parametrize("profile", PROFILES)
def test_without_the_rule_it_stays_but_is_not_seen(profile: str) -> None:
    result = Cleaner(profile, off=[RULE, "boilerplate*"]).clean(TAGS)
    assert result.text == TAGS


def test_html_and_markdown_with_some_html_of_its_own_stay_as_they_are() -> None:
    few = TAGS.replace(' class="', ' title="').replace(' role="', ' lang="').replace("\nloading=", "\nwidth=")
    html = re.sub(r"\n\n+", "\n", TAGS.replace("# Old", "Old"))
    by_hand = "[a](/b){.c} and [small]{.smallcaps}\n\n::: {.callout-note}\nIn winter it rests.\n:::\n\n## Times {#times}\n"
    for text in (few, html, by_hand, "x = y[0]{1}\n" * 20):
        assert not any(finding.rule == RULE for finding in cleaner.clean(text).findings)


def test_it_is_not_said_to_be_a_page() -> None:
    assert not any(finding.rule.endswith("page-as-text") for finding in cleaner.clean(TAGS).findings)
    page = f"<!DOCTYPE html>\n<html><body>\n\n{TAGS}\n\n</body></html>\n"
    result = cleaner.clean(page)
    assert result.text == page
    assert any(finding.rule.endswith("page-as-text") for finding in result.findings)


def test_code_that_a_text_shows_stays() -> None:
    links = "[one](/a), [two](/b), [three](/c)\n\n"
    shown = '<ul class="menu">\n<li class="item" role="menuitem"><a class="link" href="/">Home</a></li>\n</ul>\n'
    indented = "".join(f"    {line}\n" for line in shown.splitlines())
    for code in (f"```html\n{shown * 9}```\n", f"{indented * 9}", "Use `<li class='item'>` here.\n\n" * 9):
        text = f"{links}The menu is:\n\n{code}\nThat is all there is to it.\n"
        assert cleaner.clean(text).text == text


def test_of_a_drop_that_ends_inside_a_link_the_rest_goes() -> None:
    written = markdown.read("* [One](/1)\n* [Two](/2)\n* [Three\nmore](/3)\n\nText\n")
    assert written is not None
    end = written.text.index("\nmore")
    found = Finding("a/b/c", "drop", 0, end, "boilerplate", "", written.text[:end])
    decision = in_source(Decision((), (found,), ()), written, Decision((), (), ()))
    assert apply(written.source, decision.edits) == "* [Three\nmore](/3)\n\nText\n"


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(PROFILES))
def test_the_text_comes_back(text: str, profile: str) -> None:
    for document in (MUCH + text, text + MUCH):
        result = cleaner_of(profile).clean(document)
        assert result.error is None
        assert result.original == document
        assert cleaner.revert(result.text, result.findings) == document
        assert markdown.seen(document).count("\n") == document.count("\n")


HOSTILE = (
    *("<a ", '<a b="', "<a b='<a b=\"", "<!-- ", "</a>", '<div class="a">\n\n', "<a href=x>" + "b" * 100, "    <a>\n\n"),
    *("[a](b){.c}", ']{a="', "]{.a ", "::: {.x}\n", "# a {.b}\n", "`a ", "``` "),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_cost_grows_with_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        return cpu_seconds(lambda: markdown.read(MUCH + piece * (length // len(piece))))

    assert seconds(400_000) < 10 * max(seconds(100_000), 0.005)


def _without_blank_ends(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_a_keep_pattern_keeps_raw_markup() -> None:
    rule = Ruleset.load().by_id["encoding/conversion/raw-markup"]
    written = rule.examples[0].text
    assert "banner" not in Cleaner("careful").clean(written).text
    kept = Cleaner("careful", keep=["banner"]).clean(written)
    assert "banner" in kept.text
    assert "keep pattern banner" in {skipped.reason for skipped in kept.skipped}
