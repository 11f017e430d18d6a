import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

import cleaner
import cleaner.policy
from cleaner import report
from cleaner.edits import Edit, Finding, apply

CHROME = (
    "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\n"
    "It was a” total mess” from the start.\n\nLeave a reply"
)


@pytest.fixture(scope="module")
def made() -> cleaner.Cleaner:
    return cleaner.Cleaner()


def explained(result: cleaner.Result) -> str:
    console = Console(width=200, record=True, file=None, quiet=True)
    with console.capture() as capture:
        for line in report.explain(result):
            console.print(line, soft_wrap=True)
    return capture.get() or "\n".join(report.explain(result))


@given(text=st.text(st.characters(), max_size=200))
def test_a_result_goes_through_json_and_back_with_its_original(text: str) -> None:
    result = cleaner.clean(f"{CHROME}\n{text}")
    again = report.from_json(report.to_json(result))
    assert again == result
    assert again.revert() == result.original


@pytest.mark.parametrize("damage", ["\ud83d", "\ud83d\ude00", "\ude00\ud83d \\ud83d \\", "😀\ud83d"])
@pytest.mark.parametrize("off", [(), ("encoding/*",)])
def test_lone_surrogates_go_through_json(damage: str, off: tuple[str, ...]) -> None:
    result = cleaner.Cleaner(off=off).clean(f"A broken {damage} half.\n\nLeave a reply")
    again = report.from_json(report.to_json(result))
    assert again == result
    assert again.original == f"A broken {damage} half.\n\nLeave a reply"


def test_the_original_is_not_in_the_json(made: cleaner.Cleaner) -> None:
    assert "original" not in json.loads(report.to_json(made.clean("Nothing to do here.")))


@pytest.mark.parametrize("line", ["{}", "[]", "null", '{"schema": 99}', "no json"])
def test_other_json_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        report.from_json(line)


def test_an_unknown_schema_is_refused(made: cleaner.Cleaner) -> None:
    record = json.loads(report.to_json(made.clean("Text."))) | {"schema": 99}
    with pytest.raises(ValueError, match="schema 99"):
        report.from_json(json.dumps(record))


def test_an_explanation_names_line_action_text_and_rule(made: cleaner.Cleaner) -> None:
    shown = explained(made.clean(CHROME, id="page"))
    assert "Skip to content" in shown
    assert "boilerplate/navigation/skip-link" in shown
    assert "a “total mess”" in shown
    assert "page" in shown
    assert "2 dropped, 1 repaired" in shown


def test_what_eyes_cannot_see_is_shown_by_code_point(made: cleaner.Cleaner) -> None:
    assert "<U+FEFF>" in explained(made.clean("The re\ufeffport was late."))


def test_markup_in_a_document_is_text(made: cleaner.Cleaner) -> None:
    result = made.clean("[bold]Leave a reply[/bold]\n\nLeave a reply\n\nCaf\ufffd [red]x[/red]")
    assert "bold" not in explained(result) or "[bold]" in explained(result)


def test_an_error_is_told() -> None:
    result = cleaner.Result(id="x", original="", text="", error="OSError: gone [1]")
    assert "gone [1]" in explained(result).replace("\\", "")


def test_a_diff_shows_what_went(made: cleaner.Cleaner) -> None:
    result = made.clean(CHROME, id="page")
    assert "-Skip to content\n" in report.diff(result)
    assert "+It was a “total mess” from the start.\n" in report.diff(result)
    assert report.diff(made.clean("Nothing to do here.")) == ""


@given(
    st.text("ab\n\r", max_size=20),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6), st.text("ab\n", max_size=3)), max_size=5),
)
def test_a_diff_turns_the_original_into_the_text(original: str, steps: list[tuple[int, int, str]]) -> None:
    findings, position = [], 0
    for skip, length, put in steps:
        start, end = min(position + skip, len(original)), min(position + skip + length, len(original))
        was = original[start:end]
        findings.append(Finding("x/y", "replace" if put else "drop", start, end, "encoding", "", was, put or None))
        position = end
    edits = [Edit(one.start, one.end, one.replacement, one.rule) for one in findings]
    result = cleaner.Result(id="", original=original, text=apply(original, edits), findings=tuple(findings))
    assert patched(original, report.diff(result)) == result.text
    assert bool(report.diff(result)) == (result.text != original)


