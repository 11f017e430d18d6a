"""How much is believed, and how much may go."""

from collections.abc import Mapping
from typing import Literal

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How much is believed, and how much may go."""

    name: str
    """What messages call it."""
    unsafe: Literal["ignore", "flag", "apply"] = "flag"
    """What becomes of what `unsafe` rules would do: nothing; a flag, unless the chrome model agrees; what they say."""
    trust_preview: bool = False
    """Whether `preview` rules act; otherwise they only flag."""
    max_dropped_share: float = 1.0
    """The share of a document's characters that rules may drop, 0 to 1."""
    free_characters: int = 0
    """How many characters may always be dropped, however short the document."""
    protect: bool = True
    """Whether quotations and, in HTML, headings and quoted blocks are kept against rules."""
    chrome: Literal["ignore", "sure", "best"] = "ignore"
    """What the chrome model may take from plain text: nothing; lines of which it is sure; all outside the main content."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a value that there is not."""
        for name, values in (("unsafe", ("ignore", "flag", "apply")), ("chrome", ("ignore", "sure", "best"))):
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is one of {', '.join(values)}, not {getattr(self, name)!r}")
        if not 0 <= self.max_dropped_share <= 1:
            raise ValueError(f"max_dropped_share is from 0 to 1, not {self.max_dropped_share!r}")


# In the labelled pages of WCXB, site furniture takes 30% of the characters of a typical whole-page dump and under 5% of
# an extracted article; a rule that wants more than a third of a text has more likely met an unusual text.
PROFILES: Mapping[str, Profile] = {
    "careful": Profile(name="careful", unsafe="ignore", max_dropped_share=0.35, free_characters=1_500),
    "balanced": Profile(name="balanced", max_dropped_share=0.5, free_characters=2_000, chrome="sure"),
    "strict": Profile(name="strict", unsafe="apply", protect=False, chrome="best"),
}
