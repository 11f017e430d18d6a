"""Each file in rule_errors/ is wrong in one way, and the .txt beside it is what its author is told.

`UPDATE_GOLDEN=1 python -m pytest tests/test_rule_errors.py` writes the messages anew.
"""

import os
import pickle
import time
from pathlib import Path

import pytest
from making import REPO

from cleaner.pipeline import Cleaner
from cleaner.rules import MAX_FILE_BYTES, Problem, RuleError, Ruleset

FOLDER = Path(__file__).parent / "rule_errors"
CASES = sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("slug", CASES)
def test_a_bad_rule_file_is_answered_with_file_rule_field_and_hint(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(RuleError) as caught:
        Cleaner(rules=[f"{slug}.toml"])
    message = f"{caught.value}\n"
    golden = FOLDER / f"{slug}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(message, encoding="utf-8")
    assert message == golden.read_text(encoding="utf-8")
    assert caught.value.problems


def test_every_golden_message_has_its_case() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == CASES


@pytest.mark.parametrize("slug", sorted(set(CASES) - {"empty-file"}))
def test_every_message_about_a_file_names_it(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(RuleError) as caught:
        Cleaner(rules=[f"{slug}.toml"])
    assert all(problem.file == f"{slug}.toml" for problem in caught.value.problems)
    assert all(problem.rule or problem.field or "is not" in problem.message for problem in caught.value.problems)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"no rule here\n  hint: give a folder"):
        Ruleset.load([tmp_path])


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="nowhere: cannot be read: No such file"):
        Ruleset.load([tmp_path / "nowhere"])


def test_a_folder_of_other_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text("{}")
    with pytest.raises(RuleError, match="no rule here"):
        Ruleset.load([tmp_path])


def test_no_paths_at_all_are_an_error() -> None:
    with pytest.raises(RuleError, match="no rule"):
        Ruleset.load([])


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(RuleError, match="larger than 32,000,000 bytes"):
        Ruleset.load([tmp_path])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("languages = 'en'", f"max_words = {'9' * 5_000}", "is not TOML"),
        ("read more'", f"read{{{'9' * 5_000}}}'", "a count above 10000"),
        ("pattern = '(?i)read more'", 'phrases = "a\\u0000.tsv"', "neither a table nor the name"),
    ],
)
def test_what_python_itself_refuses_is_told_with_its_file(tmp_path: Path, old: str, new: str, why: str) -> None:
    whole = (FOLDER / "languages-not-a-list.toml").read_text().replace("'en'", "['en']")
    (tmp_path / "bad.toml").write_text(whole.replace("languages = ['en']" if "'en'" in old else old, new))
    with pytest.raises(RuleError, match=rf"(?s)bad\.toml.*{why}"):
        Ruleset.load([tmp_path])


def test_many_problems_of_one_file_are_found_in_linear_time(tmp_path: Path) -> None:
    bad = '[[rule]]\nname = "a{}"\nsummary = "A rule"\npattern = "Read more"\naction = "flag"\n'
    (tmp_path / "bad.toml").write_text("".join(bad.format(number) for number in range(1_000)))
    started = time.process_time()
    with pytest.raises(RuleError) as caught:
        Ruleset.load([tmp_path])
    assert len(caught.value.problems) == 1_000
    assert time.process_time() - started < 10


def test_a_deeply_nested_file_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text("rule = " + "[" * 100_000)
    with pytest.raises(RuleError, match="is not TOML"):
        Ruleset.load([tmp_path])


def test_the_same_id_from_two_folders_is_an_error_that_names_it(tmp_path: Path) -> None:
    rule = (FOLDER / "bad-unit.toml").read_text().replace("unit = 'paragraph'\n", "")
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "web.toml").write_text(rule)
    with pytest.raises(RuleError, match=r"two.web\.toml:2:8: rule .web/read-more.*already taken, in .*one.web\.toml"):
        Ruleset.load([tmp_path / "one", tmp_path / "two"])


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    for name in ("bad-unit", "bad-edge", "not-toml"):
        (tmp_path / f"{name}.toml").write_bytes((FOLDER / f"{name}.toml").read_bytes())
    with pytest.raises(RuleError) as caught:
        Ruleset.load([tmp_path])
    assert len(caught.value.problems) == 3


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_phrase_file_is_not_read_through_a_link_that_leads_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.tsv").write_text("believe container\tthink tank\n")
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "inside.tsv").symlink_to(tmp_path / "secret.tsv")
    rule = (FOLDER / "phrases-file-missing.toml").read_text().replace("nowhere.tsv", "inside.tsv")
    (folder / "web.toml").write_text(rule)
    with pytest.raises(RuleError, match="lies outside the rules folder"):
        Ruleset.load([folder])


def test_files_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    rule = (FOLDER / "phrases-file-missing.toml").read_text().replace("nowhere.tsv", "marked.tsv")
    (tmp_path / "marked.tsv").write_text("found\toriginal\nbelieve container\tthink tank\n", encoding="utf-8-sig")
    (tmp_path / "marked.toml").write_text(rule, encoding="utf-8-sig")
    (loaded,) = Ruleset.load([tmp_path])
    assert [phrase.found for phrase in loaded.phrases] == ["believe container"]
    (tmp_path / "marked.toml").write_text(rule.replace("marked.tsv", "nowhere.tsv"), encoding="utf-8-sig")
    with pytest.raises(RuleError, match=r"marked\.toml:\d+:\d+: rule"):
        Ruleset.load([tmp_path])


def test_a_pickled_ruleset_knows_where_its_rules_stand(tmp_path: Path) -> None:
    source = (FOLDER / "bad-unit.toml").read_text().replace("unit = 'paragraph'\n", "")
    file = tmp_path / "mine.toml"
    file.write_text(source)
    copy = pickle.loads(pickle.dumps(Ruleset.load([tmp_path])))
    assert dict(copy.files) == {"mine/read-more": str(file)}
    problem = Problem("", "mine/read-more", "name", "is no good")
    assert str(copy.located(problem)).startswith(f"{file}:2:8")
    file.unlink()  # as on another machine
    assert str(copy.located(problem)) == f"{file}: rule 'mine/read-more': field `name`: is no good"


def test_the_shipped_rules_load() -> None:
    assert len(Ruleset.load()) > 80
    assert Ruleset.load().digest == Ruleset.load(["shipped"]).digest == Ruleset.load([REPO / "rules"]).digest


def test_a_folder_adds_to_the_shipped_rules(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text((FOLDER / "bad-unit.toml").read_text().replace("unit = 'paragraph'\n", ""))
    assert {rule.id for rule in Ruleset.load(["shipped", tmp_path])} - {rule.id for rule in Ruleset.load()} == {
        "mine/read-more"
    }


def test_the_digest_names_exactly_these_rules(tmp_path: Path) -> None:
    text = (FOLDER / "bad-unit.toml").read_text().replace("unit = 'paragraph'\n", "")
    (tmp_path / "mine.toml").write_text(text)
    digest = Ruleset.load([tmp_path]).digest
    assert Ruleset.load([tmp_path]).digest == digest
    (tmp_path / "mine.toml").write_text(text.replace("read more", "read less"))
    assert Ruleset.load([tmp_path]).digest != digest
