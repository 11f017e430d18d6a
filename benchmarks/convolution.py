"""Convolutional networks trained by PyTorch, as the arrays that `cleaner.network` computes with. Needs the extra ``train``."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from cleaner.network import LARGEST, STEPS, Network

RATE, WARM_UP, DECAY = 3e-3, 0.15, 0.02

Floats = npt.NDArray[np.float32]


class Plan(NamedTuple):
    """How large a network is and how it learns."""

    width: int
    layers: int
    epochs: int
    dropped: float
    """The share of inner values that is left out by chance."""
    batch: int
    """Documents that one step learns from."""
    sampled: int = 1
    """Means and deviations of features are those of one document in so many."""


class Example(Protocol):
    """The rows of one document, their labels, what each counts as an example, and what it counts in the mean of all."""

    @property
    def features(self) -> torch.Tensor: ...
    @property
    def labels(self) -> torch.Tensor: ...
    @property
    def counts(self) -> torch.Tensor: ...
    @property
    def share(self) -> torch.Tensor: ...


class Document:
    """An example whose rows are at hand."""

    def __init__(self, features: Floats, labels: npt.NDArray[Any], counts: Floats, weight: Floats) -> None:
        self.features = torch.from_numpy(np.ascontiguousarray(features, np.float32))
        self.labels = torch.from_numpy(labels.astype(np.float32))
        self.counts = torch.from_numpy(counts.astype(np.float32))
        self.share = torch.from_numpy((weight / weight.sum()).astype(np.float32))


def learned(documents: Sequence[Example], plan: Plan) -> Network:
    """A network that tells rows labelled 1 from the others. One thread; the same documents, the same network."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    features = torch.cat([one.features for one in documents[:: plan.sampled]])
    net = _Net(features.mean(0), features.std(0) + 1e-3, plan)
    del features
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=DECAY, lr=RATE, fused=True)
    steps = plan.epochs * -(-len(documents) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1, pct_start=WARM_UP)
    for _ in range(plan.epochs):
        order = torch.randperm(len(documents), generator=random).tolist()
        for first in range(0, len(order), plan.batch):
            batch = [documents[n] for n in order[first : first + plan.batch]]
            labels, counts = torch.cat([one.labels for one in batch]), torch.cat([one.counts for one in batch])
            loss = functional.binary_cross_entropy_with_logits(net(batch), labels, weight=counts)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    return net.as_arrays()


class _Net(nn.Module):
    """What `Network.score` computes, in numbers that are not rounded."""

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor, plan: Plan) -> None:
        super().__init__()
        self.mean, self.deviation, self.width, self.dropped = mean, deviation, plan.width, plan.dropped
        # The documents of a batch lie in one row of lines, so far apart that no layer sees across.
        self.gap = 1 << (plan.layers - 1)
        self.enter = nn.Linear(len(mean), self.width)
        self.around = nn.ModuleList(nn.Linear(3 * self.width, self.width) for _ in range(plan.layers))
        self.whole = nn.ModuleList(nn.Linear(self.width, self.width, bias=False) for _ in range(plan.layers))
        self.leave = nn.Linear(self.width, 1)
        self.random = np.random.Generator(np.random.SFC64(0))

    def forward(self, batch: Sequence[Example]) -> torch.Tensor:
        starts = list(itertools.accumulate((len(one.labels) + self.gap for one in batch), initial=0))
        inside, share = torch.zeros(starts[-1], len(batch)), torch.zeros(len(batch), starts[-1])
        for number, (start, one) in enumerate(zip(starts, batch, strict=False)):
            inside[start : start + len(one.labels), number] = 1
            share[number, start : start + len(one.labels)] = one.share
        there = inside.sum(1) > 0
        features = torch.zeros(starts[-1], len(self.mean))
        features[there] = (torch.cat([one.features for one in batch]) - self.mean) / self.deviation
        state = self._some(functional.relu(self.enter(features.clamp(-LARGEST / STEPS, LARGEST / STEPS))))
        for layer, (around, whole) in enumerate(zip(self.around, self.whole, strict=True)):
            rows = functional.layer_norm(state, (self.width,)) * there[:, None]
            distance = 1 << layer
            beyond = rows.new_zeros(distance, self.width)
            above, below = torch.cat([beyond, rows[:-distance]]), torch.cat([rows[distance:], beyond])
            made = around(torch.cat([above, rows, below], 1)) + inside @ whole(share @ rows)
            state = state + self._some(functional.relu(made))
        odds: torch.Tensor = self.leave(state)[:, 0]
        return odds[there]

    def _some(self, values: torch.Tensor) -> torch.Tensor:
        """The `values`, a share of them left out by chance. PyTorch's own draws take half of the time of a step."""
        drawn = torch.from_numpy(self.random.integers(0, 256, tuple(values.shape), np.uint8))
        dropped = round(self.dropped * 256)
        return values * (drawn >= dropped) * (256 / (256 - dropped))

    def as_arrays(self) -> Network:
        enter, enter_scale = _in_steps(_array(self.enter.weight).T)
        layers, scales = zip(
            *(
                _in_steps(np.concatenate([_array(around.weight).T.reshape(3, self.width, -1), _array(whole.weight).T[None]]))
                for around, whole in zip(self.around, self.whole, strict=True)
            ),
            strict=True,
        )
        return Network(
            mean=_array(self.mean),
            deviation=_array(self.deviation),
            enter=enter,
            enter_scale=enter_scale,
            enter_bias=_array(self.enter.bias),
            layers=np.stack(layers),
            layer_scales=np.array(scales, np.float32),
            layer_biases=np.stack([_array(around.bias) for around in self.around]),
            leave=_array(self.leave.weight)[0],
            leave_bias=_array(self.leave.bias),
        )


def _array(values: torch.Tensor) -> Floats:
    return values.detach().numpy().copy()


def _in_steps(matrix: Floats) -> tuple[npt.NDArray[np.int8], np.float32]:
    """A matrix in 255 steps, and what its products with steps of the input are to be multiplied with."""
    step = np.float32(np.abs(matrix).max() / LARGEST)
    return np.round(matrix / step).astype(np.int8), np.float32(step / STEPS)
