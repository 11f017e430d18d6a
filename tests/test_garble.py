import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_garble_deep import SPUN as SPUN_NEWS

from cleaner import Cleaner, garble
from cleaner.edits import Finding
from cleaner.garble import context, phrases
from cleaner.garble.fragments import find as find_fragments
from cleaner.garble.hashes import hash_words
from cleaner.garble.judge import judge
from cleaner.garble.lexicon import ARRAYS, STRONG, UNKNOWN, Lexicon, lexicon
from cleaner.garble.tokens import cut_words
from cleaner.pipeline import Result, default_cleaner
from cleaner.rules import Ruleset
from cleaner.text import cut_lines

WORDS = lexicon()


def flags(text: str, language: str = "en", off: tuple[str, ...] = ()) -> list[Finding]:
    result = Cleaner(off=off).clean(text, language=language) if off else cleaned(text, language)
    assert result.error is None
    return [finding for finding in result.findings if finding.label == "garbled"]


def cleaned(text: str, language: str = "en") -> Result:
    return default_cleaner().clean(text, language=language)


# --- the lexicon ---


def test_fixed_terms_and_collocations_are_known() -> None:
    assert WORDS.is_term("think", "tank")
    assert WORDS.collocation("artificial", "intelligence") > 2
    assert not WORDS.is_term("believe", "container")
    assert WORDS.collocation("believe", "container") == 0
    assert WORDS.is_term("elliptic", "curve")
    assert WORDS.collocation("hidden", "layer") > STRONG


def test_a_word_stands_for_its_synonyms() -> None:
    assert {"think"} <= WORDS.stand_ins("believe").keys()
    assert WORDS.stand_ins("qzxv") == {}
    assert all(0 < chance <= 1 for chance in WORDS.stand_ins("profound").values())


def test_affinity_tells_likely_company_from_unlikely() -> None:
    def affinity(first: str, second: str) -> float:
        return float(WORDS.affinity(*(np.array([WORDS.number(word)], np.uint16) for word in (first, second)))[0])

    assert affinity("adversarial", "attacks") > affinity("antagonistic", "assaults")
    assert affinity("qzxv", "attacks") == 0


def test_words_of_papers_are_told_from_words_of_everybody() -> None:
    technical, homely = (WORDS.technical[WORDS.number(word)] for word in ("convolutional", "grandmother"))
    assert technical > 0 > homely
    assert WORDS.technical[UNKNOWN] == 0


def test_every_word_is_found_by_its_hash() -> None:
    sample = [*range(0, len(WORDS.words(range(1000))), 97)]
    for number, word in zip(sample, WORDS.words(sample), strict=True):
        assert WORDS.number(word) == number


def test_words_are_cut_where_they_stand() -> None:
    text = "A well-known “believe\ncontainer” – don’t naïve 3D it.\n\nNew era"
    tokens = cut_words(text, WORDS)
    seen = [text[start:end] for start, end in zip(tokens.start, tokens.end, strict=True)]
    known = [word for word, number in zip(seen, tokens.id, strict=True) if number != UNKNOWN]
    assert known == ["A", "well", "known", "believe", "container", "it", "New", "era"]
    joined = {f"{a} {b}" for a, b, close in zip(seen, [*seen[1:], ""], tokens.joined, strict=True) if close}
    assert {"well known", "believe container", "New era"} <= joined
    assert "it New" not in joined
    assert "known believe" not in joined  # a quotation mark stands between


@given(st.text(alphabet=st.sampled_from("abz AZ-'’é \n.“\ud800中1"), max_size=200))
@settings(max_examples=200, deadline=None)
def test_cut_words_agrees_with_hashing_each_word(text: str) -> None:
    tokens = cut_words(text, WORDS)
    for start, end, number in zip(tokens.start, tokens.end, tokens.id, strict=True):
        word = text[start:end]
        assert word.isascii()
        assert word.isalpha()
        assert number in (UNKNOWN, WORDS.number(word.lower()))


def test_long_texts_are_cut_like_short_ones() -> None:
    part = "The believe container wrote about counterfeit consciousness. "
    tokens = cut_words(part * 3_000, WORDS)
    each = len(cut_words(part, WORDS).id)
    assert (tokens.id.reshape(-1, each) == tokens.id[:each]).all()


def test_a_lexicon_of_other_types_is_refused(tmp_path: Path) -> None:
    for name in ARRAYS:
        np.save(tmp_path / f"{name}.npy", np.zeros(3))
    with pytest.raises(ValueError, match="holds float64"):
        Lexicon(tmp_path)


