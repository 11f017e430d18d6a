"""HTML pages: their lines with where they stood, their metadata, and what is left of them as Markdown."""

from cleaner.markup.reading import Page, declared_charset, read_page
from cleaner.markup.rendering import markdown
from cleaner.markup.trafilatura import metadata, outside_main_content

__all__ = ["Page", "declared_charset", "markdown", "metadata", "outside_main_content", "read_page"]
