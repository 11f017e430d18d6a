import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
import spinning
from spinning import (
    ADJ,
    NOUN,
    VERB,
    Maker,
    Resources,
    Spun,
    Table,
    WordNet,
    learned,
    mixed,
    neighbours,
    of_same_kind,
    read_dictd,
    with_misplaced_quotes,
)

TABLE: Table = {
    NOUN: {"tank": ("container",), "professor": ("teacher",), "step": ("way",), "child": ("kid",), "option": ("choice",)},
    VERB: {"think": ("believe",), "raise": ("lift", "lift up"), "go": ("move",)},
    ADJ: {"senior": ("elder", "old")},
}
MAKER = Maker("small", TABLE)
TEXT = "The professor thinks that children went to the tank. Professor Tank, a senior option, raised it in three steps."


def swapped(spun: Spun) -> list[tuple[str, str]]:
    return [(change.original, spun.text[change.start : change.end]) for change in spun.changed]


def test_every_change_names_its_place_and_what_stood_there() -> None:
    spun = MAKER.spin(TEXT, 1.0, seed=1)
    restored = spun.text
    for change in reversed(spun.changed):
        restored = restored[: change.start] + change.original + restored[change.end :]
    assert spun.changed
    # "a" before a vowel may have been put right
    assert restored.replace(" an ", " a ") == TEXT


def test_a_share_of_nothing_leaves_the_text() -> None:
    assert MAKER.spin(TEXT, 0.0, seed=1) == Spun(TEXT)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_the_share_of_words_is_swapped(share: float) -> None:
    words = len(TEXT.split())
    assert len(MAKER.spin(TEXT, share, seed=2).changed) == round(share * words)


def test_the_same_seed_gives_the_same_text_and_another_seed_another() -> None:
    texts = [MAKER.spin(TEXT, 0.2, seed).text for seed in range(10)]
    assert texts == [MAKER.spin(TEXT, 0.2, seed).text for seed in range(10)]
    assert len(set(texts)) > 3


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("professors", {"teachers"}),
        ("children", {"kids"}),
        ("went", {"moved"}),
        ("thinking", {"believing"}),
        ("raised", {"lifted", "lifted up"}),
        ("the", set()),
    ],
)
def test_a_substitute_keeps_the_inflection(word: str, expected: set[str]) -> None:
    assert set(MAKER.substitutes(word)) == expected


def test_capitals_are_kept() -> None:
    assert swapped(MAKER.spin("Professors agreed. THINK!", 1.0, seed=1)) == [("Professors", "Teachers"), ("THINK", "BELIEVE")]


def test_names_and_parts_of_words_are_left() -> None:
    text = "Yesterday Mr Tank saw the tank-like think.tank, @tank and the professor’s tank/option."
    assert all(not MAKER.spin(text, 1.0, seed).changed for seed in range(3))


def test_a_misplaced_quotation_mark_stands_before_the_space_and_turned() -> None:
    text = "agreed to a “no limits” relationship"
    assert with_misplaced_quotes(text, random.Random(0), share=1.0) == "agreed to a” no limits” relationship"
    assert with_misplaced_quotes(text, random.Random(0), share=0.0) == text


def test_words_are_learned_from_phrases_of_as_many_words() -> None:
    table = learned([("believe container", "think tank"), ("counterfeit", "artificial intelligence"), ("the same", "the same")])
    assert table == {VERB: {"think": ("believe",)}, NOUN: {"tank": ("container",)}}


def test_neighbours_are_words_with_near_embeddings_and_of_the_same_kind() -> None:
    vocabulary = ["tank", "container", "quickly", *(f"[unused{number}]" for number in range(20))]
    words = ["house", "river", "song", "table", "door", "night", "bread", "field", "horse", "stone", "letter", "window"]
    vocabulary += words
    rows = np.random.default_rng(0).normal(size=(len(vocabulary), 64)).astype(np.float32)
    rows[1] = rows[2] = rows[0] + 0.01
    table = neighbours(vocabulary, rows)
    assert table[NOUN]["tank"] == ("container",)


def test_several_makers_make_one() -> None:
    other = Maker("other", {NOUN: {"tank": ("vessel",)}})
    assert mixed([MAKER, other]).table[NOUN]["tank"] == ("container", "vessel")


def test_synonyms_and_wider_words_are_read_from_wordnet(tmp_path: Path) -> None:
    for name in ("verb", "adj", "adv"):
        (tmp_path / f"index.{name}").write_text("  1 licence\n")
        (tmp_path / f"data.{name}").write_text("  1 licence\n")
    (tmp_path / "index.noun").write_text(
        "  1 licence\ntank n 1 1 @ 1 0 00000001\nstorage_tank n 1 1 @ 1 0 00000001\nvessel n 1 1 ~ 1 0 00000002\n"
    )
    (tmp_path / "data.noun").write_text(
        "  1 licence\n"
        "00000001 06 n 02 tank 0 storage_tank 0 001 @ 00000002 n 0000 | a large vessel\n"
        "00000002 06 n 01 vessel 0 001 ~ 00000001 n 0000 | an object used as a container\n"
    )
    wordnet = WordNet(tmp_path)
    assert wordnet.synonyms() == {NOUN: {"tank": ("storage tank",)}}
    assert wordnet.relatives() == {NOUN: {"tank": ("vessel",), "vessel": ("tank", "storage tank")}}


def test_an_entry_of_moby_holds_in_the_parts_of_speech_that_both_words_can_be(tmp_path: Path) -> None:
    (tmp_path / "moby").mkdir()
    (tmp_path / "moby" / "words.txt").write_text("Tank,container,tank,Hardly,store\nwar chest,money\n", encoding="latin-1")
    table = of_same_kind(Resources(tmp_path).moby)
    assert table == {NOUN: {"tank": ("container", "store")}, VERB: {"tank": ("store",)}}


def test_translations_are_read_without_remarks(tmp_path: Path) -> None:
    article = b"tank /tank/ <n>\n1. char, (mil.) citerne <fem>\n"
    (tmp_path / "a.index").write_text(f"tank\tA\t{number(len(article))}\n")
    (tmp_path / "a.dict.dz").write_bytes(gzip.compress(article))
    assert read_dictd(tmp_path / "a.index", tmp_path / "a.dict.dz") == {"tank": ("char", "citerne")}


def number(value: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return number(value // 64) + alphabet[value % 64] if value >= 64 else alphabet[value]


def test_a_tensor_is_read_from_safetensors(tmp_path: Path) -> None:
    header = json.dumps({"b": {"dtype": "F32", "shape": [2, 1], "data_offsets": [4, 12]}}).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + np.array([9, 1, 2], "<f4").tobytes())
    assert spinning.read_safetensors(file, "b").tolist() == [[1], [2]]


def test_a_folder_without_resources_has_no_makers(tmp_path: Path) -> None:
    assert spinning.makers(Resources(tmp_path)) == []