def test_hashes_of_words_differ() -> None:
    assert len(set(hash_words(["ab", "ba", "a", "b", "abc", "cab"]).tolist())) == 6


# --- phrases ---


@pytest.mark.parametrize(
    ("text", "phrase", "original"),
    [
        ("The results of the elliptic bend were read aloud at the meeting.", "elliptic bend", "elliptic curve"),
        ("The results of the phosphoric corrosive were read aloud at the meeting.", "phosphoric corrosive", "phosphoric acid"),
    ],
)
def test_a_swapped_phrase_is_flagged_with_its_original_and_the_reason(text: str, phrase: str, original: str) -> None:
    flag = next(flag for flag in flags(text) if flag.original == phrase)
    assert flag.suggestion == original
    assert flag.rule == "garbled/synonym-swap"
    assert "←" in flag.message
    assert f"“{original}” is a" in flag.message


def test_a_line_break_or_a_hyphen_between_the_words_changes_nothing() -> None:
    for between in (" ", "\n", "-", "\r\n"):
        text = f"The results of the phosphoric{between}corrosive were read aloud at the meeting on Monday."
        assert [flag.original for flag in flags(text)] == [f"phosphoric{between}corrosive"]


def test_flags_never_change_the_text() -> None:
    text = "The results of the phosphoric corrosive were read aloud at the meeting on Monday."
    assert cleaned(text).text == text


def test_each_detector_can_be_turned_off() -> None:
    text = "The results of the phosphoric corrosive were read aloud at the meeting on Monday."
    assert flags(text)
    assert flags(text, off=("garbled/synonym-swap",)) == []


def test_a_detector_that_is_bound_to_a_site_looks_at_documents_from_there_alone() -> None:
    shipped = default_cleaner().ruleset
    bound = [
        msgspec.structs.replace(rule, domains=("example.com",) if rule.detector == "synonym-swap" else ()) for rule in shipped
    ]
    here = Cleaner(rules=Ruleset(bound))
    text = "The results of the phosphoric corrosive were read aloud at the meeting on Monday."
    for url, told in (("https://example.com/1", ["phosphoric corrosive"]), ("https://example.org/1", []), (None, [])):
        result = here.clean(text, language="en", url=url)
        assert [one.original for one in result.findings if one.rule == "garbled/synonym-swap"] == told


def test_overlapping_hits_become_one_where_they_agree() -> None:
    text = "It was solved by profound neural organization in the end."
    spans = sorted((flag.start, flag.end) for flag in flags(text))
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


# --- documents ---

SPUN = " ".join(
    """The town committee has affirmed a fresh arrangement to shield the waterway from contamination, in spite of resistance
    from nearby entrepreneurs. As indicated by the civic chairman, the arrangement will decrease the measure of modern squander
    that streams into the stream by 33% inside five a long time. Natural life specialists invited the choice and said that the
    angle populace had fallen forcefully since the opening of the plant. The proprietor of the biggest production line in the
    locale said that the modern necessities would drive up generation costs and lead to work misfortunes. He approached the
    committee to postpone the usage of the standards until a free natural effect appraisal has been done.""".split()
)
HONEST = " ".join(
    """The town council has approved a new plan to protect the river from pollution, despite opposition from local firms.
    According to the mayor, the plan will cut the amount of industrial waste that flows into the river by a third within five
    years. Wildlife experts welcomed the decision and said that the fish population had fallen sharply since the plant opened.
    The owner of the largest factory in the district said that the new requirements would drive up production costs and lead
    to job losses. He asked the council to delay the rules until an independent environmental study has been done.""".split()
)


# Long enough for a document to be named garbled.
LONG_SPUN, LONG_HONEST = (f"{text}\n\n{text}" for text in (SPUN, HONEST))


def test_a_spun_text_scores_above_its_original() -> None:
    spun, honest = (float(cleaned(text).signals["garbled"]) for text in (LONG_SPUN, LONG_HONEST))
    assert honest < garble.GARBLED_FROM <= spun


def test_a_garbled_document_is_flagged_as_a_whole_once() -> None:
    found = [flag for flag in flags(LONG_SPUN) if flag.rule == "garbled/document"]
    assert [(flag.start, flag.end, flag.score) for flag in found] == [(0, 0, cleaned(LONG_SPUN).signals["garbled"])]
    assert not any(flag.rule == "garbled/document" for flag in flags(LONG_HONEST))
    assert float(cleaned(SPUN).signals["garbled"]) < float(cleaned(LONG_SPUN).signals["garbled"])  # fewer words prove less


