"""DCN-V2 (Wang et al. 2021) over the inputs of each candidate, for all goals one net.

It begins at the order that there is and learns what it lacks, a slate at a time: the loss is the cross-entropy of what
was wanted against a softmax over the slate's candidates (Cao et al. 2007, ListNet's top one). No attention over the
vectors of the shopper's acts: the days that a ranker learns from are served by an earlier fit of the sequence model,
whose vectors mean nothing to the one that goes live. What acts say of a candidate reaches it as numbers that stay the
same: scores, ranks, affinities.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file

from lingxi.domain.bundle import Component
from lingxi.nn.crossing import Crossed
from lingxi.nn.onnx import OPSET
from lingxi.ports.ranker import Bools, Examples, Floats
from lingxi.rankers._goals import Course, calibrated, columns_of, course_of, learnable
from lingxi.runtimes._files import FILE
from lingxi.runtimes.deep import NET, standard

LAYERS: Final = 2
HIDDEN: Final = (64, 32)
DROPOUT: Final = 0.1
RATE: Final = 3e-3
DECAY: Final = 1e-2
SLATES: Final = 16
"""Of one step."""
EPOCHS: Final = 40
PATIENCE: Final = 4


@dataclass(frozen=True, slots=True)
class Deep:
    """See `ports.ranker.Fitted`; `missing`, `mean`, `deviation` float32[k] are of the inputs."""

    goals: tuple[int, ...]
    pull: Floats
    scale: Floats
    offset: Floats
    net: Crossed
    missing: Floats
    mean: Floats
    deviation: Floats

    def used(self) -> Bools:
        """All."""
        return np.ones(len(self.mean), dtype=np.bool_)

    def export(self, folder: Path, name: str, kept: list[int], settings: dict[str, Any]) -> Component:  # noqa: ARG002
        """A component of the runtime `deep`."""
        (folder / name).mkdir(parents=True, exist_ok=True)
        arrays = {"missing": self.missing, "mean": self.mean, "scale": self.deviation}
        save_file(arrays, folder / name / FILE)
        with warnings.catch_warnings():
            # Tracing is called legacy by torch on every call.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                self.net.eval(),
                (torch.zeros(2, len(self.mean)),),
                str(folder / name / NET),
                input_names=["inputs"],
                output_names=["odds"],
                dynamic_axes={"inputs": {0: "n"}, "odds": {0: "n"}},
                opset_version=OPSET,
                dynamo=False,
            )
        return Component(name=name, runtime="deep", folder=name, settings=settings)


def fit(examples: Examples, seed: int, seconds: float) -> Deep:
    """See `ports.ranker.Fit`."""
    goals = learnable(examples)
    missing, mean, deviation = _spread(examples.values)
    courses = [course_of(examples, goal, seed) for goal in goals]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Crossed(examples.values.shape[1], len(goals), LAYERS, HIDDEN, DROPOUT)
        sides = [[_Batches(course, side, missing, mean, deviation) for course, _ in courses] for side in (0, 1)]
        _learn(net, sides[0], sides[1], np.random.default_rng(seed), seconds)

    def correction(place: int, values: Floats) -> Floats:
        with torch.no_grad():
            odds: Floats = net(torch.from_numpy(standard(values, missing, mean, deviation)))[:, place].numpy()
        return odds

    lines = [
        calibrated(examples, goal, slope, partial(correction, place), seed)
        for place, (goal, (_, slope)) in enumerate(zip(goals, courses, strict=True))
    ]
    return Deep(goals, *columns_of(lines), net, missing, mean, deviation)


class _Batches:
    """One goal's slates of one side as tensors, padded to the longest of a step."""

    def __init__(self, course: Course, side: int, missing: Floats, mean: Floats, deviation: Floats) -> None:
        examples = (course.learn, course.held)[side]
        self.known = torch.from_numpy(standard(examples.values, missing, mean, deviation))
        self.begun = torch.from_numpy(course.start[side])
        self.wanted = torch.from_numpy(course.wanted[side].astype(np.float32))
        self.start, self.sizes = examples.start, examples.sizes()

    def loss(self, net: Crossed, place: int, slates: npt.NDArray[np.intp]) -> torch.Tensor:
        """Of these slates, the mean."""
        sizes = self.sizes[slates]
        step = np.arange(int(sizes.max()))
        rows = np.minimum(self.start[slates][:, None] + step, len(self.begun) - 1)
        there = torch.from_numpy(step[None] < sizes[:, None])
        flat = torch.from_numpy(rows.reshape(-1))
        odds = (net(self.known[flat])[:, place] + self.begun[flat]).reshape(rows.shape)
        wanted = self.wanted[flat].reshape(rows.shape) * there
        shares = torch.log_softmax(odds.masked_fill(~there, -torch.inf), dim=1).masked_fill(~there, 0.0)
        found: torch.Tensor = -((wanted * shares).sum(1) / wanted.sum(1)).mean()
        return found


def _learn(net: Crossed, learn: list[_Batches], held: list[_Batches], rng: np.random.Generator, seconds: float) -> None:
    """Until the slates that were held out get no better, or the time is up; leaves the best in the net."""
    until = time.monotonic() + seconds
    steps = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    best, kept, since = _exam(net, held), _copy(net), 0
    for _ in range(EPOCHS):
        net.train()
        for place, batches in enumerate(learn):
            order = rng.permutation(len(batches.sizes))
            for first in range(0, len(order), SLATES):
                steps.zero_grad()
                batches.loss(net, place, order[first : first + SLATES]).backward()  # type: ignore[no-untyped-call]
                steps.step()
        found = _exam(net, held)
        best, kept, since = (found, _copy(net), 0) if found < best else (best, kept, since + 1)
        if since >= PATIENCE or time.monotonic() > until:
            break
    net.load_state_dict(kept)
    net.eval()


def _exam(net: Crossed, held: list[_Batches]) -> float:
    net.eval()
    with torch.no_grad():
        return sum(
            float(each.loss(net, place, np.arange(len(each.sizes))))
            for place, each in enumerate(held)
            if len(each.sizes)
        )


def _copy(net: Crossed) -> dict[str, torch.Tensor]:
    return {name: each.detach().clone() for name, each in net.state_dict().items()}


def _spread(values: Floats) -> tuple[Floats, Floats, Floats]:
    """The median, mean and deviation of each input where it is known."""
    known = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    empty = ~np.isfinite(known).any(axis=0)
    known[:, empty] = 0.0
    missing = np.nanmedian(known, axis=0)
    filled = np.where(np.isfinite(known), known, missing)
    deviation = filled.std(axis=0)
    deviation[deviation < 1e-6] = 1.0
    return tuple(each.astype(np.float32) for each in (missing, filled.mean(axis=0), deviation))  # type: ignore[return-value]
