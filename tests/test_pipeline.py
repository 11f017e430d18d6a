import functools
import inspect
import multiprocessing
import pickle
import random
import re
import subprocess
import sys
import time
import tomllib
import unicodedata
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import ODD, SEEDS, odd_text, rule

import cleaner
from cleaner import markup
from cleaner.edits import Finding
from cleaner.matcher import document as matching
from cleaner.pipeline import Cleaner, Result, default_cleaner
from cleaner.policy import PROFILES, Profile
from cleaner.rules import RuleError, Ruleset
from cleaner.text import Document, cut_lines

GOLD: dict[str, dict[str, Any]] = tomllib.loads((SEEDS / "gold.toml").read_text(encoding="utf-8"))
CLEAN_SEEDS = [name for name in GOLD if name[:3] in ("000", "001", "004")]


def read(name: str) -> str:
    return (SEEDS / name).read_bytes().decode()


@functools.cache
def seed(name: str) -> Result:
    return default_cleaner().clean(read(name), id=name)


def test_the_public_names_are_seen_before_they_are_asked_for() -> None:
    code = "import sys, cleaner; assert {*cleaner.__all__} <= {*dir(cleaner)}; assert 'cleaner.pipeline' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    helped = subprocess.run([sys.executable, "-m", "pydoc", "cleaner"], capture_output=True, check=True, timeout=60)
    assert b"class Cleaner(" in helped.stdout


def test_clean_takes_what_the_method_takes() -> None:
    result = cleaner.clean("Der Rat tagte am Montag.", "text/plain", url="https://example.org/a", id="a", language="de")
    assert (result.id, result.language, result.error) == ("a", "de", None)
    theirs = inspect.signature(Cleaner.clean).parameters
    assert list(inspect.signature(cleaner.clean).parameters.values()) == list(theirs.values())[1:]


# --- the seeds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"keep": "^Share"}, {"rules": "mine.toml"}, {"rules": Path("mine.toml")}, {"off": "a"}])
def test_one_string_is_not_taken_for_a_list_of_letters(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="is a list"):
        Cleaner(**wrong)


def test_models_that_are_not_there_are_told_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no weights of the chrome model there"):
        Cleaner(models=tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"chrome": "drop"}, {"unsafe": "x"}, {"max_dropped_share": 2}, {"max_dropped_share": float("nan")}]
)
def test_a_profile_with_a_value_that_there_is_not_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Profile(name="mine", **wrong)


def test_an_address_that_is_none_is_no_reason_to_fail() -> None:
    result = default_cleaner().clean("Skip to content\n\nThe mayor resigned on Monday, her office said.", url="http://[::1")
    assert (result.text, result.error) == ("The mayor resigned on Monday, her office said.", None)


def test_the_gold_names_22_lines_of_chrome_and_7_quotes_in_5_documents() -> None:
    assert sorted(GOLD) == sorted(path.name for path in SEEDS.glob("*.txt"))
    assert sum(len(gold["drop"]) for gold in GOLD.values()) == 22
    assert sum(len(gold["quote"]) for gold in GOLD.values()) == 7
    assert sum(len(cut_lines(read(name))) for name in GOLD) == 22 + 122


@pytest.mark.parametrize("name", GOLD)
def test_every_line_of_chrome_in_a_seed_goes_and_no_other_line(name: str) -> None:
    original = read(name)
    quotes = dict(GOLD[name]["quote"])
    expected = []
    for number, line in enumerate(original.split("\n"), 1):
        if line.strip() and number not in GOLD[name]["drop"]:
            for wrong, right in quotes.items():
                line = line.replace(wrong, right)  # noqa: PLW2901
            expected.append(line.strip())
    result = seed(name)
    assert [result.text[line.start : line.end] for line in cut_lines(result.text)] == expected


@pytest.mark.parametrize("name", GOLD)
def test_every_misplaced_quote_in_a_seed_is_mended_and_none_made(name: str) -> None:
    result = seed(name)
    for wrong, right in GOLD[name]["quote"]:
        assert wrong not in result.text
        assert right in result.text
    if not GOLD[name]["quote"]:
        assert [finding for finding in result.findings if finding.label == "quotes"] == []


@pytest.mark.parametrize("name", GOLD)
def test_a_cleaned_seed_needs_no_more_cleaning(name: str) -> None:
    again = default_cleaner().clean(seed(name).text)
    assert again.text == seed(name).text
    assert [finding for finding in again.findings if finding.action in ("drop", "replace")] == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", GOLD)
def test_every_profile_reverts_a_seed(name: str, profile: str) -> None:
    result = cleaner_of(profile).clean(read(name))
    assert result.error is None
    assert result.original == result.revert() == read(name)


@functools.cache
def cleaner_of(profile: str) -> Cleaner:
    return Cleaner(profile)


