"""Misread charsets: what is undone, and what is left alone."""

from unittest.mock import Mock

import pytest

from cleaner.edits import apply
from cleaner.encoding import REPAIRS, mend, spelling
from cleaner.encoding.mixups import MARGIN, _readings, best_reading
from cleaner.encoding.spelling import attested, costs

MOSCOW = "Городской совет решил расширить мост через реку."
GREEK = "Το δημοτικό συμβούλιο αποφάσισε να ανοίξει τη γέφυρα."


def mended(text: str) -> str:
    return apply(text, mend(text, REPAIRS).edits)


@pytest.mark.parametrize(
    ("text", "written", "read"),
    [
        (MOSCOW, "windows-1251", "windows-1252"),
        (MOSCOW, "koi8-r", "windows-1252"),
        (MOSCOW, "koi8-r", "windows-1251"),
        (MOSCOW, "windows-1251", "koi8-r"),
        (MOSCOW, "mac-cyrillic", "windows-1252"),
        (MOSCOW, "cp866", "windows-1251"),
        (GREEK, "iso-8859-7", "windows-1252"),
        (GREEK, "windows-1253", "windows-1252"),
        ("Belediye meclisi köprünün yeniden açılmasına karar verdi.", "windows-1254", "windows-1252"),
        ("قرر مجلس المدينة إعادة فتح الجسر يوم الاثنين.", "windows-1256", "windows-1252"),
        ("מועצת העיר החליטה לפתוח מחדש את הגשר.", "windows-1255", "windows-1252"),
        ("Most został otwarty w środę, powiedział burmistrz.", "windows-1250", "windows-1252"),
        ("Příští týden začne oprava mostu přes řeku.", "iso-8859-2", "windows-1252"),
        ("Die Brücke müsste längst geöffnet sein, erklärte die Bürgermeisterin.", "mac-roman", "windows-1252"),
    ],
)
def test_a_mixup_of_two_charsets_is_undone(text: str, written: str, read: str) -> None:
    damaged = text.encode(written).decode(read)
    assert damaged != text
    assert mended(damaged) == text


def test_a_reading_names_its_charsets() -> None:
    reading = best_reading(MOSCOW.encode("windows-1251").decode("windows-1252"))
    assert reading is not None
    assert (reading.text, reading.read, reading.written) == (MOSCOW, "windows-1252", "windows-1251")


@pytest.mark.parametrize("charset", ["koi8-r", "cp866", "mac-cyrillic", "windows-1251", "mac-roman"])
def test_utf8_read_in_any_charset_is_undone(charset: str) -> None:
    assert mended(MOSCOW.encode().decode(charset)) == MOSCOW


def test_utf8_read_as_gbk_is_undone_inside_english() -> None:
    assert mended("it鈥檚 fine") == "it’s fine"


@pytest.mark.parametrize(
    "text",
    [
        "Þórður Guðmundsson ræður ferðinni á Ísafirði.",
        "ПРЕЗИДЕНТ РОССИЙСКОЙ ФЕДЕРАЦИИ; ДнепрОГЭС, МиГ-29, «КамАЗ».",
        "ЇЖАК, ЄВРОПА, ПрАТ «Укртелеком», 5 м³.",
        "O avô de Ângela nasceu em SÃO PAULO; NÃO, LIMÃO.",
        "Mojibake such as “â€™” or ‘Ã©’ is what one sees.",
        'Readers see “cafÃ©” instead of “café”, and "schÃ¶n" for schön.',
        "- é becomes Ã©, and *café* turns into *cafÃ©*.",
        "’ becomes â€™",
        "The letter Ã was removed from the alphabet; type Â or Ã to get it.",
        "éééééééééééééééééééé",
        "Guðrún moved to Reykjavík in 1991 and opened a bakery near the harbour with her two brothers.",
        "Vigdís Finnbogadóttir flew home to Keflavík on Friday and was met by a brass band and eleven schoolchildren.",
        "Wir wohnten in Tír na nÓg nahe Cú Chulainns Stein, und das Essen dort war das beste seit elf Tagen.",
        "The peaks of Càrn Mòr and Sgùrr Ùna lie north of the bothy, and the path to them is steep all the year round.",
        "The scribe wrote mægþum and þæt in the same hand, and a later reader glossed both words in red ink.",
        "┌──────┐ │ box │ └──────┘",
        "Widow Clicquot, Dìdi, meets—or exceeds—the norm.",
        "5 m², 10 µg, 20 °C, 3 €/kg, ½ cup, §5, ¶2.",
        "Qur’an, don´t, Hawaiʻi, o‘zbek, Sana‘a.",
    ],
)
def test_text_that_is_right_is_left_alone(text: str) -> None:
    assert mend(text, REPAIRS).edits == []


@pytest.mark.parametrize("mark", ["™", "€"])
@pytest.mark.parametrize(
    "line", ["caf{}", "wi{} ", "s{}|a", "The new Terralux{} lamp.", "M{}~ PL{", "ja nie ma si{}", "{}", "a {}]b"]
)
def test_no_reading_gains_enough_by_one_mark_behind_a_word(line: str, mark: str) -> None:
    line = line.replace("{}", mark)
    as_is, *others = costs([line, *(reading.text for reading in _readings(line))])
    assert as_is - min(others) < MARGIN
    assert best_reading(line) is None


@pytest.mark.parametrize(
    ("damaged", "restored"),
    [
        ("â€œThe cafÃ© is closed,â€\ufffd she said.", "“The café is closed,” she said."),
        ("Itâ??s a cafÃ©.", "It’s a café."),
        ("Ð³Ð¾Ñ\ufffdÑ\u0083Ð´Ð°Ñ\u0080Ñ\ufffdÑ‚Ð²Ð¾", "государство"),
    ],
)
def test_a_lost_byte_is_restored_where_one_character_fits(damaged: str, restored: str) -> None:
    assert mended(damaged) == restored


def test_a_lost_byte_that_may_have_been_several_stays_lost() -> None:
    assert mended("Ñ\ufffd Ð¸ Ñ‚Ð¾Ñ‚") == "\ufffd и тот"


@pytest.mark.parametrize("line", ["GrÃ?Ãe aus BÃ?rn fÃ?r Ã¼ber 7", "Ðóñëàí èç Áåðíà, 7"])
def test_a_line_that_stands_there_again_is_priced_once(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Mock(side_effect=costs)
    monkeypatch.setattr(spelling, "costs", counted)
    mended("\n".join([line] * 100))
    assert 0 < counted.call_count < 20


def test_a_word_costs_less_in_its_own_spelling() -> None:
    right, wrong, worse = costs(["Główny plac", "G³ówny plac", "G¤ówny plac"])
    assert right < wrong <= worse


def test_costs_do_not_depend_on_what_else_is_asked() -> None:
    texts = ["Główny plac", MOSCOW, "", "橋は月曜日に", "x"]
    assert costs(texts) == pytest.approx([costs([text])[0] for text in texts], abs=1e-3)


def test_runs_of_letters_are_attested_where_a_language_has_them() -> None:
    assert attested("ледяной", 3) == (4, 4)
    assert attested("ледшщэной", 4)[0] <= 1  # a filter, which may take one run in ten for another
