import tomllib
from pathlib import Path

import pytest

from cleaner.config import Config


def test_settings_that_cannot_be_read_are_told_with_their_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        Config.load(tmp_path)


def test_settings_are_written_as_toml_whatever_they_hold() -> None:
    keep = ("a\x7f\x01\tb", 'say "it\'s"', r"\bPhoto\b", "two\nlines", "'", "Łódź")
    assert tomllib.loads(Config(keep=keep, deep=True).as_toml())["keep"] == list(keep)


def test_settings_that_are_written_are_read_back_the_same(tmp_path: Path) -> None:
    config = Config(profile="strict", off=("boilerplate/*",), keep=("^Photo",), siblings=False, models="weights")
    (tmp_path / "cleaner.toml").write_text(config.as_toml(), encoding="utf-8")
    assert Config.load(tmp_path / "cleaner.toml") == config
