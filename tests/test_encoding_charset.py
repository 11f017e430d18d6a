"""Bytes to text."""

import pickle
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.encoding import UndecodableError, read_bytes

ARTICLES = {
    "windows-1252": "La mairie a décidé, après un long débat, d’élargir le pont : « c’est très cher », a déclaré l’échevin. "
    * 4,
    "windows-1251": "Городской совет принял решение расширить мост через реку, сообщил в понедельник мэр города. " * 4,
    "koi8-r": "Городской совет принял решение расширить мост через реку, сообщил в понедельник мэр города. " * 4,
    "shift_jis": "市議会は月曜日、川にかかる橋を広げることを決めたと市長が発表した。費用は三億円。" * 4,
    "euc-kr": "시의회는 월요일 강 위의 다리를 넓히기로 결정했다고 시장이 발표했다. " * 4,
    "gb18030": "市议会周一决定扩建河上的大桥，市长宣布。费用为三亿元，工程将于明年春天开始。" * 4,
    "iso-8859-2": "Rada miasta zdecydowała w środę o poszerzeniu mostu, powiedział burmistrz Łodzi. " * 4,
}


WESTERN = {
    "fr": "La mairie a décidé, après un long débat, d'élargir le pont. Le coût a été jugé très élevé par l'échevin. ",
    "de": "Der Bürgermeister sagte: „Die Brücke wird größer“ – für drei Mio. Euro, so viel wie üblich. ",
    "es": "¿Cuánto costó el puente? Más de tres millones, señaló la alcaldesa de Coruña. ",
    "en": "“We open at 9,” the café’s owner said – not before. It’s £5 or so. The council met on Tuesday. ",
    "pt": "O avô nasceu em São Paulo; o pão custa dois euros, à noite não há ônibus. ",
    "sv": "Kommunfullmäktige beslutade på måndagen att bygga en ny bro över ån, säger borgmästaren. ",
}


RUSSIAN = ARTICLES["windows-1251"]


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    read = read_bytes(data, declared)
    return read.text, read.charset


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "shift_jis", "euc-kr", "gb18030"])
def test_the_charset_of_an_article_is_detected(charset: str) -> None:
    assert decode(ARTICLES[charset].encode(charset))[0] == ARTICLES[charset]


@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize("language", WESTERN)
def test_the_charset_of_a_western_article_is_detected(language: str, times: int) -> None:
    text = WESTERN[language] * times
    assert decode(text.encode("windows-1252"))[0] == text


@pytest.mark.parametrize("charset", ARTICLES)
def test_a_declared_charset_is_believed(charset: str) -> None:
    text, name = decode(ARTICLES[charset].encode(charset), declared=charset)
    assert (text, name) == (ARTICLES[charset], charset)


@pytest.mark.parametrize("declared", ["latin-1", "ISO-8859-1", "ascii", "Windows-1252"])
def test_declared_latin_1_means_windows_1252_as_in_browsers(declared: str) -> None:
    assert decode("“caf\u00e9” costs €5".encode("windows-1252"), declared)[0] == "“caf\u00e9” costs €5"


@pytest.mark.parametrize("declared", ["unicode_escape", "raw_unicode_escape", "Punycode", "idna", "charmap"])
def test_what_python_calls_a_codec_and_is_no_charset_is_not_believed(declared: str) -> None:
    read = read_bytes("Le café de la gare, \\u00e0 midi".encode("windows-1252"), declared)
    assert (read.text, read.disbelieved) == ("Le café de la gare, \\u00e0 midi", declared)


@pytest.mark.parametrize(
    "declared", ["nonsense", "utf-8", "shift_jis", "rot13", "zlib", "hex", "idna", "unicode_escape", "undefined", "\0"]
)
def test_a_wrong_declaration_does_not_matter_much(declared: str) -> None:
    text, _ = decode(ARTICLES["windows-1252"].encode("windows-1252"), declared)
    assert isinstance(text, str)
    assert text.startswith("La mairie a d")


@pytest.mark.parametrize("declared", ["windows-1252", "koi8-r", None])
def test_utf8_is_utf8_whatever_was_declared(declared: str | None) -> None:
    assert decode("“Жук” – 橋".encode(), declared) == ("“Жук” – 橋", "utf-8")


