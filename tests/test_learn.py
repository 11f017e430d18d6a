"""Rules proposed from what repeats in a folder."""

import functools
import json
import random
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from making import ODD
from templates import NAMES, SECTIONS, TEMPLATES, Page, make

from cleaner.cli import main
from cleaner.learn import Learned, learn
from cleaner.learn.judging import chrome
from cleaner.learn.pages import Page as ReadPage
from cleaner.learn.proposals import Proposal, Seen, Trial
from cleaner.learn.recurring import Collection
from cleaner.learn.sampling import MAX_CHARACTERS, MAX_DOCUMENTS, MAX_LINE, MAX_SITE_BYTES, Sample, Site, lines_of, site_of
from cleaner.learn.slots import freed, letters, masked, pattern
from cleaner.learn.stories import firsts
from cleaner.learn.writing import name, rule_file
from cleaner.matcher import Matcher
from cleaner.patterns import compile_regex
from cleaner.records import Unreadable
from cleaner.rulecheck import lint, run_tests
from cleaner.rules import Ruleset
from cleaner.text import Document, cut_lines

_DOES = "repairs paints measures counts sells forgets remembers sweeps mends lends guards follows describes".split()
_THINGS = (
    "old nets|brass keys|apple crates|maps of the coast|borrowed ladders|wet sails|school benches|letters from abroad|"
    "copper kettles|garden chairs|winter boots|blue bottles|paper lanterns|stone jars"
).split("|")
_WHEN = (
    "before breakfast|in the first week of the month|whenever the tide is low|after the market closes|on long evenings|"
    "without a word|for a small fee|as her grandmother did|in plain sight|while the water boils"
).split("|")


def article(number: int, paragraphs: int = 5) -> str:
    """A text that shares no sentence with another."""
    pick = random.Random(number)

    def sentence() -> str:
        first, second = pick.sample(NAMES, 2)
        place, when = pick.choice(SECTIONS).lower(), pick.sample(_WHEN, 2)
        return (
            f"{first} {pick.choice(_DOES)} {pick.choice(_THINGS)} near the {place} {when[0]}, "
            f"and {second} {pick.choice(_DOES)} {pick.choice(_THINGS)} {when[1]}."
        )

    return "\n".join(" ".join(sentence() for _ in range(3)) for _ in range(paragraphs))


def pages_of(template: str, number: int = 12, *, held_out: bool = False) -> list[Page]:
    [chosen] = [one for one in TEMPLATES if one.name == template]
    return make(chosen, [article(9_000 * held_out + index) for index in range(number)], held_out=held_out)


def documents(pages: Sequence[Page], *, urls: bool = True) -> list[Document]:
    return [Document(id=page.id, text=page.text, url=page.url if urls else None) for page in pages]


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return Ruleset.load()


def load(learned: Learned, folder: Path) -> Ruleset:
    file = folder / "learned.toml"
    file.write_text(learned.rule_file, encoding="utf-8")
    return Ruleset.load([file])


matcher_of = functools.cache(Matcher)  # the rules are tried on page after page


def taken(rules: Ruleset, text: str, host: str | None) -> set[int]:
    """The numbers of the lines that some rule takes."""
    lines = cut_lines(text)
    found = matcher_of(rules).find(text, lines, None, host)
    return {number for number, line in enumerate(lines) for one in found if one.start <= line.start and line.end <= one.end}


@pytest.fixture(scope="module")
def from_two_sites(shipped: Ruleset) -> Learned:
    return learn([*documents(pages_of("newspaper")), *documents(pages_of("turkish"))], shipped)


@pytest.mark.parametrize("template", ["newspaper", "turkish"])
def test_a_sites_template_is_proposed_and_holds_for_pages_with_other_names_and_dates(
    template: str, from_two_sites: Learned, shipped: Ruleset, tmp_path: Path
) -> None:
    rules = load(from_two_sites, tmp_path)
    known = Ruleset([rule for rule in shipped if rule.label == "boilerplate" and not rule.detector and not rule.limits])
    chrome = reached = 0
    for page in pages_of(template, held_out=True):
        hit = taken(rules, page.text, f"www.{page.url.split('/')[2]}")
        assert not [page.lines[line] for line in hit if not page.chrome[line]]
        own = {line for line, is_chrome in enumerate(page.chrome) if is_chrome} - taken(known, page.text, None)
        chrome += len(own)
        reached += len(own & hit)
    assert reached >= 0.9 * chrome


