"""The tasks about encoding: damaged texts to be restored, clean ones to be left alone, bytes to be read.

On texts that the repairs were not developed on (`cleaner.bench.cases.encoding_texts`).
"""

import msgspec

from cleaner.bench.cases import Data, encoding_texts
from cleaner.bench.systems import Answer
from cleaner.bench.tasks.damages import DAMAGES, LOSSES, typed
from cleaner.bench.tasks.task import Case, Scores, Task
from cleaner.text import Document

_LENGTHS = ("sentence", "paragraph")
_REPAIRERS = ("ftfy", "ftfy encoding", "plsfix", "cleaner careful", "cleaner balanced")


def _cases(_data: Data) -> list[Case]:
    cases = []
    for language, text in encoding_texts().text.items():
        for name, damage in DAMAGES.items():
            for length in _LENGTHS:
                original = getattr(text, length)
                damaged, wanted = damage.do(original), damage.wanted(original)
                if damaged is None or (damaged == wanted and name != "none"):
                    continue
                groups = {"damage": name, "language": language, "length": length}
                cases.append(
                    Case(document=Document(id=f"{language}/{length}/{name}", text=damaged), wanted=wanted, groups=groups)
                )
    for number, clean in enumerate(encoding_texts().clean):
        groups = {"damage": "none", "language": "look-alike", "length": "look-alike"}
        document = Document(id=f"look-alike/{number}", text=clean.text.strip("\n"))
        cases.append(Case(document=document, wanted=clean.text.strip("\n"), groups=groups))
    return cases


def _score(case: Case, answer: Answer) -> Scores:
    exact = float(answer.text.strip() == case.wanted.strip())
    return {"exact": exact, "left_alone" if case.groups["damage"] == "none" else "restored": exact}


TASK = Task(
    name="encoding",
    summary="Damaged encoding, restored exactly or not; clean text in many languages, left alone or not",
    systems=_REPAIRERS,
    cases=_cases,
    score=_score,
    main="exact",
    columns=("exact", "restored", "left_alone"),
    text=lambda case: case.wanted,
)


class Lost(msgspec.Struct, frozen=True):
    """A text of which something was lost."""

    text: str
    damaged: str


def _lost_cases(_data: Data) -> list[Case]:
    cases = []
    for language, text in encoding_texts().text.items():
        for name, loss in LOSSES.items():
            damaged = loss.do(text.paragraph)
            if damaged is None or damaged == text.paragraph or len(damaged.split()) != len(text.paragraph.split()):
                continue
            document = Document(id=f"{language}/{name}", text=damaged)
            groups = {"loss": name, "language": language}
            cases.append(Case(document=document, wanted=Lost(text.paragraph, damaged), groups=groups))
    return cases


def _lost_score(case: Case, answer: Answer) -> Scores:
    """By words, since a whole text can seldom be restored; a wrong word in which no damage is to be seen was made up."""
    wanted, damaged, came = (text.split() for text in (case.wanted.text, case.wanted.damaged, answer.text))
    if len(wanted) != len(came):
        return {"recovered": 0.0, "made_up": float(bool(came))}
    places = [place for place, (was, now) in enumerate(zip(wanted, damaged, strict=True)) if was != now]
    wrong = [place for place in places if came[place] != wanted[place]]
    seen = [place for place in wrong if set(came[place]) & ({*damaged[place], "\ufffd"} - {*wanted[place]})]
    return {"recovered": 1 - len(wrong) / len(places), "made_up": (len(wrong) - len(seen)) / len(places)}


LOST = Task(
    name="lost-bytes",
    summary="Misread UTF-8 of which bytes were lost: words recovered, and words made up",
    systems=_REPAIRERS,
    cases=_lost_cases,
    score=_lost_score,
    main="recovered",
    columns=("recovered", "made_up"),
)

CHARSETS = (
    *("utf-8", "utf-16-le", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255"),
    *("windows-1256", "windows-1257", "windows-1258", "iso-8859-2", "iso-8859-5", "iso-8859-7", "koi8-r", "cp866"),
    *("mac-cyrillic", "mac-roman", "cp874", "shift_jis", "euc_jp", "iso2022_jp", "gb18030", "big5", "euc_kr"),
)
# Charsets that hold every character, and are used where the language's own are meant.
_ONLY = {"gb18030": ("zh",), "big5": ("zh",), "iso2022_jp": ("ja",), "shift_jis": ("ja",), "euc_jp": ("ja",), "euc_kr": ("ko",)}


def _charset_cases(_data: Data) -> list[Case]:
    cases = []
    for language, text in encoding_texts().text.items():
        for charset in CHARSETS:
            for length, original in msgspec.structs.asdict(text).items():
                wanted = _writable(original, charset)
                if wanted is None or wanted.isascii() or language not in _ONLY.get(charset, (language,)):
                    continue
                document = Document(id=f"{language}/{length}/{charset}", text=wanted.encode(charset))
                groups = {"charset": charset, "language": language, "length": length}
                cases.append(Case(document=document, wanted=wanted, groups=groups))
    return cases


def _writable(text: str, charset: str) -> str | None:
    """The text, or the same as typed, if the charset can hold it."""
    for one in (text, typed(text)):
        try:
            one.encode(charset)
        except UnicodeEncodeError:
            continue
        return one
    return None


def _charset_score(case: Case, answer: Answer) -> Scores:
    right = float(answer.text == case.wanted)
    return {"right": right, f"right_{case.groups['length']}": right}


CHARSET = Task(
    name="charset",
    summary="Bytes of 25 charsets, from a headline to a paragraph, without a declaration: the text, exactly",
    systems=("charset-normalizer", "chardet", "faust-cchardet", "resiliparse charset", "cleaner charset"),
    cases=_charset_cases,
    score=_charset_score,
    main="right",
    columns=("right", "right_phrase", "right_sentence", "right_paragraph"),
    text=lambda case: case.wanted,
)
