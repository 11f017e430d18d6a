from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import toy_trees

from cleaner.trees import Trees

GROUPS = 5

# Two trees of two questions. The first asks for feature 0 above 0.5, then for feature 1 above 2; leaves by answers
# (no, no), (yes, no), (no, yes), (yes, yes). Means as in a heap: all, first no, first yes, then the leaves.
HAND_MADE = Trees(
    features=np.array([[0, 1], [2, 0]], np.int16),
    borders=np.array([[0.5, 2.0], [0.0, 0.25]], np.float32),
    leaves=np.array([[1.0, 2.0, 4.0, 8.0], [-1.0, 0.0, 0.0, 3.0]], np.float32),
    means=np.array([[3.75, 2.5, 5.0, 1.0, 4.0, 2.0, 8.0], [0.5, -0.5, 1.5, -1.0, 0.0, 0.0, 3.0]], np.float32),
    bias=0.25,
)


@pytest.mark.parametrize(
    ("features", "score"),
    [
        ((0.0, 0.0, 0.0), 1.0 - 1.0 + 0.25),
        ((1.0, 0.0, 0.0), 2.0 + 0.0 + 0.25),
        ((0.0, 3.0, 1.0), 4.0 + 0.0 + 0.25),
        ((0.4, 2.0, 0.0), 1.0 + 0.0 + 0.25),
        ((0.5, 3.0, 0.0), 4.0 + 0.0 + 0.25),
        ((1.0, 3.0, 1.0), 8.0 + 3.0 + 0.25),
    ],
)
def test_hand_made_trees_give_the_leaves_that_the_answers_lead_to(features: tuple[float, ...], score: float) -> None:
    assert HAND_MADE.score(np.array([features], np.float32)).tolist() == [score]


def test_a_question_is_charged_with_what_its_answer_changed() -> None:
    charged = HAND_MADE.reasons(np.array([[1.0, 3.0, 1.0]], np.float32), np.array([3, 0, 2]), 5)
    # 3.75 → 5.0 (feature 0) → 8.0 (feature 1); 0.5 → 1.5 (feature 2) → 3.0 (feature 0)
    assert charged.tolist() == [[3.0, 0.0, 1.0, 1.25 + 1.5, 0.0]]


def naive_score(trees: Trees, row: Sequence[float]) -> float:
    """Each tree walked from its root, question by question."""
    total = trees.bias
    for questions, borders, leaves in zip(trees.features, trees.borders, trees.leaves, strict=True):
        leaf = 0
        for level, (feature, border) in enumerate(zip(questions, borders, strict=True)):
            if row[feature] > border:
                leaf += 2**level
        total += float(leaves[leaf])
    return total


TREES = st.builds(
    lambda seed, depth: toy_trees(np.random.default_rng(seed), width=6, number=9, depth=depth),
    st.integers(0, 99),
    st.integers(1, 8),
)
ROWS = st.lists(st.lists(st.floats(0, 1, width=32), min_size=6, max_size=6), min_size=1, max_size=9)


@given(TREES, ROWS)
def test_a_score_is_what_walking_the_trees_gives(trees: Trees, rows: list[list[float]]) -> None:
    expected = [naive_score(trees, row) for row in rows]
    assert trees.score(np.array(rows, np.float32)).tolist() == pytest.approx(expected, abs=1e-4)


@given(TREES, ROWS, st.lists(st.integers(0, GROUPS - 1), min_size=6, max_size=6))
def test_reasons_add_up_to_the_score_without_bias_and_means(trees: Trees, rows: list[list[float]], groups: list[int]) -> None:
    table = np.array(rows, np.float32)
    charged = trees.reasons(table, np.array(groups, np.int8), GROUPS)
    assert charged.shape == (len(rows), GROUPS)
    expected = trees.score(table) - np.float32(trees.bias) - trees.means[:, 0].sum()
    assert charged.sum(1).tolist() == pytest.approx(expected.tolist(), abs=1e-4)
    unasked = set(range(GROUPS)) - set(groups)
    assert not charged[:, sorted(unasked)].any()


def test_trees_score_no_rows_at_all() -> None:
    nothing = np.zeros((0, 3), np.float32)
    assert HAND_MADE.score(nothing).shape == (0,)
    assert HAND_MADE.reasons(nothing, np.zeros(3, np.int8), GROUPS).shape == (0, GROUPS)
