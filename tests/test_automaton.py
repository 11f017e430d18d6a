import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from making import REPO

from cleaner import automaton
from cleaner import cache as kept
from cleaner.automaton import CASELESS, ONCE, UTF8, Automaton, TooManyCandidatesError

WORDS = [("council", 0), ("bridge", CASELESS), ("[жё]", UTF8)]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLEANER_CACHE_DIR", str(tmp_path / "cache"))
    kept.folder.cache_clear()
    yield tmp_path / "cache"
    kept.folder.cache_clear()


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each compilation."""
    done: list[int] = []
    really = automaton._compile

    def compile_(expressions: Sequence[tuple[str, int]], *, literal: bool) -> Any:
        done.append(len(expressions))
        return really(expressions, literal=literal)

    monkeypatch.setattr(automaton, "_compile", compile_)
    return done


def scanned(automaton: Automaton, data: bytes) -> list[tuple[int, int]]:
    ends, indices = automaton.scan(data)
    return list(zip(ends.tolist(), indices.tolist(), strict=True))


def test_candidates_are_ends_in_bytes_and_numbers_of_expressions_by_place() -> None:
    assert scanned(Automaton(WORDS), "ё BRIDGE council COUNCIL".encode()) == [(2, 2), (9, 1), (17, 0)]


def test_the_second_automaton_of_the_same_expressions_comes_from_the_cache(cache: Path, compilations: list[int]) -> None:
    first, second = Automaton(WORDS), Automaton(WORDS)
    assert compilations == [3]
    assert len(list(cache.iterdir())) == 1
    assert scanned(first, b"the bridge") == scanned(second, b"the bridge") == [(10, 1)]


def test_a_cache_that_may_only_be_read_serves_as_well(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.write("a.hsdb", b"kept")

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert kept.read("a.hsdb") == b"kept"


def test_the_cache_makes_room_for_what_is_new(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 350)
    cache.mkdir()
    (cache / "mine.txt").write_text("x" * 1_000)
    for number in range(5):
        kept.write(f"{number}.hsdb", b"x" * 68)  # and a checksum of 32
        os.utime(cache / f"{number}.hsdb", (number, number))
    kept.read("2.hsdb")
    kept.write("5.hsdb", b"x" * 68)
    assert sorted(file.name for file in cache.iterdir()) == ["2.hsdb", "4.hsdb", "5.hsdb", "mine.txt"]


@pytest.mark.parametrize("other", [WORDS[::-1], WORDS[:2], [("council", CASELESS), *WORDS[1:]], [("councils", 0), *WORDS[1:]]])
def test_other_expressions_order_or_flags_are_compiled_for_themselves(
    other: list[tuple[str, int]], cache: Path, compilations: list[int]
) -> None:
    Automaton(WORDS)
    Automaton(other)
    assert compilations == [3, len(other)]


@pytest.mark.parametrize("damage", ["flipped bit", "cut", "empty", "noise", "grown"])
def test_a_corrupt_cache_file_is_compiled_anew_with_a_warning(
    damage: str, cache: Path, compilations: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    Automaton(WORDS)
    (file,) = cache.iterdir()
    good = file.read_bytes()
    file.write_bytes(
        {
            "flipped bit": good[:200] + bytes([good[200] ^ 1]) + good[201:],
            "cut": good[: len(good) // 2],
            "empty": b"",
            "noise": b"\xff" * 500,
            "grown": good + b"x",
        }[damage]
    )
    with caplog.at_level(logging.WARNING):
        assert scanned(Automaton(WORDS), b"the bridge") == [(10, 1)]
    assert compilations == [3, 3]
    assert "made anew" in caplog.text
    assert file.read_bytes() == good


def test_a_cache_file_of_another_engine_or_processor_is_not_used(
    cache: Path, compilations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    Automaton(WORDS)
    monkeypatch.setattr(automaton, "_platform_key", lambda: "another engine")
    Automaton(WORDS)
    assert compilations == [3, 3]
    assert len(list(cache.iterdir())) == 2


def test_a_cache_folder_that_cannot_be_made_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code = "from cleaner.automaton import Automaton; print(*Automaton([('bridge', 0)]).scan(b'the bridge'))"
    for folder in (tmp_path / "file" / "cache", tmp_path / "file", Path("/proc/nowhere")):
        environment = {**os.environ, "CLEANER_CACHE_DIR": str(folder)}
        run = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=REPO, capture_output=True, text=True, check=True
        )
        assert run.stdout == "[10] [0]\n"
        assert run.stderr == ""
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_cache_file_that_is_a_folder_only_costs_time(cache: Path) -> None:
    Automaton(WORDS)
    (file,) = cache.iterdir()
    file.unlink()
    file.mkdir()
    assert scanned(Automaton(WORDS), b"the bridge") == [(10, 1)]
    assert [path.name for path in cache.iterdir()] == [file.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits")
def test_the_cache_is_the_users_alone(cache: Path) -> None:
    Automaton(WORDS)
    assert cache.stat().st_mode & 0o077 == 0


def test_many_threads_may_compile_the_same_at_once(cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        automata = list(pool.map(lambda _: Automaton(WORDS), range(8)))
    assert {tuple(scanned(one, b"the council")) for one in automata} == {((11, 0),)}
    assert len(list(cache.iterdir())) == 1


def test_an_automaton_of_nothing_finds_nothing() -> None:
    assert scanned(Automaton([]), b"text") == []
    assert Automaton([]).size == 0


def test_empty_data_has_no_candidates() -> None:
    assert scanned(Automaton(WORDS), b"") == []


def test_a_pickled_automaton_finds_the_same() -> None:
    assert scanned(pickle.loads(pickle.dumps(Automaton(WORDS))), b"the bridge") == [(10, 1)]


def test_more_candidates_than_allowed_are_an_error() -> None:
    one = Automaton([("a", 0)])
    assert len(one.scan(b"a" * 100, most=100).ends) == 100
    with pytest.raises(TooManyCandidatesError, match="more than 100"):
        one.scan(b"a" * 102, most=100)
    assert scanned(one, b"a") == [(1, 0)]


def test_of_an_expression_the_first_candidate_alone_is_reported_where_that_is_asked_for() -> None:
    assert scanned(Automaton([("a", ONCE), ("b", ONCE)]), b"abab") == [(1, 0), (2, 1)]


LITERALS = [("a.b(", 0), ("a+", 0), ("école", CASELESS), ("Bridge", CASELESS), ("\ud800!", 0), ("\n1", 0)]


def test_literals_stand_for_themselves_and_only_ascii_is_caseless() -> None:
    data = "a.b( axb( a+ éCOLE École bRIDGE \ufffd!\n1".encode()
    found = [(data[:end].decode()[-4:], index) for end, index in scanned(Automaton(LITERALS, literal=True), data)]
    assert found == [("a.b(", 0), ("( a+", 1), ("COLE", 2), ("IDGE", 3), ("GE \ufffd!"[-4:], 4), (" \ufffd!\n1"[-4:], 5)]


def test_the_same_words_as_literals_and_as_expressions_are_two_automata_also_in_the_cache(cache: Path) -> None:
    words = [("a.c", 0)]
    for _ in range(2):
        assert scanned(Automaton(words), b"abc") == [(3, 0)]
        assert scanned(Automaton(words, literal=True), b"abc") == []
    assert len(list(cache.iterdir())) == 2


def test_literals_stay_literals_when_pickled() -> None:
    assert scanned(pickle.loads(pickle.dumps(Automaton([("a.c", 0)], literal=True))), b"abc a.c") == [(7, 0)]
