"""Rules proposed from what repeats in a folder: `learn` reads its documents and writes a rule file.

    documents ─sampling→ texts by site ─pages→ lines, what shipped rules and the chrome model hold of them
        ─slots→ templates ─recurring→ evidence ─blocks, headlines, swaps→ proposals ─testing→ with their tests
        ─writing→ rule file, held to `cleaner rules test` and `cleaner rules lint`

Nothing is changed, and what is proposed has the status ``preview``: whoever takes it up decides. The same documents give the
same file, in whatever order they are read. Time grows with the text. In memory stands one sample of at most
`sampling.MAX_SITE_BYTES` of text with what is known of it, and 1 kB of up to `swaps.MAX_SKETCHES` documents; the texts of all
samples stand in a temporary file.
"""

from cleaner.learn.learning import Learned, learn

__all__ = ["Learned", "learn"]
