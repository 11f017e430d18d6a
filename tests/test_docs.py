"""The documentation: its examples are run, page by page, and its site is built with warnings as errors."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import examples
import pytest

ROOT = examples.ROOT
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]  # those about adapters: tests/engines
NEEDED = {"checking": ["pre_commit"], "coming-from": ["datatrove", "justext"]}
"""What must be installed, beside this package, for the examples of a page."""

needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="the commands on the pages are for bash")


@needs_bash
@pytest.mark.parametrize("page", [page for page in PAGES if examples.of(page)], ids=lambda page: page.stem)
def test_what_the_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    for module in NEEDED.get(page.stem, ()):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    examples.run(page, tmp_path)


@needs_bash
@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ false\n```\n",
        "```console\nno command\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
        "```python\nassert not 1\n```\n",
        "<!-- file: ../outside.txt -->\n```text\n```\n",
    ],
)
def test_an_example_that_does_not_hold_fails_the_page(page: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(page)
    (tmp_path / "in").mkdir()
    with pytest.raises(AssertionError):
        examples.run(tmp_path / "page.md", tmp_path / "in")


@needs_bash
def test_the_examples_of_a_page_see_its_files_and_each_other(tmp_path: Path) -> None:
    text = (
        "<!-- file: deep/one.txt -->\n```text\nfirst\nsecond\n```\n"
        "```python\nfrom pathlib import Path\n```\n\n```python\n>>> Path('deep/one.txt').read_text()\n'first...'\n```\n"
        "```console\n$ cat deep/one.txt\n...\nsecond\n$ printf 'a\n> b'\na\nb\n```\n"
    )
    (tmp_path / "page.md").write_text(text)
    (tmp_path / "in").mkdir()
    examples.run(tmp_path / "page.md", tmp_path / "in")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_command_is_shown_without_being_run(page: Path) -> None:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    not_run = [code for kind, code in blocks if kind in ("", "sh", "bash", "shell")]
    assert [code for code in not_run if re.search(r"^(?:\$ )?cleaner ", code, re.MULTILINE)] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site; whatever cannot be resolved is an error."""
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "-c", "docs", ".", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def test_the_site_fetches_nothing_from_elsewhere(site: Path) -> None:
    fetching = r"<(?:script|img|iframe|link(?=[^>]*(?:stylesheet|icon|preload)))[^>]*(?:src|href)=[\"'](?:https?:)?//[^\"']*"
    written = [page.read_text(encoding="utf-8") for page in site.rglob("*.html")]
    assert len(written) > len(PAGES)
    assert [found for page in written for found in re.findall(fetching, page)] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"""@import|url\(["']?(?:https?:)?//""", styles) == []


def test_every_public_name_and_every_command_is_in_the_reference(site: Path) -> None:
    import click

    import cleaner
    from cleaner.cli import main

    reference = (site / "docs" / "api.html").read_text(encoding="utf-8")
    assert [public for public in cleaner.__all__ if f'id="cleaner.{public}"' not in reference] == []
    commands = (site / "docs" / "commands.html").read_text(encoding="utf-8")

    def missing(command: click.Command, path: str) -> list[str]:
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        here = [] if f'id="{path.replace(" ", "-")}"' in commands else [path]
        return here + [name for one in inner for name in missing(one, f"{path} {one.name}")]

    assert missing(main, "cleaner") == []
