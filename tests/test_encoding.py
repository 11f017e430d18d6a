import functools
import random
import re
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import cpu_seconds, odd_text

from cleaner.edits import Edit, apply, compose, difference
from cleaner.encoding import CHARACTER_REPAIRS, DOUBTS, PRIMES, QUOTES, REPAIRS, gate, in_one_form, mend
from cleaner.encoding.numbered_links import link_numbers
from cleaner.encoding.primes import primes
from cleaner.text import LINE_SEPARATORS

CLEAN = {
    "en": "The café’s owner said: “We open at 9 – not before.” It’s £5… or €6 & a 50% tip.",
    "de": "Der Bürgermeister sagte: „Die Brücke wird größer“ – für 3,5 Mio. €, so „viel“ wie üblich.",
    "fr": "« L’été dernier », a-t-il déclaré, « Noël à Nîmes coûtait 30 € » ; œuvre, cœur, où ça ?",
    "es": "¿Cuánto costó el puente? ¡Más de 3 millones!, señaló la alcaldesa de Coruña: «año a año».",
    "pt": "O avô de Ângela nasceu em SÃO PAULO; o pão custa 2 €, à noite não há ônibus. Ação, órgão.",
    "it": "Perché è così caro? «Non è più com’era», disse; città, virtù, lunedì, l’università.",
    "pl": "Zażółć gęślą jaźń – „most otwarto w środę”, powiedział burmistrz Łodzi.",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy; „most“ stojí 3 mil. Kč.",
    "tr": "İstanbul’da ılık bir akşam: “Köprü açıldı,” dedi Şükrü Ağa’nın oğlu.",
    "vi": "Cây cầu mới được thông xe vào thứ Hai, ông Nguyễn Văn Ấn cho biết.",
    "ru": "Мост открыт: «Мы рады», — сказал мэр. Ёжик, объём, №5, 30 €.",
    "uk": "Їжак і ґанок — «міст відкрито», сказав мер Києва.",
    "el": "Η γέφυρα άνοιξε: «Είμαστε χαρούμενοι», είπε ο δήμαρχος.",
    "ar": "فُتِحَ الجسر يوم الاثنين، وقال العمدة: «نحن سعداء».",
    "he": "הגשר נפתח ביום שני, אמר ראש העיר: „אנחנו שמחים“.",
    "hi": "पुल सोमवार को खुला, महापौर ने कहा।",
    "th": "สะพานเปิดให้บริการเมื่อวันจันทร์ นายกเทศมนตรีกล่าว",
    "zh": "大桥于周一通车，市长说：“我们很高兴。”全角：ＡＢＣ１２３",
    "ja": "橋は月曜日に開通した。「うれしい」と市長。ｶﾀｶﾅ",
    "ko": "다리가 월요일에 개통되었다고 시장이 말했다.",
}


def ungated(text: str) -> str:
    """Of all character repairs the first that changes a line, without a gate, until none does."""
    lines = re.split(f"([{LINE_SEPARATORS}])", text)
    lines[::2] = map(ungated_line, lines[::2])
    return "".join(lines)


@functools.cache
def ungated_line(line: str) -> str:
    for _ in range(30):
        repaired = (step(line) for step in CHARACTER_REPAIRS.values())
        changed = next((one for one in repaired if one != line), None)
        if changed is None:
            break
        line = changed
    return line


