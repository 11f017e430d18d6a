"""The systems that are compared: each that is installed does its work."""

import msgspec
import pytest

from cleaner.bench import cases, systems
from cleaner.bench.cases import Page
from cleaner.bench.scores import word_scores
from cleaner.bench.systems import CHAIN, SYSTEMS, MissingError, Settings, System, charsets, cleaners, extractors, languages
from cleaner.bench.tasks import TASKS
from cleaner.text import Document

SETTINGS = Settings()


@pytest.fixture(scope="module")
def page() -> Page:
    return next(page for page in cases.load(None).pages if page.id == "en-article-mill-lane-bridge")


@pytest.fixture
def source(page: Page) -> Document:
    return Document(id=page.id, text=page.html, media_type="text/html", url=page.url, language=page.language)


def installed(system: System) -> systems.Run:
    try:
        assert system.version(SETTINGS)
    except MissingError as error:
        pytest.skip(str(error))
    return system.load(SETTINGS)


@pytest.mark.parametrize("system", extractors.SYSTEMS, ids=lambda system: system.name)
def test_an_extractor_finds_the_text_of_a_page(system: System, source: Document, page: Page) -> None:
    answer = installed(system)(source)
    assert word_scores(answer.text, page.content)["recall"] > 0.8
    assert "<p" not in answer.text
    assert answer.language is None


@pytest.mark.parametrize("system", cleaners.SYSTEMS, ids=lambda system: system.name)
def test_a_cleaner_gives_clean_text_back(system: System, page: Page) -> None:
    answer = installed(system)(Document(id=page.id, text=page.content))
    assert word_scores(answer.text, page.content)["f1"] > 0.95


@pytest.mark.parametrize("system", languages.SYSTEMS, ids=lambda system: system.name)
def test_an_identifier_names_the_language_by_its_short_code(system: System) -> None:
    run = installed(system)
    for language in ("en", "de", "ru", "ja", "zh", "no"):
        answer = run(Document(id=language, text=cases.texts()[language].paragraph))
        assert answer.language == language
        assert answer.text == ""


def test_an_identifier_that_fails_says_nothing_rather_than_something() -> None:
    assert systems.load("cleaner language", SETTINGS)(Document(id="x", text="1234 5678")).language is None


@pytest.mark.parametrize("name", ["ftfy", "plsfix", "cleaner careful"])
def test_repairers_repair(name: str) -> None:
    assert installed(SYSTEMS[name])(Document(id="x", text="The cafÃ© reopens.")).text.strip() == "The caf\u00e9 reopens."


def test_what_a_cleaner_finds_is_part_of_its_answer() -> None:
    text = "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\nLeave a reply\n"
    answer = systems.load("cleaner balanced", SETTINGS)(Document(id="x", text=text))
    assert {finding.original.strip() for finding in answer.findings} == {"Skip to content", "Leave a reply"}
    assert answer.language == "en"


def test_the_filters_reject_what_is_no_prose() -> None:
    assert installed(SYSTEMS["datatrove"])(Document(id="x", text="Home | About | Log in\n" * 40)).text == ""


def test_names_are_unique_and_every_task_names_systems_that_there_are() -> None:
    assert len(SYSTEMS) == len(extractors.SYSTEMS) + len(cleaners.SYSTEMS) + len(languages.SYSTEMS) + len(charsets.SYSTEMS)
    assert {step for task in TASKS.values() for name in task.systems for step in name.split(CHAIN)} <= set(SYSTEMS)


@pytest.mark.parametrize("first", ["inscriptis", "html-text"])
def test_a_chain_does_what_its_steps_do_one_behind_the_other(first: str, source: Document) -> None:
    between = systems.load(first, SETTINGS)(source).text
    by_hand = systems.load("cleaner balanced", SETTINGS)(
        msgspec.structs.replace(source, text=between, media_type="text/plain"),
    )
    chained = systems.load(f"{first} > cleaner balanced", SETTINGS)(source)
    assert chained.text == by_hand.text != between
    assert chained.findings == by_hand.findings != ()


def test_a_chain_has_the_version_of_each_step() -> None:
    version = systems.version("ftfy > cleaner balanced", SETTINGS)
    assert version == f"{SYSTEMS['ftfy'].version(SETTINGS)} > {SYSTEMS['cleaner balanced'].version(SETTINGS)}"


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"package": "no-such-package"}, "pip install no-such-package"),
        ({"program": "no-such-program"}, "no-such-program is not installed"),
        ({"package": "no-such-package", "second_interpreter": True}, "no-such-package with --interpreter"),
    ],
)
def test_what_is_not_installed_says_how_to_get_it(changes: dict[str, object], hint: str) -> None:
    with pytest.raises(MissingError, match=hint):
        msgspec.structs.replace(SYSTEMS["ftfy"], **changes).version(SETTINGS)


def test_rules_and_settings_reach_the_system_and_its_name_has_the_profile() -> None:
    from cleaner.config import Config

    text = "Skip to content\n\nThe mayor resigned on Monday, her office said.\n"
    document = Document(id="x", text=text)
    kept = Settings(config=Config(profile="strict", keep=("^Skip to",)))
    assert systems.load("cleaner balanced", kept)(document).text == text
    assert systems.load("cleaner balanced", SETTINGS)(document).text != text
