import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import cleaner
from cleaner import report

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


def test_totals_add_up(made: cleaner.Cleaner) -> None:
    totals = report.Totals()
    totals.add(made.clean(CHROME))
    totals.add(made.clean("Nothing to do here."))
    totals.add(made.clean(None, id="bad"))  # type: ignore[arg-type]
    assert (totals.documents, totals.changed, totals.failed) == (3, 1, 1)
    assert totals.counts() == {"drop": 2, "replace": 1}
    assert "bad" in "\n".join(totals.lines())


def test_findings_are_plain_data(made: cleaner.Cleaner) -> None:
    finding = made.clean(CHROME).findings[0]
    assert msgspec.convert(msgspec.to_builtins(finding), cleaner.Finding) == finding


def test_an_explanation_spells_out_what_the_eye_cannot_tell() -> None:
    told = "\n".join(report.explain(cleaner.clean("The gоvernment fell, and the coun\u200bcil met.")))
    assert "U+043E → U+006F; UTF-8 6F" in told
    assert "U+200B → nothing" in told
