"""The shipped rules, held to their own tests and to what the project asks of them."""

import re
import tomllib
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from cleaner import Cleaner, rulebook, rulecheck
from cleaner.rules import RuleError, Ruleset, shipped_rules

ROOT = Path(__file__).parent.parent

FAMILIES = {
    "navigation",
    "sharing",
    "comments",
    "bylines",
    "bios",
    "captions",
    "rights",
    "newsletter",
    "related",
    "cookies",
    "advertising",
    "paywall",
    "timestamps",
    "headlines",
}


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return Ruleset.load()


def test_every_rule_keeps_its_own_tests(shipped: Ruleset) -> None:
    assert [str(problem) for problem in rulecheck.run_tests(shipped)] == []


def test_no_rule_is_risky(shipped: Ruleset) -> None:
    assert [str(problem) for problem in rulecheck.lint(shipped)] == []


def test_there_are_at_least_80_rules_in_every_family_of_chrome(shipped: Ruleset) -> None:
    boilerplate = [rule.id for rule in shipped if rule.id.startswith("boilerplate/")]
    assert len(boilerplate) >= 80
    assert {rule_id.split("/")[1] for rule_id in boilerplate} >= FAMILIES


def test_the_generated_page_is_up_to_date(shipped: Ruleset) -> None:
    assert (ROOT / "rules" / "README.md").read_text(encoding="utf-8") == rulebook.page(shipped)


def test_no_rule_holds_a_name_or_a_sentence_of_the_seeds() -> None:
    gold = tomllib.loads((ROOT / "seeds" / "gold.toml").read_text(encoding="utf-8"))
    own_words = ("Karishma", "Kalita", "Pooja Sood", "Teilor", "thelocalreport", "Thesaxon", "nizhtimes", "Brendan Smialowski")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").rglob("*.t[os][mv]*"))).casefold()
    assert [word for word in own_words if word.casefold() in text] == []
    for name, wanted in gold.items():
        lines = (ROOT / "seeds" / name).read_text(encoding="utf-8").splitlines()
        for number in wanted["drop"]:
            line = lines[number - 1].strip().casefold()
            assert len(line) < 40 or line not in text


WEATHER = """
[[rule]]
name = "weather-widget"
summary = "Line of a weather box"
pattern = 'Weather: .{1,20}'
action = "drop"
"""


def loaded(folder: Path, content: str) -> Ruleset:
    """The rules of a file with such a content, in a folder."""
    file = folder / "rules.toml"
    file.write_text(content, encoding="utf-8")
    return Ruleset.load([file])


def test_an_example_that_does_not_hold_is_told(tmp_path: Path) -> None:
    tests = """
[[rule.example]]
text = "Weather: 12 °C"
result = "12 °C"
[[rule.counterexample]]
text = "Weather: it rained."
"""
    problems = [str(problem) for problem in rulecheck.run_tests(loaded(tmp_path, WEATHER + tests))]
    assert len(problems) == 2
    assert "example[0]" in problems[0]
    assert "counterexample[0]" in problems[1]


def test_an_example_of_a_media_type_that_there_is_not_is_told(tmp_path: Path) -> None:
    tests = """
[[rule.example]]
text = "Weather: 12 °C"
media_type = "text/hmtl"
result = ""
[[rule.counterexample]]
text = "It rained."
"""
    (problem,) = rulecheck.run_tests(loaded(tmp_path, WEATHER + tests))
    assert (problem.rule, problem.field) == ("rules/weather-widget", "example[0]")
    assert problem.message.startswith("no media type 'text/hmtl'; there are text/plain")
    assert problem.place is not None


def test_lint_refuses_a_pattern_that_backtracks_without_end(tmp_path: Path) -> None:
    endless = """
[[rule]]
name = "endless"
summary = "Backtracks without end"
pattern = 'wall(a+)+$'
action = "drop"
[[rule.example]]
text = "walla"
result = ""
[[rule.counterexample]]
text = "The wall stands."
"""
    problems = [str(problem) for problem in rulecheck.lint(loaded(tmp_path, endless))]
    assert len(problems) == 1
    assert "backtracks without end" in problems[0]


def test_a_missing_path_is_an_error() -> None:
    with pytest.raises(RuleError, match="no such|no rule|cannot be read"):
        Ruleset.load(["does-not-exist"])


def test_every_summary_is_one_line_and_names_no_cure(shipped: Ruleset) -> None:
    for rule in shipped:
        assert "\n" not in rule.summary, rule.id
        assert not re.match(r"(?:remove|drop|strip|delete)s?\b", rule.name), rule.id


def test_the_folder_of_shipped_rules_is_the_repository_s() -> None:
    assert shipped_rules() == ROOT / "rules"