def damaged_corpus(characters: int, seed: int = 2024) -> str:
    """Clean lines of twenty languages, one in five of them damaged in one way or in several."""
    choose = random.Random(seed)
    damages: list[Callable[[str], str]] = [
        lambda line: line.encode(errors="replace").decode("windows-1252", "replace"),
        lambda line: line.encode(errors="replace").decode("latin-1"),
        lambda line: line.encode(errors="replace").decode("windows-1251", "replace"),
        lambda line: line.encode(errors="replace").decode("macroman"),
        lambda line: line.encode(errors="replace").decode("latin-1").encode().decode("latin-1"),
        lambda line: line.encode(errors="replace").decode("windows-1250", "replace"),
        lambda line: line.encode(errors="replace").decode("cp437"),
        lambda line: line.replace("’", "&rsquo;").replace("&", "&amp;", 1).replace("é", "&eacute;"),
        lambda line: line.replace("e", "&#101;", 2).replace("“", "&#8220;").replace("”", "&quot;"),
        lambda line: f"<b>{line}</b> &amp; more",
        lambda line: line.replace("fi", "ﬁ").replace("o", "ﬀo", 1) + " ﬂ",
        lambda line: f"\x1b[31m{line}\x1b[0m",
        lambda line: line.replace(" ", " \x08", 1) + "\ufeff\x00",
        lambda line: line[:7] + "\ud83d\ude00" + line[7:],
        lambda line: line[:3] + "\udc80" + line[3:],
        lambda line: line.replace(" ", "\u00a0"),
        lambda line: line + "\x85\x93quoted\x94",
        lambda line: line + " Ã\u00a0 la carte, nestlÃ© â€“ Â£5",
        lambda line: line.encode("windows-1251", "replace").decode("windows-1252", "replace"),
        lambda line: line.encode("koi8-r", "replace").decode("windows-1251", "replace"),
        lambda line: line.encode("windows-1253", "replace").decode("windows-1252", "replace"),
        lambda line: line.encode("windows-1250", "replace").decode("windows-1252", "replace"),
        lambda line: line.encode(errors="replace").decode("koi8-r", "replace"),
        lambda line: line.encode("windows-1252", "replace").decode("macroman"),
        lambda line: line.replace("о", "o", 1).replace("e", "е", 1),
        lambda line: line.replace("e", "e\u200b", 1).replace("a", "a\u00ad", 1) + "\ufdd0",
        lambda line: line.encode("ascii", "backslashreplace").decode(),
        lambda line: "".join(f"%{byte:02X}" if byte > 127 else chr(byte) for byte in line.encode(errors="replace")),
        lambda line: "".join(f"={byte:02X}" if byte > 127 else chr(byte) for byte in line.encode(errors="replace")),
        lambda line: line.encode("utf-7", "replace").decode(),
        lambda line: line + " AT&T; &bogus; &amp &lt;i&gt; &nbsp;",
    ]
    samples = list(CLEAN.values())
    lines = []
    length = 0
    while length < characters:
        line = choose.choice(samples)
        cut = choose.randrange(len(line) // 2)
        line = line[cut:] if choose.random() < 0.5 else line
        for _ in range(choose.choice([0, 0, 0, 0, 0, 0, 0, 0, 1, 2])):
            line = choose.choice(damages)(line)
        lines.append(line)
        length += len(line.encode(errors="replace")) + 1
    return choose.choice(["\n", "\r\n"]).join(lines)


def test_the_gate_lets_no_damage_through_in_many_languages() -> None:
    text = damaged_corpus(400_000)
    gated = apply(text, mend(text, CHARACTER_REPAIRS).edits)
    assert gated != text
    wrong = [
        (was, now, wanted)
        for was, now, wanted in zip(text.split("\n"), gated.split("\n"), ungated(text).split("\n"), strict=True)
        if now != wanted
    ]
    assert wrong == []


def test_texts_damaged_all_over_and_others_are_mended_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    text = damaged_corpus(60_000, seed=1).replace(". ", ".\n").replace("tion ", "-\ntion\ntion\r\n")
    mended = []
    for few in (-1, len(text) * 100):  # each line by itself, and all at once
        monkeypatch.setattr(gate, "FEW_CANDIDATES", few)
        monkeypatch.setattr(gate, "BYTES_A_CANDIDATE", len(text) * 100)
        mended.append(mend(text, [*REPAIRS, *DOUBTS]))
    assert mended[0].edits
    assert mended[0] == mended[1]


@settings(max_examples=400)
@given(odd_text(max_size=60))
def test_gated_and_ungated_agree_on_any_text(text: str) -> None:
    assert apply(text, mend(text, CHARACTER_REPAIRS).edits) == ungated(text)


@given(
    st.text(st.characters(min_codepoint=0x80, max_codepoint=0x500), max_size=20),
    st.sampled_from(["latin-1", "windows-1252", "windows-1251", "cp437"]),
)
def test_gated_and_ungated_agree_on_mojibake_of_any_text(text: str, charset: str) -> None:
    damaged = "caf\u00e9 " + text.encode().decode(charset, "replace") + " end"
    assert apply(damaged, mend(damaged, CHARACTER_REPAIRS).edits) == ungated(damaged)


def test_the_gate_knows_every_character_that_a_repair_changes_alone() -> None:
    for code in [
        *range(0x3000),
        *range(0xD7FF, 0xE000),
        *range(0xF000, 0x10000),
        *range(0x1FFFE, 0x20000),
        *range(0xE0000, 0xE0080),
    ]:
        text = f"a{chr(code)}b c {chr(code)} d"
        if chr(code) not in LINE_SEPARATORS:
            assert apply(text, mend(text, CHARACTER_REPAIRS).edits) == ungated(text), hex(code)


@pytest.mark.parametrize("separator", ["", "\n", "\r\n", "\r", "\u2028", "\u2029", "\n\ufeff", "\r\x08"])
def test_the_gate_knows_the_start_of_a_line_after_every_separator(separator: str) -> None:
    text = f"{separator}Ã la carte"
    assert apply(text, mend(text, CHARACTER_REPAIRS).edits) == ungated(text) != text


@pytest.mark.parametrize(
    ("escaped", "read"),
    [
        (r"caf\u00e9 and \u00e8", "café and è"),
        (r"the caf\u00e9\u2019s owner", "the café’s owner"),
        (r"\u4f60\u597d\u4e16\u754c\uff0c\u518d\u89c1", "你好世界，再见"),
        (r"The letters \u00e9\u00e8 are escapes, the guide says.", None),
        (r"The letter \u00e9 is an escape, the guide says.", None),
    ],
)
def test_escapes_are_read_where_one_touches_a_word_or_three_stand_in_a_row(escaped: str, read: str | None) -> None:
    assert apply(escaped, mend(escaped, REPAIRS).edits) == (read or escaped)


@pytest.mark.parametrize(
    ("damaged", "mended"),
    [
        ("Ã‰tÃ© Ã  MontrÃ©al", "Été à Montréal"),
        ("dÃ©jÃ  vu", "déjà vu"),
        ("voilÃ , dÃ©jÃ .", "voilà, déjà."),
        ("SÃO PAULO Ã  bom", "SÃO PAULO Ã  bom"),
    ],
)
def test_the_no_break_space_of_a_letter_may_have_become_a_space(damaged: str, mended: str) -> None:
    assert apply(damaged, mend(damaged, REPAIRS).edits) == mended


@pytest.mark.parametrize(
    "text",
    [
        "Индийский концерн ТАТА объявил о выпуске автомобиля.",
        "Завод УЗТМ (Уралмаш) и ЦНТБ.",
        "The ТАТА group and its ЭНТК.",
        "A letra Ã aparece em palavras como maçã e São Paulo.",
        "Litera Â se scrie în interior.",
        "in Portugal Ã und Õ.",
        "jaŸñ",
        "El niÿñ",
        'Call str_replace("&", "&amp;", text) first.',
        "Write `&lt;` or ``a &amp; b`` in your source.",
    ],
)
def test_names_in_capitals_and_what_is_talked_about_stay(text: str) -> None:
    assert mend(text, REPAIRS).edits == []


def test_half_of_a_letter_is_no_quotation_mark() -> None:
    damaged = "Это был дом. ÐžÐ½ Ð¿Ñ€Ð¸ÑˆÑ‘Ð»."
    assert mend(damaged, REPAIRS).text == "Это был дом. Он пришёл."


def test_entities_in_code_stay_and_those_around_it_go() -> None:
    text = "Fish &amp; chips: write &amp; or &lt; for it &amp; be done."
    start = text.index("&amp; or")
    mended = mend(text, REPAIRS, [(start, start + len("&amp; or &lt;"))])
    assert mended.text == "Fish & chips: write &amp; or &lt; for it & be done."
    assert all(edit.rule == "html-entity" for edit in mended.edits)


@settings(max_examples=400)
@given(odd_text(max_size=60))
def test_repairs_are_idempotent_on_any_text(text: str) -> None:
    repaired = apply(text, mend(text, REPAIRS).edits)
    assert mend(repaired, REPAIRS).edits == []


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*'“”’‘„" aS1,.\n', "“ ", " ”", "” a", "a“"]), max_size=20).map("".join))
def test_quote_repairs_are_idempotent_on_any_mix_of_marks(text: str) -> None:
    repaired = apply(text, mend(text, REPAIRS).edits)
    assert mend(repaired, REPAIRS).edits == []


