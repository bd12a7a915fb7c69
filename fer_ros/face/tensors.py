"""From uint8 crops to what a face network reads: the same steps in training and at run time."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from fer_ros.face.crops import FLATTEST, LUMA, FaceInput


def to_unit(crops: torch.Tensor, face_input: FaceInput) -> torch.Tensor:
    """Crops uint8, RGB (N, H, W, 3) or grey (N, H, W) -> float32 (N, channels, H, W) in [0, 1]."""
    values = crops.float() / 255.0
    if values.ndim == 3:
        return values[:, None].expand(-1, face_input.channels, -1, -1)
    if face_input.colour == 'grey':
        red, green, blue = (values[..., i] * LUMA[i] for i in range(3))
        return (red + green + blue)[:, None]
    return values.permute(0, 3, 1, 2)


def resize(values: torch.Tensor, size: int) -> torch.Tensor:
    """Values (N, C, H, W) -> (N, C, size, size), smoothed where they shrink."""
    if values.shape[-2:] == (size, size):
        return values
    return F.interpolate(
        values, (size, size), mode='bilinear', align_corners=False, antialias=True
    )


def standardise(values: torch.Tensor, face_input: FaceInput) -> torch.Tensor:
    """Values (N, C, H, W) in [0, 1] -> what the network reads, by mean and deviation."""
    if face_input.standardise == 'fixed':
        return (values - face_input.mean) / face_input.std
    centred = values - values.mean((1, 2, 3), keepdim=True)
    deviation = centred.square().mean((1, 2, 3), keepdim=True).sqrt()
    return centred / deviation.clamp_min(FLATTEST)


def prepare(crops: torch.Tensor, face_input: FaceInput) -> torch.Tensor:
    """Crops uint8 (N, H, W, 3) or (N, H, W) -> the network's input (N, channels, size, size)."""
    return standardise(resize(to_unit(crops, face_input), face_input.size), face_input)
