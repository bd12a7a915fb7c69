"""Tiny ONNX networks whose answer is known beforehand."""

import onnx
from onnx import TensorProto, helper

from fer_ros import cards


def means(path, shape, axes, names=('logits',), softmax=False):
    """A network whose scores are the means of its input over some axes."""
    inputs = [helper.make_tensor_value_info('input', TensorProto.FLOAT, shape)]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    constant = helper.make_tensor('axes', TensorProto.INT64, [len(axes)], list(axes))
    nodes = [helper.make_node('ReduceMean', ['input', 'axes'], ['mean'], keepdims=0)]
    final = 'Softmax' if softmax else 'Identity'
    nodes.append(helper.make_node(final, ['mean'], [names[0]]))
    nodes += [helper.make_node('Neg', ['mean'], [name]) for name in names[1:]]
    graph = helper.make_graph(nodes, 'means', inputs, outputs, [constant])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 18)])
    model.ir_version = 10
    onnx.save(model, path)


def card(folder, kind, labels, card_input, **backbone):
    """The card of ``folder/weights.onnx``."""
    content = {
        'schema': cards.SCHEMA,
        'kind': kind,
        'backbone': {'plugin': 'onnx', **backbone},
        'labels': labels,
        'input': card_input,
        'weights': {
            'file': 'weights.onnx',
            'sha256': cards.sha256_of(folder / 'weights.onnx'),
        },
        'licence': 'Apache-2.0',
    }
    return cards.write(folder, content)