def test_rules_of_one_site_leave_other_sites_alone(from_two_sites: Learned, tmp_path: Path) -> None:
    rules = load(from_two_sites, tmp_path)
    [page] = pages_of("newspaper", 1)
    assert not taken(rules, page.text, "elsewhere.example.org")


def test_rules_are_for_preview_with_evidence_and_their_tests_hold(
    from_two_sites: Learned, shipped: Ruleset, tmp_path: Path
) -> None:
    rules = load(from_two_sites, tmp_path)
    assert from_two_sites.rules == len(rules) > 5
    for rule in rules:
        assert rule.status == "preview"
        assert "12 of 12 documents of" in rule.source or "of 12 documents of" in rule.source
        assert rule.domains in {("*.www.harbour-courier.example",), ("*.www.limanpostasi.example",)}
    assert not list(run_tests(Ruleset([*shipped, *rules]), [rule.id for rule in rules]))
    assert not list(lint(rules))


def test_lists_between_two_lines_become_blocks(from_two_sites: Learned, tmp_path: Path) -> None:
    rules = load(from_two_sites, tmp_path)
    assert [rule for rule in rules if rule.unit == "block" and rule.until]


def test_what_shipped_rules_take_is_left_out_and_counted(from_two_sites: Learned, tmp_path: Path) -> None:
    assert from_two_sites.known > 0
    patterns = [compile_regex(rule.pattern or "") for rule in load(from_two_sites, tmp_path) if rule.unit == "line"]
    assert not any(one.fullmatch("© 2019 Harbour Courier Printing Company. All rights reserved.") for one in patterns)


def test_the_same_folder_gives_the_same_file_in_whatever_order_it_is_read(from_two_sites: Learned, shipped: Ruleset) -> None:
    shuffled = [*documents(pages_of("newspaper")), *documents(pages_of("turkish"))]
    random.Random(3).shuffle(shuffled)
    assert learn(shuffled, shipped).rule_file == from_two_sites.rule_file


def test_without_urls_the_folder_is_one_site_and_rules_have_no_domain(shipped: Ruleset, tmp_path: Path) -> None:
    pages = pages_of("german")
    learned = learn(documents(pages, urls=False), shipped)
    rules = load(learned, tmp_path)
    assert {rule.domains for rule in rules} == {()}
    hit = taken(rules, pages[0].text, None)
    assert "Meinung und Debatte" in {pages[0].lines[line] for line in hit}
    assert all(pages[0].chrome[line] for line in hit)


# ---- what is no template


def _contract(number: int) -> str:
    pick = random.Random(number)
    first, second = pick.sample(NAMES, 2)
    return (
        f"LEASE AGREEMENT\nThis Lease Agreement is made on {pick.randint(1, 28)} March {pick.randint(2001, 2020)} between "
        f"{first} (the Landlord) and {second} (the Tenant).\n1. Premises\n{article(number, 1)}\n2. Rent\n"
        f"The Tenant shall pay a monthly rent of {pick.randint(300, 900)} crowns on the first day of each month.\n"
        "3. Governing law\n"
        "This Agreement shall be governed by and construed in accordance with the laws of the Valley.\n4. Entire agreement\n"
        "This Agreement constitutes the entire agreement between the parties and supersedes all prior understandings.\n"
        "IN WITNESS WHEREOF the parties have executed this Agreement on the date first written above.\n"
        f"Landlord: {first}\nTenant: {second}"
    )