MENU = ["Home", "News", "Sport", "Weather", "Obituaries", "Motors", "CafÃ© reviews", "E-edition", "Log in"]
TEASERS = ["Ten patio heaters", "How to bleed a radiator", "Winter wheat prices", "Kitchen island ideas", "Beach walks"] * 6
SPUN_STORY = f"{SPUN}\n\n{SPUN_NEWS}"


def as_page(*paragraphs: str) -> str:
    links, teasers = ("".join(f'<li><a href="/{at}">{name}</a></li>' for at, name in enumerate(x)) for x in (MENU, TEASERS))
    article = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<body><nav><ul>{links}</ul></nav><main><article><h1>Plan for the river</h1>{article}</article></main>"
        f"<aside><h2>Most read</h2><ul>{teasers}</ul></aside></body>"
    )


@pytest.mark.parametrize("extractor", ["model", "trafilatura"])
def test_of_a_page_its_main_content_is_judged_and_no_menu(extractor: Literal["model", "trafilatura"]) -> None:
    result = Cleaner(extractor=extractor).clean(as_page(SPUN, SPUN_NEWS), "text/html", language="en")
    assert abs(float(result.signals["garbled"]) - float(cleaned(SPUN_STORY).signals["garbled"])) < 0.05
    found = [flag for flag in result.findings if flag.label == "garbled" and flag.end > flag.start]
    assert {flag.original for flag in found} >= {"modern squander", "angle populace"}
    assert all(flag.original == result.original[flag.start : flag.end] in SPUN_STORY for flag in found)


def test_of_a_dump_its_likely_main_content_is_judged_and_no_menu() -> None:
    dump = "\n".join([*MENU, "", "Plan for the river", "", SPUN, "", SPUN_NEWS, "", "Most read", *TEASERS])
    assert abs(float(cleaned(dump).signals["garbled"]) - float(cleaned(SPUN_STORY).signals["garbled"])) < 0.05
    assert not {flag.original for flag in flags(dump)} & {"bleed", "island ideas"}


def test_the_score_of_the_document_is_the_prior_of_its_phrases() -> None:
    weights = judge()
    certainties = np.array([-2.0, 0.0, 2.0], np.float32)
    assert (weights.in_document(certainties, 3.0) > weights.in_document(certainties, -3.0)).all()
    assert (np.diff(weights.in_document(certainties, 0.0)) > 0).all()


def test_a_weak_row_of_a_list_is_told_in_a_garbled_text_alone() -> None:
    row = Finding("garbled/x", "flag", 0, 3, "garbled", "", "The", "A", 0.5)
    strong = Finding("garbled/x", "flag", 0, 3, "garbled", "", "The", "A", 0.9)
    for text, expected in ((LONG_HONEST, (strong,)), (LONG_SPUN, (row, strong))):
        assert garble.examine(text, cut_lines(text), (row, strong), 0).listed == expected


def test_a_few_words_prove_nothing() -> None:
    for text in ("", "Hello", "believe container", "Meeting.", "12 34"):
        assert float(cleaned(text).signals["garbled"]) < garble.GARBLED_FROM


# --- fragments ---


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (
            (
                "She said that both sides would go on with the talks on “trade and fisheries,” even as our two countries "
                "disagree. areas,” said a spokesman for the ministry."
            ),
            "areas,”",
        ),
        (
            (
                "The minister will travel to the capital on Wednesday for three days of talks with senior officials, among "
                "them the head of the central bank. Meeting."
            ),
            "Meeting.",
        ),
        (
            (
                "It cannot go on and be the greatest threat to the security of the continent since the end of the war “cold,” "
                "the secretary said on Friday."
            ),
            "war “cold,”",
        ),
    ],
)
def test_broken_sentences_are_found(text: str, broken: str) -> None:
    assert [text[one.start : one.end] for one in find_fragments(text, cut_lines(text), WORDS)] == [broken]


