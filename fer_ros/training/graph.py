"""The graph of a network in ONNX, which takes its weights from the model's weights file.

With it a processor needs no PyTorch to run the model, and is faster.  The weights stay where they
are and what they are: the graph is some 30 kB, and names them.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxscript.ir
import onnxscript.optimizer
import torch
from safetensors.numpy import load

from fer_ros import cards, config, models, plugins, writing, yaml_files
from fer_ros.models import GRAPH_OUTPUTS
from fer_ros.onnx_session import open_session
from fer_ros.training.conversion import TOLERANCE

GRAPH = 'network.onnx'
_KINDS = {'face_backbone', 'audio_backbone'}
_OUTPUTS = [GRAPH_OUTPUTS['embedding_output'], GRAPH_OUTPUTS['scores_output']]
_EXAMPLES = 5
_FORMS = {'CastLike', 'Shape'}
"""Operators that ask for the form of a tensor, not for its values."""


class GraphError(ValueError):
    """A network whose graph cannot be written, or answers differently."""


def write_graph(card: cards.Card) -> dict[str, str]:
    """Write the graph of a model of ours into its folder; what its card is to say as ``graph``.

    It was run beside the network on the same inputs.  Raises GraphError.
    """
    network, shape = _network(card)
    inputs = torch.randn((_EXAMPLES, *shape), generator=torch.Generator().manual_seed(0))
    weights = {
        name: value
        for name, value in load(cards.read_weights(card)).items()
        if value.dtype == np.float32
    }
    content = _without_weights(_exported(network, inputs), weights)
    _check(card.name, content, weights, network, inputs)
    path = card.folder / GRAPH
    writing.write_bytes(path, content)
    return {'file': GRAPH, 'sha256': cards.sha256_of(path)}


def graph_of_trained(card: cards.Card) -> dict[str, dict[str, str]]:
    """What the card of a model that was just trained says of its graph.

    Nothing, after a warning, where the network cannot have one: it runs in PyTorch then, as those
    of a fusion do.
    """
    if card.kind not in _KINDS:
        return {}
    try:
        return {'graph': write_graph(card)}
    except GraphError as error:
        logging.getLogger(__name__).warning('no graph: %s', error)
        return {}


def add_graph(folder: Path) -> cards.Card:
    """Write the graph of the model in a folder, and name it in its card."""
    card = cards.read(folder)
    content = yaml_files.read(folder / cards.CARD)
    content['graph'] = write_graph(card)
    return cards.write(folder, content)


def _network(card: cards.Card) -> tuple[torch.nn.Module, tuple[int, ...]]:
    """The network as it was trained, batch norms and all, and the shape of one input."""
    if card.kind not in _KINDS:
        raise GraphError(
            f'{card.name} is a {card.kind}; graphs are for {", ".join(sorted(_KINDS))}'
        )
    backbone = models.build_backbone(card, 'cpu')
    if not isinstance(getattr(backbone, 'loaded', None), torch.nn.Module):
        raise GraphError(f'{card.name}: backbone {dict(card.backbone)} is not in PyTorch')
    chosen = config.parse_chosen(card.kind, card.backbone, f'{card.name}.backbone')
    shape = backbone.input_shape
    made: torch.nn.Module = plugins.load(card.kind, chosen.plugin).network(
        chosen.config, shape[0], len(card.labels)
    )
    tensors = load(cards.read_weights(card))
    made.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    return made.eval().requires_grad_(False), shape


def _exported(network: torch.nn.Module, inputs: torch.Tensor) -> onnx.ModelProto:
    """The network in ONNX with the names of its weights; onnxruntime joins the batch norms."""
    logging.getLogger('torch.onnx').setLevel(logging.ERROR)  # it warns about itself
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        try:
            program: Any = torch.onnx.export(
                network,
                (inputs,),
                input_names=['input'],
                output_names=_OUTPUTS,
                dynamic_shapes=({0: torch.export.Dim('examples')},),
                dynamo=True,
                optimize=False,  # it would make other weights of these
                verbose=False,
            )
        except Exception as error:  # what it does not know it says in many ways
            raise GraphError(f'no export to ONNX: {error}') from error
    model = onnxscript.ir.serde.deserialize_model(program.model_proto)
    weights = set(network.state_dict())

    def keeps_weights(node: onnxscript.ir.Node) -> bool | None:
        """False where folding would put values of weights into the graph."""
        names = {value.name for value in node.inputs if value is not None}
        return None if node.op_type in _FORMS or names.isdisjoint(weights) else False

    onnxscript.optimizer.fold_constants(model, should_fold=keeps_weights)
    onnxscript.optimizer.remove_unused_nodes(model)
    return onnxscript.ir.serde.serialize_model(model)


def _without_weights(
    model: onnx.ModelProto, weights: Mapping[str, npt.NDArray[np.float32]]
) -> bytes:
    """The model, with the weights by name only, and without notes on who made it where."""
    left = dict(weights)
    for tensor in model.graph.initializer:
        value = left.get(tensor.name)
        if value is None:
            continue
        if not np.array_equal(onnx.numpy_helper.to_array(tensor), value):
            raise GraphError(f'the export changed {tensor.name}')
        del left[tensor.name]
        tensor.ClearField('raw_data')
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key='location', value='weights')
    if left:
        raise GraphError(f'the export does not use {", ".join(left)}')
    for node in model.graph.node:
        node.ClearField('metadata_props')
        node.ClearField('doc_string')
    model.graph.ClearField('metadata_props')
    model.graph.ClearField('value_info')
    model.ClearField('metadata_props')
    return bytes(model.SerializeToString(deterministic=True))


def _check(
    name: str,
    content: bytes,
    weights: Mapping[str, npt.NDArray[np.float32]],
    network: torch.nn.Module,
    inputs: torch.Tensor,
) -> None:
    session = open_session(f'the graph of {name}', content, weights=weights)
    for some in (inputs, inputs[:1]):
        with torch.inference_mode():
            expected = network(some)
        found = session.run(_OUTPUTS, {'input': some.numpy()})
        for one, other in zip(expected, found, strict=True):
            worst = float(np.abs(one.numpy() - other).max())
            if not worst <= TOLERANCE:
                raise GraphError(
                    f'{name}: the graph is off by {worst:.2g}, at most {TOLERANCE} is'
                )
