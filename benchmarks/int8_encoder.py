"""The ONNX file of a small BERT that judges words: 8-bit weights, as onnxruntime's own operators take them.

The graph is written here by hand, since no exporter writes one that is as small: each matrix product quantises its input
by the range of what is run (one window), and of the last layer only the judged words are worked out.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

HEADS = 12
EPSILON = 1e-12
# 7 of 8 bits: on processors without VNNI two products are added in 16 bits, which 8 bits would overflow.
LARGEST = 63
# onnxruntime 1.17 reads these.
IR_VERSION, OPSET = 8, 17

Floats = npt.NDArray[np.float32]


class Graph:
    """A graph that grows by one node at a time; each gives the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: npt.ArrayLike) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        output = f"{kind}-{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def product(self, name: str, value: str, weights: Floats) -> str:
        """`value` times 8-bit `weights`, one scale for each column."""
        scale = np.maximum(np.abs(weights).max(0), 1e-8) / LARGEST
        whole = np.round(weights / scale).astype(np.int8)
        inputs = (value, self.constant(f"{name}.weight", whole), self.constant(f"{name}.scale", scale.astype(np.float32)))
        return self.node("DynamicQuantizeMatMul", *inputs, "", "", domain="com.microsoft")

    def added_and_normalised(self, name: str, value: str, before: str, state: Mapping[str, Floats]) -> str:
        """The layer norm of `value`, with its bias, added to `before`."""
        norm = f"{name}.LayerNorm"
        constants = (
            self.constant(f"{norm}.weight", state[f"{norm}.weight"]),
            self.constant(f"{norm}.bias", state[f"{norm}.bias"]),
            self.constant(f"{name}.dense.bias", state[f"{name}.dense.bias"]),
        )
        return self.node("SkipLayerNormalization", value, before, *constants, domain="com.microsoft", epsilon=EPSILON)


def write(state: Mapping[str, Floats], layers: int, longest: int, metadata: Mapping[str, str]) -> bytes:
    """The file of a model whose weights are named as `transformers` names them, with ``head`` beside them.

    Its inputs are ids and capitals of a window of at most `longest` pieces, and where the judged words stand; its output
    is a logit for each of these.
    """
    graph = Graph()
    hidden = _embedded(graph, state, longest)
    for layer in range(layers):
        hidden = _layer(graph, state, f"encoder.layer.{layer}", hidden, only="at" if layer == layers - 1 else None)
    weights = graph.constant("head.weight", state["head.weight"].T)
    logits = graph.node("Add", graph.node("MatMul", hidden, weights), graph.constant("head.bias", state["head.bias"]))
    graph.nodes.append(helper.make_node("Reshape", [logits, graph.constant("flat", np.array([-1]))], ["logits"]))
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "garble-deep",
            [helper.make_tensor_value_info(name, TensorProto.INT64, [size]) for name, size in _INPUTS.items()],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["words"])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
        ir_version=IR_VERSION,
        producer_name="cleaner",
    )
    helper.set_model_props(made, dict(metadata))
    return made.SerializeToString(deterministic=True)


_INPUTS = {"ids": "pieces", "capitals": "pieces", "at": "words"}


def _embedded(graph: Graph, state: Mapping[str, Floats], longest: int) -> str:
    """Words in 8 bits with a scale for each, their places and their capitals; normalised; in a batch of one."""
    words = state["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(1, keepdims=True), 1e-8).astype(np.float32) / 127
    whole = graph.node("Gather", graph.constant("words", np.round(words / scale).astype(np.int8)), "ids")
    scales = graph.node("Gather", graph.constant("words.scale", scale), "ids")
    word = graph.node("Mul", graph.node("Cast", whole, to=TensorProto.FLOAT), scales)
    places = graph.constant("places", state["embeddings.position_embeddings.weight"][:longest])
    size = graph.node("Shape", "ids")
    place = graph.node("Slice", places, graph.constant("zero", np.array([0])), size, graph.constant("rows", np.array([0])))
    capital = graph.node("Gather", graph.constant("types", state["embeddings.token_type_embeddings.weight"]), "capitals")
    total = graph.node("Add", graph.node("Add", word, place), capital)
    norm = [graph.constant(name, state[name]) for name in ("embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias")]
    normal = graph.node("LayerNormalization", total, *norm, epsilon=EPSILON)
    return graph.node("Unsqueeze", normal, graph.constant("first", np.array([0])))


def _layer(graph: Graph, state: Mapping[str, Floats], name: str, hidden: str, only: str | None) -> str:
    """One layer of the encoder, for the pieces that `only` names if it is given."""
    asking = graph.node("Gather", hidden, only, axis=1) if only else hidden
    parts = ("query", "key", "value")
    bias = np.concatenate([state[f"{name}.attention.self.{part}.bias"] for part in parts])
    projected = [
        graph.product(f"{name}.{part}", asking if part == "query" else hidden, state[f"{name}.attention.self.{part}.weight"].T)
        for part in parts
    ]
    attended = graph.node(
        "MultiHeadAttention", *projected, graph.constant(f"{name}.bias", bias), domain="com.microsoft", num_heads=HEADS
    )
    after = graph.product(f"{name}.out", attended, state[f"{name}.attention.output.dense.weight"].T)
    after = graph.added_and_normalised(f"{name}.attention.output", after, asking, state)
    wide = graph.product(f"{name}.wide", after, state[f"{name}.intermediate.dense.weight"].T)
    wide_bias = graph.constant(f"{name}.wide.bias", state[f"{name}.intermediate.dense.bias"])
    wide = graph.node("BiasGelu", wide, wide_bias, domain="com.microsoft")
    narrow = graph.product(f"{name}.narrow", wide, state[f"{name}.output.dense.weight"].T)
    return graph.added_and_normalised(f"{name}.output", narrow, after, state)
