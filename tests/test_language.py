import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from langdetect.detector_factory import DetectorFactory
from making import SEEDS, odd_text

from cleaner.language import Detection, _profiles, detect, iso_code

SENTENCES = {
    "ar": "قرر مجلس المدينة يوم الاثنين توسيع الجسر فوق النهر، بحسب ما أعلنه رئيس البلدية أمام الصحفيين.",
    "bg": "Общинският съвет реши в понеделник да разшири моста над реката, съобщи кметът пред журналисти в града.",
    "ca": "El ple municipal va decidir dilluns eixamplar el pont sobre el riu, va dir l’alcaldessa als periodistes.",
    "cs": "Městská rada v pondělí rozhodla o rozšíření mostu přes řeku, oznámil novinářům starosta města.",
    "da": "Byrådet besluttede mandag at udvide broen over åen, oplyste borgmesteren til journalister i byen.",
    "de": "Der Stadtrat beschloss am Montag, die Brücke über den Fluss zu verbreitern, teilte der Bürgermeister mit.",
    "el": "Το δημοτικό συμβούλιο αποφάσισε τη Δευτέρα να διευρύνει τη γέφυρα πάνω από το ποτάμι, είπε ο δήμαρχος.",
    "en": "The city council decided on Monday to widen the bridge over the river, the mayor told reporters at the town hall.",
    "es": "El ayuntamiento decidió el lunes ampliar el puente sobre el río, según anunció la alcaldesa a los periodistas.",
    "et": "Linnavolikogu otsustas esmaspäeval laiendada üle jõe viivat silda, ütles linnapea ajakirjanikele.",
    "fa": "شورای شهر روز دوشنبه تصمیم گرفت پل روی رودخانه را گسترش دهد، شهردار به خبرنگاران گفت که این کار گران است.",
    "fi": "Kaupunginvaltuusto päätti maanantaina leventää joen ylittävää siltaa, kertoi pormestari toimittajille.",
    "fr": "Le conseil municipal a décidé lundi d’élargir le pont sur la rivière, a annoncé la maire aux journalistes.",
    "he": "מועצת העיר החליטה ביום שני להרחיב את הגשר מעל הנהר, כך אמר ראש העיר לעיתונאים בבניין העירייה.",
    "hi": "नगर परिषद ने सोमवार को नदी पर बने पुल को चौड़ा करने का फैसला किया, महापौर ने पत्रकारों को बताया।",
    "hr": "Gradsko vijeće odlučilo je u ponedjeljak proširiti most preko rijeke, rekla je gradonačelnica novinarima.",
    "hu": "A városi tanács hétfőn úgy döntött, hogy kiszélesíti a folyón átívelő hidat – közölte a polgármester.",
    "it": "Il consiglio comunale ha deciso lunedì di allargare il ponte sul fiume, ha annunciato il sindaco ai giornalisti.",
    "ja": "市議会は月曜日、川にかかる橋を広げることを決めたと、市長が記者団に発表した。工事は来年の春に始まる。",
    "ko": "시의회는 월요일 강 위의 다리를 넓히기로 결정했다고 시장이 기자들에게 밝혔다. 공사는 내년 봄에 시작된다.",
    "nl": "De gemeenteraad besloot maandag de brug over de rivier te verbreden, zei de burgemeester tegen journalisten.",
    "pl": "Rada miasta zdecydowała w poniedziałek o poszerzeniu mostu nad rzeką, poinformował dziennikarzy burmistrz.",
    "pt": "A câmara municipal decidiu na segunda-feira alargar a ponte sobre o rio, anunciou o prefeito aos jornalistas.",
    "ro": "Consiliul local a decis luni să lărgească podul peste râu, a anunțat primarul în fața jurnaliștilor.",
    "ru": "Городской совет решил в понедельник расширить мост через реку, сообщил журналистам мэр города.",
    "sk": "Mestské zastupiteľstvo v pondelok rozhodlo o rozšírení mosta cez rieku, oznámila novinárom primátorka.",
    "sl": "Mestni svet je v ponedeljek sklenil, da bo razširil most čez reko, je novinarjem povedala županja.",
    "sv": "Kommunfullmäktige beslutade på måndagen att bredda bron över ån, sade borgmästaren till journalisterna.",
    "th": "สภาเทศบาลตัดสินใจเมื่อวันจันทร์ให้ขยายสะพานข้ามแม่น้ำ นายกเทศมนตรีบอกกับผู้สื่อข่าว",
    "tr": "Belediye meclisi pazartesi günü nehir üzerindeki köprüyü genişletmeye karar verdi, dedi başkan gazetecilere.",
    "uk": "Міська рада вирішила в понеділок розширити міст через річку, повідомив журналістам мер міста.",
    "vi": "Hội đồng thành phố hôm thứ Hai đã quyết định mở rộng cây cầu bắc qua sông, thị trưởng cho các nhà báo biết.",
    "zh": "市议会周一决定扩建河上的大桥，市长向记者宣布。工程将于明年春天开始，费用为三亿元。",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_enough(language: str) -> None:
    assert detect(SENTENCES[language]).language == language


@pytest.mark.parametrize("language", SENTENCES)
def test_a_page_of_text_is_enough(language: str) -> None:
    detection = detect("\n\n".join([SENTENCES[language]] * 12))
    assert detection.language == language
    assert 0.5 < detection.certainty <= 1


@pytest.mark.parametrize("language", ["ar", "bg", "el", "fa", "he", "hi", "ja", "ko", "ru", "th", "uk", "zh"])
def test_what_a_site_says_in_english_beside_does_not_tell(language: str) -> None:
    about = (
        "Get all the latest news and live updates in our Android App, iOS App and Google News Channel. Stay updated with us."
    )
    assert detect(f"{SENTENCES[language]}\n\n{about}").language == language
    assert detect(f"{about}\n" * 8 + SENTENCES[language] * 12).language == language


@pytest.mark.parametrize(
    "text", ["縣府前年編列六十萬元修繕費，發包三次都流標，只好再等一年。", "熱門新聞裡從來沒有這座島的名字，校長說。"]
)
def test_chinese_characters_alone_are_neither_korean_nor_japanese(text: str) -> None:
    assert detect(text).language == "zh"
    assert detect(text * 20).language == "zh"


def test_foreign_words_in_a_text_do_not_tell() -> None:
    assert detect(f"{SENTENCES['en']} In Russian the word is “мост”, in Greek “γέφυρα”, in Japanese “橋”.").language == "en"


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem[:3])
def test_the_seeds_are_english(path: Path) -> None:
    assert detect(path.read_text(encoding="utf-8")).language == "en"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "😀 🎉 👩‍👩‍👧",
        "2024-04-21 13:05",
        "1,234.56 / 7 %",
        "--- *** ---",
        "A b",
        "OK",
        "http://",
        "\0\x08\ufeff",
        "\ud800\udfff",
    ],
)
def test_what_has_no_words_has_no_language(text: str) -> None:
    assert detect(text) == Detection(None, 0.0)


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    texts = [text[:cut] for text in SENTENCES.values() for cut in (25, 40, 1_000)]
    texts += [f"{one[:30]} {other[:30]}" for one, other in zip(SENTENCES.values(), [*SENTENCES.values()][1:], strict=False)]
    expected = {text: detect(text) for text in texts}
    for seed in range(3):
        random.Random(seed).shuffle(texts)
        assert {text: detect(text) for text in texts} == expected