@pytest.mark.parametrize(
    ("charset", "mark"),
    [("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("utf-32-le", "\ufeff"), ("utf-32-be", "\ufeff")],
)
def test_a_byte_order_mark_decides_and_goes(charset: str, mark: str) -> None:
    assert decode(f"{mark}The café 橋".encode(charset), declared="windows-1251") == ("The café 橋", charset)


def test_utf8_with_a_few_broken_bytes_stays_utf8() -> None:
    data = ("Городской совет принял решение. " * 10).encode()
    broken = data[:40] + b"\xff" + data[40:]
    text, charset = decode(broken)
    assert charset == "utf-8"
    assert text.count("\ufffd") <= 3
    assert "совет принял решение" in text


def test_utf8_cut_in_the_middle_of_a_character_stays_utf8() -> None:
    text, charset = decode(("Городской совет принял решение. " * 10).encode()[:-3])
    assert charset == "utf-8"
    assert text.startswith("Городской совет")


@pytest.mark.parametrize(
    "text",
    [
        *("She met Zoë, said the café’s owner é", "Příliš žluťoučký kůň", "Мэр подал", "ภาษาไทย", "東京の天気"),
        "The mayor resigned on Monday, her office said. ’",
    ],
)
def test_a_short_text_whose_last_or_first_character_was_cut_stays_utf8(text: str) -> None:
    assert decode(text.encode()[:-1]) == (f"{text[:-1]}\ufffd", "utf-8")
    if not text[0].isascii():
        assert decode(text.encode()[1:])[1] == "utf-8"


def test_a_single_byte_at_an_edge_of_ascii_is_a_letter_of_another_charset() -> None:
    assert decode(b"The owner of the caf\xe9") == ("The owner of the café", "windows-1252")
    assert decode(b"\x93Hello\x94, said the owner")[1] == "windows-1252"


def test_one_nul_does_not_make_a_text_binary() -> None:
    assert decode(b"The mayor\0 resigned on Monday.") == ("The mayor\0 resigned on Monday.", "utf-8")


# --- two charsets in one file --------------------------------------------------------------------------------------

FRENCH, GERMAN = WESTERN["fr"].strip(), WESTERN["de"].strip()


def beside(data: bytes, declared: str | None = None) -> tuple[str, str, int, int] | None:
    """What stands beside UTF-8: the text as read, the charset, and in how many lines from which on."""
    read = read_bytes(data, declared)
    return (read.text, read.beside.charset, read.beside.lines, read.beside.first) if read.beside else None


@pytest.mark.parametrize("charset", ARTICLES)
@pytest.mark.parametrize("times", [(1, 1), (20, 1), (1, 20), (20, 20)])
def test_lines_in_another_charset_beside_utf8_are_read_in_that(charset: str, times: tuple[int, int]) -> None:
    utf8, other = [FRENCH] * times[0], [ARTICLES[charset]] * times[1]
    data = b"\n".join([*(line.encode() for line in utf8), *(line.encode(charset) for line in other)])
    wanted = "\n".join(utf8 + other)
    read = read_bytes(data)
    assert (read.text, read.charset) == (wanted, "utf-8")
    assert read.beside
    assert (read.beside.lines, read.beside.first) == (times[1], times[0] + 1)
    assert wanted.endswith(other[-1].encode(charset).decode(read.beside.charset))


def test_which_lines_are_in_another_charset_does_not_depend_on_their_order() -> None:
    lines = [FRENCH.encode(), GERMAN.encode("windows-1252"), b"plain", FRENCH.encode(), b"\xabCaf\xe9\xbb", "Œuf".encode()]
    assert beside(b"\r\n".join(lines)) == (f"{FRENCH}\r\n{GERMAN}\r\nplain\r\n{FRENCH}\r\n«Café»\r\nŒuf", "windows-1252", 2, 2)


def test_words_in_another_charset_in_a_line_of_utf8_are_read_in_that() -> None:
    page = f"<p>{FRENCH}</p><p>{RUSSIAN}</p>".encode() + f"<footer>{GERMAN}</footer>".encode("windows-1252")
    assert beside(page) == (f"<p>{FRENCH}</p><p>{RUSSIAN}</p><footer>{GERMAN}</footer>", "windows-1252", 1, 1)


def test_a_single_letter_in_another_charset_in_much_utf8_is_read() -> None:
    data = f"{FRENCH}\n".encode() * 50 + b"The owner of the caf\xe9 said so.\n"
    assert beside(data) == (f"{FRENCH}\n" * 50 + "The owner of the café said so.\n", "windows-1252", 1, 51)


def test_utf8_with_a_mark_has_lines_in_another_charset_too() -> None:
    data = b"\xef\xbb\xbf" + f"{FRENCH}\n".encode() + GERMAN.encode("windows-1252")
    assert beside(data) == (f"{FRENCH}\n{GERMAN}", "windows-1252", 1, 2)
    assert read_bytes(data).by == "mark"


def test_what_was_declared_is_the_charset_beside_utf8_where_both_fit() -> None:
    data = f"{FRENCH}\n".encode() * 3 + "Łódź, Kraków".encode("iso-8859-2")
    assert beside(data, "iso-8859-2") == (f"{FRENCH}\n" * 3 + "Łódź, Kraków", "iso-8859-2", 1, 4)


@pytest.mark.parametrize("declared", ["utf-8", "utf-8-sig", "utf-16", "utf-7", "nonsense", "idna"])
def test_what_was_declared_is_not_the_charset_beside_utf8_where_it_cannot_be(declared: str) -> None:
    data = f"{FRENCH}\n".encode() * 3 + GERMAN.encode("windows-1252")
    assert beside(data, declared) == (f"{FRENCH}\n" * 3 + GERMAN, "windows-1252", 1, 4)


@pytest.mark.parametrize(
    ("damage", "shown"),
    [
        (lambda data: data.replace("совет".encode(), "сове".encode() + b"\xd1"), "сове\ufffd"),
        (lambda data: data.replace("совет".encode(), b"\xff" + "овет".encode()), "\ufffdовет"),
        (lambda data: data.replace("“We".encode(), b"\xe2\x80We"), "\ufffdWe"),
        (lambda data: data.replace("’s".encode(), b"\xe2\x80s"), "café\ufffds"),
        (lambda data: data.replace("é’s".encode(), b"\xc3s"), "caf\ufffds"),
    ],
)
def test_damaged_utf8_is_not_taken_for_another_charset(damage: Callable[[bytes], bytes], shown: str) -> None:
    data = damage(f"{RUSSIAN}\n{WESTERN['en']}\n{RUSSIAN}".encode())
    read = read_bytes(data)
    assert (read.text, read.beside) == (data.decode("utf-8", "replace"), None)
    assert shown in read.text


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_lines_of_utf8_that_were_cut_inside_of_a_character_are_damaged(line_break: str) -> None:
    cut = (RUSSIAN.encode()[:-5], RUSSIAN.encode()[1:], FRENCH.encode(), "Он был там, ж".encode()[:-1], "ú fió".encode()[1:])
    data = line_break.encode().join(cut)
    read = read_bytes(data)
    assert (read.text, read.beside) == (data.decode("utf-8", "replace"), None)


@pytest.mark.parametrize("charset", [*ARTICLES, "cp866", "mac-cyrillic", "cp874", "windows-1255", "windows-1256", "euc_jp"])
def test_a_text_in_one_charset_is_not_utf8_in_part(charset: str) -> None:
    """Not by the words of it that are valid UTF-8 by chance either."""
    for text in {**ARTICLES, **WESTERN, "th": "สภาเมืองตัดสินใจเปิดสะพาน ข้ามแม่น้ำอีกครั้ง ใน วัน จันทร์"}.values():
        data = text.encode(charset, "ignore")
        assert read_bytes("\n".join(text.split()).encode(charset, "ignore")).beside is None
        assert data.isascii() or read_bytes(data).charset != "utf-8"


def test_ascii_with_one_broken_byte_keeps_its_words() -> None:
    assert decode(b"The council met \xff on Tuesday to discuss the bridge.")[0].startswith("The council met ")


@pytest.mark.parametrize(
    "data",
    [
        b"text\0text\0",
        b"a\0b\0c text here\n",
        "name\0Zoë\0town\0Łódź\n".encode(),
        b"./one.txt\0./two.txt\0",
        b"A line that was filled up." + bytes(486),
    ],
    ids=["each", "separators", "beyond ASCII", "names of files", "filled up"],
)
def test_nuls_that_separate_or_fill_up_a_text_do_not_make_it_binary(data: bytes) -> None:
    assert decode(data) == (data.decode(), "utf-8")


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps({"name": "Zoë", "places": ["Łódź"] * 20}),
        struct.pack(">20I", *b"three of four are so"),
        b"SQLite format 3\0\x10\0\x01\x01\0@  \0\0\0",
        b"notes.txt" + bytes(91) + b"0000644\x000001750\x00" + bytes(349) + b"The text in a tar archive.\n" * 999,
        b"GIF89a\x01\0\x01\0\x80\0\0",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nstream\0\xff\0\xfe\0",
        b"\xe9t\xe9\0" * 9,
    ],
    ids=["pickle", "numbers", "SQLite", "tar", "GIF", "PDF", "not UTF-8"],
)
def test_what_holds_nuls_and_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableError, match="binary"):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\0" * 100, b"PK\x03\x04\x14\0\0\0", b"\x7fELF\x02\x01\x01\0"],
    ids=["png", "zeros", "zip", "elf"],
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableError, match="binary"):
        decode(data)


