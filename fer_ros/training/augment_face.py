"""Random changes of face crops, in batches on the device.

What they imitate: pose and detector jitter (affine), exposure and contrast of a room's light,
focus and motion blur, faces far away (low resolution), sensor noise, hands, masks and sunglasses
(erasing and bands over eyes or mouth).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from fer_ros.config import setting


@dataclass(frozen=True)
class FaceAugmentConfig:
    """How strongly, and how often, crops are changed; shares of the crop's edge or of 1."""

    flip: float = setting(0.5, 'Probability of mirroring', ge=0.0, le=1.0)
    rotation: float = setting(12.0, 'Largest turn', unit='degrees', ge=0.0, le=180.0)
    scale: float = setting(0.12, 'Largest relative change of size', ge=0.0, le=0.9)
    shift: float = setting(0.08, 'Largest shift, as a share of the edge', ge=0.0, le=0.5)
    squeeze: float = setting(0.06, 'Largest relative change of the width alone', ge=0.0, le=0.9)
    contrast: float = setting(0.3, 'Largest relative change of contrast', ge=0.0, le=0.95)
    gamma: float = setting(0.4, 'Largest change of the logarithm of gamma', ge=0.0, le=2.0)
    gradient: float = setting(0.3, 'Strongest light from one side', ge=0.0, le=2.0)
    blur: float = setting(0.1, 'Probability of blur', ge=0.0, le=1.0)
    low_resolution: float = setting(0.1, 'Probability of lost resolution', ge=0.0, le=1.0)
    lowest: float = setting(0.4, 'Smallest share of the resolution that is left', ge=0.1, le=1.0)
    noise: float = setting(0.02, 'Largest deviation of sensor noise', ge=0.0, le=0.5)
    erase: float = setting(0.25, 'Probability of an erased rectangle', ge=0.0, le=1.0)
    erase_area: float = setting(0.15, 'Largest erased share of the area', ge=0.0, le=0.9)
    band: float = setting(0.05, 'Probability of covered eyes or mouth', ge=0.0, le=1.0)


def augment(
    values: torch.Tensor, config: FaceAugmentConfig, generator: torch.Generator
) -> torch.Tensor:
    """Varied copies of values (N, C, S, S) in [0, 1]; the generator is on the same device."""
    draw = _Draw(values, generator)
    values = _affine(values, config, draw)
    values = _light(values, config, draw)
    values = _degrade(values, config, draw)
    return _cover(values, config, draw)


class _Draw:
    """Random numbers, one for each example, that broadcast over (N, C, H, W)."""

    def __init__(self, like: torch.Tensor, generator: torch.Generator) -> None:
        self._count, self._device, self._generator = len(like), like.device, generator

    def uniform(self, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        shape = (self._count, 1, 1, 1)
        drawn = torch.rand(shape, generator=self._generator, device=self._device)
        return low + (high - low) * drawn

    def around(self, reach: float) -> torch.Tensor:
        return self.uniform(-reach, reach)

    def happens(self, probability: float) -> torch.Tensor:
        return self.uniform() < probability

    def normal_like(self, values: torch.Tensor) -> torch.Tensor:
        return torch.randn(values.shape, generator=self._generator, device=self._device)


def _affine(values: torch.Tensor, config: FaceAugmentConfig, draw: _Draw) -> torch.Tensor:
    angle = torch.deg2rad(draw.around(config.rotation)).flatten()
    size = (1 + draw.around(config.scale)).flatten()
    width = size * (1 + draw.around(config.squeeze).flatten())
    mirror = torch.where(draw.happens(config.flip), -1.0, 1.0).flatten()
    shift_x, shift_y = (2 * draw.around(config.shift).flatten() for _ in range(2))
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [mirror * cos * width, -sin * size, shift_x, mirror * sin * width, cos * size, shift_y]
    theta = torch.stack(rows, 1).view(-1, 2, 3)
    grid = F.affine_grid(theta, list(values.shape), align_corners=False)
    return F.grid_sample(values, grid, padding_mode='reflection', align_corners=False)


def _light(values: torch.Tensor, config: FaceAugmentConfig, draw: _Draw) -> torch.Tensor:
    values = values.clamp(1e-3, 1.0) ** torch.exp(draw.around(config.gamma))
    ramp = torch.linspace(-1, 1, values.shape[-1], device=values.device)
    across, down = draw.around(config.gradient), draw.around(config.gradient)
    values = values * (1 + across * ramp + down * ramp[:, None])
    mean = values.mean((1, 2, 3), keepdim=True)
    return ((values - mean) * (1 + draw.around(config.contrast)) + mean).clamp(0.0, 1.0)


def _degrade(values: torch.Tensor, config: FaceAugmentConfig, draw: _Draw) -> torch.Tensor:
    size = values.shape[-1]
    blurred = F.avg_pool2d(F.pad(values, (1, 1, 1, 1), mode='replicate'), 3, 1)
    values = torch.where(draw.happens(config.blur), blurred, values)
    left = max(4, round(size * float(draw.uniform(config.lowest)[0])))  # one for the batch
    small = F.interpolate(values, (left, left), mode='bilinear', antialias=True)
    coarse = F.interpolate(small, (size, size), mode='bilinear')
    values = torch.where(draw.happens(config.low_resolution), coarse, values)
    return values + draw.uniform(0.0, config.noise) * draw.normal_like(values)


def _cover(values: torch.Tensor, config: FaceAugmentConfig, draw: _Draw) -> torch.Tensor:
    area, ratio = draw.uniform(0.02, max(config.erase_area, 0.02)), torch.exp(draw.around(1.0))
    half_w, half_h = (area * ratio).sqrt() / 2, (area / ratio).sqrt() / 2
    covered = draw.happens(config.erase) & _box(
        values, draw.uniform(), draw.uniform(), half_w, half_h
    )
    middle = torch.where(draw.happens(0.5), 0.36, 0.78)  # the eyes' or the mouth's height
    band = _box(values, torch.full_like(middle, 0.5), middle, 0.45, draw.uniform(0.06, 0.14))
    covered |= draw.happens(config.band) & band
    return torch.where(covered, draw.uniform(), values)


def _box(
    values: torch.Tensor,
    x: torch.Tensor,
    y: torch.Tensor,
    half_w: torch.Tensor | float,
    half_h: torch.Tensor | float,
) -> torch.Tensor:
    at = (torch.arange(values.shape[-1], device=values.device) + 0.5) / values.shape[-1]
    return ((at - x).abs() < half_w) & ((at[:, None] - y).abs() < half_h)
