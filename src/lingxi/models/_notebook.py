"""What a training notes after each epoch, so that one that was killed goes on where it was, to the same net."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import torch
from msgspec import Struct
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lingxi.domain.errors import Incompatible
from lingxi.nn.average import Average

FILE: Final = "epoch.safetensors"
NOTE: Final = "note"
ITEMS: Final = "items"
RANDOM: Final = "random"
FOLLOWED: Final = "followed"


Optimizers = Sequence[torch.optim.Optimizer]


class Note(Struct, frozen=True, kw_only=True):
    """Where a training is after an epoch: the best epoch and its figure, how much was learnt from, the time spent."""

    epoch: int
    best: float
    found: int
    done: int
    seconds: float
    ended: bool
    curve: list[dict[str, float]]


class Notebook:
    """Keeps the newest note, with the net, the mean of its weights, the optimizers' moments and the random numbers'
    state, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self._items = ""

    def of(self, ids: Sequence[str]) -> None:
        """The net that is noted is of these items, in the order of its rows."""
        self._items = hashlib.blake2b(msgspec.json.encode(ids), digest_size=16).hexdigest()

    def write(self, note: Note, average: Average, optimizers: Optimizers, best: dict[str, Tensor] | None) -> None:
        """Replaces the note, as a whole."""
        tensors = {f"net.{name}": tensor for name, tensor in average.net.state_dict().items()}
        tensors |= {f"mean.{name}": tensor for name, tensor in average.means.items()}
        tensors[FOLLOWED] = torch.tensor(average.steps)
        tensors |= {f"best.{name}": tensor for name, tensor in (best or {}).items()}
        for place, optimizer in enumerate(optimizers):
            for number, moments in optimizer.state_dict()["state"].items():
                tensors |= {f"moment.{place}.{number}.{name}": tensor for name, tensor in moments.items()}
        tensors[RANDOM] = torch.get_rng_state()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        half = self.file.with_suffix(".half")
        whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
        save_file(whole, half, {NOTE: msgspec.json.encode(note).decode(), ITEMS: self._items})
        half.replace(self.file)

    def read(self, average: Average, optimizers: Optimizers) -> tuple[Note, dict[str, Tensor] | None] | None:
        """Puts the net, its mean, optimizers and random numbers where they were; the note and the best net.
        None without a note.

        Raises:
            Incompatible: the net that was noted is of other items: its rows mean something else.
        """
        try:
            with safe_open(self.file, "pt") as file:
                self._check(file.metadata()[ITEMS])
                note = msgspec.json.decode(file.metadata()[NOTE], type=Note)
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
            weights, means, followed = _part(tensors, "net."), _part(tensors, "mean."), int(tensors[FOLLOWED])
        except (OSError, SafetensorError, KeyError, msgspec.DecodeError):
            # None yet, torn, or of another version: the training begins anew.
            return None
        if not (_alike(weights, average.net.state_dict()) and _alike(means, average.means)):
            return None
        average.net.load_state_dict(weights)
        average.go_on(means, followed)
        for place, optimizer in enumerate(optimizers):
            state: dict[int, dict[str, Any]] = {}
            for name, tensor in _part(tensors, f"moment.{place}.").items():
                number, _, of = name.partition(".")
                state.setdefault(int(number), {})[of] = tensor
            optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        torch.set_rng_state(tensors[RANDOM])
        return note, _part(tensors, "best.") or None

    def _check(self, items: str) -> None:
        if items != self._items:
            raise Incompatible(
                "the fit that was begun here is of other items than this one",
                where=str(self.file.parent),
                remedy="go on with the snapshot that it was begun with, or delete the folder to begin anew",
            )


def _alike(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether both are of nets of one shape."""
    return {name: each.shape for name, each in one.items()} == {name: each.shape for name, each in other.items()}


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
