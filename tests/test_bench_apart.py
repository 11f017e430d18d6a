"""Systems in processes of their own, and systems in another interpreter.

The system under test is a package of the name of one that the benchmark knows, written for the test: it reads from the page
what to do.
"""

import importlib.metadata
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cleaner.bench import apart, systems
from cleaner.bench.apart import Outcome
from cleaner.bench.systems import MissingError, Settings, foreign
from cleaner.text import Document

NAME = "rs-trafilatura"
OBEDIENT = '''
import os, re, signal, subprocess, sys, time
from types import SimpleNamespace

class Panic(BaseException):
    """What a library in Rust raises."""

def work(seconds):
    start = time.process_time()
    while time.process_time() - start < seconds:
        pass

def extract(html, url=None):
    what = html.split()[0]
    if what == "raise":
        raise ValueError("no\\n  body")
    if what == "sleep":
        time.sleep(60)
    if what == "spin":
        while True:
            pass
    if what == "spin-in-c":
        re.match("(a+)+$", "a" * 60 + "b")
    if what == "exit":
        os._exit(7)
    if what == "exit-well":
        os._exit(0)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "leave":
        sys.exit("enough")
    if what == "panic":
        raise Panic("index out of bounds")
    if what == "recurse":
        extract(html)
    if what == "odd":
        return SimpleNamespace(main_content=lambda: "cannot be sent")
    if what == "print":
        print("not an answer")
        os.write(1, b"nor this\\n")
    if what == "nothing":
        return SimpleNamespace(main_content=None)
    if what == "nap":
        time.sleep(0.3)
    if what == "work":
        work(0.3)
    if what == "child":
        subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.3: pass"], check=True)
    if what == "memory":
        block = b"x" * 200_000_000
    return SimpleNamespace(main_content=f"{html} read")
'''
LIMIT = 0.6


def install(folder: Path, source: str = OBEDIENT) -> Path:
    """Make `folder` one from which the package can be imported, its version 9.9."""
    package, record = folder / "rs_trafilatura", folder / "rs_trafilatura-9.9.dist-info"
    package.mkdir(parents=True)
    record.mkdir()
    (package / "__init__.py").write_text(source)
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 9.9\n")
    return folder


def interpreter(folder: Path) -> str:
    """A Python that has the package which is installed in `folder`, as another interpreter would."""
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(folder))} exec {shlex.quote(sys.executable)} "$@"\n')
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def obedient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Worker processes look for modules where this one does.
    monkeypatch.syspath_prepend(str(install(tmp_path)))


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    try:
        importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:
        return interpreter(install(tmp_path))
    return pytest.skip(f"this Python has {NAME}, so another is not asked")


def told(*texts: str, workers: int = 1, seconds: float = LIMIT) -> list[Outcome]:
    documents = (Document(id=text, text=text, media_type="text/html") for text in texts)
    return list(apart.run(NAME, Settings(seconds=seconds), documents, workers))


def answers(outcomes: list[Outcome]) -> list[str | None]:
    return [outcome.answer.text if outcome.answer else None for outcome in outcomes]


@pytest.mark.usefixtures("obedient")
@pytest.mark.parametrize(
    ("trouble", "failure"),
    [
        ("raise", "ValueError: no body"),
        ("recurse", "RecursionError: maximum recursion depth exceeded"),
        ("sleep", "time limit"),
        ("spin", "time limit"),
        ("spin-in-c", "time limit"),
        ("exit", "crash: exit status 7"),
        ("kill", "crash: exit status -9"),
        ("leave", "SystemExit: enough"),
        ("panic", "Panic: index out of bounds"),
        ("odd", ""),
    ],
)
def test_a_system_in_trouble_loses_that_document_and_no_other(trouble: str, failure: str) -> None:
    outcomes = told("one", trouble, "two", "three")
    assert answers(outcomes) == ["one read", None, "two read", "three read"]
    assert outcomes[1].failure.startswith(failure)
    assert outcomes[1].failure
    assert [outcome.failure for outcome in outcomes if outcome.answer] == ["", "", ""]


@pytest.mark.usefixtures("obedient")
def test_trouble_upon_trouble_loses_those_documents_alone() -> None:
    outcomes = told("kill", "exit", "raise", "one", "sleep", "kill", "two")
    assert answers(outcomes) == [None, None, None, "one read", None, None, "two read"]
    assert [outcome.failure.split(":")[0] for outcome in outcomes] == [
        *("crash", "crash", "ValueError", "", "time limit", "crash", ""),
    ]


@pytest.mark.usefixtures("obedient")
def test_a_process_that_ends_without_complaint_is_missed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LOAD_SECONDS", 0.5)
    outcomes = told("one", "exit-well", "two")
    assert answers(outcomes) == ["one read", None, "two read"]
    assert outcomes[1].failure


@pytest.mark.usefixtures("obedient")
def test_two_processes_give_everything_in_order() -> None:
    texts = [f"{'nap' if number % 7 == 0 else 'text'} {number}" for number in range(30)]
    texts[11] = "kill"
    outcomes = told(*texts, workers=2, seconds=5)
    assert answers(outcomes) == [None if text == "kill" else f"{text} read" for text in texts]