@pytest.mark.parametrize("text", ["x“ ”b", "a “ ” b", "x” “b", "“ ”", "” “", "a” ”b”", "x“ ”b“ ”c"])
def test_marks_around_nothing_are_repaired_once_or_not_at_all(text: str) -> None:
    repaired = apply(text, mend(text, REPAIRS).edits)
    assert mend(repaired, REPAIRS).edits == []


@settings(max_examples=300)
@given(st.text("“”’‘„ aS1,.\n", max_size=30))
def test_quote_repairs_move_spaces_and_turn_marks_but_lose_no_word(text: str) -> None:
    repaired = apply(text, mend(text, {QUOTES}).edits)
    assert re.sub("[“”’‘ ]", "", repaired) == re.sub("[“”’‘ ]", "", text)
    assert len(re.findall("[“”’‘]", repaired)) == len(re.findall("[“”’‘]", text))


@given(odd_text(max_size=40))
def test_edits_are_in_order_apart_and_named_after_repairs(text: str) -> None:
    edits = mend(text, REPAIRS).edits
    assert {edit.rule for edit in edits} <= set(REPAIRS)
    assert all(one.end <= other.start for one, other in pairwise(edits))
    assert all(text[edit.start : edit.end] != edit.replacement for edit in edits)


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
def test_clean_text_is_left_alone(text: str) -> None:
    assert mend(text, REPAIRS).edits == []


