from pathlib import Path

import pytest
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

import cleaner
from cleaner.adapters.datatrove import Clean, result_of

CHROME = "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\nLeave a reply"
CLEANED = "The mayor resigned on Monday, her office said."
REJECTING = """
[[rule]]
name = "lorem-ipsum"
summary = "A template without a text"
pattern = '(?i)lorem ipsum\\b.{0,200}'
action = "reject"
safety = "safe"
[[rule.example]]
text = "Lorem ipsum dolor sit amet"
find = ["Lorem ipsum dolor sit amet"]
[[rule.counterexample]]
text = "Every template begins with lorem ipsum, she said."
"""


@pytest.fixture(scope="module")
def rejecting(tmp_path_factory: pytest.TempPathFactory) -> cleaner.Cleaner:
    path = tmp_path_factory.mktemp("rules") / "mine.toml"
    path.write_text(REJECTING)
    return cleaner.Cleaner(rules=["shipped", path])


def documents(*texts: str) -> list[Document]:
    return [Document(text=text, id=str(number)) for number, text in enumerate(texts)]


def test_texts_are_cleaned_and_the_account_stands_in_the_metadata() -> None:
    [document] = Clean().run([Document(text=CHROME, id="a", metadata={"year": 2024})])
    assert document.text == CLEANED
    assert document.metadata["year"] == 2024
    assert [one["rule"] for one in document.metadata["cleaner"]["findings"]] == [
        one.rule for one in cleaner.clean(CHROME).findings
    ]
    assert result_of(document) == cleaner.Cleaner().clean(CHROME, id="a")
    assert result_of(document).original == CHROME


def test_the_statistics_count_documents_findings_and_characters(rejecting: cleaner.Cleaner) -> None:
    step = Clean(rejecting)
    kept = list(step.run(documents(CHROME, "Nothing to do here.", "Lorem ipsum dolor sit amet")))
    counts = {name: stat.total for name, stat in step.stats.stats.items()}
    assert len(kept) == 2
    assert (counts["total"], counts["forwarded"], counts["dropped"], counts["changed"]) == (3, 2, 1, 1)
    assert counts["drop/boilerplate/navigation/skip-link"] == 1
    [(reason, number)] = [(name, number) for name, number in counts.items() if name.startswith("dropped_")]
    assert reason.endswith("lorem-ipsum")
    assert number == 1
    assert counts["characters_in"] - counts["characters_out"] == len(CHROME) - len(CLEANED)


def test_a_document_that_fails_is_passed_on_and_counted() -> None:
    step = Clean()
    [document] = step.run([Document(text=None, id="bad")])
    assert "TypeError" in document.metadata["cleaner"]["error"]
    assert step.stats["failed"].total == 1


def test_a_url_in_the_metadata_decides_about_rules_bound_to_a_site(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        REJECTING.replace('action = "reject"', 'action = "drop"\ndomains = ["example.org"]').replace(
            'find = ["Lorem ipsum dolor sit amet"]', 'result = ""'
        )
    )
    step = Clean(cleaner.Cleaner(rules=[tmp_path / "mine.toml"]))
    text = f"{CLEANED}\n\nLorem ipsum dolor sit amet\n\n{CLEANED}"
    here, there, nowhere = step.run(
        [Document(text=text, id="a", metadata={"url": url}) for url in ("https://example.org/1", "https://example.com/1", None)]
    )
    assert "Lorem" not in here.text
    assert "Lorem" in there.text
    assert "Lorem" in nowhere.text


@pytest.mark.parametrize("workers", [1, 2])
def test_a_pipeline_reads_cleans_writes_and_keeps_the_rejected_apart(
    rejecting: cleaner.Cleaner, tmp_path: Path, workers: int
) -> None:
    (tmp_path / "in").mkdir()
    for part in range(2):
        with (tmp_path / "in" / f"{part}.jsonl").open("w") as file:
            file.writelines(f'{{"id": "{part}-{n}", "text": "Leave a reply\\n\\n{CLEANED}"}}\n' for n in range(3))
            file.write(f'{{"id": "{part}-bad", "text": "Lorem ipsum dolor sit amet"}}\n')
    LocalPipelineExecutor(
        pipeline=[
            JsonlReader(f"{tmp_path}/in"),
            Clean(rejecting, exclusion_writer=JsonlWriter(f"{tmp_path}/rejected", compression=None)),
            JsonlWriter(f"{tmp_path}/out", compression=None),
        ],
        tasks=2,
        workers=workers,
        logging_dir=f"{tmp_path}/logs",
    ).run()
    made = {one.id: one for one in JsonlReader(f"{tmp_path}/out").run()}
    rejected = {one.id: one for one in JsonlReader(f"{tmp_path}/rejected").run()}
    assert sorted(made) == ["0-0", "0-1", "0-2", "1-0", "1-1", "1-2"]
    assert {one.text for one in made.values()} == {CLEANED}
    assert sorted(rejected) == ["0-bad", "1-bad"]
    assert rejected["0-bad"].metadata["filter_reason"].endswith("lorem-ipsum")
    assert result_of(rejected["0-bad"]).original == "Lorem ipsum dolor sit amet"


def test_a_second_step_wants_a_name_of_its_own_for_its_account() -> None:
    once = Document(text=CHROME, id="a", metadata={"cleaner": "somebody's own"})
    with pytest.raises(ValueError, match=r"document 'a' has 'cleaner' .* Clean\(account=...\)"):
        list(Clean().run([once]))
    assert once.text == CHROME
    [twice] = Clean(cleaner.Cleaner(), account="second").run(Clean(cleaner.Cleaner("careful"), account="first").run([once]))
    assert twice.metadata["cleaner"] == "somebody's own"
    assert result_of(twice, "second").original == cleaner.Cleaner("careful").clean(CHROME).text


def test_a_document_that_was_not_cleaned_has_no_result() -> None:
    with pytest.raises(ValueError, match="has not been cleaned"):
        result_of(Document(text="", id="x"))