@pytest.mark.parametrize("data", [b"", b" ", b"\n", b"a", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_the_shortest_inputs_decode(data: bytes) -> None:
    assert isinstance(decode(data)[0], str)


@given(
    st.binary(max_size=200),
    st.sampled_from([None, "utf-8", "windows-1252", "shift_jis", "utf-16", "utf-7", "punycode", "no such"]),
)
def test_any_bytes_are_decoded_or_refused(data: bytes, declared: str | None) -> None:
    try:
        text, charset = decode(data, declared)
    except UndecodableError:
        return
    assert isinstance(text, str)
    assert charset


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_utf8_text_survives_unless_it_starts_with_a_mark(text: str) -> None:
    assert decode(text.encode())[0] == text.removeprefix("\ufeff")


def test_how_the_text_was_got_is_told() -> None:
    assert read_bytes(RUSSIAN.encode()).by == "validity"
    assert read_bytes(b"\xef\xbb\xbfx").by == "mark"
    assert read_bytes(RUSSIAN.encode("koi8-r"), "koi8-r").by == "declaration"
    guessed = read_bytes(RUSSIAN.encode("koi8-r"))
    assert (guessed.by, guessed.charset, guessed.text) == ("detection", "koi8-r", RUSSIAN)
    assert guessed.certainty > 0.9


def test_a_short_text_in_no_language_is_less_certain_than_an_article() -> None:
    assert read_bytes(b"xq \xe9\xfc\xa4 zz").certainty < read_bytes(RUSSIAN.encode("koi8-r")).certainty


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "koi8-r", "utf-8", "shift_jis"])
def test_a_declaration_that_gives_no_words_is_disbelieved(declared: str) -> None:
    read = read_bytes(RUSSIAN.encode("windows-1251"), declared)
    assert (read.text, read.charset, read.disbelieved) == (RUSSIAN, "windows-1251", declared)