@pytest.mark.parametrize(
    "text", ["ＡＢＣ１２３", "“curly” and ‘single’", "…", "x\u00a0y", "e\u0301", "ĳsland Ĳ", "Å (Angstrom) Å", "½ №5 ™"]
)
def test_what_is_style_and_no_damage_stays(text: str) -> None:
    assert mend(text, REPAIRS).edits == []


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("The cafÃ© opens", [(7, 9, "é", "mojibake")]),
        ("x\nIt doesnâ€™t\nopen", [(10, 13, "’", "mojibake")]),
        ("Fish &amp; chips", [(6, 10, "", "html-entity")]),
        ("The oﬃce ﬁled", [(5, 6, "ffi", "ligature"), (9, 10, "fi", "ligature")]),
        ("\x1b[36mpassed\x1b[0m", [(0, 15, "passed", "terminal-escape")]),
        ("re\x08port", [(2, 3, "", "control-character")]),
        ("a\ud83d\ude00b", [(1, 3, "\U0001f600", "control-character")]),
        ("a\ud83db", [(1, 2, "\ufffd", "control-character")]),
        ("a” no limits” deal", [(1, 3, " “", QUOTES)]),
    ],
)
def test_a_repair_is_an_edit_of_exactly_the_damage(text: str, spans: list[tuple[int, int, str, str]]) -> None:
    assert [(edit.start, edit.end, edit.replacement, edit.rule) for edit in mend(text, REPAIRS).edits] == spans


DAMAGED = {
    "html-entity": "Fish &amp; chips",
    "backslash-escape": "The mayor\\u2019s chips",
    "percent-escape": "The mayor%E2%80%99s chips",
    "quoted-printable": "The mayor=E2=80=99s chips",
    "utf-7": "The mayor+IBk-s chips",
    "lost-byte": "a â€œvery long day,â€\ufffd she said",
    "mojibake": "The cafÃ© opens",
    "wrong-charset": "Ãîðîäñêîé ñîâåò ðåøèë",
    "ligature": "The oﬃce",
    "terminal-escape": "\x1b[36mpassed\x1b[0m",
    "control-character": "re\x08port",
    "non-character": "re\ufdd0port",
    "soft-hyphen": "govern\u00adment",
    "zero-width-in-word": "coun\u200bcil",
    "homoglyph": "gоvernment",
}


@pytest.mark.parametrize("name", CHARACTER_REPAIRS)
def test_a_repair_that_is_turned_off_is_not_made(name: str) -> None:
    text = "\n".join(DAMAGED.values())
    assert name in {edit.rule for edit in mend(text, REPAIRS).edits}
    assert name not in {edit.rule for edit in mend(text, set(REPAIRS) - {name}).edits}


def test_without_repairs_nothing_is_repaired() -> None:
    assert mend("cafÃ© &amp; a” b” c", ()).edits == []


def test_damage_inside_damage_is_mended_in_rounds() -> None:
    text = "It&acirc;&euro;&trade;s &amp;amp; cafÃƒÂ©"
    assert apply(text, mend(text, REPAIRS).edits) == "It’s & café"


def test_a_line_with_a_tag_keeps_its_entities() -> None:
    text = "write <b>&amp;</b>\nbut fish &amp; chips"
    assert apply(text, mend(text, REPAIRS).edits) == "write <b>&amp;</b>\nbut fish & chips"


@pytest.mark.parametrize(
    "text",
    [
        *("Дом площадью 120 м² продан.", "плотность 1000 кг/м³ и поток 5 Вт/м²", "х² + у² = 4", "при п≥3 и о≈1, сумма ≤ √х"),
        *("ROSÉ¹ and CAFÉ² (see notes)", "Ü² + Ö² = È²", "VOILÀ™ said", "Країна Мрії™ та Надії® відкрилася у Києві."),
        *("كتاب خط³", "Површина м² и км²", "NESTLÉ® and CITROËN™", "ЄДРПОУ 12345678, код ЄДРСР: 7"),
    ],
)
def test_letters_with_powers_and_marks_are_no_damage(text: str) -> None:
    assert mend(text, REPAIRS).edits == []


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        *(("on\x0bMonday", "on Monday"), ("Smith\x1fJones\x1c\x1dMiller", "Smith Jones Miller"), ("a \x0bb\x1e", "a b")),
    ],
)
def test_what_parts_words_leaves_a_space(text: str, repaired: str) -> None:
    assert apply(text, mend(text, REPAIRS).edits) == repaired