@pytest.mark.usefixtures("obedient")
def test_who_wants_no_more_need_not_wait_for_the_rest() -> None:
    start = time.monotonic()
    outcomes = apart.run(NAME, Settings(seconds=60), (Document(id=text, text=text) for text in ("one", *["sleep"] * 9)))
    assert next(iter(outcomes)).answer
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert time.monotonic() - start < 10


@pytest.mark.usefixtures("obedient")
def test_work_is_counted_that_of_children_too_and_sleep_is_not() -> None:
    work, child, nap = told("work", "child", "nap", seconds=10)
    assert 0.25 < work.seconds < 2
    assert 0.25 < child.seconds < 3
    assert nap.seconds < 0.15


@pytest.mark.skipif(sys.platform == "win32", reason="the platform does not tell")
@pytest.mark.usefixtures("obedient")
def test_memory_is_told() -> None:
    before, after = told("one", "memory", seconds=10)
    assert 5 < before.peak_mb < after.peak_mb
    assert after.peak_mb > 200


def test_a_system_that_hangs_while_it_is_loaded_loses_its_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LOAD_SECONDS", 0.3)
    monkeypatch.syspath_prepend(str(install(tmp_path, "import time\ntime.sleep(60)\n")))
    assert [outcome.failure for outcome in told("one", "two", seconds=0.2)] == ["time limit", "time limit"]


@pytest.mark.parametrize("source", ["raise OSError('no model')", "import no_such_module", "import sys\nsys.exit('no licence')"])
def test_a_system_that_cannot_be_loaded_loses_its_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path, source)))
    outcomes = told("one", "two")
    assert answers(outcomes) == [None, None]
    assert all("no" in outcome.failure for outcome in outcomes)


def test_no_documents_no_outcomes() -> None:
    assert told() == []


def served(folder: Path, *texts: str, seconds: str = "5") -> tuple[list[dict[str, object]], subprocess.CompletedProcess[bytes]]:
    """What the program answers to pages, a line each."""
    lines = b"".join(json.dumps({"html": text, "url": None}).encode() + b"\n" for text in texts)
    done = subprocess.run(
        [sys.executable, foreign.__file__, NAME, seconds],
        input=lines,
        capture_output=True,
        check=False,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done


def test_the_program_answers_page_for_page_whatever_the_extractor_prints(tmp_path: Path) -> None:
    found, done = served(install(tmp_path), "one caf\u00e9\nnets", "print", "raise", "nothing", "half \ud83d", "two")
    assert done.returncode == 0
    assert [answer.get("text") for answer in found] == [
        *("one caf\u00e9\nnets read", "print read", None, "", "half \ud83d read", "two read"),
    ]
    assert found[2]["error"] == "ValueError: no\n  body"
    assert b"not an answer" in done.stderr
    assert b"nor this" in done.stderr


def test_the_program_tells_the_time_that_a_page_took(tmp_path: Path) -> None:
    [work, nap], _ = served(install(tmp_path), "work", "nap")
    assert 0.25 < float(str(work["seconds"])) < 2
    assert float(str(nap["seconds"])) < 0.15


@pytest.mark.skipif(sys.platform == "win32", reason="there is no alarm")
def test_the_program_is_ended_by_its_alarm_and_has_answered_what_came_before(tmp_path: Path) -> None:
    start = time.monotonic()
    found, done = served(install(tmp_path), "one", "spin-in-c", "two", seconds="0.1")
    assert [answer["text"] for answer in found] == ["one read"]
    assert done.returncode < 0
    assert time.monotonic() - start < 10


def test_a_second_interpreter_is_asked_for_what_this_one_lacks(elsewhere: str) -> None:
    settings = Settings(interpreter=elsewhere)
    assert systems.version(NAME, settings) == f"9.9 on {sys.version.split()[0]}"
    documents = [Document(id=text, text=text) for text in ("one", "raise", "exit", "two", "work")]
    outcomes = list(apart.run(NAME, settings, documents))
    assert answers(outcomes) == ["one read", None, None, "two read", "work read"]
    assert outcomes[1].failure == "RuntimeError: ValueError: no body"
    assert outcomes[2].failure == "RuntimeError: the second interpreter ended with status 7"
    assert 0.25 < outcomes[4].seconds < 2


def test_a_second_interpreter_that_hangs_loses_its_document(elsewhere: str) -> None:
    settings = Settings(interpreter=elsewhere, seconds=LIMIT)
    documents = [Document(id=text, text=text) for text in ("one", "sleep", "two")]
    outcomes = list(apart.run(NAME, settings, documents))
    assert answers(outcomes) == ["one read", None, "two read"]
    assert outcomes[1].failure == "time limit"


def test_without_an_interpreter_the_user_is_told_of_the_option(elsewhere: str) -> None:
    with pytest.raises(MissingError, match="rs-trafilatura with --interpreter"):
        systems.version(NAME, Settings())
    with pytest.raises(MissingError, match="has no rs-trafilatura"):
        systems.version(NAME, Settings(interpreter=sys.executable))
    with pytest.raises(MissingError, match="has no rs-trafilatura"):
        systems.version(NAME, Settings(interpreter=str(Path(elsewhere).parent / "no-python")))
