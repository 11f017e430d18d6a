"""The templates of HTML pages."""

from pathlib import Path

import jinja2
import markupsafe

SHARED = Path(__file__).parent / "page"


def templates(folder: Path = SHARED) -> jinja2.Environment:
    """The templates in `folder`, and those that all pages share; what they are filled with is escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, SHARED]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source(name: str) -> markupsafe.Markup:
    """A file of the package as it stands: a style sheet or a script, which is not to be escaped."""
    return markupsafe.Markup((SHARED / name).read_text(encoding="utf-8"))  # noqa: S704 (it comes with the package)