def test_damage_beside_whole_letters_is_not_read_in_a_rarer_charset() -> None:
    # In MacRoman the two characters are a mark that combines, which is spelt no worse.
    text = "The naïve sign reads “cafÃ©” today."
    assert apply(text, mend(text, REPAIRS).edits) == "The naïve sign reads “café” today."


def test_lines_do_not_change_each_others_repair() -> None:
    one, other = "nestlÃ©", "SÃO PAULO"
    assert apply(f"{one}\n{other}", mend(f"{one}\n{other}", REPAIRS).edits) == "nestlé\nSÃO PAULO"


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r", "\u2028", "\u2029"])
def test_line_breaks_are_never_repaired(separator: str) -> None:
    text = separator.join(["cafÃ©", "", "re\x08port"])
    assert apply(text, mend(text, REPAIRS).edits) == separator.join(["café", "", "report"])


def test_a_long_damaged_line_is_repaired_in_linear_time() -> None:
    text = "cafÃ© and more words " * 50_000
    started = time.monotonic()
    assert apply(text, mend(text, REPAIRS).edits) == "café and more words " * 50_000
    assert time.monotonic() - started < 30


def test_signs_that_begin_utf7_without_end_are_read_in_linear_time() -> None:
    started = time.process_time()
    assert mend("+" * 90_000 + " +abc-", REPAIRS).edits == []
    assert time.process_time() - started < 5
    assert apply("a+b, 1+IBk-s and +AOk-", mend("a+b, 1+IBk-s and +AOk-", REPAIRS).edits) == "a+b, 1’s and é"


def test_a_long_damaged_line_without_spaces_is_repaired() -> None:
    text = "Ã©" * 150_000
    assert apply(text, mend(text, REPAIRS).edits) == "é" * 150_000


@pytest.mark.parametrize("charset", ["latin-1", "mac-roman", "windows-1251"])
@pytest.mark.parametrize("before", ["", "1", "12"])
def test_a_long_line_is_not_cut_amid_a_misread_character(before: str, charset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.encoding.gate.SEGMENT_CHARACTERS", 50)
    text = f"{before}{'школазакрыта面包店的女' * 20}"
    misread = text.encode().decode(charset)
    pieces = [misread[start:end] for start, end in gate.lines(misread)]
    assert len(pieces) > 10
    assert "".join(piece.encode(charset).decode() for piece in pieces) == text
    assert apply(misread, mend(misread, REPAIRS).edits) == text


def test_the_documented_use_of_difference_and_compose_gives_the_same_edits() -> None:
    text = "Fish &amp; nestlÃ©"
    current = text
    edits: list[Edit] = []
    for name, step in CHARACTER_REPAIRS.items():
        fixed = step(current)
        edits = compose(text, edits, difference(current, fixed, name))
        current = fixed
    assert mend(text, CHARACTER_REPAIRS).edits == edits


# --- quotation marks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("agreed to a” no limits” relationship", "agreed to a “no limits” relationship"),
        ("called it a” total mess”.", "called it a “total mess”."),
        ("” We will appeal”, she said", "“We will appeal”, she said"),
        ("She said of it,” but we stay”, and left", "She said of it, “but we stay”, and left"),
        ("He said:” We stay.”", "He said: “We stay.”"),
        ("a” no limits” pact and a” zero risk” plan", "a “no limits” pact and a “zero risk” plan"),
        ("a “no limits ”pact", "a “no limits” pact"),
        ("the“ no limits” pact", "the “no limits” pact"),
        ("a” one” b” two” Visit for’ restraint’ over it", "a “one” b “two” Visit for ‘restraint’ over it"),
    ],
)
def test_a_curly_mark_on_the_wrong_side_of_a_space_is_put_right(before: str, after: str) -> None:
    text = f"The first line.\n{before}\nThe last."
    assert apply(text, mend(text, REPAIRS).edits) == f"The first line.\n{after}\nThe last."