def test_careful_drops_no_line_of_a_seed_that_balanced_keeps() -> None:
    for name in GOLD:
        kept = {line.strip() for line in cleaner_of("careful").clean(read(name)).text.split("\n")}
        assert {line.strip() for line in seed(name).text.split("\n")} <= kept


def test_believe_container_is_flagged_as_think_tank() -> None:
    name = next(name for name in GOLD if name.startswith("002"))
    (flag,) = (finding for finding in seed(name).findings if finding.original == "believe container")
    assert (flag.action, flag.label, flag.suggestion) == ("flag", "garbled", "think tank")
    assert seed(name).signals["garbled"] > 0  # type: ignore[operator]


BROKEN = ("garbled/stray-fragment", "garbled/broken-order")


@pytest.mark.parametrize("name", CLEAN_SEEDS)
def test_a_clean_seed_is_no_garbled_document_and_has_at_most_one_garbled_phrase(name: str) -> None:
    rules = [finding.rule for finding in seed(name).findings if finding.label == "garbled" and finding.rule not in BROKEN]
    assert "garbled/document" not in rules
    assert len(rules) <= 1


@pytest.mark.parametrize("name", CLEAN_SEEDS)
def test_the_broken_sentences_of_a_seed_are_found_and_no_others(name: str) -> None:
    found = [finding.original for finding in seed(name).findings if finding.rule in BROKEN]
    wanted = [span for span, _ in GOLD[name]["flag"]]
    assert all(any(one in span for span in wanted) for one in found)
    assert all(any(one in span for one in found) for span in wanted)


def test_the_garbled_seed_scores_above_the_clean_ones() -> None:
    garbled = next(name for name in GOLD if name.startswith("002"))
    assert all(seed(garbled).signals["garbled"] > seed(name).signals["garbled"] for name in CLEAN_SEEDS)  # type: ignore[operator]


@pytest.mark.parametrize("name", GOLD)
@pytest.mark.parametrize("newline", ["\r\n", "\r", "\u2028"])
def test_another_line_break_changes_no_decision(name: str, newline: str) -> None:
    result = default_cleaner().clean(read(name).replace("\n", newline))
    assert result.text == seed(name).text.replace("\n", newline)
    assert result.revert() == read(name).replace("\n", newline)


@pytest.mark.parametrize("name", GOLD)
def test_a_seed_as_bytes_is_cleaned_as_its_text(name: str) -> None:
    result = default_cleaner().clean((SEEDS / name).read_bytes())
    assert (result.text, result.findings) == (seed(name).text, seed(name).findings)
    assert result.signals["charset"] == "utf-8"


# --- what a result says --------------------------------------------------------------------------------------------

ARTICLE = "The council met on Tuesday to discuss the bridge.\n\nThe mayor said the tolls would go in May, and the ferry too."


def test_no_findings_means_the_same_text() -> None:
    result = cleaner.clean(ARTICLE)
    assert (result.text, result.original, result.findings, result.skipped, result.error) == (ARTICLE, ARTICLE, (), (), None)


@settings(max_examples=300)
@given(odd_text(max_size=60))
def test_of_any_text_the_account_is_complete(text: str) -> None:
    result = default_cleaner().clean(text)
    assert result.error is None
    assert result.original == text
    assert result.revert() == text
    assert all(text[finding.start : finding.end] == finding.original for finding in result.findings)
    if not any(finding.action in ("drop", "replace") for finding in result.findings):
        assert result.text == text
    assert list(result.findings) == sorted(result.findings, key=lambda finding: (finding.start, finding.end, finding.rule))


FURNITURE = (
    *(
        "Skip to content",
        "Share this:",
        "ADVERTISEMENT",
        "Read more",
        "All rights reserved.",
        "Leave a comment",
        "By | Published | No Comments",
    ),
    *(
        "cafÃ© &amp; bar",
        "a” no limits” pact",
        "The believe container said so.",
        "\ufeff",
        "\x08",
        "",
        "  ",
        "“We stay,” she said.",
    ),
    *(
        "The council met on Tuesday to discuss the bridge over the river.",
        "Follow us on Twitter",
        "5 min read",
        "Fish &#10; chips",
    ),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(FURNITURE), st.sampled_from(["\n", "\n\n", "\r\n", "\u2028", "\n  "])), max_size=14))
def test_of_pages_made_of_furniture_the_account_is_complete(pieces: list[tuple[str, str]]) -> None:
    text = "".join(content + gap for content, gap in pieces)
    result = default_cleaner().clean(text)
    assert result.error is None
    assert result.revert() == text
    told = [finding for finding in result.findings if finding.action in ("drop", "replace")]
    assert all(one.end <= other.start for one, other in pairwise(told))


def test_a_result_has_the_signals_of_the_contract() -> None:
    result = cleaner.clean("Skip to content\n\n" + ARTICLE)
    assert result.text == ARTICLE
    assert result.signals["words"] == len(ARTICLE.split())
    assert result.signals["before.words"] == len(ARTICLE.split()) + 3
    assert result.signals["lines"] == 2
    assert 0 <= float(result.signals["garbled"]) <= 1
    assert isinstance(result.signals["page_kind"], str)
    assert all(isinstance(value, int | float | str) for value in result.signals.values())


