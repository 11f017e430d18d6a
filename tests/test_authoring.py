"""Drafts of rules, lists from elsewhere, rules on trial."""

import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import rulecheck
from cleaner.authoring import drafts, lists, queries, trial
from cleaner.authoring.drafts import Draft
from cleaner.authoring.queries import Alternative
from cleaner.pipeline import Cleaner, Result
from cleaner.policy import Skipped
from cleaner.records import InputError
from cleaner.rules import Ruleset, writing
from cleaner.text import Document

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
MINE = lists.Origin("Our own list", "CC0")


# What is written


@given(
    st.dictionaries(
        ANY_TEXT, st.one_of(ANY_TEXT, st.booleans(), st.integers(-9, 9), st.lists(ANY_TEXT, max_size=3)), max_size=4
    )
)
def test_what_is_written_is_read_back(table: dict[str, object]) -> None:
    table = {key: value for key, value in table.items() if key not in ("example", "counterexample")}
    nested = {**table, "position": {"edge": "head", "within": 3}, "example": [{"text": "a"}, {"text": "b"}]}
    heading = "\n".join(value for value in table.values() if isinstance(value, str))
    assert tomllib.loads(writing.rule_file([nested, {"name": "x"}], heading)) == {"rule": [nested, {"name": "x"}]}


@pytest.mark.parametrize("text", [r"\d's", r'\d"', "a\nb'''c", "a\n'", "\x7f\x00\t", "'''", '"""', "a\r\nb", "\u2028", "\\"])
def test_texts_with_marks_of_the_format_are_read_back(text: str) -> None:
    assert tomllib.loads(writing.rule_file([{"pattern": text}], text)) == {"rule": [{"pattern": text}]}


def test_patterns_are_written_as_people_write_them() -> None:
    assert writing.rule_file([{"pattern": r"\d+"}]) == "[[rule]]\npattern = '\\d+'\n"


def test_a_rule_is_shown_as_it_stands_in_its_file(tmp_path: Path) -> None:
    first = "# Seen in May.\n[[rule]]\nname = 'one'  # a comment\npattern = 'x'\n"
    second = "[[rule]]\nname = 'two'\npattern = '''\n[[rule]]\n'''\n"
    file = tmp_path / "mine.toml"
    file.write_text(f"# Ours\n\n{first}\n# Another.\n{second}")
    assert writing.as_written("one", file) == first
    assert tomllib.loads(writing.as_written("two", file)) == tomllib.loads(second)


def test_a_lone_surrogate_which_no_file_can_hold_is_replaced() -> None:
    assert tomllib.loads(writing.rule_file([{"name": "a\ud800b"}])) == {"rule": [{"name": "a\ufffdb"}]}


# Drafts


def drafted(tmp_path: Path, draft: Draft) -> Cleaner:
    file = tmp_path / "mine.toml"
    _, problems = drafts.added(draft, file)
    assert problems == []
    return Cleaner(trial.TRYING, [file])


def test_a_draft_holds_for_other_numbers_quotes_and_spaces(tmp_path: Path) -> None:
    made = drafted(tmp_path, Draft(line="Don't miss out: join 12,000 readers at https://example.org/join →"))
    for line in (
        "Don’t miss out: join 9 readers at https://example.org/x?y=1",
        "DON'T MISS OUT:  join 1.300.000 readers at http://a.b »",
    ):
        assert made.clean(f"The council met.\n{line}\nIt rained.").text == "The council met.\nIt rained."
    kept = "Don’t miss out: join readers who know why."
    assert made.clean(kept).text == kept


def test_a_draft_for_a_site_and_an_edge_is_silent_elsewhere(tmp_path: Path) -> None:
    made = drafted(
        tmp_path, Draft(line="Support the Gazette", seen="https://www.example.org/a/b", on_site_only=True, edge="tail")
    )
    text = "\n".join(["Support the Gazette", *(f"Line {number} of the story." for number in range(9)), "Support the Gazette"])
    assert made.clean(text, url="https://www.example.org/c").text == text.rsplit("\n", 1)[0]
    assert made.clean(text, url="https://example.com/c").text == text