@pytest.mark.parametrize(
    "text",
    [
        "“Fine,” she said. “We go.”",
        "“The first paragraph of a speech.\n\n“The second runs on.\n\n“The third ends it.” Then he added: “No more.”",
        "“A speech begins here\n\nand goes on, as it says.” Then she added that it was “over” at last.",
        "It runs on for another paragraph.” Then he added: “No more.”",
        "A 12” pipe fits a 15” tube, and a 3.5” disk does not.",
        "Han sade ”hej” och gick, och hon sade ”då”.",
        "Hän sanoi: ”Hyvää päivää”, ja lähti ”kotiin”.",
        "Er sagte „Nein“ und ging. „Doch“, rief sie, „gewiss“.",
        "Powiedział: „Nie” i wyszedł. „Tak”, rzekła, „owszem”.",
        "The guests’ coats and the players’ shoes were wet; James’ hat too.",
        "The guests’ coats, the players’ shoes and the dogs’ bowls. Rock ’n’ roll, ’tis a pity.",
        "Top o’ the mornin’ to ye, said Tom o’ Bedlam; a man o’ war lay off the isle.",
        "“It’s ‘fine’,” she said, “and that’s ‘that’.”",
        "« Bonjour », dit-il. “Hello” in English.",
        "6’ 2” tall and 5’ 11” wide",
        "She wrote “one”, “two” and “three”.",
        'Straight "quotes" stay " as they " are.',
        "市长说：“我们很高兴。”他又说：“再见。”",
        "“Who?” “Me.” “You?” “Yes!”",
        "(“Really”) [“yes”] —“no”—",
    ],
)
def test_marks_that_may_be_right_are_not_touched(text: str) -> None:
    assert mend(text, {QUOTES}).edits == []


def test_apostrophes_are_left_alone_in_a_text_without_misplaced_double_marks() -> None:
    assert mend("Visit for’ restraint’ over Taiwan", REPAIRS).edits == []


# --- primes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("He is 6‘2“ tall.", "He is 6′2″ tall."),
        ("He is 6‘ 2“.", "He is 6′ 2″."),
        ("5‘10½“", "5′10½″"),
        ("6’2“, 6'2“, 6′2“, 6‘2”, 6‘2\", 6‘2″", "6′2″, 6′2″, 6′2″, 6′2″, 6′2″, 6′2″"),
        ("at 40°26‘46“N, 79° 58‘ 56,2“ W", "at 40°26′46″N, 79° 58′ 56,2″ W"),
        ("at 40°26‘ north", "at 40°26′ north"),
        ("an 8“ x 10“ x 2“ box of 3‘×4‘", "an 8″ x 10″ x 2″ box of 3′×4′"),
        ("“He is 6‘2“ tall,” she said, “not 5‘9“.”", "“He is 6′2″ tall,” she said, “not 5′9″.”"),
        ("He is 6‘2“ tall, and the pole 15” wide.", "He is 6′2″ tall, and the pole 15” wide."),
    ],
)
def test_opening_marks_in_measures_become_primes(before: str, after: str) -> None:
    edits = mend(before, REPAIRS).edits
    assert apply(before, edits) == after
    assert all(edit.end - edit.start == 1 == len(edit.replacement) for edit in edits)
    assert {edit.rule for edit in edits} == {PRIMES}


@pytest.mark.parametrize(
    "text",
    [
        "6’2” and 6'2\" tall, 6′2″ too; 40°26’46” and 40°26'46\"",
        "“I am 6‘2“ is all he said.",
        "“I am 6‘2“, he said.\n\n“Really.”",
        '"I am 6‘2" is all he said.',
        "„Ich bin 6‘2“, sagte er.",
        "„Ich sage:\n\nEr ist 6‘2“, sagte er.",
        "in 2019“ they said; route 66‘; 27“ screens",
        "She read ‘Chapter 5’ “10 more” and ‘5’ “10”.",
        "6‘20“ is no height, nor is 1.6‘2“, v6‘2“ or 6‘2“x",
    ],
)
def test_marks_that_may_close_a_quotation_or_are_a_matter_of_taste_are_no_primes(text: str) -> None:
    assert mend(text, {PRIMES}).edits == []


@settings(max_examples=200)
@given(st.lists(st.sampled_from([*"‘’“”„\"'′″ x°.\n", "5", "10", "6‘2“", "8“ x ", "٢"]), max_size=16).map("".join))
def test_primes_are_found_once_whatever_stands_around_them(text: str) -> None:
    edits = mend(text, {PRIMES}).edits
    assert edits == primes(text)  # without a gate
    assert primes(apply(text, edits)) == []


# --- doubts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "found", "suggestion"),
    [
        ("The commюnity met", "mixed-scripts", "commюnity", None),
        ("Read this.\U000e0069\U000e0067", "hidden-text", "\U000e0069\U000e0067", None),
        ("The parlia-\nment fell", "maybe-broken-word", "parlia-\nment", "parliament"),
    ],
)
def test_what_may_be_meant_is_told_and_not_changed(text: str, name: str, found: str, suggestion: str | None) -> None:
    mended = mend(text, [*REPAIRS, *DOUBTS])
    assert (mended.text, mended.edits) == (text, [])
    assert [(one.name, text[one.start : one.end], one.suggestion) for one in mended.doubts] == [(name, found, suggestion)]