def test_a_result_names_its_document_language_and_ruleset() -> None:
    result = default_cleaner().clean(ARTICLE, id="a-1")
    assert (result.id, result.language, result.ruleset) == ("a-1", "en", default_cleaner().digest)


def test_a_result_is_data_that_msgspec_can_send() -> None:
    result = cleaner.clean("Skip to content\n\n" + ARTICLE)
    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result


def test_a_language_that_the_caller_knows_is_believed() -> None:
    assert default_cleaner().clean(ARTICLE, language="de").language == "de"


@pytest.mark.parametrize("language", ["EN", "en-US", "eng_Latn", ""])
def test_a_language_switches_its_rules_on_however_its_code_is_written(language: str) -> None:
    result = default_cleaner().clean("Skip to content\n\n" + ARTICLE, language=language)
    assert result == default_cleaner().clean("Skip to content\n\n" + ARTICLE, language=language and "en")
    assert (result.text, result.language) == (ARTICLE, "en")


@pytest.mark.parametrize("language", ["english", "e", 7])
def test_what_is_no_language_is_told_and_nothing_is_done(language: Any) -> None:
    result = default_cleaner().clean("Skip to content\n\n" + ARTICLE, language=language)
    assert result.text == "Skip to content\n\n" + ARTICLE
    assert result.error == f"ValueError: no language {language!r}; give its code by ISO 639, as in en, eng, en-US"


def test_the_module_cleans_as_a_cleaner_does() -> None:
    assert cleaner.clean("Skip to content\n\n" + ARTICLE) == Cleaner().clean("Skip to content\n\n" + ARTICLE)


def test_a_document_struct_is_cleaned_as_its_parts() -> None:
    document = Document(id="a", text="Skip to content\n\n" + ARTICLE, url="https://example.org/a")
    assert default_cleaner().clean_document(document) == default_cleaner().clean(document.text, url=document.url, id="a")


def test_a_domain_rule_acts_on_documents_from_its_site_alone() -> None:
    site = Cleaner(rules=Ruleset([rule(pattern="Harbour Post daily", action="drop", safety="safe", domains=["*.example.org"])]))
    text = f"Harbour Post daily\n{ARTICLE}"
    assert site.clean(text, url="https://www.example.org/a?b").text == ARTICLE
    assert site.clean(text, url="https://www.example.net/").text == site.clean(text).text == text


def test_places_are_in_the_original_where_repairs_moved_the_text() -> None:
    text = f"&amp;&amp;&amp; nestlÃ©\n\nThe believe container of nestlÃ© said so.\n\n{ARTICLE}"
    result = default_cleaner().clean(text)
    (flag,) = (finding for finding in result.findings if finding.label == "garbled")
    assert text[flag.start : flag.end] == "believe container"


def test_a_replacement_that_begins_inside_a_repair_loses_no_letter() -> None:
    shout = rule(unit="span", pattern="ficer", action="replace", replacement="FICER", safety="safe")
    repairs = [one for one in Ruleset.load() if one.detector]
    result = Cleaner(rules=Ruleset([*repairs, shout])).clean("The oﬃcers met.")
    assert result.text == "The ofFICERs met."
    assert result.revert() == "The oﬃcers met."


def test_a_drop_that_begins_inside_a_repair_takes_no_more_than_it_found() -> None:
    mark = rule(unit="span", pattern=r"fi\[edit\]", action="drop", safety="safe")
    repairs = [one for one in Ruleset.load() if one.detector]
    result = Cleaner(rules=Ruleset([*repairs, mark])).clean("The oﬃ[edit]cers met.")
    assert result.text == "The ofcers met."
    assert result.revert() == "The oﬃ[edit]cers met."


# --- settings ------------------------------------------------------------------------------------------------------


def test_rules_can_be_turned_off_one_by_one_or_by_family() -> None:
    text = f"Skip to content\n\n{ARTICLE} nestlÃ©"
    (drop,) = (finding.rule for finding in cleaner.clean(text).findings if finding.action == "drop")
    assert Cleaner(off=[drop]).clean(text).text == f"Skip to content\n\n{ARTICLE} nestlé"
    assert Cleaner(off=["boilerplate/*"]).clean(text).text == f"Skip to content\n\n{ARTICLE} nestlé"
    assert Cleaner(off=["*"]).clean(text).text == text


def test_a_kept_line_stays() -> None:
    result = Cleaner(keep=["(?i)skip to"]).clean(f"Skip to content\n\n{ARTICLE}")
    assert result.text == result.original
    assert next(skipped.reason for skipped in result.skipped) == "keep pattern (?i)skip to"