def test_utf8_that_was_declared_as_something_else_is_told() -> None:
    assert read_bytes(RUSSIAN.encode(), "windows-1251").disbelieved == "windows-1251"
    assert read_bytes(RUSSIAN.encode(), "UTF8").disbelieved == ""
    assert read_bytes(b"plain", "windows-1251").disbelieved == ""


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["windows-1252", "windows-1251", "shift_jis", "euc-kr", "gb18030"])
def test_utf16_without_its_mark_is_read(charset: str, name: str) -> None:
    assert decode(ARTICLES[name].encode(charset)) == (ARTICLES[name], charset)


def test_iso_2022_jp_is_read() -> None:
    assert decode(ARTICLES["shift_jis"].encode("iso2022_jp")) == (ARTICLES["shift_jis"], "iso-2022-jp")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("windows-1253", "Το δημοτικό συμβούλιο αποφάσισε να ανοίξει ξανά τη γέφυρα."),
        ("windows-1254", "Belediye meclisi köprünün yeniden açılmasına karar verdi, dedi başkan."),
        ("windows-1255", "מועצת העיר החליטה לפתוח מחדש את הגשר ביום שני."),
        ("windows-1256", "قرر مجلس المدينة إعادة فتح الجسر يوم الاثنين المقبل."),
        ("windows-1250", "Rada miasta zdecydowała w środę o poszerzeniu mostu, powiedział burmistrz Łodzi."),
        ("windows-1257", "Miesto taryba nusprendė kitą savaitę vėl atidaryti tiltą per upę."),
        ("cp874", "สภาเมืองตัดสินใจเปิดสะพานข้ามแม่น้ำอีกครั้งในวันจันทร์"),
        ("mac-cyrillic", "Городской совет решил снова открыть мост через реку в понедельник."),
        ("cp866", "Городской совет решил снова открыть мост через реку в понедельник."),
        ("big5", "市議會決定下週一重新開放河上的大橋，市長宣布。"),
        ("euc_jp", "市議会は来週の月曜日に橋を再び開くことを決めた。"),
    ],
)
def test_one_sentence_tells_its_charset(charset: str, text: str) -> None:
    assert decode(text.encode(charset))[0] == text
