"""Multiply-adds of a network in ONNX, counted from its graph."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any


def onnx_multiply_adds(path: Path, shape: tuple[int, ...]) -> int | None:
    """Those of the convolutions and products for one input of a shape (1, …).

    None where the package onnx, which reads graphs, is not installed.
    """
    try:
        import onnx
    except ModuleNotFoundError:
        return None
    model = onnx.load(str(path), load_external_data=False)
    for axis, size in zip(model.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        axis.Clear()
        axis.dim_value = size
    for output in model.graph.output:
        output.type.tensor_type.ClearField('shape')  # it was of another size
    graph = onnx.shape_inference.infer_shapes(model).graph
    shapes = {
        value.name: [axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.output)
    }
    weights = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    return sum(_of_node(node, shapes, weights) for node in graph.node)


def _of_node(node: Any, shapes: dict[str, list[int]], weights: dict[str, list[int]]) -> int:
    """0 for what is neither a convolution nor a product with constant weights."""
    weight = weights.get(node.input[1]) if len(node.input) > 1 else None
    if weight is None or node.op_type not in ('Conv', 'Gemm', 'MatMul'):
        return 0
    outputs = math.prod(shapes[node.output[0]])
    if node.op_type == 'Conv':
        return outputs * math.prod(weight[1:])
    return outputs * math.prod(weight) // shapes[node.output[0]][-1]