UNSAFE = rule("unsafe", pattern="Harbour Post daily", action="drop")
PREVIEW = rule("preview", pattern="Harbour Post weekly", action="drop", safety="safe", status="preview")
PAPER = f"Harbour Post daily\nHarbour Post weekly\n{ARTICLE}"


@pytest.mark.parametrize(
    ("profile", "preview", "actions"),
    [
        ("careful", False, {"preview": "flag"}),
        ("balanced", False, {"unsafe": "flag", "preview": "flag"}),
        ("strict", False, {"unsafe": "drop", "preview": "flag"}),
        ("careful", True, {"preview": "drop"}),
        ("balanced", True, {"unsafe": "flag", "preview": "drop"}),
        ("strict", True, {"unsafe": "drop", "preview": "drop"}),
    ],
)
def test_unsafe_and_preview_rules_do_what_the_profile_lets_them(
    profile: str, *, preview: bool, actions: dict[str, str]
) -> None:
    result = Cleaner(profile, Ruleset([UNSAFE, PREVIEW]), preview=preview).clean(PAPER)
    assert {finding.rule.rsplit("/", 1)[1]: finding.action for finding in result.findings} == actions
    assert result.revert() == PAPER


def test_an_ignored_rule_still_anchors_others() -> None:
    name = rule("name", pattern=r"\p{Lu}\w+ \p{Lu}\w+", after="unsafe", action="drop", safety="safe")
    result = Cleaner("careful", Ruleset([UNSAFE, name])).clean(f"Harbour Post daily\nOrla Tennant\n{ARTICLE}")
    assert result.text == f"Harbour Post daily\n{ARTICLE}"