@pytest.mark.parametrize(
    "text",
    [
        "Global stability",
        "Global stability.",
        "- Meeting.\n- Lunch.\n- Global stability.",
        "“Where were you on the evening of the ninth of March when they heard the noise?” he asked. “Work.” She left.",
        "We walked for nine hours through the rain and the wind and saw nobody at all on the way. Nothing. Then a dog.",
        "The senator called the plan for the new harbour and the railway line that he had seen “ridiculous,” he said.",
        "It is sold by firms such as Acme Inc. and others, e.g. in the two towns, etc. and costs approx. ten euros.",
        "The bill that would pay for the lock was sent back to the committee by a vote of nine to four. Sen. Ada Moss left.",
        "It is a matter for the conscience of each of those who sit on each side of this House and are hon. Members. I agree.",
        "The members who were there on Friday heard the report on the state of the library to the end. Silence. Nobody moved.",
        "The members who were there on Friday asked for a review of all trials of the drug. Methods. We searched for trials.",
        "The members who were there on Friday heard the report on the state of the library to its end. Amen.",
        "The members who were there agreed that the report on the library be sent to the county. Prop. Pugh, sec. Meeting.",
    ],
)
def test_headlines_lists_captions_and_dialogue_are_no_fragments(text: str) -> None:
    assert find_fragments(text, cut_lines(text), WORDS) == []


# --- bad input ---

POEM = (
    "Shall I compare thee to a summer’s day?\nThou art more lovely and more temperate:\nRough winds do shake the buds of May,\n"
)
CODE = "def frobnicate(self, widgets):\n    return [widget.colour for widget in widgets if widget.is_shiny]\n"
RECIPE = "2 cups plain flour\n1 tsp baking soda\nA pinch of coarse sea salt\n3 ripe bananas, mashed\nGreased loaf tin\n"
PRODUCTS = "Ladies Fleece Jacket Navy L\nBoys Rubber Boots Green 34\nGarden Hose Reel 20m\nCordless Hammer Drill 18V\n"
TABLE = "Name\tHeight\tWeight\nAnna\t170\t60\nBert\t182\t81\nCarla\t165\t58\n"
NAMES = "Anna Meyer, Bert van Dyck, Carla Rossi, Dmitri Sokolov, Eve O’Neill, Femi Adeyemi, Gita Rao, Huang Wei\n"
OCR = "Tbe corninittee rnet on tlie first Monday of Novernber to c0nsider tlie rnatter of the bridqe.\n"
LEARNER = "I am very like to go in the cinema with my friends because there is many interesting film.\n"
DIALECT = "Aye, the wee bairn wisnae keen on gaun tae the kirk, so his mither gied him a clip roon the lug.\n"
GERMAN = "Der Stadtrat hat am Montag beschlossen, die alte Brücke über den Fluss abzureißen und eine neue zu bauen.\n"


@pytest.mark.parametrize("text", [POEM, CODE, RECIPE, PRODUCTS, TABLE, NAMES, OCR, LEARNER, DIALECT, GERMAN])
def test_odd_but_honest_text_is_not_flooded(text: str) -> None:
    once, many = flags(text), flags(text * 40)
    assert len(once) <= 1
    assert len(many) <= 1 + len(text.split()) * 40 / garble.WORDS_PER_FLAG


CUT = "She said that they disagree. areas,” said the man. "
ALONE = "After talks with the head of the central bank and with officials of the state he left the town on Friday. Meeting. "


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "ab-" * 300_000,
        "“" * 500_000,
        "profound learning " * 20_000,
        "A. B. " * 100_000,
        CUT * 12_000,
        ALONE * 12_000,
    ],
)
def test_hostile_text_takes_bounded_time_and_few_flags(text: str) -> None:
    start = time.process_time()
    examined = garble.examine(text, cut_lines(text), (), 0)
    assert len(examined.seen) <= garble.MOST_FLAGS
    assert time.process_time() - start < 10


def test_a_coronary_ward_is_no_garbled_phrase() -> None:
    assert not flags("The offer was irresistible; disease was the last thing on her mind, and the coronary ward withstood it.")


def test_a_language_without_data_is_left_alone() -> None:
    result = cleaned(SPUN, language="de")
    assert result.signals["garbled"] == 0
    assert not [finding for finding in result.findings if finding.label == "garbled"]


