"""RecTools' SASRec on the sequences of a file, in a Python of its own (`make peer`): seconds of each epoch and memory.

Imports nothing of this project. Last line: JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import warnings

import pandas as pd
import torch
from pytorch_lightning import Callback, Trainer
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

warnings.filterwarnings("ignore")


SECONDS: list[float] = []
"""Of each epoch. Not the callback's own: RecTools fits with a copy of the trainer, callbacks and all."""


class Clock(Callback):
    """Takes the time of each epoch, without what comes before and after."""

    def __init__(self) -> None:
        self.start = 0.0

    def on_train_epoch_start(self, *_: object) -> None:
        """Begins."""
        self.start = time.perf_counter()

    def on_train_epoch_end(self, *_: object) -> None:
        """Ends."""
        SECONDS.append(time.perf_counter() - self.start)


def main() -> None:
    """Runs it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="CSV of user_id, item_id, at (days), one line an act")
    for name, value in (("width", 64), ("layers", 2), ("heads", 2), ("length", 50), ("threads", 2), ("epochs", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    acts = pd.read_csv(options.file)
    acts[Columns.Datetime] = pd.Timestamp("2020-01-01") + pd.to_timedelta(acts.pop("at"), unit="D")
    acts[Columns.Weight] = 1.0

    def trainer() -> Trainer:
        return Trainer(
            max_epochs=options.epochs,
            callbacks=[Clock()],
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    model = SASRecModel(
        n_factors=options.width,
        n_blocks=options.layers,
        n_heads=options.heads,
        session_max_len=options.length,
        loss="softmax",
        get_trainer_func=trainer,
    )
    model.fit(Dataset.construct(acts))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"epochs": SECONDS, "mb": memory, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