def test_a_profile_of_ones_own_is_followed() -> None:
    profile = msgspec.structs.replace(PROFILES["balanced"], name="own", unsafe="apply")
    assert Cleaner(profile, Ruleset([UNSAFE])).clean(PAPER).text == PAPER.split("\n", 1)[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"profile": "carefull"}, "no profile 'carefull'; there are careful, balanced, strict"),
        ({"off": ["boilerplate/nothing"]}, "no rule 'boilerplate/nothing' to turn off"),
        ({"off": ["*/nothing/*"]}, "to turn off"),
        ({"keep": ["(a"]}, r"keep pattern '\(a'"),
        ({"keep": ["\ud800"]}, "keep pattern .* no character"),
        ({"keep": [""]}, "an empty keep pattern"),
        ({"rules": []}, "no rules at all"),
    ],
)
def test_wrong_settings_are_told_at_once(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Cleaner(**arguments)


def test_an_unknown_detector_is_a_rule_error() -> None:
    bad = msgspec.structs.replace(rule(pattern="x"), pattern=None, detector="mojibakery")
    with pytest.raises(RuleError, match="no detector 'mojibakery'"):
        Cleaner(rules=Ruleset([bad]))


def test_the_digest_changes_with_every_setting_that_changes_an_output() -> None:
    rules = Ruleset([UNSAFE, PREVIEW])
    made = [
        Cleaner(rules=rules),
        Cleaner("careful", rules),
        Cleaner("strict", rules),
        Cleaner(rules=rules, preview=True),
        Cleaner(rules=rules, keep=["x"]),
        Cleaner(rules=rules, off=["*preview"]),
        Cleaner(msgspec.structs.replace(PROFILES["balanced"], max_dropped_share=0.4), rules),
        Cleaner(rules=Ruleset([UNSAFE])),
        Cleaner(rules=Ruleset([UNSAFE, msgspec.structs.replace(PREVIEW, max_words=9)])),
    ]
    assert len({one.digest for one in made}) == len(made)
    assert Cleaner("balanced", Ruleset([UNSAFE, PREVIEW])).digest == made[0].digest


# --- sharing -------------------------------------------------------------------------------------------------------


def test_a_pickled_cleaner_does_the_same() -> None:
    one = Cleaner("strict", off=["boilerplate/sharing/*"], keep=["Blinken"], preview=True)
    copy = pickle.loads(pickle.dumps(one))
    assert copy.digest == one.digest
    assert all(copy.clean(read(name)) == one.clean(read(name)) for name in GOLD)


class Louder(Cleaner):
    """A cleaner of a user's own."""


def test_a_pickled_cleaner_stays_of_its_class() -> None:
    assert type(pickle.loads(pickle.dumps(Louder("careful")))) is Louder
    assert type(pickle.loads(pickle.dumps(Cleaner("careful")))) is Cleaner


def test_lists_of_settings_may_be_given_as_iterators() -> None:
    made = Cleaner(off=iter(["boilerplate/*"]), keep=iter(["Leave"]))  # type: ignore[arg-type]
    assert (made.off, made.keep) == (("boilerplate/*",), ("Leave",))
    assert made.clean(f"Skip to content\n\n{ARTICLE}").text.startswith("Skip to content")


def test_a_pickled_cleaner_that_comes_again_is_not_loaded_again() -> None:
    sent, other = pickle.dumps(Cleaner("careful")), pickle.dumps(Cleaner("careful", keep=["Blinken"]))
    assert pickle.loads(sent) is pickle.loads(sent)
    assert pickle.loads(other).keep == ("Blinken",)


def test_many_threads_get_what_one_gets() -> None:
    texts = [read(name) for name in GOLD] * 10
    expected = [seed(name).text for name in GOLD] * 10
    with ThreadPoolExecutor(8) as pool:
        assert [result.text for result in pool.map(default_cleaner().clean, texts)] == expected


def _clean_in_child(job: tuple[Cleaner, str]) -> Result:
    one, text = job
    return one.clean(text)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_process_gets_what_its_parent_gets(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system does not {method}")
    one = Cleaner(rules=Ruleset([rule for rule in Ruleset.load() if not rule.phrases]))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        results = list(pool.map(_clean_in_child, [(one, read(name)) for name in GOLD]))
    assert results == [one.clean(read(name)) for name in GOLD]


def test_the_order_of_documents_changes_nothing() -> None:
    names = list(GOLD) * 3
    random.Random(5).shuffle(names)
    assert all(default_cleaner().clean(read(name), id=name) == seed(name) for name in names)


# --- whatever comes ------------------------------------------------------------------------------------------------


TAGS = (
    "<div>",
    "</div>",
    "<p>",
    "<a href='x'>",
    "</a>",
    "<script>",
    "<!--",
    "-->",
    "<b",
    ">",
    "&lt",
    "&#x110000;",
    "&#0;",
    "<![CDATA[",
)

ODD_KINDS: tuple[Callable[[random.Random], Any], ...] = (
    lambda choose: choose.choice([None, 7, float("nan"), object(), [], {"a": 1}, True, ("x",), range(3)]),
    lambda choose: choose.randbytes(choose.randrange(60)),
    lambda choose: "".join(chr(choose.randrange(0x110000)) for _ in range(choose.randrange(40))),
    lambda choose: "".join(chr(choose.randrange(0xD700, 0xE100)) for _ in range(choose.randrange(20))),
    lambda choose: "".join(chr(choose.randrange(0xA0)) for _ in range(choose.randrange(60))),
    lambda choose: choose.choice(ODD) * choose.randrange(2_000),
    lambda choose: "".join(choose.choices((*TAGS, *FURNITURE), k=choose.randrange(30))),
    lambda choose: "\n".join(choose.choices(FURNITURE, k=choose.randrange(30))),
    lambda choose: " ".join(choose.choices(FURNITURE, k=choose.randrange(60))),
    lambda choose: "".join(choose.choices(ODD, k=choose.randrange(80))),
)


@pytest.mark.parametrize("seed", range(5))
def test_ten_thousand_odd_documents_never_raise(seed: int) -> None:
    choose = random.Random(seed)
    one = default_cleaner()
    for number in range(2_000):
        document = choose.choice(ODD_KINDS)(choose)
        media_type = "text/html" if number % 10 == 0 else "text/plain"
        result = one.clean(document, media_type)
        if isinstance(document, str):
            assert result.error is None, (document, result.error)
            assert result.revert() == result.original
            assert media_type == "text/html" or result.original == document
        elif not isinstance(document, bytes):
            assert result.error is not None
            assert (result.text, result.original, result.findings) == ("", "", ())


@pytest.mark.parametrize("media_type", ["", "TEXT/HTML; charset=utf-8", "application/pdf", "nonsense", None, 3])
@pytest.mark.parametrize("text", ["<p>text</p>", b"<p>text</p>", b"\0", None])
def test_odd_media_types_never_raise(media_type: Any, text: Any) -> None:
    assert isinstance(default_cleaner().clean(text, media_type), Result)


@pytest.mark.parametrize("media_type", ["", "html", "text/htm", "application/pdf", None])
def test_a_media_type_that_is_not_known_is_told_and_nothing_is_done(media_type: Any) -> None:
    result = default_cleaner().clean("Skip to content\n\n" + ARTICLE, media_type)
    known = "text/plain, text/markdown, text/html, application/xhtml+xml"
    assert result.error == f"ValueError: no media type {media_type!r}; there are {known}"
    assert result.text == "Skip to content\n\n" + ARTICLE


@pytest.mark.parametrize("url", ["", "http://[", "no url", "http://example.org:port/", "//", "\ud800", 7])
def test_odd_addresses_never_raise(url: Any) -> None:
    result = default_cleaner().clean(ARTICLE, url=url)
    assert result.text == ARTICLE


def test_an_empty_document_is_an_empty_result() -> None:
    for empty in ("", b""):
        result = cleaner.clean(empty)
        assert (result.text, result.findings, result.error, result.language) == ("", (), None, None)
        assert result.signals["words"] == 0


def test_a_binary_file_comes_back_with_an_error() -> None:
    result = cleaner.clean(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert result.error is not None
    assert "binary" in result.error
    assert (result.text, result.original) == ("", "")


def test_invalid_utf8_is_read_with_its_losses_flagged() -> None:
    quoted = ARTICLE + " “We stay,” she said – “that’s all.”" * 10
    result = cleaner.clean(b"Skip to content\n\n" + quoted.encode() + b" \xff")
    assert result.error is None
    assert result.text == quoted + " \ufffd"
    assert [finding.rule for finding in result.findings if finding.action == "flag"] == [
        "encoding/characters/missing-character"
    ]


def test_a_rule_that_backtracks_without_end_leaves_the_document_unchanged_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "CONFIRM_SECONDS", 0.2)
    endless = rule(pattern=r"Read(?:a|aa)+$", action="drop", safety="safe")
    menu = rule("menu", pattern="Skip to content", action="drop", safety="safe")
    text = "Skip to content\nRead" + "a" * 60 + "ba"
    result = Cleaner(rules=Ruleset([endless, menu])).clean(text)
    assert result.error is not None
    assert "boilerplate/web/found" in result.error
    assert (result.text, result.original, result.findings) == (text, text, ())


def test_a_keep_pattern_that_backtracks_without_end_is_an_error_too() -> None:
    menu = rule("menu", pattern="Skip a{1,200}.{0,9}", action="drop", safety="safe")
    result = Cleaner(rules=Ruleset([menu]), keep=[r"(?:a|aa)+b$"]).clean(f"Skip {'a' * 60}ba\n{ARTICLE}")
    assert result.error is not None
    assert result.text == result.original


@pytest.mark.parametrize(
    "line",
    [
        "word " * 4_000_000,
        "a" * 20_000_000,
        "â€™" * 1_250_000,
        "”" * 3_330_000,
        "“ " * 1_000_000,
        "&amp;" * 2_000_000,
        "\u0301" * 5_000_000,
    ],
    ids=["words", "one word", "mojibake", "quotes", "quotes apart", "entities", "combining marks"],
)
def test_a_huge_single_line_is_cleaned_in_time(line: str) -> None:
    started = time.monotonic()
    result = default_cleaner().clean(line)
    assert result.error is None
    assert result.revert() == line
    assert time.monotonic() - started < 60


def test_two_hundred_thousand_blank_lines_are_kept() -> None:
    for blank in ("\n" * 200_000, " \r\n" * 200_000, "\u2028" * 200_000):
        assert default_cleaner().clean(blank).text == blank


def test_chrome_between_two_hundred_thousand_blank_lines_is_found() -> None:
    text = "\n" * 100_000 + "Skip to content" + "\n" * 100_000 + ARTICLE
    result = default_cleaner().clean(text)
    assert result.text.strip() == ARTICLE
    assert result.revert() == text


def test_a_hundred_thousand_short_lines_are_cleaned_in_time() -> None:
    text = "\n".join(["Skip to content", "The council met on Tuesday.", "Share this:", ""] * 25_000)
    started = time.monotonic()
    result = default_cleaner().clean(text)
    assert result.error is None
    assert result.revert() == text
    assert time.monotonic() - started < 60


# --- HTML ----------------------------------------------------------------------------------------------------------

PARAGRAPHS = [
    "The city council decided on Monday to widen the bridge over the river, the mayor told reporters at the town hall.",
    "The work, which will cost three million euros, begins next spring and is expected to last for eleven months in all.",
    "“We have waited for this since the flood,” she said, and thanked the engineers who had drawn up the first plans.",
    "Residents of the old town had asked for a footpath on the northern side, where the pavement is narrow and worn.",
]
PAGE = f"""<!DOCTYPE html><html><head><title>Bridge</title><script>var x = "skip me";</script><style>p {{}}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li><li><a href="/weather">Weather</a></li></ul></nav>
<main><article><h1>Council widens the bridge</h1>{"".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}</article></main>
<footer><p>© 2024 Harbour Post. All rights reserved.</p><a href="/privacy">Privacy policy</a></footer></body></html>"""


@pytest.mark.parametrize("profile", ["careful", "balanced", "strict"])
def test_of_a_page_the_main_content_stays_and_the_rest_is_accounted_for(profile: str) -> None:
    result = cleaner_of(profile).clean(PAGE, "text/html")
    assert result.error is None
    kept = [result.text[line.start : line.end] for line in cut_lines(result.text)]
    assert [line for line in kept if line in PARAGRAPHS] == PARAGRAPHS
    assert not {"Home", "Sport", "Weather", "Privacy policy"} & set(kept)
    for gone in ("Home", "Sport", "Weather", "Privacy policy"):
        assert any(gone in finding.original for finding in result.findings if finding.action == "drop")


def test_the_original_of_a_page_is_its_text_and_reverts() -> None:
    result = cleaner.clean(PAGE, "text/html")
    assert result.revert() == result.original
    assert "Home\nSport\nWeather" in result.original
    assert "<p>" not in result.original
    assert "skip me" not in result.original


@pytest.mark.parametrize("media_type", ["text/html", "TEXT/HTML", "text/html; charset=utf-8", "application/xhtml+xml"])
def test_a_page_is_known_by_its_media_type(media_type: str) -> None:
    assert cleaner.clean(PAGE, media_type).text == cleaner.clean(PAGE, "text/html").text


def test_a_page_as_bytes_is_read_in_the_charset_that_it_declares() -> None:
    page = PAGE.replace("<head>", '<head><meta charset="windows-1251">').replace("Council widens the bridge", "Мост открыт")
    result = cleaner.clean(page.encode("windows-1251", "xmlcharrefreplace"), "text/html")
    assert "Мост открыт" in result.original
    assert result.signals["charset"] == "windows-1251"


def test_markup_in_plain_text_is_text() -> None:
    result = cleaner.clean(f"<p>{ARTICLE}</p>")
    assert (result.text, result.findings) == (f"<p>{ARTICLE}</p>", ())


@pytest.mark.parametrize("before", ["", "\ufeff\n ", "<!-- saved --> <!---->", '<?xml version="1.0"?>\n'])
@pytest.mark.parametrize("first", ["<!DOCTYPE html>", "<!doctype  HTML public>", "<html>", '<HTML lang="en">'])
def test_a_text_that_begins_as_a_page_does_is_flagged(before: str, first: str) -> None:
    page = f"{before}{first}<p>The council met on Tuesday.</p>"
    for text in (page, page.encode()):
        [message] = [one.message for one in cleaner.clean(text).findings if one.rule == "boilerplate/page/page-as-text"]
        assert 'media_type="text/html"' in message
        assert "--html-field" in message
    assert not [one for one in cleaner.clean(page, "text/html").findings if one.rule == "boilerplate/page/page-as-text"]


@pytest.mark.parametrize("text", ["<htmlx>", "<!doctype", "A <html> tag", "<!-- <html>", "<body>" + "<!---->" * 10_000])
def test_a_text_that_begins_otherwise_is_not(text: str) -> None:
    assert not markup.looks_like_page(text)


@pytest.mark.parametrize(
    "text",
    [
        '<div class="story"><p>The council met.</p></div>',
        "\n <P>The council met.</P>\n<P>It rose.</P >\n",
        f"<ul><li>One</li><li>{'word ' * 300}</li></ul>",
    ],
)
def test_a_text_that_is_a_piece_of_a_page_is_flagged(text: str) -> None:
    assert [one.rule for one in cleaner.clean(text).findings if one.label != "garbled"] == ["boilerplate/page/page-as-text"]


@pytest.mark.parametrize(
    "text",
    [
        "<p>One.</p>",
        "<p align=center>Ferry</p>\n\nA library for tide tables.",
        "<p><b>Ferry</b></p>\n\nThe end tag is written </p>.",
        f"<p><b>Ferry</b></p>\n\n{'A library. ' * 300}\n<p>MIT</p>",
        "<note><to>Ida</to><from>Olaf</from></note>",
        "He wrote <p>one</p> and <p>two</p>",
    ],
)
def test_a_text_with_some_elements_is_no_piece_of_a_page(text: str) -> None:
    assert not markup.looks_like_fragment(text)


def test_whether_a_text_is_a_page_is_seen_in_linear_time() -> None:
    started = time.perf_counter()
    for start in ("<!---->" * 100_000, "<!-- " * 100_000, " " * 1_000_000, "<?" * 100_000, "<?x>" * 100_000):
        assert not markup.looks_like_page(start)
        assert not markup.looks_like_fragment(start)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "page",
    ["", " ", "<html></html>", "<p>", "no markup at all", "<!-- -->", "<script>x</script>", "\0", "<html><body>" + "<a>" * 50],
)
def test_a_page_with_next_to_nothing_is_no_error(page: str) -> None:
    result = cleaner.clean(page, "text/html")
    assert result.error is None
    assert result.revert() == result.original


@pytest.mark.parametrize("tag", ["div", "b", "table", "a", "blockquote"])
def test_deeply_nested_html_comes_back_in_time(tag: str) -> None:
    started = time.monotonic()
    result = cleaner.clean(f"<{tag}>" * 100_000 + PARAGRAPHS[0] + f"</{tag}>" * 100_000, "text/html")
    assert time.monotonic() - started < 60
    assert result.revert() == result.original
    assert result.error or PARAGRAPHS[0] in result.text


def test_the_whole_package_is_imported_lazily() -> None:
    assert set(cleaner.__all__) <= set(dir(cleaner)) | {name for name in cleaner.__all__ if getattr(cleaner, name)}
    assert isinstance(cleaner.Finding("a", "flag", 0, 0, "quality", "", ""), Finding)
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", cleaner.__version__)
    assert Path(cleaner.__file__).name == "__init__.py"


# --- bytes ---------------------------------------------------------------------------------------------------------

RUSSIAN = "Городской совет решил расширить мост через реку, сообщил в понедельник мэр."


def about_bytes(result: cleaner.Result) -> list[tuple[str, str | None]]:
    return [(one.rule, one.suggestion) for one in result.findings if one.rule.startswith("encoding/bytes/")]


def test_a_guessed_charset_is_told_with_its_certainty() -> None:
    result = default_cleaner().clean(RUSSIAN.encode("koi8-r"))
    assert result.original == RUSSIAN
    assert about_bytes(result) == [("encoding/bytes/guessed-charset", "koi8-r")]
    assert result.signals["charset_certainty"] == result.findings[0].score
    assert "koi8-r" in result.findings[0].message


def test_a_charset_that_the_server_declares_is_believed_and_not_told() -> None:
    result = default_cleaner().clean(RUSSIAN.encode("koi8-r"), media_type="text/plain; charset=KOI8-R")
    assert (result.original, about_bytes(result)) == (RUSSIAN, [])


def test_a_wrong_declaration_is_told_of_a_page_too() -> None:
    page = f'<meta charset="iso-8859-1"><p>{RUSSIAN}</p>'
    result = default_cleaner().clean(page.encode("windows-1251"), media_type="text/html")
    assert result.original == RUSSIAN
    assert ("encoding/bytes/wrong-declaration", "windows-1251") in about_bytes(result)
    assert result.revert() == RUSSIAN


def test_two_charsets_in_one_file_are_told_with_the_place() -> None:
    lines = [f"{RUSSIAN}\n".encode(), "Le café est fermé, a dit l’échevin.\n".encode("windows-1252"), RUSSIAN.encode()]
    result = default_cleaner().clean(b"".join(lines))
    assert result.original == f"{RUSSIAN}\nLe café est fermé, a dit l’échevin.\n{RUSSIAN}"
    assert about_bytes(result) == [("encoding/bytes/mixed-charsets", "windows-1252")]
    assert result.findings[0].message.endswith("utf-8, and windows-1252 by its spelling on line 2")
    assert result.revert() == result.original


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("chrome", "said"),
    [
        ("Chia sẻ:", "Thành phố mở lại cây cầu cũ vào thứ Hai, theo lời thị trưởng."),
        ("본문 바로가기", "시장은 월요일에 다리를 다시 열었다고 말했다."),
        ("Menü überspringen", "Die Brücke über die Mündung öffnet am Montag, sagte die Bürgermeisterin."),
    ],
)
def test_rules_hold_for_letters_in_either_form_and_the_text_keeps_its_own(form: Any, chrome: str, said: str) -> None:
    text = unicodedata.normalize(form, f"{chrome}\n\n{said}\n")
    result = cleaner.clean(text)
    assert [(finding.action, finding.original.strip()) for finding in result.findings] == [
        ("drop", unicodedata.normalize(form, chrome))
    ]
    assert result.text == unicodedata.normalize(form, f"{said}\n")
    assert result.revert() == text