def _poem(number: int) -> str:
    pick = random.Random(number)
    verse = (f"The {pick.choice(_THINGS)} {pick.choice(_WHEN)}" for _ in range(9))
    return f"{pick.choice(SECTIONS)} Song\n" + "\nAnd no one asks it where.\n".join(verse) + "\nAnd no one asks it where."


def _recipe(number: int) -> str:
    pick = random.Random(number)
    return (
        f"{pick.choice(SECTIONS)} pie\nIngredients\n{pick.randint(100, 900)} g flour\n{pick.randint(2, 9)} eggs\nMethod\n"
        f"Preheat the oven to {pick.randint(150, 220)} °C.\n{article(number, 1)}\nMix the dry ingredients in a large bowl.\n"
        f"Bake for {pick.randint(20, 70)} minutes, until golden.\nLeave to cool before serving."
    )


def _dialogue(number: int) -> str:
    lines = article(number, 8).split("\n")
    for line in ("“Yes.”", "“No,” she said.", "“What do you mean?”", "He nodded."):
        lines.insert(random.Random(f"{number}{line}").randrange(1, len(lines)), line)
    return "\n".join(lines)


def _table(number: int) -> str:
    pick = random.Random(number)
    rows = "\n".join(f"{pick.choice(SECTIONS)}\t{pick.choice(['Yes', 'No', 'n/a'])}\t{pick.randint(1, 99)}" for _ in range(6))
    return f"{article(number, 2)}\n{rows}\nYes\nNo\nTotal\n{article(number + 500, 2)}"


def _cells(number: int) -> str:
    """A table with each cell on a line of its own, and sections that have a number alone above them."""
    pick = random.Random(number)
    cells = "\n".join(
        f"{pick.choice(SECTIONS)}\n{pick.randint(1, 99)}\n{pick.randint(1, 9)}.{pick.randint(0, 9)}%" for _ in range(6)
    )
    return f"1\n{article(number, 2)}\n{cells}\n2\n{article(number + 500, 2)}"


