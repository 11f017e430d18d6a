"""How the documentation is built: `make docs` makes `site/` of the Markdown files of the repository and the docstrings.

The pages are the files themselves, wherever they lie: the source folder is the repository, so that a link between two files
works on the site as it does in the repository. The build needs no network, and whatever cannot be resolved is an error.
"""

from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring

import cleaner

project = "cleaner"
author = "The cleaner authors"
project_copyright = "The cleaner authors. Apache License 2.0"
release = version = cleaner.__version__

extensions = [
    "myst_parser",  # pages in Markdown
    "sphinx.ext.autodoc",  # the reference of the API, from docstrings
    "sphinx_click",  # the reference of the command line, from click
]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "rules/*.md",
    "benchmarks/README.md",
    "cleaner/models/*.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
]
exclude_patterns = [".*", "site", "out", "docs/_templates"]

myst_heading_anchors = 3

# In docstrings a name in `single backquotes` is a link where it names something that is documented, and code where it does not.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_mock_imports = ["datasets", "pyspark", "ray"]  # together as large as everything else; only their names are needed
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

nitpicky = True
nitpick_ignore_regex = [
    ("py:obj", r"(?!cleaner\.).*"),  # arguments, names of other packages
    # Types of other packages: their inventories would have to be fetched.
    ("py:class", r"(collections|pathlib|numpy|pyarrow|pa|pyspark|ray|spacy|datatrove|datasets|sklearn)\..*"),
    ("py:class", r".*\.AnyDataset"),
]

html_theme = "furo"  # brings its scripts and styles along and uses the fonts of the reader's machine: nothing is fetched
html_title = f"cleaner {release}"
templates_path = ["_templates"]
html_additional_pages = {"index": "redirect.html"}
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": False}


def setup(app: Sphinx) -> None:
    """What autodoc does not know of this package's docstrings and signatures."""
    app.connect("autodoc-process-docstring", _with_arguments)
    app.connect("autodoc-process-signature", _with_defaults)


# Not by the extension `sphinx.ext.napoleon` itself, which takes "This: that" in the docstring of a field for a type and its
# meaning.
def _with_arguments(_app: Sphinx, what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    if what in ("class", "exception", "function", "method"):
        lines[:] = GoogleDocstring(lines, Config(napoleon_use_param=True, napoleon_use_rtype=False)).lines()


# msgspec writes `<factory>` for a default that is made anew; that is no Python, and no link would be found in the signature.
def _with_defaults(
    _app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, arguments: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    return arguments and arguments.replace("<factory>", "{}"), returned