@pytest.mark.parametrize("end", [" &raquo;&nbsp;", "&nbsp;&nbsp;", " &amp;raquo;"])
def test_a_drop_that_ends_inside_a_repair_is_a_drop(end: str) -> None:
    prose = "The council met on Tuesday and voted for the flood wall after a long debate in the hall of the old school."
    text = f"{prose}\nLeave a reply{end}\n{prose}\n"
    result = Cleaner(signals=True).clean(text)
    assert result.text == f"{prose}\n{prose}\n"
    assert float(result.signals["removed_share"]) > 0
    assert result.revert() == text
    assert "Leave a reply" in Cleaner(keep=["Leave a reply"]).clean(text).text


_MENU = (
    "Log in|Subscribe|Sign up for our newsletter|Home|News|Politics|Business|Sport|Culture|Travel|Weather|Opinion|"
    "Podcasts|Obituaries|Puzzles|Contact us|About us|Privacy policy|Terms of use|Cookie settings"
).split("|")


def test_a_place_near_an_edge_is_counted_over_the_lines_that_stay() -> None:
    article = ["Herring boats return to a harbour they had left for good", "By Linnea Brask", "March 3, 2023"] + [
        f"The {ship} came in with the morning tide, and the crew said that the shoals had been closer to the coast than in any "
        f"year since they began to fish here. Nobody on the quay had expected more than {number} crates from her."
        for number, ship in enumerate("Astrid Bertha Carina Dagmar Elin Freja".split(), 20)
    ]
    cleaner = Cleaner("balanced")
    text = "\n\n".join([*_MENU, *article])
    once = cleaner.clean(text)
    assert "Subscribe" not in once.text
    assert "By Linnea Brask" not in once.text  # it is the second line of the article, and the 22nd of the page
    assert "March 3, 2023" not in once.text
    assert once.text.count("crates from her") == 6
    assert cleaner.clean(once.text).text == once.text
    assert once.revert() == text
