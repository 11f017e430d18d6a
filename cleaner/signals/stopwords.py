"""Stop words: the short words without which no running text of a language goes on.

Gopher asks for two of eight English words (Rae et al. 2021, arXiv 2112.11446). The lists of the other languages were made
for this project in the same manner: articles, conjunctions, prepositions and forms of "to be" that are frequent and are
written apart, as many as make a text without two of them unlikely.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleaner.signals.hashing import Hashes
from cleaner.signals.survey import Column, Survey, hash_words

STOP_WORDS: Mapping[str, str] = {
    "en": "the be to of and that have with",
    "af": "die van en is in dat nie het",
    "ar": "في من على إلى أن عن التي هذا",
    "az": "və bu bir üçün ilə da də ki",
    "bg": "на и в да се за от с",
    "bn": "এবং ও এই করে থেকে না একটি হয়",
    "ca": "de la i el que en les per",
    "cs": "a v se na je že s z",
    "cy": "y yn a o i ar yr mae",
    "da": "og i at det er en til af",
    "de": "der die und das in zu den ist",
    "el": "και το να του της η με για",
    "es": "de la que el en y los por",
    "et": "ja on ei et see oli ka kui",
    "eu": "eta da ez du bat ere dira hau",
    "fa": "و در به از که این را با",
    "fi": "ja on ei että se oli myös mutta",
    "fr": "de la le et les des en que",
    "ga": "an agus na ar go is i le",
    "gl": "de que a e o da en do",
    "gu": "અને છે આ માટે પણ એક ના કે",
    "he": "של את על לא הוא כי זה עם",
    "hi": "के में की है और से का को",
    "hr": "i u je na se da za su",
    "hu": "a az és hogy nem is egy meg",
    "hy": "և է մեջ որ են այս համար մի",
    "id": "yang dan di dengan untuk dari ini itu",
    "is": "og í að á er sem það til",
    "it": "di e che la il un per in",
    "ka": "და არის რომ ეს არ იყო მაგრამ რა",
    "kk": "және бұл бір үшін мен деп да де",
    "kn": "ಮತ್ತು ಈ ಒಂದು ಆ ಅವರು ಇದು ಎಂದು ಆದರೆ",
    "ko": "이 그 및 수 있다 것이다 등 더",
    "lt": "ir kad į yra su iš tai bet",
    "lv": "un ir ka no ar par uz tas",
    "mk": "на и во да се за од со",
    "ml": "ഒരു ഈ എന്ന ആ എന്ന് അത് കൂടി വേണ്ടി",
    "mr": "आहे आणि या च्या हे तर व ते",
    "ne": "र को मा छ यो पनि गर्न भएको",
    "nl": "de het van een en in is dat",
    "no": "og i det er på en til som",
    "pa": "ਦੇ ਦੀ ਹੈ ਵਿੱਚ ਅਤੇ ਨੂੰ ਦਾ ਇਹ",
    "pl": "w i na z się do nie że",
    "pt": "de a que o e do da em",
    "ro": "de și în a la care cu pe",
    "ru": "и в не на что с как по",
    "sk": "a v sa na je že s z",
    "sl": "in je v se na da za so",
    "so": "iyo oo ka ku in waa la ee",
    "sq": "të e në dhe i që me një",
    "sr": "и у је на се да за су",
    "sv": "och i att det som en på är",
    "sw": "na ya wa kwa ni za katika la",
    "ta": "ஒரு இந்த என்று அந்த மற்றும் இது என்ன அவர்",
    "te": "ఈ ఒక ఆ అని మరియు కూడా ఇది నుండి",
    "tl": "ng sa na ang at mga ay ito",
    "tr": "ve bir bu da de için ile olarak",
    "uk": "і в не на що з як до",
    "ur": "کے میں کی ہے اور سے کا کو",
    "uz": "va bu bir uchun bilan ham deb esa",
    "vi": "và của là có cho không được các",
}
"""By language, ISO 639-1. Chinese, Japanese, Thai and others without spaces between words have none."""


# Of a token's hash so many bits tell that most tokens are no stop words.
_SLOT_BITS = 12
_SHIFT = np.uint64(64 - _SLOT_BITS)


class _Sought(NamedTuple):
    """The stop words of a language as a text is searched for them."""

    hashes: Hashes
    """In order; of the words and of their capitalised forms."""
    small: npt.NDArray[np.bool_]
    """Which of them are no capitalised forms."""
    slots: npt.NDArray[np.bool_]
    """Which first bits a hash of them may have."""


@functools.cache
def _sought(language: str) -> _Sought | None:
    if language not in STOP_WORDS:
        return None
    words = STOP_WORDS[language].split()
    capitalised = [word.capitalize() for word in words if word.capitalize() != word]
    hashes = hash_words(words + capitalised)
    order = np.argsort(hashes)
    slots = np.zeros(1 << _SLOT_BITS, np.bool_)
    slots[hashes >> _SHIFT] = True
    return _Sought(hashes[order], order < len(words), slots)


def stop_words(survey: Survey, languages: Sequence[str | None]) -> Iterator[tuple[str, Column]]:
    """`stop_words` and `stop_word_share` (see `cleaner.signals.DEFINITIONS`); None for a language without a list.

    A text of unknown language is held to the English list.
    """
    different: list[int | None] = [None] * len(languages)
    share: list[float | None] = [None] * len(languages)
    weights = survey.weights()
    for language in set(languages):
        sought = _sought(language or "en")
        if sought is None:
            continue
        found = _found(survey, sought)
        numbers = np.count_nonzero(found[:, sought.small], axis=1).tolist()
        totals = found.sum(axis=1).tolist()
        for number, of_text in enumerate(languages):
            if of_text == language:
                different[number] = numbers[number]
                share[number] = totals[number] / max(weights[number], 1)
    yield "stop_words", different
    yield "stop_word_share", share


def _found(survey: Survey, sought: _Sought) -> npt.NDArray[np.int64]:
    """For each text how often each of the words stands in it."""
    tokens = survey.token_hashes
    likely = np.flatnonzero(sought.slots[tokens >> _SHIFT])
    at = np.searchsorted(sought.hashes, tokens[likely])
    at[at == len(sought.hashes)] = 0
    right = sought.hashes[at] == tokens[likely]
    of_text = np.searchsorted(survey.token_bounds, likely[right], "right") - 1
    texts, words = len(survey.texts), len(sought.hashes)
    return np.bincount(of_text * words + at[right], minlength=texts * words).reshape(texts, words)
