import itertools
import math
import pickle
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making import odd_text
from test_text import SCRIPTS

from cleaner import Cleaner
from cleaner.cli import main
from cleaner.edits import apart
from cleaner.extras import ExtraMissingError
from cleaner.garble import deep, document, evidence
from cleaner.garble.deep import ROOM, Detector, Flag, Judged, Vocabulary, Word, units, windows
from cleaner.garble.lexicon import lexicon
from cleaner.garble.tokens import cut_words

HONEST = (
    "An economist at a think tank in London said on Tuesday that the bank would have to raise interest rates again before "
    "the end of the year, because prices are still rising much faster than wages. The central bank has said that it will "
    "do whatever it takes to bring inflation down, but some of its members fear that higher rates would push the country "
    "into a recession. Unemployment rose last month for the first time since the spring, and the number of new houses "
    "fell to its lowest level in ten years. The finance minister told reporters that the government would not change course. "
)
SPUN = (
    "An economist at a ponder vessel in London said on Tuesday that the shore would have to lift curiosity charges again "
    "before the extremity of the year, because prizes are still mounting much quicker than salaries. The focal shore has said "
    "that it will do whatever it takes to fetch swelling down, but some of its limbs dread that taller rates would shove the "
    "nation into a corner. Joblessness rose final month for the first while since the coil, and the figure of fresh houses "
    "tumbled to its bottommost tier in ten years. The money priest told columnists that the regime would not alter path. "
)
OTHER_LANGUAGES = {
    "de": "Die Regierung hat mitgeteilt, dass die Zinsen in diesem Jahr noch einmal steigen werden, weil die Preise wachsen.",
    "fr": "Le gouvernement a annoncé que les taux d’intérêt augmenteront encore cette année, parce que les prix progressent.",
    "es": "El gobierno anunció el martes que los tipos de interés volverán a subir, porque los precios siguen creciendo.",
    "nl": "De regering heeft dinsdag gezegd dat de rente dit jaar nog een keer omhoog gaat, omdat de prijzen blijven stijgen.",
    "ru": "Правительство сообщило во вторник, что ставки в этом году снова вырастут.",
    "ja": "政府は火曜日、今年中に金利を再び引き上げると発表した。",
}
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz")]
PIECES += ["tank", "think", "##ing", ".", ",", "“"]
TOY = Vocabulary(PIECES)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load()


def pieces(word: str) -> list[str]:
    return [PIECES[number] for number in TOY.cut(word)]


# --- words and windows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tank", ["tank"]),
        ("Tanks", ["tank", "##s"]),
        ("thinking", ["think", "##ing"]),
        ("Ténk", ["t", "##e", "##n", "##k"]),
        ("日本", ["[UNK]"]),
        ("a" * 101, ["[UNK]"]),
        ("\ud800", ["[UNK]"]),
    ],
)
def test_a_word_is_cut_into_the_longest_known_pieces(word: str, expected: list[str]) -> None:
    assert pieces(word) == expected


@given(odd_text() | st.text())
def test_units_are_what_stands_there_and_in_order(text: str) -> None:
    at = 0
    for unit in units(text, TOY):
        assert at <= unit.start < unit.end <= len(text)
        assert not any(char.isspace() for char in text[unit.start : unit.end])
        at = unit.end
    covered = sum(unit.end - unit.start for unit in units(text, TOY))
    assert covered == sum(not char.isspace() for char in text)


def test_each_content_word_of_prose_is_judged_once() -> None:
    text = (HONEST + "\n\n" + SPUN) * 20
    judged = [span for window in windows(text, TOY) for span in window.spans]
    wanted = [(unit.start, unit.end) for unit in units(text, TOY) if unit.kind == "content"]
    assert judged == wanted


@given(st.lists(st.sampled_from([*HONEST.split(), ".", "\n", "the", "of", "a" * 90]), max_size=400))
@example(["of"] * 31 + ["."] + ["the"] * 20 + ["a" * 90, "is", "it", "house", "."])  # what is left is too long, too
def test_no_window_is_longer_than_the_model_has_seen(words: list[str]) -> None:
    for window in windows(" ".join(words), TOY):
        assert len(window.ids) == len(window.capitals) <= ROOM + 2
        assert window.ids[0] == TOY.first
        assert window.ids[-1] == TOY.last
        assert len(window.at) == len(window.spans) > 0
        assert 0 < window.at.min() <= window.at.max() < len(window.ids) - 1