def test_drafts_are_added_to_a_file_which_keeps_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    for _ in range(2):
        drafts.added(Draft(line="Support the Gazette", unlike=("Support the Gazette or lose it.",)), file)
    file.write_text("# ours\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    drafts.added(Draft(line="Поддержите газету 44", action="flag"), file)
    ruleset = Ruleset.load([file])
    assert [rule.name for rule in ruleset] == ["support-the-gazette", "support-the-gazette-2", "line"]
    assert list(rulecheck.run_tests(ruleset)) == []
    assert file.read_text(encoding="utf-8").startswith("# ours\n")


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("**Get the best of the Gazette**", "Get the best of the Gazette"),
        ("## Get the best of the Gazette", "Get the best of the Gazette"),
        (" ### _[Get the best](https://example.org/a) of the Gazette_ ", "Get the best of the Gazette"),
        ("*Get* the *Gazette*", "*Get* the *Gazette*"),
        ("*** Gazette ***", "*** Gazette ***"),
        ("#gazette", "#gazette"),
        ("# ", "#"),
        ("***", "***"),
    ],
)
def test_a_line_of_markdown_is_drafted_as_a_reader_sees_it(line: str, seen: str) -> None:
    assert drafts.rule_of(Draft(line=line))["example"][0]["text"] == seen


def test_a_draft_of_a_line_with_a_link_finds_the_line(tmp_path: Path) -> None:
    line = "[Get the best of the Gazette](https://example.org/best)"
    made = drafted(tmp_path, Draft(line=line))
    assert made.clean(f"The council met.\n{line}\nIt rained.").text == "The council met.\nIt rained."


@pytest.mark.parametrize("before", ["# ours\n", "# ours", "\n"])
def test_a_file_that_holds_no_rule_yet_is_added_to(tmp_path: Path, before: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(before)
    assert drafts.added(Draft(line="Support the Gazette"), file)[1] == []
    assert file.read_text(encoding="utf-8").startswith(before)
    assert len(Ruleset.load([file])) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such links and modes")
def test_a_link_to_a_rule_file_stays_one_and_the_file_keeps_its_mode(tmp_path: Path) -> None:
    file, link = tmp_path / "mine.toml", tmp_path / "link.toml"
    file.write_text("# ours\n")
    file.chmod(0o600)
    link.symlink_to(file)
    drafts.added(Draft(line="Support the Gazette"), link)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(Ruleset.load([file])) == 1


def test_a_rule_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"# ours\r\n")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("os.fsync", interrupted)
        drafts.added(Draft(line="Support the Gazette"), file)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("mine.toml", b"# ours\r\n")]
    drafts.added(Draft(line="Support the Gazette"), file)
    assert file.read_bytes().startswith(b"# ours\r\n\n[[rule]]\n")
    assert len(Ruleset.load([file])) == 1


def test_what_is_no_file_is_no_rule_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no file"):
        drafts.added(Draft(line="Support the Gazette"), tmp_path)


def test_a_rule_file_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"# caf\xe9\n")
    with pytest.raises(InputError, match=r"mine\.toml is not UTF-8: byte 5"):
        drafts.added(Draft(line="Support the Gazette"), file)


def test_a_draft_that_breaks_its_tests_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    _, problems = drafts.added(Draft(line="Support us", unlike=("Support us",)), file)
    assert {problem.field for problem in problems} == {"counterexample[0]"}
    _, problems = drafts.added(Draft(line="12 34"), file)
    assert ["gives nothing to look for" in problem.message for problem in problems] == [True]
    assert not file.exists()


