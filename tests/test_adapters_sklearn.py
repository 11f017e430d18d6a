import pickle
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

import cleaner
from cleaner.adapters.sklearn import TextCleaner

CHROME = "Skip to content\n\nThe mayor resigned on Monday, her office said.\n\nLeave a reply"
CLEANED = "The mayor resigned on Monday, her office said."


# `check_estimator` gives up on estimators that take texts after the first of them; these need no table of numbers.
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_valid_tag_types,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_mixin_order,
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
    ],
)
def test_it_passes_the_checks_of_scikit_learn_that_apply(check: Callable[[str, TextCleaner], None]) -> None:
    check("TextCleaner", TextCleaner())


@pytest.mark.parametrize(
    "texts", [[CHROME, "Nothing."], (CHROME, "Nothing."), np.array([CHROME, "Nothing."]), iter([CHROME, "Nothing."])]
)
def test_texts_come_out_cleaned_one_for_each(texts: Iterable[str]) -> None:
    made = TextCleaner().transform(texts)
    assert made.shape == (2,)
    assert list(made) == [CLEANED, "Nothing."]


def test_pages_and_bytes_are_texts_too() -> None:
    page = f"<html><body><nav>Home</nav><article><p>{CLEANED}</p></article></body></html>"
    assert list(TextCleaner(media_type="text/html").fit_transform([page, page.encode()])) == [CLEANED, CLEANED]


def test_no_texts_are_no_texts() -> None:
    assert TextCleaner().transform([]).shape == (0,)


def test_settings_change_what_comes_out_also_when_set_later() -> None:
    made = TextCleaner()
    made.transform([CHROME])
    made.set_params(off=["boilerplate/*"])
    assert list(made.transform([CHROME])) == [cleaner.Cleaner(off=["boilerplate/*"]).clean(CHROME).text]


def test_it_is_pickled_and_cloned_as_its_settings_alone() -> None:
    made = TextCleaner(profile="careful", keep=["Leave"]).fit([CHROME])
    for copy in (pickle.loads(pickle.dumps(made)), clone(made)):
        assert copy.get_params() == made.get_params()
        assert list(copy.transform([CHROME])) == list(made.transform([CHROME]))
    assert len(pickle.dumps(made)) < 1000


def test_it_is_the_first_step_of_a_pipeline_whose_settings_are_searched() -> None:
    texts = [f"Skip to content\n\nThe {word} was seen in the city on Monday, her office said." for word in ("cat", "dog") * 6]
    pipeline = make_pipeline(TextCleaner(), CountVectorizer(), LogisticRegression())
    search = GridSearchCV(pipeline, {"textcleaner__profile": ["careful", "strict"]}, cv=2)
    search.fit(texts, ["cat", "dog"] * 6)
    assert search.predict(texts[:2]).tolist() == ["cat", "dog"]
    assert "skip" not in search.best_estimator_[1].vocabulary_


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("one text", "a list of texts"),
        (b"one text", "a list of texts"),
        ([None], "None is neither"),
        ([float("nan")], "nan is neither"),
        (np.zeros((2, 2)), "shape"),
        ([["a"]], "neither"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(given: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TextCleaner().transform(given)  # type: ignore[arg-type]


def test_a_text_that_fails_stays_and_is_told() -> None:
    bad = b"\x00\x01\x02\xff" * 50
    with pytest.warns(UserWarning, match="1 of 2 texts could not be cleaned: "):
        made = TextCleaner().transform([bad, CHROME])
    assert list(made) == ["", CLEANED]


def test_bad_settings_are_told_by_fit() -> None:
    with pytest.raises(ValueError, match="no profile"):
        TextCleaner(profile="brave").fit([CHROME])
    for one in ({"rules": "shipped"}, {"off": "garbled*"}, {"keep": "reply"}):
        with pytest.raises(TypeError, match="list"):
            TextCleaner(**one).transform([CHROME])
