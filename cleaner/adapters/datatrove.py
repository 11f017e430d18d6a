"""datatrove: a pipeline step that cleans documents, counts what it does, and hands rejected ones to an exclusion writer."""

import contextlib
from collections.abc import Iterator

import msgspec

from cleaner.extras import ExtraMissingError
from cleaner.pipeline import Cleaner, Result, default_cleaner
from cleaner.report import from_json, to_json

try:
    from datatrove.data import Document, DocumentsPipeline
    from datatrove.pipeline.base import PipelineStep
    from datatrove.pipeline.writers.disk_base import DiskWriter
    from datatrove.utils.typeshelper import StatHints
except ImportError as error:
    raise ExtraMissingError(__name__, "datatrove", error) from error

ACCOUNT = "cleaner"
"""Key of the metadata that holds the account, unless another is named: the JSON form of the result (`cleaner.report.to_json`)
without its text."""


class Clean(PipelineStep):  # type: ignore[misc]  # datatrove has no types
    """Puts the cleaned text in the place of each document's text, and the account into its metadata.

    A document that fails is passed on as it is, with the account's `error`. One that a rule rejects is dropped, or, with an
    exclusion writer, written there with the rule as its ``filter_reason``, as datatrove's filters do.

    Args:
        cleaner: None for the one of `cleaner.clean`.
        media_type: what the texts are, ``text/plain`` or ``text/html``.
        exclusion_writer: where rejected documents go.
        account: key of the metadata that the account goes to. A document that has one already raises `ValueError`.

    Statistics, beside datatrove's ``total``, ``forwarded``, ``dropped`` and ``dropped_RULE``: documents ``changed`` and
    ``failed``, findings as ``ACTION/RULE``, ``characters_in`` and ``characters_out``.
    """

    type = "🧹 - CLEANER"
    name = "Clean"

    def __init__(
        self,
        cleaner: Cleaner | None = None,
        *,
        media_type: str = "text/plain",
        exclusion_writer: DiskWriter | None = None,
        account: str = ACCOUNT,
    ) -> None:
        super().__init__()
        self.cleaner = cleaner or default_cleaner()
        self.media_type = media_type
        self.exclusion_writer = exclusion_writer
        self.account = account

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> Iterator[Document]:  # noqa: ARG002 (datatrove's)
        """The documents that stay, cleaned, in their order; each is given on as soon as it is done."""
        with self.exclusion_writer or contextlib.nullcontext() as writer:
            for document in data:
                with self.track_time():
                    result = self._clean(document)
                self._count(result)
                if not result.rejected:
                    self.stat_update(StatHints.forwarded)
                    self.update_doc_stats(document)
                    yield document
                    continue
                reason = next(finding.rule for finding in result.findings if finding.action == "reject")
                self.stat_update(StatHints.dropped, f"dropped_{reason}")
                if writer:
                    document.metadata["filter_reason"] = reason
                    writer.write(document, rank)

    def _clean(self, document: Document) -> Result:
        if self.account in document.metadata:
            raise ValueError(
                f"document {document.id!r} has {self.account!r} in its metadata already; name another key: Clean(account=...)"
            )
        url = document.metadata.get("url")
        result = self.cleaner.clean(document.text, self.media_type, id=document.id, url=url if isinstance(url, str) else None)
        record = msgspec.json.decode(to_json(result))
        # Of a text with lone surrogates, which no writer could write, the JSON form holds a spelling.
        document.text = record.pop("text")
        document.metadata[self.account] = record
        return result

    def _count(self, result: Result) -> None:
        self.stat_update(StatHints.total)
        if result.error:
            self.stat_update("failed")
        if result.text != result.original:
            self.stat_update("changed")
        for finding in result.findings:
            self.stat_update(f"{finding.action}/{finding.rule}")
        self.stat_update("characters_in", value=len(result.original))
        self.stat_update("characters_out", value=len(result.text))


def result_of(document: Document, account: str = ACCOUNT) -> Result:
    """The result of a document that `Clean` has cleaned, its original rebuilt; `account` is that of the last such step.

    Raises `ValueError` for any other.
    """
    if account not in document.metadata:
        raise ValueError(f"document {document.id!r} has not been cleaned: no {account!r} in its metadata")
    return from_json(msgspec.json.encode({**document.metadata[account], "text": document.text}))