@pytest.mark.parametrize("line", ["", " \t", "one\ntwo", "one\u2028two"])
def test_no_draft_of_what_is_no_line(line: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        drafts.rule_of(Draft(line=line))


def test_a_rule_of_one_site_needs_the_site() -> None:
    with pytest.raises(ValueError, match="URL"):
        drafts.rule_of(Draft(line="Support us", seen="a note", on_site_only=True))


@settings(max_examples=5, deadline=None)
@given(line=st.text(max_size=60), unlike=st.text(min_size=1, max_size=60))
def test_whatever_line_is_drafted_the_file_can_be_used_or_is_not_written(
    tmp_path_factory: pytest.TempPathFactory, line: str, unlike: str
) -> None:
    file = tmp_path_factory.mktemp("drafts") / "mine.toml"
    try:
        _, problems = drafts.added(Draft(line=line, unlike=(unlike,)), file)
    except ValueError:
        problems = []
    if not problems and file.exists():
        assert list(rulecheck.run_tests(Ruleset.load([file]))) == []


# Queries


@pytest.mark.parametrize(
    ("query", "ways"),
    [
        ("profound learning", [(("profound learning",), ())]),
        ('"profound  learning"', [(("profound learning",), ())]),
        ("“profound learning”", [(("profound learning",), ())]),
        ('"a b" OR "c d"', [(("a b",), ()), (("c d",), ())]),
        ('"a b" AND ("c d" OR "e f")', [(("a b", "c d"), ()), (("a b", "e f"), ())]),
        ('"a b" "c d"', [(("a b", "c d"), ())]),
        ('"a b" NOT "a b c"', [(("a b",), ("a b c",))]),
        ('"a b" AND NOT ("a b c" OR "z a b")', [(("a b",), ("a b c", "z a b"))]),
        ("a AND b", [(("a", "b"), ())]),
        ("ANDES OR ORE", [(("ANDES",), ()), (("ORE",), ())]),
        ('NOT "a b"', []),
    ],
)
def test_a_query_is_read_into_its_alternatives(query: str, ways: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    assert queries.alternatives(query) == tuple(Alternative(*way) for way in ways)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ('"a', "quotation mark"),
        ('"a" OR', "missing at the end"),
        ('OR "a"', "missing before"),
        ('("a"', "closing bracket"),
        ('"a")', "one too many"),
        ('""', "empty"),
        ("col*sal", "wildcards"),
        ('"a b"~3', "distance"),
        ('"a" NOT ("b" AND "c")', "several phrases"),
        ("(" * 1_000 + '"a"' + ")" * 1_000, "nest deeper"),
        (" AND ".join(['("a" OR "b" OR "c")'] * 5), "one too many|alternatives"),
        (" AND ".join(f'("a{n}" OR "b{n}" OR "c{n}")' for n in range(9)), "alternatives"),
        ('"a" ' * 5_000, "longer than"),
    ],
)
def test_what_phrases_cannot_say_is_refused_with_the_reason(query: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        queries.alternatives(query)


@given(st.text(st.sampled_from('ab "()ANDORT*'), max_size=40))
def test_no_query_is_a_crash(query: str) -> None:
    try:
        ways = queries.alternatives(query)
    except ValueError:
        return
    assert all(way.wanted for way in ways)


# Lists

SCREENER = '''\ufeffTortured phrase;Expected phrase
"""bosom peril""";breast cancer
profound learning NOT "profound learning disabilities";deep learning
"""irregular woodland"" AND ""arbitrary backwoods""";random forest
"(""flag to clamor"" OR ""flag to commotion"") NOT ""red flag to clamor""";signal to noise
"""col*sal data""";big data
;nothing
'''


def imported(tmp_path: Path, name: str, content: str, **options: object) -> tuple[lists.Imported, Path]:
    (tmp_path / name).write_text(content, encoding="utf-8")
    read = lists.read(tmp_path / name, MINE, **options)  # type: ignore[arg-type]
    lists.write(read, tmp_path / "rules")
    return read, tmp_path / "rules"


def test_a_screeners_list_becomes_rules_that_hold(tmp_path: Path) -> None:
    read, folder = imported(tmp_path, "screener.csv", SCREENER)
    assert (read.rows, read.doubtful, [number for number, _ in read.left]) == (4, 1, [6])
    ruleset = Ruleset.load([folder])
    assert list(rulecheck.run_tests(ruleset)) == []
    assert all(rule.source == "Our own list; licence: CC0" and rule.label == "garbled" for rule in ruleset)
    text = (
        "They spoke of bosom peril and profound learning.\n"
        "Not of profound learning disabilities, nor of a red flag to clamor.\nA Flag To Clamor is one."
    )
    found = Cleaner("careful", [folder]).clean(text).findings
    assert [(one.original, one.suggestion) for one in found] == [
        ("bosom peril", "breast cancer"),
        ("profound learning", "deep learning"),
        ("Flag To Clamor", "signal to noise"),
    ]


def test_a_condition_is_about_whole_words_and_what_is_too_short_is_left_out(tmp_path: Path) -> None:
    rows = (
        *('"a b" AND NOT "a b c"', '"bosom peril" AND NOT "bosom peril in"'),
        '"counterfeit mind" AND NOT "real counterfeit mind"',
    )
    read, folder = imported(tmp_path, "queries.txt", "\n".join(rows), kind="phrases")
    assert read.left == ((1, "too short to be looked for"),)
    text = "The bosom peril instead of the bosom peril in it: an unreal counterfeit mind, and a real counterfeit mind."
    found = Cleaner("careful", [folder]).clean(text).findings
    assert [(one.original, one.start) for one in found] == [("bosom peril", 4), ("counterfeit mind", 60)]


def test_a_phrase_with_a_condition_weighs_half(tmp_path: Path) -> None:
    _, folder = imported(tmp_path, "screener.csv", SCREENER)
    rows = dict(line.split("\t")[::2] for line in (folder / "screener.tsv").read_text(encoding="utf-8").splitlines())
    assert rows == {
        "found": "weight",
        "bosom peril": "1.0",
        "irregular woodland": "0.5",
        "arbitrary backwoods": "0.5",
        "flag to commotion": "0.5",
    }


def test_a_list_of_lines_is_dropped_where_they_stand_alone(tmp_path: Path) -> None:
    read, folder = imported(
        tmp_path, "our lines.txt", "# seen in May\nSign up for the Brief!\n12\nRead 5 more stories…\n", safe=True
    )
    assert (read.rows, read.left) == (2, ((3, "no letters to look for"),))
    assert list(rulecheck.run_tests(Ruleset.load([folder]))) == []
    text = "Rain fell.\nSIGN UP for the Brief\nHe would not sign up for the Brief!\nRead 17 more stories ..."
    assert Cleaner("careful", [folder]).clean(text).text == "Rain fell.\nHe would not sign up for the Brief!"


def test_a_long_list_of_lines_is_parted_into_rules(tmp_path: Path) -> None:
    lines = [f"Support our paper, reader {chr(97 + n // 26)}{chr(97 + n % 26)}, with a gift" for n in range(600)]
    read, folder = imported(tmp_path, "lines.txt", "\n".join(lines))
    assert read.rows == 600
    ruleset = Ruleset.load([folder])
    assert len(ruleset) >= 6
    assert Cleaner(trial.TRYING, ruleset).clean(f"Rain fell.\n{lines[-1]}\n{lines[0]}").text == "Rain fell."


@pytest.mark.parametrize(
    "first", ["Skip to content", "Read more from our archive", "Found a typo?", "Read more, from our archive"]
)
def test_a_line_is_not_taken_for_names_of_columns(tmp_path: Path, first: str) -> None:
    read, folder = imported(tmp_path, "lines.txt", f"{first}\nLeave a reply\n", kind="lines")
    assert read.rows == 2
    assert Cleaner(trial.TRYING, Ruleset.load([folder])).clean(f"Rain fell.\n{first}").text == "Rain fell."


def test_hashtags_are_lines_and_comments_are_counted(tmp_path: Path) -> None:
    read, _ = imported(tmp_path, "lines.txt", "# ours\n#MeToo: share your story\n#\nSign up for the Brief\n#Brexit: live\n")
    assert (read.rows, read.left, read.comments) == (3, (), 2)


@pytest.mark.parametrize(
    "names",
    [
        *("Tortured phrase,Established phrase", "tortured_phrase,expected", "tortured,normal", "found,expected"),
        *("phrase,original", "wrong,right", "spun,original", "from,to", "before,after"),
    ],
)
def test_names_of_columns_are_known_and_told(tmp_path: Path, names: str) -> None:
    read, _ = imported(tmp_path, "pairs.csv", f"{names}\nbosom peril,breast cancer\n")
    assert read.rows == 1
    assert read.columns == tuple(names.split(","))
    assert "bosom peril\tbreast cancer" in read.files["pairs.tsv"]


def test_comments_may_stand_above_a_table(tmp_path: Path) -> None:
    read, _ = imported(tmp_path, "pairs.csv", "# ours, of May\n\nfound,original\nbosom peril,breast cancer\n*,b\n")
    assert (read.rows, read.comments, read.left[0][0]) == (1, 1, 5)


def test_a_column_of_originals_is_not_needed(tmp_path: Path) -> None:
    read, _ = imported(tmp_path, "pairs.csv", "phrase,\nbosom peril,breast cancer\n")
    assert (read.rows, read.columns) == (1, ("phrase", ""))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pairs.csv", "bosom peril,breast cancer\nbig information,big data\n"),
        ("pairs.csv", "bosom peril, breast cancer\n"),
        ("pairs.txt", "bosom peril\tbreast cancer\nbig information\tbig data\n"),
        ("pairs.txt", "a strange name,breast cancer\nbig information,big data\n"),
    ],
)
def test_columns_that_nothing_names_are_no_lines_unless_said_so(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(InputError, match="first row names none that is known"):
        imported(tmp_path, name, content)
    read, _ = imported(tmp_path, name, content, kind="lines")
    assert read.rows == len(content.splitlines())


def test_sentences_with_commas_are_no_columns(tmp_path: Path) -> None:
    read, _ = imported(tmp_path, "lines.txt", "Sign up, it is free\nRead more, for less\n")
    assert read.rows == 2


def test_columns_may_be_named(tmp_path: Path) -> None:
    read, folder = imported(tmp_path, "pairs.csv", "one,a,b\nx,bosom peril,breast cancer\n", found="A", original="b")
    assert read.columns == ("a", "b")
    assert read.files["pairs.tsv"] == "found\toriginal\tweight\nbosom peril\tbreast cancer\t1.0\n"
    assert (folder / "pairs.toml").exists()


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        ("", {}, "no rows"),
        ("found,original\n", {}, "no rows"),
        ("found,original\na b,c\n", {"found": "nowhere"}, "no column 'nowhere'; it has: found, original"),
        ("found,original\na b,c\n", {"original": "nowhere"}, "no column 'nowhere'"),
        ("expected,other\na b,c\n", {}, "no column 'with what is to be found'"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, content: str, options: dict[str, str], why: str) -> None:
    with pytest.raises(InputError, match=why):
        imported(tmp_path, "list.csv", content, **options)


def test_what_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"found\n\xff\n")
    with pytest.raises(InputError, match="not UTF-8: byte 6"):
        lists.read(tmp_path / "list.csv", MINE)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    imported(tmp_path, "screener.csv", SCREENER)
    with pytest.raises(InputError, match="there already"):
        imported(tmp_path, "screener.csv", SCREENER)


