"""The settings of the command line, from ``cleaner.toml`` and its options.

`Cleaner` itself reads no file but rules: it sees only its arguments.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cleaner.rules import SHIPPED, Ruleset
from cleaner.rules.writing import pairs

if TYPE_CHECKING:
    from cleaner.pipeline import Cleaner


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a user has set; the fields are the keys of ``cleaner.toml``."""

    profile: str = "balanced"
    shipped_rules: bool = True
    rules: tuple[str, ...] = ()
    """Folders or files of rules, beside the shipped ones; relative ones to the working directory, where ``cleaner.toml`` is."""
    off: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    preview: bool = False
    extractor: str = "model"
    """Who chooses the main content of an HTML page, ``model`` or ``trafilatura``."""
    headline: bool = False
    """Whether the headline of an HTML page stays, whatever the extractor says of it, and in ``strict`` that of a text."""
    siblings: bool | None = None
    """Whether documents are compared with other versions of their text in the same run; None: in small folders."""
    models: str | None = None
    """A folder with weights of the chrome model, instead of the shipped ones; found as `rules` are."""
    deep: bool = False
    """Whether words out of place are looked for, too (extra ``deep``)."""
    metadata: bool = False
    """Whether to read what HTML pages say of themselves: title, author, date, language, site."""
    markdown: bool = False
    """Whether to write what is left of HTML pages as Markdown too."""
    quality: tuple[str, ...] = ()
    """Sets of quality rules that documents are held to, such as ``fineweb``."""
    signals: bool = False
    """Whether to record all signals of every document, before and after cleaning, also without quality rules."""

    @classmethod
    def load(cls, path: Path) -> "Config":
        """The settings in a file; the defaults where there is none. Raises `ValueError` for one that is wrong."""
        if not path.exists():
            return cls()
        try:
            return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), cls)
        except OSError as error:
            raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: is not TOML: {error}") from error
        except msgspec.ValidationError as error:
            hint = f"\n  hint: known keys are {', '.join(cls.__struct_fields__)}" if "unknown field" in str(error) else ""
            raise ValueError(f"{path}: {error}{hint}") from error

    def with_options(self, options: Mapping[str, Any]) -> "Config":
        """These settings with the options of a call, by their keys: single values win, lists are added, None says nothing."""
        given = {
            key: tuple(dict.fromkeys((*getattr(self, key), *value))) if isinstance(value, tuple) else value
            for key, value in options.items()
            if value is not None
        }
        return msgspec.structs.replace(self, **given)

    def cleaner(self) -> "Cleaner":
        """The cleaner that these settings make. Raises `RuleError` or `ValueError` where they are wrong."""
        from cleaner.pipeline import Cleaner

        rules = Ruleset.load(self.rule_paths)
        return Cleaner(
            self.profile,
            rules,
            off=self.off,
            keep=self.keep,
            preview=self.preview,
            extractor=self.extractor,  # type: ignore[arg-type]  # it says itself what there are
            headline=self.headline,
            models=self.models,
            deep=self.deep,
            metadata=self.metadata,
            markdown=self.markdown,
            quality=self.quality,
            signals=self.signals,
        )

    @property
    def rule_paths(self) -> list[str | Path]:
        """What `Ruleset.load` takes."""
        return [*([SHIPPED] if self.shipped_rules else []), *self.rules]

    def as_toml(self) -> str:
        """The settings as a ``cleaner.toml``."""
        return "".join(f"{line}\n" for line in pairs(msgspec.to_builtins(self)))
