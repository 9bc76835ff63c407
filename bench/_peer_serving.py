"""A recommender behind FastAPI, in a Python of its own (`make serving-peer`), as its documentation suggests.

`implicit`: alternating least squares, `recommend` for one user a request. `rectools`: SASRec, `recommend` for one user
a request from the dataset that it was fitted on. Nothing of this project is imported. Serves until it is ended.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable

import pandas as pd
import uvicorn
from fastapi import FastAPI

warnings.filterwarnings("ignore")
Recommend = Callable[[str, int], list[dict[str, object]]]


def implicit(acts: pd.DataFrame, factors: int) -> Recommend:
    """Factors of users and items; the user's own row of the matrix goes with the request."""
    import scipy.sparse
    from implicit.als import AlternatingLeastSquares

    users, items = acts["user_id"].astype("category"), acts["item_id"].astype("category")
    matrix = scipy.sparse.csr_matrix(([1.0] * len(acts), (users.cat.codes, items.cat.codes)))
    number, names = {name: no for no, name in enumerate(users.cat.categories)}, list(items.cat.categories)
    model = AlternatingLeastSquares(factors=factors, iterations=5, num_threads=1)
    model.fit(matrix, show_progress=False)

    def recommend(user: str, n: int) -> list[dict[str, object]]:
        found, scores = model.recommend(number[user], matrix[number[user]], N=n, filter_already_liked_items=False)
        return [{"item": names[no], "score": float(score)} for no, score in zip(found, scores, strict=True)]

    return recommend


def rectools(acts: pd.DataFrame, factors: int) -> Recommend:
    """SASRec over the last fifty acts, fitted for a few steps: what it learnt makes it no dearer to ask."""
    import torch
    from pytorch_lightning import Trainer
    from rectools import Columns
    from rectools.dataset import Dataset
    from rectools.models import SASRecModel

    torch.set_num_threads(1)
    frame = acts.rename(columns={"at": Columns.Datetime})
    frame[Columns.Datetime] = pd.to_datetime(frame[Columns.Datetime], unit="us")
    frame[Columns.Weight] = 1.0
    dataset = Dataset.construct(frame)

    def trainer() -> Trainer:
        return Trainer(
            max_epochs=1,
            limit_train_batches=20,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    model = SASRecModel(
        n_factors=factors, n_blocks=2, n_heads=2, session_max_len=50, get_trainer_func=trainer, verbose=0
    )
    model.fit(dataset)

    def recommend(user: str, n: int) -> list[dict[str, object]]:
        found = model.recommend(users=[user], dataset=dataset, k=n, filter_viewed=False)
        told = zip(found[Columns.Item].tolist(), found[Columns.Score].tolist(), strict=True)
        return [{"item": str(item), "score": float(score)} for item, score in told]

    return recommend


KINDS = {"implicit": implicit, "rectools": rectools}


def application(recommend: Recommend) -> FastAPI:
    """The usual application: a route that calls the model."""
    app = FastAPI()

    @app.get("/health/ready")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/v1/recommend/home")
    def home(user: str, n: int = 20) -> dict[str, object]:
        return {"user": user, "picks": recommend(user, n)}

    return app


def main() -> None:
    """Fits, then serves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("file", help="CSV of user_id, item_id, at (µs), one line an act")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--factors", type=int, default=64)
    given = parser.parse_args()
    acts = pd.read_csv(given.file)
    uvicorn.run(
        application(KINDS[given.kind](acts, given.factors)), port=given.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()