def test_windows_end_with_a_sentence_where_one_ends() -> None:
    vocabulary = Detector.load().vocabulary
    text = HONEST * 10
    for window in list(windows(text, vocabulary))[:-1]:
        end = window.spans[-1][1]
        assert text[end] == "."


# --- what is judged, and what not -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", OTHER_LANGUAGES.values(), ids=OTHER_LANGUAGES)
def test_nothing_is_said_of_other_languages(detector: Detector, text: str) -> None:
    assert detector.judge(text * 5) == Judged((), 0.0)


@pytest.mark.parametrize("text", [*SCRIPTS.values(), "", " ", "\n\n", "🙂" * 100, "\ud800", "x", "1 2 3", "Tank."])
def test_odd_texts_are_judged_without_a_flag(detector: Detector, text: str) -> None:
    assert detector.flags(detector.judge(text)) == []


@settings(max_examples=40, deadline=None)
@given(odd_text())
def test_any_text_can_be_judged(text: str) -> None:
    detector = Detector.load()
    judged = detector.judge(text)
    for flag in detector.flags(judged, prior=1.0):
        assert 0 <= flag.start < flag.end <= len(text)
    assert 0 <= judged.score <= 1


@pytest.mark.parametrize("char", ["a", "é", "🙂", "\ud800", "-", "日", "1"])
def test_a_megabyte_without_a_space_takes_no_time(detector: Detector, char: str) -> None:
    began = time.process_time()
    assert detector.judge(char * 1_000_000).words == ()
    assert time.process_time() - began < 20


def test_code_and_tables_are_not_judged(detector: Detector) -> None:
    code = "for (int index = 0; index < count; index++) { total += values[index]; }\n" * 20
    table = "Arsenal 38 26 6 6 88 43 84\nLiverpool 38 19 10 9 75 47 67\nManchester United 38 23 6 9 58 43 75\n" * 10
    assert detector.judge(code).words == detector.judge(table).words == ()


# --- scores ---------------------------------------------------------------------------------------------------------


def test_each_word_stands_where_its_score_says(detector: Detector) -> None:
    words = detector.judge(HONEST).words
    assert [HONEST[word.start : word.end] for word in words[:4]] == ["economist", "think", "tank", "London"]
    assert all(math.isfinite(word.odds) for word in words)


def test_a_score_is_the_same_bit_for_bit_alone_and_beside_any_other_text(detector: Detector) -> None:
    made = list(windows((HONEST + "\n" + SPUN) * 3, detector.vocabulary))
    alone = [detector.logits(window).tobytes() for window in made]
    order = list(range(len(made)))
    random.Random(0).shuffle(order)
    assert [detector.logits(made[at]).tobytes() for at in order] == [alone[at] for at in order]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda window: detector.logits(window).tobytes(), made * 3))
    assert together == alone * 3


def test_a_window_is_judged_alike_wherever_it_stands(detector: Detector) -> None:
    first = next(windows(HONEST + SPUN, detector.vocabulary))
    # A window ends where the next sentence has no room: behind so much of the text another comes, with the same words.
    alone = next(windows(HONEST, detector.vocabulary))
    assert detector.logits(first).tobytes() == detector.logits(alone).tobytes()


def test_documents_do_not_leak_into_each_other(detector: Detector) -> None:
    before = detector.judge(HONEST)
    detector.judge(SPUN * 5)
    assert detector.judge(HONEST) == before


def test_a_spun_text_scores_above_the_honest_one(detector: Detector) -> None:
    honest, spun = detector.judge(HONEST), detector.judge(SPUN)
    assert honest.score < 0.3
    assert spun.score > 0.5


def test_words_out_of_place_are_flagged_and_honest_ones_are_not(detector: Detector) -> None:
    assert detector.flags(detector.judge(HONEST)) == []
    flagged = {SPUN[flag.start : flag.end] for flag in detector.flags(detector.judge(SPUN), prior=0.99)}
    assert len(flagged) >= 3
    assert any("vessel" in one or "ponder" in one for one in flagged)