# An honest sentence in each language that has rules of its own; so short that no bound on words keeps a rule from it.
HONEST = {
    "en": "Two people died there.",
    "de": "Dort starben zwei Menschen.",
    "fr": "Deux personnes y sont mortes.",
    "es": "Allí murieron dos personas.",
    "ca": "Allà hi van morir dues persones.",
    "it": "Lì sono morte due persone.",
    "pt": "Ali morreram duas pessoas.",
    "ru": "Там погибли два человека.",
    "uk": "Там загинули двоє людей.",
    "bg": "Там загинаха двама души.",
    "pl": "Zginęły tam dwie osoby.",
    "cs": "Zahynuli tam dva lidé.",
    "sk": "Zahynuli tam dvaja ľudia.",
    "sl": "Tam sta umrla dva človeka.",
    "hr": "Ondje su poginule dvije osobe.",
    "bs": "Tamo su poginule dvije osobe.",
    "sr": "Tamo su poginula dva čoveka.",
    "ro": "Acolo au murit doi oameni.",
    "hu": "Ott ketten haltak meg.",
    "fi": "Siellä kuoli kaksi ihmistä.",
    "nl": "Daar kwamen twee mensen om.",
    "sv": "Där dog två människor.",
    "no": "Der døde to mennesker.",
    "da": "Der døde to mennesker.",
    "el": "Εκεί πέθαναν δύο άνθρωποι.",
    "tr": "Orada iki kişi öldü.",
    "id": "Dua orang tewas di sana.",
    "vi": "Hai người đã chết ở đó.",
    "he": "שני בני אדם נהרגו שם.",
    "ar": "مات هناك شخصان.",
    "fa": "دو نفر آنجا جان باختند.",
    "hi": "वहाँ दो लोगों की मौत हुई।",
    "bn": "সেখানে দুজন মারা গেছেন।",
    "th": "มีผู้เสียชีวิตสองคน",
    "ko": "그곳에서 두 명이 숨졌다.",
    "ja": "そこで二人が亡くなった。",
    "zh": "那里死了两个人。",
}
# What ends a sentence where the wording does not; Thai has nothing but the space.
STOPS = {"hi": "।", "bn": "।", "ja": "。", "zh": "。", "th": ""}
ENDS = ".!?…)।؟。！？）"
UNSPACED = ("ja", "zh")
# Rules whose lines are a text of several sentences, all of which belong to it: biographies, known by several weak signs, and
# copyright notices, where owners, addresses and terms follow. After the label of a caption that is read out comes the caption.
WHOLE = {"boilerplate/bios/author-biography", "boilerplate/captions/bare-label-read-out", "boilerplate/rights/copyright-line"}
# A trail of sections may end in the headline, and Thai headlines have spaces as there are between sentences.
FOLLOWED = {"หน้าแรก > ข่าว > สังคม"}
# A caption is a sentence, or several, and is known by the credit at its end. In a list of other threads each begins with its
# title, which in Thai may be a sentence, too.
PRECEDED = {
    "boilerplate/captions/caption-with-agency-credit",
    "boilerplate/captions/caption-with-credit-in-brackets",
    "boilerplate/th/forum-wording",
}


@pytest.fixture(scope="module")
def careful(shipped: Ruleset) -> Cleaner:
    return Cleaner("careful", shipped, off=["garbled*", "encoding*"])


def lost_beside(careful: Cleaner, language: str, beside: Callable[[str], str], known: Collection[str]) -> list[tuple[str, str]]:
    """The rules, with the lines of their examples, that take an honest sentence which stands in the same line."""
    lost = []
    for rule in careful.ruleset:
        if not (rule.safety == "safe" and rule.unit == "line" and rule.action == "drop") or rule.id in known:
            continue
        if language not in (rule.languages or ("en",)):
            continue
        for example in rule.examples:
            if example.media_type != "text/plain":
                continue
            kept = (example.result or "").split("\n")
            lines = example.text.split("\n")
            for number, line in enumerate(lines):
                if not line.strip() or line in kept or line in known:
                    continue
                result = careful.clean(
                    "\n".join([*lines[:number], beside(line), *lines[number + 1 :]]),
                    language=language,
                )
                taken = {finding.rule for finding in result.findings if finding.action == "drop"}
                if HONEST[language] not in result.text and not taken & WHOLE:
                    lost.append((rule.id, line))
    return lost


def test_every_language_with_safe_rules_has_honest_sentences(shipped: Ruleset) -> None:
    for rule in shipped:
        assert not rule.languages or rule.safety != "safe" or set(rule.languages) & set(HONEST), rule.id


@pytest.mark.parametrize("language", HONEST)
def test_a_safe_rule_leaves_the_sentence_that_follows_its_wording(careful: Cleaner, language: str) -> None:
    def followed(line: str) -> str:
        stop = "" if line.rstrip()[-1] in ENDS else STOPS.get(language, ".")
        return line.rstrip(" :：") + stop + ("" if language in UNSPACED else " ") + HONEST[language]

    assert lost_beside(careful, language, followed, WHOLE | FOLLOWED) == []


@pytest.mark.parametrize("language", HONEST)
def test_a_safe_rule_leaves_the_sentence_in_front_of_its_wording(careful: Cleaner, language: str) -> None:
    def preceded(line: str) -> str:
        return HONEST[language] + ("" if language in UNSPACED else " ") + line.lstrip()

    assert lost_beside(careful, language, preceded, WHOLE | PRECEDED) == []