def _version(number: int) -> str:
    """Every second text is the one before with a word changed."""
    text = article(number // 2)
    return text.replace("kettles", "pots") + " It rained." if number % 2 else text


@pytest.mark.parametrize("url", ["https://texts.example.org/", None])
@pytest.mark.parametrize("text", [_contract, _poem, _recipe, _dialogue, _table, _cells, _version])
def test_what_texts_of_one_kind_share_is_no_template(text: Callable[[int], str], url: str | None, shipped: Ruleset) -> None:
    folder = [Document(id=f"{number}.txt", text=text(number), url=url) for number in range(14)]
    learned = learn(folder, shipped)
    assert learned.rule_file == ""
    assert learned.reason == "nothing recurs that is surely not content"


def _judged(pages: Sequence[Sequence[tuple[str, float]]], *, by_url: bool = True, groups: Sequence[int] = ()) -> set[str]:
    """The lines that are chrome, of pages whose lines come with the chrome model's probability that they are content."""
    read = [
        ReadPage(
            id=f"{number}",
            site="a.example",
            lines=tuple(line for line, _ in page),
            keys=tuple(masked(line) for line, _ in page),
            language="en",
            known=np.zeros(len(page), bool),
            content=np.array([content for _, content in page], np.float32),
        )
        for number, page in enumerate(pages)
    ]
    site = Site("a.example", by_url, len(pages))
    collection = Collection(read, groups or [*range(len(pages))], [page.keys for page in read], site)
    return {collection.line(one.places[0]) for one in chrome(collection)}


_MENU = [(f"{section} pages", 0.02) for section in SECTIONS[:12]]


def _prose(number: int, lines: int = 12) -> list[tuple[str, float]]:
    """Lines of a text that no other page has."""
    return [(line, 0.9) for line in article(number, lines).split("\n")]


def test_a_menus_line_that_stands_in_a_text_once_is_left_alone() -> None:
    pages = [[*_MENU, *_prose(number)] for number in range(4)]
    name, _ = _MENU[4]
    assert name in _judged(pages)
    pages[3].insert(18, (name, 0.5))
    assert _judged(pages) == {line for line, _ in _MENU} - {name}


def test_a_line_amid_others_that_recur_may_be_more_in_doubt_than_one_between_lines_of_a_text() -> None:
    doubtful = ("Gift cards", 0.3)
    menus = [[*_MENU[:6], doubtful, *_MENU[6:], *_prose(number)] for number in range(3)]
    texts = [[*_MENU, *_prose(number, 6 + number), doubtful, *_prose(number + 50, 6 + 2 * number)] for number in range(3)]
    assert "Gift cards" in _judged(menus)
    assert "Gift cards" not in _judged(texts)


def test_the_fewer_stories_have_a_line_the_less_doubt_is_passed_over() -> None:
    def pages(having: int) -> list[list[tuple[str, float]]]:
        return [
            [*_MENU, *_prose(number, 6 + number), *[("Gift cards", 0.1)][: number < having], *_prose(number + 50)]
            for number in range(6)
        ]

    assert "Gift cards" in _judged(pages(6))
    assert "Gift cards" not in _judged(pages(3))


def test_prices_alone_on_a_line_are_chrome_of_a_site_told_by_its_urls() -> None:
    def pages(content: float) -> list[list[tuple[str, float]]]:
        return [[*_MENU, *_prose(number, 6), (f"£{number}9.50", content), *_prose(number + 50)] for number in range(4)]

    assert "£09.50" in _judged(pages(0.15))
    assert "£09.50" not in _judged(pages(0.15), by_url=False)
    assert "£09.50" not in _judged(pages(0.3))


def test_labels_count_on_two_pages_of_one_story_and_sentences_do_not() -> None:
    sentence = "The parcel leaves our house on the day after the order, unless that day is a holiday."
    pages = [[*_MENU[:6], ("Gift cards", 0.15), (sentence, 0.15), *_MENU[6:], *_prose(number)] for number in range(2)]
    assert {"Gift cards", sentence} <= _judged(pages)
    assert _judged(pages, groups=[0, 0]) >= {"Gift cards"}
    assert sentence not in _judged(pages, groups=[0, 0])


def test_a_rule_for_figures_takes_others_of_their_kind_and_no_line_with_words() -> None:
    rule = compile_regex(pattern(masked("£120.00"), ["£120.00", "£9"]))
    assert rule.fullmatch("£1,350.99")
    assert not rule.fullmatch("from £9")


def test_documents_tell_one_story_where_only_one_of_two_names_the_other() -> None:
    assert firsts({"b": ["c"], "d": ["e"], "e": ["c"]}) == dict.fromkeys("bcde", "b")
    assert firsts({"a": ["d"], "b": ["c"]}) == {"a": "a", "d": "a", "b": "b", "c": "b"}


# ---- headlines and garbled words


def test_headlines_that_stand_again_as_picture_texts_become_a_rule(shipped: Ruleset, tmp_path: Path) -> None:
    folder = []
    for number, page in enumerate(pages_of("newspaper")):
        headline = next(line for line, chrome in zip(page.lines, page.chrome, strict=True) if not chrome)
        lines = [*page.lines[:14], headline, *page.lines[14:]]
        folder.append(Document(id=str(number), text="\n".join(lines), url=page.url))
    rules = load(learn(folder, shipped), tmp_path)
    assert [rule for rule in rules if rule.repeats]


_STORIES = (
    (
        "The council will make sure that the harbour is safe, the mayor said on Tuesday after a long debate about the old "
        "wall. Several members had warned that the {care} system of the island would not survive another winter like the "
        "last one. We have heard the engineers, and the police officers will listen to the fishermen as well, he said."
    ),
    (
        "Nurses from every village in the valley marched through the capital on Friday, carrying lanterns and their old "
        "uniforms. They ask for a public {care} system that pays for the journey to the hospital when the ferry does not "
        "sail in a storm. The government has promised an answer before the harvest, but few believe that it will come."
    ),
)


def test_words_that_versions_of_several_stories_have_better_become_phrases(shipped: Ruleset, tmp_path: Path) -> None:
    versions = [
        Document(id=f"{number} {care}", text=f"{article(7 + number, 1)}\n{story.format(care=care)}")
        for number, story in enumerate(_STORIES)
        for care in ("health care", "fitness care")
    ]
    [rule] = load(learn(versions, shipped), tmp_path)
    assert rule.action == "flag"
    assert {(phrase.found, phrase.original) for phrase in rule.phrases} == {("fitness care", "health care")}


def test_what_differs_between_pages_that_are_made_alike_is_no_garbled_phrase(shipped: Ruleset) -> None:
    folder = []
    for goods in ("water bottles", "camping tents", "walking boots"):
        text = "\n".join(
            f"{start} {goods} {end}"
            for start, end in (
                ("Frequently asked questions about", "and how to choose them for a long and rainy journey"),
                ("The top brands for", "include the makers that our members have trusted for thirty years"),
                ("We have a large choice of", "in our stores and online, in all sizes and for every purse"),
                ("Everyday savings on", "are to be found in the corner beside the door of each store"),
            )
        )
        folder.append(Document(id=goods, text=text))
    assert learn(folder, shipped).kinds == {}


# ---- hostile input

_HOSTILE = (
    "It's 'quoted' '''thrice''' and \"\"\"thrice\"\"\" \\ again",
    r"Menu (.*)+ [a-z]{1,3} ^start$ \d \p{L} | or # not a comment",
    "Anzeige 'am Ende'",
    "Ends in a quote '",
    "\u202eright to left\u202c menu",
    "soft\u00adhyphen and zero\u200bwidth",
    "tab\there and no\u00a0break",
    "nul \0 inside",
    "lone \ud800 surrogate",
    "\x1b[31mred\x1b[0m",
    "x" * 5_000,
    "قائمة الموقع الرئيسية",
    "[[rule]]",
    "name = 'x'",
    "{0} %s ${jndi}",
)


_ODD_LINES = st.lists(st.sampled_from((*"aZ1 '\"\\[]{}().*#=\n", *ODD)), min_size=1, max_size=30).map("".join)


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each takes seconds
@given(
    odd=st.lists(_ODD_LINES, min_size=2, max_size=6),
    hostile=st.lists(st.sampled_from(_HOSTILE), min_size=4, max_size=8, unique=True),
)
def test_whatever_lines_recur_the_rules_load_and_their_tests_and_lint_pass(
    odd: list[str], hostile: list[str], shipped: Ruleset, tmp_path_factory: pytest.TempPathFactory
) -> None:
    frame = [*(f"Site menu {word}" for word in ("one", "two", "three")), *hostile, *odd]
    folder = [
        Document(id=f"'\n\ud800{number}", text="\n".join([*frame, article(number)]), url="https://h.example.org/")
        for number in range(5)
    ]
    rules = load(learn(folder, shipped), tmp_path_factory.mktemp("rules"))
    assert not list(run_tests(Ruleset([*shipped, *rules]), [rule.id for rule in rules]))
    assert not list(lint(rules))


_ANY_TEXT = st.text(st.one_of(st.sampled_from("'\"\\\n\t\r\x7f\0 #"), st.characters(exclude_categories=["Cs"])), min_size=1)


@given(texts=st.lists(_ANY_TEXT, min_size=4, max_size=4))
def test_any_text_comes_out_of_the_rule_file_as_it_went_in(texts: list[str]) -> None:
    summary, matching, line, original = texts
    proposal = Proposal(
        kind="lines",
        words=summary,
        summary=summary,
        fields={"pattern": matching, "max_words": 3},
        seen=Seen("", line),
        groups=2,
        evidence=line,
        phrases={line: original},
        example=Trial(lines=(line, original), result=(original,)),
        counterexample=Trial(lines=(original,)),
    )
    name([proposal])
    [rule] = tomllib.loads(rule_file([proposal], [line]))["rule"]
    assert rule["summary"] == summary
    assert rule["pattern"] == matching
    assert rule["phrases"] == {line: original}
    assert rule["example"] == [{"text": f"{line}\n{original}\n", "result": original}]
    assert rule["counterexample"] == [{"text": original}]


def test_a_line_of_ten_megabytes_takes_no_more_than_its_beginning() -> None:
    lines = lines_of(Document(text="Menu\n" + "word " * 2_000_000 + "\nFooter"))
    assert (lines[0], lines[-1]) == ("Menu", "Footer")
    assert max(map(len, lines)) <= MAX_LINE


# ---- samples


def test_a_site_is_told_by_the_url_or_else_by_a_host_in_the_id() -> None:
    assert site_of(Document(id="1", url="https://news.example.co.uk/a")) == site_of(Document(url="https://example.co.uk/b"))
    by_id = site_of(Document(id="www.bbc.co.uk/news/1.txt"))
    assert (by_id.name, by_id.by_url) == ("bbc.co.uk", False)
    assert site_of(Document(id="https___spiegel.de_politik.html")).name == "spiegel.de"
    for plain in ("notes.md", "2024.01.txt", "folder/article.txt", "shard.jsonl.gz:17", ""):
        assert site_of(Document(id=plain)).name == ""


def test_the_sample_of_a_site_is_bounded_and_the_same_in_any_order() -> None:
    folder = [Document(id=str(number), text=f"text {number} " * 300) for number in range(MAX_DOCUMENTS + 300)]
    kept = []
    for order in (folder, folder[::-1]):
        with Sample() as sample:
            for document in order:
                sample.add(document)
            [site] = sample.sites()
            kept.append([one.id for one in sample.of(site)])
    assert kept[0] == kept[1]
    assert len(kept[0]) == MAX_DOCUMENTS


def test_large_documents_are_bounded_by_bytes_and_a_text_that_comes_twice_is_one() -> None:
    with Sample() as sample:
        for number in range(2 * MAX_SITE_BYTES // MAX_CHARACTERS):
            lines = (f"document {number} line {line} of a very long text" for line in range(8_000))
            document = Document(id=f"{number:03}", text="\n".join(lines))
            sample.add(document)
            sample.add(Document(id="z", text=document.text))
        [site] = sample.sites()
        sizes = [len("\n".join(one.lines)) for one in sample.of(site)]
        assert max(sizes) <= MAX_CHARACTERS
        assert sum(sizes) <= MAX_SITE_BYTES
        assert "z" not in {one.id for one in sample.of(site)}


# ---- templates


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("12 comments", "3,481 comments"),
        ("Published Tuesday, March 5, 2024 at 10:15 am", "Published Friday, August 30, 2019 at 6:02 pm"),
        ("Stand: 3. März 2024, 10:15 Uhr", "Stand: 28. Dezember 2019, 07:00 Uhr"),
        ("3 de enero de 2024", "21 de septiembre de 2019"),
        ("Updated 2024-03-05", "Updated 2019-12-31"),
        ("Read it at https://example.org/a?b=c", "Read it at www.example.com/d"),
        ("Write to ada@example.org today", "Write to henk.de.wit@example.co.uk today"),
        ("2024年3月5日 更新", "2019年12月31日 更新"),
    ],
)
def test_figures_dates_times_and_addresses_are_slots(line: str, other: str) -> None:
    assert masked(line) == masked(other) != ""
    assert compile_regex(pattern(masked(line), [line])).fullmatch(other)