def patched(original: str, diff: str) -> str:
    """What `patch` makes of `original`; context and numbers must fit."""
    lines, made, at = re.findall(r"[^\n]*\n|[^\n]+", original), list[str](), 0
    for hunk in re.split(r"^(?=@@ )", diff, flags=re.MULTILINE)[1:]:
        head, *body = re.findall(r"[^\n]*\n(?:\\ No newline at end of file\n)?", hunk)
        first, olds, new_first, news = (
            int(number or 1)
            for number in re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n", head).groups()  # type: ignore[union-attr]
        )
        start = first - 1 if olds else first
        made += lines[at:start]
        assert len(made) == (new_first - 1 if news else new_first)
        told = [(line[0], line[1:].removesuffix("\n\\ No newline at end of file\n")) for line in body]
        old, new = ([text for sign, text in told if sign != other] for other in "+-")
        assert (old, len(old), len(new)) == (lines[start : start + olds], olds, news)
        made += new
        at = start + olds
    return "".join(made + lines[at:])


@pytest.mark.skipif(not shutil.which("patch"), reason="needs patch")
def test_patch_applies_a_diff(made: cleaner.Cleaner, tmp_path: Path) -> None:
    result = made.clean(CHROME, id="page\nof\x1b[31m two lines")
    (tmp_path / "page").write_text(result.original, encoding="utf-8")
    subprocess.run(["patch", "page"], input=report.diff(result).encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "page").read_text(encoding="utf-8") == result.text


def test_a_diff_of_very_many_alike_lines_takes_no_time() -> None:
    original = "the same line\nanother line\n" * 40_000
    third = len("the same line\nanother line\n") * 3
    places = range(0, len(original), third)
    findings = tuple(Finding("x/y", "drop", at, at + 14, "boilerplate", "", original[at : at + 14]) for at in places)
    edits = [Edit(one.start, one.end, "", one.rule) for one in findings]
    result = cleaner.Result(id="", original=original, text=apply(original, edits), findings=findings)
    begun = time.process_time()
    assert report.diff(result).count("\n-") == len(findings)
    assert time.process_time() - begun < 10


def test_totals_add_up(made: cleaner.Cleaner) -> None:
    totals = report.Totals()
    totals.add(made.clean(CHROME))
    totals.add(made.clean("Nothing to do here."))
    totals.add(made.clean(None, id="bad"))  # type: ignore[arg-type]
    assert (totals.documents, totals.changed, totals.failed) == (3, 1, 1)
    assert totals.counts() == {"drop": 2, "replace": 1}
    assert "bad" in "\n".join(totals.lines())


def test_repairs_of_one_kind_in_a_line_are_told_together() -> None:
    text = "\x93One\x94 and \x93two\x94.\n\x93Three\x94."
    findings = [
        Finding("encoding/quotes", "replace", at, at + 1, "encoding", "Misread", character, "”")
        for at, character in enumerate(text)
        if character in "\x93\x94"
    ]
    edits = [Edit(one.start, one.end, one.replacement, one.rule) for one in findings]
    told = explained(cleaner.Result(id="a", original=text, text=apply(text, edits), findings=tuple(findings)))
    assert told.count("Misread") == 2
    assert "and 3 more in the line" in told
    assert "and 1 more in the line" in told


def test_no_share_is_told_where_nothing_was_dropped() -> None:
    repaired = report.Totals(documents=1, changed=1, characters_in=1000, characters_out=999, findings={"replace": {"x/y": 1}})
    assert "0 passages dropped, 1 repair" in "".join(repaired.lines())


