"""The features of fer_ros.audio.features in torch, for networks that run or are trained in it.

On a GPU they take no time of the processor.  A test holds both equal.  Only here can the frequency
axis be warped (VTLP), since only training wants that.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from fer_ros.audio import pitch
from fer_ros.audio.features import (
    QUIETEST_PEAK,
    FeatureConfig,
    dct_matrix,
    hann,
    mel_edges_hz,
)
from fer_ros.types import FloatArray


def prepare(samples: Tensor, config: FeatureConfig) -> Tensor:
    """Sound (N, T) in [-1, 1] -> the network's input (N, rows, frames)."""
    return finish(levels(samples, config), config)


def levels(samples: Tensor, config: FeatureConfig, warp: Tensor | None = None) -> Tensor:
    """Decibels (N, mel_bands, frames) in [-range_db, 0] of sound (N, T); see power_to_db().

    Below them the salience of pitch (N, pitch_rows, frames) in [0, 1]; see split().
    """
    power = spectra(samples, config)
    bands = relative_db(mel_power(power, config, warp), config)
    if not config.pitch_rows:
        return bands
    return torch.cat((bands, salience(power, config)), dim=1)


def split(level: Tensor, config: FeatureConfig) -> tuple[Tensor, Tensor]:
    """Decibels (N, mel_bands, frames) and the salience of pitch (N, pitch_rows, frames)."""
    return level[:, : config.mel_bands], level[:, config.mel_bands :]


def spectra(samples: Tensor, config: FeatureConfig) -> Tensor:
    """Power (N, frames, bins) of each frame of sound (N, T)."""
    window = _window(config, samples.device)
    frames = samples.unfold(-1, config.frame_size, config.hop_size) * window
    spectrum = torch.fft.rfft(frames)
    power: Tensor = spectrum.real.square() + spectrum.imag.square()
    return power


def salience(power: Tensor, config: FeatureConfig) -> Tensor:
    """How strongly each pitch is heard (N, pitch_rows, frames); see pitch.salience()."""
    magnitude = power.sqrt()
    combs, heard = _combs(config, power.device)
    share = (magnitude @ combs.T) / (magnitude @ heard).clamp(min=pitch.SILENT)[..., None]
    return share.clamp(min=0.0).transpose(1, 2)


def mel_power(power: Tensor, config: FeatureConfig, warp: Tensor | None = None) -> Tensor:
    """Power in each mel band (N, mel_bands, frames) of spectra().

    ``warp`` (N,) multiplies the frequencies of each example: vocal tract length perturbation
    (Jaitly and Hinton 2013), piecewise linear so that half the sampling rate stays where it is.
    """
    if warp is None:
        bank = _usual_bank(config, power.device)
    else:
        bank = filter_bank(config, warp, power.device)
    mel: Tensor = bank @ power.transpose(1, 2)
    return mel


def filter_bank(config: FeatureConfig, warp: Tensor | None, device: torch.device) -> Tensor:
    """Mel filters (bins of the spectrum last); one bank per example where a warp is given."""
    bins = config.frame_size // 2 + 1
    hz = torch.linspace(0.0, config.rate_hz / 2, bins, dtype=torch.float64, device=device)
    if warp is not None:
        hz = _warped(hz, warp.double(), config)
    edges = torch.from_numpy(mel_edges_hz(config.mel_bands, config.low_hz, config.high_hz)).to(
        device
    )[:, None]
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    hz = hz[..., None, :]
    rising, falling = (hz - low) / (centre - low), (high - hz) / (high - centre)
    return (torch.minimum(rising, falling).clamp(min=0.0) * 2.0 / (high - low)).float()


def relative_db(power: Tensor, config: FeatureConfig) -> Tensor:
    """Decibels relative to the loudest value of each example; see power_to_db()."""
    peak = power.amax((-2, -1), keepdim=True).clamp(min=QUIETEST_PEAK)
    return 10.0 * (power / peak).clamp(min=10.0 ** (-config.range_db / 10.0)).log10()


def finish(level: Tensor, config: FeatureConfig) -> Tensor:
    """Network input (N, rows, frames) from levels()."""
    bands, heard = split(level, config)
    if config.kind == 'log_mel':
        rows = (bands - config.mean_db) / config.std_db
    else:
        rows = _dct(config, level.device) @ bands
        if config.deltas:
            rows = torch.cat((rows, _deltas(rows)), dim=1)
    if not config.pitch_rows:
        return rows
    return torch.cat((rows, (heard - pitch.MEAN) / pitch.STD), dim=1)


# What does not change lies on the device already: to copy it there would wait for all that the
# device has yet to do.


@lru_cache(maxsize=16)
def _window(config: FeatureConfig, device: torch.device) -> Tensor:
    return _kept(hann(config.frame_size), device)


@lru_cache(maxsize=16)
def _dct(config: FeatureConfig, device: torch.device) -> Tensor:
    return _kept(dct_matrix(config.coefficients, config.mel_bands), device)


@lru_cache(maxsize=16)
def _combs(config: FeatureConfig, device: torch.device) -> tuple[Tensor, Tensor]:
    combs, heard = pitch.basis(config.rate_hz, config.frame_size // 2 + 1, config.pitch_rows)
    return _kept(combs, device), _kept(heard, device)


@lru_cache(maxsize=16)
def _usual_bank(config: FeatureConfig, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return filter_bank(config, None, device)


def _kept(values: FloatArray, device: torch.device) -> Tensor:
    """A tensor that training can use, too, if inference was first to need it."""
    with torch.inference_mode(False):
        return torch.from_numpy(values.copy()).to(device)


def _warped(hz: Tensor, warp: Tensor, config: FeatureConfig) -> Tensor:
    nyquist = config.rate_hz / 2
    knee = 0.6 * nyquist / warp.clamp(min=1.0)[:, None]
    slope = warp[:, None]
    above = knee * slope + (hz - knee) * (nyquist - knee * slope) / (nyquist - knee)
    return torch.where(hz < knee, hz * slope, above)


def _deltas(rows: Tensor, reach: int = 4) -> Tensor:
    padded = torch.nn.functional.pad(rows, (reach, reach), mode='replicate')
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    weights = torch.from_numpy(steps / np.square(steps).sum()).to(rows)
    return padded.unfold(-1, 2 * reach + 1, 1) @ weights