# Trials


def test_only_the_rules_on_trial_act_and_all_of_them(tmp_path: Path) -> None:
    drafts.added(Draft(line="Support the Gazette"), tmp_path / "mine.toml")
    on_trial = trial.Trial(tmp_path)
    result = on_trial.cleaner.clean_document(
        Document(id="a", text="Skip to content\nRain fell.\n“Support the Gazette”\nSupport the Gazette")
    )
    on_trial.add(result)
    assert result.text == "Skip to content\nRain fell.\n“Support the Gazette”"
    effect = on_trial.effects["mine/support-the-gazette"]
    assert (effect.hits, effect.documents, effect.characters) == (1, 1, len("\nSupport the Gazette"))
    shown = "\n".join(trial.hits(result, Counter(), 5))
    assert "[red]- Support the Gazette" in shown
    assert "“Support the Gazette”" in shown


def test_what_a_run_would_only_flag_is_told(tmp_path: Path) -> None:
    text = "Rain fell.\nSupport the Gazette\nIt rained.\nAd"

    def told(*, safe: bool, status: str) -> list[str]:
        file = tmp_path / f"{safe}-{status}.toml"
        drafts.added(Draft(line="Support the Gazette", safe=safe), file)
        file.write_text(file.read_text(encoding="utf-8").replace('"stable"', f'"{status}"'), encoding="utf-8")
        on_trial = trial.Trial(file)
        on_trial.add(on_trial.cleaner.clean(text))
        return [line.partition(" that")[0] for line in on_trial.only_flagged()]

    assert told(safe=True, status="stable") == []
    assert told(safe=False, status="stable") == ["unsafe: 1 hit"]
    assert told(safe=False, status="preview") == ["unsafe: 1 hit", "preview: 1 hit"]


