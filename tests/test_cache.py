"""What a start takes from the cache is what it would have made without one."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleaner import cache, language, patterns
from cleaner.garble.lexicon import Lexicon
from cleaner.rules import RuleError, Ruleset, loading, ruleset


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLEANER_CACHE_DIR", str(tmp_path / "cache"))
    cache.folder.cache_clear()
    yield tmp_path / "cache"
    cache.folder.cache_clear()


def rules() -> Any:
    loaded = Ruleset.load()
    return loaded.rules, loaded.files, loaded.digest


def profiles() -> Any:
    read = language._read_profiles()
    return read.languages, read.grams, read.probabilities


def pairs() -> Any:
    words = Lexicon()
    ids = np.arange(0, 60_000, dtype=np.uint16)
    return words.joint(ids, ids[::-1])[0].tobytes(), words.numbers(np.arange(9, dtype=np.uint64)).tobytes()


MADE = {"rules": rules, "languages": profiles, "table": pairs}


@pytest.mark.parametrize("kind", MADE)
def test_what_is_kept_is_what_was_made_and_what_is_damaged_is_made_anew(kind: str, folder: Path) -> None:
    make: Callable[[], Any] = MADE[kind]
    made = make()
    kept = list(folder.glob(f"*.{kind}"))
    assert kept
    assert make() == made
    for damage in (b"", b"\x93\x01"):
        for file in kept:
            cache.write(file.name, damage)
        assert make() == made, damage
        assert list(folder.glob(f"*.{kind}")) == kept


def test_shipped_rules_are_read_once_and_again_when_a_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def reading(file: Path, root: Path, *, proven: bool) -> Any:
        read.append(file.name)
        return loading.load_file(file, root, proven=proven)

    shipped = tmp_path / "rules"
    shipped.mkdir()
    for name in ("science.toml", "science.tsv"):
        shutil.copy(ruleset.shipped_rules() / "garbled" / name, shipped)
    monkeypatch.setattr(ruleset, "shipped_rules", lambda: shipped)
    monkeypatch.setattr(ruleset, "load_file", reading)
    first, second = Ruleset.load(), Ruleset.load()
    assert (first.rules, first.files) == (second.rules, second.files)
    assert len(read) == 1
    with (shipped / "science.tsv").open("a") as table:
        table.write("colourless power\tgreen energy\n")
    assert "colourless power" in [phrase.found for rule in Ruleset.load() for phrase in rule.phrases]
    (shipped / "science.toml").write_text("[[rule]]\n")
    for _ in range(2):
        with pytest.raises(RuleError):
            Ruleset.load()


def test_patterns_are_kept_when_they_took_longer_than_keeping_them_takes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_new", {})
    pattern = patterns.parse("kept once it is worth it")
    patterns.remember()
    assert not folder.exists()
    monkeypatch.setattr(patterns, "WORTH_KEEPING", 0)
    patterns.remember()
    assert patterns._read()["-kept once it is worth it"] == pattern
    assert not patterns._new
