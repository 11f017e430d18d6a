"""What is compared: this toolkit and the tools that people use today, each behind the same small door.

A system takes a `Document` and gives an `Answer`. Systems can stand in a chain, ``"inscriptis > cleaner balanced"``: the
second gets the first one's text. Nothing heavy is imported before a system is loaded.
"""

from collections.abc import Mapping

import msgspec

from cleaner.bench.systems import charsets, cleaners, extractors, languages
from cleaner.bench.systems.system import Answer, MissingError, Run, Settings, System
from cleaner.text import Document

__all__ = ["CHAIN", "SYSTEMS", "Answer", "MissingError", "Run", "Settings", "System", "is_ours", "load", "version"]

CHAIN = " > "

_ALL = (*extractors.SYSTEMS, *cleaners.SYSTEMS, *languages.SYSTEMS, *charsets.SYSTEMS)
SYSTEMS: Mapping[str, System] = {one.name: one for one in _ALL}


def load(name: str, settings: Settings) -> Run:
    """The system of that name, or the chain of systems, ready to run. Raises what its packages raise."""
    steps = [SYSTEMS[step].load(settings) for step in name.split(CHAIN)]

    def run(document: Document) -> Answer:
        answer = steps[0](document)
        seconds = answer.seconds
        for step in steps[1:]:
            answer = step(msgspec.structs.replace(document, text=answer.text, media_type="text/plain"))
            seconds += answer.seconds
        return msgspec.structs.replace(answer, seconds=seconds)

    return run


def is_ours(name: str) -> bool:
    """Whether a system, or the last of a chain, is this toolkit."""
    return name.rpartition(CHAIN)[2].startswith("cleaner")


def version(name: str, settings: Settings) -> str:
    """The version of a system, or of each of a chain; raises `MissingError`."""
    return CHAIN.join(SYSTEMS[step].version(settings) for step in name.split(CHAIN))