# --- what else is known of a word -----------------------------------------------------------------------------------


def known(text: str, *logits: list[float]) -> dict[str, list[float]]:
    """The evidence on all words of a text, by the name of the feature; the logits come window by window."""
    tokens = cut_words(text, lexicon())
    odds = np.zeros(len(tokens.id), np.float32)
    rows = evidence.features(tokens, lexicon(), tokens.start, [np.array(one, np.float32) for one in logits], odds)
    return dict(zip(evidence.FEATURES, rows.T.tolist(), strict=True))


def test_a_neighbour_is_one_of_the_same_window() -> None:
    found = known("many cats chase small mice", [1, 2], [3, 4, 5])
    nobody = evidence.NO_NEIGHBOUR
    assert found["own"] == [1, 2, 3, 4, 5]
    assert found["before"] == [nobody, 1, nobody, 3, 4]
    assert found["after"] == [2, nobody, 4, 5, nobody]
    assert found["second_before"] == [nobody, nobody, nobody, nobody, 3]
    assert found["mean"] == [1.5, 1.5, 4, 4, 4]
    assert found["surest"] == [1.5, 1.5, 4.5, 4.5, 4.5]


def test_it_is_known_which_words_stand_together() -> None:
    found = known("a think tank, a believe tank. Container", [0] * 7)
    assert found["term_before"] == [0, 0, 1, 0, 0, 0, 0]
    assert found["term_after"] == [0, 1, 0, 0, 0, 0, 0]
    assert found["strength_before"][2] > 1 > found["strength_before"][5]
    assert found["joined_after"][2] == found["joined_before"][3] == 0
    assert found["sentence_start"] == [1, 0, 0, 0, 0, 0, 1]
    assert found["capital"][-1] == 1


def test_a_word_that_the_text_keeps_using_is_known_to_be_its_own() -> None:
    uses = known("tank tank tank qzxv qzxv car", [0] * 6)["uses"]
    assert uses[0] == uses[2] > uses[5] > uses[3] == 0


# --- flags ----------------------------------------------------------------------------------------------------------


def test_what_is_known_of_the_document_moves_the_bar(detector: Detector) -> None:
    judged = detector.judge(SPUN)
    counts = [sum(flag.end - flag.start for flag in detector.flags(judged, prior)) for prior in (0.0, 0.1, 0.5, 0.9, 1.0)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_neighbours_make_one_flag_as_sure_as_the_surer(detector: Detector) -> None:
    sure, unsure = 60.0, -60.0
    words = (
        Word(0, 7, sure),
        Word(8, 17, sure),
        Word(20, 25, unsure),
        *(Word(30 + n, 31 + n, unsure) for n in range(0, 40, 2)),
    )
    assert detector.flags(Judged(words, 0.5)) == [Flag(0, 17, 1.0)]


def test_a_document_is_not_flagged_word_by_word(detector: Detector) -> None:
    words = tuple(Word(3 * n, 3 * n + 1, 50.0) for n in range(5_000))
    assert len(detector.flags(Judged(words, 1.0))) == deep.MOST_FLAGS
    assert len(detector.flags(Judged(words[:100], 1.0))) == deep.MOST_SHARE * 100


def test_a_summary_is_finite_for_any_odds() -> None:
    for odds in ([], [0.0], [1e4], [-1e4], [80.0, -80.0] * 50):
        assert np.isfinite(document.summary(np.array(odds, np.float32))).all()


# --- the file -------------------------------------------------------------------------------------------------------


def test_the_model_is_small_enough_to_ship() -> None:
    assert deep.MODEL.stat().st_size < 20_000_000


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    deep.read.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ExtraMissingError, match=r"cleaner-text\[deep\]"):
        Detector.load()
    deep.read.cache_clear()


def test_the_model_is_read_once() -> None:
    assert Detector.load() is Detector.load()


# --- in the cleaner -------------------------------------------------------------------------------------------------

RULE = "garbled/words/word-out-of-place"


def found_by(cleaner: Cleaner, text: str) -> list[str]:
    return [finding.original for finding in cleaner.clean(text).findings if finding.rule == RULE]


