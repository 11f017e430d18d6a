"""What tests of runs share: a small ruleset that is made ready at once, and a cleaner that documents can break."""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from cleaner.garble import Sibling
from cleaner.pipeline import Cleaner, Result
from cleaner.records import ReadOptions
from cleaner.runs import Folder, Progress, Settings, clean_folder
from cleaner.text import Document

RULES = """
[[rule]]
name = "leave-a-reply"
summary = "Prompt of a comment form"
pattern = 'Leave a reply'
action = "drop"
safety = "safe"
[[rule.example]]
text = '''
The council met on Tuesday.
Leave a reply
'''
result = '''
The council met on Tuesday.
'''
[[rule.counterexample]]
text = "Leave a reply at the desk, said the clerk."

[[rule]]
name = "placeholder"
summary = "A page that is not there"
pattern = 'Page not found'
action = "reject"
safety = "safe"
[[rule.example]]
text = "Page not found"
find = ["Page not found"]
[[rule.counterexample]]
text = "The page was not found in the book."
"""


class BreakableCleaner(Cleaner):
    """Does what a document asks for: ``hang``, ``raise``, ``exit``, ``end``, ``leave``, ``crash``, or ``slow``."""

    def clean_document(self, document: Document, siblings: Sequence[Sibling] = ()) -> Result:
        text = document.text if isinstance(document.text, str) else document.text.decode()
        match text.split()[:1]:
            case ["hang"]:
                _hang()
            case ["raise"]:
                raise RuntimeError("asked to")
            case ["exit"]:
                os._exit(7)
            case ["end"]:
                os._exit(0)
            case ["leave"]:
                sys.exit(0)
            case ["crash"]:
                os.kill(os.getpid(), signal.SIGSEGV)
            case ["slow"]:
                time.sleep(0.02)
        return super().clean_document(document, siblings)


def _hang() -> NoReturn:
    while True:
        time.sleep(1)


def rules(tmp_path: Path) -> Path:
    """A file with `RULES`."""
    path = tmp_path / "few.toml"
    path.write_text(RULES)
    return path


def clean(
    cleaner: Cleaner, source: Path | Sequence[str], out: Path, output_format: Any = "jsonl", *, workers: int = 1, **options: Any
) -> Progress:
    """A whole run; `options` are of `ReadOptions`, but for ``seconds``, ``overwrite`` and ``siblings``."""
    seconds, overwrite, siblings = options.pop("seconds", 30.0), options.pop("overwrite", False), options.pop("siblings", None)
    settings = Settings(ruleset=cleaner.digest, format=output_format, options=ReadOptions(**options))
    inputs = [str(source)] if isinstance(source, Path) else source
    with Folder(out, settings, overwrite=overwrite) as folder:
        return clean_folder(cleaner, inputs, folder, workers, siblings, seconds=seconds)


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines, or of a folder of them."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def snapshot(folder: Path) -> dict[str, bytes]:
    """All that a user sees of an output folder, but for the account of the run."""
    paths = [path for path in folder.rglob("*") if path.is_file() and ".cleaner" not in path.parts and path.name != "run.json"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}


def write_lines(path: Path, texts: Sequence[str], **fields: Any) -> Path:
    """JSON lines with the ids ``d0``, ``d1`` and so on."""
    lines = [json.dumps({"id": f"d{number}", "text": text, **fields}) for number, text in enumerate(texts)]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
