from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin

import cleaner
from cleaner.adapters.spacy import pipe

ORIGINAL = (
    "Skip to content\n\nThe mayor resigned on Monday, her office said. It was a” total mess” from Leeds to York.\n\n"
    "Leave a reply"
)


def doc_of(text: str, **config: object) -> Doc:
    nlp = spacy.blank("en")
    nlp.add_pipe("cleaner", config=config)
    return nlp(text)


@pytest.mark.parametrize(("processes", "batch_size"), [(1, 1), (1, 100), (2, 1)])
def test_texts_are_cleaned_before_they_are_tokenised(processes: int, batch_size: int) -> None:
    texts: list[str | bytes] = [ORIGINAL, "Nothing to do here.", ORIGINAL.encode()]
    docs = list(pipe(spacy.blank("en"), texts, n_process=processes, batch_size=batch_size))
    expected = [cleaner.clean(text) for text in texts]
    assert [doc.text for doc in docs] == [result.text for result in expected]
    assert [doc._.cleaner for doc in docs] == expected
    assert docs[0]._.cleaner.revert() == ORIGINAL


def test_a_span_of_the_cleaned_text_is_found_in_the_original() -> None:
    [doc] = pipe(spacy.blank("en"), [ORIGINAL])
    for token in doc:
        start, end = doc[token.i : token.i + 1]._.in_original
        if token.text not in "“”":  # these marks stood elsewhere
            assert ORIGINAL[start:end] == token.text


def test_a_span_in_what_was_repaired_takes_the_place_of_the_repair() -> None:
    [doc] = pipe(spacy.blank("en"), [ORIGINAL])
    mark = next(token.i for token in doc if token.text == "“")
    start, end = doc[mark : mark + 1]._.in_original
    assert "”" in ORIGINAL[start:end]


def test_the_component_marks_and_changes_nothing() -> None:
    doc = doc_of(ORIGINAL)
    result = cleaner.clean(ORIGINAL)
    assert doc.text == ORIGINAL
    assert doc._.cleaner == result
    marked = [(span.label_, span.text) for span in doc.spans["cleaner"]]
    assert [label for label, _ in marked] == [finding.rule for finding in result.findings]
    assert marked[0][1].strip() == "Skip to content"
    assert doc[3:5]._.in_original == (doc[3].idx, doc[4].idx + len(doc[4]))


def test_the_component_takes_settings() -> None:
    assert len(doc_of(ORIGINAL, off=["*"]).spans["cleaner"]) == 0
    assert (
        len(doc_of(ORIGINAL, profile="careful", keep=["Skip"]).spans["cleaner"]) == len(doc_of(ORIGINAL).spans["cleaner"]) - 1
    )


def test_a_pipeline_with_the_component_is_saved_and_loaded(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("cleaner", config={"off": ["boilerplate/navigation/skip-link"]})
    nlp.to_disk(tmp_path / "nlp")
    loaded = spacy.load(tmp_path / "nlp")
    assert loaded(ORIGINAL)._.cleaner == nlp(ORIGINAL)._.cleaner != cleaner.clean(ORIGINAL)


def test_marked_documents_are_stored_with_their_results() -> None:
    doc = doc_of(ORIGINAL)
    [again] = DocBin().from_bytes(DocBin(docs=[doc], store_user_data=True).to_bytes()).get_docs(doc.vocab)
    assert again._.cleaner == doc._.cleaner
    assert [span.text for span in again.spans["cleaner"]] == [span.text for span in doc.spans["cleaner"]]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "Leave a reply", "Skip to content\nLeave a reply"])
def test_documents_without_text_or_with_nothing_else_are_marked(text: str) -> None:
    doc = doc_of(text)
    assert doc.text == text
    assert doc._.cleaner == cleaner.clean(text)


def test_documents_that_were_not_cleaned_have_no_result() -> None:
    doc = spacy.blank("en")("The mayor resigned.")
    assert doc._.cleaner is None
    with pytest.raises(ValueError, match="not been cleaned"):
        _ = doc[:1]._.in_original