def test_doubts_are_about_the_repaired_text_and_only_those_asked_for() -> None:
    text = "It doesnâ€™t: the commюnity fell"
    mended = mend(text, [*REPAIRS, "mixed-scripts"])
    assert [mended.text[one.start : one.end] for one in mended.doubts] == ["commюnity"]
    assert mend(text, REPAIRS).doubts == []


# --- broken words --------------------------------------------------------------------------------------------------


PAGE = "Hello [1]there you and [2]x, and more[3]z.\n  * [4]\n\n"
LISTS = {
    "lynx": "References\n\n   1. http://a.b/c\n   2. file:///x\n   3. http://c.d/\n\n   Hidden links:\n   4. http://e.f/\n",
    "elinks": "References\n\n   Visible links\n   1. http://a.b/c\n   2. Title\n\tfile:///x\n   3. http://c.d/\n   4. news:\n",
    "links": "Links:\n1. http://a.b/c\n2. file:///x\n3. http://c.d/\n4. file:///k\n",
    "w3m": "References:\n\n[1] http://a.b/c\n[2] file:///x\n[3] http://c.d/\n[4] file:///k\n",
}


@pytest.mark.parametrize("addresses", LISTS.values(), ids=LISTS)
def test_numbers_of_links_go_with_the_list_of_where_they_lead(addresses: str) -> None:
    assert mend(PAGE + addresses, REPAIRS).text == "Hello there you and x, and morez.\n  * \n"


@pytest.mark.parametrize(
    "text",
    [
        "It sank[1] and was raised.[2] It burnt.[3]\n\nReferences\n1. https://a.b/\n2. https://c.d/\n3. https://e.f/\n",
        "It sank [1] and was raised [2], then burnt [3].\n\nReferences\n\n[1] https://a.b/\n[2] https://c.d/\n[3] https://e.f/",
        "See [1]this and [2]that.\n\nLinks:\n1. https://a.b/\n2. https://c.d/\n",
        "1. https://a.b/\n2. https://c.d/\n3. https://e.f/\n",
        "[1]One [2]two [3]three.\n\nLinks:\n1. https://a.b/\n2. https://c.d/\n3. https://e.f/\n\nAnd then the text goes on.\n",
        "船五月沉没[1]八月打捞[2]后来烧毁[3],今在港口。\n\n参考文献\n\n[1] https://a.b/\n[2] https://c.d/\n[3] https://e.f/",
        "船は沈没した[1]。引き揚げられ[2]、焼けた[3]。\n\n脚注\n1. https://a.b/\n2. https://c.d/\n3. https://e.f/",
        "[1] It sank\n[2] It was raised\n[3] It burnt\n\nSources\n[1] https://a.b/\n[2] https://c.d/\n[3] https://e.f/",
    ],
)
def test_references_of_an_article_stay(text: str) -> None:
    assert mend(text, REPAIRS).text == text


def test_numbers_of_links_go_from_scripts_without_spaces() -> None:
    text = "[1]首页 [2]新闻\n\n据[3]港务局称,渡轮恢复通航。\n\n[4]联系我们\n\nReferences\n\n"
    text += "".join(f"  {number}. https://a.b/{number}\n" for number in (1, 2, 3, 4))
    assert mend(text, REPAIRS).text == "首页 新闻\n\n据港务局称,渡轮恢复通航。\n\n联系我们\n"


CITED = "Home⟨1⟩ News⟨2⟩ ![The ferry⟨3⟩]\n\nIt runs⟨2⟩ again, ⟨x⟩ and all⟨4⟩.\n"
CITED_LIST = "\n## References\n\n" + "".join(f"⟨{number}⟩ https://a.b/{number}: News\n" for number in (1, 2, 3, 4))


@pytest.mark.parametrize("addresses", ["", CITED_LIST])
def test_numbers_behind_links_go_with_or_without_a_list(addresses: str) -> None:
    assert mend(CITED + addresses, REPAIRS).text == "Home News The ferry\n\nIt runs again, ⟨x⟩ and all.\n"


@pytest.mark.parametrize("text", ["a⟨1⟩ b⟨2⟩", "a⟨1⟩ b⟨3⟩ c⟨2⟩ d⟨4⟩", "⟨1⟩ ⟨2⟩ ⟨3⟩ ⟨4⟩"])
def test_numbers_that_are_few_or_in_another_order_stay(text: str) -> None:
    assert mend(text, REPAIRS).text == text


