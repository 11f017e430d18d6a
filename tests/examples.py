"""The examples of the documentation, run as a reader would run them.

A page is run from its first line to its last, in a folder of its own that holds the seed articles and nothing else:

* Python blocks share one namespace; what follows ``>>>`` must print what stands below it.
* In ``console`` blocks each line after ``$`` is given to bash (a line after ``>`` goes on with it), but for a ``cleaner`` that
  needs no shell, which is run in this process. It must end with 0, and print, on standard output and standard error
  together, what stands below it.
* The block after a comment ``<!-- file: NAME -->`` is written to that file.

``...`` stands for any text, also for none.

``python tests/examples.py PAGE...`` writes into pages what their commands print now, where that is not what stands there.
"""

import contextlib
import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from click.testing import CliRunner
from sybil import Document, Example, Region, Sybil
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from cleaner.cli import main

ROOT = Path(__file__).parent.parent

_FILE = re.compile(r"^<!-- file: (?P<name>[\w./-]+) -->\n```\w*\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ (?P<code>.*(?:\n> .*)*)(?P<printed>(?:\n(?!\$ ).*)*)", re.MULTILINE)
_ALONE = re.compile(r"cleaner (?P<arguments>(?:[\w ./:=-]|'[^'\n]*')+?)(?P<quiet> 2> /dev/null)?")
_SECONDS = 300


def run(page: Path, folder: Path) -> None:
    """Run the examples of `page` in `folder`.

    Raises `AssertionError`, which names file and line, for one that does not hold.
    """
    _run(_sybil(_compared).parse(page), folder)


def run_apart(page: Path, folder: Path) -> None:
    """As `run`, in a process of its own: for pages whose engines leave something behind."""
    code = (
        f"import sys, pathlib; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        "import examples; examples.run(*map(pathlib.Path, sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, str(page), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-4000:]}"


def renew(page: Path, folder: Path) -> None:
    """Write into `page` what its commands print now, where that is not what stands there."""
    text = page.read_text(encoding="utf-8")

    def renewed(example: Example) -> None:
        nonlocal text
        block = str(example.parsed)
        text = text.replace(block, _COMMAND.sub(_answered, block).rstrip("\n") + "\n", 1)

    _run(_sybil(renewed).parse(page), folder)
    page.write_text(text, encoding="utf-8")


def of(page: Path) -> Sequence[Example]:
    """What `run` would run."""
    return list(_sybil(_compared).parse(page).examples())


def _sybil(conversed: Callable[[Example], None]) -> Sybil:
    python = PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)
    return Sybil([python, CodeBlockParser("console", conversed), _files], path=str(ROOT))


def _run(document: Document, folder: Path) -> None:
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    document.namespace["__name__"] = "__main__"
    with contextlib.chdir(folder):
        for example in document.examples():
            example.evaluate()


def _files(document: Document) -> Iterator[Region]:
    for block in _FILE.finditer(document.text):
        yield Region(block.start(), block.end(), (block["name"], block["content"]), _written)


def _written(example: Example) -> None:
    name, content = example.parsed
    path = Path(name)
    assert not path.is_absolute()
    assert ".." not in path.parts
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def _compared(example: Example) -> None:
    commands = list(_COMMAND.finditer(example.parsed))
    assert commands, f"{example.path}, line {example.line}: no command"
    for command in commands:
        printed, status = _told(command)
        if status or not _fits(command, printed):
            raise SybilFailure(example, f"$ {command['code']}\n{printed}(exit status {status}) instead of{command['printed']}")


def _answered(command: re.Match[str]) -> str:
    """A command with what it prints."""
    printed, status = _told(command)
    assert status == 0, f"$ {command['code']}\n{printed}(exit status {status})"
    return command[0] if _fits(command, printed) else f"$ {command['code']}\n{printed}".rstrip("\n")


def _fits(command: re.Match[str], printed: str) -> bool:
    return doctest.OutputChecker().check_output(_without_trailing_space(command["printed"]), printed, doctest.ELLIPSIS)


def _told(command: re.Match[str]) -> tuple[str, int]:
    """What a command prints, and its exit status."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(Path(".pre-commit").absolute()),
        "COLUMNS": "120",
        "NO_COLOR": "1",
    }
    code = command["code"].replace("\n> ", "\n")
    if alone := _ALONE.fullmatch(code):  # a process of its own would spend most of its time on its start
        ended = CliRunner().invoke(main, shlex.split(alone["arguments"]), env=environment)
        return _without_trailing_space(ended.stdout if alone["quiet"] else ended.output), ended.exit_code
    done = subprocess.run(
        ["bash", "-c", code],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    return _without_trailing_space(done.stdout), done.returncode


def _without_trailing_space(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n") + "\n"


if __name__ == "__main__":
    for named in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            renew(Path(named).absolute(), Path(folder))
