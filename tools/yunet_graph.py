"""The graph of YuNet in ONNX without its weights: models/yunet/graph.onnx.

    python tools/yunet_graph.py models/yunet/graph.onnx

The net is that of Wu, Peng, Yu: YuNet: A Tiny Millisecond-level Face Detector, Machine
Intelligence Research 2023.  Pictures may have any size that 32 divides.  What the four heads of a
level have to do is done by one unit, as the weights are given for it (fer_ros.face.yunet_weights).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fer_ros.face.yunet_weights import HEADS, STEM, STRIDES, UNITS

_OPSET, _IR_VERSION = 17, 8
_FLOAT, _INT64 = TensorProto.FLOAT, TensorProto.INT64


def main() -> int:
    """Write the graph."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', type=Path)
    parser.parse_args().out.write_bytes(yunet())
    return 0


def yunet() -> bytes:
    """The graph: 'input' BGR (N, 3, H, W) in [0, 255] -> 'cls_8' (N, H/8 * W/8, 1) and so on.

    There is an output for each head and each stride.  Scores of cls and obj are in [0, 1].
    """
    net = _Net()
    value = net.convolution(STEM, 'input', (16, 3, 3, 3), stride=2)
    value = net.node('Relu', value)
    value = net.unit('backbone__model0_dp', value)
    value = net.halved(value)
    levels = []
    for stage in range(1, 6):
        for part in (1, 2):
            value = net.unit(f'backbone__model{stage}_dp{part}', value)
        if stage >= 3:
            levels.append(value)
        if 2 <= stage <= 4:
            value = net.halved(value)
    for level in reversed(range(len(levels))):
        if level + 1 < len(levels):
            below = net.node(
                'Resize',
                levels[level + 1],
                '',
                'doubled',
                mode='nearest',
                coordinate_transformation_mode='asymmetric',
                nearest_mode='floor',
            )
            levels[level] = net.node('Add', levels[level], below)
        levels[level] = net.unit(f'neck__lateral_convs__{level}', levels[level])
    for level, value in enumerate(levels):
        net.heads(level, value)
    return net.serialized()


class _Net:
    """The nodes, and the weights that they name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._initializers = [
            helper.make_tensor('doubled', _FLOAT, [4], [1, 1, 2, 2]),
            helper.make_tensor('cells', _INT64, [3], [0, -1, sum(HEADS.values())]),
            helper.make_tensor('widths', _INT64, [len(HEADS)], list(HEADS.values())),
        ]

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """The name of the only output of a new node."""
        output = f'{kind}_{len(self._nodes)}'
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolution(
        self, name: str, value: str, shape: tuple[int, ...], stride: int = 1, group: int = 1
    ) -> str:
        """One of a shape (out, in / groups, kernel, kernel); a stride of 1 keeps the size."""
        after, kernel = shape[0], shape[-1]
        self._weight(f'{name}_weight', *shape)
        self._weight(f'{name}_bias', after)
        return self.node(
            'Conv',
            value,
            f'{name}_weight',
            f'{name}_bias',
            group=group,
            kernel_shape=[kernel] * 2,
            strides=[stride] * 2,
            pads=[kernel // 2] * 4,
        )

    def separable(self, name: str, value: str, before: int, after: int) -> str:
        """Of 1 x 1 over all channels, then of 3 x 3 over each."""
        value = self.convolution(f'{name}_pw', value, (after, before, 1, 1))
        return self.convolution(f'{name}_dw', value, (after, 1, 3, 3), group=after)

    def unit(self, name: str, value: str) -> str:
        """One of the backbone or the neck."""
        return self.node('Relu', self.separable(name, value, *UNITS[name]))

    def halved(self, value: str) -> str:
        """Half as high and wide."""
        return self.node('MaxPool', value, kernel_shape=[2, 2], strides=[2, 2])

    def heads(self, level: int, value: str) -> None:
        """The outputs of a level, one row for each cell."""
        value = self.separable(f'head__{level}', value, 64, sum(HEADS.values()))
        value = self.node('Transpose', value, perm=[0, 2, 3, 1])
        value = self.node('Reshape', value, 'cells')
        outputs = {head: f'{head}_{STRIDES[level]}' for head in HEADS}
        parts = [
            f'{outputs[head]}_logit' if width == 1 else outputs[head]
            for head, width in HEADS.items()
        ]
        self._nodes.append(helper.make_node('Split', [value, 'widths'], parts, axis=2))
        for head, part in zip(HEADS, parts, strict=True):
            if part != outputs[head]:
                self._nodes.append(helper.make_node('Sigmoid', [part], [outputs[head]]))

    def serialized(self) -> bytes:
        """The content of the file."""
        given = helper.make_tensor_value_info('input', _FLOAT, ['batch', 3, 'height', 'width'])
        found = [
            helper.make_tensor_value_info(
                f'{head}_{stride}', _FLOAT, ['batch', f'cells_{stride}', width]
            )
            for stride in STRIDES
            for head, width in HEADS.items()
        ]
        graph = helper.make_graph(self._nodes, 'yunet', [given], found, self._initializers)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid('', _OPSET)], ir_version=_IR_VERSION
        )
        return bytes(model.SerializeToString(deterministic=True))

    def _weight(self, name: str, *shape: int) -> None:
        """One that is given when the graph is loaded."""
        tensor = TensorProto(
            name=name, data_type=_FLOAT, dims=shape, data_location=TensorProto.EXTERNAL
        )
        tensor.external_data.add(key='location', value='weights')
        self._initializers.append(tensor)


if __name__ == '__main__':
    sys.exit(main())