def test_a_table_of_very_many_rules_shows_those_with_the_most_findings() -> None:
    def rows(rules: int) -> list[list[str]]:
        totals = report.Totals(findings={"drop": {f"x/{number:02}": number for number in range(rules)}, "flag": {"x/most": 99}})
        return [[str(cell) for cell in column.cells] for column in totals.table().columns]

    assert rows(24)[1] == [*(f"x/{number:02}" for number in reversed(range(24))), "x/most"]
    _, shown, numbers = rows(60)
    assert len(shown) == 21
    assert shown[-2] == "x/most"
    assert shown[-1].startswith("and 41 more; OUT/run.json")
    assert numbers[-1] == str(sum(range(41)))


def test_totals_hold_no_command_for_the_terminal() -> None:
    totals = report.Totals(failures=[("a\x1b[2J\nb", "no \x1b]0;title\x07")], failed=1, rejected=1, rejected_by={"\x9b2J": 1})
    told = "".join(totals.lines())
    assert "a<U+001B>" in told
    assert not {"\x1b", "\x9b", "\x07", "\n"} & {*told}


def test_one_of_a_kind_is_told_as_one() -> None:
    totals = report.Totals()
    totals.add(cleaner.clean("Skip to content\n\nThe caf\u00c3\u00a9 has closed, the owner of the house said on Monday."))
    [told] = totals.lines()
    assert told.startswith("[bold]1 document[/], 1 changed: 1 passage dropped")
    assert told.endswith("1 repair, 0 flags")


def test_findings_are_plain_data(made: cleaner.Cleaner) -> None:
    finding = made.clean(CHROME).findings[0]
    assert msgspec.convert(msgspec.to_builtins(finding), cleaner.Finding) == finding


def test_an_explanation_spells_out_what_the_eye_cannot_tell() -> None:
    told = "\n".join(report.explain(cleaner.clean("The gоvernment fell, and the coun\u200bcil met.")))
    assert "U+043E → U+006F; UTF-8 6F" in told
    assert "U+200B → nothing" in told


def test_a_soft_hyphen_that_went_is_seen_in_its_line() -> None:
    told = "\n".join(report.explain(cleaner.clean("The re\u00adser\u00advoir was empty, the water board said.")))
    assert "<U+00AD>" in told.split("\n")[0]
    assert "\u00ad" not in told


# ---- explanations, line by line


def told(result: cleaner.Result, width: int | None = None, *, plain: bool = True) -> list[str]:
    """An explanation as a reader sees it, without colours."""
    return [Text.from_markup(line).plain for line in report.explain(result, width, plain=plain)]


def test_an_explanation_shows_the_text_with_signs_for_what_happened_to_it(made: cleaner.Cleaner) -> None:
    lines = told(made.clean(f"{CHROME}\n\nThe believe container met."))
    assert lines[0] == "    1 - [-Skip to content-]"
    assert lines[1].startswith("        drop boilerplate/navigation/skip-link: ")
    assert "    3   The mayor resigned on Monday, her office said." in lines
    assert "    5 ~ It was a[-” -]{+ “+}total mess” from the start." in lines
    assert "    9 ? The {?believe container?} met." in lines
    assert any(line.startswith("        flag “believe container” ← likely “think tank” garbled/politics/") for line in lines)


def test_an_explanation_without_signs_marks_by_styles_alone(made: cleaner.Cleaner) -> None:
    [first, *_] = report.explain(made.clean(CHROME), 80, plain=False)
    assert first == "    1 - [red strike]Skip to content[/red strike]"


def test_stretches_in_which_nothing_happened_are_folded() -> None:
    story = "\n\n".join(f"On day {number} the council met." for number in range(30))
    text = f"Menu\n\n{story}"
    drop = cleaner.Finding("a/b", "drop", 0, 6, "boilerplate", "A menu", "Menu\n\n")
    assert told(cleaner.Result(id="x", original=text, text=story, findings=(drop,))) == [
        "    1 - [-Menu-]",
        "        drop a/b: A menu",
        "    3   On day 0 the council met.",
        "        … 29 lines kept",
        "x: language unknown, 0 → 0 words; 1 dropped",
    ]
    assert told(cleaner.Result(id="x", original=story, text=story)) == ["x: language unknown, 0 → 0 words; nothing to do"]