def _soup(seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    words = WORDS.words(rng.sample(range(60_000), 400))
    while True:
        yield rng.choice(words)


def test_a_soup_of_words_is_capped_less_where_it_is_known_to_be_garbled(monkeypatch: pytest.MonkeyPatch) -> None:
    soup = _soup(1)
    text = " ".join(next(soup) for _ in range(3_000))
    assert 3_000 / garble.WORDS_PER_FLAG < len(garble.examine(text, (), (), 0).seen) <= garble.MOST_FLAGS
    monkeypatch.setattr(garble, "GARBLED_FROM", 1.1)
    assert len(garble.examine(text, (), (), 0).seen) <= 3_000 / garble.WORDS_PER_FLAG


def test_of_a_very_long_document_the_first_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = garble.examine(LONG_SPUN, cut_lines(LONG_SPUN), (), 0)
    monkeypatch.setattr(garble, "MOST_CHARACTERS", len(LONG_SPUN))
    longer = f"{LONG_SPUN}\n\n{HONEST}"
    assert garble.examine(longer, cut_lines(longer), (), 0) == whole


def test_a_document_is_judged_the_same_whatever_came_before() -> None:
    first = garble.examine(SPUN, cut_lines(SPUN), (), 0)
    garble.examine(HONEST * 50, cut_lines(HONEST * 50), (), 0)
    assert garble.examine(SPUN, cut_lines(SPUN), (), 0) == first


def test_hits_are_the_same_in_one_batch_and_in_many(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = cut_words(SPUN, WORDS)
    whole = phrases.find(tokens, WORDS, judge().worth)
    monkeypatch.setattr(phrases, "BATCH", 50)
    parts = phrases.find(tokens, WORDS, judge().worth)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)


# --- words out of place ---


def out_of_place(text: str) -> dict[str, float]:
    """How much each word that can be judged is, by the text's words."""
    tokens = cut_words(text, WORDS)
    odds = context.read().odds(tokens, WORDS)
    return {text[tokens.start[at] : tokens.end[at]]: float(odds[at]) for at in np.flatnonzero(context.judged(tokens, WORDS))}


def test_words_that_were_swapped_are_out_of_place() -> None:
    honest, spun = out_of_place(HONEST), out_of_place(SPUN)
    assert np.mean(list(spun.values())) > np.mean(list(honest.values())) + 1
    assert max(honest.values()) < spun["squander"]


def test_of_names_and_function_words_nothing_is_told() -> None:
    assert set(out_of_place("The old bank of London has said that it will not go.")) == {"old", "bank"}


def test_a_long_text_is_read_in_equal_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = cut_words(HONEST * 4, WORDS)
    monkeypatch.setattr(context, "STRETCH", len(tokens.id) // 4)
    found = context.read().odds(tokens, WORDS).reshape(4, -1)
    alone = context.read().odds(cut_words(HONEST, WORDS), WORDS)
    # At the edges words have neighbours in the next stretch.
    np.testing.assert_array_equal(found[:, 1:-1], np.tile(alone[1:-1], (4, 1)))


def test_a_text_without_words_has_none_out_of_place() -> None:
    assert context.read().odds(cut_words("", WORDS), WORDS).shape == (0,)


def test_words_out_of_place_are_told_in_garbled_documents_alone() -> None:
    def words(text: str) -> list[str]:
        return [flag.original for flag in flags(text) if flag.rule == "garbled/words/word-out-of-place"]

    assert (
        words("\n".join([SPUN_NEWS] * 3))
        == ["extremity", "prizes", "mounting", "swelling", "nation", "figure", "tier", "alter"] * 3
    )
    assert words(SPUN_NEWS) == words(LONG_HONEST) == []


@pytest.mark.parametrize("alone", [0.8, 0.7])
def test_weaker_evidence_is_told_where_a_document_is_plainly_garbled(alone: float) -> None:
    assert garble.least_sure(0.5, alone) == alone
    assert garble.least_sure(0.9, alone) == pytest.approx(2 / 3)
    assert garble.least_sure(1.0, alone) == 0.6


def test_of_what_overlaps_the_phrase_is_told_not_the_word() -> None:
    spans = sorted((flag.start, flag.end) for flag in flags(LONG_SPUN) if flag.end > flag.start)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_a_machines_traces_alone_make_a_document_garbled() -> None:
    text = LONG_HONEST + " " + " ".join(f"The town” {word} was heard." for word in ("hall", "clerk", "bell", "road") * 3)
    clean = text.replace("”", "")
    traced, untraced = (garble.examine(one, cut_lines(one), (), 12 if one is text else 0).score for one in (text, clean))
    assert untraced < 0.1 < garble.GARBLED_FROM <= traced


# --- phrases on lists ---


@pytest.mark.parametrize(
    ("found", "original"),
    [
        ("believe container", "think tank"),
        ("believe\ncontainers", "think tanks"),
        ("Believe-Container’s", "think tank’s"),
        ("overseas clergymen", None),
        ("tranquility agreements", "peace agreements"),
    ],
)
def test_phrases_on_lists_are_found_inflected_hyphenated_and_across_lines(found: str, original: str | None) -> None:
    text = f"On Monday the report of the {found} was read aloud in the chamber before a vote."
    listed = [flag.suggestion for flag in flags(text) if flag.rule.endswith("-term")]
    assert listed == ([original] if original else [])