@pytest.mark.parametrize("line", ["May I come in?", "Preheat the oven to 200 °C", "Sun and moon", "The march of 1930"])
def test_words_that_are_names_of_months_or_days_elsewhere_stay(line: str) -> None:
    assert "\0w" not in masked(line) or line == "The march of 1930"


@pytest.mark.parametrize("line", ["nul \0", "lone \ud800", "\x1b[31mred", "—", "\ufffd?"])
def test_lines_that_no_rule_should_spell_have_no_template(line: str) -> None:
    assert masked(line) == ""


_PIECES = (*"aZ1 .,:/()[]{}*+?^$|\\#-“”é中ش\u200f\u00a0\t", "March", "https://x.yz/")


@given(line=st.lists(st.sampled_from(_PIECES)).map(lambda pieces: "".join(pieces).strip()))
def test_a_pattern_takes_the_line_that_it_was_made_from(line: str) -> None:
    key = masked(line)
    if key and letters(key):
        assert compile_regex(pattern(key, [line])).fullmatch(line)


def test_free_slots_are_found_at_either_end_and_in_the_middle() -> None:
    keys = [[f"By {name}, staff reporter", f"{name} is a baker in the valley"] for name in NAMES[:6]]
    found = freed(keys, range(6), [(page, line) for page in range(6) for line in range(2)])
    assert {one.key for one in found} == {"By \0a, staff reporter", "\0a is a baker in the valley"}