def test_threads_get_the_same_answers() -> None:
    texts = list(SENTENCES.values()) * 4
    expected = [detect(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, texts)) == expected


@given(odd_text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    detection = detect(text)
    assert detection.language is None or len(detection.language) in (2, 3)
    assert 0 <= detection.certainty <= 1
    assert detect(text) == detection


def test_a_megabyte_of_anything_is_answered_at_once() -> None:
    for piece in ("a", "😀", "\n", "1 ", "\ud800", "Мост "):
        assert detect(piece * 1_000_000) == detect(piece * 1_000_000)


def test_a_request_to_end_while_profiles_load_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(DetectorFactory, "add_profile", interrupted)
    monkeypatch.setattr("cleaner.cache.read", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        _profiles.__wrapped__()


def test_a_menu_before_the_text_does_not_tell_its_language() -> None:
    menu = "\n".join(f"Menu {number}" for number in range(60))
    assert detect(f"{menu}\n{SENTENCES['en']}").language == "en"


@pytest.mark.parametrize("named", ["en", "EN", "En", "en-US", "en_GB", "eng", "ENG", "eng_Latn", "en-Latn-US"])
def test_a_language_may_be_named_by_any_code_of_iso_639(named: str) -> None:
    assert iso_code(named) == "en"


@pytest.mark.parametrize(
    ("named", "language"),
    [
        ("ger", "de"),
        ("deu_Latn", "de"),
        ("cmn_Hani", "zh"),
        ("zh-Hant-TW", "zh"),
        ("arb_Arab", "ar"),
        ("ast", "ast"),
        ("tgl", "tgl"),
    ],
)
def test_a_code_of_three_letters_is_the_one_of_two_where_there_is_one(named: str, language: str) -> None:
    assert iso_code(named) == language


@pytest.mark.parametrize(("named", "language"), [("iw", "he"), ("in-ID", "id"), ("JI", "yi"), ("jw", "jv"), ("mo_MD", "ro")])
def test_a_withdrawn_code_is_the_one_that_took_its_place(named: str, language: str) -> None:
    assert iso_code(named) == language


@pytest.mark.parametrize("named", [None, "", "und", "und-Latn"])
def test_a_language_may_be_left_open(named: str | None) -> None:
    assert iso_code(named) is None


@pytest.mark.parametrize("named", ["english", "e", "e n", "en-", "-", "12", "än", 7, b"en", True])
def test_what_is_no_code_of_a_language_is_an_error(named: Any) -> None:
    with pytest.raises(ValueError, match="no language"):
        iso_code(named)
