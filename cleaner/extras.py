"""Packages that only some need: each comes with an extra of the distribution, and whoever lacks it is told which."""


class ExtraMissingError(ImportError):
    """A package that an optional part of the toolkit needs is not installed; the message names the extra that brings it."""

    def __init__(self, part: str, extra: str, missing: ImportError) -> None:
        """`part` is what needs it, in words or as the name of a module; `missing` is what its import raised."""
        super().__init__(f"{part} needs {missing.name}: pip install 'cleaner-text[{extra}]'", name=missing.name)
