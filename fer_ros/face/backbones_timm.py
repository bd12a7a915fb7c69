"""Any architecture of the library timm as a plugin, to train and to run.

Wightman 2019, doi 10.5281/zenodo.4414861.  It is no dependency: ``pip install timm`` adds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fer_ros.config import setting
from fer_ros.face.backbones import TorchFaceBackbone

if TYPE_CHECKING:
    import torch


class Timm(TorchFaceBackbone):
    """A network of timm, by its name there."""

    @dataclass(frozen=True)
    class Config:
        """Settings of a network of timm."""

        architecture: str = setting('mobilenetv3_small_050', 'Its name, as in timm.list_models()')
        dropout: float = setting(0.2, 'Dropout before the last layer', ge=0.0, le=0.95)
        image_size: int = setting(
            0,
            'Edge of the crops, for architectures that are made for one size (transformers); '
            '0 for those that take any',
            unit='px',
            ge=0,
            le=1024,
        )

    @staticmethod
    def network(config: Config, channels: int, classes: int) -> torch.nn.Module:
        """The untrained network.  Raises TimmError where timm is not installed."""
        from fer_ros.face import nets_timm

        return nets_timm.TimmNet(
            config.architecture, channels, classes, config.dropout, config.image_size
        )
