"""A net over sequences of moments: an encoder, and the table of items that it reads and predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from lingxi.models._moments import Batch
from lingxi.nn.encoder import Encoder
from lingxi.nn.items import ItemTable

Floats = npt.NDArray[np.float32]


class Net(nn.Module):
    """An encoder of acts and the table of items. `said` float32[words, w]: what each word of queries means, as texts of
    items do; a search is read through the same layer as they are."""

    said: Tensor | None

    def __init__(self, encoder: Encoder, items: ItemTable, said: Floats | None = None) -> None:
        super().__init__()
        self.encoder, self.items = encoder, items
        # As an item's text it follows from the catalogue: a note need not hold it.
        self.register_buffer("said", None if said is None else torch.from_numpy(said), persistent=False)

    @property
    def bias(self) -> Tensor:
        """What is added to each item's product, [v]."""
        return self.items.bias

    def table_with_unknown(self) -> Tensor:
        """[v + 1, d]."""
        return self.items.with_unknown()

    def words(self) -> Tensor | None:
        """The vectors of the words of queries, [words, d]; None where none are read."""
        if self.encoder.words is None or self.said is None or self.items.meaning is None:
            return None if self.encoder.words is None else self.encoder.words.weight
        vectors: Tensor = self.encoder.words.weight + self.items.meaning.vectors(self.said)
        return vectors

    def states(self, batch: Batch, table: Tensor) -> Tensor:
        """The encoder's states at every place of a batch whose lines are rows of `table`: [b, n, d]."""
        kind = torch.from_numpy(batch.kind)
        inputs = pool(table, batch.row, batch.share, batch.bag)
        if batch.words is not None and self.encoder.words is not None:
            inputs = inputs + pool(self.encoder.words.weight, *batch.words)
            if self.said is not None and self.items.meaning is not None:
                inputs = inputs + self.items.meaning.vectors(pool(self.said, *batch.words))
        inputs = inputs.reshape(*kind.shape, -1)
        if batch.people is not None and self.encoder.traits is not None:
            inputs = inputs + pool(self.encoder.traits.read.weight, *batch.people)[:, None]
        states: Tensor = self.encoder(inputs, kind, torch.from_numpy(batch.age), torch.from_numpy(batch.real))
        return states

    def asked(self, batch: Batch, table: Tensor) -> Tensor:
        """The vectors [m, d] of the places that a batch learns at."""
        states = self.states(batch, table)
        # As an embedding: its gradient is a fraction of that of indexing.
        places = functional.embedding(torch.from_numpy(batch.place), states.reshape(-1, states.shape[-1]))
        vectors = self.encoder.ask_at(places, torch.from_numpy(batch.wait))
        person = self._person(batch)
        if person is None:
            return vectors
        return vectors + functional.embedding(torch.from_numpy(batch.place // batch.kind.shape[1]), person)

    def _person(self, batch: Batch) -> Tensor | None:
        """What the traits of each window's shopper add to the vector that is asked with, [b, d]."""
        if batch.people is None or self.encoder.traits is None:
            return None
        return pool(self.encoder.traits.asked.weight, *batch.people)

    def score(self, batch: Batch, table: Tensor | None = None) -> Floats:
        """Floats [b, v] at the end of each window; `table` is that of `table_with_unknown`, to make it only once."""
        with torch.inference_mode():
            table = self.table_with_unknown() if table is None else table
            vector = self.encoder.ask_at(self.states(batch, table)[:, -1], torch.from_numpy(batch.wait))
            person = self._person(batch)
            vector = vector if person is None else vector + person
            scores: Floats = torch.addmm(self.bias, vector, table[:-1].T).numpy()
        return scores


def pool(table: Tensor, row: Any, share: Any, bag: Any) -> Tensor:
    """The weighed sum of each moment's lines, [moments, d], from numpy arrays."""
    lines, begin, weight = torch.from_numpy(row), torch.from_numpy(bag), torch.from_numpy(share)
    return functional.embedding_bag(lines, table, begin, mode="sum", per_sample_weights=weight)