def test_a_number_that_cites_is_no_number_of_a_link() -> None:
    text = "[1]Home [2]Ferry, as told in 1931[77] and since.[2] [3]Contact [78]us\n\nReferences\n\n"
    text += "".join(f"  {number}. https://a.b/{number}\n" for number in (1, 2, 3, 78))
    assert mend(text, REPAIRS).text == "Home Ferry, as told in 1931[77] and since.[2] Contact us\n"


def test_many_numbers_take_time_that_grows_with_their_number() -> None:
    def seconds(times: int) -> float:
        falling = "".join(f"[{number}]a " for number in range(99_999, 99_999 - times, -1))
        text = f"{falling}\n\nLinks:\n" + "".join(f"{number}. http://a.b/\n" for number in range(1, times))
        return cpu_seconds(lambda: link_numbers(text), times=1)

    seconds(100)
    assert seconds(40_000) < 40 * max(seconds(4_000), 0.005)


def test_a_broken_word_is_joined_where_the_text_has_it_whole() -> None:
    text = "The govern-\nment fell.\nA new government came."
    assert apply(text, mend(text, REPAIRS).edits) == "The government\nfell.\nA new government came."


@pytest.mark.parametrize(
    "text", ["The well-\nknown man.", "A well-\nknown man, as well-known as wellknown.", "a -\nb", "x-\nY xY"]
)
def test_a_hyphen_that_may_belong_to_the_word_stays(text: str) -> None:
    assert mend(text, REPAIRS).edits == []


# --- any size ------------------------------------------------------------------------------------------------------

HOSTILE = {
    "entities": "&amp;",
    "entities of entities": "&amp;amp;amp;",
    "combining marks": "\u0301",
    "quotes": "”",
    "quotes apart": "a” b",
    "mojibake": "â€™",
    "mojibake in words": "itâ€™s so ",
    "lost bytes": "Ã\ufffd ",
    "mix-up": "Ãîðîä ",
    "UTF-8 as KOI8-R": "п÷я─",
    "homoglyphs": "аa",
    "soft hyphens": "a\u00ad",
    "escapes": "\\u2019a",
    "UTF-7": "+IBk-",
    "broken lines": "ab-\nab ",
    "primes": "6‘2“ ",
    "numbers": "8“ x ",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_the_time_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    def seconds(characters: int) -> float:
        text = piece * (characters // len(piece))
        started = time.process_time()
        mend(text, [*REPAIRS, *DOUBTS])
        return time.process_time() - started

    seconds(2_000)
    small, large = seconds(160_000), seconds(640_000)
    assert large < 8 * max(small, 0.02)  # four times the text; its square would take sixteen times as long


def test_a_text_of_nothing_but_candidates_is_mended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.automaton.MAX_CANDIDATES", 10)
    text = "cafÃ© &amp; more\n" * 20 + "a” no limits” deal"
    assert apply(text, mend(text, REPAIRS).edits) == "café & more\n" * 20 + "a “no limits” deal"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Sie öffnet die Brücke.", "Sie öffnet die Brücke."),
        (
            unicodedata.normalize("NFD", "Cây cầu cũ, café, ἀρχή, й, 본문, が, أمس, ো"),
            "Cây cầu cũ, café, ἀρχή, й, 본문, が, أمس, ো",
        ),
        ("اقـرأ أيـضـاً", "اقرأ أيضاً"),
        (unicodedata.normalize("NFD", "মন্তব্য করো, ொ, ೋ, ෝ, ဦ, ऩ"), unicodedata.normalize("NFC", "মন্তব্য করো, ொ, ೋ, ෝ, ဦ, ऩ")),
        ("за́мок, क़, Å (Ångström), \u0301", "за́мок, क़, Å (Ångström), \u0301"),
    ],
)
def test_letters_are_read_in_one_form(text: str, read: str) -> None:
    edits = in_one_form(text)
    assert apply(text, edits) == read
    assert (edits == []) == (text == read)


def test_letters_of_india_are_composed_wherever_they_stand() -> None:
    pairs = [unicodedata.normalize("NFD", chr(code)) for code in range(0x900, 0x10A0)]
    apart = [pair for pair in pairs if len(pair) > 1 and len(unicodedata.normalize("NFC", pair)) == 1]
    assert len(apart) > 15
    for text in (before + pair for pair in apart for before in ("", "ক", "কক", "ককক")):
        assert apply(text, in_one_form(text)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", ["\u0301" * 3_000_000, "x" + "\u0301\u0323" * 1_000_000, "\u1100" * 3_000_000])
def test_marks_without_end_are_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    assert in_one_form(text) == []
    assert time.process_time() - started < 5
