"""What dumpers and extractors make of labelled pages, for the scripts that learn from it."""

import functools
from collections.abc import Callable
from typing import Any

from cleaner.bench import systems
from cleaner.bench.cases import Page
from cleaner.bench.systems import Settings
from cleaner.text import Document


def made_by(name: str, page: Page) -> str:
    """What the dumper or extractor of this name makes of a page; nothing where it fails."""
    try:
        text: str = _system(name)(Document(id=page.id, text=page.html, media_type="text/html", url=page.url)).text
    except Exception as error:  # noqa: BLE001 (others' code)
        print(page.id, name, error)
        return ""
    return text


@functools.cache
def _system(name: str) -> Callable[[Document], Any]:
    return systems.load(name, Settings())
