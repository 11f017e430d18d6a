"""The pages about the adapters: their examples are run, each page in a process of its own."""

import importlib.util
import re
from pathlib import Path

import examples
import pytest

PAGES = {page.stem: page for page in sorted((examples.ROOT / "docs" / "adapters").glob("*.md")) if page.stem != "README"}
ENGINES = {"arrow": "pyarrow", "spark": "pyspark"}  # where the page has another name than what it imports


@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_the_page_runs(name: str, tmp_path: Path) -> None:
    engine = ENGINES.get(name, name)
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed: pip install 'cleaner-text[{name}]'")
    assert examples.of(PAGES[name])
    examples.run_apart(PAGES[name], tmp_path)


def test_each_page_is_in_the_list() -> None:
    listed = re.findall(r"\]\((\w+)\.md\)", (examples.ROOT / "docs" / "adapters" / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(PAGES)