def test_of_a_long_passage_that_is_dropped_the_first_and_last_lines_are_shown() -> None:
    text = "Kept.\n" + "".join(f"Menu {number}\n" for number in range(50))
    drop = cleaner.Finding("a/b", "drop", 6, len(text), "boilerplate", "A menu", text[6:])
    lines = told(cleaner.Result(id="x", original=text, text="Kept.\n", findings=(drop,)))
    assert [line for line in lines if line.startswith("        …")] == ["        … 46 more lines dropped"]
    assert "   51 - [-Menu 49-]" in lines


@pytest.mark.parametrize("width", [30, 80, 200])
@pytest.mark.parametrize(
    "text", ["这是一个很长的段落，" * 40, "الاجتماع كان يوم الاثنين " * 30, "word " * 100, "x" * 500, "👩‍👩‍👧‍👦" * 60]
)
def test_lines_are_as_wide_as_the_terminal_at_most(made: cleaner.Cleaner, text: str, width: int) -> None:
    result = made.clean(f"{text}\n\nLeave a reply\n\n{text}\n\nSkip to content")
    assert all(cell_len(line) <= width for line in told(result, width, plain=False)[:-1])


def test_text_cannot_turn_the_direction_of_an_explanation_nor_steer_the_terminal() -> None:
    text = "evil \u202e\u2067 \x1b[31m \u2028 \ud800 line"
    drop = cleaner.Finding(text, "drop", 0, len(text), "boilerplate", text, text)
    kept = cleaner.policy.Skipped(drop, text)
    lines = told(cleaner.Result(id=text, original=text, text="", findings=(drop,), skipped=(kept,), error=text))
    assert not {*"\u202e\u2067\x1b\u2028\ud800"} & {*"".join(lines)}
    assert "<U+202E>" in lines[0]


def test_a_right_to_left_line_does_not_turn_its_number(made: cleaner.Cleaner) -> None:
    lines = told(made.clean("الاجتماع كان يوم الاثنين.\n\nLeave a reply"))
    assert lines[0].startswith("    1   \u200eالاجتماع")


@given(text=st.text(max_size=300))
def test_whatever_the_text_an_explanation_comes_to_an_end(text: str) -> None:
    half = len(text) // 2
    findings = (
        cleaner.Finding("a/b", "drop", 0, half, "boilerplate", text, text[:half]),
        cleaner.Finding("a/c", "flag", half // 2, len(text), "garbled", text, text[half // 2 :], text),
        cleaner.Finding("a/d", "replace", half, half, "encoding", text, "", "x"),
    )
    result = cleaner.Result(id=text, original=text, text=f"x{text[half:]}", findings=findings)
    for width in (None, 20):
        assert "".join(told(result, width))


def test_line_breaks_of_windows_are_no_characters_to_spell_out() -> None:
    text = "Menu\r\n\r\nThe mayor resigned.\r\n"
    drop = cleaner.Finding("a/b", "drop", 0, 8, "boilerplate", "A menu", text[:8])
    lines = told(cleaner.Result(id="x", original=text, text=text[8:], findings=(drop,)))
    assert lines[:3] == ["    1 - [-Menu-]", "        drop a/b: A menu", "    3   The mayor resigned."]


def test_a_line_break_that_was_repaired_is_shown_once() -> None:
    text = "one two\rthree"
    repair = cleaner.Finding("a/b", "replace", 7, 8, "encoding", "A break", "\r", "\n")
    lines = told(cleaner.Result(id="x", original=text, text="one two\nthree", findings=(repair,)))
    assert lines[0] == "    1 ~ one two[-<U+000D>-]{+⏎+}three"