# ---- the command


def test_the_command_writes_a_rule_file_that_the_rules_commands_take(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for page in pages_of("newspaper"):
        (folder / f"{page.id}.txt").write_text(page.text, encoding="utf-8")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    out = tmp_path / "rules.toml"
    run = CliRunner().invoke(main, ["learn", str(folder), "-o", str(out)])
    assert run.exit_code == 0, run.output
    assert "12 documents read" in run.stderr
    rules = tomllib.loads(out.read_text(encoding="utf-8"))["rule"]
    alone = [rule["summary"] for rule in rules if rule["summary"].startswith("“")]
    with_them = re.findall(r"and (\d+) lines? that", "\n".join(alone))
    assert with_them, "rules for several lines each"
    lines = len(alone) + sum(map(int, with_them))
    assert f"{len(rules)} rules proposed: {len(alone)} for {lines} lines that recur, " in " ".join(run.stderr.split())
    assert run.stdout == ""
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    for command in ("test", "lint"):
        assert CliRunner().invoke(main, ["rules", command, str(out)]).exit_code == 0
    again = CliRunner().invoke(main, ["learn", str(folder), "-o", str(out)])
    assert again.exit_code == 2
    assert "--overwrite" in again.output


def test_the_command_reads_fields_of_records_and_writes_to_standard_output(tmp_path: Path) -> None:
    lines = (json.dumps({"body": page.text, "address": page.url, "nr": page.id}) for page in pages_of("newspaper"))
    (tmp_path / "pages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    fields = ["--text-field", "body", "--url-field", "address", "--id-field", "nr"]
    run = CliRunner().invoke(main, ["learn", str(tmp_path / "pages.jsonl"), "-o", "-", *fields])
    assert run.exit_code == 0, run.output
    assert tomllib.loads(run.stdout)["rule"][0]["domains"] == ["*.www.harbour-courier.example"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.txt": b"One text and no other."}, "only one text"),
        ({"a.txt": b"The same.", "b.txt": b"The same."}, "only one text, however often"),
        ({"a.txt": b"", "b.txt": b"  \n"}, "no document holds any text"),
        ({"a.txt": bytes(range(256)) * 40, "b.txt": b"\0\1\2" * 900}, "nothing written"),
    ],
)
def test_folders_of_which_nothing_can_be_learned_say_why(files: dict[str, bytes], said: str, tmp_path: Path) -> None:
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    run = CliRunner().invoke(main, ["learn", str(tmp_path), "-o", str(tmp_path / "rules.toml")])
    assert run.exit_code == 0, run.output
    assert said in run.stderr
    assert not (tmp_path / "rules.toml").exists()


def test_an_empty_folder_is_a_wrong_call_and_unreadable_documents_are_listed(tmp_path: Path, shipped: Ruleset) -> None:
    run = CliRunner().invoke(main, ["learn", str(tmp_path), "-o", "-"])
    assert run.exit_code == 2
    (tmp_path / "bad.jsonl").write_text("{no json\n")
    run = CliRunner().invoke(main, ["learn", str(tmp_path), "-o", "-"])
    assert run.exit_code == 1
    assert "bad.jsonl:1" in run.stderr
    assert learn([Unreadable("gone", "cannot be read")], shipped).failed == 1
