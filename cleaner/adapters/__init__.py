"""The engines that people already run, each a thin door to the same `cleaner.Cleaner`.

A module for each engine, in an extra of the same name (`pip install 'cleaner-text[spark]'`), and a page about it in
`docs/adapters`. Nothing but these modules imports an engine.
"""


class ExtraMissingError(ImportError):
    """An engine that an adapter needs is not installed."""

    def __init__(self, extra: str, missing: ImportError) -> None:
        """`extra` is the one that installs it, `missing` what its import raised."""
        super().__init__(f"cleaner.adapters.{extra}: {missing}; pip install 'cleaner-text[{extra}]'", name=missing.name)
