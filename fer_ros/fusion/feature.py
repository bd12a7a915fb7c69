"""Feature-level fusion: trained networks that read the embeddings of the modalities.

PyTorch is imported when one of them is built.
"""

from __future__ import annotations

from collections.abc import Sequence

from fer_ros.fusion.fitted import FittedFusion, FusionModelError, ModelConfig, Subset
from fer_ros.fusion.packing import pack
from fer_ros.types import Evidence, FloatArray


class FeatureFusion(FittedFusion):
    """A network on all modalities; see nets.py for those there are."""

    uses_embeddings = True

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        import torch

        from fer_ros import config as settings
        from fer_ros.fusion.nets import build
        from fer_ros.fusion.nets_base import NetConfig
        from fer_ros.torch_backbone import load_network

        net = settings.parse(NetConfig, self.card.backbone, f'{self.card.name}.backbone')
        self.memory_s = net.memory_s
        self._steps = net.steps
        network = build(self.sizes, self._fitted, net)
        self._network = load_network(network, self.card, torch.device('cpu'))

    def _logits(self, evidence: Evidence, subsets: Sequence[Subset]) -> FloatArray:
        import torch

        try:
            packed = pack(evidence, subsets, self.sizes, self._steps)
        except ValueError as error:
            raise FusionModelError(f'{self.card.name}: {error}') from error
        with torch.inference_mode():
            _, logits = self._network(torch.from_numpy(packed))
        result: FloatArray = logits.numpy() / self.card.temperature
        return result


class Concat(FeatureFusion):
    """Embeddings side by side through a layer."""

    name = 'concat'


class WeightedSum(FeatureFusion):
    """A weighted sum of the projected embeddings."""

    name = 'weighted_sum'


class Gated(FeatureFusion):
    """Gated multimodal units: gates that depend on the input."""

    name = 'gated'


class Bilinear(FeatureFusion):
    """Products of all modalities' features, of low rank."""

    name = 'bilinear'


class Recurrent(FeatureFusion):
    """A recurrent network (GRU or LSTM) over the last seconds of each modality."""

    name = 'recurrent'


class CrossAttention(FeatureFusion):
    """Each modality attends to the last seconds of all."""

    name = 'cross_attention'


class Graph(FeatureFusion):
    """Messages between the moments of all modalities."""

    name = 'graph'
