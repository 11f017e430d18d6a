"""The pages about the adapters: their code is run, each page as one script in a process of its own."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path(__file__).parent.parent.parent / "docs" / "adapters"
ENGINES = {"arrow": "pyarrow", "spark": "pyspark"}  # where the page has another name than what it imports

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def script(page: str) -> str:
    """The blocks of a page, each on the lines where it stands, so that a traceback names the place."""
    written = ""
    for block in _BLOCK.finditer(page):
        written += "\n" * (page[: block.start(1)].count("\n") - written.count("\n")) + block[1]
    return written


@pytest.mark.parametrize("name", sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README"))
def test_the_code_of_the_page_runs(name: str, tmp_path: Path) -> None:
    engine = ENGINES.get(name, name)
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed: pip install 'cleaner-text[{name}]'")
    code = script((PAGES / f"{name}.md").read_text(encoding="utf-8"))
    assert code.strip()
    (tmp_path / f"{name}_page.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, f"{name}_page.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-4000:]}"


def test_each_page_is_in_the_list() -> None:
    listed = re.findall(r"\]\((\w+)\.md\)", (PAGES / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README")
