"""What every system of the benchmark is."""

import importlib.metadata
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import msgspec

from cleaner.config import Config
from cleaner.edits import Finding
from cleaner.text import Document


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What systems are made with."""

    config: Config = Config()
    """Rules and settings of this toolkit; the profile is part of a system's name."""
    interpreter: str | None = None
    """Another Python, for systems that this one cannot install."""
    seconds: float = 20.0
    """Limit for one document."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a system made of a document."""

    text: str = ""
    language: str | None = None
    """ISO 639-1, of systems that name the language."""
    findings: tuple[Finding, ...] = ()
    """Of this toolkit: what was changed or flagged."""
    signals: dict[str, Any] = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    """CPU time that was spent in another process."""


Run = Callable[[Document], Answer]


def text_of(document: Document) -> str:
    """The text of a document, or the source of a page: decoded before the clock starts, the same for every system."""
    if not isinstance(document.text, str):
        raise TypeError("documents are decoded before the clock starts")
    return document.text


class MissingError(Exception):
    """A system that is not installed; says how to get it."""


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A tool behind the benchmark's door."""

    name: str
    load: Callable[[Settings], Run]
    package: str = ""
    """The distribution to install; empty for programs."""
    program: str = ""
    """The program that has to be installed; empty for packages."""
    second_interpreter: bool = False
    """Whether it can be run by `Settings.interpreter` where this Python lacks it."""

    def version(self, settings: Settings) -> str:
        """The installed version; raises `MissingError`."""
        if self.program and not shutil.which(self.program):
            raise MissingError(f"{self.program} is not installed")
        if not self.package:
            return "installed"
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            if not self.second_interpreter:
                raise MissingError(f"not installed: pip install {self.package}") from None
        if settings.interpreter is None:
            raise MissingError(f"not installed: give a Python that has {self.package} with --interpreter")
        code = f"import importlib.metadata as m, sys; print(m.version({self.package!r}), 'on', sys.version.split()[0])"
        try:
            asked = subprocess.run(  # noqa: S603 (the interpreter is the caller's own)
                [settings.interpreter, "-c", code], capture_output=True, check=True, text=True, timeout=60
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise MissingError(f"{settings.interpreter} has no {self.package}") from error
        return asked.stdout.strip()

    def here(self) -> bool:
        """Whether this Python has it."""
        try:
            importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return False
        return True
