import math

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import toy_network

from cleaner.network import LARGEST, STEPS, Network

WIDTH = 5


def rows_by_chance(seed: int, number: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(number, WIDTH)).astype(np.float32) * 3


def whole(value: float) -> int:
    return max(-LARGEST, min(LARGEST, round(value * STEPS)))


def naive_scores(network: Network, features: npt.NDArray[np.float32], weight: list[float]) -> list[float]:
    """Computed row by row and value by value."""
    inside = network.enter.shape[1]
    columns = range(inside)
    state = []
    for row in features:
        steps = [whole((x - m) / d) for x, m, d in zip(row, network.mean, network.deviation, strict=True)]
        sums = [sum(step * int(matrix[n]) for step, matrix in zip(steps, network.enter, strict=True)) for n in columns]
        state.append([max(0.0, sums[n] * float(network.enter_scale) + float(network.enter_bias[n])) for n in columns])
    for layer, (above, own, below, of_all) in enumerate(network.layers.astype(int).tolist()):
        rows = []
        for values in state:
            mean = sum(values) / inside
            deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / inside + 1e-5)
            rows.append([whole((value - mean) / deviation) for value in values])
        mean_row = [round(sum(row[n] * w for row, w in zip(rows, weight, strict=True)) / sum(weight)) for n in columns]
        distance = 2**layer
        made = []
        for place, row in enumerate(rows):
            seen = [(row, own), (mean_row, of_all)]
            seen += [(rows[place - distance], above)] if place >= distance else []
            seen += [(rows[place + distance], below)] if place + distance < len(rows) else []
            made.append([sum(values[m] * matrix[m][n] for values, matrix in seen for m in columns) for n in columns])
        scale, biases = float(network.layer_scales[layer]), network.layer_biases[layer].tolist()
        state = [
            [old + max(0.0, new * scale + bias) for old, new, bias in zip(values, sums, biases, strict=True)]
            for values, sums in zip(state, made, strict=True)
        ]
    leave, bias = network.leave.tolist(), float(network.leave_bias[0])
    return [sum(value * out for value, out in zip(values, leave, strict=True)) + bias for values in state]


@given(st.integers(0, 50), st.integers(1, 20))
def test_a_score_is_what_computing_row_by_row_gives(seed: int, number: int) -> None:
    network = toy_network(np.random.default_rng(seed), width=WIDTH, inside=4, layers=3)
    features = rows_by_chance(seed, number)
    weight = np.random.default_rng(seed).uniform(0.5, 9, number).astype(np.float32)
    found = network.score(features, weight)
    # Where a value stands halfway between two steps the ways may part by a step; that is rare, and moves little.
    assert found.tolist() == pytest.approx(naive_scores(network, features, weight.tolist()), abs=0.2)


def test_what_has_entered_otherwise_is_added_before_the_first_layer() -> None:
    network = toy_network(np.random.default_rng(1), width=WIDTH, inside=4)
    features, weight = rows_by_chance(1, 9), np.ones(9, np.float32)
    entered = np.random.default_rng(2).normal(size=4).astype(np.float32)
    biased = Network(**msgspec.structs.asdict(network) | {"enter_bias": network.enter_bias + entered})
    found = network.score(features, weight, np.tile(entered, (9, 1)))
    np.testing.assert_allclose(found, biased.score(features, weight), rtol=1e-5)


def test_no_rows_have_no_scores() -> None:
    network = toy_network(np.random.default_rng(0), width=WIDTH)
    assert network.score(np.zeros((0, WIDTH), np.float32), np.zeros(0, np.float32)).shape == (0,)


@given(st.integers(0, 50), st.permutations(range(WIDTH)))
def test_the_order_of_summation_changes_no_bit(seed: int, order: list[int]) -> None:
    network = toy_network(np.random.default_rng(seed), width=WIDTH)
    features = rows_by_chance(seed, 30)
    other = Network(
        network.mean[order],
        network.deviation[order],
        network.enter[order],
        network.enter_scale,
        network.enter_bias,
        network.layers,
        network.layer_scales,
        network.layer_biases,
        network.leave,
        network.leave_bias,
    )
    weight = np.ones(30, np.float32)
    assert (other.score(features[:, order], weight) == network.score(features, weight)).all()


def test_every_product_stays_exact_at_the_largest_values() -> None:
    """The sums of all products at the far ends, of as many features as a page has and of a wide layer."""
    for summands in (250, 4 * 64):
        assert summands * LARGEST * LARGEST < 2**24


def test_a_row_far_away_is_felt_through_the_mean_of_all_alone() -> None:
    network = toy_network(np.random.default_rng(3), width=WIDTH, layers=2)
    blind = toy_network(np.random.default_rng(3), width=WIDTH, layers=2)
    blind.layers[:, 3] = 0
    features = rows_by_chance(3, 40)
    changed = features.copy()
    changed[20:] *= -1
    weight = np.ones(40, np.float32)
    # Two layers reach 1 + 2 rows.
    assert (blind.score(features, weight)[:17] == blind.score(changed, weight)[:17]).all()
    assert (blind.score(features, weight)[17:] != blind.score(changed, weight)[17:]).any()
    assert (network.score(features, weight)[:17] != network.score(changed, weight)[:17]).any()
