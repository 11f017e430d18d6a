"""HTML pages: their lines with where they stood, their metadata, and what is left of them as Markdown."""

from cleaner.markup.reading import Page, declared_charset, looks_like_fragment, looks_like_page, read_page
from cleaner.markup.rendering import markdown
from cleaner.markup.trafilatura import main_content, metadata

__all__ = [
    "Page",
    "declared_charset",
    "looks_like_fragment",
    "looks_like_page",
    "main_content",
    "markdown",
    "metadata",
    "read_page",
]