def test_no_more_hits_are_shown_than_wanted(tmp_path: Path) -> None:
    drafts.added(Draft(line="Support the Gazette"), tmp_path / "mine.toml")
    result = trial.Trial(tmp_path).cleaner.clean("Rain fell.\n" + "Support the Gazette\n" * 9)
    shown: Counter[str] = Counter()
    assert sum("[red]-" in line for line in trial.hits(result, shown, 2)) == 2
    assert shown["mine/support-the-gazette"] == 9


def test_no_more_hits_that_were_held_back_are_shown_than_wanted(tmp_path: Path) -> None:
    drafts.added(Draft(line="Support the Gazette"), tmp_path / "mine.toml")
    done = trial.Trial(tmp_path).cleaner.clean("Rain fell.\n" + "Support the Gazette\n" * 9)
    held_back = tuple(Skipped(finding, "protected") for finding in done.findings)
    result = Result(id="", original=done.original, text=done.original, skipped=held_back)
    told = list(trial.hits(result, Counter(), 2))
    assert len(held_back) == 9
    assert sum("held back" in line for line in told) == 2


def test_what_a_document_says_of_itself_is_no_command_for_the_terminal(tmp_path: Path) -> None:
    drafts.added(Draft(line="Support the Gazette"), tmp_path / "mine.toml")
    cleaner = trial.Trial(tmp_path).cleaner
    document = Document(id="a\x1b[2J\nb", text="Rain fell.\nSupport the Gazette")
    failed = Result(id="\x9b2J", original="", text="", error="no \x1b]0;title\x07")
    for result in (cleaner.clean_document(document), failed):
        told = "".join(trial.hits(result, Counter(), 2))
        assert told
        assert not {"\x1b", "\x9b", "\x07", "\n"} & {*told}