def test_the_layer_is_off_unless_it_is_asked_for() -> None:
    result = Cleaner().clean(SPUN)
    assert not any(finding.rule == RULE for finding in result.findings)


def test_asked_for_it_flags_words_and_changes_none(detector: Detector) -> None:
    result = Cleaner(deep=True).clean(SPUN)
    flags = [finding for finding in result.findings if finding.rule == RULE]
    phrases = [one for one in result.findings if one.label == "garbled" and one.rule != RULE]
    told = apart(detector.flags(detector.judge(SPUN), float(result.signals["garbled"])), phrases)
    assert [(one.start, one.end, one.score) for one in flags] == [(one.start, one.end, one.score) for one in told] != []
    assert all(one.action == "flag" and one.original == SPUN[one.start : one.end] for one in flags)
    assert result.text == SPUN


def test_of_words_in_garbled_phrases_the_phrases_are_told() -> None:
    text = SPUN.replace("ponder vessel", "believe container")
    flags = [one for one in Cleaner(deep=True).clean(text).findings if one.label == "garbled" and one.start < one.end]
    assert "believe container" in [one.original for one in flags]
    assert all(before.end <= after.start for before, after in itertools.pairwise(sorted(flags, key=lambda one: one.start)))


def test_what_it_holds_of_the_document_counts_beside_the_other_layers(detector: Detector) -> None:
    layers = float(Cleaner().clean(SPUN).signals["garbled"])
    assert Cleaner(deep=True).clean(SPUN).signals["garbled"] == detector.together(layers, detector.judge(SPUN).score)


def test_either_is_enough_for_a_document_to_be_garbled(detector: Detector) -> None:
    assert detector.together(1.0, 0.0) > 0.9
    assert detector.together(0.0, 1.0) > 0.9
    assert detector.together(0.0, 0.0) < 0.1


@pytest.mark.parametrize("layers", [0.0, 0.01, 0.5, 0.99])
def test_a_document_is_the_more_garbled_the_more_both_say_so(detector: Detector, layers: float) -> None:
    scores = [detector.together(layers, words) for words in (0.0, 0.1, 0.5, 0.9, 1.0)]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]
    assert detector.together(0.0, 0.5) < detector.together(1.0, 0.5)


def test_flags_stand_in_the_original_where_a_repair_came_before_them() -> None:
    damaged = "The cafÃ© was â€œfullâ€\x9d. " + SPUN
    result = Cleaner(deep=True).clean(damaged)
    flags = [finding for finding in result.findings if finding.rule == RULE]
    assert flags
    assert all(damaged[one.start : one.end] == one.original for one in flags)
    assert result.revert() == damaged


def test_it_can_be_turned_off_like_any_rule() -> None:
    assert found_by(Cleaner(deep=True, off=[RULE]), SPUN) == []


def test_it_is_asked_about_english_alone() -> None:
    result = Cleaner(deep=True).clean(SPUN, language="de")
    assert not any(finding.rule == RULE for finding in result.findings)
    assert result.signals["garbled"] == 0


def test_the_option_stands_in_the_digest_and_survives_pickling() -> None:
    asked = Cleaner(deep=True)
    assert asked.digest != Cleaner().digest
    assert pickle.loads(pickle.dumps(asked)).digest == asked.digest
    assert found_by(pickle.loads(pickle.dumps(asked)), SPUN) == found_by(asked, SPUN) != []


def test_a_cleaner_that_cannot_look_says_which_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    deep.read.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ExtraMissingError, match=r"cleaner-text\[deep\]"):
        Cleaner(deep=True)
    deep.read.cache_clear()


def test_the_command_line_says_which_extra_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spun.txt").write_text(SPUN, encoding="utf-8")
    deep.read.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "spun.txt"), "--deep"])
    deep.read.cache_clear()
    assert result.exit_code == 2
    assert "needs onnxruntime: pip install 'cleaner-text[deep]'" in result.output


def test_the_command_line_has_the_option(tmp_path: Path) -> None:
    (tmp_path / "spun.txt").write_text(SPUN, encoding="utf-8")
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "spun.txt"), "--deep"])
    assert result.exit_code == 0
    assert RULE in result.output
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "spun.txt")])
    assert RULE not in result.output
