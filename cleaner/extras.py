"""Packages that only some need: each comes with an extra of the distribution, and whoever lacks it is told which."""

import importlib
from types import ModuleType


class ExtraMissingError(ImportError):
    """A package that an optional part of the toolkit needs is not installed; the message names the extra that brings it."""

    def __init__(self, part: str, extra: str, missing: ImportError) -> None:
        """`part` is what needs it, in words or as the name of a module; `missing` is what its import raised."""
        super().__init__(f"{part} needs {missing.name}: pip install 'cleaner-text[{extra}]'", name=missing.name)


def needed(module: str, part: str, extra: str) -> ModuleType:
    """A module that imports packages of an extra. Raises `ExtraMissingError` where one is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ExtraMissingError(part, extra, error) from error
